package cases

import (
	"slices"

	"github.com/kapture-community/kapture-go/conformance/report"
)

// summarize makes the report's table out of the cases.
func summarize(set *Set, runs []*caseRun) *report.Run {
	run := &report.Run{}
	coverage := set.contract.checker.NewCoverage()
	sides := map[string]*sideCount{}
	failures := map[coveredFailure]bool{}
	for _, r := range runs {
		run.Cases = append(run.Cases, *r.result_)
		for _, result := range r.results {
			coverage.Add(result)
		}
		for id, side := range r.sides {
			total := sides[id]
			if total == nil {
				total = &sideCount{}
				sides[id] = total
			}
			total.exchanges += side.exchanges
			total.requestOK += side.requestOK
			total.responseOK += side.responseOK
		}
		if r.result_.Status == report.Passed {
			for _, failure := range r.covered {
				failures[failure] = true
			}
		}
	}
	for _, id := range set.contract.operationIDs() {
		op := set.contract.operations[id]
		row := report.Operation{ID: id, Method: op.Method, Path: op.Path, Summary: op.Summary, Evidence: string(op.Evidence)}
		side := sides[id]
		if side == nil {
			row.Skipped = "no case met the server"
			side = &sideCount{}
		}
		row.Request = report.Count{Done: side.requestOK, Total: side.exchanges}
		row.Response = report.Count{Done: side.responseOK, Total: side.exchanges}
		for _, failure := range op.failures {
			row.Failures.Total++
			if failures[coveredFailure{id, failure.Name}] {
				row.Failures.Done++
			} else {
				row.MissingFailures = append(row.MissingFailures, failure.Name)
			}
		}
		seen := coverage.Operation(id)
		row.Members = report.Count{Done: seen.Members.Seen, Total: seen.Members.Declared}
		row.UnseenMembers = slices.Clone(seen.UnseenMembers)
		run.Operations = append(run.Operations, row)
	}
	return run
}
