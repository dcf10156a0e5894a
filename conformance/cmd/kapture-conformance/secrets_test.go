package main

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
)

// A recording has no credential, in whatever place and spelling an exchange has
// one.
func TestRecordingHasNoCredential(t *testing.T) {
	const secret = "K3Y-f0r-Test-0nly"
	jsonHeader := http.Header{"Content-Type": {"application/json"}}
	withKey := func(token string) http.Header {
		return http.Header{"Authorization": {"Basic " + token}, "Content-Type": {"application/json"}}
	}
	deflated := func(text string) []byte {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		_, _ = w.Write([]byte(text))
		_ = w.Close()
		return b.Bytes()
	}
	coded := func(coding string) http.Header {
		return http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {coding}}
	}
	const echo = `{"message":"unknown: ` + secret + `"}`
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	inParts := http.Header{"Content-Type": {"multipart/form-data; boundary=b"}}
	tests := map[string]conformance.Exchange{
		"the path": {Request: conformance.Request{URL: "/t/" + secret + "/x", Header: withKey(secret)}},
		"curl -u TOKEN:": {
			Request: conformance.Request{
				URL:    "/t/" + secret,
				Header: withKey(base64.StdEncoding.EncodeToString([]byte(secret + ":"))),
			},
			Response: conformance.Response{Header: jsonHeader, Body: []byte(echo)},
		},
		"x-gzip": {
			Request:  conformance.Request{Header: withKey(secret)},
			Response: conformance.Response{Header: coded("x-gzip"), Body: gzipped(t, echo)},
		},
		"gzip, cut": {
			Request: conformance.Request{Header: withKey(secret)},
			Response: conformance.Response{
				Header: coded("gzip"),
				Body:   gzipped(t, echo+strings.Repeat(" ", 100))[:100],
			},
		},
		"deflate": {
			Request:  conformance.Request{Header: withKey(secret)},
			Response: conformance.Response{Header: coded("deflate"), Body: deflated(echo)},
		},
		"an odd coding": {
			Request:  conformance.Request{Header: withKey(secret)},
			Response: conformance.Response{Header: coded("br"), Body: []byte(secret)},
		},
		"X-Auth-Token": {Request: conformance.Request{Header: http.Header{"X-Auth-Token": {secret}}}},
		"apikey":       {Request: conformance.Request{Header: http.Header{"Apikey": {secret}}}},
		"?api_key=":    {Request: conformance.Request{URL: "/x?api_key=" + secret}},
		"?token=":      {Request: conformance.Request{URL: "/x?token=" + secret}},
		"--secret-header": {
			Request:  conformance.Request{Header: http.Header{"X-Odd": {secret}}},
			Response: conformance.Response{Header: jsonHeader, Body: []byte(echo)},
		},
		"auth_key in JSON": {
			Request: conformance.Request{Header: jsonHeader, Body: []byte(`{"a":[{"auth_key" : "` + secret + `"}]}`)},
		},
		"auth_key in a form": {Request: conformance.Request{Header: form, Body: []byte("auth_key=" + secret)}},
		"auth_key in parts": {Request: conformance.Request{
			Header: inParts,
			Body: []byte("--b\r\nContent-Disposition: form-data; name=\"auth_key\"\r\n\r\n" +
				secret + "\r\n--b--\r\n"),
		}},
		"access_token in a response": {
			Response: conformance.Response{Header: jsonHeader, Body: []byte(`{"access_token":"` + secret + `"}`)},
		},
		"a password of a login": {
			Request: conformance.Request{
				Header: jsonHeader,
				Body:   []byte(`{"user":"asha","password":"` + secret + `"}`),
			},
		},
		"a cookie that is echoed": {Request: conformance.Request{Header: http.Header{"Cookie": {"a=1; sid=" + secret}}},
			Response: conformance.Response{Header: jsonHeader, Body: []byte(echo)}},
		"a new cookie that is echoed": {Response: conformance.Response{
			Header: http.Header{
				"Set-Cookie":   {"sid=" + secret + "; Path=/"},
				"Content-Type": {"application/json"},
			},
			Body: []byte(echo),
		}},
		"escaped for a URL twice": {
			Request: conformance.Request{
				Header: withKey("K3Y/f0r/Test/0nly"),
				URL:    "/x?a=K3Y%252Ff0r%252FTest%252F0nly",
			},
		},
		"JSON in a query": {
			Request: conformance.Request{
				Header: withKey("K3Y/f0r/Test/0nly"),
				URL:    "/x?a=%22K3Y%5C%2Ff0r%5C%2FTest%5C%2F0nly%22",
			},
		},
		"hexadecimal": {
			Request:  conformance.Request{Header: withKey(secret)},
			Response: conformance.Response{Header: jsonHeader, Body: []byte(`"4b33592d6630722d546573742d306e6c79"`)},
		},
		"another case": {
			Request:  conformance.Request{Header: withKey(secret)},
			Response: conformance.Response{Header: jsonHeader, Body: []byte(strings.ToUpper(echo))},
		},
	}
	finder := &credentialFinder{headers: []string{"x-odd"}}
	for name, ex := range tests {
		t.Run(name, func(t *testing.T) {
			ex.Request.Method = http.MethodPost
			line, err := json.Marshal(finder.recordOf(time.Time{}, ex))
			if err != nil {
				t.Fatal(err)
			}
			back, err := readLine(line)
			if err != nil && ex.Request.URL != "" {
				t.Fatal(err)
			}
			text := string(line)
			if plain, ok := inflate(codingOf(back.Response.Header), back.Response.Body); ok {
				text += string(plain)
			}
			for _, part := range []string{"k3y-f0r", "k3y%252ff0r", "k3y%5c%2ff0r", "4b33592d", "f0r"} {
				if strings.Contains(strings.ToLower(text), part) {
					t.Errorf("%q is kept in %s", part, text)
				}
			}
		})
	}
}

// What is cut out of a recording is not found to be wrong when it is replayed:
// a password can be a word of the contract.
func TestRedactionCreatesNoFinding(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(notFound))
	}))
	defer upstream.Close()
	for _, pair := range []string{
		"acme:success",
		"acme:customer",
		"acme:failed",
		"acme:status",
		"acme:Customer Details",
		"acme:does",
		"acme:9000000001",
		"acme:phone",
	} {
		record := filepath.Join(t.TempDir(), "r.ndjson")
		address, stop := started(t, "proxy", "--upstream", upstream.URL, "--addr", "127.0.0.1:0", "--record", record)
		post(t, address+getPath, base64.StdEncoding.EncodeToString([]byte(pair)), `[{"phone":"9000000001"}]`)
		code, stdout, stderr := stop()
		if code != exitConforms {
			t.Fatalf("%s: exit %d\n%s%s", pair, code, stdout, stderr)
		}
		if code, stdout, stderr = program(t, "replay", record); code != exitConforms {
			text, _ := os.ReadFile(record)
			t.Errorf("%s: replay: exit %d\n%s%s\n%s", pair, code, stdout, stderr, text)
		}
	}
}

// A body that is not JSON does not become JSON where a credential is cut out.
func TestRedactionHidesNoFault(t *testing.T) {
	for _, body := range []string{
		`["\a-secret"]`, // \r would be an escape
		`["\\\a-secret"]`,
		`{"a":"\"a-secret`, // stays as broken as it is
	} {
		ex := recorded(t, conformance.Exchange{Request: conformance.Request{
			URL:    "/x",
			Header: http.Header{"Authorization": {"Basic a-secret"}},
			Body:   []byte(body),
		}})
		isHidden := json.Valid([]byte(body)) || json.Valid(ex.Request.Body)
		if isHidden || strings.Contains(string(ex.Request.Body), "secret") {
			t.Errorf("%s is recorded as %s", body, ex.Request.Body)
		}
	}
}

// A recording is not blamed for what was cut out of it. Who sends the word to a
// server is.
func TestCutOutValuesAreUnknown(t *testing.T) {
	j, err := newJudge(false, "")
	if err != nil {
		t.Fatal(err)
	}
	ex := conformance.Exchange{Request: conformance.Request{
		Method: http.MethodPost,
		URL:    "/add-update-order-from-other-source.html",
		Header: http.Header{"Authorization": {"Basic redacted"}, "Content-Type": {"application/json"}},
		Body: []byte(`[{"customer_name":"Asha","phone":"9000000001",` +
			`"date_of_birth":"redacted","create_date":"soon"}]`),
	}}

	for name, row := range map[string]struct {
		not  unknown
		want string
	}{
		"recorded": {unknown{redacted: true}, "/0/create_date"},
		"sent":     {unknown{}, "/0/create_date, /0/date_of_birth"},
	} {
		var pointers []string
		for _, finding := range j.look(t.Context(), ex, row.not).Findings {
			if finding.Code == "schema-pattern" {
				pointers = append(pointers, finding.Pointer)
			}
		}
		slices.Sort(pointers)
		if got := strings.Join(pointers, ", "); got != row.want {
			t.Errorf("%s: findings at %s, want %s", name, got, row.want)
		}
	}
}

// A short or common credential is cut out where it is all of a value, and is
// left where it may be a part of a word.
func TestWeakCredentials(t *testing.T) {
	for pair, want := range map[string]string{
		"asha:sesame":  `{"a":"redacted","b":"sesames","c":"sesame oil"}`,
		"asha:ses4me":  `{"a":"sesame","b":"sesames","c":"sesame oil"}`,
		"asha:success": `{"a":"sesame","b":"sesames","c":"sesame oil"}`,
	} {
		header := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(pair))}}
		s := new(credentialFinder).secretsOf(conformance.Exchange{Request: conformance.Request{Header: header}})
		if got := s.json([]byte(`{"a":"sesame","b":"sesames","c":"sesame oil"}`)); string(got) != want {
			t.Errorf("%s: %s, want %s", pair, got, want)
		}
	}
}

// A name of the contract is kept wherever it is, also if a credential is a part of
// it: without its fields, a recording would break the contract.
func TestNamesOfTheContractAreKept(t *testing.T) {
	header := http.Header{"Authorization": {"Basic customer_i"}}
	s := new(credentialFinder).secretsOf(conformance.Exchange{Request: conformance.Request{Header: header}})
	const body = `[{"customer_id":"1"},{"customer_id":"2"}]`
	if got := s.json([]byte(body)); string(got) != body {
		t.Errorf("%s, want %s", got, body)
	}
}
