package client

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"iter"
	"time"

	"github.com/kapture-community/kapture-go/client/internal/digest"
)

// A pull is read in layers, each an iterator over the one below it:
//
//	pull      the days from one moment to another, with checkpoints    pull.go
//	reads     the days in their order, several at once if asked for    pull_days.go
//	day       the pages of one day                                     pull_pages.go, pull_offsets.go
//	records   one page, again if the connection breaks                 pull_pages.go
//	fetch     the list in one response                                 pull_list.go

// puller knows how a list is asked for: a day at a time and, with a page size,
// a page of a day at a time.
type puller[T any, P responseOf[T]] struct {
	client   *Client
	op       Operation
	request  requestMaker
	body     func(w Window, pageSize int) any // the request body for a window
	pageSize int                              // records of a page; 0: no pages
	list     listing
	options  *pullOptions
}

// record is one element of a list.
type record[T any] struct {
	value  *T
	digest digest.Digest
	id     string // "" if it has no identifier, or one that names nothing
	size   int    // about how many bytes it takes in memory
	bad    error  // the element is not a record; the iteration continues
}

// pull yields the records of the days from one moment to another, each once: a
// record whose bytes came before, on the same day or on the day before, is left
// out if it has an identifier. It holds one record, and digests of those of two
// days.
func (p *puller[T, P]) pull(ctx context.Context, from, to time.Time) iter.Seq2[*T, error] {
	if ctx == nil {
		return errorOnly[T](noContext(p.op))
	}
	o := p.options
	return func(yield func(*T, error) bool) {
		request := p.fingerprint()
		if err := o.check(p.op, p.pageSize > 0); err != nil {
			yield(nil, err)
			return
		}
		days, err := o.days(p.op, request, from, to)
		if err != nil {
			yield(nil, err)
			return
		}

		dayBefore := days.seenBefore
		skipped := false // a day has no checkpoint, so no later one may have
		for read := range p.reads(ctx, days) {
			failure, stopped := p.yieldDay(read, dayBefore, yield)
			if stopped {
				return
			}
			dayBefore = read.seen

			if failure != nil {
				skipped = true
				if !yield(nil, failure) || !o.continueOnError || ctx.Err() != nil {
					return
				}
				continue
			}
			skipped = skipped || !read.complete()
			if skipped {
				continue
			}
			if err := p.save(ctx, request, read); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// yieldDay yields the records of a day, without those of the day before. It
// returns the error that ended the day, and whether the caller wants no more.
func (p *puller[T, P]) yieldDay(
	read *dayRead[T], dayBefore *recordSet, yield func(*T, error) bool,
) (failure error, stopped bool) {
	for record, err := range read.records {
		if err != nil {
			return err, false
		}
		if dayBefore.named.Has(record.digest) {
			continue
		}
		if !yield(record.value, record.bad) {
			return nil, true
		}
	}
	return nil, false
}

// all yields a list that has no days, page by page.
func (p *puller[T, P]) all(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		err := p.options.check(p.op, p.pageSize > 0)
		if err == nil && !p.options.start.Day.IsZero() {
			err = invalid(p.op, "ResumeAt: the window %s has a day, and this list has none", p.options.start)
		}
		if err != nil {
			yield(nil, err)
			return
		}

		list := &dayRead[T]{offset: p.options.start.Offset, seen: &recordSet{}}
		for record, err := range p.day(ctx, list) {
			if err == nil {
				err = record.bad
			}
			if !yield(record.value, err) {
				return
			}
		}
	}
}

// fingerprint distinguishes pulls that ask for different records on a day.
func (p *puller[T, P]) fingerprint() string {
	someDay := Window{Day: time.Date(2000, 1, 1, 0, 0, 0, 0, India)}
	sum := fnv.New32a()
	_ = json.NewEncoder(sum).Encode(p.body(someDay, 0)) // if it cannot be encoded, no request can be
	return fmt.Sprintf("%08x", sum.Sum32())
}

// save gives the checkpoint of a day to the function of WithCheckpoint.
func (p *puller[T, P]) save(ctx context.Context, request string, read *dayRead[T]) error {
	if p.options.checkpoint == nil {
		return nil
	}
	err := p.options.checkpoint(ctx, Checkpoint{
		Operation: p.op,
		Request:   request,
		Day:       read.day.Format(time.DateOnly),
		Digests:   read.seen.named.Bytes(),
	})
	if err != nil {
		const detail = "the checkpoint was not saved; resume from the one before"
		return &WindowError{Window{Day: read.day}, newError(p.op, ErrCheckpoint, detail, err)}
	}
	return nil
}

// recordSet knows the records of one day.
type recordSet struct {
	named digest.Set
	other digest.Set // of elements without an identifier; another day may well have the same
}

// add reports whether the element was new.
func (s *recordSet) add(d digest.Digest, named bool) bool {
	if named {
		return s.named.Add(d)
	}
	return s.other.Add(d)
}

func (s *recordSet) len() int { return s.named.Len() + s.other.Len() }

// errorOnly yields an error, and no record.
func errorOnly[T any](err error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { yield(nil, err) }
}
