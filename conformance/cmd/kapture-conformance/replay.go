package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newReplay() *cobra.Command {
	var output outputFlags
	var showValues bool
	var basePath string
	cmd := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Check recorded exchanges",
		Long: `replay checks what was recorded against the contract, and sends nothing. It
reads recordings of "kapture-conformance proxy --record" and HAR files of
browsers and other tools. Exchanges at paths that are none of the contract's are
passed over and counted.

Exit codes: 0 conforms, 1 there are findings, 2 it could not run.`,
		Example: `  kapture-conformance replay today.ndjson
  kapture-conformance replay --format junit browser.har > replay.xml`,
		Args: someFiles("replay", "a recording"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := output.check(); err != nil {
				return err
			}
			j, err := newJudge(showValues, basePath)
			if err != nil {
				return err
			}
			html, err := openReport(output.reportFile)
			if err != nil {
				return err
			}
			defer html.discard()
			started := time.Now()
			for _, name := range args {
				for ex, err := range readRecording(name) {
					if err != nil {
						return err
					}
					j.check(cmd.Context(), ex)
				}
			}
			if j.checked == 0 {
				return nothingChecked(args)
			}
			return output.write(cmd.OutOrStdout(), html, j.report(strings.Join(args, ", "), "recorded exchanges", started))
		},
	}
	output.register(cmd)
	basePathFlag(cmd, &basePath)
	showValuesFlag(cmd, &showValues)
	return cmd
}

func basePathFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "base-path", "", "the `PATH` under which the recorded server has the paths of the contract, such as /kapture")
}

func nothingChecked(files []string) error {
	return fmt.Errorf("%s: none of the exchanges is at a path of the contract; nothing was checked. If the server has its paths under another one, name that with --base-path", strings.Join(files, ", "))
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
