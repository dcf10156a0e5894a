package jsonvalue

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestDecode(t *testing.T) {
	for text, want := range map[string]any{
		` {"id": 9007199254740993, "a": [1.10, null, true, "é"]} `: map[string]any{
			"id": json.Number("9007199254740993"), "a": []any{json.Number("1.10"), nil, true, "é"},
		},
		"null":  nil,
		"{} {}": failure,
		"{} x":  failure,
		"{":     failure,
		"":      failure,
	} {
		got, err := Decode([]byte(text))
		isWrong := err == nil && !reflect.DeepEqual(got, want)
		if (err != nil) != (want == failure) || isWrong {
			t.Errorf("%s is %#v, %v", text, got, err)
		}
	}
}

// failure is the value of a text that cannot be decoded.
const failure = "an error"

func TestEncode(t *testing.T) {
	got, err := Encode(map[string]any{"b": json.Number("1.10"), "a": "<é&>\n"})
	if want := `{"a":"<é&>\n","b":1.10}`; string(got) != want || err != nil {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if got := Quote("<\"é&>\n"); got != `"<\"é&>\n"` {
		t.Errorf("a text is quoted as %s", got)
	}
	if got, err := Encode(func() {}); err == nil {
		t.Errorf("a function is written as %s", got)
	}
}

func TestShapeAndText(t *testing.T) {
	for _, test := range []struct {
		value any
		shape string
		text  string
	}{
		{value: nil, shape: "null"},
		{value: true, shape: "boolean", text: "true"},
		{value: json.Number("1.10"), shape: "number", text: "1.10"},
		{value: "é~", shape: "string(2)", text: "é~"},
		{value: []any{1, 2}, shape: "array[2]"},
		{value: map[string]any{"a": 1}, shape: "object{1}"},
		{value: 1, shape: "int"},
	} {
		if shape, text := Shape(test.value), Text(test.value); shape != test.shape || text != test.text {
			t.Errorf("%#v is %s and %q, want %s and %q", test.value, shape, text, test.shape, test.text)
		}
	}
}

func TestPointerSteps(t *testing.T) {
	for name, step := range map[string]string{"": "", "a/b": "a~1b", "~": "~0", "~1": "~01", "/~": "~1~0"} {
		if escaped, unescaped := Escape(name), Unescape(step); escaped != step || unescaped != name {
			t.Errorf("%q is written as %q and %q is read as %q", name, escaped, step, unescaped)
		}
	}
}
