package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// modulePath is the module that contains the program; programPackage is the
// program's folder in it.
const (
	modulePath     = "github.com/kapture-community/kapture-go"
	programPackage = "conformance/cmd/kapture-conformance"
)

// stamp is what the packages say about the build. It is read from the program, so
// that no package can disagree with it.
type stamp struct {
	version version
	commit  string
	time    time.Time // of the commit
}

// build is everything that one build made.
type build struct {
	tree     string // the copy of the working tree that was built
	stamp    stamp
	programs []program
	host     program
	packages []file
}

// program is the program for one platform, with the texts that every package of
// it contains.
type program struct {
	platform platform
	path     string
	data     []byte
	notices  []byte
	sbom     []byte

	goVersion string
	modules   []*debug.Module
}

// buildIn copies the working tree into a folder and builds everything there.
func buildIn(ctx context.Context, root, dir string, platforms []platform) (*build, error) {
	b := &build{tree: filepath.Join(dir, "tree")}
	if err := snapshot(ctx, root, b.tree); err != nil {
		return nil, fmt.Errorf("copying the working tree: %w", err)
	}

	host := platform{os: runtime.GOOS, arch: runtime.GOARCH}
	needed := platforms
	if !contains(platforms, host) {
		needed = append([]platform{host}, platforms...) // completions and man pages come from it
	}
	for _, p := range needed {
		made, err := buildProgram(ctx, b.tree, filepath.Join(dir, p.os+"_"+p.arch), p)
		if err != nil {
			return nil, err
		}
		if p.String() == host.String() {
			b.host = made
		}
		if contains(platforms, p) {
			b.programs = append(b.programs, made)
		}
	}

	if err := b.describe(); err != nil {
		return nil, err
	}
	if err := b.addNotices(ctx); err != nil {
		return nil, err
	}

	return b, b.pack(ctx)
}

func contains(platforms []platform, wanted platform) bool {
	for _, p := range platforms {
		if p.String() == wanted.String() {
			return true
		}
	}
	return false
}

// snapshot copies the files of the working tree that git tracks or would track.
// The copy is a repository at the same commit: Go stamps the version of a module
// only if .git is a folder, which it is not in a linked worktree.
func snapshot(ctx context.Context, root, tree string) error {
	names, err := in(root).run(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return fmt.Errorf("this is not a git repository: %w", err)
	}
	commit, err := in(root).run(ctx, "git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"clone", "--quiet", "--shared", "--no-checkout", absolute, tree},
		{"-C", tree, "update-ref", "--no-deref", "HEAD", strings.TrimSpace(commit)},
		{"-C", tree, "read-tree", "HEAD"},
	} {
		if _, err := in(root).run(ctx, "git", args...); err != nil {
			return err
		}
	}

	for name := range strings.SplitSeq(strings.TrimSuffix(names, "\x00"), "\x00") {
		err := copyFile(filepath.Join(root, name), filepath.Join(tree, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // tracked, and deleted in the working tree
			return err
		}
	}

	return nil
}

func copyFile(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", from)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}

	return os.WriteFile(to, data, info.Mode().Perm())
}

// goEnvironment returns the variables of every build, so that no setting of the
// machine changes the result.
func goEnvironment(p platform) []string {
	return []string{
		"CGO_ENABLED=0", "GOOS=" + p.os, "GOARCH=" + p.arch, "GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=",
		"GOAMD64=v1", "GOARM64=v8.0",
	}
}

func buildProgram(ctx context.Context, tree, dir string, p platform) (program, error) {
	made := program{platform: p, path: filepath.Join(dir, p.program())}
	_, err := in(tree, goEnvironment(p)...).run(ctx, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w",
		"-o", made.path, "./"+programPackage)
	if err != nil {
		return made, fmt.Errorf("building for %s: %w", p, err)
	}
	if made.data, err = os.ReadFile(made.path); err != nil {
		return made, err
	}
	info, err := buildinfo.Read(bytes.NewReader(made.data))
	if err != nil {
		return made, fmt.Errorf("%s: %w", made.path, err)
	}
	made.goVersion = info.GoVersion
	made.modules = info.Deps

	return made, nil
}

// describe reads the stamp from the program for this machine.
func (b *build) describe() error {
	info, err := buildinfo.ReadFile(b.host.path)
	if err != nil {
		return err
	}
	b.stamp.version, err = parseVersion(info.Main.Version)
	if err != nil {
		return err
	}
	b.stamp.time = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) // for a build without a commit
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.stamp.commit = setting.Value
		case "vcs.time":
			if b.stamp.time, err = time.Parse(time.RFC3339, setting.Value); err != nil {
				return fmt.Errorf("the time of the commit: %w", err)
			}
		}
	}

	return nil
}

// addNotices adds the notices and the bill of materials to each program.
func (b *build) addNotices(ctx context.Context) error {
	for i := range b.programs {
		licenses, err := licensesOf(ctx, b.tree, b.programs[i])
		if err != nil {
			return err
		}
		b.programs[i].notices = notices(licenses)
		b.programs[i].sbom, err = billOfMaterials(b.stamp, licenses)
		if err != nil {
			return err
		}
	}

	return nil
}

// pack makes every package.
func (b *build) pack(ctx context.Context) error {
	makers := []func(context.Context, *build) ([]file, error){archives, image, wheels, npmPackages, contractPackages}
	for _, maker := range makers {
		made, err := maker(ctx, b)
		if err != nil {
			return err
		}
		b.packages = append(b.packages, made...)
	}

	b.packages = sortFiles(b.packages)
	sums := ""
	for _, f := range b.packages {
		sums += sha256Hex(f.data) + "  " + f.name + "\n"
	}
	b.packages = append(b.packages, textFile("SHA256SUMS", sums))

	return nil
}

// place is where commands run.
type place struct {
	dir         string
	environment []string // in addition to the environment of this process
}

func in(dir string, environment ...string) place { return place{dir: dir, environment: environment} }

// run runs a command and returns its standard output. An error contains the end
// of everything that the command printed.
func (p place) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), p.environment...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	cmd.Stderr = &stderr
	cmd.WaitDelay = 5 * time.Second // a child that outlives it may hold its output open
	if err := cmd.Run(); err != nil {
		printed := tail(stdout.String()+stderr.String(), 40)
		return stdout.String(), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, printed)
	}

	return stdout.String(), nil
}

// tail returns the last lines of a text.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")

	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
