package mock

import (
	"bytes"
	"strings"
	"sync"
	"time"
)

// Received is a request that arrived, with what the mock responded. It never
// holds the key.
type Received struct {
	Time      time.Time // of its arrival, by the mock's clock
	Method    string
	Path      string // without the query
	Query     string // without the key, "" for none
	Operation string // "" when no operation has the path
	World     string // "" when the key was rejected
	Status    int    // 0 before the response begins, and when a fault prevents one
	Fault     Kind   // "" for none
	Notes     []Note // what the mock says about the request

	// Request and Response are the bodies, as far as the journal keeps them.
	Request, Response Body
	// Duration is the time from the arrival to the end of the response; 0 before
	// that.
	Duration time.Duration
}

// Body is a body of the journal. Treat its bytes as read-only.
type Body struct {
	// Bytes are the body, or its beginning. Of a body above 64 KiB only the
	// beginning is kept, and the oldest bodies are dropped when all of them
	// exceed Limits.JournalBytes.
	Bytes []byte
	// Size is the size of the whole body.
	Size int64
}

// Complete reports whether Bytes is the whole body.
func (b Body) Complete() bool { return int64(len(b.Bytes)) == b.Size }

// maxKeptBody is how much of one body the journal keeps.
const maxKeptBody = 64 << 10

// bodyOf keeps the beginning of a body. It copies what is in a larger buffer: a
// part keeps the whole in memory, and most bodies are small.
func bodyOf(raw []byte) Body {
	kept := raw[:min(len(raw), maxKeptBody)]
	if cap(raw)-len(kept) > len(kept)/8 {
		kept = bytes.Clone(kept)
	}
	return Body{Bytes: kept, Size: int64(len(raw))}
}

// entry is a request in the journal.
type entry struct {
	Received
	number int // counted from 0
}

func (e *entry) bytes() int64 { return int64(len(e.Request.Bytes) + len(e.Response.Bytes)) }

func (e *entry) loseBodies() {
	e.Request.Bytes = nil
	e.Response.Bytes = nil
}

// journal remembers the latest requests in a ring, and counts all of them.
type journal struct {
	limit      int
	limitBytes int64

	mu     sync.Mutex
	ring   []*entry // entry n is at n modulo limit
	next   int      // the number of the next entry
	bodies int      // entries before this number have lost their bodies
	bytes  int64
	count  map[string]int
}

// begin adds a request that arrived.
func (j *journal) begin(received Received) *entry {
	j.mu.Lock()
	defer j.mu.Unlock()

	e := &entry{Received: received, number: j.next}
	j.next++
	if len(j.ring) < j.limit {
		j.ring = append(j.ring, e)
	} else {
		slot := &j.ring[e.number%j.limit]
		j.bytes -= (*slot).bytes()
		*slot = e
	}

	j.count[All]++
	if received.Operation != "" {
		j.count[received.Operation]++
	}
	return e
}

// oldest returns the number of the oldest entry in the ring.
func (j *journal) oldest() int { return j.next - len(j.ring) }

// update replaces what the journal says about a request.
func (j *journal) update(e *entry, received Received) {
	j.mu.Lock()
	defer j.mu.Unlock()

	if e.number < j.oldest() {
		return // the ring has forgotten it
	}
	j.bytes -= e.bytes()
	e.Received = received
	if e.number < j.bodies {
		e.loseBodies()
	}
	j.bytes += e.bytes()

	j.bodies = max(j.bodies, j.oldest())
	for j.bytes > j.limitBytes && j.bodies < j.next {
		old := j.ring[j.bodies%j.limit]
		j.bytes -= old.bytes()
		old.loseBodies()
		j.bodies++
	}
}

// clip bounds a text of a request before it is kept or printed. It copies,
// because a part of a text keeps the whole text in memory.
func clip(s string) string { return clipTo(s, 256) }

func clipTo(s string, size int) string { return strings.Clone(s[:min(len(s), size)]) }

// Received returns how often an operation was called, with any result. [All]
// counts every request, including those to unknown paths.
func (k *Kapture) Received(operation string) int {
	k.journal.mu.Lock()
	defer k.journal.mu.Unlock()
	return k.journal.count[operation]
}

// Journal returns the latest requests, oldest first. It has as many as
// Limits.Journal allows; [Kapture.Received] counts all requests.
func (k *Kapture) Journal() []Received {
	j := k.journal
	j.mu.Lock()
	defer j.mu.Unlock()

	out := make([]Received, 0, len(j.ring))
	for n := j.oldest(); n < j.next; n++ {
		out = append(out, j.ring[n%j.limit].Received)
	}
	return out
}
