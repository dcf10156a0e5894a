package main

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/spec"
)

// A request that was checked before is not checked again, and nobody can tell.
func TestCheckResponseGivesWhatCheckGives(t *testing.T) {
	j, err := newJudge(false, "")
	if err != nil {
		t.Fatal(err)
	}
	found, err := spec.Sample("customers/get-2024.response.json")
	if err != nil {
		t.Fatal(err)
	}

	const (
		ask     = `[{"phone":"9000000001"}]`
		failure = `{"message":"Invalid Auth Key","status":"failed"}`
	)
	tests := map[string]struct {
		method, path  string
		request, body string
		status        int
		header        http.Header
	}{
		"it conforms":          {request: ask, body: string(found)},
		"a documented failure": {request: ask, body: failure},
		"further fields": {
			request: `[{"phone":"9000000001","of":"9"}]`,
			body:    `{"message":"m","more":"Basic test-acme"}`,
		},
		"a request with findings":   {request: `{"phone":9}`, body: string(found)},
		"a response with findings":  {request: ask, body: `[`},
		"both":                      {request: `[`, body: `[`},
		"an undocumented status":    {request: ask, body: failure, status: http.StatusTeapot},
		"no response":               {request: ask, status: -1},
		"an unreadable coding":      {request: ask, body: "x", header: http.Header{"Content-Encoding": {"br"}}},
		"a head":                    {method: http.MethodHead, request: ask},
		"a path that is not there":  {path: "/nowhere", request: ask, body: failure},
		"a path that is misspelt":   {path: "/search-customer-by-customer-ids.html", request: ask, body: failure},
		"a query that is not there": {path: "/search-customer-by-customer-id.html?a=1", request: ask, body: failure},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ex := conformance.Exchange{
				Name:      "POST",
				Operation: "getCustomer",
				Request: conformance.Request{
					Method: http.MethodPost,
					URL:    "/search-customer-by-customer-id.html",
					Header: http.Header{
						"Authorization":   {"Basic test-acme"},
						"Content-Type":    {"application/json"},
						"Accept-Encoding": {"br"},
					},
					Body: []byte(test.request),
				},
				Response: conformance.Response{
					Status: http.StatusOK,
					Header: http.Header{"Content-Type": {"application/json"}},
					Body:   []byte(test.body),
				},
			}
			if test.method != "" {
				ex.Request.Method = test.method
			}
			if test.path != "" {
				ex.Request.URL = test.path
			}
			if test.status != 0 {
				ex.Response.Status = max(test.status, 0)
			}
			for name, values := range test.header {
				ex.Response.Header[name] = values
			}

			before := ex
			before.Response = conformance.Response{}
			before.Operation = ""
			request := j.look(t.Context(), before, unknown{})

			got := j.checkResponse(t.Context(), ex, request)
			want := j.check(t.Context(), ex, unknown{})
			if len(got.Findings)+len(want.Findings) == 0 { // an empty list or none
				got.Findings = want.Findings
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the result is\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}
