package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// The exit codes.
const (
	exitConforms = 0
	exitFindings = 1
	exitCannot   = 2
)

// errFindings says that the command ran and found something. It is not printed:
// the findings have been.
var errFindings = errors.New("there are findings")

// streams are where the program reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// execute runs the program and returns its exit code.
func execute(ctx context.Context, args []string, std streams) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)

	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitConforms
	case errors.Is(err, errFindings):
		return exitFindings
	default:
		fmt.Fprintln(std.err, "kapture-conformance: "+strings.TrimPrefix(err.Error(), "kapture-conformance: "))
		return exitCannot
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "kapture-conformance",
		Short: "Check clients, servers and documents of the Kapture CRM API",
		Long: `kapture-conformance checks clients, servers and documents against the contract
of the Kapture CRM API. It contains everything it needs: the contract, the cases
and a mock. "completion" prints a script that lets your shell complete commands,
flags and values.

A finding is one way in which an exchange, a request and its response, breaks
the contract. Each has a code; "explain CODE" says what it means, who is at
fault and what to do.

Exit codes: 0 conforms, 1 there are findings, 2 it could not run.`,
		Example: `  # the whole suite against the embedded mock
  kapture-conformance run

  # only reads, against a live tenant, with the key in KAPTURE_TOKEN
  kapture-conformance run --base-url https://acme.kapturecrm.com

  # a mock for your own client, in any language
  kapture-conformance mock --addr 127.0.0.1:8080 --token secret

  # does your own program do the right thing when Kapture misbehaves?
  kapture-conformance client -- python3 sync.py

  # what does the code of a finding mean, and what should you do about it?
  kapture-conformance explain schema-required`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return fmt.Errorf("unknown command %q%s; `%s --help` lists the commands",
				args[0], didYouMean(cmd.SuggestionsFor(args[0])), cmd.CommandPath())
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asked, _ := cmd.Flags().GetBool("version"); asked {
				return printVersion(cmd.OutOrStdout())
			}
			return cmd.Help()
		},
	}

	root.Flags().Bool("version", false, "print the version, as the command version does")
	root.SuggestionsMinimumDistance = 2
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 80 "))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; `%s --help` lists the flags", err, cmd.CommandPath())
	})

	root.AddCommand(newRun(), newMock(), newProxy(), newReplay(), newDrift(), newCoverage(), newDocs())
	root.AddCommand(newMutants(), newClient(), newExplain(), newVersion())
	return root
}

// didYouMean offers what is spelt like the user's word, "" if nothing is.
func didYouMean(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", list[0])
}

// near offers the value that is most like what was typed, "" if none is.
func near(typed string, values []string) string {
	closest := words.Closest(typed, values)
	if closest == "" {
		return ""
	}
	return didYouMean([]string{closest})
}

// noArgs rejects arguments with advice.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no argument, but %q was given; `%s --help` shows how it is called",
		cmd.Name(), args[0], cmd.CommandPath())
}

// oneOf checks a flag's value.
func oneOf(flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("--%s is %q; it must be one of %s", flag, value, strings.Join(allowed, ", "))
}
