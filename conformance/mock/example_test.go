package mock_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// In a test, mock.Run(t) is the same without the Close.
func ExampleStart() {
	srv, err := mock.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	const path = "/add-ticket-from-other-source.html/v.2.0"
	req, err := http.NewRequest(http.MethodPost, srv.URL+path, strings.NewReader(`[{"title":""}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Basic test-acme")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(string(body), err)
	fmt.Println(srv.Received("addTicket"))
	// Output:
	// {"message":"title is missing","status":"failed"} <nil>
	// 1
}

// A server that tells its clients twice to come back later, and then cuts a
// quarter of its responses short.
func ExampleWithFault() {
	srv, err := mock.Start(
		mock.WithFault(mock.All, mock.Fault{Kind: mock.TooManyRequests, Times: 2}),
		mock.WithFault("pullCustomers", mock.Fault{Kind: mock.TruncatedBetweenElements, Rate: 0.25}),
		mock.WithSeed(7),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
}
