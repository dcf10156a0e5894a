package mock

import "slices"

// chooseGet distinguishes 2021 from 2024 by the field that the page of 2024
// dropped.
func chooseGet(body any) (string, handler) {
	if _, ok := body.(map[string]any); ok {
		return "search (2016)", searchCustomers
	}

	if list, _ := body.([]any); len(list) > 0 {
		lookup, _ := list[0].(map[string]any)
		if _, ok := lookup["customer_id"]; ok {
			return "get (2021)", getCustomer
		}
	}
	return "get (2024)", getCustomer
}

func getCustomer(c *call) (any, error) {
	lookup, err := c.arrayOfOne()
	if err != nil {
		return nil, err
	}

	found := c.lookUp(lookup)
	if found == nil {
		return nil, c.fail("not-found")
	}
	return object{
		{"Customer Details", c.customerRecord("get-"+c.use.Generation, found)},
		{"status", "success"},
	}, nil
}

// lookUp uses only the first of identifier, e-mail and phone that is given: the
// printed sample finds a customer by its identifier although its e-mail and
// phone are not those that were sent.
func (c *call) lookUp(lookup fields) *customer {
	if id := lookup.text("kapture_customer_id"); id != "" {
		return c.world.customer(id)
	}
	if id := lookup.text("customer_id"); id != "" {
		if found := c.world.customer(id); found != nil {
			return found
		}
		return c.world.find(byCode, id)
	}

	if email := lookup.text("email_id"); email != "" {
		return c.world.find(byEmail, email)
	}
	return c.world.find(byPhone, lookup.text("phone"))
}

// maxFound bounds a response that has no pages.
const maxFound = 1000

// searchCustomers finds by identifier, else by customer code, else by name. The
// prose of the page promises all three, exactly, with several results.
func searchCustomers(c *call) (any, error) {
	body, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	wanted := body.text("customer_id")
	if wanted == "" {
		return nil, c.missing2016()
	}

	found := c.world.findAll(byCode, wanted, maxFound)
	if x := c.world.customer(wanted); x != nil {
		found = slices.DeleteFunc(found, func(other *customer) bool { return other.id == x.id })
		found = slices.Insert(found, 0, x)
	}
	if len(found) == 0 {
		found = c.world.findAll(byName, wanted, maxFound)
	}

	records := make([]any, len(found))
	for i, x := range found {
		records[i] = c.customerRecord("search-2016", x)
	}
	return object{{"message", records}}, nil
}
