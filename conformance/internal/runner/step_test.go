package runner

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// loadSteps loads one case about getCustomer (2024) with these steps. head are
// more keys of the case.
func loadSteps(t *testing.T, head, steps string) *Set {
	t.Helper()
	set, err := loadFile(t, strings.Replace(caseHead, "    steps:\n", head+"    steps:\n", 1)+steps)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const (
	notFound = `{"Customer Details": "Information given by you does not exist in our sytsem.", "status": "failed"}`
	found    = `{"Customer Details": {"id": 1, "name": "A"}, "status": "success"}`
)

// Responses of the test's server that are not bodies.
const (
	hangUp = "hang up" // no response at all
	cut    = "cut"     // the body ends too early
)

// stepTest is one step against a server that always returns the same response.
type stepTest struct {
	step     []string // lines
	response string
	code     string // of the expected finding; "" for none of the server's or the runner's
	pointer  string
	fault    conformance.Fault
}

func TestStepFindings(t *testing.T) {
	const call = "call: Customers.Get"
	const send = "send: true"
	const sample = "sample: customers/get-2024.request.json"
	for name, test := range map[string]stepTest{
		"as expected": {
			step:     []string{call, sample, "expect: {failure: not-found}"},
			response: notFound,
		},
		"another failure": {
			step:     []string{call, sample, "expect: {failure: not-found}"},
			response: strings.Replace(notFound, "sytsem", "system", 1),
			code:     conformance.CodeCaseExpectation, pointer: "/Customer Details", fault: conformance.FaultServer,
		},
		"another value": {
			step:     []string{send, sample, "expect: {failure: not-found, fields: {/status: success}}"},
			response: notFound,
			code:     conformance.CodeCaseExpectation, pointer: "/status", fault: conformance.FaultServer,
		},
		"another status": {
			step:     []string{send, sample, "expect: {response: CustomerNotFound, http: 404}"},
			response: notFound,
			code:     conformance.CodeCaseExpectation, fault: conformance.FaultServer,
		},
		"no value to save": {
			step:     []string{send, sample, "expect: {failure: not-found}", "save: {x: /customer_id}"},
			response: notFound,
			code:     conformance.CodeCaseExpectation, pointer: "/customer_id", fault: conformance.FaultServer,
		},
		"a request that is not invalid": {
			step:     []string{send, sample, "invalid: there is nothing wrong with it", "expect: {failure: not-found}"},
			response: notFound,
			code:     "invalid-unnoticed", fault: conformance.FaultContract,
		},
		"an invalid request": {
			step:     []string{send, "args: {}", "expect: {failure: not-found}"},
			response: notFound,
			fault:    conformance.FaultClient,
		},
		"another body on the wire": {
			step: []string{call, "args: [{kapture_customer_id: '1'}]",
				"sends: customers/get-2024.request.json", "expect: {failure: not-found}"},
			response: notFound,
			code:     conformance.CodeCaseExpectation, pointer: "/0/email_id", fault: conformance.FaultClient,
		},
		"too few requests": {
			step:     []string{call, "args: [{}]", "expect: {failure: not-found}"},
			response: notFound,
			code:     conformance.CodeClientOutcome, fault: conformance.FaultClient,
		},
		"too many requests": {
			step:     []string{call, sample, "expect: {failure: not-found, exchanges: 2}"},
			response: notFound,
			code:     conformance.CodeClientOutcome, fault: conformance.FaultClient,
		},
		"no error of the client": {
			step:     []string{"call: Raw", sample, "expect: {response: CustomerFound, error: ErrNotFound}"},
			response: found,
			code:     conformance.CodeClientOutcome, fault: conformance.FaultClient,
		},
		"an undeclared field": {
			step:     []string{call, sample, "expect: {undeclared: 0}"},
			response: strings.Replace(found, `"A"`, `"A", "moon": 1`, 1),
			code:     conformance.CodeClientDecode, fault: conformance.FaultClient,
		},
		"no response": {
			step:     []string{call, sample, "expect: {failure: not-found}"},
			response: hangUp,
			code:     conformance.CodeNoResponse, fault: conformance.FaultServer,
		},
		"a truncated response": {
			step:     []string{send, sample, "expect: {failure: not-found}"},
			response: cut,
			code:     conformance.CodeBodyTruncated, fault: conformance.FaultServer,
		},
	} {
		t.Run(name, func(t *testing.T) { test.run(t) })
	}
}

func (test stepTest) run(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		switch test.response {
		case hangUp:
			panic(http.ErrAbortHandler)
		case cut:
			w.Header().Set("Content-Length", "500")
		}
		fmt.Fprint(w, test.response)
	}))
	defer server.Close()

	set := loadSteps(t, "", "      - "+strings.Join(test.step, "\n        ")+"\n")
	run, err := Run(t.Context(), set, Options{BaseURL: server.URL, Keys: MockKeys{}})
	if err != nil {
		t.Fatal(err)
	}

	findings := run.Cases[0].Findings
	if test.code == "" {
		for _, f := range findings {
			if test.fault == "" || f.Fault != test.fault {
				t.Errorf("found %s at %q: %s", f.Code, f.Pointer, f.Message)
			}
		}
		if (len(findings) == 0) != (test.fault == "") {
			t.Errorf("%d findings", len(findings))
		}
		return
	}

	asExpected := slices.ContainsFunc(findings, func(f conformance.Finding) bool {
		placed := f.Code == test.code && f.Pointer == test.pointer && f.Fault == test.fault
		complete := f.Exchange != "" && f.Operation == "getCustomer" && f.Count == 1
		return placed && complete
	})
	if !asExpected {
		t.Errorf("no %s at %q by the %s in %+v", test.code, test.pointer, test.fault, findings)
	}
	if run.Cases[0].Status != report.Failed {
		t.Errorf("the case %s", run.Cases[0].Status)
	}
}

// A server that never stops ends the step, not the program.
func TestEndlessResponse(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for range 16 * maxBody / len(block) { // far more than buffers on the way hold
			if _, err := w.Write(block); err != nil {
				return
			}
		}
		t.Error("the whole response was read")
	}))
	defer server.Close()

	set := loadSteps(t, "", `      - send: true
        args: [{email_id: '${unique.email}'}]
        expect: {failure: not-found}
`)
	run, err := Run(t.Context(), set, Options{BaseURL: server.URL, Keys: MockKeys{}})
	if err != nil {
		t.Fatal(err)
	}
	findings := run.Cases[0].Findings
	if len(findings) != 1 || findings[0].Code != conformance.CodeNoResponse ||
		!strings.Contains(findings[0].Message, "larger than") {
		t.Errorf("%+v", findings)
	}
}

// Findings show no value of a body unless the caller asks for values.
func TestValuesAreHidden(t *testing.T) {
	const secret = "Asha Rao"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"Customer Details": {"id": 1, "name": %q}, "status": "success"}`, secret)
	}))
	defer server.Close()

	set := loadSteps(t, "", `      - call: Customers.Get
        sample: customers/get-2024.request.json
        expect: {response: CustomerFound, fields: {/Customer Details/name: Devansh}}
`)
	for _, show := range []bool{false, true} {
		run, err := Run(t.Context(), set, Options{BaseURL: server.URL, Keys: MockKeys{}, ShowValues: show})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(run.Cases[0].Findings)
		if err != nil || len(run.Cases[0].Findings) == 0 {
			t.Fatal("nothing was found", err)
		}
		if strings.Contains(string(raw), secret) != show {
			t.Errorf("show values %v: %s", show, raw)
		}
	}
}
