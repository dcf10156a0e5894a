package client

import (
	"context"
	"iter"
	"sync"
)

// BulkResult is what became of one input of a bulk write.
//
// Results come in the order in which the calls end; Index says which input each
// belongs to. Every input that is sent gets a result.
//
// When the context is cancelled no further input is taken, and those in flight
// get a result too, which matches [ErrOutcomeUnknown] if it is not known
// whether they were done. If you break out of the loop instead, nothing more is
// sent: requests in flight are not interrupted, calls that wait for a
// repetition, a limiter or a token end at once, and [Late] reports all of them.
// In both cases the loop does not wait for a sequence that is waiting for its
// next input. If the sequence yields one afterwards, it is not sent and gets no
// result: yield returns false. What the sequence does then, even a panic, is
// ignored.
//
// A panic in your code (the sequence, a hook, a token source, a limiter, a
// transport) ends the bulk write as a break does, except that the loop gets the
// results of the calls in flight. The panic then continues in the goroutine of
// the loop. The result of a call that panicked is [ErrPanicked].
type BulkResult[In, Out any] struct {
	Index    int // from 0
	Input    In
	Response Out   // the zero value if the call failed
	Err      error // an *Error, nil if the call succeeded
}

// BulkOption sets up one bulk write.
type BulkOption func(*bulkOptions)

type bulkOptions struct {
	parallel int
	late     func(int, error)
}

// Parallel sends up to n calls at once; 4 unless set, and at least one.
func Parallel(n int) BulkOption { return func(o *bulkOptions) { o.parallel = max(n, 1) } }

// Late reports, once for each, the results of the inputs that were in flight
// when the caller broke out of the loop. If report is nil, they are discarded.
func Late(report func(index int, err error)) BulkOption {
	return func(o *bulkOptions) { o.late = report }
}

// bulk sends every input of a sequence.
func bulk[In, Out any](
	ctx context.Context,
	inputs iter.Seq[In],
	send func(context.Context, In) (Out, error),
	opts []BulkOption,
) iter.Seq[BulkResult[In, Out]] {
	o := &bulkOptions{parallel: 4}
	for _, opt := range opts {
		opt(o)
	}

	if ctx == nil {
		ctx = context.Background() //nolint:contextcheck // the caller gave none; every call reports that
		send = withoutContext(send)
	}

	return func(yield func(BulkResult[In, Out]) bool) {
		run := &bulkRun[In, Out]{
			send:    send,
			late:    o.late,
			ctx:     ctx,
			slots:   make(chan struct{}, o.parallel),
			inputs:  make(chan BulkResult[In, Out], o.parallel),
			results: make(chan BulkResult[In, Out], o.parallel),
		}
		run.begin(inputs)

		// In this order, and even if the loop or late panics: send nothing more,
		// report the results that are left, leave no call running, and continue
		// the panic of another goroutine.
		leftNormally := false
		defer func() {
			if leftNormally {
				run.thrown.rethrow()
			}
		}()
		defer run.discard()
		defer run.reportLate()
		defer run.stop()
		for result := range run.results {
			<-run.slots // only now, so that a slow reader is not overrun
			if !yield(result) {
				break
			}
		}
		leftNormally = true
	}
}

// withoutContext makes every call fail as it would without a bulk write.
func withoutContext[In, Out any](
	send func(context.Context, In) (Out, error),
) func(context.Context, In) (Out, error) {
	return func(_ context.Context, input In) (Out, error) {
		var none context.Context
		return send(none, input) //nolint:contextcheck // none was given; the call reports that
	}
}

// bulkRun is one bulk write. It goes through these states:
//
//   - taking: a goroutine takes inputs, one at a time and each only when there
//     is a slot to send it, and gives each to a worker, which makes the call.
//     This ends when the sequence does, when ctx is cancelled, when the caller
//     leaves the loop, or when code of the caller panics.
//   - draining: no input is sent any more. The requests on their way continue until
//     they end, and each call hands over its result. A sequence that is waiting
//     for its next input is not waited for; one that waits for yield ends first.
//   - ended: results is closed, and no call is running.
//
// The caller reads results in all states. When the caller breaks out of the
// loop, or panics in it, the results that are left go to late.
type bulkRun[In, Out any] struct {
	send func(context.Context, In) (Out, error)
	late func(int, error)

	ctx     context.Context // of the calls
	sending context.Context // ends when no request may be sent any more
	cancel  context.CancelCauseFunc
	slots   chan struct{}            // holds one token for each call whose result is not read yet
	inputs  chan BulkResult[In, Out] // for the workers; never full, since there are slots
	results chan BulkResult[In, Out] // never full either
	pending sync.WaitGroup           // the calls in flight and, while they wait for it, the sequence
	workers sync.WaitGroup
	thrown  thrown

	mu       sync.Mutex
	stopped  bool   // no call is started any more
	choosing bool   // the sequence runs, and decides on its next input
	idle     int    // workers that wait for an input
	leave    func() // takes the sequence off pending, once
}

// begin starts to take inputs.
func (r *bulkRun[In, Out]) begin(inputs iter.Seq[In]) {
	r.sending, r.cancel = context.WithCancelCause(r.ctx)
	r.choosing = true
	r.pending.Add(1)
	r.leave = sync.OnceFunc(r.pending.Done)

	ending := context.AfterFunc(r.ctx, r.stop)
	go r.take(inputs)
	go func() {
		r.pending.Wait()
		ending()
		r.cancel(nil)
		close(r.inputs)
		r.workers.Wait()
		close(r.results)
	}()
}

// stop ends the taking of inputs. What waits to send ends at once.
func (r *bulkRun[In, Out]) stop() {
	r.mu.Lock()
	r.stopped = true
	abandoned := r.choosing
	r.mu.Unlock()

	r.cancel(errStopped)
	if abandoned {
		r.leave()
	}
}

// take takes the inputs.
func (r *bulkRun[In, Out]) take(inputs iter.Seq[In]) {
	defer r.leave()
	defer r.stopIfThrown()

	r.thrown.catch(func() {
		if !r.next() {
			return
		}
		index := 0
		for input := range inputs {
			if !r.start(index, input) {
				return
			}
			index++
			if !r.next() {
				return
			}
		}
	})
}

// stopIfThrown ends the bulk write after a panic.
func (r *bulkRun[In, Out]) stopIfThrown() {
	if r.thrown.happened() {
		r.stop()
	}
}

// start sends one input, for which there is a slot. It reports whether it did:
// nothing is sent after stop.
func (r *bulkRun[In, Out]) start(index int, input In) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.choosing = false
	if r.stopped || r.sending.Err() != nil {
		return false
	}

	r.pending.Add(1)
	r.inputs <- BulkResult[In, Out]{Index: index, Input: input}
	if r.idle > 0 {
		r.idle--
		return true
	}
	r.workers.Go(r.work)
	return true
}

// work makes one call after the other. Workers are kept, since the stack of a new
// goroutine has to grow in each call.
func (r *bulkRun[In, Out]) work() {
	for result := range r.inputs {
		r.fly(result)
	}
}

// next waits for a slot before the next input is taken, so that none is taken and
// not sent. It reports whether one may be taken.
func (r *bulkRun[In, Out]) next() bool {
	select {
	case r.slots <- struct{}{}:
	case <-r.sending.Done():
		return false
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	r.choosing = !r.stopped && r.sending.Err() == nil
	return r.choosing
}

// fly makes one call and hands over its result. After a Goexit in code of the
// caller it does not return, and the worker ends.
func (r *bulkRun[In, Out]) fly(result BulkResult[In, Out]) {
	f := &flight{sending: r.sending}
	returned := false
	survived := false
	defer func() {
		r.stopIfThrown()
		if !returned {
			result.Err = f.failure()
		}
		if survived {
			r.mu.Lock()
			r.idle++
			r.mu.Unlock()
		}
		r.results <- result
		r.pending.Done()
	}()

	r.thrown.catch(func() {
		result.Response, result.Err = r.send(f.in(r.ctx), result.Input)
		returned = true
	})
	survived = true
}

// reportLate reports the results that the caller no longer reads.
func (r *bulkRun[In, Out]) reportLate() {
	for result := range r.results {
		if r.late != nil {
			r.late(result.Index, result.Err)
		}
	}
}

// discard waits until no call is running.
func (r *bulkRun[In, Out]) discard() {
	for range r.results {
	}
}

// flight is one call of a bulk write. It travels in the context of the call.
// Outside of a bulk write it is nil.
type flight struct {
	ctx     context.Context // of the call
	sending context.Context // ends when no attempt may begin any more
	failed  *Error          // of a call that panicked
}

// flightKey is the key of a flight in a context.
type flightKey struct{}

// in returns a context that has the flight.
func (f *flight) in(ctx context.Context) context.Context {
	f.ctx = context.WithValue(ctx, flightKey{}, f)
	return f.ctx
}

// flightOf returns the flight that a call belongs to, nil if there is none.
func flightOf(ctx context.Context) *flight {
	f, _ := ctx.Value(flightKey{}).(*flight)
	return f
}

// beginning returns the context that ends with that of the call, or when no
// attempt may begin any more. stop releases it.
func (f *flight) beginning(call context.Context) (ctx context.Context, stop func()) {
	if f == nil {
		return call, func() {}
	}
	ctx, cancel := context.WithCancelCause(call)
	release := context.AfterFunc(f.sending, func() { cancel(context.Cause(f.sending)) })
	return ctx, func() {
		release()
		cancel(nil)
	}
}

// panicked keeps the error of a call that panics.
func (f *flight) panicked(err *Error) {
	if f != nil {
		f.failed = err
	}
}

// failure returns the error of a call that panicked. It has none if it panicked
// after its end, which only a hook can do.
func (f *flight) failure() error {
	if f.failed == nil {
		return hookPanicked()
	}
	return f.failed
}
