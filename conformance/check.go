package conformance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// run is one exchange with its operation, while it is checked.
type run struct {
	checker   *Checker
	exchange  *Exchange
	operation *operation // nil: the contract does not have it
	seen      Seen
	err       error // the context ended before a part was checked
}

// verdict is what one check found.
type verdict struct {
	problems []problem
	drift    []Drift
	// response is the component that the response was checked against.
	response string
	unsure   bool // a part could not be checked
}

func (v *verdict) add(more verdict) {
	v.unsure = v.unsure || more.unsure
	v.problems = append(v.problems, more.problems...)
	v.drift = append(v.drift, more.drift...)
	if more.response != "" {
		v.response = more.response
	}
}

// Check checks one exchange. If the context ends, Check stops early: the result
// has what was found until then, its Err is the context's error, and it is not
// OK.
func (c *Checker) Check(ctx context.Context, ex Exchange) Result {
	ex.Request.Header = canonicalHeader(ex.Request.Header)
	ex.Response.Header = canonicalHeader(ex.Response.Header)
	r := run{checker: c, exchange: &ex}

	var request, response verdict
	r.operation, request.problems = c.operationOf(&ex)
	r.seen = c.newSeen(r.operationID())
	if ex.Request.Method != "" && r.operation != nil {
		r.err = ctx.Err()
		if r.err == nil {
			request.add(r.checkRequest(ctx))
		}
	}

	var noticed []problem
	if ex.Expect.RequestInvalid && ex.Request.Method != "" {
		noticed = request.problems
		request.problems = checkNoticed(ex.Expect, noticed)
	}

	if ex.Response.Status != 0 && r.err == nil {
		r.err = ctx.Err()
		if r.err == nil {
			response = r.checkResponse()
		}
		if response.unsure && r.err == nil {
			r.err = ErrUnchecked
		}
	}

	return r.result(request, response, noticed)
}

// operationID returns the ID of the exchange's operation, or the one that the
// exchange names.
func (r *run) operationID() string {
	if r.operation == nil {
		return r.exchange.Operation
	}
	return r.operation.ID
}

// result makes findings of what was found on both sides.
func (r *run) result(request, response verdict, noticed []problem) Result {
	id := r.operationID()
	found := report{checker: r.checker, exchange: r.exchange.Name, operation: id}
	found.add(r.source(SideRequest), request.problems)
	found.add(r.source(SideResponse), response.problems)
	expected := report{checker: r.checker, exchange: r.exchange.Name, operation: id}
	expected.add(r.source(SideRequest), noticed)

	drift := append(request.drift, response.drift...)
	for i := range drift {
		drift[i].Exchange = r.exchange.Name
		drift[i].Operation = id
	}
	return Result{
		Name:      r.exchange.Name,
		Operation: id,
		Status:    r.exchange.Response.Status,
		Findings:  found.findings,
		Noticed:   expected.findings,
		Drift:     drift,
		Response:  response.response,
		Seen:      r.seen,
		Err:       r.err,
	}
}

// source returns a side of the exchange, with the evidence that counts if a broken
// rule has none.
func (r *run) source(side Side) source {
	s := source{side: side}
	if r.operation != nil {
		s.evidence = r.operation.evidence
	}
	if side == SideRequest {
		return s
	}

	s.status = r.exchange.Response.Status
	if r.operation != nil {
		if spec := r.operation.response(s.status); spec != nil && spec.evidence != nil {
			s.evidence = spec.evidence
		}
	}
	return s
}

// operationOf finds the operation that an exchange belongs to. It is nil if
// the contract does not have it; then the problems say so.
func (c *Checker) operationOf(ex *Exchange) (*operation, []problem) {
	if id := ex.Operation; id != "" {
		if o, ok := c.operations[id]; ok {
			return o, nil
		}
		return nil, []problem{{
			code:     CodeOperationUnknown,
			part:     "path",
			fault:    FaultContract,
			why:      "the exchange names the operation itself",
			expected: "an operation of the contract",
			actual:   id,
			message:  fmt.Sprintf("the contract has no operation %q", id),
			hint:     "correct the name, or describe the operation",
		}}
	}

	path := ex.Request.path()
	if id, ok := c.Find(ex.Request.Method, path); ok {
		return c.operations[id], nil
	}
	return nil, []problem{c.noOperation(ex.Request.Method, path)}
}

// path returns the path of the request's URL, still encoded.
func (q *Request) path() string {
	u, err := url.Parse(q.URL)
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// checkNoticed reports a request that was declared invalid if nothing was found
// in it.
func checkNoticed(expect Expect, found []problem) []problem {
	if len(found) > 0 {
		return nil
	}
	reason := expect.Reason
	if reason == "" {
		reason = "no reason is given"
	}

	return []problem{{
		code:     CodeInvalidUnnoticed,
		part:     "body",
		fault:    FaultContract,
		why:      "only the contract can express what is invalid",
		expected: "a finding: " + reason,
		actual:   "nothing found",
		message:  "the request is declared invalid (" + reason + "), but the contract allows it",
		hint:     "write the rule into the schema, or declare the request valid",
	}}
}

// CheckComponent checks one JSON value against a component schema, as part of
// a request or of a response: a sample, or one element of a long list.
func (c *Checker) CheckComponent(component string, body []byte, side Side) Result {
	result := Result{Name: component, Seen: c.newSeen("")}
	found := report{checker: c, exchange: component}
	from := source{side: side}

	n, ok := c.components[component]
	if !ok {
		found.add(from, []problem{unknownComponent(component, "the contract has no component "+component)})
		result.Findings = found.findings
		return result
	}

	v := c.checkValue(question{node: n, side: side, seen: result.Seen.side(side)}, body)
	found.add(from, v.problems)
	result.Findings = found.findings
	result.Response = v.response
	result.Drift = v.drift
	for i := range result.Drift {
		result.Drift[i].Exchange = component
	}
	return result
}

// checkValue checks a JSON text against one schema: by the acceptor, or if that is
// not sure, by the walker.
func (c *Checker) checkValue(q question, text []byte) verdict {
	if v, ok := c.accept(q, text); ok {
		return v
	}

	value, faults, ok := scanBody(text, c.long)
	v := verdict{problems: c.textProblems(text, nil, faults)}
	if ok {
		w := walker{checker: c, side: q.side, seen: q.seen}
		v.add(w.check(applied{node: q.node}, value))
	}
	return v
}

// unknownComponent reports an expected component that the contract does not have,
// or not for this operation.
func unknownComponent(name, message string) problem {
	return problem{
		code:     CodeExpectationUnknown,
		part:     "body",
		fault:    FaultContract,
		why:      "an expectation and the contract must agree on names",
		expected: name,
		actual:   "absent from the contract",
		message:  message,
		hint:     "correct the name, or describe it in the contract",
	}
}

// canonicalHeader writes header names in the form that Go looks them up by, because
// a recording may keep them as they were sent.
func canonicalHeader(h http.Header) http.Header {
	if isCanonical(h) {
		return h
	}

	out := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		key := http.CanonicalHeaderKey(name)
		out[key] = append(out[key], h[name]...)
	}
	return out
}

func isCanonical(h http.Header) bool {
	for name := range h {
		if http.CanonicalHeaderKey(name) != name {
			return false
		}
	}
	return true
}
