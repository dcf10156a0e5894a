package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitConforms = 0
	exitFindings = 1
	exitCannot   = 2
)

// errFindings says that the command ran and found something. It is no message:
// the findings have been printed.
var errFindings = errors.New("there are findings")

// execute runs the program and returns its exit code.
func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot() //nolint:contextcheck // preparing the contract takes no context: nothing in it waits
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	switch err := root.ExecuteContext(ctx); {
	case err == nil:
		return exitConforms
	case errors.Is(err, errFindings):
		return exitFindings
	default:
		fmt.Fprintln(stderr, "kapture-conformance: "+strings.TrimPrefix(err.Error(), "kapture-conformance: "))
		return exitCannot
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "kapture-conformance",
		Short: "Prove what a server of the Kapture CRM API does",
		Long: `kapture-conformance checks servers, documents and itself against the contract of
the Kapture CRM API. Everything it needs is inside: the contract, the cases and
a mock.

Exit codes: 0 conforms, 1 there are findings, 2 it could not run.`,
		Example: `  # the whole suite against the embedded mock
  kapture-conformance run

  # only reads, against a live tenant, with the key in KAPTURE_TOKEN
  kapture-conformance run --base-url https://acme.kapturecrm.com

  # a mock for your own client, in any language
  kapture-conformance mock --addr 127.0.0.1:8080 --token secret

  # does your own program do right when Kapture has a bad day?
  kapture-conformance client -- python3 sync.py

  # what does a code in a finding mean, and what is to be done?
  kapture-conformance explain schema-required`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return fmt.Errorf("unknown command %q; `%s --help` lists the commands", args[0], cmd.CommandPath())
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 80 "))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; `%s --help` lists the flags", err, cmd.CommandPath())
	})
	root.AddCommand(newRun(), newMock(), newProxy(), newReplay(), newDrift(), newDocs(), newMutants(), newClient(), newExplain(), newVersion())
	return root
}

// noArgs refuses arguments with advice.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no argument, but %q was given; `%s --help` shows how it is called", cmd.Name(), args[0], cmd.CommandPath())
}

// oneOf checks a flag's value.
func oneOf(flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("--%s is %q; it must be one of %s", flag, value, strings.Join(allowed, ", "))
}
