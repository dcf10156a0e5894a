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
		if (err != nil) != (want == failure) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, %v", text, got, err)
		}
	}
}

const failure = "an error"

func TestEncode(t *testing.T) {
	got, err := Encode(map[string]any{"b": json.Number("1.10"), "a": "<é&>\n"})
	if want := `{"a":"<é&>\n","b":1.10}`; string(got) != want || err != nil {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if got, err := Encode(func() {}); err == nil {
		t.Errorf("a function is written as %s", got)
	}
}

func TestShapeAndText(t *testing.T) {
	for _, test := range []struct {
		value       any
		shape, text string
	}{
		{shape: "null"}, {
			value: true,
			shape: "boolean",
			text:  "true",
		}, {
			value: json.Number("1.10"),
			shape: "number",
			text:  "1.10",
		}, {
			value: "é~",
			shape: "string(2)",
			text:  "é~",
		},
		{[]any{1, 2}, "array[2]", ""}, {map[string]any{"a": 1}, "object{1}", ""}, {1, "int", ""},
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
