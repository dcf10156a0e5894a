package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// diary is a hook that records its calls, and checks that contexts are passed
// on.
type diary struct {
	t     *testing.T
	lines []string

	other        *diary // nil for none
	linesOfOther []int  // how many lines it had at each call
}

// span is the key of what a diary puts into a context.
type span struct{ of *diary }

func (d *diary) note(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
	if d.other != nil {
		d.linesOfOther = append(d.linesOfOther, len(d.other.lines))
	}
}

func (d *diary) OperationStart(ctx context.Context, call client.Call) context.Context {
	d.note("start %s %d", call.Operation, call.Attempt)
	return context.WithValue(ctx, span{d}, "op")
}

func (d *diary) AttemptStart(ctx context.Context, call client.Call) context.Context {
	if ctx.Value(span{d}) != "op" {
		d.t.Error("the attempt does not have the operation's context")
	}
	d.note("try %d", call.Attempt)
	return context.WithValue(ctx, span{d}, fmt.Sprint("try ", call.Attempt))
}

func (d *diary) AttemptEnd(ctx context.Context, call client.Call, r client.Result) {
	if ctx.Value(span{d}) != fmt.Sprint("try ", call.Attempt) {
		d.t.Error("the end of the attempt does not have the attempt's context")
	}
	_, failed := errors.AsType[*client.Error](r.Err)
	d.note("tried %d: HTTP %d, %d bytes, %t", call.Attempt, r.HTTPStatus, r.Bytes, failed)
}

func (d *diary) OperationEnd(ctx context.Context, call client.Call, r client.Result) {
	if ctx.Value(span{d}) != "op" {
		d.t.Error("the end of the operation does not have the operation's context")
	}
	if r.Duration < 0 {
		d.t.Errorf("the operation took %v", r.Duration)
	}
	code := ""
	if e, ok := errors.AsType[*client.Error](r.Err); ok {
		code = string(e.Code)
	}
	d.note("end %d: HTTP %d, %d records, %q, %s", call.Attempt, r.HTTPStatus, r.Records, r.RequestID, code)
}

func TestHooks(t *testing.T) {
	d := &diary{t: t}
	var busy atomic.Bool // the next response is HTTP 503
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r-1")
		if busy.Swap(false) {
			responseWith(503, "", "busy")(w, r)
			return
		}

		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(body), "2024-05-02"):
			response(noCustomers)(w, r)
		case strings.Contains(r.URL.Path, "select"):
			response(page(1, 2))(w, r)
		case strings.Contains(r.URL.Path, "search"):
			response(found)(w, r)
		default:
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
		}
	}, quick, client.WithHook(d), client.WithHook(client.NewLogHook(slog.New(slog.DiscardHandler))))
	for name, test := range map[string]struct {
		busy bool // the first attempt gets HTTP 503
		call func()
		want string
	}{
		"a call that is repeated": {
			busy: true,
			call: func() { _, _ = c.Customers.Get(t.Context(), client.CustomerByID(7)) },
			want: `start getCustomer 0, try 1, tried 1: HTTP 503, 4 bytes, false, ` +
				`try 2, tried 2: HTTP 200, 48 bytes, false, end 2: HTTP 200, 0 records, "r-1", `,
		},
		"a stream": {
			call: func() { pullOneDay(t, c) },
			want: `start pullCustomers 0, try 1, tried 1: HTTP 200, 74 bytes, false, ` +
				`end 1: HTTP 200, 2 records, "r-1", `,
		},
		"a stream that the caller leaves": {
			call: func() {
				for range c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")) {
					break
				}
			},
			want: `start pullCustomers 0, try 1, tried 1: HTTP 200, 74 bytes, false, ` +
				`end 1: HTTP 200, 1 records, "r-1", `,
		},
		"an empty day, which is not a failure": {
			call: func() { read(c.Customers.Pull(t.Context(), day("2024-05-02"), day("2024-05-02"))) },
			want: `start pullCustomers 0, try 1, tried 1: HTTP 200, 58 bytes, false, ` +
				`end 1: HTTP 200, 0 records, "r-1", `,
		},
		"a response that is lost": {
			call: func() { _, _ = c.Customers.Add(t.Context(), somebody()) },
			want: `start addUpdateCustomer 0, try 1, tried 1: HTTP 0, 0 bytes, true, ` +
				`end 1: HTTP 0, 0 records, "", transport`,
		},
		"a request that is rejected here": {
			call: func() { _, _ = c.Customers.Get(t.Context(), client.CustomerLookup{}) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			d.lines = nil
			busy.Store(test.busy)
			test.call()
			if got := strings.Join(d.lines, ", "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// A call that fails because of what its response lacks has failed for the
// hooks, too.
func TestHooksHearWhatTheCallerHears(t *testing.T) {
	d := &diary{t: t}
	c := serve(t, response(`{"status":"success","Customer Details":{},"message":{}}`), client.WithHook(d))
	empty := serve(t, response(`[]`), client.WithHook(d))
	for name, call := range map[string]func() error{
		"a customer": func() error {
			_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
			return err
		},
		"a ticket": func() error {
			_, err := empty.Tickets.Get(t.Context(), "7")
			return err
		},
		"tickets": func() error {
			_, err := c.Tickets.GetMany(t.Context(), []string{"7"})
			return err
		},
		"categories": func() error {
			_, err := c.FAQ.Categories(t.Context())
			return err
		},
		"an order": func() error {
			_, err := empty.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{})
			return err
		},
		"contents": func() (err error) {
			for _, err = range c.FAQ.Contents(t.Context(), client.TextID("1")) {
			}
			return err
		},
	} {
		d.lines = nil
		e, failed := errors.AsType[*client.Error](call())
		if !failed || !strings.HasSuffix(d.lines[len(d.lines)-1], `, "", `+string(e.Code)) {
			t.Errorf("%s: %v, %q", name, e, d.lines)
		}
	}
}

// An attempt whose response breaks off during the stream has failed.
func TestHooksHearOfABrokenStream(t *testing.T) {
	d := &diary{t: t}
	url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
		breakOff(conn, `{"message":[{"id":1},`)
	})
	_, errs := pullOneDay(t, dial(t, url, client.WithHook(d)))
	const want = `start pullCustomers 0, try 1, tried 1: HTTP 200, 21 bytes, true, ` +
		`end 1: HTTP 200, 1 records, "", truncated`
	if got := strings.Join(d.lines, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	e := is(t, errs[0], client.ErrTruncated)
	if string(e.Body) != `{"message":[` {
		t.Errorf("%v, body %q", errs, e.Body)
	}
}

// stopping is a hook that prevents every attempt.
type stopping struct{ client.Hook }

func (stopping) AttemptStart(ctx context.Context, _ client.Call) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

func TestAHookCanStopAnAttempt(t *testing.T) {
	var sent atomic.Int32
	hook := stopping{client.NewLogHook(slog.New(slog.DiscardHandler))}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		response(found)(w, r)
	}, quick, client.WithHook(hook))
	_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
	e := is(t, err, client.ErrCanceled)
	if e.Attempts != 1 || sent.Load() != 0 {
		t.Errorf("sent %d times: %v", sent.Load(), err)
	}
}

// The hook given first is the outermost.
func TestHooksAreNested(t *testing.T) {
	outer := &diary{t: t}
	inner := &diary{t: t}
	outer.other = inner
	c := serve(t, response(found), client.WithHook(outer), client.WithHook(inner))
	_, _ = c.Customers.Get(t.Context(), client.CustomerByID(7))
	if want := []int{0, 1, 3, 4}; !slices.Equal(outer.linesOfOther, want) {
		t.Errorf("the inner hook had %v lines when the outer one was called, want %v", outer.linesOfOther, want)
	}
}

// leadExists is a failure whose message names a customer.
const leadExists = `{"status":"failed",` +
	`"message":"Lead already exists, Customer ID :70000006, Enquiry ID :1, Contact ID : 2"}`

func TestLogHook(t *testing.T) {
	var log bytes.Buffer
	handler := slog.NewTextHandler(&log, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "time" || a.Key == "duration" {
				return slog.Attr{}
			}
			return a
		},
	})
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r-1")
		response(`{"status":"success"}`)(w, r)
	}, client.WithHook(client.NewLogHook(slog.New(handler))))
	_, _ = c.Raw(t.Context(), "/path", nil)

	const same = ` operation=raw host=HOST attempt=1 http_status=200 `
	const want = `level=DEBUG msg="kapture attempt"` + same + "bytes=20 records=0 request_id=r-1\n" +
		`level=INFO msg="kapture call"` + same + "bytes=0 records=0 request_id=r-1\n"
	logged := strings.ReplaceAll(log.String(), strings.TrimPrefix(c.BaseURL(), "http://"), "HOST")
	if logged != want {
		t.Errorf("logged %s, want %s", logged, want)
	}
}

// A failure is logged with its code, without anything of the request or of the
// message.
func TestLogHookOfAFailure(t *testing.T) {
	var log bytes.Buffer
	hook := client.NewLogHook(slog.New(slog.NewTextHandler(&log, nil)))
	c := serve(t, response(leadExists), client.WithHook(hook))
	_, _ = c.Raw(t.Context(), "/path?secret=x", map[string]string{"name": "Asha"})
	got := log.String()
	for _, want := range []string{
		"level=WARN",
		"operation=raw",
		"http_status=200",
		"error.code=failed/duplicate/lead",
		"error.attempts=1",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	for _, unwanted := range []string{"70000006", "Asha", "secret", "/path", "kapture attempt", " request_id="} {
		if strings.Contains(got, unwanted) {
			t.Errorf("%s in %s", unwanted, got)
		}
	}
}

// Logging the error of a pull directly shows no more than the hook does.
func TestAWindowErrorInALog(t *testing.T) {
	c := serve(t, response(leadExists))
	_, errs := pullOneDay(t, c)
	if len(errs) != 1 {
		t.Fatalf("errors %v", errs)
	}

	var text, object bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Warn("pull", "error", errs[0])
	slog.New(slog.NewJSONHandler(&object, nil)).Warn("pull", "error", errs[0])
	const inText = " error.window=2024-05-01 error.code=failed/duplicate/lead error.operation=pullCustomers "
	const inJSON = `"error":{"window":"2024-05-01","code":"failed/duplicate/lead",`
	for logged, want := range map[string]string{text.String(): inText, object.String(): inJSON} {
		if !strings.Contains(logged, want) || strings.Contains(logged, "70000006") {
			t.Errorf("logged %s", logged)
		}
	}
}

// counter is a hook that counts what begins and ends.
type counter struct {
	operations, attempts           atomic.Int32 // that began
	operationsEnded, attemptsEnded atomic.Int32

	mu    sync.Mutex
	codes []client.Code // of the operations that ended with an error
}

func (c *counter) OperationStart(ctx context.Context, _ client.Call) context.Context {
	c.operations.Add(1)
	return ctx
}

func (c *counter) AttemptStart(ctx context.Context, _ client.Call) context.Context {
	c.attempts.Add(1)
	return ctx
}

func (c *counter) AttemptEnd(context.Context, client.Call, client.Result) { c.attemptsEnded.Add(1) }

func (c *counter) OperationEnd(_ context.Context, _ client.Call, r client.Result) {
	c.operationsEnded.Add(1)
	if e, ok := errors.AsType[*client.Error](r.Err); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.codes = append(c.codes, e.Code)
	}
}

// check fails if anything began and did not end.
func (c *counter) check(t *testing.T) {
	t.Helper()
	if c.operations.Load() != c.operationsEnded.Load() || c.attempts.Load() != c.attemptsEnded.Load() {
		t.Errorf("operations: %d began, %d ended; attempts: %d began, %d ended",
			c.operations.Load(), c.operationsEnded.Load(), c.attempts.Load(), c.attemptsEnded.Load())
	}
}

// A hook sees the end of everything that it saw begin, also if the caller's code
// panics: the next hook, for example. Nothing of the call is left running.
func TestHooksSeeTheEndOfAPanic(t *testing.T) {
	for _, where := range callersCode[1:] {
		for name, call := range map[string]func(context.Context, *client.Client){
			"read": func(ctx context.Context, c *client.Client) {
				_, _ = c.Customers.Get(ctx, client.CustomerByID(7))
			},
			"write": func(ctx context.Context, c *client.Client) { _, _ = c.Customers.Add(ctx, somebody()) },
			"stream": func(ctx context.Context, c *client.Client) {
				read(c.Customers.Pull(ctx, day("1999-12-01"), day("1999-12-01")))
			},
		} {
			t.Run(where+" "+name, func(t *testing.T) {
				var used context.Context
				before := &counter{}
				after := &counter{}
				p := &panicking{where: where}
				options := []client.Option{
					client.WithHook(before), client.WithHook(p), client.WithHook(after),
					client.WithLimiter(p), client.WithTokenSource(p.token),
				}
				c := clientOver(t, func(r *http.Request) (*http.Response, error) {
					used = r.Context()
					p.at("transport")
					return newResponse(200, page(7)), nil
				}, options...)
				func() {
					defer func() {
						if got := recover(); got != any(where) {
							t.Errorf("recovered %v", got)
						}
					}()
					call(t.Context(), c)
				}()

				before.check(t)
				after.check(t)
				if before.operations.Load() != 1 {
					t.Error("the first hook saw nothing begin")
				}
				if used != nil && used.Err() == nil {
					t.Error("the context of the attempt was not ended")
				}
				if where == "transport" && (len(before.codes) != 1 || before.codes[0] != client.ErrPanicked) {
					t.Errorf("the hooks were told %v", before.codes)
				}
			})
		}
	}
}

// waitHook is a hook that keeps the waits that servers ask for.
type waitHook struct {
	counter
	waits []time.Duration
}

func (h *waitHook) AttemptEnd(_ context.Context, _ client.Call, r client.Result) {
	h.waits = append(h.waits, r.RetryAfter)
}

func (h *waitHook) OperationEnd(_ context.Context, _ client.Call, r client.Result) {
	h.waits = append(h.waits, r.RetryAfter)
}

func TestHooksSeeRetryAfter(t *testing.T) {
	h := &waitHook{}
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "90")
		w.WriteHeader(429)
	}, client.WithHook(h))
	_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
	is(t, err, client.ErrRateLimited)
	if want := []time.Duration{90 * time.Second, 90 * time.Second}; !slices.Equal(h.waits, want) {
		t.Errorf("the attempt and the operation have the waits %v, want %v", h.waits, want)
	}
}

// A call without a context is an error, before any hook sees it.
func TestNoContext(t *testing.T) {
	counted := &counter{}
	c := serve(t, response(added), client.WithHook(counted))
	var missing context.Context
	_, get := c.Customers.Get(missing, client.CustomerByID(7))
	_, raw := c.Raw(missing, "/x", nil)
	_, many := c.Tickets.GetMany(missing, []string{"7"})
	_, contents := allOf(c.FAQ.Contents(missing, client.TextID("1")))
	errs := []error{get, raw, many, contents}
	for r := range c.Customers.AddAll(missing, people(1, new(atomic.Int32))) {
		errs = append(errs, r.Err)
	}
	for _, option := range []client.PullOption{client.ContinueOnError(), client.WithParallelWindows(2)} {
		_, pull := read(c.Customers.Pull(missing, day("2024-05-01"), day("2024-05-02"), option))
		errs = append(errs, pull...)
	}

	for _, err := range errs {
		if !errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), "nil context") {
			t.Errorf("%v", err)
		}
	}
	if len(errs) < 7 || counted.operations.Load() != 0 {
		t.Errorf("%d errors, %d operations", len(errs), counted.operations.Load())
	}
}

// nilContextHook is a hook that returns no context.
type nilContextHook struct{ counter }

func (o *nilContextHook) OperationStart(context.Context, client.Call) context.Context { return nil }
func (o *nilContextHook) AttemptStart(context.Context, client.Call) context.Context   { return nil }

func TestAHookThatReturnsNoContext(t *testing.T) {
	c := serve(t, response(found), client.WithHook(&nilContextHook{}), client.WithHook(&diary{t: t}))
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(7)); err != nil {
		t.Error(err)
	}
}
