package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// writers has the writer of each form of report, by the suffix of its files.
var writers = map[string]func(io.Writer, *Run) error{
	".html":  HTML,
	".xml":   JUnit,
	".json":  JSON,
	".sarif": SARIF,
	".txt":   func(w io.Writer, run *Run) error { return Text(w, run, TextOptions{Verbose: true}) },
}

// suffixes lists the suffixes of report files, sorted.
func suffixes() []string { return slices.Sorted(maps.Keys(writers)) }

// Files are the report files of one run.
type Files struct {
	outputs []*output
}

// Open prepares the report files before the run begins, so that a run does not
// end in a file that cannot be written. The suffix of a name chooses the form:
// .html, .json, .sarif, .txt or .xml (JUnit). Every error names the file.
//
// With private, a file that does not exist yet can be read only by its owner:
// choose it if findings carry values of bodies. A file that exists keeps its
// mode.
func Open(names []string, private bool) (*Files, error) {
	mode := fs.FileMode(0o644)
	if private {
		mode = 0o600
	}

	files := &Files{}
	for _, name := range names {
		out, err := openReport(name, mode)
		if err != nil {
			files.Discard()
			return nil, err
		}
		files.outputs = append(files.outputs, out)
	}
	return files, nil
}

func openReport(name string, mode fs.FileMode) (*output, error) {
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		return nil, CannotWrite(name, errors.New("it is a directory"))
	}
	write := writers[strings.ToLower(filepath.Ext(name))]
	if write == nil {
		return nil, fmt.Errorf("%s: unknown form of report %q; use one of %s",
			name, filepath.Ext(name), strings.Join(suffixes(), ", "))
	}

	out, err := openOutput(name, mode)
	if err != nil {
		return nil, err
	}
	out.write = write
	return out, nil
}

// Write writes the run into every file. Each file is whole or as it was before.
func (f *Files) Write(run *Run) error {
	var errs []error
	for _, out := range f.outputs {
		err := out.write(out.file, run)
		if err == nil {
			err = out.keep()
		}
		if err != nil {
			out.discard()
			errs = append(errs, CannotWrite(out.name, err))
		}
	}
	f.outputs = nil
	return errors.Join(errs...)
}

// Discard removes what was not written.
func (f *Files) Discard() {
	for _, out := range f.outputs {
		out.discard()
	}
	f.outputs = nil
}

// output is one file while it is written. A regular file gets its name when it
// is whole. Anything else, such as a device or a pipe, is written in place: it
// must not be replaced by a file.
type output struct {
	name  string // as the user gave it
	final string // the regular file that a symbolic link leads to; "" in place
	file  *os.File
	mode  fs.FileMode
	write func(io.Writer, *Run) error
}

func openOutput(name string, mode fs.FileMode) (*output, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && !info.Mode().IsRegular():
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, CannotWrite(name, err)
		}
		return &output{name: name, file: file}, nil
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, CannotWrite(name, err)
	}

	final := Target(name)
	file, err := os.CreateTemp(filepath.Dir(final), "."+filepath.Base(final)+".*")
	if err != nil {
		return nil, CannotWrite(name, err)
	}
	return &output{name: name, final: final, file: file, mode: mode}, nil
}

// maxLinks is how many symbolic links Target follows, as Linux does.
const maxLinks = 40

// Target returns the file that a name leads to. A symbolic link stays where it
// is: what it names is the file to write, also if that does not exist yet.
func Target(name string) string {
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
	failed, ok := errors.AsType[*fs.PathError](err)
	if ok {
		err = failed.Err
	}
	return fmt.Errorf("%s cannot be written: %w; name a file in a directory that can be written", name, err)
}

// keep gives the file its name.
func (o *output) keep() error {
	if o.final == "" {
		return o.file.Close()
	}
	if err := errors.Join(o.file.Chmod(o.mode), o.file.Close()); err != nil {
		return err
	}
	return os.Rename(o.file.Name(), o.final)
}

func (o *output) discard() {
	_ = o.file.Close()
	if o.final != "" {
		_ = os.Remove(o.file.Name())
	}
}
