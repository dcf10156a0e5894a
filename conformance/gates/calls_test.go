package gates

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
)

// effect says how a call touches the world.
type effect int

const (
	reads   effect = iota
	streams        // reads, and yields records before the response has ended
	writes
)

// result is what a call returns for one thing that it was asked to do.
type result struct {
	err     error
	notes   []client.Note
	records int // of a list, until the error
}

// call is one way to call the client. Calls are derived: the client says which
// methods there are, the contract what they do, and a conformance case how to
// call one and what shows that it took effect.
type call struct {
	name      string // Tickets.Add
	operation client.Operation
	effect    effect
	bulk      bool
	flow      runner.Flow
	seeded    bool // the scene has records in addition to those of the flow
	raw       bool // Client.Raw, which has no flow

	// shown says that the steps after the call show whether a write was done.
	// Otherwise the mock's journal does.
	shown bool
	clean clean
}

// clean is what happens without a fault.
type clean struct {
	results  []result
	requests int
	body     []byte   // of the first response
	records  [][]byte // of a list, as they are in the responses
	// before and saved are the values that the flow's steps save before the call
	// and with it, one set for each play.
	before, saved []map[string]any
}

// continuesAfterPage reports whether a list has records that are not in the first
// response.
func (c clean) continuesAfterPage() bool {
	return len(c.records) > 0 && !bytes.Contains(c.body, c.records[len(c.records)-1])
}

// bulkSize is the number of things that a bulk write is asked to do.
const bulkSize = 3

// unshown are the writes that no other call shows, and why.
var unshown = map[string]string{
	"Orders.Update": "no call returns an order: what a pull of orders contains is unknown",
	"Raw":           "the row has no case: its key is in the URL, which nothing may show",
}

// calls are the methods of the client, by name. RESOURCE limits them.
var calls = sync.OnceValues(func() (map[string]*call, error) {
	all := map[string]*call{}
	for _, op := range client.Operations() {
		if resource() != "" && op.Resource != resource() {
			continue
		}
		for _, name := range op.ID.Methods() {
			c, err := derive(op, name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all[name] = c
		}
	}
	if resource() == "" {
		raw := &call{name: "Raw", operation: client.OpPushTicket, effect: writes, raw: true}
		all[raw.name] = raw
		return all, raw.rehearse(context.Background())
	}
	return all, nil
})

// allCalls returns the calls and their names, sorted, so that everything is
// printed in one order.
func allCalls(t *testing.T) (map[string]*call, []string) {
	t.Helper()
	all, err := calls()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return all, names
}

// derive finds a conformance case that shows what a method does.
func derive(op client.OperationInfo, name string) (*call, error) {
	c := &call{name: name, operation: op.ID, effect: writes, bulk: runner.IsBulk(name)}
	if op.Idempotent {
		c.effect = reads
		if resultOf(name).Kind() == reflect.Func {
			c.effect = streams
		}
	}
	set, err := theCases()
	if err != nil {
		return nil, err
	}
	// A bulk write makes the calls of the method that writes one.
	flows := set.Flows(strings.TrimSuffix(name, "All"))
	if len(flows) == 0 {
		return nil, errors.New("no case calls it; add one to conformance/cases")
	}

	var failed error
	var best *call
	for _, candidate := range c.candidates(flows) {
		if err := candidate.rehearse(context.Background()); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", candidate.flow, err))
			continue
		}
		if best == nil || candidate.betterThan(best) {
			best = candidate
		}
		if best.shown {
			break
		}
	}
	switch {
	case best == nil:
		return nil, failed
	case c.effect == writes && !best.shown && unshown[name] == "":
		return nil, errors.New("no case shows that it takes effect; add one to conformance/cases that calls it " +
			"and then reads what it changed")
	}
	return best, nil
}

// candidates are the call with each of the flows: in an empty scene, and for a
// read also in one with records.
func (c *call) candidates(flows []runner.Flow) []*call {
	var all []*call
	for _, flow := range flows {
		empty := *c
		empty.flow = flow
		all = append(all, &empty)
		if c.effect != writes {
			seeded := empty
			seeded.seeded = true
			all = append(all, &seeded)
		}
	}
	return all
}

// betterThan prefers a flow that shows the effect of a write. Of lists it prefers
// the shortest with a beginning, a middle and an end: a server that sends one byte
// after the other takes seconds for a long one.
func (c *call) betterThan(other *call) bool {
	if c.effect != streams {
		return c.shown && !other.shown
	}
	const enough = 3
	length := len(c.clean.records)
	otherLength := len(other.clean.records)
	if length < enough || otherLength < enough {
		return length > otherLength
	}
	return length < otherLength
}

// resultOf is the type of a method's first result.
func resultOf(name string) reflect.Type {
	service, method, _ := strings.Cut(name, ".")
	field, _ := reflect.TypeFor[client.Client]().FieldByName(service)
	m, _ := field.Type.MethodByName(method)
	return m.Type.Out(0)
}

// A call does what its case says if nothing goes wrong: its requests go to its own
// operation, and its results have no notes.
func TestEveryMethodReachesItsOperation(t *testing.T) {
	all, names := allCalls(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := newScene()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			trial, err := all[name].newTrial(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			before := len(s.Journal())
			seen, err := trial.observe(t.Context())
			if err != nil {
				t.Fatal(err)
			}

			journal := s.Journal()[before:]
			for _, entry := range journal {
				if entry.Operation != string(trial.operation) {
					t.Errorf("called %s at %s, want %s", entry.Operation, entry.Path, trial.operation)
				}
			}
			if len(journal) != trial.clean.requests || len(journal) == 0 {
				t.Errorf("took %d requests, then %d", trial.clean.requests, len(journal))
			}
			for _, r := range seen.results {
				if len(r.notes) > 0 {
					t.Errorf("returned the notes %v", r.notes)
				}
			}
			if trial.effect != writes {
				return
			}
			done, err := trial.done(t.Context(), before)
			if err != nil || done != trial.size() {
				t.Errorf("the world shows %d writes, want %d: %v", done, trial.size(), err)
			}
		})
	}
}

// The mock's account of a write is enough only where no call shows it.
func TestWritesThatNoCallShows(t *testing.T) {
	all, _ := allCalls(t)
	for name, reason := range unshown {
		c, ok := all[name]
		if resource() == "" && (!ok || c.shown) {
			t.Errorf("unshown lists %s (%s), which a case shows or the client does not have", name, reason)
		}
	}
}
