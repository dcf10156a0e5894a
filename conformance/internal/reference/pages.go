package reference

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
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

// operation is one operation, or a call that Kapture makes.
type operation struct {
	contract.Operation
	About      string
	Generation string // if the operation is deprecated: its newest one
	ReplacedBy target
	Uses       []use // with links
	Security   []string
	Parameters []*property
	Request    *body
	Responses  []*body
	Unknown    []unknown
	ErrorNames []errorName
	Callbacks  []*operation
	Origin     string
}

// use is a use of an operation.
type use struct {
	contract.Use
	Sends []token
	Gets  []token
}

// body is what a request or a response carries.
type body struct {
	Status   string
	About    string
	Required bool
	Media    []media
	Evidence contract.Evidence
}

type media struct {
	Type     string
	Kind     []token
	Examples []example
}

type example struct {
	Name    string
	Summary string
	Text    string
}

// unknown is a row of a page's table that has no wire name, from
// x-unknown-fields.
type unknown struct {
	Label       string            `json:"label"`
	Type        string            `json:"type"`
	Mandatory   string            `json:"mandatory"`
	Description string            `json:"description"`
	Evidence    contract.Evidence `json:"x-evidence"`
}

// errorName is an entry of x-error-names.
type errorName struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Evidence    contract.Evidence `json:"x-evidence"`
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

// reader makes pages from a document.
type reader struct {
	document  *openapi3.T
	described *contract.Contract
	fileOf    map[string]string // the page of a schema, by its name
}

// shared is the page of the schemas that no resource has for itself.
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

// pages lists the pages in the order of the navigation.
func (r *reader) pages(notes []note) ([]*page, error) {
	first := &page{File: "index.html", Title: "Overview", Index: &index{Servers: r.document.Servers}}
	first.Index.Codes = r.described.FailureCodes
	if r.document.Info != nil {
		first.About = r.document.Info.Description
	}
	for _, name := range slices.Sorted(maps.Keys(r.document.Components.SecuritySchemes)) {
		scheme := r.document.Components.SecuritySchemes[name].Value
		first.Index.Security = append(first.Index.Security, security{name, scheme})
	}

	list := []*page{first}
	for _, tag := range r.document.Tags {
		resourcePage, err := r.resource(tag)
		if err != nil {
			return nil, err
		}
		list = append(list, resourcePage)
		first.Index.Resources = append(first.Index.Resources, resource{
			File:       resourcePage.File,
			Title:      resourcePage.Title,
			About:      tag.Description,
			Operations: resourcePage.Operations,
		})
	}

	schemas, err := r.schemas(shared)
	if err != nil {
		return nil, err
	}
	list = append(list, &page{
		File:    shared,
		Title:   "Shared",
		About:   "Schemas that several resources use: failures, identifiers, and forms of time.",
		Schemas: schemas,
	})

	disagreements := &page{
		File:  "disagreements.html",
		Title: "Disagreements",
		About: "Where the vendor's pages disagree with one another or with what callers send, and what the " +
			"contract says.",
	}
	for _, one := range list {
		for _, s := range one.Schemas {
			disagreements.Conflicts = append(disagreements.Conflicts, conflictsOf(s, one.File)...)
		}
	}

	rules := &page{File: "rules.html", Title: "Rules"}
	open := &page{File: "unknown.html", Title: "Unknown"}
	pageOf := map[string]*page{
		"Sources":                       first,
		"Evidence":                      first,
		"Disagreements":                 disagreements,
		"Decisions":                     disagreements,
		"Limitations":                   open,
		"What the documents leave open": open,
	}
	for _, section := range notes {
		if slices.Contains(notShown, section.Title) {
			continue
		}
		at := cmp.Or(pageOf[section.Title], rules)
		at.Notes = append(at.Notes, section)
	}

	list = append(list, disagreements)
	for _, noted := range []*page{rules, open} {
		if len(noted.Notes) > 0 {
			list = append(list, noted)
		}
	}
	return list, nil
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

func (r *reader) operation(described contract.Operation, declared *openapi3.Operation) (*operation, error) {
	o := &operation{Operation: described, About: declared.Description, Origin: placeOf(declared.Origin).String()}

	var replacedBy string
	err := cmp.Or(
		decode(declared.Extensions, "x-generation", &o.Generation),
		decode(declared.Extensions, "x-replaced-by", &replacedBy),
		decode(declared.Extensions, "x-unknown-fields", &o.Unknown),
		decode(declared.Extensions, "x-error-names", &o.ErrorNames),
	)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", described.ID, err)
	}
	if replacement, known := r.described.ByID(replacedBy); known {
		o.ReplacedBy = target{Name: replacedBy, Link: replacement.Resource + ".html#" + replacedBy}
	}

	for _, described := range described.Uses {
		o.Uses = append(o.Uses, use{Use: described, Sends: r.link(described.Request), Gets: r.link(described.Response)})
	}
	o.Security = securityOf(r.document, declared)
	for _, ref := range declared.Parameters {
		p, err := r.parameter(ref.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: parameter %q: %w", described.ID, ref.Value.Name, err)
		}
		o.Parameters = append(o.Parameters, p)
	}
	if declared.RequestBody != nil {
		request := declared.RequestBody.Value
		o.Request = &body{About: request.Description, Required: request.Required, Media: r.media(request.Content)}
	}
	for _, status := range described.Statuses {
		response := declared.Responses.Value(status).Value
		shown := &body{Status: status, Media: r.media(response.Content)}
		if response.Description != nil {
			shown.About = *response.Description
		}
		shown.Evidence, err = fromdoc.Evidence(response.Extensions)
		if err != nil {
			return nil, fmt.Errorf("%s: response %s: %w", described.ID, status, err)
		}
		o.Responses = append(o.Responses, shown)
	}

	o.Callbacks, err = r.callbacks(declared)
	return o, err
}

// callbacks are the calls that Kapture makes to a tenant.
func (r *reader) callbacks(declared *openapi3.Operation) ([]*operation, error) {
	var list []*operation
	for _, name := range slices.Sorted(maps.Keys(declared.Callbacks)) {
		for address, item := range declared.Callbacks[name].Value.Map() {
			for method, call := range item.Operations() {
				described, err := fromdoc.Operation(method, address, call)
				if err != nil {
					return nil, err
				}
				shown, err := r.operation(described, call)
				if err != nil {
					return nil, err
				}
				list = append(list, shown)
			}
		}
	}
	slices.SortFunc(list, func(a, b *operation) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// securityOf lists the ways to send a key, of which one is needed.
func securityOf(document *openapi3.T, declared *openapi3.Operation) []string {
	needed := document.Security
	if declared.Security != nil {
		needed = *declared.Security
	}
	var ways []string
	for _, way := range needed {
		names := slices.Sorted(maps.Keys(way))
		ways = append(ways, strings.Join(names, " and "))
	}
	return ways
}

func (r *reader) media(content openapi3.Content) []media {
	var list []media
	for _, name := range slices.Sorted(maps.Keys(content)) {
		declared := content[name]
		one := media{Type: name, Kind: r.kind(declared.Schema)}
		for _, key := range slices.SortedFunc(maps.Keys(declared.Examples), byLine(declared.Examples)) {
			sample := declared.Examples[key].Value
			text, err := json.MarshalIndent(sample.Value, "", "  ")
			if err != nil {
				text = []byte(err.Error())
			}
			one.Examples = append(one.Examples, example{Name: key, Summary: sample.Summary, Text: string(text)})
		}
		list = append(list, one)
	}
	return list
}

func byLine(examples openapi3.Examples) func(a, b string) int {
	line := func(name string) int { return placeOf(examples[name].Value.Origin).Line }
	return func(a, b string) int {
		return cmp.Or(cmp.Compare(line(a), line(b)), strings.Compare(a, b))
	}
}

// decode decodes an extension that may be absent.
func decode(extensions map[string]any, name string, into any) error {
	value, given := extensions[name]
	if !given {
		return nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
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

// String is as findings print it: spec/customers.yaml:12.
func (p place) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("spec/%s:%d", path.Base(p.File), p.Line)
}
