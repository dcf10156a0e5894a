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
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

type clientFlags struct {
	outputFlags
	scenarios     []string
	list          bool
	timeout       time.Duration
	compareOutput bool
	showOutput    bool
	jobs          int
}

func newClient() *cobra.Command {
	f := &clientFlags{}
	cmd := &cobra.Command{
		Use:   "client [flags] -- COMMAND [ARGUMENTS]",
		Short: "Judge any program by what it does when Kapture misbehaves",
		Long: `client runs COMMAND once for each scenario, each time against its own Kapture
that behaves as the scenario says, and judges the requests that arrive and how
COMMAND ends. COMMAND is any program that does with your client what you do in
production, for example adds a customer, gets it, and pulls the day. It must
exit with 0 if everything was done, and with another code if not.

Its environment has
  KAPTURE_BASE_URL   the address of Kapture, such as http://127.0.0.1:40123
  KAPTURE_TOKEN      the key: the text after the word Basic
  KAPTURE_SCENARIO   the name of the scenario

In every scenario each request must keep to the contract, and COMMAND must end
in time. A write whose response was lost must not be sent again: it may have
been done. Neither the key nor a customer's data may follow a redirect. Where
no response can be used, COMMAND must not exit with 0. After 429 it must wait
as long as the response says. With --compare-output, whenever COMMAND exits
with 0 it must print what it printed when all went well, which reveals a lost or
doubled record.

A line on standard error says how each scenario ended; --show-output also shows
what COMMAND wrote. What COMMAND leaves running is ended with it.

Exit codes: 0 conforms, 1 there are findings, 2 it could not run.`,
		Example: `  kapture-conformance client -- python3 sync.py
  kapture-conformance client --compare-output -- node dist/pull.js
  kapture-conformance client --scenario reset-in-body -- ./import some.csv
  kapture-conformance client --jobs 4 -- python3 sync.py
  kapture-conformance client --list`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && !f.list {
				return fmt.Errorf("client needs a COMMAND after `--`; `%s --help` shows how it is called",
					cmd.CommandPath())
			}
			return nil
		},
		RunE: f.run,
	}

	f.outputFlags.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.scenarios, "scenario", nil, "run only plain and the scenario `NAME`; can be repeated")
	flags.BoolVar(&f.list, "list", false, "list the scenarios and run nothing")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long COMMAND may take in one scenario")
	flags.BoolVar(&f.compareOutput, "compare-output", false,
		"compare what COMMAND prints with what it printed when all went well")
	flags.BoolVar(&f.showOutput, "show-output", false,
		"show the end of what COMMAND writes to standard error, below the line of each scenario")
	flags.IntVarP(&f.jobs, "jobs", "j", 1,
		"how many scenarios to run at once, if COMMAND can run several times at once")
	completeWords(cmd, "scenario", scenarioNames())
	return cmd
}

func (f *clientFlags) run(cmd *cobra.Command, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.list {
		return listScenarios(cmd.OutOrStdout())
	}
	chosen, err := f.choose()
	if err != nil {
		return err
	}
	if _, err := exec.LookPath(args[0]); err != nil {
		return cannotRun(args[0], err)
	}

	j, files, err := f.outputFlags.openJudge("")
	if err != nil {
		return err
	}
	defer files.Discard()

	started := time.Now()
	rehearsal := &rehearsal{clientFlags: f, cmd: cmd, judge: j, args: args}
	rows, err := rehearsal.all(chosen)
	if err != nil {
		return err
	}

	run := j.report(filepath.Base(args[0]), fmt.Sprintf("a client under %d scenarios", len(chosen)), started)
	run.Cases = rows
	run.Suite = len(scenarios)
	run.Reproduce = []string{f.reproduce(args)}
	describeClientRun(run)
	return f.outputFlags.write(cmd.OutOrStdout(), files, run)
}

func (f *clientFlags) check() error {
	if err := f.outputFlags.check(); err != nil {
		return err
	}
	if f.timeout <= 0 {
		return fmt.Errorf("--timeout is %v; it must be above 0", f.timeout)
	}
	if f.jobs < 1 {
		return fmt.Errorf("--jobs is %d; it must be above 0", f.jobs)
	}
	return nil
}

func listScenarios(out io.Writer) error {
	var rows [][]string
	for _, s := range scenarios {
		rows = append(rows, []string{s.name(), s.summary})
	}
	return report.Table(out, rows)
}

// describeClientRun leaves in the table what the client used. The documented
// failures are not what this run is about.
func describeClientRun(run *report.Run) {
	run.Notes = append(run.Notes, "the table has the requests and responses of the scenario plain")
	for i := range run.Operations {
		run.Operations[i].Failures = report.Count{}
		run.Operations[i].MissingFailures = nil
	}
	run.Operations = slices.DeleteFunc(run.Operations, func(o report.Operation) bool { return o.Request.Total == 0 })
}

// reproduce returns the command line that repeats the run. It leaves out the
// arguments of COMMAND, which may hold a secret.
func (f *clientFlags) reproduce(args []string) string {
	parts := []string{"kapture-conformance client"}
	for _, name := range f.scenarios {
		parts = append(parts, "--scenario "+words.ShellWord(name))
	}
	if f.compareOutput {
		parts = append(parts, "--compare-output")
	}
	if f.timeout != time.Minute {
		parts = append(parts, "--timeout "+f.timeout.String())
	}

	parts = append(parts, "-- "+words.ShellWord(filepath.Base(args[0])))
	if len(args) > 1 {
		parts = append(parts, "...")
	}
	return strings.Join(parts, " ")
}

// rehearsal runs COMMAND in scenarios.
type rehearsal struct {
	*clientFlags
	cmd   *cobra.Command
	judge *judge
	args  []string

	mu sync.Mutex // for what is printed
}

// all runs the scenarios: the first, where all goes well, and then the others,
// several at once if --jobs says so. The rows are in the order of the scenarios.
func (h *rehearsal) all(chosen []scenario) ([]report.Case, error) {
	plain, row, err := h.one(chosen[0], nil)
	if err != nil {
		return nil, err
	}

	rows := make([]report.Case, len(chosen))
	rows[0] = row
	if plain.code != 0 {
		for i, s := range chosen[1:] {
			const reason = "COMMAND does not succeed where all goes well, so nothing can be learnt here"
			rows[i+1] = report.Case{Name: s.name(), Status: report.Skipped, Reason: reason}
		}
		return rows, nil
	}

	var group errgroup.Group
	group.SetLimit(h.jobs)
	for i, s := range chosen[1:] {
		group.Go(func() error {
			_, row, err := h.one(s, plain)
			rows[i+1] = row
			return err
		})
	}
	return rows, group.Wait()
}

// one runs COMMAND in one scenario, and prints its line. plain is what COMMAND
// did where all goes well, nil if this is that scenario.
func (h *rehearsal) one(s scenario, plain *performance) (*performance, report.Case, error) {
	begun := time.Now()
	p, err := h.perform(s)
	if err != nil {
		return nil, report.Case{}, fmt.Errorf("scenario %s: %w", s.name(), err)
	}

	row := report.Case{
		Name:      s.name(),
		Status:    report.Passed,
		Duration:  time.Since(begun),
		Exchanges: len(p.arrivals),
		Findings:  append(p.findings, s.judge(p, cmp.Or(plain, p), h.compareOutput)...),
	}

	if len(row.Findings) > 0 {
		row.Status = report.Failed
	}
	h.print(s, row, p.stderr.String())
	return p, row, nil
}

// print prints how a scenario ended.
func (h *rehearsal) print(s scenario, row report.Case, stderr string) {
	line := fmt.Sprintf("✓ %s  %.1f s\n", row.Name, row.Duration.Seconds())
	if row.Status == report.Failed {
		found := words.Plural(len(row.Findings), "finding")
		line = fmt.Sprintf("✗ %s  %.1f s  %s where %s\n", row.Name, row.Duration.Seconds(), found, s.summary)
	}

	if h.showOutput && stderr != "" {
		line += indent(stderr) + "\n"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _ = io.WriteString(h.cmd.ErrOrStderr(), line)
}

// choose lists the scenarios to run. Plain is always one of them: the others are
// compared with it.
func (f *clientFlags) choose() ([]scenario, error) {
	if len(f.scenarios) == 0 {
		return scenarios, nil
	}

	for _, name := range f.scenarios {
		if !slices.ContainsFunc(scenarios, func(s scenario) bool { return s.name() == name }) {
			const list = "`kapture-conformance client --list` lists them"
			return nil, fmt.Errorf("--scenario: there is no %q%s; %s", name, near(name, scenarioNames()), list)
		}
	}

	return slices.DeleteFunc(slices.Clone(scenarios), func(s scenario) bool {
		return s.name() != plainScenario && !slices.Contains(f.scenarios, s.name())
	}), nil
}

func scenarioNames() []string {
	var names []string
	for _, s := range scenarios {
		names = append(names, s.name())
	}
	return names
}

// performance is what COMMAND did in one scenario.
type performance struct {
	code     int
	hung     bool
	crashed  string // how, "" if it ended on its own
	stdout   []byte // up to maxKept
	stderr   tail
	arrivals []arrival
	trapped  []arrival // where the redirect points
	findings []conformance.Finding
}

// perform runs COMMAND in one scenario.
func (h *rehearsal) perform(s scenario) (*performance, error) {
	stage, err := s.open(h.cmd.Context(), h.judge)
	if err != nil {
		return nil, err
	}
	defer stage.close()
	ctx, cancel := context.WithTimeout(h.cmd.Context(), h.timeout)
	defer cancel()

	p := &performance{}
	stdout := &limited{left: maxKept}
	command := h.command(ctx, "KAPTURE_BASE_URL="+stage.url, "KAPTURE_SCENARIO="+s.name())
	command.Stdout = stdout
	command.Stderr = &p.stderr
	err = command.Run()
	endGroup(command)
	stage.close() // before the arrivals are read: nothing arrives after this
	if h.cmd.Context().Err() != nil {
		return nil, errors.New("the run was interrupted; start it again, or choose fewer scenarios with --scenario")
	}
	if err != nil && !hasRun(err) && ctx.Err() == nil {
		return nil, cannotRun(command.Path, err)
	}

	p.hung = ctx.Err() != nil
	p.code = command.ProcessState.ExitCode()
	if p.code < 0 && !p.hung {
		p.crashed = command.ProcessState.String()
	}
	p.stdout = stdout.kept.Bytes()
	p.arrivals = stage.arrivals
	p.trapped = stage.trapped
	p.findings = stage.findings
	return p, nil
}

// command makes COMMAND ready to run, with these variables in its environment.
func (h *rehearsal) command(ctx context.Context, variables ...string) *exec.Cmd {
	//nolint:gosec // running what the caller names is what the command is for
	command := exec.CommandContext(ctx, h.args[0], h.args[1:]...)
	command.Env = append(withoutProxy(os.Environ()), "KAPTURE_TOKEN="+clientKey)
	command.Env = append(command.Env, variables...)
	command.WaitDelay = time.Second
	wholeGroup(command)
	return command
}

// hasRun reports whether the error of a command says how it ended, and not that it
// could not be started.
func hasRun(err error) bool {
	_, ended := errors.AsType[*exec.ExitError](err)
	return ended || errors.Is(err, exec.ErrWaitDelay)
}

// tail keeps the last of what is written to it.
type tail struct{ kept []byte }

const maxTail = 2 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	t.kept = t.kept[max(len(t.kept)-maxTail, 0):]
	return len(b), nil
}

// String returns what was kept, without a first line that is not whole.
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

// cannotRun says why a program cannot be started, and what to do.
func cannotRun(name string, err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		err = cause
	}
	const advice = "give a program that is in PATH, or the path of an executable file"
	return fmt.Errorf("COMMAND %q cannot be run: %w; %s", name, err, advice)
}

// withoutProxy lets a program reach this machine directly even if an HTTP proxy
// is set: the proxy could not reach the scenario.
func withoutProxy(environment []string) []string {
	const here = "127.0.0.1,localhost"
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		value := here
		if before := os.Getenv(name); before != "" {
			value = before + "," + here
		}
		environment = append(environment, name+"="+value)
	}
	return environment
}
