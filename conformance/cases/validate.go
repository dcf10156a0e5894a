package cases

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// caseName is what a case may be called: its name becomes the mock's world.
var caseName = regexp.MustCompile(`^[a-z0-9]+([-.][a-z0-9]+)*$`)

const longestCaseName = 56 // leaves room in the 64 characters of a world's name

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
		if other, twice := first[c.Name.Value]; twice {
			v.add(c, c.Name.Line, "the case %q stands at %s:%d already; give one of them another name", c.Name, other.file, other.Name.Line)
		}
		first[c.Name.Value] = c
	}
	return v.mistakes
}

func (v *validator) add(c *Case, line int, format string, args ...any) {
	mistake := &Mistake{File: c.file, Line: max(line, 1), Message: fmt.Sprintf(format, args...)}
	// A case with several states of the key is checked once for each.
	if !slices.ContainsFunc(v.mistakes, func(other error) bool { return other.Error() == mistake.Error() }) {
		v.mistakes = append(v.mistakes, mistake)
	}
}

func (v *validator) checkCase(c *Case) {
	switch {
	case !c.Name.Given():
		v.add(c, c.Operation.Line, "a case has no name; every case needs `name`, `operation` and `steps`")
	case !caseName.MatchString(c.Name.Value) || len(c.Name.Value) > longestCaseName:
		v.add(c, c.Name.Line, "%q cannot name a case; use at most %d small letters, digits and hyphens", c.Name, longestCaseName)
	}
	op := v.operation(c, c.Operation)
	if op != nil {
		v.checkUse(c, op)
	}
	if c.Live.Given() && !slices.Contains(liveValues, c.Live.Value) {
		v.add(c, c.Live.Line, "live: %q is not known; write one of %s", c.Live, strings.Join(liveValues, ", "))
	}
	v.checkLive(c)
	if c.Decided.Given() && len(strings.Fields(c.Decided.Value)) < 3 {
		v.add(c, c.Decided.Line, "decided must say in a sentence which choice the case rests on; it says %q", c.Decided)
	}
	if len(c.Steps) == 0 {
		v.add(c, c.Name.Line, "the case %q has no steps", c.Name)
	}
	saved := map[string]bool{}
	for _, step := range c.Steps {
		if step == nil {
			v.add(c, c.Name.Line, "a step of %q is empty", c.Name)
			continue
		}
		v.checkStep(c, step, saved)
	}
}

// checkLive sees that a case marked as reading cannot write to a tenant.
func (v *validator) checkLive(c *Case) {
	if c.Live.Value != liveRead && c.Live.Value != liveWrite {
		return
	}
	if c.Decided.Given() {
		v.add(c, c.Live.Line, "a case that rests on a decision of the mock's never meets a live tenant; take live or decided out")
	}
	if c.Live.Value != liveRead {
		return
	}
	for _, step := range c.Steps {
		if step == nil || step.MockOnly || step.Serve.Given() {
			continue
		}
		if op := v.contract.operationOf(c, step); op != nil && !op.idempotent {
			v.add(c, step.line, "the case says live: read, but %s writes; say live: write, or mark the step mock_only", op.ID)
		}
	}
}

func (v *validator) checkUse(c *Case, op *operation) {
	switch {
	case !c.Use.Given() && !c.Generation.Given():
	case !c.Use.Given() || !c.Generation.Given():
		v.add(c, max(c.Use.Line, c.Generation.Line), "use and generation belong together; %s has %s", op.ID, usesOf(op))
	default:
		if _, ok := op.use(c.Use.Value, c.Generation.Value); !ok {
			v.add(c, c.Use.Line, "%s has no use %s (%s); it has %s", op.ID, c.Use, c.Generation, usesOf(op))
		}
	}
}

func usesOf(op *operation) string {
	if len(op.uses) == 0 {
		return "none"
	}
	names := make([]string, len(op.uses))
	for i, u := range op.uses {
		names[i] = u.String()
	}
	return strings.Join(names, ", ")
}

func (v *validator) operation(c *Case, id Text) *operation {
	if !id.Given() {
		v.add(c, c.Name.Line, "the case %q names no operation; the contract has %s", c.Name, strings.Join(v.contract.operationIDs(), ", "))
		return nil
	}
	op, ok := v.contract.operations[id.Value]
	if !ok {
		v.add(c, id.Line, "the contract has no operation %q; it has %s", id, strings.Join(v.contract.operationIDs(), ", "))
		return nil
	}
	return op
}

func (v *validator) checkStep(c *Case, step *Step, saved map[string]bool) {
	op := v.contract.operations[c.Operation.Value]
	if step.Operation.Given() {
		op = v.operation(c, step.Operation)
	}
	v.checkKind(c, step, op)
	if step.Key.Given() && !slices.Contains(keyStates, step.Key.Value) {
		v.add(c, step.Key.Line, "the key state %q is not known; write one of %s", step.Key, strings.Join(keyStates, ", "))
	}
	for _, sample := range []Text{step.Sample, step.Sends, step.Serve} {
		if sample.Given() {
			v.checkSample(c, sample)
		}
	}
	if step.Invalid.Given() && strings.TrimSpace(step.Invalid.Value) == "" {
		v.add(c, step.Invalid.Line, "invalid must say what is wrong with the request")
	}
	v.checkPlaces(c, step, saved)
	if op != nil {
		v.checkExpect(c, step, op)
	}
	for name, pointer := range step.Save {
		if _, err := splitPointer(pointer.Value); err != nil {
			v.add(c, pointer.Line, "%v", err)
		}
		if known(name, nil) {
			v.add(c, pointer.Line, "%q is a name of the runner's own; save the value under another one", name)
		}
	}
	if step.MockOnly && len(step.Save) > 0 {
		v.add(c, step.line, "a mock_only step cannot save: on a tenant the value would lack")
	}
	for name := range step.Save {
		saved[name] = true
	}
}

// checkKind sees that the step is one thing and has what that needs.
func (v *validator) checkKind(c *Case, step *Step, op *operation) {
	send := step.Send.Given()
	if send && step.Send.JSON != true {
		v.add(c, step.Send.Line, "send takes `true` alone; the body comes from sample, args or raw")
	}
	switch {
	case !step.Call.Given() && !send:
		v.add(c, step.line, "a step must have `call: METHOD` or `send: true`, and may have `serve: SAMPLE` beside it")
		return
	case send && step.Call.Given():
		v.add(c, step.Send.Line, "call and send exclude each other; take one out of this step or make two steps")
	}
	if step.Call.Given() {
		method, ok := methods[step.Call.Value]
		switch {
		case !ok:
			v.add(c, step.Call.Line, "the client has no method %q in the table of methods; it has %s", step.Call, strings.Join(sortedKeys(methods), ", "))
		case op != nil && method.operation != "" && method.operation != op.ID:
			v.add(c, step.Call.Line, "%s calls %s, but the step is about %s; name the step's operation", step.Call, method.operation, op.ID)
		}
	}
	if !send {
		for _, only := range []struct {
			name  string
			given bool
			line  int
		}{{"raw", step.Raw.Given(), step.Raw.Line}, {"content_type", step.ContentType.Given(), step.ContentType.Line}, {"query", len(step.Query) > 0, step.line}, {"as_query", step.AsQuery.Given(), step.AsQuery.Line}, {"method", step.Method.Given(), step.Method.Line}} {
			if only.given {
				v.add(c, only.line, "%s belongs to send; the client makes its own request", only.name)
			}
		}
	}
	if given := count(step.Sample.Given(), step.Args.Given(), step.Raw.Given()); given > 1 {
		v.add(c, step.line, "sample, args and raw exclude each other; keep one of them")
	}
	if send && !step.Sample.Given() && !step.Args.Given() && !step.Raw.Given() {
		v.add(c, step.line, "send needs a body: sample, args or raw")
	}
	if !step.Serve.Given() && step.ServeThen.Given() {
		v.add(c, step.ServeThen.Line, "serve_then is what comes after serve, which this step does not have")
	}
	if !step.Serve.Given() && step.HTTP.Given() {
		v.add(c, step.HTTP.Line, "http beside a step is the status that serve answers; to expect one, write it under expect")
	}
}

func count(conditions ...bool) int {
	n := 0
	for _, condition := range conditions {
		if condition {
			n++
		}
	}
	return n
}

func (v *validator) checkSample(c *Case, name Text) {
	raw, err := v.contract.sample(name.Value)
	if err != nil {
		v.add(c, name.Line, "there is no sample %q; name a file under spec/samples, such as customers/add-2024.request.json%s", name, v.near(name.Value))
		return
	}
	if !json.Valid(raw) {
		v.add(c, name.Line, "the sample %q is no JSON", name)
	}
}

// near offers the samples that begin alike.
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
	return "; near it: " + strings.Join(alike, ", ")
}

// checkPlaces checks pointers and placeholders.
func (v *validator) checkPlaces(c *Case, step *Step, saved map[string]bool) {
	for pointer, value := range step.Set {
		v.checkPointer(c, pointer, value.Line)
		v.checkPlaceholders(c, value.JSON, value.Line, saved)
	}
	for pointer, value := range step.SendsSet {
		v.checkPointer(c, pointer, value.Line)
		v.checkPlaceholders(c, value.JSON, value.Line, saved)
	}
	for _, pointer := range step.Remove {
		v.checkPointer(c, pointer.Value, pointer.Line)
	}
	v.checkPlaceholders(c, step.Args.JSON, step.Args.Line, saved)
	v.checkPlaceholders(c, step.Raw.Value, step.Raw.Line, saved)
	for _, value := range step.Query {
		if value.Value != keyPlaceholder {
			v.checkPlaceholders(c, value.Value, value.Line, saved)
		}
	}
	if step.SkipUnless.Given() {
		v.checkPointer(c, step.SkipUnless.Value, step.SkipUnless.Line)
	}
	for _, matches := range []map[string]Match{step.Expect.Members, step.Expect.Result} {
		for pointer, match := range matches {
			if match.line == 0 { // the library leaves null out
				v.add(c, step.line, "%s is expected to be nothing; write a value, for null {one_of: [null]}", strconv.Quote(pointer))
			}
			v.checkPointer(c, pointer, match.line)
			v.checkPlaceholders(c, match.Equals.JSON, match.line, saved)
			v.checkPlaceholders(c, match.Not.JSON, match.line, saved)
			for _, choice := range match.OneOf {
				v.checkPlaceholders(c, choice.JSON, choice.Line, saved)
			}
			for inner, value := range match.Contains {
				v.checkPointer(c, inner, value.Line)
				v.checkPlaceholders(c, value.JSON, value.Line, saved)
			}
		}
	}
}

func (v *validator) checkPointer(c *Case, pointer string, line int) {
	if _, err := splitPointer(pointer); err != nil {
		v.add(c, line, "%v", err)
	}
}

func (v *validator) checkPlaceholders(c *Case, value any, line int, saved map[string]bool) {
	for _, name := range placeholdersIn(value) {
		if !known(name, saved) {
			v.add(c, line, "${%s} has no value here; an earlier step must save it, or use ${today}, ${yesterday}, ${tomorrow}, ${now}, ${unique.phone|email|name|code|text}, ${given.%s}",
				name, strings.Join(sortedKeys(mockGiven), "|"))
		}
	}
}

func (v *validator) checkExpect(c *Case, step *Step, op *operation) {
	e := &step.Expect
	if e.Failure.Given() && e.Success.Given() {
		v.add(c, e.Failure.Line, "a step cannot expect a failure and a success")
	}
	if e.Failure.Given() {
		if failure, ok := op.failure(e.Failure.Value); !ok {
			v.add(c, e.Failure.Line, "%s has no failure %q; it has %s", op.ID, e.Failure, listed(outcomeNames(op.failures)))
		} else if e.HTTP.Given() && !c.Decided.Given() && len(failure.HTTP) > 0 && !slices.Contains(failure.HTTP, intOf(e.HTTP)) {
			v.add(c, e.HTTP.Line, "the failure %s is documented with HTTP %v, the case expects %v", e.Failure, failure.HTTP, e.HTTP.JSON)
		}
	}
	if e.Success.Given() {
		if _, ok := op.success(e.Success.Value); !ok {
			v.add(c, e.Success.Line, "%s has no success %q; it has %s", op.ID, e.Success, listed(outcomeNames(op.successes)))
		}
	}
	if _, ok := clientErrors[e.Error.Value]; e.Error.Given() && !ok {
		v.add(c, e.Error.Line, "the table of the client's errors has no error %q; it has %s", e.Error, strings.Join(sortedKeys(clientErrors), ", "))
	}
	if step.SkipOn.Given() {
		if _, ok := op.failure(step.SkipOn.Value); !ok {
			v.add(c, step.SkipOn.Line, "%s has no failure %q; it has %s", op.ID, step.SkipOn, listed(outcomeNames(op.failures)))
		}
	}
	if e.Answer.Given() && !slices.Contains(op.answers, e.Answer.Value) {
		v.add(c, e.Answer.Line, "%s has no answer %q; it has %s", op.ID, e.Answer, listed(op.answers))
	}
	if answer, _ := due(c, step, op); answer == "" {
		v.add(c, step.line, "the step does not say which answer is due; write expect with answer, success or failure, or give the case its use")
	}
	if e.HTTP.Given() && !op.documents(intOf(e.HTTP)) {
		v.add(c, e.HTTP.Line, "%s documents no HTTP status %v", op.ID, e.HTTP.JSON)
	}
	for name, value := range map[string]Value{"undeclared": e.Undeclared, "exchanges": e.Exchanges, "exchange": e.Exchange} {
		if value.Given() && intOf(value) < 0 {
			v.add(c, value.Line, "%s must be a number from 0 on", name)
		}
	}
	made := 1
	if e.Exchanges.Given() {
		made = intOf(e.Exchanges)
	}
	if which := intOf(e.Exchange); e.Exchange.Given() && (which < 1 || which > made) {
		v.add(c, e.Exchange.Line, "exchange %v is none of the %d that the step makes; say with exchanges how many it makes", e.Exchange.JSON, made)
	}
}

func (o *operation) documents(status int) bool { return o.statuses[strconv.Itoa(status)] }

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// intOf is -1 for anything but a number.
func intOf(value Value) int {
	number, ok := value.JSON.(json.Number)
	if !ok {
		return -1
	}
	n, err := strconv.Atoi(number.String())
	if err != nil {
		return -1
	}
	return n
}

// due tells which answer component a step must bring, and which documented
// outcome it is, if one is named.
func due(c *Case, step *Step, op *operation) (answer string, out *outcome) {
	e := &step.Expect
	switch {
	case e.Failure.Given():
		out, _ = op.failure(e.Failure.Value)
	case e.Success.Given():
		out, _ = op.success(e.Success.Value)
	}
	switch {
	case e.Answer.Given():
		return e.Answer.Value, out
	case out != nil:
		return out.Answer, out
	}
	if op.ID == c.Operation.Value {
		if u, ok := op.use(c.Use.Value, c.Generation.Value); ok {
			return u.Answer, nil
		}
	}
	return "", nil
}
