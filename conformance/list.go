package conformance

import (
	"math"
	"slices"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// longListFrom is how many bytes make an array of a body a longList.
const longListFrom = 64 << 10

// longList is an array of a body that is not read into memory: its elements are
// read one at a time, each time that they are needed. Only the array that is a
// whole body, or a field of it, may be one: lists of records are there.
type longList struct {
	text  []byte // with its brackets
	count int    // how many elements text has
	// large is nil if text has all elements. If not, text lacks those that the
	// LargeBody has accepted.
	large *LargeBody
	// faulty has, by index, the end in text of each element that the acceptor
	// cannot read. The faults of its text are reported already.
	faulty map[int]int
}

// longList reads an array if it is long enough, and nothing if it is not.
func (s *scanner) longList() (list longList, ok bool) {
	if s.large != nil && s.pos == s.large.begin {
		list.large = s.large
		return list, s.readLongList(&list)
	}

	const fieldOfBody = 1
	isTooShort := len(s.src)-s.pos < s.long
	if s.long == 0 || s.depth > fieldOfBody || isTooShort {
		return list, false
	}
	start := *s
	ok = s.readLongList(&list)
	if !ok || len(list.text) < s.long {
		*s = start
		return longList{}, false
	}
	return list, true
}

// size returns how many elements the whole array has.
func (l longList) size() int { return l.index(l.count) }

// index returns the index in the whole array of the text's i-th element.
func (l longList) index(i int) int {
	if l.large == nil {
		return i
	}
	if i < len(l.large.indexes) {
		return l.large.indexes[i]
	}
	return l.large.count + i - len(l.large.indexes)
}

// readLongList moves past an array. ok is false if the text cannot be read to the
// array's end.
func (s *scanner) readLongList(list *longList) (ok bool) {
	start := s.pos
	last := len(s.path)
	s.enter()
	s.path = append(s.path, step{})
	a := acceptor{text: s.src, dry: true}

	s.space()
	for ; !s.take(']'); list.count++ {
		if list.count > 0 && !s.take(',') {
			s.die(`"," or "]"`, "")
			return false
		}
		s.space()
		s.path[last] = indexStep(list.index(list.count))

		if !s.skip(&a) {
			s.value()
			if s.dead {
				return false
			}
			list.addFaulty(s.pos - start)
		}
		s.space()
	}

	s.path = s.path[:last]
	s.depth--
	list.text = s.src[start:s.pos]
	return true
}

// addFaulty notes the end of the current element, whose text has a fault.
func (l *longList) addFaulty(end int) {
	if l.faulty == nil {
		l.faulty = map[int]int{}
	}
	l.faulty[l.count] = end
}

// skip moves past a value that has no fault, or stays where it is.
func (s *scanner) skip(a *acceptor) bool {
	a.at = s.pos
	a.depth = s.depth
	a.names = a.names[:0]
	a.path = a.path[:0]
	if !a.value(anything) {
		return false
	}
	s.pos = a.at
	return true
}

// eachElement calls yield with the acceptor at the start of each element. yield
// must leave it there, or at the element's end.
func (l longList) eachElement(a *acceptor, yield func(i int) bool) {
	a.text = l.text
	a.at = len("[")
	for i := range l.count {
		a.space()
		a.take(',')
		a.space()
		if !yield(i) {
			return
		}
	}
}

// element reads the i-th element, at whose start the acceptor is.
func (l longList) element(a *acceptor, i int) any {
	start := a.at
	end, isFaulty := l.faulty[i]
	if isFaulty {
		a.at = end
	} else {
		a.value(anything)
	}
	value, _, _ := scanJSON(l.text[start:a.at], maxDepth)
	return value
}

// elements iterates over the elements.
func (l longList) elements(yield func(any) bool) {
	a := acceptor{dry: true}
	l.eachElement(&a, func(i int) bool { return yield(l.element(&a, i)) })
}

// first returns up to n elements.
func (l longList) first(n int) []any {
	list := make([]any, 0, min(n, l.count))
	for element := range l.elements {
		if len(list) == n {
			break
		}
		list = append(list, element)
	}
	return list
}

// MarshalJSON writes no more than a finding shows.
func (l longList) MarshalJSON() ([]byte, error) { return jsonvalue.Encode(l.first(maxValue)) }

// inMemory returns an array that is in memory, and other values as they are.
func inMemory(value any) any {
	if list, ok := value.(longList); ok {
		return list.first(list.count)
	}
	return value
}

// isPart reports whether a value is a list without all its elements.
func isPart(value any) bool {
	list, ok := value.(longList)
	return ok && list.large != nil
}

// visitLongElements visits the elements of an array, except those that the acceptor
// accepts.
func (w *walker) visitLongElements(rules []applied, list longList) {
	under := appendItems(nil, rules)
	if len(under) == 0 {
		return
	}
	p := w.checker.planner.known(distinct(nodesOf(under)))
	a := acceptor{checker: w.checker, side: w.side, seen: make(bitset, len(w.seen)), path: acceptedPath(w.path)}
	drift := w.addMissing(list, p)

	w.path = append(w.path, step{})
	list.eachElement(&a, func(i int) bool {
		index := list.index(i)
		drift = w.driftBefore(drift, index)
		w.path[len(w.path)-1] = indexStep(index)
		if p == nil || !w.accepted(&a, p, index) {
			w.visit(under, list.element(&a, i))
		}
		return true
	})
	w.driftBefore(drift, math.MaxInt)
	w.path = w.path[:len(w.path)-1]
}

// addMissing adds the coverage of the elements that are not in the text, and
// returns their drift. If they were accepted by another plan than this one,
// nothing is known of them.
func (w *walker) addMissing(list longList, p *plan) []acceptedDrift {
	if list.large == nil {
		return nil
	}
	if list.large.plan != p {
		w.unsure = true
		return nil
	}
	w.seen.merge(list.large.seen)
	return list.large.sortedDrift()
}

// accepted reports whether the acceptor accepts the i-th element of the whole
// array, and adds its drift and coverage. If not, the acceptor stays at the
// element's start.
func (w *walker) accepted(a *acceptor, p *plan, i int) bool {
	start := *a
	clear(a.seen)
	a.drift = a.drift[:0]
	a.path = append(a.path, acceptedStep{rank: rankIndex, index: i})
	isAccepted := a.value(p)
	if !isAccepted {
		*a = start
		return false
	}
	a.path = start.path

	w.seen.merge(a.seen)
	for _, d := range a.sortedDrift() {
		w.drift.add(d.Drift, d.generic)
	}
	return true
}

// acceptedPath converts a path to the acceptor's form, with the capacity for all
// that an element can add.
func acceptedPath(path []step) []acceptedStep {
	list := make([]acceptedStep, 0, len(path)+maxDepth)
	for _, s := range path {
		converted := acceptedStep{rank: rankIndex, index: s.index}
		if s.isField {
			converted = acceptedStep{name: []byte(s.field)}
		}
		list = append(list, converted)
	}
	return list
}

// distinct removes nodes that are in the list already.
func distinct(nodes []*node) []*node {
	var list []*node
	for _, n := range nodes {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}
