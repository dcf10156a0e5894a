package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// TextOptions change how text is written.
type TextOptions struct {
	// Color allows colours.
	Color bool
	// Width is the number of columns, 80 if it is 0.
	Width int
	// Verbose lists the operations that were not used and the fields that were
	// not seen, and shortens no list.
	Verbose bool
	// Curl adds the requests of each finding as curl commands, if the run kept
	// them.
	Curl bool
}

// briefList is how long a list may be without Verbose.
const briefList = 10

// Text writes the run for people: the table of operations, the findings grouped
// by whose fault they are, the drift, and the verdict with the figures.
func Text(w io.Writer, run *Run, o TextOptions) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	t := &textReport{run: run, sum: run.Summary(), options: o, paint: painter(o.Color)}

	t.head()
	t.operations()
	t.findings()
	t.failedCases()
	t.drift()
	t.facts()
	t.gaps()
	t.notes()
	t.reproduce()
	t.wrapped(0, t.closing())

	_, err := w.Write(t.out.Bytes())
	return err
}

// textReport is a text report while it is written.
type textReport struct {
	run     *Run
	sum     Summary
	options TextOptions
	paint   painter
	out     bytes.Buffer
}

func (t *textReport) printf(format string, args ...any) {
	fmt.Fprintf(&t.out, format, args...)
}

// wrapped writes text in lines that fit the width. Lines after the first one
// are indented by two more columns.
func (t *textReport) wrapped(indent int, s string) {
	margin := strings.Repeat(" ", indent)
	lines := text.WrapSoft(s, max(t.options.Width-indent-2, 20))
	for i, line := range strings.Split(lines, "\n") {
		if i > 0 {
			margin = strings.Repeat(" ", indent+2)
		}
		t.out.WriteString(margin + withoutPadding(line) + "\n")
	}
}

// withoutPadding removes the blanks at the end of a wrapped line. The library
// writes the end of a colour after them.
func withoutPadding(line string) string {
	plain, isColored := strings.CutSuffix(line, text.EscapeReset)
	plain = strings.TrimRight(plain, " ")
	if isColored {
		plain += text.EscapeReset
	}
	return plain
}

func (t *textReport) blank() { t.out.WriteByte('\n') }

func (t *textReport) head() {
	title := strings.TrimSpace(t.run.Contract.Title + " " + t.run.Contract.Version)
	if title == "" {
		return
	}

	line := t.paint.bold(Clean(title))
	if t.run.Target != "" {
		line += " against " + Clean(t.run.Target)
	}
	if t.run.Profile != "" {
		line += " (" + Clean(t.run.Profile) + ")"
	}
	t.wrapped(0, line)
	t.blank()
}

// newTable makes a table without lines, whose last column takes the width that
// is left.
func (t *textReport) newTable(columns int) table.Writer {
	tw := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft = ""
	style.Box.PaddingRight = "  "
	style.Format.Header = text.FormatDefault
	tw.SetStyle(style)
	tw.SuppressTrailingSpaces()

	configs := make([]table.ColumnConfig, columns)
	for i := range configs {
		configs[i] = table.ColumnConfig{
			Number:           i + 1,
			WidthMax:         max(t.options.Width/2, 20),
			WidthMaxEnforcer: text.WrapText,
		}
	}
	tw.SetColumnConfigs(configs)
	return tw
}

// operations writes the table of coverage. Operations that were not used are
// left out: a filtered run or a proxy would drown in them.
func (t *textReport) operations() {
	tw := t.newTable(5)
	tw.AppendHeader(table.Row{"OPERATION", "REQUEST OK", "RESPONSE OK", "FAILURES", "FIELDS SEEN"})

	shown := 0
	unused := 0
	for _, op := range t.run.Operations {
		if op.Skipped != "" && !t.options.Verbose {
			unused++
			continue
		}
		shown++
		tw.AppendRow(t.row(op))
	}
	if shown > 1 {
		all := Operation{
			ID:       "all",
			Request:  t.sum.Request,
			Response: t.sum.Response,
			Failures: t.sum.Failures,
			Fields:   t.sum.Fields,
		}
		tw.AppendRow(t.row(all))
	}

	if shown > 0 {
		lines := strings.Split(tw.Render(), "\n")
		lines[0] = t.paint.bold(lines[0])
		t.out.WriteString(strings.Join(lines, "\n") + "\n")
	}
	if unused > 0 {
		t.printf("%s\n", t.paint.faint(words.Plural(unused, "operation")+" not used; --verbose lists them"))
	}
	if shown+unused > 0 {
		t.blank()
	}
}

func (t *textReport) row(op Operation) table.Row {
	fields := op.Fields.String()
	if op.Fields.Total > 0 {
		fields += fmt.Sprintf(" (%d%%)", op.Fields.Percent())
	}
	if op.Skipped != "" {
		fields = Clean(op.Skipped)
	}

	color := func(s string) string { return s }
	broken := op.Request.Done < op.Request.Total || op.Response.Done < op.Response.Total
	switch {
	case op.Skipped != "":
		color = t.paint.faint
	case broken:
		color = t.paint.bad
	case op.Failures.Done < op.Failures.Total:
		color = t.paint.warn
	}
	return table.Row{
		color(Clean(op.ID)),
		color(op.Request.String()),
		color(op.Response.String()),
		color(op.Failures.String()),
		color(fields),
	}
}

func (t *textReport) findings() {
	var last conformance.Fault
	for _, g := range t.run.groups() {
		if g.Fault != last {
			last = g.Fault
			t.printf("%s\n", t.paint.bold("Findings: the fault of the "+string(g.Fault)))
		}
		t.finding(g)
	}
	if last != "" {
		t.blank()
	}
}

func (t *textReport) finding(g *group) {
	title := t.paint.bad(g.Code) + "  " + Clean(place(g.Finding))
	if g.HTTPStatus != 0 {
		title += fmt.Sprintf(" (%d)", g.HTTPStatus)
	}
	t.wrapped(2, title)

	t.wrapped(4, Clean(g.Message))
	if apart(g.Finding) {
		expected := Clean(cmp.Or(g.Expected, "nothing"))
		actual := Clean(cmp.Or(g.Actual, "nothing"))
		t.wrapped(4, fmt.Sprintf("expected %s, got %s", expected, actual))
	}
	if g.Value != "" {
		t.wrapped(4, "value: "+Clean(g.Value))
	}
	for _, d := range g.Differs {
		line := fmt.Sprintf("- %s: expected %s, got %s",
			Clean(cmp.Or(d.Pointer, "the whole")), Clean(d.Expected), Clean(d.Actual))
		if d.Location != "" {
			line += "  " + t.paint.faint(Clean(d.Location))
		}
		t.wrapped(4, line)
	}
	if g.Location != "" {
		t.wrapped(4, "contract: "+t.paint.faint(Clean(g.Location)))
	}
	if g.Reference != "" {
		t.wrapped(4, "bundle: "+t.paint.faint(Clean(g.Reference)))
	}
	t.wrapped(4, "why: "+Clean(g.Why))
	if g.Hint != "" {
		t.wrapped(4, "hint: "+Clean(g.Hint))
	}

	cases := "in: " + Clean(shortList(g.names(), t.options.Verbose))
	if g.Times > 1 {
		cases += fmt.Sprintf(" (%d times)", g.Times)
	}
	t.wrapped(4, cases)
	if t.options.Curl {
		t.curl(g)
	}
}

// curl prints the request of the first case that has one.
func (t *textReport) curl(g *group) {
	for _, c := range g.Cases {
		i := trafficOf(c, g.Exchange)
		if i < 0 {
			continue
		}
		for line := range strings.Lines(c.Traffic[i].Curl()) {
			t.printf("      %s\n", Clean(strings.TrimSuffix(line, "\n")))
		}
		return
	}
}

// trafficOf finds the exchange of a finding, -1 if it was not kept.
func trafficOf(c Case, exchange string) int {
	for i, traffic := range c.Traffic {
		if traffic.Name == exchange || len(c.Traffic) == 1 {
			return i
		}
	}
	return -1
}

// failedCases lists the cases that failed without a finding: the runner gives
// the reason.
func (t *textReport) failedCases() {
	found := false
	for _, c := range t.run.Cases {
		if c.Status != Failed || len(c.Findings) > 0 {
			continue
		}
		found = true
		reason := cmp.Or(c.Reason, "no reason is given")
		t.wrapped(0, t.paint.bad("failed")+" "+Clean(c.Name)+": "+Clean(reason))
	}
	if found {
		t.blank()
	}
}

func (t *textReport) drift() {
	list := t.run.drift()
	if len(list) == 0 {
		return
	}
	t.printf("%s\n", t.paint.bold("Drift: fields that the contract does not declare (no findings)"))

	shown := list
	if !t.options.Verbose && len(shown) > briefList {
		shown = shown[:briefList]
	}
	tw := t.newTable(3)
	for _, d := range shown {
		field := string(d.Side) + " " + Clean(d.Pointer)
		if d.Near != "" {
			field += "\n  declared: " + Clean(strconv.Quote(d.Near))
		}
		if d.Location != "" {
			field += "\n  " + Clean(d.Location)
		}
		tw.AppendRow(table.Row{Clean(d.Operation), field, Clean(d.Shape)})
	}
	for line := range strings.Lines(tw.Render()) {
		t.printf("  %s\n", strings.TrimRight(line, " \n"))
	}

	if len(shown) < len(list) {
		t.printf("  and %d more; --verbose lists them\n", len(list)-len(shown))
	}
	t.blank()
}

// facts lists the facts that no page states, with what a live server showed of
// each.
func (t *textReport) facts() {
	facts := t.run.Facts
	if len(facts) == 0 {
		return
	}

	t.printf("%s\n", t.paint.bold("Facts that no page states"))
	for _, group := range byOutcome(facts) {
		if group.Outcome == NotShown && !t.options.Verbose {
			continue
		}
		for _, f := range group.Facts {
			line := fmt.Sprintf("%s: %s", group.Outcome, Clean(f.String()))
			if f.Location != "" {
				line += "  " + t.paint.faint(Clean(f.Location))
			}
			t.wrapped(2, line)
			if f.Why != "" {
				t.wrapped(4, Clean(f.Why))
			}
		}
	}

	line := fmt.Sprintf("%d confirmed, %d contradicted, %d not shown",
		CountFacts(facts, Confirmed), CountFacts(facts, Contradicted), CountFacts(facts, NotShown))
	if !t.options.Verbose {
		line += " (--verbose lists them)"
	}
	t.wrapped(2, line)
	t.blank()
}

// gaps lists what the run did not cover: documented failures that did not
// occur, fields that were not seen, and skipped cases.
func (t *textReport) gaps() {
	before := t.out.Len()

	for _, op := range t.run.Operations {
		if op.Skipped != "" && !t.options.Verbose {
			continue
		}
		if len(op.MissingFailures) > 0 {
			t.wrapped(0, t.paint.warn("not met")+" "+Clean(op.ID)+": "+
				Clean(shortList(op.MissingFailures, t.options.Verbose)))
		}
		if t.options.Verbose && len(op.UnseenFields) > 0 {
			t.wrapped(0, t.paint.faint("not seen")+" "+Clean(op.ID)+": "+Clean(strings.Join(op.UnseenFields, ", ")))
		}
	}

	for _, skip := range t.run.skips(t.options.Verbose) {
		t.wrapped(0, t.paint.faint("skipped")+" "+Clean(skip.String()))
	}

	if t.out.Len() > before {
		t.blank()
	}
}

func (t *textReport) notes() {
	for _, note := range t.run.Notes {
		t.wrapped(0, "Note: "+Clean(note))
	}
	if len(t.run.Notes) > 0 {
		t.blank()
	}
}

func (t *textReport) reproduce() {
	if t.run.OK() && !t.options.Verbose {
		return
	}
	if t.run.Contract.Hash != "" {
		t.wrapped(0, "Contract: "+Clean(t.run.Contract.Version)+" ("+Clean(t.run.Contract.Hash)+")")
	}
	if len(t.run.Reproduce) == 0 {
		return
	}
	t.printf("Reproduce:\n")
	for _, line := range t.run.Reproduce {
		t.printf("  %s\n", Clean(line))
	}
	t.blank()
}

// closing is the last paragraph: the verdict and the figures.
func (t *textReport) closing() string {
	sum := t.sum
	color := t.paint.bad
	switch sum.Verdict {
	case Conforms:
		color = t.paint.good
	case Incomplete:
		color = t.paint.warn
	}
	verdict := string(sum.Verdict)
	verdict = strings.ToUpper(verdict[:1]) + verdict[1:]

	parts := []string{t.cases(), words.Plural(sum.Exchanges, "exchange")}
	if sum.Unchecked > 0 {
		parts = append(parts, fmt.Sprintf("%d not checked", sum.Unchecked))
	}
	parts = append(parts, t.counted())
	if sum.Drift > 0 {
		parts = append(parts, words.Plural(sum.Drift, "undeclared field"))
	}
	if t.run.Duration > 0 {
		parts = append(parts, t.run.Duration.Round(10*time.Millisecond).String())
	}
	return color(verdict) + ": " + strings.Join(parts, "; ")
}

// cases says how many cases ran, of how many.
func (t *textReport) cases() string {
	sum := t.sum
	ran := sum.Passed + sum.Failed
	all := max(sum.Suite, sum.Cases)

	line := words.Plural(ran, "case") + " ran"
	if ran < all {
		line = fmt.Sprintf("%d of %s ran", ran, words.Plural(all, "case"))
	}
	if sum.Failed > 0 {
		line += fmt.Sprintf(", %d failed", sum.Failed)
	}
	if sum.Skipped > 0 {
		line += fmt.Sprintf(", %d skipped", sum.Skipped)
	}
	return line
}

// counted says how many findings there are, and whose fault they are.
func (t *textReport) counted() string {
	if t.sum.Findings == 0 {
		return "no findings"
	}
	var parts []string
	for _, fault := range faults {
		n := t.sum.ByFault[fault]
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, fault))
		}
	}
	return words.Plural(t.sum.Findings, "finding") + " (" + strings.Join(parts, ", ") + ")"
}

func shortList(list []string, all bool) string {
	if all || len(list) <= 3 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
}
