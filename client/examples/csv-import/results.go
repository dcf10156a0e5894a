package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// results is the file of outcomes. It gets its name when all rows are in it.
type results struct {
	name   string
	file   *os.File
	lines  *csv.Writer
	counts map[string]int
	err    error    // the first line that could not be written
	lost   []string // it, and those behind it
}

func create(name string) (*results, error) {
	if _, err := os.Lstat(name); err == nil {
		return nil, fmt.Errorf("%s is there already, from an import before: move it away first", name)
	}
	file, err := os.OpenFile(name+".unfinished", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s.unfinished is there already: another import is running, or was killed; look at it, then move it away", name)
	} else if err != nil {
		return nil, err
	}
	r := &results{name: name, file: file, lines: csv.NewWriter(file), counts: map[string]int{}}
	r.write("line", "outcome", "customer_id", "code", "message")
	return r, r.err
}

// note writes a line at once, so that it is there even if the program is killed.
func (r *results) note(line int, outcome, customer, code, message string) {
	r.counts[outcome]++
	r.write(strconv.Itoa(line), outcome, customer, code, message)
}

func (r *results) write(fields ...string) {
	if r.err == nil {
		_ = r.lines.Write(fields)
		r.lines.Flush()
		r.err = r.lines.Error()
	}
	if r.err != nil {
		r.lost = append(r.lost, strings.Join(fields, " "))
	}
}

func (r *results) finish() error {
	if r.err != nil {
		return fmt.Errorf("the results could not be written: %w; not in the file:\n%s", r.err, strings.Join(r.lost, "\n"))
	}
	if err := errors.Join(r.file.Sync(), r.file.Close()); err != nil {
		return err
	}
	return os.Rename(r.file.Name(), r.name)
}

// progress is a line that a terminal shows, and nothing else.
type progress struct {
	w     io.Writer
	shown bool
	total int
	last  time.Time
}

func (p *progress) show(r *results) {
	if !p.shown || time.Since(p.last) < 100*time.Millisecond {
		return
	}
	p.last = time.Now()
	done := r.counts[added] + r.counts[notAdded] + r.counts[unknown]
	const width = 30
	bar := strings.Repeat("#", done*width/p.total)
	fmt.Fprintf(p.w, "\r\x1b[K[%-*s] %d of %d, %d not added, %d unknown", width, bar, done, p.total, r.counts[notAdded], r.counts[unknown])
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// terminal reports whether w is one: a pipe or a file gets no progress.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
