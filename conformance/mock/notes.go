package mock

import "net/http"

// Note is something that the mock noticed or did and that no response of Kapture
// says. It never holds a key.
type Note struct {
	Code  NoteCode // what it is about
	World string   // "" when no world is concerned
	Text  string   // one sentence
}

// NoteCode says what a note is about.
type NoteCode string

// The codes of notes.
const (
	NoteKey       NoteCode = "key"             // why a key was rejected
	NoteBody      NoteCode = "body"            // why a body was not understood
	NoteLimit     NoteCode = "limit"           // a limit of the mock rejected the request
	NoteForgotten NoteCode = "world-forgotten" // a world was forgotten to make room for another
	NoteWorldGone NoteCode = "world-gone"      // the world of the request had been forgotten: it is empty now
)

// NoteHeader is the header that a response has for each note of its request.
const NoteHeader = "X-Kapture-Mock-Note"

// Exchange is a request with its response, as [WithObserver] gets it.
type Exchange struct {
	Received
	// HTTP is the request. Its body was read: Received.Request has it.
	HTTP *http.Request
	// ResponseHeader is the header of the response. It is empty when a fault
	// prevented a response.
	ResponseHeader http.Header
}
