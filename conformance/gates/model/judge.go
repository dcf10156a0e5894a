package main

import (
	"fmt"
	"slices"
)

// What must hold in every run. The worst come first: a failure is printed with
// the first that does not hold.
const (
	lostRecord      = "a record is lost in silence"
	doubledRecord   = "a record is yielded twice"
	inventedRecord  = "what is yielded is not a record of the server"
	doubledWrite    = "a write is executed twice"
	falseSuccess    = "a write that was not executed is a success"
	falseFailure    = "a write that was executed is reported as not done"
	wrongIdentifier = "a write gives another identifier than the server did"
	wrongRead       = "a read gives something else than the server has"
	inputResults    = "an input has not exactly one result"
	earlyCheckpoint = "a checkpoint passes a day that is not over or not read"
	noEnd           = "a pull ends where the server showed no end"
	noProgress      = "a page that is sent again is not an error"
	beforeStart     = "a pull asks for what is before its beginning"
	wrongOrder      = "days are out of order"
	falseDoubt      = "a write that was provably not taken is reported as unknown"
	noReason        = "an error has no reason"
	noWindow        = "an error does not name its window"
	noCheckpoint    = "a day that was over and read has no checkpoint"
	sendsOn         = "a bulk write that was broken off sends on"
	hangs           = "a call hangs"
	panics          = "a call panics"
	leaves          = "something is left running"
)

var properties = []string{
	lostRecord, doubledRecord, inventedRecord, doubledWrite, falseSuccess, falseFailure, wrongIdentifier, wrongRead,
	inputResults, earlyCheckpoint, noEnd, noProgress, beforeStart, wrongOrder, falseDoubt, noReason, noWindow,
	noCheckpoint, sendsOn, hangs, panics, leaves,
}

// A violation is a property that does not hold in a run.
type violation struct {
	property string
	text     string
}

// String is the property and where it does not hold.
func (v violation) String() string { return v.property + ": " + v.text }

// A judgement collects the violations of one run.
type judgement struct {
	script  *script
	kapture *kapture
	seen    *observation
	found   []violation
}

func (j *judgement) add(property, format string, args ...any) {
	j.found = append(j.found, violation{property: property, text: fmt.Sprintf(format, args...)})
}

// judge compares what the caller saw with what the server remembers. The worst
// violation comes first.
func judge(k *kapture, seen *observation) []violation {
	j := &judgement{script: k.script, kapture: k, seen: seen}
	switch {
	case k.list != nil:
		j.judgePull()
	case k.read != nil:
		j.judgeRead()
	default:
		j.judgeWrites()
	}

	if seen.hung {
		j.add(hangs, "no end within %v", patience)
	}
	for _, thrown := range seen.panicked {
		j.add(panics, "%s", thrown)
	}
	for _, leftover := range seen.leftovers {
		j.add(leaves, "%s", leftover)
	}
	slices.SortStableFunc(j.found, func(a, b violation) int {
		return slices.Index(properties, a.property) - slices.Index(properties, b.property)
	})
	return j.found
}

// exchangesOf selects the exchanges of a session and a window or an input.
func (j *judgement) exchangesOf(session, on int) []*exchange {
	var out []*exchange
	for _, e := range j.kapture.journal {
		if e.session == session && e.on == on {
			out = append(out, e)
		}
	}
	return out
}
