package cases

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
	err      error // the transport's, if no answer came
}

// maxBody bounds an answer, so that a server that never stops cannot fill the
// memory. The longest answer of the contract is a page of records.
const maxBody = 32 << 20

// errBodyTooLarge ends an answer of which no more is read.
var errBodyTooLarge = fmt.Errorf("the answer is larger than %d bytes, and no more of it was read", maxBody)

// RoundTrip reads both bodies whole before it hands them on. What the reader
// of the answer sees is unchanged, up to the error that ended the body.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	exchange := &recorded{request: conformance.Request{Method: req.Method, URL: req.URL.String(), Header: req.Header.Clone()}}
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
		Status: res.StatusCode, Header: res.Header.Clone(), Body: body,
		Truncated: errors.Is(err, io.ErrUnexpectedEOF),
	}
	if err == nil {
		err = io.EOF
	} else if !exchange.response.Truncated {
		exchange.err = err
	}
	res.Body = &replay{Reader: bytes.NewReader(body), end: err}
	return res, nil
}

// quotedBytes is what an error quotes of an answer that is no HTTP.
var quotedBytes = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// TransportText tells why no answer came. Without values it leaves out what the
// error quotes: that is what the server sent in the place of HTTP.
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

// replay gives the bytes again, then the error that the real body ended with.
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

// WriteTo would hide the end error from io.Copy.
func (b *replay) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{b})
}

func (b *replay) Close() error { return nil }
