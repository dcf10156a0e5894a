package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// The mock says on standard error what its limits forget and reject.
func TestLimitsOfTheMock(t *testing.T) {
	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--worlds", "1", "--records", "30", "--max-body", "200")
	post(t, s.ready.URL+addPath, "test-first", goodAdd)
	post(t, s.ready.URL+addPath, "test-second", goodAdd)
	post(t, s.ready.URL+addPath, "test-first", goodAdd)
	post(t, s.ready.URL+addPath, "test-first", goodAdd)
	post(t, s.ready.URL+addPath, "test-first", strings.Repeat(" ", 201)+goodAdd)

	code, _, stderr := s.end(t)
	for _, want := range []string{
		"note: the world first, the least recently used, was forgotten with all its records: the limit of worlds is 1",
		"note: the world first was forgotten to make room for others: it is empty now; raise the limits",
		"note: the world holds 29 records, its limit",
		"note: the body is larger than 200 bytes",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error lacks %q:\n%s", want, stderr)
		}
	}
	if code != 0 {
		t.Errorf("ended with %d", code)
	}
}

func TestCustomersOfTheMock(t *testing.T) {
	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--customers", "1000000", "--customer-days", "10")
	_, text := post(t, s.ready.URL+getPath, "test-a", `[{"phone":"9001000000"}]`)
	if !strings.Contains(text, "Customer 01000000") {
		t.Errorf("the last of a million customers: got %s", text)
	}
}

func TestMockForBrowsersAndHTTP2(t *testing.T) {
	s := startServer(t, "mock", "--addr", "127.0.0.1:0",
		"--cors", "http://localhost:5173", "--http2", "--fault", "getCustomer=refused-stream:1")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.ready.URL+getPath, strings.NewReader("[]"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "http://localhost:5173")
	req.Header.Set("Authorization", "Basic test-a")

	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req) // sent again by net/http, which may: it was not processed
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	origin := resp.Header.Get("Access-Control-Allow-Origin")
	if resp.ProtoMajor != 2 || origin != "http://localhost:5173" {
		t.Errorf("got HTTP/%d for %q", resp.ProtoMajor, origin)
	}
}

// A body that does not arrive in time is rejected, although the mock checks each
// request before it serves it.
func TestSlowBody(t *testing.T) {
	for _, args := range [][]string{nil, {"--check"}, {"--strict"}, {"--quiet"}} {
		s := startServer(t, append([]string{"mock", "--addr", "127.0.0.1:0", "--body-time", "20ms"}, args...)...)
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.ready.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		const head = "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic test-acme\r\nContent-Length: 900\r\n\r\n{"
		if _, err := fmt.Fprintf(conn, head, addPath); err != nil {
			t.Fatal(err)
		}

		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		note := res.Header.Get("X-Kapture-Mock-Note")
		if res.StatusCode != http.StatusBadRequest || note != "limit: the body did not arrive within 20ms" {
			t.Errorf("%v: HTTP %d, note %q", args, res.StatusCode, note)
		}
		s.end(t)
	}
}
