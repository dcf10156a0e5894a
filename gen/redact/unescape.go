package redact

import (
	"html"
	"strconv"
	"strings"
)

// maxEscapes is how many levels of escapes unescape undoes: JSON within a URL within
// HTML, and so on.
const maxEscapes = 4

// unescape undoes, approximately, how JSON, URLs, programming languages and HTML
// encode a text. The result is good only for comparing it with another one. The text
// is read a few times from beginning to end, so that a large page of percent signs
// takes no longer than any other.
func unescape(text string) string {
	for range maxEscapes {
		before := text
		text = withoutEscapes(html.UnescapeString(text))
		if text == before {
			break
		}
	}
	return loneSigns.Replace(text)
}

// loneSigns removes the signs that remain of escapes.
var loneSigns = strings.NewReplacer(`\`, "", "+", " ")

// withoutEscapes undoes one level of escapes with percent signs and
// backslashes.
func withoutEscapes(text string) string {
	if !strings.ContainsAny(text, `%\`) {
		return text
	}
	out := make([]byte, 0, len(text))
	for at := 0; at < len(text); {
		value := text[at : at+1]
		length := 1
		switch text[at] {
		case '%':
			value, length = percentEscape(text[at:])
		case '\\':
			value, length = backslashEscape(text[at:])
		}
		out = append(out, value...)
		at += length
	}
	return string(out)
}

// percentEscape reads an escape of a URL, which may be escaped again: %41,
// %2541, %252541. Another percent sign stays.
func percentEscape(text string) (value string, length int) {
	digits := 1
	for strings.HasPrefix(text[digits:], "25") {
		digits += len("25")
	}
	if n, ok := hexAt(text, digits, 2); ok {
		return string([]byte{byte(n)}), digits + 2 //nolint:gosec // of two digits
	}
	return "%", digits
}

// backslashEscape reads an escape of JSON or of a programming language. The
// backslash before a slash or a quote is taken away, one before another
// character stays.
func backslashEscape(text string) (value string, length int) {
	next := byte(0)
	if len(text) > 1 {
		next = text[1]
	}
	switch next {
	case 'u':
		if n, ok := hexAt(text, 2, 4); ok {
			return string(rune(n)), 6 //nolint:gosec // of four digits
		}
	case 'x':
		if n, ok := hexAt(text, 2, 2); ok {
			return string([]byte{byte(n)}), 4 //nolint:gosec // of two digits
		}
	case '/', '"', '\'', '\\':
		return text[1:2], 2
	}
	return `\`, 1
}

// hexAt reads a number of hexadecimal digits.
func hexAt(text string, at, count int) (uint64, bool) {
	if len(text) < at+count {
		return 0, false
	}
	n, err := strconv.ParseUint(text[at:at+count], 16, 32)
	return n, err == nil
}
