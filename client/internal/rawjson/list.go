package rawjson

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/kapture-community/kapture-go/gen/jsontoken"
)

// List reads the elements of one list in a body, one at a time, and keeps what
// surrounds the list.
//
// It finds where values end without checking their grammar, so that what
// encoding/json rejects (raw line breaks in texts) can be put right before it
// decodes. The Decoder of encoding/json cannot do that, and that of jsontext
// (Go 1.27) was tried: it is 2.3 times slower here, and rejects raw control
// characters under every option.
type List struct {
	Path   []string // the names of the fields that lead to the list, from the outermost object; at least one
	Single bool     // one object may be in the list's place
	Max    int64    // the limit in bytes for an element, and for all that surrounds the list
	// Skip is called with the fields before the list. If it returns true, the
	// elements are skipped.
	Skip func(before json.RawMessage) bool

	IsObject bool // one object is in the list's place; known at its first element

	Around  []byte // the body without the elements
	Element []byte // the last one, with the white space around it
	Taken   int64  // bytes of the body

	ctx  context.Context
	body *bufio.Reader
}

// What else [List.Elements] fails with. If a body breaks off, the error is that
// of its reader; if it ends early, the error is io.EOF, or none and Around is
// not a whole object.
var (
	ErrSyntax = errors.New("not valid JSON")
	ErrLong   = errors.New("an element, or what surrounds the list, is longer than allowed")
)

// Truncated reports whether err is that of a body that ends too early.
func Truncated(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader)
}

// Elements reads the whole body and yields each element of the list. An element
// is valid until the next one. An error is the last pair; it is that of the
// context if the context ends first, however fast the body comes.
func (l *List) Elements(ctx context.Context, body io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		l.ctx = ctx
		l.body = listReaders.Get().(*bufio.Reader)
		l.body.Reset(body)
		defer func() {
			l.body.Reset(nil)
			listReaders.Put(l.body)
			l.body = nil
		}()

		stopped := false
		err := l.read(func(element []byte) bool {
			stopped = !yield(element, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

// listReaders are used again: most days of a long range are one small response.
var listReaders = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 64<<10) }}

// errStopped ends the reading for a caller who wants no more elements.
var errStopped = errors.New("stopped")

// read reads what surrounds the list, and the list when it reaches it.
func (l *List) read(yield func([]byte) bool) error {
	names := make([]string, len(l.Path)) // of the fields that lead to where it is
	depth := 0
	afterColon := false
	closed := false // the outermost object has ended
	for {
		token, err := l.next()
		if err != nil {
			if closed && depth == 0 && !errors.Is(err, ErrLong) && !Truncated(err) {
				return nil // what breaks after the closing brace takes nothing away
			}
			return err
		}

		switch token.Kind {
		case jsontoken.End:
			return nil
		case jsontoken.Text:
			isName := !afterColon && depth > 0 && depth <= len(names)
			if isName {
				names[depth-1], _ = Text(l.Around[token.Start:])
			}
		case jsontoken.Colon:
			afterColon = true
		case jsontoken.Comma:
			afterColon = false
		case jsontoken.BeginObject, jsontoken.BeginArray:
			isPlace := afterColon && depth == len(names) && slices.Equal(names, l.Path)
			isList := token.Kind == jsontoken.BeginArray
			if isPlace && (isList || l.Single) {
				if err := l.readList(isList, depth, yield); err != nil {
					return err
				}
				continue
			}
			depth++
			afterColon = false
		case jsontoken.EndObject, jsontoken.EndArray:
			depth--
			closed = closed || depth == 0
		}
	}
}

// next reads the next token of the body and appends it to Around, with the
// white space before it. Its positions are those in Around. A literal may come
// in several pieces.
func (l *List) next() (jsontoken.Token, error) {
	start := len(l.Around)
	token := jsontoken.Token{}
	for {
		chunk, err := l.chunk()
		if errors.Is(err, io.EOF) {
			return jsontoken.Token{Kind: jsontoken.End}, nil
		}
		if err != nil {
			return jsontoken.Token{}, err
		}

		resumed := token.Kind == jsontoken.OpenText
		token = nextIn(chunk, token)
		if !resumed {
			start = len(l.Around) + token.Start
		}
		if err := l.keepAround(chunk[:token.Stop]); err != nil {
			return jsontoken.Token{}, err
		}
		if token.Kind != jsontoken.End && token.Kind != jsontoken.OpenText {
			token.Start = start
			token.Stop = len(l.Around)
			return token, nil
		}
	}
}

// nextIn returns the first token of a chunk, of which the chunk before it may
// have had a part.
func nextIn(chunk []byte, before jsontoken.Token) jsontoken.Token {
	if before.Kind != jsontoken.OpenText {
		return jsontoken.Next(chunk, 0)
	}
	if before.Flags&jsontoken.HalfEscape != 0 {
		return jsontoken.Resume(chunk, 1)
	}
	return jsontoken.Resume(chunk, 0)
}

// readList takes the list, or the one object in its place. Its opening bracket
// or brace is in Around already.
func (l *List) readList(isList bool, depth int, yield func([]byte) bool) error {
	before := l.Around[:len(l.Around)-1]
	if l.Skip != nil && l.Skip(closedObject(before, depth)) {
		yield = func([]byte) bool { return true }
	}

	if isList {
		if err := l.readElements(yield); err != nil {
			return err
		}
	} else if err := l.readObject(yield); err != nil {
		return err
	}
	l.Around = append(before, "[]"...)
	return nil
}

// closedObject completes the text before a list, so that it can be decoded.
func closedObject(before []byte, depth int) json.RawMessage {
	return slices.Concat(before, []byte("null"), bytes.Repeat([]byte("}"), depth))
}

// readElements takes the elements and the closing bracket.
func (l *List) readElements(yield func([]byte) bool) error {
	for first := true; ; first = false {
		if err := l.readElement(nil); err != nil {
			return err
		}
		end, err := l.body.ReadByte()
		if err != nil {
			return err
		}
		l.Taken++

		empty := first && len(bytes.TrimSpace(l.Element)) == 0
		switch {
		case end == ']' && empty:
			return nil
		case end == '}':
			return ErrSyntax
		case !yield(l.Element):
			return errStopped
		case end == ']':
			return nil
		}
	}
}

// readObject takes one object, whose opening brace was taken.
func (l *List) readObject(yield func([]byte) bool) error {
	l.IsObject = true
	if err := l.readElement([]byte("{")); err != nil {
		return err
	}
	if !yield(l.Element) {
		return errStopped
	}
	return nil
}

// readElement takes one value, whose beginning may have been taken, up to what
// ends it: a comma, a bracket or a brace, which stays in the body.
func (l *List) readElement(begun []byte) error {
	l.Element = append(l.Element[:0], begun...)
	depth := len(begun)
	token := jsontoken.Token{}
	for {
		chunk, err := l.chunk()
		if err != nil {
			return err
		}

		next := nextIn(chunk, token)
		for ; next.Kind != jsontoken.End; next = jsontoken.Next(chunk, next.Stop) {
			token = next
			switch token.Kind {
			case jsontoken.BeginObject, jsontoken.BeginArray:
				depth++
				continue
			case jsontoken.EndObject, jsontoken.EndArray:
				if depth > 0 {
					depth--
					continue
				}
			case jsontoken.Comma:
				if depth > 0 {
					continue
				}
			default:
				continue
			}
			return l.keepElement(chunk[:token.Start])
		}
		if err := l.keepElement(chunk); err != nil {
			return err
		}
	}
}

// chunk returns the bytes that have arrived and were not taken, at least one.
func (l *List) chunk() ([]byte, error) {
	if err := l.ctx.Err(); err != nil {
		return nil, err
	}
	if _, err := l.body.Peek(1); err != nil {
		return nil, err
	}
	return l.body.Peek(l.body.Buffered())
}

// keepAround takes a chunk that is not part of the list, as far as it may be.
func (l *List) keepAround(chunk []byte) error {
	space := max(l.Max-int64(len(l.Around)), 0)
	if int64(len(chunk)) <= space {
		return l.take(&l.Around, chunk)
	}
	if err := l.take(&l.Around, chunk[:space]); err != nil {
		return err
	}
	return ErrLong
}

// keepElement takes a chunk of an element.
func (l *List) keepElement(chunk []byte) error {
	if int64(len(l.Element)+len(chunk)) > l.Max {
		return ErrLong
	}
	return l.take(&l.Element, chunk)
}

// take takes a chunk off the body.
func (l *List) take(into *[]byte, chunk []byte) error {
	*into = append(*into, chunk...)
	l.Taken += int64(len(chunk))
	_, err := l.body.Discard(len(chunk))
	return err
}
