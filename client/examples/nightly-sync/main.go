// Nightly-sync writes a tenant's customers and tickets to files, one per day,
// and resumes where the last run stopped. It is an example of Pull, of
// checkpoints, and of errors in the middle of a pull.
//
// It is meant for one machine and one tenant. For years of history or many
// tenants, client/examples/fleet-sync does the same pulls on several machines,
// into PostgreSQL: move there when one night is too short for one process, or
// when a machine that fails must not delay the others. It needs the tenants' keys
// and the first day, and reads all days again: it takes over neither the files nor
// the checkpoints of this program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

const help = `Nightly-sync writes the customers and tickets of a Kapture tenant to files:
  DIR/customers/2024-05-01.ndjson   one record per line, as Kapture sent it
  DIR/customers/checkpoint.json     how far it has come
  DIR/tickets/...                   the same
A file gets its name when all of its day was read, never before: a day without
records is an empty file, a day without a file was not read. A run continues
after the last complete day, up to the last day that has been over in India for
an hour, by this machine's clock and by the server's. It can be interrupted and
started again at any time; what a killed run left behind is removed. Start it
once at a time for each DIR.

Kapture lists records by the day on which they were created. They are written as
they were when their day was read; later changes are not seen.

Usage:
  KAPTURE_TOKEN=... nightly-sync -tenant acme -out DIR -from 2024-05-01

Exit codes: 0 all days are there; 1 a day failed, run it again; 2 the command
line is wrong; 130 interrupted.

Flags:
`

// The exit codes, as the help text explains them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], environment{
		token:  os.Getenv("KAPTURE_TOKEN"),
		now:    time.Now(),
		stdout: os.Stdout,
		stderr: os.Stderr,
	})
	stop()
	os.Exit(code)
}

// environment is what the program gets from the operating system.
type environment struct {
	token          string
	now            time.Time
	stdout, stderr io.Writer
}

func (e environment) fail(code int, format string, args ...any) int {
	fmt.Fprintf(e.stderr, "nightly-sync: "+format+"\n", args...)
	return code
}

// settings are what the command line says.
type settings struct {
	tenant, base, out, noTickets string
	from, to                     time.Time
	parallel                     int
	over                         time.Time // the last day that is over
}

func run(ctx context.Context, args []string, env environment) int {
	var s settings
	flags := flag.NewFlagSet("nightly-sync", flag.ContinueOnError)
	flags.SetOutput(env.stderr)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), help)
		flags.PrintDefaults()
	}
	flags.StringVar(&s.tenant, "tenant", "", "`subdomain` of the tenant: acme for https://acme.kapturecrm.com")
	flags.StringVar(&s.base, "base-url", "", "another `URL` than the tenant's, for example a test server's")
	flags.StringVar(&s.out, "out", "", "the `DIR` to write to; it is created if it does not exist")
	const fromUsage = "the first `day` of the first run, yyyy-mm-dd; later runs resume after the checkpoint"
	flags.Func("from", fromUsage, dayInto(&s.from))
	flags.Func("to", "the last `day`; by default the last one that is over", dayInto(&s.to))
	flags.IntVar(&s.parallel, "parallel", 2, "how many `days` to request at once")
	flags.StringVar(&s.noTickets, "no-tickets-text", "", "the `text` that the tenant returns for a day without tickets")

	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		return exitUsage
	case s.out == "" || s.from.IsZero() || flags.NArg() > 0:
		return env.fail(exitUsage, "-out and -from are needed, and no other arguments; see -help")
	case env.token == "":
		return env.fail(exitUsage, "no key: set KAPTURE_TOKEN; see -help")
	}

	// A day that is not over may still get records: its file would only look
	// complete.
	s.over = env.now.Add(-time.Hour).In(client.India).AddDate(0, 0, -1)
	if s.to.IsZero() || s.to.After(s.over) {
		s.to = s.over
	}

	c, err := newClient(s, env.token)
	if err != nil {
		return env.fail(exitUsage, "%v", err)
	}
	err = export(ctx, c, s, env.stdout)
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		const text = "interrupted; the days that have a file are complete, and the next run continues after them"
		return env.fail(exitInterrupted, text)
	}
	return env.fail(exitFailed, "%v", err)
}

func newClient(s settings, token string) (*client.Client, error) {
	options := []client.Option{client.WithToken(token), client.WithApplication("nightly-sync", "1")}
	if s.base != "" {
		options = append(options, client.WithBaseURL(s.base))
	}
	return client.New(s.tenant, options...)
}

func dayInto(into *time.Time) func(string) error {
	return func(text string) error {
		day, err := time.ParseInLocation(time.DateOnly, text, client.India)
		*into = day
		return err
	}
}
