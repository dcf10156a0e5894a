package documents

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// scanResult is what the text says in JSON.
type scanResult struct {
	facts  []Fact // keys and messages
	values []span // the values of fields, sorted
	bodies []Body // in order
	// stopped is the line, from 1, at which there were too many facts to
	// continue; 0 if the whole text was read.
	stopped int
}

type span struct{ start, end int }

// isValue reports whether the offset is in the value of a JSON field.
func (r *scanResult) isValue(offset int) bool {
	i := sort.Search(len(r.values), func(i int) bool { return r.values[i].end > offset })
	return i < len(r.values) && r.values[i].start <= offset
}

// messagesByLine gives the index of the last message that begins on a line.
func (r *scanResult) messagesByLine() map[int]int {
	last := map[int]int{}
	for i, fact := range r.facts {
		if fact.Kind != KindMessage {
			continue
		}
		if other, ok := last[fact.Line]; !ok || r.facts[other].col < fact.col {
			last[fact.Line] = i
		}
	}
	return last
}

// token is what the scanner saw last.
type token byte

const (
	sawNone  token = iota
	sawOpen        // { or [
	sawClose       // } or ]
	sawColon
	sawLabel // a colon of prose
	sawComma
	sawString
	sawWord
	sawEquals
	sawArrow      // =>
	sawParen      // (
	sawCloseParen // )
	sawOther
)

// frame is an open brace or bracket.
type frame struct {
	open   byte
	api    bool    // a body of the API, rather than code around it
	name   string  // of the field whose value this is; arrays and bare objects inherit it
	key    string  // of the field that is being read
	value  *Value  // what it holds; its fields are added at its end
	fields []field // the same name may be in it twice
	keys   []int   // its facts
}

type field struct {
	name  string
	value *Value // nil if there is none
	line  int
	col   int
}

// text is the value of a field that is a string.
func (f field) text() string {
	if f.value == nil || f.value.Type != "string" {
		return ""
	}
	return f.value.Text
}

// scanner reads JSON out of text that may be anything. It never fails: it
// steps over what it does not understand, and at a heading, or at prose after a
// blank line, it forgets which braces are open, so that one slip of a page
// costs the place of a few keys and never the rest of the page.
type scanner struct {
	text   string
	lines  []line
	nested bool // reading JSON out of a string
	scanResult

	pos, ln  int
	stack    []frame
	fragment []field // pairs outside of any brace
	prev     token
	word     string // the last word
	assigned string // the word before the last =
	sawBlank bool
	noCloser int // no single quote closes before this offset
}

const (
	maxDepth  = 256
	maxFacts  = 20_000  // of a page; the longest page of the vendor has some hundred
	maxName   = 120     // of a field
	maxQuoted = 2000    // of a string whose end is uncertain
	maxSpread = 1 << 16 // of a string over several lines
)

// scan reads the JSON of a text, and marks the lines that begin inside of it.
func scan(text string, lines []line) *scanResult {
	s := &scanner{text: text, lines: lines}
	s.run()
	return &s.scanResult
}

func (s *scanner) run() {
	s.startLine()
	for s.pos < len(s.text) {
		if len(s.facts) >= maxFacts {
			s.stopped = s.ln + 1
			break
		}
		s.next(s.text[s.pos])
	}

	s.reset()
	s.facts = slices.DeleteFunc(s.facts, func(f Fact) bool { return f.Kind == "" })
	s.bodies = slices.DeleteFunc(s.bodies, func(b Body) bool { return len(b.Value.Values) == 0 })
	slices.SortFunc(s.values, func(a, b span) int { return a.start - b.start })
}

// next reads what begins with c.
func (s *scanner) next(c byte) {
	switch c {
	case '\n':
		s.pos++
		s.ln++
		s.startLine()
	case ' ', '\t':
		s.pos++
	case '"':
		s.quoted()
	case '\'':
		s.singleQuoted()
	case '{', '[':
		s.openBlock(c)
	case '}', ']':
		s.closeBlock(c)
	case ':':
		s.colon()
	case ',':
		s.step(sawComma)
	case '(':
		s.step(sawParen)
	case ')':
		s.step(sawCloseParen)
	case '=', '>':
		s.assignment(c)
	case '\\':
		s.pos = min(s.pos+2, s.lineEnd())
		s.prev = sawOther
	case '/':
		s.slash()
	default:
		s.other()
	}
}

func (s *scanner) colon() {
	if len(s.stack) == 0 && s.prev != sawString {
		s.step(sawLabel)
	} else {
		s.step(sawColon)
	}
}

func (s *scanner) assignment(c byte) {
	switch {
	case c == '>' && s.prev == sawEquals:
		s.step(sawArrow)
	case c == '>':
		s.step(sawOther)
	case s.prev == sawEquals: // == compares
		s.step(sawEquals)
	default:
		s.assigned = s.word
		s.step(sawEquals)
	}
}

// slash steps over a comment. After a colon, // belongs to a URL.
func (s *scanner) slash() {
	if len(s.stack) > 0 && s.prev != sawColon && strings.HasPrefix(s.text[s.pos:], "//") {
		s.pos = s.lineEnd()
	} else {
		s.step(sawOther)
	}
}

func (s *scanner) lineEnd() int { return s.lines[s.ln].start + len(s.lines[s.ln].raw) }
func (s *scanner) col() int     { return s.pos - s.lines[s.ln].start }

func (s *scanner) step(m token) {
	s.pos++
	s.prev = m
}

func (s *scanner) top() *frame {
	if len(s.stack) == 0 {
		return nil
	}
	return &s.stack[len(s.stack)-1]
}

var (
	bareField   = lazyregexp.New(`^[\w$.-]+\s*:`)
	bareLiteral = lazyregexp.New(`^(?:true|false|null|True|False|None|-?\d[\d.]*)\s*[,}\]]`)
)

// continues reports whether a line after an empty one continues the open block.
func continues(text string) bool {
	return strings.ContainsRune("\"'{}[],:)“”", []rune(text)[0]) || strings.HasPrefix(text, "//") ||
		strings.HasPrefix(text, "...") || bareField.MatchString(text) || bareLiteral.MatchString(text)
}

// startLine decides, at the start of a line, whether the open blocks continue.
func (s *scanner) startLine() {
	l := &s.lines[s.ln]
	top := s.top()
	switch {
	case top == nil && l.text == "":
		s.closeFragment()
		s.prev = sawNone
		return
	case top == nil:
		if s.prev == sawColon || s.prev == sawLabel {
			s.prev = sawNone // a value is on the line of its field's name
		}
		return
	case l.text == "":
		s.sawBlank = true
		l.inside = true
		return
	}

	isNext := l.text[0] == '{' && top.open == '{' && (s.prev == sawString || s.prev == sawWord || s.prev == sawClose)
	if l.isHeading || l.isTableHeader() || isNext || s.sawBlank && !continues(l.text) {
		s.reset()
	}

	s.sawBlank = false
	l.inside = len(s.stack) > 0
}

// reset forgets what is open.
func (s *scanner) reset() {
	for len(s.stack) > 0 {
		s.pop()
	}
	s.closeFragment()
	s.prev = sawNone
}

// pop ends the innermost block.
func (s *scanner) pop() {
	top := s.top()
	s.group(top.fields)
	if top.api && top.open == '{' {
		top.value.setFields(top.fields)
	}
	s.stack = s.stack[:len(s.stack)-1]
}

// setFields makes an object of fields. The first of two with one name counts.
func (v *Value) setFields(fields []field) {
	if len(fields) == 0 {
		return
	}

	seen := map[string]bool{} // an object may have thousands of names
	for _, f := range fields {
		if !seen[f.name] {
			seen[f.name] = true
			v.Names = append(v.Names, f.name)
			v.Values = append(v.Values, f.value)
		}
	}
}

func (s *scanner) closeFragment() {
	s.group(s.fragment)
	s.fragment = nil
}

// firstByte returns the first byte between two offsets that is not white space, or
// 0 if there is none.
func (s *scanner) firstByte(pos, end int) byte {
	for ; pos < end; pos++ {
		if c := s.text[pos]; c != ' ' && c != '\t' && c != '\n' {
			return c
		}
	}
	return 0
}

// nextOnLine is the first byte from pos to the end of the line.
func (s *scanner) nextOnLine(pos int) byte { return s.firstByte(pos, s.lineEnd()) }

var (
	// What a page's code assigns or passes in addition to the body.
	codeName = lazyregexp.New(`(?i)(?:headers?|options?|config|settings|cookies?)$`)
	// What code calls the body when it hands it over.
	bodyName  = lazyregexp.New(`(?i)^(?:body|data|payload|json|raw|form|formdata|postdata)$`)
	flowWords = wordSet(`else|try|do|finally|catch|then|function|class|struct|interface`)
)

func (s *scanner) openBlock(c byte) {
	top := s.top()
	next := s.firstByte(s.pos+1, min(len(s.text), s.pos+maxQuoted))
	isDigit := next >= '0' && next <= '9'
	if c == '[' && top == nil && !isDigit && strings.IndexByte("{[]\"'-", next) < 0 {
		s.step(sawOther) // a bracket in prose
		return
	}

	f := frame{open: c, value: &Value{Type: "object"}}
	if c == '[' {
		f.value.Type = "array"
	}

	inBody := top != nil && top.api
	isField := s.prev == sawColon
	switch {
	case inBody && isField:
		f.name = top.key
		f.api = c == '[' || !isHeaders(top.key)
	case inBody:
		f.name = top.name
		f.api = true
	default:
		f.api = s.beginsBody(next)
	}

	switch {
	case inBody:
		s.put(f.value, 0, 0)
	case top == nil:
		s.closeFragment()
		if isField {
			f.name = s.word
		}
	}

	if f.api && !inBody {
		s.bodies = append(s.bodies, Body{Line: s.ln + 1, Value: f.value, start: s.pos})
	}

	if len(s.stack) >= maxDepth {
		s.reset()
	}

	s.stack = append(s.stack, f)
	s.step(sawOpen)
}

// beginsBody decides, by what is before it, whether a block outside of any body is
// one. The first byte in the block is given.
func (s *scanner) beginsBody(next byte) bool {
	top := s.top()
	switch s.prev {
	case sawParen: // JSON.stringify({
		return true
	case sawCloseParen: // if (error) {
		return false
	case sawArrow: // 'a' => [, and x => {
		return next == '"' || next == '{' || next == '['
	case sawEquals: // payload = {, and headers = {
		return !codeName.MatchString(s.assigned)
	case sawColon, sawLabel: // Headers: {, and in code body: {
		if top == nil {
			return !codeName.MatchString(s.word)
		}
		return bodyName.MatchString(top.key)
	case sawWord: // else {
		return top == nil && !flowWords[s.word]
	}
	return top == nil
}

func isHeaders(name string) bool { return strings.HasSuffix(strings.ToLower(name), "headers") }

// closeBlock closes the nearest block of that form, and what is open in it.
// Without one the brace is stray.
func (s *scanner) closeBlock(c byte) {
	open := byte('{')
	if c == ']' {
		open = '['
	}

	for i, f := range slices.Backward(s.stack) {
		if f.open == open {
			s.endBody(f.value)
			for len(s.stack) > i {
				s.pop()
			}
			break
		}
	}

	s.step(sawClose)
}

// endBody says where the last body ends, if that is what is closed.
func (s *scanner) endBody(v *Value) {
	if n := len(s.bodies); n > 0 && s.bodies[n-1].Value == v {
		body := &s.bodies[n-1]
		body.end = s.pos + 1
		body.Whole = !body.elided
	}
}

// put adds a value to the innermost block, if that is of a body: as an element, or
// as the value of the field that was named last.
func (s *scanner) put(v *Value, line, col int) {
	top := s.top()
	if top == nil || !top.api {
		return
	}
	if top.open == '[' {
		top.value.Values = append(top.value.Values, v)
	}
	if s.prev == sawColon {
		top.fields = append(top.fields, field{top.key, v, line, col})
	}
}

// take deals with the string between two offsets: it is a key, a value, or
// neither. The scanner continues at next.
func (s *scanner) take(start, end, next int) {
	content := s.text[start:end]
	line := s.ln + 1
	col := start - s.lines[s.ln].start

	top := s.top()
	isValue := s.prev == sawColon
	isKey := !isValue && s.nextOnLine(next) == ':'
	switch {
	case isKey && top != nil:
		s.key(content, line, col, next)
	case isKey && content != "" && len(content) <= maxName && s.startsFragment(start-1, next):
		s.facts = append(s.facts, Fact{Kind: KindKey, Value: content, Line: line, col: col, Loose: true})
		s.fragment = append(s.fragment, field{name: content})
	case isKey:
	case top != nil:
		if isValue && top.api && !isAddress(top.key) {
			s.values = append(s.values, span{start, end})
		}
		s.put(stringOf(content), line, col)
	case isValue && len(s.fragment) > 0 && s.fragment[len(s.fragment)-1].value == nil:
		s.values = append(s.values, span{start, end})
		name := s.fragment[len(s.fragment)-1].name
		s.fragment[len(s.fragment)-1] = field{name, stringOf(content), line, col}
	}

	if !s.nested && strings.Contains(content, `\"`) {
		s.scanString(content, line, col)
	}

	for s.ln+1 < len(s.lines) && s.lines[s.ln+1].start < next {
		s.ln++
		s.lines[s.ln].inside = true
	}

	s.pos = next
	s.prev = sawString
	s.word = content
}

// isAddress reports whether a URL under this name is one that code calls.
func isAddress(key string) bool { return key == "url" || key == "uri" || key == "endpoint" }

// key deals with a field's name inside a block.
func (s *scanner) key(name string, line, col, next int) {
	top := s.top()
	top.key = name
	if !top.api || name == "" || len(name) > maxName {
		return
	}

	jsonType := s.valueType(next)
	if isHeaders(name) && jsonType == "object" {
		top.api = false // code builds a request here: this is not a body
		top.value.Values = nil
		for _, i := range top.keys {
			s.facts[i].Kind = ""
		}
		return
	}

	top.keys = append(top.keys, len(s.facts))
	s.facts = append(s.facts, Fact{
		Kind:   KindKey,
		Value:  name,
		Line:   line,
		col:    col,
		Parent: top.name,
		JSON:   jsonType,
	})
}

// afterColon is the offset after the colon that follows a key.
func (s *scanner) afterColon(next int) int { return next + strings.IndexByte(s.text[next:], ':') + 1 }

// valueType is the JSON type of the value after a key that ends at next.
func (s *scanner) valueType(next int) string {
	start := s.afterColon(next)
	return typeOf(strings.TrimLeft(s.text[start:min(len(s.text), start+maxQuoted)], " \t\n"))
}

// typeOf is the JSON type of the value that a text begins with, or empty for
// anything else: a variable of code, or a slip.
func typeOf(text string) string {
	switch {
	case text == "":
		return ""
	case text[0] == '{':
		return "object"
	case text[0] == '[':
		return "array"
	case text[0] == '"', text[0] == '\'', strings.HasPrefix(text, "“"):
		return "string"
	case text[0] == '-', text[0] >= '0' && text[0] <= '9':
		return "number"
	case strings.HasPrefix(text, "true"), strings.HasPrefix(text, "false"):
		return "boolean"
	case strings.HasPrefix(text, "null"):
		return "null"
	}
	return ""
}

// startsFragment reports whether a string outside of any brace is a field's
// name: what follows its colon must look like a value of JSON.
func (s *scanner) startsFragment(quote, next int) bool {
	before, _ := utf8.DecodeLastRuneInString(s.text[s.lines[s.ln].start:quote])
	if unicode.IsLetter(before) || unicode.IsDigit(before) {
		return false
	}

	rest := strings.TrimLeft(s.text[s.afterColon(next):s.lineEnd()], " \t")
	return typeOf(rest) != "" && rest[0] != '\''
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_$-", r)
}

// other reads a word, or steps over anything else.
func (s *scanner) other() {
	rest := s.text[s.pos:]
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case unicode.IsSpace(r):
		s.pos += size
	case r == '.', r == '…':
		s.pos += size // an ellipsis says nothing about what comes next
		if n := len(s.bodies); n > 0 && len(s.stack) > 0 {
			s.bodies[n-1].elided = true
		}
	case r == '“', r == '”':
		s.curly(size)
	case isWordRune(r):
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '.' && !isWordRune(r) })
		if n < 0 {
			n = len(rest)
		}
		s.readWord(rest[:n])
	default:
		s.pos += size
		s.prev = sawOther
	}
}

func (s *scanner) readWord(word string) {
	next := s.pos + len(word)
	top := s.top()
	switch {
	case top == nil:
		if s.prev != sawColon {
			s.closeFragment()
		}
	case top.open == '{' && (s.prev == sawOpen || s.prev == sawComma) && s.nextOnLine(next) == ':':
		s.key(word, s.ln+1, s.col(), next)
	default:
		s.put(scalarOf(word), 0, 0)
	}

	s.word = word
	s.pos = next
	s.prev = sawWord
}

// scanString reads JSON that is escaped in a string, as programs print a body.
// Its facts are on the string's line.
func (s *scanner) scanString(content string, line, col int) {
	text := unescape(content)
	if open := strings.TrimLeft(text, " \t\n"); open == "" || open[0] != '{' && open[0] != '[' {
		return
	}

	inner := &scanner{text: text, lines: splitLines(text), nested: true}
	inner.run()
	for _, fact := range inner.facts {
		fact.Line = line
		fact.col = col
		s.facts = append(s.facts, fact)
	}

	if top := s.top(); top == nil || !top.api {
		for _, body := range inner.bodies {
			body.Line = line
			body.Strict = true // the escapes of the string are not the page's slips
			s.bodies = append(s.bodies, body)
		}
	}
}

// group turns the fields of one object into messages: a field with the name of a
// message, and next to a status of failure every text of several words.
func (s *scanner) group(fields []field) {
	if len(fields) == 0 {
		return
	}

	outcome := ""
	for _, f := range fields {
		if strings.EqualFold(f.name, "status") && outcomeWords[strings.ToLower(f.text())] {
			outcome = f.text()
		}
	}

	failed := failureWords[strings.ToLower(outcome)]
	for _, f := range fields {
		text := f.text()
		if text == "" || strings.EqualFold(f.name, "status") {
			continue
		}
		hasWords := strings.Contains(strings.TrimSpace(text), " ")
		if strings.EqualFold(f.name, "message") || f.name == "Customer Details" || failed && hasWords {
			s.facts = append(s.facts, Fact{
				Kind: KindMessage, Value: text, Line: f.line, col: f.col, Field: f.name, Outcome: outcome,
			})
		}
	}
}

var (
	failureWords = wordSet(`failed|fail|failure|error`)
	outcomeWords = wordSet(`failed|fail|failure|error|success|successful|ok`)
)
