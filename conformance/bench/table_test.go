package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func someResults() []Result {
	row := Row{Name: "row", Work: "some work"}
	return []Result{
		{
			Row: row, State: Held, Values: []float64{1, 3, 2},
			Target: Target{Figure: CPU, Peer: "peer", Kind: Faster, Bound: 1.5},
		},
		{
			Row: row, State: Missed, Values: []float64{41},
			Target: Target{Figure: Memory, Kind: AtMost, Bound: 40},
		},
		{
			Row: row, State: Unmeasured, Reason: errors.New("it does not start"),
			Target: Target{Figure: CPU, Peer: "other", Kind: Faster, Bound: 2},
		},
	}
}

func TestTheTableHasEveryFigure(t *testing.T) {
	report := &Report{Began: time.Now(), Calibration: 0.1, Results: someResults()}
	raw, err := report.markdown()
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, want := range []string{
		"| row | some work | processor time | peer | at least 1.50x | 2.00x | 1.00x | 3.00x | yes |",
		"| row |  | memory | - | at most 40.0 MB | 41.0 MB | 41.0 MB | 41.0 MB | NO |",
		"not measured",
		"`bench: 1 of 3 targets held`",
		processor(),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "<no value>") || strings.Contains(text, "{{") {
		t.Errorf("the page has a hole:\n%s", text)
	}
}

// A quick run judges nothing, but a row that does not work fails it.
func TestTheQuickRun(t *testing.T) {
	cases := []struct {
		name   string
		result Result
		want   int
	}{
		{name: "missed", result: Result{State: Missed, Values: []float64{1}}, want: 0},
		{name: "no npm peers", result: Result{State: Unmeasured, Reason: errNPM}, want: 0},
		{name: "no other Go version", result: Result{State: Unmeasured, Reason: errors.Join(errToolchain)}, want: 0},
		{name: "broken", result: Result{State: Unmeasured, Reason: errors.New("it does not start")}, want: 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			report := &Report{Quick: true, Results: []Result{c.result}}
			if code, err := report.end(t.TempDir()); code != c.want || err != nil {
				t.Errorf("exit code %d, %v; want %d", code, err, c.want)
			}
		})
	}
}

func TestFiguresAsTheyArePrinted(t *testing.T) {
	cases := []struct {
		target Target
		figure float64
		want   string
	}{
		{target: Target{Figure: CPU, Peer: "p", Kind: AtMost}, figure: 1.234, want: "1.23x"},
		{target: Target{Figure: Wall, Peer: "p", Kind: Scaled}, figure: 0.0404, want: "40 ms"},
		{target: Target{Figure: Heap, Kind: AtMost}, figure: 7.96, want: "8.0 MB"},
		{target: Target{Figure: Unchecked, Kind: AtMost}, figure: 3, want: "3"},
	}
	for _, c := range cases {
		if got := c.target.print(c.figure); got != c.want {
			t.Errorf("%v of %v is printed as %q, want %q", c.figure, c.target.Figure, got, c.want)
		}
	}
}
