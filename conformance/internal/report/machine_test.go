package report

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"testing"
)

// The forms of a report for machines, without JUnit.

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "findings.json", b.Bytes())

	var empty bytes.Buffer
	if err := JSON(&empty, &Run{}); err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(empty.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if cases, ok := back["cases"].([]any); !ok || len(cases) != 0 || back["format"] != Format {
		t.Errorf("%v", back)
	}
}

func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := SARIF(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "findings.sarif", b.Bytes())

	moved := sample()
	for i := range moved.Cases {
		for k := range moved.Cases[i].Findings {
			moved.Cases[i].Findings[k].Location = "spec/people.yaml:999"
		}
	}
	var again bytes.Buffer
	if err := SARIF(&again, moved); err != nil {
		t.Fatal(err)
	}

	prints := regexp.MustCompile(`"finding/v1": "[0-9a-f]+"`)
	first := prints.FindAllString(b.String(), -1)
	if len(first) != 4 || !slices.Equal(first, prints.FindAllString(again.String(), -1)) {
		t.Error("a finding whose line moved has another fingerprint")
	}
}

func TestAnnotations(t *testing.T) {
	var b bytes.Buffer
	if err := Annotations(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "findings.annotations", b.Bytes())
}
