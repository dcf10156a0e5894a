package documents

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// MaxSize is the largest page that [Read] takes, in bytes. The vendor's
// longest page has thirty thousand.
const MaxSize = 8 << 20

// Kind says what a fact is.
type Kind string

// The kinds of facts.
const (
	KindPath      Kind = "path"       // the path of a URL, or a path without a host
	KindParameter Kind = "parameter"  // a name in a URL's query string
	KindKey       Kind = "key"        // a field name in JSON, exactly as printed, with its spaces
	KindField     Kind = "field"      // the name cell of a table's row, its asterisk removed
	KindMessage   Kind = "message"    // a success or failure text in JSON, exactly as printed
	KindErrorName Kind = "error name" // a name in a table of error names
	KindCode      Kind = "code"       // an HTTP code in a table
	KindMethod    Kind = "method"     // an HTTP method next to a URL, or in code
	KindAuth      Kind = "auth"       // a scheme of the Authorization header, or the name of another header with a key
)

// Kinds lists every kind, in the order of reports.
func Kinds() []Kind {
	return []Kind{
		KindPath,
		KindParameter,
		KindKey,
		KindField,
		KindMessage,
		KindErrorName,
		KindCode,
		KindMethod,
		KindAuth,
	}
}

// Fact is one thing that a page states.
type Fact struct {
	Kind  Kind   `json:"kind"`
	Value string `json:"value"`
	File  string `json:"file"`
	Line  int    `json:"line"` // from 1
	// Title is the title of the API above the fact, as printed,
	// and Heading the nearest heading. Either may be empty.
	Title   string `json:"title,omitempty"`
	Heading string `json:"heading,omitempty"`

	// Parent is, for a key, the name of the field whose value contains it; arrays
	// do not count, so the fields of an array's objects have the array's name.
	// It is empty at the top of a body, and where Loose is set.
	Parent string `json:"parent,omitempty"`
	// Loose marks a key of a fragment without braces: its place in a body is not known.
	Loose bool `json:"loose,omitempty"`

	// Field, Outcome and Code belong to a message: its JSON field, the value of
	// the status next to it, and the HTTP code of its row in a table of
	// failures. Each is empty if the page does not state it.
	Field   string `json:"field,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	Code    string `json:"code,omitempty"`

	// JSON is, for a key, the type of its value in JSON: object, array, string,
	// number, boolean or null; empty if the page does not show one.
	JSON string `json:"jsonType,omitempty"`

	// Type and Mandatory are a field's other cells, as printed; "*" is an asterisk at its name.
	Type      string `json:"type,omitempty"`
	Mandatory string `json:"mandatory,omitempty"`
	// About is the first line of a field's description, as printed.
	About string `json:"about,omitempty"`

	col int
}

// Section names the place of the fact in its page: the title of the API and
// the nearest heading.
func (f Fact) Section() string {
	switch {
	case f.Title == "" && f.Heading == "":
		return "(no heading)"
	case f.Title == "" || f.Title == f.Heading:
		return f.Heading
	case f.Heading == "":
		return f.Title
	}
	return f.Title + " > " + f.Heading
}

// Section is the part of a page that is about one API: from its title to the
// next one. The text before the first title is a section without a title.
type Section struct {
	Title    string   // as printed, or empty
	Line     int      // of the title, from 1
	Headings []string // as printed, in order
	Facts    []Fact   // by line
	Bodies   []Body   // by line
}

// Doubt is a line that looks like a row of a table and could not be read. Its
// fact, if it has one, is in no list: a person has to look.
type Doubt struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Why  string `json:"why"`
}

// Page is what one document states.
type Page struct {
	Name     string
	Sections []Section
	Doubts   []Doubt
}

// Facts lists the facts of all sections, by line.
func (p *Page) Facts() []Fact {
	var all []Fact
	for i := range p.Sections {
		all = append(all, p.Sections[i].Facts...)
	}
	return all
}

// ReadFile reads the page in a file.
func ReadFile(name string) (*Page, error) {
	file, err := os.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("documents: %s does not exist; give the text of a vendor's page, saved as a file", name)
	case err != nil:
		return nil, fmt.Errorf("documents: opening %s: %w", name, err)
	}

	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("documents: %s is a directory; give the files in it by name", name)
	}

	return Read(name, file)
}

// Read reads a page's text as it was copied: broken JSON, flattened tables and
// curly quotes included. It rejects only what cannot be the text of a page:
// nothing, binary data, HTML source, or more than [MaxSize] bytes. Facts and
// errors contain the name.
func Read(name string, r io.Reader) (*Page, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("documents: reading %s: %w", name, err)
	}

	if len(raw) > MaxSize {
		return nil, fmt.Errorf("documents: %s is larger than %d bytes; expected the text of one page", name, MaxSize)
	}

	text, err := clean(raw)
	if err != nil {
		return nil, fmt.Errorf("documents: %s %w", name, err)
	}

	return extract(name, text), nil
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// Text copied from web pages has zero-width characters and spaces that do not
// break. Nothing on the wire has them.
var invisible = strings.NewReplacer("\ufeff", "", "\u200b", "", "\u2060", "", "\u00a0", " ", "\u202f", " ")

// HTML source begins with its type, its first tag or, as a browser saves it, a comment.
var htmlSource = lazyregexp.New(`(?i)^\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?s:.*?)-->\s*)*` +
	`<(?:!doctype\s+html|html|head|body)\b`)

func clean(raw []byte) (string, error) {
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		return "", errors.New("is UTF-16; save it as UTF-8 text")
	case bytes.IndexByte(raw, 0) >= 0:
		return "", errors.New("is binary; expected the text of a page")
	}

	if !utf8.Valid(raw) {
		bad := strings.Count(string(bytes.ToValidUTF8(raw, []byte("\ufffd"))), "\ufffd")
		if bad*20 > len(raw) {
			return "", errors.New("is binary or not UTF-8; save it as UTF-8 text")
		}
		raw = bytes.ToValidUTF8(raw, []byte("\ufffd"))
	}

	text := invisible.Replace(lineEnds.Replace(string(raw)))
	switch {
	case strings.TrimSpace(text) == "":
		return "", errors.New("is empty; expected the text of a page")
	case htmlSource.MatchString(text):
		text, err := textOfHTML(text)
		if err == nil && text == "" {
			err = errors.New("is HTML without any text; open it in a browser, copy the page's text, and save that")
		}
		return text, err
	}

	return asJSON(text), nil
}

var (
	// A comment of code on one line, and not the */* of a header.
	comment = lazyregexp.New(`(?m)(^|[\s{,\[])/\*[^\n]*?\*/`)
	// The arrow of Ruby and PHP after a field's name.
	arrow = lazyregexp.New(`(["'][ \t]*)=>`)
)

// asJSON writes two forms of code as JSON has them. Lines and columns stay.
func asJSON(text string) string {
	if strings.Contains(text, "/*") {
		text = comment.ReplaceAllStringFunc(text, func(match string) string {
			before, rest, _ := strings.Cut(match, "/*")
			return before + strings.Repeat(" ", len("/*")+len(rest))
		})
	}
	if strings.Contains(text, "=>") {
		text = arrow.ReplaceAllString(text, "$1: ")
	}
	return text
}

// unreadForms are forms of bodies and lists that the reader does not know. A line
// that has one and no fact is a doubt: silence would say that it has no news.
var unreadForms = []struct {
	hints []string // every match has one of these; see [form]
	regex lazyregexp.Regexp
	why   string
}{
	{
		hints: []string{"&quot", "&#34", "&#x22"},
		regex: lazyregexp.New(`&(?:quot|#34|#x22);\s*:`),
		why:   "quotes are written as &quot;, so no body can be read; copy the text as a browser shows it",
	},
	{
		hints: []string{"array("},
		regex: lazyregexp.New(`\barray\(\s*["']\w`),
		why:   "an array of PHP is not read; write it as JSON",
	},
	{
		hints: []string{`\"`},
		regex: lazyregexp.New(`^"?[{,\s]*\\+"[\w ]+\\+"\s*:`),
		why:   "a body with escaped quotes outside of one string is not read; write it as JSON",
	},
	{
		hints: []string{"»"},
		regex: lazyregexp.New(`«[^«»]+»\s*:`),
		why:   "guillemets are not read as quotes; write the body as JSON",
	},
	{
		hints: []string{":", "–", "-"},
		regex: lazyregexp.New(`^[A-Za-z]\w*[_A-Z]\w*\s*[:–-]\s*` +
			`(?i:string|text|varchar|number|integer|int|boolean|date|array|object|list)\b`),
		why: "it looks like a field with its type, but is in no table; write it as a row",
	},
}

// unread finds the lines that have such a form and no fact.
func unread(lines []line, facts []Fact) []Doubt {
	known := make([]bool, len(lines)+1)
	for _, fact := range facts {
		known[fact.Line] = true
	}

	var doubts []Doubt
	for i, l := range lines {
		if l.text == "" || known[i+1] {
			continue
		}

		for _, u := range unreadForms {
			if hasAny(l.text, u.hints) && u.regex.MatchString(l.text) {
				doubts = append(doubts, Doubt{Line: i + 1, Why: u.why})
				break
			}
		}
		if len(doubts) == maxUnread {
			break // the person has to look anyway
		}
	}
	return doubts
}

// maxUnread bounds the doubts about forms of one page.
const maxUnread = 10

// extract runs the readers over the text and sorts what they find into sections.
func extract(name, text string) *Page {
	lines := splitLines(text)
	scanned := scan(text, lines)
	outline := readLines(lines, scanned)

	facts := slices.Concat(scanned.facts, readCalls(lines, scanned), outline.facts)
	slices.SortStableFunc(facts, func(a, b Fact) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.col, b.col))
	})

	stopped := scanned.stopped
	if len(facts) > maxFacts {
		stopped = facts[maxFacts].Line
		facts = facts[:maxFacts]
	}

	page := &Page{Name: name, Sections: outline.sections, Doubts: outline.doubts}
	page.Doubts = append(page.Doubts, unread(lines, facts)...)
	if stopped > 0 {
		page.Doubts = append(page.Doubts, Doubt{
			Line: stopped,
			Why:  fmt.Sprintf("more than %d facts: what follows this line was not read; is it one page?", maxFacts),
		})
	}
	for i := range page.Doubts {
		page.Doubts[i].File = name
	}

	first := 0 // of the section's facts, which follow each other: they are sorted by line
	for i := range facts {
		fact := &facts[i]
		n, heading := outline.place(fact.Line)
		section := &page.Sections[n]
		fact.File = name
		fact.Title = section.Title
		fact.Heading = heading
		if section.Facts == nil {
			first = i
		}
		section.Facts = facts[first : i+1 : i+1]
	}

	for _, body := range scanned.bodies {
		if stopped > 0 && body.Line > stopped {
			break
		}
		n, heading := outline.place(body.Line)
		section := &page.Sections[n]
		body.Heading = heading
		if body.end > 0 && !body.Strict {
			body.Strict = json.Valid([]byte(text[body.start:body.end]))
		}
		section.Bodies = append(section.Bodies, body)
	}

	return page
}
