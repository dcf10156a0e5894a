package documents

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// String is one line of the list.
func (m Missing) String() string {
	var b strings.Builder
	verdict := "not in the contract"
	if strings.HasPrefix(m.Note, "the page ") {
		verdict = "not so in the contract" // it has the fact, and says something else of it
	}

	fmt.Fprintf(&b, "%s:%d: %s %q in section %q: %s", m.File, m.Line, m.Kind, m.Value, m.Section(), verdict)
	if len(m.Operations) > 0 {
		fmt.Fprintf(&b, " at %s", strings.Join(m.Operations, ", "))
	}

	var hints []string
	if m.Kind == KindMessage && verdict == "not in the contract" {
		hints = append(hints, fmt.Sprintf("under %q", m.Field))
		if m.Outcome != "" {
			hints = append(hints, fmt.Sprintf("status %q", m.Outcome))
		}
		if m.Code != "" {
			hints = append(hints, "code "+m.Code)
		}
	}

	if m.Note != "" {
		hints = append(hints, m.Note)
	}

	if m.Nearest != "" {
		hints = append(hints, fmt.Sprintf("nearest: %q", m.Nearest))
	}

	if len(m.Again) > 0 {
		var lines []string
		for _, line := range m.Again {
			lines = append(lines, fmt.Sprint(line))
		}
		hints = append(hints, "again on line "+strings.Join(lines, ", "))
	}

	if len(hints) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(hints, "; "))
	}

	if m.Where != "" {
		fmt.Fprintf(&b, " -> %s at %s", m.Under, m.Where)
	}

	return b.String()
}

// String is one line of the list.
func (s Stale) String() string {
	return fmt.Sprintf("left-out list: %s %q of %s: %s; remove the entry", s.Kind, s.Value, s.Page, s.Why)
}

// String is one line of the list.
func (d Doubt) String() string { return fmt.Sprintf("%s:%d: %s", d.File, d.Line, d.Why) }

// WriteText writes one line for each thing that a person has to look at, and
// nothing if there is nothing to look at. See [Report.Summary].
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, missing := range r.Missing {
		fmt.Fprintln(&b, missing)
	}

	for _, stale := range r.Stale {
		fmt.Fprintln(&b, stale)
	}

	for _, doubt := range r.Doubts {
		fmt.Fprintln(&b, doubt)
	}

	_, err := io.WriteString(w, b.String())
	return err
}

// WriteHints writes one line for each thing that helps to read the list and needs
// no work: sections that no operation was found for, and what is
// [Gone].
func (r *Report) WriteHints(w io.Writer) error {
	var b strings.Builder
	for _, tie := range r.Ties {
		if tie.untied() {
			in := ""
			if tie.Home != "" {
				in = " to " + tie.Home
			}
			fmt.Fprintf(&b, "%s:%d: hint: no operation has the title or the path of section %q, so what any other "+
				"operation has is not listed; "+
				"add the operation%s, then compare again\n", tie.File, tie.Line, tie.Title, in)
		}
	}

	for _, gone := range r.Gone {
		fmt.Fprintln(&b, gone)
	}

	_, err := io.WriteString(w, b.String())
	return err
}

// HasHints reports whether [Report.WriteHints] writes anything.
func (r *Report) HasHints() bool {
	return len(r.Gone) > 0 || slices.ContainsFunc(r.Ties, Tie.untied)
}

// untied reports whether no operation was found for a section that lacks facts.
func (t Tie) untied() bool { return t.By == "none" && t.Title != "" && t.Missing > 0 }

// WriteJSON writes the report as one JSON value.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// Summary says in one line what was read and what was found.
func (r *Report) Summary() string {
	facts := 0
	var kinds []string
	for _, kind := range Kinds() {
		if n := r.Facts[kind]; n > 0 {
			facts += n
			kinds = append(kinds, words.Plural(n, string(kind)))
		}
	}

	parts := []string{words.Plural(r.Pages, "page") + ", " + words.Plural(facts, "fact")}
	if len(kinds) > 0 {
		parts[0] += " (" + strings.Join(kinds, ", ") + ")"
	}

	parts = append(parts, fmt.Sprintf("%d not in the contract, %d left out with a reason", len(r.Missing), r.LeftOut))
	if len(r.Stale) > 0 {
		parts = append(parts, fmt.Sprintf("%d stale in the left-out list", len(r.Stale)))
	}

	if len(r.Doubts) > 0 {
		parts = append(parts, fmt.Sprintf("%d could not be read", len(r.Doubts)))
	}

	if len(r.Gone) > 0 {
		parts = append(parts, words.Plural(len(r.Gone), "hint")+" of what is no longer stated")
	}

	return strings.Join(parts, "; ")
}
