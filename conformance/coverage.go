package conformance

import (
	"slices"
	"sync"
)

// bitset holds the slots of the fields that were seen, one bit for each.
type bitset []uint64

func (b bitset) set(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }

func (b bitset) merge(other bitset) {
	for i := range other {
		b[i] |= other[i]
	}
}

// Seen holds which declared fields one exchange had.
type Seen struct {
	operation         string
	request, response bitset
}

func (c *Checker) newSeen(operation string) Seen {
	words := (len(c.fields) + 63) / 64
	both := make(bitset, 2*words)
	return Seen{operation, both[:words:words], both[words:]}
}

func (s Seen) side(side Side) bitset {
	if side == SideRequest {
		return s.request
	}
	return s.response
}

// Count is how many of the declared things were seen.
type Count struct {
	Seen     int `json:"seen"`
	Declared int `json:"declared"`
}

// OperationCoverage is what was seen of one operation, in requests and
// responses together. What only other operations use does not count.
type OperationCoverage struct {
	Operation string `json:"operation"`
	// Fields counts declared fields of objects, each with its schema.
	Fields Count `json:"fields"`
	// UnseenFields names the fields that were never there, as "Schema.field".
	UnseenFields []string `json:"unseen_fields,omitempty"`
}

// Coverage adds up which declared fields occurred in exchanges. It is safe for
// concurrent use.
type Coverage struct {
	checker *Checker
	mu      sync.Mutex
	seen    map[string]Seen // by operation
}

// NewCoverage returns a Coverage without any exchange.
func (c *Checker) NewCoverage() *Coverage {
	return &Coverage{checker: c, seen: map[string]Seen{}}
}

// Add adds the fields that occurred in the exchange of a result.
func (v *Coverage) Add(r Result) {
	id := r.Seen.operation
	if id == "" {
		return
	}

	v.mu.Lock()
	defer v.mu.Unlock()
	sum, ok := v.seen[id]
	if !ok {
		sum = v.checker.newSeen(id)
		v.seen[id] = sum
	}
	sum.request.merge(r.Seen.request)
	sum.response.merge(r.Seen.response)
}

// Operation returns the coverage of one operation. It may be one that no
// exchange has used.
func (v *Coverage) Operation(id string) OperationCoverage {
	cov := OperationCoverage{Operation: id}
	o, ok := v.checker.operations[id]
	if !ok {
		return cov
	}

	v.mu.Lock()
	defer v.mu.Unlock()
	seen, reachable := v.fieldsOf(o)
	cov.count(v.checker.fields, reachable.request, seen.request)
	cov.count(v.checker.fields, reachable.response, seen.response)
	slices.Sort(cov.UnseenFields)
	cov.UnseenFields = slices.Compact(cov.UnseenFields)
	return cov
}

// fieldsOf returns the fields of an operation that were seen, and those that its
// bodies can have. The caller holds the lock.
func (v *Coverage) fieldsOf(o *operation) (seen, reachable Seen) {
	seen, ok := v.seen[o.ID]
	if !ok {
		seen = v.checker.newSeen(o.ID)
	}
	reachable = v.checker.newSeen(o.ID)
	o.reach(reachable)
	return seen, reachable
}

// Fields lists the declared fields of one side of an operation, as
// "Schema.field" and sorted: those that were seen, and the others.
func (v *Coverage) Fields(id string, side Side) (seen, unseen []string) {
	o, ok := v.checker.operations[id]
	if !ok {
		return nil, nil
	}

	v.mu.Lock()
	defer v.mu.Unlock()
	seenFields, reachable := v.fieldsOf(o)
	for i, name := range v.checker.fields {
		switch {
		case seenFields.side(side).has(i):
			seen = append(seen, name)
		case reachable.side(side).has(i):
			unseen = append(unseen, name)
		}
	}

	slices.Sort(seen)
	slices.Sort(unseen)
	return slices.Compact(seen), slices.Compact(unseen)
}

// count adds the fields of one side.
func (cov *OperationCoverage) count(fields []string, reachable, seen bitset) {
	for i, name := range fields {
		if !reachable.has(i) {
			continue
		}
		cov.Fields.Declared++
		if seen.has(i) {
			cov.Fields.Seen++
		} else {
			cov.UnseenFields = append(cov.UnseenFields, name)
		}
	}
}

// reach marks the fields that the bodies of an operation can have.
func (o *operation) reach(into Seen) {
	if o.body != nil {
		o.body.reach(into.request)
	}
	for _, response := range o.responses {
		response.reach(into.response)
	}
}

// reach marks the fields that a body can have.
func (b *bodySpec) reach(into bitset) {
	visited := map[*node]bool{}
	for _, media := range b.media {
		media.node.reach(into, visited)
	}
}

// reach marks the fields that a value can have.
func (n *node) reach(into bitset, visited map[*node]bool) {
	if n == nil || visited[n] {
		return
	}
	visited[n] = true

	for i := range n.props {
		into.set(n.props[i].slot)
		n.props[i].node.reach(into, visited)
	}
	n.items.reach(into, visited)
	n.extra.reach(into, visited)
	for _, part := range slices.Concat(n.allOf, n.anyOf, n.oneOf) {
		part.reach(into, visited)
	}
}
