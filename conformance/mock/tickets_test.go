package mock_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// ticking is a clock that a test moves.
type ticking struct{ at atomic.Pointer[time.Time] }

func (c *ticking) set(t time.Time) { c.at.Store(&t) }
func (c *ticking) now() time.Time  { return *c.at.Load() }

var added = time.Date(2024, 4, 19, 14, 19, 11, 152e6, india)

func TestTicketFlow(t *testing.T) {
	var at0 ticking
	at0.set(added)
	_, c := start(t, mock.WithClock(at0.now))
	c.post("pushCustomer", `[{"name":"Asha","phone":"9000000001","email":"asha@example.com","customer_code":"A-1"}]`)
	add := c.post("addTicket", `[{"title":"TEST 1","ticket_details":"x","due_date":null,"email_id":"asha@example.com","issue details (app)":[{"issue/id":"I-1"}],"ride":{"id":"R"},"note":"scalar"}]`)
	ticket := at(t, add.value, "ticket").(map[string]any)
	for name, want := range map[string]any{
		"ticketId": "713516551148", "status": "P", "substatus": "US", "statusName": "Pending", "taskTitle": "TEST 1", "detail": "x",
		"email": "asha@example.com", "phone": "9000000001", "contactId": json.Number("800000001"),
		"date": "2024-04-19 14:19:11", "lastConversationTime": json.Number("1713516551152"),
	} {
		if ticket[name] != want {
			t.Errorf("%s is %#v, want %#v", name, ticket[name], want)
		}
	}
	if got := fmt.Sprint(at(t, add.value, "Additional_details")); got != "map[issue details (app):[map[issue/id:I-1]] ride:[map[id:R]]]" {
		t.Errorf("the tenant's objects came back as %s", got)
	}
	if at(t, add.value, "ticket_id") != "713516551148" || at(t, add.value, "status") != "success" {
		t.Errorf("added: %s", add.text)
	}

	at0.set(added.Add(26*time.Hour + 3*time.Minute))
	update := c.post("updateTicket", `{"ticket_id":"713516551148","sub_status":"CL","comment":"Called back","queue":"Q","disposition":"A|B","callback_time":"2024-05-01 10:00:00"}`)
	for name, want := range map[string]any{"status": "C", "substatus": "CL", "statusName": "Complete", "queueKey": "Q", "isCallBack": true} {
		if got := at(t, update.value, "ticket", name); got != want {
			t.Errorf("updated %s is %#v, want %#v", name, got, want)
		}
	}
	got := c.post("getTickets", `{"ticket_ids":"713516551148, 1,713516551148","conversation_type":"notes"}`)
	if n := len(got.value.([]any)); n != 2 {
		t.Fatalf("%d elements for one id asked twice and an unknown one: %s", n, got.text)
	}
	details := at(t, got.value, 0, "task_details").(map[string]any)
	for name, want := range map[string]any{
		"date": "19-04-2024 14:19", "taskEnddate": "20-04-2024 16:22", "tat": "1 Day 2 Hr 3 Min", "status": "Complete", "substatus": "Closed",
		"disposition": "A|B", "title": "TEST 1",
	} {
		if details[name] != want {
			t.Errorf("got %s %#v, want %#v", name, details[name], want)
		}
	}
	if note := at(t, got.value, 0, "conversation_type", "notes", 0, "detail"); note != "Called back" {
		t.Errorf("the note is %v", note)
	}
	if info := fmt.Sprint(at(t, got.value, 0, "additional_info")); info != "map[issue details (app):map[issue/id:I-1] ride:map[id:R]]" {
		t.Errorf("the tenant's objects came back as %s", info)
	}

	pulled := c.post("pullTickets", `[{"limit":1,"start_date":"2024-04-19","end_date":"2024-04-19"}]`)
	if at(t, pulled.value, "totalCount") != nil || at(t, pulled.value, "message", 0, "lastConvesationTime") != "20-04-2024 16:22" {
		t.Errorf("pulled %s", pulled.text)
	}
	byCode := c.post("pullTickets", `[{"customer_code":"A-1","status":"","offset":"0","limit":"10"}]`)
	if fmt.Sprint(at(t, byCode.value, "totalCount")) != "1" || at(t, byCode.value, "message", 0, "customerName") != "Asha" {
		t.Errorf("pulled by code %s", byCode.text)
	}
	legacy := c.post("pullTicketsUnversioned", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`)
	for name, want := range map[string]string{"taskEnddate": "2024-04-20 16:22", "date": "2024-04-19 14:19:11", "status": "success", "tat": "26:3:0", "contactId": "800000001"} {
		if got := at(t, legacy.value, "message", 0, name); got != want {
			t.Errorf("2019-20 %s is %#v, want %#v", name, got, want)
		}
	}

	c.post("updateTicket", `[{"ticket_id":"713516551148","sub_status":"P"}]`)
	reopened := at(t, c.post("getTickets", `{"ticket_ids":"713516551148"}`).value, 0, "task_details").(map[string]any)
	if _, closed := reopened["taskEnddate"]; closed || reopened["status"] != "Pending" || reopened["tat"] != "" {
		t.Errorf("reopened: %v", reopened)
	}
}

func TestTicketFormsAreThoseOfTheSamples(t *testing.T) {
	_, c := start(t, mock.WithClock(clock(added)))
	for _, test := range []struct{ operation, body, sample, pointer string }{
		{"addTicket", `{"title":"A"}`, "tickets/add-2024.answer.cut.json", "ticket"},
		{"pullTicketsUnversioned", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`, "tickets/pull-2019-20.answer.json", "message"},
		{"getFAQCategories", ``, "faq/categories-observed.answer.json", "message"},
	} {
		got := c.post(test.operation, test.body)
		var want, have map[string]json.RawMessage
		if json.Unmarshal([]byte(sample(t, test.sample)), &want) != nil || json.Unmarshal([]byte(got.text), &have) != nil {
			t.Fatalf("%s answered %s", test.operation, got.text)
		}
		if test.operation == "pullTicketsUnversioned" { // an open ticket has no value there, but the member stands
			want["message"] = json.RawMessage(strings.ReplaceAll(string(want["message"]), `"2020-05-23 12:37"`, `""`))
		}
		if d := sameForm("/"+test.pointer, want[test.pointer], have[test.pointer]); d != "" {
			t.Errorf("%s: %s\n%s", test.operation, d, got.text)
		}
	}
	// The samples of these stop early; what they have stands first.
	for _, test := range []struct {
		operation, body, sample string
		path                    []any
	}{
		{"pullTickets", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`, "tickets/pull-2024.answer.cut.json", []any{"message", 0}},
		{"getTickets", `{"ticket_ids":"713516551148"}`, "tickets/get-2024.answer.cut.json", []any{0, "task_details"}},
		{"getFAQContents", sample(t, "faq/contents-2024.request.json"), "faq/contents-2024.answer.cut.json", []any{"message", "contents", 0}},
	} {
		var whole any
		if err := json.Unmarshal([]byte(sample(t, test.sample)), &whole); err != nil {
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
	_, c := start(t, mock.WithClock(clock(added)))
	c.post("addTicket", `{"title":"A"}`)
	fifty := strings.Repeat("713516551148,", 50)
	for _, test := range []struct {
		operation, body string
		status          int
		want            string
	}{
		{"addTicket", sample(t, "tickets/add-2024.request.json"), 200, failed("title is missing")},
		{"addTicket", `{}`, 200, failed("title is missing")},
		{"addTicket", `[]`, 200, failed("title is missing")},
		{"addTicket", `[{"title":null}]`, 200, failed("title is missing")},
		{"addTicket", `"x"`, 400, failed("Invalid Json.")},
		{"updateTicket", sample(t, "tickets/update-2024.request.json"), 200, failed("No Data found/ticket_id is missing")},
		{"updateTicket", `[{"ticket_id":"1","sub_status":"CL"}]`, 200, failed("No Data found/ticket_id is missing")},
		{"updateTicket", `[{"ticket_id":"713516551148","sub_status":"CL","callback_time":"01-05-2024 10:00"}]`, 200, failed("Invalid Format.callback_date should be yyyy-MM-dd hh:mm:ss.")},
		{"getTickets", `[{"ticket_ids":"713516551148"}]`, 200, failed("Invalid Json.")},
		{"getTickets", `{`, 200, failed("Invalid Json.")},
		{"getTickets", `{"ticket_ids":""}`, 200, failed("ticket_ids are missing.")},
		{"getTickets", `{"ticket_ids":" , "}`, 200, failed("ticket_ids are missing.")},
		{"getTickets", `{"ticket_id":"713516551148"}`, 200, failed("ticket_ids are missing.")},
		{"getTickets", `{"ticket_ids":"9"}`, 200, `[]`},
		{"getTickets", `{"ticket_ids":"` + fifty + `713516551148"}`, 400, failed("kapture mock: ticket_ids has 51 ids; callers are known to send 50")},
		{"pullTickets", `{"start_date":"2024-04-19","end_date":"2024-04-19"}`, 200, failed("Invalid Json.")},
		{"pullTickets", `[{"start_date":"2024-04-19"}]`, 200, failed("ticket_ids are missing.")},
		{"pullTickets", `[{"start_date":"x","end_date":"y"}]`, 400, failed("kapture mock: start_date and end_date must be two days, the first not after the second")},
		{"pullTickets", `[{"start_date":"2024-04-19","end_date":"2024-04-18"}]`, 400, failed("kapture mock: start_date and end_date must be two days, the first not after the second")},
		{"pullTickets", `[{"start_date":"2024-04-01","end_date":"2024-04-19"}]`, 400, failed("kapture mock: start_date to end_date is more than 24 hours; one call may span no more")},
		{"pullTickets", `[{"start_date":"2024-04-18","end_date":"2024-04-18"}]`, 200, `{"totalCount":null,"message":[],"status":"success"}`},
		{"pullTickets", `[{"customer_code":"none"}]`, 200, `{"totalCount":0,"message":[],"status":"success"}`},
		{"pullTicketsUnversioned", `[{"end_date":"2024-04-19"}]`, 200, `{"Message":"either start_date is null or blank","Status":"failed"}`},
		{"pullTicketsUnversioned", `{}`, 400, `{"Message":"Invalid Json.","Status":"failed"}`},
	} {
		t.Run(test.operation+" "+test.body[:min(len(test.body), 40)], func(t *testing.T) {
			c := c.in(t)
			c.post(test.operation, test.body).want(t, test.status, test.want)
		})
	}
	if got := c.post("getTickets", `{"ticket_ids":"`+strings.TrimSuffix(fifty, ",")+`"}`); len(got.value.([]any)) != 50 {
		t.Errorf("fifty ids gave %s", got.text)
	}
}

func TestTicketPullPages(t *testing.T) {
	srv, c := start(t, mock.WithClock(clock(added)))
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
	for body, want := range map[string]int{
		`"customer_code":"A"`: 7, `"customer_code":"A","limit":"3"`: 3, `"customer_code":"A","limit":3,"offset":"6"`: 1, `"customer_code":"A","offset":"9"`: 0,
		`"customer_code":"A","status":"Complete"`: 1, `"customer_code":"A","status":"P"`: 6,
		`"start_date":"2024-04-19","end_date":"2024-04-19","limit":2`: 2, `"start_date":"2024-04-19","end_date":"2024-04-20"`: 7,
	} {
		if got := c.post("pullTickets", "[{"+body+"}]"); len(at(t, got.value, "message").([]any)) != want {
			t.Errorf("%s gave %s, want %d tickets", body, got.text, want)
		}
	}
}

func TestTicketPushOf2016(t *testing.T) {
	_, c := start(t)
	push := func(query string) reply {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+paths["pushTicket"]+"?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.do(req)
	}
	fields := url.QueryEscape(" " + sample(t, "tickets/push-2016.request.json"))
	push("auth_key=test-acme&api_id=35&ticket_fields="+fields).want(t, 200, `{"Message":"Ticket Added Successfully","Status":"Success"}`)
	expired := `{"Message":"Auth Key Expired","Status":"Fail"}`
	push("auth_key=test-acme-expired&api_id=35&ticket_fields="+fields).want(t, 200, expired)
	push("api_id=35&ticket_fields="+fields).want(t, 200, expired)
	push("auth_key=test-acme&ticket_fields="+fields).want(t, 200, `{"Message":"Mandatory field missing","Status":"Fail"}`)
	push("auth_key=test-acme&api_id=35&ticket_fields=%7B%22title%22%3A%22A%22%7D").want(t, 200, `{"Message":"Mandatory field missing","Status":"Fail"}`)
	push("auth_key=test-acme&api_id=35&ticket_fields=%7B").want(t, 400, `{"Message":"Invalid Json.","Status":"Fail"}`)
	push("auth_key=test-acme&api_id=35&ticket_fields=[]").want(t, 400, `{"Message":"Invalid Json.","Status":"Fail"}`)
	if got := at(t, c.post("getTickets", `{"ticket_ids":"713516551148"}`).value, 0, "task_details", "title"); got != " General Complaint" {
		t.Errorf("the ticket's title is %q", got)
	}
}
