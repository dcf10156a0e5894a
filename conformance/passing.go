package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// MaxBody is how much of a body [Transport] and [Handler] check.
const MaxBody = 8 << 20

// ErrUnchecked is the Err of a [Result] in which a body was not checked: it is
// larger than [MaxBody], or it could not be read to its end.
var ErrUnchecked = errors.New("conformance: a body was not seen whole, so it was not checked")

// Transport sends requests through Next, and checks each one with its response.
// It changes neither. Give it to a client in a test:
//
//	client.Transport = &conformance.Transport{Checker: checker, Report: conformance.Fail(t)}
//
// It reads a response up to MaxBody before the client gets it, so it does not
// suit a server that streams without an end.
type Transport struct {
	Checker *Checker
	// Next sends the requests; nil is http.DefaultTransport.
	Next http.RoundTripper
	// Report gets the result of each exchange, from the goroutine that sent it
	// and before the client has the response.
	Report func(Result)
}

var _ http.RoundTripper = (*Transport)(nil)

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	next := t.Next
	if next == nil {
		next = http.DefaultTransport
	}

	sent := seenBody{whole: true}
	if req.Body != nil && req.Body != http.NoBody {
		req = req.Clone(req.Context()) // a RoundTripper does not change its request
		req.Body = sent.read(req.Body)
	}

	p := passing{request: requestOf(req, sent), requestWhole: sent.whole}
	defer func() { p.check(req, t.Checker, t.Report) }()

	res, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
	}

	var got seenBody
	res.Body = got.read(res.Body)
	p.answered = true
	p.responseWhole = got.whole || got.cut
	p.response = Response{Status: res.StatusCode, Header: res.Header.Clone(), Body: got.kept, Truncated: got.cut}
	return res, nil
}

// Handler serves requests through Next, and checks each one with its response.
// It changes neither. Wrap the handler of a server in a test:
//
//	server := httptest.NewServer(&conformance.Handler{Checker: checker, Next: mine, Report: conformance.Fail(t)})
//
// Report is called when Next has returned: a client may have the response
// already. Close the server before the test ends: that waits for the handlers.
type Handler struct {
	Checker *Checker
	Next    http.Handler
	// Report gets the result of each exchange, from many goroutines.
	Report func(Result)
}

var _ http.Handler = (*Handler)(nil)

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent := seenBody{whole: true}
	if r.Body != nil {
		r = r.Clone(r.Context())
		r.Body = sent.read(r.Body)
	}

	p := passing{request: requestOf(r, sent), requestWhole: sent.whole, answered: true}
	out := &seenResponse{ResponseWriter: w}
	// A handler that panics, or that takes over the connection, sends what nobody
	// sees here.
	defer func() { //nolint:contextcheck // the check outlives a client that has left
		p.check(r.WithContext(context.WithoutCancel(r.Context())), h.Checker, h.Report)
	}()
	h.Next.ServeHTTP(out, r)

	if !out.large && !out.taken {
		out.WriteHeader(http.StatusOK) // what net/http does, where Next wrote nothing
		p.responseWhole = true
		p.response = Response{Status: out.status, Header: w.Header().Clone(), Body: out.kept.Bytes()}
	}
}

func requestOf(r *http.Request, sent seenBody) Request {
	return Request{Method: r.Method, URL: r.URL.String(), Header: r.Header.Clone(), Body: sent.kept}
}

// passing is an exchange as far as it was seen.
type passing struct {
	request       Request
	requestWhole  bool
	answered      bool // there is a response
	response      Response
	responseWhole bool
}

// check checks what was seen whole, and reports the result.
func (p *passing) check(r *http.Request, checker *Checker, to func(Result)) {
	ex := Exchange{Name: r.Method + " " + r.URL.Path, Request: p.request}
	if p.responseWhole {
		ex.Response = p.response
	}

	unchecked := !p.requestWhole || p.answered && !p.responseWhole
	if !p.requestWhole {
		ex.Operation, _ = checker.Find(r.Method, p.request.path())
		ex.Request = Request{}
	}

	result := Result{Name: ex.Name, Operation: ex.Operation, Err: ErrUnchecked}
	if p.requestWhole || p.responseWhole && ex.Operation != "" {
		result = checker.Check(r.Context(), ex)
	}

	if unchecked && result.Err == nil {
		result.Err = ErrUnchecked
	}

	if to != nil {
		to(result)
	}
}

// seenBody is a body that was read ahead.
type seenBody struct {
	kept  []byte
	whole bool // kept is all of it
	cut   bool // it ended early
}

// read keeps a body up to MaxBody. The result reads the same bytes, with the
// same error at the end.
func (b *seenBody) read(body io.ReadCloser) io.ReadCloser {
	kept, err := io.ReadAll(io.LimitReader(body, MaxBody+1))
	b.whole = err == nil && len(kept) <= MaxBody
	b.cut = errors.Is(err, io.ErrUnexpectedEOF)
	b.kept = kept[:min(len(kept), MaxBody)]

	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(kept), body), body} // a broken body fails again
}

// seenResponse keeps what a handler writes.
type seenResponse struct {
	http.ResponseWriter
	status int
	kept   bytes.Buffer
	large  bool
	taken  bool // the handler took over the connection
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *seenResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *seenResponse) WriteHeader(status int) {
	informational := status < 200 && status != http.StatusSwitchingProtocols
	if w.status == 0 && !informational {
		w.status = status
		w.taken = w.taken || status == http.StatusSwitchingProtocols
		w.ResponseWriter.WriteHeader(status)
	} else if informational {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (w *seenResponse) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	room := MaxBody - w.kept.Len()
	w.large = w.large || len(b) > room
	w.kept.Write(b[:min(len(b), room)])
	return w.ResponseWriter.Write(b)
}

// Hijack implements http.Hijacker.
func (w *seenResponse) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.taken = true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Flush implements http.Flusher.
func (w *seenResponse) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// TB is the part of a test that [Fail] needs; *testing.T has it.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// Fail returns a Report for [Transport] and [Handler] that fails a test, with a
// line for each finding and for each exchange that could not be checked whole.
func Fail(t TB) func(Result) {
	return func(r Result) {
		t.Helper()
		for _, finding := range r.Findings {
			t.Errorf("%v", finding)
		}
		if r.Err != nil {
			t.Errorf("%s: %v", r.Name, r.Err)
		}
	}
}

// String is the finding in one line, as the program prints it. It has no value
// of a body.
func (f Finding) String() string {
	name := f.Operation
	if name == "" {
		name = f.Exchange
	}

	place := f.Code
	if f.Pointer != "" {
		place += " " + f.Pointer
	}

	blame := fmt.Sprintf("fault of the %s", f.Fault)
	if f.Location != "" {
		blame = f.Location + ", " + blame
	}

	return strings.TrimPrefix(fmt.Sprintf("%s: %s: %s (%s)", name, place, f.Message, blame), ": ")
}
