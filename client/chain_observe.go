package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// begun says which hooks saw something begin. These, and only these, see its
// end, also if one of them panics.
type begun struct {
	count int             // how many, from the first
	ctx   context.Context // as they returned it
	start time.Time
}

// saw counts a hook that saw the beginning, and returns the context that it
// returned. A hook that returns none leaves it as it was.
func (b *begun) saw(ctx, returned context.Context) context.Context {
	if returned != nil {
		ctx = returned
	}
	b.ctx = ctx
	b.count++
	return ctx
}

// operationStart reports to the hooks that a call begins.
func (x *execution) operationStart(ctx context.Context) context.Context {
	x.begun = begun{ctx: ctx, start: time.Now()}
	for _, h := range x.client.hooks {
		ctx = x.begun.saw(ctx, h.OperationStart(ctx, x.named(0)))
	}
	return ctx
}

// operationEnd reports to the hooks how the call ended.
func (x *execution) operationEnd(err error) {
	if x.begun.count == 0 {
		return
	}
	result := x.attempt.result(x.begun.start, err)
	result.Records = x.records
	result.Notes = x.notes
	for _, h := range x.client.hooks[:x.begun.count] {
		// Deferred, they run in the reverse order, and all of them do.
		defer h.OperationEnd(x.begun.ctx, x.named(x.attempt.number), result)
	}
}

// named is the call as hooks know it.
func (x *execution) named(attempt int) Call {
	return Call{Operation: x.call.op, Host: x.client.base.Host, Attempt: attempt}
}

// observe reports an attempt to the hooks. The attempt ends when its response is
// whole or, if it streams, closed.
func (c *Client) observe(next link) link {
	if len(c.hooks) == 0 {
		return next
	}
	return func(a *attempt, req *http.Request) (*http.Response, error) {
		ctx := req.Context()
		o := &observation{client: c, attempt: a, begun: begun{ctx: ctx, start: time.Now()}}
		returned := false
		defer func() {
			if !returned {
				o.end(0, a.panicked())
			}
		}()

		for _, h := range c.hooks {
			ctx = o.begun.saw(ctx, h.AttemptStart(ctx, o.call()))
		}
		resp, err := next(a, req.WithContext(ctx))
		returned = true

		switch {
		case err != nil:
			o.end(0, err)
			return nil, err
		case a.whole:
			o.end(int64(len(a.body)), nil)
		default:
			resp.Body = &observedBody{ReadCloser: resp.Body, observation: o}
		}
		return resp, nil
	}
}

// observation is an attempt that the hooks have seen begin.
type observation struct {
	client  *Client
	attempt *attempt
	begun   begun
}

func (o *observation) call() Call {
	return Call{Operation: o.attempt.call.op, Host: o.client.base.Host, Attempt: o.attempt.number}
}

// end reports to the hooks how the attempt ended, and after how many bytes.
func (o *observation) end(bytes int64, cause error) {
	var err error
	if cause != nil {
		err = o.attempt.failure(o.begun.ctx, cause)
	}
	result := o.attempt.result(o.begun.start, err)
	result.Bytes = bytes
	for _, h := range o.client.hooks[:o.begun.count] {
		// Deferred, they run in the reverse order, and all of them do.
		defer h.AttemptEnd(o.begun.ctx, o.call(), result)
	}
}

// result returns what the hooks learn about an attempt.
func (a *attempt) result(start time.Time, err error) Result {
	after, _ := retryAfter(a.header)
	return Result{
		Duration:   time.Since(start),
		HTTPStatus: a.status,
		RequestID:  a.redact(requestID(a.header)),
		RetryAfter: after,
		Err:        err,
	}
}

// observedBody is a body that counts its bytes, and ends the observation when
// it is closed.
type observedBody struct {
	io.ReadCloser
	observation *observation
	bytes       int64
	failed      error
}

func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes += int64(n)
	if !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return n, err
}

func (b *observedBody) Close() error {
	defer b.ReadCloser.Close()
	b.observation.end(b.bytes, b.failed)
	return nil
}
