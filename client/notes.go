package client

import (
	"encoding/json"
	"fmt"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
)

// Note is something that was accepted although a strict parser might have
// rejected it.
type Note struct {
	Kind    NoteKind // what was accepted
	Pointer string   // JSON pointer of the field that it is about; "" for the whole response
	Text    string   // the content type, with [NoteContentType]
}

// NoteKind says what was accepted.
type NoteKind string

// The kinds of notes. A note of the kind NoteAltered or NoteDate is about one
// value, and names it.
const (
	NoteContentType   NoteKind = "content-type"    // JSON under another content type, which is in Text
	NoteByteOrderMark NoteKind = "bom"             // a byte order mark before the JSON
	NoteSemicolon     NoteKind = "semicolon"       // a semicolon after the JSON, as pages of 2016 and 2019-20 print it
	NoteControl       NoteKind = "raw-control"     // a raw line break or tab in a text, as a page of 2021 prints it
	NoteAltered       NoteKind = "altered-text"    // bytes that are not UTF-8, or half a surrogate pair, read as U+FFFD
	NoteDuplicate     NoteKind = "duplicate-name"  // two fields with one name: the last counts
	NoteCase          NoteKind = "case-twins"      // two fields whose names differ in case only: the last may fill both
	NoteDate          NoteKind = "unreadable-date" // in no known form, or of no day that exists; its text is kept
	NoteNullList      NoteKind = "null-list"       // null in the place of a list, read as an empty one
	NoteBadElement    NoteKind = "bad-element"     // an element that is not a record, where the others were read
)

// notesOf returns the notes of a reader as notes of this package.
func notesOf(found []rawjson.Note) []Note {
	var list []Note
	for _, note := range found {
		list = append(list, Note{NoteKind(note.Kind), note.Pointer, note.Text})
	}
	return list
}

// Misfit is a field whose value has another form than the contract says. The
// field of the Go value is then zero, or filled as far as the value fits.
type Misfit struct {
	Pointer  string          // JSON pointer of the field
	Expected string          // the type of the field in Go, such as string, ID or []Contact
	Literal  json.RawMessage // the value as it was received
}

// String names the field, the expected type and the value as it was received.
func (m Misfit) String() string {
	return fmt.Sprintf("%s: want %s, got %s", m.Pointer, m.Expected, m.Literal)
}
