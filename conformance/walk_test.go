package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestSchemaFindings changes one thing of the person at a time.
func TestSchemaFindings(t *testing.T) {
	for name, c := range map[string]struct {
		person   string // fields next to id and name; or all of it, if it begins with {
		evidence Class  // documented if empty
		code     string
		pointer  string
		expected string
		actual   string
		schema   string
		line     string // in the contract
	}{
		"type": {
			person: `"deleted":"no"`,
			code:   CodeSchemaType, pointer: "/person/deleted", line: "deleted: {type: boolean}",
			expected: "boolean", actual: "string(2)", schema: "Person",
		},
		"required": {
			person: `{"id":1}`,
			code:   CodeSchemaRequired, pointer: "/person/name", line: "required: [id, name]",
			expected: "string", actual: "absent", schema: "Person",
		},
		"null": {
			person: `{"id":1,"name":null}`,
			code:   CodeSchemaNull, pointer: "/person/name", line: "name: {type: string}",
			expected: "string", actual: "null", schema: "Person",
		},
		"enum, observed": {
			person:   `"zone":"west"`,
			evidence: Observed,
			code:     CodeSchemaEnum, pointer: "/person/zone", line: "enum: [north, south]",
			expected: `"north" or "south"`, actual: "string(4)", schema: "Zone",
		},
		"minimum, inferred": {
			person:   `"age":-1`,
			evidence: Inferred,
			code:     CodeSchemaRange, pointer: "/person/age", line: "minimum: 0",
			expected: "number must be at least 0", actual: "number", schema: "Person",
		},
		"multipleOf": {
			person: `"score":0.3`,
			code:   CodeSchemaRange, pointer: "/person/score", line: "multipleOf: 0.5",
			expected: "number must be a multiple of 0.5", actual: "number", schema: "Person",
		},
		"fraction": {
			person:   `"age":1.5`,
			evidence: Inferred,
			code:     CodeSchemaType, pointer: "/person/age", line: "type: integer",
			expected: "integer", actual: "number", schema: "Person",
		},
		"pattern": {
			person: `"code":"abc"`,
			code:   CodeSchemaPattern, pointer: "/person/code", line: "pattern: '^[A-Z]{2}$'",
			expected: "text matching ^[A-Z]{2}$", actual: "string(3)", schema: "Person",
		},
		"uniqueItems": {
			person: `"tags":["a","a"]`,
			code:   CodeSchemaUnique, pointer: "/person/tags", line: "uniqueItems: true",
			expected: "duplicate items found", actual: "array[2]", schema: "Person",
		},
		"maxItems": {
			person: `"tags":["a","b","c","d"]`,
			code:   CodeSchemaLength, pointer: "/person/tags", line: "maxItems: 3",
			expected: "maximum number of items is 3", actual: "array[4]", schema: "Person",
		},
		"item": {
			person: `"tags":["a",2]`,
			code:   CodeSchemaType, pointer: "/person/tags/1", line: "items: {type: string}",
			expected: "string", actual: "number", schema: "Person",
		},
		"additional schema": {
			person: `"extras":{"x":1}`,
			code:   CodeSchemaType, pointer: "/person/extras/x", line: "additionalProperties: {type: string}",
			expected: "string", actual: "number", schema: "Person",
		},
		"writeOnly": {
			person: `"secret":"x"`,
			code:   CodeSchemaWriteOnly, pointer: "/person/secret", line: "writeOnly: true",
			expected: "absent", actual: "string(1)", schema: "Person",
		},
		"oneOf by type": {
			person: `{"id":true,"name":"x"}`,
			code:   CodeSchemaType, pointer: "/person/id", line: "oneOf:",
			expected: "string or integer", actual: "boolean", schema: "Id",
		},
		"nested oneOf, enum": {
			person: `"parts":[{"kind":"wheel","size":1},{"kind":"door","side":"top"}]`,
			code:   CodeSchemaEnum, pointer: "/person/parts/1/side", line: "enum:",
			expected: `"left" or "right"`, actual: "string(3)", schema: "Door",
		},
		"nested oneOf, type": {
			person: `"parts":[{"kind":"wheel","size":"1"}]`,
			code:   CodeSchemaType, pointer: "/person/parts/0/size", line: "size: {type: integer}",
			expected: "integer", actual: "string(1)", schema: "Wheel",
		},
		"required, own line": {
			person: `"parts":[{"kind":"wheel"}]`,
			code:   CodeSchemaRequired, pointer: "/person/parts/0/size", line: "- size",
			expected: "integer", actual: "absent", schema: "Wheel",
		},
		"below nested oneOf": {
			person: `"parts":[{"kind":"door","side":"left","window":{}}]`,
			code:   CodeSchemaRequired, pointer: "/person/parts/0/window/tinted", line: "required: [tinted]",
			expected: "boolean", actual: "absent", schema: "Window",
		},
		"format date": {
			person: `"born":"2023-02-29"`,
			code:   CodeSchemaFormat, pointer: "/person/born", line: "format: date}",
			expected: "date", actual: "string(10)", schema: "Person",
		},
		"format date-time": {
			person: `"seen":"2023-02-28 10:00:00"`,
			code:   CodeSchemaFormat, pointer: "/person/seen", line: "format: date-time",
			expected: "date-time", actual: "string(19)", schema: "Person",
		},
		"format email": {
			person: `"mail":"dev@  .in"`,
			code:   CodeSchemaFormat, pointer: "/person/mail", line: "format: email",
			expected: "email", actual: "string(9)", schema: "Person",
		},
		"format uri": {
			person: `"site":"no uri"`,
			code:   CodeSchemaFormat, pointer: "/person/site", line: "format: uri",
			expected: "uri", actual: "string(6)", schema: "Person",
		},
		"int64": {
			person: `"big":9223372036854775808`,
			code:   CodeSchemaFormat, pointer: "/person/big", line: "big: {type: integer, format: int64}",
			expected: "int64", actual: "number", schema: "Person",
		},
		"past 2^53": {
			person:   `"age":9007199254740993`,
			evidence: Inferred,
			code:     CodeSchemaRange, pointer: "/person/age", line: "maximum: 9007199254740992",
			expected: "number must be at most 9007199254740992", actual: "number", schema: "Person",
		},
		"enum past 2^53": {
			person: `"grade":9007199254740993`,
			code:   CodeSchemaEnum, pointer: "/person/grade", line: "grade: {type: integer, enum",
			expected: "1 or 9007199254740992", actual: "number", schema: "Person",
		},
		"fraction past 2^53": {
			person: `"big":9007199254740993.5`,
			code:   CodeSchemaType, pointer: "/person/big", line: "big: {type: integer, format: int64}",
			expected: "integer", actual: "number", schema: "Person",
		},
		"beyond float64": {
			person: `"score":1e400`,
			code:   CodeSchemaType, pointer: "/person/score", line: "score: {type: number",
			expected: "number", actual: "number", schema: "Person",
		},
	} {
		t.Run(name, func(t *testing.T) {
			body := c.person
			if !strings.HasPrefix(body, "{") {
				body = `{"id":1,"name":"Asha",` + body + `}`
			}
			ex := person()
			ex.Response.Body = []byte(`{"person":` + body + `,"status":"success"}`)

			for _, expected := range []string{"", "PersonFound"} {
				ex.Expect.Response = expected
				f := onlyFinding(t, checker(t).Check(t.Context(), ex), c.code)
				if f.Pointer != c.pointer || f.Expected != c.expected || f.Actual != c.actual || f.Schema != c.schema {
					t.Errorf("got %+v", f)
				}
				isOfStep := f.Operation == "getPerson" && f.Exchange == "case/step"
				if !isOfStep || f.Side != SideResponse || f.HTTPStatus != 200 {
					t.Errorf("got %+v", f)
				}
				expectLine(t, f.Location, c.line)

				evidence := cmp.Or(c.evidence, Documented)
				fault := FaultServer
				if evidence != Documented {
					fault = FaultContract
				}
				if f.Evidence != evidence || f.Fault != fault {
					t.Errorf("%s: fault %s, want %s", f.Evidence, f.Fault, fault)
				}
			}
		})
	}
}

// TestNumbersAreReadExactly has numbers that float64 cannot hold, or that
// would cost much time to read.
func TestNumbersAreReadExactly(t *testing.T) {
	zeros := strings.Repeat("0", 1<<20)
	for number, want := range map[string]string{
		"1.0": "", "10e-1": "", "15e-1": CodeSchemaType, "1e2": "", "0e-999999999": "", "1e-999999999": CodeSchemaType,
		"1." + zeros:          "",
		"1." + zeros + "1":    CodeSchemaType,
		"1e999999999":         CodeSchemaType,
		"1" + zeros:           CodeSchemaType,
		"9223372036854775807": "", "9223372036854775807.0": "", "-9223372036854775809": CodeSchemaFormat,
	} {
		r := checker(t).CheckComponent("Person", []byte(`{"id":1,"name":"x","big":`+number+`}`), SideResponse)
		if got := strings.Join(codes(r.Findings), " "); got != want {
			t.Errorf("%.30s: got %q, want %q", number, got, want)
		}
	}
}

func TestAllErrorsAreFound(t *testing.T) {
	ex := person()
	ex.Response.Body = []byte(`{
		"person": {"name":1, "age":"x", "code":"abc", "tags":["a","a",3,4], "born":"x", "born":"y"},
		"status": "success"
	}`)
	r := checker(t).Check(t.Context(), ex)

	want := joinLines(
		"json-duplicate-key response /person/born",
		"schema-required response /person/id",
		"schema-type response /person/age",
		"schema-format response /person/born",
		"schema-pattern response /person/code",
		"schema-type response /person/name",
		"schema-length response /person/tags",
		"schema-unique response /person/tags",
		"schema-type response /person/tags/2",
	)
	if got := brief(r.Findings); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSameFaultInManyElements(t *testing.T) {
	people := strings.Repeat(`{"id":1,"name":2},`, 1000)
	list := []byte(`{"people":[` + strings.TrimSuffix(people, ",") + `]}`)
	ex := Exchange{Operation: "listPeople", Response: jsonResponse(200, list)}

	f := onlyFinding(t, checker(t).Check(t.Context(), ex), CodeSchemaType)
	if f.Count != 1000 || f.Pointer != "/people/0/name" || len(f.Also) != maxAlso || f.Also[0] != "/people/1/name" {
		t.Errorf("the places are not counted: %+v", f)
	}
}

func TestTooManyFindings(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"id":1`)
	for i := range 1000 {
		fmt.Fprintf(&b, `,"m%d":1`, i)
	}

	ex := person()
	ex.Request.Body = []byte(b.String() + "}")
	r := checker(t).Check(t.Context(), ex)
	if len(r.Findings) != maxFindings+1 || r.Findings[maxFindings].Code != CodeTooManyFindings {
		t.Errorf("%d findings", len(r.Findings))
	}
}

func TestAnyOfNamesWhatIsNeeded(t *testing.T) {
	ex := person()
	ex.Request.Body = []byte(`{}`)
	f := onlyFinding(t, checker(t).Check(t.Context(), ex), CodeSchemaAnyOf)
	if f.Expected != `"id", "email" or "phone"` {
		t.Errorf("expected %s", f.Expected)
	}
}

func TestAnyOfNamesTheNearest(t *testing.T) {
	ex := person()
	ex.Request.Body = []byte(`{"id":1,"filter":[{"from":1,"to":"x"}]}`)
	f := onlyFinding(t, checker(t).Check(t.Context(), ex), CodeSchemaAnyOf)
	if !strings.Contains(f.Message, "ByAge is the nearest") {
		t.Errorf("the message does not name the nearest branch: %s", f.Message)
	}
	if len(f.Differs) != 1 || f.Differs[0].Pointer != "/filter/0/to" || f.Differs[0].Actual != "string(1)" {
		t.Errorf("it differs in %+v", f.Differs)
	}
}

func TestUndeclaredFieldNamesTheDeclaredOne(t *testing.T) {
	ex := person()
	ex.Request.Body = []byte(`{"id":1,"Email":"x"}`)
	f := onlyFinding(t, checker(t).Check(t.Context(), ex), CodeSchemaUndeclared)
	if !strings.Contains(f.Hint, `"email"`) {
		t.Errorf("the hint does not name the declared field: %q", f.Hint)
	}
}

func TestDrift(t *testing.T) {
	ex := person()
	ex.Response.Body = []byte(`{
		"person": {
			"id":1, "name":"x", "Nick":"y", "new":[1,2], "free":{"anything":1}, "extras":{"k":"v"},
			"parts":[{"kind":"wheel","size":1,"side":"left"}, {"kind":"wheel","size":1,"side":"left"}]
		},
		"status": "success",
		"trace": {"a":1}
	}`)
	r := checker(t).Check(t.Context(), ex)
	if !r.OK() {
		t.Fatal(brief(r.Findings))
	}

	want := []Drift{
		{Pointer: "/person/parts/0/side", Name: "side", Shape: "string(4)", Schema: "Wheel", Count: 2},
		{Pointer: "/person/Nick", Name: "Nick", Shape: "string(1)", Schema: "Person", Near: "nick", Count: 1},
		{Pointer: "/person/new", Name: "new", Shape: "array[2]", Schema: "Person", Count: 1},
		{Pointer: "/trace", Name: "trace", Shape: "object{1}", Schema: "PersonFound", Count: 1},
	}
	for i := range r.Drift {
		d := &r.Drift[i]
		expectLine(t, d.Location, "properties:")
		d.Location = ""
		if want := "#/components/schemas/" + d.Schema + "/properties"; d.Reference != want {
			t.Errorf("the reference is %q, want %q", d.Reference, want)
		}
		d.Reference = ""
		if i < len(want) {
			want[i].Exchange = "case/step"
			want[i].Operation = "getPerson"
			want[i].Side = SideResponse
		}
	}
	if !slices.Equal(r.Drift, want) {
		t.Errorf("got %+v", r.Drift)
	}
}

// TestAllOfDeclaresTogether: what one part of an allOf declares is not drift
// for the other, and each part's rules hold.
func TestAllOfDeclaresTogether(t *testing.T) {
	c := checker(t)
	r := c.CheckComponent("Chain", []byte(`{"x":"1","y":"2","z":3,"next":{"x":"1","y":2}}`), SideResponse)
	if got := brief(r.Findings); got != "schema-type response /next/y" {
		t.Errorf("got %q", got)
	}
	if len(r.Drift) != 1 || r.Drift[0].Pointer != "/z" {
		t.Errorf("the drift is %+v", r.Drift)
	}
}
