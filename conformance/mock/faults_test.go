package mock_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// raw is what came over the wire, errors and all.
type raw struct {
	status  int
	header  http.Header
	body    []byte
	sendErr error // no answer
	readErr error // an answer that does not end well
}

func (c caller) raw(operation, body string) raw {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url+paths[operation], strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic "+c.key)
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return raw{sendErr: err}
	}
	defer resp.Body.Close()
	out := raw{status: resp.StatusCode, header: resp.Header}
	out.body, out.readErr = io.ReadAll(resp.Body)
	return out
}

const addOne = `{"customer_info":{"customer_name":"A","phone":"9000000001"}}`

// Each fault, with what it does to the answer of a get that would give one
// customer, and whether a write that meets it is done.
var faultCases = map[mock.Kind]struct {
	fault mock.Fault
	done  bool
	check func(t *testing.T, got raw, good string)
}{
	mock.TooManyRequests: {mock.Fault{RetryAfter: 90 * time.Second}, false, func(t *testing.T, got raw, _ string) {
		if got.status != 429 || got.header.Get("Retry-After") != "90" {
			t.Errorf("answered %d with Retry-After %q", got.status, got.header.Get("Retry-After"))
		}
	}},
	mock.TooManyRequestsDate: {mock.Fault{RetryAfter: time.Hour}, false, func(t *testing.T, got raw, _ string) {
		at, err := http.ParseTime(got.header.Get("Retry-After"))
		if got.status != 429 || err != nil || time.Until(at) < time.Minute {
			t.Errorf("answered %d with Retry-After %q", got.status, got.header.Get("Retry-After"))
		}
	}},
	mock.ServerError: {mock.Fault{}, false, func(t *testing.T, got raw, _ string) {
		if got.status != 500 || !json.Valid(got.body) {
			t.Errorf("answered %d %s", got.status, got.body)
		}
	}},
	mock.BadGateway: {mock.Fault{}, false, func(t *testing.T, got raw, _ string) {
		if got.status != 502 || !isPage(got) {
			t.Errorf("answered %d %s", got.status, got.body)
		}
	}},
	mock.Unavailable: {mock.Fault{}, false, func(t *testing.T, got raw, _ string) {
		if got.status != 503 || got.header.Get("Retry-After") != "1" || len(got.body) > 0 {
			t.Errorf("answered %d %v %s", got.status, got.header, got.body)
		}
	}},
	mock.Redirect: {mock.Fault{Location: "http://127.0.0.2:9/x"}, false, func(t *testing.T, got raw, _ string) {
		if got.status != 307 || got.header.Get("Location") != "http://127.0.0.2:9/x" {
			t.Errorf("answered %d to %q", got.status, got.header.Get("Location"))
		}
	}},
	mock.LoginPage: {mock.Fault{}, false, func(t *testing.T, got raw, _ string) {
		if got.status != 200 || !isPage(got) {
			t.Errorf("answered %d %s", got.status, got.body)
		}
	}},
	mock.ResetBeforeHeaders: {mock.Fault{}, true, func(t *testing.T, got raw, _ string) {
		if !errors.Is(got.sendErr, syscall.ECONNRESET) {
			t.Errorf("ended with %v", got.sendErr)
		}
	}},
	mock.ResetInBody: {mock.Fault{}, true, func(t *testing.T, got raw, good string) {
		if got.status != 200 || got.readErr == nil || len(got.body) >= len(good) {
			t.Errorf("answered %d with %d of %d bytes, ended with %v", got.status, len(got.body), len(good), got.readErr)
		}
	}},
	mock.Stall:    {mock.Fault{Delay: time.Millisecond}, true, same},
	mock.SlowDrip: {mock.Fault{Delay: time.Microsecond}, true, same},
	mock.TruncatedJSON: {mock.Fault{}, true, func(t *testing.T, got raw, good string) {
		if got.readErr != nil || string(got.body) != good[:len(good)/2] {
			t.Errorf("answered %d bytes of %d, ended with %v", len(got.body), len(good), got.readErr)
		}
	}},
	mock.TruncatedBetweenElements: {mock.Fault{}, true, func(t *testing.T, got raw, good string) {
		if got.readErr != nil || string(got.body) != good[:len(good)-1] { // no list: all but the last brace
			t.Errorf("answered %s, ended with %v", got.body, got.readErr)
		}
	}},
	mock.WrongContentType: {mock.Fault{}, true, func(t *testing.T, got raw, good string) {
		if string(got.body) != good || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Errorf("answered %v %s", got.header, got.body)
		}
	}},
	mock.Oversized: {mock.Fault{Size: 1 << 20}, true, func(t *testing.T, got raw, good string) {
		if len(got.body) < len(good)+1<<20 || !json.Valid(got.body) {
			t.Errorf("answered %d bytes, valid: %v", len(got.body), json.Valid(got.body))
		}
	}},
	mock.InvalidUTF8: {mock.Fault{}, true, func(t *testing.T, got raw, _ string) {
		if utf8.Valid(got.body) || !json.Valid(bytes.ToValidUTF8(got.body, nil)) {
			t.Errorf("answered %q", got.body)
		}
	}},
	mock.DuplicateKeys: {mock.Fault{}, true, func(t *testing.T, got raw, _ string) {
		if !json.Valid(got.body) || bytes.Count(got.body, []byte(`"status":"`)) != 2 || !bytes.Contains(got.body, []byte(`"status":"failed"`)) {
			t.Errorf("answered %s", got.body)
		}
	}},
	mock.DeepNesting: {mock.Fault{Size: 9999}, true, func(t *testing.T, got raw, _ string) {
		if !bytes.Contains(got.body, []byte(strings.Repeat("[", 9999)+strings.Repeat("]", 9999))) {
			t.Errorf("answered %d bytes", len(got.body))
		}
	}},
	mock.FailureAfterList: {mock.Fault{}, true, func(t *testing.T, got raw, _ string) {
		if !bytes.HasSuffix(got.body, []byte(`,"status":"failed"}`)) || !json.Valid(got.body) {
			t.Errorf("answered %s", got.body)
		}
	}},
	mock.GzipCut: {mock.Fault{}, true, func(t *testing.T, got raw, _ string) {
		z, err := gzip.NewReader(bytes.NewReader(got.body))
		if err != nil || got.header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("answered %v: %v", got.header, err)
		}
		if _, err := io.ReadAll(z); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the stream ended with %v", err)
		}
	}},
	mock.EmptyBody: {mock.Fault{}, true, func(t *testing.T, got raw, _ string) {
		if got.status != 200 || len(got.body) > 0 || got.readErr != nil {
			t.Errorf("answered %d %q", got.status, got.body)
		}
	}},
	mock.PageCap: {mock.Fault{}, true, same}, mock.RepeatingPages: {mock.Fault{}, true, same}, mock.OverlappingPages: {mock.Fault{}, true, same}, mock.OverlappingWindows: {mock.Fault{}, true, same},
	mock.SingleObject: {mock.Fault{}, true, same}, mock.MessageText: {mock.Fault{}, true, same},
}

func same(t *testing.T, got raw, good string) {
	if got.status != 200 || string(got.body) != good || got.readErr != nil {
		t.Errorf("answered %d %q, ended with %v", got.status, got.body, got.readErr)
	}
}

func isPage(r raw) bool {
	return strings.HasPrefix(r.header.Get("Content-Type"), "text/html") && bytes.HasPrefix(r.body, []byte("<!DOCTYPE html>"))
}

func TestFaults(t *testing.T) {
	for _, kind := range mock.Kinds() {
		test, ok := faultCases[kind]
		if !ok {
			if kind != mock.Refuse { // see TestRefusedConnections
				t.Errorf("no case for %s", kind)
			}
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			srv, c := start(t, mock.WithClock(clock(added)))
			if _, err := srv.World("acme").AddCustomer(mock.Customer{Name: "A", Phone: "9000000001"}); err != nil {
				t.Fatal(err)
			}
			good := c.post("getCustomer", `[{"phone":"9000000001"}]`).text
			test.fault.Kind = kind
			if err := srv.SetFault("getCustomer", test.fault); err != nil {
				t.Fatal(err)
			}
			test.check(t, c.raw("getCustomer", `[{"phone":"9000000001"}]`), good)

			// A write that met the fault is done, or is not.
			if err := srv.SetFault("addUpdateCustomer", test.fault); err != nil {
				t.Fatal(err)
			}
			c.raw("addUpdateCustomer", addOne)
			if _, done := srv.World("acme").Customer(700000002); done != test.done || kind.Done() != test.done {
				t.Errorf("the write was done: %v; Done says %v; want %v", done, kind.Done(), test.done)
			}
			if got := srv.Received("addUpdateCustomer"); got != 1 {
				t.Errorf("received the write %d times", got)
			}
			srv.ClearFaults()
			if got := c.post("getCustomer", `[{"kapture_customer_id":"700000001"}]`).text; got != good {
				t.Errorf("without faults it answers %s", got)
			}
		})
	}
}

// Every fault at every operation: the server goes on serving.
func TestEveryFaultAtEveryOperation(t *testing.T) {
	srv, c := start(t)
	for _, kind := range mock.Kinds() {
		if kind == mock.Refuse {
			continue
		}
		srv.ClearFaults()
		if err := srv.SetFault(mock.All, mock.Fault{Kind: kind, Delay: time.Microsecond, Size: 3000}); err != nil {
			t.Fatal(err)
		}
		for operation := range paths {
			if got := c.raw(operation, `[{"name":"A","title":"A","phone":"1"}]`); got.sendErr != nil && kind != mock.ResetBeforeHeaders {
				t.Errorf("%s at %s: %v", kind, operation, got.sendErr)
			}
		}
	}
	srv.ClearFaults()
	if got := c.post("getFAQCategories", ""); got.status != 200 {
		t.Errorf("afterwards: %d", got.status)
	}
}

func TestRefusedConnections(t *testing.T) {
	srv, c := start(t, mock.WithFault(mock.All, mock.Fault{Kind: mock.Refuse}))
	if got := c.raw("getCustomer", `[]`); !errors.Is(got.sendErr, syscall.ECONNREFUSED) {
		t.Errorf("ended with %v", got.sendErr)
	}
	if listener, err := net.Listen("tcp", strings.TrimPrefix(srv.URL, "http://")); err == nil {
		t.Error("another server was given the port, and would answer there")
		_ = listener.Close()
	}
	if err := srv.Wait(); err != nil {
		t.Error(err)
	}
	if mock.Refuse.Done() {
		t.Error("a write that was refused is said to be done")
	}
	running, _ := start(t)
	if err := running.SetFault(mock.All, mock.Fault{Kind: mock.Refuse}); err == nil {
		t.Error("a running server promised to refuse connections")
	}
}

func TestStallEndsWithItsClient(t *testing.T) {
	srv, _ := start(t, mock.WithFault("getCustomer", mock.Fault{Kind: mock.Stall}))
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n[]", paths["getCustomer"])
	for srv.Received("getCustomer") == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	// Closing the server waits for nobody: a stalled answer does not keep it.
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
}

func TestFaultsInLists(t *testing.T) {
	srv, c := start(t, mock.WithClock(clock(added)))
	w := srv.World("acme")
	for n := range 3 {
		if _, err := w.AddCustomer(mock.Customer{Name: fmt.Sprint("n", n), Email: "a@example.com"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.AddTicket(mock.Ticket{Title: fmt.Sprint("t", n), Email: "a@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, list := range []struct{ operation, body, first, second string }{
		{"pullCustomers", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`, `"name":"n0"`, `"name":"n1"`},
		{"pullTickets", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`, `"ticketId":"713516551148"`, `"ticketId":"713516551149"`},
		{"pullTicketsUnversioned", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`, `"ticketId":"713516551148"`, `"ticketId":"713516551149"`},
		{"getTickets", `{"ticket_ids":"713516551148,713516551149"}`, `"ticketId":"713516551148"`, `"ticketId":"713516551149"`},
		{"getFAQContents", `[{"category_id":"5247"}]`, `"id":18909`, `"id":18910`},
	} {
		t.Run(list.operation, func(t *testing.T) {
			c := c.in(t)
			with := func(f mock.Fault) string {
				t.Helper()
				srv.ClearFaults()
				if err := srv.SetFault(list.operation, f); err != nil {
					t.Fatal(err)
				}
				return string(c.raw(list.operation, list.body).body)
			}
			cut := with(mock.Fault{Kind: mock.TruncatedBetweenElements})
			if !strings.Contains(cut, list.first) || strings.Contains(cut, list.second) || cut[len(cut)-1] != '}' || json.Valid([]byte(cut)) {
				t.Errorf("truncated between elements: %s", cut)
			}
			// Padding and the like stand inside the first element, where a cap
			// per element has to see them.
			for kind, found := range map[mock.Kind]string{mock.Oversized: `{"mock":"xxx`, mock.InvalidUTF8: "{\"mock\":\"\xff", mock.DeepNesting: `{"mock":[[[`} {
				got := with(mock.Fault{Kind: kind, Size: 1000})
				at, first := strings.Index(got, found), strings.Index(got, list.first)
				if at < 1 || at > first {
					t.Errorf("%s: stands at %d, the first record at %d: %.300s", kind, at, first, got)
				}
			}
			failing := with(mock.Fault{Kind: mock.FailureAfterList})
			if list.operation != "getTickets" && !strings.HasSuffix(failing, `],"status":"failed"}`) && !strings.HasSuffix(failing, `]},"status":"failed"}`) {
				t.Errorf("failure after the list: ...%s", failing[max(0, len(failing)-60):])
			}
		})
	}
}

func TestManners(t *testing.T) {
	srv, c := start(t)
	w := srv.World("acme")
	day := time.Date(2024, 5, 1, 12, 0, 0, 0, india)
	for n := range 6 {
		if _, err := w.AddCustomer(mock.Customer{Name: fmt.Sprint("n", n), Email: "a@example.com", Code: "A", Created: day.AddDate(0, 0, n/2)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.AddTicket(mock.Ticket{Title: "t", Email: "a@example.com"}); err != nil {
		t.Fatal(err)
	}
	query := `{"cm_id":1000298,"createStartDate":"2024-05-01","createEndDate":"2024-05-02","limit":"2","offset":"%d"}`
	get := func(body string) []string { t.Helper(); return namesOf(t, c.post("pullCustomers", body)) }
	arm := func(operation string, f mock.Fault) {
		t.Helper()
		srv.ClearFaults()
		if err := srv.SetFault(operation, f); err != nil {
			t.Fatal(err)
		}
	}
	arm("pullCustomers", mock.Fault{Kind: mock.PageCap})
	if got := get(fmt.Sprintf(query, 1)); !slices.Equal(got, []string{"n1"}) {
		t.Errorf("a capped page has %v", got)
	}
	arm("pullCustomers", mock.Fault{Kind: mock.OverlappingPages})
	if got := get(fmt.Sprintf(query, 0)); !slices.Equal(got, []string{"n0", "n1"}) {
		t.Errorf("the first page has %v", got)
	}
	if got := get(fmt.Sprintf(query, 2)); !slices.Equal(got, []string{"n1", "n2"}) {
		t.Errorf("the second page has %v", got)
	}
	if got := get(fmt.Sprintf(query, 4)); !slices.Equal(got, []string{"n2", "n3"}) {
		t.Errorf("the third page has %v", got)
	}
	arm("pullTickets", mock.Fault{Kind: mock.OverlappingPages})
	c.post("pullTickets", `[{"start_date":"2000-01-01","end_date":"2000-01-01"}]`).want(t, 200, `{"totalCount":null,"message":[],"status":"success"}`)
	arm("pullCustomers", mock.Fault{Kind: mock.RepeatingPages})
	if got := get(fmt.Sprintf(query, 2)); !slices.Equal(got, []string{"n0", "n1"}) {
		t.Errorf("a repeated page has %v", got)
	}
	arm("getFAQContents", mock.Fault{Kind: mock.RepeatingPages})
	if got := at(t, c.post("getFAQContents", `[{"category_id":"5247","start_index":"20","end_index":"22"}]`).value, "message", "contents", 0, "id"); fmt.Sprint(got) != "18909" {
		t.Errorf("a repeated window begins with %v", got)
	}
	arm("getFAQContents", mock.Fault{Kind: mock.OverlappingPages})
	if got := at(t, c.post("getFAQContents", `[{"category_id":"5247","start_index":"20","end_index":"22"}]`).value, "message", "contents", 0, "id"); fmt.Sprint(got) != "18928" {
		t.Errorf("an overlapping window begins with %v", got)
	}
	arm("pullCustomers", mock.Fault{Kind: mock.OverlappingWindows})
	if got := get(`[{"start_date":"2024-05-02","end_date":"2024-05-02"}]`); len(got) != 6 {
		t.Errorf("an overlapping window has %v", got)
	}
	arm("pullTickets", mock.Fault{Kind: mock.SingleObject})
	if got := at(t, c.post("pullTickets", `[{"customer_code":"A"}]`).value, "message", "ticketId"); got != "713516551148" {
		t.Errorf("the single object is %v", got)
	}
	arm("pullTickets", mock.Fault{Kind: mock.MessageText})
	if _, ok := at(t, c.post("pullTickets", `[{"customer_code":"B"}]`).value, "message").(string); !ok {
		t.Error("the empty list is no text")
	}
	arm("getFAQContents", mock.Fault{Kind: mock.PageCap, Size: 3})
	if got := at(t, c.post("getFAQContents", `[{"category_id":"5247","start_index":"20","end_index":"40"}]`).value, "message", "contents").([]any); len(got) != 3 {
		t.Errorf("a capped window has %v", got)
	}
}

func TestWhichRequestsAFaultHits(t *testing.T) {
	hits := func(f mock.Fault, options ...mock.Option) string {
		f.Kind = mock.ServerError
		_, c := start(t, append(options, mock.WithFault("getFAQCategories", f))...)
		var out strings.Builder
		for range 24 {
			fmt.Fprint(&out, c.raw("getFAQCategories", "").status/500)
		}
		if c.raw("getFAQContents", "[]").status == 500 {
			t.Error("the fault hit another operation")
		}
		return out.String()
	}
	for _, test := range []struct {
		fault mock.Fault
		want  string
	}{
		{mock.Fault{}, "111111111111111111111111"},
		{mock.Fault{Times: 2}, "110000000000000000000000"},
		{mock.Fault{After: 3, Times: 2}, "000110000000000000000000"},
	} {
		if got := hits(test.fault); got != test.want {
			t.Errorf("%+v hit %s, want %s", test.fault, got, test.want)
		}
	}
	first, again, other := hits(mock.Fault{Rate: 0.5}, mock.WithSeed(1)), hits(mock.Fault{Rate: 0.5}, mock.WithSeed(1)), hits(mock.Fault{Rate: 0.5}, mock.WithSeed(2))
	if first != again || first == other || !strings.Contains(first, "0") || !strings.Contains(first, "1") {
		t.Errorf("seed 1 hit %s and %s, seed 2 hit %s", first, again, other)
	}
}

func TestParseFault(t *testing.T) {
	for text, want := range map[string]mock.Fault{
		"getCustomer=stall":                          {Kind: mock.Stall},
		"*=too-many-requests:3":                      {Kind: mock.TooManyRequests, Times: 3},
		"*=reset-in-body:25%,after=10":               {Kind: mock.ResetInBody, Rate: 0.25, After: 10},
		"pullCustomers=page-cap:size=20":             {Kind: mock.PageCap, Size: 20},
		"*=unavailable:1,retry-after=2s":             {Kind: mock.Unavailable, Times: 1, RetryAfter: 2 * time.Second},
		"*=slow-drip:delay=5ms":                      {Kind: mock.SlowDrip, Delay: 5 * time.Millisecond},
		"*=redirect:location=http://127.0.0.1:9/x=1": {Kind: mock.Redirect, Location: "http://127.0.0.1:9/x=1"},
	} {
		operation, fault, err := mock.ParseFault(text)
		if before, _, _ := strings.Cut(text, "="); err != nil || operation != before || fault != want {
			t.Errorf("%q is %s %+v, %v", text, operation, fault, err)
		}
	}
	for _, text := range []string{
		"", "getCustomer", "getCustomer=", "=stall", "getCustomer=nothing", "getCustomer=stall:", "getCustomer=stall:0", "getCustomer=stall:-1", "getCustomer=stall:x",
		"*=stall:0%", "*=stall:101%", "*=stall:NaN%", "*=stall:after=x", "*=stall:delay=2", "*=stall:colour=red", "*=stall:1,,2",
	} {
		if operation, fault, err := mock.ParseFault(text); err == nil {
			t.Errorf("%q was taken as %s %+v", text, operation, fault)
		} else if !strings.HasPrefix(err.Error(), "mock: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
