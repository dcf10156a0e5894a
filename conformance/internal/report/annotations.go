package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
)

// Annotations writes the findings as workflow commands of GitHub Actions, one
// per line. GitHub shows each at the line of the case or of the contract. A
// notice comes first. It says what every report says: which contract the run
// judged by, what it left out, and how to repeat it.
func Annotations(w io.Writer, run *Run) error {
	var b strings.Builder
	fmt.Fprintf(&b, "::notice title=%s::%s\n", property(cmp.Or(run.Tool.Name, "conformance")), data(head(run)))
	for _, g := range run.groups() {
		level := "error"
		if g.Fault == conformance.FaultContract {
			level = "warning"
		}
		file, line := placeOf(g)
		message := place(g.Finding) + ": " + g.Message + "\nwhy: " + g.Why
		if g.Reference != "" {
			message += "\nbundle: " + g.Reference
		}
		fmt.Fprintf(&b, "::%s file=%s,line=%d,title=%s::%s\n",
			level, property(file), line, property(g.Code), data(message))
	}
	for _, c := range run.Cases {
		if c.Status == Failed && len(c.Findings) == 0 {
			fmt.Fprintf(&b, "::error file=%s,line=%d,title=case failed::%s\n", property(c.File), max(c.Line, 1),
				data(c.Name+": "+c.Reason))
		}
	}

	_, err := io.WriteString(w, b.String())
	return err
}

// head is what every report says about its run, one thing per line.
func head(run *Run) string {
	t := &textReport{run: run, sum: run.Summary()}
	lines := []string{t.closing()}
	for _, skip := range run.skips(false) {
		lines = append(lines, "skipped "+skip.String())
	}
	for _, p := range propertiesOf(run) {
		if p.Name != "verdict" { // the first line has it
			lines = append(lines, p.Name+": "+p.Value)
		}
	}
	return strings.Join(lines, "\n")
}

// placeOf is the line of the case if there is one, else that of the contract.
func placeOf(g *group) (file string, line int) {
	for _, c := range g.Cases {
		if c.File != "" {
			return c.File, max(c.Line, 1)
		}
	}
	file, line, _ = splitLocation(g.Location)
	return file, max(line, 1)
}

var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// data escapes a message. Line breaks stay; other control characters do not.
func data(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	return escapeData.Replace(strings.Join(lines, "\n"))
}

func property(text string) string { return escapeProperty.Replace(Clean(text)) }
