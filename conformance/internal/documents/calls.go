package documents

import (
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

const methodNames = `GET|POST|PUT|PATCH|DELETE`

// methodForms are the places where a page or its code names the method of a call.
// A method in prose is not one of them: pages also list methods that they do not
// use.
var methodForms = []lazyregexp.Regexp{
	lazyregexp.New(`(?:^|[\s"'(])(` + methodNames + `)\s+[\x60'"<]?(?:https?://|/|\{\{)`),
	lazyregexp.New(`(?:\s-X|--request)[\s=]+['"]?(` + methodNames + `)\b`),
	lazyregexp.New(`\brequests\.request\(\s*["'](` + methodNames + `)["']`),
	lazyregexp.New(`\b(?:requests|axios)\.(get|post|put|patch|delete)\(`),
}

// methodOption is a method in code or on a separate line. Its name has no quotes:
// a field called "method" in a body is data.
var methodOption = lazyregexp.New(`(?i)(?:^|[^"'\w])method\s*[:=]\s*["']?(` + methodNames + `)\b`)

var (
	// A placeholder such as <Your Token> follows the scheme.
	authForm = lazyregexp.New(`(?i)\bauthorization["']?\s*[:=]\s*["'` + "`" + `]?(basic|bearer|token|digest|apikey|key)\s`)
	// Another header that carries a key: X-Api-Key: ...
	keyHeader = lazyregexp.New(`(?i)(?:-H|--header|["'])\s*["']?(x-[a-z-]*(?:key|token|auth)[a-z-]*)["']?\s*:`)
)

// callHints are texts of which every form above has one. Most lines have none, and
// looking for these costs much less than the forms.
var (
	callHints          = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "requests.", "axios."}
	callHintsInAnyCase = []string{"method", "authorization", "x-"}
)

// mayCall reports whether a line may have one of the forms.
func mayCall(line string) bool {
	hasHint := func(hint string) bool { return strings.Contains(line, hint) }
	if slices.ContainsFunc(callHints, hasHint) {
		return true
	}

	lower := strings.ToLower(line)
	hasInAnyCase := func(hint string) bool { return strings.Contains(lower, hint) }
	return slices.ContainsFunc(callHintsInAnyCase, hasInAnyCase)
}

// readCalls finds how the page's code calls the API: its methods, and the headers
// with a key.
func readCalls(lines []line, scanned *scanResult) []Fact {
	var facts []Fact
	for i, l := range lines {
		if !mayCall(l.raw) {
			continue
		}

		before := len(facts) // the facts of earlier lines
		add := func(kind Kind, at int, value string) {
			same := func(f Fact) bool { return f.Kind == kind && f.Value == value }
			if !slices.ContainsFunc(facts[before:], same) {
				facts = append(facts, Fact{Kind: kind, Value: value, Line: i + 1, col: at})
			}
		}
		find := func(form lazyregexp.Regexp, kind Kind) {
			for _, m := range form.FindAllStringSubmatchIndex(l.raw, -1) {
				if !scanned.isValue(l.start + m[2]) {
					add(kind, m[2], l.raw[m[2]:m[3]])
				}
			}
		}

		for _, form := range methodForms {
			find(form, KindMethod)
		}
		for _, m := range methodOption.FindAllStringSubmatchIndex(l.raw, -1) {
			add(KindMethod, m[2], l.raw[m[2]:m[3]])
		}
		find(authForm, KindAuth)
		find(keyHeader, KindAuth)
	}

	for i, fact := range facts {
		if fact.Kind == KindMethod {
			facts[i].Value = strings.ToUpper(fact.Value)
		}
	}
	return facts
}
