package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/kapture-community/kapture-go/gen"
)

// EnquiriesService has the call about enquiries (2019-20).
//
// That the same URL adds and updates customers with one object (2021) is
// inferred: the page prints no URL. No method does that; [CustomersService.Add]
// and [CustomersService.Update] do the same at a documented URL, and
// [Client.Raw] sends the older body if a tenant has only that.
type EnquiriesService struct{ c *Client }

// Push pushes an enquiry. The page requires a name, a phone and an e-mail
// address; callers push a name and a phone only, and rely on a success. Without
// them Kapture returns [ErrMissing], whose text accepts an enquiry id instead:
// the page does not name its field, which is taken to be EnquiryID. A lead that
// exists already is [ErrDuplicateLead]: see [DuplicateLead].
//
// The Message of a success does not say whether the enquiry is new: the one
// that the page prints begins "Duplicate Enquiry". If the response is lost the
// error matches [ErrOutcomeUnknown]. [CustomersService.Get] shows whether the
// customer was added; no documented call shows the enquiry.
//
// Documented failures: [ErrAuthKey], [ErrMissing], [ErrInvalidEmail],
// [ErrInvalidPhone], [ErrDuplicatePhone], [ErrDuplicateEmail],
// [ErrDuplicateBoth], [ErrDuplicateLead].
func (s *EnquiriesService) Push(ctx context.Context, req EnquiryRequest) (*EnquiryPushed, error) {
	return do[EnquiryPushed](ctx, s.c, &call{
		op:       OpPushEnquiry,
		request:  gen.NewPushEnquiryRequestWithBody,
		body:     []EnquiryRequest{req},
		expected: expected{identifiers: []string{"/Enquiry Id", "/Kapture Customer Id"}},
	})
}

// ExistingLead is what exists already when a push is rejected.
type ExistingLead struct {
	CustomerID ID // as [CustomerByID] takes it
	EnquiryID  ID // of the lead
	ContactID  ID // of the lead's contact
}

// DuplicateLead reads the identifiers from the text of an [ErrDuplicateLead].
func DuplicateLead(err error) (lead ExistingLead, ok bool) {
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.Code != ErrDuplicateLead {
		return ExistingLead{}, false
	}

	const format = "Lead already exists, Customer ID :%d, Enquiry ID :%d, Contact ID : %d"
	var customer, enquiry, contact int64
	if _, err := fmt.Sscanf(failed.Message, format, &customer, &enquiry, &contact); err != nil {
		return ExistingLead{}, false
	}
	return ExistingLead{NumberID(customer), NumberID(enquiry), NumberID(contact)}, true
}
