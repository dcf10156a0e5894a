package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// requestCheck checks the requests that reach the mock. What it finds in one is
// in headers of the response, and in the context of the request for those that
// come later.
type requestCheck struct {
	judge  *judge
	ledger *ledger // nil: nobody asks for the findings
	limits mock.Limits

	mu        sync.Mutex
	checked   int
	unchecked int
	findings  int
}

// Headers of a response of the mock: what was found in the request.
const (
	checkHeader   = "X-Kapture-Mock-Check"
	findingHeader = "X-Kapture-Mock-Finding" // one for each finding
)

// maxFindingHeaders and maxFindingHeader bound what a client must read.
const (
	maxFindingHeaders = 10
	maxFindingHeader  = 500
)

// verdict is what the check of one request found.
type verdict struct {
	checked  bool
	findings []conformance.Finding
	result   conformance.Result // of the request alone
}

// String is the verdict in a few words.
func (v verdict) String() string {
	switch {
	case len(v.findings) > 0:
		return words.Plural(len(v.findings), "finding")
	case v.checked:
		return "conforms"
	}
	return "not checked"
}

// path is the path of the request. One that the contract lacks may hold values
// of a customer, which only the finding about it knows how to hide.
func (v verdict) path(method, path string) string {
	for _, finding := range v.findings {
		if hidden, ok := strings.CutPrefix(finding.Actual, method+" "); ok {
			return hidden
		}
	}
	return path
}

// missing reports whether a field that the contract requires is missing.
func (v verdict) missing() bool {
	return slices.ContainsFunc(v.findings, func(f conformance.Finding) bool {
		return f.Code == conformance.CodeSchemaRequired
	})
}

type verdictKey struct{}

// verdictOf returns what was found in a request. The second result is false for
// a request that no check has seen.
func verdictOf(r *http.Request) (verdict, bool) {
	v, ok := r.Context().Value(verdictKey{}).(verdict)
	return v, ok
}

// around checks a request, then lets next respond: a client that has the response
// can already ask for the findings.
func (c *requestCheck) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		end := endInLedger(func(bool, []foundIn) {})
		if c.ledger != nil {
			end = c.ledger.begin(mock.WorldOf(r))
		}

		body, whole := readAhead(w, r, c.limits)
		v := c.check(r, body, whole, end)
		w.Header().Set(checkHeader, v.String())
		for _, finding := range v.findings[:min(len(v.findings), maxFindingHeaders)] {
			w.Header().Add(findingHeader, headerText(shortly(finding)))
		}

		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), verdictKey{}, v)))
	})
}

// shortly is a finding in one line, without the operation and without values.
func shortly(finding conformance.Finding) string {
	text := finding.Code
	if finding.Pointer != "" {
		text += " " + finding.Pointer
	}
	return text + ": " + finding.Message
}

// headerText is a text as a header can have it.
func headerText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	return text[:min(len(text), maxFindingHeader)]
}

// rejection rejects a request that does not conform.
func rejection(r *http.Request) mock.Rejection {
	v, _ := verdictOf(r)
	if len(v.findings) == 0 {
		return mock.Rejection{}
	}
	return mock.Rejection{Reason: headerText(shortly(v.findings[0])), Missing: v.missing()}
}

// readAhead reads the body of a request within the limits of the mock, and leaves
// the request as it was: also one that is too large, too slow, or that broke on
// its way, reaches the next handler as it came.
func readAhead(w http.ResponseWriter, r *http.Request, limits mock.Limits) (body []byte, whole bool) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(limits.BodyTime)) // a recorder has no deadlines
	original := r.Body
	most := min(limits.Body, maxKept)
	body, err := io.ReadAll(io.LimitReader(original, most+1))

	rest := io.Reader(original)
	if err != nil {
		rest = brokenBody{err}
	} else {
		_ = control.SetReadDeadline(time.Time{})
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), original}

	return body, err == nil && int64(len(body)) <= most
}

// brokenBody is what follows the bytes of a body that could not be read on.
type brokenBody struct{ err error }

func (b brokenBody) Read([]byte) (int, error) { return 0, b.err }

func (c *requestCheck) check(r *http.Request, body []byte, whole bool, end endInLedger) verdict {
	if !whole {
		c.count(verdict{})
		end(false, nil)
		return verdict{}
	}

	exchange := conformance.Exchange{
		Name:    r.Method + " " + r.URL.Path,
		Request: conformance.Request{Method: r.Method, URL: r.URL.RequestURI(), Header: r.Header, Body: body},
	}

	result := c.judge.look(r.Context(), exchange, unknown{}) // it is counted with its response
	known := result.Operation != "" || len(result.Findings) > 0
	v := verdict{checked: known, findings: result.Findings, result: result}
	c.count(v)

	now := time.Now()
	var findings []foundIn
	for _, finding := range result.Findings {
		findings = append(findings, found(now, exchange.Name, finding))
	}
	end(known, findings)
	return v
}

func (c *requestCheck) count(v verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v.checked {
		c.checked++
	} else {
		c.unchecked++
	}
	c.findings += len(v.findings)
}

// notChecked is how many requests could not be checked.
func (c *requestCheck) notChecked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unchecked
}

// sum sums up when the mock has ended. What proves nothing must not look like
// what conforms.
func (c *requestCheck) sum(to *talk) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.checked == 0 {
		advice := "no client sent a request; let one use the mock's address"
		if c.unchecked > 0 {
			advice = words.Plural(c.unchecked, "request") +
				" did not arrive whole, or asked only whether a browser may call"
		}
		return fmt.Errorf("nothing was checked; %s", advice)
	}

	parts := []string{"checked " + words.Plural(c.checked, "request"), words.Plural(c.findings, "finding")}
	if c.unchecked > 0 {
		parts = append(parts, fmt.Sprintf("%d not checked", c.unchecked))
	}

	to.say("kapture mock: " + strings.Join(parts, ", "))
	if c.findings > 0 {
		return errFindings
	}
	return nil
}
