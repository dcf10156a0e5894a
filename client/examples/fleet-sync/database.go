package main

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// schema is where the tables are, River's included.
const schema = "kapture"

//go:embed schema.sql
var tables string

// sessionSettings are what each connection asks of the server, unless the URL has
// them. A machine that hangs in a window's transaction, or is cut off from the
// database, would otherwise hold the lock on its job. River's rescuer would wait
// for that lock, and no other job would be rescued.
var sessionSettings = map[string]string{
	"application_name": "fleet-sync",

	// The transaction has no pause but those between its statements.
	"idle_in_transaction_session_timeout": "10s",

	// For a machine that is gone: after a minute, where the system's default is
	// two hours.
	"tcp_keepalives_idle":     "30",
	"tcp_keepalives_interval": "10",
	"tcp_keepalives_count":    "3",
}

// openDatabase connects to the database of a URL. An empty URL leaves it to the
// PG* variables that psql reads too.
func openDatabase(ctx context.Context, url string, connections int) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database URL cannot be read: %w", err)
	}

	config.MaxConns = int32(min(max(connections, 2), 1000))
	for name, value := range sessionSettings {
		if _, given := config.ConnConfig.RuntimeParams[name]; !given {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}

	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("no connection to the database: %w", err)
	}
	return pool, nil
}

// migrate makes the tables, and brings those of an earlier version up to date.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()

	// Two machines may do this at the same time. The lock is PostgreSQL's own
	// and ends with the connection.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext('kapture fleet-sync'))"); err != nil {
		return err
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(hashtext('kapture fleet-sync'))")
	}()

	if _, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+schema); err != nil {
		return err
	}

	river, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: schema, Logger: quiet})
	if err != nil {
		return err
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("River's tables could not be made: %w", err)
	}

	// Several statements at once need the simple protocol.
	if _, err := conn.Conn().PgConn().Exec(ctx, tables).ReadAll(); err != nil {
		return fmt.Errorf("the tables could not be made: %w", err)
	}
	return nil
}

// ready reports whether the tables are there.
func ready(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	var there bool
	err := pool.QueryRow(ctx, "SELECT to_regclass('kapture.window') IS NOT NULL").Scan(&there)
	return there, err
}
