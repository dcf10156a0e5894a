// Form-to-ticket serves a web form and turns each entry into a ticket. It is an
// example of writes whose outcome may be unknown: it never says to a visitor
// that a ticket exists, or that it does not, unless Kapture said so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

const help = `Form-to-ticket serves a form. Each entry becomes a ticket of a Kapture tenant,
and its author a customer unless the e-mail address is already known.

If a response of Kapture is lost, nobody knows whether the ticket exists. Then
the page says so, and asks the visitor not to send the form again. The log names
the reference, which is in the ticket's object that -mark names, so that somebody
can check.

Usage:
  KAPTURE_TOKEN=... form-to-ticket -tenant acme -mark web_form

Exit codes: 0 stopped by a signal; 1 it could not serve; 2 the command line is
wrong.

Flags:
`

// The exit codes, as the help text explains them.
const (
	exitStopped = 0
	exitFailed  = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv("KAPTURE_TOKEN"), output{os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// output is where the program writes.
type output struct{ out, err io.Writer }

func (o output) fail(code int, format string, args ...any) int {
	fmt.Fprintf(o.err, "form-to-ticket: "+format+"\n", args...)
	return code
}

func run(ctx context.Context, args []string, token string, o output) int {
	flags := flag.NewFlagSet("form-to-ticket", flag.ContinueOnError)
	flags.SetOutput(o.err)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), help)
		flags.PrintDefaults()
	}
	tenant := flags.String("tenant", "", "`subdomain` of the tenant: acme for https://acme.kapturecrm.com")
	base := flags.String("base-url", "", "another `URL` than the tenant's, for example a test server's")
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to serve on; port 0 picks a free one")
	mark := flags.String("mark", "", "`name` of a tenant's object whose field reference gets the form's reference")

	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitStopped
	case err != nil:
		return exitUsage
	case flags.NArg() > 0:
		return o.fail(exitUsage, "unexpected argument %q; see -help", flags.Arg(0))
	case token == "":
		return o.fail(exitUsage, "no key: set KAPTURE_TOKEN; see -help")
	}

	log := slog.New(slog.NewTextHandler(o.err, nil))
	options := []client.Option{
		client.WithToken(token),
		client.WithApplication("form-to-ticket", "1"),
		client.WithHook(client.NewLogHook(log)),
	}
	if *base != "" {
		options = append(options, client.WithBaseURL(*base))
	}
	c, err := client.New(*tenant, options...)
	if err != nil {
		return o.fail(exitUsage, "%v", err)
	}

	handler := newForm(&taker{customers: c.Customers, tickets: c.Tickets, mark: *mark, log: log}, log)
	if err := serve(ctx, *addr, handler, o.out); err != nil {
		return o.fail(exitFailed, "%v", err)
	}
	return exitStopped
}

// serve serves until ctx ends. Then it waits for the forms in flight: their
// tickets get a response, and their visitors a page.
func serve(ctx context.Context, addr string, handler http.Handler, stdout io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "the form is at http://%s/\n", listener.Addr())

	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       time.Minute,
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxWait+5*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(wait)
	}()

	if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("visitors were still waiting: %w", err)
	}
	return nil
}
