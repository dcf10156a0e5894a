package gates

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/kapture-community/kapture-go/client"
)

// matrix has a row for each method and a column for each fault.
type matrix struct {
	names []string
	cells [][]*cell
}

// cell is one call under one fault.
type cell struct {
	method    string
	column    string
	outcome   string
	surprises []string
}

func (c *cell) surprise(format string, args ...any) {
	c.surprises = append(c.surprises, fmt.Sprintf(format, args...))
}

func newMatrix(names []string) *matrix {
	m := &matrix{names: names}
	for _, name := range names {
		var row []*cell
		for _, column := range columns {
			row = append(row, &cell{method: name, column: column.name, outcome: "-"})
		}
		m.cells = append(m.cells, row)
	}
	return m
}

// letters are short names of outcomes, so that a matrix fits on a page.
var letters = []struct {
	code    client.Code
	letters string
}{
	{"", "ok"},
	{client.ErrTransport, "TR"},
	{client.ErrTimeout, "TO"},
	{client.ErrCanceled, "CA"},
	{client.ErrTruncated, "CUT"},
	{client.ErrUndecodable, "UD"},
	{client.ErrUnexpectedResponse, "UX"},
	{client.ErrRepeatedPage, "RP"},
	{client.ErrTooLarge, "BIG"},
	{client.ErrRedirect, "RE"},
	{client.ErrRateLimited, "429"},
	{client.ErrServer, "5xx"},
	{client.ErrFailed, "F"},
}

func outcomeOf(results []result) string {
	var all []string
	for _, r := range results {
		code := client.Code("")
		var e *client.Error
		if errors.As(r.err, &e) {
			code = e.Code
		}
		short := "??"
		for _, l := range letters {
			if l.code == code {
				short = l.letters
			}
		}
		if errors.Is(r.err, client.ErrOutcomeUnknown) {
			short += "?"
		}
		if r.err == nil && len(r.notes) > 0 {
			short += "*"
		}
		all = append(all, short)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "+")
}

// String is the matrix as a table.
func (m *matrix) String() string {
	var out strings.Builder
	for i, column := range columns {
		fmt.Fprintf(&out, "%3d  %s\n", i+1, column.name)
	}
	out.WriteByte('\n')
	for _, l := range letters {
		code := string(l.code)
		if code == "" {
			code = "success"
		}
		fmt.Fprintf(&out, "%-4s %s\n", l.letters, code)
	}
	fmt.Fprintf(&out, "%-4s it may have been done, and the error says so\n", "?")
	fmt.Fprintf(&out, "%-4s the response has a note\n\n", "*")

	w := tabwriter.NewWriter(&out, 0, 0, 1, ' ', 0)
	fmt.Fprint(w, "\t")
	for i := range columns {
		fmt.Fprintf(w, "%d\t", i+1)
	}
	fmt.Fprintln(w)
	for i, name := range m.names {
		fmt.Fprintf(w, "%s\t", name)
		for _, c := range m.cells[i] {
			mark := ""
			if len(c.surprises) > 0 {
				mark = "!"
			}
			fmt.Fprintf(w, "%s%s\t", c.outcome, mark)
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
	return out.String()
}
