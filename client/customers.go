package client

import (
	"cmp"
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/kapture-community/kapture-go/gen"
)

// CustomersService has the calls about customers and their contacts.
type CustomersService struct{ c *Client }

// What the calls about customers take.
type (
	AddCustomer    = gen.CustomerUpsert // CustomerInfo, ContactInfo, EnquiryInfo and the tenant's own members
	UpdateCustomer = gen.CustomerUpsert
	CustomerInfo   = gen.CustomerInfo
	ContactInfo    = gen.ContactInfo
	EnquiryInfo    = gen.EnquiryInfo
	CustomerLookup = gen.CustomerLookup
	CustomerFilter = gen.CustomerQuery
)

// Add adds a customer (2024). A name with a phone or an e-mail address is needed, else [ErrMissing]. The answer has its
// identifier in Customer.CustomerID. No page of this call says that duplicates are refused.
//
// It is sent again only where Kapture cannot have seen it. If the answer is lost the error matches [ErrOutcomeUnknown];
// look before adding once more:
//
//	got, err := c.Customers.Add(ctx, req)
//	if errors.Is(err, client.ErrOutcomeUnknown) {
//		cust, err := c.Customers.Get(ctx, client.CustomerByPhone(phone))
//		// found: it was added; errors.Is(err, client.ErrNotFound): it was not
//	}
func (s *CustomersService) Add(ctx context.Context, req AddCustomer) (*CustomerUpserted, error) {
	if id := req.CustomerInfo.CustomerID; id != nil && id.String() != "" {
		return nil, invalid(OpAddUpdateCustomer, "Add was given customer_id %s, which would update that customer; use Update", id)
	}
	return s.save(ctx, req)
}

// Update changes the customer that CustomerInfo.CustomerID names (2024). Contacts in ContactInfo without a contact_id
// are added to it: see Customer.ContactID of the answer. Absent members are not sent; whether an empty text erases a
// value is not documented.
func (s *CustomersService) Update(ctx context.Context, req UpdateCustomer) (*CustomerUpserted, error) {
	if id := req.CustomerInfo.CustomerID; id == nil || id.String() == "" {
		return nil, invalid(OpAddUpdateCustomer, "Update needs CustomerInfo.CustomerID: without it Kapture would add a customer")
	}
	return s.save(ctx, req)
}

func (s *CustomersService) save(ctx context.Context, req gen.CustomerUpsert) (*CustomerUpserted, error) {
	return call[CustomerUpserted](ctx, s.c, newExchange(OpAddUpdateCustomer), s.c.gen.AddUpdateCustomerWithBody, req, due{members: []string{"customer"}})
}

// Get returns one customer (2024), looked up on the customer and on its contacts. Where a lookup names more than one
// thing the identifier decides. No such customer is [ErrNotFound].
func (s *CustomersService) Get(ctx context.Context, which CustomerLookup) (*Customer, error) {
	empty := func(text *string) bool { return text == nil || *text == "" }
	none := func(id *ID) bool { return id == nil || id.String() == "" }
	if none(which.KaptureCustomerID) && none(which.CustomerID) && empty(which.EmailID) && empty(which.Phone) {
		return nil, invalid(OpGetCustomer, "Get needs an identifier, an e-mail address or a phone")
	}
	x := newExchange(OpGetCustomer)
	return call[Customer](ctx, s.c, x, s.c.gen.GetCustomerWithBody, []gen.CustomerLookup{which},
		due{members: []string{"Customer Details"}, more: func(r *reply) error {
			if r.record = r.members["Customer Details"]; len(r.record) > len("{}") {
				return nil
			}
			return x.unreadable(ErrUnexpectedAnswer, "the answer says success, but has nothing of a customer", nil)
		}})
}

// CustomerByID looks a customer up by Kapture's identifier.
func CustomerByID(id int64) CustomerLookup {
	return CustomerLookup{KaptureCustomerID: new(TextID(strconv.FormatInt(id, 10)))}
}

// CustomerByEmail looks a customer up by an e-mail address.
func CustomerByEmail(address string) CustomerLookup { return CustomerLookup{EmailID: &address} }

// CustomerByPhone looks a customer up by a phone number.
func CustomerByPhone(number string) CustomerLookup { return CustomerLookup{Phone: &number} }

// Pull yields the customers that were added on the days of India from one moment to the other, both days included
// (2021): one request a day.
//
// Records that were yielded stay good when an error follows. Errors are *[WindowError]; the first ends the iteration
// unless [ContinueOnError] is given. To come back where an earlier run stopped, keep a [Checkpoint].
//
// Kapture answers "No customer between dates." for a day without customers, and for dates that it does not understand.
// Here it means none, because the dates are made by this client.
func (s *CustomersService) Pull(ctx context.Context, from, to time.Time, opts ...PullOption) iter.Seq2[*Customer, error] {
	p := &puller[Customer, *Customer]{
		c: s.c, op: OpPullCustomers, send: s.c.gen.PullCustomersWithBody, where: listing{path: []string{"message"}, id: "id", none: ErrNoCustomers},
		request: func(day time.Time, _, _ int) any {
			return []gen.CustomerWindow{{StartDate: day.Format(time.DateOnly), EndDate: day.Format(time.DateOnly)}}
		},
	}
	return p.pull(ctx, from, to, pullOptionsOf(opts))
}

// Query yields the customers that were added on the days of India from one moment to the other and fit the filter
// (2024). filter.CmID, the account, is needed; the days, the limit and the offset are this call's own. The rest is as with
// [CustomersService.Pull].
//
// Pages, of 100 unless [WithPageSize] says otherwise, are asked for until one is empty. Customers who are deleted while
// a day is being read can shift others past a page; Pull, which has no pages, has no such gap. Two things are not
// documented for this call and taken to be as with Pull: the answer, and that the end day belongs to the range. Compare a
// day of Query with one of Pull before relying on it.
func (s *CustomersService) Query(ctx context.Context, from, to time.Time, filter CustomerFilter, opts ...PullOption) iter.Seq2[*Customer, error] {
	switch {
	case filter.CmID.String() == "":
		return only[Customer](invalid(OpPullCustomers, "Query needs CustomerFilter.CmID, the number of the account"))
	case filter.CreateStartDate != "" || filter.CreateEndDate != "" || filter.Limit != nil || filter.Offset != nil:
		return only[Customer](invalid(OpPullCustomers, "Query sets the dates, the limit (WithPageSize) and the offset of the filter itself: leave them empty"))
	}
	o := pullOptionsOf(opts)
	p := &puller[Customer, *Customer]{
		c: s.c, op: OpPullCustomers, send: s.c.gen.PullCustomersWithBody, where: listing{path: []string{"message"}, id: "id", none: ErrNoCustomers}, limit: cmp.Or(o.page, 100),
		request: func(day time.Time, limit, offset int) any {
			page := filter
			page.CreateStartDate, page.CreateEndDate = day.Format(time.DateOnly), day.Format(time.DateOnly)
			page.Limit, page.Offset = new(strconv.Itoa(limit)), new(strconv.Itoa(offset))
			return page
		},
	}
	return p.pull(ctx, from, to, o)
}

// AddAll adds many customers at once; see [BulkResult].
func (s *CustomersService) AddAll(ctx context.Context, customers iter.Seq[AddCustomer], opts ...BulkOption) iter.Seq[BulkResult[AddCustomer, *CustomerUpserted]] {
	return bulk(ctx, customers, s.Add, opts)
}
