package cases

import (
	"slices"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

// The suite must notice every server that is wrong in one of these ways, and
// must tell where.
func TestEveryMutantIsNoticed(t *testing.T) {
	set := embedded(t)
	mutants, err := Mutants(t.Context(), set, onMock(t))
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]int{}
	for _, m := range mutants {
		met[m.Kind]++
		switch {
		case !m.Noticed:
			t.Errorf("%s at %s survives where %s is due; %d cases met it", m.Kind, m.Operation, m.Answer, m.Cases)
		case m.Finding.Operation == "" || m.Finding.Code == "":
			t.Errorf("%s at %s: the finding does not say where: %+v", m.Kind, m.Operation, *m.Finding)
		}
	}
	for _, m := range Mutations() {
		if met[m.Kind] == 0 {
			t.Errorf("no case met the mutation %s", m.Kind)
		}
	}
	t.Logf("%d mutants", len(mutants))
}

// A wrong answer is found where it is wrong, and is told once.
func TestMutantsAreFoundAtTheirPlace(t *testing.T) {
	set := embedded(t)
	for _, test := range []struct{ kind, name, code, pointer string }{
		{"wrong-type", "customer-add-2024", conformance.CodeSchemaType, "/customer/action"},
		{"missing-status", "customer-add-2024", conformance.CodeSchemaRequired, "/status"},
		{"truncated", "customer-add-2024", conformance.CodeBodyTruncated, ""},
		{"failure-for-success", "customer-add-2024", conformance.CodeAnswerOther, ""},
		{"other-generation", "customer-push-2019-20", conformance.CodeAnswerOther, ""},
		{"lost-name", "customer-pull-2021", conformance.CodeSchemaRequired, "/message/0/name"},
		{"lost-name", "ticket-add-2024", conformance.CodeCaseExpectation, "/ticket/taskTitle"},
		{"lost-record", "customer-pull-2021", conformance.CodeCaseExpectation, "/message"},
		{"other-text", "customer-get-2024-not-found", conformance.CodeCaseExpectation, "/Customer Details"},
		{"server-error", "customer-add-2024", conformance.CodeBodyHTML, ""},
		{"failure-for-success", "faq-contents-2024-client", conformance.CodeAnswerOther, ""}, // after which no more windows are due
	} {
		t.Run(test.kind+" "+test.name, func(t *testing.T) {
			mutation, err := FindMutation(test.kind)
			if err != nil {
				t.Fatal(err)
			}
			one := &Set{contract: set.contract}
			for _, c := range set.Cases {
				if c.Name.Value == test.name {
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
			first := findings[0]
			if first.Code != test.code || first.Pointer != test.pointer || first.Fault != conformance.FaultServer {
				t.Errorf("found %s at %q, fault %s; want %s at %q", first.Code, first.Pointer, first.Fault, test.code, test.pointer)
			}
			for i, f := range findings {
				if f.Fault == conformance.FaultClient {
					t.Errorf("the client is blamed for the server's answer: %s: %s", f.Code, f.Message)
				}
				if slices.ContainsFunc(findings[:i], func(other conformance.Finding) bool { return other.Pointer == f.Pointer && other.Part == f.Part }) {
					t.Errorf("told twice: %s at %q", f.Code, f.Pointer)
				}
			}
		})
	}
}
