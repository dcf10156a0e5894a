package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"
)

// outcome says how the release's tests fared.
type outcome struct {
	files    int
	failures []string
	notes    []string
}

func (o *outcome) print(out io.Writer) {
	for _, note := range o.notes {
		fmt.Fprintln(out, "  ~", note)
	}
	for _, failure := range o.failures {
		fmt.Fprintln(out, "  ! test of the release:", failure)
	}
}

// testFile is a test file of the release, copied into the tree.
type testFile struct {
	name     string         // relative to the module
	external bool           // of a package PACKAGE_test
	foreign  map[int]string // imports from other modules, by line
}

// oldTests replaces the tree's tests by the release's, compiles them and vets
// them. It changes tree.
func (j job) oldTests(ctx context.Context, released, tree string) (outcome, error) {
	var o outcome
	dir := filepath.Join(tree, j.module)
	files, err := j.exchangeTests(filepath.Join(released, j.module), dir)
	if err != nil {
		return o, err
	}
	o.files = len(files)
	patterns := existing(dir, j.packages)
	if len(files) == 0 || len(patterns) == 0 {
		return o, nil
	}

	// Only the first round counts failures. All files are in place then, so a
	// helper is declared even if the file that declares it does not compile as
	// a whole. The later rounds only find out which files can be vetted.
	for round := 0; ; round++ {
		problems, err := j.typecheck(ctx, dir, patterns)
		if err != nil {
			return o, err
		}
		if len(problems) == 0 {
			break
		}

		dropped := drop(dir, files, problems)
		for _, d := range dropped {
			if round == 0 {
				o.add(d.file, d.problems)
			} else {
				o.note(d.file, "not vetted, since it needs a file that does not compile")
			}
		}
		if len(dropped) == 0 {
			return o, fmt.Errorf("the tree does not compile with the release's tests: %v", problems)
		}
	}

	findings, err := j.vet(ctx, dir, patterns)
	if err != nil {
		return o, err
	}
	o.failures = append(o.failures, findings...)
	slices.Sort(o.notes)
	return o, nil
}

// droppedTest is a test file that was removed, and why.
type droppedTest struct {
	file     testFile
	problems []problem
}

// drop removes the test files that cause problems.
func drop(dir string, files []testFile, problems map[string][]problem) (dropped []droppedTest) {
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		for _, f := range responsible(files, name) {
			if err := os.Remove(filepath.Join(dir, f.name)); err != nil {
				continue // an earlier problem removed it
			}
			dropped = append(dropped, droppedTest{file: f, problems: problems[name]})
		}
	}
	return dropped
}

func (o *outcome) note(f testFile, text string) {
	o.notes = append(o.notes, f.name+": "+text)
}

// add records the problems of a file, as failures or as a note.
func (o *outcome) add(f testFile, problems []problem) {
	if !f.external {
		o.note(f, "left out: it is inside its package, and does not compile: "+problems[0].text)
		return
	}
	for _, p := range problems {
		if path := f.foreign[p.line]; path != "" {
			o.note(f, "left out: it imports "+path+", which is not required any more")
			return
		}
	}

	const shown = 5
	for i, p := range problems {
		if i == shown {
			o.failures = append(o.failures, fmt.Sprintf("%s: and %d more", f.name, len(problems)-shown))
			return
		}
		o.failures = append(o.failures, fmt.Sprintf("%s:%d: %s", f.name, p.line, p.text))
	}
}

// responsible returns the test files that cause a problem in the named file:
// the file itself, or the tests inside its package if it is not a test.
func responsible(files []testFile, name string) []testFile {
	var found []testFile
	for _, f := range files {
		inside := !isTest(name) && !f.external && filepath.Dir(f.name) == filepath.Dir(name)
		if f.name == name || inside {
			found = append(found, f)
		}
	}
	return found
}

// exchangeTests removes the test files of the packages below to and copies
// those below from, with their testdata.
func (j job) exchangeTests(from, to string) ([]testFile, error) {
	module, err := modulePath(to)
	if err != nil {
		return nil, err
	}

	var files []testFile
	for _, folder := range j.packages {
		if err := removeTests(filepath.Join(to, folder)); err != nil {
			return nil, err
		}
		if !isPackage(filepath.Join(to, folder)) {
			continue // the package is gone, which counts as a change of the API
		}

		old, err := filepath.Glob(filepath.Join(from, folder, "*_test.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range old {
			f, err := readTest(module, from, name)
			if err != nil {
				return nil, err
			}
			if err := copyFile(name, filepath.Join(to, f.name)); err != nil {
				return nil, err
			}
			files = append(files, f)
		}

		testdata := filepath.Join(folder, "testdata")
		if err := copyFolder(filepath.Join(from, testdata), filepath.Join(to, testdata)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func removeTests(dir string) error {
	own, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return err
	}
	for _, name := range own {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// copyFolder copies the files below from. It is not an error if from does not
// exist.
func copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		below, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		return copyFile(name, filepath.Join(to, below))
	})
}

// readTest reads the package and the imports of a test file below from.
func readTest(module, from, name string) (testFile, error) {
	below, err := filepath.Rel(from, name)
	if err != nil {
		return testFile{}, err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, nil, parser.ImportsOnly)
	if err != nil {
		return testFile{}, err
	}

	f := testFile{
		name:     filepath.ToSlash(below),
		external: strings.HasSuffix(parsed.Name.Name, "_test"),
		foreign:  map[int]string{},
	}
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return testFile{}, err
		}
		first, _, _ := strings.Cut(path, "/")
		standard := !strings.Contains(first, ".")
		own := path == module || strings.HasPrefix(path, module+"/")
		if !standard && !own {
			f.foreign[set.Position(spec.Pos()).Line] = path
		}
	}
	return f, nil
}

// modulePath reads the module's path from the go.mod file in dir.
func modulePath(dir string) (string, error) {
	name := filepath.Join(dir, "go.mod")
	content, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	path := modfile.ModulePath(content)
	if path == "" {
		return "", fmt.Errorf("%s names no module", name)
	}
	return path, nil
}

// problem is an error of the compiler.
type problem struct {
	line int
	text string
}

// typecheck lists what does not compile, by file.
func (j job) typecheck(ctx context.Context, dir string, patterns []string) (map[string][]problem, error) {
	cfg := j.config(ctx, dir, packages.NeedName|packages.NeedFiles|packages.NeedCompiledGoFiles|packages.NeedImports|
		packages.NeedTypes|packages.NeedTypesSizes|packages.NeedSyntax|packages.NeedTypesInfo)
	cfg.Tests = true
	found, err := packages.Load(cfg, patterns...)
	if err != nil {
		return nil, err
	}

	problems := map[string][]problem{}
	for _, pkg := range found {
		for _, e := range pkg.Errors {
			name, line := position(dir, e.Pos)
			p := problem{line: line, text: strings.Join(strings.Fields(e.Msg), " ")}
			if name != "" && !slices.Contains(problems[name], p) {
				problems[name] = append(problems[name], p)
			}
		}
	}
	return problems, nil
}

// position splits "file:line:column" and names the file relative to dir.
func position(dir, pos string) (string, int) {
	parts := strings.Split(pos, ":")
	if len(parts) < 3 {
		return "", 0
	}
	line, err := strconv.Atoi(parts[len(parts)-2])
	if err != nil {
		return "", 0
	}

	name := strings.Join(parts[:len(parts)-2], ":") // a name on Windows has a colon too
	if below, err := filepath.Rel(dir, name); err == nil && filepath.IsAbs(name) {
		name = below
	}
	return filepath.ToSlash(name), line
}

// vet runs go vet and returns what it finds.
func (j job) vet(ctx context.Context, dir string, patterns []string) ([]string, error) {
	args := append([]string{"vet"}, patterns...)
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the arguments are directories of packages, after ./
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil, nil
	}
	if _, exited := errors.AsType[*exec.ExitError](err); !exited {
		return nil, err
	}

	var findings []string
	for line := range bytes.Lines(out) {
		if text := strings.TrimSpace(string(line)); text != "" && !strings.HasPrefix(text, "#") {
			findings = append(findings, "vet: "+text)
		}
	}
	return findings, nil
}
