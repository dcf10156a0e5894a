package mock

import (
	"cmp"
	"slices"
)

// What a customer can be found by. Each has an index, so that a look-up costs the
// same in a world of any size.
type lookupKind int

const (
	byPhone    lookupKind = iota // of the customer or of a contact
	byEmail                      // of the customer or of a contact
	byCode                       // customer_code
	byExternal                   // the caller's own identifier, from the push
	byName
	lookupKinds
)

// lookupKeys are the texts by which a customer is found, by kind.
type lookupKeys [lookupKinds][]string

// keys collects them. A text that several contacts share is there once.
func (c *customer) keys() lookupKeys {
	var keys lookupKeys
	keys[byPhone] = appendKey(keys[byPhone], c.phone())
	keys[byEmail] = appendKey(keys[byEmail], c.email)
	keys[byCode] = appendKey(keys[byCode], c.code())
	keys[byExternal] = appendKey(keys[byExternal], c.external)
	keys[byName] = appendKey(keys[byName], c.name())
	for _, p := range c.contacts {
		keys[byPhone] = appendKey(keys[byPhone], p.phone())
		keys[byEmail] = appendKey(keys[byEmail], p.email())
	}
	return keys
}

// has reports whether the customer is found by a text.
func (c *customer) has(kind lookupKind, key string) bool { return slices.Contains(c.keys()[kind], key) }

func appendKey(keys []string, key string) []string {
	if key == "" || slices.Contains(keys, key) {
		return keys
	}
	return append(keys, key)
}

// index finds customers by a text. The customers of one text are sorted by their
// identifiers, which is the order in which they were made.
type index map[string][]*customer

func (ix index) add(key string, c *customer) {
	same := ix[key]
	at, found := slices.BinarySearchFunc(same, c, compareCustomers)
	if !found {
		ix[key] = slices.Insert(same, at, c)
	}
}

func (ix index) remove(key string, c *customer) {
	same := ix[key]
	at, found := slices.BinarySearchFunc(same, c, compareCustomers)
	switch {
	case !found:
	case len(same) == 1:
		delete(ix, key)
	default:
		ix[key] = slices.Delete(same, at, at+1)
	}
}

func compareCustomers(a, b *customer) int { return cmp.Compare(a.id, b.id) }

// reindex brings the indexes up to date after a change of a customer.
func (w *world) reindex(c *customer) {
	now := c.keys()
	for kind, ix := range w.indexes {
		for _, key := range c.indexed[kind] {
			if !slices.Contains(now[kind], key) {
				ix.remove(key, c)
			}
		}
		for _, key := range now[kind] {
			if !slices.Contains(c.indexed[kind], key) {
				ix.add(key, c)
			}
		}
	}
	c.indexed = now
}

// find returns the oldest customer of a text, nil if there is none.
func (w *world) find(kind lookupKind, key string) *customer {
	all := w.findAll(kind, key, 1)
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// findAll returns the oldest customers of a text, at most so many.
func (w *world) findAll(kind lookupKind, key string, most int) []*customer {
	if key == "" {
		return nil
	}
	kept := w.indexes[kind][key]
	found := slices.Clone(kept[:min(len(kept), most)])
	if c := w.generated(kind, key); c != nil {
		at, _ := slices.BinarySearchFunc(found, c, compareCustomers)
		found = slices.Insert(found, at, c)
	}
	return found[:min(len(found), most)]
}

// identifiedBy returns the customer of an identifier, nil if there is none: one
// that Kapture gave, or else one that the caller gave with a push or as a code.
func (w *world) identifiedBy(id string) *customer {
	if c := w.customer(id); c != nil {
		return c
	}
	if c := w.find(byExternal, id); c != nil {
		return c
	}
	return w.find(byCode, id)
}

// older returns the older of two customers, either of which may be nil.
func older(a, b *customer) *customer {
	switch {
	case a == nil:
		return b
	case b == nil || a.id <= b.id:
		return a
	}
	return b
}

// reachedBy returns the oldest customer that has the phone or the e-mail
// address, on itself or on a contact; nil if there is none.
func (w *world) reachedBy(phone, email string) *customer {
	return older(w.find(byPhone, phone), w.find(byEmail, email))
}
