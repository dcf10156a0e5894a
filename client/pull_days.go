package client

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"
)

// dayRead is one day of a pull, or a list without days.
type dayRead[T any] struct {
	day     time.Time                   // its midnight in India; zero for a list without days
	offset  int                         // where its first page begins
	asked   time.Time                   // when the first request was sent
	records iter.Seq2[record[T], error] // can be read once; an error is the last pair
	seen    *recordSet                  // the records, once they were read
	clock   time.Time                   // of the server, in its first response; zero if it sent none
	queue   *queue[T]                   // of a day that is read ahead
}

// complete reports whether the day had all its records when it was asked for:
// it was over by our clock, and by that of the server, which may be right where
// ours is wrong. The hour is for clocks that differ.
func (d *dayRead[T]) complete() bool {
	over := d.day.AddDate(0, 0, 1).Add(time.Hour)
	byServer := d.clock.IsZero() || !d.clock.Before(over)
	return byServer && !d.asked.Before(over)
}

// dayRange is the days that a pull asks for. They are not listed: there may be
// three million of them.
type dayRange struct {
	next       time.Time // the day to ask for next
	last       time.Time
	offset     int        // where the first page of the next day begins
	seenBefore *recordSet // the records of the day before the first
}

// take returns the next day, nil after the last one.
func take[T any](days *dayRange) *dayRead[T] {
	if days.next.After(days.last) {
		return nil
	}
	read := &dayRead[T]{day: days.next, offset: days.offset, asked: time.Now(), seen: &recordSet{}}
	days.next = days.next.AddDate(0, 0, 1)
	days.offset = 0
	return read
}

// reads yields the days in their order, and reads several at once if asked to.
// It leaves nothing running.
func (p *puller[T, P]) reads(ctx context.Context, days *dayRange) iter.Seq[*dayRead[T]] {
	if p.options.parallel > 1 {
		return p.readAhead(ctx, days)
	}
	return func(yield func(*dayRead[T]) bool) {
		for read := take[T](days); read != nil; read = take[T](days) {
			read.records = p.day(ctx, read)
			if !yield(read) {
				return
			}
		}
	}
}

// readAhead is reads for several days at once.
func (p *puller[T, P]) readAhead(ctx context.Context, days *dayRange) iter.Seq[*dayRead[T]] {
	return func(yield func(*dayRead[T]) bool) {
		running := &dayReaders{}
		left := false
		defer func() {
			if left {
				running.thrown.rethrow()
			}
		}()
		defer running.Wait()
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(errStopped)

		var ahead []*dayRead[T] // in their order; the first is the next to be yielded
		for {
			for len(ahead) < p.options.parallel {
				read := take[T](days)
				if read == nil {
					break
				}
				read.queue = newQueue[T](aheadOf(len(ahead)))
				p.start(ctx, running, read)
				ahead = append(ahead, read)
			}
			if len(ahead) == 0 {
				break
			}

			next := ahead[0]
			ahead = slices.Delete(ahead, 0, 1)
			next.queue.setLimit(aheadOf(0))
			for i, later := range ahead {
				later.queue.setLimit(aheadOf(i + 1))
			}
			if !yield(next) {
				break
			}
		}
		left = true
	}
}

// dayReaders are the goroutines that read days ahead.
type dayReaders struct {
	sync.WaitGroup
	thrown thrown // by code of the caller in one of them
}

// start begins to read a day into its queue.
func (p *puller[T, P]) start(ctx context.Context, running *dayReaders, read *dayRead[T]) {
	queue := read.queue
	var failure error // set before the queue is closed

	running.Go(func() {
		defer queue.close()
		running.thrown.catch(func() { failure = p.readInto(ctx, queue, read) })
	})

	read.records = func(yield func(record[T], error) bool) {
		for records := queue.take(); len(records) > 0; records = queue.take() {
			for _, record := range records {
				if !yield(record, nil) {
					return
				}
			}
		}
		running.thrown.rethrow()
		if failure != nil {
			yield(record[T]{}, failure)
		}
	}
}

// readInto reads a day into a queue.
func (p *puller[T, P]) readInto(ctx context.Context, queue *queue[T], read *dayRead[T]) error {
	for record, err := range p.day(ctx, read) {
		if err != nil {
			return err
		}
		if !queue.put(ctx, record) {
			return p.cancelled(ctx, read.day) // so that the day does not look whole
		}
	}
	return nil
}

// cancelled returns the error of a day that the context ended while a record
// was waiting for the reader.
func (p *puller[T, P]) cancelled(ctx context.Context, day time.Time) error {
	cause := context.Cause(ctx)
	code := ErrCanceled
	if errors.Is(cause, context.DeadlineExceeded) {
		code = ErrTimeout
	}
	return &WindowError{Window{Day: day}, newError(p.op, code, "the pull was cancelled", cause)}
}
