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
	j, err := newJudge(f.showValues, upstream.Path)
	if err != nil {
		return err
	}
	j.foreignIsFinding = true

	files, err := f.outputFlags.open(j.tally.Hash())
	if err != nil {
		return err
	}
	defer files.Discard()

	checks := newChecks(j, cmd.ErrOrStderr())
	checks.asJSON = f.format == "json"
	checks.showValues = f.showValues
	checks.finder.headers = f.headers
	if f.record != "" {
		checks.recording, err = openRecording(f.record)
		if err != nil {
			return err
		}
		defer checks.recording.close()
	}

	watch, err := newWatch(j, &checks.finder, page.Config{
		Command:    "proxy",
		Target:     upstream.Scheme + "://" + upstream.Host,
		HideValues: !f.showValues,
		Remote:     f.allowRemote,
	})
	if err != nil {
		return err
	}
	checks.observers = append(checks.observers, watch)

	line, err := f.prepare(cmd)
	if err != nil {
		return err
	}
	defer line.remove()
	ctx, stop := f.untilStopped(cmd)
	defer stop()

	listener, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", address)
	if err != nil {
		return cannotListen(address, err)
	}
	if isItself(ctx, upstream, listener.Addr()) {
		_ = listener.Close()
		return fmt.Errorf("--upstream %s is the proxy itself; name the server, and give the proxy another --addr",
			f.upstream)
	}

	started := time.Now()
	forward := newForwarder(upstream, checks)
	forward.fail = f.fail
	ctl := &control{command: "proxy", remote: f.allowRemote, ledger: &checks.ledger, page: watch.page}
	server := &http.Server{Handler: ctl.around(forward), ReadHeaderTimeout: 30 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(cmd.ErrOrStderr(), "kapture proxy listening on %s, before %s\n",
		listen.URL(listener.Addr()), f.upstream)
	fmt.Fprintf(cmd.ErrOrStderr(), "watch it in a browser: %s%s\n", listen.URL(listener.Addr()), page.Path)
	if err := line.write(listen.URL(listener.Addr())); err != nil {
		return errors.Join(err, server.Close())
	}

	select {
	case err := <-served:
		return fmt.Errorf("the proxy stopped on its own: %w", err)
	case <-ctx.Done():
	}

	watch.page.Close()
	end(server, checks)
	checks.drain()
	run := j.report(f.upstream, "what passed the proxy", started)
	if f.record != "" {
		run.Reproduce = []string{replayCommand([]string{f.record}, upstream.Path)}
	} else { // only the client can send the same again
		run.Reproduce = []string{"kapture-conformance proxy --record FILE --upstream " + quote(f.upstream)}
	}
	if j.nothing() { // what proves nothing must not look like what conforms
		const advice = "no client connected; let one use the proxy's address in place of the server's"
		return fmt.Errorf("before %s: nothing was checked; %s",
			f.upstream, cmp.Or(strings.Join(run.Notes, "; "), advice))
	}
	if err := f.outputFlags.write(cmd.OutOrStdout(), files, run); err != nil {
		return err
	}
	return checks.recordingError()
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
