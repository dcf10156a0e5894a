package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// The scanner reads JSON text into the values that encoding/json returns with
// UseNumber, and reports what encoding/json does not: duplicate keys, invalid
// Unicode, every raw control character, and the pointer of each fault. It
// continues where the meaning is plain, so that one sloppy string does not hide
// what is wrong with the rest of the body.

// maxDepth is how deep objects and arrays of a body may be nested.
const maxDepth = 128

// maxTextFaults bounds what one hostile body can make us keep.
const maxTextFaults = 100

// step is one step of a JSON pointer: a field, or an element.
type step struct {
	field   string
	index   int
	isField bool
}

func fieldStep(name string) step { return step{field: name, isField: true} }

func indexStep(i int) step { return step{index: i} }

func pointer(path []step) string { return writePointer(path, false) }

// genericPointer has "*" in place of each index.
func genericPointer(path []step) string { return writePointer(path, true) }

func writePointer(path []step, generic bool) string {
	var b strings.Builder
	for _, s := range path {
		b.WriteByte('/')
		switch {
		case s.isField:
			b.WriteString(jsonvalue.Escape(strings.ToValidUTF8(s.field, "\uFFFD")))
		case generic:
			b.WriteByte('*')
		default:
			b.WriteString(strconv.Itoa(s.index))
		}
	}
	return b.String()
}

// textFault is something wrong with the JSON text itself.
type textFault struct {
	code    string
	offset  int
	path    []step
	message string
	hint    string
	rejects bool // encoding/json rejects a text for this
}

// textProblems makes problems of the scanner's faults. missing says which parts
// of the body that was sent are not in text.
func (c *Checker) textProblems(text []byte, missing gaps, faults []textFault) []problem {
	problems := problemList{hide: !c.values}
	for _, f := range faults {
		at := missing.position(text, f.offset)
		problems.add(problem{
			code:     f.code,
			part:     "body",
			bySender: true,
			pointer:  pointer(f.path),
			generic:  genericPointer(f.path),
			line:     at.line,
			column:   at.column,
			offset:   at.offset,
			expected: "valid JSON",
			actual:   f.message,
			message:  fmt.Sprintf("line %d, column %d: %s", at.line, at.column, f.message),
			hint:     f.hint,
		})
	}
	return problems.list
}

// lineColumn returns the line and the column of a byte offset. Both count from
// one, the column in characters.
func lineColumn(text []byte, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	line = 1 + bytes.Count(before, []byte("\n"))
	column = 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return line, column
}

// scanner reads one JSON text.
type scanner struct {
	src      []byte
	pos      int
	depth    int
	maxDepth int
	path     []step
	faults   []textFault
	dead     bool // what follows cannot be read
	// long is how many bytes make an array a longList; 0 means that none is one.
	long int
	// large is the body whose kept text is read, or nil.
	large *LargeBody

	// Stacks of what the open objects and arrays have so far.
	fields   []field
	elements []any
}

// field is a field of an object, and where its name is.
type field struct {
	name   string
	offset int
	value  any
}

// scanJSON reads one JSON text. ok is false if it has no readable value. There
// may be faults even if ok is true.
func scanJSON(text []byte, maxDepth int) (value any, faults []textFault, ok bool) {
	s := scanner{src: text, maxDepth: maxDepth}
	return s.scan()
}

// scanBody is scanJSON for a body: arrays of at least long bytes are not read
// into memory.
func scanBody(text []byte, long int) (value any, faults []textFault, ok bool) {
	s := scanner{src: text, maxDepth: maxDepth, long: long}
	return s.scan()
}

// scanLarge is scanBody for what is kept of a large body.
func scanLarge(b *LargeBody) (value any, faults []textFault, ok bool) {
	s := scanner{src: b.kept, maxDepth: maxDepth, long: longListFrom, large: b}
	return s.scan()
}

// scan reads the whole text.
func (s *scanner) scan() (value any, faults []textFault, ok bool) {
	if bytes.HasPrefix(s.src, []byte("\uFEFF")) {
		s.fault(textFault{
			code:    CodeJSONSyntax,
			message: "the text begins with a byte order mark",
			hint:    "send the text without it: many readers reject it",
			rejects: true,
		})
		s.pos = len("\uFEFF")
	}

	s.space()
	value = s.value()
	if s.dead {
		return nil, s.faults, false
	}

	s.space()
	if s.pos < len(s.src) {
		s.fault(textFault{
			code:    CodeJSONTrailing,
			offset:  s.pos,
			message: "there is " + s.nextKind() + " after the end of the JSON value",
			rejects: true,
		})
	}
	return value, s.faults, true
}

// fault records a fault of the value that is being read.
func (s *scanner) fault(f textFault) {
	if len(s.faults) < maxTextFaults {
		f.path = slices.Clone(s.path)
		s.faults = append(s.faults, f)
	}
}

// die records the fault that ends the reading. It returns nil, so that a caller
// can return that as its value.
func (s *scanner) die(expected, hint string) any {
	if s.dead {
		return nil
	}
	s.dead = true

	f := textFault{
		code:    CodeJSONSyntax,
		offset:  s.pos,
		hint:    hint,
		rejects: true,
	}

	if s.pos < len(s.src) {
		f.message = "expected " + expected + ", found " + s.nextKind()
	} else {
		f.code = CodeBodyTruncated
		f.offset = len(s.src)
		f.hint = ""
		f.message = "the JSON text ends early: expected " + expected
	}
	s.fault(f)
	return nil
}

// nextKind describes the next character without revealing a value: punctuation
// is quoted, and any other character is only called by its kind.
func (s *scanner) nextKind() string {
	r, _ := utf8.DecodeRune(s.src[s.pos:])
	switch {
	case strings.ContainsRune("{}[]:,\"'/<", r):
		return strconv.Quote(string(r))
	case r >= '0' && r <= '9', r == '-':
		return "a number"
	case r < 0x20 || r == 0x7f:
		return "a control character"
	case r < 0x80 && (r|0x20 >= 'a' && r|0x20 <= 'z'):
		return "a letter"
	}
	return "another character"
}

// isNext reports whether the next character is c.
func (s *scanner) isNext(c byte) bool { return s.pos < len(s.src) && s.src[s.pos] == c }

// take reads c if it is the next character.
func (s *scanner) take(c byte) bool {
	if !s.isNext(c) {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) space() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) value() any {
	if s.pos >= len(s.src) {
		return s.die("a value", "")
	}
	switch c := s.src[s.pos]; c {
	case '{':
		return s.object()
	case '[':
		return s.array()
	case '"':
		return s.text()
	case 't':
		return s.word("true", true)
	case 'f':
		return s.word("false", false)
	case 'n':
		return s.word("null", nil)
	case ',', ']', '}':
		return s.die("a value", "a comma too many?")
	case '\'':
		return s.die("a value", "strings need double quotes")
	case '/':
		return s.die("a value", "JSON has no comments")
	default:
		if c == '-' || isDigit(c) {
			return s.number()
		}
		return s.die("a value", "")
	}
}

// word reads true, false or null, and returns its value.
func (s *scanner) word(word string, value any) any {
	for i := range len(word) {
		if !s.take(word[i]) {
			return s.die("the word "+word, "")
		}
	}
	return value
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHexDigit(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// digits reads digits, and reports whether there was one.
func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.src) && isDigit(s.src[s.pos]) {
		s.pos++
	}
	return s.pos > start
}

func (s *scanner) number() any {
	start := s.pos
	s.take('-')
	if s.take('0') {
		isLeadingZero := s.pos < len(s.src) && isDigit(s.src[s.pos])
		if isLeadingZero {
			return s.die("the end of a number", "a number has no leading zero")
		}
	} else if !s.digits() {
		return s.die("a digit", "")
	}

	if s.take('.') && !s.digits() {
		return s.die("a digit", "")
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return s.die("a digit", "")
		}
	}
	return json.Number(s.src[start:s.pos])
}

// enter opens an object or array, and reports whether that is allowed.
func (s *scanner) enter() bool {
	s.depth++
	if s.depth <= s.maxDepth {
		s.pos++
		return true
	}
	s.fault(textFault{
		code:    CodeJSONTooDeep,
		offset:  s.pos,
		message: "objects and arrays are nested more than " + strconv.Itoa(s.maxDepth) + " deep",
		hint:    "what is deeper was not checked",
		rejects: true,
	})
	s.dead = true
	return false
}

func (s *scanner) array() any {
	if list, ok := s.longList(); ok {
		return list
	}
	if s.dead {
		return nil
	}
	if !s.enter() {
		return nil
	}
	first := len(s.elements)
	last := len(s.path)
	s.path = append(s.path, step{})

	s.space()
	for i := 0; !s.take(']'); i++ {
		if i > 0 && !s.take(',') {
			return s.die(`"," or "]"`, "")
		}
		if i > 0 {
			s.path[last] = indexStep(i)
		}
		s.space()
		element := s.value()
		if s.dead {
			return nil
		}
		s.elements = append(s.elements, element)
		s.space()
	}

	array := make([]any, len(s.elements)-first)
	copy(array, s.elements[first:])
	clear(s.elements[first:])
	s.elements = s.elements[:first]
	s.path = s.path[:last]
	s.depth--
	return array
}

func (s *scanner) object() any {
	if !s.enter() {
		return nil
	}
	first := len(s.fields)
	outer := len(s.path)

	s.space()
	for i := 0; !s.take('}'); i++ {
		if i > 0 && !s.take(',') {
			return s.die(`"," or "}"`, "a comma missing?")
		}
		s.path = s.path[:outer]
		s.space()
		f, ok := s.field()
		if !ok {
			return nil
		}
		s.fields = append(s.fields, f)
		s.space()
	}

	s.path = s.path[:outer]
	object := s.objectOf(s.fields[first:])
	clear(s.fields[first:])
	s.fields = s.fields[:first]
	s.depth--
	return object
}

// field reads a field and adds its name to the path.
func (s *scanner) field() (f field, ok bool) {
	if !s.isNext('"') {
		hint := ""
		if s.isNext('}') {
			hint = "a comma too many?"
		}
		s.die("a field name in double quotes", hint)
		return f, false
	}
	f.offset = s.pos
	f.name, _ = s.text().(string)
	if s.dead {
		return f, false
	}
	s.path = append(s.path, fieldStep(f.name))

	s.space()
	if !s.take(':') {
		s.die(`":"`, "")
		return f, false
	}
	s.space()
	f.value = s.value()
	return f, !s.dead
}

// objectOf makes an object of its fields. If a field appears twice, it has the
// last value, as in encoding/json.
func (s *scanner) objectOf(fields []field) map[string]any {
	object := make(map[string]any, len(fields))
	for _, f := range fields {
		first, twice := object[f.name]
		object[f.name] = f.value
		if !twice {
			continue
		}

		s.path = append(s.path, fieldStep(f.name))
		s.fault(textFault{
			code:    CodeJSONDuplicateKey,
			offset:  f.offset,
			message: "the field " + strconv.Quote(f.name) + " appears twice in one object",
			hint:    duplicateHint(first, f.value),
		})
		s.path = s.path[:len(s.path)-1]
	}
	return object
}

// duplicateHint compares the values of a field that appears twice. They cannot be
// compared if a part of one was not kept.
func duplicateHint(first, second any) string {
	switch {
	case isPart(first) || isPart(second):
		return "readers do not agree which one counts"
	case reflect.DeepEqual(inMemory(first), inMemory(second)):
		return "both have the same value"
	}
	return "the two values differ, and readers do not agree which one counts"
}

// text reads a string.
func (s *scanner) text() any {
	s.pos++
	start := s.pos

	for s.pos < len(s.src) {
		c := s.src[s.pos]
		if c == '"' {
			text := string(s.src[start:s.pos])
			s.pos++
			return text
		}
		if c == '\\' || c < 0x20 || c >= utf8.RuneSelf {
			return s.slowText(start)
		}
		s.pos++
	}
	return s.die("the end of a string", "")
}

// slowText continues text at an escape, a control character or anything beyond
// ASCII.
func (s *scanner) slowText(start int) any {
	text := make([]byte, s.pos-start, s.pos-start+64)
	copy(text, s.src[start:s.pos])
	var reported textReports

	for s.pos < len(s.src) {
		at := s.pos
		c := s.src[at]
		switch {
		case c == '"':
			s.pos++
			return string(text)

		case c == '\\':
			r, ok := s.escape()
			if !ok {
				return nil
			}
			text = utf8.AppendRune(text, r)
			if r == utf8.RuneError && isHalfPair(s.src[at:]) {
				s.unicodeFault(&reported, at, "an escape names half a surrogate pair")
			}

		case c < 0x20:
			s.pos++
			text = append(text, c)
			s.controlFault(&reported, at)

		case c < utf8.RuneSelf:
			s.pos++
			text = append(text, c)

		default:
			r, size := utf8.DecodeRune(s.src[at:])
			s.pos += size
			text = utf8.AppendRune(text, r)
			if r == utf8.RuneError && size == 1 {
				s.unicodeFault(&reported, at, "a string contains bytes that are not UTF-8")
			}
		}
	}
	return s.die("the end of a string", "")
}

// isHalfPair reports whether an escape that reads as U+FFFD is half a surrogate
// pair, and not the escape of that character itself.
func isHalfPair(escape []byte) bool {
	return escape[1] == 'u' && !strings.EqualFold(string(escape[2:6]), "fffd")
}

// textReports says which faults of a string are reported. Each is reported once,
// because text in another encoding has one in nearly every word.
type textReports struct{ unicode, control bool }

func (s *scanner) unicodeFault(reported *textReports, offset int, message string) {
	if reported.unicode {
		return
	}
	reported.unicode = true
	s.fault(textFault{
		code:    CodeJSONUnicode,
		offset:  offset,
		message: message,
		hint:    "readers replace what they cannot read, and the text is lost",
	})
}

func (s *scanner) controlFault(reported *textReports, offset int) {
	if reported.control {
		return
	}
	reported.control = true
	found := "a raw control character"
	switch s.src[offset] {
	case '\n', '\r':
		found = "a raw line break"
	case '\t':
		found = "a raw tab"
	}
	s.fault(textFault{
		code:    CodeJSONControl,
		offset:  offset,
		message: "a string contains " + found,
		hint:    "JSON requires it to be escaped; strict readers reject the whole text",
		rejects: true,
	})
}

// simpleEscapes are the escapes of one character.
var simpleEscapes = map[byte]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape reads an escape in a string.
func (s *scanner) escape() (rune, bool) {
	s.pos++ // the backslash
	if s.pos >= len(s.src) {
		s.die("an escaped character", "")
		return 0, false
	}
	if r, ok := simpleEscapes[s.src[s.pos]]; ok {
		s.pos++
		return r, true
	}
	if !s.take('u') {
		s.die("an escape that JSON has", `a backslash in a string is written as \\`)
		return 0, false
	}

	r, ok := s.hex4()
	if !ok {
		return 0, false
	}
	if !utf16.IsSurrogate(r) {
		return r, true
	}

	// A pair counts only as a whole. encoding/json leaves a second half that
	// does not fit for the next round, and so do we.
	second := s.pos
	isEscape := bytes.HasPrefix(s.src[second:], []byte(`\u`)) && isHex4(s.src[second+2:])
	if isEscape {
		s.pos += 2
		low, _ := s.hex4()
		if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
			return both, true
		}
	}
	s.pos = second
	return utf8.RuneError, true
}

// isHex4 reports whether a text begins with four hexadecimal digits.
func isHex4(text []byte) bool {
	if len(text) < 4 {
		return false
	}
	for i := range 4 {
		if !isHexDigit(text[i]) {
			return false
		}
	}
	return true
}

// hex4 reads the four hexadecimal digits of an escape.
func (s *scanner) hex4() (rune, bool) {
	for i := range 4 {
		if s.pos+i >= len(s.src) || !isHexDigit(s.src[s.pos+i]) {
			s.pos = min(s.pos+i, len(s.src))
			s.die("four hexadecimal digits", "")
			return 0, false
		}
	}
	r, _ := strconv.ParseUint(string(s.src[s.pos:s.pos+4]), 16, 16)
	s.pos += 4
	return rune(r), true
}
