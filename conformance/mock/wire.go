package mock

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Requests are decoded into maps, not structs: encoding/json matches the names
// of struct members without regard to case, and this API has `message` beside
// `Message` and `customer_code` beside `customer_code `. Answers are ordered
// trees, because the members that a generation prints, their order and the
// spelling of their numbers (0 or 0.0) come from its sample.

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) get(name string) (any, bool) {
	for _, m := range o {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// encode gives the JSON of an answer's tree.
func encode(v any) []byte { return appendJSON(nil, v) }

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, m.name)
			b = append(b, ':')
			b = appendJSON(b, m.value)
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case string:
		return appendText(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case json.Number:
		return append(b, v...)
	case marked:
		b = appendJSON(b, v.value)
		*v.end = len(b)
		return b
	default: // what a request brought: maps, kept as they came
		raw, err := json.Marshal(v)
		if err != nil {
			return append(b, "null"...)
		}
		return append(b, raw...)
	}
}

// marked notes where its value ends in the encoded answer.
type marked struct {
	value any
	end   *int
}

func appendText(b []byte, s string) []byte {
	if plain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	raw, _ := jsonvalue.Encode(s) // a string always encodes
	return append(b, raw...)
}

// plain says whether a text needs no escape, as nearly all do.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// ordered decodes a sample, keeping the order of members and the spelling of
// numbers.
func ordered(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return orderedValue(decoder)
}

func orderedValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		out := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := orderedValue(d)
			if err != nil {
				return nil, err
			}
			out = append(out, member{name.(string), value})
		}
		_, err = d.Token()
		return out, err
	case json.Delim('['):
		out := []any{}
		for d.More() {
			value, err := orderedValue(d)
			if err != nil {
				return nil, err
			}
			out = append(out, value)
		}
		_, err = d.Token()
		return out, err
	}
	return token, nil
}

// maxDepth is how deep a request may nest. The deepest documented one nests
// four levels.
const maxDepth = 100

var errNotJSON = errors.New("not one JSON value")

// decode reads a request's body: one JSON value in UTF-8, exact names, numbers
// as text.
func decode(raw []byte) (any, error) {
	if tooDeep(raw) || !utf8.Valid(raw) {
		return nil, errNotJSON
	}
	return jsonvalue.Decode(raw)
}

func tooDeep(raw []byte) bool {
	depth, inText := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// fields is an object of a request.
type fields map[string]any

// object gives the object under name; nil when it is absent or something else.
func (f fields) object(name string) fields {
	m, _ := f[name].(map[string]any)
	return m
}

// sent says whether the member stands in the request with a value; null is
// what some callers send for an absent one.
func (f fields) sent(name string) bool { return f[name] != nil }

// text gives a member as text, whether it came as text, number or boolean, as
// tables and samples disagree about that. Blanks at the ends do not count.
func (f fields) text(names ...string) string {
	for _, name := range names {
		if s := strings.TrimSpace(scalar(f[name])); s != "" {
			return s
		}
	}
	return ""
}

// scalar writes a text, a number or a boolean as text; "" for anything else.
func scalar(v any) string {
	if id, ok := v.(int64); ok { // an identifier of the mock's own
		return strconv.FormatInt(id, 10)
	}
	return jsonvalue.Text(v)
}

// yes reads a boolean that may come as text.
func (f fields) yes(name string) bool { return strings.EqualFold(f.text(name), "true") }

// number gives a member as a whole number.
func (f fields) number(name string) (int64, bool) { return number(f.text(name)) }

func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
