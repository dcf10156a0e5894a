package gen

import (
	"encoding/json"
	"math"
	"testing"
	"unicode/utf8"
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
		{"number", `700000001`, "700000001", 700000001, true, true},
		{"text of digits", `"700000001"`, "700000001", 700000001, true, true},
		{"nought", `0`, "0", 0, true, true},
		{"nought as text", `"0"`, "0", 0, true, true},
		{"negative", `-1`, "-1", -1, true, true},
		{"ticket id of twelve digits", `"713516551148"`, "713516551148", 713516551148, true, true},
		{"beyond 2^53", `9007199254740993`, "9007199254740993", 9007199254740993, true, true},
		{"beyond 2^53 as text", `"9007199254740993"`, "9007199254740993", 9007199254740993, true, true},
		{"the last int64", `9223372036854775807`, "9223372036854775807", math.MaxInt64, true, true},
		{"the first int64", `-9223372036854775808`, "-9223372036854775808", math.MinInt64, true, true},
		{"beyond int64", `9223372036854775808`, "9223372036854775808", 0, false, true},
		{"leading zeros", `"007"`, "007", 0, false, true},
		{"plus sign", `"+7"`, "+7", 0, false, true},
		{"letters", `"C-0042"`, "C-0042", 0, false, true},
		{"blanks are part of it", `" 42 "`, " 42 ", 0, false, true},
		{"one blank", `" "`, " ", 0, false, true},
		{"escaped digits", `"\u0034\u0032"`, "42", 42, true, true},
		{"escapes", `"a\"b\\c\/d\ne"`, "a\"b\\c/d\ne", 0, false, true},
		{"half a surrogate pair", `"\ud800"`, "\ufffd", 0, false, true},
		{"invalid UTF-8", "\"a\xffb\"", "a\ufffdb", 0, false, true},
		{"comma-joined", `"713516551148,713516551149"`, "713516551148,713516551149", 0, false, true},
		{"empty", `""`, "", 0, false, true},
		{"null", `null`, "", 0, false, true},
		{"minus nought", `-0`, "", 0, false, false},
		{"fraction", `12.0`, "", 0, false, false},
		{"exponent", `1e3`, "", 0, false, false},
		{"boolean", `true`, "", 0, false, false},
		{"array", `[12]`, "", 0, false, false},
		{"object", `{"id":12}`, "", 0, false, false},
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
				t.Error("IsZero() = true for a value that came")
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
		{"nought", NumberID(0), `0`},
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

// Bytes that are no UTF-8 cannot be sent: each becomes the replacement mark.
func TestIDOfInvalidUTF8(t *testing.T) {
	id := TextID("a\xffb")
	if got := id.String(); got != "a\ufffdb" || !utf8.Valid(id.Literal()) {
		t.Errorf("String() = %q, Literal() = %q", got, id.Literal())
	}
	if got := decode[ID](t, encode(t, id)); got.String() != "a\ufffdb" {
		t.Errorf("read back as %q", got)
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
		{"nothing and nought", ID{}, NumberID(0), false},
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
