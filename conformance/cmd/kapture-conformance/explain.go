package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Say what a finding means and what to do about it",
		Long: `explain says what the code of a finding means, who is at fault and what to do
about it. Without CODE it lists all codes. It needs no server.`,
		Example: `  kapture-conformance explain
  kapture-conformance explain schema-required`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) <= 1 {
				return nil
			}
			return fmt.Errorf("explain takes one code, but %d were given; `%s` lists all codes",
				len(args), cmd.CommandPath())
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return conformance.Codes(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listCodes(cmd.OutOrStdout())
			}
			return explain(cmd.OutOrStdout(), args[0])
		},
	}
}

func listCodes(out io.Writer) error {
	var rows [][]string
	for _, code := range conformance.Codes() {
		e, _ := conformance.Explain(code)
		rows = append(rows, []string{code, e.Title})
	}
	return report.Table(out, rows)
}

func explain(out io.Writer, code string) error {
	e, ok := conformance.Explain(code)
	if !ok {
		return fmt.Errorf("unknown code %q%s; `kapture-conformance explain` lists all codes",
			code, near(code, conformance.Codes()))
	}

	text := fmt.Sprintf("%s: %s\n\n%s\n\nWhose fault: %s\n\nWhat to do: %s",
		e.Code, e.Title, e.Meaning, e.Fault, e.Next)
	_, err := fmt.Fprintln(out, report.Wrap(out, text))
	return err
}
