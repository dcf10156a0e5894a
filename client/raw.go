package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/client/internal/textcheck"
)

// opRaw is the operation of [Client.Raw].
const opRaw Operation = "raw"

// RawResponse is the response of a call that this client knows nothing about:
// see its Body.
type RawResponse struct{ response }

// MarshalJSON returns the bytes that were received.
func (a RawResponse) MarshalJSON() ([]byte, error) { return a.encode(nil) }

// UnmarshalJSON reads a response that was stored.
func (a *RawResponse) UnmarshalJSON(b []byte) error { return a.decode(b, new(json.RawMessage)) }

// RawOption sets up one raw call.
type RawOption func(*call)

// RawAs sends the credentials of op.
func RawAs(op Operation) RawOption { return func(c *call) { c.credentialsOf = op } }

// RawIdempotent says that the call only reads, so that it is repeated as reads
// are.
func RawIdempotent() RawOption { return func(c *call) { c.readOnly = true } }

// RawContentType sets the content type of the body; unless set, it is
// application/json, or that of a form for url.Values.
func RawContentType(t string) RawOption { return func(c *call) { c.contentType = t } }

// Raw posts body to a path of the tenant's own, through the same chain as every
// other call: credentials, limits, retries, hooks. The path begins with a slash
// and may have a query, which no error shows. What a query must not have, such
// as a space, is escaped.
//
// The body is sent like this:
//
//   - nil: none
//   - []byte and json.RawMessage: as they are
//   - an [io.Reader]: what it reads to its end, before anything is sent
//   - [url.Values]: as a form, with its content type unless RawContentType says
//     otherwise
//   - anything else: as JSON, a string too
//
// A status that says failure is an error here too. A response without a status
// is a success.
func (c *Client) Raw(ctx context.Context, path string, body any, opts ...RawOption) (*RawResponse, error) {
	path, err := checkRawPath(path)
	if err != nil {
		return nil, err
	}

	call := &call{
		op:       opRaw,
		request:  rawRequest(ctx, path),
		body:     body,
		expected: expected{statusOptional: true},
	}
	for _, opt := range opts {
		opt(call)
	}
	if call.contentType != "" && !headerText(call.contentType) {
		const format = "RawContentType: invalid content type %q: it cannot be in a header"
		return nil, invalid(opRaw, format, call.contentType)
	}
	if err := call.setRawBody(body); err != nil {
		return nil, err
	}
	return do[RawResponse](ctx, c, call)
}

// setRawBody sets the body of a raw call.
func (c *call) setRawBody(body any) error {
	switch body := body.(type) {
	case json.Marshaler: // a reader, too, if it says how it is written
		c.body = body
	case []byte:
		c.body = json.RawMessage(body)
	case url.Values:
		if pointer, found := textcheck.Find(body, nil); found {
			return c.notUTF8(pointer)
		}
		c.body = json.RawMessage(body.Encode())
		c.contentType = cmp.Or(c.contentType, formType)
	case io.Reader:
		text, err := io.ReadAll(body)
		if err != nil {
			e := invalid(opRaw, "Raw: the body could not be read")
			e.Err = err
			return e
		}
		c.body = json.RawMessage(text)
	}
	return nil
}

// checkRawPath returns the path as it is sent. It must stay below the base URL.
func checkRawPath(path string) (string, error) {
	route, query, hasQuery := strings.Cut(path, "?")
	absolute := strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//")
	if !absolute || strings.Contains(route, "..") || strings.Contains(path, "#") {
		const reason = "Raw: invalid path: it must begin with one slash, without \"..\" and fragment"
		return "", invalid(opRaw, reason)
	}
	if !utf8.ValidString(path) {
		return "", invalid(opRaw, "Raw: invalid path: it has text that is not UTF-8; convert it, or escape its bytes")
	}
	if !hasQuery {
		return route, nil
	}

	escaped, ok := escapeQuery(query)
	if !ok {
		const reason = "Raw: invalid path: its query has a percent sign that begins no escape; " +
			"write %%25 for the sign itself"
		return "", invalid(opRaw, reason)
	}
	return route + "?" + escaped, nil
}

// escapeQuery escapes what a query must not have (RFC 3986, 3.4): net/url
// escapes or rejects it in a path, but passes a query on as it is, so that a
// space would break the request line. It reports false for a percent sign that
// begins no escape: whether the rest is escaped would be a guess.
func escapeQuery(query string) (escaped string, ok bool) {
	var out strings.Builder
	for i := range len(query) {
		c := query[i]
		isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		switch {
		case isLetter, strings.IndexByte("-._~!$&'()*+,;=:@/?%", c) >= 0:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}

	_, err := url.PathUnescape(query)
	return out.String(), err == nil
}

// rawRequest makes requests to a path.
func rawRequest(ctx context.Context, path string) requestMaker {
	return func(server, contentType string, body io.Reader) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(server, "/")+path, body)
		if err != nil {
			return nil, invalid(opRaw, "Raw: invalid path: it cannot be part of a URL")
		}
		req.Header.Set("Content-Type", contentType)
		return req, nil
	}
}
