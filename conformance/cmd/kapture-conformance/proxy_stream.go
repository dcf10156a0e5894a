package main

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
)

// Bounds of large responses, which are checked while they pass.
const (
	// streamFrom is the size above which a body is not kept, in bytes. The page
	// shows smaller ones.
	streamFrom = maxWatched
	partSize   = 32 << 10 // bytes of a part
	maxParts   = 320      // of all bodies: 10 MiB
	maxStreams = 16       // at once; further bodies are kept

	// streamDelay is how long a check lets its body pass alone, while there are
	// parts: the last byte of a quick response is not to wait for a processor.
	streamDelay = 50 * time.Millisecond
)

// stream is the check of one large response while it passes. The way of the bytes
// copies them into parts and never waits; a goroutine gives these to the check.
// If the check falls behind so far that there is no part left, the stream is
// lost, and the exchange is not checked.
//
//	add, add, ... end   by the goroutine that passes the body on
//	work                takes the parts, until they have ended
//	wait                by the check of the exchange, after end
type stream struct {
	body    *conformance.LargeBody
	pool    *partPool
	filling []byte // gets the next bytes; nil: none
	ended   bool
	lost    atomic.Bool
	// arrived has room for every part of the pool, so that nobody waits.
	arrived chan []byte
	worked  chan struct{} // closed when all parts were taken
	// urgent is closed when the check is to begin: the body has ended, or few parts
	// are left.
	urgent    chan struct{}
	setUrgent func()
}

// begin starts the check of a body. turns bounds how many checks run at once.
func (p *partPool) begin(body *conformance.LargeBody, turns turns) *stream {
	s := &stream{
		body:    body,
		pool:    p,
		arrived: make(chan []byte, cap(p.free)),
		worked:  make(chan struct{}),
		urgent:  make(chan struct{}),
	}
	s.setUrgent = sync.OnceFunc(func() { close(s.urgent) })
	go s.work(turns)
	return s
}

// add takes the next bytes of the body.
func (s *stream) add(b []byte) {
	for len(b) > 0 && !s.ended && !s.lost.Load() {
		if s.filling == nil {
			s.filling = s.pool.take()
		}
		if s.filling == nil {
			s.lost.Store(true)
			return
		}
		n := min(len(b), partSize-len(s.filling))
		s.filling = append(s.filling, b[:n]...)
		b = b[n:]
		if len(s.filling) == partSize {
			s.pass()
		}
	}
}

// pass hands the part that is being filled to the check.
func (s *stream) pass() {
	if s.filling != nil {
		s.arrived <- s.filling
		s.filling = nil
	}
	if s.pool.isLow() {
		s.setUrgent()
	}
}

// end says that the body has ended.
func (s *stream) end() {
	if s.ended {
		return
	}
	s.ended = true
	s.pass()
	s.setUrgent()
	close(s.arrived)
}

// wait waits until the check has the whole body.
func (s *stream) wait() *conformance.LargeBody {
	<-s.worked
	return s.body
}

func (s *stream) work(turns turns) {
	defer close(s.worked)
	select {
	case <-s.urgent:
	case <-time.After(streamDelay):
	}
	for part := range s.arrived {
		if !s.lost.Load() {
			turns.begin()
			_, _ = s.body.Write(part)
			turns.end()
		}
		s.pool.give(part)
	}
}

// partPool has the parts of all streams. They are made when they are needed, and
// used again.
type partPool struct {
	free chan []byte // has room for all parts
	made atomic.Int64
	// streams is how many further streams there may be.
	streams *budget
}

func newPartPool(parts int) *partPool {
	return &partPool{free: make(chan []byte, parts), streams: newBudget(maxStreams)}
}

// take returns an empty part, nil if there is none left.
func (p *partPool) take() []byte {
	select {
	case part := <-p.free:
		return part[:0]
	default:
	}
	if p.made.Add(1) > int64(cap(p.free)) {
		p.made.Add(-1)
		return nil
	}
	return make([]byte, 0, partSize)
}

// isLow reports whether more than three quarters of the parts are used.
func (p *partPool) isLow() bool {
	used := int(p.made.Load()) - len(p.free)
	return used > cap(p.free)*3/4
}

func (p *partPool) give(part []byte) { p.free <- part }

// turns lets so many checks work at once that a processor remains for what passes:
// the network is looked after by a processor that has nothing else to do.
type turns chan struct{}

func newTurns(processors int) turns { return make(turns, max(1, processors-1)) }

func (t turns) begin() { t <- struct{}{} }
func (t turns) end()   { <-t }
