package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// testProxy is a proxy in the test's own process.
type testProxy struct {
	address string // host and port
	checks  *checks
	log     *lines
}

// lines keeps what is printed.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func proxyBefore(t *testing.T, upstream string, set ...func(*forwarder)) *testProxy {
	t.Helper()
	address, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	j, err := newJudge(false, address.Path)
	if err != nil {
		t.Fatal(err)
	}
	j.foreignIsFinding = true
	p := &testProxy{log: &lines{}}
	p.checks = newChecks(j, p.log)
	forward := newForwarder(address, p.checks)
	for _, change := range set {
		change(forward)
	}
	server := httptest.NewServer(forward)
	t.Cleanup(server.Close)
	p.address = server.Listener.Addr().String()
	return p
}

// result ends the checks and sums up.
func (p *testProxy) result() *report.Run {
	p.checks.drain()
	return p.checks.judge.report("a server", "a test", time.Now())
}

// rawServer handles each connection as the function says.
func rawServer(t *testing.T, handle func(conn net.Conn)) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		open.Wait()
	})
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	return "http://" + listener.Addr().String()
}

// exchangeRaw sends bytes and returns everything up to the end of the connection.
func exchangeRaw(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, request) }()
	response, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("%q, then %v", response, err)
	}
	return string(response)
}

// headAndRest reads up to the end of the header.
func headAndRest(reader *bufio.Reader) string {
	var head strings.Builder
	for {
		line, err := reader.ReadString('\n')
		head.WriteString(line)
		if err != nil || line == "\r\n" {
			return head.String()
		}
	}
}

const notFound = `{"Customer Details":"Information given by you does not exist in our sytsem.","status":"failed"}`

// A request reaches the server as the client wrote it.
func TestProxyPassesRequestsUnchanged(t *testing.T) {
	const chunked = "Transfer-Encoding: chunked\r\n"
	tests := map[string]struct {
		target  string
		header  string
		body    string
		want    []string
		without string
	}{
		"a semicolon in the query":    {target: "/x?auth_key=k&json=[%22a;b%22]&z=1"},
		"a percent sign in the query": {target: "/x?z=1&p=100%&a=2"},
		"odd separators":              {target: "/x?=1&&b=%zz&a"},
		"an empty query":              {target: "/x?"},
		"a path as it is escaped":     {target: "/a%2Fb/%41'(x)/\"q\""},
		"a path with two slashes":     {target: "//a/../b"},
		"forwarding headers": {
			header: "Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\n" +
				"X-Forwarded-Host: a.example.com\r\nX-Forwarded-Proto: https\r\n",
			want: []string{
				"Forwarded: for=192.0.2.1\r\n",
				"X-Forwarded-For: 192.0.2.1\r\n",
				"X-Forwarded-Host: a.example.com\r\n",
				"X-Forwarded-Proto: https\r\n",
			},
		},
		"no header of its own": {without: "user-agent|accept-encoding|x-forwarded|via|forwarded"},
		"announced trailers": {
			header: chunked + "Trailer: X-Sum\r\n", body: "2\r\n{}\r\n0\r\nX-Sum: 12\r\n\r\n",
			want: []string{"Trailer: X-Sum\r\n", "0\r\nX-Sum: 12\r\n\r\n"},
		},
		"trailers without an announcement": {
			header: chunked,
			body:   "2\r\n{}\r\n0\r\nX-Sum: 12\r\n\r\n",
			want:   []string{"0\r\nX-Sum: 12\r\n\r\n"},
		},
		"an upgrade": {
			header: "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
			want: []string{
				"Connection: Upgrade, HTTP2-Settings\r\n",
				"Upgrade: h2c\r\n",
				"Http2-Settings: AAMAAABk\r\n",
			},
		},
		"a key for idempotency": {header: "Idempotency-Key: 12\r\n", want: []string{"idempotency-key: 12\r\n"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			arrived := make(chan string, 1)
			upstream := rawServer(t, func(conn net.Conn) {
				arrived <- requestWithTrailer(bufio.NewReader(conn))
				fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
			})
			target := test.target
			if target == "" {
				target = "/x"
			}
			p := proxyBefore(t, upstream)
			head := "POST " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + test.header + "\r\n"
			exchangeRaw(t, p.address, head+test.body)

			got := <-arrived
			if line := "POST " + target + " HTTP/1.1\r\n"; !strings.HasPrefix(got, line) {
				t.Errorf("got %q, want %q", got, line)
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want %q in it", got, want)
				}
			}
			for _, name := range strings.Split(test.without, "|") {
				if name != "" && strings.Contains(strings.ToLower(got), "\n"+name) {
					t.Errorf("the proxy added %s: %q", name, got)
				}
			}
		})
	}
}

// requestWithTrailer reads a request, in chunks up to the trailer of these tests.
func requestWithTrailer(reader *bufio.Reader) string {
	text := headAndRest(reader)
	for strings.Contains(text, "chunked") && !strings.HasSuffix(text, "12\r\n\r\n") {
		line, err := reader.ReadString('\n')
		text += line
		if err != nil {
			break
		}
	}
	return text
}

// A response reaches the client as the server wrote it.
func TestProxyPassesResponsesUnchanged(t *testing.T) {
	tests := map[string]struct{ response, want string }{
		"no header is added": {
			"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
			"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>",
		},
		"two cookies": {
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n",
			"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n",
		},
		"announced trailers": {
			"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 12\r\n\r\n",
			"0\r\nX-Sum: 12\r\n\r\n",
		},
		"trailers": {
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 12\r\n\r\n",
			"0\r\nX-Sum: 12\r\n\r\n",
		},
		"a response before": {
			"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
			"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n",
		},
		"an upgrade, no body": {
			"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nPRI",
			"Upgrade: h2c\r\n\r\nPRI",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			upstream := rawServer(t, func(conn net.Conn) {
				headAndRest(bufio.NewReader(conn))
				fmt.Fprint(conn, test.response)
			})
			p := proxyBefore(t, upstream)
			upgrade := ""
			if strings.Contains(test.response, " 101 ") {
				upgrade = "Connection: Upgrade\r\nUpgrade: h2c\r\n"
			}
			got := exchangeRaw(t, p.address, "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+upgrade+"\r\n")
			if !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A server may respond before it has read the request. It still gets all of it,
// and nobody is blamed.
func TestEarlyResponse(t *testing.T) {
	lengths := map[string]string{
		"with a length": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(notFound), notFound),
		"in chunks": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
			len(notFound), notFound),
	}
	for name, response := range lengths {
		for _, size := range []int{21, 200_000, 2_000_000} {
			t.Run(fmt.Sprint(name, size), func(t *testing.T) {
				body := `[{"phone":"9000000001","note":"` + strings.Repeat("a", size) + `"}]`
				arrived := make(chan int, 1)
				upstream := rawServer(t, func(conn net.Conn) {
					reader := bufio.NewReader(conn)
					headAndRest(reader)
					const head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
					fmt.Fprint(conn, head+response)
					n, _ := io.Copy(io.Discard, io.LimitReader(reader, int64(len(body))))
					arrived <- int(n)
				})
				p := proxyBefore(t, upstream)
				head := "POST " + getPath + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic k\r\n" +
					"Content-Type: application/json\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n"
				got := exchangeRaw(t, p.address, head+body)
				if !strings.Contains(got, notFound) {
					t.Errorf("got %q", got)
				}
				if n := <-arrived; n != len(body) {
					t.Errorf("%d of %d bytes arrived", n, len(body))
				}
				run := p.result()
				if sum := run.Summary(); sum.Verdict != report.Conforms || sum.Exchanges != 1 {
					t.Errorf("%+v\n%s", sum, p.log)
				}
			})
		}
	}
}

// A client may send the rest of its request after it has seen the response.
func TestRequestAfterItsResponse(t *testing.T) {
	rest := strings.Repeat("a", 1<<20)
	arrived := make(chan int, 1)
	upstream := rawServer(t, func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		headAndRest(reader)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		n, _ := io.Copy(io.Discard, io.LimitReader(reader, int64(len(rest))))
		arrived <- int(n)
	})
	p := proxyBefore(t, upstream)
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", len(rest))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	_, err = io.WriteString(conn, rest)
	if n := <-arrived; err != nil || n != len(rest) {
		t.Errorf("%d of %d bytes arrived, %v", n, len(rest), err)
	}
}

// A client that stops sending when it sees an early response gets its end.
func TestEarlyResponseToAClientThatStops(t *testing.T) {
	upstream := rawServer(t, func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		headAndRest(reader)
		fmt.Fprint(conn, "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
		_, _ = io.Copy(io.Discard, reader)
	})
	p := proxyBefore(t, upstream)
	got := exchangeRaw(t, p.address, "POST "+getPath+" HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[")
	if !strings.HasSuffix(got, "0\r\n\r\n") {
		t.Errorf("got %q", got)
	}
	if sum := p.result().Summary(); sum.Findings != 0 || sum.Unchecked != 1 {
		t.Errorf("%+v\n%s", sum, p.log)
	}
}

// What the client sent once, the server sees once, also when a connection that
// was used before breaks.
func TestProxySendsOnce(t *testing.T) {
	for name, request := range map[string]string{
		"a read":                "GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
		"a key for idempotency": "POST /x HTTP/1.1\r\nHost: x\r\nIdempotency-Key: 1\r\nContent-Length: 0\r\n\r\n",
		"another such key":      "POST /x HTTP/1.1\r\nHost: x\r\nX-Idempotency-Key: 1\r\nContent-Length: 0\r\n\r\n",
		"options":               "OPTIONS /x HTTP/1.1\r\nHost: x\r\n\r\n",
		"trace":                 "TRACE /x HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			requests := 0
			upstream := rawServer(t, func(conn net.Conn) {
				reader := bufio.NewReader(conn)
				for first := true; ; first = false {
					if head := headAndRest(reader); !strings.HasSuffix(head, "\r\n\r\n") {
						return
					}
					mu.Lock()
					requests++
					mu.Unlock()
					if !first {
						return // the response is lost
					}
					fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
				}
			})
			p := proxyBefore(t, upstream)
			conn, err := net.Dial("tcp", p.address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			reader := bufio.NewReader(conn)
			var statuses []int
			for range 2 {
				fmt.Fprint(conn, request)
				res, err := http.ReadResponse(reader, nil)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, res.Body)
				statuses = append(statuses, res.StatusCode)
			}
			mu.Lock()
			defer mu.Unlock()
			if requests != 2 || fmt.Sprint(statuses) != "[200 502]" {
				t.Errorf("the server saw %d requests, the client got %v", requests, statuses)
			}
		})
	}
}

// A request for another host is not sent to the server: it may have the key of
// that host.
func TestProxyRefusesOtherHosts(t *testing.T) {
	arrived := 0
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived++
		fmt.Fprint(w, "{}")
	}))
	defer upstream.Close()
	p := proxyBefore(t, upstream.URL)
	server := strings.TrimPrefix(upstream.URL, "http://")
	_, port, _ := net.SplitHostPort(p.address)
	for line, status := range map[string]int{
		"CONNECT other.example.com:443":           http.StatusNotImplemented,
		"CONNECT " + server:                       http.StatusNotImplemented,
		"POST http://other.example.com/a":         http.StatusNotImplemented,
		"POST http://" + server + "/a":            http.StatusOK,
		"POST http://" + p.address + "/a?b=%zz;c": http.StatusOK,
		"POST http://localhost:" + port + "/a":    http.StatusOK,
		"POST http://127.0.0.1:1/a":               http.StatusNotImplemented,
		"POST /a":                                 http.StatusOK,
	} {
		before := arrived
		got := exchangeRaw(t, p.address, line+" HTTP/1.1\r\nHost: other.example.com\r\nConnection: close\r\n\r\n")
		isWanted := strings.HasPrefix(got, fmt.Sprintf("HTTP/1.1 %d ", status))
		if !isWanted || (arrived > before) != (status == http.StatusOK) {
			t.Errorf("%s: %q, and %d requests reached the server", line, got, arrived-before)
		}
		if status != http.StatusOK && !strings.Contains(got, "use its address in place of the server's") {
			t.Errorf("%s: no sentence: %q", line, got)
		}
	}
}

// A client that leaves in the middle of a response is not the server's fault,
// whatever its end looks like.
func TestClientThatLeaves(t *testing.T) {
	text := `{"Customer Details":[` + strings.Repeat(`{"id":1},`, 300_000) + `{"id":1}],"status":"success"}`
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	}))
	defer upstream.Close()
	p := proxyBefore(t, upstream.URL)
	const clients = 30
	for i := range clients {
		conn, err := net.Dial("tcp", p.address)
		if err != nil {
			t.Fatal(err)
		}
		const request = "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic k\r\n" +
			"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
		fmt.Fprintf(conn, request, getPath)
		_, _ = io.CopyN(io.Discard, conn, int64(1+i*1000))
		conn.Close()
	}
	run := p.result()
	sum := run.Summary()
	if strings.Contains(p.log.String(), "body-truncated") || sum.Unchecked+sum.Exchanges != clients {
		t.Errorf("%+v\n%s", sum, p.log)
	}
}

// waiting is an observer that lets no check end.
type waiting struct{ until chan struct{} }

func (w waiting) observe(seenExchange) { <-w.until }

// No response waits for a check, of its own or of another exchange.
func TestResponsesDoNotWaitForChecks(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, notFound)
	}))
	defer upstream.Close()
	until := make(chan struct{})
	p := proxyBefore(t, upstream.URL, func(f *forwarder) { f.checks.observers = []observer{waiting{until}} })
	const exchanges = 50
	for range exchanges {
		status, got := post(t, "http://"+p.address+getPath, "k", `[{"phone":"9000000001"}]`)
		if status != http.StatusOK || got != notFound {
			t.Fatal(status, got)
		}
	}
	close(until)
	if sum := p.result().Summary(); sum.Exchanges != exchanges || sum.Verdict != report.Conforms {
		t.Errorf("%+v\n%s", sum, p.log)
	}
}

// What cannot be kept for a check passes all the same, and is named and counted.
func TestProxyThatCannotKeepUp(t *testing.T) {
	large := `{"Customer Details":"` + strings.Repeat("a", maxKept) + `","status":"failed"}`
	tests := map[string]struct {
		response string
		memory   int64
		chunked  bool
		want     string
	}{
		"no memory":                  {response: notFound, memory: 1, want: "the checks are behind"},
		"no memory, unknown length":  {response: notFound, memory: 100, chunked: true, want: "the checks are behind"},
		"no memory for the exchange": {response: notFound, memory: 1000, want: "the checks are behind"},
		"a large body":               {response: large, memory: maxHeld, want: "a body is larger than 32 MiB"},
		"a large one, unknown length": {
			response: large,
			memory:   maxHeld,
			chunked:  true,
			want:     "a body is larger than 32 MiB",
		},
		"a large one and small memory": {response: large, memory: 1 << 20, want: "a body is larger than 32 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if test.chunked {
					_ = http.NewResponseController(w).Flush()
				} else {
					w.Header().Set("Content-Length", fmt.Sprint(len(test.response)))
				}
				_, _ = io.WriteString(w, test.response)
			}))
			defer upstream.Close()
			memory := newBudget(test.memory)
			p := proxyBefore(t, upstream.URL, func(f *forwarder) { f.checks.memory = memory })
			if _, got := post(t, "http://"+p.address+getPath, "k", `[]`); got != test.response {
				t.Errorf("%d bytes became %d", len(test.response), len(got))
			}
			sum := p.result().Summary()
			if sum.Unchecked != 1 || sum.Verdict != report.Incomplete || !strings.Contains(p.log.String(), test.want) {
				t.Errorf("%+v\n%s", sum, p.log)
			}
			if free := memory.free.Load(); free != test.memory {
				t.Errorf("%d of %d bytes were given back", free, test.memory)
			}
		})
	}
}
