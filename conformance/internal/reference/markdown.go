package reference

import (
	"bytes"
	"html/template"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// writer turns Markdown into HTML. It drops HTML that is written into the
// Markdown.
var writer = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(
			parser.WithAutoHeadingID(),
			parser.WithASTTransformers(util.Prioritized(localLinks{}, 0)),
		),
	)
})

func markdown(source string) (template.HTML, error) {
	var written bytes.Buffer
	if err := writer().Convert([]byte(source), &written); err != nil {
		return "", err
	}

	// A wide table scrolls on its own, and the page does not.
	html := strings.ReplaceAll(written.String(), "<table>", `<div class="scroll" tabindex="0"><table>`)
	html = strings.ReplaceAll(html, "</table>", "</table></div>")
	return template.HTML(html), nil //nolint:gosec // written by the library, which drops HTML of the source
}

// localLinks replaces links to files of the repository by their text: the files
// are not part of a site.
type localLinks struct{}

func (localLinks) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	var local []*ast.Link
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		link, isLink := node.(*ast.Link)
		if entering && isLink && !bytes.Contains(link.Destination, []byte("://")) {
			local = append(local, link)
		}
		return ast.WalkContinue, nil
	})

	for _, link := range local {
		parent := link.Parent()
		for child := link.FirstChild(); child != nil; child = link.FirstChild() {
			parent.InsertBefore(parent, link, child)
		}
		parent.RemoveChild(parent, link)
	}
}

// sections are the parts of a Markdown document below its headings of the second
// level, each without the heading.
func sections(document []byte) []note {
	var found []note
	for line := range strings.Lines(string(document)) {
		title, isHeading := strings.CutPrefix(line, "## ")
		switch {
		case isHeading:
			title = strings.TrimSpace(title)
			found = append(found, note{Title: title, ID: anchor(strings.ToLower(title))})
		case len(found) > 0:
			found[len(found)-1].Text += line
		}
	}
	return found
}

// anchor makes a name usable as one: an anchor has no blanks, and some fields
// have.
func anchor(name string) string { return strings.ReplaceAll(name, " ", "-") }
