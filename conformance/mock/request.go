package mock

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/gen/jsontoken"
)

// Requests are decoded into maps, not structs. encoding/json matches the names
// of struct fields without regard to case, and this API has both `message` and
// `Message`, both `customer_code` and `customer_code `.

// maxDepth is how deep a request may nest. The deepest documented one nests
// four levels.
const maxDepth = 100

// decode reads the body of a request: one JSON value in UTF-8, with exact names,
// and numbers as text.
func decode(raw []byte) (any, error) {
	switch {
	case len(raw) == 0:
		return nil, errors.New("it is empty")
	case !utf8.Valid(raw):
		return nil, errors.New("it is not UTF-8")
	case tooDeep(raw):
		return nil, fmt.Errorf("it nests deeper than %d levels", maxDepth)
	}
	return jsonvalue.Decode(raw)
}

func tooDeep(raw []byte) bool {
	depth := 0
	for token := jsontoken.Next(raw, 0); token.Kind != jsontoken.End; token = jsontoken.Next(raw, token.Stop) {
		switch token.Kind {
		case jsontoken.BeginObject, jsontoken.BeginArray:
			depth++
		case jsontoken.EndObject, jsontoken.EndArray:
			depth--
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}

// kindOf names the kind of a JSON value.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case string:
		return "a text"
	case bool:
		return "a boolean"
	}
	return "a number"
}

// fields is an object of a request.
type fields map[string]any

// object returns the object under name, nil if the field is absent or something
// else.
func (f fields) object(name string) fields {
	m, _ := f[name].(map[string]any)
	return m
}

// sent reports whether the request has the field with a value. Some callers send
// null for an absent one.
func (f fields) sent(name string) bool { return f[name] != nil }

// text returns the first of the named fields that has a text, without blanks at
// its ends. A number or a boolean counts as its text, because tables and samples
// disagree about types.
func (f fields) text(names ...string) string {
	for _, name := range names {
		if s := strings.TrimSpace(scalar(f[name])); s != "" {
			return s
		}
	}
	return ""
}

// scalar writes a text, a number or a boolean as text, and anything else as "".
func scalar(v any) string {
	if id, ok := v.(int64); ok { // an identifier that the mock gave
		return strconv.FormatInt(id, 10)
	}
	return jsonvalue.Text(v)
}

// yes reads a boolean that may be a text.
func (f fields) yes(name string) bool { return strings.EqualFold(f.text(name), "true") }

// number reads a field as a whole number.
func (f fields) number(name string) (int64, bool) { return number(f.text(name)) }

func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
