package draft

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the name had stays until the file is whole.
func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(name, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	file, err := Create(name, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	wantText(t, name, "old")
	if err := file.Keep(); err != nil {
		t.Fatal(err)
	}
	wantText(t, name, "new")

	for range 2 { // the second one has nothing to remove
		if err := file.Remove(); err != nil {
			t.Error(err)
		}
	}
	wantFiles(t, filepath.Dir(name))
}

func TestDiscard(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report.json")
	file, err := Create(name, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	file.Discard()
	wantFiles(t, filepath.Dir(name))
}

// A file that cannot get its name leaves nothing behind, and its error names what
// the user asked for.
func TestKeepFails(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report.json")
	file, err := Create(name, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}

	err = file.Keep()
	if err == nil {
		t.Fatal("a directory was replaced")
	}
	wantFiles(t, filepath.Dir(name), "report.json")
	said := CannotWrite(name, err).Error()
	if !strings.HasPrefix(said, name+" cannot be written: ") || strings.Contains(said, "/.") {
		t.Errorf("the error is %s", said)
	}
}

func TestCreateFails(t *testing.T) {
	folder := t.TempDir()
	for name, want := range map[string]string{
		folder:                                  "it is a directory",
		filepath.Join(folder, "none", "report"): "there is no directory " + filepath.Join(folder, "none"),
	} {
		_, err := Create(name, 0o644)
		if err == nil || !strings.HasPrefix(err.Error(), name+" cannot be written: "+want) {
			t.Errorf("%q: got %v, want %s", name, err, want)
		}
	}
	wantFiles(t, folder)
}

func wantText(t *testing.T, name, want string) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil || string(got) != want {
		t.Errorf("%s has %q, %v; want %q", name, got, err, want)
	}
}

// wantFiles compares what a folder has, with hidden files.
func wantFiles(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s has the files %q, want %q", folder, got, want)
	}
}
