// Package draft writes files that get their names when they are whole: a program
// that is stopped, or a full disk, leaves the file of before, or none.
package draft

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file while it is written. Until [File.Keep], what it replaces is as it
// was. A device or a pipe is written in place: it must not be replaced by a file.
type File struct {
	final string // the regular file that a symbolic link leads to; "" in place
	file  *os.File
	mode  fs.FileMode
}

// Create prepares a file, so that a program learns before its work whether the
// result can be written. mode is that of a new file; one that exists keeps its
// own.
func Create(name string, mode fs.FileMode) (*File, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil, CannotWrite(name, errors.New("it is a directory"))
	case err == nil && !info.Mode().IsRegular():
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, CannotWrite(name, err)
		}
		return &File{file: file}, nil
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, CannotWrite(name, err)
	}

	final := target(name)
	file, err := os.CreateTemp(filepath.Dir(final), "."+filepath.Base(final)+".*")
	if err != nil {
		return nil, CannotWrite(name, err)
	}
	return &File{final: final, file: file, mode: mode}, nil
}

// Write implements [io.Writer].
func (f *File) Write(p []byte) (int, error) { return f.file.Write(p) }

// Keep ends the file and gives it its name, or removes it if it cannot.
func (f *File) Keep() error {
	if f.final == "" {
		return f.file.Close()
	}

	err := errors.Join(f.file.Chmod(f.mode), f.file.Close())
	if err == nil {
		err = os.Rename(f.file.Name(), f.final)
	}
	if err != nil {
		f.Discard()
	}
	return err
}

// Discard removes what was not kept.
func (f *File) Discard() {
	_ = f.file.Close()
	if f.final != "" {
		_ = os.Remove(f.file.Name())
	}
}

// Remove removes the regular file that has the name now, be it one of an earlier
// run or the one that was kept.
func (f *File) Remove() error {
	if f.final == "" {
		return nil
	}
	err := os.Remove(f.final)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// maxLinks is how many symbolic links target follows, as Linux does.
const maxLinks = 40

// target returns the file that a name leads to. A symbolic link stays where it
// is: what it names is the file to write, also if that does not exist yet.
func target(name string) string {
	for range maxLinks {
		link, err := os.Readlink(name)
		if err != nil {
			return name
		}
		if filepath.IsAbs(link) {
			name = link
			continue
		}

		directory, err := filepath.EvalSymlinks(filepath.Dir(name))
		if err != nil {
			return name
		}
		name = filepath.Join(directory, link)
	}
	return name
}

// CannotWrite says why a file cannot be written, and what to do. It names the
// file that the user asked for: the system's error may name another one.
func CannotWrite(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be written: there is no directory %s; create it, or name a file in another one",
			name, filepath.Dir(name))
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err
	}
	if failed, ok := errors.AsType[*os.LinkError](err); ok {
		err = failed.Err
	}
	return fmt.Errorf("%s cannot be written: %w; name a file in a directory that can be written", name, err)
}
