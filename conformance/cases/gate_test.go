package cases

import (
	"slices"
	"testing"
)

// stepsOf visits every step with the operation that it is about.
func stepsOf(set *Set, visit func(c *Case, s *Step, op *operation)) {
	for _, c := range set.Cases {
		for _, step := range c.Steps {
			op := set.contract.operations[c.Operation.Value]
			if step.Operation.Given() {
				op = set.contract.operations[step.Operation.Value]
			}
			visit(c, step, op)
		}
	}
}

// Every operation of the contract has a case in which it succeeds, every use
// of every generation has one, and so has every documented text of a success.
func TestEveryOperationHasASuccess(t *testing.T) {
	set := embedded(t)
	uses, successes := map[string]bool{}, map[string]bool{}
	stepsOf(set, func(c *Case, s *Step, op *operation) {
		answer, _ := due(c, s, op)
		failed := s.Expect.Failure.Given() || answer == "Failure" || answer == "LegacyFailure"
		if failed || s.Serve.Given() {
			return
		}
		if op.ID == c.Operation.Value && c.Use.Given() {
			uses[op.ID+" "+c.Use.Value+" "+c.Generation.Value] = true
		}
		if s.Expect.Success.Given() {
			successes[op.ID+" "+s.Expect.Success.Value] = true
		}
	})
	for _, id := range set.contract.operationIDs() {
		op := set.contract.operations[id]
		if len(op.uses) == 0 {
			t.Errorf("%s (%s) has no x-uses, so no case can name its generation", id, op.Location)
		}
		for _, u := range op.uses {
			if !uses[id+" "+u.Name+" "+u.Generation] {
				t.Errorf("%s: no case succeeds with %s", id, u)
			}
		}
		for _, success := range op.successes {
			if !successes[id+" "+success.Name] {
				t.Errorf("%s: no case brings the documented success %s", id, success.Name)
			}
		}
	}
}

// Every documented failure of every operation has a case that meets it at a
// server; an answer that the runner serves itself does not count.
func TestEveryDocumentedFailureHasACase(t *testing.T) {
	set := embedded(t)
	met := map[coveredFailure]bool{}
	stepsOf(set, func(_ *Case, s *Step, op *operation) {
		if s.Expect.Failure.Given() && !s.Serve.Given() {
			met[coveredFailure{op.ID, s.Expect.Failure.Value}] = true
		}
	})
	for _, id := range set.contract.operationIDs() {
		for _, failure := range set.contract.operations[id].failures {
			if !met[coveredFailure{id, failure.Name}] {
				t.Errorf("%s: no case meets the documented failure %s (%q)", id, failure.Name, failure.Message)
			}
		}
	}
}

// Every sample is used by a case, requests as requests and answers as answers.
func TestEverySampleIsUsed(t *testing.T) {
	set := embedded(t)
	var used []string
	stepsOf(set, func(_ *Case, s *Step, _ *operation) {
		for _, sample := range []Text{s.Sample, s.Sends, s.Serve} {
			if sample.Given() {
				used = append(used, sample.Value)
			}
		}
	})
	names, err := set.contract.sampleNames()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !slices.Contains(used, name) {
			t.Errorf("no case uses the sample %s", name)
		}
	}
}

// Every method in the table is called by a case.
func TestEveryMethodIsCalled(t *testing.T) {
	called := map[string]bool{}
	stepsOf(embedded(t), func(_ *Case, s *Step, _ *operation) { called[s.Call.Value] = true })
	for _, name := range sortedKeys(methods) {
		if !called[name] {
			t.Errorf("no case calls %s", name)
		}
	}
}
