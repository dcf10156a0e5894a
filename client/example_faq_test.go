package client_test

import (
	"context"
	"fmt"
	"log"
)

// Read all questions of all categories.
func ExampleFAQService_Contents() {
	c, stop := kapture()
	defer stop()
	ctx := context.Background()

	categories, err := c.FAQ.Categories(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, category := range categories.Message.Category {
		questions := 0
		for content, err := range c.FAQ.Contents(ctx, category.ID) {
			if err != nil {
				log.Fatal(err)
			}
			if questions == 0 {
				fmt.Println(content.Title)
			}
			questions++
		}
		fmt.Println(category.Name, questions)
	}
	// Output:
	// Is any warranty on Pens?
	// Pens 25
	// Erasers 0
}
