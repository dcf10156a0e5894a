package wire

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestIDForms(t *testing.T) {
	tests := []struct {
		name   string
		json   string
		text   string
		number int64
		isInt  bool
		valid  bool
	}{
		{name: "number", json: `700000001`, text: "700000001", number: 700000001, isInt: true, valid: true},
		{name: "text of digits", json: `"700000001"`, text: "700000001", number: 700000001, isInt: true, valid: true},
		{name: "zero", json: `0`, text: "0", isInt: true, valid: true},
		{name: "zero as text", json: `"0"`, text: "0", isInt: true, valid: true},
		{name: "negative", json: `-1`, text: "-1", number: -1, isInt: true, valid: true},
		{
			name:   "ticket id of twelve digits",
			json:   `"713516551148"`,
			text:   "713516551148",
			number: 713516551148,
			isInt:  true,
			valid:  true,
		},
		{
			name:   "beyond 2^53",
			json:   `9007199254740993`,
			text:   "9007199254740993",
			number: 9007199254740993,
			isInt:  true,
			valid:  true,
		},
		{
			name:   "beyond 2^53 as text",
			json:   `"9007199254740993"`,
			text:   "9007199254740993",
			number: 9007199254740993,
			isInt:  true,
			valid:  true,
		},
		{
			name:   "the last int64",
			json:   `9223372036854775807`,
			text:   "9223372036854775807",
			number: math.MaxInt64,
			isInt:  true,
			valid:  true,
		},
		{
			name:   "the first int64",
			json:   `-9223372036854775808`,
			text:   "-9223372036854775808",
			number: math.MinInt64,
			isInt:  true,
			valid:  true,
		},
		{name: "beyond int64", json: `9223372036854775808`, text: "9223372036854775808", valid: true},
		{name: "leading zeros", json: `"007"`, text: "007", valid: true},
		{name: "plus sign", json: `"+7"`, text: "+7", valid: true},
		{name: "letters", json: `"C-0042"`, text: "C-0042", valid: true},
		{name: "blanks are part of it", json: `" 42 "`, text: " 42 ", valid: true},
		{name: "one blank", json: `" "`, text: " ", valid: true},
		{name: "escaped digits", json: `"\u0034\u0032"`, text: "42", number: 42, isInt: true, valid: true},
		{name: "escapes", json: `"a\"b\\c\/d\ne"`, text: "a\"b\\c/d\ne", valid: true},
		{name: "half a surrogate pair", json: `"\ud800"`, text: "\ufffd", valid: true},
		{name: "invalid UTF-8", json: "\"a\xffb\"", text: "a\ufffdb", valid: true},
		{name: "comma-joined", json: `"713516551148,713516551149"`, text: "713516551148,713516551149", valid: true},
		{name: "empty", json: `""`, valid: true},
		{name: "null", json: `null`, valid: true},
		{name: "minus zero", json: `-0`},
		{name: "zero as a double", json: `0.0`, text: "0", isInt: true, valid: true},
		{name: "a double", json: `12.0`, text: "12", number: 12, isInt: true, valid: true},
		{
			name:   "a double of Java",
			json:   `7.00000001E8`,
			text:   "700000001",
			number: 700000001,
			isInt:  true,
			valid:  true,
		},
		{
			name:   "a negative one",
			json:   `-7.00000001e+8`,
			text:   "-700000001",
			number: -700000001,
			isInt:  true,
			valid:  true,
		},
		{name: "exponent", json: `1e3`, text: "1000", number: 1000, isInt: true, valid: true},
		{name: "beyond int64, as a double", json: `1e20`, text: "100000000000000000000", valid: true},
		{name: "fraction", json: `12.5`},
		{name: "fraction beyond the exponent", json: `1.25e1`},
		{name: "negative exponent", json: `120e-1`},
		{name: "long exponent", json: `1e21`},
		{name: "exponent beyond int", json: `1e99999999999999999999`},
		{name: "minus zero as a double", json: `-0.0`},
		{name: "a double as text", json: `"12.0"`, text: "12.0", valid: true},
		{name: "boolean", json: `true`},
		{name: "array", json: `[12]`},
		{name: "object", json: `{"id":12}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id := decode[ID](t, test.json)
			if got := id.String(); got != test.text {
				t.Errorf("String() = %q, want %q", got, test.text)
			}
			if n, ok := id.Int64(); n != test.number || ok != test.isInt {
				t.Errorf("Int64() = %d, %v, want %d, %v", n, ok, test.number, test.isInt)
			}
			if got := id.Valid(); got != test.valid {
				t.Errorf("Valid() = %v, want %v", got, test.valid)
			}
			if id.IsZero() {
				t.Error("IsZero() = true for a value that was received")
			}
			if got := string(id.Literal()); got != test.json {
				t.Errorf("Literal() = %s, want %s", got, test.json)
			}
			checkRoundTrip(t, test.json, id)
		})
	}
}

func TestIDWritten(t *testing.T) {
	tests := []struct {
		name string
		id   ID
		json string
	}{
		{"absent", ID{}, `""`},
		{"empty text", TextID(""), `""`},
		{"text", TextID("700000001"), `"700000001"`},
		{"leading zeros", TextID("007"), `"007"`},
		{"text to escape", TextID("a\"b\\c\n"), `"a\"b\\c\n"`},
		{"accent", TextID("é"), `"é"`},
		{"number", NumberID(1000298), `1000298`},
		{"zero", NumberID(0), `0`},
		{"the first int64", NumberID(math.MinInt64), `-9223372036854775808`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, err := json.Marshal(test.id)
			if err != nil || string(b) != test.json {
				t.Fatalf("written as %s, %v, want %s", b, err, test.json)
			}
			if !test.id.Valid() {
				t.Error("Valid() = false for an identifier of our own")
			}
			// What is written is read back as the very same value.
			if back := decode[ID](t, test.json); !test.id.IsZero() && back != test.id {
				t.Errorf("read back as %#v, want %#v", back, test.id)
			}
		})
	}
}

// Bytes that are not UTF-8 are not replaced, so that the client can refuse to
// send them. What is read is never anything else than UTF-8.
func TestIDOfInvalidUTF8(t *testing.T) {
	for text, want := range map[string]string{
		"a\xffb":        "\"a\xffb\"",
		"\xff\xfe":      "\"\xff\xfe\"",
		"a\"\xff\\\n<é": "\"a\\\"\xff\\\\\\n<é\"",
	} {
		id := TextID(text)
		if got := string(id.Literal()); got != want {
			t.Errorf("%q: the literal is %q", text, got)
		}
		got := id.String()
		if got != strings.ToValidUTF8(text, "\ufffd") && got != strings.Repeat("\ufffd", len(text)) {
			t.Errorf("%q reads as %q", text, got)
		}
	}
}

// A text holding <, > or & is one value, however the encoder writes it.
func TestIDWithMarkup(t *testing.T) {
	for text, data := range map[string]string{
		`R&D <1>`:   `"R&D <1>"`,
		`R&D "<1>"`: `"R&D \"<1>\""`,
	} {
		id := TextID(text)
		if got := decode[ID](t, data); got != id {
			t.Errorf("read as %#v, want %#v", got, id)
		}
		b, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := decode[ID](t, string(b)); !got.Same(id) || got.String() != text {
			t.Errorf("%s read as %q", b, got)
		}
	}
}

func TestIDSame(t *testing.T) {
	misfit := decode[ID](t, `[12]`)
	tests := []struct {
		name string
		a, b ID
		want bool
	}{
		{"number and text", NumberID(12), TextID("12"), true},
		{"numbers", NumberID(12), NumberID(12), true},
		{"texts", TextID("C-1"), TextID("C-1"), true},
		{"text and its escaped form", TextID("12"), decode[ID](t, `"\u0031\u0032"`), true},
		{"beyond 2^53", decode[ID](t, `9007199254740993`), TextID("9007199254740993"), true},
		{"neighbours beyond 2^53", decode[ID](t, `9007199254740993`), TextID("9007199254740992"), false},
		{"other number", NumberID(12), TextID("13"), false},
		{"leading zero", NumberID(12), TextID("012"), false},
		{"case", TextID("c-1"), TextID("C-1"), false},
		{"nothing and nothing", ID{}, ID{}, false},
		{"empty and empty", TextID(""), TextID(""), false},
		{"null and empty", decode[ID](t, `null`), TextID(""), false},
		{"misfit and itself", misfit, misfit, false},
		{"nothing and zero", ID{}, NumberID(0), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.a.Same(test.b); got != test.want {
				t.Errorf("a.Same(b) = %v, want %v", got, test.want)
			}
			if got := test.b.Same(test.a); got != test.want {
				t.Errorf("b.Same(a) = %v, want %v", got, test.want)
			}
		})
	}
}
