package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// What is recorded comes back byte for byte, but for the credentials: those that a server sends back are cut out, too.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("{}"), []byte{0xff, 0x00})
	f.Add([]byte("\u2028<>&"), []byte(""))
	f.Add([]byte("{}"), []byte(`{"message":"Invalid Auth Key: a-secret"}`))
	f.Fuzz(func(t *testing.T, sent, answered []byte) {
		line, err := json.Marshal(recordOf(time.Time{}, conformance.Exchange{
			Request:  conformance.Request{Method: "POST", URL: "/x?auth_key=a-secret&api_id=1", Header: http.Header{"Authorization": {"Basic a-secret"}, "X-Api-Key": {"a-secret"}}, Body: sent},
			Response: conformance.Response{Status: 200, Header: http.Header{"Set-Cookie": {"a-secret"}, "Location": {"https://example.com/?auth_key=a-secret"}}, Body: answered},
		}))
		if err != nil {
			t.Fatal(err)
		}
		ex, err := readLine(line)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ex.Request.Body, sent) || !bytes.Equal(ex.Response.Body, bytes.ReplaceAll(answered, []byte("a-secret"), []byte(redacted))) {
			t.Errorf("%q and %q came back as %q and %q", sent, answered, ex.Request.Body, ex.Response.Body)
		}
		if around := fmt.Sprint(ex.Request.URL, ex.Request.Header, ex.Response.Header); strings.Contains(around, "a-secret") || bytes.Contains(ex.Response.Body, []byte("a-secret")) {
			t.Errorf("a credential is kept: %s", line)
		}
	})
}
