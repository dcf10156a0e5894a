package fromdoc_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec"
	"github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
)

// What is read from the authored files is what the tables hold.
func TestTheTablesAreTheDocument(t *testing.T) {
	document, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	read, err := fromdoc.Contract(document)
	if err != nil {
		t.Fatal(err)
	}
	tables := contract.Kapture()

	if read.Title != tables.Title || read.Version != tables.Version {
		t.Errorf("read %s %s, the tables have %s %s", read.Title, read.Version, tables.Title, tables.Version)
	}
	if !reflect.DeepEqual(read.FailureCodes, tables.FailureCodes) {
		t.Errorf("read the codes %v, the tables have %v; run `make generate`", read.FailureCodes, tables.FailureCodes)
	}
	if len(read.Operations) != len(tables.Operations) {
		t.Fatalf(
			"read %d operations, the tables have %d; run `make generate`",
			len(read.Operations), len(tables.Operations),
		)
	}
	for i, operation := range read.Operations {
		listed := tables.Operations[i]
		if !reflect.DeepEqual(operation, listed) {
			t.Errorf("%s of the document is not %s of the tables; run `make generate`", operation.ID, listed.ID)
		}
	}
}

// things is a contract with two resources, of which the first is the second tag.
const things = `
openapi: 3.0.3
info: {title: Things, version: "1"}
tags: [{name: things}, {name: lists}]
x-failure-codes:
  - {code: key, description: Refused., x-evidence: {inferred: [so]}}
paths:
  /a:
    post:
      operationId: pullList
      tags: [lists]
      deprecated: true
      x-idempotent: true
      responses: {"200": {description: d}}
  /c:
    post:
      operationId: getThing
      tags: [things]
      x-uses:
        - {name: get, generation: "2024", request: A, response: B}
        - {name: find, generation: "2024"}
        - {name: get, generation: "2016"}
      x-failures:
        - {name: key, code: key, message: Wrong key, field: message, status: failed, http: [401], when: Always.,
           response: F, x-evidence: {documented: [P]}}
        - {name: busy, code: key, message: Busy 1, pattern: "^Busy [0-9]$", field: message}
      x-successes: [{name: found, message: Found, field: message, response: B}]
      responses: {"401": {description: d}, default: {description: d}, "200": {description: d}}
  /b:
    put:
      tags: [things]
      responses: {"200": {description: d}}
`

func load(t *testing.T, text string, origins bool) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = origins
	document, err := loader.LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func ids(c *contract.Contract) string {
	var list []string
	for _, operation := range c.Operations {
		list = append(list, operation.ID)
	}
	return strings.Join(list, ", ")
}

func TestOperationsKeepTheOrderOfTheDocument(t *testing.T) {
	for name, test := range map[string]struct {
		origins bool
		want    string
	}{
		"with origins":    {true, "getThing, PUT /b, pullList"},
		"without origins": {false, "PUT /b, getThing, pullList"},
	} {
		t.Run(name, func(t *testing.T) {
			read, err := fromdoc.Contract(load(t, things, test.origins))
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(read); got != test.want {
				t.Errorf("the operations are %s, want %s", got, test.want)
			}
		})
	}
}

func TestContractHasWhatTheDocumentSays(t *testing.T) {
	read, err := fromdoc.Contract(load(t, things, true))
	if err != nil {
		t.Fatal(err)
	}
	got, known := read.ByID("getThing")
	if !known {
		t.Fatal("getThing is not found")
	}
	want := contract.Operation{
		ID:       "getThing",
		Resource: "things",
		Method:   "POST",
		Path:     "/c",
		Statuses: []string{"200", "401", "default"},
		Uses: []contract.Use{
			{Name: "get", Generation: "2024", Request: "A", Response: "B"},
			{Name: "find", Generation: "2024"},
			{Name: "get", Generation: "2016"},
		},
		Failures: []contract.Outcome{
			{
				Name: "key", Code: "key", Message: "Wrong key", Field: "message", Status: "failed", HTTP: []int{401},
				When: "Always.", Response: "F", Evidence: contract.Evidence{Documented: []string{"P"}},
			},
			{Name: "busy", Code: "key", Message: "Busy 1", Pattern: "^Busy [0-9]$", Field: "message"},
		},
		Successes: []contract.Outcome{{Name: "found", Message: "Found", Field: "message", Response: "B"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v\nwant\n%+v", got, want)
	}

	if got := strings.Join(got.Generations(), ", "); got != "2024, 2016" {
		t.Errorf("the generations are %s, want 2024, 2016", got)
	}
	if pull, _ := read.ByID("pullList"); !pull.Idempotent || !pull.Deprecated {
		t.Errorf("pullList is %+v, want it idempotent and deprecated", pull)
	}
	if code, known := read.FailureCode("key"); !known || code.Description != "Refused." {
		t.Errorf("the code is %+v (%v), want the description Refused.", code, known)
	}
}

func TestContractRejects(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"a list that is not one":   {"x-successes: [", "x-successes: name #[", "getThing: x-successes"},
		"a text for a code":        {"http: [401]", "http: [none]", "getThing: x-failures"},
		"a pattern that is broken": {"^Busy [0-9]$", "^Busy (", "getThing: pattern of busy"},
		"evidence of another form": {"{documented: [P]}", "P", "getThing: x-failures"},
		"codes of another form": {
			"{code: key, description: Refused.",
			"{code: [key], description: Refused.",
			"x-failure-codes",
		},
		"a word for yes": {"x-idempotent: true", "x-idempotent: always", "pullList: x-idempotent"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(things, test.old, test.new, 1)
			_, err := fromdoc.Contract(load(t, text, true))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one that names %s", err, test.want)
			}
		})
	}
}
