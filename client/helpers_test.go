package client_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
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
	"github.com/kapture-community/kapture-go/conformance/mock"
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

// dial returns a client for the server at a URL.
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

// dialMock returns a client for a world of an embedded Kapture.
func dialMock(t testing.TB, srv *mock.Server, world string, opts ...client.Option) *client.Client {
	t.Helper()
	opts = append([]client.Option{client.WithBaseURL(srv.URL), client.WithToken(srv.World(world).Key())}, opts...)
	c, err := client.New("", opts...)
	is(t, err, "")
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

// read returns the identifiers of the customers that an iteration yields, with -
// for a customer without one and ! for an error: "1 - 2 !".
func read(customers iter.Seq2[*client.Customer, error]) (ids string, errs []error) {
	return readBy(customers, func(c *client.Customer) string { return cmp.Or(c.ID.String(), "-") })
}

// readBy returns what idOf returns for each record, with ! for an error.
func readBy[R any](records iter.Seq2[R, error], idOf func(R) string) (ids string, errs []error) {
	var out []string
	for record, err := range records {
		if err != nil {
			errs = append(errs, err)
			out = append(out, "!")
			continue
		}
		out = append(out, idOf(record))
	}
	return strings.Join(out, " "), errs
}

// pullOneDay reads the customers of 1 May 2024.
func pullOneDay(t testing.TB, c *client.Client, opts ...client.PullOption) (ids string, errs []error) {
	t.Helper()
	return read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01"), opts...))
}

// keepCheckpoints appends every checkpoint of a pull to a list.
func keepCheckpoints(list *[]client.Checkpoint) client.PullOption {
	return client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
		*list = append(*list, cp)
		return nil
	})
}

// daysOf returns the days of checkpoints: "2024-05-01 2024-05-02".
func daysOf(checkpoints []client.Checkpoint) string {
	var days []string
	for _, cp := range checkpoints {
		days = append(days, cp.Day)
	}
	return strings.Join(days, " ")
}

func kindsOf(notes []client.Note) (kinds []client.NoteKind) {
	for _, note := range notes {
		kinds = append(kinds, note.Kind)
	}
	return kinds
}

// list returns a list of customers as JSON.
func list(ids ...int) string {
	records := make([]string, len(ids))
	for i, id := range ids {
		records[i] = fmt.Sprintf(`{"id":%d,"name":"N%d"}`, id, id)
	}
	return "[" + strings.Join(records, ",") + "]"
}

// page is the response to a request for customers.
func page(ids ...int) string { return `{"message":` + list(ids...) + `,"status":"success"}` }

// noCustomers is the response where there are none.
const noCustomers = `{"message":"No customer between dates.","status":"failed"}`

// gzipped compresses a text.
func gzipped(text string) []byte {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return zipped.Bytes()
}

// desk is a client of a server that sends the responses of a test, with the
// requests that the server received.
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
// nth request, from 0. It hangs up if that is the empty text.
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
		if text == "" {
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

// eachOf responds with the texts in turn, and then repeats the last one.
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
	err := json.Unmarshal([]byte(sampleOf(t, name)), &list)
	if err != nil || len(list) != 1 {
		t.Fatalf("%s is not a list of one element: %v", name, err)
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
