package mock_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// Whatever arrives, at whatever path, once and again: there is an answer, and
// it is one JSON value in UTF-8. Every input meets the same records at the same
// time, so that one that fails fails again.
func FuzzHandler(f *testing.F) {
	now := mock.WithClock(clock(time.Date(2024, 4, 19, 14, 19, 11, 148e6, india)))
	operations := slices.Sorted(maps.Keys(paths))
	for i := range operations {
		f.Add(i, "Basic test-acme", "", `[{"customer_id":"700000001","kapture_customer_id":700000001,"name":"A","phone":"1"}]`)
		f.Add(i, "Basic test-acme", "", `[{"start_date":"2024-04-19","end_date":"2024-04-19","ticket_id":"713516551148"}]`)
	}
	for _, name := range []string{
		"customers/add-2024.request.json", "customers/update-2024.request.json", "customers/get-2021.request.json", "customers/pull-2024.request.json",
		"customers/add-2021.request.json", "tickets/get-observed.request.json", "tickets/pull-2024.request.json", "orders/push-2019-20.request.json",
		"orders/pull-2024.request.cut.json", "faq/contents-2024.request.json", "enquiries/push-2019-20.request.json",
	} {
		raw, err := specSample(name)
		if err != nil {
			f.Fatal(err)
		}
		for i := range operations {
			f.Add(i, "Basic test-acme", "x=1", raw)
		}
	}
	f.Add(0, "Basic dGVzdC1hY21lOng=", "auth_key=test-acme&api_id=1&ticket_fields=%7B%22title%22:1%7D", "{\"a\":\"\xff\"}")
	f.Fuzz(func(t *testing.T, which int, authorization, query, body string) {
		path := "/nowhere"
		if which >= 0 {
			path = paths[operations[which%len(operations)]]
		}
		k, err := mock.New(now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.World("acme").AddCustomer(mock.Customer{Name: "Asha", Phone: "9000000001", Email: "asha@example.com", Code: "A-1"}); err != nil {
			t.Fatal(err)
		}
		if _, err := k.World("acme").AddTicket(mock.Ticket{Title: "T", Email: "asha@example.com"}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			req.Header.Set("Authorization", authorization)
			req.URL.RawQuery = query
			recorder := httptest.NewRecorder()
			k.ServeHTTP(recorder, req)
			got := recorder.Body.Bytes()
			if !json.Valid(got) || !utf8.Valid(got) || recorder.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%s answered %d %q", path, recorder.Code, got)
			}
			if !slices.Contains([]int{200, 400, 401, 403, 404, 500}, recorder.Code) {
				t.Errorf("%s answered the code %d, which no page has", path, recorder.Code)
			}
		}
	})
}
