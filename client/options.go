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
	base           *url.URL
	httpClient     *http.Client // a copy of the caller's
	protocol       *protocol    // that it spoke last
	offsets        *offsets     // that count records
	insecure       bool         // http to any host is allowed
	keys           keyring
	retryPolicy    RetryPolicy
	limiter        Limiter
	timeout        time.Duration // of a call; 0 for no limit
	attemptTimeout time.Duration // of an attempt; 0 for no limit
	maxBytes       int64         // of a response, or of an element of a list
	hooks          []Hook
	application    string
}

func defaults() config {
	return config{
		httpClient: &http.Client{Transport: ownTransport{}},
		protocol:   &protocol{},
		offsets:    &offsets{},
		keys: keyring{
			tokens: map[Operation]secret{},
			pairs:  map[Operation]keyPair{},
		},
		retryPolicy: RetryPolicy{
			Attempts:      3,
			Base:          500 * time.Millisecond,
			Max:           8 * time.Second,
			MaxRetryAfter: time.Minute,
		},
		timeout:        5 * time.Minute,
		attemptTimeout: time.Minute,
		maxBytes:       32 << 20,
	}
}

// option returns an Option that runs apply, or fails with reason if !good.
func option(good bool, reason string, apply func(*config)) Option {
	return func(cfg *config) error {
		if !good {
			return errors.New(reason)
		}
		apply(cfg)
		return nil
	}
}

// WithBaseURL sets another host than https://TENANT.kapturecrm.com, such as a
// test server. A path in it is put before every path of the API. http is
// allowed for loopback addresses only, unless [WithInsecureHTTP] is given.
func WithBaseURL(raw string) Option {
	u, err := url.Parse(raw)
	absolute := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
	if !absolute { // no reason quotes the URL, which may contain a key
		const reason = "WithBaseURL: not an absolute http or https URL; use one such as https://acme.kapturecrm.com"
		return option(false, reason, nil)
	}

	bare := u.User == nil && u.RawQuery == "" && u.Fragment == ""
	if !bare {
		const reason = "WithBaseURL: the URL has a user, query or fragment; " +
			"leave it out (for a user, use WithBasicAuth)"
		return option(false, reason, nil)
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." { // which some calls would resolve, and others send
			return option(false, `WithBaseURL: the path has "." or ".."; write what it stands for`, nil)
		}
	}

	// RawPath has what Path cannot say: that a slash in it is escaped.
	base := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.EscapedPath()}
	for strings.HasSuffix(base.RawPath, "/") {
		base.Path = strings.TrimSuffix(base.Path, "/")
		base.RawPath = strings.TrimSuffix(base.RawPath, "/")
	}
	return option(true, "", func(cfg *config) { cfg.base = base })
}

// WithHTTPClient sends through hc: its transport, cookie jar and timeout. hc is
// copied and never changed. Its CheckRedirect is ignored, since no redirect is
// followed.
//
// Without this option, a client sends through a copy of http.DefaultTransport
// that keeps a connection for each concurrent call and reuses it. In your own
// transport, set MaxIdleConnsPerHost to the number of calls that you send at
// once ([Parallel], [WithParallelWindows]): in http.DefaultTransport it is two,
// and all other calls open a new connection each time.
func WithHTTPClient(hc *http.Client) Option {
	const reason = "WithHTTPClient: nil client; leave the option out for the default client"
	return option(hc != nil, reason, func(cfg *config) {
		own := *hc
		cfg.httpClient = &own
	})
}

// WithInsecureHTTP allows http to other machines than this one. Keys and
// customers then travel unencrypted.
func WithInsecureHTTP() Option {
	return option(true, "", func(cfg *config) { cfg.insecure = true })
}

// WithTimeout limits the time of one call with all its attempts and the waits
// between them; five minutes unless set, 0 for no limit. For a response that
// streams (all lists except those of Orders.Pull, Tickets.GetMany and
// FAQ.Categories) it limits the time spent waiting for the server, for each
// window or page; what the caller does between two records does not count.
func WithTimeout(d time.Duration) Option {
	reason := fmt.Sprintf("WithTimeout: %v is negative", d)
	return option(d >= 0, reason, func(cfg *config) { cfg.timeout = d })
}

// WithAttemptTimeout limits the time of one attempt: connection, request and
// the whole response; one minute unless set, 0 for no limit. For a response
// that streams it limits the wait for the next bytes.
func WithAttemptTimeout(d time.Duration) Option {
	reason := fmt.Sprintf("WithAttemptTimeout: %v is negative", d)
	return option(d >= 0, reason, func(cfg *config) { cfg.attemptTimeout = d })
}

// WithMaxResponseBytes limits the size of a response, after decompression; 32
// MiB unless set. For a response that streams it limits each element instead,
// so that a pull may have any size and still take little memory.
func WithMaxResponseBytes(n int64) Option {
	reason := fmt.Sprintf("WithMaxResponseBytes: %d is less than one", n)
	return option(n > 0, reason, func(cfg *config) { cfg.maxBytes = n })
}

// WithHook reports every call and attempt to h. Given more than once, all hooks
// are called, in the order given.
func WithHook(h Hook) Option {
	const reason = "WithHook: nil hook; leave the option out for no hook"
	return option(h != nil, reason, func(cfg *config) { cfg.hooks = append(cfg.hooks, h) })
}

// WithApplication adds the calling program to the User-Agent header, as
// name/version, or as its name if version is empty.
func WithApplication(name, version string) Option {
	application := strings.TrimSuffix(name+"/"+version, "/")
	good := name != "" && headerText(application)
	const format = "WithApplication: %q cannot be in a header; give name and version in printable ASCII"
	reason := fmt.Sprintf(format, application)
	return option(good, reason, func(cfg *config) { cfg.application = application })
}

// headerText reports whether s can be the value of a header.
func headerText(s string) bool {
	unprintable := func(r rune) bool { return r < ' ' || r > '~' }
	return strings.TrimSpace(s) != "" && !strings.ContainsFunc(s, unprintable)
}

func loopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}
