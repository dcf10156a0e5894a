package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// file is one file of a package, or a package itself.
type file struct {
	name string // with slashes
	mode fs.FileMode
	data []byte
}

func textFile(name, content string) file { return file{name: name, mode: 0o644, data: []byte(content)} }

// under returns files with a folder in front of their names.
func under(folder string, files ...file) []file {
	moved := slices.Clone(files)
	for i := range moved {
		moved[i].name = path.Join(folder, moved[i].name)
	}

	return moved
}

// sortFiles orders files by name, so that an archive does not depend on the
// order in which its files were made.
func sortFiles(files []file) []file {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b file) int { return strings.Compare(a.name, b.name) })

	return sorted
}

// tarred writes a tar archive. Its bytes depend only on the arguments, and not on
// the user, the clock or the order of files on disk.
func tarred(files []file, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range sortFiles(files) {
		header := &tar.Header{Name: f.name, Mode: int64(f.mode.Perm()), Size: int64(len(f.data)), ModTime: at}
		if f.mode.IsDir() {
			header.Typeflag = tar.TypeDir
			header.Name += "/"
		}
		if f.mode&fs.ModeSticky != 0 {
			header.Mode |= 0o1000
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}

	return b.Bytes(), nil
}

func gzipped(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}

	return b.Bytes(), nil
}

func tarGzipped(files []file, at time.Time) ([]byte, error) {
	plain, err := tarred(files, at)
	if err != nil {
		return nil, err
	}

	return gzipped(plain)
}

// zipped writes a zip archive in the order of the files.
func zipped(files []file, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at}
		header.SetMode(f.mode)
		entry, err := w.CreateHeader(header)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		if _, err := entry.Write(f.data); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}

	return b.Bytes(), nil
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// compare returns the names of the files that differ between two builds, or that
// only one of them has.
func compare(first, second []file) []string {
	sums := map[string]string{}
	for _, f := range first {
		sums[f.name] = sha256Hex(f.data)
	}
	var different []string
	for _, f := range second {
		if sums[f.name] != sha256Hex(f.data) {
			different = append(different, f.name)
		}
		delete(sums, f.name)
	}
	for name := range sums {
		different = append(different, name)
	}
	slices.Sort(different)

	return different
}

// writeAll replaces the contents of a folder. It rejects a folder with files but
// without the SHA256SUMS of an earlier build: a wrong -out must not delete
// somebody's files.
func writeAll(dir string, files []file) error {
	old, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	const sums = "SHA256SUMS"
	_, err = os.Stat(filepath.Join(dir, sums))
	if len(old) > 0 && err != nil {
		return fmt.Errorf("%s holds files, but no %s of an earlier build; name an empty folder", dir, sums)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}

	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.data, f.mode); err != nil {
			return err
		}
	}

	return nil
}

// readFolder reads the files of a folder that match the patterns. A pattern that
// matches no file is an error.
func readFolder(dir string, patterns ...string) ([]file, error) {
	var files []file
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s: there is no file %s", dir, pattern)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			files = append(files, file{name: filepath.Base(name), mode: 0o644, data: data})
		}
	}

	return files, nil
}
