package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// The kinds of outcome.
const (
	added    = "added"
	existing = "existing"
	notAdded = "not-added"
	unknown  = "unknown"
	notSent  = "not-sent"
)

// outcome is the result of one row.
type outcome struct {
	line                          int
	kind, customer, code, message string
}

// results is the file of outcomes. It gets its name when it has all rows.
type results struct {
	name   string
	file   *os.File
	lines  *csv.Writer
	counts map[string]int
	err    error    // why a line could not be written
	lost   []string // the outcomes that are not in the file
}

func create(name string) (*results, error) {
	if _, err := os.Lstat(name); err == nil {
		return nil, fmt.Errorf("%s exists, from an earlier import: move it away first", name)
	}
	file, err := os.OpenFile(name+".unfinished", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		const format = "%s.unfinished exists: another import is running, or was killed; look at it, then move it away"
		return nil, fmt.Errorf(format, name)
	}
	if err != nil {
		return nil, err
	}

	r := &results{name: name, file: file, lines: csv.NewWriter(file), counts: map[string]int{}}
	r.write("line", "outcome", "customer_id", "code", "message")
	return r, r.err
}

// note writes a line at once, so that it is there even if the program is
// killed.
func (r *results) note(o outcome) {
	r.counts[o.kind]++
	written := r.write(strconv.Itoa(o.line), o.kind, o.customer, o.code, withoutFormula(o.message))
	if !written && o.kind != notSent {
		r.lost = append(r.lost, fmt.Sprintf("line %d: %s %s %s", o.line, o.kind, o.customer, o.code))
	}
}

// withoutFormula keeps a spreadsheet from running what a server sent.
func withoutFormula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func (r *results) write(fields ...string) bool {
	if r.err != nil {
		return false
	}
	_ = r.lines.Write(fields)
	r.lines.Flush()
	r.err = r.lines.Error()
	return r.err == nil
}

// finish gives the file its name.
func (r *results) finish() error {
	if r.err != nil {
		const format = "the results could not be written: %w; not in the file:\n%s"
		return fmt.Errorf(format, r.err, strings.Join(r.lost, "\n"))
	}
	if err := errors.Join(r.file.Sync(), r.file.Close()); err != nil {
		return err
	}
	return os.Rename(r.file.Name(), r.name)
}

// progress is a line that a terminal shows. A pipe or a file gets nothing.
type progress struct{ bar *progressbar.ProgressBar }

func newProgress(w io.Writer, total int) *progress {
	file, ok := w.(*os.File)
	visible := ok && term.IsTerminal(int(file.Fd()))
	return &progress{bar: progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetVisibility(visible),
		progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(),
	)}
}

func (p *progress) show(r *results) {
	p.bar.Describe(fmt.Sprintf("%d not added, %d unknown", r.counts[notAdded], r.counts[unknown]))
	_ = p.bar.Add(1)
}

func (p *progress) clear() { _ = p.bar.Finish() }
