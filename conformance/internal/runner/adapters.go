package runner

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// adapter calls a method whose parameters do not follow from its signature,
// because they are parts of the request.
type adapter struct {
	// argsOnly says that the argument is not the body on the wire.
	argsOnly bool
	call     func(ctx context.Context, c *client.Client, args json.RawMessage) (any, error)
}

// adapters are the methods that cannot be derived.
var adapters = map[string]adapter{
	"Customers.Query":        {argsOnly: true, call: callQuery},
	"FAQ.Contents":           {call: callContents},
	"Tickets.Get":            {call: callGetTicket},
	"Tickets.GetMany":        {call: callGetTickets},
	"Tickets.PullByCustomer": {call: callPullByCustomer},
}

// pageOfDays is the argument of a pull: the body that pages show.
type pageOfDays struct {
	Start string    `json:"start_date"`
	End   string    `json:"end_date"`
	Limit client.ID `json:"limit"`
}

func (p pageOfDays) times() (from, to time.Time, err error) {
	from, err = time.ParseInLocation(time.DateOnly, p.Start, india)
	if err != nil {
		return from, to, err
	}
	to, err = time.ParseInLocation(time.DateOnly, p.End, india)
	return from, to, err
}

// pageSize asks for pages of a size, if one is given.
func pageSize(limit client.ID) []client.PullOption {
	if limit.IsZero() {
		return nil
	}
	return []client.PullOption{client.WithPageSize(numberOf(limit.String()))}
}

// numberOf is 0 for a text that is not a number. The client rejects a page of that
// size.
func numberOf(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

func callQuery(ctx context.Context, c *client.Client, args json.RawMessage) (any, error) {
	var in struct {
		pageOfDays
		Filter client.CustomerQuery `json:"filter"`
	}
	if err := decodeOne(args, &in); err != nil {
		return nil, argumentError{err}
	}
	from, to, err := in.times()
	if err != nil {
		return nil, argumentError{err}
	}

	var options []client.PullOption
	if in.Filter.Limit != nil {
		options = append(options, client.WithPageSize(numberOf(*in.Filter.Limit)))
	}
	in.Filter.Limit = nil // the client sets it from the size
	return collect(reflect.ValueOf(c.Customers.Query(ctx, from, to, in.Filter, options...)))
}

func callGetTicket(ctx context.Context, c *client.Client, args json.RawMessage) (any, error) {
	var in client.TicketLookup
	if err := decodeOne(args, &in); err != nil {
		return nil, argumentError{err}
	}
	return c.Tickets.Get(ctx, in.TicketIDs, lookUpAs(in))
}

func callGetTickets(ctx context.Context, c *client.Client, args json.RawMessage) (any, error) {
	var in client.TicketLookup
	if err := decodeOne(args, &in); err != nil {
		return nil, argumentError{err}
	}
	return c.Tickets.GetMany(ctx, strings.Split(in.TicketIDs, ","), lookUpAs(in))
}

// lookUpAs asks for everything that a look-up asks for in addition to the ticket.
func lookUpAs(in client.TicketLookup) client.GetOption {
	return func(lookup *client.TicketLookup) { *lookup = in }
}

func callPullByCustomer(ctx context.Context, c *client.Client, args json.RawMessage) (any, error) {
	var in client.TicketQuery
	if err := decodeOne(args, &in); err != nil {
		return nil, argumentError{err}
	}
	if in.CustomerCode == nil {
		return nil, argumentError{errors.New("customer_code is missing")}
	}
	code := *in.CustomerCode
	size := pageSize(in.Limit)

	// The client sets these itself.
	in.CustomerCode = nil
	in.Limit = client.ID{}
	in.Offset = nil
	return collect(reflect.ValueOf(c.Tickets.PullByCustomer(ctx, code, in, size...)))
}

func callContents(ctx context.Context, c *client.Client, args json.RawMessage) (any, error) {
	var in client.FAQQuery
	if err := decodeOne(args, &in); err != nil {
		return nil, argumentError{err}
	}
	filter := client.FAQFilter(func(query *client.FAQQuery) {
		query.EmployeeID = in.EmployeeID
		query.StartDate = in.StartDate
		query.EndDate = in.EndDate
	})
	return collect(reflect.ValueOf(c.FAQ.Contents(ctx, client.TextID(in.CategoryID), filter)))
}
