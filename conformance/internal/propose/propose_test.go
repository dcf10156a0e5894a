package propose

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/documents"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
	"github.com/kapture-community/kapture-go/spec"
)

// The page of a made-up operation, with a person, a key, and texts that are known
// and new.
const recyclePage = `Recycle Ticket API

POST https://devapi.kapturecrm.com/recycle-ticket-from-other-source.html/v.2.0

Request Headers

Name Mandatory Type Description
Authorization Yes Text The key

Request Body

Name Mandatory Type Description
ticket_id Yes Text The Id of the ticket
Recycle Reason No Text Why
Shelf No Text Which shelf

Sample Request

curl --location 'https://devapi.kapturecrm.com/recycle-ticket-from-other-source.html/v.2.0' \
--header 'Authorization: Basic <Your Token>' \
--data '[
  {
    "ticket_id": "83719203847",
    "recycle_reason": "Solved by Mr Natarajan",
    "recycled_by": 48213,
    "customer_name": "LI",
    "pin": 123,
    "api_token": "QX7",
  }
]'

Sample Response

{
  "message": "Ticket 83719203847 recycled.",
  "status": "success",
  "recycle": {
    "ticketId": "83719203847",
    "recycledAt": "19-04-2027 14:19",
    "email": "natarajan@shop.example.org",
    "phone": "9876501234",
    "birthday_of_birth": "24-12-1983",
    "photo": "https://files.example.org/natarajan/83719.png",
    "status": "CL",
    "boxes": [{"no": 1, "weight": 1.5}, {"no": 2, "open": true}],
    "tags": ["late"],
    "note": null
  }
}

Failure Response

{
  "message": "ticket_id is missing.",
  "status": "failed"
}

"message": "Ticket is locked",
"status": "failed"

{
  "message": "Invalid Auth Key",
  "status": "failed"
}

Response Codes

Code Description
200 OK
401 Unauthorized
429 Too many
`

// A read that takes an object and returns a bare list, in Markdown.
const listPage = `# Fetch Orders API

GET https://devapi.kapturecrm.com/list-orders.html

## Request

{"from": "2027-04-19", "limit": 10}

## Response

[{"order": "A-1", "made": "2027-04-19 14:19:11"}]
`

// A page in HTML, of an operation without a body or a sample of a success.
const htmlPage = `<!DOCTYPE html><html><body>
<h1>PING PRODUCT API</h1>
<p>POST https://devapi.kapturecrm.com/ping-product.html</p>
<h2>Error Messages</h2>
<table><tr><th>Error Messages</th><th>Description</th></tr><tr><td>AuthKeyInvalid</td><td>The key</td></tr></table>
<p>Failure Response</p>
<pre>{"message": "Product 12345 exists", "status": "failed"}</pre>
</body></html>`

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func proposalFor(t *testing.T, text string) (*Proposal, *documents.Page) {
	t.Helper()
	page, err := documents.Read("page.txt", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	doc := document(t)
	report := documents.Compare(doc, nil, page)
	taken := func(name string) bool { return doc.Components.Schemas[name] != nil }
	return New(report, []*documents.Page{page}, Options{Generation: "2027", Taken: taken}), page
}

// applied is the contract with the proposal in its files, as a maintainer would
// copy it.
func applied(t *testing.T, p *Proposal, resource string) *openapi3.T {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(spec.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(spec.FS, name)
		files[name] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range p.Files {
		if strings.HasPrefix(name, "spec/samples/") {
			files[strings.TrimPrefix(name, "spec/")] = &fstest.MapFile{Data: []byte(text)}
		}
	}

	_, body, _ := strings.Cut(p.Files["spec/"+resource+".yaml"], "paths:\n")
	paths, schemas, _ := strings.Cut(body, "components:\n  schemas:\n")
	whole := string(files[resource+".yaml"].Data)
	whole = strings.Replace(whole, "\npaths:\n", "\npaths:\n"+paths, 1)
	whole = strings.Replace(whole, "\n  schemas:\n", "\n  schemas:\n"+schemas, 1)
	files[resource+".yaml"] = &fstest.MapFile{Data: []byte(whole)}

	_, line, _ := strings.Cut(p.Files["spec/openapi.yaml"], "paths:\n")
	root := strings.Replace(string(files[spec.Root].Data), "\npaths:\n", "\npaths:\n"+line, 1)
	files[spec.Root] = &fstest.MapFile{Data: []byte(root)}

	doc, err := spec.Bundle(files)
	if err != nil {
		t.Fatalf("the contract with the proposal does not load: %v\n%s", err, p.Files["spec/"+resource+".yaml"])
	}
	return doc
}

// A proposal is a part of a contract that loads, whose examples fit their
// schemas, and which then has what the page states.
func TestAProposalFitsTheContract(t *testing.T) {
	for name, test := range map[string]struct{ page, resource string }{
		"a write":                     {recyclePage, "tickets"},
		"a read that returns a list":  {listPage, "orders"},
		"HTML, without most of it":    {htmlPage, "products"},
		"a body that is not finished": {recyclePage[:strings.Index(recyclePage, `"tags"`)], "tickets"},
	} {
		t.Run(name, func(t *testing.T) {
			p, page := proposalFor(t, test.page)
			doc := applied(t, p, test.resource)
			if err := doc.Validate(t.Context()); err != nil {
				t.Errorf("an example does not fit its schema: %v\n%s", err, p.Files["spec/"+test.resource+".yaml"])
			}
			for _, what := range undescribed(doc) {
				t.Errorf("%s has no description", what)
			}
			report := documents.Compare(doc, nil, page)
			if !report.OK() || report.HasHints() {
				var b strings.Builder
				_ = report.WriteText(&b)
				_ = report.WriteHints(&b)
				t.Errorf("the contract with the proposal lacks what the page states:\n%s", &b)
			}
			for file, text := range p.Files {
				if strings.HasSuffix(file, ".json") {
					continue
				}
				if !strings.Contains(text, "review") {
					t.Errorf("%s is not marked for review", file)
				}
			}
		})
	}
}

// undescribed lists the schemas and properties that a test of package spec would
// report.
func undescribed(doc *openapi3.T) []string {
	var list []string
	for name, schema := range doc.Components.Schemas {
		if schema.Value.Description == "" {
			list = append(list, name)
		}
		for property, value := range schema.Value.Properties {
			if value.Value.Description == "" {
				list = append(list, name+"."+property)
			}
		}
	}
	return list
}

// The cases of a proposal are cases: only their method is not there yet.
func TestTheCasesAreCases(t *testing.T) {
	p, _ := proposalFor(t, recyclePage)
	doc := applied(t, p, "tickets")
	checker, err := conformance.NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	text := p.Files["conformance/cases/tickets.yaml"]
	text = "resource: tickets\n" + strings.ReplaceAll(text, "call: Tickets.Recycle", "send: true")
	samples := fstest.MapFS{}
	for name, sample := range p.Files {
		samples[strings.TrimPrefix(name, "spec/")] = &fstest.MapFile{Data: []byte(sample)}
	}
	set, err := runner.Load(fstest.MapFS{"tickets.yaml": {Data: []byte(text)}}, doc, checker, samples)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(set.Cases) != 7 {
		t.Errorf("%d cases, want one for the request, one for each text, and four states of the key\n%s",
			len(set.Cases), text)
	}
	if strings.Count(text, "# review: set what") != 1 {
		t.Errorf("only the text without a field needs a person to say what causes it:\n%s", text)
	}
	for _, want := range []string{
		"set: {/0/ticket_id: ''}", "expect: {failure: ticket-is-locked}", "keys: [absent, wrong",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// What a page says of a person, and its keys, are in no file.
func TestNoValueOfAPerson(t *testing.T) {
	p, _ := proposalFor(t, recyclePage)
	for file, text := range p.Files {
		for _, value := range []string{
			"Natarajan", "natarajan", "example.org", "9876501234", "83719203847", "48213", `"LI"`, "123,", "QX7",
			"24-12-1983",
		} {
			if strings.Contains(text, value) {
				t.Errorf("%s has %q of the page", file, value)
			}
		}
	}

	request := p.Files["spec/samples/tickets/recycle-2027.request.json"]
	response := p.Files["spec/samples/tickets/recycle-2027.response.json"]
	for form, text := range map[string]string{
		`"ticket_id": "\d{11}"`:                     request,
		`"recycle_reason": "\w{6} \w\w \w\w \w{9}"`: request,
		`"recycled_by": [1-9]\d{4}`:                 request,
		`"customer_name": "[A-Z]{2}"`:               request,
		`"api_token": "[A-Z]{2}\d"`:                 request,
		`"message": "Ticket \d{11} recycled."`:      response,
		`"recycledAt": "19-04-2027 14:19"`:          response,
		`"email": "\w{9}@example\.com"`:             response,
		`"phone": "[6-9]\d{9}"`:                     response,
		`"birthday_of_birth": "11-11-1111"`:         response,
		`"photo": "https://example\.com/`:           response,
		`"status": "CL"`:                            response,
		`"weight": 1.5`:                             response,
		`"note": null`:                              response,
	} {
		if !regexp.MustCompile(form).MatchString(text) {
			t.Errorf("no %s in\n%s", form, text)
		}
	}

	id := regexp.MustCompile(`"ticket_?[iI]d": "(\d+)"`)
	if id.FindStringSubmatch(request)[1] != id.FindStringSubmatch(response)[1] {
		t.Error("one identifier of the page has two replacements")
	}
}

// The contract's part of a proposal: evidence, marks, types and codes.
func TestWhatIsProposed(t *testing.T) {
	p, _ := proposalFor(t, recyclePage)
	text := p.Files["spec/tickets.yaml"]
	for what, want := range map[string]string{
		"the evidence of the operation":  "      operationId: recycleTicket # review\n      tags: [tickets]\n",
		"the page as evidence":           `x-evidence: {documented: ["Recycle Ticket API (2027)"]}`,
		"the code of a known text":       "- name: invalid-auth-key\n          code: auth-key\n",
		"codes to choose by the words":   "code: choose # review: missing, missing/title, missing/ticket-id",
		"codes to choose without a word": "code: choose # review: auth-key, auth-key/expired, missing",
		"a mark":                         `x-mandatory: {"Recycle Ticket API (2027)": "Yes, Text"}`,
		"a description of the table":     `description: "The Id of the ticket." # review`,
		"a field without a row":          `description: "Only in the sample." # review`,
		"a label":                        `x-labels: ["Recycle Reason"]`,
		"a row that no sample shows":     `- {label: "Shelf", type: "Text", mandatory: "No"`,
		"a required field":               "required: [ticket_id] # review",
		"an integer":                     "recycled_by:\n          type: integer\n",
		"a number":                       "weight:\n          type: number\n",
		"a form of time": "recycledAt:\n" +
			"          allOf: [{$ref: 'common.yaml#/components/schemas/DayFirstTime'}]",
		"a component for each object": "    TicketBoxes:\n" +
			"      description: A part of Recycle Ticket, known from its sample. # review\n" +
			"      type: object\n",
		"a component whose name is taken": "    TicketRecycledRecycle:\n",
		"a field that only some have":     "        open:\n          type: boolean\n",
		"a field without a type":          "note:\n          # review: its type was not seen\n          nullable: true",
		"a shared response":               `"401": {$ref: 'common.yaml#/components/responses/Unauthorized'}`,
		"a response that nothing shares":  "\"429\": # review\n          description: The page lists it.\n",
		"a text whose number is replaced": "# review: the numbers vary, so it needs a pattern",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s: no %q in\n%s", what, want, text)
		}
	}

	rows := p.Files["spec/samples/README.md"]
	if !strings.Contains(rows, "| request | review: what was repaired | `ticket_id`, `recycle_reason`, `recycled_by`") {
		t.Errorf("the row of a sample does not say what was repaired and replaced:\n%s", rows)
	}
}

// A page of an operation that the contract has brings entries for their places.
func TestChanges(t *testing.T) {
	p, _ := proposalFor(t, `Update Ticket API

POST https://devapi.kapturecrm.com/update-ticket-from-other-source.html/v.2.0

Name Mandatory Type Description
ticket_id No string The Id
shelf Yes string Where

[{"ticket_id": "", "shelf_number": 7}]

{"message": "Ticket 83719203847 is locked", "status": "failed"}
`)
	text := p.Files["spec/changes.yaml"]
	for _, want := range []string{
		`add: {shelf_number: {type: integer, description: No page describes it., ` +
			`x-evidence: {documented: ["Update Ticket API (2027)"]}}}`,
		`add: {label: "shelf", type: "string", mandatory: "Yes"`,
		"code: choose # review: ",
		"- at: tickets.yaml:",
		`under: "x-failures"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "83719203847") || p.Files["spec/tickets.yaml"] != "" {
		t.Errorf("a number of the page, or a new operation, in\n%v", p.Files)
	}
}

func TestNothingToPropose(t *testing.T) {
	const page = "Update Ticket API\n\n" +
		"POST https://devapi.kapturecrm.com/update-ticket-from-other-source.html/v.2.0\n"
	p, _ := proposalFor(t, page)
	if len(p.Files) > 0 {
		t.Errorf("got %v", p.Files)
	}
}

// writeTest is a directory that a proposal is written into.
type writeTest struct {
	prepare func(dir string) error
	isLink  bool
	below   string // the directory that contains it, if that is not there
	fails   string // a part of the error
}

func (test writeTest) run(t *testing.T, p *Proposal) {
	parent := t.TempDir()
	dir := filepath.Join(parent, test.below, "proposal")
	if test.prepare != nil {
		if err := test.prepare(dir); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, parent)

	err := p.Write(dir)
	if test.fails != "" {
		if err == nil || !strings.Contains(err.Error(), test.fails) || !slices.Equal(tree(t, parent), before) {
			t.Errorf("%v, want %q and nothing changed: %q", err, test.fails, tree(t, parent))
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "spec/samples/tickets/a.json"))
	if err != nil || string(raw) != "{}\n" {
		t.Errorf("%q, %v", raw, err)
	}
	if test.prepare == nil {
		return
	}

	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the mode of the directory is lost: %v, %v", info, err)
	}
	info, err = os.Lstat(dir)
	if test.isLink && (err != nil || info.Mode()&fs.ModeSymlink == 0) {
		t.Errorf("the link is replaced: %v, %v", info, err)
	}
}

// A directory gets a whole proposal, or stays as it is.
func TestWrite(t *testing.T) {
	p := &Proposal{Files: map[string]string{"README.md": "x\n", "spec/samples/tickets/a.json": "{}\n"}}
	for name, test := range map[string]writeTest{
		"a new directory":    {},
		"an empty directory": {prepare: func(dir string) error { return os.Mkdir(dir, 0o700) }},
		"a link to an empty directory": {isLink: true, prepare: func(dir string) error {
			if err := os.Mkdir(dir+"-target", 0o700); err != nil {
				return err
			}
			return os.Symlink(dir+"-target", dir)
		}},
		"a directory with a file": {
			prepare: func(dir string) error {
				if err := os.Mkdir(dir, 0o700); err != nil {
					return err
				}
				return os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600)
			},
			fails: "is not empty: it has mine",
		},
		"a file": {
			prepare: func(dir string) error { return os.WriteFile(dir, []byte("mine"), 0o600) },
			fails:   "is not a directory to write into",
		},
		"below a directory that is not there": {
			below: "none",
			fails: "writing the proposal",
		},
	} {
		t.Run(name, func(t *testing.T) { test.run(t, p) })
	}
}

func tree(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(name, dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
