package client_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// The frame types of HTTP/2 (RFC 9113) that the tests need.
const (
	frameData     = 0
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	frameGoaway   = 7
)

// Flags of frames.
const (
	endStream  = 1
	endHeaders = 4
)

// Error codes.
const (
	noError         = 0
	protocolError   = 1
	internalError   = 2
	refusedStream   = 7
	enhanceYourCalm = 11
)

// frame is a frame of HTTP/2.
func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	head := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	head = binary.BigEndian.AppendUint32(head, stream)
	return append(head, payload...)
}

// reset ends a stream.
func reset(stream, code uint32) []byte {
	return frame(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

// resetting responds to every request with a reset of its stream.
func resetting(code uint32) func(streamRequest) []byte {
	return func(r streamRequest) []byte { return reset(r.stream, code) }
}

// goaway says that no stream above last is processed.
func goaway(last, code uint32) []byte {
	payload := binary.BigEndian.AppendUint32(nil, last)
	return frame(frameGoaway, 0, 0, binary.BigEndian.AppendUint32(payload, code))
}

// goingAway responds to every request with a goaway that processes no stream.
func goingAway(code uint32) func(streamRequest) []byte {
	return func(streamRequest) []byte { return goaway(0, code) }
}

// success is a response with HTTP status 200.
func success(stream uint32, body string) []byte {
	const status200 = 0x88 // in the static table of RFC 7541
	head := frame(frameHeaders, endHeaders, stream, []byte{status200})
	return append(head, frame(frameData, endStream, stream, []byte(body))...)
}

// streamRequest is a request that has arrived as a whole.
type streamRequest struct {
	number int    // of all requests, from 1
	stream uint32 // its number
	body   string
}

// unencryptedHTTP2 returns a transport that speaks HTTP/2 without TLS.
func unencryptedHTTP2(t *testing.T) *http.Transport {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// dialHTTP2 returns a client for a server that speaks HTTP/2 without net/http: it
// reads each request to its end and sends the frames that respond returns. It
// counts the requests that the server received.
func dialHTTP2(
	t *testing.T, respond func(streamRequest) []byte, opts ...client.Option,
) (c *client.Client, sent *atomic.Int32) {
	t.Helper()
	sent = new(atomic.Int32)
	url := serveStreams(t, sent, respond)
	hc := &http.Client{Transport: unencryptedHTTP2(t)}
	opts = append([]client.Option{quick, client.WithHTTPClient(hc)}, opts...)
	return dial(t, url, opts...), sent
}

// serveStreams starts the server of dialHTTP2, and returns its URL.
func serveStreams(t *testing.T, sent *atomic.Int32, respond func(streamRequest) []byte) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })

	go func() {
		for conn, err := ln.Accept(); err == nil; conn, err = ln.Accept() {
			go serveFrames(conn, sent, respond)
		}
	}()
	return "http://" + ln.Addr().String()
}

// serveFrames serves one connection.
func serveFrames(conn net.Conn, sent *atomic.Int32, respond func(streamRequest) []byte) {
	defer conn.Close()
	_, _ = io.CopyN(io.Discard, conn, int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")))
	_, _ = conn.Write(frame(frameSettings, 0, 0, nil))

	bodies := map[uint32]string{}
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(conn, payload); err != nil {
			return
		}

		kind := head[3]
		stream := binary.BigEndian.Uint32(head[5:])
		if kind == frameData {
			bodies[stream] += string(payload)
		}
		if kind <= frameHeaders && head[4]&endStream != 0 {
			frames := respond(streamRequest{int(sent.Add(1)), stream, bodies[stream]})
			_, _ = conn.Write(frames)
		}
	}
}

// On its own, net/http repeats requests whose stream an HTTP/2 server resets, in
// some cases without end. The client sends a write again only if the server says
// that it did not process it, and then the outcome is never unknown.
func TestStreamsThatEndEarly(t *testing.T) {
	for name, test := range map[string]struct {
		respond     func(streamRequest) []byte
		unprocessed bool
	}{
		"PROTOCOL_ERROR":    {respond: resetting(protocolError)},
		"INTERNAL_ERROR":    {respond: resetting(internalError)},
		"ENHANCE_YOUR_CALM": {respond: resetting(enhanceYourCalm)},
		"REFUSED_STREAM":    {respond: resetting(refusedStream), unprocessed: true},
		"GOAWAY":            {respond: goingAway(noError), unprocessed: true},
		"GOAWAY, an error":  {respond: goingAway(enhanceYourCalm), unprocessed: true},
	} {
		for what, write := range map[string]func(*client.Client) error{
			"write": func(c *client.Client) error {
				_, err := c.Customers.Add(t.Context(), somebody())
				return err
			},
			"raw": func(c *client.Client) error {
				_, err := c.Raw(t.Context(), "/x", []byte("{}"))
				return err
			},
		} {
			c, sent := dialHTTP2(t, test.respond)
			wanted := int32(1)
			if test.unprocessed {
				wanted = 4
			}
			err := write(c)
			unknown := errors.Is(err, client.ErrOutcomeUnknown)
			if !errors.Is(err, client.ErrTransport) || unknown == test.unprocessed || sent.Load() != wanted {
				t.Errorf("%s, %s: sent %d times: %v", name, what, sent.Load(), err)
			}
		}

		c, sent := dialHTTP2(t, test.respond)
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		ids, errs := pullOneDay(t, c)
		failed := errors.Is(err, client.ErrTransport) && ids == "!" && errors.Is(errs[0], client.ErrTransport)
		if !failed || sent.Load() != 8 {
			t.Errorf("%s, reads: sent %d times: %v, %v", name, sent.Load(), err, errs)
		}
	}
}

// net/http has no error values for what a server says about a stream, only texts,
// which chain_connection.go compares. If a version of Go changes one, the outcome
// of writes that were not processed becomes unknown; this test says which text it
// is.
func TestTextsOfNetHTTP(t *testing.T) {
	for name, test := range map[string]struct {
		frames func(streamRequest) []byte
		text   string
	}{
		"REFUSED_STREAM": {
			frames: resetting(refusedStream),
			text:   "http2: Transport: cannot retry err [stream error: stream ID 1; REFUSED_STREAM",
		},
		"GOAWAY": {
			frames: goingAway(noError),
			text:   "http2: Transport: cannot retry err [http2: Transport received Server's graceful shutdown GOAWAY",
		},
		"GOAWAY, an error": {
			frames: goingAway(enhanceYourCalm),
			text:   "http2: Transport received GOAWAY from server ErrCode:",
		},
	} {
		url := serveStreams(t, new(atomic.Int32), test.frames)
		body := io.NopCloser(strings.NewReader("{}")) // which can be read only once
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
		if err != nil {
			t.Fatal(err)
		}

		_, err = unencryptedHTTP2(t).RoundTrip(req)
		if err == nil || !strings.HasPrefix(err.Error(), test.text) {
			t.Errorf("%s: net/http of %s says %v\nchain_connection.go knows %s", name, runtime.Version(), err,
				test.text)
		}
	}
}

// A write that was not processed at first is done, once.
func TestStreamsThatWereNotProcessed(t *testing.T) {
	for name, refuse := range map[string]func(streamRequest) []byte{
		"REFUSED_STREAM":   resetting(refusedStream),
		"GOAWAY":           func(r streamRequest) []byte { return goaway(r.stream-2, noError) },
		"GOAWAY, an error": func(r streamRequest) []byte { return goaway(r.stream-2, internalError) },
	} {
		for what, body := range map[string]any{"a body": map[string]int{"a": 1}, "no body": nil} {
			c, sent := dialHTTP2(t, func(r streamRequest) []byte {
				if r.number == 2 { // after one that showed that the server speaks HTTP/2
					return refuse(r)
				}
				return success(r.stream, `{}`)
			})
			for range 2 {
				if _, err := c.Raw(t.Context(), "/x", body); err != nil {
					t.Errorf("%s, %s: %v", name, what, err)
				}
			}
			if sent.Load() != 3 {
				t.Errorf("%s, %s: %d requests", name, what, sent.Load())
			}
		}
	}
}

// A request that was not processed is repeated without a wait: it usually needs
// only another connection.
func TestUnprocessedRequestsAreRepeatedAtOnce(t *testing.T) {
	c, sent := dialHTTP2(t, func(r streamRequest) []byte {
		if r.number == 1 {
			return reset(r.stream, refusedStream)
		}
		return success(r.stream, `{}`)
	}, client.WithRetry(client.RetryPolicy{Attempts: 2, Base: time.Hour, Max: time.Hour}))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := c.Raw(ctx, "/x", map[string]int{"a": 1})
	if err != nil || sent.Load() != 2 {
		t.Errorf("sent %d times: %v", sent.Load(), err)
	}
}

// Without TLS, net/http does not say in time that it speaks HTTP/2, nor why it
// would send a request without a body again. The settings of a transport of
// net/http say so; if another type hides them, the first request of a client is
// sent only once.
func TestAFirstStreamWithoutBody(t *testing.T) {
	for name, test := range map[string]struct {
		frames  func(streamRequest) []byte
		hidden  bool // the transport is inside another type
		sent    int32
		unknown bool
	}{
		"PROTOCOL_ERROR":         {frames: resetting(protocolError), sent: 1, unknown: true},
		"PROTOCOL_ERROR, hidden": {frames: resetting(protocolError), hidden: true, sent: 1, unknown: true},
		"REFUSED_STREAM":         {frames: resetting(refusedStream), sent: 4},
		"GOAWAY":                 {frames: goingAway(noError), sent: 4},
		"GOAWAY, hidden":         {frames: goingAway(noError), hidden: true, sent: 1, unknown: true},
	} {
		hc := &http.Client{Transport: unencryptedHTTP2(t)}
		if test.hidden {
			hc.Transport = struct{ http.RoundTripper }{hc.Transport}
		}
		c, sent := dialHTTP2(t, test.frames, client.WithHTTPClient(hc))
		_, err := c.Raw(t.Context(), "/x", nil)
		unknown := errors.Is(err, client.ErrOutcomeUnknown)
		if !errors.Is(err, client.ErrTransport) || unknown != test.unknown || sent.Load() != test.sent {
			t.Errorf("%s: sent %d times: %v", name, sent.Load(), err)
		}
	}
}

// With TLS, net/http says in time that it speaks HTTP/2.
func TestAFirstStreamWithoutBodyOverTLS(t *testing.T) {
	for name, test := range map[string]struct {
		frames      func(streamRequest) []byte
		unprocessed bool
	}{
		"PROTOCOL_ERROR": {frames: resetting(protocolError)},
		"REFUSED_STREAM": {frames: resetting(refusedStream), unprocessed: true},
		"GOAWAY":         {frames: goingAway(noError), unprocessed: true},
	} {
		// httptest provides the certificate, and net/http the handshake.
		sent := new(atomic.Int32)
		srv := httptest.NewUnstartedServer(nil)
		srv.EnableHTTP2 = true
		srv.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
			"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) { serveFrames(conn, sent, test.frames) },
		}
		srv.StartTLS()

		c := dial(t, srv.URL, quick, client.WithHTTPClient(srv.Client()))
		_, err := c.Raw(t.Context(), "/x", nil)
		unknown := errors.Is(err, client.ErrOutcomeUnknown)
		resent := sent.Load() == 4
		if !errors.Is(err, client.ErrTransport) || unknown == test.unprocessed || resent != test.unprocessed {
			t.Errorf("%s: sent %d times: %v", name, sent.Load(), err)
		}
		srv.CloseClientConnections()
		srv.Close()
	}
}

// A server that begins to speak HTTP/2 after a response over HTTP/1 receives a
// write once, as any other server does.
func TestAServerThatChangesToHTTP2(t *testing.T) {
	for name, code := range map[string]uint32{"PROTOCOL_ERROR": protocolError, "REFUSED_STREAM": refusedStream} {
		sent := new(atomic.Int32)
		connections := new(atomic.Int32)
		first := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "close")
			_, _ = io.WriteString(w, `{}`)
		}
		srv := httptest.NewUnstartedServer(http.HandlerFunc(first))
		srv.EnableHTTP2 = true
		srv.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
			"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
				serveFrames(conn, sent, resetting(code))
			},
		}
		srv.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			own := srv.TLS.Clone()
			if connections.Add(1) == 1 {
				own.NextProtos = []string{"http/1.1"}
			}
			return own, nil
		}}
		srv.StartTLS()

		c := dial(t, srv.URL, quick, client.WithHTTPClient(srv.Client()))
		if _, err := c.Raw(t.Context(), "/x", map[string]int{"a": 1}); err != nil || sent.Load() != 0 {
			t.Errorf("%s: over HTTP/1: %v", name, err)
		}
		_, err := c.Raw(t.Context(), "/x", map[string]int{"a": 1})
		if !errors.Is(err, client.ErrTransport) || !errors.Is(err, client.ErrOutcomeUnknown) || sent.Load() != 1 {
			t.Errorf("%s: sent %d times: %v", name, sent.Load(), err)
		}
		srv.CloseClientConnections()
		srv.Close()
	}
}

// If a server closes every connection after some requests, as many do, every
// write of a bulk is done once, and no outcome is unknown.
func TestBulkWriteOverManyConnections(t *testing.T) {
	var mu sync.Mutex
	done := map[string]int{}
	c, sent := dialHTTP2(t, func(r streamRequest) []byte {
		const last = 19 // the tenth stream of a connection
		if r.stream > last {
			return nil // GOAWAY says so
		}
		mu.Lock()
		defer mu.Unlock()
		done[r.body]++
		frames := success(r.stream, added)
		if r.stream == last {
			frames = append(goaway(last, noError), frames...)
		}
		return frames
	}, client.WithRetry(client.RetryPolicy{Attempts: 20, Base: 1, Max: 1}))

	const inputs = 200
	for r := range c.Customers.AddAll(t.Context(), people(inputs, new(atomic.Int32)), client.Parallel(16)) {
		if r.Err != nil {
			t.Errorf("%d: %v", r.Index, r.Err)
		}
	}
	for body, times := range done {
		if times != 1 {
			t.Errorf("done %d times: %s", times, body)
		}
	}
	if len(done) != inputs {
		t.Errorf("%d of %d done, %d requests", len(done), inputs, sent.Load())
	}
}
