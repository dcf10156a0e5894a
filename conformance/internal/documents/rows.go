package documents

import (
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// fieldRow is a row of a table of fields: the text of each column.
type fieldRow [numColumns]string

// maxLabel is the length of the longest label of a row.
const maxLabel = 80

var (
	// Types that are no part of a name.
	plainTypes = wordSet(`varchar|string|integer|int|char|datetime|boolean|bool|float|double|long|decimal|array|json|
		bigint|timestamp`)
	// Types that names contain too: Start Date, Phone Number.
	wordyTypes = wordSet(`date|number|text|object|list|numeric|time|file|map|enum`)
	typeForm   = lazyregexp.New(`(?i)^(?:date|datetime|varchar|char|string|array|list)[(\[<].*$`)
	// Words of sentences rather than of names. A line with one of them before
	// its type continues the row above it.
	proseWords = wordSet(`a|an|the|is|are|was|be|been|will|should|must|can|which|that|this|if|it|as|when`)

	rowNumber = lazyregexp.New(`^\d{1,3}[.)]?\s+`)
	// A name as JSON writes it, rather than words.
	wireName     = lazyregexp.New(`^(?:[a-z][a-z0-9]*(?:[A-Z_]\w*)?|[A-Za-z0-9]+_\w+)\*?$`)
	mandatoryTag = lazyregexp.New(`(?i)\(` +
		`(mandatory|optional|required|gets generated|[^()]*mandatory[^()]*|[^()]*optional[^()]*)` +
		`\)`)
)

func isPlainType(word string) bool {
	return plainTypes[strings.ToLower(word)] || typeForm.MatchString(word)
}

func isTypeWord(word string) bool { return isPlainType(word) || wordyTypes[strings.ToLower(word)] }

func isMandatory(text string) bool {
	switch strings.ToLower(strings.Trim(text, ".*")) {
	case "yes", "no", "y", "n", "mandatory", "optional", "required", "true", "false", "conditional":
		return true
	}
	return false
}

// startsRow reports whether a line begins a row for certain.
func startsRow(h *header, text string) bool {
	return h.has(colNumber) && rowNumber.MatchString(text)
}

// parseRow reads a row whose cells are on one line. Bars and tabs end a cell.
func parseRow(h *header, raw string) (fieldRow, bool) {
	text := strings.TrimSpace(raw)
	if h.barred {
		if h.framed {
			text = strings.TrimPrefix(text, "|")
		}
		return h.row(strings.Split(strings.TrimSuffix(text, "|"), "|"))
	}

	if strings.Contains(raw, "\t") {
		if row, ok := h.row(strings.Split(strings.Trim(raw, " "), "\t")); ok {
			return row, true
		}
	}

	if h.has(colNumber) {
		number := rowNumber.FindString(text)
		if number == "" {
			return fieldRow{}, false
		}
		text = text[len(number):]
	}
	return h.spacedRow(strings.Fields(text))
}

// spacedRow reads a row with only spaces between its cells. The name ends before
// Yes or No, if the table has such a column, or else before the type; words without
// either are not a row.
func (h *header) spacedRow(words []string) (row fieldRow, ok bool) {
	if len(words) < 2 {
		return row, false
	}

	var name int // how many words it has
	mark := 1 + slices.IndexFunc(words[1:], isMandatory)
	switch typ := typeAt(words); {
	case h.has(colMandatory) && mark > 0 && mark <= 6:
		name = mark
		row[colMandatory] = words[mark]
		rest := words[mark+1:]
		if len(rest) > 0 && isTypeWord(rest[0]) {
			row[colType] = rest[0]
			rest = rest[1:]
		}
		row[colDescription] = strings.Join(rest, " ")
	case typ > 0 && (!h.has(colMandatory) || isPlainType(words[typ])):
		name = typ
		row[colType] = words[typ]
		row[colDescription] = strings.Join(words[typ+1:], " ")
		if tag := mandatoryTag.FindStringSubmatch(row[colDescription]); tag != nil {
			row[colMandatory] = tag[1]
		}
	default:
		return row, false
	}

	row[colName] = strings.TrimRight(strings.Join(words[:name], " "), " -–,;:") // cells apart by dashes
	return row, h.has(colNumber) || !isProse(row[colName])
}

// isProse reports whether a text has words that names do not have.
func isProse(text string) bool {
	for word := range strings.FieldsSeq(text) {
		if proseWords[strings.ToLower(word)] {
			return true
		}
	}
	return false
}

// typeAt finds the word that is a row's type, or 0.
func typeAt(words []string) int {
	if wireName.MatchString(words[0]) && isTypeWord(words[1]) {
		return 1
	}

	for i := 1; i < min(len(words), 8); i++ {
		switch {
		case isPlainType(words[i]):
			return i
		case wordyTypes[strings.ToLower(words[i])]:
			// "Start Date datetime", "Due Date * String": the word before a type is the name's.
			if i+1 < len(words) && isTypeWord(words[i+1]) {
				return i + 1
			}
			if i+2 < len(words) && words[i+1] == "*" && isTypeWord(words[i+2]) {
				return i + 2
			}
			return i
		}
	}

	return 0
}

// row reads a row whose cells are known.
func (h *header) row(cells []string) (row fieldRow, ok bool) {
	if len(cells) < 2 {
		return row, false
	}

	for i, c := range h.columns[:min(len(h.columns), len(cells))] {
		row[c] = strings.TrimSpace(cells[i])
	}

	if tag := mandatoryTag.FindStringSubmatch(strings.Join(cells, " ")); row[colMandatory] == "" && tag != nil {
		row[colMandatory] = tag[1]
	}

	name := row[colName]
	return row, len(name) <= maxLabel && strings.Trim(name, "-: ") != ""
}
