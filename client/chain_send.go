package client

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
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

	ctx, cancel := context.WithCancelCause(req.Context())
	body := &timedBody{
		ctx:     ctx,
		cancel:  cancel,
		streams: a.call.streams,
		perRead: cmp.Or(c.attemptTimeout, never),
	}
	body.timer = time.AfterFunc(body.perRead, func() { cancel(timeoutError("WithAttemptTimeout")) })

	arrived := false
	defer func() {
		if !arrived {
			body.release()
		}
	}()
	resp, err := c.roundTrip(a, req.WithContext(ctx))
	if err != nil {
		return nil, body.explain(err)
	}
	arrived = true

	if a.call.streams {
		body.timer.Stop() // each read has its own time; other calls read at once
	}
	body.ReadCloser = resp.Body
	body.remaining = time.Until(a.deadline)
	resp.Body = body
	return resp, nil
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
func (c *Client) roundTrip(a *attempt, req *http.Request) (*http.Response, error) {
	a.mayHaveLeft = true // if the transport panics
	for try := 1; ; try++ {
		// It ends with the context of the attempt, as the body needs it.
		ctx, giveUp := context.WithCancelCause(req.Context())
		conn := &connection{protocol: c.protocol, giveUp: giveUp}
		traced := copyOf(req).WithContext(conn.trace(ctx))
		resp, err := withoutRedirects(c.httpClient, a).Do(conn.prepare(traced))
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

// checkProxy calls the function that chooses the proxy, as the transport will.
// If the function fails in the transport, nothing tells that from a failure of
// the connection.
func checkProxy(rt http.RoundTripper, req *http.Request) error {
	if _, isOwn := rt.(ownTransport); isOwn {
		rt = http.DefaultTransport // of which it is a copy
	}
	transport, ok := rt.(*http.Transport)
	if !ok || transport.Proxy == nil {
		return nil
	}
	_, err := transport.Proxy(req)
	return err
}

// timedBody is a response body that fails when its time is up.
type timedBody struct {
	io.ReadCloser
	ctx       context.Context
	cancel    context.CancelCauseFunc
	timer     *time.Timer   // of the attempt
	streams   bool          // each read has a time; else the timers of the attempt and of the call bound all
	perRead   time.Duration // for the next bytes
	remaining time.Duration // for all further bytes
}

func (b *timedBody) Read(p []byte) (int, error) {
	if !b.streams {
		n, err := b.ReadCloser.Read(p)
		return n, b.explainRead(err)
	}

	bound, option := b.perRead, "WithAttemptTimeout"
	if b.remaining < bound {
		bound, option = b.remaining, "WithTimeout"
	}
	start := time.Now()
	timer := time.AfterFunc(bound, func() { b.cancel(timeoutError(option)) })
	defer timer.Stop()

	n, err := b.ReadCloser.Read(p)
	b.remaining -= time.Since(start)
	return n, b.explainRead(err)
}

// explainRead is explain for an error of Read, which may be the end.
func (b *timedBody) explainRead(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return b.explain(err)
}

// explain returns the timeout that cancelled the context, if that is what
// caused err.
func (b *timedBody) explain(err error) error {
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
