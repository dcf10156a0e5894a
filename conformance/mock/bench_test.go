package mock_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// A look-up costs the same by identifier, by phone and by e-mail address, and for
// a phone that nobody has.
func BenchmarkGetCustomer(b *testing.B) {
	k, err := mock.New(mock.WithLimits(mock.Limits{Records: 100_000}))
	if err != nil {
		b.Fatal(err)
	}
	for n := range 25_000 {
		customer := mock.Customer{
			Name:  "Asha",
			Phone: fmt.Sprint(9_000_000_000 + n),
			Email: fmt.Sprintf("a%d@example.com", n),
		}
		if _, err := k.World("acme").AddCustomer(customer); err != nil {
			b.Fatal(err)
		}
	}

	for name, lookup := range map[string]string{
		"id":      `[{"kapture_customer_id":"700020000"}]`,
		"phone":   `[{"phone":"9000020000"}]`,
		"e-mail":  `[{"email_id":"a20000@example.com"}]`,
		"unknown": `[{"phone":"1"}]`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				serve(k, "getCustomer", lookup)
			}
		})
	}
}

func BenchmarkPullCustomers(b *testing.B) {
	k, err := mock.New(mock.WithCustomers(5_000, 1))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		serve(k, "pullCustomers", `[{"start_date":"2000-01-01","end_date":"2100-01-01"}]`)
	}
}

func serve(k *mock.Kapture, operation, body string) {
	req := httptest.NewRequest(http.MethodPost, paths[operation], strings.NewReader(body))
	req.Header.Set("Authorization", "Basic test-acme")
	k.ServeHTTP(httptest.NewRecorder(), req)
}
