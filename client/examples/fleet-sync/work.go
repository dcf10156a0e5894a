package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/kapture-community/kapture-go/client"
	otelkapture "github.com/kapture-community/kapture-go/client/otel"
)

// workSettings say how windows are worked. The README has the reason of each.
type workSettings struct {
	slots         int // River's MaxWorkers: windows at once in this process
	jobTimeout    time.Duration
	rescueAfter   time.Duration
	fetchCooldown time.Duration
	stopTimeout   time.Duration
	untilComplete bool

	keys       string
	baseURL    string
	ticketPage int
	noTickets  []string
}

// spareConnections are for River: its listener, fetches, completions, leader
// election and maintenance, and for the budgets, each for the time of a statement.
const spareConnections = 6

func (s workSettings) check() error {
	switch {
	case s.slots < 1:
		return fmt.Errorf("-slots is %d; it must be above 0", s.slots)
	case s.jobTimeout <= 0:
		return fmt.Errorf("-job-timeout is %v; it must be above 0", s.jobTimeout)
	case s.rescueAfter <= s.jobTimeout:
		return fmt.Errorf("-rescue-after is %v; it must be above -job-timeout (%v), "+
			"or River rescues windows that are still read", s.rescueAfter, s.jobTimeout)
	case s.keys == "":
		return errors.New("-keys is missing; give the folder with the keys of the tenants")
	}
	return nil
}

// work runs until the context ends or, with untilComplete, until no window is
// pending.
func work(ctx context.Context, pool *pgxpool.Pool, s workSettings) error {
	there, err := ready(ctx, pool)
	if err != nil {
		return err
	}
	if !there {
		return errors.New("the database has no windows; run fleet-sync enqueue first")
	}

	jobs, err := newRiver(pool, s)
	if err != nil {
		return err
	}

	// River stops when this context ends: it fetches no more jobs, gives those
	// that run stopTimeout to finish, and cancels them then.
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	if err := jobs.Start(ctx); err != nil {
		return err
	}
	slog.Info("working", "id", jobs.ID(), "slots", s.slots)

	if s.untilComplete {
		waitUntilComplete(ctx, pool)
		stop()
	}

	<-jobs.Stopped()
	return nil
}

func newRiver(pool *pgxpool.Pool, s workSettings) (*river.Client[pgx.Tx], error) {
	hook, err := otelkapture.NewHook()
	if err != nil {
		return nil, err
	}

	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, newWindowWorker(pool, s, hook)); err != nil {
		return nil, err
	}

	return river.NewClient(riverpgxv5.New(pool), &river.Config{
		ID:                   processName(),
		Schema:               schema,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: s.slots}},
		Workers:              workers,
		JobTimeout:           s.jobTimeout,
		RescueStuckJobsAfter: s.rescueAfter,
		FetchCooldown:        s.fetchCooldown,
		FetchPollInterval:    max(time.Second, s.fetchCooldown),
		SoftStopTimeout:      s.stopTimeout,
		Logger:               quiet,
	})
}

func newWindowWorker(pool *pgxpool.Pool, s workSettings, hook client.Hook) *windowWorker {
	return &windowWorker{
		pool:       pool,
		jobTimeout: s.jobTimeout,
		tenants: &tenants{
			pool:       pool,
			keys:       keyFolder(s.keys),
			baseURL:    s.baseURL,
			hook:       hook,
			ticketPage: s.ticketPage,
			noTickets:  s.noTickets,

			// A call that waits longer than this for its turn would spend the
			// job's time.
			patience: min(s.jobTimeout/4, 5*time.Second),
		},
	}
}

// processName distinguishes the processes of all machines, in River's tables
// and in logs.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%.60s-%d-%s", host, os.Getpid(), rand.Text()[:8])
}

// waitUntilComplete returns when no window is pending. An error is one of a
// database that is away for a moment, as River sees it too.
func waitUntilComplete(ctx context.Context, pool *pgxpool.Pool) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()

	for {
		var pending bool
		err := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM kapture.window WHERE state = 'pending')").Scan(&pending)
		if err == nil && !pending {
			return
		}

		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// quiet is River's log: from warnings on, since below them it logs the texts of
// errors, which can have Kapture's words in them.
var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
