package cases

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Match is one expectation on one value of a body. In a case file it is either
// the value itself or a mapping with one or more of these keys.
type Match struct {
	// Equals is the value. A text that is one whole placeholder, such as
	// ${customer}, compares by its text: a page sends an identifier as text
	// and answers it as number.
	Equals  Value   `yaml:"equals"`
	Present *bool   `yaml:"present"`
	OneOf   []Value `yaml:"one_of"`
	// Matches is a regular expression (RE2) for a text.
	Matches Text `yaml:"matches"`
	// Not is a value that must not stand there.
	Not Value `yaml:"not"`
	// Length is the number of elements of an array or members of an object.
	Length *int `yaml:"length"`
	// Contains wants an array of which one element has all these values, by
	// pointer within the element.
	Contains map[string]Value `yaml:"contains"`

	line    int
	pattern *regexp.Regexp
}

// UnmarshalYAML accepts the bare value beside the mapping.
func (m *Match) UnmarshalYAML(node ast.Node) error {
	if _, mapping := node.(*ast.MappingNode); !mapping {
		m.line = lineOf(node)
		return m.Equals.UnmarshalYAML(node)
	}
	type plain Match
	if err := strictly(node, (*plain)(m)); err != nil {
		return err
	}
	m.line = lineOf(node)
	if m.Length != nil && *m.Length < 0 {
		return &Mistake{Line: m.line, Message: "length must be a number from 0 on"}
	}
	if m.Present == nil && m.Length == nil && !m.Equals.Given() && !m.Not.Given() && !m.Matches.Given() && len(m.OneOf)+len(m.Contains) == 0 {
		return &Mistake{Line: m.line, Message: "the expectation expects nothing; write a value, or one of equals, present, one_of, matches, not, length, contains; for null one_of: [null]"}
	}
	if m.Matches.Given() {
		pattern, err := regexp.Compile(m.Matches.Value)
		if err != nil {
			return &Mistake{Line: m.Matches.Line, Message: fmt.Sprintf("%q is no regular expression: %v", m.Matches.Value, err)}
		}
		m.pattern = pattern
	}
	return nil
}

// strictly decodes node into target and refuses unknown keys.
func strictly(node ast.Node, target any) error {
	return yaml.NewDecoder(strings.NewReader(""), yaml.Strict()).DecodeFromNode(node, target)
}

// check compares one value. It returns what was expected, in words that may be
// shown, or "" if all is well.
func (m *Match) check(value any, present bool, vars *vars) (expected string, err error) {
	if m.Present != nil && *m.Present != present {
		if *m.Present {
			return "present", nil
		}
		return "absent", nil
	}
	if m.Equals.Given() {
		if ok, shown, err := vars.same(m.Equals.JSON, value, present); err != nil || !ok {
			return shown, err
		}
	}
	if len(m.OneOf) > 0 {
		var all []string
		found := false
		for _, choice := range m.OneOf {
			ok, shown, err := vars.same(choice.JSON, value, present)
			if err != nil {
				return "", err
			}
			found = found || ok
			all = append(all, shown)
		}
		if !found {
			return "one of " + strings.Join(all, ", "), nil
		}
	}
	if m.pattern != nil {
		if text, ok := value.(string); !present || !ok || !m.pattern.MatchString(text) {
			return "a text like " + m.Matches.Value, nil
		}
	}
	if m.Not.Given() {
		ok, shown, err := vars.same(m.Not.JSON, value, present)
		if err != nil {
			return "", err
		}
		if !present || ok {
			return "anything but " + shown, nil
		}
	}
	if m.Length != nil {
		if got, ok := lengthOf(value); !ok || got != *m.Length {
			return fmt.Sprintf("%d elements", *m.Length), nil
		}
	}
	if len(m.Contains) > 0 {
		found, err := m.contained(value, vars)
		if err != nil || !found {
			return "an element with the wanted " + strings.Join(sortedKeys(m.Contains), " and "), err
		}
	}
	return "", nil
}

func (m *Match) contained(value any, vars *vars) (bool, error) {
	list, _ := value.([]any)
	for _, element := range list {
		fits := true
		for pointer, want := range m.Contains {
			got, present := lookUp(element, pointer)
			ok, _, err := vars.same(want.JSON, got, present)
			if err != nil {
				return false, err
			}
			fits = fits && ok
		}
		if fits {
			return true, nil
		}
	}
	return false, nil
}

// same compares an expected value, with its placeholders filled in, to the one
// that came.
func (v *vars) same(expected, value any, present bool) (ok bool, shown string, err error) {
	filled, err := v.fill(expected)
	if err != nil {
		return false, "", err
	}
	raw, err := jsonvalue.Encode(filled)
	if err != nil {
		return false, "", err
	}
	shown = string(raw)
	if text, isText := expected.(string); isText && strings.Contains(text, "${") {
		shown = text // the value itself may be a customer's
	}
	if !present {
		return false, shown, nil
	}
	if text, isText := expected.(string); isText && wholePlaceholder(text) {
		return jsonvalue.Text(filled) == jsonvalue.Text(value) && isScalar(value), shown, nil
	}
	return equalJSON(filled, value), shown, nil
}

func isScalar(value any) bool {
	switch value.(type) {
	case map[string]any, []any, nil:
		return false
	}
	return true
}

func lengthOf(value any) (int, bool) {
	switch value := value.(type) {
	case []any:
		return len(value), true
	case map[string]any:
		return len(value), true
	}
	return 0, false
}

// equalJSON compares two decoded JSON values: member order does not count, the
// digits of a number do not either (1.0 equals 1), a number never equals a text.
func equalJSON(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			other, ok := b[name]
			if !ok || !equalJSON(value, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equalJSON(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(a, b)
	}
	return reflect.DeepEqual(a, b)
}
