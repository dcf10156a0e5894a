package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"

	"github.com/kapture-community/kapture-go/gen/rawjson"
)

// answer is what every answer of this package embeds beside the generated type: the bytes that came and what stood
// around them. A value that came from no server has none of them, and its methods return nothing. The JSON methods of
// the types that embed it are generated.
type answer struct {
	raw, json []byte // as it came, and as valid JSON
	notes     []Note
	shape     reflect.Type // of the generated type
	reply     reply

	idMember, id string // the member that identifies a record, and what it says
}

// Raw returns the answer's bytes as they came; of a record within a list or an envelope, those of the record. Do not
// change them.
func (a *answer) Raw() []byte { return a.raw }

// Body returns the whole body that the answer came in, nil where it streamed. Do not change it.
func (a *answer) Body() []byte { return a.reply.body }

// Header returns the headers that the answer came with.
func (a *answer) Header() http.Header { return a.reply.header }

// HTTPStatus returns the HTTP status that the answer came with.
func (a *answer) HTTPStatus() int { return a.reply.status }

// RequestID returns the server's name for the call, "" if it gave none.
func (a *answer) RequestID() string { return requestID(a.reply.header) }

// Notes returns what was noticed while reading and accepted, where a strict reader might not: see [NoteKind].
func (a *answer) Notes() []Note { return a.notes }

// String returns the answer as it came.
func (a *answer) String() string { return string(a.raw) }

// Undeclared returns the members that the contract does not know, by JSON pointer: a tenant's own, or new ones.
func (a *answer) Undeclared() map[string]json.RawMessage { return rawjson.Undeclared(a.json, a.shape) }

// Misfits returns the members whose values are of another form than the contract says. It reads the answer again,
// member by member.
func (a *answer) Misfits() []Misfit { return rawjson.Misfits(a.json, a.shape) }

// What a reading of an answer's bytes finds: see Misfits and Notes.
type (
	Misfit   = rawjson.Misfit
	Note     = rawjson.Note
	NoteKind = rawjson.NoteKind
)

// What can be noticed. A strict reader might refuse it.
const (
	NoteContentType   NoteKind = "content-type"            // JSON under another content type, which is in Text
	NoteByteOrderMark          = rawjson.NoteByteOrderMark // before the JSON
	NoteSemicolon              = rawjson.NoteSemicolon     // behind the JSON, as pages of 2016 and 2019-20 print it
	NoteControl                = rawjson.NoteControl       // a raw line break or tab in a text, as a page of 2021 prints it
	NoteUTF8                   = rawjson.NoteUTF8          // bytes that are no UTF-8, read as U+FFFD
	NoteDuplicate              = rawjson.NoteDuplicate     // two members of one name: the last counts
	NoteCase                   = rawjson.NoteCase          // names that differ in case alone: the last may fill both
)

// came tells a decoded answer where it came from.
func (a *answer) came(r *reply) {
	a.reply = *r
	if a.notes = append(a.notes, r.notes...); r.body != nil {
		a.notes = r.notes // the element of a stream has its own besides
	}
	if len(a.json) == len(r.json) {
		a.raw = r.body
	}
}

func (a *answer) identify(member string) { a.idMember = member }
func (a *answer) identity() string       { return a.id }

// decode fills into, a pointer to the generated type, and keeps text. A value that does not fit its member leaves the
// rest filled.
func (a *answer) decode(text []byte, into any) error {
	text = bytes.Clone(bytes.TrimSpace(text))
	in, err := rawjson.Inspect(text, a.idMember)
	if err != nil {
		return err
	}
	*a = answer{raw: text, json: in.JSON, notes: in.Notes, shape: reflect.TypeOf(into).Elem()}
	if a.id = idAt(in.Value); a.id == "0" { // which names nothing
		a.id = ""
	}
	err = json.Unmarshal(in.JSON, into)
	if _, misfit := errors.AsType[*json.UnmarshalTypeError](err); misfit {
		return nil
	}
	return err
}

// idAt returns the identifier at a path of exact names, number or text.
func idAt(object json.RawMessage, path ...string) string {
	var id ID
	_ = json.Unmarshal(rawjson.Member(object, path...), &id)
	return id.String()
}

// encode returns what came, or declared where nothing did.
func (a *answer) encode(declared any) ([]byte, error) {
	if a.json != nil {
		return a.json, nil
	}
	return json.Marshal(declared)
}
