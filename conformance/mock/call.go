package mock

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// call is one request to an operation.
type call struct {
	kapture   *Kapture
	exchange  *exchange // nil when a test fills a world
	world     *world    // nil until the key is accepted
	operation contract.Operation
	use       contract.Use
	respond   handler
	now       time.Time
	body      any
	broken    error // why the body is not JSON
	query     url.Values
	size      int64 // roughly what the request adds to the world's memory
	fault     Fault
}

// response is a response before it is written: an HTTP status and a tree.
type response struct {
	status int
	body   any
}

// failedCall is the error of a call that changed nothing: the response that says so.
type failedCall struct {
	response
	code string // of the documented failure, see contract.FailureCode; "" for another text
}

func (r *failedCall) Error() string { return fmt.Sprintf("rejected with HTTP %d", r.status) }

// responseOf returns the response of a failed call.
func responseOf(err error) response {
	if r, ok := errors.AsType[*failedCall](err); ok {
		return r.response
	}
	return inOwnWords(http.StatusInternalServerError, "%v", err).response
}

// rejectKey returns the response to a key that may not call the operation. Some
// pages give an HTTP status for it, and those of 2024 have 403 in their tables;
// no page prints a text for a key without permission.
func (c *call) rejectKey(state keyState) error {
	failure, documented := keyFailure(c.operation, c.use)
	has403 := slices.Contains(c.operation.Statuses, "403") && !formOf(c.use.Generation).no403
	status := statusOf(failure)
	if len(failure.HTTP) == 0 && state == keyForbidden && has403 {
		status = http.StatusForbidden
	}

	if !documented {
		// Some pages of 2019-20 are cut before it; another page of these years
		// has this text.
		return c.inForm(status, "Invalid Auth Key")
	}
	return &failedCall{carrying(failure, status), failure.Code}
}

// fail rejects the request with a documented failure of the operation, by the
// contract's name, under the HTTP status that its page gives.
func (c *call) fail(name string) error {
	failure, ok := c.operation.Failure(name)
	if !ok {
		const text = "the contract has no failure %s of %s"
		return inOwnWords(http.StatusInternalServerError, text, name, c.operation.ID)
	}
	return &failedCall{carrying(failure, statusOf(failure)), failure.Code}
}

// statusOf returns the HTTP status that the page of a failure gives, 200 if it
// gives none.
func statusOf(failure contract.Outcome) int {
	if len(failure.HTTP) == 0 {
		return http.StatusOK
	}
	return failure.HTTP[0]
}

// reject rejects what the hook of [WithRejection] does not accept. The text is
// the documented failure that the operation itself has for such a body, if
// there is one. To find it, the call runs in an empty world that nobody sees.
func (c *call) reject(r Rejection) error {
	probe := *c
	probe.world = newWorld(c.world.name, c.kapture.worlds.generator, c.now)
	_, err := probe.respond(&probe)

	own, failed := errors.AsType[*failedCall](err)
	if failed && r.fits(own.code) {
		c.note(NoteBody, "%s", r.Reason)
		return own
	}
	return c.badShape("%s", r.Reason)
}

// badShape rejects a body of the wrong shape. Two pages document a text for it;
// elsewhere the same text comes with the status that all pages list for bad
// parameters. The text gives no reason; a note does.
func (c *call) badShape(format string, args ...any) error {
	c.note(NoteBody, format, args...)

	const name = "invalid-json"
	if _, documented := c.operation.Failure(name); documented {
		return c.fail(name)
	}
	return c.inForm(http.StatusBadRequest, "Invalid Json.")
}

// ownFailure rejects the request in the mock's own words.
func (c *call) ownFailure(status int, format string, args ...any) error {
	return c.inForm(status, ownWords+fmt.Sprintf(format, args...))
}

// limitFailure rejects the request in the mock's own words, because of a limit of
// the mock.
func (c *call) limitFailure(status int, format string, args ...any) error {
	c.note(NoteLimit, format, args...)
	return c.ownFailure(status, format, args...)
}

// note says something about the call that its response cannot say.
func (c *call) note(code NoteCode, format string, args ...any) {
	n := Note{Code: code, Text: fmt.Sprintf(format, args...)}
	if c.world != nil {
		n.World = c.world.name
	}
	c.notify(n)
}

func (c *call) notify(n Note) {
	if c.exchange != nil {
		c.exchange.note(n)
	} else {
		c.kapture.note(n)
	}
}

// ownWords begins every text that no page has, so that nobody takes the mock's
// words for Kapture's.
const ownWords = "kapture mock: "

// inOwnWords is a failure in the mock's words, where no use is known.
func inOwnWords(status int, format string, args ...any) *failedCall {
	c := &call{}
	return c.inForm(status, ownWords+fmt.Sprintf(format, args...))
}

// inForm writes a failure in the form of the use's generation.
func (c *call) inForm(status int, message string) *failedCall {
	form := formOf(c.use.Generation)
	failure := contract.Outcome{Message: message, Field: form.field, Status: form.failed}
	return &failedCall{response: carrying(failure, status)}
}

// missing2016 rejects the request with the description that the pages of 2016
// and 2019-20 give the error ReqFieldMissing. They print no body for it.
func (c *call) missing2016() error {
	return c.inForm(http.StatusOK, "Mandatory field missing")
}

// sentCustomer returns the customer whose identifier a request has, and rejects an
// identifier that no customer has. The customer is nil if there is no identifier.
func (c *call) sentCustomer(id string) (*customer, error) {
	if id == "" {
		return nil, nil
	}
	found := c.world.customer(id)
	if found == nil {
		return nil, c.ownFailure(http.StatusNotFound, "there is no customer %q in this world", clip(id))
	}
	return found, nil
}

// objectBody returns the object that the body is.
func (c *call) objectBody() (fields, error) {
	f, ok := c.body.(map[string]any)
	if !ok {
		return nil, c.badShape("the body is %s, not an object", kindOf(c.body))
	}
	return f, nil
}

// arrayOfOne returns the object of a body that is an array of one, as most pages
// show it. Several objects are rejected, because the responses describe only one.
func (c *call) arrayOfOne() (fields, error) {
	list, ok := c.body.([]any)
	if !ok {
		return nil, c.badShape("the body is %s, not an array of one object", kindOf(c.body))
	}
	if len(list) == 0 {
		return fields{}, nil
	}
	if len(list) > 1 {
		const text = "the body is an array of %d; the pages show arrays of one"
		return nil, c.ownFailure(http.StatusBadRequest, text, len(list))
	}

	f, ok := list[0].(map[string]any)
	if !ok {
		return nil, c.badShape("the element of the array is %s, not an object", kindOf(list[0]))
	}
	return f, nil
}

// objectOrArrayOfOne returns the object of an array of one, or the bare object
// that callers send too.
func (c *call) objectOrArrayOfOne() (fields, error) {
	if f, ok := c.body.(map[string]any); ok {
		return f, nil
	}
	return c.arrayOfOne()
}

// objects rejects a body where one of these fields is something other than an
// object.
func (c *call) objects(body fields, names ...string) error {
	for _, name := range names {
		if body.sent(name) && body.object(name) == nil {
			return c.badShape("%s is %s, not an object", name, kindOf(body[name]))
		}
	}
	return nil
}

// scalars rejects a body where one of these fields is an object or an array.
func (c *call) scalars(body fields, names ...string) error {
	for _, name := range names {
		switch v := body[name].(type) {
		case map[string]any, []any:
			return c.badShape("%s is %s, not a text", name, kindOf(v))
		}
	}
	return nil
}

// reserve makes sure, before anything is changed, that so many new records fit
// into the world, and their bytes into the worlds.
func (c *call) reserve(records int) error {
	limits := c.kapture.worlds.limits
	if records > 0 && c.world.records+records > limits.Records {
		return c.limitFailure(http.StatusInternalServerError, "the world holds %d records, its limit", c.world.records)
	}

	// The bytes of an update may replace as many; only settle knows.
	size := c.size
	if records == 0 {
		size = 0
	}
	if !c.kapture.worlds.fit(c.world, size, c.notify) {
		return c.limitFailure(http.StatusInternalServerError, "the worlds hold %d bytes, their limit", limits.Bytes)
	}
	return nil
}

// settle charges the world for what a record holds now, in place of its earlier
// cost.
func (c *call) settle(cost *int64, held int64) {
	c.kapture.worlds.charge(c.world, held-*cost)
	*cost = held
}
