package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// Bounds of a ledger: a server may run for days.
const (
	maxLedgerWorlds   = 1_000
	maxLedgerFindings = 1_000 // of one world
)

// ledger keeps what was found, by the world of the key of the request. With a
// world for each test, a test can ask for its own findings. It is safe for
// concurrent use.
type ledger struct {
	mu      sync.Mutex
	worlds  map[string]*account
	uses    uint64
	changed chan struct{} // closed and replaced when an exchange has been checked
}

// account is what one world's exchanges led to.
type account struct {
	used      uint64
	checked   int
	unchecked int
	pending   int
	omitted   int
	findings  []foundIn
}

// foundIn is a finding with the world it belongs to. Its field names in JSON are
// stable, as those of the finding are.
type foundIn struct {
	World string    `json:"world"`
	Time  time.Time `json:"time"`
	// Text says all of it in one line, as it is printed.
	Text string `json:"text"`
	conformance.Finding
}

// account gives the account of a world. The one unused for longest makes room
// for a new one, unless one of its exchanges is still pending.
func (l *ledger) account(world string) *account {
	if l.worlds == nil {
		l.worlds = map[string]*account{}
		l.changed = make(chan struct{})
	}

	a := l.worlds[world]
	if a == nil {
		if len(l.worlds) >= maxLedgerWorlds {
			l.forgetOldest()
		}
		a = &account{}
		l.worlds[world] = a
	}

	l.uses++
	a.used = l.uses

	return a
}

func (l *ledger) forgetOldest() {
	oldest := ""
	found := false
	for world, a := range l.worlds {
		if a.pending == 0 && (!found || a.used < l.worlds[oldest].used) {
			oldest = world
			found = true
		}
	}

	if found {
		delete(l.worlds, oldest)
	}
}

// endInLedger notes the end of an exchange: whether it was checked, and what was
// found in it.
type endInLedger func(checked bool, findings []foundIn)

// begin notes that an exchange of a world has begun. The result must be called
// once, when the exchange has been checked or cannot be.
func (l *ledger) begin(world string) endInLedger {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.account(world)
	a.pending++

	return func(checked bool, findings []foundIn) {
		l.mu.Lock()
		defer l.mu.Unlock()
		a.pending--
		if checked {
			a.checked++
		} else {
			a.unchecked++
		}

		kept := min(len(findings), maxLedgerFindings-len(a.findings))
		for _, finding := range findings[:kept] {
			finding.World = world
			a.findings = append(a.findings, finding)
		}
		a.omitted += len(findings) - kept
		close(l.changed)
		l.changed = make(chan struct{})
	}
}

// statement is what a ledger says about one world, or about all of them.
type statement struct {
	World string `json:"world,omitempty"`
	// Checked, Unchecked and Pending count exchanges. What could not be checked
	// proves nothing, and what is pending may still lead to findings.
	Checked   int `json:"checked"`
	Unchecked int `json:"unchecked"`
	Pending   int `json:"pending"`
	// Omitted counts findings beyond those that are kept of a world.
	Omitted  int       `json:"omitted"`
	Findings []foundIn `json:"findings"`
}

// of says what was found in a world, once its exchanges that are pending now
// have been checked or ctx has ended.
func (l *ledger) of(ctx context.Context, world string) statement {
	return l.settled(ctx, func(name string) bool { return name == world })
}

// all says what was found in every world.
func (l *ledger) all(ctx context.Context) statement {
	return l.settled(ctx, func(string) bool { return true })
}

func (l *ledger) settled(ctx context.Context, wanted func(world string) bool) statement {
	for {
		said, changed := l.sum(wanted)
		if said.Pending == 0 {
			return said
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return said
		}
	}
}

func (l *ledger) sum(wanted func(world string) bool) (statement, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := statement{Findings: []foundIn{}}
	for world, a := range l.worlds {
		if !wanted(world) {
			continue
		}
		said.Checked += a.checked
		said.Unchecked += a.unchecked
		said.Pending += a.pending
		said.Omitted += a.omitted
		said.Findings = append(said.Findings, a.findings...)
	}

	slices.SortStableFunc(said.Findings, func(a, b foundIn) int { return a.Time.Compare(b.Time) })

	return said, l.changed
}

// found gives a finding the line that is printed for it.
func found(at time.Time, exchange string, finding conformance.Finding) foundIn {
	if finding.Exchange == "" {
		finding.Exchange = exchange
	}
	return foundIn{Time: at, Text: report.Clean(finding.String()), Finding: finding}
}
