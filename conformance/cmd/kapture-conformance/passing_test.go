package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

// A test in Go that uses the Transport gets the findings that the proxy has.
func TestTransportAgreesWithTheProxy(t *testing.T) {
	upstream := startServer(t, "mock", "--addr", "127.0.0.1:0", "--quiet", "--fault", "addTicket=wrong-content-type")
	proxy := startServer(t, "proxy", "--addr", "127.0.0.1:0", "--upstream", upstream.ready.URL)
	_, checker, err := loadContract(false, "")
	if err != nil {
		t.Fatal(err)
	}

	for i, test := range []struct {
		path, body string
		wrong      bool
	}{
		{addPath, goodAdd, false},
		{addPath, wrongAdd, true},
		{addPath, `{"customer_info":[]}`, true},
		{addTicketPath, `{"title":"Broken"}`, true},
		{getPath, `[{"phone":"9000000001"}]`, false},
	} {
		world := fmt.Sprint("agree", i)
		var got []string
		report := func(r conformance.Result) {
			for _, f := range r.Findings {
				got = append(got, world+" "+f.Code)
			}
		}
		client := &http.Client{Transport: &conformance.Transport{Checker: checker, Report: report}}
		address := proxy.ready.URL + test.path
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Basic test-"+world)
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()

		var said statement
		get(t, proxy.ready.URL+controlPath+"findings?world="+world, &said)
		slices.Sort(got)
		want := codes(said)
		if !slices.Equal(got, want) || test.wrong != (len(got) > 0) {
			t.Errorf("%s %s: the transport found %v, the proxy %v", test.path, test.body, got, want)
		}
	}
}
