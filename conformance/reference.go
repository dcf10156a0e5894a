package conformance

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// references are the JSON pointers of the elements of a document. They serve
// people who have the contract as one file, and not the files whose lines
// [Finding.Location] names. They are gathered at the first finding.
type references struct {
	doc    *openapi3.T
	bundle string // what the document is called, see [WithBundle]

	once     sync.Once
	pointers map[*openapi3.Origin]string
}

// of writes a place as a reference: the name of the bundle and, as its fragment,
// the JSON pointer. It is empty if the document was loaded without origins, or if
// the place is in another document that this one refers to.
func (r *references) of(p place) string {
	r.once.Do(r.gather)
	pointer, known := r.pointers[p.origin]
	if !known {
		return ""
	}

	entries, isList := p.origin.Sequences[p.keyword]
	_, isScalar := p.origin.Fields.Lookup(p.keyword)
	if p.keyword != "" && (isList || isScalar) {
		pointer += "/" + jsonvalue.Escape(p.keyword)
	}
	if i := slices.IndexFunc(entries, func(loc openapi3.Location) bool { return loc.Name == p.entry }); i >= 0 {
		pointer += "/" + strconv.Itoa(i)
	}

	fragment := url.URL{Fragment: pointer}
	return r.bundle + "#" + fragment.EscapedFragment()
}

// gather walks the document. A part that is a reference is left to its target.
func (r *references) gather() {
	r.pointers = map[*openapi3.Origin]string{}

	if components := r.doc.Components; components != nil {
		for name, ref := range components.Schemas {
			r.schema(below("/components/schemas", name), ref)
		}
		for name, ref := range components.Parameters {
			r.parameter(below("/components/parameters", name), ref)
		}
		for name, ref := range components.Headers {
			r.header(below("/components/headers", name), ref)
		}
		for name, ref := range components.RequestBodies {
			r.requestBody(below("/components/requestBodies", name), ref)
		}
		for name, ref := range components.Responses {
			r.response(below("/components/responses", name), ref)
		}
		for name, ref := range components.SecuritySchemes {
			if ref.Ref == "" && ref.Value != nil {
				r.set(below("/components/securitySchemes", name), ref.Value.Origin)
			}
		}
	}

	for path, item := range r.doc.Paths.Map() {
		at := below("/paths", path)
		r.parameters(at+"/parameters", item.Parameters)
		for method, operation := range item.Operations() {
			r.operation(below(at, strings.ToLower(method)), operation)
		}
	}
}

func (r *references) operation(at string, operation *openapi3.Operation) {
	r.set(at, operation.Origin)
	r.parameters(at+"/parameters", operation.Parameters)
	r.requestBody(at+"/requestBody", operation.RequestBody)

	if operation.Responses == nil {
		return
	}
	r.set(at+"/responses", operation.Responses.Origin)
	for status, ref := range operation.Responses.Map() {
		r.response(below(at+"/responses", status), ref)
	}
}

func (r *references) parameters(at string, list openapi3.Parameters) {
	for i, ref := range list {
		r.parameter(at+"/"+strconv.Itoa(i), ref)
	}
}

func (r *references) parameter(at string, ref *openapi3.ParameterRef) {
	if ref.Ref != "" || ref.Value == nil {
		return
	}
	r.set(at, ref.Value.Origin)
	r.schema(at+"/schema", ref.Value.Schema)
	r.content(at+"/content", ref.Value.Content)
}

func (r *references) header(at string, ref *openapi3.HeaderRef) {
	if ref.Ref != "" || ref.Value == nil {
		return
	}
	r.set(at, ref.Value.Origin)
	r.schema(at+"/schema", ref.Value.Schema)
	r.content(at+"/content", ref.Value.Content)
}

func (r *references) requestBody(at string, ref *openapi3.RequestBodyRef) {
	if ref == nil || ref.Ref != "" || ref.Value == nil {
		return
	}
	r.set(at, ref.Value.Origin)
	r.content(at+"/content", ref.Value.Content)
}

func (r *references) response(at string, ref *openapi3.ResponseRef) {
	if ref.Ref != "" || ref.Value == nil {
		return
	}
	r.set(at, ref.Value.Origin)
	for name, header := range ref.Value.Headers {
		r.header(below(at+"/headers", name), header)
	}
	r.content(at+"/content", ref.Value.Content)
}

func (r *references) content(at string, content openapi3.Content) {
	for name, media := range content {
		r.set(below(at, name), media.Origin)
		r.schema(below(at, name)+"/schema", media.Schema)
	}
}

func (r *references) schema(at string, ref *openapi3.SchemaRef) {
	if ref == nil || ref.Ref != "" || ref.Value == nil {
		return
	}
	schema := ref.Value
	r.set(at, schema.Origin)

	for name, property := range schema.Properties {
		r.schema(below(at+"/properties", name), property)
	}
	r.schema(at+"/items", schema.Items)
	r.schema(at+"/additionalProperties", schema.AdditionalProperties.Schema)
	r.schema(at+"/not", schema.Not)
	for keyword, branches := range map[string]openapi3.SchemaRefs{
		"oneOf": schema.OneOf, "anyOf": schema.AnyOf, "allOf": schema.AllOf,
	} {
		for i, branch := range branches {
			r.schema(at+"/"+keyword+"/"+strconv.Itoa(i), branch)
		}
	}
}

func (r *references) set(at string, origin *openapi3.Origin) {
	if origin != nil {
		r.pointers[origin] = at
	}
}

// below is the pointer of a named part.
func below(at, name string) string { return at + "/" + jsonvalue.Escape(name) }
