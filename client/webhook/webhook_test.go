package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client/webhook"
)

func TestHandler(t *testing.T) {
	event := func(members string) string {
		return `{"ticketId":"713516551148","status":"Complete"` + members + `}`
	}
	tests := map[string]struct {
		method, contentType, body string
		refuse                    error
		code                      int
		want                      webhook.TicketStatus // Raw is the body
		says                      string
	}{
		"camel case":        {body: event(`,"subStatus":"CL"`), code: 200, want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "CL"}},
		"snake case":        {body: event(`,"sub_status":"CL","queue":"Q1"`), code: 200, want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "CL", Queue: "Q1"}},
		"kebab case":        {body: event(`,"sub-status":"CL"`), code: 200, want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "CL"}},
		"no sub-status":     {body: event(``), code: 200, want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete}},
		"two that agree":    {body: event(`,"sub_status":"CL","subStatus":"CL"`), code: 200, want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "CL"}},
		"one that is empty": {body: event(`,"subStatus":"","sub-status":"CL"`), code: 200, want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete, SubStatus: "CL"}},
		"a numeric id":      {body: `{"ticketId":9007199254740993,"status":"Pending"}`, code: 200, want: webhook.TicketStatus{TicketID: "9007199254740993", Status: webhook.Pending}},
		"an unknown member": {body: event(`,"tenant":{"a":1}`), code: 200, want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete}},
		"a null":            {body: event(`,"queue":null`), code: 200, want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete}},
		"with a charset":    {contentType: "application/json; charset=utf-8", body: event(``), code: 200, want: webhook.TicketStatus{TicketID: "713516551148", Status: webhook.Complete}},
		"two that disagree": {body: event(`,"sub_status":"CL","subStatus":"P"`), code: 400, says: "subStatus and sub_status disagree"},
		"another case":      {body: `{"TicketID":"1","status":"Pending"}`, code: 400, says: "ticketId is missing"},
		"no status":         {body: `{"ticketId":"1"}`, code: 400, says: "status is missing"},
		"status no text":    {body: `{"ticketId":"1","status":7}`, code: 400, says: "status is not text"},
		"an array":          {body: `[{"ticketId":"1","status":"Pending"}]`, code: 400, says: "not a JSON object"},
		"null":              {body: `null`, code: 400, says: "not a JSON object"},
		"cut off":           {body: `{"ticketId":"1",`, code: 400, says: "not a JSON object"},
		"a form":            {contentType: "application/x-www-form-urlencoded", body: "a=b", code: 415, says: "application/json"},
		"GET":               {method: http.MethodGet, code: 405, says: "POST"},
		"too large":         {body: event(`,"queue":"` + strings.Repeat("x", webhook.MaxBody) + `"`), code: 413, says: "at most"},
		"refused":           {body: event(``), refuse: errors.New("the database of 9000000001 is full"), code: 500, says: "not taken"},
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
			answer, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != test.code || !strings.Contains(string(answer), test.says) {
				t.Errorf("answer is %d %q, want %d saying %q", response.StatusCode, answer, test.code, test.says)
			}
			if strings.Contains(string(answer), "9000000001") {
				t.Errorf("the receiver's error left the house: %q", answer)
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

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"ticketId":"1","status":"Pending"}`, `{"ticketId":1,"status":"Complete","sub-status":"CL"}`, `[]`, `null`, `{"ticketId":{}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := webhook.Parse(body)
		if err != nil {
			return
		}
		if event.TicketID == "" || event.Status == "" || !json.Valid(event.Raw) {
			t.Errorf("took an event without id, status or body: %+v", event)
		}
	})
}

func ExampleHandler() {
	http.Handle("/kapture/tickets", webhook.Handler(func(_ context.Context, event webhook.TicketStatus) error {
		if event.Status == webhook.Complete {
			fmt.Println("closed:", event.TicketID)
		}
		return nil // an error would answer 500
	}))
}
