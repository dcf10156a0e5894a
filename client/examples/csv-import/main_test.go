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
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// manyRows writes a file of n customers.
func manyRows(t *testing.T, n int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("\uFEFFName,Email,Phone,City\n")
	for i := range n {
		fmt.Fprintf(&text, "\"Asha\n%d\",asha%d@example.com,,Pune\n", i, i) // a name over two lines
	}
	return writeFile(t, text.String())
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// readResults reads the lines of the results, without the names of the columns.
func readResults(t *testing.T, name string) [][]string {
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
	return lines[1:]
}

// outcomes reads the outcome of each line from the results, and counts how often
// each outcome occurs.
func outcomes(t *testing.T, name string) (byLine map[string]string, counts map[string]int) {
	t.Helper()
	byLine = map[string]string{}
	counts = map[string]int{}
	for _, line := range readResults(t, name) {
		if byLine[line[0]] != "" {
			t.Errorf("line %s appears twice", line[0])
		}
		byLine[line[0]] = line[1]
		counts[line[1]]++
	}
	return byLine, counts
}

// runProgram runs the program against a server.
func runProgram(t *testing.T, srv *mock.Server, key string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	code = run(t.Context(), append([]string{"-base-url", srv.URL}, args...), key, output{&out, &errs})
	return code, out.String(), errs.String()
}

// newLoader prepares an import without the command line.
func newLoader(t *testing.T, srv *mock.Server, file string) *loader {
	t.Helper()
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken("test-csv"))
	if err != nil {
		t.Fatal(err)
	}
	results, err := create(file + ".results.csv")
	if err != nil {
		t.Fatal(err)
	}
	return &loader{
		customers: c.Customers,
		table:     table{file: file, encoding: "utf-8"},
		parallel:  2,
		results:   results,
		progress:  newProgress(io.Discard, 1),
	}
}

func TestAllAreAdded(t *testing.T) {
	srv := mock.Run(t)
	name := manyRows(t, 25)
	code, stdout, stderr := runProgram(t, srv, "test-csv", name)
	if code != exitDone || stderr != "" ||
		!strings.Contains(stdout, "25 rows: 25 added, 0 existing, 0 not added") ||
		strings.ContainsAny(stdout, "\r\x1b") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	byLine, counts := outcomes(t, name+".results.csv")
	// Each row takes two lines of the file.
	if counts[added] != 25 || byLine["2"] != added || byLine["50"] != added || byLine["3"] != "" {
		t.Errorf("results %v", byLine)
	}
	if _, err := os.Stat(name + ".results.csv.unfinished"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unfinished results are still there: %v", err)
	}
	if c, ok := srv.World("csv").Customer(700000001); !ok || !strings.HasPrefix(c.Name, "Asha\n") {
		t.Errorf("customer %+v", c)
	}
}

// An import does not overwrite the results of another.
func TestResultsAreNotOverwritten(t *testing.T) {
	srv := mock.Run(t)
	name := manyRows(t, 2)
	if code, _, stderr := runProgram(t, srv, "test-csv", name); code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	before := srv.Received("*")
	code, _, stderr := runProgram(t, srv, "test-csv", name)
	if code != exitUsage || !strings.Contains(stderr, "move it away") || srv.Received("*") != before {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestEncodings(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		args []string
	}{
		"UTF-8":                       {text: "name,phone\nJos\u00e9,9000000001\n"},
		"UTF-8 with a mark":           {text: "\uFEFFname,phone\nJos\u00e9,9000000001\n"},
		"a mark before a quoted name": {text: "\uFEFF\"name\",\"phone\"\n\"Jos\u00e9\",\"9000000001\"\n"},
		"Windows-1252": {
			text: "name,phone\nJos\xe9,9000000001\n",
			args: []string{"-encoding", "windows-1252"},
		},
		"UTF-16, little endian with a mark": {
			text: "\xff\xfe" + "n\x00a\x00m\x00e\x00,\x00p\x00h\x00o\x00n\x00e\x00\n\x00" +
				"J\x00o\x00s\x00\xe9\x00,\x009\x000\x00\n\x00",
		},
		"UTF-16, big endian with a mark": {
			text: "\xfe\xff" + "\x00n\x00a\x00m\x00e\x00,\x00p\x00h\x00o\x00n\x00e\x00\n" +
				"\x00J\x00o\x00s\x00\xe9\x00,\x009\x000\x00\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := mock.Run(t)
			file := writeFile(t, test.text)
			code, _, stderr := runProgram(t, srv, "test-csv", append(test.args, file)...)
			if code != exitDone {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			c, ok := srv.World("csv").Customer(700000001)
			if !ok || c.Name != "Jos\u00e9" {
				t.Errorf("customer %q", c.Name)
			}
		})
	}
}

func TestEmptyRowsAndColumnsAreIgnored(t *testing.T) {
	srv := mock.Run(t)
	file := writeFile(t, "name,phone,,\nAsha,9000000001,,\n,,,\nArun,9000000002,,\n,,,\n , ,,\n")
	code, stdout, stderr := runProgram(t, srv, "test-csv", file)
	if code != exitDone || !strings.Contains(stdout, "2 rows: 2 added") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

func TestSkipExisting(t *testing.T) {
	srv := mock.Run(t)
	first := writeFile(t, "name,phone,email\nAsha,9000000001,asha@example.com\n")
	if code, _, stderr := runProgram(t, srv, "test-csv", first); code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}

	second := writeFile(t, "name,phone,email\n"+
		"Asha,9000000001,\n"+ // line 2: known by its phone
		"Asha,,asha@example.com\n"+ // line 3: known by its email
		"Arun,9000000002,\n"+ // line 4: new
		"Arun again,9000000002,\n"+ // line 5: as line 4
		"Devi,9000000003,\n") // line 6: new
	code, stdout, stderr := runProgram(t, srv, "test-csv", "-skip-existing", "-parallel", "2", second)
	if code != exitDone || !strings.Contains(stdout, "5 rows: 2 added, 3 existing") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	byLine, _ := outcomes(t, second+".results.csv")
	want := map[string]string{"2": existing, "3": existing, "4": added, "5": existing, "6": added}
	for line, outcome := range want {
		if byLine[line] != outcome {
			t.Errorf("line %s is %q, want %q", line, byLine[line], outcome)
		}
	}
	text, err := os.ReadFile(second + ".results.csv")
	if err != nil || !strings.Contains(string(text), "2,existing,700000001,") ||
		!strings.Contains(string(text), "line 4 has the same phone or email") {
		t.Errorf("%s %v", text, err)
	}
}

// A row that cannot be looked up is not sent: it might exist.
func TestSkipExistingSendsNothingUnknown(t *testing.T) {
	srv := mock.Run(t)
	if err := srv.SetFault("getCustomer", mock.Fault{Kind: mock.TruncatedJSON}); err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, "name,phone\nAsha,9000000001\n")
	code, _, _ := runProgram(t, srv, "test-csv", "-skip-existing", file)
	byLine, _ := outcomes(t, file+".results.csv")
	if code != exitSomeFailed || byLine["2"] != notAdded || srv.Received("addUpdateCustomer") != 0 {
		t.Errorf("exit %d: %v", code, byLine)
	}
}

func TestEveryRowHasAnOutcome(t *testing.T) {
	for kind, want := range map[mock.Kind]string{
		mock.ResetBeforeHeaders: unknown,
		mock.BadGateway:         unknown,
		mock.TruncatedJSON:      unknown,
		mock.Redirect:           notAdded,
	} {
		t.Run(string(kind), func(t *testing.T) {
			srv := mock.Run(t)
			if err := srv.SetFault("addUpdateCustomer", mock.Fault{Kind: kind, After: 3, Times: 2}); err != nil {
				t.Fatal(err)
			}
			name := manyRows(t, 20)
			code, _, stderr := runProgram(t, srv, "test-csv", name)
			_, counts := outcomes(t, name+".results.csv")
			if code != exitSomeFailed || counts[added] != 18 || counts[want] != 2 ||
				srv.Received("addUpdateCustomer") != 20 {
				t.Errorf("exit %d, %v, %d requests: %s", code, counts, srv.Received("addUpdateCustomer"), stderr)
			}
		})
	}
}

// A key that is rejected ends the import: the other rows would fail as well.
func TestRejectedKey(t *testing.T) {
	srv := mock.Run(t)
	name := manyRows(t, 200)
	code, stdout, _ := runProgram(t, srv, "test-csv-expired", name)
	_, counts := outcomes(t, name+".results.csv")
	if code != exitSomeFailed || counts[notAdded]+counts[notSent] != 200 || counts[notAdded] > 20 ||
		counts[notAdded] == 0 {
		t.Errorf("exit %d, %v: %s", code, counts, stdout)
	}
}

// interrupting interrupts the import when the client takes the fifth row.
type interrupting struct {
	customers
	stop context.CancelFunc
}

func (i interrupting) AddAll(
	ctx context.Context, in iter.Seq[client.CustomerRequest], opts ...client.BulkOption,
) iter.Seq[client.BulkResult[client.CustomerRequest, *client.CustomerUpserted]] {
	taken := func(yield func(client.CustomerRequest) bool) {
		n := 0
		for c := range in {
			n++
			if n == 5 {
				i.stop()
			}
			if !yield(c) {
				return
			}
		}
	}
	return i.customers.AddAll(ctx, taken, opts...)
}

// An interrupt loses no outcome and makes none unknown.
func TestInterrupt(t *testing.T) {
	srv := mock.Run(t)
	name := manyRows(t, 50)
	ctx, stop := context.WithCancel(t.Context())
	l := newLoader(t, srv, name)
	l.customers = interrupting{l.customers, stop}
	if err := l.load(ctx); err != nil {
		t.Fatal(err)
	}
	_, counts := outcomes(t, name+".results.csv")
	if counts[added] != 5 || counts[notSent] != 45 || srv.Received("addUpdateCustomer") != 5 {
		t.Errorf("%v, %d requests", counts, srv.Received("addUpdateCustomer"))
	}
}

func TestExitCodeOfAnInterrupt(t *testing.T) {
	srv := mock.Run(t)
	name := manyRows(t, 2)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var stdout strings.Builder
	code := run(ctx, []string{"-base-url", srv.URL, name}, "test-csv", output{&stdout, io.Discard})
	if code != exitInterrupted || !strings.Contains(stdout.String(), "2 not sent") {
		t.Errorf("exit %d: %s", code, stdout.String())
	}
}

// A file that changes during the import leaves no results that look whole.
func TestChangedFile(t *testing.T) {
	srv := mock.Run(t)
	name := writeFile(t, "name,email\nAsha,asha@example.com\nArun\n")
	l := newLoader(t, srv, name)
	if err := l.load(t.Context()); err == nil || !strings.Contains(err.Error(), "was changed") {
		t.Errorf("error %v", err)
	}
	if _, counts := outcomes(t, name+".results.csv.unfinished"); counts[added] != 1 {
		t.Errorf("results %v", counts)
	}
	if _, err := os.Stat(name + ".results.csv"); err == nil {
		t.Error("the results look whole")
	}
}

// Results that cannot be written end the import, and the error lists them.
func TestResultsThatCannotBeWritten(t *testing.T) {
	srv := mock.Run(t)
	name := manyRows(t, 200)
	l := newLoader(t, srv, name)
	l.results.file.Close()
	err := l.load(t.Context())
	sent := srv.Received("addUpdateCustomer")
	if err == nil || sent == 0 || sent > 20 || strings.Count(err.Error(), ": added ") != sent ||
		strings.Contains(err.Error(), notSent) {
		t.Errorf("%d rows sent, error %v", sent, err)
	}
	if _, err := os.Stat(name + ".results.csv"); err == nil {
		t.Error("the results look whole")
	}
}

// A message from the server must not become a formula in a spreadsheet.
func TestResultsHaveNoFormula(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results.csv")
	r, err := create(name)
	if err != nil {
		t.Fatal(err)
	}
	messages := []string{`=HYPERLINK("http://example.com")`, "+1", "-1", "@SUM(A1)", "\tx", "plain"}
	for i, message := range messages {
		r.note(outcome{line: i + 2, kind: notAdded, message: message})
	}
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}

	var got []string
	for _, line := range readResults(t, name) {
		got = append(got, line[4])
	}
	want := []string{`'=HYPERLINK("http://example.com")`, "'+1", "'-1", "'@SUM(A1)", "'\tx", "plain"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A file with a mistake is rejected before anything is sent, and leaves no other
// file.
func TestWrongFilesSendNothing(t *testing.T) {
	srv := mock.Run(t)
	for name, test := range map[string]struct{ text, want string }{
		"empty":                 {text: "", want: "no line that names the columns"},
		"no rows":               {text: "name,email\n", want: "no rows"},
		"only empty rows":       {text: "name,email\n,\n,\n", want: "no rows"},
		"unknown column":        {text: "name,mail\nAsha,asha@example.com\n", want: `unknown column "mail"`},
		"a column twice":        {text: "name,name\nAsha,Asha\n", want: "appears twice"},
		"a value without name":  {text: "name,email,\nAsha,asha@example.com,x\n", want: "a column without a name"},
		"no name in a row":      {text: "name,email\nAsha,\n,a@example.com\n", want: "line 3"},
		"a cell is missing":     {text: "name,email\nAsha\n", want: "wrong number of fields"},
		"an open quote":         {text: "name,email\n\"Asha,asha@example.com\n", want: "quote"},
		"no name":               {text: "email\nasha@example.com\n", want: "a name is needed"},
		"several mistakes":      {text: "name,email\nAsha,a@example.com\nB,\n\n", want: "line 3"},
		"Windows-1252":          {text: "name,email\nJos\xe9,j@example.com\n", want: "line 2: name is not UTF-8"},
		"UTF-16 without a mark": {text: "n\x00a\x00m\x00e\x00\n\x00", want: "unknown column"},
		"an exponent":           {text: "name,phone\nAsha,9.19876E+11\n", want: "line 2: phone is not a phone number"},
		"a decimal":             {text: "name,phone\nAsha,9876543210.0\n", want: "line 2: phone is not a phone number"},
		"a formula": {
			text: "name,phone\nAsha,\"=\"\"09876543210\"\"\"\n",
			want: "line 2: phone is a formula",
		},
		"a text mark": {
			text: "name,phone\nAsha,'+919876543210\n",
			want: "line 2: phone is not a phone number",
		},
		"an invisible mark": {
			text: "name,phone\nAsha,\u202a9876543210\n",
			want: "line 2: phone is not a phone number",
		},
		"a formula as name": {text: "name,phone\n=A1,9876543210\n", want: "line 2: name is a formula"},
	} {
		t.Run(name, func(t *testing.T) {
			file := writeFile(t, test.text)
			code, _, stderr := runProgram(t, srv, "test-csv", file)
			if code != exitUsage || !strings.Contains(stderr, test.want) ||
				!strings.Contains(stderr, "nothing was sent") {
				t.Errorf("exit %d: %s\nwant %q in it", code, stderr, test.want)
			}
			if strings.Contains(stderr, "9876543210") {
				t.Error("the error contains a customer's data")
			}
			if entries, _ := os.ReadDir(filepath.Dir(file)); len(entries) != 1 {
				t.Errorf("files left: %v", entries)
			}
		})
	}
	if n := srv.Received("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Progress is shown only on a terminal, not written to a file.
func TestProgressIsForTerminals(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := newProgress(file, 12)
	p.show(&results{counts: map[string]int{added: 5, unknown: 1}})
	p.clear()
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("%d bytes of progress in a file, %v", info.Size(), err)
	}
}

func TestCommandLine(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.csv")
	for name, args := range map[string][]string{
		"no file":          {},
		"two files":        {"a", "b"},
		"unknown flag":     {"-unknown"},
		"no parallel":      {"-parallel", "0", "a"},
		"invalid tenant":   {"-tenant", "a b", "a"},
		"missing file":     {"-tenant", "acme", missing},
		"unknown encoding": {"-tenant", "acme", "-encoding", "latin", writeFile(t, "name,phone\nAsha,9000000001\n")},
	} {
		var stderr strings.Builder
		code := run(t.Context(), args, "test-csv", output{io.Discard, &stderr})
		if code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%s: exit %d: %s", name, code, stderr.String())
		}
	}
}

func TestCommandLineWithoutAKey(t *testing.T) {
	var stderr strings.Builder
	code := run(t.Context(), []string{"a"}, "", output{io.Discard, &stderr})
	if code != exitUsage || !strings.Contains(stderr.String(), "KAPTURE_TOKEN") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}

func TestHelp(t *testing.T) {
	var stderr strings.Builder
	code := run(t.Context(), []string{"-help"}, "", output{io.Discard, &stderr})
	if code != exitDone || !strings.Contains(stderr.String(), "Exit codes") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
