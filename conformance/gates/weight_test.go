package gates

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const ownModule = "github.com/kapture-community/kapture-go"

// What the client may cost the programs that import it. The size is a ratio, so
// that it means the same on every platform and with every toolchain.
const (
	maxModules   = 5
	maxSizeRatio = 1.2
)

// program makes one call with the client.
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

// bareProgram makes the same call with the standard library only: it is what
// program is compared with.
const bareProgram = `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode([]map[string]int64{{"kapture_customer_id": 700000001}}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	url := "https://acme.kapturecrm.com/search-customer-by-customer-id.html"
	req, err := http.NewRequest(http.MethodPost, url, &body)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	req.Header.Set("Authorization", "Basic "+os.Getenv("KAPTURE_TOKEN"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer resp.Body.Close()
	var found struct {
		Customer struct{ Name string } ` + "`json:\"Customer Details\"`" + `
	}
	if err := json.NewDecoder(resp.Body).Decode(&found); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(found.Customer.Name)
}
`

// importer is a module that requires only the client. It holds program in its
// top directory, bareProgram in bare/, and one program for each Go block of the
// README. All tests of this package share it, because the go command then loads
// and builds the client's dependencies once.
var importer = sync.OnceValues(func() (dir string, err error) {
	files, err := importerFiles()
	if err != nil {
		return "", err
	}
	dir, err = os.MkdirTemp("", "importer")
	if err != nil {
		return "", err
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

// importerFiles returns the files of the importing module, by name.
func importerFiles() (map[string]string, error) {
	above, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	sums, err := os.ReadFile(filepath.Join(above, "go.sum"))
	if err != nil {
		return nil, err
	}
	readme, err := os.ReadFile(filepath.Join(above, "README.md"))
	if err != nil {
		return nil, err
	}

	files := map[string]string{
		"main.go":      program,
		"bare/main.go": bareProgram,
		"go.sum":       string(sums),
		"go.mod": "module example.com/importer\n\ngo 1.26.0\n\nrequire " + ownModule + " v0.0.0\n\nreplace " +
			ownModule + " => " + above + "\n",
	}
	for i, block := range blocks(string(readme), "go") {
		files[fmt.Sprintf("readme%d/main.go", i)] = inProgram(block)
	}
	return files, nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, _ := importer(); dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// inImporter runs the go command in the importing module and returns its output.
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
	listing := inImporter(t, "list", "-deps", "-f", "{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}", ".")
	for line := range strings.Lines(listing) {
		name, module, _ := strings.Cut(strings.TrimSpace(line), " ")
		packages = append(packages, name)
		modules = append(modules, module)
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

// Both programs are built by the toolchain that runs the test, for the platform
// that it runs on.
func TestImportingProgramIsSmall(t *testing.T) {
	t.Parallel()
	size := func(name, folder string) float64 {
		binary := filepath.Join(t.TempDir(), name)
		inImporter(t, "build", "-ldflags=-s -w", "-o", binary, folder)
		info, err := os.Stat(binary)
		if err != nil {
			t.Fatal(err)
		}
		return float64(info.Size())
	}

	ours := size("importer", ".")
	bare := size("bare", "./bare")
	ratio := ours / bare
	t.Logf("stripped one-call program: %.2f MB; with net/http and encoding/json only: %.2f MB; ratio %.2f", ours/1e6,
		bare/1e6, ratio)
	if ratio > maxSizeRatio {
		t.Errorf("a one-call program is %.2f times as large as one of net/http and encoding/json, want at most %.2f",
			ratio, maxSizeRatio)
	}
}
