package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/page"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec/contract"
)

type mockFlags struct {
	listenFlags
	readyFlags
	limitFlags
	talkFlags
	fromFlags
	check    bool
	strict   bool
	coverage string
	health   string
	token    string
	account  int64
	faults   []string
	seed     uint64
	firstID  int64
}

func newMock() *cobra.Command {
	f := &mockFlags{}
	cmd := &cobra.Command{
		Use:     "mock",
		Short:   "Serve the embedded Kapture to any client",
		Long:    mockHelp,
		Example: mockExamples,
		Args:    noArgs,
		RunE:    f.run,
	}
	f.register(cmd)
	return cmd
}

func (f *mockFlags) register(cmd *cobra.Command) {
	f.listenFlags.register(cmd, "127.0.0.1:8080")
	f.readyFlags.register(cmd)
	f.limitFlags.register(cmd)
	f.talkFlags.register(cmd)
	f.fromFlags.register(cmd)

	flags := cmd.Flags()
	flags.StringVar(&f.token, "token", "",
		"accept one more key, with its own world; USER:PASSWORD is accepted in its encoded form, too")
	flags.Int64Var(&f.account, "account", 0, "the `NUMBER` of the account (cmId); 1000298 if left out")
	flags.StringArrayVar(&f.faults, "fault", nil, "corrupt responses as `FAULT` says, OPERATION=KIND or "+
		"OPERATION=KIND:SETTINGS; can be repeated. Kinds: "+strings.Join(faultKinds(), ", "))
	completeBy(cmd, "fault", completeFault)
	flags.Uint64Var(&f.seed, "seed", 0,
		"which requests a fault with a share hits: the same `NUMBER` hits the same ones")
	flags.Int64Var(&f.firstID, "first-id", 0, "the `NUMBER` of every world's first customer, 700000001 if left "+
		"out; above 9007199254740992 it finds clients that keep numbers in floating point")
	flags.BoolVar(&f.check, "check", false,
		"end with exit code 1 if requests had findings, and keep the findings of each world")
	coverageFlag(cmd, &f.coverage)
	flags.BoolVar(&f.strict, "strict", false, "reject every request that the contract does not allow")
	flags.StringVar(&f.health, "health", "",
		"start nothing: ask the mock or proxy at `URL` whether it serves; exit code 0 if it does, else 2")
}

func faultKinds() []string {
	var kinds []string
	for _, kind := range mock.Kinds() {
		kinds = append(kinds, string(kind))
	}
	return kinds
}

// knownOperations are the operations that a fault can be for.
func knownOperations() []string {
	operations := []string{mock.All}
	for _, op := range contract.Operations() {
		operations = append(operations, op.ID)
	}
	return operations
}

// nearFault offers the kind that is most like that of a fault.
func nearFault(text string) string {
	_, rest, _ := strings.Cut(text, "=")
	kind, _, _ := strings.Cut(rest, ":")
	return near(kind, faultKinds())
}

// completeFault offers operations, and after one the kinds.
func completeFault(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var offers []string
	operation, _, isNamed := strings.Cut(typed, "=")
	if isNamed {
		for _, kind := range faultKinds() {
			offers = append(offers, operation+"="+kind)
		}
		return offers, cobra.ShellCompDirectiveNoFileComp
	}

	for _, operation := range knownOperations() {
		offers = append(offers, operation+"=")
	}
	return offers, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

func (f *mockFlags) run(cmd *cobra.Command, _ []string) error {
	if f.health != "" {
		return askHealth(cmd.Context(), f.health)
	}
	defer collectLater()()

	if err := errors.Join(oneOf("format", f.format, "text", "json"), f.checkFlags(cmd)); err != nil {
		return err
	}
	options, err := f.options(cmd)
	if err != nil {
		return err
	}

	output := outputFlags{coverage: f.coverage, showValues: f.showValues}
	j, files, err := output.openJudge(f.basePath)
	if err != nil {
		return err
	}
	defer files.Discard()
	m, err := f.newRun(cmd, j)
	if err != nil {
		return err
	}

	line, err := f.prepare(cmd)
	if err != nil {
		return err
	}
	defer line.remove()
	if err := m.serve(line, append(options, m.options()...)); err != nil {
		return err
	}

	if !j.nothing() {
		if err := files.Write(m.covered()); err != nil {
			return err
		}
	}
	return m.sum()
}

// mockRun is one run of the command: the mock, what checks its requests, and
// what reports on them.
type mockRun struct {
	*mockFlags
	cmd      *cobra.Command
	judge    *judge
	checks   *requestCheck
	lines    *talk
	control  *control
	recorded *recordingTalk // nil for the embedded Kapture
	started  time.Time
}

func (f *mockFlags) newRun(cmd *cobra.Command, j *judge) (*mockRun, error) {
	j.foreignIsFinding = true
	m := &mockRun{
		mockFlags: f,
		cmd:       cmd,
		judge:     j,
		checks:    &requestCheck{judge: j, limits: f.limits.WithDefaults()},
		control:   &control{command: "mock", remote: f.allowRemote},
	}
	if f.check {
		m.control.ledger = &ledger{}
		m.checks.ledger = m.control.ledger
	}

	var err error
	m.lines, err = f.talkTo(cmd, j)
	if err != nil {
		return nil, err
	}
	m.control.page = m.lines.watch.page

	if len(f.from) > 0 {
		m.recorded, err = f.play(cmd, m.lines)
	}
	return m, err
}

// options returns the options with which the mock has its requests checked and
// reported.
func (m *mockRun) options() []mock.Option {
	options := []mock.Option{mock.WithNotes(m.lines.forgotten), mock.WithMiddleware(m.around)}
	if m.recorded == nil {
		options = append(options, mock.WithObserver(m.lines.observe))
	}
	if m.strict {
		options = append(options, mock.WithRejection(rejection))
	}
	return options
}

// around puts the control paths, the lines and the checks before the mock, or
// before the recording that is served in its place.
func (m *mockRun) around(kapture http.Handler) http.Handler {
	if m.recorded != nil {
		kapture = m.recorded.player
	}
	return m.control.around(m.lines.around(m.checks.around(kapture)))
}

// serve serves until the command is stopped.
func (m *mockRun) serve(line *readyLine, options []mock.Option) error {
	ctx, stop := m.untilStopped(m.cmd)
	defer stop()

	m.started = time.Now()
	server, err := mock.Start(options...)
	if err != nil {
		if _, busy := errors.AsType[*net.OpError](err); busy {
			return cannotListen(m.addr, err)
		}
		return err
	}
	m.announce(server)
	if err := line.write(server.URL); err != nil {
		return errors.Join(err, server.Close())
	}

	<-ctx.Done()
	err = server.Close()
	m.lines.wait()
	m.lines.say("kapture mock stopped")
	return err
}

// announce says where the mock listens and what it serves.
func (m *mockRun) announce(server *mock.Server) {
	if m.recorded == nil {
		m.lines.watch.page.OfferFaults(switches{kapture: server.Kapture, http2: m.http2})
	}

	out := m.cmd.OutOrStdout()
	if m.onStdout() {
		out = m.cmd.ErrOrStderr()
	}
	fmt.Fprintf(out, "kapture mock listening on %s\n", server.URL)
	if m.quiet {
		return
	}
	if !refuses(server.Kapture) {
		m.lines.say("watch it in a browser: " + server.URL + page.Path)
	}
	if m.recorded == nil {
		m.lines.operations()
	}
}

// covered returns the report of what was seen of the contract.
func (m *mockRun) covered() *report.Run {
	run := m.judge.report("the embedded mock", "what reached the mock", m.started)
	if len(m.from) > 0 {
		run.Target = strings.Join(m.from, ", ")
	}
	run.Unchecked += m.checks.notChecked()
	// Only the client can send the same again.
	run.Reproduce = []string{"kapture-conformance mock --coverage " + words.ShellWord(m.coverage)}
	return run
}

// talkTo reports on requests, as lines and on the page. A recording may have
// values of customers, which are shown only to a person who asks for them.
func (f *mockFlags) talkTo(cmd *cobra.Command, j *judge) (*talk, error) {
	watch, err := newWatch(j, &credentialFinder{headers: f.headers}, page.Config{
		Command:    "mock",
		HideValues: len(f.from) > 0 && !f.showValues,
		Remote:     f.allowRemote,
	})
	if err != nil {
		return nil, err
	}

	return &talk{
		judge:     j,
		watch:     watch,
		asJSON:    f.format == "json",
		quiet:     f.quiet,
		elsewhere: atOnce,
		to:        cmd.ErrOrStderr(),
	}, nil
}

// sum reports what was checked and played when the mock has ended. It returns an
// error for findings only with --check.
func (m *mockRun) sum() error {
	var changed error
	if m.recorded != nil {
		changed = m.recorded.sum()
	}
	if !m.check {
		return nil
	}

	if err := m.checks.sum(m.lines); err != nil {
		return err
	}
	return changed
}

// options returns the options of the mock that the flags ask for.
func (f *mockFlags) options(cmd *cobra.Command) ([]mock.Option, error) {
	address, err := f.listenFlags.address()
	if err != nil {
		return nil, err
	}

	options := []mock.Option{mock.WithAddress(address), mock.WithSeed(f.seed)}
	options = append(options, f.limitFlags.options()...)
	if cmd.Flags().Changed("token") {
		options = append(options, mock.WithToken(f.token))
	}
	if cmd.Flags().Changed("account") {
		options = append(options, mock.WithAccount(f.account))
	}
	if cmd.Flags().Changed("first-id") {
		options = append(options, mock.WithFirstID(f.firstID))
	}

	for _, text := range f.faults {
		option, err := faultOption(text)
		if err != nil {
			return nil, err
		}
		options = append(options, option)
	}
	return options, nil
}

// faultOption reads the value of --fault.
func faultOption(text string) (mock.Option, error) {
	operation, fault, err := mock.ParseFault(text)
	if err != nil {
		return nil, fmt.Errorf("--fault: %w%s", err, nearFault(text))
	}

	operations := knownOperations()
	if !slices.Contains(operations, operation) {
		const format = "--fault: there is no operation %q%s; the mock lists its operations when it starts, " +
			"and %q is all of them"
		return nil, fmt.Errorf(format, operation, near(operation, operations), mock.All)
	}
	return mock.WithFault(operation, fault), nil
}
