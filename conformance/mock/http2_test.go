package mock_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// overHTTP2 speaks HTTP/2 without TLS.
func overHTTP2(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// once is a request that net/http cannot send again.
func (c caller) once(operation, body string) *http.Request {
	req := c.request(http.MethodPost, paths[operation], body)
	req.GetBody = nil
	return req
}

func TestHTTP2(t *testing.T) {
	_, c := start(t, mock.WithHTTP2())
	client := overHTTP2(t)
	resp, err := client.Do(c.request(http.MethodPost, paths["getCustomer"], `[{"phone":"1"}]`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.ProtoMajor != 2 || string(body) != notFound {
		t.Errorf("got HTTP/%d %s, %v", resp.ProtoMajor, body, err)
	}
	c.post("getCustomer", `[{"phone":"1"}]`).want(t, 200, notFound) // HTTP/1.1 still works
}

// A request that a fault of HTTP/2 hits was not done, and the client can know it.
func TestRequestsThatWereNotProcessed(t *testing.T) {
	for kind, want := range map[mock.Kind]string{
		mock.RefusedStream: "REFUSED_STREAM",
		mock.GoAway:        "GOAWAY",
	} {
		t.Run(string(kind), func(t *testing.T) {
			srv, c := start(t, mock.WithHTTP2())
			client := overHTTP2(t)
			if err := call(client, c.once("getCustomer", `[]`)); err != nil { // a connection is open
				t.Fatal(err)
			}
			if err := srv.SetFault(mock.All, mock.Fault{Kind: kind, Times: 1}); err != nil {
				t.Fatal(err)
			}

			err := call(client, c.once("addUpdateCustomer", addOne))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("ended with %v", err)
			}
			if got := srv.World("acme").Customers(); len(got) != 0 {
				t.Errorf("the write was done: %v", got)
			}
			if journal := srv.Journal(); journal[1].Fault != kind || journal[1].Status != 0 {
				t.Errorf("the journal has %+v", journal[1])
			}

			// After GOAWAY a request needs a new connection, after a refused stream not.
			var reused atomic.Bool
			trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused.Store(info.Reused) }}
			req := c.once("addUpdateCustomer", addOne)
			req = req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
			if err := call(client, req); err != nil {
				t.Errorf("the next request: %v", err)
			}
			if got := reused.Load(); got != (kind == mock.RefusedStream) {
				t.Errorf("the connection was used again: %v", got)
			}
			if got := srv.World("acme").Customers(); len(got) != 1 {
				t.Errorf("the world has %v", got)
			}
		})
	}
}

// call sends a request and reads its response.
func call(client *http.Client, req *http.Request) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// Of many requests at once, exactly those are not done of which HTTP/2 says so.
func TestManyThatWereNotProcessed(t *testing.T) {
	srv, c := start(t,
		mock.WithHTTP2(),
		mock.WithSeed(7),
		mock.WithFault("addUpdateCustomer", mock.Fault{Kind: mock.GoAway, Rate: 0.1}),
		mock.WithFault("addUpdateCustomer", mock.Fault{Kind: mock.RefusedStream, Rate: 0.2}),
		mock.WithFault("addUpdateCustomer", mock.Fault{Kind: mock.ResetBeforeHeaders, Rate: 0.2}))
	client := overHTTP2(t)

	var mu sync.Mutex
	processed := map[string]bool{} // by name; those whose outcome is unknown are left out
	unknown := map[string]error{}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for n := range 50 {
				name := fmt.Sprintf("%d-%d", worker, n)
				err := call(client, c.once("addUpdateCustomer",
					fmt.Sprintf(`{"customer_info":{"customer_name":%q,"phone":"1"}}`, name)))
				mu.Lock()
				switch {
				case err == nil:
					processed[name] = true
				case saysNotProcessed(err):
					processed[name] = false
				default:
					unknown[name] = err
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()

	done := map[string]bool{}
	for _, customer := range srv.World("acme").Customers() {
		done[customer.Name] = true
	}
	refused := 0
	for name, was := range processed {
		if was != done[name] {
			t.Errorf("%s: the client knows that it was processed: %v; done: %v", name, was, done[name])
		}
		if !was {
			refused++
		}
	}
	for name, err := range unknown {
		if !done[name] {
			t.Errorf("%s: the write was not done, and nothing says so: %v", name, err)
		}
	}
	if refused == 0 || len(unknown) == 0 {
		t.Errorf("%d were not processed, of %d nobody knows", refused, len(unknown))
	}
}

// saysNotProcessed reports whether net/http knows that a request was not
// processed. It would have sent it again, had it been able to read the body again.
func saysNotProcessed(err error) bool {
	for _, text := range []string{"REFUSED_STREAM", "GOAWAY", "cannot rewind body"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

func TestFaultsOfHTTP2NeedIt(t *testing.T) {
	for _, kind := range []mock.Kind{mock.GoAway, mock.RefusedStream} {
		if _, err := mock.Start(mock.WithFault(mock.All, mock.Fault{Kind: kind})); err == nil {
			t.Errorf("%s was armed on a server without HTTP/2", kind)
		}
	}
	if _, err := mock.New(mock.WithHTTP2()); err == nil {
		t.Error("a handler promised to serve HTTP/2")
	}

	// A request over HTTP/1.1 does not meet them.
	srv, c := start(t, mock.WithHTTP2(), mock.WithFault(mock.All, mock.Fault{Kind: mock.GoAway, Times: 1}))
	c.post("getCustomer", `[{"phone":"1"}]`).want(t, 200, notFound)
	if err := call(overHTTP2(t), c.once("getCustomer", `[]`)); err == nil {
		t.Error("the fault was used up by a request over HTTP/1.1")
	}
	if got := c.withKey("test-acme").raw("getCustomer", `[{"phone":"1"}]`); got.status != 200 {
		t.Errorf("got %d, %v", got.status, got.sendErr)
	}

	// A reset of HTTP/1.1 is a reset there, too.
	if err := srv.SetFault(mock.All, mock.Fault{Kind: mock.ResetBeforeHeaders}); err != nil {
		t.Fatal(err)
	}
	if got := c.raw("getCustomer", `[]`); got.sendErr == nil {
		t.Errorf("got %d", got.status)
	}
}

// A client that leaves does not hold up the faults of others.
func TestFaultsOfHTTP2WithoutTheirClient(t *testing.T) {
	_, c := start(t, mock.WithHTTP2(), mock.WithFault(mock.All, mock.Fault{Kind: mock.RefusedStream}))
	client := overHTTP2(t)
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_ = call(client, c.once("getCustomer", `[]`).WithContext(ctx))
	}
	err := call(client, c.once("getCustomer", `[]`))
	if err == nil || !strings.Contains(err.Error(), "REFUSED_STREAM") {
		t.Errorf("ended with %v", err)
	}
}
