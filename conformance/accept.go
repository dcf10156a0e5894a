package conformance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
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
//
// It reads the text itself. The Decoder of encoding/json copies each token and does
// not say where it is. That of jsontext, which Go has from 1.27 on, takes about as
// long for the tokens alone as the acceptor for everything (BENCHMARKS.md).

// acceptor reads one text.
type acceptor struct {
	checker *Checker
	side    Side
	text    []byte
	at      int // the offset of the next byte
	depth   int // how many objects and arrays are open

	// dry says that a value is only tried: nothing is marked as seen, and no
	// drift is noted.
	dry   bool
	seen  bitset
	drift []acceptedDrift
	path  []acceptedStep
	// names are the undeclared names of the open objects, the outermost object's
	// first.
	names [][]byte
	// tried are the names of all fields of the object that chooseOf reads, whose
	// fields are at triedDepth. They show which other branches cannot fit.
	tried      [][]byte
	triedDepth int
	// decoded and key are buffers that are used again.
	decoded, key []byte
}

// acceptedStep is a step of the path to the current value: a field or an index.
type acceptedStep struct {
	name  []byte
	index int
	// rank is the position of a declared field among those of its object,
	// rankUndeclared for other fields, and rankIndex for an index. The walker
	// visits the undeclared fields last, sorted by name.
	rank int
}

const (
	rankUndeclared = math.MaxInt
	rankIndex      = -1
)

// acceptedDrift is an undeclared field, at the first place where it was found.
type acceptedDrift struct {
	Drift
	generic string // the pointer with "*" for each index
	key     string // see appendKey
	steps   []acceptedStep
	value   []byte // its JSON text
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
	isAtEnd := a.at == len(text)
	if !isAtEnd {
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

// value reads a value that must follow a plan. A value may be anything if the
// plan is nil.
func (a *acceptor) value(p *plan) bool {
	if p == nil {
		p = anything
	}
	if a.next() == 'n' {
		return p.null && a.word("null")
	}
	return a.choose(p) != nil
}

// anything is the plan for a value that no schema describes.
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

// chooseOf tries each shape that admits the value's type. If a shape does not
// fit, what it has marked is undone. Once one fits, the others are only tried:
// if a second one fits, the choice is ambiguous.
func (a *acceptor) chooseOf(p *plan, kind kind) *shape {
	start := *a
	end := 0
	seen := slices.Clone(a.seen)
	drift := slices.Clone(a.drift)
	var fitting *shape

	for _, s := range p.shapes {
		if s.kinds&kind == 0 {
			continue
		}
		isExcluded := fitting != nil && kind == kindObject && !s.object.mayFit(a.tried)
		if isExcluded {
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

// mayFit reports whether an object with these fields has the required ones. It
// saves reading a long list again for a branch that the names exclude.
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

// next returns the next byte, or 0 at the end of the text.
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

// nextKind returns the type of the value that begins here, or 0 if none does.
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

// word reads true, false or null.
func (a *acceptor) word(word string) bool {
	end := a.at + len(word)
	if end > len(a.text) || string(a.text[a.at:end]) != word {
		return false
	}
	a.at = end
	return true
}

func (a *acceptor) boolean(s *shape) bool {
	value := a.next() == 't'
	return a.word(strconv.FormatBool(value)) && listedByAll(s.enums, value)
}

// listedByAll reports whether each enum lists a value.
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
	hasFraction := s.whole && !isInteger(n)
	isTooLarge := s.bounded && isBeyondFloat(n)
	if hasFraction || isTooLarge {
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
	if !s.usual || len(digits) > usualDigits {
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

// isSpecial holds the bytes of a text that quoted looks at more closely.
var isSpecial = func() (special [256]bool) {
	for c := range special {
		special[c] = c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf
	}
	return special
}()

// quoted reads a text and returns what is between its quotes. isPlain reports
// that there are no escapes.
func (a *acceptor) quoted() (raw []byte, isPlain, ok bool) {
	text := a.text
	start := a.at + 1
	isPlain = true
	for at := start; at < len(text); {
		c := text[at]
		if !isSpecial[c] {
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
// surrogate pair. It is 0 if the escape is not valid.
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

	first, ok := hexEscape(text)
	switch {
	case !ok:
		return 0
	case !utf16.IsSurrogate(first):
		return hexEscapeSize
	}
	second, ok := hexEscape(text[hexEscapeSize:])
	isPair := ok && utf16.DecodeRune(first, second) != utf8.RuneError
	if !isPair {
		return 0
	}
	return 2 * hexEscapeSize
}

const hexEscapeSize = len(`\u0000`)

// hexEscape reads an escape of the form \u0000.
func hexEscape(text []byte) (code rune, ok bool) {
	if len(text) < hexEscapeSize || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range text[len(`\u`):hexEscapeSize] {
		if !isHexDigit(c) {
			return 0, false
		}
		digit := rune(c - '0')
		if !isDigit(c) {
			digit = rune(c|0x20-'a') + 10
		}
		code = code<<4 | digit
	}
	return code, true
}

// enter opens an object or an array. It returns false if they are nested too
// deep.
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
	isShort := count < s.minItems
	isLong := s.maxItems >= 0 && count > s.maxItems
	return !isShort && !isLong
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
	// broken has, for each anyOf, a bit for each branch that a value does not fit.
	broken []uint64
	// Its undeclared names are those of the acceptor from firstName on. nameSet
	// holds them too once there are many.
	firstName int
	nameSet   map[string]bool
}

func (a *acceptor) object(p *objectPlan) bool {
	if !a.enter() {
		return false
	}
	object := openObject{plan: p, firstName: len(a.names)}
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

	a.names = a.names[:object.firstName]
	a.depth--
	return object.hasFields() && a.fitsChoices(&object)
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
			return a.declaredField(object, i, name)
		}
	}
	return object.isNew(a, name) && a.undeclaredField(object.plan, name)
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

// declaredField reads the value of a declared field.
func (a *acceptor) declaredField(object *openObject, i int, name []byte) bool {
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

// tryChoices reads a field's value again, to note which branches of an anyOf it
// does not fit.
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

// undeclaredField reads the value of a field that no schema declares.
func (a *acceptor) undeclaredField(p *objectPlan, name []byte) bool {
	if p.closed {
		return false
	}
	start := a.at
	a.path = append(a.path, acceptedStep{name: name, rank: rankUndeclared})
	isAccepted := a.value(p.extra)
	if isAccepted && p.extra == nil && p.holder != nil && !a.dry {
		isAccepted = a.addDrift(p, a.text[start:a.at])
	}
	a.path = a.path[:len(a.path)-1]
	return isAccepted
}

// isNew reports whether an undeclared name is new in its object. Few names are
// compared one by one, which is faster than a map.
func (o *openObject) isNew(a *acceptor, name []byte) bool {
	const many = 64
	if o.nameSet != nil {
		isNew := !o.nameSet[string(name)]
		o.nameSet[string(name)] = true
		return isNew
	}

	names := a.names[o.firstName:]
	for _, other := range names {
		if bytes.Equal(other, name) {
			return false
		}
	}

	a.names = append(a.names, name)
	if len(names) == many {
		o.nameSet = map[string]bool{}
		for _, other := range a.names[o.firstName:] {
			o.nameSet[string(other)] = true
		}
	}
	return true
}

// hasFields reports whether all required fields are there, and not all of those
// that a `not` forbids together.
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

// fitsChoices reports whether a branch of each anyOf fits, and marks the fields
// of all branches that do.
func (a *acceptor) fitsChoices(o *openObject) bool {
	for i, choice := range o.plan.choices {
		fits := false
		for k := range choice {
			branch := &choice[k]
			isBroken := o.broken[i]&(1<<k) != 0
			if isBroken || !o.present.contains(&branch.required) {
				continue
			}
			fits = true
			a.markBranch(o, branch)
		}
		if !fits {
			return false
		}
	}
	return true
}

// markBranch marks the fields of a branch of an anyOf as seen.
func (a *acceptor) markBranch(o *openObject, branch *anyBranch) {
	if a.dry {
		return
	}
	for _, f := range branch.fields {
		if o.present.has(f.field) {
			a.seen.set(f.slot)
		}
	}
}

// addDrift counts an undeclared field, which is the last step of the path. It
// returns false for a field whose name or path must not be shown, and for one
// too many: the walker handles these.
func (a *acceptor) addDrift(p *objectPlan, value []byte) bool {
	a.key = appendKey(a.key[:0], a.path, p.holder)
	for i := range a.drift {
		if a.drift[i].key == string(a.key) {
			a.drift[i].Count++
			return true
		}
	}

	path := a.currentPath()
	fieldPointer := pointer(path)
	isHidden := !a.checker.values && hideNames(fieldPointer) != fieldPointer
	if isHidden || hasStar(path) || len(a.drift) == maxDrift {
		return false
	}

	name := path[len(path)-1].field
	lacking := place{origin: p.holder.schema.Origin, keyword: "properties"}
	a.drift = append(a.drift, acceptedDrift{
		Drift: Drift{
			Side:      a.side,
			Pointer:   fieldPointer,
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

// currentPath returns the path to the current value as the walker keeps it.
func (a *acceptor) currentPath() []step {
	path := make([]step, len(a.path))
	for i, s := range a.path {
		if s.rank == rankIndex {
			path[i] = indexStep(s.index)
		} else {
			path[i] = fieldStep(string(s.name))
		}
	}
	return path
}

// hasStar reports whether a field is named "*", which looks like an index in a
// generic pointer.
func hasStar(path []step) bool {
	return slices.ContainsFunc(path, func(s step) bool { return s.isField && s.field == "*" })
}

// What the parts of a key begin with. No name of a JSON text has these bytes
// unescaped.
const (
	keyOfField byte = iota
	keyOfIndex
	keyOfSchema
)

// appendKey appends what makes two undeclared fields the same: the path without
// its indexes, and the schema that lacks the field.
func appendKey(key []byte, path []acceptedStep, holder *node) []byte {
	for _, s := range path {
		if s.rank == rankIndex {
			key = append(key, keyOfIndex)
			continue
		}
		key = append(key, keyOfField)
		key = append(key, s.name...)
	}
	key = append(key, keyOfSchema)
	return append(key, holder.owner...)
}

// sortedDrift lists the drift in the order in which the walker comes to it. It
// reads the values, which would be wasted work before the text is accepted.
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
