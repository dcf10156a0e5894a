package conformance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestFaultNamesItsReason(t *testing.T) {
	page := &evidence{Documented, []string{"Page (2024)"}}
	caller := &evidence{Observed, []string{"a caller"}}
	for _, tc := range []struct {
		side  Side
		e     *evidence
		fault Fault
		why   string
	}{
		{SideRequest, &evidence{class: Inferred}, FaultClient, "a request must keep to the contract"},
		{SideResponse, nil, FaultServer, "names no evidence"},
		{SideResponse, page, FaultServer, "documented (Page (2024))"},
		{SideResponse, caller, FaultContract, "only observed this, no page states it (a caller)"},
		{SideResponse, &evidence{class: Inferred}, FaultContract, "only inferred"},
	} {
		fault, why := blame(tc.side, tc.e)
		if fault != tc.fault || !strings.Contains(why, tc.why) {
			t.Errorf("%s %+v: %s, %s", tc.side, tc.e, fault, why)
		}
	}
}

// A missing field is judged by the evidence for that field, not by that for
// the object that requires it.
func TestMissingFieldHasItsOwnEvidence(t *testing.T) {
	c := checkerOf(t, `
    Thing:
      type: object
      required: [printed, seen]
      x-evidence: {documented: [Things (2024)]}
      properties:
        printed: {type: string}
        seen: {type: string, x-evidence: {observed: [a caller]}}
`)
	for body, want := range map[string]struct {
		pointer string
		fault   Fault
	}{
		`{"printed":"x"}`: {"/seen", FaultContract},
		`{"seen":"x"}`:    {"/printed", FaultServer},
	} {
		f := onlyFinding(t, c.CheckComponent("Thing", []byte(body), SideResponse), CodeSchemaRequired)
		if f.Pointer != want.pointer || f.Fault != want.fault {
			t.Errorf("%s: %s, fault %s; want %s, fault %s", body, f.Pointer, f.Fault, want.pointer, want.fault)
		}
	}
}

// evidenceDoc has one operation whose facts have evidence of several kinds.
const evidenceDoc = `
openapi: 3.0.3
info: {title: Evidence, version: '1'}
paths:
  /thing:
    post:
      operationId: getThing
      x-evidence: {documented: [Thing API (2024)]}
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
      responses:
        '200':
          description: The thing.
          x-evidence: {documented: [Thing API (2024)]}
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
        '404':
          description: None.
          x-evidence: {documented: [Thing API (2024)], inferred: ['the body: no page prints one']}
          content:
            application/json:
              x-evidence: {inferred: ['no page prints a body']}
              schema: {$ref: '#/components/schemas/Failure'}
        default:
          description: Anything else.
          x-evidence: {inferred: ['servers fail in more ways than pages list']}
          content: {application/json: {schema: {$ref: '#/components/schemas/Failure'}}}
components:
  schemas:
    Thing:
      type: object
      x-evidence: {documented: [Thing API (2024)]}
      properties:
        id: {type: integer, x-mandatory: {Thing API (2024): 'Yes, String', Thing API (2021): '*'}}
        phone: {type: string, x-mandatory: {Thing API (2024): 'No, Number'}}
        owner:
          x-mandatory: {Thing API (2021): 'Varchar (optional)'}
          allOf: [{$ref: '#/components/schemas/Id'}]
        flag: {type: boolean, x-mandatory: {Thing API (2024): 'Yes, Boolean'}}
    Id: {oneOf: [{type: integer}, {type: number}]}
    Failure:
      type: object
      x-evidence: {documented: [every page]}
      required: [message]
      properties: {message: {type: string}}
`

// TestFaultFollowsTheBrokenFact: the evidence that decides is that of the fact
// that was broken, and not that of the component in which it is.
func TestFaultFollowsTheBrokenFact(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(evidenceDoc))
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}

	for name, tc := range map[string]struct {
		request  string
		status   int
		response string
		code     string
		fault    Fault
		why      string
	}{
		"documented body under its status": {
			status: 200, response: `{"flag":1}`,
			code: CodeSchemaType, fault: FaultServer, why: "documented (Thing API (2024))",
		},
		"documented component, inferred under this status": {
			status: 404, response: `{"reason":"none"}`,
			code:  CodeSchemaRequired,
			fault: FaultContract,
			why:   "only inferred this, no page states it (no page prints a body)",
		},
		"missing body, inferred under this status": {
			status: 404, response: ``,
			code: CodeBodyMissing, fault: FaultContract, why: "only inferred",
		},
		"a status without a page": {
			status: 429, response: `{"message":"slow down"}`,
			code: CodeStatusDefault, fault: FaultContract, why: "no page lists this status",
		},
		"a failure of the server without a page": {
			status: 503, response: `{"message":"down"}`,
			code: CodeStatusDefault, fault: FaultServer, why: "RFC 9110",
		},
		"a text where a table says String": {
			status: 200, response: `{"id":"941"}`,
			code: CodeSchemaType, fault: FaultContract, why: `the table of Thing API (2024), which says "Yes, String"`,
		},
		"another type than schema and table say": {
			status: 200, response: `{"id":true}`,
			code: CodeSchemaType, fault: FaultServer, why: "documented",
		},
		"a text where a table says Varchar, in a wrapped oneOf": {
			status: 200, response: `{"owner":"x"}`,
			code: CodeSchemaType, fault: FaultContract, why: "Varchar",
		},
		"a request with a number where a table says Number": {
			request: `{"phone":9000000001}`,
			code:    CodeSchemaType, fault: FaultContract, why: `"No, Number"`,
		},
		"a request with another type than schema and table say": {
			request: `{"phone":true}`,
			code:    CodeSchemaType, fault: FaultClient, why: "must keep to the contract",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ex := Exchange{Operation: "getThing"}
			if tc.request != "" {
				ex.Request = Request{Method: "POST", URL: "/thing", Body: []byte(tc.request)}
				ex.Request.Header = http.Header{"Content-Type": {jsonType}}
			} else {
				ex.Response = jsonResponse(tc.status, []byte(tc.response))
			}

			f := onlyFinding(t, c.Check(t.Context(), ex), tc.code)
			if f.Fault != tc.fault || !strings.Contains(f.Why, tc.why) {
				t.Errorf("fault %s, because %s; want %s, because %s", f.Fault, f.Why, tc.fault, tc.why)
			}
		})
	}
}

// A status that no page lists is the contract's to describe, unless it says
// itself that the server failed.
func TestUndocumentedStatus(t *testing.T) {
	for code, fault := range map[int]Fault{
		302: FaultContract,
		418: FaultContract,
		429: FaultContract,
		500: FaultServer,
		503: FaultServer,
	} {
		ex := person()
		ex.Response.Status = code
		f := onlyFinding(t, checker(t).Check(t.Context(), ex), CodeStatusUndocumented)
		if f.Fault != fault {
			t.Errorf("%d: fault %s, want %s", code, f.Fault, fault)
		}
		if code == 429 && !strings.Contains(f.Hint, "Retry-After") {
			t.Errorf("the hint %q does not name Retry-After", f.Hint)
		}
	}
}
