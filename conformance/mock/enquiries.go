package mock

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
)

var enquiryEndpoints = map[string]endpoint{
	"pushEnquiry": {choose: chooseEnquiry},
}

func chooseEnquiry(body any) (string, handler) {
	if _, ok := body.([]any); ok {
		return "push (2019-20)", pushEnquiry
	}
	return "add (2021)", customerEnquiry
}

// --- 2019-20: push --------------------------------------------------------------

// firstEnquiry is the number of the first enquiry of a world, the one of the
// sample.
const firstEnquiry = 11606498

func (w *world) nextEnquiry() int64 {
	w.enquiries++
	return firstEnquiry + w.enquiries - 1
}

// pushEnquiry adds an enquiry, and its customer if nobody has the phone or the
// e-mail address. A lead that is sent again without its customer's id is a
// duplicate.
func pushEnquiry(c *call) (any, error) {
	body, err := c.arrayOfOne()
	if err != nil {
		return nil, err
	}
	// The page wants all three. Website forms send no e-mail address, and the 2021
	// use of this URL wants one of the two.
	complete := body.text("customer_name") != "" && body.text("phone", "email_id") != ""
	if body.text("enquiry_id") == "" && !complete {
		return nil, c.fail("missing-fields-2019-20")
	}

	enquirer, err := c.enquirer(body)
	if err != nil {
		return nil, err
	}
	if enquirer == nil {
		enquirer, err = c.addFlat(body)
	} else {
		err = c.reserve(1)
	}
	if err != nil {
		return nil, err
	}

	enquiry := c.world.nextEnquiry()
	enquirer.enquiries = append(enquirer.enquiries, enquiry)
	enquirer.values["totalNoOfEnquiries"] = len(enquirer.enquiries)
	c.world.records++
	c.saved(enquirer)

	// The page prints this text for a success, so it does not say that anything is
	// a duplicate.
	text := fmt.Sprintf("Duplicate Enquiry Name : N/A , Phone : %s , Email : N/A !! ", body.text("phone"))
	return object{
		{"Enquiry Id", scalar(enquiry)},
		{"Assigned Employee Code", ""},
		{"message", text},
		{"Kapture Customer Id", scalar(enquirer.id)},
		{"status", "success"},
	}, nil
}

// enquirer finds the customer of an enquiry, nil if it is a new one.
func (c *call) enquirer(body fields) (*customer, error) {
	found, err := c.sentCustomer(body.text("customer_id"))
	if err != nil || found != nil {
		return found, err
	}

	found = c.world.reachedBy(body.text("phone"), body.text("email_id"))
	if found != nil && len(found.enquiries) > 0 {
		failure, _ := c.operation.Failure("duplicate-lead")
		failure.Message = fmt.Sprintf("Lead already exists, Customer ID :%d, Enquiry ID :%d, Contact ID : %d",
			found.id, found.enquiries[0], found.firstContact())
		return nil, &failedCall{carrying(failure, http.StatusOK), failure.Code}
	}
	return found, nil
}

// --- 2021: a customer sent as an enquiry ---------------------------------------

// enquiryForm is what an add of 2021 returns, and which of its fields are those
// of the request: they are returned if they were sent.
type enquiryForm struct {
	response object
	request  []string
}

var enquiryFormOf2021 = sync.OnceValue(func() enquiryForm {
	form := enquiryForm{response: blank(in(sample("customers/add-2021.response.json"), "Enquiry"))}
	for _, f := range sample("customers/add-2021.request.json").(object) {
		form.request = append(form.request, f.name)
	}
	return form
})

var (
	indianMobile = regexp.MustCompile(`^[6-9][0-9]{9}$`)
	emailAddress = regexp.MustCompile(`^[^\s@,;]+@[^\s@,;.]+(\.[^\s@,;.]+)+$`)
)

// contactFields describe the contact of a 2021 body.
var contactFields = []string{"contact_person_name", "contact_person_phone", "contact_person_email"}

func customerEnquiry(c *call) (any, error) {
	body, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	if id := body.text("kapture_customer_id"); id != "" {
		return c.updateEnquiry(body, id)
	}

	if err := c.checkEnquiry(body); err != nil {
		return nil, err
	}
	if err := c.reserve(2); err != nil {
		return nil, err
	}

	added := c.world.addCustomer(c.now)
	added.setInfo(body, c.now)
	var person *contact
	if body.text(contactFields...) == "" {
		person = c.world.addOwnContact(added, c.now)
	} else {
		person = c.world.addContact(added, c.now)
		person.setInfo(body, added.name())
	}
	c.saved(added)
	return c.enquiryResponse(body, added, person.id), nil
}

// checkEnquiry applies the rules of the 2021 add, in the order of the page's
// table: required fields, form, duplicates.
func (c *call) checkEnquiry(body fields) error {
	phone := body.text("phone")
	email := body.text("email_id")
	if body.text("customer_name") == "" || phone == "" && email == "" {
		return c.fail("missing-fields-2021")
	}
	if email != "" && !emailAddress.MatchString(email) {
		return c.fail("invalid-email")
	}
	if phone != "" && !indianMobile.MatchString(phone) {
		return c.fail("invalid-phone")
	}

	takenPhone := c.world.reachedBy(phone, "") != nil
	takenEmail := c.world.reachedBy("", email) != nil
	switch {
	case takenPhone && takenEmail:
		return c.fail("duplicate-both")
	case takenPhone:
		return c.fail("duplicate-phone")
	case takenEmail:
		return c.fail("duplicate-email")
	}
	return nil
}

// updateEnquiry updates without the rules of the add, because the page states no
// such rule for it. A contact that is named is changed; one that is described
// without an id is added.
func (c *call) updateEnquiry(body fields, id string) (any, error) {
	found, err := c.sentCustomer(id)
	if err != nil {
		return nil, err
	}
	contactID := body.text("contact_id")
	person := found.contact(contactID)
	if contactID != "" && person == nil {
		return nil, c.ownFailure(http.StatusNotFound, "the customer has no contact %q", clip(contactID))
	}

	adds := person == nil && body.text(contactFields...) != ""
	records := 0
	if adds {
		records = 1
	}
	if err := c.reserve(records); err != nil {
		return nil, err
	}

	found.setInfo(body, c.now)
	if adds {
		person = c.world.addContact(found, c.now)
	}
	var changed int64
	if person != nil {
		person.setInfo(body, found.name())
		changed = person.id
	}
	c.saved(found)
	return c.enquiryResponse(body, found, changed), nil
}

// enquiryResponse returns what was sent, and what the server adds.
func (c *call) enquiryResponse(body fields, of *customer, contactID int64) object {
	form := enquiryFormOf2021()
	out := object{}
	for _, f := range form.response {
		switch {
		case f.name == "cmId":
			f.value = c.kapture.account
		case f.name == "kapture_customer_id":
			f.value = of.id
		case f.name == "contact_id":
			f.value = contactID
		case slices.Contains(form.request, f.name):
			if !body.sent(f.name) {
				continue
			}
			f.value = scalar(body[f.name])
		}
		out = append(out, f)
	}
	return object{{"Enquiry", out}, {"message", "validation successfull"}, {"status", "success"}}
}
