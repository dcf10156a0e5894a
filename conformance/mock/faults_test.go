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
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// added is when the records of these tests were made.
var added = time.Date(2024, 4, 19, 14, 19, 11, 152e6, india)

// raw is what arrived over the wire, with errors.
type raw struct {
	status  int
	header  http.Header
	body    []byte
	sendErr error // no response
	readErr error // a response that does not end well
}

// raw calls an operation on a new connection and decodes nothing.
func (c caller) raw(operation, body string) raw {
	c.t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(c.request(http.MethodPost, paths[operation], body))
	if err != nil {
		return raw{sendErr: err}
	}

	defer resp.Body.Close()
	out := raw{status: resp.StatusCode, header: resp.Header}
	out.body, out.readErr = io.ReadAll(resp.Body)
	return out
}

const addOne = `{"customer_info":{"customer_name":"A","phone":"9000000001"}}`

// faultCase is a fault, and what it does to the response of a get that would
// return one customer.
type faultCase struct {
	fault mock.Fault
	check func(t *testing.T, got raw, good string)
}

// faultCases has a row for every kind that a handler can have.
var faultCases = map[mock.Kind]faultCase{
	mock.TooManyRequests: {
		fault: mock.Fault{RetryAfter: 90 * time.Second},
		check: func(t *testing.T, got raw, _ string) {
			if got.status != 429 || got.header.Get("Retry-After") != "90" {
				t.Errorf("got %d with Retry-After %q", got.status, got.header.Get("Retry-After"))
			}
		},
	},
	mock.TooManyRequestsDate: {
		fault: mock.Fault{RetryAfter: time.Hour},
		check: func(t *testing.T, got raw, _ string) {
			at, err := http.ParseTime(got.header.Get("Retry-After"))
			if got.status != 429 || err != nil || time.Until(at) < time.Minute {
				t.Errorf("got %d with Retry-After %q", got.status, got.header.Get("Retry-After"))
			}
		},
	},
	mock.ServerError: {check: func(t *testing.T, got raw, _ string) {
		if got.status != 500 || !json.Valid(got.body) {
			t.Errorf("got %d %s", got.status, got.body)
		}
	}},
	mock.BadGateway: {check: func(t *testing.T, got raw, _ string) {
		if got.status != 502 || !isPage(got) {
			t.Errorf("got %d %s", got.status, got.body)
		}
	}},
	mock.Unavailable: {check: func(t *testing.T, got raw, _ string) {
		if got.status != 503 || got.header.Get("Retry-After") != "1" || len(got.body) > 0 {
			t.Errorf("got %d %v %s", got.status, got.header, got.body)
		}
	}},
	mock.Redirect: {
		fault: mock.Fault{Location: "http://127.0.0.2:9/x"},
		check: func(t *testing.T, got raw, _ string) {
			if got.status != 307 || got.header.Get("Location") != "http://127.0.0.2:9/x" {
				t.Errorf("got %d to %q", got.status, got.header.Get("Location"))
			}
		},
	},
	mock.LoginPage: {check: func(t *testing.T, got raw, _ string) {
		if got.status != 200 || !isPage(got) {
			t.Errorf("got %d %s", got.status, got.body)
		}
	}},
	mock.ResetBeforeHeaders: {check: func(t *testing.T, got raw, _ string) {
		if !errors.Is(got.sendErr, syscall.ECONNRESET) {
			t.Errorf("ended with %v", got.sendErr)
		}
	}},
	mock.ResetInBody: {check: func(t *testing.T, got raw, good string) {
		if got.status != 200 || got.readErr == nil || len(got.body) >= len(good) {
			t.Errorf("got %d with %d of %d bytes, ended with %v", got.status, len(got.body), len(good), got.readErr)
		}
	}},
	mock.Stall:    {fault: mock.Fault{Delay: time.Millisecond}, check: same},
	mock.SlowDrip: {fault: mock.Fault{Delay: time.Microsecond}, check: same},
	mock.TruncatedJSON: {check: func(t *testing.T, got raw, good string) {
		if got.readErr != nil || string(got.body) != good[:len(good)/2] {
			t.Errorf("got %d bytes of %d, ended with %v", len(got.body), len(good), got.readErr)
		}
	}},
	mock.TruncatedBetweenElements: {check: func(t *testing.T, got raw, good string) {
		if got.readErr != nil || string(got.body) != good[:len(good)-1] { // no list: all but the last brace
			t.Errorf("got %s, ended with %v", got.body, got.readErr)
		}
	}},
	mock.WrongContentType: {check: func(t *testing.T, got raw, good string) {
		if string(got.body) != good || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Errorf("got %v %s", got.header, got.body)
		}
	}},
	mock.Oversized: {
		fault: mock.Fault{Size: 1 << 20},
		check: func(t *testing.T, got raw, good string) {
			if len(got.body) < len(good)+1<<20 || !json.Valid(got.body) {
				t.Errorf("got %d bytes, valid: %v", len(got.body), json.Valid(got.body))
			}
		},
	},
	mock.InvalidUTF8: {check: func(t *testing.T, got raw, _ string) {
		if utf8.Valid(got.body) || !json.Valid(bytes.ToValidUTF8(got.body, nil)) {
			t.Errorf("got %q", got.body)
		}
	}},
	mock.DuplicateKeys: {check: func(t *testing.T, got raw, _ string) {
		twice := bytes.Count(got.body, []byte(`"status":"`)) == 2
		if !json.Valid(got.body) || !twice || !bytes.Contains(got.body, []byte(`"status":"failed"`)) {
			t.Errorf("got %s", got.body)
		}
	}},
	mock.DeepNesting: {
		fault: mock.Fault{Size: 9999},
		check: func(t *testing.T, got raw, _ string) {
			nested := strings.Repeat("[", 9999) + strings.Repeat("]", 9999)
			if !bytes.Contains(got.body, []byte(nested)) {
				t.Errorf("got %d bytes", len(got.body))
			}
		},
	},
	mock.FailureAfterList: {check: func(t *testing.T, got raw, _ string) {
		if !bytes.HasSuffix(got.body, []byte(`,"status":"failed"}`)) || !json.Valid(got.body) {
			t.Errorf("got %s", got.body)
		}
	}},
	mock.GzipCut: {check: func(t *testing.T, got raw, _ string) {
		z, err := gzip.NewReader(bytes.NewReader(got.body))
		if err != nil || got.header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("got %v: %v", got.header, err)
		}
		if _, err := io.ReadAll(z); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the stream ended with %v", err)
		}
	}},
	mock.EmptyBody: {check: func(t *testing.T, got raw, _ string) {
		if got.status != 200 || len(got.body) > 0 || got.readErr != nil {
			t.Errorf("got %d %q", got.status, got.body)
		}
	}},
	mock.TextIdentifiers: {check: func(t *testing.T, got raw, good string) {
		want := regexp.MustCompile(`"(\w*[iI]d)":(\d+)`).ReplaceAllString(good, `"$1":"$2"`)
		if want == good || string(got.body) != want {
			t.Errorf("got %s\nwant %s", got.body, want)
		}
	}},
	mock.ClockSkew: {
		fault: mock.Fault{Skew: -3 * time.Hour},
		check: func(t *testing.T, got raw, good string) {
			date, err := http.ParseTime(got.header.Get("Date"))
			behind := time.Since(date)
			if err != nil || behind < 2*time.Hour || behind > 4*time.Hour {
				t.Errorf("the clock is %v behind: %v", behind, err)
			}
			same(t, got, good)
		},
	},

	// These change lists only: TestFaultsInLists and TestQuirksOfLists.
	mock.PhantomElements:    {check: same},
	mock.PageCap:            {check: same},
	mock.RepeatingPages:     {check: same},
	mock.OverlappingPages:   {check: same},
	mock.OverlappingWindows: {check: same},
	mock.SingleObject:       {check: same},
	mock.MessageText:        {check: same},
	mock.ShortPages:         {check: same},
	mock.RepeatedPage:       {check: same},
	mock.ShortRepeat:        {check: same},
}

// notDone are the kinds under which a write is not done.
var notDone = []mock.Kind{
	mock.Refuse, mock.TooManyRequests, mock.TooManyRequestsDate, mock.ServerError, mock.BadGateway, mock.Unavailable,
	mock.Redirect, mock.LoginPage, mock.GoAway, mock.RefusedStream,
}

// elsewhere are the kinds that have tests of their own: TestRefusedConnections
// and those of HTTP/2.
var elsewhere = []mock.Kind{mock.Refuse, mock.GoAway, mock.RefusedStream}

func same(t *testing.T, got raw, good string) {
	t.Helper()
	if got.status != 200 || string(got.body) != good || got.readErr != nil {
		t.Errorf("got %d %q, ended with %v", got.status, got.body, got.readErr)
	}
}

func isPage(r raw) bool {
	isHTML := strings.HasPrefix(r.header.Get("Content-Type"), "text/html")
	return isHTML && bytes.HasPrefix(r.body, []byte("<!DOCTYPE html>"))
}

func TestFaults(t *testing.T) {
	for _, kind := range mock.Kinds() {
		if slices.Contains(elsewhere, kind) {
			continue
		}
		test, ok := faultCases[kind]
		if !ok {
			t.Errorf("no case for %s", kind)
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			test.fault.Kind = kind
			checkFault(t, test)
		})
	}
}

func checkFault(t *testing.T, test faultCase) {
	srv, c := start(t, fixed(added))
	if _, err := srv.World("acme").AddCustomer(mock.Customer{Name: "A", Phone: "9000000001"}); err != nil {
		t.Fatal(err)
	}
	good := c.post("getCustomer", `[{"phone":"9000000001"}]`).text
	if err := srv.SetFault("getCustomer", test.fault); err != nil {
		t.Fatal(err)
	}
	test.check(t, c.raw("getCustomer", `[{"phone":"9000000001"}]`), good)

	// A write that the fault hits is done, or is not.
	if err := srv.SetFault("addUpdateCustomer", test.fault); err != nil {
		t.Fatal(err)
	}
	c.raw("addUpdateCustomer", addOne)
	want := !slices.Contains(notDone, test.fault.Kind)
	if _, done := srv.World("acme").Customer(700000002); done != want || test.fault.Kind.Done() != want {
		t.Errorf("the write was done: %v; Done says %v; want %v", done, test.fault.Kind.Done(), want)
	}
	if got := srv.Received("addUpdateCustomer"); got != 1 {
		t.Errorf("received the write %d times", got)
	}

	srv.ClearFaults()
	if got := c.post("getCustomer", `[{"kapture_customer_id":"700000001"}]`).text; got != good {
		t.Errorf("without faults: got %s", got)
	}
}

// After every fault at every operation the server still serves.
func TestEveryFaultAtEveryOperation(t *testing.T) {
	srv, c := start(t)
	for _, kind := range mock.Kinds() {
		if slices.Contains(elsewhere, kind) {
			continue
		}
		srv.ClearFaults()
		if err := srv.SetFault(mock.All, mock.Fault{Kind: kind, Delay: time.Microsecond, Size: 3000}); err != nil {
			t.Fatal(err)
		}
		for operation := range paths {
			got := c.raw(operation, `[{"name":"A","title":"A","phone":"1"}]`)
			if got.sendErr != nil && kind != mock.ResetBeforeHeaders {
				t.Errorf("%s at %s: %v", kind, operation, got.sendErr)
			}
		}
	}

	srv.ClearFaults()
	if got := c.post("getFAQCategories", ""); got.status != 200 {
		t.Errorf("afterwards: got %d", got.status)
	}
}

func TestRefusedConnections(t *testing.T) {
	srv, c := start(t, mock.WithFault(mock.All, mock.Fault{Kind: mock.Refuse}))
	if got := c.raw("getCustomer", `[]`); !errors.Is(got.sendErr, syscall.ECONNREFUSED) {
		t.Errorf("ended with %v", got.sendErr)
	}
	if listener, err := net.Listen("tcp", strings.TrimPrefix(srv.URL, "http://")); err == nil {
		t.Error("another server got the port, and would respond there")
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

	// Closing the server waits for nobody: a stalled response does not keep it.
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
}

// filled is a mock with three customers and three tickets.
func filled(t *testing.T) (*mock.Server, caller) {
	t.Helper()
	srv, c := start(t, fixed(added))
	w := srv.World("acme")
	for n := range 3 {
		if _, err := w.AddCustomer(mock.Customer{Name: fmt.Sprint("n", n), Email: "a@example.com"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.AddTicket(mock.Ticket{Title: fmt.Sprint("t", n), Email: "a@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	return srv, c
}

func TestFaultsInLists(t *testing.T) {
	srv, c := filled(t)
	const day = `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`
	const firstTicket = `"ticketId":"713516551148"`
	const secondTicket = `"ticketId":"713516551149"`
	lists := []struct{ operation, body, first, second string }{
		{operation: "pullCustomers", body: day, first: `"name":"n0"`, second: `"name":"n1"`},
		{operation: "pullTickets", body: day, first: firstTicket, second: secondTicket},
		{operation: "pullTicketsUnversioned", body: day, first: firstTicket, second: secondTicket},
		{
			operation: "getTickets", body: `{"ticket_ids":"713516551148,713516551149"}`,
			first: firstTicket, second: secondTicket,
		},
		{operation: "getFAQContents", body: `[{"category_id":"5247"}]`, first: `"id":18909`, second: `"id":18910`},
	}
	for _, list := range lists {
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
			afterFirst := strings.Contains(cut, list.first) && !strings.Contains(cut, list.second)
			if !afterFirst || !strings.HasSuffix(cut, "}") || json.Valid([]byte(cut)) {
				t.Errorf("truncated between elements: %s", cut)
			}

			// Padding and the like are inside the first element, where a limit per
			// element has to see them.
			for kind, found := range map[mock.Kind]string{
				mock.Oversized:   `{"mock":"xxx`,
				mock.InvalidUTF8: "{\"mock\":\"\xff",
				mock.DeepNesting: `{"mock":[[[`,
			} {
				got := with(mock.Fault{Kind: kind, Size: 1000})
				at := strings.Index(got, found)
				if first := strings.Index(got, list.first); at < 1 || at > first {
					t.Errorf("%s: is at %d, the first record at %d: %.300s", kind, at, first, got)
				}
			}

			phantoms := with(mock.Fault{Kind: mock.PhantomElements})
			if !json.Valid([]byte(phantoms)) || !strings.Contains(phantoms, `},null,{},7,"none",false,[],{`) {
				t.Errorf("phantom elements: %s", phantoms)
			}

			failing := with(mock.Fault{Kind: mock.FailureAfterList})
			last := strings.HasSuffix(failing, `],"status":"failed"}`) ||
				strings.HasSuffix(failing, `]},"status":"failed"}`)
			if list.operation != "getTickets" && !last {
				t.Errorf("failure after the list: ...%s", failing[max(0, len(failing)-60):])
			}
		})
	}
}

// A page of each fault of pages, for a list of seven customers.
func TestFaultsOfPages(t *testing.T) {
	srv, c := start(t)
	day := time.Date(2024, 5, 1, 12, 0, 0, 0, india)
	for n := range 7 {
		customer := mock.Customer{Name: fmt.Sprint("n", n), Created: day.Add(time.Duration(n) * time.Second)}
		if _, err := srv.World("acme").AddCustomer(customer); err != nil {
			t.Fatal(err)
		}
	}
	const query = `{"cm_id":1000298,"createStartDate":"2024-05-01","createEndDate":"2024-05-01",` +
		`"limit":"2","offset":"%d"}`

	// pages has what the pages at offset 0, 1, 2, ... hold.
	tests := []struct {
		fault mock.Fault
		pages map[int]string
	}{
		{
			fault: mock.Fault{Kind: mock.PageCap},
			pages: map[int]string{0: "n0", 1: "n1", 6: "n6", 7: ""},
		},
		{
			fault: mock.Fault{Kind: mock.OverlappingPages},
			pages: map[int]string{0: "n0 n1", 2: "n1 n2", 4: "n2 n3", 8: "n4 n5", 12: "n6", 14: ""},
		},
		{
			fault: mock.Fault{Kind: mock.RepeatingPages},
			pages: map[int]string{0: "n0 n1", 2: "n0 n1", 8: "n0 n1"},
		},
		{
			fault: mock.Fault{Kind: mock.ShortPages},
			pages: map[int]string{0: "n0 n1", 2: "n2", 3: "n3", 4: "n4 n5", 6: "n6", 7: ""},
		},
		{
			fault: mock.Fault{Kind: mock.RepeatedPage},
			pages: map[int]string{0: "n0 n1", 2: "n0 n1", 4: "n2 n3", 6: "n4 n5", 8: "n6", 9: ""},
		},
		{
			fault: mock.Fault{Kind: mock.ShortRepeat},
			pages: map[int]string{0: "n0 n1", 2: "n1", 3: "n2 n3", 5: "n4 n5", 7: "n6", 8: ""},
		},
	}
	for _, test := range tests {
		t.Run(string(test.fault.Kind), func(t *testing.T) {
			srv.ClearFaults()
			if err := srv.SetFault("pullCustomers", test.fault); err != nil {
				t.Fatal(err)
			}
			for offset, want := range test.pages {
				got := namesOf(t, c.in(t).post("pullCustomers", fmt.Sprintf(query, offset)))
				if strings.Join(got, " ") != want {
					t.Errorf("the page at %d has %v, want %s", offset, got, want)
				}
			}
		})
	}
}

func TestFaultsOfWindowsOfQuestions(t *testing.T) {
	srv, c := start(t)
	tests := []struct {
		fault         mock.Fault
		first, length int
	}{
		{fault: mock.Fault{Kind: mock.PageCap, Size: 3}, first: 18919, length: 3},
		{fault: mock.Fault{Kind: mock.OverlappingPages}, first: 18918, length: 6},
		{fault: mock.Fault{Kind: mock.RepeatingPages}, first: 18909, length: 5},
		{fault: mock.Fault{Kind: mock.RepeatedPage}, first: 18914, length: 5},
		{fault: mock.Fault{Kind: mock.ShortRepeat}, first: 18918, length: 5},
	}
	for _, test := range tests {
		srv.ClearFaults()
		if err := srv.SetFault("getFAQContents", test.fault); err != nil {
			t.Fatal(err)
		}
		got := c.post("getFAQContents", `[{"category_id":"5247","start_index":"10","end_index":"15"}]`)
		list := at(t, got.value, "message", "contents").([]any)
		if first := fmt.Sprint(at(t, list, 0, "id")); first != fmt.Sprint(test.first) || len(list) != test.length {
			t.Errorf("%s: got %d from %s, want %d from %d", test.fault.Kind, len(list), first, test.length, test.first)
		}
	}
}

func TestQuirksOfLists(t *testing.T) {
	srv, c := start(t)
	w := srv.World("acme")
	day := time.Date(2024, 5, 1, 12, 0, 0, 0, india)
	for n := range 6 {
		customer := mock.Customer{
			Name: fmt.Sprint("n", n), Email: "a@example.com", Code: "A", Created: day.AddDate(0, 0, n/2),
		}
		if _, err := w.AddCustomer(customer); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.AddTicket(mock.Ticket{Title: "t", Email: "a@example.com"}); err != nil {
		t.Fatal(err)
	}
	arm := func(operation string, kind mock.Kind) {
		t.Helper()
		srv.ClearFaults()
		if err := srv.SetFault(operation, mock.Fault{Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}

	arm("pullCustomers", mock.OverlappingWindows)
	window := c.post("pullCustomers", `[{"start_date":"2024-05-02","end_date":"2024-05-02"}]`)
	if names := namesOf(t, window); len(names) != 6 {
		t.Errorf("an overlapping window has %v", names)
	}

	arm("pullTickets", mock.OverlappingPages)
	const noDay = `[{"start_date":"2000-01-01","end_date":"2000-01-01"}]`
	c.post("pullTickets", noDay).want(t, 200, `{"totalCount":null,"message":[],"status":"success"}`)

	arm("pullTickets", mock.SingleObject)
	got := at(t, c.post("pullTickets", `[{"customer_code":"A"}]`).value, "message", "ticketId")
	if got != "713516551148" {
		t.Errorf("the single object is %v", got)
	}

	arm("pullTickets", mock.MessageText)
	if _, ok := at(t, c.post("pullTickets", `[{"customer_code":"B"}]`).value, "message").(string); !ok {
		t.Error("the empty list is not a text")
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
		{fault: mock.Fault{}, want: "111111111111111111111111"},
		{fault: mock.Fault{Times: 2}, want: "110000000000000000000000"},
		{fault: mock.Fault{After: 3, Times: 2}, want: "000110000000000000000000"},
	} {
		if got := hits(test.fault); got != test.want {
			t.Errorf("%+v hit %s, want %s", test.fault, got, test.want)
		}
	}

	first := hits(mock.Fault{Rate: 0.5}, mock.WithSeed(1))
	if again := hits(mock.Fault{Rate: 0.5}, mock.WithSeed(1)); first != again {
		t.Errorf("seed 1 hit %s and %s", first, again)
	}
	if other := hits(mock.Fault{Rate: 0.5}, mock.WithSeed(2)); first == other {
		t.Errorf("the seeds 1 and 2 hit %s", first)
	}
	if !strings.Contains(first, "0") || !strings.Contains(first, "1") {
		t.Errorf("half of the requests is %s", first)
	}

	// A second fault draws separately: it hits requests that the first one spares.
	second := mock.WithFault("getFAQCategories", mock.Fault{Kind: mock.ServerError, Rate: 0.5})
	both := hits(mock.Fault{Rate: 0.5}, mock.WithSeed(1), second)
	if strings.Count(both, "1") <= strings.Count(first, "1") {
		t.Errorf("two halves of the requests are %s, one is %s", both, first)
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
		"*=clock-skew:skew=-26h":                     {Kind: mock.ClockSkew, Skew: -26 * time.Hour},
		"*=redirect:location=http://127.0.0.1:9/x=1": {Kind: mock.Redirect, Location: "http://127.0.0.1:9/x=1"},
	} {
		operation, fault, err := mock.ParseFault(text)
		if before, _, _ := strings.Cut(text, "="); err != nil || operation != before || fault != want {
			t.Errorf("%q is %s %+v, %v", text, operation, fault, err)
		}
		again := mock.ArmedFault{Operation: operation, Fault: fault}
		if again.String() != text {
			t.Errorf("%q is written as %q", text, again)
		}
	}

	for _, text := range []string{
		"", "getCustomer", "getCustomer=", "=stall", "getCustomer=nothing",
		"getCustomer=stall:", "getCustomer=stall:0", "getCustomer=stall:-1", "getCustomer=stall:x",
		"*=stall:0%", "*=stall:101%", "*=stall:NaN%",
		"*=stall:after=x", "*=stall:delay=2", "*=stall:colour=red", "*=stall:1,,2",
	} {
		operation, fault, err := mock.ParseFault(text)
		if err == nil {
			t.Errorf("%q was taken as %s %+v", text, operation, fault)
			continue
		}
		if !strings.HasPrefix(err.Error(), "mock: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The armed faults can be listed, and disarmed one by one: the others stay as
// they are.
func TestArmedFaults(t *testing.T) {
	srv, c := start(t, mock.WithFault(mock.All, mock.Fault{Kind: mock.ServerError, Times: 1}))
	for _, kind := range []mock.Kind{mock.BadGateway, mock.Unavailable} {
		if err := srv.SetFault("getFAQCategories", mock.Fault{Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}
	status := func() int { return c.raw("getFAQCategories", "").status }
	list := func() string { return fmt.Sprint(srv.Faults()) }

	if got := []int{status(), status(), status()}; !slices.Equal(got, []int{500, 502, 502}) {
		t.Errorf("%v", got)
	}
	faults := srv.Faults()
	if list() != "[*=server-error:1 getFAQCategories=bad-gateway getFAQCategories=unavailable]" || faults[1].Hits != 2 {
		t.Fatalf("%v, %d hits", faults, faults[1].Hits)
	}

	srv.ClearFault(faults[1].Number)
	srv.ClearFault(faults[1].Number) // nothing happens
	if got := status(); got != 503 || list() != "[*=server-error:1 getFAQCategories=unavailable]" {
		t.Errorf("HTTP %d, %s", got, list())
	}
	srv.ClearFaults()
	if list() != "[]" {
		t.Errorf("%s", list())
	}
}
