package client

import (
	"context"
	"net/http"
)

// Limiter holds calls back until there is room for one. *golang.org/x/time/rate.Limiter is one; so is a budget that
// many machines share.
type Limiter interface {
	Wait(ctx context.Context) error
}

// WithLimiter makes every attempt wait for l first.
func WithLimiter(l Limiter) Option {
	return option(l != nil, "WithLimiter: nil; leave the option out for no limit", func(cfg *config) { cfg.limiter = l })
}

// limit holds an attempt back until the limiter has room for it.
func (c *Client) limit(next doer) doer {
	if c.limiter == nil {
		return next
	}
	return func(req *http.Request) (*http.Response, error) {
		if err := c.limiter.Wait(req.Context()); err != nil {
			if req.Context().Err() != nil {
				return nil, err
			}
			return nil, exchangeOf(req.Context()).fail(ErrLimiter, "the limiter refused, nothing was sent", err)
		}
		return next(req)
	}
}
