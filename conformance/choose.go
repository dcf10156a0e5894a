package conformance

import (
	"encoding/json"
	"slices"
)

// Choosing the branch of a oneOf. kin-openapi says only that nothing, or more
// than one, matched. Here the branch that fits best is found first, and the
// value is then checked against that one alone, which gives the exact finding.

// Weights of a misfit: an enum that lists other values marks another kind of
// thing more surely than a member that is missing, and that more surely than a
// member that is not declared.
const (
	misfitType       = 1000
	misfitEnum       = 3
	misfitRequired   = 2
	misfitMember     = 2
	misfitNot        = 2
	misfitUndeclared = 1
)

// chooseDepth bounds how deep members are compared to settle a tie, and
// recursion through schemas that contain themselves.
const (
	chooseDepth  = 3
	compositions = 8
)

// choose gives the index of the branch that fits best, or -1 if none is of
// the value's type.
func (w *walker) choose(branches []*node, value any) int {
	var room [16]int
	costs := room[:0]
	least, alone, at := misfitType, false, -1
	for i, b := range branches {
		cost := w.misfit(b, value, 0, compositions)
		costs = append(costs, cost)
		switch {
		case cost < least:
			least, alone, at = cost, true, i
		case cost == least:
			alone = false
		}
	}
	if at < 0 || alone && least == 0 {
		return at
	}
	// The surface does not decide. Where nothing fits, a near miss on the
	// surface may be the better fit below it.
	limit := least
	if least > 0 {
		limit++
	}
	at = -1
	var most int
	for i, b := range branches {
		if costs[i] > limit {
			continue
		}
		cost, has := w.misfit(b, value, chooseDepth, compositions), present(b, value, compositions)
		if at < 0 || cost < least || cost == least && has > most {
			at, least, most = i, cost, has
		}
	}
	return at
}

// misfit counts, by weight, in how many ways a value does not fit. deep says
// how many levels of members are compared in full.
func (w *walker) misfit(n *node, value any, deep, budget int) int {
	switch {
	case budget == 0 || value == nil && n.schema.Nullable:
		return 0
	case !admits(n.kinds, value):
		return misfitType
	}
	cost := 0
	if len(n.schema.Enum) > 0 && !listed(n, value) {
		cost += misfitEnum
	}
	if n.not != nil && w.fits(n.not, value) {
		cost += misfitNot
	}
	for _, part := range n.allOf {
		cost += w.misfit(part, value, deep, budget-1)
	}
	cost += w.least(n.oneOf, value, deep, budget-1)
	cost += w.least(n.anyOf, value, deep, budget-1)
	switch v := value.(type) {
	case map[string]any:
		cost += w.misfitOfMembers(n, v, deep)
	case []any:
		if n.items != nil && deep > 0 {
			for _, item := range v[:min(len(v), 3)] {
				cost += w.misfitBelow(n.items, item, deep)
			}
		}
	}
	return min(cost, misfitType)
}

// misfitOfMembers counts what is missing, what does not fit and what is not
// declared.
func (w *walker) misfitOfMembers(n *node, object map[string]any, deep int) int {
	cost := 0
	for _, name := range n.required {
		if _, ok := object[name]; !ok {
			cost += misfitRequired
		}
	}
	for i := range n.props {
		p := &n.props[i]
		if member, ok := object[p.name]; ok {
			cost += w.misfitBelow(p.node, member, deep)
		}
	}
	if len(n.props) > 0 || len(n.allOf) > 0 {
		for name := range object {
			if !declares(n, name, compositions) {
				cost += misfitUndeclared
			}
		}
	}
	return cost
}

// misfitBelow counts for a member or an item: in full while there is depth
// left, else what its surface shows.
func (w *walker) misfitBelow(n *node, value any, deep int) int {
	switch {
	case deep > 0:
		return min(w.misfit(n, value, deep-1, compositions), misfitType/10)
	case value == nil:
		return 0
	case !surface(n, value):
		return misfitMember
	case unlisted(n, value, compositions):
		return misfitEnum
	}
	return 0
}

func (w *walker) least(branches []*node, value any, deep, budget int) int {
	best := -1
	for _, b := range branches {
		if cost := w.misfit(b, value, deep, budget); best < 0 || cost < best {
			best = cost
		}
	}
	return max(best, 0)
}

// surface reports whether a member is of a type that its schema admits.
func surface(n *node, value any) bool {
	if !admits(n.kinds, value) {
		return false
	}
	for _, part := range n.allOf {
		if !admits(part.kinds, value) {
			return false
		}
	}
	return len(n.oneOf) == 0 || slices.ContainsFunc(n.oneOf, func(b *node) bool { return admits(b.kinds, value) })
}

// unlisted reports whether a schema lists the values that it allows, and this
// is another.
func unlisted(n *node, value any, budget int) bool {
	if budget == 0 {
		return false
	}
	if len(n.schema.Enum) > 0 && !listed(n, value) {
		return true
	}
	return slices.ContainsFunc(n.allOf, func(part *node) bool { return unlisted(part, value, budget-1) })
}

// listed reports whether a value is one of its schema's enum.
func listed(n *node, value any) bool {
	switch v := value.(type) {
	case string:
		_, ok := n.enumSlot[v]
		return ok
	case json.Number:
		mine, ok := exact(v)
		return ok && slices.ContainsFunc(n.schema.Enum, func(e any) bool {
			other, ok := exactAny(e)
			return ok && other.Cmp(mine) == 0
		})
	case bool, nil:
		return slices.Contains(n.schema.Enum, value)
	}
	return true // objects and arrays are left to kin-openapi
}

// declares reports whether a schema knows a member, in any of its branches.
func declares(n *node, name string, budget int) bool {
	if budget == 0 {
		return false
	}
	if _, ok := n.index[name]; ok {
		return true
	}
	for _, list := range [][]*node{n.allOf, n.anyOf, n.oneOf} {
		for _, part := range list {
			if declares(part, name, budget-1) {
				return true
			}
		}
	}
	return n.extra != nil
}

// present counts the required members that are there.
func present(n *node, value any, budget int) int {
	object, ok := value.(map[string]any)
	if !ok || budget == 0 {
		return 0
	}
	count := 0
	for _, name := range n.required {
		if _, ok := object[name]; ok {
			count++
		}
	}
	for _, part := range n.allOf {
		count += present(part, value, budget-1)
	}
	return count
}

// admits reports whether a type is allowed; fractions count as integers here,
// so that they are reported as what they are.
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

// mayFit is a cheap test that never refuses what kin-openapi accepts.
func mayFit(n *node, value any, budget int) bool {
	if value == nil || budget == 0 {
		return true
	}
	if !admits(n.kinds, value) {
		return false
	}
	if object, ok := value.(map[string]any); ok {
		for _, name := range n.required {
			if _, ok := object[name]; !ok {
				if p, declared := n.property(name); declared && (p.node.schema.ReadOnly || p.node.schema.WriteOnly) {
					continue
				}
				return false
			}
		}
		for i := range n.props {
			p := &n.props[i]
			member, ok := object[p.name]
			if !ok || member == nil {
				continue
			}
			if !admits(p.node.kinds, member) {
				return false
			}
			if len(p.node.schema.Enum) > 0 && !listed(p.node, member) {
				return false
			}
		}
	}
	for _, part := range n.allOf {
		if !mayFit(part, value, budget-1) {
			return false
		}
	}
	return true
}
