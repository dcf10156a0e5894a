//go:build unix

package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// withBudget makes a database with a budget of acme.
func withBudget(t *testing.T, limit rateLimit) *pgxpool.Pool {
	t.Helper()
	pool := newPool(t)
	if err := setBudgets(t.Context(), pool, []string{"acme"}, limit); err != nil {
		t.Fatal(err)
	}
	return pool
}

// Many takers together are as slow as one: no span has more calls than the rate
// and the burst allow, and those that were held up on their way.
func TestBudgetIsShared(t *testing.T) {
	const takers = 8
	const takes = 15
	limit := rateLimit{rate: 50, burst: 5}
	b := budget{pool: withBudget(t, limit), tenant: "acme", patience: time.Minute}

	var (
		mu    sync.Mutex
		calls []time.Time
		group sync.WaitGroup
	)
	for range takers {
		group.Go(func() {
			for range takes {
				if err := b.Wait(context.Background()); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				calls = append(calls, time.Now())
				mu.Unlock()
			}
		})
	}
	group.Wait()

	if len(calls) != takers*takes {
		t.Fatalf("%d calls", len(calls))
	}
	most := mostCalls(calls, time.Second)
	if want := allowed(limit, time.Second, takers); most > want {
		t.Errorf("%d calls in a second, allowed are %d", most, want)
	}
}

// allowed is how many calls may arrive in a span: rate × span + burst + slots. A
// slot has at most one call on its way, so at most as many calls as there are
// slots can arrive late, in addition to those of the span.
func allowed(limit rateLimit, span time.Duration, slots int) int {
	return int(limit.rate*span.Seconds()+limit.burst) + slots
}

// mostCalls is how many calls arrived in the busiest span of a length.
func mostCalls(calls []time.Time, span time.Duration) (most int) {
	slices.SortFunc(calls, time.Time.Compare)
	first := 0

	for last := range calls {
		for calls[last].Sub(calls[first]) > span {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

func TestBudget(t *testing.T) {
	pool := withBudget(t, rateLimit{rate: 0.01, burst: 2})
	b := budget{pool: pool, tenant: "acme", patience: time.Second}

	for range 2 {
		if err := b.Wait(t.Context()); err != nil {
			t.Fatalf("the burst: %v", err)
		}
	}

	// The next turn is 100 s away. It is not taken, so the second wait is not longer.
	for range 2 {
		err := b.Wait(t.Context())
		full, ok := errors.AsType[*busyError](err)
		if !ok || full.wait < 90*time.Second || full.wait > 100*time.Second {
			t.Errorf("beyond its patience: %v", err)
		}
	}

	patient := b
	patient.patience = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := patient.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a context that ends: %v", err)
	}

	unknown := budget{pool: pool, tenant: "globex", patience: time.Second}
	if err := unknown.Wait(t.Context()); err == nil || !strings.Contains(err.Error(), "kapture.budget") {
		t.Errorf("a tenant without a budget: %v", err)
	}
}

// A Retry-After that one machine receives holds for all machines.
func TestBudgetPause(t *testing.T) {
	b := budget{pool: withBudget(t, rateLimit{rate: 100, burst: 10}), tenant: "acme", patience: time.Second}
	if err := b.pause(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}

	err := b.Wait(t.Context())
	full, ok := errors.AsType[*busyError](err)
	if !ok || full.wait < 50*time.Second || full.wait > time.Minute {
		t.Errorf("got %v", err)
	}
}

// A budget that an operator set is kept, unless the flags change it.
func TestSetBudgets(t *testing.T) {
	pool := withBudget(t, rateLimit{rate: 7, burst: 3})

	for _, step := range []struct {
		limit rateLimit
		want  int
	}{
		{limit: rateLimit{rate: 2, burst: 2}, want: 7},
		{limit: rateLimit{rate: 4, burst: 2, change: true}, want: 4},
	} {
		if err := setBudgets(t.Context(), pool, []string{"acme", "globex"}, step.limit); err != nil {
			t.Fatal(err)
		}
		if rate := number(t, pool, "SELECT rate::int FROM kapture.budget WHERE tenant = 'acme'"); rate != step.want {
			t.Errorf("%+v: the rate is %d", step.limit, rate)
		}
	}
}
