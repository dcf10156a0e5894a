// Fleet-sync pulls the history of many Kapture tenants into PostgreSQL, on any
// number of machines. It is an example of the client's pulls as the jobs of River
// (riverqueue.com), a job queue on PostgreSQL that is there already, with
// its own retries, leader election and rescue of jobs whose machine died.
//
// One machine and few tenants need none of it: see nightly-sync.
//
// The table kapture.window says what was read; River's jobs are only its errands.
// A job pulls one day of one list into a temporary table. Then one short
// transaction locks the job, if it still belongs to this attempt, keeps the
// records, completes the window and completes the job. So a machine may be
// killed, stopped or cut off at any time: a window is there as a whole or it is
// read again, and no attempt that was given up for dead writes anything.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

const help = `Fleet-sync pulls the history of many Kapture tenants into PostgreSQL, on any
number of machines.

Usage:
  fleet-sync enqueue -tenants acme,globex -from 2024-05-01   plan windows: a day of a list of a tenant each
  fleet-sync work -keys DIR                                  read them; on as many machines as you like
  fleet-sync status                                          show what was read and what failed, and why

Run enqueue each night: it plans only what is new or has to be read again. -help
after a command shows its flags. The database is that of DATABASE_URL, a URL such
as postgres://user@host/name, or of the PG* variables that psql reads.

Exit codes: 0 done (status: every window is read); 1 failed (status: windows
failed); 2 the command line is wrong; 3 status: windows are pending; 130
interrupted.
`

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitPending     = 3
	exitInterrupted = 130
)

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{database: os.Getenv("DATABASE_URL"), stdout: os.Stdout, stderr: os.Stderr}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// program is what a command needs of its surroundings.
type program struct {
	database       string
	stdout, stderr io.Writer
}

// usageError is a wrong command line.
type usageError struct{ error }

func (p program) run(ctx context.Context, args []string) int {
	commands := map[string]func(context.Context, []string) (int, error){
		"enqueue": p.enqueue,
		"work":    p.work,
		"status":  p.status,
	}

	if len(args) > 0 && slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		fmt.Fprint(p.stdout, help)
		return exitDone
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(p.stderr, help)
		return exitUsage
	}

	code, err := commands[args[0]](ctx, args[1:])
	switch {
	case err == nil:
		return code
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case ctx.Err() != nil:
		fmt.Fprintln(p.stderr,
			"fleet-sync: interrupted; what was committed is kept, and the rest is done by the next run")
		return exitInterrupted
	}

	fmt.Fprintln(p.stderr, "fleet-sync:", err)
	if _, wrong := errors.AsType[usageError](err); wrong {
		return exitUsage
	}
	return exitFailed
}

// parse reads the flags of a command, which takes nothing else.
func (p program) parse(flags *flag.FlagSet, args []string) error {
	flags.SetOutput(io.Discard) // run prints the error

	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(p.stdout, "Flags of fleet-sync %s:\n", flags.Name())
		flags.SetOutput(p.stdout)
		flags.PrintDefaults()
		return flag.ErrHelp
	}
	if err != nil {
		return usageError{err}
	}
	if flags.NArg() > 0 {
		return usageError{fmt.Errorf("unexpected argument %q; see fleet-sync %s -help", flags.Arg(0), flags.Name())}
	}
	return nil
}

func (p program) enqueue(ctx context.Context, args []string) (int, error) {
	var (
		wanted    plan
		limit     rateLimit
		tenants   string
		resources string
	)

	flags := flag.NewFlagSet("enqueue", flag.ContinueOnError)
	flags.StringVar(&tenants, "tenants", "", "the tenants' sub-domains, with commas between them: `acme,globex`")
	flags.StringVar(&resources, "resources", "customers,tickets", "the `lists` to read")
	flags.Func("from", "the first `day`, yyyy-mm-dd, in India", day(&wanted.from))
	flags.Func("to", "the last `day`; the last one that is over unless given", day(&wanted.to))
	flags.IntVar(&wanted.lateDays, "late-days", 3, "for how many `days` after its end a window is read again")
	flags.BoolVar(&wanted.failed, "failed", false, "plan failed windows again")
	flags.IntVar(&wanted.maxAttempts, "max-attempts", 10, "after how many `attempts` a window fails; kills count too")
	flags.Float64Var(&limit.rate, "rate", 2, "`calls` a second to each of these tenants, from all machines together")
	flags.Float64Var(&limit.burst, "burst", 2, "`calls` at once after a quiet time")
	if err := p.parse(flags, args); err != nil {
		return exitUsage, err
	}

	flags.Visit(func(f *flag.Flag) {
		limit.change = limit.change || f.Name == "rate" || f.Name == "burst"
	})
	if wanted.to.IsZero() {
		wanted.to = time.Now().Add(-time.Hour).In(client.India).AddDate(0, 0, -1)
	}
	wanted.tenants = list(tenants)
	wanted.resources = list(resources)
	if err := check(wanted, limit); err != nil {
		return exitUsage, usageError{err}
	}

	pool, err := openDatabase(ctx, p.database, 4)
	if err != nil {
		return exitFailed, err
	}
	defer pool.Close()

	if err := migrate(ctx, pool); err != nil {
		return exitFailed, err
	}
	if err := setBudgets(ctx, pool, wanted.tenants, limit); err != nil {
		return exitFailed, err
	}

	planned, err := enqueue(ctx, pool, wanted)
	if err != nil {
		return exitFailed, err
	}
	fmt.Fprintf(p.stdout, "planned %d windows\n", planned)
	return exitDone, nil
}

func (p program) work(ctx context.Context, args []string) (int, error) {
	var s workSettings

	flags := flag.NewFlagSet("work", flag.ContinueOnError)
	flags.StringVar(&s.keys, "keys", "",
		"the `folder` with a file of each tenant's key: acme, and acme.pullTickets for an operation's own key")
	flags.StringVar(&s.baseURL, "base-url", "", "another `URL` than the tenants', such as a test server's")
	flags.IntVar(&s.slots, "slots", 8, "how many `windows` this process reads at once")
	flags.DurationVar(&s.jobTimeout, "job-timeout", 10*time.Minute, "how `long` one attempt at a window may take")
	flags.DurationVar(&s.rescueAfter, "rescue-after", 15*time.Minute, "after how `long` an attempt is taken for dead")
	flags.DurationVar(&s.fetchCooldown, "fetch-cooldown", 100*time.Millisecond,
		"the least `time` between two fetches of jobs")
	flags.DurationVar(&s.stopTimeout, "stop-timeout", 20*time.Second, "how `long` windows may continue after SIGTERM")
	flags.BoolVar(&s.untilComplete, "until-complete", false, "end when no window is pending")
	flags.IntVar(&s.ticketPage, "tickets-page-size", 0, "`records` of a page, for tenants with pagination of tickets")
	flags.Func("no-tickets-text", "a `text` that a tenant sends for a day without tickets; may be repeated",
		func(text string) error { s.noTickets = append(s.noTickets, text); return nil })
	if err := p.parse(flags, args); err != nil {
		return exitUsage, err
	}
	if err := s.check(); err != nil {
		return exitUsage, usageError{err}
	}

	pool, err := openDatabase(ctx, p.database, s.slots+spareConnections)
	if err != nil {
		return exitFailed, err
	}
	defer pool.Close()

	return exitDone, work(ctx, pool, s)
}

func (p program) status(ctx context.Context, args []string) (int, error) {
	flags := flag.NewFlagSet("status", flag.ContinueOnError)
	if err := p.parse(flags, args); err != nil {
		return exitUsage, err
	}

	pool, err := openDatabase(ctx, p.database, 2)
	if err != nil {
		return exitFailed, err
	}
	defer pool.Close()

	there, err := ready(ctx, pool)
	if err != nil {
		return exitFailed, err
	}
	if !there {
		return exitFailed, errors.New("the database has no windows; run fleet-sync enqueue first")
	}

	pending, failed, err := status(ctx, pool, p.stdout)
	switch {
	case err != nil:
		return exitFailed, err
	case failed > 0:
		return exitFailed, nil
	case pending > 0:
		return exitPending, nil
	}
	return exitDone, nil
}

// check finds what is wrong with a plan.
func check(wanted plan, limit rateLimit) error {
	if len(wanted.tenants) == 0 {
		return errors.New("-tenants is missing; give sub-domains such as acme,globex")
	}
	for _, tenant := range wanted.tenants {
		if !tenantName.MatchString(tenant) {
			return fmt.Errorf("%q cannot be a tenant; give the sub-domain, such as acme of https://acme.kapturecrm.com",
				tenant)
		}
	}

	for _, name := range wanted.resources {
		if resources[name] == nil {
			return fmt.Errorf("unknown resource %q; there are customers and tickets", name)
		}
	}

	switch {
	case len(wanted.resources) == 0:
		return errors.New("-resources is empty; there are customers and tickets")
	case wanted.from.IsZero():
		return errors.New("-from is missing; give the first day, such as 2024-05-01")
	case wanted.to.Before(wanted.from):
		return fmt.Errorf("the days end (%s) before they begin (%s)",
			wanted.to.Format(time.DateOnly), wanted.from.Format(time.DateOnly))
	case wanted.lateDays < 0 || wanted.maxAttempts < 1 || wanted.maxAttempts > 1000:
		return errors.New("-late-days must not be negative, and -max-attempts be from 1 to 1000")
	case limit.rate <= 0 || limit.burst < 1:
		return errors.New("-rate must be above 0, and -burst at least 1")
	}
	return nil
}

// list splits a text at its commas and drops repetitions.
func list(text string) []string {
	items := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	slices.Sort(items)
	return slices.Compact(items)
}

// day parses a day of India.
func day(into *time.Time) func(string) error {
	return func(text string) (err error) {
		*into, err = time.ParseInLocation(time.DateOnly, text, client.India)
		return err
	}
}
