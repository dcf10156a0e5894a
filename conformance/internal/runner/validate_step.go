package runner

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// checkStep checks one step. saved are the names under which earlier steps keep
// values; checkStep adds those of this step.
func (v *validator) checkStep(c *Case, step *Step, saved map[string]bool) {
	op := v.contract.operations[c.Operation.Value]
	if step.Operation.Given() {
		op = v.operation(c, step.Operation)
	}

	v.checkKind(c, step)
	v.checkCall(c, step, op)
	v.checkSample(c, step.Sample)
	v.checkSample(c, step.Sends)
	v.checkSample(c, step.Serve)
	v.checkPlaces(c, step, saved)
	if op != nil {
		v.checkOutcome(c, step, op)
		v.checkExpect(c, step, op)
	}
	v.checkSave(c, step)

	for name := range step.Save {
		saved[name] = true
	}
}

// checkKind makes sure that the step is one thing and has what that needs.
func (v *validator) checkKind(c *Case, step *Step) {
	send := step.Send.Given()
	call := step.Call.Given()
	serve := step.Serve.Given()
	if !call && !send {
		v.add(c, step.line, "a step must have `call: METHOD` or `send: true`; `serve: SAMPLE` can be added to either")
		return
	}

	bodies := 0
	for _, given := range []bool{step.Sample.Given(), step.Args.Given(), step.Raw.Given()} {
		if given {
			bodies++
		}
	}
	blank := step.Invalid.Given() && strings.TrimSpace(step.Invalid.Value) == ""

	v.apply(c, []rule{
		{send && step.Send.JSON != true, step.Send.Line,
			"send takes only `true`; the body comes from sample, args or raw"},
		{send && call, step.Send.Line, "call and send exclude each other; remove one of them or make two steps"},
		{send && bodies == 0, step.line, "send needs a body: sample, args or raw"},
		{bodies > 1, step.line, "sample, args and raw exclude each other; keep one of them"},
		{!serve && step.ServeThen.Given(), step.ServeThen.Line,
			"serve_then needs serve, which this step does not have"},
		{!serve && step.HTTP.Given(), step.HTTP.Line,
			"http in a step is the status of a served response; write an expected status under expect"},
		{step.Key.Given() && !slices.Contains(keyStates, step.Key.Value), step.Key.Line,
			fmt.Sprintf("unknown key state %q; write one of %s", step.Key, strings.Join(keyStates, ", "))},
		{blank, step.Invalid.Line, "invalid must say what is wrong with the request"},
	})
	if send {
		return
	}

	const onlySend = "%s belongs to send; the client makes its own request"
	v.apply(c, []rule{
		{step.Raw.Given(), step.Raw.Line, fmt.Sprintf(onlySend, "raw")},
		{step.ContentType.Given(), step.ContentType.Line, fmt.Sprintf(onlySend, "content_type")},
		{len(step.Query) > 0, step.line, fmt.Sprintf(onlySend, "query")},
		{step.AsQuery.Given(), step.AsQuery.Line, fmt.Sprintf(onlySend, "as_query")},
		{step.Method.Given(), step.Method.Line, fmt.Sprintf(onlySend, "method")},
	})
}

// checkCall makes sure that the client has the method, and that the method calls
// the step's operation.
func (v *validator) checkCall(c *Case, step *Step, op *operation) {
	if !step.Call.Given() {
		return
	}
	method, ok := methods()[step.Call.Value]
	switch {
	case !ok:
		v.add(c, step.Call.Line, "the client has no method %q that a case can call; it has %s", step.Call,
			listed(sortedKeys(methods())))
	case op != nil && method.operation != "" && method.operation != op.ID:
		v.add(c, step.Call.Line, "%s calls %s, but the step is about %s; name the step's operation", step.Call,
			method.operation, op.ID)
	}
}

// checkPlaces checks pointers and placeholders.
func (v *validator) checkPlaces(c *Case, step *Step, saved map[string]bool) {
	p := places{validator: v, c: c, saved: saved}
	p.values(step.Set)
	p.values(step.SendsSet)
	p.value(step.Args)
	p.placeholders(step.Raw.Value, step.Raw.Line)
	for _, pointer := range step.Remove {
		p.pointer(pointer.Value, pointer.Line)
	}
	for _, text := range step.Query {
		if text.Value != keyPlaceholder {
			p.placeholders(text.Value, text.Line)
		}
	}
	if step.SkipUnless.Given() {
		p.pointer(step.SkipUnless.Value, step.SkipUnless.Line)
	}

	for _, matches := range []map[string]Match{step.Expect.Fields, step.Expect.Result} {
		for pointer, match := range matches {
			if match.line == 0 { // the YAML library leaves out null
				v.add(c, step.line, "the expectation at %s is empty; write a value, for null {one_of: [null]}",
					strconv.Quote(pointer))
			}
			p.match(pointer, match)
		}
	}
}

// places checks the pointers and placeholders of one step.
type places struct {
	*validator
	c     *Case
	saved map[string]bool
}

func (p places) match(pointer string, match Match) {
	p.pointer(pointer, match.line)
	p.placeholders(match.Equals.JSON, match.line)
	p.placeholders(match.Not.JSON, match.line)
	for _, choice := range match.OneOf {
		p.value(choice)
	}
	p.values(match.Contains)
}

func (p places) values(byPointer map[string]Value) {
	for pointer, value := range byPointer {
		p.pointer(pointer, value.Line)
		p.value(value)
	}
}

func (p places) value(value Value) { p.placeholders(value.JSON, value.Line) }

func (p places) pointer(pointer string, line int) {
	if _, err := splitPointer(pointer); err != nil {
		p.add(p.c, line, "%v", err)
	}
}

func (p places) placeholders(value any, line int) {
	for _, name := range placeholdersIn(value) {
		if !known(name, p.saved) {
			const format = "${%s} has no value here; an earlier step must save it, or use ${today}, ${yesterday}, " +
				"${tomorrow}, ${now}, ${unique.phone|email|name|code|text}, ${given.%s}"
			p.add(p.c, line, format, name, strings.Join(sortedKeys(mockGiven), "|"))
		}
	}
}

// checkOutcome checks the names of failures, successes and errors.
func (v *validator) checkOutcome(c *Case, step *Step, op *operation) {
	e := &step.Expect
	_, hasFailure := op.failure(e.Failure.Value)
	_, hasSuccess := op.success(e.Success.Value)
	_, hasSkip := op.failure(step.SkipOn.Value)
	_, hasError := clientErrors[e.Error.Value]
	failures := listed(outcomeNames(op.failures))

	v.apply(c, []rule{
		{e.Failure.Given() && e.Success.Given(), e.Failure.Line, "a step cannot expect a failure and a success"},
		{e.Failure.Given() && !hasFailure, e.Failure.Line,
			fmt.Sprintf("%s has no failure %q; it has %s", op.ID, e.Failure, failures)},
		{e.Success.Given() && !hasSuccess, e.Success.Line,
			fmt.Sprintf("%s has no success %q; it has %s", op.ID, e.Success, listed(outcomeNames(op.successes)))},
		{step.SkipOn.Given() && !hasSkip, step.SkipOn.Line,
			fmt.Sprintf("%s has no failure %q; it has %s", op.ID, step.SkipOn, failures)},
		{e.Error.Given() && !hasError, e.Error.Line,
			fmt.Sprintf("the table of the client's errors has no error %q; it has %s", e.Error,
				listed(sortedKeys(clientErrors)))},
	})
}

// checkExpect checks the expected response, status and numbers of requests.
func (v *validator) checkExpect(c *Case, step *Step, op *operation) {
	e := &step.Expect
	component, _ := expectedResponse(c, step, op)
	exchanges := e.exchanges()
	which := intOf(e.Exchange)

	v.apply(c, []rule{
		{component == "", step.line,
			"the step does not say which response it expects; write expect with response, success or failure, or " +
				"give the case its use"},
		{e.Response.Given() && !slices.Contains(op.responses, e.Response.Value), e.Response.Line,
			fmt.Sprintf("%s has no response %q; it has %s", op.ID, e.Response, listed(op.responses))},
		{e.HTTP.Given() && !op.documents(intOf(e.HTTP)), e.HTTP.Line,
			fmt.Sprintf("%s documents no HTTP status %v; it has %s", op.ID, e.HTTP.JSON,
				listed(op.described.Statuses))},
		{e.Undeclared.Given() && intOf(e.Undeclared) < 0, e.Undeclared.Line, "undeclared must be 0 or more"},
		{e.Exchanges.Given() && exchanges < 0, e.Exchanges.Line, "exchanges must be 0 or more"},
		{e.Exchange.Given() && (which < 1 || which > exchanges), e.Exchange.Line,
			fmt.Sprintf("there is no exchange %v: the step makes %d; say with exchanges how many it makes",
				e.Exchange.JSON, exchanges)},
	})

	failure, ok := op.failure(e.Failure.Value)
	if !ok || !e.HTTP.Given() || c.Decided.Given() || len(failure.HTTP) == 0 {
		return
	}
	if !slices.Contains(failure.HTTP, intOf(e.HTTP)) {
		v.add(c, e.HTTP.Line, "the failure %s is documented with HTTP %v, the case expects %v", e.Failure,
			failure.HTTP, e.HTTP.JSON)
	}
}

func (v *validator) checkSave(c *Case, step *Step) {
	for name, pointer := range step.Save {
		if _, err := splitPointer(pointer.Value); err != nil {
			v.add(c, pointer.Line, "%v", err)
		}
		if known(name, nil) {
			v.add(c, pointer.Line, "%q is a name of the runner; save the value under another name", name)
		}
	}
	if step.MockOnly && len(step.Save) > 0 {
		v.add(c, step.line, "a mock_only step cannot save: on a tenant the value would be missing")
	}
}

func (o *operation) documents(status int) bool {
	return slices.Contains(o.described.Statuses, strconv.Itoa(status))
}
