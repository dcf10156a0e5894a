package runner

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Text is a text of a case file that remembers its line, so that a mistake that
// shows later (an unknown operation, for example) can be reported with its place.
type Text struct {
	Value string
	Line  int
}

// UnmarshalYAML keeps the text of a scalar as it is written, so that generation
// 2024 needs no quotes.
func (t *Text) UnmarshalYAML(node ast.Node) error {
	t.Line = lineOf(node)
	switch node := node.(type) {
	case *ast.StringNode:
		t.Value = node.Value
	case *ast.LiteralNode:
		t.Value = node.Value.Value
	case ast.ScalarNode:
		t.Value = node.GetToken().Value
	default:
		return &Mistake{Line: t.Line, Message: fmt.Sprintf("expected a text, got %s", kindOf(node))}
	}
	return nil
}

// Given reports whether the file has the text at all.
func (t Text) Given() bool { return t.Line > 0 }

func (t Text) String() string { return t.Value }

// Value is any JSON value of a case file, with its line.
type Value struct {
	JSON any // as encoding/json decodes it, with numbers as json.Number
	Line int
}

// UnmarshalYAML reads the value as JSON.
func (v *Value) UnmarshalYAML(node ast.Node) error {
	v.Line = lineOf(node)
	value, err := jsonOf(node)
	if err != nil {
		return err
	}
	v.JSON = value
	return nil
}

// Given reports whether the file has the value at all.
func (v Value) Given() bool { return v.Line > 0 }

// UnmarshalYAML decodes the step and remembers its line.
func (s *Step) UnmarshalYAML(node ast.Node) error {
	type plain Step
	if err := strictly(node, (*plain)(s)); err != nil {
		return err
	}
	s.line = lineOf(node)
	return nil
}

// strictly decodes node into target and rejects unknown keys.
func strictly(node ast.Node, target any) error {
	return yaml.NewDecoder(strings.NewReader(""), yaml.Strict()).DecodeFromNode(node, target)
}

// jsonOf turns a YAML node into the value that the same JSON would decode to.
// Numbers keep their digits: 0.0 stays 0.0, and a long identifier stays exact.
func jsonOf(node ast.Node) (any, error) {
	switch node := node.(type) {
	case *ast.NullNode:
		return nil, nil
	case *ast.BoolNode:
		return node.Value, nil
	case *ast.StringNode:
		return node.Value, nil
	case *ast.LiteralNode:
		return node.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode:
		return jsonNumberOf(node)
	case *ast.SequenceNode:
		return arrayOf(node)
	case *ast.MappingNode:
		return objectOf(node)
	}
	message := fmt.Sprintf("a case file cannot contain %s; write plain JSON values", kindOf(node))
	return nil, &Mistake{Line: lineOf(node), Message: message}
}

func jsonNumberOf(node ast.Node) (any, error) {
	digits := node.GetToken().Value
	if !json.Valid([]byte(digits)) {
		message := fmt.Sprintf("%q is not a JSON number; write it in decimal digits, or in quotes if it is a text",
			digits)
		return nil, &Mistake{Line: lineOf(node), Message: message}
	}
	return json.Number(digits), nil
}

func arrayOf(node *ast.SequenceNode) (any, error) {
	list := make([]any, 0, len(node.Values))
	for _, element := range node.Values {
		value, err := jsonOf(element)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}

func objectOf(node *ast.MappingNode) (any, error) {
	object := make(map[string]any, len(node.Values))
	for _, pair := range node.Values {
		name, err := keyOf(pair)
		if err != nil {
			return nil, err
		}

		if _, exists := object[name]; exists {
			return nil, &Mistake{Line: lineOf(pair.Key), Message: fmt.Sprintf("duplicate key %q", name)}
		}
		if object[name], err = jsonOf(pair.Value); err != nil {
			return nil, err
		}
	}
	return object, nil
}

func keyOf(pair *ast.MappingValueNode) (string, error) {
	if text, ok := pair.Key.(*ast.StringNode); ok {
		return text.Value, nil
	}
	if scalar, ok := pair.Key.(ast.ScalarNode); ok {
		return scalar.GetToken().Value, nil
	}
	return "", &Mistake{Line: lineOf(pair.Key), Message: "a key must be a plain text"}
}

// lineOf is the line of the node's first token. The token of a mapping is its
// first colon, so the lines of keys are used instead.
func lineOf(node ast.Node) int {
	switch node := node.(type) {
	case *ast.MappingNode:
		if len(node.Values) > 0 {
			return lineOf(node.Values[0].Key)
		}
	case *ast.SequenceNode:
		if len(node.Values) > 0 {
			return lineOf(node.Values[0])
		}
	}

	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line
	}
	return 1
}

func kindOf(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or alias"
	}
	return "a " + strings.ToLower(node.Type().String())
}

// placeOf splits a place such as "spec/tickets.yaml:12".
func placeOf(location string) (file string, line int) {
	file, number, _ := strings.Cut(location, ":")
	line, _ = strconv.Atoi(number)
	return file, max(line, 1)
}
