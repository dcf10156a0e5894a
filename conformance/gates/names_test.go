package gates

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

const root = "../.."

// The same resource has the same file name in every room.
func TestResourcesHaveOneNameInEveryRoom(t *testing.T) {
	var resources []string
	for _, op := range client.Operations() {
		resources = append(resources, op.Resource)
	}
	slices.Sort(resources)
	resources = slices.Compact(resources)
	for _, pattern := range []string{"spec/*.yaml", "client/*.go", "conformance/mock/*.go", "conformance/cases/*.yaml"} {
		for _, resource := range resources {
			name := strings.ReplaceAll(pattern, "*", resource)
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s has its own name in one of the rooms: there is no %s", resource, name)
			}
		}
	}
	// Whatever else is authored belongs to all resources.
	shared := map[string][]string{"spec": {"openapi", "common", "left-out"}, "conformance/cases": nil}
	for dir, others := range shared {
		names, err := filepath.Glob(filepath.Join(root, dir, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			base := strings.TrimSuffix(filepath.Base(name), ".yaml")
			if !slices.Contains(resources, base) && !slices.Contains(others, base) {
				t.Errorf("%s/%s.yaml is named after no resource of the contract (%s)", dir, base, strings.Join(resources, ", "))
			}
		}
	}
}

// machinePaths are those that exist on one machine alone. A page may name
// /home.html; nobody's directory ends there.
var machinePaths = regexp.MustCompile(`(?m)(?:^|[\s"'` + "`" + `(=:,;<>\[])(?:file://)?(/(?:home|root|Users|work|mnt|private/var|var/folders|opt/[a-z]+)/[\w.@-]+|[A-Z]:\\Users\\)`)

// Nothing names a place on somebody's machine.
func TestNoMachinePaths(t *testing.T) {
	for text, want := range map[string]bool{
		"see " + "/home" + "/asha/notes": true, "\"" + "/Users" + "/asha\"": true, "C:" + `\Users\asha`: true,
		"https://example.com/home/page": false, "/home.html": false, "/ms/customer": false,
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
			return nil // of a work tree beside the clone: it names the clone
		}
		if entry.IsDir() {
			if base := entry.Name(); base == ".git" || base == "bin" || strings.HasSuffix(base, ".tmp") {
				return fs.SkipDir
			}
			return nil
		}
		raw, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(raw, 0) >= 0 {
			return err // a binary is no text of the project
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
		t.Errorf("looked at %d files alone", files)
	}
}

// menu is what the vendor's own menu names, in its order.
var menu = []string{
	"Add Ticket", "Update Ticket", "Get Ticket", "Pull Ticket by Date Range",
	"Add Customer", "Update Customer", "Get Customer", "Pull Customer by Date Range",
	"Add Order", "Update Order", "Pull Order",
	"Get FAQ Content", "Get FAQ Category", "Search FAQ Content",
}

// row is one of the README's table of operations.
type row struct{ api, operation, path, generation, evidence, client string }

func readmeRows(t *testing.T) (rows []row) {
	t.Helper()
	_, table, _ := strings.Cut(read(t, "README.md"), "| API | operation |")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 8 || strings.HasPrefix(line, "| ---") {
			if len(rows) > 0 {
				break
			}
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[1] == "" || cells[1] == "path" {
			continue
		}
		rows = append(rows, row{cells[1], strings.Trim(cells[2], "`"), strings.Trim(cells[3], "`"), cells[4], cells[5], cells[6]})
	}
	return rows
}

// The README's table names the menu's fourteen, and says of each operation what
// the contract and the client say.
func TestReadmeTableIsTrue(t *testing.T) {
	rows, contract := readmeRows(t), contract(t)
	named := map[string]bool{}
	for _, api := range menu {
		if n := len(slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.api != api || !strings.HasPrefix(r.generation, "2024") })); n != 1 {
			t.Errorf("the README's table has %d rows of 2024 for %q, which the vendor's menu names", n, api)
		}
	}
	for _, r := range rows {
		op, known := contract[client.Operation(r.operation)]
		if !known {
			if r.operation != "unknown" || r.path != "unknown" || r.evidence != "unknown" {
				t.Errorf("%s: the contract has no operation %s", r.api, r.operation)
			}
			continue
		}
		if r.path != op.path {
			t.Errorf("%s: %s is at %s, not at %s", r.api, r.operation, op.path, r.path)
		}
		if !strings.HasPrefix(r.evidence, string(op.evidence)) {
			t.Errorf("%s: %s is %s, not %s", r.api, r.operation, op.evidence, r.evidence)
		}
		called := regexp.MustCompile("`([A-Z]\\w*\\.\\w+)`").FindAllStringSubmatch(r.client, -1)
		for _, name := range called {
			named[name[1]] = true
			if m, listed := methods[name[1]]; !listed || string(m.operation) != r.operation {
				t.Errorf("%s: %s does not call %s", r.api, name[1], r.operation)
			}
		}
		if reason, without := strings.CutPrefix(r.client, "none"); len(called) == 0 && (!without || strings.Trim(reason, ": ") == "") {
			t.Errorf("%s names no method for %s, and no reason", r.api, r.operation)
		}
	}
	for name, m := range methods {
		if m.operation != "" && path.Ext(name) != ".AddAll" && !named[name] {
			t.Errorf("no row of the README's table names %s", name)
		}
	}
}
