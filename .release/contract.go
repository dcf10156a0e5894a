package main

import (
	"context"
	"path/filepath"
	"slices"
)

// contractPackages packs the contract for PyPI and for npm, so that generators and
// test tools of other languages can pin its version.
func contractPackages(_ context.Context, b *build) ([]file, error) {
	bundles, err := readFolder(filepath.Join(b.tree, "spec", "dist"), "*.json", "*.yaml")
	if err != nil {
		return nil, err
	}
	license, err := readFolder(b.tree, "LICENSE")
	if err != nil {
		return nil, err
	}
	wheel, err := contractWheel(b, bundles, license)
	if err != nil {
		return nil, err
	}
	npm, err := contractNPM(b, bundles, license)
	if err != nil {
		return nil, err
	}

	return []file{wheel, npm}, nil
}

func contractWheel(b *build, bundles, license []file) (file, error) {
	source := filepath.Join(b.tree, ".release", "python")
	code, err := readFolder(filepath.Join(source, "kapture_contract"), "*.py", "py.typed")
	if err != nil {
		return file{}, err
	}
	readme, err := readFolder(filepath.Join(source, "kapture_contract"), "README.md")
	if err != nil {
		return file{}, err
	}
	spec := wheelSpec{
		name: "kapture-contract", version: b.stamp.version.python, tags: []string{"any"}, pure: true,
		readme:   string(readme[0].data),
		headers:  []string{"Requires-Python: >=3.9"},
		content:  under("kapture_contract", slices.Concat(code, bundles)...),
		licenses: license,
	}

	return spec.pack(b.stamp.time)
}

func contractNPM(b *build, bundles, license []file) (file, error) {
	code, err := readFolder(filepath.Join(b.tree, ".release", "npm", "contract"), "index.js", "index.d.ts", "README.md")
	if err != nil {
		return file{}, err
	}
	manifest := newManifest("contract", b)
	manifest.Type = "module"
	manifest.Types = "./index.d.ts"
	manifest.Engines = map[string]string{"node": ">=18"}
	manifest.Exports = map[string]any{".": withTypes("index"), "./package.json": "./package.json"}
	for _, bundle := range bundles {
		manifest.Exports["./"+bundle.name] = "./" + bundle.name
	}

	return npmPack(manifest, slices.Concat(code, license, bundles), b.stamp.time)
}
