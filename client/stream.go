package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/gen/rawjson"
)

// listing says where in an answer the list is.
type listing struct {
	path       []string // of names, from the outermost object
	id         string   // the member that identifies a record
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

var errStop = errors.New("the caller stopped reading")

// list sends one call and gives each element of the list in its answer to each, as it comes and wherever the status
// stands. An element is good until each returns. Only the closing brace of the envelope ends a list: any end before it
// is an error, as is a status that says failure, be it before the list or behind it.
func (c *Client) list(ctx context.Context, op Operation, send sender, request any, where listing, each func([]byte, *reply) error) (err error) {
	x := newExchange(op)
	x.stream = true
	body, end, err := c.open(ctx, x, send, request)
	if err != nil {
		return err
	}
	defer func() {
		_ = body.Close()
		if errors.Is(err, errStop) { // who reads no further has not failed
			end(nil)
			return
		}
		end(err)
	}()
	s := &rawjson.List{Path: where.path, Single: where.single, Max: c.maxBytes, Skip: x.refuses}
	r := &reply{status: x.status, header: x.header, notes: typeNotes(x.header), id: where.id}
	err = s.Read(body, func(element []byte) error {
		x.records++
		return each(element, r)
	})
	if err != nil {
		x.body = s.Around
		return x.broken(ctx, s, err)
	}
	name := strings.Join(where.path, "/")
	if r, err = x.judge(s.Around, due{members: []string{where.path[0], name}, statusless: where.statusless}); err == nil && string(rawjson.Member(r.json, where.path...)) != "[]" {
		err = x.unreadable(ErrUnexpectedAnswer, fmt.Sprintf("the answer says success, but has no list under %q", name), nil)
	}
	if x.records == 0 && where.empty(err) {
		return nil
	}
	return err
}

// refuses reports whether the HTTP status or the members before a list say that the call failed.
func (x *exchange) refuses(before json.RawMessage) bool {
	verdict := string(rawjson.Member(before, "status")) + string(rawjson.Member(before, "Status"))
	return x.status >= 400 || strings.Contains(strings.ToLower(verdict), "fail")
}

// brokenError is a connection that broke inside a list, which retry does not see.
type brokenError struct{ error }

func (e *brokenError) Unwrap() error { return e.error }

// broken is the error of an answer that could not be read to its end.
func (x *exchange) broken(ctx context.Context, s *rawjson.List, err error) error {
	at := fmt.Sprintf(", at byte %d", s.Taken)
	switch {
	case errors.Is(err, rawjson.ErrLong):
		return x.fail(ErrTooLarge, "more than WithMaxResponseBytes allows for one element, or for what stands around the list"+at, nil)
	case errors.Is(err, rawjson.ErrSyntax):
		e := x.fail(ErrUndecodable, "an element cannot be read"+at, err)
		e.Sample = sample([]byte(x.redact(string(s.Element))))
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
