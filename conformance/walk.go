package conformance

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// walker checks one value against the contract. It first gathers the rules
// that apply to a value, through allOf, the chosen branch of each oneOf and the
// fitting branches of each anyOf. Then it visits the value's fields once, under
// all these rules together. That gives exact findings, and shows which fields
// no part of the schema declares.
type walker struct {
	checker *Checker
	side    Side
	seen    bitset
	// prefer names the branch that the whole value must take.
	prefer target

	problems problemList
	drift    driftList
	response string
	unsure   bool // a part could not be checked

	path []step
	// rules is a stack of the rules of all levels of the value. Those of the
	// current value begin at base.
	rules []applied
	base  int
}

// applied is a schema that applies to the current value: a rule.
type applied struct {
	node *node
	// evidence is the evidence for what the schema says: its own, or else that of
	// the schema that contains it.
	evidence *evidence
	// pinned says that the evidence outranks that of the schemas inside.
	pinned bool
	// rows are what tables say about the field that the value is.
	rows []tableRow
}

// target names a branch of a choice: by its component, or the branch itself.
// The zero target names none.
type target struct {
	name string
	node *node
}

func (t target) in(n *node) bool {
	if t.node != nil {
		return n.contains(t.node)
	}
	return t.name != "" && leadsTo(n, t.name)
}

// check checks a whole value against a schema.
func (w *walker) check(described applied, value any) verdict {
	w.problems.hide = !w.checker.values
	w.drift.hide = !w.checker.values
	w.response = responseName(described.node)

	w.visit([]applied{described}, value)
	return verdict{problems: w.problems.list, drift: w.drift.list, response: w.response, unsure: w.unsure}
}

// here returns the situation of the parts of the rules that apply to the current
// value.
func (w *walker) here() situation {
	s := situation{side: w.side}
	for _, rule := range w.rules[w.base:] {
		s.above = append(s.above, rule.node)
	}
	return s
}

// visit checks a value against all the rules in under.
func (w *walker) visit(under []applied, value any) {
	outer := w.base
	w.base = len(w.rules)
	for _, rule := range under {
		w.apply(rule, value)
	}

	rules := slices.Clip(w.rules[w.base:])
	switch v := value.(type) {
	case map[string]any:
		w.visitFields(rules, v)
	case []any:
		w.visitElements(rules, v)
	case longList:
		w.visitLongElements(rules, v)
	}
	w.rules = w.rules[:w.base]
	w.base = outer
}

// apply checks what a schema says of the value itself, and adds it to the
// rules that apply.
func (w *walker) apply(rule applied, value any) {
	n := rule.node
	for _, known := range w.rules[w.base:] {
		if known.node == n {
			return
		}
	}
	if !rule.pinned {
		rule.evidence = cmp.Or(n.evidence, rule.evidence)
		rule.pinned = n.pinned
	}
	if n.rows != nil {
		rule.rows = n.rows
	}
	if value == nil {
		w.checkNull(rule)
		return
	}
	if !w.checkType(rule, value) {
		return
	}

	w.rules = append(w.rules, rule)
	if n.leaf != nil {
		w.checkLeaf(rule, value)
	}
	if object, ok := value.(map[string]any); ok {
		w.checkRequired(rule, object)
	}
	if n.not != nil && w.here().fits(n.not, value) {
		w.reportForbidden(rule, value)
	}

	for _, part := range n.allOf {
		w.apply(rule.inside(part), value)
	}
	if len(n.oneOf) > 0 {
		w.checkOneOf(rule, value)
	}
	if len(n.anyOf) > 0 {
		w.checkAnyOf(rule, value)
	}
}

// inside applies a schema that is part of a rule.
func (rule applied) inside(n *node) applied {
	return applied{node: n, evidence: rule.evidence, pinned: rule.pinned, rows: rule.rows}
}

// below applies a schema of a field or an element, whose own evidence counts
// first.
func (rule applied) below(n *node) applied {
	return applied{node: n, evidence: rule.evidence}
}

// place returns where a keyword of the rule is in the contract.
func (rule applied) place(keyword string) place {
	return place{origin: rule.node.schema.Origin, keyword: keyword}
}

// problem begins a problem with the current value.
func (w *walker) problem(code, keyword string, rule applied, value any) problem {
	return problem{
		code:     code,
		part:     "body",
		evidence: rule.evidence,
		rows:     rule.rows,
		place:    rule.place(keyword),
		keyword:  keyword,
		schema:   rule.node.owner,
		actual:   shapeOf(value),
		value:    value,
		hasValue: true,
	}
}

// report adds a problem with the current value.
func (w *walker) report(p problem) {
	p.pointer = pointer(w.path)
	p.generic = genericPointer(w.path)
	w.problems.add(p)
}

// checkNull reports null where the schema does not admit it.
func (w *walker) checkNull(rule applied) {
	if rule.node.fitsNull() {
		return
	}
	p := w.problem(CodeSchemaNull, "nullable", rule, nil)
	p.place = rule.place("type")
	p.expected = rule.node.describe()
	p.message = "expected " + p.expected + ", got null"
	w.report(p)
}

// maxListed bounds how many values of an enum are listed.
const maxListed = 8

// describe says what a schema expects, as far as one phrase can.
func (n *node) describe() string {
	const anything = "any value"
	if listed := len(n.schema.Enum); listed > 0 && listed <= maxListed {
		var values []string
		for _, v := range n.schema.Enum {
			values = append(values, literal(v))
		}
		return either(values)
	}

	kinds := n.kinds
	if kinds == 0 {
		for _, branch := range slices.Concat(n.oneOf, n.anyOf) {
			kinds |= branch.kinds
		}
	}
	if kinds != 0 {
		return kinds.String()
	}
	for _, part := range n.allOf {
		if text := part.describe(); text != anything {
			return text
		}
	}
	return anything
}

// checkType reports a value of another type than the schema's. ok is false for
// such a value.
func (w *walker) checkType(rule applied, value any) (ok bool) {
	kinds := rule.node.kinds
	if kinds == 0 {
		return true
	}

	var message string
	number, isNumber := value.(json.Number)
	switch {
	case !admits(kinds, value):
		message = "expected " + kinds.String() + ", got " + shapeOf(value)
	case isNumber && kinds&kindNumber == 0 && !isInteger(number):
		message = "expected an integer, got a number with a fraction"
	case isNumber && isBeyondFloat(number):
		message = "the number is beyond what common readers can hold"
	default:
		return true
	}
	p := w.problem(CodeSchemaType, "type", rule, value)
	p.expected = kinds.String()
	p.message = message
	w.report(p)
	return false
}

// leafCodes are the codes of keywords that concern a value without what is
// nested in it.
var leafCodes = map[string]string{
	"enum":             CodeSchemaEnum,
	"format":           CodeSchemaFormat,
	"pattern":          CodeSchemaPattern,
	"minimum":          CodeSchemaRange,
	"maximum":          CodeSchemaRange,
	"exclusiveMinimum": CodeSchemaRange,
	"exclusiveMaximum": CodeSchemaRange,
	"multipleOf":       CodeSchemaRange,
	"minLength":        CodeSchemaLength,
	"maxLength":        CodeSchemaLength,
	"minItems":         CodeSchemaLength,
	"maxItems":         CodeSchemaLength,
	"minProperties":    CodeSchemaLength,
	"maxProperties":    CodeSchemaLength,
	"uniqueItems":      CodeSchemaUnique,
}

// checkLeaf reports the keywords that the value itself breaks, without what is
// nested in it.
func (w *walker) checkLeaf(rule applied, value any) {
	for _, broken := range rule.node.leaf.check(value) {
		p := w.problem(leafCodes[broken.keyword], broken.keyword, rule, value)
		p.message = broken.message
		p.expected = rule.node.expectation(broken)
		w.report(p)
	}
}

// expectation says what a broken keyword expects.
func (n *node) expectation(broken leafProblem) string {
	switch broken.keyword {
	case "enum":
		if len(n.schema.Enum) <= maxListed {
			return n.describe()
		}
		return "one of the listed values"
	case "format":
		return n.schema.Format
	case "pattern":
		return "text matching " + n.schema.Pattern
	}
	return broken.message
}

// checkRequired reports each required field that an object does not have.
func (w *walker) checkRequired(rule applied, object map[string]any) {
	n := rule.node
	for _, name := range n.required {
		if _, ok := object[name]; ok {
			continue
		}

		if !w.here().needs(n, name) {
			continue
		}

		evidence := rule.evidence
		expected := "present"
		if p, declared := n.property(name); declared {
			if p.node.pinned {
				evidence = p.node.evidence
			}
			expected = p.node.describe()
		}
		w.path = append(w.path, fieldStep(name))
		w.report(problem{
			code:     CodeSchemaRequired,
			part:     "body",
			evidence: evidence,
			place:    place{rule.node.schema.Origin, "required", name},
			keyword:  "required",
			schema:   n.owner,
			expected: expected,
			actual:   "absent",
			message:  "the required field " + strconv.Quote(name) + " is missing",
			hint:     otherCase(name, object),
		})
		w.path = w.path[:len(w.path)-1]
	}
}

// otherCase is a hint that names a field that differs from name only in letter
// case.
func otherCase(name string, object map[string]any) string {
	for _, other := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(other, name) {
			return "there is " + strconv.Quote(other) + ", which differs in letter case"
		}
	}
	return ""
}

// reportForbidden reports a value that `not` excludes.
func (w *walker) reportForbidden(rule applied, value any) {
	p := w.problem(CodeSchemaNot, "not", rule, value)
	p.expected = "something else"
	p.message = "the value is what `not` forbids"

	not := rule.node.not.schema
	if len(not.Required) > 0 && len(not.Properties) == 0 {
		names := quoted(not.Required)
		p.expected = "no " + strings.Join(names, " together with ")
		p.message = "the object has what this schema excludes: " + strings.Join(names, ", ")
		p.hint = "the excluded fields mark another kind of " + string(w.side)
	}
	w.report(p)
}

// checkOneOf checks a value against the branch that fits it best.
func (w *walker) checkOneOf(rule applied, value any) {
	n := rule.node
	choice := w.here().choose(n.oneOf, value)
	isWhole := len(w.path) == 0
	if preferred := slices.IndexFunc(n.oneOf, w.prefer.in); isWhole && preferred >= 0 {
		choice.best = preferred
	}
	if choice.best < 0 {
		p := w.problem(CodeSchemaType, "oneOf", rule, value)
		p.expected = n.describe()
		p.message = "expected " + p.expected + ", got " + p.actual
		w.report(p)
		return
	}

	branch := n.oneOf[choice.best]
	if isWhole {
		w.response = responseName(branch)
	}
	if len(choice.fitting) > 1 {
		w.reportAmbiguous(rule, choice, value)
	}
	w.apply(rule.inside(branch), value)
}

// reportAmbiguous reports a value that fits several branches, which oneOf forbids:
// then the contract cannot tell them apart.
func (w *walker) reportAmbiguous(rule applied, choice choice, value any) {
	n := rule.node
	var names []string
	for _, i := range choice.fitting {
		names = append(names, branchName(n.oneOf[i], i))
	}
	p := w.problem(CodeContractAmbiguous, "oneOf", rule, value)
	p.evidence = n.oneOf[choice.best].evidence
	p.fault = FaultContract
	p.why = "only the contract can tell its alternatives apart"
	p.expected = "exactly one of the alternatives"
	p.actual = strings.Join(names, " and ")
	p.message = "the value fits " + p.actual + ", and oneOf allows only one"
	p.hint = "let one of them require what the other lacks, or say not: {required: [...]} in the smaller one"
	w.report(p)
}

// checkAnyOf checks a value against all branches that it fits.
func (w *walker) checkAnyOf(rule applied, value any) {
	n := rule.node
	here := w.here()
	fits := false
	for _, branch := range n.anyOf {
		if here.fits(branch, value) {
			fits = true
			w.apply(rule.inside(branch), value)
		}
	}
	if fits {
		return
	}

	p := w.problem(CodeSchemaAnyOf, "anyOf", rule, value)
	if names, ok := neededFields(n.anyOf); ok {
		p.expected = either(names)
		p.message = "one of these fields is needed, and none is there: " + p.expected
		w.report(p)
		return
	}
	p.expected = n.describe()
	p.message = "the value fits none of the alternatives"
	if nearest := here.choose(n.anyOf, value).best; nearest >= 0 {
		p.message += "; " + branchName(n.anyOf[nearest], nearest) + " is the nearest"
		p.differs = w.problemsOf(rule.below(n.anyOf[nearest]), value)
	}
	w.report(p)
}

// neededFields lists the fields that alternatives of the kind
// anyOf: [{required}] ask for.
func neededFields(branches []*node) (names []string, ok bool) {
	for _, b := range branches {
		onlyRequires := len(b.required) > 0 && len(b.props) == 0 && b.not == nil &&
			len(b.allOf)+len(b.anyOf)+len(b.oneOf) == 0
		if !onlyRequires {
			return nil, false
		}
		names = append(names, strings.Join(quoted(b.required), " with "))
	}
	return names, true
}

// problemsOf checks a value against one schema and returns its problems. It
// reports nothing and marks nothing as seen.
func (w *walker) problemsOf(rule applied, value any) []problem {
	apart := walker{
		checker: w.checker,
		side:    w.side,
		seen:    make(bitset, len(w.seen)),
		path:    slices.Clone(w.path),
	}
	apart.problems.hide = w.problems.hide
	apart.visit([]applied{rule}, value)
	return apart.problems.list
}

// visitFields visits the fields of an object under all rules that apply to it.
func (w *walker) visitFields(rules []applied, object map[string]any) {
	declared := 0
	for i, rule := range rules {
		for k := range rule.node.props {
			name := rule.node.props[k].name
			value, ok := object[name]
			isVisited := ok && isDeclared(rules[:i], name)
			if !ok || isVisited {
				continue
			}
			declared++
			w.path = append(w.path, fieldStep(name))
			w.visitField(rules, value)
			w.path = w.path[:len(w.path)-1]
		}
	}

	isClosed := slices.ContainsFunc(rules, func(rule applied) bool { return rule.node.closed })
	if declared < len(object) || isClosed {
		w.visitUndeclared(rules, object)
	}
}

// visitField visits a field that one of the rules declares. Those that do not
// declare it may have an additionalProperties schema for it.
func (w *walker) visitField(rules []applied, value any) {
	name := w.path[len(w.path)-1].field
	var space [4]applied // enough for most fields, without an allocation
	under := space[:0]

	for _, rule := range rules {
		p, ok := rule.node.property(name)
		if !ok {
			under = rule.appendExtra(under)
			continue
		}
		w.seen.set(p.slot)
		under = append(under, rule.below(p.node))
		if value != nil && (situation{side: w.side}).isForOtherSide(p) {
			w.reportWrongSide(rule.below(p.node), value)
		}
	}

	w.visit(under, value)
}

// appendExtra appends the additionalProperties schema of a rule, if it has one.
func (rule applied) appendExtra(list []applied) []applied {
	if rule.node.extra == nil {
		return list
	}
	return append(list, rule.below(rule.node.extra))
}

// isDeclared reports whether one of the rules declares a field.
func isDeclared(rules []applied, name string) bool {
	for _, rule := range rules {
		if rule.node.declares(name) {
			return true
		}
	}
	return false
}

// reportWrongSide reports a field that only the other side may have.
func (w *walker) reportWrongSide(rule applied, value any) {
	p := w.problem(CodeSchemaReadOnly, "readOnly", rule, value)
	p.message = "the field is marked readOnly, and a request sends it"
	if w.side == SideResponse {
		p = w.problem(CodeSchemaWriteOnly, "writeOnly", rule, value)
		p.message = "the field is marked writeOnly, and a response has it"
	}
	p.expected = "absent"
	w.report(p)
}

// visitUndeclared reports the fields that a closed rule does not declare, and
// visits those that no rule declares.
func (w *walker) visitUndeclared(rules []applied, object map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		w.path = append(w.path, fieldStep(name))
		for _, rule := range rules {
			if rule.node.closed && !rule.node.declares(name) {
				w.reportUndeclared(rule, name, object[name])
			}
		}
		if !isDeclared(rules, name) {
			w.visitUndeclaredField(rules, object[name])
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// visitUndeclaredField visits a field that no rule declares: an
// additionalProperties schema describes it, or it is drift.
func (w *walker) visitUndeclaredField(rules []applied, value any) {
	var under []applied
	for _, rule := range rules {
		under = rule.appendExtra(under)
	}
	if len(under) > 0 {
		w.visit(under, value)
		return
	}

	isReported := slices.ContainsFunc(rules, func(rule applied) bool { return rule.node.closed })
	holder := holderOf(nodesOf(rules))
	if isReported || holder == nil {
		return
	}

	name := w.path[len(w.path)-1].field
	lacking := place{origin: holder.schema.Origin, keyword: "properties"}
	w.drift.add(Drift{
		Count:     1,
		Side:      w.side,
		Pointer:   pointer(w.path),
		Name:      name,
		Shape:     shapeOf(value),
		Schema:    holder.owner,
		Location:  w.checker.locate.of(lacking),
		Reference: w.checker.refer.of(lacking),
		Near:      holder.near[fold(name)],
		Allowed:   slices.ContainsFunc(rules, func(rule applied) bool { return rule.node.open }),
	}, genericPointer(w.path))
}

// reportUndeclared reports a field that a closed schema does not declare.
func (w *walker) reportUndeclared(rule applied, name string, value any) {
	p := w.problem(CodeSchemaUndeclared, "additionalProperties", rule, value)
	p.expected = "no such field"
	p.message = "the field " + strconv.Quote(name) + " is not allowed here"
	if near := rule.node.near[fold(name)]; near != "" {
		p.hint = "is " + strconv.Quote(near) + " meant?"
	}
	w.report(p)
}

func nodesOf(rules []applied) []*node {
	nodes := make([]*node, len(rules))
	for i, rule := range rules {
		nodes[i] = rule.node
	}
	return nodes
}

// holderOf returns the schema that lacks an undeclared field: the first component
// that declares fields, or else the first schema that does. It is nil for
// free-form objects.
func holderOf(rules []*node) *node {
	var holder *node
	for _, n := range rules {
		if len(n.props) == 0 {
			continue
		}
		if holder == nil || holder.component == "" && n.component != "" {
			holder = n
		}
	}
	return holder
}

// visitElements visits the elements of an array.
func (w *walker) visitElements(rules []applied, array []any) {
	var space [4]applied
	under := appendItems(space[:0], rules)
	if len(under) == 0 {
		return
	}

	w.path = append(w.path, step{})
	for i, element := range array {
		w.path[len(w.path)-1] = indexStep(i)
		w.visit(under, element)
	}
	w.path = w.path[:len(w.path)-1]
}

// appendItems appends the schemas of the elements of an array.
func appendItems(under []applied, rules []applied) []applied {
	for _, rule := range rules {
		if rule.node.items != nil {
			under = append(under, rule.below(rule.node.items))
		}
	}
	return under
}
