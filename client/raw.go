package client

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/kapture-community/kapture-go/gen"
)

// opRaw is what [Client.Raw] calls itself unless it is told otherwise.
const opRaw Operation = "raw"

// RawAnswer is the answer of a call that this client knows nothing of. Its Body has what came.
type RawAnswer struct{ answer }

// MarshalJSON returns the bytes that came.
func (a RawAnswer) MarshalJSON() ([]byte, error) { return a.encode(nil) }

// UnmarshalJSON reads an answer that was kept.
func (a *RawAnswer) UnmarshalJSON(b []byte) error { return a.decode(b, new(json.RawMessage)) }

// RawOption sets up one raw call.
type RawOption func(*exchange)

// RawAs sends the credentials of op.
func RawAs(op Operation) RawOption { return func(x *exchange) { x.as = cmp.Or(op, opRaw) } }

// RawIdempotent says that the call only reads, so that it is repeated as reads are.
func RawIdempotent() RawOption { return func(x *exchange) { x.safe = true } }

// RawContentType says what a body of bytes is; application/json unless set.
func RawContentType(t string) RawOption { return func(x *exchange) { x.contentType = t } }

// Raw posts body to a path of the tenant's own, through the same chain as every other call: credentials, limits,
// retries, hooks. The path begins with a slash, and may have a query, which no error shows. A nil body is none; []byte
// and json.RawMessage go as they are; anything else is encoded as JSON.
//
// A status that says failure is an error here too. An answer without a status is none.
func (c *Client) Raw(ctx context.Context, path string, body any, opts ...RawOption) (*RawAnswer, error) {
	x := newExchange(opRaw)
	for _, opt := range opts {
		opt(x)
	}
	route, _, _ := strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(route, "..") || strings.Contains(path, "#") {
		return nil, invalid(opRaw, "Raw: the path must begin with one slash and hold no \"..\" and no fragment")
	}
	if b, ok := body.([]byte); ok {
		body = json.RawMessage(b)
	}
	return call[RawAnswer](ctx, c, x, func(ctx context.Context, contentType string, body io.Reader, _ ...gen.RequestEditorFn) (*http.Response, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.String()+path, body)
		if err != nil {
			return nil, invalid(opRaw, "Raw: the path is no part of a URL")
		}
		req.Header.Set("Content-Type", contentType)
		_ = c.decorate(ctx, req)
		return c.gen.Client.Do(req)
	}, body, due{statusless: true})
}
