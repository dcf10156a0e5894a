package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/kapture-community/kapture-go/client"
)

// Push a product. All values are texts.
func ExampleProductsService_Push() {
	c, stop := kapture()
	defer stop()
	ctx := context.Background()

	got, err := c.Products.Push(ctx, client.ProductRequest{
		Name:              "Glasses",
		ParentProductName: new("Material"),
		Rate:              new("2000"),
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.Products.Push(ctx, client.ProductRequest{})
	fmt.Println(got.ProductID, errors.Is(err, client.ErrMissingProductName))
	// Output: 526878 true
}
