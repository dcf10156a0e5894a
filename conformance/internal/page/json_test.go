package page

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

// A body is written in lines, each value as it was sent, as far as it is JSON.
func TestPrintJSON(t *testing.T) {
	tests := map[string]struct {
		body  string
		want  string
		whole bool
	}{
		"object": {
			`{"a":1e3,"b":[true,null],"c":{}}`,
			"{\n  \"a\": 1e3,\n  \"b\": [\n    true,\n    null\n  ],\n  \"c\": {}\n}",
			true,
		},
		"text":     {` "\u00e9<b>" `, `"\u00e9<b>"`, true},
		"number":   {`12345678901234567890.10`, `12345678901234567890.10`, true},
		"twice":    {`{"a":1,"a":2}`, "{\n  \"a\": 1,\n  \"a\": 2\n}", true},
		"list":     {`[[],[1]]`, "[\n  [],\n  [\n    1\n  ]\n]", true},
		"cut":      {`{"a":{"b":"x`, "{\n  \"a\": {\n\"b\":\"x", false},
		"two":      {`{} []`, "{}\n[]", false},
		"no JSON":  {"<html>\n<b>", "<html>\n<b>", false},
		"no value": {`{"a":}`, "{\n\"a\":}", false},
	}
	for name, test := range tests {
		lines, whole := printJSON([]byte(test.body), false)
		if got := written(lines); got != test.want || whole != test.whole {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, whole, got, test.want)
		}
	}
}

func written(lines []line) string {
	var all []string
	for _, l := range lines {
		text := l.Indent()
		if l.Name != "" {
			text += l.Name + ": "
		}
		text += l.Text
		if l.Comma {
			text += ","
		}
		all = append(all, text)
	}
	return strings.Join(all, "\n")
}

// Each finding is at the line of its value; one about a missing field is at the
// object that lacks it.
func TestMark(t *testing.T) {
	body := `{"list":[{"id":1},{"id":"2","a/b":{"~":3}}],"9876543210":{"x":1},"list2":1}`
	tests := map[string]struct {
		finding conformance.Finding
		want    string
	}{
		"value":        {conformance.Finding{Pointer: "/list/1/id"}, `"id": "2",`},
		"whole":        {conformance.Finding{}, `{`},
		"missing":      {conformance.Finding{Pointer: "/list/0/name"}, `{`},
		"escaped":      {conformance.Finding{Pointer: "/list/1/a~1b/~0"}, `"~": 3`},
		"hidden name":  {conformance.Finding{Pointer: "/(10 characters)/x"}, `"x": 1`},
		"no such list": {conformance.Finding{Pointer: "/nothing/0/name"}, `{`},
		"place":        {conformance.Finding{Line: 1, Column: 12, Offset: 15}, `"id": 1`},
		"past the end": {conformance.Finding{Line: 9, Offset: 900}, `}`},
	}
	for name, test := range tests {
		lines, _ := printJSON([]byte(body), false)
		f := &finding{Finding: test.finding}
		mark(lines, []*finding{f})
		at := slices.IndexFunc(lines, func(l line) bool { return len(l.Found) > 0 })
		if at < 0 || f.Line != at+1 || strings.TrimSpace(written(lines[at:at+1])) != test.want {
			t.Errorf("%s: at line %d of\n%s", name, f.Line, written(lines))
		}
	}
}

// Of a long body the beginning is shown, and what is around a finding.
func TestFold(t *testing.T) {
	body := "[" + strings.TrimSuffix(strings.Repeat("0,", 2000), ",") + "]"
	lines, _ := printJSON([]byte(body), false)
	mark(lines, []*finding{{Finding: conformance.Finding{Pointer: "/1500"}}})
	shown, more := fold(lines)
	var numbers []string
	skipped := 0
	for _, l := range shown {
		skipped += l.Skipped
		if l.Skipped > 0 || len(l.Found) > 0 {
			numbers = append(numbers, fmt.Sprint(l.Number))
		}
	}
	if len(shown) != 129 || len(shown)+skipped+more != len(lines) || strings.Join(numbers, " ") != "1498 1502" {
		t.Errorf("%d lines, %d and %d left out, %v", len(shown), skipped, more, numbers)
	}
}

// A body cannot make the page spend more than its size is worth.
func TestBodyThatIsTooMuch(t *testing.T) {
	for name, body := range map[string]string{
		"deep": strings.Repeat(`{"a":[`, maxBody/6),
		"long": "[" + strings.Repeat("0,", maxBody/2),
		"wide": strings.Repeat("a", maxBody),
	} {
		lines, whole := printJSON([]byte(body), false)
		size := 0
		for _, l := range lines {
			size += len(l.Text) + len(l.pointer)
		}
		if whole || len(lines) > maxPrinted+3 || size > 2*maxBody {
			t.Errorf("%s: %d lines, %d bytes", name, len(lines), size)
		}
	}
}
