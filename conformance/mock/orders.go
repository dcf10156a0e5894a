package mock

import (
	"net/http"
	"time"
)

var orderEndpoints = map[string]endpoint{
	"addUpdateOrder": {respond: addUpdateOrder},
	"pullOrders":     {respond: pullOrders},
	"pushOrder":      {respond: pushOrder},
}

type order struct {
	id, enquiry int64
	customer    *customer
	created     time.Time
	body        fields // as it was sent last
	cost        int64
}

// firstOrder is the number of the first order of a world, the one of the sample.
const firstOrder = 4236966

func (w *world) addOrder(of *customer, now time.Time) *order {
	o := &order{
		id:       firstOrder + int64(len(w.orders)),
		enquiry:  w.nextEnquiry(),
		customer: of,
		created:  now,
	}
	w.orders = append(w.orders, o)
	w.orderByID[o.id] = o
	w.records++
	return o
}

// order returns the order of an identifier, nil if there is none.
func (w *world) order(id string) *order {
	n, _ := number(id)
	return w.orderByID[n]
}

var orderSucceeded = object{{"status", "success"}}

// addUpdateOrder returns only its outcome. The page says that the ids of the
// customer and of the order are returned, and its copies stop before their
// names.
func addUpdateOrder(c *call) (any, error) {
	body, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	if err := c.checkOrder(body); err != nil {
		return nil, err
	}
	info := body.object("customer_info")
	if info.text("customer_name") == "" {
		return nil, c.ownFailure(http.StatusBadRequest, "customer_info.customer_name is missing")
	}

	id := body.object("order_info").text("order_id")
	changed := c.world.order(id)
	if id != "" && changed == nil {
		return nil, c.ownFailure(http.StatusNotFound, "there is no order %q in this world", clip(id))
	}
	if changed == nil {
		changed, err = c.newOrder(info.text("customer_id"), info)
	} else {
		err = c.reserve(0)
	}
	if err != nil {
		return nil, err
	}

	c.keepOrder(changed, body)
	return orderSucceeded, nil
}

// checkOrder rejects the shapes that addUpdateCustomer rejects.
func (c *call) checkOrder(body fields) error {
	if err := c.objects(body, "customer_info", "enquiry_info", "order_info"); err != nil {
		return err
	}
	_, err := c.contactInfos(body)
	return err
}

// newOrder adds an order, and its customer where nobody fits.
func (c *call) newOrder(customerID string, info fields) (*order, error) {
	of, err := c.orderCustomer(customerID, info)
	if err != nil {
		return nil, err
	}
	if err := c.reserve(1); err != nil {
		return nil, err
	}
	c.saved(of) // the order refers to it
	return c.world.addOrder(of, c.now), nil
}

// orderCustomer finds the customer of an order by its identifier, else by
// e-mail or phone, else adds it.
func (c *call) orderCustomer(id string, info fields) (*customer, error) {
	found, err := c.sentCustomer(id)
	if err != nil || found != nil {
		return found, err
	}
	if found := c.world.reachedBy(info.text("phone"), info.text("email_id")); found != nil {
		return found, nil
	}
	return c.addFlat(info)
}

func (c *call) keepOrder(o *order, body fields) {
	o.body = body
	c.settle(&o.cost, recordSize+weigh(map[string]any(body)))
}

// orderFilters are those of which a pull needs one.
var orderFilters = []string{
	"name", "enquiryIds",
	"generationStartDate", "generationEndDate", "nextFollowupStartDate", "nextFollowupEndDate",
	"lastFollowupStartDate", "lastFollowupEndDate", "expectedClosureStartDate", "expectedClosureEndDate",
	"customerIds", "statusStr", "subStatusStr", "creatorOrAssignedIdStr", "assignToIdsStr", "creatorIdStr",
	"notAssignToIdsStr", "country", "city", "state",
	"leadPriorityStr", "secondarySourceId", "clientReferenceIds", "approvedIds", "pricingStatus",
	"attr1", "attr2", "attr3", "attr4", "attr5", "attr6", "attr7", "attr8",
	"attr9", "attr10", "attr11", "attr12", "attr13", "attr14", "attr15",
}

// otherOrderFilters are the other fields of a pull. They filter, but not enough
// for a pull.
var otherOrderFilters = []string{
	"cmId", "phone", "email", "leadIdStr", "viewId", "orderIds", "erpOrderId", "zoneIdStr", "blockId", "unitId",
	"createStartDate", "createEndDate", "bookingStartDate", "bookingEndDate", "bookingStatus", "bookingSubStatus",
	"assignIdStr",
}

// pullOrders applies the page's two rules and returns only its outcome: where
// the orders are in a response, and what they look like, is unknown.
func pullOrders(c *call) (any, error) {
	query, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	if err := c.scalars(query, orderFilters...); err != nil {
		return nil, err
	}
	if err := c.scalars(query, otherOrderFilters...); err != nil {
		return nil, err
	}
	cmID, ok := query.number("cmId")
	if !ok || cmID <= 0 {
		const text = "cmId is %q; it must be a number above 0"
		return nil, c.ownFailure(http.StatusBadRequest, text, clip(query.text("cmId")))
	}
	if query.text(orderFilters...) == "" {
		return nil, c.ownFailure(http.StatusBadRequest, "none of the filters of the page's list has a value")
	}
	return orderSucceeded, nil
}

// pushOrder rejects everything that it cannot take with the page's one text,
// whose condition is unknown.
func pushOrder(c *call) (any, error) {
	body, err := c.arrayOfOne()
	if err != nil {
		return nil, err
	}
	customerID := body.text("customer_id")
	unknownCustomer := customerID != "" && c.world.customer(customerID) == nil
	if unknownCustomer || customerID == "" && body.text("phone", "email_id") == "" {
		return nil, c.fail("creation-failed")
	}

	orderID := body.text("order_id")
	pushed := c.world.order(orderID)
	if orderID != "" && pushed == nil {
		return nil, c.fail("creation-failed")
	}
	if pushed == nil {
		pushed, err = c.newOrder(customerID, body)
	} else {
		err = c.reserve(0)
	}
	if err != nil {
		return nil, err
	}

	c.keepOrder(pushed, body)
	id := scalar(pushed.id)
	enquiry := scalar(pushed.enquiry)
	customer := scalar(pushed.customer.id)
	return []any{object{
		{"Enquiry Id", enquiry}, {"Order Id", id}, {"kapture_customer_id", customer},
		{"message", "Order Added Successfully"},
		{"order_id", id}, {"enquiry_id", enquiry}, {"Kapture Customer Id", customer},
		{"status", "success"},
	}}, nil
}
