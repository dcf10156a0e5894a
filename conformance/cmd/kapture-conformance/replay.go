package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

type replayFlags struct {
	outputFlags
	basePath string
}

func newReplay() *cobra.Command {
	f := &replayFlags{}
	cmd := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Check recorded exchanges",
		Long: `replay checks recorded exchanges against the contract, and sends nothing. It
reads recordings of "kapture-conformance proxy --record" and HAR files of
browsers and other tools; - is standard input. In a HAR, exchanges at paths that
are not in the contract are counted and not checked, unless a path is nearly one
of the contract. What a HAR left out is not judged: a browser may save requests
without their credentials or bodies. Lines that cannot be read are named and
counted, and the others are checked.

Exit codes: 0 conforms, 1 there are findings, 2 it could not run.`,
		Example: `  kapture-conformance replay today.ndjson
  kapture-conformance replay --format junit browser.har > replay.xml`,
		Args: someFiles("replay", "a recording"),
		RunE: f.run,
	}

	f.outputFlags.register(cmd)
	basePathFlag(cmd, &f.basePath)
	return cmd
}

func (f *replayFlags) run(cmd *cobra.Command, recordings []string) error {
	if err := f.outputFlags.check(); err != nil {
		return err
	}
	j, files, err := f.outputFlags.openJudge(f.basePath)
	if err != nil {
		return err
	}
	defer files.Discard()

	started := time.Now()
	broken, err := j.replay(cmd, recordings, func(conformance.Result) {})
	if err != nil {
		return err
	}
	if j.nothing() {
		return nothingChecked(recordings, broken)
	}
	if j.checked == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), noneOfTheContract(recordings))
	}

	run := j.report(strings.Join(recordings, ", "), "recorded exchanges", started)
	run.Reproduce = []string{replayCommand(recordings, f.basePath)}
	return f.outputFlags.write(cmd.OutOrStdout(), files, run)
}

// replayCommand is the command that checks recordings again.
func replayCommand(files []string, basePath string) string {
	command := "kapture-conformance replay"
	if basePath != "" {
		command += " --base-path " + words.ShellWord(basePath)
	}
	for _, name := range files {
		command += " " + words.ShellWord(name)
	}
	return command
}

func basePathFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "base-path", "",
		"the `PATH` under which the recorded server has the paths of the contract, such as /kapture")
}

// replay checks the exchanges of recordings, and calls each with every result.
// broken says why the first exchange that cannot be read cannot, nil if all can.
func (j *judge) replay(cmd *cobra.Command, files []string, each func(conformance.Result)) (broken, err error) {
	j.foreignIsFinding = true // but in a HAR, see unknown
	for _, name := range files {
		for one, err := range readRecording(name, cmd.InOrStdin()) {
			if err != nil {
				return nil, err
			}
			if one.broken != nil {
				broken = cmp.Or(broken, one.broken)
				j.lose(lostUnreadable)
				fmt.Fprintln(cmd.ErrOrStderr(), report.Clean(one.broken.Error()))
				continue
			}
			each(j.check(cmd.Context(), one.Exchange, one.unknown))
		}
	}
	return broken, nil
}

func nothingChecked(files []string, broken error) error {
	if broken != nil {
		return fmt.Errorf("nothing was checked; %w; recordings are made by `kapture-conformance proxy --record`, "+
			"or are HAR files", broken)
	}
	return fmt.Errorf("nothing was checked; %s", noneOfTheContract(files))
}

// noneOfTheContract is advice for recordings in which every path is unknown.
func noneOfTheContract(files []string) string {
	return strings.Join(files, ", ") + ": none of the exchanges is at a path of the contract; " +
		"if the server has its paths under another one, name that with --base-path"
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
