package conformance

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec"
)

var shop = sync.OnceValue(func() *openapi3.T {
	return mustLoad(filepath.Join("testdata", "shop.yaml"))
})

func mustLoad(file string) *openapi3.T {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	doc, err := loader.LoadFromFile(file)
	if err != nil {
		panic(err)
	}
	return doc
}

func mustLoadText(text string) *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		panic(err)
	}
	return doc
}

var shopText = sync.OnceValue(func() []string {
	raw, err := os.ReadFile(filepath.Join("testdata", "shop.yaml"))
	if err != nil {
		panic(err)
	}
	return strings.Split(string(raw), "\n")
})

func checker(t testing.TB, options ...Option) *Checker {
	t.Helper()
	c, err := NewChecker(shop(), options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// publishedChecker has the contract of this repository.
func publishedChecker(t *testing.T) *Checker {
	t.Helper()
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	return newChecker(t, doc)
}

// checkerOf has only the given schemas, which are indented by four blanks.
func checkerOf(t testing.TB, schemas string) *Checker {
	t.Helper()
	const head = "openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {}\ncomponents:\n  schemas:"
	doc, err := openapi3.NewLoader().LoadFromData([]byte(head + schemas))
	if err != nil {
		t.Fatal(err)
	}
	return newChecker(t, doc)
}

func newChecker(t testing.TB, doc *openapi3.T) *Checker {
	t.Helper()
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	jsonType     = "application/json"
	formType     = "application/x-www-form-urlencoded"
	goodPerson   = `{"id":1,"name":"Asha"}`
	goodResponse = `{"person":` + goodPerson + `,"status":"success"}`
)

// person is an exchange that conforms.
func person() Exchange {
	return Exchange{
		Name:      "case/step",
		Operation: "getPerson",
		Request: Request{
			Method: "POST",
			URL:    "https://acme.example.com/api/person.html",
			Header: http.Header{"Content-Type": {jsonType}, "Authorization": {"Basic dGVzdA=="}},
			Body:   []byte(`{"id":1}`),
		},
		Response: Response{
			Status: 200,
			Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}, "X-Request-Id": {"abc"}},
			Body:   []byte(goodResponse),
		},
	}
}

// brief is what most tests compare: code, side and pointer.
func brief(findings []Finding) string {
	var list []string
	for _, f := range findings {
		list = append(list, fmt.Sprintf("%s %s %s", f.Code, f.Side, f.Pointer))
	}
	return strings.Join(list, "\n")
}

// onlyFinding returns the only finding, which must have the code and be complete.
func onlyFinding(t *testing.T, r Result, code string) Finding {
	t.Helper()
	if len(r.Findings) != 1 || r.Findings[0].Code != code {
		t.Fatalf("expected one %s, got:\n%s", code, brief(r.Findings))
	}
	f := r.Findings[0]
	if f.Message == "" || f.Why == "" || f.Fault == "" || f.Part == "" || f.Count < 1 {
		t.Errorf("the finding is not complete: %+v", f)
	}
	if _, ok := Explain(f.Code); !ok {
		t.Errorf("%s is not explained", f.Code)
	}
	return f
}

// expectLine compares a location with the text of its line in shop.yaml.
func expectLine(t *testing.T, location, text string) {
	t.Helper()
	file, number, ok := strings.Cut(location, ":")
	line := 0
	fmt.Sscan(number, &line)
	lines := shopText()
	if !ok || file != "shop.yaml" || line < 1 || line > len(lines) || !strings.Contains(lines[line-1], text) {
		at := ""
		if line >= 1 && line <= len(lines) {
			at = lines[line-1]
		}
		t.Errorf("location %q is the line %q, want one with %q", location, at, text)
	}
}

func codes(findings []Finding) []string {
	var list []string
	for _, f := range findings {
		list = append(list, f.Code)
	}
	slices.Sort(list)
	return list
}
