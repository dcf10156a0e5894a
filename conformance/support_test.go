package conformance

import (
	"strings"
	"testing"
)

const (
	noResponse  = "responses: {'204': {description: nothing}}"
	getAnything = "get: {operationId: x, " + noResponse + "}"
)

// TestUnsupportedIsRejected: what the checker cannot check is rejected when the
// contract is loaded.
func TestUnsupportedIsRejected(t *testing.T) {
	const schemaA = "{$ref: '#/components/schemas/A'}"
	const schemaB = "{$ref: '#/components/schemas/B'}"
	for name, c := range map[string]struct {
		schemas string
		paths   string
		want    string
	}{
		"discriminator": {
			schemas: "A: {discriminator: {propertyName: a}}",
			want:    "A: discriminator is not supported",
		},
		"empty enum":   {schemas: "A: {type: string, enum: []}", want: "A: enum lists nothing"},
		"multipleOf 0": {schemas: "A: {type: number, multipleOf: 0}", want: "A: multipleOf must be greater than 0"},
		"look-ahead": {
			schemas: "A: {type: string, pattern: '^(?=a)'}",
			want:    `the pattern "^(?=a)" cannot be checked`,
		},
		"back reference": {schemas: `A: {type: string, pattern: '(a)\1'}`, want: "cannot be checked"},
		"nested, below":  {schemas: "A: {properties: {b: {items: {enum: []}}}}", want: "A.b[]: enum lists nothing"},
		"itself":         {schemas: "A: {allOf: [" + schemaA + "]}", want: "A contains itself"},
		"itself, through": {
			schemas: "A: {anyOf: [" + schemaB + "]}, B: {not: " + schemaA + "}",
			want:    "contains itself",
		},
		"3.1: const":      {schemas: "A: {const: 1}", want: "3.1"},
		"unknown keyword": {schemas: "A: {additionalItems: false}", want: "additionalItems"},
		"two in a segment": {
			paths: `"/{a}-{b}": {parameters: [` + pathParameter("a") + ", " + pathParameter("b") + `], ` +
				getAnything + "}",
			want: "several parameters",
		},
		"XML": {
			paths: "/a: {get: {operationId: x, responses: {'200': {description: x, " +
				"content: {application/xml: {schema: {type: object}}}}}}}",
			want: "GET /a: the response 200: a body of application/xml cannot be checked against a schema",
		},
		"encoding": {
			paths: "/a: {post: {operationId: x, requestBody: {content: {multipart/form-data: " +
				"{encoding: {a: {contentType: text/plain}}, " +
				"schema: {type: object, properties: {a: {type: string}}}}}}, " +
				noResponse + "}}",
			want: "the request body: multipart/form-data has an encoding",
		},
		"header with content": {
			paths: "/a: {get: {operationId: x, responses: {'200': {description: x, " +
				"headers: {X-A: {content: {application/json: {}}}}}}}}",
			want: "the header X-A has content",
		},
		"parameter": {
			paths: "/a: {parameters: [{name: q, in: query, schema: {type: string, pattern: '(?!a)'}}], " +
				getAnything + "}",
			want: "x query q: the pattern",
		},
	} {
		t.Run(name, func(t *testing.T) {
			doc := mustLoadText("openapi: 3.0.3\ninfo: {title: t, version: '1'}\n" +
				"paths: {" + c.paths + "}\ncomponents: {schemas: {" + c.schemas + "}}\n")
			if _, err := NewChecker(doc); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func pathParameter(name string) string {
	return "{name: " + name + ", in: path, required: true, schema: {type: string}}"
}

// A schema may contain itself in a field or an element: trees do.
func TestRecursiveSchemas(t *testing.T) {
	c := checkerOf(t, `
    Tree:
      type: object
      required: [name]
      properties: {name: {type: string}, children: {type: array, items: {$ref: '#/components/schemas/Tree'}}}
    List:
      type: object
      properties: {next: {allOf: [{$ref: '#/components/schemas/List'}]}, value: {type: integer}}
`)
	tree := `{"name":"a","children":[{"name":"b","children":[{"children":[]}]}]}`
	r := c.CheckComponent("Tree", []byte(tree), SideResponse)
	if got := brief(r.Findings); got != "schema-required response /children/0/children/0/name" {
		t.Errorf("in a tree: got %q", got)
	}

	r = c.CheckComponent("List", []byte(`{"next":{"next":{"value":"x"}}}`), SideResponse)
	if got := brief(r.Findings); got != "schema-type response /next/next/value" {
		t.Errorf("in a list: got %q", got)
	}
}

// TestPatterns: patterns are JavaScript's, as JSON Schema has it.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern string
		matches string
		not     string
	}{
		{"a+", "xaay", "x"}, // not anchored
		{"^a$", "a", "a\n"},
		{`^\d$`, "0", "१"},
		{`^\w$`, "_", "é"},
		{`^\s$`, "\u00a0", "x"},
		{`^[\s]$`, "\u2003", "x"},
		{`^\S$`, "x", "\ufeff"},
		{"^.$", "é", "\u2028"},
		{`^\cC$`, "\x03", "c"},
		{`^\u00e9$`, "é", "e"},
		{`^\u{1F600}$`, "😀", "x"},
		{`^[[x]$`, "[", "y"},
		{`^\/$`, "/", "x"},
		{`^[\b]$`, "\b", "b"},
		{`^\p{Lu}$`, "É", "é"},
		{`^(?:a|b){2}$`, "ab", "a"},
		{`^(?<year>\d{4})$`, "2024", "24"},
	} {
		compiled, err := compilePattern(c.pattern)
		if err != nil {
			t.Error(err)
			continue
		}
		if !compiled.MatchString(c.matches) || compiled.MatchString(c.not) {
			t.Errorf("%s becomes %s, which does not match %q, or matches %q", c.pattern, compiled, c.matches, c.not)
		}
	}

	for _, pattern := range []string{
		"(?=a)", "(?!a)", "(?<=a)", "(?<!a)", `(a)\1`, `\k<a>`, "(?i)a", "(?P<a>b)",
		`\Aa`, `a\z`, `\Qa`, `[\S]`, "[", `a\`,
	} {
		if _, err := compilePattern(pattern); err == nil {
			t.Errorf("%s is accepted", pattern)
		}
	}
}
