package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/cases"
)

type mutantFlags struct {
	suiteFlags
	kinds  []string
	list   bool
	format string
}

func newMutants() *cobra.Command {
	f := &mutantFlags{}
	cmd := &cobra.Command{
		Use:   "mutants",
		Short: "Ask whether the suite notices when the answer is wrong",
		Long: `mutants runs the cases against servers that are wrong on purpose: each spoils
one kind of answer of one operation in one way. A mutant that no case notices is
a hole in the suite; it is listed as a survivor.

Exit codes: 0 every mutant was noticed, 1 some survived, 2 it could not run.`,
		Example: `  kapture-conformance mutants
  kapture-conformance mutants --list
  kapture-conformance mutants --kind lost-name --case 'customer-*'`,
		Args: noArgs,
		RunE: f.run,
	}
	f.suiteFlags.register(cmd)
	cmd.Flags().StringArrayVar(&f.kinds, "kind", nil, "spoil in this `KIND` of way alone; may stand several times")
	cmd.Flags().BoolVar(&f.list, "list", false, "list the kinds and send nothing")
	cmd.Flags().StringVar(&f.format, "format", "text", "how to print the result: text or json")
	return cmd
}

func (f *mutantFlags) run(cmd *cobra.Command, _ []string) error {
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if f.list {
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, m := range cases.Mutations() {
			fmt.Fprintf(table, "%s\t%s\n", m.Kind, m.Summary)
		}
		return table.Flush()
	}
	var kinds []cases.Mutation
	for _, kind := range f.kinds {
		mutation, err := cases.FindMutation(kind)
		if err != nil {
			return fmt.Errorf("--kind: %w", err)
		}
		kinds = append(kinds, mutation)
	}
	suite, err := f.suiteFlags.load(false, "")
	if err != nil {
		return err
	}
	target, err := (&targetFlags{}).open(cmd.Context())
	if err != nil {
		return err
	}
	defer target.close()
	mutants, err := cases.Mutants(cmd.Context(), suite.set, target.options, kinds...)
	if err != nil {
		return caseMistakes(err, "the run ended there")
	}
	survived := 0
	for _, m := range mutants {
		if !m.Noticed {
			survived++
		}
	}
	if f.format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(struct {
			Mutants  []cases.Mutant `json:"mutants"`
			Survived int            `json:"survived"`
		}{mutants, survived})
	} else {
		err = printMutants(out, mutants, survived)
	}
	if err != nil {
		return err
	}
	if survived > 0 {
		return errFindings
	}
	return nil
}

// printMutants prints a row a kind, then the survivors.
func printMutants(out io.Writer, mutants []cases.Mutant, survived int) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KIND\tNOTICED\tMUTANTS\tFOR EXAMPLE")
	for _, kind := range cases.Mutations() {
		total, noticed, example := 0, 0, ""
		for _, m := range mutants {
			if m.Kind != kind.Kind {
				continue
			}
			total++
			if m.Noticed {
				noticed++
				if example == "" {
					example = fmt.Sprintf("%s at %q of %s, by %s", m.Finding.Code, m.Finding.Pointer, m.Operation, m.By)
				}
			}
		}
		if total > 0 {
			fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", kind.Kind, noticed, total, example)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d mutants, %d noticed, %d survived\n", len(mutants), len(mutants)-survived, survived)
	for _, m := range mutants {
		if !m.Noticed {
			fmt.Fprintf(out, "survivor: %s at %s where %s was due; %d cases met it and none failed\n", m.Kind, m.Operation, m.Answer, m.Cases)
		}
	}
	return nil
}
