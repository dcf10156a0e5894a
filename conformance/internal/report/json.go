package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
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
	Facts      []Fact      `json:"facts,omitempty"`
	Cases      []jsonCase  `json:"cases"`
}

type jsonCase struct {
	Name       string                `json:"name"`
	Operation  string                `json:"operation,omitempty"`
	File       string                `json:"file,omitempty"`
	Line       int                   `json:"line,omitempty"`
	Status     Status                `json:"status"`
	Reason     string                `json:"reason,omitempty"`
	DurationMS float64               `json:"duration_ms"`
	Exchanges  int                   `json:"exchanges"`
	Findings   []conformance.Finding `json:"findings"`
	Drift      []conformance.Drift   `json:"drift,omitempty"`
	Traffic    []Traffic             `json:"traffic,omitempty"`
}

// JSON writes the run for machines. Its field names are stable, see [Format]:
// summary holds the figures, operations the coverage, cases every case with
// its findings (the fields of [conformance.Finding]) and undeclared fields.
func JSON(w io.Writer, run *Run) error {
	out := jsonRun{
		Format:     Format,
		Tool:       run.Tool,
		Contract:   run.Contract,
		Target:     run.Target,
		Profile:    run.Profile,
		DurationMS: milliseconds(run.Duration),
		Seed:       run.Seed,
		Reproduce:  run.Reproduce,
		Notes:      run.Notes,
		Summary:    run.Summary(),
		Operations: run.Operations,
		Facts:      run.Facts,
		Cases:      []jsonCase{},
	}
	if !run.Started.IsZero() {
		out.Started = run.Started.UTC().Format(time.RFC3339)
	}
	if out.Operations == nil {
		out.Operations = []Operation{}
	}

	for _, c := range run.Cases {
		one := jsonCase{
			Name:       c.Name,
			Operation:  c.Operation,
			File:       c.File,
			Line:       c.Line,
			Status:     c.Status,
			Reason:     c.Reason,
			DurationMS: milliseconds(c.Duration),
			Exchanges:  c.Exchanges,
			Findings:   c.Findings,
			Drift:      c.Drift,
			Traffic:    c.Traffic,
		}
		if one.Findings == nil {
			one.Findings = []conformance.Finding{}
		}
		out.Cases = append(out.Cases, one)
	}

	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// Saved is what a JSON report says of the contract: nothing of single requests.
type Saved struct {
	Contract Contract `json:"contract"`
	Target   string   `json:"target"`
	Facts    []Fact   `json:"facts"`
	Cases    []struct {
		Drift []conformance.Drift `json:"drift"`
	} `json:"cases"`
}

// savedReport is how a JSON report begins.
var savedReport = lazyregexp.New(`^\s*\{\s*"format":\s*"` + Format + `"`)

// ReadSaved reads a file that [JSON] wrote. It returns nil if the file is
// something else, such as a recording.
func ReadSaved(name string) (*Saved, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()

	reader := bufio.NewReader(file)
	start, _ := reader.Peek(64) // a shorter file is not a report
	if !savedReport.Match(start) {
		return nil, nil
	}
	saved := &Saved{}
	if err := json.NewDecoder(reader).Decode(saved); err != nil {
		return nil, fmt.Errorf("%s is a report that cannot be read: %w; write it again with --report", name, err)
	}
	return saved, nil
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}
