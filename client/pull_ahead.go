package client

import (
	"context"
	"sync"
)

// The records of later days wait for those of the days before them. They are
// bounded by the memory that they take, and a day may have twice as much of it
// as the next one: what is needed first should be there first, and all days
// together have less than twice the share of the first, but for the least that
// each has.
const (
	maxAhead = 8 << 20 // bytes for the day whose records are next
	minAhead = 128 << 10
)

// aheadOf returns how many bytes of records of a day may wait, by how many days
// are before it.
func aheadOf(daysBefore int) int { return max(maxAhead>>min(daysBefore, 32), minAhead) }

// queue hands the records of a day from the goroutine that reads them to the one
// that consumes them, all that there are at once: a channel, which hands over
// one at a time, took more time than reading them at the same time saved.
type queue[T any] struct {
	mu      sync.Mutex
	waiting []record[T]
	size    int // bytes of those waiting, and of those that were handed over last
	handed  int // bytes of those that were handed over last
	limit   int
	closed  bool

	filled chan struct{} // has a token if there is something to take
	freed  chan struct{} // has one if there may be space
}

func newQueue[T any](limit int) *queue[T] {
	return &queue[T]{limit: limit, filled: make(chan struct{}, 1), freed: make(chan struct{}, 1)}
}

// signal puts a token into a channel, unless there is one.
func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// setLimit changes how many bytes may wait.
func (q *queue[T]) setLimit(limit int) {
	q.mu.Lock()
	q.limit = limit
	q.mu.Unlock()
	signal(q.freed)
}

// put adds a record, once there is space for it: any record fits if there is
// nothing else. It reports false if the context ends first.
func (q *queue[T]) put(ctx context.Context, r record[T]) bool {
	for !q.tryPut(r) {
		select {
		case <-q.freed:
		case <-ctx.Done():
			return false
		}
	}
	signal(q.filled)
	return true
}

func (q *queue[T]) tryPut(r record[T]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.size > 0 && q.size+r.size > q.limit {
		return false
	}
	q.waiting = append(q.waiting, r)
	q.size += r.size
	return true
}

// close says that no record will follow.
func (q *queue[T]) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	signal(q.filled)
}

// take waits for records and returns all of them, none after the last one. Those
// that it returned before are no longer counted.
func (q *queue[T]) take() []record[T] {
	for {
		records, closed := q.tryTake()
		signal(q.freed)
		if len(records) > 0 || closed {
			return records
		}
		<-q.filled
	}
}

func (q *queue[T]) tryTake() (records []record[T], closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.size -= q.handed
	q.handed = q.size
	records = q.waiting
	q.waiting = nil
	return records, q.closed
}
