package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/kapture-community/kapture-go/conformance/cases"
)

// listCases prints a line a case.
func listCases(out io.Writer, set *cases.Set) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CASE\tOPERATION\tUSE\tLIVE\tABOUT")
	for _, c := range set.Cases {
		use := c.Use.Value
		if use != "" {
			use += " (" + c.Generation.Value + ")"
		}
		live := c.Live.Value
		if live == "" {
			live = "never"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", c.Name, c.Operation, use, live, c.About)
	}
	return table.Flush()
}
