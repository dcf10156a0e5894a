package runner

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// criteria lists what the step expects of the response.
func (w *flowWriter) criteria(step *Step, component string, documented *outcome) []arazzoCriterion {
	var list []arazzoCriterion
	if step.Expect.HTTP.Given() {
		condition := fmt.Sprintf("$statusCode == %d", intOf(step.Expect.HTTP))
		list = append(list, arazzoCriterion{Condition: condition})
	}

	if documented != nil {
		at := "@"
		schema := w.contract.doc.Components.Schemas[component]
		if schema != nil && schema.Value.Items != nil { // one page returns a list of one
			at += "[0]"
		}
		at += "['" + documented.Field + "']"
		condition := operand(at) + " == " + quoted(documented.Message)
		if documented.Pattern != "" {
			condition = "search(" + operand(at) + ", " + quoted(documented.Pattern) + ")"
		}
		list = append(list, bodyCriterion(condition))
	}

	for _, pointer := range sortedKeys(step.Expect.Fields) {
		match := step.Expect.Fields[pointer]
		if w.comparesAsText(match.Equals, w.kindAt(component, pointer)) {
			continue
		}
		for _, condition := range w.conditions(&match, jsonPath(pointer)) {
			list = append(list, bodyCriterion(condition))
		}
	}
	return list
}

// comparesAsText reports whether a case expects a saved value in a field of another
// type. Cases compare such values as texts, which a filter cannot do.
func (w *flowWriter) comparesAsText(expected Value, kind string) bool {
	text, isText := expected.JSON.(string)
	if !isText || !isPlaceholder(text) {
		return false
	}
	value, saved := w.saved[placeholder.FindStringSubmatch(text)[1]]
	return saved && value.kind != "" && kind != "" && value.kind != kind
}

// kindAt is the type of the field at a pointer of a component, "" if the
// contract does not say.
func (w *flowWriter) kindAt(component, pointer string) string {
	ref := w.contract.doc.Components.Schemas[component]
	parts, err := splitPointer(pointer)
	if err != nil {
		return ""
	}
	for _, part := range parts {
		switch {
		case ref == nil:
			return ""
		case ref.Value.Items != nil:
			ref = ref.Value.Items
		default:
			ref = ref.Value.Properties[part]
		}
	}
	switch {
	case ref == nil:
		return ""
	case len(ref.Value.AllOf) == 1:
		ref = ref.Value.AllOf[0]
	}
	if ref.Value.Type == nil {
		return "any"
	}
	return strings.Join(ref.Value.Type.Slice(), " ")
}

func bodyCriterion(condition string) arazzoCriterion {
	return arazzoCriterion{Context: "$response.body", Type: "jsonpath", Condition: "$[?" + condition + "]"}
}

// operand is a path as a value to compare. Redocly's filters compare a path with
// an index only as the value of a query, which the standard allows too.
func operand(path string) string {
	if strings.Contains(strings.ReplaceAll(path, "['", ""), "[") {
		return "value(" + path + ")"
	}
	return path
}

// conditions writes an expectation on the value at a path as filters of JSONPath
// (RFC 9535). A filter cannot compare objects or arrays; such an expectation is
// left out.
func (w *flowWriter) conditions(m *Match, at string) []string {
	var list []string
	if m.Present != nil && *m.Present {
		list = append(list, at)
	}
	if m.Present != nil && !*m.Present {
		list = append(list, "!"+at)
	}
	if m.Equals.Given() {
		list = append(list, w.comparisons(at, "==", m.Equals)...)
	}
	if m.Not.Given() {
		list = append(list, w.comparisons(at, "!=", m.Not)...)
	}
	if m.Matches.Given() {
		list = append(list, "search("+operand(at)+", "+quoted(m.Matches.Value)+")")
	}
	if m.Length != nil {
		list = append(list, fmt.Sprintf("length(%s) == %d", operand(at), *m.Length))
	}

	if choices := w.choices(m, at); choices != "" {
		list = append(list, choices)
	}
	if contained := w.contained(m); contained != "" {
		list = append(list, at+"[?"+contained+"]")
	}
	return list
}

// choices compares a value with each of several. It is "" if a filter cannot
// compare all of them.
func (w *flowWriter) choices(m *Match, at string) string {
	var list []string
	for _, choice := range m.OneOf {
		list = append(list, w.comparisons(at, "==", choice)...)
	}
	if len(list) < len(m.OneOf) {
		return ""
	}
	return strings.Join(list, " || ")
}

// contained compares the fields of one element of an array.
func (w *flowWriter) contained(m *Match) string {
	var list []string
	for _, pointer := range sortedKeys(m.Contains) {
		list = append(list, w.comparisons(jsonPath(pointer), "==", m.Contains[pointer])...)
	}
	return strings.Join(list, " && ")
}

// comparisons returns one comparison, or none if a filter cannot express it.
func (w *flowWriter) comparisons(path, operator string, expected Value) []string {
	at := operand(path)
	switch value := expected.JSON.(type) {
	case map[string]any, []any:
		return nil
	case string:
		text, ok := w.comparedText(value)
		if !ok {
			return nil
		}
		return []string{at + " " + operator + " " + text}
	}
	text, err := jsonvalue.Encode(expected.JSON)
	if err != nil {
		return nil
	}
	return []string{at + " " + operator + " " + string(text)}
}

// comparedText writes a text with placeholders as one side of a comparison. It
// reports false if an expression would be a part of a literal.
func (w *flowWriter) comparedText(template string) (text string, ok bool) {
	if isPlaceholder(template) {
		name := placeholder.FindStringSubmatch(template)[1]
		expression, isExpression := w.expression(name)
		if isExpression {
			return "{" + expression + "}", true
		}
		return quoted(w.embedded(template)), true
	}

	written := w.embedded(template)
	if strings.Contains(written, "{$") {
		return "", false
	}
	return quoted(written), true
}

// jsonPath writes a JSON pointer as a path from @.
func jsonPath(pointer string) string {
	parts, err := splitPointer(pointer)
	if err != nil {
		return "@"
	}
	path := "@"
	for _, part := range parts {
		if _, err := strconv.Atoi(part); err == nil {
			path += "[" + part + "]"
			continue
		}
		path += "['" + part + "']"
	}
	return path
}

// quoted writes a text as JSON, which is also how JSONPath writes one.
func quoted(text string) string { return jsonvalue.Quote(text) }
