package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// call runs the step's method on a client of its own.
func (s *stepRun) call(ctx context.Context, target string, credential Credential, transport http.RoundTripper) (any, error) {
	options := []client.Option{
		client.WithBaseURL(target),
		client.WithHTTPClient(&http.Client{Transport: transport}),
		client.WithoutRetry(), // a case counts its requests
	}
	switch {
	case credential.User != "":
		options = append(options, client.WithBasicAuth(credential.User, credential.Password))
	case credential.Token != "":
		options = append(options, client.WithToken(credential.Token))
	}
	c, err := client.New("", options...)
	if err != nil {
		return nil, err
	}
	return methods[s.step.Call.Value].call(ctx, c, s.raw)
}

// codeDue is the code that the client's error must bear: the one that the case
// names, else the contract's for the failure.
func (s *stepRun) codeDue() (client.Code, bool) {
	if s.step.Expect.Error.Given() {
		return clientErrors[s.step.Expect.Error.Value], true
	}
	if s.outcome == nil || s.outcome.Code == "" {
		return "", false
	}
	return client.Code("failed/" + s.outcome.Code), true
}

// errorText tells the client's error; its whole text may hold a customer's
// data.
func (s *stepRun) errorText() string {
	if theirs, ok := errors.AsType[*client.Error](s.clientErr); ok && !s.opts.ShowValues {
		return fmt.Sprintf("%s (HTTP %d)", theirs.Code, theirs.HTTPStatus)
	}
	return s.clientErr.Error()
}

// answerOf is what every answer of the client offers.
type answerOf interface {
	Raw() []byte
	Undeclared() map[string]json.RawMessage
}

// expectClient compares what the client made of the answer.
func (s *stepRun) expectClient(main *recorded) {
	if s.expectClientError(main); s.clientErr != nil {
		return
	}
	s.expectReencoded(main)
	if s.step.Expect.Undeclared.Given() {
		if answer, ok := s.result.(answerOf); ok && len(answer.Undeclared()) != intOf(s.step.Expect.Undeclared) {
			s.client(conformance.CodeClientDecode, fmt.Sprintf("%d undeclared members", intOf(s.step.Expect.Undeclared)),
				fmt.Sprintf("%d undeclared members", len(answer.Undeclared())), "the client counts the undeclared members otherwise")
		}
	}
	if len(s.step.Expect.Result) == 0 {
		return
	}
	raw, err := json.Marshal(s.result)
	if err == nil {
		var body any
		if body, err = jsonvalue.Decode(raw); err == nil {
			for _, pointer := range sortedKeys(s.step.Expect.Result) {
				s.expectMember(pointer, s.step.Expect.Result[pointer], body, true)
			}
		}
	}
	if err != nil {
		s.client(conformance.CodeClientDecode, "a result that encodes as JSON", "none", err.Error())
	}
}

// expectClientError sees that the client reports a refusal as an error, and
// nothing else.
func (s *stepRun) expectClientError(main *recorded) {
	failure := s.step.Expect.Failure.Given()
	theirs, isTheirs := errors.AsType[*client.Error](s.clientErr)
	code, coded := s.codeDue()
	switch {
	case s.clientErr == nil && failure:
		s.client(conformance.CodeClientOutcome, "an error", "none", "the answer is a refusal and the client reports success")
	case s.clientErr == nil:
	case !failure && !s.step.Expect.Error.Given():
		s.client(conformance.CodeClientOutcome, "no error", "an error", "the client reports an error: "+s.errorText())
	case !isTheirs:
		s.client(conformance.CodeClientOutcome, "a *client.Error", fmt.Sprintf("%T", s.clientErr), "the client's error is not of its one type")
	case coded && !errors.Is(s.clientErr, code):
		s.client(conformance.CodeClientOutcome, "the code "+string(code), "the code "+string(theirs.Code), "the client names the refusal otherwise")
	case failure && !bytes.Equal(theirs.Body, main.response.Body):
		s.client(conformance.CodeClientDecode, "the bytes that came", fmt.Sprintf("%d bytes", len(theirs.Body)), "the error does not keep the answer's bytes")
	}
	if s.clientErr == nil && s.step.Expect.Error.Given() && !failure {
		s.client(conformance.CodeClientOutcome, "the error "+s.step.Expect.Error.Value, "none", "the client was to report an error")
	}
}

// expectReencoded sees that the answer keeps its bytes: raw as they came, and
// encoded again without any change but white space.
func (s *stepRun) expectReencoded(main *recorded) {
	answer, ok := s.result.(answerOf)
	if !ok {
		return
	}
	came := main.response.Body
	var due bytes.Buffer
	kept := answer.Raw()
	if json.Compact(&due, kept) != nil {
		return // the engine has said that it is no JSON
	}
	if !bytes.Contains(came, kept) {
		s.client(conformance.CodeClientDecode, "the bytes that came", fmt.Sprintf("%d bytes", len(kept)), "the answer does not keep its bytes")
		return
	}
	again, err := jsonvalue.Encode(answer)
	if err != nil {
		s.client(conformance.CodeClientDecode, "a result that encodes as JSON", "none", err.Error())
		return
	}
	if !bytes.Equal(due.Bytes(), again) {
		s.client(conformance.CodeClientDecode, "the same JSON again", "other JSON", "decoding and encoding the answer changes it")
	}
}

// client adds a finding about the client.
func (s *stepRun) client(code, expected, actual, message string) {
	s.find(conformance.Finding{
		Code: code, Fault: conformance.FaultClient, Side: conformance.SideResponse, Part: "result",
		Why:      "what the client makes of an answer is its own doing",
		Expected: expected, Actual: actual, Message: message,
		Hint: fmt.Sprintf("the method is %s, the step stands at %s:%d", s.step.Call, s.c.file, s.step.line),
	})
}
