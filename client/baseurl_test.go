package client_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// The path of a base URL goes into every request as it was given.
func TestPathsOfBaseURLs(t *testing.T) {
	uris := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uris <- r.RequestURI
		response(added)(w, r)
	}))
	defer srv.Close()
	for given, want := range map[string]string{
		"":                  "/",
		"/":                 "/",
		"/gw/acme":          "/gw/acme/",
		"/gw/acme//":        "/gw/acme/",
		"/gw/acme%2Fprod":   "/gw/acme%2Fprod/",
		"/gw/acme%2F":       "/gw/acme%2F/",
		"/gw/acme%2F/":      "/gw/acme%2F/",
		"/gw/Z%C3%BCrich/x": "/gw/Z%C3%BCrich/x/",
		"/a..b/.c":          "/a..b/.c/",
	} {
		c := dial(t, srv.URL+given)
		if _, err := c.Customers.Add(t.Context(), somebody()); err != nil {
			t.Fatal(err)
		}
		typed := <-uris
		if _, err := c.Raw(t.Context(), "/x%2Fy", nil); err != nil {
			t.Fatal(err)
		}
		raw := <-uris
		if !strings.HasPrefix(typed, want+"ms/customer/") || raw != want+"x%2Fy" {
			t.Errorf("%s: went to %s and %s", given, typed, raw)
		}
	}

	for _, path := range []string{"/..", "/gw/../x", "/./x", "/%2e%2e/x", "/gw/.."} {
		if _, err := client.New("", client.WithBaseURL(srv.URL+path)); err == nil {
			t.Errorf("%s is accepted", path)
		}
	}
}
