// Csv-import adds the customers of a CSV file to a Kapture tenant, several at once, and writes what became of every row.
// It is an example of bulk writes that can be interrupted and looked after.
package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/kapture-community/kapture-go/client"
)

const help = `Csv-import adds the customers of a CSV file to a Kapture tenant.

The first line of FILE names the columns: name, and phone or email or both; also
code, city, state, country, address and remarks. The whole file is read first:
if a line is wrong, nothing is sent.

FILE.results.csv then has one line for every row: its line in FILE, what became
of it, and more where there is more:
  added      with Kapture's number for the customer
  not-added  with Kapture's words, or the reason why it was not sent
  unknown    no answer came: it may have been added. Look before adding it again
  not-sent   the import ended before its turn
Rows that are not-added or not-sent can be put into a file of their own and
imported again. An interrupt ends the import behind the rows that are on their
way; a second one kills it. While it runs, and if it is killed, the results
stand in FILE.results.csv.unfinished: the few rows behind the last ones in there
may have been sent.

Usage:
  KAPTURE_TOKEN=... csv-import -tenant acme FILE

Exit codes: 0 all were added; 1 some were not, see the results; 2 nothing was
sent: the command line or FILE is wrong; 130 interrupted, see the results.

Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second signal kills
	code := run(ctx, os.Args[1:], os.Getenv("KAPTURE_TOKEN"), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, token string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("csv-import", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(flags.Output(), help); flags.PrintDefaults() }
	tenant := flags.String("tenant", "", "sub-`domain` of the tenant: acme for https://acme.kapturecrm.com")
	base := flags.String("base-url", "", "another `URL` than the tenant's, such as a test server's")
	parallel := flags.Int("parallel", 4, "how many `rows` to send at once")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if token == "" || flags.NArg() != 1 || *parallel < 1 {
		fmt.Fprintln(stderr, "csv-import: one FILE, the key in KAPTURE_TOKEN and a -parallel above 0 are needed; see -help")
		return 2
	}
	options := []client.Option{client.WithToken(token), client.WithApplication("csv-import", "1")}
	if *base != "" {
		options = append(options, client.WithBaseURL(*base))
	}
	c, err := client.New(*tenant, options...)
	if err != nil {
		fmt.Fprintln(stderr, "csv-import:", err)
		return 2
	}
	file := flags.Arg(0)
	total, err := check(file)
	if err != nil {
		fmt.Fprintln(stderr, "csv-import: nothing was sent:", err)
		return 2
	}
	results, err := create(file + ".results.csv")
	if err != nil {
		fmt.Fprintln(stderr, "csv-import: nothing was sent:", err)
		return 2
	}
	bar := &progress{w: stdout, shown: terminal(stdout), total: total}
	err = load(ctx, c.Customers, file, *parallel, results, bar)
	bar.clear()
	if err != nil {
		fmt.Fprintf(stderr, "csv-import: %v; what is known stands in %s\n", err, results.file.Name())
		return 1
	}
	n := results.counts
	fmt.Fprintf(stdout, "%d rows: %d added, %d not added, %d unknown, %d not sent; see %s\n", total, n[added], n[notAdded], n[unknown], n[notSent], results.name)
	switch {
	case ctx.Err() != nil:
		return 130
	case n[added] < total:
		return 1
	}
	return 0
}

// row is a line of the file.
type row struct {
	line     int
	customer client.AddCustomer
}

// columns are those that a file may have.
var columns = map[string]func(*client.CustomerInfo) **string{
	"name":    func(c *client.CustomerInfo) **string { return &c.CustomerName },
	"phone":   func(c *client.CustomerInfo) **string { return &c.Phone },
	"email":   func(c *client.CustomerInfo) **string { return &c.EmailID },
	"code":    func(c *client.CustomerInfo) **string { return &c.CustomerCode },
	"city":    func(c *client.CustomerInfo) **string { return &c.City },
	"state":   func(c *client.CustomerInfo) **string { return &c.State },
	"country": func(c *client.CustomerInfo) **string { return &c.Country },
	"address": func(c *client.CustomerInfo) **string { return &c.Address },
	"remarks": func(c *client.CustomerInfo) **string { return &c.Remarks },
}

// rows reads the file line by line, so that its size does not matter.
func rows(file string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		in, err := os.Open(file)
		if err != nil {
			yield(row{}, err)
			return
		}
		defer in.Close()
		lines := csv.NewReader(in)
		names, err := lines.Read()
		if err != nil {
			yield(row{}, fmt.Errorf("%s has no line that names the columns: %w", file, err))
			return
		}
		names = slices.Clone(names)
		for i, name := range names {
			names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF"))) // as spreadsheets begin a file
			if columns[names[i]] == nil || slices.Contains(names[:i], names[i]) {
				yield(row{}, fmt.Errorf("%s: column %q is not known, or is there twice; see -help", file, name))
				return
			}
		}
		for {
			fields, err := lines.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			r := row{}
			if err == nil {
				r.line, _ = lines.FieldPos(0)
				for i, value := range fields {
					if value = strings.TrimSpace(value); value != "" {
						*columns[names[i]](&r.customer.CustomerInfo) = &value
					}
				}
				if info := r.customer.CustomerInfo; info.CustomerName == nil || info.Phone == nil && info.EmailID == nil {
					err = fmt.Errorf("line %d: a name, and a phone or an e-mail address, are needed", r.line)
				}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// check reads the whole file and counts its rows.
func check(file string) (n int, err error) {
	var wrong []error
	for _, err := range rows(file) {
		if n++; err != nil {
			wrong = append(wrong, err)
		}
		if len(wrong) == 10 {
			break
		}
	}
	if n == 0 {
		return 0, fmt.Errorf("%s has no rows", file)
	}
	return n, errors.Join(wrong...)
}

// What may become of a row.
const (
	added    = "added"
	notAdded = "not-added"
	unknown  = "unknown"
	notSent  = "not-sent"
)

// adder is the part of the client that is used.
type adder interface {
	AddAll(context.Context, iter.Seq[client.AddCustomer], ...client.BulkOption) iter.Seq[client.BulkResult[client.AddCustomer, *client.CustomerUpserted]]
}

// load sends the rows and notes what becomes of each as it becomes known. When ctx ends, or the key is refused, it sends
// no more, but waits for what is on its way: to cut that off would make outcomes unknown.
func load(ctx context.Context, customers adder, file string, parallel int, out *results, bar *progress) error {
	var (
		halt   atomic.Bool
		broken error
		mu     sync.Mutex
		lines  []int // by index
	)
	inputs := func(yield func(client.AddCustomer) bool) {
		for r, err := range rows(file) {
			if broken = err; err != nil || ctx.Err() != nil || halt.Load() {
				return
			}
			mu.Lock()
			lines = append(lines, r.line)
			mu.Unlock()
			if !yield(r.customer) {
				return
			}
		}
	}
	taken := 0
	for result := range customers.AddAll(context.WithoutCancel(ctx), inputs, client.Parallel(parallel)) {
		taken++
		mu.Lock()
		line := lines[result.Index]
		mu.Unlock()
		refusal, refused := errors.AsType[*client.Error](result.Err)
		switch err := result.Err; {
		case err == nil:
			out.note(line, added, strconv.FormatInt(result.Answer.Customer.CustomerID, 10), "", "")
		case refused:
			outcome := notAdded
			if errors.Is(err, client.ErrOutcomeUnknown) {
				outcome = unknown
			}
			out.note(line, outcome, "", string(refusal.Code), cmp.Or(refusal.Message, err.Error()))
		default:
			out.note(line, unknown, "", "", err.Error())
		}
		if errors.Is(result.Err, client.ErrAuthKey) || out.err != nil {
			halt.Store(true)
		}
		bar.show(out)
	}
	index := 0
	for r, err := range rows(file) {
		if err != nil || broken != nil {
			return errors.Join(fmt.Errorf("%s was changed while it was imported", file), cmp.Or(broken, err), out.file.Close())
		}
		if index++; index > taken {
			out.note(r.line, notSent, "", "", "")
		}
	}
	return out.finish()
}
