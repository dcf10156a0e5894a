package gates

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// resources lists the resources of the client's operations.
func resources() []string {
	var list []string
	for _, op := range client.Operations() {
		list = append(list, op.Resource)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A resource has the same file name in every directory.
func TestResourcesHaveOneName(t *testing.T) {
	patterns := []string{"spec/*.yaml", "client/*.go", "conformance/mock/*.go", "conformance/cases/*.yaml"}
	for _, pattern := range patterns {
		for _, resource := range resources() {
			name := strings.ReplaceAll(pattern, "*", resource)
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("the resource %s has another name in one directory: there is no %s", resource, name)
			}
		}
	}
}

// Every other authored file belongs to all resources.
func TestAuthoredFilesAreOfResources(t *testing.T) {
	shared := map[string][]string{"spec": {"openapi", "common", "left-out"}, "conformance/cases": nil}
	for dir, others := range shared {
		names, err := filepath.Glob(filepath.Join(root, dir, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			base := strings.TrimSuffix(filepath.Base(name), ".yaml")
			if !slices.Contains(resources(), base) && !slices.Contains(others, base) {
				t.Errorf("%s/%s.yaml does not have the name of a resource (%s)", dir, base,
					strings.Join(resources(), ", "))
			}
		}
	}
}

// machinePaths matches paths that exist only on one machine. A page may name
// /home.html, which is not a directory.
var machinePaths = regexp.MustCompile(`(?m)(?:^|[\s"'` + "`" + `(=:,;<>\[])(?:file://)?` +
	`(/(?:home|root|Users|work|mnt|private/var|var/folders|opt/[a-z]+)/[\w.@-]+|[A-Z]:\\Users\\)`)

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

	texts := repositoryTexts(t)
	for name, text := range texts {
		for _, found := range machinePaths.FindAllSubmatchIndex(text, -1) {
			line := 1 + bytes.Count(text[:found[2]], []byte("\n"))
			t.Errorf("%s:%d names %s", name, line, text[found[2]:found[3]])
		}
	}
	if len(texts) < 100 {
		t.Errorf("looked at only %d files", len(texts))
	}
}
