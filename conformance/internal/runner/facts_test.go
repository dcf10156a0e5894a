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

// A contract with a fact of each kind that no page states, and one of each that a
// page does.
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
        - {name: gone, message: It is gone, field: message, status: failed, code: gone, response: Failure, x-evidence: {inferred: ["a guess"]}}
        - {name: key, message: Wrong key, field: message, status: failed, code: key, response: Failure, x-evidence: {documented: ["Get Known API (2024)"]}}
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
	tally, err := NewTally(doc, checker, fstest.MapFS{"openapi.yaml": {Data: []byte(unsure)}, "samples/x/x.json": {Data: []byte("{}")}})
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
			responses: []response{{"/known", 200, `{"id": 1, "colour": "red"}`}, {"/known", 200, `{"id": 1, "size": 2}`}},
			confirmed: []string{"field Known.colour (observed)", "field Known.size (inferred)"},
		},
		"an operation, its body and its component": {
			responses: []response{{"/guessed", 200, `{"name": "x"}`}},
			confirmed: []string{
				"operation getGuessed (inferred)", "schema Guessed (inferred)", "the body under 200 of getGuessed (observed)",
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
			responses:    []response{{"/known", 200, `{"id": 1, "size": 2}`}, {"/known", 200, `{"id": 1, "size": "x"}`}},
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

			got := map[report.Settled][]string{}
			for _, f := range tally.Facts() {
				got[f.Outcome] = append(got[f.Outcome], f.String())
				if f.Outcome == report.Contradicted && !strings.Contains(f.Why, test.why) {
					t.Errorf("%s: why is %q, want %q", f, f.Why, test.why)
				}
				if strings.Contains(f.Why, "large") || strings.Contains(f.Why, "yesterday") {
					t.Errorf("%s: a value in %q", f, f.Why)
				}
			}
			for outcome, want := range map[report.Settled][]string{
				report.Confirmed: test.confirmed, report.Contradicted: test.contradicted,
			} {
				slices.Sort(got[outcome])
				if !slices.Equal(got[outcome], want) {
					t.Errorf("%s: got %q, want %q", outcome, got[outcome], want)
				}
			}
			if all := len(got[report.Confirmed]) + len(got[report.Contradicted]) + len(got[report.NotShown]); all != 8 {
				t.Errorf("%d facts, want each of the 8 once: %q", all, got)
			}
		})
	}
}

// The coverage of a tally names what was seen, on each side.
func TestTallyCoverage(t *testing.T) {
	tally, checker := unsureTally(t)
	for _, r := range []response{{"/known", 200, `{"id": 1, "colour": "red"}`}, {"/known", 200, `{"message": "It is gone"}`}} {
		tally.Add(checker.Check(t.Context(), r.exchange()), []byte(r.body))
	}
	all := tally.Coverage()
	i := slices.IndexFunc(all, func(o report.OperationCoverage) bool { return o.ID == "getKnown" })
	known := all[i]
	if known.Exchanges != 2 ||
		!slices.Equal(known.Response.Seen, []string{"Failure.message", "Known.colour", "Known.id"}) ||
		!slices.Equal(known.Response.Unseen, []string{"Failure.status", "Guessed.name", "Known.guess", "Known.made", "Known.size"}) ||
		!slices.Equal(known.Failures.Seen, []string{"gone"}) || !slices.Equal(known.Failures.Unseen, []string{"key"}) {
		t.Errorf("got %+v", known)
	}
	if other := all[1-i]; other.Exchanges != 0 || len(other.Response.Seen) > 0 {
		t.Errorf("an operation that was not used: %+v", other)
	}
}
