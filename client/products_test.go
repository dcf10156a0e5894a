package client_test

import (
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

func TestProductsPush(t *testing.T) {
	d := newDesk(t, eachOf(
		sampleOf(t, "products/push-2019-20.response.json"),
		sampleOf(t, "products/push-2019-20.response.missing-name.json"),
		"", // the server hangs up
	))
	req := elementOf[client.ProductRequest](t, "products/push-2019-20.request.json")
	got, err := d.Products.Push(t.Context(), req)
	is(t, err, "")
	sameJSON(t, d.requests()[0].body, sampleOf(t, "products/push-2019-20.request.json"))
	if d.requests()[0].path != "/add-update-product-from-other-source.html" {
		t.Errorf("sent to %s", d.requests()[0].path)
	}
	if got.ProductID.String() != "526878" || len(got.Undeclared()) != 0 || len(got.Misfits()) != 0 {
		t.Errorf("got %s", got)
	}
	_, err = d.Products.Push(t.Context(), client.ProductRequest{})
	is(t, err, client.ErrMissingProductName)
	_, err = d.Products.Push(t.Context(), req)
	is(t, err, client.ErrOutcomeUnknown)
}

func TestProductsFlow(t *testing.T) {
	c := dialMock(t, mock.Run(t), "products")
	got, err := c.Products.Push(t.Context(), client.ProductRequest{Name: "Glasses", Rate: new("2000")})
	is(t, err, "")
	if got.ProductID.String() == "" {
		t.Errorf("got %s", got)
	}
	_, err = c.Products.Push(t.Context(), client.ProductRequest{})
	is(t, err, client.ErrMissingProductName)
}
