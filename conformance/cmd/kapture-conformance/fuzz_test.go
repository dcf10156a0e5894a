package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

// Whatever stands in a recording, it is read or refused.
func FuzzReadRecording(f *testing.F) {
	f.Add([]byte(`{"request": {"method": "POST", "url": "/x", "body": "a"}, "response": {"status": 200}}`))
	f.Add([]byte(`{"log": {"entries": [{"request": {"method": "POST"}, "response": {"content": {"text": "!", "encoding": "base64"}}}]}}`))
	f.Add([]byte(`{"log":{"entries":[{"request":{"method":"POST","url":"/x","headers":[{"name":"a","value":"b"}],"postData":{"text":"{}"}},"response":{"status":200,"headers":[{"name":"content-encoding","value":"gzip"}],"content":{"text":"e30=","encoding":"base64"}}}]}}`))
	f.Add([]byte(`{"time":"2024-04-19T14:19:11Z","request":{"method":"POST","url":"/x","header":{"A":["b"]},"body_base64":"/w=="},"response":{"status":200,"header":null,"body":"{}","truncated":true}}` + "\n\n{}\n"))
	f.Add([]byte("\n\xef\xbb\xbf{}"))
	file := filepath.Join(f.TempDir(), "r")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		for ex, err := range readRecording(file) {
			if err == nil && ex.Name == "" {
				t.Error("an exchange has no name")
			}
		}
	})
}

// What is recorded comes back byte for byte, but for the credentials: those that stand in a body are cut out, too,
// of the values of what is JSON, and of all else as they are written.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("{}"), []byte{0xff, 0x00})
	f.Add([]byte("\u2028<>&"), []byte(""))
	f.Add([]byte("{}"), []byte(`{"message":"Invalid Auth Key: a-secret"}`))
	f.Add([]byte(`{"key":"a\u002dsecret"}`), []byte(`["\u00fa-secret"]`))
	f.Fuzz(func(t *testing.T, sent, answered []byte) {
		ex := recorded(t, conformance.Exchange{
			Request:  conformance.Request{URL: "/x?auth_key=a-secret&api_id=1", Header: http.Header{"Authorization": {"Basic a-secret"}, "X-Api-Key": {"a-secret"}}, Body: sent},
			Response: conformance.Response{Status: 200, Header: http.Header{"Set-Cookie": {"a-secret"}, "Location": {"https://example.com/?auth_key=a-secret"}}, Body: answered},
		})
		for _, body := range [][2][]byte{{sent, ex.Request.Body}, {answered, ex.Response.Body}} {
			was, is := tokens(body[0]), tokens(body[1])
			for i := range was {
				was[i] = strings.ReplaceAll(was[i], "a-secret", redacted)
			}
			if !slices.Equal(was, is) {
				t.Errorf("%q came back as %q", body[0], body[1])
			}
		}
		if around := fmt.Sprint(ex.Request.URL, ex.Request.Header, ex.Response.Header); strings.Contains(around, "a-secret") {
			t.Errorf("a credential is kept: %s", around)
		}
	})
}

// tokens are the values of what is JSON; what is none is one.
func tokens(body []byte) (list []string) {
	if !json.Valid(body) {
		return []string{string(body)}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return list
		}
		list = append(list, fmt.Sprintf("%T %v", token, token))
	}
}
