package conformance_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
)

func ExampleChecker_Check() {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true // so that findings name lines
	doc, err := loader.LoadFromFile("testdata/shop.yaml")
	if err != nil {
		panic(err)
	}
	checker, err := conformance.NewChecker(doc)
	if err != nil {
		panic(err)
	}
	result := checker.Check(context.Background(), conformance.Exchange{
		Operation: "getPerson",
		Response: conformance.Response{
			Status: 200,
			Header: http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"7f3a"}},
			Body:   []byte(`{"person":{"id":7,"name":"Asha","deleted":"no","loyalty":3},"status":"success"}`),
		},
		Expect: conformance.Expect{Response: "PersonFound"},
	})
	for _, f := range result.Findings {
		fmt.Println(f.Code, f.Pointer, f.Message)
		fmt.Println("fault:", f.Fault, "because", f.Why)
	}
	for _, d := range result.Drift {
		fmt.Println("drift:", d.Pointer, d.Shape)
	}
	// Output:
	// schema-type /person/deleted expected boolean, got string(2)
	// fault: server because the response breaks what is documented (Person API (2024))
	// drift: /person/loyalty number
}
