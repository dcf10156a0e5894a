package runner

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/kapture-community/kapture-go/spec"
)

// caseHead is a case about getCustomer without its steps: lines 1 to 7 of a file.
const caseHead = `resource: customers
cases:
  - name: a
    operation: getCustomer
    use: get
    generation: 2024
    steps:
`

// goodStep is a step without a mistake: lines 8 and 9.
const goodStep = `      - call: Customers.Get
        sample: customers/get-2024.request.json
`

// withKey adds a key to goodStep, on line 10.
func withKey(key string) string { return caseHead + goodStep + "        " + key + "\n" }

// withStep replaces goodStep.
func withStep(lines ...string) string {
	return caseHead + "      - " + strings.Join(lines, "\n        ") + "\n"
}

// withHead changes the head of the case.
func withHead(old, new string) string {
	return strings.Replace(caseHead, old, new, 1) + goodStep
}

// loadFile loads one case file, customers.yaml.
func loadFile(t *testing.T, file string) (*Set, error) {
	t.Helper()
	doc, checker := contractOf(t)
	return Load(fstest.MapFS{"customers.yaml": {Data: []byte(file)}}, doc, checker, spec.FS)
}

// mistakeTest is a case file with a mistake.
type mistakeTest struct {
	file string
	line string // where the mistake is
	says string // part of its message
}

func checkMistakes(t *testing.T, tests map[string]mistakeTest) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := loadFile(t, test.file)
			var mistake *Mistake
			if !errors.As(err, &mistake) {
				t.Fatalf("got %v, want a mistake", err)
			}
			got := err.Error()
			if place := "customers.yaml:" + test.line; !strings.Contains(got, place) ||
				!strings.Contains(got, test.says) {
				t.Errorf("got %q\nwant %s ... %s", got, place, test.says)
			}
		})
	}
}

// A mistake in a case file is reported with its place and with what was expected,
// before anything is sent.
func TestMistakesInFiles(t *testing.T) {
	checkMistakes(t, map[string]mistakeTest{
		"broken YAML": {
			file: "resource: customers\ncases: [\n",
		},
		"a tag without a value": {
			file: "resource: customers\ncases:\n !- ",
			line: "1:", says: "without tags",
		},
		"a tab": {
			file: "resource: customers\ncases:\n\t- name: a\n",
			line: "3:", says: "character",
		},
		"an unknown key": {
			file: "resource: customers\ncase: []\n",
			line: "2:", says: `unknown field "case"`,
		},
		"a duplicate key": {
			file: "resource: customers\nresource: customers\n",
			line: "2:", says: `already defined`,
		},
		"another resource": {
			file: "resource: tickets\ncases: []\n",
			line: "1:", says: "resource: customers",
		},
		"no cases": {
			file: "resource: customers\ncases: []\n",
			line: "1:", says: "has no cases",
		},
	})
}

func TestMistakesInCases(t *testing.T) {
	const readsAndWrites = `      - call: Customers.Add
        operation: addUpdateCustomer
        sample: customers/add-2024.request.json
        expect: {success: added}
`
	checkMistakes(t, map[string]mistakeTest{
		"an unknown key": {
			file: "resource: customers\ncases:\n  - name: a\n    opration: getCustomer\n",
			line: "4:", says: `unknown field "opration"`,
		},
		"a list instead of a text": {
			file: "resource: customers\ncases:\n  - name: [a]\n",
			line: "3:", says: "expected a text, got a list",
		},
		"an empty case": {
			file: "resource: customers\ncases:\n  -\n",
			says: "a case is empty",
		},
		"no name": {
			file: "resource: customers\ncases:\n  - operation: getCustomer\n    steps:\n" + goodStep,
			line: "3:", says: "has no name",
		},
		"an invalid name": {
			file: withHead("name: a", "name: A b"),
			line: "3:", says: "invalid case name",
		},
		"a duplicate name": {
			file: caseHead + goodStep + strings.SplitAfterN(caseHead, "\n", 3)[2] + goodStep,
			line: "10:", says: "first used at customers.yaml:3",
		},
		"no operation": {
			file: "resource: customers\ncases:\n  - name: a\n    steps:\n" + goodStep,
			line: "3:", says: "names no operation",
		},
		"an unknown operation": {
			file: withHead("getCustomer", "getCustomers"),
			line: "4:", says: `no operation "getCustomers"; it has addContact`,
		},
		"an unknown use": {
			file: withHead("use: get", "use: find"),
			line: "5:", says: "it has get (2024), get (2021), search (2016)",
		},
		"a use without its generation": {
			file: withHead("    generation: 2024\n", ""),
			line: "5:", says: "belong together",
		},
		"no steps": {
			file: strings.Replace(caseHead, "    steps:\n", "", 1),
			line: "3:", says: "has no steps",
		},
		"an unknown value of live": {
			file: withHead("    steps:", "    live: always\n    steps:"),
			line: "7:", says: "never, read, write",
		},
		"a case that reads and writes": {
			file: withHead("    steps:", "    live: read\n    steps:") + readsAndWrites,
			line: "11:", says: "addUpdateCustomer writes",
		},
		"a decision and live": {
			file: withHead("    steps:", "    live: read\n    decided: the mock says so\n    steps:"),
			line: "7:", says: "never runs against a live tenant",
		},
		"a decision without a sentence": {
			file: withHead("    steps:", "    decided: true\n    steps:"),
			line: "7:", says: "in a sentence",
		},
	})
}

func TestMistakesInSteps(t *testing.T) {
	checkMistakes(t, map[string]mistakeTest{
		"an unknown key": {
			file: withKey("sets: {}"),
			line: "10:", says: `unknown field "sets"`,
		},
		"neither call nor send": {
			file: withStep("sample: customers/get-2024.request.json"),
			line: "8:", says: "`call: METHOD`",
		},
		"call and send": {
			file: withKey("send: true"),
			line: "10:", says: "exclude each other",
		},
		"send: false": {
			file: withStep("send: false", "args: {}"),
			line: "8:", says: "only `true`",
		},
		"send without a body": {
			file: withStep("send: true"),
			line: "8:", says: "needs a body",
		},
		"two bodies": {
			file: withKey("args: {}"),
			line: "8:", says: "exclude each other",
		},
		"raw for a call": {
			file: withStep("call: Customers.Get", "raw: x"),
			line: "9:", says: "raw belongs to send",
		},
		"serve_then without serve": {
			file: withKey("serve_then: {}"),
			line: "10:", says: "needs serve",
		},
		"http without serve": {
			file: withKey("http: 200"),
			line: "10:", says: "write an expected status under expect",
		},
		"invalid without a reason": {
			file: withKey("invalid: ' '"),
			line: "10:", says: "must say what is wrong",
		},
		"an unknown method": {
			file: withStep("call: Customers.Find", "args: {}"),
			line: "8:", says: `no method "Customers.Find"`,
		},
		"a method of another operation": {
			file: withStep("call: Customers.Add", "args: {}"),
			line: "8:", says: "name the step's operation",
		},
		"an unknown sample": {
			file: withStep("call: Customers.Get", "sample: customers/get-2024.json"),
			line: "9:", says: `no sample "customers/get-2024.json"`,
		},
		"an unknown served sample": {
			file: withKey("serve: customers/x.json"),
			line: "10:", says: `no sample "customers/x.json"`,
		},
		"an unknown state of the key": {
			file: withKey("key: rotten"),
			line: "10:", says: "write one of good",
		},
		"an unknown placeholder": {
			file: withKey("set: {/0/phone: '${customer}'}"),
			line: "10:", says: "${customer} has no value here",
		},
		"a pointer without a slash": {
			file: withKey("set: {phone: '1'}"),
			line: "10:", says: "must begin with a slash",
		},
		"a number that only YAML has": {
			file: withKey("set: {/0/phone: 0x10}"),
			line: "10:", says: "not a JSON number",
		},
		"a name of the runner": {
			file: withKey("save: {today: /status}"),
			line: "10:", says: "save the value under another name",
		},
		"a mock_only step that saves": {
			file: withStep("call: Customers.Get", "mock_only: true", "args: {}", "save: {x: /status}"),
			line: "8:", says: "cannot save",
		},
		"an unknown failure in skip_on": {
			file: withKey("skip_on: lost"),
			line: "10:", says: `no failure "lost"`,
		},
	})
}

func TestMistakesInExpectations(t *testing.T) {
	checkMistakes(t, map[string]mistakeTest{
		"an unknown key": {
			file: withKey("expect: {faliure: not-found}"),
			line: "10:", says: `unknown field "faliure"`,
		},
		"an unknown key of a value": {
			file: withKey("expect: {fields: {/status: {equal: 1}}}"),
			line: "10:", says: `unknown field "equal"`,
		},
		"an exchange too many": {
			file: withKey("expect: {exchange: 2}"),
			line: "10:", says: "there is no exchange 2: the step makes 1",
		},
		"a negative length": {
			file: withKey("expect: {fields: {/status: {length: -1}}}"),
			line: "10:", says: "0 or more",
		},
		"a negative number of fields": {
			file: withKey("expect: {undeclared: -1}"),
			line: "10:", says: "0 or more",
		},
		"null instead of a value": {
			file: withKey("expect: {fields: {/status: null}}"),
			line: "8:", says: "for null {one_of: [null]}",
		},
		"null for equals": {
			file: withKey("expect: {result: {/status: {equals: null}}}"),
			line: "10:", says: "for null write one_of: [null]",
		},
		"an empty expectation": {
			file: withKey("expect: {fields: {/status: {}}}"),
			line: "10:", says: "the expectation is empty",
		},
		"an invalid expression": {
			file: withKey("expect: {fields: {/status: {matches: '['}}}"),
			line: "10:", says: "not a regular expression",
		},
		"an unknown failure": {
			file: withKey("expect: {failure: lost}"),
			line: "10:", says: "it has invalid-auth-key, invalid-auth-key-2021, not-found, invalid-auth-key-2016",
		},
		"an unknown success": {
			file: withKey("expect: {success: found}"),
			line: "10:", says: `no success "found"; it has none`,
		},
		"a failure and a success": {
			file: withKey("expect: {failure: not-found, success: found}"),
			line: "10:", says: "a failure and a success",
		},
		"an unknown response": {
			file: withKey("expect: {response: CustomerLost}"),
			line: "10:", says: `no response "CustomerLost"`,
		},
		"an unknown error of the client": {
			file: withKey("expect: {failure: not-found, error: lost}"),
			line: "10:", says: `no error "lost"`,
		},
		"an undocumented HTTP status": {
			file: withKey("expect: {failure: not-found, http: 418}"),
			line: "10:", says: "no HTTP status 418",
		},
		"another HTTP status than the page": {
			file: withKey("expect: {failure: invalid-auth-key-2021, http: 400}"),
			line: "10:", says: "documented with HTTP [401]",
		},
		"no expected response": {
			file: withHead("    use: get\n    generation: 2024\n", ""),
			line: "6:", says: "does not say which response it expects",
		},
	})
}

// A mistake that only a run shows is still the case's, not the client's.
func TestArgumentsThatDoNotFit(t *testing.T) {
	for args, want := range map[string]string{
		"[{kapture_customer_id: '1'}, {}]": "",
		"7":                                "cannot unmarshal number",
	} {
		set, err := loadFile(t, withStep("call: Customers.Get", "args: "+args))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(t.Context(), set, onMock(t))
		var mistake *Mistake
		if !errors.As(err, &mistake) {
			t.Errorf("%s: got %v, want a mistake", args, err)
			continue
		}
		const place = "customers.yaml:8: the argument does not fit Customers.Get: "
		if text := err.Error(); !strings.Contains(text, place) || !strings.Contains(text, want) {
			t.Errorf("%s: got %v, want %s...%s", args, err, place, want)
		}
	}
}

// A case with several states of the key is checked once for each of them.
func TestMistakeOfSeveralKeysIsReportedOnce(t *testing.T) {
	file := withHead("    steps:", "    keys: [absent, wrong]\n    steps:")
	_, err := loadFile(t, strings.Replace(file, "Customers.Get", "Customers.Find", 1))
	if err == nil || strings.Count(err.Error(), "Customers.Find") != 1 {
		t.Errorf("got %v", err)
	}
}

func TestGoodCaseHasNoMistake(t *testing.T) {
	if _, err := loadFile(t, caseHead+goodStep); err != nil {
		t.Error(err)
	}
	doc, checker := contractOf(t)
	if _, err := Load(fstest.MapFS{}, doc, checker, spec.FS); err == nil {
		t.Error("an empty directory loads")
	}
}
