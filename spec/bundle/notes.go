package main

import (
	"fmt"
	"strings"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// Pages that are rendered from OpenAPI show no extensions. The plain bundle is
// what they are rendered from, so its descriptions say what the extensions say:
// generation, failures and evidence of an operation.

// withNotes returns a part of the document with notes in the descriptions of
// operations.
func withNotes(part any, described *contract.Contract) any {
	switch part := part.(type) {
	case object:
		var noted object
		for _, f := range part {
			noted = append(noted, field{f.name, withNotes(f.value, described)})
		}
		id, _ := part.get("operationId").(string)
		operation, isOperation := described.ByID(id)
		if !isOperation {
			return noted
		}
		text, _ := part.get("description").(string)
		return noted.with("description", text+"\n\n"+notes(operation, part))
	case []any:
		list := []any{}
		for _, element := range part {
			list = append(list, withNotes(element, described))
		}
		return list
	default:
		return part
	}
}

// notes describes an operation in Markdown.
func notes(operation contract.Operation, declared object) string {
	var text strings.Builder
	if replacement, _ := declared.get("x-replaced-by").(string); replacement != "" {
		const generation = "Generation %s. `%s` of a later generation does the same; no page withdraws this one.\n\n"
		fmt.Fprintf(&text, generation, declared.get("x-generation"), replacement)
	}

	if len(operation.Failures) > 0 {
		text.WriteString("Failures:\n\n")
		for _, failure := range operation.Failures {
			text.WriteString("- " + failureNote(failure) + "\n")
		}
		text.WriteString("\n")
	}

	text.WriteString(evidenceNote(operation.Evidence))
	return text.String()
}

// failureNote describes a failure. It says from what the failure is known unless
// a page prints it.
func failureNote(failure contract.Outcome) string {
	note := fmt.Sprintf("`%s` in `%s`", failure.Message, failure.Field)
	if len(failure.HTTP) > 0 {
		note += ", HTTP " + strings.Trim(fmt.Sprint(failure.HTTP), "[]")
	}
	note += fmt.Sprintf(" (code `%s`): %s", failure.Code, failure.When)

	if failure.Pattern != "" {
		note += fmt.Sprintf(" The text varies; it matches `%s`.", failure.Pattern)
	}
	if len(failure.Evidence.Documented) == 0 {
		note += " " + strings.ReplaceAll(evidenceNote(failure.Evidence), "\n\n", " ")
	}
	return note
}

func evidenceNote(evidence contract.Evidence) string {
	var classes []string
	for _, class := range []struct {
		name    string
		sources []string
	}{
		{"Documented: ", evidence.Documented},
		{"Observed: ", evidence.Observed},
		{"Inferred: ", evidence.Inferred},
	} {
		if len(class.sources) > 0 {
			classes = append(classes, class.name+strings.Join(class.sources, "; ")+".")
		}
	}
	return strings.Join(classes, "\n\n")
}
