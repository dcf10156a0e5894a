package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/spec/contract"
)

func TestReadmeTable(t *testing.T) {
	operations := []operation{
		{contract.Operation{
			ID:   "getThing",
			Path: "/get",
			Evidence: contract.Evidence{
				Documented: []string{"Get Thing API (2024)", "Find Thing API (2016)", "Get Thing API (2021)"},
				Inferred:   []string{"so"},
			},
		}},
		{contract.Operation{ID: "addThing", Path: "/add", Evidence: contract.Evidence{Observed: []string{"callers"}}}},
	}
	calls := map[string][]string{"OpGetThing": {"Things.Get", "Things.GetMany"}}

	readme := filepath.Join(t.TempDir(), "README.md")
	const text = "before\n" + tableBegins + "an old table\n" + tableEnds + "after\n"
	if err := os.WriteFile(readme, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeReadme(readme, readme, operations, calls); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	const want = "before\n" + tableBegins + "\n" +
		"| operation | pages | path | evidence | client |\n" +
		"| --- | --- | --- | --- | --- |\n" +
		"| `getThing` | Get Thing (2024, 2021); Find Thing (2016) | `/get` | documented, inferred | " +
		"`Things.Get`, `Things.GetMany` |\n" +
		"| `addThing` | none | `/add` | observed | none: `Client.Raw` |\n\n" + tableEnds + "after\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReadmeWithoutAPlaceForTheTable(t *testing.T) {
	readme := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(readme, []byte("text\n"+tableEnds), 0o600); err != nil {
		t.Fatal(err)
	}
	err := writeReadme(readme, readme, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "operations: written by") {
		t.Errorf("got %v", err)
	}
}
