package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Tell what a finding means and what to do about it",
		Example: `  kapture-conformance explain
  kapture-conformance explain schema-required`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return conformance.Codes(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			if len(args) == 0 {
				table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
				for _, code := range conformance.Codes() {
					e, _ := conformance.Explain(code)
					fmt.Fprintf(table, "%s\t%s\n", code, e.Title)
				}
				return table.Flush()
			}
			e, ok := conformance.Explain(args[0])
			if !ok {
				return fmt.Errorf("there is no code %q%s; `kapture-conformance explain` lists them all", args[0], nearCode(args[0]))
			}
			fmt.Fprintf(out, "%s: %s\n\n%s\n\nWhose fault: %s\n\nWhat to do: %s\n", e.Code, e.Title, e.Meaning, e.Fault, e.Next)
			return nil
		},
	}
}

// nearCode offers the codes that begin most like what was typed.
func nearCode(typed string) string {
	var near []string
	longest := 3 // fewer letters are no hint
	for _, code := range conformance.Codes() {
		same := 0
		for same < min(len(code), len(typed)) && code[same] == typed[same] {
			same++
		}
		if same > longest {
			near, longest = nil, same
		}
		if same == longest && same > 3 {
			near = append(near, code)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return " (near it: " + strings.Join(near, ", ") + ")"
}
