package runner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

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
