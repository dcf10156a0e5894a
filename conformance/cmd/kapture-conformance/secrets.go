package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
)

// secretHeaders bear credentials; secretQuery does in the oldest call.
var (
	secretHeaders = []string{"Authorization", "Proxy-Authorization", "X-Api-Key", "Cookie", "Set-Cookie"}
	secretQuery   = []string{"auth_key"}
)

const redacted = "redacted"

// shortestSecret is the shortest credential that is looked for where none
// belongs: a shorter one would be found in every word.
const shortestSecret = 4

// secrets are the credentials of one exchange. They are cut out wherever they
// stand in it: a client may put its key under a name of its own as well, and a
// server may answer with what it was sent.
type secrets struct {
	plain []string
	cut   *strings.Replacer // in every form that text has them in
}

func secretsOf(q conformance.Request) secrets {
	var found []string
	for _, name := range secretHeaders {
		for _, value := range q.Header.Values(name) {
			key := value[strings.LastIndexByte(value, ' ')+1:]
			found = append(found, key)
			pair, _ := base64.StdEncoding.DecodeString(key)
			if _, password, ok := strings.Cut(string(pair), ":"); ok {
				found = append(found, string(pair), password)
			}
		}
	}
	if address, err := url.Parse(q.URL); err == nil {
		for name, values := range address.Query() {
			if isSecretName(name) {
				found = append(found, values...)
			}
		}
	}
	found = slices.DeleteFunc(found, func(secret string) bool { return len(secret) < shortestSecret })
	// The longest first: one may be a part of another.
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	s := secrets{plain: slices.Compact(found)}
	var forms []string
	for _, secret := range s.plain {
		quoted, _ := json.Marshal(secret)
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.ReplaceAll(secret, "/", `\/`), strings.Trim(string(quoted), `"`)} {
			forms = append(forms, form, redacted)
		}
	}
	s.cut = strings.NewReplacer(forms...)
	return s
}

func isSecretName(name string) bool {
	return slices.Contains(secretQuery, strings.ToLower(strings.TrimSpace(name)))
}

// header cuts what its names say to be credentials, and what is known as such.
func (s secrets) header(header http.Header) http.Header {
	clean := header.Clone()
	for name, values := range clean {
		for i, value := range values {
			scheme, _, two := strings.Cut(value, " ")
			switch {
			case !slices.Contains(secretHeaders, name):
				values[i] = s.cut.Replace(value)
			case two && name == "Authorization":
				values[i] = scheme + " " + redacted
			default:
				values[i] = redacted
			}
		}
	}
	return clean
}

// address changes nothing but the query's credentials, so that a query that is
// wrong is still wrong when it is replayed.
func (s secrets) address(address string) string {
	path, query, found := strings.Cut(address, "?")
	if !found {
		return address
	}
	return path + "?" + s.form(query)
}

// form is a query, or a body that is written as one.
func (s secrets) form(text string) string {
	parts := strings.Split(text, "&")
	for i, part := range parts {
		name, value, found := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil && isSecretName(plain) {
			parts[i] = name + "=" + redacted
			continue
		}
		parts[i] = s.escaped(name)
		if found {
			parts[i] += "=" + s.escaped(value)
		}
	}
	return strings.Join(parts, "&")
}

func (s secrets) escaped(text string) string {
	text = s.cut.Replace(text)
	if plain, err := url.QueryUnescape(text); err == nil {
		if clean := s.cut.Replace(plain); clean != plain {
			return url.QueryEscape(clean)
		}
	}
	return text
}

// body looks into what is compressed, too.
func (s secrets) body(header http.Header, body []byte) []byte {
	kind := strings.ToLower(header.Get("Content-Type"))
	plain, gzipped := inflate(header, body)
	if !gzipped {
		return s.text(kind, body)
	}
	clean := s.text(kind, plain)
	if bytes.Equal(clean, plain) {
		return body
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(clean) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// text cuts within the values of JSON, so that it stays JSON.
func (s secrets) text(kind string, text []byte) []byte {
	switch {
	case json.Valid(text):
		return s.json(text)
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		return []byte(s.form(string(text)))
	}
	return []byte(s.cut.Replace(string(text)))
}

// inflate undoes a gzip coding, if there is one and it is whole.
func inflate(header http.Header, body []byte) ([]byte, bool) {
	if !strings.EqualFold(header.Get("Content-Encoding"), "gzip") {
		return nil, false
	}
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	plain, err := io.ReadAll(io.LimitReader(reader, maxKept+1))
	return plain, err == nil && len(plain) <= maxKept
}

// json hands the texts and the numbers to value, and leaves the rest as it is.
func (s secrets) json(body []byte) []byte {
	var clean []byte
	done := 0
	for at := 0; at < len(body); at++ {
		start := at
		switch c := body[at]; {
		case c == '"':
			for at++; body[at] != '"'; at++ {
				if body[at] == '\\' {
					at++
				}
			}
		case c == '-' || '0' <= c && c <= '9':
			for at+1 < len(body) && strings.IndexByte("+-.0123456789Ee", body[at+1]) >= 0 {
				at++
			}
		default:
			continue
		}
		raw := body[start : at+1]
		if cut := s.value(raw); !bytes.Equal(cut, raw) {
			clean = append(append(clean, body[done:start]...), cut...)
			done = at + 1
		}
	}
	return append(clean, body[done:]...)
}

// value keeps the writing of a text where it can: what is odd in it is to be
// found when it is replayed.
func (s secrets) value(raw []byte) []byte {
	if raw[0] != '"' {
		if slices.Contains(s.plain, string(raw)) {
			return []byte("0")
		}
		return raw
	}
	written := string(raw[1 : len(raw)-1])
	cut := []byte(`"` + s.cut.Replace(written) + `"`)
	if !strings.Contains(written, `\`) {
		return cut
	}
	var text, kept string
	_ = json.Unmarshal(raw, &text) // it is a text: this is JSON
	clean := s.cut.Replace(text)
	if clean == text {
		return raw
	}
	if json.Unmarshal(cut, &kept) != nil || kept != clean {
		cut, _ = json.Marshal(clean)
	}
	return cut
}
