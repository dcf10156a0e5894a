package main

import (
	"net/http"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// maxShown is how much of one body a report shows.
const maxShown = 64 << 10

// reported is what a report shows of an exchange.
func reported(ex conformance.Exchange) report.Traffic {
	return new(credentialFinder).trafficOf(ex, maxShown)
}

// trafficOf is what may be shown of an exchange: everything but its
// credentials. Of a body it shows so many bytes.
func (f *credentialFinder) trafficOf(ex conformance.Exchange, limit int) report.Traffic {
	s := f.secretsOf(ex)
	traffic := report.Traffic{
		Name: ex.Name,
		Request: report.Message{
			Method: ex.Request.Method,
			URL:    s.address(ex.Request.URL),
			Header: s.header(ex.Request.Header),
		},
		Response: report.Message{Status: ex.Response.Status, Header: s.header(ex.Response.Header)},
	}
	traffic.Request.Body, traffic.Request.Cut = shown(s, ex.Request.Header, ex.Request.Body, limit)
	traffic.Response.Body, traffic.Response.Cut = shown(s, ex.Response.Header, ex.Response.Body, limit)
	return traffic
}

// shown is the beginning of a body without credentials, and how many bytes are
// missing from it.
func shown(s secrets, header http.Header, body []byte, limit int) (text string, cut int) {
	clean := s.body(header, body)
	if plain, ok := inflate(codingOf(header), clean); ok {
		clean = plain
	}

	kept := clean[:min(len(clean), limit)]
	return string(kept), len(clean) - len(kept)
}

// hideKey cuts the key of a run out of what it reports. A server may send back
// the key that it received, and findings may show what a response contains.
func hideKey(run *report.Run, key conformance.Request) {
	s := new(credentialFinder).secretsOf(conformance.Exchange{Request: key})
	for i := range run.Cases {
		for j := range run.Cases[i].Findings {
			s.hideIn(&run.Cases[i].Findings[j])
		}
		for j := range run.Cases[i].Traffic {
			traffic := &run.Cases[i].Traffic[j] // may be an exchange that had another key
			s.hideInMessage(&traffic.Request)
			s.hideInMessage(&traffic.Response)
		}
		for j := range run.Cases[i].Drift {
			s.hideInDrift(&run.Cases[i].Drift[j])
		}
	}
}

func (s secrets) hideInDrift(d *conformance.Drift) {
	d.Pointer = s.clean(d.Pointer)
	d.Name = s.clean(d.Name)
}

func (s secrets) hideInMessage(m *report.Message) {
	m.URL = s.address(m.URL)
	m.Header = s.header(m.Header)
	m.Body = s.clean(m.Body)
}

func (s secrets) hideIn(f *conformance.Finding) {
	for _, text := range []*string{&f.Pointer, &f.Expected, &f.Actual, &f.Value, &f.Message, &f.Hint} {
		*text = s.clean(*text)
	}
	for i, text := range f.Also {
		f.Also[i] = s.clean(text)
	}
	for i := range f.Differs {
		f.Differs[i].Pointer = s.clean(f.Differs[i].Pointer)
		f.Differs[i].Actual = s.clean(f.Differs[i].Actual)
	}
}
