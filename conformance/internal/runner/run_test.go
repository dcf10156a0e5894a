package runner

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// noon is far from the beginning and the end of a day.
func noon() time.Time { return time.Date(2025, 7, 15, 12, 0, 0, 0, india) }

// onMock are the options of a run against a new mock.
func onMock(t *testing.T, options ...mock.Option) Options {
	t.Helper()
	server := mock.Run(t, append([]mock.Option{mock.WithClock(noon)}, options...)...)
	return Options{BaseURL: server.URL, Keys: MockKeys{}, Clock: noon, Seed: "test", ShowValues: true}
}

func TestSuitePassesAgainstTheMock(t *testing.T) {
	set := embedded(t)
	run, err := Run(t.Context(), set, onMock(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range run.Cases {
		if c.Status != report.Passed {
			t.Errorf("%s (%s): %s %s", c.Name, c.File, c.Status, c.Reason)
		}
		for _, f := range c.Findings {
			t.Errorf("    %s: %s %s %q: %s; expected %s, got %s %s; %s",
				f.Exchange, f.Code, f.Operation, f.Pointer, f.Message, f.Expected, f.Actual, f.Value, f.Hint)
		}
	}
	s := run.Summary()
	t.Logf("%d cases, %d exchanges, failures %v, fields %v", s.Cases, s.Exchanges, s.Failures, s.Fields)
}

// Steps of cases that may or may not run against a live tenant.
const (
	stepThatReads = `      - send: true
        args: [{email_id: '${unique.email}'}]
        expect: {failure: not-found}
`
	stepThatWrites = `      - send: true
        operation: addUpdateCustomer
        args: {customer_info: {customer_name: '', phone: ''}}
        invalid: both are empty
        expect: {failure: missing-fields}
`
	stepForTheMock = `      - send: true
        operation: addUpdateCustomer
        args: {customer_info: {customer_name: '', phone: ''}}
        invalid: both are empty
        mock_only: true
        expect: {failure: missing-fields}
`
	stepThatServes = `      - serve: customers/get-2024.response.not-found.json
        call: Customers.Get
        sample: customers/get-2024.request.json
        expect: {failure: not-found}
`
	stepWithAccount = `      - send: true
        args: [{phone: '${given.account}'}]
        expect: {failure: not-found}
`
)

// liveTest is a case and a live tenant.
type liveTest struct {
	head, steps string
	allowWrites bool
	account     string
	user        string
	runs        bool
	reason      string // why it does not run
}

func TestCasesForLiveTenants(t *testing.T) {
	const live = "    live: read\n"
	for name, test := range map[string]liveTest{
		"a case that reads": {
			head: live, steps: stepThatReads, runs: true,
		},
		"a case that is not marked": {
			steps: stepThatReads, allowWrites: true, reason: "mock only",
		},
		"never": {
			head: "    live: never\n", steps: stepThatReads, allowWrites: true, reason: "mock only",
		},
		"a decision": {
			head: "    decided: the mock says so\n", steps: stepThatReads, allowWrites: true,
			reason: "decision of the mock",
		},
		"a case that writes, without permission": {
			head: "    live: write\n", steps: stepThatWrites, reason: "--allow-writes",
		},
		"a case that writes, with permission": {
			head: "    live: write\n", steps: stepThatWrites, allowWrites: true, runs: true,
		},
		"a served response": {
			steps: stepThatServes, reason: "client only",
		},
		"an account that is not given": {
			head: live, steps: stepWithAccount, reason: "--account",
		},
		"an account that is given": {
			head: live, steps: stepWithAccount, account: "7", runs: true,
		},
		"a state of the key that no tenant has": {
			head: live + "    keys: [expired]\n", steps: stepThatReads, reason: "which only the mock has",
		},
		"a step for the mock": {
			head: live, steps: stepForTheMock + stepThatReads, runs: true,
		},
		"user and password": {
			head: live + "    keys: [user-password]\n", steps: stepThatReads, user: "u", runs: true,
		},
		"no user and password": {
			head: live + "    keys: [user-password]\n", steps: stepThatReads, reason: "no user and password",
		},
	} {
		t.Run(name, func(t *testing.T) { test.run(t) })
	}
}

func (test liveTest) run(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if !strings.Contains(r.URL.Path, "add-update") {
			fmt.Fprint(w, notFound)
			return
		}
		if !test.allowWrites {
			t.Error("a write reached the tenant")
		}
		fmt.Fprint(w, `{"message": "Name, Email Id, and Phone Number required", "status": "failed"}`)
	}))
	defer server.Close()

	options := Options{
		BaseURL:     server.URL,
		Keys:        TenantKeys{Credential{Token: "k", User: test.user, Password: "p"}},
		Live:        true,
		AllowWrites: test.allowWrites,
		Given:       map[string]string{},
	}
	if test.account != "" {
		options.Given["account"] = test.account
	}
	run, err := Run(t.Context(), loadSteps(t, test.head, test.steps), options)
	if err != nil {
		t.Fatal(err)
	}

	got := run.Cases[0]
	if test.runs != (got.Status == report.Passed) || !strings.Contains(got.Reason, test.reason) {
		t.Errorf("%s %q %+v", got.Status, got.Reason, got.Findings)
	}
	if !test.runs && requests.Load() > 0 {
		t.Error("a skipped case sent something")
	}
}

// A tenant that rejects the run's key is not at fault, and the case is not skipped
// as if the tenant had no records.
func TestRejectedKeyIsReportedOnce(t *testing.T) {
	const step = `      - send: true
        args: [{email_id: '${unique.email}'}]
        skip_unless: /Customer Details/id
        expect: {response: CustomerFound, fields: {/status: success}}
`
	for name, status := range map[string]int{"under 401": http.StatusUnauthorized, "under 200": http.StatusOK} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				fmt.Fprint(w, `{"message": "Invalid Auth Key", "status": "failed"}`)
			}))
			defer server.Close()

			options := Options{BaseURL: server.URL, Keys: TenantKeys{Credential{Token: "k"}}, Live: true}
			run, err := Run(t.Context(), loadSteps(t, "    live: read\n", step), options)
			if err != nil {
				t.Fatal(err)
			}
			findings := run.Cases[0].Findings
			const want = `rejects the given key: "Invalid Auth Key"`
			if len(findings) != 1 || findings[0].Fault != conformance.FaultClient ||
				!strings.Contains(findings[0].Message, want) {
				t.Errorf("%s %q %+v", run.Cases[0].Status, run.Cases[0].Reason, findings)
			}
		})
	}
}

// A response that the runner serves proves nothing about the server, so it does
// not count as covered.
func TestServedResponsesCoverNothing(t *testing.T) {
	run, err := Run(t.Context(), loadSteps(t, "", stepThatServes), onMock(t))
	if err != nil {
		t.Fatal(err)
	}
	s := run.Summary()
	covered := s.Request.Done + s.Response.Done + s.Failures.Done + s.Fields.Done
	if s.Passed != 1 || s.Exchanges != 1 || covered != 0 {
		t.Errorf("%+v", s)
	}
}

// The order of the report is that of the files, even if several cases run at once.
func TestOrderIsStable(t *testing.T) {
	set := embedded(t)
	options := onMock(t)
	var names [2][]string
	for i, parallel := range []int{1, 16} {
		options.Parallel = parallel
		options.Keys = MockKeys{Prefix: fmt.Sprintf("o%d_", i)}
		run, err := Run(t.Context(), set, options)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range run.Cases {
			names[i] = append(names[i], c.Name+" "+string(c.Status))
		}
	}
	if !slices.Equal(names[0], names[1]) {
		t.Error("the order depends on how many cases run at once")
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, embedded(t), onMock(t)); err == nil {
		t.Error("a cancelled run reports a result")
	}
}

func TestCredentialsAreNotPrinted(t *testing.T) {
	c := Credential{Token: "a-secret", User: "u", Password: "a-secret"}
	text := fmt.Sprintf("%v %+v %#v %s", c, c, c, TenantKeys{c})
	if strings.Contains(text, "a-secret") {
		t.Error(text)
	}
}
