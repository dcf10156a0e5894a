package client_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/spec"
)

const token = "c2VzYW1lOm9wZW4tcGxlYXNl"

// serve starts a server and returns a client for it, which sends everything
// once unless opts say otherwise.
func serve(t testing.TB, handler http.HandlerFunc, opts ...client.Option) *client.Client {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return dial(t, srv.URL, opts...)
}

func dial(t testing.TB, url string, opts ...client.Option) *client.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := client.New("",
		append([]client.Option{client.WithBaseURL(url), client.WithToken(token), client.WithoutRetry(),
			client.WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func response(body string) http.HandlerFunc { return responseWith(200, "application/json", body) }

func responseWith(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const added = `{"status":"success","customer":{"result":true,"customer_id":700000001,"action":"CUSTOMER",` +
	`"action_event":"ADD_CUSTOMER","contact_id":710000001},"message":"Customer Added successfully !Contact Added ` +
	`successfully !"}`

// somebody returns a customer to add.
func somebody() client.CustomerRequest {
	return client.CustomerRequest{
		CustomerInfo: client.CustomerInfo{CustomerName: new("Asha"), Phone: new("9000000001")},
	}
}

func day(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, client.India)
	if err != nil {
		panic(err)
	}
	return t
}

// read returns the identifiers that an iteration yields, with ! for an error:
// "1 2 !".
func read(records iter.Seq2[*client.Customer, error]) (ids string, errs []error) {
	var out []string
	for cust, err := range records {
		if err != nil {
			errs = append(errs, err)
			out = append(out, "!")
			continue
		}
		out = append(out, cmp.Or(cust.ID.String(), "-"))
	}
	return strings.Join(out, " "), errs
}

func list(ids ...int) string {
	records := make([]string, len(ids))
	for i, id := range ids {
		records[i] = fmt.Sprintf(`{"id":%d,"name":"N%d"}`, id, id)
	}
	return "[" + strings.Join(records, ",") + "]"
}

func page(ids ...int) string { return `{"message":` + list(ids...) + `,"status":"success"}` }

// desk is a server that responds as a test says, and keeps the requests.
type desk struct {
	*client.Client
	mu   sync.Mutex
	sent []sentRequest
}

type sentRequest struct {
	path, body string
	header     http.Header
}

// newDesk starts a server that sends what response returns for the body of the
// nth request, from 0.
func newDesk(t *testing.T, response func(n int, body string) string, opts ...client.Option) *desk {
	t.Helper()
	d := &desk{}
	d.Client = serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		d.mu.Lock()
		n := len(d.sent)
		d.sent = append(d.sent, sentRequest{r.URL.Path, string(body), r.Header.Clone()})
		d.mu.Unlock()
		text := response(n, string(body))
		if text == "" { // the response is lost
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	}, opts...)
	return d
}

// requests returns the requests so far.
func (d *desk) requests() []sentRequest {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.sent)
}

// always responds to every request with the same text.
func always(text string) func(int, string) string { return func(int, string) string { return text } }

// eachOf responds with the texts in turn, and then with the last one.
func eachOf(texts ...string) func(int, string) string {
	return func(n int, _ string) string { return texts[min(n, len(texts)-1)] }
}

func sampleOf(t testing.TB, name string) string {
	t.Helper()
	text, err := spec.Sample(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// elementOf reads the only element of a sample that is a list.
func elementOf[T any](t testing.TB, name string) T {
	t.Helper()
	var list []T
	if err := json.Unmarshal([]byte(sampleOf(t, name)), &list); err != nil || len(list) != 1 {
		t.Fatalf("%s is no list of one: %v", name, err)
	}
	return list[0]
}

func sameJSON(t testing.TB, got, want string) {
	t.Helper()
	canonical := func(text string) string {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		out, _ := json.Marshal(v)
		return string(out)
	}
	if g, w := canonical(got), canonical(want); g != w {
		t.Errorf("sent %s\nwant %s", g, w)
	}
}

// is fails unless err matches the code, or is nil for "".
func is(t testing.TB, err error, code client.Code) *client.Error {
	t.Helper()
	if code == "" {
		if err != nil {
			t.Fatalf("error: %v", err)
		}
		return nil
	}
	e := (*client.Error)(nil)
	if !errors.Is(err, code) || !errors.As(err, &e) {
		t.Fatalf("error %v, want %s", err, code)
	}
	return e
}

// allOf reads a list up to its first error.
func allOf[T any](list iter.Seq2[T, error]) (out []T, err error) {
	for v, err := range list {
		if err != nil {
			return out, err
		}
		out = append(out, v)
	}
	return out, nil
}
