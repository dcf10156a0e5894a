package spec_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// A reader of the contract finds at every schema and every property what it is,
// or that no page describes it. Nothing is left to guess whether a description
// was forgotten.
func TestEverySchemaAndPropertyIsDescribed(t *testing.T) {
	for name, schema := range document(t).Components.Schemas {
		if schema.Value.Description == "" {
			t.Errorf("%s has no description", name)
		}
		for property, value := range schema.Value.Properties {
			switch {
			case value.Value.Description == "":
				t.Errorf(
					"%s.%q has no description: say what its page says, or that no page describes it",
					name, property,
				)
			case value.Ref != "" && saysOnlyForm(value.Value):
				t.Errorf(
					"%s.%q is only a reference to a form: put the reference into allOf, next to a description",
					name, property,
				)
			}
		}
	}
}

// saysOnlyForm reports whether a component describes how a value is written, as
// Identifier does, and not what it means, as an object or an enumeration does.
func saysOnlyForm(component *openapi3.Schema) bool {
	isObject := component.Type.Is("object") || len(component.Properties) > 0
	return !isObject && len(component.Enum) == 0
}

// claim is a sentence of a description about the samples: "0 in every sample."
var claim = regexp.MustCompile("(?:^|\\. )(Empty|True|False|[0-9]+|`[^`]+`) " +
	"in (the sample|both samples|every sample)\\.")

// What a description says of the samples is true of them.
func TestDescriptionsMatchTheSamples(t *testing.T) {
	doc := document(t)
	samples := sampledValues(doc)
	checked := 0
	for name, schema := range doc.Components.Schemas {
		for property, value := range schema.Value.Properties {
			said := claim.FindStringSubmatch(value.Value.Description)
			if said == nil || value.Ref != "" {
				continue
			}
			checked++

			where := name + "." + property
			word := said[1]
			of := said[2]
			if !claimHolds(word, of, samples[where]) {
				t.Errorf("%s: the description says %q, but the samples have %q", where, said[0], samples[where])
			}
		}
	}
	if checked == 0 {
		t.Error("no description says anything about the samples")
	}
}

// claimHolds reports whether sampled values are what a description says of them.
// of is "the sample", "both samples" or "every sample".
func claimHolds(word, of string, sampled []any) bool {
	fitting := 0
	for _, value := range sampled {
		if isSaid(word, value) {
			fitting++
		}
	}

	switch of {
	case "the sample":
		return fitting > 0 // that of the page: callers may send something else
	case "both samples":
		return fitting == 2 && len(sampled) == 2
	default:
		return fitting > 0 && fitting == len(sampled)
	}
}

// isSaid reports whether a value is the one that a description calls by this
// word.
func isSaid(word string, value any) bool {
	switch word {
	case "Empty":
		fields, isObject := value.(map[string]any)
		return value == "" || isObject && len(fields) == 0
	case "True", "False":
		return value == (word == "True")
	default:
		return fmt.Sprint(value) == strings.Trim(word, "`")
	}
}

// sampledValues are the values of each property in the samples, by the name of
// its schema and its own, joined by a dot.
func sampledValues(doc *openapi3.T) map[string][]any {
	values := map[string][]any{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		for _, operation := range doc.Paths.Find(path).Operations() {
			for _, media := range mediaTypes(operation) {
				for _, example := range media.Examples {
					collect(values, "", media.Schema, example.Value.Value)
				}
			}
		}
	}
	return values
}

// mediaTypes lists what an operation's parameters and bodies contain.
func mediaTypes(operation *openapi3.Operation) []*openapi3.MediaType {
	var contents []openapi3.Content
	for _, parameter := range operation.Parameters {
		contents = append(contents, parameter.Value.Content)
	}
	if operation.RequestBody != nil {
		contents = append(contents, operation.RequestBody.Value.Content)
	}
	for _, response := range operation.Responses.Map() {
		contents = append(contents, response.Value.Content)
	}

	var list []*openapi3.MediaType
	for _, content := range contents {
		list = slices.AppendSeq(list, maps.Values(content))
	}
	return list
}

// collect adds the values of a sample, and of what is inside it. name is that of
// the schema whose properties these are.
func collect(values map[string][]any, name string, ref *openapi3.SchemaRef, value any) {
	if ref.Ref != "" {
		name = regexp.MustCompile(`[^/]*$`).FindString(ref.Ref)
	}
	schema := ref.Value
	for _, branch := range schema.OneOf {
		if branch.Value.VisitJSON(value) == nil {
			collect(values, name, branch, value)
			return
		}
	}
	for _, part := range schema.AllOf {
		collect(values, name, part, value)
	}

	switch value := value.(type) {
	case map[string]any:
		for property, inner := range value {
			if declared := schema.Properties[property]; declared != nil {
				where := name + "." + property
				values[where] = append(values[where], inner)
				collect(values, "", declared, inner)
			}
		}
	case []any:
		for _, element := range value {
			if schema.Items != nil {
				collect(values, "", schema.Items, element)
			}
		}
	}
}
