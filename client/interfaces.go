package client

import (
	"context"
	"iter"
	"time"
)

// CustomersAPI is what [CustomersService] does, for programs that put something of their own in its place in tests.
type CustomersAPI interface {
	Add(context.Context, AddCustomer) (*CustomerSaved, error)
	Update(context.Context, UpdateCustomer) (*CustomerSaved, error)
	Get(context.Context, CustomerLookup) (*Customer, error)
	Pull(ctx context.Context, from, to time.Time, opts ...PullOption) iter.Seq2[*Customer, error]
	Query(ctx context.Context, from, to time.Time, filter CustomerFilter, opts ...PullOption) iter.Seq2[*Customer, error]
	AddAll(context.Context, iter.Seq[AddCustomer], ...BulkOption) iter.Seq[BulkResult[AddCustomer, *CustomerSaved]]
}

// LegacyAPI is what [LegacyService] does.
type LegacyAPI interface {
	AddContact(context.Context, AddContact) (*LegacyDone, error)
	PushCustomer(context.Context, PushCustomer) (*CustomerPushed, error)
	PushOrder(context.Context, PushOrder) (*OrderPushed, error)
	PullTickets(ctx context.Context, from, to time.Time, opts ...PullOption) iter.Seq2[*LegacyTicket, error]
}

var (
	_ CustomersAPI = (*CustomersService)(nil)
	_ LegacyAPI    = (*LegacyService)(nil)
)
