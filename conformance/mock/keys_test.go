package mock_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// Each request of each generation, and what it answers to a refused key.
var keyCases = []struct {
	operation, body string
	refused         int
	forbidden       int
	want            string
}{
	{"addUpdateCustomer", `{}`, 200, 403, refused2024},
	{"getCustomer", `[{"phone":"1"}]`, 200, 403, refused2024},
	{"getCustomer", `[{"customer_id":"","phone":"1"}]`, 401, 401, refused2024},
	{"getCustomer", `{"customer_id":"1"}`, 200, 200, `{"Message":"Auth Key Invalid","Status":"Fail"}`},
	{"pullCustomers", `{"cm_id":1,"createStartDate":"2024-05-01"}`, 200, 403, refused2024},
	{"pullCustomers", `[{"start_date":"2024-05-01"}]`, 401, 401, refused2024},
	{"pullCustomers", `{"start_date":"2024-05-01"}`, 200, 200, `{"Message":"Auth Key Expired","Status":"Fail"}`},
	{"pullCustomers", `{"end_date":"2024-05-01"}`, 200, 200, `{"Message":"Auth Key Expired","Status":"Fail"}`},
	{"pushCustomer", `{"name":"A"}`, 200, 200, `{"Message":"Message Key Expired","Status":"Fail"}`},
	{"pushCustomer", `{"customer_id":"1"}`, 200, 200, `{"Message":"Auth Key Invalid","Status":"Fail"}`},
	{"pushCustomer", `[{"name":"A"}]`, 200, 200, `{"Message":"Invalid Auth Key","Status":"failed"}`},
	{"addContact", `{}`, 200, 200, `{"Message":"Invalid Auth Key","Status":"Fail"}`},
	{"pushEnquiry", `{"phone":"1"}`, 401, 401, refused2024},
	{"pushEnquiry", `[{"phone":"1"}]`, 200, 200, `{"Message":"Invalid Auth Key","Status":"failed"}`},
	{"addTicket", `{}`, 200, 403, refused2024},
	{"updateTicket", `{}`, 200, 403, refused2024},
	{"getTickets", `{}`, 200, 403, refused2024},
	{"pullTickets", `[]`, 200, 403, refused2024},
	{"pullTicketsUnversioned", `[]`, 200, 200, `{"Message":"Invalid Auth Key","Status":"failed"}`},
	{"pushTicket", ``, 200, 200, `{"Message":"Auth Key Expired","Status":"Fail"}`},
	{"addUpdateOrder", `{}`, 200, 403, refused2024},
	{"pullOrders", `{}`, 200, 403, refused2024},
	{"pushOrder", `[]`, 200, 200, `{"Message":"Invalid Auth Key","Status":"failed"}`},
	{"getFAQContents", `[]`, 200, 403, refused2024},
	{"getFAQCategories", ``, 200, 403, refused2024},
	{"pushProduct", `[]`, 200, 200, `{"Message":"Invalid Auth Key","Status":"failed"}`},
}

func TestRefusedKeysGetTheTextOfTheirPage(t *testing.T) {
	_, c := start(t)
	seen := map[string]bool{}
	for _, test := range keyCases {
		t.Run(test.operation+" "+test.body, func(t *testing.T) {
			c := c.in(t)
			seen[test.operation] = true
			for _, key := range []string{"", "production-key", "test-acme-expired", "test-acme-ci-disabled", "test-acme-only.nothing"} {
				c.as(key).post(test.operation, test.body).want(t, test.refused, test.want)
			}
			if test.operation != "pushTicket" { // its key stands in the query
				c.as("test-acme-forbidden").post(test.operation, test.body).want(t, test.forbidden, test.want)
			}
			// The key is looked at before the body.
			if test.operation != "getFAQCategories" && test.operation != "pushTicket" {
				if got := c.as("").post(test.operation, "{"); strings.Contains(got.text, "Json") {
					t.Errorf("broken JSON under a refused key was answered %s", got.text)
				}
			}
		})
	}
	for operation := range paths {
		if !seen[operation] {
			t.Errorf("no case for %s", operation)
		}
	}
}

func TestKeyForms(t *testing.T) {
	_, c := start(t)
	basic := func(user string) string { return base64.StdEncoding.EncodeToString([]byte(user)) }
	for header, good := range map[string]bool{
		"Basic test-acme":                               true,
		"Basic test-acme-anyone":                        true,
		"Basic test-acme_2.x":                           true,
		"Basic " + basic("test-acme:password"):          true,
		"Basic " + basic("test-acme-me:"):               true,
		"Basic test-acme-only.getCustomer":              true,
		"Basic test-acme-ci-only.addTicket.getCustomer": true,
		"":                                      false,
		"test-acme":                             false,
		"basic test-acme":                       false,
		"Bearer test-acme":                      false,
		"Basic":                                 false,
		"Basic test-":                           false,
		"Basic test":                            false,
		"Basic test-a b":                        false,
		"Basic test-" + strings.Repeat("a", 65): false,
		"Basic " + basic("test-acme"):           false,
		"Basic " + basic("prod-acme:password"):  false,
		"Basic " + basic("acme:test-acme"):      false,
		"Basic " + basic("test-acme-expired:password"):   false,
		"Basic dGVzdC1hY21lOg":                           false,
		"Basic test-acme-only.addTicket":                 false,
		"Basic " + strings.Repeat("0123456789abcdef", 3): false,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+paths["getCustomer"], strings.NewReader(`[{"phone":"1"}]`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", header)
		want := notFound
		if !good {
			want = refused2024
		}
		if got := c.do(req); got.text != want {
			t.Errorf("%q was answered %s", header, got.text)
		}
	}
}

func TestWorldsAreApart(t *testing.T) {
	srv, c := start(t)
	c.as("test-one-writer").post("addUpdateCustomer", `{"customer_info":{"customer_name":"A","phone":"1"}}`)
	lookup := `[{"phone":"1"}]`
	if got := c.as("test-one-reader").post("getCustomer", lookup); at(t, got.value, "status") != "success" {
		t.Errorf("a key of the same world was answered %s", got.text)
	}
	c.as("test-two").post("getCustomer", lookup).want(t, 200, notFound)
	// Every world numbers from the start.
	if got := c.as("test-two").post("addUpdateCustomer", `{"customer_info":{"customer_name":"A","phone":"1"}}`); !strings.Contains(got.text, `"customer_id":700000001`) {
		t.Errorf("the second world began with %s", got.text)
	}
	srv.World("one").Reset()
	c.as("test-one").post("getCustomer", lookup).want(t, 200, notFound)
}

func TestOneTokenOfChoice(t *testing.T) {
	srv, c := start(t, mock.WithToken("Basic sesame:open"))
	body := `{"customer_info":{"customer_name":"A","phone":"1"}}`
	if got := c.as("sesame:open").post("addUpdateCustomer", body); at(t, got.value, "status") != "success" {
		t.Errorf("the token was answered %s", got.text)
	}
	pair := base64.StdEncoding.EncodeToString([]byte("sesame:open"))
	if got := c.as(pair).post("getCustomer", `[{"phone":"1"}]`); at(t, got.value, "status") != "success" {
		t.Errorf("the token as a pair was answered %s", got.text)
	}
	c.as("sesame").post("getCustomer", `[{"phone":"1"}]`).want(t, 200, refused2024)
	c.as("test-acme").post("getCustomer", `[{"phone":"1"}]`).want(t, 200, notFound)
	if w := srv.TokenWorld(); w.Key() != "sesame:open" {
		t.Errorf("the world's key is %q", w.Key())
	} else if x, ok := w.Customer(700000001); !ok || x.Name != "A" {
		t.Errorf("the token's world has %+v", x)
	}
}

// Where a request is wrong in two ways, the first of these is told: path, key,
// JSON, required members, form of values.
func TestOrderOfRefusals(t *testing.T) {
	_, c := start(t)
	for name, test := range map[string]struct{ path, key, body, want string }{
		"path before key":      {"/users", "wrong", `{`, "no operation at POST /users"},
		"key before JSON":      {paths["addTicket"], "wrong", `{`, "Invalid Auth Key"},
		"JSON before required": {paths["addUpdateCustomer"], "test-acme", `{"contact_info":{}}`, "Invalid Json."},
		"JSON in the query":    {paths["pushTicket"] + "?auth_key=test-acme&ticket_fields=%7B", "", ``, "Invalid Json."},
		"required before form": {paths["pullCustomers"], "test-acme", `{"createStartDate":"2024-05-01","createEndDate":"2024-05-09"}`, "cm_id is missing"},
		"form before result":   {paths["pullCustomers"], "test-acme", `{"cm_id":1,"createStartDate":"2024-05-01","createEndDate":"2024-05-01","limit":"x"}`, `limit is \"x\"`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Basic "+test.key)
		if got := c.do(req); !strings.Contains(got.text, test.want) {
			t.Errorf("%s: answered %s", name, got.text)
		}
	}
}
