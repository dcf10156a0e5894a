package documents

import (
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

var (
	// A host may be a placeholder with a space in it: https://<sub domain>.example.com/path.
	urlForm = lazyregexp.New(`(?i)https?://(?:\\?<[^<>\n]*>|\{[^{}\n]*\}|\[[^\[\]\n]*\])?[^\s/"'<>{}“”‘’]*(/[^\s"'<>?\[\]()“”‘’\x60]*)?`)
	// A path may have no host: "POST /add-update". After a word it is
	// not a path, as in id/leadId or application/json. A host may be a
	// placeholder of a tool: {{base_url}}/add-update.
	barePath = lazyregexp.New(`(?:^|[\s"'(“‘]|\}\})(/[A-Za-z][\w.{}-]*(?:/[\w.{}-]+)*)`)
	// One page prints a space between the host's slash and the path.
	strayPath = lazyregexp.New(`^ +([\w.-]+(?:/[\w.-]+)*)\?`)
	asset     = lazyregexp.New(`(?i)\.(?:png|jpe?g|gif|svg|webp|ico|pdf|css|js)$`) // of the page, not of the API
	queryName = lazyregexp.New(`[?&] *([A-Za-z_][\w.-]*) *=`)
)

// readURLs finds paths and names of query parameters. A URL that is the value
// of a JSON field is data (a customer's website) and no path of the API.
func readURLs(lines []line, scanned *scanResult) []Fact {
	var facts []Fact
	for i, l := range lines {
		if !strings.Contains(l.raw, "/") {
			continue // both forms have one, and most lines have none
		}

		path := func(at int, value string) {
			for value != "" && strings.IndexByte(`.,:;)]\`, value[len(value)-1]) >= 0 ||
				strings.HasSuffix(value, "}") && strings.Count(value, "}") > strings.Count(value, "{") {
				value = value[:len(value)-1]
			}
			if len(value) > 1 && !asset.MatchString(value) {
				facts = append(facts, Fact{Kind: KindPath, Value: value, Line: i + 1, col: at})
			}
		}

		query := func(at int, tail string) {
			if !strings.HasPrefix(tail, "?") {
				return
			}
			if end := strings.IndexAny(tail, `{"'<`); end >= 0 && tail[end] != '<' {
				tail = tail[:end]
			}
			for _, q := range queryName.FindAllStringSubmatchIndex(tail, -1) {
				facts = append(facts, Fact{Kind: KindParameter, Value: tail[q[2]:q[3]], Line: i + 1, col: at + q[2]})
			}
		}

		rest := []byte(l.raw)
		var urls [][]int
		if strings.Contains(l.raw, "://") {
			urls = urlForm.FindAllStringSubmatchIndex(l.raw, -1)
		}
		for n, m := range urls {
			for k := m[0]; k < m[1]; k++ {
				rest[k] = 'x' // a part of a URL is not a separate path
			}

			if scanned.isValue(l.start + m[0]) {
				continue
			}

			end := len(l.raw)
			if n+1 < len(urls) {
				end = urls[n+1][0]
			}

			tail := l.raw[m[1]:end]
			if m[2] >= 0 && m[3]-m[2] > 1 {
				path(m[2], l.raw[m[2]:m[3]])
			} else if stray := strayPath.FindStringSubmatchIndex(tail); stray != nil && m[2] >= 0 {
				path(m[1]+stray[2], "/"+tail[stray[2]:stray[3]])
				tail = tail[stray[3]:]
			}

			query(end-len(tail), tail)
		}

		for _, m := range barePath.FindAllSubmatchIndex(rest, -1) {
			if !scanned.isValue(l.start + m[2]) {
				path(m[2], string(rest[m[2]:m[3]]))
				query(m[3], string(rest[m[3]:]))
			}
		}
	}

	return facts
}
