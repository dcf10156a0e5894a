package gates

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
)

// shape is a request as a public caller sends it, and the response that it needs.
type shape struct {
	name      string
	operation client.Operation
	query     string
	key       string // "" for the scene's
	header    http.Header
	body      string
	status    int    // 0 for 200
	response  string // the expected component
	has       []string
	beyond    string // code of what the contract does not describe and the server tolerates
}

// Fields of a tenant. Their names are free text.
const (
	tenantList   = `"issue details/app (new) [v2]":[{"order no/ref":"A-1","note [x]":""},{"order no/ref":"A-2"}]`
	tenantObject = `"ride":{"id (internal)":"R-1"}`
)

// fiftyIDs are as many as callers join.
func fiftyIDs() string {
	ids := make([]string, 50)
	for i := range ids {
		ids[i] = fmt.Sprint(713516551148 + i)
	}
	return strings.Join(ids, ",")
}

var shapes = []shape{
	{
		name:      "add, an array of one",
		operation: client.OpAddTicket,
		body:      `[{"title":"A","ticket_details":"d","due_date":"","email_id":"asha@example.com"}]`,
		response:  "TicketAdded",
		has:       []string{`"ticketId":"713516551151"`, `"ticket_id":"713516551151"`, `"phone":"9000000001"`},
	},
	{
		name:      "add, a bare object",
		operation: client.OpAddTicket,
		body:      `{"title":"A","email_id":"asha@example.com"}`,
		response:  "TicketAdded",
		has:       []string{`"ticketId":"713516551151"`},
	},
	{
		name:      "update, an array of one",
		operation: client.OpUpdateTicket,
		body:      `[{"ticket_id":"713516551148","sub_status":"CL","comment":"done"}]`,
		response:  "TicketUpdated",
		has:       []string{`"substatus":"CL"`},
	},
	{
		name:      "update, a bare object",
		operation: client.OpUpdateTicket,
		body:      `{"ticket_id":"713516551148","sub_status":"P"}`,
		response:  "TicketUpdated",
		has:       []string{`"substatus":"P"`},
	},
	{
		name:      "add, the tenant's objects in a list",
		operation: client.OpAddTicket,
		body:      `[{"title":"A",` + tenantList + `}]`,
		response:  "TicketAdded",
		has: []string{
			`"Additional_details":{"issue details/app (new) [v2]":[` +
				`{"note [x]":"","order no/ref":"A-1"},{"order no/ref":"A-2"}]}`,
		},
	},
	{
		name:      "add, only one object of the tenant",
		operation: client.OpAddTicket,
		body:      `[{"title":"A",` + tenantObject + `}]`,
		response:  "TicketAdded",
		has:       []string{`"Additional_details":{"ride":[{"id (internal)":"R-1"}]}`},
	},
	{
		name:      "add, a list and an object of the tenant in a bare object",
		operation: client.OpAddTicket,
		body:      `{` + tenantObject + `,"title":"A",` + tenantList + `}`,
		response:  "TicketAdded",
		has:       []string{`"ride":[`, `"issue details/app (new) [v2]":[`},
	},
	{
		name:      "update, the tenant's objects",
		operation: client.OpUpdateTicket,
		body:      `[{"ticket_id":"713516551148","sub_status":"P",` + tenantList + `,` + tenantObject + `}]`,
		response:  "TicketUpdated",
	},
	{
		name:      "add, optionals null",
		operation: client.OpAddTicket,
		body:      `[{"title":"A","ticket_details":null,"due_date":null,"email_id":null}]`,
		response:  "TicketAdded",
		has:       []string{`"status":"success"`},
	},
	{
		name:      "add, optionals empty",
		operation: client.OpAddTicket,
		body:      `[{"title":"A","ticket_details":"","due_date":"","email_id":""}]`,
		response:  "TicketAdded",
		has:       []string{`"status":"success"`},
	},
	{
		name:      "update, optionals null",
		operation: client.OpUpdateTicket,
		body: `{"ticket_id":"713516551148","sub_status":"P","comment":null,"callback_time":null,` +
			`"queue":null,"disposition":null}`,
		response: "TicketUpdated",
		has:      []string{`"status":"success"`},
	},
	{
		name:      "update, optionals empty",
		operation: client.OpUpdateTicket,
		body: `{"ticket_id":"713516551148","sub_status":"P","comment":"","callback_time":"",` +
			`"queue":"","disposition":""}`,
		response: "TicketUpdated",
		has:      []string{`"status":"success"`},
	},
	{
		name:      "get a customer, unused fields empty",
		operation: client.OpGetCustomer,
		body:      `[{"kapture_customer_id":"","customer_id":"","email_id":"","phone":"9000000001"}]`,
		response:  "CustomerFound",
		has:       []string{`"id":700000001`},
	},
	{
		name:      "get a customer, unused fields null",
		operation: client.OpGetCustomer,
		body:      `[{"kapture_customer_id":null,"email_id":null,"phone":"9000000001"}]`,
		response:  "CustomerFound",
		has:       []string{`"id":700000001`},
		beyond:    conformance.CodeSchemaNull,
	},
	{
		name:      "the second header pair",
		operation: client.OpAddTicket,
		header:    http.Header{"X-Api-Key": {sceneKey}, "X-Api-Type": {"TICKET"}},
		body:      `{"title":"A"}`,
		response:  "TicketAdded",
	},
	{
		name:      "the second header pair, written small",
		operation: client.OpPullTickets,
		header:    http.Header{"x-api-key": {sceneKey}, "x-api-type": {"TICKET"}},
		body:      `[{"start_date":"2024-05-02","end_date":"2024-05-02"}]`,
		response:  "TicketList",
	},
	{
		name:      "the key of this operation",
		operation: client.OpAddTicket,
		key:       "test-acme-only.addTicket",
		body:      `{"title":"A"}`,
		response:  "TicketAdded",
	},
	{
		name:      "the key of another operation",
		operation: client.OpUpdateTicket,
		key:       "test-acme-only.addTicket",
		body:      `{"ticket_id":"713516551148","sub_status":"P"}`,
		response:  "Failure",
		has:       []string{`"Invalid Auth Key"`},
	},
	{
		name:      "the key of this operation, to search",
		operation: client.OpGetTickets,
		key:       "test-acme-only.getTickets",
		body:      `{"ticket_ids":"713516551148"}`,
		response:  "TicketsFound",
		has:       []string{`"ticketId":"713516551148"`},
	},
	{
		name:      "fifty ids",
		operation: client.OpGetTickets,
		body:      `{"ticket_ids":"` + fiftyIDs() + `"}`,
		response:  "TicketsFound",
		has:       []string{`"ticketId":"713516551148"`, `"ticketId":"713516551150"`},
	},
	{
		name:      "several ids with all that callers ask for",
		operation: client.OpGetTickets,
		response:  "TicketsFound",
		body: `{"ticket_ids":"713516551148,713516551149","conversation_type":"notes","history_type":"all",` +
			`"read_ticket_history_details":"1"}`,
		has: []string{`"notes":[]`},
	},
	{
		name:      "a stray query",
		operation: client.OpGetTickets,
		query:     "?v=2&_=1714636800",
		body:      `{"ticket_ids":"713516551148"}`,
		response:  "TicketsFound",
		has:       []string{`"ticketId":"713516551148"`},
		beyond:    conformance.CodeParameterUndocumented,
	},
	{
		name:      "a stray query, at a write",
		operation: client.OpAddTicket,
		query:     "?source=web",
		body:      `[{"title":"A"}]`,
		response:  "TicketAdded",
		beyond:    conformance.CodeParameterUndocumented,
	},
	{
		name:      "JSON under 400",
		operation: client.OpAddTicket,
		body:      `[{"title":"A"},{"title":"B"}]`,
		status:    http.StatusBadRequest,
		response:  "Failure",
		has:       []string{`"status":"failed"`},
		beyond:    conformance.CodeSchemaLength,
	},
	{
		name:      "JSON under 401",
		operation: client.OpPullCustomers,
		key:       "test-acme-expired",
		body:      `[{"start_date":"2024-05-02","end_date":"2024-05-02"}]`,
		status:    http.StatusUnauthorized,
		response:  "Failure",
		has:       []string{`"Invalid Auth Key"`},
	},
	{
		name:      "JSON under 403",
		operation: client.OpAddTicket,
		key:       "test-acme-forbidden",
		body:      `[{"title":"A"}]`,
		status:    http.StatusForbidden,
		response:  "Failure",
		has:       []string{`"status":"failed"`},
	},
	{
		name:      "JSON under 404",
		operation: client.OpAddUpdateCustomer,
		body:      `{"customer_info":{"customer_id":"1","customer_name":"A","phone":"9000000009"}}`,
		status:    http.StatusNotFound,
		response:  "Failure",
		has:       []string{`"status":"failed"`},
	},
}

// The embedded Kapture serves what public callers send, to any program that speaks
// HTTP, and both the request and the response are what the contract says.
func TestShapesOfPublicCallers(t *testing.T) {
	_, checker := loaded(t)
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			exchange := shape.send(t, checker)
			result := checker.Check(t.Context(), exchange)
			for _, f := range result.Noticed {
				if f.Code != shape.beyond {
					t.Errorf("the request also has %s: %s", f.Code, f.Message)
				}
			}
			for _, f := range result.Findings {
				t.Errorf("%s: %s %s %s: %s", f.Code, f.Side, f.Pointer, f.Location, f.Message)
			}
		})
	}
}

// send sends the request to a seeded Kapture and looks at the response.
func (shape shape) send(t *testing.T, checker *conformance.Checker) conformance.Exchange {
	t.Helper()
	req := shape.request(t, checker)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !json.Valid(body) {
		t.Fatalf("the response is not JSON: %v: %s", err, body)
	}

	if want := cmp.Or(shape.status, http.StatusOK); resp.StatusCode != want {
		t.Errorf("got HTTP %d, want %d: %s", resp.StatusCode, want, body)
	}
	for _, has := range shape.has {
		if !strings.Contains(string(body), has) {
			t.Errorf("the response has no %s: %s", has, body)
		}
	}
	return conformance.Exchange{
		Operation: string(shape.operation),
		Request: conformance.Request{
			Method: req.Method,
			URL:    req.URL.String(),
			Header: req.Header,
			Body:   []byte(shape.body),
		},
		Response: conformance.Response{Status: resp.StatusCode, Header: resp.Header, Body: body},
		Expect: conformance.Expect{
			Response:       shape.response,
			RequestInvalid: shape.beyond != "",
			Reason:         shape.name,
		},
	}
}

// request makes the request, for a Kapture of its own.
func (shape shape) request(t *testing.T, checker *conformance.Checker) *http.Request {
	t.Helper()
	s, err := newScene()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.seed(3); err != nil {
		t.Fatal(err)
	}

	info, _ := checker.Operation(string(shape.operation))
	url := s.URL + info.Path + shape.query
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(shape.body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, shape.header) // with the names as they are written
	req.Header.Set("Authorization", "Basic "+cmp.Or(shape.key, sceneKey))
	req.Header.Set("Content-Type", "application/json")
	return req
}
