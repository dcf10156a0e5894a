package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// runWithFacts has a fact with each outcome.
func runWithFacts() *Run {
	return &Run{
		Contract: Contract{Title: "Things", Version: "1", Hash: "a"},
		Facts: []Fact{
			{
				Kind:     "field",
				Name:     "T.a",
				Evidence: "inferred",
				Outcome:  Confirmed,
				Location: "spec/t.yaml:7",
				Target:   "$.x",
			},
			{
				Kind:      "body",
				Name:      "404",
				Operation: "get",
				Evidence:  "observed",
				Outcome:   Contradicted,
				Why:       "schema-type: expected string, got number",
			},
			{Kind: "schema", Name: "T", Evidence: "inferred", Outcome: NotShown},
		},
	}
}

func TestFactsInText(t *testing.T) {
	const contradicted = "contradicted: the body under 404 of get (observed)\n" +
		"    schema-type: expected string, got number"
	for _, verbose := range []bool{false, true} {
		var b strings.Builder
		if err := Text(&b, runWithFacts(), TextOptions{Width: 120, Verbose: verbose}); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]bool{
			"confirmed: field T.a (inferred)  spec/t.yaml:7": true,
			contradicted: true,
			"1 confirmed, 1 contradicted, 1 not shown": true,
			"not shown: schema T (inferred)":           verbose,
			"Contract: 1 (a)":                          verbose,
			"--verbose lists them":                     !verbose,
		} {
			if strings.Contains(b.String(), text) != want {
				t.Errorf("verbose %v: %q is there: %v, want %v\n%s", verbose, text, !want, want, &b)
			}
		}
	}
}

func TestFactsOnThePage(t *testing.T) {
	var page strings.Builder
	if err := HTML(&page, runWithFacts()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<summary>1 fact contradicted</summary>`,
		`<td>the body under 404 of get (observed)<small>schema-type: expected string, got number</small></td>`,
		`<summary>1 fact confirmed</summary>`,
		`blob/HEAD/spec/t.yaml#L7">spec/t.yaml:7</a>`,
		`<summary>1 fact not shown</summary>`,
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	wellFormed(t, page.String())

	page.Reset()
	if err := HTML(&page, good()); err != nil || strings.Contains(page.String(), "h-settled") {
		t.Errorf("a run that settles nothing has the section: %v", err)
	}
}

func TestFactsAreSaved(t *testing.T) {
	run := runWithFacts()
	name := filepath.Join(t.TempDir(), "run.json")
	files, err := Open([]string{name}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Write(run); err != nil {
		t.Fatal(err)
	}

	saved, err := ReadSaved(name)
	if err != nil || saved == nil || !slices.Equal(saved.Facts, run.Facts) || saved.Contract.Hash != "a" {
		t.Errorf("got %+v, %v", saved, err)
	}
}

// What is not a report is nothing; a report that is broken is an error.
func TestReadSaved(t *testing.T) {
	name := filepath.Join(t.TempDir(), "run.json")
	for text, isReport := range map[string]bool{
		`{"name":"x"}`:                     false,
		"":                                 false,
		`{"format": "conformance-run/1", `: true,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		saved, err := ReadSaved(name)
		if saved != nil || (err != nil) != isReport {
			t.Errorf("%q: got %+v, %v", text, saved, err)
		}
	}
}

func TestMergeFacts(t *testing.T) {
	fact := func(name string, outcome Settled) Fact { return Fact{Kind: "field", Name: name, Outcome: outcome} }
	one := []Fact{fact("a", NotShown), fact("b", Confirmed), fact("c", Contradicted), fact("d", Confirmed)}
	other := []Fact{
		fact("a", Confirmed), fact("b", Contradicted), fact("c", Confirmed), fact("d", NotShown), fact("e", NotShown),
	}
	want := []Fact{
		fact("a", Confirmed), fact("b", Contradicted), fact("c", Contradicted), fact("d", Confirmed),
		fact("e", NotShown),
	}

	got := MergeFacts(one, other)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
