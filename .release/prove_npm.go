package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// proveNPM installs the packages into a fresh project, and uses them with the
// test runner of Node.js, with vitest, and from TypeScript at its strictest.
func proveNPM(ctx context.Context, p *prover, dir string) (string, error) {
	host, _ := findPlatform(p.build.host.platform.String())
	var archives []string
	for _, name := range []string{platformPackage(host), "conformance", "contract"} {
		archive, err := p.find("kapture-community-" + name + "-[0-9]*.tgz")
		if err != nil {
			return "", skippedError{"the build is not for this platform"}
		}
		archives = append(archives, archive)
	}
	tests := filepath.Join(p.build.tree, ".release", "npm", "tests")
	if err := os.CopyFS(dir, os.DirFS(tests)); err != nil {
		return "", err
	}

	quiet := []string{"--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"}
	// Offline: npm must not fetch the packages of other platforms, which are optional,
	// from a registry where somebody else may have their names.
	install := append([]string{"install", "--no-save", "--offline"}, quiet...)
	for _, args := range [][]string{
		append([]string{"npm", "ci", "--prefer-offline"}, quiet...),
		append(append([]string{"npm"}, install...), archives...),
		{"npm", "run", "--silent", "test"},
		{"npm", "run", "--silent", "types"},
		{"npm", "run", "--silent", "vitest"},
	} {
		if _, err := in(dir, "NO_COLOR=1").run(ctx, args[0], args[1:]...); err != nil {
			return "", err
		}
	}
	command := filepath.Join(dir, "node_modules", ".bin", "kapture-conformance")
	if err := p.checkVersion(ctx, dir, command); err != nil {
		return "", err
	}

	// Without the package for the platform, the command must say so.
	if err := os.RemoveAll(filepath.Join(dir, "node_modules", npmScope, platformPackage(host))); err != nil {
		return "", err
	}
	_, err := in(dir).run(ctx, command, "version")
	if err == nil || !strings.Contains(err.Error(), "is not installed: there is no program for this platform") {
		return "", fmt.Errorf("without the platform's package the command says: %s", fmt.Sprint(err))
	}

	return "npm, node --test, tsc --strict and vitest; the mock ends with a killed process and keeps none running", nil
}
