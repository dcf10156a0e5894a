package runner

import (
	"slices"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

// The suite must notice every server that is wrong in one of these ways, and must
// say where.
func TestEveryMutantIsNoticed(t *testing.T) {
	set := embedded(t)
	mutants, err := Mutants(t.Context(), set, onMock(t))
	if err != nil {
		t.Fatal(err)
	}

	count := map[string]int{}
	for _, m := range mutants {
		op := set.contract.operations[m.Operation]
		if resource() != "" && resource() != op.described.Resource {
			continue // the cases that notice it are those of another resource
		}
		count[m.Kind]++
		switch {
		case !m.Noticed:
			t.Errorf("%s of %s survives where %s is expected; %d cases ran against it", m.Kind, m.Operation,
				m.Response, m.Cases)
		case m.Finding.Operation == "" || m.Finding.Code == "":
			t.Errorf("%s of %s: the finding does not say where: %+v", m.Kind, m.Operation, *m.Finding)
		}
	}
	for _, m := range Mutations() {
		if count[m.Kind] == 0 && resource() == "" {
			t.Errorf("no case ran against the mutation %s", m.Kind)
		}
	}
	t.Logf("%d mutants", len(mutants))
}

// A wrong response is found at the place where it is wrong, and reported once.
func TestMutantsAreFoundAtTheirPlace(t *testing.T) {
	set := embedded(t)
	for _, test := range []struct{ kind, name, code, pointer string }{
		{"wrong-type", "customer-add-2024", conformance.CodeSchemaType, "/customer/action"},
		{"missing-status", "customer-add-2024", conformance.CodeSchemaRequired, "/status"},
		{"truncated", "customer-add-2024", conformance.CodeBodyTruncated, ""},
		{"failure-for-success", "customer-add-2024", conformance.CodeResponseOther, ""},
		{"other-generation", "customer-push-2019-20", conformance.CodeResponseOther, ""},
		{"lost-name", "customer-pull-2021", conformance.CodeSchemaRequired, "/message/0/name"},
		{"lost-name", "ticket-add-2024", conformance.CodeCaseExpectation, "/ticket/taskTitle"},
		{"lost-record", "customer-pull-2021", conformance.CodeCaseExpectation, "/message"},
		{"other-text", "customer-get-2024-not-found", conformance.CodeCaseExpectation, "/Customer Details"},
		{"server-error", "customer-add-2024", conformance.CodeBodyHTML, ""},
		// No more windows follow.
		{"failure-for-success", "faq-contents-2024-client", conformance.CodeResponseOther, ""},
	} {
		t.Run(test.kind+" "+test.name, func(t *testing.T) {
			findings := mutated(t, set, test.kind, test.name)
			first := findings[0]
			if first.Code != test.code || first.Pointer != test.pointer || first.Fault != conformance.FaultServer {
				t.Errorf("found %s at %q, fault %s; want %s at %q", first.Code, first.Pointer, first.Fault, test.code,
					test.pointer)
			}
			for i, f := range findings {
				if f.Fault == conformance.FaultClient {
					t.Errorf("the client is blamed for the server's response: %s: %s", f.Code, f.Message)
				}
				samePlace := func(other conformance.Finding) bool {
					return other.Pointer == f.Pointer && other.Part == f.Part
				}
				if slices.ContainsFunc(findings[:i], samePlace) {
					t.Errorf("reported twice: %s at %q", f.Code, f.Pointer)
				}
			}
		})
	}
}

// mutated runs one case against a mutation and returns the findings.
func mutated(t *testing.T, set *Set, kind, name string) []conformance.Finding {
	t.Helper()
	mutation, err := FindMutation(kind)
	if err != nil {
		t.Fatal(err)
	}
	one := &Set{contract: set.contract}
	for _, c := range set.Cases {
		if c.Name.Value == name {
			one.Cases = []*Case{c}
		}
	}

	options := onMock(t)
	options.ShowValues = false
	options.Mutate(one, mutation)
	run, err := Run(t.Context(), one, options)
	if err != nil {
		t.Fatal(err)
	}
	findings := run.Cases[0].Findings
	if run.OK() || len(findings) == 0 {
		t.Fatal("nothing was found")
	}
	return findings
}
