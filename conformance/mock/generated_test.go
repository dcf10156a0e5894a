package mock_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// crowded is a mock whose worlds begin with a million customers, made over 100
// days.
func crowded(t *testing.T) (*mock.Server, caller) {
	t.Helper()
	return start(t, mock.WithCustomers(1_000_000, 100), fixed(time.Date(2024, 5, 1, 0, 0, 0, 0, india)))
}

func TestGeneratedCustomersAreFound(t *testing.T) {
	_, c := crowded(t)
	for lookup, want := range map[string]string{
		`{"kapture_customer_id":"700000017"}`:                                 "Customer 00000017",
		`{"kapture_customer_id":"701000000"}`:                                 "Customer 01000000",
		`{"phone":"9000000017"}`:                                              "Customer 00000017",
		`{"email_id":"customer00000017@example.com"}`:                         "Customer 00000017",
		`{"customer_id":"C00000017"}`:                                         "Customer 00000017",
		`{"kapture_customer_id":"701000001"}`:                                 "",
		`{"phone":"9001000001"}`:                                              "",
		`{"phone":"9000000000"}`:                                              "",
		`{"phone":"90000000017"}`:                                             "",
		`{"email_id":"customer+0000017@example.com"}`:                         "",
		`{"kapture_customer_id":"700000001","customer_id":"","phone":"none"}`: "Customer 00000001",
	} {
		got := c.post("getCustomer", "["+lookup+"]")
		if want == "" {
			got.want(t, 200, notFound)
			continue
		}
		if name := at(t, got.value, "Customer Details", "name"); name != want {
			t.Errorf("%s found %v, want %s", lookup, name, want)
		}
	}

	found := at(t, c.post("getCustomer", `{"customer_id":"Customer 00000017"}`).value, "message").([]any)
	if len(found) != 1 {
		t.Errorf("the search by name found %d", len(found))
	}
}

// A generated customer that a call changes is a record like any other.
func TestGeneratedCustomersCanBeChanged(t *testing.T) {
	srv, c := crowded(t)
	c.change("700000017", "Asha", "8000000001")
	c.post("getCustomer", `[{"phone":"9000000017"}]`).want(t, 200, notFound)
	for _, lookup := range []string{
		`{"phone":"8000000001"}`, `{"customer_id":"C00000017"}`, `{"kapture_customer_id":"700000017"}`,
	} {
		details := at(t, c.post("getCustomer", "["+lookup+"]").value, "Customer Details")
		if at(t, details, "name") != "Asha" || at(t, details, "contacts", 0, "phone") != "8000000001" {
			t.Errorf("%s found %v", lookup, details)
		}
	}
	c.withKey("test-other").post("getCustomer", `[{"phone":"8000000001"}]`).want(t, 200, notFound)

	// A ticket and an order refer to what the customer is at any time.
	c.post("addTicket", `{"title":"T","email_id":"customer00000018@example.com"}`)
	c.change("700000018", "Ravi", "8000000002")
	pulled := c.post("pullTickets", `[{"customer_code":"C00000018"}]`)
	if name := at(t, pulled.value, "message", 0, "customerName"); name != "Ravi" {
		t.Errorf("the customer of the ticket is %v", name)
	}

	// New ones are numbered after them.
	added := c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"New","phone":"8000000003"}}`)
	if id := fmt.Sprint(at(t, added.value, "customer", "customer_id")); id != "701000001" {
		t.Errorf("the new customer is %s", id)
	}
	if id := fmt.Sprint(at(t, added.value, "customer", "contact_id")); id != "801000001" {
		t.Errorf("its contact is %s", id)
	}
	if kept := srv.World("acme").Customers(); len(kept) != 3 {
		t.Errorf("the world keeps %d customers, want 3", len(kept))
	}
}

func TestGeneratedCustomersArePulled(t *testing.T) {
	_, c := crowded(t)
	c.change("700000002", "Changed", "8000000001")
	names := func(body string) []any {
		t.Helper()
		return at(t, c.post("pullCustomers", body).value, "message").([]any)
	}

	// The first of 100 days before May 1st.
	day := names(`[{"start_date":"2024-01-22","end_date":"2024-01-22"}]`)
	if len(day) != 10_000 || at(t, day[1], "name") != "Changed" || at(t, day[9999], "name") != "Customer 00010000" {
		t.Errorf("the first day has %d customers, the second is %v", len(day), at(t, day[1], "name"))
	}
	// They were made 8.64 seconds apart: the first at midnight.
	if later := names(`[{"start_date":"2024-01-22 00:00:01","end_date":"2024-01-22"}]`); len(later) != 9_999 {
		t.Errorf("after its first second the day has %d customers", len(later))
	}
	c.post("pullCustomers", `[{"start_date":"2024-01-21","end_date":"2024-01-21"}]`).want(t, 200, noCustomers)

	const query = `{"cm_id":1000298,"createStartDate":"2024-01-22","createEndDate":"2024-01-23","limit":"2",%s}`
	page := names(fmt.Sprintf(query, `"offset":"10001"`))
	if len(page) != 2 || at(t, page[0], "name") != "Customer 00010002" {
		t.Errorf("a page of two days is %v", page)
	}
	filtered := names(fmt.Sprintf(query, `"phone":"9000000005"`))
	if len(filtered) != 1 || at(t, filtered[0], "name") != "Customer 00000005" {
		t.Errorf("the filter by phone gave %v", filtered)
	}
	if last := names(`[{"start_date":"2024-04-30","end_date":"2024-05-01"}]`); len(last) != 10_000 {
		t.Errorf("the last day has %d customers", len(last))
	}
}

// A pull is written while it is made: neither its text nor its records are in
// memory as a whole, and other calls of the world do not wait for it.
func TestLongPullsAreStreamed(t *testing.T) {
	srv, c := crowded(t)
	req := c.request(http.MethodPost, paths["pullCustomers"], `[{"start_date":"2024-01-01","end_date":"2024-12-31"}]`)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ContentLength != -1 {
		t.Errorf("a response of a million records has the Content-Length %d", resp.ContentLength)
	}
	if _, err := io.CopyN(io.Discard, resp.Body, 10<<20); err != nil {
		t.Fatal(err)
	}

	// While the client does not read on, the world takes other calls.
	got := c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"A","phone":"8000000001"}}`)
	if got.object["status"] != "success" {
		t.Errorf("meanwhile a call got %s", got.text)
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	if memory.HeapAlloc > 40<<20 {
		t.Errorf("the heap is %d bytes", memory.HeapAlloc)
	}

	journal := srv.Journal()
	if kept := journal[0].Response; journal[0].Status != 200 || len(kept.Bytes) > 64<<10 {
		t.Errorf("the journal keeps %d bytes of the pull", len(kept.Bytes))
	}
}

// A long response is the same JSON as one that is written at once.
func TestStreamedResponsesAreWhole(t *testing.T) {
	_, c := start(t, mock.WithCustomers(2_000, 1), fixed(time.Date(2024, 5, 1, 0, 0, 0, 0, india)))
	const body = `[{"start_date":"2024-04-30","end_date":"2024-04-30"}]`
	streamed := c.post("pullCustomers", body)
	if streamed.header.Get("Content-Length") != "" {
		t.Fatalf("%d bytes were not streamed", len(streamed.text))
	}

	srv, c := start(t, mock.WithCustomers(2_000, 1), fixed(time.Date(2024, 5, 1, 0, 0, 0, 0, india)))
	if err := srv.SetFault("pullCustomers", mock.Fault{Kind: mock.MessageText}); err != nil { // changes nothing here
		t.Fatal(err)
	}
	if atOnce := c.post("pullCustomers", body); atOnce.text != streamed.text {
		t.Errorf("%d bytes at once, %d streamed", len(atOnce.text), len(streamed.text))
	}
	if !json.Valid([]byte(streamed.text)) || strings.Count(streamed.text, `"name":"Customer `) != 2_000 {
		t.Errorf("%d records", strings.Count(streamed.text, `"name":"Customer `))
	}
}
