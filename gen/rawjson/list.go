package rawjson

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// List takes the elements of one list off a body, one at a time, and keeps what stands around the list. It finds where
// values end without reading their grammar, so that what encoding/json refuses (raw line breaks in texts) can be put
// right before it decodes.
type List struct {
	Path   []string // names of the members that lead to the list, from the outermost object; at least one
	Single bool     // one object may stand in the list's place
	Max    int64    // bytes of an element, and of all that stands around the list
	// Skip is asked with the members that came before the list whether its elements count for nothing.
	Skip func(before json.RawMessage) bool

	Around  []byte // the body without the elements
	Element []byte // the last one, and the blanks around it
	Taken   int64  // bytes of the body

	body *bufio.Reader
}

// What else [List.Read] fails with: a body that breaks off gives what its reader gave, one that ends early io.EOF or nil
// and an Around that is no whole object.
var (
	ErrSyntax = errors.New("no valid JSON")
	ErrLong   = errors.New("an element, or what stands around the list, is longer than allowed")
)

// Truncated reports whether a body that failed so is one that ends too early.
func Truncated(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader)
}

// Read takes the whole body and gives each element of the list to each. An element is good until each returns, whose
// error ends the reading.
func (l *List) Read(body io.Reader, each func([]byte) error) error {
	l.body = bufio.NewReaderSize(body, 64<<10)
	depth, text, value := 0, 0, false
	names := make([]string, len(l.Path)) // of the members that led here
	for {
		c, err := l.body.ReadByte()
		switch {
		case errors.Is(err, io.EOF), err != nil && depth == 0 && names[0] != "" && !Truncated(err):
			return nil // what breaks behind the closing brace takes nothing away
		case err != nil:
			return err
		case int64(len(l.Around)) >= l.Max:
			return ErrLong
		}
		l.Taken++
		l.Around = append(l.Around, c)
		switch {
		case text > 0 && c == '\\':
			if c, err = l.body.ReadByte(); err == nil {
				l.Taken, l.Around = l.Taken+1, append(l.Around, c)
			}
		case text > 0 && c != '"':
		case c == '"' && text == 0:
			text = len(l.Around)
		case c == '"':
			if !value && depth > 0 && depth <= len(names) {
				names[depth-1], _ = Text(l.Around[text-1:])
			}
			text = 0
		case c == ':', c == ',':
			value = c == ':'
		case value && depth == len(names) && slices.Equal(names, l.Path) && (c == '[' || c == '{' && l.Single):
			if l.skipped(depth) {
				each = func([]byte) error { return nil }
			}
			if c == '[' {
				err = l.elements(each)
			} else if err = l.body.UnreadByte(); err == nil {
				l.Taken--
				if err = l.next(); err == nil {
					err = each(l.Element)
				}
			}
			if err != nil {
				return err
			}
			l.Around = append(l.Around[:len(l.Around)-1], "[]"...)
		case c == '{', c == '[':
			depth, value = depth+1, false
		case c == '}', c == ']':
			depth--
		}
	}
}

// skipped asks about what came until now, closed so that it can be read.
func (l *List) skipped(depth int) bool {
	return l.Skip != nil && l.Skip([]byte(string(l.Around[:len(l.Around)-1])+"null"+strings.Repeat("}", depth)))
}

// elements takes the list behind its opening bracket, and its closing one.
func (l *List) elements(each func([]byte) error) error {
	for first := true; ; first = false {
		err := l.next()
		c, _ := l.body.ReadByte()
		switch l.Taken++; {
		case err != nil:
			return err
		case c == ']' && first && len(bytes.TrimSpace(l.Element)) == 0:
			return nil
		case c == '}':
			return ErrSyntax
		}
		if err := each(l.Element); err != nil || c == ']' {
			return err
		}
	}
}

// next takes one value up to what ends it: a comma, a bracket or a brace, which is left.
func (l *List) next() error {
	l.Element = l.Element[:0]
	depth, text, escaped := 0, false, false
	for {
		if _, err := l.body.Peek(1); err != nil {
			return err
		}
		chunk, _ := l.body.Peek(l.body.Buffered())
		for i, c := range chunk {
			switch {
			case escaped:
				escaped = false
			case text:
				escaped, text = c == '\\', c != '"'
			case c == '"':
				text = true
			case c == '{', c == '[':
				depth++
			case c == '}' && depth > 0, c == ']' && depth > 0:
				depth--
			case depth == 0 && (c == ',' || c == ']' || c == '}'):
				return l.keep(chunk[:i])
			}
		}
		if err := l.keep(chunk); err != nil {
			return err
		}
	}
}

func (l *List) keep(chunk []byte) error {
	if int64(len(l.Element)+len(chunk)) > l.Max {
		return ErrLong
	}
	l.Element = append(l.Element, chunk...)
	l.Taken += int64(len(chunk))
	_, err := l.body.Discard(len(chunk))
	return err
}
