package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
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
	Name      string `xml:"name,attr"`
	ClassName string `xml:"classname,attr"`
	// File and Line are what GitLab and Jenkins link to.
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Skipped *junitSkipped `xml:"skipped,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",innerxml"`
}

type junitSkipped struct {
	Message string `xml:"message,attr,omitempty"`
}

// JUnit writes the run as JUnit XML, one suite per operation. A case has at
// most one failure element, which contains all of its findings: common readers
// show only the first. Every case of a suite has its own name: readers keep one
// of several with the same name.
func JUnit(w io.Writer, run *Run) error {
	sum := run.Summary()
	out := junitSuites{
		Name:    cmp.Or(run.Tool.Name, "conformance"),
		Tests:   sum.Cases,
		Skipped: sum.Skipped,
		Time:    seconds(run.Duration),
	}
	for _, list := range run.byOperation() {
		out.Failures += list.Failed
		out.Suites = append(out.Suites, suiteOf(run, list))
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

func suiteOf(run *Run, list *caseList) junitSuite {
	suite := junitSuite{
		Name:       Clean(list.Operation),
		Tests:      len(list.Cases),
		Failures:   list.Failed,
		Skipped:    list.Skipped,
		Properties: propertiesOf(run),
	}
	if !run.Started.IsZero() {
		suite.Timestamp = run.Started.UTC().Format("2006-01-02T15:04:05")
	}

	var total time.Duration
	names := map[string]int{}
	for _, c := range list.Cases {
		total += c.Duration
		name := Clean(c.Name)
		names[name]++
		if names[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, names[name])
		}

		one := junitCase{
			Name:      name,
			ClassName: suite.Name,
			Time:      seconds(c.Duration),
		}
		one.File, one.Line = placeOfCase(c)
		switch state(c) {
		case Failed:
			one.Failure = failureOf(c)
		case Skipped:
			one.Skipped = &junitSkipped{Message: Clean(c.Reason)}
		}
		suite.Cases = append(suite.Cases, one)
	}
	suite.Time = seconds(total)
	return suite
}

// placeOfCase is the line of the case. An exchange without a case has the line
// of the contract that it breaks.
func placeOfCase(c Case) (file string, line int) {
	if c.File != "" || len(c.Findings) == 0 {
		return Clean(c.File), c.Line
	}
	file, line, ok := splitLocation(c.Findings[0].Location)
	if !ok {
		return "", 0
	}
	return Clean(file), line
}

func propertiesOf(run *Run) []junitProperty {
	var list []junitProperty
	for _, p := range []junitProperty{
		{Name: "contract", Value: strings.TrimSpace(run.Contract.Title + " " + run.Contract.Version)},
		{Name: "contract.hash", Value: run.Contract.Hash},
		{Name: "target", Value: run.Target},
		{Name: "profile", Value: run.Profile},
		{Name: "seed", Value: run.Seed},
		{Name: "reproduce", Value: strings.Join(run.Reproduce, "; ")},
		{Name: "notes", Value: strings.Join(run.Notes, "; ")},
		{Name: "verdict", Value: string(run.Summary().Verdict)},
	} {
		if p.Value != "" {
			list = append(list, junitProperty{Name: p.Name, Value: Clean(p.Value)})
		}
	}
	return list
}

func failureOf(c Case) *junitFailure {
	if len(c.Findings) == 0 {
		return &junitFailure{
			Message: Clean(cmp.Or(c.Reason, "the case failed")),
			Type:    "case",
			Text:    escaped(Clean(c.Reason)),
		}
	}

	first := c.Findings[0]
	message := Clean(first.Code + ": " + first.Message)
	more := len(c.Findings) - 1
	if more > 0 {
		message += fmt.Sprintf(" (and %d more)", more)
	}

	var b strings.Builder
	for _, f := range c.Findings {
		writeFinding(&b, f)
	}
	return &junitFailure{Message: message, Type: first.Code, Text: escaped(b.String())}
}

func writeFinding(b *strings.Builder, f conformance.Finding) {
	fmt.Fprintf(b, "\n%s (%s) %s", f.Code, f.Fault, Clean(place(f)))
	if f.Location != "" {
		fmt.Fprintf(b, " [%s]", Clean(f.Location))
	}
	fmt.Fprintf(b, "\n  %s\n", Clean(f.Message))
	if f.Reference != "" {
		fmt.Fprintf(b, "  bundle: %s\n", Clean(f.Reference))
	}

	if apart(f) {
		fmt.Fprintf(b, "  expected %s, got %s\n", Clean(f.Expected), Clean(f.Actual))
	}
	for _, d := range f.Differs {
		pointer := cmp.Or(d.Pointer, "the whole")
		fmt.Fprintf(b, "  - %s: expected %s, got %s\n", Clean(pointer), Clean(d.Expected), Clean(d.Actual))
	}

	fmt.Fprintf(b, "  why: %s\n", Clean(f.Why))
	if f.Hint != "" {
		fmt.Fprintf(b, "  hint: %s\n", Clean(f.Hint))
	}
}

// escaped escapes a text for XML. Line breaks stay as they are, for people who
// read the file itself.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return strings.ReplaceAll(b.String(), "&#xA;", "\n")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
