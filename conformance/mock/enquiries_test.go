package mock_test

import (
	"fmt"
	"testing"
)

func failed(message string) string { return fmt.Sprintf(`{"message":%q,"status":"failed"}`, message) }

func TestRulesOf2021BelongToItsAddAlone(t *testing.T) {
	_, c := start(t)
	c.post("pushEnquiry", sample(t, "customers/add-2021.request.json"))
	add := func(more string) reply {
		return c.post("pushEnquiry", `{"customer_name":"A",`+more+`}`)
	}
	for more, want := range map[string]string{
		`"phone":"","email_id":""`:                               "Name and (Phone Number or Email Id) are required fields",
		`"country":"India"`:                                      "Name and (Phone Number or Email Id) are required fields",
		`"email_id":"a@b"`:                                       "Invalid email id.",
		`"email_id":"dev@  .in"`:                                 "Invalid email id.",
		`"phone":"1234567890"`:                                   "Invalid phone number, number must contain 10 digits and must start from 6 or above",
		`"phone":"5999999999"`:                                   "Invalid phone number, number must contain 10 digits and must start from 6 or above",
		`"phone":"900000000"`:                                    "Invalid phone number, number must contain 10 digits and must start from 6 or above",
		`"phone":"90000000010"`:                                  "Invalid phone number, number must contain 10 digits and must start from 6 or above",
		`"phone":"9000000005"`:                                   "This mobile number already exists. Please enter a new one.",
		`"phone":"8000000001"`:                                   "This mobile number already exists. Please enter a new one.", // of the contact
		`"phone":"9000000005","email_id":"free@example.com"`:     "This mobile number already exists. Please enter a new one.",
		`"email_id":"Zxcv1234@example.com"`:                      "This email-id already exists. Please enter a new one.",
		`"phone":"9000000005","email_id":"Zxcv1234@example.com"`: " ,Both email and mobile number already exist. Please enter new details.",
		`"phone":"1","email_id":"x"`:                             "Invalid email id.", // the e-mail stands first in the page's table
	} {
		add(more).want(t, 400, failed(want))
	}
	c.post("pushEnquiry", `{"phone":"9000000007"}`).want(t, 400, failed("Name and (Phone Number or Email Id) are required fields"))
	if got := add(`"phone":6000000001`); at(t, got.value, "message") != "validation successfull" {
		t.Errorf("a good phone as a number was answered %s", got.text)
	}
	// Other generations take what this one refuses.
	for operation, body := range map[string]string{
		"addUpdateCustomer": `{"customer_info":{"customer_name":"A","phone":"9000000005","email_id":"x"}}`,
		"pushCustomer":      `{"name":"A","phone":"1234567890","email":"Zxcv1234@example.com"}`,
	} {
		if got := c.post(operation, body); got.status != 200 || got.object["status"] == "failed" || got.object["Status"] == "Fail" {
			t.Errorf("%s was answered %d %s", operation, got.status, got.text)
		}
	}
	// So does its own update, and its own record is no duplicate.
	if got := c.post("pushEnquiry", `{"kapture_customer_id":"700000001","phone":"9000000005","email_id":"x"}`); got.status != 200 {
		t.Errorf("the update was answered %d %s", got.status, got.text)
	}
}

func TestUpdate2021(t *testing.T) {
	_, c := start(t)
	c.post("pushEnquiry", sample(t, "customers/add-2021.request.json"))
	got := c.post("pushEnquiry", `{"customer_name":"New","phone":"","email_id":"","kapture_customer_id":"700000001"}`)
	enquiry := at(t, got.value, "Enquiry").(map[string]any)
	if len(enquiry) != 25 || enquiry["phone"] != "" || fmt.Sprint(enquiry["contact_id"]) != "0" {
		t.Errorf("the update answered %d members: %s", len(enquiry), got.text)
	}
	details := at(t, c.post("getCustomer", `[{"customer_id":"700000001"}]`).value, "Customer Details")
	if at(t, details, "name") != "New" || at(t, details, "companyPhone") != "9000000005" {
		t.Errorf("after the update the customer is %v with phone %v", at(t, details, "name"), at(t, details, "companyPhone"))
	}
	added := c.post("pushEnquiry", `{"kapture_customer_id":"700000001","contact_person_name":"Second"}`)
	if id := fmt.Sprint(at(t, added.value, "Enquiry", "contact_id")); id != "800000002" {
		t.Errorf("the second contact is %s", id)
	}
	changed := c.post("pushEnquiry", `{"kapture_customer_id":"700000001","contact_id":"800000002","contact_person_name":"Renamed"}`)
	if id := fmt.Sprint(at(t, changed.value, "Enquiry", "contact_id")); id != "800000002" {
		t.Errorf("the changed contact is %s", id)
	}
	contacts := at(t, c.post("getCustomer", `[{"customer_id":"700000001"}]`).value, "Customer Details", "contacts").([]any)
	if len(contacts) != 2 || at(t, contacts, 1, "contactPerson") != "Renamed" {
		t.Errorf("the contacts are %v", contacts)
	}
	if got := c.post("pushEnquiry", `{"kapture_customer_id":"1"}`); got.status != 404 {
		t.Errorf("an unknown customer was answered %d %s", got.status, got.text)
	}
	if got := c.post("pushEnquiry", `{"kapture_customer_id":"700000001","contact_id":"1"}`); got.status != 404 {
		t.Errorf("an unknown contact was answered %d %s", got.status, got.text)
	}
}

func TestEnquiryPush(t *testing.T) {
	_, c := start(t)
	push := sample(t, "enquiries/push-2019-20.request.json")
	c.post("pushEnquiry", push).want(t, 200, `{"Enquiry Id":"11606498","Assigned Employee Code":"","message":"Duplicate Enquiry Name : N/A , Phone : 1234567890 , Email : N/A !! ","Kapture Customer Id":"700000001","status":"success"}`)
	c.post("pushEnquiry", push).want(t, 200, failed("Lead already exists, Customer ID :700000001, Enquiry ID :11606498, Contact ID : 800000001"))
	named := c.post("pushEnquiry", `[{"customer_id":"700000001","customer_name":"A","phone":"1","email_id":"a@example.com"}]`)
	if at(t, named.value, "Enquiry Id") != "11606499" || at(t, named.value, "Kapture Customer Id") != "700000001" {
		t.Errorf("an enquiry of a named customer was answered %s", named.text)
	}
	if n := fmt.Sprint(at(t, c.post("getCustomer", `[{"kapture_customer_id":"700000001"}]`).value, "Customer Details", "totalNoOfEnquiries")); n != "2" {
		t.Errorf("the customer has %s enquiries", n)
	}
	missing := `{"Message":"Name, Email Id, and Phone Number, Or Enquiry Id required","Status":"failed"}`
	c.post("pushEnquiry", `[{"customer_name":"A","phone":"1"}]`).want(t, 200, missing)
	c.post("pushEnquiry", `[]`).want(t, 200, missing)
	if got := c.post("pushEnquiry", `[{"customer_id":"5","customer_name":"A","phone":"1","email_id":"a@example.com"}]`); got.status != 404 {
		t.Errorf("an unknown customer was answered %d %s", got.status, got.text)
	}
}
