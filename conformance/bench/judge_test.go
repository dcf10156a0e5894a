package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// rivals are rounds in which the peer always needs a second, and ours needs the
// given figures.
func rivals(figure Figure, ours ...float64) []Round {
	var all []Round
	for _, own := range ours {
		all = append(all, Round{
			Ours:  Measurement{CPU: own, figure: own},
			Peers: map[string]Measurement{"peer": {CPU: 1, figure: 1}},
		})
	}
	return all
}

// withFigure gives both sides of all rounds one more figure.
func withFigure(all []Round, figure Figure) []Round {
	var more []Round
	for _, round := range all {
		more = append(more, Round{
			Ours:  Measurement{CPU: round.Ours[CPU], figure: 1},
			Peers: map[string]Measurement{"peer": {CPU: round.Peers["peer"][CPU], figure: 1}},
		})
	}
	return more
}

func rowWith(targets ...Target) Row {
	return Row{Name: "row", Targets: targets, Peers: []Peer{{Name: "peer"}}}
}

func TestFiguresAreRatiosOfNeighbours(t *testing.T) {
	ours := Measurement{CPU: 2, Memory: 30}
	peer := Measurement{CPU: 6}
	calibration := Measurement{CPU: 2 * referenceCalibration.Seconds()}
	cases := []struct {
		name   string
		target Target
		peer   Measurement
		want   float64
	}{
		{name: "faster", target: Target{Figure: CPU, Peer: "peer", Kind: Faster}, peer: peer, want: 3},
		{name: "at most", target: Target{Figure: CPU, Peer: "peer", Kind: AtMost}, peer: peer, want: 1. / 3},
		{name: "without a peer", target: Target{Figure: Memory, Kind: AtMost}, want: 30},
		{
			name:   "scaled to a machine of twice the speed",
			target: Target{Figure: CPU, Peer: "calibration", Kind: Scaled}, peer: calibration, want: 1,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.target.value(ours, c.peer)
			if err != nil || got != c.want {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}

	if _, err := (Target{Figure: Wall, Peer: "peer"}).value(ours, peer); err == nil {
		t.Error("a figure that was not measured is no error")
	}
}

func TestMoreRounds(t *testing.T) {
	atMost := func(f Figure) Target { return Target{Figure: f, Peer: "peer", Kind: AtMost, Bound: 2} }
	faster := Target{Figure: CPU, Peer: "peer", Kind: Faster, Bound: 2}
	cases := []struct {
		name   string
		target Target
		ours   float64
		once   bool
		misses []Miss
		want   bool
	}{
		{name: "held", target: atMost(CPU), ours: 2, want: false},
		{name: "within 5 %", target: atMost(CPU), ours: 2.09, want: true},
		{name: "beyond 5 %", target: atMost(CPU), ours: 2.11, want: false},
		{name: "wall time within 10 %", target: atMost(Wall), ours: 2.19, want: true},
		{name: "wall time beyond 10 %", target: atMost(Wall), ours: 2.21, want: false},
		{name: "faster, within 5 %", target: faster, ours: 1 / 1.91, want: true},
		{name: "faster, beyond 5 %", target: faster, ours: 1 / 1.89, want: false},
		{name: "the long rows are not repeated", target: atMost(CPU), ours: 2.09, once: true, want: false},
		{
			name: "a known miss has its floor", target: atMost(CPU), ours: 2.09,
			misses: []Miss{{Target: "row/peer/processor-time"}}, want: false,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			row := rowWith(c.target)
			row.Once = c.once
			if got := needsMore(row, rivals(c.target.Figure, c.ours), c.misses); got != c.want {
				t.Errorf("needsMore is %t, want %t", got, c.want)
			}
		})
	}
}

func TestStates(t *testing.T) {
	target := Target{Figure: CPU, Peer: "peer", Kind: AtMost, Bound: 2}
	busy := rivals(CPU, 1, 1, 1, 1, 1, 1, 1)
	for i := range 3 {
		busy[i].Peers["peer"][CPU] = 1.4
	}
	known := []Miss{{Target: "row/peer/processor-time", Measured: 3}}
	cases := []struct {
		name     string
		target   Target
		rounds   []Round
		failures []failure
		misses   []Miss
		want     State
		exit     int
	}{
		{name: "held", target: target, rounds: rivals(CPU, 1, 2, 9), want: Held, exit: 0},
		{name: "missed", target: target, rounds: rivals(CPU, 1, 2.2, 9), want: Missed, exit: 1},
		{name: "a known miss", target: target, rounds: rivals(CPU, 3.29), misses: known, want: KnownMiss, exit: 0},
		{name: "under its floor", target: target, rounds: rivals(CPU, 3.31), misses: known, want: BelowFloor, exit: 1},
		{
			name: "a known miss that is held", target: target, rounds: rivals(CPU, 1.9), misses: known,
			want: Held, exit: 0,
		},
		{
			name:   "the floor of faster is below",
			target: Target{Figure: CPU, Peer: "peer", Kind: Faster, Bound: 5}, rounds: rivals(CPU, 1/2.69),
			misses: known, want: BelowFloor, exit: 1,
		},
		{name: "a busy machine", target: target, rounds: busy, want: Busy, exit: 2},
		{
			name:   "a busy machine allocates no more",
			target: Target{Figure: Allocs, Peer: "peer", Kind: AtMost, Bound: 2},
			rounds: withFigure(busy, Allocs), want: Held, exit: 0,
		},
		{
			name: "a figure without a peer", target: Target{Figure: CPU, Kind: AtMost, Bound: 2},
			rounds: busy, want: Held, exit: 0,
		},
		{
			name: "the peer failed", target: target, rounds: rivals(CPU, 1),
			failures: []failure{{peer: "peer", reason: errors.New("x")}}, want: Unmeasured, exit: 2,
		},
		{
			name: "another peer failed", target: target, rounds: rivals(CPU, 1),
			failures: []failure{{peer: "other", reason: errors.New("x")}}, want: Held, exit: 0,
		},
		{
			name: "ours failed", target: target, failures: []failure{{reason: errors.New("x")}},
			want: Unmeasured, exit: 2,
		},
		{name: "no round", target: target, want: Unmeasured, exit: 2},
		{
			name: "printed only", target: Target{Figure: CPU, Peer: "peer", Kind: Printed},
			rounds: rivals(CPU, 9), want: Unjudged, exit: 0,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			results := judge(rowWith(c.target), c.rounds, c.failures, c.misses)
			if got := results[0].State; got != c.want {
				t.Errorf("the state is %q, want %q", got, c.want)
			}
			if got := exitCode(results); got != c.exit {
				t.Errorf("the exit code is %d, want %d", got, c.exit)
			}
		})
	}
}

func TestWhatIsMissedCountsMoreThanWhatIsBusy(t *testing.T) {
	results := []Result{{State: Busy}, {State: Missed}, {State: Held}, {State: Unmeasured}}
	if got := exitCode(results); got != 1 {
		t.Errorf("the exit code is %d, want 1", got)
	}
}

func TestLastLine(t *testing.T) {
	results := []Result{
		{State: Held}, {State: KnownMiss}, {State: Busy}, {State: Unmeasured}, {State: Held},
		{State: Unjudged, Target: Target{Kind: Printed}},
	}
	if got := summary(results); got != "bench: 2 of 5 targets held" {
		t.Errorf("the last line is %q", got)
	}
}

// A row that is close gets eight more rounds, and the median of all fifteen
// counts. The sides take turns.
func TestRounds(t *testing.T) {
	var order []string
	ours := 2.05
	row := rowWith(Target{Figure: CPU, Peer: "peer", Kind: AtMost, Bound: 2})
	row.Ours = func(context.Context, *Bench) (Measurement, error) {
		order = append(order, "ours")
		if len(order) > 2*rounds {
			ours = 1.5
		}
		return Measurement{CPU: ours}, nil
	}
	row.Peers[0].Measure = func(context.Context, *Bench) (Measurement, error) {
		order = append(order, "peer")
		return Measurement{CPU: 1}, nil
	}

	results := (&Bench{Rounds: rounds, Log: io.Discard}).run(t.Context(), row, nil)
	if n := len(results[0].Values); n != 15 || results[0].State != Held {
		t.Errorf("%d rounds, state %q; want 15, held", n, results[0].State)
	}
	if !slices.Equal(order[:4], []string{"ours", "peer", "ours", "peer"}) {
		t.Errorf("the sides do not take turns: %v", order)
	}
}

// What fails is named, and the peers that do not fail are still judged.
func TestAPeerThatFails(t *testing.T) {
	calls := 0
	row := Row{
		Name: "row",
		Ours: func(context.Context, *Bench) (Measurement, error) { return Measurement{CPU: 1}, nil },
		Peers: []Peer{
			{Name: "broken", Measure: func(context.Context, *Bench) (Measurement, error) {
				calls++
				return nil, errors.New("it does not start")
			}},
			{Name: "peer", Measure: func(context.Context, *Bench) (Measurement, error) {
				return Measurement{CPU: 3}, nil
			}},
		},
		Targets: []Target{
			{Figure: CPU, Peer: "broken", Kind: Faster, Bound: 2},
			{Figure: CPU, Peer: "peer", Kind: Faster, Bound: 2},
		},
	}

	results := (&Bench{Rounds: rounds, Log: io.Discard}).run(t.Context(), row, nil)
	if results[0].State != Unmeasured || !strings.Contains(results[0].line(false), "it does not start") {
		t.Errorf("the broken peer: %s", results[0].line(false))
	}
	if results[1].State != Held || len(results[1].Values) != rounds || calls != 1 {
		t.Errorf("the other peer: %s, after %d calls of the broken one", results[1].line(false), calls)
	}
}

func TestEveryRowIsDeclaredWell(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range rows {
		if err := row.check(); err != nil {
			t.Error(err)
		}
		if seen[row.Name] {
			t.Errorf("two rows %q", row.Name)
		}
		seen[row.Name] = true
	}
}

func TestRowsAreChecked(t *testing.T) {
	ours := func(context.Context, *Bench) (Measurement, error) { return nil, nil }
	for name, row := range map[string]Row{
		"no target":          {Ours: ours},
		"nothing to measure": {Targets: []Target{{Figure: CPU}}},
		"an unknown peer":    {Ours: ours, Targets: []Target{{Figure: CPU, Peer: "nobody"}}},
		"scaled by no calibration": {
			Ours:    ours,
			Peers:   []Peer{{Name: "peer"}},
			Targets: []Target{{Peer: "peer", Kind: Scaled}},
		},
	} {
		if row.check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A known miss names a target that exists, and that what was measured does not hold.
func TestKnownMisses(t *testing.T) {
	targets := map[string]Target{}
	for _, row := range rows {
		for _, target := range row.Targets {
			targets[target.id(row)] = target
		}
	}
	for _, miss := range knownMisses {
		target, ok := targets[miss.Target]
		if !ok {
			t.Errorf("%s: no such target", miss.Target)
			continue
		}
		if target.holds(miss.Measured) {
			t.Errorf("%s: the figure %v holds the target", miss.Target, miss.Measured)
		}
		if miss.Reason == "" || miss.Tried == "" {
			t.Errorf("%s: needs a reason and what was tried", miss.Target)
		}
	}
}

func TestChoose(t *testing.T) {
	all := []Row{{Name: "mock"}, {Name: "mock-start"}, {Name: "proxy"}}
	cases := []struct {
		names string
		want  int
	}{{"", 3}, {"mock", 2}, {"mock-start,proxy", 2}, {"nothing", 0}, {"mock nothing", 0}}
	for _, c := range cases {
		got, err := choose(all, c.names)
		if len(got) != c.want || (err != nil) != (c.want == 0) {
			t.Errorf("choose(%q) = %d rows, %v; want %d", c.names, len(got), err, c.want)
		}
	}
}
