package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// wire is what all wire types have in common.
type wire interface {
	comparable
	json.Marshaler
	fmt.Stringer
	IsZero() bool
	Valid() bool
	Literal() json.RawMessage
}

var (
	_ json.Unmarshaler = (*ID)(nil)
	_ json.Unmarshaler = (*Flag)(nil)
	_ json.Unmarshaler = (*Time)(nil)
)

func decode[T wire](t testing.TB, data string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatalf("decoding %s: %v", data, err)
	}
	return v
}

// encode is json.Marshal without its escaping of <, > and &.
func encode(t testing.TB, v any) string {
	t.Helper()
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatalf("encoding %#v: %v", v, err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// Some of encoding/json's encoders escape these two line separators, others do
// not.
var separators = strings.NewReplacer("\u2028", `\u2028`, "\u2029", `\u2029`)

// checkRoundTrip checks that v, decoded from data, is encoded as data, directly
// and through a pointer, and decoded again as the same v.
func checkRoundTrip[T wire](t testing.TB, data string, v T) {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(data)); err != nil {
		t.Fatal(err)
	}
	if got := string(v.Literal()); got != compact.String() {
		t.Errorf("%s is kept as %s", data, got)
	}

	want := separators.Replace(compact.String())
	if got := encode(t, v); separators.Replace(got) != want {
		t.Errorf("%s is encoded as %s", data, got)
	}
	if got := encode(t, &v); separators.Replace(got) != want {
		t.Errorf("%s is encoded through a pointer as %s", data, got)
	}
	if again := decode[T](t, string(v.Literal())); again != v {
		t.Errorf("%s is decoded again as %#v, was %#v", data, again, v)
	}

	// json.Marshal may escape, which changes the text of the value but not the value.
	escaped, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encoding %#v: %v", v, err)
	}
	if again := decode[T](t, string(escaped)); again.String() != v.String() || again.Valid() != v.Valid() {
		t.Errorf("%s is decoded from %s as %q, was %q", data, escaped, again, v)
	}
}

// record has the fields of generated responses (values) and requests (pointers).
type record struct {
	ID      ID              `json:"id,omitzero"`
	Flag    Flag            `json:"flag,omitzero"`
	Time    Time            `json:"time,omitzero"`
	IDPtr   *ID             `json:"id_ptr,omitempty"`
	FlagPtr *Flag           `json:"flag_ptr,omitempty"`
	TimePtr *Time           `json:"time_ptr,omitempty"`
	List    []ID            `json:"list,omitzero"`
	Map     map[string]Flag `json:"map,omitzero"`
}

func TestRecords(t *testing.T) {
	for name, data := range map[string]string{
		"absent":   `{}`,
		"values":   `{"id":12,"flag":true,"time":"2024-05-01"}`,
		"pointers": `{"id_ptr":"12","flag_ptr":"false","time_ptr":1713516551152}`,
		"empty":    `{"id":"","flag":"","time":"","id_ptr":"","flag_ptr":"","time_ptr":""}`,
		"null":     `{"id":null,"flag":null,"time":null}`,
		"misfits":  `{"id":[1],"flag":{"a":"b"},"time":false,"id_ptr":{},"flag_ptr":[],"time_ptr":[{}]}`,
		"nested":   `{"list":[1,"2",null,[3]],"map":{"a":true,"b":"true","c":3}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var r record
			if err := json.Unmarshal([]byte(data), &r); err != nil {
				t.Fatal(err)
			}
			if got := encode(t, r); got != data {
				t.Errorf("encoded as %s\nwant %s", got, data)
			}
		})
	}
}

// Decoding a second record into the same variable leaves nothing of the first.
func TestDecodeReplaces(t *testing.T) {
	r := record{ID: NumberID(1), Flag: BoolFlag(true), Time: decode[Time](t, `"2024-05-01"`)}
	if err := json.Unmarshal([]byte(`{"id":null,"flag":"","time":[]}`), &r); err != nil {
		t.Fatal(err)
	}
	if got, want := encode(t, r), `{"id":null,"flag":"","time":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestZeroValues(t *testing.T) {
	t.Run("ID", testZero[ID])
	t.Run("Flag", testZero[Flag])
	t.Run("Time", testZero[Time])

	// A pointer asks for an absent value, which is written as the samples send it.
	const want = `{"id_ptr":"","flag_ptr":"","time_ptr":""}`
	if got := encode(t, record{IDPtr: new(ID{}), FlagPtr: new(Flag{}), TimePtr: new(Time{})}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func testZero[T wire](t *testing.T) {
	var zero T
	if !zero.IsZero() || !zero.Valid() || zero.String() != "" || zero.Literal() != nil {
		t.Errorf("IsZero() = %v, Valid() = %v, String() = %q, Literal() = %q, want true, true, nothing, nil",
			zero.IsZero(), zero.Valid(), zero, zero.Literal())
	}
	if got := encode(t, zero); got != `""` {
		t.Errorf("the zero value is encoded as %s", got)
	}
	if zero == decode[T](t, `""`) || zero == decode[T](t, `null`) {
		t.Error("absent equals \"\" or null")
	}
}

// The decoder reuses its buffer after UnmarshalJSON returns, and callers may change
// what the accessors return.
func TestBytesAreCopied(t *testing.T) {
	t.Run("ID", testCopies[ID, *ID])
	t.Run("Flag", testCopies[Flag, *Flag])
	t.Run("Time", testCopies[Time, *Time])
}

type pointer[T any] interface {
	*T
	json.Unmarshaler
}

func testCopies[T wire, P pointer[T]](t *testing.T) {
	for _, data := range []string{`123456789`, `"2024-05-01"`, `"a\u0062"`, `true`, `{"a":[1]}`} {
		var v T
		buffer := []byte(data)
		if err := P(&v).UnmarshalJSON(buffer); err != nil {
			t.Fatal(err)
		}

		clear(buffer)
		clear(v.Literal())
		if b, err := v.MarshalJSON(); err != nil || string(b) != data {
			t.Errorf("%s became %s, %v", data, b, err)
		} else {
			clear(b)
		}
		if got := string(v.Literal()); got != data {
			t.Errorf("%s became %s", data, got)
		}
	}
}

func TestBytesThatAreNotAValue(t *testing.T) {
	for _, data := range []string{
		"", " ", "x", "{", "[1", `"a`, `"a" "b"`, "\"a\nb\"", "01", "+1", "1 2", "tru", "nul", `"\x"`, "\ufeff1",
	} {
		id := NumberID(7)
		flag := BoolFlag(true)
		moment := Time{}
		for name, err := range map[string]error{
			"ID":   id.UnmarshalJSON([]byte(data)),
			"Flag": flag.UnmarshalJSON([]byte(data)),
			"Time": moment.UnmarshalJSON([]byte(data)),
		} {
			if !errors.Is(err, errNoValue) {
				t.Errorf("%s: %q: err = %v, want %v", name, data, err, errNoValue)
			}
		}
	}
}

// White space around and inside a value is not part of it.
func TestWhiteSpace(t *testing.T) {
	const printed = " {\n \"year\" : 2024,\t\"month\": 4, \"dayOfMonth\": 2,\r\n " +
		"\"hourOfDay\": 16, \"minute\": 15, \"second\": 42 } "
	const compact = `{"year":2024,"month":4,"dayOfMonth":2,"hourOfDay":16,"minute":15,"second":42}`
	if got, want := decode[Time](t, printed), decode[Time](t, compact); got != want {
		t.Errorf("got %#v, want %#v", got, want)
	}

	var id ID
	if err := id.UnmarshalJSON([]byte(" \"a b\"\n")); err != nil || id != TextID("a b") {
		t.Errorf("got %#v, %v", id, err)
	}
}

func TestPrinting(t *testing.T) {
	r := record{ID: TextID("12"), Flag: TextFlag(true), Time: decode[Time](t, `"2024-05-01"`)}
	if got, want := fmt.Sprint(r.ID, " ", r.Flag, " ", r.Time), "12 true 2024-05-01T00:00:00+05:30"; got != want {
		t.Errorf("printed as %q, want %q", got, want)
	}
}

// The values that fill most records cost no allocation.
func TestCommonValuesDoNotAllocate(t *testing.T) {
	for _, data := range []string{`""`, `0`, `null`, `true`, `false`, `"true"`, `"false"`} {
		bytes := []byte(data)
		var id ID
		if n := testing.AllocsPerRun(100, func() { _ = id.UnmarshalJSON(bytes) }); n != 0 {
			t.Errorf("%s: %v allocations", data, n)
		}
	}

	bytes := []byte(`"713516551148"`)
	var id ID
	if n := testing.AllocsPerRun(100, func() { _ = id.UnmarshalJSON(bytes) }); n > 1 {
		t.Errorf("a text: %v allocations, want only the copy", n)
	}
}
