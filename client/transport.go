package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/rawjson"
)

// doer sends a request and returns its answer. A chain of them is what the generated client sends through.
type doer func(*http.Request) (*http.Response, error)

// Do makes a doer what the generated client wants, RoundTrip what net/http does.
func (d doer) Do(req *http.Request) (*http.Response, error)        { return d(req) }
func (d doer) RoundTrip(req *http.Request) (*http.Response, error) { return d(req) }

// chain is the way of every request, outermost first. What an answer means is decided by the reader of its body.
func (c *Client) chain() doer {
	return c.retry( //         repeats what may be repeated; every attempt goes through:
		c.credentials( //      the operation's key
			c.limit( //        room in the budget
				c.observe( //  the hooks
					c.capped( //  the answer, up to the limit
						c.send))))) // one round trip, in time, without redirects
}

// sender is a method of the generated client.
type sender func(ctx context.Context, contentType string, body io.Reader, edit ...gen.RequestEditorFn) (*http.Response, error)

// exchange is one call: what the chain must know of it, and what it learned. It travels in the request's context.
type exchange struct {
	op, as      Operation // as: whose credentials it bears
	safe        bool      // it only reads, so it may be repeated
	stream      bool      // its answer is read as it comes
	contentType string    // of what it sends
	attempt     int
	left        atomic.Bool // the last attempt may have left this machine
	secrets     []secret    // of the last attempt
	status      int         // of the last answer
	header      http.Header
	body        []byte
	records     int
	until       time.Time // when WithTimeout ends it
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

func newExchange(op Operation) *exchange {
	info, _ := op.info()
	return &exchange{op: op, as: op, safe: info.Idempotent, contentType: "application/json"}
}

// open sends body as one call and returns that of the answer, which is read already unless the exchange streams. A nil
// body is none; json.RawMessage goes as it is. Whoever reads the answer calls end.
func (c *Client) open(ctx context.Context, x *exchange, send sender, body any) (io.ReadCloser, func(error), error) {
	var content io.Reader
	if raw, ok := body.(json.RawMessage); ok {
		content = bytes.NewReader(raw)
	} else if body != nil {
		if err := rawjson.CheckFurther(body); err != nil {
			return nil, nil, invalid(x.op, "%v", err)
		}
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, nil, &Error{Code: ErrInvalidRequest, Operation: x.op, Detail: "the request cannot be written as JSON", Err: err}
		}
		content = bytes.NewReader(encoded)
	}
	ctx, observed := c.operationStart(ctx, x)
	ctx, cancel := context.WithCancelCause(ctx)
	x.until = time.Now().Add(cmp.Or(c.timeout, never))
	timer := time.AfterFunc(cmp.Or(c.timeout, never), func() { cancel(timeoutError("WithTimeout")) })
	end := func(err error) { timer.Stop(); cancel(nil); observed(err) }
	resp, err := send(context.WithValue(ctx, exchangeKey{}, x), x.contentType, content)
	if err != nil {
		err = x.failure(ctx, err)
		end(err)
		return nil, nil, err
	}
	timer.Stop() // what is not read yet is a stream, whose reader measures the rest
	return resp.Body, end, nil
}

// failure is the error of a call that brought no answer, or not all of it.
func (x *exchange) failure(ctx context.Context, err error) *Error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	if errors.Is(err, ctx.Err()) { // so it has ended
		err = context.Cause(ctx)
	}
	timeout := (interface{ Timeout() bool })(nil)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return x.fail(ErrTimeout, "no complete answer came in time", err)
	case ctx.Err() != nil, errors.Is(err, context.Canceled), errors.Is(err, errStop):
		return x.fail(ErrCanceled, "the call was given up", err)
	case rawjson.Truncated(err), x.status != 0:
		return x.fail(ErrTruncated, "the connection ended inside the answer", err)
	}
	return x.fail(ErrTransport, "the connection failed", err)
}

// fail is the one place where the error of a call is made.
func (x *exchange) fail(code Code, detail string, cause error) *Error {
	e := &Error{Code: code, Operation: x.op, HTTPStatus: x.status, Detail: detail, Attempts: x.attempt, Err: cause,
		RequestID: x.redact(requestID(x.header)), ContentType: x.redact(x.header.Get("Content-Type")), Body: []byte(x.redact(string(x.body)))}
	if cause != nil && x.redact(cause.Error()) != cause.Error() {
		e.Err = errors.New(x.redact(cause.Error()))
	}
	e.RetryAfter, _ = retryAfter(x.header)
	switch code {
	case ErrTransport, ErrTimeout, ErrCanceled, ErrTruncated, ErrTooLarge, ErrUndecodable, ErrUnexpectedAnswer, ErrTextAnswer, ErrServer:
		e.OutcomeUnknown = !x.safe && x.left.Load()
	}
	return e
}

// requestID is the server's name for the call. No page of the vendor mentions one, so the names that proxies and
// servers use most are tried.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id", "X-Amzn-Requestid", "Cf-Ray"} {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// timeoutError is a deadline of this client's own; it names the option.
type timeoutError string

func (e timeoutError) Error() string        { return "it took longer than " + string(e) + " allows" }
func (e timeoutError) Timeout() bool        { return true }
func (e timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

const never = time.Duration(1<<63 - 1)
