package runner

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// mutator is a transport that makes responses wrong in one way.
type mutator struct {
	next     http.RoundTripper
	contract *contract
	mutation Mutation
	// site limits the responses that are changed. An empty field allows all.
	site    mutantSite
	applied atomic.Int64
}

// mutantSite is a kind of response: the component that is expected of an
// operation.
type mutantSite struct{ operation, component string }

func (s mutantSite) includes(step StepInfo) bool {
	operation := s.operation == "" || s.operation == step.Operation
	component := s.component == "" || s.component == step.Component
	return operation && component && !step.Local
}

func (m *mutator) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := m.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}

	step := StepOf(req.Context())
	if !m.site.includes(step) {
		return res, nil
	}
	raw, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		return nil, err
	}

	changed := &mutant{contract: m.contract, step: step, status: res.StatusCode, header: res.Header, raw: raw}
	changed.body, _ = jsonvalue.Decode(raw)
	if m.mutation.apply(changed) {
		m.applied.Add(1)
	}

	res.StatusCode = changed.status
	res.Status = strconv.Itoa(changed.status) + " " + http.StatusText(changed.status)
	res.ContentLength = int64(len(changed.raw))
	res.Header.Del("Content-Length")
	end := io.EOF
	if changed.cutShort {
		end = io.ErrUnexpectedEOF
	}
	res.Body = &replay{Reader: bytes.NewReader(changed.raw), end: end}
	return res, nil
}

// Mutate makes the options' run see a server whose responses are all wrong in
// one way.
func (o *Options) Mutate(set *Set, mutation Mutation) {
	next := o.Transport
	if next == nil {
		next = newTransport()
	}
	o.Transport = &mutator{next: next, contract: set.contract, mutation: mutation}
}
