package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// RetryPolicy says how failed attempts are repeated. The wait before the nth
// repetition is random, between nothing and Base doubled n-1 times, but at most
// Max. If the server says how long to wait (Retry-After, in seconds or as a
// date), that is used instead; if it asks for more than MaxRetryAfter, the call
// is not repeated, and its error has RetryAfter.
type RetryPolicy struct {
	Attempts      int           // in total; 3 unless set
	Base          time.Duration // 500 ms unless set
	Max           time.Duration // 8 s unless set
	MaxRetryAfter time.Duration // one minute unless set
}

// WithRetry sets the policy, in place of an earlier one; fields that are zero
// have their default.
//
// The package documentation says what is repeated. A wait ends with the
// context, and does not begin if the context or [WithTimeout] would end it.
func WithRetry(p RetryPolicy) Option {
	const reason = "WithRetry: negative field; leave it at zero for its default"
	lowest := min(int64(p.Attempts), int64(p.Base), int64(p.Max), int64(p.MaxRetryAfter))

	return option(lowest >= 0, reason, func(cfg *config) {
		usual := defaults().retryPolicy
		cfg.retryPolicy = RetryPolicy{
			Attempts:      cmp.Or(p.Attempts, usual.Attempts),
			Base:          cmp.Or(p.Base, usual.Base),
			Max:           cmp.Or(p.Max, usual.Max),
			MaxRetryAfter: cmp.Or(p.MaxRetryAfter, usual.MaxRetryAfter),
		}
	})
}

// WithoutRetry sends every call once.
func WithoutRetry() Option { return WithRetry(RetryPolicy{Attempts: 1}) }

// retry makes an attempt and, as long as that is safe and useful, another.
func (c *Client) retry(next link) sender {
	return func(x *execution) (io.ReadCloser, error) {
		for {
			a := x.nextAttempt()
			body, err := bodyOf(next(a, x.outgoing.request(x.ctx)))
			last := x.beginning.Err() != nil || a.number >= c.retryPolicy.Attempts
			if last || !a.repeatable(err) {
				return body, err
			}

			wait := c.retryPolicy.wait(a.number, a.header)
			if a.number == 1 && errors.Is(err, errNotProcessed) {
				wait = 0 // it usually needs only another connection
			}
			tooLong := c.retryPolicy.forbids(a.header) || !timeLeft(x.ctx, x.deadline, wait)
			if tooLong {
				return body, err
			}
			a.mayHaveLeft = false // it only reads, or was not processed
			if err := x.pause(wait); err != nil {
				return nil, err
			}
		}
	}
}

// pause waits before the next attempt, unless none may begin any more.
func (x *execution) pause(d time.Duration) error {
	if pause(x.beginning, d) != nil {
		return context.Cause(x.beginning)
	}
	return nil
}

// bodyOf returns the body of a response, if there is one.
func bodyOf(resp *http.Response, err error) (io.ReadCloser, error) {
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// timeLeft reports whether a call may still continue after a wait.
func timeLeft(ctx context.Context, deadline time.Time, wait time.Duration) bool {
	if until, bounded := ctx.Deadline(); bounded && time.Until(until) <= wait {
		return false
	}
	return time.Until(deadline) > wait
}

// repeatable reports whether the call may be sent again after this attempt,
// which failed with err or brought a whole response.
func (a *attempt) repeatable(err error) bool {
	idempotent := a.call.idempotent()
	if err != nil {
		_, decided := errors.AsType[*Error](err) // all other errors are failures of the connection
		return !decided && !hopeless(err) && (idempotent || !a.mayHaveLeft)
	}

	switch {
	case a.status >= 500:
		return idempotent
	case a.status == http.StatusTooManyRequests:
		return idempotent || !a.outcomeUnclear()
	}
	return false
}

// outcomeUnclear reports whether the response to a write leaves open whether it
// was done, by saying success or by being broken.
func (a *attempt) outcomeUnclear() bool {
	_, err := a.judge(expected{statusOptional: true, mayBeListed: true})
	return errors.Is(err, ErrOutcomeUnknown)
}

// hopeless reports whether a repetition would fail in the same way.
func hopeless(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || refusedByProxy(err)
}

// wait returns how long to wait after a failed attempt.
func (p RetryPolicy) wait(attempt int, header http.Header) time.Duration {
	if after, given := retryAfter(header); given {
		return after
	}

	longest := p.Max
	doublings := attempt - 1
	if p.Base <= p.Max>>doublings { // otherwise the doubled time is longer, or overflows
		longest = p.Base << doublings
	}
	return rand.N(longest)
}

// forbids reports whether the server asks for a longer wait than the policy
// allows. Repeating the call before that would be too early.
func (p RetryPolicy) forbids(header http.Header) bool {
	after, given := retryAfter(header)
	return given && after > p.MaxRetryAfter
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
