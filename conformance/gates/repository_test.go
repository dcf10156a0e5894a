package gates

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the directory of the repository.
const root = "../.."

// notOurs are the directories that hold what git keeps, what runs leave on this
// machine, and what others publish on npm.
var notOurs = []string{".git", ".work", "bin", "node_modules"}

// repositoryTexts returns the contents of the repository's files, without binaries,
// by their names from its root.
func repositoryTexts(t *testing.T) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		isOurs := !slices.Contains(notOurs, base) && !strings.HasSuffix(base, ".tmp")
		switch {
		case entry.IsDir() && !isOurs:
			return fs.SkipDir
		case !entry.Type().IsRegular() || base == ".git": // .git is a file in a work tree of the clone
			return nil
		}

		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		isBinary := bytes.IndexByte(text, 0) >= 0
		if !isBinary {
			texts[strings.TrimPrefix(filepath.ToSlash(name), root+"/")] = text
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// read returns the text of one file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
