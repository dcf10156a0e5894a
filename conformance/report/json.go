package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
)

// Format names the form of the JSON report. It changes only when a field is
// removed or changes its meaning.
const Format = "conformance-run/1"

// The JSON report. Durations are in milliseconds, moments as RFC 3339 in UTC.
type jsonRun struct {
	Format     string      `json:"format"`
	Tool       Tool        `json:"tool"`
	Contract   Contract    `json:"contract"`
	Target     string      `json:"target,omitempty"`
	Profile    string      `json:"profile,omitempty"`
	Started    string      `json:"started,omitempty"`
	DurationMS float64     `json:"duration_ms"`
	Seed       string      `json:"seed,omitempty"`
	Reproduce  []string    `json:"reproduce,omitempty"`
	Notes      []string    `json:"notes,omitempty"`
	Summary    Summary     `json:"summary"`
	Operations []Operation `json:"operations"`
	Cases      []jsonCase  `json:"cases"`
}

type jsonCase struct {
	Name       string                `json:"name"`
	Operation  string                `json:"operation,omitempty"`
	File       string                `json:"file,omitempty"`
	Status     Status                `json:"status"`
	Reason     string                `json:"reason,omitempty"`
	DurationMS float64               `json:"duration_ms"`
	Exchanges  int                   `json:"exchanges"`
	Findings   []conformance.Finding `json:"findings"`
	Drift      []conformance.Drift   `json:"drift,omitempty"`
}

// JSON writes the run for machines. Its field names are stable, see [Format]:
// summary holds the figures, operations the coverage, cases every case with
// its findings (the fields of [conformance.Finding]) and undeclared members.
func JSON(w io.Writer, run *Run) error {
	out := jsonRun{
		Format: Format, Tool: run.Tool, Contract: run.Contract, Target: run.Target, Profile: run.Profile,
		DurationMS: milliseconds(run.Duration), Seed: run.Seed, Reproduce: run.Reproduce, Notes: run.Notes,
		Summary: run.Summary(), Operations: run.Operations, Cases: []jsonCase{},
	}
	if !run.Started.IsZero() {
		out.Started = run.Started.UTC().Format(time.RFC3339)
	}
	if out.Operations == nil {
		out.Operations = []Operation{}
	}
	for _, c := range run.Cases {
		findings := c.Findings
		if findings == nil {
			findings = []conformance.Finding{}
		}
		out.Cases = append(out.Cases, jsonCase{
			c.Name, c.Operation, c.File, c.Status, c.Reason, milliseconds(c.Duration), c.Exchanges, findings, c.Drift,
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}
