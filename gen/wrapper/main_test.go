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

// What is committed is what the contract and the package give.
func TestTheCommittedFileIsTheGeneratedOne(t *testing.T) {
	to := filepath.Join(t.TempDir(), "client.gen.go")
	if err := run("../../spec/dist/kapture.json", "../../client", to); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../client/kapture.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("client/kapture.gen.go is not what the contract and the package give: run make generate")
	}
}

// A package that it does not understand is told, and nothing is written.
func TestNothingToWrite(t *testing.T) {
	for source, want := range map[string]string{
		"package client\n":                         "no services",
		"package client\n\ntype T struct { answer": "expected",
		"package client\n\nfunc (s *ThingsService) get() *Thing { return nil }\n":               "no services",
		"package client\n\nfunc (s *ThingsService) Get() (*Thing, error) { return nil, nil }\n": "ThingsService.Get gives Thing, which no file declares and the contract does not describe",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "client.go"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, "out.gen.go")
		if err := run("../../spec/dist/kapture.json", dir, to); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
		if _, err := os.Stat(to); err == nil {
			t.Errorf("%q: a file was written", source)
		}
	}
}

// What methods give, and no file declares, becomes a type once.
func TestAnswers(t *testing.T) {
	dir := t.TempDir()
	source := "package client\n\ntype Mine struct{}\n\nfunc (s *BService) Get(id *string) (*Customer, error) { return nil, nil }\n\n" +
		"func (s *BService) Pull() iter.Seq2[*Customer, error] { return nil }\n\nfunc (s *AService) AddAll() Result[In, *Customer] { return nil }\n\n" +
		"func (s *AService) Close() {}\n\nfunc (s *AService) Find() *Mine { return nil }\n\nfunc (s *AService) Add() (*TicketAdded, error) { return nil, nil }\n"
	if err := os.WriteFile(filepath.Join(dir, "client.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	services, declared, err := declarations(dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := answers(services, declared, map[string]schema{"Customer": {Name: "Customer"}, "TicketAdded": {Name: "TicketAdded"}, "Mine": {Name: "Mine"}})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, a := range list {
		got += a.Name + " by " + a.Of() + "\n"
	}
	if want := "Customer by [BService.Get], [BService.Pull] and [AService.AddAll]\nTicketAdded by [AService.Add]\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// things is a contract of two operations, in the order of their tags and not of
// their paths, with these codes and these failures of the second.
func things(t *testing.T, codes, failures, filters string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "things.json")
	text := fmt.Sprintf(`{"tags": [{"name": "things"}, {"name": "lists"}], "x-failure-codes": [%s],
		"paths": {
			"/a": {"post": {"operationId": "pullList", "tags": ["lists"], "x-failures": [%s]}},
			"/b": {"post": {"operationId": "getThing", "tags": ["things"], "x-failures": [%s]}}},
		"components": {"schemas": {"OrderQuery": {"allOf": [{"anyOf": [%s]}]}}}}`, codes, failures, wrongKey, filters)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const (
	someCodes = `{"code": "key", "description": "Refused."}, {"code": "missing/thing-ids", "description": "None."}, {"code": "twice/json", "description": "Two."}`
	wrongKey  = `{"name": "key", "code": "key", "message": "Wrong key", "x-evidence": {"documented": ["Page (2024)"]}}`
	filter    = `{"required": ["id"]}`
)

// Each text that a page prints stands once, with the code of the contract.
func TestDocumentedFailures(t *testing.T) {
	c, err := readContract(things(t, someCodes, `
		{"name": "ids", "code": "missing/thing-ids", "message": " thing_ids are missing, in a text that is far too long to stand whole in a table", "x-evidence": {"documented": ["P"]}},
		{"name": "json", "code": "twice/json", "message": "Twice: 1.", "pattern": "^Twice: [0-9]+\\.$", "x-evidence": {"documented": ["P"]}},
		{"name": "told", "code": "key", "message": "Told by nobody", "x-evidence": {"inferred": ["so"]}},
		{"name": "key", "code": "key", "message": "Wrong key", "x-evidence": {"documented": ["P"]}},
		{"name": "key-2016", "code": "key", "message": "Wrong key", "x-evidence": {"documented": ["Q"]}}`, filter+`, {"required": ["name"]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, m := range c.Messages {
		got += fmt.Sprintf("%q %v %s:", m.Text, m.Prefix, m.Code.Name())
		for _, op := range m.Operations {
			got += " " + op.Name()
		}
		got += "\n" + m.Row() + "\n"
	}
	const want = `"Wrong key" false ErrKey: OpGetThing OpPullList
Wrong key                                                               ErrKey
" thing_ids are missing, in a text that is far too long to stand whole in a table" false ErrMissingThingIDs: OpPullList
thing_ids are missing, in a text that is far too long to stand ...      ErrMissingThingIDs
"Twice: " true ErrTwiceJSON: OpPullList
Twice: ...                                                              ErrTwiceJSON
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := strings.Join(c.OrderFilters, " "); got != "id name" {
		t.Errorf("the filters %s", got)
	}
}

// The table is part of the package's documentation, which a blank line between
// it and the package clause would end.
func TestTheTableIsDocumentation(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../client/kapture.gen.go", nil, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if doc := file.Doc.Text(); !strings.HasPrefix(doc, "# Documented failures\n") || !strings.Contains(doc, "ErrInvalidPhone\n") {
		t.Errorf("the documentation is %q", doc)
	}
}

// A contract that says too little is told, with the place.
func TestContractsThatLackSomething(t *testing.T) {
	for name, test := range map[string]struct{ codes, failures, filters, want string }{
		"no code":         {someCodes, `{"name": "a", "message": "A"}`, filter, "the failure a of pullList has no code"},
		"unknown code":    {someCodes, `{"name": "a", "message": "A", "code": "b"}`, filter, `the failure a of pullList has the code "b", which x-failure-codes has not`},
		"no list":         {``, ``, filter, `the failure key of getThing has the code "key", which x-failure-codes has not`},
		"no message":      {someCodes, `{"name": "a", "code": "key"}`, filter, "the failure a of pullList has no message"},
		"two codes":       {someCodes, strings.ReplaceAll(wrongKey, `"code": "key"`, `"code": "twice/json"`), filter, "has the code twice/json, and its text has key elsewhere"},
		"no beginning":    {someCodes, `{"name": "a", "message": "1 a", "pattern": "^[0-9] a$", "code": "key"}`, filter, "fixes no beginning"},
		"anywhere":        {someCodes, `{"name": "a", "message": "a 1", "pattern": "a [0-9]$", "code": "key"}`, filter, "fixes no beginning"},
		"broken pattern":  {someCodes, `{"name": "a", "message": "a 1", "pattern": "^a (", "code": "key"}`, filter, "the failure a of pullList"},
		"no filters":      {someCodes, ``, ``, "OrderQuery has no list"},
		"filters in pair": {someCodes, ``, `{"required": ["a", "b"]}`, "OrderQuery wants [a b] together"},
		"no JSON":         {`{`, ``, ``, "things.json"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := readContract(things(t, test.codes, test.failures, test.filters)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}
