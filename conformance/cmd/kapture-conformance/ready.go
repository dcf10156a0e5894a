package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/draft"
)

// readyFlags say how a program that starts a server of this one learns where it
// listens, and how the server ends with it.
type readyFlags struct {
	readyFile     string
	exitWithStdin bool
}

func (f *readyFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.readyFile, "ready-file", "",
		"once it serves, write one line of JSON with its url to `FILE`; - is standard output")
	flags.BoolVar(&f.exitWithStdin, "exit-with-stdin", false,
		"stop when standard input ends, as it does when the program at its other end is killed")
}

// onStdout reports whether standard output is for the line of JSON, so that
// text for people goes elsewhere.
func (f *readyFlags) onStdout() bool { return f.readyFile == "-" }

// ready is the line that a server writes when it serves. Its field names are
// stable.
type ready struct {
	Command string `json:"command"`
	URL     string `json:"url"` // without a slash at the end
	PID     int    `json:"pid"`
	Version string `json:"version"`
}

// untilStopped is the context of a server: it ends with that of the command
// and, if the flags say so, with standard input.
func (f *readyFlags) untilStopped(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(cmd.Context())
	if f.exitWithStdin {
		go func() {
			_, _ = io.Copy(io.Discard, cmd.InOrStdin())
			stop()
		}()
	}

	return ctx, stop
}

// readyLine is the ready line in the making. Nil means that nobody asked for it.
type readyLine struct {
	command string
	stdout  io.Writer // nil for a file
	name    string
	file    *draft.File
}

// prepare creates the file, so that a server does not start whose starter could
// never learn that it serves. A line of an earlier server is removed: it would be
// taken for the line of this one.
func (f *readyFlags) prepare(cmd *cobra.Command) (*readyLine, error) {
	line := &readyLine{command: cmd.Name(), name: f.readyFile}
	switch f.readyFile {
	case "":
		return nil, nil
	case "-":
		line.stdout = cmd.OutOrStdout()
		return line, nil
	}

	var err error
	line.file, err = draft.Create(line.name, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--ready-file: %w", err)
	}
	if err := line.file.Remove(); err != nil {
		line.file.Discard()
		return nil, fmt.Errorf("--ready-file: %w", draft.CannotWrite(line.name, err))
	}
	return line, nil
}

// write says that the server serves at url. A reader finds the whole line or no
// file.
func (l *readyLine) write(url string) error {
	if l == nil {
		return nil
	}

	text, err := json.Marshal(ready{Command: l.command, URL: url, PID: os.Getpid(), Version: version()})
	if err != nil {
		return err
	}

	text = append(text, '\n')

	if l.stdout != nil {
		_, err := l.stdout.Write(text)
		return err
	}

	_, err = l.file.Write(text)
	if err == nil {
		err = l.file.Keep()
	}
	if err != nil {
		return fmt.Errorf("--ready-file: %w", draft.CannotWrite(l.name, err))
	}
	return nil
}

// remove takes the line back when the server has ended, and what was prepared
// when it did not start.
func (l *readyLine) remove() {
	if l == nil || l.file == nil {
		return
	}
	l.file.Discard()
	_ = l.file.Remove()
}
