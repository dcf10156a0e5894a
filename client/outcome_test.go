package client_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// nested is an object that is nested deeper than the client reads.
var nested = strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)

// What the error of each response says, for a write and for a read.
func TestOutcome(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		kind    string // the content type; application/json if empty
		body    string
		code    client.Code
		message string
		unknown bool // the outcome of a write
	}{
		"failed": {
			status:  200,
			body:    `{"status":"failed","message":"Name, Email Id, and Phone Number required"}`,
			code:    client.ErrMissing,
			message: "Name, Email Id, and Phone Number required",
		},
		"failed under 400": {
			status:  400,
			body:    `{"status":"failed","message":"Invalid email id."}`,
			code:    client.ErrInvalidEmail,
			message: "Invalid email id.",
		},
		"failed under 401": {
			status:  401,
			body:    `{"status":"failed","message":"Invalid Auth Key"}`,
			code:    client.ErrAuthKey,
			message: "Invalid Auth Key",
		},
		"failed under 500": {
			status:  500,
			body:    `{"status":"failed","message":"Whatever"}`,
			code:    client.ErrServer,
			message: "Whatever",
		},
		"failed, in the form of 2016": {
			status:  200,
			body:    `{"Status":"Fail","Message":"Message Key Expired"}`,
			code:    client.ErrAuthKeyExpired,
			message: "Message Key Expired",
		},
		"unknown message": {
			status:  200,
			body:    `{"status":"failed","message":"Something else"}`,
			code:    client.ErrFailed,
			message: "Something else",
		},
		"no message":          {status: 200, body: `{"status":"failed"}`, code: client.ErrFailed},
		"message is not text": {status: 200, body: `{"status":"failed","message":{"a":1}}`, code: client.ErrFailed},
		"not found": {
			status: 200,
			body: `{"Customer Details": "Information given by you does not exist in our sytsem.","status": ` +
				`"failed"}`,
			code:    client.ErrNotFound,
			message: "Information given by you does not exist in our sytsem.",
		},
		"message with a leading comma": {
			status: 400,
			body: `{"message":" ,Both email and mobile number already exist. Please enter new details.",` +
				`"status":"failed"}`,
			code:    client.ErrDuplicateBoth,
			message: " ,Both email and mobile number already exist. Please enter new details.",
		},
		"duplicate lead": {
			status: 200,
			body: `{"message":"Lead already exists, Customer ID :70000006, Enquiry ID :1, Contact ID : 2",` +
				`"status":"failed"}`,
			code:    client.ErrDuplicateLead,
			message: "Lead already exists, Customer ID :70000006, Enquiry ID :1, Contact ID : 2",
		},
		"known message, no status": {
			status:  200,
			body:    `{"message":"Invalid Auth Key"}`,
			code:    client.ErrAuthKey,
			message: "Invalid Auth Key",
		},
		"result false": {
			status:  200,
			body:    `{"status":"success","customer":{"result":false},"message":"Refused"}`,
			code:    client.ErrFailed,
			message: "Refused",
		},
		"success under 400": {
			status:  400,
			body:    `{"status":"success","customer":{}}`,
			code:    client.ErrFailed,
			unknown: true,
		},
		"success under 503": {
			status:  503,
			body:    `{"status":"success","customer":{}}`,
			code:    client.ErrServer,
			unknown: true,
		},
		"success and failed": {
			status:  200,
			body:    `{"status":"success","Status":"failed","customer":{}}`,
			code:    client.ErrFailed,
			unknown: true,
		},
		"unknown status": {
			status:  200,
			body:    `{"status":"pending","customer":{}}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		"status is not text": {
			status:  200,
			body:    `{"status":true,"customer":{}}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		"no status": {
			status:  200,
			body:    `{"customer":{"customer_id":1}}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		"status in another case": {
			status:  200,
			body:    `{"STATUS":"success","customer":{}}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		"response of another call": {
			status:  200,
			body:    `{"status":"success","message":[]}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		"text for the object": {
			status:  200,
			body:    `{"status":"success","customer":"done","Customer Details":"none"}`,
			code:    client.ErrTextResponse,
			unknown: true,
		},
		"list for the object": {
			status:  200,
			body:    `{"status":"success","customer":[{"customer_id":1}],"Customer Details":[{"id":1}]}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		"known failure under success": {
			status:  200,
			body:    `{"status":"success","message":"Invalid Auth Key"}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		"bare array": {status: 200, body: `[{"status":"success"}]`, code: client.ErrUnexpectedResponse, unknown: true},
		"bare null":  {status: 200, body: `null`, code: client.ErrUndecodable, unknown: true},
		"status twice": {
			status:  200,
			body:    `{"status":"failed","status":"success","customer":{}}`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
		"status twice, escaped": {
			status:  200,
			body:    `{"status":"failed","st\u0061tus":"success","customer":{}}`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
		"customer twice": {
			status:  200,
			body:    `{"status":"success","customer":{},"customer":{},"Customer Details":{},"Customer Details":{}}`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
		"login page": {
			status:  200,
			kind:    "text/html",
			body:    `<html><form action=/login><input type=password></form>`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
		"proxy page": {
			status:  502,
			kind:    "text/html",
			body:    `<html><h1>Bad Gateway</h1>`,
			code:    client.ErrServer,
			unknown: true,
		},
		"not found page":    {status: 404, kind: "text/html", body: `<html>404`, code: client.ErrNoSuchEndpoint},
		"unauthorised page": {status: 401, kind: "text/html", body: `<html>`, code: client.ErrAuthKey},
		"forbidden":         {status: 403, code: client.ErrForbidden},
		"HTTP's code as the status": {
			status:  404,
			body:    `{"status":404,"error":"Not Found","message":"No handler","path":"/x"}`,
			code:    client.ErrNoSuchEndpoint,
			message: "No handler",
		},
		"another status under 400": {
			status:  400,
			body:    `{"status":"error","message":"no good"}`,
			code:    client.ErrFailed,
			message: "no good",
		},
		"rate limited":     {status: 429, kind: "text/plain", body: `slow down`, code: client.ErrRateLimited},
		"bad request page": {status: 400, kind: "text/html", body: `<html>`, code: client.ErrFailed},
		"empty":            {status: 200, code: client.ErrUndecodable, unknown: true},
		"blank":            {status: 200, body: " \n", code: client.ErrUndecodable, unknown: true},
		"empty 500":        {status: 500, code: client.ErrServer, unknown: true},
		"text":             {status: 200, kind: "text/plain", body: `OK`, code: client.ErrUndecodable, unknown: true},
		"truncated": {
			status:  200,
			body:    `{"status":"success","customer":{"result":tr`,
			code:    client.ErrTruncated,
			unknown: true,
		},
		"truncated in a text": {status: 200, body: `{"status":"succ`, code: client.ErrTruncated, unknown: true},
		"truncated before the brace": {
			status:  200,
			body:    `{"status":"success","customer":{}`,
			code:    client.ErrTruncated,
			unknown: true,
		},
		"truncated failure": {
			status:  200,
			body:    `{"status":"failed","message":"Invalid Auth Key"`,
			code:    client.ErrTruncated,
			unknown: true,
		},
		"data after the object": {
			status:  200,
			body:    `{"status":"success","customer":{}} {"status":"failed"}`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
		"no comma": {
			status:  200,
			body:    `{"status":"success" "customer":{}}`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
		"wrong bracket": {
			status:  200,
			body:    `{"status":"success","customer":{}]`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
		"wrong literal": {
			status:  200,
			body:    `{"status":"success","customer":t rue}`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
		"nested too deeply": {
			status:  200,
			body:    `{"status":"success","customer":` + nested + `}`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, responseWith(test.status, cmp.Or(test.kind, "application/json"), test.body))
			_, add := c.Customers.Add(t.Context(), somebody())
			_, get := c.Customers.Get(t.Context(), client.CustomerByID(1))
			for what, err := range map[string]error{"write": add, "read": get} {
				e := is(t, err, test.code)
				if e.Code != test.code || e.HTTPStatus != test.status {
					t.Errorf("%s: got %s, HTTP %d; want %s, HTTP %d",
						what, e.Code, e.HTTPStatus, test.code, test.status)
				}
				if test.code != client.ErrTextResponse && e.Message != test.message {
					t.Errorf("%s: message %q, want %q", what, e.Message, test.message)
				}

				want := test.unknown && what == "write"
				if e.OutcomeUnknown != want || errors.Is(err, client.ErrOutcomeUnknown) != want {
					t.Errorf("%s: outcome unknown is %t", what, e.OutcomeUnknown)
				}
				if strings.Contains(e.Detail, "body says success") && !strings.Contains(test.body, "success") {
					t.Errorf("%s: %v", what, e)
				}
				if string(e.Body) != test.body || e.Error() == "" || e.Attempts != 1 {
					t.Errorf("%s: %v, body %q", what, e, e.Body)
				}
				if strings.Contains(e.Error(), `customer":`) {
					t.Errorf("%s: the text quotes the record: %v", what, e)
				}
			}
		})
	}
}

// Responses that a strict parser would reject are read, with a note.
func TestAccepted(t *testing.T) {
	const body = `{"Customer Details":{"id":7,"name":"Asha"},"status":"success"}`
	for name, test := range map[string]struct {
		body string
		note client.NoteKind // "" for none
		name string          // Asha if empty
	}{
		"nothing unusual": {body: body},
		"byte order mark": {body: "\xef\xbb\xbf" + body, note: client.NoteByteOrderMark},
		"semicolon":       {body: body + ";\n", note: client.NoteSemicolon},
		"raw line break": {
			body: strings.Replace(body, "Asha", "A\r\n\tsha", 1),
			note: client.NoteControl,
			name: "A\r\n\tsha",
		},
		"invalid UTF-8": {
			body: strings.Replace(body, "Asha", "A\xffsha", 1),
			note: client.NoteAltered,
			name: "A\ufffdsha",
		},
		"a field twice": {
			body: strings.Replace(body, `"id":7`, `"name":"Old","id":7`, 1),
			note: client.NoteDuplicate,
		},
		"a field in another case": {
			body: strings.Replace(body, `"id":7`, `"Name":"Old","id":7`, 1),
			note: client.NoteCase,
		},
		"text of a failure":    {body: strings.Replace(body, "{", `{"message":"Invalid Auth Key",`, 1)},
		"blanks around it":     {body: " \n" + body + "\n "},
		"success in a capital": {body: strings.Replace(body, `"success"`, `"Success"`, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, response(test.body))
			cust, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
			is(t, err, "")
			if cust.ID != client.NumberID(7) || cust.Name != cmp.Or(test.name, "Asha") ||
				string(cust.Body()) != test.body || cust.HTTPStatus() != 200 {
				t.Errorf("got %s %q, body %q", cust.ID, cust.Name, cust.Body())
			}
			var want []client.NoteKind
			if test.note != "" {
				want = append(want, test.note)
			}
			if !slices.Equal(kindsOf(cust.Notes()), want) {
				t.Errorf("notes %v, want %v", cust.Notes(), want)
			}
			again, err := json.Marshal(cust)
			if err != nil || !json.Valid(again) {
				t.Errorf("does not encode: %v", err)
			}
		})
	}
}

// JSON under any content type is read. One that does not say JSON is noted.
func TestContentTypes(t *testing.T) {
	for kind, noted := range map[string]bool{
		"application/json;charset=UTF-8": false,
		"application/hal+json":           false,
		"":                               false,
		"text/html":                      true,
	} {
		c := serve(t, responseWith(200, kind, found))
		cust, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		is(t, err, "")
		var want []client.NoteKind
		if noted {
			want = append(want, client.NoteContentType)
		}
		if !slices.Equal(kindsOf(cust.Notes()), want) {
			t.Errorf("%q: notes %v", kind, cust.Notes())
		}
	}
}

// A response that is not JSON is described by its appearance, with its
// beginning on one line.
func TestResponsesThatAreNotJSON(t *testing.T) {
	const notJSON = "the response is not JSON; see Body"
	const isPage = "the response is an HTML or XML page, as sent by a proxy or for a wrong URL; " +
		"check tenant and base URL"
	for name, test := range map[string]struct {
		status int // 200 if 0
		body   string
		detail string
		sample string
	}{
		"empty": {body: "", detail: "the response is empty"},
		"text":  {body: "slow\tdown", detail: notJSON, sample: "slow down"},
		"page":  {body: "<HTML>\n <h1>Hello</h1>", detail: isPage, sample: "<HTML> <h1>Hello</h1>"},
		"form":  {body: "<form>", detail: isPage, sample: "<form>"},
		"password without a form": {
			body:   "<p>password",
			detail: isPage,
			sample: "<p>password",
		},
		"login": {
			body:   "<FORM><input type=PASSWORD>",
			detail: "the response is a login page; check tenant, base URL and key",
			sample: "<FORM><input type=PASSWORD>",
		},
		"page under HTTP 502": {
			status: 502,
			body:   "<html>",
			detail: "HTTP 502 Bad Gateway, and " + isPage,
			sample: "<html>",
		},
		"unprintable characters": {body: "a\u200b\x00b", detail: notJSON, sample: "a b"},
		"long text":              {body: strings.Repeat("x", 200), detail: notJSON, sample: strings.Repeat("x", 160)},
		"success under HTTP 400": {
			status: 400,
			body:   `{"status":"success"}`,
			detail: "HTTP 400 Bad Request, although the body says success",
		},
		"no status under HTTP 400": {status: 400, body: `{}`, detail: "HTTP 400 Bad Request"},
	} {
		c := serve(t, responseWith(cmp.Or(test.status, 200), "text/html", test.body))
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		var e *client.Error
		if !errors.As(err, &e) || e.Detail != test.detail || e.Sample != test.sample {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrorText(t *testing.T) {
	full := client.Error{
		Code:       client.ErrServer,
		Operation:  client.OpAddTicket,
		Message:    "M",
		Detail:     "D",
		Err:        io.EOF,
		HTTPStatus: 503,
		Attempts:   3,
		RetryAfter: 7 * time.Second,
	}
	const most = "kapture: addTicket: M: D: EOF (failed/server, HTTP 503, 3 attempts, retry after 7s"
	const unknown = ", it may have been done: look before repeating it)"
	for _, test := range []struct {
		body    string
		sample  string
		unknown bool
		want    string
	}{
		{body: "\xef\xbb\xbf\n<p>", sample: "<p>", unknown: true, want: most + `, got "<p>"` + unknown},
		{body: `{"name":"Asha"`, sample: "<p>", unknown: true, want: most + unknown}, // a record is not quoted
		{body: `["Asha"`, sample: "<p>", unknown: true, want: most + unknown},
		{body: "", sample: "<p>", want: most + ")"},
		{body: "<p>", sample: "", want: most + ")"},
	} {
		e := full
		e.Body = []byte(test.body)
		e.Sample = test.sample
		e.OutcomeUnknown = test.unknown
		if e.Error() != test.want {
			t.Errorf("got  %s\nwant %s", e.Error(), test.want)
		}
	}

	least := &client.Error{Code: client.ErrFailed, Operation: client.OpAddTicket, Attempts: 1}
	if least.Error() != "kapture: addTicket (failed)" {
		t.Errorf("got  %s", least.Error())
	}
}

func TestGzipThatEndsEarly(t *testing.T) {
	zipped := gzipped(added)
	withoutChecksum := bytes.Clone(zipped[:len(zipped)-8])
	for name, body := range map[string][]byte{
		"inside the checksum": zipped[:len(zipped)-6],
		"in the middle":       zipped[:len(zipped)/2],
		"another checksum":    append(withoutChecksum, 1, 2, 3, 4, 5, 6, 7, 8),
	} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(body)
		})
		_, err := c.Customers.Add(t.Context(), somebody())
		if !errors.Is(err, client.ErrTruncated) || !errors.Is(err, client.ErrOutcomeUnknown) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A success without a customer does not mean that one was found.
func TestSuccessWithoutACustomer(t *testing.T) {
	for _, details := range []string{"{}", "{ }", "[]", "null", `""`, "[{}]"} {
		c := serve(t, response(`{"status":"success","Customer Details":`+details+`}`))
		cust, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		if !errors.Is(err, client.ErrUnexpectedResponse) || errors.Is(err, client.ErrNotFound) {
			t.Errorf("%s: %v, %v", details, cust, err)
		}
	}
}

// If a record is given twice, it cannot be known which one is meant.
func TestARecordGivenTwice(t *testing.T) {
	c := serve(t, response(`{"status":"success","customer":{"customer_id":1},"customer":{"customer_id":2}}`))
	_, err := c.Customers.Add(t.Context(), somebody())
	e := is(t, err, client.ErrUndecodable)
	if !e.OutcomeUnknown || !strings.Contains(e.Error(), `"customer" twice`) {
		t.Error(err)
	}
}

// Raw is the whole body of a response, unless the value is a part of the response.
func TestRawIsTheWholeBody(t *testing.T) {
	const body = "\xef\xbb\xbf " + added + " ;"
	got, err := serve(t, response(body)).Customers.Add(t.Context(), somebody())
	if err != nil {
		t.Fatal(err)
	}
	if got.Customer.CustomerID != client.NumberID(700000001) || got.Customer.ContactID != client.NumberID(710000001) {
		t.Errorf("got %v", got.Customer)
	}
	if string(got.Raw()) != body || string(got.Body()) != body {
		t.Errorf("raw %q, body %q, want both %q", got.Raw(), got.Body(), body)
	}
	if text, err := json.Marshal(got); err != nil || string(text) != added {
		t.Errorf("encodes as %s, %v", text, err)
	}
}

// oddRecord has values of other forms than the contract says, and fields that it
// does not know.
const oddRecord = `{"id":"seven","name":"Asha","zone":4,"tenant field":{"a":1},"City":"Pune","contacts":[{"id":1,` +
	`"new":true,"age":"old","generationDate":[1]}],"generationDate":"May 2, 2024 4:15:42 PM","isApi":null}`

// oddCustomer reads oddRecord.
func oddCustomer(t *testing.T) *client.Customer {
	t.Helper()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r-17")
		response(`{"Customer Details":`+oddRecord+`,"status":"success","more":1}`)(w, r)
	})
	cust, err := c.Customers.Get(t.Context(), client.CustomerByPhone("9000000001"))
	is(t, err, "")
	return cust
}

// A value that does not fit leaves its field at zero and does not affect others.
func TestResponse(t *testing.T) {
	cust := oddCustomer(t)
	if cust.ID != client.TextID("seven") || cust.Name != "Asha" || cust.Zone != 4 {
		t.Errorf("got %+v", cust.Customer)
	}
	if len(cust.Contacts) != 1 || cust.Contacts[0].ID != client.NumberID(1) {
		t.Errorf("contacts %+v", cust.Contacts)
	}
	if string(cust.Raw()) != oddRecord || cust.String() != oddRecord {
		t.Errorf("raw %s", cust.Raw())
	}
	if !strings.Contains(string(cust.Body()), `,"more":1}`) || cust.RequestID() != "r-17" {
		t.Errorf("request %s, body %s", cust.RequestID(), cust.Body())
	}

	undeclared := map[string]string{}
	for at, value := range cust.Undeclared() {
		undeclared[at] = string(value)
	}
	if !maps.Equal(undeclared, map[string]string{
		"/City": `"Pune"`, "/tenant field": `{"a":1}`, "/contacts/0/new": "true",
	}) {
		t.Errorf("undeclared: %s", undeclared)
	}
	misfits := map[string]string{}
	for _, m := range cust.Misfits() {
		misfits[m.Pointer] = m.Expected + " " + string(m.Literal)
	}
	if !maps.Equal(misfits, map[string]string{
		"/contacts/0/age": `int64 "old"`, "/contacts/0/generationDate": "Time [1]",
	}) {
		t.Errorf("misfits: %v", misfits)
	}
}

// A response encodes as the JSON that was received, and can be decoded again.
func TestResponsesCanBeStored(t *testing.T) {
	stored, err := json.Marshal(oddCustomer(t))
	if err != nil || string(stored) != oddRecord {
		t.Errorf("encodes as %s, %v", stored, err)
	}
	var again client.Customer
	err = json.Unmarshal(stored, &again)
	if err != nil || again.Name != "Asha" || string(again.Raw()) != oddRecord || len(again.Misfits()) != 2 {
		t.Errorf("decodes as %+v, %v", again.Customer, err)
	}

	// What cannot be decoded does not change the value.
	err = json.Unmarshal([]byte(nested), &again)
	if err == nil || !strings.Contains(err.Error(), "nested deeper") || again.Name != "Asha" ||
		string(again.Raw()) != oddRecord {
		t.Errorf("too deep: %+v, %v", again.Customer, err)
	}
}

func TestAValueThatTheCallerMade(t *testing.T) {
	var cust client.Customer
	cust.Name = "Made"
	text, err := json.Marshal(cust)
	if err != nil || string(text) != `{"name":"Made"}` {
		t.Errorf("encodes as %s, %v", text, err)
	}
	if cust.Raw() != nil || cust.Header() != nil || len(cust.Misfits()) != 0 {
		t.Errorf("bytes %s, headers %v, misfits %v", cust.Raw(), cust.Header(), cust.Misfits())
	}
}

// The notes on one response are bounded, so that repeated fields do not take more
// memory than others.
func TestFewNotesAreKept(t *testing.T) {
	for name, test := range map[string]struct {
		fields func(i int) string
		most   int // notes; 0 if there are none
	}{
		"one name":   {func(int) string { return `"a":1` }, 1000},
		"two names":  {func(i int) string { return fmt.Sprintf(`"%c":1`, 'a'+i%2) }, 1000},
		"all differ": {func(i int) string { return fmt.Sprintf(`"m%07d":1`, i) }, 0},
	} {
		var body strings.Builder
		body.WriteString(`{"status":"success","Customer Details":{"id":7`)
		for i := range 50_000 {
			body.WriteString("," + test.fields(i))
		}
		c := serve(t, response(body.String()+"}}"))
		cust, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		is(t, err, "")
		n := len(cust.Notes())
		if cust.ID != client.NumberID(7) || n > test.most || (n == 0) != (test.most == 0) {
			t.Errorf("%s: %d notes", name, n)
		}
	}
}

// wantRequest is what a call sends, or why it is rejected before it is sent.
type wantRequest struct {
	sent     string // path and body
	rejected string // a part of the error
}

// whateverIsAsked is a success of every call in the tests of requests.
const whateverIsAsked = `{"status":"success","message":"","customer":{"customer_id":1},"Customer Details":{"id":1},` +
	`"Kapture Customer Id":"70000005"}`

// check makes a call, and compares what it sends.
func (want wantRequest) check(t *testing.T, call func(*client.Client) error) {
	t.Helper()
	d := newDesk(t, always(whateverIsAsked))
	err := call(d.Client)
	sent := ""
	for _, r := range d.requests() {
		sent += r.path + " " + r.body
	}
	if sent != want.sent {
		t.Errorf("sent %s (%v), want %s", sent, err, want.sent)
	}
	if want.rejected == "" {
		is(t, err, "")
		return
	}
	e := is(t, err, client.ErrInvalidRequest)
	if !strings.Contains(e.Error(), want.rejected) {
		t.Errorf("got %v, want an error with %q", err, want.rejected)
	}
}

// asha returns a customer with an identifier and a field in AdditionalProperties.
func asha(id client.ID, field string, value json.RawMessage) client.CustomerRequest {
	req := client.CustomerRequest{CustomerInfo: client.CustomerInfo{CustomerID: id, CustomerName: new("Asha")}}
	if field != "" {
		req.CustomerInfo.Set(field, value)
	}
	return req
}

const upsertPath = "/ms/customer/customer/api/v1/add-update "

func TestCustomersAddRequests(t *testing.T) {
	null := json.RawMessage("null")
	text := json.RawMessage(`"x"`)
	withTitle := somebody()
	withTitle.ContactInfo = []client.ContactInfo{{}, {AdditionalProperties: map[string]json.RawMessage{"title": text}}}
	for name, test := range map[string]struct {
		request client.CustomerRequest
		want    wantRequest
	}{
		"a customer": {
			request: somebody(),
			want:    wantRequest{sent: upsertPath + `{"customer_info":{"customer_name":"Asha","phone":"9000000001"}}`},
		},
		"an identifier": {
			request: asha(client.TextID("5"), "", nil),
			want:    wantRequest{rejected: "use Update"},
		},
		"an empty identifier": {
			request: asha(client.TextID(""), "", nil),
			want:    wantRequest{sent: upsertPath + `{"customer_info":{"customer_id":"","customer_name":"Asha"}}`},
		},
		"a tenant's field": {
			request: asha(client.ID{}, "tier", text),
			want:    wantRequest{sent: upsertPath + `{"customer_info":{"customer_name":"Asha","tier":"x"}}`},
		},
		"null for a declared field": {
			request: asha(client.ID{}, "phone", null),
			want:    wantRequest{sent: upsertPath + `{"customer_info":{"customer_name":"Asha","phone":null}}`},
		},
		"a value for a declared field": {
			request: asha(client.ID{}, "phone", text),
			want:    wantRequest{rejected: "/customer_info/phone"},
		},
		"null and a value for a field": {
			request: asha(client.ID{}, "customer_name", null),
			want:    wantRequest{rejected: "given twice"},
		},
		"a tenant's field that is not JSON": {
			request: asha(client.ID{}, "tier", json.RawMessage("x")),
			want:    wantRequest{rejected: "not a JSON value"},
		},
		"a declared field inside a list": {
			request: withTitle,
			want:    wantRequest{rejected: "/contact_info/1/title"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.check(t, func(c *client.Client) error {
				_, err := c.Customers.Add(t.Context(), test.request)
				return err
			})
		})
	}
}

func TestCustomersUpdateRequests(t *testing.T) {
	for name, test := range map[string]struct {
		id   client.ID
		want wantRequest
	}{
		"an identifier": {
			id:   client.TextID("5"),
			want: wantRequest{sent: upsertPath + `{"customer_info":{"customer_id":"5","customer_name":"Asha"}}`},
		},
		"no identifier":       {want: wantRequest{rejected: "CustomerID"}},
		"an empty identifier": {id: client.TextID(""), want: wantRequest{rejected: "CustomerID"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.check(t, func(c *client.Client) error {
				_, err := c.Customers.Update(t.Context(), asha(test.id, "", nil))
				return err
			})
		})
	}
}

func TestCustomersGetRequests(t *testing.T) {
	const path = "/search-customer-by-customer-id.html "
	for name, test := range map[string]struct {
		lookup client.CustomerLookup
		want   wantRequest
	}{
		"an identifier": {
			lookup: client.CustomerByID(700000001),
			want:   wantRequest{sent: path + `[{"kapture_customer_id":"700000001"}]`},
		},
		"an e-mail address": {
			lookup: client.CustomerByEmail("asha@example.com"),
			want:   wantRequest{sent: path + `[{"email_id":"asha@example.com"}]`},
		},
		"a phone number": {
			lookup: client.CustomerByPhone("60001"),
			want:   wantRequest{sent: path + `[{"phone":"60001"}]`},
		},
		"the tenant's own identifier": {
			lookup: client.CustomerLookup{CustomerID: client.TextID("c-7")},
			want:   wantRequest{sent: path + `[{"customer_id":"c-7"}]`},
		},
		"an empty identifier": {
			lookup: client.CustomerLookup{CustomerID: client.TextID("")},
			want:   wantRequest{rejected: "empty lookup"},
		},
		"an empty phone number": {
			lookup: client.CustomerByPhone(""),
			want:   wantRequest{rejected: "empty lookup"},
		},
		"nothing": {want: wantRequest{rejected: "empty lookup"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.check(t, func(c *client.Client) error {
				_, err := c.Customers.Get(t.Context(), test.lookup)
				return err
			})
		})
	}
}

func TestLegacyAddContactRequest(t *testing.T) {
	want := wantRequest{sent: `/add-more-contacts-for-existing-customer.html ` +
		`{"email":"ravi@example.com","name":"Ravi","phone":"9000000002"}`}
	want.check(t, func(c *client.Client) error {
		_, err := c.Legacy.AddContact(t.Context(), client.LegacyContactRequest{
			Name:  "Ravi",
			Phone: "9000000002",
			Email: "ravi@example.com",
		})
		return err
	})
}

func TestLegacyPushCustomerRequest(t *testing.T) {
	want := wantRequest{sent: `/add-update-customer-from-other-source.html [{"name":"Asha"}]`}
	want.check(t, func(c *client.Client) error {
		got, err := c.Legacy.PushCustomer(t.Context(), client.LegacyCustomerRequest{Name: new("Asha")})
		if err == nil && got.KaptureCustomerID.String() != "70000005" {
			t.Errorf("id %s", got.KaptureCustomerID)
		}
		return err
	})
}

func TestRawRequests(t *testing.T) {
	for name, test := range map[string]struct {
		path    string
		body    any
		options []client.RawOption
		want    wantRequest
	}{
		"JSON": {
			path: "/own/path?x=1",
			body: map[string]int{"a": 1},
			want: wantRequest{sent: `/own/path {"a":1}`},
		},
		"bytes": {
			path:    "/own",
			body:    []byte("a=1"),
			options: []client.RawOption{client.RawContentType("text/plain")},
			want:    wantRequest{sent: `/own a=1`},
		},
		"nothing":                {path: "/own", want: wantRequest{sent: `/own `}},
		"a URL":                  {path: "https://evil.example.com/", want: wantRequest{rejected: "one slash"}},
		"a host":                 {path: "//evil.example.com/", want: wantRequest{rejected: "one slash"}},
		"a path upwards":         {path: "/a/../b", want: wantRequest{rejected: "one slash"}},
		"a fragment":             {path: "/a#b", want: wantRequest{rejected: "and fragment"}},
		"an invalid path":        {path: "/%zz", want: wantRequest{rejected: "cannot be part of a URL"}},
		"what cannot be encoded": {path: "/a", body: func() {}, want: wantRequest{rejected: "written as JSON"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.check(t, func(c *client.Client) error {
				_, err := c.Raw(t.Context(), test.path, test.body, test.options...)
				return err
			})
		})
	}
}

func TestMessages(t *testing.T) {
	ask := func(message string) error {
		quoted, _ := json.Marshal(message)
		c := serve(t, response(`{"status":"failed","message":`+string(quoted)+`}`))
		_, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
		return err
	}
	for _, m := range client.DocumentedMessages() {
		if m.Code == client.ErrFailed || len(m.Operations) == 0 || m.Message == "" ||
			!errors.Is(&client.Error{Code: m.Code}, client.ErrFailed) {
			t.Errorf("%+v", m)
		}
		if err := ask(m.Message); !errors.Is(err, m.Code) {
			t.Errorf("%q is %v, want %s", m.Message, err, m.Code)
		}
		if err := ask(m.Message + " again"); errors.Is(err, m.Code) != m.Prefix {
			t.Errorf("%q, continued, is %v", m.Message, err)
		}
	}
}

// A broad code matches its narrower codes, and no other error.
func TestCodesThatMatch(t *testing.T) {
	phone := &client.Error{Code: client.ErrDuplicatePhone}
	broad := &client.Error{Code: client.ErrDuplicate}
	lost := &client.Error{Code: client.ErrTruncated, OutcomeUnknown: true}
	for _, test := range []struct {
		err    *client.Error
		target error
		want   bool
	}{
		{phone, client.ErrDuplicate, true},
		{phone, client.ErrDuplicateEmail, false},
		{phone, io.EOF, false},
		{broad, client.ErrDuplicatePhone, false},
		{lost, client.ErrOutcomeUnknown, true},
		{lost, client.ErrNotFound, false},
		{&client.Error{}, io.EOF, false},
	} {
		if errors.Is(test.err, test.target) != test.want {
			t.Errorf("%v matches %v: %t", test.err, test.target, !test.want)
		}
	}
}
