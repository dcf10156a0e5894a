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
		read         bool // a value could be had all the same
	}{
		"missing comma":         {"{\n \"a\": 1\n \"b\": 2}", CodeJSONSyntax, 3, 2, "/a", `"," or "}"`, false},
		"trailing comma":        {`{"a":{"b":1,}}`, CodeJSONSyntax, 1, 13, "/a", "member name", false},
		"trailing comma, array": {`[1,]`, CodeJSONSyntax, 1, 4, "/1", "expected a value", false},
		"comment":               {`{"a": // x` + "\n1}", CodeJSONSyntax, 1, 7, "/a", `found "/"`, false},
		"single quotes":         {`{'a': 1}`, CodeJSONSyntax, 1, 2, "", "member name", false},
		"leading zero":          {`[01]`, CodeJSONSyntax, 1, 3, "/0", "end of a number", false},
		"not a number":          {`[NaN]`, CodeJSONSyntax, 1, 2, "/0", "found a letter", false},
		"bad escape":            {`["\x"]`, CodeJSONSyntax, 1, 4, "/0", "escape", false},
		"byte order mark":       {"\uFEFF{}", CodeJSONSyntax, 1, 1, "", "byte order mark", true},
		"cut in an object":      {`{"a":[1,2`, CodeBodyTruncated, 1, 10, "/a/1", "ends", false},
		"cut in a string":       {`{"a":"xy`, CodeBodyTruncated, 1, 9, "/a", "ends", false},
		"cut in a word":         {`[tru`, CodeBodyTruncated, 1, 5, "/0", "ends", false},
		"cut between elements":  {`{"a":[{"b":1},`, CodeBodyTruncated, 1, 15, "/a/1", "ends", false},
		"two values":            {"{}\n{}", CodeJSONTrailing, 2, 1, "", "after the end", true},
		"duplicate":             {`{"a/b":{"c":1,"c":1}}`, CodeJSONDuplicateKey, 1, 15, "/a~1b/c", `"c"`, true},
		"latin-1":               {"{\"é\": [\"\xe9\"]}", CodeJSONUnicode, 1, 9, "/é/0", "UTF-8", true},
		"latin-1 name":          {"{\"\xe9\": 1}", CodeJSONUnicode, 1, 3, "", "UTF-8", true},
		"half a pair":           {`["\ud800x"]`, CodeJSONUnicode, 1, 3, "/0", "surrogate", true},
		"raw line break":        {"{\"a\": \"x\ny\"}", CodeJSONControl, 1, 9, "/a", "line break", true},
		"raw tab":               {"[\"\t\"]", CodeJSONControl, 1, 3, "/0", "tab", true},
		"too deep":              {strings.Repeat("[", 9) + strings.Repeat("]", 9), CodeJSONTooDeep, 1, 9, "/0/0/0/0/0/0/0/0", "nested more than 8", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults, ok := scanJSON(c.text, 8)
			if ok != c.read {
				t.Errorf("a value could be had: %v, want %v", ok, c.read)
			}
			if len(faults) != 1 {
				t.Fatalf("faults: %+v", faults)
			}
			f := faults[0]
			line, column := lineColumn(c.text, f.offset)
			if f.code != c.code || line != c.line || column != c.column || pointer(f.path) != c.pointer || !strings.Contains(f.message, c.message) {
				t.Errorf("got %s at %d:%d %q: %s", f.code, line, column, pointer(f.path), f.message)
			}
		})
	}
}

func TestScanGoesOn(t *testing.T) {
	value, faults, ok := scanJSON("{\"a\":\"x\ny\",\"a\":\"\xff\",\"b\":[1,{\"c\":1,\"c\":2}]} x", 8)
	if !ok || len(faults) != 5 {
		t.Fatalf("%v %+v", ok, faults)
	}
	if got := fmt.Sprint(value); got != "map[a:\uFFFD b:[1 map[c:2]]]" {
		t.Error(got)
	}
}

func TestScanKeepsNumbers(t *testing.T) {
	value, faults, _ := scanJSON(`[9007199254740993,1.10,1e400,-0]`, 8)
	if got := fmt.Sprint(value); got != "[9007199254740993 1.10 1e400 -0]" || len(faults) != 0 {
		t.Error(got, faults)
	}
}

// FuzzScan holds the scanner to encoding/json: it refuses what that refuses,
// accepts what that accepts, and reads the same value.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+10,true,false,null,"x\u00e9\ud83d\ude00\n"]}`, "[\"\xff\"]", `{"a":1,"a":2}`, `{"a":1}x`, "\uFEFF{}", "[\"\n\"]",
		`["\ud800"]`, `["\ud800\u0041"]`, `["\ud800\ud800\udc00"]`, `[01]`, `[-]`, `[1.]`, `[1e]`, `{"a" 1}`, `{a:1}`, `"`, ``, ` `, `nul`,
		strings.Repeat("[", 200), `{"":{"":[]}}`, `["\u12"]`, `["\`, `[1 2]`, `{"a":}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const encodingJSONDepth = 10000
		text := string(data)
		value, faults, ok := scanJSON(text, encodingJSONDepth)
		refused := !ok
		for _, fault := range faults {
			refused = refused || fault.rejects
			if fault.offset < 0 || fault.offset > len(text) {
				t.Fatalf("offset %d of %d", fault.offset, len(text))
			}
			if line, column := lineColumn(text, fault.offset); line < 1 || column < 1 {
				t.Fatalf("place %d:%d", line, column)
			}
			_ = pointer(fault.path)
		}
		if valid := json.Valid(data); refused == valid {
			t.Fatalf("encoding/json accepts: %v; faults: %+v", valid, faults)
		}
		if refused {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(value, want) {
			t.Fatalf("got %#v, encoding/json reads %#v", value, want)
		}
	})
}
