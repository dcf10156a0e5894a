package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of what is kept of exchanges.
const (
	maxKept = 32 << 20 // of one body, in bytes
	maxHeld = 64 << 20 // of all bodies that are open or wait for a check
)

// budget bounds the memory of the bodies that are kept.
type budget struct{ free atomic.Int64 }

func newBudget(bytes int64) *budget {
	b := &budget{}
	b.free.Store(bytes)
	return b
}

// take reports whether so many bytes are free, and takes them.
func (b *budget) take(bytes int64) bool {
	if b.free.Add(-bytes) >= 0 {
		return true
	}
	b.give(bytes)
	return false
}

func (b *budget) give(bytes int64) { b.free.Add(bytes) }

// ending is how a body ended.
type ending int

const (
	open   ending = iota // it has not ended
	whole                // it was read up to its end
	broken               // the side that sent it broke off
	left                 // the exchange was given up, for example by the client
)

// keptBody is a body that keeps a copy of what is read of it. One side reads it
// while another may ask how it ended.
type keptBody struct {
	from   io.ReadCloser
	memory *budget
	// exchange ends when the client leaves.
	exchange context.Context
	// sender is the side that a broken body is blamed on.
	fromClient bool
	length     int64 // -1: unknown

	// newStream returns the check of the body while it passes, by its beginning; nil
	// if it can only be checked as a whole. It is called once, for a large body.
	newStream func(start []byte) *stream

	reading sync.Mutex // held while a Read is on its way

	mu     sync.Mutex
	stream *stream // gets the bytes in place of parts
	// parts are the copy. A body of unknown length grows by parts: to copy what
	// is kept into a larger place again and again would need three times its
	// memory.
	parts    [][]byte
	size     int64 // of what was read and not left out
	held     int64 // of the budget
	tooLarge bool  // it has more bytes than are kept of a body
	noRoom   bool  // the budget was used up
	uncopied bool  // it has been read already, see hold
	detached bool
	ending   ending
	moved    time.Time // when the last bytes were read
}

var errDetached = errors.New("the exchange has ended")

// Read implements [io.Reader].
func (k *keptBody) Read(p []byte) (int, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	if k.isDetached() {
		return 0, errDetached
	}

	n, err := k.from.Read(p)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keep(p[:n])
	k.moved = time.Now()
	if err != nil && k.ending == open {
		k.ending = k.endingOf(err)
	}
	return n, err
}

// endingOf says what an error at the end of a body means. A client that leaves
// ends both bodies, in several ways.
func (k *keptBody) endingOf(err error) ending {
	switch {
	case errors.Is(err, io.EOF):
		return whole
	case k.fromClient || k.exchange.Err() != nil || errors.Is(err, context.Canceled) ||
		errors.Is(err, http.ErrBodyReadAfterClose):
		return left
	}
	return broken
}

// keep must be called with the lock held.
func (k *keptBody) keep(b []byte) {
	if k.tooLarge || k.noRoom || k.uncopied {
		return
	}
	if k.stream != nil {
		k.size += int64(len(b))
		k.stream.add(b)
		return
	}
	if k.newStream != nil && k.size+int64(len(b)) > k.streamAfter() {
		k.toStream()
		k.keep(b)
		return
	}
	if k.newStream == nil && max(k.size+int64(len(b)), k.length) > maxKept {
		k.tooLarge = true
		k.forget()
		return
	}

	for len(b) > 0 {
		part := k.room(int64(len(b)))
		if part == nil {
			k.noRoom = true
			k.forget()
			return
		}
		n := min(len(b), cap(*part)-len(*part))
		*part = append(*part, b[:n]...)
		k.size += int64(n)
		b = b[n:]
	}
}

// streamAfter is how many bytes are kept before a stream is begun. One of known
// length begins early.
func (k *keptBody) streamAfter() int64 {
	const start = 4 << 10
	if k.length > streamFrom {
		return start
	}
	return streamFrom
}

// toStream begins a stream, if there can be one, with what is kept. It must be
// called with the lock held.
func (k *keptBody) toStream() {
	begin := k.newStream
	k.newStream = nil
	const start = 16 << 10 // the list begins there
	kept := bytes.Join(k.parts[:min(len(k.parts), 8)], nil)
	k.stream = begin(kept[:min(len(kept), start)])
	if k.stream == nil {
		return
	}
	for _, part := range k.parts {
		k.stream.add(part)
	}
	k.forget()
}

// endStream says that nothing more is read of the body.
func (k *keptBody) endStream() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stream != nil {
		k.stream.end()
	}
}

// Sizes of the parts of a body whose length is not known, in bytes.
const (
	smallestPart = 512
	largestPart  = 2 << 20
)

// room returns a part with room, nil if the budget is used up. It must be called
// with the lock held.
func (k *keptBody) room(wanted int64) *[]byte {
	last := len(k.parts) - 1
	if last >= 0 && len(k.parts[last]) < cap(k.parts[last]) {
		return &k.parts[last]
	}

	length := k.length - k.size
	if length <= 0 { // unknown, or more than was announced
		length = max(wanted, min(k.size, largestPart), smallestPart)
	}
	if k.newStream != nil {
		length = min(length, max(wanted, k.streamAfter()))
	}
	if !k.memory.take(length) {
		return nil
	}
	k.held += length
	k.parts = append(k.parts, make([]byte, 0, length))
	return &k.parts[last+1]
}

// contents returns the copy in one piece.
func (k *keptBody) contents() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch len(k.parts) {
	case 0:
		return nil
	case 1:
		return k.parts[0]
	}
	k.parts = [][]byte{bytes.Join(k.parts, nil)}
	return k.parts[0]
}

// forget gives the memory back. It must be called with the lock held.
func (k *keptBody) forget() {
	k.memory.give(k.held)
	k.held = 0
	k.parts = nil
}

// release gives the memory back.
func (k *keptBody) release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forget()
	if k.stream != nil {
		k.stream.pool.streams.give(1)
		k.stream = nil
	}
}

// read is how many bytes were read of a body that was kept or checked.
func (k *keptBody) read() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.size
}

func (k *keptBody) isDetached() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.detached
}

// detach lets nobody read the body any more. It waits for a Read on its way.
func (k *keptBody) detach() {
	k.mu.Lock()
	k.detached = true
	k.mu.Unlock()
	k.reading.Lock()
	defer k.reading.Unlock()
}

// idle returns how long nothing was read.
func (k *keptBody) idle() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Since(k.moved)
}

func (k *keptBody) hasEnded() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ending != open
}

// Close implements [io.Closer]. A request body is closed by the server, after
// its handler.
func (k *keptBody) Close() error {
	if k.fromClient {
		return nil
	}
	k.mu.Lock()
	if k.ending == open {
		k.ending = left
	}
	k.mu.Unlock()
	return k.from.Close()
}
