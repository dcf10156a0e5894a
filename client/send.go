package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// capped reads the whole answer, so that one cut off is a failure of the attempt, and refuses more than the limit. An
// answer that streams is left to its reader, who caps each element.
func (c *Client) capped(next doer) doer {
	return func(req *http.Request) (*http.Response, error) {
		resp, err := next(req)
		x := exchangeOf(req.Context())
		if err != nil || x.stream && resp.StatusCode < 300 {
			return resp, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, c.maxBytes))
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			return nil, x.fail(ErrTooLarge, "the answer is larger than WithMaxResponseBytes allows", nil)
		}
		if err != nil {
			x.body = body
			return nil, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	}
}

var errReset = errors.New("the server reset the HTTP/2 stream, or closed its connection")

// send makes one round trip within the time for an attempt, and learns whether anything can have left this machine.
//
// net/http repeats a request by itself. Over HTTP/1 it does so only if not one byte was written, since none of these has
// an Idempotency-Key. Over HTTP/2 it does so at once and without end where a server resets the stream with
// PROTOCOL_ERROR, as a server does that cannot send the answer to what it has done. It does not tell which reset it was,
// so what went out as frames goes out once: a request that gets a connection again after that is cancelled.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	x := exchangeOf(req.Context())
	if err := req.Context().Err(); err != nil { // nothing leaves this machine
		return nil, x.failure(req.Context(), err)
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{ctx: ctx, cancel: cancel, each: cmp.Or(c.attemptTimeout, never)}
	w.timer = time.AfterFunc(w.each, func() { cancel(timeoutError("WithAttemptTimeout")) })

	// Only a transport that reports how it gets a connection can prove that it got none.
	var asked, got, framed atomic.Bool
	resp, err := c.http.Do(req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) {
			if got.Store(true); framed.Load() {
				cancel(errReset)
			}
		},
		WroteHeaderField: func(name string, _ []string) { // HTTP/2 begins with :authority
			if strings.HasPrefix(name, ":") {
				framed.Store(true)
			}
		},
	})))
	dial, failed := errors.AsType[*net.OpError](err)
	x.left.Store(err == nil || got.Load() || !asked.Load() && !(failed && dial.Op == "dial"))
	if err != nil {
		err = w.explain(err)
		w.stop()
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err // the outer one quotes the URL, in whose query a key may stand
		}
		return nil, err
	}
	if x.stream {
		w.timer.Stop() // each Read has its own, which for the others comes later
	}
	w.ReadCloser, w.left, resp.Body = resp.Body, time.Until(x.until), w
	return resp, nil
}

// watch is a body that ends when its time is up.
type watch struct {
	io.ReadCloser
	ctx        context.Context
	cancel     context.CancelCauseFunc
	timer      *time.Timer
	each, left time.Duration // for the next bytes, for all
}

func (w *watch) Read(p []byte) (int, error) {
	start, bound, option := time.Now(), w.each, "WithAttemptTimeout"
	if w.left < bound {
		bound, option = w.left, "WithTimeout"
	}
	defer time.AfterFunc(bound, func() { w.cancel(timeoutError(option)) }).Stop()
	n, err := w.ReadCloser.Read(p)
	w.left -= time.Since(start)
	if err != nil && !errors.Is(err, io.EOF) {
		err = w.explain(err)
	}
	return n, err
}

// explain names the deadline or the reset behind a cancelled context.
func (w *watch) explain(err error) error {
	cause := context.Cause(w.ctx)
	if _, timeout := errors.AsType[timeoutError](cause); timeout || errors.Is(cause, errReset) {
		return cause
	}
	return err
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

func (w *watch) Close() error {
	defer w.stop()
	return w.ReadCloser.Close()
}
