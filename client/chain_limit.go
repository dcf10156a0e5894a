package client

import (
	"context"
	"net/http"
)

// Limiter makes calls wait until the budget allows one more. A
// *golang.org/x/time/rate.Limiter is one; so is a budget that many machines
// share.
type Limiter interface {
	// Wait returns nil when it is the turn of a call. It returns an error if ctx
	// ends first, or if no turn will come: the call then fails with [ErrLimiter].
	Wait(ctx context.Context) error
}

// WithLimiter makes every attempt wait for l first.
func WithLimiter(l Limiter) Option {
	const reason = "WithLimiter: nil limiter; leave the option out for no limit"
	return option(l != nil, reason, func(cfg *config) { cfg.limiter = l })
}

// limit makes an attempt wait until the limiter allows it.
func (c *Client) limit(next link) link {
	if c.limiter == nil {
		return next
	}
	return func(a *attempt, req *http.Request) (*http.Response, error) {
		if err := c.limiter.Wait(a.beginning); err != nil {
			if a.beginning.Err() != nil {
				return nil, a.failure(a.beginning, err)
			}
			return nil, a.fail(ErrLimiter, "the limiter failed; nothing was sent", err)
		}
		return next(a, req)
	}
}
