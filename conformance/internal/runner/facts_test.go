package runner

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// unsure is a contract with facts of each kind that no page states, and of each
// kind that a page states.
const unsure = `openapi: 3.0.3
info: {title: Things, version: "1"}
tags: [{name: things}]
paths:
  /known:
    post:
      operationId: getKnown
      tags: [things]
      x-evidence: {documented: ["Get Known API (2024)"]}
      x-failures:
        - name: gone
          message: It is gone
          field: message
          status: failed
          code: gone
          response: Failure
          x-evidence: {inferred: ["a guess"]}
        - name: key
          message: Wrong key
          field: message
          status: failed
          code: key
          response: Failure
          x-evidence: {documented: ["Get Known API (2024)"]}
      responses:
        "200":
          description: ok
          x-evidence: {documented: ["Get Known API (2024)"]}
          content: {application/json: {schema: {$ref: '#/components/schemas/KnownOrFailure'}}}
        "404": {$ref: '#/components/responses/Missing'}
  /guessed:
    post:
      operationId: getGuessed
      tags: [things]
      x-evidence: {inferred: ["the page of another year"]}
      responses:
        "200":
          description: ok
          x-evidence: {observed: ["callers"]}
          content: {application/json: {schema: {$ref: '#/components/schemas/Guessed'}}}
components:
  responses:
    Missing:
      description: none
      x-evidence: {documented: ["Get Known API (2024)"]}
      content:
        application/json:
          schema: {$ref: '#/components/schemas/Failure'}
          x-evidence: {inferred: ["the body: no page prints one"]}
  schemas:
    KnownOrFailure:
      oneOf: [{$ref: '#/components/schemas/Known'}, {$ref: '#/components/schemas/Failure'}]
      x-evidence: {documented: ["Get Known API (2024)"]}
    Known:
      type: object
      required: [id]
      x-evidence: {documented: ["Get Known API (2024)"]}
      properties:
        id: {type: integer}
        colour: {type: string, x-evidence: {observed: ["callers"]}}
        size: {type: integer, x-evidence: {inferred: ["another page"]}}
        guess: {$ref: '#/components/schemas/Guessed'}
        made:
          allOf: [{$ref: '#/components/schemas/Day'}]
          x-evidence: {observed: ["callers"]}
    Day: {type: string, pattern: '^[0-9]{4}$', x-evidence: {documented: ["Get Known API (2024)"]}}
    Failure:
      type: object
      required: [message]
      x-evidence: {documented: ["Get Known API (2024)"]}
      properties: {message: {type: string}, status: {type: string}}
    Guessed:
      type: object
      x-evidence: {inferred: ["another page"]}
      properties: {name: {type: string}}
`

func unsureTally(t *testing.T) (*Tally, *conformance.Checker) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(unsure))
	if err != nil {
		t.Fatal(err)
	}
	checker, err := conformance.NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"openapi.yaml":     {Data: []byte(unsure)},
		"samples/x/x.json": {Data: []byte("{}")},
	}
	tally, err := NewTally(doc, checker, files)
	if err != nil {
		t.Fatal(err)
	}
	return tally, checker
}

// response is what a server sent.
type response struct {
	path   string
	status int
	body   string
}

func (r response) exchange() conformance.Exchange {
	header := http.Header{"Content-Type": {"application/json"}}
	return conformance.Exchange{
		Request:  conformance.Request{Method: http.MethodPost, URL: r.path, Header: http.Header{}},
		Response: conformance.Response{Status: r.status, Header: header, Body: []byte(r.body)},
	}
}

// What responses say of the facts that no page states.
func TestFacts(t *testing.T) {
	for name, test := range map[string]struct {
		responses    []response
		confirmed    []string
		contradicted []string
		why          string
	}{
		"nothing": {},
		"only what pages state": {
			responses: []response{{"/known", 200, `{"id": 1}`}},
		},
		"fields": {
			responses: []response{
				{"/known", 200, `{"id": 1, "colour": "red"}`},
				{"/known", 200, `{"id": 1, "size": 2}`},
			},
			confirmed: []string{"field Known.colour (observed)", "field Known.size (inferred)"},
		},
		"an operation, its body and its component": {
			responses: []response{{"/guessed", 200, `{"name": "x"}`}},
			confirmed: []string{
				"operation getGuessed (inferred)", "schema Guessed (inferred)",
				"the body under 200 of getGuessed (observed)",
			},
		},
		"a failure, and a body under a status": {
			responses: []response{{"/known", 404, `{"message": "It is gone", "status": "failed"}`}},
			confirmed: []string{"failure gone of getKnown (inferred)", "the body under 404 of getKnown (inferred)"},
		},
		"a field of another type": {
			responses:    []response{{"/known", 200, `{"id": 1, "size": "large"}`}},
			contradicted: []string{"field Known.size (inferred)"},
			why:          "schema-type: expected integer, got string(5)",
		},
		"a value that its own component rejects": {
			responses:    []response{{"/known", 200, `{"id": 1, "made": "yesterday"}`}},
			contradicted: []string{"field Known.made (observed)"},
			why:          "schema-pattern",
		},
		"confirmed once and contradicted once": {
			responses: []response{
				{"/known", 200, `{"id": 1, "size": 2}`},
				{"/known", 200, `{"id": 1, "size": "x"}`},
			},
			contradicted: []string{"field Known.size (inferred)"},
		},
		"a body under a status": {
			responses:    []response{{"/known", 404, `{"text": "x"}`}},
			contradicted: []string{"the body under 404 of getKnown (inferred)"},
		},
		"a response that is broken": {
			responses: []response{{"/guessed", 200, `{"name": "x", "name": "y"}`}},
			confirmed: []string{"schema Guessed (inferred)"},
		},
		"a documented fact that is broken": {
			responses: []response{{"/known", 200, `{"id": "x"}`}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tally, checker := unsureTally(t)
			for _, r := range test.responses {
				result := checker.Check(t.Context(), r.exchange())
				tally.Add(result, []byte(r.body))
			}

			facts := tally.Facts()
			if len(facts) != 8 {
				t.Errorf("%d facts, want each of the 8 once: %q", len(facts), facts)
			}
			got := map[report.Settled][]string{}
			for _, f := range facts {
				got[f.Outcome] = append(got[f.Outcome], f.String())
				if f.Outcome == report.Contradicted && !strings.Contains(f.Why, test.why) {
					t.Errorf("%s: why is %q, want %q", f, f.Why, test.why)
				}
				if strings.Contains(f.Why, "large") || strings.Contains(f.Why, "yesterday") {
					t.Errorf("%s: a value in %q", f, f.Why)
				}
			}
			for outcome, want := range map[report.Settled][]string{
				report.Confirmed:    test.confirmed,
				report.Contradicted: test.contradicted,
			} {
				slices.Sort(got[outcome])
				if !slices.Equal(got[outcome], want) {
					t.Errorf("%s: got %q, want %q", outcome, got[outcome], want)
				}
			}
		})
	}
}

// The coverage of a tally names what was seen, on each side.
func TestTallyCoverage(t *testing.T) {
	tally, checker := unsureTally(t)
	for _, r := range []response{
		{"/known", 200, `{"id": 1, "colour": "red"}`},
		{"/known", 200, `{"message": "It is gone"}`},
	} {
		tally.Add(checker.Check(t.Context(), r.exchange()), []byte(r.body))
	}

	var known, guessed report.OperationCoverage
	for _, op := range tally.Coverage() {
		switch op.ID {
		case "getKnown":
			known = op
		case "getGuessed":
			guessed = op
		}
	}
	unseen := []string{"Failure.status", "Guessed.name", "Known.guess", "Known.made", "Known.size"}
	if known.Exchanges != 2 {
		t.Errorf("%d exchanges, want 2", known.Exchanges)
	}
	for _, row := range []struct {
		what string
		got  []string
		want []string
	}{
		{"seen", known.Response.Seen, []string{"Failure.message", "Known.colour", "Known.id"}},
		{"unseen", known.Response.Unseen, unseen},
		{"failures", known.Failures.Seen, []string{"gone"}},
		{"failures that did not occur", known.Failures.Unseen, []string{"key"}},
	} {
		if !slices.Equal(row.got, row.want) {
			t.Errorf("%s: got %q, want %q", row.what, row.got, row.want)
		}
	}
	if guessed.ID == "" || guessed.Exchanges != 0 || len(guessed.Response.Seen) > 0 {
		t.Errorf("an operation that was not used: %+v", guessed)
	}
}
