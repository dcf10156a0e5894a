package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newReplay() *cobra.Command {
	var output outputFlags
	var showValues bool
	cmd := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Check recorded exchanges",
		Long: `replay checks what was recorded against the contract, and sends nothing. It reads
recordings of "kapture-conformance proxy --record" and HAR files of browsers and
other tools. Exchanges at paths that are none of the contract's are passed over
and counted.

Exit codes: 0 conforms, 1 there are findings, 2 it could not run.`,
		Example: `  kapture-conformance replay today.ndjson
  kapture-conformance replay --format junit browser.har > replay.xml`,
		Args: someFiles("replay", "a recording"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := output.check(); err != nil {
				return err
			}
			j, err := newJudge(showValues, "")
			if err != nil {
				return err
			}
			html, err := openReport(output.reportFile)
			if err != nil {
				return err
			}
			defer html.discard()
			started, names := time.Now(), strings.Join(args, ", ")
			for _, name := range args {
				for ex, err := range readRecording(name) {
					if err != nil {
						return err
					}
					j.check(cmd.Context(), ex)
				}
			}
			if err := j.checked(names); err != nil {
				return err
			}
			return output.write(cmd.OutOrStdout(), html, j.report(names, "recorded exchanges", started))
		},
	}
	output.register(cmd)
	cmd.Flags().BoolVar(&showValues, "show-values", false, "let findings show what bodies held; a customer's data may be among it")
	return cmd
}

// someFiles wants at least one file.
func someFiles(command, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.New(command + " needs " + what + "; name one or more files")
		}
		return nil
	}
}
