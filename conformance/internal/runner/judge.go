package runner

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// This file passes the exchanges of a step to the engine and keeps what it finds.
// expect.go and expect_client.go compare what the case expects in addition.

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

		exchange := s.exchangeOf(recorded)
		if recorded == main {
			exchange.Expect.Response = s.expectedOf(recorded.response.Body)
			body, _ = jsonvalue.Decode(bytes.TrimPrefix(recorded.response.Body, []byte("\xef\xbb\xbf")))
		}
		s.note(s.contract.checker.Check(ctx, exchange))
	}
	return body
}

// exchangeOf is a recorded exchange as the engine checks it.
func (s *stepRun) exchangeOf(r *recorded) conformance.Exchange {
	reason := s.invalid()
	return conformance.Exchange{
		Name:      s.label,
		Operation: s.op.ID,
		Request:   r.request,
		Response:  r.response,
		Expect:    conformance.Expect{RequestInvalid: reason != "", Reason: reason},
	}
}

// keepTraffic keeps an exchange with the server, if the report shows traffic.
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
	isExpected := s.outcome != nil && s.outcome.says(body)
	if isExpected {
		return nil
	}

	var ofOther *outcome // documented by another operation
	for id, op := range s.contract.operations {
		for _, refusal := range op.failures {
			isAboutKey := strings.HasPrefix(refusal.Code+"/", "auth-key/")
			if !isAboutKey || !refusal.says(body) {
				continue
			}
			if id == s.op.ID {
				return &refusal
			}
			refusal.Response = "" // the component is one of the other operation
			ofOther = &refusal
		}
	}
	return ofOther
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
