package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/gen/jsontoken"
	"github.com/kapture-community/kapture-go/gen/redact"
)

const redacted = "redacted"

// shortestPart is the length of the shortest credential that is cut out of
// longer texts. A shorter one, or one that is only letters, can be a part of any
// word, so it is cut out where it is a whole value.
const shortestPart = 8

// credentialFinder knows which headers and fields have credentials.
type credentialFinder struct {
	// headers are further names, from --secret-header.
	headers []string
}

// secrets are the credentials of one exchange. They are removed from every
// place of it: a client may also send its key under another name, and a server
// may send back what it received.
type secrets struct {
	finder *credentialFinder
	parts  *redact.Secrets // cut out wherever they are
	whole  map[string]bool // cut out where they are all of a value
	plain  []string        // all of them, as they are
}

func (f *credentialFinder) secretsOf(ex conformance.Exchange) secrets {
	s := secrets{finder: f}
	for name, values := range ex.Request.Header {
		if !f.isSecretHeader(name) || isNotACredential(name) {
			continue
		}
		for _, value := range values {
			s.plain = append(s.plain, credentialsIn(name, value)...)
		}
	}

	for _, value := range ex.Response.Header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(value, ";")
		s.plain = append(s.plain, credentialsIn("Cookie", pair)...)
	}

	if address, err := url.Parse(ex.Request.URL); err == nil {
		for name, values := range address.Query() {
			if isSecretName(name) {
				s.plain = append(s.plain, values...)
			}
		}
	}
	s.sort()
	return s
}

// sort decides where each credential is looked for.
func (s *secrets) sort() {
	s.whole = map[string]bool{}
	var parts []string
	for _, secret := range s.plain {
		switch {
		case len(secret) < shortestPart/2 || contractWords()[secret]:
			// It is in too many texts by chance.
		case isWord(secret):
			s.whole[secret] = true
		default:
			parts = append(parts, secret)
		}
	}
	s.parts = redact.New(parts...)
}

// isWord reports whether a credential can be a part of other texts by chance.
func isWord(secret string) bool {
	isLetters := true
	for _, c := range []byte(secret) {
		isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		isDigit := '0' <= c && c <= '9'
		if !isLetter && !isDigit {
			return false
		}
		isLetters = isLetters && isLetter
	}
	return isLetters || len(secret) < shortestPart
}

// credentialsIn returns what is secret in the value of a header.
func credentialsIn(name, value string) []string {
	if name != "Cookie" {
		return redact.Credentials(value[strings.LastIndexByte(value, ' ')+1:])
	}
	var list []string
	for _, cookie := range strings.Split(value, ";") {
		_, secret, _ := strings.Cut(cookie, "=")
		list = append(list, strings.TrimSpace(secret))
	}
	return list
}

// isSecretName reports whether a query parameter or a field has a credential, by
// its name.
func isSecretName(name string) bool {
	name = strings.TrimSpace(name)
	return redact.IsSecretName(name) && !contractWords()[name]
}

func (f *credentialFinder) isSecretHeader(name string) bool {
	isNamed := slices.ContainsFunc(f.headers, func(other string) bool { return strings.EqualFold(other, name) })
	return isNamed || redact.IsSecretName(name) && !isNotACredential(name)
}

// isNotACredential reports whether a header has the name of a credential and
// does not have one.
func isNotACredential(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Www-Authenticate", "Proxy-Authenticate", "Idempotency-Key", "X-Idempotency-Key", "Sec-Websocket-Key":
		return true
	}
	return false
}

// clean cuts the credentials out of a text. A text that contains an encoded
// credential is dropped entirely, and so is one that would become JSON: a backslash
// before a credential is a fault, and one before what is put in its place may be
// none.
func (s secrets) clean(text string) string {
	if s.whole[text] {
		return redacted
	}
	clean, disguised := s.parts.Text(text, redacted)
	becomesJSON := clean != text && json.Valid([]byte(clean)) && !json.Valid([]byte(text))
	if disguised || becomesJSON {
		return redacted
	}
	return clean
}

// header cuts the headers whose names say that they are credentials, and the
// known credentials in all others.
func (s secrets) header(header http.Header) http.Header {
	clean := header.Clone()
	for name, values := range clean {
		for i, value := range values {
			scheme, _, two := strings.Cut(value, " ")
			switch {
			case !s.finder.isSecretHeader(name):
				values[i] = s.url(value)
			case two && name == "Authorization":
				values[i] = scheme + " " + redacted
			default:
				values[i] = redacted
			}
		}
	}
	return clean
}

// url cleans a value that can be an address, such as a Location.
func (s secrets) url(value string) string {
	if strings.Contains(value, "?") {
		return s.address(value)
	}
	return s.clean(value)
}

// address changes only credentials, so that a query that is wrong is still wrong
// when it is replayed.
func (s secrets) address(address string) string {
	path, query, found := strings.Cut(address, "?")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = s.clean(part)
	}
	path = strings.Join(parts, "/")
	if !found {
		return path
	}
	return path + "?" + s.form(query)
}

// form is a query, or a body that is written as one.
func (s secrets) form(text string) string {
	parts := strings.Split(text, "&")
	for i, part := range parts {
		name, value, found := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if found && err == nil && isSecretName(plain) {
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

// escaped cleans a part of a query. What has JSON in it is cleaned as JSON.
func (s secrets) escaped(text string) string {
	text = s.clean(text)
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	clean := s.clean(plain)
	if json.Valid([]byte(plain)) {
		clean = string(s.json([]byte(plain)))
	}
	if clean == plain {
		return text
	}
	return url.QueryEscape(clean)
}

// body cleans a body, also a compressed one. What cannot be read is not kept: it
// may have a credential.
func (s secrets) body(header http.Header, body []byte) []byte {
	kind := header.Get("Content-Type")
	coding := codingOf(header)
	if coding == "" || coding == "identity" || len(body) == 0 || json.Valid(body) {
		return s.text(kind, body)
	}

	plain, ok := inflate(coding, body)
	if !ok {
		return []byte(redacted)
	}
	clean := s.text(kind, plain)
	if bytes.Equal(clean, plain) {
		return body
	}

	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if coding == "deflate" {
		w = zlib.NewWriter(&out)
	}
	_, _ = w.Write(clean) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// text cuts within the values of JSON and of forms, so that they stay such.
func (s secrets) text(kind string, text []byte) []byte {
	media, parameters, _ := mime.ParseMediaType(kind)
	switch {
	case json.Valid(text):
		return s.json(text)
	case media == "application/x-www-form-urlencoded":
		return []byte(s.form(string(text)))
	case media == "multipart/form-data" && parameters["boundary"] != "":
		return s.multipart(text, "--"+parameters["boundary"])
	}
	return []byte(s.clean(string(text)))
}

// multipart cleans a form in parts.
func (s secrets) multipart(text []byte, boundary string) []byte {
	parts := strings.Split(string(text), boundary)
	for i, part := range parts {
		head, content, found := strings.Cut(part, "\r\n\r\n")
		if !found {
			parts[i] = s.clean(part)
			continue
		}
		content = strings.TrimSuffix(content, "\r\n")
		clean := s.clean(content)
		if json.Valid([]byte(content)) {
			clean = string(s.json([]byte(content)))
		}
		if isSecretName(partName(head)) {
			clean = redacted
		}
		parts[i] = s.clean(head) + "\r\n\r\n" + clean + "\r\n"
	}
	return []byte(strings.Join(parts, boundary))
}

// partName is the name of the field that a part of a form has.
func partName(head string) string {
	for _, line := range strings.Split(head, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Disposition") {
			continue
		}
		_, parameters, err := mime.ParseMediaType(value)
		if err == nil {
			return parameters["name"]
		}
	}
	return ""
}

func codingOf(header http.Header) string {
	return strings.ToLower(strings.TrimSpace(header.Get("Content-Encoding")))
}

// inflate undoes a coding, as far as the body goes.
func inflate(coding string, body []byte) (plain []byte, ok bool) {
	var reader io.Reader
	var err error
	switch coding {
	case "gzip", "x-gzip":
		reader, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		reader, err = zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			reader, err = flate.NewReader(bytes.NewReader(body)), nil
		}
	default:
		return nil, false
	}
	if err != nil {
		return nil, false
	}

	plain, err = io.ReadAll(io.LimitReader(reader, maxKept+1))
	isUsable := err == nil || len(plain) > 0 // the body may have been cut off
	return plain, isUsable && len(plain) <= maxKept
}

// json cleans texts and numbers, and leaves the rest as it is written. The value
// of a field with the name of a credential is always cut. body must be JSON.
func (s secrets) json(body []byte) []byte {
	var clean []byte
	done := 0                      // up to here, clean has what body has
	names := map[string]jsonName{} // a list has the same names in each element
	isSecret := false              // the value that follows

	for token := jsontoken.Next(body, 0); token.Kind != jsontoken.End; token = jsontoken.Next(body, token.Stop) {
		raw := body[token.Start:token.Stop]
		isText := token.Kind == jsontoken.Text
		isName := isText && jsontoken.Next(body, token.Stop).Kind == jsontoken.Colon
		isNumber := raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9'
		var cut []byte
		switch {
		case token.Kind == jsontoken.Colon:
			continue
		case isName:
			name, known := names[string(raw)]
			if !known {
				name = s.jsonName(raw)
				names[string(raw)] = name
			}
			cut = name.clean
			isSecret = name.isSecret
		case isText && isSecret:
			cut = []byte(`"` + redacted + `"`)
		case isText:
			cut = s.jsonText(raw)
		case isNumber && (isSecret || slices.Contains(s.plain, string(raw))):
			cut = []byte("0")
		case isNumber:
			continue
		default: // brackets and commas; true, false and null reveal nothing
			isSecret = false
			continue
		}

		if !bytes.Equal(cut, raw) {
			clean = append(append(clean, body[done:token.Start]...), cut...)
			done = token.Stop
		}
	}
	return append(clean, body[done:]...)
}

// jsonName is a name of an object.
type jsonName struct {
	clean    []byte // with its quotes
	isSecret bool   // the value is a credential
}

func (s secrets) jsonName(raw []byte) jsonName {
	var name string
	_ = json.Unmarshal(raw, &name) // it is a text: this is JSON
	if contractWords()[name] {
		return jsonName{clean: raw, isSecret: isSecretName(name)}
	}
	return jsonName{clean: s.jsonText(raw), isSecret: isSecretName(name)}
}

// jsonText cleans a text with its quotes. It keeps the spelling where it can: what
// is odd in it is to be found when it is replayed.
func (s secrets) jsonText(raw []byte) []byte {
	var text string
	_ = json.Unmarshal(raw, &text) // it is a text: this is JSON
	clean := s.clean(text)
	if clean == text {
		return raw
	}

	spelled, _ := s.parts.Text(string(raw[1:len(raw)-1]), redacted)
	cut := []byte(`"` + spelled + `"`)
	var kept string
	if json.Unmarshal(cut, &kept) != nil || kept != clean {
		cut, _ = json.Marshal(clean)
	}
	return cut
}
