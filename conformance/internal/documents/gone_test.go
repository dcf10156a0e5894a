package documents

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// A contract that cites its pages: two generations of one title, a schema that
// is the value of two fields, one whose evidence differs from what is around it.
const citing = `openapi: 3.0.3
info: {title: Things, version: "1"}
paths:
  /things/get:
    post:
      operationId: getThing
      x-evidence: {documented: ["Get Thing API (2021)", "Get Thing API (2024)"]}
      x-unknown-fields:
        - {label: Shelf Mark, x-evidence: {documented: ["Get Thing API (2021)"]}}
      x-failures:
        - {message: Wrong key 1234, field: message, status: failed, x-evidence: {documented: ["Get Thing API (2024)"]}}
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/Response'}}}
components:
  schemas:
    Response:
      type: object
      x-evidence: {documented: ["Get Thing API (2021)", "Get Thing API (2024)"]}
      properties:
        status: {type: string}
        first: {$ref: '#/components/schemas/Thing'}
        others: {type: array, items: {$ref: '#/components/schemas/Thing'}}
        message: {type: string, x-evidence: {documented: ["Get Thing API (2024)"]}}
        guess: {type: string, x-evidence: {inferred: ["a guess"]}}
    Thing:
      type: object
      x-evidence: {documented: ["Get Thing API (2024)"]}
      properties:
        colour:
          type: string
          x-labels: [Hue]
          x-mandatory: {"Get Thing API (2021)": "Yes, Text"}
        size: {type: string}
      allOf:
        - anyOf:
            - {required: [colour], properties: {colour: {minLength: 1}}}
            - {required: [size], properties: {size: {minLength: 1}}}
`

// What a copy is known to lack is not a hint, and is reported when a copy has it.
func TestAbsent(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(citing))
	if err != nil {
		t.Fatal(err)
	}
	list, err := ParseLeftOut("left-out.yaml", []byte(page(
		`leftOut:`,
		`  - {kind: key, value: size, page: "Get Thing API (2024)", absent: true, reason: another copy has it}`,
		`  - {kind: key, value: size, page: "Get Thing API (2021)", absent: true, reason: another copy has it}`,
	)))
	if err != nil {
		t.Fatal(err)
	}
	const whole = `{"status": "", "message": "Wrong key 5678", "first": {"colour": "", "size": ""}, "others": []}`
	for text, want := range map[string]string{
		strings.Replace(whole, `, "size": ""`, "", 1): "",
		whole: `left-out list: key "size" of Get Thing API (2024): the page states it now; remove the entry`,
	} {
		report := Compare(doc, list, readPage(t, page(`Get Thing API`, text)))
		if got := strings.Join(lines(report), "\n"); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", text, got, want)
		}
	}

	left := Entry{Kind: KindKey, Value: "size", Page: "P (2024)"}
	lacked := Gone{Kind: KindKey, Value: "size", Page: "P (2024)"}
	if left.expects(lacked) {
		t.Error("what the contract leaves out is no reason for a page to lack it")
	}
}

func TestGone(t *testing.T) {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	doc, err := loader.LoadFromData([]byte(citing))
	if err != nil {
		t.Fatal(err)
	}
	const whole = `{"status": "", "message": "Wrong key 5678", "first": {"colour": "", "size": ""}, "others": []}`
	for _, test := range []struct {
		name string
		page string
		want []string
	}{
		{
			name: "nothing",
			page: page(`Get Thing API`, whole),
		},
		{
			name: "what the other section of that title states",
			page: page(
				`Get Thing API`,
				`{"others": [{"colour": ""}], "message": "Wrong key 1111"}`,
				`GET THING API.`,
				whole,
			),
		},
		{
			name: "a field that only a row states",
			page: page(
				`Get Thing API`,
				strings.Replace(whole, `"colour": "", `, "", 1),
				`Name Mandatory Type`,
				`hue Yes Text`,
			),
		},
		{
			name: "one field under either name of what holds it",
			page: page(
				`Get Thing API`,
				strings.Replace(whole, `{"colour": "", "size": ""}`, `{}`, 1),
				`{"others": [{"size": "1"}], "first": {"colour": ""}}`,
			),
		},
		{
			name: "a field",
			page: page(`Intro`, ``, `Get Thing API`, strings.Replace(whole, `"size"`, `"length"`, 1)),
			want: []string{
				`page.txt:4: key "length" in section "Get Thing API": not in the contract at getThing ` +
					`-> properties at :27`,
				`page.txt:3: hint: no longer on the page: key "size" in "first" or in "others", ` +
					`which the contract has from Get Thing API (2024) (:35)`,
			},
		},
		{
			name: "a text",
			page: page(`Get Thing API`, strings.Replace(whole, "Wrong key", "Bad key", 1)),
			want: []string{
				`page.txt:2: message "Bad key 5678" in section "Get Thing API": not in the contract at getThing ` +
					`(under "message") -> x-failures or x-successes at :5`,
				`page.txt:1: hint: no longer on the page: message "Wrong key 1234", ` +
					`which the contract has from Get Thing API (2024) (:5)`,
			},
		},
		{
			name: "the generation that fits best, its rows",
			page: page(
				`Get Thing API`,
				`{"status": "", "others": [], "first": {}}`,
				`Name Mandatory Type`,
				`Hue Yes Text`,
			),
			want: []string{
				`page.txt:1: hint: no longer on the page: field "Shelf Mark", ` +
					`which the contract has from Get Thing API (2021) (:5)`,
			},
		},
		{
			name: "most of it",
			page: page(`Get Thing API`, `{"status": ""}`, `https://api.example.com/things/get`, `{"size": 1}`),
			want: []string{
				`page.txt:4: key "size" in section "Get Thing API": not so in the contract at getThing ` +
					`(the page has it at the top, the contract in "first" and in "others") -> properties at :18`,
				`page.txt:1: hint: the section states 1 of the 5 facts that the contract has ` +
					`from Get Thing API (2021): a part of that page, or another generation of it?`,
			},
		},
		{
			name: "a section that states none of it",
			page: page(`Get Thing API`, `https://api.example.com/things/get`),
		},
		{
			name: "a section of another title",
			page: page(`Find Thing API`, `https://api.example.com/things/get`, `{"status": ""}`),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := Compare(doc, nil, readPage(t, test.page))
			prints(t, report, test.want)
			if report.OK() != (len(report.Missing) == 0) {
				t.Error("a hint is no finding")
			}
			if len(report.Gone) > 0 && !strings.Contains(report.Summary(), "of what is no longer stated") {
				t.Errorf("summary %q", report.Summary())
			}
		})
	}
}
