package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// makeStage makes the table that holds a window's records until it is committed.
// It belongs to the connection and is not written to the WAL.
const makeStage = `
CREATE TEMPORARY TABLE IF NOT EXISTS stage (
    number integer NOT NULL,
    id text COLLATE "C" NOT NULL,
    raw text NOT NULL
)`

// A batch is copied when it has one of these sizes. So a window of any size takes
// little memory, and no COPY is open while the pull waits for the server: an open
// COPY is an unfinished transaction, which would hold back the view change.
const (
	batchRecords = 2000
	batchBytes   = 4 << 20
)

// stage collects the records of one reading of a window.
type stage struct {
	at       time.Time // before the first request
	complete bool      // the day was over by then

	conn  *pgxpool.Conn
	batch [][]any
	bytes int
	count int
}

// newStage empties the connection's table.
func newStage(ctx context.Context, conn *pgxpool.Conn) (*stage, error) {
	if _, err := conn.Exec(ctx, makeStage); err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "TRUNCATE pg_temp.stage"); err != nil {
		return nil, err
	}
	return &stage{at: time.Now(), conn: conn}, nil
}

// add takes a record. One without an identifier gets a name from its place in
// the window, so that it is stored too.
func (s *stage) add(ctx context.Context, r record, day string) error {
	s.count++
	if r.id == "" {
		r.id = fmt.Sprintf("%s%s:%d", nameless, day, s.count)
	}

	s.batch = append(s.batch, []any{s.count, r.id, r.raw})
	s.bytes += len(r.raw)

	if len(s.batch) < batchRecords && s.bytes < batchBytes {
		return nil
	}
	return s.flush(ctx)
}

func (s *stage) flush(ctx context.Context) error {
	if len(s.batch) == 0 {
		return nil
	}

	_, err := s.conn.CopyFrom(ctx, pgx.Identifier{"pg_temp", "stage"},
		[]string{"number", "id", "raw"}, pgx.CopyFromRows(s.batch))
	s.batch = s.batch[:0]
	s.bytes = 0
	return err
}

// nameless begins the names of records without an identifier.
const nameless = "nameless:"

// keepRecords brings the staged records into the table. It does not touch a
// record whose form did not change, so that the view change does not show it. If
// two windows have the same record, the form that was read later counts.
const keepRecords = `
INSERT INTO kapture.record AS r (tenant, resource, id, day, read_at, raw)
SELECT DISTINCT ON (id) $1, $2, id, $3::date, $4::timestamptz, raw::json
FROM pg_temp.stage
ORDER BY id, number DESC
ON CONFLICT (tenant, resource, id) DO UPDATE
SET day = excluded.day, read_at = excluded.read_at, raw = excluded.raw,
    changed_at = clock_timestamp(), position = pg_current_xact_id()::text::bigint
WHERE r.raw::text <> excluded.raw::text AND r.read_at <= excluded.read_at`

// dropNameless removes the records without an identifier that an earlier reading
// of the window had and this one has not. Other records stay, because another
// window may have them by now.
const dropNameless = `
DELETE FROM kapture.record
WHERE tenant = $1 AND resource = $2 AND id LIKE $3 AND id NOT IN (SELECT id FROM pg_temp.stage)`

// keep writes the staged records in a transaction on the stage's connection.
func (s *stage) keep(ctx context.Context, tx pgx.Tx, args windowArgs) error {
	_, err := tx.Exec(ctx, keepRecords, args.Tenant, args.Resource, args.Day, s.at)
	if err != nil {
		return err
	}

	if args.Generation == 1 {
		return nil // there was no earlier reading
	}

	_, err = tx.Exec(ctx, dropNameless, args.Tenant, args.Resource, nameless+args.Day+":%")
	return err
}
