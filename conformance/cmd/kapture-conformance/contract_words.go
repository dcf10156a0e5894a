package main

import (
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec"
)

// contractWords are the names and values that the contract declares. They are
// never cut out, and none of them is the name of a credential: what would be
// left of a response would break the contract.
var contractWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	doc, err := spec.Document()
	if err != nil {
		return words // newJudge has said so
	}
	for _, schema := range doc.Components.Schemas {
		collectWords(schema, words, map[*openapi3.Schema]bool{})
	}
	return words
})

func collectWords(ref *openapi3.SchemaRef, words map[string]bool, seen map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	schema := ref.Value
	seen[schema] = true
	for name, property := range schema.Properties {
		words[name] = true
		collectWords(property, words, seen)
	}
	for _, value := range schema.Enum {
		if text, ok := value.(string); ok {
			words[text] = true
		}
	}
	collectWords(schema.Items, words, seen)
	collectWords(schema.AdditionalProperties.Schema, words, seen)
	for _, part := range slices.Concat(schema.AllOf, schema.AnyOf, schema.OneOf) {
		collectWords(part, words, seen)
	}
}
