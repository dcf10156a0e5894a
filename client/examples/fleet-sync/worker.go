package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/kapture-community/kapture-go/client"
)

// windowWorker reads windows. River calls Work for one job at a time in each of
// its slots.
type windowWorker struct {
	river.WorkerDefaults[windowArgs]

	pool       *pgxpool.Pool
	tenants    *tenants
	jobTimeout time.Duration
}

// Work reads the window of a job: first the pull, which can take minutes, then
// one short transaction.
func (w *windowWorker) Work(ctx context.Context, job *river.Job[windowArgs]) error {
	err := w.read(ctx, job)
	if err == nil {
		return nil
	}
	return w.judge(ctx, job, err)
}

func (w *windowWorker) read(ctx context.Context, job *river.Job[windowArgs]) error {
	conn, err := w.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()

	staged, err := newStage(ctx, conn)
	if err != nil {
		return err
	}

	if err := w.pull(ctx, staged, job.Args); err != nil {
		return err
	}

	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		return commit(ctx, tx, job, staged)
	})
}

// pull copies the records of a window into the stage.
func (w *windowWorker) pull(ctx context.Context, staged *stage, args windowArgs) error {
	pull, known := resources[args.Resource]
	if !known {
		return fmt.Errorf("unknown resource %q; this program knows customers and tickets", args.Resource)
	}

	day, err := time.ParseInLocation(time.DateOnly, args.Day, client.India)
	if err != nil {
		return err
	}

	asked, err := w.tenants.window(args.Tenant, day)
	if err != nil {
		return err
	}

	// The client saves a checkpoint only if the day had been over when it asked.
	asked.options = append(asked.options, client.WithCheckpoint(func(context.Context, client.Checkpoint) error {
		staged.complete = true
		return nil
	}))

	for r, err := range pull(ctx, asked) {
		if err != nil {
			return err
		}
		if err := staged.add(ctx, r, args.Day); err != nil {
			return err
		}
	}
	return staged.flush(ctx)
}

// errGaveUp ends an attempt that has lost its job: River rescued the job
// meanwhile, or a later generation was planned.
var errGaveUp = errors.New("gave up: another attempt has this window by now")

// fence locks the job, if it still belongs to this attempt. It has to be the
// first statement of the transaction. JobCompleteTx cannot replace it: it does
// not look at the attempt, and for a job that was rescued meanwhile it returns
// that job without an error.
const fence = `
SELECT 1 FROM kapture.river_job WHERE id = $1 AND attempt = $2 AND state = 'running' FOR UPDATE`

const completeWindow = `
UPDATE kapture.window
SET state = CASE WHEN $5 THEN 'complete' ELSE 'open' END,
    records = (SELECT count(DISTINCT id) FROM pg_temp.stage),
    reason = (
        SELECT CASE WHEN count(*) > count(DISTINCT id) THEN
            'identifiers that came again with other content: ' || count(*) - count(DISTINCT id)
            || '; the last form counts'
            ELSE '' END
        FROM pg_temp.stage),
    read_at = $6,
    complete_since = coalesce(complete_since, CASE WHEN $5 THEN clock_timestamp() END)
WHERE tenant = $1 AND resource = $2 AND day = $3::date AND generation = $4 AND state = 'pending'`

// commit makes the records, the window and the end of the job visible at once.
func commit(ctx context.Context, tx pgx.Tx, job *river.Job[windowArgs], staged *stage) error {
	locked, err := tx.Exec(ctx, fence, job.ID, job.Attempt)
	if err != nil {
		return err
	}
	if locked.RowsAffected() == 0 {
		return errGaveUp
	}

	if err := staged.keep(ctx, tx, job.Args); err != nil {
		return err
	}

	args := job.Args
	updated, err := tx.Exec(ctx, completeWindow,
		args.Tenant, args.Resource, args.Day, args.Generation, staged.complete, staged.at)
	if err != nil {
		return err
	}
	if updated.RowsAffected() == 0 {
		return errGaveUp
	}

	completed, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
	if err != nil {
		return err
	}
	if completed.State != rivertype.JobStateCompleted {
		return fmt.Errorf("the job is %s after it was completed", completed.State)
	}
	return nil
}
