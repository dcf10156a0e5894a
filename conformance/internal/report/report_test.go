package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a run in which everything occurs.
func sample() *Run {
	found := func(code string, fault conformance.Fault, operation, pointer, location string) conformance.Finding {
		return conformance.Finding{
			Code:       code,
			Fault:      fault,
			Why:        "the response breaks what is documented (Person API (2024))",
			Operation:  operation,
			Side:       conformance.SideResponse,
			Part:       "body",
			HTTPStatus: 200,
			Pointer:    pointer,
			Keyword:    "type",
			Schema:     "Person",
			Expected:   "boolean", Actual: "string(2)", Location: location, Evidence: conformance.Documented,
			Sources: []string{"Person API (2024)"},
			Message: "expected boolean, got string(2)",
			Hint:    "both forms occur; see the samples",
			Count:   1,
		}
	}
	other := found(conformance.CodeResponseOther, conformance.FaultServer, "getPerson", "", "spec/people.yaml:88")
	other.Hint = "see first whether the request or the data it met earned this response"
	other.Expected, other.Actual = "PersonFound", "Failure"
	other.Message = "wrong response: expected PersonFound, got Failure"
	other.Reference = "dist/people.json#/components/schemas/PersonFound"
	other.Differs = []conformance.Difference{
		{
			Pointer: "/person", Expected: "object", Actual: "absent", Location: "spec/people.yaml:90",
			Reference: "dist/people.json#/components/schemas/PersonFound/required/0",
		},
		{Pointer: "/status", Expected: `"success"`, Actual: "string(6)", Location: "spec/people.yaml:93"},
	}
	ambiguous := found(conformance.CodeContractAmbiguous, conformance.FaultContract, "listPeople", "/people/0", "spec/people.yaml:120")
	ambiguous.Why, ambiguous.Message = "only the contract can tell its alternatives apart", "the value fits Loose and Looser, and oneOf allows only one"
	ambiguous.Expected, ambiguous.Actual, ambiguous.Hint = "exactly one of the alternatives", "Loose and Looser", "let one of them require what the other lacks"
	many := found(conformance.CodeSchemaType, conformance.FaultServer, "listPeople", "/people/3/deleted", "spec/people.yaml:51")
	many.Count, many.Also = 12, []string{"/people/4/deleted", "/people/9/deleted"}
	client := conformance.Finding{
		Code:      conformance.CodeCredentialMissing,
		Fault:     conformance.FaultClient,
		Why:       "a request must keep to the contract",
		Operation: "getPerson",
		Side:      conformance.SideRequest,
		Part:      "credential",
		Expected:  "header Authorization with basic",
		Actual:    "absent",
		Message:   "the request has no credential", Count: 1, Location: "spec/openapi.yaml:30",
	}
	return &Run{
		Tool: Tool{"conformance", "1.2.0"},
		Contract: Contract{
			Title:   "Shop API",
			Version: "2024.1",
			Hash:    "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
		},
		Target: "the embedded mock", Profile: "reads and writes",
		Started: time.Date(2024, 5, 2, 10, 45, 42, 0, time.UTC), Duration: 2345 * time.Millisecond, Seed: "42",
		Reproduce: []string{"conformance run --seed 42", "conformance run --seed 42 --case people/get"},
		Notes: []string{
			"The target was the embedded mock: this run proves contract, client and mock, not the vendor's server.",
		},
		Operations: []Operation{
			{
				ID:           "getPerson",
				Method:       "POST",
				Path:         "/person.html",
				Summary:      "Get a person",
				Evidence:     "documented",
				Request:      Count{4, 5},
				Response:     Count{4, 5},
				Failures:     Count{2, 2},
				Fields:       Count{40, 49},
				UnseenFields: []string{"Person.nick", "Person.zone"},
			},
			{
				ID:              "listPeople",
				Method:          "POST",
				Path:            "/people",
				Evidence:        "inferred",
				Request:         Count{3, 3},
				Response:        Count{2, 3},
				Failures:        Count{1, 3},
				Fields:          Count{20, 20},
				MissingFailures: []string{"disabled-key", "no-people"},
			},
			{
				ID:       "removePerson",
				Method:   "POST",
				Path:     "/people/remove",
				Evidence: "observed",
				Skipped:  "writes are not allowed",
			},
		},
		Cases: []Case{
			{
				Name:      "people/get by id",
				Operation: "getPerson",
				File:      "conformance/cases/people.yaml",
				Line:      12,
				Status:    Passed,
				Duration:  3 * time.Millisecond,
				Exchanges: 2,
			},
			{
				Name:      "people/get by mail",
				Operation: "getPerson",
				File:      "conformance/cases/people.yaml",
				Line:      12,
				Status:    Failed,
				Duration:  4 * time.Millisecond,
				Exchanges: 1,
				Findings:  []conformance.Finding{other, client},
			},
			{
				Name:      "people/get by phone",
				Operation: "getPerson",
				File:      "conformance/cases/people.yaml",
				Line:      12,
				Status:    Failed,
				Exchanges: 1,
				Reason:    "the response's id is not the one that was stored",
			},
			{
				Name:      "people/list",
				Operation: "listPeople",
				File:      "conformance/cases/people.yaml",
				Line:      12,
				Status:    Failed,
				Duration:  7 * time.Millisecond,
				Exchanges: 3,
				Findings:  []conformance.Finding{many, ambiguous},
				Drift: []conformance.Drift{
					{
						Operation: "listPeople",
						Side:      conformance.SideResponse,
						Pointer:   "/people/0/Nick",
						Name:      "Nick",
						Shape:     "string(4)",
						Schema:    "Person",
						Location:  "spec/people.yaml:40",
						Near:      "nick",
						Count:     12,
					},
					{
						Operation: "listPeople",
						Side:      conformance.SideResponse,
						Pointer:   "/people/0/loyalty",
						Name:      "loyalty",
						Shape:     "object{2}",
						Schema:    "Person",
						Location:  "spec/people.yaml:40",
						Count:     3,
					},
				},
			},
			{
				Name:      "people/list again",
				Operation: "listPeople",
				File:      "conformance/cases/people.yaml",
				Line:      12,
				Status:    Failed,
				Exchanges: 1,
				Findings:  []conformance.Finding{many},
				Drift: []conformance.Drift{
					{
						Operation: "listPeople",
						Side:      conformance.SideResponse,
						Pointer:   "/people/7/loyalty",
						Name:      "loyalty",
						Shape:     "object{2}",
						Schema:    "Person",
						Location:  "spec/people.yaml:40",
						Count:     1,
					},
				},
			},
			{
				Name:      "people/remove",
				Operation: "removePerson",
				File:      "conformance/cases/people.yaml",
				Line:      12,
				Status:    Skipped,
				Reason:    "writes are not allowed",
			},
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
	if s.Request != (Count{7, 8}) || s.Fields != (Count{60, 69}) || s.Failures != (Count{3, 5}) {
		t.Errorf("%+v", s)
	}
	if s.Verdict != DoesNotConform {
		t.Error(s.Verdict)
	}
	if !good().OK() || good().Summary().Verdict != Conforms {
		t.Error("a run without a fault does not conform")
	}
	for name, change := range map[string]func(*Run){
		"a skipped case":        func(r *Run) { r.Cases = append(r.Cases, Case{Status: Skipped}) },
		"a part of the suite":   func(r *Run) { r.Suite = 275 },
		"an unchecked exchange": func(r *Run) { r.Unchecked = 1 },
	} {
		run := good()
		change(run)
		sum := run.Summary()
		if !run.OK() || sum.Conforms || sum.Verdict != Incomplete {
			t.Errorf("%s: %+v", name, sum)
		}
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
		if err := Text(&b, run, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
		if bytes.ContainsRune(b.Bytes(), 0x1b) {
			t.Error("colours without a terminal")
		}
	}
	var b bytes.Buffer
	if err := Text(&b, sample(), TextOptions{Color: true, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\x1b[31m") || !strings.Contains(b.String(), "Person.nick, Person.zone") {
		t.Errorf("%q", b.String())
	}
	// The colours change no column.
	plain := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(b.String(), "")
	var without bytes.Buffer
	if err := Text(&without, sample(), TextOptions{Verbose: true}); err != nil || plain != without.String() {
		t.Errorf("%v\n%s\n%s", err, plain, without.String())
	}
	// Skipped cases of one kind are one line, unless each is wanted.
	skips := &Run{
		Cases: []Case{
			{Status: Skipped, Reason: "it is a guess: one"},
			{Status: Skipped, Reason: "it is a guess: another"},
		},
	}
	for verbose, want := range map[bool]string{
		false: "skipped 2 cases: it is a guess\n",
		true:  "skipped 1 case: it is a guess: one\nskipped 1 case: it is a guess: another\n",
	} {
		var b bytes.Buffer
		if err := Text(&b, skips, TextOptions{Verbose: verbose}); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v %s", err, b.String())
		}
	}
}

func TestTextFitsTheTerminal(t *testing.T) {
	for _, width := range []int{80, 100, 200} {
		var b bytes.Buffer
		if err := Text(&b, sample(), TextOptions{Verbose: true, Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if utf8.RuneCountInString(line) > width {
				t.Errorf("%d columns, want at most %d: %s", utf8.RuneCountInString(line), width, line)
			}
		}
	}
}

func TestVerdict(t *testing.T) {
	for name, test := range map[string]struct {
		run  func(*Run)
		want string
	}{
		"conforms": {run: func(*Run) {}, want: "Conforms: 1 case ran; 2 exchanges; no findings; 2.35s"},
		"filtered": {
			run:  func(r *Run) { r.Suite = 275 },
			want: "Partial: 1 of 275 cases ran; 2 exchanges; no findings; 2.35s",
		},
		"unchecked": {
			run:  func(r *Run) { r.Unchecked = 3 },
			want: "Partial: 1 case ran; 2 exchanges; 3 not checked; no findings; 2.35s",
		},
		"skipped": {
			run:  func(r *Run) { r.Cases = append(r.Cases, sample().Cases[5]) },
			want: "Partial: 1 of 2 cases ran, 1 skipped; 2 exchanges; no findings; 2.35s",
		},
		"findings": {
			run: func(r *Run) { *r = *sample() },
			want: "Does not conform: 5 of 6 cases ran, 4 failed, 1 skipped; 8 exchanges; 5\n" +
				"  findings (3 server, 1 client, 1 contract); 2 undeclared fields; 2.35s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			run := good()
			test.run(run)
			var b bytes.Buffer
			if err := Text(&b, run, TextOptions{}); err != nil {
				t.Fatal(err)
			}
			paragraphs := strings.Split(strings.TrimRight(b.String(), "\n"), "\n\n")
			if last := paragraphs[len(paragraphs)-1]; last != test.want {
				t.Errorf("got  %s\nwant %s", last, test.want)
			}
		})
	}
}

func TestCurl(t *testing.T) {
	run := sample()
	run.Cases[3].Traffic = []Traffic{{Request: Message{
		Method: "POST",
		URL:    "http://127.0.0.1:8080/people",
		Header: http.Header{"Authorization": {"[redacted]"}, "Content-Type": {"application/json"}},
		Body:   `[{"name":"O'Neil"}]`,
	}}}
	var b bytes.Buffer
	if err := Text(&b, run, TextOptions{Curl: true}); err != nil {
		t.Fatal(err)
	}
	const want = `
      curl -sS -X POST http://127.0.0.1:8080/people \
        -H "Authorization: Basic $KAPTURE_TOKEN" \
        -H 'Content-Type: application/json' \
        --data-binary '[{"name":"O'\''Neil"}]'
`
	if !strings.Contains(b.String(), want) {
		t.Errorf("no curl command in\n%s", b.String())
	}
}

func TestColorMode(t *testing.T) {
	for name, test := range map[string]struct {
		mode     ColorMode
		env      map[string]string
		terminal bool
		want     bool
	}{
		"a terminal":           {mode: ColorAuto, terminal: true, want: true},
		"a dumb terminal":      {mode: ColorAuto, env: map[string]string{"TERM": "dumb"}, terminal: true},
		"a pipe":               {mode: ColorAuto},
		"NO_COLOR":             {mode: ColorAuto, env: map[string]string{"NO_COLOR": "1"}, terminal: true},
		"FORCE_COLOR":          {mode: ColorAuto, env: map[string]string{"FORCE_COLOR": "1"}, want: true},
		"FORCE_COLOR=0":        {mode: ColorAuto, env: map[string]string{"FORCE_COLOR": "0"}},
		"CLICOLOR_FORCE":       {mode: ColorAuto, env: map[string]string{"CLICOLOR_FORCE": "1"}, want: true},
		"NO_COLOR is stronger": {mode: ColorAuto, env: map[string]string{"NO_COLOR": "1", "FORCE_COLOR": "1"}},
		"always, into a pipe":  {mode: ColorAlways, env: map[string]string{"NO_COLOR": "1"}, want: true},
		"never, on a terminal": {mode: ColorNever, env: map[string]string{"FORCE_COLOR": "1"}, terminal: true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM"} {
				t.Setenv(variable, test.env[variable])
			}
			if got := test.mode.Allows(test.terminal); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
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

func TestJUnitNamesAreUnique(t *testing.T) {
	run := &Run{Cases: []Case{{Name: "POST /people"}, {Name: "POST /people"}, {Name: "POST /people"}}}
	var b bytes.Buffer
	if err := JUnit(&b, run); err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range back.Suites[0].Cases {
		names = append(names, c.Name)
	}
	if want := []string{"POST /people", "POST /people (2)", "POST /people (3)"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

// What GitLab and Jenkins link to is the line of the case, or else the line of
// the contract that an exchange breaks.
func TestJUnitPlaces(t *testing.T) {
	broken := []conformance.Finding{{Code: "schema-type", Location: "spec/people.yaml:12"}}
	run := &Run{Cases: []Case{
		{Name: "a case", File: "cases/people.yaml", Line: 3, Status: Failed, Findings: broken},
		{Name: "an exchange", Status: Failed, Findings: broken},
		{Name: "no line", Status: Failed, Findings: []conformance.Finding{{Code: "json-invalid"}}},
		{Name: "passed", Status: Passed},
	}}
	var b bytes.Buffer
	if err := JUnit(&b, run); err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}

	var places []string
	for _, c := range back.Suites[0].Cases {
		places = append(places, fmt.Sprintf("%s:%d", c.File, c.Line))
	}
	if want := []string{"cases/people.yaml:3", "spec/people.yaml:12", ":0", ":0"}; !slices.Equal(places, want) {
		t.Errorf("%q, want %q", places, want)
	}
}

func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := SARIF(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "findings.sarif", b.Bytes())

	var again bytes.Buffer
	moved := sample()
	for i := range moved.Cases {
		for k := range moved.Cases[i].Findings {
			moved.Cases[i].Findings[k].Location = "spec/people.yaml:999"
		}
	}
	if err := SARIF(&again, moved); err != nil {
		t.Fatal(err)
	}
	prints := regexp.MustCompile(`"finding/v1": "[0-9a-f]+"`)
	first := prints.FindAllString(b.String(), -1)
	if len(first) != 4 || !slices.Equal(first, prints.FindAllString(again.String(), -1)) {
		t.Error("a finding whose line moved has another fingerprint")
	}
}

func TestAnnotations(t *testing.T) {
	var b bytes.Buffer
	if err := Annotations(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "findings.annotations", b.Bytes())
}

func TestHTML(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, sample()); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"Does not conform", "spec/people.yaml:88", "dist/people.json#/components/schemas/PersonFound",
		"response-other", "The fault of the server", "The fault of the client", "The fault of the contract",
		"getPerson", "4/5", "width:80%", "people/get by phone", "/people/0/loyalty", "conformance run --seed 42", "writes are not allowed", "sha256:0a1b",
		`lang="en"`, "not the vendor&#39;s server", "Another response was expected", `<time datetime="2024-05-02T10:45:42Z">`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	const source = `<a href="https://github.com/kapture-community/kapture-go/blob/HEAD/spec/people.yaml#L88">spec/people.yaml:88</a>`
	if !strings.Contains(text, source) {
		t.Error("the line of the contract is not a link")
	}
	withoutLinks := strings.ReplaceAll(text, `<a href="`+repository, "")
	if regexp.MustCompile(`(?i)src=|<link|@import|url\(|https?:`).MatchString(withoutLinks) {
		t.Error("the page asks for something outside itself")
	}
	if strings.Contains(text, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
	wellFormed(t, text)
	b.Reset()
	err := HTML(&b, good())
	if err != nil || strings.Contains(b.String(), `<article class="finding"`) || !strings.Contains(b.String(), "Conforms") {
		t.Error(err)
	}
}

// A place is linked in the version of the program; one that is not of the
// repository is not.
func TestSource(t *testing.T) {
	tests := map[string]struct{ version, place, want string }{
		"release":       {"v1.2.3", "spec/tickets.yaml:7", "v1.2.3/spec/tickets.yaml#L7"},
		"pre-release":   {"v1.2.3-rc.1", "conformance/cases/faq.yaml:9", "v1.2.3-rc.1/conformance/cases/faq.yaml#L9"},
		"commit":        {"v0.0.0-20260102030405-0123456789ab", "spec/faq.yaml:1", "0123456789ab/spec/faq.yaml#L1"},
		"changed":       {"v1.2.4-0.20260102030405-0123456789ab+dirty", "spec/faq.yaml:1", "HEAD/spec/faq.yaml#L1"},
		"no version":    {"(devel)", "spec/faq.yaml:1", "HEAD/spec/faq.yaml#L1"},
		"a recording":   {"v1.2.3", "exchanges.ndjson:3", ""},
		"another cases": {"v1.2.3", "mine/faq.yaml:3", ""},
		"a trick":       {"v1.2.3", "spec/../../x.yaml:3", ""},
		"no place":      {"v1.2.3", "", ""},
	}
	for name, test := range tests {
		got := pageData{Run: &Run{Tool: Tool{Version: test.version}}}.Source(test.place)
		if strings.TrimPrefix(got, repository) != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// wellFormed holds every element of the page closed in its order.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	// Scripts are not markup.
	text = regexp.MustCompile(`(?s)<script>.*</script>`).ReplaceAllString(text, "")
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

// Everything that a body puts into names and messages stays text.
func TestHostileText(t *testing.T) {
	const evil = "</td><script>alert(1)</script>\x1b[2J\u202e\x00]]>&\"'\n"
	run := sample()
	run.Target, run.Seed, run.Profile, run.Contract.Title = evil, evil, evil, evil
	run.Notes, run.Reproduce = []string{evil}, []string{evil}
	run.Operations[0] = Operation{
		ID:              evil,
		Method:          evil,
		Path:            evil,
		Evidence:        evil,
		MissingFailures: []string{evil},
		UnseenFields:    []string{evil},
		Skipped:         evil,
	}
	f := conformance.Finding{
		Code:      conformance.CodeSchemaType,
		Fault:     conformance.FaultServer,
		Why:       evil,
		Exchange:  evil,
		Operation: evil,
		Side:      conformance.SideResponse,
		Part:      evil,
		Pointer:   "/" + evil,
		Expected:  evil,
		Actual:    evil,
		Value:     evil,
		Location:  evil,
		Reference: evil,
		Message:   evil,
		Hint:      evil,
		Also:      []string{evil},
		Differs:   []conformance.Difference{{Pointer: evil, Expected: evil, Actual: evil, Location: evil, Reference: evil}},
	}
	body := f
	body.Part = "body"
	run.Cases = []Case{
		{
			Name:      evil,
			Operation: evil,
			File:      evil,
			Status:    Failed,
			Reason:    evil,
			Findings:  []conformance.Finding{f, body},
			Drift: []conformance.Drift{
				{Operation: evil, Pointer: evil, Name: evil, Shape: evil, Schema: evil, Location: evil, Reference: evil, Near: evil},
			},
		},
		{Name: evil, Status: Failed, Reason: evil}, {Name: evil, Status: Skipped, Reason: evil},
	}
	run.Facts = []Fact{{Kind: evil, Name: evil, Operation: evil, Evidence: evil, Outcome: Confirmed, Why: evil, Location: evil}}
	var text, page, junit, js, sarif, notes bytes.Buffer
	if err := errors.Join(Text(&text, run, TextOptions{Verbose: true}), HTML(&page, run), JUnit(&junit, run), JSON(&js, run), SARIF(&sarif, run), Annotations(&notes, run)); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{
		"text":        text.String(),
		"html":        page.String(),
		"junit":       junit.String(),
		"json":        js.String(),
		"sarif":       sarif.String(),
		"annotations": notes.String(),
	} {
		if strings.ContainsRune(out, 0x1b) || strings.ContainsRune(out, 0) {
			t.Errorf("%s: a control character came through", name)
		}
		if (name == "html" || name == "junit") && strings.Contains(out, "<script>alert") {
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
	want := []string{
		"server response-other",
		"server schema-type",
		"client credential-missing",
		"contract contract-ambiguous",
	}
	if !slices.Equal(got, want) {
		t.Error(got)
	}
	names := []string{
		"people/list (conformance/cases/people.yaml:12)",
		"people/list again (conformance/cases/people.yaml:12)",
	}
	if many := list[1]; many.Times != 24 || !slices.Equal(many.names(), names) {
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
		t.Error("a buffer is not a terminal")
	}
	// On a terminal: one line, cleared at the end. A name cannot move the cursor.
	var b bytes.Buffer
	p = newProgress(&b, 3, true)
	p.Step("one")
	p.Step("a longer name\x1b[2J")
	p.Done()
	shown := b.String()
	for _, want := range []string{"one", "1/3", `a longer name\x1b[2J`, "2/3"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in %q", want, shown)
		}
	}
	if strings.Contains(shown, "\x1b[2J") || strings.Contains(shown, "\n") {
		t.Errorf("%q", shown)
	}
}
