package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/kapture-community/kapture-go/conformance/internal/draft"
)

// recordingFile appends exchanges to a file, one in each line. The file always
// ends with a whole line: a part that a full disk or a killed program left is cut
// off, after the failed write or when the file is opened again.
type recordingFile struct {
	mu   sync.Mutex
	file *os.File
	// regular says that the file can be cut. A pipe or a device cannot.
	regular bool
	form    recordingForm
}

// recordingForm is how exchanges are written.
type recordingForm struct {
	encode func(recordedExchange) ([]byte, error)
	// start begins a new file, between separates two exchanges, and end follows
	// the last one.
	start, between, end string
	// fits reports whether a line is an exchange in this form.
	fits func(line []byte) bool
}

var lineForm = recordingForm{
	encode: func(ex recordedExchange) ([]byte, error) { return json.Marshal(ex) },
	end:    "\n",
	fits: func(line []byte) bool {
		_, err := readLine(line)
		return err == nil
	},
}

// openRecording opens a file to append to. A name with the suffix .har chooses
// HAR, which browsers and other tools read.
func openRecording(name string) (*recordingFile, error) {
	f := &recordingFile{form: lineForm}
	if strings.EqualFold(filepath.Ext(name), ".har") {
		f.form = harForm
	}

	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if errors.Is(err, os.ErrPermission) { // a pipe of another program may be for writing only
		file, err = os.OpenFile(name, os.O_WRONLY, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("--record: %w", draft.CannotWrite(name, err))
	}
	f.file = file
	info, err := file.Stat()
	f.regular = err == nil && info.Mode().IsRegular()
	if err := f.repair(); err != nil {
		file.Close()
		return nil, fmt.Errorf("--record %s: %w", name, err)
	}
	return f, nil
}

func (f *recordingFile) close() { _ = f.file.Close() }

// errNoRecording keeps a file of another kind as it is.
var errNoRecording = errors.New("the file is not a recording of this form; name another file, or one that does " +
	"not exist yet")

// repair cuts off what is not a whole exchange at the end of the file.
func (f *recordingFile) repair() error {
	if !f.regular {
		return nil
	}
	info, err := f.file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	if f.form.start != "" {
		return f.repairDocument()
	}

	size := info.Size()
	tail, from, err := lastLine(f.file, size)
	if err != nil {
		return err
	}
	switch {
	case len(tail) == 0:
		return f.checkFirst()
	case f.form.fits(tail): // written by hand, without a line break
		_, err := f.file.WriteString("\n")
		return err
	case from == 0 && !bytes.HasPrefix(tail, []byte(`{"time":`)):
		return errNoRecording
	}
	if from > 0 {
		if err := f.checkFirst(); err != nil {
			return err
		}
	}
	return f.file.Truncate(from)
}

// checkFirst sees whether the file is a recording at all.
func (f *recordingFile) checkFirst() error {
	start := make([]byte, 64)
	n, err := f.file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	start = bytes.TrimLeft(bytes.TrimPrefix(start[:n], []byte("\ufeff")), " \t\r\n")
	if len(start) > 0 && start[0] != '{' {
		return errNoRecording
	}
	return nil
}

// lastLine returns what follows the last line break of a file, and where it
// begins.
func lastLine(file *os.File, size int64) (line []byte, from int64, err error) {
	const step = 64 << 10
	for from = size; from > 0; {
		n := min(from, step)
		part := make([]byte, n)
		if _, err := file.ReadAt(part, from-n); err != nil {
			return nil, 0, err
		}
		at := bytes.LastIndexByte(part, '\n')
		if at >= 0 {
			return append(part[at+1:], line...), from - n + int64(at) + 1, nil
		}
		line = append(part, line...)
		from -= n
	}
	return line, 0, nil
}

// add appends an exchange, whole or not at all.
func (f *recordingFile) add(ex recordedExchange) error {
	text, err := f.form.encode(ex)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.form.start != "" {
		return f.addToDocument(text)
	}

	text = append(text, f.form.end...)
	n, err := f.file.Write(text)
	if err == nil || n == 0 || !f.regular {
		return err
	}
	return errors.Join(err, f.cut(text[:n]))
}

// cut takes a part of a line off the end of the file, if it is still the end:
// another program may append to the same file.
func (f *recordingFile) cut(part []byte) error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	from := info.Size() - int64(len(part))
	end := make([]byte, len(part))
	if _, err := f.file.ReadAt(end, from); err != nil {
		return err
	}
	if !bytes.Equal(end, part) {
		return nil
	}
	return f.file.Truncate(from)
}
