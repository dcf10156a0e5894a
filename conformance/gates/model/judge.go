package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
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

// judge holds what the caller saw to what the server remembers. The worst
// violation is the first.
func judge(k *kapture, seen *observation) []violation {
	j := &judgement{script: k.script, kapture: k, seen: seen}
	switch {
	case k.list != nil:
		j.pull()
	case k.read != nil:
		j.read()
	default:
		j.writes()
	}

	if seen.hung {
		j.add(hangs, "no end within %v", patience)
	}
	for _, thrown := range seen.panicked {
		j.add(panics, "%s", thrown)
	}
	for _, left := range seen.left {
		j.add(leaves, "%s", left)
	}
	slices.SortStableFunc(j.found, func(a, b violation) int {
		return slices.Index(properties, a.property) - slices.Index(properties, b.property)
	})
	return j.found
}

// of selects the exchanges of a session and a window or an input.
func (j *judgement) of(session, on int) []*exchange {
	var out []*exchange
	for _, e := range j.kapture.journal {
		if e.session == session && e.on == on {
			out = append(out, e)
		}
	}
	return out
}

// pull judges a list that was read in sessions.
func (j *judgement) pull() {
	for n, s := range j.seen.sessions {
		j.session(n, s)
	}
	if !j.seen.hung && len(j.seen.panicked) == 0 {
		j.chain()
	}
}

// session judges one session without regard to the others.
func (j *judgement) session(n int, s *session) {
	j.origins(n, s)
	j.errors(n, s)
	j.checkpoints(n, s)
	j.order(s)
	j.start(n, s)
	if s.stopped != "" || j.seen.hung || len(j.seen.panicked) > 0 {
		return
	}

	for window := s.resumed; window < len(j.script.Server.Days); window++ {
		if j.failedAt(s, window) {
			continue
		}
		asked := j.of(n, window)
		shown := j.shownWhole(asked)
		if !shown && !j.stoppedBefore(s, window) {
			j.add(noEnd, "session %d, window %d: the server showed no end, and no error says so", n, window)
		}
		if shown && surelyAgain(asked) && !j.script.Caller.RepeatedLastPage {
			j.add(noProgress, "session %d, window %d: the same page came twice in a row", n, window)
		}
	}
}

// stoppedBefore reports whether a pull ended by an error of an earlier window.
func (j *judgement) stoppedBefore(s *session, window int) bool {
	if j.script.Caller.ContinueOnError {
		return false
	}
	return slices.ContainsFunc(s.yields, func(y yield) bool { return y.ends() && j.windowOf(y.failure) < window })
}

// windowOf is the window that an error names; the only one of a list without
// days.
func (j *judgement) windowOf(f *failure) int {
	if !j.kapture.list.daily {
		return 0
	}
	return j.kapture.windowOf(f.day)
}

func (j *judgement) failedAt(s *session, window int) bool {
	return slices.ContainsFunc(s.yields, func(y yield) bool { return y.ends() && j.windowOf(y.failure) == window })
}

// start asks whether a session that begins within a window leaves out what is
// before.
func (j *judgement) start(n int, s *session) {
	for _, e := range j.of(n, 0) {
		if s.resumed == 0 && e.offset < j.script.Caller.StartAt {
			j.add(beforeStart, "session %d: offset %d", n, e.offset)
		}
	}
}

// shownWhole reports whether the client had all of a window: with pages, an
// empty one, or the last one again if that is to be the end.
func (j *judgement) shownWhole(asked []*exchange) bool {
	if j.script.Caller.RepeatedLastPage && j.pageAgain(asked) {
		return true
	}
	return slices.ContainsFunc(asked, func(e *exchange) bool {
		good := e.ending.whole || e.ending.perhaps
		return good && (!j.kapture.list.paged || len(e.elements) == 0)
	})
}

// pagesOf are the pages that the client had, each offset once. An offset before
// that of the last page is a question about the offset.
func pagesOf(asked []*exchange) []*exchange {
	var pages []*exchange
	for _, e := range asked {
		last := -1
		if len(pages) > 0 {
			last = pages[len(pages)-1].offset
		}

		good := e.ending.whole || e.ending.perhaps
		switch {
		case !good || e.offset < last:
		case e.offset == last:
			pages[len(pages)-1] = e
		default:
			pages = append(pages, e)
		}
	}
	return pages
}

func sameElements(a, b *exchange) bool {
	same := func(x, y json.RawMessage) bool { return bytes.Equal(x, y) }
	return len(a.elements) > 0 && slices.EqualFunc(a.elements, b.elements, same)
}

// pageAgain reports whether a page had the same records in the same order as
// the one before it.
func (j *judgement) pageAgain(asked []*exchange) bool {
	pages := pagesOf(asked)
	for i := 1; i < len(pages); i++ {
		if sameElements(pages[i], pages[i-1]) {
			return true
		}
	}
	return false
}

// surelyAgain reports whether a page was the one before it, whichever of its
// attempts the client took. An attempt that it gave up may be responded to after
// the one that it made instead, when the list has more records.
func surelyAgain(asked []*exchange) bool {
	pages := pagesOf(asked)
	for i := 1; i < len(pages); i++ {
		same := sameElements(pages[i], pages[i-1])
		if same && !hasVersions(asked, pages[i]) && !hasVersions(asked, pages[i-1]) {
			return true
		}
	}
	return false
}

// hasVersions reports whether another response to the offset of a page had other
// records.
func hasVersions(asked []*exchange, page *exchange) bool {
	return slices.ContainsFunc(asked, func(e *exchange) bool {
		good := e.ending.whole || e.ending.perhaps
		return good && e.offset == page.offset && !sameElements(e, page)
	})
}

// stuck reports whether ten pages in a row had no new record, or one came again.
func (j *judgement) stuck(asked []*exchange) bool {
	const most = 10
	known := map[string]bool{}
	old := 0

	for _, page := range pagesOf(asked) {
		fresh := false
		for _, element := range page.elements {
			fresh = fresh || !known[string(element)]
			known[string(element)] = true
		}
		if fresh {
			old = 0
		} else {
			old++
		}
	}

	return old >= most || j.pageAgain(asked)
}

// origins asks of every record where it is from.
func (j *judgement) origins(n int, s *session) {
	served := map[string]bool{} // and whether it is a record
	for _, e := range j.kapture.journal {
		for _, element := range e.elements {
			if e.session == n {
				served[string(element)] = isRecord(element)
			}
		}
	}

	for _, y := range s.yields {
		_, found := served[string(y.record)]
		isRecord := served[string(y.record)]
		if y.failure == nil && !isRecord || y.inPlace && !found {
			j.add(inventedRecord, "session %d: %s", n, y.record)
		}
	}
}

// errors asks of every error why it is there.
func (j *judgement) errors(n int, s *session) {
	for _, y := range s.yields {
		f := y.failure
		if f == nil {
			continue
		}

		window := j.windowOf(f)
		switch {
		case !f.named || !j.hasWindow(window):
			j.add(noWindow, "session %d: %s", n, f.text)
		case s.stopped != "" || y.inPlace && !isRecord(y.record):
		case y.inPlace || !j.hasReason(n, window, f):
			j.add(noReason, "session %d, window %d: %s", n, window, f.text)
		}
	}
}

// attemptsUnseen reports whether an attempt may have ended before the server
// saw it, so that its journal does not show how many there were.
func (j *judgement) attemptsUnseen() bool { return j.script.Caller.AttemptTimeout > 0 }

func (j *judgement) hasWindow(window int) bool {
	return window >= 0 && window < len(j.script.Server.Days)
}

// cuts are the faults that may break a connection inside a list.
var cuts = []string{faultCut, faultChunkCut, faultGzipCut}

// hasReason reports whether the server gave a reason for an error of a window:
// a response that is an error in itself, pages without progress, or one request
// that failed as often as it may be tried.
func (j *judgement) hasReason(n, window int, f *failure) bool {
	asked := j.of(n, window)
	if j.stuck(asked) || j.attemptsUnseen() {
		return true
	}

	// A list that grows by a page between two requests looks as if its pages
	// were counted.
	if f.counts && (j.script.Server.Mode == pageNumbers || len(j.script.Server.Growth) > 0) {
		return true
	}

	nameless := slices.ContainsFunc(j.script.Server.Days[window].Records, func(record json.RawMessage) bool {
		return !isNamed(record, j.kapture.list.id)
	})
	failed := map[int]int{} // by offset
	for _, e := range asked {
		if e.ending.excused || !e.ending.whole && !e.ending.again {
			return true
		}
		if e.ending.again {
			failed[e.offset]++
		}

		// A page whose connection broke is not asked for again where its
		// records cannot be recognized.
		broke := slices.Contains(cuts, e.fault.Kind) || j.kapture.trouble > 0
		if nameless && broke || failed[e.offset]+j.kapture.trouble >= maxAttempts {
			return true
		}
	}
	return j.kapture.trouble >= maxAttempts || nameless && j.kapture.trouble > 0
}

// checkpoints asks of every checkpoint whether the day was over and read, and
// of every such day whether it has one.
func (j *judgement) checkpoints(n int, s *session) {
	if !j.kapture.list.daily {
		return
	}

	saved := map[int]bool{}
	for _, c := range s.saved {
		saved[c.window] = true
		j.checkpoint(n, c)
	}
	if s.stopped != "" || s.failed() || j.seen.hung {
		return
	}

	for window := s.resumed; window < len(j.script.Server.Days); window++ {
		asked := j.of(n, window)
		if len(asked) == 0 || saved[window] {
			continue
		}
		longOver := j.kapture.first.AddDate(0, 0, window+1).Add(2 * time.Hour)
		if asked[0].asked.After(longOver) && asked[0].clock.After(longOver) {
			j.add(noCheckpoint, "session %d, window %d", n, window)
		}
	}
}

// checkpoint asks of one whether its day was over and read.
func (j *judgement) checkpoint(n int, c checkpoint) {
	asked := j.of(n, c.window)
	if !j.hasWindow(c.window) || !j.shownWhole(asked) {
		j.add(earlyCheckpoint, "session %d, window %d: the server had not shown its end", n, c.window)
		return
	}

	first := asked[0]
	end := j.kapture.first.AddDate(0, 0, c.window+1)
	if first.asked.Before(end) {
		j.add(earlyCheckpoint, "session %d, window %d: asked for at %v", n, c.window, first.asked.In(india))
	}
	if !j.script.Server.NoDate && first.clock.Before(end) {
		j.add(earlyCheckpoint, "session %d, window %d: the server's clock was %v", n, c.window, first.clock.In(india))
	}
}

// order asks whether the records come in the order of the days. A record may be
// on more than one.
func (j *judgement) order(s *session) {
	latest := 0
	for _, y := range s.yields {
		days := j.daysOf(y.record)
		if y.failure != nil || len(days) == 0 {
			continue
		}

		after := slices.IndexFunc(days, func(window int) bool { return window >= latest })
		if after < 0 {
			j.add(wrongOrder, "%s of window %d after a record of window %d", y.record, days[0], latest)
			continue
		}
		latest = days[after]
	}
}

// daysOf are the windows that have a record from the beginning.
func (j *judgement) daysOf(record []byte) []int {
	var days []int
	for window, d := range j.script.Server.Days {
		if slices.ContainsFunc(d.Records, func(r json.RawMessage) bool { return bytes.Equal(r, record) }) {
			days = append(days, window)
		}
	}
	return days
}

// chain judges all sessions together: a caller keeps what was yielded before a
// checkpoint, and what the last session yielded.
func (j *judgement) chain() {
	var kept [][]byte
	passed := 0 // windows
	for n, s := range j.seen.sessions {
		last := n == len(j.seen.sessions)-1
		end := 0
		for _, c := range s.saved {
			end = c.at
			passed = c.window + 1
		}

		if last && s.stopped == "" && !s.failed() {
			end = len(s.yields)
			passed = len(j.script.Server.Days)
		}
		for _, y := range s.yields[:end] {
			if !y.ends() {
				kept = append(kept, y.record)
			}
		}
		j.twiceIn(n, s)
	}

	j.complete(kept, min(max(passed, 0), len(j.script.Server.Days)))
}

// twiceIn asks whether one session yielded a record twice. Where a window
// failed, what the next day may leave out is not known.
func (j *judgement) twiceIn(n int, s *session) {
	if s.failed() && j.script.Caller.ContinueOnError {
		return
	}
	count := map[string]int{}
	for _, y := range s.yields {
		count[string(y.record)]++
		if y.failure == nil && isNamed(y.record, j.kapture.list.id) && count[string(y.record)] == 2 {
			j.add(doubledRecord, "session %d: %s", n, y.record)
		}
	}
}

// complete compares what a caller kept with what the server knows of the
// windows that were passed.
func (j *judgement) complete(kept [][]byte, passed int) {
	count := map[string]int{}
	for _, record := range kept {
		count[string(record)]++
	}
	expected := map[string]int{}
	for window, d := range j.script.Server.Days[:passed] {
		skipped := 0
		if window == 0 {
			skipped = min(j.script.Caller.StartAt, len(d.Records))
		}
		for _, record := range d.Records[skipped:] {
			if isRecord(record) || j.script.Caller.ContinueOnBadElement {
				expected[string(record)]++
			}
		}
	}

	for record, n := range expected {
		named := isNamed(json.RawMessage(record), j.kapture.list.id)
		switch {
		case named && count[record] == 0, !named && count[record] < n:
			j.add(lostRecord, "%s: yielded %d times, the server has %d", record, count[record], n)
		case named && count[record] > 1, !named && count[record] > n && !j.repeats():
			j.add(doubledRecord, "%s: yielded %d times, the server has %d", record, count[record], n)
		}
	}
}

// repeats reports whether pages of the server have records of other pages, so
// that a record without an identifier is yielded again.
func (j *judgement) repeats() bool {
	b := j.script.Server
	otherNumbers := j.script.Caller.PageNumbers != (b.Mode == pageNumbers)
	return b.Overlap > 0 || len(b.Growth) > 0 || b.Mode != "" || otherNumbers
}

// read judges a call that reads one response.
func (j *judgement) read() {
	for _, got := range j.seen.results {
		if got.failure != nil {
			j.failedRead(got)
			continue
		}
		j.goodRead(got)
	}
	if len(j.seen.results) != 1 && !j.seen.hung && len(j.seen.panicked) == 0 {
		j.add(inputResults, "%d results", len(j.seen.results))
	}
}

// failedRead asks why a read failed.
func (j *judgement) failedRead(got result) {
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

// goodRead compares what a read gave with what the server has.
func (j *judgement) goodRead(got result) {
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
	good := func(e *exchange) bool { return e.ending.whole || e.ending.perhaps }
	if !slices.ContainsFunc(j.kapture.journal, good) {
		j.add(noEnd, "a read succeeded, and no good response was sent")
	}
}

// writes judges calls that write.
func (j *judgement) writes() {
	for input, n := range j.kapture.executed {
		if n > 1 {
			j.add(doubledWrite, "input %d: %d times", input, n)
		}
	}
	for _, got := range j.seen.results {
		j.write(got)
	}

	if bulks[j.script.Call].call != nil {
		j.results()
		return
	}
	if len(j.seen.results) != 1 && !j.seen.hung && len(j.seen.panicked) == 0 {
		j.add(inputResults, "%d results", len(j.seen.results))
	}
}

// write judges what one input was reported as.
func (j *judgement) write(got result) {
	executed := j.kapture.executed[got.input] > 0
	switch {
	case got.failure == nil && !executed:
		j.add(falseSuccess, "input %d", got.input)
	case got.failure == nil && !got.late:
		j.identifier(got)
	case got.failure == nil:
	case got.failure.unknown && !j.hasDoubt(got):
		j.add(falseDoubt, "input %d: %s", got.input, got.failure.text)
	case !got.failure.unknown && executed && !j.lied(got.input):
		j.add(falseFailure, "input %d: %s", got.input, got.failure.text)
	case !got.failure.unknown && !executed && !j.mayFail(got):
		j.add(noReason, "input %d: %s", got.input, got.failure.text)
	}
}

// identifier compares the one that a write gave with the server's.
func (j *judgement) identifier(got result) {
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
	return slices.ContainsFunc(j.of(0, got.input), func(e *exchange) bool {
		return e.ending.doubt || e.ending.perhaps
	})
}

// lied reports whether the server said of a write that it executed that it was
// not done.
func (j *judgement) lied(input int) bool {
	return slices.ContainsFunc(j.of(0, input), func(e *exchange) bool { return e.executed && e.ending.stated })
}

// mayFail reports whether a write that was not executed had a reason to fail:
// the server said so, a response made no sense, it was given up, or it was not
// taken as often as it may be tried.
func (j *judgement) mayFail(got result) bool {
	if j.gaveUp(got) || j.attemptsUnseen() {
		return true
	}

	failed := j.kapture.trouble
	for _, e := range j.of(0, got.input) {
		if !e.ending.unprocessed {
			return true
		}
		failed++
	}

	return failed >= maxAttempts
}

// results asks whether each input of a bulk write that was taken has one. The
// one that came when the loop had ended has none, and is not sent.
func (j *judgement) results() {
	count := map[int]int{}
	for _, got := range j.seen.results {
		count[got.input]++
	}

	for input := range max(j.seen.taken, len(count)) {
		notSent := input == j.seen.taken-1 && j.seen.lastRefused.Load() && len(j.of(0, input)) == 0
		if notSent && count[input] == 0 {
			continue
		}
		if count[input] != 1 && !j.seen.hung {
			j.add(inputResults, "input %d has %d results; %d inputs were taken", input, count[input], j.seen.taken)
		}
	}

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

	// A call that is being sent again at that very moment is not to blame.
	if j.seen.stopped == byBreak && j.seen.sentOn > max(j.script.Caller.Parallel, 1) {
		j.add(sendsOn, "%d calls were sent again after the loop was broken off", j.seen.sentOn)
	}
}
