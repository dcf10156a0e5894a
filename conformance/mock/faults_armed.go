package mock

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
)

// armedFault is a fault with the operation that it hits.
type armedFault struct {
	operation string
	fault     Fault
}

// faults holds what is armed.
type faults struct {
	seed uint64

	mu    sync.Mutex
	armed []*counted
	next  int // the number of the next one
}

// counted is an armed fault with what it has seen.
type counted struct {
	armedFault
	number int
	seen   map[string]uint64 // requests by operation, so that a draw does not depend on how operations interleave
	all    int
	hits   int
}

func (f *faults) arm(operation string, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = append(f.armed, &counted{
		armedFault: armedFault{operation, fault},
		number:     f.next,
		seen:       map[string]uint64{},
	})
	f.next++
}

func (f *faults) disarm(number int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = slices.DeleteFunc(f.armed, func(c *counted) bool { return c.number == number })
}

func (f *faults) list() []ArmedFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []ArmedFault
	for _, c := range f.armed {
		list = append(list, ArmedFault{Number: c.number, Operation: c.operation, Fault: c.fault, Hits: c.hits})
	}
	return list
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = nil
	f.next = 0
}

func (f *faults) refusing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.armed, func(c *counted) bool { return c.fault.Kind == Refuse })
}

// draw decides which fault hits a request. Every armed fault that can hit it
// counts the request, also when an earlier one hits it.
func (f *faults) draw(operation string, http2 bool) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()

	var hit *counted
	for _, c := range f.armed {
		concerns := c.operation == All || c.operation == operation
		if !concerns || c.fault.Kind == Refuse || c.fault.Kind.needsHTTP2() && !http2 {
			continue
		}

		n := c.seen[operation]
		c.seen[operation]++
		c.all++
		if hit == nil && c.hitsNow(f.chance(c.number, operation, n)) {
			c.hits++
			hit = c
		}
	}

	if hit == nil {
		return Fault{}, false
	}
	return hit.fault, true
}

func (c *counted) hitsNow(chance float64) bool {
	switch {
	case c.all <= c.fault.After:
		return false
	case c.fault.Times > 0 && c.hits >= c.fault.Times:
		return false
	case c.fault.Rate > 0 && chance >= c.fault.Rate:
		return false
	}
	return true
}

// chance is a number from 0 to 1 that depends only on the seed, on which of the
// armed faults it is, on the operation and on how many requests the operation had.
// So two faults with a rate hit requests independently.
func (f *faults) chance(armed int, operation string, n uint64) float64 {
	h := fnv.New64a()
	h.Write([]byte(operation))
	stream := h.Sum64() + n + uint64(armed)<<48 //nolint:gosec // an index
	return rand.New(rand.NewPCG(f.seed, stream)).Float64()
}
