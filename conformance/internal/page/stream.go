package page

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// eventID names the event of an exchange. A restarted server counts from 1 again,
// under another name.
func (p *Page) eventID(number int) string { return p.ring.name + "-" + strconv.Itoa(number) }

// maxStreams bounds how many pages are open.
const maxStreams = 32

const (
	streamWrite = 10 * time.Second // how long a browser may take to read an event
	streamPing  = 15 * time.Second // how often it hears that the server is still there
)

// events streams the rows of exchanges as they end.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	site := r.Header.Get("Sec-Fetch-Site")
	if site != "" && site != "same-origin" && site != "none" {
		http.Error(w, "only the page itself may listen", http.StatusForbidden)
		return
	}
	if !p.openStream() {
		http.Error(w, fmt.Sprintf("%d pages are open already; close some", maxStreams), http.StatusServiceUnavailable)
		return
	}
	defer p.closeStream()

	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{page: p, writer: w, control: http.NewResponseController(w)}
	last, known := p.lastEvent(r)
	if !known {
		s.event("restart", "", nil) // the rows that the browser has are of another server
	}
	s.follow(r.Context(), last)
}

// lastEvent is the number of the last exchange that a browser has. It is unknown
// if the browser has none of this server.
func (p *Page) lastEvent(r *http.Request) (number int, known bool) {
	id := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after"))
	name, text, _ := strings.Cut(id, "-")
	number, err := strconv.Atoi(text)
	if name != p.ring.name || err != nil {
		return 0, false
	}
	return number, true
}

func (p *Page) openStream() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.streams >= maxStreams {
		return false
	}
	p.streams++
	return true
}

func (p *Page) closeStream() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.streams--
}

// stream writes events to one browser.
type stream struct {
	page    *Page
	writer  http.ResponseWriter
	control *http.ResponseController
	err     error
}

// follow sends the exchanges after the last one that the browser has, until the
// browser or the page is gone.
func (s *stream) follow(ctx context.Context, last int) {
	ping := time.NewTicker(streamPing)
	defer ping.Stop()
	for s.err == nil {
		exchanges, totals, changed := s.page.ring.after(last)
		for _, x := range exchanges {
			s.exchange(x)
			last = x.number
		}
		s.totals(totals)
		s.flush()

		select {
		case <-changed:
		case <-ping.C:
		case <-ctx.Done():
			return
		case <-s.page.ended:
			return
		}
	}
}

func (s *stream) event(kind, id string, data []byte) {
	if s.err != nil {
		return
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "event: %s\n", kind)
	if id != "" {
		fmt.Fprintf(&text, "id: %s\n", id)
	}
	for part := range bytes.Lines(append(bytes.TrimSpace(data), '\n')) {
		fmt.Fprintf(&text, "data: %s", part)
	}
	text.WriteByte('\n')

	err := s.control.SetWriteDeadline(time.Now().Add(streamWrite))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.err = err
		return
	}
	_, s.err = s.writer.Write(text.Bytes())
}

func (s *stream) exchange(x *Exchange) {
	var html bytes.Buffer
	if err := s.page.templates.ExecuteTemplate(&html, "row", newRow(x)); err != nil {
		s.err = err
		return
	}
	s.event("exchange", s.page.eventID(x.number), bytes.Map(report.Harmless, html.Bytes()))
}

func (s *stream) totals(t totals) {
	text := fmt.Sprintf(`{"seen":%d,"wrong":%d,"unchecked":%d}`, t.Seen, t.Wrong, t.Unchecked)
	s.event("totals", "", []byte(text))
}

func (s *stream) flush() {
	if s.err == nil {
		s.err = s.control.Flush()
	}
}
