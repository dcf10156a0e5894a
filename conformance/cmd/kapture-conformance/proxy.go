package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/listen"
	"github.com/kapture-community/kapture-go/conformance/internal/page"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

type proxyFlags struct {
	outputFlags
	listenFlags
	readyFlags
	upstream string
	record   string
	headers  []string
	fail     bool
}

func newProxy() *cobra.Command {
	f := &proxyFlags{}
	cmd := &cobra.Command{
		Use:   "proxy --upstream URL",
		Short: "Check every exchange between a client and a server",
		Long: `proxy forwards every exchange between any client and a server, unchanged and as
it arrives. It checks each exchange against the contract when it has ended,
without delaying it. It prints findings as they are found, and the table when
you stop it (Ctrl-C; a second Ctrl-C ends it at once). Without any exchange
there is nothing to check, and it ends with exit code 2.

What it could not check is named and counted, and the verdict is then "partial":
bodies over 32 MiB, except lists of records, which are checked while they pass;
exchanges that arrive faster than they can be checked; and those that the client
or the server broke off. The proxy never sends a request twice.

--fail puts the check between the client and the server: a request that breaks
the contract gets HTTP 400 and is not sent on, and a response that breaks it is
replaced by HTTP 502. Bodies up to 8 MiB are held for that. Larger ones pass
without a check and are counted.

--record keeps the exchanges for "replay" and "drift"; a name that ends in .har
makes it a HAR. Credentials are cut out wherever they appear: the value of every
header, parameter or field whose name says that it is one, and every other place
that has the same value. --secret-header names more headers.

Open http://HOST:PORT/__conformance/ in a browser to see the exchanges as they
end, with the findings next to the JSON they are about, the coverage, and the
contract. Values are shown with --show-values only: they may be a customer's
data. For programs, GET /__conformance/health says whether the proxy serves, and
GET /__conformance/findings?world=WORLD lists the findings of requests with the
test keys of one world as JSON. Without world it lists all findings; other keys
have the empty world.

Exit codes: 0 everything conformed, 1 there were findings, 2 it could not run.`,
		Example: `  kapture-conformance proxy --upstream https://acme.kapturecrm.com
  kapture-conformance proxy --addr 127.0.0.1:0 --record today.ndjson \
    --upstream http://127.0.0.1:8080`,
		Args: noArgs,
		RunE: f.run,
	}

	f.outputFlags.register(cmd)
	f.listenFlags.register(cmd, "127.0.0.1:8090")
	f.readyFlags.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.upstream, "upstream", "", "the server, as `URL`; https unless it is on this machine")
	flags.StringVar(&f.record, "record", "",
		"append every exchange to `FILE`, without credentials; it contains customers' data")
	flags.StringArrayVar(&f.headers, "secret-header", nil,
		"one more header with a credential, by its `NAME`; can be repeated")
	flags.BoolVar(&f.fail, "fail", false,
		"reject a request that breaks the contract with 400, and replace such a response by 502")
	return cmd
}

func (f *proxyFlags) run(cmd *cobra.Command, _ []string) error {
	address, upstream, err := f.addresses()
	if err != nil {
		return err
	}
	j, files, err := f.outputFlags.openJudge(upstream.Path)
	if err != nil {
		return err
	}
	defer files.Discard()

	j.foreignIsFinding = true
	p, err := f.newRun(cmd, j, upstream)
	if err != nil {
		return err
	}
	defer p.checks.closeRecording()

	line, err := f.prepare(cmd)
	if err != nil {
		return err
	}
	defer line.remove()
	if err := p.serve(line, address); err != nil {
		return err
	}

	run, err := p.report()
	if err != nil {
		return err
	}
	if err := f.outputFlags.write(cmd.OutOrStdout(), files, run); err != nil {
		return err
	}
	return p.checks.recordingError()
}

// proxyRun is one run of the command: the server before the upstream, with its
// checks and its page.
type proxyRun struct {
	*proxyFlags
	cmd     *cobra.Command
	judge   *judge
	target  *url.URL // where exchanges are forwarded to
	checks  *checks
	watch   *watch
	started time.Time
}

func (f *proxyFlags) newRun(cmd *cobra.Command, j *judge, upstream *url.URL) (*proxyRun, error) {
	checks := newChecks(j, cmd.ErrOrStderr())
	checks.asJSON = f.format == "json"
	checks.showValues = f.showValues
	checks.finder.headers = f.headers

	watch, err := newWatch(j, &checks.finder, page.Config{
		Command:    "proxy",
		Target:     upstream.Scheme + "://" + upstream.Host,
		HideValues: !f.showValues,
		Remote:     f.allowRemote,
	})
	if err != nil {
		return nil, err
	}
	checks.observers = append(checks.observers, watch)

	if f.record != "" {
		checks.recording, err = openRecording(f.record)
		if err != nil {
			return nil, err
		}
	}
	return &proxyRun{proxyFlags: f, cmd: cmd, judge: j, target: upstream, checks: checks, watch: watch}, nil
}

// serve forwards until the command is stopped, and waits for the checks of what
// has passed.
func (p *proxyRun) serve(line *readyLine, address string) error {
	ctx, stop := p.untilStopped(p.cmd)
	defer stop()
	listener, err := (&net.ListenConfig{}).Listen(p.cmd.Context(), "tcp", address)
	if err != nil {
		return cannotListen(address, err)
	}
	if isItself(ctx, p.target, listener.Addr()) {
		_ = listener.Close()
		return fmt.Errorf("--upstream %s is the proxy itself; name the server, and give the proxy another --addr",
			p.upstream)
	}

	p.started = time.Now()
	server := &http.Server{Handler: p.handler(), ReadHeaderTimeout: 30 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	own := listen.URL(listener.Addr())
	fmt.Fprintf(p.cmd.ErrOrStderr(), "kapture proxy listening on %s, before %s\n", own, p.upstream)
	fmt.Fprintf(p.cmd.ErrOrStderr(), "watch it in a browser: %s%s\n", own, page.Path)
	if err := line.write(own); err != nil {
		return errors.Join(err, server.Close())
	}

	select {
	case err := <-served:
		return fmt.Errorf("the proxy stopped on its own: %w", err)
	case <-ctx.Done():
	}
	p.watch.page.Close()
	end(server, p.checks)
	p.checks.drain()
	return nil
}

// handler forwards all requests but those to the control paths.
func (p *proxyRun) handler() http.Handler {
	forward := newForwarder(p.target, p.checks)
	forward.fail = p.fail
	ctl := &control{command: "proxy", remote: p.allowRemote, ledger: &p.checks.ledger, page: p.watch.page}
	return ctl.around(forward)
}

// report sums up what passed. What proves nothing must not look like what
// conforms: it is an error.
func (p *proxyRun) report() (*report.Run, error) {
	run := p.judge.report(p.upstream, "what passed the proxy", p.started)
	if p.judge.nothing() {
		const advice = "no client connected; let one use the proxy's address in place of the server's"
		return nil, fmt.Errorf("before %s: nothing was checked; %s",
			p.upstream, cmp.Or(strings.Join(run.Notes, "; "), advice))
	}

	run.Reproduce = []string{replayCommand([]string{p.record}, p.target.Path)}
	if p.record == "" { // only the client can send the same again
		run.Reproduce = []string{"kapture-conformance proxy --record FILE --upstream " + words.ShellWord(p.upstream)}
	}
	return run, nil
}

// addresses checks the flags, and returns where to listen and where to forward.
func (f *proxyFlags) addresses() (listenOn string, upstream *url.URL, err error) {
	if err := f.outputFlags.check(); err != nil {
		return "", nil, err
	}
	if f.upstream == "" {
		const problem = "proxy needs --upstream, the server to forward to, such as https://acme.kapturecrm.com"
		return "", nil, errors.New(problem)
	}
	if err := checkURL("upstream", f.upstream); err != nil {
		return "", nil, err
	}

	listenOn, err = f.listenFlags.address()
	if err != nil {
		return "", nil, err
	}
	upstream, err = url.Parse(f.upstream)
	return listenOn, upstream, err
}

// endTime bounds how long the proxy waits for open exchanges when it is
// stopped.
const endTime = 3 * time.Second

// end stops a server, in a bounded time even with connections open.
func end(server *http.Server, checks *checks) {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		checks.cut.Store(true)
		server.Close()
	}
}
