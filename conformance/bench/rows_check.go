package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/spec"
)

// The peers of the checker.
const (
	kin       = "kin-openapi"
	tokenScan = "jsontext tokens"
)

// The work of all sides: the text of one response to a pull, which is in memory.
// Ours and kin-openapi check it against the contract; the token scan only reads
// it, which is the least that any check does.
var checkRows = []Row{
	{
		Name: "check",
		Work: "checking one conforming response of 9.7 MB",
		Ours: checkOf("check-ours", 5000, "plain"),
		Peers: []Peer{
			{Name: kin, Measure: checkOf("check-kin", 5000, "plain")},
			{Name: tokenScan, Measure: checkOf("check-tokens", 5000, "plain")},
		},
		Targets: []Target{
			{Figure: CPU, Peer: kin, Kind: Faster, Bound: 10},
			{Figure: CPU, Peer: tokenScan, Kind: AtMost, Bound: 4},
			{Figure: Heap, Kind: AtMost, Bound: 8},
		},
	},
	{
		Name:  "check-97MB",
		Work:  "checking one conforming response of 97 MB",
		Ours:  checkOf("check-ours", 50_000, "plain"),
		Peers: []Peer{{Name: tokenScan, Measure: checkOf("check-tokens", 50_000, "plain")}},
		Targets: []Target{
			{Figure: CPU, Peer: tokenScan, Kind: AtMost, Bound: 4},
			{Figure: Heap, Kind: AtMost, Bound: 8},
		},
	},
	{
		Name:  "check-tenant",
		Work:  "the same 9.7 MB with three undeclared fields in each record",
		Ours:  checkOf("check-ours", 5000, "undeclared"),
		Peers: []Peer{{Name: kin, Measure: checkOf("check-kin", 5000, "undeclared")}},
		Targets: []Target{
			{Figure: CPU, Peer: kin, Kind: Faster, Bound: 4},
			{Figure: Heap, Kind: AtMost, Bound: 16},
		},
	},
	{
		Name:  "check-fault",
		Work:  "the same 9.7 MB with one fault in the last record",
		Ours:  checkOf("check-ours", 5000, "fault"),
		Peers: []Peer{{Name: kin, Measure: checkOf("check-kin", 5000, "fault")}},
		Targets: []Target{
			{Figure: CPU, Peer: kin, Kind: Faster, Bound: 5},
			{Figure: Heap, Kind: AtMost, Bound: 16},
		},
	},
}

func init() {
	jobs["check-ours"] = checkOurs
	jobs["check-kin"] = checkKin
	jobs["check-tokens"] = checkTokens
}

// checkOf measures a check of a list. A long one is checked once.
func checkOf(name string, size int, form string) Measure {
	return inProcess(name, func(b *Bench) jobOptions {
		o := jobOptions{Times: 3, Size: size, Form: form}
		if name == "check-kin" {
			o.Times = 1
		}
		if b.Quick {
			o.Times = 1
			o.Size = size / 50
		}
		return o
	})
}

// formsOfLists are the lists that are checked.
var formsOfLists = map[string]Records{
	"plain":      {},
	"undeclared": {Undeclared: true},
	"fault":      {Fault: true},
}

// checked measures an operation on the text of a list: its time, and then its
// heap.
func checked(o jobOptions, operation func(text []byte) error) (Measurement, error) {
	text, err := formsOfLists[o.Form].list(o.Size)
	if err != nil {
		return nil, err
	}
	once := func() error { return operation(text) }
	measured, err := measure(o.Times, once)
	if err != nil {
		return nil, err
	}
	measured[Heap], err = heapPeak(once)
	return measured, err
}

var jsonHeader = http.Header{"Content-Type": {"application/json"}}

func checkOurs(ctx context.Context, o jobOptions) (Measurement, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, err
	}
	//nolint:contextcheck // it validates the contract, which no call waits for
	checker, err := conformance.NewChecker(doc)
	if err != nil {
		return nil, err
	}

	return checked(o, func(text []byte) error {
		result := checker.Check(ctx, conformance.Exchange{
			Operation: "pullCustomers",
			Response:  conformance.Response{Status: http.StatusOK, Header: jsonHeader, Body: text},
		})
		return verdict(o.Form, !result.OK(), len(result.Drift) > 0)
	})
}

// verdict says what is wrong with what a checker found.
func verdict(form string, hasFindings, hasDrift bool) error {
	if hasFindings != (form == "fault") {
		return fmt.Errorf("%s: findings: %t", form, hasFindings)
	}
	if form == "undeclared" && !hasDrift {
		return errors.New("the undeclared fields were not seen")
	}
	return nil
}

func checkKin(ctx context.Context, o jobOptions) (Measurement, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, err
	}
	path := pathOf("pullCustomers")
	item := doc.Paths.Value(path)
	request := &openapi3filter.RequestValidationInput{
		Request: &http.Request{Method: http.MethodPost},
		Route:   &routers.Route{Spec: doc, Path: path, PathItem: item, Method: http.MethodPost, Operation: item.Post},
	}

	return checked(o, func(text []byte) error {
		err := openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
			RequestValidationInput: request,
			Status:                 http.StatusOK,
			Header:                 jsonHeader,
			Body:                   io.NopCloser(bytes.NewReader(text)),
			Options:                &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true},
		})
		return verdict(o.Form, err != nil, true)
	})
}

func checkTokens(_ context.Context, o jobOptions) (Measurement, error) {
	return checked(o, func(text []byte) error {
		decoder := jsontext.NewDecoder(bytes.NewReader(text))
		for {
			_, err := decoder.ReadToken()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}
