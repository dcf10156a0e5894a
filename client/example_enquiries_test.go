package client_test

import (
	"context"
	"fmt"
	"log"

	"github.com/kapture-community/kapture-go/client"
)

// Push an enquiry twice: the error of the second push names the one that
// exists.
func ExampleEnquiriesService_Push() {
	c, stop := kapture()
	defer stop()
	ctx := context.Background()

	req := client.EnquiryRequest{
		CustomerName: new("Asha Rao"), Phone: new("9000000001"), EmailID: new("asha@example.com"),
		ProductDetails: []client.EnquiryProduct{{ProductName: new("Pen"), Quantity: new("2")}},
	}
	got, err := c.Enquiries.Push(ctx, req)
	if err != nil {
		log.Fatal(err)
	}

	_, err = c.Enquiries.Push(ctx, req)
	lead, exists := client.DuplicateLead(err)
	fmt.Println(exists, lead.EnquiryID.Same(got.EnquiryID))
	// Output: true true
}
