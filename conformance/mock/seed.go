package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// World returns the records of a world, for tests that fill or read them
// without calls. It takes the name of the world or one of its keys: "acme",
// "test-acme" and "test-acme-ci" are the same world. For a text that is
// neither, the methods of the World return errors or nothing, and its Key is
// empty.
func (k *Kapture) World(nameOrKey string) *World {
	name := nameOrKey
	if strings.HasPrefix(name, testKey) {
		name, _ = splitTestKey(nameOrKey)
	}
	if !goodWorld(name) {
		return &World{kapture: k}
	}
	return &World{kapture: k, name: name}
}

// TokenWorld returns the records of the key of [WithToken].
func (k *Kapture) TokenWorld() *World { return &World{kapture: k, name: tokenWorld} }

// World fills and reads one world.
type World struct {
	kapture *Kapture
	name    string // "" for none
}

// Key is a key of the world, as the client's WithToken takes it.
func (w *World) Key() string {
	switch w.name {
	case "":
		return ""
	case tokenWorld:
		return w.kapture.token
	}
	return testKey + w.name
}

// Reset forgets all records of the world.
func (w *World) Reset() {
	if w.name != "" {
		w.kapture.worlds.reset(w.name)
	}
}

// Customer is a customer as a test sees it.
type Customer struct {
	// ID is the identifier. AddCustomer ignores it.
	ID int64

	Name, Phone, Email, Code string
	Organization             bool
	// Created is when the record was made; the zero time is now.
	Created time.Time
	// Contacts counts the contacts. AddCustomer ignores it.
	Contacts int
	// Tenant holds the fields that the contract does not know, and
	// additional_fields and associate_fields, as they were sent last. AddCustomer
	// ignores it.
	Tenant map[string]json.RawMessage
}

// AddCustomer adds a customer with one contact, without the rules of any call,
// and returns its identifier.
func (w *World) AddCustomer(c Customer) (id int64, err error) {
	err = w.do(func(in *call) error {
		if !c.Created.IsZero() {
			in.now = c.Created
		}
		added, err := in.addFlat(fields{
			"name":          c.Name,
			"phone":         c.Phone,
			"email":         c.Email,
			"customer_code": c.Code,
			"organization":  c.Organization,
		})
		if err != nil {
			return errFull
		}

		id = added.id
		return nil
	})
	return id, err
}

var errFull = errors.New("mock: the world cannot hold one more record; raise the limits")

// Customer returns a customer by its identifier.
func (w *World) Customer(id int64) (Customer, bool) {
	var out Customer
	found := false
	_ = w.do(func(in *call) error {
		if kept := in.world.customer(strconv.FormatInt(id, 10)); kept != nil {
			out = kept.public()
			found = true
		}
		return nil
	})
	return out, found
}

// Customers returns the customers, oldest first. Those of [WithCustomers] are
// among them only if a call changed them.
func (w *World) Customers() []Customer {
	var out []Customer
	_ = w.do(func(in *call) error {
		kept := in.world.customerByID
		for _, id := range slices.Sorted(maps.Keys(kept)) {
			out = append(out, kept[id].public())
		}
		return nil
	})
	return out
}

func (c *customer) public() Customer {
	out := Customer{
		ID:           c.id,
		Name:         c.name(),
		Phone:        c.phone(),
		Email:        c.email,
		Code:         c.code(),
		Organization: c.values["isOrganization"] == true,
		Created:      c.created,
		Contacts:     len(c.contacts),
		Tenant:       map[string]json.RawMessage{},
	}
	for name, value := range c.tenant {
		out.Tenant[name] = encode(value)
	}
	return out
}

// Ticket is a ticket as a test sees it. AddTicket takes the title, the detail, the
// e-mail address and the time, and ignores the rest.
type Ticket struct {
	ID                   string // the ticketId
	Title, Detail, Email string
	Created              time.Time // the zero time is now
	// Status is Pending or Complete, Substatus the key of the sub-status.
	Status, Substatus  string
	Queue, Disposition string
	Comments           []string
	Customer           int64 // 0 for none
	// Tenant holds all other fields, as they were sent last.
	Tenant map[string]json.RawMessage
}

func (t *ticket) public() Ticket {
	out := Ticket{
		ID:          t.id,
		Title:       t.title,
		Detail:      t.detail,
		Email:       t.email,
		Created:     t.created,
		Status:      t.statusName(),
		Substatus:   t.substatus,
		Queue:       t.queue,
		Disposition: t.disposition,
		Comments:    slices.Clone(t.comments),
		Tenant:      map[string]json.RawMessage{},
	}
	if t.customer != nil {
		out.Customer = t.customer.id
	}
	for name, value := range t.tenant {
		out.Tenant[name] = encode(value)
	}
	for name, list := range t.associates {
		out.Tenant[name] = encode(list)
	}
	return out
}

// Ticket returns a ticket by its ticketId.
func (w *World) Ticket(ticketID string) (Ticket, bool) {
	var out Ticket
	found := false
	_ = w.do(func(in *call) error {
		if kept := in.world.ticketByID[ticketID]; kept != nil {
			out = kept.public()
			found = true
		}
		return nil
	})
	return out, found
}

// Tickets returns the tickets, oldest first.
func (w *World) Tickets() []Ticket {
	var out []Ticket
	_ = w.do(func(in *call) error {
		for _, kept := range in.world.tickets {
			out = append(out, kept.public())
		}
		return nil
	})
	return out
}

// AddTicket adds a ticket and returns its ticketId.
func (w *World) AddTicket(t Ticket) (ticketID string, err error) {
	err = w.do(func(in *call) error {
		if !t.Created.IsZero() {
			in.now = t.Created
		}
		added, err := in.newTicket(fields{"title": t.Title, "ticket_details": t.Detail, "email_id": t.Email})
		if err != nil {
			return errFull
		}

		ticketID = added.id
		return nil
	})
	return ticketID, err
}

// Order is an order as a test sees it. The responses of 2024 show no orders,
// because the names of their fields are unknown.
type Order struct {
	ID, Customer, Enquiry int64
	Created               time.Time
	// Body is what was sent last.
	Body json.RawMessage
}

// Orders returns the orders, oldest first.
func (w *World) Orders() []Order {
	var out []Order
	_ = w.do(func(in *call) error {
		for _, o := range in.world.orders {
			out = append(out, Order{
				ID:       o.id,
				Customer: o.customer.id,
				Enquiry:  o.enquiry,
				Created:  o.created,
				Body:     encode(map[string]any(o.body)),
			})
		}
		return nil
	})
	return out
}

// AddCategory adds a category of questions, which no call can do.
func (w *World) AddCategory(name, parent string) (id int64, err error) {
	err = w.do(func(in *call) error {
		if in.reserve(1) != nil {
			return errFull
		}

		id = in.world.addCategory(name, parent).id
		w.kapture.worlds.charge(in.world, recordSize+weigh(name)+weigh(parent))
		return nil
	})
	return id, err
}

// AddContent adds a question and its answer to a category.
func (w *World) AddContent(category int64, title, detail string) (id int64, err error) {
	err = w.do(func(in *call) error {
		to := in.world.category(strconv.FormatInt(category, 10))
		if to == nil {
			return fmt.Errorf("mock: the world has no category %d; make one with AddCategory", category)
		}
		if in.reserve(1) != nil {
			return errFull
		}

		id = in.world.addContent(to, content{title: title, detail: detail, created: in.now})
		w.kapture.worlds.charge(in.world, recordSize+weigh(title)+weigh(detail))
		return nil
	})
	return id, err
}

// do works on the world under its lock, as a call does.
func (w *World) do(work func(*call) error) error {
	if w.name == "" {
		const text = "mock: not a world: give its name, which has letters, digits, _ and . only, at most %d of them, " +
			"or its key test-WORLD"
		return fmt.Errorf(text, maxWorldName) // what was given may be somebody's key
	}

	in := &call{
		kapture: w.kapture,
		world:   w.kapture.worlds.enter(w.name, w.kapture.note),
		now:     w.kapture.clock(),
		size:    recordSize,
	}
	in.world.mu.Lock()
	defer in.world.mu.Unlock()
	return work(in)
}
