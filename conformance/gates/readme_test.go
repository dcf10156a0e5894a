package gates

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// blocks returns the blocks of code in a language.
func blocks(text, language string) []string {
	var found []string
	for _, match := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

const theProgram = "conformance/cmd/kapture-conformance"

// subcommands are those of the program that its own tests run.
func subcommands(t *testing.T) map[string]bool {
	t.Helper()
	sources, err := filepath.Glob(filepath.Join(root, theProgram, "*.go"))
	if err != nil {
		t.Fatal(err)
	}

	declared := map[string]bool{}
	tested := ""
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

// Every command of the README is a target of the Makefile that .ci/run calls, or a
// subcommand of the program that its own tests run.
func TestReadmeCommandsExist(t *testing.T) {
	makefile := read(t, "Makefile")
	ci := read(t, ".ci/run")
	subcommands := subcommands(t)
	commands := readmeCommands(t)
	for _, fields := range commands {
		command := strings.Join(fields, " ")
		program := strings.Join(fields[:min(3, len(fields))], " ")
		switch {
		case fields[0] == "make":
			if !strings.Contains(makefile, "\n"+fields[1]+":") {
				t.Errorf("README runs %q, which the Makefile does not have", command)
			}
			if !strings.Contains(ci, "make "+fields[1]) {
				t.Errorf("README runs %q, which .ci/run does not", command)
			}
		case program == "go run ./"+theProgram:
			if len(fields) < 4 || !subcommands[fields[3]] {
				t.Errorf("README runs %q, which kapture-conformance does not have, or its tests do not run", command)
			}
		default:
			t.Errorf("README runs %q; nothing proves that it works", command)
		}
	}
	if len(commands) == 0 {
		t.Error("found no command in the README")
	}
}

// readmeCommands lists the commands of the README, each as its words, without
// comments and without a variable before the command.
func readmeCommands(t *testing.T) [][]string {
	t.Helper()
	var commands [][]string
	for _, block := range blocks(read(t, "README.md"), "sh") {
		for line := range strings.Lines(block) {
			line, _, _ := strings.Cut(line, "#")
			fields := strings.Fields(line)
			if len(fields) > 0 && strings.Contains(fields[0], "=") {
				fields = fields[1:]
			}
			if len(fields) > 0 {
				commands = append(commands, fields)
			}
		}
	}
	return commands
}

// programHead is the beginning of a program for a block that is not a whole one.
const programHead = `package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/kapture-community/kapture-go/client"
)

func main() {
	ctx := context.Background()
`

// inProgram makes a Go block of the README a program.
func inProgram(block string) string {
	if strings.HasPrefix(block, "package ") {
		return block // a whole program
	}
	return programHead + block + "}\n"
}

// The README's programs compile and are formatted.
func TestReadmeProgramsCompile(t *testing.T) {
	t.Parallel()
	for i, block := range blocks(read(t, "README.md"), "go") {
		if i == 0 && !strings.HasPrefix(block, "package main\n") {
			t.Error("the README's first Go block is not a whole program")
		}
		source := inProgram(block)
		formatted, err := format.Source([]byte(source))
		if err != nil {
			t.Fatalf("a Go block of the README does not parse: %v\n%s", err, source)
		}
		shown := regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(block, "\t$1")
		if strings.HasPrefix(block, "package ") {
			shown = block
		}
		if !bytes.Contains(formatted, []byte(shown)) {
			t.Errorf("a Go block of the README is not formatted by gofmt:\n%s", formatted)
		}
	}
	inImporter(t, "vet", "./...")
}

// README links to every package for users: those below client, and the mock.
func TestReadmeLinksToEverythingForUsers(t *testing.T) {
	readme := read(t, "README.md")
	folders := map[string]bool{"conformance/mock": true}
	err := filepath.WalkDir(filepath.Join(root, "client"), func(name string, _ fs.DirEntry, err error) error {
		if dir := filepath.ToSlash(filepath.Dir(name)); strings.HasSuffix(name, ".go") &&
			!strings.Contains(dir, "/internal/") {
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
			t.Errorf("README links to %s, which does not exist", link[1])
		}
	}
}

// The overview of package client is a guide: it names every option of a client, of
// a pull and of a bulk write, and the related packages.
func TestTheGuideNamesEverything(t *testing.T) {
	sources, err := filepath.Glob(filepath.Join(root, "client/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{
		"[CustomersService.AddAll]", "[TicketsService.AddAll]", "[BulkResult]",
		"client/examples", "client/otel", "client/webhook", "mock.Run(t)",
	}
	option := regexp.MustCompile(`(?m)^func ([A-Z]\w*)\(.*\) (Option|PullOption|BulkOption) \{`)
	for _, name := range sources {
		text := read(t, strings.TrimPrefix(filepath.ToSlash(name), root+"/"))
		for _, match := range option.FindAllStringSubmatch(text, -1) {
			names = append(names, "["+match[1]+"]")
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

// README names every page of the vendor's menu: in the table of operations, which
// is generated, or next to it, for pages that could not be had.
func TestReadmeNamesTheMenu(t *testing.T) {
	_, section, found := strings.Cut(read(t, "README.md"), "\n## Operations\n")
	if !found {
		t.Fatal("README has no section Operations")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	text, table, _ := strings.Cut(section, "<!-- operations:")
	for _, page := range menu {
		inTable := regexp.MustCompile(`[|;] ` + page + ` \([^)]*2024`).MatchString(table)
		if !inTable && !strings.Contains(text, page) {
			t.Errorf("README does not name %s, which is in the vendor's menu", page)
		}
	}
}
