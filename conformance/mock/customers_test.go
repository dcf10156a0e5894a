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
	invalidJSON = `{"message":"Invalid Json.","status":"failed"}`
	missing2024 = `{"message":"Name, Email Id, and Phone Number required","status":"failed"}`
	missing2016 = `{"Message":"Mandatory field missing","Status":"Fail"}`
	added2016   = `{"Message":"Customer Added Successfully","Status":"Success"}`
)

// upserted is the response of a 2024 add or update.
func upserted(event string, contact int, message string) string {
	const form = `{"status":"success","customer":{"result":true,"customer_id":700000001,"action":"CUSTOMER",` +
		`"action_event":%q,"contact_id":%d},"message":%q}`
	return fmt.Sprintf(form, event, contact, message)
}

func TestAddSaysWhatHappened(t *testing.T) {
	_, c := start(t)
	c.post("addUpdateCustomer", sample(t, "customers/add-2024.request.json")).want(t, 200,
		upserted("ADD_CUSTOMER", 800000001, "Customer Added successfully !Contact Added successfully !"))
	// The documented update has no contact_id, so it adds a second contact.
	c.post("addUpdateCustomer", sample(t, "customers/update-2024.request.json")).want(t, 200,
		upserted("UPDATE_CUSTOMER", 800000002, "Customer Updated successfully !Contact Added successfully !"))
	const renames = `{"customer_info":{"customer_id":700000001,"customer_name":"ABC","phone":"1"},
		"contact_info":[{"contact_id":"800000001","first_name":"Asha"}]}`
	c.post("addUpdateCustomer", renames).want(t, 200,
		upserted("UPDATE_CUSTOMER", 800000001, "Customer Updated successfully !"))

	got := c.post("getCustomer", `[{"kapture_customer_id":700000001}]`)
	contacts := at(t, got.value, "Customer Details", "contacts").([]any)
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
	c.change("700000001", "Asha", "9000000001")

	got := c.post("getCustomer", `[{"phone":"9000000001"}]`)
	contact := at(t, got.value, "Customer Details", "contacts", 0)
	for name, want := range map[string]string{
		"phone": "9000000001", "email": "asha@example.com", "contactPerson": "Asha",
	} {
		if at(t, contact, name) != want {
			t.Errorf("%s of the contact is %v, want %s", name, at(t, contact, name), want)
		}
	}
}

func TestUpdateKeepsWhatIsSentEmpty(t *testing.T) {
	_, c := start(t)
	c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"Asha","phone":"9000000001",
		"city":"Pune","customer_code":"C-1","organization":true}}`)
	c.post("addUpdateCustomer", `{"customer_info":{"customer_id":"700000001","customer_name":"Asha R",
		"phone":"9000000001","city":"","state":null}}`)

	lookup := c.post("getCustomer", `[{"kapture_customer_id":"700000001"}]`)
	got := at(t, lookup.value, "Customer Details").(map[string]any)
	for name, want := range map[string]any{
		"name": "Asha R", "city": "Pune", "customerCode": "C-1", "isOrganization": true, "state": "",
	} {
		if got[name] != want {
			t.Errorf("%s is %#v, want %#v", name, got[name], want)
		}
	}
}

func TestRefusedAddChangesNothing(t *testing.T) {
	const noCustomer5 = `{"message":"kapture mock: there is no customer \"5\" in this world","status":"failed"}`
	const noContact5 = `{"message":"kapture mock: the customer has no contact \"5\"","status":"failed"}`
	srv, c := start(t)
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{name: "no name", body: `{"customer_info":{"phone":"9"}}`, status: 200, want: missing2024},
		{
			name: "only a name", body: `{"customer_info":{"customer_name":"Asha","phone":"","email_id":" "}}`,
			status: 200, want: missing2024,
		},
		{name: "nothing", body: `{}`, status: 200, want: missing2024},
		{name: "no info", body: `{"customer_info":null}`, status: 200, want: missing2024},
		{name: "info is a list", body: `{"customer_info":[]}`, status: 400, want: invalidJSON},
		{
			name:   "enquiry is a text",
			body:   `{"customer_info":{"customer_name":"Asha","phone":"9"},"enquiry_info":"x"}`,
			status: 400, want: invalidJSON,
		},
		{
			name:   "a contact with only a name",
			body:   `{"customer_info":{"customer_name":"Asha","phone":"9"},"contact_info":[{"first_name":"A"}]}`,
			status: 200, want: missing2024,
		},
		{
			name:   "contacts are an object",
			body:   `{"customer_info":{"customer_name":"Asha","phone":"9"},"contact_info":{}}`,
			status: 400, want: invalidJSON,
		},
		{name: "an array", body: `[]`, status: 400, want: invalidJSON},
		{
			name: "unknown customer", body: `{"customer_info":{"customer_id":"5","customer_name":"Asha","phone":"9"}}`,
			status: 404, want: noCustomer5,
		},
		{
			name:   "unknown contact",
			body:   `{"customer_info":{"customer_name":"Asha","phone":"9"},"contact_info":[{"contact_id":"5"}]}`,
			status: 404, want: noContact5,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c.in(t).post("addUpdateCustomer", test.body).want(t, test.status, test.want)
		})
	}
	if got := srv.World("acme").Customers(); len(got) != 0 {
		t.Errorf("a refused call added %+v", got)
	}
}

// The fields of a response, their order and the type of each value are those of
// the sample of the same generation, for any record.
func TestResponsesHaveTheFormOfTheirGeneration(t *testing.T) {
	_, c := start(t, fixed(time.Date(2024, 5, 2, 16, 15, 42, 249e6, india)))
	c.post("addUpdateCustomer", sample(t, "customers/add-2024.request.json"))
	c.post("addUpdateCustomer", sample(t, "customers/update-2024.request.json"))
	update2021 := strings.Replace(sample(t, "customers/update-2021.request.json"), "70000001", "700000001", 1)

	tests := []struct {
		operation string
		body      string // "" for the request of the sample
		sample    string
	}{
		{operation: "getCustomer", body: `[{"kapture_customer_id":"700000001"}]`, sample: "customers/get-2024"},
		{
			operation: "getCustomer", body: `[{"kapture_customer_id":"700000001","customer_id":""}]`,
			sample: "customers/get-2021",
		},
		{operation: "getCustomer", body: `{"customer_id":"700000001"}`, sample: "customers/search-2016"},
		{
			operation: "pullCustomers", body: `[{"start_date":"2024-05-02","end_date":"2024-05-02"}]`,
			sample: "customers/pull-2021",
		},
		{
			operation: "pullCustomers", body: `{"start_date":"2024-05-02","end_date":"2024-05-02"}`,
			sample: "customers/select-2016",
		},
		{operation: "addUpdateCustomer", sample: "customers/add-2024"},
		{operation: "pushEnquiry", sample: "customers/add-2021"},
		{operation: "pushEnquiry", body: update2021, sample: "customers/update-2021"},
		{operation: "pushEnquiry", sample: "enquiries/push-2019-20"},
		{operation: "pushCustomer", sample: "customers/add-2016"},
		{operation: "pushCustomer", sample: "customers/push-2019-20"},
		{operation: "pushCustomer", sample: "customers/push-observed"},
		{operation: "addContact", sample: "customers/add-more-contacts-2016"},
		{operation: "pushOrder", sample: "orders/push-2019-20"},
		{operation: "pushProduct", sample: "products/push-2019-20"},
	}
	for _, test := range tests {
		t.Run(test.sample, func(t *testing.T) {
			body := test.body
			if body == "" {
				body = sample(t, test.sample+".request.json")
			}
			got := c.in(t).post(test.operation, body)
			want := sample(t, test.sample+".response.json")
			if difference := sameForm("", []byte(want), []byte(got.text)); difference != "" {
				t.Errorf("%s\n%s", difference, got.text)
			}
		})
	}
}

// sameForm compares two JSON values by fields, their order and the spelling of
// types: 0.0 is not 0. It returns the first difference.
func sameForm(at string, want, got json.RawMessage) string {
	want = []byte(strings.TrimSpace(string(want)))
	got = []byte(strings.TrimSpace(string(got)))
	switch want[0] {
	case '{':
		return sameFields(at, want, got)
	case '[':
		return sameElements(at, want, got)
	}
	if spelling(want) != spelling(got) {
		return fmt.Sprintf("%s: %s, want the form of %s", at, got, want)
	}
	return ""
}

func sameFields(at string, want, got json.RawMessage) string {
	var wanted, have map[string]json.RawMessage
	if json.Unmarshal(want, &wanted) != nil || json.Unmarshal(got, &have) != nil || got[0] != '{' {
		return fmt.Sprintf("%s: %.40s is not an object", at, got)
	}
	if w, g := names(want), names(got); !slices.Equal(w, g) {
		return fmt.Sprintf("%s: fields\n%q\nwant\n%q", at, g, w)
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if d := sameForm(at+"/"+name, wanted[name], have[name]); d != "" {
			return d
		}
	}
	return ""
}

func sameElements(at string, want, got json.RawMessage) string {
	var wanted, have []json.RawMessage
	if json.Unmarshal(want, &wanted) != nil || json.Unmarshal(got, &have) != nil || len(have) < len(wanted) {
		return fmt.Sprintf("%s: %.40s is not an array of %d", at, got, len(wanted))
	}
	for i := range wanted {
		if d := sameForm(fmt.Sprint(at, "/", i), wanted[i], have[i]); d != "" {
			return d
		}
	}
	return ""
}

// names lists the fields of an object in their order.
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
	_, c := start(t, fixed(time.Date(2024, 5, 2, 10, 45, 42, 249e6, time.UTC)))
	c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"Asha","phone":"9000000001"}}`)
	got := at(t, c.post("getCustomer", `[{"phone":"9000000001"}]`).value, "Customer Details").(map[string]any)
	for name, want := range map[string]any{
		"id":                 json.Number("700000001"),
		"cmId":               json.Number("1000298"),
		"currentStatus":      "N",
		"companyStatus":      "A",
		"totalNoOfEnquiries": json.Number("1"),
		"feedbackOnCustomer": "0",
		"deleted":            false,
		"maxCreditAmt":       json.Number("0.0"),
		"creatorId":          json.Number("0"),
		"city":               "",
		// Indian time: five and a half hours ahead; months of the text count from one.
		"generationDate":   "May 2, 2024 4:15:42 PM",
		"imageReferenceId": "CUS_2024-05-02 16:15:42.249",
	} {
		if got[name] != want {
			t.Errorf("%s is %#v, want %#v", name, got[name], want)
		}
	}

	calendar := at(t, got, "contacts", 0, "generationDate").(map[string]any)
	for name, want := range map[string]string{
		"year": "2024", "month": "4", "dayOfMonth": "2", "hourOfDay": "16", "minute": "15", "second": "42",
	} {
		if calendar[name] != json.Number(want) {
			t.Errorf("%s of the calendar is %v, want %s", name, calendar[name], want)
		}
	}
}

// three is a world with three customers, the last of which has a second contact.
func three(t *testing.T) caller {
	t.Helper()
	srv, c := start(t)
	for i, name := range []string{"first", "second", "third"} {
		customer := mock.Customer{
			Name:  name,
			Phone: fmt.Sprintf("900000000%d", i+1),
			Email: name + "@example.com",
			Code:  "code-" + name,
		}
		if _, err := srv.World("acme").AddCustomer(customer); err != nil {
			t.Fatal(err)
		}
	}
	c.post("addContact", `{"customer_id":"700000003","name":"Contact","phone":"8000000001",
		"email":"contact@example.com"}`)
	return c
}

func TestGetPrefersIdentifierThenEmailThenPhone(t *testing.T) {
	c := three(t)
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
			continue
		}
		if name := at(t, got.value, "Customer Details", "name"); name != want {
			t.Errorf("%s found %v, want %s", lookup, name, want)
		}
	}

	c.post("getCustomer", `[]`).want(t, 200, notFound)
	c.post("getCustomer", `["700000001"]`).want(t, 400, invalidJSON)
	if got := c.post("getCustomer", `[{"phone":"1"},{"phone":"2"}]`); got.status != 400 {
		t.Errorf("an array of two: got %d %s", got.status, got.text)
	}
}

// A phone that several customers have finds the oldest, and one that a customer
// gave up finds it no more.
func TestLookupsFollowChanges(t *testing.T) {
	_, c := start(t)
	const customer = `{"customer_info":{"customer_id":%q,"customer_name":%q,"phone":%q,"email_id":%q}}`
	upsert := func(id, name, phone, email string) {
		c.post("addUpdateCustomer", fmt.Sprintf(customer, id, name, phone, email))
	}
	upsert("", "first", "1", "a@example.com")
	upsert("", "second", "1", "b@example.com")
	found := func(lookup string) any {
		t.Helper()
		details, _ := c.post("getCustomer", lookup).object["Customer Details"].(map[string]any)
		return details["name"]
	}

	if got := found(`[{"phone":"1"}]`); got != "first" {
		t.Errorf("the phone finds %v", got)
	}
	upsert("700000001", "first", "2", "c@example.com")
	if got := found(`[{"phone":"1"}]`); got != "second" {
		t.Errorf("the phone that the first gave up finds %v", got)
	}
	if got := found(`[{"email_id":"a@example.com"}]`); got != nil {
		t.Errorf("the e-mail address that nobody has finds %v", got)
	}
	if got := found(`[{"phone":"2"}]`); got != "first" {
		t.Errorf("the new phone finds %v", got)
	}
	upsert("700000001", "first", "1", "")
	if got := found(`[{"phone":"1"}]`); got != "first" {
		t.Errorf("the phone that both have finds %v", got)
	}
}

func TestSearch2016(t *testing.T) {
	srv, c := start(t)
	for _, x := range []mock.Customer{
		{Name: "Asha", Code: "A-1"},
		{Name: "Asha", Code: "A-2"},
		{Name: "A-1", Code: "A-3"},
		{Name: "B", Code: "700000001"},
	} {
		if _, err := srv.World("acme").AddCustomer(x); err != nil {
			t.Fatal(err)
		}
	}

	for wanted, want := range map[string][]string{
		"700000002": {"700000002"},
		"A-1":       {"700000001"},
		"Asha":      {"700000001", "700000002"},
		"700000001": {"700000001", "700000004"}, // one by its identifier, one by its code
		"nobody":    nil,
	} {
		got := c.post("getCustomer", fmt.Sprintf(`{"customer_id":%q}`, wanted))
		if _, has := got.object["status"]; has {
			t.Errorf("%s: the response has a status next to its list", wanted)
		}
		var ids []string
		for _, record := range at(t, got.value, "message").([]any) {
			ids = append(ids, fmt.Sprint(at(t, record, "id")))
			if at(t, record, "status") != "success" {
				t.Errorf("%s: a record has the status %v", wanted, at(t, record, "status"))
			}
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%s found %v, want %v", wanted, ids, want)
		}
	}
	c.post("getCustomer", `{}`).want(t, 200, missing2016)
}

// The page of 2016 prints a name with a blank at its end, for the first of two
// contacts.
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
	for name, created := range map[string]time.Time{
		"before": time.Date(2021, 3, 13, 23, 59, 59, 0, india),
		"start":  time.Date(2021, 3, 13, 18, 30, 0, 0, time.UTC), // midnight in India
		"noon":   time.Date(2021, 3, 14, 12, 0, 0, 0, india),
		"end":    time.Date(2021, 3, 14, 23, 59, 59, 999e6, india),
		"after":  time.Date(2021, 3, 15, 0, 0, 0, 0, india),
	} {
		if _, err := srv.World("acme").AddCustomer(mock.Customer{Name: name, Created: created}); err != nil {
			t.Fatal(err)
		}
	}

	for window, want := range map[string][]string{
		`"start_date":"2021-03-14","end_date":"2021-03-14"`: {"end", "noon", "start"},
		`"start_date":"2021-03-13","end_date":"2021-03-15"`: {"after", "before", "end", "noon", "start"},
		`"start_date":"2021-03-15","end_date":"2021-03-14"`: nil,
		`"start_date":"2021-03-20","end_date":"2021-03-20"`: nil,
		`"start_date":"14-03-2021","end_date":"14-03-2021"`: nil,
		`"start_date":"2021-02-30","end_date":"2021-03-14"`: nil,
		`"start_date":"","end_date":"2021-03-14"`:           nil,
		`"start_date":"2021-03-14"`:                         nil,

		`"start_date":"2021-03-14 12:00:00","end_date":"2021-03-14 23:59:58"`: {"noon"},
		`"start_date":"2021-03-14 12:00:01","end_date":"2021-03-14"`:          {"end"},
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

// namesOf lists the names of pulled customers, sorted.
func namesOf(t *testing.T, r result) []string {
	t.Helper()
	if at(t, r.value, "status") != "success" {
		t.Fatalf("got %s", r.text)
	}
	var out []string
	for _, x := range at(t, r.value, "message").([]any) {
		out = append(out, at(t, x, "name").(string))
	}
	slices.Sort(out)
	return out
}

// queried is a world with 250 customers of one day, made a second apart.
func queried(t *testing.T) caller {
	t.Helper()
	day := time.Date(2024, 5, 1, 9, 0, 0, 0, india)
	srv, c := start(t)
	for n := range 250 {
		customer := mock.Customer{
			Name:         fmt.Sprintf("n%03d", n),
			Phone:        fmt.Sprintf("9%09d", n),
			Email:        fmt.Sprintf("n%d@example.com", n),
			Code:         fmt.Sprint(n % 10),
			Organization: n%2 == 0,
			Created:      day.Add(time.Duration(n) * time.Second),
		}
		if _, err := srv.World("acme").AddCustomer(customer); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestQuery2024(t *testing.T) {
	c := queried(t)
	query := func(more string) result {
		const days = `{"cm_id":"1000298","createStartDate":"2024-05-01","createEndDate":"2024-05-02"`
		return c.post("pullCustomers", days+more+`}`)
	}
	tests := []struct {
		more  string
		count int
		first string
	}{
		{more: ``, count: 100, first: "n000"},
		{more: `,"limit":"","offset":""`, count: 100, first: "n000"},
		{more: `,"limit":"30","offset":"240"`, count: 10, first: "n240"},
		{more: `,"limit":7,"offset":100`, count: 7, first: "n100"},
		{more: `,"limit":"1000"`, count: 250, first: "n000"},
		{more: `,"offset":"250"`, count: 0},
		{more: `,"isOrganisation":true,"limit":"1000"`, count: 125, first: "n000"},
		{more: `,"isOrganisation":true,"limit":"2","offset":"3"`, count: 2, first: "n006"},
		{more: `,"isOrganisation":false,"limit":"1000"`, count: 250, first: "n000"},
		{more: `,"isOrganisation":false,"isIndividual":"true","limit":"1000"`, count: 125, first: "n001"},
		{more: `,"customerCode":"3"`, count: 25, first: "n003"},
		{more: `,"phone":"9000000007"`, count: 1, first: "n007"},
		{more: `,"email":"n9@example.com"`, count: 1, first: "n009"},
		{more: `,"name":"n011"`, count: 1, first: "n011"},
		{more: `,"customer_id":"700000006"`, count: 1, first: "n005"},
		{more: `,"customer_id":700000006,"name":"n005"`, count: 1, first: "n005"},
		{more: `,"zoneIdStr":"","assignedToIdStr":""`, count: 100, first: "n000"},
	}
	for _, test := range tests {
		found := namesOf(t, query(test.more))
		if len(found) != test.count || test.count > 0 && found[0] != test.first {
			t.Errorf("%s gave %d from %v, want %d from %s",
				test.more, len(found), found[:min(1, len(found))], test.count, test.first)
		}
	}

	query(`,"name":"nobody"`).want(t, 200, noCustomers)
	query(`,"isOrganisation":false,"isIndividual":"","isChannelPartner":"true"`).want(t, 200, noCustomers)
}

func TestRefusedQueries2024(t *testing.T) {
	c := queried(t)
	const days = `"cm_id":"1000298","createStartDate":"2024-05-01","createEndDate":"2024-05-02"`
	for name, body := range map[string]string{
		"limit no number": `{` + days + `,"limit":"x"}`,
		"limit 0":         `{` + days + `,"limit":"0"}`,
		"offset below 0":  `{` + days + `,"offset":"-1"}`,
		"three days":      `{"cm_id":"1000298","createStartDate":"2024-05-01","createEndDate":"2024-05-03"}`,
		"no account":      `{"createStartDate":"2024-05-01","createEndDate":"2024-05-01"}`,
	} {
		if got := c.post("pullCustomers", body); got.status != 400 {
			t.Errorf("%s: got %d %s, want 400", name, got.status, got.text)
		}
	}

	const anotherAccount = `{"cm_id":"7","createStartDate":"2024-05-01","createEndDate":"2024-05-01"}`
	c.post("pullCustomers", anotherAccount).want(t, 200, noCustomers)
	c.post("pullCustomers", `{"cm_id":"1000298","createStartDate":"2024-05-01"}`).want(t, 200, noCustomers)
}

func TestPushes(t *testing.T) {
	_, c := start(t)
	const updated16 = `{"message":"Customer Updated Successfully","status":"success"}`
	const noCustomer9 = `{"Message":"kapture mock: there is no customer \"9\" in this world","Status":"Fail"}`
	const pushed19 = `{"Message":"Customer Added Successfully","Kapture Customer Id":"700000002","Status":"Success"}`
	const pushedNow = `{"message":"Customer Added Successfully","status":"success","Kapture Customer Id":"700000003"}`
	const updatedNow = `{"message":"Customer Updated Successfully","status":"success",` +
		`"Kapture Customer Id":"700000003"}`
	const missing19 = `{"Message":"Mandatory field missing","Status":"failed"}`

	c.post("pushCustomer", sample(t, "customers/add-2016.request.json")).want(t, 200, added2016)
	c.post("pushCustomer", `{"name":"A","phone":"1"}`).want(t, 200, missing2016)
	c.post("pushCustomer", `{"customer_id":"700000001","name":"B"}`).want(t, 200, updated16)
	c.post("pushCustomer", `{"customer_id":""}`).want(t, 200, missing2016)
	c.post("pushCustomer", `{"customer_id":"9"}`).want(t, 404, noCustomer9)

	c.post("pushCustomer", sample(t, "customers/push-2019-20.request.json")).want(t, 200, pushed19)
	c.post("pushCustomer", sample(t, "customers/push-observed.request.json")).want(t, 200, pushedNow)
	c.post("pushCustomer", `[{"customer_id":"700000003","name":"C"}]`).want(t, 200, updatedNow)
	c.post("pushCustomer", `[{"phone":"1"}]`).want(t, 200, missing19)

	for id, want := range map[string]string{"700000001": "B", "700000003": "C"} {
		got := c.post("getCustomer", fmt.Sprintf(`[{"kapture_customer_id":%q}]`, id))
		if name := at(t, got.value, "Customer Details", "name"); name != want {
			t.Errorf("%s is %v, want %s", id, name, want)
		}
	}
}

// Production callers push a customer at every login with an identifier of their
// own, and the login fails unless the push succeeds.
func TestPushWithTheCallersOwnIdentifier(t *testing.T) {
	srv, c := start(t)
	const id = "5f0c1d8e-0000-4000-8000-0000000b0001"
	push := func(name string) result {
		const body = `[{"customer_id":%q,"customer_code":%q,"name":%q,"phone":"9000000031","email":""}]`
		return c.post("pushCustomer", fmt.Sprintf(body, id, id, name))
	}
	push("Rider Login").want(t, 200,
		`{"message":"Customer Added Successfully","status":"success","Kapture Customer Id":"700000001"}`)
	push("Rider Again").want(t, 200,
		`{"message":"Customer Updated Successfully","status":"success","Kapture Customer Id":"700000001"}`)

	customers := srv.World("acme").Customers()
	if len(customers) != 1 || customers[0].Name != "Rider Again" || customers[0].Code != id {
		t.Errorf("the world has %+v", customers)
	}

	// The code may be left out: the identifier is remembered.
	c.post("pushCustomer", `[{"customer_id":"own-2","name":"A"}]`)
	again := c.post("pushCustomer", `[{"customer_id":"own-2","name":"B"}]`)
	again.want(t, 200,
		`{"message":"Customer Updated Successfully","status":"success","Kapture Customer Id":"700000002"}`)
	// It may look like a number that Kapture did not give.
	added := c.post("pushCustomer", `[{"customer_id":"42","name":"C"}]`)
	if at(t, added.value, "Kapture Customer Id") != "700000003" {
		t.Errorf("got %s", added.text)
	}
	if missing := c.post("pushCustomer", `[{"customer_id":"43"}]`); at(t, missing.value, "Status") != "failed" {
		t.Errorf("a new customer without a name: got %s", missing.text)
	}
}

func TestMoreContacts2016(t *testing.T) {
	_, c := start(t)
	c.post("pushCustomer", sample(t, "customers/add-2016.request.json"))
	c.post("addContact", `{"name":"A","phone":"1"}`).want(t, 200, missing2016)
	// No field names the customer: the phone finds it.
	c.post("addContact", sample(t, "customers/add-more-contacts-2016.request.json")).want(t, 200, added2016)
	details := at(t, c.post("getCustomer", `[{"kapture_customer_id":"700000001"}]`).value, "Customer Details")
	if n := len(at(t, details, "contacts").([]any)); n != 2 {
		t.Errorf("the customer has %d contacts, want 2", n)
	}

	// Nobody has this phone or e-mail: the text says that a customer is added.
	c.post("addContact", `{"name":"New","phone":"77","email":"new@example.com"}`).want(t, 200, added2016)
	if got := at(t, c.post("getCustomer", `[{"phone":"77"}]`).value, "Customer Details", "name"); got != "New" {
		t.Errorf("the contact without a customer belongs to %v", got)
	}
	// The e-mail address finds a customer, too.
	c.post("addContact", `{"name":"Second","phone":"78","email":"new@example.com"}`).want(t, 200, added2016)
	if got := at(t, c.post("getCustomer", `[{"phone":"78"}]`).value, "Customer Details", "name"); got != "New" {
		t.Errorf("the contact of a known e-mail address belongs to %v", got)
	}
}

// Where the phone is one customer's and the e-mail address another's, the older
// one counts.
func TestContactOfTwoCustomers(t *testing.T) {
	_, c := start(t)
	c.post("pushCustomer", `[{"name":"older","phone":"1","email":"a@example.com"}]`)
	c.post("pushCustomer", `[{"name":"newer","phone":"2","email":"b@example.com"}]`)
	for _, contact := range []string{
		`{"name":"X","phone":"1","email":"b@example.com"}`,
		`{"name":"Y","phone":"2","email":"a@example.com"}`,
	} {
		c.post("addContact", contact)
	}
	details := at(t, c.post("getCustomer", `[{"kapture_customer_id":"700000001"}]`).value, "Customer Details")
	if contacts := at(t, details, "contacts").([]any); len(contacts) != 3 {
		t.Errorf("the older one has %d contacts, want 3", len(contacts))
	}
}

func TestTenantFieldsAreKept(t *testing.T) {
	srv, c := start(t)
	c.post("addUpdateCustomer", `{"customer_info":{"customer_name":"A","phone":"1","loyalty tier":"gold",
		"associate_fields":{"x":[1.50]}},"Ride Details (app)":[{"id":9007199254740993}]}`)
	got, _ := srv.World("acme").Customer(700000001)
	want := map[string]string{
		"loyalty tier":       `"gold"`,
		"Ride Details (app)": `[{"id":9007199254740993}]`,
		"associate_fields":   `{"x":[1.50]}`,
	}
	for name, value := range want {
		if string(got.Tenant[name]) != value {
			t.Errorf("%s is kept as %s, want %s", name, got.Tenant[name], value)
		}
	}
	if len(got.Tenant) != len(want) {
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
	got = c.post("getCustomer", `[{"kapture_customer_id":9007199254740993}]`)
	if id := at(t, got.value, "Customer Details", "id"); id != json.Number("9007199254740993") {
		t.Errorf("got customer %v", id)
	}
}
