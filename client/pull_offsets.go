package client

import (
	"context"
	"slices"
	"sync"

	"github.com/kapture-community/kapture-go/client/internal/digest"
)

// An offset is how many records are before a page. A server that counts pages
// instead would lose records in silence: after the first page it is asked for
// one that is too far ahead, and may send an empty one.
//
// Only a probe tells the two apart: a request for the page one place after the
// beginning of a page of two records or more. If records are counted, it has the
// rest of that page; if pages are counted, it has the next page. The probe is
// sent after the second page of a list, until a response has shown that records
// are counted. The client remembers that for the operation, so that one probe is
// enough.

// offsets are the operations whose offset counts records, as a response has
// shown. The zero value knows none.
type offsets struct{ records sync.Map }

func (o *offsets) countRecords(op Operation) bool {
	_, known := o.records.Load(op)
	return known
}

func (o *offsets) remember(op Operation) { o.records.Store(op, true) }

// checkOffset finds out whether the server counts records, unless that is known.
// It returns an error if the server counts pages.
func (p *puller[T, P]) checkOffset(ctx context.Context, seen pages[T, P]) error {
	before := seen.before
	known := p.options.pageNumbers || p.client.offsets.countRecords(p.op)
	if known || before == nil || before != seen.telling {
		return nil
	}

	probe, err := p.probe(ctx, before, 1)
	if err != nil || probe.count == 0 {
		return err
	}
	switch p.judgeProbe(probe, seen) {
	case countsRecords:
		return p.confirmRecords(ctx, seen)
	case unclear:
		return p.askAgain(ctx, seen, probe)
	}

	// The list may have changed in the meantime.
	again, err := p.probe(ctx, before, 0)
	if err != nil {
		return err
	}
	unchanged := slices.Equal(again.names, before.names)
	rest := before.names[1:]
	hasRest := len(rest) > 1 && len(probe.names) >= len(rest) && slices.Equal(probe.names[:len(rest)], rest)
	switch {
	case unchanged && hasRest && seen.current.count > 0: // so it was the second page that was wrong
		return nil
	case !unchanged && slices.Contains(again.names, probe.names[0]):
		return nil
	}
	return p.countsPages()
}

// confirmRecords remembers that records are counted. After the last page of a list
// it does so only if the page before has not changed: where pages are counted, the
// second one has just the rest of the first if as many records were put in front of
// the list. Then nothing of this list is missing, but later lists would be read
// wrongly.
func (p *puller[T, P]) confirmRecords(ctx context.Context, seen pages[T, P]) error {
	atEnd := seen.current.count == 0
	if atEnd {
		again, err := p.probe(ctx, seen.before, 0)
		if err != nil || !slices.Equal(again.names, seen.before.names) {
			return err
		}
	}
	p.client.offsets.remember(p.op)
	return nil
}

// askAgain decides about an unclear probe. Where records are counted, it has the
// rest of the page before it, unless pages overlap or the list has changed between
// the two requests. So both are asked for again until the page is as it was.
func (p *puller[T, P]) askAgain(ctx context.Context, seen pages[T, P], probe *page[T, P]) error {
	const looks = 5 // lists that change at each of them are too rare to wait for
	before := seen.before
	atEnd := seen.current.count == 0

	for look := range looks {
		rest := before.names[1:]
		shared := min(len(rest), len(probe.names))
		if slices.Equal(rest[:shared], probe.names[:shared]) {
			return p.checkBytes(ctx, before, probe)
		}
		overlaps := !atEnd && probe.names[0] == before.names[0]
		if look == 0 && !atEnd && !overlaps {
			return nil // the pages after this one will show more
		}

		again, err := p.probe(ctx, before, 0)
		if err != nil {
			return err
		}
		unchanged := slices.Equal(again.names, before.names)
		if unchanged && overlaps {
			return nil
		}
		if unchanged || again.count == 0 {
			break
		}
		before = again
		probe, err = p.probe(ctx, before, 1)
		if err != nil || probe.count == 0 {
			return err
		}
	}
	return p.countsPages()
}

// checkBytes decides about a probe whose records have the identifiers of the rest
// of a page. With other bytes they may be other records, unless the page before
// came once more, since pages overlap, or the server sends other bytes each time,
// or a record has changed.
func (p *puller[T, P]) checkBytes(ctx context.Context, before, probe *page[T, P]) error {
	hasRest := beginAlike(probe.digests, before.digests[1:])
	overlaps := beginAlike(probe.digests, before.digests)
	if hasRest || overlaps {
		return nil
	}

	again, err := p.probe(ctx, before, 0)
	if err != nil {
		return err
	}
	if again.same(before) {
		return p.countsPages()
	}
	return nil
}

// countsPages returns the error of a server whose offset counts pages.
func (p *puller[T, P]) countsPages() error {
	const detail = "the server has other records one place after the beginning of a page than that page has: " +
		"its offset counts pages; use WithPageNumbers"
	return newError(p.op, ErrPageNumbers, detail, nil)
}

// probe asks for a page some places after the beginning of another. Nothing of
// it is yielded.
func (p *puller[T, P]) probe(ctx context.Context, from *page[T, P], places int) (*page[T, P], error) {
	window := from.window
	window.Offset += places
	probe := &page[T, P]{puller: p, window: window, seen: &recordSet{}}
	for _, err := range probe.records(ctx) {
		if err != nil {
			return nil, err
		}
	}
	return probe, nil
}

// counting is what the responses of a server say about its offset.
type counting int

const (
	unclear counting = iota
	countsRecords
	countsPages // unless the list has changed
)

// judgeProbe compares the page that is one place after the beginning of another
// with what was read. It is not empty. One record that is expected could also be
// the first of the next page, if it is in the list twice, so it takes two to show
// that records are counted.
func (p *puller[T, P]) judgeProbe(probe *page[T, P], seen pages[T, P]) counting {
	before := seen.before
	rest := before.names[1:]
	read := before.names
	found := probe.names
	if len(before.names) == before.count {
		read = slices.Concat(read, seen.current.names)
	} else { // the server sent far more than it was asked for
		found = found[:min(len(found), len(rest))]
	}

	atEnd := seen.current.count == 0 // so that there is nothing after the rest
	beginsWithRest := len(found) >= len(rest) && slices.Equal(found[:len(rest)], rest)
	switch {
	case beginsWithRest && len(rest) > 1 && beginAlike(found[len(rest):], seen.current.names):
		return countsRecords
	case !atEnd && found[0] == before.names[0]:
		return unclear // pages overlap, so that this one may well have more
	case !atEnd:
		found = found[:min(len(found), len(read)-1)]
	}
	isNew := func(record identity) bool { return !slices.Contains(read, record) }
	if slices.ContainsFunc(found, isNew) {
		return countsPages
	}
	return unclear
}

// beginAlike reports whether a list continues as another one does, as far as
// that has records. Nothing comes after the end.
func beginAlike[E comparable](after, next []E) bool {
	if len(next) == 0 {
		return len(after) == 0
	}
	shared := min(len(after), len(next))
	return slices.Equal(after[:shared], next[:shared])
}

// identity is what records are compared by: their identifier, since a server may
// send other bytes each time, as of a link that expires; or their bytes, if they
// have none.
type identity struct {
	id     string
	digest digest.Digest
}

func (r *record[T]) identity() identity {
	if r.id != "" {
		return identity{id: r.id}
	}
	return identity{digest: r.digest}
}
