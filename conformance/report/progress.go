package report

import (
	"fmt"
	"io"
	"os"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// Terminal reports whether a writer is a terminal: only there are colours and
// progress in place.
func Terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Progress shows how far a run is, in one line that it writes anew and clears
// at the end. Where nobody watches it writes nothing. It is safe for
// concurrent use.
type Progress struct {
	mu    sync.Mutex
	w     io.Writer // nil: nobody watches
	width func() int
	total int
	done  int
}

// NewProgress begins a progress of total steps, 0 if their number is unknown.
func NewProgress(w io.Writer, total int) *Progress {
	if !Terminal(w) {
		return &Progress{total: total}
	}
	f := w.(*os.File)
	return &Progress{w: w, total: total, width: func() int {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
		return 80
	}}
}

const clearLine = "\r\x1b[K"

// Step says that the next step begins, and its name.
func (p *Progress) Step(name string) {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	line := fmt.Sprintf("%d %s", p.done, Clean(name))
	if p.total > 0 {
		line = fmt.Sprintf("%d/%d %s", p.done, p.total, Clean(name))
	}
	// One column stays free: a full line would wrap on some terminals.
	fmt.Fprint(p.w, clearLine+cut(line, p.width()-1))
}

// Done clears the line. The progress may go on afterwards.
func (p *Progress) Done() {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprint(p.w, clearLine)
}

func cut(text string, width int) string {
	if width < 1 || utf8.RuneCountInString(text) <= width {
		return text
	}
	runes := []rune(text)
	return string(runes[:max(width-1, 0)]) + "…"
}
