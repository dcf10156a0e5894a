package report

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

// Into a pipe or a file, nothing is written.
func TestProgressWithoutATerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgress(w, 3)
	p.Step("one")
	p.Done()
	w.Close()

	if out, err := io.ReadAll(r); err != nil || len(out) != 0 {
		t.Errorf("%q %v", out, err)
	}
	if Terminal(&bytes.Buffer{}) {
		t.Error("a buffer is not a terminal")
	}
}

// On a terminal there is one line, which is cleared at the end. A name cannot move
// the cursor.
func TestProgressOnATerminal(t *testing.T) {
	var b bytes.Buffer
	p := newProgress(&b, 3, true)
	p.Step("one")
	p.Step("a longer name\x1b[2J")
	p.Done()

	shown := b.String()
	for _, want := range []string{"one", "1/3", `a longer name\x1b[2J`, "2/3"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in %q", want, shown)
		}
	}
	if strings.Contains(shown, "\x1b[2J") || strings.Contains(shown, "\n") {
		t.Errorf("%q", shown)
	}
}
