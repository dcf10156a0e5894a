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

// Write writes the flows of a set as an Arazzo document. A flow is a case that
// makes several calls with a good key, and in which each step is one request that
// the case specifies completely.
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

// isFlow reports whether a case has several steps, all of which Arazzo can express.
func isFlow(contract *contract, c *Case) bool {
	for _, step := range c.Steps {
		if contract.operationOf(c, step) == nil || !isFlowStep(step) {
			return false
		}
	}
	return len(c.Steps) > 1
}

// isFlowStep reports whether Arazzo can express a step.
func isFlowStep(step *Step) bool {
	clientMakesBody := step.Call.Given() && !methods()[step.Call.Value].sendsArgs && !step.Sends.Given()
	switch {
	case step.local(), step.Raw.Given(), step.keyState() != KeyGood:
		return false
	case step.Method.Given(): // an operation of Arazzo has one
		return false
	case clientMakesBody, step.Expect.exchanges() != 1:
		return false
	}
	for _, pointer := range step.Save {
		if strings.Contains(pointer.Value, " ") {
			return false // a runtime expression cannot contain a blank
		}
	}
	return true
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

	if err := w.writeRequest(step, &written); err != nil {
		return written, err
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

// writeRequest writes the body and the query string of a step.
func (w *flowWriter) writeRequest(step *Step, written *arazzoStep) error {
	body, err := w.body(step)
	if err != nil {
		return err
	}
	switch {
	case step.AsQuery.Given():
		text, err := jsonvalue.Encode(body)
		if err != nil {
			return err
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
	return nil
}

// body is the body of the request on the wire, with its placeholders.
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

// payload replaces placeholders with expressions, at any depth.
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

// plainNumber is a number of a type that the YAML library writes as a number.
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

// embedded replaces the placeholders within a text.
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

// ArazzoInputs returns the inputs of all workflows as JSON, for a run against the
// mock with this key.
func ArazzoInputs(key string, now time.Time) string {
	inputs := map[string]any{"key": key}
	for name, value := range mockGiven {
		inputs[name] = value
	}
	for name, form := range dayForms {
		inputs[name] = form(now.In(india))
	}
	inputs["month"] = int(now.In(india).Month()) - 1

	text, err := jsonvalue.Encode(inputs)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
