package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/kapture-community/kapture-go/client"
)

// windowArgs name the window that a job reads. They make the job unique: a
// window has one job for each generation, at most.
type windowArgs struct {
	Tenant     string `json:"tenant"`
	Resource   string `json:"resource"`
	Day        string `json:"day"` // yyyy-mm-dd, in India
	Generation int    `json:"generation"`

	// retryAfter is what the server asked for. Work sets it for NextRetry, which
	// River calls with the same job. It is not among the job's arguments.
	retryAfter time.Duration
}

// Kind is also in schema.sql, in the trigger that fails windows.
func (windowArgs) Kind() string { return "pull_window" }

func (windowArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// plan is what enqueue is asked for.
type plan struct {
	tenants   []string
	resources []string
	from, to  time.Time // midnights in India, both included

	lateDays    int  // for how many days after its end a window is read again
	failed      bool // plan failed windows again
	maxAttempts int
}

// planWindows makes the windows that are not there, and starts a new generation
// of those that have to be read, or read again:
//
//   - open: the day is over by now.
//   - complete: the last reading was before the end of the time for late
//     records, and on an earlier day of India. So a second run on the same day
//     plans nothing.
//   - failed: only if that is asked for, because its reason may still be there.
//   - pending: its job is gone, which happens if somebody deletes jobs.
//
// Only the database's clock counts, because all machines have the same one.
const planWindows = `
INSERT INTO kapture.window AS w (tenant, resource, day)
SELECT tenant, resource, day::date
FROM generate_series($3::date, $4::date, INTERVAL '1 day') AS day,
    unnest($1::text[]) AS tenant, unnest($2::text[]) AS resource
ON CONFLICT (tenant, resource, day) DO UPDATE
SET state = 'pending', generation = w.generation + 1, reason = ''
WHERE CASE w.state
    WHEN 'open' THEN clock_timestamp() >= kapture.day_over(w.day)
    WHEN 'complete' THEN w.read_at < kapture.day_over(w.day) + make_interval(days => $5::integer)
        AND kapture.india_day(w.read_at) < kapture.india_day(clock_timestamp())
    WHEN 'failed' THEN $6::boolean
    ELSE NOT EXISTS (
        SELECT FROM kapture.river_job AS job
        WHERE job.id = w.job AND job.state NOT IN ('completed', 'cancelled', 'discarded'))
END
RETURNING tenant, resource, day::text, generation`

// windowsPerTransaction bounds the work that an interrupted enqueue loses.
const windowsPerTransaction = 5000

// enqueue plans the windows and returns how many it planned. Rows and jobs of a
// part of the days are committed together, so that none is without the other.
func enqueue(ctx context.Context, pool *pgxpool.Pool, p plan) (int, error) {
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Schema: schema, Logger: quiet})
	if err != nil {
		return 0, err
	}

	days := max(1, windowsPerTransaction/(len(p.tenants)*len(p.resources)))
	planned := 0

	for from := p.from; !from.After(p.to); from = from.AddDate(0, 0, days) {
		part := p
		part.from = from
		part.to = from.AddDate(0, 0, days-1)
		if part.to.After(p.to) {
			part.to = p.to
		}

		n, err := enqueuePart(ctx, pool, jobs, part)
		if err != nil {
			return planned, fmt.Errorf("after %d windows: %w", planned, err)
		}
		planned += n
	}
	return planned, nil
}

func enqueuePart(ctx context.Context, pool *pgxpool.Pool, jobs *river.Client[pgx.Tx], p plan) (int, error) {
	planned := 0

	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, planWindows, p.tenants, p.resources,
			p.from.Format(time.DateOnly), p.to.Format(time.DateOnly), p.lateDays, p.failed)
		if err != nil {
			return err
		}

		windows, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (args windowArgs, err error) {
			err = row.Scan(&args.Tenant, &args.Resource, &args.Day, &args.Generation)
			return args, err
		})
		if err != nil || len(windows) == 0 {
			return err
		}

		inserted, err := jobs.InsertManyTx(ctx, tx, p.jobs(windows))
		if err != nil {
			return err
		}

		planned = len(windows)
		return nameJobs(ctx, tx, windows, inserted)
	})
	return planned, err
}

// nameJobs writes the job of each window into its row. River inserted them in the
// same order.
func nameJobs(ctx context.Context, tx pgx.Tx, windows []windowArgs, inserted []*rivertype.JobInsertResult) error {
	var (
		tenants   = make([]string, len(windows))
		resources = make([]string, len(windows))
		days      = make([]string, len(windows))
		ids       = make([]int64, len(windows))
	)
	for i, args := range windows {
		tenants[i] = args.Tenant
		resources[i] = args.Resource
		days[i] = args.Day
		ids[i] = inserted[i].Job.ID
	}

	_, err := tx.Exec(ctx, `
UPDATE kapture.window AS w SET job = named.job
FROM unnest($1::text[], $2::text[], $3::text[]::date[], $4::bigint[]) AS named (tenant, resource, day, job)
WHERE (w.tenant, w.resource, w.day) = (named.tenant, named.resource, named.day)`, tenants, resources, days, ids)
	return err
}

// jobs sorts the windows and makes their jobs in the order in which they are
// worked: day by day, and within a day one tenant after the other, so that
// neighbours wait for different budgets.
func (p plan) jobs(windows []windowArgs) []river.InsertManyParams {
	slices.SortFunc(windows, func(a, b windowArgs) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Tenant, b.Tenant))
	})

	recent := time.Now().In(client.India).AddDate(0, 0, -7).Format(time.DateOnly)
	jobs := make([]river.InsertManyParams, len(windows))

	for i, args := range windows {
		options := &river.InsertOpts{MaxAttempts: p.maxAttempts, Priority: 1}
		if args.Day < recent {
			options.Priority = 2 // the last week does not wait for years of history
		}
		jobs[i] = river.InsertManyParams{Args: args, InsertOpts: options}
	}
	return jobs
}

// setBudgets makes the budgets of tenants that have none. It changes the others
// only if change is set, because an operator may have set them by hand.
func setBudgets(ctx context.Context, pool *pgxpool.Pool, tenants []string, limit rateLimit) error {
	statement := `
INSERT INTO kapture.budget (tenant, rate, burst, tokens)
SELECT tenant, $2::float8, $3::float8, $3::float8 FROM unnest($1::text[]) AS tenant
ON CONFLICT (tenant) DO NOTHING`
	if limit.change {
		statement = `
INSERT INTO kapture.budget AS b (tenant, rate, burst, tokens)
SELECT tenant, $2::float8, $3::float8, $3::float8 FROM unnest($1::text[]) AS tenant
ON CONFLICT (tenant) DO UPDATE SET rate = excluded.rate, burst = excluded.burst`
	}

	_, err := pool.Exec(ctx, statement, tenants, limit.rate, limit.burst)
	return err
}

// rateLimit is the budget of a tenant.
type rateLimit struct {
	rate, burst float64
	change      bool // also where there is one
}
