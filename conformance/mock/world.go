package mock

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"
)

// Limits bound the memory of a mock. A zero member takes its default.
type Limits struct {
	Worlds  int   // worlds kept; the one unused for longest is forgotten for a new one. Default 256
	Records int   // customers, contacts, tickets, ... of one world; further ones are refused. Default 50,000
	Bytes   int64 // roughly what all worlds keep of requests; then as for Worlds, at last refused. Default 256 MiB
	Body    int64 // size of one request's body. Default 1 MiB
	Journal int   // requests remembered by Journal. Default 1,000
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Worlds:  cmp.Or(l.Worlds, 256),
		Records: cmp.Or(l.Records, 50_000),
		Bytes:   cmp.Or(l.Bytes, 256<<20),
		Body:    cmp.Or(l.Body, 1<<20),
		Journal: cmp.Or(l.Journal, 1_000),
	}
}

// world is everything that the keys of one name share.
type world struct {
	name    string
	firstID int64
	used    uint64 // guarded by worlds.mu: when it was last used, in uses
	bytes   int64  // guarded by worlds.mu

	mu      sync.Mutex // guards all below
	records int

	customers    []*customer
	customerByID map[int64]*customer
	contactByID  map[int64]*contact
	tickets      []*ticket
	ticketByID   map[string]*ticket
	orders       []*order
	orderByID    map[int64]*order
	enquiries    int64 // numbers given
	products     []fields
	categories   []*category
	contents     int64 // numbers given
}

func newWorld(name string, firstID int64, now time.Time) *world {
	w := &world{
		name: name, firstID: firstID,
		customerByID: map[int64]*customer{},
		contactByID:  map[int64]*contact{},
		ticketByID:   map[string]*ticket{},
		orderByID:    map[int64]*order{},
	}
	w.fillFAQ(now)
	return w
}

// worlds holds all worlds within the limits.
type worlds struct {
	limits  Limits
	firstID int64
	clock   func() time.Time

	mu    sync.Mutex
	named map[string]*world
	uses  uint64
	bytes int64
}

// enter gives the world of a name, made when it is new.
func (ws *worlds) enter(name string) *world {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	w := ws.named[name]
	if w == nil {
		for len(ws.named) >= ws.limits.Worlds {
			ws.forgetOldest(nil)
		}
		w = newWorld(name, ws.firstID, ws.clock())
		ws.named[name] = w
	}
	ws.uses++
	w.used = ws.uses
	return w
}

// fit says whether a world can keep so many bytes more, if need be without the
// other worlds.
func (ws *worlds) fit(w *world, bytes int64) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.named[w.name] != w {
		return true // forgotten meanwhile: it goes when this request ends
	}
	for ws.bytes+bytes > ws.limits.Bytes && len(ws.named) > 1 {
		ws.forgetOldest(w)
	}
	return ws.bytes+bytes <= ws.limits.Bytes
}

// charge notes that a world keeps so many bytes more, or less.
func (ws *worlds) charge(w *world, bytes int64) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.named[w.name] == w {
		w.bytes += bytes
		ws.bytes += bytes
	}
}

// Roughly what a record and a value take beside their texts.
const (
	recordSize = 512
	valueSize  = 32
)

// weigh is roughly how many bytes a value of a request takes.
func weigh(v any) int64 {
	size := int64(valueSize)
	switch v := v.(type) {
	case string:
		size += int64(len(v))
	case json.Number:
		size += int64(len(v))
	case []any:
		for _, element := range v {
			size += weigh(element)
		}
	case map[string]any:
		for name, value := range v {
			size += int64(len(name)) + weigh(value)
		}
	}
	return size
}

func (ws *worlds) forgetOldest(except *world) {
	var oldest *world
	for _, w := range ws.named {
		if w != except && (oldest == nil || w.used < oldest.used) {
			oldest = w
		}
	}
	ws.forget(oldest)
}

func (ws *worlds) forget(w *world) {
	if w != nil {
		ws.bytes -= w.bytes
		delete(ws.named, w.name)
	}
}

func (ws *worlds) reset(name string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.forget(ws.named[name])
}

// contact is a person of a customer. Values are kept under the names that
// answers give them.
type contact struct {
	id      int64
	created time.Time
	values  map[string]any
	// own: it was made of the customer's own name, phone and e-mail, because
	// the request brought no contact, and follows them.
	own  bool
	held int64 // bytes of values, as weighed last
}

func (p *contact) phone() string { s, _ := p.values["phone"].(string); return s }
func (p *contact) email() string { s, _ := p.values["email"].(string); return s }

type customer struct {
	id                int64
	created, modified time.Time
	values            map[string]any
	email             string // records show no e-mail of the customer itself
	individual        bool
	enquiries         []int64
	contacts          []*contact
	tenant            map[string]any // kept, never answered: how the server gives them back is unknown
	cost              int64          // bytes charged for it
}

// held is roughly how many bytes the customer takes.
func (c *customer) held() int64 {
	size := recordSize + weigh(c.values) + weigh(c.tenant) + valueSize*int64(len(c.enquiries))
	for _, p := range c.contacts {
		size += recordSize + p.held
	}
	return size
}

func (c *customer) phone() string { s, _ := c.values["companyPhone"].(string); return s }
func (c *customer) name() string  { s, _ := c.values["name"].(string); return s }
func (c *customer) code() string  { s, _ := c.values["customerCode"].(string); return s }

func (c *customer) hasEmail(email string) bool {
	return email != "" && (c.email == email || slices.ContainsFunc(c.contacts, func(p *contact) bool { return p.email() == email }))
}

func (c *customer) hasPhone(phone string) bool {
	return phone != "" && (c.phone() == phone || slices.ContainsFunc(c.contacts, func(p *contact) bool { return p.phone() == phone }))
}

// addCustomer numbers a customer and keeps it.
func (w *world) addCustomer(now time.Time) *customer {
	c := &customer{
		id: w.firstID + int64(len(w.customers)), created: now, modified: now,
		values: map[string]any{}, tenant: map[string]any{},
	}
	w.customers = append(w.customers, c)
	w.customerByID[c.id] = c
	w.records++
	return c
}

// contactsFrom is how far the numbers of contacts lie from those of customers,
// so that nobody takes one for the other.
const contactsFrom = 100_000_000

func (w *world) addContact(c *customer, now time.Time) *contact {
	p := &contact{id: w.firstID + contactsFrom + int64(len(w.contactByID)), created: now, values: map[string]any{}}
	c.contacts = append(c.contacts, p)
	w.contactByID[p.id] = p
	w.records++
	return p
}

// customer gives the customer of an identifier, nil when there is none.
func (w *world) customer(id string) *customer {
	n, ok := number(id)
	if !ok {
		return nil
	}
	return w.customerByID[n]
}

// first gives the customer that was made first among those that fit.
func (w *world) first(fits func(*customer) bool) *customer {
	if i := slices.IndexFunc(w.customers, fits); i >= 0 {
		return w.customers[i]
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
