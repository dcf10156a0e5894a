//go:build unix

package report

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func write(t *testing.T, name string, private bool) {
	t.Helper()
	files, err := Open([]string{name}, private)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Write(sample()); err != nil {
		t.Fatal(err)
	}
}

func modeOf(t *testing.T, name string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestFilesHaveTheFormOfTheirSuffix(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for suffix := range writers {
		names = append(names, filepath.Join(dir, "report"+suffix))
	}
	files, err := Open(names, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Write(sample()); err != nil {
		t.Fatal(err)
	}

	for suffix, want := range map[string]string{
		".html":  "<!DOCTYPE html>",
		".xml":   "<testsuites ",
		".json":  `"format": "` + Format + `"`,
		".sarif": `"version": "2.1.0"`,
		".txt":   "Does not conform: ",
	} {
		text, err := os.ReadFile(filepath.Join(dir, "report"+suffix))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, without %q", suffix, err, want)
		}
	}
	drafts, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(drafts) > 0 {
		t.Errorf("drafts that were not removed: %v %v", drafts, err)
	}

	_, err = Open([]string{filepath.Join(dir, "report.pdf")}, false)
	if err == nil || !strings.Contains(err.Error(), ".html, .json, .sarif, .txt, .xml") {
		t.Errorf("an unknown suffix: %v", err)
	}
}

func TestFilesKeepTheirMode(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept.json")
	if err := os.WriteFile(kept, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	write(t, kept, false)
	write(t, filepath.Join(dir, "new.json"), false)
	write(t, filepath.Join(dir, "values.json"), true)

	for name, want := range map[string]fs.FileMode{"kept.json": 0o640, "new.json": 0o644, "values.json": 0o600} {
		if got := modeOf(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s has mode %v, want %v", name, got, want)
		}
	}
}

func TestFilesReplaceNeitherLinkNorPipe(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target.json")
	link := filepath.Join(dir, "link.json")
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	write(t, link, false)
	if modeOf(t, link)&fs.ModeSymlink == 0 {
		t.Error("the link was replaced by a file")
	}
	text, err := os.ReadFile(target)
	if err != nil || len(text) == 0 || modeOf(t, target) != 0o600 {
		t.Errorf("the target was not written: %d bytes, %v", len(text), err)
	}

	// Also a link to a file that does not exist yet, by a relative name.
	dangling := filepath.Join(dir, "dangling.json")
	if err := os.Symlink("later.json", dangling); err != nil {
		t.Fatal(err)
	}
	write(t, dangling, false)
	if modeOf(t, dangling)&fs.ModeSymlink == 0 || !modeOf(t, filepath.Join(dir, "later.json")).IsRegular() {
		t.Error("the link to a new file was replaced")
	}

	pipe := filepath.Join(dir, "pipe.json")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan int, 1)
	go func() {
		in, err := os.Open(pipe)
		if err != nil {
			read <- 0
			return
		}
		defer in.Close()
		text, _ := io.ReadAll(in)
		read <- len(text)
	}()
	write(t, pipe, false)
	if n := <-read; n == 0 {
		t.Error("nothing came through the pipe")
	}
	if modeOf(t, pipe)&fs.ModeNamedPipe == 0 {
		t.Error("the pipe was replaced by a file")
	}
}

func TestDiscardKeepsTheOldReport(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(name, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	files, err := Open([]string{name}, false)
	if err != nil {
		t.Fatal(err)
	}
	files.Discard()
	text, err := os.ReadFile(name)
	if err != nil || string(text) != "old" {
		t.Errorf("%q %v", text, err)
	}
}
