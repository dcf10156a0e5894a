package documents

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sketch writes a value in short.
func sketch(v *Value) string {
	var parts []string
	for i, value := range v.Values {
		part := sketch(value)
		if v.Type == "object" {
			part = v.Names[i] + ":" + part
		}
		parts = append(parts, part)
	}
	switch v.Type {
	case "object":
		return "{" + strings.Join(parts, " ") + "}"
	case "array":
		return "[" + strings.Join(parts, " ") + "]"
	case "string":
		return "'" + v.Text + "'"
	case "":
		return "?"
	}
	return v.Text
}

// Bodies are read with their values and slips, and code around them is not one.
func TestBodies(t *testing.T) {
	for name, test := range map[string]struct {
		page string
		want []string
	}{
		"types": {
			page: `{"a": "x\"y", "b": -1.5, "c": true, "d": null, "e": [], "f": {"g": [1, "z"]}}`,
			want: []string{`1 {a:'x"y' b:-1.5 c:true d:null e:[] f:{g:[1 'z']}} whole strict`},
		},
		"slips": {
			page: "[{\n  'a': \"1\",\n  b: None // why\n  \"c\": True,\n}]",
			want: []string{"1 [{a:'1' b:null c:true}] whole"},
		},
		"a field twice":      {page: `{"a": 1, "a": 2}`, want: []string{"1 {a:1} whole strict"}},
		"a variable of code": {page: `{"a": ident, "b": 007}`, want: []string{"1 {a:? b:?} whole"}},
		"an ellipsis":        {page: `{ ..., "status": "success"}`, want: []string{"1 {status:'success'}"}},
		"no end":             {page: "{\"a\": 1,\n\"b\": [2", want: []string{"1 {a:1 b:[2]}"}},
		"two bodies": {
			page: "{\"a\": 1}\n\n[{\"b\": 2}]",
			want: []string{"1 {a:1} whole strict", "3 [{b:2}] whole strict"},
		},
		"in code": {
			page: "fetch(url, {method: 'POST', headers: {\"X\": \"1\"}, body: JSON.stringify({\"a\": 1})})",
			want: []string{"1 {a:1} whole strict"},
		},
		"in a string": {page: `curl -d "{\"a\": {\"b\": 1}}"`, want: []string{"1 {a:{b:1}} whole strict"}},
		"in prose":    {page: "An array [of things] and {} and []"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, section := range readPage(t, test.page).Sections {
				for _, body := range section.Bodies {
					text := fmt.Sprintf("%d %s", body.Line, sketch(body.Value))
					if body.Whole {
						text += " whole"
					}
					if body.Strict {
						text += " strict"
					}
					got = append(got, text)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// A body is in the section and below the heading that are above it.
func TestBodiesHaveTheirSection(t *testing.T) {
	got := readPage(t, page(
		`Add Thing API`, ``, `Sample Request`, ``, `{"a": 1}`, ``,
		`Get Thing API`, ``, `Sample Response`, ``, `{"b": 1}`, ``,
	))
	for i, want := range []string{"", "Add Thing API Sample Request {a:1}", "Get Thing API Sample Response {b:1}"} {
		text := ""
		for _, body := range got.Sections[i].Bodies {
			text += got.Sections[i].Title + " " + body.Heading + " " + sketch(body.Value)
		}
		if text != want {
			t.Errorf("section %d: %q, want %q", i, text, want)
		}
	}
}
