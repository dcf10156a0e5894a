package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/frames"
)

// What is around a list.
const (
	statusFirst = "status-first"
	padded      = "padded" // blanks, other fields with brackets in texts, a line break after the end
	noStatus    = "no-status"
	bareObject  = "object" // a list of one is an object
)

// What is in place of a list without records.
const (
	emptyRefusal = "refusal" // the text that a vendor's page prints, with a status that says failed
	emptyNull    = "null"
	emptyObject  = "object" // as some languages write an empty map
)

// joined is a list of elements.
func joined(elements []json.RawMessage) string {
	var texts []string
	for _, element := range elements {
		texts = append(texts, string(element))
	}
	return "[" + strings.Join(texts, ",") + "]"
}

// envelope is a whole response with a list.
func envelope(l list, kind, elements string) string {
	name := l.path[0]
	if len(l.path) > 1 {
		elements = `{"` + l.path[1] + `":` + elements + `}`
	}
	switch kind {
	case statusFirst:
		return `{"status":"success","` + name + `":` + elements + `}`
	case padded:
		before := "\n{ \"before\" : [ \"]}\" , { } ] , "
		after := " ,\r\n \"status\":\"success\", \"after\":\"[{\" }\r\n"
		return before + `"` + name + `" : ` + elements + after
	case noStatus:
		return `{"` + name + `":` + elements + `}`
	}
	return `{"` + name + `":` + elements + `,"status":"success"}`
}

// emptyList is the response to a window without records.
func emptyList(l list, b *behaviour, kind string) string {
	switch {
	case kind == emptyRefusal && l.refusal != "":
		return `{"message":"` + l.refusal + `","status":"failed"}`
	case kind == emptyNull:
		return envelope(l, b.Envelope, "null")
	case kind == emptyObject:
		return envelope(l, b.Envelope, "{}")
	}
	return envelope(l, b.Envelope, "[]")
}

// An ending is what the client can know of a request when it is over.
type ending struct {
	whole       bool // it had the good response
	perhaps     bool // it may have had it: the connection broke after the end
	again       bool // a read may be sent again
	unprocessed bool // a write was provably not taken, so it is sent again
	stated      bool // the server says that nothing was done
	doubt       bool // of a write, nobody can know
	excused     bool // a good response of a form that may as well be an error
}

// mayBeWhole reports whether the client may have had the good response.
func (e ending) mayBeWhole() bool { return e.whole || e.perhaps }

// String names what is set, for the log that a failure prints.
func (e ending) String() string {
	for _, part := range []struct {
		set  bool
		name string
	}{
		{e.whole, "whole"}, {e.perhaps, "perhaps whole"}, {e.unprocessed, "not processed"},
		{e.stated, "failure stated"}, {e.again, "broken"}, {e.doubt, "senseless"},
	} {
		if part.set {
			return part.name
		}
	}
	return "wrong"
}

// A response is what the server sends for one request.
type response struct {
	status int
	header http.Header
	body   string
	ending ending
}

// respond makes the response to a request: the good one, or what the fault makes
// of it.
func respond(f fault, good string) *response {
	r := &response{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: good}
	switch f.Kind {
	case faultCut, faultChunkCut:
		r.ending = ending{again: true, doubt: true}
	case faultQuietCut:
		r.ending = ending{doubt: true}
	case faultGzipCut:
		r.ending = ending{again: true, doubt: true}
	case faultStatus:
		r.status = int(f.Code)
		r.body = bodyOf(f.Text, good)
		r.ending = endingOfStatus(f)
		if f.Text == bodyWait {
			r.header.Set("Retry-After", "60")
		}
	case faultFailed:
		r.body = bodyOf(bodyFailed, good)
		r.ending = ending{stated: true}
	case faultGarbage:
		r.body = bodyOf(f.Text, good)
		r.ending = ending{doubt: true}
	case faultRedirect:
		r.status = int(f.Code)
		r.header.Set("Location", "https://elsewhere.example.com/")
		r.body = ""
		// 302 and 303 may point to where the outcome of what was done is
		// shown; the others say that nothing was done here.
		seeOther := f.Code == http.StatusFound || f.Code == http.StatusSeeOther
		r.ending = ending{doubt: seeOther, stated: !seeOther}
	default:
		r.ending = ending{whole: true}
	}
	if strings.HasPrefix(r.body, "<") {
		r.header.Set("Content-Type", "text/html")
	}
	return r
}

// endingOfStatus is how a call ends whose response has an HTTP status that says
// failure.
func endingOfStatus(f fault) ending {
	// The three make the body contradict the status, or itself.
	contradicts := f.Text == bodySuccess || f.Text == bodyTwice || f.Text == bodyTruncated
	saysFailed := f.Text == bodyFailed || f.Text == bodyWait

	switch {
	case f.Code == http.StatusTooManyRequests && contradicts:
		return ending{again: true, doubt: true}
	case f.Code == http.StatusTooManyRequests:
		return ending{again: true, unprocessed: true}
	case f.Code >= http.StatusInternalServerError && saysFailed:
		return ending{again: true, stated: true}
	case f.Code >= http.StatusInternalServerError:
		return ending{again: true, doubt: true}
	case contradicts:
		return ending{doubt: true}
	}
	return ending{stated: true}
}

// bodyOf is a body of one of the kinds.
func bodyOf(kind, good string) string {
	switch kind {
	case bodyHTML:
		return "<html><body>Bad Gateway</body></html>"
	case bodyEmpty:
		return ""
	case bodyFailed, bodyWait:
		return `{"message":"Something went wrong","status":"failed"}`
	case bodyTruncated:
		trimmed := strings.TrimSpace(good)
		return trimmed[:len(trimmed)/2]
	case bodyTwice:
		return `{"status":"failed",` + strings.TrimPrefix(strings.TrimLeft(good, "\n [{"), "{")
	}
	return good
}

// deliver sends a response, unless the fault cuts it off.
func (k *kapture) deliver(w http.ResponseWriter, e *exchange, r *response) {
	k.date(r.header, e)
	switch e.fault.Kind {
	case faultCut, faultChunkCut, faultQuietCut, faultClose:
		if e.relay == nil {
			k.deliverByHand(w, e, r)
			return
		}
		k.deliverCut(w, e, r)
	case faultGzip, faultGzipCut:
		k.deliverGzip(w, e, r)
	case faultDrip:
		k.start(w, r, "")
		for piece := range pieces(r.body, max(e.fault.At, len(r.body)/50)) {
			send(w, piece)
			_ = http.NewResponseController(w).Flush()
		}
	default:
		k.start(w, r, strconv.Itoa(len(r.body)))
		send(w, r.body)
	}
	if e.fault.Kind == faultGoawayAfter && e.relay != nil {
		_ = http.NewResponseController(w).Flush()
		e.relay.GoawayAfter()
	}
}

// start sends the head of a response; an empty length leaves it open.
func (k *kapture) start(w http.ResponseWriter, r *response, length string) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	if length != "" {
		w.Header().Set("Content-Length", length)
	}
	w.WriteHeader(r.status)
}

// send writes a part of a body. Whether the client is still there shows
// elsewhere.
func send(w http.ResponseWriter, text string) {
	_, _ = io.WriteString(w, text) //nolint:gosec // the client of a run, not a browser
}

// date sets the server's clock, or takes it away.
func (k *kapture) date(header http.Header, e *exchange) {
	header["Date"] = nil
	if !k.script.Server.NoDate {
		header.Set("Date", e.clock.UTC().Format(http.TimeFormat))
	}
}

func pieces(text string, size int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for len(text) > 0 {
			n := min(size, len(text))
			if !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}

func (k *kapture) deliverGzip(w http.ResponseWriter, e *exchange, r *response) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	fmt.Fprint(zip, r.body)
	_ = zip.Close() // into memory
	body := packed.String()
	if e.fault.Kind == faultGzipCut {
		body = body[:max(1, cutAt(len(body), e.fault.At))]
	}

	r.header.Set("Content-Encoding", "gzip")
	k.start(w, r, strconv.Itoa(len(body)))
	send(w, body)
}

// cutAt is how many of n bytes are sent: never all of them.
func cutAt(n, at int) int { return min(n*at/1000, max(n-1, 0)) }

// deliverCut sends the beginning of a body over HTTP/2.
func (k *kapture) deliverCut(w http.ResponseWriter, e *exchange, r *response) {
	n := cutAt(len(r.body), e.fault.At)

	if n > 0 {
		k.start(w, r, "")
		send(w, r.body[:n])
		_ = http.NewResponseController(w).Flush()
	}
	k.markCut(e, n >= endOfJSON(r.body))

	closing := e.fault.Text == endClose
	if closing {
		k.addTrouble() // the other streams of the connection are lost too
	}
	e.relay.End(e.stream, frames.Ending{Code: e.fault.Code, Close: closing})
	panic(http.ErrAbortHandler)
}

// deliverByHand writes a response over HTTP/1.1 up to where it is cut, and
// closes the connection.
func (k *kapture) deliverByHand(w http.ResponseWriter, e *exchange, r *response) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()

	var head strings.Builder
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", r.status, http.StatusText(r.status))
	body := r.body
	switch e.fault.Kind {
	case faultQuietCut:
		r.header.Set("Connection", "close")
	case faultChunkCut:
		r.header.Set("Transfer-Encoding", "chunked")
		body = chunked(r.body)
	default:
		r.header.Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	_ = r.header.Write(&head)
	text := head.String() + "\r\n" + body

	end := len(text)
	switch e.fault.Kind {
	case faultCut, faultChunkCut:
		end = cutAt(len(text), e.fault.At)
	case faultQuietCut:
		end = len(text) - len(r.body) + cutAt(len(r.body), e.fault.At)
	case faultClose:
		k.addTrouble() // another request may be on its way
	}

	if e.fault.Kind != faultClose {
		k.markCut(e, end >= endOfJSON(text))
	}
	fmt.Fprint(conn, text[:end])
	if tcp, ok := conn.(*countedConn); ok && e.fault.Text == endRST {
		time.Sleep(time.Millisecond) // so that most of what was written is read first
		tcp.reset()
	}
}

// endOfJSON is where the last bracket of a response ends, or all of it where it
// has none.
func endOfJSON(text string) int {
	if end := strings.LastIndexAny(text, "}]"); end >= 0 {
		return end + 1
	}
	return len(text)
}

// chunked is a body in chunks (RFC 9112, section 7.1).
func chunked(body string) string {
	var out strings.Builder
	for piece := range pieces(body, max(50, len(body)/20)) {
		fmt.Fprintf(&out, "%x\r\n%s\r\n", len(piece), piece)
	}
	return out.String() + "0\r\n\r\n"
}

// reset closes a connection without its usual end.
func (c *countedConn) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
