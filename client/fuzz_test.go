package client

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var bodies = []string{
	`{"message":"No customer between dates.","status":"failed"}`,
	`{"Customer Details":{"id":7},"status":"success"}`,
	`{"Status":"Fail","Message":"Auth Key Expired"}`,
	`[{"status":"success"}]`,
	`<html><form><input type=password>`,
	``,
	`{"status":"success","customer":{"result":false}}`,
	`{"status":"success","status":"failed"}`,
	"\xef\xbb\xbf{\"status\":\"success\",\"a\":\"x\ny\"};",
}

// Any response is a success that can be decoded, or an *Error with a code.
func FuzzOutcome(f *testing.F) {
	for i, body := range bodies {
		f.Add([]byte(body), 200+i%3*100+i%5, "application/json")
	}
	f.Fuzz(func(t *testing.T, body []byte, status int, kind string) {
		for _, readOnly := range []bool{true, false} {
			a := &attempt{
				call:        &call{op: OpAddUpdateCustomer, readOnly: readOnly},
				ctx:         t.Context(),
				mayHaveLeft: true,
				status:      status,
				header:      http.Header{"Content-Type": {kind}},
				body:        body,
			}
			s, err := a.judge(expected{})
			if err != nil {
				checkFailure(t, err, readOnly)
				continue
			}
			if status >= 400 {
				t.Fatalf("HTTP %d %q is a success", status, body)
			}
			checkSuccess(t, s)
		}
	})
}

// checkFailure checks what is true of the error of any call.
func checkFailure(t *testing.T, err error, readOnly bool) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%#v is not an *Error", err)
	}
	if e.Code == "" || e.Error() == "" || !utf8.ValidString(e.Sample) {
		t.Fatalf("no code, no text, or a sample that is not UTF-8: %#v", e)
	}
	if e.OutcomeUnknown && readOnly {
		t.Fatalf("a call that only reads may have been done: %#v", e)
	}
}

// checkSuccess checks what is true of any success, and that it can be decoded.
func checkSuccess(t *testing.T, s *success) {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(s.json, &fields); err != nil {
		t.Fatalf("%q is a success, but not an object: %v", s.body, err)
	}
	status := strings.Trim(string(fields["status"])+string(fields["Status"]), `"`)
	hasBoth := fields["status"] != nil && fields["Status"] != nil
	if !strings.EqualFold(status, "success") && !hasBoth {
		t.Fatalf("%q is a success", s.body)
	}

	v := new(CustomerUpserted)
	if err := v.UnmarshalJSON(s.json); err != nil {
		t.Fatal(err)
	}
	v.Undeclared()
	v.Misfits()
	if again, err := json.Marshal(v); err != nil || !json.Valid(again) {
		t.Fatal(err)
	}
}

// Every message of a failure has a code, and only the documented messages say
// that a record does not exist.
func FuzzClassify(f *testing.F) {
	for _, m := range messages {
		f.Add(m.Message, 200)
	}
	f.Fuzz(func(t *testing.T, message string, status int) {
		code := classify(message, status)
		if !errors.Is(&Error{Code: code}, ErrFailed) {
			t.Errorf("%q under %d is %s, which is not a failure", message, status, string(code))
		}
		isDocumented := slices.ContainsFunc(messages, func(m DocumentedMessage) bool {
			return m.Code == ErrNotFound && m.Message == message
		})
		if code == ErrNotFound && !isDocumented {
			t.Errorf("%q under %d says that a record is not there", message, status)
		}
	})
}

// A token is rejected without being shown, or is what was given without its
// prefix.
func FuzzToken(f *testing.F) {
	for _, token := range []string{"a", "Basic a", "basic  a ", "Bearer a", "", "Basic", "a\r\nb", "ä"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		clean, err := cleanToken("option", token)
		if err != nil {
			_, usual := cleanToken("option", "") // its text may contain the token by chance
			if len(token) > 3 && strings.Contains(err.Error(), token) && !strings.Contains(usual.Error(), token) {
				t.Errorf("the error shows the token: %v", err)
			}
			return
		}
		if !headerText(clean) || strings.ContainsAny(clean, " \r\n") || !strings.Contains(token, clean) {
			t.Errorf("%q became %q", token, clean)
		}
		again, err := cleanToken("option", "Basic "+clean)
		if err != nil || again != clean && !strings.EqualFold(clean, "basic") {
			t.Errorf("%q became %q", clean, again)
		}
	})
}
