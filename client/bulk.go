package client

import (
	"context"
	"iter"
	"sync"
)

// BulkResult is what became of one input of a bulk write.
//
// Results come in the order in which the calls end; Index says which input each belongs to. Every input that is taken
// gets a result. When the context is cancelled no further input is taken, and those on their way get a result too, which
// matches [ErrOutcomeUnknown] where it is not known whether they were done. Whoever breaks off the iteration instead
// learns through [Late] what became of those on their way; they are not cut short.
type BulkResult[In, Out any] struct {
	Index  int // from 0
	Input  In
	Answer Out
	Err    error
}

// BulkOption sets up one bulk write.
type BulkOption func(*bulkOptions)

type bulkOptions struct {
	parallel int
	late     func(int, error)
}

// Parallel sends up to n calls at once; 4 unless set, and at least one.
func Parallel(n int) BulkOption { return func(o *bulkOptions) { o.parallel = max(n, 1) } }

// Late is told, once for each, what became of the inputs that were on their way when the iteration was broken off.
// Where it is nil nobody is told.
func Late(told func(index int, err error)) BulkOption { return func(o *bulkOptions) { o.late = told } }

// bulk calls do for every input. The inputs are taken in a goroutine of their own, each when there is room to send it; a
// sequence that can wait must end when ctx does.
func bulk[In, Out any](ctx context.Context, inputs iter.Seq[In], do func(context.Context, In) (Out, error), opts []BulkOption) iter.Seq[BulkResult[In, Out]] {
	o := &bulkOptions{parallel: 4}
	for _, opt := range opts {
		opt(o)
	}
	return func(yield func(BulkResult[In, Out]) bool) {
		results := make(chan BulkResult[In, Out])
		taking, stop := context.WithCancel(ctx)
		go func() {
			var sending sync.WaitGroup
			defer close(results)
			defer sending.Wait()
			room, index := make(chan struct{}, o.parallel), 0
			if room <- struct{}{}; taking.Err() != nil {
				return
			}
			for in := range inputs {
				r, on := BulkResult[In, Out]{Index: index, Input: in}, ctx
				if index++; taking.Err() != nil {
					on = taking // the sequence took its time: what comes too late is not sent, and gets the error of that
				}
				sending.Go(func() {
					r.Answer, r.Err = do(on, r.Input)
					results <- r // before there is room for another, so that a slow reader is not overrun
					<-room
				})
				select { // before the next is taken, so that none is taken and not sent
				case room <- struct{}{}:
				case <-taking.Done():
				}
				if taking.Err() != nil {
					return
				}
			}
		}()
		defer func() { // to the end, so that nothing is left running, not even by a loop or by a late that panics
			for range results {
			}
		}()
		defer func() {
			stop()
			for r := range results {
				if o.late != nil {
					o.late(r.Index, r.Err)
				}
			}
		}()
		for r := range results {
			if !yield(r) {
				return
			}
		}
	}
}
