package gates

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const (
	ownModule     = "github.com/kapture-community/kapture-go"
	maxModules    = 5
	maxBinarySize = 7_000_000
)

const program = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/kapture-community/kapture-go/client"
)

func main() {
	c, err := client.New("acme", client.WithToken(os.Getenv("KAPTURE_TOKEN")))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	customer, err := c.Customers.Get(context.Background(), client.CustomerByID(700000001))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(customer.Name)
}
`

// importer writes a program that imports the client alone, in a module of its
// own, and gives a function that runs go in it.
func importer(t *testing.T) func(args ...string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"main.go": program,
		"go.sum":  string(sums),
		"go.mod": "module example.com/importer\n\ngo 1.26.0\n\nrequire " + ownModule + " v0.0.0\n\nreplace " +
			ownModule + " => " + root + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go %s: %v", strings.Join(args, " "), err)
		}
		return string(out)
	}
}

func TestImportingProgramLinksAlmostNothing(t *testing.T) {
	run := importer(t)
	modules := strings.Fields(run("list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "."))
	slices.Sort(modules)
	modules = slices.DeleteFunc(slices.Compact(modules), func(m string) bool {
		return m == ownModule || m == "example.com/importer"
	})
	t.Logf("third-party modules of a program that imports client: %d\n%s", len(modules), strings.Join(modules, "\n"))
	if len(modules) > maxModules {
		t.Errorf("%d third-party modules, want at most %d", len(modules), maxModules)
	}
	for _, path := range strings.Fields(run("list", "-deps", ".")) {
		for _, banned := range []string{"getkin/kin-openapi", ownModule + "/spec", ownModule + "/conformance"} {
			if strings.Contains(path, banned) {
				t.Errorf("a program that imports client links %s", path)
			}
		}
	}
}

func TestImportingProgramIsSmall(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Logf("the limit is stated for linux/amd64, this is %s/%s: built, not measured", runtime.GOOS, runtime.GOARCH)
	}
	run := importer(t)
	binary := filepath.Join(t.TempDir(), "importer")
	run("build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("stripped one-call program: %.2f MB", float64(info.Size())/1e6)
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" && info.Size() > maxBinarySize {
		t.Errorf("stripped one-call program is %d bytes, want at most %d", info.Size(), maxBinarySize)
	}
}
