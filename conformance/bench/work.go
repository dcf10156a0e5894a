package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// job is work that is measured in a process which does nothing else, so that no
// peer leaves garbage, warm caches or a grown heap to another one.
type job func(ctx context.Context, o jobOptions) (Measurement, error)

// jobOptions are what a row can say to a job.
type jobOptions struct {
	Times int    // how often
	Size  int    // how much
	URL   string // of a server
	Form  string // what kind
}

func (o jobOptions) args() []string {
	return []string{
		"-times", fmt.Sprint(o.Times),
		"-size", fmt.Sprint(o.Size),
		"-url", o.URL,
		"-form", o.Form,
	}
}

// jobs has every job by its name.
var jobs = map[string]job{}

// runJob does one job and writes what it measured as JSON.
func runJob(ctx context.Context, args []string, to io.Writer) error {
	var o jobOptions
	flags := flag.NewFlagSet("work", flag.ContinueOnError)
	flags.IntVar(&o.Times, "times", 1, "how often")
	flags.IntVar(&o.Size, "size", 1, "how much")
	flags.StringVar(&o.URL, "url", "", "a server")
	flags.StringVar(&o.Form, "form", "", "what kind")
	if len(args) == 0 {
		return fmt.Errorf("work needs the name of a job, one of: %s",
			strings.Join(slices.Sorted(maps.Keys(jobs)), ", "))
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}

	do, ok := jobs[args[0]]
	if !ok {
		return fmt.Errorf("no job %q", args[0])
	}
	measured, err := do(ctx, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(to).Encode(measured)
}

// inProcess measures a job in a process of this program.
func inProcess(name string, o func(b *Bench) jobOptions) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		return b.work(ctx, workProcess{binary: b.Self, job: name, options: o(b)})
	}
}

// builtBy measures a job in a process of this program that another Go version
// has built.
func builtBy(toolchain, name string, o func(b *Bench) jobOptions) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		binary, err := b.builtBy(ctx, toolchain)
		if err != nil {
			return nil, err
		}
		return b.work(ctx, workProcess{binary: binary, job: name, options: o(b)})
	}
}

// workProcess is a process that does one job.
type workProcess struct {
	binary  string // this program, built by some Go version
	job     string // its name in jobs
	options jobOptions
	env     []string // in addition to this process's environment
}

// work runs a job in a process and reads what it measured.
func (b *Bench) work(ctx context.Context, w workProcess) (Measurement, error) {
	run, err := start(ctx, Program{
		Name: w.job,
		Args: append([]string{w.binary, "work", w.job}, w.options.args()...),
		Env:  w.env,
	})
	if err != nil {
		return nil, err
	}
	if err := run.Wait(0); err != nil {
		return nil, err
	}

	var measured Measurement
	if err := json.Unmarshal(run.stdout.Bytes(), &measured); err != nil {
		return nil, fmt.Errorf("%s: what it measured cannot be read: %w", w.job, err)
	}
	return measured, nil
}

// times returns job options that repeat work of a size n times. The quick run does
// it once.
func times(n, size int) func(b *Bench) jobOptions {
	return func(b *Bench) jobOptions { return jobOptions{Times: b.shorter(n, 1), Size: size} }
}

// exitOf prints the error of a helper process and returns its exit code.
func exitOf(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return exitNotJudged
	}
	return exitHeld
}
