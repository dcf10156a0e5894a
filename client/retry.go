package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// RetryPolicy says how failed attempts are repeated. The wait before the nth repetition is random, between nothing and
// Base doubled n-1 times but at most Max. Where the server says how long to wait (Retry-After, as seconds or as a date)
// that counts instead, up to MaxRetryAfter.
type RetryPolicy struct {
	Attempts      int           // in all; 3 unless set
	Base          time.Duration // 500 ms unless set
	Max           time.Duration // 8 s unless set
	MaxRetryAfter time.Duration // one minute unless set
}

// WithRetry replaces the policy; zero members keep their default.
//
// The package documentation says what is repeated. A wait ends with the context, and is not begun where the context or
// [WithTimeout] would end it.
func WithRetry(p RetryPolicy) Option {
	return option(min(int64(p.Attempts), int64(p.Base), int64(p.Max), int64(p.MaxRetryAfter)) >= 0, "WithRetry: a member is negative; leave it at zero for its default", func(cfg *config) {
		d := cfg.retryPolicy
		cfg.retryPolicy = RetryPolicy{cmp.Or(p.Attempts, d.Attempts), cmp.Or(p.Base, d.Base), cmp.Or(p.Max, d.Max), cmp.Or(p.MaxRetryAfter, d.MaxRetryAfter)}
	})
}

// WithoutRetry sends every call once.
func WithoutRetry() Option { return WithRetry(RetryPolicy{Attempts: 1}) }

func (c *Client) retry(next doer) doer {
	return func(req *http.Request) (*http.Response, error) {
		ctx, x := req.Context(), exchangeOf(req.Context())
		for {
			x.attempt++
			x.status, x.header, x.body = 0, nil, nil
			attempt := req.Clone(ctx)
			if req.GetBody != nil {
				attempt.Body, _ = req.GetBody() // of bytes in memory, which cannot fail
			}
			resp, err := next(attempt)
			if ctx.Err() != nil || x.attempt >= c.retryPolicy.Attempts || !x.repeatable(resp, err) {
				return resp, err
			}
			wait := c.retryPolicy.wait(x.attempt, x.header)
			if until, bounded := ctx.Deadline(); bounded && time.Until(until) <= wait || time.Until(x.until) <= wait {
				return resp, err
			}
			if resp != nil { // so that the connection can be used again
				_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
				_ = resp.Body.Close()
			}
			x.left.Store(false)
			if err := pause(ctx, wait); err != nil {
				return nil, err
			}
		}
	}
}

// repeatable reports whether the call may be sent again after what came of it.
func (x *exchange) repeatable(resp *http.Response, err error) bool {
	if err != nil {
		_, own := errors.AsType[*Error](err) // the others are failures of the connection
		return !own && !hopeless(err) && (x.safe || !x.left.Load())
	}
	return resp.StatusCode >= 500 && x.safe || resp.StatusCode == http.StatusTooManyRequests && (x.safe || !x.unclear(resp))
}

// unclear reports whether the answer to a write leaves open whether it was done.
func (x *exchange) unclear(resp *http.Response) bool {
	body, _ := io.ReadAll(resp.Body) // read already, by capped
	resp.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(body), resp.Body}
	_, err := x.judge(body, due{statusless: true, listed: true})
	return errors.Is(err, ErrOutcomeUnknown)
}

// hopeless reports whether a repetition would fail in the same way.
func hopeless(err error) bool {
	dns, unnamed := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return unnamed && dns.IsNotFound || untrusted
}

func (p RetryPolicy) wait(attempt int, header http.Header) time.Duration {
	if after, given := retryAfter(header); given {
		return min(after, p.MaxRetryAfter)
	}
	most := p.Max
	if n := attempt - 1; p.Base <= p.Max>>n { // else the doubled one is longer, or no Duration any more
		most = p.Base << n
	}
	return rand.N(most)
}

// retryAfter reads both forms. A date is measured from the server's own clock, if it gives its time.
func retryAfter(header http.Header) (time.Duration, bool) {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) { // then the largest
		return time.Duration(seconds) * time.Second, true
	}
	at, _ := http.ParseTime(value) // else long ago
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(at.Sub(now), 0), at.After(now)
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
