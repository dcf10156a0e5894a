package mock_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestOrderFlow(t *testing.T) {
	srv, c := start(t)
	const success = `{"status":"success"}`
	// 2024 adds its customer, and finds it the second time.
	for range 2 {
		c.post("addUpdateOrder", sample(t, "orders/add-2024.request.cut.json")).want(t, 200, success)
	}
	const paid = `{"customer_info":{"customer_name":"A"},"order_info":{"order_id":"4236967","state":"paid"}}`
	c.post("addUpdateOrder", paid).want(t, 200, success)

	pushed := c.post("pushOrder", `[{"customer_id":"700000001","grand_total":"1"}]`)
	for name, want := range map[string]string{
		"order_id": "4236968", "Order Id": "4236968",
		"kapture_customer_id": "700000001", "Kapture Customer Id": "700000001",
		"status": "success",
	} {
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
	c.post("pullOrders", sample(t, "orders/pull-2024.request.cut.json")).want(t, 200, success)

	// The e-mail address finds the customer, too.
	for _, phone := range []string{"9000000007", ""} {
		const body = `{"customer_info":{"customer_name":"B","phone":%q,"email_id":"b@example.com"}}`
		c.post("addUpdateOrder", fmt.Sprintf(body, phone)).want(t, 200, success)
	}
	if orders := srv.World("acme").Orders(); len(orders) != 5 || orders[3].Customer != orders[4].Customer {
		t.Errorf("an e-mail address that is known makes another customer: %+v", orders)
	}
}

func TestOrderRejections(t *testing.T) {
	srv, c := start(t)
	const creation = `{"Message":"Order Creation Failed...","Status":"failed"}`
	const noName = "kapture mock: customer_info.customer_name is missing"
	const noOrder = `kapture mock: there is no order "5" in this world`
	const noFilter = "kapture mock: none of the filters of the page's list has a value"
	const ofA = `{"customer_info":{"customer_name":"A","phone":"9000000101"},`
	tests := []struct {
		operation, body string
		status          int
		want            string
	}{
		{operation: "pushOrder", body: `[{"customer_name":"A"}]`, status: 200, want: creation},
		{operation: "pushOrder", body: `[{"customer_id":"5"}]`, status: 200, want: creation},
		{operation: "pushOrder", body: `[{"phone":"1","order_id":"5"}]`, status: 200, want: creation},
		{operation: "pushOrder", body: `[]`, status: 200, want: creation},

		{operation: "addUpdateOrder", body: `{}`, status: 400, want: failed(noName)},
		{operation: "addUpdateOrder", body: ofA + `"order_info":{"order_id":5}}`, status: 404, want: failed(noOrder)},
		{operation: "addUpdateOrder", body: `[]`, status: 400, want: invalidJSON},
		// The shapes that addUpdateCustomer rejects.
		{operation: "addUpdateOrder", body: `{"customer_info":"x"}`, status: 400, want: invalidJSON},
		{operation: "addUpdateOrder", body: ofA + `"order_info":"x"}`, status: 400, want: invalidJSON},
		{operation: "addUpdateOrder", body: ofA + `"order_info":[1]}`, status: 400, want: invalidJSON},
		{operation: "addUpdateOrder", body: ofA + `"enquiry_info":"x"}`, status: 400, want: invalidJSON},
		{operation: "addUpdateOrder", body: ofA + `"contact_info":"x"}`, status: 400, want: invalidJSON},
		{operation: "addUpdateOrder", body: ofA + `"contact_info":["x"]}`, status: 400, want: invalidJSON},

		{
			operation: "pullOrders", body: `{"cmId":1000298,"phone":"1","orderIds":"2"}`,
			status: 400, want: failed(noFilter),
		},
		{
			operation: "pullOrders", body: `{"cmId":0,"name":"A"}`,
			status: 400, want: failed(`kapture mock: cmId is "0"; it must be a number above 0`),
		},
		{
			operation: "pullOrders", body: `{"name":"A"}`,
			status: 400, want: failed(`kapture mock: cmId is ""; it must be a number above 0`),
		},
		{operation: "pullOrders", body: `{"cmId":1,"name":"A","zoneIdStr":{}}`, status: 400, want: invalidJSON},
		{operation: "pullOrders", body: `{"cmId":1,"name":["A"]}`, status: 400, want: invalidJSON},
	}
	for _, test := range tests {
		t.Run(test.operation+" "+test.body, func(t *testing.T) {
			c.in(t).post(test.operation, test.body).want(t, test.status, test.want)
		})
	}
	if orders := srv.World("acme").Orders(); len(orders) != 0 {
		t.Errorf("refused calls made %d orders", len(orders))
	}
}
