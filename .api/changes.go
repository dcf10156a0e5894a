package main

import (
	"context"
	"fmt"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/tools/go/packages"
)

// change is one change of what a package exports. Its message begins with the
// package's directory.
type change struct {
	apidiff.Change
	excepted bool
}

// changes compares what the packages export, and then the types of other
// packages that the release's API reaches.
func (j job) changes(ctx context.Context, released, tree string) ([]change, error) {
	before, err := j.load(ctx, released, j.packages)
	if err != nil {
		return nil, fmt.Errorf("the release: %w", err)
	}
	now, err := j.load(ctx, tree, j.packages)
	if err != nil {
		return nil, fmt.Errorf("this tree: %w", err)
	}

	var all []change
	for _, folder := range j.packages {
		found, err := j.packageChanges(folder, before[folder], now[folder])
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}

	module, err := modulePath(filepath.Join(released, j.module))
	if err != nil {
		return nil, err
	}
	reached, err := j.reachedChanges(ctx, reachedTypes(module, before), released, tree)
	if err != nil {
		return nil, err
	}
	return append(all, reached...), nil
}

// packageChanges compares one package. Either side may lack it.
func (j job) packageChanges(folder string, before, now *types.Package) ([]change, error) {
	switch {
	case before == nil && now == nil:
		return nil, fmt.Errorf("package %s is neither in the release nor in this tree", folder)
	case before == nil:
		return []change{{Change: apidiff.Change{Message: folder + ": package added", Compatible: true}}}, nil
	case now == nil:
		return []change{{Change: apidiff.Change{Message: folder + ": package removed"}}}, nil
	}

	var all []change
	for _, c := range apidiff.Changes(before, now).Changes {
		name, _, _ := strings.Cut(c.Message, ":")
		c.Message = folder + ": " + c.Message
		all = append(all, change{Change: c, excepted: slices.Contains(j.except, folder+"."+name)})
	}
	return all, nil
}

// reachedChanges compares the reached types of packages that promise nothing on
// their own. Other changes of these packages concern no importer.
func (j job) reachedChanges(ctx context.Context, reached map[string][]string, released, tree string) ([]change, error) {
	folders := slices.Sorted(maps.Keys(reached))
	if len(folders) == 0 {
		return nil, nil
	}
	before, err := j.load(ctx, released, folders)
	if err != nil {
		return nil, fmt.Errorf("the release: %w", err)
	}
	now, err := j.load(ctx, tree, folders)
	if err != nil {
		return nil, fmt.Errorf("this tree: %w", err)
	}

	var all []change
	for _, folder := range folders {
		found, err := j.packageChanges(folder, before[folder], now[folder])
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			name := typeName(strings.TrimPrefix(c.Message, folder+": "))
			if name == "package removed" || slices.Contains(reached[folder], name) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// typeName returns the type that a message of apidiff is about. The messages
// begin with the name of the object: "T", "T.Field" or "(*T).Method".
func typeName(message string) string {
	message = strings.TrimPrefix(message, "(*")
	if end := strings.IndexAny(message, ".:),"); end >= 0 {
		return message[:end]
	}
	return message
}

// load returns the types of those packages that exist, by directory below the
// module.
func (j job) load(ctx context.Context, top string, folders []string) (map[string]*types.Package, error) {
	loaded := map[string]*types.Package{}
	dir := filepath.Join(top, j.module)
	patterns := existing(dir, folders)
	if len(patterns) == 0 {
		return loaded, nil
	}

	mode := packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedTypes
	found, err := packages.Load(j.config(ctx, dir, mode), patterns...)
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

// existing names the packages that exist below dir, in the form that the go
// command takes.
func existing(dir string, folders []string) []string {
	var patterns []string
	for _, folder := range folders {
		if isPackage(filepath.Join(dir, folder)) {
			patterns = append(patterns, "./"+folder)
		}
	}
	return patterns
}

func isPackage(dir string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	return err == nil && slices.ContainsFunc(files, func(name string) bool { return !isTest(name) })
}

func isTest(file string) bool { return strings.HasSuffix(file, "_test.go") }

func (j job) config(ctx context.Context, dir string, mode packages.LoadMode) *packages.Config {
	return &packages.Config{Context: ctx, Dir: dir, Mode: mode, Env: append(os.Environ(), "GOWORK=off")}
}
