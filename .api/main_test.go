package main

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The test binary is the program, so that the tests see real exit codes.
func TestMain(m *testing.M) {
	if os.Getenv("API_GATE_UNDER_TEST") != "" {
		main()
	}
	os.Exit(m.Run())
}

// repository is a temporary git repository.
type repository struct {
	t   *testing.T
	dir string
	tmp string // where the program writes its temporary files
}

// files are contents by name. Empty contents mean that the file is removed.
type files map[string]string

// module is what the releases of these tests contain, unless a test says otherwise.
var module = files{
	"go.mod":       "module example.com/m\n\ngo 1.26.0\n",
	"CHANGELOG.md": "# Changelog\n\n## Unreleased\n",
	"thing.go": `package m

// T is a thing.
type T struct{ A int }

// Do does it.
func Do(t T) int { return inner(t.A) }

func inner(a int) int { return a }

// Version is a number.
const Version = "0.1.0"

// Doer does.
type Doer interface{ Do() }
`,
	"sub/sub.go":    "package sub\n\n// Sub is there.\nfunc Sub() {}\n",
	"thing_test.go": "package m_test\n\nimport \"example.com/m\"\n\nvar _ = m.Do(m.T{1})\n",
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{t: t, dir: t.TempDir(), tmp: t.TempDir()}
	r.git("init", "--quiet", "--initial-branch", "main")
	return r
}

// released returns a repository whose last commit is tagged. The files in more
// are added to the module's, or replace them.
func released(t *testing.T, tag string, more files) *repository {
	t.Helper()
	r := newRepository(t)
	r.write(module)
	r.write(more)
	r.commit(tag)
	return r
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(environment(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (r *repository) write(all files) {
	r.t.Helper()
	// In this order, a file is removed before a directory of its name is made.
	for _, name := range slices.Sorted(maps.Keys(all)) {
		path := filepath.Join(r.dir, name)
		content := all[name]
		if content == "" {
			if err := os.Remove(path); err != nil {
				r.t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *repository) commit(tags ...string) {
	r.t.Helper()
	r.git("add", "--all")
	r.git("commit", "--quiet", "--allow-empty", "--message", "x")
	for _, tag := range tags {
		r.git("tag", tag)
	}
}

// gate runs the program and returns its exit code and its whole output.
func (r *repository) gate(args ...string) (int, string) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), os.Args[0], args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "API_GATE_UNDER_TEST=1", "TMPDIR="+r.tmp,
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GOPROXY=off")
	out, err := cmd.CombinedOutput()
	_, exited := errors.AsType[*exec.ExitError](err)
	if err != nil && !exited {
		r.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// edited is a file of the module with one text replaced.
func edited(name, before, after string) files {
	return files{name: strings.Replace(module[name], before, after, 1)}
}

// merged puts several sets of files together.
func merged(all ...files) files {
	sum := files{}
	for _, f := range all {
		maps.Copy(sum, f)
	}
	return sum
}

// announces is a changelog whose first heading names a version.
func announces(version string) files {
	return files{"CHANGELOG.md": "# Changelog\n\n## " + version + " (unreleased)\n"}
}

// The module's function is renamed, which breaks importers.
var renamed = edited("thing.go", "func Do(", "func Done(")

// The module's unexported function is renamed, which breaks no importer.
var renamedInside = edited("thing.go", "inner(t.A) }\n\nfunc inner(a", "other(t.A) }\n\nfunc other(a")

// gateTest is one comparison.
type gateTest struct {
	tag     string // of the release; v0.1.0 if empty
	release files  // in addition to the module
	change  files  // since the release
	commit  bool   // the change is committed
	args    []string
	code    int // expected exit code
	says    []string
	not     string // text that the output must not contain
}

func TestChangesOfTheAPI(t *testing.T) {
	runGate(t, map[string]gateTest{
		"nothing changed": {
			says: []string{"this tree against v0.1.0", "0 incompatible, 0 compatible; 1 test files", "at least v0.1.1"},
		},
		"an addition": {
			change: files{"more.go": "package m\n\n// More is new.\nfunc More() {}\n", "new/new.go": "package new\n"},
			args:   []string{"new"},
			says:   []string{"+ .: More: added", "+ new: package added", "nothing is broken"},
		},
		"a change of what is not exported": {
			change: renamedInside,
			says:   []string{"0 incompatible"},
		},
		"a function is removed": {
			change: renamed,
			code:   1,
			says: []string{
				"! incompatible: .: Do: removed", "thing_test.go:5: undefined: m.Do",
				"BROKEN: the next version would have to be v0.2.0",
				"no version after v0.1.0", `"## 0.2.0 (unreleased)"`,
			},
		},
		"a parameter has another type": {
			change: edited("thing.go", "Do(t T)", "Do(t *T)"),
			code:   1,
			says:   []string{"Do: changed from func(T) int to func(*T) int"},
		},
		"an interface has another method": {
			change: edited("thing.go", "{ Do() }", "{ Do(); More() }"),
			code:   1,
			says:   []string{"Doer.More: added"},
		},
		"a package is removed": {
			change: files{"sub/sub.go": ""},
			code:   1,
			says:   []string{"! incompatible: sub: package removed"},
		},
		"a name that may change": {
			change: edited("thing.go", `"0.1.0"`, `"0.1.1"`),
			args:   []string{"-except", "..Version"},
			says:   []string{"~ .: Version: value changed", "(may change)"},
		},
		"the same name without the option": {
			change: edited("thing.go", `"0.1.0"`, `"0.1.1"`),
			code:   1,
			says:   []string{"Version: value changed"},
		},
		"the same name in another package": {
			change: edited("thing.go", `"0.1.0"`, `"0.1.1"`),
			args:   []string{"-except", "sub.Version"},
			code:   1,
		},
		"a committed change": {
			change: renamed,
			commit: true,
			code:   1,
			says:   []string{"Do: removed"},
		},
	})
}

// Package gen promises nothing, but the promised packages show some of its types.
func TestTypesThatTheAPIReaches(t *testing.T) {
	module := files{
		"gen/gen.go": `package gen

type Person struct {
	Name string
	Home *Place
}

type Place struct{ Street string }

type Query struct{ Text string }

type Embedded struct{ ID int }

type Element struct{ Number int }

type Handled struct{ Count int }

func (h *Handled) Reset() {}

type Unreached struct{ Field int }
`,
		"api.go": `package m

import "example.com/m/gen"

type Person = gen.Person

type Finder struct{ gen.Embedded }

func (f *Finder) Find(q gen.Query) map[string][]gen.Element { return nil }

type Handler interface{ Handle(h *gen.Handled) }

func unexported(u gen.Unreached) {}
`,
	}
	change := func(before, after string) files {
		return files{"gen/gen.go": strings.Replace(module["gen/gen.go"], before, after, 1)}
	}
	runGate(t, map[string]gateTest{
		"a field of an alias is removed": {
			release: module,
			change:  change("	Name string\n", ""),
			code:    1,
			says:    []string{"! incompatible: gen: Person.Name: removed", "BROKEN"},
		},
		"a field of an alias has another type": {
			release: module,
			change:  change("Name string", "Name *string"),
			code:    1,
			says:    []string{"gen: Person.Name: changed from string to *string"},
		},
		"a field of a field is removed": {
			release: module,
			change:  change("struct{ Street string }", "struct{}"),
			code:    1,
			says:    []string{"gen: Place.Street: removed"},
		},
		"a field of a parameter is removed": {
			release: module,
			change:  change("struct{ Text string }", "struct{}"),
			code:    1,
			says:    []string{"gen: Query.Text: removed"},
		},
		"a field of an embedded struct is removed": {
			release: module,
			change:  change("struct{ ID int }", "struct{}"),
			code:    1,
			says:    []string{"gen: Embedded.ID: removed"},
		},
		"a field of an element of a result is removed": {
			release: module,
			change:  change("struct{ Number int }", "struct{}"),
			code:    1,
			says:    []string{"gen: Element.Number: removed"},
		},
		"a method of a type in an interface is removed": {
			release: module,
			change:  change("func (h *Handled) Reset() {}", ""),
			code:    1,
			says:    []string{"gen: (*Handled).Reset: removed"},
		},
		"a field of an alias is added": {
			release: module,
			change:  change("	Name string\n", "	Name string\n	Email string\n"),
			says:    []string{"+ gen: Person.Email: added", "0 incompatible, 1 compatible"},
		},
		"a type that the API does not reach is removed": {
			release: module,
			change: merged(change("type Unreached struct{ Field int }", ""),
				files{"api.go": strings.Replace(module["api.go"], "func unexported(u gen.Unreached) {}", "", 1)}),
			says: []string{"0 incompatible, 0 compatible"},
			not:  "Unreached",
		},
		"a name of the other package may change": {
			release: module,
			change:  change("	Name string\n", ""),
			args:    []string{"-except", "gen.Person.Name"},
			says:    []string{"~ gen: Person.Name: removed (may change)"},
		},
		"the other package is removed": {
			release: module,
			change: files{"gen/gen.go": "", "api.go": `package m

type Person struct{ Name string }
`},
			code: 1,
			says: []string{"gen: package removed"},
		},
	})
}

func TestVersionsThatMayBreak(t *testing.T) {
	runGate(t, map[string]gateTest{
		"before v1 the next minor version": {
			change: merged(renamed, announces("0.2.0")),
			says:   []string{"Do: removed", "broken, and allowed: CHANGELOG.md announces v0.2.0"},
		},
		"before v1 not the next patch": {
			change: merged(renamed, announces("0.1.1")),
			code:   1,
			says:   []string{"CHANGELOG.md announces v0.1.1"},
		},
		"from v1 on not a minor version": {
			tag:    "v1.2.0",
			change: merged(renamed, announces("1.3.0")),
			code:   1,
			says:   []string{"would have to be v2.0.0"},
		},
		"from v1 on a major version": {
			tag:    "v1.2.0",
			change: merged(renamed, announces("2.0.0")),
			says:   []string{"allowed"},
		},
	})
}

func TestTestsOfTheRelease(t *testing.T) {
	runGate(t, map[string]gateTest{
		// apidiff calls a new field compatible, but an unkeyed literal breaks.
		"a test that no longer compiles": {
			change: edited("thing.go", "{ A int }", "{ A, B int }"),
			code:   1,
			says: []string{
				"+ .: T.B: added", "! test of the release: thing_test.go:5: too few values in struct literal",
				"0 incompatible, 1 compatible; 1 test files of the release: 1 failures",
			},
		},
		"a test that was changed since the release": {
			change: merged(edited("thing.go", "{ A int }", "{ A, B int }"), files{"thing_test.go": "package m_test\n"}),
			code:   1,
			says:   []string{"thing_test.go:5"},
		},
		"a new test does not count": {
			change: files{"later_test.go": "package m_test\n\nvar _ = 1\n"},
			says:   []string{"1 test files"},
		},
		"a test that go vet now rejects": {
			release: files{
				"log.go": "package m\n\n// Log logs.\nfunc Log(text string, args ...any) {}\n",
				"log_test.go": "package m_test\n\nimport \"example.com/m\"\n\n" +
					"func init() { m.Log(\"%d\", \"text\") }\n",
			},
			change: files{"log.go": `package m

import "fmt"

// Log logs.
func Log(text string, args ...any) { _ = fmt.Sprintf(text, args...) }
`},
			code: 1,
			says: []string{"vet: ", "log_test.go:5", "wrong type string"},
		},
		"a test inside its package may stop compiling": {
			release: files{"inner_test.go": "package m\n\nvar _ = inner(1)\n"},
			change:  renamedInside,
			says: []string{
				"~ inner_test.go: left out: it is inside its package, and does not compile: undefined: inner",
				"2 test files of the release: 0 failures",
			},
		},
		"and so may the tests that use it": {
			release: files{
				"export_test.go": "package m\n\n// Inner is for tests.\nfunc Inner(a int) int { return inner(a) }\n",
				"use_test.go":    "package m_test\n\nimport \"example.com/m\"\n\nvar _ = m.Inner(1)\n",
			},
			change: renamedInside,
			says:   []string{"export_test.go: left out", "use_test.go: not vetted", "0 failures"},
			not:    "!",
		},
		"a test inside its package declares a name that the tree now has": {
			release: files{"helper_test.go": "package m\n\nfunc helper() {}\n"},
			change:  files{"helper.go": "package m\n\nfunc helper() {}\n"},
			says:    []string{"helper_test.go: left out"},
			not:     "!",
		},
		"a test inside its package hides a name that the tree now uses": {
			release: files{"max_test.go": "package m\n\nfunc max(a, b int) int { return a + b }\n"},
			change:  files{"more.go": "package m\n\nvar _ = max(1, 2, 3)\n"},
			says:    []string{"max_test.go: left out"},
			not:     "!",
		},
		"a test needs a module that is no longer required": {
			release: files{
				"go.mod": module["go.mod"] +
					"\nrequire example.com/helper v1.0.0\n\nreplace example.com/helper => ./helper\n",
				"helper/go.mod":   "module example.com/helper\n\ngo 1.26.0\n",
				"helper/help.go":  "package helper\n\n// Help helps.\nfunc Help() {}\n",
				"helping_test.go": "package m_test\n\nimport \"example.com/helper\"\n\nfunc init() { helper.Help() }\n",
			},
			change: files{"go.mod": module["go.mod"], "helping_test.go": "", "helper/go.mod": "", "helper/help.go": ""},
			says:   []string{"~ helping_test.go: left out: it imports example.com/helper, which is not required"},
			not:    "!",
		},
		"a test needs its testdata": {
			release: files{
				"testdata/deep/a.txt": "a\n",
				"embed_test.go": "package m_test\n\nimport _ \"embed\"\n\n" +
					"//go:embed testdata/deep/a.txt\nvar _ string\n",
			},
			change: files{"testdata/deep/a.txt": "", "embed_test.go": ""},
			says:   []string{"2 test files of the release: 0 failures"},
		},
	})
}

func TestModules(t *testing.T) {
	runGate(t, map[string]gateTest{
		"a module in a directory": {
			tag: "nested/v0.1.0",
			release: files{
				"nested/go.mod": "module example.com/m/nested\n\ngo 1.26.0\n",
				"nested/n.go":   "package nested\n\n// N is there.\nfunc N() {}\n",
			},
			change: merged(renamed, files{"nested/n.go": "package nested\n"}),
			args:   []string{"-module", "nested"},
			code:   1,
			says: []string{
				"public API of nested: this tree against nested/v0.1.0",
				".: N: removed", "would have to be v0.2.0",
			},
			not: "Do",
		},
		"the tag of a module in a directory": {
			tag:    "nested/v0.1.0",
			change: renamed,
			says:   []string{"no release yet: nothing to compare"},
		},
		"a release candidate promises nothing": {
			tag:    "v0.1.0-rc.1",
			change: renamed,
			says:   []string{"no release yet: nothing to compare"},
		},
		"a tag that is not a version": {
			tag:    "vnext",
			change: renamed,
			says:   []string{"no release yet: nothing to compare"},
		},
	})
}

func TestComparisonsThatCannotBeMade(t *testing.T) {
	runGate(t, map[string]gateTest{
		"a tree that does not compile": {
			change: files{"thing.go": "package m\n\nfunc F() { undefined() }\n"},
			code:   2,
			says:   []string{"this tree: ", "does not compile"},
		},
		"a package that never existed": {
			args: []string{"nowhere"},
			code: 2,
			says: []string{"nowhere is neither in the release nor in this tree"},
		},
		"a tag that does not exist": {
			args: []string{"-since", "v9.9.9"},
			code: 2,
			says: []string{"there is no tag v9.9.9"},
		},
		"a directory that is not the top": {
			args: []string{"-root", "sub"},
			code: 2,
			says: []string{"is not the top of a git repository"},
		},
		"an unknown option": {
			args: []string{"-nonsense"},
			code: 2,
			says: []string{"nonsense"},
		},
		"a changelog that is not a file": {
			change: files{"CHANGELOG.md": "", "CHANGELOG.md/x": "x"},
			code:   2,
			says:   []string{"CHANGELOG.md"},
		},
	})
}

// runGate makes each comparison in its own repository.
func runGate(t *testing.T, tests map[string]gateTest) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := released(t, cmp.Or(test.tag, "v0.1.0"), test.release)
			r.write(test.change)
			if test.commit {
				r.commit()
			}
			before := r.state()

			args := append(slices.Clone(test.args), ".")
			if !slices.Contains(test.args, "-module") {
				args = append(args, "sub")
			}
			code, out := r.gate(args...)

			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			for _, s := range test.says {
				if !strings.Contains(out, s) {
					t.Errorf("does not say %q", s)
				}
			}
			if test.not != "" && strings.Contains(out, test.not) {
				t.Errorf("says %q", test.not)
			}
			if after := r.state(); after != before {
				t.Errorf("the repository was changed:\n%s\nbefore:\n%s", after, before)
			}
			if left, err := os.ReadDir(r.tmp); err != nil || len(left) > 0 {
				t.Errorf("temporary files remain: %v, %v", left, err)
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

// state is what git knows of the repository.
func (r *repository) state() string {
	return r.git("status", "--porcelain") + r.git("for-each-ref") + r.git("worktree", "list")
}

func TestNoRelease(t *testing.T) {
	r := newRepository(t)
	r.write(module)
	r.commit()
	if code, out := r.gate(".", "sub"); code != 0 || out != "public API: no release yet: nothing to compare\n" {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestLastRelease(t *testing.T) {
	r := released(t, "v0.9.0", nil)
	r.write(renamed)
	r.write(files{"thing_test.go": ""})
	r.commit("v0.10.0", "v0.11.0-rc.1")
	r.git("switch", "--quiet", "--create", "other")
	r.write(module)
	r.commit("v0.12.0")
	r.git("switch", "--quiet", "main")
	if code, out := r.gate("."); code != 0 || !strings.Contains(out, "against v0.10.0") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if code, out := r.gate("-since", "v0.9.0", "."); code != 1 || !strings.Contains(out, "Do: removed") {
		t.Errorf("-since: exit code %d:\n%s", code, out)
	}
}

func TestShallowClone(t *testing.T) {
	r := released(t, "v0.1.0", nil)
	r.commit()
	shallow := &repository{t: t, dir: t.TempDir(), tmp: t.TempDir()}
	shallow.git("clone", "--quiet", "--depth", "1", "--no-tags", "file://"+r.dir, ".")
	if code, out := shallow.gate("."); code != 2 || !strings.Contains(out, "git fetch --unshallow --tags") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestOutsideARepository(t *testing.T) {
	r := &repository{t: t, dir: t.TempDir(), tmp: t.TempDir()}
	if code, out := r.gate("."); code != 2 || !strings.Contains(out, "git") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestWithoutPackages(t *testing.T) {
	r := &repository{t: t, dir: t.TempDir(), tmp: t.TempDir()}
	if code, out := r.gate(); code != 2 || !strings.Contains(out, "no package was given") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// A gate that runs inside a git hook inherits variables that name the hook's
// repository.
func TestEnvironmentNamesNoOtherRepository(t *testing.T) {
	other := released(t, "v5.0.0", nil)
	r := released(t, "v0.1.0", nil)
	t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
	if code, out := r.gate("."); code != 0 || !strings.Contains(out, "against v0.1.0") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
