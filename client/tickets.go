package client

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/rawjson"
)

// TicketsService has the calls about tickets (2024). A ticket is known by its ticketId, a text of digits; the number
// under id, or taskId, is of no use in a call. Wall clocks are of [India].
//
// Documented as far as the pages could be read: their samples of answers stop early; what follows in them was observed.
//
// The push of 2016 (pushTicket) has no method: its key stands in the URL, from where it gets into logs. [Client.Raw] can
// send it.
type TicketsService struct{ c *Client }

// What the calls about tickets take. Objects of the tenant's own go into AdditionalProperties under their names, each a
// list of objects or one object.
type (
	AddTicket    = gen.TicketAdd    // Title is needed
	UpdateTicket = gen.TicketUpdate // TicketID and SubStatus are needed
	TicketLookup = gen.TicketLookup
	TicketFilter = gen.TicketPull
)

// Keys of sub-statuses, as [UpdateTicket] takes them. A tenant may have others.
const (
	SubStatusPending = "P"
	SubStatusClosed  = "CL"
)

// Number returns the ticketId of the new ticket, as Get and Update take it, from either place where it may stand; "" if
// it stands in neither.
func (a *TicketAdded) Number() string {
	return cmp.Or(a.Ticket.TicketID, a.TicketID, idAt(a.json, "ticket", "ticketId"), idAt(a.json, "ticket_id"))
}

// Number returns the ticketId, "" if the ticket bears none.
func (a *TicketFound) Number() string {
	return cmp.Or(a.TaskDetails.TicketID, idAt(a.json, "task_details", "ticketId"))
}

// CallbackAt is t in India, in the form of UpdateTicket.CallbackTime: yyyy-MM-dd HH:mm:ss.
func CallbackAt(t time.Time) *Time { return new(gen.DateTimeOf(t, gen.FormDateTime)) }

// plain makes a sender of a method that has parameters: they are headers, which the credentials of the chain set.
func plain[P any](send func(context.Context, *P, string, io.Reader, ...gen.RequestEditorFn) (*http.Response, error)) sender {
	return func(ctx context.Context, contentType string, body io.Reader, edit ...gen.RequestEditorFn) (*http.Response, error) {
		return send(ctx, nil, contentType, body, edit...)
	}
}

// Add adds a ticket and links it to the customer with EmailID. Without a Title it is [ErrMissingTitle]. The form of
// DueDate is not documented.
//
// It is sent again only where Kapture cannot have seen it. If the answer is lost the error matches [ErrOutcomeUnknown],
// and no documented member can be searched for. So send a mark of your own where the tenant has an object for it, and
// look before adding once more:
//
//	req.Set("web_form", json.RawMessage(`[{"form_id":"F-17"}]`)) // and where Add matches ErrOutcomeUnknown:
//	for t, err := range c.Tickets.Pull(ctx, sent, time.Now()) {
//		// err == nil and t.AdditionalInfo["web_form"]["form_id"] is "F-17": it was added
//	}
func (s *TicketsService) Add(ctx context.Context, req AddTicket) (*TicketAdded, error) {
	return call[TicketAdded](ctx, s.c, newExchange(OpAddTicket), plain(s.c.gen.AddTicketWithBody), []gen.TicketAdd{req},
		due{members: []string{"ticket"}, statusless: true})
}

// AddAll adds many tickets at once; see [BulkResult].
func (s *TicketsService) AddAll(ctx context.Context, tickets iter.Seq[AddTicket], opts ...BulkOption) iter.Seq[BulkResult[AddTicket, *TicketAdded]] {
	return bulk(ctx, tickets, s.Add, opts)
}

// Update changes the ticket that TicketID names, and comments on it. Without one, and to go by its text for a ticket
// that does not exist, it is [ErrMissingTicketID]; a CallbackTime of another form than [CallbackAt] makes is
// [ErrInvalidCallbackTime]. SubStatus and Queue are keys, not names. SubStatus is mandatory; what an empty one does is
// not documented. If the answer is lost the error matches [ErrOutcomeUnknown]: Get shows what became of it, and
// repeating it may repeat the comment.
func (s *TicketsService) Update(ctx context.Context, req UpdateTicket) (*TicketUpdated, error) {
	return call[TicketUpdated](ctx, s.c, newExchange(OpUpdateTicket), plain(s.c.gen.UpdateTicketWithBody), []gen.TicketUpdate{req},
		due{members: []string{"ticket"}, statusless: true})
}

// GetOption asks for more than the ticket itself by setting members of the look-up, all of them but TicketIds:
//
//	func(l *client.TicketLookup) { l.ConversationType = new("notes") }
//
// Observed: ConversationType "notes" or "chat" (what another one brings is in Undeclared), HistoryType "all". The others
// are printed and not explained.
type GetOption func(*TicketLookup)

// Get returns one ticket. No such ticket is [ErrNotFound], as far as Kapture says so by leaving it out; what it answers
// then is not documented.
func (s *TicketsService) Get(ctx context.Context, id string, opts ...GetOption) (*TicketFound, error) {
	if err := checkTicketIDs(id); err != nil {
		return nil, err
	}
	x := newExchange(OpGetTickets)
	list, err := s.lookUp(ctx, x, []string{id}, opts, func(list []*TicketFound) error {
		switch {
		case len(list) == 0:
			return x.fail(ErrNotFound, "the answer has no ticket "+id, nil)
		case len(list) == 1 && list[0].Number() == id:
			return nil
		case len(list) == 1 && list[0].Number() == "" && len(rawjson.Member(list[0].json, "task_details")) > len("{}"):
			return nil // the page's own sample, as far as it goes, bears no ticketId
		}
		return x.unreadable(ErrUnexpectedAnswer, fmt.Sprintf("the answer has %d tickets that are not just the one asked for; GetMany shows them", len(list)), nil)
	})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// TicketsByID is what GetMany found. Every ticket of the answers stands in one of Found, Unexpected and Unidentified.
// An identifier stands in Found or in Missing or, after an error, in neither where no answer came.
type TicketsByID struct {
	Found        map[string]*TicketFound
	Missing      []string       // answered without them: there is no such ticket, or it is among Unidentified
	Unexpected   []*TicketFound // with a ticketId that was not asked for, or that is in Found already
	Unidentified []*TicketFound // without a ticketId
}

// GetMany returns tickets by their identifiers. It asks for 50 at a time, as callers are known to do, and tells the
// answers apart by the ticketId that they bear, never by their order. A missing ticket is no error; with an error
// GetMany returns what it had found until then.
func (s *TicketsService) GetMany(ctx context.Context, ids []string, opts ...GetOption) (*TicketsByID, error) {
	out, seen := &TicketsByID{Found: map[string]*TicketFound{}}, map[string]bool{}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) (again bool) {
		again, seen[id] = seen[id], true
		return again
	})
	if err := checkTicketIDs(ids...); err != nil {
		return out, err
	}
	for batch := range slices.Chunk(ids, 50) {
		list, err := s.lookUp(ctx, newExchange(OpGetTickets), batch, opts, func([]*TicketFound) error { return nil })
		if err != nil {
			return out, err
		}
		for _, t := range list {
			switch id := t.Number(); {
			case id == "":
				out.Unidentified = append(out.Unidentified, t)
			case out.Found[id] != nil || !slices.Contains(batch, id):
				out.Unexpected = append(out.Unexpected, t)
			default:
				out.Found[id] = t
			}
		}
		out.Missing = append(out.Missing, slices.DeleteFunc(batch, func(id string) bool { return out.Found[id] != nil })...)
	}
	return out, nil
}

func checkTicketIDs(ids ...string) error {
	for _, id := range ids {
		if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
			return invalid(OpGetTickets, "the ticket id %q is empty, or holds a comma or a blank: it would name other tickets; give one ticketId each", id)
		}
	}
	return nil
}

// lookUp asks for tickets in one request. Whatever stands in the list is given back, a ticket or not, if good finds it so.
func (s *TicketsService) lookUp(ctx context.Context, x *exchange, ids []string, opts []GetOption, good func([]*TicketFound) error) (list []*TicketFound, err error) {
	var lookup gen.TicketLookup
	for _, opt := range opts {
		opt(&lookup)
	}
	lookup.TicketIds = strings.Join(ids, ",")
	_, err = s.c.ask(ctx, x, plain(s.c.gen.GetTicketsWithBody), lookup, due{statusless: true, more: func(r *reply) error {
		elements, err := x.elements(r.json)
		for _, element := range elements {
			t, _ := decoded[TicketFound](r, element)
			list = append(list, t)
		}
		return cmp.Or(err, good(list))
	}})
	return list, err
}

// NoTickets says which text your tenant answers in place of a list where there are no tickets. Any other text is
// [ErrTextAnswer], since an error may come in that form too.
func NoTickets(text string) PullOption { return func(o *pullOptions) { o.none = append(o.none, text) } }

// Pull yields the tickets that were made on the days of India from one moment to the other, both days included: one
// request a day. It goes on, ends and resumes as [CustomersService.Pull] does.
//
// A tenant with pagination needs [WithPageSize]; pages are asked for until one is empty. That limit is the size of a page
// is inferred, as is that offset works beside dates: compare a day with what the tenant's own screen shows before relying
// on it.
//
// What Kapture answers for a day without tickets is not documented. An empty list is taken for none. A text in the
// list's place is [ErrTextAnswer], with the text in Message, unless [NoTickets] names it. One object in place of the
// list is one ticket. The date of a ticket comes without seconds.
func (s *TicketsService) Pull(ctx context.Context, from, to time.Time, opts ...PullOption) iter.Seq2[*PulledTicket, error] {
	o := pullOptionsOf(opts)
	p := s.puller(o, o.page, func(day time.Time, limit, offset int) any {
		pull := gen.TicketPull{StartDate: new(DateOf(day)), EndDate: new(DateOf(day))}
		if limit > 0 {
			pull.Limit = new(NumberID(int64(limit)))
		}
		if offset > 0 {
			pull.Offset = new(strconv.Itoa(offset))
		}
		return []gen.TicketPull{pull}
	})
	return p.pull(ctx, from, to, o)
}

// PullByCustomer yields the tickets of the customer with a code, of all days (observed). The filter may hold a Status,
// whose values were not seen, and the tenant's own members. Pages, of 100 unless [WithPageSize] says otherwise, are asked
// for until one is empty; one that brings nothing new is [ErrRepeatedPage]. [NoTickets] counts, the other options do not.
func (s *TicketsService) PullByCustomer(ctx context.Context, customerCode string, filter TicketFilter, opts ...PullOption) iter.Seq2[*PulledTicket, error] {
	o := pullOptionsOf(opts)
	if o.page < 0 || strings.TrimSpace(customerCode) == "" || filter.StartDate != nil || filter.EndDate != nil || filter.Limit != nil || filter.Offset != nil || filter.CustomerCode != nil {
		return only[PulledTicket](invalid(OpPullTickets, "PullByCustomer needs the code of a customer, and a WithPageSize, if any, above 0; code, dates, limit and offset of the filter stay empty"))
	}
	p := s.puller(o, cmp.Or(o.page, 100), func(_ time.Time, limit, offset int) any {
		page := filter
		page.CustomerCode, page.Limit, page.Offset = &customerCode, new(TextID(strconv.Itoa(limit))), new(strconv.Itoa(offset))
		return []gen.TicketPull{page}
	})
	return p.all(ctx)
}

func (s *TicketsService) puller(o *pullOptions, limit int, request func(day time.Time, limit, offset int) any) *puller[PulledTicket, *PulledTicket] {
	return &puller[PulledTicket, *PulledTicket]{
		c: s.c, op: OpPullTickets, send: plain(s.c.gen.PullTicketsWithBody), request: request, limit: limit,
		where: listing{path: []string{"message"}, id: "ticketId", single: true, statusless: true, texts: o.none},
	}
}
