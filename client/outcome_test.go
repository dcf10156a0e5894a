package client_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// The same bodies, as the answer to a write and to a read.
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
		"failed":                     {200, "", `{"status":"failed","message":"Name, Email Id, and Phone Number required"}`, client.ErrMissing, "Name, Email Id, and Phone Number required", false},
		"failed under 400":           {400, "", `{"status":"failed","message":"Invalid email id."}`, client.ErrInvalidEmail, "Invalid email id.", false},
		"failed under 401":           {401, "", `{"status":"failed","message":"Invalid Auth Key"}`, client.ErrAuthKey, "Invalid Auth Key", false},
		"failed under 500":           {500, "", `{"status":"failed","message":"Whatever"}`, client.ErrServer, "Whatever", false},
		"Fail":                       {200, "", `{"Status":"Fail","Message":"Message Key Expired"}`, client.ErrAuthKeyExpired, "Message Key Expired", false},
		"unknown message":            {200, "", `{"status":"failed","message":"Something else"}`, client.ErrFailed, "Something else", false},
		"no message":                 {200, "", `{"status":"failed"}`, client.ErrFailed, "", false},
		"message is no text":         {200, "", `{"status":"failed","message":{"a":1}}`, client.ErrFailed, "", false},
		"not found":                  {200, "", `{"Customer Details": "Information given by you does not exist in our sytsem.","status": "failed"}`, client.ErrNotFound, "Information given by you does not exist in our sytsem.", false},
		"leading blank and comma":    {400, "", `{"message":" ,Both email and mobile number already exist. Please enter new details.","status":"failed"}`, client.ErrDuplicateBoth, " ,Both email and mobile number already exist. Please enter new details.", false},
		"duplicate lead":             {200, "", `{"message":"Lead already exists, Customer ID :70000006, Enquiry ID :1, Contact ID : 2","status":"failed"}`, client.ErrDuplicateLead, "Lead already exists, Customer ID :70000006, Enquiry ID :1, Contact ID : 2", false},
		"known message, no status":   {200, "", `{"message":"Invalid Auth Key"}`, client.ErrAuthKey, "Invalid Auth Key", false},
		"result false":               {200, "", `{"status":"success","customer":{"result":false},"message":"Refused"}`, client.ErrFailed, "Refused", false},
		"success under 400":          {400, "", `{"status":"success","customer":{}}`, client.ErrFailed, "", true},
		"success under 503":          {503, "", `{"status":"success","customer":{}}`, client.ErrServer, "", true},
		"both verdicts":              {200, "", `{"status":"success","Status":"failed","customer":{}}`, client.ErrFailed, "", true},
		"strange status":             {200, "", `{"status":"pending","customer":{}}`, client.ErrUnexpectedAnswer, "", true},
		"status is no text":          {200, "", `{"status":true,"customer":{}}`, client.ErrUnexpectedAnswer, "", true},
		"no status":                  {200, "", `{"customer":{"customer_id":1}}`, client.ErrUnexpectedAnswer, "", true},
		"other case":                 {200, "", `{"STATUS":"success","customer":{}}`, client.ErrUnexpectedAnswer, "", true},
		"another answer":             {200, "", `{"status":"success","message":[]}`, client.ErrUnexpectedAnswer, "", true},
		"text for the object":        {200, "", `{"status":"success","customer":"done","Customer Details":"none"}`, client.ErrTextAnswer, "", true},
		"list for the object":        {200, "", `{"status":"success","customer":[{"customer_id":1}],"Customer Details":[{"id":1}]}`, client.ErrUnexpectedAnswer, "", true},
		"known text in success":      {200, "", `{"status":"success","message":"Invalid Auth Key"}`, client.ErrUnexpectedAnswer, "", true},
		"bare array":                 {200, "", `[{"status":"success"}]`, client.ErrUnexpectedAnswer, "", true},
		"bare null":                  {200, "", `null`, client.ErrUndecodable, "", true},
		"status twice":               {200, "", `{"status":"failed","status":"success","customer":{}}`, client.ErrUndecodable, "", true},
		"status twice, escaped":      {200, "", `{"status":"failed","st\u0061tus":"success","customer":{}}`, client.ErrUndecodable, "", true},
		"customer twice":             {200, "", `{"status":"success","customer":{},"customer":{},"Customer Details":{},"Customer Details":{}}`, client.ErrUndecodable, "", true},
		"login page":                 {200, "text/html", `<html><form action=/login><input type=password></form>`, client.ErrUndecodable, "", true},
		"proxy page":                 {502, "text/html", `<html><h1>Bad Gateway</h1>`, client.ErrServer, "", true},
		"not found page":             {404, "text/html", `<html>404`, client.ErrNoSuchEndpoint, "", false},
		"unauthorised page":          {401, "text/html", `<html>`, client.ErrAuthKey, "", false},
		"forbidden":                  {403, "", ``, client.ErrForbidden, "", false},
		"HTTP's code as the status":  {404, "", `{"status":404,"error":"Not Found","message":"No handler","path":"/x"}`, client.ErrNoSuchEndpoint, "No handler", false},
		"another status under 400":   {400, "", `{"status":"error","message":"no good"}`, client.ErrFailed, "no good", false},
		"rate limited":               {429, "text/plain", `slow down`, client.ErrRateLimited, "", false},
		"bad request page":           {400, "text/html", `<html>`, client.ErrFailed, "", false},
		"empty":                      {200, "", ``, client.ErrUndecodable, "", true},
		"blank":                      {200, "", " \n", client.ErrUndecodable, "", true},
		"empty 500":                  {500, "", ``, client.ErrServer, "", true},
		"text":                       {200, "text/plain", `OK`, client.ErrUndecodable, "", true},
		"truncated":                  {200, "", `{"status":"success","customer":{"result":tr`, client.ErrTruncated, "", true},
		"truncated in a text":        {200, "", `{"status":"succ`, client.ErrTruncated, "", true},
		"truncated before the brace": {200, "", `{"status":"success","customer":{}`, client.ErrTruncated, "", true},
		"truncated failure":          {200, "", `{"status":"failed","message":"Invalid Auth Key"`, client.ErrTruncated, "", true},
		"more behind":                {200, "", `{"status":"success","customer":{}} {"status":"failed"}`, client.ErrUndecodable, "", true},
		"no grammar":                 {200, "", `{"status":"success" "customer":{}}`, client.ErrUndecodable, "", true},
		"wrong bracket":              {200, "", `{"status":"success","customer":{}]`, client.ErrUndecodable, "", true},
		"wrong literal":              {200, "", `{"status":"success","customer":t rue}`, client.ErrUndecodable, "", true},
		"deep":                       {200, "", `{"status":"success","customer":` + deep + `}`, client.ErrUndecodable, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			kind := test.kind
			if kind == "" {
				kind = "application/json"
			}
			c := serve(t, answerWith(test.status, kind, test.body))
			_, add := c.Customers.Add(t.Context(), somebody())
			_, get := c.Customers.Get(t.Context(), client.CustomerByID(1))
			for what, err := range map[string]error{"write": add, "read": get} {
				var e *client.Error
				if !errors.As(err, &e) {
					t.Fatalf("%s: got %v", what, err)
				}
				if e.Code != test.code || e.HTTPStatus != test.status || test.code != client.ErrTextAnswer && e.Message != test.message {
					t.Errorf("%s: got %s, HTTP %d, %q; want %s, HTTP %d, %q", what, e.Code, e.HTTPStatus, e.Message, test.code, test.status, test.message)
				}
				if want := test.unknown && what == "write"; e.OutcomeUnknown != want || errors.Is(err, client.ErrOutcomeUnknown) != want {
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
		"plain":            {"application/json;charset=UTF-8", body, nil, "Asha"},
		"text/html":        {"text/html", body, []client.NoteKind{client.NoteContentType}, "Asha"},
		"byte order mark":  {"application/json", "\xef\xbb\xbf" + body, []client.NoteKind{client.NoteByteOrderMark}, "Asha"},
		"semicolon":        {"application/json", body + ";\n", []client.NoteKind{client.NoteSemicolon}, "Asha"},
		"raw line break":   {"application/json", strings.Replace(body, "Asha", "A\r\n\tsha", 1), []client.NoteKind{client.NoteControl}, "A\r\n\tsha"},
		"invalid UTF-8":    {"application/json", strings.Replace(body, "Asha", "A\xffsha", 1), []client.NoteKind{client.NoteUTF8}, "A\ufffdsha"},
		"name twice":       {"application/json", strings.Replace(body, `"id":7`, `"name":"Old","id":7`, 1), []client.NoteKind{client.NoteDuplicate}, "Asha"},
		"case twins":       {"application/json", strings.Replace(body, `"id":7`, `"Name":"Old","id":7`, 1), []client.NoteKind{client.NoteCase}, "Asha"},
		"no content type":  {"", body, nil, "Asha"},
		"another JSON":     {"application/hal+json", body, nil, "Asha"},
		"known text":       {"application/json", strings.Replace(body, "{", `{"message":"Invalid Auth Key",`, 1), nil, "Asha"},
		"blanks around":    {"application/json", " \n" + body + "\n ", nil, "Asha"},
		"success, capital": {"application/json", strings.Replace(body, `"success"`, `"Success"`, 1), nil, "Asha"},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, answerWith(200, test.kind, test.body))
			cust, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
			if err != nil {
				t.Fatal(err)
			}
			var notes []client.NoteKind
			for _, note := range cust.Notes() {
				notes = append(notes, note.Kind)
			}
			if cust.ID != 7 || cust.Name != test.name || !slices.Equal(notes, test.notes) || string(cust.Body()) != test.body || cust.HTTPStatus() != 200 {
				t.Errorf("got %d %q, notes %v, body %q", cust.ID, cust.Name, cust.Notes(), cust.Body())
			}
			again, err := json.Marshal(cust)
			if err != nil || !json.Valid(again) {
				t.Errorf("does not encode: %v", err)
			}
		})
	}
}

// What is no JSON is told by what it looks like, with its beginning on one line.
func TestWhatIsNoJSON(t *testing.T) {
	for name, test := range map[string]struct {
		status       int
		body         string
		detail, show string
	}{
		"empty":            {200, "", "the answer is empty", ""},
		"text":             {200, "slow\tdown", "the answer is no JSON", "slow down"},
		"page":             {200, "<HTML>\n <h1>Hello</h1>", "the answer is a page of HTML or XML, as a proxy or a wrong URL gives it", "<HTML> <h1>Hello</h1>"},
		"form":             {200, "<form>", "the answer is a page of HTML or XML, as a proxy or a wrong URL gives it", "<form>"},
		"password alone":   {200, "<p>password", "the answer is a page of HTML or XML, as a proxy or a wrong URL gives it", "<p>password"},
		"login":            {200, "<FORM><input type=PASSWORD>", "the answer is a login page; check tenant, base URL and key", "<FORM><input type=PASSWORD>"},
		"under a code":     {502, "<html>", "HTTP 502 Bad Gateway, and the answer is a page of HTML or XML, as a proxy or a wrong URL gives it", "<html>"},
		"what cannot show": {200, "a\u200b\x00b", "the answer is no JSON", "a b"},
		"a long one":       {200, strings.Repeat("x", 200), "the answer is no JSON", strings.Repeat("x", 160)},
		"success and code": {400, `{"status":"success"}`, "HTTP 400 Bad Request, although the body says success", ""},
		"no status, code":  {400, `{}`, "HTTP 400 Bad Request", ""},
	} {
		_, err := serve(t, answerWith(test.status, "text/html", test.body)).Customers.Get(t.Context(), client.CustomerByID(7))
		var e *client.Error
		if !errors.As(err, &e) || e.Detail != test.detail || e.Sample != test.show {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrorText(t *testing.T) {
	full := client.Error{Code: client.ErrServer, Operation: client.OpAddTicket, Message: "M", Detail: "D", Err: io.EOF, HTTPStatus: 503, Attempts: 3,
		RetryAfter: 7e9, Body: []byte("\xef\xbb\xbf\n<p>"), Sample: "<p>", OutcomeUnknown: true}
	with := func(change func(*client.Error)) string { e := full; change(&e); return e.Error() }
	const most = "kapture: addTicket: M: D: EOF (failed/server, HTTP 503, 3 attempts, retry after 7s"
	const done = ", it may have been done: look before repeating it)"
	for _, test := range []struct{ got, want string }{
		{with(func(*client.Error) {}), most + `, got "<p>"` + done},
		{with(func(e *client.Error) { e.Body = []byte(`{"name":"Asha"`) }), most + done},
		{with(func(e *client.Error) { e.Body = []byte(`["Asha"`) }), most + done},
		{with(func(e *client.Error) { e.Body, e.OutcomeUnknown = nil, false }), most + ")"},
		{with(func(e *client.Error) { e.Sample, e.OutcomeUnknown = "", false }), most + ")"},
		{(&client.Error{Code: client.ErrFailed, Operation: client.OpAddTicket, Attempts: 1}).Error(), "kapture: addTicket (failed)"},
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
	for name, body := range map[string][]byte{"end": zipped.Bytes()[:zipped.Len()-6], "middle": zipped.Bytes()[:zipped.Len()/2], "checksum": append(bytes.Clone(zipped.Bytes()[:zipped.Len()-8]), 1, 2, 3, 4, 5, 6, 7, 8)} {
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

// A success that shows no customer is none that was found.
func TestNothingOfACustomer(t *testing.T) {
	for _, details := range []string{"{}", "[]", "null", `""`, "[{}]"} {
		cust, err := serve(t, answer(`{"status":"success","Customer Details":`+details+`}`)).Customers.Get(t.Context(), client.CustomerByID(7))
		if !errors.Is(err, client.ErrUnexpectedAnswer) || errors.Is(err, client.ErrNotFound) {
			t.Errorf("%s: %v, %v", details, cust, err)
		}
	}
}

// Which of two is meant cannot be known, of the record as of the status.
func TestARecordGivenTwice(t *testing.T) {
	_, err := serve(t, answer(`{"status":"success","customer":{"customer_id":1},"customer":{"customer_id":2}}`)).Customers.Add(t.Context(), somebody())
	if !errors.Is(err, client.ErrUndecodable) || !errors.Is(err, client.ErrOutcomeUnknown) || !strings.Contains(err.Error(), `"customer" twice`) {
		t.Error(err)
	}
}

// Of an answer that is not a part of another, Raw is all that came.
func TestRawIsAllThatCame(t *testing.T) {
	const body = "\xef\xbb\xbf " + added + " ;"
	got, err := serve(t, answer(body)).Customers.Add(t.Context(), somebody())
	if err != nil || got.Customer.CustomerID != 700000001 || got.Customer.ContactID != 710000001 || string(got.Raw()) != body || string(got.Body()) != body {
		t.Errorf("%v, %v", got, err)
	}
	if text, err := json.Marshal(got); err != nil || string(text) != added {
		t.Errorf("encodes as %s, %v", text, err)
	}
}

func TestAnswer(t *testing.T) {
	const record = `{"id":"seven","name":"Asha","zone":4,"tenant member":{"a":1},"City":"Pune","contacts":[{"id":1,"new":true,"age":"old","generationDate":[1]}],"generationDate":"May 2, 2024 4:15:42 PM","isApi":null}`
	const body = `{"Customer Details":` + record + `,"status":"success","more":1}`
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r-17")
		answer(body)(w, r)
	})
	cust, err := c.Customers.Get(t.Context(), client.CustomerByPhone("9000000001"))
	if err != nil {
		t.Fatal(err)
	}
	if cust.Name != "Asha" || cust.Zone != 4 || len(cust.Contacts) != 1 || cust.Contacts[0].ID != 1 || cust.ID != 0 {
		t.Errorf("a strange value takes others with it: %+v", cust.Customer)
	}
	if string(cust.Raw()) != record || string(cust.Body()) != body || cust.RequestID() != "r-17" || cust.String() != record {
		t.Errorf("raw %s", cust.Raw())
	}
	undeclared := cust.Undeclared()
	if len(undeclared) != 3 || string(undeclared["/City"]) != `"Pune"` || string(undeclared["/tenant member"]) != `{"a":1}` || string(undeclared["/contacts/0/new"]) != "true" {
		t.Errorf("undeclared: %s", undeclared)
	}
	got := map[string]string{}
	for _, m := range cust.Misfits() {
		got[m.Pointer] = m.Expected + " " + string(m.Literal)
	}
	want := map[string]string{"/id": `int64 "seven"`, "/contacts/0/age": `int64 "old"`, "/contacts/0/generationDate": "Time [1]"}
	for at, misfit := range want {
		if got[at] != misfit {
			t.Errorf("misfits: %v, want %v", got, want)
		}
	}
	if len(got) != len(want) {
		t.Errorf("misfits: %v, want %v", got, want)
	}

	kept, err := json.Marshal(cust)
	if err != nil || string(kept) != record {
		t.Errorf("encodes as %s, %v", kept, err)
	}
	var again client.Customer
	if err := json.Unmarshal(kept, &again); err != nil || again.Name != "Asha" || string(again.Raw()) != record || len(again.Misfits()) != 3 {
		t.Errorf("decodes as %+v, %v", again.Customer, err)
	}
	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	if err := json.Unmarshal([]byte(deep), &again); err == nil || !strings.Contains(err.Error(), "nested deeper") || again.Name != "Asha" || string(again.Raw()) != record {
		t.Errorf("too deep: %+v, %v", again.Customer, err)
	}
	var made client.Customer
	made.Name = "Made"
	if text, err := json.Marshal(made); err != nil || string(text) != `{"name":"Made"}` || made.Raw() != nil || made.Header() != nil || len(made.Misfits()) != 0 {
		t.Errorf("a value of one's own encodes as %s, %v", text, err)
	}
}

// Members that repeat each other cost no more than others.
func TestFewNotesAreKept(t *testing.T) {
	for name, test := range map[string]struct {
		members func(i int) string
		most    int
	}{
		"one name":   {func(int) string { return `"a":1` }, 1000},
		"two names":  {func(i int) string { return fmt.Sprintf(`"%c":1`, 'a'+i%2) }, 1000},
		"all differ": {func(i int) string { return fmt.Sprintf(`"m%07d":1`, i) }, 0},
	} {
		var body strings.Builder
		body.WriteString(`{"status":"success","Customer Details":{"id":7`)
		for i := range 50_000 {
			body.WriteString("," + test.members(i))
		}
		c := serve(t, answer(body.String()+"}}"))
		cust, err := c.Customers.Get(t.Context(), client.CustomerByID(7))
		if err != nil || cust.ID != 7 || len(cust.Notes()) > test.most {
			t.Errorf("%s: %d notes, %v", name, len(cust.Notes()), err)
		}
	}
}

func TestRequests(t *testing.T) {
	var body string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = r.URL.Path + " " + string(b)
		answer(`{"status":"success","message":"","customer":{"customer_id":1},"Customer Details":{"id":1},"Kapture Customer Id":"70000005"}`)(w, r)
	})
	null, text := json.RawMessage("null"), json.RawMessage(`"x"`)
	info := func(change func(*client.CustomerInfo)) client.AddCustomer {
		req := client.AddCustomer{CustomerInfo: client.CustomerInfo{CustomerName: new("Asha")}}
		change(&req.CustomerInfo)
		return req
	}
	add := func(req client.AddCustomer) func() error {
		return func() error { _, err := c.Customers.Add(t.Context(), req); return err }
	}
	update := func(req client.AddCustomer) func() error {
		return func() error { _, err := c.Customers.Update(t.Context(), req); return err }
	}
	get := func(which client.CustomerLookup) func() error {
		return func() error { _, err := c.Customers.Get(t.Context(), which); return err }
	}
	const upsert = "/ms/customer/customer/api/v1/add-update "
	for name, test := range map[string]struct {
		call  func() error
		body  string
		wrong string
	}{
		"add":                  {add(somebody()), upsert + `{"customer_info":{"customer_name":"Asha","phone":"9000000001"}}`, ""},
		"add with id":          {add(info(func(i *client.CustomerInfo) { i.CustomerID = new(client.TextID("5")) })), "", "use Update"},
		"add with empty id":    {add(info(func(i *client.CustomerInfo) { i.CustomerID = new(client.TextID("")) })), upsert + `{"customer_info":{"customer_id":"","customer_name":"Asha"}}`, ""},
		"update":               {update(info(func(i *client.CustomerInfo) { i.CustomerID = new(client.TextID("5")) })), upsert + `{"customer_info":{"customer_id":"5","customer_name":"Asha"}}`, ""},
		"update without id":    {update(somebody()), "", "CustomerID"},
		"update, empty id":     {update(info(func(i *client.CustomerInfo) { i.CustomerID = new(client.TextID("")) })), "", "CustomerID"},
		"tenant's member":      {add(info(func(i *client.CustomerInfo) { i.Set("tier", text) })), upsert + `{"customer_info":{"customer_name":"Asha","tier":"x"}}`, ""},
		"null for a declared":  {add(info(func(i *client.CustomerInfo) { i.Set("phone", null) })), upsert + `{"customer_info":{"customer_name":"Asha","phone":null}}`, ""},
		"value for a declared": {add(info(func(i *client.CustomerInfo) { i.Set("phone", text) })), "", "/customer_info/phone"},
		"null beside a value":  {add(info(func(i *client.CustomerInfo) { i.Set("customer_name", null) })), "", "given twice"},
		"no JSON":              {add(info(func(i *client.CustomerInfo) { i.Set("tier", json.RawMessage("x")) })), "", "no JSON value"},
		"inside a list": {func() error {
			req := somebody()
			req.ContactInfo = &[]client.ContactInfo{{}, {AdditionalProperties: map[string]json.RawMessage{"title": text}}}
			_, err := c.Customers.Add(t.Context(), req)
			return err
		}, "", "/contact_info/1/title"},
		"get by id":     {get(client.CustomerByID(700000001)), `/search-customer-by-customer-id.html [{"kapture_customer_id":"700000001"}]`, ""},
		"get by e-mail": {get(client.CustomerByEmail("asha@example.com")), `/search-customer-by-customer-id.html [{"email_id":"asha@example.com"}]`, ""},
		"get by phone":  {get(client.CustomerByPhone("60001")), `/search-customer-by-customer-id.html [{"phone":"60001"}]`, ""},
		"get by own id": {get(client.CustomerLookup{CustomerID: new(client.TextID("c-7"))}), `/search-customer-by-customer-id.html [{"customer_id":"c-7"}]`, ""},
		"get empty id":  {get(client.CustomerLookup{CustomerID: new(client.TextID(""))}), "", "Get needs"},
		"get nothing":   {get(client.CustomerLookup{}), "", "Get needs"},
		"get empty":     {get(client.CustomerByPhone("")), "", "Get needs"},
		"contact": {func() error {
			_, err := c.Legacy.AddContact(t.Context(), client.AddContact{Name: "Ravi", Phone: "9000000002", Email: "ravi@example.com"})
			return err
		}, `/add-more-contacts-for-existing-customer.html {"email":"ravi@example.com","name":"Ravi","phone":"9000000002"}`, ""},
		"push": {func() error {
			got, err := c.Legacy.PushCustomer(t.Context(), client.PushCustomer{Name: new("Asha")})
			if err == nil && got.KaptureCustomerID.String() != "70000005" {
				t.Errorf("id %s", got.KaptureCustomerID)
			}
			return err
		}, `/add-update-customer-from-other-source.html [{"name":"Asha"}]`, ""},
		"raw, JSON": {func() error { _, err := c.Raw(t.Context(), "/own/path?x=1", map[string]int{"a": 1}); return err }, `/own/path {"a":1}`, ""},
		"raw, bytes": {func() error {
			_, err := c.Raw(t.Context(), "/own", []byte("a=1"), client.RawContentType("text/plain"))
			return err
		}, `/own a=1`, ""},
		"raw, nothing":  {func() error { _, err := c.Raw(t.Context(), "/own", nil); return err }, `/own `, ""},
		"raw, URL":      {func() error { _, err := c.Raw(t.Context(), "https://evil.example.com/", nil); return err }, "", "one slash"},
		"raw, host":     {func() error { _, err := c.Raw(t.Context(), "//evil.example.com/", nil); return err }, "", "one slash"},
		"raw, upwards":  {func() error { _, err := c.Raw(t.Context(), "/a/../b", nil); return err }, "", "one slash"},
		"raw, fragment": {func() error { _, err := c.Raw(t.Context(), "/a#b", nil); return err }, "", "no fragment"},
		"raw, no URL":   {func() error { _, err := c.Raw(t.Context(), "/%zz", nil); return err }, "", "no part of a URL"},
		"raw, no value": {func() error { _, err := c.Raw(t.Context(), "/a", func() {}); return err }, "", "written as JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			body = ""
			err := test.call()
			switch {
			case test.wrong == "" && (err != nil || body != test.body):
				t.Errorf("sent %s (%v), want %s", body, err, test.body)
			case test.wrong != "" && (!errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), test.wrong) || body != ""):
				t.Errorf("got %v and sent %q; want an error with %q", err, body, test.wrong)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	for _, m := range client.DocumentedMessages() {
		if m.Code == client.ErrFailed || len(m.Operations) == 0 || m.Message == "" || !errors.Is(&client.Error{Code: m.Code}, client.ErrFailed) {
			t.Errorf("%+v", m)
		}
		quoted, _ := json.Marshal(m.Message)
		c := serve(t, answer(`{"status":"failed","message":`+string(quoted)+`}`))
		if _, err := c.Customers.Get(t.Context(), client.CustomerByID(1)); !errors.Is(err, m.Code) {
			t.Errorf("%q is %v, want %s", m.Message, err, m.Code)
		}
		longer, _ := json.Marshal(m.Message + " again")
		c = serve(t, answer(`{"status":"failed","message":`+string(longer)+`}`))
		if _, err := c.Customers.Get(t.Context(), client.CustomerByID(1)); errors.Is(err, m.Code) != m.Prefix {
			t.Errorf("%s is %v", longer, err)
		}
	}
	e := &client.Error{Code: client.ErrDuplicatePhone}
	if !errors.Is(e, client.ErrDuplicate) || errors.Is(e, client.ErrDuplicateEmail) || errors.Is(&client.Error{Code: client.ErrDuplicate}, client.ErrDuplicatePhone) || errors.Is(e, io.EOF) {
		t.Error("wrong kin")
	}
	lost := &client.Error{Code: client.ErrTruncated, OutcomeUnknown: true}
	if !errors.Is(lost, client.ErrOutcomeUnknown) || errors.Is(lost, client.ErrNotFound) || errors.Is(&client.Error{}, io.EOF) {
		t.Error("wrong kin of what may have been done, or of what has no code")
	}
}
