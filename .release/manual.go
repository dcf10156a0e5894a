package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// command is one command of the program, as its help describes it.
type command struct {
	name  string // "" for the program itself
	short string
	help  string
}

// commandsOf asks the program for its commands and their help.
func commandsOf(ctx context.Context, program string) ([]command, error) {
	help, err := in("", "NO_COLOR=1").run(ctx, program, "--help")
	if err != nil {
		return nil, err
	}
	intro, _, _ := strings.Cut(help, "\n\n")
	short := strings.TrimPrefix(firstSentence(intro), "kapture-conformance ")
	commands := []command{{short: short, help: help}}
	for _, line := range sectionsOf(help)["Available Commands"] {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] == "help" {
			continue
		}
		text, err := in("", "NO_COLOR=1").run(ctx, program, "help", fields[0])
		if err != nil {
			return nil, err
		}
		commands = append(commands, command{name: fields[0], short: strings.Join(fields[1:], " "), help: text})
	}

	if len(commands) == 1 {
		return nil, fmt.Errorf("the help of %s lists no \"Available Commands:\"; man pages are made from it", program)
	}

	return commands, nil
}

func firstSentence(text string) string {
	joined := strings.Join(strings.Fields(text), " ")
	before, _, _ := strings.Cut(joined+" ", ". ")

	return strings.TrimSpace(before)
}

var sectionTitle = regexp.MustCompile(`^([A-Z][A-Za-z ]*):$`)

// sectionsOf splits a help text at its titles. The lines before the first title
// have the title "".
func sectionsOf(help string) map[string][]string {
	sections := map[string][]string{}
	title := ""
	for line := range strings.SplitSeq(help, "\n") {
		if match := sectionTitle.FindStringSubmatch(line); match != nil {
			title = match[1]
			continue
		}
		if strings.HasPrefix(line, `Use "`) { // it points to more help on the screen
			continue
		}
		sections[title] = append(sections[title], line)
	}

	return sections
}

// manPages writes a man page for the program and one for each command.
func manPages(s stamp, commands []command) []file {
	var pages []file
	for _, c := range commands {
		name := "kapture-conformance"
		if c.name != "" {
			name += "-" + c.name
		}
		pages = append(pages, textFile(name+".1", manPage(s, name, c, commands)))
	}

	return pages
}

func manPage(s stamp, name string, c command, all []command) string {
	sections := sectionsOf(c.help)
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 %s %q %q\n", strings.ToUpper(name), s.time.UTC().Format("2006-01-02"),
		"kapture-conformance "+s.version.semver, "Kapture CRM conformance")
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(c.short))
	b.WriteString(".SH SYNOPSIS\n" + verbatim(sections["Usage"]))
	b.WriteString(".SH DESCRIPTION\n" + paragraphs(sections[""]))
	if c.name == "" {
		b.WriteString(".SH COMMANDS\n" + verbatim(sections["Available Commands"]))
	}
	b.WriteString(".SH OPTIONS\n" + verbatim(sections["Flags"]))
	if len(sections["Examples"]) > 0 {
		b.WriteString(".SH EXAMPLES\n" + verbatim(sections["Examples"]))
	}

	var others []string
	for _, other := range all {
		if other.name != c.name {
			others = append(others, strings.TrimSuffix("kapture-conformance-"+other.name, "-"))
		}
	}
	b.WriteString(".SH SEE ALSO\n" + roff(strings.Join(others, "(1), ")) + "(1)\n")

	return b.String()
}

// roff escapes a line of text.
func roff(line string) string {
	line = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(line)
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		line = `\&` + line
	}

	return line
}

// verbatim writes lines that roff must not fill.
func verbatim(lines []string) string {
	body := strings.Trim(strings.Join(lines, "\n"), "\n")
	var b strings.Builder
	b.WriteString(".nf\n")
	for line := range strings.SplitSeq(body, "\n") {
		b.WriteString(roff(line) + "\n")
	}
	b.WriteString(".fi\n")

	return b.String()
}

// paragraphs writes text that roff may fill, except for indented paragraphs.
func paragraphs(lines []string) string {
	var b strings.Builder
	body := strings.Trim(strings.Join(lines, "\n"), "\n")
	for i, paragraph := range strings.Split(body, "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		content := strings.Split(strings.Trim(paragraph, "\n"), "\n")
		if strings.HasPrefix(content[0], " ") {
			b.WriteString(verbatim(content))
			continue
		}
		for _, line := range content {
			b.WriteString(roff(line) + "\n")
		}
	}

	return b.String()
}
