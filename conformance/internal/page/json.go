package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// line is one line of a body as it is shown.
type line struct {
	Number int
	Depth  int
	// Name is the field's name as it is written, with its quotes; empty for an
	// element of an array.
	Name string
	Text string
	// Kind is the kind of the value, for its colour: "string", "number", "word"
	// or "" for brackets.
	Kind  string
	Comma bool
	// Found lists the findings about the line.
	Found []*finding
	// Skipped is how many lines were left out before this one.
	Skipped int

	pointer string
	hidden  string // the pointer as findings that hide values write it
	end     int64  // of the line, in bytes of the body
	closes  bool   // it only closes what another line opened
}

// Indent is the white space before the line.
func (l line) Indent() string { return strings.Repeat("  ", min(l.Depth, maxIndent)) }

// Bounds of what is printed as JSON; the rest is shown as it is.
const (
	maxIndent  = 24
	maxDepth   = 100
	maxPrinted = 50_000 // lines
	maxRaw     = 2_000  // bytes of a line that is not JSON
)

var errTooMuch = errors.New("more than is printed as JSON")

// printer splits a body into lines for as long as it is JSON. Texts and numbers
// are written as they were sent.
type printer struct {
	body       []byte
	decoder    *json.Decoder
	hideValues bool
	lines      []line
	done       int64 // bytes of the body that are in lines
}

// printJSON splits a body into lines. What follows the JSON, or is not JSON, keeps
// its own lines, and whole is false.
func printJSON(body []byte, hideValues bool) (lines []line, whole bool) {
	p := &printer{body: body, decoder: json.NewDecoder(bytes.NewReader(body)), hideValues: hideValues}
	p.decoder.UseNumber()
	err := p.value(line{})
	rest := body[p.done:]
	whole = err == nil && len(bytes.TrimSpace(rest)) == 0
	if !whole {
		p.raw(rest)
	}
	return numbered(p.lines), whole
}

func numbered(lines []line) []line {
	for i := range lines {
		lines[i].Number = i + 1
	}
	return lines
}

// token reads the next token, and returns how it is written.
func (p *printer) token() (json.Token, string, error) {
	start := p.decoder.InputOffset()
	token, err := p.decoder.Token()
	if err != nil {
		return nil, "", err
	}
	written := p.body[start:p.decoder.InputOffset()]
	return token, string(bytes.TrimLeft(written, " \t\r\n,:")), nil
}

// value writes the next value. at has its name, its depth and its pointer.
func (p *printer) value(at line) error {
	if at.Depth > maxDepth || len(p.lines) > maxPrinted {
		return errTooMuch
	}
	token, written, err := p.token()
	if err != nil {
		return err
	}

	delim, isDelim := token.(json.Delim)
	switch {
	case isDelim && delim == '{':
		return p.object(at)
	case isDelim && delim == '[':
		return p.array(at)
	case isDelim:
		return errors.New("a bracket closes nothing")
	}

	at.Text = written
	at.Kind = "word"
	switch token.(type) {
	case string:
		at.Kind = "string"
	case json.Number:
		at.Kind = "number"
	}
	if p.hideValues {
		at.Text = jsonvalue.Shape(token)
	}
	p.add(at)
	return nil
}

func (p *printer) add(l line) {
	p.done = p.decoder.InputOffset()
	l.end = p.done
	p.lines = append(p.lines, l)
}

func (p *printer) object(at line) error {
	empty, err := p.open(at, "{", "}")
	if err != nil || empty {
		return err
	}

	for p.decoder.More() {
		token, written, err := p.token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		step := jsonvalue.Escape(name)
		hiddenStep := step
		if jsonvalue.ValueLike(name) {
			hiddenStep = jsonvalue.HideName(name)
			if p.hideValues {
				written = hiddenStep
			}
		}
		below := line{
			Name:    written,
			Depth:   at.Depth + 1,
			pointer: at.pointer + "/" + step,
			hidden:  at.hidden + "/" + hiddenStep,
		}
		if err := p.element(below); err != nil {
			return err
		}
	}
	return p.shut(at, "}")
}

func (p *printer) array(at line) error {
	empty, err := p.open(at, "[", "]")
	if err != nil || empty {
		return err
	}

	for i := 0; p.decoder.More(); i++ {
		step := "/" + strconv.Itoa(i)
		below := line{Depth: at.Depth + 1, pointer: at.pointer + step, hidden: at.hidden + step}
		if err := p.element(below); err != nil {
			return err
		}
	}
	return p.shut(at, "]")
}

// open writes the line of an opening bracket. If nothing is between the
// brackets, both are in that line.
func (p *printer) open(at line, opening, closing string) (empty bool, err error) {
	at.Text = opening
	if p.decoder.More() {
		p.add(at)
		return false, nil
	}

	_, _, err = p.token()
	if err == nil {
		at.Text += closing
	}
	p.add(at)
	return true, err
}

func (p *printer) shut(at line, closing string) error {
	if _, _, err := p.token(); err != nil {
		return err
	}
	p.add(line{Depth: at.Depth, Text: closing, pointer: at.pointer, closes: true})
	return nil
}

// element writes a value, and a comma after it if another one follows.
func (p *printer) element(at line) error {
	if err := p.value(at); err != nil {
		return err
	}
	if p.decoder.More() && len(p.lines) > 0 {
		p.lines[len(p.lines)-1].Comma = true
	}
	return nil
}

// raw writes what is not JSON.
func (p *printer) raw(rest []byte) {
	rest = bytes.TrimLeft(rest, ", \t\r\n")
	offset := int64(len(p.body) - len(rest))
	for text := range bytes.Lines(rest) {
		offset += int64(len(text))
		shown := strings.TrimRight(string(text), "\r\n")
		if !utf8.ValidString(shown) {
			shown = strings.ToValidUTF8(shown, "\uFFFD")
		}
		if len(shown) > maxRaw {
			shown = fmt.Sprintf("%s (%d bytes more)", strings.ToValidUTF8(shown[:maxRaw], ""), len(shown)-maxRaw)
		}
		if p.hideValues {
			shown = jsonvalue.Shape(shown)
		}
		p.lines = append(p.lines, line{Text: shown, end: offset})
	}
}

// mark puts findings at the lines that they are about: that of the value, or
// of the object that lacks it, or the line that contains the place in the text.
func mark(lines []line, findings []*finding) {
	byPointer := map[string]int{}
	for i, l := range lines {
		for _, pointer := range []string{l.pointer, l.hidden} {
			if _, known := byPointer[pointer]; !known && !l.closes {
				byPointer[pointer] = i
			}
		}
	}

	for _, f := range findings {
		i, ok := lineOf(lines, byPointer, f.Finding)
		if !ok {
			continue
		}
		f.Line = i + 1
		lines[i].Found = append(lines[i].Found, f)
	}
}

func lineOf(lines []line, byPointer map[string]int, f conformance.Finding) (int, bool) {
	if len(lines) == 0 {
		return 0, false
	}
	if f.Line > 0 {
		for i := range lines {
			if f.Offset < lines[i].end {
				return i, true
			}
		}
		return len(lines) - 1, true
	}

	pointer := f.Pointer
	for {
		if i, ok := byPointer[pointer]; ok {
			return i, true
		}
		slash := strings.LastIndexByte(pointer, '/')
		if slash < 0 {
			return 0, true
		}
		pointer = pointer[:slash]
	}
}

// Lines of a long body that are shown: its beginning, and some around each
// finding.
const (
	maxLines    = 300
	firstLines  = 120
	linesAround = 4
)

// fold leaves out lines of a long body. more is how many are left out at the end.
func fold(lines []line) (shown []line, more int) {
	if len(lines) <= maxLines {
		return lines, 0
	}

	last := -1
	for i, l := range lines {
		near := i < firstLines
		for j := max(0, i-linesAround); !near && j < min(len(lines), i+linesAround+1); j++ {
			near = len(lines[j].Found) > 0
		}
		if !near {
			continue
		}
		l.Skipped = i - last - 1
		last = i
		shown = append(shown, l)
	}
	return shown, len(lines) - 1 - last
}

// isJSON reports whether a body should be shown as JSON, even if it breaks off.
func isJSON(body []byte) bool {
	start := bytes.TrimLeft(body, " \t\r\n")
	return len(start) > 0 && (start[0] == '{' || start[0] == '[' || json.Valid(body))
}
