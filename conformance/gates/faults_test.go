package gates

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// TestFaultMatrix makes every call under every fault over the loopback interface,
// and prints the outcomes. Every call must end as its documentation says. A write
// must be done at most once, and if it may have been done the error must say so.
// Nothing may show the key. No goroutine may remain.
func TestFaultMatrix(t *testing.T) {
	var followed atomic.Int64 // requests that followed a redirect
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		followed.Add(1)
		fmt.Fprint(w, `{"status":"success"}`)
	}))
	defer other.Close()

	all, names := allCalls(t)
	m := newMatrix(names)
	rows := make(chan struct{}, 12)
	slots := make(chan struct{}, 96) // a cell waits far more than it works
	var running sync.WaitGroup
	for i, name := range names {
		running.Go(func() {
			rows <- struct{}{}
			defer func() { <-rows }()
			runRow(t.Context(), m.cells[i], all[name], other.URL, slots)
		})
	}
	running.Wait()

	if n := followed.Load(); n > 0 {
		t.Errorf("%d requests followed a redirect", n)
	}
	t.Log("\n" + m.String())
	surprises := reportSurprises(t, m)
	t.Logf("%d methods under %d faults: %d calls, %d surprises", len(names), len(columns), len(names)*len(columns),
		surprises)
}

// reportSurprises reports the surprises that are not known, and columns that have
// no surprise any more although one is known.
func reportSurprises(t *testing.T, m *matrix) int {
	t.Helper()
	surprises := 0
	known := map[string]int{} // by column
	for _, row := range m.cells {
		for i, c := range row {
			for _, s := range c.surprises {
				if columns[i].known != "" {
					known[c.column]++
					continue
				}
				surprises++
				t.Errorf("%s under %q: %s", c.method, c.column, s)
			}
		}
	}

	for _, column := range columns {
		switch {
		case column.known == "":
		case known[column.name] > 0:
			t.Logf("%q: %d surprises that are known: %s", column.name, known[column.name], column.known)
		case resource() == "":
			t.Errorf("%q: every call ends as expected: %s is repaired, so remove it from the column", column.name,
				column.known)
		}
	}
	return surprises
}

// runRow makes one call under every fault.
func runRow(ctx context.Context, cells []*cell, of *call, otherOrigin string, slots chan struct{}) {
	row := &leftovers{}
	defer row.close()
	var inRow sync.WaitGroup
	for i, column := range columns {
		if column.fault.Kind == mock.Redirect {
			column.fault.Location = otherOrigin + "/?auth_key=" + secretPiece
		}
		if of.effect == streams && column.stream != nil {
			column.fault = column.stream.fault
			column.options = column.stream.options
			column.list = column.stream.list
		}
		inRow.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			run := cellRun{cell: cells[i], call: of, column: column, row: row}
			if err := run.run(ctx); err != nil {
				run.surprise("%v", err)
			}
		})
	}
	inRow.Wait()

	for name, stack := range row.goroutines(of.name) {
		i := slices.IndexFunc(cells, func(c *cell) bool { return c.column == name })
		cells[i].surprise("goroutines remain:\n%s", stack)
	}
}

// cellRun is one call under one fault while it runs.
type cellRun struct {
	*cell
	*call
	column column
	row    *leftovers

	trial  *trial
	client *client.Client
	log    lockedBuffer
	before int // requests to the scene before the call
}

// run makes the call and judges what happens. The error says why the call could
// not be made.
func (r *cellRun) run(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return fmt.Errorf("the scene could not be prepared: %w", err)
	}

	// A call that leaves the end of its context to its caller must not look as if
	// it had cleaned up.
	calling, cancel := context.WithCancel(ctx)
	r.row.addCancel(cancel)
	results, ended := r.make(calling, cancel)
	if !ended {
		return errors.New("the call hangs")
	}
	received := r.trial.scene.Received(string(r.operation)) - r.before
	r.judge(results, received)
	r.outcome = outcomeOf(results)
	r.judgeSecrets(results)
	if r.effect != writes || r.refused() {
		return nil
	}

	r.trial.scene.ClearFaults()
	done, err := r.trial.done(ctx, len(r.trial.scene.Journal())-received)
	if err != nil {
		return fmt.Errorf("the world could not be read: %w", err)
	}
	r.judgeEffect(results, done)
	return nil
}

func (r *cellRun) refused() bool { return r.column.fault.Kind == mock.Refuse }

// prepare starts the scene, arms the fault and makes the client.
func (r *cellRun) prepare(ctx context.Context) error {
	var options []mock.Option
	if r.refused() {
		options = append(options, mock.WithFault(mock.All, r.column.fault))
	}
	if r.column.http2 {
		options = append(options, mock.WithHTTP2())
	}
	s, err := newScene(options...)
	if err != nil {
		return err
	}
	r.row.addScene(s)
	r.trial = r.newTrialWithoutServer(s)
	if !r.refused() {
		if r.trial, err = r.newTrial(ctx, s); err != nil {
			return err
		}
	}

	credential, err := r.trial.credential()
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewJSONHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	clientOptions := []client.Option{
		client.WithRetry(client.RetryPolicy{
			Attempts: attempts, Base: time.Millisecond, Max: 2 * time.Millisecond, MaxRetryAfter: 2 * time.Second,
		}),
		client.WithMaxResponseBytes(maxResponse),
		client.WithHook(client.NewLogHook(logger)),
	}
	c, transport, err := s.client(credential, append(clientOptions, r.column.options...)...)
	if err != nil {
		return err
	}
	if r.column.http2 {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	r.client = c
	r.row.addTransport(transport)
	if r.column.reused {
		_, _ = c.Raw(ctx, "/nowhere", nil) // 404, with a body that is read to its end
	}
	r.before = s.Received(string(r.operation))
	if r.refused() {
		return nil
	}
	return s.SetFault(string(r.operation), r.column.fault)
}

// make makes the call in a goroutine that has the names of the call and the
// column, so that goroutines that it leaves can be found. It gives up on a call
// that does not end.
func (r *cellRun) make(ctx context.Context, cancel func()) (results []result, ended bool) {
	done := make(chan struct{})
	labels := pprof.Labels("method", r.method, "column", r.cell.column)
	go pprof.Do(ctx, labels, func(ctx context.Context) {
		defer close(done)
		_, results = r.trial.make(ctx, r.client)
	})

	if r.column.cancel {
		arrived := 1
		if r.bulk {
			arrived = 2 // at once
		}
		until(func() bool { return r.trial.scene.Received(string(r.operation))-r.before >= arrived })
		cancel()
	}
	select {
	case <-done:
		return results, true
	case <-time.After(time.Minute):
		return nil, false
	}
}

// until waits for something that happens soon, and gives up if it does not.
func until(happened func() bool) {
	deadline := time.Now().Add(20 * time.Second)
	for !happened() && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
}

// lockedBuffer is a buffer that many goroutines can write to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
