package client

import (
	"context"
	"iter"
	"time"

	"github.com/kapture-community/kapture-go/gen"
)

// LegacyService has the calls that only the pages before 2021 have.
type LegacyService struct{ c *Client }

// What the legacy calls take.
type (
	AddContact   = gen.ContactAdd
	PushCustomer = gen.CustomerPush
	PushOrder    = gen.OrderPush // all values are texts; CreateDate is yyyy-MM-dd HH:mm
	OrderProduct = gen.OrderProduct
)

// AddContact adds a contact (2016). The page names no member that says to which customer, so a tenant's own may be
// needed in AdditionalProperties; new code adds contacts with [CustomersService.Update].
func (s *LegacyService) AddContact(ctx context.Context, req AddContact) (*LegacySuccess, error) {
	return call[LegacySuccess](ctx, s.c, newExchange(OpAddContact), s.c.gen.AddContactWithBody, req, due{})
}

// PushCustomer adds a customer, or updates the one that CustomerID names (2019-20). Names of the answer came
// capitalised, as printed, or in lower case, as callers see them today. If the answer is lost the error matches
// [ErrOutcomeUnknown].
func (s *LegacyService) PushCustomer(ctx context.Context, req PushCustomer) (*CustomerPushed, error) {
	return call[CustomerPushed](ctx, s.c, newExchange(OpPushCustomer), s.c.gen.PushCustomerWithBody, []gen.CustomerPush{req}, due{})
}

// PushOrder adds an order (2019-20), with the identifier of a customer or its contact details, else
// [ErrOrderCreationFailed]. If the answer is lost the error matches [ErrOutcomeUnknown].
func (s *LegacyService) PushOrder(ctx context.Context, req PushOrder) (*OrderPushed, error) {
	return call[OrderPushed](ctx, s.c, newExchange(OpPushOrder), s.c.gen.PushOrderWithBody, []gen.OrderPush{req}, due{listed: true})
}

// PullTickets yields the tickets that were made on the days of India from one moment to the other, both days included
// (2019-20): one request a day. It goes on, ends and resumes as [CustomersService.Pull] does. What Kapture answers for
// a day without tickets is not documented: see [TicketsService.Pull], which new code uses. The Status of a ticket is the
// outcome of the call.
func (s *LegacyService) PullTickets(ctx context.Context, from, to time.Time, opts ...PullOption) iter.Seq2[*LegacyPulledTicket, error] {
	o := pullOptionsOf(opts)
	p := &puller[LegacyPulledTicket, *LegacyPulledTicket]{
		c: s.c, op: OpPullTicketsUnversioned, send: s.c.gen.PullTicketsUnversionedWithBody, where: listing{path: []string{"message"}, id: "ticketId", texts: o.none},
		request: func(day time.Time, _, _ int) any {
			return []gen.TicketWindow{{StartDate: DateOf(day), EndDate: DateOf(day)}}
		},
	}
	return p.pull(ctx, from, to, o)
}
