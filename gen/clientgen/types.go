package main

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// typeDoc is a type of package client that is made of one of package gen.
type typeDoc struct {
	Name string
	// Response is set for what methods return: it embeds the type of gen and the
	// bytes of the response. Others are aliases.
	Response bool
	Doc      string // comment lines
}

// types finds the types that client needs of gen: what exported declarations
// name and no file declares, and what the fields of those have for types.
type types struct {
	*source
	models     map[string]*model
	components map[string]*component

	order      []string            // of the names, as they were found
	takenBy    map[string][]string // methods, by type
	returnedBy map[string][]string
	partOf     map[string][]string // types, by type
	usedBy     map[string][]string // other exported declarations, by type
}

func findTypes(s *source, models map[string]*model, components map[string]*component) (*types, error) {
	t := &types{
		source: s, models: models, components: components,
		takenBy: map[string][]string{}, returnedBy: map[string][]string{}, partOf: map[string][]string{},
		usedBy: map[string][]string{},
	}

	for _, service := range s.services {
		for _, m := range service.Methods {
			if err := t.addReturned(service, m); err != nil {
				return nil, err
			}
		}
	}
	for _, service := range s.services {
		for _, m := range service.Methods {
			t.addTaken(service, m)
		}
	}
	for _, use := range s.used {
		if !s.declared[use.Type] && models[use.Type] != nil {
			t.usedBy[use.Type] = append(t.usedBy[use.Type], use.By)
			t.add(use.Type)
		}
	}
	return t, nil
}

// addReturned adds what a method returns, which must be in the contract unless a
// file declares it.
func (t *types) addReturned(of *service, m method) error {
	for _, name := range m.gives {
		if t.declared[name] {
			continue
		}
		if t.models[name] == nil {
			return fmt.Errorf("%sService.%s returns %s, which no file declares and the contract does not describe",
				of.Name, m.Name, name)
		}
		t.returnedBy[name] = append(t.returnedBy[name], linkTo(of, m))
		t.add(name)
	}
	return nil
}

// addTaken adds what a method takes.
func (t *types) addTaken(of *service, m method) {
	for _, name := range m.takes {
		if !t.declared[name] && t.models[name] != nil {
			t.takenBy[name] = append(t.takenBy[name], linkTo(of, m))
			t.add(name)
		}
	}
}

func linkTo(of *service, m method) string { return "[" + of.Name + "Service." + m.Name + "]" }

// add adds a type, and those of its fields.
func (t *types) add(name string) {
	if slices.Contains(t.order, name) || t.declared[name] {
		return
	}
	t.order = append(t.order, name)

	m := t.models[name]
	for _, field := range m.fields {
		t.addFrom(name, field.typ)
	}
	if m.other != nil {
		t.addFrom(name, m.other)
	}
}

func (t *types) addFrom(name string, expression ast.Expr) {
	for _, part := range names(expression) {
		m := t.models[part]
		switch {
		case m == nil:
		case m.isAlias:
			t.addFrom(name, m.other)
		case isBasic(m.other):
		default:
			if !slices.Contains(t.partOf[part], name) {
				t.partOf[part] = append(t.partOf[part], name)
			}
			t.add(part)
		}
	}
}

// isBasic reports whether a type is declared as a text or a number.
func isBasic(expression ast.Expr) bool {
	name, isName := expression.(*ast.Ident)
	return isName && !name.IsExported()
}

// docs are the types with their documentation.
func (t *types) docs() ([]typeDoc, error) {
	var list []typeDoc
	for _, name := range t.order {
		if err := t.checkCollisions(name); err != nil {
			return nil, err
		}
		if err := t.checkDescribed(name); err != nil {
			return nil, err
		}
		list = append(list, typeDoc{Name: name, Response: t.isReturned(name), Doc: t.doc(name)})
	}
	return list, nil
}

// checkDescribed rejects a type with a field that the contract's component does
// not have, because its documentation would lack the field.
func (t *types) checkDescribed(name string) error {
	c := t.components[name]
	if c == nil {
		return fmt.Errorf("the contract does not describe %s, which package gen has", name)
	}
	for _, field := range t.models[name].fields {
		described := slices.ContainsFunc(c.Properties, func(p property) bool { return p.Name == field.jsonName })
		if field.name != furtherFields && !described {
			return fmt.Errorf("the contract does not describe %q of %s, which package gen has", field.jsonName, name)
		}
	}
	return nil
}

// furtherFields is the field of gen's types for the tenant's own fields.
const furtherFields = "AdditionalProperties"

// isReturned reports whether methods return the type.
func (t *types) isReturned(name string) bool { return len(t.returnedBy[name]) > 0 }

// checkCollisions rejects a field of a response that is called like one of its
// methods: both would be hidden.
func (t *types) checkCollisions(name string) error {
	if !t.isReturned(name) {
		return nil
	}
	methods := slices.Concat(t.methods["response"], t.methods[name])
	for _, field := range t.models[name].fields {
		if slices.Contains(methods, field.name) {
			return fmt.Errorf("%s has the field %q, which is %s in Go like a method of the response; "+
				"give it an x-go-name in gen/overlay.yaml", name, field.jsonName, field.name)
		}
	}
	return nil
}

// doc writes the comment of a type: who takes or returns it, what it is, what it
// is known from, and its fields.
func (t *types) doc(name string) string {
	var w docWriter
	m := t.models[name]
	c := t.components[name]

	switch {
	case t.isReturned(name):
		w.paragraph("%s is returned by %s, with the bytes that it was read from.", name, enumerated(t.returnedBy[name]))
	case len(t.takenBy[name]) > 0:
		w.paragraph("%s is taken by %s.", name, enumerated(t.takenBy[name]))
	case len(t.partOf[name]) > 0:
		w.paragraph("%s is part of %s.", name, enumerated(links(t.partOf[name])))
	case len(t.usedBy[name]) > 0:
		w.paragraph("%s is used by %s.", name, enumerated(links(t.usedBy[name])))
	}
	if c.Description != "" {
		w.paragraph("%s", c.Description)
	}
	if known := from(c.Evidence); known != "" {
		w.paragraph("%s", known)
	}
	if len(m.fields) == 0 {
		w.paragraph("It is a %s.", t.typeText(m.other))
		return w.String()
	}

	w.paragraph("%s:", introduction(c))
	received := t.isReturned(name) || t.isPartOfResponse(name, nil)
	for _, p := range c.Properties {
		i := slices.IndexFunc(m.fields, func(f modelField) bool { return f.jsonName == p.Name })
		if i < 0 {
			continue // the overlay has removed it
		}
		field := m.fields[i]
		typ := t.typeText(field.typ)
		says := p.says(sayOptions{form: strings.HasSuffix(typ, "[Time]"), response: received})
		w.item("%s %s (%s). %s", field.name, typ, p.Name, says)
	}
	if slices.ContainsFunc(m.fields, func(f modelField) bool { return f.name == furtherFields }) {
		w.item(furtherFields + " map[string]json.RawMessage. The tenant's own fields, by their names in JSON.")
	}
	return w.String()
}

// introduction says how to read the list of fields.
func introduction(c *component) string {
	text := "Its fields, with their names in JSON"
	if from(c.Evidence) != "" {
		text += ". The evidence above applies to a field that names none"
	}
	if slices.ContainsFunc(c.Properties, func(p property) bool { return len(p.Marks) > 0 }) {
		text += `. "Marked" quotes what a page says of a field: whether it is mandatory, and its type`
	}
	return text
}

// isPartOfResponse reports whether a type is part of a response. seen are the
// types that lead to it.
func (t *types) isPartOfResponse(name string, seen []string) bool {
	if slices.Contains(seen, name) {
		return false
	}
	for _, whole := range t.partOf[name] {
		if t.isReturned(whole) || t.isPartOfResponse(whole, append(seen, name)) {
			return true
		}
	}
	return false
}

// typeText is a type as the declaration of a field has it, with links.
func (t *types) typeText(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.StarExpr:
		return "*" + t.typeText(e.X)
	case *ast.ArrayType:
		return "[]" + t.typeText(e.Elt)
	case *ast.MapType:
		return "map[" + t.typeText(e.Key) + "]" + t.typeText(e.Value)
	case *ast.SelectorExpr:
		of, _ := e.X.(*ast.Ident)
		if of != nil && of.Name == "wire" {
			return "[" + e.Sel.Name + "]"
		}
		return fmt.Sprint(of, ".", e.Sel.Name)
	case *ast.Ident:
		m := t.models[e.Name]
		switch {
		case m == nil:
			return e.Name
		case m.isAlias:
			return t.typeText(m.other)
		case isBasic(m.other):
			return "gen." + e.Name
		}
		return "[" + e.Name + "]"
	default:
		return "any"
	}
}

func links(names []string) []string {
	var list []string
	for _, name := range names {
		list = append(list, "["+name+"]")
	}
	return list
}

// enumerated joins words as a sentence does: a, b and c.
func enumerated(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// docWriter writes comment lines, wrapped at 80 columns.
type docWriter struct{ out strings.Builder }

const docWidth = 80

func (w *docWriter) paragraph(format string, args ...any) {
	if w.out.Len() > 0 {
		w.out.WriteString("//\n")
	}
	w.wrap("// ", "// ", fmt.Sprintf(format, args...))
}

func (w *docWriter) item(format string, args ...any) {
	w.wrap("//   - ", "//     ", fmt.Sprintf(format, args...))
}

func (w *docWriter) wrap(first, rest, text string) {
	line := first
	indent := len(first)
	for _, word := range strings.Fields(text) {
		if len(line) > indent && len(line)+len(" ")+len(word) > docWidth {
			w.out.WriteString(line + "\n")
			line = rest
			indent = len(rest)
		}
		if len(line) > indent {
			line += " "
		}
		line += word
	}
	w.out.WriteString(line + "\n")
}

func (w *docWriter) String() string { return w.out.String() }
