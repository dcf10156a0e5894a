package mock

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxCustomers is the most that [WithCustomers] takes.
const MaxCustomers = 10_000_000

// generator makes the customers with which every world begins. They are made
// when somebody asks for them and kept only once a call changes them, so that a
// world of millions needs no memory.
type generator struct {
	count   int
	firstID int64
	start   time.Time // when the first was made
	step    time.Duration
}

// at makes the customer at an index, as a 2019-20 push would have.
func (g *generator) at(index int) *customer {
	number := fmt.Sprintf("%08d", index+1)
	created := g.created(index)
	c := &customer{
		id:       g.firstID + int64(index),
		created:  created,
		modified: created,
		values: map[string]any{
			"name":         generatedName + number,
			"companyPhone": generatedPhone + number,
			"customerCode": generatedCode + number,
		},
		email:  "customer" + number + generatedEmail,
		tenant: map[string]any{},
	}

	p := &contact{id: c.id + contactsFrom, created: created, values: map[string]any{}, own: true}
	c.contacts = []*contact{p}
	p.follow(c)
	return c
}

// The texts of generated customers, to which the number of the customer belongs.
const (
	generatedName  = "Customer "
	generatedPhone = "90" // with eight digits, an Indian mobile number
	generatedCode  = "C"
	generatedEmail = "@example.com"
)

func (g *generator) created(index int) time.Time { return g.start.Add(time.Duration(index) * g.step) }

// indexOf returns the index of the customer that has a text by which customers
// are found, -1 if none has it.
func (g *generator) indexOf(kind lookupKind, key string) int {
	var number string
	var ok bool
	switch kind {
	case byPhone:
		number, ok = strings.CutPrefix(key, generatedPhone)
	case byEmail:
		number, ok = strings.CutPrefix(key, "customer")
		if ok {
			number, ok = strings.CutSuffix(number, generatedEmail)
		}
	case byCode:
		number, ok = strings.CutPrefix(key, generatedCode)
	case byName:
		number, ok = strings.CutPrefix(key, generatedName)
	}
	if !ok || len(number) != 8 {
		return -1
	}

	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil || n == 0 || n > uint64(g.count) { //nolint:gosec // a count
		return -1
	}
	return int(n) - 1
}

// between returns the range of indexes of customers that were made in a window.
func (g *generator) between(w window) (from, to int) {
	return g.firstAt(w.from), g.firstAt(w.to.Add(1))
}

// firstAt returns the index of the first customer that was made at a moment or
// later.
func (g *generator) firstAt(t time.Time) int {
	if g.count == 0 || !t.After(g.start) {
		return 0
	}
	if t.After(g.created(g.count - 1)) {
		return g.count
	}
	return int((t.Sub(g.start) + g.step - 1) / g.step)
}

// generated returns the generated customer of a text, unless a call changed it:
// then the index knows better.
func (w *world) generated(kind lookupKind, key string) *customer {
	index := w.generator.indexOf(kind, key)
	if index < 0 || w.customerByID[w.generator.firstID+int64(index)] != nil {
		return nil
	}
	return w.generator.at(index)
}

// generatedAt returns the customer at an index, as calls have changed it.
func (w *world) generatedAt(index int) *customer {
	if changed := w.customerByID[w.generator.firstID+int64(index)]; changed != nil {
		return changed
	}
	return w.generator.at(index)
}

// keep makes a generated customer a record of the world, because something
// changes it or refers to it.
func (w *world) keep(c *customer) {
	if w.customerByID[c.id] != nil {
		return
	}
	w.customerByID[c.id] = c
	w.records += 1 + len(c.contacts)
}

// selection is a list of customers, oldest first. It holds numbers instead of
// generated customers.
type selection struct {
	world    *world
	from, to int   // a range of generated customers
	single   []int // in place of the range: some of them
	added    []*customer
}

// generated is how many of the customers are generated ones.
func (s selection) generated() int {
	if s.single != nil {
		return len(s.single)
	}
	return s.to - s.from
}

func (s selection) length() int { return s.generated() + len(s.added) }

func (s selection) at(i int) *customer {
	switch {
	case i >= s.generated():
		return s.added[i-s.generated()]
	case s.single != nil:
		return s.world.generatedAt(s.single[i])
	}
	return s.world.generatedAt(s.from + i)
}

// filter selects those that fit.
func (s selection) filter(fits func(*customer) bool) selection {
	out := selection{world: s.world, single: []int{}}
	for i := range s.length() {
		c := s.at(i)
		switch {
		case !fits(c):
		case i < s.generated():
			out.single = append(out.single, int(c.id-s.world.generator.firstID))
		default:
			out.added = append(out.added, c)
		}
	}
	return out
}

// part selects a page.
func (s selection) part(p page) selection {
	out := selection{world: s.world, single: []int{}}
	for i := p.from; i < p.to; i++ {
		switch {
		case i >= s.generated():
			out.added = append(out.added, s.added[i-s.generated()])
		case s.single != nil:
			out.single = append(out.single, s.single[i])
		default:
			out.single = append(out.single, s.from+i)
		}
	}
	return out
}

// madeIn selects the customers that were made in a window.
func (w *world) madeIn(days window) selection {
	s := selection{world: w}
	s.from, s.to = w.generator.between(days)
	for _, c := range w.customers {
		if days.holds(c.created) {
			s.added = append(s.added, c)
		}
	}
	return s
}
