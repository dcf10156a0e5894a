package mock

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

type ticket struct {
	number        int64  // id in responses of Add, taskId in those of Pull
	id            string // ticketId, which Get and Update ask for
	created       time.Time
	changed       time.Time
	closed        time.Time // zero while it is open
	title, detail string
	typeLetter    string
	email         string
	substatus     string // its key
	queue         string
	disposition   string
	callBack      bool
	comments      []string
	sent          sender
	customer      *customer // nil for none
	contact       *contact
	associates    map[string][]any // the tenant's objects, by name
	tenant        map[string]any   // all other fields that were sent
	commentBytes  int64
	cost          int64 // bytes charged for it
}

// sender is what Add Ticket says about the customer, for tickets whose
// customer is unknown.
type sender struct{ id, name, phone string }

// The first numbers of a world, those of the samples.
const (
	firstTicketNumber = 530348198
	firstTicketID     = 713516551148
)

// held returns roughly how many bytes the ticket takes.
func (t *ticket) held() int64 {
	size := recordSize + t.commentBytes + weigh(t.tenant)
	for name, list := range t.associates {
		size += weigh(name) + weigh(list)
	}
	for _, text := range []string{
		t.title, t.detail, t.email, t.typeLetter, t.substatus, t.queue, t.disposition,
		t.sent.id, t.sent.name, t.sent.phone,
	} {
		size += int64(len(text))
	}
	return size
}

// addTicket makes a ticket with the next number, and keeps it.
func (w *world) addTicket(now time.Time) *ticket {
	n := int64(len(w.tickets))
	t := &ticket{
		number:     firstTicketNumber + n,
		id:         strconv.FormatInt(firstTicketID+n, 10),
		created:    now,
		changed:    now,
		typeLetter: "O",
		substatus:  "US",
		associates: map[string][]any{},
		tenant:     map[string]any{},
	}
	w.tickets = append(w.tickets, t)
	w.ticketByID[t.id] = t
	w.records++
	return t
}

// link connects a ticket with its customer, if there is one: by the identifier
// that was sent, else by the e-mail address, else by the phone.
func (t *ticket) link(w *world) {
	t.customer = w.identifiedBy(t.sent.id)
	if t.customer == nil {
		t.customer = w.reachedBy("", t.email)
	}
	if t.customer == nil {
		t.customer = w.reachedBy(t.sent.phone, "")
	}
	if t.customer == nil || len(t.customer.contacts) == 0 {
		return
	}

	i := slices.IndexFunc(t.customer.contacts, func(p *contact) bool {
		byEmail := t.email != "" && p.email() == t.email
		byPhone := t.sent.phone != "" && p.phone() == t.sent.phone
		return byEmail || byPhone
	})
	t.contact = t.customer.contacts[max(i, 0)]
}

func (t *ticket) contactID() int64 {
	if t.contact == nil {
		return 0
	}
	return t.contact.id
}

func (t *ticket) phone() string {
	switch {
	case t.contact != nil:
		return t.contact.phone()
	case t.customer != nil:
		return t.customer.phone()
	}
	return t.sent.phone
}

func (t *ticket) customerName() string {
	if t.customer == nil {
		return t.sent.name
	}
	return t.customer.name()
}

// belongsTo reports whether a ticket belongs to the customer with a code. Callers
// also use the identifier that they gave the customer as its code.
func (t *ticket) belongsTo(code string) bool {
	if t.sent.id == code {
		return true
	}
	return t.customer != nil && (t.customer.code() == code || t.customer.external == code)
}

func (t *ticket) statusName() string {
	if t.closed.IsZero() {
		return "Pending"
	}
	return "Complete"
}

// letter returns the status as Add and Update print it. Only P was seen; C for a
// closed ticket is inferred.
func (t *ticket) letter() string { return t.statusName()[:1] }

// substatuses are the sub-statuses whose keys callers send, with their names. A
// tenant configures its own.
var substatuses = map[string]struct {
	name   string
	closes bool
}{
	"P":  {name: "Pending"},
	"CL": {name: "Closed", closes: true},
	"CO": {name: "Completed", closes: true},
	"RS": {name: "Resolved", closes: true},
}

// substatusName returns the name of the sub-status, or its key if the name is not
// known.
func (t *ticket) substatusName() string {
	if known, ok := substatuses[t.substatus]; ok {
		return known.name
	}
	return t.substatus
}

// setStatus changes the status and the sub-status of an update. A closing one of
// either closes the ticket; any other reopens it.
func (t *ticket) setStatus(status, key string, now time.Time) {
	if status == "" && key == "" {
		return
	}
	if key != "" {
		t.substatus = key
	}

	closes := strings.EqualFold(status, "Complete") || substatuses[key].closes
	switch {
	case !closes:
		t.closed = time.Time{}
	case t.closed.IsZero():
		t.closed = now
	}
}

// keep stores the fields that are the tenant's own. Responses show objects and
// lists of objects; others are only kept.
func (t *ticket) keep(body fields, own ...string) {
	for name, value := range body {
		if slices.Contains(own, name) || value == nil {
			continue
		}
		if list, ok := associates(value); ok {
			t.associates[name] = list
		} else {
			t.tenant[name] = value
		}
	}
}

func associates(value any) ([]any, bool) {
	switch value := value.(type) {
	case map[string]any:
		return []any{value}, true
	case []any:
		for _, element := range value {
			if _, ok := element.(map[string]any); !ok {
				return nil, false
			}
		}
		return value, true
	}
	return nil, false
}

// turnAround returns the time from creation to closing, "" while the ticket is
// open.
func (t *ticket) turnAround(write func(time.Duration) string) string {
	if t.closed.IsZero() {
		return ""
	}
	return write(t.closed.Sub(t.created))
}
