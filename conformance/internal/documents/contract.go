package documents

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
	kapture "github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
)

type set map[string]bool

// scope is what the contract says at one operation, at several, or as a whole.
type scope struct {
	operations []string // identifiers; empty for the whole contract
	at         string   // the place of the operation
	titles     set      // of the pages that document it, folded

	states   map[statement]bool
	fields   map[string]map[string]set // JSON types, by a field's name and that of the field that contains it
	labels   set                       // of tables, folded
	unknown  set                       // those labels that are in x-unknown-fields
	messages []text
	cited    []cited
	schemas  map[string]string // places of schemas, by the name of the field that they describe
	property map[string]string // places of properties, by their labels
}

// statement is a fact without its place: a path of the whole contract, a parameter,
// the name of a field, its label as the contract spells it, a text, an error name, a
// code, a method, or what authenticates a call (folded).
type statement struct {
	kind  Kind
	value string
}

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

// cited is a fact that the contract has from pages, which it names as evidence.
type cited struct {
	kind    Kind
	value   string
	labels  set      // of its row in a table, folded
	parents []string // of a key: one schema may be the value of several fields
	pages   []citation
	mark    string // of a row: its type and whether it is mandatory, if the contract records them
	at      string // its place in the contract
}

// citation is a page that the contract names as evidence.
type citation struct {
	page  string // its title and generation
	title string // the title, folded
}

func citations(pages ...string) []citation {
	var list []citation
	for _, page := range pages {
		list = append(list, citation{page, foldTitle(page)})
	}
	return list
}

// evidence lists the pages under x-evidence.documented. Evidence that cannot be
// read cites nothing; a test of package spec looks for it.
func evidence(extensions map[string]any) []citation {
	read, _ := fromdoc.Evidence(extensions)
	return citations(read.Documented...)
}

func newScope(operations ...string) *scope {
	return &scope{
		operations: operations,
		titles:     set{},
		states:     map[statement]bool{},
		fields:     map[string]map[string]set{},
		labels:     set{},
		unknown:    set{},
		schemas:    map[string]string{},
		property:   map[string]string{},
	}
}

// merge adds what another operation says.
func (s *scope) merge(other *scope) {
	s.operations = append(s.operations, other.operations...)
	s.at = cmp.Or(s.at, other.at)
	s.messages = append(s.messages, other.messages...)
	s.cited = append(s.cited, other.cited...)

	maps.Copy(s.states, other.states)
	maps.Copy(s.labels, other.labels)
	maps.Copy(s.unknown, other.unknown)
	maps.Copy(s.schemas, other.schemas)
	maps.Copy(s.property, other.property)
	for name, parents := range other.fields {
		for parent, types := range parents {
			s.allow(parent, name, types)
		}
	}
}

func (s *scope) state(kind Kind, value string) { s.states[statement{kind, value}] = true }

// allow adds a field, and the JSON types that it may have. No type means that any
// is allowed.
func (s *scope) allow(parent, name string, types set) {
	if s.fields[name] == nil {
		s.fields[name] = map[string]set{}
	}
	if s.fields[name][parent] == nil {
		s.fields[name][parent] = set{}
	}
	if len(types) == 0 {
		types = set{"any": true}
	}
	maps.Copy(s.fields[name][parent], types)
	s.state(KindKey, name)
}

// readLabels reads those under which the rows of tables print a field.
func (s *scope) readLabels(extensions map[string]any) set {
	labels := set{}
	list, _ := extensions["x-labels"].([]any)
	for _, label := range list {
		labels[s.label(str(label))] = true
	}
	return labels
}

// label adds the label of a row, and returns it folded.
func (s *scope) label(label string) string {
	folded := fold(label)
	s.labels[folded] = true
	s.state(KindField, label)
	return folded
}

func (s *scope) text(t text) {
	s.messages = append(s.messages, t)
	s.state(KindMessage, t.Message)
	s.cited = append(s.cited, cited{
		kind:  KindMessage,
		value: t.Message,
		pages: citations(t.Evidence.Documented...),
		at:    s.at,
	})
}

func (s *scope) readUnknown(extensions map[string]any) {
	for _, entry := range list(extensions["x-unknown-fields"]) {
		row := Fact{Type: str(entry["type"]), Mandatory: str(entry["mandatory"])}
		if row.Mandatory == "response" { // the place of the row, not what it says
			row.Mandatory = ""
		}

		label := s.label(str(entry["label"]))
		s.unknown[label] = true
		s.cited = append(s.cited, cited{
			kind:   KindField,
			value:  str(entry["label"]),
			labels: set{label: true},
			pages:  evidence(entry),
			mark:   row.Mark(),
			at:     s.at,
		})
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

	for _, path := range doc.Paths.Keys() {
		item := doc.Paths.Value(path)
		for method, op := range byName(item.Operations()) {
			declared, err := fromdoc.Operation(method, path, op)
			if err != nil {
				c.doubts = append(c.doubts, doubtOf(op.Origin, err))
			}
			s := readOperation(declared, item, op)
			c.operations = append(c.operations, s)
			c.paths[path] = append(c.paths[path], s)
			c.whole.merge(s)
			c.whole.state(KindPath, path)
		}
	}
	c.whole.operations = nil
	c.whole.at = ""

	if doc.Components != nil {
		for _, schema := range byName(doc.Components.Schemas) {
			newWalker(c.whole).schema(schema, "", nil)
		}
		for _, scheme := range doc.Components.SecuritySchemes {
			if scheme.Value != nil {
				c.readScheme(scheme.Value)
			}
		}
	}

	c.whole.readUnknown(doc.Extensions)
	if doc.Info != nil {
		c.whole.readUnknown(doc.Info.Extensions)
	}

	return c
}

// readScheme reads how the API is authenticated. The scheme holds for every
// operation.
func (c *contract) readScheme(scheme *openapi3.SecurityScheme) {
	if scheme.In == "header" {
		c.whole.state(KindParameter, scheme.Name)
	}
	for _, s := range append(slices.Clone(c.operations), c.whole) {
		if scheme.Scheme != "" {
			s.state(KindAuth, fold(scheme.Scheme))
		}
		if scheme.In == "header" {
			s.state(KindAuth, fold(scheme.Name))
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
	for _, page := range citations(declared.Evidence.Documented...) {
		s.titles[page.title] = true
	}

	s.state(KindMethod, declared.Method)
	s.readBodies(item, op)
	s.readUnknown(op.Extensions)

	for _, failure := range declared.Failures {
		t := text{Outcome: failure, failure: true}
		s.text(t)
		for _, status := range t.statuses() {
			s.state(KindCode, status)
		}
	}

	for _, success := range declared.Successes {
		s.text(text{Outcome: success})
	}

	for _, entry := range list(op.Extensions["x-error-names"]) {
		s.state(KindErrorName, str(entry["name"]))
	}

	return s
}

// readBodies reads the parameters of an operation, its request and its responses.
func (s *scope) readBodies(item *openapi3.PathItem, op *openapi3.Operation) {
	w := newWalker(s)
	for _, param := range slices.Concat(item.Parameters, op.Parameters) {
		if param.Value != nil {
			s.state(KindParameter, param.Value.Name)
			s.readLabels(param.Value.Extensions)
			w.schema(param.Value.Schema, "*", nil)
			w.content(param.Value.Content) // JSON in a query: a separate body
		}
	}

	if op.RequestBody != nil && op.RequestBody.Value != nil {
		w.content(op.RequestBody.Value.Content)
	}

	for code, response := range byName(op.Responses.Map()) {
		s.state(KindCode, strings.ToUpper(code))
		if response.Value != nil {
			w.content(response.Value.Content)
		}
	}
}

type visit struct {
	schema *openapi3.Schema
	parent string
}

// walker collects the fields that a schema allows.
type walker struct {
	s     *scope
	seen  map[visit]bool
	cited map[*openapi3.SchemaRef]int // a property's place in s.cited
}

func newWalker(s *scope) walker {
	return walker{s: s, seen: map[visit]bool{}, cited: map[*openapi3.SchemaRef]int{}}
}

func (w walker) content(content openapi3.Content) {
	for _, media := range byName(content) {
		w.schema(media.Schema, "", nil)
	}
}

// schema walks a schema that is the value of the field called parent. Arrays
// and compositions pass the name on; "*" means a field of any name. The
// pages are those that the schema around it cites.
func (w walker) schema(ref *openapi3.SchemaRef, parent string, pages []citation) {
	if ref == nil || ref.Value == nil {
		return
	}

	schema := ref.Value
	w.s.readLabels(ref.Extensions)
	if w.seen[visit{schema, parent}] {
		return
	}

	w.seen[visit{schema, parent}] = true
	w.s.readLabels(schema.Extensions)
	if schema.Extensions["x-evidence"] != nil {
		pages = evidence(schema.Extensions)
	}

	for _, part := range slices.Concat(schema.AllOf, schema.OneOf, schema.AnyOf, schema.PrefixItems) {
		w.schema(part, parent, pages)
	}
	w.schema(schema.Items, parent, pages)

	for name, property := range byName(schema.Properties) {
		if property == nil || property.Value == nil || isCondition(property) {
			continue
		}
		w.s.schemas[parent] = cmp.Or(w.s.schemas[parent], place(schema.Origin))
		w.s.allow(parent, name, typesOf(property))
		w.property(schema, name, parent, pages)
	}

	w.schema(schema.AdditionalProperties.Schema, "*", pages)
}

// property walks the property called name of a schema, which is the value of the
// field called parent.
func (w walker) property(schema *openapi3.Schema, name, parent string, pages []citation) {
	property := schema.Properties[name]
	extensions := property.Value.Extensions
	at := place(property.Value.Origin)
	switch {
	case property.Ref != "":
		at = place(schema.Origin) // the referenced schema is elsewhere, and has its own evidence
	case extensions["x-evidence"] != nil:
		pages = evidence(extensions)
	}

	labels := w.s.readLabels(extensions)
	labels[fold(name)] = true
	for label := range labels {
		w.s.property[label] = cmp.Or(w.s.property[label], at)
	}

	i, again := w.cited[property]
	if again {
		w.s.cited[i].parents = append(w.s.cited[i].parents, parent)
	} else {
		w.cited[property] = len(w.s.cited)
		w.s.cited = append(w.s.cited, cited{
			kind:    KindKey,
			value:   name,
			labels:  labels,
			parents: []string{parent},
			pages:   pages,
			at:      at,
		})

		marks, _ := extensions["x-mandatory"].(map[string]any)
		for page, mark := range marks {
			w.s.cited = append(w.s.cited, cited{
				kind:   KindField,
				value:  name,
				labels: labels,
				pages:  citations(page),
				mark:   str(mark),
				at:     at,
			})
		}
	}

	w.schema(property, name, pages)
}

// typesOf lists the JSON types that a schema allows, none if it allows any.
func typesOf(ref *openapi3.SchemaRef) set {
	types := set{}
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
	for _, part := range slices.Concat(schema.AllOf, schema.OneOf, schema.AnyOf) {
		maps.Copy(types, typesOf(part))
	}

	return types
}

// isCondition reports whether a property says only that a text is not empty, which
// distinguishes the branches of a composition. Another schema describes the field
// and has its evidence.
func isCondition(property *openapi3.SchemaRef) bool {
	return property.Ref == "" && property.Value.Type == nil && property.Value.MinLength > 0
}

// place names the line of an element of the contract, if it was loaded with its origins.
func place(origin *openapi3.Origin) string {
	if origin == nil || origin.Key == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", origin.Key.File, origin.Key.Line)
}

// byName ranges over a map in the order of its names, so that reports do not
// change from one run to the next.
func byName[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
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
		word = strings.TrimRight(word, ".:,")
		if word != "api" && word != "apis" && word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
