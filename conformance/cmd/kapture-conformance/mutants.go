package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
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
		Short: "Measure whether the suite detects wrong responses",
		Long: `mutants runs the cases against servers that are wrong on purpose: each corrupts
one kind of response of one operation in one way. A mutant that no case
detects is a hole in the suite; it is listed as a survivor.

Exit codes: 0 every mutant was detected, 1 some survived, 2 it could not run.`,
		Example: `  kapture-conformance mutants
  kapture-conformance mutants --list
  kapture-conformance mutants --kind lost-name --case 'customer-*'`,
		Args: noArgs,
		RunE: f.run,
	}

	f.suiteFlags.register(cmd)
	cmd.Flags().StringArrayVar(&f.kinds, "kind", nil, "use only this `KIND` of mutation; can be repeated")
	cmd.Flags().BoolVar(&f.list, "list", false, "list the kinds and send nothing")
	cmd.Flags().StringVar(&f.format, "format", "text", "how to print the result: text or json")
	completeWords(cmd, "kind", mutationKinds())
	completeWords(cmd, "format", []string{"text", "json"})
	return cmd
}

func (f *mutantFlags) run(cmd *cobra.Command, _ []string) error {
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	if f.list {
		return listMutations(cmd.OutOrStdout())
	}
	kinds, err := f.chosen()
	if err != nil {
		return err
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
	mutants, err := runner.Mutants(cmd.Context(), suite.set, target.options, kinds...)
	if err != nil {
		return caseMistakes(err, "the run ended there")
	}

	survived := 0
	for _, m := range mutants {
		if !m.Noticed {
			survived++
		}
	}
	if err := f.print(cmd.OutOrStdout(), mutants, survived); err != nil {
		return err
	}
	if survived > 0 {
		return errFindings
	}
	return nil
}

func listMutations(out io.Writer) error {
	var rows [][]string
	for _, m := range runner.Mutations() {
		rows = append(rows, []string{m.Kind, m.Summary})
	}
	return report.Table(out, rows)
}

// chosen are the mutations of --kind, none for all.
func (f *mutantFlags) chosen() ([]runner.Mutation, error) {
	var kinds []runner.Mutation
	for _, kind := range f.kinds {
		mutation, err := findMutation("kind", kind)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, mutation)
	}
	return kinds, nil
}

func (f *mutantFlags) print(out io.Writer, mutants []runner.Mutant, survived int) error {
	if f.format == "text" {
		return printMutants(out, mutants, survived)
	}

	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Mutants  []runner.Mutant `json:"mutants"`
		Survived int             `json:"survived"`
	}{mutants, survived})
}

// mutationKinds lists the kinds of mutations.
func mutationKinds() []string {
	var kinds []string
	for _, m := range runner.Mutations() {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}

// findMutation returns the mutation that a flag names.
func findMutation(flag, kind string) (runner.Mutation, error) {
	mutation, err := runner.FindMutation(kind)
	if err != nil {
		return mutation, fmt.Errorf("--%s: there is no mutation %q%s; `kapture-conformance mutants --list` lists them",
			flag, kind, near(kind, mutationKinds()))
	}
	return mutation, nil
}

// printMutants prints one row for each kind, then the survivors.
func printMutants(out io.Writer, mutants []runner.Mutant, survived int) error {
	rows := [][]string{{"KIND", "NOTICED", "MUTANTS", "FOR EXAMPLE"}}
	for _, mutation := range runner.Mutations() {
		row, ok := rowOf(mutation.Kind, mutants)
		if ok {
			rows = append(rows, row)
		}
	}
	if err := report.Table(out, rows); err != nil {
		return err
	}

	fmt.Fprintf(out, "\n%d mutants, %d noticed, %d survived\n", len(mutants), len(mutants)-survived, survived)
	for _, m := range mutants {
		if !m.Noticed {
			fmt.Fprintf(out, "survivor: %s at %s where %s was expected; %d cases received it and none failed\n",
				m.Kind, m.Operation, m.Response, m.Cases)
		}
	}
	return nil
}

// rowOf counts the mutants of one kind, and names the first that was noticed. ok
// is false if there are none.
func rowOf(kind string, mutants []runner.Mutant) (row []string, ok bool) {
	total := 0
	noticed := 0
	example := ""
	for _, m := range mutants {
		if m.Kind != kind {
			continue
		}
		total++
		if !m.Noticed {
			continue
		}
		noticed++
		if example == "" {
			example = fmt.Sprintf("%s at %q of %s, by %s", m.Finding.Code, m.Finding.Pointer, m.Operation, m.By)
		}
	}
	return []string{kind, strconv.Itoa(noticed), strconv.Itoa(total), example}, total > 0
}
