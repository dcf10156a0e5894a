package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
)

// archives makes one archive for each platform: the program with completions,
// man pages and the notices that licenses require. Each bill of materials is also
// a file next to its archive, so that it is attested and can be read without
// unpacking.
func archives(ctx context.Context, b *build) ([]file, error) {
	documents, err := readFolder(b.tree, "LICENSE", "CHANGELOG.md")
	if err != nil {
		return nil, err
	}
	readme, err := readFolder(filepath.Join(b.tree, ".release", "archive"), "README.md")
	if err != nil {
		return nil, err
	}
	completions, err := completionsOf(ctx, b.host.path)
	if err != nil {
		return nil, err
	}
	commands, err := commandsOf(ctx, b.host.path)
	if err != nil {
		return nil, err
	}

	var made []file
	for _, p := range b.programs {
		name := fmt.Sprintf("kapture-conformance_%s_%s_%s", b.stamp.version.semver, p.platform.os, p.platform.arch)
		own := []file{
			{name: p.platform.program(), mode: 0o755, data: p.data},
			{name: "THIRD_PARTY_NOTICES.txt", mode: 0o644, data: p.notices},
			{name: "sbom.cdx.json", mode: 0o644, data: p.sbom},
		}
		content := slices.Concat(documents, readme, own,
			under("completions", completions...), under("man/man1", manPages(b.stamp, commands)...))
		archive, err := archiveFor(p.platform, name, content, b.stamp)
		if err != nil {
			return nil, err
		}
		made = append(made, archive, file{name: name + ".cdx.json", mode: 0o644, data: p.sbom})
	}

	return made, nil
}

// archiveFor packs everything in one folder with the name of the archive, so that
// unpacking does not scatter files.
func archiveFor(p platform, name string, content []file, s stamp) (file, error) {
	content = sortFiles(under(name, content...))
	if p.os == "windows" {
		data, err := zipped(content, s.time)
		return file{name: name + ".zip", mode: 0o644, data: data}, err
	}
	data, err := tarGzipped(content, s.time)

	return file{name: name + ".tar.gz", mode: 0o644, data: data}, err
}

func completionsOf(ctx context.Context, program string) ([]file, error) {
	names := map[string]string{
		"bash":       "kapture-conformance.bash",
		"zsh":        "_kapture-conformance",
		"fish":       "kapture-conformance.fish",
		"powershell": "kapture-conformance.ps1",
	}
	var made []file
	for shell, name := range names {
		script, err := in("").run(ctx, program, "completion", shell)
		if err != nil {
			return nil, err
		}
		made = append(made, textFile(name, script))
	}

	return sortFiles(made), nil
}
