package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

func TestReferences(t *testing.T) {
	c := checker(t, WithBundle("dist/shop.json"))
	ofPerson := func(body string) Result { return c.CheckComponent("Person", []byte(body), SideResponse) }
	changed := func(change func(*Exchange)) Result {
		ex := person()
		change(&ex)
		return c.Check(t.Context(), ex)
	}

	for name, test := range map[string]struct {
		result Result
		code   string
		want   string
	}{
		"an entry of a list": {
			result: ofPerson(`{"id": 1}`),
			code:   CodeSchemaRequired,
			want:   "/components/schemas/Person/required/1",
		},
		"a keyword": {
			result: ofPerson(`{"id": 1, "name": 2}`),
			code:   CodeSchemaType,
			want:   "/components/schemas/Person/properties/name/type",
		},
		"a status": {
			result: changed(func(ex *Exchange) { ex.Response.Status = http.StatusTooManyRequests }),
			code:   CodeStatusUndocumented,
			want:   "/paths/~1person.html/post/responses",
		},
		"a header": {
			result: changed(func(ex *Exchange) { ex.Response.Header.Del("X-Request-Id") }),
			code:   CodeHeaderMissing,
			want:   "/paths/~1person.html/post/responses/200/headers/X-Request-Id/required",
		},
		"a parameter": {
			result: changed(func(ex *Exchange) {
				ex.Operation = "listPeople"
				ex.Request.URL = "https://acme.example.com/api/people"
			}),
			code: CodeParameterMissing,
			want: "/paths/~1people/post/parameters/1/required",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := withCode(t, test.result, test.code).Reference; got != "dist/shop.json#"+test.want {
				t.Errorf("the reference is %q, want %q", got, "dist/shop.json#"+test.want)
			}
		})
	}
}

// withCode is the finding with a code.
func withCode(t *testing.T, r Result, code string) Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Code == code {
			return f
		}
	}
	t.Fatalf("no finding %s in %v", code, r.Findings)
	return Finding{}
}

// A blank in a name would end the reference in a text.
func TestReferencesAreEscaped(t *testing.T) {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	doc, err := loader.LoadFromData([]byte("openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {}\n" +
		"components:\n  schemas:\n    A:\n      type: object\n      properties:\n        a b/c: {type: string}\n"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}

	f := onlyFinding(t, c.CheckComponent("A", []byte(`{"a b/c": 1}`), SideResponse), CodeSchemaType)
	if want := "#/components/schemas/A/properties/a%20b~1c/type"; f.Reference != want {
		t.Errorf("the reference is %q, want %q", f.Reference, want)
	}
}

// checkReferences reports each place that has a line and no reference, and each
// reference that leads nowhere in the document.
func checkReferences(t *testing.T, document any, r Result) {
	t.Helper()
	check := func(location, reference string) {
		if location == "" {
			return
		}
		if !leadsSomewhere(document, reference) {
			t.Errorf("%s: %s has the reference %q, which is not in the document", r.Name, location, reference)
		}
	}

	for _, f := range r.Findings {
		check(f.Location, f.Reference)
		for _, d := range f.Differs {
			check(d.Location, d.Reference)
		}
	}
	for _, d := range r.Drift {
		check(d.Location, d.Reference)
	}
}

func leadsSomewhere(document any, reference string) bool {
	_, fragment, ok := strings.Cut(reference, "#/")
	if !ok {
		return false
	}
	fragment, err := url.PathUnescape(fragment)
	if err != nil {
		return false
	}

	at := document
	for step := range strings.SplitSeq(fragment, "/") {
		switch value := at.(type) {
		case map[string]any:
			at, ok = value[jsonvalue.Unescape(step)]
		case []any:
			i, err := strconv.Atoi(step)
			ok = err == nil && i < len(value)
			if ok {
				at = value[i]
			}
		default:
			ok = false
		}
		if !ok {
			return false
		}
	}
	return true
}

// asWritten is a document as its bundle has it.
func asWritten(t *testing.T, doc *openapi3.T) any {
	t.Helper()
	text, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document
}
