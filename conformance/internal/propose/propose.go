package propose

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/documents"
)

// Options are what the pages do not say.
type Options struct {
	// Generation is the year of the pages, such as 2027 or 2026-27.
	Generation string
	// Taken reports whether the contract has a component of this name.
	Taken func(name string) bool
}

// Proposal is a set of files, by their names with slashes.
type Proposal struct {
	Files map[string]string
	notes []string
}

// New proposes what the contract needs for the facts of the pages that it lacks.
// The proposal is empty if it lacks none.
func New(report *documents.Report, pages []*documents.Page, options Options) *Proposal {
	p := &Proposal{Files: map[string]string{}}
	for _, page := range pages {
		for i := range page.Sections {
			p.addSection(report, page, &page.Sections[i], options)
		}
	}
	if len(p.Files) > 0 {
		p.Files["README.md"] = p.readme()
	}
	return p
}

// addSection proposes an operation or, if the contract has the operation of the
// section, changes of it.
func (p *Proposal) addSection(
	report *documents.Report, page *documents.Page, section *documents.Section, options Options,
) {
	i := slices.IndexFunc(report.Ties, func(t documents.Tie) bool {
		return t.File == page.Name && t.Line == max(1, section.Line) && t.Missing > 0
	})
	if i < 0 {
		return
	}

	tie := report.Ties[i]
	isNew := tie.By == "none" && tie.Home != "" && hasPath(section)
	if isNew {
		p.addEndpoint(endpointOf(section, tie.Home, options.Generation), options)
		return
	}
	p.addChanges(report, section, options)
}

func hasPath(section *documents.Section) bool {
	return slices.ContainsFunc(section.Facts, func(f documents.Fact) bool { return f.Kind == documents.KindPath })
}

// add adds a text to a file.
func (p *Proposal) add(name, text string) {
	if p.Files[name] != "" {
		text = "\n" + text
	}
	p.Files[name] += text
}

func (p *Proposal) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *Proposal) addEndpoint(e *endpoint, options Options) {
	p.add("spec/"+e.resource+".yaml", e.contract(options.Taken))
	p.add("spec/openapi.yaml", e.root())
	if len(e.requests)+len(e.failures) > 0 {
		p.add("conformance/cases/"+e.resource+".yaml", e.cases())
	}

	rows := "<!-- review: for the table in spec/samples/README.md -->\n" + p.samplesOf(e)
	p.add("spec/samples/README.md", rows)
	p.noteEndpoint(e)
}

// noteEndpoint says what a person has to know about a proposed operation.
func (p *Proposal) noteEndpoint(e *endpoint) {
	method := cmp.Or(e.method, "POST (no method is printed)")
	p.note("%s: %s at %s %s. Names are made of the page's title: check operationId,\n  components and the names "+
		"of samples.",
		e.file, e.citation, method, e.path)
	for _, key := range e.keys {
		if !strings.EqualFold(key, "Basic") {
			p.note("%s shows a key as %q, which the contract does not have at other operations.", e.file, key)
		}
	}
	if len(e.requests) == 0 {
		p.note("%s has no body of a request.", e.file)
	}
	if len(e.successes) == 0 {
		p.note("%s has no body of a success.", e.file)
	}
}

// samplesOf adds the samples and returns their rows.
func (p *Proposal) samplesOf(e *endpoint) string {
	var texts []string
	for _, o := range slices.Concat(e.failures, e.texts) {
		texts = append(texts, o.Value)
		texts = append(texts, o.Outcome)
	}

	var rows strings.Builder
	add := func(file, what string, body documents.Body) {
		r := replacements{texts: texts}
		p.Files["spec/samples/"+file] = render(body.Value, 0, r.replace) + "\n"
		rows.WriteString(e.rowOf(file, what, body.Strict, r.names))
		if !body.Whole {
			p.note("%s is cut short on the page: name it .cut.json, and say so.", file)
		}
	}

	for _, s := range e.requests {
		add(e.sampleFile("request", s.role), "request", s.body)
	}
	for _, s := range e.successes {
		add(e.sampleFile("response", s.role), "success", s.body)
	}
	for _, o := range e.failures {
		body := documents.Body{Value: o.body(), Strict: true, Whole: true}
		add(e.sampleFile("response", o.name), "failure: "+o.name, body)
	}
	return rows.String()
}

// body is the body of a failure. Pages print its two fields, some of them without
// braces.
func (o outcome) body() *documents.Value {
	v := &documents.Value{Type: "object"}
	add := func(name, text string) {
		if text != "" {
			v.Names = append(v.Names, name)
			v.Values = append(v.Values, &documents.Value{Type: "string", Text: text})
		}
	}
	status := "status"
	if o.Field == "Message" {
		status = "Status"
	}

	add(o.Field, o.Value)
	add(status, o.Outcome)
	return v
}

// addChanges proposes what an operation lacks that the contract has.
func (p *Proposal) addChanges(report *documents.Report, section *documents.Section, options Options) {
	citation := citationOf(section.Title, options.Generation)
	for _, m := range report.Missing {
		isOurs := slices.ContainsFunc(section.Facts, func(f documents.Fact) bool {
			return f.File == m.File && f.Line == m.Line && f.Kind == m.Kind && f.Value == m.Value
		})
		if !isOurs {
			continue
		}

		var out lines
		out.add(1, "- at: %s # review", cmp.Or(m.Where, "unknown"))
		out.add(2, "under: %s", quote(m.Under))
		if m.Note != "" {
			out.add(2, "# %s", madeUpText(strings.Join(strings.Fields(m.Note), " ")))
		}
		writeChange(&out, m, citation)
		const name = "spec/changes.yaml"
		if p.Files[name] == "" {
			p.Files[name] = "# review: each entry says where it belongs.\nchanges:\n"
		}
		p.Files[name] += out.String()
	}
}

// writeChange writes the fact that is missing, in the form of its place.
func writeChange(out *lines, m documents.Missing, citation string) {
	evidence := fmt.Sprintf("x-evidence: {documented: [%s]}", quote(citation))
	switch m.Kind {
	case documents.KindKey:
		out.add(2, "add: {%s: {%s%s}}", yamlName(m.Value), schemaOf(m.JSON), evidence)
	case documents.KindField:
		if m.Under == "x-mandatory" {
			out.add(2, "add: {x-mandatory: {%s: %s}}", quote(citation), quote(m.Mark()))
			return
		}
		out.add(2, "add: {%s, %s}", entryOf(m.Fact), evidence)
	case documents.KindMessage:
		writeNewText(out, m)
		out.add(3, "%s", evidence)
	default:
		out.add(2, "add: {%s: %s, %s}", strings.ReplaceAll(string(m.Kind), " ", "-"), quote(m.Value), evidence)
	}
}

// schemaOf is the beginning of the schema of a field that a sample has with a
// value of this JSON type.
func schemaOf(kind string) string {
	switch kind {
	case "", "null", "object", "array":
		return "description: \"review: its type\", "
	case "number":
		return "type: integer, description: No page describes it., "
	}
	return "type: " + kind + ", description: No page describes it., "
}

// entryOf is a row of a table as an entry of x-unknown-fields, without its
// evidence.
func entryOf(row documents.Fact) string {
	entry := "label: " + quote(row.Value)
	if row.Type != "" {
		entry += ", type: " + quote(row.Type)
	}
	if row.Mandatory != "" {
		entry += ", mandatory: " + quote(row.Mandatory)
	}
	return entry
}

// writeNewText writes a text of a failure or a success, without its evidence.
func writeNewText(out *lines, m documents.Missing) {
	o := outcome{Fact: m.Fact, known: knownText(m.Value), name: textName(m.Value)}
	out.add(2, "add:")
	out.add(3, "name: %s", o.name)
	if failed[strings.ToLower(m.Outcome)] {
		out.add(3, "code: %s", o.code())
	}
	out.add(3, "message: %s", quote(madeUpText(m.Value)))
	out.add(3, "field: %s", yamlName(m.Field))
	if m.Outcome != "" {
		out.add(3, "status: %s", yamlName(m.Outcome))
	}
	if m.Code != "" {
		out.add(3, "http: [%s]", m.Code)
	}
}

func (p *Proposal) readme() string {
	var out strings.Builder
	out.WriteString(`# A proposal, to be reviewed

Nothing here is applied. Copy what is right into the files of the same names, and
look at each line that says review. Values in samples are made up, with the shape
and length of the page's; texts of outcomes are the page's. A person writes the
rest: descriptions, the method of the client, the mock, a flow for a write, and the
line of the changelog. CONTRIBUTING.md, Add an endpoint, has the order.

`)
	for _, note := range p.notes {
		out.WriteString("- " + note + "\n")
	}
	out.WriteString("\nFiles:\n\n")
	for _, name := range slices.Sorted(maps.Keys(p.Files)) {
		out.WriteString("- `" + name + "`\n")
	}
	return out.String()
}

// Write writes the files into a directory, which must be new or empty. They are
// written next to it first, so that a directory of that name always holds a whole
// proposal.
func (p *Proposal) Write(dir string) error {
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target
	}
	exists, err := isEmpty(dir)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o755)
	if info, err := os.Stat(dir); err == nil {
		mode = info.Mode().Perm()
	}

	work, err := os.MkdirTemp(filepath.Dir(dir), ".proposal-")
	if err != nil {
		return fmt.Errorf("writing the proposal: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }() // if it was not renamed
	err = errors.Join(p.writeFiles(work), os.Chmod(work, mode))
	if err != nil {
		return fmt.Errorf("writing the proposal: %w", err)
	}

	if exists {
		if err := os.Remove(dir); err != nil { // fails if somebody has put a file there
			return fmt.Errorf("replacing the empty directory: %w; name a new one", err)
		}
	}
	if err := os.Rename(work, dir); err != nil {
		return fmt.Errorf("writing the proposal: %w", err)
	}
	return nil
}

func (p *Proposal) writeFiles(dir string) error {
	for name, text := range p.Files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Free says what is wrong with a directory for [Proposal.Write], before any work is
// done.
func Free(dir string) error {
	_, err := isEmpty(dir)
	return err
}

// isEmpty reports whether a directory exists. It is an error if it has files, or
// is not a directory.
func isEmpty(dir string) (exists bool, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%q is not a directory to write into: %w; name a new one", dir, err)
	case len(entries) > 0:
		return false, fmt.Errorf("the directory %q is not empty: it has %s; name a new one, so that no file is "+
			"replaced", dir, entries[0].Name())
	}
	return true, nil
}
