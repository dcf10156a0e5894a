// Package reference shows a contract as web pages: operations with their
// failures, generations and evidence, schemas, and where the vendor's pages
// disagree.
//
// A site is a fixed set of files that link to one another by relative
// addresses. It works from a folder, without a server, and below any path of a
// server. Its pages request nothing from elsewhere, and show the same without
// their script, which filters the operations and reacts to keys.
package reference

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
)

//go:embed *.html style.css filter.js
var files embed.FS

// Source is what a reference is made from.
type Source struct {
	// Document is the contract. Its operations and schemas keep their authored
	// order if it was loaded with origins.
	Document *openapi3.T
	// Notes is spec/README.md: what no schema can say, such as the sources, the
	// disagreements, and what is unknown. A site without notes lacks the pages
	// that are made of them.
	Notes []byte
	// Around are pages of the server that serves the site. Every page of the
	// site begins with links to them.
	Around []Link
}

// Link is the name and the address of a page.
type Link struct{ Name, Address string }

// Site is a reference that has been written.
type Site struct {
	files map[string][]byte
	links map[string]string // of operations and schemas
}

// shownPage is what the template of a page gets.
type shownPage struct {
	Page   *page
	Pages  []*page // all of them, for the navigation
	Title  string
	Of     string // title and version of the contract
	Policy string
	Around []Link
}

// policy lets a page use its style sheet and its script, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'"

// templates are parsed when they are first needed: a mock may never show them.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"markdown": markdown,
		"row":      newRow,
		"anchor":   func(of, name string) string { return anchor(of + "." + name) },
	}).ParseFS(files, "*.html"))
})

// assets are the files that every page uses, with their types. These are fixed
// here, because the types that a machine is configured with may be wrong.
var assets = map[string]string{
	"style.css": "text/css; charset=utf-8",
	"filter.js": "text/javascript; charset=utf-8",
}

// New writes the site of a contract.
func New(source Source) (*Site, error) {
	described, err := fromdoc.Contract(source.Document)
	if err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}
	pages, err := newReader(source.Document, described).pages(sections(source.Notes))
	if err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}

	site := &Site{files: map[string][]byte{}, links: map[string]string{}}
	for name := range assets {
		site.files[name], err = files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reference: %w", err)
		}
	}
	for _, p := range pages {
		shown := shownPage{
			Page:   p,
			Pages:  pages,
			Title:  p.Title,
			Of:     described.Title + " " + described.Version,
			Policy: policy,
			Around: source.Around,
		}
		var text bytes.Buffer
		if err := templates().ExecuteTemplate(&text, "page", shown); err != nil {
			return nil, fmt.Errorf("reference: %s: %w", p.File, err)
		}
		site.files[p.File] = text.Bytes()
		for _, o := range p.Operations {
			site.links[o.ID] = p.File + "#" + o.ID
		}
		for _, s := range p.Schemas {
			site.links[s.Name] = p.File + "#" + s.Name
		}
	}
	return site, nil
}

// Files are the names of the site's files, sorted. Each is a plain name without
// a folder; index.html is the first page.
func (s *Site) Files() []string { return slices.Sorted(maps.Keys(s.files)) }

// File returns the content of a file, which must not be changed, or nil.
func (s *Site) File(name string) []byte { return s.files[name] }

// Link returns the address, from the site's folder, of an operation or a schema
// of the contract. It is empty if there is none of this name.
func (s *Site) Link(name string) string { return s.links[name] }

// Write writes the site into a folder, which it creates. Other files in the
// folder are kept.
func (s *Site) Write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("reference: %w", err)
	}
	for _, name := range s.Files() {
		if err := os.WriteFile(filepath.Join(folder, name), s.files[name], 0o644); err != nil {
			return fmt.Errorf("reference: %w", err)
		}
	}
	return nil
}

// ServeHTTP serves the file that the last part of the path names, and index.html
// where the path ends with a slash. Use it below a path that ends with a slash,
// so that the relative addresses of the pages are right.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, name := path.Split(r.URL.Path)
	if name == "" {
		name = "index.html"
	}
	body, known := s.files[name]
	if !known {
		http.NotFound(w, r)
		return
	}

	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	if kind := assets[name]; kind != "" {
		header.Set("Content-Type", kind)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}
