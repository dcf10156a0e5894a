package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/listen"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// forwarder passes exchanges on unchanged, and hands copies of them to the
// checks.
type forwarder struct {
	upstream  *url.URL
	transport *upstreamTransport
	proxy     *httputil.ReverseProxy
	checks    *checks
	// fail puts the check between the client and the server.
	fail bool
}

func newForwarder(upstream *url.URL, checks *checks) *forwarder {
	f := &forwarder{upstream: upstream, transport: newUpstreamTransport(), checks: checks}
	f.proxy = &httputil.ReverseProxy{
		Rewrite:        f.rewrite,
		Transport:      f,
		FlushInterval:  -1, // bytes are passed on as they arrive
		BufferPool:     &copyBuffers{},
		ModifyResponse: asReceived,
		ErrorHandler:   f.noResponse,
	}
	return f
}

// copyBuffers are used again: most of what a small exchange would allocate is the
// buffer through which its response is copied.
type copyBuffers struct{ pool sync.Pool }

const copyBufferSize = 32 << 10

// Get implements [httputil.BufferPool].
func (b *copyBuffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[copyBufferSize]byte); ok {
		return buffer[:]
	}
	return make([]byte, copyBufferSize)
}

// Put implements [httputil.BufferPool].
func (b *copyBuffers) Put(buffer []byte) { b.pool.Put((*[copyBufferSize]byte)(buffer)) }

// passing is one exchange on its way.
type passing struct {
	exchange conformance.Exchange
	at       time.Time
	took     time.Duration // set when it has passed
	world    string
	writer   http.ResponseWriter
	in       *http.Request // as the server of net/http gave it: it gets the trailers
	sent     *keptBody     // nil: the request has no body
	received *keptBody     // nil: there is no response yet

	// written is closed when the request was handed to the connection, or cannot
	// be.
	written    chan struct{}
	endWriting sync.Once
	// lost says why there is nothing to check.
	lost reason
	// judged says that the exchange was checked on its way.
	judged bool
}

type passingKey struct{}

func passingOf(ctx context.Context) *passing {
	x, _ := ctx.Value(passingKey{}).(*passing)
	return x
}

// ServeHTTP passes one exchange on.
func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.refuse(w, r) {
		return
	}

	x := f.begin(w, r)
	defer f.finish(x)

	// A server may respond before it has read the whole request.
	_ = http.NewResponseController(w).EnableFullDuplex()
	ctx := context.WithValue(r.Context(), passingKey{}, x)
	r = r.WithContext(ctx)
	if f.fail && f.rejectsRequest(w, r, x) {
		return
	}

	if r.Body != nil {
		// From Go 1.27 on, ReverseProxy closes the body when the response has
		// ended, and the rest of the request would not be passed on.
		r.Body = io.NopCloser(r.Body)
	}
	f.proxy.ServeHTTP(w, r)
	x.awaitRequest()
}

// begin prepares the copies of an exchange.
func (f *forwarder) begin(w http.ResponseWriter, r *http.Request) *passing {
	x := &passing{
		at:      time.Now(),
		world:   mock.WorldOf(r),
		writer:  w,
		in:      r,
		written: make(chan struct{}),
	}
	x.exchange.Name = r.Method + " " + r.URL.Path
	x.exchange.Request = conformance.Request{
		Method: r.Method,
		URL:    f.upstream.Scheme + "://" + f.upstream.Host + f.target(r),
		Header: r.Header.Clone(),
	}

	if r.Body != nil && r.Body != http.NoBody {
		x.sent = &keptBody{
			from:       r.Body,
			memory:     f.checks.memory,
			exchange:   r.Context(),
			fromClient: true,
			length:     r.ContentLength,
			moved:      x.at,
		}
	}
	f.checks.begin(x)
	return x
}

// target is the path and query to send: what the client wrote, after the path of
// the server.
func (f *forwarder) target(r *http.Request) string {
	target := r.RequestURI
	if r.URL.Host != "" { // an absolute form
		_, rest, _ := strings.Cut(target, "://")
		slash := strings.IndexAny(rest, "/?")
		target = "/"
		if slash >= 0 {
			target = "/" + strings.TrimPrefix(rest[slash:], "/")
		}
	}
	return strings.TrimSuffix(f.upstream.EscapedPath(), "/") + target
}

// trace notes when a request has been written, and lets its connection wait for
// that. There is one trace for all that is to be known: net/http joins several by
// reflection.
func (x *passing) trace(t *try) *httptrace.ClientTrace {
	var mu sync.Mutex
	var conn *upstreamConn

	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			t.reused.Store(info.Reused)
			mu.Lock()
			defer mu.Unlock()
			conn, _ = info.Conn.(*upstreamConn)
			if conn != nil {
				conn.begin()
			}
		},
		WroteHeaders: func() { t.wrote.Store(true) },
		WroteRequest: func(httptrace.WroteRequestInfo) {
			mu.Lock()
			defer mu.Unlock()
			if conn != nil {
				conn.end()
			}
			x.endWriting.Do(func() { close(x.written) })
		},
	}
}

// rewrite addresses a request to the server, and restores what ReverseProxy
// removes or writes anew.
func (f *forwarder) rewrite(r *httputil.ProxyRequest) {
	x := passingOf(r.In.Context())
	r.Out.URL = &url.URL{
		Scheme:   f.upstream.Scheme,
		Host:     f.upstream.Host,
		Path:     strings.TrimSuffix(f.upstream.Path, "/") + r.In.URL.Path,
		RawQuery: r.In.URL.RawQuery,
	}

	path, query, hasQuery := strings.Cut(f.target(r.In), "?")
	r.Out.URL.RawPath = path
	r.Out.URL.RawQuery = query
	r.Out.URL.ForceQuery = hasQuery
	// Go writes an escaped path as it would escape it, unless it is opaque. An
	// opaque one must not begin with two slashes.
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") {
		r.Out.URL.Opaque = path
	}
	r.Out.Host = ""

	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, sent := r.In.Header[name]; sent {
			r.Out.Header[name] = values
		}
	}
	restoreUpgrade(r)
	x.attach(r.Out)
	sendOnce(r.Out)
}

// restoreUpgrade puts back what the Connection header of an upgrade names, for
// example HTTP2-Settings.
func restoreUpgrade(r *httputil.ProxyRequest) {
	if r.Out.Header.Get("Upgrade") == "" {
		return
	}
	r.Out.Header["Connection"] = r.In.Header["Connection"]
	for _, name := range strings.Split(strings.Join(r.In.Header["Connection"], ","), ",") {
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		if values, sent := r.In.Header[name]; sent {
			r.Out.Header[name] = values
		}
	}
}

// attach lets the request be copied while it passes. Trailers arrive after the
// body, whether they were announced or not.
func (x *passing) attach(out *http.Request) {
	if x.sent == nil {
		return
	}
	out.Trailer = http.Header{}
	for name := range x.in.Trailer {
		out.Trailer[name] = nil
	}
	out.Body = &bodyWithTrailer{keptBody: x.sent, in: x.in, out: out}
}

// bodyWithTrailer passes the trailers on when the body has ended.
type bodyWithTrailer struct {
	*keptBody
	in, out *http.Request
}

func (b *bodyWithTrailer) Read(p []byte) (int, error) {
	n, err := b.keptBody.Read(p)
	if errors.Is(err, io.EOF) {
		for name, values := range b.in.Trailer {
			b.out.Trailer[name] = values
		}
	}
	return n, err
}

// sendOnce keeps Go from sending a request again when a connection breaks. It
// does so with requests that it takes for repeatable: those of some methods
// without a body, and those with a key for idempotency. The proxy must not
// repair what it watches.
func sendOnce(out *http.Request) {
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, sent := out.Header[name]; sent {
			delete(out.Header, name)
			out.Header[strings.ToLower(name)] = values // the same header, to HTTP
		}
	}

	hasBody := out.Body != nil && out.Body != http.NoBody
	switch out.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		if !hasBody {
			out.Body = io.NopCloser(strings.NewReader(""))
		}
	}
	if out.Method == http.MethodTrace {
		out.TransferEncoding = []string{"identity"} // else Go would send a body
	}
}

// RoundTrip sends the request, and keeps a copy of the response as it passes.
func (f *forwarder) RoundTrip(req *http.Request) (*http.Response, error) {
	x := passingOf(req.Context())
	res, err := f.transport.send(req, x)
	if err != nil {
		return nil, err
	}

	x.exchange.Response.Status = res.StatusCode
	x.exchange.Response.Header = res.Header.Clone()
	if res.StatusCode == http.StatusSwitchingProtocols {
		x.lost = lostSwitched
		return res, nil
	}

	x.received = &keptBody{
		from:     res.Body,
		memory:   f.checks.memory,
		exchange: req.Context(),
		length:   res.ContentLength,
	}
	if req.Method == http.MethodHead {
		x.received.length = 0
	}
	x.received.newStream = f.checks.streamOf(x)
	res.Body = x.received

	if f.fail {
		f.replaceResponse(res, x) //nolint:contextcheck // a checked response does not depend on the request's end
	}
	return res, nil
}

// asReceived keeps the server of net/http from adding headers that the response
// does not have.
func asReceived(res *http.Response) error {
	x := passingOf(res.Request.Context())
	header := x.writer.Header()
	for _, name := range []string{"Content-Type", "Date"} {
		if _, sent := res.Header[name]; !sent {
			header[name] = nil
		}
	}
	if x.sent != nil && !x.sent.hasEnded() {
		// The response is early. What is left of the request can be too much to
		// read before the next one.
		header.Set("Connection", "close")
	}
	return nil
}

// stalled is how long a client may send nothing more of a request whose
// response has ended, if the client cannot know yet that it has.
const stalled = 250 * time.Millisecond

// awaitRequest returns when the request has been passed on, after an early
// response, too. A client that waits for the last chunk before it sends the
// rest gets it after a while.
func (x *passing) awaitRequest() {
	if x.sent == nil || x.exchange.Response.Status == 0 || x.lost == lostSwitched {
		return
	}
	select {
	case <-x.written:
		return
	default:
	}

	knowsTheEnd := x.writer.Header().Get("Content-Length") != ""
	ticker := time.NewTicker(stalled / 5)
	defer ticker.Stop()
	for {
		select {
		case <-x.written:
			return
		case <-ticker.C:
			if !knowsTheEnd && x.sent.idle() > stalled {
				return
			}
		}
	}
}

// finish hands the exchange to the checks.
func (f *forwarder) finish(x *passing) {
	x.took = time.Since(x.at)
	if x.sent != nil {
		if !x.sent.hasEnded() {
			// A Read on its way must end before the connection is used again.
			_ = http.NewResponseController(x.writer).SetReadDeadline(time.Now())
		}
		x.sent.detach()
	}
	f.checks.finish(x)
}

// noResponse responds to a client for a server that did not.
func (f *forwarder) noResponse(w http.ResponseWriter, r *http.Request, err error) {
	x := passingOf(r.Context())
	if x.clientLeft(r.Context()) {
		x.lost = lostLeft
		w.WriteHeader(http.StatusBadGateway)
		return
	}

	x.lost = lostNoResponse
	f.checks.print(fmt.Sprintf("%s: no response: %s", x.exchange.Name, runner.TransportText(err, f.checks.showValues)))
	http.Error(w, "kapture proxy: the server gave no response: "+report.Clean(err.Error()), http.StatusBadGateway)
}

func (x *passing) clientLeft(ctx context.Context) bool {
	if ctx.Err() != nil {
		return true
	}
	if x.sent == nil {
		return false
	}
	x.sent.mu.Lock()
	defer x.sent.mu.Unlock()
	return x.sent.ending == left
}

// refuse responds to what a proxy of this kind must not pass on. refused reports
// whether it did.
func (f *forwarder) refuse(w http.ResponseWriter, r *http.Request) (refused bool) {
	status := http.StatusNotImplemented
	var message string
	switch {
	case f.isOwn(r):
		status = http.StatusLoopDetected
		message = "the request has come back to the proxy that sent it: --upstream leads to the proxy itself; " +
			"name the server"
	case r.Method == http.MethodConnect:
		message = "this proxy opens no tunnels; use its address in place of the server's, not as an HTTP proxy"
	case r.URL.Host != "" && !f.serves(r):
		message = fmt.Sprintf("the request is for %q, and this proxy forwards only to %s; use its address in "+
			"place of the server's, not as an HTTP proxy",
			r.URL.Host, f.upstream.Host)
	default:
		return false
	}

	f.checks.refuse(fmt.Sprintf("%s %s: refused: %s", r.Method, r.URL.Path, message))
	http.Error(w, "kapture proxy: "+message, status)
	return true
}

// isOwn reports whether a request was sent by this proxy.
func (f *forwarder) isOwn(r *http.Request) bool {
	listening, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	_, isOwn := f.transport.own.Load(ends{from: r.RemoteAddr, to: listening.String()})
	return isOwn
}

// serves reports whether a request in absolute form is for the proxy or for its
// server.
func (f *forwarder) serves(r *http.Request) bool {
	named := withPort(r.URL.Host, r.URL.Scheme)
	if strings.EqualFold(named, withPort(f.upstream.Host, f.upstream.Scheme)) {
		return true
	}
	own, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	host, port, _ := net.SplitHostPort(named)
	_, ownPort, _ := net.SplitHostPort(own.String())
	return port == ownPort && (listen.IsLoopback(host) || named == own.String())
}

// withPort writes the port of a host, also the usual one of a scheme.
func withPort(host, scheme string) string {
	address := &url.URL{Scheme: scheme, Host: host}
	return net.JoinHostPort(address.Hostname(), fmt.Sprint(portOf(address)))
}
