package gates

import (
	"bytes"
	"go/format"
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

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func blocks(text, language string) []string {
	var found []string
	for _, match := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

const theProgram = "conformance/cmd/kapture-conformance"

// subcommands gives those of the program that its own tests run.
func subcommands(t *testing.T) map[string]bool {
	t.Helper()
	sources, err := filepath.Glob(filepath.Join(root, theProgram, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	declared, tested := map[string]bool{}, ""
	for _, name := range sources {
		text := read(t, strings.TrimPrefix(filepath.ToSlash(name), root+"/"))
		if strings.HasSuffix(name, "_test.go") {
			tested += text
			continue
		}
		for _, use := range regexp.MustCompile(`\bUse: +"([a-z]+)`).FindAllStringSubmatch(text, -1) {
			declared[use[1]] = true
		}
	}
	for name := range declared {
		if !regexp.MustCompile(`"` + name + `"`).MatchString(tested) {
			delete(declared, name)
		}
	}
	return declared
}

// Every command of the README is a target that .ci/run calls, or a subcommand
// of the program whose own tests run it.
func TestReadmeCommandsExist(t *testing.T) {
	makefile, ci, subcommands := read(t, "Makefile"), read(t, ".ci/run"), subcommands(t)
	commands := 0
	for _, block := range blocks(read(t, "README.md"), "sh") {
		for line := range strings.Lines(block) {
			line, _, _ = strings.Cut(line, "#")
			fields := strings.Fields(line)
			if len(fields) > 0 && strings.Contains(fields[0], "=") {
				fields = fields[1:] // a variable before the command
			}
			if len(fields) == 0 {
				continue
			}
			commands++
			switch {
			case fields[0] == "make":
				if !strings.Contains(makefile, "\n"+fields[1]+":") {
					t.Errorf("README runs %q, which the Makefile does not have", line)
				}
				if !strings.Contains(ci, "make "+fields[1]) {
					t.Errorf("README runs %q, which .ci/run does not", line)
				}
			case strings.Join(fields[:min(3, len(fields))], " ") == "go run ./"+theProgram:
				if len(fields) < 4 || !subcommands[fields[3]] {
					t.Errorf("README runs %q, which kapture-conformance has not, or its tests do not run", line)
				}
			default:
				t.Errorf("README runs %q; nothing proves that it works", line)
			}
		}
	}
	if commands == 0 {
		t.Error("found no command in the README")
	}
}

// inProgram makes a Go block of the README a program.
func inProgram(block string) string {
	return "package main\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"log\"\n\t\"os\"\n\n\t\"github.com/kapture-community/kapture-go/client\"\n)\n\n" +
		"func main() {\n\tctx := context.Background()\n" + block + "}\n"
}

// The README's first call compiles and is formatted.
func TestReadmeFirstCallCompiles(t *testing.T) {
	t.Parallel()
	for i, block := range blocks(read(t, "README.md"), "go") {
		if lines := strings.Count(block, "\n"); i == 0 && lines > 10 {
			t.Errorf("the first call takes %d lines", lines)
		}
		source := inProgram(block)
		formatted, err := format.Source([]byte(source))
		if err != nil {
			t.Fatalf("a Go block of the README does not parse: %v\n%s", err, source)
		}
		indented := regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(block, "\t$1")
		if !bytes.Contains(formatted, []byte(indented)) {
			t.Errorf("a Go block of the README is not formatted by gofmt:\n%s", formatted)
		}
	}
	inImporter(t, "vet", "./...")
}

// What stands beside the package client is found from where a user begins: each
// folder of it, and the mock.
func TestReadmeLeadsToEverythingForUsers(t *testing.T) {
	readme, folders := read(t, "README.md"), map[string]bool{"conformance/mock": true}
	err := filepath.WalkDir(filepath.Join(root, "client"), func(name string, _ fs.DirEntry, err error) error {
		if dir := filepath.ToSlash(filepath.Dir(name)); strings.HasSuffix(name, ".go") {
			folders[strings.TrimPrefix(dir, root+"/")] = true
		}
		return err
	})
	if err != nil || len(folders) < 7 {
		t.Fatal(folders, err)
	}
	for folder := range folders {
		if !regexp.MustCompile(`\]\(` + folder + `/\w+\.go\)`).MatchString(readme) {
			t.Errorf("README has no link to %s", folder)
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^:)#]+)\)`).FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat(filepath.Join(root, link[1])); err != nil {
			t.Errorf("README leads to %s, which is not there", link[1])
		}
	}
}

// The client's overview is a guide: it names every option of a client, of a pull
// and of a bulk write, and what a user finds elsewhere.
func TestTheGuideNamesEverything(t *testing.T) {
	sources, err := filepath.Glob(filepath.Join(root, "client/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"[CustomersService.AddAll]", "[TicketsService.AddAll]", "[BulkResult]", "client/examples", "client/otel", "client/webhook", "mock.Run(t)"}
	for _, name := range sources {
		for _, option := range regexp.MustCompile(`(?m)^func ([A-Z]\w*)\(.*\) (Option|PullOption|BulkOption) \{`).FindAllStringSubmatch(read(t, strings.TrimPrefix(filepath.ToSlash(name), root+"/")), -1) {
			names = append(names, "["+option[1]+"]")
		}
	}
	if len(names) < 25 {
		t.Errorf("found only %q", names)
	}
	guide := read(t, "client/doc.go")
	for _, name := range names {
		if !strings.Contains(guide, name) {
			t.Errorf("the overview of client does not name %s", name)
		}
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
	for id, op := range contract {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.operation == string(id) }) {
			t.Errorf("the README's table has no row for %s at %s", id, op.path)
		}
	}
	for name, m := range methods {
		if m.operation != "" && path.Ext(name) != ".AddAll" && !named[name] {
			t.Errorf("no row of the README's table names %s", name)
		}
	}
}
