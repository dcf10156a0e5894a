package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// A listCall reads a list that is in a response at a place of its own.
type listCall struct {
	name     string
	envelope string // with %s for the list
	single   bool   // one object may be in place of the list
	read     func(ctx context.Context, c *client.Client, opts ...client.PullOption) (ids string, errs []error)
}

// listCalls has every call of the client that reads a list of records.
var listCalls = []listCall{
	{
		name: "Customers.Pull", envelope: `{"message":%s,"status":"success"}`,
		read: func(ctx context.Context, c *client.Client, opts ...client.PullOption) (string, []error) {
			return readIDs(c.Customers.Pull(ctx, day("2024-05-01"), day("2024-05-01"), opts...))
		},
	},
	{
		name: "Customers.Query", envelope: `{"message":%s,"status":"success"}`,
		read: func(ctx context.Context, c *client.Client, opts ...client.PullOption) (string, []error) {
			filter := client.CustomerQuery{CmID: client.NumberID(1)}
			return readIDs(c.Customers.Query(ctx, day("2024-05-01"), day("2024-05-01"), filter, opts...))
		},
	},
	{
		name: "Tickets.Pull", envelope: `{"message":%s}`, single: true,
		read: func(ctx context.Context, c *client.Client, opts ...client.PullOption) (string, []error) {
			return readIDs(c.Tickets.Pull(ctx, day("2024-05-01"), day("2024-05-01"), opts...))
		},
	},
	{
		name: "Tickets.PullByCustomer", envelope: `{"message":%s}`, single: true,
		read: func(ctx context.Context, c *client.Client, opts ...client.PullOption) (string, []error) {
			return readIDs(c.Tickets.PullByCustomer(ctx, "C-1", client.TicketQuery{}, opts...))
		},
	},
	{
		name: "Legacy.PullTickets", envelope: `{"status":"success","message":%s}`,
		read: func(ctx context.Context, c *client.Client, opts ...client.PullOption) (string, []error) {
			return readIDs(c.Legacy.PullTickets(ctx, day("2024-05-01"), day("2024-05-01"), opts...))
		},
	},
	{
		name: "FAQ.Contents", envelope: `{"message":{"contents":%s},"status":"success"}`,
		read: func(ctx context.Context, c *client.Client, opts ...client.PullOption) (string, []error) {
			return readIDs(c.FAQ.Contents(ctx, client.TextID("7"), opts...))
		},
	},
}

// once responds with a list to the first request, and with an empty one then.
func (l *listCall) once(list string) func(int, string) string {
	return eachOf(fmt.Sprintf(l.envelope, list), fmt.Sprintf(l.envelope, "[]"))
}

// noRecords are elements that are not records.
var noRecords = []string{`null`, `"No tickets found"`, `false`, `1`, `[]`, `[{"id":9,"ticketId":"9"}]`, `{}`, ` { } `}

// What is not an object with fields is never a record, in any list.
func TestNoRecordIsMadeOfNothing(t *testing.T) {
	for _, call := range listCalls {
		for _, element := range noRecords {
			list := `[{"id":1,"ticketId":"1"},` + element + `,{"id":2,"ticketId":"2"}]`
			d := newDesk(t, call.once(list))
			ids, errs := call.read(t.Context(), d.Client)
			var at *client.WindowError
			var e *client.Error
			if ids != "1 !" || !errors.As(errs[0], &at) || !errors.As(errs[0], &e) ||
				e.Code != client.ErrUnexpectedResponse {
				t.Errorf("%s, %s: got %s %v", call.name, element, ids, errs)
				continue
			}
			if string(e.Element) != element || len(e.Body) == 0 || strings.Contains(e.Error(), "No tickets") {
				t.Errorf("%s, %s: the error has %q: %v", call.name, element, e.Element, e)
			}
		}
	}
}

// One object in the place of a list is a record only if it has an identifier
// that names something.
func TestNoRecordIsMadeOfAnEnvelope(t *testing.T) {
	for _, call := range listCalls {
		for object, want := range map[string]string{
			`{"ticketId":"1","id":1}`: "1",
			`{}`:                      "!",
			`{"error":"none"}`:        "!",
			`{"0":{"ticketId":"1"},"1":{"ticketId":"2"}}`: "!",
			`{"ticketId":{}}`: "!",
			// How Java and .NET may write a ticket that there is not.
			`{"ticketId":null,"title":null}`: "!",
			`{"ticketId":"","title":""}`:     "!",
			`{"ticketId":0,"title":null}`:    "!",
		} {
			if !call.single {
				want = "!"
			}
			d := newDesk(t, call.once(object))
			ids, errs := call.read(t.Context(), d.Client)
			if ids != want || len(errs) > 0 && !errors.Is(errs[0], client.ErrUnexpectedResponse) {
				t.Errorf("%s, %s: got %s %v", call.name, object, ids, errs)
			}
		}
	}
}

// Nor is it a ticket or a category in a response that is read as a whole.
func TestNoRecordOfAWholeResponse(t *testing.T) {
	const ticket = `{"task_details":{"ticketId":"1"}}`
	for _, element := range noRecords {
		c := serve(t, response(`[`+ticket+`,`+element+`]`))
		_, err := c.Tickets.Get(t.Context(), "1")
		if e := is(t, err, client.ErrUnexpectedResponse); string(e.Element) != strings.TrimSpace(element) {
			t.Errorf("%s: the error has %q", element, e.Element)
		}
		found, err := c.Tickets.GetMany(t.Context(), []string{"1", "2"})
		is(t, err, client.ErrUnexpectedResponse)
		if len(found.Found) != 1 || len(found.Missing)+len(found.Unidentified)+len(found.Unexpected) != 0 {
			t.Errorf("%s: found %+v", element, found)
		}
		c = serve(t, response(`{"message":{"category":[{"id":1},`+element+`]}}`))
		_, err = c.FAQ.Categories(t.Context())
		is(t, err, client.ErrUnexpectedResponse)
		c = serve(t, response(`{"status":"success","Customer Details":`+element+`}`))
		if got, err := c.Customers.Get(t.Context(), client.CustomerByID(1)); err == nil {
			t.Errorf("%s is a customer: %s", element, got)
		}
	}
}

// A bad element in one response does not keep GetMany from the others.
func TestGetManyContinuesAfterABadElement(t *testing.T) {
	var ids []string
	for n := range 120 {
		ids = append(ids, fmt.Sprint(n+1))
	}
	d := newDesk(t, func(n int, _ string) string {
		return "[null," + ticketJSON(fmt.Sprint(50*n+1)) + "]"
	})
	found, err := d.Tickets.GetMany(t.Context(), ids)
	is(t, err, client.ErrUnexpectedResponse)
	if len(found.Found) != 3 || len(found.Missing) > 0 || len(d.requests()) != 3 {
		t.Errorf("found %d, missing %d, in %d requests", len(found.Found), len(found.Missing), len(d.requests()))
	}
}

// null in the place of a list, under a success, is an empty list. The hooks see
// that it was null.
func TestNullForAList(t *testing.T) {
	for _, call := range listCalls {
		h := &noteHook{}
		c := serve(t, response(fmt.Sprintf(call.envelope, "null")), client.WithHook(h))
		if ids, errs := call.read(t.Context(), c); ids != "" || len(errs) > 0 {
			t.Errorf("%s: got %s %v", call.name, ids, errs)
		}
		if got := h.kinds(); !slices.Equal(got, []client.NoteKind{client.NoteNullList}) {
			t.Errorf("%s: the hook has the notes %v", call.name, got)
		}
		failed := strings.Replace(fmt.Sprintf(call.envelope, "null"), "{", `{"Status":"failed",`, 1)
		c = serve(t, response(failed))
		if ids, errs := call.read(t.Context(), c); ids != "!" {
			t.Errorf("%s, under a failure: got %s %v", call.name, ids, errs)
		}
	}

	h := &noteHook{}
	c := serve(t, response(`{"message":{"category":null}}`), client.WithHook(h))
	got, err := c.FAQ.Categories(t.Context())
	is(t, err, "")
	if len(got.Message.Category) > 0 || !slices.Equal(h.kinds(), []client.NoteKind{client.NoteNullList}) {
		t.Errorf("got %s, the hook has the notes %v", got, h.kinds())
	}
}

// noteHook keeps the notes of operations.
type noteHook struct{ notes []client.Note }

func (*noteHook) OperationStart(ctx context.Context, _ client.Call) context.Context { return ctx }
func (*noteHook) AttemptStart(ctx context.Context, _ client.Call) context.Context   { return ctx }
func (*noteHook) AttemptEnd(context.Context, client.Call, client.Result)            {}
func (h *noteHook) OperationEnd(_ context.Context, _ client.Call, r client.Result) {
	h.notes = append(h.notes, r.Notes...)
}

func (h *noteHook) kinds() (kinds []client.NoteKind) {
	for _, note := range h.notes {
		kinds = append(kinds, note.Kind)
	}
	return kinds
}

// ContinueOnBadElement yields what is not a record as an error with its bytes,
// and continues after it. The day is then complete.
func TestContinueOnBadElement(t *testing.T) {
	for _, call := range listCalls {
		h := &noteHook{}
		bad := []string{`{"id":2,"ticketId":"2","x":NaN}`, `null`, `{"id":[3],"ticketId":[3]}`, `{"id":4} {"id":5}`}
		list := `[{"id":1,"ticketId":"1"},` + strings.Join(bad, ",") + `,{"id":6,"ticketId":"6"}]`
		for _, n := range []int{1, 2} {
			h.notes = nil
			saved := 0
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body := make([]byte, 1000)
				size, _ := r.Body.Read(body)
				text := string(body[:size])
				later := regexp.MustCompile(`"(offset|start_index)":"[1-9]`)
				first := !later.MatchString(text)
				response(fmt.Sprintf(call.envelope, map[bool]string{true: list, false: "[]"}[first]))(w, r)
			}, client.WithHook(h))
			ids, errs := call.read(t.Context(), c, client.ContinueOnBadElement(), client.WithParallelWindows(n),
				client.WithCheckpoint(func(context.Context, client.Checkpoint) error {
					saved++
					return nil
				}))
			if ids != "1 ! ! ! ! 6" {
				t.Fatalf("%s: got %s %v", call.name, ids, errs)
			}
			for i, err := range errs {
				var at *client.WindowError
				var e *client.Error
				if !errors.As(err, &at) || !errors.As(err, &e) || string(e.Element) != bad[i] || len(e.Body) > 0 {
					t.Errorf("%s: error %v, element %q, want %s", call.name, err, e.Element, bad[i])
				}
			}
			daily := call.name != "FAQ.Contents" && call.name != "Tickets.PullByCustomer"
			if daily && saved != 1 {
				t.Errorf("%s: %d checkpoints", call.name, saved)
			}
			if got := fmt.Sprint(h.kinds()); got != "[bad-element bad-element bad-element bad-element]" {
				t.Errorf("%s: the hook has the notes %s", call.name, got)
			}
		}
	}
}

// An object in the place of a list may be an error: ContinueOnBadElement does not
// pass over it.
func TestContinueOnBadElementEndsAtAnEnvelope(t *testing.T) {
	for _, call := range listCalls {
		for _, object := range []string{`{}`, `{"error":"the database is down"}`} {
			d := newDesk(t, func(int, string) string { return fmt.Sprintf(call.envelope, object) })
			saved := 0
			ids, errs := call.read(t.Context(), d.Client, client.ContinueOnBadElement(),
				client.WithCheckpoint(func(context.Context, client.Checkpoint) error {
					saved++
					return nil
				}))
			var e *client.Error
			if ids != "!" || !errors.As(errs[0], &e) || len(e.Body) == 0 || saved > 0 || len(d.requests()) != 1 {
				t.Errorf("%s, %s: got %s %v, %d checkpoints, %d requests", call.name, object, ids, errs, saved,
					len(d.requests()))
			}
		}
	}
}

// A list with bad elements is not asked for again where its connection breaks:
// they would be yielded twice.
func TestBadElementsAndABrokenConnection(t *testing.T) {
	var sent atomic.Int32
	url := rude(t, func(_ int, conn net.Conn, _ *http.Request) {
		sent.Add(1)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"message\":[null,{\"id\":1},{\"i")
		_ = conn.Close()
	})
	c := dial(t, url, quick)
	ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01"),
		client.ContinueOnBadElement()))
	if ids != "! 1 !" || !errors.Is(errs[1], client.ErrTruncated) || sent.Load() != 1 {
		t.Errorf("sent %d times: %s %v", sent.Load(), ids, errs)
	}
}

// Records are told apart by their bytes within a day, over two days, and over a
// checkpoint.
func TestRecordsThatHaveChanged(t *testing.T) {
	bodies := map[string]string{
		"2024-05-01": `{"message":[{"id":1},{"id":2},{"id":2},{"id":2,"name":"A"},{"id":0},{"id":-1}],` +
			`"status":"success"}`,
		"2024-05-02": `{"message":[{"id":2},{"id":1,"name":"A"},{"id":0},{"id":-1},{"id":3}],"status":"success"}`,
	}
	d := &days{records: bodies}
	c := serve(t, d.ServeHTTP)
	for _, n := range []int{1, 2} {
		ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-02"),
			client.WithParallelWindows(n)))
		if ids != "1 2 2 0 -1 1 0 -1 3" || len(errs) > 0 {
			t.Errorf("%d at once: got %s %v", n, ids, errs)
		}
	}

	var first client.Checkpoint
	read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01"),
		client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
			first = cp
			return nil
		})))
	ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-02"), client.ResumeFrom(first)))
	if ids != "1 0 -1 3" || len(errs) > 0 {
		t.Errorf("resumed: got %s %v", ids, errs)
	}
	first.Digests = first.Digests[:5]
	ids, errs = read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-02"), client.ResumeFrom(first)))
	if ids != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) {
		t.Errorf("resumed from a part: got %s %v", ids, errs)
	}
}
