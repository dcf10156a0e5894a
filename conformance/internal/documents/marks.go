package documents

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// mark is what the contract says that a page's table says of a field: under
// x-mandatory, by page, its type and whether it is mandatory.
type mark struct {
	labels map[string]bool // of the row, folded
	title  string          // of the page, folded
	says   string          // as authored
	at     string          // the place of the field
}

// rowLabels are those under which the rows of tables print the field called name.
func rowLabels(name string, extensions map[string]any) map[string]bool {
	labels := map[string]bool{fold(name): true}
	for _, label := range texts(extensions["x-labels"]) {
		labels[fold(label)] = true
	}
	return labels
}

// readMarks reads x-mandatory of the field called name.
func (s *scope) readMarks(name string, labels map[string]bool, extensions map[string]any, at string) {
	pages, _ := extensions["x-mandatory"].(map[string]any)
	for title, says := range pages {
		s.marks = append(s.marks, mark{labels, foldTitle(title), str(says), at})
		s.cited = append(s.cited, cited{kind: KindField, value: name, labels: labels, pages: []string{title}, at: at})
	}
}

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
	switch mandatory = strings.ToLower(mandatory); mandatory {
	case "yes", "y", "true", "required", "mandatory", "*":
		return true
	}
	return false
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

	rows := map[string][]Fact{} // by label
	var order []string
	for _, fact := range section.Facts {
		if fact.Kind == KindField && fact.Mark() != "" {
			label := fold(fact.Value)
			if rows[label] == nil {
				order = append(order, label)
			}
			rows[label] = append(rows[label], fact)
		}
	}

	agreed := map[string]bool{} // by label
	recorded := map[string][]string{}
	at := map[string]string{}
	for _, m := range s.marks {
		if m.title != title {
			continue
		}

		agrees := false
		for label := range m.labels {
			agrees = agrees ||
				slices.ContainsFunc(rows[label], func(f Fact) bool { return markWords(f.Mark()) == markWords(m.says) })
		}

		for label := range m.labels {
			agreed[label] = agreed[label] || agrees
			at[label] = cmp.Or(at[label], m.at)
			if !slices.Contains(recorded[label], m.says) {
				recorded[label] = append(recorded[label], m.says)
			}
		}
	}

	var changed []Missing
	for _, label := range order {
		says := recorded[label]
		fact := rows[label][0]
		var note string
		switch {
		case agreed[label]:
			continue
		case len(says) > 0:
			slices.Sort(says)
			note = fmt.Sprintf("the page marks it %q, the contract \"%s\"", fact.Mark(), strings.Join(says, `" or "`))
		case IsRequired(fact.Mandatory) && s.knowsOne(fact.Value) && !s.unknown[label]:
			note = fmt.Sprintf("the page marks it %q, the contract does not say so", fact.Mark())
		default:
			continue
		}

		changed = append(changed, Missing{
			Fact:       fact,
			Operations: s.operations,
			Note:       note,
			Under:      "x-mandatory",
			Where:      cmp.Or(at[label], s.property[label], s.at),
		})
	}

	return changed
}
