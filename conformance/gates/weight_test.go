package gates

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	ownModule       = "github.com/kapture-community/kapture-go"
	maxModules      = 5
	maxBinarySize   = 7_000_000
	maxWrapperLines = 3_000
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

// importer is a module that imports the client alone: the program, and one more
// for each Go block of the README. It is written once, since what the tools
// load and build for one test serves the others.
var importer = sync.OnceValues(func() (dir string, err error) {
	above, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "importer"); err != nil {
		return "", err
	}
	sums, err := os.ReadFile(filepath.Join(above, "go.sum"))
	if err != nil {
		return dir, err
	}
	files := map[string]string{
		"main.go": program,
		"go.sum":  string(sums),
		"go.mod": "module example.com/importer\n\ngo 1.26.0\n\nrequire " + ownModule + " v0.0.0\n\nreplace " +
			ownModule + " => " + above + "\n",
	}
	readme, err := os.ReadFile(filepath.Join(above, "README.md"))
	if err != nil {
		return dir, err
	}
	for i, block := range blocks(string(readme), "go") {
		files[fmt.Sprintf("readme%d/main.go", i)] = inProgram(block)
	}
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return dir, err
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			return dir, err
		}
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, _ := importer(); dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// inImporter runs go in the importing module.
func inImporter(t *testing.T, args ...string) string {
	t.Helper()
	dir, err := importer()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

func TestImportingProgramLinksAlmostNothing(t *testing.T) {
	t.Parallel()
	var modules, packages []string
	for line := range strings.Lines(inImporter(t, "list", "-deps", "-f", "{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}", ".")) {
		name, module, _ := strings.Cut(strings.TrimSpace(line), " ")
		packages, modules = append(packages, name), append(modules, module)
	}
	slices.Sort(modules)
	modules = slices.DeleteFunc(slices.Compact(modules), func(m string) bool {
		return m == "" || m == ownModule || m == "example.com/importer"
	})
	t.Logf("third-party modules of a program that imports client: %d\n%s", len(modules), strings.Join(modules, "\n"))
	if len(modules) > maxModules {
		t.Errorf("%d third-party modules, want at most %d", len(modules), maxModules)
	}
	for _, path := range packages {
		for _, banned := range []string{"getkin/kin-openapi", ownModule + "/spec", ownModule + "/conformance"} {
			if strings.Contains(path, banned) {
				t.Errorf("a program that imports client links %s", path)
			}
		}
	}
}

func TestImportingProgramIsSmall(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Logf("the limit is stated for linux/amd64, this is %s/%s: built, not measured", runtime.GOOS, runtime.GOARCH)
	}
	binary := filepath.Join(t.TempDir(), "importer")
	inImporter(t, "build", "-ldflags=-s -w", "-o", binary, ".")
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("stripped one-call program: %.2f MB", float64(info.Size())/1e6)
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" && info.Size() > maxBinarySize {
		t.Errorf("stripped one-call program is %d bytes, want at most %d", info.Size(), maxBinarySize)
	}
}

// The wrapper is thin: the lines of packages client and webhook that are written
// by hand, with their comments and blanks. The module for OpenTelemetry and the
// example programs are counted and not bounded.
func TestTheWrapperIsThin(t *testing.T) {
	lines := map[string]int{}
	err := filepath.WalkDir("../../client", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".gen.go") {
			return err
		}
		source, err := os.ReadFile(name)
		lines[filepath.ToSlash(filepath.Dir(name))] += bytes.Count(source, []byte("\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range slices.Sorted(maps.Keys(lines)) {
		t.Logf("%s: %d lines written by hand", strings.TrimPrefix(folder, "../../"), lines[folder])
	}
	total := lines["../../client"] + lines["../../client/webhook"]
	t.Logf("client and client/webhook: %d lines of %d", total, maxWrapperLines)
	if lines["../../client"] == 0 || total >= maxWrapperLines {
		t.Errorf("client and client/webhook have %d lines, want fewer than %d", total, maxWrapperLines)
	}
}
