package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/conformance/report"
	"github.com/kapture-community/kapture-go/spec"
)

// judge checks exchanges that were not made by cases, and keeps what a report
// needs. It is safe for concurrent use.
type judge struct {
	doc     *openapi3.T
	checker *conformance.Checker
	tally   *cases.Tally
	reads   map[string]bool // operations that the contract calls idempotent

	mu      sync.Mutex
	rows    []report.Case
	passed  map[string]*report.Case // by operation: what conforms is one row
	checked int
	foreign int // at paths that are none of the contract's
	lost    int // could not be checked
	halves  int // have no answer, or none that can be read
}

// newJudge prepares the contract. basePath is a path under which the server
// serves.
func newJudge(showValues bool, basePath string) (*judge, error) {
	doc, checker, err := loadContract(showValues, basePath)
	if err != nil {
		return nil, err
	}
	tally, err := cases.NewTally(doc, checker, spec.FS)
	if err != nil {
		return nil, err
	}
	reads := map[string]bool{}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			reads[op.OperationID] = op.Extensions["x-idempotent"] == true
		}
	}
	return &judge{doc: doc, checker: checker, tally: tally, reads: reads, passed: map[string]*report.Case{}}, nil
}

// loadContract makes the checker of the contract.
func loadContract(showValues bool, basePath string) (*openapi3.T, *conformance.Checker, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, nil, fmt.Errorf("the contract does not load: %w", err)
	}
	options := []conformance.Option{
		conformance.WithValues(showValues),
		conformance.WithLocation(func(file string, line int) string { return "spec/" + path.Base(file) + ":" + strconv.Itoa(line) }),
	}
	if basePath != "" {
		options = append(options, conformance.WithBasePath(basePath))
	}
	checker, err := conformance.NewChecker(doc, options...)
	if err != nil {
		return nil, nil, fmt.Errorf("the contract does not load: %w", err)
	}
	return doc, checker, nil
}

// check judges one exchange. known is false for a path that is none of the
// contract's: a recording of a browser is full of those.
func (j *judge) check(ctx context.Context, ex conformance.Exchange) (result conformance.Result, known bool) {
	operation := ""
	if address, err := url.Parse(ex.Request.URL); err == nil {
		operation, ex.Operation = j.find(ex.Request.Method, address.Path)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if operation == "" {
		j.foreign++
		return result, false
	}
	j.checked++
	if !readable(ex) {
		ex.Response = conformance.Response{}
	}
	if ex.Response.Status == 0 {
		j.halves++
	}
	result = j.checker.Check(ctx, ex)
	j.tally.Add(result, ex.Response.Body)
	row := report.Case{Name: ex.Name, Operation: operation, Status: report.Passed, Exchanges: 1, Findings: result.Findings, Drift: result.Drift}
	if !result.OK() {
		row.Status = report.Failed
		if len(j.rows) < maxRows {
			j.rows = append(j.rows, row)
			return result, true
		}
		row.Findings = row.Findings[:1]
	}
	kept := j.passed[operation]
	if kept == nil {
		kept = &report.Case{Name: "all other exchanges of " + operation, Operation: operation, Status: report.Passed}
		j.passed[operation] = kept
	}
	kept.Exchanges++
	if row.Status == report.Failed {
		kept.Status = report.Failed
	}
	if len(kept.Drift) < maxRows {
		kept.Drift = append(kept.Drift, row.Drift...)
	}
	if len(kept.Findings) < maxRows {
		kept.Findings = append(kept.Findings, row.Findings...)
	}
	return result, true
}

// find gives the operation at a path, and once more if it has the method too. A
// known path with another method is to be found wrong, unless a browser asks
// first whether it may call it.
func (j *judge) find(method, path string) (at, operation string) {
	if id, ok := j.checker.Find(method, path); ok {
		return id, id
	}
	if method == http.MethodOptions {
		return "", ""
	}
	for _, op := range j.checker.Operations() {
		if id, ok := j.checker.Find(op.Method, path); ok {
			return id, ""
		}
	}
	return "", ""
}

// readable reports whether the answer is in a coding that the checker undoes. One
// that the client asked for is no fault of the server's.
func readable(ex conformance.Exchange) bool {
	coding := strings.ToLower(strings.TrimSpace(ex.Response.Header.Get("Content-Encoding")))
	known := coding == "" || coding == "identity" || coding == "gzip" || coding == "x-gzip"
	return known || !strings.Contains(strings.ToLower(strings.Join(ex.Request.Header.Values("Accept-Encoding"), ",")), coding)
}

// lose counts an exchange of which too little is known for a check.
func (j *judge) lose() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lost++
}

// maxRows bounds what is kept: a proxy may run for days.
const maxRows = 1000

// report sums up.
func (j *judge) report(target, profile string, started time.Time) *report.Run {
	j.mu.Lock()
	defer j.mu.Unlock()
	run := &report.Run{
		Tool:     report.Tool{Name: "kapture-conformance", Version: version()},
		Contract: report.Contract{Title: j.doc.Info.Title, Version: j.doc.Info.Version, Hash: j.tally.Hash()},
		Target:   target, Profile: profile, Started: started, Duration: time.Since(started),
		Operations: j.tally.Operations(), Cases: j.rows,
	}
	for _, op := range j.checker.Operations() {
		if kept := j.passed[op.ID]; kept != nil {
			run.Cases = append(run.Cases, *kept)
		}
	}
	for _, note := range []struct {
		count int
		text  string
	}{
		{j.foreign, "%d exchanges were at paths that are none of the contract's and were not checked"},
		{j.lost, "%d exchanges got no answer, were left before its end or are too large, and were not checked"},
		{j.halves, "%d exchanges have no answer, or one in a coding that is not read here; their requests alone were checked"},
	} {
		if note.count > 0 {
			run.Notes = append(run.Notes, fmt.Sprintf(note.text, note.count))
		}
	}
	return run
}
