package runner

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Helpers for decoded JSON values, as [jsonvalue.Decode] returns them.

// intOf returns the value's whole number, or -1 if it is not one.
func intOf(value Value) int {
	number, ok := value.JSON.(json.Number)
	if !ok {
		return -1
	}
	n, err := strconv.Atoi(number.String())
	if err != nil {
		return -1
	}
	return n
}

func jsonNumber(n int) json.Number { return json.Number(strconv.Itoa(n)) }

func isScalar(value any) bool {
	switch value.(type) {
	case map[string]any, []any, nil:
		return false
	}
	return true
}

// lengthOf is the number of elements or fields.
func lengthOf(value any) (length int, ok bool) {
	switch value := value.(type) {
	case []any:
		return len(value), true
	case map[string]any:
		return len(value), true
	}
	return 0, false
}

// shapeOf describes a value without showing it.
func shapeOf(value any, present bool) string {
	if !present {
		return "absent"
	}
	return jsonvalue.Shape(value)
}

// equalJSON compares two values. The order of fields is ignored, and so is the
// way a number is written (1.0 equals 1). A number never equals a text.
func equalJSON(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && equalObjects(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equalJSON)
	case json.Number:
		b, ok := b.(json.Number)
		return ok && jsonvalue.SameNumber(a, b)
	}
	return reflect.DeepEqual(a, b)
}

func equalObjects(a, b map[string]any) bool {
	if len(a) != len(b) {
		return false
	}
	for name, value := range a {
		other, ok := b[name]
		if !ok || !equalJSON(value, other) {
			return false
		}
	}
	return true
}

// differences lists the pointers at which two values differ, at most limit.
func differences(expected, got any, limit int) []string {
	return differencesAt("", expected, got, limit)
}

func differencesAt(at string, expected, got any, limit int) []string {
	if limit <= 0 || equalJSON(expected, got) {
		return nil
	}

	var found []string
	switch expected := expected.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			break
		}
		for _, name := range unionOfKeys(expected, got) {
			want, wanted := expected[name]
			have, present := got[name]
			pointer := joinPointer(at, name)
			if wanted != present {
				found = append(found, pointer)
			} else {
				found = append(found, differencesAt(pointer, want, have, limit-len(found))...)
			}
			if len(found) >= limit {
				break
			}
		}
		return found
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(expected) {
			break
		}
		for i := range expected {
			pointer := joinPointer(at, strconv.Itoa(i))
			found = append(found, differencesAt(pointer, expected[i], got[i], limit-len(found))...)
		}
		return found
	}
	return []string{at}
}

func unionOfKeys(a, b map[string]any) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}

// walk visits every value, the fields of an object in the order of their names.
func walk(value any, at string, visit func(at string, value any)) {
	visit(at, value)
	switch value := value.(type) {
	case map[string]any:
		for _, name := range sortedKeys(value) {
			walk(value[name], joinPointer(at, name), visit)
		}
	case []any:
		for i, element := range value {
			walk(element, joinPointer(at, strconv.Itoa(i)), visit)
		}
	}
}

func cloneJSON(value any) any {
	switch value := value.(type) {
	case map[string]any:
		clone := make(map[string]any, len(value))
		for name, field := range value {
			clone[name] = cloneJSON(field)
		}
		return clone
	case []any:
		clone := make([]any, len(value))
		for i, element := range value {
			clone[i] = cloneJSON(element)
		}
		return clone
	}
	return value
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// listed joins names for a message.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
