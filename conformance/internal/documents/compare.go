package documents

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// Missing is a fact that the contract lacks.
type Missing struct {
	Fact
	// Again lists further lines of the same section that state the fact.
	Again []int `json:"again,omitempty"`
	// Operations are those that the section belongs to. If there are none, the
	// fact was looked for in the whole contract.
	Operations []string `json:"operations,omitempty"`
	// Note says what the contract has instead, where it has something.
	Note string `json:"note,omitempty"`
	// Nearest is a name or text of the contract that looks like this one.
	Nearest string `json:"nearest,omitempty"`
	// Under and Where say where to enter it: the keyword, and the place of the
	// element that has it: only the file for a new operation. Where is empty for a
	// section that is tied to several operations, and for a contract that was
	// loaded without its origins.
	Under string `json:"under"`
	Where string `json:"where,omitempty"`
}

// Stale is an entry of the left-out list that leaves nothing out any more.
type Stale struct {
	Entry
	Why string `json:"why"`
}

// Tie says which operations a section of a page was compared with.
type Tie struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Title string `json:"title,omitempty"`
	Facts int    `json:"facts"`
	// Missing counts those that the contract lacks.
	Missing int `json:"missing"`
	// By is "path", "title", "heading", "best fit" (of several generations
	// under one title) or "none", which means the whole contract.
	By         string   `json:"by"`
	Operations []string `json:"operations,omitempty"`
	// Home is, for a section without an operation, the file of the contract that
	// a new operation belongs in: that of the resource in its title, else that of
	// the path that is most like its own. It is empty if neither gives one.
	Home string `json:"home,omitempty"`
}

// Report is the result of a comparison.
type Report struct {
	Missing []Missing `json:"missing"`
	Stale   []Stale   `json:"stale"`
	Doubts  []Doubt   `json:"doubts"`
	// Gone are hints: [Report.OK] ignores them.
	Gone []Gone `json:"gone"`
	// Ties says for each section with facts what it was compared with.
	Ties []Tie `json:"ties"`
	// Pages and Facts count what was read.
	Pages int          `json:"pages"`
	Facts map[Kind]int `json:"facts"`
	// LeftOut counts the facts that the left-out list leaves out.
	LeftOut int `json:"leftOut"`
}

// OK reports whether there is nothing for a person to look at.
func (r *Report) OK() bool { return len(r.Missing)+len(r.Stale)+len(r.Doubts) == 0 }

// Compare lists what the pages state and the contract lacks. The package
// comment says which part of the contract a fact is looked for in.
func Compare(doc *openapi3.T, leftOut LeftOut, pages ...*Page) *Report {
	c := readContract(doc)
	report := &Report{
		Missing: []Missing{}, Stale: []Stale{}, Doubts: []Doubt{}, Gone: []Gone{}, Ties: []Tie{},
		Pages: len(pages), Facts: map[Kind]int{},
	}

	report.Doubts = append(report.Doubts, c.doubts...)
	used := make([]use, len(leftOut))
	comparison := &comparison{contract: c, leftOut: leftOut, used: used, report: report}
	for _, page := range pages {
		report.Doubts = append(report.Doubts, page.Doubts...)
		if len(page.Facts()) == 0 {
			report.Doubts = append(report.Doubts, Doubt{
				File: page.Name,
				Line: 1,
				Why:  "no fact was found in this page; is it a page of the API?",
			})
		}

		for i := range page.Sections {
			section := &page.Sections[i]
			comparison.section(page.Name, section)
			for k, entry := range leftOut {
				if !entry.Absent && (entry.isAbout(section.Title, "") ||
					slices.ContainsFunc(section.Headings, func(h string) bool { return entry.isAbout("", h) })) {
					used[k].read = true
				}
			}
		}
	}

	for _, page := range pages {
		gone, heldTo := c.gone(page)
		for k, entry := range leftOut {
			used[k].read = used[k].read || entry.Absent && slices.Contains(heldTo, entry.Page)
			used[k].out = used[k].out || slices.ContainsFunc(gone, entry.expects)
		}
		report.Gone = append(report.Gone, slices.DeleteFunc(gone, func(g Gone) bool {
			return slices.ContainsFunc(leftOut, func(e Entry) bool { return e.expects(g) })
		})...)
	}

	for k, entry := range leftOut {
		switch {
		case used[k].out:
		case used[k].known:
			report.Stale = append(report.Stale, Stale{entry, "the contract has it now"})
		case used[k].read && entry.Absent:
			report.Stale = append(report.Stale, Stale{entry, "the page states it now"})
		case used[k].read:
			report.Stale = append(report.Stale, Stale{entry, "the page does not state it any more"})
		}
	}

	return report
}

// use is what became of an entry of the left-out list.
type use struct{ read, known, out bool }

// factKey identifies a fact within a section.
type factKey struct {
	kind                                Kind
	value, parent, field, outcome, code string
	json                                string
	loose                               bool
}

// comparison is a report in the making.
type comparison struct {
	contract *contract
	leftOut  LeftOut
	used     []use // by entry of the left-out list
	report   *Report
}

// section compares one section of a page.
func (run *comparison) section(file string, section *Section) {
	c := run.contract
	leftOut := run.leftOut
	used := run.used
	report := run.report
	if len(section.Facts) == 0 {
		return
	}

	s, by := c.scopeOf(section)
	report.Ties = append(report.Ties, Tie{
		File:       file,
		Line:       max(1, section.Line),
		Title:      section.Title,
		Facts:      len(section.Facts),
		By:         by,
		Operations: s.operations,
	})

	home := ""
	if by == "none" {
		home = c.fileFor(section)
		report.Ties[len(report.Ties)-1].Home = home
	}

	before := len(report.Missing)
	seen := map[factKey]*verdict{}
	for _, fact := range section.Facts {
		report.Facts[fact.Kind]++
		key := factKey{
			kind:    fact.Kind,
			value:   fact.Value,
			parent:  fact.Parent,
			field:   fact.Field,
			outcome: fact.Outcome,
			code:    fact.Code,
			json:    fact.JSON,
			loose:   fact.Loose,
		}
		v := seen[key]
		if v == nil {
			v = &verdict{at: -1}
			v.known, v.note = c.known(s, fact)
			seen[key] = v
		}

		out := false
		for k, entry := range leftOut {
			if entry.covers(fact) {
				out = true
				used[k].known = used[k].known || v.known
				used[k].out = used[k].out || !v.known
			}
		}

		switch {
		case v.known:
		case out:
			report.LeftOut++
		case v.at < 0:
			v.at = len(report.Missing)
			missing := Missing{Fact: fact, Operations: s.operations, Note: v.note}
			if len(report.Missing) < maxNearest {
				missing.Nearest = c.nearest(s, fact, v.note)
			}
			missing.Under, missing.Where = s.entry(fact)
			switch {
			case by == "none":
				missing.Where = home
			case len(s.operations) != 1:
				missing.Where = "" // a person has to say where
			}
			report.Missing = append(report.Missing, missing)
		default:
			first := &report.Missing[v.at]
			if fact.Line != first.Line && (len(first.Again) == 0 || first.Again[len(first.Again)-1] != fact.Line) {
				first.Again = append(first.Again, fact.Line)
			}
		}
	}

	for _, changed := range s.changedMarks(section) {
		k := slices.IndexFunc(leftOut, func(e Entry) bool { return e.covers(changed.Fact) })
		if k < 0 {
			report.Missing = append(report.Missing, changed)
			continue
		}
		used[k].out = true
		report.LeftOut++
	}

	found := report.Missing[before:]
	slices.SortStableFunc(found, func(a, b Missing) int { return cmp.Compare(a.Line, b.Line) })
	report.Ties[len(report.Ties)-1].Missing = len(found)
}

// entry says where a fact that is lacking is to be entered.
func (s *scope) entry(fact Fact) (under, where string) {
	switch fact.Kind {
	case KindPath:
		return "paths", s.at
	case KindParameter:
		return "parameters", s.at
	case KindKey:
		return "properties", cmp.Or(s.places[fact.Parent], s.at)
	case KindField:
		return "properties, x-labels or x-unknown-fields", s.at
	case KindErrorName:
		return "x-error-names", s.at
	case KindCode:
		return "responses", s.at
	case KindMethod:
		return "paths", s.at
	case KindAuth:
		return "security", s.at
	}

	switch outcome := strings.ToLower(fact.Outcome); {
	case failureWords[outcome]:
		return "x-failures", s.at
	case successWords[outcome]:
		return "x-successes", s.at
	}

	return "x-failures or x-successes", s.at
}

// maxNearest bounds the search for similar names: nobody reads further down the
// list.
const maxNearest = 1000

// verdict is the result for a fact, and its place in the list.
type verdict struct {
	known bool
	note  string
	at    int // in report.Missing, or -1
}

// scopeOf finds the operations that a section is about, and says by what.
func (c *contract) scopeOf(section *Section) (*scope, string) {
	var found []*scope
	by := "path"
	for _, fact := range section.Facts {
		if fact.Kind == KindPath {
			for _, s := range c.paths[fact.Value] {
				if !slices.Contains(found, s) {
					found = append(found, s)
				}
			}
		}
	}

	if len(found) == 0 {
		found = c.titled(section.Title)
		by = "title"
	}

	for i := 0; len(found) == 0 && i < len(section.Headings); i++ {
		found = c.titled(section.Headings[i])
		by = "heading"
	}

	if len(found) == 0 {
		return c.whole, "none"
	}

	if len(found) > 1 && by != "path" {
		found = c.bestFit(found, section)
		by = "best fit"
	}

	if len(found) == 1 {
		return found[0], by
	}

	all := newScope()
	for _, s := range found {
		all.merge(s)
	}

	return all, by
}

// fileFor names the file that a new operation belongs in. A page's title names
// its resource: Archive Ticket API belongs to tickets.yaml.
func (c *contract) fileFor(section *Section) string {
	for word := range strings.FieldsSeq(foldTitle(section.Title)) {
		for _, s := range c.operations {
			file := s.file()
			resource := strings.TrimSuffix(file, path.Ext(file))
			singular := strings.TrimSuffix(strings.TrimSuffix(resource, "ies"), "s")
			if singular != "" && strings.HasPrefix(word, singular) {
				return file
			}
		}
	}

	for _, fact := range section.Facts {
		if fact.Kind != KindPath {
			continue
		}
		near := words.Closest(fact.Value, c.candidates(c.whole, KindPath))
		for _, s := range c.paths[near] {
			return s.file()
		}
	}

	return ""
}

// file is the file of the contract that has the operation.
func (s *scope) file() string {
	file, _, _ := strings.Cut(s.at, ":")
	return file
}

func (c *contract) titled(title string) []*scope {
	title = foldTitle(title)
	if title == "" {
		return nil
	}

	var found []*scope
	for _, s := range c.operations {
		if s.titles[title] {
			found = append(found, s)
		}
	}

	return found
}

// bestFit guesses the generation of a section whose title several generations
// share: the operations that know most of its facts.
func (c *contract) bestFit(candidates []*scope, section *Section) []*scope {
	var best []*scope
	most := -1
	for _, s := range candidates {
		hits := 0
		for _, fact := range section.Facts {
			if ok, _ := c.known(s, fact); ok && fact.Kind != KindPath && fact.Kind != KindCode {
				hits++
			}
		}

		if hits > most {
			best = nil
			most = hits
		}

		if hits == most {
			best = append(best, s)
		}
	}

	return best
}

// known reports whether the contract states a fact, and if not what it states
// that comes close.
func (c *contract) known(s *scope, fact Fact) (bool, string) {
	switch fact.Kind {
	case KindPath:
		return c.paths[fact.Value] != nil, ""
	case KindParameter:
		return s.params[fact.Value], ""
	case KindKey:
		return c.knownKey(s, fact)
	case KindField:
		if s.knowsLabel(fact.Value) || standardHeaders[fold(fact.Value)] {
			return true, ""
		}
		return false, c.elsewhere(s, func(o *scope) bool { return o.knowsLabel(fact.Value) })
	case KindMessage:
		return c.knownMessage(s, fact)
	case KindErrorName:
		if s.errors[fact.Value] {
			return true, ""
		}
		return false, c.elsewhere(s, func(o *scope) bool { return o.errors[fact.Value] })
	case KindCode:
		if s.codes[fact.Value] || s.codes[fact.Value[:1]+"XX"] {
			return true, ""
		}
		return false, c.elsewhere(s, func(o *scope) bool { return o.codes[fact.Value] })
	case KindMethod:
		return s.methods[fact.Value], ""
	case KindAuth:
		return s.auth[fold(fact.Value)] || s.params[fact.Value], ""
	}

	return false, ""
}

// Headers that OpenAPI states by other means than a parameter.
var standardHeaders = wordSet(`authorization|content-type|accept`)

// knownKey looks for a field in its place: below the field that holds it on
// the page. Where the page or the contract does not know that place, anywhere
// in the operation will do.
func (c *contract) knownKey(s *scope, fact Fact) (bool, string) {
	anywhere := fact.Loose || len(s.operations) == 0 || fact.Parent != "" && !s.names[fact.Parent]
	switch {
	case s.fields[fact.Parent][fact.Value] && !fact.Loose:
		return s.allows(fact)
	case anywhere && s.names[fact.Value]:
		return true, ""
	case !s.names[fact.Value]:
		return false, c.elsewhere(s, func(o *scope) bool { return o.names[fact.Value] })
	}

	var places []string
	for parent, names := range s.fields {
		if names[fact.Value] {
			places = append(places, inField(parent))
		}
	}

	slices.Sort(places)
	contract := strings.Join(places, " and ")
	return false, fmt.Sprintf("the page has it %s, the contract %s", inField(fact.Parent), contract)
}

// allows reports whether the value on the page has a JSON type that the contract
// allows for the field.
func (s *scope) allows(fact Fact) (bool, string) {
	allowed := s.types[typedKey{fact.Parent, fact.Value}]
	if fact.JSON == "" || allowed["any"] || allowed[fact.JSON] {
		return true, ""
	}
	names := slices.Sorted(maps.Keys(allowed))
	contract := strings.Join(names, " or ")
	return false, fmt.Sprintf("the page has a value of type %s, the contract %s", fact.JSON, contract)
}

func inField(parent string) string {
	switch parent {
	case "":
		return "at the top"
	case "*":
		return "below a field of any name"
	}
	return fmt.Sprintf("in %q", parent)
}

var separators = lazyregexp.New(`\s*[/&,]\s*|\s+(?:and|or)\s+`)

// knowsLabel reports whether a table's label names a field or is listed. A
// label that joins several names is known if each of them is.
func (s *scope) knowsLabel(label string) bool {
	if s.knowsOne(label) {
		return true
	}
	parts := separators.Split(label, -1)
	return len(parts) > 1 && !slices.ContainsFunc(parts, func(part string) bool { return !s.knowsOne(part) })
}

func (s *scope) knowsOne(label string) bool {
	folded := fold(label)
	if folded == "" {
		return false
	}

	if _, listed := s.labels[folded]; listed || s.names[label] || s.params[label] {
		return true
	}

	for name := range s.names {
		if strings.EqualFold(name, label) {
			return true
		}
	}

	return false
}

var longNumber = lazyregexp.New(`\d{4,}`)

// sameText compares texts exactly, except for numbers of four digits and more:
// those are identifiers and phones, which the contract replaces.
func (t text) sameText(message string) bool {
	return t.Matches(message) || sameButNumbers(t.Message, message)
}

// sameButNumbers compares texts without the digits of their long numbers.
func sameButNumbers(a, b string) bool {
	return longNumber.ReplaceAllString(a, "0000") == longNumber.ReplaceAllString(b, "0000")
}

// knownMessage looks for a text, and then for one that agrees in all that the
// page says of it: its field, the outcome next to it, its code.
func (c *contract) knownMessage(s *scope, fact Fact) (bool, string) {
	var notes []string
	for _, t := range s.messages {
		if !t.sameText(fact.Value) {
			continue
		}

		var note string
		switch {
		case t.Field != "" && fact.Field != t.Field:
			note = fmt.Sprintf("the page has it under %q, the contract under %q", fact.Field, t.Field)
		case t.Status != "" && fact.Outcome != "" && fact.Outcome != t.Status:
			note = fmt.Sprintf("the page has it with status %q, the contract with %q", fact.Outcome, t.Status)
		case fact.Code != "" && len(t.HTTP) == 0:
			note = fmt.Sprintf("the page gives it code %s, the contract none", fact.Code)
		case fact.Code != "" && !slices.Contains(t.statuses(), fact.Code):
			note = fmt.Sprintf("the page gives it code %s, the contract %s",
				fact.Code, strings.Join(t.statuses(), " and "))
		case t.failure && successWords[strings.ToLower(fact.Outcome)],
			!t.failure && failureWords[strings.ToLower(fact.Outcome)]:
			listed := "success"
			if t.failure {
				listed = "failure"
			}
			note = fmt.Sprintf("the page has it with status %q, the contract lists it as a %s", fact.Outcome, listed)
		default:
			return true, ""
		}

		if !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}

	if len(notes) > 0 {
		return false, strings.Join(notes, "; ")
	}

	return false, c.elsewhere(s, func(o *scope) bool {
		return slices.ContainsFunc(o.messages, func(t text) bool { return t.sameText(fact.Value) })
	})
}

var successWords = wordSet(`success|successful|ok`)

// elsewhere names the other operations that state a fact.
func (c *contract) elsewhere(s *scope, knows func(*scope) bool) string {
	if len(s.operations) == 0 {
		return ""
	}

	var others []string
	for _, o := range c.operations {
		if knows(o) {
			others = append(others, o.operations...)
		}
	}

	if len(others) == 0 {
		return ""
	}

	if len(others) > 3 {
		others = append(others[:3:3], fmt.Sprintf("%d more", len(others)-3))
	}

	return "the contract has it at " + strings.Join(others, ", ")
}

// nearest finds what a person may have meant, at the section's operations and
// then anywhere.
func (c *contract) nearest(s *scope, fact Fact, note string) string {
	if note != "" && fact.Kind != KindField {
		return ""
	}
	for _, in := range []*scope{s, c.whole} {
		if near := words.Closest(fact.Value, c.candidates(in, fact.Kind)); near != "" {
			return near
		}
	}
	return ""
}

func (c *contract) candidates(s *scope, kind Kind) []string {
	var all []string
	switch kind {
	case KindPath:
		all = slices.Collect(maps.Keys(c.paths))
	case KindParameter:
		all = slices.Collect(maps.Keys(s.params))
	case KindKey:
		all = slices.Collect(maps.Keys(s.names))
	case KindField:
		all = slices.Collect(maps.Keys(s.names))
		all = slices.AppendSeq(all, maps.Keys(s.params))
		all = slices.AppendSeq(all, maps.Values(s.labels))
	case KindMessage:
		for _, t := range s.messages {
			all = append(all, t.Message)
		}
	case KindErrorName:
		all = slices.Collect(maps.Keys(s.errors))
	}

	slices.Sort(all)
	return slices.Compact(all)
}
