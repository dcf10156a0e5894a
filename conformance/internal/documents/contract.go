package documents

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
	kapture "github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
)

// scope is what the contract says at one operation, or as a whole.
type scope struct {
	operations []string // identifiers; empty for the whole contract

	titles   map[string]bool            // of the pages that document it, folded
	fields   map[string]map[string]bool // names of fields, by the name of the field that contains them
	names    map[string]bool            // names of fields at any place
	labels   map[string]string          // of tables, folded: as authored
	unknown  map[string]bool            // those of x-unknown-fields
	params   map[string]bool
	messages []text
	marks    []mark
	cited    []cited
	at       string            // the place of the operation
	places   map[string]string // places of fields, by the name of the field that contains them
	property map[string]string // the place of a field, by its labels
	errors   map[string]bool
	codes    map[string]bool
	methods  map[string]bool
	auth     map[string]bool              // schemes and names of headers with a key, folded
	types    map[typedKey]map[string]bool // JSON types that the schemas allow
}

// typedKey is a field in its place.
type typedKey struct{ parent, name string }

// text is an entry of x-failures or x-successes.
type text struct {
	kapture.Outcome
	failure bool
}

// statuses are the HTTP codes that the contract gives the text, as pages print
// them.
func (t text) statuses() []string {
	var list []string
	for _, status := range t.HTTP {
		list = append(list, strconv.Itoa(status))
	}
	return list
}

func newScope(operations ...string) *scope {
	return &scope{
		operations: operations,
		titles:     map[string]bool{},
		fields:     map[string]map[string]bool{},
		names:      map[string]bool{},
		labels:     map[string]string{},
		unknown:    map[string]bool{},
		params:     map[string]bool{},
		places:     map[string]string{},
		property:   map[string]string{},
		errors:     map[string]bool{},
		codes:      map[string]bool{},
		methods:    map[string]bool{},
		auth:       map[string]bool{},
		types:      map[typedKey]map[string]bool{},
	}
}

// merge adds what other says, and its operations.
func (s *scope) merge(other *scope) {
	s.operations = append(s.operations, other.operations...)
	maps.Copy(s.titles, other.titles)
	for parent, names := range other.fields {
		if s.fields[parent] == nil {
			s.fields[parent] = map[string]bool{}
		}
		maps.Copy(s.fields[parent], names)
	}

	maps.Copy(s.names, other.names)
	maps.Copy(s.labels, other.labels)
	maps.Copy(s.unknown, other.unknown)
	maps.Copy(s.params, other.params)
	s.messages = append(s.messages, other.messages...)
	s.marks = append(s.marks, other.marks...)
	s.cited = append(s.cited, other.cited...)
	s.at = cmp.Or(s.at, other.at)
	maps.Copy(s.places, other.places)
	maps.Copy(s.property, other.property)
	maps.Copy(s.errors, other.errors)
	maps.Copy(s.codes, other.codes)
	maps.Copy(s.methods, other.methods)
	maps.Copy(s.auth, other.auth)
	for key, types := range other.types {
		s.allow(key, types)
	}
}

// contract is the contract by path, by operation and as a whole.
type contract struct {
	paths      map[string][]*scope
	operations []*scope
	whole      *scope
	doubts     []Doubt // about what could not be read in the contract
}

func readContract(doc *openapi3.T) *contract {
	c := &contract{paths: map[string][]*scope{}, whole: newScope()}
	if doc == nil {
		return c
	}

	if doc.Paths != nil {
		for _, path := range doc.Paths.Keys() {
			item := doc.Paths.Value(path)
			operations := item.Operations()
			for _, method := range slices.Sorted(maps.Keys(operations)) {
				op := operations[method]
				declared, err := fromdoc.Operation(method, path, op)
				if err != nil {
					c.doubts = append(c.doubts, doubtOf(op.Origin, err))
				}
				s := readOperation(declared, item, op)
				c.operations = append(c.operations, s)
				c.paths[path] = append(c.paths[path], s)
				c.whole.merge(s)
			}
		}
	}

	if doc.Components != nil {
		for _, schema := range doc.Components.Schemas {
			newWalker(c.whole).schema(schema, "", nil)
		}
		for _, scheme := range doc.Components.SecuritySchemes {
			c.readScheme(scheme.Value)
		}
	}

	readUnknown(c.whole, doc.Extensions)
	if doc.Info != nil {
		readUnknown(c.whole, doc.Info.Extensions)
	}

	c.whole.operations = nil
	c.whole.at = ""
	return c
}

// readScheme reads how the API is authenticated. The scheme holds for every
// operation.
func (c *contract) readScheme(scheme *openapi3.SecurityScheme) {
	if scheme == nil {
		return
	}
	if scheme.In == "header" {
		c.whole.params[scheme.Name] = true
	}
	for _, s := range append(slices.Clone(c.operations), c.whole) {
		if scheme.Scheme != "" {
			s.auth[fold(scheme.Scheme)] = true
		}
		if scheme.In == "header" {
			s.auth[fold(scheme.Name)] = true
		}
	}
}

// doubtOf says that something of the contract could not be read.
func doubtOf(origin *openapi3.Origin, err error) Doubt {
	doubt := Doubt{File: "the contract", Line: 1, Why: err.Error()}
	if origin != nil && origin.Key != nil {
		doubt.File = origin.Key.File
		doubt.Line = origin.Key.Line
	}
	return doubt
}

func readOperation(declared kapture.Operation, item *openapi3.PathItem, op *openapi3.Operation) *scope {
	s := newScope(declared.ID)
	s.at = place(op.Origin)
	w := newWalker(s)
	for _, title := range declared.Evidence.Documented {
		s.titles[foldTitle(title)] = true
	}

	for _, param := range slices.Concat(item.Parameters, op.Parameters) {
		if param.Value != nil {
			s.params[param.Value.Name] = true
			w.labels(param.Value.Extensions)
			w.schema(param.Value.Schema, "*", nil)
			for _, media := range param.Value.Content {
				w.schema(media.Schema, "", nil) // JSON in a query: a separate body
			}
		}
	}

	if op.RequestBody != nil && op.RequestBody.Value != nil {
		for _, media := range op.RequestBody.Value.Content {
			w.schema(media.Schema, "", nil)
		}
	}

	if op.Responses != nil {
		for code, response := range op.Responses.Map() {
			s.codes[strings.ToUpper(code)] = true
			if response.Value == nil {
				continue
			}
			for _, media := range response.Value.Content {
				w.schema(media.Schema, "", nil)
			}
		}
	}

	s.methods[declared.Method] = true
	readUnknown(s, op.Extensions)
	for _, failure := range declared.Failures {
		t := text{Outcome: failure, failure: true}
		s.text(t)
		for _, status := range t.statuses() {
			s.codes[status] = true
		}
	}

	for _, success := range declared.Successes {
		s.text(text{Outcome: success})
	}

	for _, entry := range list(op.Extensions["x-error-names"]) {
		s.errors[str(entry["name"])] = true
	}

	return s
}

func (s *scope) text(t text) {
	s.messages = append(s.messages, t)
	s.cited = append(s.cited, cited{kind: KindMessage, value: t.Message, pages: t.Evidence.Documented, at: s.at})
}

func readUnknown(s *scope, extensions map[string]any) {
	for _, field := range list(extensions["x-unknown-fields"]) {
		label := str(field["label"])
		s.label(label)
		s.unknown[fold(label)] = true
		labels := map[string]bool{fold(label): true}
		s.cited = append(s.cited, cited{
			kind:   KindField,
			value:  label,
			labels: labels,
			pages:  citations(field),
			at:     s.at,
		})
		row := Fact{Type: str(field["type"]), Mandatory: str(field["mandatory"])}
		if row.Mandatory == "response" { // the place of the row, not what it says
			row.Mandatory = ""
		}

		for _, page := range citations(field) {
			if row.Mark() != "" {
				s.marks = append(s.marks, mark{labels, foldTitle(page), row.Mark(), s.at})
			}
		}
	}
}

func (s *scope) label(label string) {
	if label != "" {
		s.labels[fold(label)] = label
	}
}

func (s *scope) addField(parent, name string) {
	if s.fields[parent] == nil {
		s.fields[parent] = map[string]bool{}
	}
	s.fields[parent][name] = true
	s.names[name] = true
}

type visit struct {
	schema *openapi3.Schema
	parent string
}

// walker collects the names that a schema allows.
type walker struct {
	s     *scope
	seen  map[visit]bool
	cited map[*openapi3.SchemaRef]int // a property's place in s.cited
}

func newWalker(s *scope) walker {
	return walker{s: s, seen: map[visit]bool{}, cited: map[*openapi3.SchemaRef]int{}}
}

// schema walks a schema that is the value of the field called parent. Arrays
// and compositions pass the name on; "*" means a field of any name. The
// pages are those that the schema around it cites.
func (w walker) schema(ref *openapi3.SchemaRef, parent string, pages []string) {
	if ref == nil {
		return
	}

	w.labels(ref.Extensions)
	schema := ref.Value
	if schema == nil || w.seen[visit{schema, parent}] {
		return
	}

	w.seen[visit{schema, parent}] = true
	w.labels(schema.Extensions)
	if schema.Extensions["x-evidence"] != nil {
		pages = citations(schema.Extensions)
	}

	for _, group := range []openapi3.SchemaRefs{schema.AllOf, schema.OneOf, schema.AnyOf, schema.PrefixItems} {
		for _, part := range group {
			w.schema(part, parent, pages)
		}
	}

	w.schema(schema.Items, parent, pages)

	names := slices.Sorted(maps.Keys(schema.Properties))
	names = slices.DeleteFunc(names, func(name string) bool { return isCondition(schema.Properties[name]) })
	if len(names) > 0 && w.s.places[parent] == "" {
		w.s.places[parent] = place(schema.Origin)
	}

	for _, name := range names {
		w.s.addField(parent, name)
		w.s.allow(typedKey{parent, name}, typesOf(schema.Properties[name]))
		property := schema.Properties[name]
		from := pages
		if property != nil && property.Value != nil {
			at := place(property.Value.Origin)
			if property.Ref != "" {
				at = place(schema.Origin) // the referenced schema is elsewhere, and has its own evidence
			} else if property.Value.Extensions["x-evidence"] != nil {
				from = citations(property.Value.Extensions)
			}

			labels := rowLabels(name, property.Value.Extensions)
			for label := range labels {
				w.s.property[label] = cmp.Or(w.s.property[label], at)
			}

			if i, again := w.cited[property]; again {
				w.s.cited[i].parents = append(w.s.cited[i].parents, parent)
			} else {
				w.cited[property] = len(w.s.cited)
				w.s.cited = append(w.s.cited, cited{
					kind:    KindKey,
					value:   name,
					labels:  labels,
					parents: []string{parent},
					pages:   from,
					at:      at,
				})
				w.s.readMarks(name, labels, property.Value.Extensions, at)
			}
		}

		w.schema(property, name, from)
	}

	w.schema(schema.AdditionalProperties.Schema, "*", pages)
}

// allow adds JSON types that a field may have. No type means that any is allowed.
func (s *scope) allow(key typedKey, types map[string]bool) {
	if s.types[key] == nil {
		s.types[key] = map[string]bool{}
	}
	if len(types) == 0 {
		types = map[string]bool{"any": true}
	}
	maps.Copy(s.types[key], types)
}

// typesOf lists the JSON types that a schema allows, none if it allows any.
func typesOf(ref *openapi3.SchemaRef) map[string]bool {
	types := map[string]bool{}
	if ref == nil || ref.Value == nil {
		return types
	}
	schema := ref.Value
	if schema.Nullable {
		types["null"] = true
	}
	for _, name := range schema.Type.Slice() {
		if name == "integer" {
			name = "number"
		}
		types[name] = true
	}
	for _, group := range []openapi3.SchemaRefs{schema.AllOf, schema.OneOf, schema.AnyOf} {
		for _, part := range group {
			maps.Copy(types, typesOf(part))
		}
	}
	return types
}

// isCondition reports whether a property says only that a text is not empty, which
// distinguishes the branches of a composition. Another schema describes the field
// and has its evidence.
func isCondition(property *openapi3.SchemaRef) bool {
	if property == nil || property.Ref != "" || property.Value == nil {
		return false
	}
	return property.Value.Type == nil && property.Value.MinLength > 0
}

// place names the line of an element of the contract, if it was loaded with its origins.
func place(origin *openapi3.Origin) string {
	if origin == nil || origin.Key == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", origin.Key.File, origin.Key.Line)
}

func (w walker) labels(extensions map[string]any) {
	for _, label := range texts(extensions["x-labels"]) {
		w.s.label(label)
	}
}

// citations lists the titles under x-evidence.documented. Evidence that cannot
// be read cites nothing; a test of package spec looks for it.
func citations(extensions map[string]any) []string {
	evidence, _ := fromdoc.Evidence(extensions)
	return evidence.Documented
}

// texts lists the texts of a list, or a single text.
func texts(value any) (out []string) {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		for _, element := range value {
			out = append(out, str(element))
		}
	}
	return out
}

func list(value any) []map[string]any {
	items, _ := value.([]any)
	var out []map[string]any
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func str(value any) string {
	s, _ := value.(string)
	return s
}

// fold makes labels comparable: only letter case and the number of spaces are
// ignored.
func fold(label string) string { return strings.ToLower(strings.Join(strings.Fields(label), " ")) }

var (
	generation  = lazyregexp.New(`\s*\((?:19|20)\d\d(?:-\d\d(?:\d\d)?)?\)\s*$`)
	titleNumber = lazyregexp.New(`^\d{1,2}[.)]\s+`)
)

// foldTitle makes titles comparable: letter case, the generation, a number
// before it, punctuation after it and the word API do not count.
func foldTitle(title string) string {
	title = titleNumber.ReplaceAllString(generation.ReplaceAllString(title, ""), "")
	var words []string
	for word := range strings.FieldsSeq(strings.ToLower(title)) {
		if word = strings.TrimRight(word, ".:,"); word != "api" && word != "apis" && word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
