package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/cors"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// player serves the responses of a recording. It is safe for concurrent use.
type player struct {
	finder     credentialFinder
	ignored    []string
	showValues bool
	limits     mock.Limits
	origins    cors.Origins
	observers  []func(mock.Exchange)
	entries    []*playedEntry // in the order of the recording

	mu      sync.Mutex
	changed int // requests that match no entry
}

// playedEntry is an exchange of a recording.
type playedEntry struct {
	name      string
	operation string
	request   playedRequest
	response  conformance.Response
	played    int
}

// String names the entry with its request.
func (e *playedEntry) String() string {
	return fmt.Sprintf("%s: %s (%s)", e.name, e.request.line(), cmp.Or(e.operation, "no operation"))
}

// Codes of the notes on requests to a recording.
const (
	noteChanged mock.NoteCode = "changed" // no entry matches the request
	noteAgain   mock.NoteCode = "again"   // the entry has been played before
)

// add takes an exchange into the recording that is played.
func (p *player) add(one entry, operation string) {
	added := &playedEntry{
		name:      one.Name,
		operation: operation,
		request:   p.finder.playedRequestOf(one.Exchange),
		response:  one.Response,
	}
	added.request.anyBody = one.unknown.requestBody
	p.entries = append(p.entries, added)
}

// ServeHTTP plays the response to a request.
func (p *player) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &playing{player: p, request: r, writer: w}
	x.received.Time = time.Now()
	x.received.Method = r.Method
	x.received.Path = r.URL.Path
	x.received.World = mock.WorldOf(r)
	defer x.end()

	if p.origins.Preflight(w, r) {
		x.send(conformance.Response{Status: http.StatusNoContent})
		return
	}

	body, err := io.ReadAll(io.LimitReader(r.Body, p.limits.Body+1))
	x.received.Request = mock.Body{Bytes: body, Size: int64(len(body))}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		why := fmt.Sprintf("the body did not arrive within %v", p.limits.BodyTime)
		x.reject(http.StatusBadRequest, mock.NoteLimit, why)
		return
	case err != nil:
		x.reject(http.StatusBadRequest, mock.NoteBody, "the body could not be read to its end")
		return
	case int64(len(body)) > p.limits.Body:
		why := fmt.Sprintf("the body is larger than %d bytes", p.limits.Body)
		x.reject(http.StatusBadRequest, mock.NoteLimit, why)
		return
	}

	sent := p.finder.playedRequestOf(conformance.Exchange{Request: conformance.Request{
		Method: r.Method,
		URL:    r.URL.RequestURI(),
		Header: r.Header,
		Body:   body,
	}})
	chosen, before := p.choose(sent)
	if chosen == nil {
		x.received.Operation = p.operationAt(sent.path)
		x.reject(http.StatusNotFound, noteChanged, p.whatChanged(sent))
		return
	}

	x.received.Operation = chosen.operation
	if before > 0 {
		times := words.Plural(before, "time")
		x.note(noteAgain, fmt.Sprintf("%s was played %s before; it is the last one that matches", chosen.name, times))
	}
	x.play(chosen.response)
}

// choose returns the first entry that matches a request and has not been played,
// or else the last one that matches. before is how often it was played.
func (p *player) choose(sent playedRequest) (chosen *playedEntry, before int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	compare := comparison{ignored: p.ignored, limit: 1}
	for _, one := range p.entries {
		isHere := one.request.method == sent.method && samePath(one.request.path, sent.path)
		if !isHere || len(compare.compare(one.request, sent)) > 0 {
			continue
		}
		chosen = one
		if one.played == 0 {
			break
		}
	}
	if chosen == nil {
		p.changed++
		return nil, 0
	}
	chosen.played++
	return chosen, chosen.played - 1
}

// samePath compares paths. One of a recording may have a credential cut out.
func samePath(recorded, sent string) bool {
	return recorded == sent || fitsRedacted(recorded, sent)
}

// operationAt is the operation that a recorded path belongs to.
func (p *player) operationAt(path string) string {
	for _, one := range p.entries {
		if samePath(one.request.path, path) {
			return one.operation
		}
	}
	return ""
}

// maxDiffering is how many differences to the nearest entry are named.
const maxDiffering = 5

// whatChanged names the entry that is nearest to a request that matches none,
// and how they differ.
func (p *player) whatChanged(sent playedRequest) string {
	var nearest *playedEntry
	var differs []string
	compare := comparison{ignored: p.ignored, limit: 2 * maxDiffering, showValues: p.showValues}
	for _, one := range p.entries {
		if one.request.method != sent.method || !samePath(one.request.path, sent.path) {
			continue
		}
		found := compare.compare(one.request, sent)
		if nearest == nil || len(found) < len(differs) {
			nearest = one
			differs = found
		}
	}
	if nearest == nil {
		return "no entry of the recording has this request; " + p.nearestPath(sent)
	}

	more := ""
	if len(differs) > maxDiffering {
		differs = differs[:maxDiffering]
		more = ", and more"
	}
	return fmt.Sprintf("no entry of the recording has this request; the nearest is %s: %s%s",
		nearest.name, strings.Join(differs, ", "), more)
}

// nearestPath names the entry whose method or path is nearest, if there is one.
func (p *player) nearestPath(sent playedRequest) string {
	var paths []string
	for _, one := range p.entries {
		if samePath(one.request.path, sent.path) {
			return fmt.Sprintf("%s has this path with the method %s", one.name, one.request.method)
		}
		paths = append(paths, one.request.path)
	}

	closest := words.Closest(sent.path, paths)
	for _, one := range p.entries {
		if one.request.path == closest {
			return fmt.Sprintf("the nearest is %s, with %s", one.name, one.request.line())
		}
	}
	return "none has a path like this one"
}

// neverPlayed lists the entries that no request asked for.
func (p *player) neverPlayed() []*playedEntry {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []*playedEntry
	for _, one := range p.entries {
		if one.played == 0 {
			list = append(list, one)
		}
	}
	return list
}

// playing is one request that a recording responds to.
type playing struct {
	player   *player
	request  *http.Request
	writer   http.ResponseWriter
	received mock.Received
	header   http.Header
}

// note says something about the request, in the log and in a header.
func (x *playing) note(code mock.NoteCode, text string) {
	x.received.Notes = append(x.received.Notes, mock.Note{Code: code, World: x.received.World, Text: text})
	x.writer.Header().Add(mock.NoteHeader, headerText(string(code)+": "+text))
}

// reject responds in the mock's own words.
func (x *playing) reject(status int, code mock.NoteCode, why string) {
	x.note(code, why)
	body, err := jsonvalue.Encode(map[string]any{"message": "kapture mock: " + why, "status": "failed"})
	if err != nil {
		body = nil
	}
	header := http.Header{"Content-Type": {"application/json"}}
	x.send(conformance.Response{Status: status, Header: header, Body: body})
}

// play sends a recorded response.
func (x *playing) play(res conformance.Response) {
	res.Header = playable(res.Header)
	if len(x.player.origins) > 0 {
		withoutCORS(res.Header)
	}
	accepted := strings.ToLower(strings.Join(x.request.Header.Values("Accept-Encoding"), ","))
	coding := codingOf(res.Header)
	if coding != "" && !strings.Contains(accepted, coding) {
		plain, ok := inflate(coding, res.Body)
		if ok {
			res.Body = plain
			res.Header.Del("Content-Encoding")
		}
	}
	x.send(res)
}

// send writes a response. One that was cut off is cut off again.
func (x *playing) send(res conformance.Response) {
	header := x.writer.Header()
	for name, values := range res.Header {
		header[name] = append(header[name], values...)
	}
	x.received.Status = res.Status
	if res.Truncated {
		x.received.Fault = mock.ResetInBody
	}
	x.received.Response = mock.Body{Bytes: res.Body, Size: int64(len(res.Body))}
	x.header = header.Clone()

	hasBody := res.Status >= http.StatusOK && res.Status != http.StatusNoContent && res.Status != http.StatusNotModified
	if hasBody && res.Truncated {
		header.Set("Content-Length", strconv.Itoa(len(res.Body)+1)) // so net/http breaks it off
	} else if hasBody {
		header.Set("Content-Length", strconv.Itoa(len(res.Body)))
	}
	x.writer.WriteHeader(res.Status)
	if !hasBody || x.request.Method == http.MethodHead {
		return
	}
	_, _ = x.writer.Write(res.Body) // a client that has left reads nothing
}

// end tells the observers of the request.
func (x *playing) end() {
	x.received.Duration = time.Since(x.received.Time)
	for _, observe := range x.player.observers {
		observe(mock.Exchange{Received: x.received, HTTP: x.request, ResponseHeader: x.header})
	}
}
