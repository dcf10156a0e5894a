package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
)

// ownTransport is the transport of clients that are given none. It sends
// through a copy of http.DefaultTransport that all of them share, and that keeps
// as many connections as calls run at once. The original keeps two per host, so
// in a run of 20,000 calls, 16 at once, every second one opened a connection.
type ownTransport struct{}

func (ownTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return copies.of(http.DefaultTransport).RoundTrip(req)
}

// copies has the copy of http.DefaultTransport.
var copies transportCopy

// transportCopy is a copy of a transport, made when it is first needed.
type transportCopy struct {
	mu   sync.Mutex
	from *http.Transport
	copy *http.Transport
}

// of returns the copy of a transport. One of another kind, as tests put in the
// place of http.DefaultTransport, is returned itself.
func (t *transportCopy) of(rt http.RoundTripper) http.RoundTripper {
	original, ok := rt.(*http.Transport)
	if !ok {
		return rt
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from != original {
		t.from = original
		t.copy = withManyConnections(original)
	}
	return t.copy
}

// manyConnections is more than the calls that one client sends at once. Those
// that are not used are closed after a while (IdleConnTimeout).
const manyConnections = 1 << 16

// withManyConnections returns a copy of a transport that keeps all its
// connections.
func withManyConnections(original *http.Transport) *http.Transport {
	transport := original.Clone()
	transport.MaxIdleConns = 0 // no limit
	transport.MaxIdleConnsPerHost = manyConnections
	if transport.OnProxyConnectResponse == nil {
		transport.OnProxyConnectResponse = nameRefusal
	}
	return transport
}

// nameRefusal gives the refusal of a proxy the usual words, by which
// refusedByProxy knows it.
func nameRefusal(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	switch response.StatusCode {
	case http.StatusProxyAuthRequired, http.StatusForbidden:
		return errors.New(http.StatusText(response.StatusCode))
	}
	return nil
}
