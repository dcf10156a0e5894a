package client_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// countConnections starts a server and counts the connections to it.
func countConnections(t *testing.T, handler http.HandlerFunc) (url string, opened *atomic.Int32) {
	t.Helper()
	opened = new(atomic.Int32)
	srv := httptest.NewUnstartedServer(handler)
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL, opened
}

// Parallel calls keep their connections for the next calls. A few more are opened
// if one becomes idle while another is being dialled: on a busy machine, one more
// for each of the calls, and now and then again. A transport that does not keep
// enough idle connections would open thousands.
func TestConnectionsOfCallsAtOnce(t *testing.T) {
	const few = 16
	for parallel, inputs := range map[int]int{4: 500, 16: 20_000, 64: 1_000} {
		url, opened := countConnections(t, response(added))
		c, err := client.New("", client.WithBaseURL(url), client.WithToken(token))
		if err != nil {
			t.Fatal(err)
		}
		done := 0
		for r := range c.Customers.AddAll(t.Context(), people(inputs, new(atomic.Int32)), client.Parallel(parallel)) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			done++
		}
		most := parallel + max(few, parallel) + inputs/100
		if n := int(opened.Load()); done != inputs || n > most {
			t.Errorf("%d at once: %d calls over %d connections, want at most %d", parallel, done, n, most)
		}
	}
}

// The parallel windows of a pull keep their connections, too.
func TestConnectionsOfWindowsAtOnce(t *testing.T) {
	const windows = 16
	const few = 16
	url, opened := countConnections(t, response(page()))
	c, err := client.New("", client.WithBaseURL(url), client.WithToken(token))
	if err != nil {
		t.Fatal(err)
	}
	atOnce := client.WithParallelWindows(windows)
	_, errs := read(c.Customers.Pull(t.Context(), day("2020-01-01"), day("2021-12-31"), atOnce))
	if n := int(opened.Load()); len(errs) > 0 || n > windows+few {
		t.Errorf("%d connections: %v", n, errs)
	}
}

// writesOnce is a connection that sends one request and then fails to write, as
// one that the server has closed.
type writesOnce struct {
	net.Conn
	writes int
}

func (w *writesOnce) Write(p []byte) (int, error) {
	w.writes++
	if w.writes > 1 {
		return 0, errors.New("connection reset by peer")
	}
	return w.Conn.Write(p)
}

// If a kept connection of HTTP/1 is gone before a byte was written, the outcome
// is not in doubt: net/http sends the whole request over another one.
func TestAKeptConnectionThatIsGone(t *testing.T) {
	var mu sync.Mutex
	var bodies []string
	url, _ := countConnections(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies = append(bodies, string(body))
		mu.Unlock()
		_, _ = io.WriteString(w, added)
	})
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &writesOnce{Conn: conn}, err
	}}
	defer transport.CloseIdleConnections()
	c := dial(t, url, client.WithHTTPClient(&http.Client{Transport: transport}))
	for range 3 {
		if _, err := c.Customers.Add(t.Context(), somebody()); err != nil {
			t.Fatal(err)
		}
	}
	if len(bodies) != 3 || bodies[0] != bodies[1] || bodies[0] != bodies[2] {
		t.Errorf("arrived: %q", bodies)
	}
}

// setDefaultTransport replaces http.DefaultTransport for one test.
func setDefaultTransport(t *testing.T, transport http.RoundTripper) {
	t.Helper()
	usual := http.DefaultTransport
	http.DefaultTransport = transport
	t.Cleanup(func() { http.DefaultTransport = usual })
}

// A transport that a test puts in the place of http.DefaultTransport is used,
// also after the client was made.
func TestAnotherDefaultTransport(t *testing.T) {
	c, err := client.New("acme")
	if err != nil {
		t.Fatal(err)
	}
	setDefaultTransport(t, roundTripFunc(func(*http.Request) (*http.Response, error) {
		return newResponse(200, found), nil
	}))
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(7)); err != nil {
		t.Error(err)
	}

	var proxied atomic.Int32
	setDefaultTransport(t, &http.Transport{Proxy: func(*http.Request) (*url.URL, error) {
		proxied.Add(1)
		return nil, errors.New("no proxy today")
	}})
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(7)); err == nil || proxied.Load() == 0 {
		t.Errorf("asked for a proxy %d times: %v", proxied.Load(), err)
	}
}

// If a proxy cannot be chosen or reached, nothing was sent, and no error shows
// the proxy's password.
func TestProxiesThatFail(t *testing.T) {
	closed := closedAddress(t)
	choose := func(text string) func(*http.Request) (*url.URL, error) {
		return func(*http.Request) (*url.URL, error) { return url.Parse(text) }
	}
	for name, proxy := range map[string]func(*http.Request) (*url.URL, error){
		"its URL cannot be parsed": choose("http://svc:s3cr3t%zz@proxy.example.com:3128"),
		"it is not there":          choose("http://svc:s3cr3t@" + closed),
		"it cannot be chosen": func(*http.Request) (*url.URL, error) {
			return nil, errors.New("no proxy for this host: tried http://svc:s3cr3t@proxy.example.com")
		},
		"its scheme is unknown": choose("gopher://svc:s3cr3t@" + closed),
	} {
		for wrapped, transport := range map[string]http.RoundTripper{
			"directly": &http.Transport{Proxy: proxy},
			"wrapped":  roundTripFunc((&http.Transport{Proxy: proxy}).RoundTrip),
		} {
			c, err := client.New("acme", quick, client.WithHTTPClient(&http.Client{Transport: transport}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Customers.Add(t.Context(), somebody())
			e := is(t, err, client.ErrTransport)
			for cause := error(e); cause != nil; cause = errors.Unwrap(cause) {
				if strings.Contains(fmt.Sprintf("%v %+v", cause, cause), "s3cr3t") {
					t.Errorf("%s, %s: the password is in the error: %v", name, wrapped, cause)
				}
			}
			// Another transport than that of net/http may have sent something.
			if e.OutcomeUnknown && wrapped == "directly" {
				t.Errorf("%s: nothing can have left this machine: %v", name, e)
			}
		}
	}
}

// refusingProxy starts a proxy that refuses every request with a status line, and
// counts the requests.
func refusingProxy(t *testing.T, status string) (proxy *http.Transport, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	address := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
		asked.Add(1)
		fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", status)
		_ = conn.Close()
	})
	location, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Transport{Proxy: http.ProxyURL(location)}, asked
}

// A proxy that refuses to connect for a reason that stays is asked once: with a
// wrong password, asking again may lock an account.
func TestProxiesThatRefuse(t *testing.T) {
	for status, want := range map[string]int32{
		"407 Proxy Authentication Required": 1,
		"403 Forbidden":                     1,
		"502 Bad Gateway":                   4,
		"503 Service Unavailable":           4,
	} {
		proxy, asked := refusingProxy(t, status)
		c, err := client.New("acme", quick, client.WithHTTPClient(&http.Client{Transport: proxy}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Customers.Add(t.Context(), somebody())
		e := is(t, err, client.ErrTransport)
		if e.OutcomeUnknown || asked.Load() != want {
			t.Errorf("%s: asked %d times: %v", status, asked.Load(), err)
		}
	}
}

// The default transport recognises a refusal by its status code, whatever its
// words are.
func TestProxiesThatRefuseInOtherWords(t *testing.T) {
	proxy, asked := refusingProxy(t, "407 Sign in first")
	setDefaultTransport(t, proxy)
	c, err := client.New("acme", quick)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Customers.Add(t.Context(), somebody())
	e := is(t, err, client.ErrTransport)
	if e.OutcomeUnknown || asked.Load() != 1 {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
}

// If a connection is closed before any response, that is a failed connection, not
// a response that was cut.
func TestClosedBeforeAResponse(t *testing.T) {
	url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) { _ = conn.Close() })
	_, err := dial(t, url).Customers.Add(t.Context(), somebody())
	e := is(t, err, client.ErrTransport)
	if !e.OutcomeUnknown || strings.Contains(e.Error(), "inside the response") {
		t.Error(e)
	}
}

// A server that closes the connection during the TLS handshake has received
// nothing.
func TestClosedBeforeTheHandshake(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for conn, err := ln.Accept(); err == nil; conn, err = ln.Accept() {
			_, _ = bufio.NewReader(conn).ReadString('\n')
			_ = conn.Close()
		}
	}()
	_, err = dial(t, "https://"+ln.Addr().String()).Customers.Add(t.Context(), somebody())
	e := is(t, err, client.ErrTransport)
	if e.OutcomeUnknown {
		t.Error(e)
	}
}

// net/http accepts a response whose Body is nil, as the transport of a test may
// return it. So does the client, under every status.
func TestResponsesWithoutABody(t *testing.T) {
	for status, code := range map[int]client.Code{
		200: client.ErrUndecodable,
		302: client.ErrRedirect,
		307: client.ErrRedirect,
		429: client.ErrRateLimited,
		500: client.ErrServer,
	} {
		c := clientOver(t, func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{"Location": {"/login"}}, Request: r}, nil
		}, client.WithoutRetry())
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		is(t, err, code)
		_, errs := pullOneDay(t, c)
		if len(errs) != 1 || !errors.Is(errs[0], code) && status != 200 {
			t.Errorf("%d: %v", status, errs)
		}
	}
}

// A panic of code that parallel windows call can be recovered by the caller, also
// if the loop was left before.
func TestPanicsOfParallelWindows(t *testing.T) {
	for _, where := range callersCode[1:] {
		for _, breaks := range []bool{false, true} {
			t.Run(fmt.Sprint(where, " break ", breaks), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { // fails if a goroutine stays
					p := &panicking{where: where}
					p.after.Store(3)
					counted := &counter{}
					fromCaller := []client.Option{
						client.WithHook(counted), client.WithHook(p),
						client.WithLimiter(p), client.WithTokenSource(p.token),
					}
					c := clientOver(t, func(*http.Request) (*http.Response, error) {
						time.Sleep(time.Second)
						p.at("transport")
						return newResponse(200, page(7)), nil
					}, fromCaller...)
					saved := 0
					defer func() {
						counted.check(t)
						if saved > 3 {
							t.Errorf("%d days have a checkpoint, but only 3 calls were complete", saved)
						}
					}()
					defer func() {
						if got := recover(); got != any(where) {
							t.Errorf("recovered %v", got)
						}
					}()
					save := func(context.Context, client.Checkpoint) error {
						saved++
						return nil
					}
					options := []client.PullOption{client.WithParallelWindows(4), client.WithCheckpoint(save)}
					for range c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-20"), options...) {
						time.Sleep(time.Minute) // so that those ahead have panicked
						if breaks {
							break
						}
					}
				})
			})
		}
	}
}

// Leaving the loop of a pull with parallel windows does not wait for a window
// that is about to be asked for again.
func TestBreakOffParallelWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		c := clientOver(t, func(r *http.Request) (*http.Response, error) {
			sent.Add(1)
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), "1999-12-01") {
				time.Sleep(time.Second)
				return newResponse(200, page(7)), nil
			}
			return newResponse(503, "", "Retry-After", "50"), nil
		})
		start := time.Now()
		for range c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-20"), client.WithParallelWindows(4)) {
			break
		}
		before := sent.Load()
		if took := time.Since(start); took != time.Second {
			t.Errorf("the loop ended after %v", took)
		}
		time.Sleep(time.Hour)
		if sent.Load() != before {
			t.Errorf("%d requests after the end", sent.Load()-before)
		}
	})
}

// If the deadline of a context has passed, that is a timeout, whatever cause the
// caller gave the context.
func TestADeadlineWithACause(t *testing.T) {
	cause := errors.New("closing time")
	ctx, cancel := context.WithDeadlineCause(t.Context(), time.Now(), cause)
	defer cancel()
	_, err := serve(t, response(found)).Customers.Get(ctx, client.CustomerByID(7))
	if !errors.Is(err, client.ErrTimeout) || !errors.Is(err, cause) {
		t.Error(err)
	}
}
