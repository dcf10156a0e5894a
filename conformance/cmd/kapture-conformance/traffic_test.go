package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

// With --curl each finding has its request as a command, and the HTML report
// shows request and response. The key is in neither.
func TestRunShowsTraffic(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "report.html")
	code, stdout, stderr := program(t, "run", "--case", "customer-get-*", "--mutate", "missing-status",
		"--curl", "--report", page)
	if code != exitFindings {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	for _, want := range []string{
		"curl -sS -X POST http://127.0.0.1:",
		`-H "Authorization: Basic $KAPTURE_TOKEN"`,
		"--data-raw ",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the text lacks %q:\n%s", want, stdout)
		}
	}
	html, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(html), "curl -sS") || !strings.Contains(string(html), "HTTP 200") {
		t.Errorf("the page lacks request or response: %v", err)
	}
	hint := "Authorization: Basic test-WORLD" // of a note of the mock
	if strings.Contains(strings.ReplaceAll(string(html)+stdout, hint, ""), "Basic test-") {
		t.Error("the key is shown")
	}

	_, stdout, _ = program(t, "run", "--case", "customer-get-*", "--mutate", "missing-status")
	if strings.Contains(stdout, "curl") {
		t.Errorf("there is a request that nobody asked for:\n%s", stdout)
	}
}

// A server may send back the key that it received; no output shows it.
func TestRunHidesTheKey(t *testing.T) {
	t.Parallel()
	const key = "KEY12345678"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		fmt.Fprintf(w, `{"message":"bad key %s","%[1]s":{"a":1},"status":"failed"}`, key)
	}))
	t.Cleanup(server.Close)

	for _, format := range formats {
		page := filepath.Join(t.TempDir(), "report.html")
		code, stdout, stderr := program(t, "run", "--base-url", server.URL, "--token", key, "--case", "customer*",
			"--show-values", "--curl", "--verbose", "--format", format, "--report", page)
		html, err := os.ReadFile(page)
		if code != exitFindings || err != nil {
			t.Fatalf("%s: exit %d, %v\n%s", format, code, err, stderr)
		}
		if all := stdout + stderr + string(html); strings.Contains(all, key) || !strings.Contains(all, redacted) {
			t.Errorf("%s: the key is shown %d times\n%.3000s", format, strings.Count(all, key), stdout)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	for want, args := range map[string][]string{
		`did you mean "lost-name"?`:         {"mutants", "--kind", "lost-names"},
		`did you mean "null-field"?`:        {"run", "--mutate", "nul-field"},
		`did you mean "server-error"?`:      {"client", "--scenario", "servererror", "--", os.Args[0]},
		`did you mean "stall"?`:             {"mock", "--fault", "getCustomer=stal:2"},
		`did you mean "schema-type"?`:       {"explain", "schma-type"},
		`did you mean "customer-flow-2024"`: {"run", "--case", "customer-flow-2025"},
	} {
		if code, _, stderr := program(t, args...); code != exitCannot || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit %d, %s", args, code, stderr)
		}
	}
}

func TestValuesComplete(t *testing.T) {
	for want, args := range map[string][]string{
		"lost-name":            {"run", "--mutate", ""},
		"wrong-type":           {"mutants", "--kind", ""},
		"customer-flow-2024":   {"run", "--case", ""},
		"server-error":         {"client", "--scenario", ""},
		"getCustomer=":         {"mock", "--fault", ""},
		"getCustomer=stall":    {"mock", "--fault", "getCustomer="},
		"sarif":                {"run", "--format", ""},
		"json":                 {"mock", "--format", ""},
		conformance.Codes()[0]: {"explain", ""},
	} {
		_, stdout, _ := program(t, append([]string{"__complete"}, args...)...)
		if !strings.Contains("\n"+stdout, "\n"+want+"\n") {
			t.Errorf("%v lacks %q:\n%s", args, want, stdout)
		}
	}
}
