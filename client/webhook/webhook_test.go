package webhook_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/client/webhook"
)

func TestHandler(t *testing.T) {
	event := func(fields string) string {
		return `{"ticketId":"713516551148","status":"Complete"` + fields + `}`
	}
	complete := webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete}
	closed := complete
	closed.SubStatus = "CL"
	for name, test := range map[string]struct {
		contentType string // application/json if empty
		body        string
		want        webhook.TicketStatus // Raw is the body
	}{
		"camel case": {body: event(`,"subStatus":"CL"`), want: closed},
		"snake case": {
			body: event(`,"sub_status":"CL","queue":"Q1"`),
			want: webhook.TicketStatus{
				TicketID:  "713516551148",
				Status:    webhook.Complete,
				SubStatus: "CL",
				Queue:     "Q1",
			},
		},
		"kebab case":                       {body: event(`,"sub-status":"CL"`), want: closed},
		"no sub-status":                    {body: event(``), want: complete},
		"two sub-statuses agree":           {body: event(`,"sub_status":"CL","subStatus":"CL"`), want: closed},
		"one of two sub-statuses is empty": {body: event(`,"subStatus":"","sub-status":"CL"`), want: closed},
		"a number as the identifier": {
			body: `{"ticketId":9007199254740993,"status":"Pending"}`,
			want: webhook.TicketStatus{TicketID: "9007199254740993", Status: webhook.Pending},
		},
		"an unknown field": {body: event(`,"tenant":{"a":1}`), want: complete},
		"the details of a ticket, as another tenant gets them": {
			body: event(`,"ticketCloseEmpId":48213,"task_details":{"substatus":"Resolved on Call"},` +
				`"sub_status":"Resolved"`),
			want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "Resolved"},
		},
		"a null": {body: event(`,"queue":null`), want: complete},
		"a charset": {
			contentType: "application/json; charset=utf-8",
			body:        event(``),
			want:        complete,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &receiver{}
			response := r.post(t, cmp.Or(test.contentType, "application/json"), test.body)
			if response.code != 200 || r.got == nil {
				t.Fatalf("HTTP %d %q, handed over %+v", response.code, response.text, r.got)
			}
			test.want.Raw = json.RawMessage(test.body)
			if fmt.Sprint(*r.got) != fmt.Sprint(test.want) {
				t.Errorf("handed over %+v, want %+v", *r.got, test.want)
			}
		})
	}
}

func TestRequestsThatAreRejected(t *testing.T) {
	const jsonType = "application/json"
	tooLarge := `{"ticketId":"1","status":"Complete","queue":"` + strings.Repeat("x", webhook.MaxBody) + `"}`
	for name, test := range map[string]struct {
		contentType string
		body        string
		code        int
		says        string
	}{
		"another case":       {jsonType, `{"TicketID":"1","status":"Pending"}`, 400, "ticketId is missing"},
		"no status":          {jsonType, `{"ticketId":"1"}`, 400, "status is missing"},
		"status is not text": {jsonType, `{"ticketId":"1","status":7}`, 400, "status is not text"},
		"an array":           {jsonType, `[{"ticketId":"1","status":"Pending"}]`, 400, "not a JSON object"},
		"null":               {jsonType, `null`, 400, "not a JSON object"},
		"cut off":            {jsonType, `{"ticketId":"1",`, 400, "not a JSON object"},
		"a form":             {"application/x-www-form-urlencoded", "a=b", 415, "application/json"},
		"too large":          {jsonType, tooLarge, 413, "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &receiver{}
			response := r.post(t, test.contentType, test.body)
			if response.code != test.code || !strings.Contains(response.text, test.says) {
				t.Errorf("HTTP %d %q, want %d saying %q", response.code, response.text, test.code, test.says)
			}
			if r.got != nil {
				t.Errorf("handed over %+v, want nothing", *r.got)
			}
		})
	}
}

func TestOnlyPOST(t *testing.T) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}

	response := (&receiver{}).send(t, request)
	if response.code != 405 || !strings.Contains(response.text, "POST") {
		t.Errorf("HTTP %d %q", response.code, response.text)
	}
}

// The response does not contain the error of the receiver, which may name a
// customer.
func TestReceiversThatFail(t *testing.T) {
	r := &receiver{err: errors.New("the database of 9000000001 is full")}
	response := r.post(t, "application/json", `{"ticketId":"713516551148","status":"Complete"}`)
	text := response.text
	if response.code != 500 || !strings.Contains(text, "not accepted") || strings.Contains(text, "9000000001") {
		t.Errorf("HTTP %d %q", response.code, text)
	}
	if r.got == nil {
		t.Error("handed over nothing")
	}
}

// receiver keeps the event that a handler hands over.
type receiver struct {
	got *webhook.TicketStatus
	err error // which it returns
}

func (r *receiver) receive(_ context.Context, event webhook.TicketStatus) error {
	r.got = &event
	return r.err
}

// response is what the sender of an event gets.
type response struct {
	code int
	text string
}

// post sends an event to a handler with this receiver.
func (r *receiver) post(t *testing.T, contentType, body string) response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	return r.send(t, request)
}

// send sends a request over loopback to a handler with this receiver.
func (r *receiver) send(t *testing.T, request *http.Request) response {
	t.Helper()
	server := httptest.NewServer(webhook.Handler(r.receive))
	defer server.Close()
	request.URL.Scheme = "http"
	request.URL.Host = server.Listener.Addr().String()

	received, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer received.Body.Close()
	text, err := io.ReadAll(received.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{received.StatusCode, string(text)}
}

// What the client accepts in a response is accepted in an event, with a note: a
// rejected event may be lost. Only an ambiguous ticket or status is rejected.
func TestEventsThatAreNotStrict(t *testing.T) {
	const plain = `{"ticketId":"1","status":"Complete"}`
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	usual := webhook.TicketStatus{TicketID: "1", Status: webhook.Complete}
	with := func(subStatus, queue string) webhook.TicketStatus {
		event := usual
		event.SubStatus = subStatus
		event.Queue = queue
		return event
	}
	for name, test := range map[string]struct {
		contentType string
		body        string
		want        webhook.TicketStatus
		notes       []client.Note
		rejected    string // what the response says
	}{
		"nothing odd": {body: plain, want: usual},
		"a malformed parameter": {
			contentType: "application/json; charset",
			body:        plain,
			want:        usual,
			notes:       []client.Note{{Kind: client.NoteContentType, Text: "application/json; charset"}},
		},
		"a byte order mark": {
			body:  "\xef\xbb\xbf" + plain,
			want:  usual,
			notes: []client.Note{{Kind: client.NoteByteOrderMark}},
		},
		"a semicolon": {
			body:  plain + ";\n",
			want:  usual,
			notes: []client.Note{{Kind: client.NoteSemicolon}},
		},
		"a raw line break": {
			body:  "{\"ticketId\":\"1\",\"status\":\"Complete\",\"comment\":\"a\nb\"}",
			want:  usual,
			notes: []client.Note{{Kind: client.NoteControl}},
		},
		"text that is not UTF-8": {
			body:  "{\"ticketId\":\"1\",\"status\":\"Complete\",\"queue\":\"Jos\xe9\"}",
			want:  with("", "Jos\ufffd"),
			notes: []client.Note{{Kind: client.NoteAltered, Pointer: "/queue"}},
		},
		"another field twice": {
			body:  `{"a":1,"ticketId":"1","a":2,"status":"Complete"}`,
			want:  usual,
			notes: []client.Note{{Kind: client.NoteDuplicate, Pointer: "/a"}},
		},
		"the ticket twice": {
			body:  `{"ticketId":"1","ticketId":1,"status":"Complete"}`,
			want:  usual,
			notes: []client.Note{{Kind: client.NoteDuplicate, Pointer: "/ticketId"}},
		},
		"the status twice": {
			body:  `{"ticketId":"1","status":"Complete","status":"Complete"}`,
			want:  usual,
			notes: []client.Note{{Kind: client.NoteDuplicate, Pointer: "/status"}},
		},
		"two tickets": {
			body:     `{"ticketId":"1","ticketId":"2","status":"Complete"}`,
			rejected: "ticketId is there twice",
		},
		"two statuses": {
			body:     `{"ticketId":"1","status":"Pending","status":"Complete"}`,
			rejected: "status is there twice",
		},
		"two statuses, escaped": {
			body:     `{"ticketId":"1","status":"Pending","st\u0061tus":"Complete"}`,
			rejected: "status is there twice",
		},
		"two sub-statuses": {
			body: `{"ticketId":"1","status":"Complete","subStatus":"CL","subStatus":"P"}`,
			want: usual,
			notes: []client.Note{
				{Kind: client.NoteDuplicate, Pointer: "/subStatus"},
				{Kind: webhook.NoteDisagreement, Pointer: "/subStatus"},
			},
		},
		"two spellings that disagree": {
			body:  `{"ticketId":"1","status":"Complete","subStatus":"CL","sub-status":"P"}`,
			want:  usual,
			notes: []client.Note{{Kind: webhook.NoteDisagreement, Pointer: "/sub-status"}},
		},
		"a sub-status that is a number": {
			body:  `{"ticketId":"1","status":"Complete","subStatus":5}`,
			want:  with("5", ""),
			notes: []client.Note{{Kind: webhook.NoteForm, Pointer: "/subStatus"}},
		},
		"a queue that is an object": {
			body:  `{"ticketId":"1","status":"Complete","queue":{"id":1}}`,
			want:  usual,
			notes: []client.Note{{Kind: webhook.NoteForm, Pointer: "/queue"}},
		},
		"a queue that is a list": {
			body:  `{"ticketId":"1","status":"Complete","sub_status":"CL","queue":[]}`,
			want:  with("CL", ""),
			notes: []client.Note{{Kind: webhook.NoteForm, Pointer: "/queue"}},
		},
		"a null twice": {
			body:  `{"ticketId":null,"ticketId":"1","status":"Complete","queue":null}`,
			want:  usual,
			notes: []client.Note{{Kind: client.NoteDuplicate, Pointer: "/ticketId"}},
		},
		"deep nesting": {
			body:     `{"ticketId":"1","status":"Complete","a":` + deep + `}`,
			rejected: "nested deeper",
		},
		"data after it":          {body: plain + plain, rejected: "not a JSON object"},
		"only a byte order mark": {body: "\xef\xbb\xbf", rejected: "not a JSON object"},
		"another content type": {
			contentType: "text/plain; charset",
			body:        plain,
			rejected:    "application/json",
		},
	} {
		r := &receiver{}
		response := r.post(t, cmp.Or(test.contentType, "application/json"), test.body)
		if test.rejected != "" {
			if r.got != nil || response.code < 400 || !strings.Contains(response.text, test.rejected) {
				t.Errorf("%s: HTTP %d %q, want %q", name, response.code, response.text, test.rejected)
			}
			continue
		}
		if r.got == nil {
			t.Errorf("%s: HTTP %d %q", name, response.code, response.text)
			continue
		}

		test.want.Raw = json.RawMessage(test.body)
		test.want.Notes = test.notes
		if fmt.Sprintf("%+v", *r.got) != fmt.Sprintf("%+v", test.want) {
			t.Errorf("%s: got  %+v\nwant %+v", name, *r.got, test.want)
		}
	}
}

// An event has an identifier, a status, and the bytes that were received.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"ticketId":"1","status":"Pending"}`,
		`{"ticketId":1,"status":"Complete","sub-status":"CL"}`,
		`[]`,
		`null`,
		`{"ticketId":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := webhook.Parse(body)
		if err != nil {
			return
		}
		if event.TicketID == "" || event.Status == "" || !bytes.Equal(event.Raw, body) {
			t.Errorf("accepted an event without identifier, status or body: %+v", event)
		}
	})
}

func ExampleHandler() {
	http.Handle("/kapture/tickets", webhook.Handler(func(_ context.Context, event webhook.TicketStatus) error {
		if event.Status == webhook.Complete {
			fmt.Println("closed:", event.TicketID)
		}
		return nil // an error would be a 500
	}))
}
