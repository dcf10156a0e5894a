package rawjson

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/gen/jsontoken"
)

// NoteKind says what was noticed about a response that could be read all the
// same.
type NoteKind string

// What can be noticed.
const (
	NoteByteOrderMark NoteKind = "bom"            // a byte order mark before the JSON
	NoteSemicolon     NoteKind = "semicolon"      // a semicolon after the JSON, as pages of 2016 and 2019-20 print it
	NoteControl       NoteKind = "raw-control"    // a raw line break or tab in a text, as a page of 2021 prints it
	NoteAltered       NoteKind = "altered-text"   // bytes that are not UTF-8, or half a surrogate pair, read as U+FFFD
	NoteDuplicate     NoteKind = "duplicate-name" // two fields of one name: the last counts
	NoteCase          NoteKind = "case-twins"     // two fields whose names differ in case only: the last may fill both
)

// Note is something noticed about a response.
type Note struct {
	Kind    NoteKind
	Pointer string // JSON pointer of the field that it is about, if it is about one
	Text    string // the content type, in a note on it
}

// Limits on what one response can cost.
const (
	maxDepth = 100  // levels that it may nest
	maxNotes = 1000 // notes that are kept
)

// ErrDepth rejects what is nested too deeply.
var ErrDepth = errors.New("nested deeper than 100 levels")

// Inspected is what one pass over a JSON text finds before it is decoded.
type Inspected struct {
	JSON  []byte // the text, made valid where that takes no guessing
	Notes []Note
	Value []byte // of the wanted field of the outermost object, nil if it has none
}

// Inspect looks for what encoding/json ignores (fields of one name, bytes that
// are not UTF-8), and for what it rejects although the meaning is clear (raw
// line breaks in texts). It does not check the grammar; its only errors are
// [ErrDepth] and that of the context. want names the field whose value is to be
// kept.
//
// It reads bytes because the standard library cannot do this: encoding/json
// reports no duplicates, json/v2 reports the first one and stops, and neither
// accepts raw control characters. It takes only texts from the lexer: a token for
// each brace, colon and comma, too, makes it a fifth slower.
func Inspect(ctx context.Context, text []byte, want string) (found Inspected, err error) {
	levels := make([]level, 1, 16)   // around the value, a level that holds nothing
	names := make([]nameHash, 0, 96) // of the fields of all levels
	flags := jsontoken.Flags(0)      // of all texts
	wanted := 0                      // where the wanted value begins, while it is read
	altered := !utf8.Valid(text)     // some text is
	checked := 0                     // where the context was last asked

	top := &levels[0] // the last of levels
	for at := 0; at < len(text); at++ {
		if at-checked > 1<<20 {
			checked = at
			if err := ctx.Err(); err != nil {
				return found, err
			}
		}

		switch c := text[at]; c {
		case '"':
			token := jsontoken.Next(text, at)
			flags |= token.Flags
			isName := token.Kind == jsontoken.Text && top.isObject && !top.afterColon
			if isName {
				top.name = nameOf(text, token)
				names = found.addName(levels, names)
			}
			if (altered || token.Flags&jsontoken.Escapes != 0) && isAltered(text[token.Start:token.Stop]) {
				found.note(NoteAltered, levels)
			}
			at = token.Stop - 1

		case ':':
			top.afterColon = true
			if len(levels) == 2 && string(top.name) == want {
				wanted = at + 1
			}

		case '{', '[':
			if len(levels) > maxDepth {
				return found, ErrDepth
			}
			levels = append(levels, level{isObject: c == '{', firstName: len(names)})
			top = &levels[len(levels)-1]

		case ',', '}', ']':
			if len(levels) == 2 && wanted > 0 {
				found.Value = text[wanted:at]
				wanted = 0
			}
			top.afterColon = false
			top.index++
			if c != ',' && len(levels) > 1 {
				names = names[:top.firstName]
				levels = levels[:len(levels)-1]
				top = &levels[len(levels)-1]
			}
		}
	}

	found.JSON = text
	if flags&jsontoken.Controls != 0 {
		found.JSON = escapeControls(text)
		found.Notes = append(found.Notes, Note{Kind: NoteControl})
	}
	return found, nil
}

// note keeps a note on the current field or element.
func (f *Inspected) note(kind NoteKind, levels []level) {
	if len(f.Notes) < maxNotes {
		f.Notes = append(f.Notes, Note{Kind: kind, Pointer: pointer(levels)})
	}
}

// addName compares the name of a field with those before it in its object, and
// adds it to names, which has those of all levels. Few names are compared one by
// one; many are looked up.
func (f *Inspected) addName(levels []level, names []nameHash) []nameHash {
	const few = 128
	top := &levels[len(levels)-1]
	before := names[top.firstName:]
	name := nameHash{name: top.name}

	var kind NoteKind
	switch {
	case top.lookup != nil:
		kind = top.lookup.add(top.name)
	case len(before) < few:
		name = hashOf(top.name)
		bit := uint64(1) << (name.folded % 64)
		mayBeTwin := top.hashes&bit != 0
		if mayBeTwin {
			kind = name.twinOf(before)
		}
		top.hashes |= bit
	default:
		top.lookup = nameIndex{}
		for _, other := range before {
			top.lookup.add(other.name)
		}
		kind = top.lookup.add(top.name)
	}

	if kind != "" {
		f.note(kind, levels)
	}
	if top.lookup == nil && kind != NoteDuplicate {
		return append(names, name)
	}
	return names
}

// level is an object or array that has begun and not ended.
type level struct {
	isObject   bool
	afterColon bool   // the value of a field is expected, not its name
	name       []byte // of the current field
	firstName  int    // of the object, in the list of all names
	hashes     uint64 // a bit for the hash of each name; the bit of a new name is rarely set
	lookup     nameIndex
	index      int // of the current element
}

// pointer returns the JSON pointer of the current field.
func pointer(levels []level) string {
	pointer := ""
	for _, l := range levels[1:] {
		if l.isObject {
			pointer += "/" + escapePointer(string(l.name))
		} else {
			pointer += fmt.Sprint("/", l.index)
		}
	}
	return pointer
}

// nameOf returns the name of a field.
func nameOf(text []byte, token jsontoken.Token) []byte {
	if token.Flags&jsontoken.Escapes == 0 {
		return text[token.Start+1 : token.Stop-1]
	}
	name, _ := Text(text[token.Start:token.Stop])
	return []byte(name)
}

// nameHash is the name of a field, with a hash that is the same in any case. The
// hash only saves comparisons.
type nameHash struct {
	name   []byte
	folded uint64
}

// hashOf hashes a name. A letter outside of ASCII may be one of ASCII in another
// case (the Kelvin sign is a k), so such a name is folded first.
func hashOf(name []byte) nameHash {
	folded, isASCII := hashBytes(name)
	if !isASCII {
		folded, _ = hashBytes(fold(name))
	}
	return nameHash{name, folded}
}

// hashBytes hashes the length, the first eight bytes and the last eight, without
// the case of letters of ASCII. That tells nearly all names of records apart.
func hashBytes(name []byte) (folded uint64, isASCII bool) {
	const (
		word     = 8
		prime    = 1099511628211
		anyCase  = 0x2020202020202020 // the bit in which the cases of a letter differ
		notASCII = 0x8080808080808080
	)
	var first, last, all uint64
	if len(name) >= word {
		first = binary.LittleEndian.Uint64(name)
		last = binary.LittleEndian.Uint64(name[len(name)-word:])
		all = last
		for rest := name; len(rest) >= word; rest = rest[word:] {
			all |= binary.LittleEndian.Uint64(rest)
		}
	} else {
		for _, c := range name {
			first = first<<word | uint64(c)
		}
		all = first
	}

	folded = (first|anyCase)*prime ^ (last | anyCase) ^ uint64(len(name))
	return folded, all&notASCII == 0
}

// twinOf returns [NoteDuplicate] if one of the names is the same, [NoteCase] if
// one differs in case only, otherwise "".
func (h nameHash) twinOf(names []nameHash) NoteKind {
	kind := NoteKind("")
	for i := range names {
		other := &names[i]
		if other.folded != h.folded || !bytes.EqualFold(other.name, h.name) {
			continue
		}
		if bytes.Equal(other.name, h.name) {
			return NoteDuplicate
		}
		kind = NoteCase
	}
	return kind
}

// nameIndex has the names of an object with many fields: each as it is, and in
// one case. It keeps hashes, so that its size does not depend on their length.
type nameIndex map[uint64]bool

// Two names have the same hash of one kind only if they are the same.
var (
	exactSeed  = maphash.MakeSeed()
	foldedSeed = maphash.MakeSeed()
)

// add does what twinOf does, and adds the name.
func (x nameIndex) add(name []byte) NoteKind {
	exact := maphash.Bytes(exactSeed, name)
	if x[exact] {
		return NoteDuplicate
	}
	x[exact] = true

	var space [64]byte // most names fit
	folded := maphash.Bytes(foldedSeed, appendFold(space[:0], name))
	if x[folded] {
		return NoteCase
	}
	x[folded] = true
	return ""
}

// fold returns the same name for all names that bytes.EqualFold takes for equal:
// of the letters that are one but for their case, the first in Unicode.
func fold(name []byte) []byte { return appendFold(nil, name) }

// appendFold appends the folded name.
func appendFold(folded, name []byte) []byte {
	for len(name) > 0 {
		r, size := utf8.DecodeRune(name)
		name = name[size:]
		folded = utf8.AppendRune(folded, firstCase(r))
	}
	return folded
}

// firstCase returns the first letter in Unicode that is the same but for its
// case. For those of ASCII, that is the capital.
func firstCase(r rune) rune {
	if r < utf8.RuneSelf {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}
	first := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		first = min(first, next)
	}
	return first
}

// isAltered reports whether encoding/json reads a text as another: it writes
// U+FFFD for bytes that are not UTF-8, and for half of a pair of surrogates.
func isAltered(text []byte) bool {
	if !utf8.Valid(text) {
		return true
	}

	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 || at+1 >= len(text) {
			return false
		}
		text = text[at:]
		first, isUnicode := escaped(text)
		if !isUnicode {
			text = text[2:]
			continue
		}
		text = text[len(`\u0000`):]
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, _ := escaped(text)
		if utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		text = text[len(`\u0000`):]
	}
}

// escaped returns the code unit that a text begins with as \uXXXX.
func escaped(text []byte) (unit rune, ok bool) {
	if len(text) < len(`\u0000`) || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}

// escapeControls writes the raw line breaks and tabs in texts as JSON requires.
// One after a backslash stays: what it means would be a guess.
func escapeControls(text []byte) []byte {
	out := make([]byte, 0, len(text)+16)
	copied := 0
	for token := jsontoken.Next(text, 0); token.Kind != jsontoken.End; token = jsontoken.Next(text, token.Stop) {
		if token.Flags&jsontoken.Controls == 0 {
			continue
		}
		out = append(out, text[copied:token.Start]...)
		out = appendEscaped(out, text[token.Start:token.Stop])
		copied = token.Stop
	}
	return append(out, text[copied:]...)
}

// appendEscaped appends a text with its control characters escaped.
func appendEscaped(out, text []byte) []byte {
	afterBackslash := false
	for _, c := range text {
		if c < ' ' && !afterBackslash {
			out = fmt.Appendf(out, `\u%04x`, c)
			continue
		}
		afterBackslash = c == '\\' && !afterBackslash
		out = append(out, c)
	}
	return out
}
