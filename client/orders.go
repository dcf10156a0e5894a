package client

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/gen"
)

// OrdersService has the calls about orders (2024), whose pages ask for a user
// and a password: see [WithBasicAuth].
//
// The pages could be read only in part. Of the responses of the three calls
// only the status is known; Raw and Undeclared show the rest.
type OrdersService struct{ c *Client }

// Add adds an order. CustomerInfo.CustomerName is mandatory: the name of a
// customer that exists. The fields of ProductDetails, and those of OrderInfo
// except OrderID, are unknown; the fields of [LegacyOrderRequest] are the
// nearest documented names.
// If the response is lost the error matches [ErrOutcomeUnknown]; look with Pull
// before adding again.
//
// Documented failures: [ErrAuthKey].
func (s *OrdersService) Add(ctx context.Context, req OrderRequest) (*OrderUpserted, error) {
	if id := orderID(req); id != "" {
		return nil, invalid(OpAddUpdateOrder, "Add: order_id %s would update that order; use Update", id)
	}
	return s.save(ctx, req)
}

// Update changes the order that OrderInfo.OrderID names; without one it returns
// [ErrInvalidRequest]. The page names order_id but not its place; that it
// belongs in order_info is inferred. If Kapture looks for it elsewhere, Update
// may add an order: try it on a test tenant.
//
// Documented failures: [ErrAuthKey].
func (s *OrdersService) Update(ctx context.Context, req OrderRequest) (*OrderUpserted, error) {
	if orderID(req) == "" {
		return nil, invalid(OpAddUpdateOrder, "Update: no OrderInfo.OrderID: without it Kapture would add an order")
	}
	return s.save(ctx, req)
}

func (s *OrdersService) save(ctx context.Context, req OrderRequest) (*OrderUpserted, error) {
	return do[OrderUpserted](ctx, s.c, &call{
		op:      OpAddUpdateOrder,
		request: gen.NewAddUpdateOrderRequestWithBody,
		body:    req,
	})
}

// orderID returns the identifier of an order that is to be updated, "" if there
// is none.
func orderID(req OrderRequest) string {
	if req.OrderInfo == nil {
		return ""
	}
	return req.OrderInfo.OrderID.String()
}

// Pull returns orders. CmID, the account, is mandatory, and so is one of these
// filters: Name, EnquiryIDs, CustomerIDs, ClientReferenceIDs, StatusStr,
// SubStatusStr, City, State, Country, PricingStatus, ApprovedIDs,
// SecondarySourceID, LeadPriorityStr, CreatorIDStr, CreatorOrAssignedIDStr,
// AssignToIdsStr, NotAssignToIdsStr, Attr1 to Attr15, or a beginning or end of
// Generation, NextFollowup, LastFollowup or ExpectedClosure. Without them Pull
// returns [ErrInvalidRequest]: according to the page the others, such as Phone,
// OrderIDs and CreateStartDate, are not enough. Neither the forms of dates nor
// pages are documented, nor where the orders are in the response.
//
// No failure of this call is documented.
func (s *OrdersService) Pull(ctx context.Context, query OrderQuery) (*OrdersPulled, error) {
	account, isNumber := query.CmID.Int64()
	if !isNumber || account <= 0 {
		return nil, invalid(OpPullOrders, "Pull: no CmID; give the number of the account, above 0")
	}
	if !hasOrderFilter(query) {
		return nil, invalid(OpPullOrders, "Pull: no filter; set one of those that the documentation of Pull lists")
	}
	query.CmID = NumberID(account) // the page's sample has a number
	return do[OrdersPulled](ctx, s.c, &call{
		op:      OpPullOrders,
		request: gen.NewPullOrdersRequestWithBody,
		body:    query,
	})
}

// hasOrderFilter reports whether a query has one of the filters that it needs.
// One that cannot be encoded is left to the call, which says so.
func hasOrderFilter(query OrderQuery) bool {
	text, err := json.Marshal(query)
	if err != nil {
		return true
	}
	var given map[string]json.RawMessage
	_ = json.Unmarshal(text, &given)

	return slices.ContainsFunc(orderFilters, func(name string) bool {
		value := string(given[name])
		return value != "null" && strings.Trim(value, `" `) != ""
	})
}
