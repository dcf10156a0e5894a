package mock_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestRecordsAreBounded(t *testing.T) {
	srv, c := start(t, mock.WithLimits(mock.Limits{Records: 40}))
	full := 0
	for range 50 {
		got := c.post("addUpdateCustomer", sample(t, "customers/add-2024.request.json"))
		if got.status != 500 {
			continue
		}
		full++
		if !strings.Contains(got.text, "kapture mock: the world holds") || got.header.Get(mock.NoteHeader) == "" {
			t.Fatalf("a full world sent %s", got.text)
		}
	}
	if full == 0 {
		t.Error("a world of 40 records took 50 customers with a contact each")
	}

	for operation, body := range map[string]string{
		"addTicket":      `{"title":"A"}`,
		"pushProduct":    `[{"name":"A"}]`,
		"pushOrder":      `[{"phone":"9000000002"}]`,
		"pushEnquiry":    `{"customer_name":"A","phone":"6000000000"}`,
		"addUpdateOrder": `{"customer_info":{"customer_name":"A","phone":"9000000002"}}`,
		"addContact":     `{"name":"A","phone":"9000000002","email":"a"}`,
	} {
		refused := false
		for range 3 { // one or two may still fit
			refused = refused || c.post(operation, body).status == 500
		}
		if !refused {
			t.Errorf("a full world took three of %s", operation)
		}
	}

	if _, err := srv.World("acme").AddTicket(mock.Ticket{Title: "A"}); err == nil {
		t.Error("a full world took a ticket")
	}
	if got := c.withKey("test-other").post("addTicket", `{"title":"A"}`); got.status != 200 {
		t.Errorf("another world sent %d %s", got.status, got.text)
	}
}

// Worlds that are forgotten for their bytes are reported, and so are requests
// that do not fit.
func TestBytesAreBounded(t *testing.T) {
	var seen seen
	_, c := start(t, mock.WithLimits(mock.Limits{Bytes: 20_000}), mock.WithNotes(seen.note))
	body := `{"title":"A","tenant":"` + strings.Repeat("x", 5000) + `"}`
	c.withKey("test-old").post("addTicket", body)
	for range 3 {
		if got := c.withKey("test-new").post("addTicket", body); got.status != 200 {
			t.Fatalf("the worlds are not full, yet: %s", got.text)
		}
	}

	// The old world had to go for the new one.
	c.withKey("test-old").post("getTickets", `{"ticket_ids":"713516551148"}`).want(t, 200, `[]`)
	got := c.withKey("test-new").post("addTicket", body)
	if got.status != 500 || !strings.Contains(got.text, "their limit") {
		t.Errorf("too many bytes: got %d %s", got.status, got.text)
	}
	if codes := codesOf(seen.notes); !slices.Equal(codes, []mock.NoteCode{
		mock.NoteForgotten, // old, for new
		mock.NoteWorldGone, // old again
		mock.NoteForgotten, // the empty old one
		mock.NoteLimit,
	}) {
		t.Errorf("the notes are %v", seen.notes)
	}

	// Updates of one record pay once.
	update := `{"ticket_id":"713516551148","sub_status":"P","tenant":"` + strings.Repeat("y", 4000) + `"}`
	for range 20 {
		if got := c.withKey("test-new").post("updateTicket", update); got.object["status"] != "success" {
			t.Fatalf("an update got %s", got.text)
		}
	}
}

// A record counts before it is made, with its contact.
func TestRecordsOfACustomer(t *testing.T) {
	const questions = 27 // with which every world begins
	const body = `{"customer_info":{"customer_name":"A","phone":"1"}}`
	for records, want := range map[int]int{questions + 1: 500, questions + 2: 200} {
		_, c := start(t, mock.WithLimits(mock.Limits{Records: records}))
		if got := c.post("addUpdateCustomer", body); got.status != want {
			t.Errorf("%d records: got %d %s, want %d", records, got.status, got.text, want)
		}
	}
}

func codesOf(notes []mock.Note) []mock.NoteCode {
	var codes []mock.NoteCode
	for _, n := range notes {
		codes = append(codes, n.Code)
	}
	return codes
}

// Updates that add to a record, each time under a new name, count as new records
// do.
func TestGrowingRecordsAreBounded(t *testing.T) {
	const customer = `"customer_info":{"customer_id":"700000001","customer_name":"A","phone":"9000000001"}`
	const ticket = `"ticket_id":"713516551148","sub_status":"P"`
	text := strings.Repeat("x", 4000)
	contact := `{"contact_person_phone":"%d","contact_person_name":"` + text + `"}`
	tests := []struct{ name, operation, body string }{
		{
			name: "fields of a customer", operation: "addUpdateCustomer",
			body: `{` + customer + `,"tenant%d":"` + text + `"}`,
		},
		{
			name: "contacts", operation: "addUpdateCustomer",
			body: `{` + customer + `,"contact_info":[` + contact + `]}`,
		},
		{
			name: "fields of an enquirer", operation: "pushEnquiry",
			body: `{"kapture_customer_id":"700000001","tenant%d":"` + text + `"}`,
		},
		{name: "fields of a ticket", operation: "updateTicket", body: `{` + ticket + `,"tenant%d":"` + text + `"}`},
		{
			name:      "objects of a ticket",
			operation: "updateTicket",
			body:      `{` + ticket + `,"tenant%d":{"a":"` + text + `"}}`,
		},
		{name: "comments", operation: "updateTicket", body: `{` + ticket + `,"comment":"%d` + text + `"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv, c := start(t, mock.WithLimits(mock.Limits{Bytes: 20_000}))
			if _, err := srv.World("acme").AddCustomer(mock.Customer{Name: "A", Phone: "9000000001"}); err != nil {
				t.Fatal(err)
			}
			if _, err := srv.World("acme").AddTicket(mock.Ticket{Title: "A"}); err != nil {
				t.Fatal(err)
			}

			for n := range 6 {
				got := c.post(test.operation, fmt.Sprintf(test.body, n))
				if got.status == 500 && strings.Contains(got.text, "their limit") {
					return
				}
				if got.object["status"] != "success" {
					t.Fatalf("got %d %s", got.status, got.text)
				}
			}
			t.Error("24,000 bytes were kept in a world of 20,000")
		})
	}
}

// The mock never forgets a world without a word: not to the one who caused it,
// not to the one who comes back, and not to a test that fills worlds.
func TestWorldsAreBounded(t *testing.T) {
	var seen seen
	srv, c := start(t, mock.WithLimits(mock.Limits{Worlds: 2}), mock.WithNotes(seen.note))
	const add = `{"title":"A"}`
	const get = `{"ticket_ids":"713516551148"}`
	c.withKey("test-a").post("addTicket", add)
	c.withKey("test-b").post("addTicket", add)
	c.withKey("test-a").post("getTickets", get) // used again: b is the older one now

	added := c.withKey("test-c").post("addTicket", add)
	const forgotten = "world-forgotten: the world b, the least recently used, was forgotten with all its records: " +
		"the limit of worlds is 2"
	if note := added.header.Get(mock.NoteHeader); note != forgotten {
		t.Errorf("the request that caused it got %q", note)
	}

	again := c.withKey("test-b").post("getTickets", get) // which forgets a
	again.want(t, 200, `[]`)
	if notes := again.header.Values(mock.NoteHeader); len(notes) != 2 || !strings.HasPrefix(notes[1], "world-gone: ") {
		t.Errorf("the request to the forgotten world got %q", notes)
	}
	if got := c.withKey("test-c").post("getTickets", get); len(got.value.([]any)) != 1 {
		t.Errorf("the newest world has %s", got.text)
	}

	before := len(seen.notes)
	if _, err := srv.World("d").AddTicket(mock.Ticket{Title: "A"}); err != nil {
		t.Fatal(err)
	}
	if len(seen.notes) != before+1 || seen.notes[before].World != "b" {
		t.Errorf("filling a world told %v", seen.notes[before:])
	}

	// A world that its test resets is not a forgotten one, even if it was.
	for _, name := range []string{"d", "a"} {
		srv.World(name).Reset()
		got := c.withKey("test-"+name).post("getTickets", get)
		if strings.Contains(fmt.Sprint(got.header.Values(mock.NoteHeader)), "world-gone") {
			t.Errorf("%s after Reset: got %q", name, got.header.Values(mock.NoteHeader))
		}
	}
}

func TestNamesOfWorlds(t *testing.T) {
	srv, _ := start(t)
	for name, key := range map[string]string{
		"acme":         "test-acme",
		"test-acme":    "test-acme", // a key names its world
		"test-acme-ci": "test-acme",
		"test":         "test-test",
		"a.b_C9":       "test-a.b_C9",
	} {
		w := srv.World(name)
		if w.Key() != key {
			t.Errorf("%q: the key is %q, want %q", name, w.Key(), key)
		}
		if _, err := w.AddCustomer(mock.Customer{Name: "A"}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if got := srv.World("acme").Customers(); len(got) != 3 {
		t.Errorf("the world and its keys have %d customers, want 3", len(got))
	}

	for _, name := range []string{"", "a-b", "a b", "test-", "test-a b", strings.Repeat("x", 65)} {
		w := srv.World(name)
		if _, err := w.AddCustomer(mock.Customer{Name: "A"}); err == nil {
			t.Errorf("the world %q took a customer", name)
		}
		if w.Key() != "" || w.Customers() != nil {
			t.Errorf("the world %q has the key %q", name, w.Key())
		}
		w.Reset()
	}
}

// A test reads what calls have done.
func TestWorldsList(t *testing.T) {
	at := time.Date(2021, 1, 6, 12, 0, 0, 0, time.UTC)
	srv, c := start(t, fixed(at))
	w := srv.World("acme")
	id, err := w.AddCustomer(mock.Customer{
		Name:         "A",
		Phone:        "1",
		Email:        "a@example.com",
		Code:         "c",
		Organization: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.post("addTicket", `{"title":"T","ticket_details":"D","email_id":"a@example.com","ride":{"id":1},"note":"n"}`)
	c.post("updateTicket", `{"ticket_id":"713516551148","sub_status":"CL","comment":"called",
		"queue":"Q","disposition":"X"}`)
	c.post("pushOrder", `[{"customer_id":"700000001"}]`)

	want := mock.Customer{
		ID: id, Name: "A", Phone: "1", Email: "a@example.com", Code: "c", Organization: true,
		Created: at, Contacts: 1,
	}
	customers := w.Customers()
	if len(customers) != 1 || fmt.Sprintf("%+v", withoutTenant(customers[0])) != fmt.Sprintf("%+v", want) {
		t.Errorf("the customers are %+v", customers)
	}

	tickets := w.Tickets()
	if len(tickets) != 1 {
		t.Fatalf("the tickets are %+v", tickets)
	}
	got := tickets[0]
	if got.ID != "713516551148" || got.Title != "T" || got.Detail != "D" || got.Email != "a@example.com" {
		t.Errorf("the ticket is %+v", got)
	}
	if got.Status != "Complete" || got.Substatus != "CL" || got.Queue != "Q" || got.Disposition != "X" {
		t.Errorf("the ticket is %+v", got)
	}
	if got.Customer != id || !slices.Equal(got.Comments, []string{"called"}) || !got.Created.Equal(at) {
		t.Errorf("the ticket is %+v", got)
	}
	if string(got.Tenant["note"]) != `"n"` || string(got.Tenant["ride"]) != `[{"id":1}]` {
		t.Errorf("the tenant's fields are %s", got.Tenant)
	}
	if _, found := w.Ticket("1"); found {
		t.Error("an unknown ticket was found")
	}
	if orders := w.Orders(); len(orders) != 1 || orders[0].Customer != id {
		t.Errorf("the orders are %+v", orders)
	}
}

func withoutTenant(c mock.Customer) mock.Customer {
	c.Tenant = nil
	return c
}
