package documents

import (
	"html"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

var (
	rowTag  = lazyregexp.New(`(?i)<tr[^>]*>`)
	cellTag = lazyregexp.New(`(?i)<t[dh][^>]*>`)
	anyTag  = lazyregexp.New(`<[^<>]*>`)
)

// tagged reads a table in tags of HTML, as the source of a page in
// Markdown has it. Its bodies of JSON are read by the scanner.
func (t *tableReader) tagged(i int) int {
	var h *header
	for ; i < len(t.lines); i++ {
		for _, row := range rowTag.Split(t.lines[i].text, -1)[1:] {
			parts := cellTag.Split(row, -1)[1:]
			for k, part := range parts {
				parts[k] = strings.TrimSpace(html.UnescapeString(anyTag.ReplaceAllString(part, "")))
			}
			if first := newHeader(cells(strings.Join(parts, " "))); first != nil && h == nil {
				h = first
				continue
			}
			if h != nil {
				t.taggedRow(h, i, parts)
			}
		}

		if strings.Contains(t.lines[i].text, "</table") || blank(t.lines, i) {
			return i + 1
		}
	}

	return i
}

func (t *tableReader) taggedRow(h *header, i int, parts []string) {
	text := strings.Join(parts, " ")
	switch h.kind {
	case tableOfFields:
		if row, ok := h.row(parts); ok {
			t.field(i, row)
		} else if len(parts) > 1 {
			t.doubt(i, "a row of a table without a name")
		}
	case tableOfCodes, tableOfErrorNames:
		if m := codeRow.FindStringSubmatch(text); m != nil {
			t.out.facts = append(t.out.facts, Fact{Kind: KindCode, Value: m[1], Line: i + 1})
		} else if m := errorName.FindStringSubmatch(text); m != nil {
			t.out.facts = append(t.out.facts, Fact{Kind: KindErrorName, Value: m[1], Line: i + 1})
		}
	}
}
