package client

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

var bodies = []string{
	`{"status":"success","message":[{"id":1,"name":"A"},{"id":2}]}`, `{"message":[{"id":1},{"id":1}],"status":"failed"}`,
	`{"message":"No customer between dates.","status":"failed"}`, `{"Customer Details":{"id":7},"status":"success"}`,
	`{"Status":"Fail","Message":"Auth Key Expired"}`, `[{"status":"success"}]`, `<html><form><input type=password>`, ``, `{"message":[`,
	"{\"message\":[{\"a\":\"x\ny\\\"\"}],\"status\":\"success\"};", "\xef\xbb\xbf{\"status\":\"success\"}", `{"a":{"a":1,"A":2,"a":3}}`,
	`{"status":"success","customer":{"result":false}}`, `{"mess\u0061ge":[[]],"status":"Success"}`, `{"message":[],"message":[],"status":"success"}`,
	`{"message":[{"a":"\",\"a\":","b\\":"\\"},{"\"":[1,{}]}],"status":"success"}`, `{"a":"\"}]","message":[1],"status":"success"}`, `{"message":[1 2],"status":"success"}`, `{"message":[{}}],"status":"success"}`, "{\"message\":[\"\xff\\\"]\"],\"status\":\"success\"}",
	"{\"message\":[\"\xff\\\x19]\"],\"status\":\"success\"}",
}

// Whatever comes is a success that can be decoded, or an *Error with a code.
func FuzzOutcome(f *testing.F) {
	for i, body := range bodies {
		f.Add([]byte(body), 200+i%3*100+i%5, "application/json")
	}
	f.Fuzz(func(t *testing.T, body []byte, status int, kind string) {
		for _, safe := range []bool{true, false} {
			x := newExchange(OpAddUpdateCustomer)
			x.safe = safe
			x.left.Store(true)
			r, err := x.judge(&http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}}, body, due{})
			if err != nil {
				var e *Error
				if !errors.As(err, &e) || e.Code == "" || e.Error() == "" || !utf8.ValidString(e.Sample) || e.OutcomeUnknown && safe {
					t.Fatalf("%#v", err)
				}
				continue
			}
			if !json.Valid(r.json) || status >= 400 {
				t.Fatalf("HTTP %d %q is a success", status, body)
			}
			var members map[string]json.RawMessage
			if err := json.Unmarshal(r.json, &members); err != nil || !strings.EqualFold(strings.Trim(string(members["status"])+string(members["Status"]), `"`), "success") &&
				(members["status"] == nil || members["Status"] == nil) {
				t.Fatalf("%q is a success", body)
			}
			v := new(CustomerSaved)
			if err := v.UnmarshalJSON(r.json); err != nil {
				t.Fatal(err)
			}
			v.Undeclared()
			v.Misfits()
			if again, err := json.Marshal(v); err != nil || !json.Valid(again) {
				t.Fatal(err)
			}
		}
	})
}

// taken is what a stream makes of a body.
func taken(r io.Reader, single bool) (elements []string, around string, err error) {
	s := &stream{Reader: bufio.NewReaderSize(r, 16), where: listing{member: "message", single: single}, max: 1 << 16}
	err = s.read(func(element []byte) error {
		if !json.Valid(element) {
			return errSyntax
		}
		elements = append(elements, string(element))
		return nil
	})
	return elements, string(s.around), err
}

// A list comes out whole or with an error, however its bytes arrive.
func FuzzStream(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<15 {
			return
		}
		elements, around, err := taken(bytes.NewReader(body), false)
		slow, slowAround, slowErr := taken(iotest.OneByteReader(bytes.NewReader(body)), false)
		if fmt.Sprint(elements, around, err) != fmt.Sprint(slow, slowAround, slowErr) {
			t.Fatalf("%q: %v %s %v at once, %v %s %v by bytes", body, elements, around, err, slow, slowAround, slowErr)
		}
		_, _, _ = taken(bytes.NewReader(body), true)

		var members map[string]json.RawMessage
		var whole []json.RawMessage
		valid := json.Unmarshal(body, &members) == nil
		if list := members["message"]; !valid || len(list) == 0 || list[0] != '[' || json.Unmarshal(list, &whole) != nil {
			if valid && members != nil && len(elements) > 0 && !bytes.Contains(body, []byte("message")) && !bytes.Contains(body, []byte(`\u`)) {
				t.Fatalf("%q has no list, got %q", body, elements)
			}
			return
		}
		if in, _ := inspect(body, ""); len(in.notes) > 0 || strings.Contains(strings.ToLower(string(members["status"])+string(members["Status"])), "fail") {
			return
		}
		if err != nil || !json.Valid([]byte(around)) || len(elements) != len(whole) {
			t.Fatalf("%q: got %q and %q, %v", body, elements, around, err)
		}
		for i := range whole {
			if strings.TrimSpace(elements[i]) != string(whole[i]) {
				t.Fatalf("%q: element %d is %q, want %q", body, i, elements[i], whole[i])
			}
		}
	})
}

func FuzzInspect(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body), "message")
	}
	f.Fuzz(func(t *testing.T, text []byte, want string) {
		in, err := inspect(text, want)
		if !json.Valid(text) {
			if err == nil && !json.Valid(in.json) && json.Valid(escapeControls(text)) {
				t.Fatalf("%q is not made valid", text)
			}
			return
		}
		if err != nil || !bytes.Equal(in.json, text) {
			if err == nil || bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) < maxDepth {
				t.Fatalf("%q: %q, %v", text, in.json, err)
			}
			return
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) == nil && want != "" && utf8.Valid(text) && utf8.ValidString(want) {
			if got := bytes.TrimSpace(in.value); string(got) != string(members[want]) {
				t.Fatalf("%q: %q is %q, want %q", text, want, got, members[want])
			}
		}
		twice := false
		for _, n := range in.notes {
			twice = twice || n.Kind == NoteDuplicate
		}
		if twice != duplicates(json.NewDecoder(bytes.NewReader(text))) && utf8.Valid(text) {
			t.Fatalf("%q: duplicates are told as %t", text, twice)
		}
	})
}

// duplicates is the slow and plain way.
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

func FuzzClassify(f *testing.F) {
	for _, m := range messages {
		f.Add(m.Message, 200)
	}
	f.Fuzz(func(t *testing.T, message string, status int) {
		code := classify(message, status)
		if !errors.Is(&Error{Code: code}, ErrFailed) {
			t.Errorf("%q under %d is %s, which is no refusal", message, status, string(code))
		}
		if code == ErrNotFound && !slices.ContainsFunc(messages, func(m DocumentedMessage) bool { return m.Code == ErrNotFound && m.Message == message }) {
			t.Errorf("%q under %d says that a record is not there", message, status)
		}
	})
}

func FuzzToken(f *testing.F) {
	for _, token := range []string{"a", "Basic a", "basic  a ", "Bearer a", "", "Basic", "a\r\nb", "ä"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		clean, err := cleanToken("option", token)
		if err != nil {
			if len(token) > 3 && strings.Contains(err.Error(), token) && !strings.Contains("option: the token is empty, or holds a blank or what no header can have; give the key alone, with or without \"Basic \"", token) {
				t.Errorf("the error shows the token: %v", err)
			}
			return
		}
		if !headerText(clean) || strings.ContainsAny(clean, " \r\n") || !strings.Contains(token, clean) {
			t.Errorf("%q became %q", token, clean)
		}
		if again, err := cleanToken("option", "Basic "+clean); err != nil || again != clean && !strings.EqualFold(clean, "basic") {
			t.Errorf("%q became %q", clean, again)
		}
	})
}
