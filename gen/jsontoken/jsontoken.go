// Package jsontoken splits JSON text into tokens. It says where each token
// begins and ends, and does not check the grammar.
//
// It is what the hand-written readers of this module have in common. They do
// what encoding/json cannot: find all duplicate fields at once, accept raw
// control characters in texts, take elements off a list one by one. A token of
// encoding/json's Decoder has no position and is a copy; that of jsontext (Go
// 1.27) ends at the first fault, and accepts no control characters.
//
// The package is exported for the other packages of this module. It makes no
// promise of compatibility.
package jsontoken

// Kind is the kind of a token; for punctuation, the character itself.
type Kind byte

// The kinds of tokens.
const (
	End         Kind = 0 // the text has no more tokens
	BeginObject Kind = '{'
	EndObject   Kind = '}'
	BeginArray  Kind = '['
	EndArray    Kind = ']'
	Colon       Kind = ':'
	Comma       Kind = ','
	Text        Kind = '"'  // with its quotes
	OpenText    Kind = '\'' // a text without its closing quote, at the end of the input
	Literal     Kind = '0'  // a number, true, false or null, or anything else up to a space, punctuation or a quote
)

// Flags say what is in a text.
type Flags byte

// What may be in a text.
const (
	Escapes    Flags = 1 << iota // a backslash
	Controls                     // a raw control character that is not escaped; JSON allows none
	HalfEscape                   // the input ends after a backslash; only in an OpenText
)

// Token is one token.
type Token struct {
	Kind  Kind
	Flags Flags // of a Text or OpenText
	Start int   // the position of its first byte
	Stop  int   // the position after its last byte
}

// Next returns the first token at or after a position. To read all of a text:
//
//	for token := jsontoken.Next(text, 0); token.Kind != jsontoken.End; token = jsontoken.Next(text, token.Stop) {
func Next[T ~[]byte | ~string](text T, at int) Token {
	for ; at < len(text); at++ {
		c := text[at]
		switch classes[c] {
		case blank:
			continue
		case punctuation:
			return Token{Kind: Kind(c), Start: at, Stop: at + 1}
		case quote:
			kind, flags, stop := endOfText(text, at+1)
			return Token{Kind: kind, Flags: flags, Start: at, Stop: stop}
		default:
			return Token{Kind: Literal, Start: at, Stop: endOfLiteral(text, at+1)}
		}
	}
	return Token{Kind: End, Start: at, Stop: at}
}

// Resume returns the rest of a text whose beginning was an OpenText of the
// input before. After a HalfEscape, it must be called with the position of the
// second byte.
func Resume[T ~[]byte | ~string](text T, at int) Token {
	kind, flags, stop := endOfText(text, at)
	return Token{Kind: kind, Flags: flags, Start: at, Stop: stop}
}

// endOfText reads a text from inside its quotes to its end.
func endOfText[T ~[]byte | ~string](text T, at int) (kind Kind, flags Flags, stop int) {
	for ; at < len(text); at++ {
		c := text[at]
		if c > '\\' { // small letters, in one comparison
			continue
		}
		if c == '"' {
			return Text, flags, at + 1
		}
		if c == '\\' {
			flags |= Escapes
			at++
		} else if c < ' ' {
			flags |= Controls
		}
	}

	if at > len(text) {
		flags |= HalfEscape
	}
	return OpenText, flags, len(text)
}

// Value returns where the value at or after a position begins and ends. A value
// that the text ends in goes to its end.
func Value[T ~[]byte | ~string](text T, at int) (start, stop int) {
	token := Next(text, at)
	start = token.Start

	depth := 0
	for token.Kind != End {
		switch token.Kind {
		case BeginObject, BeginArray:
			depth++
		case EndObject, EndArray:
			depth--
		}

		if depth <= 0 {
			return start, token.Stop
		}
		token = Next(text, token.Stop)
	}
	return start, len(text)
}

// endOfLiteral returns where the literal ends that has begun before a position.
func endOfLiteral[T ~[]byte | ~string](text T, at int) int {
	for at < len(text) && classes[text[at]] == other {
		at++
	}
	return at
}

// The classes of bytes, by which Next decides.
const (
	other = iota
	blank
	punctuation
	quote
)

var classes = [256]byte{
	' ': blank, '\t': blank, '\n': blank, '\r': blank,
	'{': punctuation, '}': punctuation, '[': punctuation, ']': punctuation, ':': punctuation, ',': punctuation,
	'"': quote,
}
