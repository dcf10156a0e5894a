package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
)

// operationStart tells the hooks that a call begins. What it returns tells them how it ended.
func (c *Client) operationStart(ctx context.Context, x *exchange) (context.Context, func(error)) {
	call, start := Call{Operation: x.op, Host: c.base.Host}, time.Now()
	for _, h := range c.hooks {
		ctx = h.OperationStart(ctx, call)
	}
	return ctx, func(err error) {
		call.Attempt = x.attempt
		for _, h := range slices.Backward(c.hooks) {
			h.OperationEnd(ctx, call, x.result(start, 0, x.records, err))
		}
	}
}

// observe tells the hooks of an attempt, which ends when its answer is closed.
func (c *Client) observe(next doer) doer {
	return func(req *http.Request) (*http.Response, error) {
		ctx, x := req.Context(), exchangeOf(req.Context())
		call, start := Call{Operation: x.op, Host: c.base.Host, Attempt: x.attempt}, time.Now()
		for _, h := range c.hooks {
			ctx = h.AttemptStart(ctx, call)
		}
		body := &observed{}
		body.end = func() {
			var err error
			if body.failed != nil {
				err = x.failure(ctx, body.failed)
			}
			for _, h := range slices.Backward(c.hooks) {
				h.AttemptEnd(ctx, call, x.result(start, body.n, 0, err))
			}
		}
		resp, err := next(req.WithContext(ctx))
		if err != nil {
			body.failed = err
			body.end()
			return nil, err
		}
		body.ReadCloser, resp.Body = resp.Body, body
		return resp, nil
	}
}

func (x *exchange) result(start time.Time, n int64, records int, err error) Result {
	after, _ := retryAfter(x.header)
	return Result{time.Since(start), x.status, x.redact(requestID(x.header)), n, records, after, err}
}

// observed is a body that counts, and tells when it is closed.
type observed struct {
	io.ReadCloser
	n      int64
	failed error
	end    func()
}

func (o *observed) Read(p []byte) (int, error) {
	n, err := o.ReadCloser.Read(p)
	if o.n += int64(n); !errors.Is(err, io.EOF) {
		o.failed = err
	}
	return n, err
}

func (o *observed) Close() error {
	o.end()
	return o.ReadCloser.Close()
}
