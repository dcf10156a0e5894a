package report

import (
	"reflect"
	"slices"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

func TestSummary(t *testing.T) {
	want := Summary{
		Verdict:   DoesNotConform,
		Cases:     6,
		Passed:    1,
		Failed:    4,
		Skipped:   1,
		Exchanges: 8,
		Findings:  5,
		ByFault: map[conformance.Fault]int{
			conformance.FaultServer: 3, conformance.FaultClient: 1, conformance.FaultContract: 1,
		},
		Drift:    2,
		Request:  Count{7, 8},
		Response: Count{6, 8},
		Failures: Count{3, 5},
		Fields:   Count{60, 69},
		Partial:  true,
	}
	if got := sample().Summary(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestVerdictOfASummary(t *testing.T) {
	if !good().OK() || good().Summary().Verdict != Conforms {
		t.Error("a run without a fault does not conform")
	}
	for name, change := range map[string]func(*Run){
		"a skipped case":        func(r *Run) { r.Cases = append(r.Cases, Case{Status: Skipped}) },
		"a part of the suite":   func(r *Run) { r.Suite = 275 },
		"an unchecked exchange": func(r *Run) { r.Unchecked = 1 },
	} {
		run := good()
		change(run)
		sum := run.Summary()
		if !run.OK() || sum.Conforms || sum.Verdict != Incomplete {
			t.Errorf("%s: %+v", name, sum)
		}
	}

	found := good()
	found.Cases[0].Findings = sample().Cases[1].Findings
	if found.OK() {
		t.Error("a passed case with findings conforms")
	}
}

func TestCount(t *testing.T) {
	for c, want := range map[Count]string{{0, 0}: "-", {0, 3}: "0/3", {3, 3}: "3/3"} {
		if c.String() != want {
			t.Error(c.String(), want)
		}
	}
	if (Count{199, 200}).Percent() != 99 || (Count{}).Percent() != 100 {
		t.Error("percent")
	}
}

func TestGroups(t *testing.T) {
	list := sample().groups()
	var got []string
	for _, g := range list {
		got = append(got, string(g.Fault)+" "+g.Code)
	}
	want := []string{
		"server response-other",
		"server schema-type",
		"client credential-missing",
		"contract contract-ambiguous",
	}
	if !slices.Equal(got, want) {
		t.Error(got)
	}
	names := []string{
		"people/list (conformance/cases/people.yaml:12)",
		"people/list again (conformance/cases/people.yaml:12)",
	}
	if many := list[1]; many.Times != 24 || !slices.Equal(many.names(), names) {
		t.Errorf("%+v", many)
	}
}
