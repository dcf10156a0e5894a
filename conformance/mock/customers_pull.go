package mock

import "net/http"

func choosePull(body any) (string, handler) {
	switch body := body.(type) {
	case []any:
		return "pull (2021)", pullCustomers
	case map[string]any:
		_, starts := body["start_date"]
		_, ends := body["end_date"]
		if starts || ends {
			return "select (2016)", selectCustomers
		}
	}
	return "query (2024)", queryCustomers
}

func pullCustomers(c *call) (any, error) {
	body, err := c.arrayOfOne()
	if err != nil {
		return nil, err
	}
	return c.pull(body, "pull-2021")
}

func selectCustomers(c *call) (any, error) {
	body, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	return c.pull(body, "select-2016")
}

func (c *call) pull(body fields, form string) (any, error) {
	w, ok := parseWindow(body.text("start_date"), body.text("end_date"))
	if !ok {
		return nil, c.fail("no-customers")
	}
	return c.customerList(c.customersOf(w), form)
}

// customersOf returns the customers that were made in a window, oldest first.
func (c *call) customersOf(days window) selection {
	if c.fault.Kind == OverlappingWindows {
		days = days.widened()
	}
	return c.world.madeIn(days)
}

func (c *call) customerList(found selection, form string) (any, error) {
	if found.length() == 0 {
		return nil, c.fail("no-customers")
	}
	return object{{"message", c.customerRecords(form, found)}, {"status", "success"}}, nil
}

// queryFilters are the filters of 2024 that compare a text with one field of
// the record.
var queryFilters = map[string]string{
	"customerCode": "customerCode",
	"attr1":        "attr1", "attr2": "attr2", "attr3": "attr3", "attr4": "attr4", "attr5": "attr5",
	"attr6": "attr6", "attr7": "attr7", "attr8": "attr8", "attr9": "attr9", "attr10": "attr10",
	"attr11": "attr11", "attr12": "attr12", "attr13": "attr13", "attr14": "attr14", "attr15": "attr15",
	"zoneIdStr": "zone", "assignedToIdStr": "assignedToId",
}

func queryCustomers(c *call) (any, error) {
	query, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	w, ok := parseWindow(query.text("createStartDate"), query.text("createEndDate"))
	if !ok {
		return nil, c.fail("no-customers")
	}
	if query.text("cm_id") == "" {
		return nil, c.ownFailure(http.StatusBadRequest, "cm_id is missing")
	}
	if w.overADay() {
		const text = "createStartDate to createEndDate is more than 24 hours; one call may span no more"
		return nil, c.ownFailure(http.StatusBadRequest, text)
	}

	found := c.customersOf(w)
	cmID, ok := query.number("cm_id")
	if !ok || cmID != c.kapture.account {
		found = selection{world: c.world} // customers of another account are not in this world
	}
	if filtered(query) {
		found = found.filter(func(x *customer) bool { return matches(query, x) })
	}

	p, err := c.page(query, found.length(), 100)
	if err != nil {
		return nil, err
	}
	if found.length() == 0 {
		return nil, c.fail("no-customers")
	}
	return object{{"message", c.customerRecords("get-2024", found.part(p))}, {"status", "success"}}, nil
}

// filtered reports whether a query has a filter in addition to its days.
func filtered(query fields) bool {
	for filter := range queryFilters {
		if query.text(filter) != "" {
			return true
		}
	}
	other := []string{"name", "email", "phone", "customer_id", "isOrganisation", "isIndividual", "isChannelPartner"}
	return query.text(other...) != ""
}

// matches reports whether a customer fits all filters of a query.
func matches(query fields, x *customer) bool {
	for filter, name := range queryFilters {
		want := query.text(filter)
		if want != "" && want != scalar(x.values[name]) {
			return false
		}
	}

	if id := query.text("customer_id"); id != "" && id != scalar(x.id) {
		return false
	}
	if name := query.text("name"); name != "" && name != x.name() {
		return false
	}
	if email := query.text("email"); email != "" && !x.has(byEmail, email) {
		return false
	}
	if phone := query.text("phone"); phone != "" && !x.has(byPhone, phone) {
		return false
	}
	return matchesKind(query, x)
}

// matchesKind compares the kind of customer. Each filter counts only if the one
// before it says nothing.
func matchesKind(query fields, x *customer) bool {
	organization := x.values["isOrganization"] == true
	partner := x.values["isChannelPartner"] == true
	switch {
	case query.yes("isOrganisation"):
		return organization
	case query.yes("isIndividual"):
		return x.individual || !organization && !partner
	case query.yes("isChannelPartner"):
		return partner
	}
	return true
}
