package documents

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

var markSeparators = lazyregexp.New(`[\s,()]+`)

// markWords makes marks comparable: order, case and brackets do not count.
func markWords(text string) string {
	words := markSeparators.Split(strings.ToLower(text), -1)
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// Mark is what the cells of a row say of it, as x-mandatory records it: Yes, Text.
func (f Fact) Mark() string {
	parts := slices.DeleteFunc([]string{f.Mandatory, f.Type}, func(part string) bool { return part == "" })
	return strings.Join(parts, ", ")
}

// IsRequired reports whether a table marks a row as mandatory.
func IsRequired(mandatory string) bool {
	switch strings.ToLower(mandatory) {
	case "yes", "y", "true", "required", "mandatory", "*":
		return true
	}
	return false
}

// markedLabel is what a page and the contract say of the rows with one label.
type markedLabel struct {
	rows  []Fact
	marks []string // that the contract records for this page
	at    string   // the place of the first that records one
	agree bool
}

// markedRows groups the rows that have a mark by their label, in their order.
func markedRows(section *Section) (names []string, labels map[string]*markedLabel) {
	labels = map[string]*markedLabel{}
	for _, fact := range section.Facts {
		if fact.Kind != KindField || fact.Mark() == "" {
			continue
		}
		name := fold(fact.Value)
		if labels[name] == nil {
			names = append(names, name)
			labels[name] = &markedLabel{}
		}
		labels[name].rows = append(labels[name].rows, fact)
	}
	return names, labels
}

// changedMarks lists the rows whose marks or types are not those that the
// contract records for this page. A field may have several rows, in a table
// of the request and in one of the response, under several labels: one that
// agrees is enough.
func (s *scope) changedMarks(section *Section) []Missing {
	title := foldTitle(section.Title)
	if title == "" || len(s.operations) == 0 {
		return nil
	}

	names, labels := markedRows(section)
	for _, fact := range s.cited {
		isOfPage := slices.ContainsFunc(fact.pages, func(c citation) bool { return c.title == title })
		if fact.mark != "" && isOfPage {
			fact.addMark(labels)
		}
	}

	var changed []Missing
	for _, name := range names {
		l := labels[name]
		row := l.rows[0]
		var recorded string
		switch {
		case l.agree:
			continue
		case len(l.marks) > 0:
			slices.Sort(l.marks)
			recorded = `"` + strings.Join(l.marks, `" or "`) + `"`
		case IsRequired(row.Mandatory) && s.knowsOne(row.Value) && !s.unknown[name]:
			recorded = "does not say so"
		default:
			continue
		}

		changed = append(changed, Missing{
			Fact:       row,
			Operations: s.operations,
			Note:       fmt.Sprintf("the page marks it %q, the contract %s", row.Mark(), recorded),
			Under:      "x-mandatory",
			Where:      cmp.Or(l.at, s.property[name], s.at),
		})
	}

	return changed
}

// addMark holds the rows of a field against what the contract records for it.
func (c cited) addMark(labels map[string]*markedLabel) {
	want := markWords(c.mark)
	agrees := false
	for name := range c.labels {
		if l := labels[name]; l != nil {
			agrees = agrees || slices.ContainsFunc(l.rows, func(row Fact) bool { return markWords(row.Mark()) == want })
		}
	}

	for name := range c.labels {
		l := labels[name]
		if l == nil {
			continue // the page has no row with this label
		}
		l.agree = l.agree || agrees
		l.at = cmp.Or(l.at, c.at)
		if !slices.Contains(l.marks, c.mark) {
			l.marks = append(l.marks, c.mark)
		}
	}
}
