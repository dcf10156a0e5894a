package runner

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

func TestPlaceholders(t *testing.T) {
	late := time.Date(2024, 12, 31, 20, 0, 0, 0, time.UTC) // already New Year in India
	v := newVars("s", "case", late, map[string]string{"account": "7"})
	v.saved["id"] = json.Number("12345678901234567890")
	for text, want := range map[string]any{
		"${today}":             "2025-01-01",
		"${yesterday}":         "2024-12-31",
		"${tomorrow}":          "2025-01-02",
		"${now}":               "2025-01-01 01:30:00",
		"${month}":             "0",
		"${id}":                "12345678901234567890",
		"${id:number}":         json.Number("12345678901234567890"),
		"a ${given.account} b": "a 7 b",
		"no":                   "no",
	} {
		got, err := v.fill(text)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	if _, err := v.fill("${nothing}"); err == nil {
		t.Error("an unknown placeholder is filled in")
	}
}

// A unique value is the same throughout a case, and differs from those of other
// cases and other seeds.
func TestUniqueValues(t *testing.T) {
	start := time.Date(2024, 5, 2, 12, 0, 0, 0, india)
	seen := map[string]string{}
	for _, seed := range []string{"s", "t"} {
		for _, name := range []string{"case", "other"} {
			for _, text := range []string{"${unique.phone}", "${unique.phone.2}"} {
				where := seed + name + text
				got, err := newVars(seed, name, start, nil).fillText(text)
				if err != nil {
					t.Fatal(err)
				}
				again, _ := newVars(seed, name, start, nil).fillText(text)
				if got != again {
					t.Errorf("%s: %v, then %v", where, got, again)
				}

				phone := got.(string)
				if first, exists := seen[phone]; exists {
					t.Errorf("%s and %s are the same", first, where)
				}
				if len(phone) != 10 || phone[0] < '6' {
					t.Errorf("%s: %q is not a mobile number of India", where, phone)
				}
				seen[phone] = where
			}
		}
	}
}

func TestSetAt(t *testing.T) {
	for _, test := range []struct{ body, pointer, value, want string }{
		{`{"a":1}`, "/a", `2`, `{"a":2}`},
		{`{"a":1}`, "/b/c", `2`, `{"a":1,"b":{"c":2}}`},
		{`[{"a":1}]`, "/0/a", `2`, `[{"a":2}]`},
		{`[1]`, "/1", `2`, `[1,2]`},
		{`{}`, "/a~1b~0c", `2`, `{"a/b~c":2}`},
		{`{"a":1}`, "", `2`, `2`},
		{`[1]`, "/2", `2`, ""},
		{`{"a":1}`, "/a/b", `2`, ""},
	} {
		body, _ := jsonvalue.Decode([]byte(test.body))
		value, _ := jsonvalue.Decode([]byte(test.value))
		got, err := setAt(body, test.pointer, value)
		checkChange(t, test.body+" "+test.pointer, got, err, test.want)
	}
}

func TestRemoveAt(t *testing.T) {
	for _, test := range []struct{ body, pointer, want string }{
		{`{"a":1,"b":2}`, "/a", `{"b":2}`},
		{`[{"a":1,"b":2}]`, "/0/a", `[{"b":2}]`},
		{`{"a":[1,2,3]}`, "/a/1", `{"a":[1,3]}`},
		{`{"a":1}`, "/b", ""},
		{`{"a":1}`, "a", ""},
	} {
		body, _ := jsonvalue.Decode([]byte(test.body))
		got, err := removeAt(body, test.pointer)
		checkChange(t, test.body+" "+test.pointer, got, err, test.want)
	}
}

// checkChange compares a changed value with its JSON. No JSON means that an error
// is expected.
func checkChange(t *testing.T, name string, got any, err error, want string) {
	t.Helper()
	raw, _ := jsonvalue.Encode(got)
	failed := want == "" && err == nil
	differs := want != "" && string(raw) != want
	if failed || differs {
		t.Errorf("%s: %s, %v; want %s", name, raw, err, want)
	}
}

func TestEqualJSON(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[2]}`, `{"b":[2],"a":1}`, true},
		{`1.0`, `1`, true},
		{`1`, `"1"`, false},
		{`9007199254740993`, `9007199254740992`, false},
		{`null`, `""`, false},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":1}`, `{"a":1,"b":1}`, false},
		{`{"a":1}`, `{"b":1}`, false},
		{`true`, `true`, true},
	} {
		a, _ := jsonvalue.Decode([]byte(test.a))
		b, _ := jsonvalue.Decode([]byte(test.b))
		if equalJSON(a, b) != test.want {
			t.Errorf("%s and %s: %v", test.a, test.b, !test.want)
		}
	}
}

// An expectation with placeholders says what they represent if values are shown,
// or if the run made them up.
func TestExpectedPlaceholders(t *testing.T) {
	nested := map[string]any{"id": "${given.account}"}
	tests := map[string]struct {
		expected   any
		showValues bool
		want       string
	}{
		"a value of the tenant": {expected: "${given.account}", want: "the value of ${given.account}"},
		"with values":           {expected: "${given.account}", showValues: true, want: `"7" (${given.account})`},
		"deep in an object":     {expected: nested, want: `the value of {"id":"${given.account}"}`},
		"deep in one, with values": {
			expected: nested, showValues: true, want: `{"id":"7"} ({"id":"${given.account}"})`,
		},
		"made up by the run": {expected: "on ${today}", want: `"on 2026-01-02" (on ${today})`},
		"made up, next to the tenant": {
			expected: "${today} ${given.account}", want: "the value of ${today} ${given.account}",
		},
		"without a placeholder": {expected: "7", want: `"7"`},
	}
	for name, test := range tests {
		start := time.Date(2026, time.January, 2, 12, 0, 0, 0, time.UTC)
		v := newVars("s", "case", start, map[string]string{"account": "7"})
		v.showValues = test.showValues
		equal, shown, err := v.compare(test.expected, actual{})
		if equal || shown != test.want || err != nil {
			t.Errorf("%s: expected %s, want %s; %t, %v", name, shown, test.want, equal, err)
		}
	}

	unique := newVars("s", "case", time.Time{}, nil)
	sent, err := unique.value("unique.text")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, err := unique.compare("${unique.text}", actual{})
	if want := fmt.Sprintf("%q (${unique.text})", sent); shown != want || err != nil {
		t.Errorf("expected %s, want %s, %v", shown, want, err)
	}
}
