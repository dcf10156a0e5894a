package main

import (
	"context"
	"fmt"
	"strings"
)

// Row is one piece of work that ours and its peers do in turns. To add one, declare
// it in one of the files rows_*.go; rows lists those.
type Row struct {
	// Name selects the row: make bench ROWS=name.
	Name string
	// Work says what is done, for a reader of the table.
	Work string
	// Ours and the peers do the same work and measure it. Every measurement that
	// a target compares has the same figures on both sides. Those of a peer include
	// the processor time, which shows whether the machine was busy.
	Ours  Measure
	Peers []Peer
	// Targets are judged one by one; each is a line of the table.
	Targets []Target
	// Once says that the work is too long to be repeated.
	Once bool
}

// Peer is what ours is compared with.
type Peer struct {
	Name    string
	Measure Measure
	// NPM says that the peer comes from the npm registry.
	NPM bool
}

// Measure does the work of a row once and returns its figures.
type Measure func(ctx context.Context, b *Bench) (Measurement, error)

// Measurement has the figures of one round, each for one operation of the work.
type Measurement map[Figure]float64

// Figure is a kind of figure. Less is better, for all of them.
type Figure string

// The figures. Times are in seconds and sizes in megabytes of 1,000,000 bytes.
const (
	CPU         Figure = "processor time"
	Wall        Figure = "wall time"
	P99         Figure = "p99"
	Allocs      Figure = "allocations"
	Heap        Figure = "heap above the start"
	Growth      Figure = "memory above the start"
	Memory      Figure = "memory"
	Connections Figure = "connections"
	Unchecked   Figure = "unchecked exchanges"
	Unnamed     Figure = "unchecked and not named"
	Wrong       Figure = "bodies with other bytes"
)

// isTime reports whether the figure is a time.
func (f Figure) isTime() bool { return f == CPU || f.isWall() }

// isWall reports whether the figure is a time on the clock, which other programs
// of the machine disturb more than the processor time.
func (f Figure) isWall() bool { return f == Wall || f == P99 }

// tolerance is how far on the wrong side of its target a figure may be for more
// rounds to decide.
func (f Figure) tolerance() float64 {
	if f.isWall() {
		return 0.10
	}
	return 0.05
}

// unit is what a figure that is compared with no peer is counted in.
func (f Figure) unit() string {
	switch {
	case f.isTime():
		return " s"
	case f == Memory || f == Heap || f == Growth:
		return " MB"
	}
	return ""
}

// Target is what a figure of a row must reach.
type Target struct {
	Figure Figure
	// Peer names the peer whose figure is compared. Without one the figure is
	// judged as it is.
	Peer  string
	Kind  Kind
	Bound float64
	// Label replaces the name of the peer in the table.
	Label string
}

// Kind says how a target compares.
type Kind int

// The kinds of targets.
const (
	// Faster is at least: the figure of the peer divided by ours.
	Faster Kind = iota
	// AtMost is at most: ours divided by that of the peer, or ours without one.
	AtMost
	// Scaled is at most, for a time that the calibration, which is the peer, scales
	// to the machine of the targets.
	Scaled
	// Printed is never judged. It is faster, without a bound.
	Printed
)

// value returns what the target judges, of one round.
func (t Target) value(ours, peer Measurement) (float64, error) {
	own, ok := ours[t.Figure]
	if !ok {
		return 0, fmt.Errorf("ours has no %s", t.Figure)
	}
	if t.Kind == Scaled {
		return own * referenceCalibration.Seconds() / peer[CPU], nil
	}
	if t.Peer == "" {
		return own, nil
	}

	theirs, ok := peer[t.Figure]
	switch {
	case !ok:
		return 0, fmt.Errorf("%s has no %s", t.Peer, t.Figure)
	case t.Kind == AtMost:
		return own / theirs, nil
	}
	return theirs / own, nil
}

// holds reports whether a figure reaches the target.
func (t Target) holds(figure float64) bool {
	switch t.Kind {
	case Printed:
		return true
	case Faster:
		return figure >= t.Bound
	}
	return figure <= t.Bound
}

// isNear reports whether a figure misses the target so closely that more rounds
// decide.
func (t Target) isNear(figure float64) bool {
	if t.holds(figure) {
		return false
	}
	if t.Kind == Faster {
		return figure >= t.Bound*(1-t.Figure.tolerance())
	}
	return figure <= t.Bound*(1+t.Figure.tolerance())
}

// floor is the figure that a known miss must still reach: 10 % worse than what
// was measured.
func (t Target) floor(measured float64) Target {
	if t.Kind == Faster {
		t.Bound = measured * 0.9
	} else {
		t.Bound = measured * 1.1
	}
	return t
}

// String is the target as the table prints it.
func (t Target) String() string {
	switch t.Kind {
	case Printed:
		return "printed only"
	case Faster:
		return "at least " + t.print(t.Bound)
	}
	return "at most " + t.print(t.Bound)
}

// print returns a figure of the target with its unit.
func (t Target) print(figure float64) string {
	switch {
	case t.Kind == Faster || t.Kind == Printed || t.Kind == AtMost && t.Peer != "":
		return fmt.Sprintf("%.2fx", figure)
	case t.Figure.isTime():
		return fmt.Sprintf("%.0f ms", figure*1000)
	case t.Figure.unit() != "":
		return fmt.Sprintf("%.1f%s", figure, t.Figure.unit())
	}
	return fmt.Sprintf("%.0f", figure)
}

// against says what the figure is compared with, as the table prints it.
func (t Target) against() string {
	if t.Label != "" {
		return t.Label
	}
	if t.Peer == "" {
		return "-"
	}
	return t.Peer
}

// id names a target for the list of known misses.
func (t Target) id(row Row) string {
	parts := []string{row.Name, t.Peer, string(t.Figure)}
	if t.Peer == "" {
		parts = []string{row.Name, string(t.Figure)}
	}
	return strings.ReplaceAll(strings.Join(parts, "/"), " ", "-")
}

// peer returns the peer of a name.
func (r Row) peer(name string) (Peer, bool) {
	for _, p := range r.Peers {
		if p.Name == name {
			return p, true
		}
	}
	return Peer{}, false
}

// check returns what is wrong with the declaration of the row.
func (r Row) check() error {
	if r.Ours == nil || len(r.Targets) == 0 {
		return fmt.Errorf("row %q has nothing to measure or no target", r.Name)
	}
	for _, t := range r.Targets {
		if _, ok := r.peer(t.Peer); t.Peer != "" && !ok {
			return fmt.Errorf("row %q: no peer %q", r.Name, t.Peer)
		}
		if t.Kind == Scaled && t.Peer != calibrationPeer.Name {
			return fmt.Errorf("row %q: a scaled figure needs the peer %q", r.Name, calibrationPeer.Name)
		}
	}
	return nil
}
