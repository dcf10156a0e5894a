package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// now is an hour and a half into the fifth day, in India: four days are over.
var now = time.Date(2024, 5, 5, 1, 30, 0, 0, client.India)

// world is an embedded Kapture with records of five days, and the directory that
// the program writes to.
type world struct {
	*mock.Server
	dir string
}

// newWorld has n customers and one ticket on the nth day of May 2024.
func newWorld(t *testing.T) world {
	t.Helper()
	srv := mock.Run(t, mock.WithClock(func() time.Time { return now }))
	for n := 1; n <= 5; n++ {
		at := time.Date(2024, 5, n, 12, 0, 0, 0, client.India)
		for i := range n {
			_, err := srv.World("sync").AddCustomer(mock.Customer{
				Name:    fmt.Sprintf("Asha <%d.%d>", n, i),
				Email:   fmt.Sprintf("asha%d.%d@example.com", n, i),
				Created: at,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := srv.World("sync").AddTicket(mock.Ticket{Title: "Broken", Created: at}); err != nil {
			t.Fatal(err)
		}
	}
	return world{srv, t.TempDir()}
}

// run runs the program.
func (w world) run(ctx context.Context, t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	args = append([]string{"-base-url", w.URL, "-out", w.dir, "-from", "2024-05-01"}, args...)
	code = run(ctx, args, environment{token: w.World("sync").Key(), now: now, stdout: &out, stderr: &errs})
	return code, out.String(), errs.String()
}

// files returns the names of the files of one list, with the checkpoint, and the
// lines of all days. An empty day has one empty line.
func (w world) files(t *testing.T, list string) (names, lines []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, list))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
		text, err := os.ReadFile(filepath.Join(w.dir, list, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(entry.Name(), ".ndjson") {
			lines = append(lines, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
		}
	}
	return names, lines
}

func TestAllDaysThatAreOver(t *testing.T) {
	w := newWorld(t)
	code, stdout, stderr := w.run(t.Context(), t)
	if code != 0 || stderr != "" || !strings.Contains(stdout, "customers 2024-05-04: 4 records") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	wantNames := []string{
		"2024-05-01.ndjson", "2024-05-02.ndjson", "2024-05-03.ndjson", "2024-05-04.ndjson", "checkpoint.json",
	}
	for list, want := range map[string]int{"customers": 1 + 2 + 3 + 4, "tickets": 4} {
		names, lines := w.files(t, list)
		if !slices.Equal(names, wantNames) {
			t.Errorf("%s: %q", list, names)
		}
		seen := map[string]bool{}
		for _, line := range lines {
			if !json.Valid([]byte(line)) || strings.Contains(line, `\u003c`) {
				t.Errorf("line %s", line)
			}
			seen[line] = true
		}
		if len(seen) != want {
			t.Errorf("%s: %d records, want %d", list, len(seen), want)
		}
	}
}

// A run that has nothing left to do sends no request.
func TestNothingToDo(t *testing.T) {
	w := newWorld(t)
	if code, _, stderr := w.run(t.Context(), t); code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	before := w.Received("*")
	code, stdout, _ := w.run(t.Context(), t)
	if code != exitDone || !strings.Contains(stdout, "nothing to do") || w.Received("*") != before {
		t.Errorf("exit %d, %d more requests: %s", code, w.Received("*")-before, stdout)
	}
}

// A run that fails in a day keeps the days before it and leaves no trace of that
// day; the next run loses nothing.
func TestResumesWhereItStopped(t *testing.T) {
	for _, kind := range []mock.Kind{
		mock.TruncatedBetweenElements,
		mock.ServerError,
		mock.LoginPage,
		mock.ResetInBody,
	} {
		w := newWorld(t)
		if err := w.SetFault("pullCustomers", mock.Fault{Kind: kind, After: 2}); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := w.run(t.Context(), t, "-parallel", "1")
		names, _ := w.files(t, "customers")
		if code != 1 || !strings.Contains(stderr, "2024-05-03") ||
			!slices.Equal(names, []string{"2024-05-01.ndjson", "2024-05-02.ndjson", "checkpoint.json"}) {
			t.Errorf("%s: exit %d, files %q: %s", kind, code, names, stderr)
		}
		if names, _ := w.files(t, "tickets"); len(names) != 5 {
			t.Errorf("%s: the tickets were not read: %q", kind, names)
		}

		w.ClearFaults()
		code, _, stderr = w.run(t.Context(), t)
		_, lines := w.files(t, "customers")
		if code != 0 || len(lines) != 10 || len(slices.Compact(slices.Sorted(slices.Values(lines)))) != 10 {
			t.Errorf("%s: exit %d, %d records: %s", kind, code, len(lines), stderr)
		}
	}
}

func TestInterrupted(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, _, stderr := w.run(ctx, t)
	if code != 130 || !strings.Contains(stderr, "interrupted") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if names, _ := w.files(t, "customers"); len(names) != 0 {
		t.Errorf("files %q", names)
	}
}

func TestNoTicketsText(t *testing.T) {
	w := newWorld(t)
	if err := w.SetFault("pullTickets", mock.Fault{Kind: mock.MessageText}); err != nil {
		t.Fatal(err)
	}
	args := []string{"-from", "2024-04-30", "-parallel", "1"} // a day without tickets
	code, _, stderr := w.run(t.Context(), t, args...)
	if code != 1 || !strings.Contains(stderr, "there are no tickets") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	code, _, stderr = w.run(t.Context(), t, append(args, "-no-tickets-text", "kapture mock: there are no tickets")...)
	names, lines := w.files(t, "tickets")
	isThere := slices.Contains(names, "2024-04-30.ndjson")
	if code != exitDone || len(names) != 6 || !isThere || len(lines) != 5 { // four tickets, and the empty day
		t.Errorf("exit %d, files %q, %d lines: %s", code, names, len(lines), stderr)
	}
}

// An element of a list that is not a record is never written as one.
func TestElementsThatAreNotRecords(t *testing.T) {
	w := newWorld(t)
	if err := w.SetFault("*", mock.Fault{Kind: mock.PhantomElements}); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := w.run(t.Context(), t)
	for _, list := range []string{"customers", "tickets"} {
		if names, _ := w.files(t, list); code != exitFailed || len(names) != 0 {
			t.Errorf("exit %d, %s: %q: %s", code, list, names, stderr)
		}
	}
}

// If a day is not over by the server's clock, it gets no file, and the run says so.
func TestDaysThatAreNotOverByTheServersClock(t *testing.T) {
	w := newWorld(t)
	clock := time.Date(2024, 5, 3, 12, 0, 0, 0, client.India)
	if err := w.SetFault("*", mock.Fault{Kind: mock.ClockSkew, Skew: time.Until(clock)}); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := w.run(t.Context(), t)
	names, _ := w.files(t, "customers")
	if code != exitFailed || !strings.Contains(stderr, "by the server's") ||
		!slices.Equal(names, []string{"2024-05-01.ndjson", "2024-05-02.ndjson", "checkpoint.json"}) {
		t.Errorf("exit %d, files %q: %s", code, names, stderr)
	}

	w.ClearFaults()
	code, _, stderr = w.run(t.Context(), t)
	if _, lines := w.files(t, "customers"); code != exitDone || len(lines) != 10 {
		t.Errorf("exit %d, %d records: %s", code, len(lines), stderr)
	}
}

// A killed run leaves drafts. The next run removes them.
func TestDraftsOfKilledRunsAreRemoved(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Join(w.dir, "customers")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".unfinished-1"), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := w.run(t.Context(), t); code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if names, _ := w.files(t, "customers"); slices.Contains(names, ".unfinished-1") {
		t.Errorf("files %q", names)
	}
}

// A checkpoint that cannot be true is never taken for "nothing to do".
func TestImpossibleCheckpoints(t *testing.T) {
	for name, test := range map[string]struct{ day, want string }{
		"not a date":         {day: "2024-13-45", want: "invalid day"},
		"empty":              {day: "", want: "invalid day"},
		"a day to come":      {day: "2031-01-01", want: "a clock was wrong"},
		"a day not yet over": {day: "2024-05-05", want: "a clock was wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			dir := filepath.Join(w.dir, "customers")
			if err := os.MkdirAll(dir, 0o750); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(state{BaseURL: w.URL, Checkpoint: client.Checkpoint{Day: test.day}})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, checkpointFile), text, 0o600); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := w.run(t.Context(), t)
			if code != exitFailed || !strings.Contains(stderr, test.want) ||
				strings.Contains(stdout, "customers: nothing to do") {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
		})
	}
}

func TestAnotherTenantsDirectory(t *testing.T) {
	w := newWorld(t)
	w.run(t.Context(), t)
	other := mock.Run(t)
	args := []string{"-base-url", other.URL, "-out", w.dir, "-from", "2024-05-01"}
	code := run(t.Context(), args, environment{
		token:  "test-sync",
		now:    now.AddDate(0, 0, 1),
		stdout: io.Discard,
		stderr: io.Discard,
	})
	if names, _ := w.files(t, "customers"); code != 1 || len(names) != 5 {
		t.Errorf("exit %d, files %q", code, names)
	}
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"-out", t.TempDir()},
		{"-out", "x", "-from", "May"},
		{"-out", "x", "-from", "2024-05-01", "more"},
		{"-unknown"},
		{"-out", "x", "-from", "2024-05-01", "-tenant", "a b"},
	} {
		var stderr strings.Builder
		code := run(t.Context(), args, environment{token: "test-sync", now: now, stdout: io.Discard, stderr: &stderr})
		if code != 2 || stderr.Len() == 0 {
			t.Errorf("%q: exit %d: %s", args, code, stderr.String())
		}
	}
}

func TestHelp(t *testing.T) {
	var stderr strings.Builder
	code := run(t.Context(), []string{"-help"}, environment{now: now, stdout: io.Discard, stderr: &stderr})
	if code != 0 || !strings.Contains(stderr.String(), "Exit codes") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
