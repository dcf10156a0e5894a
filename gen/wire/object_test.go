package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

type thing struct {
	Name    *string                    `json:"name,omitempty"`
	ID      ID                         `json:"id,omitempty,omitzero"`
	List    []int                      `json:"list,omitzero"`
	Spaced  int                        `json:"Spaced Name,omitzero"`
	Further map[string]json.RawMessage `json:"-"`
}

func (t thing) MarshalJSON() ([]byte, error) {
	type declared thing
	return EncodeObject(declared(t), t.Further)
}

func (t *thing) UnmarshalJSON(b []byte) error {
	type declared thing
	return DecodeObject(b, (*declared)(t), &t.Further)
}

func TestObjects(t *testing.T) {
	for name, test := range map[string]struct {
		value thing
		want  string
	}{
		"nothing": {thing{}, `{}`},
		"declared fields": {
			thing{Name: new("a<b"), ID: NumberID(9007199254740993), List: []int{}, Spaced: 1},
			`{"name":"a\u003cb","id":9007199254740993,"list":[],"Spaced Name":1}`,
		},
		"further fields": {
			thing{Further: map[string]json.RawMessage{"own": json.RawMessage(`{"n":1.10}`)}},
			`{"own":{"n":1.10}}`,
		},
		"both, sorted": {
			thing{Name: new("a"), Further: map[string]json.RawMessage{"Name": json.RawMessage(`1`)}},
			`{"Name":1,"name":"a"}`,
		},
		"null, as further field": {
			thing{Further: map[string]json.RawMessage{"id": json.RawMessage(`null`)}},
			`{"id":null}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(test.value)
			if err != nil || string(text) != test.want {
				t.Fatalf("written as %s (%v), want %s", text, err, test.want)
			}
			var back thing
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if name == "null, as further field" { // it is read as the declared field that it sets to null
				test.value = thing{ID: ID{"null"}}
			}
			if !reflect.DeepEqual(back, test.value) {
				t.Errorf("read back as %+v, want %+v", back, test.value)
			}
		})
	}
}

func TestObjectsThatCannotBeWrittenOrRead(t *testing.T) {
	if _, err := json.Marshal(thing{Further: map[string]json.RawMessage{"own": json.RawMessage(`{`)}}); err == nil {
		t.Error("a further field that is not JSON is written")
	}
	for text, want := range map[string]string{
		`[]`:                     "array",
		`{"name": 1}`:            "error reading 'name'",
		`{"list": ["a"], "x":1}`: "error reading 'list'",
	} {
		var v thing
		if err := json.Unmarshal([]byte(text), &v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error about %s", text, err, want)
		}
	}
	v := thing{Name: new("a")}
	if err := json.Unmarshal([]byte("null"), &v); err != nil || v.Name == nil || v.Further != nil {
		t.Errorf("null is read as %+v (%v), want nothing changed", v, err)
	}
}
