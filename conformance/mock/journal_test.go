package mock_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestJournal(t *testing.T) {
	srv, c := start(t,
		mock.WithLimits(mock.Limits{Journal: 3}),
		mock.WithFault("addTicket", mock.Fault{Kind: mock.ServerError}))
	c.post("getCustomer", `[{"phone":"1"}]`)
	c.withKey("secret-key").post("getCustomer", `[{"phone":"1"}]`)
	c.withKey("test-two").post("pushProduct", `[{"name":"A"}]`)
	c.post("addTicket", `[{"title":"A"}]`)
	c.do(c.request(http.MethodPost, "/nowhere?auth_key=secret-query&api_id=7", ""))

	for operation, want := range map[string]int{
		"getCustomer": 2, "pushProduct": 1, "addTicket": 1, mock.All: 5, "getTickets": 0,
	} {
		if got := srv.Received(operation); got != want {
			t.Errorf("%s was received %d times, want %d", operation, got, want)
		}
	}

	journal := srv.Journal()
	if len(journal) != 3 {
		t.Fatalf("the journal has %d entries, want the last 3", len(journal))
	}
	if text := fmt.Sprintf("%+v", journal); strings.Contains(text, "secret") {
		t.Errorf("the journal holds a key: %s", text)
	}

	first := journal[0]
	if first.Operation != "pushProduct" || first.World != "two" || first.Status != 200 {
		t.Errorf("the first entry is %+v", first)
	}
	if first.Method != http.MethodPost || first.Path != paths["pushProduct"] {
		t.Errorf("the first entry is %+v", first)
	}
	if second := journal[1]; second.Fault != mock.ServerError || second.Status != 500 {
		t.Errorf("the second entry is %+v", second)
	}
	if third := journal[2]; third.Operation != "" || third.Status != 404 || third.Query != "api_id=7" {
		t.Errorf("the third entry is %+v", third)
	}
}

func TestJournalHasBodies(t *testing.T) {
	srv, c := start(t)
	const body = `[{"title":"A"}]`
	got := c.post("addTicket", body)
	entry := srv.Journal()[0]
	if string(entry.Request.Bytes) != body || !entry.Request.Complete() {
		t.Errorf("the request is %+v", entry.Request)
	}
	if string(entry.Response.Bytes) != got.text || !entry.Response.Complete() {
		t.Errorf("the response is %+v, want %s", entry.Response, got.text)
	}

	// Of a large body only the beginning is kept, and its size.
	large := `[{"title":"` + strings.Repeat("x", 100_000) + `"}]`
	c.post("addTicket", large)
	request := srv.Journal()[1].Request
	if request.Size != int64(len(large)) || request.Complete() || string(request.Bytes) != large[:64<<10] {
		t.Errorf("%d bytes of %d are kept", len(request.Bytes), request.Size)
	}
}

// The bodies of the journal take no more than their limit: the oldest go first.
func TestBodiesOfTheJournalAreBounded(t *testing.T) {
	srv, c := start(t, mock.WithLimits(mock.Limits{JournalBytes: 3000}))
	body := `[{"phone":"` + strings.Repeat("1", 900) + `"}]`
	for range 7 {
		c.post("getCustomer", body)
	}

	kept := 0
	journal := srv.Journal()
	for _, entry := range journal {
		kept += len(entry.Request.Bytes) + len(entry.Response.Bytes)
		if entry.Request.Size != int64(len(body)) {
			t.Errorf("the size of a body is %d, want %d", entry.Request.Size, len(body))
		}
	}
	if kept > 3000 || kept < 1500 {
		t.Errorf("%d bytes are kept, the limit is 3000", kept)
	}
	if journal[0].Request.Bytes != nil || string(journal[6].Request.Bytes) != body {
		t.Error("the newest bodies are dropped before the oldest")
	}
}

// Requests that the journal has forgotten do not count against the bodies that it
// keeps, not even if they end later.
func TestForgottenBodiesDoNotCount(t *testing.T) {
	srv, c := start(t, mock.WithLimits(mock.Limits{Journal: 3, JournalBytes: 3500}))
	body := `[{"phone":"` + strings.Repeat("1", 900) + `"}]`
	if err := srv.SetFault("getTickets", mock.Fault{Kind: mock.Stall}); err != nil {
		t.Fatal(err)
	}

	for range 9 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		stalled := srv.Received("getTickets")
		go func() {
			defer close(ended)
			_, _ = http.DefaultClient.Do(c.request(http.MethodPost, paths["getTickets"], body).WithContext(ctx))
		}()
		for srv.Received("getTickets") == stalled {
			time.Sleep(time.Millisecond)
		}
		for range 3 {
			c.post("getCustomer", body)
		}
		cancel()
		<-ended
	}

	// Of three larger requests two fit.
	larger := `[{"phone":"` + strings.Repeat("1", 1500) + `"}]`
	for range 3 {
		c.post("getCustomer", larger)
	}
	for i, entry := range srv.Journal() {
		kept := string(entry.Request.Bytes) == larger && entry.Response.Bytes != nil
		if kept != (i > 0) {
			t.Errorf("request %d keeps its bodies: %v", i, kept)
		}
	}
}

// What is remembered of a request keeps nothing else of it in memory.
func TestJournalIsSmall(t *testing.T) {
	_, c := start(t)
	long := strings.Repeat("x", 400_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 50 {
		c.do(c.request(http.MethodPost, "/"+long, ""))
		c.withKey("test-acme-"+long).post("getCustomer", `[]`)
	}

	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 10<<20 {
		t.Errorf("100 long requests left %d bytes", grown)
	}
}

// seen collects notes.
type seen struct {
	mu    sync.Mutex
	notes []mock.Note
}

func (s *seen) note(n mock.Note) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, n)
}

func TestObserver(t *testing.T) {
	var seen seen
	ended := make(chan mock.Exchange, 3)
	srv := mock.Run(t, mock.WithObserver(func(x mock.Exchange) { ended <- x }), mock.WithNotes(seen.note))
	c := caller{t, srv.URL, "test-acme"}
	c.post("getCustomer", `[{"phone":"1"}]`)
	c.withKey("mine").post("addTicket", `[{"title":"A"}]`)
	if err := srv.SetFault("getFAQCategories", mock.Fault{Kind: mock.ResetBeforeHeaders}); err != nil {
		t.Fatal(err)
	}
	c.raw("getFAQCategories", "")
	exchanges := []mock.Exchange{<-ended, <-ended, <-ended}
	slices.SortFunc(exchanges, func(a, b mock.Exchange) int { return a.Time.Compare(b.Time) })

	first := exchanges[0]
	if first.Operation != "getCustomer" || first.World != "acme" || first.Status != 200 || first.Duration <= 0 {
		t.Errorf("the first exchange is %+v", first.Received)
	}
	if string(first.Request.Bytes) != `[{"phone":"1"}]` || string(first.Response.Bytes) != notFound {
		t.Errorf("the bodies of the first exchange are %+v", first.Received)
	}
	if first.HTTP.Method != http.MethodPost || first.ResponseHeader.Get("Content-Type") != "application/json" {
		t.Errorf("the headers of the first exchange are %v", first.ResponseHeader)
	}

	second := exchanges[1]
	noted := len(second.Notes) == 1 && second.Notes[0].Code == mock.NoteKey
	if !noted || second.ResponseHeader.Get(mock.NoteHeader) == "" {
		t.Errorf("the notes of the second exchange are %v", second.Notes)
	}
	if third := exchanges[2]; third.Fault != mock.ResetBeforeHeaders || third.Status != 0 {
		t.Errorf("the third exchange is %+v", third.Received)
	}
	if len(seen.notes) != 1 || seen.notes[0] != second.Notes[0] {
		t.Errorf("the hook got %v", seen.notes)
	}
}

// A rejected key and a body that is not understood get Kapture's texts, which
// give no reason. The reason is in a header, and no header holds a key.
func TestNotesSayWhy(t *testing.T) {
	_, c := start(t)
	const good = "test-acme"
	tests := []struct{ name, key, operation, body, want string }{
		{
			name: "no key", operation: "getCustomer", body: `[]`,
			want: "key: the request has no key; send the header",
		},
		{
			name: "no test key", key: "mykey", operation: "getCustomer", body: `[]`,
			want: "key: the key does not have the form test-WORLD",
		},
		{
			name: "no key in the query", key: good, operation: "pushTicket",
			want: "key: the request has no key",
		},
		{
			name: "expired", key: "test-acme-expired", operation: "getCustomer", body: `[]`,
			want: "key: the key of world acme says that it is expired",
		},
		{
			name: "forbidden", key: "test-acme-forbidden", operation: "getCustomer", body: `[]`,
			want: "key: the key of world acme says that it has no permission",
		},
		{
			name: "another operation", key: "test-acme-only.addTicket", operation: "getCustomer", body: `[]`,
			want: "key: the key of world acme is not for getCustomer",
		},
		{
			name: "not JSON", key: good, operation: "addTicket", body: `{`,
			want: "body: the body is not JSON: ",
		},
		{
			name: "an array", key: good, operation: "addUpdateCustomer", body: `[]`,
			want: "body: the body is an array, not an object",
		},
		{
			name: "an object", key: good, operation: "pullTickets", body: `{}`,
			want: "body: the body is an object, not an array of one object",
		},
		{
			name: "an array of texts", key: good, operation: "pushProduct", body: `["a"]`,
			want: "body: the element of the array is a text, not an object",
		},
		{
			name: "contacts", key: good, operation: "addUpdateCustomer", body: `{"contact_info":{}}`,
			want: "body: contact_info is an object, not an array",
		},
	}
	for _, test := range tests {
		got := c.withKey(test.key).post(test.operation, test.body)
		note := got.header.Get(mock.NoteHeader)
		if !strings.HasPrefix(note, test.want) || strings.Contains(note, "mykey") {
			t.Errorf("%s: got the note %q", test.name, note)
		}
	}
	if got := c.post("getCustomer", `[{"phone":"1"}]`); got.header.Get(mock.NoteHeader) != "" {
		t.Errorf("a good request got the note %q", got.header.Get(mock.NoteHeader))
	}
}

// A request that the hook rejects changes nothing. The response is the failure
// of the operation where one fits, and a note has the reason.
func TestRejection(t *testing.T) {
	rejection := mock.Rejection{}
	srv, c := start(t, mock.WithRejection(func(*http.Request) mock.Rejection { return rejection }))
	ticket := c.post("addTicket", `{"title":"Broken","customer_id":"1"}`)
	id := at(t, ticket.value, "ticket_id")

	for _, test := range []struct {
		operation, body string
		missing         bool
		status          int
		want            string
	}{
		{
			operation: "addTicket",
			body:      `{"title":7}`,
			status:    400,
			want:      `{"message":"Invalid Json.","status":"failed"}`,
		},
		{
			operation: "addTicket",
			body:      `{"queue":"a"}`,
			missing:   true,
			status:    200,
			want:      `{"message":"title is missing","status":"failed"}`,
		},
		{
			operation: "updateTicket",
			body:      fmt.Sprintf(`{"ticket_id":%q,"queue":7}`, id),
			status:    400,
			want:      `{"message":"Invalid Json.","status":"failed"}`,
		},
	} {
		rejection = mock.Rejection{Reason: "the hook says so", Missing: test.missing}
		got := c.post(test.operation, test.body)
		got.want(t, test.status, test.want)
		if note := got.header.Get(mock.NoteHeader); note != "body: the hook says so" {
			t.Errorf("%s: the note is %q", test.operation, note)
		}
	}

	c.withKey("a-key").post("addTicket", `{}`).want(t, 200, `{"message":"Invalid Auth Key","status":"failed"}`)
	if n := len(srv.World("acme").Tickets()); n != 1 {
		t.Errorf("the world has %d tickets", n)
	}
}
