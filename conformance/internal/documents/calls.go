package documents

import (
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

// form is one way in which a page or its code says how the API is called.
type form struct {
	kind Kind
	// hints are texts of which every match has one, in either case. Most lines have
	// none, and looking for them costs much less than the expression.
	hints    []string
	regex    lazyregexp.Regexp // its first group is the fact
	inValues bool              // what is in the value of a field of JSON is one too
}

const methodNames = `GET|POST|PUT|PATCH|DELETE`

var methodHints = strings.Split(strings.ToLower(methodNames), "|")

// A method in prose is not one of these forms: pages also list methods that they
// do not use.
var callForms = []form{
	{KindMethod, methodHints, lazyregexp.New(
		`(?:^|[\s"'(])(` + methodNames + `)\s+[\x60'"<]?(?:https?://|/|\{\{)`), false},
	{KindMethod, methodHints, lazyregexp.New(
		`(?:\s-X|--request)[\s=]+['"]?(` + methodNames + `)\b`), false},
	{KindMethod, []string{"requests."}, lazyregexp.New(
		`\brequests\.request\(\s*["'](` + methodNames + `)["']`), false},
	{KindMethod, []string{"requests.", "axios."}, lazyregexp.New(
		`\b(?:requests|axios)\.(get|post|put|patch|delete)\(`), false},
	// In code or on a separate line. The name has no quotes: a field called "method"
	// in a body is data.
	{KindMethod, []string{"method"}, lazyregexp.New(
		`(?i)(?:^|[^"'\w])method\s*[:=]\s*["']?(` + methodNames + `)\b`), true},
	// A placeholder such as <Your Token> follows the scheme.
	{KindAuth, []string{"authorization"}, lazyregexp.New(
		`(?i)\bauthorization["']?\s*[:=]\s*["'\x60]?(basic|bearer|token|digest|apikey|key)\s`), false},
	// Another header that carries a key: X-Api-Key: ...
	{KindAuth, []string{"x-"}, lazyregexp.New(
		`(?i)(?:-H|--header|["'])\s*["']?(x-[a-z-]*(?:key|token|auth)[a-z-]*)["']?\s*:`), false},
}

var (
	// A host may be a placeholder with a space in it: https://<sub domain>.example.com/path.
	// It is matched against text in lower case: a beginning in one case is found much
	// faster than one in either case.
	urlForm = form{KindPath, []string{"://"}, lazyregexp.New(
		`https?://(?:\\?<[^<>\n]*>|\{[^{}\n]*\}|\[[^\[\]\n]*\])?[^\s/"'<>{}“”‘’]*(/[^\s"'<>?\[\]()“”‘’\x60]*)?`), false}
	// A path may have no host: "POST /add-update". After a word it is not a path, as
	// in id/leadId or application/json. A host may be a placeholder of a tool:
	// {{base_url}}/add-update.
	pathForm = form{KindPath, []string{"/"}, lazyregexp.New(
		`(?:^|[\s"'(“‘]|\}\})(/[A-Za-z][\w.{}-]*(?:/[\w.{}-]+)*)`), false}
)

var (
	// One page prints a space between the host's slash and the path.
	strayPath = lazyregexp.New(`^ +([\w.-]+(?:/[\w.-]+)*)\?`)
	asset     = lazyregexp.New(`(?i)\.(?:png|jpe?g|gif|svg|webp|ico|pdf|css|js)$`) // of the page, not of the API
	queryName = lazyregexp.New(`[?&] *([A-Za-z_][\w.-]*) *=`)
)

// callReader finds how a page says that the API is called: its URLs with their
// paths and parameters, its methods, and the headers with a key.
type callReader struct {
	line
	lower   string // the line with its letters of ASCII in lower case
	number  int
	scanned *scanResult
	facts   []Fact
}

func readCalls(lines []line, scanned *scanResult) []Fact {
	r := &callReader{scanned: scanned}
	for i, l := range lines {
		if l.text == "" {
			continue
		}
		r.line = l
		r.lower = lowerASCII(l.raw)
		r.number = i + 1
		r.urls()
		r.calls()
	}

	for i, fact := range r.facts {
		if fact.Kind == KindMethod {
			r.facts[i].Value = strings.ToUpper(fact.Value)
		}
	}
	return r.facts
}

func (r *callReader) fact(kind Kind, at int, value string) {
	r.facts = append(r.facts, Fact{Kind: kind, Value: value, Line: r.number, col: at})
}

// lowerASCII writes the letters of ASCII in lower case. All others stay, so that a
// place in the result is the same place in the text.
func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, text)
}

// find finds a form in a text. The hints are looked for in lower, which is that
// text in lower case.
func (f form) find(text, lower string) [][]int {
	if !hasAny(lower, f.hints) {
		return nil
	}
	return f.regex.FindAllStringSubmatchIndex(text, -1)
}

// hasAny reports whether a text has one of several parts.
func hasAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// isData reports whether the column is in the value of a field of JSON.
func (r *callReader) isData(at int) bool { return r.scanned.isValue(r.start + at) }

// calls reads the methods and the headers of the line, each once.
func (r *callReader) calls() {
	before := len(r.facts)
	for _, f := range callForms {
		for _, m := range f.find(r.raw, r.lower) {
			value := r.raw[m[2]:m[3]]
			isAgain := slices.ContainsFunc(r.facts[before:], func(fact Fact) bool {
				return fact.Kind == f.kind && fact.Value == value
			})
			if !isAgain && (f.inValues || !r.isData(m[2])) {
				r.fact(f.kind, m[2], value)
			}
		}
	}
}

// urls reads the URLs of the line, and then its paths without a host. A URL that is
// the value of a field of JSON is data, such as a customer's website.
func (r *callReader) urls() {
	urls := urlForm.find(r.lower, r.lower)
	rest := r.raw
	if len(urls) > 0 {
		blotted := []byte(rest)
		for _, m := range urls {
			for k := m[0]; k < m[1]; k++ {
				blotted[k] = 'x' // a part of a URL is not a separate path
			}
		}
		rest = string(blotted)
	}

	for n, m := range urls {
		if r.isData(m[0]) {
			continue
		}
		end := m[1]
		if hasPath := m[3]-m[2] > len("/"); hasPath {
			r.path(m[2], r.raw[m[2]:m[3]])
		} else if stray := strayPath.FindStringSubmatchIndex(r.raw[end:]); stray != nil && m[2] >= 0 {
			r.path(end+stray[2], "/"+r.raw[end+stray[2]:end+stray[3]])
			end += stray[3]
		}
		r.query(end, r.raw[end:startOfNext(urls, n, r.raw)])
	}

	paths := pathForm.find(rest, rest)
	for n, m := range paths {
		if !r.isData(m[2]) {
			r.path(m[2], rest[m[2]:m[3]])
			r.query(m[3], rest[m[3]:startOfNext(paths, n, rest)])
		}
	}
}

// startOfNext is where the match after matches[n] begins, or the end of the text.
func startOfNext(matches [][]int, n int, text string) int {
	if n+1 < len(matches) {
		return matches[n+1][0]
	}
	return len(text)
}

// path adds a path, without what the sentence around it ends with.
func (r *callReader) path(at int, value string) {
	unopened := strings.Count(value, "}") - strings.Count(value, "{")
	for value != "" {
		last := value[len(value)-1]
		isUnopened := last == '}' && unopened > 0
		if !isUnopened && strings.IndexByte(`.,:;)]\`, last) < 0 {
			break
		}
		if isUnopened {
			unopened--
		}
		value = value[:len(value)-1]
	}

	if len(value) > 1 && !asset.MatchString(value) {
		r.fact(KindPath, at, value)
	}
}

// query adds the parameters of a query string that a text begins with.
func (r *callReader) query(at int, text string) {
	if !strings.HasPrefix(text, "?") {
		return
	}
	if end := strings.IndexAny(text, `{"'<`); end >= 0 && text[end] != '<' {
		text = text[:end]
	}
	for _, m := range queryName.FindAllStringSubmatchIndex(text, -1) {
		r.fact(KindParameter, at+m[2], text[m[2]:m[3]])
	}
}
