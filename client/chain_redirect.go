package client

import "net/http"

// withoutRedirects returns a copy of hc that follows no redirect: net/http would
// send a key to another port of the host and, on 307 and 308, a customer's data
// anywhere.
func withoutRedirects(hc *http.Client, guard *redirectGuard) *http.Client {
	own := *hc
	own.Transport = guard
	return &own
}

// redirectGuard turns a redirect into an error before http.Client sees it,
// whose own errors quote the whole Location header. It also records the status
// and the headers of every response.
type redirectGuard struct {
	attempt   *attempt
	transport http.RoundTripper
}

func (g *redirectGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	a := g.attempt
	for _, cookie := range req.Cookies() { // from the cookie jar: a session is a credential
		a.keepOut(newSecret(cookie.Value))
	}

	resp, err := g.transport.RoundTrip(req)
	if err != nil || resp == nil { // http.Client reports a transport that returns neither
		return nil, err
	}
	a.status = resp.StatusCode
	a.header = resp.Header
	a.inflated = resp.Uncompressed
	if resp.StatusCode < 300 || resp.StatusCode > 399 {
		return resp, nil
	}

	if resp.Body != nil { // net/http accepts a response without one
		_ = resp.Body.Close()
	}
	return nil, a.redirected(resp)
}
