package conformance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"unicode/utf8"
)

// The acceptor is in front of the walker. It reads a JSON text once, token by
// token, next to the plan of the schema, keeps nothing of it, and says one of
// two things: the walker would find nothing, with the drift and the coverage
// that the walker would report; or it is not sure. Then the walker decides from
// scratch, so that the acceptor changes no finding. It may be unsure of a text
// that is right (an escape in a field's name, a very long number that is
// written with an exponent), but never sure of one that is wrong.
//
// Most bodies conform, so most are checked in the time of little more than a
// scan, and without memory. TestAcceptor and FuzzAccept compare it with the
// walker.

// acceptor reads one text.
type acceptor struct {
	checker *Checker
	side    Side
	text    []byte
	at      int
	depth   int

	// dry: nothing is marked as seen, because the value is only tried.
	dry   bool
	seen  bitset
	drift []acceptedDrift
	path  []acceptedStep
	// names are the undeclared names of the open objects.
	names [][]byte
	// tried has all the names of the object that is tried, which is open at
	// triedDepth.
	tried      [][]byte
	triedDepth int
	// decoded and key are reused.
	decoded, key []byte
}

// acceptedStep is a step of the path to the current value: a field or an index.
type acceptedStep struct {
	name  []byte
	index int
	// rank is the position of a declared field among those of its object: the
	// walker visits the undeclared ones after them, by their names.
	rank int
}

const (
	rankUndeclared = math.MaxInt
	rankIndex      = -1
)

// acceptedDrift is an undeclared field, with where it was first.
type acceptedDrift struct {
	Drift
	generic string
	key     string
	steps   []acceptedStep
	value   []byte
}

// question is what the acceptor is asked about a text.
type question struct {
	node   *node  // the schema of the value
	prefer target // as in walker
	side   Side
	seen   bitset // gets the coverage if the text is accepted
}

// accept reports whether a text is certain to have no finding, and returns what
// the walker would say of it.
func (c *Checker) accept(q question, text []byte) (v verdict, ok bool) {
	p := c.plans[q.node]
	if p == nil {
		return v, false
	}
	a := acceptor{checker: c, side: q.side, text: text, seen: make(bitset, len(q.seen))}
	a.space()
	s := a.choose(p)
	if s == nil || !s.allows(q.prefer) {
		return v, false
	}
	a.space()
	if a.at < len(text) {
		return v, false
	}

	q.seen.merge(a.seen)
	v.response = s.response
	if len(s.chosen) == 0 {
		v.response = responseName(q.node)
	}
	for _, d := range a.sortedDrift() {
		v.drift = append(v.drift, d.Drift)
	}
	return v, true
}

// value reads a value that must follow a plan. nil is for one that may be
// anything.
func (a *acceptor) value(p *plan) bool {
	if p == nil {
		p = anything
	}
	if a.next() == 'n' {
		return p.null && a.word("null")
	}
	return a.choose(p) != nil
}

// anything is the plan for a value of which no schema says anything.
var anything = &plan{null: true, shapes: []*shape{{
	kinds:    kindBoolean | kindNumber | kindString | kindArray | kindObject,
	usual:    true,
	maxItems: -1,
	object:   &objectPlan{},
}}}

// choose reads a value, and returns the only shape that it has; nil if it has
// none, or several.
func (a *acceptor) choose(p *plan) *shape {
	kind := a.nextKind()
	var only *shape
	count := 0
	for _, s := range p.shapes {
		if s.kinds&kind != 0 {
			only = s
			count++
		}
	}
	switch count {
	case 0:
		return nil
	case 1:
		if !a.shape(only, kind) {
			return nil
		}
		return only
	}
	return a.chooseOf(p, kind)
}

// chooseOf tries each shape that admits the value's type. What a shape that
// does not fit has marked is undone.
func (a *acceptor) chooseOf(p *plan, kind kind) *shape {
	start := *a
	end := 0
	seen := slices.Clone(a.seen)
	drift := slices.Clone(a.drift)
	var fitting *shape

	for _, s := range p.shapes {
		if s.kinds&kind == 0 || fitting != nil && kind == kindObject && !s.object.mayFit(a.tried) {
			continue
		}
		a.at = start.at
		if fitting == nil {
			a.tried = nil
			a.triedDepth = start.depth + 1
		}
		fits := a.shape(s, kind)
		switch {
		case fits && fitting != nil:
			return nil
		case fits:
			fitting = s
			end = a.at
			a.dry = true
			a.triedDepth = 0
		case fitting == nil:
			copy(a.seen, seen)
			a.drift = slices.Clone(drift)
		}
		a.depth = start.depth
		a.path = a.path[:len(start.path)]
		a.names = a.names[:len(start.names)]
	}
	a.tried = start.tried
	a.triedDepth = start.triedDepth
	a.dry = start.dry
	a.at = end
	return fitting
}

// mayFit reports whether an object with these fields has those that are
// required. It saves reading a long list again for a branch that the names
// exclude.
func (o *objectPlan) mayFit(names [][]byte) bool {
	var present fieldSet
	for _, name := range names {
		if i, known := o.index[string(name)]; known {
			present.set(i)
		}
	}
	return present.contains(&o.required)
}

// shape reads a value of a type, which must have a shape.
func (a *acceptor) shape(s *shape, kind kind) bool {
	switch kind {
	case kindBoolean:
		return a.boolean(s)
	case kindNumber:
		return a.number(s)
	case kindString:
		return a.string(s)
	case kindArray:
		return len(s.enums) == 0 && a.array(s)
	case kindObject:
		return len(s.enums) == 0 && a.object(s.object)
	}
	return false
}

// next returns the next byte, 0 at the end.
func (a *acceptor) next() byte {
	if a.at < len(a.text) {
		return a.text[a.at]
	}
	return 0
}

// take reads c if it is the next byte.
func (a *acceptor) take(c byte) bool {
	if a.next() != c {
		return false
	}
	a.at++
	return true
}

func (a *acceptor) space() {
	for a.at < len(a.text) {
		switch a.text[a.at] {
		case ' ', '\t', '\n', '\r':
			a.at++
		default:
			return
		}
	}
}

// nextKind is the type of the value that begins here, or 0.
func (a *acceptor) nextKind() kind {
	switch c := a.next(); c {
	case '{':
		return kindObject
	case '[':
		return kindArray
	case '"':
		return kindString
	case 't', 'f':
		return kindBoolean
	default:
		if c == '-' || isDigit(c) {
			return kindNumber
		}
		return 0
	}
}

func (a *acceptor) word(word string) bool {
	end := a.at + len(word)
	if end > len(a.text) || string(a.text[a.at:end]) != word {
		return false
	}
	a.at = end
	return true
}

func (a *acceptor) boolean(s *shape) bool {
	isTrue := a.next() == 't'
	isRead := isTrue && a.word("true") || !isTrue && a.word("false")
	return isRead && listedByAll(s.enums, isTrue)
}

func listedByAll(enums []*leaf, value any) bool {
	for _, l := range enums {
		if !l.enum.lists(value) {
			return false
		}
	}
	return true
}

func (a *acceptor) number(s *shape) bool {
	start := a.at
	isWhole, ok := a.digits()
	if !ok {
		return false
	}
	if isWhole && s.isUsual(a.text[start:a.at]) {
		return true
	}

	n := json.Number(a.text[start:a.at])
	if s.whole && !isInteger(n) || s.bounded && isBeyondFloat(n) {
		return false
	}
	for _, l := range s.numbers {
		if len(l.checkNumber(n)) > 0 {
			return false
		}
	}
	return listedByAll(s.enums, n)
}

// isUsual reports whether a whole number is of usual length and within the
// bounds: most numbers are, and need no closer look.
func (s *shape) isUsual(digits []byte) bool {
	const usual = 18 // fit an int64, with a sign
	if !s.usual || len(digits) > usual {
		return false
	}
	if !s.bounds.set {
		return true
	}

	value := int64(0)
	for _, c := range digits {
		if c != '-' {
			value = 10*value + int64(c-'0')
		}
	}
	if digits[0] == '-' {
		value = -value
	}
	return s.bounds.low <= value && value <= s.bounds.high
}

// digits reads a number. It is whole if it has no fraction and no exponent.
func (a *acceptor) digits() (isWhole, ok bool) {
	a.take('-')
	if a.take('0') {
		if isDigit(a.next()) {
			return false, false
		}
	} else if !a.someDigits() {
		return false, false
	}

	isWhole = true
	if a.take('.') {
		isWhole = false
		if !a.someDigits() {
			return false, false
		}
	}
	if a.take('e') || a.take('E') {
		isWhole = false
		if !a.take('+') {
			a.take('-')
		}
		if !a.someDigits() {
			return false, false
		}
	}
	return isWhole, true
}

// someDigits reads digits, and reports whether there was one.
func (a *acceptor) someDigits() bool {
	start := a.at
	for a.at < len(a.text) && isDigit(a.text[a.at]) {
		a.at++
	}
	return a.at > start
}

func (a *acceptor) string(s *shape) bool {
	raw, isPlain, ok := a.quoted()
	if !ok {
		return false
	}
	if len(s.texts)+len(s.enums) == 0 {
		return true
	}

	text := raw
	if !isPlain {
		text, ok = a.decode(raw)
		if !ok {
			return false
		}
	}
	for _, l := range s.enums {
		if !l.enum.texts[string(text)] {
			return false
		}
	}
	for _, l := range s.texts {
		if !l.fitsText(text) {
			return false
		}
	}
	return true
}

// decode undoes the escapes of a text.
func (a *acceptor) decode(raw []byte) ([]byte, bool) {
	quoted := a.text[a.at-len(raw)-len(`""`) : a.at]
	var text string
	err := json.Unmarshal(quoted, &text)
	a.decoded = append(a.decoded[:0], text...)
	return a.decoded, err == nil
}

// The bytes of a text that quoted looks at more closely.
var textBytes = func() (special [256]bool) {
	for c := range special {
		special[c] = c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf
	}
	return special
}()

// quoted reads a text and returns what is between its quotes. It is plain
// without escapes.
func (a *acceptor) quoted() (raw []byte, isPlain, ok bool) {
	text := a.text
	start := a.at + 1
	isPlain = true
	for at := start; at < len(text); {
		c := text[at]
		if !textBytes[c] {
			at++
			continue
		}
		switch {
		case c == '"':
			a.at = at + 1
			return text[start:at], isPlain, true
		case c == '\\':
			isPlain = false
			size := escapeSize(text[at:])
			if size == 0 {
				return nil, false, false
			}
			at += size
		case c < ' ':
			return nil, false, false
		default:
			r, size := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && size == 1 {
				return nil, false, false
			}
			at += size
		}
	}
	return nil, false, false
}

// escapeSize returns how many bytes an escape has, with both halves of a
// surrogate pair; 0 if it is not one.
func escapeSize(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	if text[1] != 'u' {
		if _, ok := simpleEscapes[text[1]]; ok {
			return 2
		}
		return 0
	}

	const size = len(`\u0000`)
	first, ok := hexEscape(text)
	switch {
	case !ok:
		return 0
	case first < 0xd800 || first > 0xdfff:
		return size
	}
	second, ok := hexEscape(text[size:])
	isPair := ok && first < 0xdc00 && second >= 0xdc00 && second <= 0xdfff
	if !isPair {
		return 0
	}
	return 2 * size
}

// hexEscape reads an escape of the form \u0000.
func hexEscape(text []byte) (code int, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range text[2:6] {
		if !isHexDigit(c) {
			return 0, false
		}
		digit := int(c - '0')
		if !isDigit(c) {
			digit = int(c|0x20-'a') + 10
		}
		code = code<<4 | digit
	}
	return code, true
}

// enter opens an object or an array.
func (a *acceptor) enter() bool {
	a.at++
	a.depth++
	a.space()
	return a.depth <= maxDepth
}

func (a *acceptor) array(s *shape) bool {
	if !a.enter() {
		return false
	}
	a.path = append(a.path, acceptedStep{rank: rankIndex})
	last := len(a.path) - 1

	count := 0
	for !a.take(']') {
		if count > 0 && !a.separator() {
			return false
		}
		a.path[last].index = count
		if !a.value(s.items) {
			return false
		}
		a.space()
		count++
	}
	a.path = a.path[:last]
	a.depth--
	return count >= s.minItems && (s.maxItems < 0 || count <= s.maxItems)
}

// separator reads the comma before a further field or element.
func (a *acceptor) separator() bool {
	if !a.take(',') {
		return false
	}
	a.space()
	return true
}

// openObject is an object while its fields are read.
type openObject struct {
	plan    *objectPlan
	present fieldSet
	// broken are the branches of each anyOf that a value does not fit.
	broken []uint64
	// names is where its undeclared names begin, and more holds them once there
	// are many.
	names int
	more  map[string]bool
}

func (a *acceptor) object(p *objectPlan) bool {
	if !a.enter() {
		return false
	}
	object := openObject{plan: p, names: len(a.names)}
	if len(p.choices) > 0 {
		object.broken = make([]uint64, len(p.choices))
	}

	for isFirst := true; !a.take('}'); isFirst = false {
		if !isFirst && !a.separator() {
			return false
		}
		if !a.field(&object) {
			return false
		}
		a.space()
	}
	a.names = a.names[:object.names]
	a.depth--
	return object.hasFields() && a.hasChoices(&object)
}

// field reads a field of an object.
func (a *acceptor) field(object *openObject) bool {
	name, isPlain, ok := a.fieldName()
	if !ok || !isPlain {
		return false
	}
	if a.depth == a.triedDepth {
		a.tried = append(a.tried, name)
	}

	i, known := object.plan.index[string(name)]
	if known {
		if object.present.has(i) {
			return false
		}
		object.present.set(i)
		if object.plan.fields[i].declared {
			return a.declared(object, i, name)
		}
	}
	return object.isNew(a, name) && a.undeclared(object.plan, name)
}

// fieldName reads the name of a field, up to its value.
func (a *acceptor) fieldName() (name []byte, isPlain, ok bool) {
	if a.next() != '"' {
		return nil, false, false
	}
	name, isPlain, ok = a.quoted()
	if !ok {
		return nil, false, false
	}
	a.space()
	ok = a.take(':')
	a.space()
	return name, isPlain, ok
}

// declared reads the value of a declared field.
func (a *acceptor) declared(object *openObject, i int, name []byte) bool {
	f := &object.plan.fields[i]
	if !a.dry {
		for _, slot := range f.slots {
			a.seen.set(slot)
		}
	}

	start := a.at
	a.path = append(a.path, acceptedStep{name: name, rank: i})
	isAccepted := a.value(f.plan)
	if isAccepted && len(f.choices) > 0 {
		a.tryChoices(object, f, start)
	}
	a.path = a.path[:len(a.path)-1]
	return isAccepted
}

// tryChoices notes which branches of an anyOf a value does not fit.
func (a *acceptor) tryChoices(object *openObject, f *fieldPlan, start int) {
	end := a.at
	wasDry := a.dry
	a.dry = true
	for _, c := range f.choices {
		a.at = start
		if !a.value(c.plan) {
			object.broken[c.choice] |= 1 << c.branch
		}
	}
	a.dry = wasDry
	a.at = end
}

// undeclared reads the value of a field that no schema declares.
func (a *acceptor) undeclared(p *objectPlan, name []byte) bool {
	if p.closed {
		return false
	}
	start := a.at
	a.path = append(a.path, acceptedStep{name: name, rank: rankUndeclared})
	isAccepted := a.value(p.extra)
	if isAccepted && p.extra == nil && p.holder != nil && !a.dry {
		isAccepted = a.drifted(p, a.text[start:a.at])
	}
	a.path = a.path[:len(a.path)-1]
	return isAccepted
}

// isNew reports whether an undeclared name is new in its object.
func (o *openObject) isNew(a *acceptor, name []byte) bool {
	const many = 64
	if o.more != nil {
		isNew := !o.more[string(name)]
		o.more[string(name)] = true
		return isNew
	}

	names := a.names[o.names:]
	for _, other := range names {
		if bytes.Equal(other, name) {
			return false
		}
	}
	a.names = append(a.names, name)
	if len(names) == many {
		o.more = map[string]bool{}
		for _, other := range a.names[o.names:] {
			o.more[string(other)] = true
		}
	}
	return true
}

// hasFields reports whether the fields are there that must be, and no others.
func (o *openObject) hasFields() bool {
	if !o.present.contains(&o.plan.required) {
		return false
	}
	for i := range o.plan.forbidden {
		if o.present.contains(&o.plan.forbidden[i]) {
			return false
		}
	}
	return true
}

// hasChoices reports whether a branch of each anyOf fits, and marks the fields
// of those that do.
func (a *acceptor) hasChoices(o *openObject) bool {
	for i, choice := range o.plan.choices {
		fits := false
		for k := range choice {
			branch := &choice[k]
			if o.broken[i]&(1<<k) != 0 || !o.present.contains(&branch.required) {
				continue
			}
			fits = true
			for _, f := range branch.fields {
				if !a.dry && o.present.has(f.field) {
					a.seen.set(f.slot)
				}
			}
		}
		if !fits {
			return false
		}
	}
	return true
}

// drifted counts an undeclared field with its value. It is false for one whose
// place is not to be shown, and for one too many: the walker knows what to do.
func (a *acceptor) drifted(p *objectPlan, value []byte) bool {
	a.key = appendKey(a.key[:0], a.path, p.holder)
	for i := range a.drift {
		if a.drift[i].key == string(a.key) {
			a.drift[i].Count++
			return true
		}
	}

	path := make([]step, len(a.path))
	for i, s := range a.path {
		path[i] = indexStep(s.index)
		if s.rank != rankIndex {
			path[i] = fieldStep(string(s.name))
		}
		if path[i].field == "*" {
			return false // looks like an index in a generic pointer
		}
	}
	at := pointer(path)
	if len(a.drift) == maxDrift || !a.checker.values && hideNames(at) != at {
		return false
	}
	name := path[len(path)-1].field
	lacking := place{origin: p.holder.schema.Origin, keyword: "properties"}
	a.drift = append(a.drift, acceptedDrift{
		Drift: Drift{
			Side:      a.side,
			Pointer:   at,
			Name:      name,
			Schema:    p.holder.owner,
			Location:  a.checker.locate.of(lacking),
			Reference: a.checker.refer.of(lacking),
			Near:      p.holder.near[fold(name)],
			Allowed:   p.open,
			Count:     1,
		},
		generic: genericPointer(path),
		key:     string(a.key),
		steps:   slices.Clone(a.path),
		value:   value,
	})
	return true
}

// appendKey appends what makes two undeclared fields the same: the generic path
// and the schema.
func appendKey(key []byte, path []acceptedStep, holder *node) []byte {
	for _, s := range path {
		if s.rank == rankIndex {
			key = append(key, 1)
			continue
		}
		key = append(key, 0)
		key = append(key, s.name...)
	}
	key = append(key, 2)
	return append(key, holder.owner...)
}

// sortedDrift lists the drift in the order in which the walker comes to it. Only
// now are the values looked at: much of what is tried is not accepted.
func (a *acceptor) sortedDrift() []acceptedDrift {
	slices.SortFunc(a.drift, compareDrift)
	for i := range a.drift {
		content, _, _ := scanBody(a.drift[i].value, longListFrom)
		a.drift[i].Shape = shapeOf(content)
	}
	return a.drift
}

func compareDrift(x, y acceptedDrift) int { return slices.CompareFunc(x.steps, y.steps, compareSteps) }

func compareSteps(x, y acceptedStep) int {
	switch {
	case x.rank != y.rank:
		return cmp.Compare(x.rank, y.rank)
	case x.rank == rankIndex:
		return cmp.Compare(x.index, y.index)
	}
	return bytes.Compare(x.name, y.name)
}
