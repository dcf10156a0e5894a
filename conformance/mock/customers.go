package mock

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

var customerOperations = map[string]operation{
	"addUpdateCustomer": only(use{y2024, "invalid-auth-key", addUpdateCustomer}),
	"getCustomer":       {use: getUse},
	"pullCustomers":     {use: pullUse},
	"pushCustomer":      {use: pushUse},
	"addContact":        only(use{y2016, "invalid-auth-key-2016", addContact2016}),
}

// --- 2024: add and update ---------------------------------------------------

func addUpdateCustomer(c *call) answer {
	body, refused, ok := c.bare()
	if !ok {
		return refused
	}
	out, refused, ok := c.upsert(body, "missing-fields")
	if !ok {
		return refused
	}
	return success(object{
		{"status", "success"},
		{"customer", object{
			{"result", true},
			{"customer_id", out.customer.id},
			{"action", "CUSTOMER"},
			{"action_event", out.event()},
			{"contact_id", out.contact},
		}},
		{"message", out.sentences()},
	})
}

// upserted is what became of the customer of a 2024 body.
type upserted struct {
	customer     *customer
	added        bool
	contact      int64 // the last one that was added or changed, 0 for none
	contactAdded bool
}

func (u upserted) event() string {
	if u.added {
		return "ADD_CUSTOMER"
	}
	return "UPDATE_CUSTOMER"
}

// sentences says what was done, as the samples do: a sentence for the customer,
// and one for a contact that was added.
func (u upserted) sentences() string {
	s := "Customer Updated successfully !"
	if u.added {
		s = "Customer Added successfully !"
	}
	if u.contactAdded {
		s += "Contact Added successfully !"
	}
	return s
}

// upsert adds or updates the customer of a 2024 body and its contacts. It
// changes nothing unless it can do all of it. missing names the failure for
// absent fields.
func (c *call) upsert(body fields, missing string) (upserted, answer, bool) {
	info := body.object("customer_info")
	people, ok := contactInfos(body)
	if !ok {
		return upserted{}, c.badShape(), false
	}
	if info.text("customer_name") == "" || info.text("phone", "email_id") == "" {
		return upserted{}, c.fail(missing), false
	}
	var found *customer
	if id := info.text("customer_id"); id != "" {
		if found = c.world.customer(id); found == nil {
			return upserted{}, c.noCustomer(id), false
		}
	}
	records := 0
	if found == nil {
		records = 1
	}
	for _, p := range people {
		if id := p.text("contact_id"); id != "" {
			if contactOf(found, id) == nil {
				return upserted{}, c.own(http.StatusNotFound, "the customer has no contact %q", clip(id)), false
			}
		} else if p.text("contact_person_phone", "contact_person_email") == "" {
			return upserted{}, c.fail(missing), false // the table wants one of them inside contact_info
		} else {
			records++
		}
	}
	out := upserted{customer: found, added: found == nil}
	refused, ok := c.room(records)
	if !ok {
		return upserted{}, refused, false
	}
	if out.added {
		out.customer = c.world.addCustomer(c.now)
	}
	out.customer.setInfo(info, c.now)
	out.customer.keep(body, "customer_info", "contact_info", "enquiry_info")
	for _, p := range people {
		person := contactOf(out.customer, p.text("contact_id"))
		if person == nil {
			person = c.world.addContact(out.customer, c.now)
			out.contactAdded = true
		}
		person.setInfo(p, out.customer.name())
		out.contact = person.id
	}
	if out.added && len(people) == 0 {
		out.contact, out.contactAdded = c.world.addOwnContact(out.customer, c.now).id, true
	}
	c.settle(&out.customer.cost, out.customer.held())
	return out, answer{}, true
}

func contactInfos(body fields) ([]fields, bool) {
	if !body.sent("contact_info") {
		return nil, true
	}
	list, ok := body["contact_info"].([]any)
	if !ok {
		return nil, false
	}
	var out []fields
	for _, element := range list {
		p, ok := element.(map[string]any)
		if !ok {
			return nil, false
		}
		out = append(out, p)
	}
	return out, true
}

func (c *call) noCustomer(id string) answer {
	return c.own(http.StatusNotFound, "there is no customer %q in this world", clip(id))
}

func contactOf(c *customer, id string) *contact {
	n, ok := number(id)
	if c == nil || !ok {
		return nil
	}
	if i := slices.IndexFunc(c.contacts, func(p *contact) bool { return p.id == n }); i >= 0 {
		return c.contacts[i]
	}
	return nil
}

// customerNames are the names in records of what requests of all generations
// send. An empty text keeps what is there: the documented updates send most
// members empty.
var customerNames = map[string]string{
	"customer_name": "name", "name": "name",
	"phone":    "companyPhone",
	"locality": "locality", "city": "city", "state": "state", "country": "country", "address": "address",
	"type": "customerType", "classification": "classification", "pincode": "pinCode",
	"customer_code": "customerCode", "customer_code ": "customerCode",
	"customer_remarks": "remarks", "remarks": "remarks", "website": "website",
	"customer_assign_emp_name": "assignedToName",
}

// customerOwn are the members of customer_info and of the flat bodies that are
// the API's own, apart from those above; whatever else comes is the tenant's.
var customerOwn = []string{
	"email_id", "email", "customer_id", "kapture_customer_id", "contact_id", "zone", "individual", "organization", "channel_partner", "update",
	"customer_assign_emp_code", "customer_assign_emp_email", "primary_source", "secondary_source", "tertiary_source",
	"campaign_name", "secSource", "tertSource", "date_of_birth", "anniversary_date", "assigned_to", "board_line_no",
	"contact_person_name", "contact_person_phone", "contact_person_email", "additional_contact_phone", "country_code", "gender",
}

// setInfo takes over what a request says about a customer.
func (c *customer) setInfo(info fields, now time.Time) {
	c.modified = now
	for _, from := range slices.Sorted(maps.Keys(customerNames)) {
		if s := info.text(from); s != "" {
			c.values[customerNames[from]] = s
		}
	}
	if s := info.text("email_id", "email"); s != "" {
		c.email = s
	}
	// Records have a number here and no page says which zone has which. A
	// number that is sent is taken as it is.
	if n, ok := info.number("zone"); ok {
		c.values["zone"] = n
	}
	for from, to := range map[string]string{"organization": "isOrganization", "channel_partner": "isChannelPartner"} {
		if info.sent(from) {
			c.values[to] = info.yes(from)
		}
	}
	if info.sent("individual") {
		c.individual = info.yes("individual")
	}
	c.keep(info, customerOwn...)
	for _, p := range c.contacts {
		if p.own {
			p.follow(c)
		}
	}
}

// keep keeps the tenant's own members of an object.
func (c *customer) keep(from fields, own ...string) {
	for name, value := range from {
		if _, mapped := customerNames[name]; !mapped && !slices.Contains(own, name) {
			c.tenant[name] = value
		}
	}
}

// addOwnContact makes a contact of the customer's own name, phone and e-mail.
// Records show a phone and an e-mail address on contacts only, so that without
// one what was sent could not be seen.
func (w *world) addOwnContact(c *customer, now time.Time) *contact {
	p := w.addContact(c, now)
	p.own = true
	p.follow(c)
	return p
}

func (p *contact) follow(c *customer) {
	p.values["contactPerson"] = c.name()
	p.values["phone"] = c.phone()
	p.values["email"] = c.email
	p.values["companyName"] = c.name()
	p.held = weigh(p.values)
}

var contactNames = map[string]string{
	"title": "title", "contact_person_phone": "phone", "contact_person_email": "email",
	"additional_contact_phone": "additionalPhone", "gender": "gender", "country_code": "phoneCountryCode",
}

// setInfo takes over what a 2024 contact_info, or the contact members of a 2021
// body, say. Without a name the customer's stands in its place, as in the
// documented records.
func (p *contact) setInfo(info fields, customerName string) {
	p.own = false
	for from, to := range contactNames {
		if s := info.text(from); s != "" {
			p.values[to] = s
		}
	}
	name := info.text("contact_person_name")
	if name == "" {
		name = strings.TrimSpace(info.text("first_name") + " " + info.text("last_name"))
	}
	if _, named := p.values["contactPerson"]; name == "" && !named {
		name = customerName
	}
	if name != "" {
		p.values["contactPerson"] = name
	}
	p.values["companyName"] = customerName
	p.held = weigh(p.values)
}

// --- 2016 and 2019-20: add, update, push, and more contacts -------------------

var (
	add2016    = use{y2016, "expired-key-2016", addCustomer2016}
	update2016 = use{y2016, "invalid-auth-key-2016", updateCustomer2016}
	push2019   = use{y2019, "invalid-auth-key-2019-20", pushCustomer}
)

func pushUse(body any) *use {
	if o, ok := body.(map[string]any); ok {
		if _, ok := o["customer_id"]; ok {
			return &update2016
		}
		return &add2016
	}
	return &push2019
}

func addCustomer2016(c *call) answer {
	body := fields(c.body.(map[string]any))
	if body.text("name") == "" || body.text("phone") == "" || body.text("email") == "" {
		return c.missing2016()
	}
	if _, refused, ok := c.addFlat(body); !ok {
		return refused
	}
	return success(object{{"Message", "Customer Added Successfully"}, {"Status", "Success"}})
}

// addFlat adds the customer of a flat body, with a contact of its own.
func (c *call) addFlat(body fields) (*customer, answer, bool) {
	refused, ok := c.room(2)
	if !ok {
		return nil, refused, false
	}
	x := c.world.addCustomer(c.now)
	x.setInfo(body, c.now)
	c.world.addOwnContact(x, c.now)
	c.settle(&x.cost, x.held())
	return x, answer{}, true
}

// updateFlat changes a customer by a flat body.
func (c *call) updateFlat(x *customer, body fields) (answer, bool) {
	refused, ok := c.room(0)
	if !ok {
		return refused, false
	}
	x.setInfo(body, c.now)
	c.settle(&x.cost, x.held())
	return answer{}, true
}

func updateCustomer2016(c *call) answer {
	body := fields(c.body.(map[string]any))
	id := body.text("customer_id")
	if id == "" {
		return c.missing2016()
	}
	x := c.world.customer(id)
	if x == nil {
		return c.noCustomer(id)
	}
	if refused, ok := c.updateFlat(x, body); !ok {
		return refused
	}
	return success(object{{"message", "Customer Updated Successfully"}, {"status", "success"}})
}

// pushCustomer answers in the capitals of the page, and in the lower case that
// callers see when the body has the customer_id that callers send.
func pushCustomer(c *call) answer {
	body, refused, ok := c.one()
	if !ok {
		return refused
	}
	_, observed := body["customer_id"]
	id, text := body.text("customer_id"), "Customer Added Successfully"
	var x *customer
	switch {
	case id != "":
		if x = c.world.customer(id); x == nil {
			return c.noCustomer(id)
		}
		text = "Customer Updated Successfully"
		refused, ok = c.updateFlat(x, body)
	case body.text("name") == "":
		return c.missing2016()
	default:
		x, refused, ok = c.addFlat(body)
	}
	if !ok {
		return refused
	}
	if observed {
		return success(object{{"message", text}, {"status", "success"}, {"Kapture Customer Id", scalar(x.id)}})
	}
	return success(object{{"Message", text}, {"Kapture Customer Id", scalar(x.id)}, {"Status", "Success"}})
}

// addContact2016 has to find the customer by itself, because the page names no
// member for it: customer_id where it is sent, else a customer that has the
// phone or the e-mail. Where there is none it adds one, as the answer's text
// says.
func addContact2016(c *call) answer {
	f, refused, ok := c.bare()
	if !ok {
		return refused
	}
	name, phone, email := f.text("name"), f.text("phone"), f.text("email")
	if name == "" || phone == "" || email == "" {
		return c.missing2016()
	}
	var x *customer
	if id := f.text("customer_id"); id != "" {
		if x = c.world.customer(id); x == nil {
			return c.noCustomer(id)
		}
	} else {
		x = c.world.first(func(x *customer) bool { return x.hasPhone(phone) || x.hasEmail(email) })
	}
	if x == nil {
		if _, refused, ok := c.addFlat(f); !ok {
			return refused
		}
	} else {
		refused, ok := c.room(1)
		if !ok {
			return refused
		}
		x.modified = c.now
		p := c.world.addContact(x, c.now)
		p.values["contactPerson"], p.values["phone"], p.values["email"], p.values["companyName"] = name, phone, email, x.name()
		p.held = weigh(p.values)
		x.keep(f, "name", "phone", "email", "customer_id")
		c.settle(&x.cost, x.held())
	}
	return success(object{{"Message", "Customer Added Successfully"}, {"Status", "Success"}})
}
