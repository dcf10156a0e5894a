package documents

import (
	"slices"
	"strings"
	"unicode"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// line is one line of the text: its offset and its content without surrounding spaces.
type line struct {
	start int
	text  string // trimmed
	raw   string
}

func splitLines(text string) []line {
	var lines []line
	start := 0
	for part := range strings.SplitSeq(text, "\n") {
		lines = append(lines, line{start: start, raw: part, text: strings.TrimSpace(part)})
		start += len(part) + 1
	}
	return lines
}

// A title names one API. It decides which operations a section's facts belong
// to, so a line of a menu must not be taken for one.
var (
	titleForm   = lazyregexp.New(`^(?:\d{1,2}[.)] +)?[A-Z][\w&/()-]*(?: +[\w&/()-]+){0,7} APIs?(?: +(?i:by|for|with|v\d)(?: +[\w-]+){0,5})?[.:]?$`)
	notTitle    = lazyregexp.New(`(?i)^(objective|purpose|summary|list|what|about|how|why|to|the|this|these|an?|click|use|using|please|note|each|created|assign|fig|figure|table|step|\d+[.)])\b|\b(an?|the|this|that|these|our|your|each|every|of) APIs?\b`)
	turnOfPages = lazyregexp.New(`^(?:Previous|Next)(?:[A-Z]|\s|$)`)
)

var markdownHeading = lazyregexp.New(`^(?:#{1,6} +|\*\*)(.*?)[ #*]*$`)

// headline removes the marks of Markdown from a heading.
func headline(text string) string {
	if m := markdownHeading.FindStringSubmatch(text); m != nil {
		return strings.Trim(m[1], " *")
	}
	return text
}

func isTitle(text string) bool {
	text = headline(text)
	return len(text) <= 80 && strings.Contains(text, "API") &&
		!turnOfPages.MatchString(text) && !notTitle.MatchString(text) && titleForm.MatchString(text)
}

// Headings of the 2024 pages are not in capitals, so they are known by their words.
var headingWords = wordSet(`additional notes|api response|authentication|authorization|body|body parameters|
	data format|description|error codes|error messages|example of a working curl|example|examples|failure response|
	failure responses|header parameters|headers|http status codes|json format|note|notes|objective|parameters|purpose|
	query parameters|request|request body|request body parameters|request headers|request parameters|response|
	response body|response codes|response parameters|sample request|sample request url|sample response|status codes|
	success response`)

var httpMethods = wordSet(`get|post|put|patch|delete|head|options`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.SplitSeq(words, "|") {
		set[strings.TrimSpace(word)] = true
	}
	return set
}

// isHeading recognises a heading by its words or by its capitals.
func isHeading(text string) bool {
	text = headline(text)
	if text == "" || len(text) > 120 {
		return false
	}

	if headingWords[strings.ToLower(strings.TrimRight(text, ".: "))] {
		return unicode.IsUpper([]rune(text)[0])
	}

	if isTitle(text) {
		return true
	}

	letters := 0
	for _, r := range text {
		switch {
		case unicode.IsUpper(r):
			letters++
		case unicode.IsLower(r), strings.ContainsRune(`"'{}[]<>=@_;•|`, r):
			return false
		}
	}

	return letters >= 4 && !httpMethods[strings.ToLower(text)] && !isTypeWord(text)
}

type headingLine struct {
	text string
	line int
}

// outline is what the lines say apart from JSON: headings, sections, tables.
type outline struct {
	sections []Section
	headings []headingLine
	facts    []Fact
	doubts   []Doubt
}

func readLines(lines []line, scanned *scanResult) *outline {
	out := &outline{sections: []Section{{Line: 0}}}
	menu := menuLines(lines)
	tables := &tableReader{lines: lines, scanned: scanned, out: out, messageAt: scanned.messagesByLine(len(lines))}
	for i := 0; i < len(lines); {
		text := lines[i].text
		if text == "" || scanned.inside[i] {
			i++
			continue
		}

		if next := tables.read(i); next > i {
			i = next
			continue
		}

		switch {
		case isTitle(text) && !menu[i]:
			title := strings.TrimRight(headline(text), ".:")
			out.sections = append(out.sections, Section{Title: title, Line: i + 1})
			out.headings = append(out.headings, headingLine{title, i + 1})
		case strings.HasPrefix(text, "#") && headline(text) != text,
			isHeading(text) && !isTitle(text) && !caption(lines, i):
			text = headline(text)
			out.headings = append(out.headings, headingLine{text, i + 1})
			last := &out.sections[len(out.sections)-1]
			last.Headings = append(last.Headings, text)
		case text == "paths:":
			i = readIllustration(lines, i, out)
			continue
		}

		i++
	}

	return out
}

var figure = lazyregexp.New(`^(?i:fig|figure)\.? *\d+`)

// caption reports whether lines[i] follows the line of a figure: it is the text
// of an image.
func caption(lines []line, i int) bool {
	for i--; i >= 0; i-- {
		if lines[i].text != "" {
			return figure.MatchString(lines[i].text)
		}
	}
	return false
}

// menuLines marks three or more titles in a row: a menu that names pages. The
// last one is left out, because a page's own title may follow its menu.
func menuLines(lines []line) map[int]bool {
	menu := map[int]bool{}
	var run []int
	flush := func() {
		if len(run) >= 3 {
			for _, i := range run[:len(run)-1] {
				menu[i] = true
			}
		}
		run = run[:0]
	}

	for i := range lines {
		switch {
		case lines[i].text == "":
		case isTitle(lines[i].text):
			run = append(run, i)
		default:
			flush()
		}
	}

	flush()
	return menu
}

var (
	illustrationPath = lazyregexp.New(`^/\S*:$`)
	illustrationName = lazyregexp.New(`^(?:- )?(?:name: *)?([A-Za-z_][\w-]*):?$`)
)

// Words that an OpenAPI-like illustration uses for itself.
var illustrationWords = wordSet(`paths|get|post|put|patch|delete|summary|description|consumes|produces|parameters|responses|
	in|type|format|schema|properties|required|items|example|body|string|integer|number|boolean|array|object|tags|operationid|
	default|enum|content|requestbody`)

// readIllustration reads a YAML-like illustration that begins with "paths:",
// possibly without its indentation, up to the next blank line. Its paths are
// read with all others; here the names of its parameters are read.
func readIllustration(lines []line, i int, out *outline) int {
	names := false
	for i++; i < len(lines) && lines[i].text != ""; i++ {
		text := lines[i].text
		switch word := strings.ToLower(strings.TrimRight(text, ":")); {
		case illustrationPath.MatchString(text), word == "responses":
			names = false
		case word == "parameters", word == "properties":
			names = true
		case names && !illustrationWords[word]:
			if m := illustrationName.FindStringSubmatch(text); m != nil {
				out.facts = append(out.facts, Fact{Kind: KindField, Value: m[1], Line: i + 1})
			}
		}
	}

	return i
}

// blank reports whether lines[i] is blank or does not exist.
func blank(lines []line, i int) bool { return i < 0 || i >= len(lines) || lines[i].text == "" }

// nextText returns the index of the first line at or after i that is not
// blank, or len(lines).
func nextText(lines []line, i int) int {
	if n := slices.IndexFunc(lines[min(i, len(lines)):], func(l line) bool { return l.text != "" }); n >= 0 {
		return i + n
	}
	return len(lines)
}
