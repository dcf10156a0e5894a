package cases

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/report"
)

// Mutant is a server that spoils one kind of answer of one operation, and what
// the cases made of it.
type Mutant struct {
	Kind      string `json:"kind"`
	Operation string `json:"operation"`
	// Answer is the component that was due where the mutant spoils.
	Answer string `json:"answer"`
	// Noticed says that a case failed. By names it, Finding is its first
	// finding.
	Noticed bool                 `json:"noticed"`
	By      string               `json:"by,omitempty"`
	Finding *conformance.Finding `json:"finding,omitempty"`
	// Cases is how many cases met the mutant.
	Cases int `json:"cases"`
}

// mutantSite is where a mutant may spoil.
type mutantSite struct{ operation, answer string }

// Mutants asks whether the cases notice when the answer is wrong: it runs them
// against servers that spoil one kind of answer of one operation each. opts is
// as for [Run] and must name a mock; kinds is empty for all.
//
// The cases must pass against the server as it is.
func Mutants(ctx context.Context, set *Set, opts Options, kinds ...Mutation) ([]Mutant, error) {
	if opts.Live {
		return nil, errors.New("cases: mutants are for a mock; a live tenant must not meet them")
	}
	if len(kinds) == 0 {
		kinds = mutations
	}
	if opts.Transport == nil {
		transport := newTransport()
		defer transport.(*http.Transport).CloseIdleConnections()
		opts.Transport = transport
	}
	plain := opts
	plain.Keys = MockKeys{Prefix: "m_"}
	runs, ready, err := runCases(ctx, set, plain)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if r.verdict.Status == report.Failed {
			return nil, fmt.Errorf("cases: %s fails without any mutant: %s; `kapture-conformance run --case %s` tells more",
				r.c.Name, r.verdict.Findings[0].Message, r.c.Name)
		}
	}
	sites := mutantSites(set, runs)
	places := slices.SortedFunc(maps.Keys(sites), func(a, b mutantSite) int {
		return cmp.Or(cmp.Compare(a.operation, b.operation), cmp.Compare(a.answer, b.answer))
	})
	var all []Mutant
	for _, kind := range kinds {
		for _, site := range places {
			all = append(all, Mutant{Kind: kind.Kind, Operation: site.operation, Answer: site.answer})
		}
	}
	var wait sync.WaitGroup
	errs := make([]error, len(all))
	slots := make(chan struct{}, ready.Parallel)
	for i := range all {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = all[i].meet(ctx, set, opts, sites, i)
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(m Mutant) bool { return m.Cases == 0 }), nil
}

// mutantSites lists which cases bring which answers.
func mutantSites(set *Set, runs []*caseRun) map[mutantSite][]*Case {
	sites := map[mutantSite][]*Case{}
	for _, r := range runs {
		if r.verdict.Status != report.Passed {
			continue
		}
		for _, step := range r.c.Steps {
			if step.Serve.Given() {
				continue
			}
			op := set.contract.operationOf(r.c, step)
			answer, _ := due(r.c, step, op)
			site := mutantSite{op.ID, answer}
			if !slices.Contains(sites[site], r.c) {
				sites[site] = append(sites[site], r.c)
			}
		}
	}
	return sites
}

// meet runs the cases that can meet the mutant until one notices it. Each run
// has worlds of its own, so that nothing but the mutant can make a case fail.
func (m *Mutant) meet(ctx context.Context, set *Set, opts Options, sites map[mutantSite][]*Case, number int) error {
	mutation, err := FindMutation(m.Kind)
	if err != nil {
		return err
	}
	opts = opts.withDefaults()
	opts.Keys = MockKeys{Prefix: "m" + strconv.Itoa(number) + "_"}
	for _, c := range sites[mutantSite{m.Operation, m.Answer}] {
		spoiler := &mutator{next: opts.transport, contract: set.contract, mutation: mutation, operation: m.Operation, answer: m.Answer}
		one := opts
		one.transport = spoiler
		r, err := runCase(ctx, set, &one, c)
		if err != nil {
			return err
		}
		if spoiler.applied.Load() == 0 {
			continue
		}
		m.Cases++
		if len(r.verdict.Findings) > 0 {
			m.Noticed, m.By, m.Finding = true, c.Name.Value, &r.verdict.Findings[0]
			return nil
		}
	}
	return ctx.Err()
}

// Mutate makes the options' run meet a server that spoils every answer in one
// way.
func (o *Options) Mutate(set *Set, mutation Mutation) {
	next := o.Transport
	if next == nil {
		next = newTransport()
	}
	o.Transport = &mutator{next: next, contract: set.contract, mutation: mutation}
}
