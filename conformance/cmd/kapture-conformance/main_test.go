package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// asProgram makes the test binary be the program, so that exit codes and
// streams are those of a separate process.
const asProgram = "KAPTURE_CONFORMANCE_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	if len(os.Args) == 3 && os.Args[1] == asClient {
		os.Exit(clients[os.Args[2]](context.Background()))
	}
	for _, name := range []string{"KAPTURE_TOKEN", "KAPTURE_USER", "KAPTURE_PASSWORD"} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

// program runs the program within the test's own process, which prepares the
// contract once for all tests, and returns what it printed. No test means a
// server to start here: one that does is stopped, as nothing else would end it.
func program(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, errs := untilServing{stop: stop}, untilServing{stop: stop}
	code = execute(ctx, args, streams{in: strings.NewReader(""), out: &out, err: &errs})
	return code, out.String(), errs.String()
}

// untilServing keeps what is printed, and calls stop when a server says where it
// listens.
type untilServing struct {
	bytes.Buffer
	stop func()
}

func (u *untilServing) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(" listening on http://")) {
		u.stop()
	}
	return u.Buffer.Write(b)
}

// process runs the program as a separate process.
func process(t *testing.T, environment []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), environment...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var ended *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// launch starts a command that is the program as a separate process, and returns
// its standard output.
func launch(t *testing.T, cmd *exec.Cmd) *bufio.Reader {
	t.Helper()
	cmd.Env = append(os.Environ(), asProgram+"=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(stdout)
}

// The exit codes and streams of the program as it is built.
func TestExitCodes(t *testing.T) {
	for _, test := range []struct {
		code int
		args []string
	}{
		{exitConforms, []string{"run", "--case", "customer-get-*"}},
		{exitFindings, []string{"run", "--case", "customer-get-*", "--mutate", "missing-status"}},
		{exitCannot, []string{"run", "--case", "no-such-case"}},
	} {
		code, stdout, stderr := process(t, nil, test.args...)
		if code != test.code || (code == exitCannot) != (stdout == "") || (code == exitCannot) != (stderr != "") {
			t.Errorf("%v: exit %d, want %d\n%s\n%s", test.args, code, test.code, stdout, stderr)
		}
	}
}

func TestRunConforms(t *testing.T) {
	page := filepath.Join(t.TempDir(), "report.html")
	code, stdout, stderr := program(t, "run", "--report", page)
	if code != exitConforms {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	if stderr != "" {
		t.Errorf("something was printed in addition to the result although nobody watches: %q", stderr)
	}
	for _, want := range []string{"addUpdateCustomer", "getCustomer", "Conforms"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the table lacks %q", want)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Error("there are colours although nobody watches")
	}
	html, err := os.ReadFile(page)
	if err != nil || !bytes.Contains(html, []byte("</html>")) {
		t.Errorf("no whole page was written: %v", err)
	}
}

func TestRunFormats(t *testing.T) {
	code, stdout, stderr := program(t, "run", "--case", "customer-get-*", "--format", "json")
	if code != exitConforms || !json.Valid([]byte(stdout)) {
		t.Errorf("exit %d, %s\n%.300s", code, stderr, stdout)
	}
	code, stdout, stderr = program(t, "run", "--case", "customer-get-*", "--format", "junit")
	if err := xml.Unmarshal([]byte(stdout), new(struct{ XMLName xml.Name })); code != exitConforms || err != nil {
		t.Errorf("exit %d, %s %v\n%.300s", code, stderr, err, stdout)
	}
}

// Same seed, same run: what is printed is the same but for times.
func TestRunIsRepeatable(t *testing.T) {
	names := func() string {
		_, stdout, _ := program(t, "run", "--case", "customer-*", "--format", "json", "--seed", "s")
		var result struct {
			Cases []struct{ Name, Status string } `json:"cases"`
		}
		if err := json.Unmarshal([]byte(stdout), &result); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, c := range result.Cases {
			all = append(all, c.Name+" "+c.Status)
		}
		return strings.Join(all, "\n")
	}
	if first, second := names(), names(); first != second || !strings.Contains(first, "customer-flow-2024 passed") {
		t.Errorf("two runs differ:\n%s\n---\n%s", first, second)
	}
}

// A wrong server makes the program exit 1 and say where it is wrong.
func TestRunFinds(t *testing.T) {
	for kind, where := range map[string]string{
		"wrong-type":          "/customer/action",
		"missing-status":      "/status",
		"truncated":           "body-truncated",
		"failure-for-success": "response-other",
		"other-generation":    "response-other",
		"lost-name":           "/Customer Details/name",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := program(t, "run", "--mutate", kind, "--case", "customer-*")
			if code != exitFindings {
				t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
			}
			if !strings.Contains(stdout, where) {
				t.Errorf("the findings do not say %q:\n%s", where, stdout)
			}
		})
	}
}

func TestCannotRun(t *testing.T) {
	folder := t.TempDir()
	broken := "resource: broken\ncases:\n  - name: a\n    operation: getNobody\n    steps: []\n"
	if err := os.WriteFile(filepath.Join(folder, "broken.yaml"), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := "http://" + nobody.Addr().String()
	nobody.Close()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { busy.Close() })
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"mistake in a case file": {
			[]string{"run", "--cases", folder},
			"broken.yaml:4: the contract has no operation \"getNobody\"",
		},
		"no case files":      {[]string{"run", "--cases", t.TempDir()}, "no *.yaml file"},
		"no folder of cases": {[]string{"run", "--cases", filepath.Join(folder, "none")}, "is not a directory"},
		"no such case":       {[]string{"run", "--case", "customer-lost"}, "no case matches"},
		"bad pattern":        {[]string{"run", "--case", "["}, "invalid pattern"},
		"no server": {
			[]string{"run", "--base-url", free, "--token", "k"},
			"there is no server at " + free,
		},
		"no key":                {[]string{"run", "--base-url", free}, "KAPTURE_TOKEN"},
		"key without server":    {[]string{"run", "--token", "k"}, "Add --base-url"},
		"writes without server": {[]string{"run", "--allow-writes"}, "add --base-url"},
		"plain http": {
			[]string{"run", "--base-url", "http://acme.kapturecrm.com", "--token", "k"},
			"is not https",
		},
		"no address": {
			[]string{"run", "--base-url", "acme", "--token", "k"},
			"https://acme.kapturecrm.com",
		},
		"key in the address": {
			[]string{"run", "--base-url", "https://u:p@acme.kapturecrm.com", "--token", "k"},
			"only scheme, host and path",
		},
		"user without password": {[]string{"run", "--base-url", free, "--user", "u"}, "KAPTURE_PASSWORD"},
		"account of no number": {
			[]string{"run", "--base-url", free, "--token", "k", "--account", "acme"},
			"--account is \"acme\"",
		},
		"account of 0": {
			[]string{"run", "--base-url", free, "--token", "k", "--account", "0"},
			"--account is \"0\"",
		},
		"no time":          {[]string{"run", "--timeout", "-1s"}, "--timeout is -1s"},
		"unknown format":   {[]string{"run", "--format", "xml"}, "text, json, junit"},
		"unknown mutation": {[]string{"run", "--mutate", "rust"}, "mutants --list"},
		"unknown flag":     {[]string{"run", "--tokens", "k"}, "run --help"},
		"unknown command": {
			[]string{"runn"},
			"unknown command \"runn\", did you mean \"run\"?; `kapture-conformance --help`",
		},
		"argument of run":    {[]string{"run", "customers"}, "takes no argument"},
		"docs without files": {[]string{"docs"}, "docs needs a page; name one or more files"},
		"docs of nothing":    {[]string{"docs", filepath.Join(folder, "none.txt")}, "none.txt"},
		"unknown code":       {[]string{"explain", "schema-requird"}, "schema-required"},
		"mock address":       {[]string{"mock", "--addr", "8080"}, "HOST:PORT"},
		"mock for the world": {[]string{"mock", "--addr", "0.0.0.0:0"}, "--allow-remote"},
		"mock port taken":    {[]string{"mock", "--addr", busy.Addr().String()}, "cannot listen"},
		"mock fault":         {[]string{"mock", "--addr", "127.0.0.1:0", "--fault", "getCustomer=rust"}, "--fault"},
		"mutants kind":       {[]string{"mutants", "--kind", "rust"}, "--kind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := program(t, test.args...)
			if code != exitCannot {
				t.Errorf("exit %d, want %d\n%s%s", code, exitCannot, stdout, stderr)
			}
			if !strings.Contains(stderr, test.want) {
				t.Errorf("got %q\nwant %q in it", stderr, test.want)
			}
			if stdout != "" {
				t.Errorf("something was printed as result: %q", stdout)
			}
		})
	}
}

// What cannot be written is reported before anything is done, under the name that
// the user gave.
func TestOutputNowhere(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(folder, "none")
	for name, want := range map[string]string{
		filepath.Join(missing, "r.html"): "there is no directory " + missing + ";",
		filepath.Join(file, "r.html"):    "", // as the system says it
		folder:                           "",
	} {
		for _, args := range [][]string{
			{"run", "--report", name},
			{"replay", "--report", name, file},
			{"client", "--report", name, "--", os.Args[0], asClient, "silent"},
			{"proxy", "--upstream", "http://127.0.0.1:1", "--addr", "127.0.0.1:0", "--report", name},
			{"proxy", "--upstream", "http://127.0.0.1:1", "--addr", "127.0.0.1:0", "--record", name},
			{"proxy", "--upstream", "http://127.0.0.1:1", "--addr", "127.0.0.1:0", "--ready-file", name},
			{"mock", "--addr", "127.0.0.1:0", "--ready-file", name},
		} {
			code, stdout, stderr := program(t, args...)
			flag := args[slices.Index(args, name)-1]
			wanted := "kapture-conformance: " + flag + ": " + name + " cannot be written: " + want
			showsOtherName := strings.Contains(stderr, "/.")
			if code != exitCannot || stdout != "" || !strings.HasPrefix(stderr, wanted) || showsOtherName {
				t.Errorf("%v: exit %d, %s\n%s", args, code, stdout, stderr)
			}
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A live tenant gets only reads, and its key goes nowhere else.
func TestLiveTenantGetsOnlyReads(t *testing.T) {
	kapture, err := mock.New(mock.WithToken("a-tenants-key"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(kapture)
	defer server.Close()
	tenantsKey := []string{"KAPTURE_TOKEN=a-tenants-key"}
	reads := []string{
		"getCustomer", "pullCustomers", "getTickets", "pullTickets", "pullTicketsUnversioned", "pullOrders",
		"getFAQContents", "getFAQCategories",
	}

	code, stdout, stderr := process(t, tenantsKey, "run", "--base-url", server.URL, "-v")
	if code != exitConforms {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	for _, received := range kapture.Journal() {
		if !slices.Contains(reads, received.Operation) {
			t.Errorf("%s was sent to a live tenant without --allow-writes", received.Operation)
		}
	}
	if kapture.Received(mock.All) == 0 {
		t.Error("nothing was sent")
	}
	if strings.Contains(stdout+stderr, "a-tenants-key") {
		t.Error("the key was printed")
	}

	code, stdout, stderr = process(t, tenantsKey, "run", "--base-url", server.URL, "--allow-writes",
		"--account", "1000298", "--case", "customer-*")
	if code != exitConforms {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	if kapture.Received("addUpdateCustomer") == 0 {
		t.Error("with --allow-writes nothing was written")
	}

	// A key that is rejected everywhere is nobody's fault but its owner's.
	code, stdout, _ = process(t, []string{"KAPTURE_TOKEN=a-wrong-key"}, "run", "--base-url", server.URL)
	blamesServer := strings.Contains(stdout, "the fault of the server")
	if code != exitFindings || blamesServer || !strings.Contains(stdout, "pullTicketsUnversioned, request header") {
		t.Errorf("exit %d\n%s", code, stdout)
	}

	// A run that sends nothing must not look like one that conforms.
	code, _, stderr = process(t, tenantsKey, "run", "--base-url", server.URL, "--case", "serve-*")
	if code != exitCannot || !strings.Contains(stderr, "nothing was sent to "+server.URL) {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

// Without a host an address means only this machine, unless --allow-remote is given.
func TestListenAddress(t *testing.T) {
	for _, test := range []struct {
		addr   string
		remote bool
		want   string // "" is rejected
	}{
		{addr: ":8080", want: "127.0.0.1:8080"},
		{addr: ":8080", remote: true, want: ":8080"},
		{addr: "localhost:0", want: "localhost:0"},
		{addr: "[::1]:0", want: "[::1]:0"},
		{addr: "0.0.0.0:8080"},
		{addr: "0.0.0.0:8080", remote: true, want: "0.0.0.0:8080"},
		{addr: "[::]:8080"},
		{addr: "8080"},
	} {
		got, err := (&listenFlags{test.addr, test.remote}).address()
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s (remote: %v) is %q, %v; want %q", test.addr, test.remote, got, err, test.want)
		}
	}
}

func TestMockServesAndStops(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "mock", "--addr", "127.0.0.1:0", "--token", "secret",
		"--fault", "pullCustomers=server-error", "--first-id", "9007199254740993")
	line, err := launch(t, cmd).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSpace(line[strings.LastIndex(line, " ")+1:])

	const lookup = `[{"phone":"9000000001"}]`
	if _, body := post(t, address+getPath, "secret", lookup); !strings.Contains(body, "does not exist in our sytsem.") {
		t.Errorf("the mock returned %s", body)
	}
	if _, body := post(t, address+getPath, "another", lookup); !strings.Contains(body, "Invalid Auth Key") {
		t.Errorf("the mock returned %s for another key", body)
	}
	_, body := post(t, address+addPath, "secret", goodAdd)
	if !strings.Contains(body, `"customer_id":9007199254740993,`) {
		t.Errorf("the first customer is added with %s", body)
	}
	status, _ := post(t, address+"/select-customer-between-start-and-end-dates.html", "secret", `[]`)
	if status != http.StatusInternalServerError {
		t.Errorf("the fault brings HTTP %d", status)
	}

	// The whole suite over HTTP against a mock in another process.
	code, out, errs := program(t, "run", "--base-url", address, "--mock", "--case", "customer-add-2024*")
	if code != exitConforms {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}

	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the mock does not stop gracefully: %v", err)
	}
}

func TestHelp(t *testing.T) {
	helps := [][]string{{}, {"--help"}}
	for _, name := range []string{
		"run", "mock", "proxy", "replay", "drift", "coverage", "docs", "mutants", "client", "explain",
	} {
		helps = append(helps, []string{name, "--help"})
	}
	for _, args := range helps {
		code, stdout, stderr := program(t, args...)
		if code != exitConforms || !strings.Contains(stdout, "Examples:") || stderr != "" {
			t.Errorf("%v: exit %d, %q, no example in\n%s", args, code, stderr, stdout)
		}
		for line := range strings.Lines(stdout) {
			if len(line) > 80+len("\n") {
				t.Errorf("%v: wider than a terminal: %s", args, line)
			}
		}
	}
	for _, args := range [][]string{
		{"explain"},
		{"explain", "schema-required"},
		{"version"},
		{"mutants", "--list"},
		{"run", "--list"},
	} {
		if code, stdout, stderr := program(t, args...); code != exitConforms || stdout == "" || stderr != "" {
			t.Errorf("%v: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
}

// Every command that a README or the help prints exists, with its flags and its
// arguments.
func TestPrintedCommandsAreTaken(t *testing.T) {
	var texts []string
	for _, name := range []string{"../../../README.md", "../../cases/README.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	for _, cmd := range append(newRoot().Commands(), newRoot()) {
		texts = append(texts, cmd.Example)
	}
	printed := regexp.MustCompile("(?m)(?:^|[ /])kapture-conformance (\\w[^\n#>`]*?)(?:   .*)?$")
	commands := 0
	for _, text := range texts {
		text = regexp.MustCompile(`\\\n *`).ReplaceAllString(text, "")
		for _, match := range printed.FindAllStringSubmatch(text, -1) {
			commands++
			cmd, args, err := newRoot().Find(strings.Fields(strings.ReplaceAll(match[1], "'", "")))
			if err == nil {
				err = cmd.ParseFlags(args)
			}
			if err == nil {
				err = cmd.ValidateArgs(cmd.Flags().Args())
			}
			if err != nil || !cmd.HasParent() {
				t.Errorf("%s: %v", match[0], err)
			}
		}
	}
	if commands < 20 {
		t.Errorf("found only %d commands", commands)
	}
}

func TestMutantsProgram(t *testing.T) {
	code, stdout, stderr := program(t, "mutants", "--case", "customer-*",
		"--kind", "lost-name", "--kind", "missing-status")
	if code != exitConforms || !strings.Contains(stdout, "0 survived") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	// Rejections cannot show that a record lost its name or number.
	code, stdout, stderr = program(t, "mutants", "--case", "customer-add-2016",
		"--kind", "changed-id", "--format", "json")
	if code != exitFindings || !strings.Contains(stdout, `"survived": 1`) {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// A page of a new operation names the file of its resource: by the page's title,
// or else by the path that is most like its own.
func TestDocsNameTheFileOfANewOperation(t *testing.T) {
	for name, test := range map[string]struct{ title, path, want string }{
		"a resource in the title":     {"Recycle Ticket API", "/recycle-something.html", "spec/tickets.yaml"},
		"a resource in the plural":    {"Merge Customers API", "/merge-something.html", "spec/customers.yaml"},
		"a plural of another form":    {"Close Enquiry API", "/close-something.html", "spec/enquiries.yaml"},
		"a resource without a plural": {"Add FAQ Category API", "/add-something.html", "spec/faq.yaml"},
		"a path like another": {
			title: "Drop Goods API",
			path:  "/add-update-products-from-other-source.html",
			want:  "spec/products.yaml",
		},
		"neither": {"Ring Bell API", "/ring", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			text := test.title + "\n\nPOST https://acme.kapturecrm.com" + test.path + "\n"
			execute(t.Context(), []string{"docs", "-"}, streams{in: strings.NewReader(text), out: &out, err: &errs})

			place := "-> paths at " + test.want + "\n"
			hint := "add the operation to " + test.want + ", then compare again"
			if test.want == "" {
				place = "not in the contract\n"
				hint = "add the operation, then compare again"
			}
			if !strings.HasSuffix(out.String(), place) || !strings.Contains(errs.String(), hint) {
				t.Errorf("want %q and %q, got\n%s%s", place, hint, &out, &errs)
			}
		})
	}
}

// A proposal is written into a new directory, and asked for in full.
func TestDocsPropose(t *testing.T) {
	folder := t.TempDir()
	page := filepath.Join(folder, "page.txt")
	const text = `Recycle Ticket API

POST https://acme.kapturecrm.com/recycle.html

[{"ticket_id": "83719203847"}]
`
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(folder, "proposal")
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no generation": {[]string{"--propose", dir}, "--propose needs --generation: no page has a date"},
		"no year": {
			args: []string{"--propose", dir, "--generation", "soon"},
			want: `--generation is "soon"; it must be a year`,
		},
		"only a generation": {[]string{"--generation", "2027"}, "--generation is for --propose"},
		"a directory with work": {
			args: []string{"--propose", folder, "--generation", "2027"},
			want: "is not empty: it has page.txt",
		},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := program(t, append([]string{"docs", page}, test.args...)...)
			if code != exitCannot || stdout != "" || !strings.Contains(stderr, test.want) {
				t.Errorf("exit %d, want %q and no list\n%s%s", code, test.want, stdout, stderr)
			}
		})
	}

	code, stdout, stderr := program(t, "docs", page, "--propose", dir, "--generation", "2027")
	if code != exitFindings || stdout == "" || !strings.Contains(stderr, "begin with README.md") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "spec", "tickets.yaml"))
	if err != nil || !bytes.Contains(raw, []byte("proposed from page.txt")) {
		t.Errorf("%v\n%s", err, raw)
	}
}

func TestDocsProgram(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.txt")
	const text = `Update Ticket API
POST https://acme.kapturecrm.com/update-ticket-of-tomorrow.html
[{"ticket_id": "",
  "a_field_of_tomorrow": ""
}]
`
	write(t, page, []byte(text))
	code, stdout, stderr := program(t, "docs", page)
	if code != exitFindings {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{"a_field_of_tomorrow", "update-ticket-of-tomorrow", "-> properties at spec/"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the list lacks %q:\n%s", want, stdout)
		}
	}
	for _, want := range []string{"1 page, ", "hint: the section states "} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error lacks %q:\n%s", want, stderr)
		}
	}

	var out, errs bytes.Buffer
	code = execute(t.Context(), []string{"docs", "-"}, streams{in: strings.NewReader(text), out: &out, err: &errs})
	if code != exitFindings || !strings.Contains(out.String(), "standard input:4: key") {
		t.Errorf("from standard input: exit %d\n%s%s", code, &out, &errs)
	}
	code, stdout, stderr = program(t, "docs", "--format", "json", page)
	if code != exitFindings || !json.Valid([]byte(stdout)) {
		t.Errorf("as JSON: exit %d\n%s%s", code, stdout, stderr)
	}
}

// A page that states less than it did brings only hints.
func TestDocsHints(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.txt")
	write(t, page, []byte("Update Ticket API\n[{\"ticket_id\": \"\"}]\n"))
	for flag, want := range map[string]int{"--strict=false": exitConforms, "--strict": exitFindings} {
		code, stdout, stderr := program(t, "docs", flag, page)
		if code != want || stdout != "" || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: exit %d, want %d\n%s%s", flag, code, want, stdout, stderr)
		}
	}
}
