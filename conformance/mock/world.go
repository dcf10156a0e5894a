package mock

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// world is everything that the keys of one name share.
type world struct {
	name    string
	firstID int64
	used    uint64 // guarded by worlds.mu: when it was last used, counted in uses
	bytes   int64  // guarded by worlds.mu

	mu      sync.Mutex // guards everything below
	records int

	generator    *generator
	customers    []*customer // without generated ones
	customerByID map[int64]*customer
	indexes      [lookupKinds]index
	contacts     int64 // how many numbers were given
	tickets      []*ticket
	ticketByID   map[string]*ticket
	orders       []*order
	orderByID    map[int64]*order
	enquiries    int64 // how many numbers were given
	products     []fields
	categories   []*category
	contents     int64 // how many numbers were given
}

func newWorld(name string, g *generator, now time.Time) *world {
	w := &world{
		name:         name,
		firstID:      g.firstID,
		generator:    g,
		customerByID: map[int64]*customer{},
		ticketByID:   map[string]*ticket{},
		orderByID:    map[int64]*order{},
	}
	for kind := range w.indexes {
		w.indexes[kind] = index{}
	}
	w.fillFAQ(now)
	return w
}

// contact is a person of a customer. Its values are kept under the names that
// responses give them.
type contact struct {
	id      int64
	created time.Time
	values  map[string]any
	// own: the request brought no contact, so this one was made of the customer's
	// name, phone and e-mail, and follows them.
	own  bool
	held int64 // bytes of values, when last weighed
}

func (p *contact) phone() string { return textOf(p.values["phone"]) }
func (p *contact) email() string { return textOf(p.values["email"]) }

// customer is a customer with its contacts. Its values are kept under the names
// that responses give them.
type customer struct {
	id                int64
	created, modified time.Time
	values            map[string]any
	email             string // records show no e-mail of the customer itself
	external          string // the caller's own identifier, from the push
	individual        bool
	enquiries         []int64
	contacts          []*contact
	tenant            map[string]any // kept, never shown: how the server returns it is unknown
	cost              int64          // bytes charged for it
	indexed           lookupKeys     // the keys under which the indexes have it
}

func (c *customer) phone() string { return textOf(c.values["companyPhone"]) }
func (c *customer) name() string  { return textOf(c.values["name"]) }
func (c *customer) code() string  { return textOf(c.values["customerCode"]) }

// textOf returns a value that is a text, and "" for any other.
func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// held returns roughly how many bytes the customer takes.
func (c *customer) held() int64 {
	size := recordSize + weigh(c.values) + weigh(c.tenant) + valueSize*int64(len(c.enquiries))
	for _, p := range c.contacts {
		size += recordSize + p.held
	}
	return size
}

// contact returns the contact of an identifier, nil if the customer has none of
// that identifier.
func (c *customer) contact(id string) *contact {
	n, ok := number(id)
	if c == nil || !ok {
		return nil
	}
	i := slices.IndexFunc(c.contacts, func(p *contact) bool { return p.id == n })
	if i < 0 {
		return nil
	}
	return c.contacts[i]
}

func (c *customer) firstContact() int64 {
	if len(c.contacts) == 0 {
		return 0
	}
	return c.contacts[0].id
}

// addCustomer numbers a customer and keeps it.
func (w *world) addCustomer(now time.Time) *customer {
	c := &customer{
		id:       w.firstID + int64(w.generator.count+len(w.customers)),
		created:  now,
		modified: now,
		values:   map[string]any{},
		tenant:   map[string]any{},
	}
	w.customers = append(w.customers, c)
	w.customerByID[c.id] = c
	w.records++
	return c
}

// contactsFrom is the distance from the numbers of customers to those of
// contacts, so that nobody takes one for the other.
const contactsFrom = 100_000_000

func (w *world) addContact(c *customer, now time.Time) *contact {
	p := &contact{
		id:      w.firstID + contactsFrom + int64(w.generator.count) + w.contacts,
		created: now,
		values:  map[string]any{},
	}
	c.contacts = append(c.contacts, p)
	w.contacts++
	w.records++
	return p
}

// customer returns the customer of an identifier, nil if there is none.
func (w *world) customer(id string) *customer {
	n, ok := number(id)
	if !ok {
		return nil
	}
	if c := w.customerByID[n]; c != nil {
		return c
	}

	index := n - w.generator.firstID
	if index < 0 || index >= int64(w.generator.count) {
		return nil
	}
	return w.generator.at(int(index))
}

// saved is called after every change of a customer.
func (c *call) saved(changed *customer) {
	c.world.keep(changed)
	c.world.reindex(changed)
	c.settle(&changed.cost, changed.held())
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
