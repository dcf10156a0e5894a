package mock_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec"
	"github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/samples"
)

// paths are those of the contract, by operation.
var paths = func() map[string]string {
	paths := map[string]string{}
	for _, operation := range contract.Operations() {
		paths[operation.ID] = operation.Path
	}
	return paths
}()

// caller sends requests to a mock as any client would, over loopback.
type caller struct {
	t   *testing.T
	url string
	key string
}

// start runs a mock, and returns a caller with a key of the world acme.
func start(t *testing.T, options ...mock.Option) (*mock.Server, caller) {
	t.Helper()
	srv := mock.Run(t, options...)
	return srv, caller{t, srv.URL, "test-acme"}
}

func (c caller) withKey(key string) caller {
	c.key = key
	return c
}

// in is the caller of a subtest.
func (c caller) in(t *testing.T) caller {
	c.t = t
	return c
}

// result is a response with its JSON.
type result struct {
	status int
	text   string
	value  any
	object map[string]any // nil if the value is something else
	header http.Header
}

// post calls an operation.
func (c caller) post(operation, body string) result {
	c.t.Helper()
	path, ok := paths[operation]
	if !ok {
		c.t.Fatalf("the contract has no operation %s", operation)
	}
	return c.do(c.request(http.MethodPost, path, body))
}

// change updates the name and the phone of a customer.
func (c caller) change(id, name, phone string) {
	c.t.Helper()
	const body = `{"customer_info":{"customer_id":%q,"customer_name":%q,"phone":%q}}`
	got := c.post("addUpdateCustomer", fmt.Sprintf(body, id, name, phone))
	if got.object["status"] != "success" {
		c.t.Fatalf("the update of %s got %s", id, got.text)
	}
}

// request makes a request with the caller's key. path may have a query.
func (c caller) request(method, path, body string) *http.Request {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}

	req.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		req.Header.Set("Authorization", "Basic "+c.key)
	}
	return req
}

// do sends a request and expects JSON.
func (c caller) do(req *http.Request) result {
	c.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}

	out := result{status: resp.StatusCode, text: string(raw), header: resp.Header}
	out.value, err = decoded(out.text)
	if err != nil {
		c.t.Fatalf("%s %s: the response is not JSON: %q", req.Method, req.URL.Path, raw)
	}
	out.object, _ = out.value.(map[string]any)
	return out
}

// decoded reads JSON and keeps numbers as text.
func decoded(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// want compares status and text.
func (r result) want(t *testing.T, status int, body string) {
	t.Helper()
	if r.status != status || r.text != body {
		t.Errorf("got %d %s\nwant %d %s", r.status, r.text, status, body)
	}
}

// at follows names and indexes into a JSON value.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for i, step := range path {
		switch step := step.(type) {
		case string:
			o, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v: not an object: %v", path[:i], v)
			}
			if v, ok = o[step]; !ok {
				t.Fatalf("%v is missing", path[:i+1])
			}
		case int:
			a, ok := v.([]any)
			if !ok || step >= len(a) {
				t.Fatalf("%v: no such element in %v", path[:i+1], v)
			}
			v = a[step]
		}
	}
	return v
}

func sample(t *testing.T, name string) string {
	t.Helper()
	raw, err := samples.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// sampleCall is a request of the samples with its operation.
type sampleCall struct{ name, operation, body string }

// sampleCalls lists the requests of the samples. Those that are sent in a query
// are left out.
func sampleCalls(t *testing.T) []sampleCall {
	t.Helper()
	var calls []sampleCall
	for _, resource := range []string{"customers", "enquiries", "faq", "orders", "products", "tickets"} {
		entries, err := samples.FS.ReadDir(resource)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			name := resource + "/" + entry.Name()
			if !strings.Contains(name, ".request.") {
				continue
			}
			body := sample(t, name)
			if operation := operationOfSample(t, body); operation != "" {
				calls = append(calls, sampleCall{name, operation, body})
			}
		}
	}
	return calls
}

// operationOfSample returns the operation whose request body has the sample as an
// example.
func operationOfSample(t *testing.T, body string) string {
	t.Helper()
	want, err := decoded(body)
	if err != nil {
		t.Fatal(err)
	}
	for id, operation := range operations(t) {
		if operation.RequestBody == nil {
			continue
		}
		if hasExample(operation.RequestBody.Value.Content, want) {
			return id
		}
	}
	return ""
}

func hasExample(content openapi3.Content, want any) bool {
	for _, media := range content {
		for _, example := range media.Examples {
			if reflect.DeepEqual(example.Value.Value, want) {
				return true
			}
		}
	}
	return false
}

// operations are those of the contract's document, by operationId.
func operations(t *testing.T) map[string]*openapi3.Operation {
	t.Helper()
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*openapi3.Operation{}
	for _, path := range doc.Paths.Map() {
		for _, operation := range path.Operations() {
			out[operation.OperationID] = operation
		}
	}
	return out
}

var india = time.FixedZone("IST", 5*3600+1800)

// fixed is a clock that does not move.
func fixed(at time.Time) mock.Option {
	return mock.WithClock(func() time.Time { return at })
}
