package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// A generator makes a script from a seed.
type generator struct {
	*rand.Rand
	script *script
}

// generate makes the script of a seed: the same in every program with the same
// version of this package.
func generate(seed uint64) *script {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x6d6f64656c)), script: &script{Seed: seed, Protocol: http1}}
	if g.chance(50) {
		g.script.Protocol = http2
	}
	switch {
	case g.chance(60):
		g.pull()
	case g.chance(20):
		g.read()
	case g.chance(60):
		g.write()
	default:
		g.bulk()
	}
	g.brokenConnections()
	return g.script
}

// chance is true in so many cases of a hundred.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// upTo is a number from 1 to most.
func (g *generator) upTo(most int) int { return 1 + g.IntN(most) }

// pick takes one of some values.
func pick[T any](g *generator, values ...T) T { return values[g.IntN(len(values))] }

func nameOf[T any](g *generator, table map[string]T) string {
	return pick(g, slices.Sorted(maps.Keys(table))...)
}

// pull makes a script of a list that is read in sessions.
func (g *generator) pull() {
	s := g.script
	s.Call = nameOf(g, lists)
	l := lists[s.Call]
	g.records(l)
	g.clock(l)
	g.envelope(l)
	if l.paged {
		g.pages(l)
	}

	if l.daily {
		s.Caller.Parallel = g.upTo(4)
		s.Caller.ContinueOnError = g.chance(30)
	}
	s.Caller.ContinueOnBadElement = g.chance(20)
	if s.Caller.ContinueOnBadElement && g.chance(40) {
		g.phantoms()
	}

	for g.chance(40) && len(s.Interruptions) < 3 {
		stop := interruption{How: pick(g, byBreak, byBreak, byCancel, byPanic), After: g.upTo(8)}
		if g.chance(20) {
			stop = interruption{How: byTime, After: g.IntN(60)}
		}
		if l.daily && g.chance(15) {
			stop = interruption{How: bySaving, After: g.IntN(2)}
		}
		s.Interruptions = append(s.Interruptions, stop)
	}
	g.faults(len(s.Server.Days), 4)
}

// records makes what the server knows.
func (g *generator) records(l list) {
	windows := 1
	if l.daily {
		windows = g.upTo(4)
	}

	most := pick(g, 2, 4, 4, 8, 8, 25)
	next := 1
	for range windows {
		d := day{Empty: pick(g, "", "", emptyRefusal, emptyRefusal, emptyNull, emptyObject)}
		if !l.single && d.Empty == emptyObject {
			d.Empty = ""
		}
		for range g.IntN(most + 1) {
			d.Records = append(d.Records, g.record(l, fmt.Sprint(next)))
			next++
		}
		g.script.Server.Days = append(g.script.Server.Days, d)
	}

	if g.chance(15) {
		g.duplicates()
	}
	if g.chance(6) {
		g.otherBytes(l)
	}
	if g.chance(6) {
		g.nameless(l)
	}
	if g.chance(4) {
		g.phantoms()
	}
}

// record makes one record with an identifier.
func (g *generator) record(l list, id string) json.RawMessage {
	switch {
	case g.chance(20):
		id = `"` + id + `"`
	case g.chance(3):
		id += ".0"
	}

	text := pick(g, "", "", "a", "]},{[", `\"\\`, "\u00e9\u0928", strings.Repeat("x", g.IntN(300)))
	if g.chance(2) {
		text = strings.Repeat("long ", 20000) // more than a reader's buffer
	}
	if text == "" {
		return json.RawMessage(`{"` + l.id + `":` + id + `}`)
	}
	return json.RawMessage(`{"text":"` + text + `","` + l.id + `":` + id + `}`)
}

// at is a window with records, and a place in it.
func (g *generator) at() (window *day, place int) {
	days := g.script.Server.Days
	window = &days[g.IntN(len(days))]
	if len(window.Records) == 0 {
		return window, 0
	}
	return window, g.IntN(len(window.Records))
}

// insert puts a record into a window.
func (g *generator) insert(window *day, record json.RawMessage) {
	window.Records = slices.Insert(window.Records, g.IntN(len(window.Records)+1), record)
}

// duplicates repeats records, in a window or on the next day.
func (g *generator) duplicates() {
	days := g.script.Server.Days
	for range g.upTo(3) {
		from := g.IntN(len(days))
		if len(days[from].Records) == 0 {
			continue
		}

		record := days[from].Records[g.IntN(len(days[from].Records))]
		to := from
		onBoth := from+1 < len(days) && from > 0 && slices.ContainsFunc(days[from-1].Records, sameAs(record))
		if from+1 < len(days) && g.chance(50) && !onBoth {
			to = from + 1
		}
		g.insert(&days[to], record)
	}
}

func sameAs(record json.RawMessage) func(json.RawMessage) bool {
	return func(other json.RawMessage) bool { return string(other) == string(record) }
}

// otherBytes gives the identifier of a record to another.
func (g *generator) otherBytes(l list) {
	window, place := g.at()
	if len(window.Records) == 0 {
		return
	}

	var fields map[string]json.RawMessage
	_ = json.Unmarshal(window.Records[place], &fields) // made by record
	other := json.RawMessage(`{"` + l.id + `":` + string(fields[l.id]) + `,"changed":true}`)
	days := g.script.Server.Days
	g.insert(&days[g.IntN(len(days))], other)
}

// nameless adds records whose identifier names nothing.
func (g *generator) nameless(l list) {
	kind := pick(g, `{"text":"nobody"}`, `{"%s":0}`, `{"%s":-1}`, `{"%s":""}`, `{"%s":null}`, `{"%s":"0"}`)
	if strings.Contains(kind, "%s") {
		kind = fmt.Sprintf(kind, l.id)
	}
	for range g.upTo(3) {
		window, _ := g.at()
		g.insert(window, json.RawMessage(kind))
	}
}

// phantoms adds what is not a record.
func (g *generator) phantoms() {
	window, _ := g.at()
	g.insert(window, json.RawMessage(pick(g, `null`, `"No tickets found"`, `false`, `1`, `[]`, `{}`)))
}

// clock sets the days and the server's clock.
func (g *generator) clock(l list) {
	b := &g.script.Server
	b.LastDay = 30
	if !l.daily {
		return
	}
	if g.chance(30) {
		b.LastDay = g.IntN(3)
	}
	if g.chance(15) {
		b.Clock = pick(g, -49, -30, -3, 3, 30)
	}
	b.NoDate = g.chance(10)
}

func (g *generator) envelope(l list) {
	kinds := []string{"", "", statusFirst, padded}
	if l.statusless {
		kinds = append(kinds, noStatus)
	}
	if l.single {
		kinds = append(kinds, bareObject)
	}
	g.script.Server.Envelope = pick(g, kinds...)
}

// pages says how the server makes pages.
func (g *generator) pages(l list) {
	b := &g.script.Server
	limit := l.pageSize
	if limit == 0 {
		limit = g.upTo(6)
		g.script.Caller.PageSize = limit
	}

	if g.chance(60) {
		for range g.upTo(5) {
			b.Pages = append(b.Pages, g.upTo(min(limit+1, 6)))
		}
	}
	if g.chance(15) {
		b.Overlap = g.upTo(2)
	}
	if g.chance(15) {
		for range g.upTo(3) {
			b.Growth = append(b.Growth, g.IntN(3))
		}
	}

	if g.chance(12) {
		b.Mode = pick(g, offsetIgnored, pageNumbers, repeatsLast, rotates)
	}
	g.pageOptions(limit)
}

// pageOptions are what the caller says about pages: mostly what is so.
func (g *generator) pageOptions(limit int) {
	b := &g.script.Server
	how := &g.script.Caller
	switch b.Mode {
	case pageNumbers:
		how.PageNumbers = g.chance(50)
		b.Overlap = 0 // with one, a page number may look like an offset
		if len(b.Growth) > 0 {
			b.Pages = nil // so it may with pages of several sizes of a list that grows
		}
	case repeatsLast:
		how.RepeatedLastPage = g.chance(60)
	case offsetIgnored:
		// With one record on the first page, this may be all there is.
		how.RepeatedLastPage = limit > 1 && len(b.Pages) == 0 && g.chance(30)
	case "":
		how.PageNumbers = g.chance(3)
		how.RepeatedLastPage = !how.PageNumbers && g.chance(5)
	}

	hides := b.Mode == pageNumbers && !how.PageNumbers || how.RepeatedLastPage
	if hides {
		g.onlyDifferentRecords()
	}
	if how.RepeatedLastPage { // no page may be as the one before it, except at the end
		b.Overlap = 0
		b.Growth = nil
	}
	if b.Mode == "" && b.Overlap == 0 && len(b.Growth) == 0 && !how.PageNumbers && g.chance(10) {
		how.StartAt = g.IntN(len(b.Days[0].Records) + 1)
	}
}

// onlyDifferentRecords takes out of each window the records that are in it
// already: where pages are the same, nobody can see which of them it is.
func (g *generator) onlyDifferentRecords() {
	for i := range g.script.Server.Days {
		seen := map[string]bool{}
		d := &g.script.Server.Days[i]
		d.Records = slices.DeleteFunc(d.Records, func(record json.RawMessage) bool {
			again := seen[string(record)]
			seen[string(record)] = true
			return again
		})
	}
}

// read makes a script of a call that reads one response.
func (g *generator) read() {
	s := g.script
	s.Call = nameOf(g, reads)
	s.Server.LastDay = 30

	d := day{}
	switch s.Call {
	case "Customers.Get":
		d.Records = []json.RawMessage{g.record(list{id: "id"}, "1")}
	case "Tickets.Get":
		d.Records = g.tickets(1, 90)
	case "Tickets.GetMany":
		s.Caller.Inputs = pick(g, 1, 3, 50, 51, 120)
		d.Records = g.tickets(s.Caller.Inputs, 80)
	default:
		for n := range g.IntN(5) {
			d.Records = append(d.Records, json.RawMessage(fmt.Sprintf(`{"id":"%d","name":"n"}`, n)))
		}
	}
	s.Server.Days = []day{d}

	if s.Call == "FAQ.Categories" && g.chance(10) {
		g.phantoms()
	}
	g.faults(1, 3)
	g.giveUp()
}

// tickets are some of those that a read asks for.
func (g *generator) tickets(asked, percent int) []json.RawMessage {
	var records []json.RawMessage
	for n := range asked {
		if g.chance(percent) {
			records = append(records, json.RawMessage(`{"task_details":{"ticketId":"`+ticketNumber(n)+`"}}`))
		}
	}
	return records
}

// giveUp lets the caller give a single call up while a request is on its way.
func (g *generator) giveUp() {
	if g.chance(10) {
		g.script.Interruptions = []interruption{{How: byCancel, After: g.upTo(2)}}
	} else if g.chance(15) {
		g.script.Interruptions = []interruption{{How: byTime, After: g.IntN(40)}}
	}
	if g.chance(8) {
		g.script.Caller.AttemptTimeout = g.upTo(6)
	}
}

// write makes a script of one write.
func (g *generator) write() {
	g.script.Call = nameOf(g, writes)
	g.identifiers()
	g.faults(1, 3)
	g.giveUp()
}

func (g *generator) identifiers() {
	if g.chance(8) {
		g.script.Server.Identifier = pick(g, "text", "exponent", "decimal")
	}
}

// bulk makes a script of many writes.
func (g *generator) bulk() {
	s := g.script
	s.Call = nameOf(g, bulks)
	s.Caller.Inputs = g.upTo(25)
	s.Caller.Parallel = pick(g, 1, 2, 4, 8)
	g.identifiers()
	g.faults(s.Caller.Inputs, 8)

	if g.chance(40) {
		how := pick(g, byBreak, byCancel, byPanic)
		s.Interruptions = []interruption{{How: how, After: g.upTo(s.Caller.Inputs)}}
		if g.chance(25) {
			s.Interruptions = []interruption{{How: byTime, After: g.IntN(100)}}
		}
		if s.Interruptions[0].How == byBreak && g.chance(15) {
			s.Caller.InputsWait = s.Interruptions[0].After
		}
	}

	switch {
	case g.chance(5):
		g.longWaits()
	case g.chance(5):
		s.Caller.InputsWait = 0
		s.Interruptions = []interruption{{How: byInputs, After: g.IntN(s.Caller.Inputs + 1)}}
	case g.chance(10):
		s.Caller.AttemptTimeout = g.upTo(8)
	}
}

// longWaits breaks a bulk write off at its first result, while the others wait
// for a Retry-After.
func (g *generator) longWaits() {
	s := g.script
	s.Caller.MaxRetryAfter = 60
	s.Caller.Parallel = max(s.Caller.Parallel, 2)
	s.Caller.InputsWait = 0
	s.Interruptions = []interruption{{How: byBreak, After: 1}}

	s.Faults = nil
	for on := 1; on < s.Caller.Inputs; on++ {
		s.Faults = append(s.Faults, fault{On: on, Kind: faultStatus, Code: http.StatusTooManyRequests, Text: bodyWait})
	}
}

// faults lets things go wrong: often nothing, seldom much.
func (g *generator) faults(windows, most int) {
	for g.chance(70) && len(g.script.Faults) < most {
		f := g.fault()
		f.On = g.IntN(windows)
		f.Nth = pick(g, 0, 0, 0, 1, 1, 2, 3)
		g.script.Faults = append(g.script.Faults, f)
		if f.Kind == faultStall {
			g.script.Caller.AttemptTimeout = 60
		}
	}
}

// fault makes one that hits a request.
func (g *generator) fault() fault {
	f := fault{Kind: g.kind()}
	switch f.Kind {
	case faultCut:
		f.At = pick(g, 0, g.IntN(1000), g.IntN(1000), 999)
		f.Text = pick(g, endFIN, endRST)
		f.Done = g.chance(50)
		if g.script.Protocol == http2 {
			f.Text = pick(g, "", "", "", endClose)
			f.Code = pick[uint32](g, 0x0, 0x1, 0x1, 0x1, 0x2, 0x5, 0x8, 0xb, 0xd)
		}
	case faultChunkCut:
		f.At = pick(g, g.IntN(1000), 900+g.IntN(100))
		f.Text = pick(g, endFIN, endRST)
		f.Done = g.chance(50)
	case faultQuietCut, faultGzipCut:
		f.At = g.IntN(1000)
		f.Done = g.chance(50)
	case faultDrip:
		f.At = pick(g, 1, 7, 100)
	case faultGoaway:
		f.Code = pick[uint32](g, 0x0, 0x0, 0x2, 0xb)
	case faultStatus:
		f.Code = pick[uint32](g, 400, 401, 403, 404, 429, 429, 500, 502, 503, 503)
		f.Text = pick(g, bodyHTML, bodyEmpty, bodyFailed, bodyFailed, bodySuccess, bodyTruncated, bodyTwice)
		f.Done = g.mayBeDone(f)
	case faultFailed:
		f.Done = g.chance(5) // a lie
	case faultGarbage:
		f.Text = pick(g, bodyHTML, bodyEmpty, bodyTruncated, bodyTwice)
		f.Done = g.chance(50)
	case faultRedirect:
		f.Code = pick[uint32](g, 301, 302, 303, 307, 308)
		f.Done = (f.Code == http.StatusFound || f.Code == http.StatusSeeOther) && g.chance(50)
	case faultStall:
		f.Done = g.chance(50)
	}
	return f
}

// mayBeDone says of a write whether it is executed under a status that says
// failure. One that is executed under 429 must say so: it may be sent again.
func (g *generator) mayBeDone(f fault) bool {
	e := endingOfStatus(f)
	return !e.unprocessed && (e.doubt && g.chance(50) || e.stated && g.chance(5))
}

func (g *generator) kind() string {
	kinds := []string{
		faultCut, faultCut, faultCut, faultGzip, faultGzipCut, faultDrip, faultStatus, faultStatus, faultStatus,
		faultFailed, faultGarbage, faultRedirect, faultStall,
	}

	if g.script.Protocol == http2 {
		kinds = append(kinds, faultGoaway, faultGoaway, faultGoawayAfter, faultRefused, faultRefused)
	} else {
		kinds = append(kinds, faultChunkCut, faultQuietCut, faultClose)
	}
	return kinds[g.IntN(len(kinds))]
}

// brokenConnections refuses dials, and cuts connections while the client sends.
func (g *generator) brokenConnections() {
	if g.chance(8) {
		g.script.Faults = append(g.script.Faults, fault{Kind: faultDial, Nth: g.IntN(3)})
	}
	if g.chance(8) {
		at := pick(g, 1, g.upTo(600), g.upTo(3000))
		g.script.Faults = append(g.script.Faults, fault{Kind: faultRequestCut, Nth: g.IntN(2), At: at})
	}
}
