// Package webhook receives the calls that Kapture makes to a tenant when a
// ticket changes its status.
//
// Evidence: observed, at two tenants, whose events differ: [TicketStatus] has
// the fields of the first, and Raw all others. The contract describes the call
// as the callback ticketStatus of updateTicket. How the address is configured,
// how the call is authenticated and whether Kapture repeats a call that was
// rejected are unknown: protect [Handler] in the way that your tenant agreed
// on, and make the receiver recognise repeated events.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/client/internal/rawjson"
	"github.com/kapture-community/kapture-go/gen/wire"
)

// MaxBody is the size of the largest event that a [Handler] accepts, in bytes.
const MaxBody = 1 << 20

// Status is the state of a ticket as the callback names it. Other values than
// the known ones may occur.
type Status string

// The statuses that were observed.
const (
	Complete Status = "Complete"
	Pending  Status = "Pending"
)

// TicketStatus is one event: a ticket changed its status.
type TicketStatus struct {
	// TicketID is the ticket's number as the calls for tickets take it.
	TicketID string
	Status   Status // as received; never empty
	// SubStatus is the value of subStatus, sub_status or sub-status; empty if
	// the event has none of them, or several that disagree.
	SubStatus string
	// Queue is empty if the event has none.
	Queue string
	// Raw is the event as it was received, with fields that are not known.
	Raw json.RawMessage
	// Notes are what was accepted although a strict parser might have rejected
	// it: the kinds that the responses of package client have, and those of this
	// package.
	Notes []client.Note
}

// The kinds of notes that only events have. Pointer names the field.
const (
	// NoteForm is an optional field that is not text, and not read. A number is
	// read as its text.
	NoteForm client.NoteKind = "other-form"
	// NoteDisagreement is an optional field that is there more than once, with
	// different values. None is read.
	NoteDisagreement client.NoteKind = "disagreement"
)

// Handler accepts events and passes each to receive, which decides the
// response: 200 if it returns nil, 500 if it returns an error, so that the
// sender knows that the event was not accepted. The error's text is not sent.
//
// What the client accepts in a response is accepted here as well, and is in
// Notes: whether Kapture repeats a call that was rejected is unknown, so a
// rejected event may be lost.
//
// A request that is not an event gets a 4xx status and a line that says why:
// 405 for a method other than POST, 413 for a body above [MaxBody], 415 for a
// content type that is not JSON, 400 for everything else. receive is not called
// for it.
func Handler(receive func(context.Context, TicketStatus) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event, rejected := readEvent(w, r)
		if rejected != nil {
			http.Error(w, rejected.text, rejected.status)
			return
		}
		if err := receive(r.Context(), event); err != nil {
			http.Error(w, "the event was not accepted", http.StatusInternalServerError)
		}
	})
}

// rejection is the response to a request that is not an event.
type rejection struct {
	status int
	text   string
}

// readEvent reads the event in a request.
func readEvent(w http.ResponseWriter, r *http.Request) (TicketStatus, *rejection) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return TicketStatus{}, &rejection{http.StatusMethodNotAllowed, "ticket events are sent by POST"}
	}
	notes, accepted := checkType(r.Header.Get("Content-Type"))
	if !accepted {
		return TicketStatus{}, &rejection{http.StatusUnsupportedMediaType, "ticket events are application/json"}
	}

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		text := fmt.Sprintf("ticket events have at most %d bytes", tooLarge.Limit)
		return TicketStatus{}, &rejection{http.StatusRequestEntityTooLarge, text}
	}
	if err != nil {
		return TicketStatus{}, &rejection{http.StatusBadRequest, "the body did not arrive completely"}
	}

	event, err := parse(r.Context(), body)
	if err != nil {
		return TicketStatus{}, &rejection{http.StatusBadRequest, err.Error()}
	}
	event.Notes = append(notes, event.Notes...)
	return event, nil
}

// checkType reports whether a content type is JSON. An absent one is accepted:
// what the sender sets is unknown. So is one with a malformed parameter, with a
// note, since its type is known.
func checkType(contentType string) (notes []client.Note, accepted bool) {
	if contentType == "" {
		return nil, true
	}
	media, _, err := mime.ParseMediaType(contentType)
	if errors.Is(err, mime.ErrInvalidMediaParameter) {
		notes = append(notes, client.Note{Kind: client.NoteContentType, Text: contentType})
		err = nil
	}
	return notes, err == nil && media == "application/json"
}

// Parse reads one event. Names are exact, ticketId may be text or a number, and
// a null is the same as an absent field. It is an error if ticketId or status is
// missing, or is there twice with different values. The event is accepted with
// any values in the other fields: see Notes. Errors name fields, never values.
func Parse(body []byte) (TicketStatus, error) { return parse(context.Background(), body) }

func parse(ctx context.Context, body []byte) (TicketStatus, error) {
	text, around := rawjson.Bare(body)
	inspected, err := rawjson.Inspect(ctx, text, "")
	if err != nil {
		return TicketStatus{}, fmt.Errorf("kapture webhook: the event is %w", err)
	}
	fields, err := fieldsOf(inspected.JSON)
	if err != nil {
		return TicketStatus{}, errors.New("kapture webhook: the event is not a JSON object")
	}

	event := TicketStatus{Raw: body}
	for _, note := range slices.Concat(around, inspected.Notes) {
		kind := client.NoteKind(note.Kind)
		event.Notes = append(event.Notes, client.Note{Kind: kind, Pointer: note.Pointer, Text: note.Text})
	}
	if event.TicketID, err = fields.ticketID(); err != nil {
		return TicketStatus{}, err
	}
	status, err := fields.status()
	if err != nil {
		return TicketStatus{}, err
	}
	event.Status = Status(status)
	event.SubStatus = fields.optional(&event, "subStatus", "sub_status", "sub-status")
	event.Queue = fields.optional(&event, "queue")
	return event, nil
}

// fields are the fields of an event. One may be there more than once.
type fields map[string][]json.RawMessage

// fieldsOf reads the fields of an object.
func fieldsOf(text []byte) (fields, error) {
	if !json.Valid(text) {
		return nil, errors.New("not valid JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("not an object")
	}

	found := fields{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		if name, isName := token.(string); isName && string(value) != "null" {
			found[name] = append(found[name], value)
		}
	}
	return found, nil
}

func (f fields) ticketID() (string, error) {
	id := ""
	for _, value := range f["ticketId"] {
		text, ok := textOf(value)
		switch {
		case !ok, text == "":
			continue
		case id != "" && id != text:
			return "", errors.New("kapture webhook: ticketId is there twice, with different values")
		}
		id = text
	}
	if id == "" {
		return "", errors.New("kapture webhook: ticketId is missing, or is neither text nor a number")
	}
	return id, nil
}

func (f fields) status() (string, error) {
	status := ""
	for _, value := range f["status"] {
		text, ok := rawjson.Text(value)
		switch {
		case !ok:
			return "", errors.New("kapture webhook: status is not text")
		case status != "" && status != text:
			return "", errors.New("kapture webhook: status is there twice, with different values")
		}
		status = text
	}
	if status == "" {
		return "", errors.New("kapture webhook: status is missing")
	}
	return status, nil
}

// optional returns the text under a name, or under any spelling of it. What it
// does not read is in the event's notes.
func (f fields) optional(event *TicketStatus, names ...string) string {
	value := ""
	for _, name := range names {
		pointer := "/" + name
		for _, raw := range f[name] {
			text, ok := textOf(raw)
			if !ok || raw[0] != '"' {
				event.Notes = append(event.Notes, client.Note{Kind: NoteForm, Pointer: pointer})
			}
			if text == "" {
				continue
			}
			if value != "" && value != text {
				event.Notes = append(event.Notes, client.Note{Kind: NoteDisagreement, Pointer: pointer})
				return ""
			}
			value = text
		}
	}
	return value
}

// textOf returns what a text or a number says.
func textOf(raw json.RawMessage) (text string, ok bool) {
	var id wire.ID
	_ = json.Unmarshal(raw, &id) // a wire type keeps what it does not understand
	return id.String(), id.Valid()
}
