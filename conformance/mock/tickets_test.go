package mock_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// ticking is a clock that a test sets.
type ticking struct{ at atomic.Pointer[time.Time] }

func (c *ticking) set(t time.Time) { c.at.Store(&t) }
func (c *ticking) now() time.Time  { return *c.at.Load() }

// wantFields compares fields of an object.
func wantFields(t *testing.T, what string, v any, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if got := at(t, v, name); got != value {
			t.Errorf("%s: %s is %#v, want %#v", what, name, got, value)
		}
	}
}

// One ticket from its creation to its end, as each call shows it.
func TestTicketFlow(t *testing.T) {
	var clock ticking
	clock.set(added)
	_, c := start(t, mock.WithClock(clock.now))
	c.post("pushCustomer", `[{"name":"Asha","phone":"9000000001","email":"asha@example.com","customer_code":"A-1"}]`)

	add := c.post("addTicket", `[{"title":"TEST 1","ticket_details":"x","due_date":null,"email_id":"asha@example.com",
		"issue details (app)":[{"issue/id":"I-1"}],"ride":{"id":"R"},"note":"scalar"}]`)
	wantFields(t, "added", at(t, add.value, "ticket"), map[string]any{
		"ticketId": "713516551148", "taskTitle": "TEST 1", "detail": "x",
		"status": "P", "substatus": "US", "statusName": "Pending",
		"email": "asha@example.com", "phone": "9000000001", "contactId": json.Number("800000001"),
		"date": "2024-04-19 14:19:11", "lastConversationTime": json.Number("1713516551152"),
	})
	wantFields(t, "added", add.value, map[string]any{"ticket_id": "713516551148", "status": "success"})
	const objects = "map[issue details (app):[map[issue/id:I-1]] ride:[map[id:R]]]"
	if got := fmt.Sprint(at(t, add.value, "Additional_details")); got != objects {
		t.Errorf("the tenant's objects are returned as %s", got)
	}

	clock.set(added.Add(26*time.Hour + 3*time.Minute))
	update := c.post("updateTicket", `{"ticket_id":"713516551148","sub_status":"CL","comment":"Called back",
		"queue":"Q","disposition":"A|B","callback_time":"2024-05-01 10:00:00"}`)
	wantFields(t, "updated", at(t, update.value, "ticket"), map[string]any{
		"status": "C", "substatus": "CL", "statusName": "Complete", "queueKey": "Q", "isCallBack": true,
	})

	got := c.post("getTickets", `{"ticket_ids":"713516551148, 1,713516551148","conversation_type":"notes"}`)
	if n := len(got.value.([]any)); n != 2 {
		t.Fatalf("%d elements for one id asked twice and an unknown one: %s", n, got.text)
	}
	wantFields(t, "got", at(t, got.value, 0, "task_details"), map[string]any{
		"date": "19-04-2024 14:19", "taskEnddate": "20-04-2024 16:22", "tat": "1 Day 2 Hr 3 Min",
		"status": "Complete", "substatus": "Closed", "disposition": "A|B", "title": "TEST 1",
	})
	if note := at(t, got.value, 0, "conversation_type", "notes", 0, "detail"); note != "Called back" {
		t.Errorf("the note is %v", note)
	}
	const single = "map[issue details (app):map[issue/id:I-1] ride:map[id:R]]"
	if info := fmt.Sprint(at(t, got.value, 0, "additional_info")); info != single {
		t.Errorf("the tenant's objects are returned as %s", info)
	}

	pulled := c.post("pullTickets", `[{"limit":1,"start_date":"2024-04-19","end_date":"2024-04-19"}]`)
	wantFields(t, "pulled", pulled.value, map[string]any{"totalCount": nil})
	wantFields(t, "pulled", at(t, pulled.value, "message", 0), map[string]any{
		"lastConvesationTime": "20-04-2024 16:22", // spelled so
	})
	byCode := c.post("pullTickets", `[{"customer_code":"A-1","status":"","offset":"0","limit":"10"}]`)
	wantFields(t, "pulled by code", byCode.value, map[string]any{"totalCount": json.Number("1")})
	wantFields(t, "pulled by code", at(t, byCode.value, "message", 0), map[string]any{"customerName": "Asha"})
	legacy := c.post("pullTicketsUnversioned", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`)
	wantFields(t, "2019-20", at(t, legacy.value, "message", 0), map[string]any{
		"taskEnddate": "2024-04-20 16:22", "date": "2024-04-19 14:19:11", "status": "success",
		"tat": "26:3:0", "contactId": "800000001",
	})
}

// firstTicket returns the details of the first ticket, as Get returns them.
func (c caller) firstTicket() map[string]any {
	c.t.Helper()
	got := c.post("getTickets", `{"ticket_ids":"713516551148"}`)
	return at(c.t, got.value, 0, "task_details").(map[string]any)
}

// Tenants close tickets with keys of their own, or with the status. Any other
// key, and any other status, reopens.
func TestClosingTickets(t *testing.T) {
	tests := []struct {
		name, update string
		status       string
		substatus    string
	}{
		{name: "closed", update: `"sub_status":"CL"`, status: "Complete", substatus: "Closed"},
		{name: "completed", update: `"sub_status":"CO"`, status: "Complete", substatus: "Completed"},
		{name: "resolved", update: `"sub_status":"RS","comment":""`, status: "Complete", substatus: "Resolved"},
		{name: "status", update: `"status":"Complete"`, status: "Complete", substatus: "US"},
		{
			name:      "status with a key",
			update:    `"status":"complete","sub_status":"DONE"`,
			status:    "Complete",
			substatus: "DONE",
		},
		{name: "pending", update: `"sub_status":"P"`, status: "Pending", substatus: "Pending"},
		{name: "another status", update: `"status":"Pending"`, status: "Pending", substatus: "US"},
		{name: "an unknown key", update: `"sub_status":"ETL"`, status: "Pending", substatus: "ETL"},
		{name: "neither", update: `"comment":"c"`, status: "Pending", substatus: "US"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, c := start(t, fixed(added))
			c.post("addTicket", `{"title":"A"}`)
			c.post("updateTicket", `[{"ticket_id":"713516551148",`+test.update+`}]`)
			details := c.firstTicket()
			wantFields(t, "updated", details, map[string]any{"status": test.status, "substatus": test.substatus})
			if _, ended := details["taskEnddate"]; ended != (test.status == "Complete") {
				t.Errorf("the ticket is %v", details)
			}

			// It can be reopened, and an update without both leaves it as it is.
			c.post("updateTicket", `[{"ticket_id":"713516551148","comment":"more"}]`)
			details = c.firstTicket()
			wantFields(t, "commented", details, map[string]any{"status": test.status})
			c.post("updateTicket", `[{"ticket_id":"713516551148","sub_status":"P"}]`)
			details = c.firstTicket()
			if _, ended := details["taskEnddate"]; ended || details["status"] != "Pending" || details["tat"] != "" {
				t.Errorf("reopened: %v", details)
			}
		})
	}
}

// A production caller knows its customers by its own identifier: it pushes them,
// adds tickets for them and finds the open ones by it.
func TestTicketsOfTheCallersOwnCustomers(t *testing.T) {
	srv, c := start(t, fixed(added))
	const id = "5f0c1d8e-0000-4000-8000-0000000b0001"
	c.post("pushCustomer", `[{"customer_id":"`+id+`","customer_code":"`+id+`","name":"Rider","phone":"9000000031",
		"email":""}]`)
	add := c.post("addTicket", `[{"title":"Lost item","customer_id":"`+id+`","customer_name":"Rider",
		"phone":"9000000031","queue":"P_Q","disposition":"Ride|Lost","address":"Pune","user_id":7,
		"classification":"A"}]`)
	wantFields(t, "added", at(t, add.value, "ticket"), map[string]any{
		"phone": "9000000031", "contactId": json.Number("800000001"), "queueKey": "P_Q",
	})

	const open = `[{"customer_code":"` + id + `","status":"P","limit":"100"}]`
	pulled := c.post("pullTickets", open)
	wantFields(t, "pulled", pulled.value, map[string]any{"totalCount": json.Number("1")})
	wantFields(t, "pulled", at(t, pulled.value, "message", 0), map[string]any{
		"ticketId": "713516551148", "status": "Pending", "customerName": "Rider", "customerPhone": "9000000031",
	})

	c.post("updateTicket", `[{"ticket_id":"713516551148","sub_status":"RS","comment":""}]`)
	if after := at(t, c.post("pullTickets", open).value, "message").([]any); len(after) != 0 {
		t.Errorf("the resolved ticket is still open: %v", after)
	}
	ticket, _ := srv.World("acme").Ticket("713516551148")
	isLinked := ticket.Customer == 700000001 && ticket.Disposition == "Ride|Lost"
	if !isLinked || string(ticket.Tenant["address"]) != `"Pune"` {
		t.Errorf("the ticket is %+v", ticket)
	}
}

// The caller's identifier finds the tickets, too, where the customer has another
// code, and where nobody pushed the customer.
func TestTicketsOfAnIdentifierThatIsNoCode(t *testing.T) {
	_, c := start(t)
	c.post("pushCustomer", `[{"customer_id":"own-1","customer_code":"C-1","name":"A","email":"a@example.com"}]`)
	c.post("addTicket", `{"title":"by e-mail","email_id":"a@example.com"}`)
	c.post("addTicket", `{"title":"by identifier","customer_id":"own-1"}`)
	c.post("addTicket", `{"title":"of nobody","customer_id":"own-2"}`)
	for code, want := range map[string]int{"own-1": 2, "C-1": 2, "own-2": 1, "own-3": 0} {
		got := c.post("pullTickets", `[{"customer_code":"`+code+`"}]`)
		if list := at(t, got.value, "message").([]any); len(list) != want {
			t.Errorf("%s has %d tickets, want %d", code, len(list), want)
		}
	}
}

// What Add Ticket says about a customer links the ticket, in this order, and is
// returned where nobody fits.
func TestLinksOfTickets(t *testing.T) {
	srv, c := start(t)
	w := srv.World("acme")
	for _, customer := range []mock.Customer{
		{Name: "by id", Phone: "1", Email: "id@example.com"},
		{Name: "by code", Phone: "2", Email: "code@example.com", Code: "C-2"},
		{Name: "by e-mail", Phone: "3", Email: "email@example.com"},
		{Name: "by phone", Phone: "4"},
	} {
		if _, err := w.AddCustomer(customer); err != nil {
			t.Fatal(err)
		}
	}
	for body, want := range map[string]map[string]any{
		`"customer_id":700000001,"email_id":"email@example.com"`: {"customerName": "by id", "customerPhone": "1"},
		`"customer_id":"C-2","email_id":"email@example.com"`:     {"customerName": "by code", "customerPhone": "2"},
		`"customer_id":"none","email_id":"email@example.com"`:    {"customerName": "by e-mail", "customerPhone": "3"},
		`"email_id":"email@example.com","phone":"4"`:             {"customerName": "by e-mail", "customerPhone": "3"},
		`"email_id":"","phone":"4","customer_name":"X"`:          {"customerName": "by phone", "customerPhone": "4"},
		`"phone":"5","customer_name":"X"`: {
			"customerName": "X", "customerPhone": "5", "contactId": json.Number("0"),
		},
		`"email_id":"nobody@example.com"`: {"customerName": "", "customerPhone": ""},
	} {
		id := at(t, c.post("addTicket", `{"title":"A",`+body+`}`).value, "ticket_id")
		pulled := c.post("pullTickets", `[{"start_date":"`+today()+`","end_date":"`+today()+`"}]`)
		records := at(t, pulled.value, "message").([]any)
		i := slices.IndexFunc(records, func(record any) bool { return at(t, record, "ticketId") == id })
		if i < 0 {
			t.Fatalf("%s: ticket %v is not in the pull", body, id)
		}
		wantFields(t, body, records[i], want)
	}
}

func today() string { return time.Now().In(india).Format(time.DateOnly) }

func TestTicketFormsAreThoseOfTheSamples(t *testing.T) {
	_, c := start(t, fixed(added))
	const day = `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`
	for _, test := range []struct{ operation, body, sample, field string }{
		{operation: "addTicket", body: `{"title":"A"}`, sample: "tickets/add-2024.response.cut.json", field: "ticket"},
		{
			operation: "pullTicketsUnversioned", body: day,
			sample: "tickets/pull-2019-20.response.json", field: "message",
		},
		{operation: "getFAQCategories", sample: "faq/categories-observed.response.json", field: "message"},
	} {
		got := c.post(test.operation, test.body)
		// An open ticket has no end, but the field is there.
		text := strings.ReplaceAll(sample(t, test.sample), `"2020-05-23 12:37"`, `""`)
		var want, have map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &want) != nil || json.Unmarshal([]byte(got.text), &have) != nil {
			t.Fatalf("%s: got %s", test.operation, got.text)
		}
		if d := sameForm("/"+test.field, want[test.field], have[test.field]); d != "" {
			t.Errorf("%s: %s\n%s", test.operation, d, got.text)
		}
	}

	// The samples of these stop early; the fields that they have are there.
	for _, test := range []struct {
		operation, body, sample string
		path                    []any
	}{
		{
			operation: "pullTickets", body: day,
			sample: "tickets/pull-2024.response.cut.json", path: []any{"message", 0},
		},
		{
			operation: "getTickets", body: `{"ticket_ids":"713516551148"}`,
			sample: "tickets/get-2024.response.cut.json", path: []any{0, "task_details"},
		},
		{
			operation: "getFAQContents", body: sample(t, "faq/contents-2024.request.json"),
			sample: "faq/contents-2024.response.cut.json", path: []any{"message", "contents", 0},
		},
	} {
		whole, err := decoded(sample(t, test.sample))
		if err != nil {
			t.Fatal(err)
		}
		got := at(t, c.post(test.operation, test.body).value, test.path...).(map[string]any)
		for name := range at(t, whole, test.path...).(map[string]any) {
			if _, there := got[name]; !there {
				t.Errorf("%s leaves out %s", test.operation, name)
			}
		}
	}
}

func TestTicketFailures(t *testing.T) {
	_, c := start(t, fixed(added))
	c.post("addTicket", `{"title":"A"}`)
	const ticket = "713516551148"
	const noTitle = "title is missing"
	const noTicket = "No Data found/ticket_id is missing"
	const noTickets = "ticket_ids are missing."
	const badTime = "Invalid Format.callback_date should be yyyy-MM-dd hh:mm:ss."
	const badDays = "kapture mock: start_date and end_date must be two days, the first not after the second"
	const longPull = "kapture mock: start_date to end_date is more than 24 hours; one call may span no more"
	const manyIDs = "kapture mock: ticket_ids has 51 ids; callers are known to send 50"
	fifty := strings.Repeat(ticket+",", 50)

	tests := []struct {
		operation, body string
		status          int
		want            string
	}{
		{operation: "addTicket", body: sample(t, "tickets/add-2024.request.json"), status: 200, want: failed(noTitle)},
		{operation: "addTicket", body: `{}`, status: 200, want: failed(noTitle)},
		{operation: "addTicket", body: `[]`, status: 200, want: failed(noTitle)},
		{operation: "addTicket", body: `[{"title":null}]`, status: 200, want: failed(noTitle)},
		{operation: "addTicket", body: `"x"`, status: 400, want: invalidJSON},

		{
			operation: "updateTicket",
			body:      sample(t, "tickets/update-2024.request.json"),
			status:    200,
			want:      failed(noTicket),
		},
		{operation: "updateTicket", body: `[{"ticket_id":"1","sub_status":"CL"}]`, status: 200, want: failed(noTicket)},
		{
			operation: "updateTicket", body: `[{"ticket_id":"` + ticket + `","callback_time":"01-05-2024 10:00"}]`,
			status: 200, want: failed(badTime),
		},

		{operation: "getTickets", body: `[{"ticket_ids":"` + ticket + `"}]`, status: 200, want: invalidJSON},
		{operation: "getTickets", body: `{`, status: 200, want: invalidJSON},
		{operation: "getTickets", body: `{"ticket_ids":""}`, status: 200, want: failed(noTickets)},
		{operation: "getTickets", body: `{"ticket_ids":" , "}`, status: 200, want: failed(noTickets)},
		{operation: "getTickets", body: `{"ticket_id":"` + ticket + `"}`, status: 200, want: failed(noTickets)},
		{operation: "getTickets", body: `{"ticket_ids":"9"}`, status: 200, want: `[]`},
		{operation: "getTickets", body: `{"ticket_ids":"` + fifty + ticket + `"}`, status: 400, want: failed(manyIDs)},

		{operation: "pullTickets", body: `{"start_date":"2024-04-19"}`, status: 200, want: invalidJSON},
		{operation: "pullTickets", body: `[{"start_date":"2024-04-19"}]`, status: 200, want: failed(noTickets)},
		{operation: "pullTickets", body: `[{"start_date":"x","end_date":"y"}]`, status: 400, want: failed(badDays)},
		{
			operation: "pullTickets", body: `[{"start_date":"2024-04-19","end_date":"2024-04-18"}]`,
			status: 400, want: failed(badDays),
		},
		{
			operation: "pullTickets", body: `[{"start_date":"2024-04-01","end_date":"2024-04-19"}]`,
			status: 400, want: failed(longPull),
		},
		{
			operation: "pullTickets", body: `[{"start_date":"2024-04-18","end_date":"2024-04-18"}]`,
			status: 200, want: `{"totalCount":null,"message":[],"status":"success"}`,
		},
		{
			operation: "pullTickets", body: `[{"customer_code":"none"}]`,
			status: 200, want: `{"totalCount":0,"message":[],"status":"success"}`,
		},

		{
			operation: "pullTicketsUnversioned", body: `[{"end_date":"2024-04-19"}]`,
			status: 200, want: `{"Message":"either start_date is null or blank","Status":"failed"}`,
		},
		{
			operation: "pullTicketsUnversioned", body: `{}`,
			status: 400, want: `{"Message":"Invalid Json.","Status":"failed"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.operation+" "+test.body[:min(len(test.body), 40)], func(t *testing.T) {
			c.in(t).post(test.operation, test.body).want(t, test.status, test.want)
		})
	}

	got := c.post("getTickets", `{"ticket_ids":"`+strings.TrimSuffix(fifty, ",")+`"}`)
	if len(got.value.([]any)) != 50 {
		t.Errorf("fifty ids: got %s", got.text)
	}
}

func TestTicketPullPages(t *testing.T) {
	srv, c := start(t, fixed(added))
	w := srv.World("acme")
	if _, err := w.AddCustomer(mock.Customer{Name: "A", Email: "a@example.com", Code: "A"}); err != nil {
		t.Fatal(err)
	}
	for n := range 7 {
		if _, err := w.AddTicket(mock.Ticket{Title: fmt.Sprint(n), Email: "a@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	c.post("updateTicket", `{"ticket_id":"713516551148","sub_status":"CL"}`)

	for query, want := range map[string]int{
		`"customer_code":"A"`:                                         7,
		`"customer_code":"A","limit":"3"`:                             3,
		`"customer_code":"A","limit":3,"offset":"6"`:                  1,
		`"customer_code":"A","offset":"9"`:                            0,
		`"customer_code":"A","status":"Complete"`:                     1,
		`"customer_code":"A","status":"P"`:                            6,
		`"start_date":"2024-04-19","end_date":"2024-04-19","limit":2`: 2,
		`"start_date":"2024-04-19","end_date":"2024-04-20"`:           7,
	} {
		got := c.post("pullTickets", "[{"+query+"}]")
		if len(at(t, got.value, "message").([]any)) != want {
			t.Errorf("%s gave %s, want %d tickets", query, got.text, want)
		}
	}
}

func TestTicketPushOf2016(t *testing.T) {
	_, c := start(t)
	push := func(query string) result {
		t.Helper()
		return c.withKey("").do(c.withKey("").request(http.MethodPost, paths["pushTicket"]+"?"+query, ""))
	}
	const expired = `{"Message":"Auth Key Expired","Status":"Fail"}`
	const invalid = `{"Message":"Invalid Json.","Status":"Fail"}`
	fields := url.QueryEscape(" " + sample(t, "tickets/push-2016.request.json"))
	push("auth_key=test-acme&api_id=35&ticket_fields="+fields).
		want(t, 200, `{"Message":"Ticket Added Successfully","Status":"Success"}`)
	push("auth_key=test-acme-expired&api_id=35&ticket_fields="+fields).want(t, 200, expired)
	push("api_id=35&ticket_fields="+fields).want(t, 200, expired)
	push("auth_key=test-acme&ticket_fields="+fields).want(t, 200, missing2016)
	push("auth_key=test-acme&api_id=35&ticket_fields=%7B%22title%22%3A%22A%22%7D").want(t, 200, missing2016)
	push("auth_key=test-acme&api_id=35&ticket_fields=%7B").want(t, 400, invalid)
	push("auth_key=test-acme&api_id=35&ticket_fields=[]").want(t, 400, invalid)

	got := c.post("getTickets", `{"ticket_ids":"713516551148"}`)
	if title := at(t, got.value, 0, "task_details", "title"); title != " General Complaint" {
		t.Errorf("the title of the ticket is %q", title)
	}
}
