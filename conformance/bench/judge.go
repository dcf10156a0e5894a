package main

import (
	"errors"
	"fmt"
	"slices"
)

// State is what became of a target.
type State string

// The states.
const (
	Held       State = "yes"
	Missed     State = "NO"
	KnownMiss  State = "no, known"
	BelowFloor State = "NO, under its floor"
	Busy       State = "not judged: busy machine"
	Unmeasured State = "not measured"
	Unjudged   State = "-"
)

// Result is a target with what was measured.
type Result struct {
	Row    Row
	Target Target
	State  State
	// Values has one figure for each round.
	Values []float64
	// Reason says why it was not measured.
	Reason error
}

// Round is what one round of a row measured.
type Round struct {
	Ours  Measurement
	Peers map[string]Measurement
}

// failure is why a row, or a peer of it, was not measured.
type failure struct {
	peer   string // empty: the row
	reason error
}

// values returns what a target judges, of all rounds.
func values(t Target, rounds []Round) ([]float64, error) {
	if len(rounds) == 0 {
		return nil, errors.New("no round was measured")
	}

	var all []float64
	for _, round := range rounds {
		v, err := t.value(round.Ours, round.Peers[t.Peer])
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// isBusy reports whether the processor time of a peer spreads so much that its
// figures cannot be trusted.
func isBusy(peer string, rounds []Round) bool {
	if peer == "" {
		return false
	}
	var times []float64
	for _, round := range rounds {
		times = append(times, round.Peers[peer][CPU])
	}
	return spread(times) > busySpread
}

// needsMore reports whether a target of the row is missed so closely that more
// rounds decide. Known misses need none: their floor is not near.
func needsMore(row Row, rounds []Round, misses []Miss) bool {
	if row.Once {
		return false
	}
	for _, t := range row.Targets {
		all, err := values(t, rounds)
		if err == nil && t.isNear(median(all)) && find(misses, t.id(row)) == nil {
			return true
		}
	}
	return false
}

// judge returns the results of a row.
func judge(row Row, rounds []Round, failures []failure, misses []Miss) []Result {
	var results []Result
	for _, t := range row.Targets {
		r := Result{Row: row, Target: t}
		reason := reasonOf(t, failures)
		all, err := values(t, rounds)
		switch {
		case reason != nil:
			r.State = Unmeasured
			r.Reason = reason
		case err != nil:
			r.State = Unmeasured
			r.Reason = err
		default:
			r.Values = all
			r.State = state(t, rounds, all, find(misses, t.id(row)))
		}
		results = append(results, r)
	}
	return results
}

// reasonOf returns why a target was not measured, nil if it was.
func reasonOf(t Target, failures []failure) error {
	for _, f := range failures {
		if f.peer == "" || f.peer == t.Peer {
			return f.reason
		}
	}
	return nil
}

// state judges the figures of a target.
func state(t Target, rounds []Round, all []float64, miss *Miss) State {
	figure := median(all)
	switch {
	case t.Kind == Printed:
		return Unjudged
	case t.Figure.isTime() && isBusy(t.Peer, rounds):
		return Busy
	case t.holds(figure):
		return Held
	case miss == nil:
		return Missed
	case t.floor(miss.Measured).holds(figure):
		return KnownMiss
	}
	return BelowFloor
}

// The exit codes.
const (
	exitHeld      = 0
	exitMissed    = 1
	exitNotJudged = 2
)

// exitCode returns how the run ends. A target that is missed for certain counts
// more than one that could not be judged.
func exitCode(results []Result) int {
	has := func(states ...State) bool {
		return slices.ContainsFunc(results, func(r Result) bool { return slices.Contains(states, r.State) })
	}
	switch {
	case has(Missed, BelowFloor):
		return exitMissed
	case has(Busy, Unmeasured):
		return exitNotJudged
	}
	return exitHeld
}

// summary is the last line.
func summary(results []Result) string {
	held, judged := 0, 0
	for _, r := range results {
		if r.Target.Kind != Printed {
			judged++
		}
		if r.State == Held {
			held++
		}
	}
	return fmt.Sprintf("bench: %d of %d targets held", held, judged)
}
