package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

func TestAnotherAnswerWasDue(t *testing.T) {
	c := checker(t)
	for name, tc := range map[string]struct {
		due, body string
		got       string
		fault     Fault
		differs   []Difference
	}{
		"failure for success": {"PersonFound", `{"status":"failed","message":"no"}`, "Failure", FaultServer, []Difference{
			{"/person", "object", "absent", "shop.yaml:130"},
			{"", `no "message"`, "object{2}", ""},
			{"/status", `"success"`, "string(6)", ""},
		}},
		"success for failure": {"Failure", goodAnswer, "PersonFound", FaultServer, []Difference{
			{"/message", "string", "absent", ""},
			{"/status", `"failed" or "Fail"`, "string(7)", ""},
		}},
		"another generation's": {"PersonFound", `{"status":"success","message":[` + goodPerson + `]}`, "OldPersonFound", FaultServer, []Difference{
			{"/person", "object", "absent", ""},
			{"", `no "message"`, "object{2}", ""},
		}},
		"what is only observed": {"OldPersonFound", goodAnswer, "PersonFound", FaultContract, []Difference{
			{"/message", "array", "absent", ""},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Expect.Answer, ex.Response.Body = tc.due, []byte(tc.body)
			r := c.Check(t.Context(), ex)
			f := one(t, r, CodeAnswerOther)
			if f.Expected != tc.due || f.Actual != tc.got || f.Fault != tc.fault || r.Answer != tc.got {
				t.Errorf("%+v", f)
			}
			atLine(t, f.Location, "    "+tc.due+":")
			for i := range f.Differs {
				if i < len(tc.differs) && tc.differs[i].Location == "" {
					f.Differs[i].Location = ""
				}
			}
			if tc.differs[0].Location != "" {
				atLine(t, f.Differs[0].Location, "required: [person, status]")
				f.Differs[0].Location = tc.differs[0].Location
			}
			if !slices.Equal(f.Differs, tc.differs) {
				t.Errorf("differs %+v", f.Differs)
			}
		})
	}
}

// TestBestFittingBranch holds the choice to what a reader would say.
func TestBestFittingBranch(t *testing.T) {
	c := checker(t)
	for name, tc := range map[string]struct{ body, answer, want string }{
		"a record lost its name":    {`{"person":{"id":1},"status":"success"}`, "PersonFound", "schema-required response /person/name"},
		"a status lost":             {`{"person":` + goodPerson + `}`, "PersonFound", "schema-required response /status"},
		"a failure without message": {`{"status":"failed"}`, "Failure", "schema-required response /message"},
		"a failure of number":       {`{"status":"failed","message":4}`, "Failure", "schema-type response /message"},
		"an old list, one broken":   {`{"status":"success","message":[` + goodPerson + `,{"id":1}]}`, "OldPersonFound", "schema-required response /message/1/name"},
		"an old list, no status":    {`{"message":[]}`, "OldPersonFound", "schema-required response /status"},
		"person and message":        {`{"status":"success","person":` + goodPerson + `,"message":"x"}`, "PersonFound", "schema-not response "},
		"an array":                  {`[]`, "PersonAnswer", "schema-type response "},
		"null":                      {`null`, "PersonAnswer", "schema-null response "},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Response.Body = []byte(tc.body)
			r := c.Check(t.Context(), ex)
			if got := brief(r.Findings); got != tc.want || r.Answer != tc.answer {
				t.Errorf("%s: got\n%s\nwant\n%s", r.Answer, got, tc.want)
			}
		})
	}
}

// TestChoiceLooksDeeper: where the surface is the same, members decide, and
// then the branch that asks for more.
func TestChoiceLooksDeeper(t *testing.T) {
	c := checker(t)
	for body, want := range map[string]string{
		`{"record":{"b":1}}`:            "NestedC",
		`{"record":{"b":1,"name":"x"}}`: "NestedB",
		`{"record":{"a":1,"name":"x"}}`: "NestedA",
	} {
		r := c.CheckComponent("Nested", []byte(body), SideResponse)
		if len(r.Branches) != 1 || r.Branches[0].Component != want {
			t.Errorf("%s: %+v", body, r.Branches)
		}
	}
}

// TestChoiceWeighs: each misfit counts, and what is no misfit does not.
func TestChoiceWeighs(t *testing.T) {
	c := checkerOf(t, `
    Thing: {oneOf: [{$ref: '#/components/schemas/Bare'}, {$ref: '#/components/schemas/Rich'}]}
    Bare: {type: object, required: [a], properties: {a: {}, b: {}}, not: {required: [b]}}
    Rich: {type: object, required: [a, b, c], properties: {a: {}, b: {}, c: {}}}
    Note: {oneOf: [{$ref: '#/components/schemas/Text'}, {$ref: '#/components/schemas/Anything'}]}
    Text: {type: object, properties: {a: {type: string}}}
    Anything: {type: object, required: [b], properties: {a: {}, b: {}}}
    List: {oneOf: [{$ref: '#/components/schemas/ListOfA'}, {$ref: '#/components/schemas/ListOfB'}]}
    ListOfA: {type: object, properties: {list: {type: array, items: {type: object, required: [a]}}}}
    ListOfB: {type: object, properties: {list: {type: array, items: {type: object, required: [b]}}}}
    Maybe: {oneOf: [{$ref: '#/components/schemas/TextOrNull'}, {$ref: '#/components/schemas/WithC'}]}
    TextOrNull: {type: object, properties: {a: {type: string, nullable: true}, b: {type: object}}}
    WithC: {type: object, properties: {a: {}, b: {type: object, required: [c]}}}
`)
	for name, test := range map[string]struct{ component, body, want string }{
		"what a branch forbids is there": {"Thing", `{"a":1,"b":1}`, "Rich"},
		"what it forbids is not there":   {"Thing", `{"a":1}`, "Bare"},
		"a null tells no branch":         {"Note", `{"a":null}`, "Text"},
		"items tell, below the surface":  {"List", `{"list":[{"b":1}]}`, "ListOfB"},
		"a null that is allowed fits":    {"Maybe", `{"a":null,"b":{}}`, "TextOrNull"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := c.CheckComponent(test.component, []byte(test.body), SideResponse); len(r.Branches) != 1 || r.Branches[0].Component != test.want {
				t.Errorf("%s is taken for %+v, want %s", test.body, r.Branches, test.want)
			}
		})
	}
}

func TestFaultNamesItsReason(t *testing.T) {
	for _, tc := range []struct {
		side  Side
		e     *evidence
		fault Fault
		why   string
	}{
		{SideRequest, &evidence{class: Inferred}, FaultClient, "a request must keep to the contract"},
		{SideResponse, nil, FaultServer, "names no evidence"},
		{SideResponse, &evidence{Documented, []string{"Page (2024)"}}, FaultServer, "documented (Page (2024))"},
		{SideResponse, &evidence{Observed, []string{"a caller"}}, FaultContract, "only observed this, no page states it (a caller)"},
		{SideResponse, &evidence{Inferred, nil}, FaultContract, "only inferred"},
	} {
		if fault, why := blame(tc.side, tc.e); fault != tc.fault || !strings.Contains(why, tc.why) {
			t.Errorf("%s %+v: %s, %s", tc.side, tc.e, fault, why)
		}
	}
}

// A member that is missing is judged by the evidence for that member, not by
// that of the object which requires it.
func TestMissingMemberHasItsOwnEvidence(t *testing.T) {
	c := checkerOf(t, `
    Thing:
      type: object
      required: [printed, seen]
      x-evidence: {documented: [Things (2024)]}
      properties:
        printed: {type: string}
        seen: {type: string, x-evidence: {observed: [a caller]}}
`)
	for body, want := range map[string]struct {
		pointer string
		fault   Fault
	}{
		`{"printed":"x"}`: {"/seen", FaultContract},
		`{"seen":"x"}`:    {"/printed", FaultServer},
	} {
		f := one(t, c.CheckComponent("Thing", []byte(body), SideResponse), CodeSchemaRequired)
		if f.Pointer != want.pointer || f.Fault != want.fault {
			t.Errorf("%s: %s is the fault of the %s, want %s of the %s", body, f.Pointer, f.Fault, want.pointer, want.fault)
		}
	}
}

func TestExpectedAnswer(t *testing.T) {
	c := checker(t)
	ex := person()
	ex.Expect.Answer = "Nobody"
	f := one(t, c.Check(t.Context(), ex), CodeExpectationUnknown)
	if f.Fault != FaultContract {
		t.Errorf("%+v", f)
	}
	ex.Expect.Answer = "Wheel" // a component, but no answer of this operation
	if got := codes(c.Check(t.Context(), ex).Findings); !slices.Equal(got, []string{CodeExpectationUnknown}) {
		t.Error(got)
	}
	// Described for 200, came with 401.
	ex.Expect.Answer, ex.Response.Status = "PersonFound", 401
	f = one(t, c.Check(t.Context(), ex), CodeAnswerStatus)
	if f.Expected != "200" || f.Actual != "401" || f.Fault != FaultServer {
		t.Errorf("%+v", f)
	}
	// Came with a status that nothing is described for: judged all the same.
	ex.Response.Status, ex.Response.Body = 418, []byte(`{"status":"success","person":{"id":1}}`)
	if got := codes(c.Check(t.Context(), ex).Findings); !slices.Equal(got, []string{CodeSchemaRequired, CodeStatusUndocumented}) {
		t.Error(got)
	}
	if got := c.Answers("getPerson"); !slices.Equal(got, []string{"Failure", "OldPersonFound", "PersonAnswer", "PersonFound"}) {
		t.Error(got)
	}
	if c.Answers("nobody") != nil {
		t.Error("answers of an operation that is not there")
	}
}

func TestAmbiguousContract(t *testing.T) {
	c := checker(t)
	for body, want := range map[string]string{
		`{"a":"x"}`:         "contract-ambiguous response ",
		`{"a":"x","b":"y"}`: "contract-ambiguous response ",
		`{"a":"x","b":1}`:   "", // fits Looser alone
	} {
		for _, due := range []string{"", "Looser"} {
			r := c.Check(t.Context(), Exchange{Operation: "getThing", Expect: Expect{Answer: due}, Response: Response{
				Status: 200, Header: http.Header{"Content-Type": {jsonType}}, Body: []byte(body),
			}})
			if got := brief(r.Findings); got != want {
				t.Errorf("%s: got %s", body, got)
			}
			if want != "" {
				f := r.Findings[0]
				if f.Fault != FaultContract || f.Actual != "Loose and Looser" {
					t.Errorf("%+v", f)
				}
				atLine(t, f.Location, "oneOf:")
			}
		}
	}
}

func TestDrift(t *testing.T) {
	ex := person()
	ex.Response.Body = []byte(`{"person":{"id":1,"name":"x","Nick":"y","new":[1,2],"free":{"anything":1},"extras":{"k":"v"},
		"parts":[{"kind":"wheel","size":1,"side":"left"},{"kind":"wheel","size":1,"side":"left"}]},"status":"success","trace":{"a":1}}`)
	r := checker(t).Check(t.Context(), ex)
	if !r.OK() {
		t.Fatal(brief(r.Findings))
	}
	type row struct {
		pointer, shape, schema, near string
		count                        int
	}
	var got []row
	for _, d := range r.Drift {
		got = append(got, row{d.Pointer, d.Shape, d.Schema, d.Near, d.Count})
		if d.Operation != "getPerson" || d.Exchange != "case/step" || d.Side != SideResponse || d.Allowed {
			t.Errorf("%+v", d)
		}
		atLine(t, d.Location, "properties:")
	}
	want := []row{
		{"/person/parts/0/side", "string(4)", "Wheel", "", 2},
		{"/person/Nick", "string(1)", "Person", "nick", 1},
		{"/person/new", "array[2]", "Person", "", 1},
		{"/trace", "object{1}", "PersonFound", "", 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

// TestAllOfDeclaresTogether: what one part of an allOf declares is no drift
// for the other, and each part's rules hold.
func TestAllOfDeclaresTogether(t *testing.T) {
	c := checker(t)
	r := c.CheckComponent("Chain", []byte(`{"x":"1","y":"2","z":3,"next":{"x":"1","y":2}}`), SideResponse)
	if got := brief(r.Findings); got != "schema-type response /next/y" {
		t.Error(got)
	}
	if len(r.Drift) != 1 || r.Drift[0].Pointer != "/z" {
		t.Errorf("%+v", r.Drift)
	}
}

func TestCheckComponent(t *testing.T) {
	c := checker(t)
	if r := c.CheckComponent("Person", []byte(goodPerson), SideResponse); !r.OK() || r.Answer != "Person" {
		t.Errorf("%+v", r)
	}
	one(t, c.CheckComponent("Person", []byte(`{"id":1}`), SideResponse), CodeSchemaRequired)
	one(t, c.CheckComponent("Person", []byte(`{"id":1,`), SideRequest), CodeBodyTruncated)
	one(t, c.CheckComponent("Nobody", nil, SideResponse), CodeExpectationUnknown)
}

// TestNoValuesShow puts a marker into every value that a body, a header or a
// query can bear, and looks for it in all that a result says.
func TestNoValuesShow(t *testing.T) {
	const marker = "Zxqj81"
	broken := []string{
		`{"person":{"id":true,"name":{"x":"M"},"nick":["M"],"age":"M","zone":"M","born":"M","seen":"M","mail":"M","site":"M M","big":"M","code":"M","score":"M","tags":["M","M","M","M"],"deleted":"M","parts":["M",{"kind":"M","size":"M"}],"extras":{"a":["M"]},"secret":"M","neu":"M"},"status":"M"}`,
		`{"status":"failed","message":"M"}`,
		`{"status":"M"}`, `["M"]`, `"M"`, "{\"a\":\"M\n\",\"a\":\"M\xff\"} \"M\"", `{"status":M}`, `{"status":"M`, `M`, `<html>M`,
	}
	for _, show := range []bool{false, true} {
		c := checker(t, WithValues(show))
		shown := 0
		for _, text := range broken {
			for _, due := range []string{"", "PersonFound", "Failure"} {
				ex := person()
				ex.Expect.Answer = due
				text := strings.ReplaceAll(text, "M", marker)
				ex.Response.Body, ex.Request.Body = []byte(text), []byte(text)
				ex.Request.Header.Set("Authorization", marker)
				ex.Request.URL += "?x=" + marker
				ex.Response.Header.Set("X-Count", marker)
				ex.Response.Header.Set("Content-Type", "application/json; boundary="+marker)
				r := c.Check(t.Context(), ex)
				if r.OK() {
					t.Errorf("nothing found in %s", text)
				}
				said, err := json.Marshal([]any{r.Findings, r.Drift, r.Branches})
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(said), marker) {
					shown++
					if !show {
						t.Errorf("a value shows:\n%s", said)
					}
				}
			}
		}
		if show && shown == 0 {
			t.Error("WithValues shows nothing")
		}
	}
}

// TestNoNamesThatAreValuesShow has a phone or an address for a member's name,
// wherever a body, a path or a query can have one.
func TestNoNamesThatAreValuesShow(t *testing.T) {
	for _, marker := range []string{"9000000001", "asha~/@example.com", "+91 90000000", strings.Repeat("a long story ", 10)} {
		for _, show := range []bool{false, true} {
			c := checker(t, WithValues(show))
			var said []any
			for _, body := range []string{
				`{"person":{"id":1,"name":"x","extras":{"M":1}},"status":"success"}`,
				`{"person":{"id":1,"name":"x","M":1,"M":2},"status":"success"}`,
				`{"person":{"id":1,"name":"x","parts":[{"kind":"door","side":"left","M":{}}]},"status":"success","M":`,
			} {
				name, _ := json.Marshal(marker)
				ex := person()
				ex.Response.Body = []byte(strings.ReplaceAll(body, `"M"`, string(name)))
				ex.Request.URL += "?" + url.QueryEscape(marker) + "=1"
				r := c.Check(t.Context(), ex)
				said = append(said, r.Findings, r.Drift, r.Branches)
			}
			ex := person()
			ex.Operation, ex.Request.URL = "", "https://acme.example.com/nowhere/"+marker
			said = append(said, c.Check(t.Context(), ex).Findings)
			text, err := json.Marshal(said)
			if err != nil {
				t.Fatal(err)
			}
			escaped, _ := json.Marshal(jsonvalue.Escape(marker))
			plain, _ := json.Marshal(marker)
			shown := strings.Count(string(text), strings.Trim(string(plain), `"`)) + strings.Count(string(text), strings.Trim(string(escaped), `"`))
			if show && shown == 0 || !show && shown > 0 {
				t.Errorf("%q is shown %d times, with values %v:\n%s", marker, shown, show, text)
			}
			if !show && !strings.Contains(string(text), "characters)") {
				t.Errorf("nothing stands in the place of %q:\n%s", marker, text)
			}
		}
	}
}

func TestWithValues(t *testing.T) {
	ex := person()
	ex.Response.Body = []byte(`{"person":{"id":1,"name":"Asha <b>","age":"` + strings.Repeat("é", 500) + `"},"status":"success"}`)
	f := one(t, checker(t, WithValues(true)).Check(t.Context(), ex), CodeSchemaType)
	if f.Value != `"`+strings.Repeat("é", maxValue-1)+"…" {
		t.Errorf("%q", f.Value)
	}
}

func TestWithLocation(t *testing.T) {
	ex := person()
	ex.Response.Body = []byte(`{"person":{"id":1},"status":"success"}`)
	c := checker(t, WithLocation(func(file string, _ int) string { return "at " + filepath.Base(file) }))
	if f := one(t, c.Check(t.Context(), ex), CodeSchemaRequired); f.Location != "at shop.yaml" {
		t.Error(f.Location)
	}
}

func TestLocationsNeedOrigins(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join("testdata", "shop.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	ex := person()
	ex.Response.Body = []byte(`{"person":{"id":1},"status":"success"}`)
	if f := one(t, c.Check(t.Context(), ex), CodeSchemaRequired); f.Location != "" {
		t.Error(f.Location)
	}
}

func TestCoverage(t *testing.T) {
	c := checker(t)
	cov := c.NewCoverage()
	empty := cov.Operation("getPerson")
	if empty.Members.Seen != 0 || empty.Members.Declared == 0 || !slices.Contains(empty.UnseenMembers, "Person.nick") {
		t.Errorf("%+v", empty)
	}
	if slices.ContainsFunc(empty.UnseenMembers, func(m string) bool { return strings.HasPrefix(m, "Form.") }) {
		t.Error("members of another operation are counted")
	}
	ex := person()
	ex.Response.Body = []byte(`{"person":{"id":1,"name":"x","nick":null,"zone":"north","tags":["a"],"parts":[{"kind":"door","side":"left"}]},"status":"success"}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { cov.Add(c.Check(t.Context(), ex)) })
	}
	wg.Wait()
	got := cov.Operation("getPerson")
	for _, member := range []string{"Person.nick", "Person.zone", "PersonFound.person", "PersonQuery.id", "Door.side"} {
		if slices.Contains(got.UnseenMembers, member) {
			t.Errorf("%s was seen", member)
		}
	}
	if !slices.Contains(got.UnseenEnumValues, "Zone=south") || slices.Contains(got.UnseenEnumValues, "Zone=north") {
		t.Errorf("enum %v", got.UnseenEnumValues)
	}
	if got.Nulls != (Count{1, 1}) || !slices.Contains(got.UnseenBranches, "Part: Wheel") || slices.Contains(got.UnseenBranches, "Part: Door") || !slices.Contains(got.UnseenItems, "OldPersonFound.message[]") || slices.Contains(got.UnseenItems, "Person.tags[]") {
		t.Errorf("%+v", got)
	}
	if got.Members.Declared != empty.Members.Declared || got.Members.Seen != got.Members.Declared-len(got.UnseenMembers) {
		t.Errorf("%+v", got.Members)
	}
	if other := cov.Operation("listPeople"); other.Members.Seen != 0 || other.Members.Declared == 0 {
		t.Errorf("%+v", other.Members)
	}
	if none := cov.Operation("nobody"); none.Members.Declared != 0 {
		t.Errorf("%+v", none)
	}
}

func TestConcurrentUse(t *testing.T) {
	c := checker(t)
	ex := person()
	ex.Response.Body = []byte(`{"person":{"id":1,"born":"x"},"status":"success","neu":1}`)
	want := brief(c.Check(t.Context(), ex).Findings)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 20 {
				if got := brief(c.Check(t.Context(), ex).Findings); got != want {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
}

func TestCheckerRefuses(t *testing.T) {
	if _, err := NewChecker(nil); err == nil || !strings.Contains(err.Error(), "nil") {
		t.Error(err)
	}
	for name, tc := range map[string]struct{ text, want string }{
		"3.1":     {"openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n", "3.1.0"},
		"invalid": {"openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/x: {get: {operationId: a}}}\n", "not valid"},
		"pattern": {"openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents: {schemas: {A: {type: string, pattern: '['}}}\n", "not valid"},
	} {
		doc, err := openapi3.NewLoader().LoadFromData([]byte(tc.text))
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err = NewChecker(doc); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUncheckedFormats(t *testing.T) {
	if got := checker(t).UncheckedFormats(); !slices.Equal(got, []string{"colour"}) {
		t.Error(got)
	}
}

func TestOperations(t *testing.T) {
	c := checker(t)
	list := c.Operations()
	if len(list) != 6 || !slices.IsSortedFunc(list, func(a, b OperationInfo) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("%+v", list)
	}
	info, ok := c.Operation("getPerson")
	if !ok || info.Method != "POST" || info.Path != "/person.html" || info.Summary != "Get a person" || info.Evidence != Documented {
		t.Errorf("%+v", info)
	}
	atLine(t, info.Location, "post:")
	if _, ok := c.Operation("nobody"); ok {
		t.Error("an operation that is not there")
	}
}

// TestCodesAreExplained holds the constants, the explanations and the codes
// in use together.
func TestCodesAreExplained(t *testing.T) {
	declared, used := map[string]string{}, map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			if file == "codes.go" {
				if name, value, ok := strings.Cut(line, `= "`); ok && strings.HasPrefix(strings.TrimSpace(name), "Code") {
					declared[strings.TrimSpace(name)] = strings.TrimSuffix(strings.TrimSpace(value), `"`)
				}
				continue
			}
			if file == "explain.go" {
				continue
			}
			for _, word := range strings.FieldsFunc(line, func(r rune) bool {
				return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
			}) {
				used[word] = true
			}
		}
	}
	for name, code := range declared {
		e, ok := Explain(code)
		if !ok || e.Code != code || e.Title == "" || e.Meaning == "" || e.Fault == "" || e.Next == "" {
			t.Errorf("%s (%q) is not explained", name, code)
		}
		runners := slices.Contains([]string{"CodeNoAnswer", "CodeCaseExpectation"}, name) || strings.HasPrefix(name, "CodeClient")
		if used[name] == runners {
			t.Errorf("%s: used %v", name, used[name])
		}
	}
	if list := Codes(); len(list) != len(declared) || !slices.IsSorted(list) {
		t.Errorf("%d codes, %d explanations", len(declared), len(list))
	}
	if _, ok := Explain("nothing"); ok {
		t.Error("an unknown code is explained")
	}
}

// TestKnowsNothingOfTheVendor: the engine stays generic.
func TestKnowsNothingOfTheVendor(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	vendor := "kap" + "ture"
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(strings.ToLower(string(raw))) {
			// An import has to name the module.
			if strings.Contains(line, vendor) && !strings.HasPrefix(line, "\t\"github.com/") {
				t.Errorf("%s names the vendor: %s", file, line)
			}
		}
	}
}

// FuzzCheck: whatever comes, a check ends, gives no value away and says
// something about what is not JSON.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{goodAnswer, `{"status":"failed","message":"x"}`, `{"person":{"parts":[{"kind":"door"}]}}`, `[`, `null`, `{"a":{}}`, "\x1f\x8b"} {
		f.Add("getPerson", "PersonFound", 200, jsonType, []byte(seed))
		f.Add("getThing", "", 200, "text/html", []byte(seed))
	}
	c := checker(f)
	f.Fuzz(func(t *testing.T, operation, due string, status int, label string, body []byte) {
		ex := person()
		ex.Operation, ex.Expect.Answer = operation, due
		ex.Request.Body = body
		ex.Response = Response{Status: status, Header: http.Header{"Content-Type": {label}, "X-Request-Id": {"abc"}}, Body: body}
		r := c.Check(t.Context(), ex)
		for _, f := range r.Findings {
			if f.Code == "" || f.Fault == "" || f.Side == "" || f.Message == "" || f.Count < 1 || f.Value != "" {
				t.Errorf("the finding is not complete: %+v", f)
			}
		}
		if _, known := c.Operation(operation); known && status == 200 && label == jsonType && !json.Valid(body) && r.OK() {
			t.Errorf("nothing found in %q", body)
		}
	})
}
