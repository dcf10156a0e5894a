package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// playedRequest is a request in the form in which it is compared with another one:
// without its headers, and without credentials, as a recording has it.
type playedRequest struct {
	method string
	path   string
	query  map[string]any // lists of texts
	body   any            // JSON, the fields of a form, or a text
	// anyBody says that the recording does not have the body.
	anyBody bool
}

// playedRequestOf cuts the credentials out of a request and reads it.
func (f *credentialFinder) playedRequestOf(ex conformance.Exchange) playedRequest {
	s := f.secretsOf(ex)
	path, query, _ := strings.Cut(s.address(ex.Request.URL), "?")
	if address, err := url.Parse(path); err == nil {
		path = address.EscapedPath()
	}

	header := ex.Request.Header
	body := s.body(header, ex.Request.Body)
	if plain, ok := inflate(codingOf(header), body); ok {
		body = plain
	}
	return playedRequest{
		method: ex.Request.Method,
		path:   path,
		query:  fieldsOf(query),
		body:   contentOf(header.Get("Content-Type"), body),
	}
}

// line is the method with the path, in which steps that look like values are
// hidden.
func (c playedRequest) line() string {
	steps := strings.Split(c.path, "/")
	for i, step := range steps {
		steps[i] = jsonvalue.HideName(step)
	}
	return c.method + " " + strings.Join(steps, "/")
}

// fieldsOf reads a query, or a form that is written as one. What is not encoded
// rightly is compared as it is written.
func fieldsOf(text string) map[string]any {
	fields := map[string]any{}
	for _, part := range strings.Split(text, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		addField(fields, unescaped(name), unescaped(value))
	}
	return fields
}

func addField(fields map[string]any, name, value string) {
	list, _ := fields[name].([]any)
	fields[name] = append(list, value)
}

func unescaped(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

// contentOf reads a body so that spellings of the same content are equal.
func contentOf(kind string, body []byte) any {
	if value, err := jsonvalue.Decode(body); err == nil {
		return value
	}

	media, parameters, _ := mime.ParseMediaType(kind)
	switch media {
	case "application/x-www-form-urlencoded":
		return fieldsOf(string(body))
	case "multipart/form-data": // each request has another boundary
		if fields, ok := partsOf(body, parameters["boundary"]); ok {
			return fields
		}
	}
	return string(body)
}

func partsOf(body []byte, boundary string) (fields map[string]any, ok bool) {
	fields = map[string]any{}
	reader := multipart.NewReader(strings.NewReader(string(body)), boundary)
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return fields, len(fields) > 0
		}
		if err != nil {
			return nil, false
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, false
		}
		addField(fields, part.FormName(), string(text))
	}
}

// comparison collects in what a request differs from a recorded one.
type comparison struct {
	// ignored are names of fields and parameters whose values do not count.
	ignored []string
	// limit is how many differences are wanted.
	limit      int
	showValues bool
	found      []string
}

// compare returns the differences between two requests of the same method and
// path, none if they are the same.
func (c comparison) compare(recorded, sent playedRequest) []string {
	c.found = nil
	c.values("query", "", recorded.query, sent.query)
	if !recorded.anyBody {
		c.values("body", "", recorded.body, sent.body)
	}
	return c.found
}

func (c *comparison) values(part, pointer string, recorded, sent any) {
	if len(c.found) >= c.limit {
		return
	}
	switch recorded := recorded.(type) {
	case map[string]any:
		if sent, ok := sent.(map[string]any); ok {
			c.objects(part, pointer, recorded, sent)
			return
		}
	case []any:
		if sent, ok := sent.([]any); ok {
			c.lists(part, pointer, recorded, sent)
			return
		}
	case string:
		if sent, ok := sent.(string); ok && c.texts(part, pointer, recorded, sent) {
			return
		}
	case json.Number:
		if sent, ok := sent.(json.Number); ok && jsonvalue.SameNumber(recorded, sent) {
			return
		}
	default: // true, false and null
		if recorded == sent {
			return
		}
	}
	c.differ(part, pointer, recorded, sent)
}

func (c *comparison) objects(part, pointer string, recorded, sent map[string]any) {
	names := maps.Clone(recorded)
	maps.Copy(names, sent)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		expected, isExpected := recorded[name]
		got, isSent := sent[name]
		at := pointer + "/" + jsonvalue.Escape(jsonvalue.HideName(name))
		switch {
		case !isSent:
			c.add(part, at, "is missing")
		case !isExpected:
			c.add(part, at, "is not in the recording")
		case !slices.Contains(c.ignored, name):
			c.values(part, at, expected, got)
		}
	}
}

func (c *comparison) lists(part, pointer string, recorded, sent []any) {
	if len(recorded) != len(sent) {
		c.differ(part, pointer, recorded, sent)
		return
	}
	for i := range recorded {
		c.values(part, fmt.Sprintf("%s/%d", pointer, i), recorded[i], sent[i])
	}
}

// texts compares texts. reports whether that is done: two texts that are JSON,
// such as a parameter with an object in it, may differ only in their spelling.
func (c *comparison) texts(part, pointer, recorded, sent string) (done bool) {
	if recorded == sent || fitsRedacted(recorded, sent) {
		return true
	}
	if !strings.HasPrefix(recorded, "{") && !strings.HasPrefix(recorded, "[") {
		return false
	}
	expected, err := jsonvalue.Decode([]byte(recorded))
	if err != nil {
		return false
	}
	got, err := jsonvalue.Decode([]byte(sent))
	if err != nil {
		return false
	}
	c.values(part, pointer, expected, got)
	return true
}

// fitsRedacted reports whether a text can be the one of which credentials were
// cut out.
func fitsRedacted(recorded, sent string) bool {
	parts := strings.Split(recorded, redacted)
	if len(parts) == 1 {
		return false
	}

	first := parts[0]
	last := parts[len(parts)-1]
	if !strings.HasPrefix(sent, first) || !strings.HasSuffix(sent[len(first):], last) {
		return false
	}
	sent = sent[len(first) : len(sent)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(sent, part)
		if !found {
			return false
		}
		sent = after
	}
	return true
}

func (c *comparison) differ(part, pointer string, recorded, sent any) {
	expected := jsonvalue.Shape(recorded)
	got := jsonvalue.Shape(sent)
	switch {
	case c.showValues:
		c.add(part, pointer, "expected "+literal(recorded)+", got "+literal(sent))
	case expected == got:
		c.add(part, pointer, "has another value")
	default:
		c.add(part, pointer, "expected "+expected+", got "+got)
	}
}

func literal(value any) string {
	text, err := jsonvalue.Encode(value)
	if err != nil {
		return jsonvalue.Shape(value)
	}
	return string(text)
}

func (c *comparison) add(part, pointer, what string) {
	if len(c.found) >= c.limit {
		return
	}
	place := part
	if pointer != "" {
		place += " " + pointer
	}
	c.found = append(c.found, place+" "+what)
}

// playable is the header of a recorded response as it can be sent again: without
// what belongs to the connection that it was received on.
func playable(header http.Header) http.Header {
	out := header.Clone()
	if out == nil {
		out = http.Header{}
	}
	for _, name := range []string{
		"Connection", "Content-Length", "Keep-Alive", "Proxy-Connection",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade",
	} {
		out.Del(name)
	}
	for name := range out {
		isOfHTTP2 := strings.HasPrefix(name, ":")             // in a HAR
		isOfMock := strings.HasPrefix(name, "X-Kapture-Mock") // on another request
		if isOfHTTP2 || isOfMock {
			delete(out, name)
		}
	}
	return out
}

// withoutCORS removes what the recorded server said to browsers: --cors says
// something else, and a browser rejects a response that has both.
func withoutCORS(header http.Header) {
	for name := range header {
		if strings.HasPrefix(name, "Access-Control-") {
			delete(header, name)
		}
	}
}
