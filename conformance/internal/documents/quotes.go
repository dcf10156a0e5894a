package documents

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoted reads a string at a straight double quote.
func (s *scanner) quoted() {
	start := s.pos + 1
	isValue := s.prev == sawColon
	end, next := s.closingQuote(start, !isValue)
	switch {
	case end >= 0 && isValue:
		end = s.widen(end)
		next = end + 1
	case end < 0 && isValue && len(s.stack) > 0:
		end, next = s.farQuote(start)
	case end < 0:
		s.step(sawOther)
		return
	}

	s.take(start, end, next)
}

// closingQuote finds the end of a string on its line, and what is after its quote;
// -1 if there is none. A name may end with a curly quote before its colon.
func (s *scanner) closingQuote(start int, isName bool) (end, next int) {
	for i := start; i < s.lineEnd(); i++ {
		switch c := s.text[i]; {
		case c == '\\':
			i++
		case c == '"':
			return i, i + 1
		case isName && strings.HasPrefix(s.text[i:], "”") && s.nextOnLine(i+len("”")) == ':':
			return i, i + len("”")
		}
	}
	return -1, -1
}

// widen moves the end of a value past unescaped quotes inside it,
// up to the last one that a JSON value could end with. Without such an end the
// first quote counts.
func (s *scanner) widen(closing int) int {
	if after := s.nextOnLine(closing + 1); after == 0 || strings.IndexByte(",}]):;'\"/\\|", after) >= 0 {
		return closing
	}

	for i := closing + 1; i < min(s.lineEnd(), closing+maxQuoted); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			switch s.nextOnLine(i + 1) {
			case ':':
				return closing // the next field's name
			case 0, ',', '}', ']':
				return i
			}
		}
	}

	return closing
}

// farQuote finds the end of a value with raw line breaks: the next quote, if a
// value can end there. Only one quote is looked at, so that text is read twice at
// most. Without such an end the value ends with its line.
func (s *scanner) farQuote(start int) (end, next int) {
	lineEnd := s.lineEnd()
	for i := lineEnd; i < min(len(s.text), lineEnd+maxSpread); i++ {
		if s.text[i] == '\\' {
			i++
			continue
		}
		if s.text[i] != '"' {
			continue
		}

		rest := strings.TrimLeft(s.text[i+1:min(len(s.text), i+64)], " \t")
		if rest == "" || strings.IndexByte(",}]\n", rest[0]) >= 0 {
			return i, i + 1
		}
		break
	}

	return start + len(strings.TrimRight(s.text[start:lineEnd], ", ")), lineEnd
}

// singleQuoted reads a string of Python, JavaScript or a shell. An apostrophe
// in prose is not a string.
func (s *scanner) singleQuoted() {
	start := s.pos + 1
	limit := min(s.lineEnd(), start+maxQuoted)
	if start < limit && (s.text[start] == '{' || s.text[start] == '[') {
		s.pos++ // a shell's quote round a body
		return
	}

	end := s.closingApostrophe(start, limit)
	switch {
	case end >= 0 && len(s.stack) > 0:
		s.take(start, end, end+1)
	case end >= 0:
		s.word = s.text[start:end]
		s.pos = end + 1
		s.prev = sawString
	case s.prev == sawColon || s.prev == sawNone:
		s.pos++
	default:
		s.step(sawOther)
	}
}

// closingApostrophe finds the end of a string in single quotes, or -1.
func (s *scanner) closingApostrophe(start, limit int) int {
	isInWord := s.col() > 0 && strings.IndexByte(" \t{[(,:=>$", s.text[s.pos-1]) < 0
	if isInWord {
		return -1
	}

	for i := max(start, s.noCloser); i < limit; i++ {
		switch {
		case s.text[i] == '\\':
			i++
		case s.text[i] == '\'' && !startsWord(s.text[i+1:]):
			return i
		}
	}

	s.noCloser = max(s.noCloser, limit)
	return -1
}

func startsWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_'
}

// curly reads a string in curly quotes, as a word processor leaves them.
func (s *scanner) curly(size int) {
	start := s.pos + size
	limit := min(s.lineEnd(), start+maxQuoted)
	if n := strings.IndexAny(s.text[start:limit], "”“\""); n >= 0 {
		_, closer := utf8.DecodeRuneInString(s.text[start+n:])
		s.take(start, start+n, start+n+closer)
		return
	}
	s.pos = start
	s.prev = sawOther
}
