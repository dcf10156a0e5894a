package gen

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
		{`true`, true, true, true, "true"},
		{`false`, false, true, true, "false"},
		{`"true"`, true, true, true, "true"},
		{`"false"`, false, true, true, "false"},
		{`"\u0074rue"`, true, true, true, "true"},
		{`""`, false, false, true, ""},
		{`null`, false, false, true, ""},
		{`"TRUE"`, false, false, false, ""},
		{`"True"`, false, false, false, ""},
		{`" true"`, false, false, false, ""},
		{`"\"true\""`, false, false, false, ""},
		{`" "`, false, false, false, ""},
		{`"yes"`, false, false, false, ""},
		{`"0"`, false, false, false, ""},
		{`0`, false, false, false, ""},
		{`1`, false, false, false, ""},
		{`[true]`, false, false, false, ""},
		{`{"value":true}`, false, false, false, ""},
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
				t.Error("IsZero() = true for a value that came")
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
		{"absent", Flag{}, `""`, false, false},
		{"true", BoolFlag(true), `true`, true, true},
		{"false", BoolFlag(false), `false`, false, true},
		{"true as text", TextFlag(true), `"true"`, true, true},
		{"false as text", TextFlag(false), `"false"`, false, true},
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
