package conformance

import (
	"bytes"
	"net/http"
	"slices"
	"unicode/utf8"
)

// Bounds of what is kept of a large body, in bytes.
const (
	maxElement = 4 << 20 // of one element, until its end has arrived
	maxUnsure  = 2 << 20 // of the elements that the acceptor does not accept
	maxRest    = 1 << 20 // of what follows the list
	maxTail    = 4 << 10 // of what follows the place where the reading ends
)

// LargeBody reads the body of a response while it arrives, and keeps little of
// it: a long list is checked element by element, and what conforms is forgotten.
// Write all of the body to it, then check the exchange with the LargeBody as
// [Response.Large]. The result is that of the whole body, with two exceptions:
//
//   - If much of the body does not conform, not every place is counted.
//   - If a part is too large to be read, or if too much cannot be decided, and
//     nothing was found in the rest, the result's Err is [ErrUnchecked].
//
// A LargeBody is for one goroutine at a time.
type LargeBody struct {
	// plan is the plan of the elements. If the walker follows another one, what
	// was accepted does not count.
	plan     *plan
	acceptor acceptor // its drift is the drift of all accepted elements
	counts   []int    // the counts of its drift before the current element
	seen     bitset   // the coverage of all accepted elements

	state  largeState
	begin  int // the offset of the list's bracket in the body
	count  int // how many elements were read
	size   int // how many bytes were written
	unread []byte
	next   int // the offset in unread of the next byte
	wanted int // how many bytes must be unread before it pays to read again

	// kept is the body without the elements that were accepted. gaps are the
	// places of those, and indexes are the indexes of the elements that are kept.
	kept    []byte
	gaps    gaps
	indexes []int
	unsure  int // bytes of kept elements
	rest    int // bytes that are kept after the list
	// afterFault says that the text of the last element has a fault. The next
	// element is then kept, because the fault's message may quote how it begins.
	afterFault bool
	// lost says that something is missing from kept that was not accepted.
	lost bool
}

// largeState is what the next unread byte belongs to.
type largeState int

const (
	beforeList largeState = iota
	inList
	afterList
	pastReading // nothing more is kept
)

// NewLargeBody begins to read the response's body of an exchange, of which the
// request and the response's status and header are known. start is the beginning
// of the body, which must be written to the LargeBody, too. The result is nil if
// the contract describes no list that begins there, or several: then the body can
// only be checked as a whole.
func (c *Checker) NewLargeBody(ex Exchange, start []byte) *LargeBody {
	if ex.Expect.Response != "" || ex.Request.Method == http.MethodHead {
		return nil
	}
	ex.Response.Header = canonicalHeader(ex.Response.Header)
	p := c.planOfResponse(&ex, start)
	if p == nil {
		return nil
	}

	head := listHead{acceptor: acceptor{checker: c, side: SideResponse, text: start, dry: true}}
	elements := head.find(p)
	if elements == nil {
		return nil
	}

	seen := c.newSeen("").side(SideResponse)
	return &LargeBody{
		plan:  elements,
		begin: head.acceptor.at,
		seen:  seen,
		acceptor: acceptor{
			checker: c,
			side:    SideResponse,
			seen:    slices.Clone(seen),
			path:    acceptedPath(head.path),
			depth:   len(head.path) + 1,
		},
	}
}

// planOfResponse returns the plan of a response's body, or nil if there is none.
func (c *Checker) planOfResponse(ex *Exchange, start []byte) *plan {
	o, _ := c.operationOf(ex)
	if o == nil || ex.Response.Status == 0 {
		return nil
	}
	spec := o.response(ex.Response.Status)
	if spec == nil || len(spec.types) == 0 {
		return nil
	}

	m := message{side: SideResponse, header: ex.Response.Header, body: start, described: &spec.bodySpec}
	media, _ := m.checkLabel()
	if media == nil || isFormType(media.name) || isMultipart(media.name) {
		return nil
	}
	return c.plans[media.node]
}

// listHead reads up to the first list of a body.
type listHead struct {
	acceptor acceptor
	path     []step // to the list
}

// find returns the plan of the list's elements, with the acceptor at the list.
// It is nil if there is no such list in the text.
func (h *listHead) find(p *plan) *plan {
	a := &h.acceptor
	a.space()
	if a.next() == '[' {
		return elementsOf([]*plan{p})
	}
	if a.next() != '{' || !a.enter() {
		return nil
	}

	for {
		name, isPlain, ok := a.fieldName()
		if !ok || !isPlain {
			return nil
		}
		if a.next() == '[' {
			if elements := elementsOf(p.field(string(name))); elements != nil {
				h.path = []step{fieldStep(string(name))}
				return elements
			}
		}
		if !a.value(anything) {
			return nil
		}
		a.space()
		if !a.separator() {
			return nil
		}
	}
}

// field returns the plans that a field has in the shapes of an object. A field
// that is undeclared in a shape may be anything there.
func (p *plan) field(name string) []*plan {
	var list []*plan
	for _, s := range p.shapes {
		if s.object == nil {
			continue
		}
		i, known := s.object.index[name]
		switch {
		case known && len(s.object.fields[i].choices) > 0:
			return nil
		case known && s.object.fields[i].declared:
			list = append(list, s.object.fields[i].plan)
		default:
			list = append(list, s.object.extra)
		}
	}
	return list
}

// elementsOf returns the plan of the elements of an array that follows one of
// these plans. It is nil if they describe elements differently, or not at all:
// which of the plans the array fits would then depend on elements that are not
// kept.
func elementsOf(plans []*plan) *plan {
	var only *plan
	for _, p := range plans {
		if p == nil {
			continue // anything
		}
		for _, s := range p.shapes {
			if s.kinds&kindArray == 0 || s.items == nil {
				continue
			}
			if len(s.enums) > 0 || only != nil && only != s.items {
				return nil
			}
			only = s.items
		}
	}
	return only
}

// Write takes the next bytes of the body. It never fails.
func (b *LargeBody) Write(p []byte) (int, error) {
	b.size += len(p)
	if b.state == pastReading {
		return len(p), nil
	}

	b.unread = append(b.unread, p...)
	if len(b.unread) < b.wanted {
		return len(p), nil
	}

	b.wanted = 0
	for b.advance() {
	}
	b.unread = b.unread[:copy(b.unread, b.unread[b.next:])]
	b.next = 0
	return len(p), nil
}

// end takes what is unread as the end of the body.
func (b *LargeBody) end() {
	for b.advance() {
	}
	b.keep(len(b.unread))
}

// advance reads a part of what is unread, and reports whether it can be called
// again.
func (b *LargeBody) advance() bool {
	switch b.state {
	case beforeList:
		afterBracket := b.begin + 1
		if len(b.unread) < afterBracket {
			return false
		}
		b.keep(afterBracket)
		b.state = inList
		return true
	case inList:
		return b.element()
	case afterList:
		b.rest += len(b.unread) - b.next
		if b.rest > maxRest {
			return b.giveUp()
		}
		b.keep(len(b.unread))
	}
	return false
}

// element reads the next element with the comma before it, or the end of the
// list.
func (b *LargeBody) element() bool {
	a := &b.acceptor
	a.text = b.unread
	a.at = b.next
	a.space()
	if a.at == len(a.text) {
		return b.needMore()
	}
	isListOver := a.next() == ']' || b.count > 0 && !a.separator()
	if isListOver {
		// If this is not the bracket, the scanner reports it in the kept text.
		b.state = afterList
		return true
	}
	if a.at == len(a.text) {
		return b.needMore()
	}

	start := a.at
	isAccepted := b.accept()
	end := a.at
	if !isAccepted {
		end = valueEnd(a.text, start)
	}
	a.at = end
	a.space()
	if a.at == len(a.text) {
		b.undoDrift()
		return b.needMore()
	}

	// What is kept must have the faults of the whole. If there is no comma between
	// two elements, both are kept.
	isFollowed := a.next() == ',' || a.next() == ']'
	if isAccepted && isFollowed && !b.isFirst(end) && !b.afterFault {
		b.forget(end)
		return true
	}
	b.undoDrift()
	b.afterFault = !b.isReadable(start, end)
	b.keepElement(end)
	return true
}

// isReadable reports whether a part of the unread text is a JSON value without
// any fault.
func (b *LargeBody) isReadable(start, end int) bool {
	a := &b.acceptor
	names := a.names
	depth := a.depth
	path := a.path
	a.at = start
	ok := a.value(anything) && a.at == end
	a.names = names
	a.depth = depth
	a.path = path
	return ok
}

// needMore waits for more of an element: until twice as much of it has arrived, so
// that a long one is not read again for each part.
func (b *LargeBody) needMore() bool {
	unread := len(b.unread) - b.next
	if unread > maxElement {
		return b.giveUp()
	}
	b.wanted = 2 * unread
	return false
}

// isFirst reports whether the element that ends at an offset is one of the first
// in the list. These are kept, because a finding about the list may show them,
// and because the branch of a oneOf may be chosen by them.
func (b *LargeBody) isFirst(end int) bool {
	const shown = maxValue * utf8.UTFMax
	read := len(b.kept) - b.begin + end - b.next
	isAllKept := b.count == len(b.indexes)
	return b.count < misfitElements || isAllKept && read < shown
}

// accept reports whether the acceptor accepts the next element. If so, its seen
// and drift have what it marked.
func (b *LargeBody) accept() bool {
	a := &b.acceptor
	b.counts = b.counts[:0]
	for i := range a.drift {
		b.counts = append(b.counts, a.drift[i].Count)
	}
	clear(a.seen)
	start := *a

	a.path = append(a.path, acceptedStep{rank: rankIndex, index: b.count})
	isAccepted := a.value(b.plan)
	a.path = start.path
	a.names = start.names
	a.depth = start.depth
	if !isAccepted {
		b.undoDrift()
	}
	return isAccepted
}

// undoDrift removes the drift of the element that was read last.
func (b *LargeBody) undoDrift() {
	a := &b.acceptor
	a.drift = a.drift[:len(b.counts)]
	for i, count := range b.counts {
		a.drift[i].Count = count
	}
}

// forget drops an element that was accepted.
func (b *LargeBody) forget(end int) {
	a := &b.acceptor
	b.seen.merge(a.seen)
	for i := len(b.counts); i < len(a.drift); i++ {
		a.drift[i].settle()
	}
	b.gaps = b.gaps.add(b.kept, b.unread[b.next:end])
	b.next = end
	b.count++
}

// settle makes a drift independent of the text, which will be overwritten.
func (d *acceptedDrift) settle() {
	content, _, _ := scanBody(d.value, longListFrom)
	d.Shape = shapeOf(content)
	d.value = nil
	for i := range d.steps {
		d.steps[i].name = bytes.Clone(d.steps[i].name)
	}
}

// keepElement keeps an element for the walker, unless there are too many.
func (b *LargeBody) keepElement(end int) {
	size := end - b.next
	if b.unsure+size > maxUnsure {
		b.lost = true
		b.gaps = b.gaps.add(b.kept, b.unread[b.next:end])
		b.next = end
		b.count++
		return
	}
	b.unsure += size
	b.indexes = append(b.indexes, b.count)
	b.count++
	b.keep(end)
}

// keep keeps the unread text up to an offset.
func (b *LargeBody) keep(end int) {
	b.kept = append(b.kept, b.unread[b.next:end]...)
	b.next = end
}

// giveUp keeps the beginning of what is unread, and nothing that follows.
func (b *LargeBody) giveUp() bool {
	b.lost = true
	b.state = pastReading
	b.keep(min(len(b.unread), b.next+maxTail))
	b.next = len(b.unread)
	return false
}

// isCutIn reports whether a fault of the text may only be there because no more
// of the text is kept: it may be half a character, for example.
func (b *LargeBody) isCutIn(f textFault) bool {
	const longest = len(`\ud83d\ude00`)
	return b.state == pastReading && f.offset > len(b.kept)-longest
}

// valueEnd returns the end of the JSON value that begins at an offset, or the end
// of the text if the value does not end before. The value need not be valid: the
// end of the list around it, or a comma, ends it too, which no decoder of JSON
// reports as an end.
func valueEnd(text []byte, at int) int {
	depth := 0
	for ; at < len(text); at++ {
		switch text[at] {
		case '"':
			at = textEnd(text, at)
			if depth == 0 {
				return min(at+1, len(text))
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth < 0 {
				return at
			}
			if depth == 0 {
				return at + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return at
			}
		}
	}
	return len(text)
}

// textEnd returns the offset of the closing quote of the string that begins at an
// offset, or the end of the text.
func textEnd(text []byte, at int) int {
	for at++; at < len(text) && text[at] != '"'; at++ {
		if text[at] == '\\' {
			at++
		}
	}
	return min(at, len(text))
}

// driftBefore adds the drift of the accepted elements before an index, and
// returns the rest.
func (w *walker) driftBefore(drift []acceptedDrift, index int) []acceptedDrift {
	depth := len(w.path) - 1
	for len(drift) > 0 && drift[0].steps[depth].index < index {
		w.drift.add(drift[0].Drift, drift[0].generic)
		drift = drift[1:]
	}
	return drift
}

// sortedDrift lists the drift of the accepted elements in the order in which the
// walker would come to it.
func (b *LargeBody) sortedDrift() []acceptedDrift {
	return slices.SortedFunc(slices.Values(b.acceptor.drift), compareDrift)
}

// gaps are the places where text is missing, in their order.
type gaps []gap

// gap is a place where text is missing.
type gap struct {
	at       int // the offset in the kept text
	position     // of the end of the missing text, in the whole text
}

// position is a place in a text. Lines and columns count from one, columns in
// characters.
type position struct{ offset, line, column int }

// after returns the position after a further text.
func (p position) after(text []byte) position {
	line, column := lineColumn(text, len(text))
	if line == 1 {
		column += p.column - 1
	}
	return position{p.offset + len(text), p.line + line - 1, column}
}

// add notes that text is missing after what is kept.
func (g gaps) add(kept, missing []byte) gaps {
	end := g.position(kept, len(kept)).after(missing)
	if last := len(g) - 1; last >= 0 && g[last].at == len(kept) {
		g[last].position = end
		return g
	}
	return append(g, gap{at: len(kept), position: end})
}

// position returns the position in the whole text of an offset in the kept one.
func (g gaps) position(kept []byte, offset int) position {
	offset = min(offset, len(kept))
	last := gap{position: position{line: 1, column: 1}}
	for i := len(g) - 1; i >= 0; i-- {
		if g[i].at <= offset {
			last = g[i]
			break
		}
	}
	return last.after(kept[last.at:offset])
}
