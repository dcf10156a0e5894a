package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// draft is a file that gets its name when it is complete.
type draft struct {
	*bufio.Writer
	file  *os.File
	lines int
}

const draftPattern = ".unfinished-*"

func newDraft(dir string) (*draft, error) {
	file, err := os.CreateTemp(dir, draftPattern)
	if err != nil {
		return nil, err
	}
	return &draft{Writer: bufio.NewWriter(file), file: file}, nil
}

// removeDrafts removes what a killed run left: it contains customers'
// data, and no later run would use it.
func removeDrafts(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, draftPattern))
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range left {
		errs = append(errs, os.Remove(name))
	}
	return errors.Join(errs...)
}

// add writes a value on its own line. A record is encoded as the bytes that
// were received, without the white space between them.
func (d *draft) add(v any) error {
	d.lines++
	line := json.NewEncoder(d)
	line.SetEscapeHTML(false)
	return line.Encode(v)
}

// rename gives the file its name when all of it is on the disk.
func (d *draft) rename(name string) error {
	if err := errors.Join(d.Flush(), d.file.Sync(), d.file.Close()); err != nil {
		return err
	}
	if err := os.Rename(d.file.Name(), name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// remove removes a file that did not get its name.
func (d *draft) remove() {
	if d == nil {
		return
	}
	_ = d.file.Close()
	_ = os.Remove(d.file.Name())
}
