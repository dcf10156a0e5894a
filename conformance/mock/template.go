package mock

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/spec"
)

// The server leaves members without a value out, and which ones it knows
// changed over the years. So the sample of each generation says which members
// an answer of that generation has, in which order and in which form.

// sample reads a documented body. The samples are embedded and tested, so one
// that is missing is a mistake in this package.
func sample(name string) any {
	raw, err := spec.Sample(name)
	if err != nil {
		panic(fmt.Sprintf("mock: sample %s: %v", name, err))
	}
	v, err := ordered(raw)
	if err != nil {
		panic(fmt.Sprintf("mock: sample %s: %v", name, err))
	}
	return v
}

// in follows names and indexes into a sample.
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

// blank takes the values out of a sample and leaves what a fresh record shows:
// nothing, in the form of the member, except where keep names the member.
func blank(v any, keep ...string) object {
	out := slices.Clone(v.(object))
	for i, m := range out {
		if slices.Contains(keep, m.name) {
			continue
		}
		switch value := m.value.(type) {
		case string:
			out[i].value = ""
		case bool:
			out[i].value = false
		case json.Number:
			if strings.Contains(value.String(), ".") {
				out[i].value = json.Number("0.0")
			} else {
				out[i].value = json.Number("0")
			}
		}
	}
	return out
}

// fill puts values in the place of a template's defaults. Members that the
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
