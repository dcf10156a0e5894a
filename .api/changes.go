package main

import (
	"context"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/tools/go/packages"
)

// change is one of what a package exports, named with its package.
type change struct {
	apidiff.Change
	excepted bool
}

// changes compares what the packages export.
func (j job) changes(ctx context.Context, released, tree string) ([]change, error) {
	before, err := j.load(ctx, released)
	if err != nil {
		return nil, fmt.Errorf("the release: %w", err)
	}
	now, err := j.load(ctx, tree)
	if err != nil {
		return nil, fmt.Errorf("this tree: %w", err)
	}
	var all []change
	for _, p := range j.packages {
		switch was, is := before[p], now[p]; {
		case was == nil && is == nil:
			return nil, fmt.Errorf("package %s is neither in the release nor in this tree", p)
		case was == nil:
			all = append(all, change{Change: apidiff.Change{Message: p + ": package added", Compatible: true}})
		case is == nil:
			all = append(all, change{Change: apidiff.Change{Message: p + ": package removed"}})
		default:
			for _, c := range apidiff.Changes(was, is).Changes {
				name, _, _ := strings.Cut(c.Message, ":")
				c.Message = p + ": " + c.Message
				all = append(all, change{c, slices.Contains(j.except, p+"."+name)})
			}
		}
	}
	return all, nil
}

// load gives the types of those of the packages that are there.
func (j job) load(ctx context.Context, top string) (map[string]*types.Package, error) {
	loaded := map[string]*types.Package{}
	dir := filepath.Join(top, j.module)
	patterns := j.patterns(dir)
	if len(patterns) == 0 {
		return loaded, nil
	}
	found, err := packages.Load(j.config(ctx, dir, packages.NeedName|packages.NeedFiles|packages.NeedImports|packages.NeedTypes), patterns...)
	if err != nil {
		return nil, err
	}
	for _, pkg := range found {
		if len(pkg.Errors) > 0 {
			return nil, fmt.Errorf("package %s does not compile: %w", pkg.PkgPath, pkg.Errors[0])
		}
		below, err := filepath.Rel(dir, filepath.Dir(pkg.GoFiles[0]))
		if err != nil {
			return nil, err
		}
		loaded[filepath.ToSlash(below)] = pkg.Types
	}
	return loaded, nil
}

// patterns names the packages that are there, as the go command takes them.
func (j job) patterns(dir string) []string {
	var out []string
	for _, p := range j.packages {
		if isPackage(filepath.Join(dir, p)) {
			out = append(out, "./"+p)
		}
	}
	return out
}

func isPackage(dir string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	return err == nil && slices.ContainsFunc(files, func(name string) bool { return !isTest(name) })
}

func isTest(file string) bool { return strings.HasSuffix(file, "_test.go") }

func (j job) config(ctx context.Context, dir string, mode packages.LoadMode) *packages.Config {
	return &packages.Config{Context: ctx, Dir: dir, Mode: mode, Env: append(os.Environ(), "GOWORK=off")}
}
