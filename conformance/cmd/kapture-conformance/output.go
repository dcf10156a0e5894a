package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// outputFlags say how a result is printed, and into which files it is written.
type outputFlags struct {
	format     string
	reports    []string
	coverage   string
	color      string
	verbose    bool
	curl       bool
	showValues bool
}

var formats = []string{"text", "json", "junit", "sarif", "github"}

func (f *outputFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text",
		"how to print the result: text, json, junit, sarif, or github for annotations")
	flags.StringSliceVar(&f.reports, "report", nil, "also write the result to `FILE`; the suffix chooses the "+
		"form: .html, .json, .sarif, .txt, .xml (JUnit); can be repeated")
	coverageFlag(cmd, &f.coverage)
	flags.StringVar(&f.color, "color", "auto", "colours in text: auto, always or never")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "list everything that was checked, not only what has findings")
	flags.BoolVar(&f.curl, "curl", false,
		"print the request of each finding as a curl command; it contains the values that were sent")
	flags.BoolVar(&f.showValues, "show-values", false,
		"let findings show what bodies contain, which may be a customer's data")
	completeWords(cmd, "format", formats)
	completeWords(cmd, "color", []string{"auto", "always", "never"})
}

func coverageFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "coverage", "",
		"also add what was seen of the contract to `FILE`, for the command coverage")
}

// completeWords lets the shell complete the values of a flag.
func completeWords(cmd *cobra.Command, flag string, words []string) {
	completeBy(cmd, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeBy lets the shell complete a flag by what a function offers.
func completeBy(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(err) // the flag is not registered: a mistake of this program
	}
}

func (f *outputFlags) check() error {
	if err := oneOf("color", f.color, "auto", "always", "never"); err != nil {
		return err
	}
	return oneOf("format", f.format, formats...)
}

// keepTraffic reports whether requests and responses are kept for the report.
func (f *outputFlags) keepTraffic() bool { return f.curl || f.showValues }

// openJudge prepares what checks the exchanges of a command, and the files for
// the report on them. basePath is that of newJudge.
func (f *outputFlags) openJudge(basePath string) (*judge, *report.Files, error) {
	j, err := newJudge(f.showValues, basePath)
	if err != nil {
		return nil, nil, err
	}
	files, err := f.open(j.tally.Hash())
	return j, files, err
}

// open prepares the report files: a run must not end in a file that cannot be
// written. hash is that of the contract.
func (f *outputFlags) open(hash string) (*report.Files, error) {
	files, err := report.Open(f.reports, f.keepTraffic())
	if err != nil {
		return nil, fmt.Errorf("--report: %w", err)
	}

	if f.coverage != "" {
		if err := files.AddCoverage(f.coverage, hash); err != nil {
			files.Discard()
			return nil, fmt.Errorf("--coverage: %w", err)
		}
	}
	return files, nil
}

// write prints the result and writes the files. Its error says whether there
// are findings.
func (f *outputFlags) write(out io.Writer, files *report.Files, run *report.Run) error {
	if err := files.Write(run); err != nil {
		return err
	}

	if err := f.print(out, run); err != nil {
		return err
	}

	if !run.OK() {
		return errFindings
	}

	return nil
}

func (f *outputFlags) print(out io.Writer, run *report.Run) error {
	switch f.format {
	case "json":
		return report.JSON(out, run)
	case "junit":
		return report.JUnit(out, run)
	case "sarif":
		return report.SARIF(out, run)
	case "github":
		return report.Annotations(out, run)
	}

	return report.Text(out, run, report.TextOptions{
		Color:   report.ColorMode(f.color).Allows(report.Terminal(out)),
		Width:   report.Width(out),
		Verbose: f.verbose,
		Curl:    f.curl,
	})
}
