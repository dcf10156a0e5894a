package client_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// roundTripFunc responds without a network, so that time can be that of a
// synctest bubble.
type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newResponse returns a response with headers: a name, its value, and so on.
func newResponse(status int, body string, headers ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp
}

// clientOver returns a client that sends through a transport.
func clientOver(t *testing.T, transport roundTripFunc, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New("acme", append([]client.Option{
		client.WithHTTPClient(&http.Client{Transport: transport}),
		client.WithToken(token),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	found         = `{"Customer Details":{"id":7},"status":"success"}`
	foundAndAdded = `{"Customer Details":{"id":7},"customer":{"customer_id":7},"status":"success"}`
)

func TestRetries(t *testing.T) {
	broken := errors.New("connection reset by peer")
	var refused error = &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for name, test := range map[string]struct {
		script []any     // an error or an HTTP status for each attempt; the last one is repeated
		read   attempted // by a call that only reads
		write  attempted // by one that writes
	}{
		"success":  {script: []any{200}, read: attempted{times: 1}, write: attempted{times: 1}},
		"429 once": {script: []any{429, 200}, read: attempted{times: 2}, write: attempted{times: 2}},
		"429 forever": {
			script: []any{429},
			read:   attempted{times: 3, code: client.ErrRateLimited},
			write:  attempted{times: 3, code: client.ErrRateLimited},
		},
		"500 once": {
			script: []any{500, 200},
			read:   attempted{times: 2},
			write:  attempted{times: 1, code: client.ErrServer, unknown: true},
		},
		"503 forever": {
			script: []any{503},
			read:   attempted{times: 3, code: client.ErrServer},
			write:  attempted{times: 1, code: client.ErrServer, unknown: true},
		},
		"400": {
			script: []any{400},
			read:   attempted{times: 1, code: client.ErrFailed},
			write:  attempted{times: 1, code: client.ErrFailed},
		},
		"401": {
			script: []any{401},
			read:   attempted{times: 1, code: client.ErrAuthKey},
			write:  attempted{times: 1, code: client.ErrAuthKey},
		},
		"broken once": {
			script: []any{broken, 200},
			read:   attempted{times: 2},
			write:  attempted{times: 1, code: client.ErrTransport, unknown: true},
		},
		"broken forever": {
			script: []any{broken},
			read:   attempted{times: 3, code: client.ErrTransport},
			write:  attempted{times: 1, code: client.ErrTransport, unknown: true},
		},
		"refused once": {script: []any{refused, 200}, read: attempted{times: 2}, write: attempted{times: 2}},
		"refused, then broken": {
			script: []any{refused, broken, 200},
			read:   attempted{times: 3},
			write:  attempted{times: 2, code: client.ErrTransport, unknown: true},
		},
		"cut in the body": {
			script: []any{io.ErrUnexpectedEOF, 200},
			read:   attempted{times: 2},
			write:  attempted{times: 1, code: client.ErrTruncated, unknown: true},
		},
		"429, then broken": {
			script: []any{429, broken, 200},
			read:   attempted{times: 3},
			write:  attempted{times: 2, code: client.ErrTransport, unknown: true},
		},
		"temporary DNS failure": {
			script: []any{&net.DNSError{IsTemporary: true, Name: "x"}, 200},
			read:   attempted{times: 2},
			write:  attempted{times: 1, code: client.ErrTransport, unknown: true},
		},
		"reset": {
			script: []any{&net.OpError{Op: "read", Err: errors.New("reset")}, 200},
			read:   attempted{times: 2},
			write:  attempted{times: 1, code: client.ErrTransport, unknown: true},
		},
		"redirect": {
			script: []any{302, 200},
			read:   attempted{times: 1, code: client.ErrRedirect},
			write:  attempted{times: 1, code: client.ErrRedirect, unknown: true},
		},
		"failed under 200": {
			script: []any{"failed"},
			read:   attempted{times: 1, code: client.ErrFailed},
			write:  attempted{times: 1, code: client.ErrFailed},
		},
		"502, then success": {
			script: []any{502, 200},
			read:   attempted{times: 2},
			write:  attempted{times: 1, code: client.ErrServer, unknown: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := clientOver(t, func(r *http.Request) (*http.Response, error) {
					if body, err := io.ReadAll(r.Body); err != nil || len(body) == 0 {
						t.Errorf("attempt %d has body %q, %v", sent, body, err)
					}
					step := test.script[min(sent, len(test.script)-1)]
					sent++
					return scripted(step)
				})

				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				_, err := c.Customers.Get(ctx, client.CustomerByID(7))
				test.read.check(t, err, sent)

				sent = 0
				_, err = c.Customers.Add(t.Context(), somebody())
				test.write.check(t, err, sent)
			})
		})
	}
}

// scripted is the response of a step: an error, an HTTP status, or "failed".
func scripted(step any) (*http.Response, error) {
	switch step := step.(type) {
	case int:
		if step == 200 {
			return newResponse(200, foundAndAdded), nil
		}
		return newResponse(step, `{"message":"no"}`, "Location", "https://example.com/x"), nil
	case string:
		return newResponse(200, `{"status":"`+step+`","message":"no"}`), nil
	case error:
		if errors.Is(step, io.ErrUnexpectedEOF) {
			resp := newResponse(200, "")
			resp.Body = brokenAfter(`{"st`, step)
			return resp, nil
		}
		return nil, step
	}
	panic(fmt.Sprint("no such step: ", step))
}

// attempted is how often a call is sent, and with which error it ends.
type attempted struct {
	times   int
	code    client.Code // "" for a success
	unknown bool        // the write may have been done
}

func (want attempted) check(t *testing.T, err error, times int) {
	t.Helper()
	if times != want.times {
		t.Errorf("sent %d times, want %d", times, want.times)
	}
	e := is(t, err, want.code)
	if e == nil {
		return
	}
	if e.Code != want.code || e.Attempts != want.times {
		t.Errorf("%s after %d attempts, want %s after %d", e.Code, e.Attempts, want.code, want.times)
	}
	if e.OutcomeUnknown != want.unknown {
		t.Errorf("outcome unknown is %t: %v", e.OutcomeUnknown, e)
	}
}

// A host that does not exist is not looked up again.
func TestUnknownHostIsNotRetried(t *testing.T) {
	unknown := &net.DNSError{IsNotFound: true, Name: "x"}
	sent := 0
	c := clientOver(t, func(*http.Request) (*http.Response, error) {
		sent++
		return nil, unknown
	})
	_, read := c.Customers.Get(t.Context(), client.CustomerByID(7))
	_, write := c.Customers.Add(t.Context(), somebody())
	is(t, read, client.ErrTransport)
	is(t, write, client.ErrTransport)
	if sent != 2 {
		t.Errorf("sent %d times for two calls", sent)
	}
}

// failing is a reader that returns an error.
type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// brokenAfter is a body that breaks off with an error after a text.
func brokenAfter(text string, err error) io.ReadCloser {
	return io.NopCloser(io.MultiReader(strings.NewReader(text), failing{err}))
}

func TestWaits(t *testing.T) {
	for name, test := range map[string]struct {
		headers  []string
		min, max time.Duration // of the wait before the second attempt
	}{
		"none":        {nil, 0, 500 * time.Millisecond},
		"seconds":     {[]string{"Retry-After", "7"}, 7 * time.Second, 7 * time.Second},
		"zero":        {[]string{"Retry-After", "0"}, 0, 0},
		"the longest": {[]string{"Retry-After", "60"}, time.Minute, time.Minute},
		"date": {
			headers: []string{"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT", "Date", "Fri, 31 Dec 1999 23:59:50 GMT"},
			min:     9 * time.Second,
			max:     9 * time.Second,
		},
		"date, own clock": {
			headers: []string{"Retry-After", "Sat, 01 Jan 2000 00:00:05 GMT"},
			min:     4 * time.Second,
			max:     5 * time.Second,
		},
		"date in the past": {[]string{"Retry-After", "Fri, 31 Dec 1999 23:59:50 GMT"}, 0, 500 * time.Millisecond},
		"negative":         {[]string{"Retry-After", "-7"}, 0, 500 * time.Millisecond},
		"nonsense":         {[]string{"Retry-After", "soon"}, 0, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var times []time.Time
				c := clientOver(t, func(*http.Request) (*http.Response, error) {
					times = append(times, time.Now())
					if len(times) == 1 {
						return newResponse(429, `{}`, test.headers...), nil
					}
					return newResponse(200, found), nil
				})
				if _, err := c.Customers.Get(t.Context(), client.CustomerByID(7)); err != nil {
					t.Fatal(err)
				}
				if got := times[1].Sub(times[0]); got < test.min || got > test.max {
					t.Errorf("waited %v, want %v to %v", got, test.min, test.max)
				}
			})
		})
	}
}

func TestBackoffGrowsAndIsCapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		longest := make([]time.Duration, 7)
		shortest := slices.Repeat([]time.Duration{time.Hour}, 7)
		for range 60 {
			var last time.Time
			n := 0
			c := clientOver(t, func(*http.Request) (*http.Response, error) {
				if n > 0 {
					wait := time.Since(last)
					longest[n-1] = max(longest[n-1], wait)
					shortest[n-1] = min(shortest[n-1], wait)
				}
				last = time.Now()
				n++
				return newResponse(503, ""), nil
			}, client.WithRetry(client.RetryPolicy{Attempts: 8, Base: time.Second, Max: 10 * time.Second}))
			_, _ = c.Customers.Get(t.Context(), client.CustomerByID(7))
			if n != 8 {
				t.Fatalf("%d attempts", n)
			}
		}
		for i, seconds := range []int{1, 2, 4, 8, 10, 10, 10} {
			most := time.Duration(seconds) * time.Second
			if longest[i] > most || longest[i] < most/2 || shortest[i] > most/2 {
				t.Errorf("wait %d was %v to %v, want any from 0 to %v", i+1, shortest[i], longest[i], most)
			}
		}
	})
}

// A wait above MaxRetryAfter is not cut short: the call ends, and its error has
// the wait, so that the caller can come back in time.
func TestAWaitAboveTheLongest(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"3600":                          time.Hour,
		"61":                            61 * time.Second,
		"Sat, 01 Jan 2000 02:00:00 GMT": 2 * time.Hour,
	} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			c := clientOver(t, func(*http.Request) (*http.Response, error) {
				sent++
				return newResponse(429, "", "Retry-After", value), nil
			})
			start := time.Now()
			_, read := c.Customers.Get(t.Context(), client.CustomerByID(7))
			_, write := c.Customers.Add(t.Context(), somebody())
			for _, err := range []error{read, write} {
				if e := is(t, err, client.ErrRateLimited); e.RetryAfter != want || e.OutcomeUnknown || e.Attempts != 1 {
					t.Errorf("%s: %v, %v", value, e, e.RetryAfter)
				}
			}
			if sent != 2 || time.Since(start) != 0 {
				t.Errorf("%s: sent %d times in %v", value, sent, time.Since(start))
			}
		})
	}
}

func TestRetryAfterReachesTheCaller(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"90":                            90 * time.Second,
		"Fri, 31 Dec 1999 23:59:50 GMT": 0,
		"-1":                            0,
	} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(429)
		})
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		var e *client.Error
		if !errors.As(err, &e) || e.Code != client.ErrRateLimited || e.RetryAfter != want {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestTheContextEndsEverything(t *testing.T) {
	t.Run("a wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			c := clientOver(t, func(*http.Request) (*http.Response, error) {
				return newResponse(429, "", "Retry-After", "30"), nil
			})
			time.AfterFunc(time.Second, cancel)
			start := time.Now()
			_, err := c.Customers.Add(ctx, somebody())
			if !errors.Is(err, client.ErrCanceled) || !errors.Is(err, context.Canceled) ||
				errors.Is(err, client.ErrOutcomeUnknown) || time.Since(start) != time.Second {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		})
	})
	t.Run("a wait that would be too long", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			busy := func(*http.Request) (*http.Response, error) {
				return newResponse(429, "", "Retry-After", "30"), nil
			}
			start := time.Now()
			_, byContext := clientOver(t, busy).Customers.Get(ctx, client.CustomerByID(7))
			limited := clientOver(t, busy, client.WithTimeout(10*time.Second))
			_, byOption := limited.Customers.Get(t.Context(), client.CustomerByID(7))
			is(t, byContext, client.ErrRateLimited)
			is(t, byOption, client.ErrRateLimited)
			if time.Since(start) != 0 {
				t.Errorf("after %v: %v, %v", time.Since(start), byContext, byOption)
			}
		})
	})
	t.Run("with a cause", func(t *testing.T) {
		cause := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		c := clientOver(t, func(r *http.Request) (*http.Response, error) {
			cancel(cause)
			return nil, r.Context().Err()
		})
		_, err := c.Customers.Get(ctx, client.CustomerByID(7))
		if !errors.Is(err, client.ErrCanceled) || !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWithoutTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOver(t, func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(time.Hour):
				return newResponse(200, page(7)), nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}, client.WithTimeout(0), client.WithAttemptTimeout(0))
		ids, errs := read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
		if ids != "7" {
			t.Errorf("%s %v", ids, errs)
		}
	})
}

func TestTimeouts(t *testing.T) {
	for name, opts := range map[string][]client.Option{
		"an attempt": {client.WithAttemptTimeout(3 * time.Second), client.WithoutRetry()},
		"a call":     {client.WithTimeout(3 * time.Second)},
	} {
		for place, response := range map[string]roundTripFunc{
			"before headers": func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			},
			"in the body": func(r *http.Request) (*http.Response, error) {
				resp := newResponse(200, "")
				resp.Body = io.NopCloser(stalled{r.Context()})
				return resp, nil
			},
		} {
			t.Run(name+" "+place, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := clientOver(t, response, opts...)
					start := time.Now()
					_, err := c.Customers.Add(t.Context(), somebody())
					if !errors.Is(err, client.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) ||
						!errors.Is(err, client.ErrOutcomeUnknown) || time.Since(start) != 3*time.Second {
						t.Errorf("after %v: %v", time.Since(start), err)
					}

					start = time.Now()
					ids, errs := read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
					if ids != "!" || !errors.Is(errs[0], client.ErrTimeout) ||
						errors.Is(errs[0], client.ErrOutcomeUnknown) {
						t.Errorf("pull: %s %v", ids, errs)
					}
					if took := time.Since(start); place == "before headers" && took != 3*time.Second {
						t.Errorf("pull: after %v", took)
					}
				})
			})
		}
	}
}

// stalled is a body that never arrives.
type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// WithTimeout limits the total time of a slow stream.
func TestSlowStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOver(t, drip(20), client.WithAttemptTimeout(5*time.Second), client.WithTimeout(30*time.Second),
			client.WithoutRetry())
		start := time.Now()
		ids, errs := read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
		inTime := ids == "1 2 3 4 5 6 7 !" || ids == "1 2 3 4 5 6 !"
		if !inTime || time.Since(start) != 30*time.Second {
			t.Errorf("after %v: %s %v", time.Since(start), ids, errs)
		}
		e := is(t, errs[0], client.ErrTimeout)
		if !strings.Contains(e.Error(), "than WithTimeout allows") {
			t.Error(e)
		}
	})
}

// The time before the list counts, too.
func TestSlowBeforeTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOver(t, func(r *http.Request) (*http.Response, error) {
			time.Sleep(4 * time.Second)
			return drip(20)(r)
		}, client.WithTimeout(10*time.Second), client.WithoutRetry())
		ids, errs := read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
		if ids != "1 !" && ids != "!" || !errors.Is(errs[0], client.ErrTimeout) {
			t.Errorf("%s %v", ids, errs)
		}
	})
}

// A stream that stalls for longer than WithAttemptTimeout ends, and is asked for
// again if the policy allows.
func TestStalledStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOver(t, drip(20), client.WithAttemptTimeout(3*time.Second), client.WithoutRetry())
		ids, errs := read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
		if ids != "!" || !errors.Is(errs[0], client.ErrTimeout) ||
			!strings.Contains(errs[0].Error(), "than WithAttemptTimeout allows") {
			t.Errorf("%s %v", ids, errs)
		}

		sent := 0
		c = clientOver(t, func(r *http.Request) (*http.Response, error) {
			sent++
			if sent == 1 {
				return drip(20)(r)
			}
			return newResponse(200, page(7)), nil
		}, client.WithAttemptTimeout(3*time.Second))
		ids, errs = read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
		if ids != "7" || sent != 2 {
			t.Errorf("sent %d times: %s %v", sent, ids, errs)
		}
	})
}

// The time that the caller takes for a record does not count, with or without a
// hook: the context of a call with hooks ends in time.
func TestSlowCallers(t *testing.T) {
	for name, hooks := range map[string][]client.Option{"no hook": nil, "a hook": {client.WithHook(&counter{})}} {
		synctest.Test(t, func(t *testing.T) {
			c := clientOver(t, drip(3), append(hooks, client.WithAttemptTimeout(5*time.Second),
				client.WithTimeout(30*time.Second), client.WithoutRetry())...)
			n := 0
			for _, err := range c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")) {
				is(t, err, "")
				n++
				time.Sleep(time.Hour)
			}
			if n != 4 {
				t.Errorf("%s: %d records", name, n)
			}
		})
	}
}

// drip responds with a list, one record every four seconds, and another one at
// the end.
func drip(records int) roundTripFunc {
	return func(r *http.Request) (*http.Response, error) {
		pr, pw := io.Pipe()
		go func() { _ = pw.CloseWithError(writeSlowly(r.Context(), pw, records)) }()
		resp := newResponse(200, "")
		resp.Body = pr
		return resp, nil
	}
}

// writeSlowly writes the list of drip until the context ends.
func writeSlowly(ctx context.Context, w io.Writer, records int) error {
	_, err := io.WriteString(w, `{"message":[`)
	for i := 0; i < records && err == nil; i++ {
		select {
		case <-time.After(4 * time.Second):
			_, err = fmt.Fprintf(w, `{"id":%d},`, i+1)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err == nil {
		_, err = io.WriteString(w, `{"id":99}],"status":"success"}`)
	}
	return err
}

// serveConnections starts a server that handles its connections without
// net/http: each is called with every request, and writes what it likes. n is the
// number of the connection, from 1.
func serveConnections(t *testing.T, each func(n int, conn net.Conn, r *http.Request)) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })

	go func() {
		for n := 1; ; n++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buf := bufio.NewReader(conn)
				for {
					r, err := http.ReadRequest(buf)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, r.Body)
					each(n, conn, r)
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

func respond(conn net.Conn, body string) {
	const format = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
	fmt.Fprintf(conn, format, len(body), body)
}

// breakOff sends the beginning of a response and closes the connection.
func breakOff(conn net.Conn, begun string) {
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+begun)
	_ = conn.Close()
}

// closedAddress is an address where nobody listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	return ln.Addr().String()
}

var quick = client.WithRetry(client.RetryPolicy{Attempts: 4, Base: 1, Max: 1})

func TestRefusedConnections(t *testing.T) {
	c := dial(t, "http://"+closedAddress(t), quick)
	_, err := c.Customers.Add(t.Context(), somebody())
	e := is(t, err, client.ErrTransport)
	if e.Attempts != 4 || e.OutcomeUnknown {
		t.Errorf("got %v", err)
	}
}

// A transport that breaks its contract is an error, not a panic.
func TestATransportWithoutResponse(t *testing.T) {
	c := clientOver(t, func(*http.Request) (*http.Response, error) { return nil, nil }, client.WithoutRetry())
	_, err := c.Customers.Add(t.Context(), somebody())
	if !errors.Is(err, client.ErrTransport) || !errors.Is(err, client.ErrOutcomeUnknown) {
		t.Error(err)
	}
}

// A write is not sent again after a response that leaves open whether it was
// done, even if it asks to come back later.
func TestBusyAndDone(t *testing.T) {
	for body, sends := range map[string]int32{
		added:                  1,
		`{"Status":"Success"}`: 1,
		`{"status":"success"`:  1,
		noCustomers:            4,
		"{}":                   4,
		"<html>":               4,
		"":                     4,
	} {
		var sent atomic.Int32
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent.Add(1)
			responseWith(429, "application/json", body)(w, r)
		}, quick)
		_, err := c.Customers.Add(t.Context(), somebody())
		if sent.Load() != sends || errors.Is(err, client.ErrOutcomeUnknown) != (sends == 1) {
			t.Errorf("%s: sent %d times, %v", body, sent.Load(), err)
		}
		sent.Store(0)
		if _, err := c.Customers.Get(t.Context(), client.CustomerByID(7)); err == nil || sent.Load() != 4 {
			t.Errorf("%s: read %d times, %v", body, sent.Load(), err)
		}
	}
}

// A write whose response is lost is not sent again, on any kind of connection.
func TestLostResponses(t *testing.T) {
	for name, kept := range map[string]bool{"new connection": false, "kept connection": true} {
		t.Run(name, func(t *testing.T) {
			var writes atomic.Int32
			url := serveConnections(t, func(_ int, conn net.Conn, r *http.Request) {
				if strings.Contains(r.URL.Path, "search") {
					respond(conn, found)
					return
				}
				writes.Add(1)
				_ = conn.Close()
			})
			c := dial(t, url, quick)
			if kept {
				if _, err := c.Customers.Get(t.Context(), client.CustomerByID(7)); err != nil {
					t.Fatal(err)
				}
			}
			_, err := c.Customers.Add(t.Context(), somebody())
			if !errors.Is(err, client.ErrOutcomeUnknown) || writes.Load() != 1 {
				t.Errorf("sent %d times: %v", writes.Load(), err)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	var sent atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		if r.ProtoMajor != 2 {
			t.Errorf("the request came over %s", r.Proto)
		}
		if strings.Contains(r.URL.Path, "search") {
			response(found)(w, r)
			return
		}
		panic(http.ErrAbortHandler) // resets the stream
	}))
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()

	trusting := dial(t, srv.URL, quick, client.WithHTTPClient(srv.Client()))
	if _, err := trusting.Customers.Get(t.Context(), client.CustomerByID(7)); err != nil {
		t.Fatal(err)
	}
	_, err := trusting.Customers.Add(t.Context(), somebody())
	if !errors.Is(err, client.ErrOutcomeUnknown) || sent.Load() != 2 {
		t.Errorf("lost response, sent %d times: %v", sent.Load(), err)
	}

	_, err = dial(t, srv.URL, quick).Customers.Add(t.Context(), somebody())
	e := is(t, err, client.ErrTransport)
	if e.OutcomeUnknown || e.Attempts != 1 || sent.Load() != 2 {
		t.Errorf("a certificate that is not trusted: %v", err)
	}
}

// A call that is cancelled before it is sent is known not to have been done.
func TestCanceledBeforeItIsSent(t *testing.T) {
	var sent atomic.Int32
	c := serve(t, func(http.ResponseWriter, *http.Request) { sent.Add(1) })
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, end := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer end()
	for ctx, code := range map[context.Context]client.Code{canceled: client.ErrCanceled, late: client.ErrTimeout} {
		_, err := c.Customers.Add(ctx, somebody())
		e := is(t, err, code)
		if !errors.Is(err, ctx.Err()) || e.OutcomeUnknown || sent.Load() != 0 {
			t.Errorf("got %v", err)
		}
	}
}

// If the server has closed a kept connection in the meantime, the write arrives
// once, whether net/http sends it again or not.
func TestClosedKeptConnections(t *testing.T) {
	for range 20 {
		var writes atomic.Int32
		url := serveConnections(t, func(_ int, conn net.Conn, r *http.Request) {
			if strings.Contains(r.URL.Path, "search") {
				respond(conn, found)
				_ = conn.Close()
				return
			}
			writes.Add(1)
			respond(conn, added)
		})
		c := dial(t, url, quick)
		if _, err := c.Customers.Get(t.Context(), client.CustomerByID(7)); err != nil {
			t.Fatal(err)
		}

		_, err := c.Customers.Add(t.Context(), somebody())
		n := writes.Load()
		arrived := n == 1 && err == nil
		lost := n == 0 && (errors.Is(err, client.ErrTransport) || errors.Is(err, client.ErrTruncated))
		if !arrived && !lost {
			t.Fatalf("sent %d times: %v", n, err)
		}
	}
}

func TestCutBodies(t *testing.T) {
	const begun = `{"status":"success"`
	var sent atomic.Int32
	url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
		if sent.Add(1) == 1 {
			breakOff(conn, begun)
			return
		}
		respond(conn, found)
	})
	c := dial(t, url, quick)
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(7)); err != nil || sent.Load() != 2 {
		t.Errorf("read: sent %d times: %v", sent.Load(), err)
	}

	sent.Store(0)
	_, err := c.Customers.Add(t.Context(), somebody())
	e := is(t, err, client.ErrTruncated)
	if !e.OutcomeUnknown || sent.Load() != 1 || string(e.Body) != begun {
		t.Errorf("write: sent %d times: %v", sent.Load(), err)
	}
}

func TestRedirects(t *testing.T) {
	var followed atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/login?key=secret-key", status)
		}, quick)
		_, write := c.Customers.Add(t.Context(), somebody())
		_, reads := pullOneDay(t, c)
		for _, err := range append(reads, write) {
			e := is(t, err, client.ErrRedirect)
			if !strings.Contains(e.Error(), other.URL) || strings.Contains(e.Error(), "secret-key") {
				t.Errorf("%d: %v", status, err)
			}
		}

		// A server may show the outcome of a write at another place.
		unknown := status == 302 || status == 303
		if len(reads) != 1 || errors.Is(reads[0], client.ErrOutcomeUnknown) ||
			errors.Is(write, client.ErrOutcomeUnknown) != unknown {
			t.Errorf("%d: read %v, write %v", status, reads, write)
		}
	}
	if followed.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// The context of every attempt ends with the attempt, so that no timer stays. So
// does the context of every call, which would stay as long as the caller's.
func TestContextsAreReleased(t *testing.T) {
	var attempts, calls []context.Context
	source := client.WithTokenSource(func(ctx context.Context, _ client.Operation) (string, error) {
		calls = append(calls, ctx)
		return "", nil
	})
	c := clientOver(t, func(r *http.Request) (*http.Response, error) {
		attempts = append(attempts, r.Context())
		switch len(attempts) {
		case 1:
			return nil, errors.New("broken")
		case 2:
			return newResponse(200, found), nil
		}
		return newResponse(200, page(1)), nil
	}, quick, source)
	_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
	ids, _ := pullOneDay(t, c)
	if len(attempts) != 3 || len(calls) != 3 || err != nil || ids != "1" {
		t.Fatal(len(attempts), len(calls), err, ids)
	}
	for i := range attempts {
		if attempts[i].Err() == nil || calls[i].Err() == nil {
			t.Errorf("a context of attempt %d is still alive: its own ended by %v, the call's by %v", i,
				attempts[i].Err(), calls[i].Err())
		}
	}
}

func TestRawCallsThatOnlyRead(t *testing.T) {
	for want, opts := range map[int32][]client.RawOption{1: nil, 4: {client.RawIdempotent()}} {
		var sent atomic.Int32
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent.Add(1)
			responseWith(500, "", "")(w, r)
		}, quick)
		_, err := c.Raw(t.Context(), "/x", nil, opts...)
		if sent.Load() != want || errors.Is(err, client.ErrOutcomeUnknown) != (want == 1) {
			t.Errorf("sent %d times, %v", sent.Load(), err)
		}
	}
}

func TestMaxResponseBytes(t *testing.T) {
	c := serve(t, response(added), client.WithMaxResponseBytes(int64(len(added))), quick)
	if _, err := c.Customers.Add(t.Context(), somebody()); err != nil {
		t.Errorf("as many bytes as allowed: %v", err)
	}
	c = serve(t, response(added), client.WithMaxResponseBytes(int64(len(added)-1)), quick)
	_, err := c.Customers.Add(t.Context(), somebody())
	if !errors.Is(err, client.ErrTooLarge) || !errors.Is(err, client.ErrOutcomeUnknown) {
		t.Errorf("one byte more: %v", err)
	}
}

// countingLimiter is a limiter that counts, and lets all attempts through unless
// it has an error.
type countingLimiter struct {
	waits int
	err   error
}

func (l *countingLimiter) Wait(context.Context) error {
	l.waits++
	return l.err
}

func TestLimiter(t *testing.T) {
	limiter := &countingLimiter{}
	var sent atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		responseWith(503, "", "")(w, r)
	}, quick, client.WithLimiter(limiter))
	_, _ = c.Customers.Get(t.Context(), client.CustomerByID(7))
	if limiter.waits != 4 || sent.Load() != 4 {
		t.Errorf("%d waits for %d attempts", limiter.waits, sent.Load())
	}
}

// A write that a limiter holds back is known not to have been sent.
func TestLimitersThatFail(t *testing.T) {
	var sent atomic.Int32
	c := serve(t, func(http.ResponseWriter, *http.Request) { sent.Add(1) })
	empty := errors.New("no budget left")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx     context.Context
		limiter client.Limiter
		timeout time.Duration // 0 for none
		code    client.Code
		says    string
	}{
		"an error": {
			ctx:     t.Context(),
			limiter: &countingLimiter{err: empty},
			code:    client.ErrLimiter,
			says:    empty.Error(),
		},
		"a wait until the call has no time left": {
			ctx:     t.Context(),
			limiter: &finiteLimiter{},
			timeout: 1,
			code:    client.ErrTimeout,
			says:    "WithTimeout",
		},
		"a context that has ended": {
			ctx:     ended,
			limiter: &countingLimiter{err: context.Canceled},
			code:    client.ErrCanceled,
		},
	} {
		limited := dial(t, c.BaseURL(), client.WithLimiter(test.limiter), client.WithTimeout(test.timeout))
		_, err := limited.Customers.Add(test.ctx, somebody())
		e := is(t, err, test.code)
		if e.OutcomeUnknown || !strings.Contains(e.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "an error" && !errors.Is(err, empty) {
			t.Errorf("%s: %v is not the limiter's", name, err)
		}
	}
	if sent.Load() != 0 {
		t.Errorf("sent %d times", sent.Load())
	}
}

func TestTokenSource(t *testing.T) {
	var keys []string
	n := 0
	source := func(context.Context, client.Operation) (string, error) {
		n++
		if n == 3 {
			return "key-3", io.ErrClosedPipe
		}
		return fmt.Sprint("key-", n), nil
	}
	c := serveBare(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Authorization"))
		responseWith(429, "", "")(w, r)
	}, client.WithRetry(client.RetryPolicy{Attempts: 3, Base: 1}), client.WithTokenSource(source))

	_, err := c.Customers.Add(t.Context(), somebody())
	e := is(t, err, client.ErrCredentials)
	if !errors.Is(e, io.ErrClosedPipe) || e.OutcomeUnknown {
		t.Errorf("got %v", e)
	}
	if !slices.Equal(keys, []string{"Basic key-1", "Basic key-2"}) {
		t.Errorf("keys %q", keys)
	}
}

// Each request has only the token of its own call.
func TestTokensDoNotOutliveTheirCall(t *testing.T) {
	tokens := []string{"key-1", ""}
	source := func(context.Context, client.Operation) (string, error) {
		next := tokens[0]
		tokens = tokens[1:]
		return next, nil
	}
	var seen []string
	c := serveBare(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		response(found)(w, r)
	}, client.WithTokenSource(source))
	for range 2 {
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		is(t, err, "")
	}
	if !slices.Equal(seen, []string{"Basic key-1", ""}) {
		t.Errorf("sent %q", seen)
	}
}
