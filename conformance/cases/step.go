package cases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// stepInfo travels with the context of a step's requests, so that a mutating
// transport knows whose answer it holds.
type stepInfo struct {
	operation string
	answer    string
	local     bool // served by the runner itself
}

type stepKey struct{}

func stepOf(ctx context.Context) stepInfo {
	info, _ := ctx.Value(stepKey{}).(stepInfo)
	return info
}

// stepRun is one step while it runs.
type stepRun struct {
	*caseRun
	step    *Step
	op      *operation
	label   string // case, step number
	answer  string // component due
	outcome *outcome
	refused *outcome // what a tenant answered to the run's own key instead
	body    any      // sample or args, filled in
	raw     []byte   // what goes out or into the method
	served  [][]byte // what Serve answers, request by request

	result    any // what the client's method returned
	clientErr error
}

// run makes the step's exchanges and judges them. more is false if the case
// ends here.
func (s *stepRun) run(ctx context.Context) (more bool, err error) {
	credential, reason, ok := s.opts.Keys.Key(s.c.Name.Value, s.keyState(), s.op.ID)
	if !ok {
		s.skip(reason)
		return false, nil
	}
	if err := s.prepare(); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	target := s.opts.BaseURL
	if s.step.Serve.Given() {
		server := serve(s.status(), s.served)
		defer server.Close()
		target = server.URL
	}
	ctx = context.WithValue(ctx, stepKey{}, stepInfo{s.op.ID, s.answer, s.step.Serve.Given()})

	rec := &recorder{next: s.opts.transport}
	if s.step.Call.Given() {
		s.result, s.clientErr = s.call(ctx, target, credential, rec)
		if wrong, ok := errors.AsType[argumentError](s.clientErr); ok {
			return false, s.at(s.step.line, fmt.Errorf("the argument does not fit %s: %w", s.step.Call, wrong))
		}
	} else {
		s.send(ctx, target, credential, rec)
	}
	exchanges := rec.take()
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

func (s *stepRun) keyState() string {
	if s.step.Key.Given() {
		return s.step.Key.Value
	}
	return KeyGood
}

// prepare builds what goes out.
func (s *stepRun) prepare() error {
	var err error
	switch {
	case s.step.Sample.Given():
		raw, err := s.contract.sample(s.step.Sample.Value)
		if err != nil {
			return err
		}
		if s.body, err = jsonvalue.Decode(raw); err != nil {
			return fmt.Errorf("sample %s: %w", s.step.Sample, err)
		}
	case s.step.Args.Given():
		s.body = cloneJSON(s.step.Args.JSON)
	case s.step.Raw.Given():
		filled, err := s.vars.fill(s.step.Raw.Value)
		if err != nil {
			return s.at(s.step.Raw.Line, err)
		}
		s.raw = []byte(filled.(string))
	}
	if !s.step.Raw.Given() && (s.body != nil || s.step.Set != nil) {
		if s.body, err = s.change(s.body, s.step.Set, s.step.Remove); err != nil {
			return err
		}
		if s.raw, err = jsonvalue.Encode(s.body); err != nil {
			return s.at(s.step.line, err)
		}
	}
	if s.step.Serve.Given() {
		served, err := s.contract.sample(s.step.Serve.Value)
		if err != nil {
			return err
		}
		s.served = [][]byte{served}
		if s.step.ServeThen.Given() {
			then, err := jsonvalue.Encode(s.step.ServeThen.JSON)
			if err != nil {
				return s.at(s.step.ServeThen.Line, err)
			}
			s.served = append(s.served, then)
		}
	}
	return nil
}

// change sets and removes members, then fills in placeholders.
func (s *stepRun) change(body any, set map[string]Value, remove []Text) (any, error) {
	var err error
	for _, pointer := range sortedKeys(set) {
		if body, err = setAt(body, pointer, cloneJSON(set[pointer].JSON)); err != nil {
			return nil, s.at(set[pointer].Line, err)
		}
	}
	for _, pointer := range remove {
		if body, err = removeAt(body, pointer.Value); err != nil {
			return nil, s.at(pointer.Line, err)
		}
	}
	if body, err = s.vars.fill(body); err != nil {
		return nil, s.at(s.step.line, err)
	}
	return body, nil
}

// at makes a mistake of an error that only a run can show.
func (s *stepRun) at(line int, err error) error {
	return &Mistake{File: s.c.file, Line: line, Message: err.Error()}
}

func (s *stepRun) status() int {
	if s.step.HTTP.Given() {
		return intOf(s.step.HTTP)
	}
	if s.outcome != nil && len(s.outcome.HTTP) > 0 {
		return s.outcome.HTTP[0]
	}
	return http.StatusOK
}

// send posts the body as it stands. A transport failure is in the recording.
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

// query is the step's query string; keyInQuery says that it holds the key.
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
		filled, err := s.vars.fill(value)
		if err != nil {
			return nil, false, err
		}
		query.Set(name, fmt.Sprint(filled))
	}
	return query, keyInQuery, nil
}
