package mock_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

const (
	refused2024 = `{"message":"Invalid Auth Key","status":"failed"}`
	notFound    = `{"Customer Details":"Information given by you does not exist in our sytsem.","status":"failed"}`
	noCustomers = `{"message":"No customer between dates.","status":"failed"}`
)

func TestAddSaysWhatHappened(t *testing.T) {
	_, c := start(t)
	c.post("addUpdateCustomer", sample(t, "customers/add-2024.request.json")).want(t, 200,
		`{"status":"success","customer":{"result":true,"customer_id":700000001,"action":"CUSTOMER","action_event":"ADD_CUSTOMER","contact_id":800000001},"message":"Customer Added successfully !Contact Added successfully !"}`)
	// The documented update has no contact_id, so it adds a second contact.
	c.post("addUpdateCustomer", sample(t, "customers/update-2024.request.json")).want(t, 200,
		`{"status":"success","customer":{"result":true,"customer_id":700000001,"action":"CUSTOMER","action_event":"UPDATE_CUSTOMER","contact_id":800000002},"message":"Customer Updated successfully !Contact Added successfully !"}`)
	c.post("addUpdateCustomer", `{"customer_info":{"customer_id":700000001,"customer_name":"ABC","phone":"1"},"contact_info":[{"contact_id":"800000001","first_name":"Asha"}]}`).want(t, 200,
		`{"status":"success","customer":{"result":true,"customer_id":700000001,"action":"CUSTOMER","action_event":"UPDATE_CUSTOMER","contact_id":800000001},"message":"Customer Updated successfully !"}`)
	contacts := at(t, c.post("getCustomer", `[{"kapture_customer_id":700000001}]`).value, "Customer Details", "contacts").([]any)
	if len(contacts) != 2 {
		t.Fatalf("%d contacts, want 2", len(contacts))
	}
	for i, want := range []string{"Asha", "Vikram Shah"} {
		if got := at(t, contacts, i, "contactPerson"); got != want {
			t.Errorf("contact %d is %v, want %s", i, got, want)
		}
		if got := at(t, contacts, i, "leadId"); got != json.Number("700000001") {
			t.Errorf("contact %d has leadId %v", i, got)
		}
	}
}

func TestAddWithoutContactMakesOneThatFollows(t *testing.T) {
	_, c := start(t)
	c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"Asha","email_id":"asha@example.com"}}`)
	c.post("addUpdateCustomer", `{"customer_info":{"customer_id":"700000001","customer_name":"Asha","phone":"9000000001"}}`)
	contact := at(t, c.post("getCustomer", `[{"phone":"9000000001"}]`).value, "Customer Details", "contacts", 0)
	if at(t, contact, "phone") != "9000000001" || at(t, contact, "email") != "asha@example.com" || at(t, contact, "contactPerson") != "Asha" {
		t.Errorf("the contact does not follow its customer: %v", contact)
	}
}

func TestUpdateKeepsWhatIsSentEmpty(t *testing.T) {
	_, c := start(t)
	c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"Asha","phone":"9000000001","city":"Pune","customer_code":"C-1","organization":true}}`)
	c.post("addUpdateCustomer", `{"customer_info":{"customer_id":"700000001","customer_name":"Asha R","phone":"9000000001","city":"","state":null}}`)
	got := at(t, c.post("getCustomer", `[{"kapture_customer_id":"700000001"}]`).value, "Customer Details").(map[string]any)
	for name, want := range map[string]any{"name": "Asha R", "city": "Pune", "customerCode": "C-1", "isOrganization": true, "state": ""} {
		if got[name] != want {
			t.Errorf("%s is %#v, want %#v", name, got[name], want)
		}
	}
}

func TestRefusedAddChangesNothing(t *testing.T) {
	missing := `{"message":"Name, Email Id, and Phone Number required","status":"failed"}`
	srv, c := start(t)
	for name, test := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"no name":           {`{"customer_info":{"phone":"9000000001"}}`, 200, missing},
		"name alone":        {`{"customer_info":{"customer_name":"Asha","phone":"","email_id":" "}}`, 200, missing},
		"nothing":           {`{}`, 200, missing},
		"info is a list":    {`{"customer_info":[]}`, 200, missing},
		"contact alone":     {`{"customer_info":{"customer_name":"Asha","phone":"9"},"contact_info":[{"first_name":"A"}]}`, 200, missing},
		"contact an object": {`{"customer_info":{"customer_name":"Asha","phone":"9"},"contact_info":{}}`, 400, `{"message":"Invalid Json.","status":"failed"}`},
		"an array":          {`[]`, 400, `{"message":"Invalid Json.","status":"failed"}`},
		"unknown customer":  {`{"customer_info":{"customer_id":"5","customer_name":"Asha","phone":"9"}}`, 404, `{"message":"kapture mock: there is no customer \"5\" in this world","status":"failed"}`},
		"unknown contact":   {`{"customer_info":{"customer_name":"Asha","phone":"9"},"contact_info":[{"contact_id":"5"}]}`, 404, `{"message":"kapture mock: the customer has no contact \"5\"","status":"failed"}`},
	} {
		t.Run(name, func(t *testing.T) {
			c := c.in(t)
			c.post("addUpdateCustomer", test.body).want(t, test.status, test.want)
		})
	}
	if _, found := srv.World("acme").Customer(700000001); found {
		t.Error("a refused call added a customer")
	}
}

// The members of an answer, their order and the type of each value are those
// of the sample of the same generation, whatever the record holds.
func TestAnswersHaveTheFormOfTheirGeneration(t *testing.T) {
	_, c := start(t, mock.WithClock(clock(time.Date(2024, 5, 2, 16, 15, 42, 249e6, india))))
	c.post("addUpdateCustomer", sample(t, "customers/add-2024.request.json"))
	c.post("addUpdateCustomer", sample(t, "customers/update-2024.request.json"))
	for _, test := range []struct{ operation, body, sample string }{
		{"getCustomer", `[{"kapture_customer_id":"700000001"}]`, "customers/get-2024.answer.json"},
		{"getCustomer", `[{"kapture_customer_id":"700000001","customer_id":""}]`, "customers/get-2021.answer.json"},
		{"getCustomer", `{"customer_id":"700000001"}`, "customers/search-2016.answer.json"},
		{"pullCustomers", `[{"start_date":"2024-05-02","end_date":"2024-05-02"}]`, "customers/pull-2021.answer.json"},
		{"pullCustomers", `{"start_date":"2024-05-02","end_date":"2024-05-02"}`, "customers/select-2016.answer.json"},
		{"addUpdateCustomer", sample(t, "customers/add-2024.request.json"), "customers/add-2024.answer.json"},
		{"pushEnquiry", sample(t, "customers/add-2021.request.json"), "customers/add-2021.answer.json"},
		{"pushEnquiry", strings.Replace(sample(t, "customers/update-2021.request.json"), "70000001", "700000001", 1), "customers/update-2021.answer.json"},
		{"pushEnquiry", sample(t, "enquiries/push-2019-20.request.json"), "enquiries/push-2019-20.answer.json"},
		{"pushCustomer", sample(t, "customers/add-2016.request.json"), "customers/add-2016.answer.json"},
		{"pushCustomer", sample(t, "customers/push-2019-20.request.json"), "customers/push-2019-20.answer.json"},
		{"pushCustomer", sample(t, "customers/push-observed.request.json"), "customers/push-observed.answer.json"},
		{"addContact", sample(t, "customers/add-more-contacts-2016.request.json"), "customers/add-more-contacts-2016.answer.json"},
		{"pushOrder", sample(t, "orders/push-2019-20.request.json"), "orders/push-2019-20.answer.json"},
		{"pushProduct", sample(t, "products/push-2019-20.request.json"), "products/push-2019-20.answer.json"},
	} {
		t.Run(test.sample, func(t *testing.T) {
			c := c.in(t)
			got := c.post(test.operation, test.body)
			if difference := sameForm("", []byte(sample(t, test.sample)), []byte(got.text)); difference != "" {
				t.Errorf("%s\n%s", difference, got.text)
			}
		})
	}
}

// sameForm compares two JSON values by members, their order and the spelling
// of types: 0.0 is not 0.
func sameForm(at string, want, got json.RawMessage) string {
	want, got = []byte(strings.TrimSpace(string(want))), []byte(strings.TrimSpace(string(got)))
	switch want[0] {
	case '{':
		var w, g map[string]json.RawMessage
		if json.Unmarshal(want, &w) != nil || json.Unmarshal(got, &g) != nil || got[0] != '{' {
			return fmt.Sprintf("%s: %.40s is no object", at, got)
		}
		if wn, gn := names(want), names(got); !slices.Equal(wn, gn) {
			return fmt.Sprintf("%s: members\n%q\nwant\n%q", at, gn, wn)
		}
		for _, name := range slices.Sorted(maps.Keys(w)) {
			if d := sameForm(at+"/"+name, w[name], g[name]); d != "" {
				return d
			}
		}
	case '[':
		var w, g []json.RawMessage
		if json.Unmarshal(want, &w) != nil || json.Unmarshal(got, &g) != nil || len(g) < len(w) {
			return fmt.Sprintf("%s: %.40s is no array of %d", at, got, len(w))
		}
		for i := range w {
			if d := sameForm(fmt.Sprint(at, "/", i), w[i], g[i]); d != "" {
				return d
			}
		}
	default:
		if spelling(want) != spelling(got) {
			return fmt.Sprintf("%s: %s, want the form of %s", at, got, want)
		}
	}
	return ""
}

func names(raw json.RawMessage) []string {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	_, _ = d.Token()
	var out []string
	for d.More() {
		name, _ := d.Token()
		out = append(out, fmt.Sprint(name))
		var skip json.RawMessage
		_ = d.Decode(&skip)
	}
	return out
}

func spelling(raw json.RawMessage) string {
	switch {
	case raw[0] == '"':
		return "text"
	case raw[0] == 't' || raw[0] == 'f':
		return "boolean"
	case raw[0] == 'n':
		return "null"
	case strings.Contains(string(raw), "."):
		return "fraction"
	}
	return "number"
}

func TestFreshRecord(t *testing.T) {
	_, c := start(t, mock.WithClock(clock(time.Date(2024, 5, 2, 10, 45, 42, 249e6, time.UTC))))
	c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"Asha","phone":"9000000001"}}`)
	got := at(t, c.post("getCustomer", `[{"phone":"9000000001"}]`).value, "Customer Details").(map[string]any)
	for name, want := range map[string]any{
		"id": json.Number("700000001"), "cmId": json.Number("1000298"), "currentStatus": "N", "companyStatus": "A", "totalNoOfEnquiries": json.Number("1"),
		"feedbackOnCustomer": "0", "deleted": false, "maxCreditAmt": json.Number("0.0"), "creatorId": json.Number("0"), "city": "",
		// Indian time: five and a half hours ahead; months of the text count from one.
		"generationDate": "May 2, 2024 4:15:42 PM", "imageReferenceId": "CUS_2024-05-02 16:15:42.249",
	} {
		if got[name] != want {
			t.Errorf("%s is %#v, want %#v", name, got[name], want)
		}
	}
	calendar := at(t, got, "contacts", 0, "generationDate").(map[string]any)
	for name, want := range map[string]string{"year": "2024", "month": "4", "dayOfMonth": "2", "hourOfDay": "16", "minute": "15", "second": "42"} {
		if calendar[name] != json.Number(want) {
			t.Errorf("%s of the calendar is %v, want %s", name, calendar[name], want)
		}
	}
}

func TestGetPrefersIdentifierThenEmailThenPhone(t *testing.T) {
	srv, c := start(t)
	w := srv.World("acme")
	for i, name := range []string{"first", "second", "third"} {
		if _, err := w.AddCustomer(mock.Customer{Name: name, Phone: fmt.Sprintf("900000000%d", i+1), Email: name + "@example.com", Code: "code-" + name}); err != nil {
			t.Fatal(err)
		}
	}
	c.post("addContact", `{"customer_id":"700000003","name":"Contact","phone":"8000000001","email":"contact@example.com"}`)
	for lookup, want := range map[string]string{
		`{"kapture_customer_id":"700000001","email_id":"second@example.com","phone":"9000000003"}`: "first",
		`{"kapture_customer_id":700000002}`:                                               "second",
		`{"kapture_customer_id":"","email_id":"second@example.com","phone":"9000000003"}`: "second",
		`{"email_id":"","phone":"9000000003"}`:                                            "third",
		`{"phone":9000000003}`:                                                            "third",
		`{"email_id":"contact@example.com"}`:                                              "third",
		`{"phone":"8000000001"}`:                                                          "third",
		`{"customer_id":"700000002"}`:                                                     "second",
		`{"customer_id":"code-second"}`:                                                   "second",
		`{"kapture_customer_id":"1","email_id":"second@example.com"}`:                     "",
		`{"email_id":"nobody@example.com","phone":"9000000001"}`:                          "",
		`{"kapture_customer_id":"","email_id":"","phone":""}`:                             "",
		`{"kapture_customer_id":"x"}`:                                                     "",
		`{}`:                                                                              "",
	} {
		got := c.post("getCustomer", "["+lookup+"]")
		if want == "" {
			got.want(t, 200, notFound)
		} else if name := at(t, got.value, "Customer Details", "name"); name != want {
			t.Errorf("%s found %v, want %s", lookup, name, want)
		}
	}
	c.post("getCustomer", `[]`).want(t, 200, notFound)
	c.post("getCustomer", `["700000001"]`).want(t, 400, `{"message":"Invalid Json.","status":"failed"}`)
	if got := c.post("getCustomer", `[{"phone":"1"},{"phone":"2"}]`); got.status != 400 {
		t.Errorf("an array of two was answered %d %s", got.status, got.text)
	}
}

func TestSearch2016(t *testing.T) {
	srv, c := start(t)
	w := srv.World("acme")
	for _, x := range []mock.Customer{{Name: "Asha", Code: "A-1"}, {Name: "Asha", Code: "A-2"}, {Name: "A-1", Code: "A-3"}} {
		if _, err := w.AddCustomer(x); err != nil {
			t.Fatal(err)
		}
	}
	for wanted, want := range map[string][]string{
		"700000002": {"A-2"}, "A-1": {"A-1"}, "Asha": {"A-1", "A-2"}, "nobody": nil,
	} {
		got := c.post("getCustomer", fmt.Sprintf(`{"customer_id":%q}`, wanted))
		if _, has := got.object["status"]; has {
			t.Errorf("%s: the answer has a status beside its list", wanted)
		}
		list := at(t, got.value, "message").([]any)
		if len(list) != len(want) {
			t.Errorf("%s found %d, want %d", wanted, len(list), len(want))
			continue
		}
		for i := range want {
			if at(t, list, i, "status") != "success" {
				t.Errorf("%s: a record bears the status %v", wanted, at(t, list, i, "status"))
			}
		}
	}
	c.post("getCustomer", `{}`).want(t, 200, `{"Message":"Mandatory field missing","Status":"Fail"}`)
}

// The page of 2016 prints a blank behind the name of one member, for the first
// of two contacts.
func TestSearch2016NamesTheFirstContactWithABlank(t *testing.T) {
	_, c := start(t)
	c.post("pushCustomer", sample(t, "customers/add-2016.request.json"))
	c.post("addContact", `{"customer_id":"700000001","name":"B","phone":"2","email":"b@example.com"}`)
	contacts := at(t, c.post("getCustomer", `{"customer_id":"700000001"}`).value, "message", 0, "contacts")
	if at(t, contacts, 0, "contactPerson ") != "arjun" || at(t, contacts, 1, "contactPerson") != "B" {
		t.Errorf("contacts are %v", contacts)
	}
}

func TestPullTakesTheWholeEndDayOfIndia(t *testing.T) {
	srv, c := start(t)
	w := srv.World("acme")
	for name, created := range map[string]time.Time{
		"before": time.Date(2021, 3, 13, 23, 59, 59, 0, india),
		"start":  time.Date(2021, 3, 13, 18, 30, 0, 0, time.UTC), // midnight in India
		"noon":   time.Date(2021, 3, 14, 12, 0, 0, 0, india),
		"end":    time.Date(2021, 3, 14, 23, 59, 59, 999e6, india),
		"after":  time.Date(2021, 3, 15, 0, 0, 0, 0, india),
	} {
		if _, err := w.AddCustomer(mock.Customer{Name: name, Created: created}); err != nil {
			t.Fatal(err)
		}
	}
	for window, want := range map[string][]string{
		`"start_date":"2021-03-14","end_date":"2021-03-14"`:                   {"end", "noon", "start"},
		`"start_date":"2021-03-13","end_date":"2021-03-15"`:                   {"after", "before", "end", "noon", "start"},
		`"start_date":"2021-03-14 12:00:00","end_date":"2021-03-14 23:59:58"`: {"noon"},
		`"start_date":"2021-03-14 12:00:01","end_date":"2021-03-14"`:          {"end"},
		`"start_date":"2021-03-15","end_date":"2021-03-14"`:                   nil,
		`"start_date":"2021-03-20","end_date":"2021-03-20"`:                   nil,
		`"start_date":"14-03-2021","end_date":"14-03-2021"`:                   nil,
		`"start_date":"2021-02-30","end_date":"2021-03-14"`:                   nil,
		`"start_date":"","end_date":"2021-03-14"`:                             nil,
		`"start_date":"2021-03-14"`:                                           nil,
	} {
		for _, body := range []string{"[{" + window + "}]", "{" + window + "}"} {
			got := c.post("pullCustomers", body)
			if want == nil {
				got.want(t, 200, noCustomers)
				continue
			}
			if found := namesOf(t, got); !slices.Equal(found, want) {
				t.Errorf("%s gave %v, want %v", body, found, want)
			}
		}
	}
	c.post("pullCustomers", `[{}]`).want(t, 200, noCustomers)
	c.post("pullCustomers", `{}`).want(t, 200, noCustomers)
}

func namesOf(t *testing.T, r reply) []string {
	t.Helper()
	if at(t, r.value, "status") != "success" {
		t.Fatalf("answered %s", r.text)
	}
	var out []string
	for _, x := range at(t, r.value, "message").([]any) {
		out = append(out, at(t, x, "name").(string))
	}
	slices.Sort(out)
	return out
}

func TestQuery2024(t *testing.T) {
	day := time.Date(2024, 5, 1, 9, 0, 0, 0, india)
	srv, c := start(t)
	w := srv.World("acme")
	for n := range 250 {
		x := mock.Customer{Name: fmt.Sprintf("n%03d", n), Phone: fmt.Sprintf("9%09d", n), Email: fmt.Sprintf("n%d@example.com", n), Code: fmt.Sprint(n % 10), Organization: n%2 == 0, Created: day.Add(time.Duration(n) * time.Second)}
		if _, err := w.AddCustomer(x); err != nil {
			t.Fatal(err)
		}
	}
	query := func(more string) reply {
		return c.post("pullCustomers", `{"cm_id":"1000298","createStartDate":"2024-05-01","createEndDate":"2024-05-02"`+more+`}`)
	}
	for more, want := range map[string]struct {
		n     int
		first string
	}{
		``:                                       {100, "n000"},
		`,"limit":"","offset":""`:                {100, "n000"},
		`,"limit":"30","offset":"240"`:           {10, "n240"},
		`,"limit":7,"offset":100`:                {7, "n100"},
		`,"limit":"1000"`:                        {250, "n000"},
		`,"offset":"250"`:                        {0, ""},
		`,"isOrganisation":true,"limit":"1000"`:  {125, "n000"},
		`,"isOrganisation":false,"limit":"1000"`: {250, "n000"},
		`,"isOrganisation":false,"isIndividual":"true","limit":"1000"`: {125, "n001"},
		`,"customerCode":"3"`:                    {25, "n003"},
		`,"phone":"9000000007"`:                  {1, "n007"},
		`,"email":"n9@example.com"`:              {1, "n009"},
		`,"name":"n011"`:                         {1, "n011"},
		`,"customer_id":"700000006"`:             {1, "n005"},
		`,"customer_id":700000006,"name":"n005"`: {1, "n005"},
		`,"zoneIdStr":"","assignedToIdStr":""`:   {100, "n000"},
	} {
		found := namesOf(t, query(more))
		if len(found) != want.n || want.n > 0 && found[0] != want.first {
			t.Errorf("%s gave %d from %v, want %d from %s", more, len(found), found[:min(1, len(found))], want.n, want.first)
		}
	}
	for more, status := range map[string]int{`,"limit":"x"`: 400, `,"limit":"0"`: 400, `,"offset":"-1"`: 400} {
		if got := query(more); got.status != status {
			t.Errorf("%s was answered %d %s, want %d", more, got.status, got.text, status)
		}
	}
	query(`,"name":"nobody"`).want(t, 200, noCustomers)
	query(`,"isOrganisation":false,"isIndividual":"","isChannelPartner":"true"`).want(t, 200, noCustomers)
	c.post("pullCustomers", `{"cm_id":"7","createStartDate":"2024-05-01","createEndDate":"2024-05-01"}`).want(t, 200, noCustomers)
	c.post("pullCustomers", `{"cm_id":"1000298","createStartDate":"2024-05-01"}`).want(t, 200, noCustomers)
	if got := c.post("pullCustomers", `{"createStartDate":"2024-05-01","createEndDate":"2024-05-01"}`); got.status != 400 {
		t.Errorf("a query without an account was answered %d %s", got.status, got.text)
	}
	if got := c.post("pullCustomers", `{"cm_id":"1000298","createStartDate":"2024-05-01","createEndDate":"2024-05-03"}`); got.status != 400 {
		t.Errorf("three days were answered %d %s", got.status, got.text)
	}
}

func TestPushes(t *testing.T) {
	_, c := start(t)
	added16 := `{"Message":"Customer Added Successfully","Status":"Success"}`
	missing16 := `{"Message":"Mandatory field missing","Status":"Fail"}`
	c.post("pushCustomer", sample(t, "customers/add-2016.request.json")).want(t, 200, added16)
	c.post("pushCustomer", `{"name":"A","phone":"1"}`).want(t, 200, missing16)
	c.post("pushCustomer", `{"customer_id":"700000001","name":"B"}`).want(t, 200, `{"message":"Customer Updated Successfully","status":"success"}`)
	c.post("pushCustomer", `{"customer_id":""}`).want(t, 200, missing16)
	c.post("pushCustomer", `{"customer_id":"9"}`).want(t, 404, `{"Message":"kapture mock: there is no customer \"9\" in this world","Status":"Fail"}`)
	c.post("pushCustomer", sample(t, "customers/push-2019-20.request.json")).want(t, 200, `{"Message":"Customer Added Successfully","Kapture Customer Id":"700000002","Status":"Success"}`)
	c.post("pushCustomer", sample(t, "customers/push-observed.request.json")).want(t, 200, `{"message":"Customer Added Successfully","status":"success","Kapture Customer Id":"700000003"}`)
	c.post("pushCustomer", `[{"customer_id":"700000003","name":"C"}]`).want(t, 200, `{"message":"Customer Updated Successfully","status":"success","Kapture Customer Id":"700000003"}`)
	c.post("pushCustomer", `[{"phone":"1"}]`).want(t, 200, `{"Message":"Mandatory field missing","Status":"failed"}`)
	c.post("addContact", `{"name":"A","phone":"1"}`).want(t, 200, missing16)
	// No member names the customer: the phone finds it.
	c.post("addContact", sample(t, "customers/add-more-contacts-2016.request.json")).want(t, 200, added16)
	for id, want := range map[string]struct {
		name     string
		contacts int
	}{"700000001": {"B", 2}, "700000003": {"C", 1}} {
		got := at(t, c.post("getCustomer", fmt.Sprintf(`[{"kapture_customer_id":%q}]`, id)).value, "Customer Details")
		if n := len(at(t, got, "contacts").([]any)); at(t, got, "name") != want.name || n != want.contacts {
			t.Errorf("%s is %v with %d contacts, want %+v", id, at(t, got, "name"), n, want)
		}
	}
	// Nobody has this phone or e-mail: the text says that a customer is added.
	c.post("addContact", `{"name":"New","phone":"77","email":"new@example.com"}`).want(t, 200, added16)
	if got := at(t, c.post("getCustomer", `[{"phone":"77"}]`).value, "Customer Details", "name"); got != "New" {
		t.Errorf("the contact without a customer belongs to %v", got)
	}
	// So does the e-mail address alone find one.
	c.post("addContact", `{"name":"Second","phone":"78","email":"new@example.com"}`).want(t, 200, added16)
	if got := at(t, c.post("getCustomer", `[{"phone":"78"}]`).value, "Customer Details", "name"); got != "New" {
		t.Errorf("the contact of a known e-mail address belongs to %v", got)
	}
}

func TestTenantMembersAreKept(t *testing.T) {
	srv, c := start(t)
	c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"A","phone":"1","loyalty tier":"gold","associate_fields":{"x":[1.50]}},"Ride Details (app)":[{"id":9007199254740993}]}`)
	got, _ := srv.World("acme").Customer(700000001)
	for name, want := range map[string]string{"loyalty tier": `"gold"`, "Ride Details (app)": `[{"id":9007199254740993}]`, "associate_fields": `{"x":[1.50]}`} {
		if string(got.Tenant[name]) != want {
			t.Errorf("%s is kept as %s, want %s", name, got.Tenant[name], want)
		}
	}
	if len(got.Tenant) != 3 {
		t.Errorf("kept as the tenant's: %v", got.Tenant)
	}
}

func TestIdentifiersBeyondDoublePrecision(t *testing.T) {
	const first = 1<<53 + 1
	_, c := start(t, mock.WithFirstID(first))
	got := c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"A","phone":"1"}}`)
	if id := at(t, got.value, "customer", "customer_id"); id != json.Number("9007199254740993") {
		t.Fatalf("the first customer is %v", id)
	}
	if id := at(t, c.post("getCustomer", `[{"kapture_customer_id":9007199254740993}]`).value, "Customer Details", "id"); id != json.Number("9007199254740993") {
		t.Errorf("got customer %v", id)
	}
}
