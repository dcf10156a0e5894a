package mock

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/spec/samples"
)

// The server leaves out fields that have no value, and which fields it knows
// changed over the years. So the sample of each generation says which fields a
// response of that generation has, in which order and in which form.

// sample reads a documented body. The samples are embedded and tested, so one
// that is missing is a mistake in this package.
func sample(name string) any {
	raw, err := samples.Read(name)
	if err != nil {
		panic(fmt.Sprintf("mock: sample %s: %v", name, err))
	}
	v, err := ordered(raw)
	if err != nil {
		panic(fmt.Sprintf("mock: sample %s: %v", name, err))
	}
	return v
}

// in follows names and indexes into a sample, for example in(v, "message", 0).
func in(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v, _ = v.(object).get(step)
		case int:
			v = v.([]any)[step]
		}
	}
	return v
}

// blank replaces the values of a sample by what a fresh record shows: nothing,
// in the form of the field. Fields named by keep stay as they are.
func blank(v any, keep ...string) object {
	out := slices.Clone(v.(object))
	for i, f := range out {
		if !slices.Contains(keep, f.name) {
			out[i].value = blankValue(f.value)
		}
	}
	return out
}

func blankValue(v any) any {
	switch v := v.(type) {
	case string:
		return ""
	case bool:
		return false
	case json.Number:
		if strings.Contains(v.String(), ".") {
			return json.Number("0.0")
		}
		return json.Number("0")
	}
	return v
}

// fill replaces defaults of a template by values. Values of fields that the
// generation does not have are left out.
func fill(template object, values map[string]any) object {
	out := slices.Clone(template)
	for i := range out {
		if v, ok := values[out[i].name]; ok {
			out[i].value = v
		}
	}
	return out
}
