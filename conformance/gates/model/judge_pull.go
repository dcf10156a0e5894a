package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// judgePull judges a list that was read in sessions.
func (j *judgement) judgePull() {
	for n, s := range j.seen.sessions {
		j.judgeSession(n, s)
	}
	if !j.seen.hung && len(j.seen.panicked) == 0 {
		j.checkChain()
	}
}

// judgeSession judges one session without regard to the others.
func (j *judgement) judgeSession(n int, s *session) {
	j.checkOrigins(n, s)
	j.checkErrors(n, s)
	j.checkCheckpoints(n, s)
	j.checkOrder(s)
	j.checkStart(n, s)
	if s.stopped != "" || j.seen.hung || len(j.seen.panicked) > 0 {
		return
	}

	for window := s.resumed; window < len(j.script.Server.Days); window++ {
		if j.failedAt(s, window) {
			continue
		}
		exchanges := j.exchangesOf(n, window)
		shown := j.shownWhole(exchanges)
		if !shown && !j.stoppedBefore(s, window) {
			j.add(noEnd, "session %d, window %d: the server showed no end, and no error says so", n, window)
		}
		if shown && surelyAgain(exchanges) && !j.script.Caller.RepeatedLastPage {
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

// checkStart asks whether a session that begins within a window leaves out what
// comes before its offset.
func (j *judgement) checkStart(n int, s *session) {
	for _, e := range j.exchangesOf(n, 0) {
		if s.resumed == 0 && e.offset < j.script.Caller.StartAt {
			j.add(beforeStart, "session %d: offset %d", n, e.offset)
		}
	}
}

// shownWhole reports whether the client had all of a window: with pages, an
// empty one, or the last one again if that is to be the end.
func (j *judgement) shownWhole(exchanges []*exchange) bool {
	if j.script.Caller.RepeatedLastPage && pageAgain(exchanges) {
		return true
	}
	return slices.ContainsFunc(exchanges, func(e *exchange) bool {
		isEnd := !j.kapture.list.paged || len(e.elements) == 0
		return e.ending.mayBeWhole() && isEnd
	})
}

// pagesOf are the pages that the client had, each offset once. An offset before
// that of the last page is a question about the offset.
func pagesOf(exchanges []*exchange) []*exchange {
	var pages []*exchange
	for _, e := range exchanges {
		last := -1
		if len(pages) > 0 {
			last = pages[len(pages)-1].offset
		}

		switch {
		case !e.ending.mayBeWhole() || e.offset < last:
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
func pageAgain(exchanges []*exchange) bool {
	pages := pagesOf(exchanges)
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
func surelyAgain(exchanges []*exchange) bool {
	pages := pagesOf(exchanges)
	for i := 1; i < len(pages); i++ {
		same := sameElements(pages[i], pages[i-1])
		if same && !hasVersions(exchanges, pages[i]) && !hasVersions(exchanges, pages[i-1]) {
			return true
		}
	}
	return false
}

// hasVersions reports whether another response to the offset of a page had other
// records.
func hasVersions(exchanges []*exchange, page *exchange) bool {
	return slices.ContainsFunc(exchanges, func(e *exchange) bool {
		return e.ending.mayBeWhole() && e.offset == page.offset && !sameElements(e, page)
	})
}

// stuck reports whether ten pages in a row had no new record, or one came again.
func stuck(exchanges []*exchange) bool {
	const most = 10
	known := map[string]bool{}
	inARow := 0
	for _, page := range pagesOf(exchanges) {
		hasNew := false
		for _, element := range page.elements {
			hasNew = hasNew || !known[string(element)]
			known[string(element)] = true
		}
		inARow++
		if hasNew {
			inARow = 0
		}
	}
	return inARow >= most || pageAgain(exchanges)
}

// checkOrigins asks whether every record is one that the server sent.
func (j *judgement) checkOrigins(n int, s *session) {
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

// checkErrors asks whether every error has a reason, and names its window.
func (j *judgement) checkErrors(n int, s *session) {
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
	exchanges := j.exchangesOf(n, window)
	if stuck(exchanges) || j.attemptsUnseen() {
		return true
	}

	// A list that grows by a page between two requests looks as if its pages
	// were counted.
	mayCount := j.script.Server.Mode == pageNumbers || len(j.script.Server.Growth) > 0
	if f.counts && mayCount {
		return true
	}
	return hasWrongResponse(exchanges) || j.triedTooOften(exchanges, j.hasNameless(window))
}

// hasNameless reports whether records of a window have no identifier.
func (j *judgement) hasNameless(window int) bool {
	isNameless := func(record json.RawMessage) bool { return !isNamed(record, j.kapture.list.id) }
	return slices.ContainsFunc(j.script.Server.Days[window].Records, isNameless)
}

// hasWrongResponse reports whether a response is an error in itself, or may be one.
func hasWrongResponse(exchanges []*exchange) bool {
	return slices.ContainsFunc(exchanges, func(e *exchange) bool {
		return e.ending.excused || !e.ending.whole && !e.ending.again
	})
}

// triedTooOften reports whether a request failed as often as it may be tried. A page
// whose connection broke is not asked for again if its records cannot be
// recognized.
func (j *judgement) triedTooOften(exchanges []*exchange, nameless bool) bool {
	failed := map[int]int{} // by offset
	for _, e := range exchanges {
		if e.ending.again {
			failed[e.offset]++
		}
		broke := slices.Contains(cuts, e.fault.Kind) || j.kapture.trouble > 0
		if nameless && broke || failed[e.offset]+j.kapture.trouble >= maxAttempts {
			return true
		}
	}
	return j.kapture.trouble >= maxAttempts || nameless && j.kapture.trouble > 0
}

// checkCheckpoints asks of every checkpoint whether the day was over and read, and
// of every such day whether it has one.
func (j *judgement) checkCheckpoints(n int, s *session) {
	if !j.kapture.list.daily {
		return
	}

	saved := map[int]bool{}
	for _, c := range s.saved {
		saved[c.window] = true
		j.checkCheckpoint(n, c)
	}
	if s.stopped != "" || s.failed() || j.seen.hung {
		return
	}

	for window := s.resumed; window < len(j.script.Server.Days); window++ {
		exchanges := j.exchangesOf(n, window)
		if len(exchanges) == 0 || saved[window] {
			continue
		}
		longOver := j.kapture.first.AddDate(0, 0, window+1).Add(2 * time.Hour)
		if exchanges[0].askedAt.After(longOver) && exchanges[0].clock.After(longOver) {
			j.add(noCheckpoint, "session %d, window %d", n, window)
		}
	}
}

// checkCheckpoint asks whether the day of one checkpoint was over and read.
func (j *judgement) checkCheckpoint(n int, c checkpoint) {
	exchanges := j.exchangesOf(n, c.window)
	if !j.hasWindow(c.window) || !j.shownWhole(exchanges) {
		j.add(earlyCheckpoint, "session %d, window %d: the server had not shown its end", n, c.window)
		return
	}

	first := exchanges[0]
	end := j.kapture.first.AddDate(0, 0, c.window+1)
	if first.askedAt.Before(end) {
		j.add(earlyCheckpoint, "session %d, window %d: asked for at %v", n, c.window, first.askedAt.In(india))
	}
	if !j.script.Server.NoDate && first.clock.Before(end) {
		j.add(earlyCheckpoint, "session %d, window %d: the server's clock was %v", n, c.window, first.clock.In(india))
	}
}

// checkOrder asks whether the records come in the order of the days. A record may be
// on more than one.
func (j *judgement) checkOrder(s *session) {
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

// checkChain judges all sessions together: a caller keeps what was yielded before a
// checkpoint, and what the last session yielded.
func (j *judgement) checkChain() {
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
		j.checkTwice(n, s)
	}

	j.checkComplete(kept, min(max(passed, 0), len(j.script.Server.Days)))
}

// checkTwice asks whether one session yielded a record twice. Where a window
// failed, what the next day may leave out is not known.
func (j *judgement) checkTwice(n int, s *session) {
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

// checkComplete compares what a caller kept with what the server knows of the
// windows that were passed.
func (j *judgement) checkComplete(kept [][]byte, passed int) {
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
