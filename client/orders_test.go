package client_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec"
)

// orderOf reads an order from a sample.
func orderOf(t *testing.T, name string) client.OrderRequest {
	t.Helper()
	var req client.OrderRequest
	if err := json.Unmarshal([]byte(sampleOf(t, name)), &req); err != nil {
		t.Fatal(err)
	}
	return req
}

func TestOrdersAdd(t *testing.T) {
	const response = `{"status":"success","customer_id":700000001,"order":{"id":4236966}}`
	d := newDesk(t, always(response), client.WithBasicAuth("user", "secret", client.OpAddUpdateOrder))
	got, err := d.Orders.Add(t.Context(), orderOf(t, "orders/add-2024.request.cut.json"))
	is(t, err, "")
	request := d.requests()[0]
	sameJSON(t, request.body, sampleOf(t, "orders/add-2024.request.cut.json"))
	if request.path != "/ms/customer/order/api/v1/add-update" {
		t.Errorf("sent to %s", request.path)
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:secret"))
	if request.header.Get("Authorization") != want {
		t.Errorf("the order's own credentials were not sent")
	}

	// The page promises identifiers without naming their fields.
	undeclared := got.Undeclared()
	if string(undeclared["/order"]) != `{"id":4236966}` || string(undeclared["/customer_id"]) != "700000001" ||
		string(got.Raw()) != response {
		t.Errorf("undeclared %s of %s", undeclared, got)
	}
}

// Add and Update each reject a request that would do what the other does.
func TestOrdersAddOrUpdate(t *testing.T) {
	d := newDesk(t, always(`{"status":"success"}`))
	order := orderOf(t, "orders/update-2024.request.cut.json")
	order.OrderInfo = &client.OrderInfo{OrderID: client.NumberID(4236966)}
	_, err := d.Orders.Update(t.Context(), order)
	is(t, err, "")
	if !strings.Contains(d.requests()[0].body, `"order_info":{"order_id":4236966}`) {
		t.Errorf("sent %s", d.requests()[0].body)
	}
	_, err = d.Orders.Add(t.Context(), order)
	is(t, err, client.ErrInvalidRequest)

	for _, info := range []*client.OrderInfo{nil, {}, {OrderID: client.TextID("")}} {
		order.OrderInfo = info
		_, err = d.Orders.Update(t.Context(), order)
		is(t, err, client.ErrInvalidRequest)
		_, err = d.Orders.Add(t.Context(), order)
		is(t, err, "")
	}
	if len(d.requests()) != 4 {
		t.Errorf("%d requests, want 4", len(d.requests()))
	}
}

func TestOrdersAddFailures(t *testing.T) {
	for response, code := range map[string]client.Code{
		sampleOf(t, "orders/add-2024.response.invalid-auth-key.json"): client.ErrAuthKey,
		``:             client.ErrOutcomeUnknown, // the server hangs up
		`{"order":{}}`: client.ErrOutcomeUnknown,
	} {
		d := newDesk(t, always(response))
		_, err := d.Orders.Add(t.Context(), client.OrderRequest{})
		is(t, err, code)
	}
}

// requiredFilters reads from the contract of which fields one is mandatory.
func requiredFilters(t *testing.T) (names []string) {
	t.Helper()
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	for _, either := range doc.Components.Schemas["OrderQuery"].Value.AllOf[0].Value.AnyOf {
		names = append(names, either.Value.Required...)
	}
	if len(names) != 40 {
		t.Fatalf("the contract lists %d filters", len(names))
	}
	return names
}

func TestOrdersPull(t *testing.T) {
	d := newDesk(t, always(`{"status":"success"}`))
	var query client.OrderQuery
	if err := json.Unmarshal([]byte(sampleOf(t, "orders/pull-2024.request.cut.json")), &query); err != nil {
		t.Fatal(err)
	}
	_, err := d.Orders.Pull(t.Context(), query)
	is(t, err, "")
	request := d.requests()[0]
	sameJSON(t, request.body, sampleOf(t, "orders/pull-2024.request.cut.json"))
	if request.path != "/ms/customer-search/order-search/api/v1/pull-internal" {
		t.Errorf("sent to %s", request.path)
	}
}

// Each filter that the page lists is enough on its own, unless it is empty. No
// other field is.
func TestOrdersPullNeedsAFilter(t *testing.T) {
	d := newDesk(t, always(`{"status":"success","message":[{"orderId":1}]}`))
	enough := requiredFilters(t)
	sent := 0
	for field := range reflect.TypeFor[client.OrderQuery]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || name == "cmId" {
			continue
		}
		for value, given := range map[string]bool{`"x"`: true, `7`: true, `""`: false, `"  "`: false} {
			query := client.OrderQuery{CmID: client.NumberID(1000298)}
			if json.Unmarshal([]byte(`{"`+name+`":`+value+`}`), &query) != nil {
				continue // the field is a text, and the value is a number
			}
			got, err := d.Orders.Pull(t.Context(), query)
			if !given || !slices.Contains(enough, name) {
				is(t, err, client.ErrInvalidRequest)
				continue
			}
			is(t, err, "")
			if string(got.Undeclared()["/message"]) != `[{"orderId":1}]` {
				t.Errorf("undeclared %s", got.Undeclared())
			}
			sent++
		}
	}
	if len(d.requests()) != sent || sent < len(enough) {
		t.Errorf("%d requests for %d filters", len(d.requests()), sent)
	}
}

func TestOrdersPullWithoutAccountOrFilter(t *testing.T) {
	d := newDesk(t, always(`{"status":"success"}`))
	name := new("Asha")
	account := client.NumberID(1000298)
	further := map[string]json.RawMessage{"name": json.RawMessage("null"), "own": json.RawMessage(`"x"`)}
	for what, query := range map[string]client.OrderQuery{
		"nothing":                    {},
		"no account":                 {Name: name},
		"an account that is -1":      {Name: name, CmID: client.NumberID(-1)},
		"no filter":                  {CmID: account},
		"only additional properties": {CmID: account, AdditionalProperties: further},
	} {
		_, err := d.Orders.Pull(t.Context(), query)
		if !errors.Is(err, client.ErrInvalidRequest) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(d.requests()) != 0 {
		t.Errorf("sent %d times", len(d.requests()))
	}
}

// An outcome in a list is read under any HTTP status, as one in an object is.
func TestLegacyPushOrderUnderHTTPCodes(t *testing.T) {
	codes := map[int]client.Code{400: client.ErrFailed, 429: client.ErrRateLimited, 500: client.ErrServer}
	for status, code := range codes {
		for body, want := range map[string]struct {
			code    client.Code
			unknown bool
		}{
			`[{"status":"failed","message":"Order Creation Failed..."}]`: {client.ErrOrderCreationFailed, false},
			`[{"status":"success","order_id":"4"}]`:                      {code, true},
			`[{"status":"success"},{"status":"success"}]`:                {code, status == 500},
		} {
			var sent atomic.Int32
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				responseWith(status, "application/json", body)(w, r)
			}, quick)
			_, err := c.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{CustomerName: new("Asha")})
			e := is(t, err, want.code)
			if e.OutcomeUnknown != want.unknown || want.unknown && sent.Load() != 1 {
				t.Errorf("%d %s: sent %d times, %v", status, body, sent.Load(), err)
			}
		}
	}
}

func TestLegacyPushOrder(t *testing.T) {
	sample := sampleOf(t, "orders/push-2019-20.response.json")
	one := strings.Trim(strings.TrimSpace(sample), "[]")
	for name, response := range map[string]string{
		"the page's sample":                  sample,
		"the page's sample with a semicolon": sample + ";",
		"an object without a list":           one,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, always(response))
			got, err := d.Legacy.PushOrder(t.Context(),
				elementOf[client.LegacyOrderRequest](t, "orders/push-2019-20.request.json"))
			is(t, err, "")
			sameJSON(t, d.requests()[0].body, sampleOf(t, "orders/push-2019-20.request.json"))
			if got.OrderID.String() != "4236966" || !got.SpacedOrderID.Same(got.OrderID) ||
				len(got.Undeclared()) != 0 || len(got.Misfits()) != 0 {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestLegacyPushOrderFailures(t *testing.T) {
	const one = `{"order_id":"4236966","status":"success"}`
	for name, test := range map[string]struct {
		response string
		code     client.Code
		unknown  bool
	}{
		"rejected": {
			response: sampleOf(t, "orders/push-2019-20.response.creation-failed.json"),
			code:     client.ErrOrderCreationFailed,
		},
		"rejected in a list": {
			response: `[{"message":"Order Creation Failed...","status":"failed"}]`,
			code:     client.ErrOrderCreationFailed,
		},
		"no outcome":             {`[]`, client.ErrUnexpectedResponse, true},
		"two outcomes":           {"[" + one + "," + one + "]", client.ErrUnexpectedResponse, true},
		"null for the outcome":   {`[null]`, client.ErrUnexpectedResponse, true},
		"no status":              {`[{"order_id":"4236966"}]`, client.ErrUnexpectedResponse, true},
		"no status, and no list": {`{"order_id":"4236966"}`, client.ErrUnexpectedResponse, true},
		"two statuses": {
			response: `[{"order_id":"4236966","status":"failed","status":"success"}]`,
			code:     client.ErrUndecodable,
			unknown:  true,
		},
		"another status": {`[{"order_id":"4236966","status":"maybe"}]`, client.ErrUnexpectedResponse, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, always(test.response))
			_, err := d.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{})
			e := is(t, err, test.code)
			if e.OutcomeUnknown != test.unknown || len(e.Body) == 0 {
				t.Errorf("outcome unknown is %v, body %q", e.OutcomeUnknown, e.Body)
			}
		})
	}
}

func TestOrdersFlow(t *testing.T) {
	srv := mock.Run(t)
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithBasicAuth("test-orders", "secret"))
	is(t, err, "")
	_, err = c.Orders.Add(t.Context(), client.OrderRequest{
		CustomerInfo: client.CustomerInfo{CustomerName: new("Asha"), EmailID: new("asha@example.com")},
	})
	is(t, err, "")
	orders := srv.World("orders").Orders()
	if len(orders) != 1 {
		t.Fatalf("%d orders", len(orders))
	}

	_, err = c.Orders.Update(t.Context(), client.OrderRequest{
		CustomerInfo: client.CustomerInfo{CustomerName: new("Asha")},
		OrderInfo:    &client.OrderInfo{OrderID: client.NumberID(orders[0].ID)},
	})
	is(t, err, "")
	got, err := c.Orders.Pull(t.Context(), client.OrderQuery{
		CmID:        client.NumberID(1000298),
		CustomerIDs: client.NumberID(orders[0].Customer),
	})
	is(t, err, "")
	orders = srv.World("orders").Orders()
	if len(orders) != 1 || got.Status != "success" {
		t.Errorf("%d orders, %s", len(orders), got)
	}

	pushed, err := c.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{
		CustomerName: new("Asha"),
		EmailID:      new("asha@example.com"),
	})
	is(t, err, "")
	id, ok := pushed.OrderID.Int64()
	if !ok || id == orders[0].ID {
		t.Errorf("pushed %s", pushed)
	}
	_, err = c.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{CustomerName: new("Asha")})
	is(t, err, client.ErrOrderCreationFailed)
}
