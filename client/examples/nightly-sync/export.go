package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// export reads both lists. If one fails the other is still read.
func export(ctx context.Context, c *client.Client, s settings, stdout io.Writer) error {
	customers := list[*client.Customer]{
		dir:     filepath.Join(s.out, "customers"),
		baseURL: c.BaseURL(),
		stdout:  stdout,
		pull: func(opts ...client.PullOption) iter.Seq2[*client.Customer, error] {
			return c.Customers.Pull(ctx, s.from, s.to, opts...)
		},
	}
	tickets := list[*client.PulledTicket]{
		dir:     filepath.Join(s.out, "tickets"),
		baseURL: c.BaseURL(),
		stdout:  stdout,
		pull: func(opts ...client.PullOption) iter.Seq2[*client.PulledTicket, error] {
			if s.noTickets != "" {
				opts = append(opts, client.NoTickets(s.noTickets))
			}
			return c.Tickets.Pull(ctx, s.from, s.to, opts...)
		},
	}
	return errors.Join(customers.export(s), tickets.export(s))
}

// list is one list of records and the directory of its files.
type list[T any] struct {
	dir     string
	baseURL string
	stdout  io.Writer
	pull    func(...client.PullOption) iter.Seq2[T, error]

	// records is the file of the day that is being read. The records of a day
	// are written to a draft. The checkpoint says that all of them are there:
	// then the draft gets its name, and only then is the checkpoint saved. If a
	// run is interrupted in between, the next one does that day again.
	records *draft

	done string // the last day that is complete
}

// state is the contents of a checkpoint file. The URL keeps two tenants from
// being mixed in one directory.
type state struct {
	BaseURL    string            `json:"base_url"`
	Checkpoint client.Checkpoint `json:"checkpoint"`
}

func (l *list[T]) export(s settings) (err error) {
	if err := os.MkdirAll(l.dir, 0o750); err != nil {
		return err
	}
	if err := removeDrafts(l.dir); err != nil {
		return err
	}
	saved, err := l.saved(s)
	if err != nil {
		return err
	}
	l.done = saved.Day
	if s.to.Format(time.DateOnly) <= saved.Day || s.to.Before(s.from) {
		fmt.Fprintf(l.stdout, "%s: nothing to do up to %s\n", filepath.Base(l.dir), s.to.Format(time.DateOnly))
		return nil
	}

	l.records, err = newDraft(l.dir)
	if err != nil {
		return err
	}
	defer func() { l.records.remove() }()

	options := []client.PullOption{
		client.ResumeFrom(saved),
		client.WithCheckpoint(l.complete),
		client.WithParallelWindows(s.parallel),
	}
	for record, err := range l.pull(options...) {
		if err != nil {
			return err // names its day
		}
		if err := l.records.add(record); err != nil {
			return err
		}
	}
	if last := s.to.Format(time.DateOnly); l.done != last {
		return fmt.Errorf("%s: the days up to %s are over by this machine's clock, and not by the server's: "+
			"check the clocks; the next run reads the days after %q again", filepath.Base(l.dir), last, l.done)
	}
	return nil
}

// checkpointFile is the name of the file that says how far a list has come.
const checkpointFile = "checkpoint.json"

// saved reads the checkpoint. A checkpoint that cannot be true is an error:
// days would be missing and nobody would notice.
func (l *list[T]) saved(s settings) (client.Checkpoint, error) {
	name := filepath.Join(l.dir, checkpointFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return client.Checkpoint{}, nil
	}
	if err != nil {
		return client.Checkpoint{}, err
	}

	var at state
	if err := json.Unmarshal(text, &at); err != nil {
		return client.Checkpoint{}, fmt.Errorf("%s is not a checkpoint: %w; move it away to begin again", name, err)
	}
	if at.BaseURL != l.baseURL {
		const format = "%s belongs to %s, not to %s; use another -out"
		return client.Checkpoint{}, fmt.Errorf(format, name, at.BaseURL, l.baseURL)
	}
	day, err := time.ParseInLocation(time.DateOnly, at.Checkpoint.Day, client.India)
	if err != nil {
		const format = "%s has an invalid day %q; move it away to begin again"
		return client.Checkpoint{}, fmt.Errorf(format, name, at.Checkpoint.Day)
	}
	if day.After(s.over) {
		const format = "%s says that %s is complete, but no day after %s is over: a clock was wrong; " +
			"check the clock, remove the files of the later days, and move the checkpoint away to begin again"
		return client.Checkpoint{}, fmt.Errorf(format, name, at.Checkpoint.Day, s.over.Format(time.DateOnly))
	}
	return at.Checkpoint, nil
}

// complete gives the day's file its name, saves the checkpoint and begins the
// next day.
func (l *list[T]) complete(_ context.Context, at client.Checkpoint) error {
	if err := l.records.rename(filepath.Join(l.dir, at.Day+".ndjson")); err != nil {
		return err
	}
	fmt.Fprintf(l.stdout, "%s %s: %d records\n", filepath.Base(l.dir), at.Day, l.records.lines)

	if err := l.save(at); err != nil {
		return err
	}
	next, err := newDraft(l.dir)
	if err != nil {
		return err
	}
	l.records = next
	l.done = at.Day
	return nil
}

func (l *list[T]) save(at client.Checkpoint) error {
	file, err := newDraft(l.dir)
	if err != nil {
		return err
	}
	defer file.remove()

	if err := file.add(state{BaseURL: l.baseURL, Checkpoint: at}); err != nil {
		return err
	}
	return file.rename(filepath.Join(l.dir, checkpointFile))
}
