package documents

import (
	"slices"
	"strings"
	"testing"
)

// TestCalls finds methods and headers with a key in the forms that pages have.
func TestCalls(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"a method before a URL":  {text: "POST https://api.example.com/things", want: []string{"method POST"}},
		"a method before a path": {text: "PUT /things/add", want: []string{"method PUT"}},
		"curl": {
			text: "curl --request PUT 'https://api.example.com/things'",
			want: []string{"method PUT"},
		},
		"curl, short": {
			text: "curl -X DELETE https://api.example.com/things",
			want: []string{"method DELETE"},
		},
		"Python": {
			text: `response = requests.request("POST", url, headers=headers)`,
			want: []string{"method POST"},
		},
		"Python, by its function":   {text: `requests.post(url)`, want: []string{"method POST"}},
		"JavaScript":                {text: `fetch(url, { method: 'PATCH' })`, want: []string{"method PATCH"}},
		"a line of a page":          {text: "HTTP Method: GET", want: []string{"method GET"}},
		"methods that are not used": {text: "We do not use other HTTP call types namely GET, PUT, PATCH, DELETE"},
		"Basic": {
			text: `--header 'Authorization: Basic <Your Token>'`,
			want: []string{"auth Basic"},
		},
		"Bearer":                     {text: `'Authorization': 'Bearer abc',`, want: []string{"auth Bearer"}},
		"another header with a key":  {text: `-H 'X-Api-Key: abc'`, want: []string{"auth X-Api-Key"}},
		"a header without a key":     {text: `-H 'X-Request-Id: abc'`},
		"the word in prose":          {text: "Authorization key is either not passed in header, or incorrect"},
		"a header in a list of code": {text: `  "x-auth-token": "abc",`, want: []string{"auth x-auth-token"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, fact := range readPage(t, test.text).Facts() {
				if fact.Kind == KindMethod || fact.Kind == KindAuth {
					got = append(got, string(fact.Kind)+" "+fact.Value)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

const secured = `openapi: 3.0.3
info: {title: t, version: "1"}
security: [{basic: []}]
paths:
  /things:
    post:
      operationId: getThing
      x-evidence: {documented: ["Get Thing API (2024)"]}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                id: {type: integer}
                name: {type: string, nullable: true}
                either: {oneOf: [{type: integer}, {type: string}]}
                any: {}
                list: {type: array, items: {type: object, properties: {flag: {type: boolean}}}}
      responses:
        "200": {description: ok}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
`

// A page that changes a method, the header with the key, or the type of a value
// brings a list.
func TestCallsAndTypesAreCompared(t *testing.T) {
	for name, test := range map[string]struct {
		page []string
		want []string
	}{
		"as in the contract": {page: []string{
			`POST https://api.example.com/things`,
			`--header 'Authorization: Basic x '`,
			`{"id": 1, "name": null, "either": "1", "any": [1], "list": [{"flag": true}]}`,
			`{"id": 2, "name": "x", "either": 1, "any": "", "list": []}`,
		}},
		"another method": {
			page: []string{`PUT https://api.example.com/things`},
			want: []string{`page.txt:2: method "PUT" in section "Get Thing API": not in the contract at getThing`},
		},
		"another scheme": {
			page: []string{`https://api.example.com/things`, `--header 'Authorization: Bearer x'`},
			want: []string{`page.txt:3: auth "Bearer" in section "Get Thing API": not in the contract at getThing`},
		},
		"another header": {
			page: []string{`https://api.example.com/things`, `--header 'X-Api-Key: x'`},
			want: []string{`page.txt:3: auth "X-Api-Key" in section "Get Thing API": not in the contract at getThing`},
		},
		"a text in place of a number": {
			page: []string{`https://api.example.com/things`, `{"id": "1"}`},
			want: []string{
				`page.txt:3: key "id" in section "Get Thing API": not so in the contract at getThing ` +
					`(the page has a value of type string, the contract number)`,
			},
		},
		"a text in place of a boolean, in a list": {
			page: []string{`https://api.example.com/things`, `{"list": [{"flag": "true"}]}`},
			want: []string{
				`page.txt:3: key "flag" in section "Get Thing API": not so in the contract at getThing ` +
					`(the page has a value of type string, the contract boolean)`,
			},
		},
		"an object in place of a text": {
			page: []string{`https://api.example.com/things`, `{"name": {"first": "x"}}`},
			want: []string{
				`page.txt:3: key "name" in section "Get Thing API": not so in the contract at getThing ` +
					`(the page has a value of type object, the contract null or string)`,
				`page.txt:3: key "first" in section "Get Thing API": not in the contract at getThing`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := "Get Thing API\n" + strings.Join(test.page, "\n")
			report := Compare(contractOf(t, secured), nil, readPage(t, text))
			prints(t, report, test.want)
		})
	}
}

// A table with one cell per line is read in the order of its header.
func TestColumnsInAnyOrder(t *testing.T) {
	cells := map[string][2]string{
		"Name":        {"customer_id", "region"},
		"Type":        {"Number", "Text"},
		"Mandatory":   {"Yes", "No"},
		"Description": {"The identifier of it", "A region of it"},
	}
	for _, order := range [][]string{
		{"Name", "Mandatory", "Type", "Description"},
		{"Name", "Type", "Mandatory", "Description"},
		{"Type", "Name", "Mandatory", "Description"},
		{"Mandatory", "Name", "Type", "Description"},
		{"Mandatory", "Type", "Name", "Description"},
		{"Name", "Description", "Mandatory", "Type"},
		{"Name", "Description", "Type", "Mandatory"},
	} {
		for _, gap := range []string{"\n", "\n\n"} {
			t.Run(strings.Join(order, ""), func(t *testing.T) {
				text := []string{"Update Thing API", strings.Join(order, "")}
				for row := range 2 {
					for _, column := range order {
						text = append(text, cells[column][row])
					}
				}
				var got []string
				page := readPage(t, strings.Join(text, gap))
				for _, fact := range page.Facts() {
					got = append(got, string(fact.Kind)+" "+fact.Value+": "+fact.Mandatory+", "+fact.Type)
				}
				want := []string{"field customer_id: Yes, Number", "field region: No, Text"}
				if !slices.Equal(got, want) || len(page.Doubts) > 0 {
					t.Errorf("got %q, doubts %v", got, page.Doubts)
				}
			})
		}
	}
}
