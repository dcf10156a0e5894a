package client

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A policy that sets one field leaves the others as they are.
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

// A policy replaces the one before, in all its fields.
func TestWithRetryReplaces(t *testing.T) {
	usual := defaults().retryPolicy
	for name, options := range map[string][]Option{
		"one field after another": {
			WithRetry(RetryPolicy{Attempts: 9, Max: time.Hour}),
			WithRetry(RetryPolicy{Base: 7}),
		},
		"after WithoutRetry": {WithoutRetry(), WithRetry(RetryPolicy{Base: 7})},
	} {
		cfg := defaults()
		for _, option := range options {
			if err := option(&cfg); err != nil {
				t.Fatal(err)
			}
		}
		if want := (RetryPolicy{usual.Attempts, 7, usual.Max, usual.MaxRetryAfter}); cfg.retryPolicy != want {
			t.Errorf("%s: %+v", name, cfg.retryPolicy)
		}
	}
}

// The forms in which servers ask for a wait. RFC 9110 has seconds and a date in
// GMT; the others are what servers and proxies send in practice.
func TestRetryAfter(t *testing.T) {
	const serverTime = "Fri, 31 Dec 1999 23:59:00 GMT"
	moment, err := http.ParseTime(serverTime)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		values []string
		want   time.Duration
		none   bool // it asks for no wait
	}{
		"none":                    {none: true},
		"empty":                   {values: []string{""}, none: true},
		"seconds":                 {values: []string{"120"}, want: 2 * time.Minute},
		"zero":                    {values: []string{"0"}},
		"blanks":                  {values: []string{" 7 "}, want: 7 * time.Second},
		"a plus sign":             {values: []string{"+7"}, want: 7 * time.Second},
		"a fraction":              {values: []string{"1.5"}, want: 2 * time.Second},
		"a fraction of zero":      {values: []string{"2.0"}, want: 2 * time.Second},
		"a list":                  {values: []string{"2, 5, 3"}, want: 5 * time.Second},
		"two lines":               {values: []string{"2", "5"}, want: 5 * time.Second},
		"two lines, one nonsense": {values: []string{"soon", "5"}, want: 5 * time.Second},
		"a list with nonsense":    {values: []string{"2, soon"}, none: true},
		"negative":                {values: []string{"-7"}, none: true},
		"an exponent":             {values: []string{"1e3"}, none: true},
		"not a number":            {values: []string{"NaN"}, none: true},
		"only a point":            {values: []string{"."}, none: true},
		"two points":              {values: []string{"1.2.3"}, none: true},
		"words":                   {values: []string{"soon"}, none: true},
		"too large for a float":   {values: []string{strings.Repeat("9", 400)}, want: never},
		"above 290 years":         {values: []string{"99999999999"}, want: never},
		"a Unix time in seconds": {
			values: []string{fmt.Sprint(moment.Unix() + 90 + 1e9)},
			want:   90*time.Second + 1e9*time.Second,
		},
		"a Unix time in ms": {
			values: []string{fmt.Sprint((moment.Unix() + 1e9) * 1000)},
			want:   1e9 * time.Second,
		},
		"a date":                  {values: []string{"Fri, 31 Dec 1999 23:59:30 GMT"}, want: 30 * time.Second},
		"a date that has passed":  {values: []string{"Fri, 31 Dec 1999 23:58:30 GMT"}, none: true},
		"RFC 850":                 {values: []string{"Friday, 31-Dec-99 23:59:30 GMT"}, want: 30 * time.Second},
		"asctime":                 {values: []string{"Fri Dec 31 23:59:30 1999"}, want: 30 * time.Second},
		"UTC":                     {values: []string{"Fri, 31 Dec 1999 23:59:30 UTC"}, want: 30 * time.Second},
		"an offset":               {values: []string{"Sat, 01 Jan 2000 05:29:30 +0530"}, want: 30 * time.Second},
		"an offset west":          {values: []string{"Fri, 31 Dec 1999 18:59:30 -0500"}, want: 30 * time.Second},
		"no offset, in digits":    {values: []string{"Fri, 31 Dec 1999 23:59:30 +0000"}, want: 30 * time.Second},
		"a zone of America":       {values: []string{"Fri, 31 Dec 1999 18:59:30 EST"}, want: 30 * time.Second},
		"the zone of India":       {values: []string{"Sat, 01 Jan 2000 05:29:30 IST"}, want: 30 * time.Second},
		"RFC 850 of India":        {values: []string{"Saturday, 01-Jan-00 05:29:30 IST"}, want: 30 * time.Second},
		"an unknown zone":         {values: []string{"Sat, 01 Jan 2000 05:29:30 XYZ"}, none: true},
		"RFC 3339":                {values: []string{"1999-12-31T23:59:30Z"}, want: 30 * time.Second},
		"RFC 3339 with an offset": {values: []string{"2000-01-01T05:29:30.000+05:30"}, want: 30 * time.Second},
	} {
		header := http.Header{"Retry-After": test.values, "Date": {serverTime}}
		after, given := retryAfter(header)
		if given == test.none || after != test.want && given {
			t.Errorf("%s: %v, %t", name, after, given)
		}
	}
}

// With any policy, a wait is random, at most Max, and a valid Duration.
func TestWaitsOfEveryPolicy(t *testing.T) {
	for _, p := range []RetryPolicy{
		{Base: 1, Max: 1},
		{Base: 1, Max: never},
		{Base: never, Max: never},
		{Base: 5, Max: 3},
		{Base: 3, Max: 10},
		{Base: never / 2, Max: never},
	} {
		for _, attempt := range []int{1, 2, 3, 62, 63, 64, 65, 1000} {
			longest := time.Duration(0)
			for range 100 {
				wait := p.wait(attempt, nil)
				longest = max(longest, wait)
				if wait < 0 || wait >= p.Max {
					t.Fatalf("%+v, attempt %d: %d", p, attempt, wait)
				}
			}
			if attempt > 100 && longest < p.Max/2 {
				t.Errorf("%+v, attempt %d: never more than %d", p, attempt, longest)
			}
		}
	}
}
