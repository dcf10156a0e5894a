package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// npmScope is the scope of every npm package.
const npmScope = "@kapture-community"

// npmManifest is a package.json. The order of its fields is that of the file.
type npmManifest struct {
	Name        string            `json:"name"`
	Version     string            `json:"version"`
	Description string            `json:"description"`
	License     string            `json:"license"`
	Repository  npmRepository     `json:"repository"`
	Type        string            `json:"type,omitempty"`
	Exports     map[string]any    `json:"exports,omitempty"`
	Types       string            `json:"types,omitempty"`
	Bin         map[string]string `json:"bin,omitempty"`
	Engines     map[string]string `json:"engines,omitempty"`
	OS          []string          `json:"os,omitempty"`
	CPU         []string          `json:"cpu,omitempty"`
	Optional    map[string]string `json:"optionalDependencies,omitempty"`
	Publish     map[string]string `json:"publishConfig"`
}

type npmRepository struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

func newManifest(name string, b *build) npmManifest {
	return npmManifest{
		Name: npmScope + "/" + name, Version: b.stamp.version.semver, Description: description, License: "Apache-2.0",
		Repository: npmRepository{Type: "git", URL: "git+https://" + modulePath + ".git"},
		Publish:    map[string]string{"access": "public"},
	}
}

// withTypes returns the export of a module with type declarations.
func withTypes(name string) map[string]string {
	return map[string]string{"types": "./" + name + ".d.ts", "default": "./" + name + ".js"}
}

// npmPackages makes the JavaScript package, and one package with the program for
// each platform. npm installs the one that fits the machine, so no script has to
// run at install.
func npmPackages(_ context.Context, b *build) ([]file, error) {
	source := filepath.Join(b.tree, ".release", "npm", "conformance")
	code, err := readFolder(source, "index.js", "index.d.ts", "cli.js", "README.md")
	if err != nil {
		return nil, err
	}
	license, err := readFolder(b.tree, "LICENSE")
	if err != nil {
		return nil, err
	}

	main := newManifest("conformance", b)
	main.Type = "module"
	main.Exports = map[string]any{".": withTypes("index"), "./package.json": "./package.json"}
	main.Types = "./index.d.ts"
	main.Bin = map[string]string{"kapture-conformance": "cli.js"}
	main.Engines = map[string]string{"node": ">=18"}
	main.Optional = map[string]string{}
	for _, p := range platforms {
		main.Optional[npmScope+"/"+platformPackage(p)] = b.stamp.version.semver
	}
	packed, err := npmPack(main, slices.Concat(code, license), b.stamp.time)
	if err != nil {
		return nil, err
	}

	made := []file{packed}
	for _, p := range b.programs {
		packed, err := npmPack(platformManifest(p.platform, b), slices.Concat(license, platformFiles(p)), b.stamp.time)
		if err != nil {
			return nil, err
		}
		made = append(made, packed)
	}

	return made, nil
}

func platformManifest(p platform, b *build) npmManifest {
	manifest := newManifest(platformPackage(p), b)
	manifest.OS = []string{p.npmOS}
	manifest.CPU = []string{p.npmArch}
	manifest.Exports = map[string]any{
		"./package.json":   "./package.json",
		"./" + p.program(): "./" + p.program(),
	}

	return manifest
}

func platformFiles(p program) []file {
	readme := fmt.Sprintf("The program of `%s/conformance` for %s. Install that package.\n", npmScope, p.platform)

	return []file{
		{name: p.platform.program(), mode: 0o755, data: p.data},
		{name: "THIRD_PARTY_NOTICES.txt", mode: 0o644, data: p.notices},
		{name: "sbom.cdx.json", mode: 0o644, data: p.sbom},
		textFile("README.md", readme),
	}
}

func platformPackage(p platform) string { return "conformance-" + p.npmOS + "-" + p.npmArch }

// npmPack writes the archive that `npm pack` would write, with the same name.
func npmPack(manifest npmManifest, content []file, at time.Time) (file, error) {
	data, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return file{}, err
	}
	content = slices.Concat(content, []file{textFile("package.json", string(data)+"\n")})
	archive, err := tarGzipped(under("package", content...), at)
	name := strings.NewReplacer("@", "", "/", "-").Replace(manifest.Name) + "-" + manifest.Version + ".tgz"

	return file{name: name, mode: 0o644, data: archive}, err
}
