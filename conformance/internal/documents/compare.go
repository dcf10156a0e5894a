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
	run := &comparison{
		contract: readContract(doc),
		leftOut:  leftOut,
		used:     make([]use, len(leftOut)),
		report: &Report{
			Missing: []Missing{}, Stale: []Stale{}, Doubts: []Doubt{}, Gone: []Gone{}, Ties: []Tie{},
			Pages: len(pages), Facts: map[Kind]int{},
		},
	}

	run.report.Doubts = append(run.report.Doubts, run.contract.doubts...)
	for _, page := range pages {
		run.page(page)
		run.gone(page)
	}
	run.stale()

	return run.report
}

// comparison is a report in the making.
type comparison struct {
	contract *contract
	leftOut  LeftOut
	used     []use // by entry of the left-out list
	report   *Report
}

// use is what became of an entry of the left-out list.
type use struct {
	read  bool // a page that may have its fact
	known bool // to the contract
	out   bool // it left something out
}

func (run *comparison) page(page *Page) {
	run.report.Doubts = append(run.report.Doubts, page.Doubts...)
	if len(page.Facts()) == 0 {
		run.report.Doubts = append(run.report.Doubts, Doubt{
			File: page.Name,
			Line: 1,
			Why:  "no fact was found in this page; is it a page of the API?",
		})
	}

	for i := range page.Sections {
		section := &page.Sections[i]
		if len(section.Facts) > 0 {
			run.section(page.Name, section)
		}
		for k, entry := range run.leftOut {
			isRead := entry.isAbout(section.Title, "") ||
				slices.ContainsFunc(section.Headings, func(h string) bool { return entry.isAbout("", h) })
			if isRead && !entry.Absent {
				run.used[k].read = true
			}
		}
	}
}

// gone reports what the page no longer states, but for what its copy is known to
// lack.
func (run *comparison) gone(page *Page) {
	gone, heldTo := run.contract.gone(page)
	for k, entry := range run.leftOut {
		if entry.Absent && slices.Contains(heldTo, entry.Page) {
			run.used[k].read = true
		}
	}

	for _, g := range gone {
		isExpected := false
		for k, entry := range run.leftOut {
			if entry.expects(g) {
				isExpected = true
				run.used[k].out = true
			}
		}
		if !isExpected {
			run.report.Gone = append(run.report.Gone, g)
		}
	}
}

// stale reports the entries of the left-out list that left nothing out.
func (run *comparison) stale() {
	for k, entry := range run.leftOut {
		var why string
		switch used := run.used[k]; {
		case used.out:
			continue
		case used.known:
			why = "the contract has it now"
		case used.read && entry.Absent:
			why = "the page states it now"
		case used.read:
			why = "the page does not state it any more"
		default:
			continue
		}
		run.report.Stale = append(run.report.Stale, Stale{entry, why})
	}
}

// section compares one section of a page.
func (run *comparison) section(file string, section *Section) {
	s, by := run.contract.scopeOf(section)
	tie := Tie{
		File:       file,
		Line:       max(1, section.Line),
		Title:      section.Title,
		Facts:      len(section.Facts),
		By:         by,
		Operations: s.operations,
	}
	if by == "none" {
		tie.Home = run.contract.fileFor(section)
	}

	var found []*Missing
	verdicts := map[Fact]*verdict{}
	for _, fact := range section.Facts {
		run.report.Facts[fact.Kind]++
		v := verdicts[fact.stated()]
		if v == nil {
			v = &verdict{}
			v.known, v.note = run.contract.known(s, fact)
			verdicts[fact.stated()] = v
		}

		isLeftOut := run.leavesOut(fact, v.known)
		switch {
		case v.known:
		case isLeftOut:
			run.report.LeftOut++
		case v.first != nil:
			v.first.again(fact.Line)
		default:
			v.first = &Missing{Fact: fact, Operations: s.operations, Note: v.note}
			v.first.Under, v.first.Where = s.entry(fact)
			if len(s.operations) != 1 {
				v.first.Where = tie.Home // a person has to say where
			}
			if len(run.report.Missing)+len(found) < maxNearest {
				v.first.Nearest = run.contract.nearest(s, fact, v.note)
			}
			found = append(found, v.first)
		}
	}

	for _, changed := range s.changedMarks(section) {
		if run.leavesOut(changed.Fact, false) {
			run.report.LeftOut++
		} else {
			found = append(found, &changed)
		}
	}

	slices.SortStableFunc(found, func(a, b *Missing) int { return cmp.Compare(a.Line, b.Line) })
	for _, missing := range found {
		run.report.Missing = append(run.report.Missing, *missing)
	}
	tie.Missing = len(found)
	run.report.Ties = append(run.report.Ties, tie)
}

// verdict is the result for a fact of a section, however often it is stated.
type verdict struct {
	known bool
	note  string
	first *Missing // where the section states it first; nil if it is not listed
}

// stated is the fact without its place on the page. The mark of a row is compared
// on its own.
func (f Fact) stated() Fact {
	return Fact{
		Kind:    f.Kind,
		Value:   f.Value,
		Parent:  f.Parent,
		Loose:   f.Loose,
		Field:   f.Field,
		Outcome: f.Outcome,
		Code:    f.Code,
		JSON:    f.JSON,
	}
}

// again adds a line that states the fact, if it is not the last one again.
func (m *Missing) again(line int) {
	last := m.Line
	if n := len(m.Again); n > 0 {
		last = m.Again[n-1]
	}
	if last != line {
		m.Again = append(m.Again, line)
	}
}

// leavesOut reports whether the left-out list has a fact, and notes what became of
// its entries.
func (run *comparison) leavesOut(fact Fact, isKnown bool) bool {
	leavesOut := false
	for k, entry := range run.leftOut {
		if entry.covers(fact) {
			leavesOut = true
			run.used[k].known = run.used[k].known || isKnown
			run.used[k].out = run.used[k].out || !isKnown
		}
	}
	return leavesOut
}

// entry says where a fact that is lacking is to be entered.
func (s *scope) entry(fact Fact) (under, where string) {
	outcome := strings.ToLower(fact.Outcome)
	switch {
	case fact.Kind == KindKey:
		return "properties", cmp.Or(s.schemas[fact.Parent], s.at)
	case fact.Kind != KindMessage:
		return keywords[fact.Kind], s.at
	case failureWords[outcome]:
		return "x-failures", s.at
	case successWords[outcome]:
		return "x-successes", s.at
	}
	return "x-failures or x-successes", s.at
}

// keywords are those of the contract that have facts of a kind.
var keywords = map[Kind]string{
	KindPath:      "paths",
	KindMethod:    "paths",
	KindParameter: "parameters",
	KindField:     "properties, x-labels or x-unknown-fields",
	KindErrorName: "x-error-names",
	KindCode:      "responses",
	KindAuth:      "security",
}

// maxNearest bounds the search for similar names: nobody reads further down the
// list.
const maxNearest = 1000

// scopeOf finds the operations that a section is about, and says by what.
func (c *contract) scopeOf(section *Section) (*scope, string) {
	found, by := c.operationsOf(section)
	switch {
	case len(found) == 0:
		return c.whole, "none"
	case len(found) > 1 && by != "path":
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

// operationsOf finds operations by the paths of a section, else by its title,
// else by a heading.
func (c *contract) operationsOf(section *Section) (found []*scope, by string) {
	for _, fact := range section.Facts {
		if fact.Kind != KindPath {
			continue
		}
		for _, s := range c.paths[fact.Value] {
			if !slices.Contains(found, s) {
				found = append(found, s)
			}
		}
	}
	if len(found) > 0 {
		return found, "path"
	}

	found = c.titled(section.Title)
	if len(found) > 0 {
		return found, "title"
	}

	for _, heading := range section.Headings {
		found = c.titled(heading)
		if len(found) > 0 {
			break
		}
	}
	return found, "heading"
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
		near := words.Closest(fact.Value, c.whole.stated(KindPath))
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
	stated := statement{fact.Kind, fact.Value}
	switch fact.Kind {
	case KindPath:
		return c.paths[fact.Value] != nil, ""
	case KindKey:
		return c.knownKey(s, fact)
	case KindMessage:
		return c.knownMessage(s, fact)
	case KindField:
		if s.knowsLabel(fact.Value) || standardHeaders[fold(fact.Value)] {
			return true, ""
		}
		return false, c.elsewhere(s, func(o *scope) bool { return o.knowsLabel(fact.Value) })
	case KindErrorName, KindCode:
		isInRange := fact.Kind == KindCode && s.states[statement{KindCode, fact.Value[:1] + "XX"}]
		if s.states[stated] || isInRange {
			return true, ""
		}
		return false, c.elsewhere(s, func(o *scope) bool { return o.states[stated] })
	case KindAuth:
		byHeader := s.states[statement{KindParameter, fact.Value}]
		return byHeader || s.states[statement{KindAuth, fold(fact.Value)}], ""
	}
	return s.states[stated], ""
}

// Headers that OpenAPI states by other means than a parameter.
var standardHeaders = wordSet(`authorization|content-type|accept`)

// knownKey looks for a field in its place: below the field that holds it on
// the page. Where the page or the contract does not know that place, anywhere
// in the operation will do.
func (c *contract) knownKey(s *scope, fact Fact) (bool, string) {
	parents := s.fields[fact.Value]
	types := parents[fact.Parent]
	anywhere := fact.Loose || len(s.operations) == 0 || fact.Parent != "" && s.fields[fact.Parent] == nil
	switch {
	case parents == nil:
		return false, c.elsewhere(s, func(o *scope) bool { return o.fields[fact.Value] != nil })
	case types != nil && !fact.Loose:
		return allows(types, fact.JSON)
	case anywhere:
		return true, ""
	}

	places := inFields(slices.Collect(maps.Keys(parents)))
	slices.Sort(places)
	contract := strings.Join(places, " and ")
	return false, fmt.Sprintf("the page has it %s, the contract %s", inField(fact.Parent), contract)
}

// allows reports whether a value on the page has a JSON type that the contract
// allows for its field.
func allows(types set, jsonType string) (bool, string) {
	if jsonType == "" || types["any"] || types[jsonType] {
		return true, ""
	}
	contract := strings.Join(slices.Sorted(maps.Keys(types)), " or ")
	return false, fmt.Sprintf("the page has a value of type %s, the contract %s", jsonType, contract)
}

// inField says where the fields are that the field called parent holds.
func inField(parent string) string {
	switch parent {
	case "":
		return "at the top"
	case "*":
		return "below a field of any name"
	}
	return fmt.Sprintf("in %q", parent)
}

func inFields(parents []string) []string {
	var places []string
	for _, parent := range parents {
		places = append(places, inField(parent))
	}
	return places
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
	switch {
	case folded == "":
		return false
	case s.labels[folded], s.fields[label] != nil, s.states[statement{KindParameter, label}]:
		return true
	}

	for name := range s.fields {
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
		note := t.contradicts(fact)
		if note == "" {
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

// contradicts says what the page has otherwise than the contract, if anything.
func (t text) contradicts(fact Fact) string {
	outcome := strings.ToLower(fact.Outcome)
	codes := strings.Join(t.statuses(), " and ")
	switch {
	case t.Field != "" && fact.Field != t.Field:
		return fmt.Sprintf("the page has it under %q, the contract under %q", fact.Field, t.Field)
	case t.Status != "" && fact.Outcome != "" && fact.Outcome != t.Status:
		return fmt.Sprintf("the page has it with status %q, the contract with %q", fact.Outcome, t.Status)
	case fact.Code != "" && codes == "":
		return fmt.Sprintf("the page gives it code %s, the contract none", fact.Code)
	case fact.Code != "" && !slices.Contains(t.statuses(), fact.Code):
		return fmt.Sprintf("the page gives it code %s, the contract %s", fact.Code, codes)
	case t.failure && successWords[outcome]:
		return fmt.Sprintf("the page has it with status %q, the contract lists it as a failure", fact.Outcome)
	case !t.failure && failureWords[outcome]:
		return fmt.Sprintf("the page has it with status %q, the contract lists it as a success", fact.Outcome)
	}
	return ""
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

	switch {
	case len(others) == 0:
		return ""
	case len(others) > 3:
		others = append(others[:3:3], fmt.Sprintf("%d more", len(others)-3))
	}
	return "the contract has it at " + strings.Join(others, ", ")
}

// nearest finds what a person may have meant, at the section's operations and
// then anywhere.
func (c *contract) nearest(s *scope, fact Fact, note string) string {
	kinds := []Kind{fact.Kind}
	switch {
	case fact.Kind == KindField: // a label may be that of a field or a parameter
		kinds = append(kinds, KindKey, KindParameter)
	case note != "", fact.Kind == KindCode, fact.Kind == KindMethod, fact.Kind == KindAuth:
		return ""
	}

	for _, in := range []*scope{s, c.whole} {
		if near := words.Closest(fact.Value, in.stated(kinds...)); near != "" {
			return near
		}
	}
	return ""
}

// stated lists the values of some kinds, sorted.
func (s *scope) stated(kinds ...Kind) []string {
	var values []string
	for stated := range s.states {
		if slices.Contains(kinds, stated.kind) {
			values = append(values, stated.value)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}
