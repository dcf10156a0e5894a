package report

import (
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Table writes rows in columns. On a terminal no line is wider than the terminal:
// the last column is wrapped at spaces; if the columns are too wide for that, all
// but the first are on further lines. Elsewhere each row is one line, which other
// programs can read.
func Table(w io.Writer, rows [][]string) error {
	width := 0
	if Terminal(w) {
		width = Width(w)
	}
	_, err := io.WriteString(w, tableText(rows, width))
	return err
}

const (
	tableGap      = 2  // blanks between columns
	tableIndent   = 4  // of what follows the first column on further lines
	narrowestLast = 24 // a narrower last column is hard to read
)

// tableText is a table. A width of 0 has no limit.
func tableText(rows [][]string, width int) string {
	var columns []int // the widths of all but the last one
	used := 0
	for column := range len(rows[0]) - 1 {
		widest := 0
		for _, row := range rows {
			widest = max(widest, text.StringWidth(row[column]))
		}
		columns = append(columns, widest)
		used += widest + tableGap
	}

	var b strings.Builder
	for _, row := range rows {
		cells := padded(row, columns)
		last := row[len(columns)]
		switch {
		case width == 0 || used+text.StringWidth(last) <= width:
			writeLines(&b, cells+last)
		case width-used >= narrowestLast:
			last = text.WrapSoft(last, width-used)
			writeLines(&b, cells+strings.ReplaceAll(last, "\n", "\n"+strings.Repeat(" ", used)))
		default:
			further := slices.DeleteFunc(slices.Clone(row[1:]), func(cell string) bool { return cell == "" })
			rest := strings.Join(further, ", ")
			rest = text.WrapSoft(rest, width-tableIndent)
			margin := "\n" + strings.Repeat(" ", tableIndent)
			writeLines(&b, row[0]+margin+strings.ReplaceAll(rest, "\n", margin))
		}
	}
	return b.String()
}

// writeLines writes lines without the blanks at their ends.
func writeLines(b *strings.Builder, lines string) {
	for _, line := range strings.Split(lines, "\n") {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// padded joins all cells but the last one.
func padded(row []string, columns []int) string {
	var b strings.Builder
	for i, width := range columns {
		b.WriteString(text.Pad(row[i], width+tableGap, ' '))
	}
	return b.String()
}

// Wrap breaks a text at blanks so that it fits a terminal; elsewhere it stays as
// it is.
func Wrap(w io.Writer, s string) string {
	if !Terminal(w) {
		return s
	}
	return text.WrapSoft(s, Width(w))
}
