package mock

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	port  io.Closer // what keeps the port where connections are refused; else nil
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
	if k.faults.refusing() {
		port, err := keepPort(context.Background(), k.address)
		if err != nil {
			return nil, fmt.Errorf("mock: cannot keep a port: %w", err)
		}
		s := &Server{Kapture: k, URL: "http://" + port.LocalAddr().String(), http: &http.Server{ReadHeaderTimeout: time.Minute}, port: port, ended: make(chan struct{})}
		close(s.ended)
		return s, nil
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
	go func() {
		defer close(s.ended)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("mock: serving: %w", err)
		}
	}()
	return s, nil
}

// kept is a port on which nobody listens and which nobody else is given: it is
// the near end of a connection.
type kept struct {
	net.Conn
	far net.Listener
}

func (k kept) Close() error { return errors.Join(k.Conn.Close(), k.far.Close()) }

func keepPort(ctx context.Context, address string) (kept, error) {
	near, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return kept{}, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return kept{}, err
	}
	far, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return kept{}, err
	}
	conn, err := (&net.Dialer{LocalAddr: near}).DialContext(ctx, "tcp", far.Addr().String())
	if err != nil {
		return kept{}, errors.Join(err, far.Close())
	}
	return kept{conn, far}, nil
}

// Close ends the server and every request that it is still answering.
func (s *Server) Close() error {
	s.once.Do(func() {
		err := s.http.Close()
		if s.port != nil {
			err = errors.Join(err, s.port.Close())
		}
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
