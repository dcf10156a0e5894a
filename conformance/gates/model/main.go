package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := execute(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// A search is what the command was asked for.
type search struct {
	runs    int
	seed    uint64
	script  string // a file
	allowed string // a finding of which runs may do what is known to fail, or "all"
	out     io.Writer
}

// execute runs the command: 0 where every property held and every known
// violation still fires, 1 where not, 2 where it could not run.
func execute(ctx context.Context, args []string, out io.Writer) int {
	s := search{out: out}
	flags := flag.NewFlagSet("model", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&s.runs, "runs", 0, "how many runs: 2000, or one where a seed is given")
	flags.Uint64Var(&s.seed, "seed", 0, "the seed of the first run; each further run has the next one")
	flags.StringVar(&s.script, "script", "", "run the script in this file")
	flags.StringVar(&s.allowed, "known", "", "let runs do what this finding needs, such as R-D1, or all known ones")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return 2
	}
	if s.script != "" {
		return s.runScript(ctx)
	}

	if s.runs == 0 && s.seed != 0 {
		s.runs = 1
	} else if s.runs == 0 {
		s.runs = 2000
	}
	s.seed = max(s.seed, 1)
	return s.runSeeds(ctx)
}

// runScript runs the script of a file.
func (s *search) runScript(ctx context.Context) int {
	text, err := os.ReadFile(s.script)
	if err != nil {
		fmt.Fprintf(s.out, "the script cannot be read: %v\n", err)
		return 2
	}

	var given script
	if err := json.Unmarshal(text, &given); err != nil {
		fmt.Fprintf(s.out, "%s is not a script: %v; give one as a failure prints it\n", s.script, err)
		return 2
	}
	if !given.sound() {
		fmt.Fprintf(s.out, "%s would not end: a stall needs attemptTimeout, a wait needs a break before it\n", s.script)
		return 2
	}

	failed, err := try(ctx, &given)
	if err != nil {
		fmt.Fprintf(s.out, "%s cannot be run: %v\n", s.script, err)
		return 2
	}

	if failed == nil {
		fmt.Fprintln(s.out, "model: 1 runs, 0 violations")
		return 0
	}
	s.print(failed)
	fmt.Fprintln(s.out, "model: 1 runs, 1 violations")
	return 1
}

// A tally counts what the runs of a search did.
type tally struct {
	mu         sync.Mutex
	runs       int
	violations int
	requests   int
	faults     int
	records    int
	writes     int
	broken     int // sessions and calls that the caller interrupted
	err        error
}

// runSeeds runs one script for every seed.
func (s *search) runSeeds(ctx context.Context) int {
	begin := time.Now()
	fmt.Fprintf(s.out, "model: %d runs from seed %d\n", s.runs, s.seed)

	running := context.WithoutCancel(ctx) // a run that was cut short would be judged
	stale := 0
	var probing sync.WaitGroup
	if s.runs > 1 {
		probing.Go(func() { stale = s.probe(running) })
	}

	done := s.searchSeeds(ctx, running)
	probing.Wait()

	if done.err != nil {
		fmt.Fprintf(s.out, "model: %v\n", done.err)
		return 2
	}
	for _, op := range untried() {
		fmt.Fprintf(s.out, "no run sends %s: give it a row in client.go\n", op)
	}
	fmt.Fprintf(s.out, "%d requests, %d of them hit by a fault; %d records; %d writes; %d interruptions; %v\n",
		done.requests, done.faults, done.records, done.writes, done.broken, time.Since(begin).Round(time.Second))
	fmt.Fprintf(s.out, "model: %d runs, %d violations\n", done.runs, done.violations+stale)
	if done.violations+stale > 0 || ctx.Err() != nil {
		return 1
	}
	return 0
}

// searchSeeds runs the scripts of all seeds. It stops early if ctx ends or too much
// is violated; the runs that have begun are finished.
func (s *search) searchSeeds(ctx, running context.Context) *tally {
	seeds := make(chan uint64)
	done := &tally{}
	var workers sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) { // some runs wait
		workers.Go(func() {
			for seed := range seeds {
				s.run(running, seed, done)
			}
		})
	}

	for n := range s.runs {
		if ctx.Err() != nil || done.stopped() {
			break
		}
		seeds <- s.seed + uint64(n)
	}
	close(seeds)
	workers.Wait()
	return done
}

// maxViolations is how many violations are shrunk and printed before a search ends.
const maxViolations = 10

func (t *tally) stopped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.violations >= maxViolations || t.err != nil
}

// run runs the script of one seed.
func (s *search) run(ctx context.Context, seed uint64, done *tally) {
	made := generate(seed)
	withoutKnown(made, s.allowed)
	k, seen, err := perform(ctx, made)
	if err != nil {
		done.mu.Lock()
		done.err = fmt.Errorf("seed %d: %w", seed, err)
		done.mu.Unlock()
		return
	}

	violations := judge(k, seen)
	if len(violations) > 0 {
		failed := shrink(ctx, &failing{script: made, violations: violations, kapture: k})
		done.mu.Lock()
		s.print(failed)
		done.mu.Unlock()
	}
	done.add(k, seen, len(violations) > 0)
}

func (t *tally) add(k *kapture, seen *observation, failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.runs++
	if failed {
		t.violations++
	}
	t.requests += len(k.journal)
	for _, e := range k.journal {
		if e.fault.Kind != "" {
			t.faults++
		}
	}

	for _, n := range k.executed {
		t.writes += n
	}
	for _, session := range seen.sessions {
		if session.stopped != "" {
			t.broken++
		}
		for _, y := range session.yields {
			if y.failure == nil {
				t.records++
			}
		}
	}
	if seen.stopped != "" {
		t.broken++
	}
}

// print shows a failure: what does not hold, how to run it again, the script,
// and what the server did.
func (s *search) print(f *failing) {
	fmt.Fprintf(s.out, "\nviolation: %s\n", f.property())
	for _, v := range f.violations {
		fmt.Fprintf(s.out, "  %s\n", v)
	}
	if f.script.Seed != 0 {
		allowed := ""
		if s.allowed != "" {
			allowed = "KNOWN=" + s.allowed + " "
		}
		again := "again: %sSEED=%d make model; or save this script, and SCRIPT=FILE make model\n"
		fmt.Fprintf(s.out, again, allowed, f.script.Seed)
	}

	fmt.Fprint(s.out, f.script)
	fmt.Fprintln(s.out, "what the server did:")
	for _, e := range f.kapture.journal {
		fmt.Fprintf(s.out, "  %s\n", e)
	}
	fmt.Fprintln(s.out)
}
