package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// sendOnce makes one round trip within the time for an attempt, and finds out
// whether anything can have left this machine.
func (c *Client) sendOnce(a *attempt, req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil { // nothing leaves this machine
		return nil, a.failure(req.Context(), err)
	}
	if err := a.tooLate(); err != nil {
		return nil, err
	}
	if err := checkProxy(c.httpClient.Transport, req); err != nil {
		return nil, a.fail(ErrTransport, "the proxy could not be chosen; nothing was sent", err)
	}

	t := newTrip(c, a, req)
	arrived := false
	defer func() {
		if !arrived {
			t.release()
		}
	}()
	resp, err := c.roundTrip(t, req) //nolint:contextcheck // the context of t is made of the one of req
	if err != nil {
		return nil, t.explainTime(err)
	}
	arrived = true

	if a.call.streams {
		t.timer.Stop() // each read has its own time; other calls read at once
	}
	t.ReadCloser = resp.Body
	t.remaining = time.Until(a.deadline)
	resp.Body = &t.timedBody
	return resp, nil
}

// trip is what one attempt needs to be sent: it is one value, so that it is one
// allocation.
type trip struct {
	timedBody
	redirectGuard
	connection
	trace httptrace.ClientTrace
}

// newTrip begins a trip, and its time.
func newTrip(c *Client, a *attempt, req *http.Request) *trip {
	t := &trip{}
	t.attempt = a
	t.transport = c.httpClient.Transport
	if t.transport == nil {
		t.transport = http.DefaultTransport
	}
	t.connection.protocol = c.protocol
	t.ctx, t.cancel = context.WithCancelCause(req.Context())
	t.streams = a.call.streams
	t.perRead = cmp.Or(c.attemptTimeout, never)
	t.remaining = time.Until(a.deadline)
	t.timer = time.AfterFunc(t.bound(), t.timeUp)
	return t
}

// tooLate returns the error of an attempt that may not begin any more, because
// the caller has left the loop of a bulk write.
func (a *attempt) tooLate() error {
	if err := a.beginning.Err(); err != nil {
		return a.failure(a.beginning, err)
	}
	return nil
}

// maxUnsent is how often an attempt gets connections that were gone before
// anything was written.
const maxUnsent = 16

// roundTrip makes the round trip of an attempt.
func (c *Client) roundTrip(t *trip, req *http.Request) (*http.Response, error) {
	a := t.attempt
	a.mayHaveLeft = true // if the transport panics
	if c.settled(t, req) {
		resp, err := t.direct(req)
		if err != nil {
			err = t.connection.explain(t.ctx, err)
			a.mayHaveLeft = t.mayHaveLeft(err)
		}
		return resp, err
	}

	for try := 1; ; try++ {
		// It ends with the context of the attempt, as the body needs it.
		ctx, giveUp := context.WithCancelCause(t.ctx)
		conn := &connection{protocol: c.protocol, giveUp: giveUp}
		traced := copyOf(req).WithContext(conn.trace(ctx))
		resp, err := withoutRedirects(c.httpClient, &t.redirectGuard).Do(conn.prepare(traced))
		if err == nil {
			return resp, nil
		}

		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err // outer quotes the URL, whose query may contain a key
		}
		err = conn.explain(ctx, err)
		giveUp(nil)
		a.mayHaveLeft = conn.mayHaveLeft(err)
		if !errors.Is(err, errNotSent) || try == maxUnsent {
			return nil, err
		}
	}
}

// copyOf returns req with its body from the beginning.
func copyOf(req *http.Request) *http.Request {
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		again.Body, _ = req.GetBody() // the body is in memory, so this cannot fail
	}
	return again
}

// settled reports whether a request is sent in the short way: the client spoke
// HTTP/1 last, through a transport of net/http, and nothing needs an http.Client.
func (c *Client) settled(t *trip, req *http.Request) bool {
	_, known := standardTransport(t.transport)
	hasBody := req.Body != nil && req.Body != http.NoBody
	return known && hasBody && c.protocol.major.Load() == 1 && c.httpClient.Jar == nil && c.httpClient.Timeout == 0
}

// direct sends a request without an http.Client, which would follow redirects,
// add cookies and name the URL in its errors.
func (t *trip) direct(req *http.Request) (*http.Response, error) {
	t.trace.GetConn = t.onGetConn
	t.trace.GotConn = t.onGotConn
	sent := req.WithContext(httptrace.WithClientTrace(t.ctx, &t.trace))
	if req.URL.Scheme == "https" { // the next connection may speak HTTP/2
		t.rewind = req.GetBody
		t.trace.WroteHeaders = t.onWroteHeaders
		sent.GetBody = t.rewindOnce
	}

	resp, err := t.RoundTrip(sent)
	if notTLS, ok := errors.AsType[tls.RecordHeaderError](err); ok && string(notTLS.RecordHeader[:]) == "HTTP/" {
		err = http.ErrSchemeMismatch
	}
	return resp, err
}

// checkProxy calls the function that chooses the proxy, as the transport will.
// If the function fails in the transport, its error looks like a failure of the
// connection.
func checkProxy(rt http.RoundTripper, req *http.Request) error {
	transport, ok := standardTransport(rt)
	if !ok || transport.Proxy == nil {
		return nil
	}
	_, err := transport.Proxy(req)
	return err
}

// standardTransport returns the transport of net/http that rt is, or of which it
// is a copy.
func standardTransport(rt http.RoundTripper) (*http.Transport, bool) {
	if _, isOwn := rt.(ownTransport); isOwn {
		rt = http.DefaultTransport
	}
	transport, ok := rt.(*http.Transport)
	return transport, ok
}

// timedBody is a response body that fails when its time is up.
type timedBody struct {
	io.ReadCloser
	ctx       context.Context
	cancel    context.CancelCauseFunc
	timer     *time.Timer   // of the attempt or, if the body streams, of each read
	streams   bool          // each read has a time; else the timer bounds all
	perRead   time.Duration // for the next bytes
	remaining time.Duration // for all further bytes
	lastRead  atomic.Bool   // the timer ends the call, not only the attempt
}

// bound returns how long the timer may run, and keeps which option says so.
func (b *timedBody) bound() time.Duration {
	b.lastRead.Store(b.remaining < b.perRead)
	return min(b.remaining, b.perRead)
}

// timeUp is called by the timer.
func (b *timedBody) timeUp() {
	if b.lastRead.Load() {
		b.cancel(timeoutError("WithTimeout"))
		return
	}
	b.cancel(timeoutError("WithAttemptTimeout"))
}

func (b *timedBody) Read(p []byte) (int, error) {
	if !b.streams {
		n, err := b.ReadCloser.Read(p)
		return n, b.explainRead(err)
	}

	start := time.Now()
	b.timer.Reset(b.bound())
	defer b.timer.Stop()

	n, err := b.ReadCloser.Read(p)
	b.remaining -= time.Since(start)
	return n, b.explainRead(err)
}

// explainRead is explainTime for an error of Read, which may be the end.
func (b *timedBody) explainRead(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return b.explainTime(err)
}

// explainTime returns the timeout that cancelled the context, if that is what
// caused err.
func (b *timedBody) explainTime(err error) error {
	cause := context.Cause(b.ctx)
	if _, timedOut := errors.AsType[timeoutError](cause); timedOut {
		return cause
	}
	return err
}

func (b *timedBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}

func (b *timedBody) release() {
	b.timer.Stop()
	b.cancel(nil)
}

// timeoutError reports that a time limit of this client has passed. It names
// the option that sets the limit.
type timeoutError string

func (e timeoutError) Error() string        { return "it took longer than " + string(e) + " allows" }
func (e timeoutError) Timeout() bool        { return true }
func (e timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }
