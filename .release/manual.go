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

// sectionsOf cuts a help text at its titles. What precedes the first is "".
func sectionsOf(help string) map[string][]string {
	sections := map[string][]string{}
	title := ""
	for line := range strings.SplitSeq(help, "\n") {
		if match := sectionTitle.FindStringSubmatch(line); match != nil {
			title = match[1]
			continue
		}
		if strings.HasPrefix(line, `Use "`) { // the last line: how to get more help on a screen
			continue
		}
		sections[title] = append(sections[title], line)
	}

	return sections
}

// manPages writes a man page for the program and one for each command.
func manPages(a about, commands []command) []file {
	var pages []file
	for _, c := range commands {
		name := "kapture-conformance"
		if c.name != "" {
			name += "-" + c.name
		}
		pages = append(pages, text(name+".1", manPage(a, name, c, commands)))
	}

	return pages
}

func manPage(a about, name string, c command, all []command) string {
	sections := sectionsOf(c.help)
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 %s %q %q\n", strings.ToUpper(name), a.time.UTC().Format("2006-01-02"),
		"kapture-conformance "+a.version.semver, "Kapture CRM conformance")
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

// verbatim keeps lines as they are.
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

// paragraphs lets roff fill paragraphs, and keeps indented ones as they are.
func paragraphs(lines []string) string {
	var b strings.Builder
	body := strings.Trim(strings.Join(lines, "\n"), "\n")
	for i, paragraph := range strings.Split(body, "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		own := strings.Split(strings.Trim(paragraph, "\n"), "\n")
		if strings.HasPrefix(own[0], " ") {
			b.WriteString(verbatim(own))
			continue
		}
		for _, line := range own {
			b.WriteString(roff(line) + "\n")
		}
	}

	return b.String()
}
