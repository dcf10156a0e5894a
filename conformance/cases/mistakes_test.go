package cases

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/kapture-community/kapture-go/spec"
)

// A mistake in a case file must be told with its place, with what was
// expected, and before anything is sent.
func TestMistakesNameTheirPlace(t *testing.T) {
	doc, checker := contractOf(t)
	const head = "resource: customers\ncases:\n  - name: a\n    operation: getCustomer\n    use: get\n    generation: 2024\n    steps:\n" // 7 lines
	const good = "      - call: Customers.Get\n        sample: customers/get-2024.request.json\n"
	for name, test := range map[string]struct {
		file string
		line string
		want string
	}{
		"broken YAML":              {"resource: customers\ncases: [\n", "customers.yaml:", ""},
		"tag without a value":      {"resource: customers\ncases:\n !- ", "customers.yaml:1:", "without tags"},
		"tab":                      {"resource: customers\ncases:\n\t- name: a\n", "customers.yaml:3:", "character"},
		"unknown key in a file":    {"resource: customers\ncase: []\n", "customers.yaml:2:", `unknown field "case"`},
		"unknown key in a case":    {"resource: customers\ncases:\n  - name: a\n    opration: getCustomer\n", "customers.yaml:4:", `unknown field "opration"`},
		"unknown key in a step":    {head + good + "        sets: {}\n", "customers.yaml:10:", `unknown field "sets"`},
		"unknown key in expect":    {head + good + "        expect: {faliure: not-found}\n", "customers.yaml:10:", `unknown field "faliure"`},
		"unknown key in a match":   {head + good + "        expect: {members: {/status: {equal: 1}}}\n", "customers.yaml:10:", `unknown field "equal"`},
		"duplicate key":            {"resource: customers\nresource: customers\n", "customers.yaml:2:", `already defined`},
		"list for a text":          {"resource: customers\ncases:\n  - name: [a]\n", "customers.yaml:3:", "a text is due"},
		"other resource":           {"resource: tickets\ncases: []\n", "customers.yaml:1:", "resource: customers"},
		"no cases":                 {"resource: customers\ncases: []\n", "customers.yaml:1:", "has no cases"},
		"an exchange too many":     {head + good + "        expect: {exchange: 2}\n", "customers.yaml:10:", "none of the 1 that the step makes"},
		"negative length":          {head + good + "        expect: {members: {/status: {length: -1}}}\n", "customers.yaml:10:", "from 0 on"},
		"null for a value":         {head + good + "        expect: {members: {/status: null}}\n", "customers.yaml:8:", "for null {one_of: [null]}"},
		"null for equals":          {head + good + "        expect: {result: {/status: {equals: null}}}\n", "customers.yaml:10:", "for null one_of: [null]"},
		"empty match":              {head + good + "        expect: {members: {/status: {}}}\n", "customers.yaml:10:", "expects nothing"},
		"empty case":               {"resource: customers\ncases:\n  -\n", "customers.yaml:", "empty"},
		"no name":                  {"resource: customers\ncases:\n  - operation: getCustomer\n    steps:\n" + good, "customers.yaml:3:", "has no name"},
		"bad name":                 {strings.Replace(head, "name: a", "name: A b", 1) + good, "customers.yaml:3:", "cannot name a case"},
		"duplicate case":           {head + good + strings.SplitAfterN(head, "\n", 3)[2] + good, "customers.yaml:10:", "stands at customers.yaml:3 already"},
		"no operation":             {"resource: customers\ncases:\n  - name: a\n    steps:\n" + good, "customers.yaml:3:", "names no operation"},
		"unknown operation":        {strings.Replace(head, "getCustomer", "getCustomers", 1) + good, "customers.yaml:4:", `no operation "getCustomers"; it has addContact`},
		"unknown use":              {strings.Replace(head, "use: get", "use: find", 1) + good, "customers.yaml:5:", "it has get (2024), get (2021), search (2016)"},
		"use without generation":   {strings.Replace(head, "    generation: 2024\n", "", 1) + good, "customers.yaml:5:", "belong together"},
		"no steps":                 {strings.Replace(head, "    steps:\n", "", 1), "customers.yaml:3:", "has no steps"},
		"step of no kind":          {head + "      - sample: customers/get-2024.request.json\n", "customers.yaml:8:", "`call: METHOD`"},
		"step of two kinds":        {head + good + "        send: true\n", "customers.yaml:10:", "exclude each other"},
		"send false":               {head + "      - send: false\n        args: {}\n", "customers.yaml:8:", "`true` alone"},
		"send without body":        {head + "      - send: true\n", "customers.yaml:8:", "needs a body"},
		"two bodies":               {head + good + "        args: {}\n", "customers.yaml:8:", "exclude each other"},
		"raw for a call":           {head + "      - call: Customers.Get\n        raw: x\n", "customers.yaml:9:", "belongs to send"},
		"unknown method":           {head + "      - call: Customers.Find\n        args: {}\n", "customers.yaml:8:", `no method "Customers.Find"`},
		"method of another op":     {head + "      - call: Customers.Add\n        args: {}\n", "customers.yaml:8:", "name the step's operation"},
		"unknown sample":           {head + "      - call: Customers.Get\n        sample: customers/get-2024.json\n", "customers.yaml:9:", `no sample "customers/get-2024.json"`},
		"unknown served sample":    {head + good + "        serve: customers/x.json\n", "customers.yaml:10:", `no sample "customers/x.json"`},
		"unknown key state":        {head + good + "        key: rotten\n", "customers.yaml:10:", "write one of good"},
		"unknown failure":          {head + good + "        expect: {failure: lost}\n", "customers.yaml:10:", "it has invalid-auth-key, invalid-auth-key-2021, not-found, invalid-auth-key-2016"},
		"unknown success":          {head + good + "        expect: {success: found}\n", "customers.yaml:10:", `no success "found"; it has none`},
		"failure and success":      {head + good + "        expect: {failure: not-found, success: found}\n", "customers.yaml:10:", "a failure and a success"},
		"unknown answer":           {head + good + "        expect: {answer: CustomerLost}\n", "customers.yaml:10:", `no answer "CustomerLost"`},
		"unknown skip":             {head + good + "        skip_on: lost\n", "customers.yaml:10:", `no failure "lost"`},
		"unknown client error":     {head + good + "        expect: {failure: not-found, error: lost}\n", "customers.yaml:10:", `no error "lost"`},
		"undocumented HTTP status": {head + good + "        expect: {failure: not-found, http: 418}\n", "customers.yaml:10:", "no HTTP status 418"},
		"HTTP against the page":    {head + good + "        expect: {failure: invalid-auth-key-2021, http: 400}\n", "customers.yaml:10:", "documented with HTTP [401]"},
		"no answer due":            {strings.Replace(head, "    use: get\n    generation: 2024\n", "", 1) + good, "customers.yaml:6:", "does not say which answer is due"},
		"unknown placeholder":      {head + good + "        set: {/0/phone: '${customer}'}\n", "customers.yaml:10:", "${customer} has no value here"},
		"bad pointer":              {head + good + "        set: {phone: '1'}\n", "customers.yaml:10:", "must begin with a slash"},
		"bad expression":           {head + good + "        expect: {members: {/status: {matches: '['}}}\n", "customers.yaml:10:", "no regular expression"},
		"number of YAML alone":     {head + good + "        set: {/0/phone: 0x10}\n", "customers.yaml:10:", "no JSON number"},
		"unknown live":             {strings.Replace(head, "    steps:", "    live: always\n    steps:", 1) + good, "customers.yaml:7:", "never, read, write"},
		"read that writes": {strings.Replace(head, "    steps:", "    live: read\n    steps:", 1) +
			"      - call: Customers.Add\n        operation: addUpdateCustomer\n        sample: customers/add-2024.request.json\n        expect: {success: added}\n", "customers.yaml:9:", "addUpdateCustomer writes"},
		"live decision":    {strings.Replace(head, "    steps:", "    live: read\n    decided: the mock says so\n    steps:", 1) + good, "customers.yaml:7:", "never meets a live tenant"},
		"decided in brief": {strings.Replace(head, "    steps:", "    decided: true\n    steps:", 1) + good, "customers.yaml:7:", "in a sentence"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{"customers.yaml": {Data: []byte(test.file)}}, doc, checker, spec.FS)
			var mistake *Mistake
			if !errors.As(err, &mistake) {
				t.Fatalf("got %v, want a mistake", err)
			}
			if got := err.Error(); !strings.Contains(got, test.line) || !strings.Contains(got, test.want) {
				t.Errorf("got %q\nwant %s ... %s", got, test.line, test.want)
			}
		})
	}
}

// What only a run can show is the case's mistake all the same, and no fault of
// the client's.
func TestArgumentsThatDoNotFit(t *testing.T) {
	doc, checker := contractOf(t)
	for args, want := range map[string]string{
		"[{kapture_customer_id: '1'}, {}]": "",
		"7":                                "cannot unmarshal number",
	} {
		file := "resource: customers\ncases:\n  - name: a\n    operation: getCustomer\n    use: get\n    generation: 2024\n    steps:\n      - call: Customers.Get\n        args: " + args + "\n"
		set, err := Load(fstest.MapFS{"customers.yaml": {Data: []byte(file)}}, doc, checker, spec.FS)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(t.Context(), set, onMock(t))
		var mistake *Mistake
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), "customers.yaml:8: the argument does not fit Customers.Get: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", args, err)
		}
	}
}

// A case with several states of the key is told its mistake once.
func TestMistakeOfSeveralKeysIsToldOnce(t *testing.T) {
	doc, checker := contractOf(t)
	file := "resource: customers\ncases:\n  - name: a\n    operation: getCustomer\n    use: get\n    generation: 2024\n    keys: [absent, wrong]\n    steps:\n      - call: Customers.Find\n        args: {}\n"
	_, err := Load(fstest.MapFS{"customers.yaml": {Data: []byte(file)}}, doc, checker, spec.FS)
	if err == nil || strings.Count(err.Error(), "Customers.Find") != 1 {
		t.Errorf("got %v", err)
	}
}

func TestGoodCaseHasNoMistake(t *testing.T) {
	doc, checker := contractOf(t)
	file := "resource: customers\ncases:\n  - name: a\n    operation: getCustomer\n    use: get\n    generation: 2024\n    steps:\n" +
		"      - call: Customers.Get\n        sample: customers/get-2024.request.json\n"
	if _, err := Load(fstest.MapFS{"customers.yaml": {Data: []byte(file)}}, doc, checker, spec.FS); err != nil {
		t.Error(err)
	}
	if _, err := Load(fstest.MapFS{}, doc, checker, spec.FS); err == nil {
		t.Error("an empty folder loads")
	}
}
