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
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

type span struct{ of *diary }

// diary is a hook that records its calls, and checks that contexts are passed
// on.
type diary struct {
	t     *testing.T
	lines []string
	also  *[]string // of another diary
	order []string  // how many lines the other one had
}

func (d *diary) note(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
	if d.also != nil {
		d.order = append(d.order, fmt.Sprint(len(*d.also)))
	}
}

func (d *diary) OperationStart(ctx context.Context, call client.Call) context.Context {
	d.note("start %s %d", call.Operation, call.Attempt)
	return context.WithValue(ctx, span{d}, "op")
}

func (d *diary) AttemptStart(ctx context.Context, call client.Call) context.Context {
	if ctx.Value(span{d}) != "op" {
		d.t.Error("the attempt has not the operation's context")
	}
	d.note("try %d", call.Attempt)
	return context.WithValue(ctx, span{d}, fmt.Sprint("try ", call.Attempt))
}

func (d *diary) AttemptEnd(ctx context.Context, call client.Call, r client.Result) {
	if ctx.Value(span{d}) != fmt.Sprint("try ", call.Attempt) {
		d.t.Error("the end of the attempt has not its context")
	}
	var e *client.Error
	d.note("tried %d: HTTP %d, %d bytes, %t", call.Attempt, r.HTTPStatus, r.Bytes, errors.As(r.Err, &e))
}

func (d *diary) OperationEnd(ctx context.Context, call client.Call, r client.Result) {
	if ctx.Value(span{d}) != "op" || r.Duration < 0 {
		d.t.Error("the end of the operation has not its context")
	}
	var e *client.Error
	errors.As(r.Err, &e)
	code := client.Code("")
	if e != nil {
		code = e.Code
	}
	d.note("end %d: HTTP %d, %d records, %q, %s", call.Attempt, r.HTTPStatus, r.Records, r.RequestID, string(code))
}

func TestHooks(t *testing.T) {
	d := &diary{t: t}
	var n atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r-1")
		if n.Add(1) == 1 {
			responseWith(503, "", "busy")(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(body), "2024-05-02"):
			responseWith(200, "application/json", `{"message":"No customer between dates.","status":"failed"}`)(w, r)
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
		call func()
		want string
	}{
		"1 retried": {
			call: func() { _, _ = c.Customers.Get(t.Context(), client.CustomerByID(7)) },
			want: `start getCustomer 0, try 1, tried 1: HTTP 503, 4 bytes, false, ` +
				`try 2, tried 2: HTTP 200, 48 bytes, false, end 2: HTTP 200, 0 records, "r-1", `,
		},
		"2 streamed": {
			call: func() { read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01"))) },
			want: `start pullCustomers 0, try 1, tried 1: HTTP 200, 74 bytes, false, ` +
				`end 1: HTTP 200, 2 records, "r-1", `,
		},
		"3 broken off": {
			call: func() {
				for range c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")) {
					break
				}
			},
			want: `start pullCustomers 0, try 1, tried 1: HTTP 200, 74 bytes, false, ` +
				`end 1: HTTP 200, 1 records, "r-1", `,
		},
		"3 empty day, which is not a failure": {
			call: func() { read(c.Customers.Pull(t.Context(), day("2024-05-02"), day("2024-05-02"))) },
			want: `start pullCustomers 0, try 1, tried 1: HTTP 200, 58 bytes, false, ` +
				`end 1: HTTP 200, 0 records, "r-1", `,
		},
		"4 lost": {
			call: func() { _, _ = c.Customers.Add(t.Context(), somebody()) },
			want: `start addUpdateCustomer 0, try 1, tried 1: HTTP 0, 0 bytes, true, ` +
				`end 1: HTTP 0, 0 records, "", transport`,
		},
		"5 rejected": {call: func() { _, _ = c.Customers.Get(t.Context(), client.CustomerLookup{}) }},
	} {
		t.Run(name, func(t *testing.T) {
			d.lines = nil
			n.Store(map[bool]int32{true: 0, false: 1}[name[0] == '1'])
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
		e := (*client.Error)(nil)
		if err := call(); !errors.As(err, &e) || !strings.HasSuffix(d.lines[len(d.lines)-1], `, "", `+string(e.Code)) {
			t.Errorf("%s: %v, %q", name, err, d.lines)
		}
	}
}

// An attempt whose response breaks off during the stream has failed.
func TestHooksHearOfABrokenStream(t *testing.T) {
	d := &diary{t: t}
	url := rude(t, func(_ int, conn net.Conn, _ *http.Request) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"message\":[{\"id\":1},")
		_ = conn.Close()
	})
	_, errs := read(dial(t, url, client.WithHook(d)).Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	const want = `start pullCustomers 0, try 1, tried 1: HTTP 200, 21 bytes, true, end 1: HTTP 200, 1 records, "", ` +
		`truncated`
	if got := strings.Join(d.lines, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var e *client.Error
	if !errors.As(errs[0], &e) || string(e.Body) != `{"message":[` {
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
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		response(found)(w, r)
	}, quick,
		client.WithHook(stopping{client.NewLogHook(slog.New(slog.DiscardHandler))}))
	_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
	var e *client.Error
	if !errors.As(err, &e) || e.Code != client.ErrCanceled || e.Attempts != 1 || sent.Load() != 0 {
		t.Errorf("sent %d times: %v", sent.Load(), err)
	}
}

// The hook given first is the outermost.
func TestHooksAreNested(t *testing.T) {
	outer, inner := &diary{t: t}, &diary{t: t}
	outer.also, inner.also = &inner.lines, &outer.lines
	c := serve(t, response(found), client.WithHook(outer), client.WithHook(inner))
	_, _ = c.Customers.Get(t.Context(), client.CustomerByID(7))
	if got := strings.Join(outer.order, ""); got != "0134" {
		t.Errorf("the outer hook was told when the inner one had written %s lines", got)
	}
}

func TestLogHook(t *testing.T) {
	var log bytes.Buffer
	c := serve(t,
		response(`{"status":"failed","message":"Lead already exists, Customer ID :70000006, Enquiry ID :1, Contact `+
			`ID : 2"}`),
		client.WithHook(client.NewLogHook(slog.New(slog.NewTextHandler(&log, nil)))))
	_, _ = c.Raw(t.Context(), "/path?secret=x", map[string]string{"name": "Asha"})
	got := log.String()
	log.Reset()
	c = serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r-1")
		response(`{"status":"success"}`)(w, r)
	}, client.WithHook(client.NewLogHook(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "time" || a.Key == "duration" {
				return slog.Attr{}
			}
			return a
		},
	})))))
	_, _ = c.Raw(t.Context(), "/path", nil)
	const same = ` operation=raw host=HOST attempt=1 http_status=200 `
	const want = `level=DEBUG msg="kapture attempt"` + same + "bytes=20 records=0 request_id=r-1\n" +
		`level=INFO msg="kapture call"` + same + "bytes=0 records=0 request_id=r-1\n"
	logged := strings.ReplaceAll(log.String(), strings.TrimPrefix(c.BaseURL(), "http://"), "HOST")
	if logged != want {
		t.Errorf("logged %s, want %s", logged, want)
	}
	if strings.Contains(got, " request_id=") {
		t.Errorf("a request without a name has one: %s", got)
	}
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
	for _, other := range []string{"70000006", "Asha", "secret", "/path", "kapture attempt"} {
		if strings.Contains(got, other) {
			t.Errorf("%s in %s", other, got)
		}
	}
}

// Logging the error of a pull directly shows no more than the hook does.
func TestAWindowErrorInALog(t *testing.T) {
	c := serve(t,
		response(`{"status":"failed","message":"Lead already exists, Customer ID :70000006, Enquiry ID :1, Contact `+
			`ID : 2"}`))
	for _, err := range c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")) {
		var text, object bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Warn("pull", "error", err)
		slog.New(slog.NewJSONHandler(&object, nil)).Warn("pull", "error", err)
		got := text.String()
		if !strings.Contains(got,
			" error.window=2024-05-01 error.code=failed/duplicate/lead error.operation=pullCustomers ") ||
			strings.Contains(got, "70000006") {
			t.Errorf("logged %s", got)
		}
		got = object.String()
		if !strings.Contains(got, `"error":{"window":"2024-05-01","code":"failed/duplicate/lead",`) ||
			strings.Contains(got, "70000006") {
			t.Errorf("logged %s", got)
		}
		return
	}
	t.Error("no error")
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
// panics: the hook after it, for one. Nothing of the call stays.
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
				c := inBubble(t, func(r *http.Request) (*http.Response, error) {
					used = r.Context()
					p.at("transport")
					return made(200, page(7)), nil
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

// A call without a context is an error, before any hook sees it.
func TestNoContext(t *testing.T) {
	counted := &counter{}
	c := serve(t, response(added), client.WithHook(counted))
	var none context.Context
	_, get := c.Customers.Get(none, client.CustomerByID(7))
	_, raw := c.Raw(none, "/x", nil)
	_, many := c.Tickets.GetMany(none, []string{"7"})
	errs := []error{get, raw, many}
	for r := range c.Customers.AddAll(none, people(1, new(atomic.Int32))) {
		errs = append(errs, r.Err)
	}
	_, pull := read(c.Customers.Pull(none, day("2024-05-01"), day("2024-05-02"), client.ContinueOnError()))
	_, parallel := read(c.Customers.Pull(none, day("2024-05-01"), day("2024-05-02"), client.WithParallelWindows(2)))
	_, pages := allOf(c.FAQ.Contents(none, client.TextID("1")))
	errs = append(errs, pull...)
	errs = append(errs, parallel...)
	errs = append(errs, pages)

	for _, err := range errs {
		if !errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), "nil context") {
			t.Errorf("%v", err)
		}
	}
	if len(errs) < 7 || counted.operations.Load() != 0 {
		t.Errorf("%d errors, %d operations", len(errs), counted.operations.Load())
	}
}

// oblivious is a hook that returns no context.
type oblivious struct{ counter }

func (o *oblivious) OperationStart(context.Context, client.Call) context.Context { return nil }
func (o *oblivious) AttemptStart(context.Context, client.Call) context.Context   { return nil }

func TestAHookThatReturnsNoContext(t *testing.T) {
	c := serve(t, response(found), client.WithHook(&oblivious{}), client.WithHook(&diary{t: t}))
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(7)); err != nil {
		t.Error(err)
	}
}
