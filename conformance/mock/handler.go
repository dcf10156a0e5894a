package mock

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// answer is what an operation answers: an HTTP status and a tree.
type answer struct {
	http int
	body any
}

func success(body any) answer { return answer{http.StatusOK, body} }

// use is one of the uses of an operation: those of several generations share a
// URL and differ in body and in answer.
type use struct {
	generation string
	refusal    string // the contract's name of the failure for a refused key
	answer     func(*call) answer
}

// operation says which use a request is. A body that is no JSON belongs to the
// use that nil does.
type operation struct {
	use func(body any) *use
	// noBody: the body says nothing, it is an empty form or all stands in the
	// query, and so may the key.
	noBody, keyInQuery bool
}

// only is an operation with one use.
func only(u use) operation { return operation{use: func(any) *use { return &u }} }

var operations = gather(customerOperations, enquiryOperations, ticketOperations, orderOperations, faqOperations, productOperations)

func gather(resources ...map[string]operation) map[string]operation {
	all := map[string]operation{}
	for _, resource := range resources {
		maps.Copy(all, resource)
	}
	return all
}

// call is one request whose key was accepted.
type call struct {
	*Kapture
	world     *world
	operation string
	use       *use
	now       time.Time
	body      any
	query     url.Values
	size      int64
	fault     Fault
}

// The generations, as the contract writes them.
const (
	y2016 = "2016"
	y2019 = "2019-20"
	y2021 = "2021"
	y2024 = "2024"
)

// ServeHTTP answers as Kapture would.
func (k *Kapture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := k.contract.operation[r.URL.Path]
	op, known := operations[id]
	if !known || r.Method != http.MethodPost {
		id = ""
	}
	entry := k.journal.begin(r, id, k.clock())
	out := &output{ResponseWriter: w, request: r, status: func(status int) {
		k.journal.note(func() { entry.Status = status })
	}}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, k.worlds.limits.Body))
	if id == "" {
		out.plain(own(&use{}, http.StatusNotFound, "no operation at %s %s; every operation is a POST to a path of the contract", clip(r.Method), clip(r.URL.Path)))
		return
	}
	fault, hit := k.faults.draw(id)
	if hit {
		k.journal.note(func() { entry.Fault = fault.Kind })
		if out.instead(fault) {
			return
		}
	}
	var body any
	var broken error
	if !op.noBody {
		body, broken = decode(raw)
	}
	u := op.use(body)
	finish := func(a answer) { out.send(fault, a.http, a.encode(fault)) }

	authorization := r.Header.Get("Authorization")
	if op.keyInQuery {
		authorization = "Basic " + r.URL.Query().Get("auth_key")
	}
	key := k.readKey(authorization, id)
	if key.state != keyGood {
		finish(k.refuse(id, u, key.state))
		return
	}
	k.journal.note(func() { entry.World = key.world })
	tooLarge, large := errors.AsType[*http.MaxBytesError](err)
	switch {
	case large:
		finish(own(u, http.StatusBadRequest, "the body is larger than %d bytes", tooLarge.Limit))
		return
	case err != nil:
		finish(own(u, http.StatusBadRequest, "the body could not be read to its end"))
		return
	case broken != nil:
		finish(k.invalidJSON(id, u))
		return
	}
	c := &call{
		Kapture: k, world: k.worlds.enter(key.world), operation: id, use: u,
		now: k.clock(), body: body, query: r.URL.Query(), size: int64(len(raw)) + 512, fault: fault,
	}
	out.send(c.answer())
}

// answer does what is asked. Encoding reads what the world keeps, so it belongs
// under its lock too.
func (c *call) answer() (fault Fault, status int, body encoded) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	a := c.use.answer(c)
	return c.fault, a.http, a.encode(c.fault)
}

// refuse is the answer to a key that may not call an operation. The pages of
// 2021 give an HTTP code for it, and those of 2024 have 403 in their tables; no
// page prints a text of its own for a key without permission.
func (k *Kapture) refuse(id string, u *use, state keyState) answer {
	status := http.StatusOK
	switch {
	case u.generation == y2021:
		status = http.StatusUnauthorized
	case u.generation == y2024 && state == keyForbidden:
		status = http.StatusForbidden
	}
	if u.refusal == "" {
		// Some pages of 2019-20 are cut before it; another page of these years
		// has this text.
		return inForm(u, status, "Invalid Auth Key")
	}
	return k.failure(id, u.refusal, status)
}

// failure is a documented failure of an operation, by the contract's name.
func (k *Kapture) failure(id, name string, status int) answer {
	f, ok := k.contract.failures[id][name]
	if !ok {
		return own(&use{}, http.StatusInternalServerError, "the contract has no failure %s of %s", name, id)
	}
	return f.answer(status)
}

func (c *call) fail(name string) answer {
	status := http.StatusOK
	if f := c.contract.failures[c.operation][name]; len(f.HTTP) > 0 {
		status = f.HTTP[0]
	}
	return c.failure(c.operation, name, status)
}

// invalidJSON is the answer to a body of the wrong shape. Two pages document
// the text; elsewhere it comes with the code that all pages have for bad
// parameters.
func (k *Kapture) invalidJSON(id string, u *use) answer {
	if _, documented := k.contract.failures[id][invalidJSON]; documented {
		return k.failure(id, invalidJSON, http.StatusOK)
	}
	return inForm(u, http.StatusBadRequest, "Invalid Json.")
}

const invalidJSON = "invalid-json"

func (c *call) badShape() answer { return c.invalidJSON(c.operation, c.use) }

// own is a failure that no page has a text for. Its words are the mock's, and
// say so, lest somebody takes them for Kapture's.
func own(u *use, status int, format string, args ...any) answer {
	return inForm(u, status, "kapture mock: "+fmt.Sprintf(format, args...))
}

func (c *call) own(status int, format string, args ...any) answer {
	return own(c.use, status, format, args...)
}

// inForm writes a failure in the form of a use's generation.
func inForm(u *use, status int, message string) answer {
	f := failure{Message: message, Member: "message", Status: "failed"}
	switch u.generation {
	case y2016:
		f.Member, f.Status = "Message", "Fail"
	case y2019:
		f.Member = "Message"
	}
	return f.answer(status)
}

// bare gives the body that is an object.
func (c *call) bare() (fields, answer, bool) {
	f, ok := c.body.(map[string]any)
	if !ok {
		return nil, c.badShape(), false
	}
	return f, answer{}, true
}

// one gives the object of a body that is an array of one, as most pages show
// it. Several objects are refused, because the answers have room for one.
func (c *call) one() (fields, answer, bool) {
	list, ok := c.body.([]any)
	if !ok {
		return nil, c.badShape(), false
	}
	if len(list) == 0 {
		return fields{}, answer{}, true
	}
	if len(list) > 1 {
		return nil, c.own(http.StatusBadRequest, "the body is an array of %d; the pages show arrays of one", len(list)), false
	}
	f, ok := list[0].(map[string]any)
	if !ok {
		return nil, c.badShape(), false
	}
	return f, answer{}, true
}

// room makes sure, before anything is changed, that so many new records fit
// and that the worlds have room.
func (c *call) room(records int) (answer, bool) {
	if records > 0 && c.world.records+records > c.worlds.limits.Records {
		return c.own(http.StatusInternalServerError, "the world holds %d records, its limit", c.world.records), false
	}
	// What an update brings may replace as much, which only settle knows.
	size := c.size
	if records == 0 {
		size = 0
	}
	if !c.worlds.fit(c.world, size) {
		return c.own(http.StatusInternalServerError, "the worlds hold %d bytes, their limit", c.worlds.limits.Bytes), false
	}
	return answer{}, true
}

// settle charges the world for what a record holds now, in place of cost.
func (c *call) settle(cost *int64, held int64) {
	c.worlds.charge(c.world, held-*cost)
	*cost = held
}
