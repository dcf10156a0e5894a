package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// However a server or a proxy spells a credential, no text shows it.
func TestText(t *testing.T) {
	const secret = `Hunter2=+/<&>"' key`
	inJSON := func(s string) string {
		text, _ := json.Marshal(s)
		return strings.Trim(string(text), `"`)
	}
	each := func(format string) func(string) string {
		return func(s string) string {
			var out strings.Builder
			for _, c := range []byte(s) {
				fmt.Fprintf(&out, format, c)
			}
			return out.String()
		}
	}
	after := func(before, following string) func(string) string {
		return func(s string) string { return base64.StdEncoding.EncodeToString([]byte(before + s + following)) }
	}

	for name, spell := range map[string]func(string) string{
		"as it is":                func(s string) string { return s },
		"capitals":                strings.ToUpper,
		"small letters":           strings.ToLower,
		"JSON":                    inJSON,
		"JSON in JSON":            func(s string) string { return inJSON(inJSON(s)) },
		"JSON with \\/":           func(s string) string { return strings.ReplaceAll(inJSON(s), "/", `\/`) },
		"JSON, every letter":      each(`\u%04x`),
		"query":                   url.QueryEscape,
		"query, small digits":     func(s string) string { return strings.ToLower(url.QueryEscape(s)) },
		"path":                    url.PathEscape,
		"query of a query":        func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
		"query of JSON":           func(s string) string { return url.QueryEscape(inJSON(s)) },
		"HTML of a query of JSON": func(s string) string { return html.EscapeString(url.QueryEscape(inJSON(s))) },
		"query, every letter":     each("%%%02X"),
		"query of it":             each("%%25%02X"),
		"HTML":                    html.EscapeString,
		"HTML, every letter":      each("&#%d;"),
		"HTML, in hexadecimal":    each("&#x%X;"),
		"a language, each letter": each(`\x%02x`),
		"hexadecimal":             func(s string) string { return hex.EncodeToString([]byte(s)) },
		"hexadecimal, capitals":   each("%02X"),
		"base64":                  after("", ""),
		"base64 after one byte":   after("u", ""),
		"base64 after two bytes":  after("u:", ""),
		"base64 within a text":    after("user:", " and more"),
		"base64 for a URL":        func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	} {
		spelled := spell(secret)
		clean, disguised := New(secret).Text("before ("+spelled+") after", "*")
		leaks := strings.Contains(clean, spelled) || !strings.Contains(clean, "*")
		keepsRest := strings.HasPrefix(clean, "before (") && strings.HasSuffix(clean, ") after")
		if !disguised && leaks {
			t.Errorf("%s: %q is left of %q", name, clean, spelled)
		}
		if !disguised && !keepsRest {
			t.Errorf("%s: more than the credential is cut out: %q", name, clean)
		}
		if longest := New(secret).Longest(); len(spelled) > longest {
			t.Errorf("%s has %d bytes, and the longest is said to have %d", name, len(spelled), longest)
		}
	}
}

// A text without a credential stays as it is, even if it has escapes.
func TestTextWithoutCredentials(t *testing.T) {
	s := New("hunter2-key", "abc", "")
	texts := []string{
		"", "abc", "100% of A+B & \\n", "%", "%2", "%25", "%zz", `\`, `\u12`, "&amp;", "\xff%ff",
	}
	for _, text := range texts {
		if clean, disguised := s.Text(text, "*"); clean != text || disguised {
			t.Errorf("%q became %q, disguised %t", text, clean, disguised)
		}
	}
}

// One credential may be a part of another, and both appear more than once.
func TestTextWithSeveralCredentials(t *testing.T) {
	s := New("key-1", "key-1-and-more", "other")
	clean, disguised := s.Text("key-1-and-more KEY-1 other/key-1-and-more", "*")
	if clean != "* * */*" || disguised {
		t.Errorf("%q, disguised %t", clean, disguised)
	}
}

func TestCredentials(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	for name, test := range map[string]struct {
		token string
		want  []string
	}{
		"a key": {token: "K-1234-5678", want: []string{"K-1234-5678"}},
		"a user and a password": {
			token: encode([]byte("asha:sesame")),
			want:  []string{"YXNoYTpzZXNhbWU=", "asha:sesame", "sesame"},
		},
		"a user only": {token: encode([]byte("KEY77:")), want: []string{"S0VZNzc6", "KEY77"}},
		"base64 without padding": {
			token: "YXNoYTpzZXNhbWU",
			want:  []string{"YXNoYTpzZXNhbWU", "asha:sesame", "sesame"},
		},
		"base64 of one word": {token: encode([]byte("sesame")), want: []string{"c2VzYW1l"}},
	} {
		if got := Credentials(test.token); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestIsSecretName(t *testing.T) {
	for name, want := range map[string]bool{
		"auth_key": true, "X-Auth-Token": true, "apikey": true, "api_key": true, "token": true, "access_token": true,
		"password": true, "client_secret": true, "Cookie": true, "JSESSIONID": true,
		"type": false, "state": false, "customer": false, "": false,
	} {
		if got := IsSecretName(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

// The time is proportional to the length of any text: a reader that restarts at
// every escape would not finish before the test times out.
func TestLargeTexts(t *testing.T) {
	s := New("c2VzYW1lOm9wZW4tcGxlYXNl", "open-please")
	for _, unit := range []string{"abcdef", "%41", "%25", "&eacute;", "&", `\u00e9`, `\`, "+", "C2VzYW1l"} {
		text := strings.Repeat(unit, 4<<20/len(unit))
		if clean, disguised := s.Text(text, "*"); clean != text || disguised {
			t.Errorf("%s: %d bytes became %d, disguised %t", unit, len(text), len(clean), disguised)
		}
	}
}
