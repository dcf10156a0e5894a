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
	inside []bool // per line: it begins inside a block or a string
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

// messagesByLine gives, for each line, the index of the last message that
// begins on it, or -1.
func (r *scanResult) messagesByLine(lines int) []int {
	at := slices.Repeat([]int{-1}, lines)
	for i, fact := range r.facts {
		if fact.Kind == KindMessage && (at[fact.Line-1] < 0 || r.facts[at[fact.Line-1]].col < fact.col) {
			at[fact.Line-1] = i
		}
	}
	return at
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
	api    bool            // a body of the API, rather than code around it
	name   string          // of the field whose value this is; arrays and bare objects inherit it
	key    string          // of the field that is being read
	value  *Value          // what it holds
	has    map[string]bool // the names of fields in value
	fields []field
	keys   []int // its facts
}

type field struct {
	name, value string
	line, col   int
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

func scan(text string, lines []line) *scanResult {
	s := &scanner{text: text, lines: lines}
	s.inside = make([]bool, len(lines))
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
		switch c := s.text[s.pos]; {
		case c == '\n':
			s.pos++
			s.ln++
			s.startLine()
		case c == ' ' || c == '\t':
			s.pos++
		case c == '"':
			s.quoted()
		case c == '\'':
			s.singleQuoted()
		case c == '{' || c == '[':
			s.openBlock(c)
		case c == '}' || c == ']':
			s.closeBlock(c)
		case c == ':' && len(s.stack) == 0 && s.prev != sawString:
			s.step(sawLabel)
		case c == ':':
			s.step(sawColon)
		case c == ',':
			s.step(sawComma)
		case c == '=':
			if s.prev != sawEquals {
				s.assigned = s.word
			}
			s.step(sawEquals)
		case c == '>' && s.prev == sawEquals:
			s.step(sawArrow)
		case c == '(':
			s.step(sawParen)
		case c == ')':
			s.step(sawCloseParen)
		case c == '\\':
			s.pos = min(s.pos+2, s.lineEnd())
			s.prev = sawOther
		case c == '/' && len(s.stack) > 0 && strings.HasPrefix(s.text[s.pos:], "//") && s.prev != sawColon:
			s.pos = s.lineEnd()
		case c == '.' || strings.HasPrefix(s.text[s.pos:], "…"):
			if n := len(s.bodies); n > 0 && len(s.stack) > 0 {
				s.bodies[n-1].elided = true
			}
			s.skip() // an ellipsis says nothing about what comes next
		default:
			s.other()
		}
	}

	s.reset()
	s.facts = slices.DeleteFunc(s.facts, func(f Fact) bool { return f.Kind == "" })
	s.bodies = slices.DeleteFunc(s.bodies, func(b Body) bool { return len(b.Value.Values) == 0 })
	slices.SortFunc(s.values, func(a, b span) int { return a.start - b.start })
}

func (s *scanner) lineEnd() int { return s.lines[s.ln].start + len(s.lines[s.ln].raw) }
func (s *scanner) col() int     { return s.pos - s.lines[s.ln].start }

func (s *scanner) step(m token) {
	s.pos++
	s.prev = m
}

func (s *scanner) skip() {
	_, size := utf8.DecodeRuneInString(s.text[s.pos:])
	s.pos += size
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
	if s.ln >= len(s.lines) {
		return
	}

	text := s.lines[s.ln].text
	if len(s.stack) == 0 {
		if text == "" {
			s.closeFragment()
		}
		if text == "" || s.prev == sawColon || s.prev == sawLabel {
			s.prev = sawNone // a value is on the line of its field's name
		}
		return
	}

	if text == "" {
		s.sawBlank = true
		s.inside[s.ln] = true
		return
	}

	top := s.top()
	again := text[0] == '{' && top.open == '{' && (s.prev == sawString || s.prev == sawWord || s.prev == sawClose)
	if isHeading(text) || parseHeader(text) != nil || again || s.sawBlank && !continues(text) {
		s.reset()
	}

	s.sawBlank = false
	s.inside[s.ln] = len(s.stack) > 0
}

// reset forgets what is open.
func (s *scanner) reset() {
	for len(s.stack) > 0 {
		s.pop()
	}
	s.closeFragment()
	s.prev = sawNone
}

func (s *scanner) pop() {
	top := s.top()
	s.group(top.fields)
	s.stack = s.stack[:len(s.stack)-1]
}

func (s *scanner) closeFragment() {
	s.group(s.fragment)
	s.fragment = nil
}

// nextSignificant returns the first byte after pos that is not white space,
// across lines.
func (s *scanner) nextSignificant(pos int) byte {
	for ; pos < len(s.text) && pos-s.pos < maxQuoted; pos++ {
		if c := s.text[pos]; c != ' ' && c != '\t' && c != '\n' {
			return c
		}
	}
	return 0
}

// nextOnLine is nextSignificant within the line; 0 is its end.
func (s *scanner) nextOnLine(pos int) byte {
	for end := s.lineEnd(); pos < end; pos++ {
		if c := s.text[pos]; c != ' ' && c != '\t' {
			return c
		}
	}
	return 0
}

var (
	// What a page's code assigns or passes in addition to the body.
	codeName = lazyregexp.New(`(?i)(?:headers?|options?|config|settings|cookies?)$`)
	// What code calls the body when it hands it over.
	bodyName  = lazyregexp.New(`(?i)^(?:body|data|payload|json|raw|form|formdata|postdata)$`)
	flowWords = wordSet(`else|try|do|finally|catch|then|function|class|struct|interface`)
)

func (s *scanner) openBlock(c byte) {
	top := s.top()
	next := s.nextSignificant(s.pos + 1)
	if c == '[' && top == nil && !strings.ContainsRune("{[]\"'-\xe2", rune(next)) && !(next >= '0' && next <= '9') {
		s.step(sawOther) // a bracket in prose
		return
	}

	f := frame{open: c, api: true, value: &Value{Type: "object"}}
	if c == '[' {
		f.value.Type = "array"
	}

	switch {
	case top != nil && top.api:
		f.name = top.name
		if s.prev == sawColon {
			f.name = top.key
			f.api = c != '{' || !isHeaders(top.key)
		}
	case s.prev == sawParen:
	case s.prev == sawEquals:
		f.api = !codeName.MatchString(s.assigned)
	case top == nil && (s.prev == sawLabel || s.prev == sawColon):
		f.api = !codeName.MatchString(s.word)
		if s.prev == sawColon {
			f.name = s.word
		}
	case s.prev == sawArrow:
		f.api = next == '"' || next == '{' || next == '['
	case s.prev == sawCloseParen:
		f.api = false
	case s.prev == sawColon && top != nil:
		f.api = bodyName.MatchString(top.key)
	case s.prev == sawWord:
		f.api = top == nil && !flowWords[s.word]
	default:
		f.api = top == nil
	}

	switch {
	case top == nil:
		s.closeFragment()
	case top.api:
		top.put(f.value, s.prev == sawColon)
	}

	if f.api && (top == nil || !top.api) {
		s.openBody(f.value)
	}

	if len(s.stack) >= maxDepth {
		s.reset()
	}

	s.stack = append(s.stack, f)
	s.step(sawOpen)
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
			s.closeBody(f.value)
			for len(s.stack) > i {
				s.pop()
			}
			break
		}
	}

	s.step(sawClose)
}

// quoted reads a string at a straight double quote.
func (s *scanner) quoted() {
	start := s.pos + 1
	end := s.lineEnd()
	value := s.prev == sawColon
	closing := -1
	for i := start; i < end; i++ {
		switch c := s.text[i]; {
		case c == '\\':
			i++
		case c == '"':
			closing = i
		case !value && strings.HasPrefix(s.text[i:], "”") && s.nextOnLine(i+len("”")) == ':':
			s.take(s.text[start:i], start, i, i+len("”"))
			return
		}

		if closing >= 0 {
			break
		}
	}

	switch {
	case closing >= 0 && value:
		closing = s.widen(closing, end)
	case closing >= 0:
	case value && len(s.stack) > 0:
		if far := s.closingFar(end); far >= 0 {
			s.take(s.text[start:far], start, far, far+1)
			return
		}
		s.take(strings.TrimRight(s.text[start:end], ", "), start, end, end)
		return
	default:
		s.step(sawOther)
		return
	}

	s.take(s.text[start:closing], start, closing, closing+1)
}

// widen moves the end of a value past unescaped quotes inside it,
// up to the last one that a JSON value could end with. Without such an end the
// first quote counts.
func (s *scanner) widen(closing, end int) int {
	if after := s.nextOnLine(closing + 1); after == 0 || strings.IndexByte(",}]):;'\"/\\|", after) >= 0 {
		return closing
	}

	for i := closing + 1; i < min(end, closing+maxQuoted); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			after := s.nextOnLine(i + 1)
			if after == ':' {
				return closing // the next field's name
			}
			if after == 0 || after == ',' || after == '}' || after == ']' {
				return i
			}
		}
	}

	return closing
}

// closingFar finds the end of a string with raw line breaks: the next quote,
// if a value can end there. Only one quote is looked at, so that text is read
// twice at most.
func (s *scanner) closingFar(from int) int {
	for i := from; i < min(len(s.text), from+maxSpread); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			rest := strings.TrimLeft(s.text[i+1:min(len(s.text), i+64)], " \t")
			if rest == "" || strings.IndexByte(",}]\n", rest[0]) >= 0 {
				return i
			}
			return -1
		}
	}

	return -1
}

// singleQuoted reads a string of Python, JavaScript or a shell. An apostrophe
// in prose is not a string.
func (s *scanner) singleQuoted() {
	start := s.pos + 1
	end := min(s.lineEnd(), start+maxQuoted)
	if start < end && (s.text[start] == '{' || s.text[start] == '[') {
		s.pos++ // a shell's quote round a body
		return
	}

	if s.pos == s.lines[s.ln].start || strings.IndexByte(" \t{[(,:=>$", s.text[s.pos-1]) >= 0 {
		for i := max(start, s.noCloser); i < end; i++ {
			switch {
			case s.text[i] == '\\':
				i++
			case s.text[i] != '\'' || startsWord(s.text[i+1:]):
			case len(s.stack) > 0:
				s.take(s.text[start:i], start, i, i+1)
				return
			default:
				s.word = s.text[start:i]
				s.pos = i + 1
				s.prev = sawString
				return
			}
		}

		s.noCloser = max(s.noCloser, end)
	}

	if s.prev == sawColon || s.prev == sawNone {
		s.pos++
		return
	}

	s.step(sawOther)
}

func startsWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_'
}

// take deals with a string whose content is given: it is a key, a value, or
// neither. The scanner continues at next.
func (s *scanner) take(content string, start, end, next int) {
	line := s.ln + 1
	col := start - s.lines[s.ln].start
	value := s.prev == sawColon
	isKey := !value && s.lineOf(next) == s.ln && s.nextOnLine(next) == ':'
	top := s.top()
	switch {
	case isKey && top != nil:
		s.key(content, line, col, next)
	case isKey && content != "" && len(content) <= maxName && s.startsFragment(start-1, next):
		s.facts = append(s.facts, Fact{Kind: KindKey, Value: content, Line: line, col: col, Loose: true})
		s.fragment = append(s.fragment, field{name: content})
	case value && top != nil && top.api:
		if !codeValue(top.key) {
			s.values = append(s.values, span{start, end})
		}
		top.fields = append(top.fields, field{top.key, unescape(content), line, col})
		top.put(&Value{Type: "string", Text: unescape(content)}, true)
	case !value && !isKey && top != nil && top.open == '[':
		top.put(&Value{Type: "string", Text: unescape(content)}, false)
	case value && top == nil && len(s.fragment) > 0 && s.fragment[len(s.fragment)-1].line == 0:
		s.values = append(s.values, span{start, end})
		last := &s.fragment[len(s.fragment)-1]
		last.value = unescape(content)
		last.line = line
		last.col = col
	}

	if !s.nested && strings.Contains(content, `\"`) {
		s.scanString(content, line, col)
	}

	for s.ln+1 < len(s.lines) && s.lines[s.ln+1].start <= end && s.lines[s.ln+1].start < next {
		s.ln++
		s.inside[s.ln] = true
	}

	s.pos = next
	s.prev = sawString
	s.word = content
}

// codeValue: a URL under these names is an address that code calls.
func codeValue(key string) bool { return key == "url" || key == "uri" || key == "endpoint" }

func (s *scanner) lineOf(pos int) int {
	if pos <= s.lineEnd() {
		return s.ln
	}
	return s.ln + 1
}

// key deals with a field's name inside a block.
func (s *scanner) key(name string, line, col, next int) {
	top := s.top()
	top.key = name
	if !top.api || name == "" || len(name) > maxName {
		return
	}

	if isHeaders(name) {
		colon := strings.IndexByte(s.text[next:], ':')
		if s.nextSignificant(next+colon+1) == '{' {
			top.api = false // code builds a request here: this is not a body
			top.value.Names, top.value.Values = nil, nil
			for _, i := range top.keys {
				s.facts[i].Kind = ""
			}
			return
		}
	}

	top.keys = append(top.keys, len(s.facts))
	s.facts = append(s.facts, Fact{
		Kind:   KindKey,
		Value:  name,
		Line:   line,
		col:    col,
		Parent: top.name,
		JSON:   s.valueType(next),
	})
}

// valueType is the JSON type of the value after a key that ends at next.
func (s *scanner) valueType(next int) string {
	colon := strings.IndexByte(s.text[next:], ':')
	if colon < 0 {
		return ""
	}
	start := next + colon + 1
	rest := strings.TrimLeft(s.text[start:min(len(s.text), start+maxQuoted)], " \t\n")
	switch {
	case rest == "":
		return ""
	case rest[0] == '{':
		return "object"
	case rest[0] == '[':
		return "array"
	case rest[0] == '"', rest[0] == '\'', strings.HasPrefix(rest, "“"):
		return "string"
	case rest[0] == '-', rest[0] >= '0' && rest[0] <= '9':
		return "number"
	case strings.HasPrefix(rest, "true"), strings.HasPrefix(rest, "false"):
		return "boolean"
	case strings.HasPrefix(rest, "null"):
		return "null"
	}
	return "" // a variable of code, or a slip
}

// startsFragment reports whether a string outside of any brace is a field's
// name: what follows its colon must look like a value of JSON.
func (s *scanner) startsFragment(quote, next int) bool {
	if quote > s.lines[s.ln].start {
		if r, _ := utf8.DecodeLastRuneInString(s.text[:quote]); unicode.IsLetter(r) || unicode.IsDigit(r) {
			return false
		}
	}

	colon := strings.IndexByte(s.text[next:], ':')
	rest := strings.TrimLeft(s.text[next+colon+1:s.lineEnd()], " \t")
	if rest == "" {
		return false
	}

	return strings.ContainsRune("\"“{[-0123456789", []rune(rest[:min(4, len(rest))])[0]) ||
		strings.HasPrefix(rest, "true") || strings.HasPrefix(rest, "false") || strings.HasPrefix(rest, "null")
}

// other reads a word, or steps over anything else.
func (s *scanner) other() {
	rest := s.text[s.pos:]
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case unicode.IsSpace(r):
		s.pos += size
		return
	case r == '“' || r == '”':
		s.curly(size)
		return
	case !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '$' && r != '-':
		s.pos += size
		s.prev = sawOther
		return
	}

	n := 0
	for n < len(rest) {
		r, size := utf8.DecodeRuneInString(rest[n:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '$' && r != '.' && r != '-' {
			break
		}
		n += size
	}

	word := rest[:n]
	top := s.top()
	switch {
	case top == nil:
		if s.prev != sawColon {
			s.closeFragment()
		}
	case top.open == '{' && (s.prev == sawOpen || s.prev == sawComma) && s.nextOnLine(s.pos+n) == ':':
		s.key(word, s.ln+1, s.col(), s.pos+n)
	default:
		top.put(scalarOf(word), s.prev == sawColon)
	}

	s.word = word
	s.pos += n
	s.prev = sawWord
}

// curly reads a string in curly quotes, as a word processor leaves them.
func (s *scanner) curly(size int) {
	start := s.pos + size
	limit := min(s.lineEnd(), start+maxQuoted)
	if n := strings.IndexAny(s.text[start:limit], "”“\""); n >= 0 {
		_, closer := utf8.DecodeRuneInString(s.text[start+n:])
		s.take(s.text[start:start+n], start, start+n, start+n+closer)
		return
	}
	s.pos = start
	s.prev = sawOther
}

// scanString reads JSON that is escaped in a string, as programs print a body.
// Its facts are on the string's line.
func (s *scanner) scanString(content string, line, col int) {
	text := unescape(content)
	if open := strings.TrimLeft(text, " \t\n"); open == "" || open[0] != '{' && open[0] != '[' {
		return
	}

	lines := splitLines(text)
	inner := &scanner{text: text, lines: lines, nested: true}
	inner.inside = make([]bool, len(lines))
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
	outcome := ""
	for _, m := range fields {
		if strings.EqualFold(m.name, "status") && outcomeWords[strings.ToLower(m.value)] {
			outcome = m.value
		}
	}

	failed := failureWords[strings.ToLower(outcome)]
	for _, m := range fields {
		if m.value == "" || m.line == 0 || strings.EqualFold(m.name, "status") {
			continue
		}
		hasWords := strings.Contains(strings.TrimSpace(m.value), " ")
		if strings.EqualFold(m.name, "message") || m.name == "Customer Details" || failed && hasWords {
			s.facts = append(s.facts, Fact{
				Kind: KindMessage, Value: m.value, Line: m.line, col: m.col, Field: m.name, Outcome: outcome,
			})
		}
	}
}

var (
	failureWords = wordSet(`failed|fail|failure|error`)
	outcomeWords = wordSet(`failed|fail|failure|error|success|successful|ok`)
)

var escapes = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\/`, `/`, `\n`, "\n", `\r`, "", `\t`, "\t")

func unescape(content string) string {
	if strings.IndexByte(content, '\\') < 0 {
		return content
	}
	return escapes.Replace(content)
}
