package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is a JSON type, as a bit.
type kind uint8

const (
	kindNull kind = 1 << iota
	kindBoolean
	kindNumber
	kindInteger // only in what a schema allows: a value is a number
	kindString
	kindArray
	kindObject
)

func kindOf(value any) kind {
	switch value.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBoolean
	case json.Number:
		return kindNumber
	case string:
		return kindString
	case []any:
		return kindArray
	}
	return kindObject
}

var kindNames = []struct {
	kind kind
	name string
}{
	{kindObject, "object"}, {kindArray, "array"}, {kindString, "string"}, {kindInteger, "integer"},
	{kindNumber, "number"}, {kindBoolean, "boolean"}, {kindNull, "null"},
}

func (k kind) String() string {
	var names []string
	for _, n := range kindNames {
		if k&n.kind != 0 {
			names = append(names, n.name)
		}
	}
	if len(names) == 0 {
		return "any value"
	}
	return either(names)
}

// either joins alternatives as a person would say them.
func either(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// shape describes a value without giving it away.
func shape(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return fmt.Sprintf("string(%d)", utf8.RuneCountInString(v))
	case []any:
		return fmt.Sprintf("array[%d]", len(v))
	case map[string]any:
		return fmt.Sprintf("object{%d}", len(v))
	}
	return "unknown"
}

// maxValue bounds how much of a value a finding shows.
const maxValue = 200

// literal gives a value as JSON, cut to a readable length.
func literal(value any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(value) != nil {
		return ""
	}
	text := strings.TrimSuffix(b.String(), "\n")
	if utf8.RuneCountInString(text) > maxValue {
		cut := 0
		for range maxValue {
			_, size := utf8.DecodeRuneInString(text[cut:])
			cut += size
		}
		text = text[:cut] + "…"
	}
	return text
}

// quoted lists member names or enum values of the contract.
func quoted(names []string) []string {
	out := slices.Clone(names)
	for i := range out {
		out[i] = strconv.Quote(out[i])
	}
	return out
}
