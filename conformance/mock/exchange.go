package mock

import (
	"io"
	"net/http"
	"net/url"
	"time"
)

// exchange is one request on its way through the mock.
type exchange struct {
	kapture *Kapture
	request *http.Request
	output  *output
	started time.Time

	received Received // what the journal will say
	entry    *entry   // in the journal
}

func (k *Kapture) begin(w http.ResponseWriter, r *http.Request, operation string) *exchange {
	x := &exchange{kapture: k, request: r, started: time.Now()}
	x.received = Received{
		Time:      k.clock(),
		Method:    clip(r.Method),
		Path:      clip(r.URL.Path),
		Query:     withoutKey(r.URL),
		Operation: operation,
	}
	x.entry = k.journal.begin(x.received)
	x.output = &output{ResponseWriter: w, request: r, begun: x.begun}
	return x
}

// withoutKey returns the query of a URL without the key that one operation has
// there.
func withoutKey(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	query := u.Query()
	query.Del("auth_key")
	return clipTo(query.Encode(), maxKeptBody)
}

// readBody reads the body within the limits for its size and its time.
func (x *exchange) readBody() ([]byte, error) {
	if x.request.Body == nil { // a request that a test made and handed over
		return nil, nil
	}

	limits := x.kapture.worlds.limits
	control := http.NewResponseController(x.output.ResponseWriter)
	_ = control.SetReadDeadline(time.Now().Add(limits.BodyTime)) // a recorder has no deadlines
	raw, err := io.ReadAll(http.MaxBytesReader(x.output.ResponseWriter, x.request.Body, limits.Body))
	if err == nil {
		_ = control.SetReadDeadline(time.Time{})
	}

	x.received.Request = bodyOf(raw)
	return raw, err
}

// note says something about the request, in the journal, to the hook and in a
// header of the response.
func (x *exchange) note(n Note) {
	x.received.Notes = append(x.received.Notes, n)
	x.output.Header().Add(NoteHeader, string(n.Code)+": "+n.Text)
	x.kapture.note(n)
}

// note hands a note to the hooks.
func (k *Kapture) note(n Note) {
	for _, hook := range k.notes {
		hook(n)
	}
}

// begun is called when a response begins: from here a client may ask the journal.
func (x *exchange) begun(status int, body Body) {
	x.received.Status = status
	x.received.Response = body
	x.kapture.journal.update(x.entry, x.received)
}

// end is called when the response has ended.
func (x *exchange) end() {
	x.received.Duration = time.Since(x.started)
	if x.output.streamed {
		x.received.Response = x.output.kept
	}
	x.kapture.journal.update(x.entry, x.received)

	for _, observe := range x.kapture.observers {
		observe(Exchange{Received: x.received, HTTP: x.request, ResponseHeader: x.output.Header()})
	}
}
