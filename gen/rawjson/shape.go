package rawjson

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Misfit is a member whose value is of another form than the contract says. The member of the Go value is then zero, or
// filled as far as it went.
type Misfit struct {
	Pointer  string // JSON pointer
	Expected string // the Go type
	Literal  json.RawMessage
}

// String shows the value as it came.
func (m Misfit) String() string {
	return fmt.Sprintf("%s: want %s, got %s", m.Pointer, m.Expected, m.Literal)
}

// Undeclared returns the members of a text that its type does not know, by JSON pointer.
func Undeclared(text []byte, shape reflect.Type) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	walk(text, shape, "", func(at string, raw json.RawMessage, shape reflect.Type) {
		if shape == nil {
			out[at] = raw
		}
	})
	return out
}

// Misfits returns the members of a text whose values are of another form than its type says.
func Misfits(text []byte, shape reflect.Type) (out []Misfit) {
	walk(text, shape, "", func(at string, raw json.RawMessage, shape reflect.Type) {
		if shape != nil && !fits(raw, shape) {
			out = append(out, Misfit{at, strings.TrimPrefix(shape.String(), "gen."), raw})
		}
	})
	return out
}

// walk calls see for every value that shape declares, and with a nil shape for every member that it does not.
func walk(raw json.RawMessage, shape reflect.Type, at string, see func(string, json.RawMessage, reflect.Type)) {
	if len(raw) == 0 {
		return
	}
	see(at, raw, shape)
	switch {
	case shape == nil, wire(shape):
	case shape.Kind() == reflect.Struct, shape.Kind() == reflect.Map:
		var members map[string]json.RawMessage
		_ = json.Unmarshal(raw, &members)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			walk(members[name], memberOf(shape, name), at+"/"+escapePointer(name), see)
		}
	case shape.Kind() == reflect.Slice:
		var elements []json.RawMessage
		_ = json.Unmarshal(raw, &elements)
		for i, element := range elements {
			walk(element, shape.Elem(), fmt.Sprint(at, "/", i), see)
		}
	}
}

// memberOf is the shape of a member, nil if none is declared.
func memberOf(shape reflect.Type, name string) reflect.Type {
	if shape.Kind() == reflect.Map {
		return shape.Elem()
	}
	for field := range shape.Fields() {
		if name != "" && jsonName(field) == name {
			return field.Type
		}
	}
	return nil
}

// wire reports whether values of shape keep whatever comes: the wire types, and raw JSON.
func wire(shape reflect.Type) bool {
	return shape.Implements(reflect.TypeFor[interface{ Valid() bool }]()) || shape == reflect.TypeFor[json.RawMessage]()
}

// fits reports whether raw is of the form that shape has, whatever stands inside it.
func fits(raw json.RawMessage, shape reflect.Type) bool {
	if string(raw) == "null" {
		return true
	}
	if open := map[reflect.Kind]byte{reflect.Slice: '[', reflect.Map: '{', reflect.Struct: '{'}[shape.Kind()]; open != 0 && !wire(shape) {
		return raw[0] == open
	}
	v := reflect.New(shape).Interface()
	err := json.Unmarshal(raw, v)
	valid, ok := v.(interface{ Valid() bool })
	return err == nil && (!ok || valid.Valid())
}

// jsonName returns the name of a field in JSON, "" if it has none.
func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return strings.TrimSuffix(name, "-")
}
