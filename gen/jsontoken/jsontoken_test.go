package jsontoken_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/gen/jsontoken"
)

// all writes the tokens of a text, and what is in them.
func all(text string) string {
	var out []string
	for token := jsontoken.Next(text, 0); token.Kind != jsontoken.End; token = jsontoken.Next(text, token.Stop) {
		shown := text[token.Start:token.Stop]
		if token.Flags&jsontoken.Escapes != 0 {
			shown += "/E"
		}
		if token.Flags&jsontoken.Controls != 0 {
			shown += "/C"
		}
		if token.Kind == jsontoken.OpenText {
			shown += "/open"
		}
		out = append(out, shown)
	}
	return strings.Join(out, " ")
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		``:                           ``,
		" \t\r\n":                    ``,
		`{"a":[1,true,null,"b"]}`:    `{ "a" : [ 1 , true , null , "b" ] }`,
		" [ -1.5e+3 , {} ] ":         `[ -1.5e+3 , { } ]`,
		`"a\"b\\"`:                   `"a\"b\\"/E`,
		"\"a\tb\"":                   "\"a\tb\"/C",
		"\"a\\\tb\"":                 "\"a\\\tb\"/E",
		`"a{b]:,"`:                   `"a{b]:,"`,
		`"öß\u00e4"`:                 `"öß\u00e4"/E`,
		`"open`:                      `"open/open`,
		`tru"e"1x`:                   `tru "e" 1x`,
		"\xef\xbb\xbf{;}":            "\xef\xbb\xbf { ; }",
		"[\"\xff\"\x00]":             "[ \"\xff\" \x00 ]",
		`{"a":{"b":[]},"c":"}"}{"d"`: `{ "a" : { "b" : [ ] } , "c" : "}" } { "d"`,
	} {
		if got := all(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}

	half := jsontoken.Token{Kind: jsontoken.OpenText, Stop: 3, Flags: jsontoken.Escapes | jsontoken.HalfEscape}
	if got := jsontoken.Next(`"a\`, 0); got != half {
		t.Errorf("half an escape: got %+v, want %+v", got, half)
	}
	whole := jsontoken.Token{Kind: jsontoken.OpenText, Stop: 4, Flags: jsontoken.Escapes}
	if got := jsontoken.Next(`"a\\`, 0); got != whole {
		t.Errorf("a whole escape: got %+v, want %+v", got, whole)
	}
}

func TestResume(t *testing.T) {
	for _, test := range []struct {
		text string
		at   int
		want jsontoken.Token
	}{
		{`bc",1`, 0, jsontoken.Token{Kind: jsontoken.Text, Stop: 3}},
		{`"",1`, 0, jsontoken.Token{Kind: jsontoken.Text, Stop: 1}},
		{`"",1`, 1, jsontoken.Token{Kind: jsontoken.Text, Start: 1, Stop: 2}}, // after half an escape
		{`bc`, 0, jsontoken.Token{Kind: jsontoken.OpenText, Stop: 2}},
		{``, 0, jsontoken.Token{Kind: jsontoken.OpenText}},
		{
			text: "\n\\",
			want: jsontoken.Token{
				Kind:  jsontoken.OpenText,
				Stop:  2,
				Flags: jsontoken.Controls | jsontoken.Escapes | jsontoken.HalfEscape,
			},
		},
	} {
		if got := jsontoken.Resume(test.text, test.at); got != test.want {
			t.Errorf("%q at %d: got %+v, want %+v", test.text, test.at, got, test.want)
		}
	}
}

func TestValue(t *testing.T) {
	for text, want := range map[string]string{
		` 12 ,3`:             `12`,
		`"a,b":1`:            `"a,b"`,
		`[1,[2],{"a":"]"}],`: `[1,[2],{"a":"]"}]`,
		`{"a":[`:             `{"a":[`,
		`}`:                  `}`,
		` `:                  ``,
	} {
		start, stop := jsontoken.Value([]byte(text), 0)
		if got := text[start:stop]; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// FuzzTokens compares the tokens of valid JSON with what encoding/json makes of
// it, and those of a text with those of its two halves.
func FuzzTokens(f *testing.F) {
	for _, text := range []string{`{"a":[1,"x\\\"y",true]}`, `"a\`, ` [{}, "]"]`, "\"a\nb\"", `1 2"3`} {
		f.Add(text, 3)
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		var compact strings.Builder
		last := 0
		for token := jsontoken.Next(text, 0); token.Kind != jsontoken.End; token = jsontoken.Next(text, token.Stop) {
			if token.Start < last || token.Stop <= token.Start || token.Stop > len(text) {
				t.Fatalf("%q: token %+v after byte %d", text, token, last)
			}
			if blanks := strings.Trim(text[last:token.Start], " \t\r\n"); blanks != "" {
				t.Fatalf("%q: %q is in no token", text, blanks)
			}
			compact.WriteString(text[token.Start:token.Stop])
			last = token.Stop
		}
		if json.Valid([]byte(text)) {
			checkCompact(t, text, compact.String())
		}
		if 0 < cut && cut < len(text) {
			checkHalves(t, text, cut)
		}
	})
}

// checkCompact compares the tokens of valid JSON, joined, with the same text
// without white space.
func checkCompact(t *testing.T, text, joined string) {
	t.Helper()
	if start, stop := jsontoken.Value(text, 0); text[start:stop] != strings.Trim(text, " \t\r\n") {
		t.Fatalf("%q: the value is %q", text, text[start:stop])
	}
	var want bytes.Buffer
	if err := json.Compact(&want, []byte(text)); err != nil || joined != want.String() {
		t.Fatalf("%q: its tokens are %q, want %q, %v", text, joined, want.String(), err)
	}
}

// checkHalves reads a text that begins the input whole and in two parts.
func checkHalves(t *testing.T, text string, cut int) {
	t.Helper()
	whole := jsontoken.Next(text, 0)
	first := jsontoken.Next(text[:cut], 0)
	if whole.Kind != jsontoken.Text || first.Kind != jsontoken.OpenText {
		return
	}

	at := 0
	if first.Flags&jsontoken.HalfEscape != 0 {
		at = 1
	}
	rest := jsontoken.Resume(text[cut:], at)
	if rest.Kind != jsontoken.Text || cut+rest.Stop != whole.Stop {
		t.Fatalf("%q: %+v and %+v are not %+v", text, first, rest, whole)
	}
	if flags := (first.Flags | rest.Flags) &^ jsontoken.HalfEscape; flags != whole.Flags {
		t.Fatalf("%q: the halves have the flags %b, the whole %b", text, flags, whole.Flags)
	}
}
