package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Time      string        `xml:"time,attr"`
	Failure   *junitFailure `xml:"failure,omitempty"`
	Skipped   *junitSkipped `xml:"skipped,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",innerxml"`
}

type junitSkipped struct {
	Message string `xml:"message,attr,omitempty"`
}

// JUnit writes the run as JUnit XML, one suite an operation. A case has at
// most one failure element, which holds all of its findings: common readers
// show only the first.
func JUnit(w io.Writer, run *Run) error {
	sum := run.Summary()
	out := junitSuites{Name: cmp.Or(run.Tool.Name, "conformance"), Tests: sum.Cases, Skipped: sum.Skipped, Time: seconds(run.Duration)}
	for _, list := range run.byOperation() {
		suite := junitSuite{Name: Clean(list.Operation), Tests: len(list.Cases), Failures: list.Failed, Skipped: list.Skipped}
		if !run.Started.IsZero() {
			suite.Timestamp = run.Started.UTC().Format("2006-01-02T15:04:05")
		}
		for _, p := range []junitProperty{
			{"contract", strings.TrimSpace(run.Contract.Title + " " + run.Contract.Version)}, {"contract.hash", run.Contract.Hash},
			{"target", run.Target}, {"profile", run.Profile}, {"seed", run.Seed},
		} {
			if p.Value != "" {
				suite.Properties = append(suite.Properties, junitProperty{p.Name, Clean(p.Value)})
			}
		}
		var total time.Duration
		for _, c := range list.Cases {
			total += c.Duration
			one := junitCase{Name: Clean(c.Name), ClassName: suite.Name, File: Clean(c.File), Time: seconds(c.Duration)}
			switch state(c) {
			case Failed:
				one.Failure = failureOf(c)
			case Skipped:
				one.Skipped = &junitSkipped{Clean(c.Reason)}
			}
			suite.Cases = append(suite.Cases, one)
		}
		suite.Time = seconds(total)
		out.Failures += list.Failed
		out.Suites = append(out.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func failureOf(c Case) *junitFailure {
	if len(c.Findings) == 0 {
		return &junitFailure{Message: Clean(cmp.Or(c.Reason, "the case failed")), Type: "case", Text: escaped(Clean(c.Reason))}
	}
	first := c.Findings[0]
	f := &junitFailure{Message: Clean(first.Code + ": " + first.Message), Type: first.Code}
	if n := len(c.Findings) - 1; n > 0 {
		f.Message += fmt.Sprintf(" (and %d more)", n)
	}
	var b strings.Builder
	for _, g := range c.Findings {
		fmt.Fprintf(&b, "\n%s (%s) %s", g.Code, g.Fault, Clean(place(g)))
		if g.Location != "" {
			fmt.Fprintf(&b, " [%s]", Clean(g.Location))
		}
		fmt.Fprintf(&b, "\n  %s\n", Clean(g.Message))
		for _, d := range g.Differs {
			fmt.Fprintf(&b, "  - %s: expected %s, got %s\n", Clean(cmp.Or(d.Pointer, "the whole")), Clean(d.Expected), Clean(d.Actual))
		}
		fmt.Fprintf(&b, "  why: %s\n", Clean(g.Why))
		if g.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", Clean(g.Hint))
		}
	}
	f.Text = escaped(b.String())
	return f
}

// escaped keeps line breaks as they are, for those who read the file itself.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return strings.ReplaceAll(b.String(), "&#xA;", "\n")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
