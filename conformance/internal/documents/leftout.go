package documents

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Entry names one fact that the pages state and the contract leaves out on
// purpose or, where it is Absent, that the contract has and a copy of its page
// lacks.
type Entry struct {
	Kind  Kind   `yaml:"kind" json:"kind"`
	Value string `yaml:"value" json:"value"` // exactly as the page has it
	// Page is the page's title with its generation, as x-evidence cites it.
	Page string `yaml:"page" json:"page"`
	// Section is the heading or title above the fact, as printed;
	// letter case does not count. Without it the title in Page counts.
	Section string `yaml:"section" json:"section,omitempty"`
	// Absent says that the contract has the fact from another copy of the page.
	Absent bool `yaml:"absent" json:"absent,omitempty"`
	// Reason says why the contract leaves it out, or where the contract has it from.
	Reason string `yaml:"reason" json:"reason"`
}

// LeftOut is a list of such facts.
type LeftOut []Entry

// ParseLeftOut reads a left-out list: YAML with the entries under leftOut. It
// is strict: unknown names, empty values and entries given twice are errors,
// which name the place.
func ParseLeftOut(name string, data []byte) (LeftOut, error) {
	var file struct {
		LeftOut LeftOut `yaml:"leftOut"`
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("documents: %s is empty; expected a list under leftOut", name)
	}

	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("documents: %s is not a left-out list: %w", name, err)
	}

	for i, entry := range file.LeftOut {
		fault := ""
		switch {
		case !slices.Contains(Kinds(), entry.Kind):
			fault = fmt.Sprintf("kind %q is none of %v", entry.Kind, Kinds())
		case entry.Value == "":
			fault = "value is missing"
		case foldTitle(entry.Page) == "":
			fault = "page is missing; expected a title with its generation"
		case strings.TrimSpace(entry.Reason) == "":
			fault = "reason is missing; say why the contract leaves it out, or where it has it from"
		case slices.ContainsFunc(file.LeftOut[:i], func(e Entry) bool {
			return e.Kind == entry.Kind && e.Value == entry.Value && e.heading() == entry.heading() &&
				e.Absent == entry.Absent && (!e.Absent || e.Page == entry.Page)
		}):
			fault = "it is in the list twice; remove one"
		}

		if fault != "" {
			return nil, fmt.Errorf("documents: %s, entry %d (%s %q): %s", name, i+1, entry.Kind, entry.Value, fault)
		}
	}

	return file.LeftOut, nil
}

func (e Entry) heading() string {
	if e.Section != "" {
		return foldTitle(e.Section)
	}
	return foldTitle(e.Page)
}

// isAbout reports whether the entry is about this title or heading.
func (e Entry) isAbout(title, heading string) bool {
	at := e.heading()
	return at != "" && (foldTitle(title) == at || foldTitle(heading) == at)
}

func (e Entry) covers(fact Fact) bool {
	return !e.Absent && e.Kind == fact.Kind && e.Value == fact.Value && e.isAbout(fact.Title, fact.Heading)
}

// expects reports whether the entry is about what is gone.
func (e Entry) expects(gone Gone) bool {
	return e.Absent && e.Kind == gone.Kind && e.Value == gone.Value && e.Page == gone.Page
}
