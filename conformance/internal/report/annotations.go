package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
)

// Annotations writes the findings as workflow commands of GitHub Actions, one
// per line. The forge shows each at the line of the contract or of the case.
func Annotations(w io.Writer, run *Run) error {
	var b strings.Builder
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
			fmt.Fprintf(&b, "::error file=%s,line=%d,title=case failed::%s\n", property(c.File), max(c.Line, 1), data(c.Name+": "+c.Reason))
		}
	}

	_, err := io.WriteString(w, b.String())
	return err
}

// placeOf is the line of the case if there is one, else that of the contract.
func placeOf(g *group) (file string, line int) {
	for _, c := range g.Cases {
		if c.File != "" {
			return c.File, max(c.Line, 1)
		}
	}
	file, number, _ := strings.Cut(g.Location, ":")
	line, _ = strconv.Atoi(number)
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
