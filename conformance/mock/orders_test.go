package mock_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestOrderFlow(t *testing.T) {
	srv, c := start(t)
	// 2024 adds its customer, and finds it the second time.
	for range 2 {
		c.post("addUpdateOrder", sample(t, "orders/add-2024.request.cut.json")).want(t, 200, `{"status":"success"}`)
	}
	c.post("addUpdateOrder", `{"customer_info":{"customer_name":"A"},"order_info":{"order_id":"4236967","state":"paid"}}`).want(t, 200, `{"status":"success"}`)
	pushed := c.post("pushOrder", `[{"customer_id":"700000001","grand_total":"1"}]`)
	for name, want := range map[string]string{"order_id": "4236968", "Order Id": "4236968", "kapture_customer_id": "700000001", "Kapture Customer Id": "700000001", "status": "success"} {
		if got := at(t, pushed.value, 0, name); got != want {
			t.Errorf("%s is %v, want %s", name, got, want)
		}
	}
	if at(t, pushed.value, 0, "Enquiry Id") != at(t, pushed.value, 0, "enquiry_id") {
		t.Errorf("two enquiry ids: %s", pushed.text)
	}
	orders := srv.World("acme").Orders()
	if len(orders) != 3 {
		t.Fatalf("%d orders, want 3", len(orders))
	}
	for _, o := range orders {
		if o.Customer != 700000001 {
			t.Errorf("order %d belongs to customer %d", o.ID, o.Customer)
		}
	}
	if !strings.Contains(string(orders[1].Body), `"paid"`) {
		t.Errorf("the update is not kept: %s", orders[1].Body)
	}
	c.post("pullOrders", sample(t, "orders/pull-2024.request.cut.json")).want(t, 200, `{"status":"success"}`)
	// The e-mail address alone finds the customer, too.
	for _, phone := range []string{"9000000007", ""} {
		c.post("addUpdateOrder", fmt.Sprintf(`{"customer_info":{"customer_name":"B","phone":%q,"email_id":"b@example.com"}}`, phone)).want(t, 200, `{"status":"success"}`)
	}
	if orders := srv.World("acme").Orders(); len(orders) != 5 || orders[3].Customer != orders[4].Customer {
		t.Errorf("an e-mail address that is known makes another customer: %+v", orders)
	}
}

func TestOrderRefusals(t *testing.T) {
	srv, c := start(t)
	creation := `{"Message":"Order Creation Failed...","Status":"failed"}`
	for _, test := range []struct {
		operation, body string
		status          int
		want            string
	}{
		{"pushOrder", `[{"customer_name":"A"}]`, 200, creation},
		{"pushOrder", `[{"customer_id":"5"}]`, 200, creation},
		{"pushOrder", `[{"phone":"1","order_id":"5"}]`, 200, creation},
		{"pushOrder", `[]`, 200, creation},
		{"addUpdateOrder", `{}`, 400, failed("kapture mock: customer_info.customer_name is missing")},
		{"addUpdateOrder", `{"customer_info":{"customer_name":"A"},"order_info":{"order_id":5}}`, 404, failed("kapture mock: there is no order 5 in this world")},
		{"addUpdateOrder", `[]`, 400, failed("Invalid Json.")},
		{"pullOrders", `{"cmId":1000298,"phone":"1","orderIds":"2"}`, 400, failed("kapture mock: none of the filters of the page's list has a value")},
		{"pullOrders", `{"cmId":0,"name":"A"}`, 400, ""},
		{"pullOrders", `{"name":"A"}`, 400, ""},
	} {
		got := c.post(test.operation, test.body)
		want := strings.ReplaceAll(test.want, "no order 5", `no order \"5\"`)
		if got.status != test.status || test.want != "" && got.text != want {
			t.Errorf("%s %s answered %d %s, want %d %s", test.operation, test.body, got.status, got.text, test.status, want)
		}
	}
	if orders := srv.World("acme").Orders(); len(orders) != 0 {
		t.Errorf("refused calls made %d orders", len(orders))
	}
}
