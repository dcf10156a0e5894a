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

// Any recording is read or rejected.
func FuzzReadRecording(f *testing.F) {
	f.Add([]byte(`{"request": {"method": "POST", "url": "/x", "body": "a"}, "response": {"status": 200}}`))
	f.Add([]byte(`{"log": {"entries": [{"request": {"method": "POST"},` +
		`"response": {"content": {"text": "!", "encoding": "base64"}}}]}}`))
	f.Add([]byte(`{"log":{"entries":[{"request":{"method":"POST","url":"/x",` +
		`"headers":[{"name":"a","value":"b"}],"postData":{"text":"{}"}},` +
		`"response":{"status":200,"headers":[{"name":"content-encoding","value":"gzip"}],` +
		`"content":{"text":"e30=","encoding":"base64"}}}]}}`))
	f.Add([]byte(`{"time":"2024-04-19T14:19:11Z",` +
		`"request":{"method":"POST","url":"/x","header":{"A":["b"]},"body_base64":"/w=="},` +
		`"response":{"status":200,"header":null,"body":"{}","truncated":true}}` + "\n\n{}\n"))
	f.Add([]byte("\n\xef\xbb\xbf{}"))
	file := filepath.Join(f.TempDir(), "r")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		for ex, err := range readRecording(file, nil) {
			if err == nil && ex.broken == nil && ex.Name == "" {
				t.Error("an exchange has no name")
			}
		}
	})
}

// What is recorded comes back as it was, except the credentials: those of a JSON
// body are cut out of its names and values, and those of any other body as they
// are written.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("{}"), []byte{0xff, 0x00})
	f.Add([]byte("\u2028<>&"), []byte(""))
	f.Add([]byte("{}"), []byte(`{"message":"Invalid Auth Key: a-secret"}`))
	f.Add([]byte(`ret""a\u002dsecret`), []byte{})
	f.Add([]byte(`{"keY":""}`), []byte(`{"a-secret":{"key":{"b":1}}}`))
	f.Add([]byte(`{"key":"a\u002dsecret"}`), []byte(`["\u00fa-secret"]`))
	f.Add([]byte(`["\a-secret"]`), []byte(`["\\\a-secret"]`)) // \r is an escape of JSON, \a is none
	f.Fuzz(func(t *testing.T, sent, responded []byte) {
		ex := recorded(t, conformance.Exchange{
			Request: conformance.Request{
				URL:    "/x?auth_key=a-secret&api_id=1",
				Header: http.Header{"Authorization": {"Basic a-secret"}, "X-Api-Key": {"a-secret"}},
				Body:   sent,
			},
			Response: conformance.Response{
				Status: 200,
				Header: http.Header{"Set-Cookie": {"a-secret"}, "Location": {"https://example.com/?auth_key=a-secret"}},
				Body:   responded,
			},
		})
		for _, body := range [][2][]byte{{sent, ex.Request.Body}, {responded, ex.Response.Body}} {
			was, is := valueOf(body[0]), valueOf(body[1])
			if !isCleaned(was, is) {
				t.Errorf("%q came back as %q", body[0], body[1])
			}
			if strings.Contains(fmt.Sprint(is), "a-secret") {
				t.Errorf("a credential is kept: %q came back as %q", body[0], body[1])
			}
		}
		around := fmt.Sprint(ex.Request.URL, ex.Request.Header, ex.Response.Header)
		if strings.Contains(around, "a-secret") {
			t.Errorf("a credential is kept: %s", around)
		}
	})
}

// valueOf is the value of a body: that of its JSON, or else its text.
func valueOf(body []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if !json.Valid(body) || decoder.Decode(&value) != nil {
		return string(body)
	}
	return value
}

// isCleaned reports whether two values differ only where the second one says
// that something was cut out.
func isCleaned(was, is any) bool {
	if text, ok := is.(string); ok && strings.Contains(text, redacted) {
		return true
	}
	switch was := was.(type) {
	case []any:
		list, ok := is.([]any)
		return ok && slices.EqualFunc(was, list, isCleaned)
	case map[string]any:
		object, ok := is.(map[string]any)
		if !ok {
			return false
		}
		for name, value := range was {
			kept, found := object[name]
			if found && !isCleaned(value, kept) || !found && !hasCleanedName(object) {
				return false
			}
		}
		return true
	}
	return was == is
}

func hasCleanedName(object map[string]any) bool {
	for name := range object {
		if strings.Contains(name, redacted) {
			return true
		}
	}
	return false
}
