package mock

import (
	"net/http"
	"time"
)

var orderOperations = map[string]operation{
	"addUpdateOrder": only(use{y2024, "invalid-auth-key", addUpdateOrder}),
	"pullOrders":     only(use{y2024, "invalid-auth-key", pullOrders}),
	"pushOrder":      only(use{y2019, "", pushOrder}),
}

type order struct {
	id, enquiry int64
	customer    *customer
	created     time.Time
	body        fields // as it was sent last
	cost        int64
}

// firstOrder is the number of a world's first order, that of the sample.
const firstOrder = 4236966

func (w *world) addOrder(x *customer, now time.Time) *order {
	o := &order{id: firstOrder + int64(len(w.orders)), enquiry: w.nextEnquiry(), customer: x, created: now}
	w.orders = append(w.orders, o)
	w.orderByID[o.id] = o
	w.records++
	return o
}

func (w *world) order(id string) *order {
	n, _ := number(id)
	return w.orderByID[n]
}

// addUpdateOrder answers its outcome alone: the page says that the ids of the
// customer and of the order come back, and its copies stop before their names.
func addUpdateOrder(c *call) answer {
	body, refused, ok := c.bare()
	if !ok {
		return refused
	}
	info := body.object("customer_info")
	if info.text("customer_name") == "" {
		return c.own(http.StatusBadRequest, "customer_info.customer_name is missing")
	}
	var o *order
	if id := body.object("order_info").text("order_id"); id != "" {
		if o = c.world.order(id); o == nil {
			return c.own(http.StatusNotFound, "there is no order %q in this world", clip(id))
		}
		if refused, ok := c.room(0); !ok {
			return refused
		}
	} else {
		x, refused, ok := c.orderCustomer(info.text("customer_id"), info)
		if !ok {
			return refused
		}
		if o, refused, ok = c.newOrder(x); !ok {
			return refused
		}
	}
	c.keepOrder(o, body)
	return success(orderSucceeded)
}

var orderSucceeded = object{{"status", "success"}}

// orderCustomer finds the customer of an order by its identifier, else by
// e-mail or phone, else adds it.
func (c *call) orderCustomer(id string, info fields) (*customer, answer, bool) {
	if id != "" {
		if x := c.world.customer(id); x != nil {
			return x, answer{}, true
		}
		return nil, c.noCustomer(id), false
	}
	email, phone := info.text("email_id"), info.text("phone")
	if x := c.world.first(func(x *customer) bool { return x.hasEmail(email) || x.hasPhone(phone) }); x != nil {
		return x, answer{}, true
	}
	return c.addFlat(info)
}

func (c *call) newOrder(x *customer) (*order, answer, bool) {
	refused, ok := c.room(1)
	if !ok {
		return nil, refused, false
	}
	return c.world.addOrder(x, c.now), answer{}, true
}

func (c *call) keepOrder(o *order, body fields) {
	o.body = body
	c.settle(&o.cost, recordSize+weigh(map[string]any(body)))
}

// orderFilters are those of which a pull needs one.
var orderFilters = []string{
	"name", "enquiryIds", "generationStartDate", "generationEndDate", "nextFollowupStartDate", "nextFollowupEndDate",
	"lastFollowupStartDate", "lastFollowupEndDate", "expectedClosureStartDate", "expectedClosureEndDate", "customerIds", "statusStr",
	"subStatusStr", "creatorOrAssignedIdStr", "assignToIdsStr", "creatorIdStr", "notAssignToIdsStr", "country", "city", "state",
	"leadPriorityStr", "secondarySourceId", "clientReferenceIds", "approvedIds", "pricingStatus",
	"attr1", "attr2", "attr3", "attr4", "attr5", "attr6", "attr7", "attr8", "attr9", "attr10", "attr11", "attr12", "attr13", "attr14", "attr15",
}

// pullOrders keeps the page's two rules and answers its outcome alone: where
// the orders stand in an answer, and what they look like, is not known.
func pullOrders(c *call) answer {
	f, refused, ok := c.bare()
	if !ok {
		return refused
	}
	if cmID, ok := f.number("cmId"); !ok || cmID <= 0 {
		return c.own(http.StatusBadRequest, "cmId is %q; it must be a number above 0", clip(f.text("cmId")))
	}
	if f.text(orderFilters...) == "" {
		return c.own(http.StatusBadRequest, "none of the filters of the page's list has a value")
	}
	return success(orderSucceeded)
}

// pushOrder refuses with the page's one text, whose condition is not told,
// whatever it cannot take.
func pushOrder(c *call) answer {
	body, refused, ok := c.one()
	if !ok {
		return refused
	}
	id := body.text("customer_id")
	if id == "" && body.text("phone", "email_id") == "" || id != "" && c.world.customer(id) == nil {
		return c.fail("creation-failed")
	}
	var o *order
	if orderID := body.text("order_id"); orderID != "" {
		if o = c.world.order(orderID); o == nil {
			return c.fail("creation-failed")
		}
		if refused, ok := c.room(0); !ok {
			return refused
		}
	} else {
		x, refused, ok := c.orderCustomer(id, body)
		if !ok {
			return refused
		}
		if o, refused, ok = c.newOrder(x); !ok {
			return refused
		}
	}
	c.keepOrder(o, body)
	order, enquiry, customer := scalar(o.id), scalar(o.enquiry), scalar(o.customer.id)
	return success([]any{object{
		{"Enquiry Id", enquiry}, {"Order Id", order}, {"kapture_customer_id", customer}, {"message", "Order Added Successfully"},
		{"order_id", order}, {"enquiry_id", enquiry}, {"Kapture Customer Id", customer}, {"status", "success"},
	}})
}
