package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// license has the texts that one module of the program requires its users to keep.
type license struct {
	module  string
	version string
	names   []string // SPDX identifiers
	texts   []file
}

// standardLibrary stands for Go's standard library, which is linked into the
// program without being one of its modules.
const standardLibrary = "std"

// licensesOf reads the licenses of a program's modules and of the standard library
// from the source that the Go toolchain keeps.
func licensesOf(ctx context.Context, tree string, p program) ([]license, error) {
	goRoot, err := in(tree).run(ctx, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	std, err := readLicense(standardLibrary, strings.TrimPrefix(p.goVersion, "go"), strings.TrimSpace(goRoot))
	if err != nil {
		return nil, err
	}
	folders, err := moduleFolders(ctx, tree, p.modules)
	if err != nil {
		return nil, err
	}

	all := []license{std}
	for _, module := range p.modules {
		one, err := readLicense(module.Path, module.Version, folders[module.Path])
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b license) int { return strings.Compare(a.module, b.module) })

	return all, nil
}

// moduleFolders returns the folder of each module's source.
func moduleFolders(ctx context.Context, tree string, modules []*debug.Module) (map[string]string, error) {
	args := []string{"list", "-m", "-f", "{{.Path}}\t{{.Dir}}"}
	for _, module := range modules {
		args = append(args, module.Path)
	}
	listed, err := in(tree, "GOFLAGS=", "GOWORK=off").run(ctx, "go", args...)
	if err != nil {
		return nil, err
	}

	folders := map[string]string{}
	for line := range strings.Lines(listed) {
		path, folder, _ := strings.Cut(strings.TrimSpace(line), "\t")
		folders[path] = folder
	}

	return folders, nil
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|notice|copying|patents|authors)([-.].*)?$`)

func readLicense(module, version, dir string) (license, error) {
	one := license{module: module, version: version}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return one, fmt.Errorf("the license of %s: %w", module, err)
	}
	for _, entry := range entries {
		if entry.IsDir() || !licenseFile.MatchString(entry.Name()) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return one, err
		}
		one.texts = append(one.texts, textFile(entry.Name(), string(data)))
		one.names = append(one.names, licenseNames(string(data))...)
	}

	slices.Sort(one.names)
	one.names = slices.Compact(one.names)
	if len(one.names) == 0 {
		return one, fmt.Errorf(
			"%s has no license that this program knows; read %s and extend licenseNames", module, dir)
	}

	return one, nil
}

var spaces = regexp.MustCompile(`\s+`)

// licenseNames recognizes licenses by sentences that only they have. A file can
// contain several.
func licenseNames(content string) []string {
	plain := strings.ToLower(spaces.ReplaceAllString(content, " "))
	has := func(sentence string) bool { return strings.Contains(plain, sentence) }
	var names []string
	if has("apache license") && has("version 2.0") {
		names = append(names, "Apache-2.0")
	}
	if has("permission is hereby granted, free of charge, to any person obtaining a copy") {
		names = append(names, "MIT")
	}
	switch {
	case !has("redistribution and use in source and binary forms"):
	case has("neither the name"):
		names = append(names, "BSD-3-Clause")
	default:
		names = append(names, "BSD-2-Clause")
	}
	if has("this is free and unencumbered software released into the public domain") {
		names = append(names, "Unlicense")
	}
	if has("mozilla public license") {
		names = append(names, "MPL-2.0")
	}

	return names
}

// notices returns the licenses of a program's modules as one text. Every package
// of the program contains it, because most of these licenses require that.
func notices(licenses []license) []byte {
	var b strings.Builder
	b.WriteString("kapture-conformance contains these modules. Their licenses follow.\n\n")
	for _, one := range licenses {
		fmt.Fprintf(&b, "    %s %s: %s\n", one.module, one.version, strings.Join(one.names, " AND "))
	}
	for _, one := range licenses {
		for _, f := range one.texts {
			rule := strings.Repeat("=", 78)
			fmt.Fprintf(&b, "\n%s\n%s %s: %s\n%s\n\n", rule, one.module, one.version, f.name, rule)
			b.WriteString(strings.TrimRight(strings.ReplaceAll(string(f.data), "\r\n", "\n"), "\n") + "\n")
		}
	}

	return []byte(b.String())
}
