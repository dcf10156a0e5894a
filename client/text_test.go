package client_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// notUTF8 is a name in Windows-1252, as a file from a spreadsheet may have it.
const notUTF8 = "Jos\xe9"

// Text that is not UTF-8 is never sent, and never changed: encoding/json would
// put U+FFFD in its place, so that another name is stored or another customer
// looked up. The error says where it is.
func TestTextThatIsNotUTF8(t *testing.T) {
	d := newDesk(t, always(`{"status":"success"}`))
	bad := notUTF8
	badField := map[string]json.RawMessage{"note": json.RawMessage(`{"a":["` + bad + `"]}`)}
	badName := map[string]json.RawMessage{bad: json.RawMessage(`1`)}
	onlyError := func(_ any, err error) error { return err }

	for name, test := range map[string]struct {
		call    func() error
		pointer string
	}{
		"Customers.Add": {
			call: func() error {
				in := client.CustomerRequest{CustomerInfo: client.CustomerInfo{CustomerName: &bad}}
				return onlyError(d.Customers.Add(t.Context(), in))
			},
			pointer: "/customer_info/customer_name",
		},
		"a contact": {
			call: func() error {
				in := somebody()
				in.ContactInfo = []client.ContactInfo{{}, {ContactPersonName: &bad}}
				return onlyError(d.Customers.Add(t.Context(), in))
			},
			pointer: "/contact_info/1/contact_person_name",
		},
		"a tenant's field": {
			call: func() error {
				in := somebody()
				in.AdditionalProperties = badField
				return onlyError(d.Customers.Add(t.Context(), in))
			},
			pointer: "/note/a/0",
		},
		"the name of a tenant's field": {
			call: func() error {
				in := somebody()
				in.AdditionalProperties = badName
				return onlyError(d.Customers.Add(t.Context(), in))
			},
			pointer: `/Jos\xe9`,
		},
		"Customers.Update": {
			call: func() error {
				in := somebody()
				in.CustomerInfo.CustomerID = client.TextID(bad)
				return onlyError(d.Customers.Update(t.Context(), in))
			},
			pointer: "/customer_info/customer_id",
		},
		"an identifier with a quote": {
			call:    func() error { return onlyError(d.Customers.Get(t.Context(), client.CustomerByID(`"`+bad))) },
			pointer: "/0/kapture_customer_id",
		},
		"an identifier of a type": {
			call: func() error {
				return onlyError(d.Customers.Get(t.Context(), client.CustomerByID(client.TextID(bad))))
			},
			pointer: "/0/kapture_customer_id",
		},
		"Customers.Get by e-mail": {
			call: func() error {
				return onlyError(d.Customers.Get(t.Context(), client.CustomerByEmail(bad+"@example.com")))
			},
			pointer: "/0/email_id",
		},
		"Customers.Get by phone": {
			call:    func() error { return onlyError(d.Customers.Get(t.Context(), client.CustomerByPhone(bad))) },
			pointer: "/0/phone",
		},
		"Customers.Query": {
			call: func() error {
				filter := client.CustomerQuery{CmID: client.TextID(bad)}
				return onlyError(allOf(d.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-01"), filter)))
			},
			pointer: "/cm_id",
		},
		"Tickets.Add": {
			call:    func() error { return onlyError(d.Tickets.Add(t.Context(), client.TicketRequest{Title: bad})) },
			pointer: "/0/title",
		},
		"Tickets.Update": {
			call: func() error {
				return onlyError(d.Tickets.Update(t.Context(), client.TicketUpdate{TicketID: "7", Comment: &bad}))
			},
			pointer: "/0/comment",
		},
		"Tickets.GetMany": {
			call:    func() error { return onlyError(d.Tickets.GetMany(t.Context(), []string{"7", bad})) },
			pointer: "/ticket_ids",
		},
		"Tickets.PullByCustomer": {
			call: func() error {
				return onlyError(allOf(d.Tickets.PullByCustomer(t.Context(), bad, client.TicketQuery{})))
			},
			pointer: "/0/customer_code",
		},
		"Orders.Add": {
			call: func() error {
				in := client.OrderRequest{CustomerInfo: client.CustomerInfo{CustomerName: &bad}}
				return onlyError(d.Orders.Add(t.Context(), in))
			},
			pointer: "/customer_info/customer_name",
		},
		"Orders.Pull": {
			call: func() error {
				return onlyError(d.Orders.Pull(t.Context(), client.OrderQuery{CmID: client.NumberID(1), City: &bad}))
			},
			pointer: "/city",
		},
		"FAQ.Contents": {
			call:    func() error { return onlyError(allOf(d.FAQ.Contents(t.Context(), client.TextID(bad)))) },
			pointer: "/0/category_id",
		},
		"Enquiries.Push": {
			call: func() error {
				return onlyError(d.Enquiries.Push(t.Context(), client.EnquiryRequest{CustomerName: &bad}))
			},
			pointer: "/0/customer_name",
		},
		"Products.Push": {
			call:    func() error { return onlyError(d.Products.Push(t.Context(), client.ProductRequest{Name: bad})) },
			pointer: "/0/name",
		},
		"Legacy.PushCustomer": {
			call: func() error {
				return onlyError(d.Legacy.PushCustomer(t.Context(), client.LegacyCustomerRequest{Name: &bad}))
			},
			pointer: "/0/name",
		},
		"Raw of a map": {
			call:    func() error { return onlyError(d.Raw(t.Context(), "/x", map[string]any{"a": []string{bad}})) },
			pointer: "/a/0",
		},
		"Raw of JSON": {
			call:    func() error { return onlyError(d.Raw(t.Context(), "/x", []byte(`{"a":"`+bad+`"}`))) },
			pointer: "/a",
		},
		"Raw of a reader": {
			call:    func() error { return onlyError(d.Raw(t.Context(), "/x", strings.NewReader(`["`+bad+`"]`))) },
			pointer: "/0",
		},
		"Raw of a form": {
			call:    func() error { return onlyError(d.Raw(t.Context(), "/x", url.Values{"text": {"", bad}})) },
			pointer: "/text/1",
		},
		"Raw of a form as bytes": {
			call: func() error {
				form := client.RawContentType("application/x-www-form-urlencoded; charset=utf-8")
				return onlyError(d.Raw(t.Context(), "/x", []byte("text="+bad), form))
			},
		},
	} {
		e, ok := errors.AsType[*client.Error](test.call())
		if !ok || e.Code != client.ErrInvalidRequest || !strings.Contains(e.Detail, `"`+test.pointer+`"`) {
			t.Errorf("%s: %v, want the pointer %s", name, e, test.pointer)
		}
	}

	_, err := d.Raw(t.Context(), "/x?name="+bad, nil)
	is(t, err, client.ErrInvalidRequest)
	if sent := d.requests(); len(sent) > 0 {
		t.Errorf("sent %q", sent)
	}
}

// In bulk writes, only the input that has such a text is rejected.
func TestTextThatIsNotUTF8InABulkWrite(t *testing.T) {
	d := newDesk(t, always(added))
	bad := somebody()
	bad.CustomerInfo.CustomerName = new(notUTF8)
	inputs := slices.Values([]client.CustomerRequest{somebody(), bad, somebody()})
	for r := range d.Customers.AddAll(t.Context(), inputs) {
		rejected := errors.Is(r.Err, client.ErrInvalidRequest)
		if rejected != (r.Index == 1) {
			t.Errorf("%d: %v", r.Index, r.Err)
		}
	}
	if n := len(d.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// Bytes in another encoding are sent as they are, if the caller says so.
func TestTextInAnotherEncoding(t *testing.T) {
	d := newDesk(t, always("{}"))
	_, err := d.Raw(t.Context(), "/x", []byte(notUTF8), client.RawContentType("text/csv; charset=windows-1252"))
	if err != nil || d.requests()[0].body != notUTF8 {
		t.Errorf("%v, %q", err, d.requests())
	}
}
