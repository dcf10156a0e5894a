package documents

import "testing"

const marked = `
openapi: 3.0.3
info: {title: Things, version: "1"}
paths:
  /things/add:
    post:
      operationId: addThing
      x-evidence:
        documented:
          - Add Thing API (2016)
          - Add Thing API (2024)
          - Update Thing API (2024)
          - Weigh Thing API (2024)
      x-unknown-fields:
        - {label: Shelf Mark, type: String}
        - {label: Weight, type: Integer, mandatory: "*", x-evidence: {documented: ["Weigh Thing API (2024)"]}}
        - {label: Price, type: Integer, mandatory: response, x-evidence: {documented: ["Weigh Thing API (2024)"]}}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                colour:
                  type: string
                  x-labels: [Hue]
                  x-mandatory:
                    "Add Thing API (2016)": "*, varchar (optional)"
                    "Add Thing API (2024)": "Yes, Text"
                    "Update Thing API (2024)": "No, Text"
                size: {type: string}
      responses:
        "200": {description: ok}
`

func TestMarks(t *testing.T) {
	doc := contractOf(t, marked)
	for _, test := range []struct {
		name string
		page string
		want []string
	}{
		{
			name: "the mark of one generation",
			page: page(`Add Thing API`, `Name Mandatory Type Description`, `colour Yes Text x`),
		},
		{
			name: "the mark of another",
			page: page(`ADD THING API`, `Parameter Data Type Description`, `Hue* varchar x (optional)`),
		},
		{
			name: "one table of two agrees",
			page: page(
				`Add Thing API`,
				`Name Mandatory Type Description`, `Colour Yes Text x`, ``,
				`Parameter Data Type Description`, `Hue Integer x`,
			),
		},
		{
			name: "another mark",
			page: page(`Update Thing API`, `Name Mandatory Type Description`, `colour Yes Text x`),
			want: []string{
				`page.txt:3: field "colour" in section "Update Thing API": not so in the contract at addThing ` +
					`(the page marks it "Yes, Text", the contract "No, Text")`,
			},
		},
		{
			name: "another type",
			page: page(`Add Thing API`, `Name Mandatory Type Description`, `colour Yes Number x`),
			want: []string{
				`page.txt:3: field "colour" in section "Add Thing API": not so in the contract at addThing ` +
					`(the page marks it "Yes, Number", the contract "*, varchar (optional)" or "Yes, Text")`,
			},
		},
		{
			name: "rows without a name on the wire",
			page: page(
				`Weigh Thing API`,
				`SL.NO ATTRIBUTE TYPE DESCRIPTION`, `1 Weight* Integer x`, `2 Price Integer x`,
			),
		},
		{
			name: "rows without a name on the wire, of other types",
			page: page(
				`Weigh Thing API`,
				`SL.NO ATTRIBUTE TYPE DESCRIPTION`, `1 Weight* String x`, `2 Price String x`,
			),
			want: []string{
				`page.txt:3: field "Weight" in section "Weigh Thing API": not so in the contract at addThing ` +
					`(the page marks it "*, String", the contract "*, Integer")`,
				`page.txt:4: field "Price" in section "Weigh Thing API": not so in the contract at addThing ` +
					`(the page marks it "String", the contract "Integer")`,
			},
		},
		{
			name: "a mark that the contract does not record",
			page: page(`Add Thing API`, `Name Mandatory Type Description`, `size Yes Text x`, `shelf mark Yes Text x`),
			want: []string{
				`page.txt:3: field "size" in section "Add Thing API": not so in the contract at addThing ` +
					`(the page marks it "Yes, Text", the contract does not say so)`,
			},
		},
		{
			name: "a mark that the contract does not record, under a label",
			page: page(`Add Thing API`, `Parameter Data Type Description`, `Size* varchar x`),
			want: []string{
				`page.txt:3: field "Size" in section "Add Thing API": not so in the contract at addThing ` +
					`(the page marks it "*, varchar", the contract does not say so)`,
			},
		},
		{
			name: "no mark and none recorded",
			page: page(`Add Thing API`, `Name Mandatory Type Description`, `size No Text x`),
		},
		{
			name: "a section of another title",
			page: page(`Get Thing API`, `/things/add`, `Name Mandatory Type Description`, `colour No Number x`),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			prints(t, Compare(doc, nil, readPage(t, test.page)), test.want)
		})
	}

	leftOut := LeftOut{
		{Kind: KindField, Value: "colour", Page: "Update Thing API (2024)", Reason: "a slip of the page"},
	}
	text := page(`Update Thing API`, `Name Mandatory Type Description`, `colour Yes Text x`)
	report := Compare(doc, leftOut, readPage(t, text))
	if !report.OK() || report.LeftOut != 1 {
		t.Errorf("a mark that is left out: %+v", report)
	}
}
