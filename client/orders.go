package client

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/gen"
)

// OrdersService has the calls about orders (2024), whose pages want a user and a password: see [WithBasicAuth].
//
// The pages could be read in part alone. The answers of all three calls are not known beyond their status: what came is
// in Raw and Undeclared.
type OrdersService struct{ c *Client }

// What the calls about orders take. ProductDetails of AddOrder, and all of OrderInfo but OrderID, were not seen; those
// of [PushOrder] are the nearest documented names.
type (
	AddOrder    = gen.OrderUpsert
	UpdateOrder = gen.OrderUpsert
	OrderInfo   = gen.OrderInfo
	OrderQuery  = gen.OrderQuery
)

// Add adds an order. CustomerInfo.CustomerName is mandatory: the name of a customer that exists. If the answer is lost
// the error matches [ErrOutcomeUnknown]; look with Pull before adding once more.
func (s *OrdersService) Add(ctx context.Context, req AddOrder) (*OrderUpserted, error) {
	if id := orderID(req); id != "" {
		return nil, invalid(OpAddUpdateOrder, "Add was given order_id %s, which would update that order; use Update", id)
	}
	return s.save(ctx, req)
}

// Update changes the order that OrderInfo.OrderID names. The page names order_id and not its place; that it stands in
// order_info is inferred. An id in a place where Kapture does not look may add an order: try it on a tenant for tests.
func (s *OrdersService) Update(ctx context.Context, req UpdateOrder) (*OrderUpserted, error) {
	if orderID(req) == "" {
		return nil, invalid(OpAddUpdateOrder, "Update needs OrderInfo.OrderID: without it Kapture would add an order")
	}
	return s.save(ctx, req)
}

func (s *OrdersService) save(ctx context.Context, req gen.OrderUpsert) (*OrderUpserted, error) {
	return call[OrderUpserted](ctx, s.c, newExchange(OpAddUpdateOrder), s.c.gen.AddUpdateOrderWithBody, req, due{})
}

func orderID(req gen.OrderUpsert) string {
	if req.OrderInfo == nil || req.OrderInfo.OrderID == nil {
		return ""
	}
	return req.OrderInfo.OrderID.String()
}

// Pull asks for orders. CmID, the account, and one of these are needed: Name, EnquiryIds, CustomerIds,
// ClientReferenceIds, StatusStr, SubStatusStr, City, State, Country, PricingStatus, ApprovedIds, SecondarySourceID,
// LeadPriorityStr, CreatorIDStr, CreatorOrAssignedIDStr, AssignToIdsStr, NotAssignToIdsStr, Attr1 to Attr15, or a
// beginning or end of Generation, NextFollowup, LastFollowup or ExpectedClosure. By the page the others, such as Phone,
// OrderIds and CreateStartDate, are not enough. The forms of dates, and pages, are not documented.
func (s *OrdersService) Pull(ctx context.Context, query OrderQuery) (*OrdersPulled, error) {
	if query.CmID <= 0 {
		return nil, invalid(OpPullOrders, "Pull needs CmID, the number of the account, above 0")
	}
	var given map[string]json.RawMessage
	text, err := json.Marshal(query)
	_ = json.Unmarshal(text, &given)
	if err == nil && !slices.ContainsFunc(orderFilters, func(name string) bool {
		value := string(given[name])
		return value != "null" && strings.Trim(value, `" `) != ""
	}) {
		return nil, invalid(OpPullOrders, "Pull needs one of the filters that its documentation lists, with a value")
	}
	return call[OrdersPulled](ctx, s.c, newExchange(OpPullOrders), s.c.gen.PullOrdersWithBody, query, due{})
}
