package client_test

import (
	"errors"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestEnquiriesPush(t *testing.T) {
	d := newDesk(t,
		eachOf(sampleOf(t, "enquiries/push-2019-20.response.json"),
			sampleOf(t, "enquiries/push-2019-20.response.duplicate-lead.json"),
			sampleOf(t, "enquiries/push-2019-20.response.missing-fields.json"), ""))
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
	for _, code := range []client.Code{client.ErrDuplicateLead, client.ErrMissing, client.ErrOutcomeUnknown} {
		_, err := d.Enquiries.Push(t.Context(), req)
		is(t, err, code)
		lead, ok := client.DuplicateLead(err)
		want := (client.ExistingLead{
			CustomerID: client.NumberID(70000006),
			EnquiryID:  client.NumberID(10934634),
			ContactID:  client.NumberID(80000004),
		})
		if ok != (code == client.ErrDuplicateLead) || ok && lead != want {
			t.Errorf("lead %v, %v", lead, ok)
		}
	}
	if len(d.requests()) != 4 {
		t.Errorf("%d requests", len(d.requests()))
	}
}

func TestDuplicateLeadReadsWhatIsThere(t *testing.T) {
	for _, err := range []error{nil, errors.New("Lead already exists, Customer ID :1, Enquiry ID :2, Contact ID : 3"),
		&client.Error{
			Code:    client.ErrDuplicateLead,
			Message: "Lead already exists, Customer ID :x",
		}, &client.Error{
			Code:    client.ErrDuplicatePhone,
			Message: "Lead already exists, Customer ID :1, Enquiry ID :2, Contact ID : 3",
		}} {
		if lead, ok := client.DuplicateLead(err); ok {
			t.Errorf("%v gave %v", err, lead)
		}
	}
}

func TestEnquiriesFlow(t *testing.T) {
	srv := mock.Run(t)
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken(srv.World("enquiries").Key()))
	is(t, err, "")
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
