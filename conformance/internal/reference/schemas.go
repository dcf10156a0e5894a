package reference

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
)

// schema is a component of the contract.
type schema struct {
	Name       string
	About      string
	Kind       []token
	Rules      []string
	Properties []*property
	Response   bool // only responses use it
	Evidence   contract.Evidence
	Origin     string
}

// property is a field of a schema, or a parameter of an operation.
type property struct {
	Name     string // with the names of the objects that contain it: a.b
	In       string // of a parameter: query or header
	Kind     []token
	Required bool
	Nullable bool
	About    string
	Rules    []string
	SameAs   string
	Labels   []string
	Known    []known
	Marks    []mark
	Evidence contract.Evidence
}

// known is an entry of x-known-values.
type known struct {
	Value   string
	Meaning string
}

// mark is what the table of one page says about a field, from x-mandatory.
type mark struct {
	Page string
	Says string
}

// Disagree reports whether the tables of two pages differ about the field.
func (p *property) Disagree() bool {
	for _, m := range p.Marks {
		if m.Says != p.Marks[0].Says {
			return true
		}
	}
	return false
}

// row is a property in a table: an anchor has the name of what contains it.
type row struct {
	Of string
	*property
}

func newRow(of string, p *property) row { return row{of, p} }

func conflictsOf(s *schema, file string) []conflict {
	var list []conflict
	for _, p := range s.Properties {
		if p.Disagree() {
			at := target{Name: s.Name, Link: file + "#" + s.Name}
			list = append(list, conflict{Schema: at, Field: p.Name, Marks: p.Marks})
		}
	}
	return list
}

// token is a part of the name of a type: a word, or a link to a schema.
type token struct {
	Text string
	Link string
	Code bool // a value, as on the wire
}

// schemas lists the components of one page in their authored order.
func (r *reader) schemas(file string) ([]*schema, error) {
	components := r.document.Components.Schemas
	var list []*schema
	for _, name := range inOrder(components) {
		if r.fileOf[name] != file {
			continue
		}
		s, err := r.schema(name, components[name].Value)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		list = append(list, s)
	}
	return list, nil
}

func (r *reader) schema(name string, declared *openapi3.Schema) (*schema, error) {
	s := &schema{
		Name:   name,
		About:  declared.Description,
		Kind:   r.kind(&openapi3.SchemaRef{Value: declared}),
		Rules:  rules(declared),
		Origin: placeOf(declared.Origin).String(),
	}

	var err error
	s.Evidence, err = fromdoc.Evidence(declared.Extensions)
	if err != nil {
		return nil, err
	}
	if err := fromdoc.Extension(declared.Extensions, "x-response", &s.Response); err != nil {
		return nil, err
	}
	s.Properties, err = r.properties("", declared)
	return s, err
}

// properties lists the fields of an object, and after each unnamed object the
// fields of that object.
func (r *reader) properties(prefix string, declared *openapi3.Schema) ([]*property, error) {
	var list []*property
	for _, name := range inOrder(declared.Properties) {
		ref := declared.Properties[name]
		p, err := r.property(prefix+name, ref)
		if err != nil {
			return nil, fmt.Errorf("%s%s: %w", prefix, name, err)
		}
		p.Required = slices.Contains(declared.Required, name)
		list = append(list, p)

		inner := ref
		suffix := "."
		for inner.Ref == "" && inner.Value.Items != nil {
			inner = inner.Value.Items
			suffix = "[]" + suffix
		}
		if inner.Ref != "" {
			continue
		}
		nested, err := r.properties(prefix+name+suffix, inner.Value)
		if err != nil {
			return nil, err
		}
		list = append(list, nested...)
	}
	return list, nil
}

func (r *reader) property(name string, ref *openapi3.SchemaRef) (*property, error) {
	p := &property{Name: name, Kind: r.kind(ref)}
	if ref.Ref != "" { // everything else is said at the component
		return p, nil
	}

	declared := ref.Value
	p.About = declared.Description
	p.Nullable = declared.Nullable
	p.Rules = rules(declared)

	values := map[string]string{}
	marks := map[string]string{}
	err := cmp.Or(
		fromdoc.Extension(declared.Extensions, "x-same-as", &p.SameAs),
		fromdoc.Extension(declared.Extensions, "x-labels", &p.Labels),
		fromdoc.Extension(declared.Extensions, "x-known-values", &values),
		fromdoc.Extension(declared.Extensions, "x-mandatory", &marks),
	)
	if err != nil {
		return nil, err
	}
	for _, value := range slices.Sorted(maps.Keys(values)) {
		p.Known = append(p.Known, known{Value: value, Meaning: values[value]})
	}
	for _, title := range slices.Sorted(maps.Keys(marks)) {
		p.Marks = append(p.Marks, mark{Page: title, Says: marks[title]})
	}

	p.Evidence, err = fromdoc.Evidence(declared.Extensions)
	return p, err
}

func (r *reader) parameter(declared *openapi3.Parameter) (*property, error) {
	ref := declared.Schema
	for _, media := range declared.Content {
		ref = media.Schema
	}

	p := &property{
		Name:     declared.Name,
		In:       declared.In,
		Kind:     r.kind(ref),
		Required: declared.Required,
		About:    declared.Description,
	}
	if ref.Ref == "" {
		p.Rules = rules(ref.Value)
	}
	var err error
	p.Evidence, err = fromdoc.Evidence(declared.Extensions)
	return p, err
}

// kind names the type of a schema.
func (r *reader) kind(ref *openapi3.SchemaRef) []token {
	if ref == nil {
		return nil
	}
	if ref.Ref != "" {
		return r.link(ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:])
	}

	declared := ref.Value
	switch {
	case len(declared.OneOf) > 0:
		return r.joined(declared.OneOf, " or ")
	case len(extended(declared)) > 0:
		return r.joined(extended(declared), " and ")
	case declared.Items != nil:
		return append([]token{{Text: "array of "}}, r.kind(declared.Items)...)
	case len(declared.Enum) > 0:
		return values(declared.Enum)
	case declared.Type == nil:
		return []token{{Text: "any value"}}
	}

	text := strings.Join(declared.Type.Slice(), " or ")
	if declared.Format != "" {
		text += " (" + declared.Format + ")"
	}
	return []token{{Text: text}}
}

// link names a schema. A use without a body has none.
func (r *reader) link(name string) []token {
	if name == "" {
		return []token{{Text: "none"}}
	}
	return []token{{Text: name, Link: r.fileOf[name] + "#" + name}}
}

// extended are the named schemas that an allOf has. Its other parts are rules.
func extended(declared *openapi3.Schema) openapi3.SchemaRefs {
	var list openapi3.SchemaRefs
	for _, part := range declared.AllOf {
		if part.Ref != "" {
			list = append(list, part)
		}
	}
	return list
}

func (r *reader) joined(parts openapi3.SchemaRefs, word string) []token {
	var list []token
	for i, part := range parts {
		if i > 0 {
			list = append(list, token{Text: word})
		}
		list = append(list, r.kind(part)...)
	}
	return list
}

func values(allowed []any) []token {
	var list []token
	for i, value := range allowed {
		if i > 0 {
			list = append(list, token{Text: " or "})
		}
		text, err := json.Marshal(value)
		if err != nil {
			text = []byte(err.Error())
		}
		list = append(list, token{Text: string(text), Code: true})
	}
	return list
}

// rules says in words what a schema asks for in addition to its type.
func rules(declared *openapi3.Schema) []string {
	var list []string
	for _, part := range declared.AllOf {
		if part.Ref == "" && len(part.Value.AnyOf) > 0 {
			list = append(list, "needs a value of "+strings.Join(needed(part.Value.AnyOf), ", or "))
		}
	}
	if declared.Not != nil && len(declared.Not.Value.Required) > 0 {
		list = append(list, "has no "+strings.Join(declared.Not.Value.Required, ", "))
	}

	bound := func(keyword string, value any) { list = append(list, fmt.Sprintf("%s: %v", keyword, value)) }
	if declared.MinLength > 0 {
		bound("minLength", declared.MinLength)
	}
	if declared.MaxLength != nil {
		bound("maxLength", *declared.MaxLength)
	}
	if declared.MinItems > 0 {
		bound("minItems", declared.MinItems)
	}
	if declared.MaxItems != nil {
		bound("maxItems", *declared.MaxItems)
	}
	if declared.Min != nil {
		bound("minimum", *declared.Min)
	}
	if declared.Max != nil {
		bound("maximum", *declared.Max)
	}
	if declared.Pattern != "" {
		bound("pattern", declared.Pattern)
	}
	if declared.MinProps > 0 {
		bound("minProperties", declared.MinProps)
	}
	return list
}

// needed names the fields of each branch of a list of "required".
func needed(branches openapi3.SchemaRefs) []string {
	var list []string
	for _, branch := range branches {
		list = append(list, strings.Join(branch.Value.Required, " and "))
	}
	return list
}

// inOrder lists names as they are authored. A schema without origins is sorted
// by its names.
func inOrder(schemas openapi3.Schemas) []string {
	at := func(name string) place {
		ref := schemas[name]
		if ref.Origin != nil {
			return placeOf(ref.Origin)
		}
		return placeOf(ref.Value.Origin)
	}
	return slices.SortedFunc(maps.Keys(schemas), func(a, b string) int {
		return cmp.Or(cmp.Compare(at(a).Line, at(b).Line), strings.Compare(a, b))
	})
}
