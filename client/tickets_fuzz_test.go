package client

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
)

// Whatever comes in place of a list of tickets is an error, or every element of it is given back as it came.
func FuzzTicketsFound(f *testing.F) {
	for _, body := range append(bodies, `[{"task_details":{"ticketId":"1"}}]`, `[{"task_details":{"ticketId":7}},null,[],"x",{"task_details":[]}]`,
		`[{"task_details":{"ticketId":{"ticketId":1}},"TASK_DETAILS":{}}]`, "[{\"task_details\":{\"title\":\"a\nb\"}}];", `{"ticket":{"ticketId":"1"},"ticket_id":2}`) {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		x := newExchange(OpGetTickets)
		x.status = http.StatusOK
		r, err := x.judge(body, due{statusless: true})
		if err != nil {
			return
		}
		if added, err := decoded[TicketAdded](r, r.json); err == nil {
			added.Number()
		}
		elements, err := x.elements(r.json)
		if err != nil {
			return
		}
		var parts []json.RawMessage
		if err := json.Unmarshal(r.json, &parts); err != nil || len(parts) != len(elements) {
			t.Fatalf("%d elements of %q, %v", len(elements), body, err)
		}
		for i, element := range elements {
			v, err := decoded[TicketFound](r, element)
			if err != nil {
				t.Fatalf("%q: %v", element, err)
			}
			if v.Number(); !bytes.Equal(v.Raw(), parts[i]) {
				t.Fatalf("%q came, %q was kept", parts[i], v.Raw())
			}
			v.Undeclared()
			v.Misfits()
		}
	})
}
