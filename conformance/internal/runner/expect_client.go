package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// expectClient compares what the client made of the response.
func (s *stepRun) expectClient(main *recorded) {
	s.expectClientError(main)
	if s.clientErr != nil {
		return
	}
	s.expectReencoded(main)
	s.expectUndeclared()
	if s.step.served != nil {
		s.expectNoMisfit()
	}
	if len(s.step.Expect.Result) == 0 {
		return
	}

	result, err := encodeAndDecode(s.result)
	if err != nil {
		s.findClient(conformance.CodeClientDecode, "a result that encodes as JSON", "none", err.Error())
		return
	}
	for _, pointer := range sortedKeys(s.step.Expect.Result) {
		s.expectResult(result, pointer, s.step.Expect.Result[pointer])
	}
}

// expectResult compares one value of what the client's method returned.
func (s *stepRun) expectResult(result any, pointer string, match Match) {
	s.expectValue(result, match, conformance.Finding{
		Code: conformance.CodeClientOutcome, Fault: conformance.FaultClient, Part: "result",
		Why: "the client's method returned something else than the response says", Pointer: pointer,
	})
}

func encodeAndDecode(result any) (any, error) {
	raw, err := json.Marshal(result)
	if err != nil {
		return nil, err
	}
	return jsonvalue.Decode(raw)
}

// expectClientError makes sure that the client reports a failure as an error, and
// nothing else.
func (s *stepRun) expectClientError(main *recorded) {
	if s.clientErr == nil {
		s.expectErrorWas(s.step.Expect.Failure.Given())
		return
	}

	failure := s.step.Expect.Failure.Given()
	theirs, isTheirs := errors.AsType[*client.Error](s.clientErr)
	code, hasCode := s.expectedCode()
	switch {
	case !failure && !s.step.Expect.Error.Given():
		s.findClient(conformance.CodeClientOutcome, "no error", "an error",
			"the client reports an error: "+s.errorText())
	case !isTheirs:
		s.findClient(conformance.CodeClientOutcome, "a *client.Error", fmt.Sprintf("%T", s.clientErr),
			"the client's error is not of its one type")
	case hasCode && !errors.Is(s.clientErr, code):
		s.findClient(conformance.CodeClientOutcome, "the code "+string(code), "the code "+string(theirs.Code),
			"the client's error has another code")
	case failure && !bytes.Equal(theirs.Body, main.response.Body):
		s.findClient(conformance.CodeClientDecode, "the bytes of the response",
			fmt.Sprintf("%d bytes", len(theirs.Body)), "the error does not keep the response's bytes")
	}
}

// expectErrorWas finds that the client should have reported an error.
func (s *stepRun) expectErrorWas(failure bool) {
	switch {
	case failure:
		s.findClient(conformance.CodeClientOutcome, "an error", "none",
			"the response is a failure and the client reports success")
	case s.step.Expect.Error.Given():
		s.findClient(conformance.CodeClientOutcome, "the error "+s.step.Expect.Error.Value, "none",
			"the client reports no error")
	}
}

// expectedCode is the code that the client's error must have: the one that the
// case names, or the contract's for the failure.
func (s *stepRun) expectedCode() (client.Code, bool) {
	if s.step.Expect.Error.Given() {
		return clientErrors[s.step.Expect.Error.Value], true
	}
	if s.outcome == nil || s.outcome.Code == "" {
		return "", false
	}
	return client.Code("failed/" + s.outcome.Code), true
}

// errorText is the client's error as a report may show it. The whole text may
// contain a customer's data.
func (s *stepRun) errorText() string {
	theirs, ok := errors.AsType[*client.Error](s.clientErr)
	if ok && !s.opts.ShowValues {
		return fmt.Sprintf("%s (HTTP %d)", theirs.Code, theirs.HTTPStatus)
	}
	return s.clientErr.Error()
}

// responseOf is what every response of the client offers.
type responseOf interface {
	Raw() []byte
	Undeclared() map[string]json.RawMessage
}

// expectReencoded makes sure that the client's response keeps the bytes of the
// wire, and encodes to the same JSON but for white space.
func (s *stepRun) expectReencoded(main *recorded) {
	response, ok := s.result.(responseOf)
	if !ok {
		return
	}
	kept := response.Raw()
	var compact bytes.Buffer
	if json.Compact(&compact, kept) != nil {
		return // the engine has reported that it is not JSON
	}

	again, err := jsonvalue.Encode(response)
	switch {
	case !bytes.Contains(main.response.Body, kept):
		s.findClient(conformance.CodeClientDecode, "the bytes of the response", fmt.Sprintf("%d bytes", len(kept)),
			"the response does not keep its bytes")
	case err != nil:
		s.findClient(conformance.CodeClientDecode, "a result that encodes as JSON", "none", err.Error())
	case !bytes.Equal(compact.Bytes(), again):
		s.findClient(conformance.CodeClientDecode, "the same JSON again", "other JSON",
			"decoding and encoding the response changes it")
	}
}

// expectUndeclared compares the number of undeclared fields that the client
// reports, if the case names one.
func (s *stepRun) expectUndeclared() {
	response, ok := s.result.(responseOf)
	if !ok || !s.step.Expect.Undeclared.Given() {
		return
	}
	expected := intOf(s.step.Expect.Undeclared)
	got := len(response.Undeclared())
	if got != expected {
		s.findClient(conformance.CodeClientDecode, fmt.Sprintf("%d undeclared fields", expected),
			fmt.Sprintf("%d undeclared fields", got), "the client reports another number of undeclared fields")
	}
}

// expectNoMisfit makes sure that every value of an example has the type that the
// client's struct declares. Otherwise the struct would show a zero.
func (s *stepRun) expectNoMisfit() {
	records := []any{s.result}
	if list := reflect.ValueOf(s.result); list.Kind() == reflect.Slice {
		records = nil
		for i := range list.Len() {
			records = append(records, list.Index(i).Interface())
		}
	}

	for _, record := range records {
		typed, ok := record.(interface{ Misfits() []client.Misfit })
		if !ok {
			continue
		}
		for _, misfit := range typed.Misfits() {
			s.findClient(conformance.CodeClientDecode, "fields of the declared types", "another type",
				fmt.Sprintf("the client's type cannot hold a value of the example: %v", misfit))
		}
	}
}

// findClient adds a finding about the client.
func (s *stepRun) findClient(code, expected, actual, message string) {
	hint := fmt.Sprintf("the method is %s, called at %s:%d", s.step.Call, s.c.file, s.step.line)
	if s.step.served != nil && s.outcome == nil {
		const text = "the contract has this response as a success: see what %s takes for one (`expected` in " +
			"client/%s.go)"
		service, _, _ := strings.Cut(s.step.Call.Value, ".")
		hint = fmt.Sprintf(text, s.step.Call, strings.ToLower(service))
	}
	s.find(conformance.Finding{
		Code: code, Fault: conformance.FaultClient, Side: conformance.SideResponse, Part: "result",
		Why:      "the client is responsible for what it makes of a response",
		Expected: expected, Actual: actual, Message: message,
		Hint: hint,
	})
}
