package conformance

import (
	"slices"
	"sync"
)

// bitset holds which slots were seen.
type bitset []uint64

func (b bitset) set(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }

func (b bitset) merge(other bitset) {
	for i := range other {
		b[i] |= other[i]
	}
}

// Seen holds what one exchange really showed of the contract: declared
// members, values of enums, nulls, array elements, branches of oneOf.
type Seen struct {
	operation       string
	request, answer bitset
}

func (c *Checker) newSeen(operation string) Seen {
	words := (len(c.slots) + 63) / 64
	both := make(bitset, 2*words)
	return Seen{operation, both[:words:words], both[words:]}
}

func (s Seen) side(side Side) bitset {
	if side == SideRequest {
		return s.request
	}
	return s.answer
}

// Count is how many of the declared things were seen.
type Count struct {
	Seen     int `json:"seen"`
	Declared int `json:"declared"`
}

// OperationCoverage is what was seen of one operation, requests and answers
// together. What only other operations use does not count.
type OperationCoverage struct {
	Operation string `json:"operation"`
	// Members counts declared members of objects, each with its schema.
	Members Count `json:"members"`
	// EnumValues counts the texts that enums list.
	EnumValues Count `json:"enum_values"`
	// Nulls counts the members that may be null.
	Nulls Count `json:"nulls"`
	// Items counts the arrays that were seen with an element.
	Items Count `json:"items"`
	// Branches counts the branches of oneOf.
	Branches Count `json:"branches"`
	// Unseen names the members that were never there, as "Schema.member";
	// the others likewise, as "Schema.member=value", "Schema.member[]" and
	// "Schema: Branch".
	UnseenMembers    []string `json:"unseen_members,omitempty"`
	UnseenEnumValues []string `json:"unseen_enum_values,omitempty"`
	UnseenNulls      []string `json:"unseen_nulls,omitempty"`
	UnseenItems      []string `json:"unseen_items,omitempty"`
	UnseenBranches   []string `json:"unseen_branches,omitempty"`
}

// Coverage adds up what exchanges showed. It is safe for concurrent use.
type Coverage struct {
	c  *Checker
	mu sync.Mutex
	by map[string]*Seen
}

// NewCoverage begins to count.
func (c *Checker) NewCoverage() *Coverage {
	return &Coverage{c: c, by: map[string]*Seen{}}
}

// Add counts what a result saw.
func (v *Coverage) Add(r Result) {
	if r.Seen.operation == "" {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	sum, ok := v.by[r.Seen.operation]
	if !ok {
		fresh := v.c.newSeen(r.Seen.operation)
		sum = &fresh
		v.by[r.Seen.operation] = sum
	}
	sum.request.merge(r.Seen.request)
	sum.answer.merge(r.Seen.answer)
}

// Operation gives the coverage of one operation, also of one that was never
// met.
func (v *Coverage) Operation(id string) OperationCoverage {
	cov := OperationCoverage{Operation: id}
	o, ok := v.c.operations[id]
	if !ok {
		return cov
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	seen, ok := v.by[id]
	if !ok {
		fresh := v.c.newSeen(id)
		seen = &fresh
	}
	words := (len(v.c.slots) + 63) / 64
	request, answer := make(bitset, words), make(bitset, words)
	if o.body != nil {
		o.body.reach(request)
	}
	for _, a := range o.answers {
		a.reach(answer)
	}
	cov.count(v.c.slots, request, seen.request)
	cov.count(v.c.slots, answer, seen.answer)
	for _, list := range []*[]string{&cov.UnseenMembers, &cov.UnseenEnumValues, &cov.UnseenNulls, &cov.UnseenItems, &cov.UnseenBranches} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return cov
}

func (cov *OperationCoverage) count(slots []slot, reachable, seen bitset) {
	for i, s := range slots {
		if !reachable.has(i) {
			continue
		}
		var count *Count
		var unseen *[]string
		switch s.kind {
		case slotMember:
			count, unseen = &cov.Members, &cov.UnseenMembers
		case slotNull:
			count, unseen = &cov.Nulls, &cov.UnseenNulls
		case slotEnum:
			count, unseen = &cov.EnumValues, &cov.UnseenEnumValues
		case slotItems:
			count, unseen = &cov.Items, &cov.UnseenItems
		case slotBranch:
			count, unseen = &cov.Branches, &cov.UnseenBranches
		}
		count.Declared++
		if seen.has(i) {
			count.Seen++
		} else {
			*unseen = append(*unseen, s.name)
		}
	}
}

// reach marks the slots that a body can show.
func (b *bodySpec) reach(into bitset) {
	visited := map[*node]bool{}
	for _, m := range b.media {
		m.node.reach(into, visited)
	}
}

func (n *node) reach(into bitset, visited map[*node]bool) {
	if n == nil || visited[n] {
		return
	}
	visited[n] = true
	for _, slot := range n.enumSlot {
		into.set(slot)
	}
	for i := range n.props {
		p := &n.props[i]
		into.set(p.seen)
		if nullable(p.node, compositions) {
			into.set(p.seen + 1)
		}
		p.node.reach(into, visited)
	}
	if n.items != nil {
		into.set(n.itemsSlot)
		n.items.reach(into, visited)
	}
	for i, b := range n.oneOf {
		into.set(n.branchSlot + i)
		b.reach(into, visited)
	}
	for _, list := range [][]*node{n.allOf, n.anyOf, {n.extra}} {
		for _, part := range list {
			part.reach(into, visited)
		}
	}
}

func nullable(n *node, budget int) bool {
	if n.schema.Nullable || budget == 0 {
		return n.schema.Nullable
	}
	for _, list := range [][]*node{n.anyOf, n.oneOf} {
		if slices.ContainsFunc(list, func(b *node) bool { return nullable(b, budget-1) }) {
			return true
		}
	}
	return false
}
