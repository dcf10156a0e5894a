package gates

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
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
	"text/tabwriter"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// attempts is how often a call is tried that may be repeated.
const attempts = 3

// maxAnswer is the client's limit; the oversized answer is four times as large.
const maxAnswer = 1 << 20

// want is what a method's documentation promises for a fault.
type want struct {
	code    client.Code     // "" for a success
	unknown bool            // a write that may have been done
	either  bool            // or may not
	note    client.NoteKind // what a success tells
	tries   int             // how often the call goes out until it ends so; 0: any number
	records int             // of a list, before the error
}

var good = want{tries: 1}

func fails(code client.Code) want { return want{code: code, tries: 1} }

// repeated fails again and again.
func repeated(code client.Code) want { return want{code: code, tries: attempts} }

// lost is a write whose answer did not arrive or says nothing: it went out
// once, and nobody knows.
func lost(code client.Code) want { return want{code: code, unknown: true, tries: 1} }

// told is a success with a note.
func told(note client.NoteKind) want { return want{note: note, tries: 1} }

// again is a success at the second try.
var again = want{tries: 2}

func (w want) after(records int) want { w.records = records; return w }

// column is a fault, and what becomes of a read, of a write and of a list that
// streams.
type column struct {
	name              string
	fault             mock.Fault
	read, write, list want
	options           []client.Option
	kept              bool // the request goes out on a connection that was used before
	cancel            bool // the caller gives up while the server stalls
	lies              bool // the server says that it failed, and has done it
	stream            *column
}

// short is how long an attempt may take where the server is too slow. On a busy
// machine it may pass before anything was sent.
const short = 400 * time.Millisecond

var columns = []column{
	{name: "connection refused", fault: mock.Fault{Kind: mock.Refuse},
		read: repeated(client.ErrTransport), write: repeated(client.ErrTransport), list: repeated(client.ErrTransport)},
	{name: "reset before headers", fault: mock.Fault{Kind: mock.ResetBeforeHeaders},
		read: repeated(client.ErrTransport), write: lost(client.ErrTransport), list: repeated(client.ErrTransport)},
	{name: "reset before headers, once", fault: mock.Fault{Kind: mock.ResetBeforeHeaders, Times: 1},
		read: again, write: lost(client.ErrTransport), list: again},
	{name: "reset before headers, on a kept connection", fault: mock.Fault{Kind: mock.ResetBeforeHeaders}, kept: true,
		read: repeated(client.ErrTransport), write: lost(client.ErrTransport), list: repeated(client.ErrTransport)},
	{name: "reset in the body", fault: mock.Fault{Kind: mock.ResetInBody},
		read: repeated(client.ErrTruncated), write: lost(client.ErrTruncated), list: repeated(client.ErrTruncated).after(1)},
	{name: "reset in the body, once", fault: mock.Fault{Kind: mock.ResetInBody, Times: 1},
		read: again, write: lost(client.ErrTruncated), list: again},
	{name: "stall", fault: mock.Fault{Kind: mock.Stall}, options: []client.Option{client.WithAttemptTimeout(short)},
		read: repeated(client.ErrTimeout), write: lost(client.ErrTimeout), list: repeated(client.ErrTimeout)},
	{name: "stall, and the caller gives up", fault: mock.Fault{Kind: mock.Stall}, cancel: true,
		read: fails(client.ErrCanceled), write: lost(client.ErrCanceled), list: fails(client.ErrCanceled)},
	{name: "slow drip", fault: mock.Fault{Kind: mock.SlowDrip}, read: good, write: good, list: good},
	{name: "slow drip, too slow", fault: mock.Fault{Kind: mock.SlowDrip, Delay: short / 16}, options: []client.Option{client.WithAttemptTimeout(short)},
		read: repeated(client.ErrTimeout), write: lost(client.ErrTimeout),
		// Of a list, the time for an attempt bounds the wait for the next bytes.
		stream: &column{fault: mock.Fault{Kind: mock.SlowDrip}, options: []client.Option{client.WithAttemptTimeout(time.Second)}, list: want{}}},
	{name: "429, Retry-After in seconds", fault: mock.Fault{Kind: mock.TooManyRequests, RetryAfter: 90 * time.Second},
		read: repeated(client.ErrRateLimited), write: repeated(client.ErrRateLimited), list: repeated(client.ErrRateLimited)},
	{name: "429, Retry-After as a date", fault: mock.Fault{Kind: mock.TooManyRequestsDate, RetryAfter: 90 * time.Second},
		read: repeated(client.ErrRateLimited), write: repeated(client.ErrRateLimited), list: repeated(client.ErrRateLimited)},
	{name: "429, once", fault: mock.Fault{Kind: mock.TooManyRequests, Times: 1}, read: again, write: again, list: again},
	{name: "500", fault: mock.Fault{Kind: mock.ServerError},
		read: repeated(client.ErrServer), write: fails(client.ErrServer), list: repeated(client.ErrServer)}, // in JSON that says failed
	{name: "500, once", fault: mock.Fault{Kind: mock.ServerError, Times: 1}, read: again, write: fails(client.ErrServer), list: again},
	{name: "502 in HTML", fault: mock.Fault{Kind: mock.BadGateway},
		read: repeated(client.ErrServer), write: lost(client.ErrServer), list: repeated(client.ErrServer)},
	{name: "503", fault: mock.Fault{Kind: mock.Unavailable, RetryAfter: 90 * time.Second},
		read: repeated(client.ErrServer), write: lost(client.ErrServer), list: repeated(client.ErrServer)},
	{name: "503, once", fault: mock.Fault{Kind: mock.Unavailable, Times: 1}, read: again, write: lost(client.ErrServer), list: again},
	{name: "truncated JSON", fault: mock.Fault{Kind: mock.TruncatedJSON},
		read: fails(client.ErrTruncated), write: lost(client.ErrTruncated), list: fails(client.ErrTruncated).after(1)},
	{name: "truncated between elements", fault: mock.Fault{Kind: mock.TruncatedBetweenElements},
		read: fails(client.ErrTruncated), write: lost(client.ErrTruncated), list: fails(client.ErrTruncated)}, // nothing says that the first is whole
	{name: "gzip cut", fault: mock.Fault{Kind: mock.GzipCut},
		read: repeated(client.ErrTruncated), write: lost(client.ErrTruncated), list: repeated(client.ErrTruncated)},
	{name: "gzip cut, once", fault: mock.Fault{Kind: mock.GzipCut, Times: 1}, read: again, write: lost(client.ErrTruncated), list: again},
	{name: "failure after the list", fault: mock.Fault{Kind: mock.FailureAfterList}, lies: true,
		read: fails(client.ErrFailed), write: fails(client.ErrFailed), list: fails(client.ErrFailed).after(3)},
	{name: "wrong content type", fault: mock.Fault{Kind: mock.WrongContentType},
		read: told(client.NoteContentType), write: told(client.NoteContentType), list: told(client.NoteContentType)},
	{name: "redirect to another origin", fault: mock.Fault{Kind: mock.Redirect},
		read: fails(client.ErrRedirect), write: fails(client.ErrRedirect), list: fails(client.ErrRedirect)},
	{name: "login page", fault: mock.Fault{Kind: mock.LoginPage},
		read: fails(client.ErrUndecodable), write: lost(client.ErrUndecodable), list: fails(client.ErrUndecodable)},
	{name: "empty body", fault: mock.Fault{Kind: mock.EmptyBody},
		read: fails(client.ErrUndecodable), write: lost(client.ErrUndecodable), list: fails(client.ErrUndecodable)},
	{name: "oversized body", fault: mock.Fault{Kind: mock.Oversized, Size: 4 * maxAnswer},
		read: fails(client.ErrTooLarge), write: lost(client.ErrTooLarge), list: fails(client.ErrTooLarge)},
	{name: "invalid UTF-8", fault: mock.Fault{Kind: mock.InvalidUTF8},
		read: told(client.NoteUTF8), write: told(client.NoteUTF8), list: told(client.NoteUTF8)},
	{name: "duplicate keys", fault: mock.Fault{Kind: mock.DuplicateKeys},
		read: fails(client.ErrUndecodable), write: lost(client.ErrUndecodable), list: fails(client.ErrUndecodable)},
	{name: "deep nesting", fault: mock.Fault{Kind: mock.DeepNesting},
		read: fails(client.ErrUndecodable), write: lost(client.ErrUndecodable), list: fails(client.ErrUndecodable)},
}

// exceptions are outcomes that differ because of what an operation answers: a
// bare list has no outcome that could stand twice, or behind its records, and
// the first window of questions has 20 of them, not three.
var exceptions = map[string]map[string]want{
	"duplicate keys": {
		"Tickets.Get": told(client.NoteDuplicate), "Tickets.GetMany": told(client.NoteDuplicate),
		// Its status stands before the list, so that the second one takes the first back.
		"Legacy.PullTickets": fails(client.ErrUndecodable).after(3),
	},
	"failure after the list": {"Tickets.Get": good, "Tickets.GetMany": good, "Legacy.PushOrder": good, "FAQ.Contents": fails(client.ErrFailed).after(20)},
	"reset in the body":      {"FAQ.Contents": repeated(client.ErrTruncated).after(9)},
	"truncated JSON":         {"FAQ.Contents": fails(client.ErrTruncated).after(9)},
	"gzip cut":               {"FAQ.Contents": repeated(client.ErrTruncated).after(2)},
}

func (c column) want(name string, m method) want {
	if w, ok := exceptions[c.name][name]; ok {
		return w
	}
	switch m.effect {
	case writes:
		return c.write
	case streams:
		return c.list
	}
	return c.read
}

// letters write an outcome so that a matrix fits on a page.
var letters = []struct {
	code    client.Code
	letters string
}{
	{"", "ok"}, {client.ErrTransport, "TR"}, {client.ErrTimeout, "TO"}, {client.ErrCanceled, "CA"}, {client.ErrTruncated, "CUT"}, {client.ErrUndecodable, "UD"},
	{client.ErrUnexpectedAnswer, "UX"}, {client.ErrTooLarge, "BIG"}, {client.ErrRedirect, "RE"}, {client.ErrRateLimited, "429"}, {client.ErrServer, "5xx"}, {client.ErrFailed, "F"},
}

// cell is one call under one fault.
type cell struct {
	method, column string
	outcome        string
	surprises      []string
}

func (c *cell) surprise(format string, args ...any) {
	c.surprises = append(c.surprises, fmt.Sprintf(format, args...))
}

// TestFaultMatrix calls every method under every fault over loopback, and
// prints what became of it. Every call must end as its documentation says;
// whatever is written must be done once at most, and if it may have been done
// the error must say so; nothing may show the key; no goroutine may stay.
func TestFaultMatrix(t *testing.T) {
	var elsewhere atomic.Int64 // requests that followed a redirect
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		fmt.Fprint(w, `{"status":"success"}`)
	}))
	defer other.Close()

	names := allMethods()
	matrix := make([][]*cell, len(names))
	rows, cells := make(chan struct{}, 12), make(chan struct{}, 96) // far more wait than work
	var running sync.WaitGroup
	for i, name := range names {
		matrix[i] = make([]*cell, len(columns))
		running.Go(func() {
			rows <- struct{}{}
			defer func() { <-rows }()
			row := &tracks{}
			defer row.close()
			var inRow sync.WaitGroup
			for j, column := range columns {
				matrix[i][j] = &cell{method: name, column: column.name, outcome: "-"}
				inRow.Go(func() {
					cells <- struct{}{}
					defer func() { <-cells }()
					if column.fault.Kind == mock.Redirect {
						column.fault.Location = other.URL + "/?auth_key=" + secretPiece
					}
					run(t.Context(), matrix[i][j], column, row)
				})
			}
			inRow.Wait()
			for column, left := range row.left(name) {
				matrix[i][slices.IndexFunc(matrix[i], func(c *cell) bool { return c.column == column })].surprise("goroutines stay:\n%s", left)
			}
		})
	}
	running.Wait()
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("%d requests followed a redirect", n)
	}

	t.Log("\n" + printed(names, matrix))
	surprises := 0
	for _, row := range matrix {
		for _, c := range row {
			for _, s := range c.surprises {
				surprises++
				t.Errorf("%s under %q: %s", c.method, c.column, s)
			}
		}
	}
	t.Logf("%d methods under %d faults: %d calls, %d surprises", len(names), len(columns), len(names)*len(columns), surprises)
}

// run makes the call of a cell in a scene of its own and judges what came of it.
func run(ctx context.Context, c *cell, column column, row *tracks) {
	m := methods[c.method]
	if m.effect == streams && column.stream != nil {
		column.fault, column.options, column.list = column.stream.fault, column.stream.options, column.stream.list
	}
	want := column.want(c.method, m)
	refuse := column.fault.Kind == mock.Refuse
	s, err := sceneFor(ctx, m, column)
	if err != nil {
		c.surprise("the scene could not be set: %v", err)
		return
	}
	var log bytes.Buffer
	options := append([]client.Option{
		client.WithRetry(client.RetryPolicy{Attempts: attempts, Base: time.Millisecond, Max: 2 * time.Millisecond, MaxRetryAfter: time.Millisecond}),
		client.WithMaxResponseBytes(maxAnswer),
		client.WithHook(client.NewLogHook(slog.New(slog.NewJSONHandler(&locked{w: &log}, &slog.HandlerOptions{Level: slog.LevelDebug})))),
	}, column.options...)
	under, transport, err := s.client(options...)
	if err != nil {
		c.surprise("%v", err)
		return
	}
	row.add(s, transport)
	if column.kept {
		_, _ = under.Raw(ctx, "/nowhere", nil) // 404, with a body that was read to its end
	}
	before := 0
	if !refuse {
		before = s.Received(m.at())
		if err := s.SetFault(m.at(), column.fault); err != nil {
			c.surprise("%v", err)
			return
		}
	}

	// A call that leaves its context's end to its caller must not look as if it
	// had tidied up.
	calling, cancel := context.WithCancel(ctx)
	row.later(cancel)
	results, ended := guarded(calling, cancel, c, column, m, under, s, before)
	if !ended {
		c.surprise("the call hangs")
		return
	}
	received := s.Received(m.at()) - before
	c.judge(want, m, column, results, received)
	c.outcome = outcomeOf(results)
	c.keepsSecrets(results, log.String())
	if m.effect != writes || refuse {
		return
	}
	s.ClearFaults()
	seen, other, err := s.client(client.WithoutRetry())
	if err != nil {
		c.surprise("%v", err)
		return
	}
	defer other.CloseIdleConnections()
	done, err := m.done(ctx, seen, s)
	if err != nil {
		c.surprise("the world could not be read: %v", err)
		return
	}
	c.judgeEffect(column, results, done)
}

// sceneFor sets the scene of a cell. Connections that are refused need no more
// than an address.
func sceneFor(ctx context.Context, m method, column column) (*scene, error) {
	if column.fault.Kind == mock.Refuse {
		srv, err := mock.Start(mock.WithFault(mock.All, column.fault))
		return &scene{Server: srv, order: "1"}, err
	}
	s, err := newScene()
	if err != nil || m.prepare == nil {
		return s, err
	}
	c, transport, err := s.client(client.WithoutRetry())
	if err != nil {
		return s, err
	}
	defer transport.CloseIdleConnections()
	return s, m.prepare(ctx, c, s)
}

// guarded makes the call where it can be told apart: its goroutines bear its
// name. It gives up on a call that does not end.
func guarded(ctx context.Context, cancel func(), c *cell, column column, m method, under *client.Client, s *scene, before int) (results []result, ended bool) {
	done := make(chan struct{})
	go pprof.Do(ctx, pprof.Labels("method", c.method, "column", c.column), func(ctx context.Context) {
		defer close(done)
		results = m.call(ctx, under, s)
	})
	if column.cancel {
		arrived := 1
		if strings.HasSuffix(c.method, "AddAll") {
			arrived = 2 // at once
		}
		until(func() bool { return s.Received(m.at())-before >= arrived })
		cancel()
	}
	select {
	case <-done:
		return results, true
	case <-time.After(time.Minute):
		return nil, false
	}
}

// judge compares the outcome with what is due.
func (c *cell) judge(want want, m method, column column, results []result, received int) {
	if len(results) == 0 {
		c.surprise("no result at all")
	}
	hit := 0
	for _, r := range results {
		due := want
		if column.fault.Times > 0 && r.err == nil {
			due = good // the fault hits one call of a bulk write
		} else {
			hit++
		}
		// On a busy machine the time may be up before the request is in the
		// handler's hands, with a connection or without.
		due.either = due.code == client.ErrTimeout && received < len(results)
		c.judgeResult(due, m, column, r)
	}
	if column.fault.Times > 0 && want.code != "" && hit != column.fault.Times {
		c.surprise("%d of %d calls failed, want %d", hit, len(results), column.fault.Times)
	}
	switch {
	case column.fault.Kind == mock.Refuse, want.tries == 0:
		return
	case want.code == "" || column.fault.Times > 0: // the requests of all calls and their pages, and the tries that failed
		if due := len(results)*max(m.requests, 1) + want.tries - 1; received != due {
			c.surprise("the server received %d requests, want %d", received, due)
		}
	case want.code == client.ErrTimeout && received <= len(results)*want.tries:
	case received != len(results)*want.tries: // a list fails at its first page
		c.surprise("the server received %d requests, want %d", received, len(results)*want.tries)
	}
}

func (c *cell) judgeResult(want want, m method, column column, r result) {
	var notes []client.NoteKind
	for _, n := range r.notes {
		notes = append(notes, n.Kind)
	}
	switch {
	case want.code == "" && r.err != nil:
		c.surprise("failed: %v", r.err)
		return
	case want.code == "":
		if r.records != m.records {
			c.surprise("gave %d records, want %d", r.records, m.records)
		}
		if want.note == "" && len(notes) > 0 || want.note != "" && !slices.Contains(notes, want.note) {
			c.surprise("told %q, want %q", notes, want.note)
		}
		return
	}
	var e *client.Error
	if !errors.As(r.err, &e) {
		c.surprise("want %s, got %v (%T)", want.code, r.err, r.err)
		return
	}
	if e.Code != want.code {
		c.surprise("want the code %s, got %v", want.code, r.err)
	}
	if unknown := errors.Is(r.err, client.ErrOutcomeUnknown); unknown != want.unknown && !want.either {
		c.surprise("says that the outcome is unknown: %v, want %v: %v", unknown, want.unknown, r.err)
	}
	if e.Operation != cmp.Or(m.operation, "raw") {
		c.surprise("the error is one of %s", e.Operation)
	}
	// Where time is short, a call may have had another one before it had a
	// connection.
	if want.code != client.ErrTimeout && e.Attempts != want.tries {
		c.surprise("the error says that it was tried %d times, want %d", e.Attempts, want.tries)
	}
	if m.effect == streams && r.records != want.records {
		c.surprise("gave %d records before the error, want %d", r.records, want.records)
	}
	if column.fault.RetryAfter > 0 && e.RetryAfter < column.fault.RetryAfter/2 {
		c.surprise("the error says to retry after %v, the server said %v", e.RetryAfter, column.fault.RetryAfter)
	}
}

// judgeEffect holds what the results say to what the world shows.
func (c *cell) judgeEffect(column column, results []result, done int) {
	sure, maybe := 0, 0
	for _, r := range results {
		switch {
		case r.err == nil:
			sure++
		case errors.Is(r.err, client.ErrOutcomeUnknown):
			maybe++
		}
	}
	if done < sure {
		c.surprise("%d writes succeeded and the world shows %d", sure, done)
	}
	if done > sure+maybe && !column.lies {
		c.surprise("the world shows %d writes; %d succeeded, and %d may have been done", done, sure, maybe)
	}
	if done > len(results) {
		c.surprise("the world shows %d writes where %d were asked for", done, len(results))
	}
}

// keepsSecrets looks for the key in everything that a program might print.
func (c *cell) keepsSecrets(results []result, log string) {
	texts := map[string]string{"the log": log}
	for _, r := range results {
		if r.err == nil {
			continue
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			texts["the error under "+verb] = fmt.Sprintf(verb, r.err)
		}
		for err := r.err; err != nil; err = errors.Unwrap(err) {
			texts[fmt.Sprintf("a %T", err)] = err.Error()
		}
		var e *client.Error
		if errors.As(r.err, &e) {
			texts["the error's members"] = fmt.Sprintf("%q", []string{e.Message, e.Detail, e.Sample, string(e.Body), e.RequestID, e.ContentType})
		}
		raw, _ := json.Marshal(r.err)
		texts["the error as JSON"] = string(raw)
	}
	for where, text := range texts {
		if strings.Contains(text, secretPiece) {
			c.surprise("%s shows the key: %s", where, text)
		}
	}
}

func outcomeOf(results []result) string {
	var out []string
	for _, r := range results {
		s := "??"
		code := client.Code("")
		var e *client.Error
		if errors.As(r.err, &e) {
			code = e.Code
		}
		for _, l := range letters {
			if l.code == code {
				s = l.letters
			}
		}
		if errors.Is(r.err, client.ErrOutcomeUnknown) {
			s += "?"
		}
		if r.err == nil && len(r.notes) > 0 {
			s += "*"
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "+")
}

// printed is the matrix as a table.
func printed(names []string, matrix [][]*cell) string {
	var out strings.Builder
	for i, column := range columns {
		fmt.Fprintf(&out, "%3d  %s\n", i+1, column.name)
	}
	out.WriteByte('\n')
	for _, l := range letters {
		code := string(l.code)
		if code == "" {
			code = "success"
		}
		fmt.Fprintf(&out, "%-4s %s\n", l.letters, code)
	}
	fmt.Fprintf(&out, "%-4s it may have been done, and the error says so\n%-4s the answer has a note\n\n", "?", "*")
	w := tabwriter.NewWriter(&out, 0, 0, 1, ' ', 0)
	fmt.Fprint(w, "\t")
	for i := range columns {
		fmt.Fprintf(w, "%d\t", i+1)
	}
	fmt.Fprintln(w)
	for i, name := range names {
		fmt.Fprintf(w, "%s\t", name)
		for _, c := range matrix[i] {
			mark := ""
			if len(c.surprises) > 0 {
				mark = "!"
			}
			fmt.Fprintf(w, "%s%s\t", c.outcome, mark)
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
	return out.String()
}

// locked makes a writer safe for many goroutines.
type locked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// tracks are what the calls of a row leave behind.
type tracks struct {
	mu         sync.Mutex
	scenes     []*scene
	transports []*http.Transport
	cancels    []func()
}

func (tr *tracks) add(s *scene, transport *http.Transport) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.scenes, tr.transports = append(tr.scenes, s), append(tr.transports, transport)
}

func (tr *tracks) later(cancel func()) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.cancels = append(tr.cancels, cancel)
}

func (tr *tracks) close() {
	for _, cancel := range tr.cancels {
		cancel()
	}
	for _, s := range tr.scenes {
		_ = s.Close()
	}
}

// left waits until no goroutine of the method's calls is left, and gives those
// that stay, by column. The servers are still up: a body that nobody closed
// keeps its connection, and the goroutines of it.
func (tr *tracks) left(name string) map[string]string {
	var left map[string]string
	until(func() bool {
		for _, transport := range tr.transports {
			transport.CloseIdleConnections()
		}
		left = goroutines(name)
		return len(left) == 0
	})
	return left
}

// goroutines finds the stacks of a method's calls. A goroutine bears the labels
// of the one that started it.
func goroutines(name string) map[string]string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return map[string]string{"": err.Error()}
	}
	found := map[string]string{}
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		_, rest, ok := strings.Cut(stack, "# labels: ")
		if !ok {
			continue
		}
		line, _, _ := strings.Cut(rest, "\n")
		var labels struct{ Method, Column string }
		if json.Unmarshal([]byte(line), &labels) == nil && labels.Method == name {
			found[labels.Column] += stack + "\n"
		}
	}
	return found
}

// until waits for something that happens soon, and gives up where it does not.
func until(happened func() bool) {
	for deadline := time.Now().Add(20 * time.Second); !happened() && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
}
