package client_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// The same bodies in response to a write and to a read.
func TestOutcome(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	for name, test := range map[string]struct {
		status  int
		kind    string
		body    string
		code    client.Code
		message string
		unknown bool // of a write
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
		"Fail": {
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
		"no message":         {status: 200, body: `{"status":"failed"}`, code: client.ErrFailed},
		"message is no text": {status: 200, body: `{"status":"failed","message":{"a":1}}`, code: client.ErrFailed},
		"not found": {
			status: 200,
			body: `{"Customer Details": "Information given by you does not exist in our sytsem.","status": ` +
				`"failed"}`,
			code:    client.ErrNotFound,
			message: "Information given by you does not exist in our sytsem.",
		},
		"leading blank and comma": {
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
		"both verdicts": {
			status:  200,
			body:    `{"status":"success","Status":"failed","customer":{}}`,
			code:    client.ErrFailed,
			unknown: true,
		},
		"strange status": {
			status:  200,
			body:    `{"status":"pending","customer":{}}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		"status is no text": {
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
		"other case": {
			status:  200,
			body:    `{"STATUS":"success","customer":{}}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		"another response": {
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
		"known text in success": {
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
		"more behind": {
			status:  200,
			body:    `{"status":"success","customer":{}} {"status":"failed"}`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
		"no grammar": {
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
		"deep": {
			status:  200,
			body:    `{"status":"success","customer":` + deep + `}`,
			code:    client.ErrUndecodable,
			unknown: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			kind := test.kind
			if kind == "" {
				kind = "application/json"
			}
			c := serve(t, responseWith(test.status, kind, test.body))
			_, add := c.Customers.Add(t.Context(), somebody())
			_, get := c.Customers.Get(t.Context(), client.CustomerByID(1))
			for what, err := range map[string]error{"write": add, "read": get} {
				var e *client.Error
				if !errors.As(err, &e) {
					t.Fatalf("%s: got %v", what, err)
				}
				if e.Code != test.code || e.HTTPStatus != test.status ||
					test.code != client.ErrTextResponse && e.Message != test.message {
					t.Errorf("%s: got %s, HTTP %d, %q; want %s, HTTP %d, %q", what, e.Code, e.HTTPStatus, e.Message,
						test.code, test.status, test.message)
				}
				want := test.unknown && what == "write"
				if e.OutcomeUnknown != want || errors.Is(err, client.ErrOutcomeUnknown) != want {
					t.Errorf("%s: outcome unknown is %t", what, e.OutcomeUnknown)
				}
				if strings.Contains(e.Detail, "body says success") && !strings.Contains(test.body, "success") {
					t.Errorf("%s: %v", what, e)
				}
				if !errors.Is(err, test.code) || string(e.Body) != test.body || e.Error() == "" || e.Attempts != 1 {
					t.Errorf("%s: %v, body %q", what, e, e.Body)
				}
				if personal := strings.Contains(e.Error(), "customer\":"); personal {
					t.Errorf("%s: the text quotes the record: %v", what, e)
				}
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	const body = `{"Customer Details":{"id":7,"name":"Asha"},"status":"success"}`
	for name, test := range map[string]struct {
		kind, body string
		notes      []client.NoteKind
		name       string
	}{
		"plain":     {"application/json;charset=UTF-8", body, nil, "Asha"},
		"text/html": {"text/html", body, []client.NoteKind{client.NoteContentType}, "Asha"},
		"byte order mark": {
			kind:  "application/json",
			body:  "\xef\xbb\xbf" + body,
			notes: []client.NoteKind{client.NoteByteOrderMark},
			name:  "Asha",
		},
		"semicolon": {"application/json", body + ";\n", []client.NoteKind{client.NoteSemicolon}, "Asha"},
		"raw line break": {
			kind:  "application/json",
			body:  strings.Replace(body, "Asha", "A\r\n\tsha", 1),
			notes: []client.NoteKind{client.NoteControl},
			name:  "A\r\n\tsha",
		},
		"invalid UTF-8": {
			kind:  "application/json",
			body:  strings.Replace(body, "Asha", "A\xffsha", 1),
			notes: []client.NoteKind{client.NoteAltered},
			name:  "A\ufffdsha",
		},
		"name twice": {
			kind:  "application/json",
			body:  strings.Replace(body, `"id":7`, `"name":"Old","id":7`, 1),
			notes: []client.NoteKind{client.NoteDuplicate},
			name:  "Asha",
		},
		"case twins": {
			kind:  "application/json",
			body:  strings.Replace(body, `"id":7`, `"Name":"Old","id":7`, 1),
			notes: []client.NoteKind{client.NoteCase},
			name:  "Asha",
		},
		"no content type": {"", body, nil, "Asha"},
		"another JSON":    {"application/hal+json", body, nil, "Asha"},
		"known text": {
			kind: "application/json",
			body: strings.Replace(body, "{", `{"message":"Invalid Auth Key",`, 1),
			name: "Asha",
		},
		"blanks around":    {"application/json", " \n" + body + "\n ", nil, "Asha"},
		"success, capital": {"application/json", strings.Replace(body, `"success"`, `"Success"`, 1), nil, "Asha"},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, responseWith(200, test.kind, test.body))
			cust, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
			if err != nil {
				t.Fatal(err)
			}
			var notes []client.NoteKind
			for _, note := range cust.Notes() {
				notes = append(notes, note.Kind)
			}
			if cust.ID != client.NumberID(7) || cust.Name != test.name || !slices.Equal(notes, test.notes) ||
				string(cust.Body()) != test.body || cust.HTTPStatus() != 200 {
				t.Errorf("got %s %q, notes %v, body %q", cust.ID, cust.Name, cust.Notes(), cust.Body())
			}
			again, err := json.Marshal(cust)
			if err != nil || !json.Valid(again) {
				t.Errorf("does not encode: %v", err)
			}
		})
	}
}

// A response that is not JSON is described by its appearance, with its
// beginning on one line.
func TestWhatIsNoJSON(t *testing.T) {
	for name, test := range map[string]struct {
		status       int
		body         string
		detail, show string
	}{
		"empty": {200, "", "the response is empty", ""},
		"text":  {200, "slow\tdown", "the response is not JSON; see Body", "slow down"},
		"page": {
			status: 200,
			body:   "<HTML>\n <h1>Hello</h1>",
			detail: "the response is an HTML or XML page, as sent by a proxy or for a wrong URL; check tenant and " +
				"base URL",
			show: "<HTML> <h1>Hello</h1>",
		},
		"form": {
			status: 200,
			body:   "<form>",
			detail: "the response is an HTML or XML page, as sent by a proxy or for a wrong URL; check tenant and " +
				"base URL",
			show: "<form>",
		},
		"password alone": {
			status: 200,
			body:   "<p>password",
			detail: "the response is an HTML or XML page, as sent by a proxy or for a wrong URL; check tenant and " +
				"base URL",
			show: "<p>password",
		},
		"login": {
			status: 200,
			body:   "<FORM><input type=PASSWORD>",
			detail: "the response is a login page; check tenant, base URL and key",
			show:   "<FORM><input type=PASSWORD>",
		},
		"under a code": {
			status: 502,
			body:   "<html>",
			detail: "HTTP 502 Bad Gateway, and the response is an HTML or XML page, as sent by a proxy " +
				"or for a wrong URL; check tenant and base URL",
			show: "<html>",
		},
		"what cannot show": {200, "a\u200b\x00b", "the response is not JSON; see Body", "a b"},
		"a long one": {
			200, strings.Repeat("x", 200), "the response is not JSON; see Body", strings.Repeat("x", 160),
		},
		"success and code": {400, `{"status":"success"}`, "HTTP 400 Bad Request, although the body says success", ""},
		"no status, code":  {400, `{}`, "HTTP 400 Bad Request", ""},
	} {
		_, err := serve(t, responseWith(test.status, "text/html", test.body)).Customers.Get(t.Context(),
			client.CustomerByID(7))
		var e *client.Error
		if !errors.As(err, &e) || e.Detail != test.detail || e.Sample != test.show {
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
		RetryAfter: 7e9, Body: []byte("\xef\xbb\xbf\n<p>"), Sample: "<p>", OutcomeUnknown: true,
	}
	with := func(change func(*client.Error)) string {
		e := full
		change(&e)
		return e.Error()
	}
	const most = "kapture: addTicket: M: D: EOF (failed/server, HTTP 503, 3 attempts, retry after 7s"
	const done = ", it may have been done: look before repeating it)"
	for _, test := range []struct{ got, want string }{
		{with(func(*client.Error) {}), most + `, got "<p>"` + done},
		{with(func(e *client.Error) { e.Body = []byte(`{"name":"Asha"`) }), most + done},
		{with(func(e *client.Error) { e.Body = []byte(`["Asha"`) }), most + done},
		{with(func(e *client.Error) { e.Body, e.OutcomeUnknown = nil, false }), most + ")"},
		{with(func(e *client.Error) { e.Sample, e.OutcomeUnknown = "", false }), most + ")"},
		{
			(&client.Error{Code: client.ErrFailed, Operation: client.OpAddTicket, Attempts: 1}).Error(),
			"kapture: addTicket (failed)",
		},
	} {
		if test.got != test.want {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
}

func TestGzipThatEndsEarly(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, added)
	_ = z.Close()
	for name, body := range map[string][]byte{
		"end":      zipped.Bytes()[:zipped.Len()-6],
		"middle":   zipped.Bytes()[:zipped.Len()/2],
		"checksum": append(bytes.Clone(zipped.Bytes()[:zipped.Len()-8]), 1, 2, 3, 4, 5, 6, 7, 8),
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
func TestNothingOfACustomer(t *testing.T) {
	for _, details := range []string{"{}", "{ }", "[]", "null", `""`, "[{}]"} {
		c := serve(t, response(`{"status":"success","Customer Details":`+details+`}`))
		cust, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		if !errors.Is(err, client.ErrUnexpectedResponse) || errors.Is(err, client.ErrNotFound) {
			t.Errorf("%s: %v, %v", details, cust, err)
		}
	}
}

// If a record or a status is given twice, which one is meant cannot be known.
func TestARecordGivenTwice(t *testing.T) {
	c := serve(t, response(`{"status":"success","customer":{"customer_id":1},"customer":{"customer_id":2}}`))
	_, err := c.Customers.Add(t.Context(), somebody())
	e := is(t, err, client.ErrUndecodable)
	if !e.OutcomeUnknown || !strings.Contains(e.Error(), `"customer" twice`) {
		t.Error(err)
	}
}

// For a response that is not part of another, Raw is the whole body.
func TestRawIsAllThatCame(t *testing.T) {
	const body = "\xef\xbb\xbf " + added + " ;"
	got, err := serve(t, response(body)).Customers.Add(t.Context(), somebody())
	if err != nil {
		t.Fatal(err)
	}
	made := got.Customer
	if made.CustomerID != client.NumberID(700000001) || made.ContactID != client.NumberID(710000001) {
		t.Errorf("made %v", made)
	}
	if string(got.Raw()) != body || string(got.Body()) != body {
		t.Errorf("raw %q, body %q, want both %q", got.Raw(), got.Body(), body)
	}
	if text, err := json.Marshal(got); err != nil || string(text) != added {
		t.Errorf("encodes as %s, %v", text, err)
	}
}

func TestResponse(t *testing.T) {
	const record = `{"id":"seven","name":"Asha","zone":4,"tenant field":{"a":1},"City":"Pune","contacts":[{"id":1,` +
		`"new":true,"age":"old","generationDate":[1]}],"generationDate":"May 2, 2024 4:15:42 PM","isApi":null}`
	const body = `{"Customer Details":` + record + `,"status":"success","more":1}`
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r-17")
		response(body)(w, r)
	})
	cust, err := c.Customers.Get(t.Context(), client.CustomerByPhone("9000000001"))
	if err != nil {
		t.Fatal(err)
	}

	identified := cust.ID == client.TextID("seven") && cust.Name == "Asha" && cust.Zone == 4
	if !identified || len(cust.Contacts) != 1 || cust.Contacts[0].ID != client.NumberID(1) {
		t.Errorf("a strange value takes others with it: %+v", cust.Customer)
	}
	if string(cust.Raw()) != record || cust.String() != record {
		t.Errorf("raw %s", cust.Raw())
	}
	if string(cust.Body()) != body || cust.RequestID() != "r-17" {
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

	kept, err := json.Marshal(cust)
	if err != nil || string(kept) != record {
		t.Errorf("encodes as %s, %v", kept, err)
	}
	var again client.Customer
	err = json.Unmarshal(kept, &again)
	if err != nil || again.Name != "Asha" || string(again.Raw()) != record || len(again.Misfits()) != 2 {
		t.Errorf("decodes as %+v, %v", again.Customer, err)
	}

	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	err = json.Unmarshal([]byte(deep), &again)
	if err == nil || !strings.Contains(err.Error(), "nested deeper") || again.Name != "Asha" ||
		string(again.Raw()) != record {
		t.Errorf("too deep: %+v, %v", again.Customer, err)
	}

	var made client.Customer
	made.Name = "Made"
	text, err := json.Marshal(made)
	if err != nil || string(text) != `{"name":"Made"}` {
		t.Errorf("a value that the caller made encodes as %s, %v", text, err)
	}
	if made.Raw() != nil || made.Header() != nil || len(made.Misfits()) != 0 {
		t.Errorf("a value that the caller made has bytes %s, headers %v, misfits %v", made.Raw(), made.Header(), made.Misfits())
	}
}

// Repeated fields cost no more than others.
func TestFewNotesAreKept(t *testing.T) {
	for name, test := range map[string]struct {
		fields func(i int) string
		most   int
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
		if err != nil || cust.ID != client.NumberID(7) || len(cust.Notes()) > test.most {
			t.Errorf("%s: %d notes, %v", name, len(cust.Notes()), err)
		}
	}
}

func TestRequests(t *testing.T) {
	var body string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = r.URL.Path + " " + string(b)
		response(`{"status":"success","message":"","customer":{"customer_id":1},"Customer Details":{"id":1},`+
			`"Kapture Customer Id":"70000005"}`)(w, r)
	})
	null, text := json.RawMessage("null"), json.RawMessage(`"x"`)
	info := func(change func(*client.CustomerInfo)) client.CustomerRequest {
		req := client.CustomerRequest{CustomerInfo: client.CustomerInfo{CustomerName: new("Asha")}}
		change(&req.CustomerInfo)
		return req
	}
	add := func(req client.CustomerRequest) func() error {
		return func() error {
			_, err := c.Customers.Add(t.Context(), req)
			return err
		}
	}
	update := func(req client.CustomerRequest) func() error {
		return func() error {
			_, err := c.Customers.Update(t.Context(), req)
			return err
		}
	}
	get := func(which client.CustomerLookup) func() error {
		return func() error {
			_, err := c.Customers.Get(t.Context(), which)
			return err
		}
	}
	const upsert = "/ms/customer/customer/api/v1/add-update "
	for name, test := range map[string]struct {
		call  func() error
		body  string
		wrong string
	}{
		"add": {
			call: add(somebody()),
			body: upsert + `{"customer_info":{"customer_name":"Asha","phone":"9000000001"}}`,
		},
		"add with id": {
			call:  add(info(func(i *client.CustomerInfo) { i.CustomerID = client.TextID("5") })),
			wrong: "use Update",
		},
		"add with empty id": {
			call: add(info(func(i *client.CustomerInfo) { i.CustomerID = client.TextID("") })),
			body: upsert + `{"customer_info":{"customer_id":"","customer_name":"Asha"}}`,
		},
		"update": {
			call: update(info(func(i *client.CustomerInfo) { i.CustomerID = client.TextID("5") })),
			body: upsert + `{"customer_info":{"customer_id":"5","customer_name":"Asha"}}`,
		},
		"update without id": {update(somebody()), "", "CustomerID"},
		"update, empty id": {
			call:  update(info(func(i *client.CustomerInfo) { i.CustomerID = client.TextID("") })),
			wrong: "CustomerID",
		},
		"tenant's field": {
			call: add(info(func(i *client.CustomerInfo) { i.Set("tier", text) })),
			body: upsert + `{"customer_info":{"customer_name":"Asha","tier":"x"}}`,
		},
		"null for a declared": {
			call: add(info(func(i *client.CustomerInfo) { i.Set("phone", null) })),
			body: upsert + `{"customer_info":{"customer_name":"Asha","phone":null}}`,
		},
		"value for a declared": {
			call:  add(info(func(i *client.CustomerInfo) { i.Set("phone", text) })),
			wrong: "/customer_info/phone",
		},
		"null beside a value": {
			call:  add(info(func(i *client.CustomerInfo) { i.Set("customer_name", null) })),
			wrong: "given twice",
		},
		"no JSON": {
			call:  add(info(func(i *client.CustomerInfo) { i.Set("tier", json.RawMessage("x")) })),
			wrong: "not a JSON value",
		},
		"inside a list": {func() error {
			req := somebody()
			req.ContactInfo = []client.ContactInfo{
				{},
				{AdditionalProperties: map[string]json.RawMessage{"title": text}},
			}
			_, err := c.Customers.Add(t.Context(), req)
			return err
		}, "", "/contact_info/1/title"},
		"get by id": {
			call: get(client.CustomerByID(700000001)),
			body: `/search-customer-by-customer-id.html [{"kapture_customer_id":"700000001"}]`,
		},
		"get by e-mail": {
			call: get(client.CustomerByEmail("asha@example.com")),
			body: `/search-customer-by-customer-id.html [{"email_id":"asha@example.com"}]`,
		},
		"get by phone": {
			call: get(client.CustomerByPhone("60001")),
			body: `/search-customer-by-customer-id.html [{"phone":"60001"}]`,
		},
		"get by own id": {
			call: get(client.CustomerLookup{CustomerID: client.TextID("c-7")}),
			body: `/search-customer-by-customer-id.html [{"customer_id":"c-7"}]`,
		},
		"get empty id": {get(client.CustomerLookup{CustomerID: client.TextID("")}), "", "empty lookup"},
		"get nothing":  {get(client.CustomerLookup{}), "", "empty lookup"},
		"get empty":    {get(client.CustomerByPhone("")), "", "empty lookup"},
		"contact": {func() error {
			_, err := c.Legacy.AddContact(t.Context(), client.LegacyContactRequest{
				Name:  "Ravi",
				Phone: "9000000002",
				Email: "ravi@example.com",
			})
			return err
		}, `/add-more-contacts-for-existing-customer.html {"email":"ravi@example.com","name":"Ravi",` +
			`"phone":"9000000002"}`, ""},
		"push": {func() error {
			got, err := c.Legacy.PushCustomer(t.Context(), client.LegacyCustomerRequest{Name: new("Asha")})
			if err == nil && got.KaptureCustomerID.String() != "70000005" {
				t.Errorf("id %s", got.KaptureCustomerID)
			}
			return err
		}, `/add-update-customer-from-other-source.html [{"name":"Asha"}]`, ""},
		"raw, JSON": {
			call: func() error {
				_, err := c.Raw(t.Context(), "/own/path?x=1", map[string]int{"a": 1})
				return err
			},
			body: `/own/path {"a":1}`,
		},
		"raw, bytes": {func() error {
			_, err := c.Raw(t.Context(), "/own", []byte("a=1"), client.RawContentType("text/plain"))
			return err
		}, `/own a=1`, ""},
		"raw, nothing": {func() error {
			_, err := c.Raw(t.Context(), "/own", nil)
			return err
		}, `/own `, ""},
		"raw, URL": {
			call: func() error {
				_, err := c.Raw(t.Context(), "https://evil.example.com/", nil)
				return err
			},
			wrong: "one slash",
		},
		"raw, host": {
			call: func() error {
				_, err := c.Raw(t.Context(), "//evil.example.com/", nil)
				return err
			},
			wrong: "one slash",
		},
		"raw, upwards": {func() error {
			_, err := c.Raw(t.Context(), "/a/../b", nil)
			return err
		}, "", "one slash"},
		"raw, fragment": {func() error {
			_, err := c.Raw(t.Context(), "/a#b", nil)
			return err
		}, "", "and fragment"},
		"raw, no URL": {
			call: func() error {
				_, err := c.Raw(t.Context(), "/%zz", nil)
				return err
			},
			wrong: "cannot be part of a URL",
		},
		"raw, no value": {
			call: func() error {
				_, err := c.Raw(t.Context(), "/a", func() {})
				return err
			},
			wrong: "written as JSON",
		},
	} {
		t.Run(name, func(t *testing.T) {
			body = ""
			err := test.call()
			switch {
			case test.wrong == "" && (err != nil || body != test.body):
				t.Errorf("sent %s (%v), want %s", body, err, test.body)
			case test.wrong != "" &&
				(!errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), test.wrong) || body != ""):
				t.Errorf("got %v and sent %q; want an error with %q", err, body, test.wrong)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	for _, m := range client.DocumentedMessages() {
		if m.Code == client.ErrFailed || len(m.Operations) == 0 || m.Message == "" ||
			!errors.Is(&client.Error{Code: m.Code}, client.ErrFailed) {
			t.Errorf("%+v", m)
		}
		quoted, _ := json.Marshal(m.Message)
		c := serve(t, response(`{"status":"failed","message":`+string(quoted)+`}`))
		if _, err := c.Customers.Get(t.Context(), client.CustomerByID(1)); !errors.Is(err, m.Code) {
			t.Errorf("%q is %v, want %s", m.Message, err, m.Code)
		}
		longer, _ := json.Marshal(m.Message + " again")
		c = serve(t, response(`{"status":"failed","message":`+string(longer)+`}`))
		if _, err := c.Customers.Get(t.Context(), client.CustomerByID(1)); errors.Is(err, m.Code) != m.Prefix {
			t.Errorf("%s is %v", longer, err)
		}
	}
	e := &client.Error{Code: client.ErrDuplicatePhone}
	if !errors.Is(e, client.ErrDuplicate) || errors.Is(e, client.ErrDuplicateEmail) ||
		errors.Is(&client.Error{Code: client.ErrDuplicate}, client.ErrDuplicatePhone) || errors.Is(e, io.EOF) {
		t.Error("wrong kin")
	}
	lost := &client.Error{Code: client.ErrTruncated, OutcomeUnknown: true}
	if !errors.Is(lost, client.ErrOutcomeUnknown) || errors.Is(lost, client.ErrNotFound) ||
		errors.Is(&client.Error{}, io.EOF) {
		t.Error("wrong kin of what may have been done, or of what has no code")
	}
}
