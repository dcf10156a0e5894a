package rawjson

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

var bodies = []string{
	`{"status":"success","message":[{"id":1,"name":"A"},{"id":2}]}`,
	`{"message":[{"id":1},{"id":1}],"status":"failed"}`,
	`{"message":[`,
	"{\"message\":[{\"a\":\"x\ny\\\"\"}],\"status\":\"success\"};",
	`{"a":{"a":1,"A":2,"a":3}}`,
	`{"mess\u0061ge":[[]],"status":"Success"}`,
	`{"message":[],"message":[],"status":"success"}`,
	`{"message":[{"a":"\",\"a\":","b\\":"\\"},{"\"":[1,{}]}],"status":"success"}`,
	`{"a":"\"}]","message":[1],"status":"success"}`,
	`{"message":[1 2],"status":"success"}`,
	`{"message":[{}}],"status":"success"}`,
	"{\"message\":[\"\xff\\\"]\"],\"status\":\"success\"}",
	"{\"message\":[\"\xff\\\x19]\"],\"status\":\"success\"}",
	`{"message":{"contents":[{"id":1},{"contents":[2]}],"total":2},"status":"success"}`,
	`{"message":[{"contents":[1]}],"a":{"a":{"b":[1],"a":[2, 3]},"b":{"a":[4]}}}`,
}

// readList returns what a List reads from a body.
func readList(r io.Reader, single bool, path []string) (elements []string, around string, err error) {
	l := &List{Path: path, Single: single, Max: 1 << 16}
	for element, err := range l.Elements(context.Background(), bufio.NewReaderSize(r, 16)) {
		if err == nil && !json.Valid(element) {
			err = ErrSyntax
		}
		if err != nil {
			return elements, string(l.Around), err
		}
		elements = append(elements, string(element))
	}
	return elements, string(l.Around), nil
}

// A list is read completely or with an error, however its bytes arrive.
func FuzzList(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<15 {
			return
		}
		for _, path := range [][]string{{"message"}, {"message", "contents"}, {"a", "a", "a"}} {
			elements, around, err := readList(bytes.NewReader(body), false, path)
			slow, slowAround, slowErr := readList(iotest.OneByteReader(bytes.NewReader(body)), false, path)
			if fmt.Sprint(elements, around, err) != fmt.Sprint(slow, slowAround, slowErr) {
				t.Fatalf("%q: %v %s %v at once, %v %s %v by bytes", body, elements, around, err, slow, slowAround,
					slowErr)
			}
			_, _, _ = readList(bytes.NewReader(body), true, path) // which must not panic

			if in, _ := Inspect(t.Context(), body, ""); len(in.Notes) > 0 || !json.Valid(body) {
				continue
			}
			var whole []json.RawMessage
			if list := Field(body, path...); len(list) > 0 && list[0] == '[' {
				if err := json.Unmarshal(list, &whole); err != nil {
					t.Fatal(err)
				}
			}
			if err != nil || !json.Valid([]byte(around)) || len(elements) != len(whole) {
				t.Fatalf("%q: got %q and %q, %v", body, elements, around, err)
			}
			for i := range whole {
				if strings.TrimSpace(elements[i]) != string(whole[i]) {
					t.Fatalf("%q: element %d is %q, want %q", body, i, elements[i], whole[i])
				}
			}
		}
	})
}

// Inspect accepts what encoding/json accepts, and finds the same field and the
// same duplicates.
func FuzzInspect(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body), "message")
	}
	f.Fuzz(func(t *testing.T, text []byte, want string) {
		in, err := Inspect(t.Context(), text, want)
		if !json.Valid(text) {
			if err == nil && !json.Valid(in.JSON) && json.Valid(escapeControls(text)) {
				t.Fatalf("%q is not made valid", text)
			}
			return
		}
		if err != nil || !bytes.Equal(in.JSON, text) {
			if err == nil || bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) < maxDepth {
				t.Fatalf("%q: %q, %v", text, in.JSON, err)
			}
			return
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal(text, &fields) == nil && want != "" && utf8.Valid(text) && utf8.ValidString(want) {
			if got := bytes.TrimSpace(in.Value); string(got) != string(fields[want]) {
				t.Fatalf("%q: %q is %q, want %q", text, want, got, fields[want])
			}
		}
		twice := false
		for _, n := range in.Notes {
			twice = twice || n.Kind == NoteDuplicate
		}
		if twice != duplicates(json.NewDecoder(bytes.NewReader(text))) && utf8.Valid(text) {
			t.Fatalf("%q: duplicates are reported: %t", text, twice)
		}
	})
}

// duplicates finds duplicate names in the slow and simple way.
func duplicates(dec *json.Decoder) (found bool) {
	token, err := dec.Token()
	if err != nil {
		return false
	}
	seen := map[json.Token]bool{}
	for d, _ := token.(json.Delim); d != 0 && dec.More(); {
		if d == '{' {
			name, _ := dec.Token()
			found = found || seen[name]
			seen[name] = true
		}
		found = duplicates(dec) || found
	}
	if _, nested := token.(json.Delim); nested {
		_, _ = dec.Token()
	}
	return found
}
