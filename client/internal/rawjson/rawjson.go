// Package rawjson reads what encoding/json skips over or cannot read. It finds
// several fields of one name, bytes that are not UTF-8 and raw line breaks in
// texts, reports them and accepts them; it takes a list off a body one element
// at a time; and it finds fields that a type does not declare, and values that
// do not fit their field, in the bytes that the type was decoded from.
//
// It knows the types of package gen by their form only, and nothing about HTTP.
package rawjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/gen/jsontoken"
)

// Field returns the field at a path of exact names, nil if there is none:
// encoding/json would take Status for status. Of several fields of one name the
// last counts. The object must be valid JSON, or nothing.
func Field(object json.RawMessage, path ...string) json.RawMessage {
	for _, wanted := range path {
		var last json.RawMessage
		if jsontoken.Next(object, 0).Kind == jsontoken.BeginObject {
			for name, value := range fields(object) {
				if string(name) == wanted {
					last = value
				}
			}
		}
		object = last
	}
	return object
}

// Fields returns the fields of an object that is valid JSON, without a copy;
// none if it is something else.
func Fields(object json.RawMessage) map[string]json.RawMessage {
	if jsontoken.Next(object, 0).Kind != jsontoken.BeginObject {
		return nil
	}
	all := map[string]json.RawMessage{}
	for name, value := range fields(object) {
		all[string(name)] = value
	}
	return all
}

// HasFields reports whether raw is an object with at least one field.
func HasFields(raw json.RawMessage) bool {
	first := jsontoken.Next(raw, 0)
	second := jsontoken.Next(raw, first.Stop)
	return first.Kind == jsontoken.BeginObject && second.Kind == jsontoken.Text
}

// Text returns the text that raw is, and whether it is one.
func Text(raw json.RawMessage) (s string, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	if token := jsontoken.Next(raw, 0); token.Kind == jsontoken.Text && token.Stop == len(raw) && token.Flags == 0 {
		if plain := raw[1 : len(raw)-1]; utf8.Valid(plain) { // it is what it says
			return string(plain), true
		}
	}
	return decodedText(raw)
}

func decodedText(raw json.RawMessage) (s string, ok bool) {
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// Bare removes what may surround the JSON of a body: white space, a byte order
// mark, semicolons.
func Bare(body []byte) (text []byte, notes []Note) {
	text, marked := bytes.CutPrefix(body, []byte("\xef\xbb\xbf"))
	if marked {
		notes = append(notes, Note{Kind: NoteByteOrderMark})
	}

	text = bytes.TrimSpace(text)
	bare := bytes.TrimRight(text, "; \t\r\n")
	if len(bare) < len(text) {
		notes = append(notes, Note{Kind: NoteSemicolon})
	}
	return bare, notes
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1").Replace
