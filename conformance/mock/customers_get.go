package mock

import (
	"net/http"
	"slices"
)

var (
	get2024    = use{y2024, "invalid-auth-key", getCustomer}
	get2021    = use{y2021, "invalid-auth-key-2021", getCustomer}
	search2016 = use{y2016, "invalid-auth-key-2016", searchCustomers}
)

// getUse tells 2021 from 2024 by the member that the page of 2024 dropped.
func getUse(body any) *use {
	switch body := body.(type) {
	case map[string]any:
		return &search2016
	case []any:
		if len(body) > 0 {
			if lookup, ok := body[0].(map[string]any); ok {
				if _, ok := lookup["customer_id"]; ok {
					return &get2021
				}
			}
		}
	}
	return &get2024
}

func getCustomer(c *call) answer {
	lookup, refused, ok := c.one()
	if !ok {
		return refused
	}
	found := c.lookUp(lookup)
	if found == nil {
		return c.fail("not-found")
	}
	return success(object{
		{"Customer Details", c.customerRecord("get-"+c.use.generation, found)},
		{"status", "success"},
	})
}

// lookUp takes the first of identifier, e-mail and phone that is given, and no
// other: the printed sample finds a customer by its identifier whose e-mail
// and phone are not the ones that were sent.
func (c *call) lookUp(lookup fields) *customer {
	if id := lookup.text("kapture_customer_id"); id != "" {
		return c.world.customer(id)
	}
	if id := lookup.text("customer_id"); id != "" {
		if found := c.world.customer(id); found != nil {
			return found
		}
		return c.world.first(func(x *customer) bool { return x.code() == id })
	}
	if email := lookup.text("email_id"); email != "" {
		return c.world.first(func(x *customer) bool { return x.hasEmail(email) })
	}
	phone := lookup.text("phone")
	return c.world.first(func(x *customer) bool { return x.hasPhone(phone) })
}

// searchCustomers finds by identifier, else by customer code, else by name; the
// page's prose promises all three, exactly, with several results.
func searchCustomers(c *call) answer {
	wanted := fields(c.body.(map[string]any)).text("customer_id")
	if wanted == "" {
		return c.missing2016()
	}
	var found []*customer
	if x := c.world.customer(wanted); x != nil {
		found = append(found, x)
	}
	for _, fits := range []func(*customer) bool{
		func(x *customer) bool { return x.code() == wanted },
		func(x *customer) bool { return x.name() == wanted },
	} {
		for _, x := range c.world.customers {
			if fits(x) && !slices.Contains(found, x) && len(found) < maxFound {
				found = append(found, x)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return success(object{{"message", c.customerRecords("search-2016", found)}})
}

// maxFound bounds an answer without pages.
const maxFound = 1000

// missing2016 is the description that the pages of 2016 and 2019-20 give the
// error ReqFieldMissing; they print no body for it.
func (c *call) missing2016() answer {
	return inForm(c.use, http.StatusOK, "Mandatory field missing")
}
