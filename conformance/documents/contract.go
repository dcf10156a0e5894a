package documents

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// scope is what the contract says at one operation, or as a whole.
type scope struct {
	operations []string // identifiers; empty for the whole contract

	titles   map[string]bool            // of the pages that document it, folded
	members  map[string]map[string]bool // names of members by the name of the member that holds them
	names    map[string]bool            // names of members, wherever they stand
	labels   map[string]string          // of tables, folded: as authored
	unknown  map[string]bool            // those of x-unknown-fields
	params   map[string]bool
	messages []text
	marks    []mark
	cited    []cited
	at       string            // where the operation stands
	places   map[string]string // where members stand, by the name of the member that holds them
	property map[string]string // where a member stands, by its labels
	errors   map[string]bool
	codes    map[string]bool
}

// text is an entry of x-failures or x-successes.
type text struct {
	message, member, status string
	pattern                 *regexp.Regexp
	http                    []string
	failure                 bool
}

func newScope(operations ...string) *scope {
	return &scope{
		operations: operations,
		titles:     map[string]bool{},
		members:    map[string]map[string]bool{},
		names:      map[string]bool{},
		labels:     map[string]string{},
		unknown:    map[string]bool{},
		params:     map[string]bool{},
		places:     map[string]string{},
		property:   map[string]string{},
		errors:     map[string]bool{},
		codes:      map[string]bool{},
	}
}

// merge adds what other says, and its operations.
func (s *scope) merge(other *scope) {
	s.operations = append(s.operations, other.operations...)
	maps.Copy(s.titles, other.titles)
	for parent, names := range other.members {
		if s.members[parent] == nil {
			s.members[parent] = map[string]bool{}
		}
		maps.Copy(s.members[parent], names)
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
}

// contract is the contract by path, by operation and as a whole.
type contract struct {
	paths      map[string][]*scope
	operations []*scope
	whole      *scope
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
				id := op.OperationID
				if id == "" {
					id = method + " " + path
				}
				s := readOperation(id, item, op)
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
			if scheme.Value != nil && scheme.Value.In == "header" {
				c.whole.params[scheme.Value.Name] = true
			}
		}
	}
	readUnknown(c.whole, doc.Extensions)
	if doc.Info != nil {
		readUnknown(c.whole, doc.Info.Extensions)
	}
	c.whole.operations, c.whole.at = nil, ""
	return c
}

func readOperation(id string, item *openapi3.PathItem, op *openapi3.Operation) *scope {
	s := newScope(id)
	s.at = place(op.Origin)
	w := newWalker(s)
	for _, title := range citations(op.Extensions) {
		s.titles[foldTitle(title)] = true
	}
	for _, param := range slices.Concat(item.Parameters, op.Parameters) {
		if param.Value != nil {
			s.params[param.Value.Name] = true
			w.labels(param.Value.Extensions)
			w.schema(param.Value.Schema, "*", nil)
			for _, media := range param.Value.Content {
				w.schema(media.Schema, "", nil) // JSON in a query: a body of its own
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
	readUnknown(s, op.Extensions)
	for _, entry := range list(op.Extensions["x-failures"]) {
		t := readText(entry)
		t.failure = true
		s.text(t, entry)
		for _, code := range t.http {
			s.codes[code] = true
		}
	}
	for _, entry := range list(op.Extensions["x-successes"]) {
		s.text(readText(entry), entry)
	}
	for _, entry := range list(op.Extensions["x-error-names"]) {
		s.errors[str(entry["name"])] = true
	}
	return s
}

func readText(entry map[string]any) text {
	t := text{message: str(entry["message"]), member: str(entry["member"]), status: str(entry["status"])}
	if pattern := str(entry["pattern"]); pattern != "" {
		t.pattern, _ = regexp.Compile(pattern) // a pattern that does not compile is as good as none
	}
	switch codes := entry["http"].(type) {
	case []any:
		for _, code := range codes {
			t.http = append(t.http, fmt.Sprint(code))
		}
	case nil:
	default:
		t.http = []string{fmt.Sprint(codes)}
	}
	return t
}

func (s *scope) text(t text, entry map[string]any) {
	s.messages = append(s.messages, t)
	s.cited = append(s.cited, cited{kind: KindMessage, value: t.message, pages: citations(entry), at: s.at})
}

func readUnknown(s *scope, extensions map[string]any) {
	for _, field := range list(extensions["x-unknown-fields"]) {
		label := str(field["label"])
		s.label(label)
		s.unknown[fold(label)] = true
		labels := map[string]bool{fold(label): true}
		s.cited = append(s.cited, cited{kind: KindField, value: label, labels: labels, pages: citations(field), at: s.at})
		row := Fact{Type: str(field["type"]), Mandatory: str(field["mandatory"])}
		if row.Mandatory == "answer" { // where the row stands, not what it says
			row.Mandatory = ""
		}
		for _, page := range citations(field) {
			if row.mark() != "" {
				s.marks = append(s.marks, mark{labels, foldTitle(page), row.mark(), s.at})
			}
		}
	}
}

func (s *scope) label(label string) {
	if label != "" {
		s.labels[fold(label)] = label
	}
}

func (s *scope) addMember(parent, name string) {
	if s.members[parent] == nil {
		s.members[parent] = map[string]bool{}
	}
	s.members[parent][name] = true
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

// schema walks a schema that is the value of the member called parent. Arrays
// and compositions pass the name on; "*" stands for a member of any name. The
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
	if len(schema.Properties) > 0 && w.s.places[parent] == "" {
		w.s.places[parent] = place(schema.Origin)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		w.s.addMember(parent, name)
		property, from := schema.Properties[name], pages
		if property != nil && property.Value != nil {
			at := place(property.Value.Origin)
			if property.Ref != "" {
				at = place(schema.Origin) // what is referred to stands elsewhere, and has evidence of its own
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
				w.s.cited = append(w.s.cited, cited{kind: KindKey, value: name, labels: labels, parents: []string{parent}, pages: from, at: at})
				w.s.readMarks(name, labels, property.Value.Extensions, at)
			}
		}
		w.schema(property, name, from)
	}
	w.schema(schema.AdditionalProperties.Schema, "*", pages)
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

// citations lists the titles under x-evidence.documented.
func citations(extensions map[string]any) []string {
	evidence, _ := extensions["x-evidence"].(map[string]any)
	return texts(evidence["documented"])
}

// texts lists the texts of a list, or the one that stands without a list.
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

// fold makes labels comparable: letter case and the width of blanks do not
// count, everything else does.
func fold(label string) string { return strings.ToLower(strings.Join(strings.Fields(label), " ")) }

var (
	generation  = regexp.MustCompile(`\s*\((?:19|20)\d\d(?:-\d\d(?:\d\d)?)?\)\s*$`)
	titleNumber = regexp.MustCompile(`^\d{1,2}[.)]\s+`)
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
