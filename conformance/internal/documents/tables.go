package documents

import (
	"html"
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
	numColumns
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

type tableKind byte

const (
	noTable tableKind = iota // too few cells, or odd ones
	tableOfFields
	tableOfCodes
	tableOfErrorNames
	tableOfFailures
	tableOfResponses // bodies and their explanations: the scanner reads them
)

// header is what one line, or several, have of a table's header.
type header struct {
	kind    tableKind
	columns []column
	barred  bool // there are bars between the cells
	framed  bool // and one before the first cell
}

func (h *header) has(c column) bool { return slices.Contains(h.columns, c) }

func newHeader(columns ...column) *header {
	h := &header{columns: columns}
	switch {
	case len(columns) < 2:
	case h.has(colResponse) && h.has(colCode):
		h.kind = tableOfFailures
	case h.has(colResponse) && h.has(colDescription):
		h.kind = tableOfResponses
	case h.has(colResponse): // RESPONSE PARAMETERS is a heading
	case h.has(colName) && (h.has(colType) || h.has(colMandatory) || h.has(colDescription)):
		h.kind = tableOfFields
	case h.has(colErrorName):
		h.kind = tableOfErrorNames
	case h.has(colCode) && h.has(colDescription):
		h.kind = tableOfCodes
	}
	return h
}

// parseHeader splits a line into the cells of a header. It returns nil if the line
// has anything else.
func parseHeader(text string) *header {
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
		word, is := headerCell(rest)
		if word == "" {
			return nil
		}
		columns = append(columns, is)
		rest = rest[len(word):]
	}

	h := newHeader(columns...)
	h.barred = strings.Contains(text, "|")
	h.framed = strings.HasPrefix(text, "|")
	return h
}

// headerCell finds the word of a header that a text begins with.
func headerCell(text string) (word string, is column) {
	for _, cell := range headerCells {
		if strings.HasPrefix(text, cell.word) {
			return cell.word, cell.is
		}
	}
	return "", 0
}

// tableReader reads the tables of a page, in whichever form the copy left
// them: one row per line (cells separated by spaces, tabs or bars), one cell per
// line, with or without a header, or the tags of HTML.
type tableReader struct {
	lines    []line
	out      *outline
	scanned  *scanResult
	messages map[int]int // in scanned, by line
}

// read reads the table that begins at line i and returns the line after it.
// If no table begins there, it returns i.
func (t *tableReader) read(i int) int {
	if strings.Contains(t.lines[i].text, "<table") || strings.Contains(t.lines[i].text, "<tr") {
		return t.tagged(i)
	}

	h, next := t.header(i)
	if h.kind == noTable {
		return t.headless(i)
	}

	first := nextText(t.lines, next)
	if first < len(t.lines) && isRule(t.lines[first].text) { // |---|---| of Markdown
		next = first + 1
		first = nextText(t.lines, next)
	}

	switch h.kind {
	case tableOfFields:
		before := len(t.out.facts) + len(t.out.doubts)
		end := t.fields(h, next, first)
		if len(t.out.facts)+len(t.out.doubts) == before {
			t.doubt(i, "the header of a table, but none of its rows could be read")
		}
		return end
	case tableOfCodes, tableOfErrorNames:
		return t.codes(h.kind, next)
	case tableOfFailures:
		return t.failures(next)
	}

	return next
}

func (t *tableReader) doubt(i int, why string) {
	t.out.doubts = append(t.out.doubts, Doubt{Line: i + 1, Why: why})
}

// header reads a header on one line, or with one cell per line.
func (t *tableReader) header(i int) (*header, int) {
	second := nextText(t.lines, i+1)
	switch {
	case second < len(t.lines) && t.lines[second].text == t.lines[i].text:
		return newHeader(), i // a heading, and a cell that repeats it
	case t.lines[i].header != nil && len(t.lines[i].header.columns) > 1:
		return t.lines[i].header, i + 1
	}

	var columns []column
	end := i
	for j := i; j < len(t.lines) && len(columns) < 8; j = nextText(t.lines, j+1) {
		cell := t.lines[j].header
		if cell == nil || len(cell.columns) != 1 || t.lines[j].inside {
			break
		}
		columns = append(columns, cell.columns...)
		end = j + 1
	}
	return newHeader(columns...), end
}

func isRule(text string) bool {
	return strings.Contains(text, "--") && strings.Trim(text, "|-: \t") == ""
}

// ends reports whether a table cannot continue at line i.
func (t *tableReader) ends(i int) bool {
	l := t.lines[i]
	return l.inside || l.isTitle || l.isTableHeader() || strings.IndexByte(`{["`, l.text[0]) >= 0
}

// fields reads the rows of a table of fields, from line i on. Its first line that
// is not blank is given.
func (t *tableReader) fields(h *header, i, first int) int {
	if _, last := t.cellRow(h, first); last > 0 {
		return t.fieldCells(h, i)
	}

	// One odd row must not decide, so the first three lines count.
	for n, at := 0, first; n < 3 && at < len(t.lines) && !t.ends(at); n++ {
		if _, ok := parseRow(h, t.lines[at].raw); ok || startsRow(h, t.lines[at].text) {
			return t.fieldRows(h, i)
		}
		at = nextText(t.lines, at+1)
	}

	return t.fieldCells(h, i)
}

// fieldRows reads a table of fields with one row per line. There may be empty
// lines between rows if the first row has one before it, or if the rows are
// numbered.
func (t *tableReader) fieldRows(h *header, i int) int {
	isSpaced := nextText(t.lines, i) > i || h.has(colNumber)
	for ; i < len(t.lines); i++ {
		at := nextText(t.lines, i)
		if at > i && !(isSpaced && t.isRow(h, at)) {
			return i
		}

		i = at
		l := t.lines[i]
		if t.ends(i) {
			return i
		}

		row, ok := parseRow(h, l.raw)
		switch {
		case ok:
			t.field(i, row)
		case l.isHeading:
			return i
		case startsRow(h, l.text):
			t.doubt(i, "a row of a table, but no cell with a type shows where its name ends")
		case h.barred && strings.Contains(l.text, "|") && strings.Trim(l.text, "|-: ") != "":
			t.doubt(i, "a row of a table without a name")
		}
		// Any other line continues the description above it.
	}

	return i
}

// isRow reports whether there is a row on line i.
func (t *tableReader) isRow(h *header, i int) bool {
	if i == len(t.lines) || t.ends(i) || t.lines[i].isHeading {
		return false
	}
	_, ok := parseRow(h, t.lines[i].raw)
	return ok
}

// fieldCells reads a table of fields with one cell per line. A name is known by
// the cell after it: Yes or No, or else a type.
func (t *tableReader) fieldCells(h *header, i int) int {
	described := true // the row before has its description
	for ; i < len(t.lines); i++ {
		if t.lines[i].text == "" {
			continue
		}

		if t.ends(i) {
			return i
		}

		row, last := t.cellRow(h, i)
		switch {
		case last == 0 && t.lines[i].isHeading:
			return i
		case last == 0:
			described = true
			continue
		case !described && isProse(row[colName]):
			t.doubt(i, "a row of a table without a name: Yes or No follows the description of the row before")
		default:
			t.field(i, row)
		}

		described = false
		i = last
	}

	return i
}

// cell is a line of a table with one cell per line.
func (t *tableReader) cell(i int) string { return strings.Trim(t.lines[i].text, "| ") }

// cellRow reads a row that begins with line i, one cell per line, in the order of
// the header's columns. It returns the last line before the description, or 0 if
// no row begins there. A row is known by the form of its cells: Yes or No in the
// column that says whether a field is mandatory, else a type.
func (t *tableReader) cellRow(h *header, i int) (row fieldRow, last int) {
	at := i
	for n, c := range h.columns {
		if at >= len(t.lines) || at != i && t.ends(at) {
			break
		}

		text := t.cell(at)
		if c == colDescription && n == len(h.columns)-1 {
			// It may take several lines, and none if the next row begins here.
			next := nextText(t.lines, at+1)
			isName := h.has(colMandatory) && next < len(t.lines) && isMandatory(t.cell(next))
			if !isName {
				row[c] = text
			}
			break
		}

		if !h.fits(c, text) {
			if h.canLack(c) {
				continue
			}
			return row, 0
		}
		row[c] = text
		last = at
		at = nextText(t.lines, at+1)
	}

	isKnown := row[colMandatory] != "" || !h.has(colMandatory) && row[colType] != ""
	if row[colName] == "" || !isKnown {
		return row, 0
	}
	return row, last
}

// fits reports whether a text has the form of a column's cells.
func (h *header) fits(c column, text string) bool {
	switch c {
	case colName:
		return text != "" && len(text) <= maxLabel && (h.has(colMandatory) || !isTypeWord(text))
	case colMandatory:
		return isMandatory(text)
	case colType:
		return isTypeWord(text)
	case colNumber:
		return rowNumber.MatchString(text + " ")
	}
	return true
}

// canLack reports whether rows may have no cell of a column: many have no type.
func (h *header) canLack(c column) bool {
	return c == colNumber || c == colType && h.has(colMandatory)
}

// Copies of some pages have lost their headers.
var lostHeader = newHeader(colName, colMandatory, colType, colDescription)

// headless reads a table that has lost its header: of fields with one cell per
// line, known by Yes or No and a type, or of codes below a heading that says so.
func (t *tableReader) headless(i int) int {
	text := t.lines[i].text
	if n := len(t.out.headings); n > 0 && codeRow.MatchString(text) {
		if strings.Contains(strings.ToLower(t.out.headings[n-1].text), "code") {
			return t.codes(tableOfCodes, i)
		}
	}

	if t.ends(i) || isMandatory(text) {
		return i
	}

	if row, last := t.cellRow(lostHeader, i); last > 0 && row[colType] != "" && !isProse(row[colName]) {
		return t.fieldCells(lostHeader, i)
	}

	return i
}

// What Markdown has in a cell apart from its text.
var cellMarks = strings.NewReplacer("`", "", `\`, "")

// field adds the facts of a row: its label and, if there is a column of them, its
// names on the wire.
func (t *tableReader) field(i int, row fieldRow) {
	name := cellMarks.Replace(anyTag.ReplaceAllString(row[colName], ""))
	name = strings.Join(strings.Fields(name), " ")
	mandatory := row[colMandatory]
	if bare := strings.TrimRight(name, " *"); bare != name {
		name = bare
		switch {
		case mandatory == "":
			mandatory = "*"
		case !isMandatory(mandatory), strings.EqualFold(mandatory, "optional"):
			mandatory = "*, " + mandatory
		}
	}

	if name == "" {
		return
	}

	t.out.fact(i, Fact{
		Kind: KindField, Value: name, Type: row[colType], Mandatory: mandatory, About: row[colDescription],
	})

	for wire := range strings.SplitSeq(row[colWire], ",") {
		wire = strings.Trim(wire, " `")
		if wire != "" && wire != name && !isProse(wire) {
			t.out.fact(i, Fact{Kind: KindField, Value: wire, Mandatory: mandatory})
		}
	}
}

var (
	codeRow  = lazyregexp.New(`^(?:\|\s*)?(?:\d{1,2}[.)]?\s+)?([1-5]\d\d)(?:\s|$|[|:,-])`)
	codeLast = lazyregexp.New(`(?:^|[\s|"'}])([1-5]\d\d)(?:\s*\|)?$`)
	// Names of errors are written like AuthKeyInvalid.
	errorName = lazyregexp.New(`^(?:\|\s*)?(?:\d{1,2}[.)]?\s+)?` +
		`([A-Z][a-z]\w*[A-Z]\w*|[A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z]{2,}[a-z]\w*)` +
		`(?:\s|$|\|)`)
)

// codes reads a table of HTTP codes, or of error names, with one row or one cell
// per line.
func (t *tableReader) codes(kind tableKind, i int) int {
	for ; i < len(t.lines); i++ {
		l := t.lines[i]
		if l.text == "" {
			continue
		}
		if t.ends(i) || l.isHeading {
			return i
		}
		t.code(kind, i, l.text)
	}
	return i
}

// code reads the code, or the name of an error, that a row begins with.
func (t *tableReader) code(kind tableKind, i int, row string) {
	if m := codeRow.FindStringSubmatch(row); m != nil {
		t.out.fact(i, Fact{Kind: KindCode, Value: m[1]})
	} else if m := errorName.FindStringSubmatch(row); m != nil && kind == tableOfErrorNames {
		t.out.fact(i, Fact{Kind: KindErrorName, Value: m[1]})
	}
}

// failures reads the codes of a table of failures. Its messages are fragments of
// JSON, which the scanner has read. A code belongs to the message before it, and
// "-" says that the row has no code.
func (t *tableReader) failures(i int) int {
	var message *Fact // of the row that is being read
	for ; i < len(t.lines); i++ {
		if n, ok := t.messages[i+1]; ok {
			message = &t.scanned.facts[n]
		}

		l := t.lines[i]
		if l.text == "" {
			continue
		}
		if l.isHeading || l.isTableHeader() {
			return i
		}

		code := codeLast.FindStringSubmatch(l.text)
		switch {
		case code != nil && !strings.HasPrefix(l.text, `"message"`):
			t.out.fact(i, Fact{Kind: KindCode, Value: code[1], col: len(l.text)})
			if message != nil && message.Code == "" {
				message.Code = code[1]
			}
			message = nil
		case l.text == "-":
			message = nil
		}
	}

	return i
}

var (
	rowTag  = lazyregexp.New(`(?i)<tr[^>]*>`)
	cellTag = lazyregexp.New(`(?i)<t[dh][^>]*>`)
	anyTag  = lazyregexp.New(`<[^<>]*>`)
)

// tagged reads a table in tags of HTML, as the source of a page in Markdown has
// it. Its bodies of JSON are read by the scanner.
func (t *tableReader) tagged(i int) int {
	var h *header
	for ; i < len(t.lines); i++ {
		text := t.lines[i].text
		for _, row := range rowTag.Split(text, -1)[1:] {
			cells := cellTag.Split(row, -1)[1:]
			for k, cell := range cells {
				cells[k] = strings.TrimSpace(html.UnescapeString(anyTag.ReplaceAllString(cell, "")))
			}

			if h != nil {
				t.taggedRow(h, i, cells)
			} else if first := parseHeader(strings.Join(cells, " ")); first != nil && first.kind != noTable {
				h = first
			}
		}

		if text == "" || strings.Contains(text, "</table") {
			return i + 1
		}
	}

	return i
}

func (t *tableReader) taggedRow(h *header, i int, cells []string) {
	switch h.kind {
	case tableOfFields:
		if row, ok := h.row(cells); ok {
			t.field(i, row)
		} else if len(cells) > 1 {
			t.doubt(i, "a row of a table without a name")
		}
	case tableOfCodes, tableOfErrorNames:
		t.code(tableOfErrorNames, i, strings.Join(cells, " "))
	}
}
