package documents

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Gone is a fact that the contract has from a page, and that a page with the same
// title does not state. It is a hint and not a finding: a copy may be only a part
// of its page.
type Gone struct {
	File string `json:"file"`
	Line int    `json:"line"` // of the section's title
	// Page is the page that the contract cites, with its generation.
	Page  string `json:"page"`
	Kind  Kind   `json:"kind,omitempty"`
	Value string `json:"value,omitempty"`
	// Parents are, for a key, the names of the fields that hold it.
	Parents    []string `json:"parents,omitempty"`
	Operations []string `json:"operations"`
	// Where is the place in the authored contract.
	Where string `json:"where,omitempty"`
	// Cited and Stated count facts, where so many are gone that they are not
	// listed one by one; Kind and Value are empty then.
	Cited  int `json:"cited,omitempty"`
	Stated int `json:"stated,omitempty"`
}

// gone lists what the sections of a page no longer state, and names the pages
// that they were compared with.
func (c *contract) gone(page *Page) (out []Gone, heldTo []string) {
	for _, section := range joined(page.Sections) {
		s, _ := c.scopeOf(section)
		cited, all, lost := s.bestPage(section)
		heldTo = append(heldTo, cited)

		hint := Gone{File: page.Name, Line: section.Line, Page: cited, Operations: s.operations}
		if len(lost)*2 > all {
			hint.Cited = all
			hint.Stated = all - len(lost)
			out = append(out, hint)
			continue
		}

		for _, fact := range lost {
			hint.Kind = fact.kind
			hint.Value = fact.value
			hint.Parents = fact.parents
			hint.Where = fact.at
			out = append(out, hint)
		}
	}

	return out, heldTo
}

// joined makes one section of those with one title: a page may name its API
// again. Sections without a title or without facts are left out.
func joined(sections []Section) []*Section {
	var out []*Section
	byTitle := map[string]*Section{}
	for _, section := range sections {
		title := foldTitle(section.Title)
		if title == "" || len(section.Facts) == 0 {
			continue
		}
		if first := byTitle[title]; first != nil {
			first.Facts = append(first.Facts, section.Facts...)
			continue
		}
		section.Facts = slices.Clone(section.Facts)
		byTitle[title] = &section
		out = append(out, &section)
	}
	return out
}

// bestPage finds the page of a section's title that the section states most of:
// several generations may have it. It counts what the contract has from that page,
// and lists what of it the section does not state. If it states nothing of any,
// there is no page.
func (s *scope) bestPage(section *Section) (best string, all int, lost []cited) {
	title := foldTitle(section.Title)
	byPage := map[string][]cited{}
	for _, fact := range s.cited {
		for _, c := range fact.pages {
			if c.title == title {
				byPage[c.page] = append(byPage[c.page], fact)
			}
		}
	}

	score := 0
	for _, page := range slices.Sorted(maps.Keys(byPage)) {
		var missing []cited
		for _, fact := range byPage[page] {
			if !slices.ContainsFunc(section.Facts, fact.statedBy) {
				missing = append(missing, fact)
			}
		}

		stated := len(byPage[page]) - len(missing)
		if stated > 0 && (best == "" || stated-len(missing) > score) {
			best = page
			all = len(byPage[page])
			lost = missing
			score = stated - len(missing)
		}
	}

	return best, all, lost
}

// statedBy reports whether a fact of the page is this one.
func (c cited) statedBy(fact Fact) bool {
	switch {
	case fact.Kind == KindField: // a field may have a row and be in no sample
		return c.labels[fold(fact.Value)]
	case c.kind != fact.Kind:
		return false
	case c.kind == KindKey:
		return c.value == fact.Value && (fact.Loose || slices.Contains(c.parents, fact.Parent))
	}
	return sameButNumbers(c.value, fact.Value)
}

// String is one line of the list.
func (g Gone) String() string {
	if g.Kind == "" {
		return fmt.Sprintf("%s:%d: hint: the section states %d of the %d facts that the contract has from %s: a "+
			"part of that page, or another generation of it?",
			g.File, g.Line, g.Stated, g.Cited, g.Page)
	}

	in := ""
	if len(g.Parents) > 0 {
		in = " " + strings.Join(inFields(g.Parents), " or ")
	}

	where := ""
	if g.Where != "" {
		where = " (" + g.Where + ")"
	}

	return fmt.Sprintf("%s:%d: hint: no longer on the page: %s %q%s, which the contract has from %s%s",
		g.File, g.Line, g.Kind, g.Value, in, g.Page, where)
}
