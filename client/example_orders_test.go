package client_test

import (
	"context"
	"fmt"
	"log"

	"github.com/kapture-community/kapture-go/client"
)

// Add an order of a customer. The names under which Kapture returns the ids are
// unknown: look at the undeclared fields of the response. The mock has none.
func ExampleOrdersService_Add() {
	// client.New("acme", client.WithBasicAuth(user, password, client.OpAddUpdateOrder, client.OpPullOrders))
	c, stop := kapture()
	defer stop()

	got, err := c.Orders.Add(context.Background(), client.OrderRequest{
		CustomerInfo: client.CustomerInfo{CustomerName: new("Asha Rao"), EmailID: new("asha@example.com")},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(got.Status, len(got.Undeclared()))
	// Output: success 0
}

// Pull the orders of a customer. The account and one filter are mandatory.
func ExampleOrdersService_Pull() {
	c, stop := kapture()
	defer stop()
	id := add(c, "Asha Rao", "9000000001")

	got, err := c.Orders.Pull(context.Background(), client.OrderQuery{CmID: client.NumberID(1000298), CustomerIDs: id})
	if err != nil {
		log.Fatal(err)
	}
	for pointer, value := range got.Undeclared() { // where the orders are is unknown
		fmt.Println(pointer, string(value))
	}

	_, err = c.Orders.Pull(context.Background(), client.OrderQuery{
		CmID:  client.NumberID(1000298),
		Phone: new("9000000001"),
	})
	fmt.Println(err)
	// Output: kapture: pullOrders: Pull: no filter; set one of those that the documentation of Pull lists (invalid-request)
}

// Push an order in the older way, which returns the ids.
func ExampleLegacyService_PushOrder() {
	c, stop := kapture()
	defer stop()

	got, err := c.Legacy.PushOrder(context.Background(), client.LegacyOrderRequest{
		CustomerName: new("Asha Rao"), EmailID: new("asha@example.com"), PaymentMode: new("cash"),
		ProductDetails: []client.OrderProduct{{ProductName: new("Pen"), Rate: new("100"), Quantity: new("2")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(got.OrderID, got.KaptureCustomerID)
	// Output: 4236966 700000001
}
