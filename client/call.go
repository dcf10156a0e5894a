package client

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
	"github.com/kapture-community/kapture-go/client/internal/textcheck"
)

// call is one call of an operation: what it sends, and what a success looks
// like. It does not change while it is under way.
type call struct {
	op            Operation
	credentialsOf Operation // the operation whose credentials are sent; op if empty
	readOnly      bool      // a raw call that only reads; for the others, the contract says so
	streams       bool      // the response is a list that is read while it arrives

	request     requestMaker
	contentType string // application/json if empty
	body        any    // nil for none; json.RawMessage is sent as it is

	expected expected
	decode   func(*success) error // fills the value for the caller; nil if it is filled otherwise
}

// requestMaker makes the HTTP request of an operation. Package gen has one for
// each operation.
type requestMaker func(server, contentType string, body io.Reader) (*http.Request, error)

// withoutParameters adapts a request maker of package gen that has parameters.
// They are headers, which the credentials link of the chain sets.
func withoutParameters[P any](
	request func(string, *P, string, io.Reader) (*http.Request, error),
) requestMaker {
	return func(server, contentType string, body io.Reader) (*http.Request, error) {
		return request(server, nil, contentType, body)
	}
}

// idempotent reports whether the call only reads, so that it may be sent again
// after any failure.
func (c *call) idempotent() bool {
	info, _ := c.op.info()
	return c.readOnly || info.Idempotent
}

// content returns the request body, nil if there is none.
func (c *call) content() ([]byte, error) {
	if c.body == nil {
		return nil, nil
	}
	if raw, ok := c.body.(json.RawMessage); ok {
		if pointer, found := textcheck.FindInJSON(raw); found && c.sendsUTF8() {
			return nil, c.notUTF8(pointer)
		}
		return raw, nil
	}

	if err := rawjson.CheckFurther(c.body); err != nil {
		return nil, invalid(c.op, "%v", err)
	}
	encoded, err := json.Marshal(c.body)
	if err != nil {
		e := invalid(c.op, "the request cannot be written as JSON")
		e.Err = err
		return nil, e
	}
	if textcheck.IsUnaltered(encoded) {
		return encoded, nil
	}
	if pointer, found := textcheck.Find(c.body, encoded); found {
		return nil, c.notUTF8(pointer)
	}
	return encoded, nil
}

// sendsUTF8 reports whether the content type is one that is always UTF-8. With
// any other, the encoding is the caller's business.
func (c *call) sendsUTF8() bool {
	media, _, _ := mime.ParseMediaType(cmp.Or(c.contentType, jsonType))
	return media == jsonType || media == formType || strings.HasSuffix(media, "+json")
}

// notUTF8 returns the error of a request with a text that is not UTF-8.
func (c *call) notUTF8(pointer string) *Error {
	const format = "text that is not UTF-8: found at %q; convert it (a file from a spreadsheet is often Windows-1252)"
	return invalid(c.op, format, pointer)
}

// The content types of requests.
const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// execution is a call under way.
type execution struct {
	client   *Client
	call     *call
	outgoing outgoing
	ctx      context.Context
	attempt  *attempt      // the latest one
	body     io.ReadCloser // of the response; read already, unless the call streams
	records  int           // how many elements of a list have arrived
	notes    []Note        // on the response as a whole
	deadline time.Time     // when WithTimeout ends the call

	// beginning ends when no attempt may begin any more: with the call or, in a
	// bulk write, when the caller leaves the loop.
	beginning context.Context
	bounds    *bounds // nil if nothing but sending takes time
	begun     begun   // the hooks that saw the call begin
}

// attempt is one try of a call. It holds what the links of the chain find out,
// as far as an error, a hook or the outcome needs it.
type attempt struct {
	call      *call
	ctx       context.Context // of the call, for what takes long once the response is here
	number    int             // 1 for the first
	deadline  time.Time       // when WithTimeout ends the call
	beginning context.Context // of the execution

	tokens      secrets     // that were sent; no error may show them, nor what is inside
	secrets     secrets     // other credentials that were sent
	mayHaveLeft bool        // the request may have left this machine, and been processed
	status      int         // HTTP status of the response; 0 if none has come
	inflated    bool        // net/http decompressed the response
	header      http.Header // of the response
	whole       bool        // body is the whole response
	body        []byte      // the response as far as it was read; of a list, without its elements
}

// nextAttempt begins another attempt. The credentials of those before it are
// kept out of its errors.
func (x *execution) nextAttempt() *attempt {
	x.attempt = &attempt{
		call:      x.call,
		ctx:       x.ctx,
		number:    x.attempt.number + 1,
		deadline:  x.deadline,
		beginning: x.beginning,
		tokens:    slices.Clip(x.attempt.tokens),
		secrets:   slices.Clip(x.attempt.secrets),
	}
	return x.attempt
}

// start sends a call, in as many attempts as the retry policy allows, until it
// has a response. The caller must call end on the execution.
func (c *Client) start(ctx context.Context, call *call) (*execution, error) {
	if ctx == nil { // which no hook could even be called with
		return nil, noContext(call.op)
	}
	out, err := c.newOutgoing(call)
	if err != nil {
		return nil, err
	}

	x := &execution{client: c, call: call, outgoing: out, attempt: &attempt{call: call}}
	returned := false
	defer func() {
		if !returned {
			failed := x.attempt.panicked()
			flightOf(ctx).panicked(failed)
			x.end(failed)
		}
	}()

	x.begin(ctx)
	x.body, err = c.send(x)
	returned = true
	if err != nil {
		err = x.attempt.failure(x.ctx, err) //nolint:contextcheck // x.ctx is made of ctx
		x.end(err)
		return nil, err
	}
	x.bounds.stop() // what has not been read yet is a stream, which measures the rest itself
	return x, nil
}

// begin reports to the hooks that a call begins, and bounds its time.
func (x *execution) begin(ctx context.Context) {
	ctx = x.operationStart(ctx)
	timeout := cmp.Or(x.client.timeout, never)
	x.deadline = time.Now().Add(timeout)

	flight := flightOf(ctx)
	switch {
	case x.client.asksOthers(), flight != nil && flight.ctx != ctx:
		x.bounds = newBounds(ctx, timeout)
		x.ctx = x.bounds.ctx
		x.beginning, x.bounds.stopFlight = flight.beginning(x.ctx)
	case flight != nil:
		x.ctx = ctx
		x.beginning = flight.sending // which ends with ctx, too
	default:
		x.ctx = ctx
		x.beginning = ctx
	}
}

// asksOthers reports whether code of the caller is asked about an attempt before
// it is sent. All of that is given a context that ends when the time of the call
// is over; sending has its own limit.
func (c *Client) asksOthers() bool {
	return len(c.hooks) > 0 || c.limiter != nil || c.keys.source != nil
}

// bounds end the context of a call when its time is over. A nil one ends nothing.
type bounds struct {
	ctx        context.Context
	cancel     context.CancelCauseFunc
	timer      *time.Timer
	stopFlight func()
}

// newBounds bounds the time of a call.
func newBounds(ctx context.Context, timeout time.Duration) *bounds {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(timeout, func() { cancel(timeoutError("WithTimeout")) })
	return &bounds{ctx: ctx, cancel: cancel, timer: timer}
}

// stop lets the time of the call go on without an end.
func (b *bounds) stop() {
	if b != nil {
		b.timer.Stop()
	}
}

// release ends the contexts.
func (b *bounds) release() {
	if b != nil {
		b.timer.Stop()
		b.stopFlight()
		b.cancel(nil)
	}
}

// end releases what the call holds, and reports to the hooks. It does all of
// that even if a hook or the body panics.
func (x *execution) end(err error) {
	defer x.operationEnd(err)
	defer x.bounds.release()
	if x.body != nil {
		_ = x.body.Close()
	}
}

// ask sends one call, and judges and decodes its whole response.
func (c *Client) ask(ctx context.Context, call *call) (err error) {
	x, err := c.start(ctx, call)
	if err != nil {
		return err
	}
	defer func() { x.end(err) }()

	s, err := x.attempt.judge(call.expected)
	if err != nil {
		return err
	}
	for _, step := range []func(*success) error{call.expected.check, call.decode} {
		if step == nil {
			continue
		}
		if err := step(s); err != nil {
			return err
		}
	}
	x.notes = s.notes
	return nil
}

// do sends one call and decodes its response into a T.
func do[T any, P responseOf[T]](ctx context.Context, c *Client, call *call) (value *T, err error) {
	call.decode = func(s *success) (err error) {
		value, err = decode[T, P](s.record, s.originOf(s.record, s.at))
		if err != nil {
			return s.unreadable(ErrTooLarge, "the response is too large", err)
		}
		return nil
	}
	if err := c.ask(ctx, call); err != nil {
		return nil, err
	}
	return value, nil
}

// never is longer than any call takes.
const never = time.Duration(1<<63 - 1)
