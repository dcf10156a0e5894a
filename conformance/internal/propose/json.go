package propose

import (
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/documents"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// same keeps a value as the page has it.
func same(_, text string) string { return text }

// render writes a value as JSON, with its scalars replaced. A value that JSON does
// not have becomes null.
func render(v *documents.Value, depth int, replace func(name, text string) string) string {
	var b strings.Builder
	write(&b, v, place{depth: depth, replace: replace})
	return b.String()
}

// place is where a value is written.
type place struct {
	name    string // of the field that holds it
	depth   int
	replace func(name, text string) string
}

func (p place) in(name string) place {
	p.depth++
	if name != "" {
		p.name = name
	}
	return p
}

func write(b *strings.Builder, v *documents.Value, at place) {
	switch v.Type {
	case "object", "array":
		brackets := "{}"
		if v.Type == "array" {
			brackets = "[]"
		}
		b.WriteByte(brackets[0])
		for i, value := range v.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("\n" + strings.Repeat("  ", at.depth+1))
			name := ""
			if v.Type == "object" {
				name = v.Names[i]
				b.WriteString(quote(name) + ": ")
			}
			write(b, value, at.in(name))
		}
		if len(v.Values) > 0 {
			b.WriteString("\n" + strings.Repeat("  ", at.depth))
		}
		b.WriteByte(brackets[1])
	case "string":
		b.WriteString(quote(at.replace(at.name, v.Text)))
	case "number":
		b.WriteString(at.replace(at.name, v.Text))
	case "boolean":
		b.WriteString(v.Text)
	default:
		b.WriteString("null")
	}
}

// quote writes a text as JSON, which YAML reads as the same text.
func quote(text string) string { return jsonvalue.Quote(text) }

// replacements collects the names of the fields whose values are replaced.
type replacements struct {
	texts []string // that stay, except for their numbers and addresses
	names []string
}

func (r *replacements) replace(name, text string) string {
	made := madeUp(name, text)
	if slices.Contains(r.texts, text) {
		made = madeUpText(text)
	}
	if made != text && !slices.Contains(r.names, name) {
		r.names = append(r.names, name)
	}
	return made
}
