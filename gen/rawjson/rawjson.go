// Package rawjson reads what encoding/json passes over or cannot do: members of
// one name, bytes that are no UTF-8 and raw line breaks in texts are told and
// taken; a list comes off a body one element at a time; members that a type
// does not declare, and values that do not fit, are found in the bytes that it
// was decoded from.
//
// It knows the types of package gen by their form alone, and nothing of HTTP.
// Package client builds on it; other programs rarely need it.
package rawjson

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Member returns the member at a path of exact names, nil if there is none: encoding/json would take Status for status.
func Member(object json.RawMessage, path ...string) json.RawMessage {
	for _, name := range path {
		var members map[string]json.RawMessage
		_ = json.Unmarshal(object, &members)
		object = members[name]
	}
	return object
}

// Text returns the text that raw is, and whether it is one.
func Text(raw json.RawMessage) (s string, ok bool) {
	return s, len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil
}

// Bare takes off what may stand around the JSON of a body: blanks, a byte order mark, semicolons.
func Bare(body []byte) (text []byte, notes []Note) {
	text, marked := bytes.CutPrefix(body, []byte("\xef\xbb\xbf"))
	if marked {
		notes = append(notes, Note{Kind: NoteByteOrderMark})
	}
	text = bytes.TrimSpace(text)
	if bare := bytes.TrimRight(text, "; \t\r\n"); len(bare) < len(text) {
		return bare, append(notes, Note{Kind: NoteSemicolon})
	}
	return text, notes
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1").Replace
