package conformance

import (
	"testing"
)

// TestBestFittingBranch compares the choice with what a reader would say.
func TestBestFittingBranch(t *testing.T) {
	c := checker(t)
	for name, tc := range map[string]struct{ body, response, want string }{
		"a record lost its name": {
			body:     `{"person":{"id":1},"status":"success"}`,
			response: "PersonFound",
			want:     "schema-required response /person/name",
		},
		"a status lost": {
			body:     `{"person":` + goodPerson + `}`,
			response: "PersonFound",
			want:     "schema-required response /status",
		},
		"a failure without message": {
			body:     `{"status":"failed"}`,
			response: "Failure",
			want:     "schema-required response /message",
		},
		"a failure of number": {
			body:     `{"status":"failed","message":4}`,
			response: "Failure",
			want:     "schema-type response /message",
		},
		"an old list, one broken": {
			body:     `{"status":"success","message":[` + goodPerson + `,{"id":1}]}`,
			response: "OldPersonFound",
			want:     "schema-required response /message/1/name",
		},
		"an old list, no status": {
			body:     `{"message":[]}`,
			response: "OldPersonFound",
			want:     "schema-required response /status",
		},
		"person and message": {
			body:     `{"status":"success","person":` + goodPerson + `,"message":"x"}`,
			response: "PersonFound",
			want:     "schema-not response ",
		},
		"an array": {
			body:     `[]`,
			response: "PersonResponse",
			want:     "schema-type response ",
		},
		"null": {
			body:     `null`,
			response: "PersonResponse",
			want:     "schema-null response ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Response.Body = []byte(tc.body)
			r := c.Check(t.Context(), ex)
			if got := brief(r.Findings); got != tc.want || r.Response != tc.response {
				t.Errorf("%s: got\n%s\nwant\n%s", r.Response, got, tc.want)
			}
		})
	}
}

// TestChoiceLooksDeeper: where the surface is the same, fields decide, and
// then the branch that asks for more.
func TestChoiceLooksDeeper(t *testing.T) {
	c := checker(t)
	for body, want := range map[string]string{
		`{"record":{"b":1}}`:            "NestedC",
		`{"record":{"b":1,"name":"x"}}`: "NestedB",
		`{"record":{"a":1,"name":"x"}}`: "NestedA",
	} {
		r := c.CheckComponent("Nested", []byte(body), SideResponse)
		if r.Response != want {
			t.Errorf("%s is taken for %q, want %s", body, r.Response, want)
		}
	}
}

// TestChoiceWeighs: each misfit counts, and nothing else does.
func TestChoiceWeighs(t *testing.T) {
	c := checkerOf(t, `
    Thing: {oneOf: [{$ref: '#/components/schemas/Bare'}, {$ref: '#/components/schemas/Rich'}]}
    Bare: {type: object, required: [a], properties: {a: {}, b: {}}, not: {required: [b]}}
    Rich: {type: object, required: [a, b, c], properties: {a: {}, b: {}, c: {}}}
    Note: {oneOf: [{$ref: '#/components/schemas/Text'}, {$ref: '#/components/schemas/Anything'}]}
    Text: {type: object, properties: {a: {type: string}}}
    Anything: {type: object, required: [b], properties: {a: {}, b: {}}}
    List: {oneOf: [{$ref: '#/components/schemas/ListOfA'}, {$ref: '#/components/schemas/ListOfB'}]}
    ListOfA: {type: object, properties: {list: {type: array, items: {type: object, required: [a]}}}}
    ListOfB: {type: object, properties: {list: {type: array, items: {type: object, required: [b]}}}}
    Maybe: {oneOf: [{$ref: '#/components/schemas/TextOrNull'}, {$ref: '#/components/schemas/WithC'}]}
    TextOrNull: {type: object, properties: {a: {type: string, nullable: true}, b: {type: object}}}
    WithC: {type: object, properties: {a: {}, b: {type: object, required: [c]}}}
    Push: {oneOf: [{$ref: '#/components/schemas/Add'}, {$ref: '#/components/schemas/Update'}]}
    Add: {type: object, required: [name], properties: {name: {}}, not: {required: [id]}}
    Update: {type: object, required: [id], properties: {id: {}, name: {}, a: {}, b: {}, c: {}}}
    Sold: {oneOf: [{$ref: '#/components/schemas/WithSecret'}, {$ref: '#/components/schemas/WithPrice'}]}
    WithSecret:
      {type: object, required: [secret, pin], properties: {secret: {writeOnly: true}, pin: {writeOnly: true}}}
    WithPrice: {type: object, required: [price], properties: {name: {}, price: {}}}
`)
	for name, test := range map[string]struct{ component, body, want string }{
		"what a branch forbids is there":  {"Thing", `{"a":1,"b":1}`, "Rich"},
		"what it forbids is not there":    {"Thing", `{"a":1}`, "Bare"},
		"null fits no branch better":      {"Note", `{"a":null}`, "Text"},
		"items decide, below the surface": {"List", `{"list":[{"b":1}]}`, "ListOfB"},
		"a null that is allowed fits":     {"Maybe", `{"a":null,"b":{}}`, "TextOrNull"},
		"what it does not declare fits":   {"Push", `{"name":1,"a":1,"b":1,"c":1}`, "Add"},
		"what the other side has":         {"Sold", `{"name":1}`, "WithSecret"},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.CheckComponent(test.component, []byte(test.body), SideResponse)
			if r.Response != test.want {
				t.Errorf("%s is taken for %q, want %s", test.body, r.Response, test.want)
			}
			if test.component == "Push" && !r.OK() {
				t.Errorf("%s fits, and yet:\n%s", test.body, brief(r.Findings))
			}
		})
	}
}

func TestAmbiguousContract(t *testing.T) {
	const ambiguous = "contract-ambiguous response "
	for body, want := range map[string]string{
		`{"a":"x"}`:         ambiguous,
		`{"a":"x","b":"y"}`: ambiguous,
		`{"a":"x","b":1}`:   "", // fits only Looser
	} {
		for _, expected := range []string{"", "Looser"} {
			ex := Exchange{Operation: "getThing", Response: jsonResponse(200, []byte(body))}
			ex.Expect.Response = expected
			r := checker(t).Check(t.Context(), ex)
			if got := brief(r.Findings); got != want {
				t.Errorf("%s: got %s", body, got)
			}

			for _, f := range r.Findings {
				if f.Fault != FaultContract || f.Actual != "Loose and Looser" {
					t.Errorf("the contract is not blamed for both names: %+v", f)
				}
				expectLine(t, f.Location, "oneOf:")
			}
		}
	}
}
