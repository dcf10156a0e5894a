package conformance

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"
)

func TestMaxDepth(t *testing.T) {
	nested := func(depth int) []byte {
		more := strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1)
		return []byte(`{"x":"1","y":"2","more":` + more + "}")
	}

	c := checker(t)
	if r := c.CheckComponent("Chain", nested(maxDepth), SideResponse); !r.OK() {
		t.Errorf("%d levels are rejected: %s", maxDepth, brief(r.Findings))
	}
	onlyFinding(t, c.CheckComponent("Chain", nested(maxDepth+1), SideResponse), CodeJSONTooDeep)
}

func TestGzip(t *testing.T) {
	ex := person()
	ex.Response.Header.Set("Content-Encoding", "gzip")
	ex.Response.Body = gzipped([]byte(`{"person":{"id":1},"status":"success"}`))
	onlyFinding(t, checker(t).Check(t.Context(), ex), CodeSchemaRequired)
}

func gzipped(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(text)
	w.Close()
	return b.Bytes()
}

// A small body must not fill the memory of the program that checks it.
func TestGzipThatGrows(t *testing.T) {
	megabyte := gzipped(bytes.Repeat([]byte(" "), 1<<20))
	most := bytes.Repeat(megabyte, maxInflated>>20) // parts that are compressed on their own decompress as one
	more := append(most[:len(most):len(most)], gzipped([]byte(" "))...)

	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"as much as is read": {most, CodeBodyMissing}, // all of it is blank
		"one byte more":      {more, CodeBodyEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Response.Header.Set("Content-Encoding", "gzip")
			ex.Response.Body = c.body
			f := onlyFinding(t, checker(t).Check(t.Context(), ex), c.want)
			if c.want == CodeBodyEncoding && !strings.Contains(f.Message, "grows beyond 67108864 bytes") {
				t.Errorf("the message does not name the limit: %s", f.Message)
			}
		})
	}
}

// Any content type is shown as a type, on one line, and short enough to read.
func TestLabelsAreShownShort(t *testing.T) {
	long := strings.Repeat("x", 94)
	for label, want := range map[string]string{
		"Image/PNG; name=asha":         `"image/png"`,
		"broken label; name=asha":      `"broken label"`,
		"a\x1b[2J\n":                   `"a\x1b[2j"`,
		"image/" + long:                `"image/` + long + `"`, // 100 characters
		"image/" + long + "y":          `"image/` + long + `"`,
		"broken " + long + " and more": `"broken ` + long[:93] + `"`,
	} {
		ex := person()
		ex.Response.Header.Set("Content-Type", label)
		ex.Response.Body = []byte("\x89PNG")

		f := onlyFinding(t, checker(t).Check(t.Context(), ex), CodeContentType)
		if f.Actual != want || !strings.Contains(f.Message, want) {
			t.Errorf("%q is shown as %s, want %s: %s", label, f.Actual, want, f.Message)
		}
	}
}

func TestBodiesThatAreNotJSON(t *testing.T) {
	text := Response{Status: 200, Header: http.Header{"Content-Type": {"text/plain"}}}
	with := func(body string) Response {
		response := text
		response.Body = []byte(body)
		return response
	}
	for name, tc := range map[string]struct {
		response Response
		want     string
	}{
		"text":                  {with("hello"), ""},
		"text that is too long": {with("hello!"), "schema-length response "},
		"none, as described":    {Response{Status: 204}, ""},
		"one where none is":     {Response{Status: 204, Body: []byte("x")}, "body-unexpected response "},
		"JSON of 3XX": {
			jsonResponse(301, []byte(`{"status":"x","message":""}`)),
			"schema-enum response /status",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ex := Exchange{Operation: "plain", Request: Request{Method: "GET", URL: "/plain"}, Response: tc.response}
			r := checker(t).Check(t.Context(), ex)
			if got := brief(r.Findings); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestHead(t *testing.T) {
	c := checker(t)
	ex := Exchange{Operation: "plainHead", Request: Request{Method: "HEAD", URL: "/plain"}}

	ex.Response.Status = 200
	if r := c.Check(t.Context(), ex); !r.OK() {
		t.Errorf("a response without a body is rejected: %s", brief(r.Findings))
	}

	ex.Response.Status = 404
	onlyFinding(t, c.Check(t.Context(), ex), CodeStatusUndocumented)

	ex.Response = Response{Status: 200, Body: []byte("x")}
	onlyFinding(t, c.Check(t.Context(), ex), CodeBodyUnexpected)
}
