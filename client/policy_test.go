package client

import (
	"testing"
	"time"
)

// A policy that says one thing leaves the others as they are.
func TestWithRetry(t *testing.T) {
	usual := defaults().retryPolicy
	for want, given := range map[RetryPolicy]RetryPolicy{
		usual: {},
		{7, usual.Base, usual.Max, usual.MaxRetryAfter}:              {Attempts: 7},
		{usual.Attempts, 7, usual.Max, usual.MaxRetryAfter}:          {Base: 7},
		{usual.Attempts, usual.Base, time.Hour, usual.MaxRetryAfter}: {Max: time.Hour},
		{usual.Attempts, usual.Base, usual.Max, 7}:                   {MaxRetryAfter: 7},
	} {
		cfg := defaults()
		if err := WithRetry(given)(&cfg); err != nil || cfg.retryPolicy != want {
			t.Errorf("%+v is %+v, %v", given, cfg.retryPolicy, err)
		}
	}
}

// Whatever the policy, a wait is random, at most Max, and a Duration.
func TestWaitsOfEveryPolicy(t *testing.T) {
	for _, p := range []RetryPolicy{{Base: 1, Max: 1}, {Base: 1, Max: never}, {Base: never, Max: never}, {Base: 5, Max: 3}, {Base: 3, Max: 10}, {Base: never / 2, Max: never}} {
		for _, attempt := range []int{1, 2, 3, 62, 63, 64, 65, 1000} {
			longest := time.Duration(0)
			for range 100 {
				wait := p.wait(attempt, nil)
				if longest = max(longest, wait); wait < 0 || wait >= p.Max {
					t.Fatalf("%+v, attempt %d: %d", p, attempt, wait)
				}
			}
			if attempt > 100 && longest < p.Max/2 {
				t.Errorf("%+v, attempt %d: never more than %d", p, attempt, longest)
			}
		}
	}
}
