package otelkapture_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/kapture-community/kapture-go/client"
	otelkapture "github.com/kapture-community/kapture-go/client/otel"
)

// observer keeps everything that the SDK exports in memory.
type observer struct {
	spans   *tracetest.InMemoryExporter
	tracers *sdktrace.TracerProvider
	reader  *sdkmetric.ManualReader
	meters  *sdkmetric.MeterProvider
	hook    client.Hook
}

// observe returns an observer with a hook.
func observe(t *testing.T) *observer {
	t.Helper()
	o := &observer{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	o.tracers = sdktrace.NewTracerProvider(sdktrace.WithSyncer(o.spans))
	o.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(o.reader))
	hook, err := otelkapture.NewHook(otelkapture.WithTracerProvider(o.tracers), otelkapture.WithMeterProvider(o.meters))
	if err != nil {
		t.Fatal(err)
	}
	o.hook = hook
	return o
}

// client calls a server over loopback that sends the responses in turn, and the
// last one from then on.
func (o *observer) client(
	t *testing.T, responses []http.HandlerFunc, opts ...client.Option,
) (*client.Client, *httptest.Server) {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		response := responses[0]
		if len(responses) > 1 {
			responses = responses[1:]
		}
		mu.Unlock()
		response(w, r)
	}))
	t.Cleanup(server.Close)
	opts = append([]client.Option{
		client.WithBaseURL(server.URL), client.WithHook(o.hook),
		client.WithRetry(client.RetryPolicy{Base: time.Nanosecond, Max: time.Nanosecond}),
	}, opts...)
	c, err := client.New("", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c, server
}

func response(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const (
	found    = `{"Customer Details":{"id":700000002,"name":"Devansh"},"status":"success"}`
	notFound = `{"Customer Details":"Information given by you does not exist in our sytsem.","status":"failed"}`
	added    = `{"status":"success","customer":{"result":true,"customer_id":700000001},"message":"Customer Added ` +
		`successfully !"}`
)

// tree prints the spans below the named one in the order of their start, children
// indented. Ports are left out.
func (o *observer) tree(root string) string {
	spans := o.spans.GetSpans()
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	var b strings.Builder
	var below func(parent trace.SpanID, depth int)
	below = func(parent trace.SpanID, depth int) {
		for _, s := range spans {
			if s.Parent.SpanID() != parent {
				continue
			}
			status := ""
			if s.Status.Code != codes.Unset {
				status = " " + s.Status.Code.String() + s.Status.Description
			}
			fmt.Fprintf(&b, "%s%s (%s)%s %s\n", strings.Repeat("  ", depth), s.Name, s.SpanKind, status,
				list(s.Attributes))
			below(s.SpanContext.SpanID(), depth+1)
		}
	}
	for _, s := range spans {
		if s.Name == root {
			below(s.SpanContext.SpanID(), 0)
		}
	}
	return b.String()
}

// list prints attributes in the order of their names, without ports.
func list(attributes []attribute.KeyValue) string {
	set := attribute.NewSet(attributes...)
	var out []string
	for _, a := range set.ToSlice() {
		if a.Key != "server.port" {
			out = append(out, string(a.Key)+"="+a.Value.String())
		}
	}
	return strings.Join(out, " ")
}

// collect returns all metrics.
func (o *observer) collect(t *testing.T) metricdata.ResourceMetrics {
	t.Helper()
	var metrics metricdata.ResourceMetrics
	if err := o.reader.Collect(context.Background(), &metrics); err != nil {
		t.Fatal(err)
	}
	return metrics
}

// points prints the counts and histograms, without the measured times.
func (o *observer) points(t *testing.T) string {
	t.Helper()
	var lines []string
	add := func(m metricdata.Metrics, n any, attributes attribute.Set) {
		lines = append(lines, fmt.Sprintf("%s %s %d: %s\n", m.Name, m.Unit, n, list(attributes.ToSlice())))
	}
	for _, scope := range o.collect(t).ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(m, p.Value, p.Attributes)
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(m, p.Count, p.Attributes)
				}
			default:
				t.Errorf("%s is a %T", m.Name, m.Data)
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func TestCallsAreTracedAndMeasured(t *testing.T) {
	get := func(ctx context.Context, c *client.Client) error {
		_, err := c.Customers.Get(ctx, client.CustomerByID(700000002))
		return err
	}
	add := func(ctx context.Context, c *client.Client) error {
		_, err := c.Customers.Add(ctx, client.CustomerRequest{
			CustomerInfo: client.CustomerInfo{CustomerName: new("Devansh")},
		})
		return err
	}
	tests := map[string]struct {
		method    string // of the call
		responses []http.HandlerFunc
		call      func(context.Context, *client.Client) error
		code      client.Code
		spans     string // with the words that expand replaces
		points    string
	}{
		"a success": {
			method:    "getCustomer",
			responses: []http.HandlerFunc{response(200, found)},
			call:      get,
			spans: `
getCustomer (client) STATUS=200 kapture.attempts=1 CALL
  getCustomer attempt (client) STATUS=200 kapture.attempt=1 ATTEMPT
`,
			points: `
kapture.client.attempts {attempt} 1: STATUS=200 ATTEMPT
rpc.client.call.duration s 1: CALL
`,
		},
		"a rejection under HTTP 200": {
			method:    "getCustomer",
			responses: []http.HandlerFunc{response(200, notFound)},
			call:      get,
			code:      client.ErrNotFound,
			spans: `
getCustomer (client) Error error.type=CODE STATUS=200 kapture.attempts=1 CALL
  getCustomer attempt (client) STATUS=200 kapture.attempt=1 ATTEMPT
`,
			points: `
kapture.client.attempts {attempt} 1: STATUS=200 ATTEMPT
kapture.client.errors {error} 1: error.type=CODE STATUS=200 CALL
rpc.client.call.duration s 1: error.type=CODE CALL
`,
		},
		"a success at the third attempt": {
			method:    "getCustomer",
			responses: []http.HandlerFunc{response(503, ""), response(429, ""), response(200, found)},
			call:      get,
			spans: `
getCustomer (client) STATUS=200 kapture.attempts=3 CALL
  getCustomer attempt (client) Error error.type=503 STATUS=503 kapture.attempt=1 ATTEMPT
  getCustomer attempt (client) Error error.type=429 http.request.resend_count=1 STATUS=429 kapture.attempt=2 ATTEMPT
  getCustomer attempt (client) http.request.resend_count=2 STATUS=200 kapture.attempt=3 ATTEMPT
`,
			points: `
kapture.client.attempts {attempt} 1: error.type=429 STATUS=429 ATTEMPT
kapture.client.attempts {attempt} 1: error.type=503 STATUS=503 ATTEMPT
kapture.client.attempts {attempt} 1: STATUS=200 ATTEMPT
rpc.client.call.duration s 1: CALL
`,
		},
		"a connection that ends without a response": {
			method: "addUpdateCustomer",
			responses: []http.HandlerFunc{
				func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			},
			call: add,
			code: client.ErrOutcomeUnknown,
			spans: `
addUpdateCustomer (client) Error error.type=CODE kapture.attempts=1 CALL
  addUpdateCustomer attempt (client) Error error.type=CODE kapture.attempt=1 ATTEMPT
`,
			points: `
kapture.client.attempts {attempt} 1: error.type=CODE ATTEMPT
kapture.client.errors {error} 1: error.type=CODE CALL
rpc.client.call.duration s 1: error.type=CODE CALL
`,
		},
		"a redirect, which is not followed": {
			method: "addUpdateCustomer",
			responses: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://elsewhere.example.com/?key=secret", http.StatusTemporaryRedirect)
			}},
			call: add,
			code: client.ErrRedirect,
			spans: `
addUpdateCustomer (client) Error error.type=CODE STATUS=307 kapture.attempts=1 CALL
  addUpdateCustomer attempt (client) Error error.type=CODE STATUS=307 kapture.attempt=1 ATTEMPT
`,
			points: `
kapture.client.attempts {attempt} 1: error.type=CODE STATUS=307 ATTEMPT
kapture.client.errors {error} 1: error.type=CODE STATUS=307 CALL
rpc.client.call.duration s 1: error.type=CODE CALL
`,
		},
		"a raw call": {
			method:    "raw",
			responses: []http.HandlerFunc{response(200, `{"status":"success"}`)},
			call: func(ctx context.Context, c *client.Client) error {
				_, err := c.Raw(ctx, "/of-this-tenant.html?key=secret", nil)
				return err
			},
			spans: `
raw (client) STATUS=200 kapture.attempts=1 CALL
  raw attempt (client) STATUS=200 kapture.attempt=1 ATTEMPT
`,
			points: `
kapture.client.attempts {attempt} 1: STATUS=200 ATTEMPT
rpc.client.call.duration s 1: CALL
`,
		},
		"a pull of two days, which is two calls": {
			method: "pullCustomers",
			responses: []http.HandlerFunc{
				response(200, `{"message":[{"id":70001,"name":"Dev"}],"status":"success"}`),
				response(200, `{"message":[],"status":"success"}`),
			},
			call: func(ctx context.Context, c *client.Client) error {
				day := time.Date(2021, 3, 14, 12, 0, 0, 0, time.UTC)
				for _, err := range c.Customers.Pull(ctx, day, day.AddDate(0, 0, 1)) {
					if err != nil {
						return err
					}
				}
				return nil
			},
			spans: `
pullCustomers (client) STATUS=200 kapture.attempts=1 CALL
  pullCustomers attempt (client) STATUS=200 kapture.attempt=1 ATTEMPT
pullCustomers (client) STATUS=200 kapture.attempts=1 CALL
  pullCustomers attempt (client) STATUS=200 kapture.attempt=1 ATTEMPT
`,
			points: `
kapture.client.attempts {attempt} 2: STATUS=200 ATTEMPT
rpc.client.call.duration s 2: CALL
`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := observe(t)
			c, _ := o.client(t, test.responses)
			ctx, caller := o.tracers.Tracer("test").Start(t.Context(), "caller")
			err := test.call(ctx, c)
			caller.End()
			if test.code == "" && err != nil || test.code != "" && !errors.Is(err, test.code) {
				t.Errorf("the call gave %v, want %q", err, test.code)
			}
			code := client.Code("")
			if e, ok := errors.AsType[*client.Error](err); ok {
				code = e.Code
			}
			if got, want := o.tree("caller"), expand(test.spans, test.method, code); got != want {
				t.Errorf("spans:\n%swant:\n%s", got, want)
			}
			if got, want := o.points(t), expand(test.points, test.method, code); got != want {
				t.Errorf("metrics:\n%swant:\n%s", got, want)
			}
		})
	}
}

// expand replaces CODE by a code, STATUS by the name of that attribute, and CALL
// and ATTEMPT by the attributes that all calls and all attempts have.
func expand(text, method string, code client.Code) string {
	resource := "kapture.resource=customers "
	if method == "raw" {
		resource = ""
	}
	const server = " server.address=127.0.0.1"
	return strings.NewReplacer(
		"CODE", string(code),
		"STATUS", "http.response.status_code",
		"CALL", resource+"rpc.method="+method+" rpc.system.name=kapture"+server,
		"ATTEMPT", resource+"rpc.method="+method+server,
	).Replace(strings.TrimPrefix(text, "\n"))
}

// Leaving the loop of a pull ends its spans.
func TestPullThatIsLeftEndsItsSpans(t *testing.T) {
	o := observe(t)
	c, _ := o.client(t, []http.HandlerFunc{
		response(200, `{"message":[{"id":70001,"name":"Dev"},{"id":70002,"name":"Dev"}],"status":"success"}`),
	})
	day := time.Date(2021, 3, 14, 12, 0, 0, 0, time.UTC)
	for _, err := range c.Customers.Pull(t.Context(), day, day.AddDate(0, 0, 1)) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	spans := o.spans.GetSpans() // only spans that ended
	if len(spans) != 2 || spans[0].Parent.SpanID() != spans[1].SpanContext.SpanID() {
		t.Errorf("%d spans ended, want the attempt and its call", len(spans))
	}
}

func TestDurationIsInSeconds(t *testing.T) {
	o := observe(t)
	call := client.Call{Operation: client.OpGetCustomer, Host: "acme.kapturecrm.com"}
	o.hook.OperationEnd(o.hook.OperationStart(t.Context(), call), call,
		client.Result{Duration: 1500 * time.Millisecond})
	metric := o.collect(t).ScopeMetrics[0].Metrics[0]
	data, ok := metric.Data.(metricdata.Histogram[float64])
	if !ok || data.DataPoints[0].Sum != 1.5 {
		t.Errorf("got %+v, want a histogram with the sum 1.5", metric)
	}
}

func TestScopeNamesThisModuleAndItsVersion(t *testing.T) {
	o := observe(t)
	c, _ := o.client(t, []http.HandlerFunc{response(200, found)})
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(700000002)); err != nil {
		t.Fatal(err)
	}

	got := o.collect(t).ScopeMetrics[0].Scope
	if got.Name != otelkapture.ScopeName || got.Version != client.Version || got.SchemaURL == "" {
		t.Errorf("metrics: scope %+v", got)
	}
	for _, s := range o.spans.GetSpans() {
		got := s.InstrumentationScope
		if got.Name != otelkapture.ScopeName || got.Version != client.Version || got.SchemaURL == "" {
			t.Errorf("span %s: scope %+v", s.Name, got)
		}
	}
}

// The two modules are released together, so this one requires the version of the
// client. The replacement in go.mod would hide a wrong version here, but not from
// importers.
func TestRequiresTheClientOfItsVersion(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	want := "\tgithub.com/kapture-community/kapture-go v" + client.Version + "\n"
	if !strings.Contains(string(mod), want) {
		t.Errorf("go.mod does not require the client's version %s", client.Version)
	}
}

func TestHostIsSplit(t *testing.T) {
	tests := map[string]string{
		"acme.kapturecrm.com":      "server.address=acme.kapturecrm.com",
		"acme.kapturecrm.com:8443": "server.address=acme.kapturecrm.com server.port=8443",
		"[::1]":                    "server.address=::1",
		"[::1]:8080":               "server.address=::1 server.port=8080",
	}
	for host, want := range tests {
		t.Run(host, func(t *testing.T) {
			o := observe(t)
			call := client.Call{Operation: client.OpGetCustomer, Host: host}
			o.hook.OperationEnd(o.hook.OperationStart(t.Context(), call), call, client.Result{})
			var got []string
			for _, a := range o.spans.GetSpans()[0].Attributes {
				if strings.HasPrefix(string(a.Key), "server.") {
					got = append(got, string(a.Key)+"="+a.Value.String())
				}
			}
			slices.Sort(got)
			if s := strings.Join(slices.Compact(got), " "); s != want {
				t.Errorf("got %s, want %s", s, want)
			}
		})
	}
}

// An error that is not one of the client's is recorded as _OTHER, without its
// text.
func TestOtherErrors(t *testing.T) {
	o := observe(t)
	call := client.Call{Operation: client.OpGetCustomer, Host: "acme.kapturecrm.com"}
	o.hook.OperationEnd(o.hook.OperationStart(t.Context(), call), call, client.Result{Err: errors.New("private")})
	s := o.spans.GetSpans()[0]
	got := list(s.Attributes)
	if s.Status.Code != codes.Error || !strings.Contains(got, "error.type=_OTHER") || strings.Contains(got, "private") {
		t.Errorf("got %v %s", s.Status, got)
	}
}

// Two hooks of one client do not mix up their spans.
func TestTwoHooksOfOneClient(t *testing.T) {
	first := observe(t)
	second := observe(t)
	responses := []http.HandlerFunc{response(503, ""), response(200, found)}
	c, _ := first.client(t, responses, client.WithHook(second.hook), client.WithHook(first.hook))
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(700000002)); err != nil {
		t.Fatal(err)
	}
	if n := len(second.spans.GetSpans()); n != 3 {
		t.Errorf("the second provider has %d spans, want a call and two attempts", n)
	}
	for _, o := range []*observer{first, second} {
		for _, s := range o.spans.GetSpans() {
			hasStatus := strings.Contains(list(s.Attributes), "http.response.status_code=")
			if s.EndTime.IsZero() || !hasStatus {
				t.Errorf("span %s was not ended by its own hook", s.Name)
			}
		}
	}
}

func TestParallelCallsKeepTheirOwnAttempts(t *testing.T) {
	o := observe(t)
	c, _ := o.client(t, []http.HandlerFunc{response(200, added)})
	var wg sync.WaitGroup
	const calls = 32
	for range calls {
		wg.Go(func() {
			ctx, caller := o.tracers.Tracer("test").Start(t.Context(), "caller")
			defer caller.End()
			_, err := c.Customers.Add(ctx, client.CustomerRequest{
				CustomerInfo: client.CustomerInfo{CustomerName: new("Devansh")},
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()

	spans := map[trace.SpanID]tracetest.SpanStub{}
	for _, s := range o.spans.GetSpans() {
		spans[s.SpanContext.SpanID()] = s
	}
	if len(spans) != 3*calls {
		t.Fatalf("%d spans, want %d", len(spans), 3*calls)
	}
	parents := map[string]string{
		"caller":                    "",
		"addUpdateCustomer":         "caller",
		"addUpdateCustomer attempt": "addUpdateCustomer",
	}
	for _, s := range spans {
		parent := spans[s.Parent.SpanID()]
		if want := parents[s.Name]; parent.Name != want {
			t.Errorf("%s is below %q, want %q", s.Name, parent.Name, want)
		}
		if parent.Name != "" && parent.SpanContext.TraceID() != s.SpanContext.TraceID() {
			t.Errorf("%s is in another trace than its parent", s.Name)
		}
	}
}

func TestTransportBelowSeesTheAttempt(t *testing.T) {
	o := observe(t)
	var seen trace.SpanID
	c, _ := o.client(t, []http.HandlerFunc{response(200, found)},
		client.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			seen = trace.SpanFromContext(r.Context()).SpanContext().SpanID()
			return http.DefaultTransport.RoundTrip(r)
		})}))
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(700000002)); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(o.spans.GetSpans(), func(s tracetest.SpanStub) bool {
		return s.Name == "getCustomer attempt"
	})
	if i < 0 || o.spans.GetSpans()[i].SpanContext.SpanID() != seen {
		t.Error("the transport did not run in the attempt's span")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (rt roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return rt(r) }

func TestGlobalProvidersAreTheDefault(t *testing.T) {
	o := observe(t)
	defer otel.SetTracerProvider(otel.GetTracerProvider())
	defer otel.SetMeterProvider(otel.GetMeterProvider())
	otel.SetTracerProvider(o.tracers)
	otel.SetMeterProvider(o.meters)
	hook, err := otelkapture.NewHook()
	if err != nil {
		t.Fatal(err)
	}
	call := client.Call{Operation: client.OpGetCustomer, Host: "acme.kapturecrm.com"}
	hook.OperationEnd(hook.OperationStart(t.Context(), call), call, client.Result{})
	if len(o.spans.GetSpans()) != 1 || o.points(t) == "" {
		t.Error("the global providers saw nothing")
	}
}

func TestEitherHalfCanBeTurnedOff(t *testing.T) {
	o := observe(t)
	call := client.Call{Operation: client.OpGetCustomer, Host: "acme.kapturecrm.com", Attempt: 1}
	for name, opts := range map[string][]otelkapture.Option{
		"no spans": {
			otelkapture.WithTracerProvider(tracenoop.NewTracerProvider()),
			otelkapture.WithMeterProvider(o.meters),
		},
		"no metrics": {
			otelkapture.WithTracerProvider(o.tracers),
			otelkapture.WithMeterProvider(metricnoop.NewMeterProvider()),
		},
	} {
		hook, err := otelkapture.NewHook(opts...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ctx := hook.OperationStart(t.Context(), call)
		hook.AttemptEnd(hook.AttemptStart(ctx, call), call, client.Result{})
		hook.OperationEnd(ctx, call, client.Result{})
	}
	if n := len(o.spans.GetSpans()); n != 2 {
		t.Errorf("%d spans, want the two of the hook that has a tracer", n)
	}
	if got := o.points(t); strings.Count(got, "\n") != 2 || strings.Contains(got, " 2: ") {
		t.Errorf("metrics:\n%swant one call and one attempt, of the hook that has a meter", got)
	}
}

func TestBadOptionsAreRejected(t *testing.T) {
	for want, opt := range map[string]otelkapture.Option{
		"nil option":         nil,
		"WithTracerProvider": otelkapture.WithTracerProvider(nil),
		"WithMeterProvider":  otelkapture.WithMeterProvider(nil),
	} {
		if _, err := otelkapture.NewHook(opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error that names %s", err, want)
		}
	}
}

// panics is a transport that panics.
type panics struct{}

func (panics) RoundTrip(*http.Request) (*http.Response, error) { panic("thrown") }

// A panic of the caller's code ends the spans that it passes, and is counted.
func TestSpansOfAPanic(t *testing.T) {
	o := observe(t)
	c, _ := o.client(t, []http.HandlerFunc{nil}, client.WithHTTPClient(&http.Client{Transport: panics{}}))
	func() {
		defer func() { _ = recover() }() // as net/http's server does
		_, _ = c.Customers.Get(t.Context(), client.CustomerByID(1))
	}()

	spans := o.spans.GetSpans()
	if len(spans) != 2 {
		t.Fatalf("%d spans ended, of 2", len(spans))
	}
	for _, span := range spans {
		var kind string
		for _, a := range span.Attributes {
			if a.Key == "error.type" {
				kind = a.Value.AsString()
			}
		}
		if span.Status.Code != codes.Error || kind != string(client.ErrPanicked) {
			t.Errorf("%s: %v, error.type %q", span.Name, span.Status, kind)
		}
	}

	if got := o.points(t); !strings.Contains(got, "error.type="+string(client.ErrPanicked)) {
		t.Errorf("metrics:\n%s", got)
	}
}
