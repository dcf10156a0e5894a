package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestTicketsAdd(t *testing.T) {
	// The page's sample of a response ends before its status.
	d := newDesk(t, always(sampleOf(t, "tickets/add-2024.response.cut.json")))
	got, err := d.Tickets.Add(t.Context(), elementOf[client.TicketRequest](t, "tickets/add-2024.request.json"))
	is(t, err, "")
	sameJSON(t, d.requests()[0].body, sampleOf(t, "tickets/add-2024.request.json"))
	if d.requests()[0].path != "/add-ticket-from-other-source.html/v.2.0" {
		t.Errorf("sent to %s", d.requests()[0].path)
	}
	moment := time.Date(2024, 4, 19, 8, 49, 11, 0, time.UTC)
	if got.Number() != "713516551148" || got.Ticket.Substatus != "US" || !got.Ticket.Date.Time().Equal(moment) {
		t.Errorf("got %s", got)
	}
}

// Objects of the tenant's own, whose names are free text, are sent and returned.
func TestTicketsAddWithATenantsOwnObjects(t *testing.T) {
	d := newDesk(t, always(sampleOf(t, "tickets/add-observed.response.json")))
	req := client.TicketRequest{Title: "Broken", AdditionalProperties: map[string]json.RawMessage{
		"Issue / details [1]": json.RawMessage(`[{"issue_id":"I-1001"}]`),
		"due_date":            json.RawMessage(`null`),
	}}
	got, err := d.Tickets.Add(t.Context(), req)
	is(t, err, "")
	sameJSON(t, d.requests()[0].body,
		`[{"title":"Broken","due_date":null,"Issue / details [1]":[{"issue_id":"I-1001"}]}]`)
	if got.Number() != "713516551148" || string(got.AdditionalDetails["issue_details"][0]["issue_id"]) != `"I-1001"` {
		t.Errorf("got %s", got)
	}

	req.AdditionalProperties["title"] = json.RawMessage(`"x"`)
	_, err = d.Tickets.Add(t.Context(), req)
	is(t, err, client.ErrInvalidRequest)
	if len(d.requests()) != 1 {
		t.Errorf("%d requests, want 1", len(d.requests()))
	}
}

// A ticket's number is found in both places that it may be in, in either form.
func TestTicketAddedNumber(t *testing.T) {
	for body, want := range map[string]string{
		`{"ticket":{"ticketId":713516551148}}`:                               "713516551148",
		`{"ticket":{},"ticket_id":713516551148,"status":"success"}`:          "713516551148",
		`{"ticket":{"title":"Broken"},"ticket_id":"T-1","status":"success"}`: "T-1",
		`{"ticket":{}}`: "",
	} {
		d := newDesk(t, always(body))
		got, err := d.Tickets.Add(t.Context(), client.TicketRequest{Title: "Broken"})
		is(t, err, "")
		if got.Number() != want {
			t.Errorf("%s: number %q", body, got.Number())
		}
	}
	if (&client.TicketAdded{}).Number() != "" {
		t.Error("a response that was not received has a number")
	}
}

// The failures that the pages print are distinguished, and a response that says
// nothing about a write leaves its outcome unknown.
func TestTicketsWriteFailures(t *testing.T) {
	for response, want := range map[string]struct {
		code    client.Code
		unknown bool
	}{
		sampleOf(t, "tickets/add-2024.response.missing-title.json"):            {client.ErrMissingTitle, false},
		sampleOf(t, "tickets/add-2024.response.invalid-auth-key.json"):         {client.ErrAuthKey, false},
		sampleOf(t, "tickets/update-2024.response.missing-ticket-id.json"):     {client.ErrMissingTicketID, false},
		sampleOf(t, "tickets/update-2024.response.invalid-callback-time.json"): {client.ErrInvalidCallbackTime, false},
		`{"status":"success"}`:                          {client.ErrUnexpectedResponse, true},
		`{"status":"success","ticket":"713516551148"}`:  {client.ErrTextResponse, true},
		`[{"ticket":{"ticketId":"713516551148"}}]`:      {client.ErrUnexpectedResponse, true},
		`{"ticket":{"ticketId":"713516551148"`:          {client.ErrTruncated, true},
		`{"ticket":{"ticketId":"1"},"status":"failed"}`: {client.ErrFailed, false},
		"": {client.ErrOutcomeUnknown, true}, // the server hangs up
	} {
		d := newDesk(t, always(response))
		_, added := d.Tickets.Add(t.Context(), client.TicketRequest{Title: "Broken"})
		_, updated := d.Tickets.Update(t.Context(), client.TicketUpdate{
			TicketID:  "713516551148",
			SubStatus: client.SubStatusClosed,
		})
		for _, err := range []error{added, updated} {
			e := is(t, err, want.code)
			if e.OutcomeUnknown != want.unknown || errors.Is(err, client.ErrOutcomeUnknown) != want.unknown {
				t.Errorf("%s: outcome unknown is %v", response, e.OutcomeUnknown)
			}
		}
		if len(d.requests()) != 2 {
			t.Errorf("%s: %d requests for two writes", response, len(d.requests()))
		}
	}
}

func TestTicketsUpdate(t *testing.T) {
	d := newDesk(t, eachOf(
		sampleOf(t, "tickets/update-2024.response.cut.json"),
		sampleOf(t, "tickets/update-observed.response.json"),
	))
	_, err := d.Tickets.Update(t.Context(), elementOf[client.TicketUpdate](t, "tickets/update-2024.request.json"))
	is(t, err, "")
	sameJSON(t, d.requests()[0].body, sampleOf(t, "tickets/update-2024.request.json"))

	got, err := d.Tickets.Update(t.Context(), client.TicketUpdate{
		TicketID:     "713516551148",
		SubStatus:    client.SubStatusClosed,
		Comment:      new("Called back"),
		CallbackTime: client.CallbackAt(time.Date(2024, 4, 19, 8, 49, 11, 0, time.UTC)),
	})
	is(t, err, "")
	sameJSON(t, d.requests()[1].body, `[{"ticket_id":"713516551148","sub_status":"CL","comment":"Called back",`+
		`"callback_time":"2024-04-19 14:19:11"}]`)
	if got.Ticket.Substatus != "CL" || d.requests()[1].path != "/update-ticket-from-other-source.html/v.2.0" {
		t.Errorf("got %s from %s", got, d.requests()[1].path)
	}
}

func TestTicketsGet(t *testing.T) {
	const id = "713516551148"
	for name, test := range map[string]struct {
		response string
		code     client.Code
	}{
		"found":                          {sampleOf(t, "tickets/get-observed.response.notes.json"), ""},
		"the page's sample, without ids": {sampleOf(t, "tickets/get-2024.response.cut.json"), ""},
		"a number for an id":             {`[{"task_details":{"ticketId":713516551148}}]`, ""},
		"none":                           {`[]`, client.ErrNotFound},
		"another":                        {`[{"task_details":{"ticketId":"2"}}]`, client.ErrUnexpectedResponse},
		"two of them": {
			`[{"task_details":{"ticketId":"713516551148"}},{"task_details":{"ticketId":"713516551148"}}]`,
			client.ErrUnexpectedResponse,
		},
		"two without ids": {
			`[{"task_details":{"tat":""}},{"task_details":{"tat":""}}]`,
			client.ErrUnexpectedResponse,
		},
		"nothing in it":             {`[{"task_details":{}}]`, client.ErrUnexpectedResponse},
		"nothing in it but a space": {`[{"task_details":{ }}]`, client.ErrUnexpectedResponse},
		"a text for the details":    {`[{"task_details":"none"}]`, client.ErrUnexpectedResponse},
		"null":                      {`[null]`, client.ErrUnexpectedResponse},
		"an object in the list's place": {
			`{"task_details":{"ticketId":"713516551148"}}`,
			client.ErrUnexpectedResponse,
		},
		"a success that shows no ticket": {`{"status":"success"}`, client.ErrUnexpectedResponse},
		"an array was sent": {
			sampleOf(t, "tickets/get-2024.response.invalid-json.json"),
			client.ErrInvalidJSON,
		},
		"no ids": {
			sampleOf(t, "tickets/get-2024.response.missing-ticket-ids.json"),
			client.ErrMissingTicketIDs,
		},
		"a rejected key": {
			sampleOf(t, "tickets/get-2024.response.invalid-auth-key.json"),
			client.ErrAuthKey,
		},
		"a list that ends early": {`[{"task_details":{"ticketId":"713516551148"}},`, client.ErrTruncated},
		"an id in another case":  {`[{"task_details":{"TicketId":"713516551148"}}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, always(test.response))
			got, err := d.Tickets.Get(t.Context(), id)
			is(t, err, test.code)
			sameJSON(t, d.requests()[0].body, `{"ticket_ids":"713516551148"}`)
			if test.code == "" && got.TaskDetails.Date.IsZero() && got.Number() == "" {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestTicketsGetWithChat(t *testing.T) {
	d := newDesk(t, always(sampleOf(t, "tickets/get-observed.response.chat.json")))
	got, err := d.Tickets.Get(t.Context(), "713516551148", func(l *client.TicketLookup) {
		l.ConversationType = new("chat")
		l.HistoryType = new("all")
		l.ReadTicketHistoryDetails = new("1")
		l.TicketIDs = "2" // is overwritten by the call
	})
	is(t, err, "")
	sameJSON(t, d.requests()[0].body, `{"ticket_ids":"713516551148","conversation_type":"chat","history_type":"all",`+
		`"read_ticket_history_details":"1"}`)
	if len(got.ConversationType.Chat) != 2 || string(got.ConversationType.Chat[0].ChatMessage) != `"Hello"` {
		t.Errorf("got %s", got)
	}
	if string(got.AdditionalInfo["issue_details"]["issue_id"]) != `"I-1001"` {
		t.Errorf("got %v", got.AdditionalInfo)
	}
}

// An identifier with a comma would name other tickets, and an empty one none.
func TestTicketIDsAreChecked(t *testing.T) {
	d := newDesk(t, always(`[]`))
	for _, id := range []string{"", "1,2", ",", "1 ", " 1", "1\t", "1\n2", "1\u00a0"} {
		_, err := d.Tickets.Get(t.Context(), id)
		is(t, err, client.ErrInvalidRequest)
		found, err := d.Tickets.GetMany(t.Context(), []string{"1", id})
		is(t, err, client.ErrInvalidRequest)
		if found == nil || len(found.Found)+len(found.Missing) != 0 {
			t.Errorf("found %+v", found)
		}
	}
	found, err := d.Tickets.GetMany(t.Context(), nil)
	is(t, err, "")
	if len(found.Found) != 0 || len(d.requests()) != 0 {
		t.Errorf("%d requests for nothing", len(d.requests()))
	}
}

func ticketJSON(id string) string { return `{"task_details":{"ticketId":"` + id + `","tat":""}}` }

func TestTicketsGetMany(t *testing.T) {
	tickets := []string{
		ticketJSON("3"),
		ticketJSON("1"),
		`{"task_details":{"ticketId":4}}`,
		ticketJSON("1"), // a second one
		ticketJSON("9"), // that was not asked for
		`{"task_details":{"date":""}}`,
	}
	d := newDesk(t, always("["+strings.Join(tickets, ",")+"]"))
	found, err := d.Tickets.GetMany(t.Context(), []string{"1", "2", "3", "1", "4"})
	is(t, err, "")
	sameJSON(t, d.requests()[0].body, `{"ticket_ids":"1,2,3,4"}`)
	if got := slices.Sorted(maps.Keys(found.Found)); !slices.Equal(got, []string{"1", "3", "4"}) {
		t.Errorf("found %q", got)
	}
	for id, ticket := range found.Found {
		if ticket.Number() != id || !strings.Contains(string(ticket.Raw()), id) {
			t.Errorf("%s is listed with %s", id, ticket)
		}
	}
	if !slices.Equal(found.Missing, []string{"2"}) {
		t.Errorf("missing %q", found.Missing)
	}
	if len(found.Unexpected) != 2 || found.Unexpected[0].Number() != "1" || found.Unexpected[1].Number() != "9" {
		t.Errorf("unexpected %v", found.Unexpected)
	}
	if len(found.Unidentified) != 1 || string(found.Unidentified[0].Raw()) != `{"task_details":{"date":""}}` {
		t.Errorf("unidentified %v", found.Unidentified)
	}
}

// randomTickets responds to a request for tickets with most of them, some twice,
// some without an identifier, and some that were not asked for, in any order.
func randomTickets(random *rand.Rand, asked []string) (list []string) {
	for _, id := range asked {
		switch random.IntN(10) {
		case 0: // missing
		case 1:
			list = append(list, ticketJSON(id), ticketJSON(id))
		case 2:
			list = append(list, `{"task_details":{"title":"`+id+`"}}`)
		case 3:
			list = append(list, ticketJSON(strconv.Itoa(random.IntN(250))))
		default:
			list = append(list, ticketJSON(id))
		}
	}
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// Whatever the responses have, no ticket and no identifier is lost, and none is
// listed under another identifier.
func TestTicketsGetManyLosesNothing(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		var ids []string
		for range random.IntN(140) {
			ids = append(ids, strconv.Itoa(random.IntN(200)))
		}
		sent := 0
		d := newDesk(t, func(_ int, body string) string {
			var lookup client.TicketLookup
			if err := json.Unmarshal([]byte(body), &lookup); err != nil {
				t.Error(err)
			}
			batch := strings.Split(lookup.TicketIDs, ",")
			if len(batch) > 50 {
				t.Errorf("%d ids in one request", len(batch))
			}
			list := randomTickets(random, batch)
			sent += len(list)
			return "[" + strings.Join(list, ",") + "]"
		})

		found, err := d.Tickets.GetMany(t.Context(), ids)
		is(t, err, "")
		if n := len(found.Found) + len(found.Unexpected) + len(found.Unidentified); n != sent {
			t.Fatalf("seed %d: %d tickets were sent, %d are returned", seed, sent, n)
		}
		want := slices.Compact(slices.Sorted(slices.Values(ids)))
		listed := slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(found.Found)), found.Missing...)))
		if !slices.Equal(want, listed) {
			t.Fatalf("seed %d: asked for %q, got %q", seed, want, listed)
		}
		for id, ticket := range found.Found {
			if ticket.Number() != id {
				t.Fatalf("seed %d: %s is listed with %s", seed, id, ticket)
			}
		}
	}
}

func TestTicketsGetManyKeepsWhatItFound(t *testing.T) {
	var ids []string
	for n := range 120 {
		ids = append(ids, strconv.Itoa(n))
	}
	d := newDesk(t, func(n int, _ string) string {
		if n == 1 {
			return `{"message":"ticket_ids are missing.","status":"failed"}`
		}
		return "[" + ticketJSON("7") + "]"
	})
	found, err := d.Tickets.GetMany(t.Context(), ids)
	is(t, err, client.ErrMissingTicketIDs)
	if len(d.requests()) != 2 || found.Found["7"] == nil || len(found.Missing) != 49 ||
		slices.Contains(found.Missing, "50") {
		t.Errorf("%d requests, found %d, missing %q", len(d.requests()), len(found.Found), found.Missing)
	}
}

// april is noon on a day of April 2024.
func april(n int) time.Time { return time.Date(2024, 4, n, 12, 0, 0, 0, client.India) }

// pulledList is a response to a pull of tickets.
func pulledList(ids ...string) string {
	var list []string
	for _, id := range ids {
		list = append(list, `{"ticketId":"`+id+`"}`)
	}
	return `{"totalCount":null,"message":[` + strings.Join(list, ",") + `]}`
}

func ticketNumbers(list []*client.PulledTicket) (out []string) {
	for _, ticket := range list {
		out = append(out, ticket.TicketID)
	}
	return out
}

func TestTicketsPull(t *testing.T) {
	d := newDesk(t, eachOf(
		pulledList("1", "2", "2"),
		sampleOf(t, "tickets/pull-observed.response.object.json"),
		pulledList(),
		sampleOf(t, "tickets/pull-2024.response.cut.json"),
	))
	got, err := allOf(d.Tickets.Pull(t.Context(), april(19), april(22)))
	is(t, err, "")
	// The last day has the ticket of the second day again, two days later.
	if ids := ticketNumbers(got); !slices.Equal(ids, []string{"1", "2", "713516551148", "713516551148"}) {
		t.Errorf("pulled %q", ids)
	}
	for n, request := range d.requests() {
		sameJSON(t, request.body, fmt.Sprintf(`[{"start_date":"2024-04-%d","end_date":"2024-04-%d"}]`, 19+n, 19+n))
		if request.path != "/select-ticket-between-start-and-end-dates.html/v.2.0" {
			t.Errorf("sent to %s", request.path)
		}
	}
	last := got[len(got)-1]
	if !last.LastConvesationTime.Time().Equal(time.Date(2024, 4, 19, 14, 19, 0, 0, client.India)) ||
		last.TaskID != 530348198 {
		t.Errorf("pulled %s", last)
	}
	if got[2].CustomerName != "Asha" || string(got[2].AdditionalInfo["ride_id"]["ride_id"]) != `"R-1001"` {
		t.Errorf("pulled %s", got[2])
	}
}

// A text where tickets are expected is never assumed to mean that there are none.
func TestTicketsPullText(t *testing.T) {
	d := newDesk(t, always(`{"status":"success","message":"No ticket today."}`))
	_, err := allOf(d.Tickets.Pull(t.Context(), april(19), april(21)))
	e := is(t, err, client.ErrTextResponse)
	if e.Message != "No ticket today." || !errors.Is(err, client.ErrUnexpectedResponse) ||
		errors.Is(err, client.ErrFailed) {
		t.Errorf("error %v with message %q", err, e.Message)
	}
	w, ok := errors.AsType[*client.WindowError](err)
	if !ok || w.Window.String() != "2024-04-19" {
		t.Errorf("error %v names no window", err)
	}
}

// A text that NoTickets names means that there are none, and the days after it
// are saved. Any other text is an error, and so is a failure in the same words.
func TestTicketsPullNoTickets(t *testing.T) {
	noTickets := client.NoTickets("No ticket today.")
	d := newDesk(t, eachOf(
		`{"status":"success","message":"No ticket today."}`,
		pulledList("1"),
		`{"message":"Too many requests"}`,
	))
	var saved []client.Checkpoint
	got, err := allOf(d.Tickets.Pull(t.Context(), april(19), april(21), noTickets, keepCheckpoints(&saved)))
	e := is(t, err, client.ErrTextResponse)
	if e.Message != "Too many requests" {
		t.Errorf("message %q", e.Message)
	}
	if !slices.Equal(ticketNumbers(got), []string{"1"}) || daysOf(saved) != "2024-04-19 2024-04-20" {
		t.Errorf("pulled %v, saved %s", got, daysOf(saved))
	}

	d = newDesk(t, always(`{"status":"failed","message":"No ticket today."}`))
	_, err = allOf(d.Tickets.Pull(t.Context(), april(19), april(19), noTickets))
	is(t, err, client.ErrFailed)
}

func TestTicketsPullFailures(t *testing.T) {
	for response, code := range map[string]client.Code{
		sampleOf(t, "tickets/pull-2024.response.invalid-auth-key.json"):   client.ErrAuthKey,
		sampleOf(t, "tickets/pull-2024.response.invalid-json.json"):       client.ErrInvalidJSON,
		sampleOf(t, "tickets/pull-2024.response.missing-ticket-ids.json"): client.ErrMissingTicketIDs,
		`{"status":"success"}`:                             client.ErrUnexpectedResponse,
		`{"status":"success","message":{"other":null}}`:    client.ErrUnexpectedResponse,
		`{"message":[{"ticketId":"1"}],"status":"failed"}`: client.ErrFailed,
		`{"message":[{"ticketId":"1"},`:                    client.ErrTruncated,
		`{"message":[{"ticketId":"1"}]`:                    client.ErrTruncated,
		`[{"ticketId":"1"}]`:                               client.ErrUnexpectedResponse,
	} {
		d := newDesk(t, always(response))
		_, err := allOf(d.Tickets.Pull(t.Context(), april(19), april(19)))
		is(t, err, code)
		_, err = allOf(d.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}))
		is(t, err, code)
	}
}

// paged responds with the tickets that limit and offset ask for.
func paged(t *testing.T, ids []string) func(int, string) string {
	return func(_ int, body string) string {
		var pulls []client.TicketQuery
		if err := json.Unmarshal([]byte(body), &pulls); err != nil || len(pulls) != 1 {
			t.Errorf("%v in %s", err, body)
			return "{}"
		}
		offset := 0
		if pulls[0].Offset != nil {
			offset, _ = strconv.Atoi(*pulls[0].Offset)
		}
		limit, _ := pulls[0].Limit.Int64()
		from := min(offset, len(ids))
		return pulledList(ids[from:min(from+int(limit), len(ids))]...)
	}
}

func TestTicketsPullWithLimit(t *testing.T) {
	ids := []string{"1", "2", "3", "4", "5"}
	d := newDesk(t, paged(t, ids))
	got, err := allOf(d.Tickets.Pull(t.Context(), april(19), april(19), client.WithPageSize(2)))
	is(t, err, "")
	if !slices.Equal(ticketNumbers(got), ids) {
		t.Errorf("pulled %q", ticketNumbers(got))
	}
	// The page's sample sends limit as a number, and no offset.
	sameJSON(t, d.requests()[0].body, `[{"limit":2,"start_date":"2024-04-19","end_date":"2024-04-19"}]`)
	sameJSON(t, d.requests()[1].body, `[{"limit":2,"offset":"2","start_date":"2024-04-19","end_date":"2024-04-19"}]`)
}

func TestTicketsPullByCustomer(t *testing.T) {
	ids := []string{"1", "2", "3", "4", "5"}
	d := newDesk(t, paged(t, ids))
	filter := client.TicketQuery{Status: new("Pending")}
	got, err := allOf(d.Tickets.PullByCustomer(t.Context(), "C-1", filter, client.WithPageSize(2)))
	is(t, err, "")
	if !slices.Equal(ticketNumbers(got), ids) {
		t.Errorf("pulled %q", ticketNumbers(got))
	}

	offsets := []int{0, 2, 1, 4, 5} // three pages and the empty one; 1: does it count pages?
	if len(d.requests()) != len(offsets) {
		t.Fatalf("%d requests for three pages and the empty one", len(d.requests()))
	}
	for n, request := range d.requests() {
		sameJSON(t, request.body,
			fmt.Sprintf(`[{"customer_code":"C-1","status":"Pending","limit":"2","offset":"%d"}]`, offsets[n]))
	}
}

func TestTicketsPullByCustomerEndsWithTheLoop(t *testing.T) {
	d := newDesk(t, paged(t, []string{"1", "2", "3", "4", "5"}))
	for range d.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}, client.WithPageSize(2)) {
		break
	}
	if len(d.requests()) != 1 {
		t.Errorf("%d requests after a break", len(d.requests()))
	}
}

// A server that ignores offset always sends the same page.
func TestTicketsPullByCustomerOfARepeatedPage(t *testing.T) {
	d := newDesk(t, always(pulledList("1", "2")))
	got, err := allOf(d.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}, client.WithPageSize(2)))
	is(t, err, client.ErrRepeatedPage)
	if len(got) != 2 || len(d.requests()) != 2 {
		t.Errorf("%d tickets of %d requests", len(got), len(d.requests()))
	}
}

// The error names the page. A list without days names no day.
func TestTicketsPullByCustomerFailure(t *testing.T) {
	d := newDesk(t, eachOf(pulledList("1", "2"), `{"message":"Invalid Auth Key","status":"failed"}`))
	_, err := allOf(d.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}, client.WithPageSize(2)))
	is(t, err, client.ErrAuthKey)
	w, ok := errors.AsType[*client.WindowError](err)
	if !ok || w.Window.Offset != 2 || !w.Window.Day.IsZero() || strings.Contains(err.Error(), "0001") {
		t.Errorf("error %v", err)
	}
}

func TestTicketsPullByCustomerRejects(t *testing.T) {
	d := newDesk(t, always(pulledList()))
	for name, filter := range map[string]client.TicketQuery{
		"a limit":      {Limit: client.TextID("10")},
		"a first day":  {StartDate: client.DateOf(april(19))},
		"a last day":   {EndDate: client.DateOf(april(19))},
		"an offset":    {Offset: new("0")},
		"another code": {CustomerCode: new("C-2")},
	} {
		_, err := allOf(d.Tickets.PullByCustomer(t.Context(), "C-1", filter))
		if !errors.Is(err, client.ErrInvalidRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := allOf(d.Tickets.PullByCustomer(t.Context(), " ", client.TicketQuery{}))
	is(t, err, client.ErrInvalidRequest)
	_, err = allOf(d.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}, client.WithPageSize(0)))
	is(t, err, client.ErrInvalidRequest)
	_, err = allOf(d.Tickets.Pull(t.Context(), april(19), april(19), client.WithPageSize(-1)))
	is(t, err, client.ErrInvalidRequest)
	if len(d.requests()) != 0 {
		t.Errorf("sent %d times", len(d.requests()))
	}
}

// manyTickets returns n tickets of Asha, each with its number in an object of the
// tenant's own.
func manyTickets(n int) (inputs []client.TicketRequest) {
	for i := range n {
		req := client.TicketRequest{Title: fmt.Sprint("Ticket ", i), EmailID: new("asha@example.com")}
		req.Set("web form", json.RawMessage(fmt.Sprintf(`[{"n":"%d"}]`, i)))
		inputs = append(inputs, req)
	}
	return inputs
}

// The whole life of tickets, against the embedded Kapture.
func TestTicketsFlow(t *testing.T) {
	srv := mock.Run(t, mock.WithClock(func() time.Time { return april(19) }))
	c := dialMock(t, srv, "tickets", client.WithAPIKeyPair("", "TICKET"))
	_, err := srv.World("tickets").AddCustomer(mock.Customer{
		Name:  "Asha",
		Email: "asha@example.com",
		Phone: "9000000001",
		Code:  "C-1",
	})
	is(t, err, "")

	inputs := append(manyTickets(60), client.TicketRequest{})
	numbers := map[string]int{}
	for result := range c.Tickets.AddAll(t.Context(), slices.Values(inputs), client.Parallel(4)) {
		if result.Index == 60 {
			is(t, result.Err, client.ErrMissingTitle)
			continue
		}
		is(t, result.Err, "")
		numbers[result.Response.Number()] = result.Index
	}
	if len(numbers) != 60 {
		t.Fatalf("%d numbers for 60 tickets", len(numbers))
	}

	ids := append(slices.Sorted(maps.Keys(numbers)), "404")
	found, err := c.Tickets.GetMany(t.Context(), ids)
	is(t, err, "")
	if len(found.Found) != 60 || !slices.Equal(found.Missing, []string{"404"}) ||
		len(found.Unexpected)+len(found.Unidentified) != 0 {
		t.Errorf("found %d, missing %q", len(found.Found), found.Missing)
	}
	for id, ticket := range found.Found {
		if want := fmt.Sprint("Ticket ", numbers[id]); ticket.TaskDetails.Title != want {
			t.Errorf("%s is %q, want %q", id, ticket.TaskDetails.Title, want)
		}
	}

	first := ids[0]
	_, err = c.Tickets.Update(t.Context(), client.TicketUpdate{
		TicketID:  first,
		SubStatus: client.SubStatusClosed,
		Comment:   new("Done"),
	})
	is(t, err, "")
	ticket, err := c.Tickets.Get(t.Context(), first, client.WithNotes())
	is(t, err, "")
	if ticket.TaskDetails.Status != "Complete" || ticket.ConversationType.Notes[0].Detail != "Done" {
		t.Errorf("got %s", ticket)
	}
	_, err = c.Tickets.Get(t.Context(), "404")
	is(t, err, client.ErrNotFound)
	_, err = c.Tickets.Update(t.Context(), client.TicketUpdate{TicketID: "404", SubStatus: client.SubStatusClosed})
	is(t, err, client.ErrMissingTicketID)

	for name, list := range map[string]iter.Seq2[*client.PulledTicket, error]{
		"Pull":           c.Tickets.Pull(t.Context(), april(18), april(20)),
		"Pull, limited":  c.Tickets.Pull(t.Context(), april(18), april(20), client.WithPageSize(7)),
		"PullByCustomer": c.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}),
		"pages of 7":     c.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}, client.WithPageSize(7)),
		"parallel days":  c.Tickets.Pull(t.Context(), april(10), april(30), client.WithParallelWindows(4)),
	} {
		got, err := allOf(list)
		is(t, err, "")
		if got := slices.Sorted(slices.Values(ticketNumbers(got))); !slices.Equal(got, ids[:60]) {
			t.Errorf("%s gave %d tickets, want 60", name, len(got))
		}
	}
	legacy, err := allOf(c.Legacy.PullTickets(t.Context(), april(18), april(20)))
	is(t, err, "")
	if len(legacy) != 60 || legacy[0].TicketID != first || legacy[0].Substatus != "Closed" {
		t.Errorf("%d tickets, the first %s", len(legacy), legacy[0])
	}
}

func TestTicketsPullWithFaults(t *testing.T) {
	for kind, want := range map[mock.Kind]client.Code{
		mock.MessageText:      client.ErrTextResponse,
		mock.FailureAfterList: client.ErrFailed,
		mock.TruncatedJSON:    client.ErrTruncated,
	} {
		srv := mock.Run(t)
		is(t, srv.SetFault("pullTickets", mock.Fault{Kind: kind}), "")
		c := dialMock(t, srv, "tickets", client.WithoutRetry())
		_, err := allOf(c.Tickets.Pull(t.Context(), april(18), april(19)))
		is(t, err, want)
	}
}

func TestLegacyPullTickets(t *testing.T) {
	d := newDesk(t, eachOf(
		sampleOf(t, "tickets/pull-2019-20.response.json"),
		`{"status":"success","message":"none"}`,
		`{"status":"success","message":[]}`,
		sampleOf(t, "tickets/pull-2019-20.response.missing-start-date.json"),
	))
	from := time.Date(2020, 5, 23, 0, 0, 0, 0, client.India)
	got, err := allOf(d.Legacy.PullTickets(t.Context(), from, from.AddDate(0, 0, 3), client.NoTickets("none")))
	is(t, err, client.ErrMissingStartDate)
	sameJSON(t, d.requests()[0].body, sampleOf(t, "tickets/pull-2019-20.request.json"))
	if len(d.requests()) != 4 || d.requests()[0].path != "/select-ticket-between-start-and-end-dates.html" {
		t.Errorf("%d requests, the first to %s", len(d.requests()), d.requests()[0].path)
	}
	end := time.Date(2020, 5, 23, 12, 37, 0, 0, client.India)
	if len(got) != 1 || got[0].SLAStatus != "out of sla" || !got[0].TaskEnddate.Time().Equal(end) ||
		len(got[0].Undeclared()) != 0 {
		t.Errorf("pulled %s", got)
	}
}

// The page of the older pull documents a status, so a list without one is an
// error.
func TestLegacyPullTicketsWithoutAStatus(t *testing.T) {
	d := newDesk(t, always(`{"message":[]}`))
	_, err := allOf(d.Legacy.PullTickets(t.Context(), april(19), april(19)))
	is(t, err, client.ErrUnexpectedResponse)
}

// The response of Add can be stored as JSON and read again.
func TestTicketResponsesAreKept(t *testing.T) {
	d := newDesk(t, always(sampleOf(t, "tickets/add-observed.response.json")))
	added, err := d.Tickets.Add(t.Context(), client.TicketRequest{Title: "Broken"})
	is(t, err, "")
	kept, err := json.Marshal(added)
	is(t, err, "")
	sameJSON(t, string(kept), string(added.Raw()))
	var again client.TicketAdded
	if err := json.Unmarshal(kept, &again); err != nil || again.Number() != added.Number() {
		t.Errorf("again %v, %v", again, err)
	}
}

// Misfits in a tenant's own objects are reported as those of any other field.
func TestMisfitsInATenantsOwnObjects(t *testing.T) {
	d := newDesk(t, eachOf(`{"message":[{"ticketId":"1","additional_info":{"a/b":5,"ride":{"id":[7]}}}]}`))
	got, err := allOf(d.Tickets.Pull(t.Context(), april(19), april(19)))
	is(t, err, "")
	misfits := got[0].Misfits()
	if len(misfits) != 1 || misfits[0].Pointer != "/additional_info/a~1b" ||
		misfits[0].Expected != "TicketAssociate" || string(misfits[0].Literal) != "5" ||
		len(got[0].Undeclared()) != 0 {
		t.Errorf("misfits %v, undeclared %v", misfits, got[0].Undeclared())
	}
}
