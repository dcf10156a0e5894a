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

// inMemory responds without a network, so that time can be that of a synctest
// bubble.
type inMemory func(*http.Request) (*http.Response, error)

func (f inMemory) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func made(status int, body string, headers ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp
}

func inBubble(t *testing.T, rt inMemory, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New("acme", append([]client.Option{
		client.WithHTTPClient(&http.Client{Transport: rt}),
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
		script []any // an error, or a status
		reads  int   // how often a read is sent, and a write
		writes int
		code   client.Code // of the last response, to a read and to a write
		wrong  client.Code
	}{
		"at once":  {script: []any{200}, reads: 1, writes: 1},
		"429 once": {script: []any{429, 200}, reads: 2, writes: 2},
		"429 for ever": {
			script: []any{429},
			reads:  3,
			writes: 3,
			code:   client.ErrRateLimited,
			wrong:  client.ErrRateLimited,
		},
		"500 once":     {script: []any{500, 200}, reads: 2, writes: 1, wrong: client.ErrServer},
		"503 for ever": {script: []any{503}, reads: 3, writes: 1, code: client.ErrServer, wrong: client.ErrServer},
		"400":          {script: []any{400}, reads: 1, writes: 1, code: client.ErrFailed, wrong: client.ErrFailed},
		"401":          {script: []any{401}, reads: 1, writes: 1, code: client.ErrAuthKey, wrong: client.ErrAuthKey},
		"broken once":  {script: []any{broken, 200}, reads: 2, writes: 1, wrong: client.ErrTransport},
		"broken for ever": {
			script: []any{broken},
			reads:  3,
			writes: 1,
			code:   client.ErrTransport,
			wrong:  client.ErrTransport,
		},
		"refused once":    {script: []any{refused, 200}, reads: 2, writes: 2},
		"refused, broken": {script: []any{refused, broken, 200}, reads: 3, writes: 2, wrong: client.ErrTransport},
		"cut in the body": {script: []any{io.ErrUnexpectedEOF, 200}, reads: 2, writes: 1, wrong: client.ErrTruncated},
		"429 then broken": {script: []any{429, broken, 200}, reads: 3, writes: 2, wrong: client.ErrTransport},
		"no such host": {
			script: []any{&net.DNSError{IsNotFound: true, Name: "x"}, 200},
			reads:  1,
			writes: 1,
			code:   client.ErrTransport,
			wrong:  client.ErrTransport,
		},
		"DNS for now": {
			script: []any{&net.DNSError{IsTemporary: true, Name: "x"}, 200},
			reads:  2,
			writes: 1,
			wrong:  client.ErrTransport,
		},
		"reset": {
			script: []any{&net.OpError{Op: "read", Err: errors.New("reset")}, 200},
			reads:  2,
			writes: 1,
			wrong:  client.ErrTransport,
		},
		"redirect": {script: []any{302, 200}, reads: 1, writes: 1, code: client.ErrRedirect, wrong: client.ErrRedirect},
		"failed under 200": {
			script: []any{"failed"},
			reads:  1,
			writes: 1,
			code:   client.ErrFailed,
			wrong:  client.ErrFailed,
		},
		"HTML, then response": {script: []any{502, 200}, reads: 2, writes: 1, wrong: client.ErrServer},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := inBubble(t, func(r *http.Request) (*http.Response, error) {
					if body, err := io.ReadAll(r.Body); err != nil || len(body) == 0 {
						t.Errorf("attempt %d has body %q, %v", sent, body, err)
					}
					step := test.script[min(sent, len(test.script)-1)]
					sent++
					switch step := step.(type) {
					case int:
						if step == 200 {
							return made(200, foundAndAdded), nil
						}
						return made(step, `{"message":"no"}`, "Location", "https://example.com/x"), nil
					case string:
						return made(200, `{"status":"failed","message":"no"}`), nil
					case error:
						if errors.Is(step, io.ErrUnexpectedEOF) {
							resp := made(200, "")
							resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"st`), failing{step}))
							return resp, nil
						}
						return nil, step
					}
					panic(step)
				})

				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				_, err := c.Customers.Get(ctx, client.CustomerByID(7))
				check(t, "read", err, test.code, sent, test.reads)

				sent = 0
				_, err = c.Customers.Add(t.Context(), somebody())
				check(t, "write", err, test.wrong, sent, test.writes)
				if name == "no such host" {
					return // whether it was sent depends on the system
				}
				mayBeDone := slices.Contains([]client.Code{
					client.ErrTransport, client.ErrTruncated, client.ErrServer, client.ErrRedirect,
				}, test.wrong)
				if unknown := errors.Is(err, client.ErrOutcomeUnknown); unknown != mayBeDone {
					t.Errorf("write: outcome unknown is %t: %v", unknown, err)
				}
			})
		})
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func check(t *testing.T, what string, err error, code client.Code, sent, want int) {
	t.Helper()
	var e *client.Error
	errors.As(err, &e)
	if code == "" && err != nil || code != "" && (e == nil || e.Code != code) || sent != want {
		t.Errorf("%s: sent %d times, %v; want %d times, %s", what, sent, err, want, code)
	} else if e != nil && e.Attempts != want {
		t.Errorf("%s: the error counts %d attempts", what, e.Attempts)
	}
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
				c := inBubble(t, func(*http.Request) (*http.Response, error) {
					times = append(times, time.Now())
					if len(times) == 1 {
						return made(429, `{}`, test.headers...), nil
					}
					return made(200, found), nil
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
			c := inBubble(t, func(*http.Request) (*http.Response, error) {
				if n > 0 {
					wait := time.Since(last)
					longest[n-1] = max(longest[n-1], wait)
					shortest[n-1] = min(shortest[n-1], wait)
				}
				last = time.Now()
				n++
				return made(503, ""), nil
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
			c := inBubble(t, func(*http.Request) (*http.Response, error) {
				sent++
				return made(429, "", "Retry-After", value), nil
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
			c := inBubble(t, func(*http.Request) (*http.Response, error) {
				return made(429, "", "Retry-After", "30"), nil
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
			busy := func(*http.Request) (*http.Response, error) { return made(429, "", "Retry-After", "30"), nil }
			start := time.Now()
			_, bounded := inBubble(t, busy).Customers.Get(ctx, client.CustomerByID(7))
			_, call := inBubble(t, busy, client.WithTimeout(10*time.Second)).Customers.Get(t.Context(),
				client.CustomerByID(7))
			if !errors.Is(bounded, client.ErrRateLimited) || !errors.Is(call, client.ErrRateLimited) ||
				time.Since(start) != 0 {
				t.Errorf("after %v: %v, %v", time.Since(start), bounded, call)
			}
		})
	})
	t.Run("with a cause", func(t *testing.T) {
		cause := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		c := inBubble(t, func(r *http.Request) (*http.Response, error) {
			cancel(cause)
			return nil, r.Context().Err()
		})
		_, err := c.Customers.Get(ctx, client.CustomerByID(7))
		if !errors.Is(err, client.ErrCanceled) || !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no bound", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := inBubble(t, func(r *http.Request) (*http.Response, error) {
				select {
				case <-time.After(time.Hour):
					return made(200, page(7)), nil
				case <-r.Context().Done():
					return nil, r.Context().Err()
				}
			}, client.WithTimeout(0), client.WithAttemptTimeout(0))
			if ids, errs := read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01"))); ids != "7" {
				t.Errorf("%s %v", ids, errs)
			}
		})
	})
	for name, opts := range map[string][]client.Option{
		"an attempt": {client.WithAttemptTimeout(3 * time.Second), client.WithoutRetry()},
		"a call":     {client.WithTimeout(3 * time.Second)},
	} {
		for place, response := range map[string]inMemory{
			"before headers": func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			},
			"in the body": func(r *http.Request) (*http.Response, error) {
				resp := made(200, "")
				resp.Body = io.NopCloser(stalled{r.Context()})
				return resp, nil
			},
		} {
			t.Run(name+" "+place, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := inBubble(t, response, opts...)
					start := time.Now()
					_, err := c.Customers.Add(t.Context(), somebody())
					if !errors.Is(err, client.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) ||
						!errors.Is(err, client.ErrOutcomeUnknown) || time.Since(start) != 3*time.Second {
						t.Errorf("after %v: %v", time.Since(start), err)
					}
					for _, err := range c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")) {
						if !errors.Is(err, client.ErrTimeout) || errors.Is(err, client.ErrOutcomeUnknown) {
							t.Errorf("pull: %v", err)
						}
						if took := time.Since(start); place == "before headers" && took != 6*time.Second {
							t.Errorf("pull: after %v", took-3*time.Second)
						}
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

// WithTimeout limits the total time of a slow stream; the caller's own time
// does not count.
func TestSlowStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options := []client.Option{
			client.WithAttemptTimeout(5 * time.Second),
			client.WithTimeout(30 * time.Second),
			client.WithoutRetry(),
		}
		c := inBubble(t, drip(20), options...)
		start := time.Now()
		ids, errs := read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
		inTime := ids == "1 2 3 4 5 6 7 !" || ids == "1 2 3 4 5 6 !"
		if !inTime || time.Since(start) != 30*time.Second {
			t.Errorf("after %v: %s %v", time.Since(start), ids, errs)
		}
		if e := is(t, errs[0], client.ErrTimeout); !strings.Contains(e.Error(), "than WithTimeout allows") {
			t.Error(e)
		}

		c = inBubble(t, drip(20), client.WithAttemptTimeout(3*time.Second), client.WithoutRetry())
		ids, errs = read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
		if ids != "!" || !errors.Is(errs[0], client.ErrTimeout) ||
			!strings.Contains(errs[0].Error(), "than WithAttemptTimeout allows") {
			t.Errorf("%s %v", ids, errs)
		}

		// A stream that stalls is asked for again.
		sent := 0
		c = inBubble(t, func(r *http.Request) (*http.Response, error) {
			if sent++; sent == 1 {
				return drip(20)(r)
			}
			return made(200, page(7)), nil
		}, client.WithAttemptTimeout(3*time.Second))
		ids, errs = read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
		if ids != "7" || sent != 2 {
			t.Errorf("sent %d times: %s %v", sent, ids, errs)
		}

		// The time before the list counts, too.
		c = inBubble(t, func(r *http.Request) (*http.Response, error) {
			time.Sleep(4 * time.Second)
			return drip(20)(r)
		}, client.WithTimeout(10*time.Second), client.WithoutRetry())
		ids, errs = read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
		if ids != "1 !" && ids != "!" || !errors.Is(errs[0], client.ErrTimeout) {
			t.Errorf("%s %v", ids, errs)
		}

		c = inBubble(t, drip(3), options...)
		n := 0
		for _, err := range c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			time.Sleep(time.Hour)
		}
		if n != 4 {
			t.Errorf("%d records", n)
		}
	})
}

// drip responds with a list, one record every four seconds.
func drip(records int) inMemory {
	return func(r *http.Request) (*http.Response, error) {
		pr, pw := io.Pipe()
		context.AfterFunc(r.Context(), func() { _ = pw.CloseWithError(r.Context().Err()) })
		go func() {
			_, err := io.WriteString(pw, `{"message":[`)
			for i := 0; i < records && err == nil; i++ {
				time.Sleep(4 * time.Second)
				_, err = fmt.Fprintf(pw, `{"id":%d},`, i+1)
			}
			_, _ = io.WriteString(pw, `{"id":99}],"status":"success"}`)
			_ = pw.Close()
		}()

		resp := made(200, "")
		resp.Body = pr
		return resp, nil
	}
}

// rude is a server that handles connections by hand.
func rude(t *testing.T, each func(n int, conn net.Conn, r *http.Request)) (url string) {
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

var quick = client.WithRetry(client.RetryPolicy{Attempts: 4, Base: 1, Max: 1})

func TestRefusedConnections(t *testing.T) {
	ln, _ := net.Listen("tcp", "127.0.0.1:0")
	url := "http://" + ln.Addr().String()
	_ = ln.Close()
	c := dial(t, url, quick)
	_, err := c.Customers.Add(t.Context(), somebody())
	var e *client.Error
	if !errors.As(err, &e) || e.Code != client.ErrTransport || e.Attempts != 4 || e.OutcomeUnknown {
		t.Errorf("got %v", err)
	}
}

// A transport that breaks its contract is an error, not a panic.
func TestATransportWithoutResponse(t *testing.T) {
	c := inBubble(t, func(*http.Request) (*http.Response, error) { return nil, nil }, client.WithoutRetry())
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
		none:                   4,
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
			url := rude(t, func(_ int, conn net.Conn, r *http.Request) {
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
		if r.ProtoMajor != 2 {
			t.Errorf("came over %s", r.Proto)
		}
		if sent.Add(1); strings.Contains(r.URL.Path, "search") {
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
	var e *client.Error
	if !errors.As(err, &e) || e.Code != client.ErrTransport || e.OutcomeUnknown || e.Attempts != 1 || sent.Load() != 2 {
		t.Errorf("certificate of nobody: %v", err)
	}
}

// A call that is cancelled before it is sent is known not to have been done.
func TestGivenUpBeforeItIsSent(t *testing.T) {
	var sent atomic.Int32
	c := serve(t, func(http.ResponseWriter, *http.Request) { sent.Add(1) })
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, end := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer end()
	for ctx, code := range map[context.Context]client.Code{canceled: client.ErrCanceled, late: client.ErrTimeout} {
		_, err := c.Customers.Add(ctx, somebody())
		if !errors.Is(err, code) || !errors.Is(err, ctx.Err()) || errors.Is(err, client.ErrOutcomeUnknown) ||
			sent.Load() != 0 {
			t.Errorf("got %v", err)
		}
	}
}

// A kept connection that the server has closed in the meantime: the write
// arrives once, whether net/http sends it again or not.
func TestClosedKeptConnections(t *testing.T) {
	for range 20 {
		var writes atomic.Int32
		url := rude(t, func(_ int, conn net.Conn, r *http.Request) {
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
		if n > 1 || n == 1 && err != nil ||
			n == 0 && (err == nil || !errors.Is(err, client.ErrTransport) && !errors.Is(err, client.ErrTruncated)) {
			t.Fatalf("sent %d times: %v", n, err)
		}
	}
}

func TestCutBodies(t *testing.T) {
	var sent atomic.Int32
	url := rude(t, func(_ int, conn net.Conn, _ *http.Request) {
		if sent.Add(1) == 1 {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+`{"status":"success"`)
			_ = conn.Close()
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
	var e *client.Error
	if !errors.As(err, &e) || e.Code != client.ErrTruncated || !e.OutcomeUnknown || sent.Load() != 1 ||
		string(e.Body) != `{"status":"success"` {
		t.Errorf("write: sent %d times: %v", sent.Load(), err)
	}
}

func TestRedirects(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/login?key=secret-key", status)
		}, quick)
		_, err := c.Customers.Add(t.Context(), somebody())
		_, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
		for i, err := range append(errs, err) {
			unknown := i == 1 && (status == 302 || status == 303) // a write, and perhaps its outcome is shown there
			if !errors.Is(err, client.ErrRedirect) || !strings.Contains(err.Error(), other.URL) ||
				strings.Contains(err.Error(), "secret-key") || errors.Is(err, client.ErrOutcomeUnknown) != unknown {
				t.Errorf("%d: %v", status, err)
			}
		}
	}
	if elsewhere.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// The context of every attempt ends with it, so that no timer stays; so does
// that of every call, which the caller's would keep.
func TestContextsAreLetGo(t *testing.T) {
	var contexts, calls []context.Context
	c := inBubble(t, func(r *http.Request) (*http.Response, error) {
		contexts = append(contexts, r.Context())
		switch len(contexts) {
		case 1:
			return nil, errors.New("broken")
		case 2:
			return made(200, found), nil
		}
		return made(200, page(1)), nil
	}, quick, client.WithTokenSource(func(ctx context.Context, _ client.Operation) (string, error) {
		calls = append(calls, ctx)
		return "", nil
	}))
	_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
	ids, _ := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	if len(contexts) != 3 || len(calls) != 3 || err != nil || ids != "1" {
		t.Fatal(len(contexts), len(calls), err, ids)
	}
	for i := range contexts {
		if contexts[i].Err() == nil || calls[i].Err() == nil {
			t.Errorf("a context of attempt %d is still alive: its own ended by %v, the call's by %v", i,
				contexts[i].Err(), calls[i].Err())
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

func TestSizes(t *testing.T) {
	c := serve(t, response(added), client.WithMaxResponseBytes(int64(len(added))), quick)
	if _, err := c.Customers.Add(t.Context(), somebody()); err != nil {
		t.Errorf("of the very size: %v", err)
	}
	c = serve(t, response(added), client.WithMaxResponseBytes(int64(len(added)-1)), quick)
	_, err := c.Customers.Add(t.Context(), somebody())
	if !errors.Is(err, client.ErrTooLarge) || !errors.Is(err, client.ErrOutcomeUnknown) {
		t.Errorf("one byte more: %v", err)
	}
}

type budget struct {
	waits int
	err   error
}

func (b *budget) Wait(context.Context) error {
	b.waits++
	return b.err
}

// untilItEnds is a limiter that never has room.
type untilItEnds struct{}

func (untilItEnds) Wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestLimiter(t *testing.T) {
	b := &budget{}
	var sent atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		responseWith(503, "", "")(w, r)
	}, quick, client.WithLimiter(b))
	_, _ = c.Customers.Get(t.Context(), client.CustomerByID(7))
	if b.waits != 4 || sent.Load() != 4 {
		t.Errorf("%d waits for %d attempts", b.waits, sent.Load())
	}
	b.err = errors.New("no budget left")
	_, err := c.Customers.Add(t.Context(), somebody())
	if !errors.Is(err, client.ErrLimiter) || !errors.Is(err, b.err) || errors.Is(err, client.ErrOutcomeUnknown) ||
		sent.Load() != 4 {
		t.Errorf("got %v", err)
	}
	c = dial(t, c.BaseURL(), client.WithLimiter(untilItEnds{}), client.WithTimeout(1))
	_, err = c.Customers.Add(t.Context(), somebody())
	if !errors.Is(err, client.ErrTimeout) || !strings.Contains(err.Error(), "WithTimeout") || sent.Load() != 4 {
		t.Errorf("a wait until the call has no time left: %v", err)
	}
	c = dial(t, c.BaseURL(), client.WithLimiter(b))
	b.err = context.Canceled
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = c.Customers.Add(ctx, somebody()); !errors.Is(err, client.ErrCanceled) {
		t.Errorf("got %v", err)
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
