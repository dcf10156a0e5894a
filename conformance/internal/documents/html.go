package documents

import (
	"fmt"
	"strings"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"golang.org/x/net/html"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// fence is the mark around a block of code in Markdown.
var fence = lazyregexp.New("(?m)^```\\w*$")

// textOfHTML turns the source of a page into the text that [Read] reads:
// Markdown, because its tables keep their cells. Scripts and styles are dropped.
func textOfHTML(source string) (string, error) {
	markdown := converter.NewConverter(
		converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(), table.NewTablePlugin()),
		// The text is compared and never rendered: what is escaped for Markdown
		// would be another name.
		converter.WithEscapeMode(converter.EscapeModeDisabled),
	)
	// The target of a link is an address of the site, not of the API.
	markdown.Register.RendererFor("a", converter.TagTypeInline, childrenOnly, converter.PriorityEarly)
	markdown.Register.TagType("nav", converter.TagTypeRemove, converter.PriorityEarly)

	text, err := markdown.ConvertString(source)
	if err != nil {
		return "", fmt.Errorf("is HTML that cannot be read: %w", err)
	}
	return strings.TrimSpace(fence.ReplaceAllString(text, "")), nil
}

func childrenOnly(ctx converter.Context, w converter.Writer, node *html.Node) converter.RenderStatus {
	ctx.RenderChildNodes(ctx, w, node)
	return converter.RenderSuccess
}
