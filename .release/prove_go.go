package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// proveGoInstall serves the tree as a module from a folder, and installs the
// program from there by its version, as from any module proxy.
func proveGoInstall(ctx context.Context, p *prover, dir string) (string, error) {
	files, err := moduleFiles(ctx, p.built.tree)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		if f.name == "go.mod" && strings.Contains(string(f.data), "\nreplace ") {
			return "", fmt.Errorf("go.mod has a replace directive: `go install %s@VERSION` rejects it", modulePath)
		}
	}
	proxy := filepath.Join(dir, "proxy")
	if err := writeModule(proxy, p.built.about, files); err != nil {
		return "", err
	}

	cache, err := in(dir).run(ctx, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return "", err
	}
	known, upstream, _ := strings.Cut(strings.TrimSpace(cache), "\n")
	bin := filepath.Join(dir, "bin")
	environment := []string{
		"GOBIN=" + bin, "GOMODCACHE=" + filepath.Join(dir, "modules"),
		"GOFLAGS=-trimpath", "GOWORK=off", "CGO_ENABLED=0",
		// First the module from the folder, then what this machine has of the others.
		"GOPROXY=file://" + proxy + ",file://" + filepath.ToSlash(known) + "/cache/download," + upstream,
		"GONOSUMDB=" + modulePath,
	}
	target := modulePath + "/" + programPackage + "@" + p.built.about.version.tag
	if _, err := in(dir, environment...).run(ctx, "go", "install", target); err != nil {
		return "", err
	}
	if err := p.saysVersion(ctx, dir, filepath.Join(bin, p.built.host.platform.program())); err != nil {
		return "", err
	}

	return "go install " + path.Base(programPackage) + "@" + p.built.about.version.tag, nil
}

// moduleFiles are the files of the main module: those of nested modules belong
// to other modules.
func moduleFiles(ctx context.Context, tree string) ([]file, error) {
	listed, err := in(tree).run(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	names := strings.Split(strings.TrimSuffix(listed, "\x00"), "\x00")
	nested := map[string]bool{}
	for _, name := range names {
		if path.Base(name) == "go.mod" && name != "go.mod" {
			nested[path.Dir(name)] = true
		}
	}

	var files []file
	for _, name := range names {
		if inNested(nested, name) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(tree, name))
		if os.IsNotExist(err) { // tracked, and deleted in the working tree
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: name, mode: 0o644, data: data})
	}

	return sortFiles(files), nil
}

func inNested(nested map[string]bool, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if nested[dir] {
			return true
		}
	}
	return false
}

// writeModule writes what a module proxy serves for one version; see
// go.dev/ref/mod#goproxy-protocol.
func writeModule(proxy string, a about, files []file) error {
	dir := filepath.Join(proxy, filepath.FromSlash(modulePath), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	archive, err := zipped(under(modulePath+"@"+a.version.tag, files...), a.time)
	if err != nil {
		return err
	}
	served := map[string][]byte{
		".zip":  archive,
		".info": fmt.Appendf(nil, `{"Version":%q,"Time":%q}`, a.version.tag, a.time.Format(time.RFC3339)),
	}
	for _, f := range files {
		if f.name == "go.mod" {
			served[".mod"] = f.data
		}
	}
	for suffix, data := range served {
		if err := os.WriteFile(filepath.Join(dir, a.version.tag+suffix), data, 0o644); err != nil {
			return err
		}
	}

	return os.WriteFile(filepath.Join(dir, "list"), []byte(a.version.tag+"\n"), 0o644)
}
