package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// budget holds back the calls to one tenant, for all machines together. It is a
// client.Limiter.
type budget struct {
	pool   *pgxpool.Pool
	tenant string

	// patience is how long a call waits for its turn. A job whose turn is
	// further away frees its slot for another tenant's.
	patience time.Duration
}

// takeToken takes a token and returns the seconds to wait before the call. It
// takes none if the wait would be longer than $2.
//
// It is one statement on a connection without a transaction, so the row is
// locked for the time of the statement only. In a window's transaction it would
// be locked until the commit, and all workers of the tenant would wait for it.
const takeToken = `
UPDATE kapture.budget
SET tokens = least(burst, tokens + rate * greatest(0, extract(epoch FROM clock_timestamp() - at))) - 1,
    at = clock_timestamp()
WHERE tenant = $1 AND -rate * $2::float8
    <= least(burst, tokens + rate * greatest(0, extract(epoch FROM clock_timestamp() - at))) - 1
RETURNING greatest(0, -tokens / rate)::float8`

const waitForToken = `
SELECT greatest(0, (1 - tokens) / rate - extract(epoch FROM clock_timestamp() - at))::float8
FROM kapture.budget WHERE tenant = $1`

// busyError says that the budget has no token for some time.
type busyError struct{ wait time.Duration }

func (e *busyError) Error() string {
	return "the tenant's budget has no call left for " + e.wait.Round(time.Millisecond).String()
}

// Wait returns when it is the turn of a call.
func (b budget) Wait(ctx context.Context) error {
	var seconds float64
	err := b.pool.QueryRow(ctx, takeToken, b.tenant, b.patience.Seconds()).Scan(&seconds)
	if errors.Is(err, pgx.ErrNoRows) {
		return b.busy(ctx)
	}
	if err != nil {
		return err
	}

	turn := time.NewTimer(inSeconds(seconds))
	defer turn.Stop()

	select {
	case <-turn.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// busy says how far away the next token is.
func (b budget) busy(ctx context.Context) error {
	var seconds float64
	err := b.pool.QueryRow(ctx, waitForToken, b.tenant).Scan(&seconds)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("tenant %q has no row in kapture.budget; fleet-sync enqueue makes one", b.tenant)
	}
	if err != nil {
		return err
	}
	return &busyError{inSeconds(seconds)}
}

// pause keeps all machines from calling the tenant for some time, which is what
// the server asked for in a Retry-After.
func (b budget) pause(ctx context.Context, d time.Duration) error {
	_, err := b.pool.Exec(ctx, `
UPDATE kapture.budget SET tokens = least(tokens, 1 - rate * $2::float8), at = clock_timestamp()
WHERE tenant = $1`, b.tenant, d.Seconds())
	return err
}

func inSeconds(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
