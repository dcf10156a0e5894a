package client

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/wire"
)

// TicketsService has the calls about tickets (2024). A ticket is identified by
// its ticketId, a text of digits; no call accepts the numeric id (taskId). Wall
// clocks are those of [India].
//
// Documented as far as the pages could be read: their samples of responses end
// early; what follows in them was observed.
//
// The push of 2016 (pushTicket) has no method: its key is in the URL, from
// where it gets into logs. [Client.Raw] can send it.
type TicketsService struct{ c *Client }

// Keys of sub-statuses, as [TicketUpdate] takes them. A tenant may have others.
const (
	SubStatusPending = "P"
	SubStatusClosed  = "CL"
)

// Number returns the ticketId of the new ticket, which Get and Update take. A
// response may have it in either of two places; it is "" if it is in neither.
func (a *TicketAdded) Number() string {
	return cmp.Or(a.Ticket.TicketID, a.TicketID)
}

// Number returns the ticketId, "" if the ticket has none.
func (a *TicketFound) Number() string {
	return a.TaskDetails.TicketID
}

// CallbackAt returns t in India, in the form of TicketUpdate.CallbackTime:
// yyyy-MM-dd HH:mm:ss.
func CallbackAt(t time.Time) Time { return wire.DateTimeOf(t, wire.FormDateTime) }

// Add adds a ticket and links it to the customer with EmailID. Without a Title,
// Kapture returns [ErrMissingTitle]. The form of DueDate is not documented.
// The tenant's own objects go into AdditionalProperties under their names, each
// as a list of objects or as one object.
//
// The call is sent again only if Kapture cannot have processed it. If the
// response is lost the error matches [ErrOutcomeUnknown], and no documented
// field can be searched for. So if the tenant has an object for it, send a mark
// of your own, by which you can look before adding again:
//
//	req.Set("web_form", json.RawMessage(`[{"form_id":"F-17"}]`))
//	got, err := c.Tickets.Add(ctx, req)
//	if errors.Is(err, client.ErrOutcomeUnknown) {
//		for t, err := range c.Tickets.Pull(ctx, sent, time.Now()) {
//			// err == nil and t.AdditionalInfo["web_form"]["form_id"] is "F-17": it was added
//		}
//	}
//
// Documented failures: [ErrAuthKey], [ErrMissingTitle].
func (s *TicketsService) Add(ctx context.Context, req TicketRequest) (*TicketAdded, error) {
	return do[TicketAdded](ctx, s.c, &call{
		op:      OpAddTicket,
		request: withoutParameters(gen.NewAddTicketRequestWithBody),
		body:    []TicketRequest{req},
		expected: expected{
			objects:        []string{"ticket"},
			identifiers:    []string{"/ticket/ticketId", "/ticket_id"},
			statusOptional: true,
		},
	})
}

// AddAll adds many tickets, several at once; see [BulkResult].
//
// Documented failures: [ErrAuthKey], [ErrMissingTitle].
func (s *TicketsService) AddAll(
	ctx context.Context, tickets iter.Seq[TicketRequest], opts ...BulkOption,
) iter.Seq[BulkResult[TicketRequest, *TicketAdded]] {
	return bulk(ctx, tickets, s.Add, opts)
}

// Update changes the ticket that TicketID names, and adds Comment to it.
// Without a TicketID, Kapture returns [ErrMissingTicketID]; its text suggests
// that it does so for a ticket that does not exist, too. For a CallbackTime in
// another form than that of [CallbackAt] it returns [ErrInvalidCallbackTime].
// SubStatus and Queue are keys, not names. SubStatus is mandatory; what an
// empty one does is not documented. If the response is lost the error matches
// [ErrOutcomeUnknown]: Get shows whether the ticket was changed, and repeating
// the call may repeat the comment.
//
// Documented failures: [ErrAuthKey], [ErrMissingTicketID],
// [ErrInvalidCallbackTime].
func (s *TicketsService) Update(ctx context.Context, req TicketUpdate) (*TicketUpdated, error) {
	return do[TicketUpdated](ctx, s.c, &call{
		op:       OpUpdateTicket,
		request:  withoutParameters(gen.NewUpdateTicketRequestWithBody),
		body:     []TicketUpdate{req},
		expected: expected{objects: []string{"ticket"}, statusOptional: true},
	})
}

// GetOption asks for more than the ticket itself by setting fields of the
// lookup: any of them except TicketIDs. [WithNotes], [WithChat] and
// [WithHistory] set the values that were observed; no page explains the other
// fields.
type GetOption func(*TicketLookup)

// WithNotes asks for the notes of the ticket, in ConversationType.Notes
// (observed). Only one kind of conversation can be asked for: if both WithNotes
// and WithChat are given, the last one counts.
func WithNotes() GetOption { return withConversation("notes") }

// WithChat asks for the chat of the ticket, in ConversationType.Chat
// (observed).
func WithChat() GetOption { return withConversation("chat") }

func withConversation(kind string) GetOption {
	return func(lookup *TicketLookup) { lookup.ConversationType = &kind }
}

// WithHistory sends the only HistoryType that was observed, "all". What it asks
// for is not documented; TicketFound.History has what was returned.
func WithHistory() GetOption {
	return func(lookup *TicketLookup) { lookup.HistoryType = new("all") }
}

// Get returns one ticket, by its ticketId. It returns [ErrNotFound] if the
// response leaves the ticket out; what Kapture responds for a ticket that does
// not exist is not documented. An id that is empty, or has a comma or a space,
// is [ErrInvalidRequest].
//
// Documented failures: [ErrAuthKey], [ErrInvalidJSON], [ErrMissingTicketIDs].
func (s *TicketsService) Get(ctx context.Context, id string, opts ...GetOption) (*TicketFound, error) {
	if err := checkTicketIDs(id); err != nil {
		return nil, err
	}

	var ticket *TicketFound
	lookup := lookUpTickets([]string{id}, opts)
	lookup.decode = func(resp *success) error {
		list, bad, err := ticketsIn(resp, 1)
		failure := cmp.Or(err, bad)
		if failure != nil {
			return failure
		}
		ticket, err = onlyTicket(resp, list, id)
		return err
	}
	err := s.c.ask(ctx, lookup)
	return ticket, err
}

// onlyTicket returns the ticket that was asked for, if the list is nothing
// else.
func onlyTicket(s *success, list []*TicketFound, id string) (*TicketFound, error) {
	if len(list) == 0 {
		return nil, s.fail(ErrNotFound, "the response has no ticket "+id, nil)
	}

	if len(list) == 1 {
		ticket := list[0]
		number := ticket.Number()
		// The page's own sample, as far as it goes, has no ticketId.
		unnumbered := number == "" && rawjson.HasFields(rawjson.Field(ticket.json, "task_details"))
		if number == id || unnumbered {
			return ticket, nil
		}
	}
	const format = "the response has other tickets than the one asked for (%d in all); GetMany shows them"
	detail := fmt.Sprintf(format, len(list))
	return nil, s.unreadable(ErrUnexpectedResponse, detail, nil)
}

// TicketsByID is what GetMany found. Every ticket of the responses is in one of
// Found, Unexpected and Unidentified. Every identifier is in Found or in
// Missing. Only after an error can it be in neither: its response did not come,
// or could not be read as a whole.
type TicketsByID struct {
	Found        map[string]*TicketFound // by ticketId
	Missing      []string                // the response left them out: they do not exist, or are in Unidentified
	Unexpected   []*TicketFound          // with a ticketId that was not asked for, or that is in Found already
	Unidentified []*TicketFound          // without a ticketId
}

// ticketsPerRequest is the largest number that callers are known to ask for.
const ticketsPerRequest = 50

// GetMany returns tickets by their ticketIds. It asks for 50 at a time, as
// callers are known to do, and identifies each ticket in a response by its
// ticketId, never by its position. A missing ticket is not an error; with an
// error, GetMany returns what it had found until then. A response with more
// than 50 elements in addition to the tickets that were asked for is an error.
// So is an element that is not a ticket (null, a text, an object without
// fields), but only after the tickets of all responses were read.
//
// Documented failures: [ErrAuthKey], [ErrInvalidJSON], [ErrMissingTicketIDs].
func (s *TicketsService) GetMany(ctx context.Context, ids []string, opts ...GetOption) (*TicketsByID, error) {
	out := &TicketsByID{Found: map[string]*TicketFound{}}
	ids = distinct(ids)
	if err := checkTicketIDs(ids...); err != nil {
		return out, err
	}

	var failure error // of elements that are not tickets
	for batch := range slices.Chunk(ids, ticketsPerRequest) {
		var list []*TicketFound
		var bad error
		lookup := lookUpTickets(batch, opts)
		lookup.decode = func(resp *success) (err error) {
			list, bad, err = ticketsIn(resp, len(batch))
			return err
		}
		err := s.c.ask(ctx, lookup)
		out.add(batch, list)
		if err != nil {
			return out, err
		}

		failure = cmp.Or(failure, bad)
		if bad == nil {
			out.addMissing(batch)
		}
	}
	return out, failure
}

// add sorts the tickets of one response, which was asked for a batch.
func (t *TicketsByID) add(batch []string, list []*TicketFound) {
	for _, ticket := range list {
		id := ticket.Number()
		switch {
		case id == "":
			t.Unidentified = append(t.Unidentified, ticket)
		case t.Found[id] != nil || !slices.Contains(batch, id):
			t.Unexpected = append(t.Unexpected, ticket)
		default:
			t.Found[id] = ticket
		}
	}
}

// addMissing adds those of a batch that its response left out.
func (t *TicketsByID) addMissing(batch []string) {
	for _, id := range batch {
		if t.Found[id] == nil {
			t.Missing = append(t.Missing, id)
		}
	}
}

// distinct returns each text once, in the order of the first.
func distinct(texts []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, text := range texts {
		if !seen[text] {
			out = append(out, text)
		}
		seen[text] = true
	}
	return out
}

// checkTicketIDs rejects identifiers that would name other tickets.
func checkTicketIDs(ids ...string) error {
	separator := func(r rune) bool { return r == ',' || unicode.IsSpace(r) }
	for _, id := range ids {
		if id == "" || strings.ContainsFunc(id, separator) {
			return invalid(OpGetTickets, "invalid ticket ID %q: it must be one ID, without commas or spaces", id)
		}
	}
	return nil
}

// lookUpTickets is the call that asks for tickets.
func lookUpTickets(ids []string, opts []GetOption) *call {
	var lookup TicketLookup
	for _, opt := range opts {
		opt(&lookup)
	}
	lookup.TicketIDs = strings.Join(ids, ",")

	return &call{
		op:       OpGetTickets,
		request:  withoutParameters(gen.NewGetTicketsRequestWithBody),
		body:     lookup,
		expected: expected{statusOptional: true},
	}
}

// moreTickets is how many tickets a response may have in addition to those that
// were asked for.
const moreTickets = 50

// ticketsIn returns the tickets of a response to a request for n of them, and in
// bad the error of the first element that is not a ticket.
func ticketsIn(s *success, n int) (list []*TicketFound, bad, err error) {
	if !bytes.HasPrefix(s.json, []byte("[")) {
		return nil, nil, s.noList()
	}

	elements := 0
	for element := range rawjson.Elements(s.json) {
		at := fmt.Sprint("/", elements)
		elements++
		if elements > n+moreTickets {
			const format = "the response has more than %d elements where %d tickets were asked for"
			return list, bad, s.unreadable(ErrUnexpectedResponse, fmt.Sprintf(format, elements-1, n), nil)
		}

		ticket, problem := ticketIn(s, element, at)
		if problem != "" {
			s.notes = append(s.notes, Note{Kind: NoteBadElement, Pointer: at})
			if bad == nil { // each error has the whole response
				bad = s.badElement(element, problem)
			}
			continue
		}
		list = append(list, ticket)
	}
	return list, bad, nil
}

// ticketIn returns the ticket that an element is, or why it is not one.
func ticketIn(s *success, element []byte, at string) (ticket *TicketFound, problem string) {
	if !rawjson.HasFields(element) {
		return nil, notRecord(at)
	}
	ticket, err := decode[TicketFound](element, s.originOf(element, at))
	if err != nil {
		return nil, at + " is too large: " + err.Error()
	}
	if number := idIn(rawjson.Field(ticket.json, "task_details", "ticketId")); !number.Valid() {
		return nil, at + ": its ticketId cannot be read"
	}
	return ticket, ""
}

// NoTickets says which text your tenant sends in place of a list when there are
// no tickets. Any other text is [ErrTextResponse], since an error may come in
// that form too.
func NoTickets(text string) PullOption {
	return func(o *pullOptions) { o.emptyTexts = append(o.emptyTexts, text) }
}

// Pull yields the tickets that were created from the day of from to the day of
// to, both included: one request per day. The days, the errors and resuming are
// as with [CustomersService.Pull].
//
// A tenant with pagination needs [WithPageSize]; Pull then asks for pages until
// one is empty. That the limit of a request is the size of a page is inferred,
// and so is that an offset works together with dates: compare a day with what
// the tenant's own screen shows before relying on it.
//
// What Kapture responds for a day without tickets is not documented. An empty
// list means none. A text in place of the list is [ErrTextResponse], with the
// text in Message, unless [NoTickets] names it. One object in place of the list
// is one ticket if it has a ticketId. The date of a ticket has no seconds.
//
// Documented failures: [ErrAuthKey], [ErrInvalidJSON], [ErrMissingTicketIDs].
func (s *TicketsService) Pull(
	ctx context.Context, from, to time.Time, opts ...PullOption,
) iter.Seq2[*PulledTicket, error] {
	o := pullOptionsOf(opts)
	p := s.puller(o)
	p.pageSize = o.pageSizeOr(0)
	p.body = func(w Window, pageSize int) any {
		pull := TicketQuery{StartDate: DateOf(w.Day), EndDate: DateOf(w.Day)}
		if pageSize > 0 {
			pull.Limit = NumberID(int64(pageSize))
		}
		if w.Offset > 0 {
			pull.Offset = new(strconv.Itoa(w.Offset))
		}
		return []TicketQuery{pull}
	}
	return p.pull(ctx, from, to)
}

// PullByCustomer yields all tickets of the customer with this code, of any day
// (observed). The filter may have a Status, of which only "P" (Pending) was
// observed, and the tenant's own fields; PullByCustomer sets all others, and
// returns [ErrInvalidRequest] if the filter has one of them. It asks for pages,
// of 100 tickets unless [WithPageSize] says otherwise, until one is empty.
// The options about days do not apply.
//
// Documented failures: [ErrAuthKey], [ErrInvalidJSON], [ErrMissingTicketIDs].
func (s *TicketsService) PullByCustomer(
	ctx context.Context, customerCode string, filter TicketQuery, opts ...PullOption,
) iter.Seq2[*PulledTicket, error] {
	if strings.TrimSpace(customerCode) == "" {
		return errorOnly[PulledTicket](invalid(OpPullTickets, "PullByCustomer: empty customer code"))
	}
	dated := !filter.StartDate.IsZero() || !filter.EndDate.IsZero()
	paged := !filter.Limit.IsZero() || filter.Offset != nil
	if dated || paged || filter.CustomerCode != nil {
		err := invalid(OpPullTickets, "PullByCustomer: the filter has a code, dates, a limit or an offset, "+
			"which PullByCustomer sets itself; leave them empty, and use WithPageSize for the limit")
		return errorOnly[PulledTicket](err)
	}

	o := pullOptionsOf(opts)
	p := s.puller(o)
	p.pageSize = o.pageSizeOr(100)
	p.body = func(w Window, pageSize int) any {
		page := filter
		page.CustomerCode = &customerCode
		page.Limit = TextID(strconv.Itoa(pageSize))
		page.Offset = new(strconv.Itoa(w.Offset))
		return []TicketQuery{page}
	}
	return p.all(ctx)
}

// puller is what the pulls of tickets have in common.
func (s *TicketsService) puller(o *pullOptions) *puller[PulledTicket, *PulledTicket] {
	return &puller[PulledTicket, *PulledTicket]{
		client:  s.c,
		options: o,
		op:      OpPullTickets,
		request: withoutParameters(gen.NewPullTicketsRequestWithBody),
		list: listing{
			path:           []string{"message"},
			idField:        "ticketId",
			objectAllowed:  true,
			statusOptional: true,
			emptyTexts:     o.emptyTexts,
		},
	}
}
