package runner

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// caseName is the form of a case's name. The mock's world gets the same name.
var caseName = regexp.MustCompile(`^[a-z0-9]+([-.][a-z0-9]+)*$`)

// longestCaseName leaves room for a prefix in the 64 characters of a world's
// name.
const longestCaseName = 56

// validator collects the mistakes of one set.
type validator struct {
	contract *contract
	mistakes []error
}

func (s *Set) validate() []error {
	v := &validator{contract: s.contract}
	first := map[string]*Case{}
	for _, c := range s.Cases {
		v.checkCase(c)
		if other, exists := first[c.Name.Value]; exists {
			v.add(c, c.Name.Line, "duplicate case name %q, first used at %s:%d; give one of the cases another name",
				c.Name, other.file, other.Name.Line)
		}
		first[c.Name.Value] = c
	}
	return v.mistakes
}

// add notes a mistake, once: a case with several states of the key is checked
// once for each of them.
func (v *validator) add(c *Case, line int, format string, args ...any) {
	mistake := &Mistake{File: c.file, Line: max(line, 1), Message: fmt.Sprintf(format, args...)}
	known := slices.ContainsFunc(v.mistakes, func(other error) bool { return other.Error() == mistake.Error() })
	if !known {
		v.mistakes = append(v.mistakes, mistake)
	}
}

// rule is a mistake with the condition under which a case file makes it.
type rule struct {
	broken  bool
	line    int
	message string
}

// apply notes the rules that are broken.
func (v *validator) apply(c *Case, rules []rule) {
	for _, r := range rules {
		if r.broken {
			v.add(c, r.line, "%s", r.message)
		}
	}
}

func (v *validator) checkCase(c *Case) {
	op := v.operation(c, c.Operation)
	if op != nil {
		v.checkUse(c, op)
	}

	named := c.Name.Given()
	goodName := caseName.MatchString(c.Name.Value) && len(c.Name.Value) <= longestCaseName
	brief := len(strings.Fields(c.Decided.Value)) < 3
	v.apply(c, []rule{
		{!named, c.Operation.Line, "a case has no name; every case needs `name`, `operation` and `steps`"},
		{named && !goodName, c.Name.Line,
			fmt.Sprintf("invalid case name %q; use at most %d lower-case letters, digits and hyphens",
				c.Name, longestCaseName)},
		{c.Live.Given() && !slices.Contains(liveValues, c.Live.Value), c.Live.Line,
			fmt.Sprintf("unknown value %q of live; write one of %s", c.Live, strings.Join(liveValues, ", "))},
		{c.Decided.Given() && brief, c.Decided.Line,
			fmt.Sprintf("decided must say in a sentence which choice the case depends on; it says %q", c.Decided)},
		{len(c.Steps) == 0, c.Name.Line, fmt.Sprintf("the case %q has no steps", c.Name)},
	})
	v.checkLive(c)

	saved := map[string]bool{}
	for _, step := range c.Steps {
		if step == nil {
			v.add(c, c.Name.Line, "a step of %q is empty", c.Name)
			continue
		}
		v.checkStep(c, step, saved)
	}
}

// checkLive makes sure that a case that is marked as reading cannot write to a
// tenant.
func (v *validator) checkLive(c *Case) {
	live := c.Live.Value == liveRead || c.Live.Value == liveWrite
	if live && c.Decided.Given() {
		v.add(c, c.Live.Line,
			"a case that depends on a decision of the mock never runs against a live tenant; remove live or decided")
	}
	if c.Live.Value != liveRead {
		return
	}

	for _, step := range c.Steps {
		if step == nil || step.MockOnly || step.Serve.Given() {
			continue
		}
		if op := v.contract.operationOf(c, step); op != nil && !op.described.Idempotent {
			v.add(c, step.line,
				"the case says live: read, but %s writes; say live: write, or mark the step mock_only", op.ID)
		}
	}
}

func (v *validator) checkUse(c *Case, op *operation) {
	switch {
	case !c.Use.Given() && !c.Generation.Given():
	case !c.Use.Given() || !c.Generation.Given():
		v.add(c, max(c.Use.Line, c.Generation.Line), "use and generation belong together; %s has %s", op.ID, usesOf(op))
	default:
		if _, ok := op.described.Use(c.Use.Value, c.Generation.Value); !ok {
			v.add(c, c.Use.Line, "%s has no use %s (%s); it has %s", op.ID, c.Use, c.Generation, usesOf(op))
		}
	}
}

func usesOf(op *operation) string {
	var names []string
	for _, use := range op.described.Uses {
		names = append(names, use.String())
	}
	return listed(names)
}

// operation returns the operation with this ID, nil if there is none.
func (v *validator) operation(c *Case, id Text) *operation {
	op, ok := v.contract.operations[id.Value]
	all := listed(v.contract.operationIDs())
	switch {
	case !id.Given():
		v.add(c, c.Name.Line, "the case %q names no operation; the contract has %s", c.Name, all)
	case !ok:
		v.add(c, id.Line, "the contract has no operation %q; it has %s", id, all)
	}
	return op
}

func (v *validator) checkSample(c *Case, name Text) {
	if !name.Given() {
		return
	}
	raw, err := v.contract.sample(name.Value)
	switch {
	case err != nil:
		v.add(c, name.Line,
			"there is no sample %q; name a file under spec/samples, such as customers/add-2024.request.json%s",
			name, v.near(name.Value))
	case !json.Valid(raw):
		v.add(c, name.Line, "the sample %q is not JSON", name)
	}
}

// near offers the samples whose names begin like the given one.
func (v *validator) near(name string) string {
	all, err := v.contract.sampleNames()
	if err != nil {
		return ""
	}

	stem, _, _ := strings.Cut(name, ".")
	alike := slices.DeleteFunc(all, func(candidate string) bool { return !strings.HasPrefix(candidate, stem+".") })
	if len(alike) == 0 {
		return ""
	}
	return "; similar: " + strings.Join(alike, ", ")
}
