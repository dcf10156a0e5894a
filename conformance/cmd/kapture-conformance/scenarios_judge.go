package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// wrong is what a client did wrong in a scenario. A report puts equal findings of
// several scenarios together, so a message has nothing of one scenario only.
type wrong struct {
	code      string
	operation string // "" for the program as a whole
	message   string
	hint      string
}

func (s scenario) finding(w wrong) conformance.Finding {
	return conformance.Finding{
		Code:      w.code,
		Fault:     conformance.FaultClient,
		Why:       "the scenario was arranged, so what the program did in it is its own doing",
		Exchange:  s.name(),
		Operation: w.operation,
		Side:      conformance.SideClient,
		Part:      "program",
		Message:   w.message,
		Hint:      w.hint,
		Count:     1,
	}
}

// judge says what the client did wrong. Requests that break the contract were
// found already. plain is what the client did where all goes well.
func (s scenario) judge(p, plain *performance, compareOutput bool) []conformance.Finding {
	mistakes := s.inTheEnd(p)
	if len(mistakes) == 0 && compareOutput && p.code == 0 && !bytes.Equal(p.stdout, plain.stdout) {
		mistakes = append(mistakes, wrong{
			code:    conformance.CodeClientOutput,
			message: "the program exits with 0 and prints something else than where all goes well",
			hint: "Records were lost, doubled or misread, " +
				"or the output holds times or random texts, which cannot be compared.",
		})
	}
	mistakes = append(mistakes, s.inRequests(p)...)
	mistakes = append(mistakes, inRepeating(p, plain)...)

	var findings []conformance.Finding
	for _, w := range mistakes {
		findings = append(findings, s.finding(w))
	}
	return findings
}

// inTheEnd looks at how the program ended.
func (s scenario) inTheEnd(p *performance) []wrong {
	switch {
	case p.hung:
		return []wrong{{
			code:    conformance.CodeClientHung,
			message: "the program did not end in time",
			hint:    "Give every call a time limit, and every loop an end; --timeout allows more.",
		}}
	case p.crashed != "":
		return []wrong{{
			code:    conformance.CodeClientCrashed,
			message: "the program was ended (" + p.crashed + ")",
			hint:    "Limit how much of a response is read, and catch what its reader throws.",
		}}
	case s.name() == plainScenario && p.code != 0:
		return []wrong{{
			code:    conformance.CodeClientFailed,
			message: fmt.Sprintf("the program exits with %d although all goes well", p.code),
			hint:    "See what it says. It must exit with 0 when everything was done.",
		}}
	case s.useless && p.code == 0 && !p.onlyLists(s):
		return []wrong{{
			code:    conformance.CodeClientFooled,
			message: "the program exits with 0 although no response can be used",
			hint: "Anything but a whole response that says success is a failure, " +
				"and must be reported to the caller.",
		}}
	}
	return nil
}

// inRequests looks at where the program sent its requests.
func (s scenario) inRequests(p *performance) []wrong {
	var mistakes []wrong
	isSilent := len(p.arrivals) == 0 && s.fault.Kind != mock.Refuse
	if isSilent && !p.hung && p.crashed == "" {
		mistakes = append(mistakes, wrong{
			code:    conformance.CodeClientSilent,
			message: "the program sent nothing to KAPTURE_BASE_URL",
			hint: "Let it read its base URL and its key from the environment, " +
				"and do in every scenario what it does in this one.",
		})
	}

	if len(p.trapped) > 0 {
		message := "the program followed a redirect to another origin"
		if slices.ContainsFunc(p.trapped, func(a arrival) bool { return a.secret }) {
			message += ", with its key or a body"
		}
		mistakes = append(mistakes, wrong{
			code:    conformance.CodeClientRedirected,
			message: message,
			hint:    "Have the HTTP library follow no redirect: no page of Kapture mentions one.",
		})
	}
	return mistakes
}

// slack is for clocks and timers that tick in coarse steps.
const slack = 100 * time.Millisecond

// inRepeating looks at requests that the program sent again.
func inRepeating(p, plain *performance) []wrong {
	var mistakes []wrong
	sent := p.sent()
	wanted := plain.sent()
	again := map[request]time.Time{}
	for _, a := range p.arrivals {
		if early := again[a.request].Sub(a.at); early > slack {
			mistakes = append(mistakes, wrong{
				code:      conformance.CodeClientImpatient,
				operation: a.operation,
				message:   "the program came back before the time that Retry-After gave",
				hint:      "Wait as long as Retry-After says, as seconds or as a date.",
			})
		}
		again[a.request] = a.again

		if times := sent[a.request]; a.write && times > max(wanted[a.request], 1) {
			mistakes = append(mistakes, wrong{
				code:      conformance.CodeClientRepeatedWrite,
				operation: a.operation,
				message:   "the program sent the same write again",
				hint: "A write whose response was lost may have been done. " +
					"Report that it is not known, or look before writing again.",
			})
			delete(sent, a.request) // reported once
		}
	}
	return mistakes
}

// sent counts how often each request arrived, without those that were rejected
// before anything can have been done.
func (p *performance) sent() map[request]int {
	times := map[request]int{}
	for _, a := range p.arrivals {
		if a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable {
			times[a.request]++
		}
	}
	return times
}

// onlyLists reports whether a fault that corrupts only objects had no object.
func (p *performance) onlyLists(s scenario) bool {
	isObject := func(a arrival) bool { return a.opening == '{' }
	return s.fault.Kind == mock.FailureAfterList && !slices.ContainsFunc(p.arrivals, isObject)
}
