// Nightly-sync writes a tenant's customers and tickets to files, one a day, and goes on where the last run stopped. It
// is an example of Pull, checkpoints and what to do about errors in the middle of them.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

const help = `Nightly-sync writes the customers and tickets of a Kapture tenant to files:

  DIR/customers/2024-05-01.ndjson   a line of JSON a record, as Kapture gave it
  DIR/customers/checkpoint.json     how far it has come
  DIR/tickets/...                   the same

A file stands under its name once all of its day was read, never before: a day
without records is an empty file, a day without a file was not read. A run goes
on after the last day that is complete, up to the last day that has been over in
India for an hour, so it may be interrupted and started again at any time. Run
it once at a time for each DIR. Kapture lists records by the day on which they
were made: they are written as they were when their day was read, and what
changes in them later is not seen.

Usage:
  KAPTURE_TOKEN=... nightly-sync -tenant acme -out DIR -from 2024-05-01

Exit codes: 0 all days are there; 1 a day failed, run it again; 2 the command
line is wrong; 130 interrupted.

Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv("KAPTURE_TOKEN"), time.Now(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

type settings struct {
	tenant, base, out, noTickets string
	from, to                     time.Time
	parallel                     int
}

func run(ctx context.Context, args []string, token string, now time.Time, stdout, stderr io.Writer) int {
	var s settings
	flags := flag.NewFlagSet("nightly-sync", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(flags.Output(), help); flags.PrintDefaults() }
	flags.StringVar(&s.tenant, "tenant", "", "sub-`domain` of the tenant: acme for https://acme.kapturecrm.com")
	flags.StringVar(&s.base, "base-url", "", "another `URL` than the tenant's, such as a test server's")
	flags.StringVar(&s.out, "out", "", "the `DIR` to write to; it is made if it is not there")
	flags.Func("from", "the first `day`, yyyy-mm-dd, of a first run; later runs go on by themselves", day(&s.from))
	flags.Func("to", "the last `day`; the last one that is over unless given", day(&s.to))
	flags.IntVar(&s.parallel, "parallel", 2, "how many `days` to ask for at once")
	flags.StringVar(&s.noTickets, "no-tickets-text", "", "the `text` that the tenant answers for a day without tickets")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	// A day that is not over may get more records: it would look whole and not be.
	if over := now.Add(-time.Hour).In(client.India).AddDate(0, 0, -1); s.to.IsZero() || s.to.After(over) {
		s.to = over
	}
	if s.out == "" || s.from.IsZero() || flags.NArg() > 0 || token == "" {
		fmt.Fprintln(stderr, "nightly-sync: -out, -from and the key in KAPTURE_TOKEN are needed, and nothing beside flags; see -help")
		return 2
	}
	options := []client.Option{client.WithToken(token), client.WithApplication("nightly-sync", "1")}
	if s.base != "" {
		options = append(options, client.WithBaseURL(s.base))
	}
	c, err := client.New(s.tenant, options...)
	if err != nil {
		fmt.Fprintln(stderr, "nightly-sync:", err)
		return 2
	}
	err = export(ctx, c, s, stdout)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "nightly-sync: interrupted; the days that are there are complete, the next run goes on behind them")
		return 130
	}
	fmt.Fprintln(stderr, "nightly-sync:", err)
	return 1
}

func day(into *time.Time) func(string) error {
	return func(s string) (err error) {
		*into, err = time.ParseInLocation(time.DateOnly, s, client.India)
		return err
	}
}

// export reads both lists. One that fails does not keep the other from being read.
func export(ctx context.Context, c *client.Client, s settings, stdout io.Writer) error {
	return errors.Join(
		list(filepath.Join(s.out, "customers"), c.BaseURL(), s, stdout, func(opts ...client.PullOption) iter.Seq2[*client.Customer, error] {
			return c.Customers.Pull(ctx, s.from, s.to, opts...)
		}),
		list(filepath.Join(s.out, "tickets"), c.BaseURL(), s, stdout, func(opts ...client.PullOption) iter.Seq2[*client.PulledTicket, error] {
			if s.noTickets != "" {
				opts = append(opts, client.NoTickets(s.noTickets))
			}
			return c.Tickets.Pull(ctx, s.from, s.to, opts...)
		}),
	)
}

// state is what a checkpoint file holds. The URL keeps two tenants from being mixed in one folder.
type state struct {
	BaseURL    string            `json:"base_url"`
	Checkpoint client.Checkpoint `json:"checkpoint"`
}

func list[T any](dir, baseURL string, s settings, stdout io.Writer, pull func(...client.PullOption) iter.Seq2[T, error]) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	at := state{BaseURL: baseURL}
	saved := filepath.Join(dir, "checkpoint.json")
	if text, err := os.ReadFile(saved); err == nil {
		if err := json.Unmarshal(text, &at); err != nil {
			return fmt.Errorf("%s is no checkpoint: %w; move it away to begin again", saved, err)
		}
		if at.BaseURL != baseURL {
			return fmt.Errorf("%s belongs to %s, not to %s; use another -out", saved, at.BaseURL, baseURL)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if s.to.Format(time.DateOnly) <= at.Checkpoint.Day || s.to.Before(s.from) {
		fmt.Fprintf(stdout, "%s: nothing to do up to %s\n", filepath.Base(dir), s.to.Format(time.DateOnly))
		return nil
	}

	// The records of a day are written aside. The checkpoint says that they are all there: then they get their name,
	// and only then is the checkpoint kept. Whatever is interrupted in between is done again by the next run.
	records, err := newDraft(dir)
	if err != nil {
		return err
	}
	defer func() { records.drop() }()
	complete := func(_ context.Context, cp client.Checkpoint) error {
		if err := records.become(filepath.Join(dir, cp.Day+".ndjson")); err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%s %s: %d records\n", filepath.Base(dir), cp.Day, records.lines)
		mark, err := newDraft(dir)
		if err != nil {
			return err
		}
		defer mark.drop()
		if err := mark.add(state{baseURL, cp}); err != nil {
			return err
		}
		if err := mark.become(saved); err != nil {
			return err
		}
		records, err = newDraft(dir)
		return err
	}
	for record, err := range pull(client.ResumeFrom(at.Checkpoint), client.WithCheckpoint(complete), client.WithParallelWindows(s.parallel)) {
		if err != nil { // names its day
			return err
		}
		if err := records.add(record); err != nil {
			return err
		}
	}
	return nil
}

// draft is a file that has no name to be found by until it is whole.
type draft struct {
	*bufio.Writer
	file  *os.File
	lines int
}

func newDraft(dir string) (*draft, error) {
	file, err := os.CreateTemp(dir, ".unfinished-*")
	if err != nil {
		return nil, err
	}
	return &draft{Writer: bufio.NewWriter(file), file: file}, nil
}

// add writes a value on a line of its own. A record encodes as the bytes that came, without the blanks between them.
func (d *draft) add(v any) error {
	d.lines++
	line := json.NewEncoder(d)
	line.SetEscapeHTML(false)
	return line.Encode(v)
}

// become gives the file its name once all of it is on the disk.
func (d *draft) become(name string) error {
	if err := errors.Join(d.Flush(), d.file.Sync(), d.file.Close()); err != nil {
		return err
	}
	if err := os.Rename(d.file.Name(), name); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync() // so that the name is on the disk, too
}

// drop removes what has not become anything.
func (d *draft) drop() {
	if d != nil {
		_ = d.file.Close()
		_ = os.Remove(d.file.Name())
	}
}
