// Package frames serves HTTP/2 with faults that a server of net/http cannot
// make: it has no way to refuse a stream, to send GOAWAY below one, or to choose
// the code of a reset.
//
// A relay is put in front of such a server, which does all the rest. A handler
// says to the relay how its stream ends, and panics with
// [http.ErrAbortHandler]; the relay replaces the RST_STREAM that follows. So the
// end comes after all that the handler wrote.
package frames

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
)

// A Server is what the relays pass frames to.
type Server struct {
	inner   *httptest.Server
	running context.Context
	end     context.CancelFunc

	mu     sync.Mutex
	relays []*Relay
}

// Start starts outer, which must not be started yet, with TLS and HTTP/2. Its
// handler serves what the relays pass on.
func Start(ctx context.Context, outer *httptest.Server) *Server {
	s := &Server{inner: httptest.NewUnstartedServer(outer.Config.Handler)}
	s.running, s.end = context.WithCancel(ctx)
	s.inner.Config.ErrorLog = outer.Config.ErrorLog
	s.inner.Config.Protocols = new(http.Protocols)
	s.inner.Config.Protocols.SetUnencryptedHTTP2(true)
	s.inner.Start()

	outer.EnableHTTP2 = true
	outer.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){"h2": s.relay}
	outer.StartTLS()
	return s
}

// Close ends the server that the relays pass frames to. The outer one is closed
// first.
func (s *Server) Close() {
	s.end()
	s.inner.CloseClientConnections()
	s.inner.Close()
}

// relay serves one connection.
func (s *Server) relay(_ *http.Server, conn *tls.Conn, _ http.Handler) {
	dialer := &net.Dialer{}
	server, err := dialer.DialContext(s.running, "tcp", s.inner.Listener.Addr().String())
	if err != nil {
		return
	}

	s.mu.Lock()
	r := newRelay(len(s.relays), conn, server)
	s.relays = append(s.relays, r)
	s.mu.Unlock()
	r.run()
}

// Of returns the relay and the stream that a request came through; nil where
// there is none.
func (s *Server) Of(req *http.Request) (r *Relay, stream uint32) {
	number := 0
	if _, err := fmt.Sscanf(req.Header.Get(streamHeader), "%d.%d", &number, &stream); err != nil {
		return nil, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if number < 0 || number >= len(s.relays) {
		return nil, 0
	}
	return s.relays[number], stream
}

// CloseAfterGoaway closes the connections that had a GOAWAY, as a server does
// when their streams are done. The client of net/http leaves that to the server
// where the GOAWAY came after its last stream.
func (s *Server) CloseAfterGoaway() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.relays {
		r.closeAfterGoaway()
	}
}
