package mock_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec"
)

// paths are those of the contract, by operation.
var paths = func() map[string]string {
	doc, err := spec.Document()
	if err != nil {
		panic(err)
	}
	paths := map[string]string{}
	for _, path := range doc.Paths.Keys() {
		for _, operation := range doc.Paths.Value(path).Operations() {
			paths[operation.OperationID] = path
		}
	}
	return paths
}()

// caller sends requests to a mock as any client would, over loopback.
type caller struct {
	t   *testing.T
	url string
	key string
}

func start(t *testing.T, options ...mock.Option) (*mock.Server, caller) {
	t.Helper()
	srv := mock.Run(t, options...)
	return srv, caller{t, srv.URL, "test-acme"}
}

func (c caller) as(key string) caller { c.key = key; return c }

// in is the caller of a subtest.
func (c caller) in(t *testing.T) caller { c.t = t; return c }

type reply struct {
	status int
	text   string
	value  any
	object map[string]any
	header http.Header
}

func (c caller) post(operation, body string) reply {
	c.t.Helper()
	path, ok := paths[operation]
	if !ok {
		c.t.Fatalf("no path for %s", operation)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		req.Header.Set("Authorization", "Basic "+c.key)
	}
	return c.do(req)
}

func (c caller) do(req *http.Request) reply {
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
	out := reply{status: resp.StatusCode, text: string(raw), header: resp.Header}
	d := json.NewDecoder(strings.NewReader(out.text))
	d.UseNumber()
	if err := d.Decode(&out.value); err != nil {
		c.t.Fatalf("%s answered no JSON: %q", req.URL.Path, raw)
	}
	out.object, _ = out.value.(map[string]any)
	return out
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

func (r reply) want(t *testing.T, status int, body string) {
	t.Helper()
	if r.status != status || r.text != body {
		t.Errorf("answered %d %s\nwant %d %s", r.status, r.text, status, body)
	}
}

func sample(t *testing.T, name string) string {
	t.Helper()
	raw, err := specSample(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func specSample(name string) (string, error) {
	raw, err := spec.Sample(name)
	return string(raw), err
}

var india = time.FixedZone("IST", 5*3600+1800)

// clock is a clock that a test sets.
func clock(at ...time.Time) func() time.Time {
	return func() time.Time { return at[0] }
}
