package runner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"sync"

	"github.com/kapture-community/kapture-go/conformance"
)

// recorder is a transport that keeps the exact bytes of every exchange.
type recorder struct {
	next http.RoundTripper

	mu        sync.Mutex
	exchanges []*recorded
}

type recorded struct {
	request  conformance.Request
	response conformance.Response
	err      error // of the transport, if the response is absent or incomplete
}

// maxBody bounds a response, so that a server that never stops cannot fill the
// memory. The longest response of the contract is a page of records.
const maxBody = 32 << 20

// errBodyTooLarge ends a response that is larger than maxBody.
var errBodyTooLarge = fmt.Errorf("the response is larger than %d bytes, and the rest was not read", maxBody)

// RoundTrip reads both bodies whole before it passes them on. The caller reads
// the same bytes and the same error at the end of the body.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	exchange := &recorded{request: conformance.Request{
		Method: req.Method,
		URL:    req.URL.String(),
		Header: req.Header.Clone(),
	}}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		exchange.request.Body = body
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.mu.Lock()
	r.exchanges = append(r.exchanges, exchange)
	r.mu.Unlock()

	res, err := r.next.RoundTrip(req)
	if err != nil {
		exchange.err = err
		return nil, err
	}

	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	res.Body.Close()
	if len(body) > maxBody {
		exchange.err = errBodyTooLarge
		res.Body = &replay{Reader: bytes.NewReader(nil), end: errBodyTooLarge}
		return res, nil
	}

	exchange.response = conformance.Response{
		Status:    res.StatusCode,
		Header:    res.Header.Clone(),
		Body:      body,
		Truncated: errors.Is(err, io.ErrUnexpectedEOF),
	}
	switch {
	case err == nil:
		err = io.EOF
	case !exchange.response.Truncated:
		exchange.err = err
	}
	res.Body = &replay{Reader: bytes.NewReader(body), end: err}
	return res, nil
}

// quotedBytes matches what an error of net/http quotes of a response that is not
// HTTP.
var quotedBytes = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// TransportText says why there is no response. Without showValues it leaves out
// quoted bytes: they are what the server sent instead of HTTP.
func TransportText(err error, showValues bool) string {
	if showValues {
		return err.Error()
	}
	return quotedBytes.ReplaceAllString(err.Error(), `"..."`)
}

// take returns what was recorded since the last call.
func (r *recorder) take() []*recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.exchanges
	r.exchanges = nil
	return taken
}

// replay returns the bytes again, then the error that the real body ended with.
type replay struct {
	*bytes.Reader
	end error
}

func (b *replay) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.end
	}
	return n, err
}

// WriteTo replaces the method of bytes.Reader, which would hide the error at the
// end from io.Copy.
func (b *replay) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{b})
}

func (b *replay) Close() error { return nil }
