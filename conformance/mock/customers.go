package mock

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

var customerEndpoints = map[string]endpoint{
	"addUpdateCustomer": {respond: addUpdateCustomer},
	"getCustomer":       {choose: chooseGet},
	"pullCustomers":     {choose: choosePull},
	"pushCustomer":      {choose: choosePush},
	"addContact":        {respond: addContact2016},
}

// --- 2024: add and update ---------------------------------------------------

func addUpdateCustomer(c *call) (any, error) {
	body, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	done, err := c.upsert(body, "missing-fields")
	if err != nil {
		return nil, err
	}

	return object{
		{"status", "success"},
		{"customer", object{
			{"result", true},
			{"customer_id", done.customer.id},
			{"action", "CUSTOMER"},
			{"action_event", done.event()},
			{"contact_id", done.contact},
		}},
		{"message", done.sentences()},
	}, nil
}

// upserted is the result for the customer of a 2024 body.
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

// sentences says what was done, as the samples do: one sentence for the
// customer, and one for a contact that was added.
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
func (c *call) upsert(body fields, missing string) (upserted, error) {
	if err := c.objects(body, "customer_info", "enquiry_info"); err != nil {
		return upserted{}, err
	}
	info := body.object("customer_info")
	people, err := c.contactInfos(body)
	if err != nil {
		return upserted{}, err
	}
	if info.text("customer_name") == "" || info.text("phone", "email_id") == "" {
		return upserted{}, c.fail(missing)
	}

	found, err := c.sentCustomer(info.text("customer_id"))
	if err != nil {
		return upserted{}, err
	}
	records, err := c.newContacts(found, people, missing)
	if err != nil {
		return upserted{}, err
	}
	if found == nil {
		records++
		if len(people) == 0 {
			records++ // its own contact
		}
	}
	if err := c.reserve(records); err != nil {
		return upserted{}, err
	}

	done := upserted{customer: found, added: found == nil}
	if done.added {
		done.customer = c.world.addCustomer(c.now)
	}
	done.customer.setInfo(info, c.now)
	done.customer.keep(body, "customer_info", "contact_info", "enquiry_info")
	c.upsertContacts(&done, people)
	c.saved(done.customer)
	return done, nil
}

func (c *call) contactInfos(body fields) ([]fields, error) {
	if !body.sent("contact_info") {
		return nil, nil
	}
	list, ok := body["contact_info"].([]any)
	if !ok {
		return nil, c.badShape("contact_info is %s, not an array", kindOf(body["contact_info"]))
	}

	var out []fields
	for _, element := range list {
		p, ok := element.(map[string]any)
		if !ok {
			return nil, c.badShape("an element of contact_info is %s, not an object", kindOf(element))
		}
		out = append(out, p)
	}
	return out, nil
}

// newContacts counts the contacts that an upsert adds, and rejects those that
// it cannot add or find.
func (c *call) newContacts(of *customer, people []fields, missing string) (int, error) {
	count := 0
	for _, p := range people {
		id := p.text("contact_id")
		switch {
		case id != "":
			if of.contact(id) == nil {
				return 0, c.ownFailure(http.StatusNotFound, "the customer has no contact %q", clip(id))
			}
		case p.text("contact_person_phone", "contact_person_email") == "":
			return 0, c.fail(missing) // the table wants one of them inside contact_info
		default:
			count++
		}
	}
	return count, nil
}

func (c *call) upsertContacts(done *upserted, people []fields) {
	for _, p := range people {
		person := done.customer.contact(p.text("contact_id"))
		if person == nil {
			person = c.world.addContact(done.customer, c.now)
			done.contactAdded = true
		}
		person.setInfo(p, done.customer.name())
		done.contact = person.id
	}

	if done.added && len(people) == 0 {
		done.contact = c.world.addOwnContact(done.customer, c.now).id
		done.contactAdded = true
	}
}

// customerNames maps the fields that requests of all generations send to the
// names of the same values in records. An empty text keeps what is stored: the
// documented updates send most fields empty.
var customerNames = map[string]string{
	"customer_name": "name", "name": "name",
	"phone":    "companyPhone",
	"locality": "locality", "city": "city", "state": "state", "country": "country", "address": "address",
	"type": "customerType", "classification": "classification", "pincode": "pinCode",
	"customer_code": "customerCode", "customer_code ": "customerCode",
	"customer_remarks": "remarks", "remarks": "remarks", "website": "website",
	"customer_assign_emp_name": "assignedToName",
}

// customerOwn are the fields of customer_info and of the flat bodies that belong
// to the API, in addition to those above. All others are the tenant's.
var customerOwn = []string{
	"email_id", "email", "customer_id", "kapture_customer_id", "contact_id",
	"zone", "individual", "organization", "channel_partner", "update",
	"customer_assign_emp_code", "customer_assign_emp_email", "primary_source", "secondary_source", "tertiary_source",
	"campaign_name", "secSource", "tertSource", "date_of_birth", "anniversary_date", "assigned_to", "board_line_no",
	"contact_person_name", "contact_person_phone", "contact_person_email",
	"additional_contact_phone", "country_code", "gender",
}

// setInfo stores what a request says about a customer.
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

	// Records have a number here and no page says which zone has which. A number
	// that is sent is stored as it is.
	if n, ok := info.number("zone"); ok {
		c.values["zone"] = n
	}
	if info.sent("organization") {
		c.values["isOrganization"] = info.yes("organization")
	}
	if info.sent("channel_partner") {
		c.values["isChannelPartner"] = info.yes("channel_partner")
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

// keep stores the tenant's own fields of an object.
func (c *customer) keep(from fields, own ...string) {
	for name, value := range from {
		_, mapped := customerNames[name]
		if !mapped && !slices.Contains(own, name) {
			c.tenant[name] = value
		}
	}
}

// addOwnContact makes a contact of the customer's own name, phone and e-mail.
// Records show a phone and an e-mail address on contacts only, so without one
// nobody could see what was sent.
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

// contactNames maps the fields of a request to the names in a contact's record.
var contactNames = map[string]string{
	"title": "title", "contact_person_phone": "phone", "contact_person_email": "email",
	"additional_contact_phone": "additionalPhone", "gender": "gender", "country_code": "phoneCountryCode",
}

// setInfo stores what a 2024 contact_info, or the contact fields of a 2021 body,
// say. A contact without a name gets the customer's, as in the documented
// records.
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
