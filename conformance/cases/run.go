package cases

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/report"
)

// Options say against what the cases run.
type Options struct {
	// BaseURL is the server's, without the paths of the contract.
	BaseURL string
	// Keys gives each step its credential.
	Keys Keys
	// Live says that the server is a tenant, not a mock: only cases that are
	// marked fit for that run.
	Live bool
	// AllowWrites lets cases that write meet a live tenant.
	AllowWrites bool
	// ShowValues lets findings show what bodies held.
	ShowValues bool
	// Seed decides the unique values of the run: same seed, same values.
	Seed string
	// Given are values that only whoever starts the run knows, such as the
	// number of the account. Missing ones take the mock's.
	Given map[string]string
	// Clock tells the time; time.Now if nil. A mock must go by the same.
	Clock func() time.Time
	// Timeout bounds one step; 30 seconds if zero.
	Timeout time.Duration
	// Parallel is how many cases run at once; 8 if zero, and 1 on a live
	// tenant.
	Parallel int
	// Transport sends the requests; a transport of the run's own if nil.
	Transport http.RoundTripper
	// Progress is told of each case that is done.
	Progress func(name string)

	transport http.RoundTripper
}

// mockGiven are the values that a run may be given, as the mock has them.
var mockGiven = map[string]string{"account": "1000298"}

// liveValues are the values of a case's live.
var liveValues = []string{liveNever, liveRead, liveWrite}

const (
	liveNever = "never"
	liveRead  = "read"
	liveWrite = "write"
)

func (o Options) withDefaults() Options {
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Parallel == 0 {
		o.Parallel = 8
		if o.Live {
			o.Parallel = 1
		}
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	o.transport = o.Transport
	if o.transport == nil {
		o.transport = newTransport()
	}
	given := map[string]string{}
	if !o.Live {
		maps.Copy(given, mockGiven)
	}
	maps.Copy(given, o.Given)
	o.Given = given
	return o
}

// newTransport returns a transport that shows bodies as they came: it undoes
// no compression behind the recorder's back and goes through no redirect.
func newTransport() http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	transport.MaxIdleConnsPerHost = 16
	return transport
}

// caseRun is one case while it runs.
type caseRun struct {
	contract *contract
	opts     *Options
	c        *Case
	vars     *vars
	verdict  *report.Case
	results  []conformance.Result // those of the target, for the coverage
	covered  []coveredFailure
}

// Run runs the cases and returns the report. The order of its cases is that of
// the files, however many ran at once. The error is about what could not run
// at all; what the server did wrong is in the report.
func Run(ctx context.Context, set *Set, opts Options) (*report.Run, error) {
	if opts.BaseURL == "" || opts.Keys == nil {
		return nil, errors.New("cases: Run needs a base URL and keys")
	}
	runs, _, err := runCases(ctx, set, opts)
	if err != nil {
		return nil, err
	}
	return summarize(set, runs), nil
}

func runCases(ctx context.Context, set *Set, opts Options) ([]*caseRun, Options, error) {
	opts = opts.withDefaults()
	if opts.Transport == nil {
		defer opts.transport.(*http.Transport).CloseIdleConnections()
	}
	runs := make([]*caseRun, len(set.Cases))
	errs := make([]error, len(set.Cases))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(opts.Parallel, max(len(set.Cases), 1)) {
		workers.Go(func() {
			for i := range next {
				runs[i], errs[i] = runCase(ctx, set, &opts, set.Cases[i])
				opts.Progress(set.Cases[i].Name.Value)
			}
		})
	}
	for i := range set.Cases {
		next <- i
	}
	close(next)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, opts, fmt.Errorf("cases: the run was stopped: %w", context.Cause(ctx))
	}
	return runs, opts, errors.Join(errs...)
}

func runCase(ctx context.Context, set *Set, opts *Options, c *Case) (*caseRun, error) {
	begin := time.Now()
	r := &caseRun{
		contract: set.contract, opts: opts, c: c,
		vars: newVars(opts.Seed, c.Name.Value, opts.Clock(), opts.Given),
		verdict: &report.Case{
			Name: c.Name.Value, Operation: c.Operation.Value, Status: report.Passed,
			File: fmt.Sprintf("%s:%d", c.file, c.Name.Line),
		},
	}
	defer func() { r.verdict.Duration = time.Since(begin) }()
	if reason := r.unfit(); reason != "" {
		r.skip(reason)
		return r, nil
	}
	for i, step := range c.Steps {
		if ctx.Err() != nil {
			return r, nil
		}
		if step.MockOnly && opts.Live {
			continue
		}
		op := set.contract.operationOf(c, step)
		answer, out := due(c, step, op)
		s := &stepRun{caseRun: r, step: step, op: op, answer: answer, outcome: out, label: fmt.Sprintf("%s, step %d", c.Name.Value, i+1)}
		more, err := s.run(ctx)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	if len(r.verdict.Findings) > 0 {
		r.verdict.Status = report.Failed
	}
	return r, nil
}

// unfit tells why the case must not meet this target.
func (r *caseRun) unfit() string {
	if !r.opts.Live {
		return ""
	}
	local := !slices.ContainsFunc(r.c.Steps, func(s *Step) bool { return !s.Serve.Given() })
	switch {
	case local:
		return "it meets no server: the runner answers it itself, to see what the client makes of that"
	case r.c.Decided.Given():
		return "it rests on a decision of the mock's: " + firstLine(strings.TrimSpace(r.c.Decided.Value))
	case r.c.Live.Value == liveRead:
	case r.c.Live.Value == liveWrite && r.opts.AllowWrites:
	case r.c.Live.Value == liveWrite:
		return "it writes; allow that with --allow-writes"
	default:
		return "it is made for the mock: it rests on made-up data"
	}
	for _, step := range r.c.Steps {
		if step.MockOnly {
			continue
		}
		for _, name := range step.placeholders() {
			if given, ok := strings.CutPrefix(name, "given."); ok && r.opts.Given[given] == "" {
				return fmt.Sprintf("it needs the %s; give it with --%s", given, given)
			}
		}
	}
	return ""
}

func (r *caseRun) skip(reason string) {
	r.verdict.Status, r.verdict.Reason = report.Skipped, reason
}

// note takes what the engine said of one exchange of a step.
func (s *stepRun) note(result conformance.Result) {
	s.verdict.Findings = append(s.verdict.Findings, result.Findings...)
	s.verdict.Drift = append(s.verdict.Drift, result.Drift...)
	if s.step.Serve.Given() {
		return // what the runner served itself proves nothing about the server
	}
	s.results = append(s.results, result)
}
