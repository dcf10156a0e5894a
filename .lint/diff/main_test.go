package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const bundle = `{
  "paths": {
    "/a": {
      "post": {}
    }
  },
  "components": {
    "schemas": {
      "Failure": {
        "type": "object"
      },
      "Ticket": {
        "type": "object"
      }
    }
  }
}
`

// Two of three changes are one for a reader: the same field of one component,
// under two codes. A ' is a backquote of oasdiff, which a raw string cannot have.
var changes = strings.ReplaceAll(`[
{
  "id": "enum-added", "level": 3, "operationId": "b", "revisionSource": {"line": 9},
  "text": "added the new 'x' enum value to the 'oneOf[Failure]/status' response property for the status '400'"
},
{
  "id": "enum-added", "level": 3, "operationId": "a", "revisionSource": {"line": 9},
  "text": "added the new 'x' enum value to the 'status' response property for the status '401'"
},
{
  "id": "removed", "level": 3, "operationId": "a", "baseSource": {"line": 13},
  "text": "removed the property 'title'"
},
{
  "id": "removed-query", "level": 3, "operationId": "a", "baseSource": {"line": 4},
  "text": "removed the parameter"
},
{
  "id": "added", "level": 1, "operationId": "a", "revisionSource": {"line": 13},
  "text": "added the property 'notes'"
}
]`, "'", "`")

func TestReport(t *testing.T) {
	tests := map[string]struct {
		changelog   string
		unannounced int
		last        string
	}{
		"nothing announced": {
			changelog:   "# Changelog\n\n## Unreleased\n\n- The property `title` is gone.\n",
			unannounced: 3,
			last:        "spec-diff: 4 changes, 3 breaking, 3 not announced",
		},
		"two announced": {
			changelog: "# Changelog\n\n## Unreleased\n\n" +
				"- Breaking: `Ticket` has no title;\n  and `Failure` has more.\n\n" +
				"## 0.1.0\n\n- Breaking: `a` has no query.\n",
			unannounced: 1,
			last:        "spec-diff: 4 changes, 3 breaking, 1 not announced",
		},
		"all announced": {
			changelog: "# Changelog\n\n## Unreleased\n\n- Breaking: `Ticket`, `Failure`.\n- Breaking: `a`.\n",
			last:      "spec-diff: 4 changes, 3 breaking, 0 not announced",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := func(name, text string) string {
				path := filepath.Join(t.TempDir(), name)
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				return path
			}
			c := comparison{
				base:      file("base.json", bundle),
				revision:  file("revision.json", bundle),
				changes:   file("changes.json", changes),
				changelog: file("CHANGELOG.md", test.changelog),
			}

			var out strings.Builder
			unannounced, err := c.report(&out)
			if err != nil {
				t.Fatal(err)
			}
			if unannounced != test.unannounced || !strings.HasSuffix(out.String(), test.last+"\n") {
				const message = "%d not announced, want %d, and the last line %q:\n%s"
				t.Errorf(message, unannounced, test.unannounced, test.last, out.String())
			}
			if !strings.Contains(out.String(), "(2 places: a, b)") {
				t.Errorf("the change of Failure is not one with two places:\n%s", out.String())
			}
		})
	}
}

// What only describes is no change, and neither is the allOf that a description of
// a reference needs.
func TestStripped(t *testing.T) {
	tests := map[string]struct{ bundle, want string }{
		"descriptions, examples and extensions": {
			bundle: `{"type": "string", "description": "d", "example": "e", "x-evidence": {}}`,
			want:   `{"type":"string"}`,
		},
		"a property called description": {
			bundle: `{"properties": {"description": {"type": "string", "description": "d"}}}`,
			want:   `{"properties":{"description":{"type":"string"}}}`,
		},
		"a reference with a description": {
			bundle: `{"properties": {"id": {"allOf": [{"$ref": "#/a"}], "description": "d"}}}`,
			want:   `{"properties":{"id":{"$ref":"#/a"}}}`,
		},
		"two references": {
			bundle: `{"allOf": [{"$ref": "#/a"}, {"$ref": "#/b"}], "description": "d"}`,
			want:   `{"allOf":[{"$ref":"#/a"},{"$ref":"#/b"}]}`,
		},
		"a reference and more": {
			bundle: `{"allOf": [{"$ref": "#/a"}], "nullable": true}`,
			want:   `{"allOf":[{"$ref":"#/a"}],"nullable":true}`,
		},
		"a schema without a reference": {
			bundle: `{"allOf": [{"type": "string"}]}`,
			want:   `{"allOf":[{"type":"string"}]}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bundle.json")
			if err := os.WriteFile(path, []byte(test.bundle), 0o600); err != nil {
				t.Fatal(err)
			}

			var written strings.Builder
			if err := writeStripped(&written, path); err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Compact(&got, []byte(written.String())); err != nil || got.String() != test.want {
				t.Errorf("got %s, %v; want %s", got.String(), err, test.want)
			}
		})
	}
}
