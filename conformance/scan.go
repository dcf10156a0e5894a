package conformance

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// The scanner reads JSON text into the values that encoding/json gives with
// UseNumber, and tells what encoding/json keeps to itself: duplicate keys,
// invalid Unicode, every raw control character, the pointer of each fault. It
// goes on where the meaning is plain, so that one sloppy string does not hide
// what is wrong with the rest of the body.

// seg is one step of a JSON pointer: a member name, or an index if idx >= 0.
type seg struct {
	key string
	idx int
}

func (s seg) String() string {
	if s.idx >= 0 {
		return strconv.Itoa(s.idx)
	}
	return s.key
}

func pointer(path []seg) string { return writePointer(path, false) }

// genericPointer has "*" in the place of every index.
func genericPointer(path []seg) string { return writePointer(path, true) }

func writePointer(path []seg, generic bool) string {
	var b strings.Builder
	for _, s := range path {
		b.WriteByte('/')
		switch {
		case s.idx < 0:
			b.WriteString(jsonvalue.Escape(strings.ToValidUTF8(s.key, "\uFFFD")))
		case generic:
			b.WriteByte('*')
		default:
			b.WriteString(strconv.Itoa(s.idx))
		}
	}
	return b.String()
}

// textFault is something wrong with the JSON text itself.
type textFault struct {
	code    string
	offset  int
	path    []seg
	message string
	hint    string
	// rejects says that encoding/json refuses a text for this.
	rejects bool
}

// maxTextFaults bounds what one hostile body can make us keep.
const maxTextFaults = 100

type scanner struct {
	src      string
	pos      int
	depth    int
	maxDepth int
	path     []seg
	members  []member
	elements []any
	faults   []textFault
	dead     bool
}

type member struct {
	key    string
	offset int
	value  any
}

// scanJSON reads one JSON text. ok is false if no value could be had; faults
// may be there all the same when it is true.
func scanJSON(text string, maxDepth int) (value any, faults []textFault, ok bool) {
	s := scanner{src: text, maxDepth: maxDepth}
	if strings.HasPrefix(text, "\uFEFF") {
		s.fault(CodeJSONSyntax, 0, "the text begins with a byte order mark", "send the text without it: many readers refuse it", true)
		s.pos = len("\uFEFF")
	}
	s.space()
	value = s.value()
	if s.dead {
		return nil, s.faults, false
	}
	s.space()
	if s.pos < len(s.src) {
		s.fault(CodeJSONTrailing, s.pos, "there is "+s.what()+" after the end of the JSON value", "", true)
	}
	return value, s.faults, true
}

func (s *scanner) fault(code string, offset int, message, hint string, rejects bool) {
	if len(s.faults) < maxTextFaults {
		s.faults = append(s.faults, textFault{code, offset, slices.Clone(s.path), message, hint, rejects})
	}
}

// die records the fault that ends the reading.
func (s *scanner) die(expected, hint string) any {
	if s.dead {
		return nil
	}
	s.dead = true
	if s.pos >= len(s.src) {
		s.fault(CodeBodyTruncated, len(s.src), "the JSON text ends where "+expected+" was due", "", true)
	} else {
		s.fault(CodeJSONSyntax, s.pos, "expected "+expected+", found "+s.what(), hint, true)
	}
	return nil
}

// what describes the next character without giving away a value: structure is
// named, everything else only by its kind.
func (s *scanner) what() string {
	r, _ := utf8.DecodeRuneInString(s.src[s.pos:])
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
		return s.die("a value", "strings stand in double quotes")
	case '/':
		return s.die("a value", "JSON has no comments")
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return s.number()
		}
		return s.die("a value", "")
	}
}

func (s *scanner) word(word string, value any) any {
	for i := range len(word) {
		if s.pos >= len(s.src) || s.src[s.pos] != word[i] {
			return s.die("the word "+word, "")
		}
		s.pos++
	}
	return value
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.src) && s.src[s.pos] >= '0' && s.src[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

func (s *scanner) number() any {
	start := s.pos
	if s.src[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.src) && s.src[s.pos] == '0' {
		s.pos++
		if s.pos < len(s.src) && s.src[s.pos] >= '0' && s.src[s.pos] <= '9' {
			return s.die("the end of a number", "a number has no leading zero")
		}
	} else if !s.digits() {
		return s.die("a digit", "")
	}
	if s.pos < len(s.src) && s.src[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return s.die("a digit", "")
		}
	}
	if s.pos < len(s.src) && s.src[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.src) && (s.src[s.pos] == '+' || s.src[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return s.die("a digit", "")
		}
	}
	return json.Number(s.src[start:s.pos])
}

// enter opens an object or array; it reports whether that is allowed.
func (s *scanner) enter() bool {
	if s.depth++; s.depth > s.maxDepth {
		s.fault(CodeJSONTooDeep, s.pos, "objects and arrays are nested more than "+strconv.Itoa(s.maxDepth)+" deep", "what lies deeper was not checked", true)
		s.dead = true
		return false
	}
	s.pos++
	return true
}

func (s *scanner) array() any {
	if !s.enter() {
		return nil
	}
	base := len(s.elements)
	s.path = append(s.path, seg{})
	step := len(s.path) - 1
	if s.space(); s.pos < len(s.src) && s.src[s.pos] == ']' {
		s.pos++
	} else {
		for i := 0; ; i++ {
			s.path[step].idx = i
			s.space()
			v := s.value()
			if s.dead {
				return nil
			}
			s.elements = append(s.elements, v)
			if s.space(); s.pos < len(s.src) && s.src[s.pos] == ',' {
				s.pos++
				continue
			}
			if s.pos < len(s.src) && s.src[s.pos] == ']' {
				s.pos++
				break
			}
			return s.die(`"," or "]"`, "")
		}
	}
	out := append(make([]any, 0, len(s.elements)-base), s.elements[base:]...)
	clear(s.elements[base:])
	s.elements = s.elements[:base]
	s.path = s.path[:step]
	s.depth--
	return out
}

func (s *scanner) object() any {
	if !s.enter() {
		return nil
	}
	base := len(s.members)
	if s.space(); s.pos < len(s.src) && s.src[s.pos] == '}' {
		s.pos++
	} else {
		step := len(s.path)
		for {
			s.space()
			if s.pos >= len(s.src) || s.src[s.pos] != '"' {
				hint := ""
				if s.pos < len(s.src) && s.src[s.pos] == '}' {
					hint = "a comma too many?"
				}
				return s.die("a member name in double quotes", hint)
			}
			at := s.pos
			key, _ := s.text().(string)
			if s.dead {
				return nil
			}
			s.path = append(s.path, seg{key, -1})
			if s.space(); s.pos >= len(s.src) || s.src[s.pos] != ':' {
				return s.die(`":"`, "")
			}
			s.pos++
			s.space()
			v := s.value()
			if s.dead {
				return nil
			}
			s.members = append(s.members, member{key, at, v})
			last := s.path
			s.path = s.path[:step]
			if s.space(); s.pos < len(s.src) && s.src[s.pos] == ',' {
				s.pos++
				continue
			}
			if s.pos < len(s.src) && s.src[s.pos] == '}' {
				s.pos++
				break
			}
			s.path = last
			return s.die(`"," or "}"`, "a comma missing?")
		}
	}
	out := make(map[string]any, len(s.members)-base)
	for _, m := range s.members[base:] {
		was, twice := out[m.key]
		out[m.key] = m.value
		if twice {
			how := "the two values differ, and readers do not agree which one counts"
			if reflect.DeepEqual(was, m.value) {
				how = "both have the same value"
			}
			s.path = append(s.path, seg{m.key, -1})
			s.fault(CodeJSONDuplicateKey, m.offset, "the member "+strconv.Quote(m.key)+" stands twice in one object", how, false)
			s.path = s.path[:len(s.path)-1]
		}
	}
	clear(s.members[base:])
	s.members = s.members[:base]
	s.depth--
	return out
}

// text reads a string that begins at the scanner's position.
func (s *scanner) text() any {
	s.pos++
	start := s.pos
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		if c == '"' {
			out := s.src[start:s.pos]
			s.pos++
			return out
		}
		if c == '\\' || c < 0x20 || c >= utf8.RuneSelf {
			return s.slowText(start)
		}
		s.pos++
	}
	return s.die("the end of a string", "")
}

// slowText goes on where a string has an escape, a control character or
// anything beyond ASCII.
func (s *scanner) slowText(start int) any {
	out := make([]byte, s.pos-start, s.pos-start+64)
	copy(out, s.src[start:s.pos])
	toldControl, toldUnicode := false, false
	unicodeFault := func(at int, message string) {
		if !toldUnicode {
			toldUnicode = true
			s.fault(CodeJSONUnicode, at, message, "readers replace what they cannot read, and the text is lost", false)
		}
	}
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		switch {
		case c == '"':
			s.pos++
			return string(out)
		case c == '\\':
			at := s.pos
			r, ok := s.escape()
			if !ok {
				return nil
			}
			if r == utf8.RuneError && s.src[at+1] == 'u' && !strings.EqualFold(s.src[at+2:at+6], "fffd") {
				unicodeFault(at, "an escape names half a surrogate pair")
			}
			out = utf8.AppendRune(out, r)
		case c < 0x20:
			if !toldControl {
				toldControl = true
				what := "a raw control character"
				switch c {
				case '\n', '\r':
					what = "a raw line break"
				case '\t':
					what = "a raw tab"
				}
				s.fault(CodeJSONControl, s.pos, what+" stands in a string", "JSON wants it escaped; strict readers refuse the whole text", true)
			}
			out = append(out, c)
			s.pos++
		case c < utf8.RuneSelf:
			out = append(out, c)
			s.pos++
		default:
			r, size := utf8.DecodeRuneInString(s.src[s.pos:])
			if r == utf8.RuneError && size == 1 {
				unicodeFault(s.pos, "a string holds bytes that are no UTF-8")
			}
			out = utf8.AppendRune(out, r)
			s.pos += size
		}
	}
	return s.die("the end of a string", "")
}

func (s *scanner) escape() (rune, bool) {
	s.pos++ // the backslash
	if s.pos >= len(s.src) {
		s.die("an escaped character", "")
		return 0, false
	}
	c := s.src[s.pos]
	switch c {
	case '"', '\\', '/':
		s.pos++
		return rune(c), true
	case 'b':
		s.pos++
		return '\b', true
	case 'f':
		s.pos++
		return '\f', true
	case 'n':
		s.pos++
		return '\n', true
	case 'r':
		s.pos++
		return '\r', true
	case 't':
		s.pos++
		return '\t', true
	case 'u':
		s.pos++
		r, ok := s.hex4()
		if !ok {
			return 0, false
		}
		if !utf16.IsSurrogate(r) {
			return r, true
		}
		// A pair counts only whole; encoding/json leaves a second half that
		// does not fit for the next round, and so do we.
		mark := s.pos
		if strings.HasPrefix(s.src[s.pos:], `\u`) && hexAt(s.src, s.pos+2) {
			s.pos += 2
			low, _ := s.hex4()
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return both, true
			}
		}
		s.pos = mark
		return utf8.RuneError, true
	}
	s.die("an escape that JSON knows", `a backslash in a string is written as \\`)
	return 0, false
}

func hexAt(text string, at int) bool {
	if at+4 > len(text) {
		return false
	}
	for _, c := range []byte(text[at : at+4]) {
		if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
			return false
		}
	}
	return true
}

func (s *scanner) hex4() (rune, bool) {
	var r rune
	for range 4 {
		if s.pos >= len(s.src) || !(s.src[s.pos] >= '0' && s.src[s.pos] <= '9' || s.src[s.pos]|0x20 >= 'a' && s.src[s.pos]|0x20 <= 'f') {
			s.die("four hexadecimal digits", "")
			return 0, false
		}
		digit, _ := strconv.ParseUint(s.src[s.pos:s.pos+1], 16, 8)
		r = r<<4 | rune(digit)
		s.pos++
	}
	return r, true
}

// lineColumn gives the place of a byte offset, both from one, the column in
// characters.
func lineColumn(text string, offset int) (line, column int) {
	offset = min(offset, len(text))
	before := text[:offset]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}
