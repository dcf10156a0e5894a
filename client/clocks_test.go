package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// A day is complete only if it had been over for an hour by both clocks when it
// was asked for. No day after one that is not complete is complete either,
// whatever the clock that its response shows.
func TestADayIsOverByBothClocks(t *testing.T) {
	both := "2000-01-03 2000-01-04"
	over := day("2000-01-05") // the days that are asked for are the two before
	for _, test := range []struct {
		name   string
		ours   time.Duration // after the second day is over
		server []string      // the Date of each day's response, as a duration after that; "" for none
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
				c := inBubble(t, func(r *http.Request) (*http.Response, error) {
					date := test.server[0]
					if window(r).Start == "2000-01-04" {
						date = test.server[1]
					}
					if after, err := time.ParseDuration(date); err == nil {
						date = over.Add(after).UTC().Format(http.TimeFormat)
					}
					return made(200, page(1), "Date", date), nil
				})
				var saved []string
				save := client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
					saved = append(saved, cp.Day)
					return nil
				})
				opts := []client.PullOption{save, client.WithParallelWindows(n)}
				ids, errs := read(c.Customers.Pull(t.Context(), day("2000-01-03"), day("2000-01-04"), opts...))
				if got := strings.Join(saved, " "); ids != "1" || len(errs) > 0 || got != test.saved {
					t.Errorf("%s, %d at once: %s %v, checkpoints %q, want %q", test.name, n, ids, errs, got, test.saved)
				}
			})
		}
	}
}

// With pages, it is the first response that says when the day was asked for.
func TestTheClockOfTheFirstPageCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day("2000-01-10")))
		c := inBubble(t, func(r *http.Request) (*http.Response, error) {
			a := window(r)
			if a.Offset > 0 {
				return made(200, none, "Date", day("2000-01-09").UTC().Format(http.TimeFormat)), nil
			}
			return made(200, page(1), "Date", day("2000-01-03").UTC().Format(http.TimeFormat)), nil
		})
		saved := 0
		filter := client.CustomerQuery{CmID: client.NumberID(1)}
		ids, errs := read(c.Customers.Query(t.Context(), day("2000-01-03"), day("2000-01-03"), filter,
			client.WithCheckpoint(func(context.Context, client.Checkpoint) error {
				saved++
				return nil
			})))
		if ids != "1" || len(errs) > 0 || saved != 0 {
			t.Errorf("%s %v, %d checkpoints", ids, errs, saved)
		}
	})
}

// So does its first response, where the connection breaks inside it.
func TestTheClockOfTheFirstResponseCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day("2000-01-10")))
		sent := 0
		c := inBubble(t, func(*http.Request) (*http.Response, error) {
			sent++
			if sent > 1 {
				return made(200, page(1), "Date", day("2000-01-09").UTC().Format(http.TimeFormat)), nil
			}
			resp := made(200, "", "Date", day("2000-01-03").UTC().Format(http.TimeFormat))
			begun := strings.NewReader(`{"message":[`)
			resp.Body = io.NopCloser(io.MultiReader(begun, failing{errors.New("connection reset by peer")}))
			return resp, nil
		})
		saved := 0
		ids, errs := read(c.Customers.Pull(t.Context(), day("2000-01-03"), day("2000-01-03"),
			client.WithCheckpoint(func(context.Context, client.Checkpoint) error {
				saved++
				return nil
			})))
		if ids != "1" || len(errs) > 0 || saved != 0 || sent != 2 {
			t.Errorf("%s %v, %d checkpoints, sent %d times", ids, errs, saved, sent)
		}
	})
}

// A day that was not over when it was asked for is not passed by a later one,
// however long the caller takes between them.
func TestNoCheckpointPassesADayThatWasNotOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day("2000-01-05")))
		c := inBubble(t, func(r *http.Request) (*http.Response, error) {
			return made(200, page(map[string]int{"2000-01-04": 1, "2000-01-05": 2}[window(r).Start])), nil
		})
		saved := 0
		for _, err := range c.Customers.Pull(t.Context(), day("2000-01-04"), day("2000-01-05"),
			client.WithCheckpoint(func(context.Context, client.Checkpoint) error {
				saved++
				return nil
			})) {
			is(t, err, "")
			time.Sleep(72 * time.Hour)
		}
		if saved != 0 {
			t.Errorf("%d checkpoints", saved)
		}
	})
}

// The checkpoint of a day that is not over would skip what is added to it.
func TestACheckpointOfADayToComeIsRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day("2000-01-05").Add(time.Hour)))
		c := inBubble(t, func(*http.Request) (*http.Response, error) { return made(200, none), nil })
		var last client.Checkpoint
		read(c.Customers.Pull(t.Context(), day("2000-01-03"), day("2000-01-04"),
			client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
				last = cp
				return nil
			})))

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
