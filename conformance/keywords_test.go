package conformance

import (
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// keywordCase is a schema with values that it accepts and rejects.
type keywordCase struct {
	schema  string // in YAML's flow style
	valid   []string
	invalid []string
}

// referencedSchemas are the schemas that those of TestKeywords refer to.
const referencedSchemas = `
    Pet: {type: object, required: [name], properties: {name: {type: string}, child: {$ref: '#/components/schemas/Pet'}}}
    Text: {type: string}
    Whole: {type: integer}
`

// TestKeywords has cases for each keyword, as the test suite of JSON Schema has
// them, as far as OpenAPI 3.0 has the keyword. Both ways to a verdict are
// tested: that of findings, and that of choosing among branches.
func TestKeywords(t *testing.T) {
	for name, cases := range map[string][]keywordCase{
		"type":                 typeCases,
		"enum":                 enumCases,
		"numbers":              numberCases,
		"texts":                textCases,
		"arrays":               arrayCases,
		"objects":              objectCases,
		"additionalProperties": additionalCases,
		"allOf":                allOfCases,
		"anyOf":                anyOfCases,
		"oneOf":                oneOfCases,
		"not":                  notCases,
		"nullable":             nullableCases,
		"references":           referenceCases,
		"annotations":          annotationCases,
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range cases {
				check := checkerOf(t, referencedSchemas+"    Tested: "+c.schema+"\n")
				for _, value := range c.valid {
					expectVerdict(t, check, c.schema, value, true)
				}
				for _, value := range c.invalid {
					expectVerdict(t, check, c.schema, value, false)
				}
			}
		})
	}
}

func expectVerdict(t *testing.T, check *Checker, schema, text string, want bool) {
	t.Helper()
	r := check.CheckComponent("Tested", []byte(text), SideResponse)
	if r.OK() != want {
		t.Errorf("%s accepts %s: %v, want %v\n%s", schema, text, r.OK(), want, brief(r.Findings))
	}
	value, err := jsonvalue.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := (situation{side: SideResponse}).fits(check.components["Tested"], value); got != want {
		t.Errorf("%s is fitted by %s: %v, want %v", schema, text, got, want)
	}
}

var typeCases = []keywordCase{
	{"{}", []string{"1", `"x"`, "[]", "{}", "true", "null"}, nil},
	{
		schema:  "{type: integer}",
		valid:   []string{"1", "-0", "1.0", "1e2", "10e-1", "1" + strings.Repeat("0", 30)},
		invalid: []string{"1.1", `"1"`, "1e-1", "{}", "[]", "true", "null"},
	},
	{"{type: number}", []string{"1", "1.1", "-1e-3"}, []string{`"1.1"`, "{}", "[]", "false", "null", "1e400"}},
	{"{type: string}", []string{`""`, `"1"`}, []string{"1", "{}", "[]", "true", "null"}},
	{"{type: object}", []string{"{}", `{"a":null}`}, []string{"1", `"x"`, "[]", "true", "null"}},
	{"{type: array, items: {}}", []string{"[]", "[null]"}, []string{"1", `"x"`, "{}", "true", "null"}},
	{"{type: boolean}", []string{"true", "false"}, []string{"0", "1", `""`, `"true"`, "[]", "{}", "null"}},
}

var enumCases = []keywordCase{
	{"{enum: [1, 2, 3]}", []string{"1", "1.0", "10e-1"}, []string{"4", `"1"`, "true", "[1]"}},
	{
		schema:  "{enum: [6, foo, [], true, {foo: 12}]}",
		valid:   []string{"6", `"foo"`, "[]", "true", `{"foo":12}`, `{"foo":12.0}`},
		invalid: []string{"null", `"FOO"`, `{"foo":false}`, `{"foo":12,"boo":42}`, "[[]]", "1", "{}"},
	},
	{"{enum: [false]}", []string{"false"}, []string{"0", "0.0", `"false"`, "[false]"}},
	{"{enum: [0]}", []string{"0", "-0", "0.0", "0e5"}, []string{"false", "[]", `""`}},
	{"{enum: [[1, [2]]]}", []string{"[1,[2]]", "[1.0,[2.00]]"}, []string{"[[2],1]", "[1,2]", "[true,[2]]"}},
	{`{enum: ["a\u0000b"]}`, []string{`"a\u0000b"`}, []string{`"ab"`, `"a"`}},
	{"{enum: [9007199254740992]}", []string{"9007199254740992"}, []string{"9007199254740993"}},
	{"{type: string, enum: ['1']}", []string{`"1"`}, []string{"1"}},
	{"{enum: [{a: 1, b: 2}]}", []string{`{"b":2,"a":1}`}, []string{`{"a":1}`}},
}

var numberCases = []keywordCase{
	{"{minimum: 1.1}", []string{"2.6", "1.1", "1.10", `"x"`, "{}"}, []string{"0.6", "1.0999999999999999999"}},
	{"{minimum: -2}", []string{"-1", "0", "-2", "-2.0"}, []string{"-2.0001", "-3", "-1e500"}},
	{
		schema:  "{minimum: 1.1, exclusiveMinimum: true}",
		valid:   []string{"1.2", "1.10000000000000000001"},
		invalid: []string{"1.1", "0.6", "11e-1"},
	},
	{"{minimum: 0, exclusiveMinimum: false}", []string{"0"}, []string{"-1e-300"}},
	{
		schema:  "{maximum: 3.0}",
		valid:   []string{"2.6", "3", "3.0", `"x"`, "null"},
		invalid: []string{"3.5", "3.0000000000000000001", "1e500"},
	},
	{"{maximum: 3, exclusiveMaximum: true}", []string{"2.9999999999999999999"}, []string{"3", "3.0", "30e-1"}},
	{"{maximum: 9007199254740992}", []string{"9007199254740992"}, []string{"9007199254740993"}},
	{"{exclusiveMinimum: true}", []string{"-5"}, nil}, // only changes minimum
	{"{multipleOf: 2}", []string{"10", "0", "-4", "4.0", "1e1", `"x"`}, []string{"7", "1", "0.5"}},
	{"{multipleOf: 1.5}", []string{"0", "4.5", "-1.5"}, []string{"35"}},
	{"{multipleOf: 0.01}", []string{"0", "4.02", "0.07", "1.15", "19.99"}, []string{"4.025", "0.001"}},
	{"{multipleOf: 0.0001}", []string{"0.0075"}, []string{"0.00751"}},
	{"{type: integer, multipleOf: 0.123456789}", nil, []string{"1e30", "1"}},
	{"{multipleOf: 1e-8}", []string{"12391239123"}, []string{"1e-9"}},
}

var textCases = []keywordCase{
	{
		schema:  "{minLength: 2}",
		valid:   []string{`"foo"`, `"fo"`, "1", `"\u00e9\u00e9"`, "null"},
		invalid: []string{`"f"`, `"💩"`, `"\ud83d\udca9"`, `""`},
	},
	{"{maxLength: 2}", []string{`"f"`, `"💩💩"`, "100", "[1,2,3]"}, []string{`"foo"`, `"💩💩💩"`}},
	{"{maxLength: 0}", []string{`""`}, []string{`"f"`}},
	{"{pattern: '^a*$'}", []string{`"aaa"`, `""`, "1", "{}", "null"}, []string{`"abc"`, `"aaa\n"`}},
	{"{pattern: 'a+'}", []string{`"xxaayy"`}, []string{`""`, `"b"`}},
	{"{format: ipv4}", []string{"12", "{}", `"not an address"`}, nil}, // without a type it is a note
	{"{type: string, format: ipv4}", []string{`"192.0.2.1"`}, []string{`"192.0.2"`}},
	{"{type: string, format: anything}", []string{`"x"`}, nil},
	{"{type: string, format: password}", []string{`"x"`}, nil},
	{"{type: string, format: binary}", []string{`"x"`}, nil},
}

var arrayCases = []keywordCase{
	{"{type: array, items: {type: integer}}", []string{"[]", "[1,2,3]"}, []string{`[1,"x"]`, "[null]", "[[1]]"}},
	{"{items: {type: integer}}", []string{`{"0":"x"}`, `"x"`}, []string{`["x"]`}},
	{
		schema:  "{type: array, items: {type: array, items: {type: integer}}}",
		valid:   []string{"[[1],[]]"},
		invalid: []string{`[[1],["x"]]`, "[1]"},
	},
	{"{type: array, items: {}, minItems: 1}", []string{"[1]", "[1,2]"}, []string{"[]"}},
	{"{minItems: 1}", []string{`""`, "{}", "null"}, []string{"[]"}},
	{"{maxItems: 2}", []string{"[1]", "[1,2]", `"foobar"`}, []string{"[1,2,3]"}},
	{
		schema: "{uniqueItems: true}",
		valid: []string{
			"[1,2]", "[1,true]", "[0,false]", `[{"a":1},{"a":2}]`, `["1",1]`, "[[1],[true]]", "[[],{}]",
			`[{"a":false},{"a":0}]`, "[null,0]", `["a,b","a","b"]`, `[["a","b"],["a,b"]]`,
			"[9007199254740992,9007199254740993]",
		},
		invalid: []string{
			"[1,1]", "[1.0,1.00,1]", `["a","b","a"]`, `[{"a":1,"b":2},{"b":2,"a":1}]`, "[[1],[1.0]]",
			"[null,null]", "[[],[]]", `[{"a":{"b":[true]}},{"a":{"b":[true]}}]`, `["\u0061","a"]`,
		},
	},
	{"{uniqueItems: false}", []string{"[1,1]"}, nil},
}

var objectCases = []keywordCase{
	{
		schema:  "{properties: {foo: {type: integer}, bar: {type: string}}}",
		valid:   []string{`{"foo":1,"bar":"x"}`, "{}", `{"quux":[]}`, "[]", "12"},
		invalid: []string{`{"foo":1,"bar":{}}`, `{"foo":[],"bar":{}}`, `{"foo":null}`},
	},
	{
		schema:  `{properties: {"foo\nbar": {type: number}, "foo\"bar": {type: number}, "a/b~c": {type: number}}}`,
		valid:   []string{`{"foo\nbar":1,"foo\"bar":1,"a/b~c":1}`},
		invalid: []string{`{"foo\nbar":"1"}`, `{"foo\"bar":"1"}`, `{"a/b~c":"1"}`},
	},
	{
		schema: "{properties: {__proto__: {type: number}, constructor: {type: number}, " +
			"toString: {properties: {length: {type: string}}}}}",
		valid:   []string{"{}", "[]", `{"__proto__":12,"toString":{"length":"foo"},"constructor":37}`},
		invalid: []string{`{"__proto__":"foo"}`, `{"toString":{"length":37}}`, `{"constructor":{"length":37}}`},
	},
	{"{required: [foo]}", []string{`{"foo":1}`, `{"foo":null}`, "[]", "12"}, []string{"{}", `{"Foo":1}`}},
	{
		schema:  "{required: [__proto__, toString]}",
		valid:   []string{`{"__proto__":1,"toString":1}`},
		invalid: []string{"{}", `{"__proto__":"x"}`},
	},
	{`{required: ["foo\nbar", ""]}`, []string{`{"foo\nbar":1,"":1}`}, []string{`{"foo\nbar":1}`}},
	{"{minProperties: 1}", []string{`{"foo":1}`, "[]", `""`, "12"}, []string{"{}"}},
	{"{maxProperties: 2}", []string{`{"foo":1,"bar":2}`, "[1,2,3]"}, []string{`{"foo":1,"bar":2,"baz":3}`}},
	{"{maxProperties: 0}", []string{"{}"}, []string{`{"foo":1}`}},
}

var additionalCases = []keywordCase{
	{
		schema:  "{properties: {foo: {}, bar: {}}, additionalProperties: false}",
		valid:   []string{`{"foo":1}`, "[1,2]", `"x"`},
		invalid: []string{`{"foo":1,"quux":2}`},
	},
	{
		schema:  "{properties: {foo: {}}, additionalProperties: {type: boolean}}",
		valid:   []string{`{"foo":1}`, `{"foo":1,"quux":true}`},
		invalid: []string{`{"foo":1,"quux":12}`},
	},
	{
		schema:  "{additionalProperties: {type: boolean}}",
		valid:   []string{`{"foo":true}`, "{}"},
		invalid: []string{`{"foo":1}`, `{"foo":null}`},
	},
	{"{properties: {foo: {}}}", []string{`{"foo":1,"quux":true}`}, nil},
	{"{properties: {foo: {}}, additionalProperties: true}", []string{`{"quux":true}`}, nil},
	{"{properties: {foo: {}}, additionalProperties: {}}", []string{`{"quux":true}`}, nil},
	// It does not look into other parts of an allOf.
	{
		schema:  "{allOf: [{properties: {foo: {}}}], additionalProperties: {type: boolean}}",
		valid:   []string{`{"foo":true}`},
		invalid: []string{`{"foo":1}`},
	},
	{"{allOf: [{properties: {foo: {}}}], additionalProperties: false}", []string{"{}"}, []string{`{"foo":1}`}},
	{"{additionalProperties: {not: {type: string}}}", []string{`{"a":1}`}, []string{`{"a":"x"}`}},
}

// twoObjects are two schemas for the same object.
const twoObjects = `{properties: {bar: {type: integer}}, required: [bar]}, ` +
	`{properties: {foo: {type: string}}, required: [foo]}`

var allOfCases = []keywordCase{
	{
		schema:  "{allOf: [" + twoObjects + "]}",
		valid:   []string{`{"foo":"baz","bar":2}`},
		invalid: []string{`{"foo":"baz"}`, `{"bar":2}`, `{"foo":"baz","bar":"quux"}`},
	},
	{
		schema:  "{properties: {bar: {type: integer}}, required: [bar], allOf: [{required: [foo]}, {required: [baz]}]}",
		valid:   []string{`{"foo":1,"bar":2,"baz":3}`},
		invalid: []string{`{"foo":1,"baz":3}`, `{"bar":2,"baz":3}`, `{"bar":2}`},
	},
	{"{allOf: [{maximum: 30}, {minimum: 20}]}", []string{"25", `"x"`}, []string{"35", "15"}},
	{"{allOf: [{}]}", []string{"1", "null"}, nil},
	{"{allOf: [{}, {type: number}]}", []string{"1"}, []string{`"foo"`}},
	{
		schema:  "{allOf: [{multipleOf: 2}], anyOf: [{multipleOf: 3}], oneOf: [{multipleOf: 5}]}",
		valid:   []string{"30"},
		invalid: []string{"2", "3", "5", "6", "10", "15", "1"},
	},
	{"{allOf: [{allOf: [{type: integer}]}]}", []string{"1"}, []string{`"x"`}},
}

var anyOfCases = []keywordCase{
	{"{anyOf: [{type: integer}, {minimum: 2}]}", []string{"1", "2.5", "3"}, []string{"1.5"}},
	{
		schema:  "{type: string, anyOf: [{maxLength: 2}, {minLength: 4}]}",
		valid:   []string{`"a"`, `"foobar"`},
		invalid: []string{"3", `"abc"`},
	},
	{
		schema:  "{anyOf: [" + twoObjects + "]}",
		valid:   []string{`{"bar":2}`, `{"foo":"baz"}`, `{"foo":"baz","bar":2}`, `{"foo":2,"bar":2}`},
		invalid: []string{`{"foo":2,"bar":"quux"}`},
	},
	{"{anyOf: [{type: number}, {}]}", []string{`"foo"`, "123"}, nil},
	{"{anyOf: [{enum: [1]}, {enum: [2]}]}", []string{"1", "2.0"}, []string{"3"}},
}

var oneOfCases = []keywordCase{
	{"{oneOf: [{type: integer}, {minimum: 2}]}", []string{"1", "2.5"}, []string{"3", "1.5"}},
	{
		schema:  "{type: string, oneOf: [{minLength: 2}, {maxLength: 4}]}",
		valid:   []string{`"foobar"`, `"a"`},
		invalid: []string{"3", `"foo"`},
	},
	{
		schema:  "{oneOf: [" + twoObjects + "]}",
		valid:   []string{`{"bar":2}`, `{"foo":"baz"}`, `{"foo":2,"bar":2}`},
		invalid: []string{`{"foo":"baz","bar":2}`, `{"foo":2,"bar":"quux"}`, "{}"},
	},
	{
		schema:  "{type: object, oneOf: [{required: [foo, bar]}, {required: [foo, baz]}]}",
		valid:   []string{`{"foo":1,"bar":2}`, `{"foo":1,"baz":3}`},
		invalid: []string{`{"bar":2}`, `{"foo":1,"bar":2,"baz":3}`},
	},
	{"{oneOf: [{type: number}, {}]}", []string{`"foo"`, "null"}, []string{"123"}},
	{"{oneOf: [{oneOf: [{type: string}]}, {type: integer}]}", []string{`"x"`, "1"}, []string{"1.5", "[]"}},
	{"{oneOf: [{maximum: 9007199254740992}, {minimum: 9007199254740993}]}", []string{"9007199254740991"}, nil},
	{
		schema:  "{oneOf: [{enum: [9007199254740992]}, {type: integer, minimum: 9007199254740994}]}",
		valid:   []string{"9007199254740992", "9007199254740994"},
		invalid: []string{"9007199254740993"},
	},
	{
		schema:  "{oneOf: [{type: string, pattern: '^a'}, {type: string, pattern: 'b$'}]}",
		valid:   []string{`"ax"`, `"xb"`},
		invalid: []string{`"ab"`, `"x"`},
	},
	{
		schema:  "{oneOf: [{type: array, items: {type: string}}, {type: array, items: {type: integer}}]}",
		valid:   []string{`["a"]`, "[1]"},
		invalid: []string{"[]", `["a",1]`},
	},
}

var notCases = []keywordCase{
	{"{not: {type: integer}}", []string{`"foo"`, "1.1", "null"}, []string{"1", "1.0"}},
	{
		schema:  "{not: {type: object, properties: {foo: {type: string}}}}",
		valid:   []string{"1", `{"foo":1}`},
		invalid: []string{`{"foo":"bar"}`, "{}"},
	},
	{"{properties: {foo: {not: {}}}}", []string{`{"bar":1}`}, []string{`{"foo":1}`, `{"foo":null}`}},
	{"{not: {not: {}}}", []string{`"foo"`, "null"}, nil},
	{"{not: {required: [a]}}", []string{"{}", `{"b":1}`}, []string{`{"a":1}`, `"x"`}},
	{"{not: {enum: [9007199254740992]}}", []string{"9007199254740993"}, []string{"9007199254740992"}},
}

var nullableCases = []keywordCase{
	{"{type: string, nullable: true}", []string{"null", `"x"`}, []string{"1"}},
	{"{type: string, nullable: false}", nil, []string{"null"}},
	{"{type: string, nullable: true, minLength: 1}", []string{"null"}, []string{`""`}},
	{"{nullable: true, allOf: [{$ref: '#/components/schemas/Text'}]}", []string{"null", `"x"`}, []string{"1"}},
	{"{allOf: [{$ref: '#/components/schemas/Text'}]}", nil, []string{"null"}},
	{"{anyOf: [{type: string, nullable: true}, {type: integer}]}", []string{"null"}, nil},
	{"{oneOf: [{type: string, nullable: true}, {type: integer}]}", []string{"null"}, nil},
	{"{oneOf: [{type: string, nullable: true}, {type: integer, nullable: true}]}", nil, []string{"null"}},
	{"{oneOf: [{type: string}, {}]}", []string{"null"}, []string{`"x"`}},
	{"{enum: [a, null]}", []string{"null"}, []string{"0"}},
	{"{enum: [a]}", nil, []string{"null"}},
	{
		schema:  "{type: object, properties: {a: {}, b: {description: any}, c: {type: string}}}",
		valid:   []string{`{"a":null,"b":null}`},
		invalid: []string{`{"c":null}`},
	},
	{"{type: array, items: {}}", []string{"[null]"}, nil},
	{"{additionalProperties: {type: string, nullable: true}}", []string{`{"a":null}`}, []string{`{"a":1}`}},
}

var referenceCases = []keywordCase{
	{
		schema:  "{$ref: '#/components/schemas/Pet'}",
		valid:   []string{`{"name":"x","child":{"name":"y"}}`},
		invalid: []string{`{"name":"x","child":{}}`, "{}"},
	},
	{"{properties: {$ref: {type: string}}}", []string{`{"$ref":"a"}`}, []string{`{"$ref":2}`}},
	{"{type: array, items: {$ref: '#/components/schemas/Whole'}}", []string{"[1]"}, []string{`["x"]`}},
	{
		schema:  "{oneOf: [{$ref: '#/components/schemas/Text'}, {$ref: '#/components/schemas/Whole'}]}",
		valid:   []string{`"x"`, "1"},
		invalid: []string{"null", "1.5"},
	},
}

// annotationCases have keywords that say nothing about a value.
var annotationCases = []keywordCase{
	{
		schema: "{type: string, default: a, title: x, description: y, deprecated: true, example: b, " +
			"xml: {name: z}, x-note: 3}",
		valid:   []string{`"x"`},
		invalid: []string{"1"},
	},
	{
		schema:  "{type: object, required: [a], properties: {a: {type: integer, default: 5}}}",
		valid:   []string{`{"a":1}`},
		invalid: []string{"{}"},
	},
}

// TestOneSidedFields: what is marked readOnly must not be in a request, and is
// not required there, whichever part of the schema says so. The same holds for
// writeOnly and responses.
func TestOneSidedFields(t *testing.T) {
	check := checkerOf(t, `
    Own:
      type: object
      required: [id, pin]
      properties: {id: {type: integer, readOnly: true}, pin: {type: string, writeOnly: true}}
    Parts: {allOf: [{required: [id, pin]}, {properties: {id: {readOnly: true}, pin: {writeOnly: true}}}]}
    Around: {properties: {id: {readOnly: true}, pin: {writeOnly: true}}, allOf: [{required: [id, pin]}]}
    Choice: {oneOf: [{$ref: '#/components/schemas/Own'}, {type: object, required: [other]}]}
`)
	for _, c := range []struct {
		body string
		side Side
		want bool
	}{
		{`{"pin":"x"}`, SideRequest, true},
		{`{"id":1}`, SideResponse, true},
		{`{"id":1,"pin":"x"}`, SideRequest, false},
		{`{"id":1,"pin":"x"}`, SideResponse, false},
		{`{}`, SideRequest, false},
		{`{}`, SideResponse, false},
	} {
		for _, component := range []string{"Own", "Parts", "Around", "Choice"} {
			r := check.CheckComponent(component, []byte(c.body), c.side)
			if r.OK() != c.want {
				t.Errorf("%s accepts %s in a %s: %v, want %v\n%s",
					component, c.body, c.side, r.OK(), c.want, brief(r.Findings))
			}
			value, err := jsonvalue.Decode([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if got := (situation{side: c.side}).fits(check.components[component], value); got != c.want {
				t.Errorf("%s is fitted by %s in a %s: %v, want %v", component, c.body, c.side, got, c.want)
			}
		}
	}
}
