package otelkapture_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/kapture-community/kapture-go/client"
)

// documented are the attributes that the package documentation lists.
var documented = []string{
	"rpc.system.name", "rpc.method", "kapture.resource", "server.address", "server.port",
	"http.response.status_code", "error.type", "kapture.attempt", "http.request.resend_count", "kapture.attempts",
}

// secrets are put into every place of a request or a response that can have a
// text.
var secrets = []string{
	"s3cr3t-token", "s3cr3t-query", "s3cr3t-password", "s3cr3t-path", "s3cr3t-cookie",
	"Devansh", "9000012345", "devansh@example.com", "s3cr3t-remark", "s3cr3t-response", "s3cr3t-request-id",
	"s3cr3t-location",
}

// leaky is a server whose requests and responses have secrets everywhere.
type leaky struct {
	turn int // which response is sent

	mu     sync.Mutex
	passed map[string]bool // the secrets that were in a request or a response
}

// saw notes the secrets in a text of a request or a response.
func (l *leaky) saw(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range secrets {
		if strings.Contains(text, s) {
			l.passed[s] = true
		}
	}
}

func (l *leaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	l.saw(fmt.Sprint(r.URL, r.Header, user, password))
	l.turn++
	w.Header().Set("X-Request-Id", "s3cr3t-request-id")
	w.Header().Set("Set-Cookie", "session=s3cr3t-cookie")
	w.Header().Set("Content-Type", "application/json")

	status := 200
	text := ""
	switch l.turn % 6 {
	case 0:
		text = `{"status":"failed","message":"s3cr3t-response: Devansh, 9000012345 exists"}`
	case 1:
		status = 500
		text = `<html>s3cr3t-response devansh@example.com</html>`
	case 2:
		w.Header().Set("Location", "https://elsewhere.example.com/s3cr3t-location?key=s3cr3t-query")
		status = http.StatusTemporaryRedirect
	case 3:
		text = `{"status":"success","s3cr3t-response":`
	case 4:
		status = 429
		text = `{"status":"failed","message":"s3cr3t-response"}`
	case 5:
		text = `{"status":"success","message":[{"id":1,"name":"Devansh","s3cr3t-response":"9000012345"}],` +
			`"Customer Details":{"id":1,"name":"Devansh"},"customer":{"result":true,"customer_id":1}}`
	}

	l.saw(fmt.Sprint(w.Header(), text))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// RoundTrip notes what the body of a request contains, and sends it.
func (l *leaky) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.GetBody != nil {
		if copied, err := r.GetBody(); err == nil {
			content, _ := io.ReadAll(copied)
			l.saw(string(content))
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestNothingPrivateIsRecorded(t *testing.T) {
	o := observe(t)
	l := &leaky{passed: map[string]bool{}}
	c, server := o.client(t, []http.HandlerFunc{l.ServeHTTP},
		client.WithToken("s3cr3t-token"),
		client.WithBasicAuth("s3cr3t-user", "s3cr3t-password", client.OpAddUpdateCustomer),
		client.WithHTTPClient(&http.Client{Transport: l}),
	)
	for range 6 { // so that each call gets each response
		callWithSecrets(t.Context(), c)
		l.turn++
	}
	server.Close()
	callWithSecrets(t.Context(), c) // and no response at all

	for _, s := range secrets {
		if !l.passed[s] {
			t.Errorf("the test is empty: %q was in no request or response", s)
		}
	}

	metrics := o.collect(t)
	spans, err := json.Marshal(o.spans.GetSpans())
	if err != nil {
		t.Fatal(err)
	}
	recorded := string(spans) + fmt.Sprintf("%+v", metrics)
	for _, s := range append(secrets, "s3cr3t") {
		if strings.Contains(recorded, s) {
			t.Errorf("%q was recorded", s)
		}
	}

	checkAttributes(t, o.attributes(t, metrics))
}

// callWithSecrets makes calls whose requests have secrets everywhere.
func callWithSecrets(ctx context.Context, c *client.Client) {
	_, _ = c.Customers.Get(ctx, client.CustomerByPhone("9000012345"))
	_, _ = c.Customers.Get(ctx, client.CustomerByEmail("devansh@example.com"))
	_, _ = c.Customers.Add(ctx, client.CustomerRequest{
		CustomerInfo: client.CustomerInfo{CustomerName: new("Devansh"), EmailID: new("devansh@example.com")},
	})
	_, _ = c.Raw(ctx, "/s3cr3t-path?key=s3cr3t-query", map[string]string{"remark": "s3cr3t-remark"})
	day := time.Date(2021, 3, 14, 12, 0, 0, 0, time.UTC)
	for range c.Customers.Pull(ctx, day, day) {
	}
}

// attributes lists the attributes of all spans and metrics.
func (o *observer) attributes(t *testing.T, metrics metricdata.ResourceMetrics) []attribute.KeyValue {
	t.Helper()
	var all []attribute.KeyValue
	for _, s := range o.spans.GetSpans() {
		all = append(all, s.Attributes...)
		if len(s.Events)+len(s.Links) > 0 || s.Status.Description != "" {
			t.Errorf("span %s has events, links or a description", s.Name)
		}
	}
	for _, m := range metrics.ScopeMetrics[0].Metrics {
		switch data := m.Data.(type) {
		case metricdata.Sum[int64]:
			for _, p := range data.DataPoints {
				all = append(all, p.Attributes.ToSlice()...)
			}
		case metricdata.Histogram[float64]:
			for _, p := range data.DataPoints {
				all = append(all, p.Attributes.ToSlice()...)
			}
		}
	}
	return all
}

// checkAttributes compares the names of attributes with the documented ones, and
// looks for every kind of error among their values.
func checkAttributes(t *testing.T, attributes []attribute.KeyValue) {
	t.Helper()
	names := map[string]bool{}
	codes := map[string]bool{}
	for _, a := range attributes {
		names[string(a.Key)] = true
		if a.Key == "error.type" {
			codes[a.Value.String()] = true
		}
	}

	seen := slices.Sorted(maps.Keys(names))
	want := slices.Sorted(slices.Values(documented))
	if !slices.Equal(seen, want) {
		t.Errorf("attributes:\n%q\ndocumented:\n%q", seen, want)
	}
	for _, code := range []client.Code{
		"500",
		"429",
		client.ErrRedirect,
		client.ErrTruncated,
		client.ErrFailed,
		client.ErrServer,
		client.ErrTransport,
	} {
		if !codes[string(code)] {
			t.Errorf("no span says %s; there are %q", code, slices.Sorted(maps.Keys(codes)))
		}
	}
}
