package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// judgeRead judges a call that reads one response.
func (j *judgement) judgeRead() {
	for _, got := range j.seen.results {
		if got.failure != nil {
			j.judgeFailedRead(got)
			continue
		}
		j.judgeGoodRead(got)
	}
	if len(j.seen.results) != 1 && !j.seen.hung && len(j.seen.panicked) == 0 {
		j.add(inputResults, "%d results", len(j.seen.results))
	}
}

// judgeFailedRead asks why a read failed.
func (j *judgement) judgeFailedRead(got result) {
	if j.seen.stopped != "" || j.attemptsUnseen() {
		return
	}

	records := j.script.Server.Days[0].Records
	phantoms := slices.ContainsFunc(records, func(r json.RawMessage) bool { return !isRecord(r) })
	if phantoms || len(records) == 0 && got.failure.missing {
		return
	}

	again := j.kapture.trouble
	for _, e := range j.kapture.journal {
		if !e.ending.whole && !e.ending.again {
			return
		}
		if e.ending.again {
			again++
		}
	}

	if again < maxAttempts {
		j.add(noReason, "%s", got.failure.text)
	}
}

// judgeGoodRead compares what a read gave with what the server has.
func (j *judgement) judgeGoodRead(got result) {
	var expected []string
	for _, record := range j.script.Server.Days[0].Records {
		expected = append(expected, string(record))
	}
	switch j.script.Call {
	case "Customers.Get", "Tickets.Get":
		expected = expected[:min(len(expected), 1)]
	case "Tickets.GetMany":
		if missing := j.script.Caller.Inputs - len(expected); got.missing != missing {
			j.add(wrongRead, "%d tickets are missing, not %d", got.missing, missing)
		}
	}

	var actual []string
	for _, record := range got.records {
		if !isRecord(record) {
			j.add(inventedRecord, "%s", record)
		}
		actual = append(actual, string(record))
	}
	slices.Sort(expected)
	slices.Sort(actual)
	if !slices.Equal(expected, actual) {
		j.add(wrongRead, "%s; the server has %s", strings.Join(actual, " "), strings.Join(expected, " "))
	}
	mayBeGood := func(e *exchange) bool { return e.ending.mayBeWhole() }
	if !slices.ContainsFunc(j.kapture.journal, mayBeGood) {
		j.add(noEnd, "a read succeeded, and no good response was sent")
	}
}

// judgeWrites judges calls that write.
func (j *judgement) judgeWrites() {
	for input, n := range j.kapture.executed {
		if n > 1 {
			j.add(doubledWrite, "input %d: %d times", input, n)
		}
	}
	for _, got := range j.seen.results {
		j.judgeWrite(got)
	}

	if bulks[j.script.Call].call != nil {
		j.checkResults()
		return
	}
	if len(j.seen.results) != 1 && !j.seen.hung && len(j.seen.panicked) == 0 {
		j.add(inputResults, "%d results", len(j.seen.results))
	}
}

// judgeWrite judges what one input was reported as.
func (j *judgement) judgeWrite(got result) {
	executed := j.kapture.executed[got.input] > 0
	if got.failure == nil {
		switch {
		case !executed:
			j.add(falseSuccess, "input %d", got.input)
		case !got.late:
			j.checkIdentifier(got)
		}
		return
	}

	text := got.failure.text
	switch {
	case got.failure.unknown && !j.hasDoubt(got):
		j.add(falseDoubt, "input %d: %s", got.input, text)
	case got.failure.unknown:
	case executed && !j.lied(got.input):
		j.add(falseFailure, "input %d: %s", got.input, text)
	case !executed && !j.mayFail(got):
		j.add(noReason, "input %d: %s", got.input, text)
	}
}

// checkIdentifier compares the one that a write gave with the server's.
func (j *judgement) checkIdentifier(got result) {
	if got.marker != marker(got.input) {
		j.add(inputResults, "the result of input %d has %s", got.input, got.marker)
	}
	expected := ""
	if j.givesIdentifier() {
		expected = fmt.Sprint(identifierOf(got.input))
	}
	if got.id != expected {
		j.add(wrongIdentifier, "input %d: %q, the server gave %q", got.input, got.id, expected)
	}
}

// givesIdentifier reports whether the client gives the identifier of this write.
func (j *judgement) givesIdentifier() bool {
	return j.kapture.write.success("1") != j.kapture.write.success("2")
}

// gaveUp reports whether the caller or a deadline may have ended a call.
func (j *judgement) gaveUp(got result) bool {
	return j.seen.stopped != "" || j.script.Caller.AttemptTimeout > 0 && got.failure.timeout
}

// hasDoubt reports whether a write can be unknown: one of its requests ended so
// that nobody can know, or its call was given up.
func (j *judgement) hasDoubt(got result) bool {
	if j.gaveUp(got) || j.kapture.trouble > 0 {
		return true
	}
	return slices.ContainsFunc(j.exchangesOf(0, got.input), func(e *exchange) bool {
		return e.ending.doubt || e.ending.perhaps
	})
}

// lied reports whether the server said of a write that it executed that it was
// not done.
func (j *judgement) lied(input int) bool {
	return slices.ContainsFunc(j.exchangesOf(0, input), func(e *exchange) bool { return e.executed && e.ending.stated })
}

// mayFail reports whether a write that was not executed had a reason to fail:
// the server said so, a response made no sense, it was given up, or it was not
// taken as often as it may be tried.
func (j *judgement) mayFail(got result) bool {
	if j.gaveUp(got) || j.attemptsUnseen() {
		return true
	}

	failed := j.kapture.trouble
	for _, e := range j.exchangesOf(0, got.input) {
		if !e.ending.unprocessed {
			return true
		}
		failed++
	}

	return failed >= maxAttempts
}

// checkResults asks whether each input of a bulk write that was taken has one
// result. An input that was taken when the loop had ended has none, and is not sent.
func (j *judgement) checkResults() {
	count := map[int]int{}
	for _, got := range j.seen.results {
		count[got.input]++
	}

	for input := range max(j.seen.taken, len(count)) {
		notSent := input == j.seen.taken-1 && j.seen.lastRefused.Load() && len(j.exchangesOf(0, input)) == 0
		if notSent && count[input] == 0 {
			continue
		}
		if count[input] != 1 && !j.seen.hung {
			j.add(inputResults, "input %d has %d results; %d inputs were taken", input, count[input], j.seen.taken)
		}
	}
	j.checkTaken()
	j.checkBreak()
}

// checkTaken asks whether the client took all inputs, unless it was stopped. A
// panic of the inputs must reach the caller.
func (j *judgement) checkTaken() {
	stop := j.script.interruption(0)
	all := j.script.Caller.Inputs
	ended := j.seen.stopped == "" && !j.seen.hung && len(j.seen.panicked) == 0
	thrown := stop.How == byInputs && stop.After < all
	switch {
	case ended && thrown:
		j.add(panics, "the panic of the inputs did not reach the caller")
	case ended && j.seen.taken != all && j.script.Caller.InputsWait == 0:
		j.add(inputResults, "%d of %d inputs were taken", j.seen.taken, all)
	}
}

// checkBreak asks whether a bulk write stopped sending when its loop was broken
// off. A call that is being sent again at that moment is not to blame.
func (j *judgement) checkBreak() {
	if j.seen.stopped == byBreak && j.seen.sentOn > max(j.script.Caller.Parallel, 1) {
		j.add(sendsOn, "%d calls were sent again after the loop was broken off", j.seen.sentOn)
	}
}
