package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/page"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// watch shows exchanges on the page of a server.
type watch struct {
	page   *page.Page
	finder *credentialFinder
}

// newWatch makes the page. The fields of config that are the same for every
// server are set here.
func newWatch(j *judge, finder *credentialFinder, config page.Config) (*watch, error) {
	config.Version = version()
	config.Document = j.doc
	config.Contract = contract.Kapture()
	config.Coverage = j.tally.Operations
	config.Redact = func(ex conformance.Exchange) report.Traffic { return finder.trafficOf(ex, maxWatched) }
	p, err := page.New(config)
	if err != nil {
		return nil, err
	}
	return &watch{page: p, finder: finder}, nil
}

// maxWatched is how much of one body the page shows.
const maxWatched = 1 << 20

// observe shows an exchange that passed the proxy.
func (w *watch) observe(seen seenExchange) {
	x := page.Exchange{
		Time:         seen.Time,
		Duration:     seen.Duration,
		World:        seen.World,
		Operation:    seen.Result.Operation,
		HTTP:         seen.Exchange,
		ResponseSize: seen.ResponseSize,
		Findings:     seen.Result.Findings,
		Unchecked:    seen.Unchecked,
	}
	if x.Unchecked == "" && x.Operation == "" && len(x.Findings) == 0 {
		x.Unchecked = "the contract does not describe it"
	}
	w.add(x)
}

func (w *watch) add(x page.Exchange) {
	x.Path = w.finder.pathOf(x.HTTP, x.Operation, x.Findings)
	w.page.Add(x)
}

// pathOf is the path of a request without credentials. One that the contract
// lacks may hold values of a customer, which only the finding about it knows how
// to hide.
func (f *credentialFinder) pathOf(ex conformance.Exchange, operation string, findings []conformance.Finding) string {
	path := pathIn(ex.Request.URL)
	if op, known := contract.ByID(operation); known && op.Path == path {
		return path // of the contract: nothing in it is a credential
	}
	path = pathIn(f.secretsOf(ex).address(ex.Request.URL))
	return verdict{findings: findings}.path(ex.Request.Method, path)
}

// pathIn is the path of an address, as it is written.
func pathIn(address string) string {
	path, _, _ := strings.Cut(address, "?")
	_, rest, absolute := strings.Cut(path, "://")
	if !absolute {
		return path
	}
	_, path, _ = strings.Cut(rest, "/")
	return "/" + path
}

// ofMock is an exchange of the mock, for the checks and for the page.
func ofMock(x mock.Exchange) conformance.Exchange {
	return conformance.Exchange{
		Name:      x.Method + " " + x.Path,
		Operation: x.Operation,
		Request: conformance.Request{
			Method: x.Method,
			URL:    "http://" + x.HTTP.Host + x.HTTP.URL.RequestURI(),
			Header: x.HTTP.Header,
			Body:   x.Request.Bytes,
		},
		Response: conformance.Response{
			Status:    x.Status,
			Header:    x.ResponseHeader,
			Body:      x.Response.Bytes,
			Truncated: x.Fault == mock.ResetInBody,
		},
	}
}

// addMock shows an exchange of the mock.
func (w *watch) addMock(x mock.Exchange, v verdict, line requestLine) {
	shown := page.Exchange{
		Time:         x.Time,
		Duration:     x.Duration,
		World:        x.World,
		Operation:    x.Operation,
		Fault:        string(x.Fault),
		HTTP:         ofMock(x),
		RequestSize:  x.Request.Size,
		ResponseSize: x.Response.Size,
		Findings:     line.Findings,
	}
	for _, note := range x.Notes {
		shown.Notes = append(shown.Notes, note.Text)
	}

	switch {
	case !v.checked && x.Method == http.MethodOptions:
		shown.Unchecked = "a browser asks whether a page may call"
	case !v.checked:
		shown.Unchecked = "the request is too large, or did not arrive whole"
	case !x.Response.Complete():
		shown.Unchecked = "the response is too large; only the request was checked"
	}
	w.add(shown)
}

// switches are the faults of a mock, as the page offers them.
type switches struct {
	kapture *mock.Kapture
	http2   bool
}

var _ page.Faults = switches{}

func (s switches) Operations() []string { return append([]string{mock.All}, s.kapture.Operations()...) }

func (s switches) Kinds() []page.FaultKind {
	var kinds []page.FaultKind
	for _, group := range faultGroups {
		for _, kind := range group.kinds {
			needsHTTP2 := kind == mock.GoAway || kind == mock.RefusedStream
			if needsHTTP2 && !s.http2 {
				continue
			}
			kinds = append(kinds, page.FaultKind{Name: string(kind), Text: faultTexts[kind], Group: group.name})
		}
	}
	return kinds
}

func (s switches) Armed() []page.ArmedFault {
	var armed []page.ArmedFault
	for _, a := range s.kapture.Faults() {
		armed = append(armed, page.ArmedFault{ID: a.Number, Text: a.String(), Hits: a.Hits})
	}
	return armed
}

func (s switches) Arm(operation, kind, settings string) error {
	text := operation + "=" + kind
	settings = strings.TrimSpace(settings)
	if settings != "" {
		text += ":" + settings
	}
	operation, fault, err := mock.ParseFault(text)
	if err != nil {
		return err
	}
	if len(s.kapture.Faults()) >= maxArmed {
		return errTooManyFaults
	}
	return s.kapture.SetFault(operation, fault)
}

func (s switches) Disarm(id int) { s.kapture.ClearFault(id) }

func (s switches) DisarmAll() { s.kapture.ClearFaults() }

// refuses reports whether a mock refuses every connection, so that there is no
// page.
func refuses(kapture *mock.Kapture) bool {
	return slices.ContainsFunc(kapture.Faults(), func(a mock.ArmedFault) bool { return a.Fault.Kind == mock.Refuse })
}
