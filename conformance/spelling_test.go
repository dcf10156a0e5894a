package conformance

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"mime/multipart"
	"net/http"
	"testing"
)

// TestEqualCodings has spellings of content codings that mean the same.
func TestEqualCodings(t *testing.T) {
	text := []byte(`{"person":{"id":1},"status":"success"}`)
	for name, c := range map[string]struct {
		lines []string
		body  []byte
		want  string
	}{
		"gzip":                {[]string{"gzip"}, gzipped(text), CodeSchemaRequired},
		"capitals":            {[]string{" GZip "}, gzipped(text), CodeSchemaRequired},
		"x-gzip":              {[]string{"x-gzip"}, gzipped(text), CodeSchemaRequired},
		"with identity":       {[]string{"gzip, identity"}, gzipped(text), CodeSchemaRequired},
		"only identity":       {[]string{"identity"}, text, CodeSchemaRequired},
		"twice":               {[]string{"gzip, gzip"}, gzipped(gzipped(text)), CodeSchemaRequired},
		"twice, in two lines": {[]string{"gzip", "x-gzip"}, gzipped(gzipped(text)), CodeSchemaRequired},
		"deflate":             {[]string{"deflate"}, zlibbed(text), CodeSchemaRequired},
		"deflate, no frame":   {[]string{"deflate"}, deflated(text), CodeSchemaRequired},
		"both":                {[]string{"deflate, gzip"}, gzipped(zlibbed(text)), CodeSchemaRequired},
		"other order":         {[]string{"gzip, deflate"}, gzipped(zlibbed(text)), CodeBodyEncoding},
		"unknown":             {[]string{"gzip, br"}, gzipped(text), CodeBodyEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Response.Header["Content-Encoding"] = c.lines
			ex.Response.Body = c.body
			onlyFinding(t, checker(t).Check(t.Context(), ex), c.want)
		})
	}
}

func zlibbed(text []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(text)
	w.Close()
	return b.Bytes()
}

func deflated(text []byte) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		panic(err)
	}
	w.Write(text)
	w.Close()
	return b.Bytes()
}

// TestEqualContentTypes: letter case, blanks, quotes and further parameters do
// not matter; what the contract lists most exactly counts.
func TestEqualContentTypes(t *testing.T) {
	doc := mustLoadText(`
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a:
    get:
      operationId: a
      responses:
        '200':
          description: a
          content:
            application/json; version=2: {schema: {type: integer}}
            application/json: {schema: {type: boolean}}
            text/*: {schema: {type: string, maxLength: 1}}
            '*/*': {schema: {type: array, items: {}}}
`)
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ label, body, want string }{
		{"application/json", "true", ""},
		{"Application/JSON; charset=UTF-8", "true", ""},
		{"application/json;", "true", ""},
		{"application/json ; version=1", "true", ""},
		{"application/json; version=2", "1", ""},
		{`application/json;charset=utf-8;VERSION="2"`, "1", ""},
		{"application/json; version=2", "true", CodeSchemaType},
		{"text/csv", "x", ""},
		{"text/csv", "xy", CodeSchemaLength},
		{"application/problem+json", "[]", ""},
		{"application/problem+json", "{}", CodeSchemaType},
		{"image/png", "\x89PNG", CodeContentType},
	} {
		response := Response{Status: 200, Header: http.Header{"Content-Type": {tc.label}}, Body: []byte(tc.body)}
		r := c.Check(t.Context(), Exchange{Operation: "a", Response: response})
		if tc.want == "" && !r.OK() || tc.want != "" && (len(r.Findings) != 1 || r.Findings[0].Code != tc.want) {
			t.Errorf("%s %s: got %q, want %q", tc.label, tc.body, brief(r.Findings), tc.want)
		}
	}
}

// TestEqualHeaders: several lines are one list, and the letter case of a
// credential's scheme does not matter.
func TestEqualHeaders(t *testing.T) {
	c, err := NewChecker(mustLoad("testdata/market.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	stall := []byte(`{"name":"Corner","goods":[{"title":"bread","price":1}]}`)
	for name, tc := range map[string]struct {
		lines []string
		want  string
	}{
		"one line":             {[]string{"a,b"}, ""},
		"two lines":            {[]string{"a", "b"}, ""},
		"two lines of several": {[]string{"a, b", "c"}, ""},
		"too few":              {[]string{"a"}, "header-invalid response "},
	} {
		response := jsonResponse(200, stall)
		response.Header["x-tags"] = tc.lines
		r := c.Check(t.Context(), Exchange{Operation: "getStall", Response: response})
		if got := brief(r.Findings); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}

	for _, credential := range []string{"Basic eA==", "basic eA==", "BASIC  eA==", "Basic\teA=="} {
		ex := person()
		ex.Request.Header.Set("Authorization", credential)
		if r := checker(t).Check(t.Context(), ex); !r.OK() {
			t.Errorf("%q: %s", credential, brief(r.Findings))
		}
	}
}

// A parameter with content that is not there is missing, and not unreadable.
func TestMissingContentParameter(t *testing.T) {
	doc := mustLoadText(`
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a/{id}:
    get:
      operationId: a
      parameters:
        - {name: id, in: path, required: true, content: {application/json: {schema: {type: integer}}}}
        - {name: q, in: query, required: true, content: {application/json: {schema: {type: integer}}}}
        - {name: X-H, in: header, required: true, content: {application/json: {schema: {type: integer}}}}
        - {name: c, in: cookie, required: true, content: {application/json: {schema: {type: integer}}}}
      responses: {'204': {description: none}}
`)
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	all := http.Header{"X-H": {"1"}, "Cookie": {"c=1"}}
	for name, tc := range map[string]struct {
		url    string
		header http.Header
		want   string
	}{
		"all there":  {"/a/1?q=1", all, ""},
		"no query":   {"/a/1", all, "parameter-missing request "},
		"no header":  {"/a/1?q=1", http.Header{"Cookie": {"c=1"}}, "parameter-missing request "},
		"no cookie":  {"/a/1?q=1", http.Header{"X-H": {"1"}}, "parameter-missing request "},
		"unreadable": {"/a/1?q=x", all, "parameter-invalid request "},
	} {
		ex := Exchange{Operation: "a", Request: Request{Method: "GET", URL: tc.url, Header: tc.header}}
		r := c.Check(t.Context(), ex)
		if got := brief(r.Findings); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// A form in parts is checked like any other.
func TestMultipartForm(t *testing.T) {
	doc := mustLoadText(`
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a:
    post:
      operationId: a
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [n]
              properties: {n: {type: integer}, file: {type: string, format: binary}}
      responses: {'204': {description: none}}
`)
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		fields map[string]string
		cut    int
		want   string
	}{
		"fits":      {fields: map[string]string{"n": "1", "file": "\x00"}},
		"type":      {fields: map[string]string{"n": "x"}, want: "schema-type request /n"},
		"missing":   {fields: map[string]string{"file": "x"}, want: "schema-required request /n"},
		"cut short": {fields: map[string]string{"n": "1"}, cut: 10, want: "body-form request "},
	} {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for name, value := range tc.fields {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()

		request := Request{Method: "POST", URL: "/a", Body: b.Bytes()[:b.Len()-tc.cut]}
		request.Header = http.Header{"Content-Type": {w.FormDataContentType()}}
		r := c.Check(t.Context(), Exchange{Operation: "a", Request: request})
		if got := brief(r.Findings); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// A check that did not finish is never OK.
func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := checker(t).Check(ctx, person())
	if r.OK() || r.RequestOK() || r.ResponseOK() || r.Err == nil {
		t.Errorf("a check that did not finish is OK: %+v", r)
	}
	if r := checker(t).Check(t.Context(), person()); !r.OK() || r.Err != nil {
		t.Errorf("a check that finished is not OK: %+v", r)
	}
}
