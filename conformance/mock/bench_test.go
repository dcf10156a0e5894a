package mock_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

func BenchmarkGetCustomer(b *testing.B) {
	k, err := mock.New()
	if err != nil {
		b.Fatal(err)
	}
	for range 1000 {
		if _, err := k.World("acme").AddCustomer(mock.Customer{Name: "Asha", Phone: "9000000001", Email: "asha@example.com"}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		req := httptest.NewRequest(http.MethodPost, paths["getCustomer"], strings.NewReader(`[{"kapture_customer_id":"700000500"}]`))
		req.Header.Set("Authorization", "Basic test-acme")
		k.ServeHTTP(httptest.NewRecorder(), req)
	}
}
