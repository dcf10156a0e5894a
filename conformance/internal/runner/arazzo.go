package runner

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Arazzo describes how the flows among the cases are written as an Arazzo
// document: a standard form that other tools run without Go.
type Arazzo struct {
	// Contract is the address of the OpenAPI document, relative to the Arazzo
	// document.
	Contract string
	// Worlds gives each workflow a world of the mock that no other has: it sends
	// the key KEY_NAME, with the name of the workflow, and not only KEY.
	Worlds bool
}

// The parts of an Arazzo document that flows need (Arazzo 1.0.1).
type (
	arazzoDocument struct {
		Arazzo    string           `yaml:"arazzo"`
		Info      arazzoInfo       `yaml:"info"`
		Sources   []arazzoSource   `yaml:"sourceDescriptions"`
		Workflows []arazzoWorkflow `yaml:"workflows"`
	}

	arazzoInfo struct {
		Title       string `yaml:"title"`
		Version     string `yaml:"version"`
		Description string `yaml:"description"`
	}

	arazzoSource struct {
		Name string `yaml:"name"`
		URL  string `yaml:"url"`
		Type string `yaml:"type"`
	}

	arazzoWorkflow struct {
		ID          string            `yaml:"workflowId"`
		Summary     string            `yaml:"summary"`
		Description string            `yaml:"description"`
		Inputs      map[string]any    `yaml:"inputs"`
		Parameters  []arazzoParameter `yaml:"parameters"`
		Live        string            `yaml:"x-live"`
		Decided     string            `yaml:"x-decided,omitempty"`
		Steps       []arazzoStep      `yaml:"steps"`
	}

	arazzoParameter struct {
		Name  string `yaml:"name"`
		In    string `yaml:"in"`
		Value any    `yaml:"value"`
	}

	arazzoStep struct {
		ID          string            `yaml:"stepId"`
		Description string            `yaml:"description,omitempty"`
		Operation   string            `yaml:"operationId"`
		Parameters  []arazzoParameter `yaml:"parameters,omitempty"`
		Body        *arazzoBody       `yaml:"requestBody,omitempty"`
		Criteria    []arazzoCriterion `yaml:"successCriteria,omitempty"`
		Outputs     map[string]string `yaml:"outputs,omitempty"`
	}

	arazzoBody struct {
		ContentType string `yaml:"contentType"`
		Payload     any    `yaml:"payload"`
	}

	arazzoCriterion struct {
		Context   string `yaml:"context,omitempty"`
		Type      string `yaml:"type,omitempty"`
		Condition string `yaml:"condition"`
	}
)

const arazzoAbout = `The flows of the conformance cases: several calls that belong together.

Inputs: key is the text after Basic in the Authorization header, account the number of the account, and the
others are days and times of India, as their names say. Names, phones and e-mail addresses are made up.

x-live says where a flow may run: read (any tenant), write (a tenant that may be written to), never (only the
mock). x-decided names the choice of the mock that a flow depends on, where the vendor's pages leave one.`

// Write writes the flows of a set as an Arazzo document: the cases that make
// several calls with a good key, and in which each step is one request that the
// cases say in full.
func (a Arazzo) Write(set *Set) ([]byte, error) {
	document := arazzoDocument{
		Arazzo: "1.0.1",
		Info: arazzoInfo{
			Title:       set.contract.doc.Info.Title + ": flows",
			Version:     set.contract.doc.Info.Version,
			Description: arazzoAbout,
		},
		Sources: []arazzoSource{{Name: "kapture", URL: a.Contract, Type: "openapi"}},
	}
	used := map[string]int{}
	for _, c := range set.Cases {
		if !isFlow(set.contract, c) {
			continue
		}
		flow, err := a.workflow(set.contract, c, used)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		document.Workflows = append(document.Workflows, flow)
	}

	const generated = "# Generated from conformance/cases by `make generate`. DO NOT EDIT.\n"
	text, err := yaml.MarshalWithOptions(document, yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true))
	return append([]byte(generated), text...), err
}

// isFlow reports whether Arazzo can say the case.
func isFlow(contract *contract, c *Case) bool {
	for _, step := range c.Steps {
		method := methods()[step.Call.Value]
		op := contract.operationOf(c, step)
		switch {
		case step.local(), step.Raw.Given(), step.keyState() != KeyGood:
			return false
		case step.Method.Given(): // an operation has one
			return false
		case step.Call.Given() && !method.sendsArgs && !step.Sends.Given():
			return false // the client makes the body
		case step.Expect.exchanges() != 1, op == nil:
			return false
		}
		for _, pointer := range step.Save {
			if strings.ContainsAny(pointer.Value, " ") {
				return false // no runtime expression has blanks
			}
		}
	}
	return len(c.Steps) > 1
}

// savedValue is a value that a step keeps for later ones.
type savedValue struct {
	step string
	kind string // its type, "" if the contract does not say
}

// flowWriter writes one workflow.
type flowWriter struct {
	contract *contract
	vars     *vars
	key      string // the expression of the key
	saved    map[string]savedValue
	inputs   map[string]any
}

// workflow writes one case. used counts the steps of each operation: the name of
// a step is unique in the whole document, because Redocly's linter looks for the
// outputs of a step in all workflows.
func (a Arazzo) workflow(contract *contract, c *Case, used map[string]int) (arazzoWorkflow, error) {
	w := &flowWriter{
		contract: contract,
		vars:     newVars("flows", c.Name.Value, time.Time{}, nil),
		key:      "{$inputs.key}",
		saved:    map[string]savedValue{},
		inputs:   map[string]any{"key": map[string]any{"type": "string"}},
	}
	if a.Worlds {
		w.key += "_" + strings.ReplaceAll(c.Name.Value, "-", "_")
	}

	flow := arazzoWorkflow{
		ID:          c.Name.Value,
		Summary:     c.About,
		Description: fmt.Sprintf("The use %s (%s) of %s.", c.Use, c.Generation, c.Operation),
		Parameters:  []arazzoParameter{{Name: "Authorization", In: "header", Value: "Basic " + w.key}},
		Live:        c.Live.Value,
		Decided:     c.Decided.Value,
	}
	if flow.Live == "" {
		flow.Live = liveNever
	}

	for _, step := range c.Steps {
		op := contract.operationOf(c, step)
		used[op.ID]++
		written, err := w.step(c, step, op.ID+strconv.Itoa(used[op.ID]))
		if err != nil {
			return flow, err
		}
		flow.Steps = append(flow.Steps, written)
	}
	flow.Inputs = map[string]any{
		"type":       "object",
		"required":   sortedKeys(w.inputs),
		"properties": w.inputs,
	}
	return flow, nil
}

func (w *flowWriter) step(c *Case, step *Step, id string) (arazzoStep, error) {
	op := w.contract.operationOf(c, step)
	written := arazzoStep{ID: id, Operation: op.ID}
	if step.Invalid.Given() {
		written.Description = "The request breaks the contract on purpose: " + step.Invalid.Value + "."
	}

	body, err := w.body(step)
	if err != nil {
		return written, err
	}
	switch {
	case step.AsQuery.Given():
		text, err := jsonvalue.Encode(body)
		if err != nil {
			return written, err
		}
		parameter := arazzoParameter{Name: step.AsQuery.Value, In: "query", Value: w.embedded(string(text))}
		written.Parameters = append(written.Parameters, parameter)
	case body != nil:
		written.Body = &arazzoBody{ContentType: "application/json", Payload: w.payload(body)}
		if step.ContentType.Given() {
			written.Body.ContentType = step.ContentType.Value
		}
	}
	for _, name := range sortedKeys(step.Query) {
		parameter := arazzoParameter{Name: name, In: "query", Value: w.text(step.Query[name].Value)}
		if step.Query[name].Value == keyPlaceholder {
			parameter.Value = w.key
		}
		written.Parameters = append(written.Parameters, parameter)
	}

	component, documented := expectedResponse(c, step, op)
	written.Criteria = w.criteria(step, component, documented)
	for _, name := range sortedKeys(step.Save) {
		if written.Outputs == nil {
			written.Outputs = map[string]string{}
		}
		written.Outputs[name] = "$response.body#" + step.Save[name].Value
		w.saved[name] = savedValue{step: id, kind: w.kindAt(component, step.Save[name].Value)}
	}
	return written, nil
}

// body is what is on the wire, with its placeholders.
func (w *flowWriter) body(step *Step) (any, error) {
	sample := step.Sample
	set := step.Set
	remove := step.Remove
	if step.Sends.Given() {
		sample = step.Sends
		set = step.SendsSet
		remove = nil
	}

	body := cloneJSON(step.Args.JSON)
	if sample.Given() {
		var err error
		body, err = w.contract.decodedSample(sample.Value)
		if err != nil {
			return nil, err
		}
	}

	for _, pointer := range sortedKeys(set) {
		changed, err := setAt(body, pointer, cloneJSON(set[pointer].JSON))
		if err != nil {
			return nil, err
		}
		body = changed
	}
	for _, pointer := range remove {
		changed, err := removeAt(body, pointer.Value)
		if err != nil {
			return nil, err
		}
		body = changed
	}
	return body, nil
}

// payload replaces placeholders by expressions, at any depth.
func (w *flowWriter) payload(value any) any {
	switch value := value.(type) {
	case string:
		return w.text(value)
	case []any:
		list := []any{}
		for _, element := range value {
			list = append(list, w.payload(element))
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for name, field := range value {
			object[name] = w.payload(field)
		}
		return object
	case json.Number:
		return plainNumber(value)
	}
	return value
}

// plainNumber is a number that YAML writes as one.
func plainNumber(number json.Number) any {
	if whole, err := number.Int64(); err == nil {
		return whole
	}
	fraction, err := number.Float64()
	if err != nil {
		return number.String()
	}
	return fraction
}

// text writes a text with placeholders. One that consists of a placeholder
// becomes an expression, so that its value keeps its type.
func (w *flowWriter) text(template string) string {
	if !isPlaceholder(template) {
		return w.embedded(template)
	}
	name := placeholder.FindStringSubmatch(template)[1]
	expression, isExpression := w.expression(name)
	if isExpression {
		return expression
	}
	return w.embedded(template)
}

// embedded writes the placeholders within a text.
func (w *flowWriter) embedded(template string) string {
	return placeholder.ReplaceAllStringFunc(template, func(found string) string {
		name := placeholder.FindStringSubmatch(found)[1]
		expression, isExpression := w.expression(name)
		if isExpression {
			return "{" + expression + "}"
		}
		made, err := w.vars.value(name)
		if err != nil {
			return found
		}
		return made
	})
}

// expression is the runtime expression of a placeholder. Values that are unique
// to a case have none: they are written as they are.
func (w *flowWriter) expression(name string) (expression string, isExpression bool) {
	if value, saved := w.saved[name]; saved {
		return "$steps." + value.step + ".outputs." + name, true
	}

	input, given := strings.CutPrefix(name, "given.")
	_, isDay := dayForms[name]
	if !given && !isDay {
		return "", false
	}
	w.inputs[input] = map[string]any{"type": "string"}
	if name == "month" {
		w.inputs[input] = map[string]any{"type": "integer"}
	}
	return "$inputs." + input, true
}

// criteria says what the step expects of the response.
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

// comparesAsText reports whether a case expects a saved value where the contract
// has another type. Cases compare the texts of both, which a filter cannot do.
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

	var choices []string
	for _, choice := range m.OneOf {
		choices = append(choices, w.comparisons(at, "==", choice)...)
	}
	if len(choices) > 0 && len(choices) == len(m.OneOf) {
		list = append(list, strings.Join(choices, " || "))
	}

	var values []string
	for _, pointer := range sortedKeys(m.Contains) {
		values = append(values, w.comparisons(jsonPath(pointer), "==", m.Contains[pointer])...)
	}
	if len(values) > 0 {
		list = append(list, at+"[?"+strings.Join(values, " && ")+"]")
	}
	return list
}

// comparisons is one comparison, or none where a filter cannot say it.
func (w *flowWriter) comparisons(path, operator string, expected Value) []string {
	at := operand(path)
	switch value := expected.JSON.(type) {
	case map[string]any, []any:
		return nil
	case string:
		if !isPlaceholder(value) {
			written := w.embedded(value)
			if strings.Contains(written, "{$") {
				return nil // no part of a literal is an expression
			}
			return []string{at + " " + operator + " " + quoted(written)}
		}
		name := placeholder.FindStringSubmatch(value)[1]
		expression, isExpression := w.expression(name)
		if isExpression {
			return []string{at + " " + operator + " {" + expression + "}"}
		}
		return []string{at + " " + operator + " " + quoted(w.embedded(value))}
	}
	text, err := jsonvalue.Encode(expected.JSON)
	if err != nil {
		return nil
	}
	return []string{at + " " + operator + " " + string(text)}
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
func quoted(text string) string {
	written, err := jsonvalue.Encode(text)
	if err != nil {
		return strconv.Quote(text)
	}
	return string(written)
}

// ArazzoInputs returns the inputs of all workflows as JSON, for a run against the
// mock with this key.
func ArazzoInputs(key string, now time.Time) string {
	inputs := map[string]any{"key": key}
	for name, value := range mockGiven {
		inputs[name] = value
	}
	for name, form := range dayForms {
		inputs[name] = form(now.In(kolkata))
	}
	inputs["month"] = int(now.In(kolkata).Month()) - 1

	text, err := jsonvalue.Encode(inputs)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
