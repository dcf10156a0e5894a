package mock_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestEveryOperationOfTheContractIsServed(t *testing.T) {
	srv, c := start(t)
	for operation := range paths {
		if !slices.Contains(srv.Operations(), operation) {
			got := c.post(operation, `[]`)
			t.Errorf("%s is not served: %s; add it to the endpoints of its resource", operation, got.text)
		}
	}
	for _, operation := range srv.Operations() {
		if paths[operation] == "" {
			t.Errorf("the mock serves %s, which the contract does not have", operation)
		}
	}
}

func TestPathsAndMethods(t *testing.T) {
	_, c := start(t)
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{method: "POST", path: "/", status: 404},
		{method: "POST", path: "/users", status: 404},
		{method: "GET", path: "/users", status: 404},
		{method: "POST", path: paths["getCustomer"] + "/", status: 404},
		{method: "POST", path: "//search-customer-by-customer-id.html", status: 404},
		{method: "GET", path: paths["getCustomer"], status: 405, allow: "POST"},
		{method: "PUT", path: paths["addUpdateCustomer"], status: 405, allow: "POST"},
		{method: "DELETE", path: paths["getCustomer"], status: 405, allow: "POST"},
		{method: "PATCH", path: paths["addTicket"], status: 405, allow: "POST"},
		{method: "OPTIONS", path: paths["addTicket"], status: 405, allow: "POST"},
	}
	for _, test := range tests {
		got := c.do(c.request(test.method, test.path, "{}"))
		allow := got.header.Get("Allow")
		if got.status != test.status || allow != test.allow || got.object["status"] != "failed" {
			t.Errorf("%s %s: got %d, Allow %q, %s", test.method, test.path, got.status, allow, got.text)
		}
	}

	// A query after the path changes nothing.
	req := c.request(http.MethodPost, paths["getCustomer"]+"?x=1;&%zz", `[{"phone":"1"}]`)
	c.do(req).want(t, 200, notFound)
}

func TestBrokenBodies(t *testing.T) {
	_, c := start(t)
	for name, body := range map[string]string{
		"empty":           "",
		"cut":             `{"a":`,
		"text after it":   `[{}] x`,
		"two values":      `{} {}`,
		"comment":         `[{}] // x`,
		"a text":          `"x"`,
		"a number":        `7`,
		"null":            `null`,
		"Latin-1":         "[{\"name\":\"Andr\xe9\"}]",
		"deep":            strings.Repeat(`[`, 101) + strings.Repeat(`]`, 101),
		"deep in a field": `{"a":` + strings.Repeat(`[`, 1000),
	} {
		for operation := range paths {
			if operation == "getFAQCategories" || operation == "pushTicket" {
				continue
			}
			got := c.post(operation, body)
			if !strings.Contains(got.text, `"Invalid Json."`) || got.status != 400 && got.status != 200 {
				t.Errorf("%s: %s sent %d %s", name, operation, got.status, got.text)
			}
			if note := got.header.Get(mock.NoteHeader); !strings.HasPrefix(note, "body: ") {
				t.Errorf("%s: %s gave the reason %q", name, operation, note)
			}
		}
	}
}

func TestDepthOfBodies(t *testing.T) {
	_, c := start(t)
	nested := func(levels int) string {
		inner := strings.Repeat(`[`, levels-1) + strings.Repeat(`]`, levels-1)
		return `{"title":"A","tenant":` + inner + `,"text":"[[[\"[[["}`
	}
	if got := c.post("addTicket", nested(100)); got.object["status"] != "success" {
		t.Errorf("100 levels: got %s", got.text)
	}
	if got := c.post("addTicket", nested(101)); got.status != 400 {
		t.Errorf("101 levels: got %d %s", got.status, got.text)
	}
}

func TestSizeOfBodies(t *testing.T) {
	_, c := start(t, mock.WithLimits(mock.Limits{Body: 4096}))
	for operation := range paths {
		if operation == "pushTicket" {
			continue
		}
		got := c.post(operation, `{"a":"`+strings.Repeat("x", 5000)+`"}`)
		if got.status != 400 || !strings.Contains(got.text, "larger than 4096 bytes") {
			t.Errorf("%s: got %d %s", operation, got.status, got.text)
		}
		if note := got.header.Get(mock.NoteHeader); note != "limit: the body is larger than 4096 bytes" {
			t.Errorf("%s: got the note %q", operation, note)
		}
	}
}

// A client that never sends the rest of its body does not keep a connection.
func TestSlowBody(t *testing.T) {
	srv, _ := start(t, mock.WithLimits(mock.Limits{BodyTime: 20 * time.Millisecond}))
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const head = "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic test-acme\r\nContent-Length: 100\r\n\r\n[{"
	fmt.Fprintf(conn, head, paths["getCustomer"])

	raw, err := io.ReadAll(conn) // until the mock closes it
	if err != nil {
		t.Fatal(err)
	}
	got := string(raw)
	if !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, "did not arrive within 20ms") {
		t.Errorf("got %s", got)
	}
}

// The time of a body is over when the body has arrived, also an empty one: a
// response may take longer, and a client that leaves after that time is noticed.
func TestTimeOfABodyEndsWithIt(t *testing.T) {
	const bodyTime = 20 * time.Millisecond
	ended := make(chan mock.Exchange, 2)
	srv := mock.Run(t,
		mock.WithLimits(mock.Limits{BodyTime: bodyTime}),
		mock.WithObserver(func(x mock.Exchange) { ended <- x }))
	c := caller{t, srv.URL, "test-acme"}
	stalledOnce := mock.Fault{Kind: mock.Stall, Delay: 3 * bodyTime, Times: 1}
	if err := srv.SetFault("getFAQCategories", stalledOnce); err != nil {
		t.Fatal(err)
	}
	if got := c.post("getFAQCategories", ""); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.text)
	}
	<-ended

	if err := srv.SetFault("getFAQCategories", mock.Fault{Kind: mock.Stall}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*bodyTime)
	defer cancel()
	req := c.request(http.MethodPost, paths["getFAQCategories"], "")
	if _, err := http.DefaultClient.Do(req.WithContext(ctx)); err == nil {
		t.Error("the stalled response came")
	}
	<-ended // the handler does not wait for a client that left
}

func TestResponsesAreJSONWithALength(t *testing.T) {
	_, c := start(t)
	got := c.post("getFAQCategories", "")
	length := got.header.Get("Content-Length")
	if got.header.Get("Content-Type") != "application/json" || length != fmt.Sprint(len(got.text)) {
		t.Errorf("headers %v", got.header)
	}
}

func TestCORS(t *testing.T) {
	const origin = "http://localhost:5173"
	tests := []struct {
		name    string
		options []mock.Option
		origin  string
		want    string // Access-Control-Allow-Origin
	}{
		{name: "without the option", origin: origin},
		{name: "its origin", options: []mock.Option{mock.WithCORS(origin)}, origin: origin, want: origin},
		{name: "any origin", options: []mock.Option{mock.WithCORS("*")}, origin: origin, want: origin},
		{name: "another origin", options: []mock.Option{mock.WithCORS(origin)}, origin: "http://localhost:1"},
		{name: "no browser", options: []mock.Option{mock.WithCORS(origin)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, c := start(t, test.options...)
			asks := c.request(http.MethodOptions, paths["getCustomer"], "")
			asks.Header.Set("Origin", test.origin)
			asks.Header.Set("Access-Control-Request-Method", http.MethodPost)
			asks.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
			asks.Header.Del("Authorization") // browsers send no key here

			resp, err := http.DefaultClient.Do(asks)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			allowed := resp.Header.Get("Access-Control-Allow-Origin")
			names := resp.Header.Get("Access-Control-Allow-Headers")
			switch {
			case allowed != test.want:
				t.Errorf("the preflight allows %q, want %q", allowed, test.want)
			case test.want != "" && (resp.StatusCode != http.StatusNoContent || names != "authorization,content-type"):
				t.Errorf("the preflight got %d and allows the headers %q", resp.StatusCode, names)
			case test.want == "" && resp.StatusCode != http.StatusMethodNotAllowed:
				t.Errorf("the preflight got %d", resp.StatusCode)
			}

			req := c.request(http.MethodPost, paths["getCustomer"], `[{"phone":"1"}]`)
			req.Header.Set("Origin", test.origin)
			got := c.do(req)
			if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != test.want || got.text != notFound {
				t.Errorf("the request got %q and %s", allowed, got.text)
			}
		})
	}
}
