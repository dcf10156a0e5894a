package page

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
)

// Bounds of what is kept: a server may run for days.
const (
	maxExchanges = 500
	maxBytes     = 16 << 20 // of all that is kept
	maxBody      = 1 << 20  // of one body; a larger one is not kept
	overhead     = 2 << 10  // roughly, of an exchange without its bodies
)

// Exchange is an exchange that has ended.
type Exchange struct {
	Time     time.Time
	Duration time.Duration
	World    string
	// Path may be shown as it is: it has no query and no credential.
	Path      string
	Operation string // empty if the contract has none for it
	Fault     string // of the mock, that hit it
	Notes     []string
	// HTTP contains credentials. It is shown only through Config.Redact.
	HTTP conformance.Exchange
	// RequestSize and ResponseSize are the sizes of the bodies where HTTP has
	// only their beginning.
	RequestSize, ResponseSize int64
	// Findings contain no credentials.
	Findings []conformance.Finding
	// Unchecked says why the exchange was not checked; empty if it was.
	Unchecked string

	number int
	bytes  int
	// A body was too large to keep.
	lostRequest, lostResponse bool
}

// weigh drops the bodies that are too large, and counts the bytes that are kept.
func (x *Exchange) weigh() {
	if len(x.HTTP.Request.Body) > maxBody {
		x.RequestSize = int64(len(x.HTTP.Request.Body))
		x.HTTP.Request.Body = nil
		x.lostRequest = true
	}
	if len(x.HTTP.Response.Body) > maxBody {
		x.ResponseSize = int64(len(x.HTTP.Response.Body))
		x.HTTP.Response.Body = nil
		x.lostResponse = true
	}

	x.bytes = overhead*(1+len(x.Findings)) + len(x.HTTP.Request.URL) +
		len(x.HTTP.Request.Body) + len(x.HTTP.Response.Body) +
		headerBytes(x.HTTP.Request.Header) + headerBytes(x.HTTP.Response.Header)
}

func headerBytes(header http.Header) int {
	size := 0
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}

// totals count every exchange, also those that are not kept any more.
type totals struct {
	Seen      int `json:"seen"`
	Wrong     int `json:"wrong"` // with findings
	Unchecked int `json:"unchecked"`
}

// ring keeps the latest exchanges. It is safe for concurrent use.
type ring struct {
	name string // differs from that of an earlier server

	mu      sync.Mutex
	kept    []*Exchange // oldest first
	bytes   int
	totals  totals
	changed chan struct{} // closed and replaced when an exchange is added
}

func newRing() *ring {
	return &ring{name: strconv.FormatInt(time.Now().UnixNano(), 36), changed: make(chan struct{})}
}

// Add shows one more exchange. It must not be changed afterwards.
func (p *Page) Add(x Exchange) { p.ring.add(&x) }

func (r *ring) add(x *Exchange) {
	x.weigh()

	r.mu.Lock()
	defer r.mu.Unlock()
	r.totals.Seen++
	x.number = r.totals.Seen
	switch {
	case x.Unchecked != "":
		r.totals.Unchecked++
	case len(x.Findings) > 0:
		r.totals.Wrong++
	}

	r.kept = append(r.kept, x)
	r.bytes += x.bytes
	for len(r.kept) > maxExchanges || r.bytes > maxBytes && len(r.kept) > 1 {
		r.bytes -= r.kept[0].bytes
		r.kept[0] = nil
		r.kept = r.kept[1:]
	}

	close(r.changed)
	r.changed = make(chan struct{})
}

// after returns the exchanges that are kept and have a number above the given
// one, oldest first, and a channel that is closed when there is another one.
func (r *ring) after(number int) ([]*Exchange, totals, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()

	first := len(r.kept)
	for first > 0 && r.kept[first-1].number > number {
		first--
	}
	return append([]*Exchange(nil), r.kept[first:]...), r.totals, r.changed
}

func (r *ring) find(number int) *Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.kept {
		if x.number == number {
			return x
		}
	}
	return nil
}
