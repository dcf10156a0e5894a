package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// World gives the records of a name, for tests that fill or read them without
// calls. Keys `test-NAME` and `test-NAME-...` share them.
func (k *Kapture) World(name string) *World { return &World{k, name} }

// TokenWorld gives the records of the key of [WithToken].
func (k *Kapture) TokenWorld() *World { return &World{k, tokenWorld} }

// World fills and reads one world.
type World struct {
	k    *Kapture
	name string
}

// Key is a key of the world, as WithToken of a client takes it.
func (w *World) Key() string {
	if w.name == tokenWorld {
		return w.k.token
	}
	return "test-" + w.name
}

// Reset forgets all records of the world.
func (w *World) Reset() { w.k.worlds.reset(w.name) }

// Customer is a customer as a test sees it.
type Customer struct {
	Name, Phone, Email, Code string
	Organization             bool
	// Created is when the record was made; the zero time is now.
	Created time.Time
	// Contacts counts the contacts. It is only read.
	Contacts int
	// Tenant holds the members that the contract does not know, and
	// additional_fields and associate_fields, as they were sent last. It is only
	// read.
	Tenant map[string]json.RawMessage
}

// AddCustomer adds a customer with one contact, without the rules of any call,
// and gives its identifier.
func (w *World) AddCustomer(c Customer) (id int64, err error) {
	err = w.do(func(in *call) error {
		if !c.Created.IsZero() {
			in.now = c.Created
		}
		x, _, ok := in.addFlat(fields{
			"name": c.Name, "phone": c.Phone, "email": c.Email, "customer_code": c.Code, "organization": c.Organization,
		})
		if !ok {
			return errFull
		}
		id = x.id
		return nil
	})
	return id, err
}

var errFull = errors.New("mock: the world has no room for one more record; raise the limits")

// Customer gives a customer by its identifier.
func (w *World) Customer(id int64) (Customer, bool) {
	var out Customer
	found := false
	_ = w.do(func(in *call) error {
		x := in.world.customerByID[id]
		if x == nil {
			return nil
		}
		found = true
		out = Customer{
			Name: x.name(), Phone: x.phone(), Email: x.email, Code: x.code(), Organization: x.values["isOrganization"] == true,
			Created: x.created, Contacts: len(x.contacts), Tenant: map[string]json.RawMessage{},
		}
		for name, value := range x.tenant {
			out.Tenant[name] = encode(value)
		}
		return nil
	})
	return out, found
}

// Ticket is a ticket as a test sees it.
type Ticket struct {
	Title, Detail, Email string
	Created              time.Time // the zero time is now
}

// AddTicket adds a ticket and gives its ticketId.
func (w *World) AddTicket(t Ticket) (ticketID string, err error) {
	err = w.do(func(in *call) error {
		if !t.Created.IsZero() {
			in.now = t.Created
		}
		x, _, ok := in.newTicket(fields{"title": t.Title, "ticket_details": t.Detail, "email_id": t.Email})
		if !ok {
			return errFull
		}
		ticketID = x.id
		return nil
	})
	return ticketID, err
}

// Order is an order as a test sees it. The answers of 2024 show none: the names
// under which they would are not known.
type Order struct {
	ID, Customer, Enquiry int64
	Created               time.Time
	// Body is what was sent last.
	Body json.RawMessage
}

// Orders gives the orders, oldest first.
func (w *World) Orders() []Order {
	var out []Order
	_ = w.do(func(in *call) error {
		for _, o := range in.world.orders {
			out = append(out, Order{ID: o.id, Customer: o.customer.id, Enquiry: o.enquiry, Created: o.created, Body: encode(map[string]any(o.body))})
		}
		return nil
	})
	return out
}

// AddCategory adds a category of questions, which no call can.
func (w *World) AddCategory(name, parent string) (id int64, err error) {
	err = w.do(func(in *call) error {
		if _, ok := in.room(1); !ok {
			return errFull
		}
		id = in.world.addCategory(name, parent).id
		in.worlds.charge(in.world, recordSize+weigh(name)+weigh(parent))
		return nil
	})
	return id, err
}

// AddContent adds a question and its answer to a category.
func (w *World) AddContent(category int64, title, detail string) (id int64, err error) {
	err = w.do(func(in *call) error {
		for _, c := range in.world.categories {
			if c.id == category {
				if _, ok := in.room(1); !ok {
					return errFull
				}
				id = in.world.addContent(c, title, detail, in.now)
				in.worlds.charge(in.world, recordSize+weigh(title)+weigh(detail))
				return nil
			}
		}
		return fmt.Errorf("mock: the world has no category %d; AddCategory gives one", category)
	})
	return id, err
}

// do works on the world under its lock, as a call does.
func (w *World) do(work func(*call) error) error {
	if w.name != tokenWorld && !goodWorld(w.name) {
		return errors.New("mock: a world's name has letters, digits, _ and . only, and at most 64 of them")
	}
	in := &call{Kapture: w.k, world: w.k.worlds.enter(w.name), use: &use{}, now: w.k.clock(), size: 512}
	in.world.mu.Lock()
	defer in.world.mu.Unlock()
	return work(in)
}
