package main

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/kapture-community/kapture-go/spec/contract"
)

func TestDerivedBundles(t *testing.T) {
	const bundle = `{"openapi": "3.0.3", "x-codes": [1], ` +
		`"paths": {"/a": {"post": {"operationId": "a", ` +
		`"description": "d", "x-generation": "2016", "x-replaced-by": "b"}}},` +
		`"components": {"schemas": {"A": {"properties": {"x-api": {"type": "string"}, "example": {"$ref": "#/x"},` +
		`"id": {"allOf": [{"type": "integer"}], "x-labels": ["i"], "example": 9007199254740993}, ` +
		`"Id": {"x-same-as": "id"}}}}}}`
	overlay := fstest.MapFS{plainOverlay: {Data: []byte(`
overlay: 1.0.0
x-speakeasy-jsonpath: rfc9535
info: {title: t, version: "1"}
actions:
  - target: $.components.schemas[*].properties[?(@['x-same-as'])]
    remove: true
`)}}
	described := &contract.Contract{Operations: []contract.Operation{{
		ID: "a",
		Failures: []contract.Outcome{{
			Code:     "missing",
			Message:  "No id",
			Field:    "Message",
			HTTP:     []int{400, 401},
			When:     "The id is empty.",
			Evidence: contract.Evidence{Documented: []string{"A API (2016)"}},
		}, {
			Code:     "duplicate",
			Message:  "Exists: 7",
			Pattern:  "^Exists: [0-9]+$",
			Field:    "message",
			When:     "It exists.",
			Evidence: contract.Evidence{Inferred: []string{"every other page has it"}},
		}},
		Evidence: contract.Evidence{Documented: []string{"A API (2016)"}, Inferred: []string{"the rest"}},
	}}}

	files, err := derive([]byte(bundle), overlay, described)
	if err != nil {
		t.Fatal(err)
	}
	const description = "d\n\n" +
		"Generation 2016. `b` of a later generation does the same; no page withdraws this one.\n\n" +
		"Failures:\n\n- `No id` in `Message`, HTTP 400 401 (code `missing`): The id is empty.\n" +
		"- `Exists: 7` in `message` (code `duplicate`): It exists. The text varies; it matches `^Exists: [0-9]+$`. " +
		"Inferred: every other page has it.\n\n" +
		"Documented: A API (2016).\n\nInferred: the rest."
	quoted, _ := json.Marshal(description)
	for name, want := range map[string]string{
		"kapture-plain.json": `{"openapi":"3.0.3","x-codes":[1],` +
			`"paths":{"/a":{"post":{"operationId":"a","description":` +
			string(quoted) + `,"x-generation":"2016","x-replaced-by":"b"}}},` +
			`"components":{"schemas":{"A":{"properties":{"x-api":{"type":"string"},` +
			`"example":{"$ref":"#/x"},` +
			`"id":{"allOf":[{"type":"integer"}],"x-labels":["i"],"example":9007199254740993}}}}}}`,
		"kapture-slim.json": `{"openapi":"3.0.3","paths":{"/a":{"post":{"operationId":"a","description":"d"}}},` +
			`"components":{"schemas":{"A":{"properties":{"x-api":{"type":"string"},"example":{"$ref":"#/x"},` +
			`"id":{"type":"integer"}}}}}}`,
	} {
		var compact strings.Builder
		var written json.RawMessage = files[name]
		if err := json.NewEncoder(&compact).Encode(written); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(compact.String()); got != want {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
}

// An action that matches nothing is misspelt, or the contract has moved on.
func TestAnActionThatMatchesNothing(t *testing.T) {
	overlay := fstest.MapFS{plainOverlay: {Data: []byte(`
overlay: 1.0.0
x-speakeasy-jsonpath: rfc9535
info: {title: t, version: "1"}
actions:
  - {target: $.components.schemas.Gone, remove: true}
`)}}
	_, err := weaken([]byte(`{"components": {"schemas": {}}}`), overlay)
	if err == nil || !strings.Contains(err.Error(), "schemas.Gone") {
		t.Errorf("error is %v, want one that names the target", err)
	}
}
