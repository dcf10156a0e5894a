package mock_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestManyAtOnce(t *testing.T) {
	srv, c := start(t)
	const workers = 8
	const rounds = 20
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			c := c.withKey(fmt.Sprintf("test-w%d", worker%3))
			for n := range rounds {
				c.callEverything(n)
				srv.Received(mock.All)
				srv.Journal()
				srv.World("w1").Orders()
				srv.World("w1").Customers()
				srv.World("w1").Tickets()
				if n == 10 {
					srv.World("w2").Reset()
				}
			}
		})
	}
	wg.Wait()

	if got, want := srv.Received(mock.All), workers*rounds*(len(paths)-1); got != want {
		t.Errorf("received %d requests, want %d", got, want)
	}
}

// callEverything calls all operations that take a body.
func (c caller) callEverything(n int) {
	for operation := range paths {
		if operation == "pushTicket" {
			continue
		}
		body := fmt.Sprintf(`[{"customer_id":"700000001","name":"N%d","customer_name":"N","title":"T","phone":"%d",
			"email":"e","email_id":"e","ticket_id":"713516551148","ticket_ids":"713516551148",
			"start_date":"2000-01-01","end_date":"2100-01-01","sub_status":"CL","comment":"c","x":{"y":"z"}}]`, n, n)
		if operation == "addUpdateCustomer" || operation == "addUpdateOrder" {
			body = fmt.Sprintf(`{"customer_info":{"customer_name":"N","phone":"%d"}}`, n)
		}

		resp, err := http.DefaultClient.Do(c.request(http.MethodPost, paths[operation], body))
		if err != nil {
			c.t.Error(err)
			return
		}
		resp.Body.Close()
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	fault := mock.WithFault
	for name, option := range map[string]mock.Option{
		"empty token":    mock.WithToken(""),
		"no clock":       mock.WithClock(nil),
		"no middleware":  mock.WithMiddleware(nil),
		"no observer":    mock.WithObserver(nil),
		"no notes":       mock.WithNotes(nil),
		"no rejection":   mock.WithRejection(nil),
		"no origin":      mock.WithCORS(),
		"account":        mock.WithAccount(0),
		"first id":       mock.WithFirstID(-1),
		"customers":      mock.WithCustomers(-1, 1),
		"many customers": mock.WithCustomers(mock.MaxCustomers+1, 1),
		"days":           mock.WithCustomers(1, 0),
		"limits":         mock.WithLimits(mock.Limits{Body: -1}),
		"limit of time":  mock.WithLimits(mock.Limits{BodyTime: -1}),
		"operation":      fault("getCustomers", mock.Fault{Kind: mock.Stall}),
		"kind":           fault("getCustomer", mock.Fault{Kind: "x"}),
		"refuse one":     fault("getCustomer", mock.Fault{Kind: mock.Refuse}),
		"rate":           fault(mock.All, mock.Fault{Kind: mock.Stall, Rate: 2}),
		"times":          fault(mock.All, mock.Fault{Kind: mock.Stall, Times: -1}),
		"address":        mock.WithAddress("256.0.0.1:0"),
	} {
		srv, err := mock.Start(option)
		if err == nil {
			t.Errorf("%s: started at %s", name, srv.URL)
			continue
		}
		if !strings.HasPrefix(err.Error(), "mock: ") {
			t.Errorf("%s: %v", name, err)
		}
	}

	if _, err := mock.New(fault(mock.All, mock.Fault{Kind: mock.Refuse})); err == nil {
		t.Error("a handler without a server promised to refuse connections")
	}
}

// failing is a test that fails without ending.
type failing struct {
	fatal   string
	cleanup []func()
}

func (f *failing) Cleanup(fn func())                 { f.cleanup = append(f.cleanup, fn) }
func (f *failing) Fatalf(format string, args ...any) { f.fatal = fmt.Sprintf(format, args...) }

func TestRunBelongsToItsTest(t *testing.T) {
	var tb failing
	if srv := mock.Run(&tb, mock.WithToken("")); srv != nil || !strings.Contains(tb.fatal, "token is empty") {
		t.Errorf("a bad option gave %v and %q", srv, tb.fatal)
	}

	srv := mock.Run(&tb)
	if len(tb.cleanup) != 1 || !strings.HasPrefix(srv.URL, "http://127.0.0.1:") {
		t.Fatalf("started at %s with %d cleanups", srv.URL, len(tb.cleanup))
	}
	tb.cleanup[0]()

	if err := srv.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if _, err := http.Get(srv.URL); err == nil {
		t.Error("the server still responds after its test")
	}
	if err := srv.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestAddressInUse(t *testing.T) {
	first := mock.Run(t)
	_, err := mock.Start(mock.WithAddress(strings.TrimPrefix(first.URL, "http://")))
	if err == nil || !strings.Contains(err.Error(), "cannot listen") {
		t.Errorf("an address in use gave %v", err)
	}
}

// A mock that listens on every address names one that a client can call.
func TestAddressOfEveryMachine(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0"} {
		srv := mock.Run(t, mock.WithAddress(address))
		if !strings.HasPrefix(srv.URL, "http://127.0.0.1:") {
			t.Errorf("%s: got the URL %s", address, srv.URL)
		}
	}
}

// A middleware gets every request before the mock does.
func TestMiddleware(t *testing.T) {
	seen := make(chan string, 1)
	srv := mock.Run(t, mock.WithMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen <- r.URL.Path
			next.ServeHTTP(w, r)
		})
	}))

	res, err := http.Post(srv.URL+"/nowhere", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if path := <-seen; path != "/nowhere" || res.StatusCode != http.StatusNotFound {
		t.Errorf("the middleware saw %q, the mock sent HTTP %d", path, res.StatusCode)
	}
}

func TestHandlerWithoutAServer(t *testing.T) {
	k, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(k.Operations(), "getCustomer") {
		t.Errorf("operations are %v", k.Operations())
	}

	recorder := httptest.NewRecorder()
	k.ServeHTTP(recorder, lookUpByPhone())
	if recorder.Body.String() != notFound {
		t.Errorf("got %s", recorder.Body)
	}

	// A request that a test made may have no body at all.
	req := lookUpByPhone()
	req.Body = nil
	recorder = httptest.NewRecorder()
	k.ServeHTTP(recorder, req)
	if recorder.Code != http.StatusBadRequest {
		t.Errorf("without a body: got %d %s", recorder.Code, recorder.Body)
	}

	// Without a socket, a reset is what net/http offers in its place.
	if err := k.SetFault("getCustomer", mock.Fault{Kind: mock.ResetBeforeHeaders}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("recovered %v", err)
		}
	}()
	k.ServeHTTP(httptest.NewRecorder(), lookUpByPhone())
}

func lookUpByPhone() *http.Request {
	req := httptest.NewRequest(http.MethodPost, paths["getCustomer"], strings.NewReader(`[{"phone":"1"}]`))
	req.Header.Set("Authorization", "Basic test-acme")
	return req
}
