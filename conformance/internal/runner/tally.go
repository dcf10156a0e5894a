package runner

import (
	"io/fs"
	"slices"
	"strconv"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// Tally counts, for each operation, what exchanges showed. The table of a report
// consists of its counts. It is safe for concurrent use.
type Tally struct {
	contract *contract
	coverage *conformance.Coverage

	mu     sync.Mutex
	counts map[string]*exchangeCount // by operation
	seen   map[coveredFailure]bool
	// statuses are those of responses without findings, by operation.
	statuses       map[string]map[string]bool
	contradictions []contradiction
}

// exchangeCount counts the exchanges of one operation.
type exchangeCount struct{ exchanges, requestOK, responseOK int }

// coveredFailure is a documented failure that a server returned.
type coveredFailure struct{ operation, failure string }

// NewTally returns a tally for exchanges that do not come from cases, but from a
// recording or a proxy. specFS is as for [Load].
func NewTally(doc *openapi3.T, checker *conformance.Checker, specFS fs.FS) (*Tally, error) {
	contract, err := readContract(doc, checker, specFS)
	if err != nil {
		return nil, err
	}
	return newTally(contract), nil
}

func newTally(contract *contract) *Tally {
	return &Tally{
		contract: contract,
		coverage: contract.checker.NewCoverage(),
		counts:   map[string]*exchangeCount{},
		seen:     map[coveredFailure]bool{},
		statuses: map[string]map[string]bool{},
	}
}

// Hash identifies the exact contract, as [Set.Hash] does.
func (t *Tally) Hash() string { return t.contract.hash }

// Add counts one exchange. response is the body of its response. A documented
// failure in it counts as seen.
func (t *Tally) Add(result conformance.Result, response []byte) {
	t.count(result)
	op, ok := t.contract.operations[result.Operation]
	if !ok || !result.ResponseOK() || !mayHave(response, op.failures) {
		return
	}
	body, err := jsonvalue.Decode(response)
	if err != nil {
		return
	}

	for _, failure := range op.failures {
		if failure.says(body) {
			t.cover(coveredFailure{op.ID, failure.Name})
		}
	}
}

func (t *Tally) count(result conformance.Result) {
	t.coverage.Add(result)
	t.mu.Lock()
	defer t.mu.Unlock()

	count := t.counts[result.Operation]
	if count == nil {
		count = &exchangeCount{}
		t.counts[result.Operation] = count
	}
	count.exchanges++
	if result.RequestOK() {
		count.requestOK++
	}
	if result.ResponseOK() {
		count.responseOK++
		t.addStatus(result)
	}
	for _, c := range contradictionsOf(result) {
		if len(t.contradictions) < maxContradictions && !slices.Contains(t.contradictions, c) {
			t.contradictions = append(t.contradictions, c)
		}
	}
}

// maxContradictions bounds what is kept: a proxy may run for days.
const maxContradictions = 1000

// addStatus keeps the status of a response without findings.
func (t *Tally) addStatus(result conformance.Result) {
	if result.Status == 0 {
		return
	}
	if t.statuses[result.Operation] == nil {
		t.statuses[result.Operation] = map[string]bool{}
	}
	t.statuses[result.Operation][strconv.Itoa(result.Status)] = true
}

// Coverage lists what was seen of each operation.
func (t *Tally) Coverage() []report.OperationCoverage {
	t.mu.Lock()
	defer t.mu.Unlock()

	var all []report.OperationCoverage
	for _, id := range t.contract.operationIDs() {
		op := report.OperationCoverage{ID: id}
		if count := t.counts[id]; count != nil {
			op.Exchanges = count.exchanges
		}
		for _, failure := range t.contract.operations[id].failures {
			if t.seen[coveredFailure{id, failure.Name}] {
				op.Failures.Seen = append(op.Failures.Seen, failure.Name)
			} else {
				op.Failures.Unseen = append(op.Failures.Unseen, failure.Name)
			}
		}
		op.Request.Seen, op.Request.Unseen = t.coverage.Fields(id, conformance.SideRequest)
		op.Response.Seen, op.Response.Unseen = t.coverage.Fields(id, conformance.SideResponse)
		all = append(all, op)
	}
	return all
}

func (t *Tally) cover(failure coveredFailure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen[failure] = true
}

// Operations returns the rows of the table, one for each operation of the
// contract.
func (t *Tally) Operations() []report.Operation {
	t.mu.Lock()
	defer t.mu.Unlock()

	var rows []report.Operation
	for _, id := range t.contract.operationIDs() {
		rows = append(rows, t.row(t.contract.operations[id]))
	}
	return rows
}

// row must be called with the lock held.
func (t *Tally) row(op *operation) report.Operation {
	row := report.Operation{
		ID:       op.ID,
		Method:   op.Method,
		Path:     op.Path,
		Summary:  op.Summary,
		Evidence: string(op.Evidence),
	}

	count := t.counts[op.ID]
	if count == nil {
		row.Skipped = "nothing was sent"
		count = &exchangeCount{}
	}
	row.Request = report.Count{Done: count.requestOK, Total: count.exchanges}
	row.Response = report.Count{Done: count.responseOK, Total: count.exchanges}

	for _, failure := range op.failures {
		row.Failures.Total++
		if t.seen[coveredFailure{op.ID, failure.Name}] {
			row.Failures.Done++
		} else {
			row.MissingFailures = append(row.MissingFailures, failure.Name)
		}
	}

	fields := t.coverage.Operation(op.ID)
	row.Fields = report.Count{Done: fields.Fields.Seen, Total: fields.Fields.Declared}
	row.UnseenFields = slices.Clone(fields.UnseenFields)
	return row
}

// summarize makes the report of a run.
func summarize(set *Set, runs []*caseRun) *report.Run {
	run := &report.Run{Suite: max(set.all, len(set.Cases))}
	tally := newTally(set.contract)
	for _, r := range runs {
		run.Cases = append(run.Cases, *r.verdict)
		for _, result := range r.results {
			tally.count(result)
		}

		// A failure counts only if the case that caused it passed.
		if r.verdict.Status == report.Passed {
			for _, failure := range r.covered {
				tally.cover(failure)
			}
		}
	}
	run.Operations = tally.Operations()
	run.Coverage = tally.Coverage()
	run.Facts = tally.Facts()
	return run
}
