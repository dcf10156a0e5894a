package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Bench runs rows.
type Bench struct {
	Quick bool
	// Rounds is how many rounds a row has at first.
	Rounds  int
	Self    string // this program
	Program string // the program that it measures
	Work    string // the directory for what a run needs
	Root    string // the directory of the repository
	Log     io.Writer

	servers map[string]*Process
	built   map[string]bool // what buildOnce has made
	peers   error           // why there are no npm peers
}

// The numbers of rounds.
const (
	rounds     = 7
	moreRounds = 8
)

// rowTime bounds one row, so that a peer that hangs does not end everything.
const rowTime = 8 * time.Minute

// What may be missing in a quick run.
var (
	errNPM       = errors.New("the quick run has no npm peers")
	errToolchain = errors.New("the Go version cannot be had")
)

// shorter returns the full size, or the size of the quick run.
func (b *Bench) shorter(full, quick int) int {
	if b.Quick {
		return quick
	}
	return full
}

// run measures a row and judges it.
func (b *Bench) run(ctx context.Context, row Row, misses []Miss) []Result {
	ctx, cancel := context.WithTimeout(ctx, rowTime)
	defer cancel()
	b.servers = map[string]*Process{}
	defer b.stopServers()

	began := time.Now()
	measured := &measuredRow{row: row}
	wanted := b.Rounds
	if row.Once || b.Quick {
		wanted = 1
	}
	b.measure(ctx, measured, wanted)
	if !b.Quick && needsMore(row, measured.rounds, misses) {
		b.measure(ctx, measured, moreRounds)
	}

	results := judge(row, measured.rounds, measured.failures, misses)
	fmt.Fprintf(b.Log, "%s: %d rounds in %.0f s\n", row.Name, len(measured.rounds), time.Since(began).Seconds())
	for _, r := range results {
		fmt.Fprintln(b.Log, "  "+r.line(b.Quick))
	}
	return results
}

// measuredRow is a row while it is measured.
type measuredRow struct {
	row      Row
	rounds   []Round
	failures []failure
}

// measure adds rounds. In each of them, ours and its peers take turns, so that
// whatever disturbs the machine for a while disturbs neighbours equally. What fails
// once is left out from then on, and its targets are not measured.
func (b *Bench) measure(ctx context.Context, m *measuredRow, n int) {
	for range n {
		if reasonOf(Target{}, m.failures) != nil {
			return
		}
		round := Round{Peers: map[string]Measurement{}}
		ours, err := m.row.Ours(ctx, b)
		if err != nil {
			m.failures = append(m.failures, failure{reason: err})
			return
		}

		round.Ours = ours
		for _, peer := range m.row.Peers {
			if reasonOf(Target{Peer: peer.Name}, m.failures) != nil {
				continue
			}
			measured, err := b.measurePeer(ctx, peer)
			if err != nil {
				m.failures = append(m.failures, failure{peer: peer.Name, reason: err})
				continue
			}
			round.Peers[peer.Name] = measured
		}
		m.rounds = append(m.rounds, round)
	}
}

func (b *Bench) measurePeer(ctx context.Context, peer Peer) (Measurement, error) {
	if peer.NPM && b.Quick {
		return nil, errNPM
	}
	if peer.NPM && b.peers != nil {
		return nil, b.peers
	}
	return peer.Measure(ctx, b)
}

// server returns a server that runs until the row ends. It is started by the
// first call with its name.
func (b *Bench) server(ctx context.Context, name string, program func() (Program, error)) (*Process, error) {
	if running := b.servers[name]; running != nil {
		return running, nil
	}
	p, err := program()
	if err != nil {
		return nil, err
	}
	running, err := startServer(ctx, p)
	if err != nil {
		return nil, err
	}
	b.servers[name] = running
	return running, nil
}

func (b *Bench) stopServers() {
	for name, running := range b.servers {
		if err := running.Stop(); err != nil {
			fmt.Fprintf(b.Log, "  %s: %v\n", name, err)
		}
	}
}
