package otelkapture_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/kapture-community/kapture-go/client"
	otelkapture "github.com/kapture-community/kapture-go/client/otel"
)

func ExampleNewHook() {
	// In a program: the tenant's host instead of a server, and an exporter that sends somewhere.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w,
			`{"Customer Details":"Information given by you does not exist in our sytsem.","status":"failed"}`)
	}))
	defer server.Close()
	exporter := tracetest.NewInMemoryExporter()
	tracers := trace.NewTracerProvider(trace.WithSyncer(exporter))

	hook, err := otelkapture.NewHook(otelkapture.WithTracerProvider(tracers))
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := client.New("", client.WithBaseURL(server.URL), client.WithHook(hook))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = c.Customers.Get(context.Background(), client.CustomerByID(700000001))

	for _, span := range exporter.GetSpans() {
		fmt.Println(span.Name, span.Status.Code)
		for _, a := range span.Attributes {
			if a.Key == "error.type" || a.Key == "http.response.status_code" {
				fmt.Println(" ", a.Key, a.Value.String())
			}
		}
	}
	// Output:
	// getCustomer attempt Unset
	//   http.response.status_code 200
	// getCustomer Error
	//   error.type failed/not-found
	//   http.response.status_code 200
}
