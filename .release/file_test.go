package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// The bytes of an archive do not depend on the order of its files or on the time
// zone, and its files have the modes that they were given.
func TestArchivesHaveTheSameBytes(t *testing.T) {
	files := []file{
		{name: "tmp", mode: fs.ModeDir | fs.ModeSticky | 0o777},
		{name: "program", mode: 0o755, data: []byte("x")},
		textFile("a/b", "y"),
	}
	reversed := slices.Clone(files)
	slices.Reverse(reversed)
	first, err := tarGzipped(files, noon)
	if err != nil {
		t.Fatal(err)
	}
	second, err := tarGzipped(reversed, noon.In(time.FixedZone("", 3600)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two archives of the same files differ")
	}

	plain, err := tarred(files, noon)
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for r := tar.NewReader(bytes.NewReader(plain)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		owner := header.Uname + header.Gname
		listed = append(listed, fmt.Sprintf("%s %o %d %s", header.Name, header.Mode, header.Uid, owner))
	}
	want := []string{"a/b 644 0 ", "program 755 0 ", "tmp/ 1777 0 "}
	if !slices.Equal(listed, want) {
		t.Errorf("got %q, want %q", listed, want)
	}
}

func TestCompare(t *testing.T) {
	first := []file{textFile("a", "1"), textFile("b", "2"), textFile("c", "3")}
	second := []file{textFile("c", "3"), textFile("b", "other"), textFile("d", "4")}
	if got := compare(first, second); !slices.Equal(got, []string{"a", "b", "d"}) {
		t.Errorf("got %q", got)
	}
	if got := compare(first, first); got != nil {
		t.Errorf("got %q for the same files", got)
	}
}

// A wrong -out deletes nothing, and an earlier build is replaced.
func TestWriteAll(t *testing.T) {
	files := []file{textFile("a", "1"), textFile("SHA256SUMS", "")}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "diary"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeAll(foreign, files); err == nil || !strings.Contains(err.Error(), "name an empty folder") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(foreign, "diary")); err != nil {
		t.Error(err)
	}

	dir := filepath.Join(t.TempDir(), "new", "dist")
	for _, files := range [][]file{append(files, textFile("old", "")), files} {
		if err := writeAll(dir, files); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// The last file of a wheel is RECORD, which lists each file with its sum.
func TestWheelRecord(t *testing.T) {
	spec := wheelSpec{
		name: "kapture-example", version: "0.1.0", tags: []string{"manylinux_2_17_x86_64", "musllinux_1_1_x86_64"},
		readme: "# Example", entryPoints: "[console_scripts]\n", headers: []string{"Requires-Python: >=3.9"},
		content:  []file{{name: "kapture_example/bin/program", mode: 0o755, data: []byte("x")}},
		licenses: []file{textFile("LICENSE", "l")},
	}
	wheel, err := spec.pack(noon)
	if err != nil {
		t.Fatal(err)
	}
	want := "kapture_example-0.1.0-py3-none-manylinux_2_17_x86_64.musllinux_1_1_x86_64.whl"
	if wheel.name != want {
		t.Errorf("got %s, want %s", wheel.name, want)
	}
	archive, err := zip.NewReader(bytes.NewReader(wheel.data), int64(len(wheel.data)))
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for _, entry := range archive.File {
		opened, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(opened)
		if err != nil {
			t.Fatal(err)
		}
		content[entry.Name] = string(data)
		if program := strings.HasSuffix(entry.Name, "/program"); program != (entry.Mode().Perm() == 0o755) {
			t.Errorf("%s has the mode %v", entry.Name, entry.Mode())
		}
	}

	const info = "kapture_example-0.1.0.dist-info/"
	record := content[info+"RECORD"]
	last := archive.File[len(archive.File)-1].Name
	if last != info+"RECORD" || strings.Count(record, "\n") != len(content) {
		t.Errorf("%s is last; RECORD is\n%s", last, record)
	}
	for name := range content {
		if !strings.Contains("\n"+record, "\n"+name+",") {
			t.Errorf("RECORD lacks %s", name)
		}
	}
	// The sum of "x" in base64, as RECORD has it.
	if !strings.Contains(record, "kapture_example/bin/program,sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE,1\n") {
		t.Errorf("RECORD is\n%s", record)
	}
	wanted := []string{"License-File: LICENSE\n", "Requires-Python: >=3.9\n\n# Example", "Version: 0.1.0\n"}
	for _, line := range wanted {
		if !strings.Contains(content[info+"METADATA"], line) {
			t.Errorf("METADATA lacks %q:\n%s", line, content[info+"METADATA"])
		}
	}
	if strings.Count(content[info+"WHEEL"], "Tag: py3-none-") != 2 {
		t.Errorf("WHEEL is\n%s", content[info+"WHEEL"])
	}
}
