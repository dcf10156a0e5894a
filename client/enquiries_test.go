package client_test

import (
	"errors"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestEnquiriesPush(t *testing.T) {
	d := newDesk(t, always(sampleOf(t, "enquiries/push-2019-20.response.json")))
	req := elementOf[client.EnquiryRequest](t, "enquiries/push-2019-20.request.json")
	got, err := d.Enquiries.Push(t.Context(), req)
	is(t, err, "")
	sameJSON(t, d.requests()[0].body, sampleOf(t, "enquiries/push-2019-20.request.json"))
	if d.requests()[0].path != "/add-update-enquiry-from-other-source.html" {
		t.Errorf("sent to %s", d.requests()[0].path)
	}
	if got.EnquiryID.String() != "11606498" || got.KaptureCustomerID.String() != "70000005" ||
		len(got.Undeclared()) != 0 {
		t.Errorf("got %s", got)
	}
}

func TestEnquiriesPushFailures(t *testing.T) {
	for response, code := range map[string]client.Code{
		sampleOf(t, "enquiries/push-2019-20.response.missing-fields.json"): client.ErrMissing,
		"": client.ErrOutcomeUnknown, // the server hangs up
	} {
		d := newDesk(t, always(response))
		_, err := d.Enquiries.Push(t.Context(), client.EnquiryRequest{CustomerName: new("Asha")})
		is(t, err, code)
		if lead, ok := client.DuplicateLead(err); ok {
			t.Errorf("%v names the lead %v", err, lead)
		}
		if len(d.requests()) != 1 {
			t.Errorf("%d requests", len(d.requests()))
		}
	}
}

func TestDuplicateLead(t *testing.T) {
	d := newDesk(t, always(sampleOf(t, "enquiries/push-2019-20.response.duplicate-lead.json")))
	_, err := d.Enquiries.Push(t.Context(), client.EnquiryRequest{CustomerName: new("Asha")})
	is(t, err, client.ErrDuplicateLead)
	lead, ok := client.DuplicateLead(err)
	want := client.ExistingLead{
		CustomerID: client.NumberID(70000006),
		EnquiryID:  client.NumberID(10934634),
		ContactID:  client.NumberID(80000004),
	}
	if !ok || lead != want {
		t.Errorf("lead %v, %v", lead, ok)
	}
}

// Only the message of a duplicate lead names one, and only if it can be read.
func TestErrorsThatNameNoLead(t *testing.T) {
	const message = "Lead already exists, Customer ID :1, Enquiry ID :2, Contact ID : 3"
	for name, err := range map[string]error{
		"no error":            nil,
		"an error of no call": errors.New(message),
		"another code":        &client.Error{Code: client.ErrDuplicatePhone, Message: message},
		"an unreadable message": &client.Error{
			Code:    client.ErrDuplicateLead,
			Message: "Lead already exists, Customer ID :x",
		},
	} {
		if lead, ok := client.DuplicateLead(err); ok {
			t.Errorf("%s: %v", name, lead)
		}
	}
}

func TestEnquiriesFlow(t *testing.T) {
	c := dialMock(t, mock.Run(t), "enquiries")
	req := client.EnquiryRequest{CustomerName: new("Asha"), Phone: new("9000000001"), EmailID: new("asha@example.com")}
	got, err := c.Enquiries.Push(t.Context(), req)
	is(t, err, "")
	_, err = c.Enquiries.Push(t.Context(), req)
	is(t, err, client.ErrDuplicateLead)
	lead, ok := client.DuplicateLead(err)
	if !ok || !lead.EnquiryID.Same(got.EnquiryID) {
		t.Errorf("lead %v of %s", lead, got)
	}
	_, err = c.Enquiries.Push(t.Context(), client.EnquiryRequest{})
	is(t, err, client.ErrMissing)
}
