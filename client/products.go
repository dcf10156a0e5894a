package client

import (
	"context"

	"github.com/kapture-community/kapture-go/gen"
)

// ProductsService has the call about products (2019-20).
type ProductsService struct{ c *Client }

// PushProduct is what Push takes. All its values are texts, amounts too.
type PushProduct = gen.ProductPush

// Push adds a product. Without a Name it is [ErrMissingProductName]. The URL speaks of updates too, but the page names
// no member that says which product. If the answer is lost the error matches [ErrOutcomeUnknown]; no known call shows
// products.
func (s *ProductsService) Push(ctx context.Context, req PushProduct) (*ProductPushed, error) {
	return call[ProductPushed](ctx, s.c, newExchange(OpPushProduct), s.c.gen.PushProductWithBody, []gen.ProductPush{req}, due{})
}
