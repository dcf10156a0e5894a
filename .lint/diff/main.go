// Command diff prints the differences that oasdiff found between two bundles of the
// contract, grouped by component. It fails if the changelog does not announce a
// breaking change.
//
// oasdiff reports a change of a component once for each operation, status and
// branch that reaches it: a new value of one enum was reported as 103 errors. A
// reader needs the component once, with the operations that it concerns.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("spec-diff: ")
	base := flag.String("base", "", "the bundle of the last release")
	revision := flag.String("revision", "", "the bundle as it is now")
	changes := flag.String("changes", "", "what oasdiff printed as JSON")
	changelog := flag.String("changelog", "", "the changelog")
	strip := flag.Bool("strip", false, "only write the revision, without what does not matter to clients")
	flag.Parse()

	if *strip {
		if err := writeStripped(os.Stdout, *revision); err != nil {
			log.Fatal(err)
		}
		return
	}
	c := comparison{base: *base, revision: *revision, changes: *changes, changelog: *changelog}
	unannounced, err := c.report(os.Stdout)
	if err != nil {
		log.Fatal(err)
	}
	if unannounced > 0 {
		os.Exit(1)
	}
}

// comparison names the files of one comparison.
type comparison struct {
	base, revision string
	changes        string
	changelog      string
}

// change is one change as oasdiff reports it.
type change struct {
	ID             string  `json:"id"`
	Text           string  `json:"text"`
	Level          int     `json:"level"`
	OperationID    string  `json:"operationId"`
	Path           string  `json:"path"`
	BaseSource     *source `json:"baseSource"`
	RevisionSource *source `json:"revisionSource"`
}

type source struct {
	Line int `json:"line"`
}

// breaking is the level of oasdiff for changes that break clients.
const breaking = 3

// group is one change of one component, at each operation that reaches it.
type group struct {
	subject    string // the component; outside of components, the operation
	id         string
	text       string // the first of the texts
	level      int
	count      int
	operations map[string]bool
}

// report prints the groups and returns the number of breaking ones that the
// changelog does not announce.
func (c comparison) report(out io.Writer) (int, error) {
	groups, err := c.groups()
	if err != nil {
		return 0, err
	}
	announced, err := announcements(c.changelog)
	if err != nil {
		return 0, err
	}

	breaks := 0
	unannounced := 0
	subject := ""
	for _, g := range groups {
		if g.subject != subject {
			subject = g.subject
			fmt.Fprintln(out, subject)
		}
		mark := "          "
		if g.level == breaking {
			breaks++
			mark = "  breaking"
			if !strings.Contains(announced, "`"+g.subject+"`") {
				unannounced++
				mark = "! BREAKING"
			}
		}
		fmt.Fprintf(out, "%s %s: %s (%d places: %s)\n", mark, g.id, g.text, g.count,
			strings.Join(slices.Sorted(maps.Keys(g.operations)), ", "))
	}

	if unannounced > 0 {
		fmt.Fprintln(out, "announce each marked one under Unreleased in CHANGELOG.md: "+
			"a line \"- Breaking: ...\" with its name in backquotes and what to do")
	}
	fmt.Fprintf(out, "spec-diff: %d changes, %d breaking, %d not announced\n", len(groups), breaks, unannounced)
	return unannounced, nil
}

func (c comparison) groups() ([]*group, error) {
	raw, err := os.ReadFile(c.changes)
	if err != nil {
		return nil, err
	}
	var changes []change
	if err := json.Unmarshal(raw, &changes); err != nil {
		return nil, fmt.Errorf("%s: %w", c.changes, err)
	}
	before, err := componentLines(c.base)
	if err != nil {
		return nil, err
	}
	after, err := componentLines(c.revision)
	if err != nil {
		return nil, err
	}

	found := map[[3]string]*group{}
	for _, change := range changes {
		subject := cmp.Or(change.OperationID, change.Path, "the document")
		switch {
		case change.RevisionSource != nil:
			subject = cmp.Or(after.at(change.RevisionSource.Line), subject)
		case change.BaseSource != nil:
			subject = cmp.Or(before.at(change.BaseSource.Line), subject)
		}
		key := [3]string{subject, change.ID, field(change.Text)}
		if found[key] == nil {
			found[key] = &group{
				subject: subject, id: change.ID, text: change.Text, level: change.Level, operations: map[string]bool{},
			}
		}
		found[key].count++
		found[key].operations[cmp.Or(change.OperationID, "all")] = true
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *group) int {
		return cmp.Or(strings.Compare(a.subject, b.subject), b.level-a.level, strings.Compare(a.text, b.text))
	}), nil
}

var quoted = regexp.MustCompile("`([^`]+)`")

// field returns what a text of oasdiff is about: the last name of each path that it
// quotes, without HTTP statuses.
func field(text string) string {
	var names []string
	text, _, _ = strings.Cut(text, " (shared schema")
	for _, match := range quoted.FindAllStringSubmatch(text, -1) {
		name := match[1][strings.LastIndexByte(match[1], '/')+1:]
		if len(name) != 3 || strings.Trim(name, "0123456789") != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// lines has the components of a bundle in the order of their first lines.
type lines []component

type component struct {
	line int
	name string
}

var (
	section = regexp.MustCompile(`^  "(\w+)": \{$`)
	schema  = regexp.MustCompile(`^      "(\w+)": \{$`)
)

// componentLines reads an indented bundle, as spec/bundle writes it.
func componentLines(path string) (lines, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found lines
	inComponents := false
	for i, text := range strings.Split(string(raw), "\n") {
		if match := section.FindStringSubmatch(text); match != nil {
			inComponents = match[1] == "components"
			found = append(found, component{i + 1, ""})
		}
		if match := schema.FindStringSubmatch(text); match != nil && inComponents {
			found = append(found, component{i + 1, match[1]})
		}
	}
	return found, nil
}

// at returns the component that contains a line; "" for a line outside of components.
func (l lines) at(line int) string {
	name := ""
	for _, c := range l {
		if c.line > line {
			break
		}
		name = c.name
	}
	return name
}

// announcements returns the lines under "Unreleased" that announce a breaking
// change, each with the lines that continue it.
func announcements(changelog string) (string, error) {
	raw, err := os.ReadFile(changelog)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(string(raw), "\n## Unreleased")
	unreleased, _, _ := strings.Cut(rest, "\n## ")

	var announced strings.Builder
	for _, entry := range strings.Split(unreleased, "\n- ") {
		if strings.HasPrefix(entry, "Breaking: ") {
			announced.WriteString(entry + "\n")
		}
	}
	return announced.String(), nil
}

// writeStripped writes a bundle without what does not matter to clients, as a
// baseline or for a comparison.
func writeStripped(out io.Writer, path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(compared(document, true))
}

// compared removes extensions, examples and descriptions from a value. keywords says
// whether the names in it are keywords of OpenAPI; below "properties" they are the
// names of properties, such as "description".
//
// A property that refers to a component needs allOf for its description. Without
// the description it is the reference again: to oasdiff, allOf would be another
// schema.
func compared(value any, keywords bool) any {
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			if keywords && isIgnored(name, child) {
				delete(value, name)
				continue
			}
			value[name] = compared(child, !keywords || name != "properties")
		}
		reference := onlyReference(value)
		if keywords && reference != nil {
			return reference
		}
	case []any:
		for i, element := range value {
			value[i] = compared(element, true)
		}
	}
	return value
}

// onlyReference returns the reference of a schema that is nothing but an allOf with
// one reference, otherwise nil.
func onlyReference(schema map[string]any) any {
	parts, _ := schema["allOf"].([]any)
	if len(schema) != 1 || len(parts) != 1 {
		return nil
	}
	part, _ := parts[0].(map[string]any)
	_, isReference := part["$ref"]
	if !isReference {
		return nil
	}
	return part
}

// isIgnored reports whether oasdiff does not compare a keyword. A description that
// is not a text is something else of this name, such as a component.
func isIgnored(name string, value any) bool {
	if name == "description" {
		_, isText := value.(string)
		return isText
	}
	return strings.HasPrefix(name, "x-") || name == "examples" || name == "example"
}
