package mock

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// output writes responses, with the faults of their way to the client.
type output struct {
	http.ResponseWriter
	request *http.Request
	begun   func(status int, body Body) // is called before the first byte
	// streamed: the response was written in parts. Then kept is what the journal
	// says about its body.
	streamed bool
	kept     Body
}

// send sends a response, corrupted as a fault wants.
func (o *output) send(r response, fault Fault) {
	switch fault.Kind {
	case ClockSkew:
		skewed := time.Now().Add(cmp.Or(fault.Skew, -26*time.Hour))
		o.Header().Set("Date", skewed.UTC().Format(http.TimeFormat))
		o.write(r)
		return
	case "":
		o.write(r)
		return
	}
	o.sendCorrupted(r.encode(fault), fault)
}

// write sends a response as it is. A short one has a Content-Length; of a long
// one only a part is in memory at any time.
func (o *output) write(r response) {
	o.Header().Set("Content-Type", "application/json")
	e := encoder{buffer: make([]byte, 0, usualSize), spill: func(part []byte) bool {
		if !o.streamed {
			o.streamed = true
			o.begin(r.status, nil)
		}
		return o.part(part)
	}}
	e.write(r.body)

	switch {
	case e.ended:
	case o.streamed:
		o.part(e.buffer)
	default:
		o.Header().Set("Content-Length", strconv.Itoa(len(e.buffer)))
		o.begin(r.status, e.buffer)
		o.put(e.buffer)
	}
}

// usualSize holds the record of one customer.
const usualSize = 2 << 10

// part writes a part of a response, and keeps the beginning for the journal.
func (o *output) part(b []byte) bool {
	missing := maxKeptBody - len(o.kept.Bytes)
	o.kept.Bytes = append(o.kept.Bytes, b[:min(len(b), missing)]...)
	o.kept.Size += int64(len(b))
	return o.put(b)
}

// sendCorrupted sends a response that a fault corrupts.
func (o *output) sendCorrupted(e encoded, fault Fault) {
	switch fault.Kind {
	case ResetBeforeHeaders:
		o.reset()
		return
	case Stall:
		if !o.wait(fault.Delay) {
			return
		}
	}

	o.Header().Set("Content-Type", "application/json")
	body := o.corrupt(fault, e)
	o.Header().Set("Content-Length", strconv.Itoa(len(body)+e.pad))
	o.begin(e.status, body)

	switch {
	case fault.Kind == ResetInBody:
		o.put(body[:len(body)/2])
		o.flush()
		o.reset()
	case fault.Kind == SlowDrip:
		o.drip(body, cmp.Or(fault.Delay, time.Millisecond))
	case e.pad > 0:
		o.put(body[:e.padAt])
		if o.padding(e.pad) {
			o.put(body[e.padAt:])
		}
	default:
		o.put(body)
	}
}

// corrupt changes the headers and the bytes of a whole body.
func (o *output) corrupt(fault Fault, e encoded) []byte {
	body := e.body
	switch fault.Kind {
	case WrongContentType:
		o.Header().Set("Content-Type", "text/html;charset=UTF-8")
	case TruncatedJSON:
		return body[:len(body)/2]
	case TruncatedBetweenElements:
		if e.firstElement > 0 {
			return body[:e.firstElement]
		}
		return body[:max(len(body)-1, 0)]
	case EmptyBody:
		return nil
	case GzipCut:
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		_, _ = z.Write(body) // a buffer takes everything
		_ = z.Close()
		o.Header().Set("Content-Encoding", "gzip")
		return zipped.Bytes()[:zipped.Len()/2]
	}
	return body
}

// drip writes one byte at a time.
func (o *output) drip(body []byte, every time.Duration) {
	for i := range body {
		o.put(body[i : i+1])
		o.flush()
		if !o.wait(every) {
			return
		}
	}
}

// padding writes so many bytes. It reports whether the client took them.
func (o *output) padding(size int) bool {
	chunk := bytes.Repeat([]byte("x"), 32<<10)
	for left := size; left > 0; left -= len(chunk) {
		if !o.put(chunk[:min(left, len(chunk))]) {
			return false
		}
	}
	return true
}

// begin writes the header of a response.
func (o *output) begin(status int, body []byte) {
	o.begun(status, bodyOf(body))
	o.WriteHeader(status)
}

func (o *output) put(b []byte) bool {
	_, err := o.Write(b)
	return err == nil
}

func (o *output) flush() { _ = http.NewResponseController(o.ResponseWriter).Flush() }

// wait reports whether the client is still there after a while. With 0 it waits
// until the client leaves.
func (o *output) wait(d time.Duration) bool {
	var timeUp <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeUp = timer.C
	}

	select {
	case <-timeUp:
		return true
	case <-o.request.Context().Done():
		return false
	}
}

// reset ends the connection abruptly: the peer reads "connection reset".
func (o *output) reset() {
	conn, _, err := http.NewResponseController(o.ResponseWriter).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // without a socket, this is what net/http offers
	}

	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// notProcessed ends the stream of a request with what says that the request was
// not processed.
func (o *output) notProcessed(kind Kind) {
	if conn, stream := streamOf(o.request); conn != nil {
		conn.end(stream, kind)
	}
	panic(http.ErrAbortHandler)
}

// replace responds in the place of Kapture, if the fault is of that kind.
func (o *output) replace(fault Fault) bool {
	retryAfter := cmp.Or(fault.RetryAfter, time.Second)
	inSeconds := strconv.Itoa(int((retryAfter + time.Second - 1) / time.Second))

	switch fault.Kind {
	case TooManyRequests:
		o.Header().Set("Retry-After", inSeconds)
		o.write(byFault(fault, http.StatusTooManyRequests))
	case TooManyRequestsDate:
		o.Header().Set("Retry-After", time.Now().Add(retryAfter).UTC().Format(http.TimeFormat))
		o.write(byFault(fault, http.StatusTooManyRequests))
	case ServerError:
		o.write(byFault(fault, http.StatusInternalServerError))
	case BadGateway:
		o.htmlPage(http.StatusBadGateway, "502 Bad Gateway", "The upstream server did not respond.")
	case Unavailable:
		o.Header().Set("Retry-After", inSeconds)
		o.begin(http.StatusServiceUnavailable, nil)
	case Redirect:
		o.Header().Set("Location", cmp.Or(fault.Location, "https://elsewhere.invalid"+o.request.URL.Path))
		o.begin(http.StatusTemporaryRedirect, nil)
	case GoAway, RefusedStream:
		o.notProcessed(fault.Kind)
	case LoginPage:
		const form = `<form method="post"><input name="username"><input name="password" type="password"></form>`
		o.htmlPage(http.StatusOK, "Login", form)
	default:
		return false
	}
	return true
}

func byFault(fault Fault, status int) response {
	return inOwnWords(status, "fault %s", fault.Kind).response
}

func (o *output) htmlPage(status int, title, content string) {
	const page = "<!DOCTYPE html><html><head><title>%s</title></head><body><h1>%[1]s</h1>%s</body></html>\n"
	o.Header().Set("Content-Type", "text/html;charset=UTF-8")
	body := fmt.Appendf(nil, page, title, content)
	o.begin(status, body)
	o.put(body)
}
