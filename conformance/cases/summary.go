package cases

import (
	"io/fs"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/conformance/report"
)

// Tally adds up what exchanges showed of each operation: the table of a
// report. It is safe for concurrent use.
type Tally struct {
	contract *contract
	coverage *conformance.Coverage

	mu    sync.Mutex
	sides map[string]*sideCount
	met   map[coveredFailure]bool
}

// sideCount counts the exchanges of one operation.
type sideCount struct{ exchanges, requestOK, responseOK int }

type coveredFailure struct{ operation, failure string }

// NewTally begins to count exchanges that come from elsewhere than cases: a
// recording, or a proxy. specFS is as for [Load].
func NewTally(doc *openapi3.T, checker *conformance.Checker, specFS fs.FS) (*Tally, error) {
	contract, err := readContract(doc, checker, specFS)
	if err != nil {
		return nil, err
	}
	return newTally(contract), nil
}

func newTally(contract *contract) *Tally {
	return &Tally{contract: contract, coverage: contract.checker.NewCoverage(), sides: map[string]*sideCount{}, met: map[coveredFailure]bool{}}
}

// Hash names the exact contract, as [Set.Hash] does.
func (t *Tally) Hash() string { return t.contract.hash }

// Add counts one exchange. answer is its body: a documented refusal in it
// counts as met.
func (t *Tally) Add(result conformance.Result, answer []byte) {
	t.count(result)
	op, ok := t.contract.operations[result.Operation]
	if !ok || !result.ResponseOK() {
		return
	}
	body, err := jsonvalue.Decode(answer)
	if err != nil {
		return
	}
	for i := range op.failures {
		if op.failures[i].says(body) {
			t.meet(coveredFailure{op.ID, op.failures[i].Name})
		}
	}
}

func (t *Tally) count(result conformance.Result) {
	t.coverage.Add(result)
	t.mu.Lock()
	defer t.mu.Unlock()
	side := t.sides[result.Operation]
	if side == nil {
		side = &sideCount{}
		t.sides[result.Operation] = side
	}
	side.exchanges++
	if result.RequestOK() {
		side.requestOK++
	}
	if result.ResponseOK() {
		side.responseOK++
	}
}

func (t *Tally) meet(failure coveredFailure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.met[failure] = true
}

// Operations are the rows of the table, one for each operation of the
// contract.
func (t *Tally) Operations() []report.Operation {
	t.mu.Lock()
	defer t.mu.Unlock()
	var rows []report.Operation
	for _, id := range t.contract.operationIDs() {
		op := t.contract.operations[id]
		row := report.Operation{ID: id, Method: op.Method, Path: op.Path, Summary: op.Summary, Evidence: string(op.Evidence)}
		side := t.sides[id]
		if side == nil {
			row.Skipped = "nothing was sent"
			side = &sideCount{}
		}
		row.Request = report.Count{Done: side.requestOK, Total: side.exchanges}
		row.Response = report.Count{Done: side.responseOK, Total: side.exchanges}
		for _, failure := range op.failures {
			row.Failures.Total++
			if t.met[coveredFailure{id, failure.Name}] {
				row.Failures.Done++
			} else {
				row.MissingFailures = append(row.MissingFailures, failure.Name)
			}
		}
		seen := t.coverage.Operation(id)
		row.Members = report.Count{Done: seen.Members.Seen, Total: seen.Members.Declared}
		row.UnseenMembers = slices.Clone(seen.UnseenMembers)
		rows = append(rows, row)
	}
	return rows
}

// summarize makes the report out of the cases.
func summarize(set *Set, runs []*caseRun) *report.Run {
	run := &report.Run{}
	tally := newTally(set.contract)
	for _, r := range runs {
		run.Cases = append(run.Cases, *r.verdict)
		for _, result := range r.results {
			tally.count(result)
		}
		// A failure counts only where the case that met it passed.
		if r.verdict.Status == report.Passed {
			for _, failure := range r.covered {
				tally.meet(failure)
			}
		}
	}
	run.Operations = tally.Operations()
	return run
}
