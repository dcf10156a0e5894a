package client_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// wholeForms are the forms that a server may write one identifier in.
var wholeForms = []string{`700000001`, `"700000001"`, `7.00000001E8`, `7.00000001e+8`, `700000001.0`}

// An idCall is a call whose response has identifiers.
type idCall struct {
	name  string
	write bool
	body  string // of the response, with %s for each identifier
	all   bool   // all of them must be readable, not only the first
	// ids returns the identifiers that the caller gets.
	ids func(t *testing.T, c *client.Client) ([]string, error)
}

// idCalls has every call whose response identifies what it is about.
var idCalls = []idCall{
	{
		name: "Customers.Add", write: true, all: true,
		body: `{"status":"success","customer":{"result":true,"customer_id":%s,"contact_id":%[1]s}}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Customers.Add(t.Context(), somebody())
			return idsOf(err, func() []any { return []any{got.Customer.CustomerID, got.Customer.ContactID} })
		},
	},
	{
		name: "Customers.Update", write: true, all: true,
		body: `{"status":"success","customer":{"result":true,"customer_id":%s,"contact_id":%[1]s}}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			changed := somebody()
			changed.CustomerInfo.CustomerID = client.NumberID(1)
			got, err := c.Customers.Update(t.Context(), changed)
			return idsOf(err, func() []any { return []any{got.Customer.CustomerID, got.Customer.ContactID} })
		},
	},
	{
		name: "Customers.Get",
		body: `{"status":"success","Customer Details":{"id":%s,"cmId":%[1]s,"creatorId":%[1]s,` +
			`"contacts":[{"id":%[1]s,"leadId":%[1]s,"orderId":%[1]s,"enquiryId":%[1]s,"parentContactId":%[1]s}]}}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
			return idsOf(err, func() []any {
				contact := got.Contacts[0]
				return []any{
					got.ID, got.CmID, got.CreatorID,
					contact.ID, contact.LeadID, contact.OrderID, contact.EnquiryID, contact.ParentContactID,
				}
			})
		},
	},
	{
		name: "Customers.Pull",
		body: `{"status":"success","message":[{"id":%s,"contacts":[{"id":%[1]s}]}]}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := allOf(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
			return idsOf(err, func() []any { return []any{got[0].ID, got[0].Contacts[0].ID} })
		},
	},
	{
		name: "Enquiries.Push", write: true, all: true,
		body: `{"status":"success","message":"added","Enquiry Id":%s,"Kapture Customer Id":%[1]s}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Enquiries.Push(t.Context(), client.EnquiryRequest{CustomerName: new("Asha")})
			return idsOf(err, func() []any { return []any{got.EnquiryID, got.KaptureCustomerID} })
		},
	},
	{
		name: "Tickets.Add", write: true,
		body: `{"ticket":{"ticketId":%s,"id":%[1]s,"contactId":%[1]s,"enquiryId":%[1]s,"orderId":%[1]s}}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Tickets.Add(t.Context(), client.TicketRequest{Title: "Broken"})
			return idsOf(err, func() []any {
				ticket := got.Ticket
				return []any{
					got.Number(),
					ticket.TicketID,
					ticket.ID,
					ticket.ContactID,
					ticket.EnquiryID,
					ticket.OrderID,
				}
			})
		},
	},
	{
		name: "Tickets.Add, at the other place", write: true,
		body: `{"ticket":{"title":"Broken"},"ticket_id":%s}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Tickets.Add(t.Context(), client.TicketRequest{Title: "Broken"})
			return idsOf(err, func() []any { return []any{got.Number(), got.TicketID} })
		},
	},
	{
		name: "Tickets.Get",
		body: `[{"task_details":{"ticketId":%s}}]`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Tickets.Get(t.Context(), "700000001")
			return idsOf(err, func() []any { return []any{got.Number(), got.TaskDetails.TicketID} })
		},
	},
	{
		name: "Tickets.GetMany",
		body: `[{"task_details":{"ticketId":%s}}]`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Tickets.GetMany(t.Context(), []string{"700000001"})
			return idsOf(err, func() []any { return []any{got.Found["700000001"].Number()} })
		},
	},
	{
		name: "Tickets.Pull",
		body: `{"message":[{"ticketId":%s,"taskId":%[1]s,"folderId":%[1]s,"orderId":%[1]s}]}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := allOf(c.Tickets.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
			return idsOf(err, func() []any {
				return []any{
					got[0].TicketID,
					got[0].TaskID,
					got[0].FolderID,
					got[0].OrderID,
				}
			})
		},
	},
	{
		name: "Legacy.PullTickets",
		body: `{"status":"success","message":[{"ticketId":%s,"contactId":%[1]s,"referenceId":%[1]s}]}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := allOf(c.Legacy.PullTickets(t.Context(), day("2024-05-01"), day("2024-05-01")))
			return idsOf(err, func() []any { return []any{got[0].TicketID, got[0].ContactID, got[0].ReferenceID} })
		},
	},
	{
		name: "Legacy.PushCustomer", write: true,
		body: `{"Status":"Success","Message":"added","Kapture Customer Id":%s}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Legacy.PushCustomer(t.Context(), client.LegacyCustomerRequest{})
			return idsOf(err, func() []any { return []any{got.KaptureCustomerID} })
		},
	},
	{
		name: "Legacy.PushOrder", write: true, all: true,
		body: `[{"status":"success","message":"added","order_id":%s,"enquiry_id":%[1]s,"kapture_customer_id":%[1]s}]`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{})
			return idsOf(err, func() []any { return []any{got.OrderID, got.EnquiryID, got.KaptureCustomerID} })
		},
	},
	{
		name: "Legacy.PushOrder, with blanks", write: true, all: true,
		body: `{"status":"success","message":"added","Order Id":%s,"Enquiry Id":%[1]s,"Kapture Customer Id":%[1]s}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{})
			return idsOf(err, func() []any {
				return []any{got.SpacedOrderID, got.SpacedEnquiryID, got.SpacedKaptureCustomerID}
			})
		},
	},
	{
		name: "Products.Push", write: true,
		body: `{"status":"success","message":"added","product_id":%s}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.Products.Push(t.Context(), client.ProductRequest{Name: "Pen"})
			return idsOf(err, func() []any { return []any{got.ProductID} })
		},
	},
	{
		name: "FAQ.Categories",
		body: `{"message":{"category":[{"id":%s}]}}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			got, err := c.FAQ.Categories(t.Context())
			return idsOf(err, func() []any { return []any{got.Message.Category[0].ID} })
		},
	},
	{
		name: "FAQ.Contents",
		body: `{"message":{"contents":[{"id":%s}]}}`,
		ids: func(t *testing.T, c *client.Client) ([]string, error) {
			for content, err := range c.FAQ.Contents(t.Context(), client.TextID("7")) {
				return idsOf(err, func() []any { return []any{content.ID} })
			}
			return nil, nil
		},
	},
}

// idsOf returns identifiers of any type as texts, unless the call failed.
func idsOf(err error, ids func() []any) (out []string, _ error) {
	if err != nil {
		return nil, err
	}
	for _, id := range ids() {
		out = append(out, fmt.Sprint(id))
	}
	return out, nil
}

// Every identifier of a response is read in each form that it may have, without
// loss.
func TestIdentifiersAreReadInEveryForm(t *testing.T) {
	for _, call := range idCalls {
		for _, form := range wholeForms {
			c := serve(t, response(fmt.Sprintf(call.body, form)))
			ids, err := call.ids(t, c)
			if err != nil || len(ids) == 0 {
				t.Errorf("%s, %s: %q %v", call.name, form, ids, err)
			}
			for i, id := range ids {
				if id != "700000001" {
					t.Errorf("%s, %s: identifier %d is %q", call.name, form, i, id)
				}
			}
		}
	}
}

// An identifier that cannot be read is an error, never a zero. If it is one that
// a write made, the outcome is unknown.
func TestIdentifiersThatCannotBeRead(t *testing.T) {
	forms := []string{`{"id":1}`, `[700000001]`, `true`, `700000001.5`, `7E-1`, `70000000100E-2`, `1E400`}
	for _, call := range idCalls {
		places := strings.Count(call.body, "%")
		if !call.all {
			places = 1
		}
		for _, form := range forms {
			for bad := range places {
				body := withOneID(call.body, bad, form)
				ids, err := call.ids(t, serve(t, response(body)))
				if !errors.Is(err, client.ErrUnexpectedResponse) ||
					errors.Is(err, client.ErrOutcomeUnknown) != call.write {
					t.Errorf("%s, %s: %q %v", call.name, body, ids, err)
				}
			}
		}
	}
}

// withOneID puts an identifier into one place of a response, and the usual one
// into the others.
func withOneID(format string, place int, id string) string {
	parts := strings.Split(strings.ReplaceAll(format, "%[1]s", "%s"), "%s")
	body := parts[0]
	for i, part := range parts[1:] {
		if i == place {
			body += id + part
		} else {
			body += "700000001" + part
		}
	}
	return body
}

// Amounts are read in every form, too, and are still listed as misfits.
func TestAmountsInOtherForms(t *testing.T) {
	c := serve(t, response(`{"status":"success","Customer Details":{"id":1,"name":"Asha",
		"maxCreditAmt":"1250.50","outStandingAmount":"1.5E3","maxCreditPeriod":"30","totalNoOfEnquiries":2.0,
		"customerLevel":1E1,"zone":"x","companyPhone":9000000001,
		"contacts":[{"id":1,"age":"41","phone":9.000000001E9}]}}`))
	got, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
	is(t, err, "")
	values := []any{
		got.MaxCreditAmt, got.OutStandingAmount, got.MaxCreditPeriod, got.TotalNoOfEnquiries, got.CustomerLevel,
		got.Zone, got.CompanyPhone, got.Contacts[0].Age, got.Contacts[0].Phone, got.Name,
	}
	if got := fmt.Sprint(values); got != "[1250.5 1500 30 2 10 0 9000000001 41 9000000001 Asha]" {
		t.Errorf("got %s", got)
	}
	var pointers []string
	for _, misfit := range got.Misfits() {
		pointers = append(pointers, misfit.Pointer)
	}
	want := "[/companyPhone /contacts/0/age /contacts/0/phone /customerLevel /maxCreditAmt /maxCreditPeriod " +
		"/outStandingAmount /totalNoOfEnquiries /zone]"
	if fmt.Sprint(pointers) != want {
		t.Errorf("misfits %v, want %s", pointers, want)
	}
}

// The fields that say whether a call succeeded are read in each form that this API
// uses. null says nothing, as if the field were not there.
func TestOutcomesInOtherForms(t *testing.T) {
	add := func(c *client.Client) error {
		got, err := c.Customers.Add(t.Context(), somebody())
		if err == nil && got.Customer.CustomerID != client.NumberID(7) {
			t.Errorf("got %s", got)
		}
		return err
	}
	addTicket := func(c *client.Client) error {
		got, err := c.Tickets.Add(t.Context(), client.TicketRequest{Title: "Broken"})
		if err == nil && got.Number() != "7" {
			t.Errorf("got %s", got)
		}
		return err
	}
	const customer = `{"status":"success","customer":{"result":%s,"customer_id":7}}`
	for _, test := range []struct {
		name    string
		call    func(*client.Client) error
		body    string
		code    client.Code
		unknown bool
	}{
		{
			name: "result true",
			call: add,
			body: fmt.Sprintf(customer, `true`),
		},
		{
			name: "result true as a text",
			call: add,
			body: fmt.Sprintf(customer, `"true"`),
		},
		{
			name: "result null",
			call: add,
			body: fmt.Sprintf(customer, `null`),
		},
		{
			name: "result empty",
			call: add,
			body: fmt.Sprintf(customer, `""`),
		},
		{
			name: "result false",
			call: add,
			body: fmt.Sprintf(customer, `false`),
			code: client.ErrFailed,
		},
		{
			name: "result false as a text",
			call: add,
			body: fmt.Sprintf(customer, `"false"`),
			code: client.ErrFailed,
		},
		{
			name:    "result of another form",
			call:    add,
			body:    fmt.Sprintf(customer, `"no"`),
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		{
			name:    "result as a number",
			call:    add,
			body:    fmt.Sprintf(customer, `0`),
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		{
			name:    "result as an object",
			call:    add,
			body:    fmt.Sprintf(customer, `{}`),
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		{
			name: "status null, ticket added",
			call: addTicket,
			body: `{"status":null,"ticket":{"ticketId":"7"}}`,
		},
		{
			name: "both null, ticket added",
			call: addTicket,
			body: `{"status":null,"Status":null,"ticket":{"ticketId":"7"}}`,
		},
		{
			name: "one null, one failed",
			call: addTicket,
			body: `{"status":null,"Status":"failed","message":"no","ticket":{"ticketId":"7"}}`,
			code: client.ErrFailed,
		},
		{
			name:    "status null, nothing added",
			call:    addTicket,
			body:    `{"status":null}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		{
			name:    "status null, where one is mandatory",
			call:    add,
			body:    `{"status":null,"customer":{"result":true,"customer_id":7}}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
		{
			name: "one null, one success",
			call: add,
			body: `{"status":null,"Status":"Success","customer":{"result":true,"customer_id":7}}`,
		},
		{
			name:    "a text that is not an outcome",
			call:    addTicket,
			body:    `{"status":"","ticket":{"ticketId":"7"}}`,
			code:    client.ErrUnexpectedResponse,
			unknown: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.call(serve(t, response(test.body)))
			is(t, err, test.code)
			if errors.Is(err, client.ErrOutcomeUnknown) != test.unknown {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A date that cannot be read keeps its text, is not valid, and is in the notes
// of its response.
func TestDatesThatCannotBeRead(t *testing.T) {
	const record = `{"id":1,"name":"Asha","generationDate":"2 Mai 2024","contacts":[` +
		`{"id":1,"generationDate":{"year":2024,"month":12}},{"id":2,"generationDate":"May 2, 2024, 4:15:42\u202fPM"}]}`
	check := func(name string, got *client.Customer, at string) {
		t.Helper()
		var notes []string
		for _, note := range got.Notes() {
			notes = append(notes, string(note.Kind)+" "+note.Pointer)
		}
		want := []string{
			"unreadable-date " + at + "/contacts/0/generationDate",
			"unreadable-date " + at + "/generationDate",
		}
		slices.Sort(notes)
		if !slices.Equal(notes, want) {
			t.Errorf("%s: notes %q, want %q", name, notes, want)
		}

		date := got.GenerationDate
		if date.Valid() || !date.Time().IsZero() || string(date.Literal()) != `"2 Mai 2024"` {
			t.Errorf("%s: the date is %s", name, date.Literal())
		}
		moment := time.Date(2024, 5, 2, 16, 15, 42, 0, client.India)
		narrow := got.Contacts[1].GenerationDate // with the narrow space that Java 20 and later write
		if !narrow.Time().Equal(moment) {
			t.Errorf("%s: the date with a narrow space is %v", name, narrow)
		}
	}

	c := serve(t, response(`{"status":"success","Customer Details":`+record+`}`))
	got, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
	is(t, err, "")
	check("Get", got, "/Customer Details")

	c = serve(t, response(`{"status":"success","message":[`+record+`]}`))
	pulled, err := allOf(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	is(t, err, "")
	check("Pull", pulled[0], "")

	stored := new(client.Customer)
	is(t, stored.UnmarshalJSON([]byte(record)), "")
	check("UnmarshalJSON", stored, "")
}

func TestTicketsWithDatesThatCannotBeRead(t *testing.T) {
	c := serve(t, response(`[{"task_details":{"ticketId":"1","date":"tomorrow"}}]`))
	ticket, err := c.Tickets.Get(t.Context(), "1")
	is(t, err, "")
	want := []client.Note{{Kind: client.NoteDate, Pointer: "/0/task_details/date"}}
	if notes := ticket.Notes(); !slices.Equal(notes, want) {
		t.Errorf("notes: %v", notes)
	}
}

// Hooks get notes on what surrounds a list.
func TestNotesAroundAList(t *testing.T) {
	for _, call := range listCalls {
		body := fmt.Sprintf(call.envelope, `[{"id":1,"ticketId":"1"}]`)
		body = strings.TrimSuffix(body, "}") + ",\"remark\":\"a\nb\",\"name\":\"\\ud83d\"}"
		for text, want := range map[string]string{
			"\xef\xbb\xbf" + body: "[bom altered-text raw-control]",
			body + ";\n":          "[semicolon altered-text raw-control]",
		} {
			h := &noteHook{}
			d := newDesk(t, eachOf(text, fmt.Sprintf(call.envelope, "[]")), client.WithHook(h))
			if ids, errs := call.read(t.Context(), d.Client); ids != "1" || len(errs) > 0 {
				t.Errorf("%s: got %s %v", call.name, ids, errs)
			}
			if got := fmt.Sprint(h.kinds()); got != want {
				t.Errorf("%s: the hook has the notes %s, want %s", call.name, got, want)
			}
		}
	}
}

// Records get those of these notes that are known before the first record.
func TestNotesBeforeAList(t *testing.T) {
	d := newDesk(t, always("\xef\xbb\xbf"+page(1, 2)+";"))
	got, err := allOf(d.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	is(t, err, "")
	if len(got) != 2 {
		t.Errorf("%d records", len(got))
	}
	for _, customer := range got {
		notes := kindsOf(customer.Notes())
		if !slices.Equal(notes, []client.NoteKind{client.NoteByteOrderMark}) {
			t.Errorf("notes of a record: %v", notes)
		}
	}
}

// Every text that has to be altered to be read has a note with its place,
// whatever the reason.
func TestNotesOfAlteredTexts(t *testing.T) {
	record := "{\"id\":1,\"name\":\"Jos\xe9\",\"city\":\"\\ud83d\",\"remarks\":\"\xed\xa0\xbd\"," +
		"\"state\":\"\\ud83d\\ude00\",\"contacts\":[{\"id\":2,\"email\":\"\xff\"}]}"
	want := []string{"/city", "/contacts/0/email", "/name", "/remarks"}
	check := func(name string, notes []client.Note, at string) {
		t.Helper()
		var got []string
		for _, note := range notes {
			if note.Kind == client.NoteAltered {
				got = append(got, strings.TrimPrefix(note.Pointer, at))
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: notes %q, want %q", name, got, want)
		}
	}

	c := serve(t, response(`{"status":"success","Customer Details":`+record+`}`))
	got, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
	is(t, err, "")
	check("Get", got.Notes(), "/Customer Details")
	if !strings.Contains(string(got.Raw()), "Jos\xe9") || got.State != "\U0001F600" {
		t.Errorf("the bytes are %q", got.Raw())
	}

	c = serve(t, response(`{"status":"success","message":[`+record+`]}`))
	pulled, err := allOf(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	is(t, err, "")
	check("Pull", pulled[0].Notes(), "")
}
