package client

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/kapture-community/kapture-go/client/internal/digest"
)

// Window is what one request of a pull asks for: a day in India and, if there
// are pages, one page.
type Window struct {
	Day    time.Time // its midnight in India; zero for a list that has no days
	Offset int       // how many records are before the page, or with WithPageNumbers how many pages
}

// String returns the day, such as 2024-05-02, and the offset of the page if it
// is not the first.
func (w Window) String() string {
	page := fmt.Sprint("offset ", w.Offset)
	if w.Day.IsZero() {
		return page
	}
	day := w.Day.In(India).Format(time.DateOnly)
	if w.Offset == 0 {
		return day
	}
	return day + " " + page
}

// WindowError says which window of a pull failed.
type WindowError struct {
	Window Window // the day, or the page of it, that failed
	Err    error  // an *Error
}

// Error names the window and the cause.
func (e *WindowError) Error() string { return e.Err.Error() + " [window " + e.Window.String() + "]" }

// Unwrap returns the cause.
func (e *WindowError) Unwrap() error { return e.Err }

// LogValue gives a log the window, and what [Error.LogValue] allows of the
// cause.
func (e *WindowError) LogValue() slog.Value {
	return slog.GroupValue(slog.String("window", e.Window.String()), slog.Any("", e.Err))
}

// Checkpoint says how far a pull has come. It can be stored as JSON and given
// to [ResumeFrom].
type Checkpoint struct {
	Operation Operation `json:"operation"` // of the pull
	Request   string    `json:"request"`   // a fingerprint of what is asked for, without the day
	Day       string    `json:"day"`       // in India, yyyy-MM-dd; all of it was yielded
	// Digests has 12 bytes for each record of that day that has an identifier:
	// the beginning of the SHA-256 of its JSON. The next day skips a record that
	// is here, and yields one that has changed.
	Digests []byte `json:"digests,omitempty"`
}

// PullOption sets up one pull.
type PullOption func(*pullOptions)

type pullOptions struct {
	parallel   int
	checkpoint func(context.Context, Checkpoint) error
	resume     Checkpoint
	start      Window // where to begin; the zero Window for the beginning

	continueOnError      bool
	continueOnBadElement bool

	pageSize         int
	pageSizeGiven    bool
	pageNumbers      bool
	repeatedLastPage bool

	emptyTexts []string          // texts in the list's place that mean no records
	faq        []func(*FAQQuery) // what narrows a query for questions
}

func pullOptionsOf(opts []PullOption) *pullOptions {
	o := &pullOptions{parallel: 1}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// WithParallelWindows asks for up to n days at once. The records still come in
// the order of the days; those of later days wait, in at most about 16 MB of
// memory and 128 kB for each day, or one record if that is larger.
func WithParallelWindows(n int) PullOption { return func(o *pullOptions) { o.parallel = n } }

// WithPageSize sends n as the limit of a request, where the API has pages:
// Customers.Query, Tickets.PullByCustomer, FAQ.Contents and, for a tenant with
// pagination, Tickets.Pull.
func WithPageSize(n int) PullOption {
	return func(o *pullOptions) {
		o.pageSize = n
		o.pageSizeGiven = true
	}
}

// WithPageNumbers sends the number of the page as its offset: 0, 1, 2 and so
// on. It is for a server that counts pages where this API counts records, which
// a pull without the option reports as [ErrPageNumbers].
func WithPageNumbers() PullOption { return func(o *pullOptions) { o.pageNumbers = true } }

// WithRepeatedLastPage takes a page that is the same as the one before it for
// the end of the list. It is for a server that sends its last page for any
// offset after the end, which a pull without the option reports as
// [ErrRepeatedPage]. A server that sends its first page for any offset remains
// an error: if the first page comes again, offset 1 is requested once to tell
// the two apart. So does a repeated page whose elements have no identifiers,
// since two pages of such elements may look the same.
func WithRepeatedLastPage() PullOption { return func(o *pullOptions) { o.repeatedLastPage = true } }

// WithCheckpoint calls save after each day whose records were all yielded. An
// error of save ends the pull.
//
// A day is saved only if it had been over for an hour when it was requested, by
// the clock of this machine and by the server's (its Date header), since more
// records may be added to it until then. If one of the clocks is wrong,
// resuming repeats days rather than skipping them. If a day failed or was not
// saved, no later day is saved either.
func WithCheckpoint(save func(context.Context, Checkpoint) error) PullOption {
	return func(o *pullOptions) { o.checkpoint = save }
}

// ResumeFrom begins on the day after that of the checkpoint, whatever the first
// day of the pull is, so that no day between them is left out. The zero
// Checkpoint has no effect. A checkpoint of another operation or filter is
// rejected; so is one of a day that is not over, since a clock was wrong when
// it was made, and it would skip days.
func ResumeFrom(cp Checkpoint) PullOption { return func(o *pullOptions) { o.resume = cp } }

// ResumeAt begins within a window: on its day, with the page at its offset. Use
// it to get past a window that cannot be read; the error names the window:
//
//	var at *client.WindowError
//	if errors.As(err, &at) {
//		at.Window.Offset += 100 // past what cannot be read
//		records = c.Customers.Query(ctx, from, to, filter, client.ResumeAt(at.Window))
//	}
//
// Records before the offset are not requested. If [ResumeFrom] is given too,
// the day must be the one after that of the checkpoint.
func ResumeAt(w Window) PullOption { return func(o *pullOptions) { o.start = w } }

// ContinueOnError continues with the next day after one that failed; the error,
// a *[WindowError], is yielded in place of the records that could not be read.
func ContinueOnError() PullOption { return func(o *pullOptions) { o.continueOnError = true } }

// ContinueOnBadElement continues with the next element of a list after one that
// is not a record: not valid JSON, not an object with fields, or with an
// identifier that cannot be read. It is yielded in its place as an error, a
// *[WindowError] whose cause has its bytes in Element. Once all elements were
// yielded in this way, the day is complete and has its checkpoint. An object in
// the place of the list is not an element: if it is not a record, the day fails,
// with an error that has a Body too.
func ContinueOnBadElement() PullOption {
	return func(o *pullOptions) { o.continueOnBadElement = true }
}

// check rejects options that the API cannot take.
func (o *pullOptions) check(op Operation, paged bool) error {
	switch {
	case o.pageSizeGiven && o.pageSize < 1:
		return invalid(op, "WithPageSize: %d is less than one", o.pageSize)
	case o.start.Offset < 0:
		return invalid(op, "ResumeAt: the offset %d is below zero", o.start.Offset)
	case !paged && o.start.Offset > 0:
		return invalid(op, "ResumeAt: the offset is %d, and this list has no pages", o.start.Offset)
	case o.parallel < 1:
		return invalid(op, "WithParallelWindows: %d is less than one", o.parallel)
	}
	return nil
}

// pageSizeOr returns the page size, or usual if none was given.
func (o *pullOptions) pageSizeOr(usual int) int {
	if o.pageSizeGiven {
		return o.pageSize
	}
	return usual
}

// days returns the days to ask for.
func (o *pullOptions) days(op Operation, request string, from, to time.Time) (*dayRange, error) {
	if from.IsZero() || to.IsZero() {
		return nil, invalid(op, "the range of days has no beginning or no end: give both times")
	}
	days := &dayRange{next: midnight(from), last: midnight(to), seenBefore: &recordSet{}}
	if days.last.Before(days.next) {
		const format = "the range of days ends (%s) before it begins (%s)"
		return nil, invalid(op, format, days.last.Format(time.DateOnly), days.next.Format(time.DateOnly))
	}
	if days.next.Year() < 1970 || days.last.Year() > 9999 {
		return nil, invalid(op, "the range of days leaves the years 1970 to 9999")
	}

	if o.resume.Day != "" {
		if err := o.resumeFrom(days, op, request); err != nil {
			return nil, err
		}
	}
	if !o.start.Day.IsZero() || o.start.Offset > 0 {
		return days, o.resumeAt(days, op)
	}
	return days, nil
}

// resumeFrom begins after the checkpoint.
func (o *pullOptions) resumeFrom(days *dayRange, op Operation, request string) error {
	day, err := time.ParseInLocation(time.DateOnly, o.resume.Day, India)
	digests, whole := digest.FromBytes(o.resume.Digests)
	if err != nil || !whole || o.resume.Operation != op || o.resume.Request != request {
		return invalid(op, "ResumeFrom: the checkpoint (%s %s, %q) is from another pull than this (%s %s): "+
			"its operation and filter must be the same",
			o.resume.Operation, o.resume.Request, o.resume.Day, op, request)
	}

	days.next = day.AddDate(0, 0, 1)
	days.seenBefore.named = *digests
	if days.next.After(time.Now()) {
		return invalid(op, "ResumeFrom: the checkpoint says that %s is complete, but that day is not over: "+
			"a clock was wrong; resume from an earlier checkpoint", o.resume.Day)
	}
	return nil
}

// resumeAt begins within a window.
func (o *pullOptions) resumeAt(days *dayRange, op Operation) error {
	if o.start.Day.IsZero() {
		return invalid(op, "ResumeAt: the window (%s) has no day; give the one that the error named", o.start)
	}
	day := midnight(o.start.Day)
	if day.After(days.last) {
		const format = "ResumeAt: the range of days ends (%s) before the window (%s)"
		return invalid(op, format, days.last.Format(time.DateOnly), o.start)
	}
	if o.resume.Day != "" && !day.Equal(days.next) {
		const format = "ResumeAt: the window (%s) is not on the day after the checkpoint's (%s)"
		return invalid(op, format, o.start, o.resume.Day)
	}

	days.next = day
	days.offset = o.start.Offset
	return nil
}

// midnight returns the beginning of t's day in India.
func midnight(t time.Time) time.Time {
	year, month, day := t.In(India).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, India)
}
