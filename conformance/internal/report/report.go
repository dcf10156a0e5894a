// Package report writes the result of a conformance run: as text for a terminal,
// as JSON, JUnit, SARIF and annotations for machines, and as one self-contained
// HTML page.
//
// Fill a [Run] and pass it to a writer, or name a file and let [Open] choose the
// form by its suffix. Every text that comes from a body is escaped in every
// form, and a report contains values of bodies only if the findings carry them
// (conformance.WithValues).
package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
)

// Run is one run of a suite: what was checked, against what, and the outcome.
type Run struct {
	Tool     Tool
	Contract Contract
	// Target is what was checked, without credentials: a base URL, or words.
	Target string
	// Profile says what part of the suite ran, for example "reads only".
	Profile  string
	Started  time.Time
	Duration time.Duration
	// Seed repeats the run's choices; empty if it makes none.
	Seed string
	// Reproduce holds the command lines that repeat the run.
	Reproduce  []string
	Operations []Operation
	Cases      []Case
	// Suite is the number of cases of the whole suite. It is larger than the
	// number of Cases if only some were chosen, and 0 if the exchanges were not
	// made by cases.
	Suite int
	// Unchecked counts the exchanges that were seen and could not be checked.
	Unchecked int
	// Coverage is what was seen, by name: what [Files.AddCoverage] adds up.
	Coverage []OperationCoverage
	// Facts are those that no page states, with what a live server said of them.
	Facts []Fact
	// Notes say what a reader must know to judge the figures.
	Notes []string
}

// Tool is the program that ran.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Contract is the description that the run judged by.
type Contract struct {
	Title   string `json:"title"`
	Version string `json:"version"`
	// Hash identifies the exact text, for example "sha256:…".
	Hash string `json:"hash"`
}

// Count is how many out of how many.
type Count struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// String gives "3/4", or "-" where there is nothing to count.
func (c Count) String() string {
	if c.Total == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d", c.Done, c.Total)
}

// Percent is Done of Total in whole percent, rounded down, so that 100 means
// all; 100 where there is nothing to count.
func (c Count) Percent() int {
	if c.Total == 0 {
		return 100
	}
	return c.Done * 100 / c.Total
}

func (c Count) add(other Count) Count {
	return Count{c.Done + other.Done, c.Total + other.Total}
}

// Operation is the coverage of one operation of the contract.
type Operation struct {
	ID       string `json:"id"`
	Method   string `json:"method"`
	Path     string `json:"path"`
	Summary  string `json:"summary,omitempty"`
	Evidence string `json:"evidence,omitempty"`
	// Request and Response count the exchanges without findings on that side,
	// of all that were checked.
	Request  Count `json:"request"`
	Response Count `json:"response"`
	// Failures counts the documented failures that were met.
	Failures Count `json:"failures"`
	// Fields counts the declared fields that were seen.
	Fields          Count    `json:"fields"`
	MissingFailures []string `json:"missing_failures,omitempty"`
	UnseenFields    []string `json:"unseen_fields,omitempty"`
	// Skipped says why the operation was not checked; empty if it was.
	Skipped string `json:"skipped,omitempty"`
}

// Status is the outcome of a case.
type Status string

// The outcomes.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// Case is one case of the suite.
type Case struct {
	Name      string
	Operation string
	// File is the path of the case file from the repository's root, and Line
	// the line of the case. File is empty for an exchange without a case.
	File   string
	Line   int
	Status Status
	// Reason says why a case was skipped.
	Reason    string
	Duration  time.Duration
	Exchanges int
	Findings  []conformance.Finding
	Drift     []conformance.Drift
	// Traffic holds the requests and responses of the case, without
	// credentials. It is empty unless the run was asked to keep them.
	Traffic []Traffic
}

// Place is the case file with its line, "" if there is none.
func (c Case) Place() string {
	if c.File == "" || c.Line == 0 {
		return c.File
	}
	return fmt.Sprintf("%s:%d", c.File, c.Line)
}

// Summary is the run in figures.
type Summary struct {
	// Conforms says that everything was checked and nothing was found.
	Conforms bool    `json:"conforms"`
	Verdict  Verdict `json:"verdict"`
	// Suite is the number of cases of the whole suite, see [Run].
	Suite     int `json:"suite,omitempty"`
	Cases     int `json:"cases"`
	Passed    int `json:"passed"`
	Failed    int `json:"failed"`
	Skipped   int `json:"skipped"`
	Exchanges int `json:"exchanges"`
	// Unchecked counts the exchanges that could not be checked.
	Unchecked int `json:"unchecked"`
	Findings  int `json:"findings"`
	// ByFault counts the findings of each party: contract, server, client.
	ByFault map[conformance.Fault]int `json:"by_fault"`
	// Drift counts different undeclared fields.
	Drift    int   `json:"drift"`
	Request  Count `json:"request"`
	Response Count `json:"response"`
	Failures Count `json:"failures"`
	Fields   Count `json:"fields"`
	// Partial says that something was skipped, left out or could not be
	// checked: the run proves only what it covers.
	Partial bool `json:"partial"`
}

// Verdict is the result of a run in one word.
type Verdict string

// The verdicts. A run without findings that skipped something is Incomplete:
// what was not checked is never said to conform.
const (
	Conforms       Verdict = "conforms"
	Incomplete     Verdict = "partial"
	DoesNotConform Verdict = "does not conform"
)

var faults = []conformance.Fault{conformance.FaultServer, conformance.FaultClient, conformance.FaultContract}

// Summary adds up the run.
func (r *Run) Summary() Summary {
	s := Summary{
		Suite:     r.Suite,
		Cases:     len(r.Cases),
		Unchecked: r.Unchecked,
		Drift:     len(r.drift()),
		ByFault:   map[conformance.Fault]int{},
	}
	for _, fault := range faults {
		s.ByFault[fault] = 0
	}

	for _, c := range r.Cases {
		switch c.Status {
		case Passed:
			s.Passed++
		case Skipped:
			s.Skipped++
		default:
			s.Failed++
		}
		s.Exchanges += c.Exchanges
		s.Findings += len(c.Findings)
		for _, f := range c.Findings {
			s.ByFault[f.Fault]++
		}
	}

	for _, o := range r.Operations {
		s.Request = s.Request.add(o.Request)
		s.Response = s.Response.add(o.Response)
		s.Failures = s.Failures.add(o.Failures)
		s.Fields = s.Fields.add(o.Fields)
	}

	s.Partial = s.Skipped > 0 || s.Unchecked > 0 || s.Suite > s.Cases
	s.Conforms = r.OK() && !s.Partial
	switch {
	case s.Conforms:
		s.Verdict = Conforms
	case r.OK():
		s.Verdict = Incomplete
	default:
		s.Verdict = DoesNotConform
	}
	return s
}

// OK reports whether no case failed and nothing was found. A run in which
// something was skipped can be OK; see [Summary.Verdict].
func (r *Run) OK() bool {
	return !slices.ContainsFunc(r.Cases, func(c Case) bool { return state(c) == Failed })
}

// state is the outcome of a case: one with findings failed.
func state(c Case) Status {
	if len(c.Findings) > 0 {
		return Failed
	}
	return c.Status
}
