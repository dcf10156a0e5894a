package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// method is one way to call the client. A case file names it; its argument is
// JSON, so that a case stays data.
type method struct {
	// operation is the operationId that it calls; "" is whichever the step
	// is about.
	operation string
	// body says that the argument is the body on the wire itself, so that a
	// sample given to the method must come out JSON-equal.
	body bool
	call func(ctx context.Context, c *client.Client, args json.RawMessage) (any, error)
}

// methods is the table of the client's methods. A method that the client
// gains is one line here.
var methods = map[string]method{
	"Customers.Add": {"addUpdateCustomer", true, one(func(ctx context.Context, c *client.Client, in client.AddCustomer) (any, error) {
		return c.Customers.Add(ctx, in)
	})},
	"Customers.Update": {"addUpdateCustomer", true, one(func(ctx context.Context, c *client.Client, in client.UpdateCustomer) (any, error) {
		return c.Customers.Update(ctx, in)
	})},
	"Customers.Get": {"getCustomer", true, only(func(ctx context.Context, c *client.Client, in client.CustomerLookup) (any, error) {
		return c.Customers.Get(ctx, in)
	})},
	"Customers.Pull": {"pullCustomers", true, only(func(ctx context.Context, c *client.Client, in days) (any, error) {
		from, to, err := in.times()
		if err != nil {
			return nil, err
		}
		return collect(c.Customers.Pull(ctx, from, to))
	})},
	"Customers.Query": {"pullCustomers", false, one(func(ctx context.Context, c *client.Client, in query) (any, error) {
		from, to, err := in.times()
		if err != nil {
			return nil, err
		}
		size := pageSize(in.Filter.Limit)
		in.Filter.Limit = nil // which is the client's own
		return collect(c.Customers.Query(ctx, from, to, in.Filter, size...))
	})},
	"Legacy.AddContact": {"addContact", true, one(func(ctx context.Context, c *client.Client, in client.AddContact) (any, error) {
		return c.Legacy.AddContact(ctx, in)
	})},
	"Legacy.PushCustomer": {"pushCustomer", true, only(func(ctx context.Context, c *client.Client, in client.PushCustomer) (any, error) {
		return c.Legacy.PushCustomer(ctx, in)
	})},
	"Legacy.PushOrder": {"pushOrder", true, only(func(ctx context.Context, c *client.Client, in client.PushOrder) (any, error) {
		return c.Legacy.PushOrder(ctx, in)
	})},
	"Legacy.PullTickets": {"pullTicketsUnversioned", true, only(func(ctx context.Context, c *client.Client, in days) (any, error) {
		from, to, err := in.times()
		if err != nil {
			return nil, err
		}
		return collect(c.Legacy.PullTickets(ctx, from, to))
	})},
	"Enquiries.Push": {"pushEnquiry", true, only(func(ctx context.Context, c *client.Client, in client.PushEnquiry) (any, error) {
		return c.Enquiries.Push(ctx, in)
	})},
	"Products.Push": {"pushProduct", true, only(func(ctx context.Context, c *client.Client, in client.PushProduct) (any, error) {
		return c.Products.Push(ctx, in)
	})},
	"Tickets.Add": {"addTicket", true, only(func(ctx context.Context, c *client.Client, in client.AddTicket) (any, error) {
		return c.Tickets.Add(ctx, in)
	})},
	"Tickets.Update": {"updateTicket", true, only(func(ctx context.Context, c *client.Client, in client.UpdateTicket) (any, error) {
		return c.Tickets.Update(ctx, in)
	})},
	"Tickets.Get": {"getTickets", true, one(func(ctx context.Context, c *client.Client, in client.TicketLookup) (any, error) {
		return c.Tickets.Get(ctx, in.TicketIds, asking(in))
	})},
	"Tickets.GetMany": {"getTickets", true, one(func(ctx context.Context, c *client.Client, in client.TicketLookup) (any, error) {
		return c.Tickets.GetMany(ctx, strings.Split(in.TicketIds, ","), asking(in))
	})},
	"Tickets.Pull": {"pullTickets", true, only(func(ctx context.Context, c *client.Client, in ticketDays) (any, error) {
		from, to, err := in.times()
		if err != nil {
			return nil, err
		}
		return collect(c.Tickets.Pull(ctx, from, to, pageSize(in.Limit)...))
	})},
	"Tickets.PullByCustomer": {"pullTickets", true, only(func(ctx context.Context, c *client.Client, in client.TicketFilter) (any, error) {
		if in.CustomerCode == nil {
			return nil, argumentError{errors.New("customer_code is missing")}
		}
		code, size := *in.CustomerCode, pageSize(in.Limit)
		in.CustomerCode, in.Limit, in.Offset = nil, nil, nil // these are the client's own
		return collect(c.Tickets.PullByCustomer(ctx, code, in, size...))
	})},
	"Orders.Add": {"addUpdateOrder", true, one(func(ctx context.Context, c *client.Client, in client.AddOrder) (any, error) {
		return c.Orders.Add(ctx, in)
	})},
	"Orders.Update": {"addUpdateOrder", true, one(func(ctx context.Context, c *client.Client, in client.UpdateOrder) (any, error) {
		return c.Orders.Update(ctx, in)
	})},
	"Orders.Pull": {"pullOrders", true, one(func(ctx context.Context, c *client.Client, in client.OrderQuery) (any, error) {
		return c.Orders.Pull(ctx, in)
	})},
	"FAQ.Categories": {"getFAQCategories", false, func(ctx context.Context, c *client.Client, _ json.RawMessage) (any, error) {
		return c.FAQ.Categories(ctx)
	}},
	"FAQ.Contents": {"getFAQContents", true, only(func(ctx context.Context, c *client.Client, in client.FAQQuery) (any, error) {
		return collect(c.FAQ.Contents(ctx, in.CategoryID, func(query *client.FAQQuery) {
			query.EmployeeID, query.StartDate, query.EndDate = in.EmployeeID, in.StartDate, in.EndDate
		}))
	})},
	"Raw": {"", true, raw},
}

// clientErrors are the client's errors that a case may expect by name. Those of
// documented failures need none: the contract has their codes.
var clientErrors = map[string]client.Code{
	"ErrFailed":           client.ErrFailed,
	"ErrForbidden":        client.ErrForbidden,
	"ErrNoSuchEndpoint":   client.ErrNoSuchEndpoint,
	"ErrNotFound":         client.ErrNotFound,
	"ErrUnexpectedAnswer": client.ErrUnexpectedAnswer,
}

// days is the argument of a pull: the body of the page.
type days struct {
	Start string `json:"start_date"`
	End   string `json:"end_date"`
}

func (d days) times() (from, to time.Time, err error) {
	from, err = time.ParseInLocation(time.DateOnly, d.Start, kolkata)
	if err == nil {
		to, err = time.ParseInLocation(time.DateOnly, d.End, kolkata)
	}
	if err != nil {
		err = argumentError{err}
	}
	return from, to, err
}

// ticketDays is the same for tickets, with the size of a page.
type ticketDays struct {
	days
	Limit *client.ID `json:"limit"`
}

// pageSize asks for pages of a size, if one is given.
func pageSize[T any](limit *T) []client.PullOption {
	if limit == nil {
		return nil
	}
	n, _ := strconv.Atoi(fmt.Sprint(*limit)) // what is no number is less than one
	return []client.PullOption{client.WithPageSize(n)}
}

// asking asks for all that a look-up asks for beside the ticket itself.
func asking(in client.TicketLookup) client.GetOption {
	return func(lookup *client.TicketLookup) { *lookup = in }
}

// query is the argument of a query: its days and its filters.
type query struct {
	days
	Filter client.CustomerFilter `json:"filter"`
}

// one adapts a method that takes its argument as it stands.
func one[In any](call func(context.Context, *client.Client, In) (any, error)) func(context.Context, *client.Client, json.RawMessage) (any, error) {
	return func(ctx context.Context, c *client.Client, args json.RawMessage) (any, error) {
		var in In
		if err := json.Unmarshal(args, &in); err != nil {
			return nil, argumentError{err}
		}
		return call(ctx, c, in)
	}
}

// only adapts a method that takes the one element of the array that the page
// shows as body.
func only[In any](call func(context.Context, *client.Client, In) (any, error)) func(context.Context, *client.Client, json.RawMessage) (any, error) {
	return one(func(ctx context.Context, c *client.Client, in []In) (any, error) {
		if len(in) != 1 {
			return nil, argumentError{fmt.Errorf("an array of one element is due, it has %d", len(in))}
		}
		return call(ctx, c, in[0])
	})
}

// collect reads a list to its end.
func collect[T any](list iter.Seq2[T, error]) (any, error) {
	all := []T{}
	for element, err := range list {
		if err != nil {
			return all, err
		}
		all = append(all, element)
	}
	return all, nil
}

// raw sends the body to the step's operation through the client's own chain,
// for uses that the client wraps in no method.
func raw(ctx context.Context, c *client.Client, args json.RawMessage) (any, error) {
	id := stepOf(ctx).operation
	for _, op := range client.Operations() {
		if string(op.ID) == id {
			return c.Raw(ctx, op.Path, args, client.RawAs(op.ID))
		}
	}
	return nil, argumentError{errors.New("the client knows no operation " + id)}
}

// argumentError is a case's own mistake: its argument does not fit the method.
type argumentError struct{ error }
