package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// The lines of README between which the table of operations is written.
const (
	tableBegins = "<!-- operations: written by make generate -->\n"
	tableEnds   = "<!-- end of operations -->\n"
)

// writeReadme writes README with a new table of operations: their pages, paths and
// evidence come from the contract, and their methods from the source of client.
func writeReadme(from, to string, operations []operation, calls map[string][]string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(raw), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return fmt.Errorf("%s needs the lines %q and %q around its table of operations", from, tableBegins, tableEnds)
	}

	var table strings.Builder
	table.WriteString("| operation | pages | path | evidence | client |\n| --- | --- | --- | --- | --- |\n")
	for _, op := range operations {
		fmt.Fprintf(&table, "| `%s` | %s | `%s` | %s | %s |\n",
			op.ID, pagesOf(op.Operation), op.Path, classesOf(op.Evidence), methodsOf(calls[op.Name()]))
	}
	text := before + tableBegins + "\n" + table.String() + "\n" + tableEnds + after
	return os.WriteFile(to, []byte(text), 0o644) //nolint:gosec // the caller of the generator names the file
}

// documentedPage is a page as x-evidence names it, for example "Add Ticket API
// (2024)".
var documentedPage = regexp.MustCompile(`^(.*) \(([^()]+)\)$`)

// pagesOf lists the titles of an operation's pages, each with its generations. A
// title that several generations have is listed once.
func pagesOf(op contract.Operation) string {
	var titles []string
	generations := map[string][]string{}
	for _, documented := range op.Evidence.Documented {
		title := documented
		generation := ""
		if match := documentedPage.FindStringSubmatch(documented); match != nil {
			title = strings.Replace(match[1], " API", "", 1)
			generation = match[2]
		}
		if _, listed := generations[title]; !listed {
			titles = append(titles, title)
		}
		generations[title] = append(generations[title], generation)
	}
	if len(titles) == 0 {
		return "none"
	}

	for i, title := range titles {
		titles[i] = fmt.Sprintf("%s (%s)", title, strings.Join(generations[title], ", "))
	}
	return strings.Join(titles, "; ")
}

// classesOf lists the classes of evidence that an operation has.
func classesOf(evidence contract.Evidence) string {
	var classes []string
	if len(evidence.Documented) > 0 {
		classes = append(classes, "documented")
	}
	if len(evidence.Observed) > 0 {
		classes = append(classes, "observed")
	}
	if len(evidence.Inferred) > 0 {
		classes = append(classes, "inferred")
	}
	return strings.Join(classes, ", ")
}

func methodsOf(names []string) string {
	if len(names) == 0 {
		return "none: `Client.Raw`"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}
