package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// proveGoInstall serves the tree as a module from a folder, and installs the
// program from there by its version, as from any module proxy.
func proveGoInstall(ctx context.Context, p *prover, dir string) (string, error) {
	files, err := moduleFiles(ctx, p.build.tree)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		if f.name == "go.mod" && strings.Contains(string(f.data), "\nreplace ") {
			return "", fmt.Errorf("go.mod has a replace directive: `go install %s@VERSION` rejects it", modulePath)
		}
	}
	proxy := filepath.Join(dir, "proxy")
	if err := writeModule(proxy, p.build.stamp, files); err != nil {
		return "", err
	}

	output, err := in(dir).run(ctx, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return "", err
	}
	cache, upstream, _ := strings.Cut(strings.TrimSpace(output), "\n")
	bin := filepath.Join(dir, "bin")
	environment := []string{
		"GOBIN=" + bin, "GOMODCACHE=" + filepath.Join(dir, "modules"),
		"GOFLAGS=-trimpath", "GOWORK=off", "CGO_ENABLED=0",
		// The module comes from the folder; its requirements come from the cache of this
		// machine, and only what the cache lacks from the network.
		"GOPROXY=file://" + proxy + ",file://" + filepath.ToSlash(cache) + "/cache/download," + upstream,
		"GONOSUMDB=" + modulePath,
	}
	target := modulePath + "/" + programPackage + "@" + p.build.stamp.version.tag
	if _, err := in(dir, environment...).run(ctx, "go", "install", target); err != nil {
		return "", err
	}
	if err := p.checkVersion(ctx, dir, filepath.Join(bin, p.build.host.platform.program())); err != nil {
		return "", err
	}

	return "go install " + path.Base(programPackage) + "@" + p.build.stamp.version.tag, nil
}

// moduleFiles reads the files of the main module, without those of nested modules.
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
		if errors.Is(err, fs.ErrNotExist) { // tracked, and deleted in the working tree
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
func writeModule(proxy string, s stamp, files []file) error {
	dir := filepath.Join(proxy, filepath.FromSlash(modulePath), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	archive, err := zipped(under(modulePath+"@"+s.version.tag, files...), s.time)
	if err != nil {
		return err
	}
	served := map[string][]byte{
		".zip":  archive,
		".info": fmt.Appendf(nil, `{"Version":%q,"Time":%q}`, s.version.tag, s.time.Format(time.RFC3339)),
	}
	for _, f := range files {
		if f.name == "go.mod" {
			served[".mod"] = f.data
		}
	}
	for suffix, data := range served {
		if err := os.WriteFile(filepath.Join(dir, s.version.tag+suffix), data, 0o644); err != nil {
			return err
		}
	}

	return os.WriteFile(filepath.Join(dir, "list"), []byte(s.version.tag+"\n"), 0o644)
}
