package conformance

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// plan is what the acceptor needs to know about a value to which some schemas
// apply together: which tokens it may begin with, which fields it has, and
// which plan each of them follows. It is made of the walker's nodes when the
// contract is loaded, and never changes afterwards.
type plan struct {
	null bool // all the schemas admit null
	// shapes are the ways to choose a branch of each oneOf. A value must have
	// exactly one of them.
	shapes []*shape
	// err says why there is no plan for the schemas.
	err error
}

// shape is what applies to a value once all branches are chosen.
type shape struct {
	kinds   kind // tokens: an integer is a number here
	whole   bool // numbers must be whole
	bounded bool // numbers must fit a float64

	enums   []*leaf // of the schemas with an enum
	texts   []*leaf // what texts must fit
	numbers []*leaf // what numbers must fit
	// usual says that a whole number of usual length fits all of these if it is
	// within the bounds.
	usual  bool
	bounds bounds

	object *objectPlan

	items    *plan // nil: elements may be anything
	minItems int
	maxItems int // -1: no bound

	// chosen are the branches, and response is the name of the response that
	// the walker reports for them.
	chosen   []chosenBranch
	response string
}

// bounds are the least and the greatest whole number that fit.
type bounds struct {
	set       bool
	low, high int64
}

// narrow adds the bounds of a schema. It returns false if bounds cannot express
// all that the schema says of whole numbers of usual length.
func (b *bounds) narrow(l *leaf) bool {
	isSimple := l.multipleOf == nil && !l.exclusiveMin && !l.exclusiveMax
	is32Bit := l.format != nil && l.format == formats["int32"]
	if !isSimple || is32Bit || !isWholeBound(l.min) || !isWholeBound(l.max) {
		return false
	}

	if !b.set {
		b.low = math.MinInt64
		b.high = math.MaxInt64
	}
	if l.min != nil {
		b.low = max(b.low, l.min.Num().Int64())
	}
	if l.max != nil {
		b.high = min(b.high, l.max.Num().Int64())
	}
	b.set = b.set || l.min != nil || l.max != nil
	return true
}

// isWholeBound reports whether a bound is a whole number of 64 bits, or absent.
func isWholeBound(bound *big.Rat) bool {
	return bound == nil || bound.IsInt() && bound.Num().IsInt64()
}

// chosenBranch is a branch of a oneOf.
type chosenBranch struct {
	of    *node
	index int
}

// allows reports whether the walker, if it had to prefer a response, would
// take these branches.
func (s *shape) allows(prefer target) bool {
	for _, c := range s.chosen {
		preferred := slices.IndexFunc(c.of.oneOf, prefer.in)
		if preferred >= 0 && preferred != c.index {
			return false
		}
	}
	return true
}

// maxFields is how many fields an object's plan may have.
const maxFields = 256

// fieldSet is a set of the fields of an object, by their indexes.
type fieldSet [maxFields / 64]uint64

func (s *fieldSet) set(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s *fieldSet) has(i int) bool { return s[i>>6]&(1<<(i&63)) != 0 }

func (s *fieldSet) contains(other *fieldSet) bool {
	for i := range s {
		if s[i]&other[i] != other[i] {
			return false
		}
	}
	return true
}

// objectPlan is what applies to the fields of an object.
type objectPlan struct {
	fields []fieldPlan
	index  map[string]int

	required  fieldSet
	forbidden []fieldSet // one for each `not`: these fields must not all be there
	choices   []anyChoice

	closed bool // additionalProperties: false
	open   bool // additionalProperties: true, stated explicitly
	// extra is the plan of undeclared fields. If it is nil, they may be anything,
	// and they are drift if there is a holder: the schema that lacks them.
	extra  *plan
	holder *node
}

// fieldPlan is a field that a schema declares or only mentions.
type fieldPlan struct {
	name     string
	declared bool // if not, only a `required` or a `not` mentions it
	plan     *plan
	slots    []int // in coverage
	choices  []fieldChoice
}

// anyChoice is an anyOf: one of its branches must fit.
type anyChoice []anyBranch

type anyBranch struct {
	required fieldSet
	fields   []branchField
}

// branchField is a field that a branch of an anyOf declares.
type branchField struct {
	field int
	slot  int
}

// fieldChoice is what a branch of an anyOf says about a field. If the value
// does not fit it, the branch does not fit the object.
type fieldChoice struct {
	choice, branch int
	plan           *plan
}

// planner makes plans, each once.
type planner struct {
	ids   map[*node]int
	plans map[string]*plan
}

func newPlanner() *planner { return &planner{ids: map[*node]int{}, plans: map[string]*plan{}} }

// key names a list of schemas that apply together.
func (p *planner) key(under []*node) string {
	var key strings.Builder
	for _, n := range under {
		id, ok := p.ids[n]
		if !ok {
			id = len(p.ids)
			p.ids[n] = id
		}
		key.WriteString(strconv.Itoa(id))
		key.WriteByte(' ')
	}
	return key.String()
}

// known returns the plan for the schemas that apply to a value if there is one
// already. Unlike plan, it may be called by many goroutines.
func (p *planner) known(under []*node) *plan {
	for _, n := range under {
		if _, ok := p.ids[n]; !ok {
			return nil
		}
	}
	made := p.plans[p.key(under)]
	if made.unsupported() != nil {
		return nil
	}
	return made
}

// plan returns the plan for the schemas that apply to a value, in the order in
// which the walker applies them.
func (p *planner) plan(under []*node) *plan {
	key := p.key(under)
	if known, ok := p.plans[key]; ok {
		return known
	}
	made := &plan{null: true}
	p.plans[key] = made // before what it leads to, which may lead back to it

	first := combination{}
	for _, n := range under {
		made.null = made.null && n.fitsNull()
		first.pending = append(first.pending, pendingRule{node: n})
	}
	for _, c := range first.expand() {
		s, err := p.shape(c)
		if err != nil {
			made.err = err
			break
		}
		made.shapes = append(made.shapes, s)
	}
	return made
}

// unsupported joins the errors of a plan and of all plans that it leads to. It is
// nil if the acceptor can read every value.
func (p *plan) unsupported() error { return p.unsupportedBelow(map[*plan]bool{}) }

func (p *plan) unsupportedBelow(visited map[*plan]bool) error {
	if p == nil || visited[p] {
		return nil
	}
	visited[p] = true

	err := p.err
	for _, s := range p.shapes {
		err = errors.Join(err, s.items.unsupportedBelow(visited))
		if s.object == nil {
			continue
		}
		err = errors.Join(err, s.object.extra.unsupportedBelow(visited))
		for i := range s.object.fields {
			f := &s.object.fields[i]
			err = errors.Join(err, f.plan.unsupportedBelow(visited))
			for _, choice := range f.choices {
				err = errors.Join(err, choice.plan.unsupportedBelow(visited))
			}
		}
	}
	return err
}

// combination is one way to choose the branches of the oneOfs that apply to a
// value.
type combination struct {
	rules   []*node // in the walker's order
	pending []pendingRule
	chosen  []chosenBranch
}

// pendingRule is a schema that is still to be applied, or one whose oneOf is
// still to be decided.
type pendingRule struct {
	node   *node
	choose bool
}

// expand applies what is pending, and returns one combination for each way to
// choose branches.
func (c combination) expand() []combination {
	for len(c.pending) > 0 {
		next := c.pending[0]
		c.pending = c.pending[1:]
		if next.choose {
			return c.fork(next.node)
		}
		if slices.Contains(c.rules, next.node) {
			continue
		}

		c.rules = append(c.rules, next.node)
		var parts []pendingRule
		for _, part := range next.node.allOf {
			parts = append(parts, pendingRule{node: part})
		}
		if len(next.node.oneOf) > 0 {
			parts = append(parts, pendingRule{node: next.node, choose: true})
		}
		c.pending = slices.Concat(parts, c.pending)
	}
	return []combination{c}
}

// fork continues with each branch of a oneOf.
func (c combination) fork(n *node) []combination {
	var all []combination
	for i, branch := range n.oneOf {
		chosen := combination{
			rules:   slices.Clip(c.rules),
			pending: slices.Concat([]pendingRule{{node: branch}}, c.pending),
			chosen:  append(slices.Clip(c.chosen), chosenBranch{n, i}),
		}
		all = append(all, chosen.expand()...)
	}
	return all
}

// shape prepares what the rules of a combination say.
func (p *planner) shape(c combination) (*shape, error) {
	const allKinds = kindNull | kindBoolean | kindNumber | kindString | kindArray | kindObject
	s := &shape{kinds: allKinds, maxItems: -1, usual: true, chosen: c.chosen}
	for _, n := range c.rules {
		if err := s.limit(n); err != nil {
			return nil, fmt.Errorf("%s: %w", n.owner, err)
		}
	}
	if len(c.chosen) > 0 {
		last := c.chosen[len(c.chosen)-1]
		s.response = responseName(last.of.oneOf[last.index])
	}

	if s.kinds&kindArray != 0 {
		s.items = p.below(c.rules, func(n *node) *node { return n.items })
	}
	limitsFields := func(n *node) bool { return n.not != nil || len(n.anyOf) > 0 }
	if s.kinds != kindObject && slices.ContainsFunc(c.rules, limitsFields) {
		return nil, fmt.Errorf("%s: not or anyOf of what need not be an object", c.rules[0].owner)
	}

	var err error
	if s.kinds&kindObject != 0 {
		s.object, err = p.object(c.rules)
	}
	return s, err
}

// below returns the plan for what the rules say about a part of the value. It
// is nil if they say nothing.
func (p *planner) below(rules []*node, part func(*node) *node) *plan {
	var under []*node
	for _, n := range rules {
		if child := part(n); child != nil {
			under = append(under, child)
		}
	}
	if len(under) == 0 {
		return nil
	}
	return p.plan(distinct(under))
}

// limit adds the keywords of one schema that concern the value itself.
func (s *shape) limit(n *node) error {
	if n.kinds != 0 {
		tokens := n.kinds &^ kindInteger
		if n.kinds&kindInteger != 0 {
			tokens |= kindNumber
		}
		s.kinds &= tokens
		s.bounded = true
		s.whole = s.whole || n.kinds&kindNumber == 0
	}

	l := n.leaf
	if l == nil {
		return nil
	}
	if l.unique || l.minProps > 0 || l.maxProps >= 0 {
		return errors.New("uniqueItems, minProperties or maxProperties")
	}
	if l.enum != nil {
		s.enums = append(s.enums, l)
		s.usual = false
	}
	if l.limitsTexts() {
		s.texts = append(s.texts, l)
	}
	if l.limitsNumbers() {
		s.numbers = append(s.numbers, l)
		s.usual = s.usual && s.bounds.narrow(l)
	}
	s.minItems = max(s.minItems, l.minItems)
	if l.maxItems >= 0 && (s.maxItems < 0 || l.maxItems < s.maxItems) {
		s.maxItems = l.maxItems
	}
	return nil
}

// object prepares what the rules say about the fields of an object.
func (p *planner) object(rules []*node) (*objectPlan, error) {
	o := &objectPlan{index: map[string]int{}, holder: holderOf(rules)}
	for _, n := range rules {
		o.closed = o.closed || n.closed
		o.open = o.open || n.open
		if err := o.declare(n); err != nil {
			return nil, err
		}
	}
	for i := range o.fields {
		if err := p.field(&o.fields[i], rules); err != nil {
			return nil, err
		}
	}
	o.extra = p.below(rules, func(n *node) *node { return n.extra })

	for i, n := range rules {
		for _, name := range n.required {
			o.require(name, &o.required)
		}
		if err := p.exclude(o, n); err != nil {
			return nil, err
		}
		if err := p.choices(o, rules[:i+1], n); err != nil {
			return nil, err
		}
	}
	if len(o.fields) > maxFields {
		return nil, fmt.Errorf("%s: an object with more than %d fields", rules[0].owner, maxFields)
	}
	return o, nil
}

// declare adds the fields that a schema declares.
func (o *objectPlan) declare(n *node) error {
	for i := range n.props {
		property := &n.props[i]
		if property.node.schema.ReadOnly || property.node.schema.WriteOnly {
			return fmt.Errorf("%s: %s is readOnly or writeOnly", n.owner, property.name)
		}
		f := o.field(property.name)
		f.declared = true
		f.slots = append(f.slots, property.slot)
	}
	return nil
}

// field prepares what the rules say about the value of a declared field.
func (p *planner) field(f *fieldPlan, rules []*node) error {
	excludes := func(n *node) bool { return n.closed && !n.declares(f.name) }
	if slices.ContainsFunc(rules, excludes) {
		return fmt.Errorf("%s: %s is excluded where another schema declares it", rules[0].owner, f.name)
	}

	f.plan = p.below(rules, func(n *node) *node {
		if property, ok := n.property(f.name); ok {
			return property.node
		}
		return n.extra
	})
	return nil
}

// field returns the field with a name. It adds the field if there is none.
func (o *objectPlan) field(name string) *fieldPlan {
	i, ok := o.index[name]
	if !ok {
		i = len(o.fields)
		o.index[name] = i
		o.fields = append(o.fields, fieldPlan{name: name})
	}
	return &o.fields[i]
}

// require adds a field to a set.
func (o *objectPlan) require(name string, set *fieldSet) {
	o.field(name)
	if i := o.index[name]; i < maxFields {
		set.set(i)
	}
}

// exclude adds the not of a schema. It may only forbid fields.
func (p *planner) exclude(o *objectPlan, n *node) error {
	if n.not == nil {
		return nil
	}
	onlyRequires := len(n.not.required) > 0 && n.not.isOnlyFields() && len(n.not.props) == 0
	if !onlyRequires {
		return fmt.Errorf("%s: not of more than required fields", n.owner)
	}
	var forbidden fieldSet
	for _, name := range n.not.required {
		o.require(name, &forbidden)
	}
	o.forbidden = append(o.forbidden, forbidden)
	return nil
}

// isOnlyFields reports whether a schema only names fields that it declares or
// requires.
func (n *node) isOnlyFields() bool {
	return n.kinds == 0 && n.leaf == nil && !n.isComposed() && n.items == nil && n.isPlainlyOpen()
}

// isPlainlyOpen reports whether a schema has no additionalProperties.
func (n *node) isPlainlyOpen() bool { return n.extra == nil && !n.closed && !n.open }

// choices adds the anyOf of the last of the rules. Its branches may only
// require fields and limit the values of those that the rules declare: then it
// does not matter for the other fields which of them fit.
func (p *planner) choices(o *objectPlan, rules []*node, n *node) error {
	if len(n.anyOf) == 0 {
		return nil
	}
	holder := holderOf(rules)
	if holder == nil || holder != o.holder {
		return fmt.Errorf("%s: anyOf without declared fields", n.owner)
	}

	var choice anyChoice
	for _, branch := range n.anyOf {
		isOtherHolder := branch.component != "" && holder.component == ""
		if isOtherHolder || !branch.isOnlyFields() {
			return fmt.Errorf("%s: anyOf of more than required fields", n.owner)
		}
		for i := range branch.props {
			property := &branch.props[i]
			isDeclared := slices.ContainsFunc(rules, func(n *node) bool { return n.declares(property.name) })
			if !isDeclared || !property.node.isOnlyLeaf() {
				return fmt.Errorf("%s: anyOf that declares fields, or more than limits of them", n.owner)
			}
		}
		choice = append(choice, p.branch(o, branch, len(choice)))
	}
	o.choices = append(o.choices, choice)
	return nil
}

// branch adds what a branch of the next anyOf says. index is its position there.
func (p *planner) branch(o *objectPlan, n *node, index int) anyBranch {
	var added anyBranch
	for _, name := range n.required {
		o.require(name, &added.required)
	}

	for i := range n.props {
		property := &n.props[i]
		f := o.field(property.name)
		f.choices = append(f.choices, fieldChoice{
			choice: len(o.choices),
			branch: index,
			plan:   p.plan([]*node{property.node}),
		})
		added.fields = append(added.fields, branchField{
			field: o.index[property.name],
			slot:  property.slot,
		})
	}
	return added
}

// isOnlyLeaf reports whether a schema says nothing of what is in a value.
func (n *node) isOnlyLeaf() bool {
	return !n.isComposed() && len(n.props) == 0 && len(n.required) == 0 && n.items == nil &&
		n.isPlainlyOpen() && !n.schema.ReadOnly && !n.schema.WriteOnly
}
