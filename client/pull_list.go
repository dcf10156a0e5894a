package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/client/internal/digest"
	"github.com/kapture-community/kapture-go/client/internal/rawjson"
)

// listing says where in a response the list is.
type listing struct {
	path           []string // the names that lead to it, from the outermost object
	idField        string   // the field that identifies a record
	objectAllowed  bool     // one object may be in the list's place
	statusOptional bool     // the response may come without a status
	emptyCode      Code     // the failure that means no records, as only dates made here get there
	emptyTexts     []string // texts in the list's place that mean no records
}

// name returns the path as errors show it.
func (l *listing) name() string { return strings.Join(l.path, "/") }

// meansEmpty reports whether the error of a response without records says that
// there are none.
func (l *listing) meansEmpty(err error) bool {
	made, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	return made.Code == l.emptyCode || made.Code == ErrTextResponse && slices.Contains(l.emptyTexts, made.Message)
}

// fetch sends one request and yields the elements of the list in its response
// as they arrive. An error is the last pair; with ContinueOnBadElement, that of
// an element is a part of its record instead.
func (p *page[T, P]) fetch(ctx context.Context) iter.Seq2[record[T], error] {
	return func(yield func(record[T], error) bool) {
		wanted := func(r record[T]) bool { return yield(r, nil) }
		if err := p.readList(ctx, wanted); err != nil {
			yield(record[T]{}, err)
		}
	}
}

// readList reads the list in the response to one request, until yield returns
// false. Only the closing brace of the envelope ends a list: an end before it
// is an error, as is a status that says failure, before the list or after it.
func (p *page[T, P]) readList(ctx context.Context, yield func(record[T]) bool) (err error) {
	puller := p.puller
	x, err := puller.client.start(ctx, &call{
		op:      puller.op,
		streams: true,
		request: puller.request,
		body:    puller.body(p.window, puller.pageSize),
	})
	if err != nil {
		return err
	}
	defer func() {
		if errors.Is(err, errStopped) { // a caller who reads no further has not failed
			x.end(nil)
			return
		}
		x.end(err)
	}()

	a := x.attempt
	p.noteClock(a.header)
	list := &rawjson.List{
		Path:   puller.list.path,
		Single: puller.list.objectAllowed,
		Max:    puller.client.maxBytes,
		Skip:   a.saysFailure,
	}
	reader := &listReader[T, P]{attempt: a, list: list, idField: puller.list.idField}
	continues := puller.options.continueOnBadElement
	for element, err := range list.Elements(ctx, x.body) {
		if err != nil {
			a.body = list.Around
			return a.brokenList(ctx, list, err)
		}
		// An object in the list's place may say why the list is missing.
		passes := continues && !list.IsObject
		if !passes {
			// Each error would keep it, so that many errors would take much memory.
			a.body = list.Around
		}
		record, err := reader.record(element, x.records)
		x.records++
		if err != nil && !passes {
			return err
		}
		if err != nil {
			x.notes = append(x.notes, Note{Kind: NoteBadElement, Pointer: reader.pointer(x.records - 1)})
			record.bad = &WindowError{p.window, err}
		}
		if !yield(record) {
			return nil
		}
	}

	a.body = list.Around
	notes, err := a.judgeList(&puller.list)
	x.notes = append(x.notes, notes...)
	if x.records == 0 && puller.list.meansEmpty(err) {
		return nil
	}
	return err
}

// noteClock keeps the time of the server in its first response.
func (p *page[T, P]) noteClock(header http.Header) {
	if date, err := http.ParseTime(header.Get("Date")); err == nil && p.clock.IsZero() {
		p.clock = date
	}
}

// listReader makes records of the elements of one list.
type listReader[T any, P responseOf[T]] struct {
	attempt *attempt
	list    *rawjson.List
	idField string
	from    *origin // of all its records; nil before the first
}

// record makes a record of element n, counted from 0. An element that is not an
// object with fields is never a record, nor is one whose identifier cannot be
// read.
func (r *listReader[T, P]) record(element []byte, n int) (record[T], error) {
	made := record[T]{
		digest: digest.Of(bytes.TrimSpace(element)),
		size:   int(reflect.TypeFor[T]().Size()) + len(element)*3/2, // its bytes, and the texts of its fields
	}
	if r.from == nil {
		_, marks := rawjson.Bare(r.list.Around) // as far as it has come
		notes := slices.Concat(typeNotes(r.attempt.header), notesOf(marks))
		r.from = &origin{status: r.attempt.status, header: r.attempt.header, notes: notes, idField: r.idField}
	}

	value, err := decode[T, P](element, *r.from)
	switch {
	case errors.Is(err, errTooMuchMemory):
		e := r.attempt.badElement(element, r.pointer(n)+" is too large: "+err.Error())
		e.Code = ErrTooLarge
		return made, e
	case err != nil:
		return made, r.attempt.brokenElement(r.list, fmt.Errorf("%w: %w", rawjson.ErrSyntax, err))
	}

	id := P(value).identifier()
	switch {
	case !rawjson.HasFields(element):
		return made, r.attempt.badElement(element, notRecord(r.pointer(n)))
	case !id.Valid():
		return made, r.attempt.badElement(element, fmt.Sprintf("%s: its %q cannot be read", r.pointer(n), r.idField))
	case r.list.IsObject && nameIn(id) == "": // an error, or the empty record of a server's language
		const format = "%s is an object in place of the list, and not a record: it has no %q"
		return made, r.attempt.badElement(element, fmt.Sprintf(format, r.pointer(n), r.idField))
	}

	made.value = value
	made.id = nameIn(id)
	return made, nil
}

// pointer returns the JSON pointer of an element.
func (r *listReader[T, P]) pointer(n int) string {
	at := "/" + strings.Join(r.list.Path, "/")
	if r.list.IsObject {
		return at
	}
	return at + "/" + strconv.Itoa(n)
}

// nameIn returns the text of an identifier, or "" if it does not distinguish a
// record from others: 0 and -1 do not, since they are written where there is none.
func nameIn(id ID) string {
	text := strings.TrimSpace(id.String())
	if text == "null" {
		return ""
	}
	number, err := strconv.ParseFloat(text, 64)
	if err == nil && (number == 0 || number == -1) {
		return ""
	}
	return text
}

// judgeList decides whether a call whose list was read succeeded: from what
// surrounded its elements, which are replaced by an empty list. A null in the
// place of the list is an empty list too.
func (a *attempt) judgeList(l *listing) ([]Note, error) {
	s, err := a.judge(expected{list: l.path, statusOptional: l.statusOptional})
	if err != nil {
		return nil, err
	}

	switch string(rawjson.Field(s.json, l.path...)) {
	case "[]":
		return s.notes, nil
	case "null":
		return append(s.notes, nullList(l.path...)), nil
	}
	detail := fmt.Sprintf("the response says success, but has no list under %q", l.name())
	return nil, s.unreadable(ErrUnexpectedResponse, detail, nil)
}

// nullList notes a null in the place of a list.
func nullList(path ...string) Note {
	return Note{Kind: NoteNullList, Pointer: "/" + strings.Join(path, "/")}
}

// saysFailure reports whether the HTTP status or the fields before a list say
// that the call failed. Its elements are then not records.
func (a *attempt) saysFailure(before json.RawMessage) bool {
	if a.status >= 400 {
		return true
	}
	for _, name := range statusFields {
		status := strings.ToLower(string(rawjson.Field(before, name)))
		if strings.Contains(status, "fail") {
			return true
		}
	}
	return false
}
