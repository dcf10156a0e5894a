package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/report"
)

type clientFlags struct {
	outputFlags
	scenarios     []string
	list          bool
	timeout       time.Duration
	compareOutput bool
	showOutput    bool
	showValues    bool
}

func newClient() *cobra.Command {
	f := &clientFlags{}
	cmd := &cobra.Command{
		Use:   "client [flags] -- COMMAND [ARGUMENTS]",
		Short: "Judge any client by what it does when Kapture has a bad day",
		Long: `client runs COMMAND once for each scenario, each time against a Kapture of its
own that behaves as the scenario says, and judges what arrives there and how
COMMAND ends. COMMAND is any program that does with your client what you do in
production, for example adds a customer, gets it, and pulls the day. It must
exit with 0 if everything that it wanted was done, and with another code if not.

It finds in its environment
  KAPTURE_BASE_URL   where Kapture is, such as http://127.0.0.1:40123
  KAPTURE_TOKEN      the key, the text after the word Basic
  KAPTURE_SCENARIO   the scenario's name

In every scenario each request must keep to the contract, and COMMAND must end
in time. A write whose answer was lost must not be sent again: it may have been
done. Neither the key nor a customer's data may follow a redirect. Where no
answer can be used, COMMAND must not exit with 0. After 429 it must wait as long
as it was told. With --compare-output, whenever COMMAND exits with 0 it must
print what it printed when all went well: so a lost or doubled record is seen.

Exit codes: 0 conforms, 1 there are findings, 2 it could not run.`,
		Example: `  kapture-conformance client -- python3 sync.py
  kapture-conformance client --compare-output -- node dist/pull.js
  kapture-conformance client --scenario reset-in-body -- ./import some.csv
  kapture-conformance client --list`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && !f.list {
				return fmt.Errorf("client needs a COMMAND behind `--`; `%s --help` shows how it is called", cmd.CommandPath())
			}
			return nil
		},
		RunE: f.run,
	}
	f.outputFlags.register(cmd)
	showValuesFlag(cmd, &f.showValues)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.scenarios, "scenario", nil, "run the scenario `NAME` alone, after plain; may stand several times")
	flags.BoolVar(&f.list, "list", false, "list the scenarios and run nothing")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long COMMAND may take in one scenario")
	flags.BoolVar(&f.compareOutput, "compare-output", false, "hold what COMMAND prints to what it printed when all went well")
	flags.BoolVar(&f.showOutput, "show-output", false, "show what COMMAND writes to stderr, as it comes")
	return cmd
}

func (f *clientFlags) run(cmd *cobra.Command, args []string) error {
	if err := f.outputFlags.check(); err != nil {
		return err
	}
	if f.timeout <= 0 {
		return fmt.Errorf("--timeout is %v; it must be above 0", f.timeout)
	}
	out := cmd.OutOrStdout()
	if f.list {
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, s := range scenarios {
			fmt.Fprintf(table, "%s\t%s\n", s.name(), s.summary)
		}
		return table.Flush()
	}
	chosen, err := f.choose()
	if err != nil {
		return err
	}
	if _, err := exec.LookPath(args[0]); err != nil {
		return fmt.Errorf("COMMAND cannot be run: %w", err)
	}
	j, err := newJudge(f.showValues, "")
	if err != nil {
		return err
	}
	html, err := openReport(f.reportFile)
	if err != nil {
		return err
	}
	defer html.discard()

	started := time.Now()
	progress := report.NewProgress(cmd.ErrOrStderr(), len(chosen))
	var rows []report.Case
	var plain *performance
	for _, s := range chosen {
		progress.Step(s.name())
		row := report.Case{Name: s.name(), Status: report.Skipped, Reason: "COMMAND does not succeed where all goes well, so nothing can be learnt here"}
		if plain == nil || plain.code == 0 {
			begun := time.Now()
			p, err := f.perform(cmd, j, s, args)
			if err != nil {
				return fmt.Errorf("scenario %s: %w", s.name(), err)
			}
			plain = cmp.Or(plain, p)
			row.Status, row.Reason, row.Duration, row.Exchanges = report.Passed, "", time.Since(begun), len(p.arrivals)
			if row.Findings = append(p.findings, s.judge(p, plain, f.compareOutput)...); len(row.Findings) > 0 {
				row.Status = report.Failed
				if last := p.stderr.String(); last != "" && !f.showOutput {
					progress.Done()
					fmt.Fprintf(cmd.ErrOrStderr(), "%s: COMMAND wrote last:\n%s\n", s.name(), indent(last))
				}
			}
		}
		rows = append(rows, row)
	}
	progress.Done()
	run := j.report(filepath.Base(args[0]), "a client under "+fmt.Sprint(len(chosen))+" scenarios", started)
	run.Cases = rows
	run.Notes = append(run.Notes, "the table has what the client sent and was answered where all went well")
	for i := range run.Operations { // the failures of the documents are no matter of this run
		run.Operations[i].Failures, run.Operations[i].MissingFailures = report.Count{}, nil
	}
	run.Operations = slices.DeleteFunc(run.Operations, func(o report.Operation) bool { return o.Request.Total == 0 })
	return f.outputFlags.write(out, html, run)
}

// choose lists the scenarios that are to run. Plain is always one: the others
// are held to it.
func (f *clientFlags) choose() ([]scenario, error) {
	if len(f.scenarios) == 0 {
		return scenarios, nil
	}
	for _, name := range f.scenarios {
		if !slices.ContainsFunc(scenarios, func(s scenario) bool { return s.name() == name }) {
			return nil, fmt.Errorf("--scenario: there is no %q; `kapture-conformance client --list` lists them", name)
		}
	}
	return slices.DeleteFunc(slices.Clone(scenarios), func(s scenario) bool {
		return s.name() != plainScenario && !slices.Contains(f.scenarios, s.name())
	}), nil
}

// performance is what COMMAND did in one scenario.
type performance struct {
	code     int
	hung     bool
	crashed  string // how, "" if it ended by itself
	stdout   []byte // up to maxKept
	stderr   tail
	arrivals []arrival
	trapped  []arrival // where the redirect points
	findings []conformance.Finding
}

// perform runs COMMAND in one scenario.
func (f *clientFlags) perform(cmd *cobra.Command, j *judge, s scenario, args []string) (*performance, error) {
	stage, err := s.open(cmd.Context(), j)
	if err != nil {
		return nil, err
	}
	defer stage.close()
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	p := &performance{}
	command := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // running what the caller names is what the command is for
	command.Env = append(os.Environ(), "KAPTURE_BASE_URL="+stage.url, "KAPTURE_TOKEN="+clientKey, "KAPTURE_SCENARIO="+s.name())
	stdout := &limited{left: maxKept}
	command.Stdout, command.Stderr = stdout, &p.stderr
	if f.showOutput {
		command.Stderr = io.MultiWriter(&p.stderr, cmd.ErrOrStderr())
	}
	wholeGroup(command)
	command.WaitDelay = time.Second
	err = command.Run()
	stage.close() // before the arrivals are read: what is still on its way has come or never does
	if cmd.Context().Err() != nil {
		return nil, errors.New("interrupted")
	}
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended && !errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		return nil, fmt.Errorf("COMMAND cannot be run: %w", err)
	}
	p.hung = ctx.Err() != nil
	if p.code = command.ProcessState.ExitCode(); p.code < 0 && !p.hung {
		p.crashed = command.ProcessState.String()
	}
	p.stdout = stdout.kept.Bytes()
	p.arrivals, p.trapped, p.findings = stage.arrivals, stage.trapped, stage.findings
	return p, nil
}

// tail keeps the last of what is written to it.
type tail struct{ kept []byte }

const maxTail = 2 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	t.kept = t.kept[max(len(t.kept)-maxTail, 0):]
	return len(b), nil
}

// String is what was kept, without the line that is not whole.
func (t *tail) String() string {
	text := t.kept
	if len(text) == maxTail {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return strings.TrimSpace(strings.ReplaceAll(string(bytes.ToValidUTF8(text, nil)), clientKey, redacted))
}

// limited keeps the first of what is written to it.
type limited struct {
	kept bytes.Buffer
	left int
}

func (l *limited) Write(b []byte) (int, error) {
	n := min(len(b), l.left)
	l.left -= n
	l.kept.Write(b[:n])
	return len(b), nil
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }
