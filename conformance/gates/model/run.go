package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long a run may take, and how long what it leaves may take to
// go away. Nearly all runs end within milliseconds; on a busy machine all of
// them take longer, so this says only that something hangs.
const patience = 10 * time.Second

// A session is what a caller saw of one pull until it ended or was interrupted.
type session struct {
	yields  []yield
	saved   []checkpoint
	stopped string // how the caller interrupted it; empty where it ended
	resumed int    // the first window; those before were passed by a checkpoint
}

// A yield is one record or one error. An error in the place of an element, after
// which the pull continues, has the bytes of the element for its record.
type yield struct {
	record  []byte
	failure *failure
	inPlace bool
}

// ends reports whether it is the error of a window, and not of an element.
func (y yield) ends() bool { return y.failure != nil && !y.inPlace }

// A checkpoint is one that was saved.
type checkpoint struct {
	window int
	at     int // how many records and errors were yielded before
}

// A result is what became of one input of a write, or of a read.
type result struct {
	input   int
	marker  string // that the result has; of a single call its own
	id      string
	records [][]byte
	missing int
	late    bool
	failure *failure
}

// An observation is all that the caller saw of a run.
type observation struct {
	sessions []*session
	results  []result
	taken    int // inputs of a bulk write that the client took
	// yield returned false for the last of them, which may not have been sent
	lastRefused atomic.Bool
	stopped     string   // how the caller interrupted a call that is not a pull
	sentOn      int      // attempts that were begun again after the loop was broken off
	panicked    []string // panics of the client, not thrown by the caller
	hung        bool
	leftovers   []string // what is still running
}

// A run is one script being run.
type run struct {
	script  *script
	kapture *kapture
	api     *api
	hooks   *hooks
	seen    *observation

	mu sync.Mutex // of results that come late
}

// runs numbers the runs of the process, so that their goroutines differ.
var runs atomic.Int64

// perform runs a script, and returns what the server remembers and what the
// caller saw.
func perform(ctx context.Context, s *script) (*kapture, *observation, error) {
	k, err := start(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	defer k.close()

	transport := k.transport()
	r := &run{script: s, kapture: k, hooks: &hooks{}, seen: &observation{}}
	marking := &sessionTransport{Transport: transport, kapture: k}
	r.api, err = newClient(k.outer.URL, marking, s.Caller, r.hooks)
	if err != nil {
		return nil, nil, err
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	label := fmt.Sprint("run ", runs.Add(1))
	done := make(chan struct{})
	go pprof.Do(ctx, pprof.Labels("model", label), func(ctx context.Context) {
		defer close(done)
		r.call(ctx)
	})

	seen := r.seen
	if !within(patience, done) {
		cancel()
		if !within(patience, done) {
			seen = &observation{} // the run may still write to its own
		}
		seen.hung = true
	}

	seen.leftovers = r.leftovers(label, transport)
	return k, seen, nil
}

// within waits for something to be closed.
func within(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// call does what the script says.
func (r *run) call(ctx context.Context) {
	switch {
	case r.kapture.list != nil:
		r.pulls(ctx)
	case r.kapture.read != nil:
		r.single(ctx, func(ctx context.Context) result {
			records, missing, err := r.kapture.read.call(ctx, r.api, max(r.script.Caller.Inputs, 1))
			return result{records: records, missing: missing, failure: failureOf(err)}
		})
	case bulks[r.script.Call].call != nil:
		r.bulk(ctx, bulks[r.script.Call])
	default:
		r.single(ctx, func(ctx context.Context) result {
			id, err := r.kapture.write.call(ctx, r.api, marker(0))
			return result{marker: marker(0), id: id, failure: failureOf(err)}
		})
	}
}

// guard keeps a panic that the caller did not throw from ending the program.
func (r *run) guard() {
	thrown := recover()
	switch {
	case thrown == nil:
	case thrown != any(errThrown):
		r.seen.panicked = append(r.seen.panicked, fmt.Sprint(thrown))
	case r.seen.stopped == "":
		r.seen.stopped = byInputs
	}
}

// errThrown is what the caller's code panics with.
var errThrown = errors.New("thrown by the caller")

// errFull is what the caller's checkpoint fails with.
var errFull = errors.New("the disk is full")

// interruption finds how a session is interrupted, if it is.
func (s *script) interruption(session int) interruption {
	if session < len(s.Interruptions) {
		return s.Interruptions[session]
	}
	return interruption{}
}

// pulls reads a list in sessions, each from the last checkpoint, until one ends
// without an error.
func (r *run) pulls(ctx context.Context) {
	var kept []byte
	resumed := 0
	for n := range r.script.sessionsOf() {
		s := &session{resumed: resumed}
		r.seen.sessions = append(r.seen.sessions, s)
		kept = r.pull(ctx, n, kept)
		for _, c := range s.saved {
			resumed = c.window + 1
		}

		// A session that failed although nothing went wrong would fail again.
		ended := s.stopped == "" && (!s.failed() || !r.kapture.hitIn(n))
		if ended || ctx.Err() != nil {
			return
		}
	}
}

// hitIn reports whether anything went wrong in a session that need not go wrong
// again.
func (k *kapture) hitIn(session int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	hit := slices.ContainsFunc(k.journal, func(e *exchange) bool { return e.session == session && e.fault.Kind != "" })
	return hit || k.trouble > 0
}

func (s *session) failed() bool {
	return slices.ContainsFunc(s.yields, yield.ends)
}

// pull is one session. It returns the last checkpoint, also if the loop panics.
func (r *run) pull(ctx context.Context, n int, resume []byte) (kept []byte) {
	defer r.guard()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.kapture.begin(n, func(int) {})

	p := &pulling{run: r, session: r.seen.sessions[n], stop: r.script.interruption(n), cancel: cancel, kept: resume}
	defer func() { kept = p.kept }()
	defer r.cancelLater(p.stop, cancel, &p.session.stopped)()
	last := r.kapture.first.AddDate(0, 0, max(len(r.script.Server.Days)-1, 0))
	asked := &pull{from: r.kapture.first, to: last, how: r.script.Caller, resume: resume, save: p.save}
	for record, err := range r.kapture.list.pull(ctx, r.api, asked) {
		p.take(record, err)
		if p.breaksOff() {
			break
		}
	}
	return p.kept
}

// A pulling is a session while it runs.
type pulling struct {
	*run
	session *session
	stop    interruption
	cancel  func()
	kept    []byte // the last checkpoint
	records int
}

// save keeps a checkpoint.
func (p *pulling) save(day string, checkpointed []byte) error {
	s := p.session
	if p.stop.How == bySaving && len(s.saved) >= p.stop.After {
		s.stopped = bySaving
		return errFull
	}

	p.kept = bytes.Clone(checkpointed)
	s.saved = append(s.saved, checkpoint{window: p.kapture.windowOf(day), at: len(s.yields)})
	return nil
}

// take keeps what the pull yields.
func (p *pulling) take(record []byte, err error) {
	y := yield{record: bytes.Clone(record), failure: failureOf(err)}
	if err != nil && p.script.Caller.ContinueOnBadElement && y.failure.element != nil {
		y.inPlace = true
		y.record = bytes.Clone(y.failure.element)
	}
	p.session.yields = append(p.session.yields, y)
	if err == nil {
		p.records++
	}
}

// breaksOff interrupts the session at its record, and reports whether the loop
// ends.
func (p *pulling) breaksOff() bool {
	s := p.session
	if p.records < p.stop.After || s.stopped != "" {
		return false
	}

	switch p.stop.How {
	case byBreak:
		s.stopped = byBreak
		return true
	case byPanic:
		s.stopped = byPanic
		panic(errThrown)
	case byCancel:
		s.stopped = byCancel
		p.cancel()
	}
	return false
}

// windowOf is the number of the window with a day.
func (k *kapture) windowOf(day string) int {
	at, err := time.ParseInLocation(time.DateOnly, day, india)
	if err != nil {
		return -1
	}
	return int(at.Sub(k.first).Hours()) / 24
}

// single makes one call, and gives it up where the script says so.
func (r *run) single(ctx context.Context, call func(context.Context) result) {
	defer r.guard()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := r.script.interruption(0)

	var given atomic.Bool
	r.kapture.begin(0, func(total int) {
		if stop.How == byCancel && total == stop.After {
			given.Store(true)
			cancel()
		}
	})

	timed := r.cancelLater(stop, cancel, &r.seen.stopped)
	got := call(ctx)
	timed()
	if given.Load() {
		r.seen.stopped = byCancel
	}
	r.seen.results = append(r.seen.results, got)
}

// cancelLater cancels at the time that an interruption names, if it names one. The
// returned function notes whether that happened.
func (r *run) cancelLater(stop interruption, cancel func(), stopped *string) (note func()) {
	if stop.How != byTime {
		return func() {}
	}
	timer := time.AfterFunc(time.Duration(stop.After)*100*time.Microsecond, cancel)
	return func() {
		if !timer.Stop() {
			*stopped = byTime
		}
	}
}

// bulk writes many inputs.
func (r *run) bulk(ctx context.Context, b bulk) {
	defer r.guard()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.kapture.begin(0, func(int) {})

	stop := r.script.interruption(0)
	call := &bulkCall{
		markers:  r.markers(ctx),
		parallel: r.script.Caller.Parallel,
		late: func(index int, err error) {
			r.add(result{input: index, late: true, failure: failureOf(err)})
		},
	}
	defer r.cancelLater(stop, cancel, &r.seen.stopped)()
	var before int64 // attempts that were begun again before the interruption
	defer func() {
		if r.seen.stopped != "" {
			r.seen.sentOn = int(r.hooks.repeated.Load() - before)
		}
	}()

	count := 0
	for got := range b.call(ctx, r.api, call) {
		r.add(result{input: got.index, marker: got.marker, id: got.id, failure: failureOf(got.err)})
		count++
		atResult := stop.How == byBreak || stop.How == byPanic || stop.How == byCancel
		if !atResult || count != stop.After {
			continue
		}

		r.seen.stopped = stop.How
		before = r.hooks.repeated.Load()
		switch stop.How {
		case byBreak:
			return
		case byPanic:
			panic(errThrown)
		case byCancel:
			cancel()
		}
	}
}

// add keeps a result.
func (r *run) add(got result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.results = append(r.seen.results, got)
}

// markers are the inputs. A sequence that waits ends when ctx does, as a reader
// of a queue would.
func (r *run) markers(ctx context.Context) iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := range r.script.Caller.Inputs {
			if wait := r.script.Caller.InputsWait; wait > 0 && n == wait {
				<-ctx.Done()
				return
			}
			if stop := r.script.interruption(0); stop.How == byInputs && stop.After == n {
				panic(errThrown)
			}

			r.mu.Lock()
			r.seen.taken++
			r.mu.Unlock()
			if !yield(marker(n)) {
				r.seen.lastRefused.Store(true)
				return
			}
		}
	}
}

// leftovers waits until nothing of the run is left, and names what stays. A
// connection may become idle after the call: what ends a stream of HTTP/2 is
// written when the caller is gone.
func (r *run) leftovers(label string, transport *http.Transport) []string {
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		transport.CloseIdleConnections()
		if r.kapture.relays != nil {
			r.kapture.relays.CloseAfterGoaway()
		}
		remaining := r.stillRunning(label)
		if len(remaining) == 0 || time.Now().After(deadline) {
			return remaining
		}
	}
}

// stillRunning names what the run has not ended yet.
func (r *run) stillRunning(label string) []string {
	var list []string
	if n := r.hooks.operations.Load(); n != 0 {
		list = append(list, fmt.Sprintf("%d calls whose end no hook saw", n))
	}
	if n := r.hooks.attempts.Load(); n != 0 {
		list = append(list, fmt.Sprintf("%d attempts whose end no hook saw", n))
	}
	if n := r.kapture.opened.Load() - r.kapture.closed.Load(); n != 0 {
		list = append(list, fmt.Sprintf("%d connections", n))
	}
	if stacks := goroutinesOf(label); stacks != "" {
		list = append(list, "goroutines:\n"+stacks)
	}
	return list
}

// goroutinesOf finds the stacks of a run's goroutines: a goroutine has the
// labels of the one that started it.
func goroutinesOf(label string) string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return err.Error()
	}
	var found strings.Builder
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, `"model":"`+label+`"`) {
			found.WriteString(stack + "\n")
		}
	}
	return found.String()
}
