// Form-to-ticket serves a web form and makes a ticket of what is written into it. It is an example of writes whose
// outcome may be unknown: it never tells a visitor that a ticket is there, or that none is, unless Kapture said so.
package main

import (
	"context"
	"encoding/json"
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

const help = `Form-to-ticket serves a form. What is written into it becomes a ticket of a
Kapture tenant, and its writer a customer unless the e-mail address is known
already.

Where an answer of Kapture is lost nobody knows whether the ticket is there.
Then the page says so, and asks the visitor not to send it again; the log names
the reference, which the ticket bears in the object that -mark names, so that
somebody can look.

Usage:
  KAPTURE_TOKEN=... form-to-ticket -tenant acme -mark web_form

Exit codes: 0 stopped by a signal; 1 it could not serve; 2 the command line is
wrong.

Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv("KAPTURE_TOKEN"), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, token string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("form-to-ticket", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(flags.Output(), help); flags.PrintDefaults() }
	tenant := flags.String("tenant", "", "sub-`domain` of the tenant: acme for https://acme.kapturecrm.com")
	base := flags.String("base-url", "", "another `URL` than the tenant's, such as a test server's")
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to serve on; port 0 takes a free one")
	mark := flags.String("mark", "", "`name` of a tenant's object; its member reference gets the form's")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if token == "" || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "form-to-ticket: the key in KAPTURE_TOKEN is needed, and nothing beside flags; see -help")
		return 2
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	options := []client.Option{client.WithToken(token), client.WithApplication("form-to-ticket", "1"), client.WithHook(client.NewLogHook(log))}
	if *base != "" {
		options = append(options, client.WithBaseURL(*base))
	}
	c, err := client.New(*tenant, options...)
	if err != nil {
		fmt.Fprintln(stderr, "form-to-ticket:", err)
		return 2
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if err != nil {
		fmt.Fprintln(stderr, "form-to-ticket:", err)
		return 1
	}
	fmt.Fprintf(stdout, "the form is at http://%s/\n", listener.Addr())

	srv := &http.Server{
		Handler:           newForm(&taker{customers: c.Customers, tickets: c.Tickets, mark: *mark, log: log}, log),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		// What is on its way to Kapture gets its answer, and its visitor a page.
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience+5*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(wait)
	}()
	if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(stderr, "form-to-ticket:", err)
		return 1
	}
	if err := <-stopped; err != nil {
		fmt.Fprintln(stderr, "form-to-ticket: visitors were still waiting:", err)
		return 1
	}
	return 0
}

// request is what a visitor wrote.
type request struct{ Reference, Name, Email, Phone, Title, Text string }

// outcome is what became of it.
type outcome struct {
	Ticket  string // its number, "" unless Kapture gave one
	Unknown bool   // it may be there, although no answer says so
	Added   bool   // it is there, with or without a number
}

// The part of the client that is used, so that a test can put something in its place.
type (
	customers interface {
		Get(context.Context, client.CustomerLookup) (*client.Customer, error)
		Add(context.Context, client.AddCustomer) (*client.CustomerUpserted, error)
	}
	tickets interface {
		Add(context.Context, client.AddTicket) (*client.TicketAdded, error)
	}
)

type taker struct {
	customers customers
	tickets   tickets
	mark      string
	log       *slog.Logger
}

// take makes sure that the customer is there, and adds the ticket.
func (t *taker) take(ctx context.Context, r request) outcome {
	log := t.log.With("reference", r.Reference) // and nothing of what was written
	if err := t.customer(ctx, r); err != nil {
		// A ticket may be added all the same: it bears the address, and somebody can join the two.
		log.Warn("the customer could not be looked up or added", "error", err)
	}
	req := client.AddTicket{Title: r.Title, TicketDetails: &r.Text, EmailID: &r.Email}
	if t.mark != "" {
		text, _ := json.Marshal([]map[string]string{{"reference": r.Reference}})
		req.AdditionalProperties = map[string]json.RawMessage{t.mark: text}
	}
	added, err := t.tickets.Add(ctx, req)
	switch {
	case err == nil:
		log.Info("ticket added", "ticket", added.Number())
		return outcome{Ticket: added.Number(), Added: true}
	case errors.Is(err, client.ErrOutcomeUnknown):
		log.Error("look whether the ticket is there before adding it by hand", "error", err)
		return outcome{Unknown: true}
	}
	log.Error("the ticket was not added", "error", err)
	return outcome{}
}

func (t *taker) customer(ctx context.Context, r request) error {
	_, err := t.customers.Get(ctx, client.CustomerByEmail(r.Email))
	if !errors.Is(err, client.ErrNotFound) {
		return err // there, or not known whether it is: then adding it might make it twice
	}
	info := client.CustomerInfo{CustomerName: &r.Name, EmailID: &r.Email}
	if r.Phone != "" {
		info.Phone = &r.Phone
	}
	_, err = t.customers.Add(ctx, client.AddCustomer{CustomerInfo: info})
	if errors.Is(err, client.ErrOutcomeUnknown) { // a look may show that it is there
		if _, again := t.customers.Get(ctx, client.CustomerByEmail(r.Email)); again == nil {
			return nil
		}
	}
	return err
}
