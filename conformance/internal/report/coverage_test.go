package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func covered(hash, target string, ops ...OperationCoverage) *Coverage {
	return &Coverage{
		Format:     coverageFormat,
		Contract:   Contract{Title: "Things", Version: "1", Hash: hash},
		Sources:    []Source{{Target: target}},
		Operations: ops,
	}
}

// What one run has seen is seen in the sum, on the same side of the same
// operation.
func TestCoverageAddsUp(t *testing.T) {
	sum := covered("a", "one",
		OperationCoverage{
			ID: "get", Exchanges: 2,
			Failures: Names{Seen: []string{"gone"}, Unseen: []string{"key"}},
			Response: Names{Seen: []string{"T.a"}, Unseen: []string{"T.b", "T.c"}},
		},
		OperationCoverage{ID: "add", Request: Names{Unseen: []string{"T.a"}}},
	)
	err := sum.Merge(covered("a", "two",
		OperationCoverage{
			ID: "get", Exchanges: 1,
			Failures: Names{Unseen: []string{"gone", "key"}},
			Request:  Names{Seen: []string{"T.b"}},
			Response: Names{Seen: []string{"T.c"}, Unseen: []string{"T.a", "T.b"}},
		},
		OperationCoverage{ID: "drop", Exchanges: 1},
	))
	if err != nil {
		t.Fatal(err)
	}

	get := OperationCoverage{
		ID:        "get",
		Exchanges: 3,
		Failures:  Names{Seen: []string{"gone"}, Unseen: []string{"key"}},
		Request:   Names{Seen: []string{"T.b"}, Unseen: []string{}},
		Response:  Names{Seen: []string{"T.a", "T.c"}, Unseen: []string{"T.b"}},
	}
	if got := sum.Operations[0]; !reflect.DeepEqual(got, get) {
		t.Errorf("got %+v, want %+v", got, get)
	}
	want := CoverageSum{Operations: Count{2, 3}, Failures: Count{1, 2}, Fields: Count{3, 5}}
	if got := sum.Sum(); got != want || len(sum.Sources) != 2 {
		t.Errorf("got %+v, want %+v; sources %v", got, want, sum.Sources)
	}

	err = sum.Merge(covered("b", "three"))
	if err == nil || !strings.Contains(err.Error(), "coverage of two contracts: a and b") {
		t.Errorf("got %v", err)
	}
}

// A file gets the sum of what it has and of the run.
func TestCoverageFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "coverage.json")
	run := &Run{
		Contract: Contract{Hash: "a"},
		Started:  time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Cases:    []Case{{Status: Passed, Exchanges: 4}, {Status: Skipped}},
		Coverage: []OperationCoverage{{ID: "get", Exchanges: 4, Request: Names{Seen: []string{"T.a"}}}},
	}
	for _, target := range []string{"one", "two"} {
		run.Target = target
		files := &Files{}
		if err := files.AddCoverage(name, "a"); err != nil {
			t.Fatal(err)
		}
		if err := files.Write(run); err != nil {
			t.Fatal(err)
		}
	}

	sum, err := ReadCoverage(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Sources) != 2 || sum.Operations[0].Exchanges != 8 {
		t.Fatalf("got %+v", sum)
	}
	if first := sum.Sources[0]; first.Exchanges != 4 || first.Skipped != 1 {
		t.Errorf("the first source is %+v", first)
	}
	raw, err := os.ReadFile(name)
	if err != nil || bytes.Contains(raw, []byte("null")) {
		t.Errorf("a list is null, or %v:\n%s", err, raw)
	}

	err = (&Files{}).AddCoverage(name, "b")
	if err == nil || !strings.Contains(err.Error(), "is the coverage of another contract, a") {
		t.Errorf("got %v", err)
	}
}

// A file that is something else stays as it is.
func TestFilesThatAreNotCoverage(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other.json")
	for _, text := range []string{"", "{", `{"format": "conformance-run/1"}`, `[]`} {
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := (&Files{}).AddCoverage(other, "a")
		if err == nil || !strings.Contains(err.Error(), "is not a coverage file of this version") {
			t.Errorf("%q: got %v", text, err)
		}
		if after, _ := os.ReadFile(other); string(after) != text {
			t.Errorf("%q was replaced by %q", text, after)
		}
	}
}

// Every form of a report says which contract it judged by, what was skipped, and
// how to repeat it.
func TestEveryReportSaysHowItWasMade(t *testing.T) {
	run := &Run{
		Contract:  Contract{Title: "Things", Version: "1.2.3", Hash: "sha256:abc"},
		Reproduce: []string{"kapture-conformance run --seed X"},
		Cases:     []Case{{Name: "a", Status: Passed}, {Name: "b", Status: Skipped, Reason: "it writes"}},
	}
	for suffix, skipped := range map[string]string{
		".html":  "it writes",
		".xml":   "<skipped",
		".json":  `"skipped": 1`,
		".sarif": `"skipped": 1`,
		".txt":   "skipped 1 case: it writes",
	} {
		name := filepath.Join(t.TempDir(), "report"+suffix)
		files, err := Open([]string{name}, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := files.Write(run); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"1.2.3", "sha256:abc", "kapture-conformance run --seed X", skipped} {
			if !bytes.Contains(raw, []byte(want)) {
				t.Errorf("%s: no %q", suffix, want)
			}
		}
		if suffix == ".json" && !json.Valid(raw) {
			t.Error("the JSON report is not JSON")
		}
	}
}
