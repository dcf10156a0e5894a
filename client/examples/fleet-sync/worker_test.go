//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// fleet is a database, an embedded Kapture and the settings of a worker, for one
// test.
type fleet struct {
	*testing.T
	pool     *pgxpool.Pool
	kapture  *mock.Server
	settings workSettings
}

func newFleet(t *testing.T, options ...mock.Option) *fleet {
	t.Helper()
	pool := newPool(t)
	srv := mock.Run(t, options...)

	keys := t.TempDir()
	for _, tenant := range []string{"acme", "globex"} {
		key := srv.World(tenant).Key()
		if err := os.WriteFile(filepath.Join(keys, tenant), []byte(key+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	return &fleet{T: t, pool: pool, kapture: srv, settings: workSettings{
		slots:         4,
		jobTimeout:    20 * time.Second,
		rescueAfter:   30 * time.Second,
		fetchCooldown: 10 * time.Millisecond,
		stopTimeout:   5 * time.Second,
		keys:          keys,
		baseURL:       srv.URL,
	}}
}

// may is a day of May 2024, in India.
func may(n int) time.Time { return time.Date(2024, 5, n, 0, 0, 0, 0, client.India) }

// fill adds n customers and n tickets on the nth day of May, for each of the first
// days.
func (f *fleet) fill(tenant string, days int) {
	f.Helper()

	for n := 1; n <= days; n++ {
		for i := range n {
			f.addCustomer(tenant, fmt.Sprintf("Asha %d.%d", n, i), may(n).Add(12*time.Hour))

			ticket := mock.Ticket{Title: "Broken", Created: may(n).Add(12 * time.Hour)}
			if _, err := f.kapture.World(tenant).AddTicket(ticket); err != nil {
				f.Fatal(err)
			}
		}
	}
}

func (f *fleet) addCustomer(tenant, name string, created time.Time) {
	f.Helper()
	customer := mock.Customer{Name: name, Email: "asha@example.com", Created: created}
	if _, err := f.kapture.World(tenant).AddCustomer(customer); err != nil {
		f.Fatal(err)
	}
}

// mayPlan is the customers and the tickets of acme on the first days of May.
func mayPlan(days int) plan {
	return plan{
		tenants:     []string{"acme"},
		resources:   []string{"customers", "tickets"},
		from:        may(1),
		to:          may(days),
		lateDays:    3,
		maxAttempts: 10,
	}
}

// oneWindow is the customers of acme on the first of May.
func oneWindow() plan {
	p := mayPlan(1)
	p.resources = []string{"customers"}
	return p
}

// enqueue plans windows, with a budget that holds nothing back.
func (f *fleet) enqueue(p plan) int {
	f.Helper()

	if err := setBudgets(f.Context(), f.pool, p.tenants, rateLimit{rate: 1e6, burst: 1e6}); err != nil {
		f.Fatal(err)
	}
	planned, err := enqueue(f.Context(), f.pool, p)
	if err != nil {
		f.Fatal(err)
	}
	return planned
}

// work reads all pending windows.
func (f *fleet) work() {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), time.Minute)
	defer cancel()

	settings := f.settings
	settings.untilComplete = true
	if err := work(ctx, f.pool, settings); err != nil {
		f.Fatal(err)
	}
	if ctx.Err() != nil {
		f.Fatalf("windows are pending after a minute:\n%s", f.status())
	}
}

// workUntil works until a query says true.
func (f *fleet) workUntil(condition string) {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), time.Minute)
	defer cancel()

	ended := make(chan error, 1)
	go func() { ended <- work(ctx, f.pool, f.settings) }()

	for number(f.T, f.pool, "SELECT ("+condition+")::int") == 0 {
		if ctx.Err() != nil {
			f.Fatalf("not after a minute: %s\n%s", condition, f.status())
		}
		time.Sleep(20 * time.Millisecond)
	}

	cancel()
	if err := <-ended; err != nil {
		f.Fatal(err)
	}
}

func (f *fleet) status() string {
	f.Helper()
	var text strings.Builder
	if _, _, err := status(f.Context(), f.pool, &text); err != nil {
		f.Fatal(err)
	}
	return text.String()
}

// want compares the number that a query returns.
func (f *fleet) want(want int, sql string, args ...any) {
	f.Helper()
	if got := number(f.T, f.pool, sql, args...); got != want {
		f.Errorf("%s: got %d, want %d", sql, got, want)
	}
}

// Every record of every tenant is kept once, under its day.
func TestEveryRecordOnce(t *testing.T) {
	f := newFleet(t)
	f.fill("acme", 4)
	f.fill("globex", 3)

	p := mayPlan(5)
	p.tenants = []string{"acme", "globex"}
	if planned := f.enqueue(p); planned != 2*2*5 {
		t.Errorf("planned %d windows", planned)
	}
	f.work()

	f.want(20, `
SELECT count(*) FROM kapture.window
WHERE state = 'complete' AND complete_since IS NOT NULL AND reason = ''`)
	f.want(10+10, "SELECT count(*) FROM kapture.record WHERE tenant = 'acme'")
	f.want(6+6, "SELECT count(*) FROM kapture.record WHERE tenant = 'globex'")

	const ofDay = "SELECT records FROM kapture.window WHERE tenant = 'acme' AND resource = 'tickets' AND day = $1"
	f.want(3, ofDay, "2024-05-03")
	f.want(0, ofDay, "2024-05-05")
	f.want(3, `
SELECT count(*) FROM kapture.record
WHERE tenant = 'acme' AND resource = 'customers' AND day = '2024-05-03' AND raw->>'name' LIKE 'Asha 3.%'`)
	f.want(0, "SELECT count(*) FROM kapture.river_job WHERE state <> 'completed'")

	if text := f.status(); !strings.Contains(text, "acme") || !strings.Contains(text, "2024-05-05") {
		t.Errorf("status:\n%s", text)
	}
}

// If a window is read again, the view of changes shows only what has changed.
func TestReadAgain(t *testing.T) {
	f := newFleet(t)
	f.fill("acme", 4)
	f.enqueue(mayPlan(4))
	f.work()
	position := number(t, f.pool, "SELECT max(position) FROM kapture.change")
	f.want(20, "SELECT count(*) FROM kapture.change")

	f.addCustomer("acme", "Late", may(4).Add(13*time.Hour))
	execute(t, f.pool, "UPDATE kapture.window SET read_at = '2024-05-06' WHERE day = '2024-05-04'")
	if planned := f.enqueue(mayPlan(4)); planned != 2 {
		t.Errorf("planned %d windows again", planned)
	}
	f.work()

	f.want(21, "SELECT count(*) FROM kapture.record")
	f.want(1, "SELECT count(*) FROM kapture.change WHERE position > $1", position)
	f.want(1, "SELECT count(*) FROM kapture.change WHERE position > $1 AND raw->>'name' = 'Late'", position)
	f.want(5, `
SELECT records FROM kapture.window
WHERE resource = 'customers' AND day = '2024-05-04' AND generation = 2 AND state = 'complete'`)
}

// Which windows are planned again.
func TestDue(t *testing.T) {
	pool := newPool(t)
	for name, c := range map[string]struct {
		window string // how the window is changed after it was planned
		failed bool   // windows that failed are planned again, too
		want   int
	}{
		"planned":         {want: 0},
		"its job is gone": {window: "state = 'pending'", want: 1},
		"complete":        {window: "state = 'complete', read_at = now()", want: 0},
		"complete, read in the late days": {
			window: "state = 'complete', read_at = '2024-05-04 00:00+05:30'",
			want:   1,
		},
		"complete, read after them": {
			window: "state = 'complete', read_at = '2024-05-05 02:00+05:30'",
			want:   0,
		},
		"complete, read today": {
			window: "state = 'complete', read_at = now(), day = kapture.india_day(now()) - 2",
			want:   0,
		},
		"complete, read yesterday": {
			window: "state = 'complete', read_at = now() - interval '1 day', day = kapture.india_day(now()) - 2",
			want:   1,
		},
		"open, and over by now": {window: "state = 'open', read_at = '2024-05-01 12:00+05:30'", want: 1},
		"open, and not over": {
			window: "state = 'open', read_at = now(), day = kapture.india_day(now())",
			want:   0,
		},
		"failed":                            {window: "state = 'failed'", want: 0},
		"failed, and that is asked for":     {window: "state = 'failed'", failed: true, want: 1},
		"complete, and failed is asked for": {window: "state = 'complete', read_at = now()", failed: true, want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			execute(t, pool, "TRUNCATE kapture.window, kapture.river_job")
			if _, err := enqueue(t.Context(), pool, oneWindow()); err != nil {
				t.Fatal(err)
			}

			again := oneWindow()
			again.failed = c.failed
			if c.window != "" {
				execute(t, pool, "DELETE FROM kapture.river_job")
				execute(t, pool, "UPDATE kapture.window SET "+c.window)

				var day time.Time
				if err := pool.QueryRow(t.Context(), "SELECT day FROM kapture.window").Scan(&day); err != nil {
					t.Fatal(err)
				}
				again.from = day
				again.to = day
			}

			planned, err := enqueue(t.Context(), pool, again)
			if err != nil || planned != c.want {
				t.Errorf("planned %d, want %d: %v", planned, c.want, err)
			}
			jobs := number(t, pool, "SELECT count(*) FROM kapture.river_job WHERE args->>'generation' = '2'")
			if jobs != c.want {
				t.Errorf("%d jobs of generation 2, want %d", jobs, c.want)
			}
		})
	}
}

// Neighbours in the queue are of different tenants, and the last days come before
// history.
func TestOrderOfJobs(t *testing.T) {
	pool := newPool(t)
	today := time.Now().In(client.India)
	p := plan{
		tenants:     []string{"acme", "globex"},
		resources:   []string{"customers"},
		from:        today.AddDate(0, 0, -9),
		to:          today.AddDate(0, 0, -5),
		maxAttempts: 10,
	}
	if _, err := enqueue(t.Context(), pool, p); err != nil {
		t.Fatal(err)
	}

	rows, err := pool.Query(t.Context(),
		"SELECT args->>'tenant' || ' ' || (args->>'day') FROM kapture.river_job ORDER BY priority, id")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}

	var want []string
	for _, ago := range []int{-7, -6, -5, -9, -8} {
		for _, tenant := range p.tenants {
			want = append(want, tenant+" "+today.AddDate(0, 0, ago).Format(time.DateOnly))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A day that is not over is read, and stays open until it is.
func TestOpenWindow(t *testing.T) {
	f := newFleet(t)
	today := time.Now().In(client.India)
	f.addCustomer("acme", "Early", today.Add(-time.Second))

	p := oneWindow()
	p.from = today
	p.to = today
	f.enqueue(p)
	f.work()

	f.want(1, "SELECT count(*) FROM kapture.window WHERE state = 'open' AND records = 1 AND complete_since IS NULL")
	f.want(1, "SELECT count(*) FROM kapture.record")
}

// An attempt that lost its job while it was pulling writes nothing.
func TestFence(t *testing.T) {
	for name, c := range map[string]struct {
		change string // what happened to job or window while the attempt was away
		kept   bool
	}{
		"nothing":                    {change: "SELECT 1", kept: true},
		"rescued":                    {change: "UPDATE kapture.river_job SET state = 'retryable'"},
		"rescued, and running again": {change: "UPDATE kapture.river_job SET attempt = attempt + 1"},
		"completed by another attempt": {
			change: "UPDATE kapture.river_job SET state = 'completed', finalized_at = now()",
		},
		"discarded after the last rescue": {
			change: "UPDATE kapture.river_job SET state = 'discarded', finalized_at = now()",
		},
		"deleted":                       {change: "DELETE FROM kapture.river_job"},
		"a later generation is planned": {change: "UPDATE kapture.window SET generation = 2"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t)
			f.fill("acme", 1)
			f.enqueue(oneWindow())

			gaveUp := f.workOnce(func(ctx context.Context, w *windowWorker, job *river.Job[windowArgs]) error {
				conn, err := f.pool.Acquire(ctx)
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

				execute(t, f.pool, c.change)
				return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return commit(ctx, tx, job, staged) })
			})

			want := 0
			if c.kept {
				want = 1
			}
			if errors.Is(gaveUp, errGaveUp) == c.kept {
				t.Errorf("the attempt ended with %v", gaveUp)
			}
			f.want(want, "SELECT count(*) FROM kapture.record")
			f.want(want, "SELECT count(*) FROM kapture.window WHERE state = 'complete'")
		})
	}
}

// workOnce gives one job to a function in place of Work and returns its error.
func (f *fleet) workOnce(work func(context.Context, *windowWorker, *river.Job[windowArgs]) error) error {
	f.Helper()
	ended := make(chan error, 1)

	worker := newWindowWorker(f.pool, f.settings, nil)
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[windowArgs]) error {
		err := work(ctx, worker, job)
		ended <- err
		return err
	}))

	jobs, err := river.NewClient(riverpgxv5.New(f.pool), &river.Config{
		Schema:        schema,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}},
		Workers:       workers,
		FetchCooldown: 10 * time.Millisecond,
		Logger:        quiet,
	})
	if err != nil {
		f.Fatal(err)
	}
	if err := jobs.Start(f.Context()); err != nil {
		f.Fatal(err)
	}

	err = <-ended
	if stopped := jobs.Stop(f.Context()); stopped != nil {
		f.Fatal(stopped)
	}
	return err
}

// The program sets how long a transaction may hang, unless the URL does.
func TestTimeoutOfTransactions(t *testing.T) {
	var timeout string
	err := newPool(t).QueryRow(t.Context(), "SHOW idle_in_transaction_session_timeout").Scan(&timeout)
	if err != nil || timeout != "10s" {
		t.Errorf("a transaction may hang for %s: %v", timeout, err)
	}
}

// A machine that hangs in its transaction loses the lock on its job, so that River
// can rescue the job.
func TestHungTransaction(t *testing.T) {
	f := newFleet(t)
	f.enqueue(oneWindow())

	config := f.pool.Config().ConnConfig.Copy()
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "200ms"
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())

	hung, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hung.Exec(t.Context(), "SELECT 1 FROM kapture.river_job FOR UPDATE"); err != nil {
		t.Fatal(err)
	}

	// This waits for the lock, as River's rescuer does.
	execute(t, f.pool, "UPDATE kapture.river_job SET state = 'retryable'")
	if err := hung.Commit(t.Context()); verdictOn(err) != outage {
		t.Errorf("the transaction that hung ended with %v", err)
	}
}

// What a failure does to the attempts of a job, and which reason the window has
// then.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		fault  mock.Fault
		state  string // of the window
		reason string // a part of it
		job    string // a condition
	}{
		"429": {
			fault:  mock.Fault{Kind: mock.TooManyRequests, RetryAfter: time.Minute},
			state:  "pending",
			reason: "rate-limited",
			job: "state = 'scheduled' AND attempt = 0 AND metadata->>'outages' = '1' " +
				"AND scheduled_at > now() + interval '50 s'",
		},
		"an outage of the server": {
			fault:  mock.Fault{Kind: mock.BadGateway},
			state:  "pending",
			reason: "HTTP 502",
			job:    "state IN ('scheduled', 'available') AND attempt = 0 AND metadata->>'outages' = '1'",
		},
		"no connection": {
			fault:  mock.Fault{Kind: mock.ResetBeforeHeaders},
			state:  "pending",
			reason: "transport",
			job:    "state IN ('scheduled', 'available') AND attempt = 0 AND metadata->>'outages' = '1'",
		},
		"a window that takes too long": {
			fault:  mock.Fault{Kind: mock.Stall},
			state:  "pending",
			reason: "-job-timeout",
			job:    "state IN ('retryable', 'available') AND attempt = 1",
		},
		"a response that cannot be read": {
			fault:  mock.Fault{Kind: mock.LoginPage},
			state:  "pending",
			reason: "undecodable",
			job:    "state IN ('retryable', 'available') AND attempt = 1",
		},
		"a response that ends too early": {
			fault:  mock.Fault{Kind: mock.TruncatedBetweenElements},
			state:  "pending",
			reason: "truncated",
			job:    "state IN ('retryable', 'available') AND attempt = 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, mock.WithFault("pullCustomers", c.fault))
			f.fill("acme", 2)
			p := mayPlan(2)
			p.from = may(2)
			p.resources = []string{"customers"}
			f.enqueue(p)

			f.settings.jobTimeout = 2 * time.Second
			f.workUntil("SELECT bool_and(reason <> '') FROM kapture.window")

			f.want(1, "SELECT count(*) FROM kapture.window WHERE state = $1 AND reason LIKE '%' || $2 || '%'",
				c.state, c.reason)
			f.want(1, "SELECT count(*) FROM kapture.river_job WHERE "+c.job)
			f.want(0, "SELECT count(*) FROM kapture.record")
			if t.Failed() {
				t.Log(f.status())
			}
		})
	}
}

// If a process is asked to end, the windows that it is reading lose no attempt.
func TestStop(t *testing.T) {
	f := newFleet(t, mock.WithFault("pullCustomers", mock.Fault{Kind: mock.Stall}))
	f.enqueue(oneWindow())

	f.settings.stopTimeout = 10 * time.Millisecond
	f.workUntil("SELECT bool_and(state = 'running') FROM kapture.river_job")

	f.want(1, "SELECT count(*) FROM kapture.river_job WHERE state = 'available' AND attempt = 0 AND errors IS NULL")
	f.want(1, "SELECT count(*) FROM kapture.window WHERE state = 'pending'")
}

// A window that cannot be read ends as failed, and status says why, whether its
// last attempt ended with an error or was killed.
func TestPoisonWindow(t *testing.T) {
	poisoned := func(t *testing.T, f *fleet, reason string) {
		t.Helper()
		f.want(1, "SELECT count(*) FROM kapture.window WHERE state = 'failed'")
		text := f.status()
		if !strings.Contains(text, "failed: 1 of acme customers, the first 2024-05-01: ") ||
			!strings.Contains(text, reason) {
			t.Errorf("status:\n%s", text)
		}
	}
	one := oneWindow()
	one.maxAttempts = 1

	t.Run("a refused key", func(t *testing.T) {
		f := newFleet(t)
		err := os.WriteFile(filepath.Join(f.settings.keys, "acme.pullCustomers"), []byte("test-acme-expired"), 0o600)
		if err != nil {
			t.Fatal(err)
		}
		p := one
		p.maxAttempts = 10
		f.enqueue(p)
		f.work()
		poisoned(t, f, "auth-key")

		// With another key, the window is read if failed windows are asked for.
		if err := os.Remove(filepath.Join(f.settings.keys, "acme.pullCustomers")); err != nil {
			t.Fatal(err)
		}
		p.failed = true
		if planned := f.enqueue(p); planned != 1 {
			t.Errorf("planned %d windows", planned)
		}
		f.work()
		f.want(1, "SELECT count(*) FROM kapture.window WHERE state = 'complete' AND generation = 2")
	})

	t.Run("the last attempt has an error", func(t *testing.T) {
		f := newFleet(t, mock.WithFault("pullCustomers", mock.Fault{Kind: mock.LoginPage}))
		f.enqueue(one)
		f.work()
		poisoned(t, f, "undecodable")
	})

	t.Run("the last attempt is killed", func(t *testing.T) {
		f := newFleet(t)
		f.enqueue(one)
		// What River does to a stuck job in the rescuer of its leader.
		execute(t, f.pool, `UPDATE kapture.river_job SET state = 'discarded', finalized_at = now(),
			errors = array_append(errors, '{"error": "Stuck job rescued by JobRescuer"}')`)
		poisoned(t, f, "Stuck job rescued")
	})

	t.Run("an outage without end", func(t *testing.T) {
		f := newFleet(t, mock.WithFault("pullCustomers", mock.Fault{Kind: mock.ServerError}))
		f.enqueue(one)
		execute(t, f.pool, "UPDATE kapture.river_job SET metadata = jsonb_build_object('outages', $1::int)", maxOutages)
		f.work()
		poisoned(t, f, "failed/server")
	})
}

// Records that a database may reject are kept: NUL, lone surrogates, bytes that are
// not UTF-8, records without an identifier.
func TestOddRecords(t *testing.T) {
	body := `{"status":"success","message":[
		{"id":700000001,"name":"Asha \u0000 \ud800"},
		{"id":"700000002","name":"text"},
		{"id":700000003,"name":"first"},
		{"name":"no identifier"},
		{"name":"no identifier"},
		{"id":700000003,"name":"last"},
		{"id":700000004,"name":"raw` + "\n" + `line"},
		{"id":700000005,"name":"bad ` + "\xff" + ` byte"}
	]}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	}))
	defer srv.Close()

	f := newFleet(t)
	f.settings.baseURL = srv.URL
	p := oneWindow()
	f.enqueue(p)
	f.work()

	f.want(1, "SELECT count(*) FROM kapture.window WHERE state = 'complete'")
	f.want(5, "SELECT count(*) FROM kapture.record WHERE id BETWEEN '700000001' AND '700000005'")
	f.want(2, "SELECT count(*) FROM kapture.record WHERE id LIKE 'nameless:2024-05-01:%'")
	f.want(7, "SELECT records FROM kapture.window")
	f.want(1, `SELECT count(*) FROM kapture.record WHERE raw::text LIKE '%\\u0000%'`)

	// A later reading without the first nameless record leaves one of them.
	body = strings.Replace(body, `{"name":"no identifier"},`, "", 1)
	execute(t, f.pool, "UPDATE kapture.window SET read_at = '2024-05-02'")
	f.enqueue(p)
	f.work()
	f.want(1, "SELECT count(*) FROM kapture.record WHERE id LIKE 'nameless:%'")
	f.want(6, "SELECT count(*) FROM kapture.record")
}

// If a record comes twice with other content, the last one is kept, and the window
// says so.
func TestLastFormCounts(t *testing.T) {
	f := newFleet(t)
	f.enqueue(oneWindow())

	err := f.workOnce(func(ctx context.Context, _ *windowWorker, job *river.Job[windowArgs]) error {
		conn, err := f.pool.Acquire(ctx)
		if err != nil {
			return err
		}
		defer conn.Release()

		staged, err := newStage(ctx, conn)
		if err != nil {
			return err
		}
		for _, name := range []string{"first", "last"} {
			raw := fmt.Appendf(nil, `{"name":%q}`, name)
			if err := staged.add(ctx, record{id: "700000001", raw: raw}, job.Args.Day); err != nil {
				return err
			}
		}
		if err := staged.flush(ctx); err != nil {
			return err
		}
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return commit(ctx, tx, job, staged) })
	})
	if err != nil {
		t.Fatal(err)
	}

	f.want(1, "SELECT count(*) FROM kapture.record WHERE raw->>'name' = 'last'")
	f.want(1, `
SELECT count(*) FROM kapture.window
WHERE records = 1 AND reason LIKE 'identifiers that came again with other content: 1;%'`)
}

// A reader that keeps the last position misses nothing that an older transaction
// commits later.
func TestChangesInOrder(t *testing.T) {
	pool := newPool(t)
	const insert = `
INSERT INTO kapture.record (tenant, resource, id, day, read_at, raw)
VALUES ('acme', 'customers', $1, '2024-05-01', now(), '{}')`

	older, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := older.Exec(t.Context(), insert, "older"); err != nil {
		t.Fatal(err)
	}

	execute(t, pool, insert, "newer")
	if n := number(t, pool, "SELECT count(*) FROM kapture.change"); n != 0 {
		t.Errorf("%d changes are shown while an older transaction is unfinished", n)
	}

	if err := older.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := number(t, pool, "SELECT count(*) FROM kapture.change"); n != 2 {
		t.Errorf("%d changes are shown in the end", n)
	}
}

// The provider that the program sets traces the client's calls.
func TestTraces(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	defer otel.SetTracerProvider(before)

	f := newFleet(t)
	f.enqueue(mayPlan(1))
	f.work()

	var names []string
	for _, span := range spans.Ended() {
		names = append(names, span.Name())
	}
	for _, name := range []string{"pullCustomers", "pullTickets"} {
		if !slices.Contains(names, name) {
			t.Errorf("no span %s in %q", name, names)
		}
	}
}

// An attempt that lost its job waits for the attempt that has the job now, and
// does not change it.
func TestWaitsForTheOtherAttempt(t *testing.T) {
	f := newFleet(t)
	f.enqueue(oneWindow())

	result := f.workOnce(func(ctx context.Context, w *windowWorker, job *river.Job[windowArgs]) error {
		execute(t, f.pool, "UPDATE kapture.river_job SET attempt = 2")

		judged := make(chan error)
		go func() { judged <- w.judge(ctx, job, context.DeadlineExceeded) }()

		select {
		case err := <-judged:
			t.Errorf("the attempt ended with %v while another was running", err)
			return err
		case <-time.After(300 * time.Millisecond):
		}
		execute(t, f.pool, "UPDATE kapture.river_job SET state = 'completed', finalized_at = now()")
		return <-judged
	})

	if !errors.Is(result, errGaveUp) {
		t.Errorf("the attempt ended with %v", result)
	}
	f.want(1, "SELECT count(*) FROM kapture.river_job WHERE state = $1 AND attempt = 2 AND errors IS NULL",
		rivertype.JobStateCompleted)
}
