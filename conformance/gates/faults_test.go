package gates

import (
	"bytes"
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

// attempts is the number of tries of a call that may be repeated.
const attempts = 3

// maxResponse is the client's limit. The oversized response is four times as large.
const maxResponse = 1 << 20

// want is what a method's documentation promises for a fault.
type want struct {
	code    client.Code     // "" for a success
	unknown bool            // the error says that the write may have been done
	note    client.NoteKind // of a success
	tries   int             // requests until the call ends; 0 for any number
	before  part            // of a list's records, before the error
	cut     bool            // a success may have fewer records than there are
}

// part is a part of a list.
type part int

const (
	none  part = iota
	first      // the first record
	half       // the records in the first half of the first response
	fewer      // fewer than all
	page       // the records of the first response
)

var good = want{tries: 1}

// again is a success at the second try.
var again = want{tries: 2}

// fails is an error at the first try.
func fails(code client.Code) want { return want{code: code, tries: 1} }

// repeated is an error at every try.
func repeated(code client.Code) want { return want{code: code, tries: attempts} }

// lost is a write whose response is missing or says nothing. It is sent once, and
// nobody knows whether it was done.
func lost(code client.Code) want { return want{code: code, unknown: true, tries: 1} }

// noted is a success with a note.
func noted(note client.NoteKind) want { return want{note: note, tries: 1} }

// after is an error after some of a list's records.
func (w want) after(p part) want {
	w.before = p
	return w
}

// column is a fault, and what happens to a read, to a write and to a list that is
// streamed.
type column struct {
	name              string
	fault             mock.Fault
	read, write, list want
	options           []client.Option
	reused            bool    // the request goes out on a connection that was used before
	cancel            bool    // the caller gives up while the server stalls
	lies              bool    // the server says that it failed, and has done it
	stream            *column // for lists, if the fault is another one
	http2             bool
	// known names a defect of the client that is described and not yet repaired.
	// Surprises are expected then.
	known string
}

// short is the time that an attempt may take if the server is too slow. On a busy
// machine it may pass before anything was sent.
const short = 400 * time.Millisecond

// A want without a code is a success after any number of tries.
var columns = []column{
	{
		name:  "connection refused",
		fault: mock.Fault{Kind: mock.Refuse},
		read:  repeated(client.ErrTransport),
		write: repeated(client.ErrTransport),
		list:  repeated(client.ErrTransport),
	},
	{
		name:  "reset before headers",
		fault: mock.Fault{Kind: mock.ResetBeforeHeaders},
		read:  repeated(client.ErrTransport),
		write: lost(client.ErrTransport),
		list:  repeated(client.ErrTransport),
	},
	{
		name:  "reset before headers, once",
		fault: mock.Fault{Kind: mock.ResetBeforeHeaders, Times: 1},
		read:  again,
		write: lost(client.ErrTransport),
		list:  again,
	},
	{
		name:   "reset before headers, on a connection that was used before",
		fault:  mock.Fault{Kind: mock.ResetBeforeHeaders},
		read:   repeated(client.ErrTransport),
		write:  lost(client.ErrTransport),
		list:   repeated(client.ErrTransport),
		reused: true,
	},
	{
		name:  "reset in the body",
		fault: mock.Fault{Kind: mock.ResetInBody},
		read:  repeated(client.ErrTruncated),
		write: lost(client.ErrTruncated),
		list:  repeated(client.ErrTruncated).after(half),
	},
	{
		name:  "reset in the body, once",
		fault: mock.Fault{Kind: mock.ResetInBody, Times: 1},
		read:  again,
		write: lost(client.ErrTruncated),
		list:  again,
	},
	{
		name:    "stall",
		fault:   mock.Fault{Kind: mock.Stall},
		read:    repeated(client.ErrTimeout),
		write:   lost(client.ErrTimeout),
		list:    repeated(client.ErrTimeout),
		options: []client.Option{client.WithAttemptTimeout(short)},
	},
	{
		name:   "stall, and the caller gives up",
		fault:  mock.Fault{Kind: mock.Stall},
		read:   fails(client.ErrCanceled),
		write:  lost(client.ErrCanceled),
		list:   fails(client.ErrCanceled),
		cancel: true,
	},
	{
		name:  "slow drip",
		fault: mock.Fault{Kind: mock.SlowDrip, Delay: 200 * time.Microsecond},
		read:  good, write: good, list: good,
	},
	{
		name:    "slow drip, too slow",
		fault:   mock.Fault{Kind: mock.SlowDrip, Delay: short / 16},
		read:    repeated(client.ErrTimeout),
		write:   lost(client.ErrTimeout),
		options: []client.Option{client.WithAttemptTimeout(short)},
		// For a list, the time of an attempt bounds the wait for the next bytes.
		stream: &column{
			fault:   mock.Fault{Kind: mock.SlowDrip},
			list:    want{},
			options: []client.Option{client.WithAttemptTimeout(time.Second)},
		},
	},
	{
		name:  "429, Retry-After in seconds",
		fault: mock.Fault{Kind: mock.TooManyRequests, RetryAfter: time.Second},
		read:  repeated(client.ErrRateLimited),
		write: repeated(client.ErrRateLimited),
		list:  repeated(client.ErrRateLimited),
	},
	{
		name:  "429, Retry-After as a date",
		fault: mock.Fault{Kind: mock.TooManyRequestsDate, RetryAfter: time.Second},
		read:  repeated(client.ErrRateLimited),
		write: repeated(client.ErrRateLimited),
		list:  repeated(client.ErrRateLimited),
	},
	{
		name:  "429, Retry-After above MaxRetryAfter",
		fault: mock.Fault{Kind: mock.TooManyRequests, RetryAfter: 90 * time.Second},
		read:  fails(client.ErrRateLimited),
		write: fails(client.ErrRateLimited),
		list:  fails(client.ErrRateLimited),
	},
	{
		name:  "429, once",
		fault: mock.Fault{Kind: mock.TooManyRequests, Times: 1},
		read:  again, write: again, list: again,
	},
	{
		name:  "500", // in JSON that says failed
		fault: mock.Fault{Kind: mock.ServerError},
		read:  repeated(client.ErrServer),
		write: fails(client.ErrServer),
		list:  repeated(client.ErrServer),
	},
	{
		name:  "500, once",
		fault: mock.Fault{Kind: mock.ServerError, Times: 1},
		read:  again,
		write: fails(client.ErrServer),
		list:  again,
	},
	{
		name:  "502 in HTML",
		fault: mock.Fault{Kind: mock.BadGateway},
		read:  repeated(client.ErrServer),
		write: lost(client.ErrServer),
		list:  repeated(client.ErrServer),
	},
	{
		name:  "503",
		fault: mock.Fault{Kind: mock.Unavailable, RetryAfter: time.Second},
		read:  repeated(client.ErrServer),
		write: lost(client.ErrServer),
		list:  repeated(client.ErrServer),
	},
	{
		name:  "503, Retry-After above MaxRetryAfter",
		fault: mock.Fault{Kind: mock.Unavailable, RetryAfter: 90 * time.Second},
		read:  fails(client.ErrServer),
		write: lost(client.ErrServer),
		list:  fails(client.ErrServer),
	},
	{
		name:  "503, once",
		fault: mock.Fault{Kind: mock.Unavailable, Times: 1},
		read:  again,
		write: lost(client.ErrServer),
		list:  again,
	},
	{
		name:  "truncated JSON",
		fault: mock.Fault{Kind: mock.TruncatedJSON},
		read:  fails(client.ErrTruncated),
		write: lost(client.ErrTruncated),
		list:  fails(client.ErrTruncated).after(half),
	},
	{
		name:  "truncated between elements",
		fault: mock.Fault{Kind: mock.TruncatedBetweenElements},
		read:  fails(client.ErrTruncated),
		write: lost(client.ErrTruncated),
		list:  fails(client.ErrTruncated), // nothing says that the first is whole
	},
	{
		name:  "gzip cut",
		fault: mock.Fault{Kind: mock.GzipCut},
		read:  repeated(client.ErrTruncated),
		write: lost(client.ErrTruncated),
		list:  repeated(client.ErrTruncated).after(fewer),
	},
	{
		name:  "gzip cut, once",
		fault: mock.Fault{Kind: mock.GzipCut, Times: 1},
		read:  again,
		write: lost(client.ErrTruncated),
		list:  again,
	},
	{
		name:  "failure after the list",
		fault: mock.Fault{Kind: mock.FailureAfterList},
		read:  fails(client.ErrFailed),
		write: fails(client.ErrFailed),
		list:  fails(client.ErrFailed).after(page),
		lies:  true,
	},
	{
		name:  "wrong content type",
		fault: mock.Fault{Kind: mock.WrongContentType},
		read:  noted(client.NoteContentType),
		write: noted(client.NoteContentType),
		list:  noted(client.NoteContentType),
	},
	{
		name:  "redirect to another origin",
		fault: mock.Fault{Kind: mock.Redirect},
		read:  fails(client.ErrRedirect),
		write: fails(client.ErrRedirect),
		list:  fails(client.ErrRedirect),
	},
	{
		name:  "login page",
		fault: mock.Fault{Kind: mock.LoginPage},
		read:  fails(client.ErrUndecodable),
		write: lost(client.ErrUndecodable),
		list:  fails(client.ErrUndecodable),
	},
	{
		name:  "empty body",
		fault: mock.Fault{Kind: mock.EmptyBody},
		read:  fails(client.ErrUndecodable),
		write: lost(client.ErrUndecodable),
		list:  fails(client.ErrUndecodable),
	},
	{
		name:  "oversized body",
		fault: mock.Fault{Kind: mock.Oversized, Size: 4 * maxResponse},
		read:  fails(client.ErrTooLarge),
		write: lost(client.ErrTooLarge),
		list:  fails(client.ErrTooLarge),
	},
	{
		name:  "invalid UTF-8",
		fault: mock.Fault{Kind: mock.InvalidUTF8},
		read:  noted(client.NoteAltered),
		write: noted(client.NoteAltered),
		list:  noted(client.NoteAltered),
	},
	{
		name:  "duplicate keys",
		fault: mock.Fault{Kind: mock.DuplicateKeys},
		read:  fails(client.ErrUndecodable),
		write: lost(client.ErrUndecodable),
		list:  fails(client.ErrUndecodable),
	},
	{
		name:  "deep nesting",
		fault: mock.Fault{Kind: mock.DeepNesting},
		read:  fails(client.ErrUndecodable),
		write: lost(client.ErrUndecodable),
		list:  fails(client.ErrUndecodable),
	},
	// On a connection that was used before: without TLS, the client cannot tell in
	// time that the first request of all is one of HTTP/2, which counts for the one
	// that has no body (Raw).
	{
		name:  "REFUSED_STREAM, once",
		fault: mock.Fault{Kind: mock.RefusedStream, Times: 1},
		read:  again, write: again, list: again,
		http2: true, reused: true,
	},
	{
		name:  "REFUSED_STREAM",
		fault: mock.Fault{Kind: mock.RefusedStream},
		read:  notProcessed, write: notProcessed, list: notProcessed,
		http2: true, reused: true,
	},
	{
		name:  "GOAWAY below the stream, once",
		fault: mock.Fault{Kind: mock.GoAway, Times: 1},
		read:  again, write: again, list: again,
		http2: true, reused: true,
	},
	{
		name:  "GOAWAY below the stream",
		fault: mock.Fault{Kind: mock.GoAway},
		read:  notProcessed, write: notProcessed, list: notProcessed,
		http2: true, reused: true,
	},
	{
		name:  "pages of one",
		fault: mock.Fault{Kind: mock.PageCap, Size: 1},
	},
	{
		name:  "short pages",
		fault: mock.Fault{Kind: mock.ShortPages},
	},
	{
		name:  "overlapping pages",
		fault: mock.Fault{Kind: mock.OverlappingPages},
	},
	{
		name:  "the first page for ever",
		fault: mock.Fault{Kind: mock.RepeatingPages},
	},
	{
		name:  "the first page twice",
		fault: mock.Fault{Kind: mock.RepeatedPage},
	},
	{
		name:  "a page of an old record",
		fault: mock.Fault{Kind: mock.ShortRepeat},
	},
	{
		name:  "elements that are not records",
		fault: mock.Fault{Kind: mock.PhantomElements},
		read:  good, write: good,
		list: fails(client.ErrUnexpectedResponse).after(first),
	},
	{
		name:  "identifiers as texts",
		fault: mock.Fault{Kind: mock.TextIdentifiers},
		read:  good, write: good, list: good,
	},
	{
		name:  "a clock that is behind",
		fault: mock.Fault{Kind: mock.ClockSkew},
		read:  good, write: good, list: good,
	},
}

// notProcessed is a call that the server did not process, at any try.
var notProcessed = want{code: client.ErrTransport}

// exceptions are outcomes of single methods: a read that returns a list as a whole
// rejects an element that is not a record.
var exceptions = map[string]map[string]want{
	"elements that are not records": {
		"FAQ.Categories": fails(client.ErrUnexpectedResponse),
		"Tickets.Get":    fails(client.ErrUnexpectedResponse),

		// The tickets of the response are found; those that may be missing are not
		// known. Of an order's list with other elements nobody knows which it is.
		"Tickets.GetMany":  fails(client.ErrUnexpectedResponse),
		"Legacy.PushOrder": lost(client.ErrUnexpectedResponse),
	},
}

// want returns what the column promises for a call. For some faults it depends on
// the form of the response: a bare list has no outcome that could appear twice, or
// after the records; an outcome before the list is taken back only by its
// duplicate after it; and only lists with pages can have short pages or the same
// page again.
func (c column) want(of *call) want {
	if w, ok := exceptions[c.name][of.name]; ok {
		return w
	}
	bareList := of.clean.isBareList()
	hasPages := of.effect == streams && of.clean.requests > 1 // the last one is empty
	hasMorePages := hasPages && of.clean.continuesAfterPage() // with records
	switch {
	case c.fault.Kind == mock.PageCap && !hasPages:
		return want{cut: true} // nothing shows the client that this tenant has pages
	case c.fault.Kind == mock.RepeatingPages && hasPages, c.fault.Kind == mock.RepeatedPage && hasMorePages:
		return want{code: client.ErrRepeatedPage}.after(page)
	case c.fault.Kind == mock.DuplicateKeys && bareList && of.effect != writes:
		return noted(client.NoteDuplicate)
	case c.fault.Kind == mock.DuplicateKeys && of.effect == streams && of.clean.outcomeIsFirst():
		return c.list.after(page)
	case c.fault.Kind == mock.FailureAfterList && bareList:
		return good
	}
	switch of.effect {
	case writes:
		return c.write
	case streams:
		return c.list
	}
	return c.read
}

func (c clean) isBareList() bool { return bytes.HasPrefix(c.body, []byte("[")) }

// outcomeIsFirst reports whether the response has its status before its records.
func (c clean) outcomeIsFirst() bool {
	if len(c.records) == 0 {
		return false
	}
	status := bytes.Index(bytes.ToLower(c.body), []byte(`"status"`))
	return status >= 0 && status < bytes.Index(c.body, c.records[0])
}

// between returns the least and the greatest number of records in a part of the
// list.
func (c clean) between(p part) (least, most int) {
	switch p {
	case first:
		return 1, 1
	case half:
		n := c.recordsIn(c.body[:len(c.body)/2])
		return n, n
	case page:
		n := c.recordsIn(c.body)
		return n, n
	case fewer:
		return 0, len(c.records) - 1
	}
	return 0, 0
}

// recordsIn counts the records that a part of a response has whole. The client
// takes a record for whole when it has read the byte after it.
func (c clean) recordsIn(body []byte) int {
	n := 0
	for _, record := range c.records {
		if bytes.Contains(body[:max(len(body)-1, 0)], record) {
			n++
		}
	}
	return n
}

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
	r.row.later(cancel)
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

// judge compares the results with what the column promises.
func (r *cellRun) judge(results []result, received int) {
	if len(results) == 0 {
		r.surprise("no result at all")
	}
	w := r.column.want(r.call)
	once := r.column.fault.Times > 0
	failed := 0
	for _, result := range results {
		expected := w
		if once && result.err == nil {
			expected = good // the fault hits one call of a bulk write
		} else {
			failed++
		}
		r.judgeResult(expected, result, received < len(results))
	}
	if once && w.code != "" && failed != r.column.fault.Times {
		r.surprise("%d of %d calls failed, want %d", failed, len(results), r.column.fault.Times)
	}

	if r.refused() || w.tries == 0 {
		return
	}
	expected := len(results) * w.tries // a list fails at its first page
	if w.code == "" || once {
		// The requests of all calls and pages, and the tries that failed.
		expected = r.clean.requests + w.tries - 1
	}
	if w.code == client.ErrTimeout && received <= expected {
		return // the time may be over before a request is sent
	}
	if received != expected {
		r.surprise("the server received %d requests, want %d", received, expected)
	}
}

// judgeResult compares one result. notSent says that a request may not have
// reached the server, with a connection or without.
func (r *cellRun) judgeResult(w want, got result, notSent bool) {
	if w.code == "" {
		r.judgeSuccess(w, got)
		return
	}
	var e *client.Error
	if !errors.As(got.err, &e) {
		r.surprise("want %s, got %v (%T)", w.code, got.err, got.err)
		return
	}

	if e.Code != w.code {
		r.surprise("want the code %s, got %v", w.code, got.err)
	}
	either := w.code == client.ErrTimeout && notSent
	if unknown := errors.Is(got.err, client.ErrOutcomeUnknown); unknown != w.unknown && !either {
		r.surprise("says that the outcome is unknown: %v, want %v: %v", unknown, w.unknown, got.err)
	}
	operation := r.operation
	if r.raw {
		operation = "raw"
	}
	if e.Operation != operation {
		r.surprise("the error is one of %s", e.Operation)
	}
	// If time is short, a call may try again before it has a connection.
	if w.code != client.ErrTimeout && w.tries > 0 && e.Attempts != w.tries {
		r.surprise("the error says that it was tried %d times, want %d", e.Attempts, w.tries)
	}
	least, most := r.clean.between(w.before)
	if r.effect == streams && (got.records < least || got.records > most) {
		r.surprise("returned %d records before the error, want %d to %d", got.records, least, most)
	}
	// On a busy machine, the moment of a date may have passed.
	isDate := r.column.fault.Kind == mock.TooManyRequestsDate
	if !isDate && r.column.fault.RetryAfter > 0 && e.RetryAfter < r.column.fault.RetryAfter/2 {
		r.surprise("the error says to retry after %v, the server said %v", e.RetryAfter, r.column.fault.RetryAfter)
	}
}

func (r *cellRun) judgeSuccess(w want, got result) {
	if got.err != nil {
		r.surprise("failed: %v", got.err)
		return
	}
	all := len(r.clean.records)
	if got.records > all || got.records < all && (!w.cut || got.records == 0) {
		r.surprise("returned %d records, want %d", got.records, all)
	}
	var notes []client.NoteKind
	for _, n := range got.notes {
		notes = append(notes, n.Kind)
	}
	unexpected := w.note == "" && len(notes) > 0
	missing := w.note != "" && !slices.Contains(notes, w.note)
	if unexpected || missing {
		r.surprise("has the notes %q, want %q", notes, w.note)
	}
}

// judgeEffect compares what the results say with what the world shows.
func (r *cellRun) judgeEffect(results []result, done int) {
	sure := 0
	maybe := 0
	for _, result := range results {
		switch {
		case result.err == nil:
			sure++
		case errors.Is(result.err, client.ErrOutcomeUnknown):
			maybe++
		}
	}
	if done < sure {
		r.surprise("%d writes succeeded and the world shows %d", sure, done)
	}
	if done > sure+maybe && !r.column.lies {
		r.surprise("the world shows %d writes; %d succeeded, and %d may have been done", done, sure, maybe)
	}
	if done > len(results) {
		r.surprise("the world shows %d writes, %d were asked for", done, len(results))
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
