package client

import "net/http"

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
