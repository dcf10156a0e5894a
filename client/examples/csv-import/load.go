package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/kapture-community/kapture-go/client"
)

// customers is the part of the client that is used, so that a test can replace
// it.
type customers interface {
	Get(context.Context, client.CustomerLookup) (*client.Customer, error)
	AddAll(
		context.Context, iter.Seq[client.CustomerRequest], ...client.BulkOption,
	) iter.Seq[client.BulkResult[client.CustomerRequest, *client.CustomerUpserted]]
}

// loader sends the rows of a table and writes the outcome of each as soon as it
// is known.
type loader struct {
	customers    customers
	table        table
	parallel     int
	skipExisting bool
	results      *results
	progress     *progress

	halt atomic.Bool // no more rows are to be sent

	mu     sync.Mutex
	broken error          // reading the file failed: it changed since it was checked
	sent   []int          // the lines of the rows that were sent, by index
	seen   map[int]bool   // lines that have an outcome
	known  map[string]int // line by phone or email, with skipExisting
}

// load sends the rows. If ctx ends, or Kapture rejects the key, it sends no
// more but waits for the calls in flight: to interrupt them would make their
// outcomes unknown.
func (l *loader) load(ctx context.Context) error {
	l.seen = map[int]bool{}
	l.known = map[string]int{}

	calls := context.WithoutCancel(ctx)
	for result := range l.customers.AddAll(calls, l.requests(ctx), client.Parallel(l.parallel)) {
		l.mu.Lock()
		line := l.sent[result.Index]
		l.mu.Unlock()

		l.note(outcomeOf(line, result))
		if errors.Is(result.Err, client.ErrAuthKey) {
			l.halt.Store(true)
		}
	}
	return l.finish()
}

// requests are the rows to send. It stops if ctx ends or the import must halt.
func (l *loader) requests(ctx context.Context) iter.Seq[client.CustomerRequest] {
	return func(yield func(client.CustomerRequest) bool) {
		for batch, err := range l.batches() {
			if err != nil {
				l.mu.Lock()
				l.broken = err
				l.mu.Unlock()
				return
			}
			if l.skipExisting {
				batch = l.missing(ctx, batch)
			}
			for _, r := range batch {
				if ctx.Err() != nil || l.halt.Load() {
					return
				}
				l.mu.Lock()
				l.sent = append(l.sent, r.line)
				l.mu.Unlock()
				if !yield(r.customer) {
					return
				}
			}
		}
	}
}

// batches groups the rows, so that those of one batch are looked up at once.
func (l *loader) batches() iter.Seq2[[]row, error] {
	return func(yield func([]row, error) bool) {
		size := 1
		if l.skipExisting {
			size = l.parallel
		}
		var batch []row
		for r, err := range l.table.rows() {
			if err != nil {
				yield(nil, err)
				return
			}
			batch = append(batch, r)
			if len(batch) < size {
				continue
			}
			if !yield(batch, nil) {
				return
			}
			batch = nil
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}

// missing looks the rows up and returns those that Kapture does not have. The
// others get their outcome here.
func (l *loader) missing(ctx context.Context, batch []row) []row {
	outcomes := make([]outcome, len(batch))
	var lookups sync.WaitGroup
	for i, r := range batch {
		first, twice := l.firstLine(r)
		if twice {
			outcomes[i] = outcome{
				line:    r.line,
				kind:    existing,
				message: fmt.Sprintf("line %d has the same phone or email", first),
			}
			continue
		}
		lookups.Go(func() { outcomes[i] = l.lookUp(ctx, r) })
	}
	lookups.Wait()

	var missing []row
	for i, found := range outcomes {
		switch {
		case found.kind != "":
			l.note(found)
		default:
			missing = append(missing, batch[i])
		}
	}
	return missing
}

// firstLine remembers the phone and the email of a row. It returns the earlier
// line that has one of them.
func (l *loader) firstLine(r row) (line int, twice bool) {
	info := r.customer.CustomerInfo
	for _, text := range []*string{info.Phone, info.EmailID} {
		if text == nil {
			continue
		}
		line, twice = l.known[*text]
		if twice {
			return line, true
		}
	}
	for _, text := range []*string{info.Phone, info.EmailID} {
		if text != nil {
			l.known[*text] = r.line
		}
	}
	return 0, false
}

// lookUp asks for a customer with the phone or the email of a row. Its outcome
// is empty if there is none. A row that cannot be looked up is not sent: it
// might exist.
func (l *loader) lookUp(ctx context.Context, r row) outcome {
	var lookups []client.CustomerLookup
	if text := r.customer.CustomerInfo.Phone; text != nil {
		lookups = append(lookups, client.CustomerByPhone(*text))
	}
	if text := r.customer.CustomerInfo.EmailID; text != nil {
		lookups = append(lookups, client.CustomerByEmail(*text))
	}

	for _, lookup := range lookups {
		found, err := l.customers.Get(ctx, lookup)
		switch {
		case err == nil:
			return outcome{line: r.line, kind: existing, customer: found.ID.String()}
		case ctx.Err() != nil:
			return outcome{line: r.line, kind: notSent}
		case !errors.Is(err, client.ErrNotFound):
			if errors.Is(err, client.ErrAuthKey) {
				l.halt.Store(true)
			}
			return outcome{
				line:    r.line,
				kind:    notAdded,
				code:    codeOf(err),
				message: "it could not be looked up: " + err.Error(),
			}
		}
	}
	return outcome{}
}

// outcomeOf returns the outcome of a row that was sent.
func outcomeOf(line int, result client.BulkResult[client.CustomerRequest, *client.CustomerUpserted]) outcome {
	o := outcome{line: line, kind: added}
	if result.Err == nil {
		o.customer = result.Response.Customer.CustomerID.String()
		return o
	}

	o.kind = notAdded
	o.code = codeOf(result.Err)
	o.message = result.Err.Error()
	failure, known := errors.AsType[*client.Error](result.Err)
	if known {
		o.message = cmp.Or(failure.Message, o.message)
	}
	if !known || errors.Is(result.Err, client.ErrOutcomeUnknown) {
		o.kind = unknown
	}
	return o
}

func codeOf(err error) string {
	failure, ok := errors.AsType[*client.Error](err)
	if !ok {
		return ""
	}
	return string(failure.Code)
}

func (l *loader) note(o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[o.line] = true
	l.results.note(o)
	if l.results.err != nil {
		l.halt.Store(true)
	}
	l.progress.show(l.results)
}

// finish gives the rows that were not sent their outcome.
func (l *loader) finish() error {
	for r, err := range l.table.rows() {
		err = cmp.Or(l.broken, err)
		if err != nil {
			changed := fmt.Errorf("%s was changed while it was imported", l.table.file)
			return errors.Join(changed, err, l.results.file.Close())
		}
		if !l.seen[r.line] {
			l.results.note(outcome{line: r.line, kind: notSent})
		}
	}
	return l.results.finish()
}
