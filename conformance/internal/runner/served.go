package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Every example of a response in the contract is served to the client once: the
// client must decode it, keep its bytes and report a failure as an error. Such a
// case follows from the contract and the client's methods, so nobody has to write
// it. A hand-written case with `serve` takes the place of a derived one, where the
// client does something else: a list whose pages the client asks for one by one, or
// a failure that it takes for an empty list.

// AddServed adds the derived cases to the set.
func (s *Set) AddServed() error {
	written, err := s.servedByHand()
	if err != nil {
		return err
	}
	for _, id := range s.contract.operationIDs() {
		cases, err := s.contract.servedCases(s.contract.operations[id], written[id])
		if err != nil {
			return fmt.Errorf("conformance cases: the examples of %s: %w", id, err)
		}
		s.Cases = append(s.Cases, cases...)
	}
	return nil
}

// servedByHand lists the bodies that the set's own cases serve, by operation.
func (s *Set) servedByHand() (map[string][]any, error) {
	bodies := map[string][]any{}
	for _, c := range s.Cases {
		for _, step := range c.Steps {
			if !step.Serve.Given() {
				continue
			}
			body, err := s.contract.decodedSample(step.Serve.Value)
			if err != nil {
				return nil, err
			}

			id := s.contract.operationOf(c, step).ID
			bodies[id] = append(bodies[id], body)
		}
	}
	return bodies, nil
}

// servedCases derives a case for each example of a response that no case serves.
// An operation whose requests no method and no example makes has none.
func (c *contract) servedCases(op *operation, written []any) ([]*Case, error) {
	responses, err := c.responseExamples(op)
	if err != nil {
		return nil, err
	}
	requests, err := c.requestExamples(op)
	if err != nil {
		return nil, err
	}

	calls := callsOf(op, requests)
	var cases []*Case
	for _, response := range responses {
		byHand := slices.ContainsFunc(written, func(body any) bool { return equalJSON(body, response.value) })
		if byHand {
			continue
		}
		if derived := c.servedCase(op, response, calls); derived != nil {
			cases = append(cases, derived)
		}
	}
	return cases, nil
}

// servedCase derives the case of one response, with a step for each method. It is
// nil if no call of the client fits the response.
func (c *contract) servedCase(op *operation, response example, calls []servedCall) *Case {
	file, line := placeOf(op.Location)
	derived := &Case{
		Name:      Text{Value: servedName(op.ID, response.name), Line: line},
		About:     fmt.Sprintf("The client reads the example %s of the contract.", response.name),
		Operation: Text{Value: op.ID, Line: line},
		file:      file,
		resource:  op.described.Resource,
	}

	called := map[string]bool{}
	for _, call := range calls {
		if called[call.method] {
			continue
		}
		step := c.servedStep(op, response, call)
		if step == nil {
			continue
		}
		called[call.method] = true
		derived.Steps = append(derived.Steps, step)
	}
	if len(derived.Steps) == 0 {
		return nil
	}
	return derived
}

// servedStep serves a response to a call. It is nil if the call does not fit the
// response.
func (c *contract) servedStep(op *operation, response example, call servedCall) *Step {
	_, line := placeOf(op.Location)
	step := &Step{
		Call:   Text{Value: call.method, Line: line},
		HTTP:   Value{JSON: jsonNumber(response.status), Line: line},
		served: response.raw,
		line:   line,
	}
	if call.request != nil {
		step.Args = Value{JSON: call.request, Line: line}
	}
	if failure := op.failureIn(response); failure != nil {
		step.Expect.Failure = Text{Value: failure.Name, Line: line}
		return step
	}

	component, isOfUse := c.successComponent(op, response, call)
	if component == "" || !call.readsAll(op, response.raw) {
		return nil
	}
	step.Expect.Response = Text{Value: component, Line: line}
	if isOfUse && call.method != rawMethod {
		step.Expect.Undeclared = Value{JSON: jsonNumber(0), Line: line}
	}
	return step
}

// servedName turns addTicket and missing-title into serve-add-ticket-missing-title.
func servedName(operation, example string) string {
	words := wordEnd.ReplaceAllString(operation, "$1$3-$2$4")
	return strings.ToLower("serve-" + words + "-" + example)
}

// wordEnd is the end of a word in a name such as getFAQCategories.
var wordEnd = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// failureIn returns the documented failure whose text the example has. If
// several have it, one that is documented for the example's status is chosen.
func (o *operation) failureIn(response example) *outcome {
	var found *outcome
	for i := range o.failures {
		failure := &o.failures[i]
		if !failure.says(response.value) {
			continue
		}
		if found == nil || slices.Contains(failure.HTTP, response.status) {
			found = failure
		}
	}
	return found
}

// successComponent returns the component that a response has after a call, and
// whether it is the component of a use: one that fits the request as well. If no
// use has the response, any component of the operation that the response fits is
// returned; "" if the response belongs to another use than the request.
func (c *contract) successComponent(
	op *operation, response example, call servedCall,
) (component string, isOfUse bool) {
	ofOtherUse := false
	for _, use := range op.described.Uses {
		if !c.fits(use.Response, response.raw, conformance.SideResponse) {
			continue
		}
		if call.request == nil || c.fits(use.Request, call.raw, conformance.SideRequest) {
			return use.Response, true
		}
		ofOtherUse = true
	}
	if ofOtherUse {
		return "", false
	}

	i := slices.IndexFunc(op.responses, func(component string) bool {
		return c.fits(component, response.raw, conformance.SideResponse)
	})
	if i < 0 {
		return "", false
	}
	return op.responses[i], false
}

// servedCall is a call of the client whose request is an example of the contract.
type servedCall struct {
	method  string
	request any // nil for a method without arguments
	raw     []byte
}

// callsOf pairs the methods that call an operation with the examples of its
// request: a pair is an example that the method puts on the wire unchanged. An
// example that no method sends is sent raw.
func callsOf(op *operation, requests []example) []servedCall {
	var calls []servedCall
	sent := make([]bool, len(requests))
	for _, name := range client.Operation(op.ID).Methods() {
		m, ok := methods()[name]
		if !ok {
			continue
		}
		if len(requests) == 0 {
			calls = append(calls, servedCall{method: name})
		}
		for i, request := range requests {
			call := servedCall{method: name, request: request.value, raw: request.raw}
			body, _ := call.dryRun(m, op, nil)
			if equalJSON(body, request.value) {
				calls = append(calls, call)
				sent[i] = true
			}
		}
	}

	for i, request := range requests {
		if !sent[i] {
			calls = append(calls, servedCall{method: rawMethod, request: request.value, raw: request.raw})
		}
	}
	return calls
}

// readsAll reports whether the call ends after one request if it gets this
// response. Other calls ask for more pages.
func (call servedCall) readsAll(op *operation, response []byte) bool {
	_, requests := call.dryRun(methods()[call.method], op, response)
	return requests == 1
}

// dryRun makes the call without a network. It returns the body of the first
// request, nil if there is none, and the number of requests. Without a response
// every request fails.
func (call servedCall) dryRun(m method, op *operation, response []byte) (body any, requests int) {
	transport := &stubTransport{response: response}
	c, err := client.New("dry-run", client.WithToken("none"), client.WithoutRetry(),
		client.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		return nil, 0
	}

	ctx := context.WithValue(context.Background(), stepKey{}, StepInfo{Operation: op.ID})
	_, _ = m.call(ctx, c, call.raw)
	body, _ = jsonvalue.Decode(transport.first)
	return body, transport.requests
}

// stubTransport returns the same response to every request.
type stubTransport struct {
	response []byte
	first    []byte // body of the first request
	requests int
}

// enough ends a call that would ask for more pages without end.
const enough = 2

func (t *stubTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.requests++
	if t.requests == 1 && req.Body != nil {
		t.first, _ = io.ReadAll(req.Body)
	}
	if t.response == nil || t.requests >= enough {
		return nil, errors.New("dry run")
	}

	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(t.response)),
		ContentLength: int64(len(t.response)),
		Request:       req,
	}, nil
}
