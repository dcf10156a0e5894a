package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

const extensionEvidence = "x-evidence"

// evidence is what an x-evidence extension says: its strongest class, and what
// is cited for that.
type evidence struct {
	class   Class
	sources []string
}

// evidenceOf reads x-evidence. It is nil if there is none that can be read.
func evidenceOf(extensions map[string]any) *evidence {
	byClass, ok := extensions[extensionEvidence].(map[string]any)
	if !ok {
		return nil
	}
	for _, class := range []Class{Documented, Observed, Inferred} {
		if cited, ok := byClass[string(class)]; ok {
			return &evidence{class: class, sources: sourcesOf(cited)}
		}
	}
	return nil
}

// sourcesOf reads what is cited: a list, or one text.
func sourcesOf(cited any) []string {
	switch cited := cited.(type) {
	case string:
		return []string{cited}
	case []any:
		var sources []string
		for _, source := range cited {
			if text, ok := source.(string); ok {
				sources = append(sources, text)
			}
		}
		return sources
	}
	return nil
}

// rank orders evidence, strongest first.
func (e *evidence) rank() int {
	return slices.Index([]Class{Documented, Observed, Inferred}, e.class)
}

// weaker returns the weaker of two pieces of evidence. nil is not evidence, so the
// other one counts.
func weaker(a, b *evidence) *evidence {
	if a == nil || b != nil && b.rank() > a.rank() {
		return b
	}
	return a
}

// stronger returns the stronger of two pieces of evidence.
func stronger(a, b *evidence) *evidence {
	if a == nil || b != nil && b.rank() < a.rank() {
		return b
	}
	return a
}

const extensionTable = "x-mandatory"

// tableRow is what a page's table says about a field, for example "Yes, Number".
type tableRow struct {
	page  string
	text  string
	kinds kind // the JSON types that the text names
}

// typeWords are the words for types in tables. A date is a text in JSON.
var typeWords = map[string]kind{
	"string": kindString, "varchar": kindString, "char": kindString, "text": kindString,
	"date": kindString, "datetime": kindString, "time": kindString,
	"integer": kindNumber, "int": kindNumber, "long": kindNumber, "number": kindNumber,
	"float": kindNumber, "double": kindNumber, "decimal": kindNumber,
	"boolean": kindBoolean, "bool": kindBoolean,
	"array": kindArray, "list": kindArray,
	"object": kindObject,
}

// rowsOf reads x-mandatory: what the tables say about a field, by page.
func rowsOf(extensions map[string]any) []tableRow {
	byPage, ok := extensions[extensionTable].(map[string]any)
	if !ok {
		return nil
	}
	var rows []tableRow
	for _, page := range slices.Sorted(maps.Keys(byPage)) {
		text, _ := byPage[page].(string)
		row := tableRow{page: page, text: text}
		for _, word := range strings.FieldsFunc(strings.ToLower(text), isNoLetter) {
			row.kinds |= typeWords[word]
		}
		rows = append(rows, row)
	}
	return rows
}

func isNoLetter(r rune) bool { return !unicode.IsLetter(r) }

// blamedByTable returns the row that gives a field the type of a value that the
// schema rejects. A sender that follows a page's table breaks nothing that is
// documented; the contract followed another source.
func (p problem) blamedByTable() (row tableRow, ok bool) {
	if p.code != CodeSchemaType || !p.hasValue {
		return row, false
	}
	for _, row := range p.rows {
		if row.kinds&kindOf(p.value) != 0 {
			return row, true
		}
	}
	return row, false
}

// maxCited is how many sources a sentence cites. A finding's Sources have them
// all.
const maxCited = 2

// cited lists the sources in brackets.
func (e *evidence) cited() string {
	if len(e.sources) == 0 {
		return ""
	}
	first := e.sources[:min(len(e.sources), maxCited)]
	text := strings.Join(first, "; ")
	if more := len(e.sources) - len(first); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return " (" + text + ")"
}

// blame decides whose fault a broken rule is, and says why.
func blame(side Side, e *evidence) (fault Fault, why string) {
	switch {
	case side == SideRequest:
		return FaultClient, "a request must keep to the contract"
	case e == nil:
		return FaultServer, "the contract names no evidence here, so it is taken at its word"
	case e.class == Documented:
		return FaultServer, "the response breaks what is documented" + e.cited()
	case e.class == Observed:
		return FaultContract, "the contract only observed this, no page states it" + e.cited()
	}
	return FaultContract, "the contract only inferred this, no page states it" + e.cited()
}

// blameSender blames the sender of something that JSON or HTTP itself forbids.
func blameSender(side Side) (fault Fault, why string) {
	if side == SideRequest {
		return FaultClient, "the client sent it, and JSON or HTTP itself forbids it"
	}
	return FaultServer, "the server sent it, and JSON or HTTP itself forbids it"
}
