package client_test

import (
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

const token = "c2VzYW1lOm9wZW4tcGxlYXNl"

// serve starts a server and makes a client of it, which sends everything once unless told otherwise.
func serve(t testing.TB, handler http.HandlerFunc, opts ...client.Option) *client.Client {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return dial(t, srv.URL, opts...)
}

func dial(t testing.TB, url string, opts ...client.Option) *client.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := client.New("", append([]client.Option{client.WithBaseURL(url), client.WithToken(token), client.WithoutRetry(),
		client.WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(body string) http.HandlerFunc { return answerWith(200, "application/json", body) }

func answerWith(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const added = `{"status":"success","customer":{"result":true,"customer_id":700000001,"action":"CUSTOMER","action_event":"ADD_CUSTOMER","contact_id":710000001},"message":"Customer Added successfully !Contact Added successfully !"}`

// somebody is a customer to add.
func somebody() client.AddCustomer {
	return client.AddCustomer{CustomerInfo: client.CustomerInfo{CustomerName: new("Asha"), Phone: new("9000000001")}}
}

func day(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, client.India)
	if err != nil {
		panic(err)
	}
	return t
}

// read takes an iteration apart: "1 2 !truncated".
func read(records iter.Seq2[*client.Customer, error]) (ids string, errs []error) {
	var out []string
	for cust, err := range records {
		if err != nil {
			errs = append(errs, err)
			out = append(out, "!")
			continue
		}
		out = append(out, fmt.Sprint(cust.ID))
	}
	return strings.Join(out, " "), errs
}

func list(ids ...int) string {
	records := make([]string, len(ids))
	for i, id := range ids {
		records[i] = fmt.Sprintf(`{"id":%d,"name":"N%d"}`, id, id)
	}
	return "[" + strings.Join(records, ",") + "]"
}

func page(ids ...int) string { return `{"message":` + list(ids...) + `,"status":"success"}` }
