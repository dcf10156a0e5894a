package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/kapture-community/kapture-go/client/internal/digest"
)

// maxStale is how many pages in a row may be without a new record.
const maxStale = 10

// day yields the records of one day, or of a list without days, that are not in
// read.seen, and adds them to it.
//
// With pages, only an empty page is the end. One that is not full need not be
// the last, since a server may have a smaller limit or take records off a page
// that it has cut; one without a new record need not be, since records may have
// been added in front of the list, or be in it twice. Pages without progress
// are an error: the same page again, or maxStale pages without a new record.
func (p *puller[T, P]) day(ctx context.Context, read *dayRead[T]) iter.Seq2[record[T], error] {
	return func(yield func(record[T], error) bool) {
		window := Window{Day: read.day, Offset: read.offset}
		var seen pages[T, P]
		stale := 0 // pages in a row without a new record

		for {
			known := read.seen.len()
			current := &page[T, P]{puller: p, window: window, seen: read.seen}
			for record, err := range current.records(ctx) {
				if err != nil {
					yield(record, &WindowError{window, err})
					return
				}
				if !yield(record, nil) {
					return
				}
			}
			if seen.first == nil {
				seen.first = current
				read.clock = current.clock
			}
			if p.pageSize == 0 {
				return
			}

			stale++
			if read.seen.len() > known {
				stale = 0
			}
			seen.current = current
			ended, err := p.judgePage(ctx, seen, stale)
			if err != nil {
				yield(record[T]{}, &WindowError{window, err})
			}
			if ended || err != nil {
				return
			}

			window.Offset += p.step(current)
			seen.before = current
			if seen.telling == nil && current.count > 1 {
				seen.telling = current
			}
		}
	}
}

// step returns how far the next page is from one that was read.
func (p *puller[T, P]) step(current *page[T, P]) int {
	if p.options.pageNumbers {
		return 1
	}
	return current.count
}

// pages are the pages by which the end of a list is recognised.
type pages[T any, P responseOf[T]] struct {
	first   *page[T, P]
	telling *page[T, P] // the first with two records or more, by which checkOffset judges; nil if there is none
	before  *page[T, P] // nil if current is the first
	current *page[T, P]
}

// judgePage reports whether the pages are at their end, or what is wrong with
// them.
func (p *puller[T, P]) judgePage(ctx context.Context, seen pages[T, P], stale int) (ended bool, err error) {
	current := seen.current
	switch {
	case current.count == 0:
		return true, p.checkOffset(ctx, seen)
	case seen.before != nil && current.same(seen.before):
		return p.repeatedPage(ctx, seen)
	case stale >= maxStale:
		const format = "%d pages in a row brought no new record; " +
			"ResumeAt with a larger offset gets past them, if the server has more"
		return false, p.noProgress(fmt.Sprintf(format, stale))
	}
	return false, p.checkOffset(ctx, seen)
}

// repeatedPage decides about a page that is the one before it. With
// WithRepeatedLastPage it is the end, unless the server ignores the offset.
func (p *puller[T, P]) repeatedPage(ctx context.Context, seen pages[T, P]) (ended bool, err error) {
	const again = "the server sent the same page again; "
	if !p.options.repeatedLastPage {
		return false, p.noProgress(again + "the rest is not known: " +
			"WithRepeatedLastPage takes it for the end, ResumeAt with a larger offset gets past it")
	}
	if !seen.current.hasIdentifier() {
		return false, p.noProgress(again + "none of its elements has an identifier, so it may be another page: " +
			"ResumeAt with a larger offset gets past it, if the server has more")
	}
	first := seen.first
	if seen.before != first || first.window.Offset != 0 || first.count == 1 {
		return true, nil
	}

	ignored := first.count >= p.pageSize
	if !p.options.pageNumbers { // with page numbers, offset 1 is the page that came again
		probe, err := p.probe(ctx, first, 1)
		if err != nil {
			return false, err
		}
		ignored = probe.same(first)
	}
	if ignored {
		return false, p.noProgress(again + "it is the first one, so the server ignores the offset")
	}
	return true, nil
}

// noProgress returns the error of pages that bring nothing new.
func (p *puller[T, P]) noProgress(detail string) error {
	return newError(p.op, ErrRepeatedPage, detail, nil)
}

// page is one page of a day.
type page[T any, P responseOf[T]] struct {
	puller *puller[T, P]
	window Window
	seen   *recordSet // of the day

	// What is known when its records were read.
	count   int             // how many elements it has, with those in seen
	order   uint64          // a digest of them in their order
	names   []identity      // of the first of them, one more than the page was asked for at most
	digests []digest.Digest // of the bytes of the same records
	clock   time.Time       // of the server, when it sent its first response; zero if it did not say
}

// same reports whether two pages have the same records in the same order.
func (p *page[T, P]) same(other *page[T, P]) bool {
	return p.count == other.count && p.order == other.order
}

// hasIdentifier reports whether one of the page's elements has an identifier.
func (p *page[T, P]) hasIdentifier() bool {
	return slices.ContainsFunc(p.names, func(element identity) bool { return element.id != "" })
}

// add counts an element.
func (p *page[T, P]) add(r *record[T]) {
	const odd = 0x9e3779b97f4a7c15 // any odd number would do: the digests are random
	p.count++
	p.order = p.order*odd + r.digest.Uint64()
	if p.puller.pageSize > 0 && len(p.names) <= p.puller.pageSize {
		p.names = append(p.names, r.identity())
		p.digests = append(p.digests, r.digest)
	}
}

// records asks for the page and yields the records that are not in seen, and
// adds them to it. If the connection breaks inside the list it asks again, and
// skips what it has yielded, provided that all of that has identifiers.
func (p *page[T, P]) records(ctx context.Context) iter.Seq2[record[T], error] {
	return func(yield func(record[T], error) bool) {
		policy := p.puller.client.retryPolicy
		repeatable := true
		most := 0  // records of the best try
		tries := 0 // attempts of all requests

		for try := 1; ; try++ {
			p.count = 0
			p.order = 0
			p.names = nil
			p.digests = nil
			var failure error
			for record, err := range p.fetch(ctx) {
				if err != nil {
					failure = err
					break
				}
				p.add(&record)
				isNew := p.seen.add(record.digest, record.id != "")
				if record.id == "" {
					repeatable = false // it would be yielded again
				} else if !isNew {
					continue
				}
				if !yield(record, nil) {
					return
				}
			}

			if failure == nil {
				if p.count < most {
					yield(record[T]{}, p.shrunk(most))
				}
				return
			}
			failure = addAttempts(failure, &tries)
			_, lost := errors.AsType[*connectionLost](failure)
			if !lost || !repeatable || try >= policy.Attempts || pause(ctx, policy.wait(try, nil)) != nil {
				yield(record[T]{}, failure)
				return
			}
			most = max(most, p.count)
		}
	}
}

// shrunk returns the error of a page that has fewer records than it had before
// the connection broke.
func (p *page[T, P]) shrunk(most int) error {
	detail := fmt.Sprintf("the server has %d records where %d came before the connection broke", p.count, most)
	return newError(p.puller.op, ErrTruncated, detail, nil)
}

// addAttempts returns err with the attempts of the requests before it. It is a
// copy: the hooks have the original, as the error of one of these requests.
func addAttempts(err error, tries *int) error {
	made, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	*tries += made.Attempts
	sum := *made
	sum.Attempts = *tries
	return &sum
}
