package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// table writes a file of n customers.
func table(t *testing.T, n int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("\uFEFFName,Email,Phone,City\n")
	for i := range n {
		fmt.Fprintf(&text, "\"Asha\n%d\",asha%d@example.com,,Pune\n", i, i) // a name over two lines
	}
	return file(t, text.String())
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// outcomes reads the results: what became of each line, and how many lines there are.
func outcomes(t *testing.T, name string) (byLine map[string]string, counts map[string]int) {
	t.Helper()
	in, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	lines, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	byLine, counts = map[string]string{}, map[string]int{}
	for _, line := range lines[1:] {
		if byLine[line[0]] != "" {
			t.Errorf("line %s stands twice", line[0])
		}
		byLine[line[0]] = line[1]
		counts[line[1]]++
	}
	return byLine, counts
}

func importInto(t *testing.T, srv *mock.Server, key string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	code = run(t.Context(), append([]string{"-base-url", srv.URL}, args...), key, &out, &errs)
	return code, out.String(), errs.String()
}

func TestAllAreAdded(t *testing.T) {
	srv := mock.Run(t)
	name := table(t, 25)
	code, stdout, stderr := importInto(t, srv, "test-csv", name)
	if code != 0 || stderr != "" || !strings.Contains(stdout, "25 rows: 25 added, 0 not added") || strings.ContainsAny(stdout, "\r\x1b") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	byLine, counts := outcomes(t, name+".results.csv")
	if counts[added] != 25 || byLine["2"] != added || byLine["50"] != added || byLine["3"] != "" { // each row has two lines
		t.Errorf("results %v", byLine)
	}
	if _, err := os.Stat(name + ".results.csv.unfinished"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unfinished results are still there: %v", err)
	}
	if c, ok := srv.World("csv").Customer(700000001); !ok || !strings.HasPrefix(c.Name, "Asha\n") {
		t.Errorf("customer %+v", c)
	}

	// The evidence of one import is not overwritten by the next.
	before := srv.Received("*")
	if code, _, stderr := importInto(t, srv, "test-csv", name); code != 2 || !strings.Contains(stderr, "move it away") || srv.Received("*") != before {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestEveryRowHasAnOutcome(t *testing.T) {
	for kind, want := range map[mock.Kind]string{mock.ResetBeforeHeaders: unknown, mock.BadGateway: unknown, mock.TruncatedJSON: unknown, mock.Redirect: notAdded} {
		srv := mock.Run(t)
		if err := srv.SetFault("addUpdateCustomer", mock.Fault{Kind: kind, After: 3, Times: 2}); err != nil {
			t.Fatal(err)
		}
		name := table(t, 20)
		code, _, stderr := importInto(t, srv, "test-csv", name)
		_, counts := outcomes(t, name+".results.csv")
		if code != 1 || counts[added] != 18 || counts[want] != 2 || srv.Received("addUpdateCustomer") != 20 {
			t.Errorf("%s: exit %d, %v, %d requests: %s", kind, code, counts, srv.Received("addUpdateCustomer"), stderr)
		}
	}
}

// With a key that is refused there is no use in sending the rest.
func TestRefusedKey(t *testing.T) {
	srv := mock.Run(t)
	name := table(t, 200)
	code, stdout, _ := importInto(t, srv, "test-csv-expired", name)
	_, counts := outcomes(t, name+".results.csv")
	if code != 1 || counts[notAdded]+counts[notSent] != 200 || counts[notAdded] > 20 || counts[notAdded] == 0 {
		t.Errorf("exit %d, %v: %s", code, counts, stdout)
	}
}

// interrupting stands between the import and the client, and interrupts it at the fifth row.
type interrupting struct {
	*client.CustomersService
	stop context.CancelFunc
}

func (i interrupting) AddAll(ctx context.Context, in iter.Seq[client.AddCustomer], opts ...client.BulkOption) iter.Seq[client.BulkResult[client.AddCustomer, *client.CustomerUpserted]] {
	return i.CustomersService.AddAll(ctx, func(yield func(client.AddCustomer) bool) {
		n := 0
		for c := range in {
			if n++; n == 5 {
				i.stop()
			}
			if !yield(c) {
				return
			}
		}
	}, opts...)
}

// An interrupt loses no outcome and makes none unknown.
func TestInterrupt(t *testing.T) {
	srv := mock.Run(t)
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken("test-csv"))
	if err != nil {
		t.Fatal(err)
	}
	name := table(t, 50)
	ctx, stop := context.WithCancel(t.Context())
	out, err := create(name + ".results.csv")
	if err != nil {
		t.Fatal(err)
	}
	if err := load(ctx, interrupting{c.Customers, stop}, name, 3, out, &progress{}); err != nil {
		t.Fatal(err)
	}
	_, counts := outcomes(t, name+".results.csv")
	if counts[added] != 5 || counts[notSent] != 45 || srv.Received("addUpdateCustomer") != 5 {
		t.Errorf("%v, %d requests", counts, srv.Received("addUpdateCustomer"))
	}

	// Through the command line the exit code says it.
	name = table(t, 2)
	var stdout strings.Builder
	if code := run(ctx, []string{"-base-url", srv.URL, name}, "test-csv", &stdout, io.Discard); code != 130 || !strings.Contains(stdout.String(), "2 not sent") {
		t.Errorf("exit %d: %s", code, stdout.String())
	}
}

// A file that changes under the import leaves no results that look whole.
func TestChangedFile(t *testing.T) {
	srv := mock.Run(t)
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken("test-csv"))
	if err != nil {
		t.Fatal(err)
	}
	name := file(t, "name,email\nAsha,asha@example.com\nArun\n")
	out, err := create(name + ".results.csv")
	if err != nil {
		t.Fatal(err)
	}
	if err := load(t.Context(), c.Customers, name, 2, out, &progress{}); err == nil || !strings.Contains(err.Error(), "was changed") {
		t.Errorf("error %v", err)
	}
	if _, counts := outcomes(t, name+".results.csv.unfinished"); counts[added] != 1 {
		t.Errorf("results %v", counts)
	}
	if _, err := os.Stat(name + ".results.csv"); err == nil {
		t.Error("the results look whole")
	}
}

// Results that cannot be written end the import, and are told.
func TestResultsThatCannotBeWritten(t *testing.T) {
	srv := mock.Run(t)
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken("test-csv"))
	if err != nil {
		t.Fatal(err)
	}
	name := table(t, 200)
	out, err := create(name + ".results.csv")
	if err != nil {
		t.Fatal(err)
	}
	out.file.Close()
	err = load(t.Context(), c.Customers, name, 2, out, &progress{})
	sent := srv.Received("addUpdateCustomer")
	if err == nil || sent == 0 || sent > 20 || strings.Count(err.Error(), " added ") != sent {
		t.Errorf("%d rows sent, error %v", sent, err)
	}
	if _, err := os.Stat(name + ".results.csv"); err == nil {
		t.Error("the results look whole")
	}
}

func TestWrongFilesSendNothing(t *testing.T) {
	srv := mock.Run(t)
	for text, want := range map[string]string{
		"":                                       "no line that names the columns",
		"name,email\n":                           "no rows",
		"name,mail\nAsha,asha@example.com\n":     `column "mail"`,
		"name,name\nAsha,Asha\n":                 "twice",
		"name,email\nAsha,\n,a@example.com\n":    "line 3",
		"name,email\nAsha\n":                     "wrong number of fields",
		"name,email\n\"Asha,asha@example.com\n":  "quote",
		"email\nasha@example.com\n":              "a name",
		"name,email\nAsha,a@example.com\nB,\n\n": "line 3",
	} {
		name := file(t, text)
		code, _, stderr := importInto(t, srv, "test-csv", name)
		if code != 2 || !strings.Contains(stderr, want) || !strings.Contains(stderr, "nothing was sent") {
			t.Errorf("%q: exit %d: %s", text, code, stderr)
		}
		if entries, _ := os.ReadDir(filepath.Dir(name)); len(entries) != 1 {
			t.Errorf("%q left %v", text, entries)
		}
	}
	if n := srv.Received("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestProgressIsForTerminals(t *testing.T) {
	var text strings.Builder
	r := &results{counts: map[string]int{added: 5, unknown: 1}}
	p := &progress{w: &text, total: 12}
	p.show(r)
	p.clear()
	if text.Len() != 0 {
		t.Errorf("without a terminal: %q", text.String())
	}
	p.shown = true
	p.show(r)
	p.show(r) // too soon
	if got := text.String(); strings.Count(got, "6 of 12") != 1 || !strings.Contains(got, "[###############               ]") || strings.Contains(got, "\n") {
		t.Errorf("on a terminal: %q", got)
	}
	pipe, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil || terminal(pipe) || terminal(&text) {
		t.Errorf("a file is taken for a terminal: %v", err)
	}
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{{}, {"a", "b"}, {"-unknown"}, {"-parallel", "0", "a"}, {"-tenant", "a b", "a"}, {"-tenant", "acme", filepath.Join(t.TempDir(), "none.csv")}} {
		var stderr strings.Builder
		if code := run(t.Context(), args, "test-csv", io.Discard, &stderr); code != 2 || stderr.Len() == 0 {
			t.Errorf("%q: exit %d: %s", args, code, stderr.String())
		}
	}
	if code := run(t.Context(), []string{"a"}, "", io.Discard, io.Discard); code != 2 {
		t.Errorf("without a key: exit %d", code)
	}
	var stderr strings.Builder
	if code := run(t.Context(), []string{"-help"}, "", io.Discard, &stderr); code != 0 || !strings.Contains(stderr.String(), "Exit codes") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
