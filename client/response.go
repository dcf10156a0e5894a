package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
)

// A response is read in two steps. First judge decides whether the call
// succeeded, from the bytes and by exact names, before any struct is filled.
// Then decode fills the type that the caller gets, which keeps the bytes.

// expected says what a success looks like, as far as its outcome is concerned.
type expected struct {
	objects        []string // fields of the outermost object that must be objects
	identifiers    []string // JSON pointers of what the call made: if they are there, they can be read
	list           []string // of a call that streams: the names that lead to its list
	statusOptional bool     // a success may come without a status
	mayBeListed    bool     // the object may be the only element of a list
	check          func(*success) error
}

// success is a response that says that the call succeeded.
type success struct {
	*attempt
	json   []byte                     // the body as valid JSON
	record []byte                     // the part of json that is decoded; all of it, unless check says otherwise
	at     string                     // JSON pointer of that part
	notes  []Note                     // on the whole body
	fields map[string]json.RawMessage // of the outermost object
}

// The fields that decide how a call ended. They are read by exact name:
// encoding/json would take Status for status.
var (
	statusFields  = []string{"status", "Status"}
	messageFields = []string{"message", "Message", "Customer Details"}

	// outcomePointers are those of all fields that must not appear twice.
	outcomePointers = []string{"/status", "/Status", "/message", "/Message", "/Customer Details", "/customer/result"}
)

// judge decides by the shape of the body, never by the HTTP status or the
// content type only, whether the call succeeded. Of a list that was streamed,
// the body is what surrounded its elements.
func (a *attempt) judge(want expected) (*success, error) {
	text, notes := rawjson.Bare(a.body)
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return nil, a.notJSON(text)
	}
	inspected, err := rawjson.Inspect(a.ctx, text, "")
	if err != nil && a.ctx.Err() != nil {
		return nil, a.failure(a.ctx, err)
	}
	if err != nil {
		return nil, a.unreadable(ErrUndecodable, "the response is "+err.Error(), nil)
	}

	s := &success{
		attempt: a,
		json:    inspected.JSON,
		record:  inspected.JSON,
		notes:   slices.Concat(typeNotes(a.header), notesOf(notes), notesOf(inspected.Notes)),
	}
	if err := s.readFields(); err != nil {
		return nil, err
	}
	if want.mayBeListed {
		s.unlist(&inspected)
	}

	if err := s.checkUnique(inspected.Notes, want); err != nil {
		return nil, err
	}
	if err := s.checkVerdict(want); err != nil {
		return nil, err
	}
	if err := s.checkShape(want); err != nil {
		return nil, err
	}
	return s, nil
}

// readFields reads the fields of the outermost object; a list has none.
func (s *success) readFields() error {
	if json.Valid(s.json) {
		s.fields = rawjson.Fields(s.json)
		return nil
	}

	err := json.Unmarshal(s.json, &s.fields)
	syntax, broken := errors.AsType[*json.SyntaxError](err)
	if !broken {
		return nil
	}

	// encoding/json has no separate error for a text that ends too early.
	atEnd := int(syntax.Offset) == len(s.json)
	early := strings.HasPrefix(err.Error(), "unexpected end") || strings.HasPrefix(err.Error(), "invalid character ' '")
	if atEnd && early {
		detail := fmt.Sprintf("the response ends inside its JSON, after %d bytes", len(s.body))
		return s.unreadable(ErrTruncated, detail, nil)
	}
	return s.unreadable(ErrUndecodable, "the response is not valid JSON", err)
}

// unlist takes the only element of a list as the response.
func (s *success) unlist(inspected *rawjson.Inspected) {
	if !bytes.HasPrefix(s.json, []byte("[")) {
		return
	}
	var elements []json.RawMessage
	for element := range rawjson.Elements(s.json) {
		elements = append(elements, element)
		if len(elements) > 1 {
			return
		}
	}
	if len(elements) == 0 {
		return
	}
	s.record = elements[0]
	s.at = "/0"
	_ = json.Unmarshal(s.record, &s.fields)
	*inspected, _ = rawjson.Inspect(s.ctx, s.record, "") // which the whole response has passed
}

// checkUnique rejects a response that has a field twice that decides about it.
func (s *success) checkUnique(notes []rawjson.Note, want expected) error {
	if len(notes) == 0 {
		return nil
	}
	unique := slices.Clone(outcomePointers)
	for _, name := range want.objects {
		unique = append(unique, "/"+name)
	}
	for i := range want.list {
		unique = append(unique, "/"+strings.Join(want.list[:i+1], "/"))
	}

	for _, note := range notes {
		if note.Kind == rawjson.NoteDuplicate && slices.Contains(unique, note.Pointer) {
			name := strings.TrimPrefix(note.Pointer, "/")
			detail := fmt.Sprintf("the response has %q twice, so its outcome is not clear", name)
			return s.unreadable(ErrUndecodable, detail, nil)
		}
	}
	return nil
}

// verdict is what the fields of the outermost object say about the outcome.
// There may be two statuses, which may disagree. A null says nothing.
type verdict struct {
	message   string
	hasStatus bool
	success   bool // a status says success
	failure   bool // a status says failed, or Fail
	other     bool // a status says something else than success
	result    Flag // customer.result, a boolean or a text as booleans of this API are
}

func (s *success) verdict() (v verdict) {
	for _, name := range messageFields {
		if text, ok := rawjson.Text(s.fields[name]); ok {
			v.message = text
			break
		}
	}
	for _, name := range statusFields {
		raw, given := s.fields[name]
		if !given || string(raw) == "null" {
			continue
		}
		text, _ := rawjson.Text(raw)
		text = strings.ToLower(text)
		v.hasStatus = true
		v.success = v.success || strings.Contains(text, "success")
		v.failure = v.failure || strings.Contains(text, "fail")
		v.other = v.other || text != "success"
	}
	if result := rawjson.Field(s.fields["customer"], "result"); len(result) > 0 {
		_ = v.result.UnmarshalJSON(result)
	}
	return v
}

// checkVerdict returns the error of a response that does not say success.
func (s *success) checkVerdict(want expected) error {
	v := s.verdict()
	result, hasResult := v.result.Bool()
	knownFailure := !v.hasStatus && classify(v.message, 0) != ErrFailed
	switch {
	case v.failure, knownFailure:
		e := s.refused(v.message, "")
		e.OutcomeUnknown = v.success && !s.call.idempotent() // the other status says so
		return e
	case s.status >= 400:
		return s.refusedByHTTP(v)
	case !v.hasStatus && !want.statusOptional:
		return s.unreadable(ErrUnexpectedResponse, "the response has no status", nil)
	case v.other:
		return s.unreadable(ErrUnexpectedResponse, "the response's status is neither success nor failed", nil)
	case hasResult && !result:
		return s.refused(v.message, "the response says success, but its result is false")
	case !v.result.Valid():
		const detail = "the response says success, but its result is neither true nor false"
		return s.unreadable(ErrUnexpectedResponse, detail, nil)
	}
	return nil
}

// refusedByHTTP returns the error of a response whose HTTP status says failure,
// and whose body does not.
func (s *success) refusedByHTTP(v verdict) *Error {
	detail := s.httpStatus()
	if v.success {
		detail += ", although the body says success"
	}
	e := s.refused(v.message, detail)
	e.OutcomeUnknown = (v.success || s.status >= 500) && !s.call.idempotent()
	return e
}

// checkShape returns the error of a success that lacks what it must have. The
// list of a call that streams was looked for by its reader; only a text in the
// list's place is found here.
func (s *success) checkShape(want expected) error {
	for _, name := range want.objects {
		if err := s.checkNoText(name); err != nil {
			return err
		}
		if !bytes.HasPrefix(s.fields[name], []byte("{")) {
			detail := fmt.Sprintf("the response says success, but its %q is not an object", name)
			return s.unreadable(ErrUnexpectedResponse, detail, nil)
		}
	}
	if len(want.list) > 0 {
		return s.checkNoText(want.list[0])
	}
	return s.checkIdentifiers(want)
}

// checkIdentifiers returns the error of a success with an identifier that cannot
// be read: an object in its place, or 12.5. Without it nobody knows what the call
// made. One that is absent is not an error: the pages print responses without.
func (s *success) checkIdentifiers(want expected) error {
	for _, pointer := range want.identifiers {
		path := strings.TrimPrefix(pointer, "/")
		name, rest, inside := strings.Cut(path, "/")
		value := s.fields[name]
		for inside {
			name, rest, inside = strings.Cut(rest, "/")
			value = rawjson.Field(value, name)
		}
		id := idIn(value)
		if !id.Valid() {
			detail := fmt.Sprintf("the response says success, but its %q cannot be read", path)
			return s.unreadable(ErrUnexpectedResponse, detail, nil)
		}
	}
	return nil
}

// checkNoText returns the error of a success that has a text under a name.
func (s *success) checkNoText(name string) error {
	text, ok := rawjson.Text(s.fields[name])
	if !ok {
		return nil
	}
	detail := fmt.Sprintf("the response says success, but has a text under %q", name)
	e := s.unreadable(ErrTextResponse, detail, nil)
	e.Message = s.redact(text)
	return e
}

// noList returns the error of a success without the list that it must have.
func (s *success) noList() error {
	return s.unreadable(ErrUnexpectedResponse, "the response has no list where one is expected", nil)
}

// notRecord says why an element is not a record.
func notRecord(at string) string { return at + " is not a record: it is not an object with fields" }

// originOf says where a record comes from that is a part of the response, or
// all of it.
func (s *success) originOf(record []byte, at string) origin {
	o := origin{status: s.status, header: s.header, body: s.body, at: at, notes: s.notes}
	if len(record) == len(s.json) { // a part is shorter
		o.raw = s.body
	}
	return o
}

// typeNotes notes a content type that is not JSON.
func typeNotes(h http.Header) []Note {
	contentType := h.Get("Content-Type")
	if contentType == jsonType { // as nearly every response
		return nil
	}
	media, _, _ := mime.ParseMediaType(contentType)
	if contentType == "" || media == "application/json" || strings.HasSuffix(media, "+json") {
		return nil
	}
	return []Note{{Kind: NoteContentType, Text: contentType}}
}

// origin is the response that a record was part of.
type origin struct {
	status  int
	header  http.Header
	body    []byte // nil if it was streamed
	raw     []byte // the bytes of the record, if they are others than were decoded
	at      string // JSON pointer of the record in the body
	notes   []Note // on the whole response
	idField string // the field that identifies a record of a list
}

// responseOf is a pointer to a response type, which decodes itself and embeds
// response.
type responseOf[T any] interface {
	*T
	json.Unmarshaler
	prepare(idField string)
	attach(origin)
	identifier() ID
	Raw() []byte
}

// decode makes a T of a record, which came from a response. Of a part of what was
// judged, the only error is errTooMuchMemory; an element of a stream may not be JSON.
func decode[T any, P responseOf[T]](record []byte, from origin) (*T, error) {
	value := new(T)
	P(value).prepare(from.idField)
	err := P(value).UnmarshalJSON(record)
	P(value).attach(from)
	return value, err
}

// response is what every response type of this package embeds, in addition to
// the generated type: the bytes and what surrounded them. A value that was not
// decoded has none of them, and its methods return nothing. The JSON methods of
// the types that embed it are generated.
type response struct {
	raw    []byte // as received
	json   []byte // as valid JSON
	notes  []Note
	dates  []Note       // those of notes that are about dates
	shape  reflect.Type // of the generated type
	status int
	header http.Header
	body   []byte

	idField string // the field that identifies a record
	id      ID     // what it says
	isNew   bool   // nothing was decoded yet into the value that this is a part of
}

// Raw returns the bytes of the response as received; for a record within a list
// or an envelope, those of the record. Do not change them.
func (a *response) Raw() []byte { return a.raw }

// Body returns the whole response body, nil if it was streamed. Do not change
// it.
func (a *response) Body() []byte { return a.body }

// Header returns the headers of the response.
func (a *response) Header() http.Header { return a.header }

// HTTPStatus returns the HTTP status of the response.
func (a *response) HTTPStatus() int { return a.status }

// RequestID returns the server's name for the call, "" if it gave none.
func (a *response) RequestID() string { return requestID(a.header) }

// Notes returns what was accepted although a strict parser might have rejected
// it, and the dates that cannot be read: see [NoteKind].
func (a *response) Notes() []Note { return a.notes }

// String returns the response as it was received.
func (a *response) String() string { return string(a.raw) }

// Undeclared returns the fields that the contract does not know, by JSON
// pointer: a tenant's own, or new ones.
func (a *response) Undeclared() map[string]json.RawMessage {
	return rawjson.Undeclared(a.json, a.shape)
}

// Misfits returns the fields whose values have another form than the contract
// says. It reads the response again, field by field.
func (a *response) Misfits() []Misfit {
	var list []Misfit
	for _, found := range rawjson.Misfits(a.json, a.shape) {
		list = append(list, Misfit(found))
	}
	return list
}

// attach gives a decoded record what is known of the response that it is from.
func (a *response) attach(from origin) {
	a.status = from.status
	a.header = from.header
	a.body = from.body
	if from.raw != nil {
		a.raw = from.raw
	}

	if from.body == nil { // an element of a stream has its own notes as well
		a.notes = append(a.notes, from.notes...)
		return
	}
	a.notes = slices.Clone(from.notes)
	for _, note := range a.dates {
		note.Pointer = from.at + note.Pointer
		a.notes = append(a.notes, note)
	}
}

// prepare sets the field that identifies the record, before it is decoded into
// the value that this is a part of, which is new.
func (a *response) prepare(idField string) {
	a.idField = idField
	a.isNew = true
}

// identifier returns what the field says that identifies the record.
func (a *response) identifier() ID { return a.id }

// errTooMuchMemory rejects a response that would fill far more memory than it has bytes.
var errTooMuchMemory = errors.New("it would take far more memory than it has bytes")

// decode fills into, a pointer to the generated type, and keeps text. A value
// that does not fit its field leaves the rest filled; one that only has another
// form (a number as text) fits.
func (a *response) decode(text []byte, into any) error {
	text = bytes.Clone(bytes.TrimSpace(text))
	value := reflect.ValueOf(into).Elem()
	isZero := a.isNew || value.IsZero()
	a.isNew = false

	if isZero && a.decodePlain(text, value) {
		return nil
	}
	return a.decodeAny(text, value)
}

// decodePlain fills a value that is zero in one pass, and reports whether it
// could. If it could not, decodeAny reads the text.
func (a *response) decodePlain(text []byte, value reflect.Value) bool {
	found, ok := rawjson.DecodePlain(text, a.idField, value)
	if !ok {
		return false
	}

	*a = response{raw: text, json: text, shape: value.Type()}
	if found.Value != nil {
		_ = a.id.UnmarshalJSON(found.Value) // which accepts any JSON value
	}
	if found.BadTimes {
		a.noteTimes(value)
	}
	return true
}

// decodeAny fills a value from a text that need not be plain.
func (a *response) decodeAny(text []byte, value reflect.Value) error {
	inspected, err := rawjson.Inspect(context.Background(), text, a.idField)
	if err != nil {
		return err
	}
	if !rawjson.Affordable(inspected.JSON, value.Type()) {
		return errTooMuchMemory
	}
	err = json.Unmarshal(inspected.JSON, value.Addr().Interface())
	_, misfit := errors.AsType[*json.UnmarshalTypeError](err)
	if err != nil && !misfit {
		return err
	}
	if misfit {
		rawjson.FillForms(inspected.JSON, value)
	}

	*a = response{
		raw:   text,
		json:  inspected.JSON,
		notes: notesOf(inspected.Notes),
		shape: value.Type(),
		id:    idIn(inspected.Value),
	}
	a.noteTimes(value)
	return nil
}

// noteTimes notes the times that cannot be read.
func (a *response) noteTimes(value reflect.Value) {
	for _, pointer := range rawjson.UnreadableTimes(value) {
		a.dates = append(a.dates, Note{Kind: NoteDate, Pointer: pointer})
	}
	a.notes = append(a.notes, a.dates...)
}

// encode returns the response as it was received, or declared if it was not
// decoded.
func (a *response) encode(declared any) ([]byte, error) {
	if a.json != nil {
		return a.json, nil
	}
	return json.Marshal(declared)
}

// idIn returns a value as an identifier, in any form; the zero ID if there is no
// value.
func idIn(value json.RawMessage) (id ID) {
	if len(value) == 0 {
		return id
	}
	_ = id.UnmarshalJSON(value)
	return id
}
