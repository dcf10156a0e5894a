package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
)

// MaxBody is the size in bytes of the largest body that [Transport] and
// [Handler] check.
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
	// Checker has the contract to check against. It must be set.
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

	seen := seenExchange{request: requestOf(req, sent), requestWhole: sent.whole}
	defer func() { seen.check(req, t.Checker, t.Report) }()

	res, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
	}

	var received seenBody
	res.Body = received.read(res.Body)
	seen.hasResponse = true
	seen.responseWhole = received.whole || received.cut
	seen.response = Response{
		Status:    res.StatusCode,
		Header:    res.Header.Clone(),
		Body:      received.kept,
		Truncated: received.cut,
	}
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
	// Checker has the contract to check against. It must be set.
	Checker *Checker
	// Next is the handler to check. It must be set.
	Next http.Handler
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

	seen := seenExchange{request: requestOf(r, sent), requestWhole: sent.whole, hasResponse: true}
	out := &seenResponse{ResponseWriter: w}
	// If Next panics or takes over the connection, its response is not seen here.
	defer func() { //nolint:contextcheck // the check outlives a client that has left
		seen.check(r.WithContext(context.WithoutCancel(r.Context())), h.Checker, h.Report)
	}()
	h.Next.ServeHTTP(out, r)

	if !out.large && !out.hijacked {
		out.WriteHeader(http.StatusOK) // as net/http does if Next wrote nothing
		seen.responseWhole = true
		seen.response = Response{Status: out.status, Header: w.Header().Clone(), Body: out.kept.Bytes()}
	}
}

func requestOf(r *http.Request, sent seenBody) Request {
	return Request{Method: r.Method, URL: r.URL.String(), Header: r.Header.Clone(), Body: sent.kept}
}

// seenExchange is an exchange as far as Transport or Handler saw it.
type seenExchange struct {
	request       Request
	requestWhole  bool
	hasResponse   bool
	response      Response
	responseWhole bool
}

// check checks the messages that were seen whole, and reports the result.
func (s *seenExchange) check(r *http.Request, checker *Checker, report func(Result)) {
	ex := Exchange{Name: r.Method + " " + r.URL.Path, Request: s.request}
	if s.responseWhole {
		ex.Response = s.response
	}
	if !s.requestWhole {
		ex.Operation, _ = checker.Find(r.Method, s.request.path())
		ex.Request = Request{}
	}

	result := Result{Name: ex.Name, Operation: ex.Operation, Err: ErrUnchecked}
	isResponseKnown := s.responseWhole && ex.Operation != ""
	if s.requestWhole || isResponseKnown {
		result = checker.Check(r.Context(), ex)
	}
	isUnchecked := !s.requestWhole || s.hasResponse && !s.responseWhole
	if isUnchecked && result.Err == nil {
		result.Err = ErrUnchecked
	}

	if report != nil {
		report(result)
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
	status   int
	kept     bytes.Buffer
	large    bool // it is larger than MaxBody
	hijacked bool // the handler took over the connection
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *seenResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *seenResponse) WriteHeader(status int) {
	isUpgrade := status == http.StatusSwitchingProtocols
	isInformational := status < 200 && !isUpgrade
	switch {
	case isInformational:
		w.ResponseWriter.WriteHeader(status)
	case w.status == 0:
		w.status = status
		w.hijacked = w.hijacked || isUpgrade
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (w *seenResponse) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	left := MaxBody - w.kept.Len()
	w.large = w.large || len(b) > left
	w.kept.Write(b[:min(len(b), left)])
	return w.ResponseWriter.Write(b)
}

// Hijack implements http.Hijacker.
func (w *seenResponse) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
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
