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

func orderOf(t *testing.T, name string) client.OrderRequest {
	t.Helper()
	var req client.OrderRequest
	if err := json.Unmarshal([]byte(sampleOf(t, name)), &req); err != nil {
		t.Fatal(err)
	}
	return req
}

func TestOrdersAddAndUpdate(t *testing.T) {
	const response = `{"status":"success","customer_id":700000001,"order":{"id":4236966}}`
	d := newDesk(t, always(response), client.WithBasicAuth("user", "secret", client.OpAddUpdateOrder))

	got, err := d.Orders.Add(t.Context(), orderOf(t, "orders/add-2024.request.cut.json"))
	is(t, err, "")
	sameJSON(t, d.requests()[0].body, sampleOf(t, "orders/add-2024.request.cut.json"))
	if d.requests()[0].path != "/ms/customer/order/api/v1/add-update" {
		t.Errorf("sent to %s", d.requests()[0].path)
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:secret"))
	if d.requests()[0].header.Get("Authorization") != want {
		t.Errorf("the order's own credentials were not sent")
	}
	// What the page promises without naming it is available all the same.
	undeclared := got.Undeclared()
	if string(undeclared["/order"]) != `{"id":4236966}` || string(undeclared["/customer_id"]) != "700000001" ||
		string(got.Raw()) != response {
		t.Errorf("undeclared %s of %s", undeclared, got)
	}

	update := orderOf(t, "orders/update-2024.request.cut.json")
	update.OrderInfo = &client.OrderInfo{OrderID: client.NumberID(4236966)}
	_, err = d.Orders.Update(t.Context(), update)
	is(t, err, "")
	if !strings.Contains(d.requests()[1].body, `"order_info":{"order_id":4236966}`) {
		t.Errorf("sent %s", d.requests()[1].body)
	}

	// Each rejects a request that would do the other.
	_, err = d.Orders.Add(t.Context(), update)
	is(t, err, client.ErrInvalidRequest)
	for _, info := range []*client.OrderInfo{nil, {}, {OrderID: client.TextID("")}} {
		update.OrderInfo = info
		_, err = d.Orders.Update(t.Context(), update)
		is(t, err, client.ErrInvalidRequest)
		_, err = d.Orders.Add(t.Context(), update)
		is(t, err, "")
	}
	if len(d.requests()) != 5 {
		t.Errorf("%d requests, want 5", len(d.requests()))
	}

	d = newDesk(t, eachOf(sampleOf(t, "orders/add-2024.response.invalid-auth-key.json"), ``, `{"order":{}}`))
	_, err = d.Orders.Add(t.Context(), client.OrderRequest{})
	is(t, err, client.ErrAuthKey)
	for range 2 {
		_, err = d.Orders.Add(t.Context(), client.OrderRequest{})
		is(t, err, client.ErrOutcomeUnknown)
	}
}

// filtersOf reads the rule of the page from the contract.
func filtersOf(t *testing.T) (names []string) {
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

func TestOrdersPullNeedsAFilter(t *testing.T) {
	d := newDesk(t, always(`{"status":"success","message":[{"orderId":1}]}`))
	enough, sent := filtersOf(t), 0
	for field := range reflect.TypeFor[client.OrderQuery]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || name == "cmId" {
			continue
		}
		for value, given := range map[string]bool{`"x"`: true, `7`: true, `""`: false, `"  "`: false} {
			query := client.OrderQuery{CmID: client.NumberID(1000298)}
			if json.Unmarshal([]byte(`{"`+name+`":`+value+`}`), &query) != nil {
				continue // a number in a text
			}
			got, err := d.Orders.Pull(t.Context(), query)
			if !given || !slices.Contains(enough, name) {
				is(t, err, client.ErrInvalidRequest)
				continue
			}
			if is(t, err, ""); string(got.Undeclared()["/message"]) != `[{"orderId":1}]` {
				t.Errorf("undeclared %s", got.Undeclared())
			}
			sent++
		}
	}
	if len(d.requests()) != sent || sent < len(enough) {
		t.Errorf("%d requests for %d filters", len(d.requests()), sent)
	}
	for _, query := range []client.OrderQuery{{}, {Name: new("Asha")}, {
		CmID: client.NumberID(-1),
		Name: new("Asha"),
	}, {CmID: client.NumberID(1000298)},
		{
			CmID: client.NumberID(1000298),
			AdditionalProperties: map[string]json.RawMessage{
				"name": json.RawMessage("null"),
				"own":  json.RawMessage(`"x"`),
			},
		}} {
		_, err := d.Orders.Pull(t.Context(), query)
		is(t, err, client.ErrInvalidRequest)
	}
	if len(d.requests()) != sent {
		t.Error("sent without a filter or an account")
	}

	var query client.OrderQuery
	if err := json.Unmarshal([]byte(sampleOf(t, "orders/pull-2024.request.cut.json")), &query); err != nil {
		t.Fatal(err)
	}
	_, err := d.Orders.Pull(t.Context(), query)
	is(t, err, "")
	last := d.requests()[len(d.requests())-1]
	sameJSON(t, last.body, sampleOf(t, "orders/pull-2024.request.cut.json"))
	if last.path != "/ms/customer-search/order-search/api/v1/pull-internal" {
		t.Errorf("sent to %s", last.path)
	}
}

// An outcome in a list is read under any HTTP status, as one in an object is.
func TestLegacyPushOrderUnderHTTPCodes(t *testing.T) {
	for _, status := range []int{400, 429, 500} {
		for body, test := range map[string]struct {
			code    client.Code
			unknown bool
		}{
			`[{"status":"failed","message":"Order Creation Failed..."}]`: {client.ErrOrderCreationFailed, false},
			`[{"status":"success","order_id":"4"}]`:                      {classOf(status), true},
			`[{"status":"success"},{"status":"success"}]`:                {classOf(status), status == 500},
		} {
			var sent atomic.Int32
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				responseWith(status, "application/json", body)(w, r)
			}, quick)
			_, err := c.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{CustomerName: new("Asha")})
			is(t, err, test.code)
			if errors.Is(err, client.ErrOutcomeUnknown) != test.unknown || test.unknown && sent.Load() != 1 {
				t.Errorf("%d %s: sent %d times, %v", status, body, sent.Load(), err)
			}
		}
	}
}

func classOf(status int) client.Code {
	return map[int]client.Code{400: client.ErrFailed, 429: client.ErrRateLimited, 500: client.ErrServer}[status]
}

func TestLegacyPushOrder(t *testing.T) {
	sample := sampleOf(t, "orders/push-2019-20.response.json")
	one := strings.Trim(strings.TrimSpace(sample), "[]")
	for name, test := range map[string]struct {
		response string
		code     client.Code
		unknown  bool
	}{
		"the page's":           {sample, "", false},
		"the page's, as it is": {sample + ";", "", false},
		"one object":           {one, "", false},
		"refused": {
			response: sampleOf(t, "orders/push-2019-20.response.creation-failed.json"),
			code:     client.ErrOrderCreationFailed,
		},
		"refused in the list": {
			response: `[{"message":"Order Creation Failed...","status":"failed"}]`,
			code:     client.ErrOrderCreationFailed,
		},
		"no outcome":            {`[]`, client.ErrUnexpectedResponse, true},
		"two outcomes":          {"[" + one + "," + one + "]", client.ErrUnexpectedResponse, true},
		"an outcome of nothing": {`[null]`, client.ErrUnexpectedResponse, true},
		"no status":             {`[{"order_id":"4236966"}]`, client.ErrUnexpectedResponse, true},
		"no status, no list":    {`{"order_id":"4236966"}`, client.ErrUnexpectedResponse, true},
		"two statuses": {
			response: `[{"order_id":"4236966","status":"failed","status":"success"}]`,
			code:     client.ErrUndecodable,
			unknown:  true,
		},
		"another status": {`[{"order_id":"4236966","status":"maybe"}]`, client.ErrUnexpectedResponse, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, always(test.response))
			got, err := d.Legacy.PushOrder(t.Context(),
				elementOf[client.LegacyOrderRequest](t, "orders/push-2019-20.request.json"))
			e := is(t, err, test.code)
			sameJSON(t, d.requests()[0].body, sampleOf(t, "orders/push-2019-20.request.json"))
			if test.code != "" {
				if e.OutcomeUnknown != test.unknown || len(e.Body) == 0 {
					t.Errorf("outcome unknown is %v, body %q", e.OutcomeUnknown, e.Body)
				}
				return
			}
			if got.OrderID.String() != "4236966" || !got.SpacedOrderID.Same(got.OrderID) ||
				len(got.Undeclared()) != 0 || len(got.Misfits()) != 0 {
				t.Errorf("got %s", got)
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
	if orders = srv.World("orders").Orders(); len(orders) != 1 || got.Status != "success" {
		t.Errorf("%d orders, %s", len(orders), got)
	}
	pushed, err := c.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{
		CustomerName: new("Asha"),
		EmailID:      new("asha@example.com"),
	})
	is(t, err, "")
	if id, ok := pushed.OrderID.Int64(); !ok || id == orders[0].ID {
		t.Errorf("pushed %s", pushed)
	}
	_, err = c.Legacy.PushOrder(t.Context(), client.LegacyOrderRequest{CustomerName: new("Asha")})
	is(t, err, client.ErrOrderCreationFailed)
}
