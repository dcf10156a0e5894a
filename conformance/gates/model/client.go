package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// This file is the only one that knows the client's API.

var india = client.India

// api is the client of a run.
type api = client.Client

// newClient makes the client of a run.
func newClient(base string, under http.RoundTripper, how caller, hook *hooks) (*api, error) {
	policy := client.RetryPolicy{
		Attempts:      maxAttempts,
		Base:          time.Millisecond,
		Max:           time.Millisecond,
		MaxRetryAfter: cmp.Or(time.Duration(how.MaxRetryAfter)*time.Second, time.Millisecond),
	}
	options := []client.Option{
		client.WithBaseURL(base),
		client.WithToken("model-key"),
		client.WithHTTPClient(&http.Client{Transport: under}),
		client.WithRetry(policy),
		client.WithHook(hook),
	}

	if how.AttemptTimeout > 0 {
		options = append(options, client.WithAttemptTimeout(time.Duration(how.AttemptTimeout)*time.Millisecond))
	}
	return client.New("", options...)
}

// hooks counts what the client reports, so that a start without its end shows.
type hooks struct {
	operations atomic.Int64 // begun and not ended
	attempts   atomic.Int64
	repeated   atomic.Int64 // attempts after the first one of a call
}

// OperationStart counts a call.
func (h *hooks) OperationStart(ctx context.Context, _ client.Call) context.Context {
	h.operations.Add(1)
	return ctx
}

// OperationEnd counts it off.
func (h *hooks) OperationEnd(context.Context, client.Call, client.Result) { h.operations.Add(-1) }

// AttemptStart counts an attempt.
func (h *hooks) AttemptStart(ctx context.Context, call client.Call) context.Context {
	h.attempts.Add(1)
	if call.Attempt > 1 {
		h.repeated.Add(1)
	}
	return ctx
}

// AttemptEnd counts it off.
func (h *hooks) AttemptEnd(context.Context, client.Call, client.Result) { h.attempts.Add(-1) }

// A failure is an error of the client, as far as the model judges it.
type failure struct {
	unknown bool   // the write may have been executed
	timeout bool   // a deadline of the client's own, or of the caller
	named   bool   // it names a window
	day     string // of the window; empty of a list without days
	missing bool   // it says that such a record does not exist
	counts  bool   // it says that the server counts pages
	element []byte // that is not a record, among others; nil if it is about something else
	text    string
}

// failureOf describes an error; nil for none.
func failureOf(err error) *failure {
	if err == nil {
		return nil
	}
	f := &failure{
		unknown: errors.Is(err, client.ErrOutcomeUnknown),
		timeout: errors.Is(err, client.ErrTimeout),
		missing: errors.Is(err, client.ErrNotFound),
		counts:  errors.Is(err, client.ErrPageNumbers),
		text:    err.Error(),
	}

	if at, ok := errors.AsType[*client.WindowError](err); ok {
		f.named = true
		if !at.Window.Day.IsZero() {
			f.day = at.Window.Day.In(india).Format(time.DateOnly)
		}
	}
	if e, ok := errors.AsType[*client.Error](err); ok && len(e.Body) == 0 {
		f.element = e.Element
	}

	return f
}

// pathOf is where the requests of an operation arrive.
func pathOf(op client.Operation) string {
	for _, info := range client.Operations() {
		if info.ID == op {
			return info.Path
		}
	}
	return ""
}

// A pull is what a list is asked for.
type pull struct {
	from   time.Time
	to     time.Time
	how    caller
	save   func(day string, kept []byte) error // with the checkpoint as JSON
	resume []byte                              // one that was saved; nil for none
}

// options are the client's for a pull of days.
func (p *pull) options() []client.PullOption {
	save := func(_ context.Context, checkpoint client.Checkpoint) error {
		kept, err := json.Marshal(checkpoint)
		if err != nil {
			return err
		}
		return p.save(checkpoint.Day, kept)
	}

	options := []client.PullOption{
		client.WithParallelWindows(max(p.how.Parallel, 1)),
		client.WithCheckpoint(save),
	}
	if p.how.ContinueOnError {
		options = append(options, client.ContinueOnError())
	}
	if p.how.StartAt > 0 && p.resume == nil {
		options = append(options, client.ResumeAt(client.Window{Day: p.from, Offset: p.how.StartAt}))
	}
	if p.resume != nil {
		var checkpoint client.Checkpoint
		if err := json.Unmarshal(p.resume, &checkpoint); err == nil {
			options = append(options, client.ResumeFrom(checkpoint))
		}
	}

	return append(options, p.ofEveryList()...)
}

// dayless are the client's options for a list without days.
func (p *pull) dayless() []client.PullOption {
	options := p.ofEveryList()
	if p.how.StartAt > 0 {
		options = append(options, client.ResumeAt(client.Window{Offset: p.how.StartAt}))
	}
	return options
}

// ofEveryList are the options of lists with days and without.
func (p *pull) ofEveryList() []client.PullOption {
	var options []client.PullOption
	if p.how.PageSize > 0 {
		options = append(options, client.WithPageSize(p.how.PageSize))
	}
	if p.how.PageNumbers {
		options = append(options, client.WithPageNumbers())
	}
	if p.how.RepeatedLastPage {
		options = append(options, client.WithRepeatedLastPage())
	}
	if p.how.ContinueOnBadElement {
		options = append(options, client.ContinueOnBadElement())
	}
	return options
}

// A list is a way to read a list.
type list struct {
	operation  client.Operation
	id         string   // the field that identifies a record
	path       []string // of fields, to the list
	daily      bool     // a window a day
	paged      bool     // pages in a window
	statusless bool     // a response may come without a status
	single     bool     // one object may be in place of the list
	refusal    string   // what a page of the vendor prints for no records, if one does
	pageSize   int      // where the caller cannot say
	pull       func(context.Context, *api, *pull) iter.Seq2[[]byte, error]
}

// lists has every list of the client, by service and method.
var lists = map[string]list{
	"Customers.Pull": {
		operation: client.OpPullCustomers,
		id:        "id",
		path:      []string{"message"},
		daily:     true,
		refusal:   noCustomers,
		pull: func(ctx context.Context, c *api, p *pull) iter.Seq2[[]byte, error] {
			return bytesOf(c.Customers.Pull(ctx, p.from, p.to, p.options()...))
		},
	},
	"Customers.Query": {
		operation: client.OpPullCustomers,
		id:        "id",
		path:      []string{"message"},
		daily:     true,
		paged:     true,
		refusal:   noCustomers,
		pull: func(ctx context.Context, c *api, p *pull) iter.Seq2[[]byte, error] {
			account := client.CustomerQuery{CmID: client.NumberID(1)}
			return bytesOf(c.Customers.Query(ctx, p.from, p.to, account, p.options()...))
		},
	},
	"Tickets.Pull": {
		operation:  client.OpPullTickets,
		id:         "ticketId",
		path:       []string{"message"},
		daily:      true,
		statusless: true,
		single:     true,
		pull:       pullTickets,
	},
	"Tickets.Pull with pages": {
		operation:  client.OpPullTickets,
		id:         "ticketId",
		path:       []string{"message"},
		daily:      true,
		paged:      true,
		statusless: true,
		single:     true,
		pull:       pullTickets,
	},
	"Tickets.PullByCustomer": {
		operation:  client.OpPullTickets,
		id:         "ticketId",
		path:       []string{"message"},
		paged:      true,
		statusless: true,
		single:     true,
		pull: func(ctx context.Context, c *api, p *pull) iter.Seq2[[]byte, error] {
			return bytesOf(c.Tickets.PullByCustomer(ctx, "C-1", client.TicketQuery{}, p.dayless()...))
		},
	},
	"Legacy.PullTickets": {
		operation: client.OpPullTicketsUnversioned,
		id:        "ticketId",
		path:      []string{"message"},
		daily:     true,
		pull: func(ctx context.Context, c *api, p *pull) iter.Seq2[[]byte, error] {
			return bytesOf(c.Legacy.PullTickets(ctx, p.from, p.to, p.options()...))
		},
	},
	"FAQ.Contents": {
		operation:  client.OpGetFAQContents,
		id:         "id",
		path:       []string{"message", "contents"},
		paged:      true,
		statusless: true,
		pageSize:   20,
		pull: func(ctx context.Context, c *api, p *pull) iter.Seq2[[]byte, error] {
			return bytesOf(c.FAQ.Contents(ctx, client.TextID("7"), p.dayless()...))
		},
	},
}

// noCustomers is what the page of 2021 prints for a day without customers.
const noCustomers = "No customer between dates."

func pullTickets(ctx context.Context, c *api, p *pull) iter.Seq2[[]byte, error] {
	return bytesOf(c.Tickets.Pull(ctx, p.from, p.to, p.options()...))
}

// raw is what every response of the client has.
type raw interface{ Raw() []byte }

// bytesOf reads a list as the bytes that its records came in.
func bytesOf[R raw](records iter.Seq2[R, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for record, err := range records {
			var text []byte
			if err == nil {
				text = record.Raw()
			}
			if !yield(text, err) {
				return
			}
		}
	}
}

// A read is a call that reads one response.
type read struct {
	operation client.Operation
	// body is what the server responds where nothing goes wrong.
	body func(records []json.RawMessage) string
	// call returns the records that it was given, as they came, and how many
	// of those that it asked for are missing.
	call func(ctx context.Context, c *api, asked int) (records [][]byte, missing int, err error)
}

// reads has every call that reads one response. The server's records are those
// of its only window.
var reads = map[string]read{
	"Customers.Get": {
		operation: client.OpGetCustomer,
		body: func(records []json.RawMessage) string {
			if len(records) == 0 {
				return `{"message":"Information given by you does not exist in our sytsem.","status":"failed"}`
			}
			return `{"status":"success","Customer Details":` + string(records[0]) + `}`
		},
		call: func(ctx context.Context, c *api, _ int) ([][]byte, int, error) {
			got, err := c.Customers.Get(ctx, client.CustomerByID(1))
			return oneOf(got, err)
		},
	},
	"Tickets.Get": {
		operation: client.OpGetTickets,
		body:      func(records []json.RawMessage) string { return joined(records[:min(len(records), 1)]) },
		call: func(ctx context.Context, c *api, _ int) ([][]byte, int, error) {
			got, err := c.Tickets.Get(ctx, ticketNumber(0))
			return oneOf(got, err)
		},
	},
	"Tickets.GetMany": {
		operation: client.OpGetTickets,
		body:      joined,
		call: func(ctx context.Context, c *api, asked int) ([][]byte, int, error) {
			var ids []string
			for n := range asked {
				ids = append(ids, ticketNumber(n))
			}
			got, err := c.Tickets.GetMany(ctx, ids)
			if got == nil {
				return nil, 0, err
			}

			var records [][]byte
			for _, id := range slices.Sorted(maps.Keys(got.Found)) {
				records = append(records, got.Found[id].Raw())
			}
			for _, other := range slices.Concat(got.Unexpected, got.Unidentified) {
				records = append(records, other.Raw())
			}

			return records, len(got.Missing), err
		},
	},
	"Orders.Pull": {
		operation: client.OpPullOrders,
		body: func(records []json.RawMessage) string {
			return `{"status":"success","orders":` + joined(records) + `}`
		},
		call: func(ctx context.Context, c *api, _ int) ([][]byte, int, error) {
			city := "Pune"
			got, err := c.Orders.Pull(ctx, client.OrderQuery{CmID: client.NumberID(1), City: &city})
			if err != nil {
				return nil, 0, err
			}
			return elementsOf(got.Raw(), "orders")
		},
	},
	"FAQ.Categories": {
		operation: client.OpGetFAQCategories,
		body: func(records []json.RawMessage) string {
			return `{"message":{"category":` + joined(records) + `}}`
		},
		call: func(ctx context.Context, c *api, _ int) ([][]byte, int, error) {
			got, err := c.FAQ.Categories(ctx)
			if err != nil {
				return nil, 0, err
			}
			return elementsOf(got.Raw(), "message", "category")
		},
	},
}

// ticketNumber is the number of the nth ticket that the reads of tickets ask
// for.
func ticketNumber(n int) string { return fmt.Sprint(713500000000 + n) }

func oneOf[R raw](got R, err error) ([][]byte, int, error) {
	if err != nil {
		return nil, 0, err
	}
	return [][]byte{got.Raw()}, 0, nil
}

// elementsOf are the elements of the list in an object.
func elementsOf(object []byte, path ...string) ([][]byte, int, error) {
	for _, name := range path {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(object, &fields); err != nil {
			return nil, 0, err
		}
		object = fields[name]
	}

	var elements []json.RawMessage
	if err := json.Unmarshal(object, &elements); err != nil {
		return nil, 0, err
	}

	var out [][]byte
	for _, element := range elements {
		out = append(out, element)
	}
	return out, 0, nil
}

// A write is a call that changes something. Its request holds the marker of the
// input, by which the server knows it.
type write struct {
	operation client.Operation
	success   func(id string) string // what the server responds, with the identifier in its form
	// call returns the identifier that the client gives, empty where there is
	// none to give.
	call func(ctx context.Context, c *api, marker string) (id string, err error)
}

// writes has every call that writes once.
var writes = map[string]write{
	"Customers.Add": {
		operation: client.OpAddUpdateCustomer,
		success:   customerSaved,
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			return customerID(c.Customers.Add(ctx, somebody(marker)))
		},
	},
	"Customers.Update": {
		operation: client.OpAddUpdateCustomer,
		success:   customerSaved,
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			changed := somebody(marker)
			changed.CustomerInfo.CustomerID = client.NumberID(1)
			return customerID(c.Customers.Update(ctx, changed))
		},
	},
	"Tickets.Add": {
		operation: client.OpAddTicket,
		success:   ticketAdded,
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			return ticketID(c.Tickets.Add(ctx, client.TicketRequest{Title: marker}))
		},
	},
	"Tickets.Update": {
		operation: client.OpUpdateTicket,
		success:   always(`{"ticket":{"substatus":"CL"},"message":"","status":"success"}`),
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			closed := client.TicketUpdate{TicketID: "1", SubStatus: client.SubStatusClosed, Comment: &marker}
			_, err := c.Tickets.Update(ctx, closed)
			return "", err
		},
	},
	"Orders.Add": {
		operation: client.OpAddUpdateOrder,
		success:   always(`{"status":"success"}`),
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			_, err := c.Orders.Add(ctx, client.OrderRequest{CustomerInfo: somebody(marker).CustomerInfo})
			return "", err
		},
	},
	"Orders.Update": {
		operation: client.OpAddUpdateOrder,
		success:   always(`{"status":"success"}`),
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			changed := client.OrderRequest{
				CustomerInfo: somebody(marker).CustomerInfo,
				OrderInfo:    &client.OrderInfo{OrderID: client.TextID("1")},
			}
			_, err := c.Orders.Update(ctx, changed)
			return "", err
		},
	},
	"Enquiries.Push": {
		operation: client.OpPushEnquiry,
		success:   always(`{"Enquiry Id":"1","Kapture Customer Id":"1","message":"added","status":"success"}`),
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			_, err := c.Enquiries.Push(ctx, client.EnquiryRequest{CustomerName: &marker})
			return "", err
		},
	},
	"Products.Push": {
		operation: client.OpPushProduct,
		success:   always(`{"product_id":"1","message":"added","status":"success"}`),
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			_, err := c.Products.Push(ctx, client.ProductRequest{Name: marker})
			return "", err
		},
	},
	"Legacy.AddContact": {
		operation: client.OpAddContact,
		success:   always(`{"Message":"added","Status":"Success"}`),
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			_, err := c.Legacy.AddContact(ctx, client.LegacyContactRequest{Name: marker})
			return "", err
		},
	},
	"Legacy.PushCustomer": {
		operation: client.OpPushCustomer,
		success:   always(`{"Message":"added","Kapture Customer Id":"1","Status":"Success"}`),
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			_, err := c.Legacy.PushCustomer(ctx, client.LegacyCustomerRequest{Name: &marker})
			return "", err
		},
	},
	"Legacy.PushOrder": {
		operation: client.OpPushOrder,
		success:   always(`[{"order_id":"1","message":"added","status":"success"}]`),
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			_, err := c.Legacy.PushOrder(ctx, client.LegacyOrderRequest{CustomerName: &marker})
			return "", err
		},
	},
	"Raw": {
		operation: client.OpPushTicket,
		success:   always(`{"status":"success"}`),
		call: func(ctx context.Context, c *api, marker string) (string, error) {
			_, err := c.Raw(ctx, pathOf(client.OpPushTicket), map[string]string{"title": marker})
			return "", err
		},
	},
}

func somebody(name string) client.CustomerRequest {
	return client.CustomerRequest{CustomerInfo: client.CustomerInfo{CustomerName: &name}}
}

func customerSaved(id string) string {
	return `{"status":"success","customer":{"result":true,"customer_id":` + id + `}}`
}

func ticketAdded(id string) string { return `{"ticket":{"ticketId":` + id + `},"status":"success"}` }

// always is the response of a write whose identifier the client does not give.
func always(body string) func(string) string { return func(string) string { return body } }

func customerID(got *client.CustomerUpserted, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return fmt.Sprint(got.Customer.CustomerID), nil
}

func ticketID(got *client.TicketAdded, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return got.Number(), nil
}

// A bulk is a call that writes many inputs.
type bulk struct {
	single string // the name of the same for one input, in writes
	call   func(context.Context, *api, *bulkCall) iter.Seq[bulkResult]
}

// A bulkCall is what a bulk write is given.
type bulkCall struct {
	markers  iter.Seq[string]
	parallel int
	late     func(index int, err error)
}

func (b *bulkCall) options() []client.BulkOption {
	return []client.BulkOption{client.Parallel(max(b.parallel, 1)), client.Late(b.late)}
}

// A bulkResult is one result of a bulk write.
type bulkResult struct {
	index  int
	marker string // of the input that the result has
	id     string
	err    error
}

// The client's results of the bulk writes.
type (
	customerResult = client.BulkResult[client.CustomerRequest, *client.CustomerUpserted]
	ticketResult   = client.BulkResult[client.TicketRequest, *client.TicketAdded]
)

// bulks has every bulk write.
var bulks = map[string]bulk{
	"Customers.AddAll": {
		single: "Customers.Add",
		call: func(ctx context.Context, c *api, b *bulkCall) iter.Seq[bulkResult] {
			results := c.Customers.AddAll(ctx, mapped(b.markers, somebody), b.options()...)
			return mapped(results, func(r customerResult) bulkResult {
				id, _ := customerID(r.Response, r.Err)
				return bulkResult{index: r.Index, marker: *r.Input.CustomerInfo.CustomerName, id: id, err: r.Err}
			})
		},
	},
	"Tickets.AddAll": {
		single: "Tickets.Add",
		call: func(ctx context.Context, c *api, b *bulkCall) iter.Seq[bulkResult] {
			titled := func(marker string) client.TicketRequest { return client.TicketRequest{Title: marker} }
			results := c.Tickets.AddAll(ctx, mapped(b.markers, titled), b.options()...)
			return mapped(results, func(r ticketResult) bulkResult {
				id, _ := ticketID(r.Response, r.Err)
				return bulkResult{index: r.Index, marker: r.Input.Title, id: id, err: r.Err}
			})
		},
	},
}

// untried are the operations that no call of the model sends.
func untried() []client.Operation {
	tried := map[client.Operation]bool{}
	for _, l := range lists {
		tried[l.operation] = true
	}
	for _, r := range reads {
		tried[r.operation] = true
	}
	for _, w := range writes {
		tried[w.operation] = true
	}

	var out []client.Operation
	for _, info := range client.Operations() {
		if !tried[info.ID] {
			out = append(out, info.ID)
		}
	}
	return out
}

// mapped is a sequence with each value made another.
func mapped[A, B any](values iter.Seq[A], convert func(A) B) iter.Seq[B] {
	return func(yield func(B) bool) {
		for value := range values {
			if !yield(convert(value)) {
				return
			}
		}
	}
}
