package runner

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
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// Mutant is a server that makes one kind of response of one operation wrong, and
// what the cases found.
type Mutant struct {
	Kind      string `json:"kind"`
	Operation string `json:"operation"`
	// Response is the component that is expected where the mutant changes the
	// response.
	Response string `json:"response"`
	// Noticed says that a case failed. By names it, Finding is its first
	// finding.
	Noticed bool                 `json:"noticed"`
	By      string               `json:"by,omitempty"`
	Finding *conformance.Finding `json:"finding,omitempty"`
	// Cases is the number of cases that ran against the mutant and got a
	// changed response.
	Cases int `json:"cases"`
}

// Mutants measures whether the cases notice wrong responses. It runs them
// against servers that make one kind of response of one operation wrong each.
// opts is as for [Run] and must name a mock. kinds is empty for all.
//
// The cases must pass against the unchanged server.
func Mutants(ctx context.Context, set *Set, opts Options, kinds ...Mutation) ([]Mutant, error) {
	if opts.Live {
		return nil, errors.New("conformance cases: mutants need a mock: a live tenant must not get the cases so often")
	}
	if len(kinds) == 0 {
		kinds = mutations
	}
	if opts.Transport == nil {
		transport := newTransport()
		defer transport.(*http.Transport).CloseIdleConnections()
		opts.Transport = transport
	}

	sites, err := mutantSites(ctx, set, opts)
	if err != nil {
		return nil, err
	}
	all := mutantsOf(kinds, sites)

	var wait sync.WaitGroup
	errs := make([]error, len(all))
	slots := make(chan struct{}, opts.withDefaults().Parallel)
	for i := range all {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			// Each mutant has its own worlds, so that only the mutant can make
			// a case fail.
			own := opts.withDefaults()
			own.Keys = MockKeys{Prefix: "m" + strconv.Itoa(i) + "_"}
			errs[i] = all[i].run(ctx, set, own, sites[all[i].site()])
		})
	}
	wait.Wait()

	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(m Mutant) bool { return m.Cases == 0 }), nil
}

// mutantSites runs the cases against the unchanged server and lists which cases
// expect which responses.
func mutantSites(ctx context.Context, set *Set, opts Options) (map[mutantSite][]*Case, error) {
	opts.Keys = MockKeys{Prefix: "m_"}
	runs, err := runCases(ctx, set, opts)
	if err != nil {
		return nil, err
	}

	sites := map[mutantSite][]*Case{}
	for _, r := range runs {
		switch r.verdict.Status {
		case report.Failed:
			return nil, fmt.Errorf("conformance cases: %s fails without any mutant: %s; `kapture-conformance run "+
				"--case %s` shows more",
				r.c.Name, r.verdict.Findings[0].Message, r.c.Name)
		case report.Skipped:
			continue
		}
		for i, step := range r.c.Steps {
			if step.local() {
				continue
			}
			s := r.step(i)
			site := mutantSite{s.op.ID, s.component}
			if !slices.Contains(sites[site], r.c) {
				sites[site] = append(sites[site], r.c)
			}
		}
	}
	return sites, nil
}

// mutantsOf lists a mutant of every kind at every site, in a stable order.
func mutantsOf(kinds []Mutation, sites map[mutantSite][]*Case) []Mutant {
	places := slices.SortedFunc(maps.Keys(sites), func(a, b mutantSite) int {
		return cmp.Or(cmp.Compare(a.operation, b.operation), cmp.Compare(a.component, b.component))
	})
	var all []Mutant
	for _, kind := range kinds {
		for _, site := range places {
			all = append(all, Mutant{Kind: kind.Kind, Operation: site.operation, Response: site.component})
		}
	}
	return all
}

func (m *Mutant) site() mutantSite { return mutantSite{m.Operation, m.Response} }

// run runs the cases of the mutant's site until one of them notices it.
func (m *Mutant) run(ctx context.Context, set *Set, opts Options, cases []*Case) error {
	mutation, err := FindMutation(m.Kind)
	if err != nil {
		return err
	}

	for _, c := range cases {
		transport := &mutator{next: opts.transport, contract: set.contract, mutation: mutation, site: m.site()}
		mutated := opts
		mutated.transport = transport
		r, err := runCase(ctx, set, &mutated, c)
		if err != nil {
			return err
		}
		if transport.applied.Load() == 0 {
			continue
		}
		m.Cases++
		if len(r.verdict.Findings) > 0 {
			m.Noticed = true
			m.By = c.Name.Value
			m.Finding = &r.verdict.Findings[0]
			return nil
		}
	}
	return ctx.Err()
}
