package mock

// The customer calls of 2016 and 2019-20: add, update, push, and more contacts.

func choosePush(body any) (string, handler) {
	one, ok := body.(map[string]any)
	if !ok {
		return "push (2019-20)", pushCustomer
	}
	if _, names := one["customer_id"]; names {
		return "update (2016)", updateCustomer2016
	}
	return "add (2016)", addCustomer2016
}

func addCustomer2016(c *call) (any, error) {
	body, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	if body.text("name") == "" || body.text("phone") == "" || body.text("email") == "" {
		return nil, c.missing2016()
	}
	if _, err := c.addFlat(body); err != nil {
		return nil, err
	}
	return object{{"Message", "Customer Added Successfully"}, {"Status", "Success"}}, nil
}

// addFlat adds the customer of a flat body, with a contact made of it.
func (c *call) addFlat(body fields) (*customer, error) {
	if err := c.reserve(2); err != nil {
		return nil, err
	}

	added := c.world.addCustomer(c.now)
	added.setInfo(body, c.now)
	c.world.addOwnContact(added, c.now)
	c.saved(added)
	return added, nil
}

// updateFlat changes a customer by a flat body.
func (c *call) updateFlat(found *customer, body fields) error {
	if err := c.reserve(0); err != nil {
		return err
	}

	found.setInfo(body, c.now)
	c.saved(found)
	return nil
}

func updateCustomer2016(c *call) (any, error) {
	body, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	id := body.text("customer_id")
	if id == "" {
		return nil, c.missing2016()
	}

	found, err := c.sentCustomer(id)
	if err != nil {
		return nil, err
	}
	if err := c.updateFlat(found, body); err != nil {
		return nil, err
	}
	return object{{"message", "Customer Updated Successfully"}, {"status", "success"}}, nil
}

// pushCustomer adds a customer, or updates the one that has the customer_id.
// Production callers send their own identifier there, and push at every login. It
// responds in the capitals of the page, but where the body has a customer_id in
// the lower case that those callers see.
func pushCustomer(c *call) (any, error) {
	body, err := c.arrayOfOne()
	if err != nil {
		return nil, err
	}

	id := body.text("customer_id")
	text := "Customer Updated Successfully"
	pushed := c.world.identifiedBy(id)
	if pushed == nil {
		text = "Customer Added Successfully"
		pushed, err = c.addPushed(id, body)
	} else {
		err = c.updateFlat(pushed, body)
	}
	if err != nil {
		return nil, err
	}

	number := scalar(pushed.id)
	if _, observed := body["customer_id"]; observed {
		return object{{"message", text}, {"status", "success"}, {"Kapture Customer Id", number}}, nil
	}
	return object{{"Message", text}, {"Kapture Customer Id", number}, {"Status", "Success"}}, nil
}

// addPushed adds the customer of a push, with the caller's own identifier.
func (c *call) addPushed(id string, body fields) (*customer, error) {
	if body.text("name") == "" {
		return nil, c.missing2016()
	}
	added, err := c.addFlat(body)
	if err != nil {
		return nil, err
	}

	added.external = id
	c.saved(added)
	return added, nil
}

// addContact2016 has to find the customer without help, because the page names
// no field for it: customer_id where it is sent, else a customer that has the
// phone or the e-mail. If there is none it adds one, as the text of the response
// says.
func addContact2016(c *call) (any, error) {
	body, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	if body.text("name") == "" || body.text("phone") == "" || body.text("email") == "" {
		return nil, c.missing2016()
	}

	found, err := c.sentCustomer(body.text("customer_id"))
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = c.world.reachedBy(body.text("phone"), body.text("email"))
	}

	if found == nil {
		_, err = c.addFlat(body)
	} else {
		err = c.addFlatContact(found, body)
	}
	if err != nil {
		return nil, err
	}
	return object{{"Message", "Customer Added Successfully"}, {"Status", "Success"}}, nil
}

// addFlatContact adds a contact of a flat body to a customer.
func (c *call) addFlatContact(of *customer, body fields) error {
	if err := c.reserve(1); err != nil {
		return err
	}

	of.modified = c.now
	p := c.world.addContact(of, c.now)
	p.values["contactPerson"] = body.text("name")
	p.values["phone"] = body.text("phone")
	p.values["email"] = body.text("email")
	p.values["companyName"] = of.name()
	p.held = weigh(p.values)

	of.keep(body, "name", "phone", "email", "customer_id")
	c.saved(of)
	return nil
}
