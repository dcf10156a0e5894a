package mock_test

import (
	"fmt"
	"testing"
)

func TestProducts(t *testing.T) {
	_, c := start(t)
	const added = `{"product_id":"%d","message":"Lead Product details added successfully","status":"success"}`
	for n := range 2 {
		got := c.post("pushProduct", sample(t, "products/push-2019-20.request.json"))
		got.want(t, 200, fmt.Sprintf(added, 526878+n))
	}

	const empty = `{"Message":"Product Name is empty.","Status":"failed"}`
	c.post("pushProduct", `[{"rate":"1"}]`).want(t, 200, empty)
}
