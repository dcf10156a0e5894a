package mock

import (
	"cmp"
	"net/http"
	"slices"
)

var (
	query2024  = use{y2024, "invalid-auth-key", queryCustomers}
	pull2021   = use{y2021, "invalid-auth-key", pullCustomers}
	select2016 = use{y2016, "expired-key-2016", selectCustomers}
)

func pullUse(body any) *use {
	switch body := body.(type) {
	case []any:
		return &pull2021
	case map[string]any:
		for _, name := range []string{"start_date", "end_date"} {
			if _, ok := body[name]; ok {
				return &select2016
			}
		}
	}
	return &query2024
}

func pullCustomers(c *call) answer {
	body, refused, ok := c.one()
	if !ok {
		return refused
	}
	return c.pull(body, "pull-2021")
}

func selectCustomers(c *call) answer { return c.pull(c.body.(map[string]any), "select-2016") }

func (c *call) pull(body fields, form string) answer {
	w, ok := parseWindow(body.text("start_date"), body.text("end_date"))
	if !ok {
		return c.fail("no-customers")
	}
	return c.customerList(c.customersOf(w), form)
}

// customersOf gives the customers that were made in a window, oldest first.
func (c *call) customersOf(w window) []*customer {
	if c.fault.Kind == OverlappingWindows {
		w.from, w.to = w.from.AddDate(0, 0, -1), w.to.AddDate(0, 0, 1)
	}
	var out []*customer
	for _, x := range c.world.customers {
		if w.holds(x.created) {
			out = append(out, x)
		}
	}
	return out
}

func (c *call) customerList(found []*customer, form string) answer {
	if len(found) == 0 {
		return c.fail("no-customers")
	}
	return success(object{{"message", c.customerRecords(form, found)}, {"status", "success"}})
}

// queryFilters are the filters of 2024 that compare a text with one member of
// the record.
var queryFilters = map[string]string{
	"customerCode": "customerCode",
	"attr1":        "attr1", "attr2": "attr2", "attr3": "attr3", "attr4": "attr4", "attr5": "attr5",
	"attr6": "attr6", "attr7": "attr7", "attr8": "attr8", "attr9": "attr9", "attr10": "attr10",
	"attr11": "attr11", "attr12": "attr12", "attr13": "attr13", "attr14": "attr14", "attr15": "attr15",
	"zoneIdStr": "zone", "assignedToIdStr": "assignedToId",
}

func queryCustomers(c *call) answer {
	q, refused, ok := c.bare()
	if !ok {
		return refused
	}
	w, ok := parseWindow(q.text("createStartDate"), q.text("createEndDate"))
	if !ok {
		return c.fail("no-customers")
	}
	if q.text("cm_id") == "" {
		return c.own(http.StatusBadRequest, "cm_id is missing")
	}
	if w.overADay() {
		return c.own(http.StatusBadRequest, "createStartDate to createEndDate is more than 24 hours; one call may span no more")
	}
	found := c.customersOf(w)
	if cmID, ok := q.number("cm_id"); !ok || cmID != c.account {
		found = nil // another account's customers are not this one's
	}
	found = slices.DeleteFunc(found, func(x *customer) bool { return !matches(q, x) })
	from, to, refused, ok := c.page(q, len(found), 100)
	if !ok {
		return refused
	}
	if len(found) == 0 {
		return c.fail("no-customers")
	}
	return success(object{{"message", c.customerRecords("get-2024", found[from:to])}, {"status", "success"}})
}

func matches(q fields, x *customer) bool {
	for filter, name := range queryFilters {
		if want := q.text(filter); want != "" && want != scalar(x.values[name]) {
			return false
		}
	}
	for filter, have := range map[string]bool{
		"name": x.name() == q.text("name"), "email": x.hasEmail(q.text("email")),
		"phone": x.hasPhone(q.text("phone")), "customer_id": q.text("customer_id") == scalar(x.id),
	} {
		if q.text(filter) != "" && !have {
			return false
		}
	}
	// Each of these is looked at only when the one before it says nothing.
	organization, partner := x.values["isOrganization"] == true, x.values["isChannelPartner"] == true
	switch {
	case q.yes("isOrganisation"):
		return organization
	case q.yes("isIndividual"):
		return x.individual || !organization && !partner
	case q.yes("isChannelPartner"):
		return partner
	}
	return true
}

// page cuts a page out of so many records, by limit and offset.
func (c *call) page(q fields, records, otherwise int) (from, to int, refused answer, ok bool) {
	limit, offset := otherwise, 0
	for name, value := range map[string]*int{"limit": &limit, "offset": &offset} {
		s := q.text(name)
		if s == "" {
			continue
		}
		n, ok := number(s)
		if !ok || n < 0 || name == "limit" && n == 0 {
			return 0, 0, c.own(http.StatusBadRequest, "%s is %q; it must be a number", name, clip(s)), false
		}
		*value = int(min(n, 1<<31))
	}
	switch c.fault.Kind {
	case PageCap:
		limit = min(limit, cmp.Or(c.fault.Size, 1))
	case OverlappingPages:
		offset -= offset / max(limit, 1) // as if a record came in before every page
	case RepeatingPages:
		offset = 0
	}
	from = min(offset, records)
	return from, min(from+limit, records), answer{}, true
}
