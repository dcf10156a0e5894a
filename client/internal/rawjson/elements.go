package rawjson

import (
	"encoding/json"
	"iter"
	"reflect"

	"github.com/kapture-community/kapture-go/gen/jsontoken"
)

// Elements yields the elements of a list that is valid JSON, without a copy of
// all of them.
func Elements(list json.RawMessage) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		at := jsontoken.Next(list, 0).Stop // after the bracket
		for {
			start, stop := jsontoken.Value(list, at)
			if start >= len(list) || list[start] == ']' {
				return
			}
			if !yield(list[start:stop]) {
				return
			}
			at = jsontoken.Next(list, stop).Stop // after the comma, or the closing bracket
		}
	}
}

// fields yields the fields of an object that is valid JSON.
func fields(object []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		at := jsontoken.Next(object, 0).Stop // after the brace
		for {
			name := jsontoken.Next(object, at)
			if name.Kind != jsontoken.Text {
				return
			}
			colon := jsontoken.Next(object, name.Stop)
			start, stop := jsontoken.Value(object, colon.Stop)
			if !yield(nameOf(object, name), object[start:stop]) {
				return
			}
			at = jsontoken.Next(object, stop).Stop // after the comma, or the closing brace
		}
	}
}

// Affordable reports whether decoding a text, which is valid JSON, into a type
// takes no more than 16 MB and eight times its length. Few bytes can fill much
// memory: {} in a list takes as much as the largest record.
func Affordable(text []byte, shape reflect.Type) bool {
	const small = 64 << 10 // no type of package gen makes more of it than 16 MB
	if len(text) <= small {
		return true
	}
	budget := 16<<20 + 8*len(text)
	spend(text, shape, &budget)
	return budget >= 0
}

// spend takes what the elements of all lists in a value need off the budget. It
// stops when nothing is left.
func spend(text []byte, shape reflect.Type, budget *int) {
	if shape == nil || keepsAnything(shape) {
		return
	}

	first := jsontoken.Next(text, 0)
	switch {
	case shape.Kind() == reflect.Slice && first.Kind == jsontoken.BeginArray:
		for element := range Elements(text) {
			*budget -= int(shape.Elem().Size())
			if *budget < 0 {
				return
			}
			spend(element, shape.Elem(), budget)
		}
	case shape.Kind() == reflect.Struct && first.Kind == jsontoken.BeginObject,
		shape.Kind() == reflect.Map && first.Kind == jsontoken.BeginObject:
		for name, value := range fields(text) {
			spend(value, foldedField(shape, name), budget)
			if *budget < 0 {
				return
			}
		}
	}
}

// foldedField returns the shape of the field that encoding/json fills from a
// name, in any case.
func foldedField(shape reflect.Type, name []byte) reflect.Type {
	if shape.Kind() == reflect.Map {
		return shape.Elem()
	}
	at, ok := planOf(shape).byName[string(fold(name))]
	if !ok {
		return nil
	}
	return shape.Field(at).Type
}
