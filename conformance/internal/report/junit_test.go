package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	if err := JUnit(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "findings.xml", b.Bytes())

	back := suitesOf(t, sample())
	if back.Tests != 6 || back.Failures != 4 || back.Skipped != 1 || len(back.Suites) != 3 {
		t.Errorf("%+v", back)
	}

	tests := 0
	failures := 0
	skipped := 0
	for _, s := range back.Suites {
		tests += s.Tests
		failures += s.Failures
		skipped += s.Skipped
		if s.Tests != len(s.Cases) {
			t.Errorf("%s: %d of %d", s.Name, s.Tests, len(s.Cases))
		}
	}
	if tests != 6 || failures != 4 || skipped != 1 {
		t.Errorf("%d %d %d", tests, failures, skipped)
	}
}

// suitesOf writes a run as JUnit, and reads it back.
func suitesOf(t *testing.T, run *Run) junitSuites {
	t.Helper()
	var b bytes.Buffer
	if err := JUnit(&b, run); err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestJUnitNamesAreUnique(t *testing.T) {
	run := &Run{Cases: []Case{{Name: "POST /people"}, {Name: "POST /people"}, {Name: "POST /people"}}}
	back := suitesOf(t, run)
	var names []string
	for _, c := range back.Suites[0].Cases {
		names = append(names, c.Name)
	}
	if want := []string{"POST /people", "POST /people (2)", "POST /people (3)"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

// What GitLab and Jenkins link to is the line of the case, or else the line of
// the contract that an exchange breaks.
func TestJUnitPlaces(t *testing.T) {
	broken := []conformance.Finding{{Code: "schema-type", Location: "spec/people.yaml:12"}}
	run := &Run{Cases: []Case{
		{Name: "a case", File: "cases/people.yaml", Line: 3, Status: Failed, Findings: broken},
		{Name: "an exchange", Status: Failed, Findings: broken},
		{Name: "no line", Status: Failed, Findings: []conformance.Finding{{Code: "json-invalid"}}},
		{Name: "passed", Status: Passed},
	}}
	back := suitesOf(t, run)
	var places []string
	for _, c := range back.Suites[0].Cases {
		places = append(places, fmt.Sprintf("%s:%d", c.File, c.Line))
	}
	if want := []string{"cases/people.yaml:3", "spec/people.yaml:12", ":0", ":0"}; !slices.Equal(places, want) {
		t.Errorf("%q, want %q", places, want)
	}
}
