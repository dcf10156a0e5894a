package mock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a running mock.
type Server struct {
	*Kapture
	// URL is where it listens, without a slash at the end.
	URL string

	http  *http.Server
	ended chan struct{}
	once  sync.Once
	err   error
}

// Start serves a new mock on a free port of 127.0.0.1, or where [WithAddress]
// says. Close it when it is no longer needed.
func Start(options ...Option) (*Server, error) {
	k, err := build(options)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", k.address)
	if err != nil {
		return nil, fmt.Errorf("mock: cannot listen: %w", err)
	}
	s := &Server{
		Kapture: k, URL: "http://" + listener.Addr().String(),
		// Generous, so that a client's slowness is its own; there to keep a
		// forgotten connection from staying for ever.
		http:  &http.Server{Handler: k, ReadHeaderTimeout: time.Minute, IdleTimeout: 2 * time.Minute},
		ended: make(chan struct{}),
	}
	if k.faults.refusing() {
		close(s.ended)
		return s, listener.Close()
	}
	go func() {
		defer close(s.ended)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("mock: serving: %w", err)
		}
	}()
	return s, nil
}

// Close ends the server and every request that it is still answering.
func (s *Server) Close() error {
	s.once.Do(func() {
		err := s.http.Close()
		<-s.ended
		s.err = errors.Join(s.err, err)
	})
	return s.err
}

// Wait returns when the server has ended.
func (s *Server) Wait() error {
	<-s.ended
	return s.err
}

// TB is what [Run] needs of a test; *testing.T, *testing.B and *testing.F have
// it.
type TB interface {
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Run starts a mock for a test and closes it when the test ends.
func Run(t TB, options ...Option) *Server {
	s, err := Start(options...)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
