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

	"github.com/kapture-community/kapture-go/conformance/internal/draft"
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

// output is one of the files.
type output struct {
	*draft.File
	name  string // as the user gave it
	write func(io.Writer, *Run) error
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
	// A directory is reported as one, and not for its suffix.
	info, err := os.Stat(name)
	isDirectory := err == nil && info.IsDir()

	write := writers[strings.ToLower(filepath.Ext(name))]
	if write == nil && !isDirectory {
		return nil, fmt.Errorf("%s: unknown form of report %q; use one of %s",
			name, filepath.Ext(name), strings.Join(suffixes(), ", "))
	}

	file, err := draft.Create(name, mode)
	if err != nil {
		return nil, err
	}
	return &output{File: file, name: name, write: write}, nil
}

// Write writes the run into every file. Each file is whole or as it was before.
func (f *Files) Write(run *Run) error {
	var errs []error
	for _, out := range f.outputs {
		err := out.write(out, run)
		if err == nil {
			err = out.Keep()
		}
		if err != nil {
			out.Discard()
			errs = append(errs, draft.CannotWrite(out.name, err))
		}
	}
	f.outputs = nil
	return errors.Join(errs...)
}

// Discard removes what was not written.
func (f *Files) Discard() {
	for _, out := range f.outputs {
		out.Discard()
	}
	f.outputs = nil
}
