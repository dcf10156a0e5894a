package documents

import (
	"encoding/json"
	"strings"
)

// Value is a value of JSON as a page prints it, slips removed.
type Value struct {
	// Type is object, array, string, number, boolean or null, or empty for what
	// JSON has no type for, such as a variable of code.
	Type string
	// Text is the content of a string, and any other scalar as printed.
	Text string
	// Names are those of an object's fields, and Values belong to them; for an
	// array, Values are its elements.
	Names  []string
	Values []*Value
}

// Field returns the field of an object, nil if it has none of that name.
func (v *Value) Field(name string) *Value {
	for i, n := range v.Names {
		if n == name {
			return v.Values[i]
		}
	}
	return nil
}

// Body is a body of JSON that a page prints.
type Body struct {
	Line    int    // on which it begins, from 1
	Heading string // the nearest heading above it
	Value   *Value
	// Whole is false for a body that has an ellipsis, or no end. Strict says that
	// it is valid JSON as printed.
	Whole, Strict bool

	start, end int // in the text; end is 0 if its end was not found
	elided     bool
}

// scalarOf returns the value that a word denotes.
func scalarOf(word string) *Value {
	v := &Value{Text: word}
	switch {
	case word == "null", word == "None":
		v.Type = "null"
		v.Text = "null"
	case strings.EqualFold(word, "true"), strings.EqualFold(word, "false"):
		v.Type = "boolean"
		v.Text = strings.ToLower(word)
	case json.Valid([]byte(word)):
		v.Type = "number"
	}
	return v
}

// put adds a value to an open block: as an element, or as the value of the
// field that was named last.
func (f *frame) put(v *Value, afterColon bool) {
	switch {
	case f.value == nil || !f.api:
	case f.open == '[':
		f.value.Values = append(f.value.Values, v)
	case afterColon && !f.has[f.key]: // the first of two counts
		if f.has == nil {
			f.has = map[string]bool{} // an object may have thousands of names
		}
		f.has[f.key] = true
		f.value.Names = append(f.value.Names, f.key)
		f.value.Values = append(f.value.Values, v)
	}
}

// openBody notes a block of the API that no other block of the API contains.
func (s *scanner) openBody(v *Value) {
	s.bodies = append(s.bodies, Body{Line: s.ln + 1, Value: v, start: s.pos})
}

// closeBody says where the last body ends, if that is what was closed.
func (s *scanner) closeBody(v *Value) {
	if n := len(s.bodies); n > 0 && s.bodies[n-1].Value == v {
		body := &s.bodies[n-1]
		body.end = s.pos + 1
		body.Whole = !body.elided
	}
}
