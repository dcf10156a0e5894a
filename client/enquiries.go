package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/kapture-community/kapture-go/gen"
)

// EnquiriesService has the call about enquiries (2019-20).
//
// That the same URL adds and updates customers with one object (2021) is inferred: the page prints no URL. There is no
// method for it; [CustomersService.Add] and [CustomersService.Update] do the same at a URL that is documented, and
// [Client.Raw] sends the older body where a tenant has only that.
type EnquiriesService struct{ c *Client }

// What the call about enquiries takes.
type (
	PushEnquiry    = gen.EnquiryPush
	EnquiryProduct = gen.EnquiryProduct
)

// Push pushes an enquiry. Name, phone and e-mail address are mandatory, else [ErrMissing]; the text of that
// failure takes an enquiry id in their place, whose name on the wire is not known. A lead that exists is
// [ErrDuplicateLead]: see [DuplicateLead].
//
// The Message of a success says nothing about whether the enquiry is new: the one that the page prints begins
// "Duplicate Enquiry". If the answer is lost the error matches [ErrOutcomeUnknown]; [CustomersService.Get] shows
// whether the customer came to be, no documented call shows the enquiry.
func (s *EnquiriesService) Push(ctx context.Context, req PushEnquiry) (*EnquiryPushed, error) {
	return call[EnquiryPushed](ctx, s.c, newExchange(OpPushEnquiry), s.c.gen.PushEnquiryWithBody, []gen.EnquiryPush{req}, due{})
}

// ExistingLead is what exists already where a push is refused.
type ExistingLead struct{ CustomerID, EnquiryID, ContactID int64 }

// DuplicateLead reads the identifiers out of the text of an [ErrDuplicateLead].
func DuplicateLead(err error) (lead ExistingLead, ok bool) {
	e, own := errors.AsType[*Error](err)
	if !own || e.Code != ErrDuplicateLead {
		return lead, false
	}
	_, err = fmt.Sscanf(e.Message, "Lead already exists, Customer ID :%d, Enquiry ID :%d, Contact ID : %d", &lead.CustomerID, &lead.EnquiryID, &lead.ContactID)
	return lead, err == nil
}
