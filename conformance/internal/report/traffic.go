package report

import (
	"net/http"
	"slices"
	"strings"
)

// Traffic is one request and its response, as a reader may see them: the caller
// removes credentials before it fills one.
type Traffic struct {
	Name     string  `json:"name,omitempty"`
	Request  Message `json:"request"`
	Response Message `json:"response"`
}

// Message is one side of an exchange.
type Message struct {
	Method string      `json:"method,omitempty"`
	URL    string      `json:"url,omitempty"`
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	// Cut is the number of bytes of the body that were not kept.
	Cut int `json:"cut,omitempty"`
}

// Curl returns a command that sends the request again. The credential is a
// variable of the shell, KAPTURE_TOKEN: reports never contain the key.
func (t Traffic) Curl() string {
	lines := []string{"curl -sS -X " + quote(t.Request.Method) + " " + quote(t.Request.URL)}
	for _, name := range sortedNames(t.Request.Header) {
		for _, value := range t.Request.Header[name] {
			if name == "Authorization" {
				lines = append(lines, `-H "Authorization: Basic $KAPTURE_TOKEN"`)
				continue
			}
			lines = append(lines, "-H "+quote(name+": "+value))
		}
	}
	if t.Request.Body != "" {
		lines = append(lines, "--data-binary "+quote(t.Request.Body))
	}
	return strings.Join(lines, " \\\n  ")
}

func sortedNames(header http.Header) []string {
	var names []string
	for name := range header {
		names = append(names, http.CanonicalHeaderKey(name))
	}
	slices.Sort(names)
	return names
}

// quote makes one word of the shell of a text.
func quote(text string) string {
	plain := strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,") == ""
	if text != "" && plain {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
