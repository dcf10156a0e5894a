package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// description is shown by every registry. It must say that this is not the vendor's
// project.
const description = "Mock server and contract checks for the Kapture CRM API. A community project, not the vendor's."

// wheelSpec describes a wheel, the form of a Python package that pip installs
// without running any of its code.
type wheelSpec struct {
	name        string // as PyPI shows it
	version     string
	tags        []string
	pure        bool
	readme      string
	headers     []string // more lines of METADATA
	entryPoints string   // entry_points.txt; "" for none
	content     []file
	licenses    []file // for dist-info/licenses
	sboms       []file // for dist-info/sboms
}

// wheels makes a wheel of the program for each platform.
func wheels(_ context.Context, b *build) ([]file, error) {
	source := filepath.Join(b.tree, ".release", "python")
	code, err := readFolder(filepath.Join(source, "kapture_conformance"), "*.py", "py.typed")
	if err != nil {
		return nil, err
	}
	readme, err := readFolder(source, "README.md")
	if err != nil {
		return nil, err
	}
	licenses, err := readFolder(b.tree, "LICENSE")
	if err != nil {
		return nil, err
	}

	var made []file
	for _, p := range b.programs {
		own := []file{{name: "bin/" + p.platform.program(), mode: 0o755, data: p.data}}
		spec := wheelSpec{
			name: "kapture-conformance", version: b.stamp.version.python, tags: p.platform.wheel,
			readme: string(readme[0].data),
			headers: []string{
				"Requires-Python: >=3.9",
				"Classifier: Framework :: Pytest",
				"Classifier: Topic :: Software Development :: Testing :: Mocking",
			},
			entryPoints: "[console_scripts]\nkapture-conformance = kapture_conformance:main\n\n" +
				"[pytest11]\nkapture = kapture_conformance.plugin\n",
			content:  under("kapture_conformance", slices.Concat(code, own)...),
			licenses: slices.Concat(licenses, []file{{name: "THIRD_PARTY_NOTICES.txt", data: p.notices}}),
			sboms:    []file{{name: "kapture-conformance.cdx.json", data: p.sbom}},
		}
		wheel, err := spec.pack(b.stamp.time)
		if err != nil {
			return nil, err
		}
		made = append(made, wheel)
	}

	return made, nil
}

// pack writes the wheel. RECORD, which has the sums of the other files, is the last
// file, as the format recommends.
func (s wheelSpec) pack(at time.Time) (file, error) {
	name := strings.ReplaceAll(s.name, "-", "_") + "-" + s.version
	info := name + ".dist-info"
	files := sortFiles(s.content)
	files = append(files, under(info, textFile("METADATA", s.metadata()), textFile("WHEEL", s.wheelFile()))...)
	if s.entryPoints != "" {
		files = append(files, under(info, textFile("entry_points.txt", s.entryPoints))...)
	}
	files = append(files, under(info+"/licenses", s.licenses...)...)
	files = append(files, under(info+"/sboms", s.sboms...)...)

	record := ""
	for i, f := range files {
		if f.mode == 0 {
			files[i].mode = 0o644
		}
		sum := sha256.Sum256(f.data)
		record += fmt.Sprintf("%s,sha256=%s,%d\n", f.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.data))
	}
	record += info + "/RECORD,,\n"
	files = append(files, textFile(info+"/RECORD", record))
	data, err := zipped(files, at)

	return file{name: name + "-py3-none-" + strings.Join(s.tags, ".") + ".whl", mode: 0o644, data: data}, err
}

func (s wheelSpec) wheelFile() string {
	lines := []string{"Wheel-Version: 1.0", "Generator: kapture-release", fmt.Sprintf("Root-Is-Purelib: %v", s.pure)}
	for _, tag := range s.tags {
		lines = append(lines, "Tag: py3-none-"+tag)
	}

	return strings.Join(lines, "\n") + "\n"
}

func (s wheelSpec) metadata() string {
	lines := []string{
		"Metadata-Version: 2.4",
		"Name: " + s.name,
		"Version: " + s.version,
		"Summary: " + description,
		"License-Expression: Apache-2.0",
		"Project-URL: Source, https://" + modulePath,
		"Project-URL: Changelog, https://" + modulePath + "/blob/main/CHANGELOG.md",
		"Description-Content-Type: text/markdown",
	}
	for _, license := range s.licenses {
		lines = append(lines, "License-File: "+license.name)
	}
	lines = append(lines, s.headers...)

	return strings.Join(lines, "\n") + "\n\n" + s.readme
}
