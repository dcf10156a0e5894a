package client

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
	"github.com/kapture-community/kapture-go/gen"
)

// CustomersService has the calls about customers and their contacts.
type CustomersService struct{ c *Client }

// Add adds a customer (2024). It needs a name with a phone or an e-mail
// address, otherwise Kapture returns [ErrMissing]. Customer.CustomerID of the
// response is its identifier. No page of this call says that duplicates are
// rejected: adding one customer twice may make two, so look it up with Get
// first, as the example LookFirst does.
//
// The call is sent again only if Kapture cannot have processed it. If the
// response is lost the error matches [ErrOutcomeUnknown]; look before adding
// again:
//
//	got, err := c.Customers.Add(ctx, req)
//	if errors.Is(err, client.ErrOutcomeUnknown) {
//		cust, err := c.Customers.Get(ctx, client.CustomerByPhone(phone))
//		// found: it was added; errors.Is(err, client.ErrNotFound): it was not
//	}
//
// Documented failures: [ErrAuthKey], [ErrMissing].
func (s *CustomersService) Add(ctx context.Context, req CustomerRequest) (*CustomerUpserted, error) {
	if id := req.CustomerInfo.CustomerID; isSet(id) {
		return nil, invalid(OpAddUpdateCustomer, "Add: customer_id %s would update that customer; use Update", id)
	}
	return s.save(ctx, req)
}

// Update changes the customer that CustomerInfo.CustomerID names (2024).
// Without one it returns [ErrInvalidRequest], since Kapture would add a
// customer. As for Add, Kapture returns [ErrMissing] unless there is a name
// with a phone or an e-mail address. Contacts in ContactInfo without a
// contact_id are added to the customer: see Customer.ContactID of the response.
// Absent fields are not sent; whether an empty text erases a value is not
// documented.
//
// Documented failures: [ErrAuthKey], [ErrMissing].
func (s *CustomersService) Update(ctx context.Context, req CustomerRequest) (*CustomerUpserted, error) {
	if !isSet(req.CustomerInfo.CustomerID) {
		return nil, invalid(OpAddUpdateCustomer, "Update: no CustomerInfo.CustomerID: Kapture would add a customer")
	}
	return s.save(ctx, req)
}

// customerSaved has the identifiers of what adding or updating a customer made.
var customerSaved = expected{
	objects:     []string{"customer"},
	identifiers: []string{"/customer/customer_id", "/customer/contact_id"},
}

func (s *CustomersService) save(ctx context.Context, req CustomerRequest) (*CustomerUpserted, error) {
	return do[CustomerUpserted](ctx, s.c, &call{
		op:       OpAddUpdateCustomer,
		request:  gen.NewAddUpdateCustomerRequestWithBody,
		body:     req,
		expected: customerSaved,
	})
}

// Get returns one customer (2024), looked up by its identifier, or by an e-mail
// address or a phone number of the customer or one of its contacts: see
// [CustomerByID], [CustomerByEmail] and [CustomerByPhone]. If several fields
// are set, Kapture uses the identifier. Get returns [ErrNotFound] if no
// customer matches.
//
// Documented failures: [ErrAuthKey], [ErrNotFound].
func (s *CustomersService) Get(ctx context.Context, which CustomerLookup) (*Customer, error) {
	if !isSet(which.KaptureCustomerID) && !isSet(which.CustomerID) && !hasText(which.EmailID) && !hasText(which.Phone) {
		return nil, invalid(OpGetCustomer, "Get: empty lookup; give an identifier, an e-mail address or a phone")
	}
	return do[Customer](ctx, s.c, &call{
		op:       OpGetCustomer,
		request:  gen.NewGetCustomerRequestWithBody,
		body:     []CustomerLookup{which},
		expected: customerFound,
	})
}

var customerFound = expected{
	objects:     []string{"Customer Details"},
	identifiers: []string{"/Customer Details/id"},
	check:       onlyCustomer,
}

// onlyCustomer unwraps the customer from its envelope.
func onlyCustomer(s *success) error {
	s.record = s.fields["Customer Details"]
	s.at = "/Customer Details"
	if !rawjson.HasFields(s.record) {
		return s.unreadable(ErrUnexpectedResponse, "the response says success, but its customer is empty", nil)
	}
	return nil
}

// isSet reports whether a request has an identifier.
func isSet(id ID) bool { return id.String() != "" }

// hasText reports whether a request has a text that is not empty.
func hasText(text *string) bool { return text != nil && *text != "" }

// CustomerByID looks a customer up by Kapture's identifier: one from a
// response, or a number or text from elsewhere. It is sent as text, as in the
// samples of the pages.
func CustomerByID[T ID | int | int64 | string](id T) CustomerLookup {
	if id, ok := any(id).(ID); ok {
		return CustomerLookup{KaptureCustomerID: TextID(textOf(id))}
	}
	return CustomerLookup{KaptureCustomerID: TextID(fmt.Sprint(id))}
}

// textOf returns the text of an identifier that is sent. String would replace
// bytes that are not UTF-8; these stay, and the call is rejected.
func textOf(id ID) string {
	if literal := id.Literal(); !utf8.Valid(literal) {
		return string(literal)
	}
	return id.String()
}

// CustomerByEmail looks a customer up by an e-mail address.
func CustomerByEmail(address string) CustomerLookup { return CustomerLookup{EmailID: &address} }

// CustomerByPhone looks a customer up by a phone number.
func CustomerByPhone(number string) CustomerLookup { return CustomerLookup{Phone: &number} }

// Pull yields the customers that were added from the day of from to the day of
// to, both included (2021): one request per day. The days are those of [India],
// whatever the zones of from and to. A zero time, or a range that ends before
// it begins, is [ErrInvalidRequest].
//
// Records that were yielded remain valid when an error follows. The error of a
// day is a *[WindowError]; the first one ends the iteration unless
// [ContinueOnError] is given. To resume where an earlier run stopped, keep a
// [Checkpoint].
//
// Kapture responds "No customer between dates." for a day without customers,
// and for dates that it does not understand. Pull takes it to mean an empty
// day, because this client writes the dates.
//
// Documented failures: [ErrAuthKey], [ErrNoCustomers], [ErrAuthKeyExpired].
func (s *CustomersService) Pull(
	ctx context.Context, from, to time.Time, opts ...PullOption,
) iter.Seq2[*Customer, error] {
	p := s.puller(pullOptionsOf(opts))
	p.body = func(w Window, _ int) any {
		day := w.Day.Format(time.DateOnly)
		return []gen.CustomerWindow{{StartDate: day, EndDate: day}}
	}
	return p.pull(ctx, from, to)
}

// Query yields the customers that were added from the day of from to the day of
// to and match the filter (2024). filter.CmID, the account, is mandatory; Query
// sets the days, the limit and the offset itself, and returns
// [ErrInvalidRequest] if the filter has one of them. The rest is as with
// [CustomersService.Pull].
//
// Query asks for pages, of 100 records unless [WithPageSize] says otherwise,
// until one is empty. If customers are deleted while a day is being read,
// others can move to a page that was read already, and be missed; Pull has no
// pages and no such gap. Two things are not documented for this call and
// assumed to be as with Pull: the response, and that the end day belongs to the
// range. Compare a day of Query with one of Pull before relying on it.
//
// Documented failures: [ErrAuthKey], [ErrNoCustomers], [ErrAuthKeyExpired].
func (s *CustomersService) Query(
	ctx context.Context, from, to time.Time, filter CustomerQuery, opts ...PullOption,
) iter.Seq2[*Customer, error] {
	if filter.CmID.String() == "" {
		err := invalid(OpPullCustomers, "Query: no CustomerQuery.CmID; give the number of the account")
		return errorOnly[Customer](err)
	}
	if filter.CreateStartDate != "" || filter.CreateEndDate != "" || filter.Limit != nil || filter.Offset != nil {
		err := invalid(OpPullCustomers, "Query: the filter has dates, a limit or an offset, which Query sets itself; "+
			"leave them empty, and use WithPageSize for the limit")
		return errorOnly[Customer](err)
	}

	o := pullOptionsOf(opts)
	p := s.puller(o)
	p.pageSize = o.pageSizeOr(100)
	p.body = func(w Window, pageSize int) any {
		page := filter
		page.CreateStartDate = w.Day.Format(time.DateOnly)
		page.CreateEndDate = page.CreateStartDate
		page.Limit = new(strconv.Itoa(pageSize))
		page.Offset = new(strconv.Itoa(w.Offset))
		return page
	}
	return p.pull(ctx, from, to)
}

// puller is what Pull and Query have in common.
func (s *CustomersService) puller(o *pullOptions) *puller[Customer, *Customer] {
	return &puller[Customer, *Customer]{
		client:  s.c,
		options: o,
		op:      OpPullCustomers,
		request: gen.NewPullCustomersRequestWithBody,
		list:    listing{path: []string{"message"}, idField: "id", emptyCode: ErrNoCustomers},
	}
}

// AddAll adds many customers, several at once; see [BulkResult].
//
// Documented failures: [ErrAuthKey], [ErrMissing].
func (s *CustomersService) AddAll(
	ctx context.Context, customers iter.Seq[CustomerRequest], opts ...BulkOption,
) iter.Seq[BulkResult[CustomerRequest, *CustomerUpserted]] {
	return bulk(ctx, customers, s.Add, opts)
}
