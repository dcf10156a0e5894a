package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// build builds the program that is measured.
func (b *Bench) build(ctx context.Context) error {
	b.Program = filepath.Join(b.Work, "kapture-conformance")
	return build{dir: b.Root, what: "./conformance/cmd/kapture-conformance", to: b.Program}.run(ctx)
}

// builtBy returns this program, built by a Go version.
func (b *Bench) builtBy(ctx context.Context, toolchain string) (string, error) {
	if sameMinor(runtime.Version(), toolchain) {
		return b.Self, nil
	}
	return b.buildOnce("bench-"+toolchain, func(to string) error {
		own := build{dir: filepath.Join(b.Root, "conformance/bench"), what: ".", to: to, toolchain: toolchain}
		err := own.run(ctx)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", errToolchain, toolchain, err)
		}
		return nil
	})
}

// buildOnce returns the path of a file that a run makes for itself. It is made by
// the first call with its name.
func (b *Bench) buildOnce(name string, build func(to string) error) (string, error) {
	path := filepath.Join(b.Work, name)
	if b.built[name] {
		return path, nil
	}
	if err := build(path); err != nil {
		return "", err
	}
	if b.built == nil {
		b.built = map[string]bool{}
	}
	b.built[name] = true
	return path, nil
}

// sameMinor reports whether two Go versions are both 1.26, for example.
func sameMinor(a, b string) bool {
	minor := func(version string) string {
		parts := strings.SplitN(version, ".", 3)
		return strings.Join(parts[:min(2, len(parts))], ".")
	}
	return minor(a) == minor(b)
}

// build is a program to build.
type build struct {
	dir       string // of the module
	what      string // the package
	to        string // the file to write
	toolchain string // the Go version; that of this program if empty
}

// run builds the program.
func (p build) run(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", p.to, p.what) //nolint:gosec // go
	cmd.Dir = p.dir
	cmd.Env = os.Environ()
	if p.toolchain != "" {
		cmd.Env = append(cmd.Env, "GOTOOLCHAIN="+p.toolchain)
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// installPeers installs what comes from npm, in the pinned versions, unless they
// are installed already.
func (b *Bench) installPeers(ctx context.Context) error {
	from := filepath.Join(b.Root, "conformance/bench/peers")
	to := filepath.Join(b.Work, "peers")
	if err := os.MkdirAll(to, 0o750); err != nil {
		return err
	}

	lock, err := os.ReadFile(filepath.Join(from, "package-lock.json"))
	if err != nil {
		return err
	}
	stamp := filepath.Join(to, "node_modules", ".installed")
	installed, err := os.ReadFile(stamp)
	if err == nil && bytes.Equal(installed, lock) {
		return nil
	}

	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o600); err != nil { //nolint:gosec // as below
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = to
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("the npm peers cannot be installed: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return os.WriteFile(stamp, lock, 0o600) //nolint:gosec // in the directory of this program
}

// npm returns the path of a file of an npm package.
func (b *Bench) npm(file string) string { return filepath.Join(b.Work, "peers/node_modules", file) }
