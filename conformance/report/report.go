// Package report writes what a conformance run found: as text for a terminal,
// as JSON and JUnit for machines, and as one self-contained HTML page.
//
// Fill a [Run] and hand it to a writer. Whatever comes from bodies is escaped
// in every form, and values of bodies stand in a report only if the findings
// carry them (conformance.WithValues).
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
	// Notes tell what a reader must know to judge the figures.
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
	// Members counts the declared members that were seen.
	Members         Count    `json:"members"`
	MissingFailures []string `json:"missing_failures,omitempty"`
	UnseenMembers   []string `json:"unseen_members,omitempty"`
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
	// File is the case file that it stands in.
	File   string
	Status Status
	// Reason says why a case was skipped.
	Reason    string
	Duration  time.Duration
	Exchanges int
	Findings  []conformance.Finding
	Drift     []conformance.Drift
}

// Summary is the run in figures.
type Summary struct {
	Conforms  bool `json:"conforms"`
	Cases     int  `json:"cases"`
	Passed    int  `json:"passed"`
	Failed    int  `json:"failed"`
	Skipped   int  `json:"skipped"`
	Exchanges int  `json:"exchanges"`
	Findings  int  `json:"findings"`
	// ByFault counts the findings of each party: contract, server, client.
	ByFault map[conformance.Fault]int `json:"by_fault"`
	// Drift counts different undeclared members.
	Drift    int   `json:"drift"`
	Request  Count `json:"request"`
	Response Count `json:"response"`
	Failures Count `json:"failures"`
	Members  Count `json:"members"`
	// Partial says that something was skipped: the run proves only what it
	// covers.
	Partial bool `json:"partial"`
}

var faults = []conformance.Fault{conformance.FaultServer, conformance.FaultClient, conformance.FaultContract}

// Summary adds up the run.
func (r *Run) Summary() Summary {
	s := Summary{Cases: len(r.Cases), ByFault: map[conformance.Fault]int{}, Drift: len(r.drift())}
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
		for _, f := range c.Findings {
			s.Findings++
			s.ByFault[f.Fault]++
		}
	}
	for _, o := range r.Operations {
		s.Request, s.Response = s.Request.add(o.Request), s.Response.add(o.Response)
		s.Failures, s.Members = s.Failures.add(o.Failures), s.Members.add(o.Members)
		s.Partial = s.Partial || o.Skipped != ""
	}
	s.Partial = s.Partial || s.Skipped > 0
	s.Conforms = r.OK()
	return s
}

// OK reports whether nothing failed and nothing was found.
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

// caseList has the cases of one operation.
type caseList struct {
	Operation string
	Cases     []Case
	Failed    int
	Skipped   int
}

// byOperation sorts the cases by their operation, in the order of the run.
func (r *Run) byOperation() []caseList {
	at := map[string]int{}
	var lists []caseList
	for _, c := range r.Cases {
		name := cmp.Or(c.Operation, "other")
		i, ok := at[name]
		if !ok {
			i = len(lists)
			at[name] = i
			lists = append(lists, caseList{Operation: name})
		}
		list := &lists[i]
		list.Cases = append(list.Cases, c)
		switch state(c) {
		case Failed:
			list.Failed++
		case Skipped:
			list.Skipped++
		}
	}
	return lists
}

// group is one fault that several cases met.
type group struct {
	conformance.Finding
	Cases []string
	Times int
}

// groups puts the same finding of several cases together, the gravest
// parties first.
func (r *Run) groups() []group {
	type key struct{ code, operation, side, part, pointer, location, expected string }
	at := map[key]int{}
	var list []group
	for _, c := range r.Cases {
		for _, f := range c.Findings {
			k := key{f.Code, f.Operation, string(f.Side), f.Part, generic(f.Pointer), f.Location, f.Expected}
			i, ok := at[k]
			if !ok {
				i = len(list)
				at[k] = i
				list = append(list, group{Finding: f})
			}
			g := &list[i]
			g.Times += max(f.Count, 1)
			if !slices.Contains(g.Cases, c.Name) {
				g.Cases = append(g.Cases, c.Name)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b group) int {
		return cmp.Or(
			cmp.Compare(slices.Index(faults, a.Fault), slices.Index(faults, b.Fault)),
			cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Pointer, b.Pointer),
		)
	})
	return list
}

// drift lists the undeclared members, each once.
func (r *Run) drift() []conformance.Drift {
	type key struct{ operation, side, pointer, schema string }
	at := map[key]int{}
	var list []conformance.Drift
	for _, c := range r.Cases {
		for _, d := range c.Drift {
			k := key{d.Operation, string(d.Side), generic(d.Pointer), d.Schema}
			if i, ok := at[k]; ok {
				list[i].Count += max(d.Count, 1)
				continue
			}
			at[k] = len(list)
			d.Count = max(d.Count, 1)
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b conformance.Drift) int {
		return cmp.Or(cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Side, b.Side), cmp.Compare(a.Pointer, b.Pointer))
	})
	return list
}

// generic has "*" in the place of the numbers of a pointer, so that the same
// member of different elements is one.
func generic(pointer string) string {
	parts := strings.Split(pointer, "/")
	for i, part := range parts {
		if part != "" && strings.Trim(part, "0123456789") == "" {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// place names the operation, if there is one, and the place of a finding.
func place(f conformance.Finding) string {
	return strings.TrimPrefix(f.Operation+", "+where(f), ", ")
}

// where names the place of a finding in one phrase.
func where(f conformance.Finding) string {
	place := string(f.Side)
	switch {
	case f.Part == "body" && f.Pointer != "":
		place += " " + f.Pointer
	case f.Part != "":
		place += " " + f.Part
	}
	return place
}
