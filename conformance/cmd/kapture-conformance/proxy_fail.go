package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// maxOnPath is the largest body that --fail holds until it has been checked, in
// bytes. A larger one passes without a check.
const maxOnPath = 8 << 20

// rejectsRequest checks a request before it is sent on. rejected reports that it
// breaks the contract: the client has its response, and the server gets nothing.
func (f *forwarder) rejectsRequest(w http.ResponseWriter, r *http.Request, x *passing) (rejected bool) {
	if x.sent != nil {
		held := hold(x.sent)
		x.exchange.Request.Body = held.body
		switch {
		case held.ending == open:
			x.lost = lostOnPath
			return false
		case held.ending != whole:
			x.lost = lostLeft // sending it on shows the server the same
			return false
		}
	}

	alone := conformance.Exchange{Name: x.exchange.Name, Request: x.exchange.Request}
	result := f.checks.judge.look(r.Context(), alone, unknown{})
	if len(result.Findings) == 0 {
		return false
	}
	f.conclude(x, alone, result)
	respondWithFindings(w, http.StatusBadRequest, "the request breaks the contract and was not sent on", result)
	return true
}

// replaceResponse checks a response before it is passed on, and puts another one
// in its place if it breaks the contract.
func (f *forwarder) replaceResponse(res *http.Response, x *passing) {
	if x.lost != lostNothing {
		return // the request was not checked either
	}

	held := hold(x.received)
	switch held.ending {
	case open:
		x.lost = lostOnPath
		return
	case left:
		x.lost = lostLeft
		return
	}

	x.exchange.Response.Body = held.body
	x.exchange.Response.Truncated = held.ending == broken
	result := f.checks.judge.look(context.Background(), x.exchange, unknown{})
	f.conclude(x, x.exchange, result)
	if !result.ResponseOK() {
		putInstead(res, result)
	}
}

// putInstead puts a response that lists the findings in the place of another one.
func putInstead(res *http.Response, result conformance.Result) {
	const what = "the response breaks the contract and was not passed on"
	replacement := &responseText{header: http.Header{}}
	respondWithFindings(replacement, http.StatusBadGateway, what, result)

	res.StatusCode = replacement.status
	res.Status = ""
	res.Header = replacement.header
	res.Trailer = nil
	res.ContentLength = int64(replacement.body.Len())
	res.Header.Set("Content-Length", strconv.Itoa(replacement.body.Len()))
	if res.Request.Method == http.MethodHead {
		replacement.body.Reset()
	}
	res.Body = io.NopCloser(&replacement.body)
}

// conclude counts and reports an exchange that was checked on its way.
func (f *forwarder) conclude(x *passing, ex conformance.Exchange, result conformance.Result) {
	x.judged = true
	f.checks.record(x)
	f.checks.judge.count(ex, result, time.Since(x.at))
	f.checks.announce(x, result)
}

// held is the beginning of a body. It is open if there is more of it.
type held struct {
	body   []byte
	ending ending
}

// hold reads a body up to the size that is checked on the way. It can be read
// again from its beginning, without a further copy.
func hold(k *keptBody) held {
	body, err := io.ReadAll(io.LimitReader(k.from, maxOnPath+1))
	h := held{body: body, ending: whole}
	var rest io.Reader = k.from
	switch {
	case err != nil:
		h.ending = k.endingOf(err)
		rest = failing{err}
	case len(body) > maxOnPath:
		h.ending = open
	}

	k.mu.Lock()
	defer k.mu.Unlock()
	k.uncopied = true
	k.from = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), k.from}
	return h
}

// responseText is a response that takes the place of another one.
type responseText struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *responseText) Header() http.Header         { return r.header }
func (r *responseText) WriteHeader(status int)      { r.status = status }
func (r *responseText) Write(b []byte) (int, error) { return r.body.Write(b) }

// respondWithFindings says what is wrong, one finding a line.
func respondWithFindings(w http.ResponseWriter, status int, what string, result conformance.Result) {
	var text strings.Builder
	fmt.Fprintf(&text, "kapture proxy: %s:\n", what)
	for _, finding := range result.Findings {
		line := finding.Code + " " + finding.Pointer + ": " + finding.Message
		text.WriteString(report.Clean(line) + "\n")
	}
	http.Error(w, text.String(), status)
}
