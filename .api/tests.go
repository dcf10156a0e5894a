package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
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

// outcome is what became of the release's tests.
type outcome struct {
	files    int
	failures []string
	notes    []string
}

// testFile is a test file of the release, put into the tree.
type testFile struct {
	name     string         // below the module
	external bool           // of a package PACKAGE_test
	foreign  map[int]string // imports from other modules, by line
}

// oldTests puts the release's tests in the place of the tree's own and has them
// compiled and vetted. tree is changed.
func (j job) oldTests(ctx context.Context, released, tree string) (outcome, error) {
	var o outcome
	dir := filepath.Join(tree, j.module)
	files, err := j.exchangeTests(filepath.Join(released, j.module), dir)
	if err != nil {
		return o, err
	}
	o.files = len(files)
	patterns := j.patterns(dir)
	if len(files) == 0 || len(patterns) == 0 {
		return o, nil
	}
	// The first round judges, with all files in their place, so that a helper is
	// declared even where the file that has it is behind. The others only find
	// what can be vetted.
	for round := 0; ; round++ {
		problems, err := j.typecheck(ctx, dir, patterns)
		if err != nil {
			return o, err
		}
		if len(problems) == 0 {
			break
		}
		dropped := 0
		for _, name := range slices.Sorted(maps.Keys(problems)) {
			for _, f := range j.blame(files, name) {
				if err := os.Remove(filepath.Join(dir, f.name)); err != nil {
					continue // in an earlier turn
				}
				dropped++
				if round == 0 {
					o.add(f, problems[name])
				} else {
					o.notes = append(o.notes, f.name+": not vetted, since it needs a file that does not compile")
				}
			}
		}
		if dropped == 0 {
			return o, fmt.Errorf("the tree does not compile with the release's tests: %v", problems)
		}
	}
	vet, err := j.vet(ctx, dir, patterns)
	if err != nil {
		return o, err
	}
	o.failures = append(o.failures, vet...)
	slices.Sort(o.notes)
	return o, nil
}

// add enters what is wrong with a file.
func (o *outcome) add(f testFile, problems []problem) {
	if !f.external {
		o.notes = append(o.notes, fmt.Sprintf("%s: left out: it is inside its package, and does not compile: %s", f.name, problems[0].text))
		return
	}
	for _, p := range problems {
		if path := f.foreign[p.line]; path != "" {
			o.notes = append(o.notes, fmt.Sprintf("%s: left out: it imports %s, which is not required any more", f.name, path))
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

// blame gives the test files that a problem in a file is due to: the file
// itself, or, where it is none, the tests inside its package.
func (j job) blame(files []testFile, name string) []testFile {
	var out []testFile
	for _, f := range files {
		if f.name == name || !isTest(name) && !f.external && filepath.Dir(f.name) == filepath.Dir(name) {
			out = append(out, f)
		}
	}
	return out
}

// exchangeTests removes the tests of the packages in to, and puts those of from
// there, with their testdata.
func (j job) exchangeTests(from, to string) ([]testFile, error) {
	content, err := os.ReadFile(filepath.Join(to, "go.mod"))
	if err != nil {
		return nil, err
	}
	module := modfile.ModulePath(content)
	var files []testFile
	for _, p := range j.packages {
		own, err := filepath.Glob(filepath.Join(to, p, "*_test.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range own {
			if err := os.Remove(name); err != nil {
				return nil, err
			}
		}
		if !isPackage(filepath.Join(to, p)) {
			continue // it is gone, which is told already
		}
		old, err := filepath.Glob(filepath.Join(from, p, "*_test.go"))
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
		err = filepath.WalkDir(filepath.Join(from, p, "testdata"), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				if os.IsNotExist(err) {
					return nil
				}
				return err
			}
			below, err := filepath.Rel(from, name)
			if err != nil {
				return err
			}
			return copyFile(name, filepath.Join(to, below))
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

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
	f := testFile{name: filepath.ToSlash(below), external: strings.HasSuffix(parsed.Name.Name, "_test"), foreign: map[int]string{}}
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return testFile{}, err
		}
		if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") && path != module && !strings.HasPrefix(path, module+"/") {
			f.foreign[set.Position(spec.Pos()).Line] = path
		}
	}
	return f, nil
}

type problem struct {
	line int
	text string
}

// typecheck gives what does not compile, by file.
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
			p := problem{line, strings.Join(strings.Fields(e.Msg), " ")}
			if name != "" && !slices.Contains(problems[name], p) {
				problems[name] = append(problems[name], p)
			}
		}
	}
	return problems, nil
}

// position splits file:line:column and names the file below dir.
func position(dir, pos string) (string, int) {
	parts := strings.Split(pos, ":")
	if len(parts) < 3 {
		return "", 0
	}
	line, err := strconv.Atoi(parts[len(parts)-2])
	if err != nil {
		return "", 0
	}
	name := strings.Join(parts[:len(parts)-2], ":")
	if below, err := filepath.Rel(dir, name); err == nil && filepath.IsAbs(name) {
		name = below
	}
	return filepath.ToSlash(name), line
}

// vet gives what go vet finds.
func (j job) vet(ctx context.Context, dir string, patterns []string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"vet"}, patterns...)...) //nolint:gosec // the folders of packages, after ./
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil, nil
	}
	if _, ended := errors.AsType[*exec.ExitError](err); !ended {
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
