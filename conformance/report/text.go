package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// Options change how text is written.
type Options struct {
	// Color allows colours: say so only for a terminal.
	Color bool
	// Verbose adds the members that were not seen, and leaves no list short.
	Verbose bool
}

// briefList is how long a list may be unless all of it is wanted.
const briefList = 10

type painter bool

func (p painter) paint(code, text string) string {
	if !p || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p painter) bad(text string) string   { return p.paint("31", text) }
func (p painter) good(text string) string  { return p.paint("32", text) }
func (p painter) warn(text string) string  { return p.paint("33", text) }
func (p painter) faint(text string) string { return p.paint("2", text) }
func (p painter) bold(text string) string  { return p.paint("1", text) }

// Text writes the run for people: the table of operations, the findings by
// whose fault they are, the drift, and one closing line.
func Text(w io.Writer, run *Run, o Options) error {
	var b bytes.Buffer
	p := painter(o.Color)
	sum := run.Summary()
	textHead(&b, run, p)
	textTable(&b, run, sum, p)
	textFindings(&b, run, o, p)
	textDrift(&b, run, o, p)
	textGaps(&b, run, o, p)
	for _, note := range run.Notes {
		fmt.Fprintf(&b, "Note: %s\n", Clean(note))
	}
	if len(run.Notes) > 0 {
		b.WriteByte('\n')
	}
	if len(run.Reproduce) > 0 && !sum.Conforms {
		b.WriteString("Reproduce:\n")
		for _, line := range run.Reproduce {
			fmt.Fprintf(&b, "  %s\n", Clean(line))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintln(&b, closing(run, sum, p))
	_, err := w.Write(b.Bytes())
	return err
}

func textHead(b *bytes.Buffer, run *Run, p painter) {
	head := strings.TrimSpace(run.Contract.Title + " " + run.Contract.Version)
	if head != "" {
		fmt.Fprintf(b, "%s", p.bold(Clean(head)))
		if run.Target != "" {
			fmt.Fprintf(b, " against %s", Clean(run.Target))
		}
		if run.Profile != "" {
			fmt.Fprintf(b, " (%s)", Clean(run.Profile))
		}
		b.WriteString("\n\n")
	}
}

func textTable(b *bytes.Buffer, run *Run, sum Summary, p painter) {
	if len(run.Operations) == 0 {
		return
	}
	var table bytes.Buffer
	tw := tabwriter.NewWriter(&table, 0, 0, 3, ' ', 0)
	fmt.Fprintln(tw, "OPERATION\tREQUEST OK\tRESPONSE OK\tFAILURES\tMEMBERS SEEN\t")
	row := func(name string, request, response, failures, members Count, note string) {
		seen := members.String()
		if members.Total > 0 {
			seen += fmt.Sprintf(" (%d%%)", members.Percent())
		}
		if note != "" {
			seen += "  " + note
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t\n", name, request, response, failures, seen)
	}
	for _, op := range run.Operations {
		note := ""
		if op.Skipped != "" {
			note = "skipped: " + Clean(op.Skipped)
		}
		row(Clean(op.ID), op.Request, op.Response, op.Failures, op.Members, note)
	}
	if len(run.Operations) > 1 {
		row("all", sum.Request, sum.Response, sum.Failures, sum.Members, "")
	}
	_ = tw.Flush() // into memory: it cannot fail
	// Colours come last: they would count as width.
	for i, line := range strings.Split(strings.TrimRight(table.String(), "\n"), "\n") {
		line = strings.TrimRight(line, " ")
		switch {
		case i == 0:
			line = p.bold(line)
		case i <= len(run.Operations):
			op := run.Operations[i-1]
			switch {
			case op.Skipped != "":
				line = p.faint(line)
			case op.Request.Done < op.Request.Total || op.Response.Done < op.Response.Total:
				line = p.bad(line)
			case op.Failures.Done < op.Failures.Total:
				line = p.warn(line)
			}
		default:
			line = p.bold(line)
		}
		fmt.Fprintln(b, line)
	}
	b.WriteByte('\n')
}

func textFindings(b *bytes.Buffer, run *Run, o Options, p painter) {
	var last conformance.Fault
	for _, g := range run.groups() {
		if g.Fault != last {
			last = g.Fault
			fmt.Fprintf(b, "%s\n", p.bold("Findings: the fault of the "+string(g.Fault)))
		}
		fmt.Fprintf(b, "  %s  %s", p.bad(g.Code), Clean(place(g.Finding)))
		if g.HTTPStatus != 0 {
			fmt.Fprintf(b, " (%d)", g.HTTPStatus)
		}
		if g.Location != "" {
			fmt.Fprintf(b, "  %s", p.faint(Clean(g.Location)))
		}
		b.WriteByte('\n')
		fmt.Fprintf(b, "    %s\n", Clean(g.Message))
		if g.Value != "" {
			fmt.Fprintf(b, "    value: %s\n", Clean(g.Value))
		}
		for _, d := range g.Differs {
			fmt.Fprintf(b, "    - %s: expected %s, got %s", Clean(cmp.Or(d.Pointer, "the whole")), Clean(d.Expected), Clean(d.Actual))
			if d.Location != "" {
				fmt.Fprintf(b, "  %s", p.faint(Clean(d.Location)))
			}
			b.WriteByte('\n')
		}
		fmt.Fprintf(b, "    why: %s\n", Clean(g.Why))
		if g.Hint != "" {
			fmt.Fprintf(b, "    hint: %s\n", Clean(g.Hint))
		}
		fmt.Fprintf(b, "    in: %s", Clean(shortList(g.Cases, o.Verbose)))
		if g.Times > 1 {
			fmt.Fprintf(b, " (%d times)", g.Times)
		}
		b.WriteByte('\n')
	}
	if last != "" {
		b.WriteByte('\n')
	}
	// A case may fail by its runner without any finding.
	silent := false
	for _, c := range run.Cases {
		if c.Status == Failed && len(c.Findings) == 0 {
			silent = true
			fmt.Fprintf(b, "%s %s: %s\n", p.bad("failed"), Clean(c.Name), Clean(cmp.Or(c.Reason, "no reason is given")))
		}
	}
	if silent {
		b.WriteByte('\n')
	}
}

func textDrift(b *bytes.Buffer, run *Run, o Options, p painter) {
	list := run.drift()
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "%s\n", p.bold("Drift: members that the contract does not declare (no findings)"))
	shown := list
	if !o.Verbose && len(shown) > briefList {
		shown = shown[:briefList]
	}
	var table bytes.Buffer
	tw := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, d := range shown {
		note := d.Location
		if d.Near != "" {
			note = strings.TrimSpace(note + " (declared: " + strconv.Quote(d.Near) + ")")
		}
		fmt.Fprintf(tw, "  %s\t%s %s\t%s\t%s\n", Clean(d.Operation), d.Side, Clean(d.Pointer), Clean(d.Shape), Clean(note))
	}
	_ = tw.Flush() // into memory: it cannot fail
	for line := range strings.Lines(table.String()) {
		fmt.Fprintln(b, strings.TrimRight(line, " \n"))
	}
	if len(shown) < len(list) {
		fmt.Fprintf(b, "  and %d more\n", len(list)-len(shown))
	}
	b.WriteByte('\n')
}

func textGaps(b *bytes.Buffer, run *Run, o Options, p painter) {
	gap := false
	for _, op := range run.Operations {
		if len(op.MissingFailures) > 0 {
			gap = true
			fmt.Fprintf(b, "%s %s: %s\n", p.warn("not met"), Clean(op.ID), Clean(shortList(op.MissingFailures, o.Verbose)))
		}
		if o.Verbose && len(op.UnseenMembers) > 0 {
			gap = true
			fmt.Fprintf(b, "%s %s: %s\n", p.faint("not seen"), Clean(op.ID), Clean(strings.Join(op.UnseenMembers, ", ")))
		}
	}
	skipped := map[string]int{}
	var reasons []string
	for _, c := range run.Cases {
		if c.Status != Skipped {
			continue
		}
		// What stands behind a colon belongs to one case.
		reason := c.Reason
		if !o.Verbose {
			reason, _, _ = strings.Cut(reason, ": ")
		}
		if skipped[reason]++; skipped[reason] == 1 {
			reasons = append(reasons, reason)
		}
	}
	for _, reason := range reasons {
		gap = true
		fmt.Fprintf(b, "%s %s: %s\n", p.faint("skipped"), words.Plural(skipped[reason], "case"), Clean(cmp.Or(reason, "no reason is given")))
	}
	if gap {
		b.WriteByte('\n')
	}
}

// closing is the one line that says it all.
func closing(run *Run, sum Summary, p painter) string {
	var b strings.Builder
	if sum.Conforms {
		b.WriteString(p.good("Conforms"))
	} else {
		b.WriteString(p.bad("Does not conform"))
	}
	fmt.Fprintf(&b, ": %s, %d passed, %d failed", words.Plural(sum.Cases, "case"), sum.Passed, sum.Failed)
	if sum.Skipped > 0 {
		fmt.Fprintf(&b, ", %d skipped", sum.Skipped)
	}
	fmt.Fprintf(&b, "; %s, %s", words.Plural(sum.Exchanges, "exchange"), words.Plural(sum.Findings, "finding"))
	if sum.Findings > 0 {
		var parts []string
		for _, fault := range faults {
			if n := sum.ByFault[fault]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, fault))
			}
		}
		fmt.Fprintf(&b, " (%s)", strings.Join(parts, ", "))
	}
	if sum.Drift > 0 {
		fmt.Fprintf(&b, ", %s", words.Plural(sum.Drift, "undeclared member"))
	}
	if run.Duration > 0 {
		fmt.Fprintf(&b, "; %s", run.Duration.Round(10*time.Millisecond))
	}
	if sum.Partial {
		b.WriteString("; partial")
	}
	return b.String()
}

func shortList(list []string, all bool) string {
	if all || len(list) <= 3 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
}

// Clean makes text from a body harmless on a terminal: no line breaks, no
// escape sequences, no characters that turn the direction of writing.
func Clean(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
