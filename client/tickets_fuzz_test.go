package client

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
)

// Anything in the place of a list of tickets is an error, or each of its elements
// is a ticket with the bytes that were received, or an error.
func FuzzTicketsFound(f *testing.F) {
	for _, body := range append(bodies,
		`[{"task_details":{"ticketId":"1"}}]`,
		`[{"task_details":{"ticketId":7}},null,[],"x",{"task_details":[]}]`,
		`[{"task_details":{"ticketId":{"ticketId":1}},"TASK_DETAILS":{}}]`,
		"[{\"task_details\":{\"title\":\"a\nb\"}}];",
		`{"ticket":{"ticketId":"1"},"ticket_id":2}`,
	) {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a := &attempt{call: &call{op: OpGetTickets}, ctx: t.Context(), status: http.StatusOK, body: body}
		s, err := a.judge(expected{statusOptional: true})
		if err != nil {
			return
		}
		added, err := decode[TicketAdded](s.json, s.originOf(s.json, ""))
		if err == nil {
			added.Number()
		}

		if s.json[0] != '[' {
			return
		}
		var parts []json.RawMessage
		if err := json.Unmarshal(s.json, &parts); err != nil {
			t.Fatal(err)
		}
		n := 0
		for element := range rawjson.Elements(s.json) {
			if string(element) != string(parts[n]) {
				t.Fatalf("element %d of %q is %q, want %q", n, body, element, parts[n])
			}
			n++
			checkTicket(t, s, element)
		}
		if n != len(parts) {
			t.Fatalf("%d elements of %q", n, body)
		}
	})
}

// checkTicket checks that an element is read as a ticket if it is a record, and
// only then.
func checkTicket(t *testing.T, s *success, element []byte) {
	t.Helper()
	var fields map[string]json.RawMessage
	isRecord := json.Unmarshal(element, &fields) == nil && len(fields) > 0
	ticket, problem := ticketIn(s, element, "")
	if ticket == nil {
		if isRecord && !strings.Contains(problem, "ticketId") {
			t.Fatalf("%q: %s", element, problem)
		}
		return
	}

	if !isRecord || !bytes.Equal(ticket.Raw(), element) {
		t.Fatalf("got %q, want %q", ticket.Raw(), element)
	}
	ticket.Number()
	ticket.Undeclared()
	ticket.Misfits()
}
