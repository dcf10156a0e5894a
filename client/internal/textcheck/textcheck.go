// Package textcheck finds text that is not UTF-8 in a request. JSON is UTF-8
// (RFC 8259, 8.1), and encoding/json replaces every other byte of a Go string by
// U+FFFD without a word: another name would be stored, or another customer
// looked up.
package textcheck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the levels that a request nests. One that contains itself is
// left to encoding/json, which rejects it.
const maxDepth = 100

// Find returns the JSON pointer of the first text in a request that is not
// UTF-8. encoded is the request as JSON: it has what types with a MarshalJSON
// method wrote.
func Find(request any, encoded []byte) (pointer string, found bool) {
	if pointer, found := find(reflect.ValueOf(request), "", 0); found {
		return pointer, true
	}
	return FindInJSON(encoded)
}

// IsUnaltered reports whether a request that encoding/json has written had no
// text that is not UTF-8: it has no U+FFFD, which encoding/json writes for such
// bytes, as an escape or as it is. Such a request need not be looked through.
func IsUnaltered(encoded []byte) bool {
	return utf8.Valid(encoded) &&
		!bytes.Contains(encoded, []byte(`\ufffd`)) &&
		!bytes.Contains(encoded, []byte("\uFFFD"))
}

// FindInJSON is Find for a request that is JSON already. If it is not valid
// JSON, or the name of a field is not UTF-8, the pointer is that of the value
// around it.
func FindInJSON(text []byte) (pointer string, found bool) {
	if utf8.Valid(text) {
		return "", false
	}
	return locate(text, ""), true
}

var (
	rawMessage = reflect.TypeFor[json.RawMessage]()
	marshaler  = reflect.TypeFor[json.Marshaler]()
)

func find(v reflect.Value, at string, depth int) (pointer string, found bool) {
	if !v.IsValid() || depth > maxDepth {
		return "", false
	}
	if v.Type() == rawMessage {
		if utf8.Valid(v.Bytes()) {
			return "", false
		}
		return locate(v.Bytes(), at), true
	}

	switch v.Kind() {
	case reflect.String:
		return at, !utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return find(v.Elem(), at, depth+1) // of nil, the invalid Value
	case reflect.Slice, reflect.Array:
		return findInList(v, at, depth)
	case reflect.Map:
		return findInMap(v, at, depth)
	case reflect.Struct:
		return findInStruct(v, at, depth)
	}
	return "", false
}

func findInList(v reflect.Value, at string, depth int) (pointer string, found bool) {
	if v.Type().Elem().Kind() == reflect.Uint8 { // bytes, which JSON has in base64
		return "", false
	}
	for i := range v.Len() {
		if pointer, found := find(v.Index(i), fmt.Sprint(at, "/", i), depth+1); found {
			return pointer, true
		}
	}
	return "", false
}

func findInMap(v reflect.Value, at string, depth int) (pointer string, found bool) {
	if v.Type().Key().Kind() != reflect.String {
		return "", false
	}
	for name, value := range v.Seq2() {
		inside := at + "/" + escape(name.String())
		if !utf8.ValidString(name.String()) {
			return inside, true
		}
		if pointer, found := find(value, inside, depth+1); found {
			return pointer, true
		}
	}
	return "", false
}

// findInStruct looks into the fields that encoding/json writes. What a type
// writes that has a MarshalJSON method is not known, unless it is a request of
// this module, which has its further fields in AdditionalProperties.
func findInStruct(v reflect.Value, at string, depth int) (pointer string, found bool) {
	_, hasFurther := v.Type().FieldByName("AdditionalProperties")
	if v.Type().Implements(marshaler) && !hasFurther {
		return "", false
	}

	for field, value := range v.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		inside := at + "/" + escape(name)
		switch {
		case field.Name == "AdditionalProperties":
			inside = at
		case !field.IsExported() && !field.Anonymous, name == "-":
			continue
		case field.Anonymous && name == "":
			inside = at
		case name == "":
			inside = at + "/" + escape(field.Name)
		}
		if pointer, found := find(value, inside, depth+1); found {
			return pointer, true
		}
	}
	return "", false
}

// locate returns the pointer of the part of a JSON text that is not UTF-8. It
// decodes every level again, which only a request that is rejected costs.
func locate(text json.RawMessage, at string) string {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) == nil {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if !utf8.Valid(object[name]) {
				return locate(object[name], at+"/"+escape(name))
			}
		}
		return at
	}

	var list []json.RawMessage
	if json.Unmarshal(text, &list) == nil {
		for i, element := range list {
			if !utf8.Valid(element) {
				return locate(element, fmt.Sprint(at, "/", i))
			}
		}
	}
	return at
}

var escape = strings.NewReplacer("~", "~0", "/", "~1").Replace
