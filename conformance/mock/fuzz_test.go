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
	"github.com/kapture-community/kapture-go/spec/samples"
)

// Any request, at any path, sent twice: there is a response, and it is one JSON
// value in UTF-8. Every input finds the same records at the same
// time, so that one that fails fails again.
func FuzzHandler(f *testing.F) {
	operations := slices.Sorted(maps.Keys(paths))
	const key = "Basic test-acme"
	bodies := []string{
		`[{"customer_id":"700000001","kapture_customer_id":700000001,"name":"A","phone":"1"}]`,
		`[{"start_date":"2024-04-19","end_date":"2024-04-19","ticket_id":"713516551148"}]`,
	}
	for _, name := range []string{
		"customers/add-2024.request.json", "customers/update-2024.request.json", "customers/add-2021.request.json",
		"customers/get-2021.request.json", "customers/pull-2024.request.json", "enquiries/push-2019-20.request.json",
		"tickets/get-observed.request.json", "tickets/pull-2024.request.json", "faq/contents-2024.request.json",
		"orders/push-2019-20.request.json", "orders/pull-2024.request.cut.json",
	} {
		raw, err := samples.Read(name)
		if err != nil {
			f.Fatal(err)
		}
		bodies = append(bodies, string(raw))
	}
	for i := range operations {
		for _, body := range bodies {
			f.Add(i, key, "x=1", body)
		}
	}
	const inQuery = "auth_key=test-acme&api_id=1&ticket_fields=%7B%22title%22:1%7D"
	f.Add(0, "Basic dGVzdC1hY21lOng=", inQuery, "{\"a\":\"\xff\"}")

	f.Fuzz(func(t *testing.T, which int, authorization, query, body string) {
		path := "/nowhere"
		if which >= 0 {
			path = paths[operations[which%len(operations)]]
		}
		k := fuzzed(t)
		for range 2 {
			req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			req.Header.Set("Authorization", authorization)
			req.URL.RawQuery = query
			recorder := httptest.NewRecorder()
			k.ServeHTTP(recorder, req)
			checkFuzzed(t, path, recorder)
		}
	})
}

// fuzzed is a mock with one customer and one ticket.
func fuzzed(t *testing.T) *mock.Kapture {
	t.Helper()
	k, err := mock.New(fixed(time.Date(2024, 4, 19, 14, 19, 11, 148e6, india)))
	if err != nil {
		t.Fatal(err)
	}
	w := k.World("acme")
	customer := mock.Customer{Name: "Asha", Phone: "9000000001", Email: "asha@example.com", Code: "A-1"}
	if _, err := w.AddCustomer(customer); err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddTicket(mock.Ticket{Title: "T", Email: "asha@example.com"}); err != nil {
		t.Fatal(err)
	}
	return k
}

func checkFuzzed(t *testing.T, path string, recorder *httptest.ResponseRecorder) {
	t.Helper()
	got := recorder.Body.Bytes()
	if !json.Valid(got) || !utf8.Valid(got) || recorder.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s: got %d %q", path, recorder.Code, got)
	}
	if !slices.Contains([]int{200, 400, 401, 403, 404, 500}, recorder.Code) {
		t.Errorf("%s: got the code %d, which no page has", path, recorder.Code)
	}
}
