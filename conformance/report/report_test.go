package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a run in which everything occurs.
func sample() *Run {
	found := func(code string, fault conformance.Fault, operation, pointer, location string) conformance.Finding {
		return conformance.Finding{
			Code: code, Fault: fault, Why: "the answer breaks what is documented (Person API (2024))", Operation: operation,
			Side: conformance.SideResponse, Part: "body", HTTPStatus: 200, Pointer: pointer, Keyword: "type", Schema: "Person",
			Expected: "boolean", Actual: "string(2)", Location: location, Evidence: conformance.Documented,
			Sources: []string{"Person API (2024)"}, Message: "expected boolean, got string(2)", Hint: "both forms occur; see the samples", Count: 1,
		}
	}
	other := found(conformance.CodeAnswerOther, conformance.FaultServer, "getPerson", "", "spec/people.yaml:88")
	other.Hint = "see first whether the request or the data it met earned this answer"
	other.Expected, other.Actual = "PersonFound", "Failure"
	other.Message = "another answer was due: expected PersonFound, got what fits Failure"
	other.Differs = []conformance.Difference{
		{Pointer: "/person", Expected: "object", Actual: "absent", Location: "spec/people.yaml:90"},
		{Pointer: "/status", Expected: `"success"`, Actual: "string(6)", Location: "spec/people.yaml:93"},
	}
	ambiguous := found(conformance.CodeContractAmbiguous, conformance.FaultContract, "listPeople", "/people/0", "spec/people.yaml:120")
	ambiguous.Why, ambiguous.Message = "only the contract can tell its alternatives apart", "the value fits Loose and Looser, and oneOf allows only one"
	ambiguous.Expected, ambiguous.Actual, ambiguous.Hint = "exactly one of the alternatives", "Loose and Looser", "let one of them require what the other lacks"
	many := found(conformance.CodeSchemaType, conformance.FaultServer, "listPeople", "/people/3/deleted", "spec/people.yaml:51")
	many.Count, many.Also = 12, []string{"/people/4/deleted", "/people/9/deleted"}
	client := conformance.Finding{
		Code: conformance.CodeCredentialMissing, Fault: conformance.FaultClient, Why: "a request must keep to the contract", Operation: "getPerson",
		Side: conformance.SideRequest, Part: "credential", Expected: "header Authorization with basic", Actual: "absent",
		Message: "the request bears no credential", Count: 1, Location: "spec/openapi.yaml:30",
	}
	return &Run{
		Tool:     Tool{"conformance", "1.2.0"},
		Contract: Contract{"Shop API", "2024.1", "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"},
		Target:   "the embedded mock", Profile: "reads and writes",
		Started: time.Date(2024, 5, 2, 10, 45, 42, 0, time.UTC), Duration: 2345 * time.Millisecond, Seed: "42",
		Reproduce: []string{"conformance run --seed 42", "conformance run --seed 42 --case people/get"},
		Notes:     []string{"The target was the embedded mock: this run proves contract, client and mock, not the vendor's server."},
		Operations: []Operation{
			{ID: "getPerson", Method: "POST", Path: "/person.html", Summary: "Get a person", Evidence: "documented", Request: Count{4, 5}, Response: Count{4, 5}, Failures: Count{2, 2}, Members: Count{40, 49}, UnseenMembers: []string{"Person.nick", "Person.zone"}},
			{ID: "listPeople", Method: "POST", Path: "/people", Evidence: "inferred", Request: Count{3, 3}, Response: Count{2, 3}, Failures: Count{1, 3}, Members: Count{20, 20}, MissingFailures: []string{"disabled-key", "no-people"}},
			{ID: "removePerson", Method: "POST", Path: "/people/remove", Evidence: "observed", Skipped: "writes are not allowed"},
		},
		Cases: []Case{
			{Name: "people/get by id", Operation: "getPerson", File: "people.yaml", Status: Passed, Duration: 3 * time.Millisecond, Exchanges: 2},
			{Name: "people/get by mail", Operation: "getPerson", File: "people.yaml", Status: Failed, Duration: 4 * time.Millisecond, Exchanges: 1, Findings: []conformance.Finding{other, client}},
			{Name: "people/get by phone", Operation: "getPerson", File: "people.yaml", Status: Failed, Exchanges: 1, Reason: "the answer's id is not the one that was stored"},
			{Name: "people/list", Operation: "listPeople", File: "people.yaml", Status: Failed, Duration: 7 * time.Millisecond, Exchanges: 3, Findings: []conformance.Finding{many, ambiguous}, Drift: []conformance.Drift{
				{Operation: "listPeople", Side: conformance.SideResponse, Pointer: "/people/0/Nick", Name: "Nick", Shape: "string(4)", Schema: "Person", Location: "spec/people.yaml:40", Near: "nick", Count: 12},
				{Operation: "listPeople", Side: conformance.SideResponse, Pointer: "/people/0/loyalty", Name: "loyalty", Shape: "object{2}", Schema: "Person", Location: "spec/people.yaml:40", Count: 3},
			}},
			{Name: "people/list again", Operation: "listPeople", File: "people.yaml", Status: Failed, Exchanges: 1, Findings: []conformance.Finding{many}, Drift: []conformance.Drift{
				{Operation: "listPeople", Side: conformance.SideResponse, Pointer: "/people/7/loyalty", Name: "loyalty", Shape: "object{2}", Schema: "Person", Location: "spec/people.yaml:40", Count: 1},
			}},
			{Name: "people/remove", Operation: "removePerson", File: "people.yaml", Status: Skipped, Reason: "writes are not allowed"},
		},
	}
}

// good is a run without a fault.
func good() *Run {
	r := sample()
	r.Operations = r.Operations[:1]
	r.Operations[0].Request, r.Operations[0].Response = Count{5, 5}, Count{5, 5}
	r.Cases = r.Cases[:1]
	return r
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update writes it anew); got:\n%s", file, got)
	}
}

func TestSummary(t *testing.T) {
	s := sample().Summary()
	if s.Conforms || s.Cases != 6 || s.Passed != 1 || s.Failed != 4 || s.Skipped != 1 || s.Findings != 5 || s.Exchanges != 8 || !s.Partial || s.Drift != 2 {
		t.Errorf("%+v", s)
	}
	if s.ByFault[conformance.FaultServer] != 3 || s.ByFault[conformance.FaultClient] != 1 || s.ByFault[conformance.FaultContract] != 1 {
		t.Errorf("%+v", s.ByFault)
	}
	if s.Request != (Count{7, 8}) || s.Members != (Count{60, 69}) || s.Failures != (Count{3, 5}) {
		t.Errorf("%+v", s)
	}
	if !good().OK() || good().Summary().Partial {
		t.Error("a run without a fault does not conform")
	}
	found := good()
	found.Cases[0].Findings = sample().Cases[1].Findings
	if found.OK() {
		t.Error("a passed case with findings conforms")
	}
}

func TestCount(t *testing.T) {
	for c, want := range map[Count]string{{0, 0}: "-", {0, 3}: "0/3", {3, 3}: "3/3"} {
		if c.String() != want {
			t.Error(c.String(), want)
		}
	}
	if (Count{199, 200}).Percent() != 99 || (Count{}).Percent() != 100 {
		t.Error("percent")
	}
}

func TestText(t *testing.T) {
	for name, run := range map[string]*Run{"findings.txt": sample(), "good.txt": good()} {
		var b bytes.Buffer
		if err := Text(&b, run, Options{}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
		if bytes.ContainsRune(b.Bytes(), 0x1b) {
			t.Error("colours without a terminal")
		}
	}
	var b bytes.Buffer
	if err := Text(&b, sample(), Options{Color: true, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\x1b[31m") || !strings.Contains(b.String(), "Person.nick, Person.zone") {
		t.Errorf("%q", b.String())
	}
	// The colours change no column.
	plain := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(b.String(), "")
	var without bytes.Buffer
	if err := Text(&without, sample(), Options{Verbose: true}); err != nil || plain != without.String() {
		t.Errorf("%v\n%s\n%s", err, plain, without.String())
	}
	// Skipped cases of one kind are one line, unless each is wanted.
	skips := &Run{Cases: []Case{{Status: Skipped, Reason: "it is a guess: one"}, {Status: Skipped, Reason: "it is a guess: another"}}}
	for verbose, want := range map[bool]string{false: "skipped 2 cases: it is a guess\n", true: "skipped 1 case: it is a guess: one\nskipped 1 case: it is a guess: another\n"} {
		var b bytes.Buffer
		if err := Text(&b, skips, Options{Verbose: verbose}); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v %s", err, b.String())
		}
	}
	// The closing line is the last one.
	lines := strings.Split(strings.TrimRight(without.String(), "\n"), "\n")
	if last := lines[len(lines)-1]; last != "Does not conform: 6 cases, 1 passed, 4 failed, 1 skipped; 8 exchanges, 5 findings (3 server, 1 client, 1 contract), 2 undeclared members; 2.35s; partial" {
		t.Error(last)
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "findings.json", b.Bytes())
	var empty bytes.Buffer
	if err := JSON(&empty, &Run{}); err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(empty.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if cases, ok := back["cases"].([]any); !ok || len(cases) != 0 || back["format"] != Format {
		t.Errorf("%v", back)
	}
}

func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	if err := JUnit(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "findings.xml", b.Bytes())
	var back junitSuites
	if err := xml.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Tests != 6 || back.Failures != 4 || back.Skipped != 1 || len(back.Suites) != 3 {
		t.Errorf("%+v", back)
	}
	tests, failures, skipped := 0, 0, 0
	for _, s := range back.Suites {
		tests += s.Tests
		failures += s.Failures
		skipped += s.Skipped
		if s.Tests != len(s.Cases) {
			t.Errorf("%s: %d of %d", s.Name, s.Tests, len(s.Cases))
		}
	}
	if tests != 6 || failures != 4 || skipped != 1 {
		t.Errorf("%d %d %d", tests, failures, skipped)
	}
}

func TestHTML(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, sample()); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"Does not conform", "spec/people.yaml:88", "answer-other", "The fault of the server", "The fault of the client", "The fault of the contract",
		"getPerson", "4/5", "width:80%", "people/get by phone", "/people/0/loyalty", "conformance run --seed 42", "writes are not allowed", "sha256:0a1b",
		`lang="en"`, "not the vendor&#39;s server", "Another answer was due", `<time datetime="2024-05-02T10:45:42Z">`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if regexp.MustCompile(`(?i)<script|src=|<link|@import|url\(|https?:`).MatchString(text) {
		t.Error("the page asks for something outside itself")
	}
	if strings.Contains(text, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
	wellFormed(t, text)
	b.Reset()
	if err := HTML(&b, good()); err != nil || strings.Contains(b.String(), `<article class="finding"`) || !strings.Contains(b.String(), "Conforms") {
		t.Error(err)
	}
}

// wellFormed holds every element of the page closed in its order.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.Strict = true
	dec.AutoClose = []string{"meta"}
	dec.Entity = xml.HTMLEntity
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestHostileText: whatever a body puts into names and messages stays text.
func TestHostileText(t *testing.T) {
	const evil = "</td><script>alert(1)</script>\x1b[2J\u202e\x00]]>&\"'\n"
	run := sample()
	run.Target, run.Seed, run.Profile, run.Contract.Title = evil, evil, evil, evil
	run.Notes, run.Reproduce = []string{evil}, []string{evil}
	run.Operations[0] = Operation{ID: evil, Method: evil, Path: evil, Evidence: evil, MissingFailures: []string{evil}, UnseenMembers: []string{evil}, Skipped: evil}
	f := conformance.Finding{
		Code: conformance.CodeSchemaType, Fault: conformance.FaultServer, Why: evil, Exchange: evil, Operation: evil, Side: conformance.SideResponse, Part: evil,
		Pointer: "/" + evil, Expected: evil, Actual: evil, Value: evil, Location: evil, Message: evil, Hint: evil, Also: []string{evil},
		Differs: []conformance.Difference{{Pointer: evil, Expected: evil, Actual: evil, Location: evil}},
	}
	body := f
	body.Part = "body"
	run.Cases = []Case{
		{Name: evil, Operation: evil, File: evil, Status: Failed, Reason: evil, Findings: []conformance.Finding{f, body}, Drift: []conformance.Drift{{Operation: evil, Pointer: evil, Name: evil, Shape: evil, Schema: evil, Location: evil, Near: evil}}},
		{Name: evil, Status: Failed, Reason: evil}, {Name: evil, Status: Skipped, Reason: evil},
	}
	var text, page, junit, js bytes.Buffer
	if err := errors.Join(Text(&text, run, Options{Verbose: true}), HTML(&page, run), JUnit(&junit, run), JSON(&js, run)); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"text": text.String(), "html": page.String(), "junit": junit.String(), "json": js.String()} {
		if strings.ContainsRune(out, 0x1b) || strings.ContainsRune(out, 0) {
			t.Errorf("%s: a control character came through", name)
		}
		if name != "text" && strings.Contains(out, "<script>") {
			t.Errorf("%s: markup came through", name)
		}
	}
	if strings.ContainsRune(text.String(), '\u202e') {
		t.Error("text: a character that turns the direction came through")
	}
	if err := xml.Unmarshal(junit.Bytes(), new(junitSuites)); err != nil {
		t.Error(err)
	}
	if !json.Valid(js.Bytes()) {
		t.Error("the JSON is not valid")
	}
	wellFormed(t, page.String())
}

func TestGroups(t *testing.T) {
	list := sample().groups()
	var got []string
	for _, g := range list {
		got = append(got, string(g.Fault)+" "+g.Code)
	}
	want := []string{"server answer-other", "server schema-type", "client credential-missing", "contract contract-ambiguous"}
	if !slices.Equal(got, want) {
		t.Error(got)
	}
	if many := list[1]; many.Times != 24 || !slices.Equal(many.Cases, []string{"people/list", "people/list again"}) {
		t.Errorf("%+v", many)
	}
}

func TestProgress(t *testing.T) {
	// Into a pipe or file: nothing.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgress(w, 3)
	p.Step("one")
	p.Done()
	w.Close()
	if out, err := io.ReadAll(r); err != nil || len(out) != 0 {
		t.Errorf("%q %v", out, err)
	}
	if Terminal(&bytes.Buffer{}) {
		t.Error("a buffer is no terminal")
	}
	// On a terminal: one line, cleared at the end.
	var b bytes.Buffer
	p = &Progress{w: &b, total: 3, width: func() int { return 12 }}
	p.Step("one")
	p.Step("a longer name\x1b[2J")
	p.Done()
	want := clearLine + "1/3 one" + clearLine + "2/3 a long…" + clearLine
	if b.String() != want {
		t.Errorf("%q", b.String())
	}
}
