// Package redact cuts credentials out of texts, in any spelling that a text has
// them: as they are, in another case, escaped for JSON, a URL or HTML (more than
// once, too), in hexadecimal or in base64. A server may send back what it was
// sent, and a proxy may quote it in a page.
//
// What it cannot find is a part of a credential, or one that was changed in
// another way.
//
// The client and the program of conformance use it. The package is exported for
// them. It makes no promise of compatibility.
package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// shortest is the length of the shortest credential that is looked for, in
// bytes: a shorter one would be found in every word.
const shortest = 4

// shortestCore is the length of the shortest piece of base64 that is looked
// for. A shorter one appears in other texts by chance.
const shortestCore = 8

// Secrets are the credentials that are cut out of texts.
type Secrets struct {
	spellings []string // in lower case, the longest first
	plain     []string // in lower case, as unescape returns them
	longest   int      // bytes of the longest spelling
}

// New returns the credentials to look for. Those of fewer than four bytes are
// ignored.
func New(credentials ...string) *Secrets {
	s := &Secrets{}
	for _, credential := range credentials {
		if len(credential) < shortest {
			continue
		}
		for _, spelling := range spellingsOf(credential) {
			s.spellings = append(s.spellings, lower(spelling))
		}
		s.plain = append(s.plain, lower(unescape(credential)))
		s.longest = max(s.longest, longestEscape*len(credential))
	}

	// The longest first: one may be a part of another.
	slices.SortFunc(s.spellings, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	s.spellings = slices.Compact(s.spellings)
	return s
}

// longestEscape is how many bytes an escape can take for one byte of a
// credential: %2525252541 has 11, \u0025 followed by 2541 has 10.
const longestEscape = 16

// Longest returns the length of the longest spelling of a credential, in bytes. If
// a text is cut off, that many bytes before the cut may contain a part of a
// credential, which Text does not find.
func (s *Secrets) Longest() int { return s.longest }

// Credentials returns what is secret in the credential of HTTP's Basic scheme:
// the token itself and, if it is a user and a password, the pair and its
// password. A user without a password is a key: `curl -u KEY:` sends it so.
func Credentials(token string) []string {
	secret := []string{token}
	pair, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(token, "="))
	user, password, isPair := strings.Cut(string(pair), ":")
	if err != nil || !isPair {
		return secret
	}

	if password == "" {
		return append(secret, user)
	}
	return append(secret, string(pair), password)
}

// secretNames are parts of names whose values are credentials.
var secretNames = []string{
	"key", "token", "secret", "passw", "pwd", "auth", "credential", "signature", "session", "cookie",
}

// IsSecretName reports whether the value under a name, of a header, a query or
// a field, is a credential by its name.
func IsSecretName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secretNames, func(part string) bool { return strings.Contains(name, part) })
}

// Text returns text with mark in place of the credentials. disguised reports
// that the result still has one, in a spelling whose place in the text is not
// known: it must not be shown at all.
func (s *Secrets) Text(text, mark string) (clean string, disguised bool) {
	if len(s.spellings) == 0 || text == "" {
		return text, false
	}
	clean = s.cut(text, mark)
	if !strings.ContainsAny(clean, `\%&+`) {
		return clean, false
	}

	plain := lower(unescape(clean))
	found := slices.ContainsFunc(s.plain, func(secret string) bool { return strings.Contains(plain, secret) })
	return clean, found
}

// cut replaces every spelling of a credential by mark.
func (s *Secrets) cut(text, mark string) string {
	folded := lower(text) // of the same length, so that positions are the same
	for _, spelling := range s.spellings {
		at := strings.Index(folded, spelling)
		if at < 0 {
			continue
		}

		var out strings.Builder
		done := 0
		for at >= 0 {
			out.WriteString(text[done : done+at])
			out.WriteString(mark)
			done += at + len(spelling)
			at = strings.Index(folded[done:], spelling)
		}
		out.WriteString(text[done:])
		text = out.String()
		folded = lower(text)
	}
	return text
}

// spellingsOf returns the ways to write a credential that are searched for as
// they are. unescape finds the others.
func spellingsOf(credential string) []string {
	quoted, _ := json.Marshal(credential) // a text always has an encoding
	list := []string{
		credential,
		url.QueryEscape(credential),
		url.PathEscape(credential),
		strings.Trim(string(quoted), `"`),
		strings.ReplaceAll(credential, "/", `\/`),
		hex.EncodeToString([]byte(credential)),
	}

	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			core := base64Core(encoding, credential, before)
			if len(core) >= shortestCore {
				list = append(list, core)
			}
		}
	}
	return list
}

// base64Core encodes a text that follows some other bytes, and returns the
// characters that depend only on the text.
func base64Core(encoding *base64.Encoding, text string, before int) string {
	encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
	first := (before*8 + 5) / 6          // the first character without a bit of what is before
	last := (before + len(text)) * 8 / 6 // after the last one without a bit of what follows
	return encoded[first:min(last, len(encoded))]
}

// lower returns text with small letters for the capitals of ASCII. It keeps the
// length, which strings.ToLower does not.
func lower(text string) string {
	if !strings.ContainsAny(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return text
	}
	out := []byte(text)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}
