package runner

import (
	"slices"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// stepsOf calls visit for every step, with the operation that it is about.
func stepsOf(set *Set, visit func(c *Case, s *Step, op *operation)) {
	for _, c := range set.Cases {
		for _, step := range c.Steps {
			visit(c, step, set.contract.operationOf(c, step))
		}
	}
}

// operationsOf lists the operations of the resource that is tested.
func operationsOf(set *Set) []*operation {
	var all []*operation
	for _, id := range set.contract.operationIDs() {
		op := set.contract.operations[id]
		if resource() == "" || resource() == op.described.Resource {
			all = append(all, op)
		}
	}
	return all
}

// Every use of every operation has a case in which it succeeds, and so has every
// documented text of a success.
func TestEveryOperationHasASuccess(t *testing.T) {
	set := embedded(t)
	uses := map[string]bool{}
	successes := map[string]bool{}
	stepsOf(set, func(c *Case, s *Step, op *operation) {
		response, _ := expectedResponse(c, s, op)
		failed := s.Expect.Failure.Given() || response == "Failure" || response == "LegacyFailure"
		if failed || s.local() {
			return
		}
		if op.ID == c.Operation.Value && c.Use.Given() {
			uses[op.ID+" "+c.Use.Value+" "+c.Generation.Value] = true
		}
		if s.Expect.Success.Given() {
			successes[op.ID+" "+s.Expect.Success.Value] = true
		}
	})

	for _, op := range operationsOf(set) {
		file := "conformance/cases/" + op.described.Resource + ".yaml"
		if len(op.described.Uses) == 0 {
			t.Errorf("%s (%s) has no x-uses, so no case can name its generation", op.ID, op.Location)
		}
		for _, u := range op.described.Uses {
			if !uses[op.ID+" "+u.Name+" "+u.Generation] {
				t.Errorf("%s: no case succeeds with the use %s; add one to %s", op.ID, u, file)
			}
		}
		for _, success := range op.successes {
			if !successes[op.ID+" "+success.Name] {
				t.Errorf("%s: no case has `success: %s`; add one to %s", op.ID, success.Name, file)
			}
		}
	}
}

// Every documented failure of every operation has a case in which a server
// returns it. A response that the runner serves does not count.
func TestEveryDocumentedFailureHasACase(t *testing.T) {
	set := embedded(t)
	seen := map[coveredFailure]bool{}
	stepsOf(set, func(_ *Case, s *Step, op *operation) {
		if s.Expect.Failure.Given() && !s.local() {
			seen[coveredFailure{op.ID, s.Expect.Failure.Value}] = true
		}
	})

	for _, op := range operationsOf(set) {
		for _, failure := range op.failures {
			if !seen[coveredFailure{op.ID, failure.Name}] {
				t.Errorf("%s: no case has `failure: %s` (%q); add one to conformance/cases/%s.yaml",
					op.ID, failure.Name, failure.Message, op.described.Resource)
			}
		}
	}
}

// Every example of a request is sent by a case.
func TestEveryRequestExampleIsSent(t *testing.T) {
	set := embedded(t)
	sent := map[string][]any{} // by operation
	stepsOf(set, func(_ *Case, s *Step, op *operation) {
		for _, name := range []Text{s.Sample, s.Sends} {
			if !name.Given() {
				continue
			}
			body, err := set.contract.decodedSample(name.Value)
			if err != nil {
				t.Fatal(err)
			}
			sent[op.ID] = append(sent[op.ID], body)
		}
	})

	for _, op := range operationsOf(set) {
		examples, err := set.contract.requestExamples(op)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range examples {
			if !contains(sent[op.ID], e.value) {
				t.Errorf(
					"no case sends the example %s of %s; add a step with its `sample` to conformance/cases/%s.yaml",
					e.name, op.ID, op.described.Resource,
				)
			}
		}
	}
}

func contains(bodies []any, body any) bool {
	return slices.ContainsFunc(bodies, func(other any) bool { return equalJSON(other, body) })
}

// Every example of a response is served to the client, by a derived case or by one
// that is written by hand.
func TestEveryResponseExampleIsServed(t *testing.T) {
	set := embedded(t)
	served, err := set.servedByHand()
	if err != nil {
		t.Fatal(err)
	}
	stepsOf(set, func(_ *Case, s *Step, op *operation) {
		if s.served == nil {
			return
		}
		body, err := jsonvalue.Decode(s.served)
		if err != nil {
			t.Fatal(err)
		}
		served[op.ID] = append(served[op.ID], body)
	})

	for _, op := range operationsOf(set) {
		examples, err := set.contract.responseExamples(op)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range examples {
			if !contains(served[op.ID], e.value) {
				t.Errorf("the example %s of %s is not served to the client: its calls ask for more than one page, "+
					"or none fits; add a case with `serve` (see Served responses in conformance/cases/README.md)",
					e.name, op.ID)
			}
		}
	}
}

// Every method of the client can be called by a case, except those that write many
// things at once: cases call their counterparts that write one.
func TestEveryMethodCanBeCalled(t *testing.T) {
	for _, op := range client.Operations() {
		for _, name := range op.ID.Methods() {
			signature := serviceMethod(&client.Client{}, name).Type()
			if _, ok := methods()[name]; !ok && !IsBulk(name) {
				t.Errorf("no case can call %s(%v): its arguments do not follow from its signature; add it to "+
					"adapters", name, signature)
			}
		}
	}
	for name := range adapters {
		if _, ok := methods()[name]; !ok {
			t.Errorf("adapters has %s, the client does not", name)
		}
	}
}

// Every method that a case can call is called by one.
func TestEveryMethodIsCalled(t *testing.T) {
	set := embedded(t)
	called := map[string]bool{}
	stepsOf(set, func(_ *Case, s *Step, _ *operation) { called[s.Call.Value] = true })
	for _, op := range operationsOf(set) {
		for _, name := range client.Operation(op.ID).Methods() {
			if !called[name] && !IsBulk(name) {
				t.Errorf("no case has `call: %s`; add one to conformance/cases/%s.yaml", name, op.described.Resource)
			}
		}
	}
}
