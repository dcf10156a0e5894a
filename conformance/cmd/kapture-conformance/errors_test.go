package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every error of the command says what is wrong, what was found, and what to do.
func TestErrorsSayWhatToDo(t *testing.T) {
	folder := t.TempDir()
	none := filepath.Join(folder, "none")
	recording := filepath.Join(folder, "r.ndjson")
	write(t, recording, []byte(recordedLine(t, getPath, `[]`, plainText(notFound))))
	for _, test := range []struct {
		args     []string
		wrong    string
		whatToDo string
	}{
		{[]string{"explain", "a", "b"}, "explain takes one code, but 2 were given", "lists all codes"},
		{[]string{"explain", "schma"}, `unknown code "schma"`, "lists all codes"},
		{
			args:     []string{"client", "--", "no-such-program"},
			wrong:    `COMMAND "no-such-program" cannot be run: executable file not found`,
			whatToDo: "give a program that is in PATH",
		},
		{[]string{"client", "--", folder}, "cannot be run: ", "or the path of an executable file"},
		{[]string{"replay", none}, "none: no such file or directory", "name a file of"},
		{[]string{"drift", none}, "none: no such file or directory", "name a file of"},
		{[]string{"mock", "--from", none}, "none: no such file or directory", "name a file of"},
		{[]string{"replay", folder}, "cannot read the recording " + folder, "name a file of"},
		{[]string{"mock", "--health", "http://127.0.0.1:1"}, "does not serve", "start the mock or the proxy"},
		{
			args:     []string{"mock", "--fault", "getCustome=stall"},
			wrong:    `there is no operation "getCustome", did you mean "getCustomer"?`,
			whatToDo: "lists its operations",
		},
		{[]string{"mock", "--fault", "getCustomer=stal"}, "stal", `did you mean "stall"?`},
		{[]string{"mock", "--worlds", "-1"}, "the limit Worlds is below 0", "give a positive one"},
		{[]string{"mock", "--body-time", "-1s"}, "the limit BodyTime is below 0", "give a positive one"},
		{
			args:     []string{"mutants", "--kind", "lost-names"},
			wrong:    `there is no mutation "lost-names", did you mean "lost-name"?`,
			whatToDo: "mutants --list",
		},
		{[]string{"run", "--mutate", "x"}, `--mutate: there is no mutation "x"`, "mutants --list"},
		{[]string{"run", "--report", filepath.Join(none, "r.html")}, "there is no directory", "create it"},
		{[]string{"run", "--report", none + ".pdf"}, `unknown form of report ".pdf"`, "use one of .html"},
		{
			args:     []string{"proxy", "--upstream", "http://127.0.0.1:1", "--addr", "127.0.0.1:0"},
			wrong:    "nothing was checked; no client connected",
			whatToDo: "use the proxy's address",
		},
		{
			args:     []string{"mock", "--check", "--addr", "127.0.0.1:0"},
			wrong:    "nothing was checked; no client sent a request",
			whatToDo: "use the mock's address",
		},
		{
			args:     []string{"mock", "--check", "--from", recording, "--addr", "127.0.0.1:0"},
			wrong:    "nothing was checked; no client sent a request",
			whatToDo: "use the mock's address",
		},
		{[]string{"runn"}, `unknown command "runn", did you mean "run"?`, "lists the commands"},
		{[]string{"run", "extra"}, `"extra" was given`, "shows how it is called"},
		{[]string{"run", "--nope"}, "unknown flag: --nope", "lists the flags"},
	} {
		code, _, stderr := program(t, test.args...)
		_, advice, found := strings.Cut(stderr, test.wrong)
		if code != exitCannot || !found || !strings.Contains(advice, test.whatToDo) {
			t.Errorf("%v: exit %d, want %q and then %q\n%s", test.args, code, test.wrong, test.whatToDo, stderr)
		}
	}

	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	code, _, stderr := program(t, "mock", "--health", server.URL)
	isNamed := strings.Contains(stderr, "is not a server of kapture-conformance")
	if code != exitCannot || !isNamed || !strings.Contains(stderr, "printed") {
		t.Errorf("another server: exit %d\n%s", code, stderr)
	}

	if _, err := os.Stat(none); err == nil {
		t.Error("a file was made that nobody asked for")
	}
}
