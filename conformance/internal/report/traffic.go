package report

import (
	"net/http"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/words"
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
	lines := []string{"curl -sS -X " + words.ShellWord(t.Request.Method) + " " + words.ShellWord(t.Request.URL)}
	for _, name := range sortedNames(t.Request.Header) {
		for _, value := range t.Request.Header[name] {
			if name == "Authorization" {
				lines = append(lines, `-H "Authorization: Basic $KAPTURE_TOKEN"`)
				continue
			}
			lines = append(lines, "-H "+words.ShellWord(name+": "+value))
		}
	}
	if t.Request.Body != "" {
		// --data-binary would send the file x for the body "@x".
		lines = append(lines, "--data-raw "+words.ShellWord(t.Request.Body))
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
