package outside

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// odd are bodies that fit no operation, or one that they were not made for.
var odd = []string{
	``, `null`, `7`, `"x"`, `[]`, `{}`, `[{}]`, `[null]`, `[[]]`, `[{},{}]`, `{"customer_info":null}`, `{"customer_info":{"customer_name":{},"phone":[]}}`,
	`[{"customer_id":700000001,"kapture_customer_id":700000001,"customer_name":7,"name":true,"phone":9000000001,"email":1.5,"email_id":2}]`,
	`{"customer_id":700000001,"kapture_customer_id":"700000001","customer_name":"\u0000\ud800","name":"<>&\u2028","phone":"6000000001","zone":"9223372036854775807","gender":"x"}`,
	`{"customer_info":{"customer_name":"A","phone":"1","customer_id":"700000001","organization":"true","zone":"2","address":"\"\\"},"contact_info":[{"contact_person_phone":1,"title":{}}]}`,
	`[{"title":{"a":1},"x":[{"y":[1,{"z":null}]}],"":{"":""},"ticket_id":713516551148,"sub_status":"CL","comment":"<script>"}]`,
	`[{"title":"T","email_id":"A","x":[{}],"y":{},"z":[]}]`,
	`{"ticket_ids":713516551148,"conversation_type":"notes"}`, `{"ticket_ids":"713516551148,713516551149","conversation_type":"chat"}`,
	`[{"start_date":"2000-01-01","end_date":"2999-12-31"}]`, `{"start_date":"2000-01-01 00:00:00","end_date":"2999-12-31 23:59:59"}`, `[{"customer_code":"1"}]`,
	`[{"start_date":"2024-04-19","end_date":"2024-04-19","limit":"1","offset":"1"}]`, `{"cm_id":1000298,"createStartDate":"2024-04-19","createEndDate":"2024-04-19","limit":"2"}`,
	`[{"category_id":5247,"start_index":"3","end_index":"1"}]`, `{"cmId":"1","name":"x"}`,
}

// sent is one request of FuzzAnswersFitTheContract.
type sent struct{ operation, key, body string }

// before makes a record of each kind, and after reads all that is kept.
var (
	before = []sent{
		{"pushCustomer", "test-acme", `[{"name":"Asha","phone":"9000000077","email":"asha@example.com","customer_code":"A-77"}]`},
		{"addTicket", "test-acme", `[{"title":"A","email_id":"asha@example.com"}]`},
		{"addUpdateOrder", "test-acme", `{"customer_info":{"customer_name":"Asha","phone":"9000000077"},"order_info":{"state":"new"}}`},
	}
	after = []sent{
		{"getCustomer", "test-acme", `{"customer_id":"700000001"}`},
		{"getCustomer", "test-acme", `[{"kapture_customer_id":"700000002"}]`},
		{"pullCustomers", "test-acme", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`},
		{"pullCustomers", "test-acme", `{"start_date":"2024-04-19","end_date":"2024-04-19"}`},
		{"pullCustomers", "test-acme", `{"cm_id":1000298,"createStartDate":"2024-04-19","createEndDate":"2024-04-19"}`},
		{"getTickets", "test-acme", `{"ticket_ids":"713516551148,713516551149","conversation_type":"notes","history_type":"all"}`},
		{"pullTickets", "test-acme", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`},
		{"pullTicketsUnversioned", "test-acme", `[{"start_date":"2024-04-19","end_date":"2024-04-19"}]`},
	}
)

// Whatever is sent to whatever operation, with whatever key: what comes back
// fits the contract, then and when the records are read. Every input meets the
// same records, so that one that fails fails again.
func FuzzAnswersFitTheContract(f *testing.F) {
	contract, err := Load("../../spec/dist/kapture.json")
	if err != nil {
		f.Fatal(err)
	}
	operations := slices.Sorted(maps.Keys(contract.Operations))
	for _, s := range scenario(samples(f)) {
		query, err := url.ParseQuery(s.query)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(slices.Index(operations, s.operation), cmp.Or(s.key, "test-acme"), cmp.Or(s.body, query.Get("ticket_fields")))
	}
	for i := range operations {
		for _, body := range odd {
			f.Add(i, "test-acme", body)
		}
		f.Add(i, "", `[]`)
		f.Add(i, "test-acme-forbidden", `{}`)
		f.Add(i, "test-acme-only.nothing", `[{"customer_id":""}]`)
	}
	f.Fuzz(func(t *testing.T, which int, key, body string) {
		k, err := mock.New(mock.WithClock(func() time.Time { return day }))
		if err != nil {
			t.Fatal(err)
		}
		made := sent{operations[max(which, 0)%len(operations)], key, body}
		for _, s := range slices.Concat(before, []sent{made}, after) {
			op := contract.Operations[s.operation]
			query := url.Values{"auth_key": {s.key}, "api_id": {"35"}, "ticket_fields": {s.body}}
			req := httptest.NewRequest(http.MethodPost, op.Path+"?"+query.Encode(), strings.NewReader(s.body))
			req.Header.Set("Authorization", "Basic "+s.key)
			recorder := httptest.NewRecorder()
			k.ServeHTTP(recorder, req)
			pointer, documented := op.Responses[fmt.Sprint(recorder.Code)]
			if !documented {
				t.Fatalf("%s answered %d: %s", s.operation, recorder.Code, recorder.Body)
			}
			if err := contract.Check(pointer, recorder.Body.Bytes()); err != nil {
				t.Errorf("%s answered %d: %v\n%s", s.operation, recorder.Code, err, recorder.Body)
			}
		}
	})
}
