package outside

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract is the bundle, as a JSON Schema library reads it. It is read here and
// not with the project's packages, so that a mistake in these shows.
type Contract struct {
	Operations map[string]Operation // by operationId
	document   map[string]any
	compiler   *jsonschema.Compiler
}

// Operation is what the bundle says about one operation.
type Operation struct {
	ID         string
	Path       string
	Tag        string
	Idempotent bool
	Responses  map[string]string // pointers to schemas, by status
	Request    string            // pointer to the schema of the JSON body; "" for none
	Uses       []Use
	Failures   []Text
	Successes  []Text
}

// Use is one of the uses of an operation.
type Use struct{ Name, Generation, Response string }

// Text is a documented failure or success.
type Text struct {
	Name, Message, Pattern, Field, Status, Response string
	HTTP                                            []int
}

// bundleName is the name of the document for the library.
const bundleName = "kapture.json"

// Load reads the bundle. Schemas of OpenAPI 3.0 are JSON Schemas except for
// nullable, which is rewritten. The library ignores the extensions.
func Load(path string) (*Contract, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	document, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New(path + " is not an object")
	}

	schemas, _ := at(document, "components", "schemas").(map[string]any)
	for _, schema := range schemas {
		rewriteNullable(schema)
	}
	c := &Contract{Operations: map[string]Operation{}, document: document, compiler: jsonschema.NewCompiler()}
	paths, _ := document["paths"].(map[string]any)
	for path, item := range paths {
		op, err := readOperation(document, path, item)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", bundleName, path, err)
		}
		c.Operations[op.ID] = op
	}
	if len(c.Operations) == 0 {
		return nil, errors.New(path + " has no operations")
	}
	return c, c.compiler.AddResource(bundleName, document)
}

func readOperation(document map[string]any, path string, item any) (Operation, error) {
	post, ok := at(item, "post").(map[string]any)
	if !ok {
		return Operation{}, errors.New("has no post")
	}
	tags, _ := post["tags"].([]any)
	op := Operation{
		ID:         fmt.Sprint(post["operationId"]),
		Path:       path,
		Tag:        fmt.Sprint(tags...),
		Idempotent: post["x-idempotent"] == true,
		Responses:  map[string]string{},
	}

	base := "#/paths/" + escape(path) + "/post"
	if at(post, "requestBody", "content", "application/json", "schema") != nil {
		op.Request = base + "/requestBody/content/application~1json/schema"
	}
	responses, _ := post["responses"].(map[string]any)
	for status, response := range responses {
		pointer := base + "/responses/" + status
		if ref, ok := at(response, "$ref").(string); ok {
			pointer = ref
			response = follow(document, ref)
		}
		if at(response, "content", "application/json", "schema") == nil {
			return op, fmt.Errorf("the response %s is not JSON", status)
		}
		op.Responses[status] = pointer + "/content/application~1json/schema"
	}

	for name, into := range map[string]any{"x-uses": &op.Uses, "x-failures": &op.Failures,
		"x-successes": &op.Successes} {
		listed, err := json.Marshal(post[name])
		if err != nil {
			return op, err
		}
		if err := json.Unmarshal(listed, into); err != nil {
			return op, fmt.Errorf("%s: %w", name, err)
		}
	}
	return op, nil
}

// ByPath returns the operation at a path.
func (c *Contract) ByPath(path string) (Operation, bool) {
	for _, op := range c.Operations {
		if op.Path == path {
			return op, true
		}
	}
	return Operation{}, false
}

// CheckResponse validates a response against the schema that the operation has for
// its status.
func (c *Contract) CheckResponse(op Operation, status int, body []byte) error {
	pointer, documented := op.Responses[fmt.Sprint(status)]
	if !documented {
		return fmt.Errorf("the contract has no %d for %s (it has %s)", status, op.ID,
			strings.Join(slices.Sorted(maps.Keys(op.Responses)), ", "))
	}
	return c.Check(pointer, body)
}

// Check validates a JSON value against the schema at a pointer.
func (c *Contract) Check(pointer string, body []byte) error {
	schema, err := c.compiler.Compile(bundleName + pointer)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// Component is the pointer to a component schema.
func Component(name string) string { return "#/components/schemas/" + name }

// rewriteNullable turns nullable into a choice between the schema and null.
func rewriteNullable(v any) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			rewriteNullable(element)
		}
	case map[string]any:
		for name, child := range v {
			if name != "x-evidence" && name != "example" && name != "enum" {
				rewriteNullable(child)
			}
		}
		if v["nullable"] == true {
			inner := maps.Clone(v)
			delete(inner, "nullable")
			clear(v)
			v["anyOf"] = []any{inner, map[string]any{"type": "null"}}
		}
	}
}

// at returns the value below the named fields, nil if there is none.
func at(v any, names ...string) any {
	for _, name := range names {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

// follow returns the value that a $ref names.
func follow(document any, ref string) any {
	for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		document = at(document, strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
	}
	return document
}

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
