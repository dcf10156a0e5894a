package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/draft"
)

// coverageFormat names the format of a coverage file. It changes only when a
// field is removed or changes its meaning.
const coverageFormat = "conformance-coverage/1"

// Coverage is what runs have shown of a contract. It can be added up over runs
// and recordings, and contains no value of a body.
type Coverage struct {
	Format   string   `json:"format"`
	Contract Contract `json:"contract"`
	// Sources are the runs that it was added up from, oldest first.
	Sources    []Source            `json:"sources"`
	Operations []OperationCoverage `json:"operations"`
}

// Source is one run.
type Source struct {
	Tool      Tool     `json:"tool"`
	Target    string   `json:"target,omitempty"`
	Profile   string   `json:"profile,omitempty"`
	Started   string   `json:"started,omitempty"`
	Exchanges int      `json:"exchanges"`
	Skipped   int      `json:"skipped,omitempty"`   // cases
	Unchecked int      `json:"unchecked,omitempty"` // exchanges
	Reproduce []string `json:"reproduce,omitempty"`
}

// OperationCoverage is what was seen of one operation.
type OperationCoverage struct {
	ID        string `json:"id"`
	Exchanges int    `json:"exchanges"`
	// Failures are documented ones, by their names. Request and Response are
	// declared fields, as "Schema.field".
	Failures Names `json:"failures"`
	Request  Names `json:"request_fields"`
	Response Names `json:"response_fields"`
}

// Names are things that the contract declares: those that were seen, and those
// that never were. Both are sorted.
type Names struct {
	Seen   []string `json:"seen"`
	Unseen []string `json:"unseen"`
}

// merge adds what the other has seen.
func (n Names) merge(other Names) Names {
	seen := map[string]bool{}
	for _, name := range slices.Concat(n.Seen, other.Seen) {
		seen[name] = true
	}
	unseen := map[string]bool{}
	for _, name := range slices.Concat(n.Unseen, other.Unseen) {
		if !seen[name] {
			unseen[name] = true
		}
	}
	return Names{Seen: sorted(seen), Unseen: sorted(unseen)}
}

// sorted lists a set, never as null in JSON.
func sorted(set map[string]bool) []string {
	return append([]string{}, slices.Sorted(maps.Keys(set))...)
}

// Count is how many were seen.
func (n Names) Count() Count {
	return Count{len(n.Seen), len(n.Seen) + len(n.Unseen)}
}

// Fields counts the fields of both sides.
func (o OperationCoverage) Fields() Count { return o.Request.Count().add(o.Response.Count()) }

// Merge adds what another coverage of the same contract has.
func (c *Coverage) Merge(other *Coverage) error {
	if c.Contract.Hash != other.Contract.Hash {
		return fmt.Errorf("coverage of two contracts: %s and %s; make both with the same version of the program",
			c.Contract.Hash, other.Contract.Hash)
	}

	for _, source := range other.Sources {
		known := slices.ContainsFunc(c.Sources, func(s Source) bool {
			return s.Started == source.Started && s.Target == source.Target &&
				slices.Equal(s.Reproduce, source.Reproduce)
		})
		if !known {
			c.Sources = append(c.Sources, source)
		}
	}

	for _, op := range other.Operations {
		i := slices.IndexFunc(c.Operations, func(o OperationCoverage) bool { return o.ID == op.ID })
		if i < 0 {
			i = len(c.Operations)
			c.Operations = append(c.Operations, OperationCoverage{ID: op.ID})
		}
		sum := &c.Operations[i]
		sum.Exchanges += op.Exchanges
		sum.Failures = sum.Failures.merge(op.Failures)
		sum.Request = sum.Request.merge(op.Request)
		sum.Response = sum.Response.merge(op.Response)
	}
	return nil
}

// CoverageSum is a coverage in figures.
type CoverageSum struct {
	Operations Count `json:"operations"` // that had an exchange
	Failures   Count `json:"failures"`
	Fields     Count `json:"fields"`
}

// Sum adds up all operations.
func (c *Coverage) Sum() CoverageSum {
	var sum CoverageSum
	for _, op := range c.Operations {
		sum.Operations.Total++
		if op.Exchanges > 0 {
			sum.Operations.Done++
		}
		sum.Failures = sum.Failures.add(op.Failures.Count())
		sum.Fields = sum.Fields.add(op.Fields())
	}
	return sum
}

// Write writes the coverage as JSON.
func (c *Coverage) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}

// Save writes the coverage into a file, whole or not at all.
func (c *Coverage) Save(name string) error {
	file, err := draft.Create(name, 0o644)
	if err != nil {
		return err
	}

	err = c.Write(file)
	if err == nil {
		err = file.Keep()
	}
	if err != nil {
		file.Discard()
		return draft.CannotWrite(name, err)
	}
	return nil
}

// ReadCoverage reads a coverage file.
func ReadCoverage(name string) (*Coverage, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the coverage: %w", err)
	}
	c := &Coverage{}
	err = json.Unmarshal(raw, c)
	if err != nil || c.Format != coverageFormat {
		const format = "%s is not a coverage file of this version: want the format %q; make one with --coverage"
		return nil, fmt.Errorf(format, name, coverageFormat)
	}
	return c, nil
}

// source says where a coverage comes from.
func (r *Run) source() Source {
	sum := r.Summary()
	s := Source{
		Tool:      r.Tool,
		Target:    r.Target,
		Profile:   r.Profile,
		Exchanges: sum.Exchanges,
		Skipped:   sum.Skipped,
		Unchecked: sum.Unchecked,
		Reproduce: r.Reproduce,
	}
	if !r.Started.IsZero() {
		s.Started = r.Started.UTC().Format(time.RFC3339Nano)
	}
	return s
}

// AddCoverage prepares a file to which [Files.Write] adds the coverage of the run.
// A file that exists must be a coverage of the contract with this hash.
func (f *Files) AddCoverage(name, hash string) error {
	before, err := ReadCoverage(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		before = nil
	case err != nil:
		return err
	case before.Contract.Hash != hash:
		return fmt.Errorf("%s is the coverage of another contract, %s; name a new file", name, before.Contract.Hash)
	}

	file, err := draft.Create(name, 0o644)
	if err != nil {
		return err
	}
	write := func(w io.Writer, run *Run) error {
		if before == nil {
			before = &Coverage{Format: coverageFormat, Contract: run.Contract}
		}
		this := &Coverage{Contract: run.Contract, Sources: []Source{run.source()}, Operations: run.Coverage}
		if err := before.Merge(this); err != nil {
			return err
		}
		return before.Write(w)
	}
	f.outputs = append(f.outputs, &output{File: file, name: name, write: write})
	return nil
}
