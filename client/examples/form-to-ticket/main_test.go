package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// newClient returns a client for an embedded Kapture.
func newClient(t *testing.T, kapture *mock.Server) *client.Client {
	t.Helper()
	c, err := client.New("", client.WithBaseURL(kapture.URL), client.WithToken(kapture.World("form").Key()),
		client.WithoutRetry())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serveForm serves the form in front of an embedded Kapture.
func serveForm(t *testing.T) (*httptest.Server, *mock.Server) {
	t.Helper()
	kapture := mock.Run(t)
	c := newClient(t, kapture)
	log := slog.New(slog.DiscardHandler)
	srv := httptest.NewServer(newForm(&taker{
		customers: c.Customers,
		tickets:   c.Tickets,
		mark:      "web_form",
		log:       log,
	}, log))
	t.Cleanup(srv.Close)
	return srv, kapture
}

// filled returns the values of a form that is filled in.
func filled(reference string) url.Values {
	return url.Values{
		"reference": {reference},
		"name":      {"Asha"},
		"email":     {"asha@example.com"},
		"phone":     {"9000000001"},
		"title":     {"Broken <pen>"},
		"text":      {"It broke."},
	}
}

// post sends a form, and returns the status and the page of the response.
func post(t *testing.T, at string, values url.Values) (int, string) {
	t.Helper()
	resp, err := http.PostForm(at, values)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

// Each empty form has its own reference.
func TestEmptyForm(t *testing.T) {
	srv, _ := serveForm(t)
	seen := map[string]bool{}
	for range 2 {
		resp, err := http.Get(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		empty, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		reference := regexp.MustCompile(`name="reference" value="([A-Z0-9]{20,})"`).FindSubmatch(empty)
		if resp.StatusCode != 200 || reference == nil || !strings.HasPrefix(string(empty), "<!doctype html>") {
			t.Fatalf("%d %s", resp.StatusCode, empty)
		}
		seen[string(reference[1])] = true
	}
	if len(seen) != 2 {
		t.Errorf("references %v", seen)
	}
}

func TestFormBecomesTicket(t *testing.T) {
	srv, kapture := serveForm(t)
	for n, reference := range []string{"first", "second"} {
		code, text := post(t, srv.URL, filled(reference))
		number := regexp.MustCompile(`number is <strong>([0-9]+)<`).FindStringSubmatch(text)
		if code != http.StatusCreated || number == nil || !strings.Contains(text, reference) {
			t.Fatalf("%d %s", code, text)
		}
		ticket, err := newClient(t, kapture).Tickets.Get(t.Context(), number[1])
		if err != nil || ticket.TaskDetails.Title != "Broken <pen>" ||
			string(ticket.AdditionalInfo["web_form"]["reference"]) != `"`+reference+`"` {
			t.Errorf("ticket %s, error %v", ticket, err)
		}
		if adds := kapture.Received("addUpdateCustomer"); adds != 1 {
			t.Errorf("after form %d: the customer was added %d times, want once", n+1, adds)
		}
	}
}

// A lost response is reported as lost, and the same form is never sent twice.
func TestLostResponse(t *testing.T) {
	for _, kind := range []mock.Kind{mock.ResetBeforeHeaders, mock.TruncatedJSON, mock.BadGateway} {
		srv, kapture := serveForm(t)
		if err := kapture.SetFault("addTicket", mock.Fault{Kind: kind, Times: 1}); err != nil {
			t.Fatal(err)
		}
		for range 3 { // the visitor presses the button again and again
			code, text := post(t, srv.URL, filled("once"))
			if code != http.StatusAccepted || !strings.Contains(text, "may have reached us, or not") ||
				!strings.Contains(text, "once") {
				t.Errorf("%s: %d %s", kind, code, text)
			}
		}
		if n := kapture.Received("addTicket"); n != 1 {
			t.Errorf("%s: the ticket was sent %d times", kind, n)
		}
	}
}

func TestRejectedFormMayBeSentAgain(t *testing.T) {
	srv, kapture := serveForm(t)
	if err := kapture.SetFault("addTicket", mock.Fault{Kind: mock.TooManyRequests, Times: 1}); err != nil {
		t.Fatal(err)
	}
	code, text := post(t, srv.URL, filled("again"))
	if code != http.StatusBadGateway || !strings.Contains(text, "was not accepted") {
		t.Errorf("%d %s", code, text)
	}
	if code, text := post(t, srv.URL, filled("again")); code != http.StatusCreated {
		t.Errorf("%d %s", code, text)
	}
}

// If it is not known whether the customer exists, none is added: there might be
// two.
func TestCustomerIsNotGuessed(t *testing.T) {
	srv, kapture := serveForm(t)
	if err := kapture.SetFault("getCustomer", mock.Fault{Kind: mock.LoginPage}); err != nil {
		t.Fatal(err)
	}
	code, text := post(t, srv.URL, filled("x"))
	if code != http.StatusCreated || kapture.Received("addUpdateCustomer") != 0 {
		t.Errorf("%d %s", code, text)
	}
}

// If the response to the new customer is lost, the customer is not added again.
func TestCustomerIsNotAddedAgain(t *testing.T) {
	srv, kapture := serveForm(t)
	if err := kapture.SetFault("addUpdateCustomer", mock.Fault{Kind: mock.ResetBeforeHeaders}); err != nil {
		t.Fatal(err)
	}
	code, text := post(t, srv.URL, filled("y"))
	if code != http.StatusCreated || kapture.Received("addUpdateCustomer") != 1 ||
		kapture.Received("getCustomer") != 2 {
		t.Errorf("%d %s, %d look-ups", code, text, kapture.Received("getCustomer"))
	}
}

func TestFormFaults(t *testing.T) {
	srv, kapture := serveForm(t)
	for name, value := range map[string]string{
		"email":     "asha",
		"name":      " ",
		"title":     "",
		"reference": strings.Repeat("x", 41),
		"text":      "It broke. caf\xe9",
		"phone":     "\xff",
	} {
		values := filled("x")
		values.Set(name, value)
		code, text := post(t, srv.URL, values)
		if code != http.StatusBadRequest || !strings.Contains(text, `role="alert"`) ||
			!strings.Contains(text, "It broke.") || strings.Contains(text, "<pen>") {
			t.Errorf("%s: %d %s", name, code, text)
		}
	}
	code, _ := post(t, srv.URL, url.Values{"text": {strings.Repeat("x", maxFormSize)}})
	if code != http.StatusBadRequest {
		t.Errorf("too large: %d", code)
	}
	if code, _ := post(t, srv.URL+"/other", filled("x")); code != http.StatusNotFound {
		t.Errorf("another path: %d", code)
	}
	req, _ := http.NewRequest(http.MethodDelete, srv.URL, nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %s", resp.Status)
	}
	if n := kapture.Received("*"); n != 0 {
		t.Errorf("%d requests to Kapture", n)
	}
}

// slowTaker takes a form only when the test lets it.
type slowTaker struct {
	started chan struct{} // closed when it begins
	free    chan struct{} // closed when it may end
	mu      sync.Mutex
	err     error
	taken   int
}

func (s *slowTaker) take(ctx context.Context, _ request) outcome {
	close(s.started)
	<-s.free
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken++
	s.err = ctx.Err()
	return outcome{Added: true}
}

// A visitor who leaves, or presses twice, changes nothing about the one ticket.
func TestImpatientVisitors(t *testing.T) {
	slow := &slowTaker{started: make(chan struct{}), free: make(chan struct{})}
	f := newForm(nil, slog.New(slog.DiscardHandler))
	f.taker = slow
	codes := make(chan int, 3)
	visit := func(ctx context.Context) {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(filled("x").Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		codes <- w.Code
	}

	ctx, leave := context.WithCancel(t.Context())
	var visitors sync.WaitGroup
	visitors.Go(func() { visit(ctx) })
	<-slow.started
	leave()
	for range 2 {
		visitors.Go(func() { visit(t.Context()) })
	}
	close(slow.free)
	visitors.Wait()

	for range 3 {
		if code := <-codes; code != http.StatusCreated {
			t.Errorf("code %d", code)
		}
	}
	if slow.taken != 1 || slow.err != nil {
		t.Errorf("taken %d times, context %v", slow.taken, slow.err)
	}
}

func TestServesUntilStopped(t *testing.T) {
	kapture := mock.Run(t)
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan int)
	var stderr strings.Builder
	go func() {
		done <- run(ctx, []string{"-base-url", kapture.URL, "-addr", "127.0.0.1:0"}, "test-form", output{in, &stderr})
	}()

	line := make([]byte, 200)
	n, err := out.Read(line)
	at := regexp.MustCompile(`http://\S+`).FindString(string(line[:n]))
	if err != nil || at == "" {
		t.Fatalf("%v: %s", err, line[:n])
	}
	if code, text := post(t, at, filled("x")); code != http.StatusCreated {
		t.Errorf("%d %s", code, text)
	}

	stop()
	code := <-done
	if code != 0 || strings.Contains(stderr.String(), "asha") || strings.Contains(stderr.String(), "test-form") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}

// failingOnce is a taker that fails the first time. It takes a while, so that
// other visitors come meanwhile.
type failingOnce struct{ sent atomic.Int32 }

func (f *failingOnce) take(context.Context, request) outcome {
	first := f.sent.Add(1) == 1
	time.Sleep(time.Millisecond)
	return outcome{Added: !first}
}

// Visitors whose form failed, and who all try again, make one ticket.
func TestManyTryAgain(t *testing.T) {
	for range 50 {
		taker := &failingOnce{}
		f := newForm(nil, slog.New(slog.DiscardHandler))
		f.taker = taker
		var visitors sync.WaitGroup
		for range 20 {
			visitors.Go(func() {
				added := false
				for range 2 {
					added = added || f.once(t.Context(), request{Reference: "R"}).Added
				}
				if !added {
					t.Error("not added")
				}
			})
		}
		visitors.Wait()
		if taker.sent.Load() != 2 {
			t.Fatalf("sent %d times", taker.sent.Load())
		}
	}
}

func TestCommandLine(t *testing.T) {
	for code, args := range map[int][]string{
		0: {"-help"},
		1: {"-tenant", "acme", "-addr", "256.0.0.1:1"},
		2: {"-unknown"},
	} {
		if got := run(t.Context(), args, "test-form", output{io.Discard, io.Discard}); got != code {
			t.Errorf("%q: exit %d, want %d", args, got, code)
		}
	}
	for _, args := range [][]string{{"more"}, {"-tenant", "a b"}} {
		if got := run(t.Context(), args, "test-form", output{io.Discard, io.Discard}); got != 2 {
			t.Errorf("%q: exit %d", args, got)
		}
	}
	if got := run(t.Context(), nil, "", output{io.Discard, io.Discard}); got != 2 {
		t.Errorf("without a key: exit %d", got)
	}
}
