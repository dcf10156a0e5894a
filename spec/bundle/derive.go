package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/speakeasy-api/openapi/overlay"
	"gopkg.in/yaml.v3"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// plainOverlay is the authored file that says what the plain bundle leaves out.
const plainOverlay = "overlays/plain.yaml"

// derive writes the bundles that follow from the full one.
func derive(bundle []byte, fsys fs.FS, described *contract.Contract) (map[string][]byte, error) {
	weaker, err := weaken(bundle, fsys)
	if err != nil {
		return nil, err
	}
	small, err := indented(slim(weaker, true))
	if err != nil {
		return nil, err
	}
	readable, err := indented(withNotes(weaker, described))
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"kapture-plain.json": readable, "kapture-slim.json": small}, nil
}

// weaken applies the overlay to the bundle. The order of the bundle and its
// numbers stay as they are.
func weaken(bundle []byte, fsys fs.FS) (object, error) {
	authored, err := fs.ReadFile(fsys, plainOverlay)
	if err != nil {
		return nil, err
	}
	actions, err := overlay.ParseReader(bytes.NewReader(authored))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", plainOverlay, err)
	}
	if err := actions.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", plainOverlay, err)
	}

	// JSON is YAML.
	var document yaml.Node
	if err := yaml.Unmarshal(bundle, &document); err != nil {
		return nil, err
	}
	if _, err := actions.ApplyToStrict(&document); err != nil {
		return nil, fmt.Errorf("%s: %w", plainOverlay, err)
	}
	value, err := fromNode(document.Content[0])
	if err != nil {
		return nil, err
	}
	return value.(object), nil
}

// fromNode is a node as an ordered value.
func fromNode(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.MappingNode:
		fields := object{}
		for i := 0; i < len(node.Content); i += 2 {
			value, err := fromNode(node.Content[i+1])
			if err != nil {
				return nil, err
			}
			fields = append(fields, field{node.Content[i].Value, value})
		}
		return fields, nil
	case yaml.SequenceNode:
		list := []any{}
		for _, element := range node.Content {
			value, err := fromNode(element)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	default:
		return fromScalar(node)
	}
}

func fromScalar(node *yaml.Node) (any, error) {
	switch node.ShortTag() {
	case "!!int", "!!float":
		return json.Number(node.Value), nil
	case "!!bool":
		return node.Value == "true", nil
	case "!!null":
		return nil, nil
	case "!!str", "!!timestamp":
		return node.Value, nil
	default:
		return nil, fmt.Errorf("line %d: %s is not JSON", node.Line, node.ShortTag())
	}
}

// slim leaves out extensions and examples: what is left is all that a generator
// reads. Where the names of an object are not keywords, they stay: a header may
// begin with x-, and a property may be called example.
func slim(value any, keywords bool) any {
	switch value := value.(type) {
	case object:
		kept := object{}
		for _, f := range value {
			extra := strings.HasPrefix(f.name, "x-") || f.name == "example" || f.name == "examples"
			if keywords && extra {
				continue
			}
			named := keywords && (f.name == "properties" || f.name == "headers")
			kept = append(kept, field{f.name, slim(f.value, !named)})
		}
		return unwrapped(kept)
	case []any:
		list := []any{}
		for _, element := range value {
			list = append(list, slim(element, true))
		}
		return list
	default:
		return value
	}
}

// unwrapped is the schema inside an allOf that is there only to describe it: in
// OpenAPI 3.0 a reference has no description itself.
func unwrapped(schema object) any {
	list, _ := schema.get("allOf").([]any)
	if len(schema) == 1 && len(list) == 1 {
		return list[0]
	}
	return schema
}
