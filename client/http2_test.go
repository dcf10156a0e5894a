package client_test

import (
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

	"github.com/kapture-community/kapture-go/client"
)

// The types, flags and codes of HTTP/2 (RFC 9113) that the tests need.
const (
	frameData, frameHeaders, frameReset, frameSettings, frameGoaway = 0, 1, 3, 4, 7

	endStream, endHeaders = 1, 4

	noError, protocolError, internalError, refusedStream, enhanceYourCalm = 0, 1, 2, 7, 11
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

// goaway says that no stream above last is processed.
func goaway(last, code uint32) []byte {
	payload := binary.BigEndian.AppendUint32(nil, last)
	return frame(frameGoaway, 0, 0, binary.BigEndian.AppendUint32(payload, code))
}

// success is a response with HTTP status 200.
func success(stream uint32, body string) []byte {
	const status200 = 0x88 // in the static table of RFC 7541
	head := frame(frameHeaders, endHeaders, stream, []byte{status200})
	return append(head, frame(frameData, endStream, stream, []byte(body))...)
}

// streamRequest is a request that has arrived whole.
type streamRequest struct {
	number int    // of all requests, from 1
	stream uint32 // its number
	body   string
}

// framed returns a client for a server that speaks HTTP/2 by hand: it reads each
// request to its end and sends the frames that respond returns.
func framed(
	t *testing.T, respond func(streamRequest) []byte, opts ...client.Option,
) (c *client.Client, sent *atomic.Int32) {
	t.Helper()
	sent = new(atomic.Int32)
	url := serveStreams(t, sent, respond)

	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	opts = append([]client.Option{quick, client.WithHTTPClient(&http.Client{Transport: transport})}, opts...)
	return dial(t, url, opts...), sent
}

// serveStreams starts the server of framed, and returns its URL.
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

// net/http repeats on its own what an HTTP/2 server resets, some of it without
// end. A write is sent again only if the server says that it did not process
// it; then, it is never unknown.
func TestStreamsThatEndEarly(t *testing.T) {
	each := func(code uint32) func(streamRequest) []byte {
		return func(r streamRequest) []byte { return reset(r.stream, code) }
	}
	for name, test := range map[string]struct {
		respond     func(streamRequest) []byte
		unprocessed bool
	}{
		"PROTOCOL_ERROR":    {respond: each(protocolError)},
		"INTERNAL_ERROR":    {respond: each(internalError)},
		"ENHANCE_YOUR_CALM": {respond: each(enhanceYourCalm)},
		"REFUSED_STREAM":    {respond: each(refusedStream), unprocessed: true},
		"GOAWAY":            {respond: func(streamRequest) []byte { return goaway(0, noError) }, unprocessed: true},
		"GOAWAY, an error": {
			respond:     func(streamRequest) []byte { return goaway(0, enhanceYourCalm) },
			unprocessed: true,
		},
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
			c, sent := framed(t, test.respond)
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

		c, sent := framed(t, test.respond)
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
		failed := errors.Is(err, client.ErrTransport) && ids == "!" && errors.Is(errs[0], client.ErrTransport)
		if !failed || sent.Load() != 8 {
			t.Errorf("%s, reads: sent %d times: %v, %v", name, sent.Load(), err, errs)
		}
	}
}

// net/http has no values for what a server says of a stream, only texts, which
// chain_connection.go has too. A version of Go that changes one makes writes
// unknown that were not processed; this says which it is.
func TestTextsOfNetHTTP(t *testing.T) {
	for name, test := range map[string]struct {
		frames func(streamRequest) []byte
		text   string
	}{
		"REFUSED_STREAM": {
			frames: func(r streamRequest) []byte { return reset(r.stream, refusedStream) },
			text:   "http2: Transport: cannot retry err [stream error: stream ID 1; REFUSED_STREAM",
		},
		"GOAWAY": {
			frames: func(streamRequest) []byte { return goaway(0, noError) },
			text:   "http2: Transport: cannot retry err [http2: Transport received Server's graceful shutdown GOAWAY",
		},
		"GOAWAY, an error": {
			frames: func(streamRequest) []byte { return goaway(0, enhanceYourCalm) },
			text:   "http2: Transport received GOAWAY from server ErrCode:",
		},
	} {
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetUnencryptedHTTP2(true)
		url := serveStreams(t, new(atomic.Int32), test.frames)
		body := io.NopCloser(strings.NewReader("{}")) // that can be read once
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
		if err != nil {
			t.Fatal(err)
		}

		_, err = transport.RoundTrip(req)
		if err == nil || !strings.HasPrefix(err.Error(), test.text) {
			t.Errorf("%s: net/http of %s says %v\nchain_connection.go knows %s", name, runtime.Version(), err,
				test.text)
		}
		transport.CloseIdleConnections()
	}
}

// A write that was not processed at first is done, once.
func TestStreamsThatWereNotProcessed(t *testing.T) {
	for name, refuse := range map[string]func(streamRequest) []byte{
		"REFUSED_STREAM":   func(r streamRequest) []byte { return reset(r.stream, refusedStream) },
		"GOAWAY":           func(r streamRequest) []byte { return goaway(r.stream-2, noError) },
		"GOAWAY, an error": func(r streamRequest) []byte { return goaway(r.stream-2, internalError) },
	} {
		for what, body := range map[string]any{"a body": map[string]int{"a": 1}, "no body": nil} {
			c, sent := framed(t, func(r streamRequest) []byte {
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

// Without TLS, net/http does not say in time that it speaks HTTP/2, nor why it
// would send a request without a body again. How a transport of net/http is set
// up says so; behind another type, the first request of a client is sent once.
func TestAFirstStreamWithoutBody(t *testing.T) {
	hidden := func(c *http.Client) { c.Transport = struct{ http.RoundTripper }{c.Transport} }
	plain := func(*http.Client) {}
	for name, test := range map[string]struct {
		frames  func(streamRequest) []byte
		setUp   func(*http.Client)
		sent    int32
		unknown bool
	}{
		"PROTOCOL_ERROR": {
			frames: func(r streamRequest) []byte { return reset(r.stream, protocolError) },
			setUp:  plain, sent: 1, unknown: true,
		},
		"PROTOCOL_ERROR, another type": {
			frames: func(r streamRequest) []byte { return reset(r.stream, protocolError) },
			setUp:  hidden, sent: 1, unknown: true,
		},
		"REFUSED_STREAM": {
			frames: func(r streamRequest) []byte { return reset(r.stream, refusedStream) },
			setUp:  plain, sent: 4,
		},
		"GOAWAY": {
			frames: func(streamRequest) []byte { return goaway(0, noError) },
			setUp:  plain, sent: 4,
		},
		"GOAWAY, another type": {
			frames: func(streamRequest) []byte { return goaway(0, noError) },
			setUp:  hidden, sent: 1, unknown: true,
		},
	} {
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetUnencryptedHTTP2(true)
		hc := &http.Client{Transport: transport}
		test.setUp(hc)
		c, sent := framed(t, test.frames, client.WithHTTPClient(hc))
		_, err := c.Raw(t.Context(), "/x", nil)
		unknown := errors.Is(err, client.ErrOutcomeUnknown)
		if !errors.Is(err, client.ErrTransport) || unknown != test.unknown || sent.Load() != test.sent {
			t.Errorf("%s: sent %d times: %v", name, sent.Load(), err)
		}
		transport.CloseIdleConnections()
	}
}

// With TLS it says so in time.
func TestAFirstStreamWithoutBodyOverTLS(t *testing.T) {
	for name, test := range map[string]struct {
		frames      func(streamRequest) []byte
		unprocessed bool
	}{
		"PROTOCOL_ERROR": {frames: func(r streamRequest) []byte { return reset(r.stream, protocolError) }},
		"REFUSED_STREAM": {
			frames:      func(r streamRequest) []byte { return reset(r.stream, refusedStream) },
			unprocessed: true,
		},
		"GOAWAY": {frames: func(streamRequest) []byte { return goaway(0, noError) }, unprocessed: true},
	} {
		// httptest has the certificate, and net/http the handshake.
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

// A server that begins to speak HTTP/2 after a response over HTTP/1 gets a write
// once, as one that has always spoken it.
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
				serveFrames(conn, sent, func(r streamRequest) []byte { return reset(r.stream, code) })
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

// A server that closes every connection after some requests, as many do, makes
// no write of a bulk unknown, and does each once.
func TestBulkWriteOverManyConnections(t *testing.T) {
	var mu sync.Mutex
	done := map[string]int{}
	c, sent := framed(t, func(r streamRequest) []byte {
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
