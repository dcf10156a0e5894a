package documents

import (
	"slices"
	"strings"
	"testing"
)

// Forms of other languages and other lists are read, or are a doubt: a page that
// is not understood must not look like one without news.
func TestFormsOfOtherLanguages(t *testing.T) {
	for name, test := range map[string]struct {
		page   string
		facts  []string
		doubts []string
	}{
		"Ruby": {
			page:  `body = { "a" => "", "b" => {"c" => 1} }`,
			facts: []string{"key /a", "key /b", "key b/c"},
		},
		"PHP":                    {page: `$data = ['a' => '', 'b' => 1];`, facts: []string{"key /a", "key /b"}},
		"an arrow of a function": {page: `items.map(x => { return 1 })`},
		"an array of PHP":        {page: `$data = array('a' => '');`, doubts: []string{"an array of PHP"}},
		"a comment": {
			page:  `{ /* "old": 1, */ "a": "" }`,
			facts: []string{"key /a"},
		},
		"a header that is no comment": {
			page:  `--header 'Accept: */*' -d '{"a": 1}' # */`,
			facts: []string{"key /a"},
		},
		"a text joined from several": {
			page:   "String body = \"{\\\"a\\\":\\\"1\\\",\" +\n  \"\\\"b\\\": 1}\";",
			facts:  []string{"key /a"},
			doubts: []string{"a body with escaped quotes"},
		},
		"guillemets": {page: `{«a»: «1», «b»: 2}`, doubts: []string{"guillemets"}},
		"rows apart by commas": {
			page:   "Name, Mandatory, Type, Description\nthing_id, Yes, Text, The x",
			doubts: []string{"the header of a table, but none of its rows"},
		},
		"rows apart by dashes": {
			page:  "Name - Mandatory - Type\nthing_id - Yes - Text",
			facts: []string{"field thing_id"},
		},
		"a list with types": {
			page:   "thing_id: Text, mandatory. The x",
			doubts: []string{"it looks like a field with its type"},
		},
		"prose with a colon": {page: "Note: text is kept. Date: date of today."},
		"an escaped source":  {page: "{&quot;a&quot;: 1}", doubts: []string{"quotes are written as &quot;"}},
		"a known line": {
			page:  `thing_id: string {"thing_id": "1"}`,
			facts: []string{"key /thing_id"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			page := readPage(t, test.page)
			var facts []string
			for _, fact := range page.Facts() {
				text := string(fact.Kind) + " " + fact.Value
				if fact.Kind == KindKey {
					text = "key " + fact.Parent + "/" + fact.Value
				}
				facts = append(facts, text)
			}
			if !slices.Equal(facts, test.facts) {
				t.Errorf("facts %q, want %q", facts, test.facts)
			}
			isSame := slices.EqualFunc(page.Doubts, test.doubts, func(d Doubt, want string) bool {
				return strings.HasPrefix(d.Why, want)
			})
			if !isSame {
				t.Errorf("doubts %q, want %q", page.Doubts, test.doubts)
			}
		})
	}
}

// A page of nothing but such lines has a few doubts and not one for each.
func TestUnreadFormsAreBounded(t *testing.T) {
	page := readPage(t, strings.Repeat("thing_id: Text, mandatory\n\n", 1000))
	if len(page.Doubts) != maxUnread {
		t.Errorf("%d doubts, want %d", len(page.Doubts), maxUnread)
	}
}
