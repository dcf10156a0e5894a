package documents

import (
	"slices"
	"strings"
	"unicode"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// line is one line of the text, and what it may be.
type line struct {
	start int    // its offset in the text
	raw   string // as printed
	text  string // without surrounding spaces

	isTitle   bool
	isHeading bool    // titles included
	header    *header // nil unless cells of a header are all it has
	inside    bool    // it begins inside a block of JSON or a string
}

func splitLines(text string) []line {
	lines := make([]line, 0, strings.Count(text, "\n")+1)
	start := 0
	for raw := range strings.SplitSeq(text, "\n") {
		l := line{start: start, raw: raw, text: strings.TrimSpace(raw)}
		if l.text != "" {
			name := headline(l.text)
			l.isTitle = isTitle(name)
			l.isHeading = l.isTitle || isHeading(name)
			l.header = parseHeader(l.text)
		}
		lines = append(lines, l)
		start += len(raw) + 1
	}
	return lines
}

// isTableHeader reports whether the line has the whole header of a table.
func (l line) isTableHeader() bool { return l.header != nil && l.header.kind != noTable }

// A title names one API. It decides which operations a section's facts belong
// to, so a line of a menu must not be taken for one.
var (
	titleForm = lazyregexp.New(`^(?:\d{1,2}[.)] +)?[A-Z][\w&/()-]*(?: +[\w&/()-]+){0,7} APIs?` +
		`(?: +(?i:by|for|with|v\d)(?: +[\w-]+){0,5})?[.:]?$`)
	// A sentence about an API, a step, or the caption of a figure.
	notTitle = lazyregexp.New(`(?i)^(objective|purpose|summary|list|what|about|how|why|to|the|this|these|an?|` +
		`click|use|using|please|note|each|created|assign|fig|figure|table|step|\d+[.)])\b|` +
		`\b(an?|the|this|that|these|our|your|each|every|of) APIs?\b`)
	turnOfPages = lazyregexp.New(`^(?:Previous|Next)(?:[A-Z]|\s|$)`)
)

var markdownHeading = lazyregexp.New(`^(?:#{1,6} +|\*\*)(.*?)[ #*]*$`)

// headline removes the marks of Markdown from a heading.
func headline(text string) string {
	if !strings.HasPrefix(text, "#") && !strings.HasPrefix(text, "**") {
		return text // as nearly every line: the expression costs much more
	}

	if m := markdownHeading.FindStringSubmatch(text); m != nil {
		return strings.Trim(m[1], " *")
	}
	return text
}

func isTitle(text string) bool {
	return len(text) <= 80 && strings.Contains(text, "API") &&
		!turnOfPages.MatchString(text) && !notTitle.MatchString(text) && titleForm.MatchString(text) &&
		!hasRowCells(text)
}

// hasRowCells reports whether a text has the cells of a row, as in "Key Yes String
// The key of the API": the description of a row may end as a title does.
func hasRowCells(text string) bool {
	words := strings.Fields(text)
	for i := 1; i+1 < len(words); i++ {
		if isMandatory(words[i]) && isTypeWord(words[i+1]) {
			return true
		}
	}
	return false
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
	if text == "" || len(text) > 120 {
		return false
	}

	if headingWords[strings.ToLower(strings.TrimRight(text, ".: "))] {
		return unicode.IsUpper([]rune(text)[0])
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

// fact adds a fact of the line with index i.
func (out *outline) fact(i int, fact Fact) {
	fact.Line = i + 1
	out.facts = append(out.facts, fact)
}

// heading adds the heading, or the title, on the line with index i.
func (out *outline) heading(i int, text string) {
	out.headings = append(out.headings, headingLine{text, i + 1})
}

func readLines(lines []line, scanned *scanResult) *outline {
	out := &outline{sections: []Section{{}}}
	tables := &tableReader{lines: lines, out: out, scanned: scanned, messages: scanned.messagesByLine()}
	for i := 0; i < len(lines); {
		l := lines[i]
		if l.text == "" || l.inside {
			i++
			continue
		}

		if next := tables.read(i); next > i {
			i = next
			continue
		}

		name := headline(l.text)
		switch {
		case l.text == "paths:":
			i = readIllustration(lines, i, out)
			continue
		case l.isTitle && !isInMenu(lines, i):
			title := strings.TrimRight(name, ".:")
			out.heading(i, title)
			out.sections = append(out.sections, Section{Title: title, Line: i + 1})
		case l.text[0] == '#' && name != l.text, l.isHeading && !l.isTitle && !isCaption(lines, i):
			out.heading(i, name)
			last := &out.sections[len(out.sections)-1]
			last.Headings = append(last.Headings, name)
		}
		i++
	}

	return out
}

// place finds the section of a line, and the heading above it, if that is of the
// section.
func (out *outline) place(line int) (section int, heading string) {
	section, _ = slices.BinarySearchFunc(out.sections, line+1, func(s Section, line int) int { return s.Line - line })
	above, _ := slices.BinarySearchFunc(out.headings, line+1, func(h headingLine, line int) int { return h.line - line })
	section--
	if above > 0 && out.headings[above-1].line >= out.sections[section].Line {
		heading = out.headings[above-1].text
	}
	return section, heading
}

var figure = lazyregexp.New(`^(?i:fig|figure)\.? *\d+`)

// isCaption reports whether lines[i] follows the line of a figure: it is the text
// of an image.
func isCaption(lines []line, i int) bool {
	above := previousText(lines, i)
	return above >= 0 && figure.MatchString(lines[above].text)
}

// isInMenu reports whether the title lines[i] is one of three or more in a row, and
// not the last of them: such a menu names pages, and a page's own title may follow
// it.
func isInMenu(lines []line, i int) bool {
	next := nextText(lines, i+1)
	if next == len(lines) || !lines[next].isTitle {
		return false
	}

	third := nextText(lines, next+1)
	above := previousText(lines, i)
	return third < len(lines) && lines[third].isTitle || above >= 0 && lines[above].isTitle
}

var (
	illustrationPath = lazyregexp.New(`^/\S*:$`)
	illustrationName = lazyregexp.New(`^(?:- )?(?:name: *)?([A-Za-z_][\w-]*):?$`)
)

// Words that an OpenAPI-like illustration uses for itself.
var illustrationWords = wordSet(`paths|get|post|put|patch|delete|summary|description|consumes|produces|parameters|
	responses|in|type|format|schema|properties|required|items|example|body|string|integer|number|boolean|array|object|
	tags|operationid|default|enum|content|requestbody`)

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
				out.fact(i, Fact{Kind: KindField, Value: m[1]})
			}
		}
	}

	return i
}

// nextText returns the index of the first line at or after i that is not
// blank, or len(lines).
func nextText(lines []line, i int) int {
	for i < len(lines) && lines[i].text == "" {
		i++
	}
	return min(i, len(lines))
}

// previousText returns the index of the last line before i that is not blank, or
// -1.
func previousText(lines []line, i int) int {
	i--
	for i >= 0 && lines[i].text == "" {
		i--
	}
	return i
}
