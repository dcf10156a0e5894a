package documents

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// cited is a fact that the contract has from pages, which it names as evidence.
type cited struct {
	kind    Kind
	value   string
	labels  map[string]bool // of its row in a table, folded
	parents []string        // of a key: one schema may be the value of several fields
	pages   []string        // as x-evidence or x-mandatory names them
	at      string          // its place in the contract
}

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
	// Sections of one title are one: a page may name its API again.
	var titles []string
	sections := map[string]*Section{}
	for i := range page.Sections {
		section := &page.Sections[i]
		title := foldTitle(section.Title)
		if title == "" || len(section.Facts) == 0 {
			continue
		}
		if sections[title] == nil {
			titles = append(titles, title)
			sections[title] = &Section{Title: section.Title, Line: section.Line, Headings: section.Headings}
		}
		sections[title].Facts = append(sections[title].Facts, section.Facts...)
	}

	for _, title := range titles {
		first := sections[title]
		s, _ := c.scopeOf(first)
		facts := first.Facts
		// If several generations have the title, the one that fits best.
		byPage := map[string][]cited{}
		for _, fact := range s.cited {
			for _, page := range fact.pages {
				if foldTitle(page) == title {
					byPage[page] = append(byPage[page], fact)
				}
			}
		}

		best := ""
		lost := []cited(nil)
		score := 0
		for _, page := range slices.Sorted(maps.Keys(byPage)) {
			missing := slices.DeleteFunc(slices.Clone(byPage[page]),
				func(fact cited) bool { return slices.ContainsFunc(facts, fact.statedBy) })
			if stated := len(byPage[page]) - len(missing); stated > 0 && (best == "" || stated-len(missing) > score) {
				best = page
				lost = missing
				score = stated - len(missing)
			}
		}

		heldTo = append(heldTo, best)
		hint := Gone{File: page.Name, Line: first.Line, Page: best, Operations: s.operations}
		if all := len(byPage[best]); len(lost)*2 > all {
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

	var places []string
	for _, parent := range g.Parents {
		places = append(places, inField(parent))
	}

	in := ""
	if len(places) > 0 {
		in = " " + strings.Join(places, " or ")
	}

	where := ""
	if g.Where != "" {
		where = " (" + g.Where + ")"
	}

	return fmt.Sprintf("%s:%d: hint: no longer on the page: %s %q%s, which the contract has from %s%s",
		g.File, g.Line, g.Kind, g.Value, in, g.Page, where)
}
