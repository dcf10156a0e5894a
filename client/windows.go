package client

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Window is what one request of a pull asks for: a day in India and, where there are pages, one page.
type Window struct {
	Day    time.Time // its midnight in India; zero of a list that has no days
	Offset int       // of the page; 0 for the first
}

// String returns the day, such as 2024-05-02, and the page if it is not the first.
func (w Window) String() string {
	page := fmt.Sprint("from record ", w.Offset)
	if w.Day.IsZero() {
		return page
	}
	return strings.TrimSuffix(w.Day.In(India).Format(time.DateOnly)+" "+page, " from record 0")
}

// WindowError says which window of a pull failed.
type WindowError struct {
	Window Window
	Err    error // an *Error
}

// Error names the window and the cause.
func (e *WindowError) Error() string { return e.Err.Error() + " [window " + e.Window.String() + "]" }

// Unwrap returns the cause.
func (e *WindowError) Unwrap() error { return e.Err }

// LogValue gives a log the window, and of the cause what [Error.LogValue] allows.
func (e *WindowError) LogValue() slog.Value {
	return slog.GroupValue(slog.String("window", e.Window.String()), slog.Any("", e.Err))
}

// Checkpoint says how far a pull has come. It can be kept as JSON and given to [ResumeFrom].
type Checkpoint struct {
	Operation Operation `json:"operation"`
	Request   string    `json:"request"`       // a fingerprint of what was asked for beside the day: another filter, another pull
	Day       string    `json:"day"`           // in India, yyyy-MM-dd: all of it was yielded
	IDs       []string  `json:"ids,omitempty"` // of its records, none of which the next day yields again
}

// PullOption sets up one pull.
type PullOption func(*pullOptions)

type pullOptions struct {
	parallel   int
	checkpoint func(context.Context, Checkpoint) error
	resume     Checkpoint
	goOn       bool
	page       int      // records of one; 0: as the call has it
	none       []string // texts in the list's place that mean no records
}

func pullOptionsOf(opts []PullOption) *pullOptions {
	o := &pullOptions{parallel: 1}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// WithParallelWindows asks for up to n days at once. The records still come in the order of the days; those of later
// days wait, at most 64 of each.
func WithParallelWindows(n int) PullOption { return func(o *pullOptions) { o.parallel = n } }

// WithPageSize sends n as the limit of a request, where the API has pages: Customers.Query, Tickets.PullByCustomer and,
// for a tenant with pagination, Tickets.Pull.
func WithPageSize(n int) PullOption { return func(o *pullOptions) { o.page = cmp.Or(n, -1) } }

// WithCheckpoint calls save after each day whose records were all yielded. Its error ends the pull. A day that had not
// been over for an hour when it was asked for is not saved, since more may be added to it, nor is any day behind one
// that failed: resuming repeats them rather than losing a record.
func WithCheckpoint(save func(context.Context, Checkpoint) error) PullOption {
	return func(o *pullOptions) { o.checkpoint = save }
}

// ResumeFrom begins on the day after the checkpoint's, whatever day the pull is told to begin with, so that none is left
// out between them. The zero Checkpoint begins at the beginning.
func ResumeFrom(cp Checkpoint) PullOption { return func(o *pullOptions) { o.resume = cp } }

// ContinueOnError goes on with the next day after one that failed; the error, a *[WindowError], is yielded in its place.
func ContinueOnError() PullOption { return func(o *pullOptions) { o.goOn = true } }

// days lists the days from one moment to another, both included, and the identifiers that the day before them had.
func (o *pullOptions) days(op Operation, request string, from, to time.Time) (days []time.Time, before map[string]bool, err error) {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(India).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, India)
	}
	first, last := midnight(from), midnight(to)
	switch {
	case from.IsZero() || to.IsZero():
		return nil, nil, invalid(op, "the range of days has no beginning or no end: give both times")
	case last.Before(first):
		return nil, nil, invalid(op, "the range of days ends (%s) before it begins (%s)", last.Format(time.DateOnly), first.Format(time.DateOnly))
	case first.Year() < 1970 || last.Year() > 9999:
		return nil, nil, invalid(op, "the range of days leaves the years 1970 to 9999")
	case o.parallel < 1:
		return nil, nil, invalid(op, "WithParallelWindows: %d is less than one", o.parallel)
	case o.page < 0:
		return nil, nil, invalid(op, "WithPageSize: less than one")
	}
	if o.resume.Day != "" {
		day, err := time.ParseInLocation(time.DateOnly, o.resume.Day, India)
		if err != nil || o.resume.Operation != op || o.resume.Request != request {
			return nil, nil, invalid(op, "ResumeFrom: the checkpoint (%s %s, %q) is not one of this pull (%s %s): its operation and filter must be the same",
				o.resume.Operation, o.resume.Request, o.resume.Day, op, request)
		}
		first, before = day.AddDate(0, 0, 1), map[string]bool{}
		for _, id := range o.resume.IDs {
			before[id] = true
		}
	}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		days = append(days, day)
	}
	return days, before, nil
}

// over reports whether a day had got all its records when it was asked for. The hour is for clocks that differ.
func over(day, asked time.Time) bool { return !asked.Before(day.AddDate(0, 0, 1).Add(time.Hour)) }
