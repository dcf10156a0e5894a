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

// stringOf returns the string that is printed between two quotes.
func stringOf(content string) *Value { return &Value{Type: "string", Text: unescape(content)} }

var escapes = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\/`, `/`, `\n`, "\n", `\r`, "", `\t`, "\t")

func unescape(content string) string {
	if strings.IndexByte(content, '\\') < 0 {
		return content
	}
	return escapes.Replace(content)
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
