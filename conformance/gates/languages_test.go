package gates

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// languageFolders are the folders of conformance/interop, by the language of a row.
var languageFolders = map[string]string{
	"TypeScript": "ts", "Python": "python", "Java": "jvm", "Kotlin": "jvm", "Rust": "rust",
}

var (
	toolVersion = regexp.MustCompile(`(\w[\w/.-]+) (\d+(?:\.\d+)*)`)
	inBackticks = regexp.MustCompile("`([^`]+)`")
	codeWord    = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9-]{2,}`)
)

// The table of spec/README.md says for each language what `make interop` does: the
// versions are the pinned ones, and no name is in the table only.
func TestReadmeUsesWhatInteropRuns(t *testing.T) {
	_, section, _ := strings.Cut(read(t, "spec/README.md"), "## Use it from your language")
	section, _, _ = strings.Cut(section, "\n## ")
	seen := map[string]bool{}
	for line := range strings.Lines(section) {
		cells := strings.Split(line, " | ")
		language := codeWord.FindString(cells[0])
		folder, known := languageFolders[language]
		if !known {
			continue
		}
		seen[language] = true
		text := interopText(t, folder)

		for _, tool := range toolVersion.FindAllStringSubmatch(cells[0], -1) {
			name := regexp.QuoteMeta(tool[1])
			pinned := regexp.MustCompile(`(?is)\b` + name + `.{1,60}?\b` + regexp.QuoteMeta(tool[2]) + `\b`)
			if !pinned.MatchString(text) {
				t.Errorf("%s: %s %s is not what conformance/interop/%s pins", language, tool[1], tool[2], folder)
			}
		}
		for _, code := range inBackticks.FindAllStringSubmatch(line, -1) {
			code := strings.ReplaceAll(code[1], "kapture-plain.json", "")
			for _, word := range codeWord.FindAllString(code, -1) {
				if !strings.Contains(text, word) {
					t.Errorf("%s: nothing in conformance/interop/%s has %q", language, folder, word)
				}
			}
		}
	}
	if len(seen) != len(languageFolders) {
		t.Errorf("the table has the languages %v, want those of languageFolders", seen)
	}
}

// interopText is everything that a folder of conformance/interop has, but its
// locks: they name more tools than are used.
func interopText(t *testing.T, folder string) string {
	t.Helper()
	var text strings.Builder
	dir := filepath.Join(root, "conformance/interop", folder)
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		lock := strings.Contains(strings.ToLower(entry.Name()), "lock")
		if err != nil || entry.IsDir() || lock {
			return err
		}
		raw, err := os.ReadFile(name)
		text.Write(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}
