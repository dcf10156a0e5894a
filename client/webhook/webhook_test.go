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
	tests := map[string]struct {
		method, contentType, body string
		refuse                    error
		code                      int
		want                      webhook.TicketStatus // Raw is the body
		says                      string
	}{
		"camel case": {
			body: event(`,"subStatus":"CL"`),
			code: 200,
			want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "CL"},
		},
		"snake case": {
			body: event(`,"sub_status":"CL","queue":"Q1"`),
			code: 200,
			want: webhook.TicketStatus{
				TicketID:  "713516551148",
				Status:    webhook.Complete,
				SubStatus: "CL",
				Queue:     "Q1",
			},
		},
		"kebab case": {
			body: event(`,"sub-status":"CL"`),
			code: 200,
			want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "CL"},
		},
		"no sub-status": {
			body: event(``),
			code: 200,
			want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete},
		},
		"two that agree": {
			body: event(`,"sub_status":"CL","subStatus":"CL"`),
			code: 200,
			want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "CL"},
		},
		"one that is empty": {
			body: event(`,"subStatus":"","sub-status":"CL"`),
			code: 200,
			want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "CL"},
		},
		"a numeric id": {
			body: `{"ticketId":9007199254740993,"status":"Pending"}`,
			code: 200,
			want: webhook.TicketStatus{TicketID: "9007199254740993", Status: webhook.Pending},
		},
		"an unknown field": {
			body: event(`,"tenant":{"a":1}`),
			code: 200,
			want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete},
		},
		"the details of a ticket, as another tenant gets them": {
			body: event(`,"ticketCloseEmpId":48213,"task_details":{"substatus":"Resolved on Call"},` +
				`"sub_status":"Resolved"`),
			code: 200,
			want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "Resolved"},
		},
		"a null": {
			body: event(`,"queue":null`),
			code: 200,
			want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete},
		},
		"with a charset": {
			contentType: "application/json; charset=utf-8",
			body:        event(``),
			code:        200,
			want:        webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete},
		},
		"another case":   {body: `{"TicketID":"1","status":"Pending"}`, code: 400, says: "ticketId is missing"},
		"no status":      {body: `{"ticketId":"1"}`, code: 400, says: "status is missing"},
		"status no text": {body: `{"ticketId":"1","status":7}`, code: 400, says: "status is not text"},
		"an array":       {body: `[{"ticketId":"1","status":"Pending"}]`, code: 400, says: "not a JSON object"},
		"null":           {body: `null`, code: 400, says: "not a JSON object"},
		"cut off":        {body: `{"ticketId":"1",`, code: 400, says: "not a JSON object"},
		"a form": {
			contentType: "application/x-www-form-urlencoded",
			body:        "a=b",
			code:        415,
			says:        "application/json",
		},
		"GET": {method: http.MethodGet, code: 405, says: "POST"},
		"too large": {
			body: event(`,"queue":"` + strings.Repeat("x", webhook.MaxBody) + `"`),
			code: 413,
			says: "at most",
		},
		"refused": {
			body:   event(``),
			refuse: errors.New("the database of 9000000001 is full"),
			code:   500,
			says:   "not accepted",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got *webhook.TicketStatus
			server := httptest.NewServer(webhook.Handler(func(_ context.Context, event webhook.TicketStatus) error {
				got = &event
				return test.refuse
			}))
			defer server.Close()
			method := test.method
			if method == "" {
				method = http.MethodPost
			}
			request, err := http.NewRequestWithContext(t.Context(), method, server.URL, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if request.Header.Set("Content-Type", test.contentType); test.contentType == "" {
				request.Header.Set("Content-Type", "application/json")
			}
			response, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != test.code || !strings.Contains(string(body), test.says) {
				t.Errorf("response is %d %q, want %d saying %q", response.StatusCode, body, test.code, test.says)
			}
			if strings.Contains(string(body), "9000000001") {
				t.Errorf("the receiver's error left the house: %q", body)
			}
			if test.code != 200 {
				if got != nil && test.refuse == nil {
					t.Errorf("handed over %+v, want nothing", *got)
				}
				return
			}
			if got == nil {
				t.Fatal("handed over nothing")
			}
			if string(got.Raw) != test.body {
				t.Errorf("Raw is %s, want the body", got.Raw)
			}
			got.Raw = nil
			if fmt.Sprint(*got) != fmt.Sprint(test.want) {
				t.Errorf("handed over %+v, want %+v", *got, test.want)
			}
		})
	}
}

// What the client accepts in a response is accepted in an event, and noted: a
// rejected event may be lost. Only what decides is rejected if it is ambiguous.
func TestEventsThatAreNotStrict(t *testing.T) {
	const plain = `{"ticketId":"1","status":"Complete"}`
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
		"a queue of another form, too": {
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
			body: `{"ticketId":"1","status":"Complete","a":` + strings.Repeat("[", 200) + strings.Repeat("]",
				200) + `}`,
			rejected: "nested deeper",
		},
		"more after it": {body: plain + plain, rejected: "not a JSON object"},
		"only a mark":   {body: "\xef\xbb\xbf", rejected: "not a JSON object"},
		"a type that is text": {
			contentType: "text/plain; charset",
			body:        plain,
			rejected:    "application/json",
		},
	} {
		var got *webhook.TicketStatus
		handler := webhook.Handler(func(_ context.Context, event webhook.TicketStatus) error {
			got = &event
			return nil
		})
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.body))
		request.Header.Set("Content-Type", cmp.Or(test.contentType, "application/json"))
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)

		if test.rejected != "" {
			if got != nil || recorder.Code < 400 || !strings.Contains(recorder.Body.String(), test.rejected) {
				t.Errorf("%s: HTTP %d %q, want %q", name, recorder.Code, recorder.Body, test.rejected)
			}
			continue
		}
		if got == nil {
			t.Errorf("%s: HTTP %d %q", name, recorder.Code, recorder.Body)
			continue
		}
		test.want.Raw = json.RawMessage(test.body)
		test.want.Notes = test.notes
		if fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", test.want) {
			t.Errorf("%s: got  %+v\nwant %+v", name, *got, test.want)
		}
	}
}

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
			t.Errorf("took an event without id, status or body: %+v", event)
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
