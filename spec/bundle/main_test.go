package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"

	"github.com/kapture-community/kapture-go/spec"
)

// Languages that read YAML 1.1 must find the same texts in the bundle as those
// that read 1.2.
func TestTextsStayTextsInEveryYAML(t *testing.T) {
	for text, quoted := range map[string]bool{
		"no": true, "Yes": true, "on": true, "N": true, "null": true, "~": true, "": true,
		"2016041912:10": true, "2024-05-01": true, "0": true, "1e3": true, ".5": true,
		" a": true, "a ": true, "a: b": true, "a #b": true,
		"=":                   true,
		"<<":                  true,
		"two\nlines":          true,
		"Kapture Customer Id": false,
		"notes":               false,
		"$ref":                false,
		"a":                   false,
	} {
		var w yamlWriter
		if err := w.block(object{{text, text}}, ""); err != nil {
			t.Fatal(err)
		}
		written := w.out.String()
		if got := strings.HasPrefix(written, `"`); got != quoted {
			t.Errorf("%q is written as %s, want it quoted: %v", text, written, quoted)
		}
		var read map[string]string
		if err := yaml.Unmarshal([]byte(written), &read); err != nil || read[text] != text {
			t.Errorf("%s is read as %q (%v), want %q", written, read, err, text)
		}
	}
}

func TestNumbersStayExactInYAML(t *testing.T) {
	var w yamlWriter
	list := []any{
		json.Number("9007199254740993"), json.Number("0.0"), json.Number("1.10"),
		object{}, []any{}, nil, true, []any{json.Number("-0")},
	}
	if err := w.block(object{{"list", list}, {"empty", object{}}}, ""); err != nil {
		t.Fatal(err)
	}
	const want = `list:
  - 9007199254740993
  - 0.0
  - 1.10
  - {}
  - []
  - null
  - true
  - - -0
empty: {}`
	if got := w.out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Nothing in this contract is in alphabetical order: not its keywords, paths,
// examples, components and properties, nor the fields inside a sample.
var unsorted = fstest.MapFS{
	"openapi.yaml": {Data: []byte(`
openapi: 3.0.3
info: {version: "1", title: t}
x-codes: &codes [{z: 1, a: 2}]
paths:
  /z: {$ref: 'z.yaml#/paths/~1z'}
  /a: {$ref: 'a.yaml#/paths/~1a'}
components:
  securitySchemes: {key: {type: apiKey, name: k, in: header}}
`)},
	"z.yaml": {Data: []byte(`
openapi: 3.0.3
paths:
  /z:
    post:
      summary: s
      operationId: z
      responses:
        "500": {$ref: 'a.yaml#/components/responses/Broken'}
        "200":
          description: d
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Z'}
              examples:
                second: {externalValue: samples/z.json, summary: after}
                first: {summary: before, value: {y: 1, x: 2}}
components:
  schemas:
    Z:
      type: object
      properties:
        zone: {type: string}
        attr2: {$ref: '#/components/schemas/Attr'}
        attr10: {type: string, enum: [b, a]}
    Attr: {type: string, x-evidence: {observed: [o], documented: [d]}}
`)},
	"a.yaml": {Data: []byte(`
openapi: 3.0.3
paths:
  /a:
    post: {operationId: a, responses: {default: {$ref: '#/components/responses/Broken'}}}
components:
  responses:
    Broken: {description: d}
`)},
	"samples/z.json": {Data: []byte(`{"zone": "1", "id": 9007199254740993, "list": [{"b": 0.0, "a": {}}]}`)},
}

func TestTheBundleKeepsTheAuthoredOrder(t *testing.T) {
	doc, err := spec.Bundle(unsorted)
	if err != nil {
		t.Fatal(err)
	}
	files, err := render(doc, unsorted)
	if err != nil {
		t.Fatal(err)
	}
	asJSON := files["kapture.json"]
	asYAML := files["kapture.yaml"]

	var compact bytes.Buffer
	if err := json.Compact(&compact, asJSON); err != nil {
		t.Fatal(err)
	}
	const want = `{"openapi":"3.0.3","info":{"version":"1","title":"t"},"x-codes":[{"z":1,"a":2}],` +
		`"paths":{"/z":{"post":{"summary":"s","operationId":"z","responses":{` +
		`"500":{"$ref":"#/components/responses/Broken"},` +
		`"200":{"description":"d","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Z"},` +
		`"examples":{` +
		`"second":{"value":{"zone":"1","id":9007199254740993,"list":[{"b":0.0,"a":{}}]},"summary":"after"},` +
		`"first":{"summary":"before","value":{"y":1,"x":2}}}}}}}}},` +
		`"/a":{"post":{"operationId":"a","responses":{"default":{"$ref":"#/components/responses/Broken"}}}}},` +
		`"components":{"securitySchemes":{"key":{"type":"apiKey","name":"k","in":"header"}},` +
		`"schemas":{"Z":{"type":"object","properties":{` +
		`"zone":{"type":"string"},"attr2":{"$ref":"#/components/schemas/Attr"},` +
		`"attr10":{"type":"string","enum":["b","a"]}}},` +
		`"Attr":{"type":"string","x-evidence":{"observed":["o"],"documented":["d"]}}},` +
		`"responses":{"Broken":{"description":"d"}}}}`
	if got := compact.String(); got != want {
		t.Errorf("the bundle is\n%s\nwant\n%s", got, want)
	}

	var fromYAML, fromJSON any
	if err := yaml.UnmarshalWithOptions(asYAML, &fromYAML, yaml.UseOrderedMap()); err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalWithOptions(asJSON, &fromJSON, yaml.UseOrderedMap()); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromYAML, fromJSON) {
		t.Errorf("the YAML is another document, or in another order:\n%s", asYAML)
	}
}

// outputsIn are outputs in a folder of the test. None of them is there yet.
func outputsIn(t *testing.T) outputs {
	t.Helper()
	dir := t.TempDir()
	return outputs{
		dist:     filepath.Join(dir, "dist"),
		tables:   filepath.Join(dir, "tables.gen.go"),
		snapshot: filepath.Join(dir, "document.snapshot"),
	}
}

func TestRunWritesTheCommittedFiles(t *testing.T) {
	to := outputsIn(t)
	if err := run("..", to); err != nil {
		t.Fatal(err)
	}

	for written, committed := range map[string]string{
		to.tables:                                    "../contract/tables.gen.go",
		to.snapshot:                                  "../document.snapshot",
		filepath.Join(to.dist, "kapture.yaml"):       "../dist/kapture.yaml",
		filepath.Join(to.dist, "kapture.json"):       "../dist/kapture.json",
		filepath.Join(to.dist, "kapture-plain.json"): "../dist/kapture-plain.json",
		filepath.Join(to.dist, "kapture-slim.json"):  "../dist/kapture-slim.json",
	} {
		got, err := os.ReadFile(written)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(committed)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is not generated from the authored files as they are; run `make generate`", committed)
		}
	}
}

func TestRunWritesNothingOfABrokenContract(t *testing.T) {
	from := t.TempDir()
	to := outputsIn(t)
	root := []byte("openapi: 3.0.3\ninfo: {title: t}\npaths: {}\n")
	if err := os.WriteFile(filepath.Join(from, "openapi.yaml"), root, 0o644); err != nil {
		t.Fatal(err)
	}

	if err := run(from, to); err == nil || !strings.Contains(err.Error(), "not valid") {
		t.Errorf("error is %v, want one that says what is not valid", err)
	}
	for _, name := range []string{to.dist, to.tables, to.snapshot} {
		if _, err := os.Stat(name); !os.IsNotExist(err) {
			t.Errorf("%s was written, want nothing written", filepath.Base(name))
		}
	}
}
