package mock_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/samples"
)

// A rejected key gets the text that the page of the request prints: the sample
// next to that of the request. Where the page is cut before it, the text is that
// of another page of its years.
func TestRefusedKeysGetTheTextOfTheirPage(t *testing.T) {
	_, c := start(t)
	calls := sampleCalls(t)
	calls = append(calls, sampleCall{name: "faq/categories-observed", operation: "getFAQCategories"})
	seen := map[string]bool{"pushTicket": true} // its key is in the query: TestTicketPushOf2016

	for _, call := range calls {
		seen[call.operation] = true
		t.Run(call.name, func(t *testing.T) {
			c := c.in(t)
			refused, documented := refusedSample(call.name)
			for _, key := range []string{
				"", "production-key", "test-acme-expired", "test-acme-ci-disabled", "test-acme-only.nothing",
			} {
				got := c.withKey(key).post(call.operation, call.body)
				if documented {
					wantSample(t, got, refused, statusOfRefusedKey(call))
				} else {
					wantInvalidKey(t, got)
				}
			}
		})
	}
	for operation := range paths {
		if !seen[operation] {
			t.Errorf("no sample of a request to %s", operation)
		}
	}
}

// refusedSample returns the sample of a rejected key next to that of a request.
func refusedSample(request string) (string, bool) {
	stem, _, _ := strings.Cut(request, ".request.")
	for _, name := range []string{"invalid-auth-key", "expired-key"} {
		raw, err := samples.Read(stem + ".response." + name + ".json")
		if err == nil {
			return string(raw), true
		}
	}
	return "", false
}

// statusOfRefusedKey is the HTTP status that the page of a sample gives for a
// rejected key, such as customers/get-2021; 200 where the page gives none.
func statusOfRefusedKey(call sampleCall) int {
	operation, _ := contract.ByID(call.operation)
	stem, _, _ := strings.Cut(call.name, ".request.")
	_, generation, _ := strings.Cut(stem, "-")
	for _, failure := range operation.Failures {
		ofPage := slices.ContainsFunc(failure.Evidence.Documented, func(page string) bool {
			return strings.HasSuffix(page, "("+generation+")")
		})
		if ofPage && strings.HasPrefix(failure.Code, "auth-key") && len(failure.HTTP) > 0 {
			return failure.HTTP[0]
		}
	}
	return http.StatusOK
}

func wantSample(t *testing.T, got result, sample string, status int) {
	t.Helper()
	want, err := decoded(sample)
	if err != nil {
		t.Fatal(err)
	}
	if got.status != status || !reflect.DeepEqual(got.value, want) {
		t.Errorf("got %d %s\nwant %d %s", got.status, got.text, status, sample)
	}
}

// wantInvalidKey expects the text of a rejected key in the form of any
// generation.
func wantInvalidKey(t *testing.T, got result) {
	t.Helper()
	small := got.object["message"] == "Invalid Auth Key" && got.object["status"] == "failed"
	capital := got.object["Message"] == "Invalid Auth Key" && got.object["Status"] == "failed"
	knownStatus := got.status == http.StatusOK || got.status == http.StatusUnauthorized
	if !knownStatus || !small && !capital || len(got.object) != 2 {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

// Only the pages of 2024 list a code for a key without permission. No page has a
// text for it.
func TestForbiddenKeys(t *testing.T) {
	_, c := start(t)
	tests := []struct {
		name, operation, body string
		status                int
		want                  string
	}{
		{
			name: "2024", operation: "getCustomer", body: `[{"phone":"1"}]`,
			status: http.StatusForbidden, want: refused2024,
		},
		{
			name:      "2024, whose page is cut",
			operation: "pullCustomers",
			body:      `{"cm_id":1,"createStartDate":"2024-05-01"}`,
			status:    http.StatusForbidden, want: refused2024,
		},
		{
			name: "2021", operation: "getCustomer", body: `[{"customer_id":"","phone":"1"}]`,
			status: http.StatusUnauthorized, want: refused2024,
		},
		{
			name: "2019-20", operation: "pushOrder", body: `[]`,
			status: http.StatusOK, want: `{"Message":"Invalid Auth Key","Status":"failed"}`,
		},
		{
			name: "2016", operation: "pushCustomer", body: `{"name":"A"}`,
			status: http.StatusOK, want: `{"Message":"Message Key Expired","Status":"Fail"}`,
		},
		{
			name: "2016, another text", operation: "pushCustomer", body: `{"customer_id":"1"}`,
			status: http.StatusOK, want: `{"Message":"Auth Key Invalid","Status":"Fail"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c.in(t).withKey("test-acme-forbidden").post(test.operation, test.body).want(t, test.status, test.want)
		})
	}
}

// The key is looked at before the body.
func TestBrokenBodyUnderARefusedKey(t *testing.T) {
	_, c := start(t)
	for operation := range paths {
		if operation == "getFAQCategories" || operation == "pushTicket" { // they have no JSON body
			continue
		}
		got := c.withKey("").post(operation, "{")
		if strings.Contains(got.text, "Json") {
			t.Errorf("%s: got %s", operation, got.text)
		}
	}
}

func TestKeyForms(t *testing.T) {
	_, c := start(t)
	basic := func(user string) string { return base64.StdEncoding.EncodeToString([]byte(user)) }
	for header, good := range map[string]bool{
		"Basic test-acme":                               true,
		"Basic test-acme-anyone":                        true,
		"Basic test-acme_2.x":                           true,
		"Basic " + basic("test-acme:password"):          true,
		"Basic " + basic("test-acme-me:"):               true,
		"Basic test-acme-only.getCustomer":              true,
		"Basic test-acme-ci-only.addTicket.getCustomer": true,
		"":                                      false,
		"test-acme":                             false,
		"basic test-acme":                       true, // RFC 9110, 11.1
		"BASIC \t test-acme":                    true,
		"Bearer test-acme":                      false,
		"Basic":                                 false,
		"Basic test-":                           false,
		"Basic test":                            false,
		"Basic test-a b":                        false,
		"Basic test-" + strings.Repeat("a", 65): false,
		"Basic " + basic("test-acme"):           false,
		"Basic " + basic("prod-acme:password"):  false,
		"Basic " + basic("acme:test-acme"):      false,
		"Basic " + basic("test-acme-expired:password"):   false,
		"Basic dGVzdC1hY21lOg":                           false,
		"Basic test-acme-only.addTicket":                 false,
		"Basic " + strings.Repeat("0123456789abcdef", 3): false,
	} {
		req := c.request(http.MethodPost, paths["getCustomer"], `[{"phone":"1"}]`)
		req.Header.Set("Authorization", header)
		want := notFound
		if !good {
			want = refused2024
		}
		if got := c.do(req); got.text != want {
			t.Errorf("%q: got %s", header, got.text)
		}
	}
}

func TestWorldsAreIsolated(t *testing.T) {
	srv, c := start(t)
	const body = `{"customer_info":{"customer_name":"A","phone":"1"}}`
	const lookup = `[{"phone":"1"}]`
	c.withKey("test-one-writer").post("addUpdateCustomer", body)

	if got := c.withKey("test-one-reader").post("getCustomer", lookup); at(t, got.value, "status") != "success" {
		t.Errorf("a key of the same world got %s", got.text)
	}
	c.withKey("test-two").post("getCustomer", lookup).want(t, 200, notFound)

	// Every world numbers from the start.
	got := c.withKey("test-two").post("addUpdateCustomer", body)
	if !strings.Contains(got.text, `"customer_id":700000001`) {
		t.Errorf("the second world began with %s", got.text)
	}

	srv.World("one").Reset()
	c.withKey("test-one").post("getCustomer", lookup).want(t, 200, notFound)
}

func TestOneTokenOfChoice(t *testing.T) {
	srv, c := start(t, mock.WithToken("Basic sesame:open"))
	const body = `{"customer_info":{"customer_name":"A","phone":"1"}}`
	const lookup = `[{"phone":"1"}]`
	if got := c.withKey("sesame:open").post("addUpdateCustomer", body); at(t, got.value, "status") != "success" {
		t.Errorf("the token got %s", got.text)
	}

	pair := base64.StdEncoding.EncodeToString([]byte("sesame:open"))
	if got := c.withKey(pair).post("getCustomer", lookup); at(t, got.value, "status") != "success" {
		t.Errorf("the token as a pair got %s", got.text)
	}
	c.withKey("sesame").post("getCustomer", lookup).want(t, 200, refused2024)
	c.withKey("test-acme").post("getCustomer", lookup).want(t, 200, notFound)

	w := srv.TokenWorld()
	if w.Key() != "sesame:open" {
		t.Errorf("the key of the world is %q", w.Key())
	}
	if x, ok := w.Customer(700000001); !ok || x.Name != "A" {
		t.Errorf("the world of the token has %+v", x)
	}
}

// Where a request is wrong in two ways, the first of these is reported: path,
// key, JSON, required fields, form of values.
func TestOrderOfRejections(t *testing.T) {
	_, c := start(t)
	const threeWeeks = `{"createStartDate":"2024-05-01","createEndDate":"2024-05-19"}`
	const badLimit = `{"cm_id":1,"createStartDate":"2024-05-01","createEndDate":"2024-05-01","limit":"x"}`
	tests := []struct{ name, path, key, body, want string }{
		{
			name: "path before key",
			path: "/users", key: "wrong", body: `{`, want: "no operation at POST /users",
		},
		{
			name: "key before JSON",
			path: paths["addTicket"], key: "wrong", body: `{`, want: "Invalid Auth Key",
		},
		{
			name: "JSON before required fields",
			path: paths["addUpdateCustomer"], key: "test-acme", body: `{"contact_info":{}}`, want: "Invalid Json.",
		},
		{
			name: "JSON in the query",
			path: paths["pushTicket"] + "?auth_key=test-acme&ticket_fields=%7B", want: "Invalid Json.",
		},
		{
			name: "required fields before form",
			path: paths["pullCustomers"], key: "test-acme", body: threeWeeks, want: "cm_id is missing",
		},
		{
			name: "form before result",
			path: paths["pullCustomers"], key: "test-acme", body: badLimit, want: `limit is \"x\"`,
		},
	}
	for _, test := range tests {
		c := c.withKey(test.key)
		if got := c.do(c.request(http.MethodPost, test.path, test.body)); !strings.Contains(got.text, test.want) {
			t.Errorf("%s: got %s", test.name, got.text)
		}
	}
}

func TestWorldOf(t *testing.T) {
	encoded := func(pair string) string { return base64.StdEncoding.EncodeToString([]byte(pair)) }
	tests := []struct{ name, authorization, query, want string }{
		{name: "a test key", authorization: "Basic test-acme", want: "acme"},
		{name: "a key that is refused", authorization: "Basic test-acme-ci-expired", want: "acme"},
		{name: "a key of one operation", authorization: "Basic test-a.b_C9-only.getCustomer", want: "a.b_C9"},
		{name: "a pair", authorization: "Basic " + encoded("test-acme:secret"), want: "acme"},
		{name: "a key in the query", query: "auth_key=test-acme", want: "acme"},
		{
			name:          "a header before the query",
			authorization: "Basic test-acme",
			query:         "auth_key=test-other",
			want:          "acme",
		},
		{name: "no key"},
		{name: "another scheme", authorization: "Bearer test-acme"},
		{name: "a production key", authorization: "Basic " + encoded("acme:secret")},
		{name: "a production token", authorization: "Basic c2VjcmV0"},
		{name: "a world that cannot be", authorization: "Basic test-a/b"},
		{name: "a world without a name", authorization: "Basic test-"},
	}
	for _, test := range tests {
		req := httptest.NewRequest(http.MethodPost, "/a?"+test.query, nil)
		if test.authorization != "" {
			req.Header.Set("Authorization", test.authorization)
		}
		if got := mock.WorldOf(req); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
