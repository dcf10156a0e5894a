package documents

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxSize is the largest page that [Read] takes, in bytes. The vendor's
// longest page has thirty thousand.
const MaxSize = 8 << 20

// Kind says what a fact is.
type Kind string

// The kinds of facts.
const (
	KindPath      Kind = "path"       // the path of a URL, or a path that stands alone
	KindParameter Kind = "parameter"  // a name in a URL's query string
	KindKey       Kind = "key"        // a member name in JSON, exactly as it stands, blanks included
	KindField     Kind = "field"      // the name cell of a table's row, its asterisk removed
	KindMessage   Kind = "message"    // a success or failure text in JSON, exactly as it stands
	KindErrorName Kind = "error name" // a name in a table of error names
	KindCode      Kind = "code"       // an HTTP code in a table
)

// Kinds lists every kind, in the order of reports.
func Kinds() []Kind {
	return []Kind{KindPath, KindParameter, KindKey, KindField, KindMessage, KindErrorName, KindCode}
}

// Fact is one thing that a page states.
type Fact struct {
	Kind  Kind   `json:"kind"`
	Value string `json:"value"`
	File  string `json:"file"`
	Line  int    `json:"line"` // from 1
	// Title is the title of the API under which the fact stands, as printed,
	// and Heading the nearest heading. Either may be empty.
	Title   string `json:"title,omitempty"`
	Heading string `json:"heading,omitempty"`

	// Parent is, for a key, the name of the member whose value holds it; arrays
	// do not count, so the members of an array's objects have the array's name.
	// It is empty at the top of a body, and where Loose is set.
	Parent string `json:"parent,omitempty"`
	// Loose marks a key of a fragment without braces: its place in a body is not known.
	Loose bool `json:"loose,omitempty"`

	// Member, Outcome and Code belong to a message: the JSON member that bears
	// it, the value of the status beside it, and the HTTP code of its row in a
	// table of failures. Each is empty where the page gives none.
	Member  string `json:"member,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	Code    string `json:"code,omitempty"`

	// Type and Mandatory are a field's other cells, as printed; "*" is an asterisk at its name.
	Type      string `json:"type,omitempty"`
	Mandatory string `json:"mandatory,omitempty"`

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
// next one. What stands before the first title is a section without one.
type Section struct {
	Title    string   // as printed, or empty
	Line     int      // of the title, from 1
	Headings []string // as printed, in order
	Facts    []Fact   // by line
}

// Doubt is a line that Read took for a row of a table and could not read. Its
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
// curly quotes included. It refuses only what is no text of a page at all:
// nothing, binary data, HTML source, or more than [MaxSize] bytes. The name
// stands in the facts and in errors.
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

// Zero-width characters and blanks that do not break come with text copied from
// web pages; nothing on the wire bears them.
var invisible = strings.NewReplacer("\ufeff", "", "\u200b", "", "\u2060", "", "\u00a0", " ", "\u202f", " ")

// HTML source begins with its type, its first tag or, as a browser saves it, a comment.
var htmlSource = regexp.MustCompile(`(?i)^\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?s:.*?)-->\s*)*<(?:!doctype\s+html|html|head|body)\b`)

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
		return "", errors.New("is HTML source; open it in a browser, copy the page's text, and save that")
	}
	return text, nil
}

// escapedKey is a member's name in the source of HTML.
var escapedKey = regexp.MustCompile(`&(?:quot|#34|#x22);\s*:`)

// extract runs the readers over the text and sorts what they find into sections.
func extract(name, text string) *Page {
	lines := splitLines(text)
	scanned := scan(text, lines)
	outline := readLines(lines, scanned)

	facts := slices.Concat(scanned.facts, readURLs(lines, scanned), outline.facts)
	slices.SortStableFunc(facts, func(a, b Fact) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.col, b.col))
	})

	page := &Page{Name: name, Sections: outline.sections, Doubts: outline.doubts}
	if i := slices.IndexFunc(lines, func(l line) bool { return escapedKey.MatchString(l.text) }); i >= 0 {
		page.Doubts = append(page.Doubts, Doubt{Line: i + 1, Why: "&quot; stands for a quote, so no body can be read; copy the text as a browser shows it"})
	}
	for i := range page.Doubts {
		page.Doubts[i].File = name
	}
	section, heading := 0, 0
	for _, fact := range facts {
		for section+1 < len(page.Sections) && page.Sections[section+1].Line <= fact.Line {
			section++
		}
		for heading < len(outline.headings) && outline.headings[heading].line <= fact.Line {
			heading++
		}
		into := &page.Sections[section]
		fact.File, fact.Title = name, into.Title
		if heading > 0 && outline.headings[heading-1].line >= into.Line {
			fact.Heading = outline.headings[heading-1].text
		}
		into.Facts = append(into.Facts, fact)
	}
	return page
}
