package main

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/kapture-community/kapture-go/client"
)

func TestVerdicts(t *testing.T) {
	kapture := func(code client.Code) error {
		return &client.WindowError{Err: &client.Error{Code: code}}
	}
	statement := func(code string) error {
		return fmt.Errorf("keeping records: %w", &pgconn.PgError{Code: code})
	}

	for name, c := range map[string]struct {
		err  error
		want verdict
	}{
		"429":                        {err: kapture(client.ErrRateLimited), want: outage},
		"5xx":                        {err: kapture(client.ErrServer), want: outage},
		"no connection":              {err: kapture(client.ErrTransport), want: outage},
		"a time-out of the client":   {err: kapture(client.ErrTimeout), want: outage},
		"no database for the budget": {err: kapture(client.ErrLimiter), want: outage},
		"a refused key":              {err: kapture(client.ErrAuthKey), want: refuse},
		"an expired key":             {err: kapture(client.ErrAuthKeyExpired), want: refuse},
		"a key without permission":   {err: kapture(client.ErrForbidden), want: refuse},
		"an unknown endpoint":        {err: kapture(client.ErrNoSuchEndpoint), want: refuse},
		"no key":                     {err: kapture(client.ErrCredentials), want: retry},
		"a cut response":             {err: kapture(client.ErrTruncated), want: retry},
		"an undecodable response":    {err: kapture(client.ErrUndecodable), want: retry},
		"another failure":            {err: kapture(client.ErrFailed), want: retry},
		"no budget": {
			err:  &client.WindowError{Err: &client.Error{Code: client.ErrLimiter, Err: &busyError{wait: time.Second}}},
			want: busy,
		},
		"a database that restarts":     {err: statement("57P01"), want: outage},
		"a database that starts":       {err: statement("57P03"), want: outage},
		"a transaction that hung":      {err: statement("25P03"), want: outage},
		"a deadlock":                   {err: statement("40P01"), want: outage},
		"too many connections":         {err: statement("53300"), want: outage},
		"a refused statement":          {err: statement("22021"), want: retry},
		"a broken database connection": {err: io.ErrUnexpectedEOF, want: outage},
	} {
		if got := verdictOn(c.err); got != c.want {
			t.Errorf("%s: verdict %d, want %d", name, got, c.want)
		}
	}
}

func TestBackoff(t *testing.T) {
	for n := range 100 {
		wait := backoff(time.Second, n)
		if wait < time.Second/2 || wait > longWait {
			t.Errorf("after %d: %v", n, wait)
		}
	}
	if late := backoff(time.Second, 50); late < longWait/2 {
		t.Errorf("after many outages: %v", late)
	}
}

// The wait that a server asked for is found in the window's error.
func TestWaitOf(t *testing.T) {
	asked := &client.WindowError{Err: &client.Error{Code: client.ErrServer, RetryAfter: time.Minute}}
	if wait := waitOf(asked); wait != time.Minute {
		t.Errorf("waits %v", wait)
	}
	if wait := waitOf(errors.New("other")); wait != 0 {
		t.Errorf("waits %v", wait)
	}
}

// The next attempt comes no earlier than the server asked for.
func TestNextRetry(t *testing.T) {
	worker := &windowWorker{}
	job := &river.Job[windowArgs]{JobRow: &rivertype.JobRow{Attempt: 1}}

	if wait := time.Until(worker.NextRetry(job)); wait > 2*time.Second {
		t.Errorf("after the first attempt: %v", wait)
	}

	job.Args.retryAfter = time.Hour
	if wait := time.Until(worker.NextRetry(job)); wait < 59*time.Minute {
		t.Errorf("with a Retry-After of an hour: %v", wait)
	}
}
