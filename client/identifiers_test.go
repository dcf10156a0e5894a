package client_test

import (
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// An identifier of a response goes into the next request as it is: nothing here
// converts one.
func TestIdentifiersGoIntoTheNextRequest(t *testing.T) {
	srv := mock.Run(t)
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken(srv.World("identifiers").Key()))
	is(t, err, "")
	ctx := t.Context()
	today := time.Now()

	// Customers and their contacts.
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
	for customer, err := range c.Customers.Query(ctx, today, today, query) {
		is(t, err, "")
		if customer.ID != found.ID {
			t.Errorf("queried %s, want %s", customer.ID, found.ID)
		}
	}

	// Enquiries, and what a failure names.
	pushed, err := c.Enquiries.Push(ctx, client.EnquiryRequest{
		CustomerID: found.ID, CustomerName: new("Asha"), Phone: new("9000000009"), EmailID: new("asha@example.com"),
	})
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
	_ = client.CustomerRequest{
		ContactInfo: []client.ContactInfo{{ContactID: lead.ContactID}},
		EnquiryInfo: &client.EnquiryInfo{EnquiryID: lead.EnquiryID},
	}

	// Tickets.
	ticket, err := c.Tickets.Add(ctx, client.TicketRequest{Title: "Broken"})
	is(t, err, "")
	got, err := c.Tickets.Get(ctx, ticket.Number(), client.WithNotes())
	is(t, err, "")
	_, err = c.Tickets.Update(ctx, client.TicketUpdate{TicketID: got.Number(), SubStatus: client.SubStatusClosed})
	is(t, err, "")
	for pulled, err := range c.Tickets.Pull(ctx, today, today) {
		is(t, err, "")
		_, err = c.Tickets.Get(ctx, pulled.TicketID)
		is(t, err, "")
	}

	// Orders.
	order, err := c.Legacy.PushOrder(ctx, client.LegacyOrderRequest{CustomerID: found.ID})
	is(t, err, "")
	_, err = c.Orders.Update(ctx, client.OrderRequest{
		CustomerInfo: client.CustomerInfo{CustomerID: order.KaptureCustomerID, CustomerName: new("Asha")},
		OrderInfo:    &client.OrderInfo{OrderID: order.OrderID},
	})
	is(t, err, "")
	_, err = c.Orders.Pull(ctx, client.OrderQuery{CmID: found.CmID, CustomerIDs: found.ID})
	is(t, err, "")

	// Categories of questions.
	categories, err := c.FAQ.Categories(ctx)
	is(t, err, "")
	for range c.FAQ.Contents(ctx, categories.Message.Category[0].ID) {
		break
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
			d := newDesk(t, func(int, string) string { return "[]" })
			_, err := d.Tickets.Get(t.Context(), "7", test.options...)
			is(t, err, client.ErrNotFound)
			sameJSON(t, d.requests()[0].body, test.want)
		})
	}
}

// The identifier of a write is read in whichever form it comes.
func TestIdentifiersInOtherForms(t *testing.T) {
	for _, form := range []string{`700000001`, `"700000001"`, `7.00000001E8`, `700000001.0`} {
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
