package runner

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Match is one expectation on one value of a body. In a case file it is either
// the value itself or a mapping with one or more of these keys.
type Match struct {
	// Equals is the value. A text that consists of one placeholder, such as
	// ${customer}, is compared as text: a page sends an identifier as a text
	// and returns it as a number.
	Equals  Value   `yaml:"equals"`
	Present *bool   `yaml:"present"`
	OneOf   []Value `yaml:"one_of"`
	// Matches is a regular expression (RE2) for a text.
	Matches Text `yaml:"matches"`
	// Not is a value that the value must differ from. It must be present.
	Not Value `yaml:"not"`
	// Length is the number of elements of an array or fields of an object.
	Length *int `yaml:"length"`
	// Contains expects an array that has an element with all these values, by
	// pointer within the element.
	Contains map[string]Value `yaml:"contains"`

	line    int
	pattern *regexp.Regexp
}

// UnmarshalYAML accepts the bare value as well as the mapping.
func (m *Match) UnmarshalYAML(node ast.Node) error {
	m.line = lineOf(node)
	if _, mapping := node.(*ast.MappingNode); !mapping {
		return m.Equals.UnmarshalYAML(node)
	}

	type plain Match
	if err := strictly(node, (*plain)(m)); err != nil {
		return err
	}
	if m.Length != nil && *m.Length < 0 {
		return &Mistake{Line: m.line, Message: "length must be 0 or more"}
	}
	if m.empty() {
		return &Mistake{Line: m.line,
			Message: "the expectation is empty; write a value, or one of equals, present, one_of, " +
				"matches, not, length, contains; for null write one_of: [null]"}
	}
	if !m.Matches.Given() {
		return nil
	}
	pattern, err := regexp.Compile(m.Matches.Value)
	if err != nil {
		return &Mistake{Line: m.Matches.Line, Message: fmt.Sprintf("%q is not a regular expression: %v",
			m.Matches.Value, err)}
	}
	m.pattern = pattern
	return nil
}

func (m *Match) empty() bool {
	compared := m.Equals.Given() || m.Not.Given() || m.Matches.Given()
	listed := len(m.OneOf) > 0 || len(m.Contains) > 0
	return !compared && !listed && m.Present == nil && m.Length == nil
}

// actual is the value that a body has at a pointer, if it is present.
type actual struct {
	value   any
	present bool
}

// check compares one value with every key that the match has. It returns what
// was expected, in words that a report may show, or "" if the value fits.
func (m *Match) check(got actual, values *vars) (expected string, err error) {
	checks := []func(*Match, actual, *vars) (string, error){
		(*Match).checkPresent,
		(*Match).checkEquals,
		(*Match).checkOneOf,
		(*Match).checkMatches,
		(*Match).checkNot,
		(*Match).checkLength,
		(*Match).checkContains,
	}

	for _, check := range checks {
		expected, err := check(m, got, values)
		if err != nil || expected != "" {
			return expected, err
		}
	}
	return "", nil
}

func (m *Match) checkPresent(got actual, _ *vars) (string, error) {
	switch {
	case m.Present == nil || *m.Present == got.present:
		return "", nil
	case *m.Present:
		return "present", nil
	}
	return "absent", nil
}

func (m *Match) checkEquals(got actual, values *vars) (string, error) {
	if !m.Equals.Given() {
		return "", nil
	}
	equal, shown, err := values.compare(m.Equals.JSON, got)
	if err != nil || equal {
		return "", err
	}
	return shown, nil
}

func (m *Match) checkOneOf(got actual, values *vars) (string, error) {
	if len(m.OneOf) == 0 {
		return "", nil
	}
	var all []string
	for _, choice := range m.OneOf {
		equal, shown, err := values.compare(choice.JSON, got)
		if err != nil || equal {
			return "", err
		}
		all = append(all, shown)
	}
	return "one of " + strings.Join(all, ", "), nil
}

func (m *Match) checkMatches(got actual, _ *vars) (string, error) {
	if m.pattern == nil {
		return "", nil
	}
	text, isText := got.value.(string)
	if got.present && isText && m.pattern.MatchString(text) {
		return "", nil
	}
	return "a text that matches " + m.Matches.Value, nil
}

func (m *Match) checkNot(got actual, values *vars) (string, error) {
	if !m.Not.Given() {
		return "", nil
	}
	equal, shown, err := values.compare(m.Not.JSON, got)
	if err != nil {
		return "", err
	}
	if got.present && !equal {
		return "", nil
	}
	return "any value but " + shown, nil
}

func (m *Match) checkLength(got actual, _ *vars) (string, error) {
	if m.Length == nil {
		return "", nil
	}
	length, ok := lengthOf(got.value)
	if ok && length == *m.Length {
		return "", nil
	}
	return fmt.Sprintf("%d elements", *m.Length), nil
}

func (m *Match) checkContains(got actual, values *vars) (string, error) {
	if len(m.Contains) == 0 {
		return "", nil
	}
	list, _ := got.value.([]any)
	for _, element := range list {
		fits, err := m.fits(element, values)
		if err != nil || fits {
			return "", err
		}
	}
	return "an element with the given values at " + strings.Join(sortedKeys(m.Contains), " and "), nil
}

// fits reports whether an element has every value of Contains.
func (m *Match) fits(element any, values *vars) (bool, error) {
	for pointer, want := range m.Contains {
		value, present := lookUp(element, pointer)
		equal, _, err := values.compare(want.JSON, actual{value, present})
		if err != nil || !equal {
			return false, err
		}
	}
	return true, nil
}

// shown is an expected value as a report may show it. One with placeholders may
// be a customer's, unless the run made it up and sent it.
func (v *vars) shown(expected any, value string) string {
	names := placeholdersIn(expected)
	if len(names) == 0 {
		return value
	}

	template, isText := expected.(string)
	if !isText {
		raw, err := jsonvalue.Encode(expected)
		if err != nil {
			return "a value with placeholders"
		}
		template = string(raw)
	}
	hidden := !v.showValues && !allMadeUp(names)
	if hidden {
		return "the value of " + template
	}
	return value + " (" + template + ")"
}

// compare fills in the placeholders of an expected value and compares it with a
// value of a body. shown is the expected value as a report may show it.
func (v *vars) compare(expected any, got actual) (equal bool, shown string, err error) {
	filled, err := v.fill(expected)
	if err != nil {
		return false, "", err
	}
	raw, err := jsonvalue.Encode(filled)
	if err != nil {
		return false, "", err
	}

	shown = v.shown(expected, string(raw))
	template, isText := expected.(string)
	switch {
	case !got.present:
		return false, shown, nil
	case isText && isPlaceholder(template):
		return isScalar(got.value) && jsonvalue.Text(filled) == jsonvalue.Text(got.value), shown, nil
	}
	return equalJSON(filled, got.value), shown, nil
}
