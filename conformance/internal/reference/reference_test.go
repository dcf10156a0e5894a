package reference

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"golang.org/x/net/html"

	"github.com/kapture-community/kapture-go/spec"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// kapture is the site of this repository's contract.
func kapture(t *testing.T) *Site {
	t.Helper()
	notes, err := os.ReadFile("../../../spec/README.md")
	if err != nil {
		t.Fatal(err)
	}
	document, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	site, err := New(Source{Document: document, Notes: notes})
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// parsed is what a test reads from a page.
type parsed struct {
	text     string // with single blanks
	ids      []string
	links    []string
	elements []string
	requests []string // addresses that a browser requests on its own
}

func parse(t *testing.T, page []byte) parsed {
	t.Helper()
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}

	var p parsed
	var words strings.Builder
	for node := range root.Descendants() {
		if node.Type == html.TextNode {
			words.WriteString(node.Data)
		}
		if node.Type != html.ElementNode {
			continue
		}
		p.elements = append(p.elements, node.Data)
		for _, attribute := range node.Attr {
			switch {
			case attribute.Key == "id":
				p.ids = append(p.ids, attribute.Val)
			case attribute.Key == "href" && node.Data == "a":
				p.links = append(p.links, attribute.Val)
			case attribute.Key == "href" || attribute.Key == "src":
				p.requests = append(p.requests, attribute.Val)
			}
		}
	}
	p.text = strings.Join(strings.Fields(words.String()), " ")
	return p
}

func parseAll(t *testing.T, site *Site) map[string]parsed {
	t.Helper()
	pages := map[string]parsed{}
	for _, name := range site.Files() {
		if filepath.Ext(name) == ".html" {
			pages[name] = parse(t, site.File(name))
		}
	}
	return pages
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	pages := parseAll(t, kapture(t))
	links := 0
	for name, p := range pages {
		for _, link := range p.links {
			if strings.HasPrefix(link, "https://") {
				continue
			}
			links++
			file, escaped, _ := strings.Cut(link, "#")
			fragment, err := url.PathUnescape(escaped)
			if err != nil {
				t.Error(err)
			}
			if file == "" {
				file = name
			}
			linked, known := pages[file]
			if !known || fragment != "" && !slices.Contains(linked.ids, fragment) {
				t.Errorf("%s links to %q, which does not exist", name, link)
			}
		}
	}
	if links < 500 {
		t.Errorf("found %d links within the site; the test reads the wrong thing", links)
	}
}

func TestAnchorsAreUnique(t *testing.T) {
	for name, p := range parseAll(t, kapture(t)) {
		slices.Sort(p.ids)
		if unique := slices.Compact(slices.Clone(p.ids)); len(unique) != len(p.ids) {
			t.Errorf("%s has an anchor twice: %d anchors, %d names", name, len(p.ids), len(unique))
		}
	}
}

func TestPagesRequestOnlyTheirOwnFiles(t *testing.T) {
	site := kapture(t)
	script := regexp.MustCompile(`<script[^>]*>[^<]*`)
	for name, p := range parseAll(t, site) {
		if !slices.Equal(p.requests, []string{"style.css", "filter.js"}) {
			t.Errorf("%s makes a browser request %q", name, p.requests)
		}
		page := string(site.File(name))
		scripts := script.FindAllString(page, -1)
		ownScript := []string{`<script src="filter.js" defer="defer">`}
		if !slices.Equal(scripts, ownScript) || strings.Contains(page, " style=") {
			t.Errorf("%s has a style of its own, or the scripts %q", name, scripts)
		}
	}
	for name := range assets {
		if regexp.MustCompile(`url\(|@import|https?:|fetch|XMLHttp`).Match(site.File(name)) {
			t.Errorf("%s requests something", name)
		}
	}
}

// What the script filters is every operation, and the form is hidden from those
// whose browser runs no script.
func TestOperationsCanBeFiltered(t *testing.T) {
	site := kapture(t)
	index := string(site.File("index.html"))
	if got, want := strings.Count(index, "<li data-row"), len(contract.Operations()); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	if !strings.Contains(index, `<form id="filter" role="search" hidden="hidden">`) {
		t.Error("the form is shown without a script")
	}

	served := httptest.NewRecorder()
	site.ServeHTTP(served, httptest.NewRequest(http.MethodGet, "/contract/filter.js", nil))
	header := served.Result().Header
	kind := header.Get("Content-Type")
	policy := header.Get("Content-Security-Policy")
	if kind != "text/javascript; charset=utf-8" || !strings.Contains(policy, "script-src 'self'") {
		t.Errorf("served as %v", header)
	}
}

// Everything that the contract knows of an operation is on the page of its
// resource.
func TestPagesShowTheContract(t *testing.T) {
	pages := parseAll(t, kapture(t))
	for _, operation := range contract.Operations() {
		p := pages[operation.Resource+".html"]
		expected := []string{operation.ID, operation.Method, operation.Path, operation.Summary}
		for _, use := range operation.Uses {
			expected = append(expected, use.Name, use.Generation, use.Summary, use.Request, use.Response)
		}
		for _, outcome := range slices.Concat(operation.Failures, operation.Successes) {
			expected = append(expected, outcome.Message, outcome.Code, outcome.Field, outcome.Status, outcome.Pattern)
			expected = append(expected, sources(outcome.Evidence)...)
		}
		expected = append(expected, sources(operation.Evidence)...)

		for _, text := range expected {
			text = strings.Join(strings.Fields(text), " ")
			if !strings.Contains(p.text, text) {
				t.Errorf("%s.html does not show %q of %s", operation.Resource, text, operation.ID)
			}
		}
	}
}

func sources(evidence contract.Evidence) []string {
	return slices.Concat(evidence.Documented, evidence.Observed, evidence.Inferred)
}

func TestEverySchemaHasOnePlace(t *testing.T) {
	document, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	pages := parseAll(t, kapture(t))
	for name, ref := range document.Components.Schemas {
		places := 0
		for _, p := range pages {
			if slices.Contains(p.ids, name) {
				places++
			}
			for property := range ref.Value.Properties {
				if slices.Contains(p.ids, name) && !slices.Contains(p.ids, anchor(name+"."+property)) {
					t.Errorf("the property %q of %s is not shown", property, name)
				}
			}
		}
		if places != 1 {
			t.Errorf("%s is on %d pages", name, places)
		}
	}
}

func TestPropertiesKeepTheirAuthoredOrder(t *testing.T) {
	p := parseAll(t, kapture(t))["customers.html"]
	first := slices.Index(p.ids, "CustomerUpsert.customer_info")
	order := []string{"CustomerUpsert.customer_info", "CustomerUpsert.contact_info", "CustomerUpsert.enquiry_info"}
	if first < 0 || !slices.Equal(p.ids[first:first+3], order) {
		t.Errorf("the properties of CustomerUpsert are not in the order %q", order)
	}
}

func TestSectionsOfTheNotesAreShown(t *testing.T) {
	pages := parseAll(t, kapture(t))
	for id, page := range map[string]string{
		"sources":                       "index.html",
		"evidence":                      "index.html",
		"disagreements":                 "disagreements.html",
		"decisions":                     "disagreements.html",
		"time":                          "rules.html",
		"failures-and-http-codes":       "rules.html",
		"limitations":                   "unknown.html",
		"what-the-documents-leave-open": "unknown.html",
	} {
		if !slices.Contains(pages[page].ids, id) {
			t.Errorf("%s does not show the section %s of spec/README.md", page, id)
		}
	}
	if slices.Contains(pages["rules.html"].ids, "use-it-from-your-language") {
		t.Error("rules.html shows a section about programs")
	}
}

const things = `
openapi: 3.0.3
info: {title: Things, version: "1", description: "Of <script>alert(1)</script> and [a file](notes.md)."}
tags: [{name: things, description: Things.}]
paths:
  /a:
    post:
      operationId: getThing
      tags: [things]
      responses: {"200": {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}
components:
  schemas:
    Thing:
      allOf:
        - $ref: "#/components/schemas/Base"
        - anyOf: [{required: [a, b]}, {required: [c]}]
    Base:
      type: object
      required: [agreed]
      properties:
        agreed: {type: string, x-mandatory: {P: "yes", Q: "yes"}}
        disputed: {type: string, maxLength: 3, x-mandatory: {P: "yes", Q: "no"}}
        inner: {type: array, items: {type: object, properties: {deep: {type: string, enum: [x, "y"]}}}}
`

// withoutOrigins is the site of a document that knows neither files nor lines
// and has no notes.
func withoutOrigins(t *testing.T) map[string]parsed {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData([]byte(things))
	if err != nil {
		t.Fatal(err)
	}
	site, err := New(Source{Document: document})
	if err != nil {
		t.Fatal(err)
	}
	return parseAll(t, site)
}

func TestPagesOfAnotherContract(t *testing.T) {
	pages := withoutOrigins(t)
	for _, row := range []struct {
		page string
		text string
	}{
		{page: "index.html", text: "Of alert(1) and a file."},
		{page: "common.html", text: "Thing Base needs a value of a and b, or c"},
		{page: "common.html", text: "agreed required string What the tables say"},
		{page: "common.html", text: "disputed string maxLength: 3 The tables of the pages disagree"},
		{page: "common.html", text: `inner[].deep "x" or "y"`},
		{page: "disagreements.html", text: "Base disputed P: yesQ: no"},
	} {
		if !strings.Contains(pages[row.page].text, row.text) {
			t.Errorf("%s does not show %q: %s", row.page, row.text, pages[row.page].text)
		}
	}
	if strings.Contains(pages["disagreements.html"].text, "agreed P") {
		t.Error("a field on which the tables agree is listed as a disagreement")
	}
	for name, p := range pages {
		scripts := slices.DeleteFunc(p.elements, func(element string) bool { return element != "script" })
		if len(scripts) != 1 || slices.Contains(p.links, "notes.md") {
			t.Errorf("%s has %d scripts, want its own one, or a link to a file of the repository", name, len(scripts))
		}
	}
}

func TestServe(t *testing.T) {
	site := kapture(t)
	server := httptest.NewServer(http.StripPrefix("/reference", site))
	defer server.Close()

	for _, row := range []struct {
		path   string
		status int
		kind   string
	}{
		{path: "/reference/", status: 200, kind: "text/html; charset=utf-8"},
		{path: "/reference/tickets.html", status: 200, kind: "text/html; charset=utf-8"},
		{path: "/reference/style.css", status: 200, kind: "text/css; charset=utf-8"},
		{path: "/reference/filter.js", status: 200, kind: "text/javascript; charset=utf-8"},
		{path: "/reference/none.html", status: 404, kind: "text/plain; charset=utf-8"},
		{path: "/reference/..%2fgo.mod", status: 404, kind: "text/plain; charset=utf-8"},
	} {
		response, err := http.Get(server.URL + row.path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != row.status || response.Header.Get("Content-Type") != row.kind {
			t.Errorf("%s: %s, %s", row.path, response.Status, response.Header.Get("Content-Type"))
		}
		if sent := response.Header.Get("Content-Security-Policy"); row.status == 200 && sent != policy {
			t.Errorf("%s: Content-Security-Policy %q", row.path, sent)
		}
	}
}

func TestWrite(t *testing.T) {
	site := kapture(t)
	folder := filepath.Join(t.TempDir(), "new", "folder")
	if err := site.Write(folder); err != nil {
		t.Fatal(err)
	}
	for _, name := range site.Files() {
		written, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || string(written) != string(site.File(name)) {
			t.Errorf("%s is not what was to be written: %v", name, err)
		}
	}
}
