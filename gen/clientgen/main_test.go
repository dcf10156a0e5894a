package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// committed are the files of this repository.
var committed = paths{
	contract: "../../spec/dist/kapture.yaml",
	overlay:  "../overlay.yaml",
	models:   "../kapture.gen.go",
	client:   "../../client",
	readme:   "../../README.md",
}

func TestTheCommittedFilesAreGenerated(t *testing.T) {
	dir := t.TempDir()
	p := committed
	p.output = filepath.Join(dir, "client.gen.go")
	p.readmeTo = filepath.Join(dir, "README.md")
	if err := run(p); err != nil {
		t.Fatal(err)
	}

	for written, name := range map[string]string{
		p.output:                             "client/kapture.gen.go",
		filepath.Join(dir, "methods.gen.go"): "client/methods.gen.go",
		p.readmeTo:                           "README.md",
	} {
		got, err := os.ReadFile(written)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is not generated from the contract and the package as they are: run make generate", name)
		}
	}
}

// write writes a file of an invented package or contract, and returns its name.
func write(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A package that cannot be used is an error, and nothing is written.
func TestRunRejects(t *testing.T) {
	for name, test := range map[string]struct{ source, want string }{
		"no service": {"package client\n", "no services"},
		"broken Go":  {"package client\n\ntype T struct { response", "expected"},
		"no exported method": {
			"package client\n\nfunc (s *ThingsService) get() *Thing { return nil }\n",
			"no services",
		},
		"an unknown type": {
			"package client\n\nfunc (s *ThingsService) Get() (*Thing, error) { return nil, nil }\n",
			"ThingsService.Get returns Thing, which no file declares and the contract does not describe",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := committed
			p.client = filepath.Dir(write(t, "client.go", test.source))
			p.output = filepath.Join(t.TempDir(), "out.gen.go")
			p.readmeTo = filepath.Join(t.TempDir(), "README.md")
			if err := run(p); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
			if _, err := os.Stat(p.output); err == nil {
				t.Error("a file was written")
			}
		})
	}
}

// models of an invented package gen.
const thingModels = `package gen

import "github.com/kapture-community/kapture-go/gen/wire"

type Identifier = wire.ID
type Kind string
type Owners = []Owner
type Tags map[string]json.RawMessage

type ThingRequest struct {
	Name *string ` + "`json:\"name,omitempty\"`" + `
	Parent Identifier ` + "`json:\"parent,omitzero\"`" + `
	Parts []Part ` + "`json:\"parts,omitzero\"`" + `
	AdditionalProperties map[string]json.RawMessage ` + "`json:\"-\"`" + `
}

type Part struct {
	Made wire.Time ` + "`json:\"made\"`" + `
	Whole *ThingRequest ` + "`json:\"whole,omitempty\"`" + `
}

type Thing struct {
	ID Identifier ` + "`json:\"id\"`" + `
	Owner Owners ` + "`json:\"owner\"`" + `
	Kind Kind ` + "`json:\"kind\"`" + `
	Tags Tags ` + "`json:\"tags\"`" + `
	Notes string ` + "`json:\"our notes\"`" + `
}

type Owner struct {
	Name string ` + "`json:\"name\"`" + `
}

type Lookup struct {
	Name string ` + "`json:\"name\"`" + `
}
`

const thingContract = `
openapi: 3.0.3
info: {title: Things, version: "1"}
tags: [{name: things}]
x-failure-codes: []
paths: {}
components:
  schemas:
    OrderQuery: {type: object, allOf: [{anyOf: [{required: [id]}]}]}
    ThingAdd:
      description: >-
        A thing
        to add.
      x-evidence: {documented: [Add Thing (2024)], inferred: [so]}
      required: [name]
      properties:
        parts: {type: array, items: {$ref: '#/components/schemas/Part'}}
        name:
          type: string
          description: Its name
          enum: [a, b]
          x-known-values: {a: the first}
          x-mandatory: {Add Thing (2024): "Yes, String", Add Thing (2016): "*"}
          x-evidence: {observed: [a caller]}
        unknown: {type: string}
        parent: {$ref: '#/components/schemas/Identifier'}
    Part:
      properties:
        made: {allOf: [{$ref: '#/components/schemas/Day'}], description: When it was made.}
        whole: {$ref: '#/components/schemas/ThingAdd'}
    Identifier: {type: string, description: An identifier.}
    Day: {type: string, description: "A day: 2024-04-22. Or none."}
    Thing:
      description: A thing.
      required: [id]
      properties:
        id: {$ref: '#/components/schemas/Identifier'}
        kind: {type: string}
        our notes: {type: string}
        tags: {$ref: '#/components/schemas/Tags'}
        owner: {type: array, items: {$ref: '#/components/schemas/Owner'}}
    Tags: {type: object, description: Of the tenant.}
    Owner: {properties: {name: {type: string}}}
    Lookup: {properties: {name: {type: string}}}
`

const thingOverlay = `
actions:
  - {target: $.components.schemas.ThingAdd, update: {x-go-name: ThingRequest}}
  - {target: $.components.schemas.Thing.properties.notes, update: {x-go-name: Notes}}
  - {target: $.components.schemas.Thing.not, remove: true}
`

// thingTypes generates the types of an invented package client from an invented
// contract.
func thingTypes(t *testing.T, source string) ([]typeDoc, error) {
	t.Helper()
	return typesOf(t, source, thingContract)
}

// typesOf generates them from another description of the same models.
func typesOf(t *testing.T, source, description string) ([]typeDoc, error) {
	t.Helper()
	goNames, err := readGoNames(write(t, "overlay.yaml", thingOverlay))
	if err != nil {
		t.Fatal(err)
	}
	described, err := readContract(write(t, "things.yaml", description), goNames)
	if err != nil {
		t.Fatal(err)
	}
	models, err := readModels(write(t, "gen.go", thingModels))
	if err != nil {
		t.Fatal(err)
	}
	client, err := readSource(filepath.Dir(write(t, "client.go", source)))
	if err != nil {
		t.Fatal(err)
	}
	found, err := findTypes(client, models, described.Components)
	if err != nil {
		t.Fatal(err)
	}
	return found.docs()
}

const thingClient = `package client

type Mine struct{}

func (s *BService) Get(id *string) (*Thing, error) { return nil, nil }

func (s *BService) Pull() iter.Seq2[*Thing, error] { return nil }

func (s *AService) AddAll(in iter.Seq[ThingRequest]) Result[In, *Thing] { return nil }

func (s *AService) Close() {}

func (s *AService) Find() *Mine { return nil }

func ByName(name string) Lookup { return Lookup{} }

type LookupOption func(*Lookup)
`

// What methods take and return, what that has for fields, and what other
// exported declarations name becomes a type once, with its fields in the order
// of the contract.
func TestTypesAndTheirDocumentation(t *testing.T) {
	list, err := thingTypes(t, thingClient)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, typ := range list {
		got += fmt.Sprintf("%sresponse: %v\n", typ.Doc, typ.Response)
	}
	const want = `// Thing is returned by [BService.Get], [BService.Pull] and [AService.AddAll],
// with the bytes that it was read from.
//
// A thing.
//
// Its fields, with their names in JSON:
//   - ID [ID] (id). Always there.
//   - Kind gen.Kind (kind).
//   - Notes string (our notes).
//   - Tags [Tags] (tags).
//   - Owner [][Owner] (owner).
response: true
// Owner is part of [Thing].
//
// Its fields, with their names in JSON:
//   - Name string (name).
response: false
// Tags is part of [Thing].
//
// Of the tenant.
//
// It is a map[string]json.RawMessage.
response: false
// ThingRequest is taken by [AService.AddAll].
//
// A thing to add.
//
// Documented: Add Thing (2024). Inferred: so.
//
// Its fields, with their names in JSON. The evidence above applies to a field
// that names none. "Marked" quotes what a page says of a field: whether it is
// mandatory, and its type:
//   - Parts [][Part] (parts).
//   - Name *string (name). Its name. Mandatory. Values: "a", "b". Known values:
//     "a" (the first). Marked "*" in Add Thing (2016), "Yes, String" in Add
//     Thing (2024). Observed: a caller.
//   - Parent [ID] (parent).
//   - AdditionalProperties map[string]json.RawMessage. The tenant's own fields,
//     by their names in JSON.
response: false
// Part is part of [ThingRequest].
//
// Its fields, with their names in JSON:
//   - Made [Time] (made). When it was made. A day: 2024-04-22.
//   - Whole *[ThingRequest] (whole).
response: false
// Lookup is used by [ByName] and [LookupOption].
//
// Its fields, with their names in JSON:
//   - Name string (name).
response: false
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A field that is called like a method of its response would hide both.
func TestFieldsAndMethodsDoNotCollide(t *testing.T) {
	for name, test := range map[string]struct{ methods, want string }{
		"of every response": {
			"func (a *response) Notes() []Note { return nil }\n",
			`Thing has the field "our notes", which is Notes in Go like a method`,
		},
		"of this response": {
			"func (a *Thing) Notes() string { return \"\" }\n",
			`Thing has the field "our notes", which is Notes in Go like a method`,
		},
		"of another type": {"func (a *Mine) Notes() string { return \"\" }\n", ""},
		"not exported":    {"func (a *response) notes() string { return \"\" }\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := thingTypes(t, thingClient+"\n"+test.methods)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// A field or a type that the contract does not describe would have no
// documentation.
func TestWhatTheContractDoesNotDescribe(t *testing.T) {
	for name, test := range map[string]struct {
		rename *strings.Replacer
		want   string
	}{
		"a field": {strings.NewReplacer("our notes:", "other:"), `the contract does not describe "our notes" of Thing`},
		"a type":  {strings.NewReplacer("Owner", "Other"), "the contract does not describe Owner"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := typesOf(t, thingClient, test.rename.Replace(thingContract))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// The methods of a response that fields must not hide are found in client.
func TestTheMethodsOfResponsesAreFound(t *testing.T) {
	client, err := readSource(committed.client)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(client.methods["response"], " ")
	for _, name := range []string{
		"Raw", "Body", "Header", "HTTPStatus", "RequestID", "Notes", "String", "Undeclared", "Misfits",
	} {
		if !strings.Contains(" "+got+" ", " "+name+" ") {
			t.Errorf("%s is not among the methods of a response: %s", name, got)
		}
	}
}

// contractOf writes a contract of two operations, in the order of their tags and
// not of their paths, with these codes and these failures of the second.
func contractOf(t *testing.T, codes, failures, filters string) string {
	t.Helper()
	const form = `{
		"tags": [{"name": "things"}, {"name": "lists"}],
		"x-failure-codes": [%s],
		"paths": {
			"/a": {"post": {"operationId": "pullList", "responses": {}, "tags": ["lists"], "x-failures": [%s]}},
			"/b": {"post": {"operationId": "getThing", "responses": {}, "tags": ["things"], "x-failures": [%s]}}
		},
		"components": {"schemas": {"OrderQuery": {"allOf": [{"anyOf": [%s]}]}}}
	}`
	return write(t, "things.json", fmt.Sprintf(form, codes, failures, wrongKey, filters))
}

const (
	someCodes = `{"code": "key", "description": "Refused."}, {"code": "missing/thing-ids", "description": "None."},
		{"code": "twice/json", "description": "Two."}`
	wrongKey = `{"name": "key", "code": "key", "message": "Wrong key", "x-evidence": {"documented": ["Page (2024)"]}}`
	filter   = `{"required": ["id"]}`
)

// Each text that a page prints is listed once, with its code and operations.
func TestDocumentedFailures(t *testing.T) {
	c, err := readContract(contractOf(t, someCodes, `
		{"name": "ids", "code": "missing/thing-ids", "x-evidence": {"documented": ["P"]},
			"message": " thing_ids are missing, in a text that is far too long to be printed whole in a table"},
		{"name": "json", "code": "twice/json", "x-evidence": {"documented": ["P"]},
			"message": "Twice: 1.", "pattern": "^Twice: [0-9]+\\.$"},
		{"name": "inferred", "code": "key", "message": "On no page", "x-evidence": {"inferred": ["so"]}},
		{"name": "key", "code": "key", "message": "Wrong key", "x-evidence": {"documented": ["P"]}},
		{"name": "key-2016", "code": "key", "message": "Wrong key", "x-evidence": {"documented": ["Q"]}}`,
		filter+`, {"required": ["name"]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, m := range c.Messages {
		got += fmt.Sprintf("%q %v\n%s\n", m.Text, m.Prefix, strings.Join(m.Lines(), "\n"))
	}
	const want = `"Wrong key" false
Wrong key
    ErrKey at getThing, pullList
" thing_ids are missing, in a text that is far too long to be printed whole in a table" false
thing_ids are missing, in a text that is far too long to be printed ...
    ErrMissingThingIDs at pullList
"Twice: " true
Twice: ...
    ErrTwiceJSON at pullList
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := strings.Join(c.OrderFilters, " "); got != "id name" {
		t.Errorf("the filters are %s, want id name", got)
	}
}

// The operations of one text may need several lines.
func TestLongRowsAreWrapped(t *testing.T) {
	m := message{Text: "Wrong"}
	for range 9 {
		m.Operations = append(m.Operations, operation{})
		m.Operations[len(m.Operations)-1].ID = "getManyThings"
	}
	lines := m.Lines()
	if len(lines) != 4 || !strings.HasPrefix(lines[2], "        get") {
		t.Errorf("the lines are\n%s", strings.Join(lines, "\n"))
	}
	for _, line := range lines {
		if len(line) > tableWidth {
			t.Errorf("%q is longer than %d", line, tableWidth)
		}
	}
}

// The table is part of the package's documentation, which a blank line between
// it and the package clause would end.
func TestTheTableIsDocumentation(t *testing.T) {
	const mode = parser.PackageClauseOnly | parser.ParseComments
	file, err := parser.ParseFile(token.NewFileSet(), "../../client/kapture.gen.go", nil, mode)
	if err != nil {
		t.Fatal(err)
	}
	doc := file.Doc.Text()
	beginsTable := strings.HasPrefix(doc, "# Documented failures\n")
	if !beginsTable || !strings.Contains(doc, "ErrInvalidPhone at pushEnquiry\n") {
		t.Errorf("the documentation is %q", doc)
	}
}

// A contract that says too little is an error that names the place.
func TestContractsThatLackSomething(t *testing.T) {
	twoCodes := strings.ReplaceAll(wrongKey, `"code": "key"`, `"code": "twice/json"`)
	for name, test := range map[string]struct{ codes, failures, filters, want string }{
		"no code": {someCodes, `{"name": "a", "message": "A"}`, filter, "the failure a of pullList has no code"},
		"unknown code": {
			someCodes,
			`{"name": "a", "message": "A", "code": "b"}`,
			filter,
			`the failure a of pullList has the code "b", which is not in x-failure-codes`,
		},
		"no list": {
			``,
			``,
			filter,
			`the failure key of getThing has the code "key", which is not in x-failure-codes`,
		},
		"no message": {someCodes, `{"name": "a", "code": "key"}`, filter, "the failure a of pullList has no message"},
		"two codes":  {someCodes, twoCodes, filter, "has the code twice/json, but its text has key elsewhere"},
		"no beginning": {
			someCodes,
			`{"name": "a", "message": "1 a", "pattern": "^[0-9] a$", "code": "key"}`,
			filter,
			"fixes no beginning",
		},
		"anywhere": {
			someCodes,
			`{"name": "a", "message": "a 1", "pattern": "a [0-9]$", "code": "key"}`,
			filter,
			"fixes no beginning",
		},
		"broken pattern": {
			someCodes,
			`{"name": "a", "message": "a 1", "pattern": "^a (", "code": "key"}`,
			filter,
			"pullList: pattern of a",
		},
		"no filters":      {someCodes, ``, ``, "OrderQuery has no list"},
		"filters in pair": {someCodes, ``, `{"required": ["a", "b"]}`, "OrderQuery requires [a b] together"},
		"no JSON":         {`{`, ``, ``, "things.json"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readContract(contractOf(t, test.codes, test.failures, test.filters), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}
