package documents

import (
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// fieldRow is a row of a table of fields.
type fieldRow struct{ name, mandatory, typ, wire, about string }

var (
	// Types that are no part of a name.
	plainTypes = wordSet(`varchar|string|integer|int|char|datetime|boolean|bool|float|double|long|decimal|array|json|bigint|timestamp`)
	// Types that names contain too: Start Date, Phone Number.
	wordyTypes = wordSet(`date|number|text|object|list|numeric|time|file|map|enum`)
	typeForm   = lazyregexp.New(`(?i)^(?:date|datetime|varchar|char|string|array|list)[(\[<].*$`)
	// Words of sentences rather than of names. A line with one of them before
	// its type continues the row above it.
	proseWords = wordSet(`a|an|the|is|are|was|be|been|will|should|must|can|which|that|this|if|it|as|when`)

	rowNumber = lazyregexp.New(`^\d{1,3}[.)]?\s+`)
	// A name as JSON writes it, rather than words.
	wireName     = lazyregexp.New(`^(?:[a-z][a-z0-9]*(?:[A-Z_]\w*)?|[A-Za-z0-9]+_\w+)\*?$`)
	mandatoryTag = lazyregexp.New(`(?i)\((mandatory|optional|required|gets generated|[^()]*mandatory[^()]*|[^()]*optional[^()]*)\)`)
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
// With only spaces, the name ends before the type, or before Yes or No if the
// table has such a column; a line without either is not a row.
func parseRow(h *header, raw string) (fieldRow, bool) {
	if h.barred {
		if !strings.Contains(raw, "|") {
			return fieldRow{}, false
		}
		return h.row(h.splitBars(raw))
	}

	if strings.Contains(raw, "\t") {
		if row, ok := h.row(strings.Split(strings.Trim(raw, " "), "\t")); ok {
			return row, true
		}
	}

	text := strings.TrimSpace(raw)
	if h.has(colNumber) {
		number := rowNumber.FindString(text)
		if number == "" {
			return fieldRow{}, false
		}
		text = text[len(number):]
	}

	words := strings.Fields(text)
	if len(words) < 2 {
		return fieldRow{}, false
	}

	row := fieldRow{}
	rest := words[1:]
	if at := slices.IndexFunc(rest, isMandatory); h.has(colMandatory) && at >= 0 && at < 6 {
		row.name = strings.Join(words[:at+1], " ")
		row.mandatory = rest[at]
		rest = rest[at+1:]
		if len(rest) > 0 && isTypeWord(rest[0]) {
			row.typ = rest[0]
			rest = rest[1:]
		}
		row.about = strings.Join(rest, " ")
	} else if at := typeAt(words); at > 0 && (!h.has(colMandatory) || isPlainType(words[at])) {
		row.name = strings.Join(words[:at], " ")
		row.typ = words[at]
		row.about = strings.Join(words[at+1:], " ")
		if tag := mandatoryTag.FindStringSubmatch(row.about); tag != nil {
			row.mandatory = tag[1]
		}
	} else {
		return fieldRow{}, false
	}

	row.name = strings.TrimRight(row.name, " -–,;:") // cells apart by dashes
	return row, h.has(colNumber) || !isProse(row.name)
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

func (h *header) splitBars(raw string) []string {
	raw = strings.TrimSpace(raw)
	if h.framed {
		raw = strings.TrimPrefix(raw, "|")
	}
	return strings.Split(strings.TrimSuffix(raw, "|"), "|")
}

// row reads a row whose cells are known.
func (h *header) row(cells []string) (fieldRow, bool) {
	var row fieldRow
	if len(cells) < 2 {
		return row, false
	}

	for i, c := range h.columns[:min(len(h.columns), len(cells))] {
		switch cell := strings.TrimSpace(cells[i]); c {
		case colName:
			row.name = cell
		case colMandatory:
			row.mandatory = cell
		case colType:
			row.typ = cell
		case colWire:
			row.wire = cell
		case colDescription:
			row.about = cell
		}
	}

	if tag := mandatoryTag.FindStringSubmatch(strings.Join(cells, " ")); row.mandatory == "" && tag != nil {
		row.mandatory = tag[1]
	}

	return row, row.name != "" && len(row.name) <= 80 && strings.Trim(row.name, "-: ") != ""
}
