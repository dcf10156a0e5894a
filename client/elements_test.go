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

// A listCall reads a list. Each has its own envelope.
type listCall struct {
	name     string
	envelope string // the response, with %s for the list
	single   bool   // one object may be in the place of the list
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

// once responds to the first request with a list, and to others with an empty one.
func (l *listCall) once(list string) func(int, string) string {
	return eachOf(fmt.Sprintf(l.envelope, list), fmt.Sprintf(l.envelope, "[]"))
}

// notRecords are elements that are not records.
var notRecords = []string{`null`, `"No tickets found"`, `false`, `1`, `[]`, `[{"id":9,"ticketId":"9"}]`, `{}`, ` { } `}

// Only an object with fields is a record, in any list.
func TestElementsThatAreNotRecords(t *testing.T) {
	for _, call := range listCalls {
		for _, element := range notRecords {
			list := `[{"id":1,"ticketId":"1"},` + element + `,{"id":2,"ticketId":"2"}]`
			d := newDesk(t, call.once(list))
			ids, errs := call.read(t.Context(), d.Client)
			if ids != "1 !" {
				t.Errorf("%s, %s: got %s %v", call.name, element, ids, errs)
				continue
			}
			if _, ok := errors.AsType[*client.WindowError](errs[0]); !ok {
				t.Errorf("%s, %s: the error names no window: %v", call.name, element, errs[0])
			}
			e := is(t, errs[0], client.ErrUnexpectedResponse)
			if string(e.Element) != element || len(e.Body) == 0 || strings.Contains(e.Error(), "No tickets") {
				t.Errorf("%s, %s: the error has %q: %v", call.name, element, e.Element, e)
			}
		}
	}
}

// One object in the place of a list is a record only if it has an identifier
// that identifies something.
func TestAnObjectInThePlaceOfAList(t *testing.T) {
	for _, call := range listCalls {
		for object, want := range map[string]string{
			`{"ticketId":"1","id":1}`: "1",
			`{}`:                      "!",
			`{"error":"none"}`:        "!",
			`{"0":{"ticketId":"1"},"1":{"ticketId":"2"}}`: "!",
			`{"ticketId":{}}`: "!",
			// How Java and .NET may write a ticket that does not exist.
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

// Such an element is not a ticket, a category or a customer either, in a response
// that is read as a whole.
func TestElementsOfAWholeResponse(t *testing.T) {
	const ticket = `{"task_details":{"ticketId":"1"}}`
	for _, element := range notRecords {
		c := serve(t, response(`[`+ticket+`,`+element+`]`))
		_, err := c.Tickets.Get(t.Context(), "1")
		e := is(t, err, client.ErrUnexpectedResponse)
		if string(e.Element) != strings.TrimSpace(element) {
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
}

func TestNullForCategories(t *testing.T) {
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

func (h *noteHook) kinds() []client.NoteKind { return kindsOf(h.notes) }

// ContinueOnBadElement yields what is not a record as an error with its bytes,
// and continues after it. The day is then complete.
func TestContinueOnBadElement(t *testing.T) {
	bad := []string{`{"id":2,"ticketId":"2","x":NaN}`, `null`, `{"id":[3],"ticketId":[3]}`, `{"id":4} {"id":5}`}
	list := `[{"id":1,"ticketId":"1"},` + strings.Join(bad, ",") + `,{"id":6,"ticketId":"6"}]`
	afterTheFirst := regexp.MustCompile(`"(offset|start_index)":"[1-9]`)
	for _, call := range listCalls {
		for _, n := range []int{1, 2} {
			h := &noteHook{}
			d := newDesk(t, func(_ int, body string) string {
				if afterTheFirst.MatchString(body) {
					return fmt.Sprintf(call.envelope, "[]")
				}
				return fmt.Sprintf(call.envelope, list)
			}, client.WithHook(h))
			var saved []client.Checkpoint
			ids, errs := call.read(t.Context(), d.Client, client.ContinueOnBadElement(), client.WithParallelWindows(n),
				keepCheckpoints(&saved))
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
			if daily && len(saved) != 1 {
				t.Errorf("%s: checkpoints %s", call.name, daysOf(saved))
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
			d := newDesk(t, always(fmt.Sprintf(call.envelope, object)))
			var saved []client.Checkpoint
			ids, errs := call.read(t.Context(), d.Client, client.ContinueOnBadElement(), keepCheckpoints(&saved))
			var e *client.Error
			if ids != "!" || !errors.As(errs[0], &e) || len(e.Body) == 0 {
				t.Errorf("%s, %s: got %s %v", call.name, object, ids, errs)
			}
			if len(saved) > 0 || len(d.requests()) != 1 {
				t.Errorf("%s, %s: checkpoints %s, %d requests", call.name, object, daysOf(saved), len(d.requests()))
			}
		}
	}
}

// A list with bad elements is not asked for again if its connection breaks: they
// would be yielded twice.
func TestBadElementsAndABrokenConnection(t *testing.T) {
	var sent atomic.Int32
	url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
		sent.Add(1)
		breakOff(conn, `{"message":[null,{"id":1},{"i`)
	})
	ids, errs := pullOneDay(t, dial(t, url, quick), client.ContinueOnBadElement())
	if ids != "! 1 !" || !errors.Is(errs[1], client.ErrTruncated) || sent.Load() != 1 {
		t.Errorf("sent %d times: %s %v", sent.Load(), ids, errs)
	}
}

// Records are distinguished by their bytes within a day, over two days, and over
// a checkpoint.
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

	var saved []client.Checkpoint
	pullOneDay(t, c, keepCheckpoints(&saved))
	if len(saved) != 1 {
		t.Fatalf("%d checkpoints", len(saved))
	}
	first := saved[0]
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
