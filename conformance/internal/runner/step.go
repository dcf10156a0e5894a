package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// stepRun is one step while it runs. This file makes the step's exchanges,
// judge.go judges them.
type stepRun struct {
	*caseRun
	step      *Step
	op        *operation
	label     string   // case and number of the step
	component string   // schema that the response must fit
	outcome   *outcome // documented outcome that the step expects
	refusal   *outcome // returned by a tenant that rejects the run's own key

	body   any      // sample or args, with placeholders filled in
	raw    []byte   // the same, encoded: request body or argument
	served [][]byte // responses that the runner serves, request by request

	result    any // returned by the client's method
	clientErr error
}

// StepInfo says which step a request belongs to. A transport finds it in the
// request's context.
type StepInfo struct {
	Step      string // case and number of the step
	Operation string
	// Component is the schema that the response must fit.
	Component string
	// Invalid says why the request breaks the contract on purpose; "" if it does
	// not.
	Invalid string
	// Local says that the runner serves the response itself.
	Local bool
}

type stepKey struct{}

// StepOf returns what a request's context says about its step.
func StepOf(ctx context.Context) StepInfo {
	info, _ := ctx.Value(stepKey{}).(StepInfo)
	return info
}

// run makes the step's exchanges and judges them. more is false if the case ends
// with this step.
func (s *stepRun) run(ctx context.Context) (more bool, err error) {
	credential, reason, ok := s.opts.Keys.Key(s.c.Name.Value, s.step.keyState(), s.op.ID)
	if !ok {
		s.skip(reason)
		return false, nil
	}
	if err := s.prepare(); err != nil {
		return false, err
	}

	exchanges, err := s.exchange(ctx, credential)
	if err != nil {
		return false, err
	}
	s.verdict.Exchanges += len(exchanges)

	before := len(s.verdict.Findings)
	last := s.judge(ctx, exchanges)
	if s.skippedBy(last) {
		return false, nil
	}
	s.expect(exchanges, last)
	if len(s.verdict.Findings) > before {
		return false, nil
	}
	s.save(last)
	return true, nil
}

// exchange makes the step's call or sends its request, and returns what went over
// the wire.
func (s *stepRun) exchange(ctx context.Context, credential Credential) ([]*recorded, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	target := s.opts.BaseURL
	if s.step.local() {
		server := serve(s.servedStatus(), s.served)
		defer server.Close()
		target = server.URL
	}
	ctx = context.WithValue(ctx, stepKey{}, StepInfo{
		Step:      s.label,
		Operation: s.op.ID,
		Component: s.component,
		Invalid:   s.invalid(),
		Local:     s.step.local(),
	})

	rec := &recorder{next: s.opts.transport}
	if !s.step.Call.Given() {
		s.send(ctx, target, credential, rec)
		return rec.take(), nil
	}

	s.result, s.clientErr = s.call(ctx, target, credential, rec)
	if wrong, ok := errors.AsType[argumentError](s.clientErr); ok {
		return nil, s.mistake(s.step.line, fmt.Errorf("the argument does not fit %s: %w", s.step.Call, wrong))
	}
	return rec.take(), nil
}

// prepare builds the request body or argument, and the responses to serve.
func (s *stepRun) prepare() error {
	var err error
	switch {
	case s.step.Sample.Given():
		if s.body, err = s.contract.decodedSample(s.step.Sample.Value); err != nil {
			return err
		}
	case s.step.Args.Given():
		s.body = cloneJSON(s.step.Args.JSON)
	case s.step.Raw.Given():
		filled, err := s.vars.fillText(s.step.Raw.Value)
		if err != nil {
			return s.mistake(s.step.Raw.Line, err)
		}
		s.raw = []byte(jsonvalue.Text(filled))
	}

	if !s.step.Raw.Given() && (s.body != nil || s.step.Set != nil) {
		if s.body, err = s.change(s.body, s.step.Set, s.step.Remove); err != nil {
			return err
		}
		if s.raw, err = jsonvalue.Encode(s.body); err != nil {
			return s.mistake(s.step.line, err)
		}
	}
	if s.step.local() {
		return s.prepareServed()
	}
	return nil
}

func (s *stepRun) prepareServed() error {
	first := s.step.served
	if first == nil {
		var err error
		if first, err = s.contract.sample(s.step.Serve.Value); err != nil {
			return err
		}
	}
	s.served = [][]byte{first}
	if !s.step.ServeThen.Given() {
		return nil
	}

	then, err := jsonvalue.Encode(s.step.ServeThen.JSON)
	if err != nil {
		return s.mistake(s.step.ServeThen.Line, err)
	}
	s.served = append(s.served, then)
	return nil
}

// change sets and removes fields, then fills in placeholders.
func (s *stepRun) change(body any, set map[string]Value, remove []Text) (any, error) {
	var err error
	for _, pointer := range sortedKeys(set) {
		if body, err = setAt(body, pointer, cloneJSON(set[pointer].JSON)); err != nil {
			return nil, s.mistake(set[pointer].Line, err)
		}
	}

	for _, pointer := range remove {
		if body, err = removeAt(body, pointer.Value); err != nil {
			return nil, s.mistake(pointer.Line, err)
		}
	}

	if body, err = s.vars.fill(body); err != nil {
		return nil, s.mistake(s.step.line, err)
	}
	return body, nil
}

// mistake makes a mistake of the case file from an error that only a run shows.
func (s *stepRun) mistake(line int, err error) error {
	return &Mistake{File: s.c.file, Line: line, Message: err.Error()}
}

// servedStatus is the HTTP status of a served response.
func (s *stepRun) servedStatus() int {
	switch {
	case s.step.HTTP.Given():
		return intOf(s.step.HTTP)
	case s.outcome != nil && len(s.outcome.HTTP) > 0:
		return s.outcome.HTTP[0]
	}
	return http.StatusOK
}

// call runs the step's method on a new client.
func (s *stepRun) call(ctx context.Context, target string, credential Credential, transport http.RoundTripper) (any,
	error) {
	options := []client.Option{
		client.WithBaseURL(target),
		client.WithHTTPClient(&http.Client{Transport: transport}),
		client.WithoutRetry(), // a case counts its requests
	}
	options = append(options, ClientOptions(credential)...)
	c, err := client.New("", options...)
	if err != nil {
		return nil, err
	}
	return methods()[s.step.Call.Value].call(ctx, c, s.raw)
}

// send posts the body unchanged. The recording has an error of the transport.
func (s *stepRun) send(ctx context.Context, target string, credential Credential, rec *recorder) {
	req, err := s.request(ctx, target, credential)
	if err != nil {
		s.find(conformance.Finding{
			Code: conformance.CodeCaseExpectation, Fault: conformance.FaultClient, Side: conformance.SideRequest,
			Why: "the case's own request cannot be made", Message: err.Error(),
		})
		return
	}

	res, err := rec.RoundTrip(req)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
}

// request makes the request that the step describes.
func (s *stepRun) request(ctx context.Context, target string, credential Credential) (*http.Request, error) {
	query, keyInQuery, err := s.query(credential)
	if err != nil {
		return nil, err
	}

	address := strings.TrimSuffix(target, "/") + s.op.Path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}

	method := s.op.Method
	if s.step.Method.Given() {
		method = s.step.Method.Value
	}

	var body io.Reader
	if s.raw != nil && !s.step.AsQuery.Given() {
		body = bytes.NewReader(s.raw)
	}

	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}

	req.Header.Set("User-Agent", "kapture-conformance")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if s.step.ContentType.Given() {
		req.Header.Set("Content-Type", s.step.ContentType.Value)
	}

	switch {
	case keyInQuery:
	case credential.User != "":
		req.SetBasicAuth(credential.User, credential.Password)
	case credential.Token != "":
		req.Header.Set("Authorization", "Basic "+strings.TrimPrefix(credential.Token, "Basic "))
	}
	return req, nil
}

// query is the step's query string. keyInQuery says that it contains the key.
func (s *stepRun) query(credential Credential) (query url.Values, keyInQuery bool, err error) {
	query = url.Values{}
	if s.step.AsQuery.Given() {
		query.Set(s.step.AsQuery.Value, string(s.raw))
	}

	for _, name := range sortedKeys(s.step.Query) {
		value := s.step.Query[name].Value
		if value == keyPlaceholder {
			query.Set(name, credential.Token)
			keyInQuery = true
			continue
		}
		filled, err := s.vars.fillText(value)
		if err != nil {
			return nil, false, err
		}
		query.Set(name, jsonvalue.Text(filled))
	}
	return query, keyInQuery, nil
}
