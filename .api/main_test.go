package main

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The test binary is the program, so that real exit codes are seen.
func TestMain(m *testing.M) {
	if os.Getenv("API_GATE_UNDER_TEST") != "" {
		main()
	}
	os.Exit(m.Run())
}

// repository is a throw-away one.
type repository struct {
	t   *testing.T
	dir string
	tmp string
}

// files by name; an empty one is removed.
type files map[string]string

// module is what the releases of these tests hold, unless they say otherwise.
var module = files{
	"go.mod":        "module example.com/m\n\ngo 1.26.0\n",
	"CHANGELOG.md":  "# Changelog\n\n## Unreleased\n",
	"thing.go":      "package m\n\n// T is a thing.\ntype T struct{ A int }\n\n// Do does it.\nfunc Do(t T) int { return inner(t.A) }\n\nfunc inner(a int) int { return a }\n\n// Version is a number.\nconst Version = \"0.1.0\"\n\n// Doer does.\ntype Doer interface{ Do() }\n",
	"sub/sub.go":    "package sub\n\n// Sub is there.\nfunc Sub() {}\n",
	"thing_test.go": "package m_test\n\nimport \"example.com/m\"\n\nvar _ = m.Do(m.T{1})\n",
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{t, t.TempDir(), t.TempDir()}
	r.git("init", "--quiet", "--initial-branch", "main")
	return r
}

// released is a repository whose last commit is tagged. What more says stands beside the module's files, or instead.
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
	cmd.Env = append(environment(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (r *repository) write(all files) {
	r.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(all)) { // a file goes before a folder of its name comes
		path, content := filepath.Join(r.dir, name), all[name]
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

// gate runs the program and gives its exit code and all that it printed.
func (r *repository) gate(args ...string) (int, string) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), os.Args[0], args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "API_GATE_UNDER_TEST=1", "TMPDIR="+r.tmp, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GOPROXY=off")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func edited(name, old, new string) files {
	return files{name: strings.Replace(module[name], old, new, 1)}
}

func TestGate(t *testing.T) {
	both := func(all ...files) files {
		sum := files{}
		for _, f := range all {
			maps.Copy(sum, f)
		}
		return sum
	}
	gone := edited("thing.go", "func Do(", "func Done(")
	announces := func(version string) files {
		return files{"CHANGELOG.md": "# Changelog\n\n## " + version + " (unreleased)\n"}
	}
	tests := map[string]struct {
		tag     string // v0.1.0 unless set
		release files  // beside the module
		change  files  // since then
		args    []string
		code    int
		says    []string
		not     string
	}{
		"nothing changed": {says: []string{"this tree against v0.1.0", "0 incompatible, 0 compatible; 1 test files", "at least v0.1.1"}},
		"an addition": {
			change: files{"more.go": "package m\n\n// More is new.\nfunc More() {}\n", "new/new.go": "package new\n"}, args: []string{"new"},
			says: []string{"+ .: More: added", "+ new: package added", "nothing is broken"},
		},
		"what is not exported": {change: edited("thing.go", "inner(t.A) }\n\nfunc inner(a", "other(t.A) }\n\nfunc other(a"), says: []string{"0 incompatible"}},
		"a function is gone": {
			change: gone, code: 1,
			says: []string{"! incompatible: .: Do: removed", "thing_test.go:5: undefined: m.Do", "BROKEN: the next version would have to be v0.2.0", "no version after v0.1.0", `"## 0.2.0 (unreleased)"`},
		},
		"a function takes something else": {change: edited("thing.go", "Do(t T)", "Do(t *T)"), code: 1, says: []string{"Do: changed from func(T) int to func(*T) int"}},
		"an interface asks for more":      {change: edited("thing.go", "{ Do() }", "{ Do(); More() }"), code: 1, says: []string{"Doer.More: added"}},
		"a package is gone":               {change: files{"sub/sub.go": ""}, code: 1, says: []string{"! incompatible: sub: package removed"}},

		"the next minor version may break before v1": {change: both(gone, announces("0.2.0")), says: []string{"Do: removed", "broken, and allowed: CHANGELOG.md announces v0.2.0"}},
		"the next patch may not":                     {change: both(gone, announces("0.1.1")), code: 1, says: []string{"CHANGELOG.md announces v0.1.1"}},
		"from v1 on a minor version may not":         {tag: "v1.2.0", change: both(gone, announces("1.3.0")), code: 1, says: []string{"would have to be v2.0.0"}},
		"from v1 on a major version may":             {tag: "v1.2.0", change: both(gone, announces("2.0.0")), says: []string{"allowed"}},

		"a name that may change":    {change: edited("thing.go", `"0.1.0"`, `"0.1.1"`), args: []string{"-except", "..Version"}, says: []string{"~ .: Version: value changed", "(may change)"}},
		"the same without that":     {change: edited("thing.go", `"0.1.0"`, `"0.1.1"`), code: 1, says: []string{"Version: value changed"}},
		"the name in another place": {change: edited("thing.go", `"0.1.0"`, `"0.1.1"`), args: []string{"-except", "sub.Version"}, code: 1},

		"a test that only compiled before": { // apidiff calls another member compatible, and so it is but for this
			change: edited("thing.go", "{ A int }", "{ A, B int }"), code: 1,
			says: []string{"+ .: T.B: added", "! test of the release: thing_test.go:5: too few values in struct literal", "0 incompatible, 1 compatible; 1 test files of the release: 1 failures"},
		},
		"a test of the release that was changed since": {
			change: both(edited("thing.go", "{ A int }", "{ A, B int }"), files{"thing_test.go": "package m_test\n"}), code: 1, says: []string{"thing_test.go:5"},
		},
		"a test that is new need not fit": {change: files{"later_test.go": "package m_test\n\nvar _ = 1\n"}, says: []string{"1 test files"}},
		"a test that go vet now refuses": {
			release: files{
				"log.go":      "package m\n\n// Log logs.\nfunc Log(text string, args ...any) {}\n",
				"log_test.go": "package m_test\n\nimport \"example.com/m\"\n\nfunc init() { m.Log(\"%d\", \"text\") }\n",
			},
			change: files{"log.go": "package m\n\nimport \"fmt\"\n\n// Log logs.\nfunc Log(text string, args ...any) { _ = fmt.Sprintf(text, args...) }\n"},
			code:   1, says: []string{"vet: ", "log_test.go:5", "wrong type string"},
		},
		"a test inside its package may fall behind": {
			release: files{"inner_test.go": "package m\n\nvar _ = inner(1)\n"}, change: edited("thing.go", "inner(t.A) }\n\nfunc inner(a", "other(t.A) }\n\nfunc other(a"),
			says: []string{"~ inner_test.go: left out: it is inside its package, and does not compile: undefined: inner", "2 test files of the release: 0 failures"},
		},
		"and so may what it lends to others": {
			release: files{
				"export_test.go": "package m\n\n// Inner is for tests.\nfunc Inner(a int) int { return inner(a) }\n",
				"use_test.go":    "package m_test\n\nimport \"example.com/m\"\n\nvar _ = m.Inner(1)\n",
			},
			change: edited("thing.go", "inner(t.A) }\n\nfunc inner(a", "other(t.A) }\n\nfunc other(a"),
			says:   []string{"export_test.go: left out", "use_test.go: not vetted", "0 failures"}, not: "!",
		},
		"a name of a test inside its package was taken": {
			release: files{"helper_test.go": "package m\n\nfunc helper() {}\n"}, change: files{"helper.go": "package m\n\nfunc helper() {}\n"},
			says: []string{"helper_test.go: left out"}, not: "!",
		},
		"a test inside its package hides what the tree uses now": {
			release: files{"max_test.go": "package m\n\nfunc max(a, b int) int { return a + b }\n"}, change: files{"more.go": "package m\n\nvar _ = max(1, 2, 3)\n"},
			says: []string{"max_test.go: left out"}, not: "!",
		},
		"a test needs a module that is not required any more": {
			release: files{
				"go.mod":          module["go.mod"] + "\nrequire example.com/helper v1.0.0\n\nreplace example.com/helper => ./helper\n",
				"helper/go.mod":   "module example.com/helper\n\ngo 1.26.0\n",
				"helper/help.go":  "package helper\n\n// Help helps.\nfunc Help() {}\n",
				"helping_test.go": "package m_test\n\nimport \"example.com/helper\"\n\nfunc init() { helper.Help() }\n",
			},
			change: files{"go.mod": module["go.mod"], "helping_test.go": "", "helper/go.mod": "", "helper/help.go": ""},
			says:   []string{"~ helping_test.go: left out: it imports example.com/helper, which is not required any more"}, not: "!",
		},
		"a test needs its testdata": {
			release: files{"testdata/deep/a.txt": "a\n", "embed_test.go": "package m_test\n\nimport _ \"embed\"\n\n//go:embed testdata/deep/a.txt\nvar _ string\n"},
			change:  files{"testdata/deep/a.txt": "", "embed_test.go": ""},
			says:    []string{"2 test files of the release: 0 failures"},
		},
		"a module in a folder": {
			tag:     "nested/v0.1.0",
			release: files{"nested/go.mod": "module example.com/m/nested\n\ngo 1.26.0\n", "nested/n.go": "package nested\n\n// N is there.\nfunc N() {}\n"},
			change:  both(gone, files{"nested/n.go": "package nested\n"}), args: []string{"-module", "nested"}, code: 1,
			says: []string{"public API of nested: this tree against nested/v0.1.0", ".: N: removed", "would have to be v0.2.0"}, not: "Do",
		},

		"a tree that does not compile":      {change: files{"thing.go": "package m\n\nfunc F() { undefined() }\n"}, code: 2, says: []string{"this tree: ", "does not compile"}},
		"a package that never was":          {args: []string{"nowhere"}, code: 2, says: []string{"nowhere is neither in the release nor in this tree"}},
		"a tag that never was":              {args: []string{"-since", "v9.9.9"}, code: 2, says: []string{"there is no tag v9.9.9"}},
		"a folder that is not the top":      {args: []string{"-root", "sub"}, code: 2, says: []string{"is not the top of a git repository"}},
		"an option that is not there":       {args: []string{"-nonsense"}, code: 2, says: []string{"nonsense"}},
		"a changelog that is no file":       {change: files{"CHANGELOG.md": "", "CHANGELOG.md/x": "x"}, code: 2, says: []string{"CHANGELOG.md"}},
		"a candidate promises nothing":      {tag: "v0.1.0-rc.1", change: gone, says: []string{"no release yet: nothing to compare"}},
		"a tag that is no version":          {tag: "vnext", change: gone, says: []string{"no release yet: nothing to compare"}},
		"the tag of a module in a folder":   {tag: "nested/v0.1.0", change: gone, says: []string{"no release yet: nothing to compare"}},
		"a change that is committed counts": {change: both(gone, files{"commit": "yes"}), code: 1, says: []string{"Do: removed"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tag := test.tag
			if tag == "" {
				tag = "v0.1.0"
			}
			r := released(t, tag, test.release)
			r.write(test.change)
			if test.change["commit"] != "" {
				r.commit()
			}
			before := r.git("status", "--porcelain") + r.git("for-each-ref") + r.git("worktree", "list")
			args := append(test.args, ".")
			if test.tag != "nested/v0.1.0" {
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
			if after := r.git("status", "--porcelain") + r.git("for-each-ref") + r.git("worktree", "list"); after != before {
				t.Errorf("the repository was changed:\n%s\nbefore:\n%s", after, before)
			}
			if left, err := os.ReadDir(r.tmp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

func TestNoRelease(t *testing.T) {
	r := newRepository(t)
	r.write(module)
	r.commit()
	if code, out := r.gate(".", "sub"); code != 0 || out != "public API: no release yet: nothing to compare\n" {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestLastReleaseIsTheHighestThatTheTreeDescendsFrom(t *testing.T) {
	r := released(t, "v0.9.0", nil)
	r.write(edited("thing.go", "func Do(", "func Done("))
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

func TestShallowCloneCannotTell(t *testing.T) {
	r := released(t, "v0.1.0", nil)
	r.commit()
	shallow := &repository{t, t.TempDir(), t.TempDir()}
	shallow.git("clone", "--quiet", "--depth", "1", "--no-tags", "file://"+r.dir, ".")
	if code, out := shallow.gate("."); code != 2 || !strings.Contains(out, "git fetch --unshallow --tags") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestOutsideARepository(t *testing.T) {
	r := &repository{t, t.TempDir(), t.TempDir()}
	if code, out := r.gate("."); code != 2 || !strings.Contains(out, "git") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if code, out := r.gate(); code != 2 || !strings.Contains(out, "no package was given") {
		t.Errorf("without packages: exit code %d:\n%s", code, out)
	}
}

// A gate that runs inside a git hook finds the hook's repository in the environment.
func TestEnvironmentNamesNoOtherRepository(t *testing.T) {
	other := released(t, "v5.0.0", nil)
	r := released(t, "v0.1.0", nil)
	t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
	if code, out := r.gate("."); code != 0 || !strings.Contains(out, "against v0.1.0") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
