package rawjson

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// CheckFurther rejects a request whose map of further fields
// (AdditionalProperties) has a value that is not JSON, or the name of a
// declared field, unless it is there to send null: encoding would let it
// replace the declared field.
func CheckFurther(request any) error { return checkFurther(reflect.ValueOf(request), nil, 0) }

// step leads to a value in a request or a record. A pointer is made of steps only
// where there is something to report.
type step struct {
	before    *step  // nil if it leads from the outermost value
	name      string // of a field
	isElement bool
	index     int // of an element
}

// pointer returns the JSON pointer of the value, "" for the outermost one.
func (s *step) pointer() string {
	switch {
	case s == nil:
		return ""
	case s.isElement:
		return s.before.pointer() + "/" + strconv.Itoa(s.index)
	}
	return s.before.pointer() + "/" + s.name
}

func checkFurther(v reflect.Value, at *step, depth int) error {
	if depth > maxDepth { // of a value that may contain itself, which encoding rejects
		return nil
	}

	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return checkFurther(v.Elem(), at, depth+1)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		for i := range v.Len() {
			if err := checkFurther(v.Index(i), &step{before: at, isElement: true, index: i}, depth+1); err != nil {
				return err
			}
		}
	case reflect.Struct:
		further := furtherOf(v)
		if err := checkValues(further, at); err != nil {
			return err
		}
		return checkFields(v, further, at, depth)
	}
	return nil
}

// furtherOf returns the further fields of a struct, nil if it has none.
func furtherOf(v reflect.Value) map[string]json.RawMessage {
	index := planOf(v.Type()).further
	if index == nil {
		return nil
	}
	value, err := v.FieldByIndexErr(index)
	if err != nil { // it is in an embedded pointer that is nil
		return nil
	}
	further, _ := value.Interface().(map[string]json.RawMessage)
	return further
}

// checkValues rejects further fields whose value is not JSON.
func checkValues(further map[string]json.RawMessage, at *step) error {
	if len(further) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(further)) {
		if raw := further[name]; len(raw) > 0 && !json.Valid(raw) {
			return fmt.Errorf("AdditionalProperties%s/%s is not a JSON value; a text needs its quotes", at.pointer(),
				name)
		}
	}
	return nil
}

// checkFields rejects further fields that are declared, and what is wrong
// inside the declared fields.
func checkFields(v reflect.Value, further map[string]json.RawMessage, at *step, depth int) error {
	p := planOf(v.Type())
	if len(further) > 0 {
		if err := checkTwice(v, p, further, at); err != nil {
			return err
		}
	}
	for _, i := range p.nesting {
		if err := checkFurther(v.Field(i), &step{before: at, name: p.jsonName[i]}, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkTwice rejects further fields that are declared, unless they are there to
// send null.
func checkTwice(v reflect.Value, p *plan, further map[string]json.RawMessage, at *step) error {
	for i, name := range p.jsonName {
		raw, both := further[name]
		isNull := len(raw) == 0 || string(raw) == "null"
		switch {
		case name == "" || !both:
		case !isNull:
			return fmt.Errorf("AdditionalProperties has %s/%s, which the request type declares: "+
				"set its field instead (only null may be given here)", at.pointer(), name)
		case !v.Field(i).IsZero():
			return fmt.Errorf("%s/%s is given twice: its field has a value and AdditionalProperties has null",
				at.pointer(), name)
		}
	}
	return nil
}
