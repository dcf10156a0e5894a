package conformance

import "slices"

// Choosing the branch of a oneOf. A validator only needs to know that exactly
// one branch fits. Here the branch that fits best is found first, and the value
// is then checked against that branch only, which gives the exact finding.

// choice is the result of choosing among branches.
type choice struct {
	// best is the index of the branch that fits best, or -1 if none is of the
	// value's type. If there are branches that the value fits, it is one of them.
	best int
	// fitting are the indexes of all branches that fit, if there is more than
	// one.
	fitting []int
}

// misfit says how far a value is from a schema.
type misfit struct {
	// broken counts, by weight, the rules that the value breaks. A value with
	// broken rules cannot fit. A value without may still break rules that were
	// not looked at.
	broken int
	// undeclared counts the fields that the schema does not declare. They are
	// allowed, but they hint at another schema.
	undeclared int
}

// Weights of broken rules: an enum that lists other values marks another kind
// of thing more surely than a missing field does.
const (
	brokenType     = 1000
	brokenEnum     = 3
	brokenRequired = 2
	brokenField    = 2
	brokenNot      = 2
)

func (m misfit) total() int { return m.broken + m.undeclared }

func (m misfit) plus(other misfit) misfit {
	return misfit{m.broken + other.broken, m.undeclared + other.undeclared}
}

// atMost bounds a misfit, so that no part outweighs the rest.
func (m misfit) atMost(limit int) misfit {
	m.broken = min(m.broken, limit)
	m.undeclared = min(m.undeclared, limit-m.broken)
	return m
}

// chooseDepth bounds how deep fields are compared to settle a tie.
const chooseDepth = 3

// choose finds the branch that fits best.
func (s situation) choose(branches []*node, value any) choice {
	misfits := make([]misfit, len(branches))
	var candidates []int // the branches that may fit
	for i, branch := range branches {
		misfits[i] = s.misfit(branch, value, 0)
		if misfits[i].broken == 0 {
			candidates = append(candidates, i)
		}
	}
	if len(candidates) == 1 {
		return choice{best: candidates[0]}
	}

	fitting := slices.DeleteFunc(slices.Clone(candidates), func(i int) bool { return !s.fits(branches[i], value) })
	switch {
	case len(fitting) == 1:
		return choice{best: fitting[0]}
	case len(fitting) > 1:
		candidates = fitting
	default:
		candidates = nearest(misfits)
	}

	chosen := choice{best: -1, fitting: fitting}
	var least, most int
	for _, i := range candidates {
		total := s.misfit(branches[i], value, chooseDepth).total()
		count := countPresent(branches[i], value)
		isBetter := total < least || total == least && count > most
		if chosen.best < 0 || isBetter {
			chosen.best = i
			least = total
			most = count
		}
	}
	return chosen
}

// nearest lists the branches with the least misfit on the surface. If no branch
// is without a misfit, the list includes those that miss by one more, because a
// near miss on the surface may be the better fit below it.
func nearest(misfits []misfit) []int {
	least := brokenType
	for _, m := range misfits {
		least = min(least, m.total())
	}
	if least == brokenType {
		return nil
	}
	if least > 0 {
		least++
	}

	var list []int
	for i, m := range misfits {
		if m.total() <= least && m.total() < brokenType {
			list = append(list, i)
		}
	}
	return list
}

// misfit compares a value with a schema. depth is how many levels of fields are
// compared in full.
func (s situation) misfit(n *node, value any, depth int) misfit {
	if value == nil && n.schema.Nullable {
		return misfit{}
	}
	if !admits(n.kinds, value) {
		return misfit{broken: brokenType}
	}

	var sum misfit
	if value != nil && !n.lists(value) {
		sum.broken += brokenEnum
	}
	if n.isComposed() {
		sum = sum.plus(s.inside(n).misfitOfParts(n, value, depth))
	}
	switch v := value.(type) {
	case map[string]any:
		sum = sum.plus(s.misfitOfFields(n, v, depth))
	case []any:
		sum = sum.plus(s.misfitOfElements(n, v, depth))
	case longList:
		sum = sum.plus(s.misfitOfElements(n, v.first(misfitElements), depth))
	}
	return sum.atMost(brokenType)
}

// misfitElements is how many elements of an array are compared.
const misfitElements = 3

func (s situation) misfitOfElements(n *node, array []any, depth int) misfit {
	var sum misfit
	if n.items == nil || depth == 0 {
		return sum
	}
	for _, element := range array[:min(len(array), misfitElements)] {
		sum = sum.plus(s.misfitBelow(n.items, element, depth))
	}
	return sum
}

func (s situation) misfitOfParts(n *node, value any, depth int) misfit {
	var sum misfit
	if n.not != nil && s.fits(n.not, value) {
		sum.broken += brokenNot
	}
	for _, part := range n.allOf {
		sum = sum.plus(s.misfit(part, value, depth))
	}
	sum = sum.plus(s.leastMisfit(n.oneOf, value, depth))
	return sum.plus(s.leastMisfit(n.anyOf, value, depth))
}

// leastMisfit compares a value with alternatives.
func (s situation) leastMisfit(branches []*node, value any, depth int) misfit {
	var least misfit
	for i, branch := range branches {
		m := s.misfit(branch, value, depth)
		if i == 0 || m.total() < least.total() {
			least = m
		}
	}
	return least
}

// misfitOfFields counts what is missing, what does not fit, and what is not
// declared.
func (s situation) misfitOfFields(n *node, object map[string]any, depth int) misfit {
	var sum misfit
	for _, name := range n.required {
		if _, ok := object[name]; !ok && s.needs(n, name) {
			sum.broken += brokenRequired
		}
	}
	for i := range n.props {
		p := &n.props[i]
		if value, ok := object[p.name]; ok {
			sum = sum.plus(s.misfitBelow(p.node, value, depth))
		}
	}

	if len(n.props) > 0 || len(n.allOf) > 0 {
		for name := range object {
			if !declaresAnywhere(n, name) {
				sum.undeclared++
			}
		}
	}
	return sum
}

// misfitBelow compares a field or an element: in full while there is depth
// left, else only what its surface shows.
func (s situation) misfitBelow(n *node, value any, depth int) misfit {
	below := situation{side: s.side}
	switch {
	case depth > 0:
		return below.misfit(n, value, depth-1).atMost(brokenType / 10)
	case value == nil:
		return misfit{}
	case !fitsSurface(n, value):
		return misfit{broken: brokenField}
	case isUnlisted(n, value):
		return misfit{broken: brokenEnum}
	}
	return misfit{}
}

// fitsSurface reports whether a value is of a type that its schema admits.
func fitsSurface(n *node, value any) bool {
	if !admits(n.kinds, value) {
		return false
	}
	for _, part := range n.allOf {
		if !admits(part.kinds, value) {
			return false
		}
	}
	return len(n.oneOf) == 0 ||
		slices.ContainsFunc(n.oneOf, func(branch *node) bool { return admits(branch.kinds, value) })
}

// isUnlisted reports whether a schema lists the values that it allows, and this
// is not one of them.
func isUnlisted(n *node, value any) bool {
	return !n.lists(value) ||
		slices.ContainsFunc(n.allOf, func(part *node) bool { return isUnlisted(part, value) })
}

// declaresAnywhere reports whether a schema declares a field, in any of its
// branches.
func declaresAnywhere(n *node, name string) bool {
	if _, ok := n.index[name]; ok || n.extra != nil {
		return true
	}
	for _, parts := range [][]*node{n.allOf, n.anyOf, n.oneOf} {
		for _, part := range parts {
			if declaresAnywhere(part, name) {
				return true
			}
		}
	}
	return false
}

// countPresent counts the required fields that a value has.
func countPresent(n *node, value any) int {
	object, ok := value.(map[string]any)
	if !ok {
		return 0
	}

	count := 0
	for _, name := range n.required {
		if _, ok := object[name]; ok {
			count++
		}
	}
	for _, part := range n.allOf {
		count += countPresent(part, value)
	}
	return count
}

// admits reports whether a type is allowed. A fraction counts as an integer
// here, so that it is reported as what it is.
func admits(kinds kind, value any) bool {
	if kinds == 0 {
		return true
	}
	k := kindOf(value)
	if k == kindNumber {
		k |= kindInteger
	}
	return kinds&k != 0
}
