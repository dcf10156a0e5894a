package spec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
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

	if !bytes.Equal(loadedAndEncoded(t, "dist/kapture.yaml"), loadedAndEncoded(t, "dist/kapture.json")) {
		t.Error("dist/kapture.yaml and dist/kapture.json are two different documents; run `go generate ./...`")
	}
}

// loadedAndEncoded is a file of dist as the OpenAPI library writes it.
func loadedAndEncoded(t *testing.T, name string) []byte {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
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

	for _, path := range samplePaths(t) {
		if !cited[path] {
			t.Errorf("%s is not the example of an operation; name it under examples, so that it is validated", path)
		}
	}
}

// samplePaths lists the samples, as spec.FS names them.
func samplePaths(t *testing.T) []string {
	t.Helper()
	paths, err := fs.Glob(spec.FS, "samples/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatal("there are no samples")
	}
	return paths
}

// The table of the samples has a row for each, with what was repaired and
// replaced in it, and none for a file that is gone.
func TestEverySampleIsInTheTable(t *testing.T) {
	readme, err := os.ReadFile("samples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^\| \[[^]]+\]\(([^)]+\.json)\) \|`).FindAllSubmatch(readme, -1) {
		listed["samples/"+string(match[1])] = true
	}

	for _, path := range samplePaths(t) {
		if !listed[path] {
			t.Errorf("%s has no row in samples/README.md; say there what was repaired and replaced", path)
		}
		delete(listed, path)
	}
	for path := range listed {
		t.Errorf("samples/README.md has a row for %s, which is not there", path)
	}
}

// Samples are strict JSON: one value, no field twice.
func TestSamplesAreStrictJSON(t *testing.T) {
	for _, path := range samplePaths(t) {
		raw, err := spec.FS.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(raw) {
			t.Errorf("%s is not one JSON value", path)
			continue
		}
		if name, twice := fieldTwice(json.NewDecoder(bytes.NewReader(raw))); twice {
			t.Errorf("%s has the field %q twice in one object", path, name)
		}
	}
}

// fieldTwice names a field that an object of the next value has twice.
func fieldTwice(decoder *json.Decoder) (string, bool) {
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
		if name, twice := fieldTwice(decoder); twice {
			return name, true
		}
	}
	_, _ = decoder.Token()
	return "", false
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

// The contract has no Go: it is for every language.
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
	const one = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n" +
		"    A: {type: object, properties: {id: {type: integer}}}\n"
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
		"good":                {good, ""},
		"a name in two files": {with("two.yaml", one), "A is defined in one.yaml and in two.yaml"},
		"a component nobody uses": {
			with("one.yaml", one+"    B: {type: string}\n"),
			"defines B, but nothing references it",
		},
		"a sample that is missing": {
			with("openapi.yaml", strings.Replace(root, "samples/a.json", "samples/b.json", 1)),
			"samples/b.json",
		},
		"a sample that is broken": {with("samples/a.json", `{"id": `), "samples/a.json"},
		"two values in a sample":  {with("samples/a.json", `{} {}`), "more than one JSON value"},
		"a file that is not YAML": {with("one.yaml", "a: [b"), "one.yaml"},
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

// The date of a record is accepted as each version of Java prints it, and in no
// other form.
func TestRecordTime(t *testing.T) {
	schema := document(t).Components.Schemas["RecordTime"].Value
	for text, accepted := range map[string]bool{
		"May 2, 2024 4:15:42 PM":       true,
		"May 2, 2024, 4:15:42 PM":      true,
		"May 2, 2024, 4:15:42\u202fPM": true,
		"2024-05-02 16:15:42":          true,
		"May 2, 2024 4:15:42\u202fPM":  false,
		"May 2, 2024, 4:15:42\u00a0PM": false,
		"May 2, 2024,4:15:42 PM":       false,
		"May 2, 2024, 16:15:42":        false,
	} {
		if err := schema.VisitJSON(text); (err == nil) != accepted {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSampleThatIsNotThere(t *testing.T) {
	if _, err := spec.Sample("customers/none.json"); err == nil {
		t.Error("no error for a sample that is not there")
	}
}

// "One of these is needed" means that it has a value: the failures speak of
// fields that are missing or empty.
func TestEitherOfMeansNotEmpty(t *testing.T) {
	found := 0
	for name, schema := range document(t).Components.Schemas {
		for _, part := range schema.Value.AllOf {
			for i, branch := range part.Value.AnyOf {
				for _, field := range branch.Value.Required {
					found++
					needed := branch.Value.Properties[field]
					if needed == nil || needed.Value.MinLength == 0 {
						t.Errorf("%s: branch %d of its anyOf takes an empty %s", name, i, field)
					}
				}
			}
		}
	}
	if found == 0 {
		t.Error("no schema says that one of several fields is needed")
	}
}

// The page of getCustomer lists 404 and prints this body without a code.
func TestNotFoundFitsUnderItsErrorCode(t *testing.T) {
	operation := document(t).Paths.Find("/search-customer-by-customer-id.html").Post
	sample, err := spec.Sample("customers/get-2024.response.not-found.json")
	if err != nil {
		t.Fatal(err)
	}
	var body any
	if err := json.Unmarshal(sample, &body); err != nil {
		t.Fatal(err)
	}

	response := operation.Responses.Value("404").Value
	if err := response.Content.Get("application/json").Schema.Value.VisitJSON(body); err != nil {
		t.Error(err)
	}
}
