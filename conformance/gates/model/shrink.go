package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// shrinking is how long a failure is made smaller.
const shrinking = time.Minute

// A failing is a script that violates a property, and what showed it.
type failing struct {
	script     *script
	violations []violation
	kapture    *kapture
}

// property is the worst one that does not hold.
func (f *failing) property() string { return f.violations[0].property }

// try runs a script once, and returns nil where all properties hold.
func try(ctx context.Context, s *script) (*failing, error) {
	k, seen, err := perform(ctx, s)
	if err != nil {
		return nil, err
	}
	violations := judge(k, seen)
	if len(violations) == 0 {
		return nil, nil
	}
	return &failing{script: s, violations: violations, kapture: k}, nil
}

// A shrinker looks for a smaller script that violates the same property: it
// takes the first of the simpler ones that does, until none does.
type shrinker struct {
	try      func(context.Context, *script) (*failing, error)
	deadline time.Time
}

func shrink(ctx context.Context, f *failing) *failing {
	s := &shrinker{try: try, deadline: time.Now().Add(shrinking)}
	return s.shrink(ctx, f)
}

func (s *shrinker) shrink(ctx context.Context, f *failing) *failing {
	for {
		smaller := s.step(ctx, f)
		if smaller == nil {
			return f
		}
		f = smaller
	}
}

// step finds one script that is simpler, nil where there is none.
func (s *shrinker) step(ctx context.Context, f *failing) *failing {
	for _, candidate := range candidates(f.script) {
		if time.Now().After(s.deadline) {
			return nil
		}
		if !candidate.sound() {
			continue
		}
		tried, err := s.try(ctx, candidate)
		if err == nil && tried != nil && tried.property() == f.property() {
			return tried
		}
	}
	return nil
}

// sound reports whether a script can end: all that waits is stopped.
func (s *script) sound() bool {
	stalls := slices.ContainsFunc(s.Faults, func(f fault) bool { return f.Kind == faultStall })
	breaks := len(s.Interruptions) == 1 && s.Interruptions[0].How == byBreak
	waits := s.Caller.InputsWait > 0 && s.Interruptions[0].After > s.Caller.InputsWait
	switch {
	case stalls && s.Caller.AttemptTimeout == 0:
		return false
	case (s.Caller.MaxRetryAfter > 0 || s.Caller.InputsWait > 0) && !breaks:
		return false
	case breaks && s.Caller.Inputs > 0 && s.Interruptions[0].After > s.Caller.Inputs, waits:
		return false
	}
	needsDays := lists[s.Call].pull != nil || reads[s.Call].call != nil
	return !needsDays || len(s.Server.Days) > 0
}

// candidates are scripts that are simpler in one thing, the largest steps first.
func candidates(s *script) []*script {
	var out []*script
	with := func(change func(*script)) {
		changed := s.clone()
		change(changed)
		out = append(out, changed)
	}

	for i := range s.Server.Days {
		with(func(c *script) { c.withoutDay(i) })
	}
	for i := range s.Faults {
		with(func(c *script) { c.Faults = slices.Delete(c.Faults, i, i+1) })
	}
	for i := range s.Interruptions {
		with(func(c *script) { c.Interruptions = slices.Delete(c.Interruptions, i, i+1) })
	}
	for window, d := range s.Server.Days {
		for i := range d.Records {
			with(func(c *script) {
				c.Server.Days[window].Records = slices.Delete(c.Server.Days[window].Records, i, i+1)
			})
		}
		if d.Empty != "" {
			with(func(c *script) { c.Server.Days[window].Empty = "" })
		}
	}
	out = append(out, plainer(s)...)
	out = append(out, shorter(s)...)
	return out
}

// withoutDay takes a window away, and what goes wrong with it.
func (s *script) withoutDay(window int) {
	s.Server.Days = slices.Delete(s.Server.Days, window, window+1)
	s.Faults = slices.DeleteFunc(s.Faults, func(f fault) bool { return !f.ofConnection() && f.On == window })
	for i := range s.Faults {
		if !s.Faults[i].ofConnection() && s.Faults[i].On > window {
			s.Faults[i].On--
		}
	}
}

// plainer sets one thing to what it is where nothing is set.
func plainer(s *script) []*script {
	var out []*script
	for _, change := range []func(*script){
		func(c *script) { c.Protocol = http1 },
		func(c *script) { c.Caller.Parallel = 0 },
		func(c *script) { c.Caller.ContinueOnError = false },
		func(c *script) { c.Caller.ContinueOnBadElement = false },
		func(c *script) { c.Caller.PageNumbers = false },
		func(c *script) { c.Caller.RepeatedLastPage = false },
		func(c *script) { c.Caller.StartAt = 0 },
		func(c *script) { c.Caller.AttemptTimeout = 0 },
		func(c *script) { c.Caller.MaxRetryAfter = 0 },
		func(c *script) { c.Caller.InputsWait = 0 },
		func(c *script) { c.Server.LastDay = 30 },
		func(c *script) { c.Server.Clock = 0 },
		func(c *script) { c.Server.NoDate = false },
		func(c *script) { c.Server.Envelope = "" },
		func(c *script) { c.Server.Pages = nil },
		func(c *script) { c.Server.Overlap = 0 },
		func(c *script) { c.Server.Growth = nil },
		func(c *script) { c.Server.Mode = "" },
		func(c *script) { c.Server.Identifier = "" },
	} {
		changed := s.clone()
		change(changed)
		if changed.String() != s.String() {
			out = append(out, changed)
		}
	}
	return out
}

// shorter makes one number or record smaller.
func shorter(s *script) []*script {
	var out []*script
	less := func(value int, set func(*script, int)) {
		for _, smaller := range []int{value / 2, value - 1} {
			if smaller > 0 && smaller < value {
				changed := s.clone()
				set(changed, smaller)
				out = append(out, changed)
			}
		}
	}

	less(s.Caller.Inputs, func(c *script, n int) { c.Caller.Inputs = n })
	less(s.Caller.PageSize, func(c *script, n int) { c.Caller.PageSize = n })
	less(s.Caller.StartAt, func(c *script, n int) { c.Caller.StartAt = n })
	less(s.Caller.Parallel, func(c *script, n int) { c.Caller.Parallel = n })
	less(len(s.Server.Pages), func(c *script, n int) { c.Server.Pages = c.Server.Pages[:n] })
	less(len(s.Server.Growth), func(c *script, n int) { c.Server.Growth = c.Server.Growth[:n] })
	for i, stop := range s.Interruptions {
		less(stop.After, func(c *script, n int) { c.Interruptions[i].After = n })
	}
	for i, f := range s.Faults {
		less(f.On, func(c *script, n int) { c.Faults[i].On = n })
		less(f.Nth, func(c *script, n int) { c.Faults[i].Nth = n })
		less(f.At, func(c *script, n int) { c.Faults[i].At = n })
	}
	for i, size := range s.Server.Pages {
		less(size, func(c *script, n int) { c.Server.Pages[i] = n })
		if size > 1 {
			out = append(out, withoutPlace(s, i)...)
		}
	}
	for window, d := range s.Server.Days {
		for i, record := range d.Records {
			if bare := bareOf(record); bare != "" && bare != string(record) {
				changed := s.clone()
				changed.Server.Days[window].Records[i] = json.RawMessage(bare)
				out = append(out, changed)
			}
		}
	}
	return out
}

// withoutPlace takes the first record of a page away, in one of the windows, and
// makes the page that much smaller: so the pages after it stay as they are.
func withoutPlace(s *script, page int) []*script {
	begin := 0
	for _, size := range s.Server.Pages[:page] {
		begin += size
	}

	var out []*script
	for window, d := range s.Server.Days {
		if begin < len(d.Records) {
			changed := s.clone()
			changed.Server.Pages[page]--
			changed.Server.Days[window].Records = slices.Delete(changed.Server.Days[window].Records, begin, begin+1)
			out = append(out, changed)
		}
	}
	return out
}

// bareOf is a record with its identifier only.
func bareOf(record json.RawMessage) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(record, &fields) != nil {
		return ""
	}
	for _, name := range []string{"id", "ticketId"} {
		if id, ok := fields[name]; ok {
			return fmt.Sprintf(`{%q:%s}`, name, id)
		}
	}
	return ""
}
