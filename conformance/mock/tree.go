package mock

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Responses are ordered trees, because the fields that a generation prints,
// their order and the spelling of their numbers (0 or 0.0) come from its sample.

// object is a JSON object whose fields keep their order.
type object []field

type field struct {
	name  string
	value any
}

func (o object) get(name string) (any, bool) {
	for _, f := range o {
		if f.name == name {
			return f.value, true
		}
	}
	return nil, false
}

// list is an array whose elements are made while it is written, so that nobody
// holds all of them.
type list struct {
	length int
	at     func(i int) any
}

// marked notes where its value ends in the encoded response.
type marked struct {
	value any
	end   *int
}

// encode returns the JSON of a tree.
func encode(v any) []byte {
	e := encoder{}
	e.write(v)
	return e.buffer
}

// encoder writes the JSON of a tree into a buffer. With spill it empties the
// buffer whenever an element of a list has filled it.
type encoder struct {
	buffer []byte
	// spill takes the buffer, and reports whether to continue.
	spill func([]byte) bool
	ended bool
}

// spillSize is how much a buffer takes before it is emptied. A response below it
// is written at once and has a Content-Length.
const spillSize = 64 << 10

func (e *encoder) write(v any) {
	switch v := v.(type) {
	case nil:
		e.buffer = append(e.buffer, "null"...)
	case object:
		e.writeObject(v)
	case []any:
		e.writeList(list{len(v), func(i int) any { return v[i] }})
	case list:
		e.writeList(v)
	case string:
		e.buffer = appendText(e.buffer, v)
	case bool:
		e.buffer = strconv.AppendBool(e.buffer, v)
	case int:
		e.buffer = strconv.AppendInt(e.buffer, int64(v), 10)
	case int64:
		e.buffer = strconv.AppendInt(e.buffer, v, 10)
	case json.Number:
		e.buffer = append(e.buffer, v...)
	case marked:
		e.write(v.value)
		*v.end = len(e.buffer)
	default:
		e.writeSent(v)
	}
}

// writeSent writes what a request brought: maps, kept as they were sent.
func (e *encoder) writeSent(v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		raw = []byte("null")
	}
	e.buffer = append(e.buffer, raw...)
}

func (e *encoder) writeObject(o object) {
	e.buffer = append(e.buffer, '{')
	for i, f := range o {
		if i > 0 {
			e.buffer = append(e.buffer, ',')
		}
		e.buffer = appendText(e.buffer, f.name)
		e.buffer = append(e.buffer, ':')
		e.write(f.value)
	}
	e.buffer = append(e.buffer, '}')
}

func (e *encoder) writeList(l list) {
	e.buffer = append(e.buffer, '[')
	for i := range l.length {
		if i > 0 {
			e.buffer = append(e.buffer, ',')
		}
		e.write(l.at(i))

		if e.spill != nil && len(e.buffer) >= spillSize {
			if !e.spill(e.buffer) {
				e.ended = true
				return
			}
			e.buffer = e.buffer[:0]
		}
	}
	e.buffer = append(e.buffer, ']')
}

// whole makes the elements of all lists, for the faults that look into them.
func whole(tree any) any {
	switch t := tree.(type) {
	case list:
		elements := make([]any, t.length)
		for i := range elements {
			elements[i] = t.at(i)
		}
		return elements
	case object:
		out := slices.Clone(t)
		for i, f := range out {
			out[i].value = whole(f.value)
		}
		return out
	}
	return tree
}

func appendText(b []byte, s string) []byte {
	if needsNoEscape(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}

	raw, _ := jsonvalue.Encode(s) // a string always encodes
	return append(b, raw...)
}

// needsNoEscape reports whether a text is the same in JSON, as nearly all are.
func needsNoEscape(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// ordered decodes a sample. It keeps the order of fields and the spelling of
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
		return orderedObject(d)
	case json.Delim('['):
		return orderedList(d)
	}
	return token, nil
}

func orderedObject(d *json.Decoder) (any, error) {
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
		out = append(out, field{name.(string), value})
	}

	_, err := d.Token() // the closing brace
	return out, err
}

func orderedList(d *json.Decoder) (any, error) {
	out := []any{}
	for d.More() {
		value, err := orderedValue(d)
		if err != nil {
			return nil, err
		}
		out = append(out, value)
	}

	_, err := d.Token() // the closing bracket
	return out, err
}
