package mock

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
)

var enquiryOperations = map[string]operation{
	"pushEnquiry": {use: enquiryUse},
}

var (
	enquiry2021 = use{y2021, "invalid-auth-key", customerEnquiry}
	enquiry2019 = use{y2019, "", pushEnquiry}
)

func enquiryUse(body any) *use {
	if _, ok := body.([]any); ok {
		return &enquiry2019
	}
	return &enquiry2021
}

// --- 2019-20: push --------------------------------------------------------------

// firstEnquiry is the number of a world's first enquiry, that of the sample.
const firstEnquiry = 11606498

func (w *world) nextEnquiry() int64 {
	w.enquiries++
	return firstEnquiry + w.enquiries - 1
}

// pushEnquiry adds an enquiry, with its customer where nobody has the phone or
// the e-mail address. A lead that comes again without naming its customer is a
// duplicate.
func pushEnquiry(c *call) answer {
	body, refused, ok := c.one()
	if !ok {
		return refused
	}
	phone, email := body.text("phone"), body.text("email_id")
	if body.text("enquiry_id") == "" && (body.text("customer_name") == "" || phone == "" || email == "") {
		return c.fail("missing-fields-2019-20")
	}
	var x *customer
	if id := body.text("customer_id"); id != "" {
		if x = c.world.customer(id); x == nil {
			return c.noCustomer(id)
		}
	} else {
		x = c.world.first(func(x *customer) bool { return x.hasPhone(phone) || x.hasEmail(email) })
		if x != nil && len(x.enquiries) > 0 {
			f := c.contract.failures[c.operation]["duplicate-lead"]
			f.Message = fmt.Sprintf("Lead already exists, Customer ID :%d, Enquiry ID :%d, Contact ID : %d", x.id, x.enquiries[0], x.firstContact())
			return f.answer(http.StatusOK)
		}
	}
	if x == nil {
		if x, refused, ok = c.addFlat(body); !ok {
			return refused
		}
	} else {
		if refused, ok = c.room(1); !ok {
			return refused
		}
	}
	enquiry := c.world.nextEnquiry()
	x.enquiries = append(x.enquiries, enquiry)
	x.values["totalNoOfEnquiries"] = len(x.enquiries)
	c.world.records++
	c.settle(&x.cost, x.held())
	return success(object{
		{"Enquiry Id", scalar(enquiry)},
		{"Assigned Employee Code", ""},
		// The page prints this text for a success, so it does not say that
		// anything is a duplicate.
		{"message", fmt.Sprintf("Duplicate Enquiry Name : N/A , Phone : %s , Email : N/A !! ", phone)},
		{"Kapture Customer Id", scalar(x.id)},
		{"status", "success"},
	})
}

func (c *customer) firstContact() int64 {
	if len(c.contacts) == 0 {
		return 0
	}
	return c.contacts[0].id
}

// --- 2021: a customer in an enquiry's clothes ---------------------------------

// enquiryForm is what an add of 2021 answers, and which of its members are the
// request's own: those come back when they were sent.
var enquiryForm = sync.OnceValue(func() (form struct {
	answer  object
	request []string
}) {
	form.answer = blank(in(sample("customers/add-2021.answer.json"), "Enquiry"))
	for _, m := range sample("customers/add-2021.request.json").(object) {
		form.request = append(form.request, m.name)
	}
	return form
})

var (
	indianMobile = regexp.MustCompile(`^[6-9][0-9]{9}$`)
	emailAddress = regexp.MustCompile(`^[^\s@,;]+@[^\s@,;.]+(\.[^\s@,;.]+)+$`)
)

func customerEnquiry(c *call) answer {
	f, refused, ok := c.bare()
	if !ok {
		return refused
	}
	if id := f.text("kapture_customer_id"); id != "" {
		return c.updateEnquiry(f, id)
	}
	phone, email := f.text("phone"), f.text("email_id")
	if f.text("customer_name") == "" || phone == "" && email == "" {
		return c.fail("missing-fields-2021")
	}
	if email != "" && !emailAddress.MatchString(email) {
		return c.fail("invalid-email")
	}
	if phone != "" && !indianMobile.MatchString(phone) {
		return c.fail("invalid-phone")
	}
	takenPhone := c.world.first(func(x *customer) bool { return x.hasPhone(phone) }) != nil
	takenEmail := c.world.first(func(x *customer) bool { return x.hasEmail(email) }) != nil
	switch {
	case takenPhone && takenEmail:
		return c.fail("duplicate-both")
	case takenPhone:
		return c.fail("duplicate-phone")
	case takenEmail:
		return c.fail("duplicate-email")
	}
	if refused, ok := c.room(2); !ok {
		return refused
	}
	x := c.world.addCustomer(c.now)
	x.setInfo(f, c.now)
	var p *contact
	if f.text("contact_person_name", "contact_person_phone", "contact_person_email") == "" {
		p = c.world.addOwnContact(x, c.now)
	} else {
		p = c.world.addContact(x, c.now)
		p.setInfo(f, x.name())
	}
	c.settle(&x.cost, x.held())
	return c.enquiryAnswer(f, x, p.id)
}

// updateEnquiry updates without the rules of the add, which state no such rule
// for it. A contact that is named is changed, one that is described without
// being named is added.
func (c *call) updateEnquiry(f fields, id string) answer {
	x := c.world.customer(id)
	if x == nil {
		return c.noCustomer(id)
	}
	described := f.text("contact_person_name", "contact_person_phone", "contact_person_email") != ""
	named := contactOf(x, f.text("contact_id"))
	if f.text("contact_id") != "" && named == nil {
		return c.own(http.StatusNotFound, "the customer has no contact %q", clip(f.text("contact_id")))
	}
	records := 0
	if described && named == nil {
		records = 1
	}
	refused, ok := c.room(records)
	if !ok {
		return refused
	}
	x.setInfo(f, c.now)
	if described && named == nil {
		named = c.world.addContact(x, c.now)
	}
	var contactID int64
	if named != nil {
		named.setInfo(f, x.name())
		contactID = named.id
	}
	c.settle(&x.cost, x.held())
	return c.enquiryAnswer(f, x, contactID)
}

// enquiryAnswer gives back what was sent, and what the server adds.
func (c *call) enquiryAnswer(f fields, x *customer, contactID int64) answer {
	form := enquiryForm()
	out := object{}
	for _, m := range form.answer {
		switch {
		case m.name == "cmId":
			m.value = c.account
		case m.name == "kapture_customer_id":
			m.value = x.id
		case m.name == "contact_id":
			m.value = contactID
		case slices.Contains(form.request, m.name):
			if !f.sent(m.name) {
				continue
			}
			m.value = scalar(f[m.name])
		}
		out = append(out, m)
	}
	return success(object{{"Enquiry", out}, {"message", "validation successfull"}, {"status", "success"}})
}
