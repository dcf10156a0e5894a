package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/conformance/report"
)

type runFlags struct {
	suiteFlags
	targetFlags
	outputFlags
	showValues bool
	list       bool
	mutate     string
}

func newRun() *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the conformance cases and print what was proved",
		Long: `run sends what the cases say to a server, checks every request and answer
against the contract, and prints a table of operations: requests and answers
that were right, documented failures that were met, members that were seen.

Without --base-url the server is the embedded mock. A live tenant gets reads
alone unless --allow-writes is given, and never a case that rests on a decision
of the mock's or on made-up data.

Exit codes: 0 conforms, 1 there are findings, 2 it could not run.`,
		Example: `  kapture-conformance run
  kapture-conformance run --case 'customer-*' --verbose
  kapture-conformance run --report conformance.html

  # a live tenant: reads only, then with writes
  export KAPTURE_TOKEN=...
  kapture-conformance run --account 1000298 \
    --base-url https://acme.kapturecrm.com
  kapture-conformance run --base-url https://acme.kapturecrm.com --allow-writes

  # for a build server
  kapture-conformance run --format junit > conformance.xml

  # how a broken server would be told
  kapture-conformance run --mutate lost-name`,
		Args: noArgs,
		RunE: f.run,
	}
	f.suiteFlags.register(cmd)
	f.targetFlags.register(cmd)
	f.outputFlags.register(cmd)
	showValuesFlag(cmd, &f.showValues)
	flags := cmd.Flags()
	flags.BoolVar(&f.list, "list", false, "list the cases and send nothing")
	flags.StringVar(&f.mutate, "mutate", "", "spoil every answer of the mock in one way, to see findings; `KIND` as in \"mutants --list\"")
	return cmd
}

func (f *runFlags) run(cmd *cobra.Command, _ []string) error {
	if err := f.outputFlags.check(); err != nil {
		return err
	}
	if err := f.targetFlags.check(); err != nil {
		return err
	}
	suite, err := f.suiteFlags.load(f.showValues, f.basePath())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if f.list {
		return listCases(out, suite.set)
	}
	html, err := openReport(f.reportFile)
	if err != nil {
		return err
	}
	defer html.discard()
	ctx := cmd.Context()
	target, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer target.close()
	options := target.options
	options.ShowValues = f.showValues
	if f.mutate != "" {
		mutation, err := cases.FindMutation(f.mutate)
		if err != nil {
			return err
		}
		if options.Live {
			return fmt.Errorf("--mutate is for the mock; leave --base-url out")
		}
		options.Mutate(suite.set, mutation)
	}
	progress := report.NewProgress(cmd.ErrOrStderr(), len(suite.set.Cases))
	options.Progress = progress.Step
	started := time.Now()
	run, err := cases.Run(ctx, suite.set, options)
	progress.Done()
	if err != nil {
		return caseMistakes(err, "the run ended there")
	}
	if sum := run.Summary(); sum.Skipped == sum.Cases {
		return fmt.Errorf("nothing was sent to %s, so nothing is proved: every case was skipped, %s because %s; `kapture-conformance run --list` tells what a live tenant may be sent",
			target.name, run.Cases[0].Name, run.Cases[0].Reason)
	}
	f.describe(run, suite, target, started)
	return f.outputFlags.write(out, html, run)
}

// describe says what was run, so that a report can be read without its log.
func (f *runFlags) describe(run *report.Run, suite *suite, target *target, started time.Time) {
	run.Tool = report.Tool{Name: "kapture-conformance", Version: version()}
	run.Contract = report.Contract{Title: suite.doc.Info.Title, Version: suite.doc.Info.Version, Hash: suite.set.Hash()}
	run.Target, run.Seed = target.name, target.options.Seed
	run.Started, run.Duration = started, time.Since(started)
	run.Profile = "mock: every case"
	if target.options.Live {
		run.Profile = "live tenant: reads only"
		if f.allowWrites {
			run.Profile = "live tenant: reads and writes"
		}
	}
	command := []string{"kapture-conformance run"}
	for _, flag := range []struct{ name, value string }{
		{"base-url", f.baseURL}, {"account", f.account}, {"case", f.pattern}, {"cases", f.folder}, {"mutate", f.mutate}, {"seed", target.options.Seed},
	} {
		if flag.value != "" {
			command = append(command, "--"+flag.name+" "+quote(flag.value))
		}
	}
	if f.allowWrites {
		command = append(command, "--allow-writes")
	}
	if f.isMock {
		command = append(command, "--mock")
	}
	run.Reproduce = []string{strings.Join(command, " ")}
}

func quote(text string) string {
	if strings.ContainsAny(text, " *?[]$'\"\\&;|<>()") {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return text
}
