package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
)

// errReset ends an attempt whose request may have been processed and that
// net/http would send again.
var errReset = errors.New("the server reset the HTTP/2 stream, or closed its connection")

// errNotProcessed ends an attempt whose request the server has not processed,
// as only HTTP/2 can say: with REFUSED_STREAM, or with a GOAWAY that names an
// earlier stream as the last (RFC 9113, sections 6.8 and 8.7).
var errNotProcessed = errors.New("the server did not process the request (HTTP/2: refused, or going away)")

// errNotSent ends an attempt whose connection was gone before anything was
// written.
var errNotSent = errors.New("the HTTP/2 connection was gone before the request was sent")

// connection records how net/http gets a connection for one attempt, and keeps
// it from sending the request more than once.
//
// net/http repeats a request on its own. Over HTTP/1 it does so only if not one
// byte was written, since no request here has an Idempotency-Key header. Over
// HTTP/2 it does so if the server has not processed the request, which is
// right, and also if the server resets the stream with PROTOCOL_ERROR. Servers
// do that too if they have processed the request and cannot send the response:
// the repetition would do a write twice.
//
// net/http does not say why it sends a request again, but it does say why it
// cannot: if it can read the body only once, it returns what happened. So
// over HTTP/2 each request has such a body, and the retry link decides. A
// request that was written as HTTP/2 frames, and gets a connection again all
// the same, is cancelled.
type connection struct {
	protocol *protocol
	asked    atomic.Bool // net/http asked for a connection
	got      atomic.Bool // it got one
	framed   atomic.Bool // it began to write HTTP/2 frames
	blind    bool        // the request has no body, and the protocol is unknown
	giveUp   context.CancelCauseFunc

	// Where the last connection spoke HTTP/1, and net/http makes them all, the
	// headers need not be looked at, and nothing is cancelled: a connection for
	// HTTP/2 is one with TLS, and rewindOnce keeps the request from going twice.
	isHTTP2 atomic.Bool
	rewind  func() (io.ReadCloser, error) // the body from its beginning
}

// protocol is the version of HTTP that a client spoke last; the zero value if
// it is unknown.
type protocol struct{ major atomic.Int32 }

// prepare returns the request with a body that net/http can read only once,
// unless the last connection spoke HTTP/1. There, the body that can be read
// again is needed for a kept connection that the server closed in the meantime:
// net/http knows, and does not say, that nothing was written. The first
// connection of a client is not a kept one.
func (c *connection) prepare(req *http.Request) *http.Request {
	major := c.protocol.major.Load()
	if major == 1 {
		return req
	}
	req.GetBody = nil

	// net/http sends a request without a body again in any case. An empty body
	// is the same over HTTP/2, but would be sent in chunks over HTTP/1.
	bodyless := req.Body == nil || req.Body == http.NoBody
	c.blind = bodyless && major == 0
	if bodyless && major == 2 {
		req.Body = io.NopCloser(strings.NewReader(""))
	}
	return req
}

func (c *connection) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.asked.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) {
			c.got.Store(true)
			switch {
			case c.framed.Load():
				c.giveUp(errReset)
			case c.blind && negotiatedHTTP2(info.Conn):
				c.protocol.major.Store(2)
				c.giveUp(errNotSent) // and again, with an empty body
			}
		},
		WroteHeaderField: func(name string, _ []string) {
			if c.framed.Load() {
				return
			}
			if strings.HasPrefix(name, ":") { // HTTP/2 begins with :authority
				c.framed.Store(true)
				c.protocol.major.Store(2)
				return
			}
			c.protocol.major.Store(1)
		},
	})
}

func (c *connection) onGetConn(string) { c.asked.Store(true) }

func (c *connection) onGotConn(info httptrace.GotConnInfo) {
	c.got.Store(true)
	if negotiatedHTTP2(info.Conn) {
		c.isHTTP2.Store(true)
		c.protocol.major.Store(2)
	}
}

// onWroteHeaders is called when the headers are written, or could not be.
func (c *connection) onWroteHeaders() { c.framed.Store(c.isHTTP2.Load()) }

// rewindOnce returns the body from its beginning for a request that net/http
// sends again, unless it was written as HTTP/2 frames.
func (c *connection) rewindOnce() (io.ReadCloser, error) {
	if c.framed.Load() {
		return nil, errReset
	}
	return c.rewind()
}

// unencryptedHTTP2 reports whether a transport is set up so that it speaks only
// HTTP/2 with a server without TLS. It then does so without asking the server.
func unencryptedHTTP2(rt http.RoundTripper, base *url.URL) bool {
	transport, ok := rt.(*http.Transport)
	if !ok || transport.Protocols == nil || base.Scheme != "http" {
		return false
	}
	return transport.Protocols.UnencryptedHTTP2() && !transport.Protocols.HTTP1()
}

// negotiatedHTTP2 reports whether a connection was opened for HTTP/2. A
// connection without TLS, which a transport of another type may open, does not
// show that: there, the first request of a client is sent once if it has no body.
func negotiatedHTTP2(conn net.Conn) bool {
	secure, ok := conn.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}

// The texts of net/http, which has no values for these errors. If it should
// change them, a write is reported as unknown, and a test fails.
const (
	cannotRetry  = "http2: Transport: cannot retry err ["
	refused      = "; REFUSED_STREAM"
	goneAway     = "http2: Transport received Server's graceful shutdown GOAWAY"
	goneAwayCode = "http2: Transport received GOAWAY from server ErrCode:" // of the first stream of a connection
	unusable     = "http2: client conn not usable"
	notReady     = "http2: client conn could not be established"

	// Without a body that can be read again, net/http gives up where it would
	// take another connection. For a POST that is only before anything was
	// written.
	cannotRewind = "net/http: cannot rewind body after connection loss"
)

// explain returns errNotSent or errNotProcessed for an error that says so, and
// errReset if net/http would have sent the request again for another reason.
// ctx is the one that giveUp ends.
func (c *connection) explain(ctx context.Context, err error) error {
	gaveUp := context.Cause(ctx)
	if errors.Is(gaveUp, errReset) || errors.Is(gaveUp, errNotSent) && !c.framed.Load() {
		return gaveUp
	}

	text := err.Error()
	cause, wouldRetry := strings.CutPrefix(text, cannotRetry)
	switch {
	case text == cannotRewind:
		return errNotSent
	case text == unusable, text == notReady, strings.HasPrefix(text, goneAwayCode):
		return errNotProcessed
	case wouldRetry && strings.HasPrefix(cause, goneAway):
		return errNotProcessed
	case wouldRetry && strings.Contains(cause, refused):
		return errNotProcessed
	case wouldRetry:
		return errReset
	}
	return err
}

// mayHaveLeft reports whether a request that failed with err can have left this
// machine and been processed. Only a transport that reports how it gets a
// connection can prove that it got none.
func (c *connection) mayHaveLeft(err error) bool {
	switch {
	case errors.Is(err, errNotProcessed), errors.Is(err, errNotSent):
		return false
	case c.got.Load():
		return true
	case c.asked.Load():
		return false
	}
	dial, failed := errors.AsType[*net.OpError](err)
	return !failed || dial.Op != "dial"
}

// refusedByProxy reports whether a proxy refused to connect, for a reason that
// does not go away: a proxy that is asked repeatedly with a wrong password may
// lock the account. net/http returns only the words of the proxy's response.
func refusedByProxy(err error) bool {
	return strings.EqualFold(err.Error(), http.StatusText(http.StatusProxyAuthRequired)) ||
		strings.EqualFold(err.Error(), http.StatusText(http.StatusForbidden))
}
