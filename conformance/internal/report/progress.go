package report

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Terminal reports whether a writer is a terminal: only there are colours and
// progress in place.
func Terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width is the number of columns of a terminal, 80 for any other writer.
func Width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 80
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

// Progress shows how far a run is, in one line that it rewrites and clears at
// the end. It writes nothing if the writer is not a terminal, or is one that
// cannot rewrite a line. It is safe for concurrent use.
type Progress struct {
	bar *progressbar.ProgressBar
}

// NewProgress starts a progress of total steps, 0 if their number is unknown.
func NewProgress(w io.Writer, total int) *Progress {
	return newProgress(w, total, Terminal(w) && os.Getenv("TERM") != "dumb")
}

func newProgress(w io.Writer, total int, visible bool) *Progress {
	if total <= 0 {
		total = -1 // a spinner
	}
	return &Progress{bar: progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetVisibility(visible),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(12),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionUseANSICodes(true),
	)}
}

// Step says that the next step begins, and its name. What the name contains
// cannot move the cursor.
func (p *Progress) Step(name string) {
	p.bar.Describe(Clean(name))
	_ = p.bar.Add(1)
}

// Done clears the line.
func (p *Progress) Done() { _ = p.bar.Finish() }
