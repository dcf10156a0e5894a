package gates

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

const root = "../.."

// A resource has the same file name in every directory.
func TestResourcesHaveOneName(t *testing.T) {
	var resources []string
	for _, op := range client.Operations() {
		resources = append(resources, op.Resource)
	}
	slices.Sort(resources)
	resources = slices.Compact(resources)

	patterns := []string{"spec/*.yaml", "client/*.go", "conformance/mock/*.go", "conformance/cases/*.yaml"}
	for _, pattern := range patterns {
		for _, resource := range resources {
			name := strings.ReplaceAll(pattern, "*", resource)
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("the resource %s has another name in one directory: there is no %s", resource, name)
			}
		}
	}

	// Other authored files belong to all resources.
	shared := map[string][]string{"spec": {"openapi", "common", "left-out"}, "conformance/cases": nil}
	for dir, others := range shared {
		names, err := filepath.Glob(filepath.Join(root, dir, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			base := strings.TrimSuffix(filepath.Base(name), ".yaml")
			if !slices.Contains(resources, base) && !slices.Contains(others, base) {
				t.Errorf("%s/%s.yaml does not have the name of a resource (%s)", dir, base,
					strings.Join(resources, ", "))
			}
		}
	}
}

// machinePaths matches paths that exist only on one machine. A page may name
// /home.html, which is not a directory.
var machinePaths = regexp.MustCompile(`(?m)(?:^|[\s"'` + "`" + `(=:,;<>\[])(?:file://)?(/(?:home|root|Users|work|mnt|private/var|var/folders|opt/[a-z]+)/[\w.@-]+|[A-Z]:\\Users\\)`)

// No file names a place on somebody's machine.
func TestNoMachinePaths(t *testing.T) {
	for text, want := range map[string]bool{
		"see " + "/home" + "/asha/notes": true,
		"\"" + "/Users" + "/asha\"":      true,
		"C:" + `\Users\asha`:             true,
		"https://example.com/home/page":  false,
		"/home.html":                     false,
		"/ms/customer":                   false,
	} {
		if machinePaths.MatchString(text) != want {
			t.Errorf("%q is a machine's path: %v, want %v", text, !want, want)
		}
	}

	files := 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == ".git" && !entry.IsDir() {
			return nil // a work tree of the clone, which it names
		}
		if entry.IsDir() {
			// What runs of this machine leave, and what others publish on npm.
			left := []string{".git", ".work", "bin", "node_modules"}
			if base := entry.Name(); slices.Contains(left, base) || strings.HasSuffix(base, ".tmp") {
				return fs.SkipDir
			}
			return nil
		}
		raw, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(raw, 0) >= 0 {
			return err // a binary is not a text of the project
		}
		files++
		for _, found := range machinePaths.FindAllSubmatchIndex(raw, -1) {
			line := 1 + bytes.Count(raw[:found[2]], []byte("\n"))
			t.Errorf("%s:%d names %s", strings.TrimPrefix(filepath.ToSlash(name), root+"/"), line, raw[found[2]:found[3]])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("looked at only %d files", files)
	}
}
