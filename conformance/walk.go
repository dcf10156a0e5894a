package conformance

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// walker checks one value against the contract. Which rules apply to a value
// is gathered first, through allOf, the chosen branch of each oneOf and the
// fitting branches of each anyOf; then its members are visited once, under all
// these rules together. That gives exact findings, and tells undeclared
// members from those that another part of the schema declares.
type walker struct {
	c        *Checker
	out      *collector
	side     Side
	path     []seg
	seen     bitset
	branches []Branch
	// prefer names the component that the whole value must be.
	prefer *string
	answer string
	// scratch keeps the lists of applied rules of each level.
	scratch []applied
}

// applied is a schema that applies to the current value, and the evidence for
// what it says.
type applied struct {
	n        *node
	evidence *evidence
}

// fits has kin-openapi say whether a value fits a schema.
func (w *walker) fits(s *openapi3.Schema, value any) bool {
	options := w.c.answerOptions
	if w.side == SideRequest {
		options = w.c.requestOptions
	}
	return s.VisitJSON(value, options...) == nil
}

// visit checks a value against all the rules in under.
func (w *walker) visit(under []applied, value any) {
	base := len(w.scratch)
	for _, a := range under {
		w.apply(a.n, a.evidence, value, base, false)
	}
	rules := w.scratch[base:]
	switch v := value.(type) {
	case map[string]any:
		w.members(slices.Clip(rules), v)
	case []any:
		w.elements(slices.Clip(rules), v)
	}
	w.scratch = w.scratch[:base]
}

// apply checks what a schema says of the value itself and adds it to the
// rules that apply. around is the evidence of what the schema stands in;
// pinned says that it outranks the schema's own.
func (w *walker) apply(n *node, around *evidence, value any, base int, pinned bool) {
	for _, a := range w.scratch[base:] {
		if a.n == n {
			return
		}
	}
	e := around
	if !pinned {
		e = cmp.Or(n.evidence, around)
		pinned = n.pinned
	}
	if value == nil {
		w.null(n, e)
		return
	}
	if !w.typed(n, e, value) {
		return
	}
	w.scratch = append(w.scratch, applied{n, e})
	if n.enumSlot != nil {
		if text, ok := value.(string); ok {
			if slot, ok := n.enumSlot[text]; ok {
				w.seen.set(slot)
			}
		}
	}
	if n.leaf != nil {
		w.leaf(n, e, value)
	}
	if object, ok := value.(map[string]any); ok {
		w.required(n, e, object)
	}
	if n.not != nil && w.fits(n.not, value) {
		w.forbidden(n, e, value)
	}
	for _, part := range n.allOf {
		w.apply(part, e, value, base, pinned)
	}
	if len(n.oneOf) > 0 {
		w.oneOf(n, e, value, base, pinned)
	}
	if len(n.anyOf) > 0 {
		w.anyOf(n, e, value, base, pinned)
	}
}

// found makes a finding about the value at the walker's place.
func (w *walker) found(code, keyword, location string, n *node, e *evidence, value any) Finding {
	fault, why := blame(w.side, e)
	f := Finding{
		Code: code, Fault: fault, Why: why, Side: w.side, Part: "body", Pointer: pointer(w.path),
		Keyword: keyword, Schema: n.owner, Location: location, Actual: jsonvalue.Shape(value),
	}
	if e != nil {
		f.Evidence, f.Sources = e.class, e.sources
	}
	if w.out.values && value != (absent{}) {
		f.Value = literal(value)
	}
	if value == (absent{}) {
		f.Actual = "absent"
	}
	return f
}

// absent stands for a member that is not there.
type absent struct{}

func (w *walker) report(f Finding) { w.out.add(f, genericPointer(w.path)) }

func (w *walker) locate(n *node, keyword string) string {
	return w.c.locate.keyword(n.schema.Origin, keyword)
}

// null is kin-openapi's to decide: nullable works through compositions.
func (w *walker) null(n *node, e *evidence) {
	if n.schema.VisitJSON(nil, openapi3.FailFast()) == nil {
		return
	}
	f := w.found(CodeSchemaNull, "nullable", w.locate(n, "type"), n, e, nil)
	f.Expected = n.describe(compositions)
	f.Message = "expected " + f.Expected + ", got null"
	w.report(f)
}

// describe tells what a schema expects, as far as one phrase can.
func (n *node) describe(budget int) string {
	if budget == 0 {
		return "any value"
	}
	if len(n.enumSlot) > 0 && len(n.schema.Enum) <= 8 {
		var values []string
		for _, v := range n.schema.Enum {
			values = append(values, literal(v))
		}
		return either(values)
	}
	if n.kinds != 0 {
		return n.kinds.String()
	}
	var kinds kind
	for _, list := range [][]*node{n.oneOf, n.anyOf} {
		for _, b := range list {
			kinds |= b.kinds
		}
	}
	if kinds != 0 {
		return kinds.String()
	}
	for _, part := range n.allOf {
		if text := part.describe(budget - 1); text != "any value" {
			return text
		}
	}
	return "any value"
}

func (w *walker) typed(n *node, e *evidence, value any) bool {
	if n.kinds == 0 {
		return true
	}
	number, isNumber := value.(json.Number)
	ok := admits(n.kinds, value)
	message := ""
	switch {
	case !ok:
	case isNumber && n.kinds&kindNumber == 0 && !isInteger(number):
		ok, message = false, "expected an integer, got a number with a fraction"
	case isNumber:
		if _, err := number.Float64(); err != nil {
			ok, message = false, "the number is beyond what common readers can hold"
		}
	}
	if ok {
		return true
	}
	f := w.found(CodeSchemaType, "type", w.locate(n, "type"), n, e, value)
	f.Expected = n.kinds.String()
	f.Message = message
	if message == "" {
		f.Message = "expected " + f.Expected + ", got " + f.Actual
	}
	w.report(f)
	return false
}

// leafCodes maps kin-openapi's keywords to codes.
var leafCodes = map[string]string{
	"type": CodeSchemaType, "enum": CodeSchemaEnum, "format": CodeSchemaFormat, "pattern": CodeSchemaPattern,
	"minimum": CodeSchemaRange, "maximum": CodeSchemaRange, "exclusiveMinimum": CodeSchemaRange,
	"exclusiveMaximum": CodeSchemaRange, "multipleOf": CodeSchemaRange,
	"minLength": CodeSchemaLength, "maxLength": CodeSchemaLength, "minItems": CodeSchemaLength, "maxItems": CodeSchemaLength,
	"minProperties": CodeSchemaLength, "maxProperties": CodeSchemaLength, "uniqueItems": CodeSchemaUnique,
}

// leaf has kin-openapi check the value by itself, without what is nested in
// it, and adds what float64 cannot decide.
func (w *walker) leaf(n *node, e *evidence, value any) {
	told := false
	for _, problem := range schemaErrors(n.leaf.VisitJSON(value, w.c.leafOptions...)) {
		told = true
		code, ok := leafCodes[problem.SchemaField]
		if !ok {
			code = CodeSchemaType
		}
		w.leafFinding(n, e, code, problem.SchemaField, "", reason(problem), value)
	}
	if number, ok := value.(json.Number); ok && !told {
		if keyword, expected := exactFault(n.schema, number); keyword != "" {
			w.leafFinding(n, e, leafCodes[keyword], keyword, expected, "the number, read exactly, is not "+expected, value)
		}
	}
}

func (w *walker) leafFinding(n *node, e *evidence, code, keyword, expected, message string, value any) {
	f := w.found(code, keyword, w.locate(n, keyword), n, e, value)
	f.Expected = expected
	if expected == "" {
		switch keyword {
		case "enum":
			f.Expected = n.describe(1)
		case "format":
			f.Expected = n.schema.Format
		case "pattern":
			f.Expected = "text matching " + n.schema.Pattern
		default:
			f.Expected = message
		}
	}
	f.Message = message
	w.report(f)
}

// reason words a problem of kin-openapi without the value.
func reason(problem *openapi3.SchemaError) string {
	switch problem.SchemaField {
	case "enum":
		return "the value is none of those that the contract lists"
	case "format":
		for _, known := range formatErrors {
			if errors.Is(problem.Origin, known) {
				return "the value " + known.Error()
			}
		}
		return "the value breaks the format " + strconv.Quote(problem.Schema.Format)
	case "pattern":
		return "the text does not match the pattern " + problem.Schema.Pattern
	}
	return problem.Reason
}

// schemaErrors flattens what VisitJSON returns.
func schemaErrors(err error) []*openapi3.SchemaError {
	//nolint:errorlint // what stands outermost counts: an error may wrap those of its branches
	switch err := err.(type) {
	case nil:
		return nil
	case *openapi3.SchemaError:
		return []*openapi3.SchemaError{err}
	case openapi3.MultiError:
		var list []*openapi3.SchemaError
		for _, inner := range err {
			list = append(list, schemaErrors(inner)...)
		}
		return list
	}
	if one, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		return []*openapi3.SchemaError{one}
	}
	return nil
}

func (w *walker) required(n *node, e *evidence, object map[string]any) {
	for _, name := range n.required {
		if _, ok := object[name]; ok {
			continue
		}
		p, declared := n.property(name)
		if declared && (w.side == SideRequest && p.node.schema.ReadOnly || w.side == SideResponse && p.node.schema.WriteOnly) {
			continue
		}
		about, expected := e, "present"
		if declared {
			if p.node.pinned {
				about = p.node.evidence
			}
			expected = p.node.describe(compositions)
		}
		w.path = append(w.path, seg{name, -1})
		f := w.found(CodeSchemaRequired, "required", w.c.locate.item(n.schema.Origin, "required", name), n, about, absent{})
		f.Expected = expected
		f.Message = "the required member " + strconv.Quote(name) + " is missing"
		for other := range object {
			if strings.EqualFold(other, name) {
				f.Hint = "there is " + strconv.Quote(other) + ", which differs in letter case"
			}
		}
		w.report(f)
		w.path = w.path[:len(w.path)-1]
	}
}

func (w *walker) forbidden(n *node, e *evidence, value any) {
	f := w.found(CodeSchemaNot, "not", w.locate(n, "not"), n, e, value)
	f.Expected, f.Message = "something else", "the value is what `not` forbids"
	if names := n.not.Required; len(names) > 0 && len(n.not.Properties) == 0 {
		f.Expected = "no " + strings.Join(quoted(names), " together with ")
		f.Message = "the object has what this schema excludes: " + strings.Join(quoted(names), ", ")
		f.Hint = "the excluded members mark another kind of answer"
		if w.side == SideRequest {
			f.Hint = "the excluded members mark another kind of request"
		}
	}
	w.report(f)
}

func (w *walker) oneOf(n *node, e *evidence, value any, base int, pinned bool) {
	at := -1
	if w.prefer != nil && len(w.path) == 0 {
		at = slices.IndexFunc(n.oneOf, func(b *node) bool { return leadsTo(b, *w.prefer, compositions) })
	}
	if at < 0 {
		at = w.choose(n.oneOf, value)
	}
	if at < 0 {
		f := w.found(CodeSchemaType, "oneOf", w.locate(n, "oneOf"), n, e, value)
		f.Expected = n.describe(compositions)
		f.Message = "expected " + f.Expected + ", got " + f.Actual
		w.report(f)
		return
	}
	branch := n.oneOf[at]
	name := branchName(branch, at)
	w.seen.set(n.branchSlot + at)
	if kindOf(value)&(kindObject|kindArray) != 0 && len(w.branches) < maxBranches {
		at := pointer(w.path)
		if !w.out.values {
			at = hideNames(at)
		}
		w.branches = append(w.branches, Branch{w.side, at, name})
	}
	if len(w.path) == 0 {
		w.answer = answerName(branch)
	}
	w.ambiguous(n, at, value)
	w.apply(branch, e, value, base, pinned)
}

// maxBranches bounds what a long list of records leaves in a result.
const maxBranches = 100

// leadsTo reports whether a schema is the named component, or a choice that
// includes it.
func leadsTo(n *node, name string, budget int) bool {
	if budget == 0 {
		return false
	}
	if answerName(n) == name || n.component == name {
		return true
	}
	return slices.ContainsFunc(n.oneOf, func(b *node) bool { return leadsTo(b, name, budget-1) })
}

// ambiguous tells if a value fits more branches than the chosen one, which
// oneOf forbids: then the contract cannot tell them apart.
func (w *walker) ambiguous(n *node, chosen int, value any) {
	likely := 0
	for _, b := range n.oneOf {
		if mayFit(b, value, compositions) {
			likely++
		}
	}
	if likely < 2 {
		return
	}
	var rivals []int
	for i, b := range n.oneOf {
		if mayFit(b, value, compositions) && w.fits(b.schema, value) {
			rivals = append(rivals, i)
		}
	}
	if len(rivals) < 2 {
		return
	}
	var names []string
	for _, i := range rivals {
		names = append(names, branchName(n.oneOf[i], i))
	}
	f := w.found(CodeContractAmbiguous, "oneOf", w.locate(n, "oneOf"), n, n.oneOf[chosen].evidence, value)
	f.Fault, f.Why = FaultContract, "only the contract can tell its alternatives apart"
	f.Expected = "exactly one of the alternatives"
	f.Actual = strings.Join(names, " and ")
	f.Message = "the value fits " + f.Actual + ", and oneOf allows only one"
	f.Hint = "let one of them require what the other lacks, or say not: {required: [...]} in the smaller one"
	w.report(f)
}

func (w *walker) anyOf(n *node, e *evidence, value any, base int, pinned bool) {
	fitted := false
	for _, b := range n.anyOf {
		if mayFit(b, value, compositions) && w.fits(b.schema, value) {
			fitted = true
			w.apply(b, e, value, base, pinned)
		}
	}
	if fitted {
		return
	}
	f := w.found(CodeSchemaAnyOf, "anyOf", w.locate(n, "anyOf"), n, e, value)
	if wants, ok := wanted(n.anyOf); ok {
		f.Expected = either(wants)
		f.Message = "none of the members is there of which one is needed: " + f.Expected
		w.report(f)
		return
	}
	at := w.choose(n.anyOf, value)
	f.Expected = n.describe(compositions)
	f.Message = "the value fits none of the alternatives"
	if at >= 0 {
		name := branchName(n.anyOf[at], at)
		f.Message += "; " + name + " comes nearest"
		f.Differs = differences(w.alone(n.anyOf[at], e, value))
	}
	w.report(f)
}

// wanted lists the members that alternatives of the kind anyOf: [{required}]
// ask for.
func wanted(branches []*node) (names []string, ok bool) {
	for _, b := range branches {
		if len(b.required) == 0 || len(b.props) > 0 || len(b.allOf)+len(b.anyOf)+len(b.oneOf) > 0 || b.not != nil {
			return nil, false
		}
		names = append(names, strings.Join(quoted(b.required), " with "))
	}
	return names, true
}

// alone checks a value against one schema, aside from everything else.
func (w *walker) alone(n *node, e *evidence, value any) []Finding {
	aside := walker{c: w.c, out: &collector{}, side: w.side, path: slices.Clone(w.path), seen: make(bitset, len(w.seen))}
	aside.visit([]applied{{n, e}}, value)
	return aside.out.findings
}

// maxDifferences bounds what a finding lists of another answer.
const maxDifferences = 20

func differences(findings []Finding) []Difference {
	var list []Difference
	for _, f := range findings[:min(len(findings), maxDifferences)] {
		list = append(list, Difference{f.Pointer, f.Expected, f.Actual, f.Location})
	}
	return list
}

// members visits the members of an object under all rules that apply to it.
func (w *walker) members(rules []applied, object map[string]any) {
	declared := 0
	for i, rule := range rules {
		for k := range rule.n.props {
			p := &rule.n.props[k]
			value, ok := object[p.name]
			if !ok {
				continue
			}
			w.seen.set(p.seen)
			if value == nil {
				w.seen.set(p.seen + 1)
			}
			if declaredBefore(rules[:i], p.name) {
				continue
			}
			declared++
			w.path = append(w.path, seg{p.name, -1})
			var room [4]applied
			under := append(room[:0], applied{p.node, rule.evidence})
			for _, other := range rules[i+1:] {
				if q, ok := other.n.property(p.name); ok {
					w.seen.set(q.seen)
					under = append(under, applied{q.node, other.evidence})
				}
			}
			if value != nil {
				w.direction(p, rule.evidence, value)
			}
			w.visit(under, value)
			w.path = w.path[:len(w.path)-1]
		}
	}
	closed := slices.ContainsFunc(rules, func(a applied) bool { return a.n.closed })
	if declared == len(object) && !closed {
		return
	}
	w.others(rules, object)
}

func declaredBefore(rules []applied, name string) bool {
	for _, rule := range rules {
		if _, ok := rule.n.index[name]; ok {
			return true
		}
	}
	return false
}

// direction checks readOnly and writeOnly.
func (w *walker) direction(p *property, e *evidence, value any) {
	switch {
	case w.side == SideRequest && p.node.schema.ReadOnly:
		f := w.found(CodeSchemaReadOnly, "readOnly", w.locate(p.node, "readOnly"), p.node, e, value)
		f.Expected, f.Message = "absent", "the member is marked readOnly, and a request sends it"
		w.report(f)
	case w.side == SideResponse && p.node.schema.WriteOnly:
		f := w.found(CodeSchemaWriteOnly, "writeOnly", w.locate(p.node, "writeOnly"), p.node, e, value)
		f.Expected, f.Message = "absent", "the member is marked writeOnly, and an answer has it"
		w.report(f)
	}
}

// others looks at the members that no rule declares.
func (w *walker) others(rules []applied, object map[string]any) {
	var names []string
	for name := range object {
		if !declaredBefore(rules, name) || slices.ContainsFunc(rules, func(a applied) bool {
			_, own := a.n.index[name]
			return a.n.closed && !own
		}) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		value := object[name]
		w.path = append(w.path, seg{name, -1})
		var under []applied
		told, free, allowed := false, true, false
		var holder *node
		for _, rule := range rules {
			n := rule.n
			if _, own := n.index[name]; own {
				told = true
				continue
			}
			if n.closed {
				told = true
				f := w.found(CodeSchemaUndeclared, "additionalProperties", w.locate(n, "additionalProperties"), n, rule.evidence, value)
				f.Expected = "no such member"
				f.Message = "the member " + strconv.Quote(name) + " is not allowed here"
				if other := n.near[fold(name)]; other != "" {
					f.Hint = "is " + strconv.Quote(other) + " meant?"
				}
				w.report(f)
			}
			if n.extra != nil {
				under = append(under, applied{n.extra, rule.evidence})
			}
			allowed = allowed || n.open
			if len(n.props) > 0 {
				free = false
				if holder == nil || holder.component == "" && n.component != "" {
					holder = n
				}
			}
		}
		switch {
		case len(under) > 0:
			w.visit(under, value)
		case !told && !free:
			w.out.addDrift(Drift{
				Side: w.side, Pointer: pointer(w.path), Name: name, Shape: jsonvalue.Shape(value),
				Schema: holder.owner, Location: w.locate(holder, "properties"), Near: holder.near[fold(name)], Allowed: allowed,
			}, genericPointer(w.path))
		}
		w.path = w.path[:len(w.path)-1]
	}
}

func (w *walker) elements(rules []applied, array []any) {
	var room [4]applied
	under := room[:0]
	for _, rule := range rules {
		if rule.n.items != nil {
			under = append(under, applied{rule.n.items, rule.evidence})
			if len(array) > 0 {
				w.seen.set(rule.n.itemsSlot)
			}
		}
	}
	if len(under) == 0 {
		return
	}
	w.path = append(w.path, seg{})
	for i, item := range array {
		w.path[len(w.path)-1].idx = i
		w.visit(under, item)
	}
	w.path = w.path[:len(w.path)-1]
}

// textFindings turns the scanner's faults into findings.
func textFindings(out *collector, side Side, text string, faults []textFault) {
	for _, t := range faults {
		fault, why := blameSender(side)
		line, column := lineColumn(text, t.offset)
		out.add(Finding{
			Code: t.code, Fault: fault, Why: why, Side: side, Part: "body", Pointer: pointer(t.path),
			Line: line, Column: column, Offset: int64(t.offset),
			Expected: "valid JSON", Actual: t.message,
			Message: fmt.Sprintf("line %d, column %d: %s", line, column, t.message), Hint: t.hint,
		}, genericPointer(t.path))
	}
}
