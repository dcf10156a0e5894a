package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Text is a text of a case file that remembers its line, so that a mistake
// found later (an unknown operation, say) can be named where it stands.
type Text struct {
	Value string
	Line  int
}

// UnmarshalYAML keeps the text of a scalar as it is written: generation 2024
// need not be quoted.
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
		return &Mistake{Line: t.Line, Message: fmt.Sprintf("%s, but a text is due here", kindOf(node))}
	}
	return nil
}

// Given reports whether the file has the text at all.
func (t Text) Given() bool { return t.Line > 0 }

func (t Text) String() string { return t.Value }

// Value is any JSON value of a case file, with its line.
type Value struct {
	JSON any // as encoding/json would give it, numbers as json.Number
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

// jsonOf turns a YAML node into the value that the same JSON would decode to.
// Numbers keep their digits: 0.0 stays 0.0 and a long identifier stays exact.
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
		digits := node.GetToken().Value
		if !json.Valid([]byte(digits)) {
			return nil, &Mistake{Line: lineOf(node), Message: fmt.Sprintf("%q is no JSON number; write it in decimal digits, or in quotes if it is a text", digits)}
		}
		return json.Number(digits), nil
	case *ast.SequenceNode:
		list := make([]any, 0, len(node.Values))
		for _, element := range node.Values {
			value, err := jsonOf(element)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case *ast.MappingNode:
		object := make(map[string]any, len(node.Values))
		for _, pair := range node.Values {
			name, err := keyOf(pair)
			if err != nil {
				return nil, err
			}
			if _, twice := object[name]; twice {
				return nil, &Mistake{Line: lineOf(pair.Key), Message: fmt.Sprintf("the key %q stands twice", name)}
			}
			if object[name], err = jsonOf(pair.Value); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return nil, &Mistake{Line: lineOf(node), Message: fmt.Sprintf("%s cannot stand in a case file; write plain JSON values", kindOf(node))}
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

// Mistake is one mistake in a case file.
type Mistake struct {
	File string
	Line int
	// Message says what is wrong, what was expected and what to do.
	Message string
}

// Error names the place first, so that editors can jump to it.
func (m *Mistake) Error() string {
	return m.File + ":" + strconv.Itoa(m.Line) + ": " + m.Message
}

// mistakeOf gives the library's own complaints (unknown key, wrong type, broken
// YAML) the same form as ours.
func mistakeOf(file string, err error) *Mistake {
	if ours, ok := errors.AsType[*Mistake](err); ok {
		ours.File = file
		return ours
	}
	mistake := &Mistake{File: file, Line: 1, Message: firstLine(err.Error())}
	if theirs, ok := errors.AsType[yaml.Error](err); ok {
		mistake.Message = theirs.GetMessage()
		if token := theirs.GetToken(); token != nil && token.Position != nil {
			mistake.Line = token.Position.Line
		}
	}
	return mistake
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
