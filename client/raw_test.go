package client_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// readerWithJSON is a reader that also says how it is written as JSON.
type readerWithJSON struct{ io.Reader }

func (readerWithJSON) MarshalJSON() ([]byte, error) { return []byte(`{"b":2}`), nil }

func TestRawBodies(t *testing.T) {
	const jsonType = "application/json"
	const formType = "application/x-www-form-urlencoded"
	form := url.Values{"a": {"1 2", "ä&="}}
	for name, test := range map[string]struct {
		body        any
		options     []client.RawOption
		sent        string
		contentType string
	}{
		"nothing":          {contentType: jsonType},
		"bytes":            {body: []byte(`{"a": 1}`), sent: `{"a": 1}`, contentType: jsonType},
		"JSON":             {body: json.RawMessage(`{"a": 1}`), sent: `{"a": 1}`, contentType: jsonType},
		"a strings.Reader": {body: strings.NewReader(`{"a": 1}`), sent: `{"a": 1}`, contentType: jsonType},
		"a bytes.Buffer":   {body: bytes.NewBufferString(`{"a": 1}`), sent: `{"a": 1}`, contentType: jsonType},
		"another reader": {
			body:        io.LimitReader(strings.NewReader("abcdef"), 3),
			sent:        "abc",
			contentType: jsonType,
		},
		"an empty reader":    {body: strings.NewReader(""), contentType: jsonType},
		"a reader with JSON": {body: readerWithJSON{strings.NewReader("x")}, sent: `{"b":2}`, contentType: jsonType},
		"a form":             {body: form, sent: "a=1+2&a=%C3%A4%26%3D", contentType: formType},
		"a form of another type": {
			body:        form,
			options:     []client.RawOption{client.RawContentType("text/x")},
			sent:        form.Encode(),
			contentType: "text/x",
		},
		"a struct": {body: struct{ A int }{1}, sent: `{"A":1}`, contentType: jsonType},
		"a string": {body: `{"a":1}`, sent: `"{\"a\":1}"`, contentType: jsonType},
	} {
		d := newDesk(t, eachOf("", "{}"), quick)
		_, err := d.Raw(t.Context(), "/x", test.body, append(test.options, client.RawIdempotent())...)
		is(t, err, "")

		// The first response is lost, so the body is sent twice.
		requests := d.requests()
		for _, r := range requests {
			if r.body != test.sent || r.header.Get("Content-Type") != test.contentType {
				t.Errorf("%s: sent %q as %s", name, r.body, r.header.Get("Content-Type"))
			}
		}
		if len(requests) != 2 {
			t.Errorf("%s: %d requests", name, len(requests))
		}
	}
}

// A body that cannot be read is not sent in part.
func TestRawBodyThatCannotBeRead(t *testing.T) {
	d := newDesk(t, always("{}"))
	broken := errors.New("disk error")
	_, err := d.Raw(t.Context(), "/x", io.MultiReader(strings.NewReader("{"), failing{broken}))
	if !errors.Is(err, client.ErrInvalidRequest) || !errors.Is(err, broken) || len(d.requests()) > 0 {
		t.Errorf("%v, sent %q", err, d.requests())
	}
}

// requestLines starts a server that succeeds, and sends the first line of each
// request to a channel.
func requestLines(t *testing.T) (url string, lines chan string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })

	lines = make(chan string, 1)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			reader := textproto.NewReader(bufio.NewReader(conn))
			line, _ := reader.ReadLine()
			// If a connection is closed before its request was read, the response may be lost.
			_, _ = reader.ReadMIMEHeader()
			lines <- line
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
			_ = conn.Close()
		}
	}()
	return "http://" + ln.Addr().String(), lines
}

// The request line has only the two spaces that it must have, whatever the query
// has: otherwise servers reject it, or read another query.
func TestRawQueries(t *testing.T) {
	url, lines := requestLines(t)
	c := dial(t, url)
	for path, want := range map[string]string{
		"/report":                          "/report",
		"/report?":                         "/report?",
		"/report?name=Asha Rao":            "/report?name=Asha%20Rao",
		`/report?q={"a":["b"]}`:            "/report?q=%7B%22a%22:%5B%22b%22%5D%7D",
		"/report?q=ä":                      "/report?q=%C3%A4",
		"/report?q=a HTTP/1.0\r\nX: y":     "/report?q=a%20HTTP/1.0%0D%0AX:%20y",
		"/report?a=1;2&b=<x>&c=^`|\\":      "/report?a=1;2&b=%3Cx%3E&c=%5E%60%7C%5C",
		"/report?q=100%25&name=Asha%20Rao": "/report?q=100%25&name=Asha%20Rao",
		"/report?q=a+b/?@:!$'()*,~":        "/report?q=a+b/?@:!$'()*,~",
	} {
		if _, err := c.Raw(t.Context(), path, nil); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if line := <-lines; line != "POST "+want+" HTTP/1.1" {
			t.Errorf("%s: %q", path, line)
		}
	}
	for _, path := range []string{"/report?q=100%", "/report?q=%zz", "/report?a=1#b", "report", "//x", "/../x"} {
		_, err := c.Raw(t.Context(), path, nil)
		is(t, err, client.ErrInvalidRequest)
	}
}

// A content type that cannot be a header is rejected before net/http rejects it,
// because the error of net/http looks like one of the connection.
func TestRawContentTypeThatCannotBeSent(t *testing.T) {
	d := newDesk(t, always("{}"))
	_, err := d.Raw(t.Context(), "/x", nil, client.RawContentType("text/x\r\nX-Other: y"))
	is(t, err, client.ErrInvalidRequest)
	if len(d.requests()) > 0 {
		t.Errorf("sent %q", d.requests())
	}
}

// Values of a query that look like credentials are cut out of errors. The others
// are not, since messages would be useless without them.
func TestRawQueriesWithCredentials(t *testing.T) {
	const message = `unknown type customer, state success; key sesame-1, id A1B2C3D4E5F6G7H8`
	c := serve(t, response(`{"status":"failed","message":"`+message+`"}`))
	for query, want := range map[string]string{
		"type=customer&state=success":       message,
		"type=customer&auth_key=sesame-1":   strings.ReplaceAll(message, "sesame-1", "[redacted]"),
		"type=customer;token=sesame%2d1":    strings.ReplaceAll(message, "sesame-1", "[redacted]"),
		"type=customer&id=A1B2C3D4E5F6G7H8": strings.ReplaceAll(message, "A1B2C3D4E5F6G7H8", "[redacted]"),
	} {
		_, err := c.Raw(t.Context(), "/report?"+query, nil)
		e := is(t, err, client.ErrFailed)
		if e.Message != want {
			t.Errorf("%s: %s", query, e.Message)
		}
	}
}
