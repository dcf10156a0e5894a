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
		Use:   "mock",
		Short: "Serve the embedded Kapture to any client",
		Long: `mock serves a stateful Kapture: you can get, pull and update what you add, in
the form of the generation that asks. It prints its address when it is ready,
and stops on Ctrl-C.

Keys. A key of the form test-WORLD has its own data set (a world), so tests can
run in parallel: send "Authorization: Basic test-acme". WORLD consists of
letters, digits, _ and .; it ends at the first hyphen, so that test-acme and
test-acme-2 share one world.
A part after the hyphen can set a state: test-acme-expired, test-acme-disabled,
test-acme-forbidden, and test-acme-only.getCustomer for a key that is valid only
for that operation. User and password work too, with test-WORLD as the user.
--token adds one key of your choice. Every other key is rejected, so that a
production key does nothing here. There is nothing to clean up: a new name is an
empty world.

Limits. --worlds, --records, --memory, --max-body and --body-time bound what the
mock keeps and accepts. It prints on standard error what it forgets or rejects
for that reason, and names it in the header X-Kapture-Mock-Note of the response.

Faults. --fault OPERATION=KIND corrupts every response of an operation, or of
all operations with *. After a colon you can give, separated by commas, a number
of responses (2), a share drawn with --seed (25%), and after=N, delay=2s,
retry-after=2s, skew=-26h, size=N or location=URL.

Checks. The mock checks every request against the contract. It prints a line
for each request on standard error, with what is wrong in it, and says the same
in the headers X-Kapture-Mock-Check and X-Kapture-Mock-Finding of the response.
The lines show shapes and no values; --show-values shows both. A response is
checked too, which finds what a fault did to it. --quiet prints no lines.
  --strict  rejects what the contract does not allow: with the failure text of
            the operation where one fits, or else "Invalid Json."
  --check   ends with exit code 1 if requests had findings, and with 2 if no
            request was checked
--coverage adds what was seen of the contract to a file; the command coverage
adds up such files and has a threshold.

Recordings. --from FILE serves a recording of "kapture-conformance proxy" or a
HAR in place of the embedded Kapture. A request gets the response of the
earliest entry that matches it and was not played yet, or else of the last one
that matches. Method, path, query and body must match; the order of parameters
and fields, the spelling of numbers, host and headers do not matter, nor does
what was cut out as a credential. --ignore NAME lets the value of a field or
parameter differ, such as the date of a pull. A request that matches no entry
gets HTTP 404 with the nearest entry and what differs. Entries that no longer
fit the contract are listed at the start, and entries that were never played at
the end. With --check, changed requests and entries that no longer fit are
findings. --cors works as it does without --from.

Page. Open http://HOST:PORT/__conformance/ in a browser: the requests as they
arrive, with the findings next to the JSON they are about, switches for the
faults, the coverage, and the contract.
For programs, GET /__conformance/health says whether the mock serves, and with
--check GET /__conformance/findings?world=WORLD lists the findings of the keys
of one world as JSON.`,
		Example: `  kapture-conformance mock --addr 127.0.0.1:8080 --token secret
  curl -X POST http://127.0.0.1:8080/search-customer-by-customer-id.html \
    -H 'Authorization: Basic secret' -H 'Content-Type: application/json' \
    -d '[{"phone":"9000000001"}]'

  # a free port, and a server that misbehaves
  kapture-conformance mock --addr 127.0.0.1:0 --seed 7 \
    --fault 'getCustomer=too-many-requests:2' \
    --fault '*=reset-in-body:25%,after=10'

  # what a recorded server responded, and the dates of the pulls may differ
  kapture-conformance mock --from today.ndjson --ignore start_date \
    --ignore end_date

  # for a test harness: it reads the URL, asks for the findings of each test's
  # world, and the mock ends with it
  kapture-conformance mock --addr 127.0.0.1:0 --check --ready-file - \
    --exit-with-stdin`,
		Args: noArgs,
		RunE: f.run,
	}

	f.listenFlags.register(cmd, "127.0.0.1:8080")
	f.readyFlags.register(cmd)
	flags := cmd.Flags()
	f.limitFlags.register(cmd)
	f.talkFlags.register(cmd)
	f.fromFlags.register(cmd)
	flags.StringVar(&f.token, "token", "", "one more key, with its own world; USER:PASSWORD also allows the pair")
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
	return cmd
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

	j, err := newJudge(f.showValues, f.basePath)
	if err != nil {
		return err
	}

	files, err := (&outputFlags{coverage: f.coverage}).open(j.tally.Hash())
	if err != nil {
		return err
	}
	defer files.Discard()

	j.foreignIsFinding = true
	ctl := &control{command: "mock", remote: f.allowRemote}
	checks := &requestCheck{judge: j, limits: f.limits.WithDefaults()}
	if f.check {
		ctl.ledger = &ledger{}
		checks.ledger = ctl.ledger
	}

	lines, err := f.talkTo(cmd, j)
	if err != nil {
		return err
	}

	ctl.page = lines.watch.page
	var recorded *recordingTalk
	if len(f.from) > 0 {
		recorded, err = f.play(cmd, lines)
		if err != nil {
			return err
		}
	} else {
		options = append(options, mock.WithObserver(lines.observe))
	}

	if f.strict {
		options = append(options, mock.WithRejection(rejection))
	}
	options = append(options, mock.WithNotes(lines.forgotten))
	options = append(options, mock.WithMiddleware(func(next http.Handler) http.Handler {
		if recorded != nil {
			next = recorded.player
		}
		return ctl.around(lines.around(checks.around(next)))
	}))

	line, err := f.prepare(cmd)
	if err != nil {
		return err
	}

	defer line.remove()
	ctx, stop := f.untilStopped(cmd)
	defer stop()
	started := time.Now()
	server, err := mock.Start(options...)
	if err != nil {
		if _, busy := errors.AsType[*net.OpError](err); busy {
			return cannotListen(f.addr, err)
		}
		return err
	}

	if recorded == nil {
		lines.watch.page.OfferFaults(switches{kapture: server.Kapture, http2: f.http2})
	}
	out := cmd.OutOrStdout()
	if f.onStdout() {
		out = cmd.ErrOrStderr()
	}

	fmt.Fprintf(out, "kapture mock listening on %s\n", server.URL)
	if !f.quiet && !refuses(server.Kapture) {
		lines.say("watch it in a browser: " + server.URL + page.Path)
	}
	if !f.quiet && recorded == nil {
		lines.operations()
	}
	if err := line.write(server.URL); err != nil {
		return errors.Join(err, server.Close())
	}

	<-ctx.Done()
	err = server.Close()
	lines.wait()
	lines.say("kapture mock stopped")
	if err != nil {
		return err
	}
	if !j.nothing() {
		if err := files.Write(f.covered(j, checks, started)); err != nil {
			return err
		}
	}
	return f.sum(lines, checks, recorded)
}

// covered returns the report of what was seen of the contract.
func (f *mockFlags) covered(j *judge, checks *requestCheck, started time.Time) *report.Run {
	run := j.report("the embedded mock", "what reached the mock", started)
	if len(f.from) > 0 {
		run.Target = strings.Join(f.from, ", ")
	}
	run.Unchecked += checks.notChecked()
	// Only the client can send the same again.
	run.Reproduce = []string{"kapture-conformance mock --coverage " + quote(f.coverage)}
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
func (f *mockFlags) sum(lines *talk, checks *requestCheck, recorded *recordingTalk) error {
	var changed error
	if recorded != nil {
		changed = recorded.sum()
	}
	if !f.check {
		return nil
	}

	if err := checks.sum(lines); err != nil {
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
	if cmd.Flags().Changed("token") {
		options = append(options, mock.WithToken(f.token))
	}

	if cmd.Flags().Changed("account") {
		options = append(options, mock.WithAccount(f.account))
	}

	if cmd.Flags().Changed("first-id") {
		options = append(options, mock.WithFirstID(f.firstID))
	}
	options = append(options, f.limitFlags.options()...)

	for _, text := range f.faults {
		op, fault, err := mock.ParseFault(text)
		if err != nil {
			return nil, fmt.Errorf("--fault: %w%s", err, nearFault(text))
		}
		if operations := knownOperations(); !slices.Contains(operations, op) {
			const format = "--fault: there is no operation %q%s; the mock lists its operations when it starts, " +
				"and %q is all of them"
			return nil, fmt.Errorf(format, op, near(op, operations), mock.All)
		}
		options = append(options, mock.WithFault(op, fault))
	}

	return options, nil
}
