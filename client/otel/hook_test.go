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

// points prints the counts and histograms, without the measured times.
func (o *observer) points(t *testing.T) string {
	t.Helper()
	var rm metricdata.ResourceMetrics
	if err := o.reader.Collect(context.Background(), &rm); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, scope := range rm.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					lines = append(lines,
						fmt.Sprintf("%s %s %d: %s", m.Name, m.Unit, p.Value, list(p.Attributes.ToSlice())))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					lines = append(lines,
						fmt.Sprintf("%s %s %d: %s", m.Name, m.Unit, p.Count, list(p.Attributes.ToSlice())))
				}
			default:
				t.Errorf("%s is a %T", m.Name, m.Data)
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
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
		responses []http.HandlerFunc
		call      func(context.Context, *client.Client) error
		code      client.Code
		spans     string
		points    string
	}{
		"a success": {
			responses: []http.HandlerFunc{response(200, found)}, call: get,
			spans: `
getCustomer (client) http.response.status_code=200 kapture.attempts=1 kapture.resource=customers rpc.method=getCustomer rpc.system.name=kapture server.address=127.0.0.1
  getCustomer attempt (client) http.response.status_code=200 kapture.attempt=1 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
`,
			points: `
kapture.client.attempts {attempt} 1: http.response.status_code=200 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
rpc.client.call.duration s 1: kapture.resource=customers rpc.method=getCustomer rpc.system.name=kapture server.address=127.0.0.1
`,
		},
		"a rejection under HTTP 200": {
			responses: []http.HandlerFunc{response(200, notFound)}, call: get, code: client.ErrNotFound,
			spans: `
getCustomer (client) Error error.type=CODE http.response.status_code=200 kapture.attempts=1 kapture.resource=customers rpc.method=getCustomer rpc.system.name=kapture server.address=127.0.0.1
  getCustomer attempt (client) http.response.status_code=200 kapture.attempt=1 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
`,
			points: `
kapture.client.attempts {attempt} 1: http.response.status_code=200 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
kapture.client.errors {error} 1: error.type=CODE http.response.status_code=200 kapture.resource=customers rpc.method=getCustomer rpc.system.name=kapture server.address=127.0.0.1
rpc.client.call.duration s 1: error.type=CODE kapture.resource=customers rpc.method=getCustomer rpc.system.name=kapture server.address=127.0.0.1
`,
		},
		"a success at the third attempt": {
			responses: []http.HandlerFunc{response(503, ""), response(429, ""), response(200, found)}, call: get,
			spans: `
getCustomer (client) http.response.status_code=200 kapture.attempts=3 kapture.resource=customers rpc.method=getCustomer rpc.system.name=kapture server.address=127.0.0.1
  getCustomer attempt (client) Error error.type=503 http.response.status_code=503 kapture.attempt=1 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
  getCustomer attempt (client) Error error.type=429 http.request.resend_count=1 http.response.status_code=429 kapture.attempt=2 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
  getCustomer attempt (client) http.request.resend_count=2 http.response.status_code=200 kapture.attempt=3 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
`,
			points: `
kapture.client.attempts {attempt} 1: error.type=429 http.response.status_code=429 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
kapture.client.attempts {attempt} 1: error.type=503 http.response.status_code=503 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
kapture.client.attempts {attempt} 1: http.response.status_code=200 kapture.resource=customers rpc.method=getCustomer server.address=127.0.0.1
rpc.client.call.duration s 1: kapture.resource=customers rpc.method=getCustomer rpc.system.name=kapture server.address=127.0.0.1
`,
		},
		"a connection that ends without a response": {
			responses: []http.HandlerFunc{
				func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			},
			call: add,
			code: client.ErrOutcomeUnknown,
			spans: `
addUpdateCustomer (client) Error error.type=CODE kapture.attempts=1 kapture.resource=customers rpc.method=addUpdateCustomer rpc.system.name=kapture server.address=127.0.0.1
  addUpdateCustomer attempt (client) Error error.type=CODE kapture.attempt=1 kapture.resource=customers rpc.method=addUpdateCustomer server.address=127.0.0.1
`,
			points: `
kapture.client.attempts {attempt} 1: error.type=CODE kapture.resource=customers rpc.method=addUpdateCustomer server.address=127.0.0.1
kapture.client.errors {error} 1: error.type=CODE kapture.resource=customers rpc.method=addUpdateCustomer rpc.system.name=kapture server.address=127.0.0.1
rpc.client.call.duration s 1: error.type=CODE kapture.resource=customers rpc.method=addUpdateCustomer rpc.system.name=kapture server.address=127.0.0.1
`,
		},
		"a redirect, which is not followed": {
			responses: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://elsewhere.example.com/?key=secret", http.StatusTemporaryRedirect)
			}}, call: add, code: client.ErrRedirect,
			spans: `
addUpdateCustomer (client) Error error.type=CODE http.response.status_code=307 kapture.attempts=1 kapture.resource=customers rpc.method=addUpdateCustomer rpc.system.name=kapture server.address=127.0.0.1
  addUpdateCustomer attempt (client) Error error.type=CODE http.response.status_code=307 kapture.attempt=1 kapture.resource=customers rpc.method=addUpdateCustomer server.address=127.0.0.1
`,
			points: `
kapture.client.attempts {attempt} 1: error.type=CODE http.response.status_code=307 kapture.resource=customers rpc.method=addUpdateCustomer server.address=127.0.0.1
kapture.client.errors {error} 1: error.type=CODE http.response.status_code=307 kapture.resource=customers rpc.method=addUpdateCustomer rpc.system.name=kapture server.address=127.0.0.1
rpc.client.call.duration s 1: error.type=CODE kapture.resource=customers rpc.method=addUpdateCustomer rpc.system.name=kapture server.address=127.0.0.1
`,
		},
		"a raw call": {
			responses: []http.HandlerFunc{response(200, `{"status":"success"}`)},
			call: func(ctx context.Context, c *client.Client) error {
				_, err := c.Raw(ctx, "/of-this-tenant.html?key=secret", nil)
				return err
			},
			spans: `
raw (client) http.response.status_code=200 kapture.attempts=1 rpc.method=raw rpc.system.name=kapture server.address=127.0.0.1
  raw attempt (client) http.response.status_code=200 kapture.attempt=1 rpc.method=raw server.address=127.0.0.1
`,
			points: `
kapture.client.attempts {attempt} 1: http.response.status_code=200 rpc.method=raw server.address=127.0.0.1
rpc.client.call.duration s 1: rpc.method=raw rpc.system.name=kapture server.address=127.0.0.1
`,
		},
		"a pull of two days, which is two calls": {
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
pullCustomers (client) http.response.status_code=200 kapture.attempts=1 kapture.resource=customers rpc.method=pullCustomers rpc.system.name=kapture server.address=127.0.0.1
  pullCustomers attempt (client) http.response.status_code=200 kapture.attempt=1 kapture.resource=customers rpc.method=pullCustomers server.address=127.0.0.1
pullCustomers (client) http.response.status_code=200 kapture.attempts=1 kapture.resource=customers rpc.method=pullCustomers rpc.system.name=kapture server.address=127.0.0.1
  pullCustomers attempt (client) http.response.status_code=200 kapture.attempt=1 kapture.resource=customers rpc.method=pullCustomers server.address=127.0.0.1
`,
			points: `
kapture.client.attempts {attempt} 2: http.response.status_code=200 kapture.resource=customers rpc.method=pullCustomers server.address=127.0.0.1
rpc.client.call.duration s 2: kapture.resource=customers rpc.method=pullCustomers rpc.system.name=kapture server.address=127.0.0.1
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
			spans, points := test.spans[1:], test.points[1:]
			if own := (*client.Error)(nil); errors.As(err, &own) {
				spans, points = strings.ReplaceAll(spans, "CODE", string(own.Code)), strings.ReplaceAll(points, "CODE",
					string(own.Code))
			}
			if got := o.tree("caller"); got != spans {
				t.Errorf("spans:\n%swant:\n%s", got, spans)
			}
			if got := o.points(t); got != points {
				t.Errorf("metrics:\n%swant:\n%s", got, points)
			}
		})
	}
}

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
	var rm metricdata.ResourceMetrics
	if err := o.reader.Collect(t.Context(), &rm); err != nil {
		t.Fatal(err)
	}
	data, ok := rm.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[float64])
	if !ok || data.DataPoints[0].Sum != 1.5 {
		t.Errorf("got %+v, want a histogram with the sum 1.5", rm.ScopeMetrics[0].Metrics[0])
	}
}

func TestScopeNamesThisModuleAndItsVersion(t *testing.T) {
	o := observe(t)
	c, _ := o.client(t, []http.HandlerFunc{response(200, found)})
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(700000002)); err != nil {
		t.Fatal(err)
	}
	var rm metricdata.ResourceMetrics
	if err := o.reader.Collect(t.Context(), &rm); err != nil {
		t.Fatal(err)
	}
	got := rm.ScopeMetrics[0].Scope
	if got.Name != otelkapture.ScopeName || got.Version != client.Version || got.SchemaURL == "" {
		t.Errorf("metrics: scope %+v", got)
	}
	for _, s := range o.spans.GetSpans() {
		got := s.InstrumentationScope
		if got.Name != otelkapture.ScopeName || got.Version != client.Version || got.SchemaURL == "" {
			t.Errorf("span %s: scope %+v", s.Name, got)
		}
	}
	// What is released together must ask for itself: the replacement in go.mod hides a wrong version here, not from importers.
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	want := "\tgithub.com/kapture-community/kapture-go v" + client.Version + "\n"
	if !strings.Contains(string(mod), want) {
		t.Errorf("go.mod does not require the client's version %s", client.Version)
	}
}

func TestHostIsTakenApart(t *testing.T) {
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

func TestErrorThatIsNoneOfTheClientsHasNoNameOfItsOwn(t *testing.T) {
	o := observe(t)
	call := client.Call{Operation: client.OpGetCustomer, Host: "acme.kapturecrm.com"}
	o.hook.OperationEnd(o.hook.OperationStart(t.Context(), call), call, client.Result{Err: errors.New("private")})
	s := o.spans.GetSpans()[0]
	got := list(s.Attributes)
	if s.Status.Code != codes.Error || !strings.Contains(got, "error.type=_OTHER") || strings.Contains(got, "private") {
		t.Errorf("got %v %s", s.Status, got)
	}
}

func TestHooksOfOneClientKeepApart(t *testing.T) {
	first, second := observe(t), observe(t)
	c, _ := first.client(t, []http.HandlerFunc{
		response(503, ""),
		response(200, found),
	}, client.WithHook(second.hook), client.WithHook(first.hook))
	if _, err := c.Customers.Get(t.Context(), client.CustomerByID(700000002)); err != nil {
		t.Fatal(err)
	}
	if n := len(second.spans.GetSpans()); n != 3 {
		t.Errorf("the second provider has %d spans, want a call and two attempts", n)
	}
	for _, o := range []*observer{first, second} {
		for _, s := range o.spans.GetSpans() {
			if s.EndTime.IsZero() || !slices.ContainsFunc(s.Attributes, func(a attribute.KeyValue) bool {
				return a.Key == "http.response.status_code"
			}) {
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
	for _, s := range spans {
		parent := spans[s.Parent.SpanID()]
		want := map[string]string{
			"caller":                    "",
			"addUpdateCustomer":         "caller",
			"addUpdateCustomer attempt": "addUpdateCustomer",
		}[s.Name]
		if parent.Name != want {
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
	tracers, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	otel.SetTracerProvider(o.tracers)
	otel.SetMeterProvider(o.meters)
	defer func() {
		otel.SetTracerProvider(tracers)
		otel.SetMeterProvider(meters)
	}()
	hook, err := otelkapture.NewHook()
	if err != nil {
		t.Fatal(err)
	}
	call := client.Call{Operation: client.OpGetCustomer, Host: "acme.kapturecrm.com"}
	hook.OperationEnd(hook.OperationStart(t.Context(), call), call, client.Result{})
	if len(o.spans.GetSpans()) != 1 || o.points(t) == "\n" {
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

func TestBadOptionsAreRefused(t *testing.T) {
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

	var metrics metricdata.ResourceMetrics
	if err := o.reader.Collect(t.Context(), &metrics); err != nil {
		t.Fatal(err)
	}
	if len(metrics.ScopeMetrics) == 0 || len(metrics.ScopeMetrics[0].Metrics) == 0 {
		t.Error("no metric")
	}
}
