package mock_test

import (
	"fmt"
	"testing"
)

func TestProducts(t *testing.T) {
	_, c := start(t)
	for n := range 2 {
		c.post("pushProduct", sample(t, "products/push-2019-20.request.json")).want(t, 200,
			fmt.Sprintf(`{"product_id":"%d","message":"Lead Product details added successfully","status":"success"}`, 526878+n))
	}
	c.post("pushProduct", `[{"rate":"1"}]`).want(t, 200, `{"Message":"Product Name is empty.","Status":"failed"}`)
}
