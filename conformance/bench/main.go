// Command bench measures this project against what a user would pick instead, on
// the same work, in one run: make bench.
//
// Each row has a work that ours and its peers do in turns. The figure of a target
// is the median of the ratios of neighbours. A figure that misses its target
// closely is measured again, and one whose peer was disturbed is not judged.
//
// Exit codes: 0 every target is held or a known miss, 1 a target is missed, 2 a
// target could not be judged.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// command runs one of the three forms: the comparison, and the processes that it
// starts.
func command(ctx context.Context, args []string) int {
	if len(args) > 0 && args[0] == "work" {
		return exitOf(runJob(ctx, args[1:], os.Stdout))
	}
	if len(args) > 0 && args[0] == "serve" {
		return exitOf(runServer(ctx, args[1:]))
	}

	results, err := compare(ctx, args)
	if errors.Is(err, flag.ErrHelp) {
		return exitHeld
	}
	if err != nil {
		return exitOf(err)
	}
	return results
}

// compare measures the rows and prints the table.
func compare(ctx context.Context, args []string) (code int, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	names := flags.String("rows", "", "measure only these rows, by their names or beginnings, separated by commas")
	quick := flags.Bool("quick", false, "one small round of each row, without npm peers and without judging")
	number := flags.Int("rounds", rounds, "how many rounds each row has at first")
	list := flags.Bool("list", false, "list the rows and measure nothing")
	if err := flags.Parse(args); err != nil {
		return 0, err
	}

	chosen, err := choose(rows, *names)
	if err != nil {
		return 0, err
	}
	if *list {
		for _, row := range chosen {
			fmt.Printf("%-16s %s\n", row.Name, row.Work)
		}
		return exitHeld, nil
	}

	b, err := newBench(ctx, *quick, *number)
	if err != nil {
		return 0, err
	}
	if slices.ContainsFunc(chosen, usesNPM) && !*quick {
		b.peers = b.installPeers(ctx)
	}

	report := &Report{Began: time.Now(), Rounds: *number, Quick: *quick, Full: *names == "" && !*quick}
	report.Calibration, err = b.calibration(ctx)
	if err != nil {
		return 0, err
	}
	fmt.Printf("calibration: %.0f ms, on the machine of the targets %d ms\n",
		report.Calibration*1000, referenceCalibration.Milliseconds())

	for _, row := range chosen {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		report.Results = append(report.Results, b.run(ctx, row, knownMisses)...)
	}
	return report.end(b.Root)
}

func newBench(ctx context.Context, quick bool, number int) (*Bench, error) {
	if runtime.GOOS != "linux" {
		return nil, fmt.Errorf("bench reads the memory of processes from /proc: it needs Linux, not %s", runtime.GOOS)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(root, "spec/dist/kapture.json")); err != nil {
		return nil, fmt.Errorf("bench runs in conformance/bench of the repository: %w", err)
	}

	b := &Bench{Quick: quick, Rounds: number, Self: self, Root: root, Log: os.Stdout}
	b.Work = filepath.Join(root, "conformance/bench/.work")
	if err := os.MkdirAll(b.Work, 0o750); err != nil {
		return nil, err
	}
	return b, b.build(ctx)
}

// choose returns the rows whose names begin with one of the texts.
func choose(all []Row, names string) ([]Row, error) {
	if names == "" {
		return all, nil
	}
	wanted := strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })
	var chosen []Row
	for _, row := range all {
		if slices.ContainsFunc(wanted, func(name string) bool { return strings.HasPrefix(row.Name, name) }) {
			chosen = append(chosen, row)
		}
	}
	for _, name := range wanted {
		if !slices.ContainsFunc(all, func(row Row) bool { return strings.HasPrefix(row.Name, name) }) {
			return nil, fmt.Errorf("no row %q; -list prints them", name)
		}
	}
	return chosen, nil
}

func usesNPM(row Row) bool {
	return slices.ContainsFunc(row.Peers, func(p Peer) bool { return p.NPM })
}

// calibration returns how long the calibration takes here.
func (b *Bench) calibration(ctx context.Context) (float64, error) {
	var all []float64
	for range b.shorter(rounds, 1) {
		measured, err := calibrationPeer.Measure(ctx, b)
		if err != nil {
			return 0, err
		}
		all = append(all, measured[CPU])
	}
	return median(all), nil
}
