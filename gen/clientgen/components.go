package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"

	"github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
)

// component is a schema of the contract with what documentation says of it.
type component struct {
	Description string
	Evidence    contract.Evidence
	Properties  []property // in the order in which the contract lists them
}

// property is a field as the contract describes it.
type property struct {
	Name        string
	Required    bool
	Description string
	Form        string            // of a moment: the description of the component that has it
	Values      []string          // of an enumeration
	Known       map[string]string // values that were seen, with their meaning
	Marks       map[string]string // what the tables of pages say, by page
	Evidence    contract.Evidence // empty where it is that of the component
}

// readGoNames reads the names that the overlay gives to components.
func readGoNames(overlay string) (map[string]string, error) {
	text, err := os.ReadFile(overlay)
	if err != nil {
		return nil, err
	}
	var read struct {
		Actions []struct {
			Target string
			Update map[string]any
		}
	}
	if err := yaml.Unmarshal(text, &read); err != nil {
		return nil, fmt.Errorf("%s: %w", overlay, err)
	}

	names := map[string]string{}
	for _, action := range read.Actions {
		goName, named := action.Update["x-go-name"].(string)
		component, isComponent := strings.CutPrefix(action.Target, "$.components.schemas.")
		if named && isComponent && !strings.Contains(component, ".") {
			names[component] = goName
		}
	}
	return names, nil
}

// readComponents reads the schemas of the bundle. The OpenAPI library keeps no
// order of properties, so the file gives it.
func readComponents(document *openapi3.T, file string, goNames map[string]string) (map[string]*component, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var ordered struct {
		Components struct {
			Schemas map[string]struct{ Properties yaml.MapSlice }
		}
	}
	if err := yaml.UnmarshalWithOptions(text, &ordered, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}

	components := map[string]*component{}
	for name, schema := range document.Components.Schemas {
		evidence, err := fromdoc.Evidence(schema.Value.Extensions)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		c := &component{Description: oneLine(schema.Value.Description), Evidence: evidence}
		for _, item := range ordered.Components.Schemas[name].Properties {
			p, err := readProperty(schema.Value, fmt.Sprint(item.Key))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			c.Properties = append(c.Properties, p)
		}
		components[cmp.Or(goNames[name], name)] = c
	}
	return components, nil
}

func readProperty(schema *openapi3.Schema, name string) (property, error) {
	ref := schema.Properties[name]
	p := property{
		Name:        name,
		Required:    slices.Contains(schema.Required, name),
		Description: oneLine(ref.Value.Description),
		Known:       textsOf(ref.Value.Extensions["x-known-values"]),
		Marks:       textsOf(ref.Value.Extensions["x-mandatory"]),
	}
	for _, value := range ref.Value.Enum {
		p.Values = append(p.Values, strconv.Quote(fmt.Sprint(value)))
	}

	// The description and the evidence of a property that is a reference are
	// those of the component, which says in which form moments are written.
	if ref.Ref != "" {
		p.Form = p.Description
		p.Description = ""
		return p, nil
	}
	if len(ref.Value.AllOf) > 0 && ref.Value.AllOf[0].Ref != "" {
		p.Form = oneLine(ref.Value.AllOf[0].Value.Description)
	}
	evidence, err := fromdoc.Evidence(ref.Value.Extensions)
	if err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	p.Evidence = evidence
	return p, nil
}

// textsOf reads an extension that maps names to texts. The loader may add the
// origin of the mapping to it, which is not a text.
func textsOf(extension any) map[string]string {
	fields, _ := extension.(map[string]any)
	texts := map[string]string{}
	for name, value := range fields {
		if text, ok := value.(string); ok {
			texts[name] = text
		}
	}
	return texts
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

type sayOptions struct {
	form     bool // say in which form it is written
	response bool // it is received, not sent
}

// says is the documentation of a property: what it means, in which form it is
// written, what the tables of pages say of it, and what it is known from.
func (p property) says(options sayOptions) string {
	var sentences []string
	add := func(format string, args ...any) { sentences = append(sentences, fmt.Sprintf(format, args...)) }

	if p.Description != "" {
		add("%s", ended(p.Description))
	}
	switch {
	case p.Required && options.response:
		add("Always there.")
	case p.Required:
		add("Mandatory.")
	}
	if options.form && p.Form != "" {
		first, _, _ := strings.Cut(p.Form, ". ")
		add("%s", ended(first))
	}
	if len(p.Values) > 0 {
		add("Values: %s.", strings.Join(p.Values, ", "))
	}
	if len(p.Known) > 0 {
		add("Known values: %s.", listed(p.Known, func(value, meaning string) string {
			return fmt.Sprintf("%q (%s)", value, meaning)
		}))
	}
	if len(p.Marks) > 0 {
		add("Marked %s.", listed(p.Marks, func(page, mark string) string {
			return fmt.Sprintf("%q in %s", mark, page)
		}))
	}
	if known := from(p.Evidence); known != "" {
		add("%s", known)
	}
	return strings.Join(sentences, " ")
}

// listed joins the entries of a map in the order of their names.
func listed(entries map[string]string, format func(name, value string) string) string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		texts = append(texts, format(name, entries[name]))
	}
	return strings.Join(texts, ", ")
}

// from says what a fact is known from, "" for nothing.
func from(evidence contract.Evidence) string {
	var classes []string
	for _, class := range []struct {
		name    string
		sources []string
	}{
		{"Documented", evidence.Documented},
		{"Observed", evidence.Observed},
		{"Inferred", evidence.Inferred},
	} {
		if len(class.sources) > 0 {
			classes = append(classes, ended(class.name+": "+strings.Join(class.sources, "; ")))
		}
	}
	return strings.Join(classes, " ")
}

// ended adds the full stop that a sentence lacks.
func ended(sentence string) string {
	if strings.HasSuffix(sentence, ".") {
		return sentence
	}
	return sentence + "."
}
