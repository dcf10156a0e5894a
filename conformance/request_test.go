package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestRequestFindings changes one thing of the request at a time. Each is the
// client's fault.
func TestRequestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Request)
		want   string
		part   string
		line   string // in the contract
	}{
		"method": {
			change: func(q *Request) { q.Method = "PUT" },
			want:   "request-method request ", part: "method", line: "post:",
		},
		"path": {
			change: func(q *Request) { q.URL = "/person" },
			want:   "request-path request ", part: "path", line: "post:",
		},
		"path without base": {
			change: func(q *Request) { q.URL = "/person.html" },
		},
		"path, other prefix": {
			change: func(q *Request) { q.URL = "/x/person.html" },
			want:   "request-path request ", part: "path", line: "post:",
		},
		"no URL": {
			change: func(q *Request) { q.URL = "http://[" },
			want:   "request-path request ", part: "path",
		},
		"credential": {
			change: func(q *Request) { q.Header.Del("Authorization") },
			want:   "credential-missing request ", part: "credential", line: "key: {type: http, scheme: basic}",
		},
		"credential, empty": {
			change: func(q *Request) { q.Header.Set("Authorization", "Basic ") },
			want:   "credential-missing request ", part: "credential",
		},
		"credential, other": {
			change: func(q *Request) { q.Header.Set("Authorization", "Bearer x") },
			want:   "credential-missing request ", part: "credential",
		},
		"credential, raw name": {
			change: func(q *Request) {
				q.Header = http.Header{
					"authorization": q.Header["Authorization"],
					"content-type":  q.Header["Content-Type"],
				}
			},
		},
		"query": {
			change: func(q *Request) { q.URL += "?id=1" },
			want:   "parameter-undocumented request ", part: "query id", line: "post:",
		},
		"content type": {
			change: func(q *Request) {
				q.Header.Set("Content-Type", "text/xml")
				q.Body = []byte("<x/>")
			},
			want: "content-type-undocumented request ", part: "header Content-Type", line: "content:",
		},
		"mislabelled": {
			change: func(q *Request) { q.Header.Set("Content-Type", "text/plain") },
			want:   "json-mislabelled request ", part: "header Content-Type", line: "content:",
		},
		"no content type": {
			change: func(q *Request) { q.Header.Del("Content-Type") },
			want:   "content-type-missing request ", part: "header Content-Type", line: "content:",
		},
		"no body": {
			change: func(q *Request) { q.Body = nil },
			want:   "body-missing request ", part: "body", line: "content:",
		},
		"syntax": {
			change: func(q *Request) { q.Body = []byte(`{"id":1`) },
			want:   "body-truncated request /id", part: "body",
		},
		"either of": {
			change: func(q *Request) { q.Body = []byte(`{}`) },
			want:   "schema-any-of request ", part: "body", line: "anyOf:",
		},
		"closed": {
			change: func(q *Request) { q.Body = []byte(`{"id":1,"Email":"x"}`) },
			want:   "schema-undeclared request /Email", part: "body", line: "additionalProperties: false",
		},
		"readOnly": {
			change: func(q *Request) { q.Body = []byte(`{"id":1,"created":"x"}`) },
			want:   "schema-read-only request /created", part: "body", line: "readOnly: true",
		},
		"nested anyOf": {
			change: func(q *Request) { q.Body = []byte(`{"id":1,"filter":[{"from":1,"to":"x"}]}`) },
			want:   "schema-any-of request /filter/0", part: "body", line: "anyOf:",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Response = Response{}
			c.change(&ex.Request)
			r := checker(t).Check(t.Context(), ex)
			if got := brief(r.Findings); got != c.want {
				t.Fatalf("got\n%s\nwant\n%s", got, c.want)
			}
			for _, f := range r.Findings {
				if f.Fault != FaultClient || f.HTTPStatus != 0 || f.Part != c.part {
					t.Errorf("the client is not blamed for %s: %+v", c.part, f)
				}
				if c.line != "" {
					expectLine(t, f.Location, c.line)
				}
			}
		})
	}
}

func TestParameters(t *testing.T) {
	c := checker(t)
	for name, tc := range map[string]struct {
		url      string
		noTenant bool
		want     string
		part     string
	}{
		"fine":         {url: "/people?limit=3"},
		"missing":      {url: "/people", noTenant: true, want: "parameter-missing request ", part: "header X-Tenant"},
		"out of range": {url: "/people?limit=0", want: "parameter-invalid request ", part: "query limit"},
		"no number": {
			url:  "/people?limit=asha@example.com",
			want: "parameter-invalid request ",
			part: "query limit",
		},
		"undocumented": {url: "/people?Limit=3", want: "parameter-undocumented request ", part: "query Limit"},
		"broken query": {url: "/people?limit=%zz", want: "parameter-invalid request ", part: "query"},
	} {
		t.Run(name, func(t *testing.T) {
			request := Request{Method: "POST", URL: tc.url, Header: http.Header{"Authorization": {"basic x"}}}
			if !tc.noTenant {
				request.Header["x-tenant"] = []string{"x"}
			}
			r := c.Check(t.Context(), Exchange{Operation: "listPeople", Request: request})
			if got := brief(r.Findings); got != tc.want {
				t.Fatalf("got\n%s\nwant\n%s", got, tc.want)
			}

			for _, f := range r.Findings {
				if f.Part != tc.part {
					t.Errorf("the part is %q, want %q", f.Part, tc.part)
				}
				if strings.Contains(fmt.Sprintf("%+v", f), "asha") {
					t.Errorf("the value shows: %+v", f)
				}
			}
		})
	}
}

func TestPathParameters(t *testing.T) {
	c := checker(t)
	for url, want := range map[string]string{
		"/things/12":     "",
		"/api/things/12": "",
		"/things/x":      "parameter-invalid request ",
		"/things":        "request-path request ",
	} {
		r := c.Check(t.Context(), Exchange{Operation: "getThing", Request: Request{Method: "GET", URL: url}})
		if got := brief(r.Findings); got != want {
			t.Errorf("%s: got %s", url, got)
		}
	}
}

func TestForm(t *testing.T) {
	c := checker(t)
	for body, want := range map[string]string{
		"n=1&words=a&words=b": "",
		"n=x":                 "schema-type request /n",
		"words=a":             "schema-required request /n",
		"n=%zz":               "body-form request ",
		"":                    "body-missing request ",
	} {
		request := Request{Method: "POST", URL: "/form", Body: []byte(body)}
		request.Header = http.Header{"Authorization": {"Basic x"}, "Content-Type": {formType}}
		r := c.Check(t.Context(), Exchange{Operation: "form", Request: request})
		if got := brief(r.Findings); got != want {
			t.Errorf("%q: got %s", body, got)
		}
	}
}

func TestFindsTheOperation(t *testing.T) {
	c := checker(t)
	for _, tc := range []struct{ method, url, operation, want string }{
		{"POST", "https://acme.example.com/api/person.html?x=1", "getPerson", "parameter-undocumented request "},
		{"GET", "http://127.0.0.1:8080/things/4", "getThing", ""},
		{"GET", "/person.html", "", "request-method request "},
		{"POST", "/nowhere", "", "operation-unknown request "},
	} {
		ex := person()
		ex.Operation = ""
		ex.Request.Method = tc.method
		ex.Request.URL = tc.url
		ex.Response = Response{}
		if tc.method == "GET" {
			ex.Request.Body = nil
		}

		r := c.Check(t.Context(), ex)
		if r.Operation != tc.operation || brief(r.Findings) != tc.want {
			t.Errorf("%s %s: %q\n%s", tc.method, tc.url, r.Operation, brief(r.Findings))
		}
	}
}

// The text of a body is checked even if nothing else can be.
func TestUnknownOperation(t *testing.T) {
	ex := Exchange{Operation: "nobody", Response: jsonResponse(200, []byte(`{"a":1,"a":2}`))}
	r := checker(t).Check(t.Context(), ex)
	if got := brief(r.Findings); got != "operation-unknown request \njson-duplicate-key response /a" {
		t.Errorf("got\n%s", got)
	}
}

func TestBasePath(t *testing.T) {
	ex := person()
	ex.Request.URL = "https://example.com/kept/here/person.html"
	r := checker(t, WithBasePath("/kept/here/")).Check(t.Context(), ex)
	if !r.OK() {
		t.Errorf("the base path is not used: %s", brief(r.Findings))
	}
}

func TestInvalidRequestMustBeNoticed(t *testing.T) {
	c := checker(t)
	ex := person()
	ex.Expect.RequestInvalid = true
	ex.Expect.Reason = "neither id nor email"
	f := onlyFinding(t, c.Check(t.Context(), ex), CodeInvalidUnnoticed)
	if f.Fault != FaultContract || !strings.Contains(f.Message, "neither id nor email") {
		t.Errorf("the contract is not blamed, with the reason: %+v", f)
	}

	ex.Request.Body = []byte(`{}`)
	r := c.Check(t.Context(), ex)
	if !r.OK() || len(r.Noticed) != 1 || r.Noticed[0].Code != CodeSchemaAnyOf {
		t.Errorf("findings %s\nnoticed %s", brief(r.Findings), brief(r.Noticed))
	}

	// The response is checked as always.
	ex.Response.Body = []byte(`{`)
	r = c.Check(t.Context(), ex)
	if r.ResponseOK() || !r.RequestOK() {
		t.Errorf("the response is not the only side with findings: %s", brief(r.Findings))
	}
}
