package outside

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract is the bundle, as a JSON Schema library reads it.
type Contract struct {
	Operations map[string]Operation // by operationId
	document   map[string]any
	compiler   *jsonschema.Compiler
}

// Operation is what the bundle says about one operation.
type Operation struct {
	Path      string
	Responses map[string]string // status -> where its schema stands
	Request   string            // where the schema of the JSON body stands; "" for none
	Uses      []Use
	Failures  []Text
	Successes []Text
}

// Use is one of the uses of an operation.
type Use struct{ Name, Generation, Answer string }

// Text is a documented failure or success.
type Text struct {
	Name, Message, Pattern, Member, Status, Answer string
	HTTP                                           []int
}

const where = "kapture.json"

// Load reads the bundle. OpenAPI 3.0 schemas are those of JSON Schema but for
// nullable, which is rewritten; the extensions are no keywords and are ignored.
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
		return nil, errors.New(path + " is no object")
	}
	schemas, _ := at(document, "components", "schemas").(map[string]any)
	for _, schema := range schemas {
		rewrite(schema)
	}
	paths, _ := document["paths"].(map[string]any)
	c := &Contract{Operations: map[string]Operation{}, document: document, compiler: jsonschema.NewCompiler()}
	for path, item := range paths {
		post, ok := at(item, "post").(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: %s has no post", where, path)
		}
		op := Operation{Path: path, Responses: map[string]string{}}
		base := "#/paths/" + escape(path) + "/post"
		if at(post, "requestBody", "content", "application/json", "schema") != nil {
			op.Request = base + "/requestBody/content/application~1json/schema"
		}
		responses, _ := post["responses"].(map[string]any)
		for status, response := range responses {
			pointer := base + "/responses/" + status
			if ref, ok := at(response, "$ref").(string); ok {
				pointer, response = ref, follow(document, ref)
			}
			if at(response, "content", "application/json", "schema") == nil {
				return nil, fmt.Errorf("%s: %s %s has no JSON", where, path, status)
			}
			op.Responses[status] = pointer + "/content/application~1json/schema"
		}
		for name, into := range map[string]any{"x-uses": &op.Uses, "x-failures": &op.Failures, "x-successes": &op.Successes} {
			listed, err := json.Marshal(post[name])
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(listed, into); err != nil {
				return nil, fmt.Errorf("%s: %s of %s: %w", where, name, path, err)
			}
		}
		c.Operations[fmt.Sprint(post["operationId"])] = op
	}
	if len(c.Operations) == 0 {
		return nil, errors.New(path + " has no operations")
	}
	return c, c.compiler.AddResource(where, document)
}

// Check validates a JSON value against the schema at a pointer.
func (c *Contract) Check(pointer string, body []byte) error {
	schema, err := c.compiler.Compile(where + pointer)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// Component is where a schema stands.
func Component(name string) string { return "#/components/schemas/" + name }

// rewrite turns nullable into a choice between the schema and null.
func rewrite(v any) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			rewrite(element)
		}
	case map[string]any:
		for name, child := range v {
			if name != "x-evidence" && name != "example" && name != "enum" {
				rewrite(child)
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

func follow(document any, ref string) any {
	for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		document = at(document, strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
	}
	return document
}

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
