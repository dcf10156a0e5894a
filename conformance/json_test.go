package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestScanPlacesFaults(t *testing.T) {
	for name, c := range map[string]struct {
		text         string
		code         string
		line, column int
		pointer      string
		message      string
		read         bool // there is a value all the same
	}{
		"missing comma": {
			text: "{\n \"a\": 1\n \"b\": 2}",
			code: CodeJSONSyntax, line: 3, column: 2, pointer: "/a", message: `"," or "}"`,
		},
		"trailing comma": {
			text: `{"a":{"b":1,}}`,
			code: CodeJSONSyntax, line: 1, column: 13, pointer: "/a", message: "field name",
		},
		"trailing comma, array": {
			text: `[1,]`,
			code: CodeJSONSyntax, line: 1, column: 4, pointer: "/1", message: "expected a value",
		},
		"comment": {
			text: `{"a": // x` + "\n1}",
			code: CodeJSONSyntax, line: 1, column: 7, pointer: "/a", message: `found "/"`,
		},
		"single quotes": {
			text: `{'a': 1}`,
			code: CodeJSONSyntax, line: 1, column: 2, pointer: "", message: "field name",
		},
		"leading zero": {
			text: `[01]`,
			code: CodeJSONSyntax, line: 1, column: 3, pointer: "/0", message: "end of a number",
		},
		"not a number": {
			text: `[NaN]`,
			code: CodeJSONSyntax, line: 1, column: 2, pointer: "/0", message: "found a letter",
		},
		"bad escape": {
			text: `["\x"]`,
			code: CodeJSONSyntax, line: 1, column: 4, pointer: "/0", message: "escape",
		},
		"byte order mark": {
			text: "\uFEFF{}",
			code: CodeJSONSyntax, line: 1, column: 1, pointer: "", message: "byte order mark", read: true,
		},
		"cut in an object": {
			text: `{"a":[1,2`,
			code: CodeBodyTruncated, line: 1, column: 10, pointer: "/a/1", message: "ends",
		},
		"cut in a string": {
			text: `{"a":"xy`,
			code: CodeBodyTruncated, line: 1, column: 9, pointer: "/a", message: "ends",
		},
		"cut in a word": {
			text: `[tru`,
			code: CodeBodyTruncated, line: 1, column: 5, pointer: "/0", message: "ends",
		},
		"cut between elements": {
			text: `{"a":[{"b":1},`,
			code: CodeBodyTruncated, line: 1, column: 15, pointer: "/a/1", message: "ends",
		},
		"two values": {
			text: "{}\n{}",
			code: CodeJSONTrailing, line: 2, column: 1, pointer: "", message: "after the end", read: true,
		},
		"duplicate": {
			text: `{"a/b":{"c":1,"c":1}}`,
			code: CodeJSONDuplicateKey, line: 1, column: 15, pointer: "/a~1b/c", message: `"c"`, read: true,
		},
		"latin-1": {
			text: "{\"é\": [\"\xe9\"]}",
			code: CodeJSONUnicode, line: 1, column: 9, pointer: "/é/0", message: "UTF-8", read: true,
		},
		"latin-1 name": {
			text: "{\"\xe9\": 1}",
			code: CodeJSONUnicode, line: 1, column: 3, pointer: "", message: "UTF-8", read: true,
		},
		"half a pair": {
			text: `["\ud800x"]`,
			code: CodeJSONUnicode, line: 1, column: 3, pointer: "/0", message: "surrogate", read: true,
		},
		"raw line break": {
			text: "{\"a\": \"x\ny\"}",
			code: CodeJSONControl, line: 1, column: 9, pointer: "/a", message: "line break", read: true,
		},
		"raw tab": {
			text: "[\"\t\"]",
			code: CodeJSONControl, line: 1, column: 3, pointer: "/0", message: "tab", read: true,
		},
		"too deep": {
			text: strings.Repeat("[", 9) + strings.Repeat("]", 9),
			code: CodeJSONTooDeep, line: 1, column: 9, pointer: "/0/0/0/0/0/0/0/0", message: "nested more than 8",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults, ok := scanJSON([]byte(c.text), 8)
			if ok != c.read {
				t.Errorf("there is a value: %v, want %v", ok, c.read)
			}
			if len(faults) != 1 {
				t.Fatalf("faults: %+v", faults)
			}

			f := faults[0]
			if f.code != c.code || pointer(f.path) != c.pointer || !strings.Contains(f.message, c.message) {
				t.Errorf("got %s %q: %s", f.code, pointer(f.path), f.message)
			}
			line, column := lineColumn([]byte(c.text), f.offset)
			if line != c.line || column != c.column {
				t.Errorf("got %d:%d, want %d:%d", line, column, c.line, c.column)
			}
		})
	}
}

func TestScanContinues(t *testing.T) {
	value, faults, ok := scanJSON([]byte("{\"a\":\"x\ny\",\"a\":\"\xff\",\"b\":[1,{\"c\":1,\"c\":2}]} x"), 8)
	if !ok || len(faults) != 5 {
		t.Fatalf("%v %+v", ok, faults)
	}
	if got := fmt.Sprint(value); got != "map[a:\uFFFD b:[1 map[c:2]]]" {
		t.Errorf("got %s", got)
	}
}

func TestScanKeepsNumbers(t *testing.T) {
	value, faults, _ := scanJSON([]byte(`[9007199254740993,1.10,1e400,-0]`), 8)
	if got := fmt.Sprint(value); got != "[9007199254740993 1.10 1e400 -0]" || len(faults) != 0 {
		t.Errorf("got %s, with the faults %+v", got, faults)
	}
}

// FuzzScan compares the scanner with encoding/json: it rejects what that
// rejects, accepts what that accepts, and reads the same value.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+10,true,false,null,"x\u00e9\ud83d\ude00\n"]}`, `{"":{"":[]}}`, ``, ` `,
		`{"a":1,"a":2}`, `{"a":1}x`, "\uFEFF{}", `{"a" 1}`, `{a:1}`, `{"a":}`, `[1 2]`,
		"[\"\xff\"]", "[\"\n\"]", `"`, `["\u12"]`, `["\`,
		`["\ud800"]`, `["\ud800\u0041"]`, `["\ud800\ud800\udc00"]`,
		`[01]`, `[-]`, `[1.]`, `[1e]`, `nul`, strings.Repeat("[", 200),
	} {
		f.Add([]byte(seed))
	}

	f.Fuzz(func(t *testing.T, data []byte) {
		const encodingJSONDepth = 10000
		text := string(data)
		value, faults, ok := scanJSON([]byte(text), encodingJSONDepth)
		rejected := !ok
		for _, fault := range faults {
			rejected = rejected || fault.rejects
			checkFault(t, text, fault)
		}
		if valid := json.Valid(data); rejected == valid {
			t.Fatalf("encoding/json accepts: %v; faults: %+v", valid, faults)
		}
		if rejected {
			return
		}

		var want any
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(value, want) {
			t.Fatalf("got %#v, encoding/json reads %#v", value, want)
		}
	})
}

// checkFault checks that a fault has a place in the text.
func checkFault(t *testing.T, text string, fault textFault) {
	t.Helper()
	if fault.offset < 0 || fault.offset > len(text) {
		t.Fatalf("offset %d of %d", fault.offset, len(text))
	}
	if line, column := lineColumn([]byte(text), fault.offset); line < 1 || column < 1 {
		t.Fatalf("place %d:%d", line, column)
	}
	_ = pointer(fault.path)
}
