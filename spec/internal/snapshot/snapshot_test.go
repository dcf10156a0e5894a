package snapshot_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec"
	"github.com/kapture-community/kapture-go/spec/internal/snapshot"
)

// loader are the fields that the loader sets for itself, and that nothing reads
// in a document whose references are inside it.
var loader = map[string]bool{
	"T.url":                true,
	"T.visited":            true,
	"ParameterRef.refPath": true,
	"ResponseRef.refPath":  true,
	"SchemaRef.refPath":    true,
	"PathItem.refResolved": true,
}

func TestReadGivesTheDocumentThatWasWritten(t *testing.T) {
	doc, err := spec.Bundle(spec.FS)
	if err != nil {
		t.Fatal(err)
	}
	c := compare(t, doc)
	if len(c.pairs) < 4000 {
		t.Errorf("only %d parts were compared", len(c.pairs))
	}
	for _, name := range slices.Sorted(maps.Keys(loader)) {
		if !c.left[name] {
			t.Errorf("%s is left out of the comparison, but the loader no longer sets it", name)
		}
	}
}

// What the contract does not use today.
func TestReadGivesEveryKindOfValue(t *testing.T) {
	same := &openapi3.Schema{Type: &openapi3.Types{"string", "null"}, Min: new(float64), Required: []string{}}
	same.Properties = openapi3.Schemas{"self": {Ref: "#/components/schemas/Same", Value: same}}
	responses := &openapi3.Responses{Extensions: map[string]any{"x-none": map[string]any{}}}
	responses.Set("default", nil)

	doc := &openapi3.T{
		OpenAPI: "3.0.3",
		Extensions: map[string]any{
			"x-values": []any{nil, true, false, -1.5, "text", map[string]any{"": []any{}}},
		},
		Paths: openapi3.NewPaths(openapi3.WithPath("/a", &openapi3.PathItem{
			Post: &openapi3.Operation{Responses: responses, Tags: []string{"", "a"}},
		})),
		Components: &openapi3.Components{
			Schemas:  openapi3.Schemas{"Same": {Value: same}, "Missing": nil},
			Examples: openapi3.Examples{},
		},
	}
	compare(t, doc)
}

func compare(t *testing.T, doc *openapi3.T) *comparison {
	t.Helper()
	written, err := snapshot.Write(doc)
	if err != nil {
		t.Fatal(err)
	}
	read, err := snapshot.Read(string(written))
	if err != nil {
		t.Fatal(err)
	}

	c := &comparison{pairs: map[any]any{}, left: map[string]bool{}}
	c.values("document", reflect.ValueOf(doc), reflect.ValueOf(read))
	for _, difference := range c.differences[:min(len(c.differences), 10)] {
		t.Error(difference)
	}
	return c
}

// comparison compares two documents, and which of their parts are shared.
type comparison struct {
	pairs       map[any]any // by a pointer of the first: that of the second
	left        map[string]bool
	differences []string
}

func (c *comparison) values(at string, a, b reflect.Value) {
	if a.Kind() == reflect.Interface && !a.IsNil() && !b.IsNil() {
		a = a.Elem()
		b = b.Elem()
	}
	if a.Type() != b.Type() || isNil(a) != isNil(b) {
		c.differ(at, a, b)
		return
	}
	if isNil(a) {
		return
	}

	switch a.Kind() {
	case reflect.Pointer:
		known, compared := c.pairs[a.Pointer()]
		c.pairs[a.Pointer()] = b.Pointer()
		if compared && known != b.Pointer() {
			c.differences = append(c.differences, at+": is one part in one document, and two in the other")
		}
		if !compared {
			c.values(at, a.Elem(), b.Elem())
		}
	case reflect.Struct:
		c.fields(at, a, b)
	case reflect.Slice, reflect.Map:
		c.elements(at, a, b)
	case reflect.String:
		if a.String() != b.String() {
			c.differ(at, a, b)
		}
	default:
		if !a.Equal(b) {
			c.differ(at, a, b)
		}
	}
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return v.IsNil()
	}
	return false
}

func (c *comparison) fields(at string, a, b reflect.Value) {
	for i := range a.NumField() {
		name := a.Type().Name() + "." + a.Type().Field(i).Name
		if loader[name] {
			c.left[name] = c.left[name] || !a.Field(i).IsZero()
			continue
		}
		c.values(at+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
	}
}

func (c *comparison) elements(at string, a, b reflect.Value) {
	if a.Len() != b.Len() {
		c.differ(at, a, b)
		return
	}
	if a.Kind() == reflect.Slice {
		for i := range a.Len() {
			c.values(fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i))
		}
		return
	}
	for _, key := range a.MapKeys() {
		other := b.MapIndex(key)
		if !other.IsValid() {
			c.differences = append(c.differences, fmt.Sprintf("%s lacks %s", at, key))
			continue
		}
		c.values(fmt.Sprintf("%s[%s]", at, key), a.MapIndex(key), other)
	}
}

func (c *comparison) differ(at string, a, b reflect.Value) {
	c.differences = append(c.differences, fmt.Sprintf("%s: %v was read as %v", at, a, b))
}

func TestWriteGivesTheSameBytes(t *testing.T) {
	doc, err := spec.Bundle(spec.FS)
	if err != nil {
		t.Fatal(err)
	}
	first, err := snapshot.Write(doc)
	if err != nil {
		t.Fatal(err)
	}
	second, err := snapshot.Write(doc)
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Error("two snapshots of one document differ")
	}
}

func TestWriteRejectsWhatItCannotKeep(t *testing.T) {
	doc := &openapi3.T{Extensions: map[string]any{"x-channel": make(chan int)}}
	_, err := snapshot.Write(doc)
	if err == nil || !strings.Contains(err.Error(), `T.Extensions: "x-channel": a value of type chan int is not JSON`) {
		t.Errorf("error is %v, want one that says which value is not JSON", err)
	}
}

func TestReadRejectsADamagedSnapshot(t *testing.T) {
	written, err := snapshot.Write(&openapi3.T{OpenAPI: "3.0.3", Info: &openapi3.Info{Title: "t"}})
	if err != nil {
		t.Fatal(err)
	}
	whole := string(written)
	tests := map[string]struct{ data, want string }{
		"empty":           {data: "", want: "another version"},
		"another version": {data: strings.Replace(whole, " 1\n", " 0\n", 1), want: "another version"},
		"cut":             {data: whole[:len(whole)-1], want: "damaged"},
		"longer":          {data: whole + "\x00", want: "more follows"},
		"unknown field": {
			data: strings.Replace(whole, "Title", "Tytle", 1),
			want: "openapi3.Info has no field Tytle",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			doc, err := snapshot.Read(test.data)
			if doc != nil {
				t.Error("a document was returned, too")
			}
			if err == nil {
				t.Fatal("no error")
			}
			text := err.Error()
			if !strings.Contains(text, test.want) || !strings.Contains(text, "go generate") {
				t.Errorf("error is %v, want one that says %q and what to do", err, test.want)
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	doc, err := spec.Bundle(spec.FS)
	if err != nil {
		b.Fatal(err)
	}
	written, err := snapshot.Write(doc)
	if err != nil {
		b.Fatal(err)
	}
	data := string(written)

	b.ReportAllocs()
	for b.Loop() {
		if _, err := snapshot.Read(data); err != nil {
			b.Fatal(err)
		}
	}
}
