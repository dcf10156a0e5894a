package conformance

import (
	"strings"
	"testing"
)

// TestEqualPaths has spellings of paths that RFC 3986 calls equal, and some
// that it does not.
func TestEqualPaths(t *testing.T) {
	c := checker(t)
	for path, want := range map[string]string{
		"/person.html":            "getPerson",
		"/api/person.html":        "getPerson",
		"/person%2Ehtml":          "getPerson",
		"/p%65rson%2ehtml":        "getPerson",
		"/x/../person.html":       "getPerson",
		"/./api/./person.html":    "getPerson",
		"/%2e%2e/api/person.html": "getPerson",
		"/a%70i/person.html":      "getPerson",
		"/Person.html":            "",
		"/person.html/":           "",
		"//person.html":           "",
		"/api//person.html":       "",
		"/person.html/..":         "",
		"/person%2fhtml":          "",
		"/things/7":               "getThing",
		"/things/%37":             "getThing",
		"/things/a%2Fb":           "getThing",
		"/things/a/b":             "",
		"/things/":                "",
		"/x/../things/x/.":        "",
	} {
		method := "POST"
		if strings.Contains(path, "things") {
			method = "GET"
		}
		id, ok := c.Find(method, path)
		if id != want || ok != (want != "") {
			t.Errorf("%s is taken for %q, want %q", path, id, want)
		}
	}
}

// The contract's own spelling does not matter either.
func TestEqualPathsOfTheContract(t *testing.T) {
	doc := mustLoadText(`
openapi: 3.0.3
info: {title: t, version: '1'}
servers: [{url: 'https://example.com/a%2db/'}]
paths:
  /caf%c3%A9: {get: {operationId: cafe, responses: {'204': {description: none}}}}
  '/two words': {get: {operationId: words, responses: {'204': {description: none}}}}
`)
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/caf%C3%A9":     "cafe",
		"/a-b/caf%c3%a9": "cafe",
		"/two%20words":   "words",
		"/two+words":     "",
	} {
		if id, _ := c.Find("GET", path); id != want {
			t.Errorf("%s is taken for %q, want %q", path, id, want)
		}
	}
}

func TestNearestPath(t *testing.T) {
	c := checker(t)
	for path, want := range map[string]string{
		"/persn.html":       "POST /person.html (getPerson)",
		"/Person.html":      "POST /person.html (getPerson)",
		"/api/person.htm":   "POST /person.html (getPerson)",
		"//person.html":     "POST /person.html (getPerson)",
		"/person_html":      "POST /person.html (getPerson)",
		"/poeple":           "POST /people (listPeople)",
		"/something/else/x": "",
	} {
		ex := Exchange{Request: Request{Method: "POST", URL: "https://example.com" + path}}
		f := onlyFinding(t, c.Check(t.Context(), ex), CodeOperationUnknown)
		if want == "" {
			if strings.Contains(f.Message, "nearest") || f.Location != "" {
				t.Errorf("%s: %s", path, f.Message)
			}
			continue
		}
		if !strings.HasSuffix(f.Message, "the nearest is "+want) {
			t.Errorf("%s: %s, want %s", path, f.Message, want)
		}
		expectLine(t, f.Location, "post:")
	}
}
