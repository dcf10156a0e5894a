package client

import (
	"io"
	"net/http"
)

// sender sends a request for a call, in as many attempts as it takes, and
// returns the response body. The rest of the response is in the last attempt.
type sender func(x *execution) (io.ReadCloser, error)

// link is a part of the chain that every attempt goes through.
type link func(a *attempt, req *http.Request) (*http.Response, error)

// chain returns the path of every request, outermost link first. What the
// response means is decided afterwards, by judge.
func (c *Client) chain() sender {
	return c.retry( //                 makes the attempts; each goes through:
		c.credentials( //              the operation's key
			c.limit( //                a place in the budget
				c.observe( //          the hooks
					c.read( //         the whole response, up to the limit, unless it streams
						c.sendOnce))))) // one round trip, in time, without redirects
}
