package mock

var productOperations = map[string]operation{
	"pushProduct": only(use{y2019, "", pushProduct}),
}

// firstProduct is the number of a world's first product, that of the sample.
const firstProduct = 526878

// pushProduct always adds: the page names no member that says which product to
// update.
func pushProduct(c *call) answer {
	body, refused, ok := c.one()
	if !ok {
		return refused
	}
	if body.text("name") == "" {
		return c.fail("missing-name")
	}
	if refused, ok := c.room(1); !ok {
		return refused
	}
	id := firstProduct + int64(len(c.world.products))
	c.world.products = append(c.world.products, body)
	c.world.records++
	c.worlds.charge(c.world, recordSize+weigh(map[string]any(body)))
	return success(object{{"product_id", scalar(id)}, {"message", "Lead Product details added successfully"}, {"status", "success"}})
}
