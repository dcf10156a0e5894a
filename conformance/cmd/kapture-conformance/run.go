package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

type runFlags struct {
	suiteFlags
	targetFlags
	outputFlags
	list   bool
	mutate string
}

func newRun() *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the conformance cases and print the result",
		Long: `run sends the requests of the cases to a server, checks every request and
response against the contract, and prints a table of operations: correct
requests and responses, documented failures that occurred, fields that were
seen. --coverage adds what was seen to a file, over many runs.

Without --base-url the server is the embedded mock. With it, the server is a
live tenant, with the key in KAPTURE_TOKEN (or KAPTURE_USER and
KAPTURE_PASSWORD). A live tenant gets only reads unless --allow-writes is given,
and never a case that depends on a decision of the mock or on made-up data.

Against a live tenant the report also lists the facts that no page states, and
whether a response confirmed, contradicted or did not show them, without values.
"drift" turns that into a proposal for the contract.

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

  # what a run against a broken server looks like
  kapture-conformance run --mutate lost-name`,
		Args: noArgs,
		RunE: f.run,
	}

	f.suiteFlags.register(cmd)
	f.targetFlags.register(cmd)
	f.outputFlags.register(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.list, "list", false, "list the cases and send nothing")
	flags.StringVar(&f.mutate, "mutate", "",
		"corrupt every response of the mock in one way, to see findings; `KIND` as in \"mutants --list\"")
	completeWords(cmd, "mutate", mutationKinds())
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
	if f.list {
		return listCases(cmd.OutOrStdout(), suite.set)
	}

	files, err := f.outputFlags.open(suite.set.Hash())
	if err != nil {
		return err
	}
	defer files.Discard()
	target, err := f.targetFlags.open(cmd.Context())
	if err != nil {
		return err
	}
	defer target.close()
	if err := f.prepare(suite, target); err != nil {
		return err
	}

	progress := report.NewProgress(cmd.ErrOrStderr(), len(suite.set.Cases))
	target.options.Progress = progress.Step
	started := time.Now()
	run, err := runner.Run(cmd.Context(), suite.set, target.options)
	progress.Done()
	if err != nil {
		return caseMistakes(err, "the run ended there")
	}
	if sum := run.Summary(); sum.Skipped == sum.Cases {
		return fmt.Errorf("nothing was sent to %s, so nothing is proved: every case was skipped, %s because %s; "+
			"`kapture-conformance run --list` shows which cases may run against a live tenant",
			target.name, run.Cases[0].Name, run.Cases[0].Reason)
	}

	hideKey(run, f.targetFlags.keyed())
	f.describe(run, suite, target, started)
	return f.outputFlags.write(cmd.OutOrStdout(), files, run)
}

// prepare adds to the options of the target what the other flags ask for.
func (f *runFlags) prepare(suite *suite, target *target) error {
	options := &target.options
	options.ShowValues = f.showValues
	if f.keepTraffic() {
		options.Traffic = reported
	}
	if f.mutate == "" {
		return nil
	}

	mutation, err := findMutation("mutate", f.mutate)
	if err != nil {
		return err
	}
	if options.Live {
		return errors.New("--mutate is for the mock; leave --base-url out")
	}
	options.Mutate(suite.set, mutation)
	return nil
}

// describe says what was run, so that a report can be read without its log.
func (f *runFlags) describe(run *report.Run, suite *suite, target *target, started time.Time) {
	run.Tool = report.Tool{Name: "kapture-conformance", Version: version()}
	run.Contract = report.Contract{Title: suite.doc.Info.Title, Version: suite.doc.Info.Version, Hash: suite.set.Hash()}
	run.Target = target.name
	run.Seed = target.options.Seed
	run.Started = started
	run.Duration = time.Since(started)
	run.Reproduce = []string{f.reproduce(target.options.Seed)}

	run.Profile = "mock: every case"
	if target.options.Live {
		run.Profile = "live tenant: reads only"
		if f.allowWrites {
			run.Profile = "live tenant: reads and writes"
		}
	}
}

// reproduce returns the command line that repeats the run, without the key.
func (f *runFlags) reproduce(seed string) string {
	command := []string{"kapture-conformance run"}
	for _, flag := range []struct{ name, value string }{
		{"base-url", f.baseURL},
		{"account", f.account},
		{"case", f.pattern},
		{"cases", f.folder},
		{"mutate", f.mutate},
		{"seed", seed},
	} {
		if flag.value != "" {
			command = append(command, "--"+flag.name+" "+words.ShellWord(flag.value))
		}
	}
	if f.allowWrites {
		command = append(command, "--allow-writes")
	}
	if f.isMock {
		command = append(command, "--mock")
	}
	return strings.Join(command, " ")
}
