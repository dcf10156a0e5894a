package wire

import (
	"encoding/json"
	"testing"
)

func TestFlagForms(t *testing.T) {
	tests := []struct {
		json         string
		value, known bool
		valid        bool
		text         string
	}{
		{json: `true`, value: true, known: true, valid: true, text: "true"},
		{json: `false`, known: true, valid: true, text: "false"},
		{json: `"true"`, value: true, known: true, valid: true, text: "true"},
		{json: `"false"`, known: true, valid: true, text: "false"},
		{json: `"\u0074rue"`, value: true, known: true, valid: true, text: "true"},
		{json: `""`, valid: true},
		{json: `null`, valid: true},
		{json: `"TRUE"`},
		{json: `"True"`},
		{json: `" true"`},
		{json: `"\"true\""`},
		{json: `" "`},
		{json: `"yes"`},
		{json: `"0"`},
		{json: `0`},
		{json: `1`},
		{json: `[true]`},
		{json: `{"value":true}`},
	}
	for _, test := range tests {
		t.Run(test.json, func(t *testing.T) {
			f := decode[Flag](t, test.json)
			if value, known := f.Bool(); value != test.value || known != test.known {
				t.Errorf("Bool() = %v, %v, want %v, %v", value, known, test.value, test.known)
			}
			if got := f.Valid(); got != test.valid {
				t.Errorf("Valid() = %v, want %v", got, test.valid)
			}
			if got := f.String(); got != test.text {
				t.Errorf("String() = %q, want %q", got, test.text)
			}
			if f.IsZero() {
				t.Error("IsZero() = true for a value that was received")
			}
			if got := string(f.Literal()); got != test.json {
				t.Errorf("Literal() = %s, want %s", got, test.json)
			}
			checkRoundTrip(t, test.json, f)
		})
	}
}

func TestFlagWritten(t *testing.T) {
	tests := []struct {
		name         string
		flag         Flag
		json         string
		value, known bool
	}{
		{name: "absent", flag: Flag{}, json: `""`},
		{name: "true", flag: BoolFlag(true), json: `true`, value: true, known: true},
		{name: "false", flag: BoolFlag(false), json: `false`, known: true},
		{name: "true as text", flag: TextFlag(true), json: `"true"`, value: true, known: true},
		{name: "false as text", flag: TextFlag(false), json: `"false"`, known: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, err := json.Marshal(test.flag)
			if err != nil || string(b) != test.json {
				t.Errorf("written as %s, %v, want %s", b, err, test.json)
			}
			if value, known := test.flag.Bool(); value != test.value || known != test.known {
				t.Errorf("Bool() = %v, %v, want %v, %v", value, known, test.value, test.known)
			}
			if !test.flag.Valid() {
				t.Error("Valid() = false for a flag of our own")
			}
			if back := decode[Flag](t, test.json); !test.flag.IsZero() && back != test.flag {
				t.Errorf("read back as %#v, want %#v", back, test.flag)
			}
		})
	}
}
