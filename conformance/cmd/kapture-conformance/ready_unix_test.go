//go:build unix

package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A ready file that is a pipe, a device or a symbolic link is written, and never
// replaced or removed.
func TestReadyFileReplacesNeitherLinkNorPipe(t *testing.T) {
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "link")
	if err := os.Symlink("target", link); err != nil {
		t.Fatal(err)
	}

	read := make(chan []byte, 1)
	go func() {
		text, _ := os.ReadFile(pipe)
		read <- text
	}()
	code, _, stderr := program(t, "mock", "--addr", "127.0.0.1:0", "--quiet", "--ready-file", pipe)
	var said ready
	if err := json.Unmarshal(<-read, &said); err != nil || said.URL == "" || code != exitConforms {
		t.Errorf("through the pipe: %+v, %v, exit %d\n%s", said, err, code, stderr)
	}

	code, _, stderr = program(t, "mock", "--addr", "127.0.0.1:0", "--quiet", "--ready-file", link)
	if code != exitConforms {
		t.Errorf("exit %d\n%s", code, stderr)
	}

	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range left {
		names = append(names, entry.Name()+" "+entry.Type().String())
	}
	want := "link " + fs.ModeSymlink.String() + ", pipe " + fs.ModeNamedPipe.String()
	if strings.Join(names, ", ") != want {
		t.Errorf("left: %v, want %s", names, want)
	}
}
