package runner

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// main returns the exchange that the expectations are about, nil if there is
// none.
func (s *stepRun) main(exchanges []*recorded) *recorded {
	which := len(exchanges)
	if s.step.Expect.Exchange.Given() {
		which = intOf(s.step.Expect.Exchange)
	}
	if which < 1 || which > len(exchanges) {
		return nil
	}
	return exchanges[which-1]
}

// judge passes every exchange of the step to the engine and returns the decoded
// body of the main response, nil if it is not JSON.
func (s *stepRun) judge(ctx context.Context, exchanges []*recorded) (body any) {
	main := s.main(exchanges)
	for _, recorded := range exchanges {
		s.keepTraffic(recorded)
		if recorded.err != nil {
			s.findNoResponse(recorded.err)
		}
		if recorded.err != nil && recorded.response.Status == 0 {
			continue
		}

		exchange := conformance.Exchange{
			Name:      s.label,
			Operation: s.op.ID,
			Request:   recorded.request,
			Response:  recorded.response,
		}
		if recorded == main {
			exchange.Expect.Response = s.expectedOf(recorded.response.Body)
			body, _ = jsonvalue.Decode(bytes.TrimPrefix(recorded.response.Body, []byte("\xef\xbb\xbf")))
		}
		if reason := s.invalid(); reason != "" {
			exchange.Expect.RequestInvalid = true
			exchange.Expect.Reason = reason
		}
		s.note(s.contract.checker.Check(ctx, exchange))
	}
	return body
}

// keepTraffic keeps an exchange with the server for the report, if it is to show
// them.
func (s *stepRun) keepTraffic(r *recorded) {
	if s.opts.Traffic == nil || s.step.local() {
		return
	}
	exchange := conformance.Exchange{Name: s.label, Request: r.request, Response: r.response}
	s.verdict.Traffic = append(s.verdict.Traffic, s.opts.Traffic(exchange))
}

// expectedOf returns the component that the main response must fit, "" for any.
func (s *stepRun) expectedOf(response []byte) string {
	s.refusal = s.keyRefusal(response)
	switch {
	case s.refusal != nil:
		s.findRefusal()
		return s.refusal.Response
	case s.isSkipResponse(response):
		return ""
	}
	return s.component
}

// note keeps what the engine found in one exchange.
func (s *stepRun) note(result conformance.Result) {
	s.verdict.Findings = append(s.verdict.Findings, result.Findings...)
	s.verdict.Drift = append(s.verdict.Drift, result.Drift...)
	if s.step.local() {
		return // a response that the runner serves proves nothing about the server
	}
	s.results = append(s.results, result)
}

func (s *stepRun) findNoResponse(err error) {
	s.find(conformance.Finding{
		Code: conformance.CodeNoResponse, Fault: conformance.FaultServer,
		Side:    conformance.SideResponse,
		Why:     "the request went out and no whole response came back",
		Message: "no response: " + TransportText(err, s.opts.ShowValues),
		Hint:    "see whether the server is up and reachable, then run the case again with --case " + s.c.Name.Value,
	})
}

// invalid says why the step's request breaks the contract on purpose.
func (s *stepRun) invalid() string {
	if s.step.Invalid.Given() {
		return s.step.Invalid.Value
	}
	if s.step.keyState() == KeyAbsent {
		return "no key is sent"
	}
	return ""
}

// keyRefusal returns the documented failure with which a tenant rejects the key
// of the run, nil if it accepts the key. Such a response shows nothing else, and
// the server need not change. Some pages end before their failure for keys, so
// the text of any other page counts too.
func (s *stepRun) keyRefusal(response []byte) *outcome {
	goodKey := s.step.keyState() == KeyGood || s.step.keyState() == KeyPassword
	if !s.opts.Live || s.step.local() || !goodKey {
		return nil
	}
	body, err := jsonvalue.Decode(response)
	if err != nil {
		return nil
	}
	if s.outcome != nil && s.outcome.says(body) {
		return nil
	}

	var found *outcome
	for id, op := range s.contract.operations {
		for _, refusal := range op.failures {
			if !strings.HasPrefix(refusal.Code+"/", "auth-key/") || !refusal.says(body) {
				continue
			}
			if id == s.op.ID {
				return &refusal
			}
			refusal.Response = "" // the component is one of another operation
			found = &refusal
		}
	}
	return found
}

func (s *stepRun) findRefusal() {
	s.find(conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultClient,
		Side: conformance.SideRequest, Part: "header",
		Why:     "the key belongs to the caller of the run",
		Message: fmt.Sprintf("the server rejects the given key: %q", s.refusal.Message),
		Hint: "see whether the key is right and still valid, and whether it is for this operation: a tenant " +
			"may have a key for each",
	})
}

// isSkipResponse reports whether the body is the failure that ends the case
// without a verdict.
func (s *stepRun) isSkipResponse(response []byte) bool {
	body, err := jsonvalue.Decode(response)
	return err == nil && s.skipFailure(body) != nil
}

// skipFailure returns the failure of SkipOn if the body has its text.
func (s *stepRun) skipFailure(body any) *outcome {
	failure, ok := s.op.failure(s.step.SkipOn.Value)
	if !ok || !failure.says(body) {
		return nil
	}
	return failure
}

// skippedBy ends the case without a verdict if the step says so for this body.
func (s *stepRun) skippedBy(body any) bool {
	if failure := s.skipFailure(body); failure != nil {
		s.skip(fmt.Sprintf("the server returned %q, so the case cannot continue", failure.Message))
		return true
	}
	if !s.step.SkipUnless.Given() || len(s.verdict.Findings) > 0 {
		return false
	}

	value, ok := lookUp(body, s.step.SkipUnless.Value)
	if ok && isScalar(value) {
		return false
	}
	s.skip("the server has no record that the case could continue with")
	return true
}

// expect compares what the case expects in addition to the contract.
func (s *stepRun) expect(exchanges []*recorded, body any) {
	s.expectCount(exchanges)
	main := s.main(exchanges)
	if main == nil || main.response.Status == 0 {
		return
	}
	s.expectSent(main)
	if s.refusal != nil {
		return
	}

	s.expectStatus(main.response.Status)
	s.expectOutcome(body)
	s.expectNoRefusal(body)
	for _, pointer := range sortedKeys(s.step.Expect.Fields) {
		s.expectField(body, pointer, s.step.Expect.Fields[pointer])
	}

	// If the response is wrong, the client is not at fault for what it returns.
	if s.step.Call.Given() && !s.responseWrong() {
		s.expectClient(main)
	}
}

// responseWrong reports whether there is a finding about a response. A case ends
// with the first step that finds something, so the finding is this step's.
func (s *stepRun) responseWrong() bool {
	return slices.ContainsFunc(s.verdict.Findings,
		func(f conformance.Finding) bool { return f.Side == conformance.SideResponse })
}

// reported reports whether the engine has already found the value at pointer, or
// a value that contains it, to be wrong. A second finding would say the same.
func (s *stepRun) reported(pointer string) bool {
	return slices.ContainsFunc(s.verdict.Findings, func(f conformance.Finding) bool {
		byEngine := f.Side == conformance.SideResponse && f.Code != conformance.CodeCaseExpectation
		contains := f.Pointer == "" || f.Pointer == pointer || strings.HasPrefix(pointer, f.Pointer+"/")
		return byEngine && contains
	})
}

// expectCount compares the number of requests. After a wrong response a client
// may rightly stop, or read on.
func (s *stepRun) expectCount(exchanges []*recorded) {
	expected := s.step.Expect.exchanges()
	if len(exchanges) == expected || s.responseWrong() {
		return
	}

	message := fmt.Sprintf("expected %d requests, got %d", expected, len(exchanges))
	if len(exchanges) == 0 && s.clientErr != nil {
		message += ": " + s.errorText()
	}
	s.find(conformance.Finding{
		Code: conformance.CodeClientOutcome, Fault: conformance.FaultClient,
		Side: conformance.SideRequest,
		Why:  "the client decides how many requests it sends", Message: message,
		Expected: fmt.Sprintf("%d requests", expected), Actual: fmt.Sprintf("%d requests", len(exchanges)),
	})
}

// expectSent compares the body on the wire with the sample that the step names
// for it, or with the argument itself.
func (s *stepRun) expectSent(main *recorded) {
	expected, name, err := s.expectedBody()
	if err != nil {
		s.find(conformance.Finding{
			Code: conformance.CodeCaseExpectation, Fault: conformance.FaultClient, Message: err.Error(),
		})
		return
	}
	if expected == nil {
		return
	}
	sent, err := jsonvalue.Decode(main.request.Body)
	if err != nil {
		return // the engine has reported it
	}

	for _, pointer := range differences(expected, sent, 5) {
		want, wanted := lookUp(expected, pointer)
		got, present := lookUp(sent, pointer)
		finding := conformance.Finding{
			Code: conformance.CodeCaseExpectation, Fault: conformance.FaultClient,
			Side: conformance.SideRequest, Part: "body",
			Why:     "the client was given the sample and put something else on the wire",
			Pointer: pointer, Expected: shapeOf(want, wanted), Actual: shapeOf(got, present),
			Message: strings.TrimSpace("the request differs from what the client was given " + name),
			Hint:    "compare the client's request type with the sample",
		}
		s.find(s.withValue(finding, actual{got, present}))
	}
}

// expectedBody returns the body that the client must put on the wire, nil if the
// step does not say, and the name of its sample.
func (s *stepRun) expectedBody() (body any, name string, err error) {
	if s.step.Sends.Given() {
		body, err = s.contract.decodedSample(s.step.Sends.Value)
		if err != nil {
			return nil, "", err
		}
		body, err = s.change(body, s.step.SendsSet, nil)
		return body, s.step.Sends.Value, err
	}
	if s.step.Call.Given() && methods()[s.step.Call.Value].sendsArgs {
		return s.body, s.step.Sample.Value, nil
	}
	return nil, "", nil
}

// expectStatus compares the HTTP status, if the case names one.
func (s *stepRun) expectStatus(status int) {
	expected := intOf(s.step.Expect.HTTP)
	if !s.step.Expect.HTTP.Given() || expected == status {
		return
	}
	s.find(conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer,
		Side: conformance.SideResponse, Part: "status",
		Why: "the case expects the HTTP status that the page gives", HTTPStatus: status,
		Expected: fmt.Sprint(expected), Actual: fmt.Sprint(status),
		Message: fmt.Sprintf("expected HTTP %d, got %d", expected, status),
	})
}

// expectOutcome compares the text of a documented failure or success.
func (s *stepRun) expectOutcome(body any) {
	if s.outcome == nil {
		return
	}
	if s.outcome.says(body) {
		if s.step.Expect.Failure.Given() && !s.step.local() {
			s.covered = append(s.covered, coveredFailure{s.op.ID, s.outcome.Name})
		}
		return
	}

	pointer := joinPointer("", s.outcome.Field)
	if s.reported(pointer) {
		return
	}

	got, present := lookUp(body, pointer)
	s.find(s.withValue(conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer,
		Side: conformance.SideResponse, Part: "body",
		Why: "a page prints this text for this outcome", Pointer: pointer,
		Expected: fmt.Sprintf("%q", s.outcome.Message), Actual: shapeOf(got, present),
		Message: fmt.Sprintf("expected the outcome %s, but its text is missing", s.outcome.Name),
		Hint:    "run again with --show-values to see the response's text",
	}, actual{got, present}))
}

// expectNoRefusal makes sure that a response does not say success in its status
// and a documented failure in its text. Clients that read one of them would
// disagree with clients that read the other.
func (s *stepRun) expectNoRefusal(body any) {
	said := s.failureWithoutStatus(body)
	if said == nil {
		return
	}

	pointer := joinPointer("", said.Field)
	found := slices.ContainsFunc(s.verdict.Findings, func(f conformance.Finding) bool { return f.Pointer == pointer })
	if found || s.reported(pointer) {
		return
	}

	s.find(conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer,
		Side: conformance.SideResponse, Part: "body",
		Why: "a page prints this text for a failure", Pointer: pointer,
		Expected: fmt.Sprintf("the status %q next to this text", said.Status), Actual: "another status, or none",
		Message: fmt.Sprintf("the response has the text of the failure %s but not its status", said.Name),
	})
}

// failureWithoutStatus returns the failure whose text the body has while its
// status is that of none of the failures with this text.
func (s *stepRun) failureWithoutStatus(body any) *outcome {
	var said *outcome
	for i := range s.op.failures {
		failure := &s.op.failures[i]
		if !failure.says(body) {
			continue
		}

		for _, field := range []string{"/status", "/Status"} {
			if status, _ := lookUp(body, field); status == failure.Status {
				return nil
			}
		}
		said = failure
	}
	return said
}

// expectField compares one value of the response.
func (s *stepRun) expectField(body any, pointer string, match Match) {
	if s.reported(pointer) {
		return
	}
	s.expectValue(body, match, conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer, Part: "body",
		Why: "the case expects this value of the server", Pointer: pointer,
	})
}

// expectValue compares the value at the finding's pointer and completes the
// finding if the value differs.
func (s *stepRun) expectValue(whole any, match Match, finding conformance.Finding) {
	value, present := lookUp(whole, finding.Pointer)
	got := actual{value, present}
	expected, err := match.check(got, s.vars)
	if err != nil {
		expected = err.Error()
	}
	if expected == "" {
		return
	}

	finding.Side = conformance.SideResponse
	finding.Expected = expected
	finding.Actual = shapeOf(value, present)
	finding.Message = fmt.Sprintf("the case expects %s", expected)
	finding.Hint = fmt.Sprintf("see %s:%d", s.c.file, match.line)
	s.find(s.withValue(finding, got))
}

// withValue adds the value to a finding if the caller wants to see values.
func (s *stepRun) withValue(finding conformance.Finding, got actual) conformance.Finding {
	if !s.opts.ShowValues || !got.present {
		return finding
	}
	if raw, err := jsonvalue.Encode(got.value); err == nil {
		finding.Value = string(raw)
	}
	return finding
}

// find adds a finding of the runner.
func (s *stepRun) find(finding conformance.Finding) {
	finding.Exchange = s.label
	finding.Count = 1
	if finding.Operation == "" {
		finding.Operation = s.op.ID
	}
	if finding.Side == "" {
		finding.Side = conformance.SideRequest
	}
	s.verdict.Findings = append(s.verdict.Findings, finding)
}

// save keeps the values that later steps need.
func (s *stepRun) save(body any) {
	for _, name := range sortedKeys(s.step.Save) {
		pointer := s.step.Save[name].Value
		value, ok := lookUp(body, pointer)
		if ok && isScalar(value) {
			s.vars.saved[name] = value
			continue
		}

		s.find(conformance.Finding{
			Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer,
			Side: conformance.SideResponse, Part: "body",
			Why: "a later step of the case needs the value", Pointer: pointer,
			Expected: "a value to keep as " + name, Actual: shapeOf(value, ok),
			Message: fmt.Sprintf("the response has no value that the case could keep as %s", name),
		})
	}
}
