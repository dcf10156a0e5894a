package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var showTour = flag.Bool("tour", false, "print the tour")

// moving is what differs between two tours: times, ports, lines of the contract
// and durations.
var moving = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`\d\d:\d\d:\d\d`), "12:00:00"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:8080"},
	{regexp.MustCompile(`(spec/\w+\.yaml):\d+`), "$1:LINE"},
}

// A newcomer starts the mock, sends a wrong request, reads what the mock says,
// records exchanges through the proxy, and makes a report of the recording.
// README shows a part of this. `make tour` prints all of it.
func TestTour(t *testing.T) {
	folder := t.TempDir()
	recording := filepath.Join(folder, "exchanges.ndjson")
	page := filepath.Join(folder, "report.html")
	var tour strings.Builder
	step := func(command, output string) {
		fmt.Fprintf(&tour, "$ %s\n%s\n", command, strings.TrimRight(output, "\n"))
	}

	mock := startServer(t, "mock", "--addr", "127.0.0.1:0")
	proxy := startServer(t, "proxy", "--addr", "127.0.0.1:0", "--upstream", mock.ready.URL, "--record", recording)
	for _, body := range []string{`{"queue":"sales"}`, `{"queue":"sales","title":"Broken"}`} {
		got := ask(t, proxy.ready.URL+addTicketPath, "test-acme", body)
		step("curl -H 'Authorization: Basic test-acme' -d '"+body+"' "+proxy.ready.URL+addTicketPath,
			fmt.Sprintf("HTTP %d\n%s: %s", got.status, checkHeader, got.header.Get(checkHeader)))
	}
	if code, _, stderr := proxy.end(t); code != exitFindings {
		t.Errorf("the proxy ended with %d\n%s", code, stderr)
	}
	_, _, said := mock.end(t)
	step("kapture-conformance mock --addr 127.0.0.1:8080", said)

	code, stdout, stderr := program(t, "replay", recording, "--report", page)
	if code != exitFindings {
		t.Errorf("the replay ended with %d\n%s", code, stderr)
	}
	step("kapture-conformance replay exchanges.ndjson --report report.html", stdout)
	if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "schema-required") {
		t.Errorf("the page lacks the finding: %v", err)
	}

	text := strings.ReplaceAll(tour.String(), folder+string(filepath.Separator), "")
	for _, m := range moving {
		text = m.pattern.ReplaceAllString(text, m.shown)
	}
	if *showTour {
		fmt.Println(text)
	}
	for _, line := range readmeTour(t) {
		if !strings.Contains(text, line) {
			t.Errorf("README shows a line that the tour does not have: %q\n%s", line, text)
		}
	}
}

// readmeTour gives the lines of README that the tour prints.
func readmeTour(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "<!-- tour: printed by make tour -->\n\n```text\n")
	excerpt, _, found := strings.Cut(rest, "```")
	lines := strings.Split(strings.TrimSpace(excerpt), "\n")
	if !found || len(lines) < 3 {
		t.Fatal("README has no part of the tour")
	}
	return lines
}
