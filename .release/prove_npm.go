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
	host, _ := findPlatform(p.built.host.platform.String())
	var archives []string
	for _, name := range []string{platformPackage(host), "conformance-[0-9]*", "contract"} {
		archive, err := p.find("kapture-community-" + strings.TrimSuffix(name, "-[0-9]*") + "-[0-9]*.tgz")
		if err != nil {
			return "", errSkipped{"the build is not for this platform"}
		}
		archives = append(archives, archive)
	}
	tests := filepath.Join(p.built.tree, ".release", "npm", "tests")
	if err := os.CopyFS(dir, os.DirFS(tests)); err != nil {
		return "", err
	}

	quiet := []string{"--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"}
	// Offline: the packages of other platforms are optional, and not to be
	// fetched from elsewhere under names that are ours.
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
	if err := p.saysVersion(ctx, dir, command); err != nil {
		return "", err
	}

	// Without the program there is a reason, not a stack.
	if err := os.RemoveAll(filepath.Join(dir, "node_modules", npmScope, platformPackage(host))); err != nil {
		return "", err
	}
	_, err := in(dir).run(ctx, command, "version")
	if err == nil || !strings.Contains(err.Error(), "is not installed: there is no program for this platform") {
		return "", fmt.Errorf("without the platform's package the command says: %s", fmt.Sprint(err))
	}

	return "npm, node --test, tsc --strict and vitest; the mock ends with a killed process and keeps none running", nil
}
