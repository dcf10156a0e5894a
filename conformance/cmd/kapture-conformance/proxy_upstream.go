package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of the connections to the server.
const (
	// idleConnections is how many connections are kept for further requests. Go
	// keeps 2, and with more clients than that every second request would open a
	// connection.
	idleConnections = 256
	// idleTime is shorter than the time after which common servers close an idle
	// connection (5 seconds in Node and Apache): a request that is sent at that
	// moment would be lost, and the proxy does not send one twice.
	idleTime = 3 * time.Second
	// lingerTime is how long a connection stays open after the last byte of a
	// request was handed to it, so that its buffer is written.
	lingerTime = 100 * time.Millisecond
)

// upstreamTransport sends requests to the server. It changes nothing: it asks
// for no compression that the client did not ask for, and speaks HTTP/1.1, as
// the client does.
type upstreamTransport struct {
	transport *http.Transport
	dialer    net.Dialer
	// own has the two ends of each open connection: a request over one of them has
	// come back to the proxy that sent it. The local address is not enough, since a
	// client on this machine may have the same port for its connection to the proxy.
	own sync.Map
}

// ends are the addresses of a connection: of the side that opened it, and of the
// side that listens.
type ends struct{ from, to string }

func newUpstreamTransport() *upstreamTransport {
	t := &upstreamTransport{dialer: net.Dialer{Timeout: 30 * time.Second}}
	t.transport = http.DefaultTransport.(*http.Transport).Clone()
	t.transport.DisableCompression = true
	t.transport.ForceAttemptHTTP2 = false
	t.transport.Protocols = new(http.Protocols)
	t.transport.Protocols.SetHTTP1(true)
	t.transport.MaxIdleConns = 0
	t.transport.MaxIdleConnsPerHost = idleConnections
	t.transport.IdleConnTimeout = idleTime
	t.transport.DialContext = t.dial
	t.transport.DialTLSContext = t.dialTLS
	return t
}

// try is what is known of one try to send a request.
type try struct {
	reused atomic.Bool // over a connection that was idle
	wrote  atomic.Bool // its header
}

// send sends a request once. A request that was not written at all, because the
// server had closed an idle connection, is sent over another one.
func (t *upstreamTransport) send(req *http.Request, x *passing) (*http.Response, error) {
	for {
		var once try
		ctx := httptrace.WithClientTrace(req.Context(), x.trace(&once))
		res, err := t.transport.RoundTrip(req.WithContext(ctx))

		hasBody := req.ContentLength != 0
		if err == nil || !once.reused.Load() || once.wrote.Load() || hasBody || req.Context().Err() != nil {
			return res, err
		}
	}
}

func (t *upstreamTransport) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := t.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	both := ends{from: conn.LocalAddr().String(), to: conn.RemoteAddr().String()}
	t.own.Store(both, true)
	return &upstreamConn{Conn: conn, closed: func() { t.own.Delete(both) }}, nil
}

// dialTLS is for a server that is reached directly. Go does the same, but then
// hides the connection in its own.
func (t *upstreamTransport) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	plain, err := t.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}

	conn := tls.Client(plain, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12})
	ctx, cancel := context.WithTimeout(ctx, t.transport.TLSHandshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		plain.Close()
		return nil, err
	}
	return &upstreamConn{Conn: conn, closed: func() {}}, nil
}

// upstreamConn is a connection that stays open while a request is being written
// to it. Go closes it as soon as the response has ended, and a server that
// responds early and then reads the rest of the request would get it cut.
type upstreamConn struct {
	net.Conn
	closed func()

	mu      sync.Mutex
	writing bool
	closing bool
}

// begin says that a request is being written.
func (c *upstreamConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = true
}

// end says that a request was written, or cannot be.
func (c *upstreamConn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = false
	if c.closing {
		time.AfterFunc(lingerTime, func() { _ = c.close() })
	}
}

// Close closes the connection once nothing is written to it any more.
func (c *upstreamConn) Close() error {
	c.mu.Lock()
	c.closing = true
	writing := c.writing
	c.mu.Unlock()
	if writing {
		return nil
	}
	return c.close()
}

func (c *upstreamConn) close() error {
	c.closed()
	return c.Conn.Close()
}

// isItself reports whether the server is the proxy that listens at an address,
// under any name.
func isItself(ctx context.Context, upstream *url.URL, listening net.Addr) bool {
	own, ok := listening.(*net.TCPAddr)
	if !ok || portOf(upstream) != own.AddrPort().Port() {
		return false
	}

	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", upstream.Hostname())
	if err != nil {
		return false // the first request will say so
	}
	for _, address := range addresses {
		address = address.Unmap()
		if own.IP.IsUnspecified() && isOfThisMachine(net.IP(address.AsSlice())) ||
			own.AddrPort().Addr().Unmap() == address {
			return true
		}
	}
	return false
}

func isOfThisMachine(ip net.IP) bool {
	if ip.IsLoopback() || ip.IsUnspecified() {
		return true
	}
	local, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, address := range local {
		network, ok := address.(*net.IPNet)
		if ok && network.IP.Equal(ip) {
			return true
		}
	}
	return false
}

func portOf(address *url.URL) uint16 {
	port, err := strconv.ParseUint(address.Port(), 10, 16)
	if err != nil {
		port = map[string]uint64{"http": 80, "https": 443}[address.Scheme]
	}
	return uint16(port)
}
