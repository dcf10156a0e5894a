package client

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Option sets up a client; see [New].
type Option func(*config) error

type config struct {
	base                    *url.URL
	httpClient              *http.Client
	insecure                bool
	keys                    keyring
	retryPolicy             RetryPolicy
	limiter                 Limiter
	timeout, attemptTimeout time.Duration
	maxBytes                int64
	hooks                   []Hook
	application             string
}

func defaults() config {
	return config{keys: keyring{of: map[Operation]secret{}, pairs: map[Operation]keyPair{}}, httpClient: http.DefaultClient, timeout: 5 * time.Minute, attemptTimeout: time.Minute, maxBytes: 32 << 20,
		retryPolicy: RetryPolicy{Attempts: 3, Base: 500 * time.Millisecond, Max: 8 * time.Second, MaxRetryAfter: time.Minute}}
}

// option applies what is good, and refuses what is not with the reason.
func option(good bool, reason string, apply func(*config)) Option {
	return func(cfg *config) error {
		if !good {
			return errors.New(reason)
		}
		apply(cfg)
		return nil
	}
}

// WithBaseURL sets another host than https://TENANT.kapturecrm.com, such as a test server. A path in it is put before
// every path of the API. http is for loopback addresses only, unless [WithInsecureHTTP] is given.
func WithBaseURL(raw string) Option {
	u, err := url.Parse(raw)
	// No reason quotes the URL, in which a key may stand.
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return option(false, "WithBaseURL: no absolute http or https URL; give one such as https://acme.kapturecrm.com", nil)
	}
	bare := u.User == nil && u.RawQuery == "" && u.Fragment == ""
	return option(bare, "WithBaseURL: leave user, query and fragment out of the URL; for a user there is WithBasicAuth", func(cfg *config) {
		cfg.base = &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/")}
	})
}

// WithHTTPClient sends through hc: its transport, cookie jar and timeout. hc is copied, never changed. Its CheckRedirect
// does not count, since no redirect is followed.
func WithHTTPClient(hc *http.Client) Option {
	return option(hc != nil, "WithHTTPClient: nil; leave the option out for the default client", func(cfg *config) { cfg.httpClient = hc })
}

// WithInsecureHTTP allows http to other machines than this one. Keys and customers then travel in the clear.
func WithInsecureHTTP() Option { return option(true, "", func(cfg *config) { cfg.insecure = true }) }

// WithTimeout bounds one call with all its attempts and the waits between them; five minutes unless set, 0 for no
// bound. Of an answer that streams (all lists but Orders.Pull, Tickets.GetMany and FAQ.Categories) it bounds the
// waiting for the server, a window or a page at a time; what the caller does between two records does not count.
func WithTimeout(d time.Duration) Option {
	return option(d >= 0, fmt.Sprintf("WithTimeout: %v is negative", d), func(cfg *config) { cfg.timeout = d })
}

// WithAttemptTimeout bounds one attempt: connection, request and the whole answer; one minute unless set, 0 for no
// bound. Of an answer that streams it bounds the wait for the next bytes.
func WithAttemptTimeout(d time.Duration) Option {
	return option(d >= 0, fmt.Sprintf("WithAttemptTimeout: %v is negative", d), func(cfg *config) { cfg.attemptTimeout = d })
}

// WithMaxResponseBytes bounds an answer, after decompression; 32 MiB unless set. Of an answer that streams it bounds
// each element instead, so that a pull may be of any size and still take little memory.
func WithMaxResponseBytes(n int64) Option {
	return option(n > 0, fmt.Sprintf("WithMaxResponseBytes: %d is less than one", n), func(cfg *config) { cfg.maxBytes = n })
}

// WithHook tells h of every call and attempt. Given more than once, all are told, in the order given.
func WithHook(h Hook) Option {
	return option(h != nil, "WithHook: nil; leave the option out for no hook", func(cfg *config) { cfg.hooks = append(cfg.hooks, h) })
}

// WithApplication adds the calling program to the User-Agent header, as name/version.
func WithApplication(name, version string) Option {
	s := strings.TrimSuffix(name+"/"+version, "/")
	return option(headerText(s) && name != "", fmt.Sprintf("WithApplication: %q cannot be a header; give a name, and name and version in printable ASCII", s), func(cfg *config) { cfg.application = s })
}

func headerText(s string) bool {
	return strings.TrimSpace(s) != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func loopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}
