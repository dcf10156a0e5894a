package client_test

import (
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// In each of these tests, an identifier of a response goes into the next request
// as it is: nothing converts one.
func TestIdentifiersOfCustomers(t *testing.T) {
	c := dialMock(t, mock.Run(t), "identifiers")
	ctx := t.Context()
	added, err := c.Customers.Add(ctx, client.CustomerRequest{
		CustomerInfo: client.CustomerInfo{CustomerName: new("Asha"), Phone: new("9000000001")},
		ContactInfo:  []client.ContactInfo{{ContactPersonName: new("Ravi"), ContactPersonPhone: new("9000000002")}},
	})
	is(t, err, "")
	found, err := c.Customers.Get(ctx, client.CustomerByID(added.Customer.CustomerID))
	is(t, err, "")
	_, err = c.Customers.Get(ctx, client.CustomerLookup{KaptureCustomerID: found.Contacts[0].LeadID})
	is(t, err, "")

	updated, err := c.Customers.Update(ctx, client.CustomerRequest{
		CustomerInfo: client.CustomerInfo{CustomerID: found.ID, CustomerName: new("Asha"), Phone: new("9000000001")},
		ContactInfo:  []client.ContactInfo{{ContactID: found.Contacts[0].ID, ContactPersonName: new("Ravi Rao")}},
	})
	is(t, err, "")
	if !updated.Customer.CustomerID.Same(added.Customer.CustomerID) {
		t.Errorf("updated %s, want %s", updated.Customer.CustomerID, added.Customer.CustomerID)
	}

	query := client.CustomerQuery{CmID: found.CmID, CustomerID: found.ID}
	queried, err := allOf(c.Customers.Query(ctx, time.Now(), time.Now(), query))
	is(t, err, "")
	if len(queried) != 1 || queried[0].ID != found.ID {
		t.Errorf("queried %v, want %s", queried, found.ID)
	}
}

func TestIdentifiersOfEnquiries(t *testing.T) {
	c := dialMock(t, mock.Run(t), "identifiers")
	ctx := t.Context()
	req := client.EnquiryRequest{
		CustomerID:   add(c, "Asha", "9000000001"),
		CustomerName: new("Asha"),
		Phone:        new("9000000009"),
		EmailID:      new("asha@example.com"),
	}
	pushed, err := c.Enquiries.Push(ctx, req)
	is(t, err, "")
	_, err = c.Customers.Get(ctx, client.CustomerByID(pushed.KaptureCustomerID))
	is(t, err, "")

	somebody := client.EnquiryRequest{
		CustomerName: new("Meera"), Phone: new("9000000003"), EmailID: new("meera@example.com"),
	}
	_, err = c.Enquiries.Push(ctx, somebody)
	is(t, err, "")
	_, err = c.Enquiries.Push(ctx, somebody)
	is(t, err, client.ErrDuplicateLead)
	lead, _ := client.DuplicateLead(err)
	_, err = c.Customers.Get(ctx, client.CustomerByID(lead.CustomerID))
	is(t, err, "")
	_ = client.CustomerRequest{ // which shows that the types fit
		ContactInfo: []client.ContactInfo{{ContactID: lead.ContactID}},
		EnquiryInfo: &client.EnquiryInfo{EnquiryID: lead.EnquiryID},
	}
}

func TestIdentifiersOfTickets(t *testing.T) {
	c := dialMock(t, mock.Run(t), "identifiers")
	ctx := t.Context()
	ticket, err := c.Tickets.Add(ctx, client.TicketRequest{Title: "Broken"})
	is(t, err, "")
	got, err := c.Tickets.Get(ctx, ticket.Number(), client.WithNotes())
	is(t, err, "")
	_, err = c.Tickets.Update(ctx, client.TicketUpdate{TicketID: got.Number(), SubStatus: client.SubStatusClosed})
	is(t, err, "")

	pulled, err := allOf(c.Tickets.Pull(ctx, time.Now(), time.Now()))
	is(t, err, "")
	if len(pulled) != 1 {
		t.Fatalf("%d tickets", len(pulled))
	}
	_, err = c.Tickets.Get(ctx, pulled[0].TicketID)
	is(t, err, "")
}

func TestIdentifiersOfOrders(t *testing.T) {
	c := dialMock(t, mock.Run(t), "identifiers")
	ctx := t.Context()
	found, err := c.Customers.Get(ctx, client.CustomerByID(add(c, "Asha", "9000000001")))
	is(t, err, "")
	order, err := c.Legacy.PushOrder(ctx, client.LegacyOrderRequest{CustomerID: found.ID})
	is(t, err, "")
	_, err = c.Orders.Update(ctx, client.OrderRequest{
		CustomerInfo: client.CustomerInfo{CustomerID: order.KaptureCustomerID, CustomerName: new("Asha")},
		OrderInfo:    &client.OrderInfo{OrderID: order.OrderID},
	})
	is(t, err, "")
	_, err = c.Orders.Pull(ctx, client.OrderQuery{CmID: found.CmID, CustomerIDs: found.ID})
	is(t, err, "")
}

func TestIdentifiersOfCategories(t *testing.T) {
	c := dialMock(t, mock.Run(t), "identifiers")
	categories, err := c.FAQ.Categories(t.Context())
	is(t, err, "")
	contents, err := allOf(c.FAQ.Contents(t.Context(), categories.Message.Category[0].ID))
	is(t, err, "")
	if len(contents) == 0 {
		t.Error("no contents")
	}
}

// An identifier from elsewhere is sent as the pages send it: as text.
func TestCustomerByID(t *testing.T) {
	want := client.CustomerLookup{KaptureCustomerID: client.TextID("700000001")}
	for name, got := range map[string]client.CustomerLookup{
		"a number":      client.CustomerByID(700000001),
		"an int64":      client.CustomerByID(int64(700000001)),
		"a text":        client.CustomerByID("700000001"),
		"of a response": client.CustomerByID(client.NumberID(700000001)),
	} {
		if got.KaptureCustomerID != want.KaptureCustomerID {
			t.Errorf("%s: looks for %s", name, got.KaptureCustomerID.Literal())
		}
	}
}

// The options of Get send the values that were observed.
func TestGetOptions(t *testing.T) {
	for name, test := range map[string]struct {
		options []client.GetOption
		want    string
	}{
		"none":    {nil, `{"ticket_ids":"7"}`},
		"notes":   {[]client.GetOption{client.WithNotes()}, `{"ticket_ids":"7","conversation_type":"notes"}`},
		"chat":    {[]client.GetOption{client.WithChat()}, `{"ticket_ids":"7","conversation_type":"chat"}`},
		"history": {[]client.GetOption{client.WithHistory()}, `{"ticket_ids":"7","history_type":"all"}`},
		"notes, then chat": {
			[]client.GetOption{client.WithNotes(), client.WithChat()},
			`{"ticket_ids":"7","conversation_type":"chat"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, always("[]"))
			_, err := d.Tickets.Get(t.Context(), "7", test.options...)
			is(t, err, client.ErrNotFound)
			sameJSON(t, d.requests()[0].body, test.want)
		})
	}
}

// An identifier in another form than the contract says is not a misfit, since
// nothing of it is lost.
func TestIdentifiersInOtherForms(t *testing.T) {
	for _, form := range wholeForms {
		body := `{"status":"success","message":"","customer":{"result":true,` +
			`"customer_id":` + form + `,"contact_id":` + form + `}}`
		got, err := serve(t, response(body)).Customers.Add(t.Context(), somebody())
		is(t, err, "")
		customer, _ := got.Customer.CustomerID.Int64()
		contact, _ := got.Customer.ContactID.Int64()
		if customer != 700000001 || contact != 700000001 || len(got.Misfits()) > 0 {
			t.Errorf("%s is read as %d and %d, with the misfits %v", form, customer, contact, got.Misfits())
		}
	}
}
