package gates

import (
	"bytes"
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/spec"
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

// The table of operations has a row for each operation, with its path.
func TestReadmeHasEveryOperation(t *testing.T) {
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	readme := read(t, "README.md")
	for _, path := range doc.Paths.Keys() {
		for _, operation := range doc.Paths.Value(path).Operations() {
			if !strings.Contains(readme, "| `"+operation.OperationID+"` | `"+path+"` |") {
				t.Errorf("the README's table of operations has no row for %s at %s", operation.OperationID, path)
			}
		}
	}
}
