package outside

import (
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// Every response of the mock fits the contract: the schema of its status, and the
// component that the case expects. So does every request that is not wrong on
// purpose. Together the cases reach every use and every documented text.
func TestEveryExchangeFitsTheContract(t *testing.T) {
	contract := load(t)
	reached := map[string]bool{}
	all := exchanges(t)
	requests := map[string]int{} // by step
	for _, e := range all {
		requests[e.Step]++
	}
	for _, e := range all {
		op, ok := contract.ByPath(e.path)
		if !ok || op.ID != e.Operation {
			t.Errorf("%s: the contract has no operation %s at %s", e.Step, e.Operation, e.path)
			continue
		}
		if op.Request != "" && e.Invalid == "" {
			if err := contract.Check(op.Request, e.request); err != nil {
				t.Errorf("%s: the request to %s: %v\n%s", e.Step, op.ID, err, e.request)
			}
		}

		if e.contentType != "application/json" {
			t.Errorf("%s: the response of %s is %q, want JSON", e.Step, op.ID, e.contentType)
		}
		if err := contract.CheckResponse(op, e.status, e.response); err != nil {
			t.Errorf("%s: the response of %s: %v\n%s", e.Step, op.ID, err, e.response)
		}
		if requests[e.Step] > 1 {
			continue // the expected component is that of one of them
		}
		if err := contract.Check(Component(e.Component), e.response); err != nil {
			t.Errorf("%s: the response of %s is not a %s: %v\n%s", e.Step, op.ID, e.Component, err, e.response)
		}
		note(reached, op, e)
	}

	for _, id := range slices.Sorted(maps.Keys(contract.Operations)) {
		op := contract.Operations[id]
		if resource := os.Getenv("RESOURCE"); resource == "" || resource == op.Tag {
			checkReached(t, op, reached)
		}
	}
	t.Logf("%d exchanges of %d operations; %d uses and texts reached", len(all), len(contract.Operations), len(reached))
}

func checkReached(t *testing.T, op Operation, reached map[string]bool) {
	t.Helper()
	for _, use := range op.Uses {
		if !reached[op.ID+" returns "+use.Response] {
			t.Errorf("no case gets the response %s of %s, %s (%s); add one to conformance/cases/%s.yaml",
				use.Response, op.ID, use.Name, use.Generation, op.Tag)
		}
	}
	for _, text := range slices.Concat(op.Failures, op.Successes) {
		if !reached[op.ID+" says "+text.Name] {
			t.Errorf("no case gets the text %q of %s (%s); add one to conformance/cases/%s.yaml", text.Message, op.ID,
				text.Name, op.Tag)
		}
	}
}

// note records which component and which documented text a response is.
func note(reached map[string]bool, op Operation, e exchange) {
	reached[op.ID+" returns "+e.Component] = true
	for _, text := range slices.Concat(op.Failures, op.Successes) {
		pattern := regexp.QuoteMeta(text.Message)
		if text.Pattern != "" {
			pattern = strings.Trim(text.Pattern, "^$")
		}
		said := regexp.MustCompile(regexp.QuoteMeta(`"`+text.Field+`":"`) + pattern + `"`)
		if !said.Match(e.response) || text.Response != e.Component {
			continue
		}
		documented := len(text.HTTP) == 0 || slices.Contains(text.HTTP, e.status)
		if documented || e.status == http.StatusOK {
			reached[op.ID+" says "+text.Name] = true
		}
	}
}

// post sends a body to an operation of the mock and returns the response's body.
func post(t *testing.T, server *mock.Server, op Operation, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+op.Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic test-acme")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	response, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// quirkTest is a quirk of a correct server, and a request that shows it.
type quirkTest struct {
	kind      mock.Kind
	operation string
	body      string
	response  string
}

// Quirks are not faults: a response with one fits the contract too.
func TestQuirksFitTheContract(t *testing.T) {
	contract := load(t)
	srv := mock.Run(t, mock.WithClock(now))
	w := srv.World("acme")
	for range 3 {
		if _, err := w.AddCustomer(mock.Customer{Name: "Asha", Email: "asha@example.com", Code: "A"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.AddTicket(mock.Ticket{Title: "T", Email: "asha@example.com"}); err != nil {
		t.Fatal(err)
	}

	const query = `{"cm_id":1000298,"createStartDate":"2024-04-19","createEndDate":"2024-04-19"`
	for _, test := range []quirkTest{
		{mock.PageCap, "pullCustomers", query + `}`, "CustomerList"},
		{mock.OverlappingPages, "pullCustomers", query + `,"offset":"2"}`, "CustomerList"},
		{mock.OverlappingWindows, "pullCustomers", `[{"start_date":"2024-04-18","end_date":"2024-04-18"}]`,
			"CustomerList"},
		{mock.SingleObject, "pullTickets", `[{"customer_code":"A"}]`, "TicketListOne"},
		{mock.MessageText, "pullTickets", `[{"customer_code":"B"}]`, "TicketListText"},
		{mock.PageCap, "getFAQContents", `[{"category_id":"5247","start_index":"0","end_index":"20"}]`, "FAQContents"},
	} {
		srv.ClearFaults()
		if err := srv.SetFault(test.operation, mock.Fault{Kind: test.kind}); err != nil {
			t.Fatal(err)
		}
		op := contract.Operations[test.operation]
		body := post(t, srv, op, test.body)
		if err := contract.CheckResponse(op, http.StatusOK, body); err != nil {
			t.Errorf("%s: %v\n%s", test.kind, err, body)
		}
		if err := contract.Check(Component(test.response), body); err != nil {
			t.Errorf("%s: the response is not a %s: %v\n%s", test.kind, test.response, err, body)
		}
	}
}

// A validator that accepts everything proves nothing.
func TestTheValidatorNotices(t *testing.T) {
	contract := load(t)
	srv := mock.Run(t, mock.WithClock(now))
	if _, err := srv.World("acme").AddCustomer(mock.Customer{Name: "Asha", Phone: "9000000001"}); err != nil {
		t.Fatal(err)
	}
	op := contract.Operations["getCustomer"]
	good := string(post(t, srv, op, `[{"phone":"9000000001"}]`))
	if err := contract.CheckResponse(op, http.StatusOK, []byte(good)); err != nil {
		t.Fatal(err)
	}

	for _, change := range [][2]string{
		{`"id":700000001`, `"id":"700000001"`},
		{`"status":"success"`, `"status":"done"`},
		{`"name":"Asha",`, ``},
		{`"deleted":false`, `"deleted":"no"`},
		{`"month":3`, `"month":12`},
		{`"month":3,`, ``},
		{`Apr 19, 2024`, `19.4.2024`},
		{`"Customer Details"`, `"Customer details"`},
		{`"status":"success"`, `"x":1`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Errorf("the response has no %s", change[0])
		}
		if err := contract.CheckResponse(op, http.StatusOK, []byte(bad)); err == nil {
			t.Errorf("%s instead of %s is accepted", change[1], change[0])
		}
	}
}
