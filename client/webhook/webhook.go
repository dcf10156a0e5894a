// Package webhook receives the calls that Kapture makes to a tenant when a
// ticket changes its status.
//
// Evidence: observed, at one tenant; the contract describes the call as the
// callback ticketStatus of updateTicket. How the address is configured, what the
// call is authenticated with and whether Kapture repeats a call that was not
// taken are unknown: put [Handler] behind what your tenant agreed on, and make
// the receiver tell repeated events apart.
package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/kapture-community/kapture-go/gen"
)

// MaxBody is the largest event that a [Handler] takes, in bytes.
const MaxBody = 1 << 20

// Status is the state of a ticket as the callback names it. Other values than
// the known ones may occur.
type Status string

// The statuses that were seen.
const (
	Complete Status = "Complete"
	Pending  Status = "Pending"
)

// TicketStatus is one event: a ticket changed its status.
type TicketStatus struct {
	// TicketID is the ticket's number as the calls for tickets take it.
	TicketID string
	Status   Status
	// SubStatus stood under subStatus, sub_status or sub-status; empty when
	// under none.
	SubStatus string
	// Queue is empty when the event names none.
	Queue string
	// Raw is the event as it came, with members that are not known.
	Raw json.RawMessage
}

// Handler takes events and hands each to receive, which decides the answer:
// 200 when it returns nil, 500 when it returns an error, so that the sender
// knows that the event was not taken. The error's text is not sent.
//
// A request that is no event is answered with a 4xx code and a line that says
// why: 405 for another method than POST, 413 for a body above [MaxBody], 415 for
// a content type that is not JSON, 400 for everything else. receive is not
// called for it.
func Handler(receive func(context.Context, TicketStatus) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "ticket events come by POST", http.StatusMethodNotAllowed)
			return
		}
		// An absent content type is let pass: what the sender sets is not known.
		if label := r.Header.Get("Content-Type"); label != "" {
			if kind, _, err := mime.ParseMediaType(label); err != nil || kind != "application/json" {
				http.Error(w, "ticket events are application/json", http.StatusUnsupportedMediaType)
				return
			}
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			http.Error(w, fmt.Sprintf("ticket events have at most %d bytes", tooLarge.Limit), http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			http.Error(w, "the body did not arrive whole", http.StatusBadRequest)
			return
		}
		event, err := Parse(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := receive(r.Context(), event); err != nil {
			http.Error(w, "the event was not taken", http.StatusInternalServerError)
		}
	})
}

// Parse reads one event. Names count exactly, ticketId may be text or a number,
// and a null is the same as an absent member. It is an error when ticketId or
// status is missing, or when two spellings of the sub-status disagree. Errors
// name members, never values.
func Parse(body []byte) (TicketStatus, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return TicketStatus{}, errors.New("kapture webhook: the event is not a JSON object")
	}
	event := TicketStatus{Raw: body}
	var id gen.ID
	_ = json.Unmarshal(members["ticketId"], &id) // a wire type keeps what it does not understand
	if event.TicketID = id.String(); event.TicketID == "" {
		return TicketStatus{}, errors.New("kapture webhook: ticketId is missing, or is neither text nor a number")
	}
	status, errStatus := text(members, "status")
	queue, errQueue := text(members, "queue")
	sub, errSub := text(members, "subStatus", "sub_status", "sub-status")
	if err := cmp.Or(errStatus, errQueue, errSub); err != nil {
		return TicketStatus{}, err
	}
	if status == "" {
		return TicketStatus{}, errors.New("kapture webhook: status is missing")
	}
	event.Status, event.Queue, event.SubStatus = Status(status), queue, sub
	return event, nil
}

// text is the text under a name, or under any spelling of it.
func text(members map[string]json.RawMessage, names ...string) (value string, err error) {
	from := ""
	for _, name := range names {
		var s string
		if raw, ok := members[name]; ok && json.Unmarshal(raw, &s) != nil {
			return "", fmt.Errorf("kapture webhook: %s is not text", name)
		}
		if s != "" && value != "" && s != value {
			return "", fmt.Errorf("kapture webhook: %s and %s disagree", from, name)
		}
		if s != "" {
			value, from = s, name
		}
	}
	return value, nil
}
