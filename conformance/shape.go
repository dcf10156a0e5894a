package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// kind is a JSON type, as a bit.
type kind uint8

const (
	kindNull kind = 1 << iota
	kindBoolean
	kindNumber
	kindInteger // only of a schema: a value is a number
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
	case []any, longList:
		return kindArray
	}
	return kindObject
}

// shapeOf describes a value without giving it away.
func shapeOf(value any) string {
	if list, ok := value.(longList); ok {
		return fmt.Sprintf("array[%d]", list.size())
	}
	return jsonvalue.Shape(value)
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

// either joins alternatives in the way of a sentence.
func either(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// maxValue bounds how much of a value a finding shows.
const maxValue = 200

// literal gives a value as JSON, cut to a readable length.
func literal(value any) string {
	raw, err := jsonvalue.Encode(value)
	if err != nil {
		return ""
	}
	text := string(raw)
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

// quoted lists field names or enum values of the contract.
func quoted(names []string) []string {
	out := slices.Clone(names)
	for i := range out {
		out[i] = strconv.Quote(out[i])
	}
	return out
}
