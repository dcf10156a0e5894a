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

	"github.com/kapture-community/kapture-go/conformance/internal/listen"
)

// Server is a running mock.
type Server struct {
	*Kapture
	// URL is where it listens, without a slash at the end. A server that listens
	// on every address of the machine is named by 127.0.0.1.
	URL string

	http  *http.Server
	port  io.Closer // holds the port while connections are refused; else nil
	ended chan struct{}
	once  sync.Once
	err   error
}

// How long a connection may take to send the header of a request, and how long
// it may stay idle. Both are generous, so that a slow client is not cut off; they
// exist to end a forgotten connection at last.
const (
	headerTimeout = time.Minute
	idleTimeout   = 2 * time.Minute
)

// Start serves a new mock on a free port of 127.0.0.1, or where [WithAddress]
// says. Close it when it is no longer needed.
func Start(options ...Option) (*Server, error) {
	k, err := build(options)
	if err != nil {
		return nil, err
	}

	if k.faults.refusing() {
		return startRefusing(k)
	}
	return startServing(k)
}

func startServing(k *Kapture) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", k.address)
	if err != nil {
		return nil, fmt.Errorf("mock: cannot listen: %w", err)
	}

	handler := http.Handler(k)
	if k.middleware != nil {
		handler = k.middleware(k)
	}
	s := &Server{
		Kapture: k,
		URL:     listen.URL(listener.Addr()),
		http:    &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout},
		ended:   make(chan struct{}),
	}
	if k.http2 {
		s.http.Protocols = new(http.Protocols)
		s.http.Protocols.SetHTTP1(true)
		s.http.Protocols.SetUnencryptedHTTP2(true)
		s.http.ConnContext = withFrames
		listener = frameListener{listener}
	}

	go func() {
		defer close(s.ended)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("mock: serving: %w", err)
		}
	}()
	return s, nil
}

// startRefusing holds a port on which every connection is refused.
func startRefusing(k *Kapture) (*Server, error) {
	port, err := holdPort(context.Background(), k.address)
	if err != nil {
		return nil, fmt.Errorf("mock: cannot hold a port: %w", err)
	}

	s := &Server{
		Kapture: k,
		URL:     listen.URL(port.LocalAddr()),
		http:    &http.Server{ReadHeaderTimeout: headerTimeout},
		port:    port,
		ended:   make(chan struct{}),
	}
	close(s.ended)
	return s, nil
}

// heldPort is a port on which nobody listens and which the system gives to
// nobody else, because it is the near end of a connection.
type heldPort struct {
	net.Conn
	far net.Listener
}

func (p heldPort) Close() error { return errors.Join(p.Conn.Close(), p.far.Close()) }

func holdPort(ctx context.Context, address string) (heldPort, error) {
	near, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return heldPort{}, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return heldPort{}, err
	}

	far, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return heldPort{}, err
	}
	conn, err := (&net.Dialer{LocalAddr: near}).DialContext(ctx, "tcp", far.Addr().String())
	if err != nil {
		return heldPort{}, errors.Join(err, far.Close())
	}
	return heldPort{conn, far}, nil
}

// Close ends the server and every request that it still serves.
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

// TB is the part of a test that [Run] needs; *testing.T, *testing.B and
// *testing.F have it.
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
