package documents

import (
	"slices"
	"strings"
	"unicode"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// column is what one column of a table holds.
type column byte

const (
	colNumber column = iota
	colName
	colMandatory
	colType
	colDescription
	colCode
	colCondition
	colResponse
	colErrorName
	colWire // the name on the wire, next to a label
)

// Words of header cells, without regard to letter case and spaces. Copied tables lose the
// borders between cells ("NameMandatoryTypeDescription"), so a header is any
// line that these words fill to the end. Longer words come first.
var headerCells = []struct {
	word string
	is   column
}{
	{"RESPONSEMESSAGES", colDescription}, {"RESPONSEMESSAGE", colDescription},
	{"HTTPSTATUSCODE", colCode}, {"PARAMETERNAME", colName}, {"ATTRIBUTENAME", colName},
	{"ERRORMESSAGES", colErrorName}, {"ERRORMESSAGE", colErrorName}, {"RESPONSECODES", colCode},
	{"RESPONSECODE", colCode}, {"DESCRIPTION", colDescription}, {"ATTRIBUTES", colName},
	{"PARAMETERS", colName}, {"STATUSCODE", colCode}, {"ERRORCODES", colCode},
	{"CONDITION", colCondition}, {"ERRORNAME", colErrorName}, {"ATTRIBUTE", colName},
	{"PARAMETER", colName}, {"FIELDNAME", colName}, {"MANDATORY", colMandatory},
	{"ERRORCODE", colCode}, {"DATAFIELD", colWire}, {"DATATYPE", colType},
	{"REQUIRED", colMandatory}, {"OPTIONAL", colMandatory}, {"RESPONSE", colResponse},
	{"HTTPCODE", colCode}, {"PROPERTY", colName}, {"REMARKS", colDescription},
	{"MEANING", colDescription}, {"FIELDS", colName}, {"FIELD", colName}, {"LABEL", colName},
	{"CODES", colCode}, {"NAME", colName}, {"CODE", colCode}, {"TYPE", colType},
	{"SLNO", colNumber}, {"SNO", colNumber}, {"SRNO", colNumber}, {"KEY", colName},
}

// cells splits a header's text into columns. It returns nil if the text contains
// anything else.
func cells(text string) []column {
	if len(text) > 120 {
		return nil
	}

	var squeezed strings.Builder
	for _, r := range text {
		switch {
		case r < unicode.MaxASCII && unicode.IsLetter(r):
			squeezed.WriteRune(unicode.ToUpper(r))
		case unicode.IsSpace(r), strings.ContainsRune(".|*/#,;–-", r):
		default:
			return nil
		}
	}

	var columns []column
	for rest := squeezed.String(); rest != ""; {
		i := slices.IndexFunc(headerCells, func(c struct {
			word string
			is   column
		}) bool {
			return strings.HasPrefix(rest, c.word)
		})
		if i < 0 {
			return nil
		}
		columns = append(columns, headerCells[i].is)
		rest = rest[len(headerCells[i].word):]
	}

	return columns
}

type tableKind byte

const (
	tableOfFields tableKind = iota + 1
	tableOfCodes
	tableOfErrorNames
	tableOfFailures
	tableOfResponses // bodies and their explanations: the scanner reads them
)

type header struct {
	kind    tableKind
	columns []column
	barred  bool // there are bars between the cells
	framed  bool // and one before the first cell
}

func (h *header) has(c column) bool { return slices.Contains(h.columns, c) }

func newHeader(columns []column) *header {
	h := &header{columns: columns}
	switch {
	case len(columns) < 2:
		return nil
	case h.has(colResponse) && h.has(colCode):
		h.kind = tableOfFailures
	case h.has(colResponse) && h.has(colDescription):
		h.kind = tableOfResponses
	case h.has(colResponse):
		return nil // RESPONSE PARAMETERS is a heading
	case h.has(colName) && (h.has(colType) || h.has(colMandatory) || h.has(colDescription)):
		h.kind = tableOfFields
	case h.has(colErrorName):
		h.kind = tableOfErrorNames
	case h.has(colCode) && h.has(colDescription):
		h.kind = tableOfCodes
	default:
		return nil
	}

	return h
}

// parseHeader reads a header on one line.
func parseHeader(text string) *header {
	h := newHeader(cells(text))
	if h != nil {
		h.barred = strings.Contains(text, "|")
		h.framed = strings.HasPrefix(text, "|")
	}
	return h
}

// tableReader reads the tables of a page, in whichever form the copy left
// them: one row per line (cells separated by spaces, tabs or bars), one cell per
// line, with or without a header, or the tags of HTML.
type tableReader struct {
	lines     []line
	scanned   *scanResult
	messageAt []int
	out       *outline
}

// read reads the table that begins at line i and returns the line after it.
// If no table begins there, it returns i.
func (t *tableReader) read(i int) int {
	if strings.Contains(t.lines[i].text, "<table") || strings.Contains(t.lines[i].text, "<tr") {
		return t.tagged(i)
	}

	h, next := t.header(i)
	if h == nil {
		return t.headless(i)
	}

	first := nextText(t.lines, next)
	if first < len(t.lines) && isRule(t.lines[first].text) { // |---|---| of Markdown
		next = first + 1
		first = nextText(t.lines, next)
	}

	before := len(t.out.facts) + len(t.out.doubts)
	switch h.kind {
	case tableOfFields:
		end := next
		if t.rowsAt(h, first) {
			end = t.fieldRows(h, next)
		} else if first < len(t.lines) {
			end = t.fieldCells(h, next)
		}
		if len(t.out.facts)+len(t.out.doubts) == before {
			t.doubt(i, "the header of a table, but none of its rows could be read")
		}
		return end
	case tableOfCodes:
		return t.codes(next)
	case tableOfErrorNames:
		return t.errorNames(next)
	case tableOfFailures:
		return t.failures(next)
	}

	return next
}

// rowsAt distinguishes the two forms of a table of fields: one row per line, or
// one cell per line. One odd row must not decide, so the first three lines count.
func (t *tableReader) rowsAt(h *header, first int) bool {
	if first == len(t.lines) {
		return false
	}

	if _, last := t.cellRow(h, first); last > 0 {
		return false
	}

	for i, n := first, 0; i < len(t.lines) && n < 3 && !t.ends(i); i, n = nextText(t.lines, i+1), n+1 {
		if _, ok := parseRow(h, t.lines[i].raw); ok || startsRow(h, t.lines[i].text) {
			return true
		}
	}

	return false
}

func (t *tableReader) doubt(i int, why string) {
	t.out.doubts = append(t.out.doubts, Doubt{Line: i + 1, Why: why})
}

// cell is a line of a table with one cell per line.
func (t *tableReader) cell(i int) string { return strings.Trim(t.lines[i].text, "| ") }

// header reads a header on one line, or with one cell per line.
func (t *tableReader) header(i int) (*header, int) {
	if second := nextText(t.lines, i+1); second < len(t.lines) && t.lines[second].text == t.lines[i].text {
		return nil, i // a heading, and a cell that repeats it
	}

	if len(cells(t.lines[i].text)) > 1 {
		return parseHeader(t.lines[i].text), i + 1
	}

	var all []column
	end := i
	for j := i; j < len(t.lines) && len(all) < 8 && !t.scanned.inside[j]; j = nextText(t.lines, j+1) {
		one := cells(t.lines[j].text)
		if len(one) != 1 {
			break
		}
		all = append(all, one[0])
		end = j + 1
	}

	return newHeader(all), end
}

func isRule(text string) bool {
	return strings.Contains(text, "--") && strings.Trim(text, "|-: \t") == ""
}

// ends reports whether a table cannot continue at line i.
func (t *tableReader) ends(i int) bool {
	text := t.lines[i].text
	return t.scanned.inside[i] || text[0] == '{' || text[0] == '[' || text[0] == '"' || isTitle(text) ||
		parseHeader(text) != nil
}

// fieldRows reads a table of fields with one row per line. There may be empty
// lines between rows if the first row has one before it, or if the rows are
// numbered.
func (t *tableReader) fieldRows(h *header, i int) int {
	spaced := blank(t.lines, i) || h.has(colNumber)
	for ; i < len(t.lines); i++ {
		if blank(t.lines, i) {
			next := nextText(t.lines, i)
			if next == len(t.lines) || !spaced {
				return i
			}
			if _, ok := parseRow(h, t.lines[next].raw); !ok || t.ends(next) || isHeading(t.lines[next].text) {
				return i
			}
			i = next
		}

		if t.ends(i) {
			return i
		}

		row, ok := parseRow(h, t.lines[i].raw)
		switch {
		case ok:
			t.field(i, row)
		case isHeading(t.lines[i].text):
			return i
		case startsRow(h, t.lines[i].text):
			t.doubt(i, "a row of a table, but no cell with a type shows where its name ends")
		case h.barred && strings.Contains(t.lines[i].text, "|") && strings.Trim(t.lines[i].text, "|-: ") != "":
			t.doubt(i, "a row of a table without a name")
		}
		// Any other line continues the description above it.
	}

	return i
}

// fieldCells reads a table of fields with one cell per line. A name is known by
// the cell after it: Yes or No, or else a type.
func (t *tableReader) fieldCells(h *header, i int) int {
	described := true // the row before has its description
	for ; i < len(t.lines); i++ {
		if blank(t.lines, i) {
			continue
		}

		if t.ends(i) {
			return i
		}

		row, last := t.cellRow(h, i)
		switch {
		case last == 0 && isHeading(t.lines[i].text):
			return i
		case last == 0:
			described = true
			continue
		case !described && isProse(row.name):
			t.doubt(i, "a row of a table without a name: Yes or No follows the description of the row before")
		default:
			t.field(i, row)
		}

		described = false
		i = last
	}

	return i
}

// cellRow reads a row that begins with line i, one cell per line, in the order of
// the header's columns. It returns the last line before the description, or 0 if
// no row begins there. A row is known by the form of its cells: Yes or No in the
// column that says whether a field is mandatory, else a type.
func (t *tableReader) cellRow(h *header, i int) (fieldRow, int) {
	var row fieldRow
	last := 0
	at := i
	for n, c := range h.columns {
		if at >= len(t.lines) || at != i && t.ends(at) {
			break
		}
		if c == colDescription && n == len(h.columns)-1 {
			row.about = t.firstLine(h, at) // it may take several
			break
		}

		taken, ok := row.take(h, c, t.cell(at))
		if !ok {
			return row, 0
		}
		if taken {
			last = at
			at = nextText(t.lines, at+1)
		}
	}

	known := row.mandatory != "" || !h.has(colMandatory) && row.typ != ""
	if row.name == "" || !known {
		return row, 0
	}
	return row, last
}

// firstLine is the first line of a description, empty if the next row begins
// there.
func (t *tableReader) firstLine(h *header, i int) string {
	next := nextText(t.lines, i+1)
	if h.has(colMandatory) && next < len(t.lines) && isMandatory(t.cell(next)) {
		return ""
	}
	return t.cell(i)
}

// take reads one cell of a row. taken is false if the row has no such cell, and
// ok is false if this cannot be a row.
func (r *fieldRow) take(h *header, c column, text string) (taken, ok bool) {
	switch c {
	case colName:
		r.name = text
		return true, text != "" && len(text) <= 80 && (h.has(colMandatory) || !isTypeWord(text))
	case colMandatory:
		r.mandatory = text
		return true, isMandatory(text)
	case colType:
		if !isTypeWord(text) {
			return false, h.has(colMandatory) // many rows have no type
		}
		r.typ = text
	case colWire:
		r.wire = text
	case colDescription:
		r.about = text
	case colNumber:
		number := rowNumber.FindString(text + " ")
		return number != "", true
	}
	return true, true
}

// Copies of some pages have lost their headers.
var lostHeader = newHeader([]column{colName, colMandatory, colType, colDescription})

// headless reads a table that has lost its header: of fields with one cell per
// line, known by Yes or No and a type, or of codes below a heading that says so.
func (t *tableReader) headless(i int) int {
	text := t.lines[i].text
	if codeRow.MatchString(text) && len(t.out.headings) > 0 {
		if heading := strings.ToLower(t.out.headings[len(t.out.headings)-1].text); strings.Contains(heading, "code") {
			return t.codes(i)
		}
	}

	if t.ends(i) || isMandatory(text) {
		return i
	}

	if row, last := t.cellRow(lostHeader, i); last > 0 && row.typ != "" && !isProse(row.name) {
		return t.fieldCells(lostHeader, i)
	}

	return i
}

func (t *tableReader) field(i int, row fieldRow) {
	row.name = strings.NewReplacer("`", "", `\`, "").Replace(anyTag.ReplaceAllString(row.name, ""))
	name := strings.Join(strings.Fields(row.name), " ")
	if bare := strings.TrimRight(name, " *"); bare != name {
		name = bare
		if row.mandatory == "" {
			row.mandatory = "*"
		} else if !isMandatory(row.mandatory) || strings.EqualFold(row.mandatory, "optional") {
			row.mandatory = "*, " + row.mandatory
		}
	}

	if name == "" {
		return
	}

	t.out.facts = append(t.out.facts, Fact{
		Kind: KindField, Value: name, Line: i + 1, Type: row.typ, Mandatory: row.mandatory, About: row.about,
	})

	for wire := range strings.SplitSeq(row.wire, ",") {
		if wire = strings.Trim(wire, " `"); wire != "" && wire != name && !isProse(wire) {
			t.out.facts = append(t.out.facts, Fact{Kind: KindField, Value: wire, Line: i + 1, Mandatory: row.mandatory})
		}
	}
}

var (
	codeRow  = lazyregexp.New(`^(?:\|\s*)?(?:\d{1,2}[.)]?\s+)?([1-5]\d\d)(?:\s|$|[|:,-])`)
	codeLast = lazyregexp.New(`(?:^|[\s|"'}])([1-5]\d\d)(?:\s*\|)?$`)
)

// codes reads a table of HTTP codes, with one row or one cell per line.
func (t *tableReader) codes(i int) int {
	return t.each(i, func(i int, text string) {
		if m := codeRow.FindStringSubmatch(text); m != nil {
			t.out.facts = append(t.out.facts, Fact{Kind: KindCode, Value: m[1], Line: i + 1})
		}
	})
}

// each passes the lines of a table that are not empty to see, and returns the
// line after them.
func (t *tableReader) each(i int, see func(i int, text string)) int {
	for ; i < len(t.lines); i++ {
		switch text := t.lines[i].text; {
		case text == "":
		case t.ends(i), isHeading(text):
			return i
		default:
			see(i, text)
		}
	}

	return i
}

var errorName = lazyregexp.New(`^(?:\|\s*)?(?:\d{1,2}[.)]?\s+)?([A-Z][a-z]\w*[A-Z]\w*|[A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z]{2,}[a-z]\w*)(?:\s|$|\|)`)

// errorNames reads a table of error names: the first word of a row, or a separate
// line. They are written like AuthKeyInvalid.
func (t *tableReader) errorNames(i int) int {
	return t.each(i, func(i int, text string) {
		if m := errorName.FindStringSubmatch(text); m != nil {
			t.out.facts = append(t.out.facts, Fact{Kind: KindErrorName, Value: m[1], Line: i + 1})
		} else if m := codeRow.FindStringSubmatch(text); m != nil {
			t.out.facts = append(t.out.facts, Fact{Kind: KindCode, Value: m[1], Line: i + 1})
		}
	})
}

// failures reads the codes of a table of failures. Its messages are fragments of
// JSON, which the scanner has read. A code belongs to the message before it, and
// "-" says that the row has no code.
func (t *tableReader) failures(i int) int {
	last := -1
	for ; i < len(t.lines); i++ {
		if t.messageAt[i] >= 0 {
			last = t.messageAt[i]
		}

		if blank(t.lines, i) {
			continue
		}

		text := t.lines[i].text
		if isTitle(text) || parseHeader(text) != nil || isHeading(text) {
			return i
		}

		if m := codeLast.FindStringSubmatch(text); m != nil && !strings.HasPrefix(text, `"message"`) {
			t.out.facts = append(t.out.facts, Fact{Kind: KindCode, Value: m[1], Line: i + 1, col: len(text)})
			if last >= 0 && t.scanned.facts[last].Code == "" {
				t.scanned.facts[last].Code = m[1]
			}
			last = -1
		} else if text == "-" {
			last = -1
		}
	}

	return i
}
