package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// A day is complete only if it had been over for an hour by both clocks when it
// was asked for. No day after one that is not complete is complete either,
// whatever the Date of its response says.
func TestADayIsOverByBothClocks(t *testing.T) {
	const both = "2000-01-03 2000-01-04"
	over := day("2000-01-05") // when the two days that are asked for are over
	for _, test := range []struct {
		name   string
		ours   time.Duration // how long the second day has been over by our clock
		server []string      // by the Date of each day's response; "" for no Date
		saved  string
	}{
		{name: "both clocks agree", ours: 2 * time.Hour, server: []string{"2h", "2h"}, saved: both},
		{name: "the server sends no date", ours: 2 * time.Hour, server: []string{"", ""}, saved: both},
		{name: "the server sends something else", ours: 2 * time.Hour, server: []string{"x", "x"}, saved: both},
		{name: "ours is behind", ours: 30 * time.Minute, server: []string{"5h", "5h"}, saved: "2000-01-03"},
		{name: "ours is days ahead", ours: 72 * time.Hour, server: []string{"-1h", "-1h"}, saved: "2000-01-03"},
		{name: "ours is further ahead", ours: 72 * time.Hour, server: []string{"-24h", "-24h"}, saved: ""},
		{
			name:   "the hour for clocks that differ",
			ours:   72 * time.Hour,
			server: []string{"59m", "59m"},
			saved:  "2000-01-03",
		},
		{name: "after that hour", ours: 72 * time.Hour, server: []string{"60m", "60m"}, saved: both},
		{name: "two servers, one behind", ours: 72 * time.Hour, server: []string{"-24h", "72h"}, saved: ""},
		{
			name:   "two servers, the other behind",
			ours:   72 * time.Hour,
			server: []string{"72h", "-24h"},
			saved:  "2000-01-03",
		},
	} {
		for _, n := range []int{1, 2} {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(over.Add(test.ours)))
				c := clientOver(t, func(r *http.Request) (*http.Response, error) {
					date := test.server[0]
					if windowOf(r).Start == "2000-01-04" {
						date = test.server[1]
					}
					if after, err := time.ParseDuration(date); err == nil {
						date = over.Add(after).UTC().Format(http.TimeFormat)
					}
					return newResponse(200, page(1), "Date", date), nil
				})
				var saved []client.Checkpoint
				opts := []client.PullOption{keepCheckpoints(&saved), client.WithParallelWindows(n)}
				ids, errs := read(c.Customers.Pull(t.Context(), day("2000-01-03"), day("2000-01-04"), opts...))
				if ids != "1" || len(errs) > 0 {
					t.Errorf("%s, %d at once: %s %v", test.name, n, ids, errs)
				}
				if got := daysOf(saved); got != test.saved {
					t.Errorf("%s, %d at once: checkpoints %q, want %q", test.name, n, got, test.saved)
				}
			})
		}
	}
}

// httpDate returns the beginning of a day as a Date header has it.
func httpDate(s string) string { return day(s).UTC().Format(http.TimeFormat) }

// In a list with pages, the first response says when the day was asked for.
func TestTheClockOfTheFirstPageCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day("2000-01-10")))
		c := clientOver(t, func(r *http.Request) (*http.Response, error) {
			if windowOf(r).Offset > 0 {
				return newResponse(200, noCustomers, "Date", httpDate("2000-01-09")), nil
			}
			return newResponse(200, page(1), "Date", httpDate("2000-01-03")), nil
		})
		var saved []client.Checkpoint
		filter := client.CustomerQuery{CmID: client.NumberID(1)}
		ids, errs := read(c.Customers.Query(t.Context(), day("2000-01-03"), day("2000-01-03"), filter,
			keepCheckpoints(&saved)))
		if ids != "1" || len(errs) > 0 || len(saved) != 0 {
			t.Errorf("%s %v, checkpoints %s", ids, errs, daysOf(saved))
		}
	})
}

// If the connection breaks inside the first response, that one still says when
// the day was asked for.
func TestTheClockOfTheFirstResponseCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day("2000-01-10")))
		sent := 0
		c := clientOver(t, func(*http.Request) (*http.Response, error) {
			sent++
			if sent > 1 {
				return newResponse(200, page(1), "Date", httpDate("2000-01-09")), nil
			}
			resp := newResponse(200, "", "Date", httpDate("2000-01-03"))
			resp.Body = brokenAfter(`{"message":[`, errors.New("connection reset by peer"))
			return resp, nil
		})
		var saved []client.Checkpoint
		ids, errs := read(c.Customers.Pull(t.Context(), day("2000-01-03"), day("2000-01-03"), keepCheckpoints(&saved)))
		if ids != "1" || len(errs) > 0 || len(saved) != 0 || sent != 2 {
			t.Errorf("%s %v, checkpoints %s, sent %d times", ids, errs, daysOf(saved), sent)
		}
	})
}

// A day that was not over when it was asked for is not passed by a later one,
// however long the caller takes between them.
func TestNoCheckpointPassesADayThatWasNotOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day("2000-01-05")))
		records := map[string]int{"2000-01-04": 1, "2000-01-05": 2}
		c := clientOver(t, func(r *http.Request) (*http.Response, error) {
			return newResponse(200, page(records[windowOf(r).Start])), nil
		})
		var saved []client.Checkpoint
		n := 0
		for _, err := range c.Customers.Pull(t.Context(), day("2000-01-04"), day("2000-01-05"),
			keepCheckpoints(&saved)) {
			is(t, err, "")
			n++
			time.Sleep(72 * time.Hour)
		}
		if n != 2 || len(saved) != 0 {
			t.Errorf("%d records, checkpoints %s", n, daysOf(saved))
		}
	})
}

// The checkpoint of a day that is not over would skip what is added to it.
func TestACheckpointOfADayToComeIsRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day("2000-01-05").Add(time.Hour)))
		c := clientOver(t, func(*http.Request) (*http.Response, error) { return newResponse(200, noCustomers), nil })
		var saved []client.Checkpoint
		read(c.Customers.Pull(t.Context(), day("2000-01-03"), day("2000-01-04"), keepCheckpoints(&saved)))
		if len(saved) == 0 {
			t.Fatal("no checkpoint")
		}

		last := saved[len(saved)-1]
		for name, rejected := range map[string]bool{"2000-01-04": false, "2000-01-05": true, "2000-03-01": true} {
			last.Day = name
			ids, errs := read(c.Customers.Pull(t.Context(), day("2000-01-03"), day("2000-01-06"),
				client.ResumeFrom(last)))
			if rejected != (ids == "!") {
				t.Errorf("%s: %s %v", name, ids, errs)
				continue
			}
			if rejected {
				e := is(t, errs[0], client.ErrInvalidRequest)
				if !strings.Contains(e.Detail, "clock") {
					t.Errorf("%s: %v", name, e)
				}
			}
		}
	})
}
