package rawjson

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// CheckFurther refuses a request whose map of further members (AdditionalProperties) holds what is no JSON, or a
// declared name, unless it is there to send null: encoding would let it replace the declared member.
func CheckFurther(request any) error { return checkFurther(reflect.ValueOf(request), "", 0) }

func checkFurther(v reflect.Value, at string, depth int) error {
	if depth > maxDepth { // of what may lead back to itself, which encoding refuses
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return checkFurther(v.Elem(), at, depth+1)
		}
	case reflect.Slice:
		for i := 0; v.Type().Elem().Kind() != reflect.Uint8 && i < v.Len(); i++ {
			if err := checkFurther(v.Index(i), fmt.Sprint(at, "/", i), depth+1); err != nil {
				return err
			}
		}
	case reflect.Struct:
		further := map[string]json.RawMessage{}
		if field, ok := v.Type().FieldByName("AdditionalProperties"); ok {
			if value, err := v.FieldByIndexErr(field.Index); err == nil { // else of an embedded pointer that is nil
				further, _ = value.Interface().(map[string]json.RawMessage)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(further)) {
			if raw := further[name]; len(raw) > 0 && !json.Valid(raw) {
				return fmt.Errorf("AdditionalProperties%s/%s is no JSON value; a text needs its quotes", at, name)
			}
		}
		for field, value := range v.Fields() {
			name := jsonName(field)
			if name == "" || !field.IsExported() {
				continue
			}
			if raw, both := further[name]; both && len(raw) > 0 && string(raw) != "null" {
				return fmt.Errorf("AdditionalProperties holds %s/%s, which the request type declares: set its field instead (only null may be given here)", at, name)
			} else if both && !value.IsZero() {
				return fmt.Errorf("%s/%s is given twice: its field has a value and AdditionalProperties has null", at, name)
			}
			if err := checkFurther(value, at+"/"+name, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
