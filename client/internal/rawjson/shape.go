package rawjson

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Misfit is a field whose value has another form than the contract says. The
// field of the Go value is then zero, or filled as far as possible.
type Misfit struct {
	Pointer  string // JSON pointer
	Expected string // the Go type
	Literal  json.RawMessage
}

// String returns the value as it was received.
func (m Misfit) String() string {
	return fmt.Sprintf("%s: want %s, got %s", m.Pointer, m.Expected, m.Literal)
}

// Undeclared returns the fields of a text that its type does not know, by JSON
// pointer.
func Undeclared(text []byte, shape reflect.Type) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	walk(place{raw: text, shape: shape}, func(p place) {
		if p.shape == nil {
			out[p.at] = p.raw
		}
	})
	return out
}

// Misfits returns the fields of a text whose values have another form than its
// type says. An element of a list of objects that is null or has no fields is
// one too.
func Misfits(text []byte, shape reflect.Type) (out []Misfit) {
	walk(place{raw: text, shape: shape}, func(p place) {
		if p.shape == nil {
			return
		}
		isRecord := !p.element || p.shape.Kind() != reflect.Struct || keepsAnything(p.shape) || HasFields(p.raw)
		if !isRecord || !fits(p.raw, p.shape) {
			out = append(out, Misfit{p.at, typeName(p.shape), p.raw})
		}
	})
	return out
}

// typeName returns the type's name in package client, which has aliases for
// those of gen and wire.
func typeName(shape reflect.Type) string {
	return strings.NewReplacer("gen.", "", "wire.", "").Replace(shape.String())
}

// place is a value somewhere in a text.
type place struct {
	at      string // its JSON pointer
	raw     json.RawMessage
	shape   reflect.Type // nil if no type declares it
	element bool         // of a list
}

// walk calls see for every value that a type declares, and with a nil shape for
// every field that it does not.
func walk(p place, see func(place)) {
	if len(p.raw) == 0 {
		return
	}
	see(p)
	if p.shape == nil || keepsAnything(p.shape) {
		return
	}

	switch p.shape.Kind() {
	case reflect.Struct, reflect.Map:
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(p.raw, &fields)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			at := p.at + "/" + escapePointer(name)
			walk(place{at: at, raw: fields[name], shape: fieldOf(p.shape, name)}, see)
		}
	case reflect.Slice:
		if p.raw[0] != '[' {
			return
		}
		i := 0
		for element := range Elements(p.raw) {
			walk(place{at: fmt.Sprint(p.at, "/", i), raw: element, shape: p.shape.Elem(), element: true}, see)
			i++
		}
	}
}

// fieldOf returns the shape of a field, nil if none is declared.
func fieldOf(shape reflect.Type, name string) reflect.Type {
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

// keepsAnything reports whether values of shape keep any JSON value: the wire
// types, and raw JSON.
func keepsAnything(shape reflect.Type) bool {
	isWire := shape.Implements(reflect.TypeFor[interface{ Valid() bool }]())
	return isWire || shape == reflect.TypeFor[json.RawMessage]()
}

// fits reports whether raw has the form of shape. What is inside it is not
// checked.
func fits(raw json.RawMessage, shape reflect.Type) bool {
	if string(raw) == "null" {
		return true
	}
	if !keepsAnything(shape) {
		switch shape.Kind() {
		case reflect.Slice:
			return raw[0] == '['
		case reflect.Map, reflect.Struct:
			return raw[0] == '{'
		}
	}

	v := reflect.New(shape).Interface()
	if json.Unmarshal(raw, v) != nil {
		return false
	}
	valid, ok := v.(interface{ Valid() bool })
	return !ok || valid.Valid()
}

// jsonName returns the name of a field in JSON, "" if it has none.
func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return strings.TrimSuffix(name, "-")
}
