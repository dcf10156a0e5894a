package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// stream takes the elements of one list off a body, one at a time, and keeps what stands around the list. It finds
// where values end without reading their grammar, so that what encoding/json refuses (raw line breaks in texts) can be
// put right before it decodes.
type stream struct {
	*bufio.Reader
	where   listing
	max     int64 // bytes of an element, and of all that stands around the list
	taken   int64
	element []byte // and the blanks around it
	around  []byte // the body without the elements
}

// listing says where in an answer the list is.
type listing struct {
	member     string   // of the outermost object
	single     bool     // one object may stand in the list's place
	statusless bool     // the answer may come without a status
	none       Code     // the refusal that means no records, since only dates that pull made get here
	texts      []string // in the list's place, that mean no records
}

// empty reports whether the error of an answer without records says that there are none.
func (l listing) empty(err error) bool {
	own, ok := errors.AsType[*Error](err)
	return ok && (own.Code == l.none || own.Code == ErrTextAnswer && slices.Contains(l.texts, own.Message))
}

var (
	errSyntax = errors.New("no valid JSON")
	errLong   = errors.New("more than WithMaxResponseBytes allows for one element, or for what stands around the list")
	errStop   = errors.New("the caller stopped reading")
)

// list sends one call and gives each element of the list in its answer to each, as it comes and wherever the status
// stands. An element is good until each returns. Only the closing brace of the envelope ends a list: any end before it
// is an error, as is a status that says failure, be it before the list or behind it.
func (c *Client) list(ctx context.Context, op Operation, send sender, request any, where listing, each func([]byte, *reply) error) (err error) {
	x := newExchange(op)
	x.stream = true
	resp, end, err := c.open(ctx, x, send, "application/json", request)
	if err != nil {
		return err
	}
	defer func() {
		_ = resp.Body.Close()
		if errors.Is(err, errStop) { // who reads no further has not failed
			end(nil)
			return
		}
		end(err)
	}()
	s := &stream{Reader: bufio.NewReaderSize(resp.Body, 64<<10), where: where, max: c.maxBytes}
	r := &reply{status: resp.StatusCode, header: resp.Header, notes: typeNotes(resp.Header)}
	err = s.read(func(element []byte) error {
		x.records++
		return each(element, r)
	})
	x.body = s.around
	if err != nil {
		return x.broken(ctx, s, err)
	}
	if r, err = x.judge(resp, s.around, due{members: []string{where.member}, statusless: where.statusless}); err == nil && string(r.members[where.member]) != "[]" {
		err = x.unreadable(ErrUnexpectedAnswer, fmt.Sprintf("the answer says success, but has no list under %q", where.member), nil)
	}
	if x.records == 0 && where.empty(err) {
		return nil
	}
	return err
}

// read takes the whole body.
func (s *stream) read(each func([]byte) error) error {
	depth, text, name, value := 0, 0, "", false
	for {
		c, err := s.ReadByte()
		switch {
		case errors.Is(err, io.EOF), err != nil && depth == 0 && name != "" && !truncation(err):
			return nil // what breaks behind the closing brace takes nothing away
		case err != nil:
			return err
		case int64(len(s.around)) >= s.max:
			return errLong
		}
		s.taken++
		s.around = append(s.around, c)
		switch {
		case text > 0 && c == '\\':
			if c, err = s.ReadByte(); err == nil {
				s.around = append(s.around, c)
			}
		case text > 0 && c != '"':
		case c == '"' && text == 0:
			text = len(s.around)
		case c == '"':
			if !value && depth == 1 {
				name, _ = textOf(s.around[text-1:])
			}
			text = 0
		case depth == 1 && (c == ':' || c == ','):
			value = c == ':'
		case value && depth == 1 && name == s.where.member && (c == '[' || c == '{' && s.where.single):
			if s.refused() {
				each = func([]byte) error { return nil }
			}
			if c == '[' {
				err = s.elements(each)
			} else if err = s.UnreadByte(); err == nil {
				if err = s.next(); err == nil {
					err = each(s.element)
				}
			}
			if err != nil {
				return err
			}
			s.around = append(s.around[:len(s.around)-1], "[]"...)
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			depth--
		}
	}
}

// refused reports whether the members before the list say that the call failed.
func (s *stream) refused() bool {
	var before map[string]json.RawMessage
	_ = json.Unmarshal([]byte(string(s.around[:len(s.around)-1])+"null}"), &before)
	return strings.Contains(strings.ToLower(string(before["status"])+string(before["Status"])), "fail")
}

// elements takes the list behind its opening bracket, and its closing one.
func (s *stream) elements(each func([]byte) error) error {
	for first := true; ; first = false {
		err := s.next()
		c, _ := s.ReadByte()
		switch s.taken++; {
		case err != nil:
			return err
		case c == ']' && first && len(bytes.TrimSpace(s.element)) == 0:
			return nil
		case c == '}':
			return errSyntax
		}
		if err := each(s.element); err != nil || c == ']' {
			return err
		}
	}
}

// next takes one value up to what ends it: a comma, a bracket or a brace, which is left.
func (s *stream) next() error {
	s.element = s.element[:0]
	depth, text, escaped := 0, false, false
	for {
		if _, err := s.Peek(1); err != nil {
			return err
		}
		chunk, _ := s.Peek(s.Buffered())
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
				return s.keep(chunk[:i])
			}
		}
		if err := s.keep(chunk); err != nil {
			return err
		}
	}
}

func (s *stream) keep(chunk []byte) error {
	if int64(len(s.element)+len(chunk)) > s.max {
		return errLong
	}
	s.element = append(s.element, chunk...)
	s.taken += int64(len(chunk))
	_, err := s.Discard(len(chunk))
	return err
}

// brokenError is a connection that broke inside a list, which retry does not see.
type brokenError struct{ error }

func (e *brokenError) Unwrap() error { return e.error }

// broken is the error of an answer that could not be read to its end.
func (x *exchange) broken(ctx context.Context, s *stream, err error) error {
	at := fmt.Sprintf(", at byte %d", s.taken)
	switch {
	case errors.Is(err, errLong):
		return x.fail(ErrTooLarge, errLong.Error()+at, nil)
	case errors.Is(err, errSyntax), errors.Is(err, errDepth):
		e := x.fail(ErrUndecodable, "an element cannot be read"+at, err)
		e.Sample = sample([]byte(x.redact(string(s.element))))
		return e
	case errors.Is(err, io.EOF):
		return x.fail(ErrTruncated, "the answer ends before its closing brace"+at, nil)
	}
	e := x.failure(ctx, err)
	if e.Code == ErrTruncated || e.Code == ErrTimeout { // so that a pull knows that it may ask again
		e.Detail, e.Err = "the connection broke before the closing brace"+at, &brokenError{e.Err}
	}
	return e
}
