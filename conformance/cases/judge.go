package cases

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// main is the exchange that the expectations are about, nil if there is none.
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

// judge hands every exchange of the step to the engine and returns the body of
// the main answer, decoded as far as it is JSON.
func (s *stepRun) judge(ctx context.Context, exchanges []*recorded) (body any) {
	main := s.main(exchanges)
	for _, recorded := range exchanges {
		if recorded.err != nil {
			s.find(conformance.Finding{
				Code: conformance.CodeNoAnswer, Fault: conformance.FaultServer, Side: conformance.SideResponse,
				Why:     "the request went out and no whole answer came back",
				Message: "no answer: " + TransportText(recorded.err, s.opts.ShowValues),
				Hint:    "see whether the server is up and reachable, then run the case again with --case " + s.c.Name.Value,
			})
			if recorded.response.Status == 0 {
				continue
			}
		}
		exchange := conformance.Exchange{
			Name: s.label, Operation: s.op.ID, Request: recorded.request, Response: recorded.response,
		}
		if recorded == main {
			exchange.Expect.Answer = s.answer
			s.refused = s.keyRefusal(recorded.response.Body)
			switch {
			case s.refused != nil:
				exchange.Expect.Answer = s.refused.Answer
				s.findRefusal()
			case s.skipAnswer(recorded.response.Body):
				exchange.Expect.Answer = ""
			}
		}
		if reason := s.invalid(); reason != "" {
			exchange.Expect.RequestInvalid, exchange.Expect.Reason = true, reason
		}
		result := s.contract.checker.Check(ctx, exchange)
		s.note(result)
		if recorded == main {
			body, _ = jsonvalue.Decode(bytes.TrimPrefix(recorded.response.Body, []byte("\xef\xbb\xbf")))
		}
	}
	return body
}

// invalid tells why the step's request breaks the contract on purpose.
func (s *stepRun) invalid() string {
	if s.step.Invalid.Given() {
		return s.step.Invalid.Value
	}
	if s.keyState() == KeyAbsent {
		return "no key is sent"
	}
	return ""
}

// keyRefusal is the documented refusal of a key that a tenant answered to the
// key that the run was given, nil if it took it. Nothing else can be learnt of
// such an answer, and it is not the server that has to change. Some pages stop
// before their refusal: that of any other page is one as well.
func (s *stepRun) keyRefusal(answer []byte) *outcome {
	if !s.opts.Live || s.step.Serve.Given() || s.keyState() != KeyGood && s.keyState() != KeyPassword {
		return nil
	}
	body, err := jsonvalue.Decode(answer)
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
			refusal.Answer = "" // its form is not that operation's
			found = &refusal
		}
	}
	return found
}

func (s *stepRun) findRefusal() {
	s.find(conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultClient, Side: conformance.SideRequest, Part: "header",
		Why:     "the key belongs to whoever starts the run",
		Message: fmt.Sprintf("the server refuses the key that was given: %q", s.refused.Message),
		Hint:    "see whether the key is right and still valid, and whether it is for this operation: a tenant may have a key for each",
	})
}

// skipAnswer reports whether the body is the failure on which the case ends
// without a verdict.
func (s *stepRun) skipAnswer(body []byte) bool {
	if !s.step.SkipOn.Given() {
		return false
	}
	failure, ok := s.op.failure(s.step.SkipOn.Value)
	value, err := jsonvalue.Decode(body)
	return ok && err == nil && failure.says(value)
}

func (s *stepRun) skippedBy(body any) bool {
	if s.step.SkipOn.Given() {
		if failure, ok := s.op.failure(s.step.SkipOn.Value); ok && failure.says(body) {
			s.skip(fmt.Sprintf("the server answered %q: there is nothing to go on with", failure.Message))
			return true
		}
	}
	if s.step.SkipUnless.Given() && len(s.verdict.Findings) == 0 {
		if value, ok := lookUp(body, s.step.SkipUnless.Value); !ok || !isScalar(value) {
			s.skip("the server has no record to go on with")
			return true
		}
	}
	return false
}

// expect compares what the case says beyond the contract.
func (s *stepRun) expect(exchanges []*recorded, body any) {
	s.expectCount(exchanges)
	main := s.main(exchanges)
	if main == nil || main.response.Status == 0 {
		return
	}
	s.expectSent(main)
	if s.refused != nil {
		return
	}
	s.expectStatus(main.response.Status)
	s.expectOutcome(body)
	s.expectNoRefusal(body)
	for _, pointer := range sortedKeys(s.step.Expect.Members) {
		s.expectMember(pointer, s.step.Expect.Members[pointer], body, false)
	}
	// What a client makes of a wrong answer is no fault of the client's.
	if s.step.Call.Given() && !s.answerWrong() {
		s.expectClient(main)
	}
}

// answerWrong reports whether something was found about an answer. A case ends
// with the first step that finds something, so it was this step's.
func (s *stepRun) answerWrong() bool {
	return slices.ContainsFunc(s.verdict.Findings, func(f conformance.Finding) bool { return f.Side == conformance.SideResponse })
}

// told reports whether the engine has found the value at pointer, or something
// that holds it, to be wrong: what follows from that is no second finding.
func (s *stepRun) told(pointer string) bool {
	return slices.ContainsFunc(s.verdict.Findings, func(f conformance.Finding) bool {
		return f.Side == conformance.SideResponse && f.Code != conformance.CodeCaseExpectation &&
			(f.Pointer == "" || f.Pointer == pointer || strings.HasPrefix(pointer, f.Pointer+"/"))
	})
}

func (s *stepRun) expectCount(exchanges []*recorded) {
	due := 1
	if s.step.Expect.Exchanges.Given() {
		due = intOf(s.step.Expect.Exchanges)
	}
	if len(exchanges) == due || s.answerWrong() { // after which a client that reads on, or ends, does as it should
		return
	}
	message := fmt.Sprintf("%d requests were due, %d were made", due, len(exchanges))
	if len(exchanges) == 0 && s.clientErr != nil {
		message += ": " + s.errorText()
	}
	s.find(conformance.Finding{
		Code: conformance.CodeClientOutcome, Fault: conformance.FaultClient, Side: conformance.SideRequest,
		Why: "how many requests go out is the client's own doing", Message: message,
		Expected: fmt.Sprintf("%d requests", due), Actual: fmt.Sprintf("%d requests", len(exchanges)),
	})
}

// expectSent compares the bytes on the wire to the sample that is due there:
// the argument itself if the step takes its argument from a sample.
func (s *stepRun) expectSent(main *recorded) {
	var due any
	var name string
	switch {
	case s.step.Sends.Given():
		raw, err := s.contract.sample(s.step.Sends.Value)
		if err == nil {
			due, err = jsonvalue.Decode(raw)
		}
		if err == nil {
			due, err = s.change(due, s.step.SendsSet, nil)
		}
		if err != nil {
			s.find(conformance.Finding{Code: conformance.CodeCaseExpectation, Fault: conformance.FaultClient, Message: err.Error()})
			return
		}
		name = s.step.Sends.Value
	case s.step.Call.Given() && s.body != nil && methods[s.step.Call.Value].body:
		due, name = s.body, s.step.Sample.Value
	default:
		return
	}
	sent, err := jsonvalue.Decode(main.request.Body)
	if err != nil {
		return // the engine has said so
	}
	for _, pointer := range differences(due, sent, "", 5) {
		want, wanted := lookUp(due, pointer)
		got, there := lookUp(sent, pointer)
		finding := conformance.Finding{
			Code: conformance.CodeCaseExpectation, Fault: conformance.FaultClient, Side: conformance.SideRequest, Part: "body",
			Why:     "the client was given the sample and put something else on the wire",
			Pointer: pointer, Expected: shapeOf(want, wanted), Actual: shapeOf(got, there),
			Message: strings.TrimSpace("the request differs from what the client was given " + name),
			Hint:    "compare the client's request type with the sample",
		}
		s.find(s.withValue(finding, got, there))
	}
}

// expectStatus compares the HTTP status, where the case names one.
func (s *stepRun) expectStatus(status int) {
	due := intOf(s.step.Expect.HTTP)
	if !s.step.Expect.HTTP.Given() || due == status {
		return
	}
	s.find(conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer, Side: conformance.SideResponse, Part: "status",
		Why: "the case expects the HTTP status that the page gives", HTTPStatus: status,
		Expected: fmt.Sprint(due), Actual: fmt.Sprint(status),
		Message: fmt.Sprintf("HTTP %d was due, HTTP %d came", due, status),
	})
}

// expectOutcome compares the text of a documented failure or success.
func (s *stepRun) expectOutcome(body any) {
	if s.outcome != nil && !s.outcome.says(body) && s.told(joinPointer("", s.outcome.Member)) {
		return
	}
	if s.outcome == nil || s.outcome.says(body) {
		if s.outcome != nil && s.step.Expect.Failure.Given() && !s.step.Serve.Given() {
			s.covered = append(s.covered, coveredFailure{s.op.ID, s.outcome.Name})
		}
		return
	}
	pointer := joinPointer("", s.outcome.Member)
	got, there := lookUp(body, pointer)
	s.find(s.withValue(conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer, Side: conformance.SideResponse, Part: "body",
		Why: "a page prints this text for this outcome", Pointer: pointer,
		Expected: fmt.Sprintf("%q", s.outcome.Message), Actual: shapeOf(got, there),
		Message: fmt.Sprintf("the outcome %s was due, its text did not come", s.outcome.Name),
		Hint:    "run again with --show-values to see what came",
	}, got, there))
}

// expectNoRefusal sees that an answer does not say success in the words of a
// documented refusal: whoever reads its status and whoever reads its text would
// believe different things.
func (s *stepRun) expectNoRefusal(body any) {
	var said *outcome
	for i := range s.op.failures {
		refusal := &s.op.failures[i]
		if !refusal.says(body) {
			continue
		}
		for _, member := range []string{"/status", "/Status"} {
			if status, _ := lookUp(body, member); status == refusal.Status {
				return
			}
		}
		said = refusal
	}
	if said == nil {
		return
	}
	pointer := joinPointer("", said.Member)
	if s.told(pointer) || slices.ContainsFunc(s.verdict.Findings, func(f conformance.Finding) bool { return f.Pointer == pointer }) {
		return
	}
	s.find(conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer, Side: conformance.SideResponse, Part: "body",
		Why: "a page prints this text for a refusal", Pointer: pointer,
		Expected: fmt.Sprintf("the status %q beside this text", said.Status), Actual: "another status, or none",
		Message: fmt.Sprintf("the answer has the text of the refusal %s and not its status", said.Name),
	})
}

// expectMember compares one value of the answer, or of what the client made
// of it.
func (s *stepRun) expectMember(pointer string, match Match, body any, client bool) {
	value, present := lookUp(body, pointer)
	if !client && s.told(pointer) {
		return
	}
	expected, err := match.check(value, present, s.vars)
	if err != nil {
		expected = err.Error()
	}
	if expected == "" {
		return
	}
	finding := conformance.Finding{
		Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer, Side: conformance.SideResponse, Part: "body",
		Why:     "the case expects this value of the server",
		Pointer: pointer, Expected: expected, Actual: shapeOf(value, present),
		Message: fmt.Sprintf("the case expects %s", expected),
		Hint:    fmt.Sprintf("see %s:%d", s.c.file, match.line),
	}
	if client {
		finding.Code, finding.Fault, finding.Part = conformance.CodeClientOutcome, conformance.FaultClient, "result"
		finding.Why = "the client's method made something else of the answer"
	}
	s.find(s.withValue(finding, value, present))
}

func (s *stepRun) withValue(finding conformance.Finding, value any, present bool) conformance.Finding {
	if s.opts.ShowValues && present {
		if raw, err := jsonvalue.Encode(value); err == nil {
			finding.Value = string(raw)
		}
	}
	return finding
}

// find adds a finding of the runner's own.
func (s *stepRun) find(finding conformance.Finding) {
	finding.Exchange, finding.Count = s.label, 1
	if finding.Operation == "" {
		finding.Operation = s.op.ID
	}
	if finding.Side == "" {
		finding.Side = conformance.SideRequest
	}
	s.verdict.Findings = append(s.verdict.Findings, finding)
}

// save keeps the values that later steps need.
func (s *stepRun) save(last any) {
	for _, name := range sortedKeys(s.step.Save) {
		pointer := s.step.Save[name].Value
		value, ok := lookUp(last, pointer)
		if !ok || !isScalar(value) {
			s.find(conformance.Finding{
				Code: conformance.CodeCaseExpectation, Fault: conformance.FaultServer, Side: conformance.SideResponse, Part: "body",
				Why: "a later step of the case needs the value", Pointer: pointer,
				Expected: "a value to keep as " + name, Actual: shapeOf(value, ok),
				Message: fmt.Sprintf("the answer lacks what the case keeps as %s", name),
			})
			continue
		}
		s.vars.saved[name] = value
	}
}

// differences lists the pointers at which two values differ, at most limit.
func differences(due, got any, at string, limit int) []string {
	if limit <= 0 || equalJSON(due, got) {
		return nil
	}
	switch due := due.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			break
		}
		var found []string
		names := slices.AppendSeq(slices.Collect(maps.Keys(due)), maps.Keys(got))
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			want, wanted := due[name]
			have, there := got[name]
			pointer := joinPointer(at, name)
			if wanted != there {
				found = append(found, pointer)
			} else {
				found = append(found, differences(want, have, pointer, limit-len(found))...)
			}
			if len(found) >= limit {
				break
			}
		}
		return found
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(due) {
			break
		}
		var found []string
		for i := range due {
			found = append(found, differences(due[i], got[i], joinPointer(at, fmt.Sprint(i)), limit-len(found))...)
		}
		return found
	}
	return []string{at}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
