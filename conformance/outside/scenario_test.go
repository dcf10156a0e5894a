package outside

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec"
)

// step is one call and the component that its answer has to be.
type step struct {
	operation, body, answer string
	key                     string // "" is a good one, "-" is none
	query                   string
	status                  int  // 0 is 200
	wrong                   bool // the body breaks the contract on purpose
}

// scenario reaches every operation, every use and every documented failure and
// success. The clock stands still on 19 April 2024 in India.
func scenario(sample func(string) string) []step {
	const window = `"start_date":"2024-04-19","end_date":"2024-04-19"`
	query := func(more string) string {
		return `{"cm_id":1000298,"createStartDate":"2024-04-19","createEndDate":"2024-04-19"` + more + `}`
	}
	push2016 := func(fields string) string {
		return "api_id=35&auth_key=test-acme&ticket_fields=" + url.QueryEscape(fields)
	}
	steps := []step{
		{operation: "addUpdateCustomer", body: sample("customers/add-2024.request.json"), answer: "CustomerUpserted"},
		{operation: "addUpdateCustomer", body: sample("customers/update-2024.request.json"), answer: "CustomerUpserted"},
		{operation: "addUpdateCustomer", body: `{"customer_info":{"customer_id":700000001,"customer_name":"A","phone":"1"}}`, answer: "CustomerUpserted"},
		{operation: "addUpdateCustomer", body: `{"customer_info":{"customer_name":"A","phone":""}}`, answer: "Failure"},
		{operation: "addUpdateCustomer", body: `{"customer_info":{"customer_id":"5","customer_name":"A","phone":"1"}}`, answer: "Failure", status: 404},
		{operation: "addUpdateCustomer", body: `{`, answer: "Failure", status: 400, wrong: true},
		{operation: "addUpdateCustomer", body: `{"customer_info":{"customer_name":"A","phone":"1"}}`, key: "test-acme-forbidden", answer: "Failure", status: 403},

		{operation: "getCustomer", body: `[{"kapture_customer_id":"700000001"}]`, answer: "CustomerFound"},
		{operation: "getCustomer", body: `[{"kapture_customer_id":"700000001","customer_id":""}]`, answer: "CustomerFound"},
		{operation: "getCustomer", body: `{"customer_id":"700000001"}`, answer: "CustomerSearchResult"},
		{operation: "getCustomer", body: `{"customer_id":"nobody"}`, answer: "CustomerSearchResult"},
		{operation: "getCustomer", body: sample("customers/get-2024.request.json"), answer: "CustomerNotFound"},
		{operation: "getCustomer", body: `[{"phone":"1","customer_id":""}]`, key: "-", answer: "Failure", status: 401},
		{operation: "getCustomer", body: `{"customer_id":"1"}`, key: "-", answer: "LegacyFailure"},

		{operation: "pullCustomers", body: `[{` + window + `}]`, answer: "CustomerList"},
		{operation: "pullCustomers", body: `{` + window + `}`, answer: "CustomerList"},
		{operation: "pullCustomers", body: query(""), answer: "CustomerList"},
		{operation: "pullCustomers", body: query(`,"offset":"99"`), answer: "CustomerList"},
		{operation: "pullCustomers", body: sample("customers/pull-2021.request.json"), answer: "Failure"},
		{operation: "pullCustomers", body: `{"cm_id":1,"createStartDate":"2024-01-01","createEndDate":"2024-02-01"}`, answer: "Failure", status: 400},
		{operation: "pullCustomers", body: `[{` + window + `}]`, key: "-", answer: "Failure", status: 401},
		{operation: "pullCustomers", body: `{` + window + `}`, key: "-", answer: "LegacyFailure"},

		{operation: "pushCustomer", body: sample("customers/add-2016.request.json"), answer: "LegacySuccess"},
		{operation: "pushCustomer", body: `{"customer_id":"700000001","name":"B"}`, answer: "LegacyCustomerUpdated"},
		{operation: "pushCustomer", body: sample("customers/push-2019-20.request.json"), answer: "CustomerPushed"},
		{operation: "pushCustomer", body: sample("customers/push-observed.request.json"), answer: "CustomerPushedLowerCase"},
		{operation: "pushCustomer", body: `{"name":"A"}`, answer: "LegacyFailure", wrong: true},
		{operation: "pushCustomer", body: `{"customer_id":"5"}`, answer: "LegacyFailure", status: 404},
		{operation: "pushCustomer", body: sample("customers/add-2016.request.json"), key: "-", answer: "LegacyFailure"},
		{operation: "pushCustomer", body: `{"customer_id":"1"}`, key: "-", answer: "LegacyFailure"},
		{operation: "pushCustomer", body: `[{"name":"A"}]`, key: "-", answer: "LegacyFailure"},

		{operation: "addContact", body: sample("customers/add-more-contacts-2016.request.json"), answer: "LegacySuccess"},
		{operation: "addContact", body: `{"name":"A"}`, answer: "LegacyFailure", wrong: true},

		{operation: "pushEnquiry", body: sample("customers/add-2021.request.json"), answer: "CustomerEnquiryAccepted"},
		{operation: "pushEnquiry", body: `{"customer_name":"B","phone":"","email_id":"","kapture_customer_id":"700000001"}`, answer: "CustomerEnquiryAccepted"},
		{operation: "pushEnquiry", body: `{"customer_name":"A","phone":""}`, answer: "Failure", status: 400},
		{operation: "pushEnquiry", body: `{"customer_name":"A","email_id":"dev@  .in"}`, answer: "Failure", status: 400},
		{operation: "pushEnquiry", body: `{"customer_name":"A","phone":"1234567890"}`, answer: "Failure", status: 400},
		{operation: "pushEnquiry", body: `{"customer_name":"A","phone":"9000000005"}`, answer: "Failure", status: 400},
		{operation: "pushEnquiry", body: `{"customer_name":"A","email_id":"Zxcv1234@example.com"}`, answer: "Failure", status: 400},
		{operation: "pushEnquiry", body: sample("customers/add-2021.request.json"), answer: "Failure", status: 400},
		{operation: "pushEnquiry", body: sample("enquiries/push-2019-20.request.json"), answer: "EnquiryPushed"},
		{operation: "pushEnquiry", body: sample("enquiries/push-2019-20.request.json"), answer: "Failure"},
		{operation: "pushEnquiry", body: `[{"customer_name":"A"}]`, answer: "LegacyFailure"},
		{operation: "pushEnquiry", body: `{"kapture_customer_id":"1"}`, key: "-", answer: "Failure", status: 401},
		{operation: "pushEnquiry", body: `[{}]`, key: "-", answer: "LegacyFailure"},

		{operation: "pushCustomer", body: `[{"name":"Asha","phone":"9000000077","email":"asha@example.com","customer_code":"A-77"}]`, answer: "CustomerPushed"},
		{operation: "addTicket", body: `[{"title":"A","ticket_details":null,"due_date":"","email_id":"asha@example.com","ride (app)":[{"id":"R"}],"one":{"a":"b"},"n":7}]`, answer: "TicketAdded"},
		{operation: "addTicket", body: `{"title":"B"}`, answer: "TicketAdded"},
		{operation: "addTicket", body: sample("tickets/add-2024.request.json"), answer: "Failure"},
		{operation: "updateTicket", body: `[{"ticket_id":"713516551148","sub_status":"CL","comment":"c","callback_time":"2024-04-20 10:00:00","queue":"Q","disposition":"A|B"}]`, answer: "TicketUpdated"},
		{operation: "updateTicket", body: `{"ticket_id":"713516551149","sub_status":"P"}`, answer: "TicketUpdated"},
		{operation: "updateTicket", body: sample("tickets/update-2024.request.json"), answer: "Failure"},
		{operation: "updateTicket", body: `[{"ticket_id":"713516551148","sub_status":"P","callback_time":"soon"}]`, answer: "Failure", wrong: true},
		{operation: "getTickets", body: `{"ticket_ids":"713516551148,713516551149,1","conversation_type":"notes"}`, answer: "TicketsFound"},
		{operation: "getTickets", body: `{"ticket_ids":"713516551148","conversation_type":"chat","history_type":"all","assigned":null}`, answer: "TicketsFound"},
		{operation: "getTickets", body: `{"ticket_ids":"1"}`, answer: "TicketsFound"},
		{operation: "getTickets", body: `[{"ticket_ids":"1"}]`, answer: "Failure", wrong: true},
		{operation: "getTickets", body: `{"ticket_ids":""}`, answer: "Failure"},
		{operation: "pullTickets", body: `[{` + window + `,"limit":1}]`, answer: "TicketList"},
		{operation: "pullTickets", body: `[{` + window + `}]`, answer: "TicketList"},
		{operation: "pullTickets", body: `[{"customer_code":"A-77","status":"","offset":"0","limit":"10"}]`, answer: "TicketList"},
		{operation: "pullTickets", body: `[{"customer_code":"none"}]`, answer: "TicketList"},
		{operation: "pullTickets", body: `{` + window + `}`, answer: "Failure", wrong: true},
		{operation: "pullTickets", body: `[{}]`, answer: "Failure", wrong: true},
		{operation: "pullTicketsUnversioned", body: `[{` + window + `}]`, answer: "LegacyTicketList"},
		{operation: "pullTicketsUnversioned", body: sample("tickets/pull-2019-20.request.json"), answer: "LegacyTicketList"},
		{operation: "pullTicketsUnversioned", body: `[{"start_date":"","end_date":""}]`, answer: "LegacyFailure"},
		{operation: "pushTicket", query: push2016(sample("tickets/push-2016.request.json")), answer: "LegacySuccess"},
		{operation: "pushTicket", query: push2016(`{}`), answer: "LegacyFailure"},
		{operation: "pushTicket", query: push2016(`{`), answer: "LegacyFailure", status: 400},

		{operation: "addUpdateOrder", body: sample("orders/add-2024.request.cut.json"), answer: "OrderUpserted"},
		{operation: "addUpdateOrder", body: `{"customer_info":{"customer_name":"A","phone":"1"},"order_info":{"order_id":"4236966"}}`, answer: "OrderUpserted"},
		{operation: "addUpdateOrder", body: `{"customer_info":{"customer_name":"A","phone":"1"},"order_info":{"order_id":"5"}}`, answer: "Failure", status: 404},
		{operation: "pullOrders", body: sample("orders/pull-2024.request.cut.json"), answer: "OrdersPulled"},
		{operation: "pullOrders", body: `{"cmId":1,"name":""}`, answer: "Failure", status: 400},
		{operation: "pushOrder", body: sample("orders/push-2019-20.request.json"), answer: "OrdersPushed"},
		{operation: "pushOrder", body: `[{"phone":""}]`, answer: "LegacyFailure"},

		{operation: "getFAQContents", body: sample("faq/contents-2024.request.json"), answer: "FAQContents"},
		{operation: "getFAQContents", body: `[{"category_id":"5248","start_index":"0","end_index":"20"}]`, answer: "FAQContents"},
		{operation: "getFAQCategories", answer: "FAQCategories"},
		{operation: "pushProduct", body: sample("products/push-2019-20.request.json"), answer: "ProductPushed"},
		{operation: "pushProduct", body: `[{"name":""}]`, answer: "LegacyFailure"},
	}
	for operation, answer := range map[string]string{
		"addUpdateCustomer": "Failure", "getCustomer": "Failure", "pullCustomers": "Failure", "addContact": "LegacyFailure", "addTicket": "Failure",
		"updateTicket": "Failure", "getTickets": "Failure", "pullTickets": "Failure", "pullTicketsUnversioned": "LegacyFailure", "pushTicket": "LegacyFailure",
		"addUpdateOrder": "Failure", "pullOrders": "Failure", "pushOrder": "LegacyFailure", "getFAQContents": "Failure", "getFAQCategories": "Failure",
		"pushProduct": "LegacyFailure",
	} {
		steps = append(steps, step{operation: operation, key: "-", answer: answer, wrong: true})
	}
	return steps
}

var day = time.Date(2024, 4, 19, 14, 19, 11, 152e6, time.FixedZone("IST", 5*3600+1800))

// samples reads the contract's samples by name.
func samples(t testing.TB) func(string) string {
	return func(name string) string {
		raw, err := spec.Sample(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
}

func TestEveryAnswerOfTheMockFitsTheContract(t *testing.T) {
	contract, err := Load("../../spec/dist/kapture.json")
	if err != nil {
		t.Fatal(err)
	}
	srv := mock.Run(t, mock.WithClock(func() time.Time { return day }))
	reached := map[string]bool{}
	for i, s := range scenario(samples(t)) {
		op, ok := contract.Operations[s.operation]
		if !ok {
			t.Errorf("step %d: no operation %s", i, s.operation)
			continue
		}
		at := fmt.Sprintf("step %d, %s %.80s", i, s.operation, s.body)
		if op.Request != "" {
			err := contract.Check(op.Request, []byte(s.body))
			if s.wrong && err == nil {
				t.Errorf("%s: the request is said to be wrong, and fits", at)
			} else if !s.wrong && err != nil {
				t.Errorf("%s: the request: %v", at, err)
			}
		}
		status, contentType, body := send(t, srv.URL+op.Path, s)
		if want := max(s.status, http.StatusOK); status != want {
			t.Errorf("%s: answered %d, want %d: %s", at, status, want, body)
		}
		pointer, documented := op.Responses[fmt.Sprint(status)]
		if !documented || contentType != "application/json" {
			t.Errorf("%s: answered %d as %s, which the contract does not have", at, status, contentType)
			continue
		}
		for _, schema := range []string{pointer, Component(s.answer)} {
			if err := contract.Check(schema, body); err != nil {
				t.Errorf("%s: the answer against %s: %v\n%s", at, schema, err, body)
			}
		}
		note(reached, s, op, status, body)
	}
	for _, id := range slices.Sorted(maps.Keys(contract.Operations)) {
		op := contract.Operations[id]
		for _, use := range op.Uses {
			if !reached[id+" answers "+use.Answer] {
				t.Errorf("%s: no step reaches the answer %s of %s (%s)", id, use.Answer, use.Name, use.Generation)
			}
		}
		for _, text := range slices.Concat(op.Failures, op.Successes) {
			if !reached[id+" says "+text.Name] {
				t.Errorf("%s: no step reaches %q (%s)", id, text.Message, text.Name)
			}
		}
	}
	t.Logf("%d answers of %d operations; %d uses, texts and failures reached", len(scenario(samples(t))), len(contract.Operations), len(reached))
}

// note writes down which answer and which documented text an answer is.
func note(reached map[string]bool, s step, op Operation, status int, body []byte) {
	reached[s.operation+" answers "+s.answer] = true
	for _, text := range slices.Concat(op.Failures, op.Successes) {
		pattern := regexp.QuoteMeta(text.Message)
		if text.Pattern != "" {
			pattern = strings.Trim(text.Pattern, "^$")
		}
		said := regexp.MustCompile(regexp.QuoteMeta(`"`+text.Member+`":"`) + pattern + `"`)
		if !said.Match(body) || text.Answer != s.answer {
			continue
		}
		if len(text.HTTP) == 0 || slices.Contains(text.HTTP, status) || status == http.StatusOK {
			reached[s.operation+" says "+text.Name] = true
		}
	}
}

func send(t *testing.T, to string, s step) (status int, contentType string, body []byte) {
	t.Helper()
	if s.query != "" {
		to += "?" + s.query
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	key := s.key
	if key == "" {
		key = "test-acme"
	}
	if key != "-" {
		req.Header.Set("Authorization", "Basic "+key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), body
}

// Manners are not faults: what they answer fits the contract too.
func TestMannersFitTheContract(t *testing.T) {
	contract, err := Load("../../spec/dist/kapture.json")
	if err != nil {
		t.Fatal(err)
	}
	srv := mock.Run(t, mock.WithClock(func() time.Time { return day }))
	w := srv.World("acme")
	for range 3 {
		if _, err := w.AddCustomer(mock.Customer{Name: "Asha", Email: "asha@example.com", Code: "A"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.AddTicket(mock.Ticket{Title: "T", Email: "asha@example.com"}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		kind                    mock.Kind
		operation, body, answer string
	}{
		{mock.PageCap, "pullCustomers", `{"cm_id":1000298,"createStartDate":"2024-04-19","createEndDate":"2024-04-19"}`, "CustomerList"},
		{mock.OverlappingPages, "pullCustomers", `{"cm_id":1000298,"createStartDate":"2024-04-19","createEndDate":"2024-04-19","offset":"2"}`, "CustomerList"},
		{mock.OverlappingWindows, "pullCustomers", `[{"start_date":"2024-04-18","end_date":"2024-04-18"}]`, "CustomerList"},
		{mock.SingleObject, "pullTickets", `[{"customer_code":"A"}]`, "TicketListOne"},
		{mock.MessageText, "pullTickets", `[{"customer_code":"B"}]`, "TicketListText"},
		{mock.PageCap, "getFAQContents", `[{"category_id":"5247","start_index":"0","end_index":"20"}]`, "FAQContents"},
	} {
		srv.ClearFaults()
		if err := srv.SetFault(test.operation, mock.Fault{Kind: test.kind}); err != nil {
			t.Fatal(err)
		}
		op := contract.Operations[test.operation]
		_, _, body := send(t, srv.URL+op.Path, step{body: test.body})
		for _, schema := range []string{op.Responses["200"], Component(test.answer)} {
			if err := contract.Check(schema, body); err != nil {
				t.Errorf("%s: %v\n%s", test.kind, err, body)
			}
		}
	}
}

// A checker that lets everything pass proves nothing.
func TestTheCheckerNotices(t *testing.T) {
	contract, err := Load("../../spec/dist/kapture.json")
	if err != nil {
		t.Fatal(err)
	}
	srv := mock.Run(t, mock.WithClock(func() time.Time { return day }))
	if _, err := srv.World("acme").AddCustomer(mock.Customer{Name: "Asha", Phone: "9000000001"}); err != nil {
		t.Fatal(err)
	}
	_, _, good := send(t, srv.URL+contract.Operations["getCustomer"].Path, step{body: `[{"phone":"9000000001"}]`})
	pointer := contract.Operations["getCustomer"].Responses["200"]
	if err := contract.Check(pointer, good); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"id":700000001`, `"id":"700000001"`}, {`"status":"success"`, `"status":"done"`}, {`"name":"Asha",`, ``}, {`"deleted":false`, `"deleted":"no"`},
		{`"month":3`, `"month":12`}, {`"month":3,`, ``}, {`Apr 19, 2024`, `19.4.2024`}, {`"Customer Details"`, `"Customer details"`}, {`"status":"success"`, `"x":1`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Errorf("the answer has no %s", change[0])
		}
		if err := contract.Check(pointer, []byte(bad)); err == nil {
			t.Errorf("%s in place of %s passes", change[1], change[0])
		}
	}
}
