package documents

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// A contract of made-up operations: two generations of one title, contacts
// inside a thing, a label, an unknown field.
const things = `
openapi: 3.0.3
info: {title: Things, version: "1", x-unknown-fields: [{label: Told in general}]}
x-unknown-fields: [{label: Told to all}]
paths:
  /things/add:
    post:
      operationId: addThing
      x-evidence: {documented: ["Add Thing API (2024)"]}
      x-unknown-fields: [{label: Shelf Mark, type: String}]
      x-failures:
        - {name: key, message: Wrong key, field: message, status: failed, http: [401]}
        - {name: twice, message: "Thing 12345678 is there twice", field: message, status: failed}
      x-successes:
        - {name: added, message: "Thing added !", field: message}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Upsert'}
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/Response'}}}
        "401": {description: no}
        "5XX": {description: broken}
  /old/things/add:
    post:
      operationId: addOldThing
      x-evidence: {documented: ["Add Thing API (2016)"]}
      x-error-names: [{name: AuthKeyInvalid, description: no}]
      x-failures:
        - {name: key, message: Wrong key, field: Message, status: Fail}
        - {name: busy, message: "Busy, thing 1", pattern: '^Busy, thing [0-9]+$', field: Message, status: Fail}
      parameters:
        - {name: auth_key, in: query, schema: {type: string}}
        - name: fields
          in: query
          content: {application/json: {schema: {type: object, properties: {old_colour: {type: string}}}}}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                colour_name: {type: string, x-labels: [Colour]}
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {type: object, properties: {Message: {type: string}, Status: {type: string}}}
  /things/get:
    post:
      operationId: getThing
      x-evidence: {documented: ["Get Thing API (2024)"]}
      requestBody:
        content:
          application/json:
            schema: {type: array, items: {type: object, properties: {thing_id: {type: string}}}}
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {type: object, properties: {thing: {$ref: '#/components/schemas/Thing'}}}
        "404": {description: none}
components:
  schemas:
    Upsert:
      type: object
      properties:
        thing_info: {allOf: [{$ref: '#/components/schemas/Thing'}], x-labels: [Thing Details]}
        contacts: {type: array, items: {$ref: '#/components/schemas/Contact'}}
    Response:
      oneOf:
        - type: object
          properties: {message: {type: string}, status: {type: string}}
        - type: object
          properties: {"Thing Details": {type: string}, status: {type: string}}
    Thing:
      type: object
      properties:
        colour: {type: string}
        "code ": {type: string}
        Email_id: {type: string, x-labels: [Mail]}
        more: {type: object, additionalProperties: {type: object, properties: {deep: {type: string}}}}
        parent: {$ref: '#/components/schemas/Thing'}
    Contact:
      type: object
      properties: {phone: {type: string}, companyName: {type: string}}
`

func contractOf(t *testing.T, text string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// lines are what a report prints, hints last; none where it prints nothing.
func lines(report *Report) (out []string) {
	var b strings.Builder
	_ = report.WriteText(&b)
	_ = report.WriteHints(&b)
	for line := range strings.Lines(b.String()) {
		out = append(out, strings.TrimSuffix(line, "\n"))
	}
	return out
}

// prints checks that a report has the expected lines.
func prints(t *testing.T, report *Report, want []string) {
	t.Helper()
	if got := lines(report); !slices.Equal(got, want) {
		t.Errorf("got:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestCompare(t *testing.T) {
	doc := contractOf(t, things)
	cases := []struct {
		name string
		page string
		want []string // of the text; none: nothing is missing
		ties []string
	}{
		{
			name: "all of it is known",
			page: page(
				`Add Thing API`,
				`https://api.example.com/things/add`,
				`{"thing_info": {"colour": "", "code ": "", "parent": {"colour": "", "parent": {"code ": ""}}}, `+
					`"contacts": [{"phone": "", "companyName": ""}]}`,
				`{"message": "Thing added !", "status": "success"}`,
				`{"message": "Thing 87654321 is there twice", "status": "failed"}`,
				`SL.NO ATTRIBUTE TYPE DESCRIPTION`,
				`1 colour String x`, `2 COLOUR String x`, `3 Mail String x`, `4  shelf   mark  String x`,
				`5 colour / Mail String x`, `6 email_id String x`,
				`7 Thing Details Object x`, `8 Colour & Shelf Mark, Mail String x`, `9 Authorization String x`,
				`SL.NO CONDITION RESPONSE ERROR CODE`,
				`1 When. "message": "Wrong key",`, `"status": "failed"`, `401`,
				`SL.NO CODE DESCRIPTION`,
				`1 401 x`, `2 503 x`,
			),
			ties: []string{`path addThing`},
		},
		{
			name: "a new path, the rest by the title",
			page: page(`GET THING API`, `https://api.example.com/things/gets`, `[{"thing_id": "1"}]`, `{"size": 1}`),
			want: []string{
				`page.txt:2: path "/things/gets" in section "GET THING API": not in the contract at getThing ` +
					`(nearest: "/things/get")`,
				`page.txt:4: key "size" in section "GET THING API": not in the contract at getThing`,
			},
			ties: []string{`title getThing`},
		},
		{
			name: "known elsewhere, new here",
			page: page(
				`Get Thing API`, `{"thing": {"phone": "1"}}`,
				`{"message": "Wrong key", "status": "failed"}`,
				`Error Messages Description`, `AuthKeyInvalid x`,
				`Error CodesDescription`, `401`,
				`Parameter Data Type Description`, `Shelf Mark String x`,
			),
			want: []string{
				`page.txt:2: key "phone" in section "Get Thing API": not in the contract at getThing ` +
					`(the contract has it at addThing)`,
				`page.txt:3: key "message" in section "Get Thing API": not in the contract at getThing ` +
					`(the contract has it at addThing)`,
				`page.txt:3: message "Wrong key" in section "Get Thing API": not in the contract at getThing ` +
					`(under "message"; status "failed"; the contract has it at addOldThing, addThing)`,
				`page.txt:3: key "status" in section "Get Thing API": not in the contract at getThing ` +
					`(the contract has it at addThing)`,
				`page.txt:5: error name "AuthKeyInvalid" in section "Get Thing API": not in the contract at getThing ` +
					`(the contract has it at addOldThing)`,
				`page.txt:7: code "401" in section "Get Thing API": not in the contract at getThing ` +
					`(the contract has it at addThing)`,
				`page.txt:9: field "Shelf Mark" in section "Get Thing API": not in the contract at getThing ` +
					`(the contract has it at addThing)`,
			},
		},
		{
			name: "known in the operation, new in its place",
			page: page(
				`/things/add`,
				`{"thing_info": {"companyName": ""}, "phone": "", "contacts": [{"phone": "", "colour": ""}]}`,
			),
			want: []string{
				`page.txt:2: key "companyName" in section "(no heading)": not so in the contract at addThing ` +
					`(the page has it in "thing_info", the contract in "contacts")`,
				`page.txt:2: key "phone" in section "(no heading)": not so in the contract at addThing ` +
					`(the page has it at the top, the contract in "contacts")`,
				`page.txt:2: key "colour" in section "(no heading)": not so in the contract at addThing ` +
					`(the page has it in "contacts", the contract in "parent" and in "thing_info")`,
			},
		},
		{
			name: "below a new field the names of the operation will do",
			page: page(`/things/add`, `{"extra": {"phone": "", "size": ""}}`, `"companyName": "x",`),
			want: []string{
				`page.txt:2: key "extra" in section "(no heading)": not in the contract at addThing`,
				`page.txt:2: key "size" in section "(no heading)": not in the contract at addThing`,
			},
		},
		{
			name: "blanks and case of keys count",
			page: page(
				`/things/add`,
				`{"thing_info": {"code": "", "Colour": ""}}`,
				`{"message": "Thing added!", "status": "success"}`,
			),
			want: []string{
				`page.txt:2: key "code" in section "(no heading)": not in the contract at addThing (nearest: "code ")`,
				`page.txt:2: key "Colour" in section "(no heading)": not in the contract at addThing ` +
					`(nearest: "colour")`,
				`page.txt:3: message "Thing added!" in section "(no heading)": not in the contract at addThing ` +
					`(under "message"; status "success"; nearest: "Thing added !")`,
			},
		},
		{
			name: "a message under another name, status or code",
			page: page(
				`/things/add`,
				`{"Thing Details": "Wrong key", "status": "failed"}`,
				`{"message": "Wrong key", "status": "Fail"}`,
				`{"message": "Wrong key", "status": "success"}`,
				`{"message": "Thing added !", "status": "failed"}`,
				`SL.NO CONDITION RESPONSE ERROR CODE`,
				`1 When. "message": "Wrong key",`, `"status": "failed"`, `503`,
				`1 When. "message": "Thing 1234 is there twice", "status": "failed" 401`,
			),
			want: []string{
				`page.txt:2: message "Wrong key" in section "(no heading)": not so in the contract at addThing ` +
					`(the page has it under "Thing Details", the contract under "message")`,
				`page.txt:3: message "Wrong key" in section "(no heading)": not so in the contract at addThing ` +
					`(the page has it with status "Fail", the contract with "failed")`,
				`page.txt:4: message "Wrong key" in section "(no heading)": not so in the contract at addThing ` +
					`(the page has it with status "success", the contract with "failed")`,
				`page.txt:5: message "Thing added !" in section "(no heading)": not so in the contract at addThing ` +
					`(the page has it with status "failed", the contract lists it as a success)`,
				`page.txt:7: message "Wrong key" in section "(no heading)": not so in the contract at addThing ` +
					`(the page gives it code 503, the contract 401)`,
				`page.txt:10: message "Thing 1234 is there twice" in section "(no heading)": ` +
					`not so in the contract at addThing (the page gives it code 401, the contract none)`,
			},
		},
		{
			name: "the generation of a title is guessed by what fits best",
			page: page(`Add Thing API`, `{"Message": "Busy, thing 77", "Status": "Fail"}`, `{"colour": "red"}`),
			want: []string{
				`page.txt:3: key "colour" in section "Add Thing API": not in the contract at addOldThing ` +
					`(the contract has it at addThing, getThing)`,
			},
			ties: []string{`best fit addOldThing`},
		},
		{
			name: "a heading ties where the title does not",
			page: page(`## Get Thing.`, `Response Body`, `{"thing": {"colour": ""}, "phone": 1}`),
			want: []string{
				`page.txt:3: key "phone" in section "Response Body": not in the contract at getThing ` +
					`(the contract has it at addThing)`,
			},
			ties: []string{`heading getThing`},
		},
		{
			name: "a page of nothing known is held against the whole contract",
			page: page(
				`WELCOME`, `{"phone": "1", "colour": "2", "size": "3"}`, `SL.NO CODE DESCRIPTION`, `1 404 x`, `2 418 x`,
				`SL.NO ATTRIBUTE TYPE DESCRIPTION`, `1 Told in general String x`, `2 told to all String x`,
				`3 shelf mark String x`, `4 Shelf String x`,
			),
			want: []string{
				`page.txt:2: key "size" in section "WELCOME": not in the contract`,
				`page.txt:5: code "418" in section "WELCOME": not in the contract`,
				`page.txt:10: field "Shelf" in section "WELCOME": not in the contract`,
			},
			ties: []string{`none `},
		},
		{
			name: "a section of an operation that there is not",
			page: page(`Burn Thing API`, `https://api.example.com/things/burn`, `{"colour": "", "heat": 1}`),
			want: []string{
				`page.txt:2: path "/things/burn" in section "Burn Thing API": not in the contract`,
				`page.txt:3: key "heat" in section "Burn Thing API": not in the contract`,
				`page.txt:1: hint: no operation has the title or the path of section "Burn Thing API", ` +
					`so what any other operation has is not listed; add the operation, then compare again`,
			},
			ties: []string{`none `},
		},
		{
			name: "a query string",
			page: page(
				`http://api.example.com/old/things/add?auth_key=<token>&api_id=35 ` +
					`&fields= {"old_colour":"x","colour":"y"}`,
			),
			want: []string{
				`page.txt:1: parameter "api_id" in section "(no heading)": not in the contract at addOldThing`,
				`page.txt:1: key "colour" in section "(no heading)": not in the contract at addOldThing ` +
					`(the contract has it at addThing, getThing)`,
			},
		},
		{
			name: "the same fact again on the page",
			page: page(`/things/get`, `{"size": 1}`, `{"size": 1, "size": 2}`, `Get Thing API`, `{"size": 1}`),
			want: []string{
				`page.txt:2: key "size" in section "(no heading)": not in the contract at getThing (again on line 3)`,
				`page.txt:5: key "size" in section "Get Thing API": not in the contract at getThing`,
			},
		},
		{
			name: "a page without facts",
			page: `Nothing of the API stands here.`,
			want: []string{`page.txt:1: no fact was found in this page; is it a page of the API?`},
		},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			report := Compare(doc, nil, readPage(t, test.page))
			prints(t, report, test.want)
			if report.OK() != (test.want == nil) {
				t.Errorf("OK is %v", report.OK())
			}
			var ties []string
			for _, tie := range report.Ties {
				ties = append(ties, tie.By+" "+strings.Join(tie.Operations, " "))
			}
			if test.ties != nil && !slices.Equal(ties, test.ties) {
				t.Errorf("ties %q, want %q", ties, test.ties)
			}
		})
	}
}

func TestLeftOut(t *testing.T) {
	doc := contractOf(t, things)
	list, err := ParseLeftOut("left-out.yaml", []byte(page(
		`leftOut:`,
		`  - {kind: key, value: size, page: "Get Thing API (2024)", reason: an illustration}`,
		`  - {kind: key, value: weight, page: "Get Thing API (2024)", `+
			`section: sample request, reason: an illustration}`,
		`  - {kind: key, value: colour, page: "Get Thing API (2024)", reason: known by now}`,
		`  - {kind: key, value: gone, page: "Get Thing API (2024)", reason: an illustration}`,
		`  - {kind: key, value: gone, page: "Add Thing API (2024)", reason: an illustration}`,
	)))
	if err != nil {
		t.Fatal(err)
	}
	report := Compare(doc, list, readPage(t, page(
		`GET THING API`,
		`{"size": 1, "weight": 1}`,
		`SAMPLE REQUEST`,
		`{"size": 1, "weight": 1, "thing": {"colour": "1"}}`,
	)))
	prints(t, report, []string{
		`page.txt:2: key "weight" in section "GET THING API": not in the contract at getThing`,
		`left-out list: key "colour" of Get Thing API (2024): the contract has it now; remove the entry`,
		`left-out list: key "gone" of Get Thing API (2024): the page does not state it any more; remove the entry`,
	})
	const want = "1 page, 6 facts (6 keys); 1 not in the contract, " +
		"3 left out with a reason; 2 stale in the left-out list"
	if summary := report.Summary(); summary != want {
		t.Errorf("summary %q, want %q", summary, want)
	}
}

func TestParseLeftOutFaults(t *testing.T) {
	const good = `{kind: key, value: size, page: "Get Thing API (2024)", reason: why}`
	const unknownKind = `{kind: name, value: x, page: y, reason: z}`
	for text, want := range map[string]string{
		"":                        "list.yaml is empty",
		"leftOut: [{kinds: key}]": `unknown field "kinds"`,
		"leftOut: {":              "list.yaml is not a left-out list",
		"leftOut: [" + good + ",\n  " + unknownKind + "]": `entry 2 (name "x"): kind "name" is none of`,
		"leftOut: [{kind: key, page: y, reason: z}]":      "value is missing",
		"leftOut: [{kind: key, value: x, reason: z}]":     "page is missing",
		"leftOut: [{kind: key, value: x, page: y}]":       "reason is missing",
		"leftOut: [" + good + "," + good + "]":            "is in the list twice",
	} {
		if _, err := ParseLeftOut("list.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want an error with %q", text, err, want)
		}
	}
	if list, err := ParseLeftOut("list.yaml", []byte("leftOut: []")); err != nil || len(list) != 0 {
		t.Errorf("an empty list gives %v, %v", list, err)
	}
}

func TestWriteJSON(t *testing.T) {
	report := Compare(contractOf(t, things), nil, readPage(t, page(`Get Thing API`, `{"sizes": "<1>"}`)))
	var b strings.Builder
	if err := report.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Missing []struct {
			Kind, Value, File, Title string
			Line                     int
			Operations               []string
		}
		Stale, Doubts []any
		Facts         map[string]int
		Ties          []Tie
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Missing) != 1 || got.Stale == nil || got.Doubts == nil || got.Facts["key"] != 1 || len(got.Ties) != 1 {
		t.Fatalf("report %s", b.String())
	}
	m := got.Missing[0]
	isKey := m.Kind == "key" && m.Value == "sizes"
	isPlace := m.File == "page.txt" && m.Line == 2 && m.Title == "Get Thing API"
	if !isKey || !isPlace || !slices.Equal(m.Operations, []string{"getThing"}) {
		t.Errorf("missing %+v", m)
	}
}

// A label that the contract spells in two ways gives the same list in every run.
func TestNearestLabelIsTheSame(t *testing.T) {
	doc := contractOf(t, strings.Replace(things, "  schemas:\n", page(
		`  schemas:`,
		`    Row: {type: object, properties: {row: {type: string, x-labels: [Bin Mark]}}}`,
		`    Other: {type: object, properties: {other: {type: string, x-labels: [bin mark]}}}`,
		``,
	), 1))
	read := readPage(t, page(`WELCOME`, `SL.NO ATTRIBUTE TYPE DESCRIPTION`, `1 Bin Marks String x`))
	for range 20 {
		got := Compare(doc, nil, read).Missing
		if len(got) != 1 || got[0].Nearest != "Bin Mark" {
			t.Fatalf("got %+v, want one whose nearest is Bin Mark", got)
		}
	}
}
