// Csv-import adds the customers of a CSV file to a Kapture tenant, several at
// once, and writes the outcome of every row. It is an example of bulk writes
// that can be interrupted and checked afterwards.
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

	"github.com/kapture-community/kapture-go/client"
)

const help = `Csv-import adds the customers of a CSV file to a Kapture tenant.

The first line of FILE names the columns: name, and phone or email or both; also
code, city, state, country, address and remarks. The whole file is read first:
if a line is wrong, nothing is sent. A line is wrong if it has no name, neither
phone nor email, text that is not UTF-8, a formula (=...), or a phone that a
spreadsheet changed (9.19876E+11, 9876543210.0). Rows and columns without any
text are ignored.

FILE.results.csv then has one line for every row: its line in FILE, the outcome,
and details:
  added      with Kapture's number for the customer
  existing   with that number: Kapture has a customer with this phone or email;
             only with -skip-existing
  not-added  with Kapture's words, or the reason why it was not sent
  unknown    the response was lost: the customer may have been added. Look
             before you add it again
  not-sent   the import ended before this row
Rows that are not-added or not-sent can be put into another file and imported
again. An interrupt ends the import after the rows in flight; a second one kills
it. While it runs, and if it is killed, the results are in
FILE.results.csv.unfinished: the few rows after the last ones in it may have
been sent.

Kapture adds a customer again if you send it again: no page of the API says that
duplicates are rejected. With -skip-existing each row is looked up first, by
phone and by email. Another program that adds the same customer between the
look-up and the write still makes two.

Usage:
  KAPTURE_TOKEN=... csv-import -tenant acme FILE

Exit codes: 0 all rows were added or exist; 1 some were not, see the results;
2 nothing was sent: the command line or FILE is wrong; 130 interrupted, see the
results.

Flags:
`

// The exit codes, as the help text explains them.
const (
	exitDone        = 0
	exitSomeFailed  = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	code := run(ctx, os.Args[1:], os.Getenv("KAPTURE_TOKEN"), output{os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// output is where the program writes.
type output struct{ out, err io.Writer }

func (o output) fail(code int, format string, args ...any) int {
	fmt.Fprintf(o.err, "csv-import: "+format+"\n", args...)
	return code
}

// settings are what the command line says.
type settings struct {
	tenant, base, encoding, file string
	parallel                     int
	skipExisting                 bool
}

func run(ctx context.Context, args []string, token string, o output) int {
	var s settings
	flags := flag.NewFlagSet("csv-import", flag.ContinueOnError)
	flags.SetOutput(o.err)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), help)
		flags.PrintDefaults()
	}
	flags.StringVar(&s.tenant, "tenant", "", "`subdomain` of the tenant: acme for https://acme.kapturecrm.com")
	flags.StringVar(&s.base, "base-url", "", "another `URL` than the tenant's, for example a test server's")
	flags.StringVar(&s.encoding, "encoding", "utf-8",
		"`encoding` of FILE: utf-8, utf-16 or windows-1252 (what spreadsheets often call CSV)")
	flags.IntVar(&s.parallel, "parallel", 4, "how many `rows` to send at once")
	flags.BoolVar(&s.skipExisting, "skip-existing", false,
		"look each row up first, and add only those that Kapture does not have")

	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		return exitUsage
	case flags.NArg() != 1 || s.parallel < 1:
		return o.fail(exitUsage, "one FILE and a -parallel of at least 1 are needed; see -help")
	case token == "":
		return o.fail(exitUsage, "no key: set KAPTURE_TOKEN; see -help")
	}
	s.file = flags.Arg(0)

	options := []client.Option{client.WithToken(token), client.WithApplication("csv-import", "1")}
	if s.base != "" {
		options = append(options, client.WithBaseURL(s.base))
	}
	c, err := client.New(s.tenant, options...)
	if err != nil {
		return o.fail(exitUsage, "%v", err)
	}
	return importFile(ctx, c.Customers, s, o)
}

// importFile checks the file, sends its rows and reports the result.
func importFile(ctx context.Context, customers customers, s settings, o output) int {
	in := table{file: s.file, encoding: s.encoding}
	total, err := in.check()
	if err != nil {
		return o.fail(exitUsage, "nothing was sent: %v", err)
	}
	results, err := create(s.file + ".results.csv")
	if err != nil {
		return o.fail(exitUsage, "nothing was sent: %v", err)
	}

	loader := &loader{
		customers:    customers,
		table:        in,
		parallel:     s.parallel,
		skipExisting: s.skipExisting,
		results:      results,
		progress:     newProgress(o.err, total),
	}
	err = loader.load(ctx)
	loader.progress.clear()
	if err != nil {
		return o.fail(exitSomeFailed, "%v; what is known is in %s", err, results.file.Name())
	}

	n := results.counts
	fmt.Fprintf(o.out, "%d rows: %d added, %d existing, %d not added, %d unknown, %d not sent; see %s\n",
		total, n[added], n[existing], n[notAdded], n[unknown], n[notSent], results.name)
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case n[added]+n[existing] < total:
		return exitSomeFailed
	}
	return exitDone
}
