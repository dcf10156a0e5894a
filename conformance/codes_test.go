package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCodesAreExplained compares the constants, the explanations and the codes
// in use.
func TestCodesAreExplained(t *testing.T) {
	sources := sources(t)
	declared := map[string]string{}
	for _, match := range regexp.MustCompile(`(Code\w+) += "(.*)"`).FindAllStringSubmatch(sources["codes.go"], -1) {
		declared[match[1]] = match[2]
	}
	delete(sources, "codes.go")
	delete(sources, "explain.go")
	used := map[string]bool{}
	for _, text := range sources {
		for _, name := range regexp.MustCompile(`\bCode\w+`).FindAllString(text, -1) {
			used[name] = true
		}
	}

	for name, code := range declared {
		e, ok := Explain(code)
		if !ok || e.Code != code || e.Title == "" || e.Meaning == "" || e.Fault == "" || e.Next == "" {
			t.Errorf("%s (%q) is not explained", name, code)
		}
		ofRunners := name == "CodeNoResponse" || name == "CodeCaseExpectation" || strings.HasPrefix(name, "CodeClient")
		if used[name] == ofRunners {
			t.Errorf("%s: used %v", name, used[name])
		}
	}
	if list := Codes(); len(list) != len(declared) || !slices.IsSorted(list) {
		t.Errorf("%d codes, %d explanations", len(declared), len(list))
	}
	if _, ok := Explain("nothing"); ok {
		t.Error("an unknown code is explained")
	}
}

// The engine stays generic: it and its tests may only name the module. The
// examples of Transport and Handler use the real contract and its mock, as their
// readers do.
func TestKnowsNothingOfTheVendor(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	vendor := "kap" + "ture"
	for _, file := range files {
		if file == "passing_test.go" {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(strings.ToLower(string(raw))) {
			isImport := strings.HasPrefix(line, "\t\"github.com/")
			if strings.Contains(line, vendor) && !isImport {
				t.Errorf("%s names the vendor: %s", file, line)
			}
		}
	}
}

// sources returns the text of the package's files, but for its tests.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(raw)
	}
	return texts
}
