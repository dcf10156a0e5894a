package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

type coverageFlags struct {
	format  string
	minimum float64
	unseen  bool
	output  string
}

func newCoverage() *cobra.Command {
	f := &coverageFlags{}
	cmd := &cobra.Command{
		Use:   "coverage FILE...",
		Short: "Add up what runs have shown of the contract",
		Long: `coverage adds up the files that run, replay, proxy, mock and client write with
--coverage, and prints for each operation how many of the documented failures
and of the declared fields were seen. --coverage adds to a file that exists, so
runs one after the other need only one file; runs at the same time need one
each. The files contain names and counts, and never a value.

--min-coverage is for a build server: operations, failures and fields must each
reach that percentage. --unseen lists what was never seen.

Exit codes: 0 the share is reached, 1 it is not, 2 it could not run.`,
		Example: `  kapture-conformance run --coverage a.json
  kapture-conformance replay --coverage b.json today.ndjson
  kapture-conformance coverage --unseen a.json b.json
  kapture-conformance coverage --min-coverage 80 a.json b.json`,
		Args: someFiles("coverage", "a coverage file"),
		RunE: f.run,
	}

	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text", "how to print the coverage: text or json")
	flags.Float64Var(&f.minimum, "min-coverage", 0,
		"end with exit code 1 below this `PERCENT` of operations, failures or fields")
	flags.BoolVar(&f.unseen, "unseen", false, "list the operations, failures and fields that were never seen")
	flags.StringVar(&f.output, "output", "", "write the sum to `FILE`, as --coverage does")
	completeWords(cmd, "format", []string{"text", "json"})
	return cmd
}

func (f *coverageFlags) run(cmd *cobra.Command, names []string) error {
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	if f.minimum < 0 || f.minimum > 100 {
		return fmt.Errorf("--min-coverage is %v; it must be a share between 0 and 100", f.minimum)
	}

	total, err := addUp(names)
	if err != nil {
		return err
	}
	if f.output != "" {
		if err := total.Save(f.output); err != nil {
			return fmt.Errorf("--output: %w", err)
		}
	}

	out := cmd.OutOrStdout()
	if f.format == "json" {
		err = writeCoverageJSON(out, total)
	} else {
		err = f.writeText(out, total)
	}
	if err != nil {
		return err
	}
	return f.reached(cmd.ErrOrStderr(), total.Sum())
}

// addUp reads coverage files.
func addUp(names []string) (*report.Coverage, error) {
	var total *report.Coverage
	for _, name := range names {
		one, err := report.ReadCoverage(name)
		if err != nil {
			return nil, err
		}
		if total == nil {
			total = one
			continue
		}
		if err := total.Merge(one); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return total, nil
}

// shares are what --min-coverage is about, by their names.
func shares(sum report.CoverageSum) []share {
	return []share{{"operations used", sum.Operations}, {"failures met", sum.Failures}, {"fields seen", sum.Fields}}
}

type share struct {
	name  string
	count report.Count
}

// reached says whether each share is high enough.
func (f *coverageFlags) reached(log io.Writer, sum report.CoverageSum) error {
	isLow := false
	for _, s := range shares(sum) {
		got := float64(s.count.Done) * 100
		if got < f.minimum*float64(s.count.Total) {
			isLow = true
			fmt.Fprintf(log, "%s: %s is below %v%%\n", s.name, s.count, f.minimum)
		}
	}
	if isLow {
		return errFindings
	}
	return nil
}

func writeCoverageJSON(out io.Writer, total *report.Coverage) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		*report.Coverage
		Sum report.CoverageSum `json:"sum"`
	}{total, total.Sum()})
}

func (f *coverageFlags) writeText(out io.Writer, total *report.Coverage) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%s), %s\n\n", report.Clean(total.Contract.Title), report.Clean(total.Contract.Version),
		report.Clean(total.Contract.Hash), words.Plural(len(total.Sources), "run"))

	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "OPERATION\tEXCHANGES\tFAILURES MET\tFIELDS SEEN")
	exchanges := 0
	for _, op := range total.Operations {
		exchanges += op.Exchanges
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", report.Clean(op.ID), op.Exchanges, op.Failures.Count(),
			withPercent(op.Fields()))
	}
	sum := total.Sum()
	fmt.Fprintf(table, "all\t%d\t%s\t%s\n", exchanges, withPercent(sum.Failures), withPercent(sum.Fields))
	if err := table.Flush(); err != nil {
		return err
	}

	if f.unseen {
		b.WriteByte('\n')
		for _, op := range total.Operations {
			writeUnseen(&b, op)
		}
	} else if sum.Fields.Done < sum.Fields.Total || sum.Failures.Done < sum.Failures.Total {
		b.WriteString("\n--unseen lists what was never seen\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func withPercent(c report.Count) string {
	if c.Total == 0 {
		return c.String()
	}
	return fmt.Sprintf("%s (%d%%)", c, c.Percent())
}

// writeUnseen writes a line for each thing, for grep.
func writeUnseen(b *strings.Builder, op report.OperationCoverage) {
	if op.Exchanges == 0 {
		fmt.Fprintf(b, "never used: %s\n", report.Clean(op.ID))
	}
	for _, list := range []struct {
		what  string
		names []string
	}{{"failure", op.Failures.Unseen}, {"request", op.Request.Unseen}, {"response", op.Response.Unseen}} {
		for _, name := range list.names {
			fmt.Fprintf(b, "never seen: %s %s %s\n", report.Clean(op.ID), list.what, report.Clean(name))
		}
	}
}
