package spec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func decode(t *testing.T, raw []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// The bundle that other teams take is the authored contract, in both forms.
func TestDistIsTheAuthoredContract(t *testing.T) {
	authored, err := document(t).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want := decode(t, authored)

	asJSON, err := os.ReadFile("dist/kapture.json")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, decode(t, asJSON)) {
		t.Error("dist/kapture.json differs from the authored files; run `go generate ./...`")
	}

	fromYAML, err := openapi3.NewLoader().LoadFromFile("dist/kapture.yaml")
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := openapi3.NewLoader().LoadFromFile("dist/kapture.json")
	if err != nil {
		t.Fatal(err)
	}
	yamlBytes, err := fromYAML.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	jsonBytes, err := fromJSON.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(yamlBytes, jsonBytes) {
		t.Error("dist/kapture.yaml and dist/kapture.json are two different documents; run `go generate ./...`")
	}
}

// A finding can name the line of the authored file.
func TestOriginsNameAuthoredFiles(t *testing.T) {
	doc := document(t)
	customer := doc.Components.Schemas["Customer"].Value
	if customer.Origin == nil || customer.Origin.Key == nil {
		t.Fatal("the schema Customer has lost its origin")
	}
	if got := customer.Origin.Key.File; !strings.HasSuffix(got, "customers.yaml") || customer.Origin.Key.Line == 0 {
		t.Errorf("origin of Customer is %s:%d, want a line of customers.yaml", got, customer.Origin.Key.Line)
	}
}

// Every sample is an example of an operation, and so validated against the
// schema that it samples, with exactly one branch of each oneOf.
func TestEverySampleIsAnExample(t *testing.T) {
	if err := document(t).Validate(t.Context()); err != nil {
		t.Fatalf("an example does not fit its schema: %v", err)
	}
	cited := map[string]bool{}
	authored, err := fs.Glob(spec.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	reference := regexp.MustCompile(`externalValue: (samples/[^\s,}]+)`)
	for _, file := range authored {
		raw, err := spec.FS.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range reference.FindAllStringSubmatch(string(raw), -1) {
			cited[match[1]] = true
		}
	}
	err = fs.WalkDir(spec.FS, "samples", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		if !cited[path] {
			t.Errorf("%s is the example of no operation; name it under examples, so that it is held to its schema", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The table of the samples has a row for each, with what was repaired and replaced in it, and none for a file that is gone.
func TestEverySampleIsInTheTable(t *testing.T) {
	readme, err := os.ReadFile("samples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^\| \[[^]]+\]\(([^)]+\.json)\) \|`).FindAllSubmatch(readme, -1) {
		listed["samples/"+string(match[1])] = true
	}
	there, err := fs.Glob(spec.FS, "samples/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if !listed[path] {
			t.Errorf("%s has no row in samples/README.md; say there what was repaired and replaced", path)
		}
		delete(listed, path)
	}
	for path := range listed {
		t.Errorf("samples/README.md has a row for %s, which is not there", path)
	}
}

// Samples are strict JSON: one value, no member twice.
func TestSamplesAreStrictJSON(t *testing.T) {
	err := fs.WalkDir(spec.FS, "samples", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		raw, err := spec.FS.ReadFile(path)
		if err != nil {
			return err
		}
		if !json.Valid(raw) {
			t.Errorf("%s is not one JSON value", path)
			return nil
		}
		if name, twice := memberTwice(json.NewDecoder(bytes.NewReader(raw))); twice {
			t.Errorf("%s has the member %q twice in one object", path, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func memberTwice(decoder *json.Decoder) (string, bool) {
	token, err := decoder.Token()
	if err != nil {
		return "", false
	}
	open, ok := token.(json.Delim)
	if !ok {
		return "", false
	}
	seen := map[string]bool{}
	for decoder.More() {
		if open == '{' {
			key, _ := decoder.Token()
			name := key.(string)
			if seen[name] {
				return name, true
			}
			seen[name] = true
		}
		if name, twice := memberTwice(decoder); twice {
			return name, true
		}
	}
	_, _ = decoder.Token()
	return "", false
}

// entries is an extension that lists mappings.
func entries(extensions map[string]any, name string) (list []map[string]any) {
	all, _ := extensions[name].([]any)
	for _, entry := range all {
		list = append(list, entry.(map[string]any))
	}
	return list
}

var page = regexp.MustCompile(`^[A-Z][A-Za-z]*( [A-Za-z]+)* \(20\d\d(-\d\d)?\)$`)

// checkEvidence says what is wrong with an x-evidence.
func checkEvidence(extensions map[string]any) error {
	value, ok := extensions["x-evidence"]
	if !ok {
		return fmt.Errorf("x-evidence is missing")
	}
	classes, ok := value.(map[string]any)
	if !ok || len(classes) == 0 {
		return fmt.Errorf("x-evidence is %T, want a mapping of documented, observed and inferred", value)
	}
	for class, sources := range classes {
		if !slices.Contains([]string{"documented", "observed", "inferred"}, class) {
			return fmt.Errorf("x-evidence has the class %q", class)
		}
		list, ok := sources.([]any)
		if !ok || len(list) == 0 {
			return fmt.Errorf("x-evidence.%s names no source", class)
		}
		for _, source := range list {
			text, ok := source.(string)
			if !ok || text == "" {
				return fmt.Errorf("x-evidence.%s has the source %v", class, source)
			}
			if class == "documented" && !page.MatchString(text) {
				return fmt.Errorf("x-evidence.documented has %q, want the title of a page and its generation", text)
			}
		}
	}
	return nil
}

// Every fact names its evidence: operations, schemas, answers, failures,
// error names, parameters, ways to show a key, and the properties that say
// something else than their schema.
func TestEveryFactNamesItsEvidence(t *testing.T) {
	doc := document(t)
	items := maps.Clone(doc.Paths.Map())
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for name, callback := range operation.Callbacks { // operations as well, that Kapture calls
				for _, called := range callback.Value.Map() {
					items["callback "+name] = called
				}
			}
		}
	}
	for path, item := range items {
		for method, operation := range item.Operations() {
			where := method + " " + path
			if err := checkEvidence(operation.Extensions); err != nil {
				t.Errorf("%s: %v", where, err)
			}
			for _, parameter := range operation.Parameters {
				if err := checkEvidence(parameter.Value.Extensions); err != nil {
					t.Errorf("%s, parameter %s: %v", where, parameter.Value.Name, err)
				}
			}
			for code, response := range operation.Responses.Map() {
				if err := checkEvidence(response.Value.Extensions); err != nil {
					t.Errorf("%s, answer %s: %v", where, code, err)
				}
			}
			for _, list := range []string{"x-failures", "x-successes", "x-unknown-fields", "x-error-names"} {
				for i, entry := range entries(operation.Extensions, list) {
					if err := checkEvidence(entry); err != nil {
						t.Errorf("%s, %s[%d]: %v", where, list, i, err)
					}
				}
			}
		}
	}
	for _, entry := range entries(doc.Extensions, "x-failure-codes") {
		if err := checkEvidence(entry); err != nil {
			t.Errorf("x-failure-codes, %v: %v", entry["code"], err)
		}
	}
	for name, scheme := range doc.Components.SecuritySchemes {
		if err := checkEvidence(scheme.Value.Extensions); err != nil {
			t.Errorf("security scheme %s: %v", name, err)
		}
	}
	for name, schema := range doc.Components.Schemas {
		if err := checkEvidence(schema.Value.Extensions); err != nil {
			t.Errorf("schema %s: %v", name, err)
		}
		for property, value := range schema.Value.Properties {
			if _, own := value.Value.Extensions["x-evidence"]; own && value.Ref == "" {
				if err := checkEvidence(value.Value.Extensions); err != nil {
					t.Errorf("schema %s, property %s: %v", name, property, err)
				}
			}
		}
	}
}

// The extensions that name something name something that is there.
func TestExtensionsPointAtComponents(t *testing.T) {
	doc := document(t)
	for _, path := range doc.Paths.Keys() {
		for _, operation := range doc.Paths.Value(path).Operations() {
			names := map[string]bool{}
			for _, list := range []string{"x-failures", "x-successes", "x-uses"} {
				listed := entries(operation.Extensions, list)
				if list == "x-uses" && len(listed) == 0 {
					t.Errorf("%s has no x-uses", operation.OperationID)
				}
				for _, fields := range listed {
					for _, key := range []string{"answer", "request"} {
						name, ok := fields[key].(string)
						if ok && doc.Components.Schemas[name] == nil {
							t.Errorf("%s, %s: the contract has no component %s", operation.OperationID, list, name)
						}
					}
					if list != "x-uses" {
						name := fields["name"].(string)
						if names[list+name] {
							t.Errorf("%s, %s: the name %s stands twice", operation.OperationID, list, name)
						}
						names[list+name] = true
						if pattern, ok := fields["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(fields["message"].(string)) {
							t.Errorf("%s, %s: the message does not fit its own pattern %s", operation.OperationID, name, pattern)
						}
					}
				}
			}
		}
	}
}

var failureCode = regexp.MustCompile(`^[a-z]+(-[a-z]+)*(/[a-z]+(-[a-z]+)*)*$`)

// Every text of a failure has a code of the list, and the same wherever it
// stands; every code of the list is that of a text, or a narrower one is.
func TestFailuresHaveCodesOfTheList(t *testing.T) {
	doc := document(t)
	used := map[string]bool{} // codes of the list
	for _, entry := range entries(doc.Extensions, "x-failure-codes") {
		code, _ := entry["code"].(string)
		if !failureCode.MatchString(code) {
			t.Errorf("x-failure-codes has the code %q, want words in lower case, joined by hyphens, a slash before a narrower one", code)
		}
		if _, twice := used[code]; twice {
			t.Errorf("x-failure-codes has %s twice", code)
		}
		used[code] = false
		if _, listed := used[path.Dir(code)]; path.Dir(code) != "." && !listed {
			t.Errorf("x-failure-codes has %s, and no %s before it", code, path.Dir(code))
		}
		if description, _ := entry["description"].(string); !strings.HasSuffix(description, ".") {
			t.Errorf("x-failure-codes describes %s with %q, want a sentence", code, description)
		}
	}
	codeOf := map[any]any{} // by pattern, or message
	for _, url := range doc.Paths.Keys() {
		for _, operation := range doc.Paths.Value(url).Operations() {
			for _, failure := range entries(operation.Extensions, "x-failures") {
				code, _ := failure["code"].(string)
				if _, listed := used[code]; !listed {
					t.Errorf("%s, %v: the code %q is not in x-failure-codes", operation.OperationID, failure["name"], code)
				}
				for wider := code; wider != "."; wider = path.Dir(wider) {
					used[wider] = true
				}
				text := failure["message"]
				if pattern, varies := failure["pattern"]; varies {
					text = pattern
				}
				if other, known := codeOf[text]; known && other != code {
					t.Errorf("%q has the code %s at %s, and %v elsewhere", text, code, operation.OperationID, other)
				}
				codeOf[text] = code
			}
		}
	}
	for code, named := range used {
		if !named {
			t.Errorf("x-failure-codes has %s, which no failure has, nor a narrower one", code)
		}
	}
}

// Every object is a named component, so that every language gets a named type
// and a finding can say which one.
func TestNoInlineObjects(t *testing.T) {
	var walk func(where string, ref *openapi3.SchemaRef)
	walk = func(where string, ref *openapi3.SchemaRef) {
		if ref == nil || ref.Ref != "" {
			return
		}
		if ref.Value.Type.Is("object") || len(ref.Value.Properties) > 0 {
			t.Errorf("%s is an inline object; make it a named component", where)
		}
		walk(where+"/items", ref.Value.Items)
		for i, branch := range slices.Concat(ref.Value.OneOf, ref.Value.AllOf) {
			walk(fmt.Sprintf("%s/%d", where, i), branch)
		}
	}
	doc := document(t)
	for name, schema := range doc.Components.Schemas {
		for property, value := range schema.Value.Properties {
			walk(name+"."+property, value)
		}
		walk(name+"/items", schema.Value.Items)
		for i, branch := range schema.Value.OneOf {
			if branch.Ref == "" && (branch.Value.Type.Is("object") || branch.Value.Type.Is("array")) {
				t.Errorf("%s: branch %d is not a named component", name, i)
			}
		}
	}
}

// No Go stands in the contract: it belongs to every language.
func TestNoGoInTheContract(t *testing.T) {
	raw, err := os.ReadFile("dist/kapture.json")
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`"x-go-[^"]*"`).Find(raw); found != nil {
		t.Errorf("the contract has %s; it belongs to gen/overlay.yaml", found)
	}
}

func authored(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

const root = `openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /a:
    post:
      operationId: a
      responses:
        "200":
          description: d
          content:
            application/json:
              schema: {$ref: 'one.yaml#/components/schemas/A'}
              examples:
                a: {externalValue: samples/a.json}
`

func TestBundle(t *testing.T) {
	one := "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n    A: {type: object, properties: {id: {type: integer}}}\n"
	good := map[string]string{"openapi.yaml": root, "one.yaml": one, "samples/a.json": `{"id": 9007199254740993}`}
	with := func(name, text string) map[string]string {
		files := maps.Clone(good)
		files[name] = text
		return files
	}
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"good":                     {good, ""},
		"a name in two files":      {with("two.yaml", one), "A is defined in one.yaml and in two.yaml"},
		"a component nobody uses":  {with("one.yaml", one+"    B: {type: string}\n"), "defines B, but nothing references it"},
		"a sample that is missing": {with("openapi.yaml", strings.Replace(root, "samples/a.json", "samples/b.json", 1)), "samples/b.json"},
		"a sample that is broken":  {with("samples/a.json", `{"id": `), "samples/a.json"},
		"two values in a sample":   {with("samples/a.json", `{} {}`), "more than one JSON value"},
		"a file that is not YAML":  {with("one.yaml", "a: [b"), "one.yaml"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			doc, err := spec.Bundle(authored(test.files))
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("error is %v, want one that says %q", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			out, err := doc.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(out, []byte("9007199254740993")) {
				t.Error("a large identifier of a sample lost digits on its way into the bundle")
			}
		})
	}
}

func TestSampleThatIsNotThere(t *testing.T) {
	if _, err := spec.Sample("customers/none.json"); err == nil {
		t.Error("no error for a sample that is not there")
	}
}
