package gates

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/cases"
)

// casesOf is what a question of spec/README.md says about the cases that settle
// it.
var casesOf = regexp.MustCompile("cases?\\s+((?:`[a-z0-9-]+`(?:,\\s+)?)+)\\)\\.$")

// caseNames has the names of all cases.
func caseNames(t *testing.T) map[string]bool {
	t.Helper()
	files, err := fs.Glob(cases.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}

	names := map[string]bool{}
	for _, file := range files {
		raw, err := fs.ReadFile(cases.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^  - name: (\S+)$`).FindAllSubmatch(raw, -1) {
			names[string(m[1])] = true
		}
	}
	return names
}

// Each open question of the contract names the case that would settle it, and
// there is such a case.
func TestOpenQuestionsNameTheirCase(t *testing.T) {
	known := caseNames(t)
	_, section, found := strings.Cut(read(t, "spec/README.md"), "\n### Open questions\n")
	section, _, _ = strings.Cut(section, "\n## ")
	questions := strings.Split(section, "\n- ")[1:]
	if !found || len(questions) < 10 {
		t.Fatalf("spec/README.md has %d open questions", len(questions))
	}
	for _, question := range questions {
		question = strings.TrimSpace(question)
		named := casesOf.FindStringSubmatch(question)
		if named == nil {
			t.Errorf("%q does not end with the case that would settle it", question)
			continue
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(named[1], -1) {
			if !known[m[1]] {
				t.Errorf("%q names the case %s, which does not exist", question, m[1])
			}
		}
	}
}
