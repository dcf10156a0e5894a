package mock

var productEndpoints = map[string]endpoint{
	"pushProduct": {respond: pushProduct},
}

// firstProduct is the number of the first product of a world, the one of the
// sample.
const firstProduct = 526878

// pushProduct always adds: the page names no field that says which product to
// update.
func pushProduct(c *call) (any, error) {
	body, err := c.arrayOfOne()
	if err != nil {
		return nil, err
	}
	if body.text("name") == "" {
		return nil, c.fail("missing-name")
	}
	if err := c.reserve(1); err != nil {
		return nil, err
	}

	id := firstProduct + int64(len(c.world.products))
	c.world.products = append(c.world.products, body)
	c.world.records++
	c.kapture.worlds.charge(c.world, recordSize+weigh(map[string]any(body)))
	return object{
		{"product_id", scalar(id)},
		{"message", "Lead Product details added successfully"},
		{"status", "success"},
	}, nil
}
