package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"hash/maphash"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/gen/rawjson"
)

// puller knows how a list is asked for: a day at a time and, where limit is not 0, a page of a day at a time.
type puller[T any, P answerOf[T]] struct {
	c       *Client
	op      Operation
	send    sender
	request func(day time.Time, limit, offset int) any // day: its midnight in India
	limit   int                                        // records of a page; 0: no pages
	where   listing
}

// gives hands a record and its identifier on. reads does so with the records of a day, and returns their identifiers and
// when they were asked for.
type (
	gives[T any] func(*T, string) error
	reads[T any] func(gives[T]) (ids map[string]bool, asked time.Time, err error)
)

// pull yields the records of the days from one moment to another, each once: neither twice in a day nor on two days in
// a row, as far as records bear an identifier. It holds one record, and the identifiers of two days.
func (p *puller[T, P]) pull(ctx context.Context, from, to time.Time, o *pullOptions) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		sum := fnv.New32a()
		_ = json.NewEncoder(sum).Encode(p.request(time.Date(2000, 1, 1, 0, 0, 0, 0, India), 0, 0))
		request := fmt.Sprintf("%08x", sum.Sum32())
		days, before, err := o.days(p.op, request, from, to)
		if err != nil {
			yield(nil, err)
			return
		}
		p.yield(ctx, days, before, request, o, yield)
	}
}

// all yields a list that has no days, page by page.
func (p *puller[T, P]) all(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { p.yield(ctx, []time.Time{{}}, nil, "", pullOptionsOf(nil), yield) }
}

// yield is pull for days that are known, of which before is what the day before them had.
func (p *puller[T, P]) yield(ctx context.Context, days []time.Time, before map[string]bool, request string, o *pullOptions, yield func(*T, error) bool) {
	stopped, failed := false, false
	p.windows(ctx, days, o.parallel, func(day time.Time, read reads[T]) bool {
		ids, asked, err := read(func(v *T, id string) error {
			if stopped = !before[id] && !yield(v, nil); stopped {
				return errStop
			}
			return nil
		})
		before = ids
		if err == nil && o.checkpoint != nil && !failed && over(day, asked) {
			known := slices.DeleteFunc(slices.Sorted(maps.Keys(ids)), func(id string) bool { return strings.HasPrefix(id, nameless) })
			if err = o.checkpoint(ctx, Checkpoint{p.op, request, day.Format(time.DateOnly), known}); err != nil {
				yield(nil, &WindowError{Window{Day: day}, &Error{Code: ErrCheckpoint, Operation: p.op, Detail: "the checkpoint was not saved", Err: err}})
				return false
			}
		}
		failed = failed || err != nil
		return !stopped && (err == nil || yield(nil, err) && o.goOn && ctx.Err() == nil)
	})
}

// only yields an error, and no record.
func only[T any](err error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { yield(nil, err) }
}

// windows reads the days, up to n at once, and gives them to each in their order. It returns when no work is left.
func (p *puller[T, P]) windows(ctx context.Context, days []time.Time, n int, each func(time.Time, reads[T]) bool) {
	if n == 1 {
		for _, day := range days {
			if !each(day, func(give gives[T]) (map[string]bool, time.Time, error) {
				asked := time.Now()
				ids, err := p.day(ctx, day, give)
				return ids, asked, err
			}) {
				return
			}
		}
		return
	}
	type found struct {
		v  *T
		id string
	}
	type ahead struct {
		records chan found
		ids     map[string]bool
		asked   time.Time
		err     error
	}
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(errStop)
	var queue []*ahead
	for i, day := range days {
		for len(queue) < n && i+len(queue) < len(days) {
			w, next := &ahead{records: make(chan found, 64), asked: time.Now()}, days[i+len(queue)]
			queue = append(queue, w)
			running.Go(func() {
				defer close(w.records)
				w.ids, w.err = p.day(ctx, next, func(v *T, id string) error {
					select {
					case w.records <- found{v, id}:
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				})
			})
		}
		w := queue[0]
		queue = slices.Delete(queue, 0, 1)
		if !each(day, func(give gives[T]) (map[string]bool, time.Time, error) {
			for r := range w.records {
				if err := give(r.v, r.id); err != nil {
					return nil, w.asked, err
				}
			}
			return w.ids, w.asked, w.err
		}) {
			return
		}
	}
}

// day gives the records of one day and returns their identifiers. With pages it goes on until one is empty: one that is
// not full need not be the last, since a server may have a smaller limit, or take records off a page that it has cut. One
// that has only the end of the page before it comes from a server whose pages overlap, and is the last.
func (p *puller[T, P]) day(ctx context.Context, day time.Time, give gives[T]) (map[string]bool, error) {
	ids := map[string]bool{}
	for offset, size, end := 0, 0, ""; ; {
		known := len(ids)
		n, last, err := p.page(ctx, day, offset, ids, give)
		again := n > 0 && len(ids) == known
		if err == nil && again && (n >= size || last != end) {
			err = &Error{Code: ErrRepeatedPage, Operation: p.op, Detail: fmt.Sprintf("the server sent records again instead of those from %d on; the rest of the day is not known", offset)}
		}
		if err != nil {
			return ids, &WindowError{Window{day, offset}, err}
		}
		if n == 0 || again || p.limit == 0 {
			return ids, nil
		}
		offset, size, end = offset+n, n, last
	}
}

// nameless begins what tells records without an identifier apart: a hash, good as long as the program runs.
const nameless = "\x00"

var seed = maphash.MakeSeed()

// page asks for one page, adds what names its records to ids, and returns how many they are and what names the last.
// Where the connection breaks it asks again and passes over the records that it gave already, if all of them bear
// identifiers.
func (p *puller[T, P]) page(ctx context.Context, day time.Time, offset int, ids map[string]bool, give gives[T]) (n int, last string, err error) {
	tried := 0
	for attempt, most, unnamed := 1, 0, false; ; attempt++ {
		n, most = 0, max(n, most)
		err = p.c.list(ctx, p.op, p.send, p.request(day, p.limit, offset), p.where, func(element []byte, r *reply) error {
			v, err := decoded[T, P](r, element)
			if err != nil {
				return fmt.Errorf("%w: %w", rawjson.ErrSyntax, err)
			}
			n++
			id := P(v).identity()
			key := id
			if id == "" { // given always, and known again if a page is repeated
				unnamed, key = true, fmt.Sprint(nameless, maphash.Bytes(seed, bytes.TrimSpace(element)))
			}
			last = key
			again := ids[key]
			if ids[key] = true; again && id != "" {
				return nil
			}
			return give(v, id)
		})
		if own, ok := errors.AsType[*Error](err); ok {
			e := *own // which the hooks have, as that of one of these calls
			tried += e.Attempts
			e.Attempts, err = tried, &e
		}
		_, broke := errors.AsType[*brokenError](err)
		if !broke || unnamed || attempt >= p.c.retryPolicy.Attempts || pause(ctx, p.c.retryPolicy.wait(attempt, nil)) != nil {
			if err == nil && n < most {
				err = &Error{Code: ErrTruncated, Operation: p.op, Detail: fmt.Sprintf("the server has %d records where %d came before the connection broke", n, most)}
			}
			return n, last, err
		}
	}
}
