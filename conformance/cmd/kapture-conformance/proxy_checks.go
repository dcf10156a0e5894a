package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// checks judges exchanges after they have passed, in goroutines of their own:
// no response waits for its check, and no check for another one. What waits is
// bounded by the bytes that it holds.
type checks struct {
	judge      *judge
	recording  *recordingFile
	ledger     ledger
	memory     *budget
	parts      *partPool
	turns      turns
	asJSON     bool // print findings as JSON
	finder     credentialFinder
	showValues bool // errors may show what was sent
	// observers learn of every exchange once it has been checked.
	observers []observer

	queue   chan *passing
	workers sync.WaitGroup

	mu sync.Mutex
	// open are the exchanges that are not settled yet, each with what tells the
	// ledger of its end.
	open    map[*passing]endInLedger
	stopped bool // what ends now is not checked any more

	cut atomic.Bool // the proxy broke off what was still open

	output     sync.Mutex
	say        io.Writer
	recordLost error
}

// observer learns of each exchange as it is checked. Its method is called by
// several goroutines at once, and must not wait: the checks would wait with it.
type observer interface {
	observe(seen seenExchange)
}

// seenExchange is an exchange that has passed the proxy. It contains credentials
// and customers' data.
type seenExchange struct {
	Time     time.Time
	Duration time.Duration
	World    string
	Exchange conformance.Exchange
	// ResponseSize is the size of the response's body, of which Exchange may have
	// nothing.
	ResponseSize int64
	Result       conformance.Result
	Findings     []foundIn
	// Unchecked says why the exchange was not checked; empty if it was.
	Unchecked string
}

// overhead is what an exchange holds in addition to its bodies, in bytes:
// headers, and its place in the queue.
const overhead = 4 << 10

func newChecks(j *judge, say io.Writer) *checks {
	c := &checks{
		judge:  j,
		memory: newBudget(maxHeld),
		parts:  newPartPool(maxParts),
		turns:  newTurns(runtime.GOMAXPROCS(0)),
		queue:  make(chan *passing, maxHeld/overhead), // sending never waits
		open:   map[*passing]endInLedger{},
		say:    say,
	}
	for range runtime.GOMAXPROCS(0) {
		c.workers.Go(c.work)
	}
	return c
}

// begin notes that an exchange is on its way.
func (c *checks) begin(x *passing) {
	end := c.ledger.begin(x.world)

	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[x] = end
}

// settle forgets an exchange that is on its way no more.
func (c *checks) settle(x *passing, checked bool, findings []foundIn) {
	c.mu.Lock()
	end := c.open[x]
	delete(c.open, x)
	c.mu.Unlock()

	for _, body := range []*keptBody{x.sent, x.received} {
		if body != nil {
			body.release()
		}
	}
	if end != nil {
		end(checked, findings)
	}
}

// finish takes an exchange that has passed.
func (c *checks) finish(x *passing) {
	if x.judged {
		return
	}
	if x.received != nil {
		x.received.endStream()
	}

	x.lost = x.whyLost()
	if x.lost == lostLeft && c.cut.Load() {
		x.lost = lostOpen // the client did not leave: the proxy did
	}
	if x.lost == lostNothing && !c.memory.take(overhead) {
		x.lost = lostBehind
	}
	if x.lost != lostNothing {
		c.lose(x)
		return
	}

	if !c.enqueue(x) {
		c.memory.give(overhead)
		x.lost = lostOpen
		c.lose(x)
	}
}

// enqueue reports false when the proxy is being stopped.
func (c *checks) enqueue(x *passing) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return false
	}
	c.queue <- x // it has room for all that the budget allows
	return true
}

// lose counts an exchange that cannot be checked, and names it.
func (c *checks) lose(x *passing) {
	c.judge.lose(x.lost)
	if x.lost != lostNoResponse { // which has been printed, with its cause
		c.print(fmt.Sprintf("%s: not checked: %s", x.exchange.Name, x.lost.sentence()))
	}
	c.observe(x, seenExchange{Unchecked: x.lost.sentence()})
	c.settle(x, false, nil)
}

// whyLost says why an exchange cannot be checked, or lostNothing.
func (x *passing) whyLost() reason {
	switch {
	case x.lost != lostNothing:
		return x.lost
	case x.received == nil:
		return lostLeft
	}

	if why := x.whyResponseLost(); why != lostNothing {
		return why
	}
	return x.whyRequestLost()
}

// whyResponseLost also notes a response that the server broke off: that one is
// checked.
func (x *passing) whyResponseLost() reason {
	body := x.received
	body.mu.Lock()
	defer body.mu.Unlock()

	isBehind := body.noRoom || body.stream != nil && body.stream.lost.Load()
	isEmpty := x.in.Method == http.MethodHead || body.length == 0 // then nobody reads it to its end
	isLeft := body.ending == left || body.ending == open && !isEmpty
	switch {
	case body.tooLarge:
		return lostLarge
	case isBehind:
		return lostBehind
	case isLeft:
		return lostLeft
	}

	x.exchange.Response.Truncated = body.ending == broken
	return lostNothing
}

func (x *passing) whyRequestLost() reason {
	body := x.sent
	if body == nil {
		return lostNothing
	}
	body.mu.Lock()
	defer body.mu.Unlock()

	switch {
	case body.tooLarge:
		return lostLarge
	case body.noRoom:
		return lostBehind
	case body.ending != whole:
		return lostCut
	}
	return lostNothing
}

// work checks what is in the queue until it is closed.
func (c *checks) work() {
	for x := range c.queue {
		c.memory.give(overhead)
		c.mu.Lock()
		_, wanted := c.open[x]
		c.mu.Unlock()
		if wanted { // the time to check it has not run out
			c.check(x)
		}
	}
}

// check judges an exchange and reports what was found.
func (c *checks) check(x *passing) {
	if x.received.stream != nil {
		x.exchange.Response.Large = x.received.stream.wait()
	} else {
		x.exchange.Response.Body = x.received.contents()
	}
	if x.sent != nil {
		x.exchange.Request.Body = x.sent.contents()
	}

	c.turns.begin()
	defer c.turns.end()
	c.record(x)
	result := c.judge.look(context.Background(), x.exchange, unknown{})
	if result.Err != nil && len(result.Findings) == 0 {
		x.lost = lostPart
		c.lose(x)
		return
	}
	c.judge.count(x.exchange, result, x.took)
	c.announce(x, result)
}

// streamOf returns how the response to an exchange is checked while it passes, or
// nil: a recording has the whole body.
func (c *checks) streamOf(x *passing) func(start []byte) *stream {
	isPlain := x.exchange.Response.Header.Get("Content-Encoding") == ""
	isJSON := strings.Contains(x.exchange.Response.Header.Get("Content-Type"), "json")
	if c.recording != nil || !isPlain || !isJSON {
		return nil
	}

	return func(start []byte) *stream {
		if !c.parts.streams.take(1) {
			return nil
		}
		body := c.judge.checker.NewLargeBody(x.exchange, start)
		if body == nil {
			c.parts.streams.give(1)
			return nil
		}
		return c.parts.begin(body, c.turns)
	}
}

// announce reports the result of an exchange.
func (c *checks) announce(x *passing, result conformance.Result) {
	var findings []foundIn
	for _, finding := range result.Findings {
		one := found(x.at, x.exchange.Name, finding)
		findings = append(findings, one)
		if !c.asJSON {
			c.print(one.Text)
			continue
		}
		line, _ := json.Marshal(finding)
		c.print(string(line))
	}

	c.observe(x, seenExchange{Result: result, Findings: findings})
	c.settle(x, result.Operation != "" || len(findings) > 0, findings)
}

// record adds an exchange to the recording.
func (c *checks) record(x *passing) {
	if c.recording == nil {
		return
	}
	err := c.recording.add(c.finder.recordOf(x.at, x.exchange))
	if err == nil {
		return
	}
	c.output.Lock()
	c.recordLost = err
	c.output.Unlock()
	c.print(x.exchange.Name + ": not recorded: " + err.Error())
}

// closeRecording closes the recording, if there is one.
func (c *checks) closeRecording() {
	if c.recording != nil {
		c.recording.close()
	}
}

// recordingError says that the recording lacks exchanges.
func (c *checks) recordingError() error {
	c.output.Lock()
	defer c.output.Unlock()
	if c.recordLost == nil {
		return nil
	}
	const advice = "make room on the disk, or name another file with --record"
	return fmt.Errorf("the recording lacks exchanges: %w; %s", c.recordLost, advice)
}

func (c *checks) observe(x *passing, seen seenExchange) {
	if len(c.observers) == 0 {
		return
	}
	seen.Time = x.at
	seen.Duration = time.Since(x.at)
	seen.World = x.world
	seen.Exchange = x.exchange
	seen.Exchange.Response.Large = nil
	if x.received != nil {
		seen.ResponseSize = x.received.read()
	}
	for _, o := range c.observers {
		o.observe(seen)
	}
}

// refuse counts a request that was not passed on, and prints why.
func (c *checks) refuse(line string) {
	c.judge.refuse()
	c.print(line)
}

// print writes one line. What clients and servers send is not to control the
// terminal.
func (c *checks) print(line string) {
	c.output.Lock()
	defer c.output.Unlock()
	fmt.Fprintln(c.say, report.Clean(line))
}

// Bounds of the end: a proxy that is stopped ends within seconds.
const (
	openTime  = time.Second      // for exchanges that were cut off
	drainTime = 10 * time.Second // for checks
)

// drain waits for the checks of what has passed. Then it counts what is left.
func (c *checks) drain() {
	c.waitUntil(openTime, func() bool { return len(c.open) == len(c.queue) })

	c.mu.Lock()
	c.stopped = true
	close(c.queue)
	c.mu.Unlock()

	done := make(chan struct{})
	go func() {
		c.workers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(drainTime):
	}

	c.mu.Lock()
	var rest []*passing
	for x := range c.open {
		rest = append(rest, x)
	}
	c.mu.Unlock()
	for _, x := range rest {
		c.giveUp(x)
	}
}

// giveUp counts an exchange that is still open, or still waits for its check.
func (c *checks) giveUp(x *passing) {
	c.mu.Lock()
	end := c.open[x]
	delete(c.open, x)
	c.mu.Unlock()
	if end == nil {
		return
	}
	c.judge.lose(lostOpen)
	c.print(fmt.Sprintf("%s: not checked: %s", x.exchange.Name, lostOpen.sentence()))
	end(false, nil)
}

// waitUntil waits for a condition, which is asked with the lock held.
func (c *checks) waitUntil(limit time.Duration, holds func() bool) {
	deadline := time.Now().Add(limit)
	for time.Now().Before(deadline) {
		c.mu.Lock()
		ok := holds()
		c.mu.Unlock()
		if ok {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
