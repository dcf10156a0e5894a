package rawjson

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// NoteKind says what was noticed about an answer that could be read all the same.
type NoteKind string

// What can be noticed.
const (
	NoteByteOrderMark NoteKind = "bom"            // a byte order mark before the JSON
	NoteSemicolon     NoteKind = "semicolon"      // a semicolon behind the JSON, as pages of 2016 and 2019-20 print it
	NoteControl       NoteKind = "raw-control"    // a raw line break or tab in a text, as a page of 2021 prints it
	NoteUTF8          NoteKind = "invalid-utf8"   // bytes that are no UTF-8, read as U+FFFD
	NoteDuplicate     NoteKind = "duplicate-name" // two members of one name: the last counts
	NoteCase          NoteKind = "case-twins"     // two members whose names differ in case alone: the last may fill both
)

// Note is something noticed about an answer.
type Note struct {
	Kind    NoteKind
	Pointer string // JSON pointer of the member that it is about, if it is about one
	Text    string // the content type, of a note on one
}

// Bounds on what one answer can cost: how deep it may go, and how many names of an object, and notes in all, are kept.
const maxDepth, maxNames = 100, 1000

// ErrDepth refuses what is nested too deeply.
var ErrDepth = errors.New("nested deeper than 100 levels")

// Inspected is what one pass over a JSON text finds before it is decoded.
type Inspected struct {
	JSON  []byte // the text, made valid where that takes no guessing
	Notes []Note
	Value []byte // of the wanted member of the outermost object, nil if it has none
}

type level struct {
	object, value bool   // in an object; behind its colon
	name          []byte // of the member
	first, index  int    // its first name in the list of all names; element of an array
}

// Inspect looks for what encoding/json passes over in silence (members of one name, bytes that are no UTF-8) or refuses
// although it is plain what is meant (raw line breaks in texts). It does not check the grammar, and fails with [ErrDepth]
// alone. want names the member whose value is to be kept.
func Inspect(text []byte, want string) (in Inspected, err error) {
	levels, names := make([]level, 1, 16), make([][]byte, 0, 96) // around the value, a level that holds nothing
	control, wanted := false, -1
	top := &levels[0]
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			start := i + 1
			for i++; i < len(text) && text[i] != '"'; i++ {
				control = control || text[i] < ' '
				if text[i] == '\\' {
					i++
				}
			}
			if !top.object || top.value || i >= len(text) {
				continue
			}
			if top.name = text[start:i]; bytes.IndexByte(top.name, '\\') >= 0 {
				plain, _ := Text(text[start-1 : i+1])
				top.name = []byte(plain)
			}
			kind := NoteKind("")
			for _, name := range names[top.first:] {
				if len(name) != len(top.name) || !bytes.EqualFold(name, top.name) {
					continue
				}
				if kind = NoteCase; bytes.Equal(name, top.name) {
					kind = NoteDuplicate
					break
				}
			}
			if kind != "" && len(in.Notes) < maxNames {
				in.Notes = append(in.Notes, Note{Kind: kind, Pointer: pointer(levels)})
			}
			if kind != NoteDuplicate && len(names)-top.first < maxNames {
				names = append(names, top.name)
			}
		case '{', '[':
			if len(levels) > maxDepth {
				return in, ErrDepth
			}
			levels = append(levels, level{object: c == '{', first: len(names)})
			top = &levels[len(levels)-1]
		case ':':
			if top.value = true; len(levels) == 2 && string(top.name) == want {
				wanted = i + 1
			}
		case ',', '}', ']':
			if len(levels) == 2 && wanted >= 0 {
				in.Value, wanted = text[wanted:i], -1
			}
			top.value = false
			if top.index++; c != ',' && len(levels) > 1 {
				names, levels = names[:top.first], levels[:len(levels)-1]
				top = &levels[len(levels)-1]
			}
		}
	}
	if in.JSON = text; control {
		in.JSON = escapeControls(text)
		in.Notes = append(in.Notes, Note{Kind: NoteControl})
	}
	if !utf8.Valid(text) {
		in.Notes = append(in.Notes, Note{Kind: NoteUTF8})
	}
	return in, nil
}

func pointer(levels []level) (p string) {
	for _, l := range levels[1:] {
		if l.object {
			p += "/" + escapePointer(string(l.name))
		} else {
			p += fmt.Sprint("/", l.index)
		}
	}
	return p
}

// escapeControls writes the raw line breaks and tabs in texts as JSON wants them. One behind a backslash stays: what it
// means would be a guess.
func escapeControls(text []byte) []byte {
	out, inside, escaped := make([]byte, 0, len(text)+16), false, false
	for _, c := range text {
		if inside && c < ' ' && !escaped {
			out = fmt.Appendf(out, `\u%04x`, c)
			continue
		}
		inside = inside != (c == '"' && !escaped)
		escaped = inside && c == '\\' && !escaped
		out = append(out, c)
	}
	return out
}
