package rawjson

import (
	"encoding/json"
	"reflect"
	"strconv"
	"sync"

	"github.com/kapture-community/kapture-go/gen/wire"
)

// plan is what is known of a struct type before a value of it is read.
type plan struct {
	byName   map[string]int // the fields by name, folded
	dated    []int          // the fields that are a moment, or have one inside
	jsonName []string       // of every field; "" if it is not exported
	nesting  []int          // the fields with objects inside that may have further fields
	further  []int          // the index of the map of further fields; nil if there is none
}

var plans sync.Map // by reflect.Type

// planOf returns the plan of a struct type.
func planOf(shape reflect.Type) *plan {
	if known, ok := plans.Load(shape); ok {
		return known.(*plan)
	}

	made := &plan{byName: map[string]int{}}
	if field, ok := shape.FieldByName("AdditionalProperties"); ok {
		made.further = field.Index
	}
	for i := range shape.NumField() {
		field := shape.Field(i)
		name := jsonName(field)
		if !field.IsExported() {
			name = ""
		}
		made.jsonName = append(made.jsonName, name)
		if name == "" {
			continue
		}
		if mayNest(field.Type) {
			made.nesting = append(made.nesting, i)
		}
		made.byName[string(fold([]byte(name)))] = i
		if hasMoment(field.Type, map[reflect.Type]bool{}) {
			made.dated = append(made.dated, i)
		}
	}
	plans.Store(shape, made)
	return made
}

// mayNest reports whether values of a type can be objects, or have some inside.
func mayNest(shape reflect.Type) bool {
	switch shape.Kind() {
	case reflect.Pointer:
		return mayNest(shape.Elem())
	case reflect.Slice:
		return shape.Elem().Kind() != reflect.Uint8
	}
	return shape.Kind() == reflect.Struct || shape.Kind() == reflect.Interface
}

var moment = reflect.TypeFor[wire.Time]()

// hasMoment reports whether values of a type are moments, or can have some
// inside. visited has the types that were looked into, since a type may contain
// itself.
func hasMoment(shape reflect.Type, visited map[reflect.Type]bool) bool {
	if shape == moment {
		return true
	}
	if visited[shape] || keepsAnything(shape) {
		return false
	}
	visited[shape] = true

	switch shape.Kind() {
	case reflect.Slice, reflect.Map:
		return hasMoment(shape.Elem(), visited)
	case reflect.Struct:
		for field := range shape.Fields() {
			if jsonName(field) != "" && field.IsExported() && hasMoment(field.Type, visited) {
				return true
			}
		}
	}
	return false
}

// UnreadableTimes returns the JSON pointers of the moments in a decoded struct
// that are in no known form, or do not exist.
func UnreadableTimes(v reflect.Value) (pointers []string) {
	if v.Kind() == reflect.Struct {
		lookForTimes(v, nil, &pointers)
	}
	return pointers
}

func lookForTimes(v reflect.Value, at *step, found *[]string) {
	switch {
	case v.Type() == moment:
		if t := timeIn(v); !t.Valid() && len(*found) < maxNotes {
			*found = append(*found, at.pointer())
		}
	case v.Kind() == reflect.Struct:
		p := planOf(v.Type())
		for _, i := range p.dated {
			lookForTimes(v.Field(i), &step{before: at, name: escapePointer(p.jsonName[i])}, found)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			lookForTimes(v.Index(i), &step{before: at, isElement: true, index: i}, found)
		}
	case v.Kind() == reflect.Map:
		for name, value := range v.Seq2() {
			lookForTimes(value, &step{before: at, name: escapePointer(name.String())}, found)
		}
	}
}

// timeIn returns the moment that a value is. The interface of a pointer costs no
// allocation, that of a copy does.
func timeIn(v reflect.Value) wire.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*wire.Time)
	}
	return v.Interface().(wire.Time)
}

// FillForms fills the fields of a decoded value that encoding/json left at zero
// because the text has them in another form of the same value: a number where a
// text is declared, a text, an exponent or a fraction of zero where a number is,
// and a text where a boolean is. What would lose something stays at zero.
func FillForms(text json.RawMessage, v reflect.Value) {
	if len(text) == 0 || keepsAnything(v.Type()) {
		return
	}

	switch v.Kind() {
	case reflect.Struct:
		fillFields(text, v)
	case reflect.Slice:
		fillElements(text, v)
	default:
		fillScalar(text, v)
	}
}

func fillFields(text json.RawMessage, v reflect.Value) {
	if text[0] != '{' {
		return
	}
	var given map[string]json.RawMessage
	_ = json.Unmarshal(text, &given)
	for i, name := range planOf(v.Type()).jsonName {
		if raw, ok := given[name]; ok && name != "" && v.Field(i).CanSet() {
			FillForms(raw, v.Field(i))
		}
	}
}

func fillElements(text json.RawMessage, v reflect.Value) {
	if text[0] != '[' {
		return
	}
	i := 0
	for element := range Elements(text) {
		if i < v.Len() {
			FillForms(element, v.Index(i))
		}
		i++
	}
}

func fillScalar(text json.RawMessage, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if isNumber(text) {
			v.SetString(numberText(text))
		}
	case reflect.Int64:
		number := unquoted(text)
		if n, err := strconv.ParseInt(numberText(number), 10, 64); err == nil && isNumber(number) {
			v.SetInt(n)
		}
	case reflect.Float64:
		number := unquoted(text)
		if n, err := strconv.ParseFloat(string(number), 64); err == nil && isNumber(number) {
			v.SetFloat(n)
		}
	case reflect.Bool:
		var flag wire.Flag
		_ = json.Unmarshal(text, &flag)
		if value, known := flag.Bool(); known {
			v.SetBool(value)
		}
	}
}

// isNumber reports whether a text is a number of JSON.
func isNumber(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	digit := '0' <= text[0] && text[0] <= '9'
	return (digit || text[0] == '-') && json.Valid(text)
}

// numberText returns a whole number as digits, and any other number as it is.
func numberText(number json.RawMessage) string {
	var id wire.ID
	if json.Unmarshal(number, &id) == nil && id.Valid() {
		return id.String()
	}
	return string(number)
}

// unquoted returns what a text says, and anything else as it is.
func unquoted(raw json.RawMessage) json.RawMessage {
	if text, ok := Text(raw); ok {
		return json.RawMessage(text)
	}
	return raw
}
