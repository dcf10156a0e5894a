package propose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/documents"
	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// schemas writes the components of one endpoint.
type schemas struct {
	e       *endpoint
	taken   func(name string) bool // by the contract
	names   map[string]bool        // of this proposal
	written map[string]bool        // fields whose row of a table was written
	out     lines
	// pending are the components that others refer to, and that are still to be
	// written.
	pending []object
}

// object is a component to write, with the objects that show its fields.
type object struct {
	name       string
	samples    []*documents.Value
	isResponse bool
	isPart     bool // of another component
}

// lines collects lines of text.
type lines struct{ strings.Builder }

func (l *lines) add(indent int, format string, args ...any) {
	l.WriteString(strings.Repeat("  ", indent))
	fmt.Fprintf(l, format, args...)
	l.WriteByte('\n')
}

// name returns a name for a component that is not taken.
func (s *schemas) name(wanted ...string) string {
	last := wanted[len(wanted)-1]
	for n := 2; ; n++ {
		for _, name := range wanted {
			if !s.names[name] && !s.taken(name) {
				s.names[name] = true
				return name
			}
		}
		wanted = []string{fmt.Sprintf("%s%d", last, n)}
	}
}

// request writes the component of the request body and returns its name.
func (s *schemas) request(v *documents.Value) string {
	if v.Type != "array" {
		name := s.name(s.e.requestName(), s.e.requestName()+"Request")
		s.object(object{name: name, samples: []*documents.Value{v}})
		return name
	}

	list := s.name(s.e.requestName()+"s", s.e.requestName()+"List")
	element := s.name(s.e.requestName(), s.e.requestName()+"Item")
	s.out.add(2, "%s:", list)
	s.out.add(3, "description: The array that %s takes. # review", strings.Join(s.e.words, " "))
	s.out.add(3, "type: array")
	s.out.add(3, "minItems: 1")
	if len(v.Values) == 1 {
		s.out.add(3, "maxItems: 1")
	}
	s.out.add(3, "items: {$ref: '#/components/schemas/%s'}", element)
	if len(v.Values) == 1 {
		s.out.add(3, "x-evidence:")
		s.out.add(4, "documented: [%s]", quote(s.e.citation))
		s.out.add(4, `inferred: ["that there is only one: the sample shows one"] # review`)
	} else {
		s.evidence(3)
	}
	s.object(object{name: element, samples: v.Values})
	return list
}

func (s *schemas) evidence(indent int) {
	s.out.add(indent, "x-evidence: {documented: [%s]}", quote(s.e.citation))
}

// response writes the component of a success and returns its name.
func (s *schemas) response(v *documents.Value) string {
	name := s.name(s.e.responseName(), s.e.responseName()+"Response")
	if v.Type != "array" {
		s.object(object{name: name, samples: []*documents.Value{v}, isResponse: true})
		return name
	}

	element := s.name(s.e.noun()+"Of"+name, name+"Item")
	s.out.add(2, "%s:", name)
	s.out.add(3, "description: The array that %s returns. # review", strings.Join(s.e.words, " "))
	s.out.add(3, "type: array")
	s.out.add(3, "items: {$ref: '#/components/schemas/%s'}", element)
	s.out.add(3, "x-response: true")
	s.evidence(3)
	s.object(object{name: element, samples: v.Values, isResponse: true})
	return name
}

// object writes a component with the fields that any of its samples has, and
// then the components that these refer to.
func (s *schemas) object(o object) {
	s.pending = append(s.pending, o)
	for len(s.pending) > 0 {
		next := s.pending[0]
		s.pending = s.pending[1:]
		s.writeObject(next)
	}
}

func (s *schemas) writeObject(o object) {
	fields, values := merged(o.samples)
	s.out.add(2, "%s:", o.name)
	s.out.add(3, "description: %s # review", s.about(o))
	s.out.add(3, "type: object")
	if required := s.required(o, fields, values); len(required) > 0 {
		s.out.add(3, "required: [%s] # review", strings.Join(required, ", "))
	}
	if o.isResponse {
		s.out.add(3, "x-response: true")
	}
	s.evidence(3)
	if len(fields) > 0 {
		s.out.add(3, "properties:")
	}

	for i, field := range fields {
		s.out.add(4, "%s:", yamlName(field))
		s.writeProperty(property{in: o, name: field, values: values[i]})
	}
}

// about describes a component by its place: no page describes it.
func (s *schemas) about(o object) string {
	operation := strings.Join(s.e.words, " ")
	switch {
	case o.isPart:
		return "A part of " + operation + ", known from its sample."
	case o.isResponse:
		return "What " + operation + " returns when it succeeds."
	}
	return "What " + operation + " takes."
}

// property is a field of a component, with the values that samples have.
type property struct {
	in     object
	name   string
	values []*documents.Value
}

// component returns a reference to the component of a field's objects, which is
// written later.
func (s *schemas) component(p property, samples []*documents.Value) string {
	word := camel(p.name)
	name := s.name(s.e.noun()+word, p.in.name+word)
	s.pending = append(s.pending, object{name: name, samples: samples, isResponse: p.in.isResponse, isPart: true})
	return "{$ref: '#/components/schemas/" + name + "'}"
}

// merged lists the fields of several objects, and the values of each.
func merged(objects []*documents.Value) (names []string, values [][]*documents.Value) {
	for _, object := range objects {
		for i, name := range object.Names {
			at := slices.Index(names, name)
			if at < 0 {
				at = len(names)
				names = append(names, name)
				values = append(values, nil)
			}
			values[at] = append(values[at], object.Values[i])
		}
	}
	return names, values
}

// required lists what a table marks and the sample does not leave empty; of a
// response, what a failure does not have.
func (s *schemas) required(o object, fields []string, values [][]*documents.Value) []string {
	if o.isResponse && o.isPart {
		return nil // servers leave out what has no value
	}

	var required []string
	for i, field := range fields {
		isOutcome := strings.EqualFold(field, "message") || strings.EqualFold(field, "status")
		if o.isResponse {
			if !isOutcome {
				return []string{yamlName(field)}
			}
			continue
		}
		row := s.row(field, false)
		isEmpty := slices.ContainsFunc(values[i], func(v *documents.Value) bool {
			return v.Type == "string" && v.Text == ""
		})
		if row != nil && documents.IsRequired(row.Mandatory) && !isEmpty {
			required = append(required, yamlName(field))
		}
	}
	return required
}

// row is the row of a table that describes a field. Spaces, hyphens and
// underscores do not count, unless a field has exactly the name in the row.
func (s *schemas) row(field string, isResponse bool) *documents.Fact {
	for i, row := range s.e.rows {
		ofResponse := strings.Contains(strings.ToLower(row.Heading), "response")
		exact := strings.EqualFold(row.Value, field)
		similar := squeeze(row.Value) == squeeze(field) && !s.e.fields[row.Value]
		if ofResponse == isResponse && (exact || similar) {
			return &s.e.rows[i]
		}
	}
	return nil
}

func squeeze(name string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(name))
}

// writeProperty writes the schema of a field, and what the table says about it.
func (s *schemas) writeProperty(p property) {
	s.writeType(p)
	row := s.row(p.name, p.in.isResponse)
	s.describe(row)
	if row != nil && !s.written[p.name] {
		s.written[p.name] = true
		if !strings.EqualFold(row.Value, p.name) {
			s.out.add(5, "x-labels: [%s]", quote(row.Value))
		}
		if mark := row.Mark(); mark != "" {
			s.out.add(5, "x-mandatory: {%s: %s}", quote(s.e.citation), quote(mark))
		}
	}
}

// describe writes the description that the table gives a field, or that there is
// none.
func (s *schemas) describe(row *documents.Fact) {
	text := "Only in the sample."
	if row != nil {
		text = "No description on the page."
		if row.About != "" {
			text = strings.TrimRight(madeUpText(row.About), ".") + "."
		}
	}
	s.out.add(5, "description: %s # review", quote(text))
}

// times are the forms of time that have a component in the contract.
var times = []struct {
	form lazyregexp.Regexp
	name string
}{
	{lazyregexp.New(`^\d{2}-\d{2}-\d{4} \d{2}:\d{2}$`), "DayFirstTime"},
	{lazyregexp.New(`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$`), "YearFirstTime"},
	{lazyregexp.New(`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$`), "YearFirstMinute"},
	{lazyregexp.New(`^\d{4}-\d{2}-\d{2}$`), "CalendarDate"},
	{lazyregexp.New(`^[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d{2}:\d{2}[ \x{202f}][AP]M$`), "RecordTime"},
}

// writeType writes the type that the values show.
func (s *schemas) writeType(p property) {
	byType := map[string][]*documents.Value{}
	for _, v := range p.values {
		byType[v.Type] = append(byType[v.Type], v)
	}
	isNullable := len(byType["null"]) > 0
	delete(byType, "null")
	delete(byType, "")

	if len(byType) == 0 {
		s.out.add(5, "# review: its type was not seen")
	}
	if len(byType) > 1 {
		s.out.add(5, "# review: the samples show several types; name a oneOf")
		return
	}
	for kind, values := range byType {
		s.writeTypeOf(p, kind, values)
	}
	if isNullable {
		s.out.add(5, "nullable: true # review: the sample has null")
	}
}

// writeTypeOf writes the type of a field whose values are all of one kind.
func (s *schemas) writeTypeOf(p property, kind string, values []*documents.Value) {
	switch kind {
	case "object":
		s.out.add(5, "allOf: [%s]", s.component(p, values))
	case "array":
		s.out.add(5, "type: array")
		s.out.add(5, "items: %s", s.items(p, values))
	case "number":
		hasFraction := func(v *documents.Value) bool { return strings.ContainsAny(v.Text, ".eE") }
		if slices.ContainsFunc(values, hasFraction) {
			s.out.add(5, "type: number")
			return
		}
		s.out.add(5, "type: integer")
		s.out.add(5, "format: int64")
	case "string":
		s.writeText(p.name, values)
	default:
		s.out.add(5, "type: %s", kind)
	}
}

// writeText writes the schema of a text: a form of time, an outcome, or any text.
func (s *schemas) writeText(field string, values []*documents.Value) {
	text := values[0].Text
	for _, t := range times {
		if t.form.MatchString(text) {
			s.out.add(5, "allOf: [{$ref: 'common.yaml#/components/schemas/%s'}]", t.name)
			return
		}
	}
	succeeded := map[string]string{"status success": "Succeeded", "Status Success": "LegacySucceeded"}
	if name := succeeded[field+" "+text]; name != "" {
		s.out.add(5, "allOf: [{$ref: 'common.yaml#/components/schemas/%s'}]", name)
		return
	}
	s.out.add(5, "type: string")
}

// items is the schema of an array's elements, in one line.
func (s *schemas) items(p property, arrays []*documents.Value) string {
	var elements []*documents.Value
	for _, array := range arrays {
		elements = append(elements, array.Values...)
	}
	kinds := map[string]bool{}
	for _, v := range elements {
		kinds[v.Type] = true
	}
	if len(kinds) != 1 {
		return "{} # review: the sample does not show one type"
	}

	switch kind := elements[0].Type; kind {
	case "object":
		return s.component(p, elements)
	case "string", "boolean":
		return "{type: " + kind + "}"
	case "number":
		return "{type: number} # review"
	}
	return "{} # review: the sample does not show a type"
}

var (
	noLetter = lazyregexp.New(`[^A-Za-z0-9]+`)
	bareName = lazyregexp.New(`^[A-Za-z_][\w.-]*$`)
)

// yamlName writes a name for YAML: in quotes only if it needs them.
func yamlName(name string) string {
	isKeyword := flag.MatchString(name) || slices.Contains([]string{"on", "off", "y", "n"}, strings.ToLower(name))
	if bareName.MatchString(name) && !isKeyword {
		return name
	}
	return quote(name)
}

// camel turns the name of a field into a part of a component's name.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(noLetter.ReplaceAllString(name, " "), " ") {
		if word == "" {
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
