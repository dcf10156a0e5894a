package textcheck

import (
	"cmp"
	"encoding/json"
	"testing"
)

// inner is a type that others embed or list.
type inner struct {
	City string `json:"city"`
}

// request has a field of each type that Find looks into.
type request struct {
	inner
	Name                 string  `json:"customer_name,omitempty"`
	Phone                *string `json:"phone"`
	Hidden               string  `json:"-"`
	Untagged             string
	Contacts             []inner        `json:"contact_info"`
	Any                  any            `json:"any"`
	ByName               map[string]any `json:"by/name"`
	Bytes                []byte         `json:"bytes"`
	Raw                  json.RawMessage
	Kept                 kept                       `json:"kept"`
	unexported           string                     //nolint:unused // not written
	AdditionalProperties map[string]json.RawMessage `json:"-"`
}

// kept encodes as the JSON that it was given, or as null.
type kept struct{ literal string }

func (k kept) MarshalJSON() ([]byte, error) { return []byte(cmp.Or(k.literal, "null")), nil }

// own encodes as something other than its fields.
type own struct{ Name string }

func (own) MarshalJSON() ([]byte, error) { return []byte(`"fixed"`), nil }

func TestFind(t *testing.T) {
	const bad = "caf\xe9"
	text := bad
	for name, test := range map[string]struct {
		request any
		pointer string
		fine    bool
	}{
		"nothing":           {request: nil, fine: true},
		"a field":           {request: request{Name: bad}, pointer: "/customer_name"},
		"within a list":     {request: []request{{}, {Name: bad}}, pointer: "/1/customer_name"},
		"an array":          {request: [2]string{"", bad}, pointer: "/1"},
		"a pointer":         {request: &request{Phone: &text}, pointer: "/phone"},
		"an embedded field": {request: request{inner: inner{bad}}, pointer: "/city"},
		"a list of objects": {request: request{Contacts: []inner{{}, {bad}}}, pointer: "/contact_info/1/city"},
		"an interface":      {request: request{Any: []any{1, bad}}, pointer: "/any/1"},
		"a map":             {request: request{ByName: map[string]any{"a~b": bad}}, pointer: "/by~1name/a~0b"},
		"the name in a map": {request: map[string]int{bad: 1}, pointer: "/" + bad},
		"no tag":            {request: request{Untagged: bad}, pointer: "/Untagged"},
		"raw JSON": {
			request: request{Raw: json.RawMessage(`{"a":["",{"b":"` + bad + `"}]}`)},
			pointer: "/Raw/a/1/b",
		},
		"an additional property": {
			request: request{
				AdditionalProperties: map[string]json.RawMessage{"note": json.RawMessage(`"` + bad + `"`)},
			},
			pointer: "/note",
		},
		"the name of an additional property": {
			request: request{AdditionalProperties: map[string]json.RawMessage{bad: json.RawMessage(`1`)}},
			pointer: "/" + bad,
		},
		"a name in raw JSON": {
			request: request{Raw: json.RawMessage(`{"a":{"` + bad + `":1}}`)},
			pointer: "/Raw/a",
		},
		"a type that encodes itself": {
			request: request{Kept: kept{`"` + bad + `"`}, Raw: json.RawMessage(`1`)},
			pointer: "/kept",
		},
		"what is not written":      {request: request{Hidden: bad}, fine: true},
		"what a method leaves out": {request: own{bad}, fine: true},
		"bytes":                    {request: request{Bytes: []byte(bad)}, fine: true},
		"U+FFFD itself":            {request: request{Name: "\ufffd", Raw: json.RawMessage(`"\ufffd"`)}, fine: true},
		"other letters":            {request: request{Name: "Zoë 🙂"}, fine: true},
	} {
		encoded, err := json.Marshal(test.request)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		pointer, found := Find(test.request, encoded)
		if found == test.fine || pointer != test.pointer {
			t.Errorf("%s: %q, %t", name, pointer, found)
		}
	}
}

// A request is searched only if its JSON has U+FFFD, which encoding/json writes in
// the place of what is not UTF-8.
func TestIsUnaltered(t *testing.T) {
	for text, want := range map[string]bool{
		"José": true, "a": true, "": true, "\x00\u2028<": true,
		"Jos\xe9": false, "\xff": false, "\uFFFD": false,
	} {
		for _, request := range []any{text, map[string]string{text: text}, map[string]any{"a": []any{text}}} {
			encoded, err := json.Marshal(request)
			if err != nil {
				t.Fatal(err)
			}
			if got := IsUnaltered(encoded); got != want {
				t.Errorf("%q is written as %q: %t", text, encoded, got)
			}
		}
	}
	if IsUnaltered([]byte("\"Jos\xe9\"")) {
		t.Error("a text that is encoded as it is counts as UTF-8")
	}
}

// A request that contains itself is left to encoding/json, which rejects it.
func TestFindInWhatContainsItself(t *testing.T) {
	type loop struct{ Next any }
	l := &loop{}
	l.Next = l
	if pointer, found := Find(l, nil); found {
		t.Errorf("found %q", pointer)
	}
}

func TestFindInJSON(t *testing.T) {
	for text, want := range map[string]string{
		"{\"a\":\"caf\xe9\"}":     "/a",
		"[{\"a\":1},\"caf\xe9\"]": "/1",
		"caf\xe9":                 "",
		"{\"a\":\"caf\xe9":        "",
	} {
		if pointer, found := FindInJSON([]byte(text)); !found || pointer != want {
			t.Errorf("%q: %q, %t", text, pointer, found)
		}
	}
}
