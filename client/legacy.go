package client

import (
	"context"
	"iter"
	"time"

	"github.com/kapture-community/kapture-go/gen"
)

// LegacyService has the calls that only the pages before 2021 have.
type LegacyService struct{ c *Client }

// AddContact adds a contact (2016). The page names no field that says to which
// customer, so AdditionalProperties may need one of the tenant's own fields;
// new code should add contacts with [CustomersService.Update].
//
// Documented failures: [ErrAuthKey].
func (s *LegacyService) AddContact(ctx context.Context, req LegacyContactRequest) (*LegacySuccess, error) {
	return do[LegacySuccess](ctx, s.c, &call{
		op:      OpAddContact,
		request: gen.NewAddContactRequestWithBody,
		body:    req,
	})
}

// PushCustomer adds a customer, or updates the one that CustomerID names
// (2019-20). The names in the response are capitalised, as printed, or in lower
// case, as callers see them today. If the response is lost the error matches
// [ErrOutcomeUnknown].
//
// Documented failures: [ErrAuthKey], [ErrAuthKeyExpired].
func (s *LegacyService) PushCustomer(ctx context.Context, req LegacyCustomerRequest) (*CustomerPushed, error) {
	return do[CustomerPushed](ctx, s.c, &call{
		op:       OpPushCustomer,
		request:  gen.NewPushCustomerRequestWithBody,
		body:     []LegacyCustomerRequest{req},
		expected: expected{identifiers: []string{"/Kapture Customer Id"}},
	})
}

// PushOrder adds an order (2019-20). The page requires the identifier of a
// customer or contact details, which are taken to be a phone or an e-mail
// address. It prints one failure, [ErrOrderCreationFailed], and no condition
// for it. All values are texts. If the response is lost the error matches
// [ErrOutcomeUnknown].
//
// Documented failures: [ErrOrderCreationFailed].
func (s *LegacyService) PushOrder(ctx context.Context, req LegacyOrderRequest) (*OrderPushed, error) {
	return do[OrderPushed](ctx, s.c, &call{
		op:      OpPushOrder,
		request: gen.NewPushOrderRequestWithBody,
		body:    []LegacyOrderRequest{req},
		expected: expected{
			mayBeListed: true,
			identifiers: []string{
				"/order_id", "/enquiry_id", "/kapture_customer_id",
				"/Order Id", "/Enquiry Id", "/Kapture Customer Id",
			},
		},
	})
}

// PullTickets yields the tickets that were created from the day of from to the
// day of to, both included (2019-20): one request per day. The days, the errors
// and resuming are as with [CustomersService.Pull]. What Kapture responds for a
// day without tickets is not documented: see [TicketsService.Pull], which new
// code should use. The Status of a ticket is the outcome of the call.
//
// Documented failures: [ErrMissingStartDate].
func (s *LegacyService) PullTickets(
	ctx context.Context, from, to time.Time, opts ...PullOption,
) iter.Seq2[*LegacyPulledTicket, error] {
	o := pullOptionsOf(opts)
	p := &puller[LegacyPulledTicket, *LegacyPulledTicket]{
		client:  s.c,
		options: o,
		op:      OpPullTicketsUnversioned,
		request: gen.NewPullTicketsUnversionedRequestWithBody,
		list:    listing{path: []string{"message"}, idField: "ticketId", emptyTexts: o.emptyTexts},
		body: func(w Window, _ int) any {
			return []gen.TicketWindow{{StartDate: DateOf(w.Day), EndDate: DateOf(w.Day)}}
		},
	}
	return p.pull(ctx, from, to)
}
