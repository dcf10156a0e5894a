package mock

import (
	"errors"
	"net/http"
	"os"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// ServeHTTP responds as Kapture would.
func (k *Kapture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation, rejected := operationOf(r)
	x := k.begin(w, r, operation.ID)
	defer x.end()

	if k.cors.Preflight(w, r) {
		x.output.begin(http.StatusNoContent, nil)
		return
	}

	raw, readErr := x.readBody()
	if rejected != nil {
		if rejected.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		x.output.write(rejected.response)
		return
	}

	conn, _ := streamOf(r)
	fault, hit := k.faults.draw(operation.ID, conn != nil)
	if hit {
		x.received.Fault = fault.Kind
		k.journal.update(x.entry, x.received)
		if x.output.replace(fault) {
			return
		}
	}

	c := x.newCall(operation, raw)
	c.fault = fault
	x.output.send(c.serve(readErr), fault)
}

// operationOf returns the operation of a request, or the failure of a request
// that has none.
func operationOf(r *http.Request) (contract.Operation, *failedCall) {
	operation, known := operationAt(r.URL.Path)
	if !known {
		const text = "no operation at %s %s; every operation is a POST to a path of the contract"
		return contract.Operation{}, inOwnWords(http.StatusNotFound, text, clip(r.Method), clip(r.URL.Path))
	}
	if r.Method != operation.Method {
		const text = "%s takes %s, not %s"
		rejected := inOwnWords(http.StatusMethodNotAllowed, text, operation.ID, operation.Method, clip(r.Method))
		return contract.Operation{}, rejected
	}
	if _, served := endpoints[operation.ID]; !served {
		const text = "the contract has %s, but the mock does not serve it"
		return contract.Operation{}, inOwnWords(http.StatusNotImplemented, text, operation.ID)
	}
	return operation, nil
}

// newCall reads a request and decides which use it is.
func (x *exchange) newCall(operation contract.Operation, raw []byte) *call {
	c := &call{
		kapture:   x.kapture,
		exchange:  x,
		operation: operation,
		now:       x.kapture.clock(),
		query:     x.request.URL.Query(),
		size:      int64(len(raw)) + recordSize,
	}

	e := endpoints[operation.ID]
	if !e.emptyBody {
		c.body, c.broken = decode(raw)
	}
	c.use, c.respond = e.useOf(operation, c.body)
	return c
}

// serve does what the request asks for, if its key and its body permit it.
func (c *call) serve(readErr error) response {
	k := c.kapture.readKey(credentials(c.exchange.request, endpoints[c.operation.ID]), c.operation.ID)
	if k.state == keyGood {
		c.exchange.received.World = k.world
	} else {
		c.note(NoteKey, "%s", k.why)
	}

	if err := c.admit(k, readErr); err != nil {
		return responseOf(err)
	}
	c.world = c.kapture.worlds.enter(k.world, c.exchange.note)

	if reject := c.kapture.reject; reject != nil {
		if r := reject(c.exchange.request); r.Reason != "" {
			return responseOf(c.reject(r))
		}
	}

	body, err := c.run()
	if err != nil {
		return responseOf(err)
	}
	return response{http.StatusOK, body}
}

// run does the call under the lock of its world. It makes the whole tree of the
// response, apart from the elements of long lists, so that nobody needs the lock
// to write it.
func (c *call) run() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	return c.respond(c)
}

// admit looks at everything that does not depend on the operation: first the
// key, so that a stranger learns nothing, then the body.
func (c *call) admit(k key, readErr error) error {
	if k.state != keyGood {
		return c.rejectKey(k.state)
	}

	if tooLarge, ok := errors.AsType[*http.MaxBytesError](readErr); ok {
		return c.limitFailure(http.StatusBadRequest, "the body is larger than %d bytes", tooLarge.Limit)
	}
	if errors.Is(readErr, os.ErrDeadlineExceeded) {
		limit := c.kapture.worlds.limits.BodyTime
		return c.limitFailure(http.StatusBadRequest, "the body did not arrive within %v", limit)
	}
	if readErr != nil {
		return c.ownFailure(http.StatusBadRequest, "the body could not be read to its end")
	}
	if c.broken != nil {
		return c.badShape("the body is not JSON: %v", c.broken)
	}
	return nil
}
