package reference

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// page is one file of the site. It shows the parts that are not empty.
type page struct {
	File  string
	Title string
	About string // Markdown

	Index      *index
	Operations []*operation
	Schemas    []*schema
	Conflicts  []conflict
	Notes      []note
}

// note is a section of spec/README.md.
type note struct {
	Title string
	ID    string
	Text  string // Markdown
}

// index is what only the first page shows.
type index struct {
	Servers   openapi3.Servers
	Security  []security
	Resources []resource
	Codes     []contract.FailureCode
}

type security struct {
	Name string
	*openapi3.SecurityScheme
}

type resource struct {
	File       string
	Title      string
	About      string
	Operations []*operation
}

// conflict is a field whose type or mark differs from page to page.
type conflict struct {
	Schema target
	Field  string
	Marks  []mark
}

// target is a place in the site.
type target struct {
	Name string
	Link string
}

// reader makes the pages of a document.
type reader struct {
	document  *openapi3.T
	described *contract.Contract
	fileOf    map[string]string // the page of a schema, by its name
}

// shared is the file of the schemas that belong to no single resource.
const shared = "common.html"

func newReader(document *openapi3.T, described *contract.Contract) *reader {
	r := &reader{document: document, described: described, fileOf: map[string]string{}}
	for name, ref := range document.Components.Schemas {
		r.fileOf[name] = shared
		stem := strings.TrimSuffix(path.Base(placeOf(ref.Value.Origin).File), ".yaml")
		if document.Tags.Get(stem) != nil {
			r.fileOf[name] = stem + ".html"
		}
	}
	return r
}

// pages lists the pages in the order of the navigation. The disagreements are
// read from the pages before theirs, and the notes are spread over the pages that
// they belong to.
func (r *reader) pages(notes []note) ([]*page, error) {
	overview := r.overview()
	list := []*page{overview}
	for _, tag := range r.document.Tags {
		ofResource, err := r.resource(tag)
		if err != nil {
			return nil, err
		}
		list = append(list, ofResource)
		overview.Index.Resources = append(overview.Index.Resources, resource{
			File:       ofResource.File,
			Title:      ofResource.Title,
			About:      tag.Description,
			Operations: ofResource.Operations,
		})
	}

	common, err := r.common()
	if err != nil {
		return nil, err
	}
	list = append(list, common)

	disagreements := disagreementsOf(list)
	list = append(list, disagreements)
	return append(list, placeNotes(notes, overview, disagreements)...), nil
}

// overview is the first page, without its resources.
func (r *reader) overview() *page {
	p := &page{
		File:  "index.html",
		Title: "Overview",
		Index: &index{Servers: r.document.Servers, Codes: r.described.FailureCodes},
	}
	if r.document.Info != nil {
		p.About = r.document.Info.Description
	}

	schemes := r.document.Components.SecuritySchemes
	for _, name := range slices.Sorted(maps.Keys(schemes)) {
		p.Index.Security = append(p.Index.Security, security{name, schemes[name].Value})
	}
	return p
}

// common is the page of the schemas that belong to no single resource.
func (r *reader) common() (*page, error) {
	schemas, err := r.schemas(shared)
	if err != nil {
		return nil, err
	}
	return &page{
		File:    shared,
		Title:   "Shared",
		About:   "Schemas that several resources use: failures, identifiers, and forms of time.",
		Schemas: schemas,
	}, nil
}

// disagreementsOf is the page of the fields about which tables differ, on any of
// the given pages.
func disagreementsOf(pages []*page) *page {
	p := &page{
		File:  "disagreements.html",
		Title: "Disagreements",
		About: "Where the vendor's pages disagree with one another or with what callers send, and what the " +
			"contract says.",
	}
	for _, one := range pages {
		for _, s := range one.Schemas {
			p.Conflicts = append(p.Conflicts, conflictsOf(s, one.File)...)
		}
	}
	return p
}

// placeNotes adds each section of the notes to its page. It returns the pages
// that consist of notes only, without those that have none.
func placeNotes(notes []note, overview, disagreements *page) []*page {
	rules := &page{File: "rules.html", Title: "Rules"}
	open := &page{File: "unknown.html", Title: "Unknown"}
	pageOf := map[string]*page{
		"Sources":                       overview,
		"Evidence":                      overview,
		"Disagreements":                 disagreements,
		"Decisions":                     disagreements,
		"Limitations":                   open,
		"What the documents leave open": open,
	}
	for _, section := range notes {
		if slices.Contains(notShown, section.Title) {
			continue
		}
		p := cmp.Or(pageOf[section.Title], rules)
		p.Notes = append(p.Notes, section)
	}

	isEmpty := func(p *page) bool { return len(p.Notes) == 0 }
	return slices.DeleteFunc([]*page{rules, open}, isEmpty)
}

// notShown are the sections of spec/README.md that are about its files and about
// programs, and say nothing about Kapture.
var notShown = []string{
	"Extensions",
	"Use it from your language",
	"Generators and checkers",
	"When a page changes",
}

func (r *reader) resource(tag *openapi3.Tag) (*page, error) {
	p := &page{File: tag.Name + ".html", Title: titleOf(tag), About: tag.Description}
	for _, described := range r.described.Operations {
		if described.Resource != tag.Name {
			continue
		}
		declared := r.document.Paths.Value(described.Path).GetOperation(described.Method)
		shown, err := r.operation(described, declared)
		if err != nil {
			return nil, err
		}
		p.Operations = append(p.Operations, shown)
	}

	var err error
	p.Schemas, err = r.schemas(p.File)
	return p, err
}

// titleOf writes the name of a resource with a capital, and an abbreviation in
// capitals.
func titleOf(tag *openapi3.Tag) string {
	if tag.Name == "faq" {
		return "FAQ"
	}
	return strings.ToUpper(tag.Name[:1]) + tag.Name[1:]
}

// place is where a part of the contract is authored, or the zero place.
type place struct {
	File string
	Line int
}

func placeOf(origin *openapi3.Origin) place {
	if origin == nil || origin.Key == nil {
		return place{}
	}
	return place{File: origin.Key.File, Line: origin.Key.Line}
}

// String is the place as findings print it: spec/customers.yaml:12.
func (p place) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("spec/%s:%d", path.Base(p.File), p.Line)
}
