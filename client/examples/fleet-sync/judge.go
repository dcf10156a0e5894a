package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"

	"github.com/kapture-community/kapture-go/client"
)

// An outage snoozes a window, first for a short time, then longer. A window that
// saw maxOutages of them, which takes a day, has another problem: from then on
// each uses up an attempt, so that the window fails in the end.
const (
	firstOutage = 5 * time.Second
	longWait    = 10 * time.Minute
	maxOutages  = 150
)

// verdict is what becomes of a job whose window could not be read.
type verdict int

const (
	retry  verdict = iota // burns an attempt; the window fails after the last one
	outage                // snoozes: the tenant's server or the database is not available
	busy                  // snoozes: the budget has no call left
	refuse                // fails the window at once: a repetition would change nothing
)

// judge turns the error of an attempt into what River is to do with the job.
func (w *windowWorker) judge(ctx context.Context, job *river.Job[windowArgs], err error) error {
	log := slog.With("tenant", job.Args.Tenant, "resource", job.Args.Resource, "day", job.Args.Day,
		"generation", job.Args.Generation, "attempt", job.Attempt, "error", loggable(err))

	if errors.Is(err, errGaveUp) || w.rescued(ctx, job) {
		log.Warn("gave up: another attempt has this window by now")
		w.standBack(ctx, job)
		return errGaveUp
	}

	// The client's error may hide that the context ended.
	switch ended := context.Cause(ctx); {
	case errors.Is(ended, context.DeadlineExceeded):
		log.Warn("window was not read in time")
		err = fmt.Errorf("not read within %v, which is -job-timeout", w.jobTimeout)
		w.note(ctx, job, err)
		return err

	case ended != nil:
		return errors.Join(ctx.Err(), ended) // by which River sees that the program ends
	}

	switch verdictOn(err) {
	case busy:
		log.Debug("window waits for its budget")
		return river.JobSnooze(waitOf(err))

	case outage:
		return w.sitOut(ctx, job, err, log)

	case refuse:
		log.Error("window failed")
		return river.JobCancel(err)
	}

	log.Warn("window was not read; it is tried again", "attempts", job.MaxAttempts)
	job.Args.retryAfter = waitOf(err)
	w.note(ctx, job, err)
	return err
}

func verdictOn(err error) verdict {
	if _, full := errors.AsType[*busyError](err); full {
		return busy
	}

	if _, ours := errors.AsType[*client.Error](err); !ours {
		return verdictOnDatabase(err)
	}

	for _, code := range []client.Code{
		client.ErrAuthKey, client.ErrForbidden, client.ErrNoSuchEndpoint, client.ErrInvalidRequest,
	} {
		if errors.Is(err, code) {
			return refuse
		}
	}

	for _, code := range []client.Code{
		client.ErrRateLimited, client.ErrServer, client.ErrTransport, client.ErrTimeout, client.ErrLimiter,
	} {
		if errors.Is(err, code) {
			return outage
		}
	}
	return retry
}

// verdictOnDatabase distinguishes a database that is not available from one
// that rejects a statement.
func verdictOnDatabase(err error) verdict {
	rejected, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return outage // no connection, or one that broke
	}

	for _, class := range []string{
		"08",    // connection exception
		"25P03", // idle_in_transaction_session_timeout
		"40",    // transaction rollback: deadlock, serialization failure
		"53",    // insufficient resources
		"57",    // operator intervention: shutdown, crash, starting up
	} {
		if strings.HasPrefix(rejected.Code, class) {
			return outage
		}
	}
	return retry
}

// waitOf is what the server or the budget asked for, 0 if they asked for nothing.
func waitOf(err error) time.Duration {
	if full, ok := errors.AsType[*busyError](err); ok {
		return full.wait
	}
	if failed, ok := errors.AsType[*client.Error](err); ok {
		return failed.RetryAfter
	}
	return 0
}

// sitOut snoozes a job, which burns no attempt.
func (w *windowWorker) sitOut(ctx context.Context, job *river.Job[windowArgs], err error, log *slog.Logger) error {
	var seen struct {
		Outages int `json:"outages"`
	}
	_ = json.Unmarshal(job.Metadata, &seen) // an object, by River's schema

	asked := waitOf(err)
	if seen.Outages >= maxOutages {
		log.Warn("window was not read: the outage lasts too long to be one")
		job.Args.retryAfter = asked
		w.note(ctx, job, err)
		return err
	}

	wait := max(asked, backoff(firstOutage, seen.Outages))
	log.Warn("window waits for the end of an outage", "wait", wait)

	if errors.Is(err, client.ErrRateLimited) {
		if err := w.tenants.budget(job.Args.Tenant).pause(ctx, asked); err != nil {
			log.Warn("the tenant's budget was not paused", "cause", err)
		}
	}

	w.note(ctx, job, err)
	if err := river.MetadataSet(ctx, "outages", seen.Outages+1); err != nil {
		return err
	}
	return river.JobSnooze(wait)
}

// NextRetry is when a job runs again whose attempt was burned, by an error or by
// a rescue.
func (w *windowWorker) NextRetry(job *river.Job[windowArgs]) time.Time {
	return time.Now().Add(max(job.Args.retryAfter, backoff(time.Second, job.Attempt)))
}

// backoff doubles a wait n times. Half of it is random, so that jobs that failed
// together do not come back together.
func backoff(first time.Duration, n int) time.Duration {
	wait := longWait
	if n < 20 {
		wait = min(first<<n, longWait)
	}
	return wait/2 + rand.N(wait/2)
}

// note shows in the window why it waits. If that fails only status knows less.
func (w *windowWorker) note(ctx context.Context, job *river.Job[windowArgs], reason error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()

	args := job.Args
	_, err := w.pool.Exec(ctx, `
UPDATE kapture.window SET reason = left($5, 500)
WHERE tenant = $1 AND resource = $2 AND day = $3::date AND generation = $4 AND state = 'pending'`,
		args.Tenant, args.Resource, args.Day, args.Generation, strings.ToValidUTF8(reason.Error(), "?"))
	if err != nil {
		slog.Warn("the reason of a window was not noted", "error", err)
	}
}

// rescued reports whether the job belongs to another attempt by now.
func (w *windowWorker) rescued(ctx context.Context, job *river.Job[windowArgs]) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()

	var ours bool
	err := w.pool.QueryRow(ctx,
		"SELECT EXISTS (SELECT FROM kapture.river_job WHERE id = $1 AND attempt = $2 AND state = 'running')",
		job.ID, job.Attempt).Scan(&ours)
	return err == nil && !ours
}

// standBack waits until no other attempt runs the job. River writes the outcome
// of an attempt to whichever attempt is running, so a report from here would take
// the job away from the one that has it. That cannot run longer than jobTimeout.
func (w *windowWorker) standBack(ctx context.Context, job *river.Job[windowArgs]) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.jobTimeout)
	defer cancel()

	for {
		var running bool
		err := w.pool.QueryRow(ctx,
			"SELECT EXISTS (SELECT FROM kapture.river_job WHERE id = $1 AND state = 'running')", job.ID).Scan(&running)
		if err != nil || !running {
			return
		}

		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// loggable is an error as a log may have it: of a client's error the code and
// the numbers, since Kapture's words can name a customer.
func loggable(err error) slog.Value {
	if own, ok := err.(slog.LogValuer); ok {
		return own.LogValue()
	}
	if own, ok := errors.AsType[*client.Error](err); ok {
		return own.LogValue()
	}
	return slog.StringValue(err.Error())
}
