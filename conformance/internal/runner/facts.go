package runner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	kapture "github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
)

// contradiction is a finding for which the contract is at fault. It contains no
// value.
type contradiction struct {
	operation string
	status    int
	schema    string // the nearest component
	field     string // the last name of the pointer
	why       string
}

// contradictionsOf are the findings in a response for which the contract is at
// fault: its evidence there is only observed or inferred.
func contradictionsOf(result conformance.Result) []contradiction {
	var list []contradiction
	for _, f := range result.Findings {
		if f.Side != conformance.SideResponse || f.Fault != conformance.FaultContract {
			continue
		}
		list = append(list, contradiction{
			operation: result.Operation,
			status:    result.Status,
			schema:    f.Schema,
			field:     lastName(f.Pointer),
			why: fmt.Sprintf("%s: expected %s, got %s",
				f.Code, cmp.Or(f.Expected, "nothing"), cmp.Or(f.Actual, "nothing")),
		})
	}
	return list
}

// lastName is the name of the field that a pointer leads to; elements of arrays
// do not count.
func lastName(pointer string) string {
	parts := strings.Split(pointer, "/")
	for _, part := range slices.Backward(parts[1:]) {
		if _, err := strconv.Atoi(part); err != nil {
			return jsonvalue.Unescape(part)
		}
	}
	return ""
}

// Facts lists the facts of the contract that no page states and that a response
// can settle, each with what the exchanges said of it. A fact about a request
// cannot be settled: a server that accepts a field may ignore it.
func (t *Tally) Facts() []report.Fact {
	t.mu.Lock()
	defer t.mu.Unlock()

	seen := t.seenInResponses()
	facts := t.contract.facts()
	for i := range facts {
		f := &facts[i]
		if t.isShown(*f, seen) {
			f.Outcome = report.Confirmed
		}
		for _, c := range t.contradictions {
			if t.isAbout(c, *f) {
				f.Outcome = report.Contradicted
				f.Why = c.why
			}
		}
	}
	return facts
}

// seenInResponses has the fields that responses had, as "Schema.field", and their
// schemas.
func (t *Tally) seenInResponses() map[string]bool {
	seen := map[string]bool{}
	for _, id := range t.contract.operationIDs() {
		names, _ := t.coverage.Fields(id, conformance.SideResponse)
		for _, name := range names {
			schema, _, _ := strings.Cut(name, ".")
			seen[name] = true
			seen[schema] = true
		}
	}
	return seen
}

// isShown reports whether a response without findings had the fact.
func (t *Tally) isShown(f report.Fact, seen map[string]bool) bool {
	switch f.Kind {
	case "operation":
		return len(t.statuses[f.Name]) > 0
	case "body":
		return t.statuses[f.Operation][f.Name]
	case "failure":
		return t.seen[coveredFailure{f.Operation, f.Name}]
	}
	return seen[f.Name]
}

// isAbout reports whether a contradiction is about a fact. A finding names the
// nearest component: the one that has the field, or that of the field's value.
func (t *Tally) isAbout(c contradiction, f report.Fact) bool {
	switch f.Kind {
	case "field":
		schema, field, _ := strings.Cut(f.Name, ".")
		if c.field != field || c.schema == schema {
			return c.field == field
		}
		seen, unseen := t.coverage.Fields(c.operation, conformance.SideResponse)
		isReached := slices.Contains(seen, f.Name) || slices.Contains(unseen, f.Name)
		return isReached && !t.contract.hasField(c.schema, field)
	case "schema":
		return c.schema == f.Name
	case "body":
		return c.operation == f.Operation && strconv.Itoa(c.status) == f.Name
	}
	return false
}

// hasField reports whether a component has a field of this name.
func (c *contract) hasField(component, field string) bool {
	schema := c.doc.Components.Schemas[component]
	return schema != nil && schema.Value.Properties[field] != nil
}

// facts lists the facts that no page states and that a response can show.
func (c *contract) facts() []report.Fact {
	var facts []report.Fact
	for _, id := range c.operationIDs() {
		op := c.operations[id]
		declared := c.declared(op)
		target := "$.paths[" + strconv.Quote(op.Path) + "]." + strings.ToLower(op.Method)
		itself := report.Fact{Kind: "operation", Name: id, Operation: id, Target: target}
		facts = appendUnstated(facts, itself, declared.Extensions, declared.Origin)
		facts = append(facts, bodyFacts(id, declared, target)...)
		facts = append(facts, failureFacts(op, declared, target)...)
	}
	return append(facts, c.schemaFacts()...)
}

// failureFacts are the failures whose text no page prints.
func failureFacts(op *operation, declared *openapi3.Operation, target string) []report.Fact {
	var facts []report.Fact
	for _, failure := range op.failures {
		class := classOf(failure.Evidence)
		if class == conformance.Documented {
			continue
		}
		facts = append(facts, report.Fact{
			Kind:      "failure",
			Name:      failure.Name,
			Operation: op.ID,
			Evidence:  class,
			Outcome:   report.NotShown,
			Location:  location(declared.Origin),
			Target:    target + `["x-failures"][?(@.name == '` + failure.Name + "')]",
		})
	}
	return facts
}

// bodyFacts are the statuses under which no page prints a body.
func bodyFacts(id string, op *openapi3.Operation, target string) []report.Fact {
	var facts []report.Fact
	responses := op.Responses.Map()
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		response := responses[status].Value
		fact := report.Fact{
			Kind: "body", Name: status, Operation: id,
			Target: target + ".responses[" + strconv.Quote(status) + "]",
		}
		if responses[status].Ref != "" {
			name := responses[status].Ref[strings.LastIndex(responses[status].Ref, "/")+1:]
			fact.Target = "$.components.responses[" + strconv.Quote(name) + "]"
		}

		before := len(facts)
		facts = appendUnstated(facts, fact, response.Extensions, response.Origin)
		for _, kind := range slices.Sorted(maps.Keys(response.Content)) {
			if len(facts) > before {
				break // the response itself has no page
			}
			media := response.Content[kind]
			fact.Target += ".content[" + strconv.Quote(kind) + "]"
			facts = appendUnstated(facts, fact, media.Extensions, cmp.Or(media.Origin, response.Origin))
		}
	}
	return facts
}

// schemaFacts are the components of responses, and their fields, that no page
// has. A reference has the evidence of what it refers to.
func (c *contract) schemaFacts() []report.Fact {
	reachable := map[string]bool{}
	coverage := c.checker.NewCoverage()
	for _, id := range c.operationIDs() {
		_, names := coverage.Fields(id, conformance.SideResponse)
		for _, name := range names {
			reachable[name] = true
		}
	}

	var facts []report.Fact
	for _, name := range slices.Sorted(maps.Keys(c.doc.Components.Schemas)) {
		schema := c.doc.Components.Schemas[name].Value
		target := "$.components.schemas[" + strconv.Quote(name) + "]"
		isReached := false
		for _, field := range slices.Sorted(maps.Keys(schema.Properties)) {
			if !reachable[name+"."+field] {
				continue
			}
			isReached = true
			property := schema.Properties[field]
			if property.Ref != "" {
				continue
			}
			fact := report.Fact{
				Kind:   "field",
				Name:   name + "." + field,
				Target: target + ".properties[" + strconv.Quote(field) + "]",
			}
			facts = appendUnstated(facts, fact, property.Value.Extensions, property.Value.Origin)
		}
		if isReached {
			fact := report.Fact{Kind: "schema", Name: name, Target: target}
			facts = appendUnstated(facts, fact, schema.Extensions, schema.Origin)
		}
	}
	return facts
}

// appendUnstated appends a fact if it has evidence, and none of it is a page.
func appendUnstated(
	facts []report.Fact, fact report.Fact, extensions map[string]any, origin *openapi3.Origin,
) []report.Fact {
	evidence, err := fromdoc.Evidence(extensions)
	class := classOf(evidence)
	if err != nil || class == "" || class == conformance.Documented {
		return facts
	}
	fact.Evidence = class
	fact.Outcome = report.NotShown
	fact.Location = location(origin)
	return append(facts, fact)
}

// classOf is the strongest class of some evidence, "" if there is none.
func classOf(e kapture.Evidence) conformance.Class {
	switch {
	case len(e.Documented) > 0:
		return conformance.Documented
	case len(e.Observed) > 0:
		return conformance.Observed
	case len(e.Inferred) > 0:
		return conformance.Inferred
	}
	return ""
}

func location(origin *openapi3.Origin) string {
	if origin == nil || origin.Key == nil {
		return ""
	}
	return fmt.Sprintf("spec/%s:%d", origin.Key.File, origin.Key.Line)
}
