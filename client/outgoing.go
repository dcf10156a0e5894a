package client

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"maps"
	"net/http"
	"sync"
)

// outgoing is the request of a call, of which each attempt sends a copy.
type outgoing struct {
	template *http.Request // without body and credentials; it is never sent, nor changed
	content  []byte        // of the body
	hasBody  bool
}

// newOutgoing makes the request of a call, without its credentials.
func (c *Client) newOutgoing(call *call) (outgoing, error) {
	content, err := call.content()
	if err != nil {
		return outgoing{}, err
	}
	template, err := c.template(call)
	if err != nil {
		return outgoing{}, err
	}
	return outgoing{template: template, content: content, hasBody: call.body != nil}, nil
}

// request returns a copy for one attempt, which may be changed.
func (o *outgoing) request(ctx context.Context) *http.Request {
	req := o.template.WithContext(ctx)
	url := *o.template.URL
	req.URL = &url
	req.Header = maps.Clone(o.template.Header) // whose lists have no room for another value

	switch {
	case len(o.content) > 0:
		req.ContentLength = int64(len(o.content))
		req.GetBody = o.body
		req.Body, _ = o.body()
	case o.hasBody:
		req.Body = http.NoBody
		req.GetBody = func() (io.ReadCloser, error) { return http.NoBody, nil }
	}
	return req
}

// body returns the body from its beginning. net/http knows these types, and
// then sends head and body at once.
func (o *outgoing) body() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(o.content)), nil
}

// templates has the request of each operation, which is the same for all its
// calls but for the body.
type templates struct {
	mu   sync.RWMutex
	made map[Operation]*http.Request
}

// template returns the request of the call's operation. A raw call has its own.
func (c *Client) template(call *call) (*http.Request, error) {
	if call.op == opRaw {
		return c.newTemplate(call)
	}

	c.templates.mu.RLock()
	known := c.templates.made[call.op]
	c.templates.mu.RUnlock()
	if known != nil {
		return known, nil
	}

	made, err := c.newTemplate(call)
	if err != nil {
		return nil, err
	}
	c.templates.mu.Lock()
	defer c.templates.mu.Unlock()
	c.templates.made[call.op] = made
	return made, nil
}

// newTemplate makes the request of a call without its body.
func (c *Client) newTemplate(call *call) (*http.Request, error) {
	req, err := call.request(c.base.String()+"/", cmp.Or(call.contentType, jsonType), nil)
	if err != nil {
		return nil, err
	}
	c.decorate(req)
	return req, nil
}
