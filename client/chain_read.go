package client

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// read reads the whole response, so that a response that is cut off counts as a
// failure of the attempt, and rejects more than WithMaxResponseBytes allows. A success of
// a call that streams is left to its reader, which bounds each element.
func (c *Client) read(next link) link {
	return func(a *attempt, req *http.Request) (*http.Response, error) {
		resp, err := next(a, req)
		if err != nil || a.call.streams && resp.StatusCode < 300 {
			return resp, err
		}
		defer resp.Body.Close()

		body, err := readAll(http.MaxBytesReader(nil, resp.Body, c.maxBytes), min(resp.ContentLength, c.maxBytes))
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			return nil, a.fail(ErrTooLarge, "the response is larger than WithMaxResponseBytes allows; raise that", nil)
		}
		a.body = body
		if err != nil {
			return nil, err
		}

		a.whole = true
		resp.Body = http.NoBody // nothing reads it again, but the reader of a list
		if a.call.streams {
			resp.Body = io.NopCloser(bytes.NewReader(body))
		}
		return resp, nil
	}
}

// maxExpected bounds the memory that is taken on the word of a Content-Length.
const maxExpected = 1 << 20

// readAll is io.ReadAll for a body whose length is usually known. A body of the
// expected length needs no second buffer.
func readAll(r io.Reader, expected int64) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(int(min(max(expected, 0), maxExpected)) + bytes.MinRead)
	_, err := body.ReadFrom(r)
	return body.Bytes(), err
}
