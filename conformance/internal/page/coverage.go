package page

import (
	"net/http"
	"slices"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// coverageBody is what the coverage shows.
type coverageBody struct {
	Used   []report.Operation
	Unused []report.Operation
	All    report.Operation // the sum
}

func (p *Page) coverage(w http.ResponseWriter, _ *http.Request) {
	var body coverageBody
	for _, op := range p.config.Coverage() {
		body.All.Request = sum(body.All.Request, op.Request)
		body.All.Response = sum(body.All.Response, op.Response)
		body.All.Failures = sum(body.All.Failures, op.Failures)
		body.All.Fields = sum(body.All.Fields, op.Fields)
		if op.Skipped != "" {
			body.Unused = append(body.Unused, op)
		} else {
			body.Used = append(body.Used, op)
		}
	}

	slices.SortStableFunc(body.Used, func(a, b report.Operation) int { return b.Request.Total - a.Request.Total })
	p.show(w, "coverage.html", frame{Title: "Coverage", Here: "coverage", Body: body})
}

func sum(a, b report.Count) report.Count {
	return report.Count{Done: a.Done + b.Done, Total: a.Total + b.Total}
}
