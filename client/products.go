package client

import (
	"context"

	"github.com/kapture-community/kapture-go/gen"
)

// ProductsService has the call about products (2019-20).
type ProductsService struct{ c *Client }

// Push adds a product. All values are texts, amounts too. Without a Name,
// Kapture returns [ErrMissingProductName]. The name of the URL says that it
// updates products as well, but the page names no field that says which one. If
// the response is lost the error matches [ErrOutcomeUnknown]; no known call
// shows products.
//
// Documented failures: [ErrMissingProductName].
func (s *ProductsService) Push(ctx context.Context, req ProductRequest) (*ProductPushed, error) {
	return do[ProductPushed](ctx, s.c, &call{
		op:       OpPushProduct,
		request:  gen.NewPushProductRequestWithBody,
		body:     []ProductRequest{req},
		expected: expected{identifiers: []string{"/product_id"}},
	})
}
