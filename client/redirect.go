package client

import "net/http"

// withoutRedirects copies hc so that it follows no redirect: net/http would send a key to another port of the host and,
// on 307 and 308, a customer's data anywhere. The answer is caught before http.Client sees it, whose own errors quote
// the whole Location.
func withoutRedirects(hc *http.Client) *http.Client {
	own := *hc
	transport := own.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	own.Transport = doer(func(req *http.Request) (*http.Response, error) {
		x, target := exchangeOf(req.Context()), "nowhere"
		for _, cookie := range req.Cookies() { // of hc's jar: a session is a credential
			x.secrets = append(x.secrets, hide(cookie.Value))
		}
		resp, err := transport.RoundTrip(req)
		if err != nil || resp == nil { // which http.Client tells
			return nil, err
		}
		if x.status, x.header = resp.StatusCode, resp.Header; resp.StatusCode < 300 || resp.StatusCode > 399 {
			return resp, nil
		}
		_ = resp.Body.Close()
		if u, err := resp.Location(); err == nil { // the origin alone: the rest may hold a key
			target = x.redact(u.Scheme + "://" + u.Host)
		}
		e := x.fail(ErrRedirect, "the server points to "+target+", which is not followed; check tenant, base URL and key", nil)
		// These two may point to where the outcome of what was done is shown; the others say that nothing was done here.
		e.OutcomeUnknown = !x.safe && (resp.StatusCode == http.StatusFound || resp.StatusCode == http.StatusSeeOther)
		return nil, e
	})
	return &own
}
