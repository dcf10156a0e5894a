package cases

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/conformance/report"
	"github.com/kapture-community/kapture-go/spec"
)

// steps loads one case with these steps, about getCustomer (2024).
func steps(t *testing.T, head, steps string) *Set {
	t.Helper()
	doc, checker := contractOf(t)
	file := "resource: customers\ncases:\n  - name: a\n    operation: getCustomer\n    use: get\n    generation: 2024\n" + head + "    steps:\n" + steps
	set, err := Load(fstest.MapFS{"customers.yaml": {Data: []byte(file)}}, doc, checker, spec.FS)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const notFound = `{"Customer Details": "Information given by you does not exist in our sytsem.", "status": "failed"}`

// What a step finds, against a server that knows nobody.
func TestStepFindings(t *testing.T) {
	for name, test := range map[string]struct {
		step    string
		answer  string
		code    string
		pointer string
		fault   conformance.Fault
	}{
		"as expected":             {"      - call: Customers.Get\n        sample: customers/get-2024.request.json\n        expect: {failure: not-found}\n", notFound, "", "", ""},
		"another failure":         {"      - call: Customers.Get\n        sample: customers/get-2024.request.json\n        expect: {failure: not-found}\n", strings.Replace(notFound, "sytsem", "system", 1), "case-expectation", "/Customer Details", "server"},
		"a member":                {"      - send: true\n        sample: customers/get-2024.request.json\n        expect: {failure: not-found, members: {/status: success}}\n", notFound, "case-expectation", "/status", "server"},
		"a status":                {"      - send: true\n        sample: customers/get-2024.request.json\n        expect: {answer: CustomerNotFound, http: 404}\n", notFound, "case-expectation", "", "server"},
		"a saved value":           {"      - send: true\n        sample: customers/get-2024.request.json\n        expect: {failure: not-found}\n        save: {x: /customer_id}\n", notFound, "case-expectation", "/customer_id", "server"},
		"not invalid":             {"      - send: true\n        sample: customers/get-2024.request.json\n        invalid: there is nothing wrong with it\n        expect: {failure: not-found}\n", notFound, "invalid-unnoticed", "", "contract"},
		"invalid":                 {"      - send: true\n        args: {}\n        expect: {failure: not-found}\n", notFound, "", "", "client"},
		"other bytes on the wire": {"      - call: Customers.Get\n        args: [{kapture_customer_id: '1'}]\n        sends: customers/get-2024.request.json\n        expect: {failure: not-found}\n", notFound, "case-expectation", "/0/email_id", "client"},
		"too few requests":        {"      - call: Customers.Get\n        args: [{}]\n        expect: {failure: not-found}\n", notFound, "client-outcome", "", "client"},
		"too many requests":       {"      - call: Customers.Get\n        sample: customers/get-2024.request.json\n        expect: {failure: not-found, exchanges: 2}\n", notFound, "client-outcome", "", "client"},
		"no error of the client":  {"      - call: Raw\n        sample: customers/get-2024.request.json\n        expect: {answer: CustomerFound, error: ErrNotFound}\n", `{"Customer Details": {"id": 1, "name": "A"}, "status": "success"}`, "client-outcome", "", "client"},
		"undeclared":              {"      - call: Customers.Get\n        sample: customers/get-2024.request.json\n        expect: {undeclared: 0}\n", `{"Customer Details": {"id": 1, "name": "A", "moon": 1}, "status": "success"}`, "client-decode", "", "client"},
		"no connection":           {"      - call: Customers.Get\n        sample: customers/get-2024.request.json\n        expect: {failure: not-found}\n", "hang up", "no-answer", "", "server"},
		"truncated":               {"      - send: true\n        sample: customers/get-2024.request.json\n        expect: {failure: not-found}\n", "cut", "body-truncated", "", "server"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json")
				switch test.answer {
				case "hang up":
					panic(http.ErrAbortHandler)
				case "cut":
					w.Header().Set("Content-Length", "500")
				}
				fmt.Fprint(w, test.answer)
			}))
			defer server.Close()
			run, err := Run(t.Context(), steps(t, "", test.step), Options{BaseURL: server.URL, Keys: MockKeys{}})
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
			if !slices.ContainsFunc(findings, func(f conformance.Finding) bool {
				return f.Code == test.code && f.Pointer == test.pointer && f.Fault == test.fault && f.Exchange != "" && f.Operation == "getCustomer" && f.Count == 1
			}) {
				t.Errorf("no %s at %q by the %s in %+v", test.code, test.pointer, test.fault, findings)
			}
			if run.Cases[0].Status != report.Failed {
				t.Errorf("the case %s", run.Cases[0].Status)
			}
		})
	}
}

// Which cases meet a live tenant.
func TestLiveSelection(t *testing.T) {
	const read = "      - send: true\n        args: [{email_id: '${unique.email}'}]\n        expect: {failure: not-found}\n"
	const write = "      - send: true\n        operation: addUpdateCustomer\n        args: {customer_info: {customer_name: '', phone: ''}}\n        expect: {failure: missing-fields}\n"
	const local = "      - serve: customers/get-2024.answer.not-found.json\n        call: Customers.Get\n        sample: customers/get-2024.request.json\n        expect: {failure: not-found}\n"
	const account = "      - send: true\n        args: [{phone: '${given.account}'}]\n        expect: {failure: not-found}\n"
	const mockFirst = "      - send: true\n        operation: addUpdateCustomer\n        args: {customer_info: {customer_name: '', phone: ''}}\n        mock_only: true\n        expect: {failure: missing-fields}\n" + read
	for name, test := range map[string]struct {
		head, steps string
		writes      bool
		account     string
		key         string
		runs        bool
		reason      string
	}{
		"read":                 {"    live: read\n", read, false, "", "", true, ""},
		"unmarked":             {"", read, true, "", "", false, "made for the mock"},
		"never":                {"    live: never\n", read, true, "", "", false, "made for the mock"},
		"decided":              {"    decided: the mock says so\n", read, true, "", "", false, "decision of the mock's"},
		"write without leave":  {"    live: write\n", write, false, "", "", false, "--allow-writes"},
		"write with leave":     {"    live: write\n", write, true, "", "", true, ""},
		"local":                {"", local, false, "", "", false, "meets no server"},
		"account not given":    {"    live: read\n", account, false, "", "", false, "--account"},
		"account given":        {"    live: read\n", account, false, "7", "", true, ""},
		"key that is not had":  {"    live: read\n    keys: [expired]\n", read, false, "", "", false, "which only the mock has"},
		"step of the mock's":   {"    live: read\n", mockFirst, false, "", "", true, ""},
		"user and password":    {"    live: read\n    keys: [user-password]\n", read, false, "", "u", true, ""},
		"no user and password": {"    live: read\n    keys: [user-password]\n", read, false, "", "", false, "no user and password"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if strings.Contains(r.URL.Path, "add-update") && !test.writes {
					t.Error("a write reached the tenant")
				}
				w.Header().Set("Content-Type", "application/json")
				if strings.Contains(r.URL.Path, "add-update") {
					fmt.Fprint(w, `{"message": "Name, Email Id, and Phone Number required", "status": "failed"}`)
					return
				}
				fmt.Fprint(w, notFound)
			}))
			defer server.Close()
			options := Options{BaseURL: server.URL, Keys: TenantKeys{Credential{Token: "k", User: test.key, Password: "p"}}, Live: true, AllowWrites: test.writes, Given: map[string]string{}}
			if test.account != "" {
				options.Given["account"] = test.account
			}
			run, err := Run(t.Context(), steps(t, test.head, test.steps), options)
			if err != nil {
				t.Fatal(err)
			}
			got := run.Cases[0]
			if test.runs != (got.Status == report.Passed) || !strings.Contains(got.Reason, test.reason) {
				t.Errorf("%s %q %+v", got.Status, got.Reason, got.Findings)
			}
			if !test.runs && asked.Load() > 0 {
				t.Error("a skipped case sent something")
			}
		})
	}
}

// A tenant that refuses the key of the run is not at fault, and no case is
// passed over as if the tenant merely had no records.
func TestRefusedKeyIsToldOnce(t *testing.T) {
	const flow = "      - send: true\n        args: [{email_id: '${unique.email}'}]\n        skip_unless: /Customer Details/id\n        expect: {answer: CustomerFound, members: {/status: success}}\n"
	for name, status := range map[string]int{"under 401": http.StatusUnauthorized, "under 200": http.StatusOK} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				fmt.Fprint(w, `{"message": "Invalid Auth Key", "status": "failed"}`)
			}))
			defer server.Close()
			run, err := Run(t.Context(), steps(t, "    live: read\n", flow), Options{BaseURL: server.URL, Keys: TenantKeys{Credential{Token: "k"}}, Live: true})
			if err != nil {
				t.Fatal(err)
			}
			findings := run.Cases[0].Findings
			if len(findings) != 1 || findings[0].Fault != conformance.FaultClient || !strings.Contains(findings[0].Message, `refuses the key that was given: "Invalid Auth Key"`) {
				t.Errorf("%s %q %+v", run.Cases[0].Status, run.Cases[0].Reason, findings)
			}
		})
	}
}

// What the runner serves itself is no proof of the server: nothing of it counts as covered.
func TestWhatTheRunnerServesCoversNothing(t *testing.T) {
	const local = "      - serve: customers/get-2024.answer.not-found.json\n        call: Customers.Get\n        sample: customers/get-2024.request.json\n        expect: {failure: not-found}\n"
	run, err := Run(t.Context(), steps(t, "", local), onMock(t))
	if err != nil {
		t.Fatal(err)
	}
	if s := run.Summary(); s.Passed != 1 || s.Exchanges != 1 || s.Request.Done+s.Response.Done+s.Failures.Done+s.Members.Done != 0 {
		t.Errorf("%+v", s)
	}
}

// A server that never stops ends the step, not the program.
func TestEndlessAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for range 2 * maxBody / len(block) {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
		t.Error("the whole answer was read")
	}))
	defer server.Close()
	step := "      - send: true\n        args: [{email_id: '${unique.email}'}]\n        expect: {failure: not-found}\n"
	run, err := Run(t.Context(), steps(t, "", step), Options{BaseURL: server.URL, Keys: MockKeys{}})
	if err != nil {
		t.Fatal(err)
	}
	findings := run.Cases[0].Findings
	if len(findings) != 1 || findings[0].Code != conformance.CodeNoAnswer || !strings.Contains(findings[0].Message, "larger than") {
		t.Errorf("%+v", findings)
	}
}

// Findings show no value of a body unless told to.
func TestValuesStayHidden(t *testing.T) {
	const secret = "Asha Rao"
	set := steps(t, "", "      - call: Customers.Get\n        sample: customers/get-2024.request.json\n        expect: {answer: CustomerFound, members: {/Customer Details/name: Devansh}}\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"Customer Details": {"id": 1, "name": %q}, "status": "success"}`, secret)
	}))
	defer server.Close()
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

// The order of the report is that of the files, however many cases run at once.
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

func TestPlaceholders(t *testing.T) {
	late := time.Date(2024, 12, 31, 20, 0, 0, 0, time.UTC) // already New Year in India
	v := newVars("s", "case", late, map[string]string{"account": "7"})
	v.saved["id"] = json.Number("12345678901234567890")
	for text, want := range map[string]any{
		"${today}": "2025-01-01", "${yesterday}": "2024-12-31", "${tomorrow}": "2025-01-02", "${now}": "2025-01-01 01:30:00",
		"${id}": "12345678901234567890", "a ${given.account} b": "a 7 b", "${id:number}": json.Number("12345678901234567890"), "no": "no",
	} {
		if got, err := v.fill(text); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	if _, err := v.fill("${nothing}"); err == nil {
		t.Error("an unknown placeholder is filled")
	}
	seen := map[any]string{}
	for _, seed := range []string{"s", "t"} {
		for _, name := range []string{"case", "other"} {
			for _, text := range []string{"${unique.phone}", "${unique.phone.2}"} {
				got, err := newVars(seed, name, late, nil).fill(text)
				if err != nil {
					t.Fatal(err)
				}
				again, _ := newVars(seed, name, late, nil).fill(text)
				where := seed + name + text
				if got != again {
					t.Errorf("%s: %v, then %v", where, got, again)
				}
				if first, twice := seen[got]; twice {
					t.Errorf("%s and %s are the same", first, where)
				}
				if phone := got.(string); len(phone) != 10 || phone[0] < '6' {
					t.Errorf("%s: %q is no mobile number of India", where, phone)
				}
				seen[got] = where
			}
		}
	}
}

func TestPointers(t *testing.T) {
	for _, test := range []struct{ body, pointer, value, want string }{
		{`{"a":1}`, "/a", `2`, `{"a":2}`},
		{`{"a":1}`, "/b/c", `2`, `{"a":1,"b":{"c":2}}`},
		{`[{"a":1}]`, "/0/a", `2`, `[{"a":2}]`},
		{`[1]`, "/1", `2`, `[1,2]`},
		{`{}`, "/a~1b~0c", `2`, `{"a/b~c":2}`},
		{`{"a":1}`, "", `2`, `2`},
		{`[1]`, "/2", `2`, ""},
		{`{"a":1}`, "/a/b", `2`, ""},
	} {
		body, _ := jsonvalue.Decode([]byte(test.body))
		value, _ := jsonvalue.Decode([]byte(test.value))
		got, err := setAt(body, test.pointer, value)
		raw, _ := jsonvalue.Encode(got)
		if test.want == "" && err == nil || test.want != "" && string(raw) != test.want {
			t.Errorf("%s %s: %s, %v; want %s", test.body, test.pointer, raw, err, test.want)
		}
	}
	for _, test := range []struct{ body, pointer, want string }{
		{`{"a":1,"b":2}`, "/a", `{"b":2}`},
		{`[{"a":1,"b":2}]`, "/0/a", `[{"b":2}]`},
		{`{"a":[1,2,3]}`, "/a/1", `{"a":[1,3]}`},
		{`{"a":1}`, "/b", ""},
		{`{"a":1}`, "a", ""},
	} {
		body, _ := jsonvalue.Decode([]byte(test.body))
		got, err := removeAt(body, test.pointer)
		raw, _ := jsonvalue.Encode(got)
		if test.want == "" && err == nil || test.want != "" && string(raw) != test.want {
			t.Errorf("%s %s: %s, %v; want %s", test.body, test.pointer, raw, err, test.want)
		}
	}
}

func TestEqualJSON(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[2]}`, `{"b":[2],"a":1}`, true}, {`1.0`, `1`, true}, {`1`, `"1"`, false}, {`9007199254740993`, `9007199254740992`, false},
		{`null`, `""`, false}, {`[1,2]`, `[2,1]`, false}, {`{"a":1}`, `{"a":1,"b":1}`, false}, {`true`, `true`, true},
	} {
		a, _ := jsonvalue.Decode([]byte(test.a))
		b, _ := jsonvalue.Decode([]byte(test.b))
		if equalJSON(a, b) != test.want {
			t.Errorf("%s and %s: %v", test.a, test.b, !test.want)
		}
	}
}

func TestCredentialsAreNotPrinted(t *testing.T) {
	c := Credential{Token: "a-secret", User: "u", Password: "a-secret"}
	if text := fmt.Sprintf("%v %+v %#v %s", c, c, c, TenantKeys{c}); strings.Contains(text, "a-secret") {
		t.Error(text)
	}
}
