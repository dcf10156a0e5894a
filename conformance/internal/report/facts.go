package report

import (
	"fmt"
	"slices"

	"github.com/kapture-community/kapture-go/conformance"
)

// Fact is something that the contract says without a page that states it. A live
// server can settle it.
type Fact struct {
	// Kind is operation, body, failure, schema or field.
	Kind string `json:"kind"`
	// Name is the operation, the status of a body, the name of a failure, the
	// component, or "Schema.field".
	Name string `json:"name"`
	// Operation has the body or the failure; it is empty for a schema.
	Operation string            `json:"operation,omitempty"`
	Evidence  conformance.Class `json:"evidence"`
	Outcome   Settled           `json:"outcome"`
	// Why says in shapes, and never with a value, what contradicts it.
	Why string `json:"why,omitempty"`
	// Location is file:line in the authored contract, and Target the same place
	// as a JSONPath in the bundle.
	Location string `json:"location,omitempty"`
	Target   string `json:"target"`
}

// Settled is what a server said of a fact.
type Settled string

// The outcomes. Confirmed says that a response that fits the contract has it.
const (
	Confirmed    Settled = "confirmed"
	Contradicted Settled = "contradicted"
	NotShown     Settled = "not shown"
)

// String names the fact: the body under 404 of getThing (inferred).
func (f Fact) String() string {
	name := f.Kind + " " + f.Name
	if f.Kind == "body" {
		name = "the body under " + f.Name
	}
	if f.Operation != "" && f.Kind != "operation" {
		name += " of " + f.Operation
	}
	return fmt.Sprintf("%s (%s)", name, f.Evidence)
}

// CountFacts counts the facts with an outcome.
func CountFacts(facts []Fact, outcome Settled) int {
	n := 0
	for _, f := range facts {
		if f.Outcome == outcome {
			n++
		}
	}
	return n
}

// settled is the facts with one outcome.
type settled struct {
	Outcome Settled
	Facts   []Fact
}

// byOutcome groups facts by their outcome. What is contradicted comes first.
func byOutcome(facts []Fact) []settled {
	var groups []settled
	for _, outcome := range []Settled{Contradicted, Confirmed, NotShown} {
		group := settled{Outcome: outcome}
		for _, f := range facts {
			if f.Outcome == outcome {
				group.Facts = append(group.Facts, f)
			}
		}
		if len(group.Facts) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// MergeFacts puts what two runs said of the same facts together. One response
// that contradicts a fact counts more than many that confirm it.
func MergeFacts(a, b []Fact) []Fact {
	merged := slices.Clone(a)
	for _, fact := range b {
		i := slices.IndexFunc(merged, func(f Fact) bool {
			return f.Kind == fact.Kind && f.Name == fact.Name && f.Operation == fact.Operation
		})
		switch {
		case i < 0:
			merged = append(merged, fact)
		case fact.Outcome == Contradicted, merged[i].Outcome == NotShown:
			merged[i] = fact
		}
	}
	return merged
}
