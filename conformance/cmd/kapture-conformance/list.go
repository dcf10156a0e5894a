package main

import (
	"io"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
)

// listCases prints a line a case.
func listCases(out io.Writer, set *runner.Set) error {
	rows := [][]string{{"CASE", "OPERATION", "USE", "LIVE", "ABOUT"}}
	for _, c := range set.Cases {
		use := c.Use.Value
		if use != "" {
			use += " (" + c.Generation.Value + ")"
		}
		live := c.Live.Value
		if live == "" {
			live = "never"
		}
		rows = append(rows, []string{c.Name.Value, c.Operation.Value, use, live, c.About})
	}

	return report.Table(out, rows)
}
