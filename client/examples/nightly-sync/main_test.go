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

type world struct {
	*mock.Server
	dir string
}

func newWorld(t *testing.T) world {
	t.Helper()
	srv := mock.Run(t, mock.WithClock(func() time.Time { return now }))
	for n := 1; n <= 5; n++ {
		at := time.Date(2024, 5, n, 12, 0, 0, 0, client.India)
		for i := range n {
			name := fmt.Sprintf("Asha <%d.%d>", n, i)
			if _, err := srv.World("sync").AddCustomer(mock.Customer{Name: name, Email: fmt.Sprintf("asha%d.%d@example.com", n, i), Created: at}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := srv.World("sync").AddTicket(mock.Ticket{Title: "Broken", Created: at}); err != nil {
			t.Fatal(err)
		}
	}
	return world{srv, t.TempDir()}
}

func (w world) run(ctx context.Context, t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	args = append([]string{"-base-url", w.URL, "-out", w.dir, "-from", "2024-05-01"}, args...)
	code = run(ctx, args, w.World("sync").Key(), now, &out, &errs)
	return code, out.String(), errs.String()
}

// files gives the names in a folder, checkpoint and all, and the lines of the days.
func (w world) files(t *testing.T, list string) (names, lines []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, list))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
		if text, err := os.ReadFile(filepath.Join(w.dir, list, entry.Name())); err != nil {
			t.Fatal(err)
		} else if strings.HasSuffix(entry.Name(), ".ndjson") {
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
	for list, want := range map[string]int{"customers": 1 + 2 + 3 + 4, "tickets": 4} {
		names, lines := w.files(t, list)
		if !slices.Equal(names, []string{"2024-05-01.ndjson", "2024-05-02.ndjson", "2024-05-03.ndjson", "2024-05-04.ndjson", "checkpoint.json"}) {
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

	// There is nothing left to do, and nothing is asked.
	asked := w.Received("pullCustomers")
	if code, stdout, _ := w.run(t.Context(), t); code != 0 || !strings.Contains(stdout, "nothing to do") || w.Received("pullCustomers") != asked {
		t.Errorf("exit %d, %d requests more: %s", code, w.Received("pullCustomers")-asked, stdout)
	}
}

// A run that fails in a day leaves the days before it whole and no trace of that day; the next run loses nothing.
func TestGoesOnWhereItStopped(t *testing.T) {
	for _, kind := range []mock.Kind{mock.TruncatedBetweenElements, mock.ServerError, mock.LoginPage, mock.ResetInBody} {
		w := newWorld(t)
		if err := w.SetFault("pullCustomers", mock.Fault{Kind: kind, After: 2}); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := w.run(t.Context(), t, "-parallel", "1")
		names, _ := w.files(t, "customers")
		if code != 1 || !strings.Contains(stderr, "2024-05-03") || !slices.Equal(names, []string{"2024-05-01.ndjson", "2024-05-02.ndjson", "checkpoint.json"}) {
			t.Errorf("%s: exit %d, files %q: %s", kind, code, names, stderr)
		}
		if names, _ := w.files(t, "tickets"); len(names) != 5 {
			t.Errorf("%s: the tickets were not read: %q", kind, names)
		}
		w.ClearFaults()
		code, _, stderr = w.run(t.Context(), t)
		if _, lines := w.files(t, "customers"); code != 0 || len(lines) != 10 || len(slices.Compact(slices.Sorted(slices.Values(lines)))) != 10 {
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
	if code, _, stderr := w.run(t.Context(), t, args...); code != 1 || !strings.Contains(stderr, "there are no tickets") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	code, _, stderr := w.run(t.Context(), t, append(args, "-no-tickets-text", "kapture mock: there are no tickets")...)
	names, lines := w.files(t, "tickets")
	if code != 0 || len(names) != 6 || !slices.Contains(names, "2024-04-30.ndjson") || len(lines) != 5 { // the empty file is one empty line here
		t.Errorf("exit %d, files %q, %d lines: %s", code, names, len(lines), stderr)
	}
}

func TestAnotherTenantsFolder(t *testing.T) {
	w := newWorld(t)
	w.run(t.Context(), t)
	other := mock.Run(t)
	code := run(t.Context(), []string{"-base-url", other.URL, "-out", w.dir, "-from", "2024-05-01"}, "test-sync", now.AddDate(0, 0, 1), io.Discard, io.Discard)
	if names, _ := w.files(t, "customers"); code != 1 || len(names) != 5 {
		t.Errorf("exit %d, files %q", code, names)
	}
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{{}, {"-out", t.TempDir()}, {"-out", "x", "-from", "May"}, {"-out", "x", "-from", "2024-05-01", "more"}, {"-unknown"},
		{"-out", "x", "-from", "2024-05-01", "-tenant", "a b"}} {
		var stderr strings.Builder
		if code := run(t.Context(), args, "test-sync", now, io.Discard, &stderr); code != 2 || stderr.Len() == 0 {
			t.Errorf("%q: exit %d: %s", args, code, stderr.String())
		}
	}
	var stderr strings.Builder
	if code := run(t.Context(), []string{"-help"}, "", now, io.Discard, &stderr); code != 0 || !strings.Contains(stderr.String(), "Exit codes") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
