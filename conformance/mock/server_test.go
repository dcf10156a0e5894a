package mock_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestEveryOperationOfTheContractIsServed(t *testing.T) {
	_, c := start(t)
	for operation := range paths {
		if got := c.post(operation, `[]`); got.status == 404 {
			t.Errorf("%s is not served: %s", operation, got.text)
		}
	}
}

func TestWhatIsNoOperation(t *testing.T) {
	srv, c := start(t)
	for _, test := range []struct{ method, path string }{
		{"POST", "/"}, {"POST", "/users"}, {"POST", paths["getCustomer"] + "/"}, {"POST", "//search-customer-by-customer-id.html"},
		{"GET", paths["getCustomer"]}, {"PUT", paths["addUpdateCustomer"]}, {"DELETE", paths["getCustomer"]}, {"PATCH", paths["addTicket"]},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, srv.URL+test.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Basic test-acme")
		if got := c.do(req); got.status != 404 || got.object["status"] != "failed" {
			t.Errorf("%s %s was answered %d %s", test.method, test.path, got.status, got.text)
		}
	}
	// A query behind the path changes nothing.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+paths["getCustomer"]+"?x=1;&%zz", strings.NewReader(`[{"phone":"1"}]`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic test-acme")
	c.do(req).want(t, 200, notFound)
}

func TestBrokenBodies(t *testing.T) {
	_, c := start(t, mock.WithLimits(mock.Limits{Body: 4096}))
	for name, body := range map[string]string{
		"empty": "", "cut": `{"a":`, "text behind": `[{}] x`, "two values": `{} {}`, "comment": `[{}] // x`, "a text": `"x"`, "a number": `7`, "null": `null`,
		"Latin-1": "[{\"name\":\"Andr\xe9\"}]", "deep": strings.Repeat(`[`, 101) + strings.Repeat(`]`, 101), "deep in a member": `{"a":` + strings.Repeat(`[`, 1000),
	} {
		for operation := range paths {
			if operation == "getFAQCategories" || operation == "pushTicket" {
				continue
			}
			got := c.post(operation, body)
			if !strings.Contains(got.text, `"Invalid Json."`) || got.status != 400 && got.status != 200 {
				t.Errorf("%s: %s answered %d %s", name, operation, got.status, got.text)
			}
		}
	}
	nested := func(levels int) string {
		return `{"title":"A","tenant":` + strings.Repeat(`[`, levels-1) + strings.Repeat(`]`, levels-1) + `,"text":"[[[\"[[["}`
	}
	if got := c.post("addTicket", nested(100)); got.object["status"] != "success" {
		t.Errorf("100 levels were answered %s", got.text)
	}
	if got := c.post("addTicket", nested(101)); got.status != 400 {
		t.Errorf("101 levels were answered %d %s", got.status, got.text)
	}
	for operation := range paths {
		if operation == "pushTicket" {
			continue
		}
		if got := c.post(operation, `{"a":"`+strings.Repeat("x", 5000)+`"}`); got.status != 400 || !strings.Contains(got.text, "larger than 4096 bytes") {
			t.Errorf("%s answered a large body with %d %s", operation, got.status, got.text)
		}
	}
}

func TestAnswersAreJSONWithALength(t *testing.T) {
	_, c := start(t)
	got := c.post("getFAQCategories", "")
	if got.header.Get("Content-Type") != "application/json" || got.header.Get("Content-Length") != fmt.Sprint(len(got.text)) {
		t.Errorf("headers %v", got.header)
	}
}

func TestJournal(t *testing.T) {
	srv, c := start(t, mock.WithLimits(mock.Limits{Journal: 3}), mock.WithFault("addTicket", mock.Fault{Kind: mock.ServerError}))
	c.post("getCustomer", `[{"phone":"1"}]`)
	c.as("secret-key").post("getCustomer", `[{"phone":"1"}]`)
	c.as("test-two").post("pushProduct", `[]`)
	c.post("addTicket", `{"title":"secret-body"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/nowhere?auth_key=secret-query", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.do(req)
	for operation, want := range map[string]int{"getCustomer": 2, "pushProduct": 1, "addTicket": 1, mock.All: 5, "getTickets": 0} {
		if got := srv.Received(operation); got != want {
			t.Errorf("%s was received %d times, want %d", operation, got, want)
		}
	}
	journal := srv.Journal()
	if len(journal) != 3 {
		t.Fatalf("the journal has %d entries, want the last 3", len(journal))
	}
	if text := fmt.Sprintf("%+v", journal); strings.Contains(text, "secret") {
		t.Errorf("the journal holds what it must not: %s", text)
	}
	if e := journal[0]; e.Operation != "pushProduct" || e.World != "two" || e.Status != 200 || e.Method != http.MethodPost || e.Path != paths["pushProduct"] {
		t.Errorf("the first entry is %+v", e)
	}
	if e := journal[1]; e.Fault != mock.ServerError || e.Status != 500 {
		t.Errorf("the second entry is %+v", e)
	}
	if e := journal[2]; e.Operation != "" || e.Status != 404 {
		t.Errorf("the third entry is %+v", e)
	}
}

// What is remembered of a request keeps nothing else of it alive.
func TestJournalIsSmall(t *testing.T) {
	_, c := start(t)
	long := strings.Repeat("x", 400_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 50 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+"/"+long, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.do(req)
		c.as("test-acme-"+long).post("getCustomer", `[]`)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 10<<20 {
		t.Errorf("100 long requests left %d bytes", grown)
	}
}

func TestRecordsAreBounded(t *testing.T) {
	srv, c := start(t, mock.WithLimits(mock.Limits{Records: 40}))
	full := 0
	for range 50 {
		if got := c.post("addUpdateCustomer", sample(t, "customers/add-2024.request.json")); got.status == 500 {
			full++
			if !strings.Contains(got.text, "kapture mock: the world holds") {
				t.Fatalf("a full world answered %s", got.text)
			}
		}
	}
	if full == 0 {
		t.Error("a world of 40 records took 50 customers with a contact each")
	}
	for operation, body := range map[string]string{
		"addTicket": `{"title":"A"}`, "pushProduct": `[{"name":"A"}]`, "pushOrder": `[{"phone":"9000000002"}]`, "pushEnquiry": `{"customer_name":"A","phone":"6000000000"}`,
		"addUpdateOrder": `{"customer_info":{"customer_name":"A","phone":"9000000002"}}`, "addContact": `{"name":"A","phone":"9000000002","email":"a"}`,
	} {
		for range 3 { // one or two may still fit
			if got := c.post(operation, body); got.status == 500 {
				full++
				break
			}
		}
	}
	if _, err := srv.World("acme").AddTicket(mock.Ticket{Title: "A"}); err == nil {
		t.Error("a full world took a ticket")
	}
	if got := c.as("test-other").post("addTicket", `{"title":"A"}`); got.status != 200 {
		t.Errorf("another world was answered %d %s", got.status, got.text)
	}
}

func TestBytesAreBounded(t *testing.T) {
	_, c := start(t, mock.WithLimits(mock.Limits{Bytes: 20_000}))
	body := `{"title":"A","tenant":"` + strings.Repeat("x", 5000) + `"}`
	c.as("test-old").post("addTicket", body)
	for range 3 {
		if got := c.as("test-new").post("addTicket", body); got.status != 200 {
			t.Fatalf("the worlds have room, yet: %s", got.text)
		}
	}
	// The old world had to go for the new one.
	c.as("test-old").post("getTickets", `{"ticket_ids":"713516551148"}`).want(t, 200, `[]`)
	if got := c.as("test-new").post("addTicket", body); got.status != 500 || !strings.Contains(got.text, "their limit") {
		t.Errorf("too many bytes were answered %d %s", got.status, got.text)
	}
	// Updates of one record pay once.
	for range 20 {
		if got := c.as("test-new").post("updateTicket", `{"ticket_id":"713516551148","sub_status":"P","tenant":"`+strings.Repeat("y", 4000)+`"}`); got.object["status"] != "success" {
			t.Fatalf("an update was answered %s", got.text)
		}
	}
}

// Updates that add to a record, under ever new names, count as new records do.
func TestGrowingRecordsAreBounded(t *testing.T) {
	const customer = `"customer_info":{"customer_id":"700000001","customer_name":"A","phone":"9000000001"}`
	text := strings.Repeat("x", 4000)
	for name, test := range map[string]struct{ operation, body string }{
		"members of a customer":  {"addUpdateCustomer", `{` + customer + `,"tenant%d":"` + text + `"}`},
		"contacts":               {"addUpdateCustomer", `{` + customer + `,"contact_info":[{"contact_person_phone":"%d","contact_person_name":"` + text + `"}]}`},
		"members of an enquirer": {"pushEnquiry", `{"kapture_customer_id":"700000001","tenant%d":"` + text + `"}`},
		"members of a ticket":    {"updateTicket", `{"ticket_id":"713516551148","sub_status":"P","tenant%d":"` + text + `"}`},
		"objects of a ticket":    {"updateTicket", `{"ticket_id":"713516551148","sub_status":"P","tenant%d":{"a":"` + text + `"}}`},
		"comments":               {"updateTicket", `{"ticket_id":"713516551148","sub_status":"P","comment":"%d` + text + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := start(t, mock.WithLimits(mock.Limits{Bytes: 20_000}))
			if _, err := srv.World("acme").AddCustomer(mock.Customer{Name: "A", Phone: "9000000001"}); err != nil {
				t.Fatal(err)
			}
			if _, err := srv.World("acme").AddTicket(mock.Ticket{Title: "A"}); err != nil {
				t.Fatal(err)
			}
			for n := range 6 {
				if got := c.post(test.operation, fmt.Sprintf(test.body, n)); got.status == 500 && strings.Contains(got.text, "their limit") {
					return
				} else if got.object["status"] != "success" {
					t.Fatalf("answered %d %s", got.status, got.text)
				}
			}
			t.Error("24,000 bytes were kept in a world of 20,000")
		})
	}
}

func TestWorldsAreBounded(t *testing.T) {
	_, c := start(t, mock.WithLimits(mock.Limits{Worlds: 2}))
	add := `{"title":"A"}`
	get := `{"ticket_ids":"713516551148"}`
	c.as("test-a").post("addTicket", add)
	c.as("test-b").post("addTicket", add)
	c.as("test-a").post("getTickets", get) // used again: b is the older one now
	c.as("test-c").post("addTicket", add)
	c.as("test-b").post("getTickets", get).want(t, 200, `[]`)
	if got := c.as("test-c").post("getTickets", get); len(got.value.([]any)) != 1 {
		t.Errorf("the newest world has %s", got.text)
	}
}

func TestManyAtOnce(t *testing.T) {
	srv, c := start(t)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			key := fmt.Sprintf("test-w%d", worker%3)
			for n := range 20 {
				for operation := range paths {
					if operation == "pushTicket" {
						continue
					}
					body := fmt.Sprintf(`[{"customer_id":"700000001","name":"N%d","customer_name":"N","title":"T","phone":"%d","email":"e","email_id":"e","ticket_id":"713516551148","ticket_ids":"713516551148","sub_status":"CL","comment":"c","x":{"y":"z"}}]`, n, n)
					if operation == "addUpdateCustomer" || operation == "addUpdateOrder" {
						body = fmt.Sprintf(`{"customer_info":{"customer_name":"N","phone":"%d"}}`, n)
					}
					req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+paths[operation], strings.NewReader(body))
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("Authorization", "Basic "+key)
					resp, err := http.DefaultClient.Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					resp.Body.Close()
				}
				srv.Received(mock.All)
				srv.Journal()
				srv.World("w1").Orders()
				if n == 10 {
					srv.World("w2").Reset()
				}
			}
		})
	}
	wg.Wait()
	if got, want := srv.Received(mock.All), 8*20*(len(paths)-1); got != want {
		t.Errorf("received %d requests, want %d", got, want)
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	fault := mock.WithFault
	for name, option := range map[string]mock.Option{
		"empty token": mock.WithToken(""), "no clock": mock.WithClock(nil), "account": mock.WithAccount(0), "first id": mock.WithFirstID(-1),
		"limits": mock.WithLimits(mock.Limits{Body: -1}), "operation": fault("getCustomers", mock.Fault{Kind: mock.Stall}), "kind": fault("getCustomer", mock.Fault{Kind: "x"}),
		"refuse one": fault("getCustomer", mock.Fault{Kind: mock.Refuse}), "rate": fault(mock.All, mock.Fault{Kind: mock.Stall, Rate: 2}),
		"times": fault(mock.All, mock.Fault{Kind: mock.Stall, Times: -1}), "address": mock.WithAddress("256.0.0.1:0"),
	} {
		if srv, err := mock.Start(option); err == nil {
			t.Errorf("%s: started at %s", name, srv.URL)
		} else if !strings.HasPrefix(err.Error(), "mock: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := mock.New(fault(mock.All, mock.Fault{Kind: mock.Refuse})); err == nil {
		t.Error("a handler without a server promised to refuse connections")
	}
}

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
		t.Error("the server still answers after its test")
	}
	if err := srv.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestAddress(t *testing.T) {
	first := mock.Run(t)
	_, err := mock.Start(mock.WithAddress(strings.TrimPrefix(first.URL, "http://")))
	if err == nil || !strings.Contains(err.Error(), "cannot listen") {
		t.Errorf("a taken address gave %v", err)
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
	req := httptest.NewRequest(http.MethodPost, paths["getCustomer"], strings.NewReader(`[{"phone":"1"}]`))
	req.Header.Set("Authorization", "Basic test-acme")
	recorder := httptest.NewRecorder()
	k.ServeHTTP(recorder, req)
	if recorder.Body.String() != notFound {
		t.Errorf("answered %s", recorder.Body)
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
	k.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, paths["getCustomer"], strings.NewReader(`[{"phone":"1"}]`)))
}

func TestSeedingNames(t *testing.T) {
	srv, _ := start(t)
	for _, name := range []string{"", "a-b", "a b", strings.Repeat("x", 65)} {
		if _, err := srv.World(name).AddCustomer(mock.Customer{Name: "A"}); err == nil {
			t.Errorf("the world %q took a customer", name)
		}
	}
	w := srv.World("acme")
	at := time.Date(2021, 1, 6, 12, 0, 0, 0, time.UTC)
	id, err := w.AddCustomer(mock.Customer{Name: "A", Phone: "1", Email: "e", Code: "c", Organization: true, Created: at})
	if err != nil {
		t.Fatal(err)
	}
	if x, ok := w.Customer(id); !ok || x.Name != "A" || x.Phone != "1" || x.Email != "e" || x.Code != "c" || !x.Organization || !x.Created.Equal(at) || x.Contacts != 1 {
		t.Errorf("read back %+v", x)
	}
	if w.Key() != "test-acme" {
		t.Errorf("the world's key is %q", w.Key())
	}
}
