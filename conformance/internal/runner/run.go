package runner

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
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// Options say against which server the cases run, and how.
type Options struct {
	// BaseURL is the URL of the server, without the paths of the contract.
	BaseURL string
	// Keys provides the credentials.
	Keys Keys
	// Live says that the server is a tenant and not a mock. Only cases that are
	// marked for that run.
	Live bool
	// AllowWrites lets cases that write run against a live tenant.
	AllowWrites bool
	// ShowValues lets findings show values of bodies.
	ShowValues bool
	// Seed decides the unique values of the run. The same seed gives the same
	// values.
	Seed string
	// Given are values that only the caller knows, such as the number of the
	// account. The mock has defaults for them.
	Given map[string]string
	// Clock returns the time; time.Now if nil. A mock must use the same clock.
	Clock func() time.Time
	// Timeout bounds one step; 30 seconds if zero.
	Timeout time.Duration
	// Parallel is the number of cases that run at once; 8 if zero, and 1 for a
	// live tenant.
	Parallel int
	// Transport sends the requests; if nil, the run has its own.
	Transport http.RoundTripper
	// Traffic makes the part of a report that shows a request and its response,
	// without credentials. If it is nil, the report has none.
	Traffic func(conformance.Exchange) report.Traffic
	// Progress is called with the name of each case that has ended.
	Progress func(name string)

	transport http.RoundTripper
}

// mockGiven are the values for Options.Given that the mock has.
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

// newTransport returns a transport that shows bodies unchanged. The default one
// would undo a compression before the recorder sees the body.
func newTransport() http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	transport.MaxIdleConnsPerHost = 16
	return transport
}

// Run runs the cases and returns the report. The order of its cases is that of
// the files, even if several cases run at once. The error says what could not
// run at all; what the server did wrong is in the report.
func Run(ctx context.Context, set *Set, opts Options) (*report.Run, error) {
	if opts.BaseURL == "" || opts.Keys == nil {
		return nil, errors.New("conformance cases: Run needs a base URL and keys")
	}
	runs, err := runCases(ctx, set, opts)
	if err != nil {
		return nil, err
	}
	run := summarize(set, runs)
	if !opts.Live {
		run.Facts = nil // a mock settles nothing: it was made from the contract
	}
	return run, nil
}

func runCases(ctx context.Context, set *Set, opts Options) ([]*caseRun, error) {
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

	if ctx.Err() != nil {
		return nil, fmt.Errorf("conformance cases: the run was stopped: %w", context.Cause(ctx))
	}
	return runs, errors.Join(errs...)
}

// caseRun is one case while it runs.
type caseRun struct {
	contract *contract
	opts     *Options
	c        *Case
	vars     *vars
	verdict  *report.Case
	results  []conformance.Result // of exchanges with the server, for the coverage
	covered  []coveredFailure
}

func newCaseRun(set *Set, opts *Options, c *Case) *caseRun {
	values := newVars(opts.Seed, c.Name.Value, opts.Clock(), opts.Given)
	values.showValues = opts.ShowValues
	return &caseRun{
		contract: set.contract,
		opts:     opts,
		c:        c,
		vars:     values,
		verdict: &report.Case{
			Name:      c.Name.Value,
			Operation: c.Operation.Value,
			Status:    report.Passed,
			File:      c.file,
			Line:      c.Name.Line,
		},
	}
}

func runCase(ctx context.Context, set *Set, opts *Options, c *Case) (*caseRun, error) {
	begin := time.Now()
	r := newCaseRun(set, opts, c)
	defer func() { r.verdict.Duration = time.Since(begin) }()
	if reason := r.unfit(); reason != "" {
		r.skip(reason)
		return r, nil
	}

	for i := range c.Steps {
		if ctx.Err() != nil {
			return r, nil
		}
		if c.Steps[i].MockOnly && opts.Live {
			continue
		}
		more, err := r.step(i).run(ctx)
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

// step returns the step with this index, counted from 0, ready to run.
func (r *caseRun) step(i int) *stepRun {
	step := r.c.Steps[i]
	op := r.contract.operationOf(r.c, step)
	component, documented := expectedResponse(r.c, step, op)
	return &stepRun{
		caseRun:   r,
		step:      step,
		op:        op,
		label:     fmt.Sprintf("%s, step %d", r.c.Name.Value, i+1),
		component: component,
		outcome:   documented,
	}
}

// unfit says why the case must not run against this server, "" if it may.
func (r *caseRun) unfit() string {
	if !r.opts.Live {
		return ""
	}

	local := !slices.ContainsFunc(r.c.Steps, func(s *Step) bool { return !s.local() })
	switch {
	case local:
		return "client only: the runner serves the response itself, to see what the client makes of it"
	case r.c.Decided.Given():
		return "it depends on a decision of the mock: " + firstLine(strings.TrimSpace(r.c.Decided.Value))
	case r.c.Live.Value == liveRead:
	case r.c.Live.Value == liveWrite && r.opts.AllowWrites:
	case r.c.Live.Value == liveWrite:
		return "it writes; allow that with --allow-writes"
	default:
		return "mock only: it depends on made-up data"
	}
	return r.missingValue()
}

// missingValue says which value the case needs and the caller did not give.
func (r *caseRun) missingValue() string {
	for _, step := range r.c.Steps {
		if step.MockOnly {
			continue
		}
		for _, name := range step.placeholders() {
			given, ok := strings.CutPrefix(name, "given.")
			if ok && r.opts.Given[given] == "" {
				return fmt.Sprintf("it needs the %s; give it with --%s", given, given)
			}
		}
	}
	return ""
}

func (r *caseRun) skip(reason string) {
	r.verdict.Status = report.Skipped
	r.verdict.Reason = reason
}
